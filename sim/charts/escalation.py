"""Level of fighting and probability of fighting, by day."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.charts.chart import Chart, shares
from sim.charts.dates import date_axis, day_month, floor_of, last_day
from sim.charts.findings import line, part_of
from sim.charts.page import (
    INK,
    PARAMETERS,
    PARAMETERS_PALE,
    PARAMETERS_PALER,
    beside,
    page,
)
from sim.charts.past import handle, known, mark_across, past_of
from sim.charts.spread import bands_of_shares, by_day, caption, design, note, subject
from sim.outcomes.chance import ENOUGH
from sim.outcomes.numbers import percent
from sim.record.words import LEVELS
from sim.results.reader import Result

HEADING = "Level of fighting, by day"
LEAST_TOLD = 0.005
"""Share of runs beyond the axis from which the caption tells it."""
WIDTH_OF_PANELS = 6.3
"""Width of both panels in inches."""
COLOURS = ("#f6f6f3", "#f7cf73", "#ef9a3c", "#b3441f", "#2d0f1a")
HATCHES = ("", "", "", "", "////")
"""Higher levels are darker, so that the order is visible in grey print."""


def level_shares(daily: pd.DataFrame) -> pd.DataFrame:
    """Return the percent of runs at each level: by day (rows) and level (columns)."""
    rows = daily[daily["measure"] == "level"].set_index("day").sort_index()
    shares = rows[[f"share_level_{level}" for level in range(5)]]
    return 100 * shares.set_axis(range(5), axis=1).astype(float)


def fighting_fan(daily_by_draw: pd.DataFrame) -> pd.DataFrame:
    """Return the probability of fighting in percent, one row per day.

    Columns: ``all`` for all runs; ``q10``, ``q25``, ``q75``, ``q90`` for the draws' probabilities
    with the noise due to chance removed. The quantiles are absent if draws have few replicates,
    because their shares are then too coarse.
    """
    by_draw, runs = by_day(daily_by_draw, "fighting")
    fan = pd.DataFrame({"all": by_draw @ runs / runs.sum()})
    if len(runs) > 1 and runs.min() >= ENOUGH:
        fan[["q10", "q25", "q75", "q90"]] = bands_of_shares(by_draw, runs).T
    return 100 * fan


def stretched(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with the last one repeated, so that a step plot covers the last day.

    >>> stretched(np.array([0.5, 1.0]))
    array([0.5, 1. , 1. ])
    """
    return np.append(values, values[-1])


def plot_levels(percent: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the stacked percent of runs at each level, with the highest level at the bottom."""
    days = np.arange(len(percent) + 1)
    artists: list[Artist] = []
    floor = np.zeros(len(days))
    for level in reversed(range(5)):
        top = floor + stretched(percent[level].to_numpy())
        area = ax.fill_between(
            days, floor, top, step="post", lw=0.0 if level else 0.4, ec="#8a7a80", fc=COLOURS[level]
        )
        area.set(hatch=HATCHES[level], label=LEVELS[level])
        artists.append(area)
        floor = top
    ax.set(xlim=(0, len(percent)), ylim=(0, 100), ylabel="runs (%)")
    return artists


def plot_fan(fan: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the probability of fighting: a line for all runs, and bands for the draws."""
    days = np.arange(len(fan) + 1)
    artists: list[Artist] = []
    for low, high, colour, part in (
        ("q10", "q90", PARAMETERS_PALER, 80),
        ("q25", "q75", PARAMETERS_PALE, 50),
    ):
        if low in fan:
            ends = stretched(fan[low].to_numpy()), stretched(fan[high].to_numpy())
            label = f"middle {part}% of draws"
            artists.append(
                ax.fill_between(days, *ends, step="post", color=colour, linewidth=0, label=label)
            )
    lines = {
        "q10": (PARAMETERS, 0.5, "_low"),
        "q90": (PARAMETERS, 0.5, "_high"),
        "all": (INK, 1.6, "all runs"),
    }
    for name in fan.columns.intersection(lines):
        colour, width, label = lines[name]
        path = stretched(fan[name].to_numpy())
        artists += ax.plot(days, path, drawstyle="steps-post", color=colour, lw=width, label=label)
    ax.set(xlim=(0, len(fan)), ylim=(0, 102), ylabel="probability of fighting (%)")
    return artists


def shown_days(result: Result) -> int:
    """Return the last day of the axes: when fighting is over in nearly all runs."""
    levels = level_shares(result.daily)
    history = past_of(result)
    fights = 1 - levels[0].to_numpy() / 100
    return last_day(fights, result.scenario.horizon_days, history.duration if history else None)


def panel(result: Result, ax: Axes) -> list[Artist]:
    """Draw the shares of runs by level of fighting, by day, on axes."""
    artists = plot_levels(level_shares(result.daily), ax)
    width, _ = _inches(ax)
    date_axis(ax, result.scenario.start, shown_days(result), width)
    mark_across(ax, known(past_of(result), "duration_days"))
    return artists


def _inches(ax: Axes) -> tuple[float, float]:
    box = ax.get_window_extent()
    dpi = ax.figure.dpi
    return box.width / dpi, box.height / dpi


def finding(result: Result) -> str:
    """Return how high fighting rises, and when it has stopped in half of the runs."""
    lines = result.measures
    shares_of_peaks = {level: _value(result, f"peak_{level}") for level in (4, 3, 2)}
    level = next((level for level, share in shares_of_peaks.items() if share >= 0.5), 1)
    text = f"Fighting stays below an offensive in {part_of(1 - shares_of_peaks[2], 'runs')}"
    if level > 1:
        runs = part_of(shares_of_peaks[level], "runs")
        reached = f"Fighting reaches a {LEVELS[level]} in {runs}"
        text = f"A third party fights in {runs}" if level == len(LEVELS) - 1 else reached
    duration = line(lines, "duration_days")
    continues = _value(result, "ending_fighting")
    if duration is None or continues >= 0.5:
        days = result.scenario.horizon_days
        return f"{text} and continues after {days} days in {part_of(continues, 'runs')}"
    day = round(duration.value)
    stopped = day_month(result.scenario.start + timedelta(days=day))
    return f"{text}; half of all runs stop by day {day} ({stopped})"


def _value(result: Result, name: str) -> float:
    found = line(result.measures, name)
    return 0.0 if found is None else found.value


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    plan = design(result.runs, result.manifest)
    scenario = result.scenario
    history = past_of(result)
    fan = fighting_fan(result.daily_by_draw)
    last = shown_days(result)
    text = caption(
        "Top: level of fighting, as shares of all runs. Bottom: share of runs in which it goes on"
        f"{later(fan, last)}.",
    )
    floor = floor_of(scenario.start, last)
    sheet = page(
        4.25 + floor,
        finding(result),
        subject(scenario, "level of fighting, by day"),
        text,
        note(plan),
    )
    top = sheet.axes(0.7, floor + 2.15, WIDTH_OF_PANELS, 1.95)
    bottom = sheet.axes(0.7, floor, WIDTH_OF_PANELS, 1.85)
    plot_levels(level_shares(result.daily), top)
    plot_fan(fan, bottom)
    for ax in (top, bottom):
        date_axis(ax, scenario.start, last, WIDTH_OF_PANELS, label=ax is bottom)
        marked = mark_across(ax, known(history, "duration_days"))
        beside(ax, [handle(history)] if history and marked and ax is top else [])
    return sheet.figure


def later(fan: pd.DataFrame, last: int) -> str:
    """Return how many runs still fight beyond the end of the axis; empty if hardly any do.

    Args:
        fan: probability of fighting in percent, see :func:`fighting_fan`.
        last: last day of the axis.
    """
    after = float(fan["all"].iloc[min(last, len(fan)) - 1]) / 100
    is_cut = last < len(fan) and after >= LEAST_TOLD
    return f"; {percent(after)} of runs still fight after day {last}" if is_cut else ""


CHART = Chart(
    name="escalation",
    heading=HEADING,
    alt="Two panels by day: the share of runs at each level of fighting (top), and the probability "
    "of fighting with bands for parameter uncertainty (bottom). A line marks the last day of "
    "fighting in history.",
    draw=draw,
    finding=finding,
    panels={"escalation": panel},
    numbers=shares("peak_2", "peak_3", "peak_4"),
)
