"""The explorer: its cells have the numbers of `sim run`, its page is safe, and nothing is dropped."""

from __future__ import annotations

import json
import re
import warnings
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import scenario as scenario_file
from commands import single_chart
from worlds import copy_of_shipped

import sim
from sim.charts.escalation import fighting_fan
from sim.ensemble.ensemble import Plan
from sim.ensemble.executors import here, processes
from sim.explore import axes, changes, choosing, conduct, content, levers, past, words
from sim.explore.cells import play_together, simulate
from sim.explore.conduct import BesideBase
from sim.explore.content import COMPARED, Numbers, difference, differences, numbers
from sim.explore.describing import findings
from sim.explore.explorer import Request, make_page, plan_explorer
from sim.explore.fit import MEASURED, fit
from sim.explore.levers import Lever, cells_of, read_lever
from sim.explore.page import page, refuse_size
from sim.io.errors import InputError, UsageError
from sim.outcomes.summary import Measure
from sim.record.history import history_of
from sim.scenario import load

SIZE = (60, 10, 3)
"""Runs, draws and seed: enough replicates for intervals."""
POWER = """actors:
  OST: {support: 3, stance: mediate}
"""


def request(file: Path, *texts: str, size: tuple[int, int, int] = SIZE, **more: Any) -> Request:
    return Request(
        file, file.stem, more.get("sets", ()), tuple(read_lever(text) for text in texts), *size
    )


def book_of(html: str) -> dict[str, Any]:
    """Return the data of a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


# Levers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=1,2", ("", "1", "2")),
        (
            "a.b={range: [0, 1]},{any_of: [x, y]}, null",
            ("", "{range: [0, 1]}", "{any_of: [x, y]}", "null"),
        ),
        ("a.b='x, y',z", ("", "'x, y'", "z")),
    ],
)
def test_a_lever_is_read(text: str, values: tuple[str, ...]) -> None:
    assert read_lever(text) == Lever("a.b", values)


@pytest.mark.parametrize("text", ["a.b", "=1", "a.b=", "a.b=1,,2", "a.b=1,1"])
def test_another_form_of_a_lever_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"--lever {text}: ")):
        read_lever(text)


def test_too_many_levers_and_combinations_are_refused() -> None:
    with pytest.raises(UsageError, match="4 levers; allowed: at most 3"):
        levers.check([read_lever(f"p{number}=1") for number in range(4)])
    with pytest.raises(UsageError, match="given twice"):
        levers.check([read_lever("p=1"), read_lever("p=2")])
    many = [read_lever(f"{name}=" + ",".join(map(str, range(9)))) for name in "abc"]
    with pytest.raises(UsageError, match="1,000 combinations"):
        levers.check(many)


def test_a_value_that_no_combination_allows_is_refused_as_by_set(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    with pytest.raises(InputError) as caught:
        cells_of(file, [], [read_lever("actors.OST.stance=asid,aside")])
    (fault,) = caught.value.faults
    assert fault.file == "--lever actors.OST.stance=asid"
    assert fault.path == "actors.OST.stance"
    with pytest.raises(InputError) as by_set:
        load(file, ["actors.OST.stance=asid"])
    assert fault.message == by_set.value.faults[0].message
    assert "did you mean aside?" in fault.message


def test_a_combination_that_is_not_allowed_is_named(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    made = plan_explorer(
        request(file, "actors.OST.stance=aside,arms_defender", "actors.OST.support=null,1")
    )
    refused = [cell for cell in made.cells if cell.loaded is None]
    assert [cell.sets for cell in refused] == [
        ("actors.OST.stance=arms_defender", "actors.OST.support=null")
    ]
    book = book_of(make_page(made, here))
    assert len(book["cells"]) == 9
    (shown,) = (cell for cell in book["cells"] if "fault" in cell)
    assert shown["fault"] == "actors.OST.stance: 'OST' cannot arms_defender; it has no support"
    assert shown["settings"] == "actors.OST.stance=arms_defender actors.OST.support=null"


def test_a_value_that_only_a_combination_allows_stays(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body="actors: {OST: {support: null}}\n")
    made = plan_explorer(request(file, "actors.OST.stance=arms_defender", "actors.OST.support=1"))
    assert [bool(cell.loaded) for cell in made.cells] == [True, True, False, True]


def test_what_the_scenario_states_anyway_is_offered_once(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    made = plan_explorer(
        request(file, "actors.OST.stance=mediate,aside", "actors.OST.support=3.0,1")
    )
    assert [lever.values for lever in made.levers] == [("", "aside"), ("", "1")]


# Numbers


def ran(file: Path, sets: list[str], size: tuple[int, int, int], out: Path) -> sim.Result:
    """Return the result of `sim run` with these settings."""
    runs, draws, seed = size
    values = dict(text.split("=", 1) for text in sets)
    with single_chart(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*draws are used")
        return sim.run(file, set=values, runs=runs, draws=draws, seed=seed, workers=1, out=out)


def assert_equal(cell: Numbers, result: sim.Result) -> None:
    """Check that all numbers of a cell are exactly those of a result of `sim run`."""
    assert list(cell.measures.values()) == result.measures
    fan = fighting_fan(result.daily_by_draw)
    assert np.array_equal(100 * cell.fighting.all, fan["all"])
    if cell.fighting.ends is None:
        assert "q10" not in fan
    else:
        expected = fan[["q10", "q25", "q75", "q90"]].to_numpy().T
        assert np.array_equal(100 * cell.fighting.ends, expected)
    daily = result.daily[result.daily["measure"] == "territory_fought"]
    assert np.allclose(cell.territory.all, daily["mean"], rtol=1e-12, atol=1e-15)
    outcomes = result.outcomes
    assert cell.endings["lull"] == (outcomes["ending"] == "lull").mean()
    assert sum(cell.endings.values()) == pytest.approx(1.0)
    assert np.array_equal(cell.compared["duration_days"], outcomes["duration_days"])


@pytest.mark.slow
@pytest.mark.parametrize("size", [SIZE, (25, 10, 1), (7, 10, 1)], ids=["even", "odd", "few"])
def test_a_cell_has_the_numbers_of_a_run(tmp_path: Path, size: tuple[int, int, int]) -> None:
    file = scenario_file(tmp_path, body=POWER)
    texts = ("actors.OST.stance=aside,arms_defender", "actors.OST.support=null,1", "horizon_days=9")
    made = plan_explorer(request(file, *texts, size=size))
    runs, draws, seed = size
    possible = [cell for cell in made.cells if cell.loaded is not None]
    plan = Plan(possible[0].loaded.scenario, runs, draws, seed)
    found = simulate([cell.loaded.scenario for cell in possible], plan, here)
    assert len(found) == 16
    for place in (0, 5, len(possible) - 1):
        result = ran(file, list(possible[place].sets), size, tmp_path / f"out{place}")
        assert_equal(found[place], result)


@pytest.mark.slow
def test_a_cell_of_a_shipped_crisis_has_the_numbers_of_a_run(tmp_path: Path) -> None:
    size = (250, 50, 1)
    file = copy_of_shipped(tmp_path) / "autumn_2020.yaml"
    made = plan_explorer(
        request(
            file,
            "actors.RUS.stance=aside,arms_defender",
            "actors.TUR.stance=mediate,force_challenger",
            "actors.TUR.support=0,4",
            size=size,
        )
    )
    with processes(2) as executor:
        html = make_page(made, executor)
    book = book_of(html)
    for place in (0, 13, 26):
        cell = made.cells[place]
        result = ran(file, list(cell.sets), size, tmp_path / "out")
        shown = [row["shown"] for row in book["cells"][place]["rows"]]
        names = [measure["name"] for measure in book["measures"]]
        by_name = {line.name: list(line.shown()) for line in result.measures}
        never = ["0%", "", ""]
        assert shown == [by_name.get(name, never) for name in names]
        days = book["days"]
        fan = fighting_fan(result.daily_by_draw)
        assert book["cells"][place]["fighting"]["all"] == [
            round(fan["all"][day], 1) for day in days
        ]


def test_a_page_shows_the_texts_that_a_run_prints(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    made = plan_explorer(request(file, "actors.OST.stance=aside"))
    book = book_of(make_page(made, here))
    result = ran(file, ["actors.OST.stance=aside"], SIZE, tmp_path / "out")
    shown = {
        measure["name"]: row["shown"]
        for measure, row in zip(book["measures"], book["cells"][1]["rows"], strict=True)
    }
    summary = result.summary
    for name in set(shown) & set(summary.index):
        assert shown[name] == summary.loc[name, ["shown", "chance", "parameters"]].tolist()
    assert set(summary.index[summary["value"] > 0]) <= set(shown)
    assert book["cells"][1]["command"] == (
        "sim run crisis --set actors.OST.stance=aside --runs 60 --draws 10 --seed 3"
    )


def test_runs_of_several_blocks_are_simulated_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.explore import cells

    plan = Plan(load(scenario_file(tmp_path, body=POWER)).scenario, *SIZE)
    ((outcomes, tally),) = play_together([plan.scenario], plan)
    monkeypatch.setattr(cells, "BLOCK", 20)  # so that the runs count as several blocks
    ((apart, daily),) = play_together([plan.scenario], plan)
    pd.testing.assert_frame_equal(outcomes, apart)
    assert np.array_equal(tally.fighting, daily.fighting)


def test_a_failed_cell_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.explore import cells

    def broken(*_: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr(cells, "play_together", broken)
    plan = Plan(load(scenario_file(tmp_path)).scenario, *SIZE)
    with pytest.raises(cells.CellFailed, match="ValueError: no such luck"):
        simulate([plan.scenario], plan, here)


# Differences


def with_values(values: list[float], draws: int) -> Numbers:
    draw = np.arange(len(values)) % draws
    return Numbers({}, None, None, {}, dict.fromkeys(COMPARED, np.array(values)), draw)  # type: ignore[arg-type]


def test_a_difference_is_paired() -> None:
    base = with_values([10.0, 50.0, 30.0, 70.0] * 5, draws=4)
    later = with_values([12.0, 52.0, 32.0, 72.0] * 5, draws=4)
    found = difference(later, base, "deaths")
    assert found.mean == 2.0
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 2.0 < found.high  # far narrower than the runs differ
    assert found.is_clear
    assert not found.same


def test_no_difference_is_no_clear_difference() -> None:
    base = with_values([1.0, 2.0] * 5, draws=2)
    assert difference(base, base, "deaths").same
    assert not difference(base, base, "deaths").is_clear
    swapped = with_values([2.0, 1.0] * 5, draws=2)
    assert not difference(swapped, base, "deaths").is_clear


def test_a_difference_is_clear_only_if_it_survives_the_number_that_are_compared() -> None:
    random = np.random.default_rng(3)
    base = with_values([0.0] * 60, draws=60)
    for mean, survives in ((0.4, False), (2.0, True)):
        pairs = random.normal(0.0, 1.0, 60)
        pairs += mean - pairs.mean()
        later = replace(base, compared={**base.compared, "deaths": pairs})
        alone, among = (
            differences(later, base, names)["deaths"] for names in (["deaths"], COMPARED)
        )
        assert alone.is_clear and among.is_clear == survives
        assert among.p == pytest.approx(len(COMPARED) * alone.p)


def test_a_single_draw_has_no_interval() -> None:
    found = difference(with_values([2.0, 3.0], 1), with_values([1.0, 1.0], 1), "deaths")
    assert (found.mean, found.low, found.high) == (1.5, None, None)
    assert not found.is_clear


def test_a_difference_tells_in_how_many_draws_it_has_its_sign() -> None:
    base = with_values([0.0] * 8, draws=4)
    later = with_values([3.0, 3.0, -1.0, 0.0] * 2, draws=4)
    assert difference(later, base, "deaths").agree == (0.5, 0.25)


@pytest.mark.parametrize(
    ("name", "unit", "sign", "says"),
    [
        ("duration_days", "days", 1, "50% longer, 25% shorter"),
        ("duration_days", "days", -1, "50% shorter, 25% longer"),
        ("deaths", "deaths", -1, "50% fewer, 25% more"),
        ("ending_truce", "probability", 1, "50% more often, 25% less often"),
    ],
)
def test_the_table_says_in_words_how_many_draws_agree(
    tmp_path: Path, name: str, unit: str, sign: int, says: str
) -> None:
    scenario = load(scenario_file(tmp_path)).scenario
    base = with_values([0.0] * 8, draws=4)
    later = with_values([sign * value for value in (3.0, 3.0, -1.0, 0.0)] * 2, draws=4)
    line = Measure(name, "", unit, 0.0, None, None)
    assert changes.rows(BesideBase(scenario, later, base), [line])[name]["agree"] == says
    assert "agree" not in changes.rows(BesideBase(scenario, base, base), [line])[name]


@pytest.mark.parametrize(
    ("before", "after", "is_rounded"), [(42.4, 46.6, True), (42.4, 47.3, False), (42.0, 42.4, True)]
)
def test_a_difference_to_which_rounded_means_do_not_add_up_is_marked(
    tmp_path: Path, before: float, after: float, is_rounded: bool
) -> None:
    scenario = load(scenario_file(tmp_path)).scenario
    base, later = (with_values([days] * 4, draws=2) for days in (before, after))
    line = Measure("duration_days", "", "days", 0.0, None, None)
    row = changes.rows(BesideBase(scenario, later, base), [line])["duration_days"]
    numbers_shown = [row[key].partition(" ")[0] for key in ("base", "here", "text")]
    first, second, change = map(float, numbers_shown)
    assert (round(second - first - change, 1) != 0) == is_rounded
    assert row["rounded"] == is_rounded


# What third parties do


def cells_with(
    file: Path, size: tuple[int, int, int], *texts: str
) -> tuple[list[levers.Cell], list[Numbers]]:
    """Return the cells of an explorer and their numbers."""
    made = plan_explorer(request(file, *texts, size=size))
    plan = Plan(made.frame.scenario, *size)
    return list(made.cells), simulate([cell.loaded.scenario for cell in made.cells], plan, here)


def test_what_third_parties_do_is_that_of_the_outcomes(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    text = "actors.OST.stance=arms_defender"
    cells, (base, armed) = cells_with(file, SIZE, text)
    scenario = cells[0].loaded.scenario
    outcomes = ran(file, [text], SIZE, tmp_path / "out").outcomes
    for act in conduct.acts(scenario):
        found = conduct.mean_of(armed, act.column)
        expected = outcomes[act.column].mean() if act.column in outcomes else 0.0
        assert found == pytest.approx(expected)
    rows = changes.rows(BesideBase(scenario, armed, base), [])
    for act, found in conduct.changed_acts(BesideBase(scenario, armed, base)):
        means = conduct.mean_of(armed, act.column) - conduct.mean_of(base, act.column)
        assert found.mean == pytest.approx(means)
        assert rows[act.column]["clear"]
    assert "support_OST_SUD" in rows


def test_the_list_of_all_settings_says_which_differences_are_clear(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    cells, (base, armed) = cells_with(file, SIZE, "actors.OST.stance=arms_defender")
    scenario = cells[0].loaded.scenario
    support = next(act for act in conduct.acts(scenario) if act.column == "support_OST_SUD")
    fights = next(act for act in conduct.acts(scenario) if act.column == "force_OST_NOR")
    ((mean, _, change), (_, _, nothing)) = changes.means(
        BesideBase(scenario, armed, base), [support, fights]
    )
    assert mean == pytest.approx(conduct.mean_of(armed, support.column), rel=1e-3)
    assert re.fullmatch(r"\+\d\.\d levels, clear", change)
    assert BesideBase(scenario, armed, base).differences[support.column].is_clear
    assert nothing == "no change"
    ((_, _, same),) = changes.means(BesideBase(scenario, base, base), [support])
    assert same == "no change"


def test_a_page_says_how_many_differences_are_compared(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    text = "actors.OST.stance=arms_defender"
    _, (base, armed) = cells_with(file, SIZE, text)
    book = book_of(make_page(plan_explorer(request(file, text)), here))
    acts = {name for name in (*base.compared, *armed.compared) if name not in COMPARED}
    assert acts
    assert book["cells"][1]["comparisons"] == len(COMPARED) + len(acts)


def test_a_sentence_names_who_fights_and_who_mediates(tmp_path: Path) -> None:
    scenario = load(scenario_file(tmp_path, body=POWER)).scenario

    def doing(force: float, mediates: float) -> Numbers:
        runs = np.arange(100)
        compared = {
            "force_OST_SUD": (runs < 100 * force).astype(float),
            "mediates_OST": np.full(100, mediates),
        }
        return Numbers({}, None, None, {}, compared, runs % 20)  # type: ignore[arg-type]

    base, later = doing(0.2, 0.9), doing(0.7, 0.1)
    assert conduct.sentence(BesideBase(scenario, base, base)) == (
        "In the base case, Ostland fights for Sudland in 20% of runs and Ostland mediates on 90% "
        "of days."
    )
    assert conduct.sentence(BesideBase(scenario, later, base)) == (
        "In this setting, Ostland fights for Sudland in 70% of runs instead of 20% and Ostland "
        "mediates on 10% of days instead of 90%."
    )
    assert conduct.sentence(BesideBase(scenario, doing(0.2, 0.9), base)) == (
        "What third parties do hardly differs from the base case."
    )


def test_arms_without_support_are_noted(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    texts = ("actors.OST.stance=arms_defender", "actors.OST.support=0")
    made = plan_explorer(request(file, *texts))
    book = book_of(make_page(made, here))
    empty = "Ostland has a support of level 0, so it has nothing to give."
    assert [empty in cell["notes"] for cell in book["cells"]] == [False, False, False, True]


def test_the_sentence_names_the_largest_clear_differences(tmp_path: Path) -> None:
    cells, (base, armed) = cells_with(
        scenario_file(tmp_path, body=POWER), SIZE, "parameters.lethality={range: [500, 600]}"
    )
    scenario = cells[0].loaded.scenario
    lines = [line for line in base.measures.values() if line.name == "deaths"]
    more = difference(armed, base, "deaths")
    assert more.is_clear
    direction = "more" if more.mean > 0 else "fewer"
    assert f"{direction} people die in battle" in changes.sentence(
        BesideBase(scenario, armed, base), lines
    )
    assert changes.sentence(BesideBase(scenario, base, base), lines) == "This is the base case."


def test_history_is_placed_among_the_runs() -> None:
    history = history_of("autumn_2020")
    assert history is not None
    scenario = sim.load("autumn_2020").scenario
    runs = np.arange(100)

    def ran_as(days: float) -> Numbers:
        middles = {
            "duration_days": (days, days + 2),
            "deaths": (7100.0, 7900.0),
            "territory_fought": (30.0, 110.0),
        }
        measures = {
            name: Measure(name, "", MEASURED[name], 0.0, None, None, all_runs=ends)
            for name, ends in middles.items()
        }
        return Numbers(measures, None, None, {"RUS": 0.5}, {}, runs)  # type: ignore[arg-type]

    inside = fit(scenario, history, ran_as(43.0), "fitted to the historical record")
    assert "the duration of 44 days, the figure of 7,600 deaths and" in inside
    assert "this is no prediction" in inside
    assert "all its runs (43 to 45 days; 7,100 to 7,900 deaths; 30% to 110% of the area)" in inside
    outside = fit(scenario, history, ran_as(80.0), "of the coded ranges")
    assert "the duration of 44 days lies below it (80 to 82 days)" in outside
    clash = history_of("goa_1961")
    below = fit(scenario, clash, ran_as(80.0), "of the coded ranges")
    assert "the duration of 1.8 days lies below the middle 80% of all its runs (80" in below
    assert "; the figure of 52 deaths lies below it (" in below
    assert "prediction" not in outside
    short = scenario.model_copy(update={"horizon_days": 30})
    longer = fit(short, history, ran_as(20.0), "of the coded ranges")
    assert "the duration of 44 days is more than the 30 days simulated" in longer
    assert fit(scenario, None, ran_as(43.0), "") == ""
    april = history_of("april_2016")
    assert "the duration of 3.5 days" in fit(scenario, april, ran_as(43.0), "")


# Levers by default


@pytest.mark.slow
def test_the_third_party_that_matters_comes_first() -> None:
    scenario = sim.load("april_2016").scenario
    plan = Plan(scenario)
    found = choosing.influence(scenario, Plan(scenario, 500))
    assert max(found, key=lambda code: found[code]) == "RUS"
    chosen = choosing.default_levers(scenario, plan)
    assert [lever.path.split(".")[-1] for lever in chosen] == ["stance", "stance", "support"]
    assert chosen[0].path == "actors.RUS.stance"


def test_a_party_held_by_a_policy_does_not_matter(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER + "policies: {OST: aside}\n")
    scenario = load(file).scenario
    assert choosing.influence(scenario, Plan(scenario, 100, 10)) == {"OST": 0.0}


def test_without_third_parties_the_opening_is_the_lever(tmp_path: Path) -> None:
    body = "actors: {OST: {broker_value: null, support: null, stance: null}}\n"
    scenario = load(scenario_file(tmp_path, body=body)).scenario
    assert choosing.default_levers(scenario, Plan(scenario, 20, 5)) == [choosing.WITHOUT_PARTIES]


# Python


def test_python_writes_the_page_of_the_command(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    support: list[Any] = [1, {"range": [2, 4]}]
    levers_given = {"actors.OST.stance": ["aside"], "actors.OST.support": support}
    made = sim.explorer(file, levers_given, runs=20, draws=4, workers=1, out=tmp_path / "page.html")
    book = book_of(made.read_text(encoding="utf-8"))
    values = [[option["value"] for option in lever["options"]] for lever in book["levers"]]
    assert values == [["", "aside"], ["", "1", '{"range": [2, 4]}']]


def test_errors_name_the_argument(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    with pytest.raises(UsageError, match=r"^lever: x: allowed"):
        sim.explorer(file, {"x": []}, out=tmp_path / "page.html")
    with pytest.raises(InputError, match=r"^lever: actors.OST.stance=asid: "):
        sim.explorer(file, {"actors.OST.stance": ["asid"]}, out=tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


# Words


def test_settings_and_results_are_sentences(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    made = plan_explorer(
        request(file, "actors.OST.stance=aside,arms_defender", "actors.OST.support=1")
    )
    starts = [words.setting(cell, made.levers) for cell in made.cells]
    assert starts[0] == "As the scenario states it"
    assert starts[2] == "If Ostland stands aside at the onset"
    assert starts[5] == (
        "If Ostland arms Sudland at the onset and Ostland can give support up to level 1 of 4"
    ) or starts[5].startswith("If Ostland arms Sudland at the onset")
    book = book_of(make_page(made, here))
    labels = [option["label"] for option in book["levers"][0]["options"]]
    assert labels[1:] == ["At first: stands aside", "At first: arms Sudland"]
    assert "At first" not in book["levers"][0]["stated"]
    hint = "Levels: 0 none, 1 aid, 2 some arms, 3 arms, 4 troops"
    assert book["levers"][1]["means"] == hint
    for cell in book["cells"]:
        assert re.search(r"the fighting lasts [\d,]+ days?.* and [\d,]+ people .*die", cell["says"])
    assert book["cells"][0]["changed"] == "This is the base case."
    assert book["cells"][0]["base_says"] == ""
    names = [measure["name"] for measure in book["measures"]]
    of_base = book["cells"][0]["rows"]
    days, deaths = (of_base[names.index(name)]["shown"][0] for name in ("duration_days", "deaths"))
    for cell in book["cells"][1:]:
        assert cell["base_says"].startswith(f"Base case: {days} and {deaths} (medians), and ")


def test_charts_are_described_in_words(tmp_path: Path) -> None:
    made = plan_explorer(request(scenario_file(tmp_path, body=POWER), "actors.OST.stance=aside"))
    book = book_of(make_page(made, here))
    for cell in book["cells"]:
        assert set(cell["findings"]) == set(cell["described"])
        assert all(text.endswith(".") for text in cell["findings"].values())


def test_an_ending_that_changed_is_shown_beside_the_base_case(tmp_path: Path) -> None:
    scenario = load(scenario_file(tmp_path, body=POWER)).scenario
    file = scenario_file(tmp_path, body=POWER)
    _, (made, _) = cells_with(file, SIZE, "actors.OST.stance=aside")
    nothing = dict.fromkeys(content.UNMEDIATED, 0.0)
    base, later = (
        replace(made, measures=without_endings(made), endings={**nothing, "OST": share})
        for share in (0.88, 0.71)
    )
    label = "Most frequent: ceasefire mediated by Ostland"
    found = findings(later, base, scenario)["endings"]
    assert found == f"{label}, 88% in the base case, 71% here."
    assert findings(base, base, scenario)["endings"] == f"{label}, 88% of runs."


def without_endings(made: Numbers) -> dict[str, Measure]:
    return {name: line for name, line in made.measures.items() if not name.startswith("broker_")}


def test_a_record_is_marked() -> None:
    history = history_of("autumn_2020")
    assert history is not None
    marked = past.history_of(history)
    assert marked["days"] == 44
    assert marked["deaths"] == [6800, 7600, 9100]
    assert marked["territory"] == [[13, 4], [29, 18], [44, 32.5]]
    assert marked["key"] == "RUS"


# The page


class Elements(HTMLParser):
    """Collects the elements of a page, and the texts of its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": []}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag = self.found[-1][0] if self.found else ""
        if tag in self.texts:
            self.texts[tag].append(data)


HOSTILE = "</script><img src=x onerror=alert(1)> {{ data }} <!-- \"''>"


def hostile_page(tmp_path: Path) -> str:
    name = HOSTILE.replace("'", "''")
    file = scenario_file(
        tmp_path,
        title=name,
        body=f"actors: {{OST: {{name: '{name}', support: {{value: 2, assumption: '{name}'}}}}}}\n",
    )
    return make_page(plan_explorer(request(file, "actors.OST.support=1")), here)


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    html = hostile_page(tmp_path)
    read = Elements()
    read.feed(html)
    assert not [tag for tag, _ in read.found if tag == "img"]
    assert [attributes.get("type") for tag, attributes in read.found if tag == "script"] == [
        "application/json",
        None,
    ]
    assert "".join(read.texts["title"]).strip() == f"What if? {HOSTILE}"
    book = book_of(html)
    assert book["title"] == HOSTILE
    assert HOSTILE in book["levers"][0]["label"]
    assert HOSTILE in book["levers"][0]["sources"][0]


def test_the_policy_allows_only_the_page_itself(tmp_path: Path) -> None:
    html = hostile_page(tmp_path)
    read = Elements()
    read.feed(html)
    policy = next(
        str(attributes["content"])
        for tag, attributes in read.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["default-src"] == parts["connect-src"] == parts["base-uri"] == "'none'"
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert script is not None
    assert style is not None
    for found, part in ((script, "script-src"), (style, "style-src")):
        digest = b64encode(sha256(found[1].encode()).digest()).decode()
        assert parts[part] == f"'sha256-{digest}'"


def test_the_page_asks_no_server(tmp_path: Path) -> None:
    html = hostile_page(tmp_path)
    script = html.rpartition("<script>")[2]
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import)\s*\(", script)
    addresses = re.findall(r"https?://[^\s\"'`<]+", html)
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}  # a name, which nobody asks for
    read = Elements()
    read.feed(html)
    linked = [a.get("src") or a.get("href") for _, a in read.found if a.get("src") or a.get("href")]
    assert linked == ["data:,", "#results"]


def test_no_script_writes_markup() -> None:
    from importlib.resources import files

    for file in (files("sim.explore") / "page").iterdir():
        if file.name.endswith(".js"):
            text = file.read_text(encoding="utf-8")
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text
            )


def test_a_page_that_is_too_large_is_refused() -> None:
    refuse_size("x" * 1_999_999)
    with pytest.raises(UsageError, match=r"the page would have 2\.0 MB; allowed: 2 MB"):
        refuse_size("x" * 2_000_001)


def test_the_largest_page_is_small_enough(tmp_path: Path) -> None:
    """The most combinations, over the longest time that a chart shows in full."""
    file = scenario_file(tmp_path, body=POWER + "horizon_days: 120\n")
    made = plan_explorer(
        request(file, "actors.OST.stance=aside", "actors.OST.support=1", size=(50, 10, 1))
    )
    one = len(make_page(made, here)) - len(page({"title": ""}))
    assert one / len(made.cells) * levers.MOST_CELLS < 1_900_000


def test_equal_requests_give_equal_bytes(tmp_path: Path) -> None:
    file = scenario_file(tmp_path, body=POWER)
    made = [
        make_page(plan_explorer(request(file, "actors.OST.stance=aside")), here) for _ in range(2)
    ]
    assert made[0] == made[1]


def test_days_end_when_few_runs_still_fight() -> None:
    def fought(days: list[float]) -> Numbers:
        fan = content.Fan(np.array(days), None)
        return Numbers({}, fan, fan, {}, {}, np.zeros(1, dtype=np.int64))

    assert axes.days_shown([fought([1.0, 0.5] + [0.0] * 50)], None) == list(range(7))
    assert axes.days_shown([fought([1.0] * 20 + [0.0] * 50)], None)[-1] == 20
    few_go_on = [1.0] * 20 + [0.1] * 50
    assert axes.days_shown([fought(few_go_on)], None)[-1] == 20
    assert axes.days_shown([fought([1.0] * 20 + [0.11] * 50)], None)[-1] == 69
    long = axes.days_shown([fought([1.0] * 500)], None)
    assert len(long) <= axes.MOST_DAYS
    assert long[:3] == [0, 5, 10]
    assert axes.days_shown([fought([1.0] * 30), fought([1.0] * 9)], None)[-1] == 29


def test_numbers_need_no_third_party(tmp_path: Path) -> None:
    body = "actors: {OST: null, SUD: {ties: {OST: null}}}\n"
    scenario = load(scenario_file(tmp_path, body=body)).scenario
    plan = Plan(scenario, *SIZE)
    ((outcomes, tally),) = play_together([scenario], plan)
    found = numbers(scenario, outcomes, tally)
    assert set(found.endings) <= set(content.UNMEDIATED)
