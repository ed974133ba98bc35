"""Outcomes by run that stay in their file until they are needed, because they may exceed memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CACHED = 120_000_000
"""Most bytes of columns that stay in memory once they are read."""


@dataclass(frozen=True)
class Columns:
    """A table of outcomes, of which each column is read when it is needed.

    Attributes:
        names: names of the columns.
        size: number of runs.
        read: function that reads a column by its name.

    >>> table = pd.DataFrame({"run": [0, 1, 2], "truces": [0, 2, 1]})
    >>> found = Columns(list(table), len(table), lambda name: table[name])
    >>> found["truces"].tolist(), len(found), "deaths" in found
    ([0, 2, 1], 3, False)
    """

    names: Sequence[str]
    size: int
    read: Callable[[str], pd.Series[Any]] = field(repr=False)
    _cache: dict[str, pd.Series[Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def of(cls, table: pd.DataFrame) -> Columns:
        """Return the columns of a table in memory."""
        return cls(list(table), len(table), table.__getitem__)

    def __len__(self) -> int:
        """Return the number of runs."""
        return self.size

    def __contains__(self, name: object) -> bool:
        """Return whether there is a column of this name."""
        return name in self.names

    def __getitem__(self, name: str) -> pd.Series[Any]:
        """Return a column: one value for each run."""
        column = self._cache.pop(name, None)
        column = self.read(name) if column is None else column
        self._cache[name] = column  # at the end, because it was used last
        while sum(each.nbytes for each in self._cache.values()) > CACHED:
            del self._cache[next(iter(self._cache))]
        return column


Runs: TypeAlias = pd.DataFrame | Columns
"""Outcomes by run, in memory or in their file."""


def of_runs(outcomes: Runs, places: NDArray[np.int64]) -> Runs:
    """Return the outcomes of the runs at some places, in the order of the places."""
    if isinstance(outcomes, Columns):
        return Columns(outcomes.names, len(places), lambda name: outcomes[name].iloc[places])
    return outcomes.iloc[places]
