"""How a third party reviews its stance in one run; see :class:`~sim.engine.third_party.ThirdParty`.

Option ``2 level + 1`` mediates at a level of commitment, and option ``2 level`` does not.
"""

from __future__ import annotations

import math
from typing import Any

from sim.engine.compiled.constants import (
    DEFENDER,
    LEVEL_TOWARDS,
    OPTION_OF,
    OPTIONS,
    PAID,
    STANCE_MEDIATES,
    STANCE_OF,
    TRUCE,
)
from sim.engine.compiled.rules import choice, mediators, patrons, positive
from sim.engine.compiled.scalars import choose, compiled
from sim.engine.rules import TRACE

LEVELS = patrons.LEVELS
RULED_OUT = choice.RULED_OUT
LN_2 = math.log(2)


@compiled
def review(run: Any, k: int, uniform: float) -> int:
    """Return the stance that it chooses."""
    power = run.powers[k]
    side = power.leaning
    now = power.stance
    utility, score = run.utility, run.score
    weigh(run, k)
    # 1. an option that is never open, or is worth no more than the stance in force, is closed
    in_force = OPTION_OF[side, now]
    goes_on = in_force < OPTIONS and not power.never[in_force]
    threshold = utility[in_force] + TRACE if goes_on else -RULED_OUT
    # 2. a rise, or a start of mediation, must be worth more than the same without it
    present = LEVEL_TOWARDS[side, now]
    at_present = utility[2 * present], utility[min(2 * present + 1, OPTIONS - 2)]
    candidates = 0
    for option in range(OPTIONS):
        score[option] = -RULED_OUT
        if power.never[option] or utility[option] <= threshold:
            continue
        level, mediates = option // 2, option % 2
        rise = max(level - present, 0)
        if rise > 0 and utility[option] <= at_present[mediates] + TRACE:
            continue
        starts = mediates == 1 and not STANCE_MEDIATES[now]
        if starts and utility[option] <= utility[option - 1] + TRACE:
            continue
        if starts and not is_welcome(run, power, k, side, level):
            continue
        score[option] = utility[option] * run.patron_precision - LN_2 * (rise + starts)
        candidates += 1
    # 3. the choice; the stance in force is one of the options if it can go on
    if goes_on:
        if candidates == 0:
            return now
        score[in_force] = utility[in_force] * run.patron_precision + run.inertia
    return STANCE_OF[side, choose(score, OPTIONS, uniform)]


@compiled
def is_welcome(run: Any, power: Any, k: int, side: int, level: int) -> bool:
    """Return whether both sides would receive it as a mediator with a level of commitment."""
    received = mediators.reception(run.ties[1 - side, 2 + k], run.estrangement, power.seen[level])
    return received > 0 and run.ties[side, 2 + k] > 0


@compiled
def weigh(run: Any, k: int) -> None:
    """Work out the utility of each option."""
    power = run.powers[k]
    side = power.leaning
    challengers = regard(run, k, 0)
    defenders = regard(run, k, 1)
    # 1. what a level of commitment and mediation are worth
    leans = 0.0
    if power.supports:
        leans = leaning(run, k, side, (challengers, defenders))
    paid = power.prices[LEVEL_TOWARDS[side, power.stance]]
    mediation = 0.0
    if power.brokers:
        mediation = mediating(run, k, min(challengers, defenders))
    for level in range(LEVELS):
        # 2. commitment to a side: gain, price of rising, cost of going back
        worth = 0.0
        if power.supports:
            worth = power.seen[level] * leans
            worth -= patrons.price_of_climbing(run.force_cost, power.prices[level], paid)
            worth -= patrons.cost_of_turning(
                run.tied_hands, power.commitment[side], power.seen[level]
            )
        run.utility[2 * level] = worth
        # 3. mediation, which force excludes
        if level < LEVELS - 1:
            run.utility[2 * level + 1] = worth + mediation * foreseen(run, power, k, level)
    # 4. an invoked treaty
    if power.allied and run.invoked:
        for option in range(OPTIONS):
            run.utility[option] -= patrons.duty_owed(
                run.treaty_duty, run.threat[DEFENDER], power.scope, PAID[side, option]
            )


@compiled
def regard(run: Any, k: int, side: int) -> float:
    """Return the regard for a side, which falls with the side's closeness to rivals."""
    power = run.powers[k]
    tie = run.ties[2 + k, side]
    if not power.claims:
        return positive(tie)
    courts = 0.0
    for rival in range(run.parties):
        courts += positive(-run.ties[2 + k, 2 + rival]) * positive(run.ties[side, 2 + rival])
    return patrons.regard(tie, run.displacement, power.sphere, min(courts, 1.0))


@compiled
def leaning(run: Any, k: int, side: int, regards: Any) -> float:
    """Return the utility of one level of commitment to the closer side."""
    rivals = 0.0
    held_back = 0.0
    for other in range(run.parties):
        party = run.powers[other]
        tie = run.ties[2 + k, 2 + other]
        if tie < 0:  # a rival
            rivals += -tie * party.commitment[1 - side]
        elif tie > 0:  # a friend
            against = patrons.holds_back(
                party.mediates, party.commitment[side], party.commitment[1 - side]
            )
            if against:
                held_back += party.engagement * tie
    return patrons.worth_of_leaning(
        run.protege_value,
        regards[side],
        run.threat[side],
        run.partner_cost,
        regards[1 - side],
        run.contest,
        rivals,
        run.powers[k].engagement,
        run.restraint,
        held_back,
    )


@compiled
def mediating(run: Any, k: int, access: float) -> float:
    """Return the utility of mediating with full credibility."""
    power = run.powers[k]
    seated = 0.0
    for seat in range(run.parties):
        if run.powers[seat].seated:
            seated += positive(-run.ties[2 + k, 2 + seat])
    return patrons.utility_of_mediation(
        run.broker_ambition,
        power.broker_value,
        power.engagement,
        patrons.urgency(run.attention, run.stop == TRUCE, run.mediator == k),
        positive(access),
        power.authority,
        1.0,
        min(seated, 1.0),
    )


@compiled
def foreseen(run: Any, power: Any, k: int, level: int) -> float:
    """Return its mean credibility with both sides if it mediates at a level of commitment."""
    if run.structural_balance == 0:  # then its ties never change
        return power.foreseen[level]
    side = 1 if power.closer_side == DEFENDER else 0
    towards = mediators.bias(
        run.ties[2 + k, side], run.ties[2 + k, 1 - side], power.seen[level], 0.0
    )
    return (credibility(run, towards) + credibility(run, -towards)) / 2.0


@compiled
def credibility(run: Any, towards: float) -> float:
    """Return how credible a mediator is to a side in this run."""
    curve = run.credibility
    return mediators.credibility((curve[0], curve[1], curve[2], curve[3], curve[4]), towards)
