"""Lines of an explanation: how far one thing moves one outcome."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sim.reasons.levers import AS_DRAWN, Kind
from sim.reasons.outcomes import Outcome
from sim.reasons.sizes import range_in_words, size_in_words
from sim.reasons.testing import CHANCE

COLUMNS = {
    "outcome": "name of the outcome's measure",
    "kind": "what moves it: stance, level of support, open value or course of events",
    "method": "experiment (moved with all else equal) or association (from the table of outcomes)",
    "path": "path of the value or the policy; for a course of events, the column of the outcomes",
    "says": "what moves it, in words",
    "low": "where it is moved from",
    "high": "where it is moved to",
    "effect": "difference of the outcome's mean: days, deaths, or share of runs for an event",
    "effect_low": "lower end of the 95% interval of the effect, over draws and random numbers",
    "effect_high": "upper end of the 95% interval",
    "error": "Monte Carlo error of the effect, from the replicates alone; empty if unknown",
    "draws_low": "lower end of the middle 80% of the draws' effects, without chance",
    "draws_high": "upper end of the middle 80% of the draws' effects",
    "p": "p-value of the effect, adjusted for all tests of its kind",
    "clear": "whether the effect is clear beyond chance",
    "says_outcome": "the outcome in words",
    "unit": "unit of the outcome",
}
"""Columns of an explanation as a table, and what they mean."""


@dataclass(frozen=True)
class Line:
    """How far one thing moves one outcome.

    Attributes:
        outcome: the outcome.
        kind: what moves it.
        method: ``experiment`` or ``association``.
        path: path of the value or policy, or the column of the outcomes.
        says: what moves it, in words, such as ``Russia's tie to Armenia``.
        low, high: from where to where it is moved, in words.
        effect: difference of the outcome's mean, in its unit; of the share of runs for an event.
        effect_low, effect_high: its 95% interval, over draws and random numbers.
        error: Monte Carlo error from the replicates alone; None if it is unknown.
        draws_low, draws_high: middle 80% of the draws' effects, without chance; None if unknown.
        p: p-value, adjusted for all tests of its kind.
    """

    outcome: Outcome
    kind: Kind
    method: str
    path: str
    says: str
    low: str
    high: str
    effect: float
    effect_low: float
    effect_high: float
    error: float | None
    draws_low: float | None
    draws_high: float | None
    p: float

    @property
    def clear(self) -> bool:
        """Whether the effect is clear beyond chance."""
        return self.p < CHANCE and bool(self.effect_low * self.effect_high > 0)

    @property
    def size(self) -> str:
        """Return the effect in words, such as ``9 days longer``."""
        return size_in_words(self.outcome, self.effect, self._shown_error)

    @property
    def interval(self) -> str:
        """Return the 95% interval in the direction of the effect, such as ``4 to 14``."""
        ends = (self.effect_low, self.effect_high)
        return range_in_words(self.outcome, self.effect, *ends, self._shown_error)

    @property
    def spread(self) -> str:
        """Return the middle 80% of the draws' effects, in the direction of the effect."""
        if self.draws_low is None or self.draws_high is None:
            return ""
        ends = (self.draws_low, self.draws_high)
        return range_in_words(self.outcome, self.effect, *ends, self._shown_error)

    @property
    def contrast(self) -> str:
        """Return from where to where it is moved, in words."""
        if self.kind is Kind.stance:
            return "throughout"
        if self.low == AS_DRAWN:
            return f"{self.high} in all draws"
        return f"{self.high} instead of {self.low}"

    @property
    def _shown_error(self) -> float:
        """Half of a half interval: the standard error that decides the printed digits."""
        return (self.effect_high - self.effect_low) / 4

    def flat(self) -> dict[str, Any]:
        """Return the line as one row of a table, see :data:`COLUMNS`."""
        row = asdict(self)
        outcome = row.pop("outcome")
        row |= {"outcome": outcome["name"], "says_outcome": outcome["says"]}
        row |= {"unit": outcome["unit"], "kind": self.kind.value, "clear": self.clear}
        return {name: row[name] for name in COLUMNS}


def line_of(row: dict[str, Any]) -> Line:
    """Return a line from a row of a table; KeyError or ValueError if it is not one."""
    return Line(
        outcome=Outcome(str(row["outcome"]), str(row["says_outcome"]), str(row["unit"])),
        kind=Kind(row["kind"]),
        method=str(row["method"]),
        path=str(row["path"]),
        says=str(row["says"]),
        low=str(row["low"]),
        high=str(row["high"]),
        effect=float(row["effect"]),
        effect_low=float(row["effect_low"]),
        effect_high=float(row["effect_high"]),
        error=_number(row["error"]),
        draws_low=_number(row["draws_low"]),
        draws_high=_number(row["draws_high"]),
        p=float(row["p"]),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
