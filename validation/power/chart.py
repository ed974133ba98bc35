"""The power curve as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from validation.power.judging import ALL, DECIDED, KNOWN, ODDS, UNKNOWN

COLOURS = {UNKNOWN: "#b5652a", KNOWN: "#1f5a7a"}
LABELS = {
    UNKNOWN: "shared parameters unknown (mean)",
    KNOWN: "shared parameters known (mean)",
}
TITLES = {"arguments": "Pairs of arguments", "mechanisms": "Mechanisms, on against off"}


def draw(table: pd.DataFrame, file: Path) -> None:
    """Draw the curve and save it as a picture.

    Args:
        table: one row per pair and number of crises.
        file: file of the picture.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.7), sharey=True, layout="constrained")
    for ax, (compares, title) in zip(axes, TITLES.items(), strict=True):
        rows = table[(table["compares"] == compares) & (table["facts"] == ALL)]
        for shared in (UNKNOWN, KNOWN):
            draw_lines(ax, rows[rows["shared"] == shared], COLOURS[shared], LABELS[shared])
        pairs = len(rows[["first", "second"]].drop_duplicates())
        ax.set_title(f"{title} ({pairs})", loc="left")
        ax.set_xlabel("crises in the record")
        _dress(ax, sorted(rows["crises"].unique()))
    axes[0].set_ylabel(f"records with odds above {ODDS:g}\nfor the true world")
    axes[0].legend(loc="upper left", bbox_to_anchor=(0, 0.78), frameon=False, fontsize=8)
    figure.savefig(file, dpi=150)
    plt.close(figure)


def draw_lines(ax: Axes, rows: pd.DataFrame, colour: str, label: str) -> None:
    """Draw one thin line per pair, and a thick one for their mean."""
    wide = rows.pivot(index="crises", columns=["first", "second"], values="right")
    ax.plot(wide.index, wide, color=colour, alpha=0.25, linewidth=0.8)
    ax.plot(wide.index, wide.mean(axis=1), color=colour, linewidth=2.5, label=label)


def _dress(ax: Axes, sizes: Sequence[int]) -> None:
    ax.axhline(DECIDED, color="0.4", linewidth=1, linestyle=":")
    ax.text(sizes[0], DECIDED + 0.02, "told apart above this line", color="0.4", fontsize=8)
    ax.set_xticks(list(sizes))
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.spines[["top", "right"]].set_visible(False)
