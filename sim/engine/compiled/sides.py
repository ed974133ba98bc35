"""A belligerent's day in one run; see :class:`~sim.engine.belligerent.Belligerent`.

What a side expects of attacks is worked out again only where something has changed.
"""

from __future__ import annotations

import math
from typing import Any

from sim.engine.belligerent import LEVELS
from sim.engine.compiled.constants import (
    AT_LINE,
    CAPITULATION,
    CHALLENGER,
    DEFENDER,
    HOLD_FIRE,
    RUNG,
)
from sim.engine.compiled.rules import battle, positive, prospect
from sim.engine.compiled.scalars import choose, compiled
from sim.engine.rules import TRACE


@compiled
def won(run: Any) -> float:
    """Return the territory that the challenger has won by fighting, net."""
    return run.held - run.held_at_onset


@compiled
def room(run: Any) -> float:
    """Return the territory left between the challenger and its aim."""
    return positive(run.aim - won(run) - run.ceded)


@compiled
def is_before_line(run: Any) -> bool:
    """Return whether the challenger is at the prepared line."""
    return (won(run) > -TRACE) and (won(run) < run.line_depth - TRACE)


@compiled
def is_closed(run: Any, calendar: Any) -> bool:
    """Return whether a capitulation or a long cessation has closed the crisis."""
    return (run.begun and run.age >= calendar.closure_days) or run.stop == CAPITULATION


@compiled
def update_odds(run: Any) -> None:
    """Work out what share of engagements attacks win, and what share both sides expect."""
    update_success(run, run.success, run.balance)
    for number in range(2):
        update_belief(run, run.sides[number], 0.0)


@compiled
def update_belief(run: Any, side: Any, lesson: float) -> None:
    """Change a side's belief, and work out what share of engagements it expects attacks to win."""
    side.belief += lesson
    update_success(run, side.success, side.belief)
    run.is_new = True


@compiled
def update_success(run: Any, success: Any, balance: float) -> None:
    """Work out what share of engagements each attack wins, by a balance without outside support.

    It is the logistic curve of the log-odds, and only one exponential for all attacks: odds are
    multiplied where log-odds are added.
    """
    odds = math.exp(balance + run.advantage)
    success[CHALLENGER] = 1.0 - 1.0 / (1.0 + odds * run.odds_of_attack)
    success[DEFENDER] = 1.0 - 1.0 / (1.0 + run.odds_of_attack / odds)
    success[AT_LINE] = 1.0 - 1.0 / (1.0 + odds * run.odds_at_line)


@compiled
def ground_expected(run: Any, side: Any, attacker: int, speed: float) -> float:
    """Return the territory that a side expects an attacker to take in the planning days."""
    days = run.planning_days
    beyond = side.success[attacker]
    if attacker == DEFENDER:
        return prospect.ground_in_open_country(speed, beyond, run.held, days)
    line_left = positive(run.line_depth - positive(won(run)))
    before = side.success[AT_LINE]
    return prospect.ground_behind_line(speed, before, beyond, line_left, room(run), days)


@compiled
def expect_ground(run: Any, number: int) -> None:
    """Work out what a side expects to take at each level, and to lose at the enemy's level."""
    side, enemy = run.sides[number], run.sides[1 - number]
    for step in range(LEVELS - 1):
        side.ground[step] = ground_expected(run, side, number, side.speed[step])
    speed = battle.ground(run.pace, enemy.war_intensity, 1.0)
    if number == CHALLENGER:
        speed *= run.counter_offensive
    side.danger = ground_expected(run, side, 1 - number, speed)


@compiled
def perceive(run: Any, day: int) -> None:
    """Work out both sides' utilities of fighting and stopping from yesterday's state."""
    # 1. what an attack would take, where the front or the odds have changed
    if run.is_new:
        run.is_new = False
        expect_ground(run, CHALLENGER)
        expect_ground(run, DEFENDER)
    fixed = run.resolve_cost * run.stake
    fading = prospect.reward_of_action(1.0, day, run.grievance_decay)
    for number in range(2):
        side, enemy = run.sides[number], run.sides[1 - number]
        # 2. utility of each escalation level; holding fire stays 0
        best = 0.0
        for step in range(LEVELS - 1):
            reward = side.reward_of_levels[step] * fading
            utility = prospect.utility_of_levels(
                side.ground[step], side.war_cost[step], reward, fixed
            )
            side.utility[1 + step] = utility
            best = max(best, utility)
        # 3. fighting on against stopping
        cost = prospect.cost_of_war(enemy.war_intensity, run.war_cost, run.planning_days)
        side.best = best
        side.value = best - (side.danger + cost)
        side.pressure = run.attention * side.pressure_at_most


@compiled
def decide(run: Any) -> None:
    """Choose both sides' next escalation levels, and apply them."""
    challengers = next_level(run, CHALLENGER, run.luck[RUNG])
    defenders = next_level(run, DEFENDER, run.luck[RUNG + 1])
    open_fire(run, run.sides[CHALLENGER], challengers)
    open_fire(run, run.sides[DEFENDER], defenders)


@compiled
def next_level(run: Any, number: int, uniform: float) -> int:
    """Return the escalation level that a side chooses."""
    side = run.sides[number]
    # 1. score of each level within reach, with a preference for the present one
    present = side.escalation
    enemy = run.sides[1 - number].escalation
    least = battle.least_level(present, enemy)
    most = min(battle.most_level(present, enemy), LEVELS - 1)
    precision = run.precision / run.stake
    for level in range(least, most + 1):
        pressure = level / (LEVELS - 1) * side.pressure
        nats = precision * (side.utility[level] - pressure)
        run.score[level - least] = nats + run.inertia if level == present else nats
    # 2. the choice
    return least + choose(run.score, most + 1 - least, uniform)


@compiled
def open_fire(run: Any, side: Any, escalation: int) -> None:
    """Take an escalation level."""
    side.escalation = escalation
    side.war_escalation = escalation
    side.war_intensity = run.intensity[escalation]


@compiled
def cease(run: Any) -> None:
    """Let both sides hold fire; ``war_escalation`` keeps the level of the war."""
    for number in range(2):
        run.sides[number].escalation = HOLD_FIRE


@compiled
def prospect_of_resistance(run: Any) -> float:
    """Return the defender's utility of fighting on if the enemy attacked with full force."""
    defender = run.sides[DEFENDER]
    lost = ground_expected(run, defender, CHALLENGER, run.sides[CHALLENGER].speed[LEVELS - 2])
    return defender.best - (lost + defender.war_cost[LEVELS - 2])
