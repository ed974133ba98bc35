"""Proper scores of forecasts, with the same treatment of every competitor.

A forecast is a *sample*: values with weights. All scores are on the scale of the outcome,
``asinh(value / smallest)``, which is logarithmic for large values. There, an error by a factor of
two costs the same in a short crisis and in a long one.

- *CRPS*: mean distance from the record, less half the mean distance within the sample. For a yes
  or no it is the Brier score. Smaller is better.
- *Log score*: log density of the record. Larger is better. A sample has no density, so every sample
  is smoothed by a normal kernel. Its bandwidth follows Silverman's rule (1986, equation 3.31), from
  the sample's own spread and effective size, and is at least ``FLOOR``. Then every forecast is
  mixed with a small share of a know-nothing forecast, which is uniform on the scale of the outcome.
  So no single crisis decides a comparison.

The density of a count is the probability of its unit interval. A duration beyond the horizon is
censored: its density is the probability of all longer durations. The kernel of a value that cannot
be negative is reflected at zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from validation.forecasts.outcomes import COUNT, YES, Outcome

Array = NDArray[np.float64]

FLOOR = 0.3
"""Smallest bandwidth: the discrepancy of :mod:`sim.record.targets`, about 30% of a size."""
KNOW_NOTHING = 0.05
"""Share of the know-nothing forecast in every density."""
HALF = 0.5


@dataclass(frozen=True)
class Sample:
    """A forecast of one outcome.

    Attributes:
        values: possible values, ``(values,)``.
        weights: their probabilities, ``(values,)``.
    """

    values: Array
    weights: Array

    @classmethod
    def of(cls, values: Array) -> Sample:
        """Return a sample of equally likely values."""
        values = np.asarray(values, dtype=float)
        return cls(values, np.full(len(values), 1 / len(values)))

    @property
    def mean(self) -> float:
        """Mean of the values."""
        return float(self.weights @ self.values)

    def quantiles(self, shares: tuple[float, ...]) -> list[float]:
        """Return quantiles of the sample."""
        order = np.argsort(self.values)
        total = np.cumsum(self.weights[order])
        last = len(order) - 1
        places = [min(int(np.searchsorted(total, share - 1e-12)), last) for share in shares]
        return [float(self.values[order][place]) for place in places]


def crps(outcome: Outcome, sample: Sample, observed: float) -> float:
    """Return the CRPS of a sample on the scale of the outcome; the Brier score of a yes or no.

    >>> from validation.forecasts.outcomes import ENTRY
    >>> round(crps(ENTRY, Sample.of(np.array([0.0, 1.0, 1.0, 1.0])), 1.0), 4)
    0.0625
    """
    return _crps(
        outcome.scaled(sample.values), sample.weights, float(outcome.scaled(np.array(observed)))
    )


def crps_in_units(outcome: Outcome, sample: Sample, observed: float) -> float:
    """Return the CRPS of a sample in the unit of the outcome, cut at its limit."""
    limit = np.inf if outcome.limit is None else outcome.limit
    return _crps(np.minimum(sample.values, limit), sample.weights, min(observed, limit))


def _crps(values: Array, weights: Array, observed: float) -> float:
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    # integral of (F - 1{x >= observed})^2, which is constant between neighbouring points
    points = np.sort(np.append(values, observed))
    below = np.concatenate([[0.0], np.cumsum(weights)])
    steps = below[np.searchsorted(values, points[:-1], side="right")]
    return float(((steps - (points[:-1] >= observed)) ** 2 * np.diff(points)).sum())


def log_score(outcome: Outcome, sample: Sample, observed: float, floor: float = FLOOR) -> float:
    """Return the log density of the record in a smoothed sample.

    Args:
        outcome: the outcome.
        sample: the forecast.
        observed: the record.
        floor: smallest bandwidth.
    """
    density = (1 - KNOW_NOTHING) * _density(outcome, sample, observed, floor)
    density += KNOW_NOTHING * _know_nothing(outcome, observed)
    return math.log(density) if density > 0 else -math.inf


def bandwidth(values: Array, weights: Array, floor: float = FLOOR) -> float:
    """Return the bandwidth of a weighted sample by Silverman's rule, or the floor.

    >>> bandwidth(np.zeros(5), np.full(5, 0.2))
    0.3
    """
    mean = weights @ values
    spread = math.sqrt(max(float(weights @ (values - mean) ** 2), 0.0))
    low, high = Sample(values, weights).quantiles((0.25, 0.75))
    middle = (high - low) / 1.34
    size = 1 / float((weights**2).sum())
    smaller = min(spread, middle) if middle > 0 else spread
    return max(floor, 0.9 * smaller * size**-0.2)


def _density(outcome: Outcome, sample: Sample, observed: float, floor: float) -> float:
    if outcome.kind == YES:
        return sample.mean if observed else 1 - sample.mean
    values, weights = outcome.scaled(sample.values), sample.weights
    width = bandwidth(values, weights, floor)
    if outcome.kind == COUNT:
        low, high = outcome.scaled(np.array([observed - HALF, observed + HALF]))
        below = 0.0 if observed <= 0 else float(weights @ ndtr((low - values) / width))
        return float(weights @ ndtr((high - values) / width)) - below
    at_limit = outcome.is_censored(sample.values)
    if outcome.is_censored(np.array(observed)):
        limit = float(outcome.scaled(np.array(outcome.limit)))
        beyond = np.where(at_limit, 1.0, _upper(values, limit, width, outcome))
        return float(weights @ beyond)
    place = float(outcome.scaled(np.array(observed)))
    density = _normal((place - values) / width) / width
    if outcome.bounded:
        density = density + _normal((place + values) / width) / width
    return float(weights @ np.where(at_limit, 0.0, density))


def _upper(values: Array, limit: float, width: float, outcome: Outcome) -> Array:
    """Return the probability beyond the limit of a kernel at each value."""
    upper = ndtr((values - limit) / width)
    return upper + ndtr((-values - limit) / width) if outcome.bounded else upper


def _normal(z: Array) -> Array:
    return np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)


def _know_nothing(outcome: Outcome, observed: float) -> float:
    """Return the density of the record in the know-nothing forecast of its outcome."""
    if outcome.kind == YES:
        return HALF
    top = outcome.high + HALF if outcome.kind == COUNT else outcome.high
    low, high = (float(np.arcsinh(end / outcome.smallest)) for end in (outcome.low, top))
    if not outcome.low <= observed <= outcome.high:
        return 0.0
    if outcome.kind == COUNT:
        ends = outcome.scaled(np.array([max(observed - HALF, 0.0), observed + HALF]))
        return float(ends[1] - ends[0]) / (high - low)
    if outcome.is_censored(np.array(observed)):
        return (high - float(outcome.scaled(np.array(outcome.limit)))) / (high - low)
    return 1 / (high - low)
