"""Effects: how two conditions differ, draw by draw, with chance and coding kept apart.

The conditions share draws and luck, so a run of one has its twin in the other, and what they share cancels. In draw
``d`` the effect is estimated as the difference of the measure, with a noise that comes from the influence of the
pairs of runs. A draw rests on few pairs, so its noise is drawn towards the mean of all draws, the more so the less the
noises differ beyond what chance explains (Efron & Morris 1975), and is never taken to be less than that mean.

What is asked is how the *true* effects are spread over draws: the share beyond the margin one way, inside, and beyond
it the other way. The estimates are spread more widely than the truth, by chance. The noise being known, the spread
of the truth is found by expectation maximisation over a grid (Kiefer & Wolfowitz 1956), begun at the normal
distribution that a random-effects analysis would fit (DerSimonian & Laird 1986) and stopped after few steps, so that
where the data say little the normal stays. Intervals come from resampling the draws.

Beside the shares stand the draws that *count*: those whose own effect exceeds two standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.measures import Estimate

Array = NDArray[np.float64]

STEPS = 20
"""Steps of expectation maximisation: enough where draws are sharp, few enough where they are not."""
COUNTS = 2.0
"""Standard errors that an effect must exceed for its draw to count."""
SMALLEST = -40.0
"""Log of the least weight that is kept: what lies below slows arithmetic and changes nothing."""
RESAMPLES = 200
LEVEL = 0.95
"""Confidence of all intervals, but for those of a first look."""
WIDE = 0.999
"""Confidence of the intervals of a first look."""
FLIPS = 10_000
"""Random exchanges of the conditions behind a test, where few pairs differ."""
MANY = 100
"""Pairs that differ, from which on the sums of their signs are as good as normal."""


@dataclass(frozen=True)
class Effect:
    """A difference between conditions.

    Attributes:
        value: in each draw, shape ``(draws,)``, in the unit of the measure; draws where it is undefined are left out.
        noise: variance of each value, shape ``(draws,)``.
        influence: of each pair of runs, shape ``(replicates, draws)``.
        draw: number of each draw that is kept.
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
        """Standard error of the mean as an estimate for other draws and other luck."""
        draws = len(self.value)
        return float(self.value.std(ddof=1) / sqrt(draws)) if draws > 1 else float("inf")

    @property
    def error(self) -> float:
        """Standard error of the mean over these very draws, from chance alone."""
        return float(np.sqrt(self.noise.sum()) / max(len(self.noise), 1))

    @property
    def standard_error(self) -> Array:
        """Standard error of each draw's value, never less than the typical one: a single draw must show its effect."""
        return np.sqrt(np.maximum(self.noise, self.noise.mean()))

    def counting(self) -> tuple[int, int]:
        """Return how many draws count as an effect above 0 and below it."""
        reach = COUNTS * self.standard_error
        return int((self.value > reach).sum()), int((-self.value > reach).sum())


def effect(estimate: Estimate) -> Effect:
    """Return the effect that a difference of estimates amounts to."""
    kept = np.isfinite(estimate.value) & np.isfinite(estimate.influence).all(axis=0)
    influence = estimate.influence[:, kept]
    return Effect(estimate.value[kept], _noise(influence), influence, np.flatnonzero(kept))


def _noise(influence: Array) -> Array:
    """Return the variance of each draw's value: drawn towards the mean of all, as if half a pair more had differed.

    A draw in which no pair differs would otherwise pass for certain. The half pair differs as pairs that do differ.
    """
    replicates, draws = influence.shape
    if replicates < 2 or not draws:
        return np.full(draws, np.inf)
    own = (influence**2).sum(axis=0) / (replicates - 1)
    uncertain = ((influence**4).mean(axis=0) - own**2).clip(0).mean() / replicates
    trusted = max(0.0, 1.0 - uncertain / own.var()) if own.var() > 0 else 0.0
    squares = (influence**2).sum()
    half_a_pair = (influence**4).sum() / squares / (2 * replicates) if squares > 0 else 0.0
    return (trusted * own + (1.0 - trusted) * own.mean() + half_a_pair) / replicates


@dataclass(frozen=True)
class Share:
    """A share of draws, with the interval that finitely many draws and runs leave."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Shares:
    """How the true effects are spread over draws: beyond the margin above, inside, beyond the margin below."""

    above: Share
    inside: Share
    below: Share

    def turned(self) -> Shares:
        """Return the shares with above and below exchanged."""
        return Shares(self.below, self.inside, self.above)


def shares(found: Effect, margin: float, seed: int, level: float = LEVEL) -> Shares:
    """Return the shares of draws whose true effect lies beyond the margin either way, or inside it.

    Args:
        found: the effect.
        margin: difference that counts, in the unit of the measure.
        seed: of the resampling.
        level: confidence of the intervals.
    """
    draws = len(found.value)
    nothing = Share(float("nan"), 0.0, 1.0)
    if draws < 2 or not np.isfinite(found.noise).all():
        return Shares(nothing, nothing, nothing)
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(draws,)))
    times = random.multinomial(draws, np.full(draws, 1.0 / draws), size=RESAMPLES).astype(float)
    times = np.vstack([np.ones(draws), times])
    points, weights = spread(found, margin, times)
    parts = [weights[:, where].sum(axis=1) for where in (points > margin, abs(points) <= margin, points < -margin)]
    return Shares(*(_share(part, level) for part in parts))


def wide_shares(found: Effect, margin: float, seed: int) -> Shares:
    """Return the shares with intervals that a larger comparison is hardly ever outside of.

    Where a draw has few runs, the spread of the true effects is known in the main from the normal distribution that the
    search for it begins at, and a share may be off by more than resampling shows. The share of draws whose own estimate
    lies there errs the other way, since it counts chance as spread. So the intervals are of 99.9%, and cover both.
    """
    spread = shares(found, margin, seed, WIDE)
    value = found.value
    counted = [float(where.mean()) for where in (value > margin, abs(value) <= margin, value < -margin)]
    wide = (spread.above, spread.inside, spread.below)
    return Shares(*(_covering(share, own, len(value)) for share, own in zip(wide, counted, strict=True)))


def _covering(share: Share, own: float, draws: int) -> Share:
    """Return a share whose interval covers also that of the draws' own estimates."""
    reach = NormalDist().inv_cdf((1.0 + WIDE) / 2) * sqrt(own * (1.0 - own) / draws)
    return Share(share.value, max(0.0, min(share.low, own - reach)), min(1.0, max(share.high, own + reach)))


def _share(part: Array, level: float) -> Share:
    """Return a share with its interval; one of another level is as much wider as a normal one would be."""
    tail = (1.0 - LEVEL) / 2
    value, (low, high) = float(part[0]), np.quantile(part[1:], (tail, 1.0 - tail))
    wider = NormalDist().inv_cdf((1.0 + level) / 2) / NormalDist().inv_cdf(1.0 - tail)
    ends = value - wider * max(value - low, 0.0), value + wider * max(high - value, 0.0)
    return Share(value, float(max(ends[0], 0.0)), float(min(ends[1], 1.0)))


def spread(found: Effect, margin: float, times: Array) -> tuple[Array, Array]:
    """Return a grid of true effects and the weight of each point.

    Args:
        found: the effect.
        margin: the grid is laid so that the margins fall between two of its points.
        times: how often each draw counts, shape ``(resamples, draws)``.

    Returns:
        Points, shape ``(points,)``, and weights, shape ``(resamples, points)``.
    """
    points = _points(found, margin)
    noise = np.maximum(found.noise, _smallest(points))
    far = (found.value[:, None] - points) ** 2 / noise[:, None]
    likelihood = np.exp(np.maximum(-0.5 * (far - far.min(axis=1, keepdims=True)), SMALLEST))
    weights = _normal_start(found, points, times)
    total = times.sum(axis=1, keepdims=True)
    for _ in range(STEPS):
        evidence = weights @ likelihood.T
        weights = np.maximum(weights * ((times / evidence) @ likelihood) / total, np.exp(SMALLEST))
    return points, weights / weights.sum(axis=1, keepdims=True)


def _points(found: Effect, margin: float) -> Array:
    """Return the grid: three points inside the margins, and beyond them as far as the data go."""
    reach = float(np.abs(found.value).max() + np.sqrt(found.noise.max()))
    steps = np.arange(1, 61) / 60
    beyond = margin * 4 / 3 + max(reach - margin, margin) * (steps - steps[0]) ** 1.5
    return np.concatenate([-beyond[::-1], margin * np.array([-2 / 3, 0.0, 2 / 3]), beyond])


def _smallest(points: Array) -> float:
    """Return the least variance that a grid can tell from none."""
    return float(np.diff(points).min() / 2) ** 2


def _normal_start(found: Effect, points: Array, times: Array) -> Array:
    """Return the weights of the normal distribution of a random-effects analysis, for each resample."""
    total = times.sum(axis=1)
    middle = times @ found.value / total
    around = times @ found.value**2 / total - middle**2
    between = np.maximum(around - times @ found.noise / total, 0.0)
    width = np.sqrt(between + _smallest(points))[:, None]
    edges = np.concatenate([[-np.inf], (points[1:] + points[:-1]) / 2, [np.inf]])
    return np.maximum(np.diff(_normal((edges - middle[:, None]) / width), axis=1), 1e-9)


def _normal(z: Array) -> Array:
    """Return the normal distribution function, to four digits (Abramowitz & Stegun 1964, 26.2.17)."""
    t = 1.0 / (1.0 + 0.2316419 * np.abs(z))
    series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    with np.errstate(over="ignore", under="ignore"):
        tail = np.exp(-0.5 * np.minimum(np.abs(z), 40.0) ** 2) / np.sqrt(2 * np.pi) * series
    return np.where(z > 0, 1.0 - tail, tail)


def exchange_test(found: Effect, seed: int) -> float:
    """Return the chance of an effect as large as this if the conditions differed in nothing.

    If they do not differ, it is by chance alone which run of a pair stands under which condition. So the signs of the
    pairs could as well be flipped, and two things are compared with what was found: the size of the mean, and the sum
    of the squares of all draws, which also grows when draws differ in sign. The smaller chance of the two is doubled.
    Where many pairs differ, the flipped mean is normal and the flipped sum a scaled chi-square; where few do, signs are
    flipped at random.
    """
    pairs = found.influence + found.value
    if not np.any(pairs):
        return 1.0
    few = np.count_nonzero(pairs) < MANY
    mean, squares = _by_flipping(pairs, seed) if few else _by_moments(pairs)
    return float(min(1.0, 2 * min(mean, squares)))


def _by_moments(pairs: Array) -> tuple[float, float]:
    """Return the chances of the mean and of the sum of squares under random signs, from their moments."""
    sums, own, fourth = pairs.sum(axis=0), (pairs**2).sum(axis=0), (pairs**4).sum(axis=0)
    mean = erfc(abs(sums.sum()) / sqrt(2 * own.sum()))
    spread = 2 * (own**2 - fourth).sum()
    if spread <= 0:
        return mean, 1.0
    degrees = 2 * own.sum() ** 2 / spread
    ratio = float(sums @ sums / own.sum())  # Wilson & Hilferty 1931: the cube root of a chi-square is normal
    z = (ratio ** (1 / 3) - (1 - 2 / (9 * degrees))) / sqrt(2 / (9 * degrees))
    return mean, 0.5 * erfc(z / sqrt(2))


def _by_flipping(pairs: Array, seed: int) -> tuple[float, float]:
    """Return the same by flipping the few signs that matter."""
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
    """Return chances adjusted for their number: no false one is called more often than the level (Holm 1979)."""
    order = np.argsort(chances)
    count = len(chances)
    stepped = np.maximum.accumulate(np.minimum(1.0, (count - np.arange(count)) * chances[order]))
    adjusted = np.empty(count)
    adjusted[order] = stepped
    return adjusted
