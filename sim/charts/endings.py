"""How runs ended: one row per ending and mediator, with parameter uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.charts.chart import Chart, shares
from sim.charts.findings import part_of
from sim.charts.lettering import lines_of
from sim.charts.page import FAINT, HISTORY, INK, PARAMETERS, SOFT, key, page
from sim.charts.past import LOOK, handle, past_of
from sim.charts.spread import Design, caption, design, note, subject
from sim.io.text import count, sentence_case, with_article
from sim.outcomes.columns import ended
from sim.outcomes.runs import Runs
from sim.outcomes.summary import Measure, probability
from sim.record.history import History
from sim.results.reader import Result
from sim.scenario import Scenario

MEDIATED = "#56B4E9"
UNMEDIATED = {
    "direct": ("ceasefire without a mediator", "#ffffff", "////"),
    "lull": ("lull", "#d2d2d2", ""),
    "capitulation": ("capitulation", "#979797", "\\\\\\\\"),
    "fighting": ("fighting continues", "#3a3a3a", ""),
}
"""Label, colour and hatch of every ending without a mediator."""
OTHERS = "others"
OUTSIDE = "outside"
"""Rows of all mediators without a row of their own, and of a third party that fought."""
MOST_MEDIATORS = 8
"""Maximum number of mediators with a row of their own."""
RARE = 0.01
"""Share of runs below which mediators share a row."""
NARROW = 2.0
"""Width of an interval, in percent, below which it is only written."""
BY = "ceasefire mediated by "
"""How the labels of mediated ceasefires begin."""
ROW = 0.34
"""Height of a row in inches."""
LABELS = 2.85
BARS = 3.65
"""Widths of the labels and of the bars in inches."""


@dataclass(frozen=True)
class Row:
    """One row of the chart.

    Attributes:
        name: code of the mediator, an ending without one, :data:`OTHERS` or :data:`OUTSIDE`.
        label: what it is called.
        share: share of all runs, with its interval.
        happened: whether it is what happened.
    """

    name: str
    label: str
    share: Measure
    happened: bool = False


def rows_of(scenario: Scenario, outcomes: Runs, history: History | None) -> list[Row]:
    """Return the endings that occurred, and the one of history: mediators first, by their share.

    The last row, a third party that fought, overlaps with the endings.
    """
    happened = None if history is None else (history.mediator or history.ending)
    found = _mediated(scenario, outcomes, history)
    ending = ended(outcomes)
    found += [
        _row(name, _label(name, scenario), ending == name, outcomes, happened)
        for name in UNMEDIATED
    ]
    outside = _row(OUTSIDE, "a third party fought", outcomes["great_power_entry"], outcomes, None)
    return [row for row in (*found, outside) if row.share.value > 0 or row.happened]


def _mediated(scenario: Scenario, outcomes: Runs, history: History | None) -> list[Row]:
    """Return a row per mediator, the most frequent first; rare ones share the last row."""
    happened = None if history is None else history.mediator
    signed = outcomes["broker"][ended(outcomes) == "truce"]
    counts = signed.value_counts()
    codes = sorted(counts.index, key=lambda code: (-counts[code], code))
    names = {code: actor.name for code, actor in scenario.actors.items()}
    if history is not None and history.mediator is not None and history.mediator not in codes:
        codes.append(history.mediator)
        names.setdefault(history.mediator, history.name(history.mediator))
    rare = {code for code in codes if counts.get(code, 0) < RARE * len(outcomes)}
    shared = {*codes[MOST_MEDIATORS:], *rare} - {happened}
    own = [code for code in codes if code not in shared or len(shared) == 1]
    hit = ended(outcomes) == "truce"
    found = [
        _row(
            code,
            f"{BY}{with_article(names[code])}",
            hit & (outcomes["broker"] == code),
            outcomes,
            happened,
        )
        for code in own
    ]
    if others := [code for code in codes if code not in own]:
        label = f"{BY}{len(others)} others"
        found.append(_row(OTHERS, label, hit & outcomes["broker"].isin(others), outcomes, None))
    return found


def _label(name: str, scenario: Scenario) -> str:
    if name == "capitulation":
        defender = scenario.actors[scenario.conflict.defender].name
        return f"capitulation of {with_article(defender)}"
    if name == "fighting":
        return f"fighting continues after {count(scenario.horizon_days, 'day')}"
    return UNMEDIATED[name][0]


def _row(name: str, label: str, hit: pd.Series[bool], outcomes: Runs, happened: str | None) -> Row:
    share = probability(hit.to_numpy(dtype=float), outcomes["draw"].to_numpy(np.int64), name, label)
    return Row(name, label, share, name == happened)


def plot_rows(rows: Sequence[Row], ax: Axes, labels: float = LABELS) -> list[Artist]:
    """Plot the share of every row as a bar, and its range over draws as a line.

    Args:
        rows: the rows.
        ax: the panel.
        labels: width of the labels in inches.
    """
    artists: list[Artist] = []
    places = _places(rows)
    for place, row in zip(places, rows, strict=True):
        colour, hatch = _look(row.name)
        bar = ax.barh(
            place, 100 * row.share.value, height=0.62, color=colour, hatch=hatch, ec=FAINT, lw=0.6
        )
        artists.extend(bar.patches)
        artists += _interval(row.share, place, ax)
        value, _, ends = row.share.shown()
        text = f"{value}  [{ends}]" if ends else value
        artists.append(ax.text(102, place, text, va="center", size=8.5))
        if row.happened:
            artists += ax.plot([-1.7], [place], clip_on=False, ls="none", **LOOK)
    ax.set(xlim=(0, 100), ylim=(places[-1] + 0.6, -0.6), xlabel="share of runs (%)")
    texts = ["\n".join(lines_of(row.label, labels, 8.5, 2)) for row in rows]
    ax.set_yticks(places, texts)
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        label.set(color=HISTORY if row.happened else INK, linespacing=1.0)
    ax.grid(axis="x", color="#dddddd", lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0, pad=11)
    return artists


def _places(rows: Sequence[Row]) -> list[float]:
    """Return the places of the rows. The third party is set apart: it overlaps with endings."""
    return [place + (0.4 if row.name == OUTSIDE else 0.0) for place, row in enumerate(rows)]


def _look(name: str) -> tuple[str, str]:
    """Return colour and hatch of a row."""
    if name in UNMEDIATED:
        return UNMEDIATED[name][1:]
    return ("#ffffff", "....") if name == OUTSIDE else (MEDIATED, "")


def _interval(share: Measure, place: float, ax: Axes) -> list[Artist]:
    """Plot the range of a share over draws, which covers the share itself."""
    if share.covering is None:
        return []
    ends = [100 * end for end in share.covering]
    if ends[1] - ends[0] < NARROW:
        return []
    artists: list[Artist] = [*ax.plot(ends, [place] * 2, color="white", lw=3.6, zorder=2.4)]
    artists += ax.plot(ends, [place] * 2, color=PARAMETERS, lw=1.8, zorder=2.5)
    artists += ax.plot(ends, [place] * 2, ls="none", marker="|", ms=9, mew=1.8, color=PARAMETERS)
    return artists


def finding(result: Result) -> str:
    """Return the most frequent ending, and whether it is the one of history."""
    return _finding(rows_of(result.scenario, result.runs, past_of(result)))


def _finding(rows: Sequence[Row]) -> str:
    most = max(_endings(rows), key=lambda row: row.share.value)
    text = _told(most)
    happened = next((row for row in _endings(rows) if row.happened), None)
    if happened is None:
        return text
    return (
        f"{text}, as in history" if happened is most else f"{text}; in history, {_past(happened)}"
    )


def _endings(rows: Sequence[Row]) -> list[Row]:
    """Return the rows without that of a third party that fought, which is no ending."""
    return [row for row in rows if row.name != OUTSIDE]


def _told(row: Row) -> str:
    runs = part_of(row.share.value, "runs")
    if row.name in UNMEDIATED:
        if row.name == "fighting":
            return f"F{row.label[1:]} in {runs}"
        article = "the " if row.name == "capitulation" else "a "
        return sentence_case(f"{runs} end in {article}{row.label}")
    endings = part_of(row.share.value, "endings")
    who = row.label.removeprefix(BY)
    return (
        f"{who} mediate {endings}"
        if row.name == OTHERS
        else f"{sentence_case(who)} mediates {endings}"
    )


def _past(row: Row) -> str:
    if row.name in UNMEDIATED:
        return f"there was a {UNMEDIATED[row.name][0]}"
    return f"the mediator was {row.label.removeprefix(BY)}"


def panel(result: Result, ax: Axes) -> list[Artist]:
    """Draw the share of every ending on axes."""
    return plot_rows(rows_of(result.scenario, result.runs, past_of(result)), ax)


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    plan = design(result.runs, result.manifest)
    history = past_of(result)
    rows = rows_of(result.scenario, result.runs, history)
    height = ROW * (len(rows) + 0.4)
    text = caption(
        "Bars show shares of all runs, each rounded by itself.",
        "Whether a third party fought is counted apart from the endings."
        if rows[-1].name == OUTSIDE
        else "",
    )
    sheet = page(
        height + 0.85,
        _finding(rows),
        subject(result.scenario, "how the fighting ended"),
        text,
        note(plan),
    )
    plot_rows(rows, sheet.axes(LABELS + 0.45, 0.45, BARS, height))
    key(sheet, _key(rows, plan, history), 0.25, height + 0.6, columns=4)
    return sheet.figure


def _key(rows: Sequence[Row], plan: Design, history: History | None) -> list[Artist]:
    handles: list[Artist] = [Patch(fc=SOFT, alpha=0.5, label="share of all runs")]
    if plan.shows_parameters:
        label = "at least the middle 80% of draws"
        handles.append(Line2D([], [], color=PARAMETERS, lw=1.8, label=label))
    if history is not None and any(row.happened for row in rows):
        handles.append(handle(history))
    return handles


CHART = Chart(
    name="endings",
    heading="How the fighting ended",
    alt="One bar per ending and mediator: its share of all runs, with its range over draws. A "
    "diamond marks what happened.",
    draw=draw,
    finding=finding,
    panels={"endings": panel},
    numbers=shares(
        "ending_truce", "ending_direct", "ending_lull", "ending_capitulation", "ending_fighting"
    ),
)
