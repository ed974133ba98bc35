"""Outside powers: each stands aside, brokers, leans or fights, and reviews its line every few days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.actors.runs import PerRun
from sim.actors.state import State
from sim.rng import Streams, stable_hash
from sim.rules import Array, Index, brokers, choice, patrons, total
from sim.scenario import LINES

if TYPE_CHECKING:
    from sim.world import World

NEITHER = -1
LEANS = tuple(0 if "challenger" in line else 1 if "defender" in line else NEITHER for line in LINES)
"""Side each line favours: 0 challenger, 1 defender, or neither."""
MEDIATES = tuple("mediate" in line for line in LINES)
BROKERING = np.array(MEDIATES)[:, None]
ASIDE = np.array([line == "aside" for line in LINES])[:, None]
FORCE = tuple(line.startswith("force") for line in LINES)
FORCE_BONUS = 1.5
"""Levels of support that armed force adds to a power's other support."""


class ThirdParty(PerRun, mesa.Agent):  # type: ignore[misc]
    """An outside power, in all runs at once.

    Summary of rule: at a review it weighs the ambition to broker, a protege's danger, the other partner, a rival's
    support and a treaty that was invoked, and takes one of eight lines by logit response. Between reviews it keeps its
    line.

    Attributes (arrays of shape ``(runs,)``):
        line: line of conduct, an index into the eight.
        authority: authority left to it as a broker, 0 to 1.
    """

    def __init__(self, world: World, index: int) -> None:
        super().__init__(world)
        self.state: State = world.state
        self.streams: Streams = world.streams
        self.index = index
        self.code = self.state.powers[index]
        self._read_stance()
        self._read_treaties()
        self.weights = self._weights()
        self.line = np.zeros(self.state.runs, dtype=np.int64)
        self.next_line = self.line
        self.authority, self.access = np.ones_like(self.cap), np.ones_like(self.cap)
        self.believed = self._foresee()

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
        self.scope = np.ones_like(self.cap) if covered else state.m.treaty_stretch

    def _weights(self) -> Array:
        """Return the default weights of the lines open to this actor: shape ``(lines, runs)``."""
        stated = self.state.scenario.parameters.line_weights
        weight = {"aside": stated.aside, "mediate": stated.mediate, "force": stated.force}
        rows = []
        for line, leans, mediates in zip(LINES, LEANS, MEDIATES, strict=True):
            closed = (leans >= 0 and not self.supports) or (mediates and not self.brokers)
            named = weight.get(line.split("_")[0], stated.lean_mediate if mediates else stated.lean)
            rows.append(np.zeros_like(self.cap) if closed else self.state.values(named))
        return np.stack(rows)

    def _open_weights(self) -> Array:
        """Return the weights of today: nobody brokers without access, and who can do nothing else stands aside."""
        weights = self.weights
        if self.brokers and not self.access.all():
            weights = np.where(BROKERING, weights * (self.access > 0), weights)
        idle = total(weights) == 0
        if idle.any():
            weights = np.where(idle & ASIDE, 1.0, weights)
        return weights

    def perceive(self) -> None:
        """Read yesterday's state: what authority and access it has as a broker."""
        state = self.state
        if not self.brokers:
            return
        own = state.support[0, self.index] + state.support[1, self.index]
        self.authority = brokers.authority(state.m.authority_loss, self.sphere, state.all_support - own)
        received = state.ties_to_powers[:, self.index]
        self.access = np.maximum(np.minimum(received[0], received[1]), 0.0)

    def decide(self) -> None:
        """Keep the line, follow a policy or an event, or review."""
        forced = self.model.forced_line(self.code)
        held = self.held_to if forced is None else forced
        due = (self.state.day + stable_hash(self.code)) % self.state.scenario.parameters.review_days == 0
        luck = self.streams.uniform(f"{self.code}.line") if due else None  # spent whether it is needed or not
        if held is not None:
            self.next_line = np.full(self.state.runs, held)
        elif luck is not None:
            self.next_line = choice.choose(self._utility(), self.state.p.patron_precision, self._open_weights(), luck)

    def act(self) -> None:
        """Turn the line into support and into a voice among the brokers."""
        state, k = self.state, self.index
        if self.next_line is not self.line:
            self.line = self.next_line
            leans, force = np.array(LEANS)[self.line], np.array(FORCE)[self.line]
            state.mediates[k] = np.array(MEDIATES)[self.line]
            for side in (0, 1):
                state.force[side, k] = force & (leans == side)
                state.support[side, k] = (leans == side) * (self.cap + FORCE_BONUS * force)
        state.heard[k] = state.mediates[k] * self.engagement * self.authority
        state.voice[k] = brokers.voice(state.heard[k], self.broker_value, self.access)

    def keep(self, runs: Index) -> None:
        """Keep these runs only; the line that is in force stays so."""
        in_force = self.next_line is self.line
        super().keep(runs)
        if in_force:
            self.next_line = self.line

    def _utility(self) -> Array:
        """Return the worth of each line: shape ``(lines, runs)``."""
        state = self.state
        regard = [self._regard(side) for side in (0, 1)]
        danger = [self._danger(side) for side in (0, 1)]
        lean = [self._leaning(side, regard, danger) for side in (0, 1)]
        brokering = self._brokering(regard) if self.brokers else None
        worth = np.zeros_like(self.weights)
        for number, (leans, mediates, force) in enumerate(zip(LEANS, MEDIATES, FORCE, strict=True)):
            if leans >= 0 and self.supports:
                worth[number] += (self.cap + FORCE_BONUS * force) * lean[leans] - force * state.p.force_cost
            if mediates and brokering is not None:
                worth[number] += brokering[leans - NEITHER]
            if self.allied:
                given = 1.0 if leans == 1 else 0.5 if mediates and leans < 0 else 0.0
                owed = patrons.duty_owed(state.m.treaty_duty, danger[1], self.scope, given)
                worth[number] -= np.where(state.invoked, owed, 0.0)
        return worth

    def _regard(self, side: int) -> Array:
        """Return the regard for a side, less where the side stands near this actor's rivals."""
        state = self.state
        courts = state.of_rivals(self.index, np.maximum(state.ties_to_powers[side], 0.0))
        tie = state.ties[2 + self.index, side]
        return patrons.regard(tie, state.m.displacement, self.sphere, np.minimum(courts, 1.0))

    def _danger(self, side: int) -> Array:
        """Return the threat to a side from the enemy's attack in open country."""
        state = self.state
        log_odds = state.log_odds_of_attack(1 - side, state.balance + state.advantage, False)
        return patrons.threat(state.alarm, choice.logistic(log_odds))

    def _leaning(self, side: int, regard: list[Array], danger: list[Array]) -> Array:
        state, other = self.state, 1 - side
        return patrons.worth_of_leaning(
            state.p.protege_value,
            regard[side],
            danger[side],
            state.p.partner_cost,
            regard[other],
            state.m.contest,
            rivals=state.of_rivals(self.index, state.support[other]),
            engagement=self.engagement,
            restraint=self.restraint,
        )

    def _brokering(self, regard: list[Array]) -> Array:
        """Return the worth of brokering without a lean, leaning to the challenger, and to the defender: (3, runs)."""
        state = self.state
        if state.m.structural_balance.any():  # otherwise its own ties stay as they are
            self.believed = self._foresee()
        seated = sum(state.hostility[self.index, k] for k in self.model.seated)
        return patrons.worth_of_brokering(
            state.p.broker_ambition,
            self.broker_value,
            self.engagement,
            state.alarm,
            np.maximum(np.minimum(regard[0], regard[1]), 0.0),
            self.authority,
            self.believed,
            np.minimum(seated, 1.0),
        )

    def _foresee(self) -> Array:
        """Return its mean credibility with the two sides, foreseeing what siding does to it: as :meth:`_brokering`."""
        state, own = self.state, 2 + self.index
        rows = []
        for leans in (NEITHER, 0, 1):
            given = [self.cap * (leans == side) for side in (0, 1)]
            towards = brokers.bias(state.ties[own, 0], state.ties[own, 1], given[0], given[1])
            believed = [brokers.credibility(state.credibility, sign * towards) for sign in (1.0, -1.0)]
            rows.append((believed[0] + believed[1]) / 2.0)
        return np.stack(rows)
