"""Sweeps: how outcomes change over one value, or over two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.page import CODING, CODING_PALER, INK, page, short

ACROSS = 3
"""Panels side by side."""


def grid(rows: pd.DataFrame, measure: str, paths: Sequence[str]) -> pd.DataFrame:
    """Return a measure over two axes: one row a value of the first, one column a value of the second, in file order."""
    chosen = rows[rows["name"] == measure]
    first, second = paths
    wide = chosen.pivot(index=first, columns=second, values="value")
    return wide.loc[chosen[first].unique(), chosen[second].unique()] * _scale(chosen)


def line(rows: pd.DataFrame, measure: str, path: str) -> pd.DataFrame:
    """Return a measure over one axis: index the values; columns value, low and high of what coding leaves open."""
    chosen = rows[rows["name"] == measure].set_index(path)
    columns = {"value": "value", "coding_low": "low", "coding_high": "high"}
    return chosen[list(columns)].rename(columns=columns).astype(float) * _scale(chosen)


def _scale(rows: pd.DataFrame) -> float:
    return 100.0 if (rows["unit"] == "probability").any() else 1.0


def plot_grid(values: pd.DataFrame, title: str, ax: Axes) -> list[Artist]:
    """Plot a heat map with a number in every cell."""
    image = ax.imshow(values.to_numpy(), cmap="cividis", aspect="auto", origin="lower")
    middle = (float(values.to_numpy().min()) + float(values.to_numpy().max())) / 2
    constant = bool(values.to_numpy().min() == values.to_numpy().max())
    artists: list[Artist] = [image]
    for y, (_, row) in enumerate(values.iterrows()):
        for x, value in enumerate(row):
            colour = "white" if value < middle or constant else INK  # of one value the map shows its dark end
            shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
            artists.append(ax.text(x, y, shown, ha="center", va="center", color=colour, size=8))
    ax.set_xticks(range(values.shape[1]), [str(value) for value in values.columns])
    ax.set_yticks(range(values.shape[0]), [str(value) for value in values.index])
    ax.set_title(title, fontsize=8.5)
    return artists


def plot_line(values: pd.DataFrame, title: str, ax: Axes) -> list[Artist]:
    """Plot a line over one value and the band that coding leaves open."""
    places = range(len(values))
    artists: list[Artist] = list(ax.plot(places, values["value"], color=INK, marker="o", ms=4))
    if values["low"].notna().all():
        artists.append(ax.fill_between(places, values["low"], values["high"], color=CODING_PALER, ec=CODING, lw=0.5))
    ax.set_xticks(list(places), [str(value) for value in values.index])
    ax.ticklabel_format(axis="y", useOffset=False)
    ends = values.min(axis=None), values.max(axis=None)
    if ends[0] == ends[1]:
        ax.set_ylim(min(0, ends[0]), max(0, ends[1]) + 1)  # else the axis would magnify nothing
    ax.set_title(title, fontsize=8.5)
    return artists


def draw(folder: Path, outcomes: Sequence[str]) -> Figure:
    """Draw some measures of a sweep, one panel each."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    rows = pd.read_parquet(folder / "sweep.parquet")
    paths = [axis["path"] for axis in manifest["axes"]]
    columns = min(ACROSS, len(outcomes))
    width, height = 8.3 / columns, 2.6 if columns > 1 else 4.0
    deep = -(-len(outcomes) // columns)
    sheet = page(deep * height, manifest["title"], " and ".join(paths), _caption(manifest, len(paths)))
    for place, measure in enumerate(outcomes):
        left, bottom = 0.5 + (place % columns) * width, (deep - 1 - place // columns) * height + 0.55
        ax = sheet.axes(left + 0.15, bottom, width - 0.55, height - 0.95)
        says = rows.loc[rows["name"] == measure, ["says", "unit"]].iloc[0]
        unit = "% of runs" if says["unit"] == "probability" else says["unit"]
        title = short(f"{says['says']} ({unit})", 120 // columns)
        if len(paths) == 1:
            plot_line(line(rows, measure, paths[0]), title, ax)
            ax.set_xlabel(paths[0], fontsize=8)
        else:
            plot_grid(grid(rows, measure, paths), title, ax)
            ax.set_xlabel(paths[1], fontsize=8)
            ax.set_ylabel(paths[0], fontsize=8)
    return sheet.figure


def _caption(manifest: dict[str, Any], axes: int) -> str:
    band = "The band is coding: the middle 80% of the draws. " if axes == 1 else "Chance and coding are averaged over. "
    return (
        f"Probabilities are shares of all runs, other numbers medians. {band}{manifest['runs']:,} runs a cell, "
        f"{manifest['draws']} draws, seed {manifest['seed']}; every cell meets the same luck."
    )
