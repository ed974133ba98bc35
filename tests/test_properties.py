"""What holds in every scenario, and what each part of a scenario can and cannot touch."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import (
    ALONE,
    BASE,
    CRISES,
    KEPT,
    actor,
    conflict,
    crisis,
    differing,
    ensemble_of,
    form,
    mechanisms,
    outcomes_of,
    parameters,
    power_of,
    shipped,
    world_of,
)

from sim.ensemble import BLOCK, Ensemble, Plan, play
from sim.errors import InputError
from sim.outcomes import DAILY, ENDINGS, columns
from sim.scenario import (
    CREDIBILITY,
    EXPECTATION,
    LINES,
    Actor,
    Conflict,
    Mechanisms,
    Parameters,
    Posterior,
    Scenario,
    Treaty,
)
from sim.scenario.schema import Event, Intensity, LineWeights

RUNS = 150
POWERS = ("MID", "OST", "WES")
TOLERANCE = 1e-5
"""The engine plays in 32 bits."""

# Generated scenarios


def numbers(low: float, high: float) -> st.SearchStrategy[Any]:
    """Numbers within bounds, the bounds themselves, and ranges of them."""
    one = st.sampled_from([low, high]) | st.floats(low, high).map(lambda x: min(max(round(x, 3), low), high))
    ranges = st.lists(one, min_size=2, max_size=2).map(lambda ends: {"range": sorted(ends)})
    return one | ranges


def some_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Values for some of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


SHARE = numbers(0, 1)
TIES = numbers(-1, 1)
STRENGTHS = {
    name: numbers(0, 1)
    for name in Mechanisms.model_fields
    if name not in ("credibility", "expectation", "contest", "tie_drift", "structural_balance")
}
MECHANISMS = some_of(
    **STRENGTHS,
    credibility=st.sampled_from([*CREDIBILITY, {"any_of": list(CREDIBILITY)}]),
    expectation=st.sampled_from(EXPECTATION),
    contest=numbers(-10, 10),
    tie_drift=numbers(0, 1),
    structural_balance=numbers(0, 0.1),
)
PARAMETERS = some_of(
    attack_penalty=numbers(-10, 10),
    prepared_line_effect=numbers(0, 100),
    drone_effect=numbers(0, 100),
    pace=numbers(1e-9, 10),
    lethality=numbers(1e-9, 1e6),
    war_cost=numbers(0, 10),
    horizon=numbers(1e-9, 1e4),
    optimism=numbers(0, 10),
    precision=numbers(0, 1e6),
    resolve_cost=numbers(0, 10),
    grievance_decay=numbers(1e-9, 1e3),
    patron_precision=numbers(0, 1e6),
    protege_value=numbers(0, 10),
    partner_cost=numbers(0, 10),
    force_cost=numbers(0, 10),
    broker_ambition=numbers(0, 10),
    contact_rate=numbers(0, 100),
    direct_channel=numbers(0, 10),
    break_rate=numbers(0, 1e6),
    invocation_threshold=numbers(0, 10),
    alarm_memory=SHARE,
    review_days=st.integers(1, 5),
    closure_days=st.integers(1, 20),
    cession_day=st.integers(0, 12),
)
EVENTS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"day": st.integers(0, 4), "actor": st.sampled_from(POWERS), "do": st.sampled_from(LINES)},
            optional={"days": st.integers(1, 6)},
        ),
        st.fixed_dictionaries({"day": st.integers(0, 4), "actor": st.just("SUD"), "do": st.just("invoke")}),
    ),
    max_size=3,
)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """A change of the invented crisis: stances, numbers, mechanisms, policies and events."""
    holds = draw(st.floats(0, 1).map(lambda x: round(x, 2)))
    side = some_of(strength=numbers(1e-6, 1e6), drones=SHARE, grievance=SHARE, cession_worth=numbers(0, 10))
    power = some_of(
        ties=some_of(NOR=TIES, SUD=TIES, MID=TIES),
        broker_value=st.none() | SHARE,
        engagement=SHARE,
        support=st.none() | numbers(0, 4),
        sphere=SHARE,
        restraint=numbers(0, 10),
        peacekeeping=SHARE,
        seat=st.booleans(),
    )
    return {
        "horizon_days": draw(st.integers(5, 40)),
        "conflict": {
            "challenger_holds": holds,
            "aim": draw(st.sampled_from([0.0, 1 - holds, (1 - holds) / 2])),
            **draw(some_of(opening=st.integers(0, 3), prepared_line=SHARE, package_share=SHARE)),
        },
        "actors": {"NOR": draw(side), "SUD": draw(side), "OST": draw(power), "WES": draw(power)},
        "parameters": draw(PARAMETERS),
        "mechanisms": draw(MECHANISMS),
        "policies": draw(st.dictionaries(st.sampled_from(POWERS), st.sampled_from(LINES), max_size=2)),
        "events": draw(EVENTS),
    }


@st.composite
def values_set(draw: st.DrawFn) -> list[str]:
    """A few values set as on the command line."""
    sets = [f"horizon_days={draw(st.integers(5, 40))}"]
    for name in draw(st.lists(st.sampled_from(sorted(STRENGTHS)), max_size=4, unique=True)):
        sets.append(f"mechanisms.{name}={draw(st.sampled_from([0, 0.3, 1]))}")
    for code in draw(st.lists(st.sampled_from(["RUS", "TUR", "USA", "FRA"]), max_size=2, unique=True)):
        sets.append(f"actors.{code}.ties.ARM={draw(st.sampled_from(['-high', 0, 'medium', 'very_high', 1]))}")
        sets.append(f"policies.{code}={draw(st.sampled_from(LINES))}")
    return sets


def check_kinds(scenario: Scenario, table: pd.DataFrame) -> None:
    """Assert the bounds that each declared column's kind sets."""
    declared = columns(scenario)
    assert list(table) == [column.name for column in declared]
    for column in declared:
        values = table[column.name]
        if column.kind == "day":
            assert values.dropna().between(0, scenario.horizon_days - 1).all(), column.name
            continue
        assert values.notna().all(), column.name
        if column.kind == "count":
            assert (values >= 0).all(), column.name
        elif column.kind == "real":
            assert np.isfinite(values).all(), column.name
        elif column.kind == "level":
            assert values.between(0, 4).all(), column.name
        elif column.kind == "flag":
            assert values.dtype == bool, column.name
    assert set(table["ending"]) <= set(ENDINGS)
    assert set(table["treaty_answered"]) <= {0, 1, 2, 3}
    assert set(table["broker"]) <= {"none", *scenario.third_parties}


def check_amounts(scenario: Scenario, table: pd.DataFrame) -> None:
    """Assert the bounds of shares, ties and levels."""
    for name in table:
        if name.startswith(("tie_", "standing_")):
            assert table[name].between(-1, 1).all(), name
        elif name.startswith(("dependence_", "mediates_")) or name == "frustrated_triads":
            assert table[name].between(0, 1 + TOLERANCE).all(), name
        elif name.startswith("support_"):
            assert table[name].between(0, 4 + 1.5 + TOLERANCE).all(), name  # the most aid, and force
    for side in (scenario.conflict.challenger, scenario.conflict.defender):
        parts = table[[name for name in table if name.startswith(f"dependence_{side}_")]]
        assert (parts.sum(axis=1) <= 1 + TOLERANCE).all()
    moved = table["territory_fought"] + table["territory_ceded"]
    assert (moved <= scenario.conflict.aim.high + TOLERANCE).all()
    held = scenario.conflict.challenger_holds
    assert (held.high + moved >= -TOLERANCE).all() and (held.low + moved <= 1 + TOLERANCE).all()
    assert (held.high + table["territory_fought"] >= -TOLERANCE).all()
    assert (table["territory_ceded"] >= 0).all()
    assert (table[["deaths_challenger", "deaths_defender"]] >= 0).all(axis=None)


def check_story(scenario: Scenario, table: pd.DataFrame) -> None:
    """Assert that what is told of a run fits together."""
    horizon = scenario.horizon_days
    assert (table["failed_truces"] <= table["truces"]).all()
    assert (table["failed_truces"] <= table["failed_stops"]).all()
    assert (table["truces"] <= table[["signed_challenger", "signed_defender"]].min(axis=1)).all()
    assert (table[["signed_challenger", "signed_defender"]].max(axis=1) <= table["offers"]).all()
    stopped = table["lasting_truce_day"].notna()
    assert (stopped == (table["ending"] != "fighting")).all()
    assert (table["duration_days"] == table["lasting_truce_day"].fillna(horizon)).all()
    assert (table["first_stop_day"][stopped] <= table["lasting_truce_day"][stopped]).all()
    signed = table["first_truce_day"].notna()
    assert (table["first_stop_day"][signed] <= table["first_truce_day"][signed]).all()
    assert (table["truces"][signed] > 0).all()
    brokered = table["broker"] != "none"
    assert (table["ending"][brokered] == "truce").all() and (table["truces"][brokered] > 0).all()
    assert (table["treaty_invoked"] | (table["treaty_answered"] == 0)).all()
    assert ((table["peak_level"] == 4) == table["great_power_entry"]).all()
    assert (table["great_power_entry"] | ~table["patron_clash"]).all()
    force = table[[name for name in table if name.startswith("force_")]]
    assert (force.any(axis=1) == table["great_power_entry"]).all()
    unfought = table["peak_level"] == 0
    assert not table[["deaths_challenger", "deaths_defender", "territory_fought"]][unfought].any(axis=None)
    for name in table:
        if name.startswith("seat_"):
            assert (table[name] == (table["ending"] == "truce")).all(), name


def check_days(ensemble: Ensemble) -> None:
    """Assert that the daily quantities fit the outcomes."""
    table, daily = ensemble.outcomes, ensemble.daily.table().set_index(["measure", "day"])
    runs = [name for name in daily if name.startswith("run_")]
    paths = {name: daily.loc[name][runs].to_numpy() for name in DAILY}
    assert paths["level"].shape == (ensemble.plan.scenario.horizon_days, len(table))
    assert (np.diff(paths["deaths"], axis=0) >= 0).all()
    assert (np.diff(paths["territory_ceded"], axis=0) >= 0).all()
    np.testing.assert_allclose(paths["deaths"][-1], table["deaths_challenger"] + table["deaths_defender"], rtol=1e-6)
    np.testing.assert_allclose(paths["territory_fought"][-1], table["territory_fought"], atol=1e-6)
    np.testing.assert_array_equal(paths["level"].max(axis=0), table["peak_level"])
    days = np.arange(len(paths["level"]))[:, None]
    quiet = days >= table["duration_days"].to_numpy()
    assert not paths["level"][quiet].any()  # a lasting stop is quiet from its first day to the end


def check(ensemble: Ensemble) -> None:
    scenario, table = ensemble.plan.scenario, ensemble.outcomes
    for part in (check_kinds, check_amounts, check_story):
        part(scenario, table)
    check_days(ensemble)


@settings(max_examples=80)
@given(changes(), st.integers(8, 40), st.integers(1, 5), st.integers(0, 1000))
def test_every_invented_crisis_keeps_its_bounds(change: dict[str, Any], runs: int, draws: int, seed: int) -> None:
    check(ensemble_of(crisis(change), runs, draws, seed))


@settings(max_examples=25)
@given(st.sampled_from(CRISES), values_set(), st.integers(8, 40), st.integers(1, 5), st.integers(0, 1000))
def test_every_shipped_crisis_keeps_its_bounds(name: str, sets: list[str], runs: int, draws: int, seed: int) -> None:
    check(ensemble_of(shipped(name, *sets), runs, draws, seed))


def test_nobody_holds_more_than_all_where_ranges_overlap() -> None:
    """The low ends of aim and holdings sum to one, as a scenario file must; a draw may sum to more."""
    ranges = conflict(aim={"range": [0.5, 1]}, challenger_holds={"range": [0.5, 0.9]}, prepared_line=0)
    scenario = crisis(ALONE, ranges, actor("NOR", strength=100), parameters(pace=1))
    table, drawn = outcomes_of(scenario, 20, 20), Plan(scenario, 20, 20).drawn.table()
    moved = table["territory_fought"] + table["territory_ceded"]
    assert (drawn["conflict.challenger_holds"] + moved <= 1 + TOLERANCE).all()


def test_lines_without_any_weight_are_no_arithmetic_error() -> None:
    nothing = parameters(line_weights={"aside": 0, "lean": 0, "force": 0})
    assert not play(Plan(crisis(nothing, actor("OST", broker_value=None)), runs=8, draws=1)).failures


# The same runs, whatever is asked for beside them


def shuffled(form: dict[str, Any], order: list[int]) -> Scenario:
    """Return a scenario with its actors, and each actor's ties, in another order."""
    codes = list(form["actors"])
    actors = {codes[i]: dict(form["actors"][codes[i]]) for i in order}
    for one in actors.values():
        one["ties"] = dict(reversed(one["ties"].items()))
    return crisis(ALL_GONE, {"actors": actors, "policies": dict(reversed(form["policies"].items()))})


ALL_GONE = {"actors": dict.fromkeys(BASE["actors"])}


@settings(max_examples=15)
@given(st.permutations(range(6)), st.dictionaries(st.sampled_from(POWERS), st.sampled_from(LINES), max_size=3))
def test_the_order_of_actors_does_not_matter(order: list[int], policies: dict[str, str]) -> None:
    plain = form({"policies": policies})
    one, other = crisis(plain), shuffled(plain, order)
    assert list(other.actors) == [list(one.actors)[i] for i in order]
    assert outcomes_of(one).equals(outcomes_of(other))


@settings(max_examples=10)
@given(changes(), st.integers(0, 1000))
def test_same_seed_same_table_other_seed_other_table(change: dict[str, Any], seed: int) -> None:
    scenario = crisis({**change, "policies": {}, "events": []}, parameters(lethality=100, precision=5))
    one, same, other = (outcomes_of(scenario, 20, 4, s) for s in (seed, seed, seed + 1))
    assert one.equals(same)
    if one["peak_level"].any():
        assert not one.equals(other)


SHORT = crisis({"horizon_days": 3}, mechanisms(leverage={"range": [0, 1]}))


@cache
def many() -> Ensemble:
    """Return more runs than two blocks hold, of a crisis of three days."""
    return ensemble_of(SHORT, 2 * BLOCK + 50, 7)


@pytest.mark.parametrize("runs", [1, 2, 7, 8, 100, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 1])
def test_more_runs_leave_the_runs_there_were_as_they_are(runs: int) -> None:
    table = outcomes_of(SHORT, runs, 7)
    assert len(table) == runs
    pd.testing.assert_frame_equal(table, many().outcomes.iloc[:runs], check_exact=True)


@settings(max_examples=10)
@given(changes(), st.integers(1, 30), st.integers(1, 5))
def test_more_runs_leave_any_crisis_as_it_is(change: dict[str, Any], runs: int, draws: int) -> None:
    scenario = crisis(change, {"horizon_days": 6, "events": []})
    few, more = outcomes_of(scenario, runs, draws), outcomes_of(scenario, runs + 5, draws)
    pd.testing.assert_frame_equal(few, more.iloc[:runs], check_exact=True)


OVER_SOON = (parameters(closure_days=2, cession_day=1, break_rate=0.01), {"horizon_days": 30})
"""Most runs are over long before the horizon."""


def over_soon(runs: int, *changes: dict[str, Any]) -> Ensemble:
    return ensemble_of(crisis(*OVER_SOON, *changes), runs, 1)


@pytest.mark.parametrize("runs", [1, 2, 13])
def test_outcomes_do_not_show_when_other_runs_were_over(runs: int) -> None:
    """Runs that are over are dropped in groups: when one goes depends on the others."""
    many = over_soon(60).outcomes
    assert (many["duration_days"] < 20).mean() > 0.5
    pd.testing.assert_frame_equal(over_soon(runs).outcomes, many.iloc[:runs], check_exact=True)


def test_days_do_not_show_when_other_runs_were_over() -> None:
    few, many = over_soon(13).daily.paths, over_soon(60).daily.paths
    for name in DAILY:
        np.testing.assert_array_equal(few[name][0], many[name][0][:, :13], err_msg=name)


def test_a_call_on_allies_counts_in_runs_that_are_over() -> None:
    """It is dated, whatever the model would do."""
    late = {"events": [{"day": 25, "actor": "SUD", "do": "invoke"}]}
    assert over_soon(60, late).outcomes["treaty_invoked"].all()


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0]])
def test_the_order_of_blocks_does_not_matter(order: list[int]) -> None:
    other = play(many().plan, blocks=order)
    pd.testing.assert_frame_equal(other.outcomes, many().outcomes, check_exact=True)
    pd.testing.assert_frame_equal(other.daily.table(), many().daily.table(), check_exact=True)


def test_a_longer_horizon_leaves_the_days_there_were_as_they_are() -> None:
    short, long = (ensemble_of(crisis({"horizon_days": days}), 20).daily.paths for days in (8, 20))
    for name in DAILY:
        np.testing.assert_array_equal(short[name][0], long[name][0][:8])


def test_runs_draws_and_replicates_are_numbered_as_told() -> None:
    table = many().outcomes
    np.testing.assert_array_equal(table["run"], np.arange(2 * BLOCK + 50))
    np.testing.assert_array_equal(table["draw"], table["run"] % 7)
    np.testing.assert_array_equal(table["replicate"], table["run"] // 7)


# Each mechanism, switched off, has no effect of what only it reads

NO_DRIFT = mechanisms(tie_drift=0, structural_balance=0)
FRIENDLY = {"actors": {"OST": {"ties": {"WES": 0.1}}, "WES": {"ties": {"OST": 0.1}}}}
HOSTILE_TO_FAR = actor("FAR", ties={"NOR": 0.2, "SUD": 0.1, "WES": -0.9})

SWITCHES: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any], dict[str, Any], str]] = {
    # what is switched off; what then does not matter; the switch on; columns that may differ all the same
    "authority_loss": (
        (mechanisms(authority_loss=0, displacement=0),),
        actor("OST", sphere=0.1),
        mechanisms(authority_loss=1),
        "",
    ),
    "displacement by sphere": (
        (mechanisms(authority_loss=0, displacement=0),),
        actor("OST", sphere=0.1),
        mechanisms(displacement=1),
        "",
    ),
    "treaty_duty": (
        (mechanisms(treaty_duty=0), NO_DRIFT),
        actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}]),
        mechanisms(treaty_duty=2),
        "treaty_",
    ),
    "displacement": (
        (mechanisms(displacement=0, contest=0), NO_DRIFT),
        actor("OST", ties={"WES": -0.9}),
        mechanisms(displacement=1),
        "frustrated_triads",
    ),
    "contest": (
        (mechanisms(displacement=0, contest=0), NO_DRIFT),
        actor("OST", ties={"WES": 0.9}),
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
    "spoiler": ((mechanisms(spoiler=0), FRIENDLY), actor("WES", seat=True), mechanisms(spoiler=0.5), "seat_"),
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
    "guarantee": ((mechanisms(guarantee=0),), actor("OST", peacekeeping=0), mechanisms(guarantee=1), ""),
    "tie_drift": ((NO_DRIFT,), mechanisms(expectation="outcome"), mechanisms(tie_drift=0.1), ""),
    "drone_effect": ((parameters(drone_effect=0),), actor("NOR", drones=1), parameters(drone_effect=1), ""),
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
    "closed_force": (
        (parameters(line_weights={"force": 0}),),
        parameters(force_cost=0),
        parameters(line_weights={"force": 0.05}),
        "",
    ),
    "no_package_no_cession": (
        (mechanisms(package=0, tie_drift=0),),
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


@pytest.mark.parametrize("name", SWITCHES)
def test_what_is_switched_off_does_not_matter(name: str) -> None:
    off, change, _, excused = SWITCHES[name]
    moved = differing(outcomes_of(crisis(*off), RUNS), outcomes_of(crisis(*off, change), RUNS))
    assert {column for column in moved if not (excused and column.startswith(excused))} == set()


@pytest.mark.parametrize("name", SWITCHES)
def test_what_is_switched_on_matters(name: str) -> None:
    """The control: the same change is felt beyond the columns that it may touch anyway."""
    off, change, on, excused = SWITCHES[name]
    moved = differing(outcomes_of(crisis(*off, on), RUNS), outcomes_of(crisis(*off, on, change), RUNS))
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
    "conflict.defender": {"actors": {"SUZ": BASE["actors"]["SUD"]}, "conflict": {"defender": "SUZ"}},
    "conflict.theatres": {"conflict": {"theatres": {"ford": "Another text.", "home": "And another."}}},
    "conflict.contested_area_km2": conflict(contested_area_km2=5000),
    "conflict.opening": conflict(opening=1),
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
    "actors.restraint": actor("OST", restraint=0.4),
    "actors.peacekeeping": actor("OST", peacekeeping=0.1),
    "actors.strength": actor("NOR", strength=2.5),
    "actors.drones": actor("NOR", drones=0.9),
    "actors.grievance": actor("NOR", grievance=0.3),
    "actors.cession_worth": actor("SUD", cession_worth=2),
    "treaties.with": actor("OST", treaties=[{"with": "NOR", "covers": ["home"]}]),
    "treaties.covers": actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}]),
    "treaties.under": actor("OST", treaties=[{"with": "SUD", "covers": ["home"], "under": "A treaty"}]),
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
    "parameters.line_weights": LineWeights,
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
    if path == "parameters.posterior":
        return mechanisms(leverage={"range": [0, 1]})
    return conflict(opening=0) if path == "conflict.quiet_days" else {}


@cache
def before(path: str) -> pd.DataFrame:
    return outcomes_of(crisis(ground_for(path)), 300)


@pytest.mark.parametrize(("path", "descriptive"), list(fields()))
def test_every_field_changes_something_or_is_descriptive(path: str, descriptive: bool) -> None:
    after = outcomes_of(crisis(ground_for(path), change_of(path)), 300)
    assert before(path).equals(after) is descriptive


# Policies, events and embargoes


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from(POWERS), st.sampled_from(LINES), min_size=1), st.integers(0, 99))
def test_a_policy_holds_its_actor_on_its_line_every_day(policies: dict[str, str], seed: int) -> None:
    world = world_of(crisis(KEPT, {"policies": policies, "horizon_days": 8}), 10, seed)
    for _ in range(8):
        world.step()
        for code, line in policies.items():
            assert (power_of(world, code).line == LINES.index(line)).all()


def lines_of(scenario: Scenario, code: str, runs: int = 40) -> np.ndarray:
    """Return the line of a third party on each day: shape ``(days, runs)``."""
    world = world_of(scenario, runs)
    days: list[np.ndarray] = []
    for _ in range(scenario.horizon_days):
        world.step()
        days.append(power_of(world, code).line)
    return np.array(days)


@settings(max_examples=20)
@given(st.integers(0, 10), st.none() | st.integers(1, 12), st.sampled_from(LINES), st.sampled_from(("OST", "WES")))
def test_an_event_forces_a_line_on_its_days(day: int, days: int | None, line: str, code: str) -> None:
    event = {"day": day, "actor": code, "do": line, **({} if days is None else {"days": days})}
    plain = lines_of(crisis(KEPT, {"horizon_days": 20}), code)
    forced = lines_of(crisis(KEPT, {"horizon_days": 20, "events": [event]}), code)
    end = 20 if days is None else day + days
    assert (forced[day:end] == LINES.index(line)).all()
    np.testing.assert_array_equal(forced[:day], plain[:day])
    if end < 17:  # at least one review is left: not all runs stay on the line
        assert (forced[end:] != LINES.index(line)).any()


def test_an_event_overrules_a_policy_on_its_days_alone() -> None:
    stated = {"horizon_days": 9, "policies": {"OST": "aside"}}
    lines = lines_of(crisis(KEPT, stated, {"events": [{"day": 2, "actor": "OST", "do": "mediate", "days": 3}]}), "OST")
    assert (lines[2:5] == LINES.index("mediate")).all()
    assert not lines[:2].any() and not lines[5:].any()


def test_the_latest_event_in_the_file_wins() -> None:
    events = [
        {"day": 0, "actor": "OST", "do": "mediate"},
        {"day": 3, "actor": "OST", "do": "lean_defender", "days": 2},
    ]
    lines = lines_of(crisis(KEPT, {"horizon_days": 8, "events": events}), "OST")
    assert [LINES[line] for line in lines[:, 0]] == ["mediate"] * 3 + ["lean_defender"] * 2 + ["mediate"] * 3


def test_an_event_leaves_the_later_luck_of_its_actor_as_it_was() -> None:
    """Without precision a line is luck alone: after the event's end and a review it is what it would have been."""
    blind = (KEPT, parameters(patron_precision=0, review_days=1), {"horizon_days": 12})
    plain = lines_of(crisis(*blind), "OST")
    forced = lines_of(crisis(*blind, {"events": [{"day": 2, "actor": "OST", "do": "mediate", "days": 4}]}), "OST")
    np.testing.assert_array_equal(forced[:2], plain[:2])
    np.testing.assert_array_equal(forced[6:], plain[6:])


def supplies_of(*embargoes: dict[str, Any], days: int = 14) -> list[bool]:
    """Return whether OST supplies its customers on each day."""
    events = [{"actor": "OST", "do": "embargo", **embargo} for embargo in embargoes]
    world = world_of(crisis(KEPT, {"horizon_days": days, "events": events}), 3)
    k = world.state.powers.index("OST")
    full, supplied = world.state.supplies[:, k].copy(), []
    for _ in range(days):
        world.step()
        assert not world.state.supplies[:, k].any() or np.array_equal(world.state.supplies[:, k], full)
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


@pytest.mark.parametrize("second", [{"day": 3, "days": 6}, {"day": 5, "days": 2}, {"day": 6, "days": 3}])
def test_embargoes_that_overlap_end_with_the_last(second: dict[str, int]) -> None:
    withheld = {*range(2, 8), *range(second["day"], second["day"] + second["days"])}
    assert supplies_of({"day": 2, "days": 6}, second) == [today not in withheld for today in range(14)]


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
    table = table.rename(columns=lambda name: "_".join(new if part == old else part for part in name.split("_")))
    return table.replace({"broker": {old: new}})


def test_renaming_an_actor_without_luck_of_its_own_changes_names_only() -> None:
    """A party held to a policy draws no luck; the new code keeps its place in the alphabet."""
    plain = form({"policies": {"OST": "lean_defender_mediate"}})
    respelt = crisis(ALL_GONE, spelt(plain, {"OST": "OSU"}), {"policies": {"OST": None}})
    one, other = outcomes_of(crisis(plain), RUNS), outcomes_of(respelt, RUNS)
    assert "tie_SUD_OSU" in other and "tie_SUD_OST" not in other
    pd.testing.assert_frame_equal(renamed(one, "OST", "OSU"), other, check_exact=True)


def test_renaming_a_belligerent_changes_its_luck_and_not_its_prospects() -> None:
    """Streams are named after codes, so another code means other luck: equal is what is known on day 0."""
    one, other = world_of(crisis(), 5), world_of(crisis(ALL_GONE, spelt(form(), {"NOR": "NAR"})), 5)
    for world in (one, other):
        world.agents.do("perceive")
    np.testing.assert_array_equal(one.state.stake, other.state.stake)
    for side, twin in zip(one.sides, other.sides, strict=True):
        np.testing.assert_array_equal(side.belief, twin.belief)
        np.testing.assert_array_equal(side.worth, twin.worth)
    dead, dead_elsewhere = (world.play().record.outcomes["deaths_defender"] for world in (one, other))
    assert not np.array_equal(dead, dead_elsewhere)


def test_renaming_theatres_changes_nothing() -> None:
    scenario = crisis({"conflict": {"theatres": None}}, spelt(form(), {"ford": "water", "home": "land"}))
    assert list(scenario.conflict.theatres) == ["water", "land"]
    assert outcomes_of(crisis(), RUNS).equals(outcomes_of(scenario, RUNS))
