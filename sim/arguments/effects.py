"""Effects: the difference between two conditions by parameter draw, with chance removed.

Conditions share draws and random numbers. Each run of one condition has a paired run in the other,
so common noise cancels. The effect in draw ``d`` is the difference of the measure. Its noise comes
from the influence of the pairs of runs. A draw has few pairs, so its noise is shrunk towards the
mean of all draws. Shrinkage is strong if the noises differ by no more than chance explains (Efron
& Morris 1975).

The question is how the *true* effects are distributed over draws: the shares beyond the margin on
either side and inside it. Estimates are more spread out than true effects, because of chance. The
distribution of true effects is estimated by expectation maximisation over a grid (Kiefer &
Wolfowitz 1956). It starts at the normal distribution of a random-effects analysis (DerSimonian &
Laird 1986). It stops after a few steps, so that with little data it stays close to normal.
Intervals come from resampling draws.

In symbols, with the estimate ``y_d`` and its noise variance ``v_d`` in draw ``d``, the points
``x_k`` of the grid with weights ``w_k``, and the normal density ``N``::

    y_d = effect_d + noise_d                        noise_d of variance v_d
    v_d = (t s_d^2 + (1 - t) mean(s^2)) / n         shrinkage t, n pairs a draw
    w_k <- mean over d of w_k N(y_d; x_k, v_d) / sum_j w_j N(y_d; x_j, v_d)

In addition, the draws with a *significant* effect are counted: those beyond two standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.evaluation import Estimate

Array = NDArray[np.float64]

STEPS = 20
"""Steps of expectation maximisation: enough for precise draws, few enough for noisy ones."""
SIGNIFICANT_FROM = 2.0
"""Standard errors that the effect of a draw must exceed to count."""
SMALLEST_LOG_WEIGHT = -40.0
"""Log of the smallest weight. Smaller weights slow arithmetic without changing results."""
RESAMPLES = 200
LEVEL = 0.95
"""Confidence of intervals, except in a quick comparison."""
WIDE = 0.999
"""Confidence of intervals in a quick comparison."""
FLIPS = 10_000
"""Number of random sign flips in a test with few differing pairs."""
MANY = 100
"""Number of differing pairs from which sums of random signs are treated as normal."""


@dataclass(frozen=True)
class Effect:
    """A difference between conditions.

    Attributes:
        value: effect in each draw, ``(draws,)``, in the unit of the measure; undefined draws are
            left out.
        noise: variance of each value, ``(draws,)``.
        influence: influence of each pair of runs, ``(replicates, draws)``.
        draw: numbers of the included draws, ``(draws,)``.
    """

    value: Array
    noise: Array
    influence: Array
    draw: NDArray[np.int64]

    @property
    def mean(self) -> float:
        """Mean over draws."""
        return float(self.value.mean()) if len(self.value) else float("nan")

    @property
    def spread_error(self) -> float:
        """Standard error of the mean over new draws and new random numbers."""
        draws = len(self.value)
        return float(self.value.std(ddof=1) / sqrt(draws)) if draws > 1 else float("inf")

    @property
    def error(self) -> float:
        """Standard error of the mean over these draws, from chance alone."""
        return float(np.sqrt(self.noise.sum()) / max(len(self.noise), 1))

    @property
    def standard_error(self) -> Array:
        """Standard error of each draw's value, at least the typical one.

        Otherwise few pairs would give false precision.
        """
        return np.sqrt(np.maximum(self.noise, self.noise.mean()))

    def counting(self) -> tuple[int, int]:
        """Return the numbers of draws with a significant positive and negative effect."""
        reach = SIGNIFICANT_FROM * self.standard_error
        return int((self.value > reach).sum()), int((-self.value > reach).sum())


def effect(estimate: Estimate) -> Effect:
    """Return the effect from a difference of estimates.

    >>> effect(Estimate(np.array([1.0, 3.0]), np.zeros((2, 2)))).mean
    2.0
    """
    defined = np.isfinite(estimate.value) & np.isfinite(estimate.influence).all(axis=0)
    influence = estimate.influence[:, defined]
    return Effect(estimate.value[defined], _noise(influence), influence, np.flatnonzero(defined))


def _noise(influence: Array) -> Array:
    """Return the variance of each draw's value, shrunk towards the mean over draws.

    Half a differing pair is added to each draw. Otherwise a draw without differing pairs would
    seem certain.
    """
    replicates, draws = influence.shape
    if replicates < 2 or not draws:
        return np.full(draws, np.inf)
    # 1. the variance in each draw, and the sampling variance of that estimate
    by_draw = (influence**2).sum(axis=0) / (replicates - 1)
    sampling_variance = ((influence**4).mean(axis=0) - by_draw**2).clip(0).mean() / replicates
    # 2. the weight of a draw's estimate against the mean over draws
    weight_of_own = max(0.0, 1.0 - sampling_variance / by_draw.var()) if by_draw.var() > 0 else 0.0
    # 3. half a differing pair, of the typical size of differing pairs
    squares = (influence**2).sum()
    half_a_pair = (influence**4).sum() / squares / (2 * replicates) if squares > 0 else 0.0
    shrunk = weight_of_own * by_draw + (1.0 - weight_of_own) * by_draw.mean()
    return (shrunk + half_a_pair) / replicates


@dataclass(frozen=True)
class Share:
    """A share of draws with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Shares:
    """Shares of draws whose true effect is above the margin, inside it, and below it."""

    above: Share
    inside: Share
    below: Share

    def turned(self) -> Shares:
        """Return the shares with ``above`` and ``below`` exchanged."""
        return Shares(self.below, self.inside, self.above)


def shares(found: Effect, margin: float, seed: int, level: float = LEVEL) -> Shares:
    """Return the shares of draws whose true effect is above, inside or below the margin.

    Args:
        found: the effect.
        margin: smallest relevant difference, in the unit of the measure.
        seed: seed of the resampling.
        level: confidence of the intervals.
    """
    draws = len(found.value)
    nothing = Share(float("nan"), 0.0, 1.0)
    if draws < 2 or not np.isfinite(found.noise).all():
        return Shares(nothing, nothing, nothing)
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(draws,)))
    resamples = random.multinomial(draws, np.full(draws, 1.0 / draws), size=RESAMPLES).astype(float)
    resamples = np.vstack([np.ones(draws), resamples])
    points, weights = effect_distribution(found, margin, resamples)
    parts = [
        weights[:, where].sum(axis=1)
        for where in (points > margin, abs(points) <= margin, points < -margin)
    ]
    return Shares(*(_share(part, level) for part in parts))


def wide_shares(found: Effect, margin: float, seed: int) -> Shares:
    """Return the shares with intervals that almost surely contain those of a larger comparison.

    With few runs per draw, the estimated distribution stays close to the initial normal one, so a
    share may be off by more than resampling shows. The share of draws by their raw estimates errs
    in the other direction, because it counts chance as spread. Therefore the 99.9% intervals cover
    both.
    """
    deconvolved = shares(found, margin, seed, WIDE)
    value = found.value
    counted = [
        float(where.mean()) for where in (value > margin, abs(value) <= margin, value < -margin)
    ]
    wide = (deconvolved.above, deconvolved.inside, deconvolved.below)
    return Shares(
        *(_covering(share, raw, len(value)) for share, raw in zip(wide, counted, strict=True))
    )


def _covering(share: Share, raw: float, draws: int) -> Share:
    """Return a share whose interval also covers that of the draws' raw estimates."""
    reach = NormalDist().inv_cdf((1.0 + WIDE) / 2) * sqrt(raw * (1.0 - raw) / draws)
    return Share(
        share.value, max(0.0, min(share.low, raw - reach)), min(1.0, max(share.high, raw + reach))
    )


def _share(part: Array, level: float) -> Share:
    """Return a share with its interval, scaled to a confidence level like a normal interval."""
    tail = (1.0 - LEVEL) / 2
    value = float(part[0])
    low, high = np.quantile(part[1:], (tail, 1.0 - tail))
    wider = NormalDist().inv_cdf((1.0 + level) / 2) / NormalDist().inv_cdf(1.0 - tail)
    ends = value - wider * max(value - low, 0.0), value + wider * max(high - value, 0.0)
    return Share(value, float(max(ends[0], 0.0)), float(min(ends[1], 1.0)))


def effect_distribution(found: Effect, margin: float, resamples: Array) -> tuple[Array, Array]:
    """Return a grid of true effects and the weight of each point.

    Args:
        found: the effect.
        margin: smallest relevant difference; the margins fall between points of the grid.
        resamples: weight of each draw in each resample, ``(resamples, draws)``.

    Returns:
        Points, ``(points,)``, and weights, ``(resamples, points)``.
    """
    points = _points(found, margin)
    noise = np.maximum(found.noise, _smallest(points))
    squared_z = (found.value[:, None] - points) ** 2 / noise[:, None]
    beyond_best = squared_z - squared_z.min(axis=1, keepdims=True)
    likelihood = np.exp(np.maximum(-0.5 * beyond_best, SMALLEST_LOG_WEIGHT))
    weights = _normal_start(found, points, resamples)
    total = resamples.sum(axis=1, keepdims=True)
    for _ in range(STEPS):
        evidence = weights @ likelihood.T
        step = (resamples / evidence) @ likelihood / total
        weights = np.maximum(weights * step, np.exp(SMALLEST_LOG_WEIGHT))
    return points, weights / weights.sum(axis=1, keepdims=True)


def _points(found: Effect, margin: float) -> Array:
    """Return the grid: three points inside the margins, and points beyond them.

    The latter cover the range of the data.
    """
    reach = float(np.abs(found.value).max() + np.sqrt(found.noise.max()))
    steps = np.arange(1, 61) / 60
    beyond = margin * 4 / 3 + max(reach - margin, margin) * (steps - steps[0]) ** 1.5
    return np.concatenate([-beyond[::-1], margin * np.array([-2 / 3, 0.0, 2 / 3]), beyond])


def _smallest(points: Array) -> float:
    """Return the smallest variance that a grid can resolve."""
    return float(np.diff(points).min() / 2) ** 2


def _normal_start(found: Effect, points: Array, resamples: Array) -> Array:
    """Return the weights of a normal random-effects distribution, for each resample."""
    total = resamples.sum(axis=1)
    mean = resamples @ found.value / total
    variance = resamples @ found.value**2 / total - mean**2
    variance_between = np.maximum(variance - resamples @ found.noise / total, 0.0)
    width = np.sqrt(variance_between + _smallest(points))[:, None]
    edges = np.concatenate([[-np.inf], (points[1:] + points[:-1]) / 2, [np.inf]])
    return np.maximum(np.diff(_normal((edges - mean[:, None]) / width), axis=1), 1e-9)


def _normal(z: Array) -> Array:
    """Return the normal distribution function to four digits.

    Source: Abramowitz & Stegun (1964), 26.2.17.
    """
    t = 1.0 / (1.0 + 0.2316419 * np.abs(z))
    series = t * (
        0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    with np.errstate(over="ignore", under="ignore"):
        tail = np.exp(-0.5 * np.minimum(np.abs(z), 40.0) ** 2) / np.sqrt(2 * np.pi) * series
    return np.where(z > 0, 1.0 - tail, tail)


def exchange_test(found: Effect, seed: int) -> float:
    """Return the probability of an effect as large as this if the conditions do not differ.

    Without a difference, the sign of each pair is random. Two statistics are compared with their
    distribution under random signs. One is the absolute mean. The other is the sum of squares over
    draws, which also grows if draws differ in sign. The smaller p-value is doubled. With many
    differing pairs, the mean is normal and the sum of squares is a scaled chi-square. With few,
    signs are flipped at random.
    """
    pairs = found.influence + found.value
    if not np.any(pairs):
        return 1.0
    few = np.count_nonzero(pairs) < MANY
    mean, squares = _by_flipping(pairs, seed) if few else _by_moments(pairs)
    return float(min(1.0, 2 * min(mean, squares)))


def _by_moments(pairs: Array) -> tuple[float, float]:
    """Return the p-values of the mean and of the sum of squares from their moments."""
    sums = pairs.sum(axis=0)
    squares = (pairs**2).sum(axis=0)
    fourth = (pairs**4).sum(axis=0)
    mean = erfc(abs(sums.sum()) / sqrt(2 * squares.sum()))
    effect_distribution = 2 * (squares**2 - fourth).sum()
    if effect_distribution <= 0:
        return mean, 1.0
    degrees = 2 * squares.sum() ** 2 / effect_distribution
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
