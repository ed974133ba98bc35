"""Several scenarios side by side: one row per scenario, one column per question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from sim.charts.chart import Chart
from sim.charts.endings import UNMEDIATED
from sim.charts.lettering import lines_of
from sim.charts.page import CHANCE, INK, PARAMETERS, key, page
from sim.charts.past import LOOK, handle, known, past_of
from sim.charts.spread import bars_sentence, caption, design, note
from sim.io.text import count
from sim.record.history import History, Known
from sim.results.reader import Result
from sim.scenario.changes import with_changes

ENDINGS = {
    "truce": ("mediated ceasefire", "#56B4E9", ""),
    **UNMEDIATED,
}
"""Label, colour and hatch of every ending, in the order of the bar."""
KINDS = {"parameters": (PARAMETERS, "parameters"), "chance": (CHANCE, "chance")}
"""Colour and label of every kind of bar, by the name of its columns."""
ROW = 0.32
"""Height of a row in inches."""
SMALL: dict[str, Any] = {**LOOK, "ms": 5.5}
"""The diamond of history in a row."""


@dataclass(frozen=True)
class Question:
    """A column of the chart: a measure of the summary, its axis and its position in inches."""

    measure: str
    title: str
    left: float
    log: bool = False


QUESTIONS = (
    Question("duration_days", "duration (days)", 4.2),
    Question("deaths", "battle deaths", 5.42, log=True),
    Question("territory_fought", "% of area won", 6.64),
    Question("territory_ceded", "% of area ceded", 7.86),
)


def table(results: Mapping[str, Result]) -> pd.DataFrame:
    """Return one row per result: shares of the endings, what happened, and every question.

    Rows have the titles of their scenarios as names, and their labels if titles are the same.

    Args:
        results: the results by label.
    """
    titles = [result.plain_title for result in results.values()]
    names = titles if len(set(titles)) == len(titles) else list(results)
    return pd.DataFrame(map(_row, results.values()), index=names)


def _row(result: Result) -> dict[str, Any]:
    by_name = {line.name: line for line in result.measures}
    history = past_of(result)
    row: dict[str, Any] = {name: 100 * by_name[f"ending_{name}"].value for name in ENDINGS}
    row["happened"] = "" if history is None else _ending_of(history)
    for question in QUESTIONS:
        line = by_name[question.measure]
        row[question.measure] = line.value
        past = known(history, question.measure)
        row[f"{question.measure}_past"] = None if past is None else _scaled(past, question)
        for kind, ends in (("chance", line.chance), ("parameters", line.covering)):
            low, high = ends or (None, None)
            row[f"{question.measure}_{kind}_low"] = low
            row[f"{question.measure}_{kind}_high"] = high
    return row


def _ending_of(history: History) -> str:
    """Return the key of the ending that happened; empty if it is unknown."""
    return "truce" if history.mediator else history.ending or ""


def _scaled(past: Known, question: Question) -> float:
    """Return a value of the record in the unit of the axis."""
    scale = 100.0 if question.measure.startswith("territory") else 1.0
    return scale * (past.number or 0.0)


def shown_kinds(rows: pd.DataFrame) -> list[str]:
    """Return the kinds of bars that occur in some row."""
    return [
        kind
        for kind in KINDS
        if rows[[f"{q.measure}_{kind}_low" for q in QUESTIONS]].notna().any(axis=None)
    ]


def plot_endings(rows: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot how the runs of every scenario ended, as one stacked bar per row.

    A diamond is in the middle of the share of runs that ended as history did.
    """
    artists: list[Artist] = []
    left = pd.Series(0.0, index=rows.index)
    for name, (_, colour, hatch) in ENDINGS.items():
        bars = ax.barh(
            range(len(rows)),
            rows[name],
            left=left,
            height=0.7,
            color=colour,
            hatch=hatch,
            ec="white",
            lw=0.5,
        )
        artists.extend(bars.patches)
        places = [place for place, happened in enumerate(rows["happened"]) if happened == name]
        middles = [float((left + rows[name] / 2).iloc[place]) for place in places]
        artists += ax.plot(middles, places, ls="none", clip_on=False, zorder=4, **SMALL)
        left = left + rows[name]
    ax.set(xlim=(0, 100))
    names = ["\n".join(lines_of(str(name), 2.05, 7.5, most=2)) for name in rows.index]
    ax.set_yticks(range(len(rows)), names, linespacing=0.95)
    ax.set_title("how runs ended (%)")
    return artists


def plot_question(rows: pd.DataFrame, question: Question, ax: Axes) -> list[Artist]:
    """Plot the median of a measure as a dot, with the bars of parameters and chance around it."""
    artists: list[Artist] = []
    floor = 1.0 if question.log else float("-inf")
    for place, (_, row) in enumerate(rows.iterrows()):
        for (kind, (colour, _)), shift in zip(KINDS.items(), (-0.14, 0.14), strict=True):
            low = row[f"{question.measure}_{kind}_low"]
            high = row[f"{question.measure}_{kind}_high"]
            if pd.notna(low):
                ends = [max(low, floor), max(high, floor)]
                artists += ax.plot(
                    ends, [place + shift] * 2, color=colour, lw=3, solid_capstyle="butt"
                )
        artists += ax.plot(
            max(row[question.measure], floor), place, "o", color=INK, ms=3.5, zorder=3
        )
        if pd.notna(row[f"{question.measure}_past"]):
            past = max(row[f"{question.measure}_past"], floor)
            artists += ax.plot(past, place, ls="none", zorder=4, **SMALL)
    if question.log:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        ax.xaxis.set_major_locator(LogLocator(numticks=3))
        ax.xaxis.set_minor_locator(NullLocator())
    ax.set_yticks([])
    ax.set_title(question.title)
    ax.grid(axis="x", color="#dddddd", lw=0.6)
    ax.set_axisbelow(True)
    return artists


def finding(rows: pd.DataFrame) -> str:
    """Return the scenarios with the shortest and the longest fighting.

    >>> finding(pd.DataFrame({"duration_days": [4.0, 9.0]}, index=["dry", "wet"]))
    'Fighting is shortest in dry (median 4 days) and longest in wet (9 days)'
    """
    days = rows["duration_days"]
    if days.min() == days.max():
        return f"Fighting lasts {count(round(days.iloc[0]), 'day')} in the median of every scenario"
    shortest, longest = (
        f"{name} ({word}{count(round(days[name]), 'day')})"
        for name, word in ((days.idxmin(), "median "), (days.idxmax(), ""))
    )
    return f"Fighting is shortest in {shortest} and longest in {longest}"


def draw(results: Mapping[str, Result]) -> Figure:
    """Draw the comparison of several results, by label."""
    rows = table(results)
    height = ROW * len(results) + 0.1
    kinds = shown_kinds(rows)
    first_result = next(iter(results.values()))
    plan = design(first_result.runs, first_result.manifest)
    marked = bool((rows["happened"] != "").any())
    text = caption(
        f"Bars at the left show how runs ended{', with a diamond on what happened' * marked}.",
        bars_sentence(plan),
    )
    remarks = note(plan, "Numbers are per scenario; scenarios share common random numbers.")
    changes = with_changes(first_result.changed)
    subject = f"{count(len(results), 'scenario')}, one row each{changes}"
    sheet = page(height + 0.88, finding(rows), subject, text, remarks)
    first = sheet.axes(2.35, 0.3, 1.6, height)
    plot_endings(rows, first)
    panels = [first, *(sheet.axes(question.left, 0.3, 0.9, height) for question in QUESTIONS)]
    for question, ax in zip(QUESTIONS, panels[1:], strict=True):
        plot_question(rows, question, ax)
    for ax in panels:
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0, labelsize=7.5)
        ax.tick_params(axis="x", labelsize=7)
        ax.title.set_fontsize(8)
    past = next(filter(None, map(past_of, results.values())), None)
    marks = [handle(replace(past, scenario=past.crisis))] if past else []
    key(sheet, [*_key(kinds), *marks], 0.25, height + 0.53, columns=5)
    return sheet.figure


def _key(kinds: Sequence[str]) -> list[Artist]:
    looks = ENDINGS.values()
    endings = [
        Patch(fc=colour, hatch=hatch, ec="#777777", lw=0.5, label=label)
        for label, colour, hatch in looks
    ]
    return [
        *endings,
        *(Line2D([], [], color=KINDS[kind][0], lw=3, label=KINDS[kind][1]) for kind in kinds),
        Line2D([], [], color=INK, marker="o", ms=3.5, ls="none", label="median"),
    ]


CHART = Chart(
    name="comparison",
    heading="Several scenarios",
    alt="One row per scenario. A bar shows how its runs ended, and dots with bars show medians of "
    "duration, battle deaths and territory with chance and parameter uncertainty.",
    draw=draw,
)
