"""The tables of a result of runs: which columns and values each must have to be read.

A result folder may be damaged, edited, from another version or from a stranger. So each table is
compared with its scenario and its manifest when it is read, and what follows can rely on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.io.parquet import DAY, FLAG, REAL, TEXT, WHOLE, read_table
from sim.outcomes.columns import DAILY, ENDINGS, QUANTILES, columns
from sim.outcomes.runs import Columns
from sim.scenario import Choice, Scenario

LEVELS = 5
NUMBERS = ("run", "draw")
"""Columns of the outcomes that are checked against each other, and so are read together."""
READ_TOGETHER = 200_000
"""Most runs of which all columns are read together, which is faster."""
MAX_AMOUNT = 1e15
"""Largest number in a table: far above any outcome, and small enough to draw."""
_KINDS = {"count": WHOLE, "level": WHOLE, "day": DAY, "real": REAL, "flag": FLAG, "code": TEXT}
_LIMITS = {
    "share of the area": (-1, 1),
    "share of triads": (0, 1),
    "share of days": (0, 1),
    "-1 to 1": (-1, 1),
    "0 to 1": (0, 1),
    "0-3": (0, 3),
    "0-4": (0, 4),
}
"""Limits of the values of a column, by its unit."""
ROUNDING = 1e-5
"""How far rounding may carry a value beyond its limits."""
_QUANTILES = tuple(f"q{round(100 * q):02d}" for q in QUANTILES)
_SHARES = tuple(f"share_level_{level}" for level in range(LEVELS))


@dataclass(frozen=True)
class Expected:
    """What the tables of a result must contain.

    Attributes:
        scenario: the simulated scenario.
        runs: number of finished runs.
        asked: number of runs that were asked for.
        draws: number of parameter draws.
    """

    scenario: Scenario
    runs: int
    asked: int
    draws: int

    @classmethod
    def of(cls, scenario: Scenario, manifest: Mapping[str, Any]) -> Expected:
        """Return what a scenario and a checked manifest let expect."""
        runs = manifest["runs"]
        return cls(scenario, runs["done"], runs["asked"], manifest["draws"])

    def read(self, path: Path, only: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the table in a file such as ``outcomes.parquet``.

        Args:
            path: the file.
            only: names of the columns to read and to check; None for all.

        Raises:
            ValueError: it is not what the scenario and the manifest let expect.
            OSError: the file cannot be opened.
        """
        name = path.stem
        table = read_table(path, self.columns(name), self._rows(name), only=only)
        if not len(table):
            raise ValueError("has no rows")
        for fault in self._faults(name, table):
            raise ValueError(fault)
        return table

    def outcomes(self, path: Path) -> Columns:
        """Return the outcomes in a file. Each column of many runs is read when it is needed."""
        if self.runs <= READ_TOGETHER:
            return Columns.of(self.read(path))

        def read(column: str) -> pd.Series[Any]:
            table = self.read(path, NUMBERS if column in NUMBERS else [column])
            return table[column].copy()  # or it would hold the whole table

        return Columns(list(self.columns("outcomes")), self.runs, read)

    def columns(self, name: str) -> dict[str, str]:
        """Return the kind of each column of a table."""
        if name == "outcomes":
            return {column.name: _KINDS[column.kind] for column in columns(self.scenario)}
        if name == "daily":
            numbers = dict.fromkeys(("mean", *_QUANTILES, *_SHARES), REAL)
            return {"measure": TEXT, "day": WHOLE, **numbers}
        if name == "daily_by_draw":
            whole = dict.fromkeys(("day", "draw", "runs"), WHOLE)
            return {**whole, **dict.fromkeys(("fighting", *DAILY), REAL)}
        uncertain = (value for value in self.scenario.quantities() if not value.known)
        kinds = {value.path: TEXT if isinstance(value, Choice) else REAL for value in uncertain}
        return {"draw": WHOLE, **kinds}

    def _rows(self, name: str) -> int | None:
        """Return the number of rows of a table; None where failed runs may have left gaps."""
        sizes = {"outcomes": self.runs, "daily": len(DAILY) * self.scenario.horizon_days}
        return sizes.get(name)

    def _faults(self, name: str, table: pd.DataFrame) -> Iterator[str]:
        """Yield what is wrong with the values of a table."""
        for column, kind in self.columns(name).items():
            if column in table:
                yield from _column_faults(table[column], column, kind, name)
        checks = {"outcomes": self._outcomes, "daily": self._daily}
        yield from checks.get(name, self._by_draw)(table)

    def _outcomes(self, table: pd.DataFrame) -> Iterator[str]:
        if "run" in table:
            run = table["run"].to_numpy()
            ordered = np.sort(run)
            if (ordered[1:] == ordered[:-1]).any() or ordered[-1] >= self.asked:
                yield "has a run twice, or more runs than manifest.json names"
            if not np.array_equal(table["draw"].to_numpy(), run % self.draws):
                yield "has runs of other draws than manifest.json names"
        limits = {
            each.name: _LIMITS[each.unit] for each in columns(self.scenario) if each.unit in _LIMITS
        }
        limits["duration_days"] = (0, self.scenario.horizon_days)
        for column, (low, high) in limits.items():
            if column not in table:
                continue
            for value in (table[column].min(), table[column].max()):
                if not low - ROUNDING <= value <= high + ROUNDING:
                    yield f"has {value:,} in the column '{column}'; allowed: {low} to {high}"
        actors = {*self.scenario.actors, "none"}
        for column, allowed in (("ending", set(ENDINGS)), ("broker", actors)):
            if column in table and not table[column].isin(allowed).all():
                yield f"has an unknown text in the column '{column}'"

    def _daily(self, table: pd.DataFrame) -> Iterator[str]:
        days = range(self.scenario.horizon_days)
        found = pd.MultiIndex.from_frame(table[["measure", "day"]])
        if not found.sort_values().equals(_every(sorted(DAILY), days).sort_values()):
            yield "has not one row for each measure and day"

    def _by_draw(self, table: pd.DataFrame) -> Iterator[str]:
        """Yield faults of a table with rows for each draw, or for each draw and day."""
        keys = [key for key in ("day", "draw") if key in table]
        if table.duplicated(keys).any() or table["draw"].max() >= self.draws:
            yield "has a draw twice, or more draws than manifest.json names"
        if "day" in keys:
            draws = table["draw"].nunique()
            if len(table) != draws * self.scenario.horizon_days:
                yield "has not one row for each day and draw"
            if table["day"].max() >= self.scenario.horizon_days:
                yield "has days after the end of the scenario"
            if table["runs"].min() < 1:
                yield "has a draw without runs"


def _every(measures: list[str], days: range) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([measures, days], names=["measure", "day"])


def _column_faults(values: pd.Series[Any], column: str, kind: str, table: str) -> Iterator[str]:
    """Yield what is wrong with the values of one column, whatever they mean."""
    where = f"in the column '{column}'"
    is_empty = values.isna().to_numpy()
    optional = kind == DAY or (table == "daily" and column in _SHARES)
    if not optional and is_empty.any():
        yield f"has an empty cell {where}"
    elif kind in (WHOLE, DAY, REAL):
        numbers = values.to_numpy(float, na_value=np.nan)[~is_empty]
        if kind != REAL and (numbers < 0).any():
            yield f"has a number below 0 {where}"
        elif kind == REAL and not (np.abs(numbers) <= MAX_AMOUNT).all():
            yield f"has an infinite or too large number {where}"
