"""Text that a spreadsheet would run as a formula, made harmless."""

from __future__ import annotations

from typing import Any

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of cells that a spreadsheet may run as a formula (OWASP, CSV injection)."""


def defused(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which no text is a formula.

    Each text that a spreadsheet would run gets an apostrophe before it. Numbers stay as they are.

    >>> defused(pd.DataFrame({"note": ["=1+1", "-5", "text"]}))["note"].tolist()
    ["'=1+1", '-5', 'text']
    """
    texts = [name for name in table if table[name].dtype.kind not in "biufM"]
    return table.assign(**{name: table[name].map(harmless) for name in texts})


def harmless(value: Any) -> Any:
    """Return a cell's value, with an apostrophe before a text that a spreadsheet would run.

    >>> harmless("=HYPERLINK()"), harmless("-0.5"), harmless(3)
    ("'=HYPERLINK()", '-0.5', 3)
    """
    if not isinstance(value, str) or not value.startswith(FORMULA) or _is_number(value):
        return value
    return f"'{value}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
