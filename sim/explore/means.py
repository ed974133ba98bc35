"""Means of runs and their differences as texts, with the same digits wherever they stand."""

from __future__ import annotations

from sim.explore.content import Difference
from sim.outcomes.summary_measures import PROBABILITY

MINUS = "\N{MINUS SIGN}"
DAYS = "share of days"
"""Unit of a share of the days of fighting."""
LEVELS = "levels"
"""Unit of support, from 0 to 4."""
SHARES = (PROBABILITY, DAYS)
PER_CENT = 100.0
FINE = (LEVELS, "ceasefires", "times")
"""Units of small numbers, which have a decimal."""
COUNTED = ("deaths", "ceasefires", "times")
"""Units of things that can be counted."""
HALF_A_TENTH = 0.05
"""Smallest distance that shows, as no number has more than one decimal."""
SMALL = 0.95
"""Size below which a difference has a decimal."""


def factor(unit: str) -> float:
    """Return by what a value is multiplied before it is shown: shares are shown in percent."""
    return PER_CENT if unit in SHARES else 1.0


def decimals(unit: str, size: float) -> int:
    """Return the decimals of a difference of this size; tens of deaths have -1.

    >>> decimals("days", -5.9), decimals("days", 0.4), decimals("deaths", 385.0)
    (0, 1, -1)
    """
    if unit in FINE:
        return 1
    if unit == "deaths" and abs(size) >= PER_CENT:
        return -1
    return 0 if abs(size) >= SMALL else 1


def plain(value: float, digits: int) -> str:
    """Return a number with a number of decimals.

    >>> plain(-1234.5, -1), plain(0.04, 1), plain(7.0, 0)
    ('−1,230', '0.0', '7')
    """
    rounded = round(value, digits) + 0.0  # without -0.0
    return f"{rounded:,.{max(digits, 0)}f}".replace("-", MINUS)


def mean_decimals(unit: str, value: float) -> int:
    """Return the decimals of a mean of this size, in the unit that is shown."""
    if unit in SHARES:
        return 0
    if unit.startswith("%"):
        return 0 if abs(value) >= SMALL else 1
    return decimals(unit, value)


def adds_up(before: float, after: float, found: Difference, unit: str) -> bool:
    """Return whether two means differ by their difference, as all three are shown.

    >>> adds_up(42.4, 45.6, Difference(3.2, 1.0, 5.0, False), "days")
    False
    >>> adds_up(42.0, 45.2, Difference(3.2, 1.0, 5.0, False), "days")
    True
    """
    times = factor(unit)
    shown = [round(times * value, mean_decimals(unit, times * value)) for value in (before, after)]
    size = times * found.mean
    return abs(shown[1] - shown[0] - round(size, decimals(unit, size))) < HALF_A_TENTH


def mean_text(value: float, unit: str) -> str:
    """Return a mean of runs with its unit, such as ``27%``, ``42 days`` or ``level 2.1``.

    >>> mean_text(0.271, "probability"), mean_text(1.0, "days"), mean_text(2.13, "levels")
    ('27%', '1 day', '2.1')
    """
    if unit in SHARES:
        return _percent(PER_CENT * value)
    if unit.startswith("%"):
        return f"{plain(value, mean_decimals(unit, value))}%"
    text = plain(value, mean_decimals(unit, value))
    return text if unit == LEVELS else f"{text} {unit.removesuffix('s') if text == '1' else unit}"


def _percent(value: float) -> str:
    """Return a share in percent, in which small shares are never 0% or 100%."""
    if 0 < value < 0.5:
        return "<1%"
    if PER_CENT - 0.5 < value < PER_CENT:
        return ">99%"
    return f"{plain(value, 0)}%"


def unit_text(unit: str, text: str) -> str:
    """Return the unit of a difference: points for shares, and singular for one.

    >>> unit_text("days", "+1"), unit_text("probability", "+1"), unit_text("days", "+7")
    ('day', 'point', 'days')
    """
    if unit in SHARES or unit.startswith("%"):
        unit = "points"
    return unit.removesuffix("s") if text.lstrip(f"+{MINUS}") == "1" else unit


def directions(unit: str) -> tuple[str, str]:
    """Return the words for a larger and a smaller value of a unit.

    >>> directions("days"), directions("deaths"), directions("probability")
    (('longer', 'shorter'), ('more', 'fewer'), ('more often', 'less often'))
    """
    if unit == "days":
        return "longer", "shorter"
    if unit == PROBABILITY:
        return "more often", "less often"
    return "more", "fewer" if unit in COUNTED else "less"


def difference_text(found: Difference, unit: str) -> str:
    """Return a difference with its sign, without its unit."""
    if found.same:
        return "no change"
    size = factor(unit) * found.mean
    digits = decimals(unit, size)
    sign = "+" if size > 0 and round(size, digits) else ""
    return sign + plain(size, digits)


def interval_text(found: Difference, unit: str) -> str:
    """Return the interval of a difference with the digits of its mean; empty without one."""
    if found.same or found.low is None or found.high is None:
        return ""
    digits = decimals(unit, factor(unit) * found.mean)
    low, high = (plain(factor(unit) * end, digits) for end in (found.low, found.high))
    return f"{low} to {high}"


def size_text(found: Difference, unit: str) -> str:
    """Return the size of a difference, without its sign, with its unit."""
    text = difference_text(found, unit).lstrip(f"+{MINUS}")
    return f"{text} {unit_text(unit, text)}"
