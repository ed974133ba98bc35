"""The rules of the model, as pure functions on arrays.

Each file holds one idea, and each function states its equation and its source. Arrays have shape
``(runs,)`` unless a docstring says otherwise; a leading axis holds options, sides or actors. Rules
know no scenario and keep no state. Callers pass the random numbers in.

In equations, ``x+`` means ``max(x, 0)``.
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
"""Levels of commitment that a public statement adds: all actors see it, the fighting does not."""
TRACE = 1e-6
"""The smallest amount that counts, of territory and of differences between proposals."""


def positive(x: Array) -> Array:
    """Return ``max(x, 0)`` for each element.

    >>> positive(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return np.maximum(x, 0.0)


def total(rows: Array) -> Array:
    """Return the sum over the first axis, added row by row.

    ``np.sum`` adds in another order if there is only one run, which changes the last digits.

    >>> total(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.])
    """
    return reduce(np.add, rows) if len(rows) else np.zeros(rows.shape[1:], dtype=rows.dtype)


def pick(rows: Array, which: Index) -> Array:
    """Return the value of one row in each run: shape ``(runs,)``.

    Flat positions are three times faster than a pair of indices for each run.

    Args:
        rows: values, ``(rows, runs)``.
        which: number of the row in each run, -1 for the last one, ``(runs,)``.

    >>> pick(np.array([[1, 2, 3], [4, 5, 6]]), np.array([0, 1, -1]))
    array([1, 5, 6])
    """
    return rows.reshape(-1).take(positions(which))


def positions(which: Index) -> Index:
    """Return the position of one row in each run, in rows laid end to end: shape ``(runs,)``.

    Args:
        which: number of the row in each run, ``(runs,)``.

    >>> positions(np.array([0, 2, 1]))
    array([0, 7, 5])
    """
    found: Index = np.arange(which.size)
    found += which.astype(found.dtype) * which.size
    return found
