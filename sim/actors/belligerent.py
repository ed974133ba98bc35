"""The challenger and the defender: two sides under one set of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.actors.runs import PerRun
from sim.actors.state import State
from sim.rng import Streams
from sim.rules import Array, Index, Mask, battle, brokers, choice, prospect
from sim.scenario import Rung

if TYPE_CHECKING:
    from sim.world import World

RUNGS = len(Rung)


class Belligerent(PerRun, mesa.Agent):  # type: ignore[misc]
    """A side of the conflict, in all runs at once.

    Summary of rule: each day it compares holding fire with every rung over the days it looks ahead, by what it believes
    of the odds, feels the pressure of brokers it depends on, and moves at most one rung above the present fighting.

    Attributes (arrays of shape ``(runs,)`` unless said otherwise):
        side: 0 challenger, 1 defender.
        belief: believed log-odds of the challenger, outside support apart.
        rung: posture of the day.
        war_rung: the same, or in a stop the posture before it.
        worth: worth of each rung, share, ``(rungs, runs)``.
        danger: ground feared lost to the enemy, share.
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
        self.war_cost = prospect.cost_of_war(state.intensity, state.p.war_cost, state.p.horizon)  # (rungs, runs)
        self.speed = np.stack([self._speed(attacker, state.intensity) for attacker in (0, 1)])  # (sides, rungs, runs)
        self.rung_shares = np.repeat(np.linspace(0, 1, RUNGS, dtype=self.demand.dtype)[:, None], state.runs, axis=1)
        self.reward_of_rungs = np.sqrt(self.rung_shares) * self.demand  # on day 0, (rungs, runs)
        self.suppliers = [k for k, code in enumerate(state.powers) if self.code in state.scenario.actors[code].supplies]
        self.belief: Array = np.zeros_like(self.demand)
        self.rung = np.zeros(state.runs, dtype=np.int64)
        self.war_rung, self.next_rung = self.rung, self.rung
        self.worth: Array = np.zeros_like(self.war_cost)
        self.danger: Array = np.zeros_like(self.demand)
        self.value: Array = np.zeros_like(self.demand)
        self.pressure: Array = np.zeros_like(self.demand)

    def _speed(self, attacker: int, intensity: Array) -> Array:
        """Return the ground of a day of full success on each rung, share."""
        held_back = 1.0 if attacker == 0 else self.state.m.counter_offensive
        return self.state.p.pace * intensity**2 * held_back

    def size_up(self) -> None:
        """Form the beliefs of the onset: each side overrates itself by the same optimism."""
        self.belief = self.state.balance + (1 - 2 * self.side) * self.state.p.optimism

    def perceive(self) -> None:
        """Weigh the war as it stood yesterday."""
        state, enemy = self.state, self.model.sides[1 - self.side]
        ground = self.expected_ground(self.side, self.speed[self.side])
        reward = prospect.reward_of_action(self.reward_of_rungs, state.day, state.p.grievance_decay)
        self.worth = prospect.worth_of_rungs(ground, self.war_cost, reward, state.p.resolve_cost * state.stake)
        self.danger = self.expected_ground(enemy.side, _at(self.speed[enemy.side], enemy.war_rung))
        cost = _at(self.war_cost, enemy.war_rung)
        self.value = prospect.value_of_fighting(self.worth, self.danger + cost)
        self.pressure = self._pressure()

    def decide(self) -> None:
        """Choose the next rung; the onset's is given, and in a stop there is nothing to choose, but luck is spent."""
        state = self.state
        luck = self.streams.uniform(f"{self.code}.rung")
        if state.day == 0:
            return
        yielded = self.rung_shares * self.pressure
        reachable = battle.reachable(self.rung, state.level, RUNGS)
        picked = choice.choose(self.worth - yielded, state.p.precision / state.stake, reachable, luck)
        self.next_rung = np.where(state.fighting, picked, Rung.hold_fire)

    def act(self) -> None:
        """Take up the chosen posture; in a stop the last one of the war is remembered."""
        self.rung = self.next_rung
        self.war_rung = np.where(self.state.fighting, self.rung, self.war_rung)

    def cease(self, where: Mask) -> None:
        """Hold fire at a stop; the posture of the war is remembered."""
        self.rung = self.next_rung = np.where(where, Rung.hold_fire, self.rung)

    def open_fire(self, where: Mask, rung: Index | int) -> None:
        """Take up a posture where fighting begins, at the onset or when a stop breaks."""
        self.rung = self.next_rung = np.where(where, rung, self.rung)
        self.war_rung = np.where(where, rung, self.war_rung)

    def expected_ground(self, attacker: int, speed: Array) -> Array:
        """Return the ground this side believes ``attacker`` takes within the horizon at a speed.

        Shape as ``speed``: ``(runs,)`` or ``(rungs, runs)``; share of the contested area.
        """
        state = self.state
        advantage = self.belief + state.advantage
        beyond = choice.logistic(state.log_odds_of_attack(attacker, advantage, False))
        if attacker == 1:
            return prospect.ground_in_open_country(speed, beyond, state.held, state.p.horizon)
        before = choice.logistic(state.log_odds_of_attack(attacker, advantage, True))
        line_left = np.maximum(state.line_depth - np.maximum(state.won, 0.0), 0.0)
        return prospect.ground_behind_line(speed, before, beyond, line_left, state.room, state.p.horizon)

    def lesson(self, attacker: int, intensity: Array, won: Array, before_line: Mask) -> Array:
        """Return the lesson of the attacks by ``attacker``: the change of its log-odds as this side believes them."""
        state = self.state
        expected = choice.logistic(state.log_odds_of_attack(attacker, self.belief + state.advantage, before_line))
        return battle.lesson(state.m.learning, intensity, won, expected)

    def _pressure(self) -> Array:
        """Return the pressure of all brokers on this side; only those who supply it have any."""
        state, side, other, ks = self.state, self.side, 1 - self.side, self.suppliers
        if not ks or not state.heard[ks].any():
            return np.zeros_like(self.belief)
        own = [2 + k for k in ks]
        towards = brokers.bias(
            state.ties[own, side], state.ties[own, other], state.support[side, ks], state.support[other, ks]
        )
        return brokers.pressure(
            state.m.leverage,
            state.alarm,
            dependence=state.supplies[side, ks],
            heard=state.heard[ks],
            tie=state.ties[side, own],
            believed=brokers.credibility(state.credibility, towards),
            share=state.voice[ks] / np.maximum(state.all_voices, 1e-12),
            dilution=state.m.dilution,
        )


def _at(of_rungs: Array, rung: Index) -> Array:
    """Return the value at each run's rung."""
    return np.take_along_axis(of_rungs, rung[None], axis=0)[0]
