"""Tests of whether a value matters at all, corrected for how many are tested."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

CHANCE = 0.05
"""Probability that any effect is named if there is none at all."""


FEWEST = 10
"""Smallest number of draws that differ for the signed-rank test."""


def signed_rank(values: Array) -> float:
    """Return the two-sided p-value of Wilcoxon's signed-rank test (1945).

    If a change does not matter, both ends are exchangeable, and each difference has either sign
    with equal probability. The test uses ranks, so a few large differences do not hide many small
    ones of one sign.

    Args:
        values: differences, ``(draws,)``; those of 0 are left out.

    >>> signed_rank(np.arange(1.0, 21.0)) < 0.001, signed_rank(np.array([1.0, 2.0]))
    (True, 1.0)
    """
    differing = values[values != 0]
    if len(differing) < FEWEST:
        return 1.0
    ranks = pd.Series(np.abs(differing)).rank().to_numpy()
    z = float((np.sign(differing) * ranks).sum()) / sqrt(float((ranks**2).sum()))
    return erfc(abs(z) / sqrt(2))


def holm(p: Array) -> Array:
    """Return p-values that are adjusted for all tests together (Holm 1979).

    Args:
        p: p-value of each test, ``(tests,)``.

    >>> holm(np.array([0.01, 0.04, 0.02])).round(2).tolist()
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(p, kind="stable")
    factors = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return adjusted
