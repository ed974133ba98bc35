"""Calibration: fits that are right pass, fits that are broken fail, and what was off is not
found.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from worlds import ALONE, crisis, mechanisms, parameters

from sim import charts
from sim.ensemble.executors import here
from sim.fitting import Settings
from sim.fitting.calibration import (
    FEWEST,
    OfCrises,
    World,
    Worlds,
    calibrate,
    is_detected,
    off_share,
    truths,
    write,
)
from sim.fitting.likelihood import Crisis, DrawSimulator
from sim.fitting.ranks import RANKED, is_calibrated, p_value
from sim.fitting.sampler import Likelihood
from sim.fitting.space import Space
from sim.io.errors import UsageError
from sim.record.targets import Relative, Target
from sim.scenario import Quantity

WORLDS = 600
TOY = Settings(particles=100, moves=4)


@dataclass(frozen=True)
class Toy:
    """Three values, of which the first two are seen with an error; what the fit takes for the error
    may be wrong.
    """

    error: float = 0.4
    taken_for: float = 0.4
    shifted: float = 0.0
    blind: bool = False
    noise: float = 0.5

    @property
    def names(self) -> tuple[str, ...]:
        return ("a", "b", "c")

    def world(self, truth: np.ndarray, seed: int) -> Likelihood:
        random = np.random.default_rng(seed)
        seen = truth[:2] + self.error * random.standard_normal(2) + self.shifted

        def likelihood(scores: np.ndarray, seed: int) -> np.ndarray:
            error = self.noise * np.random.default_rng(seed).standard_normal(len(scores))
            exact = -0.5 * (((scores[:, :2] - seen) / self.taken_for) ** 2).sum(axis=1)
            return (0.0 if self.blind else exact) + error

        return likelihood


def ranks(toy: Toy, worlds: int = WORLDS) -> np.ndarray:
    simulated = Worlds(toy, TOY, lambda scores: scores)
    return np.array(
        [
            simulated.fitted(World(number, truth)).ranks
            for number, truth in enumerate(truths(3, worlds, 1))
        ]
    )


@pytest.mark.slow
@pytest.mark.statistical
def test_a_fit_that_is_right_passes_also_where_its_likelihood_is_estimated() -> None:
    found = ranks(Toy())
    assert found.shape == (WORLDS, 4) and found.min() >= 0 and found.max() <= RANKED
    assert is_calibrated(found)


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize(
    "broken",
    [Toy(taken_for=0.15), Toy(taken_for=1.5), Toy(shifted=0.4)],
    ids=["too sure", "too unsure", "read wrongly"],
)
def test_a_fit_with_a_broken_likelihood_fails(broken: Toy) -> None:
    assert not is_calibrated(ranks(broken, 200))


@pytest.mark.slow
@pytest.mark.statistical
def test_a_fit_that_ignores_the_record_fails_by_the_likelihood_alone() -> None:
    """It returns the prior, in which true values of the prior have uniform ranks."""

    @dataclass(frozen=True)
    class Blind(Toy):
        def world(self, truth: np.ndarray, seed: int) -> Likelihood:
            true = super().world(truth, seed)
            # The sampler asks for as many as it has particles, the ranking for the truth and its
            # draws.
            return lambda scores, seed: (
                true(scores, seed) if len(scores) == RANKED + 1 else np.zeros(len(scores))
            )

    found = ranks(Blind(noise=0.0))
    assert not is_calibrated(found)
    assert min(p_value(column) for column in found[:, :-1].T) > 0.01


@pytest.mark.slow
@pytest.mark.statistical
def test_uniform_ranks_pass_as_often_as_they_should() -> None:
    random = np.random.default_rng(5)
    passed = [is_calibrated(random.integers(0, RANKED + 1, (100, 8))) for _ in range(300)]
    assert 0.9 < np.mean(passed) < 0.99
    assert p_value(np.repeat(np.arange(RANKED + 1), 10)) == 1.0
    assert p_value(np.zeros(40, dtype=int)) < 1e-4


# Mechanisms that are off


def test_off_is_where_a_mechanism_is_zero() -> None:
    assert off_share(Quantity(low=0, high=2, path="mechanisms.spoiler")) == 0
    assert off_share(Quantity(low=-1, high=3, path="mechanisms.contest")) == 0.25
    assert off_share(Quantity(low=0.1, high=2, path="mechanisms.x")) is None
    assert off_share(Quantity(low=0.1, high=2, scale="log", path="mechanisms.leverage")) is None
    assert off_share(Quantity(low=0, high=2, path="parameters.optimism")) is None


def test_found_is_what_lies_far_from_off() -> None:
    assert is_detected(np.array([0.55, 0.9]), 0.0)
    assert not is_detected(np.array([0.45, 0.95]), 0.0) and not is_detected(
        np.array([0.05, 0.95]), 0.0
    )
    assert is_detected(np.array([0.05, 0.2]), 0.5) and is_detected(np.array([0.8, 0.9]), 0.5)
    assert not is_detected(np.array([0.05, 0.3]), 0.5) and not is_detected(
        np.array([0.3, 0.6]), 0.5
    )


@pytest.mark.statistical
def test_few_weak_mechanisms_are_found_and_strong_ones_are_where_the_record_shows_them() -> None:
    """Of a fit that is right, seen through errors from next to none to so large that nothing is
    known.
    """
    random = np.random.default_rng(7)
    shares, found = random.random(3000), np.zeros(3000, dtype=bool)
    grid = np.linspace(0.0, 1.0, 400)
    for world, (share, error) in enumerate(
        zip(shares, random.choice([0.05, 0.2, 1.0], 3000), strict=True)
    ):
        seen = share + error * random.standard_normal()
        mass = np.cumsum(np.exp(-0.5 * ((grid - seen) / error) ** 2))
        found[world] = is_detected(np.interp([0.05, 0.95], mass / mass[-1], grid), 0.0)
    assert found[shares < 0.5].mean() < 0.1
    assert found[shares > 0.8].mean() > 0.5


# Simulated crises


OPEN = crisis(
    ALONE,
    parameters(lethality={"range": [50, 200], "scale": "log"}),
    mechanisms(learning={"range": [0, 2]}),
    {"horizon_days": 10},
)
DEATHS = Target(
    "invented",
    "deaths",
    "f",
    "-",
    "deaths",
    ("deaths_challenger", "deaths_defender"),
    None,
    9.0,
    Relative(5.0, 0.2),
)
SMALL = Settings(particles=24, replicates=5, moves=2, chains=1)


@pytest.mark.slow
def test_simulated_crises_are_fitted_kept_and_drawn(tmp_path: Path) -> None:
    crises, told = [Crisis(OPEN, (DEATHS,))], []
    said = calibrate(crises, SMALL, 4, here, tmp_path, told.append)
    off = next(row for row in said["off"] if row["name"].startswith("mechanisms.learning"))
    assert off["worlds"] == 1 and off["found"] == 0 and off["with_it"] == 4
    assert said["calibrated"] is None and FEWEST > 4  # too few to say
    assert [len(quantity["ranks"]) for quantity in said["quantities"]] == [4] * len(
        said["quantities"]
    )
    assert said["quantities"][-1]["name"] == "likelihood of the truth"
    (kept,) = tmp_path.glob(".fits/*-worlds")
    files = {file.name: file.stat().st_mtime_ns for file in kept.iterdir()}
    assert calibrate(crises, SMALL, 4, here, tmp_path) == said
    assert files == {file.name: file.stat().st_mtime_ns for file in kept.iterdir()}
    folder = write(said, crises, SMALL, tmp_path)
    written = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    assert written == {**said, "files": ["calibration.json"]}
    assert charts.draw_calibration(folder).is_file()


@dataclass(frozen=True)
class Misread(OfCrises):
    """Worlds whose records are simulated with one error, and fitted as if they had another."""

    taken_for: float = 0.2

    def world(self, truth: np.ndarray, seed: int) -> Likelihood:
        (right,) = self.simulated(truth, seed)
        targets = tuple(
            replace(target, kernel=Relative(5.0, self.taken_for)) for target in right.targets
        )
        return DrawSimulator(
            (Crisis(right.scenario, targets),), self.space, self.replicates, self.executor
        ).log_likelihood


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize("taken_for", [0.2, 1.0])
def test_crises_fitted_with_their_own_error_pass_and_with_another_fail(taken_for: float) -> None:
    space, settings = Space.of([OPEN]), Settings(particles=60, replicates=20, moves=4)
    worlds = Worlds(
        Misread((Crisis(OPEN, (DEATHS,)),), space, 20, here, taken_for), settings, space.shares
    )
    found = [
        worlds.fitted(World(number, truth)).ranks for number, truth in enumerate(truths(2, 40, 1))
    ]
    assert is_calibrated(np.array(found)) == (taken_for == 0.2)


def test_too_few_particles_cannot_be_ranked() -> None:
    with pytest.raises(UsageError, match="at least 20 particles"):
        calibrate([Crisis(OPEN, (DEATHS,))], Settings(particles=12), 2, here)
