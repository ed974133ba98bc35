"""The joint fit, on crises whose likelihood is known and on small ones that are simulated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr
from worlds import ALONE, crisis, mechanisms, parameters

from sim.ensemble.executors import here, processes
from sim.fitting import joint
from sim.fitting.fitting import Space
from sim.fitting.joint import Bank, Region, Sampling, Size
from sim.fitting.joint.bank import Banked, shared_space
from sim.fitting.joint.crises import usual_values
from sim.fitting.joint.factors import evidences, factors
from sim.fitting.joint.features import Features
from sim.fitting.joint.recovery import judged
from sim.fitting.joint.surrogate import shrink
from sim.fitting.joint.writing import account, write
from sim.fitting.likelihood import Crisis
from sim.io.errors import UsageError
from sim.record.targets import Relative, Target
from sim.scenario import Choice, Quantity, Scenario

RUNS = 20_000
NOISE, ERROR = 1.5, 0.5
LINEAR = 1e3
"""Size below which the kernel is linear: with it the errors are normal and the same everywhere."""
FEW = Sampling(particles=400, moves=8, chains=3)


def named(name: str, *changes: dict[str, object]) -> Scenario:
    return crisis(ALONE, *changes).model_copy(update={"scenario": name})


SPACE = Space(
    (
        Quantity(low=0.0, high=1.0, path="mechanisms.learning"),
        Quantity(low=0.0, high=2.0, path="parameters.pace"),
        Quantity(low=-1.0, high=1.0, path="mechanisms.contest"),
    )
)


def gaussian(name: str, slopes: tuple[float, float, float], observed: float) -> Banked:
    """A crisis with ``x = slopes z + noise`` for normal scores z, recorded with a normal error."""
    random = np.random.default_rng(sum(map(ord, name)))
    scores = random.standard_normal((RUNS, 3))
    x = scores @ np.array(slopes) + NOISE * random.standard_normal(RUNS)
    target = Target(
        name,
        "x",
        f"record-{name}-x",
        "",
        "",
        ("x",),
        None,
        observed,
        Relative(LINEAR, ERROR / LINEAR),
    )
    return Banked(Crisis(named(name), (target,)), Size(RUNS), pd.DataFrame({"x": x}), ndtr(scores))


CRISES = (
    gaussian("one", (0.5, 0.5, 0.0), 1.0),
    gaussian("two", (0.5, -0.3, 0.0), -0.5),
    gaussian("three", (0.0, 0.6, 0.0), 2.0),
)
NULL = gaussian("null", (0.0, 0.0, 0.0), 4.0)


def exact(crises: tuple[Banked, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact posterior mean and covariance of the normal scores."""
    slopes = {"one": (0.5, 0.5, 0.0), "two": (0.5, -0.3, 0.0), "three": (0.0, 0.6, 0.0)}
    precision, pull = np.eye(3), np.zeros(3)
    for banked in crises:
        slope = np.array(slopes.get(banked.name, (0.0, 0.0, 0.0)))
        observed = banked.crisis.targets[0].observed
        precision += np.outer(slope, slope) / (NOISE**2 + ERROR**2)
        pull += slope * observed / (NOISE**2 + ERROR**2)
    covariance = np.linalg.inv(precision)
    return covariance @ pull, covariance


@pytest.fixture(scope="module")
def learned() -> joint.Learned:
    return joint.learn(Bank(SPACE, (*CRISES, NULL)))


def test_a_known_posterior_is_found(learned: joint.Learned) -> None:
    made = joint.fit(learned, FEW)
    mean, covariance = exact(CRISES)
    assert made.scores.mean(axis=0) == pytest.approx(mean, abs=0.12)
    assert np.cov(made.scores.T) == pytest.approx(covariance, abs=0.12)
    rhat, _ = made.convergence
    assert rhat is not None
    assert rhat.max() < 1.05


def test_a_crisis_that_teaches_nothing_leaves_the_prior(learned: joint.Learned) -> None:
    (model,) = (model for model in learned.models if model.name == "null")
    assert len(model.correlations) == 0
    likelihood = learned.likelihood(without=["one", "two", "three"])
    assert np.abs(likelihood(np.random.default_rng(1).standard_normal((50, 3)))).max() < 1e-6
    made = joint.fit(learned, FEW, without=["one", "two", "three"])
    assert made.log_evidence[0] == pytest.approx(0.0, abs=1e-6)
    assert made.scores.std(axis=0) == pytest.approx(np.ones(3), abs=0.1)


def test_surrogates_that_workers_learn_are_the_same(learned: joint.Learned) -> None:
    with processes(2) as executor:
        apart = joint.learn(Bank(SPACE, (*CRISES, NULL)), executor=executor)
    assert apart.crises == learned.crises
    for one, two in zip(learned.models, apart.models, strict=True):
        assert one.slopes == pytest.approx(two.slopes, abs=1e-6)
        assert one.information == pytest.approx(two.information, abs=1e-6)


@pytest.mark.slow
def test_the_order_of_crises_does_not_matter(learned: joint.Learned) -> None:
    turned = joint.learn(Bank(SPACE, (NULL, *CRISES[::-1])))
    one, two = joint.fit(learned, FEW), joint.fit(turned, FEW)
    assert one.posterior == two.posterior


@pytest.mark.slow
def test_leaving_out_a_crisis_equals_a_fit_without_it(learned: joint.Learned) -> None:
    rest = tuple(banked for banked in (*CRISES, NULL) if banked.name != "three")
    alone = joint.fit(joint.learn(Bank(SPACE, rest)), FEW)
    left_out = joint.fit(learned, FEW, without="three")
    assert left_out.posterior == alone.posterior
    assert left_out.crises == ("one", "two", "null")
    assert joint.fit(learned, FEW).posterior != alone.posterior


def test_an_unknown_crisis_cannot_be_left_out(learned: joint.Learned) -> None:
    with pytest.raises(UsageError, match="'four' is not a crisis of the bank"):
        joint.fit(learned, FEW, without=["four"])


def test_the_likelihood_is_that_of_a_normal_record(learned: joint.Learned) -> None:
    """The log likelihood is quadratic in the score of a crisis, up to the ends of the prior."""
    scores = np.array([[-1.0, -1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    found = learned.likelihood(without=["two", "three", "null"])(scores)
    variance = NOISE**2 + ERROR**2
    expected = -0.5 * (1.0 - scores[:, :2].sum(axis=1) / 2) ** 2 / variance
    assert found - found[1] == pytest.approx(expected - expected[1], abs=0.1)


def test_information_is_that_of_a_normal_channel(learned: joint.Learned) -> None:
    for model, slope in zip(learned.models, (0.5, 0.34, 0.36), strict=False):
        exactly = 0.5 * np.log1p(slope / (NOISE**2 + ERROR**2))
        assert model.information == pytest.approx(exactly, abs=0.02)


def test_a_single_value_has_the_factor_of_its_density(learned: joint.Learned) -> None:
    made = joint.fit(learned, FEW)
    (off,) = (factor for factor in factors(made) if factor.path == "mechanisms.contest")
    assert off.log_factor == pytest.approx(0.0, abs=0.05)
    (learning,) = (factor for factor in factors(made) if factor.path == "mechanisms.learning")
    # at the end of the range, where the score would be minus infinity: less likely than the prior
    assert learning.log_factor < 0
    assert learning.error is not None
    assert learning.error < 0.1


def test_arguments_are_compared_by_their_evidence(learned: joint.Learned) -> None:
    made = joint.fit(learned, FEW)
    whole = Region.of(SPACE, {})
    high = whole.holding("parameters.pace", Quantity(low=1.0, high=2.0, path="parameters.pace"))
    low = whole.holding("parameters.pace", Quantity(low=0.0, high=1.0, path="parameters.pace"))
    found = {one.argument: one for one in evidences(made, {"high": high, "low": low})}
    # the share of the posterior in each half, over that of the prior
    upper = float((made.scores[:, 1] > 0).mean())
    assert found["high"].log_factor == pytest.approx(np.log(upper / 0.5), abs=0.1)
    assert found["high"].weight == pytest.approx(upper, abs=0.05)
    # and the same from the evidence of a fit under each prior
    above, below = joint.fit(learned, FEW, prior=high), joint.fit(learned, FEW, prior=low)
    ratio = above.log_evidence[0] - below.log_evidence[0]
    assert ratio == pytest.approx(found["high"].log_factor - found["low"].log_factor, abs=0.15)
    assert found["high"].weight + found["low"].weight == pytest.approx(1.0)


def test_a_prior_narrower_than_the_bank_keeps_to_its_range(learned: joint.Learned) -> None:
    region = Region.of(
        SPACE,
        {
            "parameters.pace": Quantity(low=0.5, high=1.0, path="parameters.pace"),
            "mechanisms.contest": Quantity(low=0.0, high=0.0, path="mechanisms.contest"),
        },
    )
    made = joint.fit(learned, FEW, prior=region)
    assert set(made.posterior.columns) == {
        "mechanisms.learning: 0.0 to 1.0",
        "parameters.pace: 0.5 to 1.0",
    }
    pace = made.posterior.columns["parameters.pace: 0.5 to 1.0"]
    assert 0.5 <= pace.min() < pace.max() <= 1.0


def test_the_account_is_written(learned: joint.Learned, tmp_path: Path) -> None:
    made = joint.fit(learned, FEW, without=["two"])
    results = account(made, factors(made))
    assert results["crises"] == ["one", "three", "null"]
    assert results["without"] == ["two"]
    assert "mechanisms.contest: -1.0 to 1.0" in results["silent"]
    null = results["information"][-1]
    assert (null["crisis"], null["rank"]) == ("null", 0)
    folder = write(made, results, tmp_path)
    assert {file.name for file in folder.iterdir()} == {"fit.json", "posterior.parquet"}


def test_noise_alone_has_no_singular_value() -> None:
    random = np.random.default_rng(1)
    noise = random.standard_normal((30, 60)) / 100
    assert shrink(np.linalg.svd(noise)[1], noise.shape, 10_000).max() < 0.02


def test_features_are_uncorrelated_under_the_prior() -> None:
    space = Space(
        (Quantity(low=0.0, high=1.0, path="a.b"), Choice(options=("x", "y", "z"), path="a.c"))
    )
    features = Features(space)
    found = features.of(np.random.default_rng(1).random((40_000, 2)))
    assert features.count == 4
    assert np.cov(found.T) == pytest.approx(np.eye(4), abs=0.03)
    assert features.of(np.array([[np.nan, np.nan]])).tolist() == [[0.0] * 4]


def test_recovery_counts_what_is_judged_right() -> None:
    evidence = np.zeros((2, 10, 2))
    evidence[0, :, 0] = 1.0  # all records of the first are judged to be its own
    evidence[1, :4, 0] = 1.0
    evidence[1, 4:, 1] = 1.0  # and 6 of 10 of the second
    found = judged(["one", "two"], evidence)
    shares = {(row["truth"], row["judged"]): row["share"] for row in found["confusion"]}
    assert shares[("one", "one")] == 1.0
    assert shares[("two", "one")] == pytest.approx(0.4)
    (pair,) = found["pairs"]
    assert pair["correct"] == pytest.approx(0.8)
    assert pair["apart"] is True


# Simulated crises

PACE = parameters(pace=Quantity(low=0.01, high=0.05, scale="log"))
OWN = parameters(lethality=Quantity(low=50.0, high=150.0))
GRIEVANCE = mechanisms(grievance_value=Quantity(low=0.05, high=0.1))
SMALL = Size(draws=600, seed=3)


def simulated(name: str, *changes: dict[str, object]) -> Crisis:
    target = Target(
        name,
        "duration",
        f"record-{name}",
        "",
        "days",
        ("duration_days",),
        None,
        5.0,
        Relative(1, 0.5),
    )
    return Crisis(named(name, *changes), (target,))


FIRST = simulated("first", PACE, GRIEVANCE, OWN)
SECOND = simulated("second", PACE, GRIEVANCE)


def test_shared_values_are_those_of_two_crises() -> None:
    space = shared_space([FIRST.scenario, SECOND.scenario])
    paths = [value.path for value in space.values]
    assert paths == ["mechanisms.grievance_value", "parameters.pace"]
    assert usual_values([FIRST.scenario])["parameters.pace"].path == "parameters.pace"


def test_crises_that_share_nothing_cannot_be_fitted() -> None:
    with pytest.raises(UsageError, match="share no uncertain parameter"):
        joint.make_bank([simulated("first"), simulated("second")], SMALL)


def test_a_bank_is_simulated_once_and_does_not_depend_on_others(tmp_path: Path) -> None:
    both = joint.make_bank([FIRST, SECOND], SMALL, here, tmp_path)
    assert len(list((tmp_path / ".bank").iterdir())) == 2

    def nothing(task: object, shared: object, items: list[int]) -> list[object]:
        assert not items
        return []

    again = joint.make_bank([SECOND, FIRST], SMALL, nothing, tmp_path)  # type: ignore[arg-type]
    for one, two in zip(both.crises, again.crises[::-1], strict=True):
        pd.testing.assert_frame_equal(one.outcomes, two.outcomes)
        assert np.array_equal(one.shares, two.shares)
    assert both.crises[0].outcomes["duration_days"].nunique() > 2


def test_a_small_joint_fit_and_its_calibration() -> None:
    from sim.fitting.joint.calibration import calibrate

    learned = joint.learn(joint.make_bank([FIRST, SECOND], SMALL))
    tiny = Sampling(particles=40, moves=2, chains=1)
    made = joint.fit(learned, tiny)
    assert FIRST.scenario.fitted(made.posterior).parameters.posterior == made.posterior
    results = calibrate(learned, 2, here, tiny)
    assert results["worlds"] == 2
    assert {one["name"] for one in results["quantities"]} == {
        *made.space.names,
        "likelihood of the truth",
    }


def test_the_bank_refuses_too_few_draws() -> None:
    with pytest.raises(UsageError, match="at least 500 draws"):
        Size(draws=10)
