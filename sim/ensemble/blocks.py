"""A store of finished blocks, so that no block is simulated twice.

The name of a block is the digest of everything that its content depends on: the scenario's values,
the code that simulates it, the seed, the number of draws, its number and its runs. A file is
written under another name and then renamed. It starts with the digest of its content, so that
damaged and foreign files count as missing. Two processes that write the same block write the same
bytes.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.ensemble.daily import DailyTally
from sim.io.atomic import atomic_file, folder_below
from sim.outcomes.arrays import Outcomes

Arrays = dict[str, NDArray[Any]]
"""Arrays of a file, by name."""
FOLDER = ".blocks"
"""Name of the store in a folder of results."""
_SEAL = 32
"""Bytes of the digest at the start of a file."""


@dataclass(frozen=True)
class Block:
    """The results of one block.

    Attributes:
        number: number of the block.
        outcomes: one row for each run.
        daily: its part of the daily quantities.
    """

    number: int
    outcomes: pd.DataFrame
    daily: DailyTally


def encode(block: Block) -> bytes:
    """Return a block as bytes that start with their digest; equal blocks give equal bytes."""
    (outcomes,) = _arrays_of(block.outcomes, [slice(None)])
    daily = {f"daily:{name}": array for name, array in block.daily.arrays().items()}
    order = np.array(list(block.outcomes), dtype=str)
    return _sealed({"number": np.array(block.number), "order": order, **outcomes, **daily})


def decode(sealed: bytes) -> Block:
    """Return the block in some bytes.

    Raises:
        ValueError: the bytes are damaged.
    """
    arrays = _arrays_in(sealed)
    order = arrays["order"].tolist()
    found = _columns_of(arrays, order)
    columns = {name: _column(kind, values) for kind, name, values in found}
    daily = {key.partition(":")[2]: arrays[key] for key in arrays if key.startswith("daily:")}
    outcomes = pd.DataFrame({name: columns[name] for name in order})
    return Block(int(arrays["number"]), outcomes, DailyTally.of_arrays(daily))


def encode_outcomes(outcomes: pd.DataFrame, parts: Sequence[slice]) -> list[bytes]:
    """Return parts of a table of outcomes, each as bytes that start with their digest.

    Equal outcomes give equal bytes.

    Args:
        outcomes: the table.
        parts: the rows of each part.
    """
    return [_sealed(arrays) for arrays in _arrays_of(outcomes, parts)]


def decode_outcomes(sealed: bytes, wanted: Container[str]) -> Outcomes:
    """Return some columns of outcomes that :func:`encode_outcomes` wrote, in any order.

    Args:
        sealed: the bytes.
        wanted: names of the columns.

    Raises:
        ValueError: the bytes are damaged.
    """
    columns: dict[str, NDArray[Any]] = {}
    days: set[str] = set()
    for kind, name, values in _columns_of(_arrays_in(sealed), wanted):
        columns[name] = np.where(values < 0, np.nan, values) if kind == "day" else values
        if kind == "day":
            days.add(name)
    return Outcomes(columns, frozenset(days))


def _sealed(arrays: Arrays) -> bytes:
    """Return arrays as bytes that start with their digest."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    content = zlib.compress(buffer.getvalue(), level=1)
    return sha256(content).digest() + content


def _arrays_in(sealed: bytes) -> Arrays:
    """Return the arrays in some bytes; ValueError if their digest does not match them."""
    content = sealed[_SEAL:]
    if sha256(content).digest() != sealed[:_SEAL]:
        raise ValueError("damaged block")
    with np.load(io.BytesIO(zlib.decompress(content)), allow_pickle=False) as arrays:
        return dict(arrays)


def _arrays_of(outcomes: pd.DataFrame, parts: Sequence[slice]) -> Iterator[Arrays]:
    """Yield parts of a table of outcomes as arrays.

    Columns of one kind and type are the rows of one array, which is faster to write and to read
    than one array a column. A text is the number of its value in a list.
    """
    texts: dict[str, NDArray[Any]] = {}
    stacks: dict[str, dict[str, NDArray[Any]]] = {}
    for name, column in outcomes.items():
        kind, values = _plain(column)
        if kind == "text":
            texts[str(name)] = values
        else:
            stacks.setdefault(f"{kind}:{values.dtype}", {})[str(name)] = values
    names = {f"names:{key}": np.array(list(columns)) for key, columns in stacks.items()}
    stacked = {key: np.stack(list(columns.values())) for key, columns in stacks.items()}
    for part in parts:
        arrays = names | {f"stack:{key}": rows[:, part] for key, rows in stacked.items()}
        for name, values in texts.items():
            arrays[f"codes:{name}"], known = pd.factorize(values[part])
            arrays[f"text:{name}"] = known.astype(str)
        yield arrays


def _columns_of(arrays: Arrays, wanted: Container[str]) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Yield the kind, the name and the values of columns in the arrays of a table of outcomes."""
    for key, values in arrays.items():
        what, _, rest = key.partition(":")
        if what == "stack":
            kind = rest.partition(":")[0]
            rows = zip(arrays[f"names:{rest}"].tolist(), values, strict=True)
            yield from ((kind, name, row) for name, row in rows if name in wanted)
        elif what == "text" and rest in wanted:
            yield what, rest, values[arrays[f"codes:{rest}"]]


def _plain(column: pd.Series[Any]) -> tuple[str, NDArray[Any]]:
    """Return the kind of a column of outcomes, and its values without missing ones."""
    if column.dtype == "Int32":
        return "day", column.to_numpy(np.int32, na_value=-1)
    if column.dtype.kind in "bif":
        return "plain", column.to_numpy()
    return "text", column.to_numpy()


def _column(kind: str, values: NDArray[Any]) -> Any:
    """Return a column of the outcomes as it was before encoding."""
    if kind == "day":
        return pd.arrays.IntegerArray(values, mask=values < 0)
    return values.astype(object) if kind == "text" else values


@dataclass(frozen=True)
class Store:
    """A store of finished blocks.

    >>> store = Store.below(None)
    >>> store.put("name", b"content")
    >>> store.get("name")
    b'content'

    Attributes:
        folder: the folder of the files; None for a store in memory.
        in_memory: blocks by name, if there is no folder.
    """

    folder: Path | None
    in_memory: dict[str, bytes]

    @classmethod
    def below(cls, out: Path | None) -> Store:
        """Return the store in a folder of results, or one in memory if the folder is None."""
        return cls(None if out is None else folder_below(out, FOLDER), {})

    def get(self, key: str) -> bytes | None:
        """Return the bytes of a block, or None if it is missing or damaged."""
        if self.folder is None:
            return self.in_memory.get(key)
        try:
            sealed = self._file(key).read_bytes()
        except OSError:
            return None
        return sealed if sha256(sealed[_SEAL:]).digest() == sealed[:_SEAL] else None

    def put(self, key: str, sealed: bytes) -> None:
        """Store a block, completely or not at all."""
        if self.folder is None:
            self.in_memory[key] = sealed
            return
        with atomic_file(self._file(key), aside_in=self.folder) as aside:
            aside.write_bytes(sealed)

    def _file(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / key[:2] / key
