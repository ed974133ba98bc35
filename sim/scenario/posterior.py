"""Read and write posterior draws: values fitted to the historical record.

A row of the file is one draw. A column is one value, named by its path and by the range of its
prior, such as ``parameters.pace: 0.008 to 0.04, log`` or
``mechanisms.credibility: neutral or kydd03``. A scenario takes a value from the file if the file
has a column of that name. The same path with another range is another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.io.text import clipped
from sim.scenario.document import reason_unreadable
from sim.scenario.quantity import Choice, Quantity

if TYPE_CHECKING:
    import pyarrow as pa

Column = NDArray[Any]

FILE = "posterior.parquet"
"""Name of the file in a result folder."""
MAX_BYTES = 500_000_000
MAX_CELLS = 100_000_000
SHOWN = 5
"""Number of faults of one file that are listed; the rest are counted."""

_PATH = r"(?P<path>[A-Za-z][A-Za-z0-9_.]*)"
_NUMBER = r"-?[0-9][0-9.e+-]*"
_RANGE = re.compile(
    rf"{_PATH}: (?P<low>{_NUMBER}) to (?P<high>{_NUMBER})"
    rf"(?P<log>, log)?(, mode (?P<mode>{_NUMBER}))?"
)
_READINGS = re.compile(rf"{_PATH}: (?P<options>[a-z0-9_]+( or [a-z0-9_]+)*)")


def column_name(value: Quantity | Choice) -> str:
    """Return the name of a value's column: its path and its range.

    >>> column_name(Quantity(low=0.2, high=0.6, path="actors.OST.sphere"))
    'actors.OST.sphere: 0.2 to 0.6'
    """
    if isinstance(value, Choice):
        return f"{value.path}: {' or '.join(value.options)}"
    scale = ", log" if value.scale == "log" else ""
    mode = "" if value.mode is None else f", mode {value.mode!r}"
    return f"{value.path}: {value.low!r} to {value.high!r}{scale}{mode}"


def stated_value(name: str) -> Quantity | Choice | None:
    """Return the value that a column is named after, or None if the name has another form.

    >>> stated_value("parameters.pace: 0.008 to 0.04, log").scale
    'log'
    """
    if found := _RANGE.fullmatch(name):
        try:
            ends = {"low": float(found["low"]), "high": float(found["high"])}
            mode = None if found["mode"] is None else float(found["mode"])
            scale = "log" if found["log"] else "linear"
            return Quantity.model_validate(
                {**ends, "scale": scale, "mode": mode, "path": found["path"]}
            )
        except ValueError:
            return None
    if found := _READINGS.fullmatch(name):
        return Choice.model_validate(
            {"options": tuple(found["options"].split(" or ")), "path": found["path"]}
        )
    return None


@dataclass(frozen=True)
class Posterior:
    """Posterior draws; two posteriors are equal if their contents are.

    Attributes:
        columns: draws of each value by column name, each of shape ``(rows,)``: numbers, or options
            of a choice.
        digest: SHA-256 of the content, in hexadecimal, whatever the order of columns.
    """

    columns: Mapping[str, Column] = field(compare=False, repr=False)
    digest: str

    @classmethod
    def of(cls, columns: Mapping[str, Column]) -> Posterior:
        """Return a posterior with these columns."""
        typed = {
            name: np.asarray(
                column, dtype=np.float64 if np.asarray(column).dtype.kind in "fiu" else str
            )
            for name, column in columns.items()
        }
        hasher = sha256()
        for name in sorted(typed):
            column = typed[name]
            content = (
                column.tobytes()
                if column.dtype.kind == "f"
                else "\0".join(column.tolist()).encode()
            )
            hasher.update(f"{name}\0{len(content)}\0".encode() + content)
        return cls(typed, hasher.hexdigest())

    @property
    def rows(self) -> int:
        """Number of draws."""
        return len(next(iter(self.columns.values())))

    def column(self, value: Quantity | Choice) -> Column | None:
        """Return the draws of a value, shape ``(rows,)``; None without a fit to this range."""
        return self.columns.get(column_name(value))

    def plain(self) -> str:
        """Return the name of the file, as a scenario beside it would state it."""
        return FILE

    def write(self, path: Path) -> None:
        """Write the draws as a Parquet file."""
        import pandas as pd  # slow to import, and most scenarios name no posterior

        path.write_bytes(
            pd.DataFrame(dict(self.columns)).to_parquet(index=False, compression="zstd")
        )


def read_posterior(path: Path) -> Posterior:
    """Read a file of posterior draws; ValueError if something is wrong with it."""
    reason = reason_unreadable(path)
    if reason is not None:
        raise ValueError(reason)
    stamp = path.stat()
    if stamp.st_size > MAX_BYTES:
        raise ValueError(f"too large; allowed: {MAX_BYTES:,} bytes")
    return _read(path.resolve(), stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> Posterior:
    """Read a file, once until it changes, since many scenarios may name the same file."""
    columns = _read_columns(path)
    faults = list(_faults(columns))
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise ValueError("; ".join(faults[:SHOWN]) + more)
    return Posterior.of(columns)


def _read_columns(path: Path) -> dict[str, Column]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as stream, pq.ParquetFile(stream) as file:
            if file.metadata.num_rows * file.metadata.num_columns > MAX_CELLS:
                raise ValueError(f"too many values; allowed: {MAX_CELLS:,}")
            table = file.read()
        return {name: _array(table.column(name)) for name in table.column_names}
    except (pa.ArrowException, OSError, KeyError) as error:
        raise ValueError(f"not a readable Parquet file: {clipped(str(error))}") from None


def _array(column: pa.ChunkedArray) -> Column:
    """Return a column as an array, without Arrow's import of pandas where that is possible."""
    if str(column.type) == "double" and column.num_chunks == 1 and not column.null_count:
        return np.from_dlpack(column.chunk(0))
    if str(column.type) in ("string", "large_string"):
        return np.array(column.to_pylist(), dtype=object)
    return column.to_numpy()


def _faults(columns: Mapping[str, Column]) -> Iterator[str]:
    if not columns or not len(next(iter(columns.values()))):
        yield "contains no draws; allowed: one row per draw and one column per value"
        return
    for name, column in columns.items():
        value = stated_value(name)
        if value is None:
            example = "'parameters.pace: 0.008 to 0.04, log'"
            yield (
                f"column '{clipped(name)}' is not named after a value and its range; allowed: such "
                f"as {example}"
            )
        else:
            yield from _column_faults(name, column, value)


def _column_faults(name: str, column: Column, value: Quantity | Choice) -> Iterator[str]:
    shown = f"column '{clipped(name)}'"
    if isinstance(value, Choice):
        unknown = sorted({str(option) for option in column} - set(value.options))
        if unknown:
            yield f"{shown} has '{clipped(unknown[0])}'; allowed: {', '.join(value.options)}"
    elif column.dtype.kind not in "fiu":
        yield f"{shown} has no numbers"
    elif not np.isfinite(column).all():
        yield (
            f"{shown} has infinite or missing numbers in row {int(np.argmin(np.isfinite(column)))}"
        )
    elif column.min() < value.low or column.max() > value.high:
        outside = column.min() if column.min() < value.low else column.max()
        yield f"{shown} has {outside:g}, outside its range"
