"""The stages of a day, and the onset.

Every actor *perceives* the state of yesterday, *decides*, and *acts*; then the world *resolves* breakdowns, battles,
offers and ties, and *records*. No actor sees another's move of the same day, so the order of actors does not matter.
"""

from __future__ import annotations

import mesa
import numpy as np

from sim.actors import Belligerent, State, ThirdParty
from sim.draws import RunValues
from sim.rng import Streams
from sim.rules import battle
from sim.scenario import LINES, Rung, Scenario
from sim.world import affinity, fighting, stops, talks
from sim.world.diary import Diary


class World(mesa.Model):  # type: ignore[misc]
    """All runs of a block.

    Attributes:
        state: the arrays that actors read and only the world writes.
        sides: the challenger and the defender.
        powers: the third parties, in the order of ``state.third``.
        seats: 1 for a third party with a formal seat in a settlement, ``(K,)``.
        diary: what is kept of each day for the outcomes.
    """

    def __init__(self, scenario: Scenario, values: RunValues, streams: Streams) -> None:
        super().__init__(rng=0)  # Mesa's own generator stays unused: all luck comes from named streams
        self.scenario, self.streams = scenario, streams
        self.state = State(scenario, values)
        self.sides = (Belligerent(self, 0), Belligerent(self, 1))
        self.powers = tuple(ThirdParty(self, k) for k in range(len(self.state.third)))
        self.seats = np.array([float(scenario.actors[code].seat) for code in self.state.third])
        self.package_share = values(scenario.conflict.package_share)
        self._open_crisis()
        self.diary = Diary(self.state)

    def play(self) -> Diary:
        """Play every day to the horizon."""
        for _ in range(self.scenario.horizon_days):
            self.step()
        return self.diary

    def step(self) -> None:
        """Play one day."""
        for stage in ("perceive", "decide", "act"):
            self.agents.do(stage)
        self._resolve()
        self.diary.record_day(self.state)
        self.state.day += 1

    def _open_crisis(self) -> None:
        """Set the true balance, the beliefs, the stake of the crisis, and the challenger's opening."""
        state, (challenger, defender) = self.state, self.sides
        drones = challenger.drones - defender.drones
        state.balance = battle.balance(challenger.strength, defender.strength, state.p.drone_effect, drones)
        top = state.intensity[Rung.full_offensive]
        for side in self.sides:
            side.size_up()
            state.stake += (side.demand + side.expected_ground(0, top) + side.expected_ground(1, top)) / 2
        np.maximum(state.stake, 1e-3, out=state.stake)
        challenger.rung[:] = self.scenario.conflict.opening
        state.level[:] = self.scenario.conflict.opening
        self.package_open = self.streams.uniform("package") < state.m.package

    def _resolve(self) -> None:
        self._apply_events()
        stops.break_stops(self)
        fighting.fight(self)
        stops.fall_silent(self)
        talks.invoke_treaties(self)
        talks.negotiate(self)
        stops.capitulate(self)
        stops.age_stops(self)
        affinity.drift_ties(self)

    def _apply_events(self) -> None:
        """Carry out what is dated today and is not a line of conduct."""
        state = self.state
        for event in self.scenario.events:
            if event.do == "invoke" and event.day == state.day:
                state.invoked[:] = True
            elif event.do == "embargo":
                self._embargo(self.state.third.index(event.actor), event.day, event.days)

    def _embargo(self, k: int, first: int, days: int | None) -> None:
        """Hold back a supplier's deliveries from the first day of an embargo to its last."""
        if self.state.day == first:
            self.withheld = {**getattr(self, "withheld", {}), k: self.state.supplies[:, k].copy()}
            self.state.supplies[:, k] = 0.0
        elif days is not None and self.state.day == first + days:
            self.state.supplies[:, k] = self.withheld[k]

    def forced_line(self, code: str) -> int | None:
        """Return the line that an event of today holds an actor to, if any; the latest in the file wins."""
        forced = None
        for event in self.scenario.events:
            days = self.scenario.horizon_days if event.days is None else event.days
            if event.actor == code and event.do in LINES and event.day <= self.state.day < event.day + days:
                forced = LINES.index(event.do)
        return forced
