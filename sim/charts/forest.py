"""Claims and their effects: a forest of distributions over draws, one row a claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.arguments.reader import Compared
from sim.charts.page import CODING, CODING_PALE, CODING_PALER, INK, PALE, key, page, short
from sim.io.text import count

ROW = 0.27
COLOURS = {"holds": "#009E73", "echo": "#56B4E9", "depends": "#E69F00", "fails": "#D55E00", "undecided": "#9a9a9a"}
"""Colour of each verdict; the word stands beside it."""
REACH = 8.0
"""Margins that the axis shows to each side; what lies there or beyond is drawn as an arrow head at the edge."""
PLACES = ("q05", "q25", "q50", "q75", "q95", "mean")
"""Columns of a claim's effects, in margins."""


def table(compared: Compared) -> pd.DataFrame:
    """Return one row a claim: quantiles of the draws' effects in margins, as expected to the right, and its verdict."""
    effects = compared.table("effects")
    own = effects[effects["world"] == "own"]
    rows = []
    for row in compared.table("verdicts").to_dict("records"):
        sign = -1.0 if row["expects"] in ("less", "at_most") else 1.0
        values = sign * own.loc[own["claim"] == row["claim"], "effect"].to_numpy() / row["margin"]
        quantiles = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)) if len(values) else np.full(5, np.nan)
        places = [*quantiles, sign * row["effect"] / row["margin"]]
        row |= dict(zip(PLACES, np.clip(places, -REACH, REACH), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def plot(rows: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot every claim's effects: middle 90 and 50% of the draws, median and mean, against the margin."""
    artists: list[Artist] = [ax.axvspan(-1, 1, color=PALE, alpha=0.5, lw=0)]
    for place, row in enumerate(rows.to_dict("records")):
        for low, high, colour, width in (("q05", "q95", CODING_PALER, 5), ("q25", "q75", CODING_PALE, 5)):
            ends = [row[low], row[high]]
            artists += ax.plot(ends, [place, place], color=colour, lw=width, solid_capstyle="butt")
            for end in filter(beyond, ends):
                artists += ax.plot(end, place, mark(end), color=colour, ms=9)
        artists += ax.plot(row["q50"], place, mark(row["q50"], "|"), color=CODING, ms=8, mew=1.8)
        artists += ax.plot(row["mean"], place, mark(row["mean"]), color=INK, ms=3.5, zorder=3)
    ax.axvline(0, color="#666666", lw=0.7)
    ax.set(xlim=(-REACH * 1.05, REACH * 1.05), ylim=(len(rows) - 0.5, -0.5))
    ax.set_yticks(range(len(rows)), [str(name) for name in rows["claim"]])
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("effect, in margins; as the claim expects to the right", fontsize=8)
    return artists


def beyond(value: float) -> bool:
    """Return whether a value lies at the edge of the axis, and stands for any that is farther out."""
    return abs(value) >= REACH


def mark(value: float, usual: str = "o") -> str:
    """Return the marker of a value: an arrow head at the edge of the axis, else the usual one."""
    if beyond(value):
        return ">" if value > 0 else "<"
    return usual


def plot_shares(rows: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the share of draws that go as expected, with its interval, in the colour of the verdict."""
    artists: list[Artist] = []
    for place, row in enumerate(rows.to_dict("records")):
        colour = COLOURS[row["word"]]
        artists += ax.plot([100 * row["share_low"], 100 * row["share_high"]], [place, place], color=colour, lw=3)
        artists += ax.plot(100 * row["share"], place, "o", color=colour, ms=5)
        said = row["verdict"] + (f": {row['detail']}" if row["word"] == "fails" else "")
        artists.append(ax.text(104, place, short(said, 44), va="center", size=7.5, color=INK))
    for threshold in (25, 75):
        ax.axvline(threshold, color="#888888", lw=0.6, ls=":")
    ax.set(xlim=(-2, 102), ylim=(len(rows) - 0.5, -0.5))
    ax.set_yticks([])
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.set_xlabel("% of draws as expected", fontsize=8)
    return artists


def draw(compared: Compared) -> Figure:
    """Draw the forest of all claims."""
    rows = table(compared)
    height = ROW * len(rows) + 0.1
    size = compared.manifest["size"]
    text = (
        "Left: each claim's effect over the draws of what the coding leaves open, in the argument's own world. Light "
        "bars hold the middle 90% of the draws, darker ones the middle 50%, chance included; a "
        "stroke marks the median, "
        "a dot the mean. The grey band is the margin: what lies in it does not count. Right: the "
        "share of draws that go as "
        "expected once chance is taken out, with its 95% interval, and the verdict; dotted lines are its thresholds. "
        f"{_cut(rows)}{count(size['draws'], 'draw')}, {count(size['runs'], 'run')} a condition and more, "
        f"seed {compared.manifest['seed']}."
    )
    sheet = page(height + 0.95, "What holds", f"{count(len(rows), 'claim')}, one row each", text)
    plot(rows, sheet.axes(0.75, 0.5, 3.9, height))
    plot_shares(rows, sheet.axes(4.8, 0.5, 1.5, height))
    key(sheet, _key(), 0.25, height + 0.68, columns=9)
    return sheet.figure


def _cut(rows: pd.DataFrame) -> str:
    """Return what arrow heads stand for, where there are any."""
    cut = any(beyond(value) for value in rows[list(PLACES)].to_numpy().flat)
    return f"Arrow heads at an edge stand for {REACH:g} margins or more. " if cut else ""


def _key() -> list[Artist]:
    verdicts = [Patch(fc=colour, label=word) for word, colour in COLOURS.items()]
    return [
        Patch(fc=CODING_PALER, label="90% of draws"),
        Patch(fc=CODING_PALE, label="50%"),
        Line2D([], [], color=INK, marker="o", ms=3.5, ls="none", label="mean"),
        *verdicts,
    ]
