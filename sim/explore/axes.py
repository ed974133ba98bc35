"""The axes of an explorer's charts: the same for all cells, so that charts can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.explore.content import Fan, Numbers
from sim.explore.past import PER_CENT, history_of, short
from sim.record.history import History

MOST_DAYS = 120
"""Most days at which a chart has a point."""
SHORTEST = 7
"""Fewest days on an axis."""
QUIET = 0.1
"""Share of runs with fighting up to which the axis of days may end."""


def days_shown(made: Sequence[Numbers], history: History | None) -> list[int]:
    """Return the days of the charts: until few runs of any cell still fight, in steps."""
    busy = [np.flatnonzero(numbers.fighting.all > QUIET) for numbers in made]
    last = max([SHORTEST - 1, *(int(days[-1]) + 1 for days in busy if len(days))])
    if history is not None and history.duration is not None:
        last = max(last, int(history.duration) + 1)
    end = min(last + 1, max(len(numbers.fighting.all) for numbers in made))
    step = -(-end // MOST_DAYS)  # rounded up
    return list(range(0, end, step))


def limits(made: Sequence[Numbers], history: History | None, last: int) -> dict[str, float]:
    """Return the ends of the axes, the same for all cells, so that charts can be compared.

    Args:
        made: the numbers of all cells.
        history: what happened, or None.
        last: last day of the charts by day.
    """
    past = history_of(history) if history is not None else {}
    courses = [_until(numbers.territory, last) for numbers in made]
    return {
        "duration": _top(made, "duration_days", [past.get("days")]),
        "deaths": _top(made, "deaths", past.get("deaths") or []),
        "territory": short(
            max(
                *(float(course.max()) * PER_CENT for course in courses),
                *(point[1] for point in past.get("territory") or [[0, 1.0]]),
                1.0,
            )
        ),
        "lost": short(
            min(
                0.0,
                *(float(course.min()) * PER_CENT for course in courses),
                *(point[1] for point in past.get("territory") or []),
            )
        ),
    }


def widest(cells: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the largest end of an interval of any cell, by measure, for axes of differences."""
    found: dict[str, float] = {}
    for cell in cells:
        for name, made in cell.get("differences", {}).items():
            ends = (made["mean"], made["low"] or 0.0, made["high"] or 0.0)
            found[name] = max(found.get(name, 0.0), *map(abs, ends))
    return found


def _until(fan: Fan, last: int) -> NDArray[np.float64]:
    """Return all values of a fan that are drawn until a day, which is at least the first."""
    lines = [fan.all] if fan.ends is None else [fan.all, *fan.ends]
    return np.array(lines)[:, : max(last, 1)]


def _top(made: Sequence[Numbers], name: str, marks: Sequence[float | None]) -> float:
    found = [mark for mark in marks if mark is not None]
    for numbers in made:
        line = numbers.measures[name]
        found += [line.value, *(line.chance or ()), *(line.parameters or ())]
    return short(max(1.0, *found))
