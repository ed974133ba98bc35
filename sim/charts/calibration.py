"""Calibration: ranks of true values among the posterior draws of simulated worlds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.charts.chart import Chart
from sim.charts.lettering import fitted
from sim.charts.page import INK, PALE, PARAMETERS, page
from sim.io.text import count

HEADING = "Calibration on simulated worlds"
ACROSS = 4
"""Panels side by side."""
SHOWN = 16
"""Maximum number of panels."""
VERDICTS = {
    True: "The ranks of the true values are consistent with uniform ranks",
    False: "The ranks of the true values are not uniform",
    None: "There are too few worlds to test whether the ranks are uniform",
}

DETECTED = "95% of draws are more than halfway from off to an end of the prior"
"""When a mechanism counts as detected; see :data:`sim.fitting.calibration.FAR`."""


def counts(ranks: list[int], top: int) -> NDArray[np.int64]:
    """Return the number of worlds with each rank from 0 to ``top``.

    >>> counts([0, 2, 2], 3)
    array([1, 0, 2, 0])
    """
    return np.bincount(ranks, minlength=top + 1)


def plot(heights: NDArray[np.int64], title: str, ax: Axes) -> list[Artist]:
    """Plot ranks with the band that contains each bar of uniform ranks in 95% of cases."""
    expected = heights.sum() / len(heights)
    spread = 1.96 * np.sqrt(expected * (1 - 1 / len(heights)))
    artists: list[Artist] = [
        ax.axhspan(max(expected - spread, 0), expected + spread, color=PALE, lw=0)
    ]
    artists += ax.bar(range(len(heights)), heights, width=0.9, color=PARAMETERS)
    artists.append(ax.axhline(expected, color=INK, lw=0.7))
    ax.set_title(title, fontsize=7)
    ax.set_xticks([0, len(heights) - 1])
    ax.tick_params(labelsize=7)
    return artists


def draw(folder: Path) -> Figure:
    """Draw the ranks of the likelihood and of the values with the least uniform ranks."""
    account = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    *values, likelihood = account["quantities"]
    shown = [likelihood, *sorted(values, key=lambda quantity: quantity["p"])[: SHOWN - 1]]
    deep = -(-len(shown) // ACROSS)
    sheet = page(
        1.35 * deep + 0.2,
        VERDICTS[account["calibrated"]],
        f"{HEADING}: {count(account['worlds'], 'world')}",
        _caption(account),
        _note(account),
    )
    for place, quantity in enumerate(shown):
        row, column = divmod(place, ACROSS)
        left = 0.4 + column * 2.1
        bottom = (deep - 1 - row) * 1.35 + 0.3
        title = fitted(f"{quantity['name'].split(': ')[0]} (p {quantity['p']:.2g})", 1.95, 7)
        plot(
            counts(quantity["ranks"], account["ranked_among"]),
            title,
            sheet.axes(left, bottom, 1.75, 0.85),
        )
    return sheet.figure


def _caption(account: dict[str, Any]) -> str:
    return (
        f"Ranks of true values among {count(account['ranked_among'], 'draw')} of their posterior; "
        "the least uniform values are shown. If a fit is calibrated, 95% of bars end inside the "
        "grey band."
    )


def _note(account: dict[str, Any]) -> str:
    columns = ("worlds", "found", "with_it", "found_with_it")
    total = {name: sum(row[name] for row in account["off"]) for name in columns}
    size = account["settings"]
    return (
        f"Crises: {', '.join(account['crises'])}. {count(size['particles'], 'particle')}, "
        f"{count(size['replicates'], 'replicate')}. Mechanisms were detected ({DETECTED}) in "
        f"{total['found']} of {count(total['worlds'], 'world')} without them, and in "
        f"{total['found_with_it']} of {count(total['with_it'], 'case')} with them."
    )


CHART = Chart(
    name="ranks",
    heading=HEADING,
    alt="Histograms of the ranks of true values among their posterior draws, over simulated "
    "worlds. If a fit is calibrated, the ranks are uniform.",
    draw=draw,
)
