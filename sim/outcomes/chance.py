"""Separate chance from parameter uncertainty: the spread within draws and between draws.

A draw's estimate is noisy, because a draw has few replicates. The estimates are therefore shrunk
towards their mean, to remove the noise from their spread:

    m'_d = m + (m_d - m) sqrt(max(0, 1 - noise / observed))

Here ``noise`` is the mean variance of a draw's estimate, and ``observed`` is the variance of the
estimates between draws. With fewer than :data:`ENOUGH` replicates per draw the two cannot be
separated reliably, and no spread is reported.

Medians are shrunk on the scale of *normal scores*: a value's score is the standard normal quantile
of its rank among all runs. On this scale the noise is about equal for all draws, whatever the
distribution of the values. The variance of a draw's median is its exact bootstrap variance (Maritz
& Jarrett 1978), divided by its known bias for normal runs.

The interval of shares is that of a beta distribution with their mean, and with their variance
without noise (moments of the beta-binomial). An end is no farther out than that of the noisy or of
the shrunk shares, so that a few extreme draws do not stretch the interval.

The interval of chance comes from the order statistics of each draw, at plotting positions that are
unbiased for the median (Hyndman & Fan 1996, type 8). Between and beyond these positions, scores are
interpolated on a normal probability plot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Interval = tuple[float, float]

OUTER = (0.1, 0.9)
"""Quantiles of the reported intervals: the middle 80%."""
ENOUGH = 5
"""Replicates that each draw needs before results of single draws are reported."""
BIAS = {0: 1.15, 1: 0.85}
"""Relative bias of the bootstrap variance of a median of normal runs, times the root of their
number: for even and for odd numbers. Simulated with 40,000 samples of 5 to 129 runs."""
_Z = np.linspace(-6.5, 6.5, 5201)
_P = np.array([0.5 + 0.5 * erf(z / sqrt(2.0)) for z in _Z])


def has_enough_replicates(draw: Integers) -> bool:
    """Return whether every draw has enough replicates to report its results.

    >>> has_enough_replicates(np.arange(10) % 2), has_enough_replicates(np.arange(10) % 3)
    (True, False)
    """
    runs = np.bincount(draw)
    return bool(runs[runs > 0].min() >= ENOUGH)


def draw_means(values: Array, draw: Integers) -> tuple[Array, Array, Array]:
    """Return each draw's mean, the variance of that mean, and its number of runs.

    Draws without runs are left out.

    >>> mean, variance, runs = draw_means(np.array([0.0, 1.0, 2.0, 5.0]), np.array([0, 1, 0, 1]))
    >>> mean.tolist(), variance.tolist(), runs.tolist()
    ([1.0, 3.0], [1.0, 4.0], [2.0, 2.0])
    """
    runs = np.bincount(draw).astype(float)
    used = runs > 0
    runs = runs[used]
    total = np.bincount(draw, values)[used]
    square = np.bincount(draw, values**2)[used]
    mean = total / runs
    within = np.maximum(square / runs - mean**2, 0.0) * runs / np.maximum(runs - 1, 1)
    return mean, within / runs, runs


def shrunk(estimates: Array, noise: Array) -> Array:
    """Return draws' estimates, shrunk to the spread that chance does not explain; same shape.

    Args:
        estimates: each draw's estimate, draws along the last axis.
        noise: mean variance of these estimates, with a last axis of length 1.

    >>> shrunk(np.array([0.0, 4.0]), np.array([8.0])).tolist()
    [2.0, 2.0]
    """
    centre = estimates.mean(axis=-1, keepdims=True)
    observed = _variance(estimates)
    explained = np.divide(noise, observed, out=np.ones_like(observed), where=observed > 0)
    factor = np.sqrt(np.maximum(0.0, 1.0 - explained))
    return np.asarray(centre + (estimates - centre) * factor)


def quantiles(values: Array, parts: Sequence[float] = OUTER) -> Array:
    """Return quantiles along the last axis: ``(parts, ...)``; by default those of the middle 80%.

    The plotting positions are unbiased for the median, so that the interval fits new draws too.

    >>> quantiles(np.arange(11.0)).round(1).tolist()
    [0.5, 9.5]
    """
    return np.asarray(np.quantile(values, parts, axis=-1, method="median_unbiased"))


def quantiles_of_shares(shares: Array, noise: Array, parts: Sequence[float] = OUTER) -> Array:
    """Return quantiles of draws' true shares: ``(parts, ...)``; by default of the middle 80%.

    Args:
        shares: each draw's share of runs, draws along the last axis.
        noise: variance of each share, of the same shape.
        parts: the quantiles.

    >>> quantiles_of_shares(np.array([0.5, 0.5]), np.array([0.1, 0.1])).tolist()
    [0.5, 0.5]
    """
    chance = noise.mean(axis=-1, keepdims=True)
    found = _beta_quantiles(shares.mean(axis=-1), _variance(shares)[..., 0] - chance[..., 0], parts)
    noisy = quantiles(shares, parts)
    shrunken = quantiles(shrunk(shares, chance), parts)
    is_low = np.reshape([part < 0.5 for part in parts], (-1, *[1] * (shares.ndim - 1)))
    return np.where(
        is_low,
        np.maximum(found, np.minimum(noisy, shrunken)),
        np.minimum(found, np.maximum(noisy, shrunken)),
    )


def _variance(estimates: Array) -> Array:
    return np.asarray(estimates.var(axis=-1, ddof=1, keepdims=True))


def _beta_quantiles(mean: Array, variance: Array, parts: Sequence[float]) -> Array:
    """Return quantiles of beta distributions with these moments: ``(parts, ...)``."""
    spread = np.asarray(mean * (1.0 - mean))
    is_point = (variance <= 0) | (spread <= 0)
    # 1. both parameters; without spread, those of any distribution, which is not used
    size = np.divide(spread, variance, out=np.full_like(spread, 2.0), where=~is_point) - 1.0
    size = np.maximum(size, 1e-3)
    first = np.where(is_point, 0.5, mean) * size
    second = np.where(is_point, 0.5, 1.0 - mean) * size
    # 2. a grid of log-odds that covers the distribution
    width = np.sqrt(1 / first + 1 / first**2 + 1 / second + 1 / second**2)
    centre = np.log(first / second) - 0.5 / first + 0.5 / second
    odds = centre[..., None] + width[..., None] * np.linspace(-8.0, 8.0, 401)
    # 3. the cumulative distribution, and its quantiles
    least = np.logaddexp(0, -np.abs(odds))  # logaddexp(0, x) is this plus the positive part of x
    log_density = -first[..., None] * (np.maximum(-odds, 0) + least)
    log_density -= second[..., None] * (np.maximum(odds, 0) + least)
    density = np.exp(np.maximum(log_density - log_density.max(axis=-1, keepdims=True), -700.0))
    cumulative = np.cumsum(density, axis=-1) / density.sum(axis=-1, keepdims=True)
    ends = np.stack([_crossing(odds, cumulative, part) for part in parts])
    return np.where(is_point, mean, 0.5 * (1.0 + np.tanh(0.5 * ends)))


def _crossing(points: Array, cumulative: Array, share: float) -> Array:
    """Return where rising values along the last axis reach a share, by interpolation."""
    right = np.maximum((cumulative < share).sum(axis=-1, keepdims=True), 1)
    x = np.take_along_axis(points, np.concatenate([right - 1, right], axis=-1), axis=-1)
    y = np.take_along_axis(cumulative, np.concatenate([right - 1, right], axis=-1), axis=-1)
    way = (share - y[..., 0]) / np.maximum(y[..., 1] - y[..., 0], 1e-300)
    return np.asarray(x[..., 0] + way * (x[..., 1] - x[..., 0]))


def shrunk_medians(values: Array, draw: Integers) -> Array | None:
    """Return the draws' medians, shrunk to the spread due to parameter uncertainty.

    Args:
        values: value in each run, shape ``(runs,)``.
        draw: number of each run's parameter draw, shape ``(runs,)``.

    Returns:
        One median per draw that has runs, or None with fewer than :data:`ENOUGH` replicates.

    >>> shrunk_medians(np.repeat([1.0, 2.0], 5), np.repeat([0, 1], 5)).tolist()
    [1.0, 2.0]
    """
    if len(np.unique(draw)) < 2 or not has_enough_replicates(draw):
        return None
    scale = Scale.of(values)
    found = draw_scores(scale.scores(values), draw)
    return scale.values(shrunk(found.median, found.noise.mean(keepdims=True)))


@dataclass(frozen=True)
class Scale:
    """The scale of normal scores.

    Attributes:
        ordered: the values of all runs in ascending order, ``(runs,)``.

    >>> scale = Scale.of(np.array([1.0, 10.0, 100.0]))
    >>> scale.values(scale.scores(np.array([10.0, 100.0]))).tolist()
    [10.0, 100.0]
    """

    ordered: Array

    @classmethod
    def of(cls, values: Array) -> Scale:
        """Return the scale of these values."""
        return cls(np.sort(values))

    def scores(self, values: Array) -> Array:
        """Return the scores of values that occur; equal values share the middle of their ranks."""
        distinct, places = np.unique(values, return_inverse=True)  # faster to look up in order
        below = np.searchsorted(self.ordered, distinct, side="left")
        up_to = np.searchsorted(self.ordered, distinct, side="right")
        scores = np.interp((below + up_to) / (2 * len(self.ordered)), _P, _Z)
        return np.asarray(scores[places].reshape(values.shape))

    def values(self, scores: Array) -> Array:
        """Return the values with these scores: quantiles of all runs, of the same shape."""
        size = len(self.ordered)
        # the value of rank k, counted from 0, has the score of the share (k + 1/2) / size
        ranks = np.interp(scores, _Z, _P) * size - 0.5
        return np.interp(ranks, np.arange(size), self.ordered)


@dataclass(frozen=True)
class DrawScores:
    """Statistics of each draw's runs on the scale of normal scores; each of shape ``(draws,)``.

    Attributes:
        median: median of the runs.
        noise: sampling variance of the median.
        low: lower end of the middle 80% of the runs.
        high: upper end of the middle 80% of the runs.
    """

    median: Array
    noise: Array
    low: Array
    high: Array


def draw_scores(scores: Array, draw: Integers) -> DrawScores:
    """Return the statistics of all draws that have runs, in ascending order of their numbers."""
    found = np.zeros((4, len(np.unique(draw))))
    for places, ordered in _of_equal_size(scores, draw):
        median = np.median(ordered, axis=1)
        low, high = (_quantile(ordered, share) for share in OUTER)
        found[:, places] = median, _noise_of_median(ordered), low, high
    return DrawScores(*found)


def _of_equal_size(values: Array, draw: Integers) -> Iterator[tuple[Integers, Array]]:
    """Yield the draws with each number of runs, and their ordered values, ``(draws, runs)``."""
    _, runs = np.unique(draw, return_counts=True)
    ordered = values[np.lexsort((values, draw))]
    first = np.cumsum(runs) - runs
    for size in np.unique(runs):
        places = np.flatnonzero(runs == size)
        yield places, ordered[first[places, None] + np.arange(size)]


def _noise_of_median(ordered: Array) -> Array:
    """Return the sampling variance of each row's median: ``(draws,)``."""
    runs = ordered.shape[1]
    weights = _weights(runs)
    bootstrap = ordered**2 @ weights - (ordered @ weights) ** 2
    return np.maximum(bootstrap, 0.0) / (1.0 + BIAS[runs % 2] / sqrt(runs))


@lru_cache(maxsize=64)
def _weights(runs: int) -> Array:
    """Return the probability that each order statistic is the median of a bootstrap sample.

    They are increments of a beta distribution with both parameters ``(runs + 1) / 2``.
    """
    # 1. the statistics around the median; the others have no weight to 16 digits
    far = int(6 * sqrt(runs)) + 1  # twelve standard deviations
    ends = max(runs // 2 - far, 0), min(runs // 2 + far + 1, runs)
    # 2. the density at 200 points of each
    share = (np.arange(200 * ends[0], 200 * ends[1]) + 0.5) / (200 * runs)
    log_density = (runs - 1) / 2 * np.log(4 * share * (1 - share))
    density = np.exp(np.maximum(log_density, -700.0)).reshape(-1, 200).sum(axis=1)
    weights = np.zeros(runs)
    weights[slice(*ends)] = density / density.sum()
    return weights


def _quantile(ordered: Array, share: float) -> Array:
    """Return the quantile of each row of normal scores: ``(draws,)``."""
    runs = ordered.shape[1]
    positions = np.interp((np.arange(1, runs + 1) - 1 / 3) / (runs + 1 / 3), _P, _Z)
    wanted = np.interp(share, _P, _Z)
    # the two nearest positions; with few runs, both are on the same side
    left = int(np.clip(np.searchsorted(positions, wanted) - 1, 0, runs - 2))
    way = (wanted - positions[left]) / (positions[left + 1] - positions[left])
    return np.asarray(ordered[:, left] + way * (ordered[:, left + 1] - ordered[:, left]))
