"""Numbers in plain words."""

from __future__ import annotations


def count(number: int, thing: str) -> str:
    """Return a number with what it counts, in the singular or the plural."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
