"""How fighting stops, and how it starts again."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import Parts
from sim.engine.rules import TRACE, Array, Index, Mask, ceasefires, choice, positive
from sim.engine.rules.patrons import News
from sim.engine.state import Stop
from sim.scenario import Escalation


def begin(world: Parts, where: Index, kind: int, day: int) -> None:
    """Begin a cessation of fighting in some runs: both sides hold fire.

    Args:
        world: the parts of the world.
        where: positions of the runs.
        kind: see :class:`~sim.engine.state.Stop`.
        day: first day without fighting.
    """
    state = world.state
    state.stop[where] = kind
    state.age[where] = 0
    state.due_age[where] = state.scenario.parameters.cession_day
    state.terms[where] = 0.0
    state.owed[where] = 0.0
    state.protection[where] = 0.0
    state.mediator[where] = -1
    state.guard[where] = -1
    for side in world.sides:
        side.cease(where)
    world.recorder.record_stop(where, day)


def fall_silent(world: Parts) -> None:
    """Begin a lull where neither side fired today."""
    state = world.state
    silent = state.fighting & (state.level == Escalation.hold_fire)
    begin(world, np.flatnonzero(silent), Stop.lull, state.day)


def capitulate(world: Parts) -> None:
    """Let the defender surrender what the challenger aims at, under attack or under its threat.

    A mediator that held talks on the day arranges the surrender.
    """
    state = world.state
    defender = world.sides[1]
    uniforms = world.streams.uniform("capitulate")
    left = state.room
    kept = positive(1.0 - state.held - state.ceded - left)
    utility = ceasefires.utility_of_surrender(
        left, state.m.commitment_problem * kept, defender.prospect_of_resistance()
    )
    state.utility_of_surrender = utility
    yields = choice.accepts(utility, state.p.precision / state.stake, uniforms)
    is_open = state.fighting & (state.level >= Escalation.limited_offensive) & (left > TRACE)
    beaten = np.flatnonzero(yields & is_open)
    state.ceded[beaten] += left[beaten]
    begin(world, beaten, Stop.capitulation, state.day + 1)
    met_today = state.talked[beaten] == state.day
    state.mediator[beaten] = np.where(met_today, state.proposer[beaten], -1)


def gains(world: Parts, terms: Array, due: Array, where: Index) -> tuple[Array, Array]:
    """Return what each side gains by fighting on instead of stopping, share; negative for a loss.

    A breach puts all that the terms gave the challenger in dispute again, handed over or not. It
    spares the defender only what falls due now: what falls due later can still be refused then. A
    defender that keeps what is due expects a full attack.

    Args:
        world: the parts of the world.
        terms: territory that the terms give the challenger, share.
        due: the part of it that is to be handed over today, share.
        where: the runs.
    """
    challenger, defender = world.sides
    of_challenger = challenger.value[where] - terms
    of_defender = defender.value[where]
    is_due = due > TRACE
    if is_due.any():
        resisting = defender.prospect_of_resistance()[where]
        refusing = resisting + defender.cession_worth[where] * due
        of_defender = np.where(is_due, refusing, of_defender)
    return of_challenger, of_defender


def hazard(world: Parts, gap: Array, protection: Array, backed: Array, where: Index) -> Array:
    """Return the hazard of a cessation on its first day, a day.

    Args:
        world: the parts of the world.
        gap: the larger of the two sides' gains by fighting on, share; a negative one counts as 0.
        protection: peacekeeping protection, 0 to 1.
        backed: how strongly its mediator backs it, 0 to 1.
        where: the runs.
    """
    state = world.state
    p = world.state.p
    m = world.state.m
    return ceasefires.first_hazard(
        p.break_rate[where],
        positive(gap),
        state.stake[where],
        p.precision[where],
        m.terms_fit[where],
        protection,
        backed,
    )


def cost_of_a_breach(world: Parts, where: Index) -> Array:
    """Return a side's cost of breaking a ceasefire that it signed, share of the area."""
    return world.state.m.tied_hands[where] * world.state.stake[where]


def over(world: Parts) -> Mask:
    """Return where no outcome can change any more; never before the last dated call on allies."""
    state = world.state
    if any(event.do == "invoke" and event.day >= state.day for event in state.scenario.events):
        return np.zeros(state.runs, dtype=bool)
    is_static = (state.age > state.due_age) & (state.m.structural_balance == 0)
    return ~state.fighting & state.closed & is_static


def break_stops(world: Parts) -> None:
    """Break cessations by their hazard; the side that gains more by fighting strikes first."""
    state = world.state
    uniforms = world.streams.uniform("break")
    where = np.flatnonzero(~state.fighting & ~state.closed)
    # 1. who would gain by fighting, less the cost of breaking a signature
    due = state.owed[where] * (state.age[where] >= state.due_age[where])
    of_challenger, of_defender = gains(world, state.terms[where], due, where)
    state.gains[:, where] = of_challenger, of_defender
    signed = state.stop[where] == Stop.truce
    gap = np.maximum(of_challenger, of_defender) - cost_of_a_breach(world, where) * signed
    # 2. which cessations break, by who backs them
    mediator = state.mediator[where]
    backed = state.backed(mediator, where)
    first_hazard = hazard(world, gap, state.protection[where], backed, where)
    chance = ceasefires.chance_of_break(first_hazard, state.age[where])
    state.chance_of_break[where] = chance
    breaks = np.flatnonzero(uniforms[where] < chance)
    broken = where[breaks]
    # 3. what a break changes
    signed = signed[breaks]
    state.failed[broken] += signed & (mediator[breaks] >= 0)
    state.news[broken[signed]] = News.broken
    state.recess_since[broken[signed]] = state.day
    state.stop[broken] = Stop.none
    challengers = of_challenger[breaks] >= of_defender[breaks]
    world.recorder.record_break(broken, state.begun[broken], challengers)
    state.begun[broken] = True
    # 4. the aggressor opens fire at its best level, at most that of the war so far; the other side
    #    returns fire at its own level of the war, at most that of the aggressor, but without this
    #    limit if the aggressor owes it territory
    for side, strikes in zip(world.sides, (challengers, ~challengers), strict=True):
        where = broken[strikes]
        most = side.war_escalation[where].clip(Escalation.limited_offensive, None)
        best = side.utility[:, where].argmax(axis=0).astype(np.int8)
        level = np.maximum(np.minimum(best, most), Escalation.skirmish).astype(np.int8)
        answer = side.enemy.war_escalation[where].clip(Escalation.skirmish, None)
        owes = (state.owed[where] > TRACE) & (side is world.sides[1])
        answer = np.where(owes, answer, np.minimum(answer, level))
        side.open_fire(where, level)
        side.enemy.open_fire(where, answer)


def age_stops(world: Parts) -> None:
    """Let cessations age by a day; carry out the terms that are due and thank their mediators."""
    state = world.state
    parameters = world.state.scenario.parameters
    # a cessation that was agreed today begins tomorrow, and does not age yet
    quiet = ~state.fighting & (world.recorder.stop_day <= state.day)
    due = np.flatnonzero(quiet & (state.age == state.due_age))
    if due.size:
        # 1. the territory of a package is ceded, up to the challenger's aim
        owed = state.owed[due]
        state.package_open[due] &= owed <= TRACE
        territory = positive(owed - state.concession[due])
        state.ceded[due] += np.minimum(territory, state.room[due])
        state.owed[due] = 0.0
        # 2. both sides' ties to the mediator rise
        thanked = due[state.mediator[due] >= 0]
        thanks = parameters.cession_day * state.m.tie_drift[thanked] / 2.0
        tie = (slice(2), 2 + state.mediator[thanked], thanked)
        state.ties[tie] = np.minimum(state.ties[tie] + thanks, 1.0)
    state.age = state.age + quiet
