"""The difference between two simulations, outcome by outcome.

Two simulations with one seed and one number of draws share draws and random numbers, if they are of
one crisis. Their runs are then compared pair by pair, which cancels most of the chance. All other
simulations are compared by their means alone, and the result says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sim.arguments.chance import holm
from sim.io.errors import UsageError
from sim.io.text import count, listed
from sim.outcomes.runs import Runs
from sim.outcomes.summary import mediators
from sim.outcomes.summary_measures import EARLY_DAYS, early_days
from sim.reasons.estimates import Difference, paired, unpaired
from sim.reasons.outcomes import ALWAYS, ENDINGS, Outcome, every
from sim.reasons.sizes import clause, range_in_words, size_in_words
from sim.reasons.testing import CHANCE
from sim.record.history import History
from sim.record.words import column, in_short
from sim.scenario import Scenario, digest
from sim.scenario.changes import with_changes

AS_IS = "the scenario as it is"
"""Name of a side in which nothing was set, if the other one is the same scenario."""
COLUMNS = {
    "name": "short name of the measure",
    "measure": "the measure in words",
    "unit": "unit of the measure",
    "first": "mean of the first simulation, or share of its runs",
    "second": "mean of the second simulation, or share of its runs",
    "first_median": "median of the runs of the first simulation; empty for a probability",
    "second_median": "median of the runs of the second simulation",
    "difference": "second minus first",
    "low": "lower end of the 95% interval of the difference, over draws and random numbers",
    "high": "upper end of the 95% interval",
    "error": "Monte Carlo error of the difference, from the replicates alone",
    "draws_low": "lower end of the middle 80% of the draws' differences, without chance",
    "draws_high": "upper end of the middle 80% of the draws' differences",
    "differing": "share of the pairs of runs that differ; empty without pairs",
    "p": "p-value of the difference, adjusted for all measures",
    "clear": "whether the difference is clear beyond chance",
    "history": "value of the historical record, with its range; empty if it is unknown",
}
"""Columns of a difference as a table, and what they mean."""


@dataclass(frozen=True)
class Side:
    """One of two simulations.

    Attributes:
        scenario: its scenario.
        outcomes: one row per run.
        seed: seed of its draws and random numbers.
        draws: number of draws.
        changed: what the command line set, in words.
        title: title of the scenario without what was set.
        code: digest of the code that simulated it; empty if it is unknown.
        failed: number of runs that failed.
        history: what happened in the crisis; None without a record.
    """

    scenario: Scenario
    outcomes: Runs
    seed: int
    draws: int
    changed: str
    title: str
    code: str = ""
    failed: int = 0
    history: History | None = None


@dataclass(frozen=True)
class Row:
    """The difference in one outcome.

    Attributes:
        outcome: the outcome.
        first: mean of the first simulation, or share of its runs.
        second: mean of the second simulation.
        medians: medians of both; None for an event.
        found: the difference, second minus first.
        p: its p-value, adjusted for all outcomes.
        history: value of the historical record; empty if it is unknown.
    """

    outcome: Outcome
    first: float
    second: float
    medians: tuple[float, float] | None
    found: Difference
    p: float
    history: str = ""

    @property
    def clear(self) -> bool:
        """Whether the difference is clear beyond chance."""
        return self.p < CHANCE and self.found.low * self.found.high > 0

    @property
    def size(self) -> str:
        """The difference in words, such as ``9 days longer``."""
        return size_in_words(self.outcome, self.found.mean, self._error)

    @property
    def interval(self) -> str:
        """Its 95% interval, in the direction of the difference."""
        found = self.found
        return range_in_words(self.outcome, found.mean, found.low, found.high, self._error)

    @property
    def spread(self) -> str:
        """The middle 80% of the draws' differences, in the direction of the difference."""
        ends = self.found.spread
        return (
            ""
            if ends is None or ends[0] == ends[1]
            else range_in_words(self.outcome, self.found.mean, *ends, self._error)
        )

    @property
    def _error(self) -> float:
        return (self.found.high - self.found.low) / 4

    def flat(self) -> dict[str, object]:
        """Return the row as plain values, see :data:`COLUMNS`."""
        found = self.found
        medians = self.medians or (None, None)
        spread = found.spread or (None, None)
        values = (
            *(self.outcome.name, self.outcome.says, self.outcome.unit),
            *(self.first, self.second, *medians),
            *(found.mean, found.low, found.high, found.error, *spread, found.differing),
            *(self.p, self.clear, self.history),
        )
        return dict(zip(COLUMNS, values, strict=True))


@dataclass(frozen=True)
class Differences:
    """Two simulations and their differences.

    Attributes:
        labels: names of the two sides.
        rows: one row for each outcome.
        pairs: number of pairs of runs; None if the simulations are not paired.
        unpaired_because: why they are not paired; empty if they are.
        remarks: what else limits the comparison.
        title: title of the scenario, if both sides have the same.
        happened: what happened, in one sentence, if both sides have the same record.
    """

    labels: tuple[str, str]
    rows: tuple[Row, ...]
    pairs: int | None
    unpaired_because: str
    remarks: tuple[str, ...]
    title: str = ""
    happened: str = ""

    @property
    def same(self) -> bool:
        """Whether no pair of runs differs in any outcome."""
        return self.pairs is not None and all(row.found.differing == 0 for row in self.rows)

    @property
    def has_history(self) -> bool:
        """Whether the record knows any of the outcomes."""
        return any(row.history for row in self.rows)

    @property
    def beginning(self) -> str:
        """Return how a sentence about the second side begins."""
        first, second = self.labels
        instead = "" if first == AS_IS else f" instead of {first}"
        return f"With {second}{instead}"

    @property
    def sentence(self) -> str:
        """One sentence on the differences in duration, deaths and the ending."""
        if self.same:
            return f"{self.beginning}, nothing differs: all {count(self.pairs or 0, 'run')} match."
        parts = [f"{clause(row.outcome, row.size)} [{row.interval}]" for row in self._main()]
        if not parts:
            size = "" if self.pairs is None else f" ({count(self.pairs, 'pair')} of runs)"
            clear = "no difference in duration, deaths or the ending is clear beyond chance"
            return f"{self.beginning}, {clear}{size}."
        return f"{self.beginning}, {listed(parts)}."

    @property
    def headline(self) -> str:
        """The sentence with the first clear difference alone, without its interval."""
        row = next(self._main(), None)
        if row is None:
            return self.sentence
        return f"{self.beginning}, {clause(row.outcome, row.size)}"

    def _main(self) -> Iterator[Row]:
        """Yield the clear differences in duration and deaths, and the largest in an ending."""
        by_name = {row.outcome.name: row for row in self.rows if row.clear}
        yield from (by_name[name] for name in ALWAYS if name in by_name)
        endings = [by_name[name] for name in ENDINGS if name in by_name]
        if endings:
            yield max(endings, key=lambda row: abs(row.found.mean))

    def table(self) -> pd.DataFrame:
        """Return one row per outcome, see :data:`COLUMNS`."""
        return pd.DataFrame([row.flat() for row in self.rows], columns=list(COLUMNS))


def compared(first: Side, second: Side, labels: tuple[str, str] | None = None) -> Differences:
    """Return the differences ``second - first``.

    Args:
        first: the simulation to compare with.
        second: the other one.
        labels: names of both sides; by default, what was set in them, or their titles.

    Raises:
        UsageError: a simulation has a single run.
    """
    if min(len(first.outcomes), len(second.outcomes)) < 2:
        raise UsageError("a comparison needs at least two runs of each simulation")
    reason = unpaired_because(first, second)
    pairs = None if reason else _complete_pairs(first, second)
    codes = {code for side in (first, second) for code in mediators(side.outcomes)}
    known = [code for code in sorted(codes) if code in second.scenario.actors]
    defender = "" if _defender(first) == _defender(second) else "the defender"
    early = _same_early_days(first, second)
    outcomes = every(second.scenario, known, early, defender)
    found = [_difference(outcome, first, second, pairs) for outcome in outcomes]
    adjusted = holm(np.array([difference.p for difference in found]))
    history = _shared_history(first, second)
    recorded = column(history, outcomes) if history is not None else {}
    rows = [
        replace(
            _row(outcome, first, second, pairs, difference, float(p)),
            history=recorded.get(outcome.name, ""),
        )
        for outcome, difference, p in zip(outcomes, found, adjusted, strict=True)
    ]
    return Differences(
        labels or names_of(first, second),
        tuple(rows),
        pairs,
        reason,
        tuple(remarks(first, second)),
        first.title if first.title == second.title else "",
        in_short(history, _horizon(first, second)) if history is not None else "",
    )


def _defender(side: Side) -> str:
    scenario = side.scenario
    return scenario.actors[scenario.conflict.defender].name


def _horizon(first: Side, second: Side) -> int:
    """Return the days of the longer simulation."""
    return max(side.scenario.horizon_days for side in (first, second))


def _shared_history(first: Side, second: Side) -> History | None:
    """Return what happened, if both sides have the same record."""
    if first.history is None or second.history is None:
        return None
    return first.history if first.history.crisis == second.history.crisis else None


def names_of(first: Side, second: Side) -> tuple[str, str]:
    """Return the names of two sides: what was set in them, or else their titles."""
    if first.title == second.title:
        return first.changed or AS_IS, second.changed or AS_IS
    return _quoted(first), _quoted(second)


def _quoted(side: Side) -> str:
    title = side.title + with_changes(side.changed)
    return f"\N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}"


def unpaired_because(first: Side, second: Side) -> str:
    """Return why two simulations have no pairs of runs; empty if they have."""
    if first.scenario.sides != second.scenario.sides:
        return "the two sides of the crisis are not the same"
    if first.scenario.start != second.scenario.start:
        return "they are different crises, which begin on different days"
    if first.seed != second.seed:
        return f"their seeds differ ({first.seed} and {second.seed})"
    if first.draws != second.draws:
        return f"their numbers of draws differ ({first.draws:,} and {second.draws:,})"
    if first.failed or second.failed:
        return "some of their runs failed"
    if min(len(first.outcomes), len(second.outcomes)) < first.draws:
        return "one of them has fewer runs than draws"
    return ""


def _same_early_days(first: Side, second: Side) -> bool:
    """Return whether what happens early is counted within the same days in both simulations."""
    return early_days(first.scenario) == early_days(second.scenario)


def remarks(first: Side, second: Side) -> Iterator[str]:
    """Yield what limits a comparison."""
    horizons = (first.scenario.horizon_days, second.scenario.horizon_days)
    if horizons[0] != horizons[1]:
        days = f"{horizons[0]} and {horizons[1]} days"
        yield f"They simulate {days}, so long wars are cut off at different days."
    if not _same_early_days(first, second):
        shorter = count(min(horizons), "day")
        yield (
            f"One simulates {shorter} only, so early ceasefires, counted within {EARLY_DAYS} days, "
            "are left out."
        )
    sizes = (len(first.outcomes), len(second.outcomes))
    if sizes[0] != sizes[1]:
        pairs = "" if unpaired_because(first, second) else "; only pairs of runs are compared"
        yield f"They have {sizes[0]:,} and {sizes[1]:,} runs{pairs}."
    if first.code and second.code and first.code != second.code:
        yield "Different versions of the model simulated them, which may explain a difference."


def _complete_pairs(first: Side, second: Side) -> int:
    """Return the number of pairs of runs, without an incomplete last replicate."""
    return min(len(first.outcomes), len(second.outcomes)) // first.draws * first.draws


def _difference(outcome: Outcome, first: Side, second: Side, pairs: int | None) -> Difference:
    before, after = (outcome.values(side.outcomes)[:pairs] for side in (first, second))
    if pairs is not None:
        found = paired(before, after, first.draws)
    else:
        draws = (side.outcomes["draw"].to_numpy(np.int64) for side in (first, second))
        found = unpaired(before, after, *draws)
    if not outcome.is_event:
        return found
    return replace(found, low=max(found.low, -1.0), high=min(found.high, 1.0))


def _row(
    outcome: Outcome, first: Side, second: Side, pairs: int | None, found: Difference, p: float
) -> Row:
    before, after = (outcome.values(side.outcomes)[:pairs] for side in (first, second))
    medians = None if outcome.is_event else (float(np.median(before)), float(np.median(after)))
    return Row(outcome, float(before.mean()), float(after.mean()), medians, found, p)


def key_of(first: Side, second: Side) -> str:
    """Return a text that is the same for the same comparison only."""
    sides = (
        f"{digest(side.scenario)} {side.seed} {side.draws} {len(side.outcomes)}"
        for side in (first, second)
    )
    return " ".join(sides)
