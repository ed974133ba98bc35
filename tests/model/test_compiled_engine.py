"""Compiled days against those of NumPy: the same rules, run by run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest

from sim.engine import compiled
from sim.engine.recorder import Record
from sim.engine.streams import Streams, generator
from sim.engine.world import World
from sim.ensemble.code import code_digest, installed
from sim.ensemble.ensemble import LANE, Plan, play_block, play_runs, world_of_run
from sim.ensemble.variants import play_variants, variants_of
from sim.io.errors import UsageError
from sim.scenario import load
from validation.reference.__main__ import setting_of
from validation.reference.compare import TOLERANCE, Setting

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LEAST_EQUAL = 0.998
"""Share of runs that must have the same course in single precision; rounding decides the others."""
RUNS = 1000

pytest.importorskip("numba")


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Return a function that chooses the engine by its name."""
    yield lambda name: monkeypatch.setenv(compiled.VARIABLE, name)


def recorded(setting: Setting) -> Record:
    """Return what the chosen engine records of a setting in double precision."""
    world = World(setting.scenario, setting.values, setting.streams)
    record = world.play().record
    world.close()
    return record


def side_by_side(plan: Plan) -> None:
    """Simulate a scenario as its only variant, as comparisons and fits do."""
    play_variants(plan, variants_of([plan.scenario]), runs=range(plan.runs))


def agree(first: np.ndarray, second: np.ndarray) -> bool:
    if np.issubdtype(first.dtype, np.floating):
        return bool(np.allclose(first, second, rtol=TOLERANCE, atol=TOLERANCE))
    return bool((first == second).all())


def differences(first: Record, second: Record) -> list[str]:
    """Return the quantities in which two records differ."""
    return [
        name
        for name in (*first.daily, *first.outcomes)
        if not agree((first.daily | first.outcomes)[name], (second.daily | second.outcomes)[name])
    ]


@pytest.mark.slow
@pytest.mark.parametrize("number", [6, 17, 33])
def test_generated_scenarios_agree_run_by_run_in_double_precision(number, choose):
    """Together they have stances by events, embargoes, dated calls, policies, treaties and balance.

    All are of one size, because each size is compiled for itself.
    """
    setting = setting_of(number)
    choose(compiled.NUMPY)
    expected = recorded(setting)
    choose(compiled.COMPILED)
    assert differences(expected, recorded(setting)) == []


@pytest.mark.slow
def test_other_random_numbers_are_found(choose):
    """The comparison is sharp: it does not pass between runs that differ."""
    setting = setting_of(6)
    choose(compiled.COMPILED)
    changed = replace(setting, seed=setting.seed + 1)
    assert differences(recorded(setting), recorded(changed))


@pytest.mark.slow
@pytest.mark.parametrize("crisis", ["april_2016", "autumn_2020"])
def test_a_shipped_crisis_has_the_same_course_in_nearly_all_runs(crisis, choose):
    plan = Plan(load(SCENARIOS / f"{crisis}.yaml").scenario, runs=RUNS)
    choose(compiled.NUMPY)
    expected, by_day = play_runs(plan, 0)
    choose(compiled.COMPILED)
    found, _ = play_runs(plan, 0)
    course = ["first_stop_day", "duration_days", "ending", "truces", "offers", "peak_level"]
    equal = (expected[course] == found[course]).all(axis=1)
    assert equal.mean() >= LEAST_EQUAL
    assert by_day.daily["level"].shape == (plan.scenario.horizon_days, RUNS)
    deaths = [table.loc[equal, "deaths_defender"] for table in (expected, found)]
    assert np.allclose(*deaths, rtol=2e-3)


@pytest.mark.slow
def test_runs_do_not_depend_on_how_many_there_are(choose):
    """Records are simulated a few hundred at once; a run is the same in every company."""
    choose(compiled.COMPILED)
    scenario = load(SCENARIOS / "april_2016.yaml").scenario
    many = play_runs(Plan(scenario, runs=compiled.RUNS_AT_ONCE + 40), 0)[0]
    few = play_runs(Plan(scenario, runs=150), 0)[0]
    assert many.iloc[:150].equals(few)


@pytest.mark.slow
def test_a_run_alone_is_the_same_as_in_its_block(choose):
    choose(compiled.COMPILED)
    plan = Plan(load(SCENARIOS / "april_2016.yaml").scenario, runs=150)
    table = play_runs(plan, 0)[0]
    alone = world_of_run(plan, 97).play().record.outcomes
    assert alone["duration_days"][0] == table["duration_days"].iloc[97]
    assert alone["deaths_defender"][0] == table["deaths_defender"].iloc[97]


@pytest.mark.slow
def test_random_numbers_are_those_of_numpy():
    from sim.engine.compiled.numbers import draw_days, state_of

    names = ("battle", "review", "deaths")
    numbers = np.empty((5, 64, len(names)), dtype=np.float32)
    draw_days(np.array([state_of(generator(7, 2, name)) for name in names]), numbers)
    streams = Streams(7, 2, 64, 64)
    for stream, name in enumerate(names):
        expected = np.stack([streams.uniform(name) for _ in range(5)])
        assert (numbers[:, :, stream] == expected).all()


def test_blocks_of_both_engines_have_different_names(choose):
    plan = Plan(load(SCENARIOS / "april_2016.yaml").scenario, runs=20)
    choose(compiled.NUMPY)
    key, code, digest = plan.key(0), installed(), code_digest()
    choose(compiled.COMPILED)
    plan = replace(plan)  # without the digest that it has kept
    assert plan.key(0) != key
    assert code_digest() != digest
    (difference,) = installed().differences(code)
    assert difference.startswith("engine compiled by numba")


@pytest.mark.parametrize("play", [lambda plan: play_runs(plan, 0), side_by_side])
def test_ensembles_and_variants_are_simulated_by_the_chosen_engine(play, choose, monkeypatch):
    """A comparison and a fit simulate variants side by side."""
    asked = []
    monkeypatch.setattr(compiled, "play", lambda world: asked.append(world.state.runs))
    for engine in (compiled.NUMPY, compiled.COMPILED):
        choose(engine)
        play(Plan(load(SCENARIOS / "april_2016.yaml").scenario, runs=6))
    assert asked == [6]


@pytest.mark.slow
def test_variants_of_many_runs_are_those_of_each_alone(choose):
    """More runs than a lane of random numbers has, so that lanes take turns."""
    choose(compiled.COMPILED)
    given = ["horizon_days=10"], ["horizon_days=10", "parameters.war_cost=0.01"]
    scenarios = [load(SCENARIOS / "april_2016.yaml", sets).scenario for sets in given]
    runs = range(LANE + 300)
    plan = Plan(scenarios[0], runs=len(runs))
    together = play_variants(plan, variants_of(scenarios), runs=runs)[0]
    for number, scenario in enumerate(scenarios):
        alone = play_runs(replace(plan, scenario=scenario), 0)[0]
        part = together.iloc[number * len(runs) :][: len(runs)].reset_index(drop=True)
        assert part.equals(alone)


def test_an_unknown_engine_is_refused(choose):
    choose("fortran")
    with pytest.raises(UsageError, match="DEMARCHE_ENGINE is 'fortran'; allowed: numpy, compiled"):
        play_block(Plan(load(SCENARIOS / "april_2016.yaml").scenario, runs=2), 0)


def test_without_numba_the_message_says_what_to_install(choose, monkeypatch):
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(compiled, "version", missing)
    choose(compiled.COMPILED)
    with pytest.raises(UsageError, match="install it with: pip install numba"):
        compiled.is_chosen()


def test_numpy_alone_needs_no_numba(choose, monkeypatch):
    choose(compiled.NUMPY)
    monkeypatch.setitem(sys.modules, "numba", None)
    assert len(play_runs(Plan(load(SCENARIOS / "april_2016.yaml").scenario, runs=5), 0)[0]) == 5
