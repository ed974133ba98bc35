"""Forest plot of claims: distribution of each effect over parameter draws, one row per claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.arguments.reader import Compared
from sim.arguments.texts import WORDS
from sim.arguments.wording import named
from sim.arguments.words import VERBS, Word
from sim.charts.chart import Chart
from sim.charts.lettering import lines_of
from sim.charts.page import (
    INK,
    PALE,
    PARAMETERS,
    PARAMETERS_PALE,
    PARAMETERS_PALER,
    key,
    page,
)
from sim.io.text import count

HEADING = "Verdicts on claims"
ROW = 0.4
"""Height of a row in inches: three lines of text."""
CLAIM = 3.35
VERDICT = 1.75
"""Widths of a claim and of a verdict in inches."""
SIZE = 6.8
"""Size of their letters in points."""
COLOURS = {
    Word.HOLDS: "#009E73",
    Word.ASSUMPTION_DRIVEN: "#56B4E9",
    Word.DEPENDS: "#E69F00",
    Word.FAILS: "#D55E00",
    Word.UNDECIDED: "#9a9a9a",
    Word.UNTESTED: "#d9d9d9",
    Word.UNTESTABLE: "#d9d9d9",
}
"""Colour of each verdict."""
REACH = 8.0
"""Margins that the axis shows on each side. Values there or beyond are drawn as arrow heads."""
PLACES = ("q05", "q25", "q50", "q75", "q95", "mean")
"""Columns with a claim's effects, in margins."""


def table(compared: Compared) -> pd.DataFrame:
    """Return one row per claim: its verdict, and quantiles of its effects in margins.

    Positive effects are as claimed.
    """
    effects = compared.table("effects")
    with_assumptions = effects[effects["world"] == "own"]
    rows = []
    for row in compared.table("verdicts").to_dict("records"):
        sign = -1.0 if row["expects"] in ("less", "at_most") else 1.0
        chosen = with_assumptions["claim"] == row["claim"]
        values = sign * with_assumptions.loc[chosen, "effect"].to_numpy() / row["margin"]
        quantiles = (
            np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
            if len(values)
            else np.full(5, np.nan)
        )
        places = [*quantiles, sign * row["effect"] / row["margin"]]
        row |= dict(zip(PLACES, np.clip(places, -REACH, REACH), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def plot(rows: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the effects of every claim: middle 90% and 50% of draws, median and mean."""
    artists: list[Artist] = [ax.axvspan(-1, 1, color=PALE, alpha=0.5, lw=0)]
    for place, row in enumerate(rows.to_dict("records")):
        for low, high, colour, width in (
            ("q05", "q95", PARAMETERS_PALER, 5),
            ("q25", "q75", PARAMETERS_PALE, 5),
        ):
            ends = [row[low], row[high]]
            artists += ax.plot(ends, [place, place], color=colour, lw=width, solid_capstyle="butt")
            for end in filter(beyond, ends):
                artists += ax.plot(end, place, mark(end), color=colour, ms=9)
        artists += ax.plot(
            row["q50"], place, mark(row["q50"], "|"), color=PARAMETERS, ms=8, mew=1.8
        )
        artists += ax.plot(row["mean"], place, mark(row["mean"]), color=INK, ms=3.5, zorder=3)
    ax.axvline(0, color="#666666", lw=0.7)
    ax.set(xlim=(-REACH * 1.12, REACH * 1.12), ylim=(len(rows) - 0.5, -0.5))
    claims = ["\n".join(lines_of(named(row), CLAIM, SIZE, 3)) for row in rows.to_dict("records")]
    ax.set_yticks(range(len(rows)), claims, fontsize=SIZE, linespacing=1.05)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("effect in margins (as claimed: right)", fontsize=8)
    return artists


def beyond(value: float) -> bool:
    """Return whether a value is at the edge of the axis or beyond.

    >>> beyond(8.0), beyond(-3.5)
    (True, False)
    """
    return abs(value) >= REACH


def mark(value: float, usual: str = "o") -> str:
    """Return the marker of a value: an arrow head at the edge of the axis, or the usual marker.

    >>> mark(0.5), mark(8.0), mark(-8.0)
    ('o', '>', '<')
    """
    if beyond(value):
        return ">" if value > 0 else "<"
    return usual


def plot_shares(rows: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the share of draws as claimed, with its interval, in the colour of the verdict."""
    artists: list[Artist] = []
    for place, row in enumerate(rows.to_dict("records")):
        colour = COLOURS[Word(row["word"])]
        artists += ax.plot(
            [100 * row["share_low"], 100 * row["share_high"]], [place, place], color=colour, lw=3
        )
        artists += ax.plot(100 * row["share"], place, "o", color=colour, ms=5)
        verdict = row["verdict"] + (f": {row['detail']}" if row["word"] == Word.FAILS else "")
        lines = "\n".join(lines_of(verdict, VERDICT, SIZE, 3))
        artists.append(ax.text(106, place, lines, va="center", size=SIZE, color=INK))
    for threshold in (25, 75):
        ax.axvline(threshold, color="#888888", lw=0.6, ls=":")
    ax.set(xlim=(-2, 102), ylim=(len(rows) - 0.5, -0.5))
    ax.set_yticks([])
    ax.set_xticks([0, 25, 75, 100])
    ax.set_xlabel("% of draws as claimed", fontsize=8)
    return artists


def finding(compared: Compared) -> str:
    """Return how many readings of claims have each verdict."""
    counts = compared.table("verdicts")["word"].value_counts()
    texts = [
        f"{counts[word]} {VERBS[word][int(counts[word] != 1)]}"
        for word in VERBS
        if word in counts.index
    ]
    listed = " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
    return f"Of {count(int(counts.sum()), 'reading')} of claims, {listed}"


def draw(compared: Compared) -> Figure:
    """Draw the forest of all claims."""
    rows = table(compared)
    height = ROW * len(rows) + 0.1
    size = compared.manifest["size"]
    level = 100 * compared.manifest["thresholds"]["level"]
    text = (
        "Left: effect of each claim over draws; those inside the grey margin do not count. Right: "
        f"share of draws as claimed, with its {level:g}% interval; dotted lines are thresholds."
    )
    remarks = (
        f"{_cut(rows)}{count(size['draws'], 'draw')}, at least {count(size['runs'], 'run')} per "
        f"condition, seed {compared.manifest['seed']}."
    )
    sheet = page(
        height + 0.95,
        finding(compared),
        f"{HEADING}: one row for each of {count(len(rows), 'reading')} of claims",
        text,
        remarks,
    )
    plot(rows, sheet.axes(3.7, 0.5, 2.15, height))
    plot_shares(rows, sheet.axes(6.0, 0.5, 1.0, height))
    key(sheet, _key(), 0.25, height + 0.68, columns=9)
    return sheet.figure


def _cut(rows: pd.DataFrame) -> str:
    """Return the meaning of arrow heads, if there are any."""
    cut = any(beyond(value) for value in rows[list(PLACES)].to_numpy().flat)
    return f"Arrow heads mark {REACH:g} margins or more. " if cut else ""


def _key() -> list[Artist]:
    named = [word for word in COLOURS if word != Word.UNTESTABLE]  # the same colour as untested
    verdicts = [Patch(fc=COLOURS[word], label=WORDS[word]) for word in named[:-1]]
    verdicts.append(Patch(fc=COLOURS[Word.UNTESTED], label="not tested"))
    return [
        Patch(fc=PARAMETERS_PALER, label="90% of draws"),
        Patch(fc=PARAMETERS_PALE, label="50%"),
        Line2D([], [], color=INK, marker="o", ms=3.5, ls="none", label="mean"),
        *verdicts,
    ]


CHART = Chart(
    name="verdicts",
    heading=HEADING,
    alt="One row per claim: the distribution of its effect over draws, the share of draws as "
    "claimed with its interval, and the verdict.",
    draw=draw,
    finding=finding,
    has_data=lambda compared: not compared.table("verdicts").empty,
)
