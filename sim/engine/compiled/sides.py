"""A belligerent's day in one run; see :class:`~sim.engine.belligerent.Belligerent`."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine import rules as basic
from sim.engine.belligerent import LEVELS
from sim.engine.compiled.constants import (
    DEFENDER,
    FIGHTING,
    HOLD_FIRE,
    RUNG,
)
from sim.engine.compiled.scalars import compiled, compiled_rules
from sim.engine.rules import TRACE
from sim.engine.rules import battle as battle_rules
from sim.engine.rules import choice as choice_rules
from sim.engine.rules import mediators as mediator_rules
from sim.engine.rules import prospect as prospect_rules

battle = compiled_rules(battle_rules)
choice = compiled_rules(choice_rules)
mediators = compiled_rules(mediator_rules)
prospect = compiled_rules(prospect_rules)
positive = compiled_rules(basic).positive


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
    return (run.begun and run.age >= calendar.closure_days) or run.stop == 3


@compiled
def log_odds_of_attack(run: Any, attacker: int, advantage: float, before_line: bool) -> float:
    """Return the log-odds that an attack wins an engagement."""
    if attacker == DEFENDER:
        return -advantage - run.attack_penalty
    line = run.prepared_line_effect if before_line else 0.0
    return advantage - run.attack_penalty - line


@compiled
def success(run: Any, side: Any, attacker: int, before_line: bool) -> float:
    """Return the share of engagements that a side expects an attacker to win."""
    advantage = side.belief + run.advantage
    return choice.logistic(log_odds_of_attack(run, attacker, advantage, before_line))


@compiled
def ground_expected(run: Any, attacker: int, speed: float, before: float, beyond: float) -> float:
    """Return the territory that an attacker takes in the planning days, given its success."""
    days = run.planning_days
    if attacker == DEFENDER:
        return prospect.ground_in_open_country(speed, beyond, run.held, days)
    line_left = positive(run.line_depth - positive(won(run)))
    return prospect.ground_behind_line(speed, before, beyond, line_left, room(run), days)


@compiled
def speed_of(run: Any, attacker: int, intensity: float) -> float:
    """Return the territory that a side takes on a day of full success."""
    speed = battle.ground(run.pace, intensity, 1.0)
    return speed * run.counter_offensive if attacker == DEFENDER else speed


@compiled
def perceive(run: Any, sides: Any, powers: Any, number: int, day: int) -> None:
    """Work out the utilities of fighting and stopping from yesterday's state."""
    side, enemy = sides[number], sides[1 - number]
    # 1. utility of each escalation level; holding fire stays 0
    before = success(run, side, number, True) if number != DEFENDER else 0.0
    beyond = success(run, side, number, False)
    fixed = run.resolve_cost * run.stake
    best = 0.0
    for level in range(1, LEVELS):
        ground = ground_expected(run, number, side.speed[level - 1], before, beyond)
        reward = prospect.reward_of_action(
            side.reward_of_levels[level - 1], day, run.grievance_decay
        )
        cost = side.war_cost[level - 1]
        side.utility[level] = prospect.utility_of_levels(ground, cost, reward, fixed)
        best = max(best, side.utility[level])
    # 2. what the enemy would take and cost at its present level
    attacker = 1 - number
    before = success(run, side, attacker, True) if attacker != DEFENDER else 0.0
    beyond = success(run, side, attacker, False)
    enemy_speed = speed_of(run, attacker, enemy.war_intensity)
    side.danger = ground_expected(run, attacker, enemy_speed, before, beyond)
    cost = prospect.cost_of_war(enemy.war_intensity, run.war_cost, run.planning_days)
    # 3. fighting on against stopping
    side.value = best - (side.danger + cost)
    side.pressure = pressure_on(run, powers, number)


@compiled
def pressure_on(run: Any, powers: Any, number: int) -> float:
    """Return the pressure of the mediators that supply a side: the sum of that of each."""
    pressed = 0.0
    for k in range(len(powers)):
        power = powers[k]
        if power.supplies[number] > 0 and power.heard > 0:
            pressed += mediators.pressure(
                run.leverage,
                run.attention,
                power.supplies[number],
                power.heard,
                power.received[number],
                power.believed[number],
                power.pull,
            )
    return pressed


@compiled
def decide(run: Any, sides: Any, number: int, day: int, luck: Any, score: Any) -> None:
    """Choose the next escalation level; there is no choice on day 0 or during a cessation."""
    side = sides[number]
    side.next_escalation = side.war_escalation
    if day == 0 or run.stop != FIGHTING:
        return
    # 1. score of each level within reach, with a preference for the present one
    enemy_level = sides[1 - number].escalation
    least = battle.least_level(side.escalation, enemy_level)
    most = battle.most_level(side.escalation, enemy_level)
    precision = run.precision / run.stake
    for level in range(LEVELS):
        if level < least or level > most:
            score[level] = -choice.RULED_OUT
            continue
        share = level / (LEVELS - 1)
        score[level] = precision * (side.utility[level] - share * side.pressure)
        if level == side.escalation:
            score[level] += run.inertia
    # 2. the choice
    side.next_escalation = choose(score, LEVELS, luck[RUNG + number])


@compiled
def act(run: Any, sides: Any, number: int) -> None:
    """Apply the chosen level; during a cessation hold fire and keep the last level."""
    side = sides[number]
    side.war_escalation = side.next_escalation
    side.war_intensity = run.intensity[side.war_escalation]
    side.escalation = side.war_escalation if run.stop == FIGHTING else HOLD_FIRE


@compiled
def open_fire(run: Any, side: Any, escalation: int) -> None:
    """Take an escalation level where fighting begins after a cessation."""
    side.escalation = escalation
    side.war_escalation = escalation
    side.war_intensity = run.intensity[escalation]


@compiled
def prospect_of_resistance(run: Any, sides: Any) -> float:
    """Return the defender's utility of fighting on if the enemy attacked with full force."""
    defender = sides[1]
    before = success(run, defender, 0, True)
    beyond = success(run, defender, 0, False)
    lost = ground_expected(run, 0, sides[0].speed[LEVELS - 2], before, beyond)
    best = 0.0
    for level in range(1, LEVELS):
        best = max(best, defender.utility[level])
    return best - (lost + defender.war_cost[LEVELS - 2])


@compiled
def choose(score: Any, options: int, uniform: float) -> int:
    """Draw one option by logit response, as :func:`~sim.engine.rules.choice.choose` does."""
    top = score[0]
    for option in range(1, options):
        top = max(top, score[option])
    for option in range(options):
        score[option] = np.exp(score[option] - top) if score[option] > top - 700.0 else 0.0
    return draw(score, options, uniform)


@compiled
def draw(weight: Any, options: int, uniform: float) -> int:
    """Draw one option by weight, as :func:`~sim.engine.rules.choice.draw` does."""
    total = 0.0
    for option in range(options):
        total += weight[option]
    threshold = uniform * total
    cumulative = 0.0
    drawn = 0
    for option in range(options - 1):
        cumulative += weight[option]
        drawn += cumulative <= threshold
    return drawn
