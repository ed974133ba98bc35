"""Parameter draws: full sets of values, taken from the coded ranges or from a posterior.

The draws are a Latin hypercube (McKay, Beckman & Conover 1979). Each value's range is cut into as
many strata as there are draws, and every stratum is used once. The order of the strata depends on
nothing but the value's path and the seed. So a value has the same draws in every scenario that
states the same range, and different values are independent.

If a scenario names a posterior, each draw takes one of its rows for all fitted values. This keeps
their dependence on each other. All other values come from the hypercube. The rows are a random
permutation of the file, which depends on nothing but the seed and the number of rows. So conditions
with the same seed use the same rows, seeds use independent ones, and the rows of a smaller ensemble
are the first rows of a larger one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.scenario import STANCE_NAMES, Choice, Quantity, Scenario

Array = NDArray[np.float64]

NO_POLICY = -1
"""Position of the stance that a policy fixes, where there is no policy."""


@dataclass(frozen=True)
class Draws:
    """The parameter draws of an ensemble: the same ones for the same ranges and seed.

    Attributes:
        scenario: the scenario that states the values.
        count: number of strata of the hypercube.
        seed: seed of the ensemble.
        first: number of draws that are used, from the first on; None for all. The values of a draw
            do not depend on it.
    """

    scenario: Scenario
    count: int
    seed: int
    first: int | None = None

    @property
    def used(self) -> int:
        """Return the number of draws that are used."""
        return self.count if self.first is None else min(self.first, self.count)

    def _points(self, path: str) -> Array:
        """Return the cumulative probabilities of a value's draws: shape ``(used,)``."""
        key = np.random.SeedSequence(self.seed, spawn_key=(stable_hash(f"draws of {path}"),))
        stream = np.random.default_rng(key)
        strata = stream.permutation(self.count)[: self.used]
        return (strata + stream.random(self.used)) / self.count

    def of_runs(self, draw: NDArray[np.int64]) -> RunValues:
        """Return the values of some runs.

        Args:
            draw: number of each run's draw, ``(runs,)``.
        """
        return RunValues(self, draw)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Return the row of the posterior that each draw takes, ``(used,)``; 0 without one.

        No row is used again before all rows are used.
        """
        posterior = self.scenario.parameters.posterior
        if posterior is None:
            return np.zeros(self.used, dtype=np.int64)
        key = np.random.SeedSequence(self.seed, spawn_key=(stable_hash("rows of the posterior"),))
        stream = np.random.default_rng(key)
        rounds = -(-self.used // posterior.rows)
        order = [stream.permutation(posterior.rows) for _ in range(rounds)]
        return np.concatenate(order)[: self.used]

    def _fitted(self, value: Quantity | Choice) -> NDArray[Any] | None:
        """Return the posterior's values, ``(used,)``; None if the value was not fitted."""
        posterior = self.scenario.parameters.posterior
        column = None if posterior is None or value.known else posterior.column(value)
        return None if column is None else column[self.rows]

    def quantity(self, value: Quantity) -> Array:
        """Return the drawn values of a quantity, in its unit: shape ``(used,)``."""
        if value.known:
            return np.full(self.used, value.low)
        fitted = self._fitted(value)
        return value.quantile(self._points(value.path)) if fitted is None else fitted

    def choice(self, value: Choice) -> NDArray[np.int64]:
        """Return the drawn options of a choice, as positions among them: shape ``(used,)``."""
        fitted = self._fitted(value)
        if fitted is None:
            return value.pick(self._points(value.path))
        return np.array([value.options.index(option) for option in fitted], dtype=np.int64)

    def table(self) -> pd.DataFrame:
        """Return a table with a row for each used draw and a column for each uncertain value."""
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
    """The values of each run of a block.

    Attributes:
        draws: the draws of the ensemble.
        draw: number of each run's draw, ``(runs,)``.
        dtype: precision of the values.
    """

    draws: Draws
    draw: NDArray[np.int64]
    dtype: type[np.floating[Any]] = np.float32

    @property
    def runs(self) -> int:
        """Return the number of runs."""
        return len(self.draw)

    def __call__(self, value: Quantity | None, absent: float = 0.0) -> NDArray[np.floating[Any]]:
        """Return a quantity's value in each run, in its unit: shape ``(runs,)``.

        Args:
            value: the quantity, or None if the scenario does not state it.
            absent: value of a quantity that is not stated.
        """
        if value is None:
            return np.full(self.runs, absent, dtype=self.dtype)
        return self.draws.quantity(value)[self.draw].astype(self.dtype)

    def index(self, value: Choice, allowed: tuple[str, ...]) -> NDArray[np.int64]:
        """Return a choice in each run, as a position among ``allowed``: shape ``(runs,)``."""
        positions = np.array([allowed.index(option) for option in value.options])
        return positions[self.draws.choice(value)[self.draw]]

    def policy(self, code: str) -> NDArray[np.int8]:
        """Return the stance that a policy fixes in each run, as a position among all stances.

        Args:
            code: code of the third party.

        Returns:
            Positions, ``(runs,)``; ``NO_POLICY`` where no policy fixes its stance.
        """
        return np.full(self.runs, position(self.draws.scenario.policies.get(code)), dtype=np.int8)


def position(stance: str | None) -> int:
    """Return the position of a stance among all stances; ``NO_POLICY`` for None."""
    return NO_POLICY if stance is None else STANCE_NAMES.index(stance)
