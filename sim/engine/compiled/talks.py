"""Proposals, signatures and calls on allies in one run; see :mod:`sim.engine.steps.talks`."""

from __future__ import annotations

from typing import Any

from sim.engine.compiled.constants import (
    ALONE,
    BROKEN,
    CHALLENGER,
    CONTACT,
    DEFENDER,
    FIGHTING,
    INVOKE,
    INVOKED,
    LULL,
    MEDIATOR,
    NEVER,
    OF_FIGHTING,
    SIGN,
    SIGNED,
    TRUCE,
)
from sim.engine.compiled.powers import backing_of
from sim.engine.compiled.rules import ceasefires, choice, mediators, positive
from sim.engine.compiled.scalars import compiled, draw
from sim.engine.compiled.sides import is_closed, room
from sim.engine.compiled.stops import begin, cost_of_a_breach, hazard
from sim.engine.rules import FULL_SUPPORT, TRACE


@compiled
def call_allies(run: Any) -> None:
    """Record that the defender invokes its treaties; a second call is not news."""
    if not run.invoked:
        run.news = INVOKED
        run.invoked = True


@compiled
def invoke_treaties(run: Any) -> None:
    """Let the defender invoke its treaties when it fears heavy losses."""
    if run.stop != FIGHTING or not OF_FIGHTING <= run.prompt <= BROKEN:
        return
    scope = 0.0
    for k in range(run.parties):
        if run.powers[k].allied:
            scope = max(scope, run.powers[k].scope)
    if scope > 0:
        utility = run.sides[DEFENDER].danger * scope - run.invocation_threshold * run.stake
        score = utility * run.precision / run.stake - run.inertia
        if run.luck[INVOKE] < choice.logistic(score):
            call_allies(run)


@compiled
def negotiate(run: Any, calendar: Any, day: int) -> None:
    """Let a mediator, or the sides alone, make proposals during fighting or a lull."""
    in_lull = run.stop == LULL and run.begun and not is_closed(run, calendar)
    if run.stop != FIGHTING and not in_lull:
        return
    # 1. whether the sides meet, and who mediates
    direct = mediators.direct_contact(run.direct_channel, run.ties[0, 1], run.ties[1, 0])
    if run.luck[CONTACT] >= run.contact_rate * run.attention * (run.all_voices + direct):
        return  # the probability is never higher
    ready = mediators.readiness(run.recess, float(day - run.recess_since))
    chance = mediators.contact(run.contact_rate, run.attention, run.all_voices, direct, ready)
    if run.luck[CONTACT] >= chance:
        return
    run.talked = day
    run.recess_since = day
    for k in range(run.parties):
        run.score[k] = run.powers[k].speaks
    run.score[run.parties] = direct
    drawn = draw(run.score, run.parties + 1, run.luck[MEDIATOR])
    run.proposer = ALONE if drawn == run.parties else drawn
    propose(run, calendar, day)


@compiled
def propose(run: Any, calendar: Any, day: int) -> None:
    """Propose a freeze and a package, one after the other; signatures of both sides seal one."""
    mediator = run.proposer
    challenger, defender = run.sides[CHALLENGER], run.sides[DEFENDER]
    # 1. terms and peacekeepers of the package
    ceded = run.package_share * room(run)
    granted = ceded + run.concession
    is_available = run.package_open and granted > TRACE
    guard, peacekeeping = guard_of(run, mediator)
    terms = granted if is_available else 0.0
    protection = run.guarantee * peacekeeping if is_available else 0.0
    # 2. the probability that each side signs either
    refusing = price_of_refusal(run)
    backed = backing_of(run, mediator)
    presses = 1.0 if mediator >= 0 else 0.0  # nobody presses the sides in talks of their own
    of_challenger = challenger.pressure * presses - refusing
    of_defender = defender.pressure * presses
    fear = 0.0
    if is_available and ceded > TRACE:
        beaten = defender.success[CHALLENGER]
        fear = ceasefires.fear_of_next_demand(run.commitment_problem, beaten, protection)
    freeze = chances(run, 0.0, 0.0, 0.0, backed, of_challenger, of_defender)
    package = chances(run, terms, protection, fear, backed, of_challenger, of_defender)
    # 3. the better proposal comes first, and the other one if a side refuses
    package_first = package[0] * package[1] * package[2] > freeze[0] * freeze[1] * freeze[2] + TRACE
    first = package if package_first else freeze
    first_signed = run.luck[SIGN] < first[0] and run.luck[SIGN + 1] < first[1]
    is_package = package_first if first_signed else not package_first
    last = package if is_package else freeze
    signs = (run.luck[SIGN] < last[0], run.luck[SIGN + 1] < last[1])
    run.offers += 1
    run.signed[0] += signs[0]
    run.signed[1] += signs[1]
    # 4. signatures of both sides take effect
    if signs[0] and signs[1]:
        if is_package:
            seal(run, calendar, mediator, terms, protection, day)
            run.guard = guard if protection > 0 else ALONE
        else:
            seal(run, calendar, mediator, 0.0, 0.0, day)
            run.guard = ALONE


@compiled
def chances(
    run: Any,
    terms: float,
    protection: float,
    fear: float,
    backed: float,
    incentive_challenger: float,
    incentive_defender: float,
) -> tuple[float, float, float]:
    """Return the probabilities that each side signs a proposal, and that it then holds."""
    challenger, defender = run.sides[CHALLENGER], run.sides[DEFENDER]
    gain_challenger = challenger.value - terms
    gain_defender = defender.value
    breach = cost_of_a_breach(run)
    gap = max(gain_challenger, gain_defender) - breach
    holds = ceasefires.chance_to_hold(hazard(run, gap, protection, backed), run.foresight)
    precision = run.precision / run.stake
    utility = ceasefires.utility_of_signing(
        terms,
        0.0,
        challenger.value,
        holds,
        incentive_challenger,
        breach if gain_challenger > 0 else 0.0,
    )
    of_challenger = ceasefires.chance_of_signature(precision * utility)
    utility = ceasefires.utility_of_signing(
        -fear,
        defender.cession_worth * terms,
        defender.value,
        holds,
        incentive_defender,
        breach if gain_defender > 0 else 0.0,
    )
    return of_challenger, ceasefires.chance_of_signature(precision * utility), holds


@compiled
def guard_of(run: Any, mediator: int) -> tuple[int, float]:
    """Return who would send the peacekeepers, and how well they protect a package."""
    if mediator < 0 or not run.parties:
        return ALONE, 0.0
    best = 0
    for k in range(1, run.parties):
        if run.powers[k].peacekeeping * run.powers[k].mediates > (
            run.powers[best].peacekeeping * run.powers[best].mediates
        ):
            best = k
    return best, run.powers[best].peacekeeping * run.powers[best].mediates


@compiled
def price_of_refusal(run: Any) -> float:
    """Return the challenger's gain by refusing a settlement that leaves its patrons out."""
    backing = 0.0
    for k in range(run.parties):
        if run.powers[k].supports and not run.powers[k].seated:
            support = run.powers[k].support[0] / FULL_SUPPORT
            backing += support * positive(run.ties[0, 2 + k])
    return run.spoiler * run.stake * backing


@compiled
def seal(
    run: Any,
    calendar: Any,
    mediator: int,
    terms: float,
    protection: float,
    day: int,
) -> None:
    """Put a signed proposal into force: from tomorrow, or at once during a lull."""
    if run.stop == FIGHTING:
        begin(run, calendar, TRUCE, day + 1)
    run.stop = TRUCE
    run.terms = terms
    run.owed = terms
    run.protection = protection
    run.mediator = mediator
    run.due_age = run.age + calendar.cession_day
    run.news = SIGNED
    if mediator >= 0:
        run.ceasefires += 1
        if run.first_ceasefire == NEVER:
            run.first_ceasefire = day + 1
