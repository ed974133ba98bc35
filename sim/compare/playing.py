"""Conditions and what came of them: played once each, kept on disk, read back as tables.

A condition is a scenario. What is kept of it is named by the digest of its values, so that two claims which share a
condition share its runs, an interrupted command goes on where it stopped, and a second command plays nothing again.
Every condition meets the same draws and the same luck, run by run: that is what makes differences between them sharp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, cast

import numpy as np
import pandas as pd

from sim.blocks import Block, Store, decode, encode
from sim.daily import DailyTally
from sim.ensemble import Engine, Failure, Plan, play_block
from sim.scenario import Scenario, digest

Job = tuple[Plan, int]
"""A plan and the number of one of its blocks."""


@dataclass(frozen=True, eq=False)
class Condition:
    """A scenario to be played, known by the digest of its values."""

    scenario: Scenario

    @cached_property
    def digest(self) -> str:
        """Digest of all that changes outcomes."""
        return digest(self.scenario)


@dataclass(frozen=True)
class Order:
    """A condition and the number of runs that are wanted of it."""

    condition: Condition
    runs: int


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
        missing: dict[str, Job] = {}
        for key, order in wanted.items():
            if key not in self._tables:
                plan = self.plan(order.condition, order.runs)
                missing |= {_name(plan, number): (plan, number) for number in plan.blocks}
        missing = {name: job for name, job in missing.items() if self.store.get(name) is None}
        self.expect(sum(len(plan.runs_of(number)) for plan, number in missing.values()))
        for (plan, number), sealed in _played(self.engine, list(missing.values())):
            self.store.put(_name(plan, number), sealed)
            self.played += len(plan.runs_of(number))
            self.progress(len(plan.runs_of(number)))
        for key, order in wanted.items():
            if key not in self._tables:
                self._tables[key] = self._read(self.plan(order.condition, order.runs))

    def table(self, condition: Condition, runs: int) -> pd.DataFrame:
        """Return the outcomes of a condition, in the order of runs; played if they are not held."""
        if (condition.digest, runs) not in self._tables:
            self.play([Order(condition, runs)])
        return self._tables[condition.digest, runs]

    def _read(self, plan: Plan) -> pd.DataFrame:
        """Return the outcomes that a store holds, in the columns that are read."""
        tables = []
        for number in plan.blocks:
            sealed = self.store.get(_name(plan, number))
            block = decode(lean(plan, number) if sealed is None else sealed)
            tables.append(block.outcomes[[name for name in block.outcomes if name in self.columns]])
        return pd.concat(tables, ignore_index=True)


def lean(plan: Plan, number: int) -> bytes:
    """Play one block and return its outcomes as bytes, without the daily quantities: nothing here reads those."""
    with np.errstate(all="raise", under="ignore"):
        block = play_block(plan, number)
    return encode(Block(number, block.outcomes, DailyTally(1, 1)))


def _name(plan: Plan, number: int) -> str:
    return sha256(f"outcomes alone of {plan.key(number)}".encode()).hexdigest()


def _attempt(_: object, job: Job) -> bytes | Failure:
    """Play one block of one of many plans; called in a worker."""
    import traceback

    try:
        return lean(*job)
    except Exception:  # whatever went wrong is told to the caller, who names the condition
        return Failure(job[1], len(job[0].runs_of(job[1])), traceback.format_exc())


def _played(engine: Engine, jobs: Sequence[Job]) -> Iterator[tuple[Job, bytes]]:
    """Play blocks of many plans on one engine, which hands each job through as if it were a block's number."""
    many = cast("Callable[[Any, Any, Sequence[Job]], Iterator[tuple[Job, bytes | Failure]]]", engine)
    for job, result in many(_attempt, None, jobs):
        if isinstance(result, Failure):
            raise PlayFailed(result.reason)
        yield job, result
