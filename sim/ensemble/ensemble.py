"""Ensembles: parameter draws times replicates, simulated in blocks of runs.

Run ``k`` is replicate ``k // draws`` of draw ``k % draws``. So more runs add replicates, and leave
the earlier runs as they are. A plan with fewer runs than draws simulates only the first draws, with
one run each. The other draws appear in no table and take no memory. They keep their values when
more runs are added.

A block of runs is the unit of work. Its results depend on the scenario, the seed and its number.
They do not depend on where it is simulated, or after which other blocks. Finished blocks go to a
store, and a later call simulates only the missing ones.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.draws import Draws
from sim.engine.streams import Streams
from sim.ensemble.blocks import Block, Store, decode, encode
from sim.ensemble.code import code_digest
from sim.ensemble.daily import DailyTally, grids_of
from sim.ensemble.executors import Executor, Failure, here
from sim.outcomes.columns import table
from sim.scenario import Scenario, digest

if TYPE_CHECKING:
    from sim.engine.recorder import Record
    from sim.engine.world import World

LANE = 8192
"""Runs that share a random stream of each name."""
BLOCK = 3 * LANE
"""Runs in a block: enough that the overhead of NumPy is small, and few enough for the cache."""
ENGINE = "engine"
"""Folder with the rules of the model."""
DEFAULT_RUNS = 2000
DEFAULT_DRAWS = 125


@dataclass(frozen=True)
class Plan:
    """What to simulate.

    Attributes:
        scenario: the scenario.
        runs: number of runs.
        draws: number of parameter draws; with fewer runs, only the first draws are used.
        seed: seed of draws and random numbers.

    >>> import sim
    >>> plan = Plan(sim.load("april_2016").scenario, runs=100, draws=40)
    >>> len(plan.blocks), plan.draws_used
    (1, 40)
    """

    scenario: Scenario
    runs: int = DEFAULT_RUNS
    draws: int = DEFAULT_DRAWS
    seed: int = 1

    @property
    def blocks(self) -> range:
        """Return the numbers of the blocks."""
        return range(-(-self.runs // BLOCK))  # rounded up

    def runs_of(self, block: int) -> NDArray[np.int64]:
        """Return the numbers of the runs in a block: shape ``(runs,)``."""
        return np.arange(block * BLOCK, min((block + 1) * BLOCK, self.runs))

    def key(self, block: int) -> str:
        """Return the name of a block: the digest of everything that its content depends on."""
        parts = (self._essence, self.seed, self.draws, block, len(self.runs_of(block)))
        return sha256(" ".join(map(str, parts)).encode()).hexdigest()

    @cached_property
    def _essence(self) -> str:
        return f"{digest(self.scenario)} {code_digest()} {BLOCK}"

    @property
    def draws_used(self) -> int:
        """Return the number of draws that have runs, which are the first ones."""
        return min(self.draws, self.runs)

    @property
    def drawn(self) -> Draws:
        """Return the draws that have runs."""
        return Draws(self.scenario, self.draws, self.seed, self.draws_used)


@dataclass(frozen=True)
class FailedBlock:
    """A block that could not be simulated.

    Attributes:
        number: number of the block.
        runs: number of its runs.
        reason: why; the last line is a summary.
    """

    number: int
    runs: int
    reason: str


@dataclass
class Ensemble:
    """The results of a plan.

    Attributes:
        plan: what was to be simulated.
        store: where the blocks are.
        finished: numbers of the finished blocks, ascending.
        failures: the blocks that failed.
        interrupted: whether the user interrupted the simulation.
    """

    plan: Plan
    store: Store
    finished: list[int]
    failures: list[FailedBlock] = field(default_factory=list)
    interrupted: bool = False

    @property
    def done(self) -> int:
        """Return the number of finished runs."""
        return sum(len(self.plan.runs_of(number)) for number in self.finished)

    @property
    def draws(self) -> int:
        """Return the number of draws with finished runs."""
        if len(self.finished) == len(self.plan.blocks):
            return self.plan.draws_used
        drawn = (self.plan.runs_of(number) % self.plan.draws for number in self.finished)
        return len(set().union(*drawn))

    def blocks(self) -> Iterator[Block]:
        """Yield the finished blocks one by one, because an ensemble may be larger than memory."""
        for number in self.finished:
            sealed = self.store.get(self.plan.key(number))
            yield decode(encoded(self.plan, number) if sealed is None else sealed)

    @property
    def outcomes(self) -> pd.DataFrame:
        """Return a table with one row for each run."""
        tables = [block.outcomes for block in self.blocks()]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    @property
    def daily(self) -> DailyTally:
        """Return the daily quantities of all blocks."""
        tally = empty_tally(self.plan)
        tally.merge(block.daily for block in self.blocks())
        return tally


def play_block(plan: Plan, number: int) -> Block:
    """Simulate one block of runs."""
    outcomes, record = play_runs(plan, number)
    first = int(plan.runs_of(number)[0])
    tally = DailyTally.of_runs(record.daily, first, plan.draws, grids_of(plan.scenario))
    return Block(number, outcomes, tally)


def empty_tally(plan: Plan) -> DailyTally:
    """Return the daily quantities of a plan of which nothing is simulated yet."""
    days = plan.scenario.horizon_days
    return DailyTally(days, plan.draws_used, grids=grids_of(plan.scenario))


def play_runs(plan: Plan, number: int) -> tuple[pd.DataFrame, Record]:
    """Simulate the runs of one block, and return their outcomes and their daily record."""
    from sim.engine.world import World  # slow to import

    runs = plan.runs_of(number)
    streams = Streams(plan.seed, number * BLOCK // LANE, LANE, len(runs))
    world = World(plan.scenario, plan.drawn.of_runs(runs % plan.draws), streams)
    record = world.play().record
    world.close()
    return outcomes_of(plan, runs, ends_of(plan, record)), record


def world_of_run(plan: Plan, run: int) -> World:
    """Return the world of a single run on the morning of day 0.

    It uses the same random numbers as the run in its block.
    """
    from sim.engine.world import World  # slow to import

    streams = Streams(plan.seed, run // LANE, LANE, LANE)
    streams.keep(np.array([run % LANE]))
    drawn = Draws(plan.scenario, plan.draws, plan.seed)
    return World(plan.scenario, drawn.of_runs(np.array([run % plan.draws])), streams)


def ends_of(plan: Plan, record: Record) -> dict[str, NDArray[Any]]:
    """Return the outcomes of a block's runs by column, ``(runs,)``.

    They include the territory on the mornings of the scenario's ``course``.
    """
    won = record.daily["territory_fought"]  # at the end of each day
    course = {f"territory_day_{day}": won[day - 1] for day in plan.scenario.course}
    return record.outcomes | course


def outcomes_of(
    plan: Plan,
    runs: NDArray[np.int64],
    ends: dict[str, NDArray[Any]],
) -> pd.DataFrame:
    """Return a table of outcomes with one row for each run.

    Args:
        plan: the plan of the runs.
        runs: their numbers, ``(runs,)``.
        ends: their outcomes by column, ``(runs,)``.
    """
    numbers = {"run": runs, "draw": runs % plan.draws, "replicate": runs // plan.draws}
    return table(plan.scenario, numbers | ends)


def encoded(plan: Plan, number: int) -> bytes:
    """Simulate one block and return it as bytes.

    Raises:
        FloatingPointError: a number is too large or undefined; the message names the rule.
    """
    try:
        with np.errstate(all="raise", under="ignore"):
            return encode(play_block(plan, number))
    except FloatingPointError as error:
        raise FloatingPointError(f"{error} in {_rule_of(error)}") from error


def _rule_of(error: FloatingPointError) -> str:
    """Return the function of the engine in which an error arose, with its file."""
    frames = traceback.extract_tb(error.__traceback__)
    inner = [frame for frame in frames if ENGINE in Path(frame.filename).parts]
    frame = inner[-1] if inner else frames[-1]
    return f"{frame.name} ({Path(frame.filename).name})"


def play(
    plan: Plan,
    blocks: Sequence[int] | None = None,
    executor: Executor | None = None,
    store: Store | None = None,
    fresh: bool = False,
    progress: Callable[[int], None] = lambda runs: None,
) -> Ensemble:
    """Simulate an ensemble.

    Args:
        plan: what to simulate.
        blocks: numbers of the blocks, in order; all if None. The order does not affect the results.
        executor: where to simulate; None for this process.
        store: finished blocks, which are not simulated again; None for a new store in memory.
        fresh: simulate all blocks again.
        progress: called with the number of runs of each finished block.

    Returns:
        The finished blocks. Ctrl-C ends the simulation, and the store keeps what is finished.

    >>> import sim
    >>> ensemble = play(Plan(sim.load("april_2016").scenario, runs=20, draws=10))
    >>> ensemble.done, len(ensemble.outcomes)
    (20, 20)
    """
    store = Store.below(None) if store is None else store
    ensemble = Ensemble(plan, store, [])
    # 1. look up finished blocks
    missing: list[int] = []
    for number in plan.blocks if blocks is None else blocks:
        if fresh or store.get(plan.key(number)) is None:
            missing.append(number)
        else:
            ensemble.finished.append(number)
            progress(len(plan.runs_of(number)))
    # 2. simulate the missing ones
    try:
        for number, result in (executor or here)(encoded, plan, missing):
            runs = len(plan.runs_of(number))
            if isinstance(result, Failure):
                ensemble.failures.append(FailedBlock(number, runs, result.reason))
            else:
                store.put(plan.key(number), result)
                ensemble.finished.append(number)
            progress(runs)
    except KeyboardInterrupt:
        ensemble.interrupted = True
    ensemble.finished.sort()
    ensemble.failures.sort(key=lambda failure: failure.number)
    return ensemble
