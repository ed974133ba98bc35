"""Simulate conditions once each, store their outcomes, and read them as tables.

A condition is a scenario, identified by the digest of its values. Therefore claims with a common
condition share its runs. More runs of a condition are added to those that it has. Outcomes are
stored by part, so an interrupted command continues where it stopped, and a repeated command
simulates nothing. All conditions share parameter draws and random numbers, run by run, which makes
their differences precise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

import numpy as np
import pandas as pd

from sim.ensemble.blocks import Store, decode_outcomes, encode_outcomes
from sim.ensemble.code import code_digest
from sim.ensemble.ensemble import BLOCK, Plan
from sim.ensemble.executors import Executor, Failure
from sim.ensemble.variants import Variant, play_variants, segments, variants_of
from sim.outcomes.arrays import Outcomes
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
class Part:
    """Successive runs of a condition, at most as many as a block has.

    Attributes:
        condition: the condition.
        runs: numbers of the runs.
    """

    condition: Condition
    runs: range


@dataclass(frozen=True)
class Job:
    """The work of one worker: the same runs of several variants, side by side.

    Attributes:
        plan: plan of the scenario that they vary.
        runs: numbers of the runs.
        variants: the variants.
        names: names of the stored outcomes, one per variant.
        columns: columns of the outcomes that are read.
    """

    plan: Plan
    runs: range
    variants: tuple[Variant, ...]
    names: tuple[str, ...]
    columns: frozenset[str]

    @property
    def total(self) -> int:
        """Total number of runs."""
        return len(self.runs) * len(self.variants)

    @property
    def rows(self) -> list[slice]:
        """Rows of each variant in a table of all of them."""
        return segments(len(self.runs), len(self.variants))


@dataclass(frozen=True)
class Made:
    """What a job returns.

    Attributes:
        sealed: all outcomes of each variant, without daily quantities, as bytes to store.
        outcomes: the columns that are read, of one variant after another. They are returned too,
            because reading hundreds of small conditions from bytes takes longer than simulating
            them.
    """

    sealed: list[bytes]
    outcomes: Outcomes


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
    """

    engine: Executor
    store: Store
    seed: int
    draws: int
    columns: frozenset[str]
    progress: Callable[[int], None] = lambda runs: None
    expect: Callable[[int], None] = lambda runs: None
    _outcomes: dict[str, Outcomes] = field(default_factory=dict)

    def plan(self, condition: Condition, runs: int) -> Plan:
        """Return the plan of a condition."""
        return Plan(condition.scenario, runs, self.draws, self.seed)

    def play(self, orders: Iterable[Order]) -> None:
        """Simulate the runs of orders that are not available yet, side by side."""
        parts = {self._name(part): part for part in self._missing(orders)}
        read: dict[str, Outcomes] = {}
        for name in parts:
            if (sealed := self.store.get(name)) is not None:
                read[name] = decode_outcomes(sealed, self.columns)
        jobs = self._jobs({name: part for name, part in parts.items() if name not in read})
        self.expect(sum(job.total for job in jobs))
        for job, made in _played(self.engine, jobs):
            for name, sealed, rows in zip(job.names, made.sealed, job.rows, strict=True):
                self.store.put(name, sealed)
                read[name] = made.outcomes.rows(rows)
            self.progress(job.total)
        self._add(parts, read)

    def with_draws(self, draws: int) -> ExperimentRunner:
        """Return a runner with another number of draws, on the same engine and store."""
        return replace(self, draws=draws, _outcomes={})

    @property
    def runs(self) -> int:
        """Number of runs that are available, of all conditions."""
        return sum(map(len, self._outcomes.values()))

    def outcomes(self, condition: Condition, runs: int) -> Outcomes:
        """Return the outcomes of a condition's first runs. Simulate those that are missing."""
        if self._available(condition) < runs:
            self.play([Order(condition, runs)])
        return self._outcomes[condition.digest].first(runs)

    def table(self, condition: Condition, runs: int) -> pd.DataFrame:
        """Return the outcomes of a condition's first runs as a data frame."""
        return self.outcomes(condition, runs).table()

    def _available(self, condition: Condition) -> int:
        """Return how many runs of a condition are available."""
        return len(self._outcomes.get(condition.digest, ()))

    def _missing(self, orders: Iterable[Order]) -> Iterator[Part]:
        """Yield the parts of orders that are not available, in order of runs."""
        largest: dict[str, Order] = {}
        for order in orders:
            known = largest.setdefault(order.condition.digest, order)
            if order.runs > known.runs:
                largest[order.condition.digest] = order
        for order in largest.values():
            for first in range(self._available(order.condition), order.runs, BLOCK):
                yield Part(order.condition, range(first, min(first + BLOCK, order.runs)))

    def _jobs(self, parts: dict[str, Part]) -> list[Job]:
        """Return the jobs that simulate parts, large ones first.

        Parts with the same runs and one frame share a job.
        """
        alike: dict[tuple[str, range], list[str]] = {}
        for name, part in parts.items():
            alike.setdefault((part.condition.frame, part.runs), []).append(name)
        jobs = []
        for (_, runs), names in alike.items():
            # as few as possible, and of equal size
            count = -(-len(names) // (BLOCK // len(runs)))  # rounded up
            size = -(-len(names) // count)
            for first in range(0, len(names), size):
                together = names[first : first + size]
                conditions = [parts[name].condition for name in together]
                variants = variants_of([condition.scenario for condition in conditions])
                plan = self.plan(conditions[0], runs.stop)
                jobs.append(Job(plan, runs, variants, tuple(together), self.columns))
        return sorted(jobs, key=lambda job: -job.total)

    def _add(self, parts: dict[str, Part], read: dict[str, Outcomes]) -> None:
        """Add the outcomes of parts to those of their conditions."""
        of_condition: dict[str, list[Outcomes]] = {}
        for name, part in parts.items():
            digest = part.condition.digest
            known = [self._outcomes[digest]] if digest in self._outcomes else []
            of_condition.setdefault(digest, known).append(read[name])
        for digest, found in of_condition.items():
            self._outcomes[digest] = Outcomes.joined(found)

    def _name(self, part: Part) -> str:
        """Return the name of the stored outcomes of a part, without daily quantities."""
        known = (part.condition.digest, code_digest(), self.seed, self.draws)
        return sha256(f"outcomes alone of {known} in {part.runs}".encode()).hexdigest()


def _job(_: None, job: Job) -> Made:
    """Simulate one job. Called in a worker."""
    with np.errstate(all="raise", under="ignore"):
        outcomes, _record = play_variants(job.plan, job.variants, runs=job.runs)
        read = [name for name in outcomes if name in job.columns]
        return Made(encode_outcomes(outcomes, job.rows), Outcomes.of(outcomes[read]))


def _played(engine: Executor, jobs: Sequence[Job]) -> Iterator[tuple[Job, Made]]:
    """Simulate jobs on an executor."""
    for job, result in engine(_job, None, jobs):
        if isinstance(result, Failure):
            raise BlockFailed(result.reason)
        yield job, result
