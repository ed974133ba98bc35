"""Finished blocks on disk: found again by what they were made of, so that nothing is played twice.

The name of a block is the digest of all that its content depends on: the scenario's values, the code that plays it,
seed, draws, its number and its runs. A file is written aside and renamed, and carries the digest of its own content: a
torn or foreign file is as good as none. Two processes that write the same block write the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Container
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.ensemble.daily import DailyTally
from sim.io.atomic import whole_file

FOLDER = ".blocks"
"""Name of the store below a folder of results."""
_SEAL = 32


@dataclass(frozen=True)
class Block:
    """What came of one block: outcomes of its runs, and its share of the daily quantities."""

    number: int
    outcomes: pd.DataFrame
    daily: DailyTally


def encode(block: Block) -> bytes:
    """Return a block as bytes that carry their own digest; the same block gives the same bytes."""
    arrays: dict[str, NDArray[Any]] = {"number": np.array(block.number)}
    for name in block.outcomes:
        column = block.outcomes[name]
        if column.dtype == "Int32":
            arrays[f"day:{name}"] = column.to_numpy(np.int32, na_value=-1)
        elif column.dtype.kind in "bif":
            arrays[f"plain:{name}"] = column.to_numpy()
        else:
            arrays[f"text:{name}"] = column.to_numpy().astype(str)
    arrays |= {f"daily:{name}": array for name, array in block.daily.arrays().items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    return sha256(content).digest() + content


def decode(sealed: bytes) -> Block:
    """Return the block that bytes hold; ValueError where they are torn."""
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


def decode_outcomes(sealed: bytes, wanted: Container[str]) -> pd.DataFrame:
    """Return the wanted columns of a block's outcomes, and read nothing else; ValueError where the bytes are torn."""
    columns: dict[str, Any] = {}
    with np.load(io.BytesIO(_content(sealed)), allow_pickle=False) as arrays:
        for key in arrays.files:
            kind, _, name = key.partition(":")
            if kind != "daily" and name in wanted:
                columns[name] = _column(kind, arrays[key])
    return pd.DataFrame(columns)


def _content(sealed: bytes) -> bytes:
    seal, content = sealed[:_SEAL], sealed[_SEAL:]
    if sha256(content).digest() != seal:
        raise ValueError("torn block")
    return content


def _column(kind: str, values: NDArray[Any]) -> Any:
    """Return a column of the outcomes as it was before it was encoded."""
    if kind == "day":
        return pd.arrays.IntegerArray(values, mask=values < 0)
    return values.astype(object) if kind == "text" else values


@dataclass(frozen=True)
class Store:
    """A folder of finished blocks; with ``folder`` None, a store that lives as long as the command."""

    folder: Path | None
    held: dict[str, bytes]

    @classmethod
    def below(cls, out: Path | None) -> Store:
        """Return the store below a folder of results, or one in memory."""
        return cls(None if out is None else out / FOLDER, {})

    def get(self, key: str) -> bytes | None:
        """Return the bytes of a block, or None where it is not held whole."""
        if self.folder is None:
            return self.held.get(key)
        try:
            sealed = self._file(key).read_bytes()
        except OSError:
            return None
        return sealed if sha256(sealed[_SEAL:]).digest() == sealed[:_SEAL] else None

    def put(self, key: str, sealed: bytes) -> None:
        """Keep a block: whole or not at all."""
        if self.folder is None:
            self.held[key] = sealed
            return
        with whole_file(self._file(key), aside_in=self.folder) as aside:
            aside.write_bytes(sealed)

    def _file(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / key[:2] / key
