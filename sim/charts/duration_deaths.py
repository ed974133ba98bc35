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
from sim.charts.page import CHANCE, FAINT, INK, PALE, PARAMETERS, Page, in_days, key, page
from sim.charts.spread import bars_sentence, caption, design, intervals, measure, note
from sim.outcomes.chance import Interval, shrunk_medians
from sim.results.reader import Result

Array = NDArray[np.float64]

MOST_BINS = 45
BINS_A_DECADE = 8
UNDER_ONE = 0.5
"""Position of fewer than one death on the logarithmic axis."""


HEADING = "Duration of the fighting and battle deaths"
DURATION_LABEL = "days until the fighting stopped for good"
DEATHS_LABEL = "battle deaths of both sides (log scale)"


@dataclass(frozen=True)
class Spread:
    """The content of a panel about one quantity.

    Attributes:
        edges: edges of the bins, ``(bins + 1,)``.
        runs: percent of all runs in each bin, ``(bins,)``.
        draws: percent of the draws' medians in each bin, ``(bins,)``; None if they cannot be
            estimated.
        median: median of all runs.
        chance: middle 80% of the runs of a typical draw; None if it cannot be estimated.
        parameters: middle 80% of the draws' medians; None if it cannot be estimated.
        open_end: whether the last bin contains runs that still fight at the horizon.
    """

    edges: Array
    runs: Array
    draws: Array | None
    median: float
    chance: Interval | None
    parameters: Interval | None
    open_end: bool = False


def day_edges(longest: float, horizon: int) -> Array:
    """Return edges of bins of whole days up to the longest duration. The horizon starts a bin.

    >>> day_edges(3.0, 60)
    array([0., 1., 2., 3., 4.])
    """
    width = max(1, math.ceil(min(longest, horizon) / MOST_BINS))
    below = math.ceil(horizon / width)
    edges = horizon - width * np.arange(below, -2, -1, dtype=float)
    return edges[: int(np.searchsorted(edges, longest, side="right")) + 1]


def death_edges(deaths: Array) -> Array:
    """Return edges of logarithmic bins over whole decades, the first for fewer than one death."""
    some = deaths[deaths >= 1]
    low = some.min() if len(some) else 1.0
    high = some.max() if len(some) else 1.0
    has_none = bool((deaths < 1).any())
    first = 0 if has_none else math.floor(math.log10(low))
    last = math.floor(math.log10(high)) + 1
    edges = np.logspace(first, last, (last - first) * BINS_A_DECADE + 1)
    return np.concatenate([[UNDER_ONE], edges]) if has_none else edges


def percent_in(values: Array, edges: Array) -> Array:
    """Return the percent of values in each bin.

    >>> percent_in(np.array([0.5, 1.5, 1.7, 2.5]), np.array([0.0, 1.0, 2.0, 3.0]))
    array([25., 50., 25.])
    """
    share: Array = 100.0 * np.histogram(values, edges)[0] / len(values)
    return share


def spread(
    result: Result, name: str, values: pd.Series[float], edges: Array, open_end: bool = False
) -> Spread:
    """Return the content of a panel about a quantity with one value per run."""
    chance, parameters = intervals(result, name)
    floor = edges[0] if edges[0] == UNDER_ONE else -np.inf
    numbers = values.to_numpy(dtype=float)
    medians = shrunk_medians(numbers, result.outcomes["draw"].to_numpy(np.int64))
    draws = None if medians is None else percent_in(np.maximum(medians, floor), edges)
    return Spread(
        edges=edges,
        runs=percent_in(np.maximum(numbers, floor), edges),
        draws=draws,
        median=float(values.median()),
        chance=chance,
        parameters=parameters,
        open_end=open_end,
    )


def plot_histogram(shown: Spread, ax: Axes) -> list[Artist]:
    """Plot a histogram of all runs, and the outline of the histogram of the draws' medians."""
    artists: list[Artist] = [
        ax.stairs(shown.runs, shown.edges, fill=True, color=PALE, label="all runs")
    ]
    if shown.open_end:
        last = shown.runs[-1:], shown.edges[-2:]
        artists.append(
            ax.stairs(
                *last, fill=True, fc=FAINT, ec="white", hatch="////", label="fighting continues"
            )
        )
    if shown.draws is not None:
        artists.append(
            ax.stairs(
                shown.draws,
                shown.edges,
                color=PARAMETERS,
                lw=1.4,
                label="medians of draws (parameters)",
            )
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
    artists = plot_histogram(_duration(result), ax)
    ax.set_xlabel(DURATION_LABEL)
    in_days(ax)
    return artists


def panel_of_deaths(result: Result, ax: Axes) -> list[Artist]:
    """Draw the battle deaths of both sides on axes."""
    shown = _deaths(result)
    artists = plot_histogram(shown, ax)
    ax.set_xlabel(DEATHS_LABEL)
    _log_axis(ax, shown.edges, labels=True)
    return artists


def _duration(result: Result) -> Spread:
    table = result.outcomes
    edges = day_edges(float(table["duration_days"].max()), result.scenario.horizon_days)
    continues = bool((table["ending"] == "fighting").any())
    return spread(result, "duration_days", table["duration_days"].astype(float), edges, continues)


def _deaths(result: Result) -> Spread:
    deaths = result.outcomes["deaths_challenger"] + result.outcomes["deaths_defender"]
    return spread(result, "deaths", deaths, death_edges(deaths.to_numpy(dtype=float)))


def _shown(result: Result, name: str) -> str:
    """Return the median of a quantity to the digits that its error leaves."""
    line = measure(result, name)
    return "" if line is None else line.shown()[0]


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    plan = design(result.outcomes, result.manifest)
    duration = _duration(result)
    deaths = _deaths(result)
    text = caption(
        "Duration and battle deaths of all runs (grey histograms), with their medians (dashed "
        "lines).",
        bars_sentence(plan),
    )
    sheet = page(3.7, result.scenario.title, HEADING, text, note(plan))
    left, *left_bars = _panel(sheet, 0.85, duration, DURATION_LABEL)
    right, *right_bars = _panel(sheet, 5.1, deaths, DEATHS_LABEL)
    ylabel = "runs (%)" if duration.draws is None else "runs or draws (%)"
    left.set(title=f"duration: median {_shown(result, 'duration_days')}", ylabel=ylabel)
    right.set(title=f"battle deaths: median {_shown(result, 'deaths').split()[0]}", ylabel=ylabel)
    for ax in (left, *left_bars):
        in_days(ax)
    for ax in (right, *right_bars):
        _log_axis(ax, deaths.edges, labels=ax is not right or not right_bars)
    key(sheet, left.get_legend_handles_labels()[0], 0.85, 3.55, columns=4)
    return sheet.figure


def _panel(sheet: Page, left: float, shown: Spread, label: str) -> list[Axes]:
    """Return a panel with a histogram and, if there are bars, a panel with them below it."""
    strip = 0.25 * len(_bars(shown))
    floor = 0.6 + strip if strip else 0.5
    panels = [sheet.axes(left, floor, 3.55, 3.25 - floor)]
    plot_histogram(shown, panels[0])
    if strip:
        panels[0].tick_params(labelbottom=False)
        panels.append(sheet.axes(left, 0.5, 3.55, strip))
        plot_bars(shown, panels[1])
    plot_median(shown, panels[-1])
    panels[-1].set_xlabel(label)
    return panels


def _log_axis(ax: Axes, edges: Array, labels: bool) -> None:
    """Label whole decades on a logarithmic axis, and fewer than one as ``< 1``."""
    ax.set_xscale("log")
    decades = [
        edge for edge in edges if edge >= 1 and math.isclose(math.log10(edge) % 1, 0, abs_tol=1e-9)
    ]
    ticks = [*([math.sqrt(UNDER_ONE)] if edges[0] < 1 else []), *decades]
    words = [f"{tick:,.0f}" if tick >= 1 else "< 1" for tick in ticks]
    ax.set_xticks(ticks, words if labels else [])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(edges[0], edges[-1])


CHART = Chart(
    name="duration_deaths",
    heading=HEADING,
    alt="Two histograms of all runs, of their duration in days and of their battle deaths, each "
    "with the medians of the draws.",
    draw=draw,
    panels={"duration": panel_of_duration, "deaths": panel_of_deaths},
    numbers=medians("duration_days", "deaths"),
)
