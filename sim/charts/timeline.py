"""The timeline of one run: territory, fighting, talks, stances, and what happened beside them.

It is drawn from the tables of a trace, and the trace of a run is what simulates it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import sim.io.headless  # noqa: F401  (first: it lets Matplotlib be imported)
from sim.charts.dates import date_axis, floor_of
from sim.charts.lanes import ESCALATION, LANE, LEFT, PANEL, lanes, plot_escalation, plot_stances
from sim.charts.lettering import legible, width_of
from sim.charts.page import FAINT, HISTORY, INK, house_style, key, page, save
from sim.io.atomic import atomic_folder
from sim.record.history import History
from sim.record.words import ending_in_words
from sim.results.chronicle.grammar import named
from sim.scenario import Scenario

MARKS = {
    "offer": ("proposal refused", "D", "white"),
    "ceasefire": ("ceasefire signed", "o", INK),
    "break": ("ceasefire broken", "X", HISTORY),
    "silence": ("fire ceases without agreement", "s", "white"),
    "treaty": ("call on allies", "^", FAINT),
    "cession": ("territory handed over", ">", FAINT),
    "capitulation": ("capitulation", "P", INK),
}
"""Kinds of acts that are marked: in words, with marker and colour."""
HEIGHTS = {"offer": 0.6, "break": -0.6}
"""Height of marks in their lane; 0 for the others."""
TOP = 0.75
"""Height of the highest mark of a day on which marks of one height would cover each other."""
WON = "won by fighting"
WORDS = 7.5
"""Label of a line, and the size of labels in points."""
MIDDLE = 0.25
"""Share of the higher line below which a lower line is labelled above itself."""
GAP = 0.07
KEY = 0.2
"""Space between panels, and for a line of the key below the dates, in inches."""
ACROSS = 4
"""Entries on a line of the key."""
OPENING_DAYS = 6
"""Least number of days on the axis."""


@dataclass(frozen=True)
class Timeline:
    """What the timeline of a run is drawn from.

    Attributes:
        scenario: the scenario.
        run: number of the run.
        daily: one row per day, as of ``Trace.daily``.
        acts: one row per act, as of ``Trace.table``.
        ending: how the run ended, in sentences.
        history: what happened; None without a record.
    """

    scenario: Scenario
    run: int
    daily: pd.DataFrame
    acts: pd.DataFrame
    ending: str
    history: History | None = None

    @property
    def days(self) -> int:
        """Days on the axis: to the last act and day of fighting, here and in history."""
        fought = self.daily.loc[self.daily["level"] > 0, "day"]
        last = max(
            int(days.max()) for days in (self.acts["until"], fought, pd.Series([0])) if len(days)
        )
        recorded = self.history.duration if self.history is not None else None
        shown = max(last + 1, OPENING_DAYS, int(recorded or 0) + 1)
        return min(shown + max(1, shown // 15), self.scenario.horizon_days)


def plot_territory(
    daily: pd.DataFrame, days: int, history: History | None, ax: Axes
) -> list[Artist]:
    """Plot the territory won by fighting, and won or ceded; red dots show what the record knows."""
    won = 100 * daily["territory_fought"].to_numpy()[:days]
    total = won + 100 * daily["territory_ceded"].to_numpy()[:days]
    at = np.arange(len(won)) + 1  # at the end of each day
    at, won, total = (np.append(line, line[-1]) for line in (at, won, total))
    at[-1] = max(days, at[-2])
    artists: list[Artist] = []
    if total[-1] != won[-1]:
        artists += ax.plot(
            at, total, drawstyle="steps-post", color=INK, linewidth=1.0, linestyle=(0, (4, 2))
        )
        artists.append(_at_end(ax, days, total[-1], "won or ceded"))
    artists += ax.plot(at, won, drawstyle="steps-post", color=INK, linewidth=1.6)
    is_low = total[-1] == won[-1] or won[-1] < MIDDLE * total[-1]
    beside = won[at >= days * (1 - width_of(WON, WORDS) / PANEL) - 1]
    artists.append(_at_end(ax, days, beside.max() if is_low else beside.min(), WON, above=is_low))
    known = [] if history is None else sorted(_recorded(history))
    artists += ax.plot(
        [day for day, _ in known],
        [100 * share for _, share in known],
        linestyle="",
        marker="o",
        markersize=4.5,
        color=HISTORY,
        clip_on=False,
    )
    shares = [*total, *won, *(100 * share for _, share in known)]
    low, high = min(0.0, *shares), max(10.0, *shares)
    ax.set(xlim=(0, days), ylim=(1.25 * low, 1.25 * high), ylabel="area (%)")
    return artists


def _at_end(ax: Axes, days: int, height: float, label: str, above: bool = True) -> Artist:
    """Write what a line shows above or below its end."""
    return ax.annotate(
        label,
        (days, height),
        xytext=(-3, 2 if above else -3),
        textcoords="offset points",
        size=WORDS,
        ha="right",
        va="bottom" if above else "top",
    )


def _recorded(history: History) -> Iterator[tuple[float, float]]:
    """Yield the days and shares of territory that the record knows."""
    for known in history.known:
        if known.number is None:
            continue
        day = known.outcome.removeprefix("territory_day_")
        if day.isdigit():
            yield float(day), known.number
        elif known.outcome == "territory_fought" and history.duration is not None:
            yield history.duration, known.number


def heights_of(acts: pd.DataFrame) -> pd.Series[float]:
    """Return the height of the mark of each act: kinds that share a day never share a height.

    >>> acts = pd.DataFrame({"day": [3, 8, 8], "event": ["offer", "capitulation", "cession"]})
    >>> heights_of(acts).tolist()
    [0.6, -0.75, 0.75]
    """
    heights = acts["event"].map(HEIGHTS).fillna(0.0).astype(float)
    order = list(MARKS)
    for _, of_day in acts.groupby("day"):
        kinds = sorted(of_day["event"].unique(), key=order.index)
        if len({HEIGHTS.get(kind, 0.0) for kind in kinds}) < len(kinds):
            places = dict(zip(kinds, np.linspace(TOP, -TOP, len(kinds)), strict=True))
            heights[of_day.index] = of_day["event"].map(places)
    return heights


def plot_talks(acts: pd.DataFrame, days: int, ax: Axes) -> list[Artist]:
    """Plot proposals, signatures, breaks and endings as marks on one lane.

    A line joins the first and the last day of a repeated proposal.
    """
    artists: list[Artist] = []
    shown = acts[acts["event"].isin(list(MARKS)) & (acts["day"] < days)]
    heights = heights_of(shown)
    for kind, (_, marker, colour) in MARKS.items():
        rows = shown[shown["event"] == kind]
        places = heights[rows.index]
        for first, last, height in zip(rows["day"], rows["until"], places, strict=True):
            # only proposals repeat; the line of what a scenario fixes would mislead
            if kind == "offer" and last > first:
                artists += ax.plot(
                    [first + 0.5, last + 0.5], [height, height], color=INK, linewidth=0.8
                )
        marks = ax.plot(
            rows["day"] + 0.5,
            places,
            linestyle="",
            marker=marker,
            markersize=6,
            markerfacecolor=colour,
            markeredgecolor=INK,
            markeredgewidth=0.8,
            clip_on=False,
        )
        artists += marks
    ax.set(xlim=(0, days), ylim=(-1.1, 1.1), yticks=[0], yticklabels=["talks and breaks"])
    return artists


def days_of(duration: float) -> str:
    """Return a duration of the record in words, not rounded to whole days.

    >>> days_of(3.5), days_of(1.0), days_of(44.0)
    ('3.5 days', '1 day', '44 days')
    """
    return f"{duration:,.10g} day{'' if duration == 1 else 's'}"


def plot_history(history: History, days: int, ax: Axes) -> list[Artist]:
    """Plot what happened: the days of fighting, the dated facts as dots, and the ending."""
    length = min(history.duration or 0.0, days)
    artists: list[Artist] = [
        ax.barh(0, length, left=0, height=0.5, color="#f4d9d6", edgecolor=HISTORY, linewidth=0.8)[0]
    ]
    dated = [event.day + 0.5 for event in history.events if 0 < event.day < days]
    artists += ax.plot(
        dated, np.zeros(len(dated)), linestyle="", marker="o", markersize=3.5, color=HISTORY
    )
    ended = ending_in_words(history)
    label = days_of(history.duration or 0.0) + (f", {ended}" if ended else "")
    artists.append(ax.text(0, 0.42, legible(label), size=7.5, va="bottom", color=HISTORY))
    ax.set(xlim=(0, days), ylim=(-0.5, 1.4), yticks=[0], yticklabels=["what happened"])
    ax.get_yticklabels()[0].set_color(HISTORY)
    return artists


def draw(shown: Timeline) -> Figure:
    """Draw the timeline of a run."""
    days = shown.days
    scenario = shown.scenario
    conflict = scenario.conflict
    sides = (scenario.actors[conflict.challenger].name, scenario.actors[conflict.defender].name)
    held = lanes(shown.daily, scenario, days)
    by_code = dict(zip((conflict.challenger, conflict.defender), sides, strict=True))
    history = shown.history if shown.history and shown.history.duration is not None else None
    parts: list[tuple[float, Callable[[Axes], object]]] = [
        (1.1, lambda ax: plot_territory(shown.daily, days, history, ax)),
        (2 * LANE + 0.1, lambda ax: plot_escalation(shown.daily, by_code, days, ax)),
        (0.42, lambda ax: plot_talks(shown.acts, days, ax)),
    ]
    if held:
        parts.append((LANE * len(held) + 0.1, lambda ax: plot_stances(held, sides, days, ax)))
    if history is not None:
        parts.append((0.42, lambda ax: plot_history(history, days, ax)))
    handles = _handles(shown, by_code)
    below = KEY * ceil(len(handles) / ACROSS) + 0.1
    body = sum(height + GAP for height, _ in parts) + floor_of(scenario.start, days) + below
    finding = f"Run {shown.run}: {shown.ending.partition('. ')[0].removesuffix('.')}"
    subject = f"{scenario.title}: one simulated run, day by day"
    text = f"Stances: purple for {named(sides[0])}, green for {named(sides[1])}, darker for more; "
    text += "grey mediates."
    text += " Red shows what happened, with dots for dated facts." if history else ""
    sheet = page(body, finding, subject, text)
    panels: list[Axes] = []
    top = body
    for height, plot in parts:
        panels.append(sheet.axes(LEFT, top - height, PANEL, height))
        plot(panels[-1])
        top -= height + GAP
    _axis(panels, shown)
    key(sheet, handles, 0.25, 0.04, ACROSS)
    return sheet.figure


def _axis(panels: Sequence[Axes], shown: Timeline) -> None:
    """Put days and dates below the last panel, and take the axes off the others."""
    for ax in panels:
        date_axis(ax, shown.scenario.start, shown.days, PANEL, label=ax is panels[-1])
        ax.tick_params(axis="y", length=0, labelsize=8)
        ax.yaxis.label.set_fontsize(8)
        ax.grid(axis="x", color="#e8e8e8", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.spines["left"].set_visible(False)
        if ax is not panels[-1]:
            ax.tick_params(axis="x", length=0)
            ax.spines["bottom"].set_color("#e0e0e0")


def _handles(shown: Timeline, sides: Iterable[str]) -> list[Artist]:
    """Return the key of the levels and marks that occur. Both sides are given by their codes."""
    daily = shown.daily[shown.daily["day"] < shown.days]
    levels = {level for code in sides for level in daily[f"escalation_{code}"]}
    handles: list[Artist] = [
        Patch(facecolor=colour, label=label)
        for level, (label, colour) in ESCALATION.items()
        if level in levels
    ]
    handles += [
        Line2D(
            [],
            [],
            linestyle="",
            marker=marker,
            markersize=6,
            markerfacecolor=colour,
            markeredgecolor=INK,
            markeredgewidth=0.8,
            label=label,
        )
        for kind, (label, marker, colour) in MARKS.items()
        if (shown.acts["event"] == kind).any()
    ]
    return handles


def write(shown: Timeline, folder: Path) -> tuple[Path, Path]:
    """Draw the timeline of a run into the folder ``traces`` of a result, as PNG and SVG."""
    traces = folder / "traces"
    name = f"run_{shown.run}"
    with atomic_folder(traces, aside_in=folder) as aside, house_style():
        save(draw(shown), aside / name)
    return traces / f"{name}.png", traces / f"{name}.svg"
