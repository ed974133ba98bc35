"""Numbers in words."""

from __future__ import annotations


def count(number: int, thing: str) -> str:
    """Return a number with a noun in the singular or the plural.

    >>> count(1, "day"), count(7600, "death")
    ('1 day', '7,600 deaths')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
