"""Tests of whether chance alone can explain an effect.

Two statistics are tested. One is the mean effect. The other is the mean of ``y^2 - v``, an unbiased
estimate of the mean squared effect, which is positive too if draws differ in sign. Each is tested
twice, and the larger p-value counts.

- With *draws as the unit*, by a Student statistic. It allows for skewed differences, but not for
  very few events.
- By *random signs*: if conditions do not differ at all, the sign of each pair of runs is random.
  It is exact for few events, but takes skewed differences of mean zero for an effect.

The smaller p-value of the two statistics is doubled.
"""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from sim.arguments.effects import Effect
from sim.arguments.intervals import error_of, two_sided

Array = NDArray[np.float64]

FLIPS = 10_000
"""Number of random sign flips in a test with few differing pairs."""
MANY = 100
"""Number of differing pairs from which sums of random signs are treated as normal."""


def exchange_test(found: Effect, seed: int) -> float:
    """Return the probability of an effect as large as this if the conditions do not differ.

    Args:
        found: the effect.
        seed: seed of the random signs.
    """
    pairs = found.influence + found.value
    if not np.any(pairs):
        return 1.0
    few = np.count_nonzero(pairs) < MANY
    by_signs = _by_flipping(pairs, seed) if few else _by_moments(pairs)
    by_draws = mean_test(found), _of_squares(found)
    return float(min(1.0, 2 * min(map(max, by_signs, by_draws))))


def mean_test(found: Effect) -> float:
    """Return the probability of a mean as far from 0 if it is 0, with draws as the unit.

    The statistic allows for skewed effects (Johnson 1978).
    """
    draws = len(found.value)
    error = found.error
    if draws < 2 or error == 0:
        return 1.0
    mean = found.mean
    third = float(((found.value - mean) ** 3).mean())
    variance = error**2 * draws
    moved = mean + third / (6 * variance * draws) + third * mean**2 / (3 * variance**2)
    # the correction is local; far from zero it may not turn the sign or hide the effect
    moved = moved if abs(moved) >= abs(mean) / 2 and moved * mean > 0 else mean / 2
    return two_sided(min(abs(moved), abs(mean) + error) / error, draws - 1)


def _of_squares(found: Effect) -> float:
    """Return the one-sided p-value of the mean squared effect."""
    squares = found.value**2 - found.noise
    draws = len(squares)
    if draws < 2 or not np.isfinite(squares).all():
        return 1.0
    mean = float(squares.mean())
    error = error_of(squares, found.single_pair**2)
    if mean <= 0 or error == 0:
        return 1.0
    return two_sided(mean / error, draws - 1) / 2


def _by_moments(pairs: Array) -> tuple[float, float]:
    """Return the p-values of the mean and of the sum of squares from their moments."""
    sums = pairs.sum(axis=0)
    squares = (pairs**2).sum(axis=0)
    fourth = (pairs**4).sum(axis=0)
    mean = erfc(abs(sums.sum()) / sqrt(2 * squares.sum()))
    spread = 2 * (squares**2 - fourth).sum()
    if spread <= 0:
        return mean, 1.0
    degrees = 2 * squares.sum() ** 2 / spread
    # The cube root of a chi-square is nearly normal (Wilson & Hilferty 1931).
    ratio = float(sums @ sums / squares.sum())
    z = (ratio ** (1 / 3) - (1 - 2 / (9 * degrees))) / sqrt(2 / (9 * degrees))
    return mean, 0.5 * erfc(z / sqrt(2))


def _by_flipping(pairs: Array, seed: int) -> tuple[float, float]:
    """Return the same p-values by random flips of the signs of differing pairs."""
    replicate, draw = np.nonzero(pairs)
    sizes = pairs[replicate, draw]
    of_draw = (draw[:, None] == np.unique(draw)).astype(float) * sizes[:, None]
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=pairs.shape))
    flipped = (random.integers(0, 2, (FLIPS, len(sizes))) * 2.0 - 1.0) @ of_draw
    sums = of_draw.sum(axis=0)
    mean = np.abs(flipped.sum(axis=1)) >= abs(sums.sum()) * (1 - 1e-9)
    squares = (flipped**2).sum(axis=1) >= sums @ sums * (1 - 1e-9)
    return float((1 + mean.sum()) / (1 + FLIPS)), float((1 + squares.sum()) / (1 + FLIPS))


def holm(chances: Array) -> Array:
    """Return p-values adjusted for their number (Holm 1979).

    >>> holm(np.array([0.01, 0.04])).tolist()
    [0.02, 0.04]
    """
    order = np.argsort(chances)
    count = len(chances)
    stepped = np.maximum.accumulate(np.minimum(1.0, (count - np.arange(count)) * chances[order]))
    adjusted = np.empty(count)
    adjusted[order] = stepped
    return adjusted
