"""Measure how well two coders who read the same articles agree.

Agreement is Krippendorff's alpha for ordinal data (Krippendorff 2004, chapter 11): 1 is full
agreement, and 0 is agreement by chance. Levels are compared as steps of the scale, from -very_high
to very_high. A number or a range counts as the step nearest to its middle. Support has thirteen
steps from 0 to 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from sim.evidence import Coding, Evidence, Level
from sim.io.errors import Fault
from sim.scenario import Quantity, Stated
from sim.scenario.quantity import WORDS, word_range

STEPS = {word: number for number, word in enumerate(WORDS, start=1)}
SILENT = "silent"


@dataclass(frozen=True)
class Agreement:
    """Levels that two coders gave one value.

    Attributes:
        where: file of the value.
        path: path of the value.
        first: the first coder's level.
        second: the second coder's level.
        reason: the second coder's reason.
        first_also: a second level that fits as well, by the first coder.
        second_also: the same, by the second coder.
    """

    where: str
    path: str
    first: Level
    second: Level
    reason: str
    first_also: Level | None = None
    second_also: Level | None = None

    @property
    def differ(self) -> bool:
        """Whether the coders' ranges do not overlap, including any second level."""
        first = _reach(self.path, self.first, self.first_also)
        second = _reach(self.path, self.second, self.second_also)
        return (
            first is not None
            and second is not None
            and (first[1] < second[0] or second[1] < first[0])
        )

    def __str__(self) -> str:
        """Return both levels, the second coder's reason, and whether the ranges overlap."""
        apart = "; the ranges do not overlap" if self.differ else ""
        first = _either(self.first, self.first_also)
        second = _either(self.second, self.second_also)
        return f"first {first}, second {second} ({self.reason}){apart}"

    def record(self) -> dict[str, object]:
        """Return the levels and the reason as plain values for a file."""
        return {
            "first": self.first,
            "first_also": self.first_also,
            "second": self.second,
            "second_also": self.second_also,
            "reason": self.reason,
        }


def pair(first: Coding, second: Coding) -> dict[tuple[str, str], Agreement]:
    """Return the levels of the values that both coders coded, by file and path."""
    second_items = {(item.where, item.path): item for item in second.items}
    return {
        (item.where, item.path): Agreement(
            item.where, item.path, item.level, match.level, match.reason, item.also, match.also
        )
        for item in first.items
        if (match := second_items.get((item.where, item.path))) is not None
    }


def coded_twice(evidence: Evidence) -> dict[tuple[str, str], Agreement]:
    """Return the levels of the values that the first two coders coded, by file and path.

    The mapping is empty with one coder.

    >>> from sim.catalogue import shipped_root
    >>> from sim.evidence import load_folder
    >>> pairs = coded_twice(load_folder(shipped_root() / "seeds"))
    >>> pairs["april_2016", "actors.TUR.support"].first
    (0.0, 1.0)
    """
    return pair(*evidence.codings[:2]) if len(evidence.codings) > 1 else {}


@dataclass(frozen=True)
class Reliability:
    """Agreement of two coders on a group of values.

    Attributes:
        part: all, ties or other.
        alpha: Krippendorff's alpha; None if fewer than two different levels were compared.
        compared: number of values that alpha is computed from.
        silent: number of values left out because a coder found that the articles say nothing.
        off_scale: number of values left out because they are not on the scale, such as strengths.
    """

    part: str
    alpha: float | None
    compared: int
    silent: int
    off_scale: int

    def __str__(self) -> str:
        """Return the part, alpha, and the number of values."""
        value = "not defined" if self.alpha is None else f"{self.alpha:.2f}"
        left = [(self.silent, "silent"), (self.off_scale, "not on the scale")]
        out = "".join(f", {number} left out as {why}" for number, why in left if number)
        return f"{self.part} {value} ({self.compared} values{out})"


def alpha(pairs: Mapping[tuple[str, str], Agreement]) -> float | None:
    """Return Krippendorff's alpha for ordinal data, over the values that both coders gave a level.

    Returns:
        Alpha, or None with fewer than two different levels, for which it is not defined.

    >>> path = "actors.OST.broker_value"
    >>> words = {"1": "low", "2": "high"}
    >>> alpha({("a", key): Agreement("a", path, word, word, "") for key, word in words.items()})
    1.0
    """
    import krippendorff  # slow to import, and needed only here

    both = [steps for pair in pairs.values() if (steps := _steps(pair)) is not None]
    if len({step for steps in both for step in steps}) < 2:
        return None
    coders = [list(coder) for coder in zip(*both, strict=True)]
    return float(krippendorff.alpha(coders, level_of_measurement="ordinal"))


def reliability(pairs: Mapping[tuple[str, str], Agreement]) -> list[Reliability]:
    """Return agreement on all values, on ties, and on the rest (signs of ties are easy to code)."""
    parts = {
        "all": dict(pairs),
        "ties": {key: pair for key, pair in pairs.items() if ".ties." in pair.path},
        "other": {key: pair for key, pair in pairs.items() if ".ties." not in pair.path},
    }
    return [_reliability(name, part) for name, part in parts.items() if part]


def _reliability(name: str, part: Mapping[tuple[str, str], Agreement]) -> Reliability:
    silent = sum(SILENT in (pair.first, pair.second) for pair in part.values())
    compared = sum(_steps(pair) is not None for pair in part.values())
    return Reliability(name, alpha(part), compared, silent, len(part) - silent - compared)


def shown(level: Level) -> str:
    """Return a level as a short text.

    >>> shown("high"), shown((0.2, 0.6))
    ('high', '0.2 to 0.6')
    """
    if isinstance(level, str):
        return level
    ends = level if isinstance(level, tuple) else (level,)
    return " to ".join(f"{end:g}" for end in ends)


def interval(level: Level, path: str) -> tuple[float, float] | None:
    """Return the range of a level, or None if the articles say nothing.

    >>> interval("high", "actors.OST.broker_value")
    (0.7, 0.9)
    """
    if isinstance(level, tuple):
        return level
    if isinstance(level, str):
        if level == SILENT:
            return None
        return (0.0, 0.0) if level == "none" else word_range(level)
    return (max(0.0, level - 0.5), level + 0.5) if path.endswith(".support") else (level, level)


def span(both: Agreement) -> tuple[float, float] | None:
    """Return the range that covers both coders' readings; None if both found no evidence.

    >>> span(Agreement("crisis", "actors.OST.broker_value", "low", "high", "two readings"))
    (0.2, 0.9)
    """
    return _reach(both.path, both.first, both.first_also, both.second, both.second_also)


def _reach(path: str, *levels: Level | None) -> tuple[float, float] | None:
    ends = [
        found
        for level in levels
        if level is not None and (found := interval(level, path)) is not None
    ]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None


def coverage_faults(stated: Stated, evidence: Evidence) -> list[Fault]:
    """Return a fault for every value whose range leaves out a coder's reading without a reason.

    The evidence may state that a fact of the historical record fixes a value. If the range of such
    a value covers both coders, the statement is unnecessary, and that is a fault too.
    """
    agreements = coded_twice(evidence)
    faults = []
    for path, place in stated.places.items():
        where = (Path(place[0]).stem, path)
        both = agreements.get(where)
        if both and (message := _uncovered(both, stated.values[path], where in evidence.fixed)):
            faults.append(Fault(*place, path, message))
    return faults


def _uncovered(both: Agreement, raw: object, fixed: bool) -> str | None:
    """Return why a value conflicts with its coders, or None."""
    try:
        value = Quantity.model_validate(raw)
        covered = span(both)
    except ValidationError:
        return "coders read a level for this value, but it is not a number"
    if covered is None:
        return None
    covers = value.low <= covered[0] and covered[1] <= value.high
    if covers and fixed:
        return (
            "listed under 'fixed' in the evidence, but its range covers both coders; delete that "
            "entry"
        )
    if covers or fixed:
        return None
    ends = shown((value.low, value.high))
    remedy = "widen the range, or state under 'fixed' in the evidence which fact fixes the value"
    return f"{ends} does not cover the coders' readings, {shown(covered)}; {remedy}"


def _either(level: Level, also: Level | None) -> str:
    return shown(level) if also is None else f"{shown(level)} or {shown(also)}"


def _steps(pair: Agreement) -> tuple[float, float] | None:
    found = [_step(level, pair.path) for level in (pair.first, pair.second)]
    if found[0] is None or found[1] is None:
        return None
    return found[0], found[1]


def _step(level: Level, path: str) -> float | None:
    """Return a level as a step of the scale, or None if it is not on the scale."""
    ends = interval(level, path)
    if ends is None or path.endswith(".strength"):
        return None
    middle = sum(ends) / 2
    if path.endswith(".support"):
        return float(round(3 * middle))
    if isinstance(level, str) and level != "none":
        return float(STEPS[level.removeprefix("-")] * (-1 if level.startswith("-") else 1))
    if abs(middle) < 0.05:
        return 0.0
    nearest = min(WORDS, key=lambda word: abs(sum(WORDS[word]) / 2 - abs(middle)))
    return float(STEPS[nearest] * (1 if middle > 0 else -1))
