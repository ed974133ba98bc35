"""Codes and numbers of a comparison in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, isfinite
from typing import Any

from sim.arguments.verdicts import DELIVERED, EVENTS, MORE, STRAY, Verdict
from sim.arguments.words import Bound, Contrast, Kind, Reason, Word

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
    Reason.OPPOSITE: "opposite effect",
    Reason.DIFFERENCE: "there is a difference",
    Reason.DIRECTION_UNCLEAR: "direction unclear",
    Reason.NO_DIFFERENCE: "no relevant difference",
    Reason.RARELY: "rarely as expected",
    Reason.RATIO_INSIDE: "the ratio does not reach the margin",
    Reason.CHANCE: "chance alone can explain it",
    Reason.OPPOSITE_POSSIBLE: f"the opposite may hold in more than {STRAY:.0%} of draws",
    Reason.FEW_EVENTS: f"fewer than {EVENTS} events",
    Reason.DELIVERY_OPEN: "the share of runs that the treatment changes is too close to "
    f"{DELIVERED:.0%}",
    Reason.CONTROL_OPEN: "it is unclear whether it holds in its positive or negative control",
    Reason.RATIO_OPEN: "the interval of the ratio includes the margin",
    Reason.NOT_DELIVERED: f"the treatment changes fewer than {DELIVERED:.0%} of runs",
    Reason.NOT_REACHED: f"the measure changes in fewer than {DELIVERED:.0%} of runs",
    Reason.CONTROL_FAILS: "it does not hold in its positive control either",
    Reason.NO_CONTROL: "it states no setting in which it would hold",
    Reason.CANNOT_FAIL: "it also holds where it should not",
}
LIMITS = {
    Bound.RUNS: (f"even {MORE[-1]} times as many runs would probably not decide",),
    Bound.DRAWS: ("more runs would not decide, only more parameter draws",),
}
COMPARATIVES = {
    "days": ("longer", "shorter"),
    "deaths": ("more", "fewer"),
    "levels": ("more", "less"),
}
"""Words for a larger and a smaller value of a unit; higher and lower for all others."""
HIGHER = ("higher", "lower")
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
    if verdict.reason == Reason.MAY_NEED:
        needed = " or ".join(verdict.mechanisms)
        return f"as expected, but it may need {needed}"
    if verdict.reason == Reason.UNDEFINED and verdict.defined:
        return f"the measure is defined in only {verdict.defined[0]} of {verdict.defined[1]} draws"
    if verdict.reason == Reason.THRESHOLD:
        crossed = " and ".join(f"{threshold:.0%}" for threshold in verdict.crossed)
        return "; ".join([f"the interval includes {crossed}", *LIMITS.get(verdict.bound, ())])
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


def comparison_of(row: Mapping[str, Any]) -> str:
    """Return a contrast in words, with the measure in both conditions.

    Args:
        row: row of the table of verdicts.

    >>> row = {"condition_1": "Russia leaning", "condition_2": "Russia mediating"}
    >>> row |= {"value_1": 41.0, "value_2": 52.0, "effect": -11.0, "effect_low": -13.0}
    >>> comparison_of(row | {"effect_high": -9.0, "unit": "days", "contrast": "difference"})
    'with Russia leaning 41 days, with Russia mediating 52 days: 11 days shorter [9 to 13]'
    """
    unit = row["unit"]
    if not isfinite(row["effect"]):
        return "undefined"
    first = f"with {row['condition_1']} {amount(row['value_1'], unit)}"
    if not row["condition_2"]:
        return f"{first}, against {amount(row['value_2'], unit)}: {_gap(row, unit)}"
    second = f"with {row['condition_2']} {amount(row['value_2'], unit)}"
    if row["contrast"] == Contrast.DIFFERENCE:
        return f"{first}, {second}: {_gap(row, unit)}"
    low, value, high = (times(exp(row[key])) for key in ("effect_low", "effect", "effect_high"))
    ratio = f"{value} times as {'likely' if row['contrast'] == Contrast.RISK_RATIO else 'high'}"
    gap = ""
    if row["contrast"] == Contrast.RISK_RATIO:
        keys = ("difference", "difference_low", "difference_high")
        risk = dict(
            zip(("effect", "effect_low", "effect_high"), (row[k] for k in keys), strict=True)
        )
        gap = f"; {_gap(risk, '%')}"
    return f"{first}, {second}: {ratio} [{low} to {high}]{gap}"


def _gap(row: Mapping[str, Any], unit: str) -> str:
    """Return a difference and its interval in words, such as ``11 days shorter [9 to 13]``."""
    value = row["effect"]
    low = row["effect_low"]
    high = row["effect_high"]
    if value < 0:
        value, low, high = -value, -high, -low
    larger, smaller = COMPARATIVES.get(unit, ("more", "less") if unit[:1] == "%" else HIGHER)
    named = larger if row["effect"] >= 0 else smaller
    size = _number(value, unit)
    within = f"[{_number(low, unit)} to {_number(high, unit)}]" if isfinite(low + high) else ""
    points = " point" if size == "1" else " points"
    shown = points if unit[:1] == "%" else f" {unit}" if unit in COMPARATIVES else ""
    if float(size.replace(",", "")) == 0:
        return f"no difference {within}".strip()
    return f"{size}{shown} {named} {within}".strip()


def amount(value: float, unit: str) -> str:
    """Return a value with its unit.

    A unit that begins with ``%`` turns shares into percent. One that ends with ``of`` goes before
    the number.

    >>> amount(0.41, "% of runs"), amount(7612.0, "deaths"), amount(0.123, "a tie of")
    ('41% of runs', '7,612 deaths', 'a tie of 0.12')
    """
    if not isfinite(value):
        return "undefined"
    number = _number(value, unit)
    if unit[:1] == "%":
        return f"{number}{unit}"
    return f"{unit} {number}" if unit.endswith(" of") else f"{number} {unit}".strip()


def _number(value: float, unit: str) -> str:
    """Return a number to the digits that a reader can use; shares as percent."""
    scaled = 100 * value if unit[:1] == "%" else value
    if abs(scaled) < (0.005 if unit[:1] == "%" else 0.0005):
        return "0"
    if abs(scaled) >= 10:
        return f"{scaled:,.0f}"
    return f"{scaled:.1f}".removesuffix(".0") if abs(scaled) >= 1 else f"{scaled:.2g}"


def times(ratio: float) -> str:
    """Return a ratio with two significant digits.

    >>> times(1.449), times(51.3), times(0.0213)
    ('1.4', '51', '0.021')
    """
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def effect(value: float) -> str:
    """Return an effect with its sign and three significant digits.

    >>> effect(0.01149), effect(1920)
    ('+0.0115', '+1,920')
    """
    return readable(value, 3, "+")


def readable(value: float, digits: int, sign: str = "-") -> str:
    """Return a number with a number of significant digits.

    Args:
        value: the number.
        digits: number of significant digits.
        sign: ``+`` gives positive numbers a sign too.

    >>> readable(1923.4, 3), readable(0.01152, 3, "+")
    ('1,920', '+0.0115')
    """
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:{sign},.0f}" if abs(rounded) >= 10**digits else f"{value:{sign}.{digits}g}"


def percent(share: float) -> str:
    """Return a share as whole percent; a dash if it is not defined.

    >>> percent(0.254), percent(float("nan"))
    ('25%', '-')
    """
    return f"{100 * share:.0f}%" if isfinite(share) else "-"


def interval(value: float, low: float, high: float) -> str:
    """Return a share with its interval; a dash if it is not defined.

    >>> interval(0.94, 0.88, 0.97)
    '94% [88-97%]'
    """
    if not isfinite(value):
        return "-"
    return f"{percent(value)} [{100 * low:.0f}-{100 * high:.0f}%]"


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
