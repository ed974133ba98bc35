"""How fighting stops and starts again in one run; see :mod:`sim.engine.steps.stops`."""

from __future__ import annotations

from typing import Any

from sim.engine.belligerent import LEVELS
from sim.engine.compiled.constants import (
    BREAK,
    BROKEN,
    CAPITULATE,
    CAPITULATION,
    FIGHTING,
    HOLD_FIRE,
    LIMITED_OFFENSIVE,
    LULL,
    NEVER,
    SKIRMISH,
    TRUCE,
)
from sim.engine.compiled.powers import backing_of
from sim.engine.compiled.rules import ceasefires, choice, positive
from sim.engine.compiled.scalars import compiled
from sim.engine.compiled.sides import cease, is_closed, open_fire, prospect_of_resistance, room
from sim.engine.rules import TRACE


@compiled
def begin(run: Any, calendar: Any, kind: int, day: int) -> None:
    """Begin a cessation of fighting: both sides hold fire."""
    run.stop = kind
    run.age = 0
    run.due_age = calendar.cession_day
    run.terms = 0.0
    run.owed = 0.0
    run.protection = 0.0
    run.mediator = -1
    run.guard = -1
    cease(run)
    run.stop_day = day
    if run.first_stop == NEVER:
        run.first_stop = day


@compiled
def fall_silent(run: Any, calendar: Any, day: int) -> None:
    """Begin a lull where neither side fired today."""
    if run.stop == FIGHTING and run.level == HOLD_FIRE:
        begin(run, calendar, LULL, day)


@compiled
def capitulate(run: Any, calendar: Any, day: int) -> None:
    """Let the defender surrender what the challenger aims at, under attack or under its threat."""
    left = room(run)
    if run.stop != FIGHTING or run.level < LIMITED_OFFENSIVE or left <= TRACE:
        return
    kept = positive(1.0 - run.held - run.ceded - left)
    fear = run.commitment_problem * kept
    utility = ceasefires.utility_of_surrender(left, fear, prospect_of_resistance(run))
    if choice.accepts(utility, run.precision / run.stake, run.luck[CAPITULATE]):
        run.ceded += left
        run.is_new = True
        begin(run, calendar, CAPITULATION, day + 1)
        run.mediator = run.proposer if run.talked == day else -1


@compiled
def gain_of_defender(run: Any, due: float) -> float:
    """Return what the defender gains by fighting on instead of stopping, see ``gains``."""
    if due > TRACE:
        return prospect_of_resistance(run) + run.sides[1].cession_worth * due
    return run.sides[1].value


@compiled
def hazard(run: Any, gap: float, protection: float, backed: float) -> float:
    """Return the hazard of a cessation on its first day, a day."""
    return ceasefires.first_hazard(
        run.break_rate,
        positive(gap),
        run.stake,
        run.precision,
        run.terms_fit,
        protection,
        backed,
    )


@compiled
def cost_of_a_breach(run: Any) -> float:
    """Return a side's cost of breaking a ceasefire that it signed."""
    return run.tied_hands * run.stake


@compiled
def is_over(run: Any, calendar: Any, day: int) -> bool:
    """Return whether no outcome can change any more on the morning of a day."""
    if day <= calendar.last_call or run.stop == FIGHTING or not is_closed(run, calendar):
        return False
    return run.age > run.due_age and run.structural_balance == 0


@compiled
def break_stop(run: Any, calendar: Any, day: int) -> None:
    """Break a cessation by its hazard; the side that gains more by fighting strikes first."""
    if run.stop == FIGHTING or is_closed(run, calendar):
        return
    # 1. who would gain by fighting, less the cost of breaking a signature
    due = run.owed if run.age >= run.due_age else 0.0
    of_challenger = run.sides[0].value - run.terms
    of_defender = gain_of_defender(run, due)
    signed = run.stop == TRUCE
    gap = max(of_challenger, of_defender) - (cost_of_a_breach(run) if signed else 0.0)
    # 2. whether it breaks
    first_hazard = hazard(run, gap, run.protection, backing_of(run, run.mediator))
    if run.luck[BREAK] * (1.0 + run.age) ** 2 >= first_hazard:  # the probability is never higher
        return
    if run.luck[BREAK] >= ceasefires.chance_of_break(first_hazard, run.age):
        return
    # 3. what a break changes
    if signed:
        run.failed += run.mediator >= 0
        run.news = BROKEN
        run.recess_since = day
    run.stop = FIGHTING
    run.failed_stops += run.begun
    run.begun = True
    # 4. the aggressor opens fire, and the other side answers
    striker = 0 if of_challenger >= of_defender else 1
    strike(run, striker)


@compiled
def strike(run: Any, striker: int) -> None:
    """Open fire on both sides after a break."""
    run.is_new = True
    side, enemy = run.sides[striker], run.sides[1 - striker]
    best = 0
    for level in range(1, LEVELS):
        if side.utility[level] > side.utility[best]:
            best = level
    most = max(side.war_escalation, LIMITED_OFFENSIVE)
    level = max(min(best, most), SKIRMISH)
    answer = max(enemy.war_escalation, SKIRMISH)
    if not (striker == 1 and run.owed > TRACE):
        answer = min(answer, level)
    open_fire(run, side, level)
    open_fire(run, enemy, answer)


@compiled
def age_stop(run: Any, calendar: Any, day: int) -> None:
    """Let a cessation age by a day; carry out the terms that are due and thank its mediator."""
    # a cessation that was agreed today begins tomorrow, and does not age yet
    if run.stop == FIGHTING or run.stop_day > day:
        return
    if run.age == run.due_age:
        # 1. the territory of a package is ceded, up to the challenger's aim
        run.package_open &= run.owed <= TRACE
        run.ceded += min(positive(run.owed - run.concession), room(run))
        run.is_new = True
        run.owed = 0.0
        # 2. both sides' ties to the mediator rise
        if run.mediator >= 0:
            thanks = calendar.cession_day * run.tie_drift / 2.0
            for side in range(2):
                tie = run.ties[side, 2 + run.mediator]
                run.ties[side, 2 + run.mediator] = min(tie + thanks, 1.0)
            run.is_stale = True
    run.age += 1
