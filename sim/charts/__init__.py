"""Charts of results. They separate chance (stochastic variability) from parameter uncertainty.

Every chart is one entry of :data:`CHARTS`: a name and a function that makes a figure of a result. Plot functions take
a table and an ``Axes``, return their artists and compute nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import sim.io.headless  # noqa: F401  (first: it lets Matplotlib be imported)
from sim.arguments.reader import Compared
from sim.charts import (
    calibration,
    comparison,
    duration_deaths,
    endings,
    escalation,
    fit,
    flips,
    forest,
    matrices,
    score,
    sweeps,
    territory,
    ties,
)
from sim.charts.page import house_style, save
from sim.io.errors import UsageError, nearest
from sim.results.layout import addition
from sim.results.reader import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "CHARTS",
    "DRAWN_OF_SWEEPS",
    "PANELS",
    "draw_all",
    "draw_calibration",
    "draw_comparison",
    "draw_fit",
    "draw_one",
    "draw_panel",
    "draw_scores",
    "draw_sweep",
    "draw_sweep_figure",
    "draw_verdicts",
]

CHARTS: tuple[tuple[str, Callable[[Result], Figure]], ...] = (
    ("escalation", escalation.draw),
    ("endings", endings.draw),
    ("duration_deaths", duration_deaths.draw),
    ("territory", territory.draw),
    ("ties", ties.draw),
)
"""File name and function of every chart, in the order of the report."""

PANELS: dict[str, Callable[[Result, Axes], object]] = {
    "escalation": escalation.panel,
    "endings": endings.panel,
    "duration": duration_deaths.panel_of_duration,
    "deaths": duration_deaths.panel_of_deaths,
    "territory": territory.panel,
    "ties": ties.panel,
}
"""Functions that draw the main panel of each chart on given axes."""

DRAWN_OF_SWEEPS = (
    "lasting_stop_14",
    "ending_truce",
    "failed_truces",
    "duration_days",
    "deaths",
    "territory_fought",
)
"""Measures of a sweep that are drawn by default."""

VERDICT_CHARTS: tuple[tuple[str, Callable[[Compared], Figure], str], ...] = (
    ("confusion", matrices.draw_confusion, "confusion"),
    ("verdicts", forest.draw, "verdicts"),
    ("flips", flips.draw, "maps"),
    ("record", matrices.draw_record, "matrix"),
)
"""File name, function and required table of every chart of a comparison of arguments."""


def draw_all(result: Result) -> list[Path]:
    """Draw every chart of a result into its folder ``charts``, as PNG and SVG. Other files stay.

    Returns:
        Paths of the PNG files, in the order of :data:`CHARTS`.
    """
    return _draw_into(result.folder, [(name, partial(draw, result)) for name, draw in CHARTS])


def draw_one(result: Result, name: str) -> Figure:
    """Return one chart of a result as a figure. Raise UsageError if there is no chart with this name."""
    named = dict(CHARTS)
    with house_style():
        return named[_known(name, named)](result)


def draw_panel(result: Result, name: str, ax: Axes) -> Axes:
    """Draw the main panel of a chart on axes and return them. Raise UsageError for an unknown name."""
    PANELS[_known(name, PANELS)](result, ax)
    return ax


def _known(name: str, charts: Mapping[str, object]) -> str:
    if name not in charts:
        raise UsageError(f"no chart '{name}'{nearest(name, charts)}; allowed: {', '.join(charts)}")
    return name


def draw_verdicts(compared: Compared) -> list[Path]:
    """Draw every chart of a comparison of arguments into its folder ``charts``, as PNG and SVG. Other files stay.

    Returns:
        Paths of the PNG files, without charts whose table is empty.
    """
    wanted = [
        (name, draw) for name, draw, needs in VERDICT_CHARTS if not compared.table(needs).empty
    ]
    return _draw_into(compared.folder, [(name, partial(draw, compared)) for name, draw in wanted])


def _draw_into(result: Path, charts: Sequence[tuple[str, Callable[[], Figure]]]) -> list[Path]:
    """Draw charts into the folder ``charts`` of a result. Return the PNG files."""
    with addition(result, "charts") as aside, house_style():
        for name, draw in charts:
            save(draw(), aside / name)
    return [result / "charts" / f"{name}.png" for name, _ in charts]


def draw_comparison(results: Sequence[Result], labels: Sequence[str], folder: Path) -> Path:
    """Draw several results side by side as ``comparison.png`` and ``comparison.svg``. Return the PNG file.

    Args:
        results: the results.
        labels: one label per result.
        folder: folder for the chart.
    """
    with house_style():
        return _put(comparison.draw(results, labels), folder / "comparison")


def draw_sweep(folder: Path, outcomes: Sequence[str]) -> Path:
    """Draw measures of a sweep into its folder. Return the PNG file."""
    with house_style():
        return _put(sweeps.draw(folder, outcomes), folder / "sweep")


def draw_sweep_figure(folder: Path, outcomes: Sequence[str]) -> Figure:
    """Return measures of a sweep as a figure."""
    with house_style():
        return sweeps.draw(folder, outcomes)


def draw_fit(folder: Path) -> Path:
    """Draw the marginals of a fit into its folder. Return the PNG file."""
    with house_style():
        return _put(fit.draw(folder), folder / "marginals")


def draw_scores(folder: Path) -> Path:
    """Draw the scores in a folder into it. Return the PNG file."""
    with house_style():
        return _put(score.draw(folder), folder / "scores")


def draw_calibration(folder: Path) -> Path:
    """Draw the ranks of a calibration into its folder. Return the PNG file."""
    with house_style():
        return _put(calibration.draw(folder), folder / "ranks")


def _put(figure: Figure, stem: Path) -> Path:
    """Save a figure as PNG and SVG in a result folder. Return the PNG file."""
    with addition(stem.parent) as aside:
        save(figure, aside / stem.name)
    return stem.with_suffix(".png")
