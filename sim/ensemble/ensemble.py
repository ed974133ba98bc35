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

import multiprocessing
import os
import platform
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.draws import Draws
from sim.engine.streams import Streams
from sim.ensemble.blocks import Block, Store, decode, encode
from sim.ensemble.code import Code, code_digest, installed
from sim.ensemble.daily import DailyTally
from sim.io.errors import UsageError
from sim.io.workers import end_with_parent
from sim.outcomes.columns import table
from sim.scenario import Scenario, digest

if TYPE_CHECKING:
    from sim.engine.recorder import Record
    from sim.engine.world import World

LANE = 8192
"""Runs that share a random stream of each name."""
BLOCK = 3 * LANE
"""Runs in a block: enough that the overhead of NumPy is small, and few enough for the cache."""
WORTH_A_PROCESS = 3
"""Blocks that are worth the start of another process."""
DEFAULT_RUNS, DEFAULT_DRAWS = 2000, 125

Task = Callable[[Any, int], "bytes | Failure"]
"""Function that computes one block, given a plan (or several plans) and the number of the block."""
Results = Iterator["tuple[int, bytes | Failure]"]
"""Numbers of blocks with their results."""
Engine = Callable[[Task, Any, Sequence[int]], Results]
"""Function that runs a task for some blocks somewhere, and yields each result when it is ready."""


@dataclass(frozen=True)
class Plan:
    """What to simulate.

    Attributes:
        scenario: the scenario.
        runs: number of runs.
        draws: number of parameter draws; with fewer runs, only the first draws are used.
        seed: seed of draws and random numbers.
    """

    scenario: Scenario
    runs: int = DEFAULT_RUNS
    draws: int = DEFAULT_DRAWS
    seed: int = 1

    @property
    def blocks(self) -> range:
        """Return the numbers of the blocks."""
        return range(-(-self.runs // BLOCK))

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
    def draws_played(self) -> int:
        """Return the number of draws that have runs, which are the first ones."""
        return min(self.draws, self.runs)

    @property
    def drawn(self) -> Draws:
        """Return the draws that have runs."""
        return Draws(self.scenario, self.draws, self.seed, self.draws_played)


@dataclass(frozen=True)
class Failure:
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
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False

    @property
    def done(self) -> int:
        """Return the number of finished runs."""
        return sum(len(self.plan.runs_of(number)) for number in self.finished)

    @property
    def draws(self) -> int:
        """Return the number of draws with finished runs."""
        if len(self.finished) == len(self.plan.blocks):
            return self.plan.draws_played
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
        tally = DailyTally(self.plan.scenario.horizon_days, self.plan.draws_played)
        tally.merge(block.daily for block in self.blocks())
        return tally


def play_block(plan: Plan, number: int) -> Block:
    """Simulate one block of runs."""
    outcomes, record = play_runs(plan, number)
    first = int(plan.runs_of(number)[0])
    return Block(number, outcomes, DailyTally.of_runs(record.daily, first, plan.draws))


def play_runs(plan: Plan, number: int) -> tuple[pd.DataFrame, Record]:
    """Simulate the runs of one block, and return their outcomes and their daily record."""
    from sim.engine.world import World  # Mesa is slow to import

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
    from sim.engine.world import World  # Mesa is slow to import

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
    """Simulate one block and return it as bytes."""
    with np.errstate(all="raise", under="ignore"):
        return encode(play_block(plan, number))


def attempt(plan: Plan, number: int) -> bytes | Failure:
    """Simulate one block and return it as bytes; an error affects no other block."""
    try:
        return encoded(plan, number)
    except Exception:  # the reason is recorded, and the other blocks continue
        return Failure(number, len(plan.runs_of(number)), traceback.format_exc())


def play(
    plan: Plan,
    blocks: Sequence[int] | None = None,
    engine: Engine | None = None,
    store: Store | None = None,
    fresh: bool = False,
    progress: Callable[[int], None] = lambda runs: None,
) -> Ensemble:
    """Simulate an ensemble.

    Args:
        plan: what to simulate.
        blocks: numbers of the blocks, in order; all if None. The order does not affect the results.
        engine: where to simulate; None for this process.
        store: finished blocks, which are not simulated again; None for a new store in memory.
        fresh: simulate all blocks again.
        progress: called with the number of runs of each finished block.

    Returns:
        The finished blocks. Ctrl-C ends the simulation, and the store keeps what is finished.
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
        for number, result in (engine or here)(attempt, plan, missing):
            if isinstance(result, Failure):
                ensemble.failures.append(Failure(number, len(plan.runs_of(number)), result.reason))
            else:
                store.put(plan.key(number), result)
                ensemble.finished.append(number)
            progress(len(plan.runs_of(number)))
    except KeyboardInterrupt:
        ensemble.interrupted = True
    ensemble.finished.sort()
    ensemble.failures.sort(key=lambda failure: failure.number)
    return ensemble


# Engines


@dataclass(frozen=True)
class Shipped:
    """A task that is sent to a worker, with the code of the client that will store the result.

    Results are stored under the client's code, so a worker with different code refuses the task.

    Attributes:
        task: the task.
        code: the client's code.
    """

    task: Task
    code: Code

    def __call__(self, plan: Any, number: int) -> bytes | Failure:
        """Run the task, or return how this worker's code differs from the client's."""
        differences = installed().differences(self.code)
        if differences:
            remedy = f"install the same version on it (machine {platform.node()})"
            return Failure(0, 0, f"worker runs different code: {'; '.join(differences)}; {remedy}")
        return self.task(plan, number)


def here(task: Task, plan: Any, blocks: Sequence[int]) -> Results:
    """Simulate blocks one after another in this process."""
    for number in blocks:
        yield number, task(plan, number)


@contextmanager
def processes(workers: int | None) -> Iterator[Engine]:
    """Provide an engine with one pool of worker processes, for the time of the context.

    Args:
        workers: number of processes; None for as many as the work is worth, at most one for each
            core.
    """
    pool: list[ProcessPoolExecutor] = []

    def engine(task: Task, plan: Any, blocks: Sequence[int]) -> Results:
        cores = os.cpu_count() or 1
        wanted = min(cores, len(blocks) // WORTH_A_PROCESS) if workers is None else workers
        if not pool and min(wanted, len(blocks)) <= 1:
            yield from here(task, plan, blocks)
            return
        if not pool:
            context = multiprocessing.get_context("spawn")
            pool.append(ProcessPoolExecutor(wanted, context, initializer=end_with_parent))
        shipped = Shipped(task, installed())
        waiting = {pool[0].submit(shipped, plan, number): number for number in blocks}
        for finished in as_completed(waiting):
            yield waiting.pop(finished), finished.result()

    try:
        yield engine
    finally:
        for executor in pool:
            executor.shutdown(wait=False, cancel_futures=True)


def _received(finished: Any) -> bytes | Failure:
    """Return the result of a task on a cluster, or a failure if no worker could finish it."""
    try:
        return finished.result()
    except Exception as error:  # such as a worker without this version of the package
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        remedy = "every worker needs this same version of demarche"
        return Failure(0, 0, f"no worker could simulate it: {reason}; {remedy}")


@contextmanager
def cluster(address: str, announce: Callable[[str], None] = lambda text: None) -> Iterator[Engine]:
    """Provide an engine of Dask workers; another worker takes over the blocks of a lost one.

    Args:
        address: address of the scheduler, such as ``tcp://host:8786``; ``local`` for a cluster on
            this machine.
        announce: called with the address of the dashboard.

    Raises:
        UsageError: Dask is not installed, or the scheduler does not answer.
    """
    try:
        from distributed import Client
        from distributed import as_completed as as_finished
    except ImportError:
        raise UsageError("a cluster needs Dask; install it with: pip install distributed") from None
    try:
        client = (
            Client(n_workers=os.cpu_count(), threads_per_worker=1)
            if address == "local"
            else Client(address, timeout=10)
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"no cluster at {address}: {error}") from None

    def engine(task: Task, plan: Any, blocks: Sequence[int]) -> Results:
        shipped = Shipped(task, installed())
        shared = client.scatter(plan, broadcast=True, hash=False)
        submit = partial(client.submit, shipped, shared, retries=3, pure=False)
        waiting = {submit(number): number for number in blocks}
        for finished in as_finished(list(waiting)):
            yield waiting.pop(finished), _received(finished)

    with client:
        announce(client.dashboard_link)
        yield engine
        if address == "local":
            client.cluster.close()
