"""Forecasts of left-out crises: scores are proper, comparisons are honest, and nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sim.ensemble.executors import here
from validation.forecasts import baselines, tables
from validation.forecasts.baselines import COMPETITORS, Training, climatology, neighbours
from validation.forecasts.covariates import NAMES, OF_REGRESSIONS, covariates, standardised
from validation.forecasts.crises import OF_THE_PROJECT, Crisis, crises, records
from validation.forecasts.outcomes import (
    COUNT,
    DEATHS,
    DURATION,
    ENTRY,
    FAILED_HALTS,
    HORIZON,
    OUTCOMES,
    TERRITORY,
    YES,
    Outcome,
)
from validation.forecasts.scores import Sample, crps, crps_in_units, log_score
from validation.forecasts.simulated import FITTED, FIXED, UNFITTED, fitted, fixed, forecasts
from validation.forecasts.skill import skill

Array = np.ndarray


@pytest.fixture(scope="module")
def coded() -> list[Crisis]:
    return crises()


@pytest.fixture(scope="module")
def recorded() -> dict[str, dict[str, float]]:
    return records()


# Scores


@pytest.mark.parametrize("z", [-1.5, 0.0, 0.7, 3.0])
def test_crps_is_that_of_a_normal_distribution(z: float) -> None:
    scale = replace(TERRITORY, smallest=1e9, high=1e12)  # linear: no transformation
    values = 2.0 + 3.0 * norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    known = 3.0 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps_in_units(scale, Sample.of(values), 2.0 + 3.0 * z) == pytest.approx(known, rel=1e-3)
    assert crps(scale, Sample.of(values), 2.0 + 3.0 * z) * 1e9 == pytest.approx(known, rel=1e-3)


def test_crps_takes_weights() -> None:
    weighted = Sample(np.array([1.0, 8.0]), np.array([0.75, 0.25]))
    repeated = Sample.of(np.array([1.0, 1.0, 1.0, 8.0]))
    assert crps(DEATHS, weighted, 4.0) == pytest.approx(crps(DEATHS, repeated, 4.0))


def test_crps_of_a_yes_or_no_is_the_brier_score() -> None:
    sample = Sample(np.array([0.0, 1.0]), np.array([0.3, 0.7]))
    assert crps(ENTRY, sample, 1.0) == pytest.approx(0.3**2)
    assert crps(ENTRY, sample, 0.0) == pytest.approx(0.7**2)


SAMPLES = {
    "spread": np.array([0.0, 2.0, 30.0, 400.0, 365.0, 12.0]),
    "one value": np.zeros(4),
    "few": np.array([1.0, 0.0]),
}


@pytest.mark.parametrize("values", SAMPLES.values(), ids=SAMPLES)
@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_a_smoothed_forecast_has_the_probability_one(outcome: Outcome, values: Array) -> None:
    if outcome.kind == YES:
        values = np.minimum(values, 1.0)
    if outcome in (TERRITORY, FAILED_HALTS):
        values = values / (400 if outcome is TERRITORY else 20)
    sample = Sample.of(values)

    def density(observed: float) -> float:
        return np.exp(log_score(outcome, sample, observed))

    if outcome.kind in (YES, COUNT):
        last = 1 if outcome.kind == YES else 4000
        total = sum(density(float(value)) for value in range(last + 1))
    else:
        ends = [-9.0, 9.0] if outcome is TERRITORY else [0.0, float(outcome.scaled(outcome.high))]
        places = np.linspace(*ends, 4001)
        inside = outcome.smallest * np.sinh(places)
        found = np.array([density(v) if not outcome.is_censored(v) else 0.0 for v in inside])
        total = float(((found[1:] + found[:-1]) / 2) @ np.diff(places))
        if outcome.limit is not None:
            total += density(outcome.limit)
    assert total == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("outcome", [DURATION, DEATHS, FAILED_HALTS], ids=lambda o: o.name)
def test_the_true_distribution_scores_best(outcome: Outcome) -> None:
    random = np.random.default_rng(2)

    def drawn(median: float, spread: float, size: int = 800) -> Array:
        values = median * np.exp(spread * random.standard_normal(size))
        return np.round(values) if outcome.kind == COUNT else values

    truth = drawn(6.0, 1.0)
    rivals = {"true": (6.0, 1.0), "high": (18.0, 1.0), "sharp": (6.0, 0.3), "wide": (6.0, 3.0)}
    for score, sign in ((crps, 1), (log_score, -1)):
        losses = {
            name: sign * np.mean([score(outcome, Sample.of(drawn(*of)), y) for y in truth])
            for name, of in rivals.items()
        }
        assert min(losses, key=losses.get) == "true"


def test_no_crisis_costs_more_than_the_share_of_the_know_nothing_forecast() -> None:
    wrong = Sample.of(np.full(100, 1.0))
    assert -8 < log_score(DEATHS, wrong, 98_200.0) < -5
    assert log_score(ENTRY, Sample.of(np.zeros(100)), 1.0) == pytest.approx(np.log(0.025))


def test_long_crises_are_censored() -> None:
    sample = Sample.of(np.array([365.0, 365.0, 3.0, 3.0]))
    expected = np.log(0.95 * 0.5 + 0.05 * (np.arcsinh(3650) - np.arcsinh(365)) / np.arcsinh(3650))
    assert log_score(DURATION, sample, 774.0) == pytest.approx(expected, abs=0.01)
    assert crps(DURATION, sample, 774.0) == crps(DURATION, sample, 365.0)


# Skill


def test_climatology_has_no_skill_against_itself() -> None:
    values = np.array([3.0, 40.0, 7.0, 150.0, 12.0, 9.0])
    train = Training(np.zeros((6, 2)), values)
    losses = np.array(
        [
            crps(DURATION, climatology(DURATION, train.without(k), np.zeros(2)), values[k])
            for k in range(6)
        ]
    )
    for logs in (False, True):
        found = skill(losses, losses, logs)
        assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
        assert (found.better, found.worse, found.p) == (0, 0, 1.0)


@pytest.mark.parametrize("logs", [False, True])
def test_a_planted_better_forecaster_wins(logs: bool) -> None:
    random = np.random.default_rng(4)
    truth = np.exp(3 + random.standard_normal(38))
    vague = Sample.of(np.exp(3 + random.standard_normal(400)))
    score = log_score if logs else crps
    sharp = [Sample.of(y * np.exp(0.3 * random.standard_normal(400))) for y in truth]
    good = np.array([score(DEATHS, s, y) for s, y in zip(sharp, truth, strict=True)])
    base = np.array([score(DEATHS, vague, y) for y in truth])
    won, lost = skill(good, base, logs), skill(base, good, logs)
    assert won.is_better and won.better > 30 and won.p < 0.01
    assert lost.is_worse and lost.worse == won.better


@pytest.mark.statistical
def test_intervals_from_resampled_crises_cover() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for number in range(300):
        base = random.gamma(2.0, size=38)
        scores = base * random.gamma(4.0, 0.2, size=38)  # a mean of 0.8: the skill is 0.2
        found = skill(scores, base, logs=False, seed=number)
        covered += found.low <= 0.2 <= found.high
    assert 0.82 <= covered / 300 <= 0.95


# Competitors


def planted(number: int = 40, seed: int = 6) -> tuple[Array, Array]:
    """Return covariates, the first of which decides everything, and noise."""
    random = np.random.default_rng(seed)
    return random.standard_normal((number, 6)), random.standard_normal(number)


@pytest.mark.parametrize("name", ["analogues", "regression"])
@pytest.mark.parametrize("outcome", [DURATION, DEATHS, FAILED_HALTS, ENTRY], ids=lambda o: o.name)
def test_competitors_find_a_planted_relation(outcome: Outcome, name: str) -> None:
    points, noise = planted()
    points[:, 1:] *= 0.01
    points[:, 1:] += points[:, :1]  # so that distances follow the first one too
    values = np.exp(3 + 1.5 * points[:, 0] + 0.3 * noise)
    if outcome.kind == COUNT:
        values = np.round(values / 10)
    if outcome.kind == YES:
        values = (points[:, 0] + 0.1 * noise > 0).astype(float)
    train = Training(points, values)
    losses = {
        forecast: np.array(
            [
                crps(
                    outcome, COMPETITORS[forecast](outcome, train.without(k), points[k]), values[k]
                )
                for k in range(len(values))
            ]
        )
        for forecast in (name, "climatology")
    }
    assert skill(losses[name], losses["climatology"], logs=False).low > 0.2


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize(
    "outcome", [DURATION, DEATHS, TERRITORY, FAILED_HALTS], ids=lambda outcome: outcome.name
)
def test_regressions_are_calibrated(outcome: Outcome) -> None:
    random = np.random.default_rng(7)
    inside = []
    for number in range(120):
        points, noise = planted(30, number)
        slope = points[:, 0] - 0.5 * points[:, 1]
        if outcome is DURATION:
            values = np.exp(3 + slope) * random.weibull(1.3, 30)
        elif outcome.kind == COUNT:
            values = random.poisson(random.gamma(2.0, np.exp(0.5 + 0.5 * slope) / 2)).astype(float)
        else:
            values = outcome.smallest * np.sinh(1.5 + 0.8 * slope + 0.7 * noise)
        train = Training(points, values)
        low, _, high = baselines.regression(outcome, train.without(0), points[0]).quantiles(
            (0.1, 0.5, 0.9)
        )
        inside.append(low <= values[0] <= high)
    # the interval of a count holds more than its nominal share
    assert 0.7 <= np.mean(inside) <= (0.97 if outcome.kind == COUNT else 0.9)


def test_the_number_of_analogues_is_chosen_without_the_crisis() -> None:
    points, noise = planted()
    near = np.exp(4 * points[:, 0])
    assert neighbours(DEATHS, Training(points[:, :1], near)) <= 5
    assert neighbours(DEATHS, Training(points, np.exp(noise))) >= 8


def test_covariates_are_compared_in_standard_deviations_of_the_training_crises() -> None:
    train, target = standardised(np.array([[1.0, 5.0], [3.0, 5.0]]), np.array([6.0, 5.0]))
    assert train.tolist() == [[-1.0, 0.0], [1.0, 0.0]] and target.tolist() == [4.0, 0.0]


# Crises


def test_all_crises_with_a_setting_take_part(
    coded: list[Crisis], recorded: dict[str, dict[str, float]]
) -> None:
    names = [crisis.name for crisis in coded]
    assert len(names) == len(set(names)) >= 38
    assert set(OF_THE_PROJECT) <= set(names) <= set(recorded)
    onsets = [str(crisis.setting.start) for crisis in coded]
    assert onsets == sorted(onsets)
    assert all(crisis.setting.horizon_days == HORIZON for crisis in coded)
    assert all(crisis.setting.parameters.posterior is None for crisis in coded)


def test_records_are_read_as_the_documentation_says(
    coded: list[Crisis], recorded: dict[str, dict[str, float]]
) -> None:
    assert recorded["rann_of_kutch_1965"]["deaths"] == 80  # the best estimate of 20 to 500
    assert recorded["april_2016"]["territory"] == pytest.approx(0.0012)  # the middle of a range
    ended = {name: recorded[name].get("mediated_ending") for name in ("april_2016", "july_2020")}
    assert ended == {"april_2016": 1.0, "july_2020": 0.0}
    assert recorded["flash_1995"]["mediated_ending"] == 0.0  # mediated, and a surrender
    assert (
        recorded["goa_1961"]["surrender"] == 1.0 and recorded["football_1969"]["surrender"] == 0.0
    )
    for name in ("duration", "deaths", "failed_halts", "mediated_ending", "entry"):
        assert all(name in recorded[crisis.name] for crisis in coded), name


def test_covariates_come_from_the_setting(coded: list[Crisis]) -> None:
    known = covariates(coded)
    assert known.shape == (len(coded), len(NAMES)) and OF_REGRESSIONS == 4
    assert np.isfinite(known).all() and (known.std(axis=0) > 0).all()
    goa = dict(zip(NAMES, known[[crisis.name for crisis in coded].index("goa_1961")], strict=True))
    assert goa["opening level"] == 3 and goa["decade of the onset"] == 196.1
    assert np.exp(goa["log of the men engaged"]) == pytest.approx(41, abs=5)  # thousands


# The model, and nothing leaks


@pytest.fixture(scope="module")
def chosen() -> list[Crisis]:
    return crises(["goa_1961", "rann_of_kutch_1965", "football_1969", "april_2016", "cyprus_1974"])


@pytest.fixture(scope="module")
def models(chosen: list[Crisis]) -> dict[str, dict[str, pd.DataFrame]]:
    return forecasts(chosen, 20, 2, here)


SHOWN = ["low", "median", "high", "mean"]


def test_the_record_of_a_crisis_does_not_change_its_competitors(
    chosen: list[Crisis], recorded: dict[str, dict[str, float]]
) -> None:
    _leaks_nothing(chosen, recorded, {})


@pytest.mark.slow
def test_the_record_of_a_crisis_does_not_change_its_own_forecasts(
    chosen: list[Crisis],
    recorded: dict[str, dict[str, float]],
    models: dict[str, dict[str, pd.DataFrame]],
) -> None:
    _leaks_nothing(chosen, recorded, models)


def _leaks_nothing(
    chosen: list[Crisis],
    recorded: dict[str, dict[str, float]],
    models: dict[str, dict[str, pd.DataFrame]],
) -> None:
    left_out = "football_1969"
    changed = {"duration": 300.0, "deaths": 9.0, "territory": 0.9, "failed_halts": 7.0}
    changed |= {"mediated_ending": 0.0, "mediation": 0.0, "entry": 1.0, "surrender": 1.0}
    altered = {**recorded, left_out: changed}
    key = ["crisis", "outcome", "forecast"]
    first, second = (tables.scores(chosen, found, models) for found in (recorded, altered))
    both = first.merge(second, on=key, suffixes=("", "_after"))
    both["same"] = (both[SHOWN].to_numpy() == both[[f"{n}_after" for n in SHOWN]].to_numpy()).all(1)
    of_crisis = both["crisis"] == left_out
    assert of_crisis.sum() >= 5 * 3 and both.loc[of_crisis, "same"].all()
    assert (both.loc[of_crisis, "crps"] != both.loc[of_crisis, "crps_after"]).any()
    # other crises are forecast from this record, but not by the model
    simulated = both["forecast"].isin([UNFITTED, FIXED])
    assert both.loc[~of_crisis & simulated, "same"].all()
    assert not both.loc[~of_crisis & ~simulated, "same"].all()


@pytest.mark.slow
def test_third_parties_held_fixed_keep_their_stance(
    chosen: list[Crisis],
    models: dict[str, dict[str, pd.DataFrame]],
) -> None:
    # in April 1965 nobody mediated at the onset
    table = models[FIXED]["rann_of_kutch_1965"]
    mediates = [name for name in table.columns if name.startswith("mediates_")]
    assert mediates and (table[mediates] == 0).all(axis=None)
    assert (table["broker"] == "none").all()
    assert not (models[UNFITTED]["rann_of_kutch_1965"][mediates] == 0).all(axis=None)
    rann = next(crisis for crisis in chosen if crisis.name == "rann_of_kutch_1965")
    policies = fixed(rann.setting).policies
    assert policies["CHN"] == "words_challenger" and policies["GBR"] == "aside"


@pytest.mark.slow
def test_draws_fitted_without_a_crisis_take_part(tmp_path: Path, chosen: list[Crisis]) -> None:
    for crisis in chosen[1:]:
        draws = pd.DataFrame({"parameters.precision": np.full(8, 7.0), "parameters.else": 1.0})
        draws.to_parquet(tmp_path / f"{crisis.name}.parquet")
    found = forecasts(chosen[:2], 8, 1, here, tmp_path)
    assert list(found[FITTED]) == [chosen[1].name]
    posterior = fitted(chosen[1].setting, tmp_path / f"{chosen[1].name}.parquet")
    columns = posterior.parameters.posterior.columns  # type: ignore[union-attr]
    assert [name.partition(":")[0] for name in columns] == ["parameters.precision"]
    pd.DataFrame({"parameters.else": [1.0]}).to_parquet(tmp_path / "any.parquet")
    with pytest.raises(ValueError, match="no column belongs to an uncertain value"):
        fitted(chosen[1].setting, tmp_path / "any.parquet")


# What the tables say


def test_a_sentence_says_where_the_model_is_beaten() -> None:
    row = {"scope": "all", "forecast": "model", "score": "crps"}
    compared = pd.DataFrame(
        [
            {**row, "outcome": "duration", "reference": "climatology", "low": -0.5, "high": -0.1},
            {**row, "outcome": "duration", "reference": "analogues", "low": -0.5, "high": 0.1},
            {**row, "outcome": "territory", "reference": "analogues", "low": 0.1, "high": 0.3},
        ]
    )
    sentence = tables.beaten(compared, "model")
    assert "beaten on duration (climatology)" in sentence
    assert "better on territory (analogues)" in sentence
    none = tables.beaten(compared[compared["outcome"] == "other"], "model")
    assert "beaten on nothing" in none


def test_comparisons_pair_the_same_crises(
    chosen: list[Crisis], recorded: dict[str, dict[str, float]]
) -> None:
    scored = tables.scores(chosen, recorded, {})
    compared = tables.comparisons(scored)
    row = compared.set_index(["scope", "outcome", "score", "forecast", "reference"]).loc[
        ("all", "deaths", "crps", "analogues", "climatology")
    ]
    assert row["crises"] == 5 and row["better"] + row["worse"] == 5
    assert row["skill"] == pytest.approx(1 - row["mean"] / row["mean_of_reference"])
    apart = compared[(compared["scope"] == "coded apart") & (compared["outcome"] == "deaths")]
    assert set(apart["crises"]) == {4}
