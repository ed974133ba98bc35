"""A day of fighting in one run; see :mod:`sim.engine.steps.fighting` and ``ties``."""

from __future__ import annotations

from typing import Any

from sim.engine.compiled.constants import (
    AT_LINE,
    BATTLE,
    CHALLENGER,
    DEATHS,
    DEFENDER,
    FIGHTING,
    FULL_OFFENSIVE,
    GREAT_POWER_WAR,
    HOLD_FIRE,
)
from sim.engine.compiled.powers import update_credibility, update_pressure
from sim.engine.compiled.rules import battle, positive, ties
from sim.engine.compiled.scalars import compiled
from sim.engine.compiled.sides import is_before_line, room, update_belief, won
from sim.engine.rules import FULL_SUPPORT, TRACE


@compiled
def fight(run: Any) -> None:
    """Fight the day's engagements; during a cessation, only attention fades."""
    run.ground = 0.0
    run.fought = 0.0
    run.level = HOLD_FIRE
    run.level_recorded = HOLD_FIRE
    if run.stop != FIGHTING:
        run.attention = run.alarm_memory * run.attention
        return
    challenger, defender = run.sides[CHALLENGER], run.sides[DEFENDER]
    # 1. who attacks how hard, and who wins
    attack = AT_LINE if is_before_line(run) else CHALLENGER
    by_challenger = challenger.war_intensity
    by_defender = defender.war_intensity
    won_by_challenger = battle.engagements_won(run.success[attack], run.luck[BATTLE])
    won_by_defender = battle.engagements_won(run.success[DEFENDER], run.luck[BATTLE + 1])
    # 2. the front
    taken = battle.ground(run.pace, by_challenger, won_by_challenger)
    retaken = run.counter_offensive * battle.ground(run.pace, by_defender, won_by_defender)
    held = min(max(run.held + taken - retaken, 0.0), run.held + room(run))
    run.ground = held - run.held
    run.held = held
    # 3. what both sides learn
    for number in range(2):
        side = run.sides[number]
        expected = side.success[attack]
        lesson = battle.lesson(run.learning, by_challenger, won_by_challenger, expected)
        expected = side.success[DEFENDER]
        lesson -= battle.lesson(run.learning, by_defender, won_by_defender, expected)
        update_belief(run, side, lesson)
    # 4. international attention
    run.level = max(challenger.escalation, defender.escalation)
    run.attention = max(run.level / FULL_OFFENSIVE, run.alarm_memory * run.attention)
    run.fought = max(by_challenger, by_defender)
    # 5. the dead
    dead = battle.deaths(run.lethality, run.fought, run.luck[DEATHS])
    total = by_challenger + by_defender
    success_of_challenger = (
        by_challenger * won_by_challenger + by_defender * (1.0 - won_by_defender)
    ) / max(total, 1e-12)
    share = battle.defender_share(success_of_challenger)
    run.deaths[CHALLENGER] += dead * (1.0 - share)
    run.deaths[DEFENDER] += dead * share
    # 6. the record
    run.level_recorded = run.level
    if run.fought > 0:
        record_third_parties(run)
    run.peak = max(run.peak, run.level_recorded)


@compiled
def record_third_parties(run: Any) -> None:
    """Record a day of fighting, and who fights in it."""
    run.days_fought += 1
    if run.is_joined[CHALLENGER] or run.is_joined[DEFENDER]:
        run.entry = True
        run.clash |= run.is_joined[CHALLENGER] and run.is_joined[DEFENDER]
        run.level_recorded = GREAT_POWER_WAR
    if run.invoked:
        for k in range(run.parties):
            if run.powers[k].allied:
                run.answer = max(run.answer, answer_of(run.powers[k]))


@compiled
def answer_of(power: Any) -> int:
    """Return how an ally answers an invoked treaty: 1 words, 2 support, 3 force, else 0."""
    if power.support[DEFENDER] > 0:
        return 3 if power.force[DEFENDER] else 2
    spoke = power.mediates > 0 or power.commitment[DEFENDER] > 0
    return 1 if spoke and power.commitment[CHALLENGER] == 0 else 0


@compiled
def balance_ties(run: Any, change: Any) -> None:
    """Change all ties towards balanced triads, and what follows from them.

    See :func:`~sim.engine.rules.ties.towards_balance`; ``change`` is room for intermediate results,
    ``(N, N)``.
    """
    actors = len(change)
    for i in range(actors):
        for j in range(actors):
            change[i, j] = 0.0
            for k in range(actors):
                if i != j:
                    change[i, j] += run.ties[i, k] * run.ties[k, j]
    for i in range(actors):
        for j in range(actors):
            tie = run.ties[i, j] + run.structural_balance * change[i, j]
            run.ties[i, j] = min(max(tie, -1.0), 1.0)
    for k in range(run.parties):
        update_credibility(run, run.powers[k], k)
    update_pressure(run)
    run.is_stale = True


@compiled
def drift_by_help(run: Any) -> None:
    """Change both sides' ties to the third parties by help given, withheld, or given to the enemy.

    Help on a day on which the side gains territory counts twice.
    """
    if run.fought == 0 or run.tie_drift == 0:
        return
    counts_for_challenger = 2.0 if run.ground > TRACE else 1.0
    counts_for_defender = 2.0 if run.ground < -TRACE else 1.0
    # 1. help
    for k in range(run.parties):
        power = run.powers[k]
        power.drift[0] = 0.0
        power.drift[1] = 0.0
        if power.support[0] + power.support[1] > 0:
            challengers = power.support[0] / FULL_SUPPORT
            defenders = power.support[1] / FULL_SUPPORT
            power.drift[0] = ties.drift(
                run.tie_drift, run.fought, challengers * counts_for_challenger, defenders
            )
            power.drift[1] = ties.drift(
                run.tie_drift, run.fought, defenders * counts_for_defender, challengers
            )
    # 2. help that the defender expected of its allies
    for k in range(run.parties):
        if run.powers[k].allied:
            given = run.powers[k].support[1] / FULL_SUPPORT * counts_for_defender
            lost = (won(run) / run.stake).clip(0.0, 1.0)
            expected = ties.expected_help(run.expectation, run.powers[k].scope, lost)
            run.powers[k].drift[1] -= ties.drift(run.tie_drift, run.fought, expected, 0.0)
            missed = positive(expected - given) / 2.0
            turned_away = ties.drift(run.tie_drift, run.fought, missed, 0.0)
            for foe in range(run.parties):
                run.powers[foe].drift[1] += positive(-run.ties[2 + foe, 2 + k]) * turned_away
    # 3. the ties
    for k in range(run.parties):
        for side in range(2):
            drift = run.powers[k].drift[side]
            if drift != 0:
                tie = run.ties[side, 2 + k] + drift
                run.ties[side, 2 + k] = min(max(tie, -1.0), 1.0)
                run.is_stale |= run.powers[k].mediates > 0
