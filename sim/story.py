"""The story of one run, day by day: who did what, and what came of it.

A run is played again by itself and meets the luck it met in its block, so it comes out as it did there. What happened
is read from every evening beside the evening before; the rules know nothing of being watched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.ensemble import Plan, world_of_run
from sim.errors import UsageError
from sim.results import Result
from sim.scenario import LINES, Rung, Scenario
from sim.whole import whole_file

if TYPE_CHECKING:
    from sim.world import World

TOLD_GROUND = 0.05
"""Share of the area that must change hands before the story tells of it again."""
POSTURES = ("holds fire", "skirmishes", "fights a limited offensive", "fights a full offensive")
NO_STOP, LULL, TRUCE, CAPITULATION = range(4)
"""Kinds of stops, as the world numbers them."""


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        day: day of the crisis, 0 the onset.
        actor: code of who did it; empty where it was nobody alone.
        kind: posture, line, break, ground, silence, treaty, offer, truce, capitulation, cession or inject.
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
        rungs: posture of each side.
        lines: line of conduct of each power, in the order of ``powers``.
        support: levels of support given by each power to each side.
        stop, stop_day, broker: kind of the stop, its first day, and its broker's position or -1.
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
    lines: tuple[int, ...]
    support: tuple[tuple[float, ...], ...]
    stop: int
    stop_day: int
    broker: int
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
        state, diary = world.state, world.diary
        return cls(
            day=state.day,
            level=int(diary.level[0]),
            rungs=tuple(int(side.rung[0]) for side in world.sides),
            lines=tuple(int(power.line[0]) for power in world.powers),
            support=tuple(tuple(float(given[0]) for given in state.support[:, k]) for k in range(len(world.powers))),
            stop=int(state.stop[0]),
            stop_day=int(diary.stop_day[0]),
            broker=int(state.broker[0]),
            terms=float(state.terms[0]),
            guarded=float(state.guarded[0]),
            invoked=bool(state.invoked[0]),
            fought=float(state.won[0]),
            ceded=float(state.ceded[0]),
            deaths=float(diary.deaths[:, 0].sum()),
            broken=int(diary.failed_stops[0]),
            offers=int(diary.offers[0]),
            ready=tuple(int(signed) for signed in diary.signed[:, 0]),
        )


@dataclass(frozen=True)
class Trace:
    """One run, told.

    Attributes:
        plan: the ensemble it belongs to.
        run: its number.
        events: what happened, in order.
        evenings: how it stood every evening.
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
        return horizon if last.stop == NO_STOP else min(max(last.stop_day, 0), horizon)


def trace(plan: Plan, run: int) -> Trace:
    """Play a run of an ensemble again, by itself, and tell it.

    Args:
        plan: scenario, draws and seed; whether it has as many runs does not matter.
        run: number of the run.
    """
    world = world_of_run(plan, run)
    story = _Story(plan.scenario, tuple(power.code for power in world.powers))
    evenings: list[Evening] = []
    events: list[Event] = []
    before = replace(Evening.of(world), rungs=(Rung.hold_fire, Rung.hold_fire))
    while world.state.day < plan.scenario.horizon_days and not world.over()[0]:
        world.play_day()
        evenings.append(Evening.of(world))
        events += story.of_day(before, evenings[-1])
        before = evenings[-1]
        world.state.day += 1
    world.leave()
    return Trace(plan, run, tuple(events), tuple(evenings))


class _Story:
    """Tells what happened between two evenings, in the order of the day's stages."""

    def __init__(self, scenario: Scenario, powers: tuple[str, ...]) -> None:
        self.scenario, self.powers = scenario, powers
        self.sides = (scenario.conflict.challenger, scenario.conflict.defender)
        self.told_ground = 0.0

    def of_day(self, before: Evening, after: Evening) -> Iterator[Event]:
        """Yield the events of the day that ends with ``after``."""
        for actor, kind, says in self._parts(before, after):
            yield Event(after.day, actor, kind, says[0].upper() + says[1:])

    def _parts(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        yield from self._injects(after.day)
        yield from self._lines(before, after)
        yield from self._fighting(before, after)
        if after.invoked and not before.invoked:
            yield self.sides[1], "treaty", f"{self._name(self.sides[1])} calls on its allies"
        yield from self._talks(before, after)
        if after.ceded > before.ceded:
            yield "", "cession", f"{_percent(after.ceded - before.ceded)} of the area is handed over by agreement"

    def _name(self, code: str) -> str:
        return self.scenario.actors[code].name

    def _injects(self, day: int) -> Iterator[tuple[str, str, str]]:
        for event in self.scenario.events:
            if event.day == day:
                span = "" if event.days is None else f" for {event.days} days"
                what = event.do.replace("_", " ")
                yield event.actor, "inject", f"by the scenario: {self._name(event.actor)}, {what}{span}"

    def _lines(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        for k, code in enumerate(self.powers):
            if (after.lines[k], after.support[k]) != (before.lines[k], before.support[k]):
                yield code, "line", f"{self._name(code)} {self._conduct(LINES[after.lines[k]], after.support[k])}"

    def _conduct(self, line: str, support: tuple[float, ...]) -> str:
        if line in ("aside", "mediate"):
            return {"aside": "stands aside", "mediate": "brokers"}[line]
        side = 0 if "challenger" in line else 1
        leans = f"supports {self._name(self.sides[side])} with {support[side]:.1f} levels"
        if line.startswith("force"):
            return f"{leans} and fights for it"
        return f"{leans} and brokers" if line.endswith("mediate") else leans

    def _fighting(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        if before.stop != NO_STOP and after.level > Rung.hold_fire:
            yield "", "break", f"the {_STOPS[before.stop]} breaks" if after.broken > before.broken else "the quiet ends"
        if after.stop == NO_STOP:
            for code, was, now in zip(self.sides, before.rungs, after.rungs, strict=True):
                if now != was:
                    yield code, "posture", f"{self._name(code)} {POSTURES[now]}"
        if abs(after.fought - self.told_ground) >= TOLD_GROUND:
            self.told_ground = after.fought
            yield "", "ground", f"{self._name(self.sides[0])} has won {_percent(after.fought)} of the area by fighting"

    def _talks(self, before: Evening, after: Evening) -> Iterator[tuple[str, str, str]]:
        challenger, defender = map(self._name, self.sides)
        anew = before.stop == NO_STOP or after.broken > before.broken or after.level > Rung.hold_fire
        if after.level == Rung.hold_fire and before.stop == NO_STOP:
            yield "", "silence", "the guns fall silent"
        if after.stop == TRUCE and (before.stop != TRUCE or anew):
            broker = self.powers[after.broker] if after.broker >= 0 else ""
            yield broker, "truce", self._truce(after, broker)
        elif after.offers > before.offers:
            sides = zip((challenger, defender), before.ready, after.ready, strict=True)
            refusing = [name for name, was, now in sides if now == was]
            yield "", "offer", f"an offer is made, and refused by {' and '.join(refusing)}"
        if after.stop == CAPITULATION and before.stop != CAPITULATION:
            yield self.sides[1], "capitulation", f"{defender} yields"

    def _truce(self, evening: Evening, broker: str) -> str:
        who = f"{self._name(broker)} brokers a truce" if broker else "the two sides agree on a truce by themselves"
        if evening.terms == 0:
            return f"{who} that freezes the lines"
        guard = f", guarded to {_percent(evening.guarded)}" if evening.guarded else ""
        return f"{who} that cedes {_percent(evening.terms)} of the area{guard}"


_STOPS = {LULL: "lull", TRUCE: "truce", CAPITULATION: "capitulation"}


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%"


def ending(told: Trace) -> str:
    """Return how a run ended, in a sentence."""
    last, scenario = told.evenings[-1], told.plan.scenario
    losses = f"{last.deaths:,.0f} people died, {_percent(last.fought)} of the area was won by fighting"
    losses += f" and {_percent(last.ceded)} handed over" if last.ceded else ""
    if told.days == scenario.horizon_days:
        return f"After {told.days} days they still fought; {losses}."
    by = f" that {scenario.actors[_power(told, last.broker)].name} had brokered" if last.broker >= 0 else ""
    return f"The fighting stopped for good on day {told.days}, in a {_STOPS[last.stop]}{by}; {losses}."


def _power(told: Trace, position: int) -> str:
    scenario = told.plan.scenario
    return [code for code in scenario.third_parties if scenario.actors[code].can_act][position]


def trace_of_result(result: Result, run: int) -> Trace:
    """Tell a run of a result folder.

    Raises:
        UsageError: the folder has no such run.
    """
    done = len(result.outcomes)
    if run not in result.outcomes["run"].to_numpy():
        raise UsageError(f"--run {run}: no such run; allowed: 0 to {done - 1}, as in the first column of outcomes.csv")
    return trace(Plan(result.scenario, done, result.manifest["draws"], result.manifest["seed"]), run)


def differs(told: Trace, outcomes: pd.DataFrame) -> bool:
    """Whether the run came out otherwise in a table of outcomes: then that was played by other rules."""
    (row,) = outcomes[outcomes["run"] == told.run].itertuples()
    last = told.evenings[-1]
    then = (row.duration_days, row.failed_stops, row.deaths_challenger + row.deaths_defender, row.territory_fought)
    return not np.allclose(then, (told.days, last.broken, last.deaths, last.fought), rtol=1e-3, atol=1e-4)


def write(told: Trace, folder: Path) -> Path:
    """Write the table of events into a result folder, whole; returns the file."""
    file = folder / "traces" / f"run_{told.run}.csv"
    with whole_file(file) as aside:
        told.table().to_csv(aside, index=False, lineterminator="\n", float_format="%.6g")
    return file
