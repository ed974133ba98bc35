"""Features of shared values: functions with mean 0 and variance 1 under the prior.

A range has two: the Legendre polynomials of degree 1 and 2 in its quantile. A choice of K options
has K - 1 contrasts. All are bounded, so a density ratio made of them is proper. They are
uncorrelated under the prior, so the coefficients of different features can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sim.fitting.space import Space
from sim.scenario import Choice

Array = NDArray[np.float64]

LINEAR = "linear"
QUADRATIC = "quadratic"
OPTION = "option"


@dataclass(frozen=True)
class Features:
    """The features of the values of a space.

    Attributes:
        space: the shared values.
    """

    space: Space

    @cached_property
    def kinds(self) -> tuple[tuple[int, str], ...]:
        """Dimension and kind of each feature."""
        found: list[tuple[int, str]] = []
        for dimension, value in enumerate(self.space.values):
            if isinstance(value, Choice):
                found += [(dimension, OPTION)] * (len(value.options) - 1)
            else:
                found += [(dimension, LINEAR), (dimension, QUADRATIC)]
        return tuple(found)

    @property
    def count(self) -> int:
        """Number of features."""
        return len(self.kinds)

    @cached_property
    def dimension(self) -> NDArray[np.int64]:
        """Dimension of each feature, ``(features,)``."""
        return np.array([dimension for dimension, _ in self.kinds])

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """Pairs of features whose product may be a further feature, ``(pairs, 2)``.

        They belong to different values, and none is quadratic.
        """
        plain = [number for number, (_, kind) in enumerate(self.kinds) if kind != QUADRATIC]
        pairs = [(i, j) for i, j in combinations(plain, 2) if self.kinds[i][0] != self.kinds[j][0]]
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)

    def of(self, shares: Array) -> Array:
        """Return the features at some quantiles: ``(n, features)``.

        Args:
            shares: quantiles of the values, ``(n, dimensions)``. A feature of what is not a number
                is 0, its mean.
        """
        columns: list[Array] = []
        for value, share in zip(self.space.values, shares.T, strict=True):
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
