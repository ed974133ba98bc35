"""Axes of days that also show dates, cut to the days on which something happens."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
"""Short names of months, the same in every language of the machine."""
STEPS = (1, 2, 3, 5, 7, 10, 14, 20, 30, 50, 60, 100, 150, 200, 300, 365, 500, 730, 1000)
"""Distances of ticks in days."""
LABEL = 0.62
"""Width of a tick's label in inches."""
OVER = 0.1
"""Share of runs that still fight up to which the rest of an axis is left out."""
ROOM = 1.08
FEWEST = 4
"""Smallest number of days on an axis."""
FARTHEST = 4.0
"""Last day of the record that may extend an axis, as a multiple of the horizon."""


def day_month(day: date) -> str:
    """Return a date without its year.

    >>> day_month(date(2020, 9, 27))
    '27 Sep'
    """
    return f"{day.day} {MONTHS[day.month - 1]}"


def in_full(day: date) -> str:
    """Return a date with its year.

    >>> in_full(date(2020, 9, 27))
    '27 Sep 2020'
    """
    return f"{day_month(day)} {day.year}"


def last_day(fighting: NDArray[np.float64], horizon: int, recorded: float | None) -> int:
    """Return the last day of an axis: when few runs still fight, see :data:`OVER`.

    Args:
        fighting: share of runs that fight on each day, ``(days,)``.
        horizon: last day of the simulation.
        recorded: day of the record that the axis should include; None without a record.

    >>> last_day(np.array([1.0, 0.5, 0.0, 0.0, 0.0, 0.0]), 6, None)
    4
    """
    active = np.flatnonzero(fighting > OVER)
    end = float(active[-1] + 1 if len(active) else 1)
    if recorded is not None and recorded <= FARTHEST * horizon:
        end = max(end, recorded)
    shown = max(FEWEST, ceil(ROOM * end))
    return max(min(shown, horizon), ceil(end)) if end <= horizon else shown


def step_of(days: float, inches: float) -> int:
    """Return the distance of ticks in days, so that labels fit beside each other.

    >>> step_of(90, 5.0), step_of(5, 3.0)
    (14, 2)
    """
    most = max(int(inches / LABEL), 1)
    return next((step for step in STEPS if days / step <= most), ceil(days / most))


def date_axis(ax: Axes, start: date, last: float, inches: float, label: bool = True) -> None:
    """Put ticks at whole days on the horizontal axis, each with its date below.

    Args:
        ax: the panel; its limits become 0 and ``last``.
        start: date of day 0.
        last: last day of the axis.
        inches: width of the panel.
        label: whether to write the labels.
    """
    days = np.arange(0, last + 1e-9, step_of(last, inches)).astype(int)
    ax.set_xlim(0, last)
    ax.set_xticks(days)
    if not label:
        ax.tick_params(labelbottom=False)
        return
    dates = [start + timedelta(days=int(day)) for day in days]
    years = _years(dates)
    texts = [
        f"{day}\n{day_month(on)}{year}" for day, on, year in zip(days, dates, years, strict=True)
    ]
    ax.set_xticklabels(texts)
    ax.set_xlabel(f"days since {in_full(start)}")


def floor_of(start: date, last: float) -> float:
    """Return the height that the labels of an axis need below it, in inches.

    >>> floor_of(date(2020, 9, 27), 90), floor_of(date(2020, 9, 27), 120)
    (0.62, 0.76)
    """
    is_one_year = start.year == (start + timedelta(days=int(last))).year
    return 0.62 if is_one_year else 0.76


def _years(dates: list[date]) -> list[str]:
    """Return a third line for each tick: its year where the axis spans several years."""
    if dates[0].year == dates[-1].year:
        return [""] * len(dates)
    years = [str(day.year) for day in dates]
    before = ["", *years[:-1]]
    return [f"\n{year}" if year != last else "" for year, last in zip(years, before, strict=True)]
