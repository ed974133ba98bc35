"""Policies, events and embargoes do what they say and no more; names mean nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import (
    ALL_GONE,
    CRISES,
    KEPT,
    POWERS,
    crisis,
    differing,
    form,
    mechanisms,
    outcomes_of,
    parameters,
    power_of,
    shipped,
    world_of,
)

from sim.ensemble.ensemble import Plan, play
from sim.io.errors import InputError
from sim.scenario import (
    STANCE_NAMES,
    Scenario,
)

RUNS = 150
GOES_ON = {
    "mechanisms": {**KEPT["mechanisms"], "commitment_problem": 1000},
    "parameters": {"closure_days": 365},
}
"""No stop closes the crisis, after which nobody would move."""


# Policies, events and embargoes


@pytest.mark.slow
@settings(max_examples=20)
@given(
    st.dictionaries(st.sampled_from(POWERS), st.sampled_from(STANCE_NAMES), min_size=1),
    st.integers(0, 99),
)
def test_a_policy_holds_its_actor_on_its_line_every_day(
    policies: dict[str, str], seed: int
) -> None:
    world = world_of(crisis(KEPT, {"policies": policies, "horizon_days": 8}), 10, seed)
    for _ in range(8):
        world.step()
        for code, line in policies.items():
            assert (power_of(world, code).stance == STANCE_NAMES.index(line)).all()


def stances_of(scenario: Scenario, code: str, runs: int = 40) -> np.ndarray:
    """Return the line of a third party on each day: shape ``(days, runs)``."""
    world = world_of(scenario, runs)
    days: list[np.ndarray] = []
    for _ in range(scenario.horizon_days):
        world.step()
        days.append(power_of(world, code).stance)
    return np.array(days)


@pytest.mark.slow
@settings(max_examples=20)
@given(
    st.integers(0, 10),
    st.none() | st.integers(1, 12),
    st.sampled_from(STANCE_NAMES),
    st.sampled_from(("OST", "WES")),
)
def test_an_event_forces_a_line_on_its_days(
    day: int, days: int | None, line: str, code: str
) -> None:
    event = {"day": day, "actor": code, "do": line, **({} if days is None else {"days": days})}
    plain = stances_of(crisis(KEPT, GOES_ON, {"horizon_days": 20}), code)
    forced = stances_of(crisis(KEPT, GOES_ON, {"horizon_days": 20, "events": [event]}), code)
    end = 20 if days is None else day + days
    assert (forced[day:end] == STANCE_NAMES.index(line)).all()
    np.testing.assert_array_equal(forced[:day], plain[:day])


def test_an_event_overrules_a_policy_on_its_days_alone() -> None:
    stated = {"horizon_days": 9, "policies": {"OST": "aside"}}
    lines = stances_of(
        crisis(
            GOES_ON, stated, {"events": [{"day": 2, "actor": "OST", "do": "mediate", "days": 3}]}
        ),
        "OST",
    )
    assert (lines[2:5] == STANCE_NAMES.index("mediate")).all()
    assert not lines[:2].any() and not lines[5:].any()


def test_the_latest_event_in_the_file_wins() -> None:
    events = [
        {"day": 0, "actor": "OST", "do": "mediate"},
        {"day": 3, "actor": "OST", "do": "lean_defender", "days": 2},
    ]
    lines = stances_of(crisis(KEPT, {"horizon_days": 8, "events": events}), "OST")
    assert [STANCE_NAMES[line] for line in lines[:, 0]] == ["mediate"] * 3 + [
        "arms_defender"
    ] * 2 + ["mediate"] * 3


def test_nobody_moves_once_a_stop_has_closed_the_crisis() -> None:
    """Not even where the scenario would have it."""
    event = {"day": 20, "actor": "OST", "do": "force_defender"}
    closed = (
        KEPT,
        parameters(closure_days=2, break_rate=0.001),
        {"horizon_days": 30, "events": [event]},
    )
    world = world_of(crisis(*closed), 200)
    settled, moved = 0, 0
    for _ in range(30):
        before = [power.stance.copy() for power in world.powers]
        world.step()
        quiet = world.state.settled
        settled += int(quiet.sum())
        changes = sum(
            (power.stance != then)[quiet].sum()
            for power, then in zip(world.powers, before, strict=True)
        )
        moved += int(changes)
    assert settled > 1000 and moved == 0


def test_an_event_leaves_the_later_luck_of_its_actor_as_it_was() -> None:
    """Without precision, whether Midland mediates is its last stance and luck: where the review
    after the event's end leads to what it would have been, all later reviews do.
    """
    weightless = parameters(patron_precision=0, inertia=0, review_days=1, contact_rate=0)
    blind = (GOES_ON, weightless, mechanisms(estrangement=0), {"horizon_days": 12})
    plain = stances_of(crisis(*blind), "MID")
    forced = stances_of(
        crisis(*blind, {"events": [{"day": 2, "actor": "MID", "do": "mediate", "days": 4}]}), "MID"
    )
    np.testing.assert_array_equal(forced[:2], plain[:2])
    same = forced[6] == plain[6]
    assert same.mean() > 0.5
    np.testing.assert_array_equal(forced[6:, same], plain[6:, same])


def supplies_of(*embargoes: dict[str, Any], days: int = 14) -> list[bool]:
    """Return whether OST supplies its customers on each day."""
    events = [{"actor": "OST", "do": "embargo", **embargo} for embargo in embargoes]
    world = world_of(
        crisis(KEPT, mechanisms(withholding=0), {"horizon_days": days, "events": events}), 3
    )
    k = world.state.powers.index("OST")
    full, supplied = world.state.supplies[:, k].copy(), []
    for _ in range(days):
        world.step()
        assert not world.state.supplies[:, k].any() or np.array_equal(
            world.state.supplies[:, k], full
        )
        supplied.append(bool(world.state.supplies[:, k].any()))
    return supplied


@pytest.mark.parametrize(("day", "length"), [(0, 1), (2, 5), (0, 20), (4, None)])
def test_an_embargo_holds_supplies_back_on_its_days(day: int, length: int | None) -> None:
    end = 14 if length is None else day + length
    embargo = {"day": day} if length is None else {"day": day, "days": length}
    assert supplies_of(embargo) == [not day <= today < end for today in range(14)]


def test_a_policy_is_refused_or_followed() -> None:
    try:
        scenario = shipped(CRISES[0], "policies.ISR=lean_challenger")
    except InputError:
        return
    assert differing(outcomes_of(shipped(CRISES[0]), 40), outcomes_of(scenario, 40))


def test_an_embargo_by_a_mere_supplier_is_refused_or_played() -> None:
    try:
        scenario = shipped(CRISES[0], "events=[{day: 2, actor: ISR, do: embargo}]")
    except InputError:
        return
    assert not play(Plan(scenario, 8, 2)).failures


@pytest.mark.parametrize(
    "second", [{"day": 3, "days": 6}, {"day": 5, "days": 2}, {"day": 6, "days": 3}]
)
def test_embargoes_that_overlap_end_with_the_last(second: dict[str, int]) -> None:
    withheld = {*range(2, 8), *range(second["day"], second["day"] + second["days"])}
    assert supplies_of({"day": 2, "days": 6}, second) == [
        today not in withheld for today in range(14)
    ]


# Names


def spelt(node: Any, words: dict[str, str]) -> Any:
    """Return the plain form of a scenario with words replaced wherever they stand."""
    if isinstance(node, dict):
        return {words.get(key, key): spelt(child, words) for key, child in node.items()}
    if isinstance(node, list):
        return [spelt(child, words) for child in node]
    return words.get(node, node) if isinstance(node, str) else node


def renamed(table: pd.DataFrame, old: str, new: str) -> pd.DataFrame:
    """Return an outcomes table with an actor's code changed in columns and entries."""
    table = table.rename(
        columns=lambda name: "_".join(new if part == old else part for part in name.split("_"))
    )
    return table.replace({"broker": {old: new}})


def test_renaming_an_actor_without_luck_of_its_own_changes_names_only() -> None:
    """A party held to a policy draws no luck; the new code keeps its place in the alphabet."""
    plain = form({"policies": {"OST": "lean_defender_mediate"}})
    respelt = crisis(ALL_GONE, spelt(plain, {"OST": "OSU"}), {"policies": {"OST": None}})
    one, other = outcomes_of(crisis(plain), RUNS), outcomes_of(respelt, RUNS)
    assert "tie_SUD_OSU" in other and "tie_SUD_OST" not in other
    pd.testing.assert_frame_equal(renamed(one, "OST", "OSU"), other, check_exact=True)


def test_renaming_a_belligerent_changes_its_luck_and_not_its_prospects() -> None:
    """Streams are named after codes, so another code means other luck: equal is what is known on
    day 0.
    """
    one, other = world_of(crisis(), 5), world_of(crisis(ALL_GONE, spelt(form(), {"NOR": "NAR"})), 5)
    for world in (one, other):
        world.agents.do("perceive")
    np.testing.assert_array_equal(one.state.stake, other.state.stake)
    for side, twin in zip(one.sides, other.sides, strict=True):
        np.testing.assert_array_equal(side.belief, twin.belief)
        np.testing.assert_array_equal(side.utility, twin.utility)
    dead, dead_elsewhere = (
        world.play().record.outcomes["deaths_defender"] for world in (one, other)
    )
    assert not np.array_equal(dead, dead_elsewhere)


def test_renaming_theatres_changes_nothing() -> None:
    scenario = crisis(
        {"conflict": {"theatres": None}}, spelt(form(), {"ford": "water", "home": "land"})
    )
    assert list(scenario.conflict.theatres) == ["water", "land"]
    assert outcomes_of(crisis(), RUNS).equals(outcomes_of(scenario, RUNS))
