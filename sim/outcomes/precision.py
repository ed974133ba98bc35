"""Monte Carlo errors of printed figures, and the digits that they leave.

Parameter draws are the independent units: replicates of a draw share its parameters. There is one
rule for each kind of figure:

- a share or a mean: the standard error of a mean of clusters;

- a median: the quantiles of all runs one standard error of the share below it away (Woodruff 1952);

- the ends of an interval: the standard deviation over :data:`RESAMPLES` bootstrap samples of draws.

A figure is rounded to the largest power of ten up to its error. It keeps
at least one significant digit. See :func:`resolution`.

The errors are those of random draws. Values from the coded ranges are stratified, which makes the
true error a little smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

RESAMPLES = 100
"""Bootstrap samples of draws for the error of an interval's ends."""


def mean_error(values: Array, draw: Integers) -> float:
    """Return the standard error of the mean over runs, with draws as the unit.

    With a single draw, runs are the unit, and the error is that of chance alone. A single run has
    no error: NaN.

    Args:
        values: value in each run, ``(runs,)``.
        draw: number of each run's parameter draw, ``(runs,)``.

    >>> mean_error(np.array([0.0, 0.0, 2.0, 2.0]), np.array([0, 0, 1, 1]))
    1.0
    """
    units = _units(draw)
    residual = np.bincount(units, values - values.mean())
    residual = residual[np.bincount(units) > 0]
    size = len(residual)
    if size < 2:
        return float("nan")
    return float(np.sqrt(size / (size - 1) * (residual**2).sum()) / len(values))


def median_error(values: Array, draw: Integers) -> float:
    """Return the standard error of the median over runs, with draws as the unit.

    Arguments are those of :func:`mean_error`.

    >>> median_error(np.array([0.0, 0.0, 0.0, 2.0]), np.array([0, 0, 1, 1]))
    0.0
    """
    return quantile_error(values, draw, float(np.median(values)), 0.5)


def quantile_error(values: Array, draw: Integers, quantile: float, part: float) -> float:
    """Return the Monte Carlo error of a quantile of all runs; NaN if there is a single run.

    Args:
        values: the quantity in each run, ``(runs,)``.
        draw: number of each run's parameter draw, ``(runs,)``.
        quantile: the quantile.
        part: the share of runs below it.
    """
    below = (values < quantile) + part * (values == quantile)
    error = mean_error(below, draw)
    if np.isnan(error):
        return error
    low, high = np.quantile(values, [max(part - error, 0.0), min(part + error, 1.0)])
    return float(high - low) / 2


def _units(draw: Integers) -> Integers:
    return draw if draw.min() < draw.max() else np.arange(len(draw))


def bootstrap_error(draws: int, statistic: Callable[[Integers], Array]) -> Array:
    """Return the standard deviation of a statistic over bootstrap samples of draws.

    The samples are the same in every call, so that equal tables have equal errors.

    Args:
        draws: number of draws.
        statistic: function from positions of draws, ``(samples, draws)``, to values with the
            samples along the last axis.

    Returns:
        The standard deviations, without the last axis.

    >>> values = np.array([0.0, 2.0])
    >>> bool(bootstrap_error(2, lambda rows: values[rows].mean(axis=1)) > 0.5)
    True
    """
    random = np.random.default_rng(1)
    rows = random.integers(draws, size=(RESAMPLES, draws))
    return np.asarray(statistic(rows).std(axis=-1, ddof=1))


def resolution(value: float, error: float | None, finest: float = 1.0) -> float:
    """Return the power of ten that a figure is rounded to.

    It is the largest one up to the figure's error, at most its leading digit, and at least
    ``finest``.

    Args:
        value: the figure.
        error: its Monte Carlo error, in the same unit; None or NaN if it is unknown.
        finest: smallest step that is printed.

    >>> [resolution(43.0, error) for error in (None, 2.0, 9.0, 80.0)]
    [1.0, 1.0, 1.0, 10.0]
    >>> resolution(7612.0, 300.0)
    100.0
    """
    if not error or np.isnan(error):
        return finest
    step = 10.0 ** floor(log10(error))
    leading = 10.0 ** floor(log10(abs(value))) if value else step
    return max(finest, min(step, leading))


def rounded(value: float, error: float | None, finest: float = 1.0) -> float:
    """Return a figure rounded to the digits that its error leaves; halves are rounded up.

    >>> rounded(7612.0, 300.0), rounded(31.64, 0.2, 0.01)
    (7600.0, 31.6)
    """
    step = resolution(value, error, finest)
    return round(floor(value / step + 0.5) * step, 9) + 0.0  # without rounding errors and -0.0
