"""Who stands how to whom, at the onset and at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sim.charts.page import INK, Page, page, short
from sim.charts.spread import caption, design
from sim.results.reader import Result
from sim.scenario import Quantity, Scenario
from sim.scenario.columns import column_name, tracked_ties

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

COLOURS = "PuOr"
"""Orange for hostile, violet for close: told apart with any colour vision, and the signs in grey print."""
CHANGED = 0.02
"""Change from which a cell is outlined."""
SIDE, CELL = 3.75, 0.75
"""Longest side of a matrix and of a cell in inches."""
MOST_NUMBERS = 18
"""Actors from which the cells are too small for numbers."""


@dataclass(frozen=True)
class Matrix:
    """Ties at one time, mean over all runs.

    Attributes:
        codes: actors, in the order of rows and columns.
        values: tie of the row's actor to the column's, -1 to 1, ``(actors, actors)``; not a number where none.
        mirrored: where it stands in for a tie that is stated in the other direction only.
    """

    codes: tuple[str, ...]
    values: Array
    mirrored: Mask


def order(scenario: Scenario) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the actors with ties, challenger and defender first, and those without any."""
    actors = scenario.actors
    sides = (scenario.conflict.challenger, scenario.conflict.defender)
    named = {code for owner, actor in actors.items() for other in actor.ties for code in (owner, other)}
    third = scenario.third_parties
    return (*sides, *(k for k in third if k in named)), tuple(k for k in third if k not in named)


def ties_at_onset(scenario: Scenario, parameters: pd.DataFrame, draw: pd.Series[int]) -> Matrix:
    """Return the stated ties, each the mean of its values in the draws of all runs.

    A tie that is stated in one direction only counts for both, as when the crisis is played.

    Args:
        scenario: what was played.
        parameters: one row a draw, a column for every value that the coding leaves open.
        draw: the draw of each run, ``(runs,)``.
    """
    codes, _ = order(scenario)
    values, mirrored = np.full((len(codes), len(codes)), np.nan), np.zeros((len(codes), len(codes)), dtype=bool)
    runs = np.bincount(draw, minlength=len(parameters))[parameters["draw"]]
    for i, owner in enumerate(codes):
        for j, other in enumerate(codes):
            own, others = scenario.actors[owner].ties.get(other), scenario.actors[other].ties.get(owner)
            stated = others if own is None else own
            if stated is not None and owner != other:
                values[i, j], mirrored[i, j] = _mean(stated, parameters, runs), own is None
    return Matrix(codes, values, mirrored)


def _mean(stated: Quantity, parameters: pd.DataFrame, runs: NDArray[np.int64]) -> float:
    return stated.low if stated.known else float(np.average(parameters[stated.path], weights=runs))


def ties_at_end(scenario: Scenario, outcomes: pd.DataFrame, onset: Matrix) -> Matrix:
    """Return the ties at the end: those of both sides as recorded, all others as they were.

    Where all ties drift towards balance, the others have changed too and are not recorded: they are left blank.
    """
    drifting = scenario.mechanisms.structural_balance.high > 0
    values = np.full_like(onset.values, np.nan) if drifting else onset.values.copy()
    for owner, other in tracked_ties(scenario):
        values[onset.codes.index(owner), onset.codes.index(other)] = outcomes[column_name("tie", owner, other)].mean()
    return Matrix(onset.codes, values, onset.mirrored)


def changed(onset: Matrix, end: Matrix) -> Mask:
    """Return which ties have changed by more than so little that it is not worth a mark."""
    return np.abs(np.nan_to_num(end.values - onset.values)) > CHANGED


def number(value: float) -> str:
    """Return a tie as it stands in its cell: two decimals, no leading zero, a true minus."""
    return f"{round(value, 2) + 0.0:.2f}".replace("0.", ".").replace("-", "\N{MINUS SIGN}")


def plot_ties(matrix: Matrix, marked: Mask, ax: Axes) -> list[Artist]:
    """Plot a matrix of ties: colours and numbers, mirrored ones hatched, marked ones outlined."""
    size = len(matrix.codes)
    known = np.ma.masked_invalid(matrix.values)
    mesh = ax.pcolormesh(known, cmap=COLOURS, vmin=-1, vmax=1, ec="white", lw=0.6)
    artists: list[Artist] = [
        mesh,
        _cells(np.eye(size, dtype=bool), ax, facecolor="#ececec", edgecolor="white", linewidth=0.6),
        _cells(matrix.mirrored & ~known.mask, ax, facecolor="none", edgecolor="white", linewidth=0, hatch="////"),
        _cells(marked, ax, inset=0.07, facecolor="none", edgecolor="white", linewidth=1.2),
        _cells(marked, ax, inset=0.015, facecolor="none", edgecolor=INK, linewidth=1.4),
    ]
    if size < MOST_NUMBERS:
        artists += [_number(i, j, matrix, mesh, ax) for i, j in np.argwhere(~known.mask)]
    ax.set(xlim=(0, size), ylim=(size, 0))
    ax.set_xticks(np.arange(size) + 0.5, matrix.codes)
    ax.set_yticks(np.arange(size) + 0.5, matrix.codes)
    ax.tick_params(length=0, bottom=False, labelbottom=False, top=False, labeltop=True, labelsize=_points(size) + 1)
    ax.spines[:].set_visible(False)
    return artists


def _cells(which: Mask, ax: Axes, inset: float = 0.0, **style: Any) -> Artist:
    """Plot squares over some cells of a matrix."""
    side = 1 - 2 * inset
    squares = [Rectangle((j + inset, i + inset), side, side) for i, j in np.argwhere(which)]
    return ax.add_collection(PatchCollection(squares, **style))


def _number(i: int, j: int, matrix: Matrix, mesh: ScalarMappable, ax: Axes) -> Artist:
    """Write the number of a cell, a mirrored one's smaller and on a patch of its colour that keeps the hatches off."""
    value, mirrored = float(matrix.values[i, j]), bool(matrix.mirrored[i, j])
    colour, points = "white" if abs(value) > 0.65 else INK, _points(len(matrix.codes)) - mirrored
    text = ax.text(j + 0.5, i + 0.5, number(value), ha="center", va="center", color=colour, size=points)
    if mirrored:
        text.set_bbox({"facecolor": mesh.to_rgba(np.asarray(value)), "edgecolor": "none", "pad": 0.6})
    return text


def _points(size: int) -> float:
    return float(np.clip(SIDE * 72 / size / 3.6, 3.0, 8.5))


def panel(result: Result, ax: Axes) -> list[Artist]:
    """Draw the ties at the end on axes."""
    onset = ties_at_onset(result.scenario, result.parameters, result.outcomes["draw"])
    end = ties_at_end(result.scenario, result.outcomes, onset)
    return plot_ties(end, changed(onset, end), ax)


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    scenario, outcomes = result.scenario, result.outcomes
    onset = ties_at_onset(scenario, result.parameters, outcomes["draw"])
    end = ties_at_end(scenario, outcomes, onset)
    side = min(SIDE, CELL * len(onset.codes))
    sheet = page(side + 1.05, scenario.title, "Ties at the onset and at the end", _caption(result, onset))
    marked = changed(onset, end)
    for left, matrix, marks, title in ((0.65, onset, marked & False, "onset"), (5.05, end, marked, "end")):
        ax = sheet.axes(left, 0.55, side, side)
        artists = plot_ties(matrix, marks, ax)
        ax.set_title(f"{title} (rows: who; columns: towards whom)", pad=18)
    _scale(sheet, artists[0])
    return sheet.figure


def _scale(sheet: Page, mesh: Artist) -> None:
    """Put the scale of the colours below the matrices."""
    assert isinstance(mesh, ScalarMappable)
    bar = sheet.figure.colorbar(mesh, cax=sheet.axes(3.2, 0.3, 3.0, 0.11), orientation="horizontal")
    bar.set_ticks([-1, -0.5, 0, 0.5, 1], labels=["\N{MINUS SIGN}1 hostile", "\N{MINUS SIGN}.5", "0", ".5", "1 close"])
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, labelsize=8)


def _caption(result: Result, onset: Matrix) -> str:
    scenario, plan = result.scenario, design(result.outcomes, result.manifest)
    names = ", ".join(f"{code} {short(scenario.actors[code].name, 40)}" for code in onset.codes)
    drifting = scenario.mechanisms.structural_balance.high > 0
    others = "drift too, but only these are recorded" if drifting else "stay as they are"
    first, second, *third = onset.codes
    changes = f"The ties of {first} and {second} to third parties change"
    if not third:
        changes = f"Only ties to third parties are followed, and {first} and {second} have none"
    blank = "No ties are stated" if np.isnan(onset.values).all() else "Blank: not stated"
    without = ", ".join(order(scenario)[1])
    return caption(
        plan,
        f"{names}.",
        "Means over all runs, so that chance and coding are averaged out and no band is shown.",
        f"{changes}; all others {others}.",
        f"Outlined: changed by more than {number(CHANGED)}." if third else "",
        "Hatched: stated in the other direction only, and taken for both." if onset.mirrored.any() else "",
        f"{blank}; no ties at all are stated of {without}." if without else f"{blank}.",
    )
