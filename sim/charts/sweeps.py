"""Sweeps: outcomes over one or two values of a scenario."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from sim.charts.chart import Chart
from sim.charts.page import INK, PARAMETERS, PARAMETERS_PALER, page, short
from sim.io.text import count

DEFAULT_MEASURES = (
    "lasting_stop_14",
    "ending_truce",
    "failed_truces",
    "duration_days",
    "deaths",
    "territory_fought",
)
"""Measures that are drawn by default."""
ACROSS = 3
"""Panels side by side."""
LEAST_POINTS = 5.0
"""Smallest range of colours of a share, in percentage points. Small differences look small."""
DECADES = 100
"""Ratio of the largest to the smallest value of an axis from which it is logarithmic."""
MAX_TICKS = 9
"""Largest number of values of an axis that all get a tick."""
LEAST_PART = 0.05
"""Smallest range of colours of medians, as a share of the largest value."""


def grid(rows: pd.DataFrame, measure: str, paths: Sequence[str]) -> pd.DataFrame:
    """Return a measure over two axes: values of the first by row, and of the second by column."""
    chosen = rows[rows["name"] == measure]
    first, second = paths
    wide = chosen.pivot(index=first, columns=second, values="value")
    return wide.loc[chosen[first].unique(), chosen[second].unique()] * _scale(chosen)


def line(rows: pd.DataFrame, measure: str, path: str) -> pd.DataFrame:
    """Return a measure over one axis.

    Columns: ``value``, and ``low`` and ``high`` of the parameter interval.
    """
    chosen = rows[rows["name"] == measure].set_index(path)
    columns = {"value": "value", "parameters_low": "low", "parameters_high": "high"}
    return chosen[list(columns)].rename(columns=columns).astype(float) * _scale(chosen)


def _scale(rows: pd.DataFrame) -> float:
    return 100.0 if (rows["unit"] == "probability").any() else 1.0


def colours(values: pd.DataFrame, share: bool) -> tuple[float, float]:
    """Return the ends of the colour scale of a heat map. They are widened if the values are close.

    Args:
        values: values of the cells, in percent for a share.
        share: whether the values are shares.

    >>> colours(pd.DataFrame([[50.0, 51.0]]), share=True)
    (48.0, 53.0)
    """
    low = float(values.min(axis=None))
    high = float(values.max(axis=None))
    least = LEAST_POINTS if share else LEAST_PART * max(abs(low), abs(high))
    wider = max(least - (high - low), 0.0) / 2
    return low - wider, high + wider


def is_words(index: pd.Index[Any]) -> bool:
    """Return whether an axis is categorical: any of its values is a word.

    >>> is_words(pd.Index(["aside", "2"])), is_words(pd.Index(["1", "2"]))
    (True, False)
    """
    return bool(pd.to_numeric(pd.Series(index), errors="coerce").isna().any())


def is_wide(places: NDArray[np.float64]) -> bool:
    """Return whether values span decades, so that their axis is logarithmic.

    >>> is_wide(np.array([0.1, 1, 3, 10])), is_wide(np.array([0, 1, 2]))
    (True, False)
    """
    return bool(places.min() > 0 and places.max() >= DECADES * places.min())


def banded(values: pd.DataFrame) -> bool:
    """Return whether every value of a line has a parameter interval."""
    return bool(values["low"].notna().all())


def plot_grid(
    values: pd.DataFrame, ends: tuple[float, float], title: str, ax: Axes
) -> list[Artist]:
    """Plot a heat map with a number in every cell."""
    image = ax.imshow(
        values.to_numpy(), cmap="cividis", vmin=ends[0], vmax=ends[1], aspect="auto", origin="lower"
    )
    artists: list[Artist] = [image]
    for y, (_, row) in enumerate(values.iterrows()):
        for x, value in enumerate(row):
            colour = "white" if value <= sum(ends) / 2 else INK
            shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
            artists.append(ax.text(x, y, shown, ha="center", va="center", color=colour, size=8))
    ax.set_xticks(range(values.shape[1]), [str(value) for value in values.columns])
    ax.set_yticks(range(values.shape[0]), [str(value) for value in values.index])
    ax.set_title(title, fontsize=8.5)
    return artists


def plot_line(values: pd.DataFrame, title: str, ax: Axes) -> list[Artist]:
    """Plot a line with its parameter band. On a categorical axis, plot points and bars."""
    words = is_words(values.index)
    places = np.arange(len(values), dtype=float) if words else values.index.to_numpy(dtype=float)
    order = np.argsort(places)
    places = places[order]
    values = values.iloc[order]
    if not words and is_wide(places):
        ax.set_xscale("log")
    artists: list[Artist] = list(
        ax.plot(places, values["value"], color=INK, marker="o", ms=4, ls="" if words else "-")
    )
    ax.use_sticky_edges = False  # otherwise the axis would end where bars begin
    low = values["low"]
    high = values["high"]
    look: dict[str, Any] = {"fc": PARAMETERS_PALER, "ec": PARAMETERS, "lw": 0.5}
    if banded(values) and words:
        artists.extend(ax.bar(places, high - low, 0.15, low, **look).patches)
    elif banded(values):
        artists.append(ax.fill_between(places, low, high, **look))
    if words or len(values) <= MAX_TICKS:
        ax.set_xticks(places, [str(value) for value in values.index])
        ax.xaxis.set_minor_locator(NullLocator())
    if words:
        ax.set_xlim(-0.5, len(values) - 0.5)
    ax.ticklabel_format(axis="y", useOffset=False)
    bottom = values.min(axis=None)
    top = values.max(axis=None)
    if bottom == top:  # otherwise the axis would magnify rounding errors
        ax.set_ylim(min(0, bottom), max(0, top) + 1)
    ax.set_title(title, fontsize=8.5)
    return artists


def draw(folder: Path, measures: Sequence[str] = DEFAULT_MEASURES) -> Figure:
    """Draw some measures of a sweep, one panel each."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with (folder / "sweep.parquet").open("rb") as file:
        rows = pd.read_parquet(file)
    paths = [axis["path"] for axis in manifest["axes"]]
    columns = min(ACROSS, len(measures))
    width = 8.3 / columns
    height = 2.6 if columns > 1 else 4.0
    deep = -(-len(measures) // columns)
    sheet = page(
        deep * height,
        manifest["title"],
        " and ".join(paths),
        _caption(rows, measures, paths),
        _note(manifest),
    )
    for place, measure in enumerate(measures):
        row, column = divmod(place, columns)
        bottom = (deep - 1 - row) * height + 0.55
        ax = sheet.axes(0.65 + column * width, bottom, width - 0.55, height - 0.95)
        _draw_measure(rows, measure, paths, 120 // columns, ax)
    return sheet.figure


def _draw_measure(
    rows: pd.DataFrame, measure: str, paths: Sequence[str], characters: int, ax: Axes
) -> None:
    """Draw one measure, with a title of at most some characters a line."""
    first = rows.loc[rows["name"] == measure, ["says", "unit"]].iloc[0]
    is_share = first["unit"] == "probability"
    title = f"{short(first['says'], characters)}\n({'% of runs' if is_share else first['unit']})"
    if len(paths) == 1:
        plot_line(line(rows, measure, paths[0]), title, ax)
        ax.set_xlabel(paths[0], fontsize=8)
    else:
        values = grid(rows, measure, paths)
        plot_grid(values, colours(values, is_share), title, ax)
        ax.set_xlabel(paths[1], fontsize=8)
        ax.set_ylabel(paths[0], fontsize=8)


def _caption(rows: pd.DataFrame, measures: Sequence[str], paths: Sequence[str]) -> str:
    shown = (
        f"Outcomes over {' and '.join(paths)}: shares of all runs for probabilities, and medians "
        "for all else."
    )
    cells = "Brighter cells have higher values."
    return f"{shown} {_bands(rows, measures, paths[0]) if len(paths) == 1 else cells}"


def _note(manifest: dict[str, Any]) -> str:
    runs = manifest["runs"]
    draws = count(min(manifest["draws"], runs), "draw")
    colours = (
        f" Colours span at least {LEAST_POINTS:g} percentage points, "
        f"or {100 * LEAST_PART:g}% of the largest value."
    )
    design = f"{count(runs, 'run')} per cell, {draws}, seed {manifest['seed']}"
    return (
        f"{design}; cells share common random numbers."
        f"{colours if len(manifest['axes']) > 1 else ''}"
    )


def _bands(rows: pd.DataFrame, measures: Sequence[str], path: str) -> str:
    """Return the sentence that explains the bands of a sweep over one value."""
    drawn = [banded(line(rows, measure, path)) for measure in measures]
    if not any(drawn):
        return "There is no band, because some values lack a parameter interval."
    kind = "Bars show" if is_words(pd.Index(rows[path].unique())) else "Bands show"
    some = "" if all(drawn) else ", if every value has one"
    return f"{kind} parameter uncertainty: the middle 80% of the draws{some}."


CHART = Chart(
    name="sweep",
    heading="Sweep",
    alt="Measures over the values of one or two keys: lines for one key, and maps for two.",
    draw=draw,
)
