"""Ensembles: draws x replicates, played in blocks.

Run ``k`` is replicate ``k // draws`` of draw ``k % draws``, so asking for more runs adds replicates and leaves the runs
there were as they are. A block of runs is the unit of work: what it gives depends on the scenario, the seed and its
number, never on which blocks were played before it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.daily import DailyTally
from sim.draws import Draws
from sim.outcomes import table
from sim.rng import Streams
from sim.scenario import Scenario

BLOCK = 1024
"""Runs in a block: arrays of this length stay in the processor's cache."""

WORTH_A_PROCESS = 4
"""Blocks that make another process worth its start."""
DEFAULT_RUNS, DEFAULT_DRAWS = 2000, 125


@dataclass(frozen=True)
class Plan:
    """What to play: ``runs`` runs spread over ``draws`` draws."""

    scenario: Scenario
    runs: int = DEFAULT_RUNS
    draws: int = DEFAULT_DRAWS
    seed: int = 1

    @property
    def blocks(self) -> range:
        """Numbers of the blocks."""
        return range(-(-self.runs // BLOCK))

    def runs_of(self, block: int) -> NDArray[np.int64]:
        """Return the numbers of the runs in a block."""
        return np.arange(block * BLOCK, min((block + 1) * BLOCK, self.runs))

    @cached_property
    def drawn(self) -> Draws:
        """The draws, the first of them the same however many are asked for."""
        return Draws(self.scenario, self.draws, self.seed)


@dataclass(frozen=True)
class Block:
    """What came of one block."""

    number: int
    outcomes: pd.DataFrame
    daily: DailyTally


@dataclass(frozen=True)
class Failure:
    """A block that could not be played, and why."""

    number: int
    runs: int
    reason: str


@dataclass
class Ensemble:
    """What came of all blocks, in the order of their numbers."""

    plan: Plan
    outcomes: pd.DataFrame
    daily: DailyTally
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False

    @property
    def done(self) -> int:
        """Number of runs that were played."""
        return len(self.outcomes)


def play_block(plan: Plan, number: int) -> Block:
    """Play one block of runs."""
    from sim.world import World  # Mesa is slow to import, and reading results needs none of it

    runs = plan.runs_of(number)
    draw = runs % plan.draws
    world = World(plan.scenario, plan.drawn.of_runs(draw), Streams(plan.seed, number, BLOCK, len(runs)))
    record = world.play().record
    parts = {"run": runs, "draw": draw, "replicate": runs // plan.draws, **record.outcomes}
    tally = DailyTally(plan.scenario.horizon_days, plan.draws)
    tally.add(record.daily, draw)
    return Block(number, table(plan.scenario, parts), tally)


def attempt(plan: Plan, number: int) -> Block | Failure:
    """Play one block; an error inside it costs this block and no other."""
    try:
        with np.errstate(all="raise", under="ignore"):
            return play_block(plan, number)
    except Exception:  # whatever went wrong is recorded with the block, and the rest goes on
        return Failure(number, len(plan.runs_of(number)), traceback.format_exc())


def play(
    plan: Plan,
    blocks: Sequence[int] | None = None,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda runs: None,
) -> Ensemble:
    """Play an ensemble.

    Args:
        plan: what to play.
        blocks: in which order; the result does not depend on it.
        workers: processes; where None, one for small work and one a core for large.
        progress: told the number of runs of each block when it is done.

    Returns:
        What was finished. Ctrl-C ends the playing and keeps it.
    """
    finished: list[Block] = []
    failures: list[Failure] = []
    interrupted = False
    try:
        for result in _results(plan, plan.blocks if blocks is None else blocks, workers):
            (finished if isinstance(result, Block) else failures).append(result)  # type: ignore[arg-type]
            progress(len(plan.runs_of(result.number)))
    except KeyboardInterrupt:
        interrupted = True
    return _gather(plan, finished, failures, interrupted)


def _results(plan: Plan, blocks: Sequence[int], workers: int | None) -> Iterator[Block | Failure]:
    """Yield what comes of each block, as it is finished."""
    if workers is None:
        workers = min(os.cpu_count() or 1, len(blocks) // WORTH_A_PROCESS)
    if min(workers, len(blocks)) <= 1:
        yield from (attempt(plan, number) for number in blocks)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(blocks)), context, initializer=_leave_interrupts_to_the_parent)
    try:
        waiting = [pool.submit(attempt, plan, number) for number in blocks]
        for finished in as_completed(waiting):
            yield finished.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _gather(plan: Plan, finished: list[Block], failures: list[Failure], interrupted: bool) -> Ensemble:
    finished.sort(key=lambda block: block.number)
    daily = DailyTally(plan.scenario.horizon_days, plan.draws)
    daily.merge(block.daily for block in finished)
    outcomes = pd.concat([block.outcomes for block in finished], ignore_index=True) if finished else pd.DataFrame()
    return Ensemble(plan, outcomes, daily, sorted(failures, key=lambda failure: failure.number), interrupted)
