"""Ties of both sides to the third parties: one network, at the onset and at the end.

Both pictures have the same layout. The sides stand at the left and at the right, and the third
parties between them, from the friends of the challenger at the top to those of the defender at the
bottom.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.charts.chart import Chart
from sim.charts.lettering import lines_of
from sim.charts.page import INK, SOFT, key, page
from sim.charts.spread import caption, design, note, subject
from sim.io.text import sentence_case, with_article
from sim.outcomes.runs import Runs
from sim.results.reader import Result
from sim.scenario import Quantity, Scenario
from sim.scenario.columns import column_name, tracked_ties

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

HEADING = "Ties to third parties at the onset and at the end"
COLOURS = "PuOr"
"""Orange for hostile and violet for close ties. The colours suit all kinds of colour vision."""
CHANGED = 0.02
"""Smallest change that is marked."""
ROW = 0.32
LEAST_ROW = 0.165
"""Height of a third party in inches, and the smallest one."""
TALLEST = 5.2
"""Maximum height of a picture in inches."""
WIDTH = 4.25
"""Width of a picture in inches."""
SIDE = 0.13
MIDDLE = 0.5
NAMES = 0.45
"""Where the sides and the third parties stand, and the width of a name, as shares of the width."""
TWO_LINES = 8.0
"""Size of letters from which a name may have two lines."""
SAG = 0.28
"""How deep the tie between the sides sags below the third parties, in inches."""
HOSTILE = (0, (4, 1.6))
"""Line of a hostile tie, so that grey prints show the sign."""


@dataclass(frozen=True)
class Ties:
    """Ties at one time, as means over all runs.

    Attributes:
        codes: codes of the actors with ties, the challenger and the defender first.
        values: tie of the row's actor to the column's, -1 to 1, ``(actors, actors)``; NaN if there
            is none.
    """

    codes: tuple[str, ...]
    values: Array

    def of_side(self, side: int) -> Array:
        """Return the ties of a side (0 or 1) to the third parties, ``(third parties,)``."""
        return self.values[side, 2:]


def order(scenario: Scenario) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return both sides and the third parties with a tie to either, and the other third parties."""
    sides = (scenario.conflict.challenger, scenario.conflict.defender)
    actors = scenario.actors
    third = scenario.third_parties
    tied = {
        code
        for code in third
        for side in sides
        if code in actors[side].ties or side in actors[code].ties
    }
    with_ties = (code for code in third if code in tied)
    return (*sides, *with_ties), tuple(code for code in third if code not in tied)


def ties_at_onset(scenario: Scenario, parameters: pd.DataFrame, draw: pd.Series[int]) -> Ties:
    """Return the stated ties, each as the mean over all runs.

    A tie that is stated in one direction only counts for both, as in the simulation.

    Args:
        scenario: the simulated scenario.
        parameters: one row per draw, with a column for every uncertain value.
        draw: the draw of each run, ``(runs,)``.
    """
    codes, _ = order(scenario)
    values = np.full((len(codes), len(codes)), np.nan)
    runs = np.bincount(draw, minlength=len(parameters))[parameters["draw"]]
    for (i, source), (j, target) in permutations(enumerate(codes), 2):
        direct = scenario.actors[source].ties.get(target)
        stated = scenario.actors[target].ties.get(source) if direct is None else direct
        if stated is not None:
            values[i, j] = _mean(stated, parameters, runs)
    return Ties(codes, values)


def _mean(stated: Quantity, parameters: pd.DataFrame, runs: NDArray[np.int64]) -> float:
    return stated.low if stated.known else float(np.average(parameters[stated.path], weights=runs))


def ties_at_end(scenario: Scenario, outcomes: Runs, onset: Ties) -> Ties:
    """Return the ties at the end: recorded ties of both sides, and all other ties as at the onset.

    If all ties drift towards balance, the other ties change too. They are not recorded, so they are
    left blank.
    """
    drifting = scenario.mechanisms.structural_balance.high > 0
    values = np.full_like(onset.values, np.nan) if drifting else onset.values.copy()
    for source, target in tracked_ties(scenario):
        place = onset.codes.index(source), onset.codes.index(target)
        values[place] = outcomes[column_name("tie", source, target)].mean()
    return Ties(onset.codes, values)


def number(value: float) -> str:
    """Return the text of a tie: two decimals and a typographic minus.

    >>> number(-0.5)
    '−0.50'
    """
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


@dataclass(frozen=True)
class Layout:
    """Where everything stands in both pictures.

    Attributes:
        heights: height of every third party, 0 at the bottom to 1 at the top, ``(parties,)``.
        sides: names of the sides, in lines that fit.
        parties: names of the third parties, in lines that fit.
        size: size of letters in points.
        depth: how deep the tie between the sides sags below the picture, as a share of its height.
        inches: height of the picture.
    """

    heights: Array
    sides: tuple[str, ...]
    parties: tuple[str, ...]
    size: float
    depth: float
    inches: float


def heights_of(onset: Ties) -> Array:
    """Return the height of every third party: friends of the challenger at the top, ``(parties,)``.

    They are ordered by the difference of the two sides' ties at the onset.

    >>> heights_of(Ties(("A", "B", "C", "D"), np.array([[0, 0, -1, 1], [0, 0, 1, 0]]))).tolist()
    [0.25, 0.75]
    """
    lean = np.nan_to_num(onset.of_side(0)) - np.nan_to_num(onset.of_side(1))
    ranks = np.empty(len(lean))
    ranks[np.argsort(lean, kind="stable")] = np.arange(len(lean))
    return (ranks + 0.5) / max(len(lean), 1)


def layout(scenario: Scenario, onset: Ties) -> Layout:
    """Return the layout of both pictures: lower rows and smaller letters for many third parties."""
    parties = max(len(onset.codes) - 2, 1)
    row = max(min(ROW, TALLEST / parties), LEAST_ROW)
    size = float(np.clip(row * 72 / 1.6, 6.0, 8.5))
    names = [scenario.actors[code].name for code in onset.codes]
    room = WIDTH * NAMES - 0.72  # for the numbers on both sides
    lines = 2 if size >= TWO_LINES else 1
    rows = max(row * parties, 1.1)
    return Layout(
        heights_of(onset),
        tuple("\n".join(lines_of(name, 2 * SIDE * WIDTH - 0.2, 8.5, 4)) for name in names[:2]),
        tuple("\n".join(lines_of(name, room, size - 0.7, lines)) for name in names[2:]),
        size,
        SAG / rows,
        rows + 1.4 * SAG,
    )


def plot_network(shown: Ties, marked: Mask, places: Layout, ax: Axes) -> list[Artist]:
    """Plot the ties of both sides to the third parties, with numbers beside their names.

    Args:
        shown: the ties.
        marked: which ties are marked as changed, ``(2, third parties)``.
        places: where everything stands.
        ax: the panel.
    """
    artists: list[Artist] = []
    heights = places.heights
    for side, (start, sign) in enumerate(((SIDE, -1), (1 - SIDE, 1))):
        for party, value in enumerate(shown.of_side(side)):
            if np.isnan(value):
                continue
            y = heights[party]
            end = MIDDLE + sign * NAMES / 2
            artists += ax.plot([start, end], [0.5, y], **_style(value), zorder=1)
            artists.append(_number(value, bool(marked[side, party]), end, y, -sign, places, ax))
    for party, y in enumerate(heights):
        artists.append(
            ax.text(
                MIDDLE,
                y,
                places.parties[party],
                ha="center",
                va="center",
                size=places.size - 0.7,
                linespacing=1.0,
                zorder=3,
            )
        )
    artists += _between(shown, places, ax)
    for side, x in enumerate((SIDE, 1 - SIDE)):
        look = {"boxstyle": "round,pad=0.3", "fc": "white", "ec": INK, "lw": 1.0}
        artists.append(
            ax.text(
                x, 0.5, places.sides[side], ha="center", va="center", size=8.5, bbox=look, zorder=4
            )
        )
    ax.set(xlim=(0, 1), ylim=(-1.4 * places.depth, 1))
    ax.set_axis_off()
    return artists


def _between(shown: Ties, places: Layout, ax: Axes) -> list[Artist]:
    """Plot the tie of the challenger to the defender as a line below the third parties."""
    value = float(shown.values[0, 1])
    if np.isnan(value):
        return []
    path = [(SIDE, 0.5), (SIDE, -places.depth), (1 - SIDE, -places.depth), (1 - SIDE, 0.5)]
    line = ax.plot(*zip(*path, strict=True), **_style(value), zorder=0.5)
    label = _number(value, False, MIDDLE, -places.depth, 0, places, ax)
    return [*line, label]


def _style(value: float) -> dict[str, Any]:
    """Return the look of a tie: colour and dashes by its sign, width by its strength."""
    colour = mpl.colormaps[COLOURS](0.5 + value / 2)
    factor = 0.85 if abs(value) < 0.6 else 1.0  # thin lines need a darker colour
    return {
        "color": tuple(factor * part for part in colour[:3]),
        "lw": 0.5 + 3 * abs(value),
        "ls": "-" if value >= 0 else HOSTILE,
        "dash_capstyle": "butt",
    }


def _number(
    value: float, is_marked: bool, x: float, y: float, sign: int, places: Layout, ax: Axes
) -> Artist:
    """Write a tie at the end of its line, in bold in a box where it has changed."""
    box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": INK if is_marked else "none"}
    return ax.text(
        x + 0.005 * sign,
        y,
        number(value),
        ha={1: "left", -1: "right"}.get(sign, "center"),
        va="center",
        size=places.size - 0.5,
        weight="bold" if is_marked else "normal",
        color=INK if is_marked else SOFT,
        bbox={**box, "lw": 0.8},
        zorder=2,
    )


def changes(onset: Ties, end: Ties) -> Array:
    """Return the change of each tie of a side to a third party, ``(2, third parties)``; 0 if none.

    >>> onset, end = (Ties(("A", "B", "C"), np.full((3, 3), tie)) for tie in (0.1, 0.2))
    >>> changes(onset, end).round(2).tolist()
    [[0.1], [0.1]]
    """
    return np.nan_to_num(end.values[:2, 2:] - onset.values[:2, 2:])


def both(result: Result) -> tuple[Ties, Ties]:
    """Return the ties at the onset and at the end."""
    onset = ties_at_onset(result.scenario, result.parameters, result.runs["draw"])
    return onset, ties_at_end(result.scenario, result.runs, onset)


def has_data(result: Result) -> bool:
    """Return whether a side has a tie to a third party."""
    onset, _ = both(result)
    return bool((~np.isnan(onset.values[:2, 2:])).any())


def panel(result: Result, ax: Axes) -> list[Artist]:
    """Draw the ties at the end on axes."""
    onset, end = both(result)
    marked = np.abs(changes(onset, end)) > CHANGED
    return plot_network(end, marked, layout(result.scenario, onset), ax)


def finding(result: Result) -> str:
    """Return the tie that changes most."""
    onset, end = both(result)
    moved = changes(onset, end)
    if not moved.size or float(np.abs(moved).max()) <= CHANGED:
        return "No tie to a third party changes by the end"
    side, party = np.unravel_index(np.abs(moved).argmax(), moved.shape)
    names = [result.scenario.actors[code].name for code in onset.codes]
    of, towards = (with_article(names[place]) for place in (int(side), int(party) + 2))
    before, after = (each.values[side, party + 2] for each in (onset, end))
    grows = "grows" if after > before else "falls"
    text = f"The tie of {of} to {towards} {grows} most: from {number(before)} to {number(after)}"
    return sentence_case(text)


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    scenario = result.scenario
    plan = design(result.runs, result.manifest)
    onset, end = both(result)
    places = layout(scenario, onset)
    marked = np.abs(changes(onset, end)) > CHANGED
    text = caption(
        "Mean tie of each side to each third party, from \N{MINUS SIGN}1 (hostile) to 1 (close).",
        f"Boxed ties changed by more than {number(CHANGED)}." if marked.any() else "",
    )
    remarks = note(plan, _without(scenario))
    what = "ties to third parties"
    sheet = page(places.inches + 0.75, finding(result), subject(scenario, what), text, remarks)
    for left, shown, marks, title in (
        (0.3, onset, marked & False, "at the onset"),
        (0.3 + WIDTH + 0.2, end, marked, f"after {scenario.horizon_days} days"),
    ):
        ax = sheet.axes(left, 0.05, WIDTH, places.inches)
        plot_network(shown, marks, places, ax)
        ax.set_title(title, loc="center", pad=4)
    key(sheet, _key(), 0.3, places.inches + 0.45, columns=4)
    return sheet.figure


def _without(scenario: Scenario) -> str:
    """Return which third parties have no ties; empty if all have some."""
    without = [scenario.actors[code].name for code in order(scenario)[1]]
    return f"No ties to the sides are stated for {', '.join(without)}." if without else ""


def _key() -> list[Artist]:
    """Return the legend: examples of close and hostile ties."""
    examples = (("close", 0.9), ("a little close", 0.3), ("a little hostile", -0.3))
    return [
        Line2D([], [], label=label, **_style(value))
        for label, value in (*examples, ("hostile", -0.9))
    ]


CHART = Chart(
    name="ties",
    heading=HEADING,
    alt="Two pictures of the same network, at the onset and at the end: lines from each side to "
    "each third party, with the tie from -1 (hostile) to 1 (close) beside the name.",
    draw=draw,
    finding=finding,
    panels={"ties": panel},
    has_data=has_data,
)
