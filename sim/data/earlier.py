"""Earlier fighting, confrontations and crises of two states, as notes for a coder.

Nothing of this becomes a value. Of the year of the onset, only beginnings are listed, so that a
coder can find the first day without reading the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.data.actors import Actors
from sim.data.table import Row, Table

MONTHS = 12


@dataclass(frozen=True)
class Fighting:
    """Deaths of two states' earlier fighting in a data set of UCDP.

    Attributes:
        years: years with fighting.
        deaths: deaths by the low, the best and the high estimate; None if the data set has none.
    """

    years: tuple[int, ...]
    deaths: tuple[int, int, int] | None


@dataclass(frozen=True)
class Confrontation:
    """A confrontation or a crisis of two states.

    Attributes:
        number: its number in the data set.
        name: its name, or an empty text.
        begins: its first day as year-month-day, with what is unknown left out.
        year: year of its first day.
        level: highest hostility level of the two, 1 to 5, or 0 where it is not known.
        deaths: battle deaths of both, low and high estimate; None where they are not known.
    """

    number: int
    name: str
    begins: str
    year: int
    level: int = 0
    deaths: tuple[int, int] | None = None


def fighting(table: Table, actors: Actors, sides: tuple[str, str], year: int) -> Fighting | None:
    """Return what a data set of UCDP counts of the fighting of two states before a year.

    Returns:
        None if it has no such fighting.

    Raises:
        InputError: a row cannot be read.
    """
    years: set[int] = set()
    sums = [0.0, 0.0, 0.0]
    counts = "best" in table.places
    for row in table.rows():
        if not _are(sides, actors.listed(row, "state"), actors.listed(row, "partner")):
            continue
        when = next(iter(row.years()), year)
        if when < year:
            years.add(when)
            for place, column in enumerate(("low", "best", "high") if counts else ()):
                sums[place] += row.number(column) or 0
    if not years:
        return None
    low, best, high = map(round, sums)
    return Fighting(tuple(sorted(years)), (low, best, high) if counts else None)


def _are(sides: tuple[str, str], a: set[str], b: set[str]) -> bool:
    first, second = sides
    return (first in a and second in b) or (second in a and first in b)


def confrontations(
    table: Table, actors: Actors, sides: tuple[str, str], year: int
) -> tuple[Confrontation, ...]:
    """Return the confrontations of two states in MIE up to a year, of that year only the beginning.

    Raises:
        InputError: a row cannot be read.
    """
    rows: dict[int, list[Row]] = {}
    for row in table.rows():
        pair = actors.pair(row)
        if pair is not None and set(pair) == set(sides):
            number = row.whole("number")
            if number is not None:
                rows.setdefault(number, []).append(row)
    found = [_confrontation(number, events, year) for number, events in rows.items()]
    return tuple(sorted(filter(None, found), key=lambda each: each.begins))


def _confrontation(number: int, events: list[Row], year: int) -> Confrontation | None:
    first = min(events, key=_date_key)
    when = next(iter(first.years()), None)
    if when is None or when > year:
        return None
    begins = _date(first)
    if any(max(event.years(), default=year) >= year for event in events):
        return Confrontation(number, "", begins, when)
    low = sum(_total(event, "low_state", "low_partner") for event in events)
    high = sum(_total(event, "high_state", "high_partner") for event in events)
    level = max(event.whole("level") or 0 for event in events)
    return Confrontation(number, "", begins, when, level, (low, high))


def _total(row: Row, *columns: str) -> int:
    return sum(row.whole(column) or 0 for column in columns)


def crises(
    table: Table, actors: Actors, sides: tuple[str, str], year: int
) -> tuple[Confrontation, ...]:
    """Return the crises in ICB up to a year in which both states were actors.

    Raises:
        InputError: a row cannot be read.
    """
    rows: dict[int, dict[str, Row]] = {}
    for row in table.rows():
        code = actors.of(row, "state")
        crisis = row.whole("crisis") if code in sides else None
        if code and crisis is not None:
            rows.setdefault(crisis, {}).setdefault(code, row)
    found = []
    for crisis, by_code in rows.items():
        first = min(by_code.values(), key=_date_key)
        when = next(iter(first.years()), None)
        if len(by_code) == len(sides) and when is not None and when <= year:
            found.append(Confrontation(crisis, _titled(first.text("name")), _date(first), when))
    return tuple(sorted(found, key=lambda each: each.begins))


def _titled(name: str) -> str:
    """Return a name in capitals as a title, with its Roman numerals.

    >>> _titled("KASHMIR II")
    'Kashmir II'
    """
    words = (word if set(word) <= set("IVX") else word.capitalize() for word in name.split())
    return " ".join(words)


def _date_key(row: Row) -> tuple[int, int, int]:
    year = next(iter(row.years()), 9999)
    return year, _part(row, "month", MONTHS) or MONTHS, _part(row, "day", 31) or 31


def _date(row: Row) -> str:
    """Return the date of a row as year-month-day, without a month or a day that is unknown."""
    year, month, day = row.years()[0], _part(row, "month", MONTHS), _part(row, "day", 31)
    if month is None:
        return str(year)
    return f"{year}-{month:02d}" if day is None else f"{year}-{month:02d}-{day:02d}"


def _part(row: Row, column: str, most: int) -> int | None:
    value = row.whole(column)
    return value if value is not None and 1 <= value <= most else None
