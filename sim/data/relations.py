"""Other relations of two states: borders, rivalries, and votes in the United Nations."""

from __future__ import annotations

from sim.data.actors import Actors
from sim.data.table import Table

LAND = 1
"""Kind of contiguity that is a common land border; 2 to 5 are stretches of sea."""

Pair = tuple[str, str]


def neighbours(table: Table, actors: Actors, year: int) -> tuple[int | None, frozenset[Pair]]:
    """Return the pairs with a land border, either way.

    Returns:
        The year, ``year`` or the last of the data set if that is earlier (None if there is none),
        and the pairs of codes.

    Raises:
        InputError: a row cannot be read.
    """
    found: dict[int, set[Pair]] = {}
    last: int | None = None
    for row in table.rows():
        when = next(iter(row.years()), None)
        if when is None or when > year:
            continue
        last = when if last is None else max(last, when)
        pair = actors.pair(row)
        if pair and row.whole("kind") == LAND:
            found.setdefault(when, set()).update((pair, pair[::-1]))
    return last, frozenset(found.get(last, ())) if last is not None else frozenset()


def rivalries(table: Table, actors: Actors, year: int) -> dict[Pair, str]:
    """Return the number of the rivalry of each pair of rivals, either way.

    A rivalry that the data set follows to its last year goes on after it.

    Raises:
        InputError: a row cannot be read.
    """
    found: list[tuple[Pair, int, int, str]] = []
    last = 0
    for row in table.rows():
        years = row.years()
        if not years:
            continue
        last = max(last, *years)
        if pair := actors.pair(row):
            end = row.whole("end")
            found.append((pair, years[0], 9999 if end is None else end, row.text("number")))
    return {
        way: number.removesuffix(".0")
        for pair, first, end, number in found
        if first <= year and (year <= end or end == last)
        for way in (pair, pair[::-1])
    }


def votes(table: Table, actors: Actors, year: int) -> tuple[int | None, dict[str, float]]:
    """Return the ideal points of states in the General Assembly.

    Returns:
        The year, ``year`` or the last of the data set if that is earlier (None if there is none),
        and the ideal points by code.

    Raises:
        InputError: a row cannot be read.
    """
    found: dict[int, dict[str, float]] = {}
    last: int | None = None
    for row in table.rows():
        when = next(iter(row.years()), None)
        if when is None or when > year:
            continue
        last = when if last is None else max(last, when)
        if (code := actors.of(row, "state")) and (point := row.number("point")) is not None:
            found.setdefault(when, {})[code] = point
    return last, found.get(last, {}) if last is not None else {}
