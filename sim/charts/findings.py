"""Findings: what a chart shows, in words for its title."""

from __future__ import annotations

from collections.abc import Iterable

from sim.io.text import sentence_case, with_article
from sim.outcomes.numbers import percent
from sim.outcomes.summary import Measure

FRACTIONS = {
    9 / 10: "nine of ten",
    4 / 5: "four of five",
    3 / 4: "three of four",
    2 / 3: "two of three",
    3 / 5: "three of five",
    1 / 2: "half of the",
    2 / 5: "two of five",
    1 / 3: "one of three",
    1 / 4: "one of four",
    1 / 5: "one of five",
    1 / 10: "one of ten",
}
"""Shares that have a plain name."""
CLOSE = 0.015
"""How far a share may be from one with a plain name."""


def part_of(share: float, things: str) -> str:
    """Return a share of some things in words, or as a percentage if it has no plain name.

    Args:
        share: the share, 0 to 1.
        things: the things, in the plural.

    >>> part_of(0.75, "endings"), part_of(0.86, "runs"), part_of(1.0, "runs")
    ('three of four endings', '86% of runs', 'all runs')
    """
    if share <= 0:
        return f"no {things}"
    if share >= 1:
        return f"all {things}"
    if share <= CLOSE:
        return f"almost no {things}"
    if share >= 1 - CLOSE:
        return f"almost all {things}"
    near = min(FRACTIONS, key=lambda fraction: abs(fraction - share))
    if abs(near - share) <= CLOSE:
        return f"{FRACTIONS[near]} {things}"
    return f"{percent(share)} of {things}"


def actor(name: str) -> str:
    """Return the name of an actor as it begins a sentence.

    >>> actor("United States")
    'The United States'
    """
    return sentence_case(with_article(name))


def line(lines: Iterable[Measure], name: str) -> Measure | None:
    """Return a measure of a summary by its name, or None."""
    return next((line for line in lines if line.name == name), None)
