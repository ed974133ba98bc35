"""A day of one run after the other, in the order of :class:`~sim.engine.world.World`."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from sim.engine.compiled import fighting, powers, sides, stops, talks
from sim.engine.compiled.constants import (
    ANOTHER,
    FIGHTING,
    NO_NEWS,
    OF_FIGHTING,
    OF_GROUND,
    ONSET,
    OPTIONS,
    REVIEW,
    ROUTINE,
)
from sim.engine.compiled.scalars import compiled, compiled_rules
from sim.engine.draws import NO_POLICY
from sim.engine.rules import choice as choice_rules
from sim.engine.rules import mediators as mediator_rules
from sim.engine.rules import patrons as patron_rules

choice = compiled_rules(choice_rules)
mediators = compiled_rules(mediator_rules)
patrons = compiled_rules(patron_rules)

TILE = 16
"""Runs that are simulated together over some days, so that they stay in the cache."""


@compiled
def update_public_view(run: Any, parties: Any, traits: Any, calendar: Any) -> None:
    """Work out what all actors see in the morning."""
    powers.update_authority(run, parties, traits)
    advantage = run.balance + run.advantage
    for side in range(2):
        attack = choice.logistic(sides.log_odds_of_attack(run, 1 - side, advantage, False))
        run.threat[side] = patrons.threat(run.attention, attack)
    run.settled = run.stop != FIGHTING and sides.is_closed(run, calendar)


@compiled
def update_news(run: Any, parties: Any, calendar: Any, day: int, luck: Any) -> None:
    """Work out on what news third parties review their stances today."""
    # 1. the news with the highest code
    ground = run.held + run.ceded
    of_fighting, of_ground = patrons.has_news(
        run.stop == FIGHTING, run.attention, run.attention_then, ground, run.ground_then
    )
    prompt = run.news
    for k in range(len(parties)):
        if parties[k].moved:
            prompt = max(prompt, ANOTHER)
    if luck[REVIEW] * calendar.review_days < 1.0:
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
def update_supplies(run: Any, parties: Any, withheld: Any) -> None:
    """Work out what each power supplies to each side today."""
    for k in range(len(parties)):
        power = parties[k]
        for side in range(2):
            part = mediators.delivered(run.withholding, power.support[1 - side])
            power.supplies[side] = 0.0 if withheld[k] else power.stated_supplies[side] * part


@compiled
def live(
    run: Any,
    pair: Any,
    parties: Any,
    ties: Any,
    traits: Any,
    calendar: Any,
    day: int,
    luck: Any,
    scratch: Any,
) -> None:
    """Simulate one day of one run."""
    # 1. what all actors see in the morning
    update_public_view(run, parties, traits, calendar)
    update_news(run, parties, calendar, day, luck)
    # 2. actors
    for number in range(2):
        sides.perceive(run, pair, parties, number, day)
    for number in range(2):
        sides.decide(run, pair, number, day, luck, scratch[0])
    for k in range(len(parties)):
        had_event = day > 0 and calendar.stances[day - 1, k] != NO_POLICY
        event = calendar.stances[day, k]
        powers.decide(run, parties, ties, traits, k, event, had_event, luck, scratch)
    for number in range(2):
        sides.act(run, pair, number)
    for k in range(len(parties)):
        powers.act(run, parties[k], ties, traits[k], k)
    powers.update_support(run, parties, ties)
    # 3. consequences
    run.news = NO_NEWS
    if calendar.calls[day]:
        talks.call_allies(run)
    update_supplies(run, parties, calendar.withheld[day])
    stops.break_stop(run, pair, parties, calendar, day, luck)
    fighting.fight(run, pair, parties, traits, luck)
    stops.fall_silent(run, pair, calendar, day)
    if calendar.is_treaty:
        talks.invoke_treaties(run, pair, parties, traits, luck)
    talks.negotiate(run, pair, parties, ties, traits, calendar, day, luck, scratch[0])
    stops.capitulate(run, pair, calendar, day, luck)
    stops.age_stop(run, ties, calendar, day)
    fighting.drift_ties(run, parties, ties, traits, scratch)


@numba.njit(error_model="numpy", cache=True, nogil=True, _nrt=False)
def play_days(
    block: Any,
    traits: Any,
    calendar: Any,
    first: int,
    uniforms: Any,
    columns: Any,
    daily: Any,
    luck: Any,
    scratch: Any,
) -> int:
    """Simulate some days of all runs.

    Args:
        block: the runs, see :class:`~sim.engine.compiled.layout.Block`; updated in place.
        traits: what each third party can do, ``(K,)``.
        calendar: what the scenario says about days.
        first: the first day.
        uniforms: random numbers of these days, ``(streams, days, columns)``.
        columns: column of each run in ``uniforms``, ``(runs,)``.
        daily: daily quantities in the order of the outcomes, ``(quantities, days of the crisis,
            runs)``; updated in place.

    Returns:
        The number of runs that are not over.
    """
    runs = block.runs
    streams, days, _ = uniforms.shape
    going = 0
    for start in range(0, len(runs), TILE):
        tile = range(start, min(start + TILE, len(runs)))
        for day in range(first, first + days):
            for r in tile:
                run = runs[r]
                if not run.over:
                    for stream in range(streams):
                        luck[stream] = uniforms[stream, day - first, columns[r]]
                    live(
                        run,
                        block.sides[r],
                        block.powers[r],
                        block.ties[r],
                        traits,
                        calendar,
                        day,
                        luck,
                        scratch,
                    )
                    run.over = stops.is_over(run, calendar, day + 1)
                daily[0, day, r] = run.level_recorded
                daily[1, day, r] = sides.won(run)
                daily[2, day, r] = run.ceded
                daily[3, day, r] = run.deaths[0] + run.deaths[1]
                daily[4, day, r] = run.total_support[0]
                daily[5, day, r] = run.total_support[1]
        for r in tile:
            going += not runs[r].over
    return going
