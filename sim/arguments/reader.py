"""The result folder of a comparison: tables, written completely or not at all, read back without the engine.

verdicts.parquet, .csv    one row a claim
verdicts.json             the same with the thresholds, for machines
effects.parquet           one row a claim and draw: the effect and its standard error
controls.parquet          one row a claim and control
curves.parquet            one row a claim and credibility curve
governing.parquet         one row a claim and value that decides
maps.parquet              one row a claim and cell: the effect over the two values that decide
pairs.parquet             one row a pair of rivals;  power.parquet: one row a pair and number of crises
matrix.parquet            one row an argument and item of the record: log likelihood
by_hand.parquet           the same as coded by hand
weights.parquet           one row an argument: Bayes factor and posterior weight
confusion.parquet         one row a true and a judged argument
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
    "governing",
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
    """A comparison's folder, read when asked."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Arguments, seed, sizes and thresholds."""
        try:
            content: dict[str, Any] = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
            assert content["kind"] == "comparison"
        except (ValueError, KeyError, TypeError, AssertionError):
            raise _not_ours(self.folder / MANIFEST) from None
        return content

    def table(self, name: str) -> pd.DataFrame:
        """Return one of :data:`TABLES`; empty where the comparison had nothing of the kind."""
        path = self.folder / f"{name}.parquet"
        try:
            with path.open("rb") as file:
                return pd.read_parquet(file)
        except (ValueError, OSError):  # what is raised for a torn or foreign file
            raise _not_ours(path) from None


def _not_ours(path: Path) -> InputError:
    return InputError([Fault(str(path), 0, "", "is not what `sim compare` writes; compare again")])


def is_comparison(folder: Path) -> bool:
    """Whether a folder holds a comparison."""
    return (folder / MANIFEST).is_file()


def open_comparison(folder: Path) -> Compared:
    """Open the folder of a comparison; InputError where it is none."""
    missing = [name for name in TABLES if not (folder / f"{name}.parquet").is_file()]
    if not is_comparison(folder) or missing:
        raise InputError(
            [Fault(str(folder), 0, "", f"not a comparison: {missing[0] if missing else MANIFEST} is missing")]
        )
    return Compared(folder)
