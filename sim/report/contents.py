"""The contents list of a report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of the contents.

    Attributes:
        id: id of the section on the page.
        heading: heading of the section.
        entries: sections within it.
    """

    id: str
    heading: str
    entries: tuple[Entry, ...] = ()
