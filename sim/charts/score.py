"""Scores: position of the record in each forecast, and accuracy relative to a baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.charts.chart import Chart
from sim.charts.page import CHANCE, FAINT, INK, PALE, PARAMETERS, key, page
from sim.io.text import count

HEADING = "Forecasts and the historical record"
COLOURS = (FAINT, PARAMETERS, CHANCE, INK)
CENTRAL = (0.1, 0.9)
"""Positions in the middle 80% of the runs."""
BASELINE = "know-nothing"
"""The baseline of the chart: the one that is never exactly right."""
SMALLEST_RATIO = 0.01
"""Smallest ratio on the axis. Values there or below are drawn as arrow heads."""


def table(account: dict[str, Any]) -> pd.DataFrame:
    """Return one row per target and forecast.

    Columns: ``label``, ``forecast`` with its sample, ``pit`` (position of the record) and ``ratio``
    (CRPS relative to :data:`BASELINE`).
    """
    rows = []
    for score in account["scores"]:
        base = score["baselines"].get(BASELINE)
        ratio = np.nan
        if base is not None and base[0] > 0:
            ratio = max(score["crps"] / base[0], SMALLEST_RATIO)
        label = f"{score['crisis']}: {score['target']}".replace("_", " ")
        forecast = f"{score['forecast']} ({score['sample']})"
        rows.append({"label": label, "forecast": forecast, "pit": score["pit"], "ratio": ratio})
    return pd.DataFrame(rows)


def plot(rows: pd.DataFrame, column: str, ax: Axes, floor: float = -np.inf) -> list[Artist]:
    """Plot a column, with one line per target and one colour per forecast.

    Values at the floor are arrow heads.
    """
    labels = list(dict.fromkeys(rows["label"]))
    artists: list[Artist] = []
    for colour, (_, group) in zip(COLOURS, rows.groupby("forecast", sort=False), strict=False):
        for marker, part in (
            ("o", group[group[column] > floor]),
            ("<", group[group[column] <= floor]),
        ):
            places = [labels.index(label) for label in part["label"]]
            artists += ax.plot(
                part[column], places, ls="", marker=marker, ms=4.5, color=colour, alpha=0.9
            )
    ax.set_yticks(range(len(labels)), labels, fontsize=7.5)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.grid(axis="y", color=PALE, lw=0.4)
    return artists


def finding(rows: pd.DataFrame) -> str:
    """Return for how many targets history lies in the middle of the runs of their last forecast."""
    last = rows.groupby("label").last()
    inside = int(last["pit"].between(*CENTRAL).sum())
    share = f"{inside} of {count(len(last), 'outcome')}"
    return f"History lies in the middle 80% of the runs for {share}"


def draw(folder: Path) -> Figure:
    """Draw the scores of a folder."""
    account = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    rows = table(account)
    height = 0.19 * rows["label"].nunique() + 1.1
    samples = " and ".join(sorted({score["sample"] for score in account["scores"]}))
    subtitle = f"{HEADING} ({samples})"
    sheet = page(height, finding(rows), subtitle, _CAPTION, _note(rows))
    left = sheet.axes(2.75, 0.55, 2.6, height - 0.95)
    plot(rows, "pit", left)
    left.axvspan(*CENTRAL, color=PALE, alpha=0.5, lw=0)
    left.set_xlim(-0.02, 1.02)
    left.set_xlabel("share of runs below the record (PIT)")
    right = sheet.axes(5.65, 0.55, 2.6, height - 0.95)
    plot(rows, "ratio", right, SMALLEST_RATIO)
    right.set_yticklabels([])
    right.axvline(1.0, color=INK, lw=0.8)
    right.set_xscale("log")
    right.xaxis.set_major_formatter("{x:g}")
    right.xaxis.set_minor_formatter("")
    right.set_xlabel("CRPS relative to knowing nothing")
    forecasts = list(dict.fromkeys(rows["forecast"]))
    marks = [Line2D([], [], ls="", marker="o", ms=4.5, color=c) for c in COLOURS[: len(forecasts)]]
    for mark, name in zip(marks, forecasts, strict=False):
        mark.set_label(name)
    key(sheet, marks, 2.75, height - 0.3, len(marks))
    return sheet.figure


_CAPTION = (
    "Left: the place of history among the runs; for a good forecast, 80% of points are in the grey "
    "band. Right: error relative to a forecast that knows nothing; below 1 is better."
)


def _note(rows: pd.DataFrame) -> str:
    floored = bool((rows["ratio"] <= SMALLEST_RATIO).any())
    return (
        "PIT: probability integral transform, with ties split at random. CRPS: continuous ranked "
        "probability score. In-sample forecasts were fitted to the crisis, so they show fit, not "
        "skill." + (f" Arrow heads mark {SMALLEST_RATIO:g} or less." if floored else "")
    )


CHART = Chart(
    name="scores",
    heading=HEADING,
    alt="The position of the historical record in each forecast (left), and the accuracy of the "
    "forecast relative to a baseline (right), with one row per target.",
    draw=draw,
)
