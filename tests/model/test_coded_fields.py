"""Every coded field of every actor of the shipped scenarios changes an outcome, or a reason says
why it cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from worlds import CRISES, SCENARIOS, shipped

from sim.scenario import Scenario, load
from validation.levers import Lever, ends, levers
from validation.levers import differing as changed

CODED_CRISES = (*CRISES, "georgia_2008")
FEW_DRAWS = 256
ALL_SHIPPED = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def coded(name: str) -> list[Lever]:
    """Return the fields that a scenario codes: all of a crisis, and those that a variant of a
    crisis states anew.
    """
    loaded = load(SCENARIOS / f"{name}.yaml")
    if name in CODED_CRISES:
        return list(levers(loaded))
    stated = [path for path, (file, _) in loaded.sources.items() if Path(file).stem == name]
    return [
        lever
        for lever in levers(loaded)
        if any(path == lever.path or path.startswith(f"{lever.path}.") for path in stated)
    ]


def parties(lever: Lever) -> list[str]:
    """Return the owner of a field, and its partner if the field is a tie."""
    _, owner, field, *partner = lever.path.split(".")
    return [owner, *partner] if field in ("ties", "supplies") else [owner]


def is_tie_of_a_bystander(scenario: Scenario, lever: Lever) -> bool:
    return field_of(lever) == "ties" and any(
        code not in scenario.sides and not scenario.actors[code].can_act for code in parties(lever)
    )


def is_supply_without_a_voice(scenario: Scenario, lever: Lever) -> bool:
    return field_of(lever) == "supplies" and not can_mediate(scenario, parties(lever)[0])


def is_service_that_nobody_receives(scenario: Scenario, lever: Lever) -> bool:
    return field_of(lever) in ("broker_value", "peacekeeping") and not can_mediate(
        scenario, parties(lever)[0]
    )


def is_treaty_with_the_challenger(scenario: Scenario, lever: Lever) -> bool:
    treaties = scenario.actors[parties(lever)[0]].treaties
    return field_of(lever) == "treaties" and all(
        treaty.partner == scenario.conflict.challenger for treaty in treaties
    )


def field_of(lever: Lever) -> str:
    return lever.path.split(".")[2]


def can_mediate(scenario: Scenario, code: str) -> bool:
    """Whether both sides would receive a third party in some draw, and it is willing to mediate."""
    actors = scenario.actors
    if actors[code].broker_value is None:
        return False
    ties = [actors[s].ties.get(code, actors[code].ties.get(s)) for s in scenario.sides]
    return all(tie is not None and tie.high > 0 for tie in ties)


SILENT: dict[str, Callable[[Scenario, Lever], bool]] = {
    "no rule reads the ties of an actor without a stance": is_tie_of_a_bystander,
    "only a supplier that mediates puts pressure on a side": is_supply_without_a_voice,
    "a side would not receive this party as a mediator": is_service_that_nobody_receives,
    "only the defender calls on its allies": is_treaty_with_the_challenger,
}
"""Why a field cannot matter in a scenario, each with the test of it."""

SELDOM = {
    "april_2016": {
        "a few days of limited fighting draw nobody in": (
            "FRA.support",
            "EU.support",
            "IRN.support",
        ),
    },
    "july_2020": {
        "Armenia would not receive Turkey as a mediator": ("TUR.stance",),
        "nothing is won and no package is made, so there is nothing to keep": (
            "ARM.cession_worth",
            "RUS.peacekeeping",
        ),
        "a clash of a few days draws nobody in": (
            "TUR.ties.USA",
            "USA.ties.AZE",
            "USA.ties.TUR",
            "USA.ties.RUS",
            "EU.ties.RUS",
            "USA.support",
            "FRA.support",
            "EU.support",
            "IRN.support",
            "FRA.sphere",
            "USA.sphere",
            "EU.ties.AZE",
            "IRN.ties.ARM",
        ),
        "the sides hardly ever talk alone": ("AZE.ties.ARM",),
    },
    "autumn_2020": {
        "the EU and Iran hardly ever take a side in it": ("EU.support", "IRN.support"),
    },
    "georgia_2008": {
        "France takes no side while it mediates": ("FRA.support",),
        "no third party that South Ossetia receives competes with Russia": ("OSE.ties.RUS",),
    },
    "autumn_2020_armenia_west_unanswered": {
        "a policy holds France aside, and nobody fears it as a rival": ("ARM.ties.FRA",),
    },
}
"""Fields that matter too seldom to be seen in a scenario, and why; another crisis shows each."""
NOWHERE = {"IRN.support": "Iran never gives more than words"}
"""Fields of an actor that no crisis shows, and why; the same field of another actor is seen."""


@cache
def moved(name: str) -> dict[Lever, bool]:
    """Return whether each coded field of a scenario, moved across its scale, changes a named
    outcome.
    """
    tables = ends(SCENARIOS / f"{name}.yaml", FEW_DRAWS, 1, chosen=coded(name))
    return {lever: bool(changed(low, high).any()) for lever, low, high in tables}


def reasons(name: str, lever: Lever) -> list[str]:
    """Return why a field cannot matter in a scenario."""
    scenario = shipped(name)
    return [why for why, holds in SILENT.items() if holds(scenario, lever)]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ALL_SHIPPED if coded(name)])
def test_every_coded_field_changes_an_outcome_or_a_reason_says_why_not(name: str) -> None:
    seldom = {f"actors.{path}" for paths in SELDOM.get(name, {}).values() for path in paths}
    unexplained = {
        f"{lever.path}: {lever.low} to {lever.high}"
        for lever, matters in moved(name).items()
        if not matters and not reasons(name, lever) and lever.path not in seldom
    }
    assert unexplained == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", CODED_CRISES)
def test_what_cannot_matter_does_not(name: str) -> None:
    """The reasons are true: a field with a reason changes nothing in any run."""
    refuted = {
        lever.path: why
        for lever, matters in moved(name).items()
        if matters and (why := reasons(name, lever))
    }
    assert refuted == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", SELDOM)
def test_another_crisis_shows_what_seldom_matters(name: str) -> None:
    """The same field of the same actor, or of another actor where it is in no other crisis."""
    elsewhere = [
        lever.path.split(".")
        for crisis_name in CODED_CRISES
        if crisis_name != name
        for lever, matters in moved(crisis_name).items()
        if matters
    ]
    for path in (path for paths in SELDOM[name].values() for path in paths):
        code, field, *_ = path.split(".")
        fields_of_it = [found for found in elsewhere if found[2] == field]
        is_elsewhere = any(found[1] == code for found in elsewhere) and path not in NOWHERE
        assert any(found[1] == code or not is_elsewhere for found in fields_of_it)
