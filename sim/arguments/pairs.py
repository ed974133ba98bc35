"""Rival arguments: which measure separates them, and how many crises are needed.

The measure is simulated under the same conditions in the world of each rival. An observed crisis
gives one value of it under one condition. Values are binned. In a world, each draw gives every bin
a probability. The crises of one world share an unknown draw, so the likelihood of ``n`` observed
crises is

    mean over draws of the product over crises of p_draw(bin)

The rival with the larger likelihood is chosen. Crises are simulated in both worlds from draws that
the likelihood does not use, and the share of correct choices is computed for 1, 2, 4, ... crises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.record.targets import log_mean

Array = NDArray[np.float64]

CERTAIN = 0.9
"""Required share of correct choices."""
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Numbers of crises that are tested."""
BINS = 6
"""Maximum number of bins; a yes or no has two."""
TRIES = 400
"""Simulated samples per world and number of crises."""
PRIOR_RUNS = 1.0
"""Weight of a prior over the bins of a draw, in runs, so that no bin is impossible."""


@dataclass(frozen=True)
class Power:
    """How well two worlds can be separated.

    Attributes:
        crises: tested numbers of crises.
        right: share of correct choices for each number.
        needed: smallest number with the required certainty; None if even the largest is not enough.
    """

    crises: tuple[int, ...]
    right: tuple[float, ...]
    needed: int | None


def edges(values: Sequence[Array]) -> Array:
    """Return the inner edges of bins that divide the values of all conditions evenly."""
    everything = np.concatenate(values)
    distinct = np.unique(everything)
    if len(distinct) <= BINS:
        return np.asarray((distinct[1:] + distinct[:-1]) / 2)
    return np.unique(np.quantile(everything, np.arange(1, BINS) / BINS))


def chances(worlds: Sequence[Array], inner: Array, draws: int) -> Array:
    """Return the probability of every condition and bin in each draw.

    Args:
        worlds: values of the measure under each condition, in order of runs.
        inner: inner edges of the bins.
        draws: number of draws.

    Returns:
        Probabilities, ``(draws, conditions x bins)``.
    """
    bins = len(inner) + 1
    parts = []
    for values in worlds:
        place = np.searchsorted(inner, values, side="right")
        draw = np.arange(len(values)) % draws
        counts = np.bincount(draw * bins + place, minlength=draws * bins).reshape(draws, bins)
        pooled = counts.sum(axis=0) / counts.sum()
        smooth = counts + PRIOR_RUNS * (pooled + 1e-4)
        parts.append(smooth / smooth.sum(axis=1, keepdims=True) / len(worlds))
    return np.concatenate(parts, axis=1)


def power(first: Array, second: Array, seed: int) -> Power:
    """Return how well two worlds can be separated, by the number of observed crises.

    Args:
        first: probabilities in the first world, from :func:`chances`.
        second: probabilities in the second world.
        seed: seed of the simulated samples.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=first.shape))
    right = tuple(_right(first, second, count, random) for count in COUNTS)
    enough = [count for place, count in enumerate(COUNTS) if min(right[place:]) >= CERTAIN]
    return Power(COUNTS, right, enough[0] if enough else None)


def _right(first: Array, second: Array, count: int, random: np.random.Generator) -> float:
    """Return the share of samples assigned to their true world. Ties count half."""
    # Even draws form the likelihood, and odd draws simulate the crises.
    judging = slice(0, None, 2)
    simulating = slice(1, None, 2)
    known = [np.log(world[judging]) for world in (first, second)]
    total = 0.0
    for truth, world in enumerate((first, second)):
        hidden = world[simulating]
        seen = random.multinomial(count, hidden[random.integers(0, len(hidden), TRIES)])
        evidence = [log_mean(seen.astype(float) @ logs.T, axis=-1) for logs in known]
        gain = evidence[truth] - evidence[1 - truth]
        total += float((gain > 1e-9).mean() + 0.5 * (np.abs(gain) <= 1e-9).mean())
    return total / 2
