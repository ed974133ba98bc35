"""Correct the p-values of many tests, so that few are significant where nothing is to be found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CHANCE = 0.05
"""Probability that any effect is named if there is none at all."""


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
