"""The main table of a report: the measures of a result beside what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.outcomes.summary import Measure
from sim.outcomes.summary_measures import PROBABILITY
from sim.record.history import History
from sim.record.words import column

RARE = 0.01
"""Share of runs, and of a draw's runs, below which an event is left out of the table."""
YES = "yes"


@dataclass(frozen=True)
class Line:
    """One row of the table.

    Attributes:
        says: the measure in words.
        happened: what happened; empty if the record does not say.
        value: share or median of all runs.
        chance: middle 80% of the runs of a typical draw; empty for a share.
        parameters: middle 80% of the draws; empty if there are too few replicates.
    """

    says: str
    happened: str
    value: str
    chance: str
    parameters: str


@dataclass(frozen=True)
class Outcomes:
    """The main table.

    Attributes:
        lines: its rows.
        has_history: whether the record knows any of the measures.
        has_intervals: whether the runs suffice for intervals.
        rare: events in fewer than 1% of runs, in words.
        never: events in no run, in words.
    """

    lines: tuple[Line, ...]
    has_history: bool
    has_intervals: bool
    rare: tuple[str, ...]
    never: tuple[str, ...]


def outcomes(measures: Sequence[Measure], history: History | None) -> Outcomes:
    """Return the main table of a summary.

    An event that hardly occurs, in the simulation and in the record, is listed below the table.
    """
    happened = column(history, measures) if history is not None else {}
    shown = [line for line in measures if not _is_rare(line, happened)]
    aside = [line for line in measures if _is_rare(line, happened)]
    return Outcomes(
        lines=tuple(Line(line.says, happened.get(line.name, ""), *line.shown()) for line in shown),
        has_history=any(happened.values()),
        has_intervals=any(line.parameters is not None for line in measures),
        rare=tuple(line.says for line in aside if line.occurred),
        never=tuple(line.says for line in aside if not line.occurred),
    )


def _is_rare(line: Measure, happened: Mapping[str, str]) -> bool:
    if line.unit != PROBABILITY or happened.get(line.name) == YES:
        return False
    return line.value < RARE and (line.parameters is None or line.parameters[1] < RARE)
