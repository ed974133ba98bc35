"""Simulation-based calibration of the joint fit.

Each world has true shared values from the prior. Every crisis is simulated once in it, with values
of its own from its ranges, and gets a record with the errors of the kernels. The record is fitted
with the surrogates, as the historical record is. The tests are those of
:mod:`sim.fitting.calibration`. They cover the error of the surrogates too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.ensemble.executors import Executor, Failure
from sim.fitting.calibration import (
    SMALLEST_SHARE,
    WORLDS_FOR_ONE_OFF,
    Fitted,
    World,
    account,
    fit_and_rank,
    truths,
    world_seeds,
    worlds_without,
    write_folder,
)
from sim.fitting.fitting import Settings
from sim.fitting.joint.posterior import Sampling
from sim.fitting.joint.records import with_errors
from sim.fitting.joint.regions import Region
from sim.fitting.joint.surrogate import Learned
from sim.fitting.likelihood import DrawSimulator, RunsFailed
from sim.fitting.space import special

Array = NDArray[np.float64]


def calibrate(
    learned: Learned,
    worlds: int,
    executor: Executor,
    sampling: Sampling | None = None,
    prior: Region | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Simulate worlds, fit each with the surrogates, and test whether the fit is calibrated.

    Args:
        learned: surrogates of all crises.
        worlds: number of worlds from the prior.
        executor: simulates the records.
        sampling: how each posterior is sampled, with one chain; None for the default.
        prior: prior of the values; None for the ranges of the bank.
        say: function that takes a message about every world.

    Returns:
        The account of :func:`sim.fitting.calibration.calibrate`.
    """
    sampling = sampling or Sampling()
    prior = prior or Region.of(learned.space, {})
    settings = Settings(sampling.particles, 1, sampling.moves, 1, sampling.seed)
    # 1. worlds with all values drawn, and worlds with one mechanism off
    drawn = [
        World(number, truth)
        for number, truth in enumerate(truths(len(prior.space.values), worlds, settings.seed))
    ]
    without = list(worlds_without(prior.space, worlds // WORLDS_FOR_ONE_OFF, settings.seed))
    every = [*drawn, *without]
    # 2. a record of each world, and the ranks of its fit
    scores = np.array([world.truth for world in every])
    records = simulated_records(learned, prior, scores, settings.seed, executor)
    worlds_of = _Worlds(learned, prior, settings, tuple(every), tuple(records))
    fits: dict[int, Fitted] = {}
    for item, result in executor(_fitted, worlds_of, range(len(every))):
        if isinstance(result, Failure):
            raise RunsFailed(result.summary)
        fits[item] = result
        say(f"{len(fits)} of {len(every)} worlds")
    sizes = {"crises": list(learned.crises), "settings": asdict(settings)}
    return sizes | account(prior.space, drawn, without, [fits[k] for k in range(len(every))])


def simulated_records(
    learned: Learned, prior: Region, scores: Array, seed: int, executor: Executor
) -> list[dict[str, Array]]:
    """Return records of worlds: one run of each crisis in each, with the errors of the kernels.

    Args:
        learned: surrogates of all crises.
        prior: prior of the values.
        scores: normal scores of the true values under this prior, ``(worlds, open values)``.
        seed: seed of all random numbers.
        executor: simulates the runs.

    Returns:
        The recorded value of each target, by crisis, for each world.
    """
    shares = np.clip(prior.shares(scores), SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    crises = tuple(model.crisis for model in learned.models)
    key = np.random.SeedSequence(seed, spawn_key=(stable_hash("records of worlds"),))
    seeds = [int(state) for state in key.generate_state(2)]
    simulator = DrawSimulator(crises, learned.space, 1, executor)
    simulated = simulator.play(special().ndtri(shares), seeds[0])
    recorded = {
        crisis.name: with_errors(crisis.targets, list(values[:, 0]), seeds[1])
        for crisis, values in zip(crises, simulated, strict=True)
    }
    return [
        {
            name: np.array([values[world] for values in by_target])
            for name, by_target in recorded.items()
        }
        for world in range(len(scores))
    ]


@dataclass(frozen=True)
class _Worlds:
    """Simulated worlds.

    Attributes:
        learned: surrogates of all crises.
        prior: prior of the values.
        settings: size of the fits.
        worlds: the worlds.
        records: the record of each.
    """

    learned: Learned
    prior: Region
    settings: Settings
    worlds: tuple[World, ...]
    records: tuple[dict[str, Array], ...]


def _fitted(shared: _Worlds, item: int) -> Fitted:
    """Return the fit of one world. Called in a worker."""
    world = shared.worlds[item]
    seeds = world_seeds(shared.settings.seed, world.number)
    likelihood = shared.prior.likelihood(shared.learned.likelihood(shared.records[item]))
    return fit_and_rank(likelihood, world.truth, shared.settings, seeds, shared.prior.space.shares)


def write(
    results: dict[str, Any],
    learned: Learned,
    sampling: Sampling,
    out: Path,
    complete: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write the account of a calibration below ``out`` and return its folder.

    Args:
        results: results of :func:`calibrate`.
        learned: the surrogates.
        sampling: how posteriors were sampled.
        out: folder of the result folders.
        complete: adds a chart to the folder before it is put in place.
    """
    parts = [*learned.crises, *learned.space.names, repr(sampling), str(results["worlds"])]
    digest = sha256(" ".join(parts).encode()).hexdigest()
    folder = out / f"joint-calibration-{digest[:8]}"
    return write_folder(folder, results, complete)
