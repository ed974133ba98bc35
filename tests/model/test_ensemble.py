"""Draws, streams, blocks and what becomes of failures."""

from __future__ import annotations

import gc
import math
import tracemalloc
import weakref

import numpy as np
import pandas as pd
import pytest
from worlds import CRISES, actor, crisis, ensemble_of, grid, mechanisms, parameters, shipped

from sim.engine.draws import Draws, RunValues
from sim.engine.streams import Streams, generator, stable_hash
from sim.engine.world import World
from sim.ensemble.ensemble import BLOCK, LANE, Plan, play, play_block
from sim.scenario import CREDIBILITY, Choice, Quantity, Scenario

# Draws

OPEN = crisis(
    parameters(
        pace={"range": [0.01, 0.04], "scale": "log"}, planning_days={"range": [10, 30], "mode": 12}
    ),
    mechanisms(
        leverage={"range": [0, 1]},
        credibility={"any_of": list(CREDIBILITY[:4])},
        contest={"range": [-1, 1]},
    ),
    actor("OST", support={"range": [1, 3]}, sphere="medium"),
)


def quantities(scenario: Scenario) -> list[Quantity]:
    """Return the quantities that the coding leaves open."""
    return [
        value for value in scenario.quantities() if isinstance(value, Quantity) and not value.known
    ]


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_each_value_meets_each_stratum_once(count: int) -> None:
    """On a linear scale a stratum is a part of the range; a path of its own gives an order of its
    own.
    """
    drawn = Draws(OPEN, count, seed=3)
    orders = []
    for path in ("mechanisms.leverage", "actors.OST.support", "anything.at.all"):
        points = drawn.quantity(Quantity(low=0, high=1, path=path))
        strata = np.floor(points * count).astype(int)
        np.testing.assert_array_equal(np.sort(strata), np.arange(count))
        orders.append(strata.tolist())
    if count == 100:
        assert orders[0] != orders[1] != orders[2]


@pytest.mark.statistical
def test_log_and_triangular_values_are_as_spread_as_their_scales() -> None:
    drawn = Draws(OPEN, 400, seed=1)
    table = drawn.table()
    logs = np.log(table["parameters.pace"])
    assert logs.mean() == pytest.approx(np.log([0.01, 0.04]).mean(), abs=0.005)
    horizon = table["parameters.planning_days"]
    assert horizon.mean() == pytest.approx(
        (10 + 30 + 12) / 3, abs=0.05
    )  # mean of a triangular distribution
    assert (horizon < 12).mean() == pytest.approx((12 - 10) / (30 - 10), abs=1 / 400)


@pytest.mark.statistical
def test_readings_are_drawn_equally_often() -> None:
    table = Draws(OPEN, 40, seed=5).table()
    assert table["mechanisms.credibility"].value_counts().to_dict() == dict.fromkeys(
        CREDIBILITY[:4], 10
    )


def test_a_value_has_its_draws_whatever_else_the_scenario_says() -> None:
    """Draws belong to a path: another actor or another range elsewhere leaves them as they were."""
    changed = crisis(
        parameters(pace={"range": [0.01, 0.04], "scale": "log"}, planning_days=5),
        mechanisms(leverage={"range": [0, 1]}, contest={"range": [-0.1, 0.7]}),
        actor("NEW", name="Newland", ties={"NOR": {"range": [0, 1]}}),
        actor("OST", support={"range": [1, 3]}, sphere="medium"),
    )
    one, other = Draws(OPEN, 50, 2).table(), Draws(changed, 50, 2).table()
    same = ["mechanisms.leverage", "parameters.pace", "actors.OST.support", "actors.OST.sphere"]
    pd.testing.assert_frame_equal(one[same], other[same], check_exact=True)
    # with another range a value keeps its place in it
    place = [
        (table["mechanisms.contest"] - low) / width
        for table, low, width in ((one, -1, 2), (other, -0.1, 0.8))
    ]
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
            assert table[value.path].nunique() > 50  # a chain repeats some of its states


@pytest.mark.statistical
def test_no_two_values_are_tied_together() -> None:
    """Rank correlations of independent values have a standard deviation of 1 / sqrt(draws - 1)."""
    count = 400
    drawn = Draws(shipped(CRISES[0], "parameters.posterior=null"), count, seed=1)
    ranks = np.array(
        [drawn.quantity(value).argsort().argsort() for value in quantities(drawn.scenario)]
    )
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
    scenario = crisis(
        mechanisms(tie_drift=0, structural_balance=0),
        actor("SUD", ties={"OST": {"range": [0.2, 0.9]}}),
    )
    ensemble = ensemble_of(scenario, 30, 4, seed=9)
    drawn = ensemble.plan.drawn.table()["actors.SUD.ties.OST"].to_numpy()
    np.testing.assert_allclose(
        ensemble.outcomes["tie_SUD_OST"], drawn[np.arange(30) % 4], rtol=1e-6
    )
    assert len(set(drawn)) == 4


def test_draws_without_runs_are_nowhere_and_join_as_they_are_when_runs_are_added() -> None:
    few, many = (play(Plan(OPEN, runs, draws=50, seed=4)) for runs in (20, 120))
    pd.testing.assert_frame_equal(
        few.plan.drawn.table(), many.plan.drawn.table()[:20], check_exact=True
    )
    pd.testing.assert_frame_equal(few.outcomes, many.outcomes[:20], check_exact=True)
    by_draw = few.daily.by_draw()
    assert set(by_draw["draw"]) == set(range(20))
    assert (
        by_draw.loc[by_draw["day"] == 0, "fighting"].tolist() == [1.0] * 20
    )  # the challenger opens with an offensive


@pytest.mark.slow
def test_what_many_draws_take_grows_with_the_runs_alone() -> None:
    """A million draws of the values are never held at once, only those that are played."""
    plan = Plan(QUICK, runs=30, draws=1_000_000)
    tracemalloc.start()
    block = play_block(plan, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert block.daily.fighting.shape == (QUICK.horizon_days, 30)
    assert len(plan.drawn.table()) == 30
    assert plan.drawn.rows.shape == (30,)
    assert peak < 60e6


# Streams


def test_names_have_the_same_hash_in_every_process() -> None:
    assert stable_hash("AZE.rung") == 0xA42AA76C82A1AE30


def test_a_stream_gives_the_same_numbers_on_every_machine() -> None:
    expected = [0.9484229590440368, 0.15175950513922531, 0.7216775297588026]
    assert generator(1, 0, "AZE.rung").random(3).tolist() == expected


@pytest.mark.statistical
def test_streams_are_independent_of_one_another() -> None:
    """By name, by block and by seed: no two of 120 streams are correlated."""
    names = [
        f"{code}.{use}"
        for code in ("NOR", "SUD", "OST", "WES")
        for use in ("rung", "battle", "sign", "line", "x")
    ]
    size = 2000
    streams = [
        generator(seed, block, name).random(size)
        for seed in (1, 2)
        for block in (0, 1, 2)
        for name in names
    ]
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


@pytest.mark.statistical
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

    monkeypatch.setattr("sim.ensemble.ensemble.Streams", Noting)
    play(Plan(QUICK, 2 * BLOCK + 10, 5))
    assert taken == list(range(2 * BLOCK // LANE + 1))


# Blocks

QUICK = crisis({"horizon_days": 1})


def test_blocks_hold_every_run_once() -> None:
    for runs in (1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7):
        plan = Plan(QUICK, runs)
        numbers = np.concatenate([plan.runs_of(block) for block in plan.blocks])
        np.testing.assert_array_equal(numbers, np.arange(runs))


def test_a_block_that_fails_is_recorded_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
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
    from sim.scenario.models import with_paths

    endless = QUICK.parameters.model_copy(update={"war_cost": Quantity(low=1e308, high=1e308)})
    ensemble = play(Plan(with_paths(QUICK.model_copy(update={"parameters": endless})), 10))
    assert ensemble.done == 0 and "FloatingPointError" in ensemble.failures[0].reason


def test_what_was_finished_is_kept_when_interrupted() -> None:
    def stop(runs: int) -> None:
        raise KeyboardInterrupt

    ensemble = play(Plan(QUICK, 2 * BLOCK, 5), progress=stop)
    assert ensemble.interrupted and ensemble.done == BLOCK and not ensemble.failures
    np.testing.assert_array_equal(ensemble.outcomes["run"], np.arange(BLOCK))


def test_a_block_that_is_played_leaves_nothing_behind() -> None:
    """A fit plays thousands of worlds in one process, and Mesa remembers every model."""
    world = World(
        QUICK, RunValues(Draws(QUICK, 1, 1), np.zeros(4, dtype=np.int64)), Streams(1, 0, 4, 4)
    )
    world.play()
    state = weakref.ref(world.state)
    world.close()
    gc.collect()
    assert state() is None
