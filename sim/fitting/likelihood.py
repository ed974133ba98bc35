"""Likelihood of the historical record for parameter draws, estimated by simulation."""

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
    """Return the seed of one crisis.

    Crises need independent random numbers, so that their likelihoods can be multiplied.

    >>> seed_of("april_2016", 1) == seed_of("july_2020", 1)
    False
    """
    key = np.random.SeedSequence(seed, spawn_key=(stable_hash(f"crisis {crisis}"),))
    return int(key.generate_state(1)[0])


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

        Args:
            scores: normal scores of the draws, ``(draws, dimensions)``.
            seed: seed of all random numbers.

        Raises:
            RunsFailed: some runs could not be simulated.
        """
        # 1. one plan per crisis, all of whose blocks share the workers
        posterior = self.space.posterior(scores)
        draws = len(scores)
        runs = draws * self.replicates
        plans = (
            Plan(crisis.scenario.fitted(posterior), runs, draws, seed_of(crisis.name, seed))
            for crisis in self.crises
        )
        batch = Batch(tuple(plans))
        parts = self._blocks(batch)
        # 2. blocks of each crisis in order of runs, then runs by replicate and draw
        by_crisis = []
        for which, plan in enumerate(batch.plans):
            blocks = [parts[item] for item, (w, _) in enumerate(batch.places) if w == which]
            values = np.concatenate(blocks, axis=1)
            by_draw = np.empty((len(values), self.replicates, draws))
            # run k belongs to draw ``k % draws``, whose values are in row ``rows[k % draws]``
            by_draw[:, :, plan.drawn.rows] = values.reshape(len(values), self.replicates, draws)
            by_crisis.append(by_draw)
        return by_crisis

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
        """Return the estimated log likelihood of the record, ``(draws,)``.

        Crises are independent given a draw, so their log likelihoods add up.
        """
        simulated = zip(self.crises, self.play(scores, seed), strict=True)
        logs = (log_likelihood(crisis.targets, values) for crisis, values in simulated)
        return sum(logs, np.zeros(len(scores)))


def log_likelihood(targets: tuple[Target, ...], values: Array) -> Array:
    """Return the log of the mean over replicates of the product of the targets' kernels.

    Args:
        targets: the targets of a crisis.
        values: the measured values, ``(targets, replicates, draws)``.

    Returns:
        The estimated log likelihood of each draw, ``(draws,)``.
    """
    # 1. log density of the record under each run's kernels; all targets must match at once
    densities = (
        target.kernel.log_density(measured_values, target.observed)
        for target, measured_values in zip(targets, values, strict=True)
    )
    by_run = sum(densities, np.zeros(values.shape[1:]))
    # 2. mean over replicates, on the scale of probabilities, so that the estimate is unbiased
    return log_mean(by_run)
