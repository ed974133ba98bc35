"""Sweeps of `sim run --grid`: simulate a scenario over a grid and draw the chosen measures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.catalogue import locate
from sim.cli.folders import make_folder
from sim.cli.printing import (
    DONE,
    INTERRUPTED,
    SOME_FAILED,
    Format,
    complain,
    console,
    empty_table,
    plain,
    progress_bar,
    say,
)
from sim.io.errors import UsageError, nearest
from sim.io.text import count

if TYPE_CHECKING:
    from sim.ensemble.ensemble import Ensemble
    from sim.ensemble.executors import Executor
    from sim.results.sweep import Axis, Cell

SHOWN_MEASURES = 4
"""Maximum number of measures in the printed table."""
SHOWN_CELLS = 30
"""Maximum number of cells that are printed."""


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        named: the scenarios; a sweep takes exactly one.
        sets: values to set in every cell, as ``PATH=VALUE``.
        grids: axes of the grid, as ``PATH=VALUES``.
        measures: measures to draw; empty for the default ones.
        size: number of runs, number of draws, and seed.
        out: folder for results.
        fresh: simulate again instead of reusing finished runs.
    """

    named: Sequence[str]
    sets: Sequence[str]
    grids: Sequence[str]
    measures: Sequence[str]
    size: tuple[int, int, int]
    out: Path
    fresh: bool


def sweep(request: Request, executor: Executor, form: Format, show: bool) -> int:
    """Simulate a scenario over a grid, write and draw the result. Return an exit code."""
    from sim import charts
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import Plan
    from sim.results import sweep as sweeps

    # 1. read the grid
    if len(request.named) != 1 or Path(request.named[0]).is_dir():
        raise UsageError("a sweep takes exactly one scenario")
    file = locate("scenario", request.named[0])
    axes = [sweeps.read_axis(text) for text in request.grids]
    grid = sweeps.cells(file, request.sets, axes)
    plan = Plan(grid[0].loaded.scenario, *request.size)
    by_mediator = sweeps.mediator_measures(cell.loaded.scenario for cell in grid)
    _refuse_unknown(request.measures, by_mediator)
    make_folder(request.out)
    # 2. simulate its cells
    store = Store.below(request.out)
    with progress_bar(count(len(grid), "cell"), len(grid) * plan.runs, show) as advance:
        cells = sweeps.play_cells(grid, plan, executor, store, request.fresh, advance)
        simulated = list(cells)
    if (code := _reported_failure(simulated)) != DONE:
        return code
    # 3. write and show the result
    measures = request.measures or charts.DEFAULT_MEASURES
    folder = sweeps.write(axes, simulated, request.out, charts.draw_sweep, request.measures)
    chart = folder / "sweep.png"
    if form is Format.json:
        say(json.dumps({"folder": str(folder), "chart": str(chart)}))
    elif show:
        _print(folder, axes, measures, simulated)
        console().print(plain(f"chart: {chart}"))
    return DONE


def _reported_failure(simulated: Sequence[tuple[Cell, Ensemble]]) -> int:
    """Report an interruption or failed runs on stderr, and return the exit code."""
    if any(ensemble.interrupted for _, ensemble in simulated):
        complain("interrupted: finished runs are saved; repeat the command to continue")
        return INTERRUPTED
    failed = sum(failure.runs for _, ensemble in simulated for failure in ensemble.failures)
    if failed:
        complain(f"{count(failed, 'run')} failed, so the sweep is not written")
        return SOME_FAILED
    return DONE


def _refuse_unknown(measures: Sequence[str], by_mediator: Sequence[str]) -> None:
    from sim.outcomes.summary_measures import MEASURES

    allowed = (*MEASURES, *by_mediator)
    unknown = next((name for name in measures if name not in allowed), None)
    if unknown is not None:
        hint = nearest(unknown, allowed)
        raise UsageError(f"unknown outcome '{unknown}'{hint}; allowed: {', '.join(allowed)}")


def _print(
    folder: Path,
    axes: Sequence[Axis],
    measures: Sequence[str],
    simulated: Sequence[tuple[Cell, Ensemble]],
) -> None:
    """Print the first measures of a small sweep as a table, and the first one in a sentence."""
    from sim.results import sweep as sweeps
    from sim.results import swept

    rows = swept.read(folder)
    title = str(swept.manifest(folder)["title"])
    headings, lines = sweeps.as_texts(rows, axes, measures[:SHOWN_MEASURES])
    screen = console()
    if len(lines) <= SHOWN_CELLS:
        table = empty_table(*map(plain, headings), names=len(axes))
        screen.print(plain(title))
        for line in lines:
            table.add_row(*map(plain, line))
        screen.print(table)
    runs = sweeps.by_run(simulated, measures[0])
    screen.print(plain(sweeps.sentence(rows, axes, measures[0], runs)))
    cells = count(len(lines), "cell")
    screen.print(plain(f"results: {folder} ({cells}, all measures in sweep.csv)"))
