"""Sobol indices of groups of inputs, for an outcome that also varies by chance.

Let ``f(x)`` be the expected outcome at the inputs ``x``, over replicates. The *first effect* of a
group of inputs is the share of the variance of ``f`` that disappears when the group alone becomes
known. Its *total effect* is the share that remains when everything else is known. The difference is
the group's interaction with the others. So first effects sum to at most 1, and total effects to at
least 1.

**Pick-freeze.** ``A`` and ``B`` are two independent samples of the inputs. ``M`` is ``A`` with the
group's columns from ``B``. With ``a``, ``b`` and ``m`` for the outcomes:

    first = mean(b (m - a)) / V          Saltelli et al. 2010, table 2 (b)
    total = mean((a - m)^2) / 2 V        Jansen 1999

**Replicates.** A draw has few replicates, so its mean is ``f(x)`` plus noise. Products of such
means are biased, because the same random numbers serve every sample. Every product here multiplies
outcomes of two *different* replicates, which are independent. It is averaged over all such pairs:

    f(x) f(y) ~ (sum_r u_r sum_r v_r - sum_r u_r v_r) / (R (R - 1))

This is unbiased for every number of replicates R from 2 on. Common random numbers then only help:
in ``a - m`` they cancel most of the noise.

An outcome may have several components, such as an indicator for each mediator. Numerators and
variances are then summed over components (Gamboa et al. 2014). Outcomes have shape ``(components,
replicates, draws)``.

Intervals are percentiles of a bootstrap over draws. Each resampling takes the same draws of all
samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RESAMPLES = 1000
INTERVAL = (0.025, 0.975)
"""Quantiles of the reported intervals: the middle 95%."""


@dataclass(frozen=True)
class Share:
    """A share of a variance, with its interval; NaN where nothing varies."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Effects:
    """The first and the total effect of a group."""

    first: Share
    total: Share


def expected_product(u: Array, v: Array) -> Array:
    """Return each draw's estimate of the product of two expected outcomes: shape ``(draws,)``.

    >>> expected_product(np.array([[[1.0], [3.0]]]), np.array([[[2.0], [4.0]]]))
    array([5.])
    """
    replicates = u.shape[1]
    pairs = u.sum(axis=1) * v.sum(axis=1) - (u * v).sum(axis=1)
    return np.asarray(pairs.sum(axis=0) / (replicates * (replicates - 1)))


def variance(*samples: Array) -> Array:
    """Return each draw's part of the variance of the expected outcome: shape ``(draws,)``.

    Args:
        samples: outcomes of samples with the same distribution of inputs.
    """
    centre = np.mean([sample.mean(axis=(1, 2)) for sample in samples], axis=0)[:, None, None]
    parts = [expected_product(sample - centre, sample - centre) for sample in samples]
    return np.asarray(np.mean(parts, axis=0))


def resampled(draws: int, seed: int = 1) -> Array:
    """Return how often each resampling takes each draw: shape ``(resamples, draws)``."""
    even = np.full(draws, 1.0 / draws)
    return np.random.default_rng(seed).multinomial(draws, even, RESAMPLES).astype(float)


def share(parts: Array, whole: Array, counts: Array) -> Share:
    """Return the ratio of two means over draws, with its interval.

    Args:
        parts: the numerator's part of each draw, ``(draws,)``.
        whole: the denominator's part of each draw, ``(draws,)``.
        counts: how often each resampling takes each draw, ``(resamples, draws)``.
    """
    if not whole.any():
        return Share(np.nan, np.nan, np.nan)
    low, high = np.quantile((counts @ parts) / (counts @ whole), INTERVAL)
    return Share(float(parts.sum() / whole.sum()), float(low), float(high))


def effects(a: Array, b: Array, mixed: Mapping[str, Array]) -> dict[str, Effects]:
    """Return the effects of each group.

    Args:
        a: outcomes of the first sample.
        b: outcomes of the second sample.
        mixed: by group, outcomes of the first sample with the group's inputs from the second.
    """
    counts = resampled(a.shape[-1])
    whole = variance(a, b)
    centre = a.mean(axis=(1, 2), keepdims=True)  # any constant is right, the mean has less noise
    return {
        group: Effects(
            share(expected_product(b - centre, m - a), whole, counts), total(a, m, whole, counts)
        )
        for group, m in mixed.items()
    }


def total(a: Array, m: Array, whole: Array, counts: Array) -> Share:
    """Return the total effect of the inputs in which two samples differ.

    Args:
        a: outcomes of one sample.
        m: outcomes of the other sample.
        whole: each draw's part of the variance, ``(draws,)``.
        counts: how often each resampling takes each draw, ``(resamples, draws)``.
    """
    return share(expected_product(a - m, a - m) / 2, whole, counts)


def chance(a: Array, b: Array) -> Share:
    """Return the share of the variance of single runs that is chance: variance within draws."""
    within = np.mean([sample.var(axis=1, ddof=1).sum(axis=0) for sample in (a, b)], axis=0)
    return share(within, within + variance(a, b), resampled(a.shape[-1]))
