"""Disputes between states in the last ten years: Militarized Interstate Disputes (MID)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

from sim.data.actors import Actors
from sim.data.table import Table

YEARS = 10
FORCE = 4
"""Hostility level from which force is used; 5 is war."""


@dataclass(frozen=True)
class Dispute:
    """A dispute between two states.

    Attributes:
        number: its number in the data set.
        level: highest hostility level of the two, 1 none to 5 war.
    """

    number: int
    level: int

    @property
    def is_force(self) -> bool:
        """Whether one of the two used force."""
        return self.level >= FORCE


@dataclass(frozen=True)
class Disputes:
    """Disputes of pairs of states in some years.

    Attributes:
        first: first year of the period.
        last: last year.
        found: disputes of each pair of codes in alphabetical order, in the order of their numbers.
    """

    first: int
    last: int
    found: dict[tuple[str, str], tuple[Dispute, ...]]

    def between(self, a: str, b: str) -> tuple[Dispute, ...]:
        """Return the disputes of two states."""
        return self.found.get((min(a, b), max(a, b)), ())


def read(table: Table, actors: Actors, year: int) -> Disputes | None:
    """Return the disputes in the ten years up to ``year``, or up to the end of the data set.

    Returns:
        None if the data set begins after ``year``.

    Raises:
        InputError: a row cannot be read.
    """
    # 1. the rows of these states, by dispute
    rows: defaultdict[int, list[tuple[str, int, int, int, int]]] = defaultdict(list)
    last, begins = 0, False
    for row in table.rows():
        years = row.years()
        if not years:
            continue
        last = max(last, min(year, max(years)))
        if min(years) > year:
            continue
        begins = True
        code = actors.of(row, "state")
        number = row.whole("dispute") if code else None
        if code and number is not None:
            side, level = row.whole("side") or 0, row.whole("level") or 0
            rows[number].append((code, side, level, min(years), max(years)))
    # 2. states on opposite sides in the period
    if not begins:
        return None
    first = last - YEARS + 1
    found: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for number, parts in rows.items():
        for a, b in combinations(sorted(parts), 2):
            together = max(a[3], b[3]), min(a[4], b[4], year)
            if a[1] != b[1] and a[0] != b[0] and together[0] <= together[1] >= first:
                of_pair = found[a[0], b[0]]
                of_pair[number] = max(of_pair.get(number, 0), a[2], b[2])
    listed = {
        pair: tuple(Dispute(number, level) for number, level in sorted(of_pair.items()))
        for pair, of_pair in found.items()
    }
    return Disputes(first, last, listed)
