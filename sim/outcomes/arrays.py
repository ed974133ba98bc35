"""Outcomes as plain arrays, for code that reads a few columns of many conditions.

Reading a column of a data frame takes longer than most of what is computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of successive runs, one array per column.

    Attributes:
        columns: values by column, each of shape ``(runs,)``; a day that never came is NaN.
        days: names of the columns of days that may never come.

    >>> found = Outcomes.of(pd.DataFrame({"truces": [0, 2, 1]}))
    >>> found["truces"].tolist(), len(found.first(2))
    ([0, 2, 1], 2)
    """

    columns: Mapping[str, NDArray[Any]]
    days: frozenset[str] = frozenset()

    @classmethod
    def of(cls, table: pd.DataFrame) -> Outcomes:
        """Return the outcomes in a table."""
        days = frozenset(str(name) for name, kind in table.dtypes.items() if kind == "Int32")
        columns = {str(name): _plain(column) for name, column in table.items()}
        return cls(columns, days)

    @classmethod
    def joined(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """Return the outcomes of several parts with the same columns, one after another."""
        if len(parts) == 1:
            return parts[0]
        columns = {
            name: np.concatenate([part[name] for part in parts]) for name in parts[0].columns
        }
        return cls(columns, parts[0].days)

    @cached_property
    def runs(self) -> int:
        """Number of runs."""
        return len(next(iter(self.columns.values()), ()))

    def __len__(self) -> int:
        """Return the number of runs."""
        return self.runs

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return the values of a column."""
        return self.columns[name]

    def rows(self, rows: slice) -> Outcomes:
        """Return the outcomes of some successive runs."""
        return Outcomes({name: column[rows] for name, column in self.columns.items()}, self.days)

    def first(self, runs: int) -> Outcomes:
        """Return the outcomes of the first runs."""
        return self if runs >= self.runs else self.rows(slice(runs))

    def table(self) -> pd.DataFrame:
        """Return the outcomes as a data frame."""
        columns: dict[str, Any] = dict(self.columns)
        for name in self.days:
            missing = np.isnan(columns[name])
            days = np.where(missing, -1, columns[name]).astype(np.int32)
            columns[name] = pd.arrays.IntegerArray(days, mask=missing)
        return pd.DataFrame(columns)


def _plain(column: pd.Series[Any]) -> NDArray[Any]:
    """Return the values of a column as numbers, truth values or texts."""
    if column.dtype == "Int32":
        return column.to_numpy(np.float64, na_value=np.nan)
    return column.to_numpy() if column.dtype.kind in "bif" else np.asarray(column, dtype=str)
