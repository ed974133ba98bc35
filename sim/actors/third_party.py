"""Outside powers: each stands aside, brokers, leans or fights, and reviews its line every few days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.actors.state import State
from sim.rng import Streams, stable_hash
from sim.rules import Array, brokers, choice, patrons
from sim.rules.choice import logistic
from sim.scenario import LINES

if TYPE_CHECKING:
    from sim.world import World

LEANS = np.array([0 if "challenger" in line else 1 if "defender" in line else -1 for line in LINES])
"""Side each line favours: 0 challenger, 1 defender, -1 neither."""
MEDIATES = np.array(["mediate" in line for line in LINES])
FORCE = np.array([line.startswith("force") for line in LINES])
FORCE_BONUS = 1.5
"""Levels of support that armed force adds to a power's other support."""


class ThirdParty(mesa.Agent):  # type: ignore[misc]
    """An outside power, in all runs at once.

    Summary of rule: at a review it weighs the ambition to broker, a protege's danger, the other partner, a rival's
    support and a treaty that was invoked, and takes one of eight lines by logit response. Between reviews it keeps its
    line.
    """

    def __init__(self, world: World, index: int) -> None:
        super().__init__(world)
        self.state: State = world.state
        self.streams: Streams = world.streams
        self.index = index
        self.code = self.state.third[index]
        self._read_stance()
        self._read_treaties()
        self.weights = self._weights()
        self.next_line = self.state.line[index]

    def _read_stance(self) -> None:
        state = self.state
        stated, values = state.scenario.actors[self.code], state.values
        self.broker_value = values(stated.broker_value)
        self.engagement = values(stated.engagement, absent=1.0)
        self.cap = values(stated.support)
        self.sphere = values(stated.sphere)
        self.restraint = values(stated.restraint)
        self.peacekeeping = values(stated.peacekeeping)
        self.brokers = stated.broker_value is not None
        self.supports = stated.support is not None
        self.held_to = LINES.index(state.scenario.policies[self.code]) if self.code in state.scenario.policies else None

    def _read_treaties(self) -> None:
        """Note how far a treaty with the defender covers this theatre: 1 by its letter, less by stretching it."""
        state = self.state
        defender, theatre = state.codes[1], state.scenario.conflict.theatre
        own = [treaty for treaty in state.scenario.actors[self.code].treaties if treaty.partner == defender]
        self.allied = bool(own)
        covered = any(theatre in treaty.covers for treaty in own)
        self.scope = np.ones(state.runs) if covered else state.m.treaty_stretch

    def _weights(self) -> Array:
        """Return the default weights of the lines open to this actor: shape ``(lines, 1)``."""
        stated = self.state.scenario.parameters.line_weights
        weight = {"aside": stated.aside, "mediate": stated.mediate, "force": stated.force}
        rows = []
        for line, leans, mediates in zip(LINES, LEANS >= 0, MEDIATES, strict=True):
            closed = (leans and not self.supports) or (mediates and not self.brokers)
            named = weight.get(line.split("_")[0], stated.lean_mediate if mediates else stated.lean)
            rows.append(np.zeros(self.state.runs) if closed else self.state.values(named))
        return np.stack(rows)

    @property
    def active(self) -> bool:
        """Whether it has any line but standing aside."""
        return self.brokers or self.supports

    def perceive(self) -> None:
        """Read yesterday's state: what authority others' support leaves, and whether a review is due."""
        state = self.state
        others = state.support.sum(axis=(0, 1)) - state.support[:, self.index].sum(axis=0)
        self.authority = brokers.authority(state.m.authority_loss, self.sphere, others)
        self.due = (self.state.day + stable_hash(self.code)) % self.state.scenario.parameters.review_days == 0

    def decide(self) -> None:
        """Keep the line, follow a policy or an event, or review."""
        state = self.state
        forced = self.model.forced_line(self.code)
        held = self.held_to if forced is None else forced
        self.next_line = state.line[self.index]
        if held is not None:
            self.next_line = np.full(state.runs, held)
        elif self.active and self.due:
            luck = self.streams.uniform(f"{self.code}.line")
            self.next_line = choice.choose(self._utility(), state.p.patron_precision, self.weights, luck)

    def act(self) -> None:
        """Turn the line into support and into a voice among the brokers."""
        state, line = self.state, self.next_line
        state.line[self.index] = line
        given = self.cap + FORCE_BONUS * FORCE[line]
        for side in (0, 1):
            state.support[side, self.index] = np.where(LEANS[line] == side, given, 0.0)
        mediates = MEDIATES[line].astype(np.float64)
        state.heard[self.index] = mediates * self.engagement * self.authority
        access = np.maximum(state.ties[:2, 2 + self.index].min(axis=0), 0.0)
        state.voice[self.index] = brokers.voice(mediates, self.broker_value, self.engagement, self.authority, access)

    def _utility(self) -> Array:
        """Return the worth of each line: shape ``(lines, runs)``."""
        state = self.state
        regard = [self._regard(side) for side in (0, 1)]
        danger = [self._danger(side) for side in (0, 1)]
        lean = [self._leaning(side, regard, danger) for side in (0, 1)]
        worth = np.zeros((len(LINES), state.runs))
        for number, (leans, mediates, force) in enumerate(zip(LEANS, MEDIATES, FORCE, strict=True)):
            if leans >= 0 and self.supports:
                worth[number] += (self.cap + FORCE_BONUS * force) * lean[leans] - force * state.p.force_cost
            if mediates and self.brokers:
                worth[number] += self._brokering(leans, regard)
            if self.allied:
                given = 1.0 if leans == 1 else 0.5 if mediates and leans < 0 else 0.0
                owed = patrons.duty_owed(state.m.treaty_duty, danger[1], self.scope, given)
                worth[number] -= np.where(state.invoked, owed, 0.0)
        return worth

    def _regard(self, side: int) -> Array:
        """Return the regard for a side, less where the side stands near this actor's rivals."""
        state = self.state
        courts = (self._hostility * np.maximum(state.ties[side, 2:], 0.0)).sum(axis=0)
        return patrons.regard(state.ties[2 + self.index, side], state.m.displacement, np.minimum(courts, 1.0))

    def _danger(self, side: int) -> Array:
        """Return the threat to a side from the enemy's attack in open country."""
        state = self.state
        advantage = state.balance + state.advantage_by_support
        return patrons.threat(state.alarm, logistic(state.log_odds_of_attack(1 - side, advantage, 0.0)))

    def _leaning(self, side: int, regard: list[Array], danger: list[Array]) -> Array:
        state, other = self.state, 1 - side
        rivals = (self._hostility * state.support[other]).sum(axis=0)
        return patrons.worth_of_leaning(
            state.p.protege_value,
            regard[side],
            danger[side],
            state.p.partner_cost,
            regard[other],
            state.m.contest,
            rivals,
            self.restraint,
        )

    def _brokering(self, leans: int, regard: list[Array]) -> Array:
        """Return the worth of brokering along a line, foreseeing what siding does to one's own credibility."""
        state = self.state
        own, ties = 2 + self.index, state.ties
        given = [self.cap if leans == side else np.zeros(state.runs) for side in (0, 1)]
        towards = brokers.bias(ties[own, 0], ties[own, 1], given[0], given[1])
        believed = [brokers.credibility(state.credibility, sign * towards) for sign in (1.0, -1.0)]
        seated = (self._hostility * self.model.seats[:, None]).sum(axis=0)
        return patrons.worth_of_brokering(
            state.p.broker_ambition,
            self.broker_value,
            self.engagement,
            state.alarm,
            np.minimum(regard[0], regard[1]),
            self.authority,
            (believed[0] + believed[1]) / 2.0,
            np.minimum(seated, 1.0),
        )

    @property
    def _hostility(self) -> Array:
        """Hostility of this actor to each third party, 0 to 1: shape ``(K, runs)``."""
        return np.maximum(-self.state.ties[2 + self.index, 2:], 0.0)
