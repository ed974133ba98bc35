"""Offers, signatures and calls on allies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.actors.state import Stop
from sim.rules import FULL_SUPPORT, TRACE, Array, Index, Mask, brokers, choice, largest, truces
from sim.world import stops

if TYPE_CHECKING:
    from sim.world.model import World


@dataclass(frozen=True)
class Offer:
    """What is laid before both sides in the runs where they met; arrays over these runs.

    Attributes:
        terms: ground the challenger gets, share; 0 for a freeze.
        guarded: how far peacekeepers keep it, 0 to 1.
        chance: how likely each side is to sign, ``(2, met)``.
        holds: how likely it is to last, once signed.
    """

    terms: Array
    guarded: Array
    chance: Array
    holds: Array

    @property
    def promise(self) -> Array:
        """How likely it is that both sign and the truce lasts."""
        return self.chance[0] * self.chance[1] * self.holds

    def signed(self, luck: Array) -> Mask:
        """Return whether each side signs, given its luck: ``(2, met)``."""
        return luck < self.chance

    def unless(self, other: Offer, taken: Mask) -> Offer:
        """Return this offer, or the other one where that is taken."""
        return Offer(
            np.where(taken, other.terms, self.terms),
            np.where(taken, other.guarded, self.guarded),
            np.where(taken, other.chance, self.chance),
            np.where(taken, other.holds, self.holds),
        )


def negotiate(world: World) -> None:
    """Let brokers, or the sides alone, make an offer amid fighting or to seal a lull; what both sign is a truce."""
    state, p, streams = world.state, world.state.p, world.streams
    luck_contact, luck_broker = streams.uniform("contact"), streams.uniform("broker")
    luck = np.stack([streams.uniform(f"{side.code}.sign") for side in world.sides])
    chance = brokers.contact(p.contact_rate, state.alarm, state.all_voices, p.direct_channel)
    in_lull = (state.stop == Stop.lull) & state.begun & ~stops.closed(world)
    met = np.flatnonzero((luck_contact < chance) & (state.fighting | in_lull))
    if met.size:
        broker = _broker(world, met, luck_broker)
        offer = _last_offer(_freeze(world, met), _package(world, met, broker), luck[:, met])
        signed = offer.signed(luck[:, met])
        world.diary.record_offer(met, signed)
        seal(world, met, broker, offer, signed[0] & signed[1])


def _last_offer(freeze: Offer, package: Offer, luck: Array) -> Offer:
    """Return what is laid last: the offer of more promise, and where that is refused the other."""
    promising = package.promise > freeze.promise
    first, second = freeze.unless(package, promising), package.unless(freeze, promising)
    one, other = first.signed(luck)
    return second.unless(first, one & other)


def invoke_treaties(world: World) -> None:
    """Let the defender call on its allies when it fears to lose too much, so far as a treaty covers it."""
    state, defender = world.state, world.sides[1]
    luck = world.streams.uniform(f"{defender.code}.invoke")
    scopes = [power.scope for power in world.powers if power.allied]
    if scopes:
        scope = largest(scopes)
        worth = defender.danger * scope - state.p.invocation_threshold * state.stake
        calls = choice.accepts(worth, state.p.precision / state.stake, luck)
        state.invoked = state.invoked | (calls & state.fighting & (scope > 0))


def _broker(world: World, met: Index, luck: Array) -> Index:
    """Draw who makes the offer by weight of voice: an index of a third party, or -1 for the sides alone."""
    state = world.state
    voices = np.concatenate([state.voice[:, met], state.p.direct_channel[None, met]])
    drawn = choice.draw(voices, luck[met])
    return np.where(drawn == len(world.powers), -1, drawn)


def _freeze(world: World, met: Index) -> Offer:
    nothing = np.zeros_like(world.state.stake[met])
    return _offer(world, met, nothing, nothing)


def _package(world: World, met: Index, broker: Index) -> Offer:
    """Return the offer to cede part of what is left, guarded by the broker's troops; a freeze where it is not open."""
    state = world.state
    terms = state.package_share[met] * state.room[met]
    on_the_table = state.package_open[met] & (terms > TRACE)
    return _offer(world, met, terms * on_the_table, _guard(world, met, broker) * on_the_table)


def _guard(world: World, met: Index, broker: Index) -> Array:
    """Return how far the broker's peacekeepers would keep a package, 0 to 1."""
    guard = np.zeros_like(world.state.stake[met])
    for k, power in enumerate(world.powers):
        guard = np.where(broker == k, power.peacekeeping[met], guard)
    return world.state.m.guarantee[met] * guard


def _offer(world: World, met: Index, terms: Array, guarded: Array) -> Offer:
    """Return an offer with each side's chance to sign it."""
    state, (challenger, defender) = world.state, world.sides
    p, m, stake = state.p, state.m, state.stake[met]
    hazard = stops.hazard(world, stops.gains(world, terms, met), guarded, met)
    holds = truces.chance_to_hold(hazard, m.foresight[met])
    attack = state.log_odds_of_attack(0, defender.belief + state.advantage, False)[met]
    fear = truces.fear_of_next_demand(m.commitment_problem[met], choice.logistic(attack), guarded) * (terms > TRACE)
    gets = (terms, -defender.cession_worth[met] * terms - fear)
    bought = (challenger.pressure[met] - _price_of_refusal(world, met), defender.pressure[met])
    worth = [truces.worth_of_signing(gets[i], side.value[met], holds, bought[i]) for i, side in enumerate(world.sides)]
    return Offer(terms, guarded, choice.logistic(p.precision[met] / stake * np.stack(worth)), holds)


def _price_of_refusal(world: World, met: Index) -> Array:
    """Return what patrons left out of the settlement make a refusal worth to the challenger, share (Stedman 1997).

    Full backing of a close friend is worth ``spoiler`` of what is at stake.
    """
    state = world.state
    backing = state.support[0][:, met] / FULL_SUPPORT * np.maximum(state.ties_to_powers[0][:, met], 0.0)
    backing[list(world.seated)] = 0.0
    return state.m.spoiler[met] * state.stake[met] * backing.sum(axis=0)


def seal(world: World, met: Index, broker: Index, offer: Offer, signed: Mask) -> None:
    """Put signed offers in force: a truce from tomorrow, or a lull that is a truce from now on."""
    state = world.state
    where = np.zeros(state.runs, dtype=bool)
    where[met[signed]] = True
    stops.begin(world, where & state.fighting, Stop.truce, state.day + 1)
    state.stop[where] = Stop.truce
    state.terms[met[signed]] = offer.terms[signed]
    state.guarded[met[signed]] = offer.guarded[signed]
    state.broker[met[signed]] = broker[signed]
    state.due_age[where] = state.age[where] + world.scenario.parameters.cession_day
    world.diary.record_truce(where, state)
