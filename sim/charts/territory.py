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
from numpy.typing import NDArray

from sim.charts.chart import Chart, medians
from sim.charts.dates import date_axis, floor_of
from sim.charts.escalation import fighting_fan, later, shown_days
from sim.charts.findings import actor
from sim.charts.page import (
    FAINT,
    HISTORY,
    INK,
    PALE,
    PARAMETERS,
    PARAMETERS_PALE,
    PARAMETERS_PALER,
    key,
    page,
)
from sim.charts.past import LOOK, handle, known, mark_points, past_of
from sim.charts.spread import Design, bands, by_day, caption, design, note, subject
from sim.io.text import with_article
from sim.outcomes.chance import ENOUGH
from sim.outcomes.numbers import percent
from sim.outcomes.runs import Runs
from sim.record.history import History
from sim.results.reader import Result
from sim.scenario import Quantity

Array = NDArray[np.float64]

SINGLE_RUNS = 12
"""Number of single runs that are drawn."""
NOTHING = 0.05
"""Percent of the area below which a run counts as unchanged."""
EDGES = (NOTHING, 0.5, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 100.0)
"""Ends of the classes of territory, in percent of the area."""
RARE = 0.5
"""Percent of runs from which a class at either end has a row."""
RARELY = 0.01
LEAST = 0.5
"""Share of runs in which territory must change hands for a chart, and by how much, in percent."""
MOST = 0.95
"""Share of single runs within each end of the axis of days."""
COURSE = "territory_day_"
"""First part of the outcomes that the record knows for a day of the course."""
TITLES = {"fought": "won by fighting", "ceded": "ceded by agreement"}
LEFT = 3.85
"""Width of the panel by day in inches."""


@dataclass(frozen=True)
class Course:
    """Territory won by fighting at the onset and after each day, in percent of the contested area.

    Attributes:
        median: median of all runs, ``(days + 1,)``.
        ends: middle 80% and 50% of the draws' means, ``(4, days + 1)``; None if they cannot be
            estimated.
        single: paths of single runs, ``(days + 1, runs)``.
        one_draw: whether the single runs are replicates of one draw, and so differ by chance alone.
    """

    median: Array
    ends: Array | None
    single: Array
    one_draw: bool


def course(
    daily: pd.DataFrame, daily_by_draw: pd.DataFrame, outcomes: Runs, plan: Design
) -> Course:
    """Return the territory won by fighting, by day."""
    rows = daily[daily["measure"] == "territory_fought"].sort_values("day")
    values, _ = by_day(daily_by_draw, "territory_fought")
    recorded = sum(str(column).startswith("run_") for column in rows)
    runs, one_draw = single_runs(outcomes["draw"].to_numpy(np.int64)[:recorded])
    return Course(
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


def limits(shown: Course, last: int, recorded: Sequence[float] = ()) -> tuple[float, float]:
    """Return the ends of the axis in percent of the area: what is drawn until the last day.

    A few single runs may leave it, so that they do not flatten the rest.

    Args:
        shown: territory won by fighting, by day.
        last: last day of the axis.
        recorded: values of the record, in percent.
    """
    days = slice(0, last + 1)
    single = shown.single[days]
    drawn = [
        np.zeros(1),
        shown.median[days],
        np.array(recorded, dtype=float),
        np.quantile(single, [1 - MOST, MOST], axis=1).ravel(),
        *([] if shown.ends is None else [shown.ends[:, days].ravel()]),
    ]
    values = np.concatenate(drawn)
    low, high = float(values.min()), float(values.max())
    high = max(high, LEAST) if low > -LEAST else high  # tiny changes look tiny
    room = 0.06 * (high - low)
    return (low - room if low < 0 else 0.0), high + room


def classes(shares: Array) -> pd.Series[float]:
    """Return the percent of runs in each class of territory, from losses to gains.

    Args:
        shares: territory in percent of the area, positive for the challenger, ``(runs,)``.

    >>> classes(np.array([0.0, 0.0, 3.0, -30.0])).to_dict()
    {'loses 20 to 40%': 25.0, 'hardly any': 50.0, '2 to 5%': 25.0}
    """
    edges = np.array(EDGES)
    place = np.searchsorted(edges, np.minimum(np.abs(shares), edges[-1]), side="left")
    signed = np.where(shares < 0, -place, place)
    found, counts = np.unique(signed, return_counts=True)
    names = [class_name(int(number)) for number in found]
    return pd.Series(100.0 * counts / len(shares), index=names)


def class_of(share: float) -> str:
    """Return the class of one value, in percent of the area.

    >>> class_of(32.5), class_of(-0.01)
    ('20 to 40%', 'hardly any')
    """
    return str(classes(np.array([share])).index[0])


def class_name(number: int) -> str:
    """Return the name of a class: 0 for no change, and negative numbers for losses."""
    if number == 0:
        return "hardly any"
    low, high = EDGES[abs(number) - 1 : abs(number) + 1]
    return f"{'loses ' if number < 0 else ''}{low:g} to {high:g}%"


def class_names(*found: Sequence[str]) -> list[str]:
    """Return the classes between the lowest and the highest one of several lists, in order."""
    every = [class_name(number) for number in range(1 - len(EDGES), len(EDGES))]
    used = [every.index(name) for names in found for name in names]
    return every[min(used) : max(used) + 1]


def area(stated: Quantity) -> tuple[float, str]:
    """Return the contested area in km², as a number (the middle of a range) and as text.

    >>> area(Quantity(low=100.0, high=300.0))[0]
    200.0
    """
    middle = (stated.low + stated.high) / 2
    return middle, f"{middle:,.10g} km²" if stated.known else f"about {middle:,.10g} km²"


def plot_course(shown: Course, ax: Axes) -> list[Artist]:
    """Plot single runs, the median of all runs and, if available, the bands of the draws."""
    days = np.arange(len(shown.median))
    artists: list[Artist] = []
    if shown.ends is not None:
        low, lower, upper, high = shown.ends
        for ends, colour, part in (
            ((low, high), PARAMETERS_PALER, 80),
            ((lower, upper), PARAMETERS_PALE, 50),
        ):
            label = f"middle {part}% of draws"
            artists.append(ax.fill_between(days, *ends, color=colour, lw=0, label=label))
        artists += ax.plot(days, np.stack([low, high], axis=1), color=PARAMETERS, lw=0.5)
    label = "runs of one draw (chance)" if shown.one_draw else "single runs"
    paths = [np.column_stack([days, path]) for path in shown.single.T]
    artists.append(
        ax.add_collection(LineCollection(paths, colors=FAINT, linewidths=0.7, label=label))
    )
    artists += ax.plot(
        days, shown.median, color=INK, lw=1.6, ls=(0, (3, 2)), label="median of all runs"
    )
    ax.set(xlim=(0, len(days) - 1), ylabel="won, % of the contested area")
    return artists


def plot_classes(shares: pd.Series[float], names: Sequence[str], ax: Axes) -> list[Artist]:
    """Plot the percent of runs in each class of territory, the largest gains on top."""
    values = [float(shares.get(name, 0.0)) for name in names]
    artists: list[Artist] = list(ax.barh(range(len(names)), values, color=PALE, ec=FAINT, lw=0.6))
    for place, value in enumerate(values):
        if value > 0:
            artists.append(ax.text(value + 2, place, percent(value / 100), va="center", size=8))
    ax.set(xlim=(0, 100), ylim=(-0.6, len(names) - 0.4), xlabel="runs (%)", xticks=[0, 50, 100])
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)
    return artists


def has_data(result: Result) -> bool:
    """Return whether territory changes hands in more than a few runs, or changed in history."""
    shares = np.stack([result.runs[f"territory_{name}"].to_numpy(float) for name in TITLES])
    past = known(past_of(result), "territory_fought")
    if past is not None and 100 * abs(past.number or 0.0) >= NOTHING:
        return True
    often = np.quantile(np.abs(shares).max(axis=0), 1 - RARELY, method="lower")
    return bool(100 * often >= LEAST)


def panel(result: Result, ax: Axes) -> list[Artist]:
    """Draw the territory won by fighting, by day, on axes."""
    plan = design(result.runs, result.manifest)
    artists = plot_course(course(result.daily, result.daily_by_draw, result.runs, plan), ax)
    inches = ax.get_window_extent().width / ax.figure.dpi
    last = shown_days(result)
    date_axis(ax, result.scenario.start, last, inches)
    artists += mark_points(ax, *_recorded(past_of(result), last))
    return artists


def _recorded(history: History | None, last: int) -> tuple[list[float], list[float]]:
    """Return days and values, in percent, that the record knows until the last day of an axis."""
    if history is None:
        return [], []
    points = {
        float(each.outcome.removeprefix(COURSE)): 100 * each.number
        for each in history.known
        if each.outcome.startswith(COURSE) and each.number is not None
    }
    end = known(history, "territory_fought")
    if end is not None and end.number is not None and history.duration is not None:
        points[history.duration] = 100 * end.number
    within = {day: value for day, value in points.items() if day <= last}
    return list(within), list(within.values())


def finding(result: Result) -> str:
    """Return the median of the territory that changes hands, beside history."""
    scenario = result.scenario
    challenger = scenario.actors[scenario.conflict.challenger].name
    won, ceded = (
        100 * float(result.runs[f"territory_{name}"].median()) for name in ("fought", "ceded")
    )
    past = [known(past_of(result), f"territory_{name}") for name in (*TITLES, "total")]
    parts = [each.says.partition(" of")[0] for each in past if each is not None]
    then = f"; history: {' and '.join(parts)}" if parts else ""
    if abs(won) < NOTHING and abs(ceded) < NOTHING:
        return f"Hardly any territory changes hands in most runs{then}"
    if won < -NOTHING:
        text = f"{actor(challenger)} loses {-won:.2g}% of the contested area by fighting"
    else:
        text = f"{actor(challenger)} wins {_amount(won)} of the contested area by fighting"
    if ceded >= NOTHING:
        text += f" and {_amount(ceded)} by agreement"
    return f"{text} (medians){then}"


def _amount(share: float) -> str:
    return f"{share:.2g}%" if share >= NOTHING else "hardly any"


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    scenario = result.scenario
    history = past_of(result)
    plan = design(result.runs, result.manifest)
    shown = course(result.daily, result.daily_by_draw, result.runs, plan)
    last = shown_days(result)
    days, values = _recorded(history, last)
    _, words = area(scenario.conflict.contested_area_km2)
    challenger = with_article(scenario.actors[scenario.conflict.challenger].name)
    text = caption(
        f"Values above zero are gains of {challenger}"
        f"{later(fighting_fan(result.daily_by_draw), last)}.",
        f"Right: at the end of the runs; hardly any means under {NOTHING:g}% of the area.",
    )
    what = f"territory, of {words} contested"
    floor = floor_of(scenario.start, last)
    sheet = page(3.1 + floor, finding(result), subject(scenario, what), text, note(plan))
    left = sheet.axes(0.75, floor, LEFT, 2.55)
    plot_course(shown, left)
    date_axis(left, scenario.start, last, LEFT)
    left.set_ylim(limits(shown, last, values))
    mark_points(left, days, values)
    marked = _draw_classes(
        result, history, [sheet.axes(place, floor, RIGHT, 2.35) for place in PLACES]
    ) or bool(days)
    handles = left.get_legend_handles_labels()[0]
    key(
        sheet,
        handles + ([handle(history)] if history and marked else []),
        0.75,
        2.88 + floor,
        columns=5,
    )
    return sheet.figure


PLACES = (6.2, 7.65)
RIGHT = 0.8
"""Where the panels on the right begin, and their width, in inches."""
BEFORE = 9.0
"""How far before a row its mark is, in percent of runs."""


def _draw_classes(result: Result, history: History | None, panels: Sequence[Axes]) -> bool:
    """Draw a panel of classes for each quantity. Return whether history is marked in any."""
    tables = [
        classes(100 * result.runs[f"territory_{name}"].to_numpy(dtype=float)) for name in TITLES
    ]
    past = [known(history, f"territory_{name}") for name in TITLES]
    recorded = [None if one is None else class_of(100 * (one.number or 0.0)) for one in past]
    frequent = [list(table.index[table >= RARE]) for table in tables]
    names = class_names(*frequent, [name for name in recorded if name])
    for ax, table, title, happened in zip(panels, tables, TITLES.values(), recorded, strict=True):
        plot_classes(table, names, ax)
        ax.set_title(title, fontsize=8.5)
        if happened is not None:
            mark_row(names.index(happened), ax)
        if ax is not panels[0]:
            ax.tick_params(labelleft=False)
    return any(name is not None for name in recorded)


def mark_row(place: int, ax: Axes) -> None:
    """Mark a row as what happened: a diamond at its beginning, and its label in the same colour."""
    ax.plot([-BEFORE], [place], ls="none", clip_on=False, zorder=5, **LOOK)
    ax.tick_params(axis="y", pad=11)
    ax.get_yticklabels()[place].set_color(HISTORY)


CHART = Chart(
    name="territory",
    heading="Territory that changed hands",
    alt="Territory won by fighting, by day (left), and the share of runs by the territory that "
    "changed hands by the end, by fighting and by agreement (right). Diamonds mark history.",
    draw=draw,
    finding=finding,
    panels={"territory": panel},
    numbers=medians("territory_fought", "territory_ceded"),
    has_data=has_data,
)
