"""Put the days of a run into words: events are inferred by comparing the ends of two days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sim.engine.rules import TRACE
from sim.engine.rules.patrons import News
from sim.io.text import count, with_article
from sim.outcomes.columns import ENDINGS
from sim.outcomes.numbers import fine_percent
from sim.scenario import STANCE_NAMES, STANCES, Escalation, Scenario
from sim.scenario.stances import Level, Stance

if TYPE_CHECKING:
    from sim.engine.world import World

REPORTED_TERRITORY = 0.05
"""Share of the area that must change hands before the description reports it again."""
PROMPTS = {
    News.routine: "at a routine review",
    News.fighting: "as the fighting changes",
    News.ground: "as territory changes hands",
    News.another: "as another third party moves",
    News.signed: "the day after a ceasefire was signed",
    News.broken: "the day after a ceasefire broke",
    News.invoked: "after the treaty was invoked",
    News.released: "no longer bound to its stance",
    News.onset: "at its first review",
    News.held: "by the scenario",
}
"""Reasons for a third party's new stance, in words."""
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
class DayEnd:
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
        mediator: code of the mediator of a ceasefire or a surrender; empty if there is none.
        terms, protection: share still owed to the challenger, and peacekeeping protection of the
            ceasefire (0 to 1).
        invoked: whether the defender has called on its allies.
        fought, ceded: share of the area won by fighting, and ceded by agreement.
        deaths: battle deaths so far.
        broken: failed cessations of fighting so far.
        breaker: side that broke the last one, 0 challenger or 1 defender.
        offers: proposals so far.
        proposer: code of the last proposal's mediator; empty if there is none.
        package: worth of its package, as a share of the area; 0 without one.
        concession: part of that worth that is no territory.
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
    breaker: int
    offers: int
    proposer: str
    package: float
    concession: float
    ready: tuple[tuple[bool, ...], ...]

    @classmethod
    def of(cls, world: World) -> DayEnd:
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
            terms=float(state.owed[0]),
            protection=float(state.protection[0]),
            invoked=bool(state.invoked[0]),
            fought=float(state.won[0]),
            ceded=float(state.ceded[0]),
            deaths=float(recorder.deaths[:, 0].sum()),
            broken=int(recorder.failed_stops[0]),
            breaker=int(recorder.breaker[0]),
            offers=int(recorder.offers[0]),
            proposer=state.powers[state.proposer[0]] if state.proposer[0] >= 0 else "",
            package=float(recorder.package[0]),
            concession=float(state.concession[0]),
            ready=tuple(tuple(map(bool, of_side)) for of_side in recorder.ready[..., 0]),
        )


def events_between(scenario: Scenario, day_ends: list[DayEnd]) -> Iterator[Event]:
    """Yield the events between the ends of days. The first state is that before day 0."""
    reported = 0.0
    narrator = Narrator(scenario)
    for before, after in pairwise(day_ends):
        parts = list(narrator.moves(before, after))
        if abs(after.fought - reported) >= REPORTED_TERRITORY:
            parts.append(("", "ground", narrator.territory(reported, after.fought)))
            reported = after.fought
        parts += narrator.talks(before, after)
        for actor, kind, says in parts:
            yield Event(after.day, actor, kind, says[0].upper() + says[1:])


@dataclass(frozen=True)
class Narrator:
    """Describes the events of a day, in the order of its stages, as actor, kind and words."""

    scenario: Scenario

    @property
    def _sides(self) -> tuple[str, str]:
        return self.scenario.conflict.challenger, self.scenario.conflict.defender

    def _name(self, code: str) -> str:
        return with_article(self.scenario.actors[code].name)

    def moves(self, before: DayEnd, after: DayEnd) -> Iterator[tuple[str, str, str]]:
        """Yield what actors do on the day that ends with ``after``, and the fighting."""
        yield from self._injects(after.day)
        for code, stance in after.stances.items():
            if stance != before.stances[code]:
                says = self._change(before.stances[code], stance, after.support[code])
                reason = self._reason(after, code)
                yield code, "stance", f"{self._name(code)} {says}{reason}"
        yield from self._fighting(before, after)

    def talks(self, before: DayEnd, after: DayEnd) -> Iterator[tuple[str, str, str]]:
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
            area = fine_percent(after.ceded - before.ceded)
            yield "", "cession", f"{area} of the area is handed over by agreement"

    def _allies(self) -> list[str]:
        defender = self._sides[1]
        actors = self.scenario.actors
        return [
            code
            for code in self.scenario.third_parties
            if any(treaty.partner == defender for treaty in actors[code].treaties)
        ]

    def _reason(self, after: DayEnd, code: str) -> str:
        reason = after.prompts[code]
        return f", {reason}" if reason else ""

    def territory(self, before: float, now: float) -> str:
        """Return words for territory that has changed hands since it was last reported."""
        name = self._name(self._sides[0])
        if now < 0:
            return f"{name} has lost {fine_percent(-now)} of the area by fighting"
        return f"{name} has won {fine_percent(now)} of the area by fighting" + (
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
        return stance.says.format(side=self._name(self._sides[stance.side]) + amount)

    def _fighting(self, before: DayEnd, after: DayEnd) -> Iterator[tuple[str, str, str]]:
        if after.level == Escalation.hold_fire:
            return
        postures = before.postures
        if before.stop != FIGHTING:
            yield self._break(before, after)
            postures = (Escalation.hold_fire, Escalation.hold_fire)
        for i, code in enumerate(self._sides):
            now = after.postures[i]
            if now != postures[i]:
                answers = now == Escalation.skirmish and after.postures[1 - i] > now
                says = "returns fire" if answers else POSTURES[now]
                yield code, "posture", f"{self._name(code)} {says}"

    def _break(self, before: DayEnd, after: DayEnd) -> tuple[str, str, str]:
        if after.broken == before.broken:
            return "", "break", "the quiet ends"
        breaker = self._sides[after.breaker]
        does = "resumes the fighting" if before.stop == LULL else "breaks the ceasefire"
        void = "; its package is void" if before.terms else ""
        return breaker, "break", f"{self._name(breaker)} {does}{void}"

    def _talks(self, before: DayEnd, after: DayEnd) -> Iterator[tuple[str, str, str]]:
        defender = self._name(self._sides[1])
        fought = after.level > Escalation.hold_fire
        if before.stop == FIGHTING and not fought:
            yield "", "silence", "fighting stops"
        if after.stop == TRUCE and (before.stop != TRUCE or fought):
            yield after.mediator, "truce", self._truce(after)
        elif after.offers > before.offers:
            yield after.proposer, "offer", self._proposals(after)
        if after.stop == CAPITULATION != before.stop:
            by = f", as {self._name(after.mediator)} arranges" if after.mediator else ""
            yield self._sides[1], "capitulation", f"{defender} capitulates{by}"

    def _proposals(self, end: DayEnd) -> str:
        """Return what was proposed, and who refused what."""
        who = f"{self._name(end.proposer)} proposes" if end.proposer else "the sides discuss"
        freeze, package = zip(*end.ready, strict=True)
        texts = [f"a freeze, which {self._refusing(freeze)}"]
        if end.package:
            what = f"a package that {self._granting(end.package, end.concession)}"
            texts.insert(0, f"{what}, which {self._refusing(package)}")
        return f"{who} {', and '.join(texts)}"

    def _refusing(self, ready: tuple[bool, ...]) -> str:
        refusing = [
            self._name(code) for code, signs in zip(self._sides, ready, strict=True) if not signs
        ]
        return f"{' and '.join(refusing)} refuse{'s' if len(refusing) == 1 else ''}"

    def _truce(self, end: DayEnd) -> str:
        who = "the two sides agree on a ceasefire without a mediator"
        if end.mediator:
            who = f"{self._name(end.mediator)} mediates a ceasefire"
        if end.terms == 0:
            return f"{who} that leaves the lines where they are"
        share = fine_percent(end.protection)
        protection = f", guarded by peacekeepers (protection {share})" if end.protection else ""
        return f"{who} that {self._granting(end.terms, end.concession)}{protection}"

    def _granting(self, terms: float, concession: float) -> str:
        """Return what a package gives the challenger, of which a part is no territory."""
        territory = terms - concession
        ceded = [f"cedes {fine_percent(territory)} of the area"] * (territory > TRACE)
        granted = ["grants what was asked besides territory"] * (concession > 0)
        return " and ".join([*ceded, *granted])
