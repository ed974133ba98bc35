"""Conditions and what came of them: played once each, kept on disk, read back as tables.

A condition is a scenario. What is kept of it is named by the digest of its values, so that two claims which share a
condition share its runs, an interrupted command goes on where it stopped, and a second command plays nothing again.
Every condition meets the same draws and the same luck, run by run: that is what makes differences between them sharp.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, cast

import numpy as np
import pandas as pd

from sim.ensemble import variants
from sim.ensemble.blocks import Block, Store, decode_outcomes, encode
from sim.ensemble.daily import DailyTally
from sim.ensemble.ensemble import BLOCK, Engine, Failure, Plan, play_block
from sim.scenario import Mechanisms, Scenario, digest


@dataclass(frozen=True, eq=False)
class Condition:
    """A scenario to be played, known by the digest of its values."""

    scenario: Scenario

    @cached_property
    def digest(self) -> str:
        """Digest of all that changes outcomes."""
        return digest(self.scenario)

    @cached_property
    def kin(self) -> str:
        """Digest of all but the mechanisms: conditions that share it can be played side by side."""
        return digest(self.scenario.model_copy(update={"mechanisms": None}))

    def variant(self, mechanisms: Mechanisms) -> Condition:
        """Return this condition with other mechanisms."""
        other = Condition(self.scenario.model_copy(update={"mechanisms": mechanisms}))
        other.__dict__["kin"] = self.kin  # the same by construction, and slow to find
        return other


@dataclass(frozen=True)
class Order:
    """A condition and the number of runs that are wanted of it."""

    condition: Condition
    runs: int


@dataclass(frozen=True)
class Job:
    """What one worker plays at a time: a block of a plan, or several small variants of it side by side.

    Attributes:
        plan: what is played.
        number: of the block.
        variants: their mechanisms; none for the plan as it is.
        names: under which what comes of them is kept.
    """

    plan: Plan
    number: int
    variants: tuple[Mechanisms, ...]
    names: tuple[str, ...]

    @property
    def runs(self) -> int:
        """Number of runs in all."""
        return len(self.plan.runs_of(self.number)) * len(self.names)


class PlayFailed(Exception):
    """A block could not be played; the message is its traceback."""


@dataclass
class Laboratory:
    """Plays conditions and keeps their outcomes.

    Attributes:
        engine: where blocks are played.
        store: finished blocks.
        seed: of draws and luck.
        draws: draws from the coded ranges.
        columns: columns of the outcomes that anything here reads.
        progress: told the number of runs that are done.
        expect: told the number of runs that were ordered on top of what was expected.
        played: number of runs that were played and not found.
    """

    engine: Engine
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
        """Play what is ordered and not held yet, the blocks of all orders side by side."""
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
        """Return the outcomes of a condition, in the order of runs; played if they are not held."""
        if (condition.digest, runs) not in self._tables:
            self.play([Order(condition, runs)])
        return self._tables[condition.digest, runs]

    def _jobs(self, orders: Sequence[Order]) -> list[Job]:
        """Return the blocks that no store holds, small ones that differ in mechanisms alone together."""
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
        """Return the outcomes that a store holds, in the columns that are read."""
        tables = []
        for number in plan.blocks:
            name = _name(plan, number)
            sealed = self.store.get(name)
            sealed = played(Job(plan, number, (), (name,)))[0] if sealed is None else sealed
            tables.append(decode_outcomes(sealed, self.columns))
        return pd.concat(tables, ignore_index=True)


def played(job: Job) -> list[bytes]:
    """Play a job and return the outcomes under each of its names as bytes, without the daily quantities."""
    with np.errstate(all="raise", under="ignore"):
        if job.variants:
            return [encode(block) for block in variants.play_side_by_side(job.plan, job.variants)]
        block = play_block(job.plan, job.number)
        return [encode(Block(job.number, block.outcomes, DailyTally(1, 1)))]


def _name(plan: Plan, number: int) -> str:
    """Return the name under which the outcomes of a block are kept, without its daily quantities."""
    return sha256(f"outcomes alone of {plan.key(number)}".encode()).hexdigest()


def _attempt(_: object, job: Job) -> list[bytes] | Failure:
    """Play one job; called in a worker."""
    try:
        return played(job)
    except Exception:  # whatever went wrong is told to the caller
        return Failure(job.number, job.runs, traceback.format_exc())


def _played(engine: Engine, jobs: Sequence[Job]) -> Iterator[tuple[Job, list[bytes]]]:
    """Play jobs on an engine, which hands each through as if it were the number of a block."""
    many = cast("Callable[[Any, Any, Sequence[Job]], Iterator[tuple[Job, list[bytes] | Failure]]]", engine)
    for job, result in many(_attempt, None, jobs):
        if isinstance(result, Failure):
            raise PlayFailed(result.reason)
        yield job, result
