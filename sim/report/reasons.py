"""What moves the outcomes of a result, or goes with them, as far as its folder shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.charts.why import CHART
from sim.reasons.levers import Kind
from sim.reasons.outcomes import Outcome
from sim.reasons.sizes import value_in_words
from sim.reasons.why import ASSOCIATION, Why, associated, read
from sim.report.figures import Figure, figures
from sim.results.reader import Result

MOST_OUTCOMES = 3
MOST_LINES = 3
"""Most outcomes that the section explains, and most rows of each kind of reason."""
PARTIES = (Kind.stance, Kind.support)


@dataclass(frozen=True)
class Moved:
    """What moves one outcome.

    Attributes:
        heading: the outcome and its mean, in words.
        rows: what moves it, its setting, its effect, and the 95% interval of the effect.
    """

    heading: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class Reasons:
    """What moves the outcomes, or goes with them.

    Attributes:
        heading: heading of the section, by the method.
        sentence: the main reason in one sentence.
        verb: heading of the column of reasons: an experiment moves, an association goes with.
        moved: a table for each outcome that something moves.
        note: how to read it.
        figures: the chart, if it is drawn.
    """

    heading: str
    sentence: str
    verb: str
    moved: tuple[Moved, ...]
    note: str
    figures: tuple[Figure, ...]


def reasons(result: Result) -> Reasons | None:
    """Return what moves the outcomes; None if nothing is found that chance does not explain.

    The experiment of ``sim why`` comes first. Without one, the tables of the result show what goes
    with the outcomes.

    Raises:
        InputError: the file of the experiment is damaged.
    """
    why = read(result) or associated(result, with_course=False)
    if not why.found:
        return None
    return Reasons(
        heading=why.heading,
        sentence=why.sentence,
        verb="goes with it" if why.method == ASSOCIATION else "moves it",
        moved=tuple(_moved(why)),
        note=why.note,
        figures=tuple(f for f in figures((CHART,), why, result.folder) if f.image),
    )


def _moved(why: Why) -> Iterator[Moved]:
    for outcome, mean in list(zip(why.outcomes, why.base, strict=True))[:MOST_OUTCOMES]:
        rows = tuple(_rows(why, outcome))
        if rows:
            about = value_in_words(outcome, float(f"{mean:.2g}"))
            yield Moved(f"{outcome.says[:1].upper()}{outcome.says[1:]}, {about} on average", rows)


def _rows(why: Why, outcome: Outcome) -> Iterator[tuple[str, str, str, str]]:
    for kinds in (PARTIES, (Kind.value,)):
        for line in why.strongest(outcome.name, *kinds, most=MOST_LINES):
            yield f"{line.says[:1].upper()}{line.says[1:]}", line.contrast, line.size, line.interval
