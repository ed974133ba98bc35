"""The challenger and the defender: two sides that follow the same rules."""

from __future__ import annotations

import numpy as np

from sim.engine.mesa_core import Agent, Model
from sim.engine.per_run import PerRun
from sim.engine.rules import Array, Index, Mask, battle, choice, mediators, positive, prospect
from sim.engine.state import State
from sim.engine.streams import Streams
from sim.scenario import Escalation

LEVELS = Escalation.full_offensive + 1
ALL_LEVELS = np.arange(LEVELS, dtype=np.int8)[:, None]
"""All escalation levels, ``(levels, 1)``."""


class Belligerent(PerRun, Agent):  # type: ignore[misc]
    """A side of the conflict, in all runs at once.

    Summary of rule: each day the side compares holding fire with every escalation level over the
    days that it plans ahead, by what it believes of the odds, with a preference for its present
    level. Mediators that supply it press it to stop. It rises at most one level above the present
    fighting.

    Attributes (arrays of shape ``(runs,)`` unless a line says otherwise):
        side: 0 challenger, 1 defender.
        belief: believed log-odds of the challenger, without outside support.
        escalation: escalation level of the day.
        war_escalation: the same; during a cessation, the level before it.
        war_intensity: intensity at ``war_escalation``, 0 to 1.
        utility: utility of each escalation level, share of the area, ``(levels, runs)``.
        weight: weight with which the level of the day was drawn, ``(levels, runs)``.
        danger: territory that the side expects to lose to the enemy, share.
        value: utility of fighting on rather than stopping, share.
        pressure: utility of giving in to the mediators, share.
    """

    enemy: Belligerent

    def __init__(self, model: Model, state: State, streams: Streams, side: int) -> None:
        super().__init__(model)
        self.state = state
        self.streams = streams
        self.side = side
        self.code = self.state.codes[side]
        stated = state.scenario.actors[self.code]
        values = state.values
        # 1. drawn values
        self.strength = values(stated.strength, absent=1.0)
        self.drones = values(stated.drones)
        self.demand = values(stated.grievance) * state.m.grievance_value
        self.cession_worth = values(stated.cession_worth, absent=1.0)
        # 2. quantities that never change, for the levels above holding fire
        self.war_cost = self.cost_of_war(state.intensity[1:])
        self.speed = self.speed_of(side, state.intensity[1:])
        level_shares = np.linspace(0, 1, LEVELS, dtype=self.demand.dtype)[:, None]
        self.escalation_shares = np.repeat(level_shares, state.runs, axis=1)  # 1 for full offensive
        self.reward_of_levels = np.sqrt(self.escalation_shares[1:]) * self.demand  # on day 0
        suppliers = [state.scenario.actors[code].supplies for code in state.powers]
        self.supplied = any(self.code in supplies for supplies in suppliers)
        # 3. state
        self.belief: Array = np.zeros_like(self.demand)
        self.escalation: Index = np.zeros(state.runs, dtype=np.int8)
        self.war_escalation: Index = np.zeros(state.runs, dtype=np.int8)
        self.next_escalation = self.war_escalation
        self.war_intensity: Array = np.zeros_like(self.demand)
        self.utility: Array = np.zeros_like(self.escalation_shares)
        self.weight: Array = np.zeros_like(self.escalation_shares)
        self.danger: Array = np.zeros_like(self.demand)
        self.value: Array = np.zeros_like(self.demand)
        self.pressure: Array = np.zeros_like(self.demand)

    def speed_of(self, attacker: int, intensity: Array) -> Array:
        """Return the territory that a side takes on a day of full success, share of the area.

        Args:
            attacker: 0 challenger, 1 defender.
            intensity: intensity of its attack, 0 to 1, ``(runs,)`` or ``(levels, runs)``.
        """
        speed = battle.ground(self.state.pace, intensity, 1.0)
        return speed if attacker == 0 else speed * self.state.m.counter_offensive

    def cost_of_war(self, intensity: Array) -> Array:
        """Return the cost of fighting at an intensity over the planning days, share of the area."""
        return prospect.cost_of_war(intensity, self.state.p.war_cost, self.state.p.planning_days)

    def assess(self) -> None:
        """Form the belief at the onset: each side overrates itself by the same optimism."""
        self.belief = self.state.balance + (1 - 2 * self.side) * self.state.p.optimism

    def perceive(self) -> None:
        """Work out the utilities of fighting and stopping from yesterday's state."""
        state = self.state
        enemy = self.enemy
        # 1. utility of each escalation level; holding fire stays 0
        ground = self.expected_ground(self.side, self.speed)
        reward = prospect.reward_of_action(
            self.reward_of_levels, state.day, state.p.grievance_decay
        )
        fixed = state.p.resolve_cost * state.stake
        self.utility[1:] = prospect.utility_of_levels(ground, self.war_cost, reward, fixed)
        # 2. what the enemy would take and cost at its present level
        enemy_speed = self.speed_of(enemy.side, enemy.war_intensity)
        self.danger = self.expected_ground(enemy.side, enemy_speed)
        threat = self.danger + self.cost_of_war(enemy.war_intensity)
        # 3. fighting on against stopping
        self.value = prospect.value_of_fighting(self.utility, threat)
        self.pressure = self._pressure()

    def decide(self) -> None:
        """Choose the next escalation level.

        The level on day 0 is given, and there is no choice during a cessation. The random numbers
        are drawn all the same, so that later days do not depend on it.
        """
        state = self.state
        uniforms = self.streams.uniform(f"{self.code}.rung")
        if state.day == 0:
            return
        # 1. score of each level in nats, with a preference for the present one
        pressure = self.escalation_shares * self.pressure  # in proportion to the level
        score = state.p.precision / state.stake * (self.utility - pressure)
        is_present = (self.escalation == ALL_LEVELS).astype(score.dtype)
        score += np.multiply(is_present, state.p.inertia, out=is_present)
        # 2. the choice among the levels within reach
        reachable = battle.reachable(self.escalation, self.enemy.escalation, LEVELS)
        choice.rule_out(score, ~reachable)
        chosen = choice.choose(score, uniforms)
        self.weight = score
        self.next_escalation = np.where(state.fighting, chosen, self.war_escalation)

    def act(self) -> None:
        """Apply the chosen level; during a cessation hold fire and keep the last level."""
        changed = np.flatnonzero(self.next_escalation != self.war_escalation)
        self.war_escalation = self.next_escalation
        self.escalation = self.war_escalation * self.state.fighting.view(np.int8)
        self.war_intensity[changed] = self.state.intensity[self.war_escalation[changed], changed]

    def cease(self, where: Index) -> None:
        """Hold fire where a cessation begins; ``war_escalation`` keeps the level of the war."""
        self.escalation[where] = Escalation.hold_fire

    def open_fire(self, where: Index, escalation: Index | int) -> None:
        """Take an escalation level where fighting begins, at the onset or after a cessation.

        Args:
            where: positions of the runs.
            escalation: the level, one for all runs or one for each.
        """
        self.escalation[where] = escalation
        self.war_escalation[where] = escalation
        self.war_intensity[where] = self.state.intensity[escalation, where]

    def expected_ground(self, attacker: int, speed: Array) -> Array:
        """Return the territory that this side expects an attacker to take in the planning days.

        Args:
            attacker: 0 challenger, 1 defender.
            speed: territory of a day of full success, share, ``(runs,)`` or ``(levels, runs)``.

        Returns:
            Share of the contested area, of the shape of ``speed``.
        """
        state = self.state
        advantage = self.belief + state.advantage
        beyond = choice.logistic(state.log_odds_of_attack(attacker, advantage, False))
        if attacker == 1:
            return prospect.ground_in_open_country(speed, beyond, state.held, state.p.planning_days)
        before = choice.logistic(state.log_odds_of_attack(attacker, advantage, True))
        line_left = positive(state.line_depth - positive(state.won))
        days = state.p.planning_days
        return prospect.ground_behind_line(speed, before, beyond, line_left, state.room, days)

    def prospect_of_resistance(self) -> Array:
        """Return the utility of fighting on if the enemy attacked with full force: ``(runs,)``."""
        lost = self.expected_ground(self.enemy.side, self.enemy.speed[-1])
        threat = lost + self.war_cost[-1]
        return prospect.value_of_fighting(self.utility, threat)

    def lesson(self, attacker: int, intensity: Array, won: Array, before_line: Mask) -> Array:
        """Return what this side learns from attacks, in log-odds of the attacker: ``(runs,)``.

        Args:
            attacker: 0 challenger, 1 defender.
            intensity: intensity of the attack, 0 to 1, ``(runs,)``.
            won: share of engagements that the attacker won, ``(runs,)``.
            before_line: where the challenger is at a prepared line, ``(runs,)``.
        """
        state = self.state
        advantage = self.belief + state.advantage
        expected = choice.logistic(state.log_odds_of_attack(attacker, advantage, before_line))
        return battle.lesson(state.m.learning, intensity, won, expected)

    def _pressure(self) -> Array:
        """Return the pressure of the mediators that supply this side, share of the area."""
        state = self.state
        side = self.side
        if not self.supplied:
            return np.zeros_like(self.belief)
        powers = state.suppliers
        return mediators.pressure(
            state.m.leverage,
            state.attention,
            dependence=state.supplies[side, powers],
            heard=state.heard[powers],
            received=state.received[side, powers],
            believed=state.believed[side, powers],
            among=state.pull[powers],
        )
