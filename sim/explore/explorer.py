"""Make an explorer: choose levers, simulate all their combinations, and put the page together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.ensemble.ensemble import Plan
from sim.ensemble.executors import Executor
from sim.evidence import Evidence, load_for
from sim.explore.account import Frame, account
from sim.explore.cells import simulate
from sim.explore.choosing import default_levers
from sim.explore.levers import (
    Cell,
    Lever,
    cells_of,
    check,
    refuse_without_options,
    without_repetition,
)
from sim.explore.page import page, refuse_size
from sim.io.errors import InputError
from sim.record.history import History, history_of
from sim.scenario import Loaded, load


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        file: file of the scenario.
        named: the scenario as the user named it.
        sets: values to set in every cell, as ``path=value``.
        levers: the levers; empty for the default ones.
        runs: runs of each cell.
        draws: draws of each cell.
        seed: seed of all random numbers.
    """

    file: Path
    named: str
    sets: tuple[str, ...]
    levers: tuple[Lever, ...]
    runs: int
    draws: int
    seed: int


@dataclass(frozen=True)
class Explorer:
    """An explorer that is ready to be simulated.

    Attributes:
        frame: what its cells share.
        levers: its levers.
        cells: its cells; the first is the base case.
    """

    frame: Frame
    levers: tuple[Lever, ...]
    cells: tuple[Cell, ...]

    @property
    def possible(self) -> int:
        """Number of cells that can be simulated."""
        return sum(cell.loaded is not None for cell in self.cells)


def plan_explorer(request: Request) -> Explorer:
    """Read levers and cells, and choose the levers if the user names none.

    Raises:
        InputError: the scenario has faults, or a value of a lever is allowed in no combination.
        UsageError: there are too many levers or combinations.
    """
    check(request.levers)
    base = load(request.file, request.sets)
    plan = Plan(base.scenario, request.runs, request.draws, request.seed)
    levers: Sequence[Lever] = request.levers or default_levers(base.scenario, plan)
    levers = without_repetition(request.file, request.sets, base.scenario, levers)
    if request.levers:
        refuse_without_options(levers)
    levers = [lever for lever in levers if len(lever.values) > 1]
    check(levers)
    cells = cells_of(request.file, request.sets, levers)
    return Explorer(frame_of(request, base), tuple(levers), tuple(cells))


def frame_of(request: Request, base: Loaded) -> Frame:
    """Return what the cells of an explorer share."""
    return Frame(
        base,
        _history(base, request.file),
        _evidence(request.file),
        request.sets,
        request.named,
        request.runs,
        request.draws,
        request.seed,
    )


def _history(base: Loaded, file: Path) -> History | None:
    try:
        return history_of(base.scenario, file)
    except InputError:  # a page needs no history
        return None


def _evidence(file: Path) -> Evidence | None:
    try:
        return load_for(file)
    except InputError:  # a page needs no sources
        return None


def make_page(
    explorer: Explorer, executor: Executor, progress: Callable[[int], None] = lambda cells: None
) -> str:
    """Simulate the cells of an explorer and return its page.

    Args:
        explorer: the explorer.
        executor: simulates cells.
        progress: called with the number of cells of each finished job.

    Raises:
        UsageError: the page would be too large.
        CellFailed: a cell could not be simulated.
    """
    frame = explorer.frame
    plan = Plan(frame.scenario, frame.runs, frame.draws, frame.seed)
    scenarios = [cell.loaded.scenario for cell in explorer.cells if cell.loaded is not None]
    made = iter(simulate(scenarios, plan, executor, progress))
    numbers = [None if cell.loaded is None else next(made) for cell in explorer.cells]
    html = page(account(frame, explorer.levers, explorer.cells, numbers))
    refuse_size(html)
    return html
