"""Read a JSON file that may be damaged, edited, or from a stranger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_mapping(path: Path) -> dict[str, Any]:
    """Return the mapping in a JSON file.

    The standard reader accepts ``NaN``, ``1e999`` and halves of characters, which cannot be written
    again. They are refused, so that a command does not fail later.

    Raises:
        ValueError: the file has no mapping that can be written again; the message is a part of a
            sentence.
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
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("is damaged or no JSON file") from None
    if not isinstance(content, dict):
        raise ValueError("is not a mapping")
    return content
