"""Short texts for messages and reports."""

from __future__ import annotations

ARTICLE = {
    "Commission",
    "Emirates",
    "Federation",
    "Kingdom",
    "League",
    "Nations",
    "Netherlands",
    "Organization",
    "Philippines",
    "Republic",
    "States",
    "Union",
    "authorities",
}
"""Words in the names of actors that take an article."""


def count(number: int, thing: str) -> str:
    """Return a number with a noun in the singular or the plural.

    >>> count(1, "day"), count(7600, "death")
    ('1 day', '7,600 deaths')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def with_article(name: str) -> str:
    """Return the name of an actor as it stands in a sentence.

    >>> with_article("United States"), with_article("Russia")
    ('the United States', 'Russia')
    """
    takes_article = not ARTICLE.isdisjoint(name.split())
    return f"the {name}" if takes_article and not name.lower().startswith("the ") else name


def clipped(text: str, width: int = 80) -> str:
    """Return a text on one line, shortened to ``width`` characters, for a message.

    >>> clipped("a long   text", 8)
    'a lon...'
    """
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."
