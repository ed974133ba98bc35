"""Rules of the model: pure functions on arrays, one idea a file, each with its equation and its source.

Arrays have shape ``(runs,)`` unless said otherwise; a leading axis holds options, sides or actors. Rules
neither know scenarios nor keep state, and whoever calls them passes the random numbers in.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Index = NDArray[np.integer[Any]]

FULL_SUPPORT = 3.0
"""Levels of support that count as full."""
WORDS = 0.5
"""Levels that taking a side counts for before anything is given: what everybody hears and nobody can shoot with."""
TRACE = 1e-6
"""A millionth: less ground of the contested area is no ground, and less difference in what offers promise is none."""


def positive(x: Array) -> Array:
    """Return ``max(x, 0)``: numpy clips three times faster than it compares an array with one number."""
    return x.clip(0.0, np.inf)


def total(rows: Array) -> Array:
    """Return the sum of rows, one after the other: numpy's own sum adds in another order where there is one run."""
    return reduce(np.add, rows) if len(rows) else np.zeros(rows.shape[1:], dtype=rows.dtype)
