"""Offers, signatures and calls on allies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.engine.parts import Parts
from sim.engine.rules import FULL_SUPPORT, TRACE, Array, Index, Mask, brokers, choice, truces
from sim.engine.rules.patrons import News
from sim.engine.state import Stop
from sim.engine.steps import stops

FREEZE, PACKAGE = 0, 1
"""Places of the two offers."""


@dataclass(frozen=True)
class Offers:
    """The freeze and the package that are weighed in the runs where both sides met: arrays ``(offers, met)``.

    Attributes:
        terms: ground the challenger gets, share; 0 for a freeze.
        guarded: how far peacekeepers keep it, 0 to 1.
        chance: how likely each side is to sign, ``(sides, offers, met)``.
        holds: how likely it is to last, once signed.
    """

    terms: Array
    guarded: Array
    chance: Array
    holds: Array

    def last(self, luck: Array) -> Mask:
        """Return where the package is laid last: the offer of more promise, and where that is refused the other.

        Promise is the chance that both sides sign and the truce lasts; a trace of it counts for nothing, as of ground,
        else the order would rest on how small a number there can be. ``luck`` is ``(sides, met)``.
        """
        promise = self.chance[0] * self.chance[1] * self.holds
        package_first = promise[PACKAGE] > promise[FREEZE] + TRACE
        both: Mask = np.all(luck[:, None] < self.chance, axis=0)
        first_signed = np.where(package_first, both[PACKAGE], both[FREEZE])
        return np.where(first_signed, package_first, ~package_first)


def negotiate(world: Parts) -> None:
    """Let brokers, or the sides alone, make an offer amid fighting or to seal a lull; what both sign is a truce."""
    state, p, streams = world.state, world.state.p, world.streams
    luck_contact, luck_broker = streams.uniform("contact"), streams.uniform("broker")
    luck = [streams.uniform(f"{side.code}.sign") for side in world.sides]
    chance = brokers.contact(p.contact_rate, state.alarm, state.all_voices, p.direct_channel)
    in_lull = (state.stop == Stop.lull) & state.begun & ~state.closed
    met = np.flatnonzero((luck_contact < chance) & (state.fighting | in_lull))
    if met.size:
        broker = _broker(world, met, luck_broker[met])
        lucks = np.stack([own[met] for own in luck])
        offers = _offers(world, met, broker)
        package = offers.last(lucks)
        signed = lucks < np.where(package, offers.chance[:, PACKAGE], offers.chance[:, FREEZE])
        world.recorder.record_offer(met, signed)
        sealed = np.flatnonzero(signed[0] & signed[1])
        laid = package[sealed].astype(np.intp)
        seal(world, met[sealed], broker[sealed], offers.terms[laid, sealed], offers.guarded[laid, sealed])


def invoke_treaties(world: Parts) -> None:
    """Let the defender call on its allies when it fears to lose too much, so far as a treaty covers it."""
    state, defender = world.state, world.sides[1]
    luck = world.streams.uniform(f"{defender.code}.invoke")
    if state.scope is not None:
        worth = defender.danger * state.scope - state.p.invocation_threshold * state.stake
        calls = choice.accepts(worth, state.p.precision / state.stake, luck)
        call_allies(world, np.flatnonzero(calls & state.fighting & (state.scope > 0)))


def call_allies(world: Parts, where: Index) -> None:
    """Note that the defender invokes its treaties in these runs; a second invocation is no news."""
    state = world.state
    state.news[where[~state.invoked[where]]] = News.invoked
    state.invoked[where] = True


def _broker(world: Parts, met: Index, luck: Array) -> Index:
    """Draw who makes the offer by weight of voice: an index of a third party, or -1 for the sides alone."""
    state = world.state
    voices = np.concatenate([state.speaks.take(met, axis=1), state.p.direct_channel[None, met]])
    drawn = choice.draw(voices, luck)
    return np.where(drawn == len(world.powers), -1, drawn)


def _offers(world: Parts, met: Index, broker: Index) -> Offers:
    """Return the freeze and the package, with each side's chance to sign.

    A package cedes part of what is left, guarded by the broker's troops; where none is open it is a freeze.
    """
    state, (challenger, defender) = world.state, world.sides
    p, m, stake = state.p, state.m, state.stake[met]
    terms, guarded = np.zeros((2, 2, met.size), dtype=stake.dtype)
    ceded = state.package_share[met] * state.room[met]
    on_the_table = state.package_open[met] & (ceded > TRACE)
    terms[PACKAGE] = ceded * on_the_table
    guarded[PACKAGE] = m.guarantee[met] * state.peacekeeping[broker, met] * on_the_table
    gains = stops.gains(world, terms, met)
    breach = stops.cost_of_a_breach(world, met)
    gap = np.maximum(*gains) - breach
    hazard = stops.hazard(world, gap, guarded, state.backed[broker, met], met)
    holds = truces.chance_to_hold(hazard, m.foresight[met])
    attack = state.log_odds_of_attack(0, defender.belief + state.advantage)[met]
    fear = truces.fear_of_next_demand(m.commitment_problem[met], choice.logistic(attack), guarded) * (terms > TRACE)
    gets = (terms, -defender.cession_worth[met] * terms - fear)
    bought = (challenger.pressure[met] - _price_of_refusal(world, met), defender.pressure[met])
    worth = [
        truces.worth_of_signing(gets[i], side.value[met], holds, bought[i], breach * (gains[i] > 0))
        for i, side in enumerate(world.sides)
    ]
    return Offers(terms, guarded, choice.logistic(p.precision[met] / stake * np.stack(worth)), holds)


def _price_of_refusal(world: Parts, met: Index) -> Array:
    """Return what patrons left out of the settlement make a refusal worth to the challenger, share (Stedman 1997).

    Full backing of a close friend is worth ``spoiler`` of what is at stake.
    """
    state = world.state
    backing = np.zeros_like(state.stake)
    for power in world.powers:
        if power.supports and power.index not in world.seated:
            backing += state.support[0, power.index] / FULL_SUPPORT * state.closeness[0, power.index]
    return state.m.spoiler[met] * state.stake[met] * backing[met]


def seal(world: Parts, where: Index, broker: Index, terms: Array, guarded: Array) -> None:
    """Put signed offers in force in the runs with these positions: a truce from tomorrow, or a lull's from now on."""
    state = world.state
    stops.begin(world, where[state.fighting[where]], Stop.truce, state.day + 1)
    state.stop[where] = Stop.truce
    state.terms[where], state.guarded[where], state.broker[where] = terms, guarded, broker
    state.due_age[where] = state.age[where] + state.scenario.parameters.cession_day
    state.news[where] = News.signed
    world.recorder.record_truce(where[broker >= 0], state.day + 1)
