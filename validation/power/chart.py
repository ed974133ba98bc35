"""The power curve as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.page import DPI, FAINT, house_style
from validation.power.judging import ALL, DECIDED, KNOWN, ODDS, UNKNOWN

COLOURS = {UNKNOWN: "#b5652a", KNOWN: "#1f5a7a"}
LABELS = {UNKNOWN: "shared parameters unknown: mean", KNOWN: "shared parameters known: mean"}
TITLES = {"arguments": "Pairs of arguments", "mechanisms": "Mechanisms, on against off"}


def draw(table: pd.DataFrame, file: Path) -> None:
    """Draw the curve and save it as a picture.

    Args:
        table: one row per pair, judge and number of crises.
        file: file of the picture.
    """
    with house_style():
        figure = Figure(figsize=(9.0, 3.7), facecolor="white", layout="constrained")
        axes = figure.subplots(1, 2, sharey=True)
        for ax, (compares, title) in zip(axes, TITLES.items(), strict=True):
            rows = table[(table["compares"] == compares) & (table["facts"] == ALL)]
            for shared in (UNKNOWN, KNOWN):
                draw_lines(ax, rows[rows["shared"] == shared], COLOURS[shared], LABELS[shared])
            pairs = len(rows[["first", "second"]].drop_duplicates())
            ax.set_title(f"{title} ({pairs} lines)", pad=8)
            ax.set_xlabel("crises in the record")
            _dress(ax, sorted(rows["crises"].unique()))
        axes[0].set_ylabel(f"records with odds above {ODDS:g} for the true world")
        axes[0].legend(loc="upper left", bbox_to_anchor=(0, 0.8))
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, dpi=DPI * 2 / 3)  # small enough for a page


def draw_lines(ax: Axes, rows: pd.DataFrame, colour: str, label: str) -> None:
    """Draw one thin line per pair, and a thick one for their mean."""
    wide = rows.pivot(index="crises", columns=["first", "second"], values="right")
    ax.plot(wide.index, wide, color=colour, alpha=0.3, linewidth=0.8)
    ax.plot(wide.index, wide.mean(axis=1), color=colour, linewidth=2.5, label=label)


def _dress(ax: Axes, sizes: Sequence[int]) -> None:
    ax.axhline(DECIDED, color=FAINT, linewidth=1, linestyle=":")
    ax.text(sizes[0], DECIDED + 0.02, "separated above this line", color="0.4", fontsize=8)
    ax.set_xticks(list(sizes))
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
