"""Outside powers: each stands aside, brokers, leans or fights, and reviews its line every few days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.engine.per_run import PerRun
from sim.engine.rules import Array, Index, choice, patrons, positive
from sim.engine.state import State
from sim.engine.streams import Streams, stable_hash
from sim.scenario import LINES

if TYPE_CHECKING:
    from sim.engine.world import World

NEITHER = -1
LEANS = tuple(0 if "challenger" in line else 1 if "defender" in line else NEITHER for line in LINES)
"""Side each line favours: 0 challenger, 1 defender, or neither."""
MEDIATES = tuple("mediate" in line for line in LINES)
FORCE = tuple(line.startswith("force") for line in LINES)
FORCE_BONUS = 1.5
"""Levels of support that armed force adds to a power's other support."""


class ThirdParty(PerRun, mesa.Agent):  # type: ignore[misc]
    """An outside power, in all runs at once.

    Summary of rule: at a review it weighs the ambition to broker, a protege's danger, the other partner, a rival's
    support and a treaty that was invoked, and takes one of eight lines by logit response. Between reviews it keeps its
    line.

    What all powers have alike the state holds stacked, and works out for all at once; a power reads its own rows.

    Attributes (arrays of shape ``(runs,)``):
        line: line of conduct, an index into the eight.
        cap: levels of support it can give.
        authority: authority left to it as a broker, 0 to 1.
        access: the weaker of the two sides' ties to it, if positive.
    """

    def __init__(self, world: World, index: int) -> None:
        super().__init__(world)
        self.state: State = world.state
        self.streams: Streams = world.streams
        self.index = index
        self.code = self.state.powers[index]
        self._read_stance()
        self._read_treaties()
        self.open = tuple(line for line in range(len(LINES)) if self._is_open(line))
        self.weights = self._weights()
        self.line = np.zeros(self.state.runs, dtype=np.int8)
        self.next_line = self.line
        self.believed = self._foresee()

    def _read_stance(self) -> None:
        state = self.state
        stated, values = state.scenario.actors[self.code], state.values
        self.cap = values(stated.support)
        self.restraint = values(stated.restraint)
        self.brokers = stated.broker_value is not None
        self.supports = stated.support is not None
        self.supplies = bool(stated.supplies)
        self.held_to = LINES.index(state.scenario.policies[self.code]) if self.code in state.scenario.policies else None

    def _read_treaties(self) -> None:
        """Note how far a treaty with the defender covers this theatre: 1 by its letter, less by stretching it."""
        state = self.state
        defender, theatre = state.codes[1], state.scenario.conflict.theatre
        own = [treaty for treaty in state.scenario.actors[self.code].treaties if treaty.partner == defender]
        self.allied = bool(own)
        covered = any(theatre in treaty.covers for treaty in own)
        self.scope = np.ones_like(self.cap) if covered else state.m.treaty_stretch

    def _is_open(self, line: int) -> bool:
        """Return whether a line is open to this actor: who never supports, or never brokers, has fewer."""
        return (self.supports or LEANS[line] == NEITHER) and (self.brokers or not MEDIATES[line])

    def _weights(self) -> Array:
        """Return the default weights of the open lines: shape ``(open lines, runs)``."""
        stated = self.state.scenario.parameters.line_weights
        weight = {"aside": stated.aside, "mediate": stated.mediate, "force": stated.force}
        leaning = (stated.lean, stated.lean_mediate)
        named = [weight.get(LINES[line].split("_")[0], leaning[MEDIATES[line]]) for line in self.open]
        return np.stack([self.state.values(value) for value in named])

    def _weights_today(self) -> Array:
        """Return the weights of today: nobody brokers without access, and who can do nothing else stands aside."""
        weights = self.weights
        if not self.access.all():
            weights = weights.copy()
            for row, line in zip(weights, self.open, strict=True):
                if MEDIATES[line]:
                    row *= self.access > 0
        if not weights[0].all():
            weights = weights.copy()
            weights[0, weights.sum(axis=0) == 0] = 1.0
        return weights

    def perceive(self) -> None:
        """Read yesterday's state: what authority and access it has as a broker."""
        self.authority, self.access = self.state.authority[self.index], self.state.access[self.index]

    def decide(self) -> None:
        """Keep the line, follow a policy or an event, or review."""
        forced = self.model.forced_line(self.code)
        held = self.held_to if forced is None else forced
        due = (self.state.day + stable_hash(self.code)) % self.state.scenario.parameters.review_days == 0
        luck = self.streams.uniform(f"{self.code}.line") if due else None  # spent whether it is needed or not
        if held is not None:
            self.next_line = np.full(self.state.runs, held, dtype=np.int8)
        elif luck is not None:
            picked = choice.choose(self._utility(), self.state.p.patron_precision, self._weights_today(), luck)
            self.next_line = np.array(self.open, dtype=np.int8).take(picked)

    def act(self) -> None:
        """Turn a new line into support, force and mediation."""
        if self.next_line is self.line:
            return
        state, k, self.line = self.state, self.index, self.next_line
        leans, force = np.array(LEANS, dtype=np.int8).take(self.line), np.array(FORCE).take(self.line)
        given = self.cap + np.multiply(force, FORCE_BONUS, dtype=self.cap.dtype)
        state.mediates[k] = np.array(MEDIATES).take(self.line)
        for side in (0, 1):
            favoured = leans == side
            state.force[side, k] = force & favoured
            state.support[side, k] = given * favoured
        if self.supplies:
            state.note_belief(k)

    def keep(self, runs: Index) -> None:
        """Keep these runs only; the line that is in force stays so."""
        in_force = self.next_line is self.line
        super().keep(runs)
        if in_force:
            self.next_line = self.line

    def _utility(self) -> Array:
        """Return the worth of each open line: shape ``(open lines, runs)``."""
        state = self.state
        regard = [self._regard(side) for side in (0, 1)]
        lean = [self._leaning(side, regard) for side in (0, 1)] if self.supports else []
        brokering = self._brokering(regard) if self.brokers else None
        worth = np.zeros_like(self.weights)
        for row, line in zip(worth, self.open, strict=True):
            leans, mediates = LEANS[line], MEDIATES[line]
            if FORCE[line]:
                row += (self.cap + FORCE_BONUS) * lean[leans] - state.p.force_cost
            elif leans != NEITHER:
                row += self.cap * lean[leans]
            if mediates and brokering is not None:
                row += brokering[leans]
            if self.allied:
                given = 1.0 if leans == 1 else 0.5 if mediates and leans == NEITHER else 0.0
                owed = patrons.duty_owed(state.m.treaty_duty, state.threat[1], self.scope, given)
                row -= owed * state.invoked
        return worth

    def _regard(self, side: int) -> Array:
        """Return the regard for a side, less where the side stands near this actor's rivals."""
        state = self.state
        courts = state.of_rivals(self.index, state.closeness[side])
        tie = state.ties[2 + self.index, side]
        return patrons.regard(tie, state.m.displacement, state.sphere[self.index], courts.clip(0.0, 1.0))

    def _leaning(self, side: int, regard: list[Array]) -> Array:
        state, other = self.state, 1 - side
        return patrons.worth_of_leaning(
            state.p.protege_value,
            regard[side],
            state.threat[side],
            state.p.partner_cost,
            regard[other],
            state.m.contest,
            rivals=state.of_rivals(self.index, state.support[other]),
            engagement=state.engagement[self.index],
            restraint=self.restraint,
        )

    def _brokering(self, regard: list[Array]) -> Array:
        """Return the worth of brokering, leaning to each side, and last to neither: shape ``(3, runs)``."""
        state, k = self.state, self.index
        if state.m.structural_balance.any():  # otherwise its own ties stay as they are
            self.believed = self._foresee()
        seated = np.zeros_like(self.cap)
        for other in self.model.seated:
            seated += state.hostility[k, other]
        return patrons.worth_of_brokering(
            state.p.broker_ambition,
            state.broker_value[k],
            state.engagement[k],
            state.alarm,
            positive(np.minimum(*regard)),
            self.authority,
            self.believed,
            seated.clip(0.0, 1.0),
        )

    def _foresee(self) -> Array:
        """Return its mean credibility with both sides, foreseeing what siding does to it: as :meth:`_brokering`."""
        given = [(self.cap * (leans == 0), self.cap * (leans == 1)) for leans in (0, 1, NEITHER)]
        return np.stack([self.state.belief_in(self.index, *support).sum(axis=0) / 2.0 for support in given])
