"""Confidence limits for means over draws, with parameter draws as the unit.

A mean has a Student interval, moved for skewness (Johnson 1978). Its variance counts three more
draws, each as far from the mean as the farthest one. So a few draws never mean certainty, and the
interval of a mean without any event follows the rule of three.
"""

from __future__ import annotations

from math import erfc, exp, expm1, log, log1p, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVEL = 0.95
"""Confidence of every interval."""
UNSEEN = 3
"""Number of draws that are added to the variance, as far out as the farthest."""


def student(level: float, degrees: int) -> float:
    """Return the two-sided quantile of Student's distribution (Wallace 1959).

    >>> round(student(0.95, 127), 2)
    1.98
    """
    z = NormalDist().inv_cdf((1 + level) / 2) * (8 * degrees + 3) / (8 * degrees + 1)
    return sqrt(degrees * expm1(z * z / degrees))


def two_sided(t: float, degrees: int) -> float:
    """Return the p-value of a Student statistic (Wallace 1959).

    >>> round(two_sided(1.979, 127), 3)
    0.05
    """
    z = (8 * degrees + 1) / (8 * degrees + 3) * sqrt(degrees * log1p(t * t / degrees))
    return erfc(z / sqrt(2))


def error_of(values: Array, least: float = 0.0) -> float:
    """Return the standard error of a mean over draws.

    Args:
        values: one value per draw, ``(draws,)``.
        least: smallest distance of the added draws from the mean.

    >>> error_of(np.array([0.0, 2.0, 0.0, 2.0])) > 0.5, error_of(np.zeros(8), 0.1) > 0
    (True, True)
    """
    return float(_errors(values, least))


def _errors(values: Array, least: float) -> Array:
    """Return the standard errors of means over draws, which are the last axis."""
    draws = values.shape[-1]
    if draws < 2:
        return np.full(values.shape[:-1], np.inf)
    centred = values - values.mean(axis=-1, keepdims=True)
    farthest = np.maximum(np.abs(centred).max(axis=-1), least)
    squares = (centred[..., None, :] @ centred[..., None])[..., 0, 0]
    return np.asarray(np.sqrt((squares + UNSEEN * farthest**2) / (draws - 1) / draws))


def limits(values: Array, least: float = 0.0, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a mean over draws.

    Args:
        values: one value per draw, ``(draws,)``.
        least: smallest distance of the added draws from the mean.
        level: confidence.

    >>> low, high = limits(np.array([1.0, 2.0, 3.0, 4.0]))
    >>> low < 2.5 < high
    True
    """
    low, high = limits_of(values, least, level)
    return float(low), float(high)


def limits_of(values: Array, least: float = 0.0, level: float = LEVEL) -> tuple[Array, Array]:
    """Return the intervals of several means over the same draws.

    Args:
        values: values with draws as the last axis, ``(means, draws)``.
        least: smallest distance of the added draws from the mean.
        level: confidence.

    Returns:
        The lower and the upper limits, ``(means,)``.
    """
    draws = values.shape[-1]
    error = _errors(values, least)
    if draws < 2:
        return -error, error
    t = student(level, draws - 1)
    mean = values.mean(axis=-1)
    # a skewed sample says less about its long tail
    third = ((values - mean[..., None]) ** 3).mean(axis=-1)
    shift = third / np.where(error > 0, 6 * draws * error**2, np.inf) * (1 + 2 * t * t) / draws
    shift = np.clip(shift, -t * error / 2, t * error / 2)
    return mean + shift - t * error, mean + shift + t * error


def unseen_share(draws: int, seen: float, level: float = LEVEL) -> float:
    """Return the largest share of draws that may be of a kind that none of them shows.

    Args:
        draws: number of draws.
        seen: probability that such a draw would show.
        level: confidence.

    >>> round(unseen_share(128, 1.0), 3), unseen_share(128, 0.01)
    (0.028, 1.0)
    """
    without = 1.0 - exp(log((1 - level) / 2) / draws)
    return min(1.0, without / seen) if seen > 0 else 1.0
