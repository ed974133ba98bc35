"""Simulating conditions: side by side, from a store, and in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import QUICK
from worlds import SCENARIOS, crisis, shipped

from sim.arguments import controls, files, writer
from sim.arguments.comparison import compare, prepare
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.engine.streams import Streams
from sim.ensemble.blocks import Store, decode_outcomes, encode_outcomes
from sim.ensemble.ensemble import LANE, Plan, play_runs
from sim.ensemble.executors import here, processes
from sim.ensemble.variants import NumberedStreams, play_side_by_side, segments, variants_of

SMALL = replace(QUICK, quick=False)


@pytest.mark.slow
def test_variants_side_by_side_come_out_as_alone() -> None:
    """They differ in mechanisms, in other values and in policies, also of one party alone."""
    base = shipped("autumn_2020")
    some = [control.applied(base.mechanisms) for control in controls.singles(base)[:2]]
    scenarios = [
        base,
        *(base.model_copy(update={"mechanisms": mechanisms}) for mechanisms in some),
        shipped("autumn_2020", "policies.RUS=mediate"),
        shipped("autumn_2020", "policies.RUS=arms_defender", "policies.TUR=aside"),
        shipped("autumn_2020", "actors.AZE.strength=1", "actors.TUR.stance=aside"),
        shipped("autumn_2020", "conflict.opening=skirmish"),
    ]
    assert len({Condition(scenario).frame for scenario in scenarios}) == 1
    together = play_side_by_side(Plan(base, 40, 8, 3), variants_of(scenarios))
    for scenario, rows_of_one in zip(scenarios, segments(40, len(scenarios)), strict=True):
        alone, _ = play_runs(Plan(scenario, 40, 8, 3), 0)
        found = together.iloc[rows_of_one].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, alone, check_exact=True)


def test_conditions_with_other_events_or_stated_values_are_not_played_side_by_side() -> None:
    frames = {
        Condition(shipped("autumn_2020", *changes)).frame
        for changes in (
            [],
            ["actors.TUR.supplies=null"],
            ["actors.TUR.seat=true"],
            ["horizon_days=30"],
            ["parameters.posterior=null"],
        )
    }
    assert len(frames) == 5


def test_outcomes_survive_packing() -> None:
    outcomes, _ = play_runs(Plan(crisis(), 8, 4, 1), 0)
    first, second = encode_outcomes(outcomes, segments(4, 2))
    found = pd.concat([decode_outcomes(part, set(outcomes)).table() for part in (first, second)])
    pd.testing.assert_frame_equal(found[list(outcomes)].reset_index(drop=True), outcomes)
    assert encode_outcomes(outcomes.iloc[:4], [slice(4)]) == [first]
    with pytest.raises(ValueError, match="damaged"):
        decode_outcomes(first[:-1], set(outcomes))


def task() -> Any:
    """Return one claim of a shipped argument for small comparisons."""
    argument = files.read(SCENARIOS / "hypotheses" / "golts.yaml")
    first = argument.stated.model_copy(update={"claims": argument.stated.claims[:1]})
    return prepare([replace(argument, stated=first)], [])


def rows(done: Any) -> pd.DataFrame:
    return pd.DataFrame([writer._row(found) for found in done.judged])


def backwards(attempt: Any, plan: Any, jobs: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    yield from here(attempt, plan, jobs[::-1])


@pytest.mark.slow
def test_verdicts_do_not_depend_on_where_and_in_which_order_runs_are_played(tmp_path: Path) -> None:
    what, found = task(), []
    for engine in (here, backwards):
        runner = ExperimentRunner(engine, Store.below(None), 1, SMALL.draws, what.columns)
        found.append(rows(compare(what, runner, SMALL, lambda name: None)))
    with processes(2) as engine:
        runner = ExperimentRunner(engine, Store.below(tmp_path), 1, SMALL.draws, what.columns)
        found.append(rows(compare(what, runner, SMALL, lambda name: None)))
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])


@pytest.mark.slow
def test_an_interrupted_comparison_goes_on_where_it_stopped(tmp_path: Path) -> None:
    what, store, counted = task(), Store.below(tmp_path), [0]

    def counting(attempt: Any, plan: Any, jobs: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        for job in jobs:
            counted[0] += 1
            yield from here(attempt, plan, [job])

    def interrupted(attempt: Any, plan: Any, jobs: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        yield from here(attempt, plan, jobs[:1])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(
            what, ExperimentRunner(interrupted, store, 1, 8, what.columns), SMALL, lambda name: None
        )
    whole = compare(
        what,
        ExperimentRunner(counting, Store.below(None), 1, 8, what.columns),
        SMALL,
        lambda name: None,
    )
    in_full, counted[0] = counted[0], 0
    rest = compare(
        what, ExperimentRunner(counting, store, 1, 8, what.columns), SMALL, lambda name: None
    )
    assert counted[0] == in_full - 1
    pd.testing.assert_frame_equal(rows(whole), rows(rest))
    counted[0] = 0
    compare(what, ExperimentRunner(counting, store, 1, 8, what.columns), SMALL, lambda name: None)
    assert counted[0] == 0


def test_more_runs_are_added_to_those_that_a_condition_has(tmp_path: Path) -> None:
    """They come out as in one simulation, from the engine and from the store."""
    played: list[Any] = []

    def noting(attempt: Any, plan: Any, jobs: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        played.extend(jobs)
        yield from here(attempt, plan, jobs)

    scenarios = [crisis(), crisis({"mechanisms": {"contest": 0}})]
    conditions = [Condition(scenario) for scenario in scenarios]
    alone = [play_runs(Plan(scenario, 20, 8, 1), 0)[0] for scenario in scenarios]
    columns = frozenset(alone[0])
    for _ in range(2):  # simulated, and read again
        runner = ExperimentRunner(noting, Store.below(tmp_path), 1, 8, columns)
        for runs in (4, 16, 20, 8):
            runner.play([Order(condition, runs) for condition in conditions])
        for condition, whole in zip(conditions, alone, strict=True):
            found = runner.table(condition, 20)[list(whole)]
            pd.testing.assert_frame_equal(found, whole, check_exact=True)
            assert len(runner.table(condition, 8)) == 8
        assert [job.total for job in played] == [8, 24, 8]


def test_added_runs_use_the_random_numbers_of_their_own_lanes() -> None:
    whole = Streams(3, 0, LANE, 3 * LANE).uniform("deaths")
    numbers = np.tile(np.arange(LANE + 5, 2 * LANE + 3), 2)
    streams = NumberedStreams(3, numbers)
    assert (streams.uniform("deaths") == whole[numbers]).all()
    whole = Streams(3, 0, LANE, 3 * LANE).uniform("truce")
    kept = np.array([0, 7, LANE - 1, LANE + 40])
    streams.keep(kept)
    assert (streams.uniform("truce") == whole[numbers[kept]]).all()


def test_equal_conditions_are_played_once() -> None:
    counted: list[Any] = []

    def counting(attempt: Any, plan: Any, jobs: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
        counted.extend(jobs)
        yield from here(attempt, plan, jobs)

    runner = ExperimentRunner(counting, Store.below(None), 1, 8, frozenset({"peak_level"}))
    scenario = crisis()
    same = [Condition(scenario), Condition(crisis({"title": "Another title"})), Condition(scenario)]
    runner.play([Order(condition, 16) for condition in same])
    runner.play([Order(condition, 16) for condition in same])
    assert len(counted) == 1
