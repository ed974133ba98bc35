"""Fits: what the record left of each value's prior, those it speaks of first, and of these the most contracted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.page import CODING, CODING_PALE, FAINT, INK, PALE, page, short
from sim.io.text import count

SHOWN = 45
"""Values that a page holds."""


def table(said: dict[str, Any]) -> pd.DataFrame:
    """Return the first values of a fit: name, ends and median as percent of the prior, and silence."""
    rows = pd.DataFrame(said["marginals"]).head(SHOWN)
    silent = set(said["silent"])
    for name in ("low", "median", "high"):
        rows[name] *= 100
    return rows.assign(silent=[name in silent for name in rows["name"]])


def plot(rows: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the middle 80% of the draws of each value, in percent of the prior below them."""
    artists: list[Artist] = [ax.axvspan(10, 90, color=PALE, alpha=0.5, lw=0)]
    places = range(len(rows))
    colours = [FAINT if silent else CODING_PALE for silent in rows["silent"]]
    artists.append(ax.barh(list(places), rows["high"] - rows["low"], left=rows["low"], color=colours, height=0.6)[0])
    artists += ax.plot(rows["median"], list(places), ls="", marker="|", color=INK, ms=8, mew=1.5)
    for place, (_, row) in zip(places, rows.iterrows(), strict=True):
        artists.append(ax.text(101, place, f"{row['contraction']:.2f}", va="center", size=7.5, color=CODING))
    ax.set_yticks(list(places), [short(name, 74) for name in rows["name"]], fontsize=7.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.set_xlabel("share of the prior's draws below, %")
    return artists


def draw(folder: Path) -> Figure:
    """Draw the marginals of a fit against their priors."""
    said = json.loads((folder / "fit.json").read_text(encoding="utf-8"))
    rows = table(said)
    height = 0.19 * len(rows) + 0.75
    title = "What the record leaves of the coded ranges"
    sheet = page(height, title, "fitted to " + ", ".join(said["crises"]), _caption(said, len(rows)))
    plot(rows, sheet.axes(4.3, 0.55, 3.9, height - 0.75))
    return sheet.figure


def _caption(said: dict[str, Any], shown: int) -> str:
    total, silent = len(said["marginals"]), len(said["silent"])
    return (
        "Bars are the middle 80% of the posterior draws, ticks their medians; the grey band is the middle 80% of the "
        "prior. On the right the contraction: the share of the prior's variance that is gone. "
        f"Shown: {shown} of {count(total, 'value')}; the record is silent on {silent}, grey where shown. "
        f"{count(said['draws'], 'draw')} of {count(said['settings']['chains'], 'chain')}, "
        f"seed {said['settings']['seed']}."
    )
