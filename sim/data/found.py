"""Find the data sets in a folder, and say what each covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.data.files import DataFile, files_below
from sim.data.sets import DATA_SETS, DataSet
from sim.data.table import Table, recognised
from sim.io.errors import Fault, InputError


@dataclass(frozen=True)
class Inventory:
    """What a folder of downloads holds.

    Attributes:
        tables: the table that is used of each data set, by key.
        spare: other tables of the same data sets.
        others: tables of no known data set.
        faults: files that cannot be used.
    """

    tables: Mapping[str, Table]
    spare: tuple[Table, ...]
    others: tuple[DataFile, ...]
    faults: tuple[Fault, ...]

    @property
    def lacking(self) -> tuple[DataSet, ...]:
        """Data sets that were not found."""
        return tuple(data_set for data_set in DATA_SETS if data_set.key not in self.tables)


@dataclass(frozen=True)
class Coverage:
    """What a table covers.

    Attributes:
        rows: number of its rows.
        first: first year, or None if no row has a year.
        last: last year.
    """

    rows: int
    first: int | None
    last: int | None


def search(folder: Path) -> Inventory:
    """Return the data sets in and below a folder, and in zip archives there.

    A data set is recognised by its columns, not by the name of its file. Of several versions the
    newest is used.

    Raises:
        InputError: there is no such folder.
    """
    files, faults = files_below(folder)
    tables: list[Table] = []
    others: list[DataFile] = []
    for file in files:
        try:
            table = recognised(file)
        except InputError as error:
            faults += error.faults
            continue
        if table is None:
            others.append(file)
        else:
            tables.append(table)
    used: dict[str, Table] = {}
    spare: list[Table] = []
    for table in sorted(tables, key=_rank):
        if table.of.key in used:
            spare.append(table)
        else:
            used[table.of.key] = table
    return Inventory(used, tuple(spare), tuple(others), tuple(faults))


def _rank(table: Table) -> tuple[list[int], int, str]:
    """Return a key that sorts newer versions first, then shorter names."""
    parts = [-int(part) for part in table.version.replace("of ", "").split(".") if part.isdigit()]
    return parts or [0], len(table.file.name), str(table.file)


def coverage(table: Table) -> Coverage:
    """Return the number of rows of a table, and its years.

    Raises:
        InputError: a row cannot be read, or has no year where one is needed.
    """
    rows = 0
    first: int | None = None
    last: int | None = None
    for row in table.rows():
        rows += 1
        for year in row.years():
            first = year if first is None else min(first, year)
            last = year if last is None else max(last, year)
    return Coverage(rows, first, last)
