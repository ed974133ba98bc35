"""Short texts for messages and reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

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
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
"""Names of months, the same in every language of the machine."""


def count(number: int, thing: str) -> str:
    """Return a number with a noun in the singular or the plural.

    >>> count(1, "day"), count(7600, "death")
    ('1 day', '7,600 deaths')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def with_squares(text: str) -> str:
    """Return a text with the sign of square kilometres, which sources and files write as km2.

    >>> with_squares("8 to 20 km2 of the area")
    '8 to 20 km² of the area'
    """
    return re.sub(r"\bkm2\b", "km\N{SUPERSCRIPT TWO}", text)


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


def listed(parts: Sequence[str]) -> str:
    """Return parts of a sentence as a list; empty without parts.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def sentence_case(text: str) -> str:
    """Return a text that begins with a capital letter.

    >>> sentence_case("half of the runs")
    'Half of the runs'
    """
    return text[:1].upper() + text[1:]


def day_month(day: date) -> str:
    """Return a date without its year.

    >>> day_month(date(2020, 9, 27))
    '27 September'
    """
    return f"{day.day} {MONTHS[day.month - 1]}"
