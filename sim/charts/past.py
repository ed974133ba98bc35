"""What happened, marked in charts: one colour, one diamond and one word in every chart.

A value of the record is a solid line with a diamond at its end, and its range is a pale band. Lines
of the simulation are black or blue, and their medians are dashed, so that grey prints can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.catalogue import near_result
from sim.charts.page import HISTORY
from sim.io.errors import InputError
from sim.outcomes.numbers import readable
from sim.record.history import History, Known, history_of, history_of_result
from sim.results.reader import Result

WORD = "history"
MILLION = 1e6
LOOK: dict[str, Any] = {"marker": "D", "mfc": HISTORY, "mec": "white", "mew": 0.8, "ms": 7.5}
"""The diamond."""
BAND: dict[str, Any] = {"color": HISTORY, "alpha": 0.16, "lw": 0, "zorder": 2.2}
"""The band of a range."""
LINES: tuple[dict[str, Any], ...] = (
    {"color": "white", "lw": 3.2, "zorder": 3.4},
    {"color": HISTORY, "lw": 1.6, "zorder": 3.5},
)
"""The line of a value, on white, so that it shows on dark areas."""


def past_of(result: Result) -> History | None:
    """Return what happened in the crisis of a result, or None without a record."""
    return history_of_result(result)


def past_of_crisis(folder: Path, crisis: str) -> History | None:
    """Return what happened in a crisis, for the chart in a folder of results."""
    try:
        return history_of(crisis, near_result(folder))
    except InputError:
        return None


def known(history: History | None, outcome: str) -> Known | None:
    """Return what is known about an outcome if it is a number, or None."""
    found = None if history is None else history.get(outcome)
    return found if found is not None and found.number is not None else None


def mark_across(ax: Axes, known: Known | None, scale: float = 1.0, floor: float = 0.0) -> bool:
    """Mark a value on the horizontal axis: a line with a diamond on top, and a band for its range.

    Args:
        ax: the panel, with its limits set.
        known: the value; nothing is drawn without one.
        scale: factor from the unit of the record to that of the axis.
        floor: smallest value on the axis.

    Returns:
        Whether something was drawn. A value beyond the axis is an arrow head at its edge.
    """
    if known is None or known.number is None or known.ends is None:
        return False
    low, high = (max(scale * end, floor) for end in known.ends)
    value = max(scale * known.number, floor)
    left, right = ax.get_xlim()
    if value > right:
        _beyond(ax, (1.0, 0.5), ">", _number(value))
        return True
    if value < left:
        _beyond(ax, (0.0, 0.5), "<", _number(value))
        return True
    if high > low:
        ax.axvspan(max(low, left), min(high, right), **BAND)
    for line in LINES:
        ax.axvline(value, **line)
    ax.plot([value], [1.0], transform=ax.get_xaxis_transform(), **_plain())
    return True


def mark_up(ax: Axes, known: Known | None, scale: float = 1.0) -> bool:
    """Mark a value on the vertical axis: a line with a diamond at its right, and a band.

    Arguments and result are those of :func:`mark_across`.
    """
    if known is None or known.number is None or known.ends is None:
        return False
    low, high = (scale * end for end in known.ends)
    bottom, top = ax.get_ylim()
    if not bottom <= scale * known.number <= top:
        is_above = scale * known.number > top
        place, head = (1.0, "^") if is_above else (0.0, "v")
        _beyond(ax, (0.95, place), head, _number(scale * known.number))
        return True
    if high > low:
        ax.axhspan(max(low, bottom), min(high, top), **BAND)
    for line in LINES:
        ax.axhline(scale * known.number, **line)
    ax.plot([1.0], [scale * known.number], transform=ax.get_yaxis_transform(), **_plain())
    return True


def _number(value: float) -> str:
    return readable(value, 3) if abs(value) < MILLION else f"{value:.2g}"


def _beyond(ax: Axes, place: tuple[float, float], head: str, text: str) -> None:
    """Mark a value beyond an axis: an arrow head at its edge, with the value beside it."""
    ax.plot(*place, transform=ax.transAxes, **{**_plain(), "marker": head})
    side = "left" if head == "<" else "right"
    look: dict[str, Any] = {"va": "center", "color": HISTORY, "size": 8.5}
    text = f"   {text}" if head == "<" else f"{text}   "
    ax.text(*place, text, transform=ax.transAxes, ha=side, **look)


def mark_points(ax: Axes, days: Sequence[float], values: Sequence[float]) -> list[Line2D]:
    """Mark values of the record at points of a panel, as diamonds, if there are any."""
    return ax.plot(days, values, **_plain()) if days else []


def _plain() -> dict[str, Any]:
    return {**LOOK, "ls": "none", "clip_on": False, "zorder": 5}


def handle(history: History) -> Artist:
    """Return the entry of a legend for what happened."""
    word = f"{WORD} (of the crisis that this varies)" if history.is_variant else WORD
    return Line2D([], [], ls="none", label=word, **LOOK)
