"""Text that a spreadsheet would run as a formula, made harmless."""

from __future__ import annotations

from typing import Any

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet may take for a formula (OWASP, CSV injection)."""


def defused(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which no text is a formula: an apostrophe stands before such a text. Numbers stay."""
    texts = [name for name in table if table[name].dtype.kind not in "biufM"]
    return table.assign(**{name: table[name].map(harmless) for name in texts})


def harmless(value: Any) -> Any:
    """Return a cell's value; a text that a spreadsheet would run has an apostrophe before it."""
    if not isinstance(value, str) or not value.startswith(FORMULA) or _is_number(value):
        return value
    return f"'{value}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
