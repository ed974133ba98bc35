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
    difference,
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
    timeline,
    why,
)
from sim.charts.chart import Chart, Source
from sim.charts.page import house_style, save, save_wide
from sim.charts.sweeps import DEFAULT_MEASURES
from sim.io.errors import UsageError, nearest
from sim.io.sharing import do_all
from sim.reasons import why as reasons
from sim.reasons import written
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
    "draw_difference",
    "draw_fit",
    "draw_folder_wide",
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
    _read_tables(result)
    return _draw_into(result.folder, _drawings(CHARTS, result))


def draw_wide(result: Result, timelines: Sequence[timeline.Timeline] = ()) -> list[Path]:
    """Draw every chart of a result as a slide of 1920 by 1080 pixels, as PNG and SVG.

    The explanation of ``sim why`` has a slide too, if the result has one.

    Args:
        result: the result.
        timelines: single runs of the result, each of which also gets a slide.

    Returns:
        Paths of the PNG files in the folder ``charts/wide`` of the result.
    """
    drawings = _drawings(CHARTS, result)
    explained = reasons.read(result)
    if explained is not None:
        drawings |= _drawings((why.CHART,), explained)
    drawings |= {f"run_{shown.run}": partial(timeline.draw, shown) for shown in timelines}
    return _draw_into(result.folder, drawings, WIDE)


def draw_verdicts_wide(compared: Compared) -> list[Path]:
    """Draw the charts of a comparison of arguments as slides: see :func:`draw_wide`."""
    return _draw_into(compared.folder, _drawings(OF_VERDICTS, compared), WIDE)


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
    return _draw_into(compared.folder, _drawings(OF_VERDICTS, compared))


def _read_tables(result: Result) -> None:
    """Read what charts of a result share, before a copy of this process would read it again."""
    for table in ("measures", "daily", "daily_by_draw", "parameters"):
        getattr(result, table)


def _drawings(charts: Sequence[Chart[Source]], source: Source) -> dict[str, Callable[[], Figure]]:
    """Return functions that draw the charts that have data, by the names of their files."""
    return {chart.name: partial(chart.draw, source) for chart in charts if chart.has_data(source)}


def _draw_into(
    folder: Path, drawings: Mapping[str, Callable[[], Figure]], below: str = DRAWN
) -> list[Path]:
    """Draw charts into a folder below that of a result. Return the PNG files."""
    put = save_wide if below == WIDE else save

    def draw_into(aside: Path, name: str) -> None:
        put(drawings[name](), aside / name)

    with addition(folder, below) as aside, house_style():
        do_all([partial(draw_into, aside, name) for name in drawings])
    return [folder / below / f"{name}.png" for name in drawings]


def files(folder: Path, charts: Sequence[Chart[Source]]) -> list[Path]:
    """Return the PNG files of those charts that are drawn in the folder of a result."""
    paths = (folder / DRAWN / f"{chart.name}.png" for chart in charts)
    return [path for path in paths if path.is_file()]


def draw_comparison(results: Mapping[str, Result], folder: Path) -> Path:
    """Draw several results, by label, side by side into a folder. Return the PNG file."""
    return _put(OF_SCENARIOS, partial(OF_SCENARIOS.draw, results), folder)


def draw_sweep(folder: Path) -> Path:
    """Draw the measures of a sweep that its manifest names into its folder. Return the PNG file."""
    return _put(sweeps.CHART, partial(sweeps.draw, folder), folder)


def draw_difference(folder: Path) -> Path:
    """Draw the difference in a folder into it. Return the PNG file."""
    return _put(difference.CHART, partial(difference.draw, written.read(folder)), folder)


def draw_folder_wide(folder: Path) -> list[Path]:
    """Draw the chart of a sweep or of a difference as a slide: see :func:`draw_wide`."""
    if written.is_difference(folder):
        return _draw_into(folder, _drawings((difference.CHART,), written.read(folder)), WIDE)
    figure = draw_sweep_figure(folder)  # before anything is written, because data may be damaged
    return _draw_into(folder, {sweeps.CHART.name: lambda: figure}, WIDE)


def draw_sweep_figure(folder: Path, measures: Sequence[str] = ()) -> Figure:
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
    with house_style():
        figure = draw()  # before anything is written, because the data may be damaged
        with addition(folder) as aside:
            save(figure, aside / chart.name)
    return folder / f"{chart.name}.png"
