"""Features of shared values: functions with mean 0 and variance 1 under the prior.

A range has two: the Legendre polynomials of degree 1 and 2 in its quantile. A choice of K options
has K - 1 contrasts. All are bounded, so a density ratio made of them is proper. They are
uncorrelated under the prior, so the coefficients of different features can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.fitting.space import Space
from sim.scenario import Choice

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """The features of the values of a space.

    Attributes:
        space: the shared values.
    """

    space: Space

    @property
    def count(self) -> int:
        """Number of features."""
        return sum(
            len(value.options) - 1 if isinstance(value, Choice) else 2
            for value in self.space.values
        )

    def of(self, shares: NDArray[np.floating[Any]]) -> Array:
        """Return the features at some quantiles: ``(n, features)``.

        Args:
            shares: quantiles of the values, ``(n, dimensions)``. A feature of what is not a number
                is 0, its mean.
        """
        columns: list[Array] = []
        for value, share in zip(self.space.values, np.asarray(shares, dtype=float).T, strict=True):
            if isinstance(value, Choice):
                columns += _contrasts(value, share)
            else:
                centred = 2.0 * share - 1.0
                columns += [3**0.5 * centred, 5**0.5 * (1.5 * centred**2 - 0.5)]
        return np.nan_to_num(np.column_stack(columns))


def _contrasts(value: Choice, share: Array) -> list[Array]:
    """Return orthonormal contrasts of the options: each compares one with those before it."""
    unknown = np.isnan(share)
    picked = value.pick(np.where(unknown, 0.0, share))
    found = []
    for last in range(1, len(value.options)):
        scale = (len(value.options) / (last * (last + 1))) ** 0.5
        levels = np.zeros(len(value.options))
        levels[:last] = -scale
        levels[last] = last * scale
        found.append(np.where(unknown, 0.0, levels[picked]))
    return found
