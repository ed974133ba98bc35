"""Draws, streams, tallies, failures and what a summary says of an ensemble."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from worlds import CRISES, actor, crisis, ensemble_of, grid, mechanisms, outcomes_of, parameters, shipped

from sim import summary
from sim.daily import GRIDS, PATHS, QUANTILES, DailyTally
from sim.draws import Draws
from sim.ensemble import BLOCK, LANE, Plan, play
from sim.outcomes import DAILY
from sim.rng import Streams, generator, stable_hash
from sim.scenario import CREDIBILITY, Choice, Quantity, Scenario
from sim.summary import Measure, draw_means, freed_of_chance, sentence, summarise
from sim.world import World

# Draws

OPEN = crisis(
    parameters(pace={"range": [0.01, 0.04], "scale": "log"}, horizon={"range": [10, 30], "mode": 12}),
    mechanisms(leverage={"range": [0, 1]}, credibility={"any_of": list(CREDIBILITY[:4])}, contest={"range": [-1, 1]}),
    actor("OST", support={"range": [1, 3]}, sphere="medium"),
)


def quantities(scenario: Scenario) -> list[Quantity]:
    """Return the quantities that the coding leaves open."""
    return [value for value in scenario.quantities() if isinstance(value, Quantity) and not value.known]


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_each_value_meets_each_stratum_once(count: int) -> None:
    """On a linear scale a stratum is a part of the range; a path of its own gives an order of its own."""
    drawn = Draws(OPEN, count, seed=3)
    orders = []
    for path in ("mechanisms.leverage", "actors.OST.support", "anything.at.all"):
        points = drawn.quantity(Quantity(low=0, high=1, path=path))
        strata = np.floor(points * count).astype(int)
        np.testing.assert_array_equal(np.sort(strata), np.arange(count))
        orders.append(strata.tolist())
    if count == 100:
        assert orders[0] != orders[1] != orders[2]


def test_log_and_triangular_values_are_as_spread_as_their_scales() -> None:
    drawn = Draws(OPEN, 400, seed=1)
    table = drawn.table()
    logs = np.log(table["parameters.pace"])
    assert logs.mean() == pytest.approx(np.log([0.01, 0.04]).mean(), abs=0.005)
    horizon = table["parameters.horizon"]
    assert horizon.mean() == pytest.approx((10 + 30 + 12) / 3, abs=0.05)  # mean of a triangular distribution
    assert (horizon < 12).mean() == pytest.approx((12 - 10) / (30 - 10), abs=1 / 400)


def test_readings_are_drawn_equally_often() -> None:
    table = Draws(OPEN, 40, seed=5).table()
    assert table["mechanisms.credibility"].value_counts().to_dict() == dict.fromkeys(CREDIBILITY[:4], 10)


def test_a_value_has_its_draws_whatever_else_the_scenario_says() -> None:
    """Draws belong to a path: another actor or another range elsewhere leaves them as they were."""
    changed = crisis(
        parameters(pace={"range": [0.01, 0.04], "scale": "log"}, horizon=5),
        mechanisms(leverage={"range": [0, 1]}, contest={"range": [-0.1, 0.7]}),
        actor("NEW", name="Newland", ties={"NOR": {"range": [0, 1]}}),
        actor("OST", support={"range": [1, 3]}, sphere="medium"),
    )
    one, other = Draws(OPEN, 50, 2).table(), Draws(changed, 50, 2).table()
    same = ["mechanisms.leverage", "parameters.pace", "actors.OST.support", "actors.OST.sphere"]
    pd.testing.assert_frame_equal(one[same], other[same], check_exact=True)
    # with another range a value keeps its place in it
    place = [(table["mechanisms.contest"] - low) / width for table, low, width in ((one, -1, 2), (other, -0.1, 0.8))]
    np.testing.assert_allclose(*place)
    assert "actors.NEW.ties.NOR" in other


@pytest.mark.parametrize("name", CRISES)
def test_draws_of_shipped_crises_keep_to_their_ranges(name: str) -> None:
    scenario = shipped(name)
    table = Draws(scenario, 60, seed=1).table()
    assert len(table.columns) > 30
    for value in scenario.quantities():
        if value.known:
            assert value.path not in table
        elif isinstance(value, Choice):
            assert set(table[value.path]) == set(value.options)
        else:
            assert table[value.path].between(value.low, value.high).all(), value.path
            assert table[value.path].nunique() == 60


def test_no_two_values_are_tied_together() -> None:
    """Rank correlations of independent values have a standard deviation of 1 / sqrt(draws - 1)."""
    count = 400
    drawn = Draws(shipped(CRISES[0], "parameters.posterior=null"), count, seed=1)
    ranks = np.array([drawn.quantity(value).argsort().argsort() for value in quantities(drawn.scenario)])
    correlation = np.corrcoef(ranks)[np.triu_indices(len(ranks), 1)]
    assert len(correlation) > 500
    assert np.abs(correlation).max() < 5 / math.sqrt(count - 1)
    assert correlation.std() == pytest.approx(1 / math.sqrt(count - 1), rel=0.15)


def test_other_seeds_give_other_draws() -> None:
    one, other = Draws(OPEN, 20, seed=1).table(), Draws(OPEN, 20, seed=2).table()
    for name in one.columns.drop(["draw", "mechanisms.credibility"]):
        assert not np.array_equal(one[name], other[name])


def test_each_run_is_played_with_the_values_of_its_draw() -> None:
    """Ties that do not drift come out as they were drawn."""
    scenario = crisis(mechanisms(tie_drift=0, structural_balance=0), actor("SUD", ties={"OST": {"range": [0.2, 0.9]}}))
    ensemble = ensemble_of(scenario, 30, 4, seed=9)
    drawn = ensemble.plan.drawn.table()["actors.SUD.ties.OST"].to_numpy()
    np.testing.assert_allclose(ensemble.outcomes["tie_SUD_OST"], drawn[np.arange(30) % 4], rtol=1e-6)
    assert len(set(drawn)) == 4


# Streams


def test_names_have_the_same_hash_in_every_process() -> None:
    assert stable_hash("AZE.rung") == 0xA42AA76C82A1AE30


def test_a_stream_gives_the_same_numbers_on_every_machine() -> None:
    expected = [0.9484229590440368, 0.15175950513922531, 0.7216775297588026]
    assert generator(1, 0, "AZE.rung").random(3).tolist() == expected


def test_streams_are_independent_of_one_another() -> None:
    """By name, by block and by seed: no two of 120 streams are correlated."""
    names = [
        f"{code}.{use}" for code in ("NOR", "SUD", "OST", "WES") for use in ("rung", "battle", "sign", "line", "x")
    ]
    size = 2000
    streams = [generator(seed, block, name).random(size) for seed in (1, 2) for block in (0, 1, 2) for name in names]
    correlation = np.corrcoef(streams)[np.triu_indices(len(streams), 1)]
    assert np.abs(correlation).max() < 5.5 / math.sqrt(size)
    assert correlation.std() == pytest.approx(1 / math.sqrt(size), rel=0.1)


def test_fewer_runs_meet_the_luck_of_the_first_of_more() -> None:
    few, many = Streams(1, 0, 64, 5), Streams(1, 0, 64, 64)
    for _ in range(3):
        np.testing.assert_array_equal(few.uniform("a"), many.uniform("a")[:5])


def test_what_one_stream_gives_does_not_depend_on_the_others() -> None:
    alone, among = Streams(1, 0, 8, 8), Streams(1, 0, 8, 8)
    for day in range(4):
        for name in ("b", "c")[: day % 3]:
            among.uniform(name)
        np.testing.assert_array_equal(alone.uniform("a"), among.uniform("a"))


def test_uniforms_are_uniform() -> None:
    """Kolmogorov's distance of 20,000 numbers exceeds 2.2 / sqrt(n) once in ten thousand."""
    size = 20_000
    numbers = np.sort(Streams(1, 0, size, size).uniform("any"))
    assert numbers[0] >= 0 and numbers[-1] < 1
    assert np.abs(numbers - grid(size)).max() < 2.2 / math.sqrt(size)


def test_lanes_of_a_block_follow_each_other_and_each_has_its_own_luck() -> None:
    together = Streams(1, 3, 8, 20).uniform("any")
    apart = np.concatenate([Streams(1, lane, 8, 8).uniform("any") for lane in (3, 4, 5)])
    np.testing.assert_array_equal(together, apart[:20])
    assert len(set(together)) == 20


def test_blocks_take_the_lanes_after_each_other_s(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    class Noting(Streams):
        def __init__(self, seed: int, first: int, width: int, runs: int) -> None:
            super().__init__(seed, first, width, runs)
            taken.extend(self._lanes)

    monkeypatch.setattr("sim.ensemble.Streams", Noting)
    play(Plan(QUICK, 2 * BLOCK + 10, 5))
    assert taken == list(range(2 * BLOCK // LANE + 1))


# Daily tallies

DAYS, DRAWS = 5, 3


def synthetic(runs: int, seed: int) -> dict[str, np.ndarray]:
    """Return made-up daily quantities, ``(days, runs)`` each."""
    random = np.random.default_rng(seed)
    daily = {
        "level": random.integers(0, 5, (DAYS, runs)),
        "territory_fought": random.uniform(-0.3, 0.9, (DAYS, runs)),
        "territory_ceded": random.beta(0.3, 3, (DAYS, runs)),
        "deaths": random.lognormal(5, 2, (DAYS, runs)) * (random.random((DAYS, runs)) < 0.9),
        "support_challenger": random.uniform(0, 12, (DAYS, runs)),
        "support_defender": random.uniform(0, 3, (DAYS, runs)),
    }
    return {name: values.astype(np.float32) for name, values in daily.items()}


def tally_of(daily: dict[str, np.ndarray], first: int = 0) -> DailyTally:
    tally = DailyTally(DAYS, DRAWS)
    tally.add(daily, first)
    return tally


def test_tallies_of_blocks_add_up_to_the_tally_of_all_runs() -> None:
    parts = [synthetic(runs, seed) for runs, seed in ((150, 1), (1, 2), (97, 3))]
    merged = DailyTally(DAYS, DRAWS)
    merged.merge(tally_of(part, first) for part, first in zip(parts, (0, 150, 151), strict=True))
    whole = tally_of({name: np.concatenate([daily[name] for daily in parts], axis=1) for name in DAILY})
    pd.testing.assert_frame_equal(merged.table(), whole.table())
    pd.testing.assert_frame_equal(merged.by_draw(), whole.by_draw())


@pytest.mark.parametrize("name", DAILY)
def test_quantiles_are_right_to_half_a_step_of_the_grid(name: str) -> None:
    daily = synthetic(997, 4)
    table = tally_of(daily).table()
    points = GRIDS[name].points
    for q in QUANTILES:
        exact = np.quantile(daily[name].astype(float), q, axis=1, method="inverted_cdf")
        found = table[table["measure"] == name][f"q{round(100 * q):02d}"].to_numpy()
        above = np.clip(np.searchsorted(points, exact), 1, len(points) - 1)
        step = points[above] - points[above - 1]
        assert (np.abs(found - exact) <= 0.505 * step + 1e-6).all(), q
        if name == "level":
            np.testing.assert_array_equal(found, exact)


def test_means_levels_and_paths_are_exact() -> None:
    daily = synthetic(250, 6)
    table = tally_of(daily).table().set_index(["measure", "day"])
    for name in DAILY:
        np.testing.assert_allclose(table.loc[name]["mean"], daily[name].mean(axis=1, dtype=float), rtol=1e-12)
        np.testing.assert_array_equal(table.loc[name][[f"run_{k}" for k in range(PATHS)]], daily[name][:, :PATHS])
    assert f"run_{PATHS}" not in table
    shares = table.loc["level"][[f"share_level_{level}" for level in range(5)]].to_numpy()
    np.testing.assert_allclose(shares.T, [(daily["level"] == level).mean(axis=1) for level in range(5)])


def test_means_by_draw_are_those_of_the_draw_s_runs() -> None:
    daily, draw = synthetic(61, 8), np.arange(61) % DRAWS
    table = tally_of(daily).by_draw().set_index(["draw", "day"])
    for d in range(DRAWS):
        assert (table.loc[d]["runs"] == (draw == d).sum()).all()
        np.testing.assert_allclose(table.loc[d]["fighting"], (daily["level"][:, draw == d] > 0).mean(axis=1))
        for name in DAILY:
            np.testing.assert_allclose(table.loc[d][name], daily[name][:, draw == d].mean(axis=1, dtype=float))


def test_daily_means_of_an_ensemble_end_at_its_outcomes() -> None:
    ensemble = ensemble_of(crisis(), 300)
    last = ensemble.daily.table().query("day == day.max()").set_index("measure")
    deaths = ensemble.outcomes["deaths_challenger"] + ensemble.outcomes["deaths_defender"]
    assert last.loc["deaths", "mean"] == pytest.approx(deaths.mean(), rel=1e-6)
    for name in ("territory_fought", "territory_ceded"):
        assert last.loc[name, "mean"] == pytest.approx(ensemble.outcomes[name].mean(), abs=1e-6)


# Blocks

QUICK = crisis({"horizon_days": 3})


def test_blocks_hold_every_run_once() -> None:
    for runs in (1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7):
        plan = Plan(QUICK, runs)
        numbers = np.concatenate([plan.runs_of(block) for block in plan.blocks])
        np.testing.assert_array_equal(numbers, np.arange(runs))


def test_a_block_that_fails_is_recorded_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(QUICK, 2 * BLOCK + 10, 5)
    whole, honest = play(plan), World.play
    assert not whole.failures and whole.done == plan.runs

    def play_but_not_block_1(world: World) -> object:
        if world.streams._lanes.start == BLOCK // LANE:
            raise ArithmeticError("the numbers ran out")
        return honest(world)

    monkeypatch.setattr(World, "play", play_but_not_block_1)
    told: list[int] = []
    broken = play(plan, progress=told.append)
    (failure,) = broken.failures
    assert (failure.number, failure.runs) == (1, BLOCK)
    assert "the numbers ran out" in failure.reason
    assert not broken.interrupted and broken.done == BLOCK + 10
    kept = whole.outcomes[whole.outcomes["run"] // BLOCK != 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(broken.outcomes, kept, check_exact=True)
    assert broken.daily.runs.sum() == BLOCK + 10
    assert sum(told) == plan.runs


def test_an_error_of_arithmetic_is_a_failure_and_no_silent_nan() -> None:
    """Numbers too large for the machine stop a block instead of filling it with nothings."""
    from sim.scenario.load import with_paths

    endless = QUICK.parameters.model_copy(update={"war_cost": Quantity(low=1e308, high=1e308)})
    ensemble = play(Plan(with_paths(QUICK.model_copy(update={"parameters": endless})), 10))
    assert ensemble.done == 0 and "FloatingPointError" in ensemble.failures[0].reason


def test_what_was_finished_is_kept_when_interrupted() -> None:
    def stop(runs: int) -> None:
        raise KeyboardInterrupt

    ensemble = play(Plan(QUICK, 2 * BLOCK, 5), progress=stop)
    assert ensemble.interrupted and ensemble.done == BLOCK and not ensemble.failures
    np.testing.assert_array_equal(ensemble.outcomes["run"], np.arange(BLOCK))


# Summary


def normals(mean: float, sd: float, size: int) -> np.ndarray:
    """Return the evenly spread quantiles of a normal distribution."""
    return mean + sd * np.array([NormalDist().inv_cdf(u) for u in grid(size)])


def replicated(between: float, chance: float, draws: int = 400, replicates: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Return made-up values of runs with a known spread of draws and a known spread by chance, and their draws."""
    noise = np.random.default_rng(1).normal(0, chance, (replicates, draws))
    return (normals(5, between, draws) + noise).ravel(), np.tile(np.arange(draws), replicates)


def test_the_spread_of_draws_is_freed_of_chance() -> None:
    values, draw = replicated(between=0.5, chance=1.5)
    raw, _, _ = draw_means(values, draw)
    freed = freed_of_chance(values, draw)
    assert freed is not None
    assert raw.std() > 0.7  # chance alone adds 1.5 / sqrt(6)
    assert freed.std() == pytest.approx(0.5, rel=0.1)
    assert freed.mean() == pytest.approx(raw.mean())


def test_what_is_all_chance_has_no_spread_of_draws() -> None:
    values, draw = replicated(between=0, chance=1.5, draws=4000)
    freed = freed_of_chance(values, draw)
    assert freed is not None
    assert freed.std() < 0.25 * draw_means(values, draw)[0].std()


def test_what_has_no_chance_keeps_all_its_spread() -> None:
    values, draw = replicated(between=0.5, chance=0)
    np.testing.assert_allclose(freed_of_chance(values, draw), values[:400])
    np.testing.assert_array_equal(freed_of_chance(np.ones(12), np.arange(12) % 3), np.ones(3))


def test_probabilities_of_draws_are_freed_of_chance_too() -> None:
    chances = np.tile(0.2 + 0.6 * grid(500), 8)
    hits = (np.random.default_rng(2).random(4000) < chances).astype(float)
    freed = freed_of_chance(hits, np.tile(np.arange(500), 8))
    assert freed is not None
    assert freed.std() == pytest.approx(0.6 / math.sqrt(12), rel=0.1)


def test_a_lone_replicate_cannot_tell_coding_from_chance() -> None:
    values = np.arange(10.0)
    assert freed_of_chance(values, np.arange(10)) is None
    assert freed_of_chance(values, np.append(np.arange(9), 0)) is None  # one draw with two, eight with one
    assert freed_of_chance(values, np.zeros(10, dtype=int)) is None  # a single draw


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
    scenario = crisis(mechanisms(leverage={"range": [0, 1]}), parameters(pace={"range": [0.005, 0.05]}))
    table = outcomes_of(scenario, 200, 20)
    return table, {line.name: line for line in summarise(scenario, table)}


def test_probabilities_are_shares_of_runs(told: tuple[pd.DataFrame, dict[str, Measure]]) -> None:
    table, lines = told
    early = [day <= 14 for day in table["lasting_truce_day"].fillna(999)]
    assert lines["lasting_stop_14"].value == pytest.approx(np.mean(early))
    assert lines["peak_3"].value == pytest.approx((table["peak_level"] >= 3).mean())
    endings = [line.value for name, line in lines.items() if name.startswith("ending_")]
    assert sum(endings) == pytest.approx(1.0)
    brokers = {name.removeprefix("broker_"): line.value for name, line in lines.items() if name.startswith("broker_")}
    assert brokers == pytest.approx(table["broker"].value_counts(normalize=True).drop("none").to_dict())
    for line in lines.values():
        if line.unit == "probability":
            assert line.chance is None and line.coding is not None
            assert line.coding[0] <= line.coding[1]


def test_quantities_are_medians_with_chance_and_coding_apart(told: tuple[pd.DataFrame, dict[str, Measure]]) -> None:
    table, lines = told
    by_draw = table["duration_days"].to_numpy(float).reshape(10, 20)  # a row a replicate
    duration = lines["duration_days"]
    assert duration.value == np.median(by_draw)
    assert duration.chance == pytest.approx(np.median(np.quantile(by_draw, [0.1, 0.9], axis=0), axis=1))
    assert duration.coding == pytest.approx(np.quantile(np.median(by_draw, axis=0), [0.1, 0.9]))
    assert lines["territory_fought"].value == pytest.approx(100 * table["territory_fought"].median())


def intervals_with(runs: int, draws: int) -> Measure:
    scenario = crisis()
    lines = summarise(scenario, outcomes_of(scenario, runs, draws))
    return next(line for line in lines if line.name == "duration_days")


def test_too_few_replicates_give_no_intervals() -> None:
    few = intervals_with(10 * (summary.ENOUGH - 1), 10)
    assert few.chance is None and few.coding is None
    enough = intervals_with(10 * summary.ENOUGH, 10)
    assert enough.chance is not None and enough.coding is not None


def test_one_draw_with_enough_replicates_is_not_enough() -> None:
    assert intervals_with(10 * (summary.ENOUGH - 1) + 1, 10).chance is None


def line(name: str, value: float, coding: tuple[float, float] | None = None) -> Measure:
    return Measure(name, name, "probability", value, None, coding)


def test_the_sentence_says_what_is_likely_and_who_brokers() -> None:
    lines = [line("lasting_stop_14", 0.616, (0.4, 0.814)), line("broker_MID", 0.1), line("broker_OST", 0.307)]
    assert sentence(lines) == (
        "In 62% of runs [draws 40-81%] the fighting stopped for good within 14 days; "
        "where a broker's truce lasted, it was most often OST's (31% of all runs)."
    )


def test_the_sentence_says_no_more_than_is_known() -> None:
    assert sentence([line("lasting_stop_14", 0.25)]) == ("In 25% of runs the fighting stopped for good within 14 days.")


def test_an_ensemble_summed_up_ends_in_a_sentence(told: tuple[pd.DataFrame, dict[str, Measure]]) -> None:
    text = sentence(list(told[1].values()))
    assert text.startswith("In ") and text.endswith(".") and "draws" in text
