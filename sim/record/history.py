"""What happened: the historical record of a scenario, outcome by outcome.

A :class:`History` holds what is known about the outcomes of a crisis. It comes from the facts of
kind ``record``: those that ship with the package, and those of the user's workspace. Tables,
charts and reports show it beside a simulation::

    history = history_of(scenario)            # or history_of_result(result)
    if history is not None:
        history.get("duration_days").says     # '44 days'
        history.get("mediator").value         # 'RUS'
        beside(history, result.measures, 90)  # one sentence
        what_happened(history)                # a short paragraph
        column(history, result.measures)      # a text for each measure, by its name

The last three are in :mod:`sim.record.words`. Nothing here reads the engine.

A scenario has the history of the crisis with its name. A variant, such as ``autumn_2020_seat``, has
the history of the crisis that its name begins with, if both begin on the same day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from sim.catalogue import near_result, working_root
from sim.evidence import Fact, load_crisis, load_for
from sim.evidence.models import Measurement
from sim.io.errors import InputError
from sim.io.text import with_squares
from sim.results.reader import Result
from sim.scenario import Scenario

KIND_OF_ENDING = "kind of ending"
"""Unit of the facts that say how a crisis ended."""
ENDINGS = {
    "mediated ceasefire": "truce",
    "ceasefire without a mediator": "direct",
    "lull": "lull",
    "surrender": "capitulation",
}
"""Kinds of ending in the record, and how the outcomes of runs name them."""
NOBODY = "none"
"""Code of the mediator where nobody mediated."""
OF_COLUMNS = {
    ("deaths_challenger", "deaths_defender"): "deaths",
    ("broker",): "mediator",
    ("territory_fought", "territory_ceded"): "territory_total",
}
"""Outcomes that the record measures by other columns than their own."""


@dataclass(frozen=True)
class Known:
    """One outcome as the record knows it.

    Attributes:
        outcome: a column of the outcomes; or ``deaths`` (both sides), ``mediator``, ``ending``, or
            ``territory_total`` (won and ceded).
        says: the value in words, with the range of the record: ``7,600 deaths [6,800 to 9,100]``.
        value: best value, in the unit of the outcomes table; a code for ``mediator``; for
            ``ending`` one of ``truce``, ``direct`` (no mediator), ``lull`` and ``capitulation``.
        low: lowest credible value; None if the record has no range.
        high: highest credible value; None if the record has no range.
        facts: facts that say so, with their sources; the value comes from the first.
    """

    outcome: str
    says: str
    value: float | str
    low: float | None
    high: float | None
    facts: tuple[Fact, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Who reports it, without repetition."""
        return tuple(dict.fromkeys(with_squares(fact.source) for fact in self.facts))

    @property
    def number(self) -> float | None:
        """The value if it is a number, or None."""
        return None if isinstance(self.value, str) else self.value

    @property
    def ends(self) -> tuple[float, float] | None:
        """The range of the record; None without a number. It has no width if there is no range."""
        if isinstance(self.value, str):
            return None
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        return low, high


@dataclass(frozen=True)
class Event:
    """A dated fact of the record.

    Attributes:
        day: days after the onset.
        date: its date.
        says: what happened, in one sentence.
        fact: the fact, with its source.
    """

    day: int
    date: date
    says: str
    fact: Fact


@dataclass(frozen=True)
class History:
    """What happened in a crisis.

    Attributes:
        scenario: name of the scenario.
        crisis: name of the crisis in the record; for a variant, that of the crisis it varies.
        known: outcomes that the record knows.
        events: dated facts since the onset, by date.
        onset: first day of fighting; None if the record does not say.
        names: names of actors by code.

    >>> import sim
    >>> history = history_of(sim.load("autumn_2020").scenario)
    >>> history.get("duration_days").says, history.get("mediator").says
    ('44 days', 'Russia')
    >>> history.get("deaths").ends
    (6800.0, 9100.0)
    """

    scenario: str
    crisis: str
    known: tuple[Known, ...]
    events: tuple[Event, ...] = ()
    onset: date | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def get(self, outcome: str) -> Known | None:
        """Return what is known about an outcome, or None."""
        return next((known for known in self.known if known.outcome == outcome), None)

    @property
    def is_variant(self) -> bool:
        """Whether the scenario is a variant of the crisis, and so differs from what happened."""
        return self.scenario != self.crisis

    @property
    def duration(self) -> float | None:
        """Days of fighting, or None."""
        known = self.get("duration_days")
        return None if known is None else known.number

    @property
    def ending(self) -> str | None:
        """How it ended, as :func:`sim.outcomes.columns.ended` names it, or None."""
        known = self.get("ending")
        return None if known is None else str(known.value)

    @property
    def mediator(self) -> str | None:
        """Code of the mediator of the last ceasefire; None if nobody mediated it."""
        known = self.get("mediator")
        is_named = known is not None and known.value != NOBODY
        return str(known.value) if known and is_named and self.ending == "truce" else None

    def name(self, code: str) -> str:
        """Return the name of an actor, or its code where the name is unknown."""
        return self.names.get(code, code)


def history_of(scenario: Scenario | str, near: Path | None = None) -> History | None:
    """Return what happened in the crisis of a scenario, or None if there is no record of it.

    Args:
        scenario: a scenario, or the name of a crisis.
        near: a file of the workspace whose records count too; by default, that of the working
            folder.

    Raises:
        InputError: the evidence files of the workspace have faults.

    >>> history_of("rann_of_kutch_1965").mediator
    'GBR'
    >>> history_of("invented") is None
    True
    """
    place = working_root() / "seeds" / "any" if near is None else near
    named = scenario if isinstance(scenario, str) else scenario.scenario
    evidence = load_for(place)
    facts = _facts(named, evidence.facts, place)
    if not facts and isinstance(scenario, Scenario):
        facts = _varied(scenario, evidence.facts)
    names = dict(evidence.actors)
    if isinstance(scenario, Scenario):
        names |= {code: actor.name for code, actor in scenario.actors.items()}
    return _history(named, facts, names) if facts else None


def history_of_result(result: Result) -> History | None:
    """Return what happened in the crisis of a result, or None if there is no record of it.

    The records are those of the workspace around the folder of results, or else of the working
    folder. If they have faults, there is no history.
    """
    return history_or_none(result.scenario, near_result(result.folder))


def history_or_none(scenario: Scenario, near: Path | None = None) -> History | None:
    """Return what :func:`history_of` returns; None also if the evidence files have faults."""
    try:
        return history_of(scenario, near)
    except InputError:
        return None


def _facts(crisis: str, facts: Sequence[Fact], near: Path) -> list[Fact]:
    """Return the facts of a crisis: of the main record, and of its own file."""
    return [
        *(fact for fact in facts if fact.crisis == crisis),
        *(fact for fact in load_crisis(crisis, near).facts if fact.crisis == crisis),
    ]


def _varied(scenario: Scenario, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts of the crisis that a scenario varies: its name begins alike, its day too."""
    begun = {fact.crisis for fact in facts if fact.date == scenario.start}
    varied = [crisis for crisis in begun if scenario.scenario.startswith(f"{crisis}_")]
    chosen = max(varied, key=len, default=None)
    return [fact for fact in facts if fact.crisis == chosen]


def _history(scenario: str, facts: Sequence[Fact], names: Mapping[str, str]) -> History:
    stated: dict[str, list[tuple[Fact, float | str]]] = {}
    for fact in facts:
        for outcome, value in _outcomes(fact):
            stated.setdefault(outcome, []).append((fact, value))
    if ending := _ending(stated):
        stated["ending"] = ending
    dates = [fact.date for fact in facts if fact.date is not None]
    onset = min(dates, default=None)
    known = tuple(_known(outcome, found, names) for outcome, found in stated.items())
    return History(scenario, facts[0].crisis, known, tuple(_events(facts, onset)), onset, names)


def _known(
    outcome: str, stated: Sequence[tuple[Fact, float | str]], names: Mapping[str, str]
) -> Known:
    from sim.record.words import value_in_words

    value = stated[0][1]
    low, high = _range(stated)
    words = value_in_words(outcome, value, low, high, names)
    return Known(outcome, words, value, low, high, tuple(fact for fact, _ in stated))


def _ending(
    stated: Mapping[str, Sequence[tuple[Fact, float | str]]],
) -> list[tuple[Fact, float | str]]:
    """Return the facts on the ending: the kind first, which says whether it had a mediator.

    Where no fact states a kind, the mediator implies it.
    """
    found = sorted(stated.get("ending", ()), key=lambda pair: pair[0].unit != KIND_OF_ENDING)
    mediator = next(iter(stated.get("mediator", ())), None)
    if mediator is None or (found and found[0][0].unit == KIND_OF_ENDING):
        return found
    fact, code = mediator
    if not found:
        return [] if code == NOBODY else [(fact, "truce")]
    is_direct = found[0][1] == "truce" and code == NOBODY
    return [(found[0][0], "direct" if is_direct else found[0][1]), *found[1:]]


def _outcomes(fact: Fact) -> Iterator[tuple[str, float | str]]:
    """Yield the outcomes that a fact is about, each with its value."""
    if fact.unit == KIND_OF_ENDING and isinstance(fact.value, str) and fact.value in ENDINGS:
        yield "ending", ENDINGS[fact.value]
    elif fact.measurement is not None:
        value = str(fact.value) if fact.measurement.kind == "code" else _number(fact)
        if value is not None:
            yield _outcome(fact.measurement), value


def _outcome(measurement: Measurement) -> str:
    if measurement.add is not None and "territory_ceded" in measurement.columns:
        return "territory_ceded"  # the fact itself is the part that is added
    if measurement.target == "territory":
        return "territory_fought"  # also where a day of the course measures it
    if measurement.columns in OF_COLUMNS:
        return OF_COLUMNS[measurement.columns]
    return "+".join(measurement.columns)


def _number(fact: Fact) -> float | None:
    kind = "flag" if isinstance(fact.value, bool) or fact.value == NOBODY else "size"
    return fact.number(kind)


def _range(stated: Sequence[tuple[Fact, float | str]]) -> tuple[float | None, float | None]:
    """Return the widest range that the facts on one outcome leave; None without a range."""
    if any(isinstance(value, str) for _, value in stated):
        return None, None
    values = [float(value) for _, value in stated]
    ends = [end for fact, _ in stated for end in (fact.low, fact.high) if end is not None]
    if not ends and len(set(values)) == 1:
        return None, None
    return min([*values, *ends]), max([*values, *ends])


def _events(facts: Sequence[Fact], onset: date | None) -> Iterator[Event]:
    """Yield the dated facts in order, without means over periods."""
    dated = [fact for fact in facts if fact.date is not None and "a day" not in (fact.unit or "")]
    for fact in sorted(dated, key=lambda fact: fact.date or date.max):
        if onset is not None and fact.date is not None:
            day = (fact.date - onset) // timedelta(days=1)
            yield Event(day, fact.date, with_squares(fact.says), fact)
