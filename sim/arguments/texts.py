"""Codes and numbers of a comparison in words."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from sim.arguments.verdicts import DELIVERED, EVENTS, MORE, STRAY, Verdict
from sim.arguments.words import Bound, Kind, Reason, Word
from sim.outcomes.numbers import percent as whole_percent
from sim.outcomes.numbers import readable

WORDS = {
    Word.HOLDS: "holds",
    Word.FAILS: "fails",
    Word.DEPENDS: "depends",
    Word.ASSUMPTION_DRIVEN: "assumption-driven",
    Word.UNDECIDED: "undecided",
    Word.UNTESTED: "untested",
    Word.UNTESTABLE: "untestable",
    Word.SPLIT: "depends on its reading",
}
REASONS = {
    Reason.OPPOSITE: "the effect is opposite",
    Reason.DIFFERENCE: "there is a difference",
    Reason.DIRECTION_UNCLEAR: "direction unclear",
    Reason.NO_DIFFERENCE: "no relevant difference",
    Reason.RARELY: "rarely as claimed",
    Reason.RATIO_INSIDE: "the ratio does not reach the margin",
    Reason.CHANCE: "the p-value after adjustment is too large",
    Reason.OPPOSITE_POSSIBLE: f"it may be opposite in more than {STRAY:.0%} of draws",
    Reason.FEW_EVENTS: f"fewer than {EVENTS} events",
    Reason.DELIVERY_OPEN: "the share of runs that the treatment changes is too close to "
    f"{DELIVERED:.0%}",
    Reason.CONTROL_OPEN: "it is unclear whether it holds in its positive or negative control",
    Reason.RATIO_OPEN: "the interval of the ratio includes the margin",
    Reason.NOT_DELIVERED: f"the treatment changes fewer than {DELIVERED:.0%} of runs",
    Reason.NOT_REACHED: f"the measure changes materially in fewer than {DELIVERED:.0%} of runs",
    Reason.CONTROL_FAILS: "it does not hold in its positive control either",
    Reason.NO_CONTROL: "it states no setting in which it would hold",
    Reason.CANNOT_FAIL: "it also holds where it should not",
}
HOPELESS = f"even {MORE[-1]} times as many runs would probably not decide"
ALL_OFF = "all argued mechanisms"


def verdict_of(word: Word, mechanisms: Sequence[str] = ()) -> str:
    """Return a verdict in words.

    >>> verdict_of(Word.ASSUMPTION_DRIVEN, ["contest"])
    'assumption-driven: contest'
    """
    named = f": {' and '.join(mechanisms)}" if word == Word.ASSUMPTION_DRIVEN else ""
    return WORDS[word] + named


def detail_of(verdict: Verdict) -> str:
    """Return the reason for a verdict in words; empty if the verdict says it all."""
    hopeless = [HOPELESS] if verdict.bound == Bound.RUNS else []
    return "; ".join([_reason_of(verdict), *hopeless])


def _reason_of(verdict: Verdict) -> str:
    if verdict.reason == Reason.MAY_NEED:
        needed = " or ".join(verdict.mechanisms)
        return f"as claimed, but it may need {needed}"
    if verdict.reason == Reason.UNDEFINED and verdict.defined:
        return f"the measure is defined in only {verdict.defined[0]} of {verdict.defined[1]} draws"
    if verdict.reason == Reason.THRESHOLD:
        crossed = " and ".join(f"{threshold:.0%}" for threshold in verdict.crossed)
        return f"the interval includes {crossed}"
    return REASONS.get(verdict.reason, "")


def control_of(kind: Kind, mechanisms: Sequence[str]) -> str:
    """Return a control in words.

    >>> control_of(Kind.JOINT, ["contest", "leverage"]), control_of(Kind.ALL, [])
    ('contest with leverage', 'all argued mechanisms')
    """
    if kind == Kind.ALL:
        return ALL_OFF
    return f"all but {mechanisms[0]}" if kind == Kind.ALL_BUT else " with ".join(mechanisms)


def needs_of(kind: Kind | None, mechanisms: Sequence[str]) -> str:
    """Return the mechanisms that an effect needs in words; empty if none are known.

    >>> needs_of(Kind.SINGLE, ["contest", "leverage"])
    'contest, leverage'
    """
    if kind is None:
        return ""
    return ", ".join(mechanisms) if kind == Kind.SINGLE else control_of(kind, mechanisms)


def effect(value: float) -> str:
    """Return an effect with its sign and three significant digits.

    >>> effect(0.01149), effect(1920)
    ('+0.0115', '+1,920')
    """
    return readable(value, 3, "+")


def percent(share: float) -> str:
    """Return a share of draws or runs as percent; a dash if it is not defined.

    >>> percent(0.254), percent(0.002), percent(float("nan"))
    ('25%', '<1%', '-')
    """
    return whole_percent(share) if isfinite(share) else "-"


def interval(value: float, low: float, high: float) -> str:
    """Return a share with its interval; a dash if it is not defined.

    >>> interval(0.94, 0.88, 0.97)
    '94% [88 to 97]'
    """
    if not isfinite(value):
        return "-"
    return f"{percent(value)} [{100 * low:.0f} to {100 * high:.0f}]"


def driver_of(row: dict[str, Any]) -> str:
    """Return the main driver of a claim, and where its sign flips."""
    if not isinstance(row["driver"], str) or not row["driver"]:
        return "no single value decides" if row["open_word"] == Word.DEPENDS else "-"
    name = short_path(row["driver"])
    if row["threshold"] is None or not isfinite(row["threshold"]):
        return name
    odds = row["prior_odds"]
    if " = " in name:
        return f"{name} ({odds:.0%} of draws)"
    low = row.get("threshold_low")
    high = row.get("threshold_high")
    within = "" if low is None else f" [{low:.2g} to {high:.2g}]"
    return f"{name}, flips at {row['threshold']:.2g}{within} ({odds:.0%} of draws above)"


def short_path(path: str) -> str:
    """Return a path without its first section."""
    return path.removeprefix("mechanisms.").removeprefix("parameters.").removeprefix("actors.")
