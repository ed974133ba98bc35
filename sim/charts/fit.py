"""Fits: posterior draws of each value relative to its prior, the most informed values first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.chart import Chart
from sim.charts.lettering import fitted
from sim.charts.page import FAINT, INK, PALE, PARAMETERS, PARAMETERS_PALE, page
from sim.io.text import count

HEADING = "Posterior and prior ranges of the parameters"
SHOWN = 45
"""Maximum number of values on a page."""


def table(account: dict[str, Any]) -> pd.DataFrame:
    """Return the first values of a fit, with ends and median in percent of the prior.

    Column ``silent`` is true where the record does not inform the value.
    """
    rows = pd.DataFrame(account["marginals"]).head(SHOWN)
    silent = set(account["silent"])
    for name in ("low", "median", "high"):
        rows[name] *= 100
    return rows.assign(silent=[name in silent for name in rows["name"]])


def plot(rows: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the middle 80% of the draws of each value as percentiles of the prior."""
    artists: list[Artist] = [ax.axvspan(10, 90, color=PALE, alpha=0.5, lw=0)]
    places = range(len(rows))
    colours = [FAINT if silent else PARAMETERS_PALE for silent in rows["silent"]]
    artists.append(
        ax.barh(
            list(places), rows["high"] - rows["low"], left=rows["low"], color=colours, height=0.6
        )[0]
    )
    artists += ax.plot(rows["median"], list(places), ls="", marker="|", color=INK, ms=8, mew=1.5)
    for place, (_, row) in zip(places, rows.iterrows(), strict=True):
        artists.append(
            ax.text(
                101, place, f"{row['contraction']:.2f}", va="center", size=7.5, color=PARAMETERS
            )
        )
    ax.set_yticks(list(places), [fitted(name, 3.85, 7.5) for name in rows["name"]], fontsize=7.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.set_xlabel("percentile of the prior")
    return artists


def finding(account: dict[str, Any]) -> str:
    """Return how many values the record informs.

    >>> finding({"marginals": [1, 2, 3], "silent": ["pace"]})
    'The historical record informs 2 of 3 values'
    """
    total = len(account["marginals"])
    informed = total - len(account["silent"])
    return f"The historical record informs {informed} of {count(total, 'value')}"


def draw(folder: Path) -> Figure:
    """Draw the marginals of a fit against their priors."""
    account = json.loads((folder / "fit.json").read_text(encoding="utf-8"))
    rows = table(account)
    height = 0.19 * len(rows) + 0.75
    sheet = page(
        height,
        finding(account),
        f"{HEADING}: fitted to {', '.join(account['crises'])}",
        _CAPTION,
        _note(account, len(rows)),
    )
    plot(rows, sheet.axes(4.3, 0.55, 3.9, height - 0.75))
    return sheet.figure


_CAPTION = (
    "Bars are the middle 80% of posterior draws, ticks their medians; the grey band is that of the "
    "prior. Numbers on the right: the share of the prior variance that the record removes."
)


def _note(account: dict[str, Any], shown: int) -> str:
    total = count(len(account["marginals"]), "value")
    settings = account["settings"]
    chains = count(settings["chains"], "chain")
    return (
        f"{shown} of {total} shown; the record does not inform {len(account['silent'])} (grey). "
        f"{count(account['draws'], 'draw')} of {chains}, seed {settings['seed']}."
    )


CHART = Chart(
    name="marginals",
    heading=HEADING,
    alt="The middle 80% of the posterior draws of each value, as percentiles of its prior. Narrow "
    "bars are values that the historical record informs.",
    draw=draw,
)
