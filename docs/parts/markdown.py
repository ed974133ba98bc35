"""Markdown: tables, code and docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Row = Sequence[object]


def table(headings: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a text as code."""
    return f"`{text}`"


def plain(text: str) -> str:
    """Return a docstring's text with Markdown's code marks in place of reStructuredText's."""
    return re.sub(r"(?<!`)``(?!`)", "`", re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text))
