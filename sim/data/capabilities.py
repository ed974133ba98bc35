"""Military capabilities of two states: National Material Capabilities (NMC)."""

from __future__ import annotations

from dataclasses import dataclass

from sim.data.actors import Actors
from sim.data.table import Row, Table

INDICATORS = {"share": "CINC", "men": "men under arms, thousands", "spending": "spending, thousand"}
"""Columns that two states are compared by, with their names for readers."""


@dataclass(frozen=True)
class Capabilities:
    """What two states have in one year.

    Attributes:
        year: the year.
        first: values of the first state by indicator, without those that are missing or 0.
        second: values of the second state.
    """

    year: int
    first: dict[str, float]
    second: dict[str, float]

    @property
    def ratios(self) -> dict[str, float]:
        """First to second, for each indicator that both have."""
        return {key: self.first[key] / self.second[key] for key in INDICATORS if self.has(key)}

    def has(self, indicator: str) -> bool:
        """Whether both states have an indicator."""
        return indicator in self.first and indicator in self.second


def read(table: Table, actors: Actors, sides: tuple[str, str], year: int) -> Capabilities | None:
    """Return what two states have in the latest year up to ``year`` for which both are listed.

    Returns:
        None if there is no such year.

    Raises:
        InputError: a row cannot be read.
    """
    found: dict[str, dict[int, dict[str, float]]] = {side: {} for side in sides}
    for row in table.rows():
        code = actors.of(row, "state")
        if code in found:
            of_row = row.years()
            if of_row and of_row[0] <= year and (values := _values(row)):
                found[code][of_row[0]] = values
    first, second = (found[side] for side in sides)
    both = [when for when in first if when in second and first[when].keys() & second[when].keys()]
    return Capabilities(max(both), first[max(both)], second[max(both)]) if both else None


def _values(row: Row) -> dict[str, float]:
    values = {indicator: row.number(indicator) for indicator in INDICATORS}
    return {indicator: value for indicator, value in values.items() if value and value > 0}
