"""Draws: full sets of values taken from what the coding leaves open, or from what a fit left of it.

The draws are a Latin hypercube (McKay, Beckman & Conover 1979): every value's range is cut into as many strata as there
are draws, and each stratum is met once, in an order that belongs to the value's path and the seed alone. So a value has
the same draws in every scenario that states the same range, whatever else changes, and no two values are tied together.

Where a scenario names a posterior, a draw takes one row of it for all values that were fitted, so that they stay tied
as the record ties them; only the rest comes from the hypercube. The rows are spread evenly over the file from a start
that belongs to the seed alone (systematic resampling): conditions with the same posterior and seed have the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.scenario import Choice, Quantity, Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """The draws of an ensemble, the same for the same scenario paths and seed.

    Attributes:
        scenario: states the values.
        count: draws that the hypercube is cut for.
        seed: of all random streams.
        first: draws that are used, from the first on; all where None. A draw has the same values however many are used.
    """

    scenario: Scenario
    count: int
    seed: int
    first: int | None = None

    @property
    def used(self) -> int:
        """Number of draws that are used."""
        return self.count if self.first is None else min(self.first, self.count)

    def _points(self, path: str) -> Array:
        """Return the cumulative probabilities of one value's draws: shape ``(used,)``."""
        key = np.random.SeedSequence(self.seed, spawn_key=(stable_hash(f"draws of {path}"),))
        stream = np.random.default_rng(key)
        strata = stream.permutation(self.count)[: self.used]
        return (strata + stream.random(self.used)) / self.count

    def of_runs(self, draw: NDArray[np.int64]) -> RunValues:
        """Return the values of runs that belong to the draws with these indices, shape ``(runs,)``."""
        return RunValues(self, draw)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Row of the posterior that each draw takes, shape ``(used,)``; all 0 where there is none."""
        posterior = self.scenario.parameters.posterior
        size = 1 if posterior is None else posterior.rows
        key = np.random.SeedSequence(self.seed, spawn_key=(stable_hash("rows of the posterior"),))
        start = np.random.default_rng(key).integers(size)
        draws = np.arange(self.used)  # more draws than rows take all rows in turn, so that the first of them differ too
        return (start + (draws if self.count >= size else draws * size // self.count)) % size

    def _fitted(self, value: Quantity | Choice) -> NDArray[Any] | None:
        """Return the values that a posterior gives, shape ``(used,)``; None where it has none."""
        posterior = self.scenario.parameters.posterior
        column = None if posterior is None or value.known else posterior.column(value)
        return None if column is None else column[self.rows]

    def quantity(self, value: Quantity) -> Array:
        """Return the drawn values of a quantity: shape ``(used,)``, its own unit."""
        fitted = self._fitted(value)
        return value.quantile(self._points(value.path)) if fitted is None else fitted

    def choice(self, value: Choice) -> NDArray[np.int64]:
        """Return the drawn options of a choice: indices into its options, shape ``(used,)``."""
        fitted = self._fitted(value)
        if fitted is None:
            return value.pick(self._points(value.path))
        return np.array([value.options.index(option) for option in fitted], dtype=np.int64)

    def table(self) -> pd.DataFrame:
        """Return one row a draw that is used, and one column a value that the coding leaves open."""
        columns: dict[str, object] = {"draw": np.arange(self.used)}
        for value in self.scenario.quantities():
            if value.known:
                continue
            if isinstance(value, Choice):
                columns[value.path] = np.array(value.options)[self.choice(value)]
            else:
                columns[value.path] = self.quantity(value)
        return pd.DataFrame(columns)


@dataclass(frozen=True)
class RunValues:
    """The values that each run of a block is played with."""

    draws: Draws
    draw: NDArray[np.int64]
    dtype: type[np.floating[Any]] = np.float32

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.draw)

    def __call__(self, value: Quantity | None, absent: float = 0.0) -> NDArray[np.floating[Any]]:
        """Return a quantity's value in each run, shape ``(runs,)``; ``absent`` where it is not stated."""
        if value is None:
            return np.full(self.runs, absent, dtype=self.dtype)
        return self.draws.quantity(value)[self.draw].astype(self.dtype)

    def index(self, value: Choice, allowed: tuple[str, ...]) -> NDArray[np.int64]:
        """Return a choice in each run as an index into ``allowed``, shape ``(runs,)``."""
        return np.array([allowed.index(option) for option in value.options])[self.draws.choice(value)[self.draw]]
