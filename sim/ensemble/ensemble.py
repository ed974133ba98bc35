"""Ensembles: draws x replicates, played in blocks.

Run ``k`` is replicate ``k // draws`` of draw ``k % draws``, so asking for more runs adds replicates and leaves the runs
there were as they are. A plan with fewer runs than draws simulates its first draws only, one run each. The others
appear in no table and take no memory; they join, with the same values, when more runs are asked for.

A block of runs is the unit of work: what it gives depends on the scenario, the seed and its number, never on which
blocks were played before it, or where. Finished blocks go to a store, and a later call plays only what the store does
not hold.
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
from functools import cached_property
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
from sim.io.workers import heed_the_parent
from sim.outcomes.columns import table
from sim.scenario import Scenario, digest

if TYPE_CHECKING:
    from sim.engine.recorder import Record
    from sim.engine.world import World

LANE = 8192
"""Runs that share streams of luck."""
BLOCK = 3 * LANE
"""Runs in a block: long enough that calls of numpy cost little, short enough for the processor's cache."""
WORTH_A_PROCESS = 3
"""Blocks that make another process worth its start."""
DEFAULT_RUNS, DEFAULT_DRAWS = 2000, 125

Task = Callable[[Any, int], "bytes | Failure"]
"""What is done with one block of a plan, or of several plans."""
Engine = Callable[[Task, Any, Sequence[int]], Iterator["tuple[int, bytes | Failure]"]]
"""Does a task for some blocks somewhere, and yields what comes of each as it is finished."""


@dataclass(frozen=True)
class Plan:
    """What to play: ``runs`` runs spread over ``draws`` draws; over the first ones where there are fewer runs."""

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

    def key(self, block: int) -> str:
        """Return the name of a block: the digest of all that its content depends on."""
        parts = (self._essence, self.seed, self.draws, block, len(self.runs_of(block)))
        return sha256(" ".join(map(str, parts)).encode()).hexdigest()

    @cached_property
    def _essence(self) -> str:
        return f"{digest(self.scenario)} {code_digest()} {BLOCK}"

    @property
    def draws_played(self) -> int:
        """Number of draws that have runs: the first ones."""
        return min(self.draws, self.runs)

    @property
    def drawn(self) -> Draws:
        """The draws that have runs."""
        return Draws(self.scenario, self.draws, self.seed, self.draws_played)


@dataclass(frozen=True)
class Failure:
    """A block that could not be played, its number of runs, and why; the last line of the reason says it in short."""

    number: int
    runs: int
    reason: str


@dataclass
class Ensemble:
    """What came of a plan: its blocks, as far as they were played, in the order of their numbers."""

    plan: Plan
    store: Store
    finished: list[int]
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False

    @property
    def done(self) -> int:
        """Number of runs that were played."""
        return sum(len(self.plan.runs_of(number)) for number in self.finished)

    @property
    def draws(self) -> int:
        """Number of draws that have runs which were played."""
        if len(self.finished) == len(self.plan.blocks):
            return self.plan.draws_played
        return len(set().union(*(self.plan.runs_of(number) % self.plan.draws for number in self.finished)))

    def blocks(self) -> Iterator[Block]:
        """Yield the finished blocks, one at a time: an ensemble may be larger than memory."""
        for number in self.finished:
            sealed = self.store.get(self.plan.key(number))
            yield decode(encoded(self.plan, number) if sealed is None else sealed)

    @property
    def outcomes(self) -> pd.DataFrame:
        """All outcomes in one table."""
        tables = [block.outcomes for block in self.blocks()]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    @property
    def daily(self) -> DailyTally:
        """The daily quantities of all blocks."""
        tally = DailyTally(self.plan.scenario.horizon_days, self.plan.draws_played)
        tally.merge(block.daily for block in self.blocks())
        return tally


def play_block(plan: Plan, number: int) -> Block:
    """Play one block of runs."""
    outcomes, record = play_runs(plan, number)
    return Block(number, outcomes, DailyTally.of_runs(record.daily, int(plan.runs_of(number)[0]), plan.draws))


def play_runs(plan: Plan, number: int) -> tuple[pd.DataFrame, Record]:
    """Play the runs of one block; returns their outcomes and their days."""
    from sim.engine.world import World  # Mesa is slow to import

    runs = plan.runs_of(number)
    streams = Streams(plan.seed, number * BLOCK // LANE, LANE, len(runs))
    world = World(plan.scenario, plan.drawn.of_runs(runs % plan.draws), streams)
    record = world.play().record
    world.close()
    return outcomes_of(plan, runs, ends_of(plan, record)), record


def world_of_run(plan: Plan, run: int) -> World:
    """Return the world of one run alone, on the morning of day 0; it meets the luck that it meets in its block."""
    from sim.engine.world import World  # Mesa is slow to import

    streams = Streams(plan.seed, run // LANE, LANE, LANE)
    streams.keep(np.array([run % LANE]))
    drawn = Draws(plan.scenario, plan.draws, plan.seed)
    return World(plan.scenario, drawn.of_runs(np.array([run % plan.draws])), streams)


def ends_of(plan: Plan, record: Record) -> dict[str, NDArray[Any]]:
    """Return what the runs of a block came to, and their ground on the days that are kept: ``(runs,)`` by column."""
    won = record.daily["territory_fought"]  # at the end of each day, and so at the dawn of the next
    return record.outcomes | {f"territory_day_{day}": won[day - 1] for day in plan.scenario.course}


def outcomes_of(plan: Plan, runs: NDArray[np.int64], ends: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """Return the outcomes table of runs with these numbers, given what they came to."""
    numbers = {"run": runs, "draw": runs % plan.draws, "replicate": runs // plan.draws}
    return table(plan.scenario, numbers | ends)


def encoded(plan: Plan, number: int) -> bytes:
    """Play one block and return it as bytes."""
    with np.errstate(all="raise", under="ignore"):
        return encode(play_block(plan, number))


def attempt(plan: Plan, number: int) -> bytes | Failure:
    """Play one block; an error inside it costs this block and no other."""
    try:
        return encoded(plan, number)
    except Exception:  # whatever went wrong is recorded with the block, and the rest goes on
        return Failure(number, len(plan.runs_of(number)), traceback.format_exc())


def play(
    plan: Plan,
    blocks: Sequence[int] | None = None,
    engine: Engine | None = None,
    store: Store | None = None,
    fresh: bool = False,
    progress: Callable[[int], None] = lambda runs: None,
) -> Ensemble:
    """Play an ensemble.

    Args:
        plan: what to play.
        blocks: in which order; the result does not depend on it.
        engine: where the blocks are played; in this process where None.
        store: finished blocks; those it holds are not played again. In memory where None.
        fresh: play all the same.
        progress: told the number of runs of each block when it is done.

    Returns:
        What was finished. Ctrl-C ends the playing; the store keeps what was finished.
    """
    store = Store.below(None) if store is None else store
    ensemble = Ensemble(plan, store, [])
    missing: list[int] = []
    for number in plan.blocks if blocks is None else blocks:
        if fresh or store.get(plan.key(number)) is None:
            missing.append(number)
        else:
            ensemble.finished.append(number)
            progress(len(plan.runs_of(number)))
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
    """A task on its way to a worker, with the code of the client who will keep what comes of it.

    What is kept is named after the client's code, so a worker with other code refuses the task.
    """

    task: Task
    code: Code

    def __call__(self, plan: Any, number: int) -> bytes | Failure:
        """Do the task, or say how this worker's code differs from the client's."""
        differences = installed().differences(self.code)
        if differences:
            remedy = f"install the same version on it (machine {platform.node()})"
            return Failure(0, 0, f"worker runs other code: {'; '.join(differences)}; {remedy}")
        return self.task(plan, number)


def here(task: Task, plan: Any, blocks: Sequence[int]) -> Iterator[tuple[int, bytes | Failure]]:
    """Play blocks one after another in this process."""
    for number in blocks:
        yield number, task(plan, number)


@contextmanager
def processes(workers: int | None) -> Iterator[Engine]:
    """Offer an engine of worker processes, one pool for as long as the context lasts.

    Args:
        workers: how many; where None, as many as the work is worth, up to one a core.
    """
    pool: list[ProcessPoolExecutor] = []

    def engine(task: Task, plan: Any, blocks: Sequence[int]) -> Iterator[tuple[int, bytes | Failure]]:
        wanted = min(os.cpu_count() or 1, len(blocks) // WORTH_A_PROCESS) if workers is None else workers
        if not pool and min(wanted, len(blocks)) <= 1:
            yield from here(task, plan, blocks)
            return
        if not pool:
            context = multiprocessing.get_context("spawn")
            pool.append(ProcessPoolExecutor(wanted, context, initializer=heed_the_parent))
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
    """Return what came of a task on a cluster, even where no worker could read the task or finish it."""
    try:
        return finished.result()
    except Exception as error:  # such as a worker without this package, or with one that lacks what was sent
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        return Failure(0, 0, f"no worker could play it: {reason}; every worker needs this same version of demarche")


@contextmanager
def cluster(address: str, announce: Callable[[str], None] = lambda text: None) -> Iterator[Engine]:
    """Offer an engine of Dask workers; a lost worker's blocks are played elsewhere.

    Args:
        address: of the scheduler, such as ``tcp://host:8786``, or ``local`` for a cluster on this machine.
        announce: told where the dashboard is.

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

    def engine(task: Task, plan: Any, blocks: Sequence[int]) -> Iterator[tuple[int, bytes | Failure]]:
        shipped = Shipped(task, installed())
        shared = client.scatter(plan, broadcast=True, hash=False)
        waiting = {client.submit(shipped, shared, number, retries=3, pure=False): number for number in blocks}
        for finished in as_finished(list(waiting)):
            yield waiting.pop(finished), _received(finished)

    with client:
        announce(client.dashboard_link)
        yield engine
        if address == "local":
            client.cluster.close()
