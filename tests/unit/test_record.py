"""The record as targets: what is a target, how it is measured, and how far a run may miss it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import SCENARIOS, crisis, ensemble_of, outcomes_of, shipped

from sim.evidence import Fact, load_folder, read
from sim.io.errors import InputError
from sim.record.targets import Kernel, Relative, Step, Target, YesNo, crises, targets

SEEDS = SCENARIOS.parent / "seeds"


@pytest.fixture(scope="module")
def record() -> tuple[Fact, ...]:
    return load_folder(SEEDS).facts


def target(record: tuple[Fact, ...], crisis: str, name: str) -> Target:
    return next(target for target in targets(record, crisis) if target.name == name)


# Kernels


def total(kernel: Kernel, simulated: float) -> float:
    """Return the sum or integral of a kernel over all that the record could say."""
    if isinstance(kernel, YesNo):
        places, width = np.array([0.0, 1.0]), np.ones(2)
    elif isinstance(kernel, Step):
        places = np.arange(200.0 if kernel.top is None else kernel.top + 1.0)
        width = np.ones_like(places)
    else:
        scale = np.linspace(-12, 12, 20_001)
        places = kernel.smallest * np.sinh(scale)
        width = np.gradient(places)
    there = [kernel.log_density(np.array([simulated]), place)[0] for place in places]
    return float((np.exp(there) * width).sum())


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [Relative(5.0, 0.3), Step(0.3), Step(0.3, 4), YesNo(0.1)])
@pytest.mark.parametrize("simulated", [0.0, 1.0, 3.0])
def test_a_kernel_is_a_density_over_what_the_record_could_say(
    kernel: Kernel, simulated: float
) -> None:
    simulated = min(simulated, 1.0) if isinstance(kernel, YesNo) else simulated
    assert total(kernel, simulated) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("kernel", [Relative(5.0, 0.3), Step(0.3), Step(0.3, 4), YesNo(0.1)])
def test_what_a_kernel_samples_is_spread_as_it_says(kernel: Kernel) -> None:
    """Shares of samples below a value against the integral of the density up to it."""
    size, simulated = 20_000, 1.0
    drawn = kernel.sample(np.full(size, simulated), np.random.default_rng(1))
    if isinstance(kernel, Relative):
        z = (kernel.scaled(drawn) - kernel.scaled(np.array(simulated))) / kernel.error
        assert abs(z.mean()) < 5 / math.sqrt(size) and z.std() == pytest.approx(1, abs=0.03)
        return
    for value in np.unique(drawn)[:4]:
        chance = math.exp(kernel.log_density(np.array([simulated]), value)[0])
        assert (drawn == value).mean() == pytest.approx(chance, abs=5 * math.sqrt(chance / size))


@pytest.mark.parametrize("kernel", [Relative(1.0, 0.3), Step(0.3), Step(0.3, 4)])
def test_the_nearest_run_is_the_likeliest(kernel: Kernel) -> None:
    density = kernel.log_density(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), 2.0)
    assert density.argmax() == 2
    assert (np.diff(density[:3]) > 0).all() and (np.diff(density[2:]) < 0).all()


# Targets


def test_three_crises_have_targets_and_nothing_after_them(record: tuple[Fact, ...]) -> None:
    assert crises(record) == ("april_2016", "july_2020", "autumn_2020")
    assert all(fact.date is None or fact.date.year <= 2020 for fact in record)


def test_targets_say_what_the_record_says(record: tuple[Fact, ...]) -> None:
    assert target(record, "april_2016", "duration").observed == 3.5
    assert target(record, "april_2016", "territory").observed == pytest.approx(0.0012)
    assert target(record, "july_2020", "deaths").observed == 18
    assert target(record, "autumn_2020", "territory_after_cession").observed == pytest.approx(0.724)
    assert target(record, "autumn_2020", "broker_RUS").observed == 1
    assert target(record, "autumn_2020", "support_RUS_ARM").observed == 0
    assert "broker_RUS" not in {target.name for target in targets(record, "july_2020")}


@pytest.mark.slow
def test_every_target_is_measured_in_its_crisis(record: tuple[Fact, ...]) -> None:
    for name in crises(record):
        outcomes = outcomes_of(shipped(name), 60, 60)
        for one in targets(record, name):
            assert one.is_measured(outcomes), one.name
            assert np.isfinite(one.measured(outcomes)).all()
            assert np.isfinite(one.log_density(outcomes)).all(), one.name


def test_sums_and_codes_are_measured(record: tuple[Fact, ...]) -> None:
    table = pd.DataFrame(
        {"deaths_challenger": [1.0, 2.0], "deaths_defender": [3.0, 4.0], "broker": ["RUS", "none"]}
    )
    assert target(record, "april_2016", "deaths").measured(table).tolist() == [4.0, 6.0]
    assert target(record, "april_2016", "broker_RUS").measured(table).tolist() == [1.0, 0.0]
    assert not target(record, "april_2016", "duration").is_measured(table)


def test_a_surer_fact_has_a_narrower_kernel(record: tuple[Fact, ...]) -> None:
    sure, unsure = target(record, "july_2020", "deaths"), target(record, "april_2016", "deaths")
    assert isinstance(sure.kernel, Relative) and isinstance(unsure.kernel, Relative)
    assert sure.kernel.error < unsure.kernel.error


def test_an_unknown_crisis_is_named_with_the_nearest(record: tuple[Fact, ...]) -> None:
    with pytest.raises(InputError, match=r"april_2061.*did you mean april_2016.*july_2020"):
        targets(record, "april_2061")


# Facts that state a measurement


FACT = "kind: record\nfacts:\n  - {id: record-x-a, crisis: x, says: It was., confidence: high, source: me, "


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        (
            "value: true, measurement: {target: a, columns: [b], kind: size}}",
            "no value for a measurement of kind size",
        ),
        (
            "value: 3, measurement: {target: a, columns: [b], kind: code}}",
            "no value for a measurement of kind code",
        ),
        (
            "value: maybe, measurement: {target: a, columns: [b], kind: flag}}",
            "no value for a measurement of kind flag",
        ),
        ("value: 3, measurement: {target: a, columns: [b], kind: weight}}", "allowed: 'size'"),
        ("value: 3, measurement: {target: a, columns: [], kind: size}}", "columns: empty"),
        (
            "value: 3, measurement: {target: a, columns: [b], kind: size, add: record-x-b}}",
            "did you mean record-x-a",
        ),
    ],
)
def test_a_measurement_that_cannot_be_read_is_a_fault(
    tmp_path: Path, rest: str, message: str
) -> None:
    path = tmp_path / "record.yaml"
    path.write_text(FACT + rest + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert caught.value.faults[0].line == 3


# The course of the ground


def test_ground_is_kept_at_the_dawn_of_the_days_asked_for() -> None:
    ensemble = ensemble_of(crisis({"course_days": [1, 4, 30]}), 20)
    paths = ensemble.daily.arrays()["paths territory_fought"]
    for day in (1, 4, 30):
        np.testing.assert_array_equal(ensemble.outcomes[f"territory_day_{day}"], paths[day - 1])
    np.testing.assert_array_equal(
        ensemble.outcomes["territory_day_30"], ensemble.outcomes["territory_fought"]
    )
