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

from sim.ensemble import variants
from sim.ensemble.blocks import Block, Store, decode_outcomes, encode
from sim.ensemble.daily import DailyTally
from sim.ensemble.ensemble import BLOCK, Plan, play_block
from sim.ensemble.executors import Executor, Failure
from sim.scenario import Mechanisms, Scenario, digest


@dataclass(frozen=True, eq=False)
class Condition:
    """A scenario to simulate, identified by the digest of its values."""

    scenario: Scenario

    @cached_property
    def digest(self) -> str:
        """Digest of all values that change outcomes."""
        return digest(self.scenario)

    @cached_property
    def kin(self) -> str:
        """Digest of all values except the mechanisms.

        Conditions with the same one can be simulated side by side.
        """
        return digest(self.scenario.model_copy(update={"mechanisms": None}))

    def variant(self, mechanisms: Mechanisms) -> Condition:
        """Return this condition with other mechanisms."""
        changed = Condition(self.scenario.model_copy(update={"mechanisms": mechanisms}))
        changed.__dict__["kin"] = self.kin  # equal by construction, and slow to compute
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
        variants: mechanisms of the variants; empty for the plan itself.
        names: names of the stored outcomes.
    """

    plan: Plan
    number: int
    variants: tuple[Mechanisms, ...]
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
            self._tables[key] = self._read(self.plan(order.condition, order.runs))

    def table(self, condition: Condition, runs: int) -> pd.DataFrame:
        """Return the outcomes of a condition, in order of runs. Simulate them if necessary."""
        if (condition.digest, runs) not in self._tables:
            self.play([Order(condition, runs)])
        return self._tables[condition.digest, runs]

    def _jobs(self, orders: Sequence[Order]) -> list[Job]:
        """Return the missing blocks. Small ones that differ only in mechanisms share a job."""
        jobs: dict[str, Job] = {}
        small: dict[tuple[str, int], dict[str, Order]] = {}
        for order in orders:
            plan = self.plan(order.condition, order.runs)
            for number in plan.blocks:
                name = _name(plan, number)
                if self.store.get(name) is not None:
                    continue
                if 2 * order.runs <= BLOCK:
                    small.setdefault((order.condition.kin, order.runs), {})[name] = order
                else:
                    jobs[name] = Job(plan, number, (), (name,))
        return [*self._packed(small), *jobs.values()]

    def _packed(self, small: dict[tuple[str, int], dict[str, Order]]) -> Iterator[Job]:
        for (_, runs), orders in small.items():
            names = list(orders)
            for first in range(0, len(names), BLOCK // runs):
                together = names[first : first + BLOCK // runs]
                stated = tuple(orders[name].condition.scenario.mechanisms for name in together)
                plan = self.plan(orders[together[0]].condition, runs)
                yield Job(plan, 0, stated if len(stated) > 1 else (), tuple(together))

    def _read(self, plan: Plan) -> pd.DataFrame:
        """Return stored outcomes, with the columns that are read."""
        tables = []
        for number in plan.blocks:
            name = _name(plan, number)
            sealed = self.store.get(name)
            sealed = played(Job(plan, number, (), (name,)))[0] if sealed is None else sealed
            tables.append(decode_outcomes(sealed, self.columns))
        return pd.concat(tables, ignore_index=True)


def played(job: Job) -> list[bytes]:
    """Simulate a job and return the outcomes for each of its names as bytes.

    Daily quantities are left out.
    """
    with np.errstate(all="raise", under="ignore"):
        if job.variants:
            return [encode(block) for block in variants.play_side_by_side(job.plan, job.variants)]
        block = play_block(job.plan, job.number)
        return [encode(Block(job.number, block.outcomes, DailyTally(1, 1)))]


def _name(plan: Plan, number: int) -> str:
    """Return the name of the stored outcomes of a block, without daily quantities."""
    return sha256(f"outcomes alone of {plan.key(number)}".encode()).hexdigest()


def _job(_: None, job: Job) -> list[bytes]:
    """Simulate one job. Called in a worker."""
    return played(job)


def _played(engine: Executor, jobs: Sequence[Job]) -> Iterator[tuple[Job, list[bytes]]]:
    """Simulate jobs on an executor."""
    for job, result in engine(_job, None, jobs):
        if isinstance(result, Failure):
            raise BlockFailed(result.reason)
        yield job, result
