"""What holds in every scenario, and what each part of a scenario can and cannot touch."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import (
    ALL_GONE,
    ALONE,
    CRISES,
    POWERS,
    actor,
    conflict,
    crisis,
    ensemble_of,
    form,
    mechanisms,
    outcomes_of,
    parameters,
    shipped,
)

from sim.ensemble.ensemble import BLOCK, Ensemble, Plan, play
from sim.outcomes.columns import DAILY, ENDINGS, columns
from sim.scenario import (
    CREDIBILITY,
    EXPECTATION,
    Mechanisms,
    Scenario,
)
from sim.scenario.stances import KNOWN_NAMES

RUNS = 150
TOLERANCE = 1e-5
"""The engine plays in 32 bits."""

# Generated scenarios


def numbers(low: float, high: float) -> st.SearchStrategy[Any]:
    """Numbers within bounds, the bounds themselves, and ranges of them."""
    one = st.sampled_from([low, high]) | st.floats(low, high).map(
        lambda x: min(max(round(x, 3), low), high)
    )
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
    planning_days=numbers(1e-9, 1e4),
    optimism=numbers(0, 10),
    precision=numbers(0, 1e6),
    resolve_cost=numbers(0, 10),
    grievance_decay=numbers(1e-9, 1e3),
    patron_precision=numbers(0, 1e6),
    protege_value=numbers(0, 10),
    partner_cost=numbers(0, 10),
    force_cost=numbers(0, 10),
    broker_ambition=numbers(0, 10),
    inertia=numbers(0, 100),
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
            {
                "day": st.integers(0, 4),
                "actor": st.sampled_from(POWERS),
                "do": st.sampled_from(KNOWN_NAMES),
            },
            optional={"days": st.integers(1, 6)},
        ),
        st.fixed_dictionaries(
            {"day": st.integers(0, 4), "actor": st.just("SUD"), "do": st.just("invoke")}
        ),
    ),
    max_size=3,
)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """A change of the invented crisis: stances, numbers, mechanisms, policies and events."""
    holds = draw(st.floats(0, 1).map(lambda x: round(x, 2)))
    side = some_of(
        strength=numbers(1e-6, 1e6), drones=SHARE, grievance=SHARE, cession_worth=numbers(0, 10)
    )
    power = some_of(
        ties=some_of(NOR=TIES, SUD=TIES, MID=TIES),
        broker_value=st.none() | SHARE,
        engagement=SHARE,
        support=st.none() | numbers(0, 4),
        sphere=SHARE,
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
        "policies": draw(
            st.dictionaries(st.sampled_from(POWERS), st.sampled_from(KNOWN_NAMES), max_size=2)
        ),
        "events": draw(EVENTS),
    }


@st.composite
def values_set(draw: st.DrawFn) -> list[str]:
    """A few values set as on the command line."""
    sets = [f"horizon_days={draw(st.integers(5, 40))}"]
    for name in draw(st.lists(st.sampled_from(sorted(STRENGTHS)), max_size=4, unique=True)):
        sets.append(f"mechanisms.{name}={draw(st.sampled_from([0, 0.3, 1]))}")
    for code in draw(
        st.lists(st.sampled_from(["RUS", "TUR", "USA", "FRA"]), max_size=2, unique=True)
    ):
        sets.append(
            f"actors.{code}.ties.ARM={draw(st.sampled_from(['-high', 0, 'medium', 'very_high', 1]))}"
        )
        sets.append(f"policies.{code}={draw(st.sampled_from(KNOWN_NAMES))}")
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
            assert table[name].between(0, 4 + 1.5 + TOLERANCE).all(), (
                name
            )  # the most aid, and force
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
    assert table["ending"][brokered].isin(["truce", "capitulation"]).all()
    in_truce = brokered & (table["ending"] == "truce")
    assert (table["truces"][in_truce] > 0).all()
    assert (table["treaty_invoked"] | (table["treaty_answered"] == 0)).all()
    assert ((table["peak_level"] == 4) == table["great_power_entry"]).all()
    assert (table["great_power_entry"] | ~table["patron_clash"]).all()
    force = table[[name for name in table if name.startswith("force_")]]
    assert (force.any(axis=1) == table["great_power_entry"]).all()
    unfought = table["peak_level"] == 0
    assert not table[["deaths_challenger", "deaths_defender", "territory_fought"]][unfought].any(
        axis=None
    )
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
    np.testing.assert_allclose(
        paths["deaths"][-1], table["deaths_challenger"] + table["deaths_defender"], rtol=1e-6
    )
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


@pytest.mark.slow
@settings(max_examples=50)
@given(changes(), st.integers(8, 40), st.integers(1, 5), st.integers(0, 1000))
def test_every_invented_crisis_keeps_its_bounds(
    change: dict[str, Any], runs: int, draws: int, seed: int
) -> None:
    check(ensemble_of(crisis(change), runs, draws, seed))


@pytest.mark.slow
@settings(max_examples=25)
@given(
    st.sampled_from(CRISES),
    values_set(),
    st.integers(8, 40),
    st.integers(1, 5),
    st.integers(0, 1000),
)
def test_every_shipped_crisis_keeps_its_bounds(
    name: str, sets: list[str], runs: int, draws: int, seed: int
) -> None:
    check(ensemble_of(shipped(name, *sets), runs, draws, seed))


def test_nobody_holds_more_than_all_where_ranges_overlap() -> None:
    """The low ends of aim and holdings sum to one, as a scenario file must; a draw may sum to
    more.
    """
    ranges = conflict(
        aim={"range": [0.5, 1]}, challenger_holds={"range": [0.5, 0.9]}, prepared_line=0
    )
    scenario = crisis(ALONE, ranges, actor("NOR", strength=100), parameters(pace=1))
    table, drawn = outcomes_of(scenario, 20, 20), Plan(scenario, 20, 20).drawn.table()
    moved = table["territory_fought"] + table["territory_ceded"]
    assert (drawn["conflict.challenger_holds"] + moved <= 1 + TOLERANCE).all()


def test_no_inertia_however_great_is_an_arithmetic_error() -> None:
    stuck = parameters(inertia=1e9, patron_precision=1e9)
    assert not play(
        Plan(crisis(stuck, actor("OST", broker_value=None, stance="aside")), runs=8, draws=1)
    ).failures


# The same runs, whatever is asked for beside them


def shuffled(form: dict[str, Any], order: list[int]) -> Scenario:
    """Return a scenario with its actors, and each actor's ties, in another order."""
    codes = list(form["actors"])
    actors = {codes[i]: dict(form["actors"][codes[i]]) for i in order}
    for one in actors.values():
        one["ties"] = dict(reversed(one["ties"].items()))
    return crisis(
        ALL_GONE, {"actors": actors, "policies": dict(reversed(form["policies"].items()))}
    )


@pytest.mark.slow
@settings(max_examples=15)
@given(
    st.permutations(range(6)),
    st.dictionaries(st.sampled_from(POWERS), st.sampled_from(KNOWN_NAMES), max_size=3),
)
def test_the_order_of_actors_does_not_matter(order: list[int], policies: dict[str, str]) -> None:
    plain = form({"policies": policies})
    one, other = crisis(plain), shuffled(plain, order)
    assert list(other.actors) == [list(one.actors)[i] for i in order]
    assert outcomes_of(one).equals(outcomes_of(other))


@pytest.mark.slow
@settings(max_examples=10)
@given(changes(), st.integers(0, 1000))
def test_same_seed_same_table_other_seed_other_table(change: dict[str, Any], seed: int) -> None:
    scenario = crisis(
        {**change, "policies": {}, "events": []}, parameters(lethality=100, precision=5)
    )
    one, same, other = (outcomes_of(scenario, 20, 4, s) for s in (seed, seed, seed + 1))
    assert one.equals(same)
    if one["peak_level"].any():
        assert not one.equals(other)


SHORT = crisis({"horizon_days": 3}, mechanisms(leverage={"range": [0, 1]}))


@cache
def many() -> Ensemble:
    """Return more runs than two blocks hold, of a crisis of three days."""
    return ensemble_of(SHORT, 2 * BLOCK + 50, 7)


@pytest.mark.slow
@pytest.mark.parametrize("runs", [1, 2, 7, 8, 100, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 1])
def test_more_runs_leave_the_runs_there_were_as_they_are(runs: int) -> None:
    table = outcomes_of(SHORT, runs, 7)
    assert len(table) == runs
    pd.testing.assert_frame_equal(table, many().outcomes.iloc[:runs], check_exact=True)


@settings(max_examples=5)
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


@pytest.mark.slow
@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0]])
def test_the_order_of_blocks_does_not_matter(order: list[int]) -> None:
    other = play(many().plan, blocks=order)
    pd.testing.assert_frame_equal(other.outcomes, many().outcomes, check_exact=True)
    pd.testing.assert_frame_equal(other.daily.table(), many().daily.table(), check_exact=True)


def test_a_longer_horizon_leaves_the_days_there_were_as_they_are() -> None:
    short, long = (ensemble_of(crisis({"horizon_days": days}), 20).daily.paths for days in (8, 20))
    for name in DAILY:
        np.testing.assert_array_equal(short[name][0], long[name][0][:8])


@pytest.mark.slow
def test_runs_draws_and_replicates_are_numbered_as_told() -> None:
    table = many().outcomes
    np.testing.assert_array_equal(table["run"], np.arange(2 * BLOCK + 50))
    np.testing.assert_array_equal(table["draw"], table["run"] % 7)
    np.testing.assert_array_equal(table["replicate"], table["run"] // 7)
