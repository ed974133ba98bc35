"""Chance and parameter uncertainty are told apart, and figures have the digits they support."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sim.outcomes.chance import Array, Scale, draw_scores, shrunk_medians
from sim.outcomes.numbers import percent
from sim.outcomes.precision import bootstrap_error, mean_error, median_error, resolution
from sim.outcomes.summary import Measure, probability
from sim.outcomes.summary import _spread as spread

World = Callable[[np.random.Generator, int], tuple[Array, Callable[[Array], Array]]]
"""Median of each draw, and the runs with a standard normal error."""


def constant(random: np.random.Generator, draws: int) -> tuple[Array, Callable[[Array], Array]]:
    return np.ones(draws), np.exp


def normal(random: np.random.Generator, draws: int) -> tuple[Array, Callable[[Array], Array]]:
    medians = random.normal(0, 0.5, draws)
    return medians, lambda noise: medians[:, None] + noise


def lognormal(random: np.random.Generator, draws: int) -> tuple[Array, Callable[[Array], Array]]:
    medians = np.exp(random.normal(0, 1, draws))
    return medians, lambda noise: medians[:, None] * np.exp(noise)


def two_points(random: np.random.Generator, draws: int) -> tuple[Array, Callable[[Array], Array]]:
    medians = np.where(random.permutation(draws) < draws // 2, -1.0, 1.0)
    return medians, lambda noise: medians[:, None] + noise


def skewed(random: np.random.Generator, draws: int) -> tuple[Array, Callable[[Array], Array]]:
    medians = random.normal(0, 0.6, draws)
    return medians, lambda noise: medians[:, None] + np.exp(noise) - 1.0


def simulated(world: World, seed: int, draws: int, replicates: int) -> tuple[Array, Array, Array]:
    """Return the medians of draws, the values of their runs and the draws of the runs."""
    random = np.random.default_rng(seed)
    medians, runs = world(random, draws)
    values = runs(random.standard_normal((draws, replicates)))
    return medians, values.ravel(), np.repeat(np.arange(draws), replicates)


def coverage(world: World, draws: int, replicates: int, seeds: int = 40) -> float:
    """Return the mean share of draws whose median is in the interval of the parameters."""
    hits = []
    for seed in range(seeds):
        medians, values, draw = simulated(world, seed, draws, replicates)
        low, high = spread(values, draw)[1][0] or (np.nan, np.nan)
        hits.append(((low <= medians) & (medians <= high)).mean())
    return float(np.mean(hits))


@pytest.mark.statistical
@pytest.mark.parametrize("world", [normal, lognormal, skewed])
def test_the_interval_of_the_draws_covers_the_middle_80_percent(world: World) -> None:
    assert 0.78 <= coverage(world, draws=125, replicates=16) <= 0.82
    assert 0.78 <= coverage(world, draws=50, replicates=40) <= 0.82
    assert 0.70 <= coverage(world, draws=400, replicates=5) <= 0.90


@pytest.mark.statistical
@pytest.mark.parametrize(("draws", "replicates"), [(125, 16), (400, 5)])
def test_draws_at_two_points_give_ends_near_them(draws: int, replicates: int) -> None:
    _, values, draw = simulated(two_points, 1, draws, replicates)
    low, high = spread(values, draw)[1][0] or (np.nan, np.nan)
    assert -1.45 < low < -1 < 1 < high < 1.45


@pytest.mark.statistical
def test_draws_that_do_not_differ_have_close_ends() -> None:
    """Before noise is removed, the ends are a factor 2.1 apart."""
    ratios = []
    for seed in range(40):
        _, values, draw = simulated(constant, seed, 125, 16)
        low, high = spread(values, draw)[1][0] or (np.nan, np.nan)
        ratios.append(high / low)
    assert np.median(ratios) < 1.15 and max(ratios) < 1.6
    raw = [np.median(values[draw == number]) for number in range(125)]
    assert np.divide(*np.quantile(raw, [0.9, 0.1])) > 1.9


@pytest.mark.statistical
@pytest.mark.parametrize(("draws", "replicates"), [(400, 5), (300, 6), (125, 16)])
def test_chance_is_the_middle_80_percent_of_a_typical_draw(draws: int, replicates: int) -> None:
    ends = []
    for seed in range(20):
        _, values, draw = simulated(normal, seed, draws, replicates)
        ends.append(spread(values, draw)[0][0] or (np.nan, np.nan))
    assert np.mean(ends, axis=0) == pytest.approx([-1.2816, 1.2816], abs=0.06)


def test_values_that_many_runs_share_stay_themselves() -> None:
    values = np.array([0.0] * 12 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    draw = np.repeat([0, 1, 2, 3], 5)
    found = shrunk_medians(values, draw)
    assert found is not None
    assert found[:2].tolist() == [0.0, 0.0]
    assert found[3] > 4


def test_an_unequal_number_of_replicates_is_no_trouble() -> None:
    random = np.random.default_rng(1)
    draw = np.concatenate([np.repeat([0, 1], 7), np.repeat([2, 5], 6)])
    scores = random.standard_normal(len(draw))
    found = draw_scores(scores, draw)
    assert found.median == pytest.approx([np.median(scores[draw == d]) for d in (0, 1, 2, 5)])
    assert (found.low < found.median).all() and (found.median < found.high).all()
    assert (found.noise > 0).all()


@pytest.mark.statistical
@pytest.mark.parametrize("replicates", [5, 6, 16, 33])
def test_the_noise_of_a_median_is_known(replicates: int) -> None:
    scores = np.random.default_rng(replicates).standard_normal((4000, replicates))
    found = draw_scores(scores.ravel(), np.repeat(np.arange(4000), replicates))
    assert found.noise.mean() == pytest.approx(np.median(scores, axis=1).var(), rel=0.08)


def test_a_scale_goes_there_and_back() -> None:
    values = np.random.default_rng(1).exponential(1.0, 300)
    scale = Scale.of(values)
    np.testing.assert_allclose(scale.values(scale.scores(values)), values, rtol=1e-4)


# Monte Carlo errors


@pytest.mark.statistical
def test_errors_are_those_of_repeated_ensembles() -> None:
    """Draws are the unit: errors from runs alone would be three times too small."""
    means, medians, ends = [], [], []
    for seed in range(150):
        _, values, draw = simulated(lognormal, seed, 60, 20)
        hits = (values > 2.0).astype(float)
        line = probability(hits, draw)
        parameters = spread(values, draw)[1]
        means.append((line.value, line.error))
        medians.append((np.median(values), median_error(values, draw)))
        ends.append((parameters[0][0], parameters[1][0]))  # type: ignore[index]
    for pairs, tolerance in ((means, 0.15), (medians, 0.2), (ends, 0.25)):
        figures, errors = np.array(pairs, dtype=float).T
        assert errors.mean() == pytest.approx(figures.std(), rel=tolerance)


def test_a_single_draw_has_the_error_of_chance_and_a_single_run_none() -> None:
    zeros = np.zeros(4, dtype=np.int64)
    assert mean_error(np.array([0.0, 0.0, 1.0, 1.0]), zeros) == pytest.approx(0.5 / np.sqrt(3))
    assert np.isnan(mean_error(np.zeros(1), zeros[:1]))
    assert np.isnan(median_error(np.zeros(1), zeros[:1]))


def test_numbers_of_draws_may_have_gaps() -> None:
    values = np.array([0.0, 0.0, 2.0, 2.0])
    assert mean_error(values, np.array([3, 3, 9, 9])) == mean_error(values, np.array([0, 0, 1, 1]))


def test_bootstrap_samples_are_the_same_every_time() -> None:
    values = np.arange(10.0)
    first, second = (bootstrap_error(10, lambda rows: values[rows].mean(-1)) for _ in range(2))
    assert first == second == pytest.approx(np.std(values) / np.sqrt(10), rel=0.15)


@pytest.mark.parametrize(
    ("value", "error", "finest", "step"),
    [
        (43.0, 2.0, 1.0, 1.0),
        (43.0, 4.9, 1.0, 1.0),
        (43.0, 9.9, 1.0, 1.0),
        (43.0, 10.0, 1.0, 10.0),
        (4.0, 9.0, 1.0, 1.0),  # one significant digit is left
        (0.0, 12.0, 1.0, 10.0),
        (7612.0, 300.0, 1.0, 100.0),
        (7612.0, 0.0, 1.0, 1.0),
        (31.64, 0.2, 0.01, 0.1),
        (31.64, float("nan"), 0.01, 0.01),
    ],
)
def test_a_step_changes_a_figure_by_no_more_than_its_error(
    value: float, error: float, finest: float, step: float
) -> None:
    assert resolution(value, error, finest) == pytest.approx(step)


def test_the_error_decides_the_digits() -> None:
    line = Measure("x", "x", "probability", 0.624, None, (0.07, 0.76), 0.02, None, (0.09, 0.11))
    assert line.shown() == ("62%", "", "7% to 80%")
    deaths = Measure("x", "x", "deaths", 7612, (1234, 15678), None, 300, (200, 1100), None)
    assert deaths.shown() == ("7,600 deaths", "1,200 to 16,000", "")
    assert (percent(0.97, 0.09), percent(0.004, 0.09), percent(1.0, 0.2)) == ("97%", "<1%", "100%")
