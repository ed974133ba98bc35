"""Charts: the numbers behind them by value, and that every result can be drawn."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from worlds import ALONE, CRISES, SCENARIOS, crisis

from sim import results
from sim.charts import CHARTS, draw_all, duration_deaths, endings, escalation, page, spread, territory, ties
from sim.charts.page import house_style
from sim.ensemble import Plan, play
from sim.results import Result, open_result
from sim.scenario import Loaded, Quantity, Scenario, load
from sim.summary import freed_of_chance

NAMES = [name for name, _ in CHARTS]
MANIFEST = {"seed": 7, "runs": {"asked": 4, "done": 4, "failed": 0}}


def result_of(scenario: Loaded | Scenario, folder: Path, runs: int = 40, draws: int = 4) -> Result:
    loaded = scenario if isinstance(scenario, Loaded) else Loaded(scenario, {}, {})
    ensemble = play(Plan(loaded.scenario, runs, draws))
    assert not ensemble.failures, ensemble.failures[0].reason
    return open_result(results.write(ensemble, loaded, folder, seconds=0.1))


@pytest.fixture(scope="module")
def april(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return result_of(load(SCENARIOS / f"{CRISES[0]}.yaml"), tmp_path_factory.mktemp("results"))


def figures(result: Result) -> dict[str, Figure]:
    with house_style():
        return {name: draw(result) for name, draw in CHARTS}


def words(figure: Figure) -> str:
    """Return all that stands above and below the panels, wrapped lines joined."""
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)


# Design and captions


def table(draw: list[int], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"draw": draw, **columns})


def test_design_counts_runs_draws_and_replicates():
    plan = spread.design(table([0, 1, 2, 0, 1, 0]), {"seed": 0, "runs": {"failed": 2}})
    assert plan == spread.Design(runs=6, draws=3, fewest=1, most=3, seed=0, failed=2)
    assert plan.words() == "6 runs: 3 draws with 1 to 3 replicates each, seed 0; 2 runs failed and left out."


def test_design_of_one_run_is_worded_in_the_singular():
    assert spread.design(table([4]), MANIFEST).words() == "1 run: 1 draw with 1 replicate, seed 7."


@pytest.mark.parametrize(
    ("draws", "each", "frees", "chance", "coding"),
    [
        (1, 1, False, False, False),
        (1, 9, False, True, False),
        (9, 1, False, False, False),
        (9, 2, True, False, False),
        (9, 5, True, True, True),
    ],
)
def test_bands_are_left_out_where_they_cannot_be_told(draws, each, frees, chance, coding):
    plan = spread.Design(draws * each, draws, each, each, 1)
    assert (plan.frees, plan.tells_chance, plan.tells_coding) == (frees, chance, coding)
    assert spread.untold(plan)


# Chance and coding


def test_freed_shares_are_those_of_the_summary():
    rng = np.random.default_rng(3)
    draw = np.tile(np.arange(12), 8)
    hits = (rng.random((5, 96)) < np.linspace(0.1, 0.9, 12)[draw]).astype(float)
    shares = np.stack([[day[draw == d].mean() for d in range(12)] for day in hits])
    freed = spread.freed(shares, np.full(12, 8.0))
    for own, day in zip(freed, hits, strict=True):
        assert own == pytest.approx(freed_of_chance(day, draw))


def test_freed_shares_of_draws_that_differ_by_chance_alone_are_all_the_same():
    shares = np.array([[0.4, 0.6, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    freed = spread.freed(shares, np.full(4, 10.0))
    assert freed == pytest.approx(shares.mean(axis=1, keepdims=True) * np.ones(4))


def test_by_day_drops_draws_without_runs():
    daily = pd.DataFrame({"day": [0, 0, 0, 1, 1, 1], "draw": [0, 1, 2] * 2, "runs": [2, 0, 1] * 2})
    values, runs = spread.by_day(daily.assign(fighting=[0.5, 0.0, 1.0, 0.0, 0.0, 1.0]), "fighting")
    assert values.tolist() == [[0.5, 1.0], [0.0, 1.0]]
    assert runs.tolist() == [2.0, 1.0]


def test_draw_medians():
    assert spread.draw_medians(pd.Series([1.0, 5.0, 3.0, 7.0]), pd.Series([0, 1, 0, 1])).tolist() == [2.0, 6.0]


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
    assert fan.loc[0, ["q10", "q25", "q75", "q90"]].tolist() == pytest.approx([10, 25, 75, 90])  # no chance in 0 and 1


@pytest.mark.parametrize(("fighting", "runs"), [([0.5], [40]), ([0.0, 1.0], [1, 1]), ([0.0, 1.0], [1, 2])])
def test_fan_has_no_bands_where_they_cannot_be_told(fighting, runs):
    assert list(fan_of(fighting, runs)) == ["all"]


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
    rows = table([0, 0, 1, 1], ending=["lull", "lull", "fighting", "fighting"], great_power_entry=[True, False] * 2)
    shares = endings.shares_of_draws(rows)
    assert shares.loc["stopped"].tolist() == pytest.approx([50, 10, 90])
    assert shares.loc["fighting"].tolist() == pytest.approx([50, 10, 90])
    assert shares.loc["outside"].tolist() == pytest.approx([50, 50, 50])
    assert shares.loc["capitulation"].tolist() == [0, 0, 0]


def test_shares_of_lone_replicates_have_no_range():
    rows = table([0, 1], ending=["lull", "truce"], great_power_entry=[False, False])
    shares = endings.shares_of_draws(rows)
    assert shares.loc["stopped", "share"] == 100
    assert shares[["low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (0.05, "<1%"), (0.5, "<1%"), (0.51, "1%"), (50, "50%"), (99.4, "99%"), (99.9, ">99%"), (100, "100%")],
)
def test_percent_never_rounds_few_to_none(share, text):
    assert endings.percent(share) == text


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
    assert duration_deaths.percent_in(np.maximum(deaths, edges[0]), edges).sum() == pytest.approx(100)


def test_spread_keeps_every_run_and_every_draw(april):
    days = april.outcomes["duration_days"].astype(float)
    edges = duration_deaths.day_edges(float(days.max()), april.scenario.horizon_days)
    shown = duration_deaths.spread(april, "duration_days", days, edges)
    assert shown.runs.sum() == pytest.approx(100)
    assert shown.draws is not None
    assert shown.draws.sum() == pytest.approx(100)
    assert shown.median == days.median()


# Territory


def test_single_runs_are_replicates_of_one_draw_where_enough_are_kept():
    assert territory.single_runs(np.tile([0, 1], 5)) == ([0, 2, 4, 6, 8], True)
    assert territory.single_runs(np.arange(20)) == (list(range(12)), False)
    assert territory.single_runs(np.array([3, 3])) == ([0, 1], True)


def test_course_begins_at_nothing_and_is_in_percent():
    daily = pd.DataFrame({"measure": "territory_fought", "day": [0, 1], "mean": [0.1, 0.2], "q50": [0.0, 0.1]})
    daily["run_0"], daily["run_1"] = [0.0, 0.1], [0.2, 0.3]
    by_draw = pd.DataFrame({"day": [0, 0, 1, 1], "draw": [0, 1] * 2, "runs": 1, "territory_fought": [0, 0.2, 0.1, 0.3]})
    outcomes = table([0, 1])
    shown = territory.course(daily, by_draw, outcomes, spread.design(outcomes, MANIFEST))
    assert shown.mean == pytest.approx([0, 10, 20])
    assert shown.median == pytest.approx([0, 0, 10])
    assert shown.single == pytest.approx(np.array([[0, 0], [0, 20], [10, 30]]))
    assert shown.ends is None
    assert not shown.one_draw


def test_course_bands_are_over_the_means_of_draws(april):
    shown = territory.course(april.daily, april.daily_by_draw, april.outcomes, spread.design(april.outcomes, MANIFEST))
    last = april.daily_by_draw[april.daily_by_draw["day"] == april.scenario.horizon_days - 1]
    assert shown.ends is not None
    assert shown.ends[:, -1] == pytest.approx(
        100 * last["territory_fought"].quantile([0.1, 0.25, 0.75, 0.9]).to_numpy()
    )
    assert shown.mean[-1] == pytest.approx(100 * april.outcomes["territory_fought"].mean(), rel=1e-4, abs=1e-6)


def test_final_ground_counts_the_runs_without_a_change(april):
    ground = 100 * april.outcomes["territory_fought"]
    shown = territory.final(april, "fought", (min(ground.min(), 0.0), max(ground.max(), 1.0)))
    assert shown.unchanged == pytest.approx(100 * (ground.abs() < territory.NOTHING).mean())
    assert shown.runs.sum() + shown.unchanged == pytest.approx(100)
    assert shown.median == pytest.approx(ground.median())


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
    assert onset.values[place("FAR"), place("NOR")] == onset.values[place("NOR"), place("FAR")] == 0.2
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
    assert end.values[place("SUD"), place("OST")] == pytest.approx(result.outcomes["tie_SUD_OST"].mean())
    assert np.isnan(end.values[place("OST"), place("WES")]) == drifting
    marked = ties.changed(onset, end)
    assert marked[place("NOR"), place("OST")] == (abs(result.outcomes["tie_NOR_OST"].mean() - 0.4) > 0.02)
    assert not marked[place("OST"), place("WES")]


@pytest.mark.parametrize(
    ("value", "text"), [(0.8, ".80"), (-0.456, "-.46"), (1, "1.00"), (-1, "-1.00"), (-0.001, ".00")]
)
def test_numbers_in_cells(value, text):
    assert ties.number(value) == text.replace("-", "\N{MINUS SIGN}")


# Text


def test_text_is_wrapped_and_cut_with_an_ellipsis():
    assert page.wrap("one two three", 7) == ["one two", "three"]
    assert page.wrap("one two three four", 9, lines=1) == ["one two …"]
    assert page.wrap("", 9) == [""]


def test_characters_the_font_has_not_are_replaced():
    assert page.legible("a\n\tb \N{CJK UNIFIED IDEOGRAPH-6F22} é") == "a b \N{REPLACEMENT CHARACTER} é"


# Whole charts


def test_every_chart_is_written_whole_as_png_and_svg(april):
    paths = draw_all(april)
    assert [path.name for path in paths] == [f"{name}.png" for name in NAMES]
    assert sorted(p.name for p in (april.folder / "charts").iterdir()) == sorted(
        f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")
    )
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert ElementTree.parse(path.with_suffix(".svg")).getroot().tag.endswith("svg")
    assert not list(april.folder.glob(".*"))


def test_svg_is_the_same_when_drawn_twice(april):
    first = [path.with_suffix(".svg").read_bytes() for path in draw_all(april)]
    assert [path.with_suffix(".svg").read_bytes() for path in draw_all(april)] == first


def test_a_chart_that_fails_leaves_the_older_ones(april, monkeypatch):
    def fails(result: Result) -> Figure:
        raise RuntimeError

    before = {path: path.read_bytes() for path in draw_all(april)}
    monkeypatch.setattr("sim.charts.CHARTS", (*CHARTS, ("failing", fails)))
    with pytest.raises(RuntimeError):
        draw_all(april)
    assert {path: path.read_bytes() for path in before} == before
    assert not list(april.folder.glob(".*"))


def test_captions_say_runs_draws_seed_and_which_is_which(april):
    for name, figure in figures(april).items():
        text = words(figure)
        assert april.scenario.title in text, name
        assert "40 runs: 4 draws with 10 replicates each, seed 1." in text, name
        assert "Chance:" in text and "Coding:" in text, name


@pytest.mark.parametrize(
    ("runs", "draws", "says"),
    [
        (1, 4, "One run alone tells neither chance nor coding."),
        (3, 2, "With a single replicate in some draw"),
        (12, 1, "With one draw only, coding has no band."),
        (9, 3, "With fewer than 5 replicates"),
    ],
)
def test_what_cannot_be_told_is_said(tmp_path, runs, draws, says):
    result = result_of(crisis(), tmp_path, runs, draws)
    assert says in words(duration_deaths.draw(result))
    assert len(draw_all(result)) == len(NAMES)


@pytest.mark.parametrize(
    "changes",
    [
        ALONE,
        {"actors": {code: {"broker_value": None} for code in ("OST", "WES", "MID")}},
        {"horizon_days": 1},
        {"actors": {"FAR": None, "MID": None}, "conflict": {"contested_area_km2": {"range": [50, 150]}}},
    ],
    ids=["no third parties", "no brokers", "one day", "an area within a range"],
)
def test_odd_scenarios_can_be_drawn(tmp_path, changes):
    assert all(
        path.stat().st_size > 10_000 for path in draw_all(result_of(crisis(changes), tmp_path, runs=12, draws=2))
    )


def test_identical_runs_can_be_drawn(april, tmp_path):
    same = result_of(crisis({"horizon_days": 1}), tmp_path, runs=12, draws=2)
    same.outcomes["deaths_challenger"] = same.outcomes["deaths_defender"] = 0.0
    same.outcomes["territory_fought"] = same.outcomes["territory_ceded"] = 0.0
    assert len(draw_all(same)) == len(NAMES)


def test_text_from_files_is_never_taken_for_formulas(tmp_path):
    title = "Costs $x_{1 and $\\frac{ a very long title " * 20
    wild = crisis({"title": title, "actors": {"OST": {"name": "$Ost_{land$ & <sons> \N{CJK UNIFIED IDEOGRAPH-6F22}"}}})
    svg = [
        path.with_suffix(".svg").read_text(encoding="utf-8") for path in draw_all(result_of(wild, tmp_path, runs=20))
    ]
    assert all("Costs $x_{1 and $\\frac{" in text for text in svg)
    assert all(path.is_file() for path in tmp_path.rglob("*.png"))


def test_drawing_leaves_the_settings_of_matplotlib_alone(april):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw_all(april)
    assert dict(mpl.rcParams) == before
