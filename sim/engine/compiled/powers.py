"""Third parties' day in one run; see :class:`~sim.engine.third_party.ThirdParty`.

Most days bring no news, and change nothing here.
"""

from __future__ import annotations

from typing import Any

from sim.engine.compiled.constants import (
    ANOTHER,
    FORCE,
    NO_NEWS,
    STANCE,
    STANCE_LEVEL,
    STANCE_MEDIATES,
    STANCE_SIDE,
)
from sim.engine.compiled.reviews import credibility, review
from sim.engine.compiled.rules import mediators, patrons
from sim.engine.compiled.scalars import compiled
from sim.engine.compiled.sides import update_odds
from sim.engine.draws import NO_POLICY


@compiled
def take_stances(run: Any, today: Any) -> None:
    """Let all third parties decide, and then act."""
    update_authority(run)
    for side in range(2):
        run.threat[side] = patrons.threat(run.attention, run.success[1 - side])
    for k in range(run.parties):
        decide(run, today.fixed[k], k, run.luck[STANCE + k])
    run.any_moved = False
    for k in range(run.parties):
        act(run, run.powers[k], k)


@compiled
def decide(
    run: Any,
    fixed: Any,
    k: int,
    uniform: float,
) -> None:
    """Follow an event or a policy, or else review the stance where there is news."""
    power = run.powers[k]
    power.next_stance = power.stance
    if run.settled:
        return
    stance = fixed.stance if fixed.stance != NO_POLICY else power.policy_stance
    if stance != NO_POLICY:
        power.next_stance = stance
    elif fixed.was_fixed or (run.prompt != NO_NEWS and not is_indifferent(run, k)):
        power.next_stance = review(run, k, uniform)


@compiled
def is_indifferent(run: Any, k: int) -> bool:
    """Return whether the only news is a change of commitment by others than its rivals."""
    if run.prompt != ANOTHER:
        return False
    for rival in range(run.parties):
        if run.powers[rival].moved and run.ties[2 + k, 2 + rival] < 0:
            return False
    return True


@compiled
def act(run: Any, power: Any, k: int) -> None:
    """Apply the chosen stance where it is new."""
    power.moved = False
    if power.next_stance == power.stance:
        return
    settle(run, power)
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
    if power.brokers:
        update_credibility(run, power, k)
    run.any_moved |= power.moved
    run.is_stale = True


@compiled
def settle(run: Any, power: Any) -> None:
    """Count what a third party has done on all days of fighting since its last change."""
    days = run.days_fought - power.counted
    power.counted = run.days_fought
    power.mediated += days * power.mediates
    for side in range(2):
        power.supported[side] += days * power.support[side]
        power.supplied[side] += days * power.supplies[side]
        power.fought_for[side] |= days > 0 and power.force[side]


@compiled
def update_credibility(run: Any, power: Any, k: int) -> None:
    """Work out its credibility with both sides, at the bias of its present commitments."""
    towards = mediators.bias(
        run.ties[2 + k, 0], run.ties[2 + k, 1], power.commitment[0], power.commitment[1]
    )
    power.believed[0] = credibility(run, towards)
    power.believed[1] = credibility(run, -towards)


@compiled
def update_support(run: Any, today: Any) -> None:
    """Sum up outside support and commitment after the third parties have acted."""
    # 1. all third parties together
    challengers = 0.0
    defenders = 0.0
    commitment = 0.0
    for side in range(2):
        run.is_joined[side] = False
    for k in range(run.parties):
        power = run.powers[k]
        challengers += power.support[0]
        defenders += power.support[1]
        commitment += power.commitment[0] + power.commitment[1]
        for side in range(2):
            run.is_joined[side] |= power.force[side]
    run.total_support[0] = challengers
    run.total_support[1] = defenders
    run.all_commitment = commitment
    run.advantage = run.support_effect * (challengers - defenders)
    update_odds(run)
    # 2. what each supplies to each side
    for k in range(run.parties):
        power = run.powers[k]
        settle(run, power)
        for side in range(2):
            part = mediators.delivered(run.withholding, power.support[1 - side])
            supplied = power.stated_supplies[side] * part
            power.supplies[side] = 0.0 if today.fixed[k].withholds else supplied
    run.is_stale = True


@compiled
def update_voices(run: Any) -> None:
    """Work out the voice of each mediator, on its own and among all."""
    run.is_stale = False
    # 1. on its own
    voices = 0.0
    for k in range(run.parties):
        power = run.powers[k]
        power.trusted = 0.0
        power.speaks = 0.0
        if power.mediates > 0:
            for side in range(2):
                power.received[side] = mediators.reception(
                    run.ties[side, 2 + k], run.estrangement, power.commitment[1 - side]
                )
            power.heard = power.mediates * power.engagement * power.authority
            power.trusted = power.heard * min(power.believed[0], power.believed[1])
            access = min(power.received[0], power.received[1])
            power.speaks = mediators.voice(power.trusted, power.broker_value, access)
            voices += power.speaks
    # 2. among all; a mediator that is alone counts in full
    run.all_voices = 0.0
    for k in range(run.parties):
        power = run.powers[k]
        if power.speaks > 0:
            share = power.speaks / max(voices, 1e-12)
            power.pull = mediators.pull(share, run.dilution) if share < 1.0 else 1.0
            power.speaks *= power.pull
            run.all_voices += power.speaks
    update_pressure(run)


@compiled
def update_pressure(run: Any) -> None:
    """Work out the pressure of the mediators on both sides at full attention."""
    for side in range(2):
        run.sides[side].pressure_at_most = 0.0
    for k in range(run.parties):
        power = run.powers[k]
        if power.speaks > 0:
            for side in range(2):
                run.sides[side].pressure_at_most += mediators.pressure(
                    run.leverage,
                    1.0,
                    power.supplies[side],
                    power.heard,
                    power.received[side],
                    power.believed[side],
                    power.pull,
                )


@compiled
def update_authority(run: Any) -> None:
    """Update the authority of powers that claim a sphere, which others' commitment reduces."""
    for k in range(run.parties):
        if run.powers[k].claims:
            power = run.powers[k]
            others = run.all_commitment - power.commitment[0] - power.commitment[1]
            authority = mediators.authority(run.authority_loss, power.sphere, others)
            run.is_stale |= authority != power.authority
            power.authority = authority


@compiled
def backing_of(run: Any, mediator: int) -> float:
    """Return how strongly a mediator would back a ceasefire; 0 for none."""
    if mediator < 0:
        return 0.0
    return mediators.guaranteed(run.backing, run.powers[mediator].trusted)
