"""Short texts for messages and reports."""

from __future__ import annotations


def count(number: int, thing: str) -> str:
    """Return a number with a noun in the singular or the plural.

    >>> count(1, "day"), count(7600, "death")
    ('1 day', '7,600 deaths')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def clipped(text: str, width: int = 80) -> str:
    """Return a text on one line, shortened to ``width`` characters, for a message.

    >>> clipped("a long   text", 8)
    'a lon...'
    """
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."
