"""How well draws fit the record: played on the ensemble's engine, block by block."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.ensemble.ensemble import Engine, Failure, Plan, play_runs
from sim.fitting.space import Space
from sim.record.targets import Target, log_mean
from sim.scenario import Scenario

Array = NDArray[np.float64]


class RunsFailed(Exception):
    """Runs that a fit needs could not be played."""


@dataclass(frozen=True)
class Crisis:
    """A crisis of the record: what is played, and what it is held against."""

    scenario: Scenario
    targets: tuple[Target, ...]

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.scenario.scenario


@dataclass(frozen=True)
class Batch:
    """Blocks of several plans in one row, so that all of them share the workers."""

    plans: tuple[Plan, ...]

    @property
    def places(self) -> list[tuple[int, int]]:
        """Plan and block of each item."""
        return [(which, block) for which, plan in enumerate(self.plans) for block in plan.blocks]


@dataclass(frozen=True)
class Measuring:
    """The task of a worker: play a block, keep what the targets measure."""

    targets: tuple[tuple[Target, ...], ...]

    def __call__(self, batch: Batch, item: int) -> bytes | Failure:
        """Return the measured values of a block's runs, ``(targets, runs)``, as bytes."""
        which, block = batch.places[item]
        plan = batch.plans[which]
        try:
            with np.errstate(all="raise", under="ignore"):
                outcomes, _ = play_runs(plan, block)
            return measured(outcomes, self.targets[which]).tobytes()
        except Exception:  # told to who asked: a fit cannot go on without the runs
            return Failure(item, len(plan.runs_of(block)), traceback.format_exc())


def luck_of(crisis: str, seed: int) -> int:
    """Return the seed of one crisis: the likelihood of several is a product only where they share no luck."""
    return int(np.random.SeedSequence(seed, spawn_key=(stable_hash(f"crisis {crisis}"),)).generate_state(1)[0])


def measured(outcomes: pd.DataFrame, targets: tuple[Target, ...]) -> Array:
    """Return what runs came to, target by target: ``(targets, runs)``."""
    return np.array([target.measured(outcomes) for target in targets])


@dataclass(frozen=True)
class Players:
    """Plays draws of a space in some crises.

    Attributes:
        crises: the crises.
        space: their open values.
        replicates: plays of each draw in each crisis.
        engine: where blocks are played.
    """

    crises: tuple[Crisis, ...]
    space: Space
    replicates: int
    engine: Engine

    def play(self, scores: Array, seed: int) -> list[Array]:
        """Return what each run came to, by crisis: ``(targets, replicates, draws)``.

        Raises:
            RunsFailed: some runs could not be played.
        """
        posterior, draws = self.space.posterior(scores), len(scores)
        runs = draws * self.replicates
        batch = Batch(
            tuple(Plan(c.scenario.fitted(posterior), runs, draws, luck_of(c.name, seed)) for c in self.crises)
        )
        parts = self._blocks(batch)
        found = []
        for which, plan in enumerate(batch.plans):
            values = np.concatenate([parts[i] for i, (w, _) in enumerate(batch.places) if w == which], axis=1)
            by_draw = np.empty((len(values), self.replicates, draws))
            by_draw[:, :, plan.drawn.rows] = values.reshape(len(values), self.replicates, draws)
            found.append(by_draw)
        return found

    def _blocks(self, batch: Batch) -> dict[int, Array]:
        """Return what the runs of each block came to: ``(targets, runs)`` by item."""
        measuring = Measuring(tuple(crisis.targets for crisis in self.crises))
        parts: dict[int, Array] = {}
        for item, result in self.engine(measuring, batch, range(len(batch.places))):
            if isinstance(result, Failure):
                raise RunsFailed(result.reason.strip().splitlines()[-1])
            targets = len(self.crises[batch.places[item][0]].targets)
            parts[item] = np.frombuffer(result).reshape(targets, -1)
        return parts

    def log_likelihood(self, scores: Array, seed: int) -> Array:
        """Return the estimated log likelihood of the record, ``(draws,)``."""
        played = self.play(scores, seed)
        logs = (log_likelihood(c.targets, values) for c, values in zip(self.crises, played, strict=True))
        return sum(logs, np.zeros(len(scores)))


def log_likelihood(targets: tuple[Target, ...], values: Array) -> Array:
    """Return the log of the mean over replicates of the kernels' product: ``(draws,)`` from ``(targets, R, draws)``."""
    densities = (t.kernel.log_density(v, t.observed) for t, v in zip(targets, values, strict=True))
    return log_mean(sum(densities, np.zeros(values.shape[1:])))
