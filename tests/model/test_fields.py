"""What is switched off does not matter, and every field that is stated changes something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import (
    BASE,
    KEPT,
    POWERS,
    actor,
    conflict,
    crisis,
    differing,
    ensemble_of,
    mechanisms,
    outcomes_of,
    parameters,
    world_of,
)

from sim.scenario import (
    Actor,
    Conflict,
    Mechanisms,
    Parameters,
    Posterior,
    Scenario,
    Treaty,
)
from sim.scenario.parameters import Intensity
from sim.scenario.schema import Event

# Each mechanism, switched off, has no effect of what only it reads

RUNS = 150
NO_DRIFT = mechanisms(tie_drift=0, structural_balance=0)
NO_FORCE = parameters(force_cost=1e6)
FRIENDLY = {"actors": {"OST": {"ties": {"WES": 0.1}}, "WES": {"ties": {"OST": 0.1}}}}
FRIENDS = {"actors": {"WES": {"ties": {"MID": 0.9}}, "MID": {"ties": {"WES": 0.9}}}}
HOSTILE_TO_FAR = actor("FAR", ties={"NOR": 0.2, "SUD": 0.1, "WES": -0.9})

SWITCHES: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any], dict[str, Any], str]] = {
    # what is switched off; what then does not matter; the switch on; columns that may differ all
    # the same
    "authority_loss": (
        (mechanisms(authority_loss=0, displacement=0), NO_FORCE),
        actor("OST", sphere=0.1),
        mechanisms(authority_loss=1),
        "",
    ),
    "displacement by sphere": (
        (mechanisms(authority_loss=0, displacement=0), NO_FORCE, actor("OST", stance="aside")),
        actor("OST", sphere=0.1),
        mechanisms(displacement=1),
        "",
    ),
    "treaty_duty": (
        (
            mechanisms(treaty_duty=0),
            NO_DRIFT,
            {"events": [{"day": 0, "actor": "SUD", "do": "invoke"}]},
        ),
        actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}]),
        mechanisms(treaty_duty=2),
        "treaty_",
    ),
    "displacement": (
        (mechanisms(displacement=0, contest=0, restraint=0), NO_DRIFT),
        actor("OST", ties={"WES": -0.9}),
        mechanisms(displacement=1),
        "frustrated_triads",
    ),
    "contest": (
        (mechanisms(displacement=0, contest=0, restraint=0), NO_DRIFT),
        actor("OST", ties={"WES": -0.9}),  # a rival all the same: its moves stay news
        mechanisms(contest=0.4),
        "frustrated_triads",
    ),
    "structural_balance": (
        (mechanisms(structural_balance=0, displacement=0),),
        HOSTILE_TO_FAR,
        mechanisms(structural_balance=0.01),
        "frustrated_triads",
    ),
    "leverage": (
        (mechanisms(leverage=0),),
        actor("OST", supplies={"NOR": 0.1, "SUD": 0.2}),
        mechanisms(leverage=1),
        "dependence_",
    ),
    "spoiler": (
        (mechanisms(spoiler=0), FRIENDLY),
        actor("WES", seat=True),
        mechanisms(spoiler=0.5),
        "seat_",
    ),
    "grievance_value": (
        (mechanisms(grievance_value=0),),
        {"actors": {"NOR": {"grievance": 0.1}, "SUD": {"grievance": 0.9}}},
        mechanisms(grievance_value=0.1),
        "",
    ),
    "package": (
        (mechanisms(package=0),),
        {
            "conflict": {"package_share": 0.9},
            "actors": {"SUD": {"cession_worth": 2}, "OST": {"peacekeeping": 0}},
            "mechanisms": {"guarantee": 0.1},
        },
        mechanisms(package=1),
        "",
    ),
    "guarantee": (
        (mechanisms(guarantee=0),),
        actor("OST", peacekeeping=0),
        mechanisms(guarantee=1),
        "",
    ),
    "tie_drift": ((NO_DRIFT,), mechanisms(expectation="outcome"), mechanisms(tie_drift=0.1), ""),
    "drone_effect": (
        (parameters(drone_effect=0),),
        actor("NOR", drones=1),
        parameters(drone_effect=1),
        "",
    ),
    "dilution": (
        (actor("WES", broker_value=None), actor("MID", broker_value=None)),
        mechanisms(dilution=1.5),
        actor("MID", broker_value=0.6, supplies={"SUD": 0.1}),
        "",
    ),
    "direct_channel": (
        (parameters(contact_rate=0),),
        {"parameters": {"direct_channel": 1}, "mechanisms": {"foresight": 0}},
        parameters(contact_rate=1),
        "",
    ),
    "restraint": (
        (mechanisms(restraint=0, displacement=0, contest=0), NO_DRIFT),
        FRIENDS,
        mechanisms(restraint=1),
        "frustrated_triads",
    ),
    "estrangement": (
        (
            mechanisms(estrangement=0, credibility="off", authority_loss=0, contest=0, restraint=0),
            {"policies": {"OST": "words_defender_mediate", "WES": "aside", "MID": "aside"}},
        ),
        {"policies": {"OST": "mediate"}},
        mechanisms(estrangement=1),
        "",
    ),
    "no_package_no_cession": (
        (mechanisms(package=0, tie_drift=0), actor("SUD", cession_worth=0)),
        parameters(cession_day=9),
        mechanisms(package=1),
        "",
    ),
    "treaty_stretch": (
        (actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}]),),
        mechanisms(treaty_stretch=1),
        actor("OST", treaties=[{"with": "SUD", "covers": ["home"]}]),
        "",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SWITCHES)
def test_what_is_switched_off_does_not_matter(name: str) -> None:
    off, change, _, excused = SWITCHES[name]
    moved = differing(outcomes_of(crisis(*off), RUNS), outcomes_of(crisis(*off, change), RUNS))
    assert {column for column in moved if not (excused and column.startswith(excused))} == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", SWITCHES)
def test_what_is_switched_on_matters(name: str) -> None:
    """The control: the same change is felt beyond the columns that it may touch anyway."""
    off, change, on, excused = SWITCHES[name]
    moved = differing(
        outcomes_of(crisis(*off, on), RUNS), outcomes_of(crisis(*off, on, change), RUNS)
    )
    assert {column for column in moved if not (excused and column.startswith(excused))}


def test_without_learning_beliefs_stay_as_they_were() -> None:
    for learning, constant in ((0, True), (0.3, False)):
        world = world_of(crisis(mechanisms(learning=learning), KEPT), 50)
        before = [side.belief.copy() for side in world.sides]
        world.play()
        for side, belief in zip(world.sides, before, strict=True):
            assert np.array_equal(side.belief, belief) is constant


def test_without_drift_ties_stay_as_they_were() -> None:
    stated = {code: BASE["actors"][code]["ties"] for code in ("NOR", "SUD")}
    for drift, constant in ((NO_DRIFT, True), ({}, False)):
        table = outcomes_of(crisis(drift), 50)
        same = [
            np.allclose(table[f"tie_{side}_{power}"], stated[side][power], rtol=1e-6)
            for side in stated
            for power in POWERS
        ]
        assert all(same) is constant


@pytest.mark.slow
def test_without_counter_offensive_the_front_never_falls_back() -> None:
    for strength, monotone in ((0, True), (1, False)):
        ensemble = ensemble_of(crisis(mechanisms(counter_offensive=strength)), RUNS)
        path = np.concatenate(ensemble.daily.paths["territory_fought"], axis=1)
        assert bool((np.diff(path, axis=0) >= 0).all()) is monotone


def test_without_contact_there_is_no_offer() -> None:
    table = outcomes_of(crisis(parameters(contact_rate=0)), RUNS)
    assert not table[["offers", "truces", "signed_challenger", "signed_defender"]].any(axis=None)


# Every field changes something, or says that it is descriptive

ELSEWHERE: dict[str, dict[str, Any]] = {
    "conflict.theatre": conflict(theatre="home"),
    "conflict.challenger": {"conflict": {"challenger": "SUD", "defender": "NOR"}},
    "conflict.defender": {
        "actors": {"SUZ": BASE["actors"]["SUD"]},
        "conflict": {"defender": "SUZ"},
    },
    "conflict.theatres": {
        "conflict": {"theatres": {"ford": "Another text.", "home": "And another."}}
    },
    "conflict.contested_area_km2": conflict(contested_area_km2=5000),
    "conflict.opening": conflict(opening=1),
    "conflict.tempo": conflict(tempo=2),
    "conflict.severity": conflict(severity=2),
    "conflict.concession": conflict(concession=0.2),
    "actors.troops": actor("OST", troops=40),
    "conflict.quiet_days": conflict(quiet_days=20),
    "actors.ties": actor("OST", ties={"SUD": 0.2}),
    "actors.supplies": actor("OST", supplies={"SUD": 0.1}),
    "actors.treaties": actor("OST", treaties=[]),
    "actors.seat": actor("WES", seat=True),
    "actors.name": actor("OST", name="Another name"),
    "actors.broker_value": actor("OST", broker_value=0.3),
    "actors.engagement": actor("OST", engagement=0.3),
    "actors.support": actor("OST", support=1),
    "actors.sphere": actor("OST", sphere=0.1),
    "actors.stance": actor("OST", stance="arms_defender"),
    "actors.peacekeeping": actor("OST", peacekeeping=0.1),
    "actors.strength": actor("NOR", strength=2.5),
    "actors.drones": actor("NOR", drones=0.9),
    "actors.grievance": actor("NOR", grievance=0.3),
    "actors.cession_worth": actor("SUD", cession_worth=2),
    "treaties.with": actor("OST", treaties=[{"with": "NOR", "covers": ["home"]}]),
    "treaties.covers": actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}]),
    "treaties.under": actor(
        "OST", treaties=[{"with": "SUD", "covers": ["home"], "under": "A treaty"}]
    ),
    "mechanisms.credibility": mechanisms(credibility="kydd03"),
    "mechanisms.expectation": mechanisms(expectation="outcome"),
    "parameters.posterior": {
        **parameters(posterior=Posterior.of({"mechanisms.leverage: 0.0 to 1.0": np.array([0.9])})),
        **mechanisms(leverage={"range": [0, 1]}),
    },
    "parameters.review_days": parameters(review_days=1),
    "parameters.closure_days": parameters(closure_days=2),
    "parameters.cession_day": parameters(cession_day=1),
    "events.day": {"events": [{"day": 3, "actor": "OST", "do": "mediate", "days": 4}]},
    "events.actor": {"events": [{"day": 1, "actor": "WES", "do": "mediate", "days": 4}]},
    "events.do": {"events": [{"day": 1, "actor": "OST", "do": "force_defender", "days": 4}]},
    "events.days": {"events": [{"day": 1, "actor": "OST", "do": "mediate", "days": 9}]},
    "scenario": {"scenario": "another"},
    "title": {"title": "Another title"},
    "notes": {"notes": "A note."},
    "expects": {"expects": "Nothing."},
    "start": {"start": "1999-01-01"},
    "horizon_days": {"horizon_days": 25},
    "course_days": {"course_days": [2, 5]},
    "policies": {"policies": {"OST": "mediate"}},
}
"""Changes of the fields that are no plain number."""

EVENT = {"events": [{"day": 1, "actor": "OST", "do": "mediate", "days": 4}]}
SECTIONS = {
    "": Scenario,
    "conflict": Conflict,
    "actors": Actor,
    "treaties": Treaty,
    "parameters": Parameters,
    "parameters.intensity": Intensity,
    "mechanisms": Mechanisms,
    "events": Event,
}


def fields() -> Iterator[tuple[str, bool]]:
    """Yield each field of a scenario, and whether it says that it is descriptive."""
    for section, model in SECTIONS.items():
        for name, info in model.model_fields.items():
            path = ".".join(filter(None, (section, info.alias or name)))
            if path not in SECTIONS:
                yield path, "descriptive" in (info.description or "")


def change_of(path: str) -> dict[str, Any]:
    """Return a change of one field alone; plain numbers are moved by half and a bit."""
    if path in ELSEWHERE:
        return ELSEWHERE[path]
    *above, name = path.split(".")
    node = BASE
    for part in above:
        node = node[part]
    change: dict[str, Any] = {name: 0.5 * node[name] + 0.01}
    for part in reversed(above):
        change = {part: change}
    return change


def ground_for(path: str) -> dict[str, Any]:
    """Return what must be there for a field to be read at all."""
    if path.startswith("events"):
        return EVENT
    if path == "mechanisms.restraint":
        return FRIENDS
    if path == "parameters.posterior":
        return mechanisms(leverage={"range": [0, 1]})
    return conflict(opening=0) if path == "conflict.quiet_days" else {}


BEFORE: dict[str, pd.DataFrame] = {}


def before(path: str) -> pd.DataFrame:
    """Return the outcomes without a change, made once for all fields that need the same."""
    ground = ground_for(path)
    if str(ground) not in BEFORE:
        BEFORE[str(ground)] = outcomes_of(crisis(ground), 300)
    return BEFORE[str(ground)]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "descriptive"), list(fields()))
def test_every_field_changes_something_or_is_descriptive(path: str, descriptive: bool) -> None:
    after = outcomes_of(crisis(ground_for(path), change_of(path)), 300)
    assert before(path).equals(after) is descriptive


# Each direction of a tie reaches an outcome that a user would name

NAMED = (
    "duration_days",
    "deaths_challenger",
    "territory_fought",
    "truces",
    "broker",
    "great_power_entry",
)
ACTOR_PARTS = ("actors", "treaties")
PAIRS = [
    (owner, other)
    for owner in ("NOR", "SUD", *POWERS)
    for other in ("NOR", "SUD", *POWERS)
    if owner != other and {owner, other} != {"NOR", "SUD"}
]


def of_a_tie(owner: str, other: str, value: float) -> pd.DataFrame:
    """Return what named outcomes come to with a tie of one value; bonds of the two powers with
    Westland are close.
    """
    stances = {"actors": {"WES": {"support": 2, "broker_value": 0.5, "ties": {"SUD": 0.2}}}}
    return outcomes_of(crisis(stances, actor(owner, ties={other: value})), 150)[list(NAMED)]


@pytest.mark.parametrize(("owner", "other"), PAIRS)
def test_every_tie_reaches_an_outcome(owner: str, other: str) -> None:
    """From hostile to close, of a side to a power, a power to a side, and a power to a power."""
    hostile = of_a_tie(owner, other, -0.8)
    assert not all(of_a_tie(owner, other, value).equals(hostile) for value in (0.8, 0.0))


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [path for path, text in fields() if path.split(".")[0] in ACTOR_PARTS and not text]
)
def test_every_field_of_an_actor_reaches_an_outcome(path: str) -> None:
    """In the invented crisis, an outcome that a user would name, not only a column of the field
    itself.
    """
    after = outcomes_of(crisis(ground_for(path), change_of(path)), 300)
    assert differing(before(path)[list(NAMED)], after[list(NAMED)])
