"""Proposals, signatures and calls on allies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.engine.parts import Parts
from sim.engine.rules import (
    FULL_SUPPORT,
    TRACE,
    Array,
    Index,
    Mask,
    ceasefires,
    choice,
    mediators,
    positive,
)
from sim.engine.rules.patrons import News
from sim.engine.state import Stop
from sim.engine.steps import stops

FREEZE = 0
PACKAGE = 1
"""Positions of the two proposals."""


@dataclass(frozen=True)
class Offers:
    """The freeze and the package where the sides met: arrays of shape ``(proposals, met)``.

    Attributes:
        terms: territory that the challenger gets, share; 0 for a freeze.
        protection: peacekeeping protection, 0 to 1.
        chance: probability that each side signs, ``(sides, proposals, met)``.
        holds: probability that the ceasefire lasts, once signed.
        guard: index of the third party whose peacekeepers protect the package, -1 for none,
            ``(met,)``.
    """

    terms: Array
    protection: Array
    chance: Array
    holds: Array
    guard: Index

    def last(self, uniforms: Array) -> Mask:
        """Return where the last proposal on the table is the package: shape ``(met,)``.

        The mediator first makes the proposal with the higher expected value: the probability that
        both sides sign, times the probability that it holds. If a side refuses, it makes the other
        one. Differences of less than ``TRACE`` do not count, so that the order never depends on
        rounding.

        Args:
            uniforms: random numbers in [0, 1) of both sides, ``(sides, met)``.
        """
        # 1. which proposal comes first
        promise = self.chance[0] * self.chance[1] * self.holds
        package_first = promise[PACKAGE] > promise[FREEZE] + TRACE
        # 2. whether both sides sign it
        both: Mask = np.all(uniforms[:, None] < self.chance, axis=0)
        first_signed = np.where(package_first, both[PACKAGE], both[FREEZE])
        return np.where(first_signed, package_first, ~package_first)


def negotiate(world: Parts) -> None:
    """Let a mediator, or the sides alone, make proposals during fighting or a lull.

    If both sides sign, a ceasefire begins.
    """
    state = world.state
    p = world.state.p
    streams = world.streams
    # 1. random numbers of the day
    uniforms_contact = streams.uniform("contact")
    # the names of streams are fixed: another name would draw other random numbers
    uniforms_mediator = streams.uniform("broker")
    uniforms_sign = [streams.uniform(f"{side.code}.sign") for side in world.sides]
    # 2. where the sides meet
    since = (state.day - state.recess_since).astype(state.attention.dtype)
    ready_to_talk = mediators.readiness(state.m.recess, since)
    direct = mediators.direct_contact(p.direct_channel, state.ties[0, 1], state.ties[1, 0])
    chance = mediators.contact(
        p.contact_rate, state.attention, state.all_voices, direct, ready_to_talk
    )
    in_lull = (state.stop == Stop.lull) & state.begun & ~state.closed
    met = np.flatnonzero((uniforms_contact < chance) & (state.fighting | in_lull))
    if met.size:
        state.talked[met] = state.recess_since[met] = state.day
        # 3. who mediates, and what is proposed
        mediator = _mediator(world, met, direct, uniforms_mediator[met])
        state.proposer[met] = mediator
        uniforms = np.stack([of_side[met] for of_side in uniforms_sign])
        offers = _offers(world, met, mediator)
        package = offers.last(uniforms)
        # 4. who signs
        ready = uniforms[:, None] < offers.chance
        signed = np.where(package, ready[:, PACKAGE], ready[:, FREEZE])
        world.recorder.record_offer(met, signed, ready, offers.terms[PACKAGE], offers.chance)
        # 5. signatures of both sides take effect
        sealed = np.flatnonzero(signed[0] & signed[1])
        proposal = package[sealed].astype(np.intp)
        terms = offers.terms[proposal, sealed]
        protection = offers.protection[proposal, sealed]
        seal(world, met[sealed], mediator[sealed], terms, protection)
        state.guard[met[sealed]] = np.where(protection > 0, offers.guard[sealed], -1)


def invoke_treaties(world: Parts) -> None:
    """Let the defender invoke its treaties when it fears heavy losses.

    The utility of a call is ``danger scope - invocation_threshold stake``, in shares of the area.
    Like a change of stance, a call takes news and overcomes inertia.
    """
    state = world.state
    defender = world.sides[1]
    uniforms = world.streams.uniform(f"{defender.code}.invoke")
    if state.scope is not None:
        has_news = (state.prompt >= News.fighting) & (state.prompt <= News.broken)
        where = np.flatnonzero(has_news & state.fighting & (state.scope > 0))
        stake = state.stake[where]
        threshold = state.p.invocation_threshold[where] * stake
        utility = defender.danger[where] * state.scope[where] - threshold
        score = utility * state.p.precision[where] / stake - state.p.inertia[where]
        chance = choice.logistic(score)
        state.chance_to_call[where] = chance
        call_allies(world, where[uniforms[where] < chance])


def call_allies(world: Parts, where: Index) -> None:
    """Record that the defender invokes its treaties in these runs; a second call is not news."""
    state = world.state
    state.news[where[~state.invoked[where]]] = News.invoked
    state.invoked[where] = True


def _mediator(world: Parts, met: Index, direct: Array, uniforms: Array) -> Index:
    """Draw who makes the proposals, by voice: index of a third party, or -1 for the sides alone."""
    state = world.state
    voices = np.concatenate([state.speaks.take(met, axis=1), direct[None, met]])
    drawn = choice.draw(voices, uniforms)
    return np.where(drawn == len(world.powers), -1, drawn)


def _offers(world: Parts, met: Index, mediator: Index) -> Offers:
    """Return the freeze and the package, with the probability that each side signs.

    A package cedes a part of the remaining territory, protected by peacekeepers, and grants what
    can be granted besides. Without an open package, both proposals are a freeze.

    Args:
        world: the parts of the world.
        met: positions of the runs where the sides met.
        mediator: index of the mediator in each of them, -1 for none, ``(met,)``.
    """
    state = world.state
    challenger, defender = world.sides
    p = state.p
    m = state.m
    stake = state.stake[met]
    # 1. terms and peacekeepers of each proposal
    terms, protection = np.zeros((2, 2, met.size), dtype=stake.dtype)
    ceded = state.package_share[met] * state.room[met]
    granted = ceded + state.concession[met]
    is_available = state.package_open[met] & (granted > TRACE)
    terms[PACKAGE] = granted * is_available
    cedes_territory = is_available & (ceded > TRACE)
    guard, peacekeeping = _guard(world, met, mediator)
    protection[PACKAGE] = m.guarantee[met] * peacekeeping * is_available
    # 2. how likely each is to hold
    gains = stops.gains(world, terms, np.zeros_like(terms), met)
    breach = stops.cost_of_a_breach(world, met)
    gap = np.maximum(*gains) - breach
    hazard = stops.hazard(world, gap, protection, state.backed(mediator, met), met)
    holds = ceasefires.chance_to_hold(hazard, m.foresight[met])
    # 3. what each side gets; the defender also fears the next demand after a cession
    attack = state.log_odds_of_attack(0, defender.belief + state.advantage)[met]
    success = choice.logistic(attack)
    fear = ceasefires.fear_of_next_demand(m.commitment_problem[met], success, protection)
    fear *= np.stack([np.zeros_like(cedes_territory), cedes_territory])
    gets = (terms, -fear)
    cedes = (0.0, defender.cession_worth[met] * terms)
    # 4. what mediators and patrons add
    presses = mediator >= 0  # nobody presses the sides in talks of their own
    incentives = (
        challenger.pressure[met] * presses - _price_of_refusal(world, met),
        defender.pressure[met] * presses,
    )
    # 5. utility of signing, and the probability that follows
    utility = []
    for i, side in enumerate(world.sides):
        word = breach * (gains[i] > 0)
        fighting = side.value[met]
        utility.append(
            ceasefires.utility_of_signing(gets[i], cedes[i], fighting, holds, incentives[i], word)
        )
    chance = ceasefires.chance_of_signature(p.precision[met] / stake * np.stack(utility))
    return Offers(terms, protection, chance, holds, guard)


def _guard(world: Parts, met: Index, mediator: Index) -> tuple[Index, Array]:
    """Return who would send the peacekeepers, and how well they protect a package, 0 to 1.

    It is the mediating third party that can send the best, whoever makes the proposal. The sides
    alone have none.
    """
    state = world.state
    peacekeeping = state.peacekeeping[:, met]
    peacekeeping[:-1] *= state.mediates[:, met]
    best = peacekeeping.argmax(axis=0)
    guard = np.where(mediator >= 0, best, -1)
    return guard, np.take_along_axis(peacekeeping, guard[None], axis=0)[0]


def _price_of_refusal(world: Parts, met: Index) -> Array:
    """Return the challenger's gain by refusing a settlement that leaves its patrons out, share.

    The full support of a close friend is worth ``spoiler`` of the stake. Source: spoilers (Stedman
    1997).
    """
    state = world.state
    backing = np.zeros(met.size, dtype=state.stake.dtype)
    for power in world.powers:
        if power.supports and power.index not in world.seated:
            support = state.support[0, power.index, met] / FULL_SUPPORT
            backing += support * positive(state.ties_to_powers[0, power.index, met])
    return state.m.spoiler[met] * state.stake[met] * backing


def seal(world: Parts, where: Index, mediator: Index, terms: Array, protection: Array) -> None:
    """Put signed proposals into force.

    Fighting ends with a ceasefire from tomorrow. A lull becomes a ceasefire at once and keeps its
    age.

    Args:
        world: the parts of the world.
        where: positions of the runs.
        mediator: index of the mediator, -1 for none, shape of ``where``.
        terms: territory that the challenger gets, share, shape of ``where``.
        protection: peacekeeping protection, 0 to 1, shape of ``where``.
    """
    state = world.state
    stops.begin(world, where[state.fighting[where]], Stop.truce, state.day + 1)
    state.stop[where] = Stop.truce
    state.terms[where] = terms
    state.owed[where] = terms
    state.protection[where] = protection
    state.mediator[where] = mediator
    state.due_age[where] = state.age[where] + state.scenario.parameters.cession_day
    state.news[where] = News.signed
    world.recorder.record_ceasefire(where[mediator >= 0], state.day + 1)
