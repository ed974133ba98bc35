"""Tests whether the ranks of true values among their posterior draws are uniform."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash

Array = NDArray[np.float64]
Ranks = NDArray[np.int64]

RANKED = 19
"""Posterior draws among which a true value is ranked.

They are spaced so that they are rarely copies of one particle.
"""
LEVEL = 0.05
"""Probability of rejecting a correct fit."""
SIMULATED = 100_000
"""Number of simulated sets of uniform ranks."""
ROUNDING = 1e-9
"""Difference between two distances that counts as none."""


def unevenness(counts: Ranks) -> Array:
    """Return the distance of ranks from uniform ranks.

    This is the Anderson-Darling statistic for discrete values (Choulakian, Lockhart & Stephens
    1994), which detects both bias and too many extreme ranks.

    Args:
        counts: number of worlds with each rank, ``(..., RANKED + 1)``.

    Returns:
        The distance, ``(...)``.

    >>> float(unevenness(np.full(RANKED + 1, 5)))
    0.0
    """
    # 1. observed and expected share of worlds with at most each rank, except the last
    worlds = counts.sum(axis=-1)
    observed = np.cumsum(counts, axis=-1)[..., :-1] / worlds[..., None]
    expected = np.arange(1, RANKED + 1) / (RANKED + 1)
    # 2. squared differences in units of their variance, which stresses the extreme ranks
    off = (observed - expected) ** 2 / (expected * (1 - expected))
    return np.asarray(worlds * off.sum(axis=-1) / (RANKED + 1))


@cache
def _uneven_by_chance(worlds: int) -> Array:
    """Return the unevenness of simulated uniform ranks, in ascending order: ``(SIMULATED,)``."""
    key = np.random.SeedSequence(worlds, spawn_key=(stable_hash("uniform ranks"),))
    uniform = np.full(RANKED + 1, 1 / (RANKED + 1))
    counts = np.random.default_rng(key).multinomial(worlds, uniform, SIMULATED)
    return np.sort(unevenness(counts))


def p_value(ranks: Ranks) -> float:
    """Return the p-value of the ranks of one quantity if they are uniform, by simulation.

    >>> p_value(np.arange(RANKED + 1)), p_value(np.zeros(40, dtype=int)) < 0.001
    (1.0, True)
    """
    simulated = _uneven_by_chance(len(ranks))
    observed = float(unevenness(np.bincount(ranks, minlength=RANKED + 1)))
    # ties count as uneven, and the observed ranks are one of the possible outcomes
    as_uneven = len(simulated) - np.searchsorted(simulated, observed - ROUNDING)
    return float((1 + as_uneven) / (1 + len(simulated)))


def is_calibrated(ranks: Ranks) -> bool:
    """Return whether ranks are consistent with uniform ranks.

    Half of the error probability goes to the likelihood. The values share the second half
    (Bonferroni).

    Args:
        ranks: ranks in each world, ``(worlds, quantities)``, with the likelihood last.

    >>> uniform = np.repeat(np.arange(RANKED + 1), 3)
    >>> is_calibrated(np.column_stack([uniform, uniform]))
    True
    """
    values = [p_value(column) for column in ranks[:, :-1].T]
    return p_value(ranks[:, -1]) >= LEVEL / 2 and min(values) >= LEVEL / 2 / len(values)
