"""How a world lies in memory while it is compiled: one record for each run.

A record holds all values of a run side by side, so that a day of a run touches little memory. All
numbers have double precision. The names are those of the objects that the records are read from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.belligerent import LEVELS
from sim.engine.draws import NO_POLICY
from sim.engine.rules import patrons
from sim.engine.state import State
from sim.engine.third_party import LEVELS_OF_MEDIATING, OPTIONS
from sim.scenario import STANCE_NAMES

if TYPE_CHECKING:
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
RUN = np.dtype(
    [
        *DRAWN,
        *SWITCHES,
        *GIVEN,
        *CHANGING,
        *BY_SIDE,
        *COUNTED,
        *_fields("i8", "level_recorded"),
        ("credibility", "f8", (5,)),
        ("intensity", "f8", (LEVELS,)),
    ],
    align=True,
)
"""One run."""
OF_SIDE = [
    *_fields("f8", "cession_worth belief war_intensity danger value pressure"),
    *_fields("i8", "escalation war_escalation next_escalation"),
    *_fields("f8", "war_cost speed reward_of_levels", LEVELS - 1),
    *_fields("f8", "utility", LEVELS),
]
SIDE = np.dtype(OF_SIDE, align=True)
"""One side of a run."""
OF_STATE = _fields(
    "f8",
    "broker_value engagement sphere mediates voice speaks pull heard authority least_believed",
)
BY_POWER = _fields("f8", "support commitment received believed stated_supplies supplies", 2)
OF_PARTY = [
    *_fields("f8", "cap presence trespass"),
    *_fields("i8", "stance next_stance closer_side leaning policy_stance"),
]
LADDERS = _fields("f8", "given seen", patrons.LEVELS)
FORESEEN = LEVELS_OF_MEDIATING.stop
POWER = np.dtype(
    [
        *OF_STATE,
        *BY_POWER,
        *OF_PARTY,
        *LADDERS,
        *_fields("f8", "scope trusted peacekeeping mediated"),
        *_fields("f8", "supported supplied", 2),
        *_fields("f8", "prices", patrons.LEVELS),
        *_fields("f8", "foreseen", FORESEEN),
        *_fields("?", "moved"),
        *_fields("u1", "force fought_for", 2),
    ],
    align=True,
)
"""One third party of a run."""
TRAIT = np.dtype(
    [
        *_fields("?", "brokers supports allied seated claims"),
        *_fields("u1", "excluded", len(OPTIONS)),
    ],
    align=True,
)
"""What a third party can do in all runs."""


class Block(NamedTuple):
    """All runs of a block.

    Attributes:
        runs: ``(runs,)``, see :data:`RUN`.
        sides: challenger and defender, ``(runs, 2)``, see :data:`SIDE`.
        powers: the active third parties, ``(runs, K)``, see :data:`POWER`.
        ties: tie of each actor to each other, -1 to 1, ``(runs, N, N)``.
    """

    runs: Records
    sides: Records
    powers: Records
    ties: NDArray[np.float64]


class Calendar(NamedTuple):
    """What the scenario says about days.

    Attributes:
        review_days: mean days between routine reviews.
        closure_days: age at which a cessation closes the crisis.
        cession_day: age of a ceasefire at which its terms are due.
        stances: stance that an event fixes, by day and third party; ``NO_POLICY`` for none.
        withheld: whether a third party supplies nobody, by day and third party.
        calls: whether an event invokes treaties on a day.
        last_call: the last day on which one does, -1 for none.
        is_treaty: whether the defender has any treaty.
    """

    review_days: float
    closure_days: int
    cession_day: int
    stances: NDArray[np.int64]
    withheld: NDArray[np.bool_]
    calls: NDArray[np.bool_]
    last_call: int
    is_treaty: bool


def block_of(world: World) -> Block:
    """Return the runs of a world at its onset."""
    state = world.state
    runs = np.zeros(state.runs, RUN)
    _read(runs, state.p, DRAWN)
    _read(runs, state.m, SWITCHES)
    _read(runs, state, [*GIVEN, *CHANGING, *BY_SIDE])
    _read(runs, state, _fields("f8", "credibility intensity"))
    _read(runs, world.recorder, COUNTED)
    sides = np.zeros((state.runs, 2), SIDE)
    for number, side in enumerate(world.sides):
        _read(sides[:, number], side, OF_SIDE)
    return Block(runs, sides, _powers(world), np.moveaxis(state.ties, -1, 0).astype("f8"))


def _powers(world: World) -> Records:
    state = world.state
    powers = np.zeros((state.runs, len(world.powers)), POWER)
    for name, *_ in OF_STATE:
        powers[name] = getattr(state, name).T
    for name, *_ in BY_POWER:
        powers[name] = np.transpose(getattr(state, name), (2, 1, 0))
    powers["force"] = np.transpose(state.force, (2, 1, 0))
    powers["moved"] = state.moved.T
    powers["trusted"] = state.trusted[:-1].T
    powers["peacekeeping"] = state.peacekeeping[:-1].T
    for k, party in enumerate(world.powers):
        records = powers[:, k]
        _read(records, party, [*OF_PARTY, *LADDERS])
        records["scope"] = party.scope if party.allied else 0.0
        records["prices"] = patrons.prices(party.presence, party.trespass).T
        records["foreseen"] = party.foreseen.T
    return powers


def _read(records: Records, owner: object, fields: Iterable[Field]) -> None:
    """Copy values of an object, whose last axis is that of the runs, into records."""
    for name, *_ in fields:
        records[name] = np.moveaxis(getattr(owner, name), -1, 0)


def traits_of(world: World) -> Records:
    """Return what each third party can do."""
    traits = np.zeros(len(world.powers), TRAIT)
    for k, party in enumerate(world.powers):
        traits[k] = (
            party.brokers,
            party.supports,
            party.allied,
            k in world.seated,
            k in world.state.claimants,
            party.excluded,
        )
    return traits


def calendar_of(world: World) -> Calendar:
    """Return what the scenario says about days."""
    state = world.state
    scenario = state.scenario
    days = scenario.horizon_days
    stances = np.full((days, len(state.powers)), NO_POLICY)
    withheld = np.zeros(stances.shape, dtype=bool)
    calls = np.zeros(days, dtype=bool)
    for day in range(days):
        for event in world.in_force(day):
            if event.do in STANCE_NAMES and event.actor in state.powers:
                stances[day, state.powers.index(event.actor)] = STANCE_NAMES.index(event.do)
            elif event.do == "embargo":
                withheld[day, state.powers.index(event.actor)] = True
    dated = [event.day for event in scenario.events if event.do == "invoke"]
    calls[[day for day in dated if day < days]] = True
    parameters = scenario.parameters
    return Calendar(
        float(parameters.review_days),
        int(parameters.closure_days),
        int(parameters.cession_day),
        stances,
        withheld,
        calls,
        max(dated, default=-1),
        state.scope is not None,
    )


def write_back(world: World, block: Block) -> None:
    """Put what the outcomes read back into the state and the recorder of a world."""
    state = world.state
    runs, powers = block.runs, block.powers
    _write(runs, state, CHANGING)
    _write(runs, world.recorder, COUNTED)
    recorder = world.recorder
    for name, kept in (("supported", "support"), ("supplied", "supplied"), ("fought_for", "force")):
        whole = getattr(recorder, kept)
        whole[:] = np.transpose(powers[name], (2, 1, 0))
    recorder.mediated[:] = powers["mediated"].T
    state.ties[:] = np.moveaxis(block.ties, 0, -1)


def _write(records: Records, owner: object, fields: Iterable[Field]) -> None:
    for name, *_ in fields:
        values: NDArray[Any] = getattr(owner, name, np.empty(0))
        if values.size:
            values[...] = np.moveaxis(records[name], 0, -1)


def is_finite(state: State) -> bool:
    """Return whether the numbers of all runs are defined."""
    return all(
        bool(np.isfinite(values).all())
        for values in (state.held, state.ceded, state.attention, state.all_voices, state.ties)
    )
