"""Charts of one result: what each shows, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from pictures import MANIFEST, collisions, is_whole, result_of, table, words
from worlds import ALONE, crisis

from sim.charts import (
    CHARTS,
    dates,
    duration_deaths,
    endings,
    escalation,
    past,
    spread,
    territory,
    ties,
)
from sim.charts.page import HISTORY, house_style, page, widened
from sim.record.history import History, history_of
from sim.results.reader import Result
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


def drawn(chart: str, result: Result) -> Figure:
    with house_style():
        return next(each for each in CHARTS if each.name == chart).draw(result)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_nothing_of_a_chart_is_cut_off_and_no_texts_overlap(april, chart):
    figure = drawn(chart.name, april)
    assert is_whole(figure) and collisions(figure) == []


MANY = {
    f"P{number:02}": {
        "name": f"Third party of a rather long name, number {number}",
        "ties": {"NOR": round(number / 15 - 1, 2), "SUD": round(1 - number / 15, 2)},
        "broker_value": 0.5,
        "engagement": 0.6,
    }
    for number in range(30)
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        ALONE,
        {"actors": MANY},
        {"horizon_days": 2},
        {"horizon_days": 800, "start": date(1998, 5, 6)},
        {"title": "A war with a title that is wider than any page could ever be, twice " * 3},
    ],
    ids=["no third party", "thirty", "two days", "two years", "a long title"],
)
def test_charts_of_small_and_large_crises_can_be_read(tmp_path, changes):
    result = result_of(crisis(changes), tmp_path, runs=24, draws=4)
    for chart in CHARTS:
        if chart.has_data(result):
            figure = drawn(chart.name, result)
            assert is_whole(figure) and collisions(figure) == [], chart.name


@pytest.mark.parametrize("length", [1, 20, 60])
def test_the_text_below_a_title_keeps_what_is_drawn_and_its_dates(length):
    changes = ", with " + " and ".join(["Turkey's support at 4"] * length)
    scenario = crisis({"title": "A crisis" + changes})
    text = spread.subject(scenario, "how the fighting ended")
    figure = page(1.0, "A title", text, "").figure
    assert words(figure).strip().endswith("how the fighting ended (30 days from 6 May 2001)")
    assert is_whole(figure) and collisions(figure) == []


def test_history_marks_its_class_of_territory_and_no_number_of_runs():
    shares = pd.Series({"hardly any": 60.0, "2 to 5%": 40.0})
    names = ["hardly any", "0.05 to 0.5%", "0.5 to 2%", "2 to 5%"]
    ax = Figure().add_subplot()
    territory.plot_classes(shares, names, ax)
    territory.mark_row(1, ax)
    assert ax.get_xlim() == (0, 100)
    (mark,) = ax.lines
    assert mark.get_xdata()[0] < 0 and mark.get_ydata()[0] == 1
    colours = [label.get_color() == HISTORY for label in ax.get_yticklabels()]
    assert colours == [False, True, False, False]


def test_both_panels_of_a_chart_by_day_have_their_ticks_on_the_same_days(april):
    top, bottom = escalation.draw(april).axes
    assert top.get_xticks().tolist() == bottom.get_xticks().tolist()
    assert bottom.get_xticklabels()[0].get_text() == "0\n2 Apr"


# Days


@pytest.mark.parametrize(
    ("fights", "recorded", "last"),
    [
        ([1, 1, 0] + [0] * 87, None, dates.FEWEST),
        ([1] * 30 + [0] * 60, None, 33),
        ([1] * 90, None, 90),  # never beyond the horizon
        ([1] * 5 + [0.1] * 85, None, 6),  # a few runs go on
        ([1] * 5 + [0.11] * 85, None, 90),
        ([1] * 30 + [0] * 60, 44, 48),  # the record is shown
        ([1] * 5 + [0] * 85, 80, 87),
        ([1] * 5 + [0] * 85, 400, 6),  # unless it is far beyond the horizon
    ],
)
def test_an_axis_of_days_ends_where_nearly_all_runs_have_stopped(fights, recorded, last):
    assert dates.last_day(np.array(fights, dtype=float), 90, recorded) == last


@pytest.mark.parametrize("days", [1, 2, 5, 44, 90, 365, 800, 5000])
@pytest.mark.parametrize("inches", [1.5, 3.5, 6.3])
def test_dates_fit_below_an_axis_of_any_length(days, inches):
    ticks = days // dates.step_of(days, inches) + 1
    assert (ticks - 1) * dates.LABEL <= inches + 1e-9


def test_an_axis_over_several_years_names_each_of_them():
    ax = Figure().add_subplot()
    dates.date_axis(ax, date(1998, 5, 6), 800, 6.3)
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels[0] == "0\n6 May\n1998"
    assert [label[-4:] for label in labels if label.count("\n") == 2] == ["1998", "1999", "2000"]
    assert ax.get_xlabel() == "days since 6 May 1998"


# History


def autumn() -> History:
    found = history_of("autumn_2020")
    assert found is not None
    return found


def marked(figure: Figure) -> int:
    """Return the number of diamonds of history on the panels of a figure."""
    return sum(
        line.get_marker() == "D" and line.get_markerfacecolor() == HISTORY
        for ax in figure.axes
        for line in ax.lines
    )


@pytest.mark.parametrize("chart", ["escalation", "endings", "duration_deaths", "territory"])
def test_history_is_marked_where_there_is_a_record(april, monkeypatch, chart):
    figure = drawn(chart, april)
    labels = [text.get_text() for legend in figure.findobj(Text) for text in [legend]]
    assert marked(figure) > 0 and "history" in labels
    monkeypatch.setattr(f"sim.charts.{chart}.past_of", lambda result: None)
    monkeypatch.setattr("sim.charts.escalation.past_of", lambda result: None)
    without = drawn(chart, april)
    assert marked(without) == 0
    assert "history" not in [text.get_text() for text in without.findobj(Text)]


def test_a_record_beyond_the_axis_is_an_arrow_with_its_value():
    ax = Figure().add_subplot()
    ax.set(xlim=(0, 10), ylim=(0, 1))
    past.mark_across(ax, past.known(autumn(), "duration_days"))
    assert [line.get_marker() for line in ax.lines] == [">"]
    assert [text.get_text().strip() for text in ax.texts] == ["44"]


def test_the_range_of_the_record_is_a_band():
    ax = Figure().add_subplot()
    ax.set(xlim=(100, 20_000), ylim=(0, 1))
    past.mark_across(ax, past.known(autumn(), "deaths"))
    (band,) = ax.patches
    ends = band.get_extents().transformed(
        ax.transData.inverted()
    )  # its class depends on the version
    assert (ends.x0, ends.x1) == pytest.approx((6800, 9100))


def test_what_is_no_number_cannot_be_marked():
    assert past.known(autumn(), "mediator") is None
    assert past.known(None, "deaths") is None


# Endings


def ended(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["ending", "broker"])


def rows(outcomes: pd.DataFrame, history: History | None = None) -> dict[str, endings.Row]:
    outcomes = outcomes.assign(draw=0).assign(
        great_power_entry=outcomes.get("great_power_entry", False)
    )
    return {row.name: row for row in endings.rows_of(crisis(), outcomes, history)}


def test_rows_name_mediators_first_and_add_up():
    truces = [("truce", "WES")] + 2 * [("truce", "OST")] + [("truce", "none")]
    found = rows(ended(*truces, ("lull", "none"), *3 * [("fighting", "none")]))
    assert {name: row.share.value for name, row in found.items()} == {
        "OST": 0.25, "WES": 0.125, "direct": 0.125, "lull": 0.125, "fighting": 0.375
    }  # fmt: skip
    assert list(found)[:2] == ["OST", "WES"]
    assert found["WES"].label == "ceasefire mediated by Westland, patron of Norland"
    assert found["fighting"].label == "fighting continues after 30 days"


def test_a_third_party_that_fought_is_counted_apart():
    outcomes = ended(("lull", "none"), ("lull", "none")).assign(great_power_entry=[True, False])
    found = rows(outcomes)
    assert (found["lull"].share.value, found["outside"].share.value) == (1.0, 0.5)


def test_rare_mediators_share_a_row_but_not_the_one_of_history():
    signed = [("truce", "OST")] * 298 + [("truce", "WES"), ("truce", "MID")]
    found = rows(ended(*signed))
    assert list(found) == ["OST", endings.OTHERS]
    assert found[endings.OTHERS].share.value == pytest.approx(2 / 300)
    names = {"mediator": "WES", "ending": "truce"}
    known = [
        replace(each, value=names[each.outcome]) for each in autumn().known if each.outcome in names
    ]
    with_history = rows(ended(*signed), replace(autumn(), known=tuple(known)))
    assert list(with_history) == ["OST", "MID", "WES"]
    assert [row.name for row in with_history.values() if row.happened] == ["WES"]


def test_an_ending_of_history_has_a_row_though_no_run_has_it():
    known = [each for each in autumn().known if each.outcome == "ending"]
    lull = History("x", "x", (replace(known[0], value="lull"),))
    found = rows(ended(("fighting", "none")), lull)
    assert found["lull"].happened and found["lull"].share.value == 0


def test_a_mediator_of_history_who_is_not_in_the_scenario_has_a_row():
    found = rows(ended(("fighting", "none")), autumn())
    assert found["RUS"].label == "ceasefire mediated by Russia"
    assert found["RUS"].happened and found["RUS"].share.value == 0


def test_no_interval_excludes_its_share(april):
    assert spread.design(april.outcomes, april.manifest).shows_parameters
    for row in endings.rows_of(april.scenario, april.outcomes, None):
        low, high = row.share.covering or (0.0, 1.0)
        assert low <= row.share.value <= high


def test_the_finding_names_the_most_frequent_ending_and_history(april):
    assert endings.finding(april).startswith("Russia mediates ")
    assert endings.finding(april).endswith(", as in history")


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
    ("deaths", "recorded", "ends"),
    [
        ([20.0, 3000.0], None, (17.8, 3162)),
        ([0.0, 0.2, 5.0], None, (0.5, 5.6)),
        ([0.0], None, (0.5, 1.33)),
        ([7.0, 7.0, 7.0], None, (5.6, 7.5)),
        ([20.0, 30.0], 200.0, (17.8, 237)),
    ],
)
def test_death_edges_hold_all_deaths_and_the_record_and_little_else(deaths, recorded, ends):
    edges = duration_deaths.death_edges(np.array(deaths), recorded)
    assert (edges[0], edges[-1]) == pytest.approx(ends, rel=0.01)
    assert duration_deaths.percent_in(np.array(deaths), edges).sum() == pytest.approx(100)


def test_spread_keeps_every_run(april):
    days = april.outcomes["duration_days"].astype(float)
    edges = duration_deaths.day_edges(float(days.median()), april.scenario.horizon_days)
    shown = duration_deaths.spread(april, "duration_days", days, edges)
    assert shown.runs.sum() == pytest.approx(100)  # longer runs are in the last bin
    assert shown.median == days.median()


@pytest.mark.parametrize(
    ("days", "fights_on", "recorded", "last"),
    [
        ([2.0] * 99 + [90.0], True, None, 3.0),
        ([2.0] * 50 + [90.0] * 50, True, None, 90.0),
        ([2.0] * 50 + [40.0] * 50, False, 44.5, 45.0),
        ([2.0] * 50 + [4.0] * 50, False, 400.0, 4.0),
    ],
)
def test_the_axis_of_durations_holds_most_runs_and_the_record(days, fights_on, recorded, last):
    found = duration_deaths.longest_shown(np.array(days), fights_on, recorded)
    assert max(found, 3.0) == last


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
    assert dashed == figure.axes  # the median is told in every panel


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


def test_classes_count_every_run_with_losses_and_gains_apart():
    shares = territory.classes(np.array([0.0, 0.01, -0.02, 0.3, -0.3, 55.0, 120.0, -70.0]))
    assert shares.sum() == pytest.approx(100)
    assert shares["hardly any"] == pytest.approx(37.5)
    assert shares["0.05 to 0.5%"] == shares["loses 0.05 to 0.5%"] == 12.5
    assert shares["60 to 100%"] == shares["loses 60 to 100%"] == 12.5
    assert shares.index[0] == "loses 60 to 100%"


def test_classes_between_the_ends_have_a_row_each():
    names = territory.class_names(["2 to 5%"], ["loses 0.05 to 0.5%"])
    assert names == ["loses 0.05 to 0.5%", "hardly any", "0.05 to 0.5%", "0.5 to 2%", "2 to 5%"]


def path_of(*percents: float) -> territory.Course:
    """Return a course of nothing, and one single run that wins so much."""
    flat = np.zeros(len(percents))
    return territory.Course(flat, None, np.array(percents)[:, None], one_draw=False)


def test_the_axis_of_territory_fits_what_is_drawn_until_its_last_day():
    assert territory.limits(path_of(0, 1, 50), 1) == pytest.approx((0, 1.06))
    assert territory.limits(path_of(0, 1, 50), 2, [-10.0])[0] == pytest.approx(-13.6)
    assert territory.limits(path_of(0, 0.01), 1) == pytest.approx((0, 0.53))  # tiny looks tiny


def test_nothing_is_drawn_where_no_territory_changes_hands(april, monkeypatch):
    monkeypatch.setattr("sim.charts.territory.past_of", lambda result: None)
    outcomes = april.outcomes.assign(territory_fought=0.0, territory_ceded=0.0)
    monkeypatch.setitem(april.__dict__, "runs", outcomes)
    assert not territory.has_data(april)
    one = np.where(np.arange(len(outcomes)) < 2, 0.2, 0.0)  # two runs of 40 are not rare
    monkeypatch.setitem(april.__dict__, "runs", outcomes.assign(territory_ceded=one))
    assert territory.has_data(april)


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
    moved = ties.changes(onset, end)[0, place("OST") - 2]
    assert moved == pytest.approx(result.outcomes["tie_NOR_OST"].mean() - 0.4)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8, "0.80"), (-0.456, "-0.46"), (1, "1.00"), (-1, "-1.00"), (-0.001, "0.00")],
)
def test_numbers_in_cells(value, text):
    assert ties.number(value) == text.replace("-", "\N{MINUS SIGN}")


def test_both_pictures_have_one_layout(april):
    figure = drawn("ties", april)
    places = [
        {text.get_text(): text.get_position() for text in ax.texts if text.get_text().isalpha()}
        for ax in figure.axes
    ]
    assert places[0] == places[1] and "Russia" in places[0]


def test_friends_of_the_challenger_stand_above_those_of_the_defender(april):
    onset, _ = ties.both(april)
    heights = dict(zip(onset.codes[2:], ties.heights_of(onset), strict=True))
    assert heights["TUR"] > heights["RUS"]
    assert sorted(heights.values()) == pytest.approx((np.arange(len(heights)) + 0.5) / len(heights))


def test_without_third_parties_there_is_no_chart_of_ties(april, tmp_path):
    alone = result_of(crisis(ALONE), tmp_path, runs=12, draws=2)
    assert ties.has_data(april) and not ties.has_data(alone)
    assert is_whole(drawn("ties", alone))  # one who asks for it sees the tie between the sides
    assert "No tie to a third party changes" in words(drawn("ties", alone))


def test_a_title_says_which_tie_changes_most(april):
    assert ties.finding(april).startswith("The tie of ")
    assert "most: from " in ties.finding(april)


# Slides


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_a_slide_has_the_proportions_of_a_screen_and_loses_nothing(april, chart):
    with house_style():
        slide = widened(chart.draw(april))
    assert slide.get_figwidth() / slide.get_figheight() == pytest.approx(16 / 9)
    assert is_whole(slide) and collisions(slide) == []
