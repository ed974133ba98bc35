"""The war model travels: other sizes, other forms, and no cliff in any value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import (
    ALONE,
    SCENARIOS,
    actor,
    conflict,
    crisis,
    held,
    mechanisms,
    outcomes_of,
    parameters,
)

from sim.catalogue import locate
from sim.scenario import Quantity, Scenario, load

# Size


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "days", "deaths"),
    [
        ("georgia_2008", 5, 500),  # 3,900 km2
        ("crises/mocoron_1957", 8, 35),  # some thousand men
        ("crises/hanish_1995", 3.5, 27),  # islands
        ("crises/changkufeng_1938", 13, 1350),  # a hill
        ("crises/flash_1995", 3, 240),
        ("crises/storm_1995", 4, 770),
        ("crises/hyderabad_1948", 4.5, 2200),
    ],
)
def test_wars_of_another_size_come_within_an_order_of_magnitude(
    name: str, days: float, deaths: float
) -> None:
    """From coded ranges alone: medians against the record of seeds/crises."""
    scenario = load(locate("scenario", name)).scenario.fitted(None)
    table = outcomes_of(scenario, 1200, 300)
    dead = table["deaths_challenger"] + table["deaths_defender"]
    assert days / 10 < table["duration_days"].median() < days * 10
    assert deaths / 10 < dead.median() < deaths * 10


def test_fewer_men_move_a_front_faster_and_die_less() -> None:
    """A quarter of the men: twice the pace, and less than half of the deaths of a day."""
    war = (ALONE, conflict(opening=3), {"horizon_days": 1})
    many, few = (outcomes_of(crisis(*war, conflict(forces=men)), 4000, 1) for men in (100.0, 25.0))
    moved = few["territory_fought"].mean() / many["territory_fought"].mean()
    dead = few["deaths_challenger"].mean() / many["deaths_challenger"].mean()
    assert moved == pytest.approx(2, rel=0.1)
    assert dead == pytest.approx(0.25**0.75, rel=0.1)


# Surrender, openings, troops, demands

BESIEGED = (
    ALONE,
    conflict(opening=2, aim=0.7, challenger_holds=0.3, prepared_line=0),
    parameters(
        pace=0.05, planning_days=30, precision=20, war_cost=0.004, attack_penalty=1.5, optimism=0
    ),
    actor("NOR", drones=0),
    actor("SUD", drones=0),
    {"horizon_days": 20},
)
"""An isolated defender from whom all is wanted."""


def surrenders(*changes: dict[str, Any]) -> float:
    table = outcomes_of(crisis(*BESIEGED, *changes), 400)
    return float((table["ending"] == "capitulation").mean())


def test_an_isolated_defender_surrenders_to_overwhelming_force() -> None:
    """Against ten to one within days, against an equal hardly ever."""
    table = outcomes_of(crisis(*BESIEGED, actor("NOR", strength=10)), 400)
    surrender = table["ending"] == "capitulation"
    assert surrender.mean() > 0.8 and table["duration_days"][surrender].median() <= 4
    assert surrenders(actor("NOR", strength=1)) < 0.1


def test_who_keeps_a_part_fears_for_it() -> None:
    """A demand for a part is yielded to less often, the stronger the fear of the next one."""
    part = (actor("NOR", strength=10), conflict(aim=0.35))
    without, with_fear = (surrenders(*part, mechanisms(commitment_problem=fear)) for fear in (0, 1))
    assert with_fear < without - 0.3


def test_a_mediator_at_hand_arranges_the_surrender() -> None:
    """Named as the mediator of the ending, if there are talks; nobody is without a mediator."""
    besieged = (*BESIEGED[1:], actor("NOR", strength=10), parameters(contact_rate=20))
    quiet = held({"OST": "aside", "WES": "aside", "MID": "aside"})
    active = held({"OST": "aside", "WES": "aside", "MID": "mediate"})
    named = []
    for stances in (quiet, active):
        table = outcomes_of(crisis(*besieged, stances), 400)
        surrender = table[table["ending"] == "capitulation"]
        assert len(surrender) > 100
        named.append((surrender["broker"] == "MID").mean())
    assert named[0] == 0 and named[1] > 0.2


def test_an_opening_can_be_drawn() -> None:
    drawn = crisis(conflict(opening={"any_of": [1, 3]}), {"horizon_days": 1})
    peaks = outcomes_of(drawn, 400, 400)["peak_level"]
    assert set(peaks) == {1, 3} and 0.4 < (peaks == 3).mean() < 0.6


def test_troops_in_the_theatre_make_intervention_likelier() -> None:
    """A patron to whom force is too dear fights if its troops are there already."""
    dear = (
        actor("OST", support=3, stance="arms_defender"),
        parameters(force_cost=2.5, protege_value=1.2, partner_cost=0),
    )
    without, with_troops = (
        outcomes_of(crisis(*dear, actor("OST", troops=men)), 400)["great_power_entry"].mean()
        for men in (0, 50)
    )
    assert with_troops > without + 0.1


def test_a_demand_can_be_met_without_territory() -> None:
    """Where nothing can be ceded, a concession ends more crises, and no line moves by it."""
    poor = (
        conflict(package_share=0, opening=2),
        mechanisms(package=1),
        actor("SUD", cession_worth=0.2),
        held({"MID": "mediate", "OST": "aside", "WES": "aside"}),
        parameters(contact_rate=3),
    )
    ended, ceded = [], []
    for worth in (0, 0.4):
        table = outcomes_of(crisis(*poor, conflict(concession=worth)), 600)
        lasting = (table["ending"] == "truce") & (table["duration_days"] <= 20)
        ended.append(lasting.mean())
        ceded.append(table["territory_ceded"][table["ending"] != "capitulation"].max())
    assert ended[1] > ended[0] + 0.1
    assert ceded == [0, 0]


# No cliff

TUTORIAL = SCENARIOS.parent / "sim/workspace/template/scenarios/island.yaml"
STEPS = 10
LARGEST_STEP = 0.6
"""Largest change of a share of runs over a tenth of a value's scale."""
LARGEST_JUMP = 0.15
"""Largest change of a share of runs over a hundredth of a value's scale."""
SCALES: dict[str, tuple[float, float]] = {
    "conflict.prepared_line": (0, 0.3),
    "conflict.forces": (2, 200),
    "conflict.aim": (0, 1),
    "conflict.package_share": (0.02, 1),  # at 0 there is no package, and nothing to guard
    "conflict.concession": (0, 1),
    "conflict.tempo": (0.3, 3),
    "conflict.severity": (0.25, 4),
    "actors.NOR.strength": (0.5, 6),
    "actors.NOR.grievance": (0, 1),
    "actors.SUD.cession_worth": (0, 2),
    "actors.OST.broker_value": (0, 1),
    "actors.OST.support": (0, 4),
    "actors.OST.ties.NOR": (-1, 1),
    "actors.OST.ties.SUD": (-1, 1),
    "actors.OST.supplies.NOR": (0, 1),
    "actors.OST.peacekeeping": (0, 1),
}
"""Scale of each value of the tutorial's crisis; open parameters move over their ranges."""


def island(**values: float) -> Scenario:
    return load(TUTORIAL, [f"{path}={value}" for path, value in values.items()]).scenario


def scales() -> Iterator[tuple[str, float, float]]:
    yield from ((path, low, high) for path, (low, high) in SCALES.items())
    for value in island().quantities():
        is_shared = value.path.startswith(("parameters.", "mechanisms."))
        if is_shared and isinstance(value, Quantity) and not value.known:
            yield value.path, value.low, value.high


def shares(table: pd.DataFrame) -> np.ndarray:
    dead = table["deaths_challenger"] + table["deaths_defender"]
    return np.array(
        [
            (table["duration_days"] <= 14).mean(),
            (table["duration_days"] >= 60).mean(),
            *((table["ending"] == ending).mean() for ending in ("truce", "lull", "capitulation")),
            table["territory_fought"].mean(),
            np.log10(1 + dead).mean() / 4,
        ]
    )


def steps(path: str, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points of a value's scale, and the largest change of a share of runs after each."""
    points = np.linspace(low, high, STEPS + 1)
    found = [shares(outcomes_of(island(**{path: float(x)}), 400, 100)) for x in points]
    return points, np.abs(np.diff(found, axis=0)).max(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "low", "high"), list(scales()))
def test_no_value_of_the_tutorial_has_a_cliff(path: str, low: float, high: float) -> None:
    """The steepest tenth of a scale is a slope and no cliff: it is spread over its own tenths."""
    points, changes = steps(path, low, high)
    steepest = changes.argmax()
    assert changes[steepest] < LARGEST_STEP, (path, points[steepest])
    if changes[steepest] < LARGEST_JUMP:  # too little to be a cliff
        return
    points, changes = steps(path, points[steepest], points[steepest + 1])
    assert changes.max() < LARGEST_JUMP, (path, points[changes.argmax()])
