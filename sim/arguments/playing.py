"""Simulate conditions once each, store their outcomes, and read them as tables.

A condition is a scenario. Its stored outcomes are named by the digest of its values. Therefore
claims with a common condition share its runs, an interrupted command continues where it stopped,
and a repeated command simulates nothing. All conditions share parameter draws and random numbers,
run by run, which makes their differences precise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np
import pandas as pd

from sim.ensemble.blocks import Store, decode_outcomes, encode_outcomes
from sim.ensemble.code import code_digest
from sim.ensemble.ensemble import BLOCK, Plan, play_runs
from sim.ensemble.executors import Executor, Failure
from sim.ensemble.variants import Variant, play_side_by_side, segments, variants_of
from sim.scenario import Mechanisms, Scenario, digest_of, frame


@dataclass(frozen=True, eq=False)
class Condition:
    """A scenario to simulate, identified by the digest of its values."""

    scenario: Scenario

    @cached_property
    def digest(self) -> str:
        """Digest of all values that change outcomes."""
        return sha256(f"{self._rest} {digest_of(self.scenario.mechanisms)}".encode()).hexdigest()

    @cached_property
    def _rest(self) -> str:
        """Digest of all values except the mechanisms."""
        return digest_of(self.scenario.model_copy(update={"mechanisms": None}))

    @cached_property
    def frame(self) -> str:
        """Digest of all but values and policies.

        Conditions with the same one can be simulated side by side.
        """
        return frame(self.scenario)

    def variant(self, mechanisms: Mechanisms) -> Condition:
        """Return this condition with other mechanisms."""
        changed = Condition(self.scenario.model_copy(update={"mechanisms": mechanisms}))
        # equal by construction, and slow to compute
        vars(changed).update(_rest=self._rest, frame=self.frame)
        return changed


@dataclass(frozen=True)
class Order:
    """A condition and the requested number of runs."""

    condition: Condition
    runs: int


@dataclass(frozen=True)
class Job:
    """The work of one worker: a block of a plan, or several small variants of it side by side.

    Attributes:
        plan: plan to simulate.
        number: number of the block.
        variants: the variants; empty for the plan itself.
        names: names of the stored outcomes.
    """

    plan: Plan
    number: int
    variants: tuple[Variant, ...]
    names: tuple[str, ...]

    @property
    def runs(self) -> int:
        """Total number of runs."""
        return len(self.plan.runs_of(self.number)) * len(self.names)


class BlockFailed(Exception):
    """A block could not be simulated. The message is its traceback."""


@dataclass
class ExperimentRunner:
    """Simulates conditions and stores their outcomes.

    Attributes:
        engine: simulates blocks.
        store: store of finished blocks.
        seed: seed of draws and random numbers.
        draws: number of parameter draws.
        columns: columns of the outcomes that are read.
        progress: function that takes a number of finished runs.
        expect: function that takes a number of additional requested runs.
        played: number of runs that were simulated and not found in the store.
    """

    engine: Executor
    store: Store
    seed: int
    draws: int
    columns: frozenset[str]
    progress: Callable[[int], None] = lambda runs: None
    expect: Callable[[int], None] = lambda runs: None
    played: int = 0
    _tables: dict[tuple[str, int], pd.DataFrame] = field(default_factory=dict)

    def plan(self, condition: Condition, runs: int) -> Plan:
        """Return the plan of a condition."""
        return Plan(condition.scenario, runs, self.draws, self.seed)

    def play(self, orders: Iterable[Order]) -> None:
        """Simulate orders that are not available yet, the blocks of all orders side by side."""
        wanted = {(order.condition.digest, order.runs): order for order in orders}
        wanted = {key: order for key, order in wanted.items() if key not in self._tables}
        jobs = self._jobs(list(wanted.values()))
        self.expect(sum(job.runs for job in jobs))
        for job, sealed in _played(self.engine, jobs):
            for name, block in zip(job.names, sealed, strict=True):
                self.store.put(name, block)
            self.played += job.runs
            self.progress(job.runs)
        for key, order in wanted.items():
            self._tables[key] = self._read(order)

    def table(self, condition: Condition, runs: int) -> pd.DataFrame:
        """Return the outcomes of a condition, in order of runs. Simulate them if necessary."""
        if (condition.digest, runs) not in self._tables:
            self.play([Order(condition, runs)])
        return self._tables[condition.digest, runs]

    def _jobs(self, orders: Sequence[Order]) -> list[Job]:
        """Return the missing blocks, large jobs first. Small ones with one frame share a job."""
        jobs: dict[str, Job] = {}
        small: dict[tuple[str, int], dict[str, Order]] = {}
        for order in orders:
            plan = self.plan(order.condition, order.runs)
            for number in plan.blocks:
                name = self._name(order, number)
                if self.store.get(name) is not None:
                    continue
                if 2 * order.runs <= BLOCK:
                    small.setdefault((order.condition.frame, order.runs), {})[name] = order
                else:
                    jobs[name] = Job(plan, number, (), (name,))
        return sorted([*self._packed(small), *jobs.values()], key=lambda job: -job.runs)

    def _packed(self, small: dict[tuple[str, int], dict[str, Order]]) -> Iterator[Job]:
        """Yield jobs of small orders, as few as possible and of equal size."""
        for (_, runs), orders in small.items():
            names = list(orders)
            jobs = -(-len(names) // (BLOCK // runs))  # rounded up
            size = -(-len(names) // jobs)
            for first in range(0, len(names), size):
                together = names[first : first + size]
                scenarios = [orders[name].condition.scenario for name in together]
                stated = variants_of(scenarios) if len(scenarios) > 1 else ()
                yield Job(
                    self.plan(orders[together[0]].condition, runs), 0, stated, tuple(together)
                )

    def _read(self, order: Order) -> pd.DataFrame:
        """Return stored outcomes, with the columns that are read."""
        plan = self.plan(order.condition, order.runs)
        tables = []
        for number in plan.blocks:
            name = self._name(order, number)
            sealed = self.store.get(name)
            sealed = played(Job(plan, number, (), (name,)))[0] if sealed is None else sealed
            tables.append(decode_outcomes(sealed, self.columns))
        return pd.concat(tables, ignore_index=True)

    def _name(self, order: Order, number: int) -> str:
        """Return the name of the stored outcomes of a block, without daily quantities."""
        runs = min(BLOCK, order.runs - number * BLOCK)
        parts = (order.condition.digest, code_digest(), BLOCK, self.seed, self.draws, number, runs)
        return sha256(f"outcomes alone of {parts}".encode()).hexdigest()


def played(job: Job) -> list[bytes]:
    """Simulate a job and return the outcomes for each of its names as bytes.

    Daily quantities are left out.
    """
    with np.errstate(all="raise", under="ignore"):
        if job.variants:
            outcomes = play_side_by_side(job.plan, job.variants)
        else:
            outcomes, _ = play_runs(job.plan, job.number)
        return encode_outcomes(outcomes, segments(len(outcomes) // len(job.names), len(job.names)))


def _job(_: None, job: Job) -> list[bytes]:
    """Simulate one job. Called in a worker."""
    return played(job)


def _played(engine: Executor, jobs: Sequence[Job]) -> Iterator[tuple[Job, list[bytes]]]:
    """Simulate jobs on an executor."""
    for job, result in engine(_job, None, jobs):
        if isinstance(result, Failure):
            raise BlockFailed(result.reason)
        yield job, result
