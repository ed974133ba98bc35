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

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.io.errors import Fault, InputError

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


@dataclass(frozen=True)
class Compared:
    """The result folder of a comparison. Tables are read on demand."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Arguments, seed, sizes and thresholds."""
        try:
            content: dict[str, Any] = json.loads(
                (self.folder / MANIFEST).read_text(encoding="utf-8")
            )
            assert content["kind"] == "comparison"
        except (ValueError, KeyError, TypeError, AssertionError):
            raise _not_ours(self.folder / MANIFEST) from None
        return content

    def table(self, name: str) -> pd.DataFrame:
        """Return one of :data:`TABLES`; it is empty if the comparison has no such results."""
        path = self.folder / f"{name}.parquet"
        try:
            with path.open("rb") as file:
                return pd.read_parquet(file)
        except (ValueError, OSError):  # damaged or foreign files raise these
            raise _not_ours(path) from None


def _not_ours(path: Path) -> InputError:
    return InputError(
        [Fault(str(path), 0, "", "not a valid file of `sim compare`; run the comparison again")]
    )


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
    return Compared(folder)
