"""Scores: closed forms, calibrated toys and broken ones, baselines, and the folder they are written
to.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from worlds import SCENARIOS, outcomes_of, shipped

from sim.evidence import load_folder
from sim.record.baselines import BASELINES, baselines, know_nothing, perfect_forecast
from sim.record.sample import Sample, sample_of
from sim.record.scores import (
    beaten,
    by_forecast,
    centred,
    centred_places,
    covered,
    crps,
    crps_of_all,
    log_score,
    markdown,
    pit,
    scores,
    write,
)
from sim.record.targets import Relative, Step, Target, YesNo, crises, targets

NORMAL = NormalDist()


def known(crisis: str, name: str, observed: float, unit: str = "days") -> Target:
    kernel = YesNo(0.1) if unit == "yes or no" else Relative(1.0, 0.3)
    return Target(crisis, name, f"{crisis}-{name}", "-", unit, (name,), None, observed, kernel)


# Closed forms


@pytest.mark.statistical
@pytest.mark.parametrize("observed", [-1.3, 0.0, 2.0])
def test_crps_of_a_normal_sample_is_near_its_closed_form(observed: float) -> None:
    """Gneiting & Raftery 2007, equation 21."""
    sample = np.random.default_rng(1).standard_normal(40_000)
    exact = (
        observed * (2 * NORMAL.cdf(observed) - 1)
        + 2 * NORMAL.pdf(observed)
        - 1 / math.sqrt(math.pi)
    )
    assert crps(sample, observed) == pytest.approx(exact, abs=0.015)


@pytest.mark.statistical
def test_crps_is_fair_to_small_samples() -> None:
    """Its mean over samples of any size is that of the distribution they come from."""
    random = np.random.default_rng(2)
    small = np.mean([crps(random.standard_normal(3), 0.5) for _ in range(20_000)])
    assert small == pytest.approx(crps(random.standard_normal(40_000), 0.5), abs=0.02)


def test_crps_of_single_values_and_of_yes_or_no() -> None:
    assert crps_of_all(np.array([3.0]), 5.0) == 2.0
    assert crps_of_all(np.array([0.0, 1.0]), 1.0) == 0.25  # a coin
    assert crps_of_all(np.array([3.0, 5.0]), 44.0) == 40 - 0.5
    many = np.repeat([0.0, 1.0], [7000, 3000])
    assert crps(many, 1.0) == pytest.approx(0.7**2, abs=1e-3)  # the Brier score


def test_the_log_score_is_the_density_the_sample_gives_the_record() -> None:
    target = Target("a", "b", "f", "-", "halts", ("b",), None, 2.0, Step(0.5))
    exact = [math.exp(target.kernel.log_density(np.array([n]), 2.0)[0]) for n in (1.0, 2.0)]
    assert log_score(target, np.array([1.0, 2.0])) == pytest.approx(math.log(np.mean(exact)))
    assert log_score(target, np.array([2.0])) > log_score(target, np.array([9.0]))


# Places of the record


def places(spread: float, counts: bool) -> np.ndarray:
    """Return places of records drawn with a spread of 1 among forecasts with another: shape
    ``(400,)``.
    """
    random = np.random.default_rng(4)
    found = []
    for _ in range(400):
        sample, (observed,) = spread * random.standard_normal(300), random.standard_normal(1)
        sample, observed = (np.round(sample), round(observed)) if counts else (sample, observed)
        found.append(pit(sample, observed, random))
    return np.sort(found)


@pytest.mark.statistical
@pytest.mark.parametrize("counts", [False, True])
def test_places_are_uniform_for_a_calibrated_forecast_and_only_for_one(counts: bool) -> None:
    """Kolmogorov's distance of 400 places exceeds 1.95 / 20 once in a thousand."""
    grid = (np.arange(400) + 0.5) / 400
    assert np.abs(places(1.0, counts) - grid).max() < 1.95 / 20
    assert np.abs(places(0.4, counts) - grid).max() > 1.95 / 20
    assert np.abs(places(3.0, counts) - grid).max() > 1.95 / 20


# Baselines


HELD = {
    "first": (known("first", "x", 3.0), known("first", "y", 1.0, "yes or no")),
    "second": (known("second", "x", 5.0), known("second", "y", 0.0, "yes or no")),
    "third": (
        known("third", "x", 44.0),
        known("third", "x_day_9", 4.0),
        known("third", "z", 1.0, "yes or no"),
    ),
}


OUT = Sample.OUT


def test_baselines_are_the_other_crises_the_one_before_and_knowing_nothing() -> None:
    of_x = {name: sample.tolist() for name, sample in baselines(HELD["third"][0], HELD)}
    assert (of_x["climatology"], of_x["persistence"]) == ([3.0, 5.0], [5.0])
    assert list(of_x) == ["know-nothing", "climatology", "persistence"]
    assert {name for name, _ in baselines(HELD["first"][0], HELD)} == {
        "know-nothing",
        "climatology",
    }
    assert {name for name, _ in baselines(HELD["third"][2], HELD)} == {"know-nothing"}
    of_a_day = {name: sample.tolist() for name, sample in baselines(HELD["third"][1], HELD)}
    assert of_a_day["climatology"] == [3.0, 5.0]  # what those crises came to
    runs = np.array([1.0, 2.0])
    assert dict(baselines(HELD["third"][0], HELD, runs))["prior"] is runs


def test_who_knows_nothing_spreads_over_the_span_of_a_unit() -> None:
    days, share = know_nothing("days"), know_nothing("share of the contested area")
    assert days is not None and share is not None
    assert (days.min(), np.median(days), days.max()) == pytest.approx((1, math.sqrt(365), 365))
    assert (share.min(), share.mean(), share.max()) == pytest.approx((0, 0.5, 1))
    assert crps_of_all(know_nothing("yes or no"), 1.0) == 0.25  # type: ignore[arg-type]
    assert know_nothing("parsecs") is None


def test_a_baseline_that_cannot_be_beaten_does_not_count() -> None:
    """Both other crises saw the same as this one, so that they are exactly right."""
    held = {name: (known(name, "y", 1.0, "yes or no"),) for name in ("first", "second", "third")}
    nearly_all = pd.DataFrame({"y": [1.0] * 99 + [0.0]})
    (found,) = scores(nearly_all, "third", "f", held, OUT)
    assert found.unbeatable == ("climatology", "persistence")
    assert found.unbeaten == [] and found.verdict == "better"
    assert beaten([found]) == {"know-nothing": (1, 1)}
    assert found.flat()["unbeatable"] == "climatology persistence"
    assert found.of_baseline("climatology", "{:g}".format) == "(0)"
    assert found.of_baseline("know-nothing", "{:g}".format) == "0.25"
    assert found.of_baseline("prior", "{:g}".format) == ""


def test_a_perfect_forecast_misses_by_the_error_of_the_kernel() -> None:
    target = known("a", "x", 40.0)
    runs = perfect_forecast(target)
    scaled = np.arcsinh(runs)
    assert np.median(runs) == pytest.approx(40.0, rel=0.03)
    assert scaled.std() == pytest.approx(0.3, rel=0.05)
    assert 0 < crps_of_all(runs, 40.0) < crps_of_all(np.array([30.0]), 40.0)


def test_the_prior_is_a_baseline_of_the_posterior() -> None:
    prior, posterior = (
        pd.DataFrame({"x": values}) for values in (np.linspace(0, 99, 50), np.linspace(40, 48, 50))
    )
    (fitted,) = scores(posterior, "third", "f", HELD, Sample.IN, prior)
    assert fitted.baselines["prior"][0] > fitted.crps
    row = fitted.flat()
    assert row["sample"] == "in-sample" and row["crps_prior"] == fitted.baselines["prior"][0]
    assert {f"crps_{name.replace('-', '_')}" for name in BASELINES} <= set(row)


def test_a_fit_without_a_crisis_is_out_of_sample(tmp_path: Path) -> None:
    scenario = shipped("april_2016")
    file = tmp_path / "posterior.parquet"
    assert sample_of(scenario) is sample_of(scenario, file) is Sample.IN
    assert sample_of(scenario.fitted(None)) is OUT
    for fitted, expected in ((["july_2020"], OUT), (["april_2016"], Sample.IN)):
        (tmp_path / "fit.json").write_text(json.dumps({"crises": fitted}), encoding="utf-8")
        assert sample_of(scenario, file) is expected
    elsewhere = scenario.model_copy(update={"scenario": "island"})
    assert sample_of(elsewhere) is OUT  # the shipped draws know nothing of it


def test_a_forecast_no_better_than_a_baseline_is_told_so() -> None:
    good, bad = (
        pd.DataFrame({"x": values}) for values in (np.linspace(40, 48, 50), np.linspace(0, 2, 50))
    )
    (fine,), (poor,) = (scores(table, "third", "f", HELD, OUT) for table in (good, bad))
    assert fine.verdict == "better" and fine.inside == (True, True, True)
    assert poor.verdict.startswith("no better than know-nothing or climatology or persistence")
    assert poor.inside == (
        False,
        False,
        False,
    )
    assert poor.crps > fine.crps and poor.log_score < fine.log_score
    assert covered([fine, poor]) == {50: 0.5, 80: 0.5, 95: 0.5}


def test_a_log_score_that_disagrees_is_told() -> None:
    """Near the record, but with no run at it; of the other crises one was far off, and one was just
    so.
    """
    held = {
        name: (
            Target(name, "x", f"{name}-x", "-", "days", ("x",), None, days, Relative(1.0, 0.05)),
        )
        for name, days in {"first": 43.0, "second": 10.0, "third": 44.0}.items()
    }
    (found,) = scores(pd.DataFrame({"x": np.repeat([36.0, 37.0], 50)}), "third", "f", held, OUT)
    assert found.unbeaten == [] and found.unbeaten_by_log == ["know-nothing", "climatology"]
    assert found.verdict == "better; by log score no better than know-nothing or climatology"


def test_places_split_ties_where_intervals_hold_their_ends() -> None:
    """Half of the runs say yes, so that any interval holds both answers, and no good forecast is
    inside so often.
    """
    held = {"third": HELD["third"]}
    (found,) = scores(pd.DataFrame({"z": np.tile([0.0, 1.0], 50)}), "third", "f", held, OUT)
    assert covered([found]) == {50: 1.0, 80: 1.0, 95: 1.0}
    assert centred([found]) == pytest.approx({50: 0.5, 80: 0.8, 95: 0.95})


def test_shares_of_places_are_means_over_how_ties_fall() -> None:
    sample, random = np.repeat([0.0, 1.0, 2.0, 3.0], [10, 60, 20, 10]), np.random.default_rng(1)
    drawn = np.array([pit(sample, 2.0, random) for _ in range(20_000)])
    for share, exact in zip((50, 80, 95), centred_places(sample, 2.0), strict=True):
        assert np.mean(np.abs(drawn - 0.5) <= share / 200) == pytest.approx(exact, abs=0.015)
    assert centred_places(sample, 2.5) == (0.0, 1.0, 1.0)


# The record, and the folder


@pytest.mark.slow
def test_shipped_crises_are_scored_and_written(tmp_path: Path) -> None:
    record = load_folder(SCENARIOS.parent / "seeds").facts
    held = {name: targets(record, name) for name in crises(record)}
    found = []
    for name in held:
        outcomes = outcomes_of(shipped(name), 100, 50)
        found += scores(outcomes, name, "prior", held, OUT)
        found += scores(outcomes[:50], name, "other", held, Sample.IN, outcomes)
    assert len(found) == 2 * sum(map(len, held.values()))
    assert all(0 <= score.pit <= 1 and score.crps > -1e-6 for score in found)
    assert all(
        "climatology" in s.baselines
        for s in found
        if s.target in ("duration", "deaths", "territory")
    )
    assert set(by_forecast(found)) == {"prior", "other"}
    folder = write(found, {"runs": 100}, tmp_path)
    said = json.loads((folder / "scores.json").read_text())
    assert len(said["scores"]) == len(pd.read_csv(folder / "scores.csv")) == len(found)
    assert write(found, {"runs": 100}, tmp_path) == folder
    page = markdown(found)
    assert page.count("\n") == len(found) // 2 + 2
    assert len({line.count("|") for line in page.splitlines()}) == 1


def test_every_shared_target_has_the_other_crises_beside_it() -> None:
    record = load_folder(SCENARIOS.parent / "seeds").facts
    held = {name: targets(record, name) for name in crises(record)}
    for name in ("duration", "failed_halts", "deaths", "peak_level", "territory"):
        for crisis in held:
            (target,) = (target for target in held[crisis] if target.name == name)
            assert len(dict(baselines(target, held))["climatology"]) == 2
