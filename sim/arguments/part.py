"""A part of the text of a comparison."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A part of the text.

    Attributes:
        heading: title of the part.
        lines: paragraphs.
        entries: titled paragraphs.
        headings, rows: headings and rows of a table; empty if there is none.
    """

    heading: str
    lines: tuple[str, ...] = ()
    entries: tuple[tuple[str, str], ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
