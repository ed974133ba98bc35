"""Read the result folder of a comparison of arguments, without the engine.

``verdicts.parquet``, ``verdicts.csv``: one row per reading of a claim.
``verdicts.json``: the same as JSON, with the thresholds.
``effects.parquet``: one row per claim and draw: the effect and its standard error.
``controls.parquet``: one row per claim and control.
``curves.parquet``: one row per claim and credibility curve.
``drivers.parquet``: one row per claim and parameter that drives it.
``maps.parquet``: one row per claim and cell: the effect over its two main drivers.
``pairs.parquet``: one row per pair of rivals.
``power.parquet``: one row per pair of rivals and number of crises.
``matrix.parquet``: one row per argument and item of the record: log likelihood.
``by_hand.parquet``: the same, expert-coded.
``weights.parquet``: one row per argument: Bayes factor and posterior weight.
``confusion.parquet``: one row per true and judged argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.arguments.tables import COLUMNS, Manifest, link_faults, table_faults
from sim.io.errors import Fault, InputError
from sim.io.parquet import read_table
from sim.results.manifest import Part, damaged, read_manifest

TABLES = (
    "verdicts",
    "effects",
    "controls",
    "curves",
    "drivers",
    "maps",
    "pairs",
    "power",
    "matrix",
    "by_hand",
    "weights",
    "confusion",
)
MANIFEST = "comparison.json"
REMEDY = "run the comparison again"


@dataclass(frozen=True)
class Compared:
    """The result folder of a comparison. Tables are read on demand."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Arguments, seed, sizes and thresholds."""
        return read_manifest(self.folder / MANIFEST, Part, REMEDY)

    def table(self, name: str) -> pd.DataFrame:
        """Return one of :data:`TABLES`; it is empty if the comparison has no such results."""
        return self._read(name)

    def _read(self, name: str, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
        path = self._file(name)
        try:
            return read_table(path, columns, may_be_empty=True)
        except ValueError as error:
            raise damaged(path, str(error), remedy=REMEDY) from None

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    def check(self) -> None:
        """Read everything. Raise InputError if a file is damaged or contradicts the others."""
        read_manifest(self.folder / MANIFEST, Manifest, REMEDY)
        tables = {name: self._read(name, COLUMNS[name].kinds()) for name in TABLES}
        for name, table in tables.items():
            for fault in table_faults(name, table):
                raise damaged(self._file(name), fault, remedy=REMEDY)
        for name, fault in link_faults(tables):
            raise damaged(self._file(name), fault, remedy=REMEDY)


def rows_by(column: str, table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a table as plain values, by the text in a column, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault(row[column], []).append(row)
    return found


def is_comparison(folder: Path) -> bool:
    """Return whether a folder holds a comparison."""
    return (folder / MANIFEST).is_file()


def open_comparison(folder: Path) -> Compared:
    """Open the folder of a comparison. Raise InputError if it is not one."""
    missing = [name for name in TABLES if not (folder / f"{name}.parquet").is_file()]
    if not is_comparison(folder) or missing:
        raise InputError(
            [
                Fault(
                    str(folder),
                    0,
                    "",
                    f"not a comparison: {missing[0] if missing else MANIFEST} is missing",
                )
            ]
        )
    compared = Compared(folder)
    compared.check()
    return compared
