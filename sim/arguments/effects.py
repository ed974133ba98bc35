"""Effects: the difference between two conditions by parameter draw.

Conditions share draws and random numbers. Each run of one condition has a paired run in the other,
so common noise cancels. The effect in draw ``d`` is the difference of the measure. Its noise comes
from the influence of the pairs of runs::

    y_d = effect_d + noise_d        v_d = sum of squared influences / (n (n - 1)), n pairs a draw

``v_d`` is an unbiased estimate of the variance of the noise, whatever its distribution. Single
draws have few pairs, so wherever a draw is judged alone, the larger of two errors counts: that of
its own, and one shrunk towards the mean of all draws (Efron & Morris 1975).

The mean effect has draws as its unit: its error covers new draws and new random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.arguments.intervals import LEVEL, error_of, limits
from sim.outcomes.evaluation import Estimate

Array = NDArray[np.float64]

SIGNIFICANT_FROM = 2.0
"""Standard errors that the effect of a draw must exceed to count."""


@dataclass(frozen=True)
class Effect:
    """A difference between conditions.

    Attributes:
        value: effect in each draw, ``(draws,)``, in the unit of the measure; undefined draws are
            left out.
        noise: unbiased variance of each value, ``(draws,)``.
        influence: influence of each pair of runs, ``(replicates, draws)``.
        draw: numbers of the included draws, ``(draws,)``.
        largest: largest difference that a pair of runs could show.
        of: number of all draws.
        times: multiple of the pairs of runs that it stands for, in a prediction.
    """

    value: Array
    noise: Array
    influence: Array
    draw: NDArray[np.int64]
    largest: float = 1.0
    of: int = 0
    times: float = 1.0

    @property
    def mean(self) -> float:
        """Mean over draws."""
        return float(self.value.mean()) if len(self.value) else float("nan")

    @property
    def replicates(self) -> float:
        """Number of pairs of runs in each draw."""
        return len(self.influence) * self.times

    @property
    def error(self) -> float:
        """Standard error of the mean over new draws and new random numbers."""
        return error_of(self.value, self.single_pair)

    def limits(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval of the mean over new draws and new random numbers."""
        return limits(self.value, self.single_pair, level)

    @property
    def single_pair(self) -> float:
        """Effect in a draw in which a single pair differs."""
        return self.pair_size / max(self.replicates, 1)

    @cached_property
    def pair_size(self) -> float:
        """Typical difference of a pair of runs that differs; the largest if none does."""
        pairs = self.influence + self.value
        squares = float((pairs**2).sum())
        return float(np.sqrt((pairs**4).sum() / squares)) if squares > 0 else self.largest

    @cached_property
    def differs(self) -> NDArray[np.bool_]:
        """Whether any pair of runs differs, in each draw."""
        return np.any(self.influence + self.value != 0, axis=0)

    @cached_property
    def standard_error(self) -> Array:
        """Standard error of each draw's value, never below the one shrunk towards the mean."""
        replicates = self.replicates
        draws = len(self.value)
        if replicates < 2 or not draws:
            return np.full(draws, np.inf)
        # 1. the sampling variance of a draw's variance
        variance = self.noise * replicates
        fourth = (self.influence**4).mean(axis=0)
        sampling = (fourth - variance**2).clip(0).mean() / replicates
        # 2. the weight of a draw's variance against the mean over draws
        spread = float(variance.var())
        weight = max(0.0, 1.0 - sampling / spread) if spread > 0 else 0.0
        # 3. the mean counts a further differing pair, so that no events are no certainty
        typical = variance.mean() + self.pair_size**2 / (replicates * draws)
        shrunk = weight * variance + (1.0 - weight) * typical
        return np.sqrt(np.maximum(variance, shrunk) / replicates)

    @property
    def variance_between(self) -> float:
        """Estimated variance of the true effects between draws."""
        if len(self.value) < 2:
            return 0.0
        return max(float(self.value.var(ddof=1) - self.noise.mean()), 0.0)

    def shrunk(self, times: float = np.inf) -> Array:
        """Return the effects as they might come out with more runs.

        They are moved towards their mean until their variance is that of the true effects plus the
        remaining noise (constrained empirical Bayes; Louis 1984).

        Args:
            times: multiple of the runs; infinite for the true effects.
        """
        noise = self.standard_error**2
        between = self.variance_between
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.sqrt((between + noise / times) / (between + noise))
        return self.mean + (self.value - self.mean) * np.where(np.isfinite(factor), factor, 1.0)

    def later(self, times: float) -> Effect:
        """Return the effect as it might come out with a multiple of the runs."""
        return replace(self, value=self.shrunk(times), noise=self.noise / times, times=times)

    def counting(self) -> tuple[int, int]:
        """Return the numbers of draws with a significant positive and negative effect."""
        reach = SIGNIFICANT_FROM * self.standard_error
        return int((self.value > reach).sum()), int((-self.value > reach).sum())

    def turned(self) -> Effect:
        """Return the effect with the conditions exchanged."""
        return replace(self, value=-self.value, influence=-self.influence)


def effect(estimate: Estimate, largest: float = 1.0) -> Effect:
    """Return the effect from a difference of estimates.

    Args:
        estimate: the difference.
        largest: largest difference that a pair of runs could show.

    >>> effect(Estimate(np.array([1.0, 3.0]), np.zeros((2, 2)))).mean
    2.0
    """
    defined = np.isfinite(estimate.value) & np.isfinite(estimate.influence).all(axis=0)
    influence = estimate.influence[:, defined]
    replicates = len(influence)
    squares = (influence**2).sum(axis=0)
    noise = squares / (replicates * (replicates - 1)) if replicates > 1 else squares + np.inf
    draws = np.flatnonzero(defined)
    return Effect(estimate.value[defined], noise, influence, draws, largest, len(defined))
