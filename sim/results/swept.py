"""Read the folder of a sweep, which may be damaged or edited."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from sim.io.parquet import REAL, TEXT, read_table
from sim.results.manifest import Part, Seed, Some, damaged, read_manifest

TABLE = "sweep.parquet"
COLUMNS = {
    "name": TEXT,
    "says": TEXT,
    "unit": TEXT,
    "value": REAL,
    "parameters_low": REAL,
    "parameters_high": REAL,
}
"""Columns that are read, beside those of the axes."""


def read(folder: Path) -> pd.DataFrame:
    """Return the table in the folder of a sweep: see :func:`sim.results.sweep.table`.

    Raises:
        InputError: the table or the manifest is damaged, or they do not fit each other.
    """
    axes = manifest(folder)["axes"]
    file = folder / TABLE
    try:
        rows = read_table(file, COLUMNS | {axis["path"]: TEXT for axis in axes})
    except ValueError as error:
        raise damaged(file, str(error)) from None
    cells = pd.MultiIndex.from_product([axis["values"] for axis in axes])
    for _, part in rows.groupby("name"):
        found = pd.MultiIndex.from_frame(part[[axis["path"] for axis in axes]])
        if not found.equals(cells):
            raise damaged(file, "has other cells than its manifest")
    return rows


def manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a sweep. Raise InputError if it is damaged."""
    return read_manifest(folder / "manifest.json", Manifest)


class SweptAxis(Part):
    """An axis of a sweep, with its name in words."""

    path: str
    values: Annotated[list[str], Field(min_length=1)]
    says: str


class Manifest(Part):
    """What the manifest of a sweep must contain for the program to read the folder."""

    title: str
    scenario: str
    axes: Annotated[list[SweptAxis], Field(min_length=1, max_length=2)]
    drawn: list[str]
    moved_by: dict[str, list[str]]
    runs: Some
    draws: Some
    seed: Seed
