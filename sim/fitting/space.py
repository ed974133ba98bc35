"""The parameter space of a fit: one dimension per uncertain value, normal under the prior."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.io.errors import UsageError
from sim.scenario import Choice, Posterior, Quantity, Scenario
from sim.scenario.posterior import column_name

Array = NDArray[np.float64]


MISSING = "a fit needs SciPy and ArviZ; install them with: pip install scipy 'arviz<1'"


def special() -> Any:
    """Return SciPy's special functions. Raise UsageError if SciPy is not installed."""
    try:
        from scipy import special as functions
    except ImportError:
        raise UsageError(MISSING) from None
    return functions


@dataclass(frozen=True)
class Space:
    """The uncertain values of some scenarios.

    Values with the same path and range share one dimension, which is standard normal under the
    prior.

    Attributes:
        values: the values, in order of their names.

    >>> import sim
    >>> space = Space.of([sim.load("april_2016").scenario])
    >>> float(space.shares(np.zeros((1, len(space.values)))).max())
    0.5
    """

    values: tuple[Quantity | Choice, ...]

    @classmethod
    def of(cls, scenarios: Iterable[Scenario]) -> Space:
        """Return the space of all uncertain values of some scenarios."""
        by_name = {
            column_name(value): value
            for scenario in scenarios
            for value in scenario.quantities()
            if not value.known
        }
        return cls(tuple(by_name[name] for name in sorted(by_name)))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, one per dimension."""
        return tuple(column_name(value) for value in self.values)

    def shares(self, scores: Array) -> Array:
        """Return the cumulative probabilities of normal scores under the prior: same shape."""
        return np.asarray(special().ndtr(scores))

    def posterior(self, scores: Array) -> Posterior:
        """Return draws from their normal scores, ``(draws, dimensions)``."""
        columns = {
            column_name(value): _values(value, share)
            for value, share in zip(self.values, self.shares(scores).T, strict=True)
        }
        return Posterior.of(columns)


def _values(value: Quantity | Choice, shares: Array) -> NDArray[Any]:
    """Return the values at some quantiles of the prior: numbers, or names of options."""
    if isinstance(value, Choice):
        return np.array(value.options)[value.pick(shares)]
    return np.asarray(value.quantile(shares))
