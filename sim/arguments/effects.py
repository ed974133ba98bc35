"""Effects: the difference between two conditions by parameter draw.

Conditions share draws and random numbers. Each run of one condition has a paired run in the other,
so common noise cancels. The effect in draw ``d`` is the difference of the measure. Its noise comes
from the influence of the pairs of runs::

    y_d = effect_d + noise_d        v_d = sum of squared influences / (n (n - 1)), n pairs a draw

``v_d`` is an unbiased estimate of the variance of the noise, whatever its distribution. Single
draws have few pairs, so wherever a draw is judged alone, the larger of two errors counts: that of
its own, and one shrunk towards the mean of all draws (Efron & Morris 1975).

The mean effect has draws as its unit: its error covers new draws and new random numbers.

The likeliest distribution of the true effects is that of nonparametric maximum likelihood on a grid
(Kiefer & Wolfowitz 1956), found by expectation maximisation. It gives the printed share of draws.
No interval and no verdict rests on it.

What more runs would show is predicted from two accounts of the true effects. One is normal. The
other has the estimates of the draws, drawn together until they vary as much as the true effects do
(constrained empirical Bayes, Louis 1984). The likeliest distribution predicts too much: it consists
of a few points, so more runs seem to part them sooner than they do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sim.arguments.intervals import LEVEL, error_of, limits
from sim.outcomes.evaluation import Estimate

Array = NDArray[np.float64]

SIGNIFICANT_FROM = 2.0
"""Standard errors that the effect of a draw must exceed to count."""
POINTS = 81
"""Points of the grid of true effects."""
STEPS = 300
"""Steps of expectation maximisation."""
SLICES = 8
"""Quantiles of the noise of a draw in a prediction."""


@dataclass(frozen=True)
class Effect:
    """A difference between conditions.

    Attributes:
        value: effect in each draw, ``(draws,)``, in the unit of the measure; undefined draws are
            left out.
        noise: unbiased variance of each value, ``(draws,)``.
        shrunk_error: error of each value, shrunk towards the mean of all draws, ``(draws,)``.
        influence: influence of each pair of runs, ``(replicates, draws)``.
        differing: number of pairs of runs that differ, in each draw, ``(draws,)``.
        pair_size: typical difference of a pair of runs that differs.
        replicates: number of pairs of runs in each draw.
        draw: numbers of the included draws, ``(draws,)``.
        of: number of all draws.
        assumed: true effects that a prediction assumes, ascending; None where they are estimated.
    """

    value: Array
    noise: Array
    shrunk_error: Array
    influence: Array
    differing: Array
    pair_size: float
    replicates: float
    draw: NDArray[np.int64]
    of: int
    assumed: Array | None = None

    @property
    def mean(self) -> float:
        """Mean over draws."""
        return float(self.value.mean()) if len(self.value) else float("nan")

    @property
    def error(self) -> float:
        """Standard error of the mean over new draws and new random numbers."""
        return error_of(self.value, self.single_pair)

    def limits(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval of the mean over new draws and new random numbers."""
        return limits(self.value, self.single_pair, level)

    @property
    def standard_error(self) -> Array:
        """Error of a draw that is judged alone: the larger of its own and the shrunk one."""
        return np.sqrt(np.maximum(self.noise, self.shrunk_error**2))

    @property
    def single_pair(self) -> float:
        """Effect in a draw in which a single pair differs."""
        return self.pair_size / max(self.replicates, 1)

    @property
    def variance_between(self) -> float:
        """Estimated variance of the true effects between draws."""
        if len(self.value) < 2:
            return 0.0
        return max(float(self.value.var(ddof=1) - self.noise.mean()), 0.0)

    @cached_property
    def likely(self) -> Array:
        """Likeliest true effects in ascending order, one per draw."""
        if self.assumed is not None:
            return self.assumed
        low = float(self.value.min())
        high = float(self.value.max())
        if low == high or not np.isfinite(self.shrunk_error).all():
            return np.sort(self.value)
        points = np.linspace(low, high, POINTS)
        error = np.maximum(self.shrunk_error, (points[1] - points[0]) / 2)[:, None]
        fit = np.exp(-0.5 * ((self.value[:, None] - points) / error) ** 2) / error + 1e-300
        weights = np.full(POINTS, 1.0 / POINTS)
        for _ in range(STEPS):
            weights = weights * ((1.0 / (fit @ weights)) @ fit) / len(fit)
        ranks = (np.arange(len(fit)) + 0.5) / len(fit)
        places = np.searchsorted(np.cumsum(weights) / weights.sum(), ranks)
        return points[np.minimum(places, POINTS - 1)]

    def accounts(self) -> tuple[Array, Array]:
        """Return two accounts of the true effects, each in ascending order, one per draw."""
        draws = len(self.value)
        between = self.variance_between
        ranks = (np.arange(draws) + 0.5) / draws
        normal = np.array([NormalDist().inv_cdf(rank) for rank in ranks])
        total = between + self.shrunk_error**2
        part = np.sqrt(between / np.where(total > 0, total, 1.0))
        drawn_together = self.mean + part * (self.value - self.mean)
        return self.mean + sqrt(between) * normal, np.sort(drawn_together)

    def later(self, true: Array, times: float) -> Effect:
        """Return the effect as it might come out with a multiple of the runs.

        The true effects get the noise that remains.

        Args:
            true: assumed true effects in ascending order, one per draw.
            times: multiple of the runs.
        """
        order = np.argsort(self.value)
        error = self.shrunk_error[order] / np.sqrt(times)
        slices = (np.arange(SLICES) + 0.5) / SLICES
        quantiles = np.array([NormalDist().inv_cdf(part) for part in slices])
        noisy = np.sort((true[:, None] + error[:, None] * quantiles).ravel())
        return replace(
            self,
            value=noisy[SLICES // 2 :: SLICES],
            noise=error**2,
            shrunk_error=error,
            differing=self.differing[order] * times,
            replicates=self.replicates * times,
            assumed=true,
        )

    def without_part(self, part: int, parts: int) -> Effect:
        """Return the effect without one of several equal parts of its replicates.

        Args:
            part: number of the part that is left out.
            parts: number of parts.
        """
        influence = self.influence[np.arange(len(self.influence)) % parts != part]
        change = influence.mean(axis=0)
        rest = effect(Estimate(self.value + change, influence - change), self.pair_size)
        return replace(rest, draw=self.draw, of=self.of)

    def counting(self) -> tuple[int, int]:
        """Return the numbers of draws with a significant positive and negative effect."""
        reach = SIGNIFICANT_FROM * self.standard_error
        return int((self.value > reach).sum()), int((-self.value > reach).sum())

    def turned(self) -> Effect:
        """Return the effect with the conditions exchanged."""
        assumed = None if self.assumed is None else -self.assumed[::-1]
        return replace(self, value=-self.value, influence=-self.influence, assumed=assumed)


def effect(estimate: Estimate, largest: float = 1.0) -> Effect:
    """Return the effect from a difference of estimates.

    Args:
        estimate: the difference.
        largest: largest difference that a pair of runs could show.

    >>> effect(Estimate(np.array([1.0, 3.0]), np.zeros((2, 2)))).mean
    2.0
    """
    defined = np.isfinite(estimate.value) & np.isfinite(estimate.influence).all(axis=0)
    value = estimate.value[defined]
    influence = estimate.influence[:, defined]
    replicates = len(influence)
    pairs = influence + value
    squares = float((pairs**2).sum())
    size = float(np.sqrt((pairs**4).sum() / squares)) if squares > 0 else largest
    variance = (influence**2).sum(axis=0) / max(replicates - 1, 1)
    return Effect(
        value,
        variance / replicates if replicates > 1 else np.full(len(value), np.inf),
        _shrunk_error(influence, variance, size),
        influence,
        np.count_nonzero(pairs, axis=0).astype(float),
        size,
        replicates,
        np.flatnonzero(defined),
        len(defined),
    )


def _shrunk_error(influence: Array, variance: Array, size: float) -> Array:
    """Return the error of each draw's value, shrunk towards the mean of all draws."""
    replicates, draws = influence.shape
    if replicates < 2 or not draws:
        return np.full(draws, np.inf)
    # 1. the sampling variance of a draw's variance
    fourth = (influence**4).mean(axis=0)
    sampling = (fourth - variance**2).clip(0).mean() / replicates
    # 2. the weight of a draw's variance against the mean over draws
    spread = float(variance.var())
    weight = max(0.0, 1.0 - sampling / spread) if spread > 0 else 0.0
    # 3. the mean counts a further differing pair, so that no events are no certainty
    typical = variance.mean() + size**2 / (replicates * draws)
    return np.asarray(np.sqrt((weight * variance + (1.0 - weight) * typical) / replicates))
