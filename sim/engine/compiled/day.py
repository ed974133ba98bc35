"""A day of one run after the other, in the order of :class:`~sim.engine.world.World`."""

from __future__ import annotations

from typing import Any

from sim.engine.compiled import fighting, powers, sides, stops, talks
from sim.engine.compiled.constants import (
    ANOTHER,
    FIGHTING,
    NO_NEWS,
    OF_FIGHTING,
    OF_GROUND,
    ONSET,
    REVIEW,
    ROUTINE,
)
from sim.engine.compiled.rules import patrons
from sim.engine.compiled.scalars import compiled, entry

TILE = 48
SPELL = 10
"""Runs and days that are simulated in turn, so that records and random numbers stay in the cache.
"""


@compiled
def update_news(run: Any, calendar: Any, day: int) -> None:
    """Work out on what news third parties review their stances today."""
    run.settled = run.stop != FIGHTING and sides.is_closed(run, calendar)
    # 1. the news with the highest code
    ground = run.held + run.ceded
    of_fighting, of_ground = patrons.has_news(
        run.stop == FIGHTING, run.attention, run.attention_then, ground, run.ground_then
    )
    prompt = run.news
    if run.any_moved:
        prompt = max(prompt, ANOTHER)
    if run.luck[REVIEW] * calendar.review_days < 1.0:
        prompt = max(prompt, ROUTINE)
    if of_fighting:
        prompt = max(prompt, OF_FIGHTING)
    if of_ground:
        prompt = max(prompt, OF_GROUND)
    # 2. the first reviews are on day 1, and the last before the crisis is closed
    if day <= 1:
        prompt = ONSET if day == 1 else NO_NEWS
    if run.settled:
        prompt = NO_NEWS
    run.prompt = prompt
    # 3. what a later review compares with
    if prompt != NO_NEWS:
        run.attention_then = run.attention
        run.ground_then = ground


@compiled
def live(run: Any, calendar: Any, today: Any, day: int) -> None:
    """Simulate one day of one run."""
    # 1. what is news this morning, and what both sides see
    if day == 0:
        sides.update_odds(run)
    update_news(run, calendar, day)
    sides.perceive(run, day)
    # 2. what third parties see, decide and do
    if run.prompt != NO_NEWS or run.any_moved or today.changes:
        powers.take_stances(run, today)
    # 3. what both sides decide and do
    if run.stop == FIGHTING and day > 0:
        sides.decide(run)
    # 4. consequences
    if run.any_moved or today.changes:
        powers.update_support(run, today)
    if run.is_stale:
        powers.update_voices(run)
    run.news = NO_NEWS
    if today.calls:
        talks.call_allies(run)
    stops.break_stop(run, calendar, day)
    fighting.fight(run)
    stops.fall_silent(run, calendar, day)
    if calendar.is_treaty:
        talks.invoke_treaties(run)
    talks.negotiate(run, calendar, day)
    stops.capitulate(run, calendar, day)
    stops.age_stop(run, calendar, day)
    fighting.drift_by_help(run)


@entry
def play_days(
    runs: Any,
    calendar: Any,
    days: Any,
    numbers: Any,
    columns: Any,
    daily: Any,
    first: int,
    change: Any,
) -> None:
    """Simulate all days of some runs.

    Args:
        runs: the runs, ``(runs,)``, see :func:`~sim.engine.compiled.layout.run_type`; updated in
            place.
        calendar: what the scenario says about days.
        days: what events do on each day, ``(days,)``.
        numbers: random numbers, ``(days, columns, streams)``.
        columns: column of each run in ``numbers``, ``(runs,)``.
        daily: daily quantities of all runs in the order of the outcomes, ``(quantities, days,
            runs)``; updated in place.
        first: position of the first of these runs in ``daily``.
        change: room for the change of all ties, ``(N, N)``.
    """
    for start in range(0, len(runs), TILE):
        for opening in range(0, len(days), SPELL):
            for r in range(start, min(start + TILE, len(runs))):
                for day in range(opening, min(opening + SPELL, len(days))):
                    play_day(runs[r], calendar, days[day], day, numbers[day, columns[r]], change)
                    record(runs[r], daily[:, day, first + r])


@compiled
def play_day(run: Any, calendar: Any, today: Any, day: int, numbers: Any, change: Any) -> None:
    """Simulate one day of one run, unless it is over."""
    if run.over:
        return
    for stream in range(len(numbers)):
        run.luck[stream] = numbers[stream]
    live(run, calendar, today, day)
    if run.structural_balance != 0:
        fighting.balance_ties(run, change)
    run.over = stops.is_over(run, calendar, day + 1)
    if run.over or day == calendar.last_day:
        for k in range(run.parties):
            powers.settle(run, run.powers[k])


@compiled
def record(run: Any, daily: Any) -> None:
    """Record the daily quantities of a run, in the order of the outcomes."""
    daily[0] = run.level_recorded
    daily[1] = sides.won(run)
    daily[2] = run.ceded
    daily[3] = run.deaths[0] + run.deaths[1]
    daily[4] = run.total_support[0]
    daily[5] = run.total_support[1]
