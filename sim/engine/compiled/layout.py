"""How a world lies in memory while it is compiled: one record for each run.

A record holds all values of a run side by side, so that a day of a run touches little memory. All
numbers have double precision. The names are those of the objects that the records are read from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.engine.belligerent import LEVELS
from sim.engine.compiled.constants import STANCE
from sim.engine.draws import NO_POLICY
from sim.engine.rules import mediators, patrons
from sim.engine.state import State
from sim.engine.third_party import LEVELS_OF_MEDIATING, OPTIONS
from sim.scenario import STANCE_NAMES, Scenario

CURVE = len(mediators.CURVES["off"])

if TYPE_CHECKING:
    from sim.engine.third_party import ThirdParty
    from sim.engine.world import World

Records = NDArray[np.void]

Field = tuple[str, str] | tuple[str, str, tuple[int, ...]]


def _fields(kind: str, names: str, *shape: int) -> list[Field]:
    return [(name, kind, shape) if shape else (name, kind) for name in names.split()]


DRAWN = _fields(
    "f8",
    "attack_penalty prepared_line_effect planning_days precision resolve_cost grievance_decay "
    "patron_precision protege_value partner_cost force_cost inertia broker_ambition contact_rate "
    "direct_channel break_rate invocation_threshold alarm_memory war_cost",
)
"""Parameters that a day reads."""
SWITCHES = _fields(
    "f8",
    "learning support_effect contest restraint tied_hands displacement treaty_duty leverage "
    "authority_loss estrangement backing spoiler dilution commitment_problem terms_fit foresight "
    "guarantee withholding recess counter_offensive tie_drift structural_balance",
)
"""Mechanisms that a day reads."""
GIVEN = [
    *_fields(
        "f8", "pace lethality line_depth package_share concession held_at_onset aim balance stake"
    ),
    *_fields("i8", "expectation"),
]
"""What never changes in a run."""
CHANGING = [
    *_fields(
        "f8",
        "held ceded fought ground attention terms owed protection attention_then ground_then "
        "all_commitment advantage all_voices",
    ),
    *_fields(
        "i8",
        "level stop age due_age mediator failed talked recess_since proposer news prompt guard",
    ),
    *_fields("?", "invoked package_open begun over settled"),
]
"""What a day changes."""
COUNTED = [
    *_fields(
        "i8",
        "stop_day first_stop first_ceasefire ceasefires failed_stops offers peak days_fought "
        "answer",
    ),
    *_fields("i8", "signed", 2),
    *_fields("f8", "deaths", 2),
    *_fields("?", "entry clash"),
]
"""What the recorder counts."""
BY_SIDE = [*_fields("f8", "total_support threat", 2)]

OF_SIDE = [
    *_fields("f8", "cession_worth belief war_intensity danger value pressure"),
    *_fields("i8", "escalation war_escalation"),
    *_fields("f8", "war_cost speed reward_of_levels", LEVELS - 1),
    *_fields("f8", "utility", LEVELS),
]
ATTACKS = 3
"""Attacks of either side in open country, and of the challenger on a prepared line."""
SIDE = np.dtype(
    [
        *OF_SIDE,
        *_fields("f8", "best pressure_at_most"),
        *_fields("f8", "success", ATTACKS),
        *_fields("f8", "ground", LEVELS - 1),
    ],
    align=True,
)
"""One side of a run.

``success`` is the share of engagements that it expects attacks to win. ``ground`` is the territory
that it expects to take at each level with fire, and ``best`` its highest utility of a level.
``pressure_at_most`` is the pressure of the mediators at full attention.
"""
OF_STATE = [
    "broker_value",
    "engagement",
    "sphere",
    "peacekeeping",
    "mediates",
    "speaks",
    "authority",
]
BY_POWER = ["support", "commitment", "believed", "stated_supplies", "supplies", "force"]
OF_PARTY = [
    *_fields("i8", "stance closer_side leaning policy_stance"),
    *_fields("f8", "given seen", patrons.LEVELS),
    *_fields("f8", "foreseen", LEVELS_OF_MEDIATING.stop),
]
POWER = np.dtype(
    [
        *_fields("f8", " ".join(OF_STATE)),
        *_fields("f8", " ".join(BY_POWER[:-1]), 2),
        *OF_PARTY,
        *_fields("i8", "next_stance counted"),
        *_fields("f8", "heard pull trusted scope mediated"),
        *_fields("f8", "received drift supported supplied", 2),
        *_fields("f8", "prices", patrons.LEVELS),
        *_fields("?", "moved brokers supports allied seated claims"),
        *_fields("u1", "force fought_for", 2),
        *_fields("u1", "never", len(OPTIONS)),
    ],
    align=True,
)
"""One third party of a run.

``counted`` is the number of days of fighting that are counted in ``mediated``, ``supported``,
``supplied`` and ``fought_for``. ``never`` says which options are never open to it.
"""
FIXED = np.dtype([*_fields("i8", "stance"), *_fields("?", "was_fixed withholds")], align=True)
"""What events fix for a third party on a day: its stance, and that it supplies nobody.

``was_fixed`` says whether an event fixed its stance on the day before.
"""
CALENDAR = np.dtype(
    [
        *_fields("f8", "review_days"),
        *_fields("i8", "closure_days cession_day last_call last_day"),
        *_fields("?", "is_treaty"),
    ],
    align=True,
)
"""What the scenario says about days: mean days between routine reviews, the age at which a
cessation closes the crisis, the age at which the terms of a ceasefire are due, the last day on
which an event invokes treaties, -1 for none, the last day of the crisis, and whether the defender
has any treaty.
"""
ROOM = 4
"""Records have room for a multiple of so many actors, because each size is compiled for itself."""


def with_room(actors: int) -> int:
    """Return the number of actors that there is room for.

    >>> with_room(6), with_room(8)
    (8, 8)
    """
    return -(-max(actors, 1) // ROOM) * ROOM


def run_type(parties: int, actors: int) -> np.dtype[np.void]:
    """Return the layout of one run.

    ``odds_of_attack`` and ``odds_at_line`` are the odds of attacks between equals, in open country
    and on a prepared line. ``success`` is the share of engagements that attacks win. ``any_moved``
    says whether a third party changed its commitment, and ``is_joined`` whether one fights for a
    side. ``is_new`` says that the front or the odds have changed, and ``is_stale`` that a
    mediator's voice may have.

    Args:
        parties: third parties that there is room for.
        actors: actors that there is room for.
    """
    return np.dtype(
        [
            *DRAWN,
            *SWITCHES,
            *GIVEN,
            *CHANGING,
            *BY_SIDE,
            *COUNTED,
            *_fields("i8", "parties level_recorded"),
            *_fields("f8", "odds_of_attack odds_at_line"),
            *_fields("?", "any_moved is_new is_stale"),
            *_fields("u1", "is_joined", 2),
            *_fields("f8", "success", ATTACKS),
            *_fields("f8", "credibility", CURVE),
            *_fields("f8", "intensity", LEVELS),
            ("sides", SIDE, (2,)),
            *_fields("f4", "luck", STANCE + parties),
            *_fields("f8", "utility", len(OPTIONS)),
            *_fields("f8", "score", max(len(OPTIONS), parties + 1)),
            *_fields("f8", "ties", actors, actors),
            ("powers", POWER, (parties,)),
        ],
        align=True,
    )


def runs_of(world: World, where: slice) -> Records:
    """Return some runs of a world at its onset, ``(runs,)``."""
    state = world.state
    parties, actors = len(world.powers), len(state.codes)
    size = where.stop - where.start
    runs = np.zeros(size, run_type(with_room(parties), with_room(actors)))
    _read(runs, state.p, DRAWN, where)
    _read(runs, state.m, SWITCHES, where)
    _read(runs, state, [*GIVEN, *CHANGING, *BY_SIDE], where)
    _read(runs, state, _fields("f8", "credibility intensity"), where)
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


def _read(records: Records, owner: object, fields: Iterable[Field], where: slice) -> None:
    """Copy values of an object, whose last axis is that of the runs, into records."""
    for name, *_ in fields:
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
    days = np.zeros(scenario.horizon_days, [*_fields("?", "changes calls"), fixed_type])
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


def _write(records: Records, owner: object, fields: Iterable[Field], where: slice) -> None:
    for name, *_ in fields:
        getattr(owner, name)[..., where] = records[name].T


def is_finite(state: State) -> bool:
    """Return whether the numbers of all runs are defined."""
    return all(
        bool(np.isfinite(values).all())
        for values in (state.held, state.ceded, state.attention, state.all_voices, state.ties)
    )
