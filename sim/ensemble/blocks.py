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
from collections.abc import Container, Sequence
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
    # 1. outcomes, with the kind of each column in its name
    arrays: dict[str, NDArray[Any]] = {"number": np.array(block.number)}
    for name in block.outcomes:
        kind, values = _plain(block.outcomes[name])
        arrays[f"{kind}:{name}"] = values.astype(str) if kind == "text" else values
    # 2. daily quantities
    arrays |= {f"daily:{name}": array for name, array in block.daily.arrays().items()}
    # 3. one compressed file
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    return sha256(content).digest() + content


def decode(sealed: bytes) -> Block:
    """Return the block in some bytes.

    Raises:
        ValueError: the bytes are damaged.
    """
    columns: dict[str, Any] = {}
    daily: dict[str, NDArray[Any]] = {}
    with np.load(io.BytesIO(_content(sealed)), allow_pickle=False) as arrays:
        number = int(arrays["number"])
        for key in arrays.files:
            kind, _, name = key.partition(":")
            if kind == "daily":
                daily[name] = arrays[key]
            elif name:
                columns[name] = _column(kind, arrays[key])
    return Block(number, pd.DataFrame(columns), DailyTally.of_arrays(daily))


def encode_outcomes(outcomes: pd.DataFrame, parts: Sequence[slice]) -> list[bytes]:
    """Return parts of a table of outcomes, each as bytes that start with their digest.

    Columns of one type are the rows of one array, which is faster to write and to read than one
    array a column. Equal outcomes give equal bytes.

    Args:
        outcomes: the table.
        parts: the rows of each part.
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
    sealed = []
    for part in parts:
        arrays = names | {f"stack:{key}": rows[:, part] for key, rows in stacked.items()}
        for name, values in texts.items():
            arrays[f"codes:{name}"], known = pd.factorize(values[part])
            arrays[f"text:{name}"] = known.astype(str)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        content = zlib.compress(buffer.getvalue(), level=1)
        sealed.append(sha256(content).digest() + content)
    return sealed


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
    content = io.BytesIO(zlib.decompress(_content(sealed)))
    with np.load(content, allow_pickle=False) as arrays:
        for key in arrays.files:
            what, _, rest = key.partition(":")
            if what == "stack":
                names = arrays[f"names:{rest}"].tolist()
                rows = zip(names, arrays[key], strict=True)
                found = {name: values for name, values in rows if name in wanted}
                if rest.startswith("day:"):
                    days |= found.keys()
                    found = {name: np.where(d < 0, np.nan, d) for name, d in found.items()}
                columns |= found
            elif what == "text" and rest in wanted:
                columns[rest] = arrays[key][arrays[f"codes:{rest}"]]
    return Outcomes(columns, frozenset(days))


def _plain(column: pd.Series[Any]) -> tuple[str, NDArray[Any]]:
    """Return the kind of a column of outcomes, and its values without missing ones."""
    if column.dtype == "Int32":
        return "day", column.to_numpy(np.int32, na_value=-1)
    if column.dtype.kind in "bif":
        return "plain", column.to_numpy()
    return "text", column.to_numpy()


def _content(sealed: bytes) -> bytes:
    """Return the bytes after the digest, which must match it."""
    digest = sealed[:_SEAL]
    content = sealed[_SEAL:]
    if sha256(content).digest() != digest:
        raise ValueError("damaged block")
    return content


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
