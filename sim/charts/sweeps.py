"""Sweeps: outcomes over one or two values of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.charts.chart import Chart
from sim.charts.lettering import fitted, width_of
from sim.charts.page import INK, PARAMETERS, PARAMETERS_PALER, key, page
from sim.charts.past import handle, known, mark_up, past_of_crisis
from sim.charts.scales import (
    SIZE,
    WORD,
    edges_of,
    fitting,
    is_log,
    is_words,
    label_axis,
    places_of,
    short_number,
    thousands,
)
from sim.io.errors import UsageError, nearest
from sim.io.text import count, sentence_case
from sim.outcomes.summary import Measure
from sim.record.history import Known
from sim.results import swept
from sim.results.manifest import damaged

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
SIZES = (SIZE, 6.5, 5.5)
"""Sizes of the numbers in cells, in points: the largest that fits."""
LEAST_POINTS = 5.0
"""Smallest range of colours of a share, in percentage points. Small differences look small."""
LEAST_PART = 0.05
"""Smallest range of colours of medians, as a share of the largest value."""


def grid(rows: pd.DataFrame, measure: str, paths: Sequence[str]) -> pd.DataFrame:
    """Return a measure over two axes: values of the first by row, and of the second by column.

    Numbers are sorted, and words stay in the order of the grid.
    """
    chosen = rows[rows["name"] == measure]
    first, second = paths
    wide = chosen.pivot(index=first, columns=second, values="value")
    wide = wide.loc[_sorted(chosen[first].unique()), _sorted(chosen[second].unique())]
    return wide * _scale(chosen)


def _sorted(values: Sequence[str]) -> list[str]:
    """Return the values of an axis in order: numbers by size, words as they are."""
    return list(values) if is_words(pd.Index(values)) else sorted(values, key=float)


def line(rows: pd.DataFrame, measure: str, path: str) -> pd.DataFrame:
    """Return a measure over one axis, in its order.

    Columns: ``value``, and ``low`` and ``high`` of the parameter interval, which is extended to the
    value where a few draws drive it.
    """
    chosen = rows[rows["name"] == measure].set_index(path)
    columns = {"value": "value", "parameters_low": "low", "parameters_high": "high"}
    found = chosen[list(columns)].rename(columns=columns).astype(float) * _scale(chosen)
    found["low"] = found["low"].clip(upper=found["value"])
    found["high"] = found["high"].clip(lower=found["value"])
    return found.loc[_sorted(list(found.index))]


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


def banded(values: pd.DataFrame) -> bool:
    """Return whether every value of a line has a parameter interval."""
    return bool(values["low"].notna().all())


def plot_grid(
    values: pd.DataFrame,
    ends: tuple[float, float],
    title: str,
    ax: Axes,
    inches: tuple[float, float] = (2.0, 1.6),
) -> list[Artist]:
    """Plot a heat map to scale, with a number in every cell if all of them fit.

    Args:
        values: the measure by row and column.
        ends: ends of the colour scale.
        title: title of the panel.
        ax: the panel.
        inches: width and height of the panel.
    """
    columns, rows = list(map(str, values.columns)), list(map(str, values.index))
    across, up = places_of(columns), places_of(rows)
    logs = [is_log(names) for names in (columns, rows)]
    edges = edges_of(across, logs[0]), edges_of(up, logs[1])
    mesh = ax.pcolormesh(
        *edges, values.to_numpy(dtype=float), cmap="cividis", vmin=ends[0], vmax=ends[1]
    )
    ax.set(
        xscale="log" if logs[0] else "linear",
        yscale="log" if logs[1] else "linear",
        xlim=edges[0][[0, -1]],
        ylim=edges[1][[0, -1]],
    )
    label_axis(ax, columns, inches[0])
    label_axis(ax, rows, inches[1], is_across=False)
    ax.set_title(title, fontsize=8.5)
    texts = [[_cell(value) for value in row] for row in values.to_numpy(dtype=float)]
    size = next((size for size in SIZES if _fit(texts, edges, logs, inches, size)), None)
    if size is None:
        beside = ax.inset_axes((1.04, 0.0, 0.05, 1.0))
        bar = ax.figure.colorbar(mesh, cax=beside, format=FuncFormatter(thousands))
        bar.ax.tick_params(labelsize=6.5, length=2)
        bar.outline.set_visible(False)
        return [mesh]
    artists: list[Artist] = [mesh]
    for y, row in zip(up, range(len(rows)), strict=True):
        for x, column in zip(across, range(len(columns)), strict=True):
            colour = "white" if values.iat[row, column] <= sum(ends) / 2 else INK
            text = texts[row][column]
            artists.append(ax.text(x, y, text, ha="center", va="center", color=colour, size=size))
    return artists


def _cell(value: float) -> str:
    """Return the value of a cell as a short text."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{round(value, 2) + 0.0:.3g}"


def _fit(
    texts: Sequence[Sequence[str]],
    edges: tuple[NDArray[np.float64], NDArray[np.float64]],
    logs: Sequence[bool],
    inches: tuple[float, float],
    size: float,
) -> bool:
    """Return whether the numbers of all cells fit into them in letters of some size."""
    narrowest, lowest = (
        float(np.diff(steps).min() / (steps[-1] - steps[0])) * length
        for steps, length in zip(
            (np.log(e) if log else e for e, log in zip(edges, logs, strict=True)),
            inches,
            strict=True,
        )
    )
    widest = max(width_of(text, size) for row in texts for text in row)
    return narrowest >= widest + 0.04 and lowest >= size * 1.2 / 72


def plot_line(values: pd.DataFrame, title: str, ax: Axes, inches: float = 2.0) -> list[Artist]:
    """Plot a line with its parameter band. On a categorical axis, plot points and bars.

    Args:
        values: the measure by the value of the axis, as :func:`line` returns it.
        title: title of the panel.
        ax: the panel.
        inches: width of the panel.
    """
    names = _sorted([str(name) for name in values.index])
    values = values.set_axis([str(name) for name in values.index]).loc[names]
    words = is_words(pd.Index(names))
    places = places_of(names)
    if is_log(names):
        ax.set_xscale("log")
    artists: list[Artist] = list(
        ax.plot(
            places, values["value"], color=INK, marker="o", ms=4, ls="" if words else "-", zorder=4
        )
    )
    ax.use_sticky_edges = False  # otherwise the axis would end where bars begin
    low = values["low"]
    high = values["high"]
    look: dict[str, Any] = {"fc": PARAMETERS_PALER, "ec": PARAMETERS, "lw": 0.5}
    if banded(values) and words:
        artists.extend(ax.bar(places, high - low, 0.15, low, **look).patches)
    elif banded(values):
        artists.append(ax.fill_between(places, low, high, **look))
    if words:
        ax.set_xlim(-0.5, len(values) - 0.5)
    label_axis(ax, names, inches)
    ax.yaxis.set_major_formatter(FuncFormatter(thousands))
    bottom = values.min(axis=None)
    top = values.max(axis=None)
    if bottom == top:  # otherwise the axis would magnify rounding errors
        ax.set_ylim(min(0, bottom), max(0, top) + 1)
    ax.set_title(title, fontsize=8.5)
    return artists


def finding(rows: pd.DataFrame, measure: str, moved_by: Sequence[str] | None) -> str:
    """Return where a measure is smallest and where it is largest, over what moves it.

    Args:
        rows: table of the sweep.
        measure: name of the measure.
        moved_by: names of the axes that move it beyond chance; None if that was not tested. With
            one of two axes, means are taken over the other.
    """
    part = rows[rows["name"] == measure]
    says = sentence_case(str(part["says"].iloc[0]))
    unit = str(part["unit"].iloc[0])

    def shown(row: pd.Series[Any]) -> str:
        value = Measure("", "", unit, float(row["value"]), None, None).shown()[0]
        return f"{value}{' of runs' if unit == 'probability' else ''}"

    if part["says"].nunique() > 1 or moved_by is None or part["value"].isna().any():
        return f"{says}, in each cell"
    if part["value"].nunique() == 1:
        return f"{says}: {shown(part.iloc[0])} everywhere"
    if not moved_by:
        return f"{says}: no difference beyond chance"
    means = part.groupby(list(moved_by), sort=False)["value"].mean().reset_index()
    low, high = means.loc[means["value"].idxmin()], means.loc[means["value"].idxmax()]
    ends = [f"{shown(row)} at {_place(row, moved_by)}" for row in (low, high)]
    return f"{says}: from {' to '.join(ends)}"


def _place(row: pd.Series[Any], paths: Sequence[str]) -> str:
    """Return the values of a cell in words."""
    stated = {path: short_number(str(row[path])) for path in paths}
    words = [
        f"{path} '{text}'" if is_words(pd.Index([row[path]])) else f"{path} {text}"
        for path, text in stated.items()
    ]
    return " and ".join(words)


def draw(folder: Path, measures: Sequence[str] = ()) -> Figure:
    """Draw some measures of a sweep, one panel each; by default, those that its manifest names.

    Raises:
        UsageError: the sweep has no measure of such a name.
        InputError: a file of the sweep is damaged.
    """
    manifest = swept.manifest(folder)
    rows = swept.read(folder)
    _refuse_unknown(measures, rows)
    measures = measures or manifest["drawn"] or DEFAULT_MEASURES
    if missing := set(measures) - set(rows["name"]):
        raise damaged(folder / swept.TABLE, f"has no measure {min(missing)!r}")
    names = {axis["path"]: axis["says"] for axis in manifest["axes"]}
    rows = rows.rename(columns=names)
    paths = list(names.values())
    moved_by = manifest["moved_by"].get(measures[0])
    history = past_of_crisis(folder, manifest["scenario"])
    columns = min(ACROSS, len(measures))
    width = 8.3 / columns
    is_map = len(paths) > 1
    across = width - (1.2 if is_map else 0.6)
    below = _below(rows, paths, across)
    height = (2.55 if columns > 1 else 3.9) + below
    deep = -(-len(measures) // columns)
    past = {measure: known(history, measure) for measure in measures}
    is_marked = history is not None and any(past.values()) and len(paths) == 1
    sheet = page(
        deep * height + (0.3 if is_marked else 0.0),
        finding(rows, measures[0], moved_by and [names[p] for p in moved_by if p in names]),
        f"{manifest['title']}: over {' and '.join(paths)}",
        _caption(rows, measures, paths),
        _note(manifest),
    )
    for place, measure in enumerate(measures):
        row, column = divmod(place, columns)
        bottom = (deep - 1 - row) * height + 0.55 + below
        size = across, height - 0.98 - below
        ax = sheet.axes((0.95 if is_map else 0.7) + column * width, bottom, *size)
        _draw_measure(rows, measure, paths, past[measure], ax, size)
    if history is not None and is_marked:
        key(sheet, [handle(history)], 0.7, deep * height + 0.02, 1)
    return sheet.figure


def _refuse_unknown(measures: Sequence[str], rows: pd.DataFrame) -> None:
    """Raise UsageError for a measure that a sweep does not have."""
    allowed = list(dict.fromkeys(rows["name"]))
    for name in measures:
        if name not in allowed:
            hint = f"{nearest(name, allowed)}; allowed: {', '.join(allowed)}"
            raise UsageError(f"unknown measure '{name}'{hint}")


def _below(rows: pd.DataFrame, paths: Sequence[str], inches: float) -> float:
    """Return the height that slanted words need below a panel of some width, in inches."""
    names = rows[paths[-1]].astype(str).unique()
    if not is_words(pd.Index(names)):
        return 0.0
    widths = [width_of(fitted(short_number(name), WORD, SIZE), SIZE) for name in names]
    shares = (np.arange(len(names)) + 0.5) / len(names)
    return 0.8 * max(widths) if len(fitting(shares, widths, inches)) < len(names) else 0.0


def _draw_measure(
    rows: pd.DataFrame,
    measure: str,
    paths: Sequence[str],
    past: Known | None,
    ax: Axes,
    inches: tuple[float, float],
) -> None:
    """Draw one measure in a panel of some inches, with what happened."""
    first = rows.loc[rows["name"] == measure, ["says", "unit"]].iloc[0]
    is_share = first["unit"] == "probability"
    unit = "% of runs" if is_share else first["unit"]
    scale = 100.0 if measure.startswith("territory") else 1.0
    if past is not None and len(paths) > 1:
        unit = f"{unit}; history: {_cell(scale * (past.number or 0.0))}"
    room = inches[0] + (0.9 if len(paths) > 1 else 0.45)
    title = f"{fitted(sentence_case(first['says']), room, 8.5)}\n({unit})"
    if len(paths) == 1:
        plot_line(line(rows, measure, paths[0]), title, ax, inches[0])
        if past is not None and past.ends is not None:
            low, high = ax.get_ylim()
            ends = [scale * end for end in past.ends]
            ax.set_ylim(min(low, 0.95 * ends[0]), max(high, 1.05 * ends[1]))
            mark_up(ax, past, scale)
    else:
        values = grid(rows, measure, paths)
        plot_grid(values, colours(values, is_share), title, ax, inches)
        ax.set_ylabel(fitted(paths[0], inches[1], 8), fontsize=8)
    ax.set_xlabel(fitted(paths[-1], inches[0] + 0.3, 8), fontsize=8)


def _caption(rows: pd.DataFrame, measures: Sequence[str], paths: Sequence[str]) -> str:
    shown = "Probabilities are shares of all runs, all else are medians."
    cells = "Brighter cells have higher values."
    return f"{shown} {_bands(rows, measures, paths[0]) if len(paths) == 1 else cells}"


def _note(manifest: dict[str, Any]) -> str:
    runs = manifest["runs"]
    draws = count(min(manifest["draws"], runs), "draw")
    design = f"{count(runs, 'run')} per cell, {draws}, seed {manifest['seed']}"
    return f"{design}; cells share common random numbers."


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
    alt="Measures over the values of one or two keys: lines for one key, and maps for two. Lines "
    "with a diamond mark history.",
    draw=draw,
)
