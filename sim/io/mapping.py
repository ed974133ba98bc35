"""Read JSON files that may be damaged, edited or hostile."""

from __future__ import annotations

import json
from pathlib import Path
from stat import S_ISREG
from typing import Any

MAX_BYTES = 10_000_000
"""Largest file that is read. No file of the program has a tenth of it."""


def read_mapping(path: Path) -> dict[str, Any]:
    """Return the mapping in a JSON file.

    The standard reader accepts ``NaN``, ``1e999`` and halves of characters, which cannot be written
    again. They are refused, so that no command fails later. So are pipes, devices and huge files.

    Raises:
        ValueError: the file has no mapping that can be written again; the message continues a
            sentence that begins with the file's name.
        OSError: the file cannot be opened.

    >>> _ = Path("seal.json").write_text('{"seed": 1}')
    >>> read_mapping(Path("seal.json"))
    {'seed': 1}
    >>> _ = Path("seal.json").write_text('{"seed": 1e999}')
    >>> read_mapping(Path("seal.json"))
    Traceback (most recent call last):
        ...
    ValueError: is damaged or no JSON file
    """
    data = _bytes(path)
    try:
        content = json.loads(data.decode("utf-8"))
        json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("is damaged or no JSON file") from None
    if not isinstance(content, dict):
        raise ValueError("is not a mapping")
    return content


def _bytes(path: Path) -> bytes:
    """Return the bytes of a file; ValueError for a pipe, a device or a file that is too large."""
    if not S_ISREG(path.stat().st_mode):
        raise ValueError("is not a regular file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"too large; allowed: {MAX_BYTES:,} bytes")
    return data
