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
