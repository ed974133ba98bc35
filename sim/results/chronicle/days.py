"""The states of a single run at the ends of its days, as the chronicle reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.rules import Array
from sim.engine.rules.patrons import News
from sim.engine.state import Stop
from sim.engine.steps.stops import cost_of_a_breach, hazard
from sim.outcomes.columns import ENDINGS
from sim.results.chronicle.choices import (
    CESSATION,
    FIGHTING,
    TREATY,
    Option,
    of_one_chance,
    options_of,
)
from sim.scenario import STANCE_NAMES

if TYPE_CHECKING:
    from sim.engine.world import World

NEWS = {value: name for name, value in vars(News).items() if isinstance(value, int) and value}
"""Names of what makes a third party review its stance, by code."""


@dataclass(frozen=True)
class DayEnd:
    """The state of a run at the end of a day.

    Values of the sides are in the order challenger, defender.

    Attributes:
        day: number of the day.
        level: level of fighting, 0 to 4.
        postures: escalation level of each side on that day, 0 to 3.
        stances: name of each third party's stance, by code.
        prompts: news behind each stance, by code; empty for a stance of the onset.
        support: levels of support that each third party gives the sides, by code.
        rivals: third parties that each third party is hostile to, by code.
        stop: name of the current ending: ``fighting``, ``lull``, ``truce`` or ``capitulation``.
        stop_day: first day of the cessation of fighting.
        mediator: code of the mediator of a ceasefire or a surrender; empty if there is none.
        guard: code of the third party whose peacekeepers protect the ceasefire; empty for none.
        terms: what the ceasefire gives the challenger, share of the area.
        owed: the part of it that is not handed over yet.
        protection: peacekeeping protection of the ceasefire, 0 to 1.
        invoked: whether the defender has called on its allies.
        attention: international attention, 0 to 1.
        fought, ceded: share of the area taken by fighting, and handed over by agreement.
        left: share of the area that the defender holds.
        deaths: battle deaths so far.
        broken: failed cessations of fighting so far.
        breaker: side that broke the last one, 0 challenger or 1 defender.
        offers: proposals so far.
        proposer: code of the last proposal's mediator; empty if there is none.
        package: worth of its package, as a share of the area; 0 without one.
        concession: part of that worth that is no territory.
        ready: whether each side was ready to sign its freeze and its package.
        value: utility of fighting on rather than stopping for each side, share of the area.
        tempted: whether the prospect of gain more than doubled the hazard of that day's breach.
        was_due: whether the terms of the ceasefire that broke were to be carried out that day.
        reviewed: whether there was news for the third parties that morning.
        options: what the actors weighed that day.
        received: how well each side receives each third party, 0 to 1, by code.
        welcome: the same if it were committed to neither side, negative for a hostile side.
        kept_out: friends of the challenger that help it and have no seat in a settlement.
        pressure: utility that the mediators' pressure adds to a signature of each side, share.
    """

    day: int
    level: int
    postures: tuple[int, ...]
    stances: dict[str, str]
    prompts: dict[str, str]
    support: dict[str, tuple[float, ...]]
    rivals: dict[str, tuple[str, ...]]
    stop: str
    stop_day: int
    mediator: str
    guard: str
    terms: float
    owed: float
    protection: float
    invoked: bool
    attention: float
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
    value: tuple[float, ...]
    tempted: bool = False
    was_due: bool = False
    reviewed: bool = False
    options: tuple[Option, ...] = ()
    left: float = 1.0
    received: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    welcome: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    kept_out: tuple[str, ...] = ()
    pressure: tuple[float, ...] = (0.0, 0.0)

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
            prompts={power.code: NEWS.get(int(power.news[0]), "") for power in world.powers},
            support=_of_powers(state.powers, state.support),
            rivals={
                code: tuple(state.powers[rival] for rival in state.rivals[k])
                for k, code in enumerate(state.powers)
            },
            stop=ENDINGS[state.stop[0]],
            stop_day=int(recorder.stop_day[0]),
            mediator=_power(state.powers, state.mediator[0]),
            guard=_power(state.powers, state.guard[0]),
            terms=float(state.terms[0]),
            owed=float(state.owed[0]),
            protection=float(state.protection[0]),
            invoked=bool(state.invoked[0]),
            attention=float(state.attention[0]),
            fought=float(state.won[0]),
            ceded=float(state.ceded[0]),
            deaths=float(recorder.deaths[:, 0].sum()),
            broken=int(recorder.failed_stops[0]),
            breaker=int(recorder.breaker[0]),
            offers=int(recorder.offers[0]),
            proposer=_power(state.powers, state.proposer[0]),
            package=float(recorder.package[0]),
            concession=float(state.concession[0]),
            ready=tuple(tuple(map(bool, of_side)) for of_side in recorder.ready[..., 0]),
            value=tuple(float(side.value[0]) for side in world.sides),
            reviewed=bool(state.prompt[0]),
            left=float(1.0 - state.held[0] - state.ceded[0]),
            received=_of_powers(state.powers, state.received),
            welcome=_of_powers(state.powers, state.ties_to_powers),
            kept_out=tuple(_kept_out(world)),
            pressure=tuple(float(side.pressure[0]) for side in world.sides),
        )


def _of_powers(powers: Sequence[str], values: Array) -> dict[str, tuple[float, ...]]:
    """Return values of the sides, ``(2, K, runs)``, by third party."""
    return {code: tuple(map(float, values[:, k, 0])) for k, code in enumerate(powers)}


def _kept_out(world: World) -> Iterator[str]:
    """Yield the patrons for whose sake the challenger refuses a settlement without them."""
    state = world.state
    for power in world.powers:
        k = power.index
        helps = state.support[0, k, 0] > 0 and state.closeness[0, k, 0] > 0
        if power.supports and k not in world.seated and helps:
            yield power.code


def _power(powers: Sequence[str], index: int) -> str:
    return powers[index] if index >= 0 else ""


def day_end(world: World, before: DayEnd) -> DayEnd:
    """Return the state at the end of a day, with what the actors weighed.

    Args:
        world: the world with a single run.
        before: the state at the end of the day before.
    """
    end = DayEnd.of(world)
    defender = world.sides[1]
    tempted = was_due = False
    options = [*options_of(world, before.stop, before.offers, before.stances)]
    if before.stop != FIGHTING and world.recorder.failed_stops[0] > before.broken:
        side = world.sides[end.breaker]
        chance = float(world.state.chance_of_break[0])
        names = ("break", "keep")
        gain = float(world.state.gains[end.breaker, 0])
        tempted = _tempts(world, before, gain)
        was_due = bool(world.state.age[0] >= world.state.due_age[0])
        options += of_one_chance(world, side.code, CESSATION, names, chance, gain)
    if end.invoked and not before.invoked and not _is_scheduled(world):
        chance = float(world.state.chance_to_call[0])
        names = ("call", "wait")
        options += of_one_chance(world, defender.code, TREATY, names, chance, _of_call(world))
    return replace(end, tempted=tempted, was_due=was_due, options=tuple(options))


def _tempts(world: World, before: DayEnd, gain: float) -> bool:
    """Return whether a gain by breaking the cessation more than doubled the hazard of a breach."""
    where = np.zeros(1, dtype=np.intp)
    signed = before.stop == ENDINGS[Stop.truce]
    net = gain - cost_of_a_breach(world, where) * signed
    rest = np.full(1, before.protection), np.zeros(1), where
    return bool(hazard(world, net, *rest) > 2.0 * hazard(world, np.zeros(1), *rest))


def _of_call(world: World) -> float:
    """Return the defender's utility of calling on its allies, share of the area."""
    state = world.state
    scope = 0.0 if state.scope is None else float(state.scope[0])
    threshold = float(state.p.invocation_threshold[0] * state.stake[0])
    return float(world.sides[1].danger[0]) * scope - threshold


def _is_scheduled(world: World) -> bool:
    """Return whether the scenario itself lets the defender call on its allies today."""
    events = world.state.scenario.events
    return any(event.do == "invoke" and event.day == world.state.day for event in events)
