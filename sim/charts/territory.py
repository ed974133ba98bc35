"""Territory won by fighting, by day, and territory won and ceded at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.charts.chart import Chart, medians
from sim.charts.page import (
    CHANCE,
    FAINT,
    INK,
    PALE,
    PARAMETERS,
    PARAMETERS_PALE,
    PARAMETERS_PALER,
    Page,
    in_days,
    key,
    page,
)
from sim.charts.spread import Design, bands, bars_sentence, by_day, caption, design, intervals, note
from sim.io.text import count
from sim.outcomes.chance import ENOUGH, Interval
from sim.outcomes.numbers import percent
from sim.results.reader import Result
from sim.scenario import Quantity, Scenario

Array = NDArray[np.float64]

SINGLE_RUNS = 12
"""Number of single runs that are drawn."""
NOTHING = 0.05
"""Percent of the area below which a run counts as unchanged."""
LEAST_HEIGHT = 1.0
"""Smallest height of the axis in percent of the area, so that tiny changes look tiny."""
MOST = 0.95
"""Share of runs within each end of the axis if showing all runs would flatten the rest."""
FLATTENED = 2.0
"""Ratio of lengths from which an axis with all runs is considered to flatten the rest."""
BINS = 40
TITLES = {"fought": "won at the end", "ceded": "ceded at the end"}


@dataclass(frozen=True)
class Course:
    """Territory won by fighting at the onset and after each day, in percent of the contested area.

    Attributes:
        mean: mean of all runs, ``(days + 1,)``.
        median: median of all runs, ``(days + 1,)``.
        ends: middle 80% and 50% of the draws' means, ``(4, days + 1)``; None if they cannot be
            estimated.
        single: paths of single runs, ``(days + 1, runs)``.
        one_draw: whether the single runs are replicates of one draw, and so differ by chance alone.
    """

    mean: Array
    median: Array
    ends: Array | None
    single: Array
    one_draw: bool


@dataclass(frozen=True)
class Final:
    """Territory that has changed hands at the end, in percent of the contested area.

    Attributes:
        name: ``fought`` or ``ceded``.
        edges: edges of the bins, ``(bins + 1,)``.
        runs: percent of all runs in each bin, without unchanged runs and runs beyond the axis,
            ``(bins,)``.
        unchanged: percent of all runs in which less than :data:`NOTHING` has changed hands.
        median: median of all runs.
        chance: middle 80% of the runs of a typical draw; None if it cannot be estimated.
        parameters: middle 80% of the draws' medians; None if it cannot be estimated.
    """

    name: str
    edges: Array
    runs: Array
    unchanged: float
    median: float
    chance: Interval | None
    parameters: Interval | None


def course(
    daily: pd.DataFrame, daily_by_draw: pd.DataFrame, outcomes: pd.DataFrame, plan: Design
) -> Course:
    """Return the territory won by fighting, by day."""
    rows = daily[daily["measure"] == "territory_fought"].sort_values("day")
    values, _ = by_day(daily_by_draw, "territory_fought")
    recorded = sum(str(column).startswith("run_") for column in rows)
    runs, one_draw = single_runs(outcomes["draw"].to_numpy(np.int64)[:recorded])
    return Course(
        mean=_from_onset(rows["mean"].to_numpy(dtype=float)),
        median=_from_onset(rows["q50"].to_numpy(dtype=float)),
        ends=_from_onset(bands(values).T).T if plan.shows_parameters else None,
        single=_from_onset(rows[[f"run_{run}" for run in runs]].to_numpy(dtype=float)),
        one_draw=one_draw,
    )


def _from_onset(shares: Array) -> Array:
    """Return shares after each day in percent, with a first row of zeros for the onset."""
    return 100 * np.concatenate([np.zeros_like(shares[:1]), shares])


def single_runs(draw: NDArray[np.int64]) -> tuple[list[int], bool]:
    """Return the numbers of the runs to draw, and whether they are replicates of one draw.

    These are replicates of the first draw, which differ by chance alone. If too few were recorded,
    these are the first runs of any draw.

    Args:
        draw: draw of each run whose path is recorded, ``(recorded,)``.

    >>> single_runs(np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]))
    ([0, 2, 4, 6, 8], True)
    """
    replicates = np.flatnonzero(draw == draw[0])
    chosen = (replicates if len(replicates) >= ENOUGH else np.arange(len(draw)))[:SINGLE_RUNS]
    return chosen.tolist(), bool((draw[chosen] == draw[0]).all())


def limits(shown: Course, final_shares: Array, bars: Sequence[Interval]) -> tuple[float, float]:
    """Return the ends of the axis in percent of the area.

    The axis includes zero, all runs and everything that is drawn. If a few runs would flatten the
    rest, it includes most runs only.

    Args:
        shown: territory won by fighting, by day.
        final_shares: territory won and ceded at the end of each run, ``(runs, 2)``.
        bars: intervals that are drawn.
    """
    intervals_drawn = [np.array(interval) for interval in bars]
    drawn = [
        shown.mean,
        shown.median,
        *intervals_drawn,
        *([] if shown.ends is None else [shown.ends.ravel()]),
    ]
    low = np.quantile(final_shares, 1 - MOST, axis=0, method="lower")
    high = np.quantile(final_shares, MOST, axis=0, method="higher")
    cut = _around(np.concatenate([*drawn, low, high]))
    everything = _around(np.concatenate([*drawn, shown.single.ravel(), final_shares.ravel()]))
    flattens = everything[1] - everything[0] > FLATTENED * (cut[1] - cut[0])
    return cut if flattens else everything


def _around(values: Array) -> tuple[float, float]:
    low = min(float(values.min()), 0.0)
    high = max(float(values.max()), LEAST_HEIGHT)
    return 1.05 * low if low <= -NOTHING else 0.0, 1.05 * high


def left_out(shown: Course, final_shares: Array, ends: tuple[float, float]) -> str:
    """Return a remark about runs beyond the ends of the axis; empty if there are none."""
    low, high = ends
    beyond = ((final_shares < low) | (final_shares > high)).any(axis=1)
    if beyond.any():
        farthest = final_shares.flat[np.abs(final_shares).argmax()]
        runs = f"{count(int(beyond.sum()), 'run')} of {len(final_shares):,}"
        end = "end" if beyond.sum() > 1 else "ends"
        place = f"the farthest at {farthest:.3g}% of the area"
        return f"The axis is cut: {runs} {end} beyond it, {place}."
    if ((shown.single < low) | (shown.single > high)).any():
        return "The axis is cut: the path of a single run leaves it."
    return ""


def final(result: Result, name: str, ends: tuple[float, float]) -> Final:
    """Return the territory ``fought`` or ``ceded`` at the end, in bins along the axis."""
    values = 100 * result.outcomes[f"territory_{name}"].to_numpy(dtype=float)
    changed = values[np.abs(values) >= NOTHING]
    counts, edges = np.histogram(changed, BINS, ends)
    chance, parameters = intervals(result, f"territory_{name}")
    return Final(
        name=name,
        edges=edges,
        runs=100.0 * counts / len(values),
        unchanged=100.0 * (1 - len(changed) / len(values)),
        median=float(np.median(values)),
        chance=chance,
        parameters=parameters,
    )


def area(stated: Quantity) -> tuple[float, str]:
    """Return the contested area in km², as a number (the middle of a range) and as text.

    >>> area(Quantity(low=100.0, high=300.0))[0]
    200.0
    """
    middle = (stated.low + stated.high) / 2
    return middle, f"{middle:,.10g} km²" if stated.known else f"about {middle:,.10g} km²"


def plot_course(shown: Course, ax: Axes) -> list[Artist]:
    """Plot single runs, mean and median of all runs and, if available, the bands of the draws."""
    days = np.arange(len(shown.mean))
    artists: list[Artist] = []
    if shown.ends is not None:
        low, lower, upper, high = shown.ends
        for ends, colour, part in (
            ((low, high), PARAMETERS_PALER, 80),
            ((lower, upper), PARAMETERS_PALE, 50),
        ):
            label = f"parameters: middle {part}% of the draws' means"
            artists.append(ax.fill_between(days, *ends, color=colour, lw=0, label=label))
        artists += ax.plot(days, np.stack([low, high], axis=1), color=PARAMETERS, lw=0.5)
    label = "replicates of one draw (chance)" if shown.one_draw else "single runs"
    paths = [np.column_stack([days, path]) for path in shown.single.T]
    artists.append(
        ax.add_collection(LineCollection(paths, colors=FAINT, linewidths=0.7, label=label))
    )
    artists += ax.plot(days, shown.mean, color=INK, lw=1.8, label="mean of all runs")
    artists += ax.plot(
        days, shown.median, color=INK, lw=1.3, ls=(0, (3, 2)), label="median of all runs"
    )
    ax.set(xlim=(0, len(days) - 1), ylabel="contested area (%)", xlabel="days after the onset")
    return artists


def plot_final(shown: Final, widest: float, ax: Axes) -> list[Artist]:
    """Plot a horizontal histogram of all runs and, to its left, the intervals."""
    artists: list[Artist] = [
        ax.stairs(
            shown.runs,
            shown.edges,
            orientation="horizontal",
            fill=True,
            color=PALE,
            label="all runs at the end",
        )
    ]
    bars = (
        (-0.32, shown.parameters, PARAMETERS, "parameters: middle 80% of the draws' medians"),
        (-0.14, shown.chance, CHANCE, "chance: middle 80% of a typical draw's runs"),
    )
    for x, interval, colour, label in bars:
        if interval is not None:
            artists += ax.plot(
                [x * widest] * 2, interval, color=colour, lw=6, solid_capstyle="butt", label=label
            )
            artists += ax.plot(
                [x * widest] * 2, interval, ls="none", marker="_", ms=9, color=colour
            )
    artists += ax.plot(
        [-0.42 * widest, widest], [shown.median] * 2, color=INK, lw=1.3, ls=(0, (3, 2))
    )
    ax.set(xlim=(-0.45 * widest, 1.05 * widest), xlabel="runs (%)")
    ax.axvline(0, color="#666666", lw=0.7)
    return artists


def panel(result: Result, ax: Axes) -> list[Artist]:
    """Draw the territory won by fighting, by day, on axes."""
    plan = design(result.outcomes, result.manifest)
    artists = plot_course(course(result.daily, result.daily_by_draw, result.outcomes, plan), ax)
    in_days(ax)
    return artists


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    scenario = result.scenario
    outcomes = result.outcomes
    plan = design(outcomes, result.manifest)
    shown = course(result.daily, result.daily_by_draw, outcomes, plan)
    final_shares = 100 * outcomes[[f"territory_{name}" for name in TITLES]].to_numpy(dtype=float)
    by_quantity = (intervals(result, f"territory_{name}") for name in TITLES)
    bars = [bar for pair in by_quantity for bar in pair if bar is not None]
    ends = limits(shown, final_shares, bars)
    finals = [final(result, name, ends) for name in TITLES]
    km2, words = area(scenario.conflict.contested_area_km2)
    subject = f"Territory that changed hands, of {words} contested"
    remarks = note(plan, left_out(shown, final_shares, ends))
    sheet = page(4.0, scenario.title, subject, _caption(plan, shown, scenario), remarks)
    left = sheet.axes(0.75, 0.5, 3.85, 2.6)
    plot_course(shown, left)
    in_days(left)
    left.set(ylim=ends, title="won by fighting, by day")
    right = _draw_finals(finals, ends, sheet)
    _square_kilometres(right, km2)
    handles = [handle for ax in (left, right) for handle in ax.get_legend_handles_labels()[0]]
    key(sheet, handles, 0.75, 3.48, columns=3)
    return sheet.figure


def _draw_finals(finals: Sequence[Final], ends: tuple[float, float], sheet: Page) -> Axes:
    """Draw a panel for each quantity at the end. Return the last panel."""
    widest = max([1.0, *(shown.runs.max() for shown in finals)])
    for place, shown in enumerate(finals):
        ax = sheet.axes(4.85 + 1.72 * place, 0.5, 1.5, 2.6)
        plot_final(shown, widest, ax)
        ax.set(ylim=ends)
        unchanged = f"under {NOTHING:g}%: {percent(shown.unchanged / 100)} of runs"
        ax.set_title(f"{TITLES[shown.name]}\n{unchanged}", fontsize=8)
        ax.tick_params(left=False, labelleft=False)
    return ax


def _square_kilometres(ax: Axes, km2: float) -> None:
    """Add an axis in square kilometres on the right of a panel."""
    low, high = ax.get_ylim()
    ticks = MaxNLocator(7).tick_values(low * km2 / 100, high * km2 / 100)
    ax.set_yticks([100 * tick / km2 for tick in ticks], [f"{tick:,.10g}" for tick in ticks])
    ax.set(ylim=(low, high), ylabel="km²")
    ax.yaxis.set_label_position("right")
    ax.tick_params(axis="y", right=True, labelright=True)
    ax.spines["right"].set_visible(True)


def _caption(plan: Design, shown: Course, scenario: Scenario) -> str:
    challenger = scenario.actors[scenario.conflict.challenger].name
    lines = "replicates of one draw" if shown.one_draw else "single runs"
    return caption(
        f"Territory won by fighting, by day (left, with {lines} in thin grey), and territory won "
        f"and ceded at the end (right); values above zero are gains of {challenger}.",
        bars_sentence(plan),
    )


CHART = Chart(
    name="territory",
    heading="Territory that changed hands",
    alt="Territory won by fighting, by day (left), and territory that changed hands by the end, by "
    "fighting and by agreement (right).",
    draw=draw,
    panels={"territory": panel},
    numbers=medians("territory_fought", "territory_ceded"),
)
