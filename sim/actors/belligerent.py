"""The challenger and the defender: two sides under one set of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.actors.state import State
from sim.rng import Streams
from sim.rules import Array, battle, brokers, choice, prospect
from sim.scenario import Rung

if TYPE_CHECKING:
    from sim.world import World

RUNGS = len(Rung)


class Belligerent(mesa.Agent):  # type: ignore[misc]
    """A side of the conflict, in all runs at once.

    Summary of rule: each day it compares holding fire with every rung over the days it looks ahead, by what it believes
    of the odds, feels the pressure of brokers it depends on, and moves at most one rung above the present fighting.

    Attributes (arrays of shape ``(runs,)`` unless said otherwise):
        side: 0 challenger, 1 defender.
        belief: believed log-odds of the challenger, outside support apart.
        rung: posture of the day.
        war_rung: the same, or in a stop the posture before it.
        worth: worth of each rung, share, ``(rungs, runs)``.
        value: worth of fighting on against a stop, share.
        pressure: worth of yielding to the brokers, share.
    """

    def __init__(self, world: World, side: int) -> None:
        super().__init__(world)
        self.state: State = world.state
        self.streams: Streams = world.streams
        self.side = side
        self.code = self.state.codes[side]
        stated, values, state = self.state.scenario.actors[self.code], self.state.values, self.state
        self.strength = values(stated.strength, absent=1.0)
        self.drones = values(stated.drones)
        self.demand = values(stated.grievance) * state.m.grievance_value
        self.cession_worth = values(stated.cession_worth, absent=1.0)
        self.belief = np.zeros(state.runs)
        self.rung = np.zeros(state.runs, dtype=np.int64)
        self.next_rung, self.war_rung = self.rung, self.rung
        self.worth = np.zeros((RUNGS, state.runs))
        self.value, self.pressure, self.danger = (np.zeros(state.runs) for _ in range(3))

    def size_up(self) -> None:
        """Form the beliefs of the onset: each side overrates itself by the same optimism."""
        self.belief = self.state.balance + (1 - 2 * self.side) * self.state.p.optimism

    def perceive(self) -> None:
        """Weigh the war as it stood yesterday."""
        state = self.state
        ground = self.expected_ground(self.side, state.intensity)
        cost = prospect.cost_of_war(state.intensity, state.p.war_cost, state.p.horizon)
        rung_share = np.arange(RUNGS)[:, None] / (RUNGS - 1)
        reward = prospect.reward_of_action(self.demand, state.day, state.p.grievance_decay, rung_share)
        self.worth = prospect.worth_of_rungs(ground, cost, reward, state.p.resolve_cost * state.stake)
        self.danger, enemy_cost = self._danger()
        self.value = prospect.value_of_fighting(self.worth, self.danger + enemy_cost)
        self.pressure = self._pressure()

    def decide(self) -> None:
        """Choose the next rung; the onset's is given, and in a stop there is nothing to choose, but luck is spent."""
        state = self.state
        steps = np.arange(RUNGS)[:, None] / (RUNGS - 1)
        utility = self.worth - self.pressure * steps
        reachable = battle.reachable(self.rung, state.level, RUNGS)
        luck = self.streams.uniform(f"{self.code}.rung")
        picked = choice.choose(utility, state.p.precision / state.stake, reachable, luck)
        self.next_rung = np.where(state.fighting, picked, Rung.hold_fire) if state.day > 0 else self.rung

    def act(self) -> None:
        """Take up the chosen posture; in a stop the last one of the war is remembered."""
        self.rung = self.next_rung
        self.war_rung = np.where(self.state.fighting, self.rung, self.war_rung)

    def expected_ground(self, side: int, intensity: Array) -> Array:
        """Return the ground this side believes ``side`` takes within the horizon by attacking at ``intensity``.

        Shape as ``intensity``: ``(runs,)`` or ``(rungs, runs)``; share of the contested area.
        """
        state = self.state
        advantage = self.belief + state.advantage_by_support
        speed = state.p.pace * intensity**2 * (state.m.counter_offensive if side == 1 else 1.0)
        line_left = np.maximum(state.line_depth - state.won, 0.0) if side == 0 else np.zeros(state.runs)
        return prospect.expected_ground(
            speed,
            before_line=state.log_odds_of_attack(side, advantage, 1.0),
            beyond_line=state.log_odds_of_attack(side, advantage, 0.0),
            line_left=line_left,
            room=state.room if side == 0 else state.held,
            days=state.p.horizon,
        )

    def lesson(self, side: int, intensity: Array, won: Array, before_line: Array) -> Array:
        """Return the lesson of the attacks by ``side``: the change of its log-odds as this side believes them."""
        state = self.state
        advantage = self.belief + state.advantage_by_support
        expected = battle.expected_share(state.log_odds_of_attack(side, advantage, before_line))
        return battle.lesson(state.m.learning, intensity, won, expected)

    def _danger(self) -> tuple[Array, Array]:
        """Return the ground feared lost to the enemy, and the cost of being fought: as now, or as before the stop."""
        state, enemy = self.state, 1 - self.side
        intensity = np.take_along_axis(state.intensity, self.model.sides[enemy].war_rung[None], axis=0)[0]
        cost = prospect.cost_of_war(intensity, state.p.war_cost, state.p.horizon)
        return self.expected_ground(enemy, intensity), cost

    def _pressure(self) -> Array:
        """Return the pressure of all brokers on this side."""
        state, other = self.state, 1 - self.side
        if not state.heard.any():
            return np.zeros(state.runs)
        towards = brokers.bias(
            state.ties[2:, self.side], state.ties[2:, other], state.support[self.side], state.support[other]
        )
        return brokers.pressure(
            state.m.leverage,
            state.alarm,
            dependence=state.supplies[self.side],
            heard=state.heard,
            tie=state.ties[self.side, 2:],
            believed=brokers.credibility(state.credibility, towards),
            share=state.voice / np.maximum(state.voice.sum(axis=0), 1e-12),
            dilution=state.m.dilution,
        )
