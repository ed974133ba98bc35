"""Level of fighting and probability of fighting, by day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.charts.chart import Chart, shares
from sim.charts.page import (
    INK,
    PARAMETERS,
    PARAMETERS_PALE,
    PARAMETERS_PALER,
    beside,
    in_days,
    page,
)
from sim.charts.spread import bands_of_shares, by_day, caption, design, note
from sim.outcomes.chance import ENOUGH
from sim.results.reader import Result

HEADING = "Level of fighting, by day"
LEVELS = (
    "frozen: no fighting",
    "skirmish",
    "limited offensive",
    "full offensive",
    "a third party fights",
)
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


def panel(result: Result, ax: Axes) -> list[Artist]:
    """Draw the shares of runs by level of fighting, by day, on axes."""
    artists = plot_levels(level_shares(result.daily), ax)
    ax.set_xlabel("days after the onset")
    return artists


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    plan = design(result.outcomes, result.manifest)
    scenario = result.scenario
    fan = fighting_fan(result.daily_by_draw)
    text = caption(
        "Share of runs at each level of fighting (top) and probability of fighting (bottom), by "
        "day.",
        "Bands show parameter uncertainty: the middle 50% and 80% of draws."
        if "q10" in fan
        else "",
    )
    sheet = page(5.3, scenario.title, HEADING, text, note(plan))
    top = sheet.axes(0.8, 2.75, 5.95, 2.45)
    bottom = sheet.axes(0.8, 0.5, 5.95, 2.0)
    plot_levels(level_shares(result.daily), top)
    plot_fan(fan, bottom)
    top.tick_params(labelbottom=False)
    bottom.set_xlabel(f"days after the onset, {scenario.start:%Y-%m-%d}")
    for ax in (top, bottom):
        in_days(ax)
        beside(ax)
    return sheet.figure


CHART = Chart(
    name="escalation",
    heading=HEADING,
    alt="Two panels by day: the share of runs at each level of fighting (top), and the probability "
    "of fighting with bands for parameter uncertainty (bottom).",
    draw=draw,
    panels={"escalation": panel},
    numbers=shares("peak_2", "peak_3", "peak_4"),
)
