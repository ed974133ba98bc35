"""Charts of one result: what each shows, and what it leaves out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pictures import MANIFEST, result_of, table, words
from worlds import ALONE, crisis

from sim.charts import (
    CHARTS,
    duration_deaths,
    endings,
    escalation,
    spread,
    territory,
    ties,
)
from sim.charts.page import house_style
from sim.scenario import Quantity

# Escalation


def test_level_shares_are_in_percent_and_in_the_order_of_the_days():
    shares = {f"share_level_{level}": [0.2, 0.0] for level in range(5)}
    shares["share_level_0"], shares["share_level_3"] = [0.2, 0.75], [0.2, 0.25]
    daily = pd.DataFrame({"measure": ["level", "level"], "day": [1, 0], **shares})
    other = pd.DataFrame({"measure": ["deaths"], "day": [0]})
    found = escalation.level_shares(pd.concat([daily, other], ignore_index=True))
    assert found.loc[0].tolist() == pytest.approx([75, 0, 0, 25, 0])
    assert found.loc[1].tolist() == pytest.approx([20] * 5)


def fan_of(fighting: list[float], runs: list[int]) -> pd.DataFrame:
    draws = len(runs)
    frame = pd.DataFrame({"day": 0, "draw": range(draws), "runs": runs, "fighting": fighting})
    return escalation.fighting_fan(frame)


def test_fan_line_is_over_all_runs_and_bands_are_over_draws():
    fan = fan_of([0.0, 1.0], [10, 30])
    assert fan["all"].tolist() == [75.0]  # 30 of 40 runs
    assert fan.loc[0, ["q10", "q25", "q75", "q90"]].tolist() == pytest.approx(
        [0, 0, 100, 100]
    )  # no chance in 0 and 1


@pytest.mark.parametrize(
    ("fighting", "runs", "told"),
    [
        ([0.5], [40], False),
        ([0.0, 1.0], [1, 1], False),
        ([0.0, 1.0], [4, 40], False),
        ([0.0, 1.0], [5, 5], True),
    ],
)
def test_fan_has_bands_where_every_draw_has_replicates_enough(fighting, runs, told):
    assert ("q10" in fan_of(fighting, runs)) == told


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_nothing_of_a_chart_is_cut_off(april, chart):
    with house_style():
        figure = chart.draw(april)
        box = figure.get_tightbbox()
    assert box.x0 >= 0 and box.y0 >= 0
    assert box.x1 <= figure.get_figwidth() and box.y1 <= figure.get_figheight()


def test_both_panels_of_a_chart_by_day_have_their_ticks_on_the_same_days(april):
    top, bottom = escalation.draw(april).axes
    assert top.get_xticks().tolist() == bottom.get_xticks().tolist()


# Endings


def ended(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["ending", "broker"])


def test_parts_of_the_bar_add_up_and_stand_in_order():
    truces = [("truce", "WES")] + 2 * [("truce", "OST")] + [("truce", "none")]
    shares = endings.parts(ended(*truces, ("lull", "none"), *3 * [("fighting", "none")]))
    assert shares.to_dict() == {
        "OST": 25.0, "WES": 12.5, "direct": 12.5, "lull": 12.5, "capitulation": 0.0, "fighting": 37.5
    }  # fmt: skip
    assert list(shares.index) == ["OST", "WES", "direct", "lull", "capitulation", "fighting"]


def test_shares_of_draws_keep_the_outside_power_apart():
    draws, entered = [0] * 6 + [1] * 6, [True, False] * 6
    rows = table(
        draws, ending=["lull"] * 6 + ["fighting"] * 6, great_power_entry=entered, broker="none"
    )
    shares = endings.shares_of_draws(rows)[["share", "low", "high"]]
    assert shares.loc["stopped"].tolist() == pytest.approx([50, 0, 100])
    assert shares.loc["fighting"].tolist() == pytest.approx([50, 0, 100])
    assert shares.loc["outside"].tolist() == pytest.approx([50, 50, 50])
    assert shares.loc["capitulation"].tolist() == [0, 0, 0]


def test_shares_of_few_replicates_have_no_range():
    rows = table([0, 1] * 4, ending=["lull", "truce"] * 4, great_power_entry=[False] * 8)
    rows["broker"] = ["none", "OST", "none", "none"] * 2
    shares = endings.shares_of_draws(rows)
    assert shares.loc["stopped", "share"] == 100
    assert shares.loc[["truce", "direct", "lull"], "share"].tolist() == [25, 25, 50]
    assert shares[["low", "high"]].isna().all(axis=None)


def test_brokers_keep_their_colours_whoever_succeeds():
    invented = crisis()
    many = endings.looks(invented, ["MID", "OST", "WES", "lull"])
    assert many["colour"].is_unique
    assert endings.looks(invented, ["OST"]).loc["OST"].equals(many.loc["OST"])


# Duration and deaths


@pytest.mark.parametrize(
    ("longest", "horizon"), [(1, 1), (4, 90), (89, 90), (90, 90), (100, 100), (3650, 3650), (0, 30)]
)
def test_day_edges_cover_all_and_the_horizon_begins_a_bin(longest, horizon):
    edges = duration_deaths.day_edges(longest, horizon)
    assert edges[0] <= 0
    assert edges[-2] <= longest < edges[-1]
    assert longest < horizon or edges[-2] == horizon
    assert len(edges) <= duration_deaths.MOST_BINS + 3


@pytest.mark.parametrize(
    ("deaths", "ends"),
    [
        ([20.0, 3000.0], (10, 10_000)),
        ([0.0, 0.2, 5.0], (0.5, 10)),
        ([0.0], (0.5, 10)),
        ([7.0, 7.0, 7.0], (1, 10)),
        ([10.0, 100.0], (10, 1000)),
    ],
)
def test_death_edges_are_whole_decades_with_a_bin_for_none(deaths, ends):
    edges = duration_deaths.death_edges(np.array(deaths))
    assert (edges[0], edges[-1]) == pytest.approx(ends)
    assert duration_deaths.percent_in(np.maximum(deaths, edges[0]), edges).sum() == pytest.approx(
        100
    )


def test_spread_keeps_every_run_and_every_draw(april):
    days = april.outcomes["duration_days"].astype(float)
    edges = duration_deaths.day_edges(float(days.max()), april.scenario.horizon_days)
    shown = duration_deaths.spread(april, "duration_days", days, edges)
    assert shown.runs.sum() == pytest.approx(100)
    assert shown.draws is not None
    assert shown.draws.sum() == pytest.approx(100)
    assert shown.median == days.median()


@pytest.mark.parametrize(
    ("runs", "draws", "strips"), [(12, 2, ["chance", "draws"]), (12, 1, ["chance"]), (9, 3, [])]
)
def test_strips_hold_the_bars_that_can_be_told(tmp_path, runs, draws, strips):
    with house_style():
        figure = duration_deaths.draw(result_of(crisis(), tmp_path, runs, draws))
    lower = [ax for ax in figure.axes if not ax.get_ylabel()]
    assert [[label.get_text() for label in ax.get_yticklabels()] for ax in lower] == (
        [strips, strips] if strips else []
    )
    dashed = [ax for ax in figure.axes if any(line.get_linestyle() == "--" for line in ax.lines)]
    assert dashed == (lower or figure.axes)  # the median is told either way


# Territory


def test_single_runs_are_replicates_of_one_draw_where_enough_are_kept():
    assert territory.single_runs(np.tile([0, 1], 5)) == ([0, 2, 4, 6, 8], True)
    assert territory.single_runs(np.arange(20)) == (list(range(12)), False)
    assert territory.single_runs(np.array([3, 3])) == ([0, 1], True)


def test_course_begins_at_nothing_and_is_in_percent():
    daily = pd.DataFrame(
        {"measure": "territory_fought", "day": [0, 1], "mean": [0.1, 0.2], "q50": [0.0, 0.1]}
    )
    daily["run_0"], daily["run_1"] = [0.0, 0.1], [0.2, 0.3]
    by_draw = pd.DataFrame(
        {"day": [0, 0, 1, 1], "draw": [0, 1] * 2, "runs": 1, "territory_fought": [0, 0.2, 0.1, 0.3]}
    )
    outcomes = table([0, 1])
    shown = territory.course(daily, by_draw, outcomes, spread.design(outcomes, MANIFEST))
    assert shown.mean == pytest.approx([0, 10, 20])
    assert shown.median == pytest.approx([0, 0, 10])
    assert shown.single == pytest.approx(np.array([[0, 0], [0, 20], [10, 30]]))
    assert shown.ends is None
    assert not shown.one_draw


def test_course_bands_are_over_the_means_of_draws(april):
    shown = territory.course(
        april.daily, april.daily_by_draw, april.outcomes, spread.design(april.outcomes, MANIFEST)
    )
    last = april.daily_by_draw[april.daily_by_draw["day"] == april.scenario.horizon_days - 1]
    assert shown.ends is not None
    assert shown.ends[:, -1] == pytest.approx(
        100 * last["territory_fought"].quantile([0.1, 0.25, 0.75, 0.9]).to_numpy()
    )
    assert shown.mean[-1] == pytest.approx(
        100 * april.outcomes["territory_fought"].mean(), rel=1e-4, abs=1e-6
    )


def test_final_ground_counts_the_runs_without_a_change(april):
    ground = 100 * april.outcomes["territory_fought"].astype(float)
    shown = territory.final(april, "fought", (min(ground.min(), 0.0), max(ground.max(), 1.0)))
    assert shown.unchanged == pytest.approx(100 * (ground.abs() < territory.NOTHING).mean())
    assert shown.runs.sum() + shown.unchanged == pytest.approx(100)
    assert shown.median == pytest.approx(ground.median())
    end = ground.max() / 2
    cut = territory.final(april, "fought", (0.0, end))
    changed = ground.abs() >= territory.NOTHING
    beyond = 100 * (changed & ((ground > end) | (ground < 0))).mean()
    assert cut.runs.sum() + cut.unchanged + beyond == pytest.approx(100)


def ground(*fought: float) -> tuple[territory.Course, np.ndarray]:
    """Return a course of nothing, and runs that end with so much ground won and none ceded, in
    percent.
    """
    flat = np.zeros(3)
    shown = territory.Course(flat, flat, None, flat[:, None], one_draw=False)
    return shown, np.array([[won, 0.0] for won in fought])


def test_an_axis_is_cut_where_few_runs_would_flatten_the_others():
    shown, ended = ground(*np.linspace(0, 4, 99), 48.0)
    low, high = territory.limits(shown, ended, [])
    assert low == 0
    assert 3.5 < high < 4.2
    assert "1 run of 100 ends beyond it, the farthest at 48% of the area" in territory.left_out(
        shown, ended, (low, 4.2)
    )


def test_an_axis_holds_all_runs_where_they_flatten_nothing():
    shown, ended = ground(*np.linspace(0, 4, 99), 6.0)
    ends = territory.limits(shown, ended, [])
    assert ends == pytest.approx((0, 6.3))
    assert territory.left_out(shown, ended, ends) == ""


def test_a_cut_axis_holds_what_is_drawn_of_chance_and_coding():
    shown, ended = ground(*[0.0] * 99, 48.0)
    assert territory.limits(shown, ended, []) == pytest.approx((0, 1.05))
    assert territory.limits(shown, ended, [(-2.0, 8.0)]) == pytest.approx((-2.1, 8.4))


def test_a_single_run_that_leaves_the_axis_on_its_way_is_told():
    shown, ended = ground(0.0, 0.1)
    shown.single[1] = 30.0
    assert "the path of a single run leaves it" in territory.left_out(shown, ended, (0.0, 1.05))


def test_little_ground_is_not_called_none(april):
    with house_style():
        titles = [ax.get_title(loc="left") for ax in territory.draw(april).axes]
    assert [f"under {territory.NOTHING:g}%: " in title for title in titles] == [False, True, True]
    assert "none" not in " ".join(titles)


def test_area_of_a_range_is_its_middle():
    assert territory.area(Quantity.model_validate(11_700)) == (11_700, "11,700 km²")
    assert territory.area(Quantity.model_validate({"range": [100, 300]})) == (200, "about 200 km²")


# Ties


def test_order_puts_the_sides_first_and_leaves_out_who_has_no_ties():
    alien = crisis({"actors": {"LON": {"name": "Lonely"}}})
    assert ties.order(alien) == (("NOR", "SUD", "FAR", "MID", "OST", "WES"), ("LON",))


def test_a_tie_stated_in_one_direction_counts_for_both():
    onset = ties.ties_at_onset(crisis(), pd.DataFrame({"draw": [0]}), pd.Series([0]))
    place = onset.codes.index
    assert (
        onset.values[place("FAR"), place("NOR")] == onset.values[place("NOR"), place("FAR")] == 0.2
    )
    assert onset.mirrored[place("NOR"), place("FAR")]
    assert not onset.mirrored[place("FAR"), place("NOR")]
    assert np.isnan(onset.values[place("FAR"), place("MID")])
    assert np.isnan(np.diag(onset.values)).all()


def test_a_drawn_tie_is_its_mean_over_the_runs():
    drawn = crisis({"actors": {"NOR": {"ties": {"OST": {"range": [0.0, 1.0]}}}}})
    parameters = pd.DataFrame({"draw": [0, 1, 2], "actors.NOR.ties.OST": [0.0, 1.0, 0.7]})
    onset = ties.ties_at_onset(drawn, parameters, pd.Series([0, 1, 1, 1]))
    assert onset.values[0, onset.codes.index("OST")] == 0.75


@pytest.mark.parametrize("drifting", [True, False])
def test_ties_at_the_end_are_the_recorded_ones(tmp_path, drifting):
    invented = crisis({"mechanisms": {"structural_balance": 0.002 if drifting else 0}})
    result = result_of(invented, tmp_path, runs=12)
    onset = ties.ties_at_onset(result.scenario, result.parameters, result.outcomes["draw"])
    end = ties.ties_at_end(result.scenario, result.outcomes, onset)
    place = end.codes.index
    assert end.values[place("SUD"), place("OST")] == pytest.approx(
        result.outcomes["tie_SUD_OST"].mean()
    )
    assert np.isnan(end.values[place("OST"), place("WES")]) == drifting
    marked = ties.changed(onset, end)
    assert marked[place("NOR"), place("OST")] == (
        abs(result.outcomes["tie_NOR_OST"].mean() - 0.4) > 0.02
    )
    assert not marked[place("OST"), place("WES")]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8, "0.80"), (-0.456, "-0.46"), (1, "1.00"), (-1, "-1.00"), (-0.001, "0.00")],
)
def test_numbers_in_cells(value, text):
    assert ties.number(value) == text.replace("-", "\N{MINUS SIGN}")


def test_without_third_parties_the_grids_are_small_and_the_caption_says_why(april, tmp_path):
    alone = result_of(crisis(ALONE), tmp_path, runs=12, draws=2)
    with house_style():
        lone, many = ties.draw(alone), ties.draw(april)
    assert lone.get_figheight() < many.get_figheight() - 2
    assert "Only ties to third parties can change, and Norland and Sudland have none" in words(lone)
    assert "Outlined" not in words(lone)
