"""Calibration: ranks of true values among the draws that were fitted to what they made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.charts.page import CODING, INK, PALE, page, short
from sim.io.text import count

ACROSS, SHOWN = 4, 16
VERDICTS = {
    True: "The ranks of the truth pass for uniform",
    False: "The ranks of the truth are not uniform",
    None: "Too few worlds to say whether the ranks of the truth are uniform",
}

FOUND = "95% of its draws beyond half of the way from off"
"""When a mechanism counts as found; see :data:`sim.fitting.calibration.FAR`."""


def counts(ranks: list[int], top: int) -> NDArray[np.int64]:
    """Return how many worlds have each rank, 0 to ``top``."""
    return np.bincount(ranks, minlength=top + 1)


def plot(heights: NDArray[np.int64], title: str, ax: Axes) -> list[Artist]:
    """Plot ranks against the band that uniform ones stay in, rank by rank, in 95 of 100 cases."""
    expected = heights.sum() / len(heights)
    spread = 1.96 * np.sqrt(expected * (1 - 1 / len(heights)))
    artists: list[Artist] = [ax.axhspan(max(expected - spread, 0), expected + spread, color=PALE, lw=0)]
    artists += ax.bar(range(len(heights)), heights, width=0.9, color=CODING)
    artists.append(ax.axhline(expected, color=INK, lw=0.7))
    ax.set_title(title, fontsize=7)
    ax.set_xticks([0, len(heights) - 1])
    ax.tick_params(labelsize=7)
    return artists


def draw(folder: Path) -> Figure:
    """Draw the ranks of the likelihood and of the values with the least even ranks."""
    said = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    *values, likelihood = said["quantities"]
    shown = [likelihood, *sorted(values, key=lambda quantity: quantity["p"])[: SHOWN - 1]]
    deep = -(-len(shown) // ACROSS)
    sheet = page(1.35 * deep + 0.2, "Simulated worlds, fitted", VERDICTS[said["calibrated"]], _caption(said))
    for place, quantity in enumerate(shown):
        left, bottom = 0.4 + place % ACROSS * 2.1, (deep - 1 - place // ACROSS) * 1.35 + 0.3
        title = short(f"{quantity['name'].split(': ')[0]} (p {quantity['p']:.2g})", 40)
        plot(counts(quantity["ranks"], said["ranked_among"]), title, sheet.axes(left, bottom, 1.75, 0.85))
    return sheet.figure


def _caption(said: dict[str, Any]) -> str:
    worlds, found, others, seen = (
        sum(row[name] for row in said["off"]) for name in ("worlds", "found", "with_it", "found_with_it")
    )
    size = said["settings"]
    return (
        f"Ranks of true values among {count(said['ranked_among'], 'draw')} of their posterior, over "
        f"{count(said['worlds'], 'world')} fitted to {', '.join(said['crises'])} "
        f"({count(size['particles'], 'particle')}, {count(size['replicates'], 'replicate')}); first the likelihood of "
        "the truth, then the values with the least even ranks. Grey: where uniform ranks stay, "
        f"each in 95 of 100 cases. A mechanism was found ({FOUND}) in {found} "
        f"of {count(worlds, 'world')} that lacked it, and in {seen} of {count(others, 'case')} where it was drawn at "
        "some strength."
    )
