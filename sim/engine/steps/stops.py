"""How the guns fall silent, and how they start again."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import Parts
from sim.engine.rules import TRACE, Array, Index, Mask, choice, positive, truces
from sim.engine.rules.patrons import News
from sim.engine.state import Stop
from sim.scenario import Rung

Where = Mask | Index | slice
ALL = slice(None)


def begin(world: Parts, where: Index, kind: int, day: int) -> None:
    """Begin a stop of a kind on a day in the runs with these positions: both sides hold fire."""
    state = world.state
    state.stop[where], state.age[where] = kind, 0
    state.due_age[where] = state.scenario.parameters.cession_day
    state.terms[where], state.guarded[where] = 0.0, 0.0
    state.broker[where] = -1
    for side in world.sides:
        side.cease(where)
    world.recorder.record_stop(where, day)


def fall_silent(world: Parts) -> None:
    """Begin a lull where neither side fired today."""
    state = world.state
    silent = state.fighting & (state.level == Rung.hold_fire)
    begin(world, np.flatnonzero(silent), Stop.lull, state.day)


def capitulate(world: Parts) -> None:
    """Let the defender yield when it expects to lose all that is left: ``danger - left - commitment problem``."""
    state, defender = world.state, world.sides[1]
    luck = world.streams.uniform("capitulate")
    left = state.room
    worth = defender.danger - left - state.m.commitment_problem
    yields = choice.accepts(worth, state.p.precision / state.stake, luck)
    beaten = np.flatnonzero(yields & state.fighting & (state.level >= Rung.limited_offensive) & (left > TRACE))
    state.ceded[beaten] += left[beaten]
    begin(world, beaten, Stop.capitulation, state.day + 1)


def gains(world: Parts, terms: Array, where: Where = ALL) -> tuple[Array, Array]:
    """Return what each side would gain by fighting on instead of a stop with these terms, below 0 a loss; share."""
    challenger, defender = world.sides
    return challenger.value[where] - terms, defender.value[where] + defender.cession_worth[where] * terms


def hazard(world: Parts, gap: Array, guarded: Array, backed: Array, where: Where = ALL) -> Array:
    """Return the hazard of a stop on its first day, a day, given the larger gain by fighting on, at least 0."""
    state, p, m = world.state, world.state.p, world.state.m
    return truces.first_hazard(
        p.break_rate[where], positive(gap), state.stake[where], p.precision[where], m.terms_fit[where], guarded, backed
    )


def cost_of_a_breach(world: Parts, where: Where = ALL) -> Array:
    """Return what it costs a side to break a truce that it has signed, share of the area."""
    return world.state.m.tied_hands[where] * world.state.stake[where]


def closed(world: Parts) -> Mask:
    """Return where a stop has closed the crisis: a capitulation, or one that has held long enough.

    The quiet before a crisis has begun is no stop, and never closes it.
    """
    state = world.state
    held: Mask = state.begun & (state.age >= state.scenario.parameters.closure_days)
    return held | (state.stop == Stop.capitulation)


def over(world: Parts) -> Mask:
    """Return where nothing can change any more but the days: not before the last dated call on allies."""
    state = world.state
    if any(event.do == "invoke" and event.day >= state.day for event in state.scenario.events):
        return np.zeros(state.runs, dtype=bool)
    return ~state.fighting & state.closed & (state.age > state.due_age) & (state.m.structural_balance == 0)


def break_stops(world: Parts) -> None:
    """Break stops by their hazard; whoever gains more by it, or loses less, strikes first."""
    state = world.state
    luck = world.streams.uniform("break")
    own, other = gains(world, state.terms)
    signed = state.stop == Stop.truce
    gap = np.maximum(own, other) - cost_of_a_breach(world) * signed
    backed = np.take_along_axis(state.backed, state.broker[None].astype(np.intp), axis=0)[0]  # the last is no broker's
    chance = truces.chance_of_break(hazard(world, gap, state.guarded, backed), state.age)
    broken = np.flatnonzero(~state.fighting & ~state.closed & (luck < chance))
    state.failed[broken] += signed[broken] & (state.broker[broken] >= 0)
    state.news[broken[signed[broken]]] = News.broken
    state.stop[broken] = Stop.none
    world.recorder.record_break(broken, state.begun[broken])
    state.begun[broken] = True
    challengers = own[broken] >= other[broken]
    for side, strikes in zip(world.sides, (challengers, ~challengers), strict=True):
        best = side.worth[:, broken].argmax(axis=0)
        side.open_fire(broken, best.clip(Rung.skirmish, Rung.limited_offensive) * strikes)


def age_stops(world: Parts) -> None:
    """Let stops grow older; when due, terms are carried out and the broker of a living truce is thanked."""
    state, parameters = world.state, world.state.scenario.parameters
    quiet = ~state.fighting & (world.recorder.stop_day <= state.day)
    due = np.flatnonzero(quiet & (state.age == state.due_age))
    if due.size:
        terms = state.terms[due]
        state.package_open[due] &= terms <= TRACE
        state.ceded[due] += np.minimum(terms, state.room[due])
        state.terms[due] = 0.0
        thanked = due[state.broker[due] >= 0]
        thanks = parameters.cession_day * state.m.tie_drift[thanked] / 2.0
        tie = (slice(2), 2 + state.broker[thanked], thanked)
        state.ties[tie] = np.minimum(state.ties[tie] + thanks, 1.0)
    state.age = state.age + quiet
