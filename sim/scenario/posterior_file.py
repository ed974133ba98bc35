"""Read the file of posterior draws that a scenario names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from sim.catalogue import named_from
from sim.io.errors import Fault
from sim.io.text import clipped
from sim.scenario.parameters import Parameters
from sim.scenario.posterior import Posterior, read_posterior
from sim.scenario.tree import Section, Source, present

MAX_MESSAGE = 1200
"""Maximum number of letters of a message."""


def take_posterior(tree: Section, values: dict[str, Any]) -> Iterator[Fault]:
    """Replace the file name in ``parameters.posterior`` by its draws.

    Yield a fault if that fails.
    """
    parameters = present(tree).get("parameters")
    node = present(parameters).get("posterior") if isinstance(parameters, Section) else None
    if not isinstance(parameters, Section) or node is None:
        return
    if isinstance(values["parameters"], Parameters):  # checked before
        return
    stated = values["parameters"].pop("posterior")
    try:
        values["parameters"]["posterior"] = _posterior(stated, node.source)
    except ValueError as error:
        yield Fault(*node.source, "parameters.posterior", clipped(str(error), MAX_MESSAGE))


def _posterior(stated: Any, source: Source) -> Posterior:
    if not isinstance(stated, str) or not stated:
        raise ValueError(
            "not a file name; allowed: a path relative to this file, such as posterior.parquet"
        )
    if not source.line:  # set on the command line: relative to the working folder
        path = Path(stated)
    elif PurePosixPath(stated).is_absolute() or PureWindowsPath(stated).anchor:
        raise ValueError(
            f"'{clipped(stated)}' is an absolute path; allowed: a path relative to this file"
        )
    else:
        path = _inside(Path(source.file), stated)
    try:
        return read_posterior(path)
    except ValueError as error:
        if stated.lower() in ("none", "no", "off", "false"):
            raise ValueError(
                f"'{clipped(stated)}' is no such file; for draws of the coded ranges, write null"
            ) from None
        raise ValueError(f"'{clipped(stated)}': {error}") from None


def _inside(near: Path, stated: str) -> Path:
    try:
        return named_from(near, stated)
    except ValueError as error:
        raise ValueError(f"'{clipped(stated)}' {error}") from None
