"""Ties between actors, at the onset and at the end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
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

from sim.charts.chart import Chart
from sim.charts.page import INK, Page, page, short
from sim.charts.spread import caption, design
from sim.results.reader import Result
from sim.scenario import Quantity, Scenario
from sim.scenario.columns import column_name, tracked_ties

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

HEADING = "Ties at the onset and at the end"
COLOURS = "PuOr"
"""Orange for hostile and violet for close ties. The colours suit all kinds of colour vision."""
CHANGED = 0.02
"""Smallest change that is outlined."""
SIDE = 3.75
"""Longest side of a matrix in inches."""
CELL = 0.75
"""Longest side of a cell in inches."""
MOST_NUMBERS = 18
"""Number of actors from which cells are too small for numbers."""


@dataclass(frozen=True)
class Matrix:
    """Ties at one time, as means over all runs.

    Attributes:
        codes: codes of the actors, in the order of rows and columns.
        values: tie of the row's actor to the column's, -1 to 1, ``(actors, actors)``; NaN if there
            is none.
        mirrored: whether the tie is stated in the opposite direction only, ``(actors, actors)``.
    """

    codes: tuple[str, ...]
    values: Array
    mirrored: Mask


def order(scenario: Scenario) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the actors with ties, challenger and defender first, and the actors without ties."""
    sides = (scenario.conflict.challenger, scenario.conflict.defender)
    tied = {
        code
        for source, actor in scenario.actors.items()
        for target in actor.ties
        for code in (source, target)
    }
    third = scenario.third_parties
    with_ties = (code for code in third if code in tied)
    return (*sides, *with_ties), tuple(code for code in third if code not in tied)


def ties_at_onset(scenario: Scenario, parameters: pd.DataFrame, draw: pd.Series[int]) -> Matrix:
    """Return the stated ties, each as the mean over all runs.

    A tie that is stated in one direction only counts for both, as in the simulation.

    Args:
        scenario: the simulated scenario.
        parameters: one row per draw, with a column for every uncertain value.
        draw: the draw of each run, ``(runs,)``.
    """
    codes, _ = order(scenario)
    values = np.full((len(codes), len(codes)), np.nan)
    mirrored = np.zeros(values.shape, dtype=bool)
    runs = np.bincount(draw, minlength=len(parameters))[parameters["draw"]]
    for (i, source), (j, target) in permutations(enumerate(codes), 2):
        direct = scenario.actors[source].ties.get(target)
        stated = scenario.actors[target].ties.get(source) if direct is None else direct
        if stated is not None:
            values[i, j] = _mean(stated, parameters, runs)
            mirrored[i, j] = direct is None
    return Matrix(codes, values, mirrored)


def _mean(stated: Quantity, parameters: pd.DataFrame, runs: NDArray[np.int64]) -> float:
    return stated.low if stated.known else float(np.average(parameters[stated.path], weights=runs))


def ties_at_end(scenario: Scenario, outcomes: pd.DataFrame, onset: Matrix) -> Matrix:
    """Return the ties at the end: recorded ties of both sides, and all other ties as at the onset.

    If all ties drift towards balance, the other ties change too. They are not recorded, so they are
    left blank.
    """
    drifting = scenario.mechanisms.structural_balance.high > 0
    values = np.full_like(onset.values, np.nan) if drifting else onset.values.copy()
    for source, target in tracked_ties(scenario):
        place = onset.codes.index(source), onset.codes.index(target)
        values[place] = outcomes[column_name("tie", source, target)].mean()
    return Matrix(onset.codes, values, onset.mirrored)


def changed(onset: Matrix, end: Matrix) -> Mask:
    """Return which ties have changed by more than :data:`CHANGED`.

    >>> hidden = np.zeros((1, 1), dtype=bool)
    >>> onset, end = (Matrix(("OST",), np.array([[value]]), hidden) for value in (0.1, 0.2))
    >>> changed(onset, end).tolist()
    [[True]]
    """
    return np.abs(np.nan_to_num(end.values - onset.values)) > CHANGED


def number(value: float) -> str:
    """Return the text of a tie: two decimals and a typographic minus.

    >>> number(-0.5)
    '−0.50'
    """
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


def plot_ties(matrix: Matrix, marked: Mask, ax: Axes) -> list[Artist]:
    """Plot a matrix of ties as colours and numbers: hatched if mirrored, outlined if marked."""
    size = len(matrix.codes)
    known = np.ma.masked_invalid(matrix.values)
    mesh = ax.pcolormesh(known, cmap=COLOURS, vmin=-1, vmax=1, ec="white", lw=0.6)
    artists: list[Artist] = [
        mesh,
        _cells(np.eye(size, dtype=bool), ax, facecolor="#ececec", edgecolor="white", linewidth=0.6),
        _cells(
            matrix.mirrored & ~known.mask,
            ax,
            facecolor="none",
            edgecolor="white",
            linewidth=0,
            hatch="////",
        ),
        _cells(marked, ax, inset=0.07, facecolor="none", edgecolor="white", linewidth=1.2),
        _cells(marked, ax, inset=0.015, facecolor="none", edgecolor=INK, linewidth=1.4),
    ]
    if size < MOST_NUMBERS:
        artists += [_number(i, j, matrix, mesh, ax) for i, j in np.argwhere(~known.mask)]
    ax.set(xlim=(0, size), ylim=(size, 0))
    ax.set_xticks(np.arange(size) + 0.5, matrix.codes)
    ax.set_yticks(np.arange(size) + 0.5, matrix.codes)
    ax.tick_params(
        length=0,
        bottom=False,
        labelbottom=False,
        top=False,
        labeltop=True,
        labelsize=_points(size) + 1,
    )
    ax.spines[:].set_visible(False)
    return artists


def _cells(which: Mask, ax: Axes, inset: float = 0.0, **style: Any) -> Artist:
    """Plot squares over some cells of a matrix."""
    side = 1 - 2 * inset
    squares = [Rectangle((j + inset, i + inset), side, side) for i, j in np.argwhere(which)]
    return ax.add_collection(PatchCollection(squares, **style))


def _number(i: int, j: int, matrix: Matrix, mesh: ScalarMappable, ax: Axes) -> Artist:
    """Write the number of a cell: smaller in a mirrored cell, on a patch over the hatching."""
    value = float(matrix.values[i, j])
    mirrored = bool(matrix.mirrored[i, j])
    colour = "white" if abs(value) > 0.65 else INK
    points = _points(len(matrix.codes)) - mirrored
    text = ax.text(
        j + 0.5, i + 0.5, number(value), ha="center", va="center", color=colour, size=points
    )
    if mirrored:
        text.set_bbox(
            {"facecolor": mesh.to_rgba(np.asarray(value)), "edgecolor": "none", "pad": 0.6}
        )
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
    scenario = result.scenario
    outcomes = result.outcomes
    onset = ties_at_onset(scenario, result.parameters, outcomes["draw"])
    end = ties_at_end(scenario, outcomes, onset)
    side = min(SIDE, CELL * len(onset.codes))
    sheet = page(
        side + 1.05,
        scenario.title,
        HEADING,
        _caption(onset),
        _note(result, onset),
    )
    marked = changed(onset, end)
    for left, matrix, marks, title in (
        (0.65, onset, marked & False, "onset"),
        (5.05, end, marked, "end"),
    ):
        ax = sheet.axes(left, 0.55, side, side)
        artists = plot_ties(matrix, marks, ax)
        ax.set_title(f"{title} (rows: who; columns: towards whom)", pad=18)
    _scale(sheet, artists[0])
    return sheet.figure


def _scale(sheet: Page, mesh: Artist) -> None:
    """Put the colour scale below the matrices."""
    assert isinstance(mesh, ScalarMappable)
    bar = sheet.figure.colorbar(mesh, cax=sheet.axes(3.2, 0.3, 3.0, 0.11), orientation="horizontal")
    bar.set_ticks(
        [-1, -0.5, 0, 0.5, 1],
        labels=["\N{MINUS SIGN}1 hostile", "\N{MINUS SIGN}0.5", "0", "0.5", "1 close"],
    )
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, labelsize=8)


def _caption(onset: Matrix) -> str:
    """Return what the matrices show and how to read them."""
    parts = []
    if len(onset.codes) > 2:
        parts.append(f"outlined ties changed by more than {number(CHANGED)}")
    if onset.mirrored.any():
        parts.append("hatched ties are stated in one direction only and used for both")
    reading = "; ".join(parts)
    shown = "Mean tie over all runs, from the actor of the row to the actor of the column."
    return caption(shown, f"{reading[0].upper()}{reading[1:]}." if reading else "")


def _note(result: Result, onset: Matrix) -> str:
    """Return the names of the actors, which ties change, and what blank cells mean."""
    scenario = result.scenario
    plan = design(result.outcomes, result.manifest)
    names = ", ".join(f"{code} {short(scenario.actors[code].name, 40)}" for code in onset.codes)
    drifting = scenario.mechanisms.structural_balance.high > 0
    first, second = (scenario.actors[code].name for code in onset.codes[:2])
    changes = f"Only the ties of {first} and {second} to third parties change."
    if drifting:
        changes = (
            f"All ties drift, but only those of {first} and {second} to third parties are recorded."
        )
    if len(onset.codes) == 2:
        changes = f"Only ties to third parties can change, and {first} and {second} have none."
    blank = "No ties are stated" if np.isnan(onset.values).all() else "Blank: not stated"
    without = ", ".join(scenario.actors[code].name for code in order(scenario)[1])
    blank += f"; no ties are stated for {without}." if without else "."
    return " ".join((f"{names}.", changes, blank, plan.words()))


CHART = Chart(
    name="ties",
    heading=HEADING,
    alt="Two tables of ties between actors, from -1 (hostile) to 1 (close): at the onset and at "
    "the end of the run.",
    draw=draw,
    panels={"ties": panel},
)
