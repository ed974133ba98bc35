"""Simulation-based calibration of the joint fit: are its posteriors right in worlds of known values?

Each world has true shared values from the prior. Every crisis is simulated once in it, with values
of its own from its ranges, and gets a record with the errors of the kernels. The record is fitted
with the surrogates, as the historical record is. The tests are those of :mod:`sim.fitting.calibration`.
They cover the error of the surrogates too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.ensemble.executors import Executor
from sim.fitting.calibration import (
    WORLDS_FOR_ONE_OFF,
    Fitted,
    World,
    account,
    fit_and_rank,
    truths,
    world_seeds,
    worlds_without,
)
from sim.fitting.fitting import Settings
from sim.fitting.joint.posterior import Sampling, SurrogateLikelihood
from sim.fitting.joint.records import with_errors
from sim.fitting.joint.surrogate import Learned, summed
from sim.fitting.likelihood import DrawSimulator

Array = NDArray[np.float64]


def calibrate(
    learned: Learned,
    worlds: int,
    executor: Executor,
    sampling: Sampling | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Simulate worlds, fit each with the surrogates, and test whether the fit is calibrated.

    Args:
        learned: surrogates of all crises.
        worlds: number of worlds from the prior.
        executor: simulates the records.
        sampling: how each posterior is sampled, with one chain; None for the default.
        say: function that takes a message about every world.

    Returns:
        The account of :func:`sim.fitting.calibration.calibrate`.
    """
    sampling = sampling or Sampling()
    settings = Settings(sampling.particles, 1, sampling.moves, 1, sampling.seed)
    # 1. worlds with all values drawn, and worlds with one mechanism off
    drawn = [
        World(number, truth)
        for number, truth in enumerate(truths(len(learned.space.values), worlds, settings.seed))
    ]
    without = list(worlds_without(learned.space, worlds // WORLDS_FOR_ONE_OFF, settings.seed))
    every = [*drawn, *without]
    # 2. one run of each crisis in each world
    scores = np.array([world.truth for world in every])
    simulator = DrawSimulator(
        tuple(model.banked.crisis for model in learned.models), learned.space, 1, executor
    )
    key = np.random.SeedSequence(settings.seed, spawn_key=(stable_hash("records of worlds"),))
    simulated = simulator.play(scores, int(key.generate_state(1)[0]))
    # 3. a record with errors, the surrogates and the ranks of each world
    fits = []
    for place, world in enumerate(every):
        fits.append(_fitted(learned, world, [v[:, 0, place] for v in simulated], settings))
        say(f"{len(fits)} of {len(every)} worlds")
    sizes = {"crises": list(learned.crises), "particles": sampling.particles}
    return sizes | account(learned.space, drawn, without, fits)


def _fitted(
    learned: Learned, world: World, simulated: Sequence[Array], settings: Settings
) -> Fitted:
    """Return the fit of a world.

    Args:
        learned: surrogates of all crises.
        world: the world.
        simulated: measured values of its run of each crisis, each ``(targets,)``.
        settings: size of the fit.
    """
    seeds = world_seeds(settings.seed, world.number)
    surrogates = []
    for model, values in zip(learned.models, simulated, strict=True):
        measured = list(values[:, None])
        recorded = with_errors(model.banked.crisis.targets, measured, seeds[0])
        surrogates.append(model.surrogate(np.concatenate(recorded)))
    total = summed(surrogates, learned.features.count)
    likelihood = SurrogateLikelihood(learned, total)
    return fit_and_rank(likelihood, world.truth, settings, seeds, learned.space.shares)
