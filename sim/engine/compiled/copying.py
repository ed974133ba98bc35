"""Between the arrays of a world, one for each quantity, and the records of runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.compiled.layout import (
    BY_POWER,
    BY_SIDE,
    CALENDAR,
    CHANGING,
    COUNTED,
    DRAWN,
    FIXED,
    GIVEN,
    OF_PARTY,
    OF_SIDE,
    OF_STATE,
    SWITCHES,
    Field,
    Records,
    fields,
    run_type,
    with_room,
)
from sim.engine.draws import NO_POLICY
from sim.engine.rules import patrons
from sim.scenario import STANCE_NAMES, Scenario

if TYPE_CHECKING:
    from sim.engine.third_party import ThirdParty
    from sim.engine.world import World


def runs_of(world: World, where: slice) -> Records:
    """Return some runs of a world at its onset, ``(runs,)``."""
    state = world.state
    parties, actors = len(world.powers), len(state.codes)
    size = where.stop - where.start
    runs = np.zeros(size, run_type(with_room(parties), with_room(actors)))
    _read(runs, state.p, DRAWN, where)
    _read(runs, state.m, SWITCHES, where)
    _read(runs, state, [*GIVEN, *CHANGING, *BY_SIDE], where)
    _read(runs, state, fields("f8", "credibility intensity"), where)
    _read(runs, world.recorder, COUNTED, where)
    for number, side in enumerate(world.sides):
        _read(runs["sides"][:, number], side, OF_SIDE, where)
    runs["ties"][:, :actors, :actors] = np.moveaxis(state.ties[..., where], -1, 0)
    runs["parties"] = parties
    runs["odds_of_attack"] = np.exp(-runs["attack_penalty"])
    runs["odds_at_line"] = np.exp(-runs["attack_penalty"] - runs["prepared_line_effect"])
    for k, party in enumerate(world.powers):
        _read_power(runs["powers"][:, k], world, party, where)
    return runs


def _read_power(records: Records, world: World, party: ThirdParty, where: slice) -> None:
    """Copy what a third party is, has and does at the onset."""
    state = world.state
    k = party.index
    for name in OF_STATE:
        records[name] = getattr(state, name)[k, where]
    for name in BY_POWER:
        records[name] = getattr(state, name)[:, k, where].T
    _read(records, party, OF_PARTY, where)
    # 1. what it can do
    records["next_stance"] = party.stance[where]
    records["scope"] = party.scope[where] if party.allied else 0.0
    records["prices"] = patrons.prices(party.presence[where], party.trespass[where]).T
    records["never"] = party.never(np.arange(where.start, where.stop)).T
    # 2. what it is in all runs
    records["brokers"] = party.brokers
    records["supports"] = party.supports
    records["allied"] = party.allied
    records["seated"] = k in world.seated
    records["claims"] = k in state.claimants


def _read(records: Records, owner: object, names: Iterable[Field], where: slice) -> None:
    """Copy values of an object, whose last axis is that of the runs, into records."""
    for name, *_ in names:
        records[name] = getattr(owner, name)[..., where].T


def calendar_of(world: World) -> np.void:
    """Return what the scenario says about days."""
    scenario = world.state.scenario
    parameters = scenario.parameters
    calendar = np.zeros(1, CALENDAR)[0]
    calendar["review_days"] = parameters.review_days
    calendar["closure_days"] = parameters.closure_days
    calendar["cession_day"] = parameters.cession_day
    calendar["last_call"] = max(_calls(scenario), default=-1)
    calendar["last_day"] = scenario.horizon_days - 1
    calendar["is_treaty"] = world.state.scope is not None
    return calendar


def days_of(world: World) -> Records:
    """Return what events do on each day of the crisis, ``(days,)``.

    ``calls`` says whether an event invokes treaties, ``fixed`` what events fix for each third
    party, and ``changes`` whether that differs from the day before; it does so on day 0.
    """
    powers = world.state.powers
    scenario = world.state.scenario
    fixed_type = ("fixed", FIXED, (with_room(len(powers)),))
    days = np.zeros(scenario.horizon_days, [*fields("?", "changes calls"), fixed_type])
    fixed = days["fixed"]
    fixed["stance"] = NO_POLICY
    for day in range(len(days)):
        for event in world.in_force(day):
            if event.actor in powers:
                entry = fixed[day, powers.index(event.actor)]
                if event.do in STANCE_NAMES:
                    entry["stance"] = STANCE_NAMES.index(event.do)
                elif event.do == "embargo":
                    entry["withholds"] = True
    fixed["was_fixed"][1:] = fixed["stance"][:-1] != NO_POLICY
    days["changes"][:1] = True
    days["changes"][1:] = np.any(fixed[1:] != fixed[:-1], axis=1)
    days["calls"][[day for day in _calls(scenario) if day < len(days)]] = True
    return days


def _calls(scenario: Scenario) -> list[int]:
    """Return the days on which an event invokes treaties."""
    return [event.day for event in scenario.events if event.do == "invoke"]


def write_back(world: World, runs: Records, where: slice) -> None:
    """Put what the outcomes read back into the state and the recorder of a world."""
    state, recorder = world.state, world.recorder
    _write(runs, state, CHANGING, where)
    _write(runs, recorder, COUNTED, where)
    for k in range(len(world.powers)):
        power = runs["powers"][:, k]
        recorder.support[:, k, where] = power["supported"].T
        recorder.supplied[:, k, where] = power["supplied"].T
        recorder.force[:, k, where] = power["fought_for"].T
        recorder.mediated[k, where] = power["mediated"]
    actors = len(state.codes)
    state.ties[..., where] = np.moveaxis(runs["ties"][:, :actors, :actors], 0, -1)


def _write(records: Records, owner: object, names: Iterable[Field], where: slice) -> None:
    for name, *_ in names:
        getattr(owner, name)[..., where] = records[name].T


def is_finite(runs: Records) -> bool:
    """Return whether the numbers of some runs are defined."""
    of_run = ("held", "ceded", "attention", "all_voices", "ties")
    of_side = ("belief", "utility", "value", "danger")
    values = (*(runs[name] for name in of_run), *(runs["sides"][name] for name in of_side))
    return all(bool(np.isfinite(each).all()) for each in values)
