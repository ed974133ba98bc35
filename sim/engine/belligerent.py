"""The challenger and the defender: two sides under one set of rules."""

from __future__ import annotations

import mesa
import numpy as np

from sim.engine.per_run import PerRun
from sim.engine.rules import Array, Index, Mask, battle, brokers, choice, positive, prospect
from sim.engine.state import State
from sim.engine.streams import Streams
from sim.scenario import Rung

RUNGS = Rung.full_offensive + 1


class Belligerent(PerRun, mesa.Agent):  # type: ignore[misc]
    """A side of the conflict, in all runs at once.

    Summary of rule: each day it compares holding fire with every rung over the days it looks ahead, by what it believes
    of the odds, feels the pressure of brokers it depends on, and moves at most one rung above the present fighting.

    Attributes (arrays of shape ``(runs,)`` unless said otherwise):
        side: 0 challenger, 1 defender.
        belief: believed log-odds of the challenger, outside support apart.
        rung: posture of the day.
        war_rung: the same, or in a stop the posture before it.
        war_intensity: intensity of the war rung, 0 to 1.
        worth: worth of each rung, share, ``(rungs, runs)``.
        danger: ground feared lost to the enemy, share.
        value: worth of fighting on against a stop, share.
        pressure: worth of yielding to the brokers, share.
    """

    enemy: Belligerent

    def __init__(self, model: mesa.Model, state: State, streams: Streams, side: int) -> None:
        super().__init__(model)
        self.state = state
        self.streams = streams
        self.side = side
        self.code = self.state.codes[side]
        stated, values = state.scenario.actors[self.code], state.values
        self.strength = values(stated.strength, absent=1.0)
        self.drones = values(stated.drones)
        self.demand = values(stated.grievance) * state.m.grievance_value
        self.cession_worth = values(stated.cession_worth, absent=1.0)
        self.war_cost = self.cost_of_war(state.intensity[1:])  # of the rungs above the first
        self.speed = self.speed_of(side, state.intensity[1:])
        self.rung_shares = np.repeat(np.linspace(0, 1, RUNGS, dtype=self.demand.dtype)[:, None], state.runs, axis=1)
        self.reward_of_rungs = np.sqrt(self.rung_shares[1:]) * self.demand  # on day 0
        self.supplied = any(self.code in state.scenario.actors[code].supplies for code in state.powers)
        self.belief: Array = np.zeros_like(self.demand)
        self.rung: Index = np.zeros(state.runs, dtype=np.int8)
        self.war_rung: Index = np.zeros(state.runs, dtype=np.int8)
        self.next_rung = self.war_rung
        self.war_intensity: Array = np.zeros_like(self.demand)
        self.worth: Array = np.zeros_like(self.rung_shares)
        self.danger: Array = np.zeros_like(self.demand)
        self.value: Array = np.zeros_like(self.demand)
        self.pressure: Array = np.zeros_like(self.demand)

    def speed_of(self, attacker: int, intensity: Array) -> Array:
        """Return the ground of a day of full success at an intensity, share."""
        speed = battle.ground(self.state.p.pace, intensity, 1.0)
        return speed if attacker == 0 else speed * self.state.m.counter_offensive

    def cost_of_war(self, intensity: Array) -> Array:
        """Return the cost of fighting at an intensity for as long as a side looks ahead, share."""
        return prospect.cost_of_war(intensity, self.state.p.war_cost, self.state.p.planning_days)

    def assess(self) -> None:
        """Form the beliefs of the onset: each side overrates itself by the same optimism."""
        self.belief = self.state.balance + (1 - 2 * self.side) * self.state.p.optimism

    def perceive(self) -> None:
        """Weigh the war as it stood yesterday."""
        state, enemy = self.state, self.enemy
        ground = self.expected_ground(self.side, self.speed)
        reward = prospect.reward_of_action(self.reward_of_rungs, state.day, state.p.grievance_decay)
        fixed = state.p.resolve_cost * state.stake
        self.worth[1:] = prospect.worth_of_rungs(ground, self.war_cost, reward, fixed)
        self.danger = self.expected_ground(enemy.side, self.speed_of(enemy.side, enemy.war_intensity))
        threat = self.danger + self.cost_of_war(enemy.war_intensity)
        self.value = prospect.value_of_fighting(self.worth, threat)
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
        self.next_rung = np.where(state.fighting, picked, self.war_rung)

    def act(self) -> None:
        """Take up the chosen posture; in a stop hold fire, and remember the last one of the war."""
        self.war_rung = self.next_rung
        self.rung = self.war_rung * self.state.fighting
        self.war_intensity = self.state.at_rung(self.war_rung)

    def cease(self, where: Index) -> None:
        """Hold fire where a stop begins; the posture of the war is remembered."""
        self.rung[where] = Rung.hold_fire

    def open_fire(self, where: Index, rung: Index | int) -> None:
        """Take up a posture where fighting begins, at the onset or when a stop breaks."""
        self.rung[where] = self.war_rung[where] = rung
        self.war_intensity[where] = self.state.intensity[rung, where]

    def expected_ground(self, attacker: int, speed: Array) -> Array:
        """Return the ground this side believes ``attacker`` takes within the horizon at a speed.

        Shape as ``speed``: ``(runs,)`` or ``(rungs, runs)``; share of the contested area.
        """
        state = self.state
        advantage = self.belief + state.advantage
        beyond = choice.logistic(state.log_odds_of_attack(attacker, advantage, False))
        if attacker == 1:
            return prospect.ground_in_open_country(speed, beyond, state.held, state.p.planning_days)
        before = choice.logistic(state.log_odds_of_attack(attacker, advantage, True))
        line_left = positive(state.line_depth - positive(state.won))
        return prospect.ground_behind_line(speed, before, beyond, line_left, state.room, state.p.planning_days)

    def lesson(self, attacker: int, intensity: Array, won: Array, before_line: Mask) -> Array:
        """Return the lesson of the attacks by ``attacker``: the change of its log-odds as this side believes them."""
        state = self.state
        expected = choice.logistic(state.log_odds_of_attack(attacker, self.belief + state.advantage, before_line))
        return battle.lesson(state.m.learning, intensity, won, expected)

    def _pressure(self) -> Array:
        """Return the pressure of all brokers on this side; only those who supply it have any."""
        state, side = self.state, self.side
        if not self.supplied:
            return np.zeros_like(self.belief)
        return brokers.pressure(
            state.m.leverage,
            state.alarm,
            dependence=state.supplies[side],
            heard=state.heard,
            received=state.received[side],
            believed=state.believed[side],
            among=state.pull,
        )
