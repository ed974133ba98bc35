"""Codes of verdicts, reasons, expectations and controls.

Files hold these codes, and the code compares members. The wording of a code is in
:mod:`sim.arguments.wording`, so it can change without changing a verdict.
"""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """Verdict on a reading of a claim, or on the whole claim."""

    HOLDS = "holds"
    FAILS = "fails"
    DEPENDS = "depends"
    ASSUMPTION_DRIVEN = "assumption_driven"
    UNDECIDED = "undecided"
    UNTESTED = "untested"
    UNTESTABLE = "untestable"
    SPLIT = "split"
    """The readings of a claim get different verdicts. Only a whole claim can have this verdict."""


VERBS = {
    Word.HOLDS: ("holds", "hold"),
    Word.ASSUMPTION_DRIVEN: ("is assumption-driven", "are assumption-driven"),
    Word.DEPENDS: ("depends on uncertain values", "depend on uncertain values"),
    Word.FAILS: ("fails", "fail"),
    Word.SPLIT: ("depends on its reading", "depend on their reading"),
    Word.UNDECIDED: ("is undecided", "are undecided"),
    Word.UNTESTED: ("is untested", "are untested"),
    Word.UNTESTABLE: ("is untestable", "are untestable"),
}
"""Verdicts as verbs, in the singular and in the plural."""


class Reason(StrEnum):
    """Reason for a verdict."""

    NONE = ""
    # of failing
    OPPOSITE = "opposite"
    DIFFERENCE = "difference"
    DIRECTION_UNCLEAR = "direction_unclear"
    NO_DIFFERENCE = "no_difference"
    RARELY = "rarely"
    RATIO_INSIDE = "ratio_inside"
    # of being assumption-driven
    MECHANISM = "mechanism"
    # of staying undecided
    CHANCE = "chance"
    OPPOSITE_POSSIBLE = "opposite_possible"
    THRESHOLD = "threshold"
    MAY_NEED = "may_need"
    FEW_EVENTS = "few_events"
    RATIO_OPEN = "ratio_open"
    UNDEFINED = "undefined"
    DELIVERY_OPEN = "delivery_open"
    CONTROL_OPEN = "control_open"
    # of not being tested
    NOT_DELIVERED = "not_delivered"
    NOT_REACHED = "not_reached"
    CONTROL_FAILS = "control_fails"
    NO_CONTROL = "no_control"
    CANNOT_FAIL = "cannot_fail"


class Bound(StrEnum):
    """Whether an undecided claim can be decided by more runs."""

    NONE = ""
    RUNS = "runs"
    """Even many times as many runs would probably not decide it."""


class Expects(StrEnum):
    """How the measure under the first condition compares with the second, if the claim is right."""

    GREATER = "greater"
    LESS = "less"
    EQUAL = "equal"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Contrast(StrEnum):
    """How two conditions are compared."""

    DIFFERENCE = "difference"
    RATIO = "ratio"
    RISK_RATIO = "risk_ratio"


class Draws(StrEnum):
    """Which parameter draws a claim is judged on."""

    SCENARIO = "scenario"
    UNFITTED = "unfitted"


class Kind(StrEnum):
    """Kind of a control that switches mechanisms off."""

    ALL = "all"
    SINGLE = "single"
    JOINT = "joint"
    ALL_BUT = "all_but"


class Setting(StrEnum):
    """Kind of a documented setting in which the result of a claim is known beforehand."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
