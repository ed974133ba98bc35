"""The manifest of a result of runs, and the check that a folder has a valid one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.io.errors import Fault, InputError
from sim.io.limits import MAX_DRAWS, MAX_RUNS, MAX_SEED
from sim.io.mapping import read_mapping
from sim.scenario.faults import schema_faults
from sim.scenario.routes import dotted

REMEDY = "simulate the scenario again"
"""What to do about a result that cannot be read."""
Number = Annotated[int, Field(strict=True, ge=0)]
Some = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[int, Field(strict=True, ge=0, le=MAX_SEED)]


class Part(BaseModel):
    """A part of a manifest; other versions may add keys."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Runs(Part):
    """Numbers of runs."""

    asked: Annotated[int, Field(strict=True, ge=1, le=MAX_RUNS)]
    done: Some
    failed: Number

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        if self.done + self.failed != self.asked:
            raise ValueError("the finished and the failed runs are not as many as were asked for")
        return self


class Manifest(Part):
    """What every manifest of runs must contain for the program to read the folder."""

    kind: Literal["run"] = "run"
    seed: Seed
    draws: Annotated[int, Field(strict=True, ge=1, le=MAX_DRAWS)]
    runs: Runs
    digest: str
    versions: dict[str, str]
    stated_in: dict[str, dict[str, Number]] = {}


def read_manifest(
    path: Path, model: type[BaseModel] = Manifest, remedy: str = REMEDY
) -> dict[str, Any]:
    """Return the content of a manifest.

    Args:
        path: the file.
        model: what it must contain.
        remedy: what the user can do if it does not.

    Raises:
        InputError: it has other content; the message names the first wrong value.
        OSError: it cannot be opened.
    """
    content = _content(path, remedy)
    try:
        model.model_validate(content)
    except ValidationError as error:
        first = schema_faults(error, content, model)[0]
        raise damaged(path, first.message, dotted(first.route), remedy) from None
    return content


def _content(path: Path, remedy: str) -> dict[str, Any]:
    """Return the mapping in a JSON file."""
    try:
        return read_mapping(path)
    except ValueError as error:
        raise damaged(path, str(error), "", remedy) from None


def damaged(path: Path, what: str, place: str = "", remedy: str = REMEDY) -> InputError:
    """Return the error for a file of a result that cannot be used."""
    return InputError([Fault(str(path), 0, place, f"{what}; {remedy}")])
