"""Differences between two simulations, with parameter draws as the unit.

Two simulations of one plan share draws and random numbers, so run ``k`` of one has a pair in the
other. The mean of a draw's differences is the effect in this draw. Three kinds of uncertainty are
kept separate:

- the 95% *interval* of the mean effect covers new draws and new random numbers;
- the *spread* is the middle 80% of the draws' effects, without the noise of few replicates;
- the *error* is what the replicates alone leave: the Monte Carlo error of these draws' mean.

Simulations of different plans have no pairs. Their means are compared, and there is no spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from sim.arguments.effects import Effect, effect
from sim.arguments.intervals import LEVEL, error_of, student, two_sided
from sim.outcomes.chance import ENOUGH, draw_means, quantiles, shrunk
from sim.outcomes.evaluation import Estimate
from sim.reasons.testing import signed_rank

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """A difference between the means of two simulations.

    Attributes:
        mean: the difference.
        low, high: its 95% interval.
        error: Monte Carlo error of the mean, from the replicates alone; None if it is unknown.
        spread: middle 80% of the draws' effects; None without pairs or with few replicates.
        p: two-sided p-value, for itself.
        differing: share of pairs of runs that differ; None without pairs.
    """

    mean: float
    low: float
    high: float
    error: float | None
    spread: tuple[float, float] | None
    p: float
    differing: float | None


def paired(first: Array, second: Array, draws: int) -> Difference:
    """Return the difference ``second - first`` of runs that share draws and random numbers.

    Args:
        first: an outcome in each run, ``(runs,)``; run ``k`` is of draw ``k % draws``.
        second: the outcome in the paired runs, ``(runs,)``.
        draws: number of draws; an incomplete last replicate is left out. With a single draw, runs
            are the unit.

    >>> found = paired(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 3.0, 4.0, 5.0]), 2)
    >>> found.mean, found.differing
    (1.0, 1.0)
    """
    draws = len(first) if draws == 1 else draws
    complete = len(first) // draws * draws
    pairs = (second[:complete] - first[:complete]).reshape(-1, draws)
    value = pairs.mean(axis=0)
    found = effect(Estimate(value, pairs - value))
    low, high = found.limits()
    differing = float((pairs != 0).mean())
    if not differing:  # the same runs, which leave nothing to estimate
        return Difference(0.0, 0.0, 0.0, 0.0, (0.0, 0.0), 1.0, 0.0)
    error = _replicate_error(found)
    return Difference(found.mean, low, high, error, _spread(found), _p_value(found), differing)


def _p_value(found: Effect) -> float:
    """Return the p-value of a test of means and a test of ranks, corrected for taking both."""
    draws = len(found.value)
    if draws < 2:
        return 1.0
    of_mean = two_sided(found.mean / found.error, draws - 1)
    return min(2 * min(of_mean, signed_rank(found.value)), 1.0)


def _replicate_error(found: Effect) -> float | None:
    return sqrt(float(found.noise.sum())) / len(found.noise) if found.replicates > 1 else None


def _spread(found: Effect) -> tuple[float, float] | None:
    if found.replicates < ENOUGH or len(found.value) < 2:
        return None
    ends = quantiles(shrunk(found.value, found.noise.mean(keepdims=True)))
    return float(ends[0]), float(ends[1])


def unpaired(first: Array, second: Array, of_first: Integers, of_second: Integers) -> Difference:
    """Return the difference ``second - first`` of independent simulations.

    Args:
        first: an outcome in each run of one simulation.
        second: the outcome in each run of the other one.
        of_first: number of each run's draw in the first simulation.
        of_second: number of each run's draw in the second simulation.
    """
    sides = [draw_means(first, _units(of_first)), draw_means(second, _units(of_second))]
    means = [float(mean.mean()) for mean, _, _ in sides]
    difference = means[1] - means[0]
    total = hypot(*(error_of(mean) for mean, _, _ in sides))
    chance = hypot(*(sqrt(float(noise.sum())) / len(noise) for _, noise, _ in sides))
    degrees = max(min(len(mean) for mean, _, _ in sides) - 1, 1)
    reach = student(LEVEL, degrees) * total
    p = two_sided(difference / total, degrees) if 0 < total < float("inf") else 1.0
    return Difference(
        difference, difference - reach, difference + reach, chance or None, None, p, None
    )


def _units(draw: Integers) -> Integers:
    return draw if draw.min() < draw.max() else np.arange(len(draw))
