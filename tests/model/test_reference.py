"""The engine and a second writing of the model agree, run by run and day by day."""

from __future__ import annotations

from random import Random

import pytest
import yaml
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from worlds import CRISES, SCENARIOS

from sim.outcomes.columns import DAILY, RUN, columns
from sim.scenario import load
from validation.reference.compare import Difference, Setting, differences, engine, parted, reference
from validation.reference.generate import Generator


def report(found: list[Difference]) -> str:
    return "\n".join(map(str, found))


@pytest.mark.slow
@settings(max_examples=150, phases=[Phase.generate])  # a failing crisis takes minutes to shrink
@given(chance=st.randoms(use_true_random=False), seed=st.integers(0, 1000))
def test_generated_crises_are_played_alike(chance: Random, seed: int) -> None:
    generator = Generator(chance)
    form = generator.form()
    note(yaml.safe_dump(form))
    found = differences(Setting(generator.scenario(form), runs=4, draws=2, seed=seed, width=5))
    assert not found, report(found)


@pytest.mark.parametrize("crisis", [*CRISES[:2], pytest.param(CRISES[2], marks=pytest.mark.slow)])
def test_shipped_crises_are_played_alike(crisis: str) -> None:
    found = differences(
        Setting(load(SCENARIOS / f"{crisis}.yaml").scenario, runs=24, draws=24, width=24)
    )
    assert not found, report(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy", ["policies.TUR=force_challenger", "mechanisms.structural_balance=0.01"]
)
def test_shipped_crises_are_played_alike_when_values_are_set(policy: str) -> None:
    scenario = load(SCENARIOS / "autumn_2020.yaml", [policy]).scenario
    found = differences(Setting(scenario, runs=8, draws=8, seed=3, block=5, width=8))
    assert not found, report(found)


def test_every_declared_outcome_is_compared_and_other_luck_is_seen() -> None:
    scenario = load(SCENARIOS / "april_2016.yaml").scenario
    setting = Setting(scenario, runs=3, draws=3)
    played, daily = engine(setting)
    crisis, own = next(reference(setting))
    assert {column.name for column in columns(scenario)} <= {*own, *(column.name for column in RUN)}
    assert set(crisis.record.daily) == set(DAILY)
    assert not parted(scenario, played, daily, own, crisis.record.daily, run=0)
    crisis, other = next(reference(Setting(scenario, runs=3, draws=3, block=1)))
    apart = parted(scenario, played, daily, other, crisis.record.daily, run=0)
    assert apart is not None
    assert any(line.startswith("deaths_challenger: engine ") for line in apart.outcomes)
    assert any("deaths: engine " in line for line in apart.daily)
