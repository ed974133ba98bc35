"""The story of one run, day by day: who did what, and what came of it.

A run is played again by itself and meets the luck it met in its block, so it comes out as it did there. What happened
is read from every evening beside the evening before; the rules know nothing of being watched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.engine.rules.patrons import News
from sim.ensemble.ensemble import Plan, world_of_run
from sim.io.atomic import whole_file
from sim.io.errors import UsageError
from sim.io.spreadsheets import defused
from sim.io.text import count
from sim.outcomes.columns import ENDINGS
from sim.results.reader import Result
from sim.scenario import STANCE_NAMES, STANCES, Rung, Scenario
from sim.scenario.stances import ASIDE

if TYPE_CHECKING:
    from sim.engine.world import World

TOLD_GROUND = 0.05
"""Share of the area that must change hands before the story tells of it again."""
PROMPTS = {
    News.routine: "by routine",
    News.fighting: "as the fighting changes",
    News.ground: "as ground changes hands",
    News.another: "as another power moves",
    News.signed: "after a truce was signed",
    News.broken: "after a truce broke",
    News.invoked: "after the call on allies",
    News.released: "no longer held to its stance",
    News.onset: "at the onset",
    News.held: "by the scenario",
}
"""What made a third party change its stance, in words."""
POSTURES = ("holds fire", "skirmishes", "fights a limited offensive", "fights a full offensive")
FIGHTING, LULL, TRUCE, CAPITULATION = ENDINGS


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        day: day of the crisis, 0 the onset.
        actor: code of who did it; empty where it was nobody alone.
        kind: posture, stance, break, ground, silence, treaty, offer, truce, capitulation, cession or inject.
        says: what happened, in words.
    """

    day: int
    actor: str
    kind: str
    says: str


@dataclass(frozen=True)
class Evening:
    """How a run stands at the end of a day; the sides' values stand in the order challenger, defender.

    Attributes:
        day: the day that ends.
        level: level of fighting, 0 to 4.
        rungs: posture of each side in the day's fighting.
        stances: name of each power's stance, by code.
        prompts: what prompted it, by code, in words; empty for a stance of the onset.
        support: levels of support that each power gives the sides, by code.
        stop: what is in force, as an ending is named: fighting, lull, truce or capitulation.
        stop_day: first day of the stop.
        broker: code of its broker; empty where it has none.
        terms, guarded: share still owed to the challenger, and how far peacekeepers keep the stop.
        invoked: whether the defender has called on its allies.
        fought, ceded: share won by fighting, and handed over by agreement.
        deaths: battle deaths up to now.
        broken: stops that broke up to now.
        offers, ready: offers up to now, and how many of them each side was ready to sign.
    """

    day: int
    level: int
    rungs: tuple[int, ...]
    stances: dict[str, str]
    prompts: dict[str, str]
    support: dict[str, tuple[float, ...]]
    stop: str
    stop_day: int
    broker: str
    terms: float
    guarded: float
    invoked: bool
    fought: float
    ceded: float
    deaths: float
    broken: int
    offers: int
    ready: tuple[int, ...]

    @classmethod
    def of(cls, world: World) -> Evening:
        """Read the evening of the one run of a world."""
        state, recorder = world.state, world.recorder
        return cls(
            day=state.day,
            level=int(recorder.level[0]),
            rungs=tuple(int(rung) for rung in recorder.rungs[:, 0]),
            stances={power.code: STANCE_NAMES[power.stance[0]] for power in world.powers},
            prompts={power.code: PROMPTS.get(int(power.news[0]), "") for power in world.powers},
            support={code: tuple(map(float, state.support[:, k, 0])) for k, code in enumerate(state.powers)},
            stop=ENDINGS[state.stop[0]],
            stop_day=int(recorder.stop_day[0]),
            broker=state.powers[state.broker[0]] if state.broker[0] >= 0 else "",
            terms=float(state.terms[0]),
            guarded=float(state.guarded[0]),
            invoked=bool(state.invoked[0]),
            fought=float(state.won[0]),
            ceded=float(state.ceded[0]),
            deaths=float(recorder.deaths[:, 0].sum()),
            broken=int(recorder.failed_stops[0]),
            offers=int(recorder.offers[0]),
            ready=tuple(int(signed) for signed in recorder.signed[:, 0]),
        )


@dataclass(frozen=True)
class Trace:
    """One run, told.

    Attributes:
        plan: the ensemble it belongs to.
        run: its number.
        events: what happened, in order.
        evenings: how it stood every evening, until nothing could change any more.
    """

    plan: Plan
    run: int
    events: tuple[Event, ...]
    evenings: tuple[Evening, ...]

    def table(self) -> pd.DataFrame:
        """Return one row an event, with how the run stood that evening; numbers as in ``daily.parquet``."""
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
        """How long the fighting lasted, as the outcomes count it."""
        last, horizon = self.evenings[-1], self.plan.scenario.horizon_days
        return horizon if last.stop == FIGHTING else min(max(last.stop_day, 0), horizon)


def trace(plan: Plan, run: int) -> Trace:
    """Play a run of an ensemble again, by itself, and tell it.

    Args:
        plan: scenario, draws and seed; whether it has as many runs does not matter.
        run: number of the run.
    """
    world = world_of_run(plan, run)
    eve = Evening.of(world)
    rest = dict.fromkeys(eve.stances, STANCES[ASIDE].name)  # so that the stances of the onset are told
    evenings = [replace(eve, rungs=(Rung.hold_fire, Rung.hold_fire), stances=rest)]
    world.play(watch=lambda: evenings.append(Evening.of(world)))
    world.close()
    return Trace(plan, run, tuple(tell(plan.scenario, evenings)), tuple(evenings[1:]))


def tell(scenario: Scenario, evenings: list[Evening]) -> Iterator[Event]:
    """Yield what happened between evenings, the first of which is the eve of day 0."""
    told_ground = 0.0
    story = _Story(scenario)
    for before, after in pairwise(evenings):
        parts = list(story.of_day(before, after))
        if abs(after.fought - told_ground) >= TOLD_GROUND:
            parts.append(("", "ground", story.ground(told_ground, after.fought)))
            told_ground = after.fought
        for actor, kind, says in parts:
            yield Event(after.day, actor, kind, says[0].upper() + says[1:])


@dataclass(frozen=True)
class _Story:
    """Puts into words what happened between two evenings, in the order of the day's stages: actor, kind, words."""

    scenario: Scenario

    @property
    def _sides(self) -> tuple[str, str]:
        return self.scenario.conflict.challenger, self.scenario.conflict.defender

    def _name(self, code: str) -> str:
        return self.scenario.actors[code].name

    def of_day(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        """Yield the events of the day that ends with ``after``."""
        yield from self._injects(after.day)
        for code, stance in after.stances.items():
            if stance != before.stances[code]:
                says = f"{self._name(code)} {self._conduct(stance, after.support[code])}"
                yield code, "stance", says + (f", {after.prompts[code]}" if after.prompts[code] else "")
        yield from self._fighting(before, after)
        if after.invoked and not before.invoked:
            yield self._sides[1], "treaty", f"{self._name(self._sides[1])} calls on its allies"
        yield from self._talks(before, after)
        if after.ceded > before.ceded:
            yield "", "cession", f"{_percent(after.ceded - before.ceded)} of the area is handed over by agreement"

    def ground(self, told: float, now: float) -> str:
        """Return words for ground that has changed hands since it was last told."""
        name = self._name(self._sides[0])
        if now < 0:
            return f"{name} has lost {_percent(-now)} of the area by fighting"
        return f"{name} has won {_percent(now)} of the area by fighting" + (" and lost the rest" if now < told else "")

    def _injects(self, day: int) -> Iterator[tuple[str, str, str]]:
        for event in self.scenario.events:
            if event.day == day:
                span = "" if event.days is None else f" for {count(event.days, 'day')}"
                what = event.do.replace("_", " ")
                yield event.actor, "inject", f"by the scenario: {self._name(event.actor)}, {what}{span}"

    def _conduct(self, name: str, support: tuple[float, ...]) -> str:
        stance = STANCES[STANCE_NAMES.index(name)]
        if stance.side is None:
            return stance.says
        levels = f" ({support[stance.side]:.1f} levels of support)" if support[stance.side] else ""
        return stance.says.format(side=self._name(self._sides[stance.side])) + levels

    def _fighting(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        if after.level == Rung.hold_fire:
            return
        stood = before.rungs
        if before.stop != FIGHTING:
            yield "", "break", f"the {before.stop} breaks" if after.broken > before.broken else "the quiet ends"
            stood = (Rung.hold_fire, Rung.hold_fire)
        for code, was, now in zip(self._sides, stood, after.rungs, strict=True):
            if now != was:
                yield code, "posture", f"{self._name(code)} {POSTURES[now]}"

    def _talks(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        challenger, defender = map(self._name, self._sides)
        fought = after.level > Rung.hold_fire
        if before.stop == FIGHTING and not fought:
            yield "", "silence", "the guns fall silent"
        if after.stop == TRUCE and (before.stop != TRUCE or fought):
            yield after.broker, "truce", self._truce(after)
        elif after.offers > before.offers:
            sides = zip((challenger, defender), before.ready, after.ready, strict=True)
            refusing = [name for name, was, now in sides if now == was]
            yield "", "offer", f"an offer is made, and refused by {' and '.join(refusing)}"
        if after.stop == CAPITULATION != before.stop:
            yield self._sides[1], "capitulation", f"{defender} yields"

    def _truce(self, evening: Evening) -> str:
        who = "the two sides agree on a truce by themselves"
        who = f"{self._name(evening.broker)} brokers a truce" if evening.broker else who
        if evening.terms == 0:
            return f"{who} that freezes the lines"
        guard = f", guarded to {_percent(evening.guarded)}" if evening.guarded else ""
        return f"{who} that cedes {_percent(evening.terms)} of the area{guard}"


def _percent(share: float) -> str:
    return f"{share:.0%}" if abs(share) >= 0.1 else f"{100 * share:.2g}%"


def ending(told: Trace) -> str:
    """Return how a run ended, in a sentence."""
    last, scenario = told.evenings[-1], told.plan.scenario
    if all(evening.level == Rung.hold_fire for evening in told.evenings):
        return (
            f"The quiet lasted for {'all ' if scenario.horizon_days > 1 else ''}{count(scenario.horizon_days, 'day')}."
        )
    people = "person" if round(last.deaths) == 1 else "people"
    losses = f"{last.deaths:,.0f} {people} died, {_percent(last.fought)} of the area was won by fighting"
    losses += f" and {_percent(last.ceded)} handed over" if last.ceded else ""
    if told.days == scenario.horizon_days:
        return f"After {count(told.days, 'day')} they still fought; {losses}."
    by = f" that {scenario.actors[last.broker].name} had brokered" if last.broker else ""
    return f"The fighting stopped for good on day {told.days}, in a {last.stop}{by}; {losses}."


def trace_of_result(result: Result, run: int) -> Trace:
    """Tell a run of a result folder.

    Raises:
        UsageError: the folder has no such run.
    """
    runs = result.outcomes["run"].to_numpy()
    if run not in runs:
        what = f"allowed: {runs.min()} to {runs.max()}, as in the first column of outcomes.csv"
        raise UsageError(f"--run {run}: no such run; {what}")
    return trace(Plan(result.scenario, len(runs), result.manifest["draws"], result.manifest["seed"]), run)


def differs(told: Trace, outcomes: pd.DataFrame) -> bool:
    """Whether the run came out otherwise in a table of outcomes: then that was played by other rules."""
    (row,) = outcomes[outcomes["run"] == told.run].itertuples()
    last = told.evenings[-1]
    then = (row.duration_days, row.failed_stops, row.deaths_challenger + row.deaths_defender, row.territory_fought)
    return not np.allclose(then, (told.days, last.broken, last.deaths, last.fought), rtol=1e-3, atol=1e-4)


def write(told: Trace, folder: Path) -> Path:
    """Write the table of events into a result folder; returns the file."""
    file = folder / "traces" / f"run_{told.run}.csv"
    with whole_file(file, aside_in=folder) as aside:
        defused(told.table()).to_csv(aside, index=False, lineterminator="\n", float_format="%.6g")
    return file
