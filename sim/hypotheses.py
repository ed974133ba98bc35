"""Hypothesis files: an analyst's argument as claims about paired experiments.

A claim compares two overlays of one scenario under the same luck: which way a measure should move, and by how much at
least. Files are read and checked here; judging them is not done yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.evidence import read_as
from sim.scenario.schema import Name, Text

Citations = Annotated[tuple[str, ...], Field(min_length=1)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(_Document):
    """One comparison an argument stands or falls by."""

    id: Text = Field(description="short id, such as MK1")
    says: Text = Field(description="the claim in our own words, attributed")
    scenario: Name = Field(description="scenario both conditions are laid over")
    measure: Text = Field(description="what is compared, such as probability(first_truce_day <= 14)")
    compare: tuple[dict[str, Any], dict[str, Any]] = Field(
        description="two overlays: the condition, and what it is held against"
    )
    expects: Literal["greater", "less", "equal"] = Field(description="how the first should stand to the second")
    margin: float = Field(ge=0, description="difference that counts, in the unit of the measure")
    cites: Citations = Field(description="claims of the articles it rests on")


class Hypothesis(_Document):
    """An analyst's argument."""

    hypothesis: Name = Field(description="name of the argument, as in its file's name")
    analyst: Text = Field(description="whose argument it is")
    sources: Citations = Field(description="articles it is taken from")
    argument: Text = Field(description="the argument in two sentences of our own")
    assumes: dict[str, Any] = Field(default={}, description="overlay on every scenario the claims use")
    claims: tuple[Claim, ...] = Field(description="what the argument stands or falls by")


def read(path: Path) -> Hypothesis:
    """Read a hypothesis file; InputError with all its faults."""
    return read_as(Hypothesis, path)
