"""Names in sentences, and verbs that agree with them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.io.text import with_article

PLURALS = frozenset({"authorities", "forces", "rebels", "separatists"})
"""Nouns that make the name of an actor a plural."""
DE_FACTO = "de facto "
IRREGULAR = {"has": "have", "is": "are", "does": "do", "goes": "go"}


def named(name: str) -> str:
    """Return the name of an actor as it stands in a sentence.

    >>> named("De facto authorities of Ruritania"), named("United States")
    ('the de facto authorities of Ruritania', 'the United States')
    """
    if name.lower().startswith(DE_FACTO):
        return f"the {name[0].lower()}{name[1:]}"
    return with_article(name)


def is_plural(name: str) -> bool:
    """Return whether the name of an actor is a plural.

    >>> is_plural("De facto authorities of Ruritania"), is_plural("United States")
    (True, False)
    """
    head = re.split(r" of |,", name, maxsplit=1)[0]
    return not PLURALS.isdisjoint(head.lower().split())


def verb(singular: str, plural: bool) -> str:
    """Return a verb in the third person, given its singular.

    >>> verb("refuses", True), verb("tries", True), verb("arms", False), verb("reaches", True)
    ('refuse', 'try', 'arms', 'reach')
    """
    if not plural:
        return singular
    if singular in IRREGULAR:
        return IRREGULAR[singular]
    if singular.endswith("ies"):
        return f"{singular[:-3]}y"
    if singular.endswith(("ches", "shes", "sses", "xes")):
        return singular[:-2]
    return singular.removesuffix("s")


def joined(clauses: Sequence[str]) -> str:
    """Return clauses with subjects of their own as one.

    >>> joined(["the sun shines", "the wind blows"])
    'the sun shines, and the wind blows'
    """
    return ", and ".join(filter(None, (", ".join(clauses[:-1]), clauses[-1])))


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def ordinal(number: int) -> str:
    """Return which one of several something is.

    >>> ordinal(2), ordinal(11), ordinal(22)
    ('second', '11th', '22nd')
    """
    if number <= len(ORDINALS):
        return ORDINALS[number - 1]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number % 100 < 20 else ending}"


def article(word: str) -> str:
    """Return a word with the indefinite article, as it is spoken.

    >>> article("second"), article("eighth"), article("11th")
    ('a second', 'an eighth', 'an 11th')
    """
    is_open = word[:1] in "aeiou" or word.startswith(("8", "11", "18"))
    return f"{'an' if is_open else 'a'} {word}"


def sentence(text: str) -> str:
    """Return a text as a sentence: with a capital, and a full stop.

    >>> sentence("the guns fall silent")
    'The guns fall silent.'
    """
    return f"{text[:1].upper()}{text[1:]}."
