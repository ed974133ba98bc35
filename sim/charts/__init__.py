"""Charts of results. They separate chance (stochastic variability) from parameter uncertainty.

Each file declares its chart as a :class:`~sim.charts.chart.Chart`. The tuples below are the only
list of charts: the report, the Python API and the gallery read them. Plot functions take a table
and an ``Axes``, return their artists and compute nothing.
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
    driver_maps,
    duration_deaths,
    endings,
    escalation,
    fit,
    forest,
    matrices,
    score,
    sweeps,
    territory,
    ties,
)
from sim.charts.chart import Chart, Source
from sim.charts.page import house_style, save, save_wide
from sim.charts.sweeps import DEFAULT_MEASURES
from sim.io.errors import UsageError, nearest
from sim.results.layout import addition
from sim.results.reader import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "CHARTS",
    "DEFAULT_MEASURES",
    "OF_FOLDERS",
    "OF_SCENARIOS",
    "OF_VERDICTS",
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
    "draw_verdicts_wide",
    "draw_wide",
    "files",
]

DRAWN = "charts"
WIDE = "charts/wide"
"""Folders of a result with its charts, and with slides of them."""
CHARTS: tuple[Chart[Result], ...] = (
    escalation.CHART,
    endings.CHART,
    duration_deaths.CHART,
    territory.CHART,
    ties.CHART,
)
"""Charts of a result, in the order of the report."""
OF_SCENARIOS: Chart[Mapping[str, Result]] = comparison.CHART
"""The chart of several results side by side."""
OF_VERDICTS: tuple[Chart[Compared], ...] = (
    matrices.CONFUSION,
    forest.CHART,
    driver_maps.CHART,
    matrices.RECORD,
)
"""Charts of a comparison of arguments, in the order of the report."""
OF_FOLDERS: tuple[Chart[Path], ...] = (sweeps.CHART, fit.CHART, score.CHART, calibration.CHART)
"""Charts of a sweep, a fit, scores and a calibration, each drawn from its folder."""
PANELS: Mapping[str, Callable[[Result, Axes], object]] = {
    name: draw for chart in CHARTS for name, draw in chart.panels.items()
}
"""Functions that draw a single panel of a chart of a result on given axes."""


def draw_all(result: Result) -> list[Path]:
    """Draw every chart of a result into its folder ``charts``, as PNG and SVG. Other files stay.

    Returns:
        Paths of the PNG files, in the order of :data:`CHARTS`.
    """
    return _draw_into(result.folder, CHARTS, result)


def draw_wide(result: Result) -> list[Path]:
    """Draw every chart of a result as a slide of 1920 by 1080 pixels, as PNG and SVG.

    Returns:
        Paths of the PNG files in the folder ``charts/wide`` of the result.
    """
    return _draw_into(result.folder, CHARTS, result, WIDE)


def draw_verdicts_wide(compared: Compared) -> list[Path]:
    """Draw the charts of a comparison of arguments as slides: see :func:`draw_wide`."""
    return _draw_into(compared.folder, OF_VERDICTS, compared, WIDE)


def draw_one(result: Result, name: str) -> Figure:
    """Return one chart of a result as a figure. Raise UsageError for an unknown name."""
    charts = {chart.name: chart for chart in CHARTS}
    chart = charts[_known(name, charts)]
    with house_style():
        return chart.draw(result)


def draw_panel(result: Result, name: str, ax: Axes) -> Axes:
    """Draw one panel of a chart on axes and return them. Raise UsageError for an unknown name."""
    from matplotlib.figure import Figure

    PANELS[_known(name, PANELS)](result, ax)
    figure = ax.get_figure()
    is_subplot = ax.get_subplotspec() is not None
    if isinstance(figure, Figure) and is_subplot and figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")  # otherwise labels may be cut off
    return ax


def _known(name: str, charts: Mapping[str, object]) -> str:
    if name not in charts:
        raise UsageError(f"no chart '{name}'{nearest(name, charts)}; allowed: {', '.join(charts)}")
    return name


def draw_verdicts(compared: Compared) -> list[Path]:
    """Draw the charts of a comparison of arguments into its folder ``charts``. Other files stay.

    Returns:
        Paths of the PNG files, without charts that have no data.
    """
    return _draw_into(compared.folder, OF_VERDICTS, compared)


def _draw_into(
    folder: Path, charts: Sequence[Chart[Source]], source: Source, below: str = DRAWN
) -> list[Path]:
    """Draw charts into a folder below that of a result. Return the PNG files."""
    put = save_wide if below == WIDE else save
    with addition(folder, below) as aside, house_style():
        for chart in charts:
            if chart.has_data(source):
                put(chart.draw(source), aside / chart.name)
    return files(folder, charts, below)


def files(folder: Path, charts: Sequence[Chart[Source]], below: str = DRAWN) -> list[Path]:
    """Return the PNG files of those charts that are drawn in the folder of a result."""
    paths = (folder / below / f"{chart.name}.png" for chart in charts)
    return [path for path in paths if path.is_file()]


def draw_comparison(results: Mapping[str, Result], folder: Path) -> Path:
    """Draw several results, by label, side by side into a folder. Return the PNG file."""
    return _put(OF_SCENARIOS, partial(OF_SCENARIOS.draw, results), folder)


def draw_sweep(folder: Path, measures: Sequence[str] = DEFAULT_MEASURES) -> Path:
    """Draw measures of a sweep into its folder. Return the PNG file."""
    return _put(sweeps.CHART, partial(sweeps.draw, folder, measures), folder)


def draw_sweep_figure(folder: Path, measures: Sequence[str] = DEFAULT_MEASURES) -> Figure:
    """Return measures of a sweep as a figure."""
    with house_style():
        return sweeps.draw(folder, measures)


def draw_fit(folder: Path) -> Path:
    """Draw the marginals of a fit into its folder. Return the PNG file."""
    return _put(fit.CHART, partial(fit.draw, folder), folder)


def draw_scores(folder: Path) -> Path:
    """Draw the scores in a folder into it. Return the PNG file."""
    return _put(score.CHART, partial(score.draw, folder), folder)


def draw_calibration(folder: Path) -> Path:
    """Draw the ranks of a calibration into its folder. Return the PNG file."""
    return _put(calibration.CHART, partial(calibration.draw, folder), folder)


def _put(chart: Chart[Source], draw: Callable[[], Figure], folder: Path) -> Path:
    """Draw a chart into a folder as PNG and SVG. Return the PNG file."""
    with addition(folder) as aside, house_style():
        save(draw(), aside / chart.name)
    return folder / f"{chart.name}.png"
