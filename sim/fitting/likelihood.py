"""Likelihood of the historical record for parameter draws, estimated by simulation block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.ensemble.ensemble import Plan, play_runs
from sim.ensemble.executors import Executor, Failure
from sim.fitting.space import Space
from sim.record.targets import Target, log_mean
from sim.scenario import Scenario

Array = NDArray[np.float64]


class RunsFailed(Exception):
    """Runs of a fit could not be simulated."""


@dataclass(frozen=True)
class Crisis:
    """A crisis in the record: its scenario and its targets."""

    scenario: Scenario
    targets: tuple[Target, ...]

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.scenario.scenario


@dataclass(frozen=True)
class Batch:
    """Blocks of several plans in one list, so that they share the workers."""

    plans: tuple[Plan, ...]

    @property
    def places(self) -> list[tuple[int, int]]:
        """Index of the plan and number of the block of each item."""
        return [(which, block) for which, plan in enumerate(self.plans) for block in plan.blocks]


@dataclass(frozen=True)
class Measuring:
    """The task of a worker: simulate a block and return the measured values."""

    targets: tuple[tuple[Target, ...], ...]

    def __call__(self, batch: Batch, item: int) -> bytes:
        """Return the measured values of a block's runs, ``(targets, runs)``, as bytes."""
        which, block = batch.places[item]
        plan = batch.plans[which]
        with np.errstate(all="raise", under="ignore"):
            outcomes, _ = play_runs(plan, block)
        return measured(outcomes, self.targets[which]).tobytes()


def seed_of(crisis: str, seed: int) -> int:
    """Return the seed of one crisis. Crises need independent random numbers, so that likelihoods can be multiplied."""
    return int(
        np.random.SeedSequence(seed, spawn_key=(stable_hash(f"crisis {crisis}"),)).generate_state(
            1
        )[0]
    )


def measured(outcomes: pd.DataFrame, targets: tuple[Target, ...]) -> Array:
    """Return the measured value of each target in each run: ``(targets, runs)``."""
    return np.array([target.measured(outcomes) for target in targets])


@dataclass(frozen=True)
class DrawSimulator:
    """Simulates parameter draws in some crises.

    Attributes:
        crises: the crises.
        space: their uncertain values.
        replicates: runs of each draw in each crisis.
        executor: simulates blocks.
    """

    crises: tuple[Crisis, ...]
    space: Space
    replicates: int
    executor: Executor

    def play(self, scores: Array, seed: int) -> list[Array]:
        """Return the measured values by crisis: ``(targets, replicates, draws)``.

        Raises:
            RunsFailed: some runs could not be simulated.
        """
        posterior, draws = self.space.posterior(scores), len(scores)
        runs = draws * self.replicates
        batch = Batch(
            tuple(
                Plan(c.scenario.fitted(posterior), runs, draws, seed_of(c.name, seed))
                for c in self.crises
            )
        )
        parts = self._blocks(batch)
        found = []
        for which, plan in enumerate(batch.plans):
            values = np.concatenate(
                [parts[i] for i, (w, _) in enumerate(batch.places) if w == which], axis=1
            )
            by_draw = np.empty((len(values), self.replicates, draws))
            by_draw[:, :, plan.drawn.rows] = values.reshape(len(values), self.replicates, draws)
            found.append(by_draw)
        return found

    def _blocks(self, batch: Batch) -> dict[int, Array]:
        """Return the measured values of each block: ``(targets, runs)`` by item."""
        measuring = Measuring(tuple(crisis.targets for crisis in self.crises))
        parts: dict[int, Array] = {}
        for item, result in self.executor(measuring, batch, range(len(batch.places))):
            if isinstance(result, Failure):
                raise RunsFailed(result.summary)
            targets = len(self.crises[batch.places[item][0]].targets)
            parts[item] = np.frombuffer(result).reshape(targets, -1)
        return parts

    def log_likelihood(self, scores: Array, seed: int) -> Array:
        """Return the estimated log likelihood of the record, ``(draws,)``."""
        played = self.play(scores, seed)
        logs = (
            log_likelihood(c.targets, values) for c, values in zip(self.crises, played, strict=True)
        )
        return sum(logs, np.zeros(len(scores)))


def log_likelihood(targets: tuple[Target, ...], values: Array) -> Array:
    """Return the log of the mean over replicates of the kernels' product: ``(draws,)`` from ``(targets, R, draws)``."""
    densities = (t.kernel.log_density(v, t.observed) for t, v in zip(targets, values, strict=True))
    return log_mean(sum(densities, np.zeros(values.shape[1:])))
