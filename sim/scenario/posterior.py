"""Posterior draws: values that were fitted to the record, as a file that a scenario names.

One row of the file is one draw; one column is one value, named by where it stands and by the range it was fitted under,
such as ``parameters.pace: 0.008 to 0.04, log`` or ``mechanisms.credibility: neutral or kydd03``. A value of a scenario
is taken from the file where the file has a column of that name: the same path under another range is another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.document import clipped, obstacle
from sim.scenario.quantity import Choice, Quantity

Column = NDArray[Any]

FILE = "posterior.parquet"
"""Name of the file in a folder of results."""
MAX_BYTES = 500_000_000
MAX_CELLS = 100_000_000
SHOWN = 5
"""Faults of one file that are named; the rest is counted."""

_PATH = r"(?P<path>[A-Za-z][A-Za-z0-9_.]*)"
_NUMBER = r"-?[0-9][0-9.e+-]*"
_RANGE = re.compile(rf"{_PATH}: (?P<low>{_NUMBER}) to (?P<high>{_NUMBER})(?P<log>, log)?(, mode (?P<mode>{_NUMBER}))?")
_READINGS = re.compile(rf"{_PATH}: (?P<options>[a-z0-9_]+( or [a-z0-9_]+)*)")


def column_name(value: Quantity | Choice) -> str:
    """Return the name of the column that holds a value: its path, and the range the coding leaves open."""
    if isinstance(value, Choice):
        return f"{value.path}: {' or '.join(value.options)}"
    scale = ", log" if value.scale == "log" else ""
    mode = "" if value.mode is None else f", mode {value.mode!r}"
    return f"{value.path}: {value.low!r} to {value.high!r}{scale}{mode}"


def stated_value(name: str) -> Quantity | Choice | None:
    """Return the value that a column is named after, or None where it is no such name."""
    if found := _RANGE.fullmatch(name):
        try:
            ends = {"low": float(found["low"]), "high": float(found["high"])}
            mode = None if found["mode"] is None else float(found["mode"])
            scale = "log" if found["log"] else "linear"
            return Quantity.model_validate({**ends, "scale": scale, "mode": mode, "path": found["path"]})
        except ValueError:
            return None
    if found := _READINGS.fullmatch(name):
        return Choice.model_validate({"options": tuple(found["options"].split(" or ")), "path": found["path"]})
    return None


@dataclass(frozen=True)
class Posterior:
    """Draws of a fit; two are equal where their content is.

    Attributes:
        columns: by name, one value a draw: numbers, or options of a choice; each of shape ``(rows,)``.
        digest: SHA-256 of the content, in hexadecimal; it does not depend on the order of columns.
    """

    columns: Mapping[str, Column] = field(compare=False, repr=False)
    digest: str

    @classmethod
    def of(cls, columns: Mapping[str, Column]) -> Posterior:
        """Return the posterior that holds these columns."""
        kept = {
            name: np.asarray(column, dtype=np.float64 if np.asarray(column).dtype.kind in "fiu" else str)
            for name, column in columns.items()
        }
        seal = sha256()
        for name in sorted(kept):
            column = kept[name]
            content = column.tobytes() if column.dtype.kind == "f" else "\0".join(column.tolist()).encode()
            seal.update(f"{name}\0{len(content)}\0".encode() + content)
        return cls(kept, seal.hexdigest())

    @property
    def rows(self) -> int:
        """Number of draws."""
        return len(next(iter(self.columns.values())))

    def column(self, value: Quantity | Choice) -> Column | None:
        """Return the draws of a value, shape ``(rows,)``; None where it was not fitted under its range."""
        return self.columns.get(column_name(value))

    def plain(self) -> str:
        """Return the form a file would hold: the name of the file, which stands beside it."""
        return FILE

    def write(self, path: Path) -> None:
        """Write the draws as a Parquet file."""
        import pandas as pd  # slow to import, and most scenarios name no posterior

        path.write_bytes(pd.DataFrame(dict(self.columns)).to_parquet(index=False, compression="zstd"))


def read_posterior(path: Path) -> Posterior:
    """Read a file of posterior draws; ValueError with what is wrong with it, in one sentence."""
    hindrance = obstacle(path)
    if hindrance is not None:
        raise ValueError(hindrance)
    stamp = path.stat()
    if stamp.st_size > MAX_BYTES:
        raise ValueError(f"too large; allowed: {MAX_BYTES:,} bytes")
    return _read(path.resolve(), stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> Posterior:
    """Read a file once as long as it does not change: all scenarios of a folder may name the same."""
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
        return {name: table.column(name).to_numpy() for name in table.column_names}
    except (pa.ArrowException, OSError, KeyError) as error:
        raise ValueError(f"not a Parquet file that can be read: {clipped(str(error))}") from None


def _faults(columns: Mapping[str, Column]) -> Iterator[str]:
    if not columns or not len(next(iter(columns.values()))):
        yield "no draws in it; allowed: one row a draw and one column a value"
        return
    for name, column in columns.items():
        value = stated_value(name)
        if value is None:
            example = "'parameters.pace: 0.008 to 0.04, log'"
            yield f"column '{clipped(name)}' is not named after a value and its range; allowed: such as {example}"
        else:
            yield from _column_faults(name, column, value)


def _column_faults(name: str, column: Column, value: Quantity | Choice) -> Iterator[str]:
    shown = f"column '{clipped(name)}'"
    if isinstance(value, Choice):
        unknown = sorted({str(option) for option in column} - set(value.options))
        if unknown:
            yield f"{shown} holds '{clipped(unknown[0])}'; allowed: {', '.join(value.options)}"
    elif column.dtype.kind not in "fiu":
        yield f"{shown} holds no numbers"
    elif not np.isfinite(column).all():
        yield f"{shown} holds infinite or missing numbers in row {int(np.argmin(np.isfinite(column)))}"
    elif column.min() < value.low or column.max() > value.high:
        outside = column.min() if column.min() < value.low else column.max()
        yield f"{shown} holds {outside:g}, outside its range"
