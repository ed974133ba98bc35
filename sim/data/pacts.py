"""Alliances between states: ATOP and the COW Formal Alliances."""

from __future__ import annotations

from dataclasses import dataclass

from sim.data.actors import Actors
from sim.data.table import Row, Table

PROMISES = {
    "defence": "defence",
    "offence": "offence",
    "neutrality": "neutrality",
    "non_aggression": "non-aggression",
    "consultation": "consultation",
}
"""Columns of promises, with their names for readers; COW calls a consultation pact an entente."""


@dataclass(frozen=True)
class Pacts:
    """Promises of states to states in one year.

    Attributes:
        year: the year.
        promises: what the first state of a pair promises the second.
    """

    year: int
    promises: dict[tuple[str, str], frozenset[str]]

    def between(self, a: str, b: str) -> frozenset[str]:
        """Return the promises of two states to each other, either way."""
        return self.promises.get((a, b), frozenset()) | self.promises.get((b, a), frozenset())

    def promised(self, ally: str, to: str) -> frozenset[str]:
        """Return what one state promises another."""
        return self.promises.get((ally, to), frozenset())


def read(table: Table, actors: Actors, year: int) -> Pacts | None:
    """Return the promises in ``year``, or in the last year of the data set if that is earlier.

    Returns:
        None if the data set begins after ``year``.

    Raises:
        InputError: a row cannot be read.
    """
    found: dict[int, dict[tuple[str, str], frozenset[str]]] = {}
    last: int | None = None
    for row in table.rows():
        when = next(iter(row.years()), None)
        if when is None or when > year:
            continue
        last = when if last is None else max(last, when)
        if (pair := actors.pair(row)) and (promises := _promises(row)):
            of_year = found.setdefault(when, {})
            of_year[pair] = of_year.get(pair, frozenset()) | promises
    return None if last is None else Pacts(last, found.get(last, {}))


def _promises(row: Row) -> frozenset[str]:
    stated = row.values.keys() & PROMISES.keys()
    return frozenset(name for name in stated if (row.number(name) or 0) > 0)
