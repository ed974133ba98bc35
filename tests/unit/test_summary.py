"""Summaries: chance and coding apart, and the sentence that says what came of it."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import conflict, crisis, grid, mechanisms, outcomes_of, parameters

from sim.outcomes import chance, summary
from sim.outcomes.chance import draw_means, shrunk
from sim.outcomes.measures import read
from sim.outcomes.summary import Measure, probability, sentence, summarise
from sim.outcomes.summary_measures import SummaryMeasure, declared


def normals(mean: float, sd: float, size: int) -> np.ndarray:
    """Return the evenly spread quantiles of a normal distribution."""
    return mean + sd * np.array([NormalDist().inv_cdf(u) for u in grid(size)])


def replicated(
    between: float, chance: float, draws: int = 400, replicates: int = 6
) -> tuple[np.ndarray, np.ndarray]:
    """Return made-up values of runs with a known spread of draws and a known spread by chance, and
    their draws.
    """
    noise = np.random.default_rng(1).normal(0, chance, (replicates, draws))
    return (normals(5, between, draws) + noise).ravel(), np.tile(np.arange(draws), replicates)


def shrunk_means(values: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Return the draws' means without the noise of chance."""
    means, noise, _ = draw_means(values, draw)
    return shrunk(means, noise.mean(keepdims=True))


@pytest.mark.statistical
def test_the_spread_of_draws_is_shrunk_means() -> None:
    values, draw = replicated(between=0.5, chance=1.5)
    raw, _, _ = draw_means(values, draw)
    freed = shrunk_means(values, draw)
    assert raw.std() > 0.7  # chance alone adds 1.5 / sqrt(6)
    assert freed.std() == pytest.approx(0.5, rel=0.1)
    assert freed.mean() == pytest.approx(raw.mean())


@pytest.mark.statistical
def test_what_is_all_chance_has_no_spread_of_draws() -> None:
    values, draw = replicated(between=0, chance=1.5, draws=4000)
    freed = shrunk_means(values, draw)
    assert freed.std() < 0.25 * draw_means(values, draw)[0].std()


def test_what_has_no_chance_keeps_all_its_spread() -> None:
    values, draw = replicated(between=0.5, chance=0)
    np.testing.assert_allclose(shrunk_means(values, draw), values[:400])
    np.testing.assert_array_equal(shrunk_means(np.ones(15), np.arange(15) % 3), np.ones(3))


@pytest.mark.statistical
@pytest.mark.parametrize("replicates", [5, 16])
@pytest.mark.parametrize(("first", "second"), [(2, 2), (0.5, 3), (1, 9), (0.2, 5)])
def test_the_interval_of_probabilities_covers_the_middle_80_percent(
    first: float, second: float, replicates: int
) -> None:
    """Also where many draws hardly ever see the event."""
    covered = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        chances = random.beta(first, second, 200)
        hits = (random.random((200, replicates)) < chances[:, None]).astype(float)
        draw = np.repeat(np.arange(200), replicates)
        low, high = probability(hits.ravel(), draw).parameters or (np.nan, np.nan)
        covered.append(((low <= chances) & (chances <= high)).mean())
    least = 0.76 if replicates == 16 else 0.7
    assert least < np.mean(covered) < (0.92 if first < 0.5 else 0.83)


def test_a_few_draws_do_not_stretch_the_interval_of_the_others() -> None:
    hits = np.ones((100, 16))
    hits[:3] = 0.0
    line = probability(hits.ravel(), np.repeat(np.arange(100), 16))
    assert line.value == 0.97
    assert line.parameters == pytest.approx((1.0, 1.0), abs=0.01)


def test_a_lone_replicate_cannot_tell_coding_from_chance() -> None:
    values = np.arange(10) % 2.0
    draws = (np.arange(10), np.append(np.arange(9), 0), np.zeros(10, dtype=int))
    for draw in draws:  # one replicate each; one draw with two; a single draw
        assert probability(values, draw).parameters is None


def test_draw_means_and_their_variance() -> None:
    values, draw = replicated(0.5, 1.5, draws=7)
    draw = np.where(draw > 2, draw + 2, draw)  # draws 3 and 4 have no runs
    mean, variance, runs = draw_means(values, draw)
    groups = pd.Series(values).groupby(draw)
    np.testing.assert_allclose(mean, groups.mean())
    np.testing.assert_allclose(variance, groups.var() / groups.size())
    np.testing.assert_array_equal(runs, groups.size())


@pytest.fixture(scope="module")
def told() -> tuple[pd.DataFrame, dict[str, Measure]]:
    """An ensemble of 20 draws with 10 replicates, and its summary by name."""
    scenario = crisis(
        mechanisms(leverage={"range": [0, 1]}), parameters(pace={"range": [0.005, 0.05]})
    )
    table = outcomes_of(scenario, 200, 20)
    return table, {line.name: line for line in summarise(scenario, table)}


def test_probabilities_are_shares_of_runs(told: tuple[pd.DataFrame, dict[str, Measure]]) -> None:
    table, lines = told
    early = [day <= 14 for day in table["lasting_truce_day"].fillna(999)]
    assert lines["lasting_stop_14"].value == pytest.approx(np.mean(early))
    assert lines["peak_3"].value == pytest.approx((table["peak_level"] >= 3).mean())
    endings = [line.value for name, line in lines.items() if name.startswith("ending_")]
    assert sum(endings) == pytest.approx(1.0)
    lasting = table.loc[table["ending"] == "truce", "broker"].value_counts() / len(table)
    brokers = {
        name.removeprefix("broker_"): line.value
        for name, line in lines.items()
        if name.startswith("broker_")
    }
    assert brokers == pytest.approx(lasting.drop("none", errors="ignore").to_dict())
    named = table.loc[table["ending"] == "capitulation", "broker"] != "none"
    assert named.any()  # a mediator that only arranges a surrender does not count
    for line in lines.values():
        if line.unit == "probability":
            assert line.chance is None and line.parameters is not None
            assert line.parameters[0] <= line.parameters[1]


def test_a_ceasefire_without_a_mediator_is_an_ending_of_its_own() -> None:
    scenario = crisis()
    table = outcomes_of(scenario, 8, 1)
    table["ending"] = ["truce"] * 4 + ["lull"] * 4
    table["broker"] = ["OST", "OST", "OST", "none", *["none"] * 4]
    lines = {line.name: line for line in summarise(scenario, table)}
    assert lines["ending_truce"].value == lines["broker_OST"].value == 3 / 8
    assert (lines["ending_direct"].value, lines["ending_lull"].value) == (1 / 8, 4 / 8)
    assert lines["ending_direct"].says == "ends in a ceasefire without a mediator"


@pytest.mark.parametrize(
    ("value", "ends", "shown", "few"),
    [
        (0.995, (0.99499, 0.99499), ">99% 99% to >99%", False),
        (0.0105, (0.004, 0.006), "1% <1% to 1%", False),
        (0.25, (0.30, 0.40), "25% 25% to 40%", True),
        (0.25, (0.2549, 0.40), "25% 25% to 40%", False),
        (0.02, (0.004, 0.006), "2% <1% to 2%", True),
        (0.5, (0.4, 0.6), "50% 40% to 60%", False),
    ],
)
def test_an_interval_covers_its_value_also_where_a_few_draws_drive_it(
    value: float, ends: tuple[float, float], shown: str, few: bool
) -> None:
    line = Measure("x", "it happens", "probability", value, None, ends)
    texts = line.shown()
    assert (f"{texts[0]} {texts[2]}", line.driven_by_few) == (shown, few)


def test_counts_are_whole() -> None:
    line = Measure("truces", "ceasefires", "ceasefires", 0.5, (0.0, 1.1), (0.0, 1.5))
    assert line.shown() == ("1 ceasefire", "0 to 1", "0 to 2")
    assert Measure("deaths", "deaths", "deaths", 92.6, None, None).shown()[0] == "93 deaths"


@pytest.mark.parametrize("declaration", declared(["OST"]), ids=lambda measure: measure.name)
def test_every_formula_is_a_measure_that_an_argument_can_use(
    declaration: SummaryMeasure, told: tuple[pd.DataFrame, dict[str, Measure]]
) -> None:
    table, lines = told
    average = "probability" if declaration.unit == "probability" else "mean"
    values = read(f"{average}({declaration.formula})", crisis()).values(table)
    np.testing.assert_array_equal(values, summary.by_run(table, declaration.name))
    line = lines[declaration.name]
    expected = values.mean() if average == "probability" else np.median(values)
    assert (line.value, line.unit) == (pytest.approx(expected), declaration.unit)


def test_a_summary_reads_no_other_columns(told: tuple[pd.DataFrame, dict[str, Measure]]) -> None:
    table, lines = told
    assert summarise(crisis(), table[summary.columns_needed()]) == list(lines.values())


def test_quantities_are_medians_with_chance_and_coding_apart(
    told: tuple[pd.DataFrame, dict[str, Measure]],
) -> None:
    table, lines = told
    by_draw = table["duration_days"].to_numpy(float).reshape(10, 20)  # a row a replicate
    duration = lines["duration_days"]
    assert duration.value == np.median(by_draw)
    ends = np.median(np.quantile(by_draw, [0.1, 0.9], axis=0, method="median_unbiased"), axis=1)
    assert duration.chance == pytest.approx(ends, abs=0.15 * max(ends))
    low, high = duration.parameters or (0.0, 0.0)
    raw_low, raw_high = np.quantile(np.median(by_draw, axis=0), [0.1, 0.9])
    assert raw_low <= low <= high <= raw_high
    assert high - low < raw_high - raw_low
    assert duration.error and duration.parameters_error and duration.chance_error
    assert lines["territory_fought"].value == pytest.approx(
        100 * table["territory_fought"].median()
    )


def lines_with(runs: int, draws: int) -> dict[str, Measure]:
    scenario = crisis()
    return {line.name: line for line in summarise(scenario, outcomes_of(scenario, runs, draws))}


def test_the_middle_of_all_runs_joins_chance_and_parameters(
    told: tuple[pd.DataFrame, dict[str, Measure]],
) -> None:
    table, lines = told
    for name in ("duration_days", "deaths"):
        values = summary.by_run(table, name)
        ends = np.quantile(values, [0.1, 0.9], method="median_unbiased")
        assert lines[name].all_runs == pytest.approx(ends)
        assert lines[name].all_runs != lines[name].chance
        assert 0 < max(lines[name].all_runs_error or (0.0,)) < np.ptp(values)
    assert lines["ending_lull"].all_runs is None
    assert lines_with(9, 9)["duration_days"].all_runs is None


def test_too_few_replicates_give_no_intervals() -> None:
    few = lines_with(10 * (chance.ENOUGH - 1), 10)
    assert {(line.chance, line.parameters) for line in few.values()} == {(None, None)}
    enough = lines_with(10 * chance.ENOUGH, 10)
    assert None not in {line.parameters for line in enough.values()}
    assert enough["duration_days"].chance is not None


def test_one_draw_with_enough_replicates_is_not_enough() -> None:
    few = lines_with(10 * (chance.ENOUGH - 1) + 1, 10)
    assert {(line.chance, line.parameters) for line in few.values()} == {(None, None)}


@pytest.mark.parametrize(
    ("value", "coding", "few"),
    [
        (0.02, (0.001, 0.006), True),
        (0.94, (0.99, 0.99), True),
        (0.987, (0.9871, 0.9871), False),  # 99% in 99 to 99%, as it is shown
        (0.5, (0.5 + 1e-16, 0.6), False),
        (0.5, None, False),
    ],
)
def test_a_value_outside_its_interval_is_driven_by_few_draws(
    value: float, coding: tuple[float, float] | None, few: bool
) -> None:
    assert line("lasting_stop_14", value, coding).driven_by_few is few


def line(name: str, value: float, coding: tuple[float, float] | None = None) -> Measure:
    return Measure(name, name, "probability", value, None, coding)


def test_the_sentence_says_what_is_likely_and_who_mediates() -> None:
    early = replace(
        line("lasting_stop_14", 0.616, (0.4, 0.814)), says="fighting stops for good within 14 days"
    )
    mediator = replace(
        line("broker_OST", 0.307), says="the lasting ceasefire is mediated by Ostland"
    )
    assert sentence([early, line("broker_MID", 0.1), mediator]) == (
        "In 62% of runs [draws 40% to 81%] fighting stops for good within 14 days; "
        "the lasting ceasefire is mediated by Ostland, the most frequent mediator, in 31% of runs."
    )


def test_the_sentence_says_no_more_than_is_known() -> None:
    def said(coding: tuple[float, float] | None) -> str:
        return sentence(
            [
                replace(
                    line("lasting_stop_14", 0.25, coding),
                    says="fighting stops for good within 14 days",
                )
            ]
        )

    assert said(None) == "In 25% of runs fighting stops for good within 14 days."
    assert said((0.3, 0.4)).startswith("In 25% of runs [draws 25% to 40%, driven by a few]")


@pytest.mark.parametrize("runs", [500, 507, 1000])
def test_draws_that_do_not_differ_are_not_called_few(runs: int) -> None:
    """Freed of chance they fall on one point, which is not quite the mean over all runs."""
    random = np.random.default_rng(3)
    for _ in range(40):
        hit, draw = (random.random(runs) < 0.3).astype(float), np.arange(runs) % 50
        found = probability(hit, draw)
        if found.parameters is not None and np.ptp(found.parameters) < 1e-9:
            assert not found.driven_by_few


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "fighting stops for good within 14 days"),
        ({"horizon_days": 5}, "fighting stops for good within 5 days"),
        ({"horizon_days": 1}, "fighting stops for good within 1 day"),
        (conflict(opening=0), "there is no fighting, or it stops for good within 14 days"),
    ],
)
def test_the_wording_of_an_early_stop_fits_the_scenario(change: dict[str, Any], says: str) -> None:
    scenario = crisis({"horizon_days": 20}, change)
    lines = {line.name: line for line in summarise(scenario, outcomes_of(scenario))}
    assert lines["lasting_stop_14"].says == says


def test_a_value_of_one_has_a_singular_unit() -> None:
    assert Measure("x", "x", "stops", 1.0, None, None).shown()[0] == "1 stop"
    assert Measure("x", "x", "stops", 2.0, None, None).shown()[0] == "2 stops"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0004, "0"), (-0.0004, "0"), (0.124, "0.12"), (31.6, "31.6")]
)
def test_a_percentage_is_rounded_and_has_no_space_before_its_sign(value: float, text: str) -> None:
    shown = Measure("x", "x", "% of the area", value, (0.0, value), None).shown()
    assert shown[:2] == (f"{text}% of the area", f"0% to {text}%")


def test_an_ensemble_is_summarised_in_a_sentence(
    told: tuple[pd.DataFrame, dict[str, Measure]],
) -> None:
    text = sentence(list(told[1].values()))
    assert text.startswith("In ") and text.endswith(".") and "draws" in text
