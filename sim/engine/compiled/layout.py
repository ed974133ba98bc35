"""How a world lies in memory while it is compiled: one record for each run.

A record holds all values of a run side by side, so that a day of a run touches little memory. All
numbers have double precision. The names are those of the objects that the records are read from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine.belligerent import LEVELS
from sim.engine.compiled.constants import STANCE
from sim.engine.options import LEVELS_OF_MEDIATING, OPTIONS
from sim.engine.rules import mediators, patrons

CURVE = len(mediators.CURVES["off"])
"""Number of coefficients of a credibility curve."""
Records = NDArray[np.void]
Field = tuple[str, str] | tuple[str, str, tuple[int, ...]]


def fields(kind: str, names: str, *shape: int) -> list[Field]:
    """Return fields of one kind and shape, by their names in one text."""
    return [(name, kind, shape) if shape else (name, kind) for name in names.split()]


DRAWN = fields(
    "f8",
    "attack_penalty prepared_line_effect planning_days precision resolve_cost grievance_decay "
    "patron_precision protege_value partner_cost force_cost inertia broker_ambition contact_rate "
    "direct_channel break_rate invocation_threshold alarm_memory war_cost",
)
"""Parameters that a day reads."""
SWITCHES = fields(
    "f8",
    "learning support_effect contest restraint tied_hands displacement treaty_duty leverage "
    "authority_loss estrangement backing spoiler dilution commitment_problem terms_fit foresight "
    "guarantee withholding recess counter_offensive tie_drift structural_balance",
)
"""Mechanisms that a day reads."""
GIVEN = [
    *fields(
        "f8", "pace lethality line_depth package_share concession held_at_onset aim balance stake"
    ),
    *fields("i8", "expectation"),
]
"""What never changes in a run."""
CHANGING = [
    *fields(
        "f8",
        "held ceded fought ground attention terms owed protection attention_then ground_then "
        "all_commitment advantage all_voices",
    ),
    *fields(
        "i8",
        "level stop age due_age mediator failed talked recess_since proposer news prompt guard",
    ),
    *fields("?", "invoked package_open begun over settled"),
]
"""What a day changes."""
COUNTED = [
    *fields(
        "i8",
        "stop_day first_stop first_ceasefire ceasefires failed_stops offers peak days_fought "
        "answer",
    ),
    *fields("i8", "signed", 2),
    *fields("f8", "deaths", 2),
    *fields("?", "entry clash"),
]
"""What the recorder counts."""
BY_SIDE = [*fields("f8", "total_support threat", 2)]

OF_SIDE = [
    *fields("f8", "cession_worth belief war_intensity danger value pressure"),
    *fields("i8", "escalation war_escalation"),
    *fields("f8", "war_cost speed reward_of_levels", LEVELS - 1),
    *fields("f8", "utility", LEVELS),
]
ATTACKS = 3
"""Attacks of either side in open country, and of the challenger on a prepared line."""
SIDE = np.dtype(
    [
        *OF_SIDE,
        *fields("f8", "best pressure_at_most"),
        *fields("f8", "success", ATTACKS),
        *fields("f8", "ground", LEVELS - 1),
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
    *fields("i8", "stance closer_side leaning policy_stance"),
    *fields("f8", "given seen", patrons.LEVELS),
    *fields("f8", "foreseen", LEVELS_OF_MEDIATING.stop),
]
POWER = np.dtype(
    [
        *fields("f8", " ".join(OF_STATE)),
        *fields("f8", " ".join(BY_POWER[:-1]), 2),
        *OF_PARTY,
        *fields("i8", "next_stance counted"),
        *fields("f8", "heard pull trusted scope mediated"),
        *fields("f8", "received drift supported supplied", 2),
        *fields("f8", "prices", patrons.LEVELS),
        *fields("?", "moved brokers supports allied seated claims"),
        *fields("u1", "force fought_for", 2),
        *fields("u1", "never", len(OPTIONS)),
    ],
    align=True,
)
"""One third party of a run.

``counted`` is the number of days of fighting that are counted in ``mediated``, ``supported``,
``supplied`` and ``fought_for``. ``never`` says which options are never open to it.
"""
FIXED = np.dtype([*fields("i8", "stance"), *fields("?", "was_fixed withholds")], align=True)
"""What events fix for a third party on a day: its stance, and that it supplies nobody.

``was_fixed`` says whether an event fixed its stance on the day before.
"""
CALENDAR = np.dtype(
    [
        *fields("f8", "review_days"),
        *fields("i8", "closure_days cession_day last_call last_day"),
        *fields("?", "is_treaty"),
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
            *fields("i8", "parties level_recorded"),
            *fields("f8", "odds_of_attack odds_at_line"),
            *fields("?", "any_moved is_new is_stale"),
            *fields("u1", "is_joined", 2),
            *fields("f8", "success", ATTACKS),
            *fields("f8", "credibility", CURVE),
            *fields("f8", "intensity", LEVELS),
            ("sides", SIDE, (2,)),
            *fields("f4", "luck", STANCE + parties),
            *fields("f8", "utility", len(OPTIONS)),
            *fields("f8", "score", max(len(OPTIONS), parties + 1)),
            *fields("f8", "ties", actors, actors),
            ("powers", POWER, (parties,)),
        ],
        align=True,
    )
