"""The content of a report, as plain values for its template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sim import charts
from sim.evidence import Evidence, explain
from sim.evidence import agreement as coding
from sim.outcomes.summary import sentence
from sim.record.history import Event, History, history_of_result
from sim.record.words import beside, what_happened
from sim.report import simulated
from sim.report.contents import Entry
from sim.report.figures import Figure, figures
from sim.report.outcomes import Outcomes, outcomes
from sim.report.reasons import Reasons, reasons
from sim.report.sources import Sources, sources
from sim.report.values import Part, parts
from sim.results.reader import Result
from sim.scenario import Scenario

WITHOUT = Evidence()


@dataclass(frozen=True)
class Happened:
    """What happened in the crisis.

    Attributes:
        says: a short paragraph.
        beside: one sentence that compares it with the simulation; may be empty.
        varied: name of the crisis that the scenario varies; empty if it is that crisis.
        events: dated facts, in order.
        reported: who reports the outcomes, without repetition.
    """

    says: str
    beside: str
    varied: str
    events: tuple[tuple[str, Event], ...]
    reported: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """The content of a report.

    Attributes:
        scenario: the simulated scenario.
        span: the days that are simulated, in words.
        changed: what the command line set, in words; empty if it set nothing.
        sentence: the main result in one sentence.
        simulated: paragraphs on what was simulated.
        happened: what happened; None if there is no record.
        outcomes: the main table.
        figures: the charts.
        reasons: what moves the outcomes; None if nothing is found.
        parts: all values with their sources.
        listed: the sources.
        has_evidence: whether the evidence files could be read.
        command: the command that makes the result again.
        made: the design of the result.
        versions: versions of programs, by name.
    """

    scenario: Scenario
    span: str
    changed: str
    sentence: str
    simulated: tuple[str, ...]
    happened: Happened | None
    outcomes: Outcomes
    figures: tuple[Figure, ...]
    reasons: Reasons | None
    parts: tuple[Part, ...]
    listed: Sources
    has_evidence: bool
    command: str
    made: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]

    @property
    def contents(self) -> tuple[Entry, ...]:
        """The contents list: the sections of the main part, and the appendix."""
        return tuple(_contents(self))


def content(result: Result, evidence: Evidence | None) -> Content:
    """Return the content of the report of a result."""
    scenario = result.scenario
    history = _history(result)
    agreement = coding.coded_twice(evidence) if evidence else {}
    rows = explain.rows(result.loaded, evidence or WITHOUT, agreement)
    listed = sources((cite for row in rows for cite in row.cites), evidence)
    return Content(
        scenario=scenario,
        span=simulated.span(scenario),
        changed=result.changed,
        sentence=sentence(result.measures),
        simulated=tuple(simulated.paragraphs(result, rows)),
        happened=_happened(history, result) if history is not None else None,
        outcomes=outcomes(result.measures, history),
        figures=figures(charts.CHARTS, result, result.folder),
        reasons=reasons(result),
        parts=parts(rows, scenario, listed, evidence is not None),
        listed=listed,
        has_evidence=evidence is not None,
        command=simulated.command(result),
        made=tuple(simulated.made(result)),
        versions=simulated.versions(result),
    )


def _history(result: Result) -> History | None:
    """Return what happened. A scenario that the command line changed varies its crisis."""
    history = history_of_result(result)
    if history is None or not result.changed:
        return history
    return replace(history, scenario=f"{history.scenario}, {result.changed}")


def _happened(history: History, result: Result) -> Happened:
    reported = (name for known in history.known for name in known.sources)
    return Happened(
        says=what_happened(history),
        beside=beside(history, result.measures, result.scenario.horizon_days),
        varied=history.crisis if history.is_variant else "",
        events=tuple((simulated.in_words(event.date), event) for event in history.events),
        reported=tuple(dict.fromkeys(reported)),
    )


def _contents(page: Content) -> Iterator[Entry]:
    yield Entry("result", "Main result")
    yield Entry("simulated", "What was simulated")
    if page.happened is not None:
        yield Entry("happened", "What happened")
    yield Entry("outcomes", "Outcomes")
    drawn = tuple(Entry(f"chart-{figure.name}", figure.heading) for figure in page.figures)
    yield Entry("charts", "Charts", drawn)
    if page.reasons is not None:
        yield Entry("why", page.reasons.heading)
    yield Entry("appendix", "Appendix", tuple(_appendix(page)))


def _appendix(page: Content) -> Iterable[Entry]:
    if page.scenario.notes or page.scenario.expects:
        yield Entry("notes", "Notes on the scenario")
    yield from (Entry(part.id, part.heading) for part in page.parts)
    if page.listed.works:
        yield Entry("sources", "Sources")
    yield Entry("reproduction", "How to make it again")
