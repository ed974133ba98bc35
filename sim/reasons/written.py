"""Read a difference between two simulations from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sim.io.errors import Fault, InputError
from sim.io.mapping import read_mapping
from sim.reasons.difference import COLUMNS, Differences, Row
from sim.reasons.estimates import Difference
from sim.reasons.outcomes import Outcome

TABLE = "difference.csv"


def is_difference(folder: Path) -> bool:
    """Return whether a folder holds a difference between two simulations."""
    return (folder / TABLE).is_file()


def read(folder: Path) -> Differences:
    """Return the difference in a folder that :func:`sim.reasons.differing.write` wrote.

    Raises:
        InputError: a file is damaged.
    """
    try:
        manifest = read_mapping(folder / "manifest.json")
        table = pd.read_csv(
            folder / TABLE, usecols=list(COLUMNS), dtype={"history": str}, encoding="utf-8"
        )
        first, second = manifest["sides"]
        pairs = min(first["runs"], second["runs"]) // first["draws"] * first["draws"]
        return Differences(
            labels=(str(first["label"]), str(second["label"])),
            rows=tuple(_row(row) for row in table.to_dict("records")),
            pairs=pairs if manifest["paired"] else None,
            unpaired_because=str(manifest["unpaired_because"]),
            remarks=tuple(map(str, manifest["remarks"])),
            title=str(first["title"]) if first["title"] == second["title"] else "",
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OSError) as error:
        what = "is damaged, or manifest.json beside it is; write them again with `sim diff`"
        raise InputError([Fault(str(folder / TABLE), 0, "", what)]) from error


def _row(row: dict[Any, Any]) -> Row:
    found = Difference(
        mean=float(row["difference"]),
        low=float(row["low"]),
        high=float(row["high"]),
        error=_number(row["error"]),
        spread=_pair(row["draws_low"], row["draws_high"]),
        p=float(row["p"]),
        differing=_number(row["differing"]),
    )
    outcome = Outcome(str(row["name"]), str(row["measure"]), str(row["unit"]))
    medians = _pair(row["first_median"], row["second_median"])
    history = "" if pd.isna(row["history"]) else str(row["history"])
    return Row(outcome, float(row["first"]), float(row["second"]), medians, found, found.p, history)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _pair(low: Any, high: Any) -> tuple[float, float] | None:
    return None if pd.isna(low) or pd.isna(high) else (float(low), float(high))
