"""Features of a record: bounded functions of what the targets of a crisis measure.

A value is replaced by its quantile among the runs of the bank, with the error of its kernel. A
record beyond all runs then counts as the most extreme of them, and pulls no parameter without
bound. A size has the Legendre polynomials of degree 1 to 3 in the quantile, a count or a level
those of degree 1 and 2, and a yes or no that of degree 1. Each pair of targets has the product of
its first polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.record.targets import Relative, Step, Target

Array = NDArray[np.float64]

POINTS = 4096
"""Points of the distribution of a measured value that are kept."""


@dataclass(frozen=True)
class RecordFeatures:
    """The features of the records of one crisis.

    Attributes:
        degrees: degree of the polynomials of each target.
        points: ordered values of each target in the runs, with errors, each ``(points,)``.
    """

    degrees: tuple[int, ...]
    points: tuple[Array, ...]

    @classmethod
    def of_runs(cls, targets: Sequence[Target], values: Sequence[Array]) -> RecordFeatures:
        """Return the features of a crisis from values with errors, each ``(runs,)``."""
        degrees = tuple(_degree(target) for target in targets)
        return cls(degrees, tuple(map(_thinned, values)))

    def of(self, values: Sequence[Array]) -> Array:
        """Return the features of records: ``(n, features)``.

        Args:
            values: recorded value of each target, each ``(n,)``.
        """
        columns: list[Array] = []
        first: list[Array] = []
        for degree, points, recorded in zip(self.degrees, self.points, values, strict=True):
            # quantile, in the middle of equal values, as a number from -1 to 1
            below = np.searchsorted(points, recorded) + np.searchsorted(points, recorded, "right")
            x = below / len(points) - 1.0
            first.append(3**0.5 * x)
            polynomials = (first[-1], 5**0.5 * (1.5 * x**2 - 0.5), 7**0.5 * (2.5 * x**3 - 1.5 * x))
            columns += polynomials[:degree]
        columns += [one * two for one, two in combinations(first, 2)]
        return np.column_stack(columns) if columns else np.zeros((1, 0))


def _degree(target: Target) -> int:
    if isinstance(target.kernel, Relative):
        return 3
    return 2 if isinstance(target.kernel, Step) else 1


def _thinned(values: Array) -> Array:
    ordered = np.sort(values)
    chosen = np.linspace(0, len(ordered) - 1, min(POINTS, len(ordered)))
    return ordered[chosen.round().astype(int)]


def with_errors(targets: Sequence[Target], measured: Sequence[Array], seed: int) -> list[Array]:
    """Return measured values with the errors of their kernels, as a record would have them.

    Args:
        targets: the targets.
        measured: measured value of each target in each run, each ``(runs,)``.
        seed: seed of the errors.
    """
    found = []
    for target, values in zip(targets, measured, strict=True):
        key = np.random.SeedSequence(seed, spawn_key=(stable_hash(f"error of {target.fact}"),))
        found.append(target.kernel.sample(values, np.random.default_rng(key)))
    return found
