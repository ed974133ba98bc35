"""Priors inside the ranges of a bank: the model's own, those of arguments, and single values.

A bank may be simulated over wider ranges than those of the model, so that it covers the assumptions
of all arguments. A region states the range that a prior gives to each value of the bank: a narrower
range, fewer options, or a single value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.fitting.joint.ranges import Value, share_in
from sim.fitting.joint.surrogate import JointLikelihood
from sim.fitting.space import Space
from sim.scenario import Posterior

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Region:
    """A prior inside the ranges of a bank.

    Attributes:
        bank: the values of the bank.
        values: what the prior gives to each of them, in the same order.
    """

    bank: Space
    values: tuple[Value, ...]

    @classmethod
    def of(cls, bank: Space, stated: Mapping[str, Value]) -> Region:
        """Return a region from values by path; others have the range of the bank."""
        return cls(bank, tuple(stated.get(value.path, value) for value in bank.values))

    def holding(self, path: str, value: Value) -> Region:
        """Return the region in which one value has another range, or a single value."""
        return Region.of(self.bank, {v.path: v for v in self.values} | {path: value})

    @cached_property
    def open(self) -> tuple[int, ...]:
        """Positions of the values that are not single ones."""
        return tuple(place for place, value in enumerate(self.values) if not value.known)

    @property
    def space(self) -> Space:
        """The values that are not single ones; their normal scores are the dimensions."""
        return Space(tuple(self.values[place] for place in self.open))

    def shares(self, scores: Array) -> Array:
        """Return quantiles in the ranges of the bank: ``(n, values of the bank)``.

        Args:
            scores: normal scores, ``(n, open values)``.
        """
        found = np.empty((len(scores), len(self.values)))
        inside = self.space.shares(scores)
        for place, (wide, value) in enumerate(zip(self.bank.values, self.values, strict=True)):
            if place in self.open:
                share = inside[:, self.open.index(place)]
            else:
                share = np.full(len(scores), 0.5)
            found[:, place] = share_in(wide, value, share)
        return found

    def likelihood(self, of_bank: JointLikelihood) -> RegionLikelihood:
        """Return the likelihood of normal scores in this region."""
        return RegionLikelihood(self, of_bank)

    def posterior(self, scores: Array) -> Posterior:
        """Return draws of the open values in the form that scenarios use."""
        return self.space.posterior(scores)


@dataclass(frozen=True)
class RegionLikelihood:
    """The likelihood of normal scores in a region."""

    region: Region
    of_bank: JointLikelihood

    def __call__(self, scores: Array, seed: int = 0) -> Array:
        """Return the log likelihoods, ``(n,)``."""
        return self.of_bank.of_shares(self.region.shares(scores))
