"""Describe one run day by day: who did what, and with what result.

The run is simulated again alone, with the random numbers of its block. It gives the same outcome.
Events are inferred by comparing the state at the end of each day with that of the day before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.engine.rules.patrons import News
from sim.ensemble.ensemble import Plan, world_of_run
from sim.io.atomic import atomic_file
from sim.io.errors import Fault, InputError, UsageError
from sim.io.spreadsheets import defused
from sim.io.text import count
from sim.outcomes.columns import ENDINGS
from sim.results.reader import CHANGED, RESOLVED, Result
from sim.scenario import STANCE_NAMES, STANCES, Escalation, Scenario
from sim.scenario.stances import ASIDE, Level, Stance

if TYPE_CHECKING:
    from sim.engine.world import World

REPORTED_TERRITORY = 0.05
"""Share of the area that must change hands before the description reports it again."""
PROMPTS = {
    News.routine: "at a routine review",
    News.fighting: "as the fighting changes",
    News.ground: "as territory changes hands",
    News.another: "as another third party moves",
    News.signed: "after a ceasefire was signed",
    News.broken: "after a ceasefire broke",
    News.invoked: "after the treaty was invoked",
    News.released: "no longer bound to its stance",
    News.onset: "at its first review",
    News.held: "by the scenario",
}
"""Reasons for a third party's new stance, in words."""
FADING = "as attention fades"
"""The same as ``News.fighting``, on a day without fighting."""
BACKING = {
    Level.words: ("speaking up for", "words"),
    Level.aid: ("aiding", "aid"),
    Level.arms: ("arming", "arms"),
    Level.force: ("fighting for", "force"),
}
"""What a third party stops doing at each level of commitment, and what is left at that level."""
POSTURES = ("holds fire", "skirmishes", "fights a limited offensive", "fights a full offensive")
FIGHTING, LULL, TRUCE, CAPITULATION = ENDINGS
STOP_WORDS = {TRUCE: "ceasefire"}
"""Words for cessations that differ from their names."""


@dataclass(frozen=True)
class Event:
    """An event of a run.

    Attributes:
        day: day of the crisis; the onset is day 0.
        actor: code of the actor; empty if there is no single one.
        kind: ``posture``, ``stance``, ``break``, ``ground``, ``silence``, ``treaty``, ``offer``,
            ``truce``, ``capitulation``, ``cession`` or ``inject``.
        says: description of the event.
    """

    day: int
    actor: str
    kind: str
    says: str


@dataclass(frozen=True)
class Evening:
    """The state of a run at the end of a day.

    Values of the sides are in the order challenger, defender.

    Attributes:
        day: number of the day.
        level: level of fighting, 0 to 4.
        postures: posture of each side on that day, 0 to 3.
        stances: name of each third party's stance, by code.
        prompts: reason for each stance in words, by code; empty for a stance of the onset.
        support: levels of support that each third party gives the sides, by code.
        stop: name of the current ending: ``fighting``, ``lull``, ``truce`` or ``capitulation``.
        stop_day: first day of the cessation of fighting.
        mediator: code of its mediator; empty if there is none.
        terms, protection: share still owed to the challenger, and peacekeeping protection of the
            ceasefire (0 to 1).
        invoked: whether the defender has called on its allies.
        fought, ceded: share of the area won by fighting, and ceded by agreement.
        deaths: battle deaths so far.
        broken: failed cessations of fighting so far.
        offers: proposals so far.
        proposer: code of the last proposal's mediator; empty if there is none.
        package: share of the area that its package ceded; 0 without one.
        ready: whether each side was ready to sign its freeze and its package.
    """

    day: int
    level: int
    postures: tuple[int, ...]
    stances: dict[str, str]
    prompts: dict[str, str]
    support: dict[str, tuple[float, ...]]
    stop: str
    stop_day: int
    mediator: str
    terms: float
    protection: float
    invoked: bool
    fought: float
    ceded: float
    deaths: float
    broken: int
    offers: int
    proposer: str
    package: float
    ready: tuple[tuple[bool, ...], ...]

    @classmethod
    def of(cls, world: World) -> Evening:
        """Return the state of a world with a single run."""
        state = world.state
        recorder = world.recorder
        return cls(
            day=state.day,
            level=int(recorder.level[0]),
            postures=tuple(int(posture) for posture in recorder.escalations[:, 0]),
            stances={power.code: STANCE_NAMES[power.stance[0]] for power in world.powers},
            prompts={power.code: PROMPTS.get(int(power.news[0]), "") for power in world.powers},
            support={
                code: tuple(map(float, state.support[:, k, 0]))
                for k, code in enumerate(state.powers)
            },
            stop=ENDINGS[state.stop[0]],
            stop_day=int(recorder.stop_day[0]),
            mediator=state.powers[state.mediator[0]] if state.mediator[0] >= 0 else "",
            terms=float(state.terms[0]),
            protection=float(state.protection[0]),
            invoked=bool(state.invoked[0]),
            fought=float(state.won[0]),
            ceded=float(state.ceded[0]),
            deaths=float(recorder.deaths[:, 0].sum()),
            broken=int(recorder.failed_stops[0]),
            offers=int(recorder.offers[0]),
            proposer=state.powers[recorder.proposer[0]] if recorder.proposer[0] >= 0 else "",
            package=float(recorder.package[0]),
            ready=tuple(tuple(map(bool, of_side)) for of_side in recorder.ready[..., 0]),
        )


@dataclass(frozen=True)
class Trace:
    """The description of one run.

    Attributes:
        plan: plan of its ensemble.
        run: number of the run.
        events: events in order.
        evenings: state at the end of each day, until nothing can change any more.
    """

    plan: Plan
    run: int
    events: tuple[Event, ...]
    evenings: tuple[Evening, ...]

    def __repr__(self) -> str:
        """Return a short description."""
        return f"<Trace of run {self.run} of {self.plan.scenario.scenario}: {ending(self)}>"

    def __str__(self) -> str:
        """Return the events, one line for each day that has any, and how the run ended."""
        by_day = groupby(self.events, key=lambda event: event.day)
        days = [
            f"day {day}: {' '.join(f'{event.says}.' for event in events)}" for day, events in by_day
        ]
        return "\n".join([*days, ending(self)])

    def _repr_html_(self) -> str:
        return f"{self.table().to_html(index=False)}<p>{escape(ending(self))}</p>"

    def table(self) -> pd.DataFrame:
        """Return one row per event, with the state at the end of its day.

        Units are those of ``daily.parquet``.
        """
        rows = [(event, self.evenings[event.day]) for event in self.events]
        return pd.DataFrame(
            {
                "day": [event.day for event, _ in rows],
                "actor": [event.actor for event, _ in rows],
                "event": [event.kind for event, _ in rows],
                "says": [event.says for event, _ in rows],
                "level": [evening.level for _, evening in rows],
                "deaths": [evening.deaths for _, evening in rows],
                "territory_fought": [evening.fought for _, evening in rows],
                "territory_ceded": [evening.ceded for _, evening in rows],
            }
        )

    @property
    def days(self) -> int:
        """Duration of the fighting in days, as in the outcomes."""
        last = self.evenings[-1]
        horizon = self.plan.scenario.horizon_days
        return horizon if last.stop == FIGHTING else min(max(last.stop_day, 0), horizon)


def trace(plan: Plan, run: int) -> Trace:
    """Simulate one run of an ensemble again and describe it.

    Args:
        plan: scenario, draws and seed. Its number of runs does not matter.
        run: number of the run.

    >>> import sim
    >>> trace(Plan(sim.load("april_2016").scenario, runs=100, draws=10), 7).evenings[0].day
    0
    """
    world = world_of_run(plan, run)
    eve = Evening.of(world)
    # the eve of the crisis: no one fights or takes a stance, so that the onset is reported
    aside = dict.fromkeys(eve.stances, STANCES[ASIDE].name)
    evenings = [replace(eve, postures=(Escalation.hold_fire, Escalation.hold_fire), stances=aside)]
    world.play(watch=lambda: evenings.append(Evening.of(world)))
    world.close()
    return Trace(plan, run, tuple(events_between(plan.scenario, evenings)), tuple(evenings[1:]))


def events_between(scenario: Scenario, evenings: list[Evening]) -> Iterator[Event]:
    """Yield the events between the ends of days. The first state is that before day 0."""
    reported = 0.0
    narrator = _Narrator(scenario)
    for before, after in pairwise(evenings):
        parts = list(narrator.moves(before, after))
        if abs(after.fought - reported) >= REPORTED_TERRITORY:
            parts.append(("", "ground", narrator.territory(reported, after.fought)))
            reported = after.fought
        parts += narrator.talks(before, after)
        for actor, kind, says in parts:
            yield Event(after.day, actor, kind, says[0].upper() + says[1:])


@dataclass(frozen=True)
class _Narrator:
    """Describes the events of a day, in the order of its stages, as actor, kind and words."""

    scenario: Scenario

    @property
    def _sides(self) -> tuple[str, str]:
        return self.scenario.conflict.challenger, self.scenario.conflict.defender

    def _name(self, code: str) -> str:
        return self.scenario.actors[code].name

    def moves(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        """Yield what actors do on the day that ends with ``after``, and the fighting."""
        yield from self._injects(after.day)
        for code, stance in after.stances.items():
            if stance != before.stances[code]:
                says = self._change(before.stances[code], stance, after.support[code])
                reason = self._reason(after, code)
                yield code, "stance", f"{self._name(code)} {says}{reason}"
        yield from self._fighting(before, after)

    def talks(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        """Yield what follows the day's fighting: treaties, talks, and territory handed over."""
        if after.invoked and not before.invoked:
            allies = " and ".join(map(self._name, self._allies()))
            yield (
                self._sides[1],
                "treaty",
                f"{self._name(self._sides[1])} invokes its treaty with {allies}",
            )
        yield from self._talks(before, after)
        if after.ceded > before.ceded:
            area = _percent(after.ceded - before.ceded)
            yield "", "cession", f"{area} of the area is handed over by agreement"

    def _allies(self) -> list[str]:
        defender = self._sides[1]
        actors = self.scenario.actors
        return [
            code
            for code in self.scenario.third_parties
            if any(treaty.partner == defender for treaty in actors[code].treaties)
        ]

    def _reason(self, after: Evening, code: str) -> str:
        reason = after.prompts[code]
        if reason == PROMPTS[News.fighting] and after.level == Escalation.hold_fire:
            reason = FADING
        return f", {reason}" if reason else ""

    def territory(self, before: float, now: float) -> str:
        """Return words for territory that has changed hands since it was last reported."""
        name = self._name(self._sides[0])
        if now < 0:
            return f"{name} has lost {_percent(-now)} of the area by fighting"
        return f"{name} has won {_percent(now)} of the area by fighting" + (
            " and lost the rest" if now < before else ""
        )

    def _injects(self, day: int) -> Iterator[tuple[str, str, str]]:
        for event in self.scenario.events:
            if event.day == day:
                span = "" if event.days is None else f" for {count(event.days, 'day')}"
                what = f"{self._name(event.actor)}, {event.do.replace('_', ' ')}{span}"
                yield event.actor, "inject", f"by the scenario: {what}"

    def _change(self, was: str, now: str, support: tuple[float, ...]) -> str:
        """Return words for a change of stance; less of the same is not reported as a new stance."""
        former, stance = (STANCES[STANCE_NAMES.index(name)] for name in (was, now))
        if former.side is not None and stance.side in (None, former.side):
            if stance.level < former.level:
                return self._reduction(former, stance)
            if stance.level == former.level:
                return "starts to mediate" if stance.mediates else "stops mediating"
        if former.mediates and stance.level == Level.none:
            return "stops mediating"
        return self._stance(stance, support)

    def _reduction(self, former: Stance, stance: Stance) -> str:
        doing, _ = BACKING[former.level]
        side = self._name(self._sides[former.side or 0])
        if stance.level == Level.none:
            mediates = " and mediates" if stance.mediates else ""
            return f"stops {doing} {side}{mediates}"
        return f"cuts its backing of {side} to {BACKING[stance.level][1]}"

    def _stance(self, stance: Stance, support: tuple[float, ...]) -> str:
        if stance.side is None:
            return stance.says
        amount = f" (support {support[stance.side]:.1f})" if support[stance.side] else ""
        return stance.says.format(side=self._name(self._sides[stance.side])) + amount

    def _fighting(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        if after.level == Escalation.hold_fire:
            return
        postures = before.postures
        if before.stop != FIGHTING:
            yield self._break(before, after)
            postures = (Escalation.hold_fire, Escalation.hold_fire)
        for code, was, now in zip(self._sides, postures, after.postures, strict=True):
            if now != was:
                says = POSTURES[now] if now else "only defends"
                yield code, "posture", f"{self._name(code)} {says}"

    def _break(self, before: Evening, after: Evening) -> tuple[str, str, str]:
        if after.broken == before.broken:
            return "", "break", "the quiet ends"
        breaker = self._sides[0] if after.postures[0] else self._sides[1]
        does = "resumes the fighting" if before.stop == LULL else "breaks the ceasefire"
        return breaker, "break", f"{self._name(breaker)} {does}"

    def _talks(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        defender = self._name(self._sides[1])
        fought = after.level > Escalation.hold_fire
        if before.stop == FIGHTING and not fought:
            yield "", "silence", "fighting stops"
        if after.stop == TRUCE and (before.stop != TRUCE or fought):
            yield after.mediator, "truce", self._truce(after)
        elif after.offers > before.offers:
            yield after.proposer, "offer", self._proposals(after)
        if after.stop == CAPITULATION != before.stop:
            yield self._sides[1], "capitulation", f"{defender} capitulates"

    def _proposals(self, evening: Evening) -> str:
        """Return what was proposed, and who refused what."""
        who = (
            f"{self._name(evening.proposer)} proposes" if evening.proposer else "the sides discuss"
        )
        freeze, package = zip(*evening.ready, strict=True)
        texts = [f"a freeze, which {self._refusing(freeze)}"]
        if evening.package:
            area = _percent(evening.package)
            texts.insert(0, f"a package that cedes {area}, which {self._refusing(package)}")
        return f"{who} {', and '.join(texts)}"

    def _refusing(self, ready: tuple[bool, ...]) -> str:
        refusing = [
            self._name(code) for code, signs in zip(self._sides, ready, strict=True) if not signs
        ]
        return f"{' and '.join(refusing)} refuse{'s' if len(refusing) == 1 else ''}"

    def _truce(self, evening: Evening) -> str:
        who = "the two sides agree on a ceasefire without a mediator"
        if evening.mediator:
            who = f"{self._name(evening.mediator)} mediates a ceasefire"
        if evening.terms == 0:
            return f"{who} that freezes the lines"
        share = _percent(evening.protection)
        protection = f", guarded by peacekeepers (protection {share})" if evening.protection else ""
        return f"{who} that cedes {_percent(evening.terms)} of the area{protection}"


def _percent(share: float) -> str:
    """Return a share as a percentage with two digits.

    >>> _percent(0.32), _percent(0.0012)
    ('32%', '0.12%')
    """
    return f"{share:.0%}" if abs(share) >= 0.1 else f"{100 * share:.2g}%"


def ending(trace_of_run: Trace) -> str:
    """Return a sentence about how a run ended."""
    last = trace_of_run.evenings[-1]
    scenario = trace_of_run.plan.scenario
    if all(evening.level == Escalation.hold_fire for evening in trace_of_run.evenings):
        return f"There was no fighting in {count(scenario.horizon_days, 'day')}."
    people = "person" if round(last.deaths) == 1 else "people"
    won = f"{_percent(last.fought)} of the area was won by fighting"
    losses = f"{last.deaths:,.0f} {people} died, {won}"
    losses += f" and {_percent(last.ceded)} was ceded" if last.ceded else ""
    if trace_of_run.days == scenario.horizon_days:
        return f"After {count(trace_of_run.days, 'day')} the sides still fought; {losses}."
    stop = STOP_WORDS.get(last.stop, last.stop)
    by = f" mediated by {scenario.actors[last.mediator].name}" if last.mediator else ""
    return f"The fighting stopped for good on day {trace_of_run.days}, in a {stop}{by}; {losses}."


def trace_of_result(result: Result, run: int) -> Trace:
    """Describe a run of a result folder.

    Raises:
        UsageError: the folder has no such run.
        InputError: its resolved scenario is not the one that was simulated.
    """
    if not result.is_as_simulated:
        raise InputError([Fault(str(result.folder / RESOLVED), 0, "", CHANGED)])
    runs = result.outcomes["run"].to_numpy()
    if run not in runs:
        what = f"allowed: {runs.min()} to {runs.max()}, as in the first column of outcomes.csv"
        raise UsageError(f"no run {run}; {what}")
    manifest = result.manifest
    return trace(Plan(result.scenario, len(runs), manifest["draws"], manifest["seed"]), run)


def differs(trace_of_run: Trace, outcomes: pd.DataFrame) -> bool:
    """Return whether the run has another outcome in a table.

    The table was then simulated by another version of the rules.
    """
    (row,) = outcomes[outcomes["run"] == trace_of_run.run].itertuples()
    last = trace_of_run.evenings[-1]
    recorded = (
        row.duration_days,
        row.failed_stops,
        row.deaths_challenger + row.deaths_defender,
        row.territory_fought,
    )
    again = (trace_of_run.days, last.broken, last.deaths, last.fought)
    return not np.allclose(recorded, again, rtol=1e-3, atol=1e-4)


def write(trace_of_run: Trace, folder: Path) -> Path:
    """Write the table of events into a result folder. Return the file."""
    file = folder / "traces" / f"run_{trace_of_run.run}.csv"
    with atomic_file(file, aside_in=folder) as aside:
        defused(trace_of_run.table()).to_csv(
            aside, index=False, lineterminator="\n", float_format="%.6g"
        )
    return file
