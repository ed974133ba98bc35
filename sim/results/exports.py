"""Exports of a result for other programs: Excel, Stata and CSV, each with a codebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from filecmp import cmp
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.io.atomic import atomic_folder
from sim.io.errors import Fault, InputError, UsageError
from sim.io.spreadsheets import FORMULA, defused
from sim.results.codebook import TABLES, Variable, codebook, exported, frame
from sim.results.layout import manifest_of
from sim.results.reader import Result

FORMATS = ("xlsx", "stata", "csv")
FOLDER = "export"
"""Default folder for exports, inside the result folder."""
MAX_ROWS = 1_048_575
"""Maximum number of rows of a worksheet below its heading."""
MAX_TEXT = 32_767
"""Maximum length of a text in a worksheet."""
MISSING = "Excel files need openpyxl; install it with: pip install openpyxl"


def export(result: Result, form: str, out: Path) -> list[Path]:
    """Write the tables of a result for another program, with a codebook.

    Args:
        result: the result.
        form: one of :data:`FORMATS`.
        out: folder to write to. In the default folder of the result, an earlier export is
            replaced. Elsewhere, a file that exists is not.

    Returns:
        The files.

    Raises:
        UsageError: openpyxl is missing, a table is too long for a worksheet, or ``out`` is a result
            folder.
        InputError: ``out`` has a file with one of the names and another content.
    """
    if manifest_of(out) is not None:
        raise UsageError(f"--out {out}: is a result folder; choose another folder")
    tables = exported(result)
    variables = codebook(result)
    with atomic_folder(out) as aside:
        defused(frame(variables)).to_csv(aside / "codebook.csv", index=False, lineterminator="\n")
        if form == "xlsx":
            _write_workbook(tables, variables, result, aside / "outcomes.xlsx")
        elif form == "stata":
            _write_stata(tables, variables, result, aside)
        else:
            for name, table in tables.items():
                defused(table).to_csv(aside / f"{name}.csv", index=False, lineterminator="\n")
        names = sorted(file.name for file in aside.iterdir())
        if out.resolve() != (result.folder / FOLDER).resolve():
            _refuse_others(aside, out, names)
    return [out / name for name in names]


def _refuse_others(aside: Path, out: Path, names: Sequence[str]) -> None:
    """Raise InputError if files in a folder would be replaced; the same export again may be."""
    message = "exists, so nothing was exported; remove it, or choose another folder"
    present = (name for name in names if (out / name).exists() or (out / name).is_symlink())
    faults = [
        Fault(str(out / name), 0, "", message)
        for name in present
        if not (out / name).is_file() or not cmp(aside / name, out / name, shallow=False)
    ]
    if faults:
        raise InputError(faults)


def _written(result: Result) -> datetime:
    """Return the date of a result, so that repeated exports are identical."""
    try:
        return datetime.fromisoformat(result.manifest["written"]).replace(tzinfo=None)
    except (KeyError, TypeError, ValueError):
        return datetime(1970, 1, 1)


# Stata


def _write_stata(
    tables: Mapping[str, pd.DataFrame], variables: Sequence[Variable], result: Result, folder: Path
) -> None:
    """Write one Stata file (format 118) per table.

    The label of a variable has its original name and its meaning.
    """
    for name, table in tables.items():
        of_table = [variable for variable in variables if variable.table == name]
        short = {variable.column: variable.stata_name for variable in of_table}
        labels = {variable.stata_name: _label(variable) for variable in of_table}
        plain = pd.DataFrame({short[str(column)]: _for_stata(table[column]) for column in table})
        plain.to_stata(
            folder / f"{name}.dta",
            write_index=False,
            version=118,
            time_stamp=_written(result),
            data_label=result.scenario.title[:80],
            variable_labels=labels,
        )


def _label(variable: Variable) -> str:
    """Return a label of at most 80 characters: the original name if it differs, and the meaning."""
    name = "" if variable.column == variable.stata_name else f"{variable.column}: "
    return f"{name}{variable.meaning}"[:80].rstrip(" :")


def _for_stata(column: pd.Series) -> pd.Series:
    """Return a column with a type that Stata supports.

    True becomes 1, and missing values stay missing.
    """
    if column.dtype.kind == "b":
        return column.astype(np.int8)
    if isinstance(column.dtype, pd.Int32Dtype):
        return pd.Series(column.to_numpy(np.float64, na_value=np.nan), index=column.index)
    if column.dtype.kind == "f":
        return column.where(np.isfinite(column))
    return column if column.dtype.kind in "iu" else column.astype(object).where(column.notna(), "")


# Excel


def _write_workbook(
    tables: Mapping[str, pd.DataFrame], variables: Sequence[Variable], result: Result, file: Path
) -> None:
    """Write all tables and the codebook as sheets of one workbook."""
    book = _workbook()
    book.properties.title = _legal(result.scenario.title)
    book.properties.creator = "demarche"
    book.properties.created = _written(result)
    book.properties.modified = _written(result)
    for name, table in (*((name, tables[name]) for name in TABLES), ("codebook", frame(variables))):
        if len(table) > MAX_ROWS:
            rows = f"{name} has {len(table):,} rows, but a worksheet has at most {MAX_ROWS:,}"
            raise UsageError(f"{rows}; use --to csv or --to stata")
        _write_sheet(book, name, table)
    book.save(file)


def _workbook() -> Any:
    try:
        from openpyxl import Workbook
    except ImportError:
        raise UsageError(MISSING) from None
    return Workbook(write_only=True)


def _write_sheet(book: Any, name: str, table: pd.DataFrame) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, str(column)) for column in table])
    values = [_plain(table[column]) for column in table]
    for row in zip(*values, strict=True):
        sheet.append([_cell(sheet, value) for value in row])


def _plain(column: pd.Series) -> list[Any]:
    """Return the values of a column as Python objects, with None for missing or infinite values."""
    if isinstance(column.dtype, pd.Int32Dtype):
        return [None if value is pd.NA else int(value) for value in column]
    values = column.tolist()
    return [
        None if isinstance(value, float) and not np.isfinite(value) else value for value in values
    ]


def _cell(sheet: Any, value: Any) -> Any:
    """Return the content of a cell. Texts that look like formulas stay texts."""
    if not isinstance(value, str) or not value.startswith(FORMULA):
        return _legal(value) if isinstance(value, str) else value
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=_legal(value))
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _legal(text: str) -> str:
    """Return a text without control characters, which workbooks do not allow."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")[:MAX_TEXT]
