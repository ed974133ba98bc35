"""Charts of one result: what an ensemble says, with chance and coding kept apart.

Every chart is one entry of :data:`CHARTS`: a name and a function that makes a figure of a result. Preparing tables and
plotting them are separate: a plot function takes a table and an ``Axes``, returns its artists and computes nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from sim.charts import comparison, duration_deaths, endings, escalation, territory, ties
from sim.charts.page import house_style, save
from sim.results import Result

__all__ = ["CHARTS", "draw_all", "draw_comparison"]

CHARTS: tuple[tuple[str, Callable[[Result], Figure]], ...] = (
    ("escalation", escalation.draw),
    ("endings", endings.draw),
    ("duration_deaths", duration_deaths.draw),
    ("territory", territory.draw),
    ("ties", ties.draw),
)
"""Name of the files and function of every chart, in the order of the report."""


def draw_all(result: Result) -> list[Path]:
    """Draw every chart of a result into its folder ``charts``, as PNG and SVG, whole or not at all.

    Returns:
        Paths of the PNG files, in the order of :data:`CHARTS`.
    """
    aside = Path(tempfile.mkdtemp(prefix=".drawing-", dir=result.folder))
    try:
        with house_style():
            for name, draw in CHARTS:
                save(draw(result), aside / name)
        aside.chmod(0o755)
        folder = _put_in_place(aside, result.folder / "charts")
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return [folder / f"{name}.png" for name, _ in CHARTS]


def draw_comparison(results: Sequence[Result], out: Path) -> Path:
    """Draw several results side by side into ``comparison.png`` and ``.svg`` of a folder; returns the PNG file."""
    aside = Path(tempfile.mkdtemp(prefix=".drawing-", dir=out))
    try:
        with house_style():
            save(comparison.draw(results), aside / "comparison")
        for drawn in aside.iterdir():
            drawn.replace(out / drawn.name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return out / "comparison.png"


def _put_in_place(aside: Path, target: Path) -> Path:
    """Rename a finished folder to its place; older charts are moved out of the way first and then removed."""
    old = target.with_name(f".old-{target.name}-{os.getpid()}")
    if target.exists():
        target.rename(old)
    aside.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target
