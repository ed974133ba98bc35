"""Results of a claim in sentences, with the values in both conditions."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, isfinite, log10
from typing import Any

from sim.arguments.texts import interval, percent
from sim.arguments.words import Contrast, Expects
from sim.outcomes.numbers import number_in, times

Row = Mapping[str, Any]
"""A row of the table of verdicts."""

COMPARATIVES = {
    "days": ("longer", "shorter"),
    "deaths": ("more", "fewer"),
    "levels": ("more", "less"),
}
"""Words for a larger and a smaller value of a unit; higher and lower for all others."""
HIGHER = ("higher", "lower")
OF_RUNS = "% of runs"
"""Unit of the probability of an event."""
NORMAL_95 = 1.96
"""Standard errors from the middle to the end of a 95% interval."""


def sentence_of(row: Row) -> str:
    r"""Return the result of a claim in two or three sentences.

    >>> row = {"condition_1": "Russia leaning", "condition_2": "Russia mediating", "holding": ""}
    >>> row |= {"value_1": 41.0, "value_2": 52.0, "effect": -11.0, "effect_low": -13.0}
    >>> row |= {"effect_high": -9.0, "unit": "days", "contrast": "difference", "expects": "less"}
    >>> row |= {"share": 0.82, "share_low": 0.74, "share_high": 0.88, "above": 0.82}
    >>> row |= {"inside": 0.15, "below": 0.03, "runs": 4096, "rests_on": "contest"}
    >>> print(sentence_of(row).replace(". ", ".\n"))
    With Russia leaning 41 days, with Russia mediating 52 days: 11 days shorter [9 to 13].
    As claimed in 82% of draws [74 to 88], opposite in 3%, no difference in 15%.
    Rests on contest.
    """
    result = comparison_of(row)
    parts = [
        f"Throughout, {row['holding']}" if row.get("holding") else "",
        result[0].upper() + result[1:],
        shares_of(row),
        f"Rests on {row['rests_on']}" if row["rests_on"] else "",
    ]
    return " ".join(f"{part}." for part in parts if part)


def shares_of(row: Row) -> str:
    """Return the shares of draws in words; empty if they are not defined or nothing happened."""
    if never(row) or not isfinite(row["share"]):
        return ""
    claimed = interval(row["share"], row["share_low"], row["share_high"]).replace(
        "%", "% of draws", 1
    )
    others = (f"{name} in {percent(share)}" for name, share in other_shares(row).items())
    return ", ".join((f"As claimed in {claimed}", *others))


def other_shares(row: Row) -> dict[str, float]:
    """Return the shares of draws that are not as claimed, by name."""
    if row["expects"] == Expects.EQUAL:
        return {"higher": row["above"], "lower": row["below"]}
    if row["expects"] in (Expects.AT_LEAST, Expects.AT_MOST):
        return {"opposite": row["below"]}
    return {"opposite": row["below"], "no difference": row["inside"]}


def never(row: Row) -> bool:
    """Return whether a claim is about an event that occurs in no run of either condition."""
    return row["unit"] == OF_RUNS and row["value_1"] == 0 and row["value_2"] == 0


def fewer_than(runs: int) -> str:
    """Return an upper limit for the probability of an event that occurs in no run.

    By the rule of three, it is 3 in the number of runs, at 95% confidence. It is rounded up.

    >>> fewer_than(320), fewer_than(4096), fewer_than(2)
    ('fewer than 1 in 100 runs', 'fewer than 1 in 1,000 runs', 'no run')
    """
    at_most = runs / 3
    if at_most < 2:
        return "no run"
    step = 10 ** int(log10(at_most))
    return f"fewer than 1 in {int(at_most / step) * step:,} runs"


def comparison_of(row: Row) -> str:
    """Return a contrast in words, with the measure in both conditions.

    >>> row = {"condition_1": "Russia leaning", "condition_2": "Russia mediating"}
    >>> row |= {"value_1": 41.0, "value_2": 52.0, "effect": -11.0, "effect_low": -13.0}
    >>> comparison_of(row | {"effect_high": -9.0, "unit": "days", "contrast": "difference"})
    'with Russia leaning 41 days, with Russia mediating 52 days: 11 days shorter [9 to 13]'
    """
    if never(row):
        either = f"with {row['condition_1']}"
        if row["condition_2"]:
            either = f"{either} or with {row['condition_2']}"
        return f"it never occurs {either} ({fewer_than(row['runs'])})"
    if not isfinite(row["effect"]):
        return "undefined"
    treatment = row.get("treatment")
    inner = f"the effect of {treatment} is " if isinstance(treatment, str) and treatment else ""
    first = f"{inner}with {row['condition_1']} {_value(row, 1)}"
    if not row["condition_2"]:
        return f"{first}, against {_value(row, 2)}: {_gap(row, row['unit'])}"
    both = f"{first}, with {row['condition_2']} {_value(row, 2)}"
    if row["contrast"] == Contrast.DIFFERENCE:
        return f"{both}: {_gap(row, row['unit'])}"
    return f"{both}: {_ratio(row)}"


def _ratio(row: Row) -> str:
    """Return a ratio in words, and for risks their difference too."""
    low, value, high = (times(exp(row[key])) for key in ("effect_low", "effect", "effect_high"))
    is_risk = row["contrast"] == Contrast.RISK_RATIO
    ratio = f"{value} times as {'likely' if is_risk else 'high'} [{low} to {high}]"
    if not is_risk:
        return ratio
    ends = ("difference", "difference_low", "difference_high")
    risk = dict(zip(("effect", "effect_low", "effect_high"), (row[k] for k in ends), strict=True))
    return f"{ratio}; {_gap(risk, '%')}"


def _value(row: Row, place: int) -> str:
    """Return the measure in one condition, to the digits of its difference."""
    value = row[f"value_{place}"]
    unit = row["unit"]
    is_stated = place == 2 and not row["condition_2"]  # a number, not a condition
    if value == 0 and unit == OF_RUNS and row.get("runs") and not is_stated:
        return fewer_than(row["runs"])
    if value == 0 and row["contrast"] == Contrast.RISK_RATIO:
        return "none"
    return amount(value, unit, _error(row) if row["contrast"] == Contrast.DIFFERENCE else None)


def _error(row: Row) -> float | None:
    """Return the error of an effect, from its 95% interval; None without one."""
    error = (row["effect_high"] - row["effect_low"]) / (2 * NORMAL_95)
    return error if isfinite(error) else None


def _gap(row: Row, unit: str) -> str:
    """Return a difference and its interval in words, such as ``11 days shorter [9 to 13]``."""
    error = _error(row)
    sign = -1 if row["effect"] < 0 else 1
    ends = sorted(sign * row[key] for key in ("effect_low", "effect_high"))
    size = number_in(sign * row["effect"], unit, error)
    low, high = (number_in(end, unit, error) for end in ends)
    within = f"[{low} to {high}]" if error is not None else ""
    if float(size.replace(",", "")) == 0:
        return f"no difference {within}".strip()
    larger, smaller = COMPARATIVES.get(unit, ("more", "less") if unit[:1] == "%" else HIGHER)
    named = larger if sign > 0 else smaller
    points = " point" if size == "1" else " points"
    shown = points if unit[:1] == "%" else f" {_unit(size, unit)}" if unit in COMPARATIVES else ""
    return f"{size}{shown} {named} {within}".strip()


def amount(value: float, unit: str, error: float | None = None) -> str:
    """Return a value with its unit.

    A unit that begins with ``%`` turns shares into percent. One that ends with ``of`` goes before
    the number.

    >>> amount(0.41, "% of runs"), amount(7612.0, "deaths"), amount(0.123, "a tie of")
    ('41% of runs', '7,612 deaths', 'a tie of 0.12')
    >>> amount(7612.0, "deaths", error=300.0)
    '7,600 deaths'
    """
    if not isfinite(value):
        return "undefined"
    if value == 0 and unit == OF_RUNS:
        return "no run"
    number = number_in(value, unit, error)
    if unit[:1] == "%":
        return f"{number}{unit}"
    return f"{unit} {number}" if unit.endswith(" of") else f"{number} {_unit(number, unit)}".strip()


def _unit(number: str, unit: str) -> str:
    return unit.removesuffix("s") if number == "1" and unit in COMPARATIVES else unit
