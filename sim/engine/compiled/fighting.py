"""A day of fighting in one run; see :mod:`sim.engine.steps.fighting` and ``ties``."""

from __future__ import annotations

from typing import Any


from sim.engine import rules as basic
from sim.engine.compiled.constants import (
    BATTLE,
    DEATHS,
    FIGHTING,
    FULL_OFFENSIVE,
    GREAT_POWER_WAR,
    HOLD_FIRE,
)
from sim.engine.compiled.powers import update_credibility
from sim.engine.compiled.scalars import compiled, compiled_rules
from sim.engine.compiled.sides import (
    is_before_line,
    log_odds_of_attack,
    room,
    success,
    won,
)
from sim.engine.rules import FULL_SUPPORT, TRACE
from sim.engine.rules import battle as battle_rules
from sim.engine.rules import choice as choice_rules
from sim.engine.rules import ties as tie_rules

battle = compiled_rules(battle_rules)
choice = compiled_rules(choice_rules)
tie_change = compiled_rules(tie_rules)
positive = compiled_rules(basic).positive


@compiled
def fight(run: Any, sides: Any, powers: Any, traits: Any, luck: Any) -> None:
    """Fight the day's engagements; during a cessation, only attention fades."""
    run.ground = 0.0
    run.fought = 0.0
    run.level = HOLD_FIRE
    run.level_recorded = HOLD_FIRE
    if run.stop != FIGHTING:
        run.attention = run.alarm_memory * run.attention
        return
    # 1. who attacks how hard, and who wins
    before_line = is_before_line(run)
    advantage = run.balance + run.advantage
    by_challenger = sides[0].war_intensity
    by_defender = sides[1].war_intensity
    chance = choice.logistic(log_odds_of_attack(run, 0, advantage, before_line))
    won_by_challenger = battle.engagements_won(chance, luck[BATTLE])
    chance = choice.logistic(log_odds_of_attack(run, 1, advantage, before_line))
    won_by_defender = battle.engagements_won(chance, luck[BATTLE + 1])
    # 2. what both sides learn
    for number in range(2):
        side = sides[number]
        expected = success(run, side, 0, before_line)
        lesson = battle.lesson(run.learning, by_challenger, won_by_challenger, expected)
        expected = success(run, side, 1, before_line)
        lesson -= battle.lesson(run.learning, by_defender, won_by_defender, expected)
        side.belief += lesson
    # 3. the front
    taken = battle.ground(run.pace, by_challenger, won_by_challenger)
    retaken = run.counter_offensive * battle.ground(run.pace, by_defender, won_by_defender)
    held = min(max(run.held + taken - retaken, 0.0), run.held + room(run))
    run.ground = held - run.held
    run.held = held
    # 4. international attention
    run.level = max(sides[0].escalation, sides[1].escalation)
    run.attention = max(run.level / FULL_OFFENSIVE, run.alarm_memory * run.attention)
    run.fought = max(by_challenger, by_defender)
    # 5. the dead
    dead = battle.deaths(run.lethality, run.fought, luck[DEATHS])
    total = by_challenger + by_defender
    success_of_challenger = (
        by_challenger * won_by_challenger + by_defender * (1.0 - won_by_defender)
    ) / max(total, 1e-12)
    share = battle.defender_share(success_of_challenger)
    run.deaths[0] += dead * (1.0 - share)
    run.deaths[1] += dead * share
    run.level_recorded = run.level
    if run.fought > 0:
        record_third_parties(run, powers, traits)
    run.peak = max(run.peak, run.level_recorded)


@compiled
def record_third_parties(run: Any, powers: Any, traits: Any) -> None:
    """Record what third parties did on a day of fighting."""
    run.days_fought += 1
    for_challenger = False
    for_defender = False
    for k in range(len(powers)):
        power = powers[k]
        power.mediated += power.mediates
        for side in range(2):
            power.supported[side] += power.support[side]
            power.supplied[side] += power.supplies[side]
            power.fought_for[side] |= power.force[side]
        for_challenger |= power.force[0]
        for_defender |= power.force[1]
        # an ally's answer: 1 words, 2 support, 3 force
        if traits[k].allied and run.invoked:
            helped = power.support[1] > 0
            spoke = power.mediates > 0 or power.commitment[1] > 0
            answer = 0
            if helped:
                answer = 3 if power.force[1] else 2
            elif spoke and power.commitment[0] == 0:
                answer = 1
            run.answer = max(run.answer, answer)
    run.entry |= for_challenger or for_defender
    run.clash |= for_challenger and for_defender
    if for_challenger or for_defender:
        run.level_recorded = GREAT_POWER_WAR


@compiled
def drift_ties(run: Any, powers: Any, ties: Any, traits: Any, change: Any) -> None:
    """Change the sides' ties by the day's help, and all ties towards balanced triads."""
    parties = len(powers)
    if parties and run.fought > 0:
        drift_by_help(run, powers, ties, traits, change)
    if run.structural_balance != 0:
        actors = len(ties)
        for i in range(actors):
            for j in range(actors):
                change[i, j] = 0.0
                for k in range(actors):
                    if i != j:
                        change[i, j] += ties[i, k] * ties[k, j]
        for i in range(actors):
            for j in range(actors):
                tie = ties[i, j] + run.structural_balance * change[i, j]
                ties[i, j] = min(max(tie, -1.0), 1.0)
        for k in range(parties):
            update_credibility(run, powers[k], ties, k)


@compiled
def drift_by_help(run: Any, powers: Any, ties: Any, traits: Any, change: Any) -> None:
    """Change both sides' ties to the third parties by help given, withheld, or given to the enemy.

    Help on a day on which the side gains territory counts twice.
    """
    parties = len(powers)
    counts = (2.0 if run.ground > TRACE else 1.0, 2.0 if run.ground < -TRACE else 1.0)
    for k in range(parties):
        power = powers[k]
        help_of_challenger = power.support[0] / FULL_SUPPORT
        help_of_defender = power.support[1] / FULL_SUPPORT
        change[0, k] = tie_change.drift(
            run.tie_drift, run.fought, help_of_challenger * counts[0], help_of_defender
        )
        change[1, k] = tie_change.drift(
            run.tie_drift, run.fought, help_of_defender * counts[1], help_of_challenger
        )
    for k in range(parties):
        if traits[k].allied:
            power = powers[k]
            given = power.support[1] / FULL_SUPPORT * counts[1]
            lost = (won(run) / run.stake).clip(0.0, 1.0)
            expected = tie_change.expected_help(run.expectation, power.scope, lost)
            change[1, k] -= tie_change.drift(run.tie_drift, run.fought, expected, 0.0)
            turned_away = tie_change.drift(
                run.tie_drift, run.fought, positive(expected - given) / 2.0, 0.0
            )
            for foe in range(parties):
                change[1, foe] += positive(-ties[2 + foe, 2 + k]) * turned_away
    for side in range(2):
        for k in range(parties):
            tie = ties[side, 2 + k] + change[side, k]
            ties[side, 2 + k] = min(max(tie, -1.0), 1.0)


