"""Duration of the fighting and battle deaths, with chance and parameter uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from sim.charts.chart import Chart, medians
from sim.charts.dates import FARTHEST, date_axis, floor_of
from sim.charts.page import CHANCE, FAINT, INK, PALE, PARAMETERS, Page, key, page
from sim.charts.past import handle, known, mark_across, past_of
from sim.charts.spread import (
    bars_sentence,
    caption,
    design,
    intervals,
    measure,
    note,
    subject,
)
from sim.outcomes.chance import Interval
from sim.record.history import Known
from sim.results.reader import Result

Array = NDArray[np.float64]

MOST_BINS = 45
BINS_A_DECADE = 8
FEW_DECADES = 2.2
"""Decades up to which an axis of deaths also labels 2 and 5."""
UNDER_ONE = 0.5
"""Position of fewer than one death on the logarithmic axis."""


FAR = 1000.0
"""How far a count of the record may extend the axis of deaths, as a ratio."""
MOST_DAYS = 0.9
NEARLY_ALL = 0.99
"""Shares of the runs within the axis of days, and within each end of that of deaths."""
WIDE_PANEL = 3.55
"""Width of a panel in inches."""

HEADING = "Duration of the fighting and battle deaths"
DEATHS_LABEL = "battle deaths of both sides (log scale)"


@dataclass(frozen=True)
class Spread:
    """The content of a panel about one quantity.

    Attributes:
        edges: edges of the bins, ``(bins + 1,)``.
        runs: percent of all runs in each bin, ``(bins,)``.
        median: median of all runs.
        chance: middle 80% of the runs of a typical draw; None if it cannot be estimated.
        parameters: middle 80% of the draws' medians; None if it cannot be estimated.
        open_end: what the last bin holds, if it holds longer runs; empty otherwise.
    """

    edges: Array
    runs: Array
    median: float
    chance: Interval | None
    parameters: Interval | None
    open_end: str = ""


def day_edges(longest: float, horizon: int) -> Array:
    """Return edges of bins of whole days up to the longest duration. The horizon starts a bin.

    >>> day_edges(3.0, 60)
    array([0., 1., 2., 3., 4.])
    """
    width = max(1, math.ceil(min(longest, horizon) / MOST_BINS))
    below = math.ceil(horizon / width)
    edges = horizon - width * np.arange(below, -2, -1, dtype=float)
    return edges[: int(np.searchsorted(edges, longest, side="right")) + 1]


def longest_shown(days: Array, fights_on: bool, recorded: float | None) -> float:
    """Return the last day of the axis: nearly all runs, and the record unless it is far off.

    Args:
        days: duration of each run, ``(runs,)``.
        fights_on: whether some runs still fight at the horizon, which the axis then includes if
            they are more than a few.
        recorded: duration in the record, or None.
    """
    most = float(np.quantile(days, MOST_DAYS, method="higher"))
    if recorded is not None and recorded <= FARTHEST * days.max():
        most = max(most, math.ceil(recorded))
    is_few = most < days.max() and fights_on
    return most if is_few else max(most, 3.0)


def death_edges(deaths: Array, recorded: float | None = None) -> Array:
    """Return edges of logarithmic bins around nearly all runs and the record.

    The first bin is for fewer than one death, if there are such runs.

    >>> death_edges(np.array([12.0, 15.0, 40.0])).round().tolist()
    [10.0, 13.0, 18.0, 24.0, 32.0, 42.0]
    """
    low, high = np.quantile(deaths, [1 - NEARLY_ALL, NEARLY_ALL], method="nearest")
    low, high = max(low, 1.0), max(high, 1.0)
    if recorded is not None and low / FAR <= recorded <= high * FAR:
        low, high = max(min(low, recorded), 1.0), max(high, recorded)
    first = math.floor(BINS_A_DECADE * math.log10(low))
    last = math.floor(BINS_A_DECADE * math.log10(high)) + 1
    edges = 10.0 ** (np.arange(first, last + 1) / BINS_A_DECADE)
    is_low = (deaths < 1).mean() > 1 - NEARLY_ALL
    return np.concatenate([[UNDER_ONE], edges]) if is_low else edges


def percent_in(values: Array, edges: Array) -> Array:
    """Return the percent of values in each bin.

    The first and the last bin also hold all smaller and all larger values.

    >>> percent_in(np.array([0.5, 1.5, 1.7, 9.0]), np.array([0.0, 1.0, 2.0, 3.0]))
    array([25., 50., 25.])
    """
    inside = np.clip(values, edges[0], edges[-1])
    share: Array = 100.0 * np.histogram(inside, edges)[0] / len(values)
    return share


def spread(
    result: Result, name: str, values: pd.Series[float], edges: Array, open_end: str = ""
) -> Spread:
    """Return the content of a panel about a quantity with one value per run."""
    chance, parameters = intervals(result, name)
    return Spread(
        edges=edges,
        runs=percent_in(values.to_numpy(dtype=float), edges),
        median=float(values.median()),
        chance=chance,
        parameters=parameters,
        open_end=open_end,
    )


def plot_histogram(shown: Spread, ax: Axes) -> list[Artist]:
    """Plot a histogram of all runs."""
    artists: list[Artist] = [
        ax.stairs(shown.runs, shown.edges, fill=True, color=PALE, label="all runs")
    ]
    if shown.open_end:
        last = shown.runs[-1:], shown.edges[-2:]
        artists.append(
            ax.stairs(*last, fill=True, fc=FAINT, ec="white", hatch="////", label=shown.open_end)
        )
    ax.set(ylim=(0, None), xlim=_limits(shown))
    return artists


def plot_bars(shown: Spread, ax: Axes) -> list[Artist]:
    """Plot the available intervals of parameters and chance as bars, one above the other."""
    artists: list[Artist] = []
    rows = _bars(shown)
    for y, (name, ends, colour) in enumerate(rows):
        low, high = np.maximum(ends, shown.edges[0])
        artists += ax.plot(
            [low, high], [y, y], color=colour, lw=7, solid_capstyle="butt", label=name
        )
        artists += ax.plot([low, high], [y, y], ls="none", marker="|", ms=11, color=colour)
    ax.set(ylim=(-0.7, len(rows) - 0.3), xlim=_limits(shown))
    ax.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    ax.tick_params(axis="y", length=0)
    return artists


def _bars(shown: Spread) -> list[tuple[str, Interval, str]]:
    """Return name, ends and colour of the available intervals, the lowest first."""
    rows = (("chance", shown.chance, CHANCE), ("draws", shown.parameters, PARAMETERS))
    return [(name, ends, colour) for name, ends, colour in rows if ends is not None]


def plot_median(shown: Spread, ax: Axes) -> Artist:
    """Plot the median of all runs as a line across a panel."""
    return ax.axvline(
        max(shown.median, shown.edges[0]), color=INK, lw=1.2, ls=(0, (3, 2)), zorder=3
    )


def _limits(shown: Spread) -> tuple[float, float]:
    return max(0.0, float(shown.edges[0])), float(shown.edges[-1])


def panel_of_duration(result: Result, ax: Axes) -> list[Artist]:
    """Draw the duration of the fighting on axes."""
    shown = _duration(result)
    artists = plot_histogram(shown, ax)
    inches = ax.get_window_extent().width / ax.figure.dpi
    date_axis(ax, result.scenario.start, shown.edges[-1], inches)
    mark_across(ax, known(past_of(result), "duration_days"))
    return artists


def panel_of_deaths(result: Result, ax: Axes) -> list[Artist]:
    """Draw the battle deaths of both sides on axes."""
    shown = _deaths(result)
    artists = plot_histogram(shown, ax)
    ax.set_xlabel(DEATHS_LABEL)
    _log_axis(ax, shown.edges, labels=True)
    mark_across(ax, known(past_of(result), "deaths"), floor=float(shown.edges[0]))
    return artists


def _number_of(known: Known | None) -> float | None:
    return None if known is None else known.number


def _duration(result: Result) -> Spread:
    table = result.runs
    days = table["duration_days"].astype(float)
    fights_on = bool((table["ending"] == "fighting").any())
    recorded = _number_of(known(past_of(result), "duration_days"))
    horizon = result.scenario.horizon_days
    longest = longest_shown(days.to_numpy(), fights_on, recorded)
    edges = day_edges(min(longest, horizon), horizon)
    if recorded is not None and recorded > edges[-1] and longest > horizon:
        edges = np.append(edges, math.ceil(1.05 * recorded))
    open_end = "fighting continues" if fights_on and longest >= horizon else ""
    if not open_end and days.max() >= edges[-1]:
        open_end = f"{edges[-2]:.0f} days or more"
    return spread(result, "duration_days", days, edges, open_end)


def _deaths(result: Result) -> Spread:
    deaths = result.runs["deaths_challenger"] + result.runs["deaths_defender"]
    recorded = _number_of(known(past_of(result), "deaths"))
    edges = death_edges(deaths.to_numpy(dtype=float), recorded)
    return spread(result, "deaths", deaths, edges)


def _shown(result: Result, name: str) -> str:
    """Return the median of a quantity to the digits that its error leaves."""
    line = measure(result, name)
    return "" if line is None else line.shown()[0]


def finding(result: Result) -> str:
    """Return the medians of duration and deaths, beside history."""
    text = f"The median run: {_shown(result, 'duration_days')} and "
    text += _shown(result, "deaths").replace("death", "battle death")
    history = past_of(result)
    days, deaths = known(history, "duration_days"), known(history, "deaths")
    past = [each.says.partition(" [")[0] for each in (days, deaths) if each is not None]
    return f"{text}; history: {' and '.join(past)}" if past else text


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    plan = design(result.runs, result.manifest)
    history = past_of(result)
    duration = _duration(result)
    deaths = _deaths(result)
    ends = "Dashed lines are medians of all runs; red bands are the range of the record."
    text = caption(bars_sentence(plan), ends if history else "Dashed lines are medians.")
    what = "duration of the fighting, and battle deaths"
    floor = floor_of(result.scenario.start, duration.edges[-1])
    sheet = page(3.08 + floor, finding(result), subject(result.scenario, what), text, note(plan))
    left = _panel(sheet, 0.85, duration, floor)
    right = _panel(sheet, 5.1, deaths, floor)
    left[0].set_ylabel("runs (%)")
    right[0].set_ylabel("runs (%)")
    marked = False
    for ax in left:
        date_axis(ax, result.scenario.start, duration.edges[-1], WIDE_PANEL, ax is left[-1])
        marked |= mark_across(ax, known(history, "duration_days") if ax is left[0] else None)
    for ax in right:
        _log_axis(ax, deaths.edges, labels=ax is right[-1])
        past = known(history, "deaths") if ax is right[0] else None
        marked |= mark_across(ax, past, floor=float(deaths.edges[0]))
    left[-1].set_xlabel(f"duration: {left[-1].get_xlabel()}")
    right[-1].set_xlabel(DEATHS_LABEL)
    handles = left[0].get_legend_handles_labels()[0]
    handles += [handle(history)] if history and marked else []
    key(sheet, handles, 0.85, 2.88 + floor, columns=4)
    return sheet.figure


def _panel(sheet: Page, left: float, shown: Spread, floor: float) -> list[Axes]:
    """Return a panel with a histogram and, if there are bars, a panel with them below it."""
    strip = 0.25 * len(_bars(shown))
    bottom = floor + (strip + 0.12 if strip else 0.0)
    panels = [sheet.axes(left, bottom, WIDE_PANEL, floor + 2.68 - bottom)]
    plot_histogram(shown, panels[0])
    if strip:
        panels[0].tick_params(labelbottom=False)
        panels.append(sheet.axes(left, floor, WIDE_PANEL, strip))
        plot_bars(shown, panels[1])
    plot_median(shown, panels[-1])
    plot_median(shown, panels[0])
    return panels


def _log_axis(ax: Axes, edges: Array, labels: bool) -> None:
    """Label round numbers on a logarithmic axis, and fewer than one as ``< 1``."""
    ax.set_xscale("log")
    ticks = [*([math.sqrt(UNDER_ONE)] if edges[0] < 1 else []), *round_numbers(edges)]
    words = [f"{tick:,.0f}" if tick >= 1 else "< 1" for tick in ticks]
    ax.set_xticks(ticks, words if labels else [])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(edges[0], edges[-1])


def round_numbers(edges: Array) -> list[float]:
    """Return round numbers within some edges: decades, or also 2 and 5 in each if they are few.

    >>> round_numbers(np.array([8.0, 300.0])), round_numbers(np.array([0.5, 3e4]))
    ([10.0, 20.0, 50.0, 100.0, 200.0], [1.0, 10.0, 100.0, 1000.0, 10000.0])
    """
    decades = math.log10(edges[-1] / max(edges[0], 1.0))
    steps = (1, 2, 5) if decades < FEW_DECADES else (1,)
    powers = range(int(math.log10(edges[-1])) + 1)
    found = (float(step * 10**power) for power in powers for step in steps)
    return [number for number in found if max(edges[0], 1.0) <= number <= edges[-1]]


CHART = Chart(
    name="duration_deaths",
    heading=HEADING,
    alt="Two histograms of all runs, of their duration in days and of their battle deaths, each "
    "with the medians of the draws. Lines with a diamond mark history.",
    draw=draw,
    finding=finding,
    panels={"duration": panel_of_duration, "deaths": panel_of_deaths},
    numbers=medians("duration_days", "deaths"),
)
