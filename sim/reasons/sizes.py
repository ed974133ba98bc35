"""Sizes of differences in words, such as ``9 days longer``."""

from __future__ import annotations

import math

from sim.outcomes.numbers import percent
from sim.outcomes.precision import rounded
from sim.reasons.outcomes import Outcome

_WORDS = {"duration_days": ("longer", "shorter")}
_MORE = ("more", "fewer")
SMALLEST = "0.1"
"""Smallest difference that is printed."""


def size_in_words(outcome: Outcome, difference: float, error: float | None) -> str:
    """Return a difference of an outcome in words.

    >>> size_in_words(Outcome("duration_days", "", "days"), -9.2, 1.0)
    '9 days shorter'
    >>> size_in_words(Outcome("deaths", "", "deaths"), 2140.0, 300.0)
    '2,100 more deaths'
    >>> size_in_words(Outcome("ending_truce", "", "probability"), 0.12, 0.01)
    '12 points more often'
    >>> size_in_words(Outcome("ending_truce", "", "probability"), -0.0003, 0.0001)
    'less than 0.1 points less often'
    """
    number = _number(outcome, abs(difference), error)
    if number != "0":
        return _sized(outcome, number, difference)
    if error is None or not abs(difference) > 2 * error:
        return "no change"
    return f"less than {_sized(outcome, SMALLEST, difference)}"


def _sized(outcome: Outcome, number: str, difference: float) -> str:
    if outcome.is_event:
        often = "more often" if difference > 0 else "less often"
        return f"{number} {'point' if number == '1' else 'points'} {often}"
    if outcome.unit.startswith("%"):
        return f"{number} points {'more' if difference > 0 else 'less'}"
    thing = outcome.unit.removesuffix("s") if number == "1" else outcome.unit
    if outcome.name in _WORDS:
        return f"{number} {thing} {_WORDS[outcome.name][difference < 0]}"
    more = _MORE[difference < 0]
    return f"{number} {more}" if thing == "times" else f"{number} {more} {thing}"


def clause(outcome: Outcome, size: str) -> str:
    """Return a size as a clause about its outcome.

    >>> clause(Outcome("duration_days", "", "days"), "9 days longer")
    'the fighting lasts 9 days longer'
    >>> clause(Outcome("ending_truce", "ends in a ceasefire", "probability"), "9 points less often")
    'it ends in a ceasefire 9 points less often'
    """
    if outcome.name == "duration_days":
        return f"the fighting lasts {size}"
    if outcome.name == "deaths":
        return f"there are {size}"
    if outcome.is_event:
        return f"{_event(outcome)} {size}"
    return f"{outcome.says}: {size}"


def noun(outcome: Outcome) -> str:
    """Return an outcome as a noun.

    >>> noun(Outcome("deaths", "battle deaths of both sides", "deaths"))
    'the number of battle deaths'
    """
    if outcome.name == "deaths":
        return "the number of battle deaths"
    if outcome.is_event:
        return f"whether {_event(outcome)}"
    return f"the {outcome.says}"


def _event(outcome: Outcome) -> str:
    return f"it {outcome.says}" if outcome.says.startswith(("ends", "reaches")) else outcome.says


def range_in_words(
    outcome: Outcome, difference: float, low: float, high: float, error: float | None
) -> str:
    """Return an interval of a difference, in the direction of the difference.

    >>> range_in_words(Outcome("duration_days", "", "days"), -9.2, -14.0, -4.0, 1.0)
    '4 to 14'
    """
    ends = (low, high) if difference >= 0 else (-high, -low)
    first, second = (_signed(outcome, end, error) for end in ends)
    return f"{first} to {second}"


def signed_number(value: float) -> str:
    """Return a number on an axis of differences.

    >>> signed_number(0.0), signed_number(1500.0), signed_number(-0.4)
    ('0', '+1,500', '-0.4')
    """
    if not value:
        return "0"
    return f"{value:+,.0f}" if float(value).is_integer() else f"{value:+.2g}"


def value_in_words(outcome: Outcome, value: float) -> str:
    """Return a mean or a share.

    >>> value_in_words(Outcome("duration_days", "", "days"), 43.4)
    '43 days'
    """
    if outcome.is_event:
        return percent(value)
    number = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"
    return f"{number}{'' if outcome.unit.startswith('%') else ' '}{outcome.unit}"


def _signed(outcome: Outcome, value: float, error: float | None) -> str:
    number = _number(outcome, abs(value), error)
    return f"-{number}" if value < 0 and number != "0" else number


def _number(outcome: Outcome, value: float, error: float | None) -> str:
    """Return a positive number to the digits that its error leaves."""
    factor = 100.0 if outcome.is_event else 1.0
    scaled = factor * value
    known = error is not None and math.isfinite(error)
    finest = 0.1 if scaled < 2 and known and factor * (error or 0.0) < 0.5 else 1.0
    text = f"{rounded(scaled, factor * error if error and known else None, finest):,.1f}"
    return text.removesuffix(".0")
