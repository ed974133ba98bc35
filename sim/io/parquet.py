"""Read tables that may be damaged or come from a stranger, and say what is wrong with them.

A table is checked before it is read: its columns by name and kind, and its number of rows. So a
small file that unpacks to a huge table is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.io.text import clipped

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 2_000_000_000
"""Largest table that is read, in bytes before compression."""
WHOLE = "whole numbers"
DAY = "whole numbers or nothing"
REAL = "numbers"
FLAG = "true or false"
TEXT = "texts"
"""Kinds of columns, in words."""


def read_table(
    path: Path,
    columns: Mapping[str, str] | None = None,
    rows: int | None = None,
    may_be_empty: bool = False,
    only: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the table in a Parquet file.

    Args:
        path: the file.
        columns: kind of each column that must be there; further columns are allowed.
        rows: number of rows that must be there; None for any number.
        may_be_empty: a table without rows needs no columns.
        only: names of the columns to read; None for all. Equal texts in them are one object, so
            that they take little memory.

    Raises:
        ValueError: the file is no such table; the message is a part of a sentence.
        OSError: the file cannot be opened.

    >>> import pandas as pd
    >>> pd.DataFrame({"day": [0, 1]}).to_parquet("days.parquet")
    >>> len(read_table(Path("days.parquet"), {"day": WHOLE}, rows=2))
    2
    >>> read_table(Path("days.parquet"), {"deaths": REAL})
    Traceback (most recent call last):
        ...
    ValueError: has no column 'deaths'
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        try:
            with pq.ParquetFile(file) as opened:
                _check_size(opened.metadata, only)
                found = opened.metadata.num_rows
                wanted = {} if may_be_empty and not found else columns or {}
                _check(opened.schema_arrow, wanted, found, rows)
                empty = _without_values(opened.schema_arrow)
            file.seek(0)
            if only is None:
                table = pd.read_parquet(file)
            else:
                texts = [name for name in only if wanted.get(name) == TEXT]
                table = pd.read_parquet(file, columns=list(only), read_dictionary=texts)
                pa.default_memory_pool().release_unused()  # or it keeps what reading needed
                table = table.assign(**{name: _shared(table[name]) for name in texts})
            _check_index(table, wanted if only is None else only)
            empty = [name for name in empty if name in table and table[name].dtype == object]
            return table.astype(dict.fromkeys(empty, float)) if empty else table
        except _Wrong as wrong:
            raise ValueError(str(wrong)) from None
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, MemoryError):
            raise ValueError("is damaged or no Parquet file") from None


class _Wrong(Exception):
    """What is wrong with a table, in words."""


def _check_size(metadata: Any, only: Sequence[str] | None) -> None:
    if sum(_sizes(metadata, only)) > MAX_BYTES:
        raise _Wrong(f"is too large; allowed: {MAX_BYTES:,} bytes")


def _sizes(metadata: Any, only: Sequence[str] | None) -> Iterator[int]:
    """Yield the bytes of each part of a table that is read."""
    names = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
    places = None if only is None else [names.index(name) for name in only if name in names]
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if places is None:
            yield group.total_byte_size
        else:
            yield from (group.column(place).total_uncompressed_size for place in places)


def _check_index(table: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise _Wrong if the file declares a column as the index, so that the table lacks it."""
    for name in names:
        if name not in table:
            raise _Wrong(f"has the column '{clipped(name, 40)}' as its index")


def _shared(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return texts of which equal ones are one object; a missing one is None."""
    import numpy as np
    import pandas as pd

    texts = np.array([*column.cat.categories, None], dtype=object)
    return pd.Series(texts[column.cat.codes], index=column.index, dtype=object)


def _check(schema: Any, columns: Mapping[str, str], found: int, rows: int | None) -> None:
    """Raise _Wrong if a column is missing, repeated or of another kind, or rows are missing."""
    names = schema.names
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise _Wrong(f"has the column '{clipped(repeated, 40)}' twice")
    for name, kind in columns.items():
        if name not in names:
            raise _Wrong(f"has no column '{clipped(name, 40)}'")
        if found and not _is_of(schema.field(name).type, kind):
            raise _Wrong(f"has no {kind} in the column '{clipped(name, 40)}'")
    if rows is not None and found != rows:
        raise _Wrong(f"has {found:,} rows instead of {rows:,}")


def _without_values(schema: Any) -> list[str]:
    """Return the columns without any value, which pandas would read as objects."""
    import pyarrow.types as types

    return [name for name in schema.names if types.is_null(schema.field(name).type)]


def _is_of(found: Any, kind: str) -> bool:
    """Return whether an Arrow type is of a kind."""
    import pyarrow.types as types

    if kind in (WHOLE, DAY):
        return bool(types.is_integer(found))
    if kind == REAL:
        return bool(types.is_floating(found) or types.is_integer(found) or types.is_null(found))
    if kind == FLAG:
        return bool(types.is_boolean(found))
    return bool(types.is_string(found) or types.is_large_string(found))
