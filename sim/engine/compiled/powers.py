"""A third party's day in one run; see :class:`~sim.engine.third_party.ThirdParty`."""

from __future__ import annotations

import math
from typing import Any


from sim.engine import rules as basic
from sim.engine.compiled.constants import (
    ANOTHER,
    ARMS,
    DEFENDER,
    FORCE,
    LEVEL_TOWARDS,
    NEITHER,
    NO_NEWS,
    OPTION_AT,
    OPTION_LEVEL,
    OPTION_MEDIATES,
    OPTION_OF,
    OPTIONS,
    PAID,
    STANCE,
    STANCE_LEVEL,
    STANCE_MEDIATES,
    STANCE_OF,
    STANCE_SIDE,
    TRUCE,
    WORDS,
)
from sim.engine.compiled.scalars import compiled, compiled_rules
from sim.engine.compiled.sides import choose
from sim.engine.draws import NO_POLICY
from sim.engine.rules import TRACE
from sim.engine.rules import choice as choice_rules
from sim.engine.rules import mediators as mediator_rules
from sim.engine.rules import patrons as patron_rules

choice = compiled_rules(choice_rules)
mediators = compiled_rules(mediator_rules)
patrons = compiled_rules(patron_rules)
positive = compiled_rules(basic).positive

LEVELS = patron_rules.LEVELS
AID_AT_MOST = patron_rules.AID_AT_MOST
LN_2 = math.log(2)


@compiled
def decide(
    run: Any,
    powers: Any,
    ties: Any,
    traits: Any,
    k: int,
    event_stance: int,
    had_event: bool,
    luck: Any,
    scratch: Any,
) -> None:
    """Follow an event or a policy, or else review the stance where there is news."""
    power = powers[k]
    power.next_stance = power.stance
    if run.settled:
        return
    fixed = event_stance if event_stance != NO_POLICY else power.policy_stance
    if fixed != NO_POLICY:
        power.next_stance = fixed
    elif had_event or run.prompt != NO_NEWS:
        chosen = review(run, powers, ties, traits, k, luck[STANCE + k], scratch)
        if had_event or not is_indifferent(run, powers, ties, k):
            power.next_stance = chosen


@compiled
def is_indifferent(run: Any, powers: Any, ties: Any, k: int) -> bool:
    """Return whether the only news is a change of commitment by others than its rivals."""
    if run.prompt != ANOTHER:
        return False
    for rival in range(len(powers)):
        if powers[rival].moved and ties[2 + k, 2 + rival] < 0:
            return False
    return True


@compiled
def act(run: Any, power: Any, ties: Any, trait: Any, k: int) -> None:
    """Apply the chosen stance where it is new."""
    power.moved = False
    if power.next_stance == power.stance:
        return
    stance = power.next_stance
    power.stance = stance
    level = STANCE_LEVEL[stance]
    power.mediates = 1.0 if STANCE_MEDIATES[stance] else 0.0
    for side in range(2):
        favours = STANCE_SIDE[stance] == side
        seen = power.seen[level] if favours else 0.0
        power.moved |= power.commitment[side] != seen
        power.force[side] = favours and level == FORCE
        power.support[side] = power.given[level] if favours else 0.0
        power.commitment[side] = seen
    if trait.brokers:
        update_credibility(run, power, ties, k)


@compiled
def update_credibility(run: Any, power: Any, ties: Any, k: int) -> None:
    """Work out its credibility with both sides, at the bias of its present commitments."""
    towards = mediators.bias(
        ties[2 + k, 0], ties[2 + k, 1], power.commitment[0], power.commitment[1]
    )
    power.believed[0] = credibility(run, towards)
    power.believed[1] = credibility(run, -towards)
    power.least_believed = min(power.believed[0], power.believed[1])


@compiled
def credibility(run: Any, towards: float) -> float:
    """Return how credible a mediator is to a side in this run."""
    curve = run.credibility
    return mediators.credibility((curve[0], curve[1], curve[2], curve[3], curve[4]), towards)


@compiled
def review(
    run: Any, powers: Any, ties: Any, traits: Any, k: int, uniform: float, scratch: Any
) -> int:
    """Return the stance that it chooses."""
    power = powers[k]
    trait = traits[k]
    side = power.leaning
    now = power.stance
    utility, score = scratch[0], scratch[1]
    # 1. score of each option in nats
    weigh(run, powers, ties, traits, k, utility)
    present = LEVEL_TOWARDS[side, now]
    in_force = OPTION_OF[side, now]
    goes_on = in_force < OPTIONS and not is_never(power, trait, in_force)
    for option in range(OPTIONS):
        nats = utility[option] * run.patron_precision
        rise = max(OPTION_LEVEL[option] - present, 0)
        starts = OPTION_MEDIATES[option] and not STANCE_MEDIATES[now]
        if option == in_force:
            nats += run.inertia
        nats -= LN_2 * (rise + starts)
        # 2. options that are closed today
        closed = rise > 0 and (
            utility[option]
            <= utility[OPTION_AT[int(OPTION_MEDIATES[option]), present]] + TRACE
        )
        if starts and trait.brokers:
            closed |= utility[option] <= utility[option - 1] + TRACE
            closed |= not is_welcome(run, power, ties, k, side, option)
        if goes_on:
            closed |= utility[option] <= utility[in_force] + TRACE
            closed &= option != in_force
        closed |= is_never(power, trait, option)
        score[option] = -choice.RULED_OUT if closed else nats
    # 3. the choice
    return STANCE_OF[side, choose(score, OPTIONS, uniform)]


@compiled
def is_never(power: Any, trait: Any, option: int) -> bool:
    """Return whether an option is never open to it in this run."""
    if trait.excluded[option]:
        return True
    if not trait.supports:
        return False
    level = OPTION_LEVEL[option]
    lacks_means = level >= ARMS and power.cap <= AID_AT_MOST
    return lacks_means or (level >= WORDS and power.closer_side == NEITHER)


@compiled
def is_welcome(run: Any, power: Any, ties: Any, k: int, side: int, option: int) -> bool:
    """Return whether both sides would receive it as a mediator with the option's commitment."""
    committed = power.seen[OPTION_LEVEL[option]]
    received = mediators.reception(ties[1 - side, 2 + k], run.estrangement, committed)
    return received > 0 and ties[side, 2 + k] > 0


@compiled
def weigh(run: Any, powers: Any, ties: Any, traits: Any, k: int, utility: Any) -> None:
    """Work out the utility of each option."""
    power = powers[k]
    trait = traits[k]
    side = power.leaning
    regards = (
        regard(run, powers, ties, trait, k, 0),
        regard(run, powers, ties, trait, k, 1),
    )
    utility[:OPTIONS] = 0.0
    # 1. commitment to a side: gain, price of rising, cost of going back
    if trait.supports:
        worth = leaning(run, powers, ties, k, side, regards)
        paid = power.prices[LEVEL_TOWARDS[side, power.stance]]
        for option in range(OPTIONS):
            level = OPTION_LEVEL[option]
            gain = power.seen[level] * worth
            price = patrons.price_of_climbing(run.force_cost, power.prices[level], paid)
            turning = patrons.cost_of_turning(
                run.tied_hands, power.commitment[side], power.seen[level]
            )
            utility[option] = gain - price - turning
    # 2. mediation
    if trait.brokers:
        worth = brokering(run, powers, ties, traits, k, regards)
        for option in range(1, OPTIONS, 2):
            utility[option] += worth * foreseen(run, power, ties, k, option // 2)
    # 3. an invoked treaty
    if trait.allied and run.invoked:
        for option in range(OPTIONS):
            utility[option] -= patrons.duty_owed(
                run.treaty_duty, run.threat[1], power.scope, PAID[side, option]
            )


@compiled
def regard(run: Any, powers: Any, ties: Any, trait: Any, k: int, side: int) -> float:
    """Return the regard for a side, which falls with the side's closeness to rivals."""
    tie = ties[2 + k, side]
    if not trait.claims:
        return positive(tie)
    courts = 0.0
    for rival in range(len(powers)):
        courts += positive(-ties[2 + k, 2 + rival]) * positive(ties[side, 2 + rival])
    return patrons.regard(tie, run.displacement, powers[k].sphere, courts.clip(0.0, 1.0))


@compiled
def leaning(run: Any, powers: Any, ties: Any, k: int, side: int, regards: Any) -> float:
    """Return the utility of one level of commitment to the closer side."""
    power = powers[k]
    rivals = 0.0
    held_back = 0.0
    for other in range(len(powers)):
        party = powers[other]
        tie = ties[2 + k, 2 + other]
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
        power.engagement,
        run.restraint,
        held_back,
    )


@compiled
def brokering(run: Any, powers: Any, ties: Any, traits: Any, k: int, regards: Any) -> float:
    """Return the utility of mediating with full credibility."""
    power = powers[k]
    seated = 0.0
    for seat in range(len(powers)):
        if traits[seat].seated:
            seated += positive(-ties[2 + k, 2 + seat])
    return patrons.utility_of_mediation(
        run.broker_ambition,
        power.broker_value,
        power.engagement,
        patrons.urgency(run.attention, run.stop == TRUCE, run.mediator == k),
        positive(min(regards[0], regards[1])),
        power.authority,
        1.0,
        seated.clip(0.0, 1.0),
    )


@compiled
def foreseen(run: Any, power: Any, ties: Any, k: int, level: int) -> float:
    """Return its mean credibility with both sides if it mediates at a level of commitment."""
    if run.structural_balance == 0:  # then its ties never change
        return power.foreseen[level]
    side = 1 if power.closer_side == DEFENDER else 0
    towards = mediators.bias(ties[2 + k, side], ties[2 + k, 1 - side], power.seen[level], 0.0)
    return (credibility(run, towards) + credibility(run, -towards)) / 2.0


@compiled
def update_support(run: Any, powers: Any, ties: Any) -> None:
    """Sum up outside support and the mediators' voices after the third parties have acted."""
    # 1. support and commitment
    support_challenger = 0.0
    support_defender = 0.0
    commitment = 0.0
    for k in range(len(powers)):
        power = powers[k]
        support_challenger += power.support[0]
        support_defender += power.support[1]
        commitment += power.commitment[0] + power.commitment[1]
    run.total_support[0] = support_challenger
    run.total_support[1] = support_defender
    run.all_commitment = commitment
    run.advantage = run.support_effect * (support_challenger - support_defender)
    # 2. voice of each mediator
    voices = 0.0
    for k in range(len(powers)):
        power = powers[k]
        for side in range(2):
            power.received[side] = mediators.reception(
                ties[side, 2 + k], run.estrangement, power.commitment[1 - side]
            )
        power.heard = power.mediates * power.engagement * power.authority
        power.trusted = power.heard * power.least_believed
        access = min(power.received[0], power.received[1])
        power.voice = mediators.voice(power.trusted, power.broker_value, access)
        voices += power.voice
    # 3. voice of each mediator among all
    run.all_voices = 0.0
    for k in range(len(powers)):
        power = powers[k]
        power.pull = 0.0
        if power.voice > 0:
            power.pull = mediators.pull(power.voice / max(voices, 1e-12), run.dilution)
        power.speaks = power.voice * power.pull
        run.all_voices += power.speaks


@compiled
def update_authority(run: Any, powers: Any, traits: Any) -> None:
    """Update the authority of powers that claim a sphere, which others' commitment reduces."""
    for k in range(len(powers)):
        if traits[k].claims:
            power = powers[k]
            others = run.all_commitment - power.commitment[0] - power.commitment[1]
            power.authority = mediators.authority(run.authority_loss, power.sphere, others)


@compiled
def backing_of(run: Any, powers: Any, mediator: int) -> float:
    """Return how strongly a mediator would back a ceasefire; 0 for none."""
    if mediator < 0:
        return 0.0
    return mediators.guaranteed(run.backing, powers[mediator].trusted)


