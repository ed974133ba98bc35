"""Fitting: the sampler on posteriors that are known, the space it moves in, and fits of small
crises.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from worlds import ALONE, crisis, mechanisms, parameters

from sim.ensemble.executors import here
from sim.fitting import Settings, Space, fit
from sim.fitting.elsewhere import Elsewhere
from sim.fitting.fitting import (
    FOLDER,
    SavedLevels,
    convergence,
    distance_from_prior,
    distance_from_uniform,
    is_silent,
    key,
    marginals,
    match_rates,
)
from sim.fitting.likelihood import Crisis, DrawSimulator, RunsFailed
from sim.fitting.sampler import (
    WINDOW,
    Guided,
    Level,
    Particles,
    Redraw,
    Sampler,
    effective,
    largest_step,
    systematic,
    weigh,
)
from sim.fitting.writing import account, write
from sim.io.errors import UsageError
from sim.record.targets import Relative, Step, Target
from sim.scenario import CREDIBILITY, Choice, Quantity
from sim.scenario.posterior import read_posterior

# The sampler, on a posterior that is known: z ~ N(0, 1) each, y = z_0 + e with e ~ N(0, s)

SEEN, ERROR = 1.5, 0.5
EXPECTED_MEAN, EXPECTED_VARIANCE = SEEN / (1 + ERROR**2), ERROR**2 / (1 + ERROR**2)
EXPECTED_EVIDENCE = -0.5 * SEEN**2 / (1 + ERROR**2) - 0.5 * math.log(1 + ERROR**2)


def exact(scores: np.ndarray, seed: int) -> np.ndarray:
    return -0.5 * ((SEEN - scores[:, 0]) / ERROR) ** 2 - math.log(ERROR)


def estimated(scores: np.ndarray, seed: int) -> np.ndarray:
    """An estimate without bias: the density times noise of mean 1."""
    noise = 0.7 * np.random.default_rng(seed).standard_normal(len(scores))
    return exact(scores, seed) + noise - 0.7**2 / 2


@pytest.mark.statistical
@pytest.mark.parametrize("likelihood", [exact, estimated])
def test_the_sampler_finds_a_known_posterior(likelihood: object) -> None:
    """Also where the likelihood is only estimated: its noise leaves the posterior as it is."""
    done = Sampler(likelihood, 6, 2000, moves=6).run()  # type: ignore[arg-type]
    seen, rest = done.scores[:, 0], done.scores[:, 1:]
    assert seen.mean() == pytest.approx(EXPECTED_MEAN, abs=0.06)
    assert seen.var() == pytest.approx(EXPECTED_VARIANCE, rel=0.15)
    np.testing.assert_allclose(rest.mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(rest.var(axis=0), 1, rtol=0.15)
    assert done.evidence == pytest.approx(EXPECTED_EVIDENCE, abs=0.15)


@pytest.mark.statistical
def test_correlated_values_come_out_correlated() -> None:
    """y = z_0 + z_1 seen exactly but for 0.1: the sum is known, the difference is not."""

    def of_the_sum(scores: np.ndarray, seed: int) -> np.ndarray:
        return -0.5 * ((1.0 - scores.sum(axis=1)) / 0.1) ** 2

    done = Sampler(of_the_sum, 2, 2000, moves=8).run()
    total, difference = done.scores.sum(axis=1), done.scores[:, 0] - done.scores[:, 1]
    assert total.mean() == pytest.approx(1.0 * 2 / 2.01, abs=0.02)
    assert total.std() == pytest.approx(0.1, rel=0.15)
    assert difference.var() == pytest.approx(2.0, rel=0.15)


@pytest.mark.statistical
def test_a_flat_likelihood_leaves_the_prior() -> None:
    done = Sampler(lambda scores, seed: np.zeros(len(scores)), 3, 1000).run()
    np.testing.assert_allclose(done.scores.mean(axis=0), 0, atol=0.15)
    np.testing.assert_allclose(done.scores.var(axis=0), 1, rtol=0.2)
    assert done.evidence == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
@pytest.mark.statistical
def test_what_the_record_is_silent_on_keeps_the_width_of_its_prior() -> None:
    """Few particles in many dimensions crowd where they guide themselves: 300 of them by 6 to 9% of
    the variance.
    """

    def variances(seed: int) -> np.ndarray:
        seen = np.random.default_rng(seed).standard_normal(12)

        def likelihood(scores: np.ndarray, noise_seed: int) -> np.ndarray:
            noise = 1.2 * np.random.default_rng(noise_seed).standard_normal(len(scores))
            return -2 * ((scores[:, :12] - seen) ** 2).sum(axis=1) + noise

        return Sampler(likelihood, 126, 300, most_closing=6, seed=seed).run().scores.var(axis=0)

    found = np.mean([variances(seed) for seed in (1, 2)], axis=0)
    assert found[12:].mean() == pytest.approx(1, abs=0.03)
    assert found[:12].mean() == pytest.approx(0.2, rel=0.15)  # of an error of a half


@pytest.mark.statistical
@pytest.mark.parametrize("redrawn", [True, False])
def test_proposals_are_fair_to_the_prior(redrawn: bool) -> None:
    """Accepted by their odds alone, they turn draws of the prior into draws of the prior."""
    random = np.random.default_rng(3)
    scores = random.standard_normal((20_000, 2))
    kind = Redraw() if redrawn else Guided.of(0.5 * scores[:500] @ [[1, 0.5], [0, 0.8]] + 0.4)
    for _ in range(5):
        proposed, odds = kind.propose(scores, 0.6, random)
        scores = np.where((np.log(random.random(len(scores))) < odds)[:, None], proposed, scores)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(np.cov(scores.T), np.eye(2), atol=0.05)


def test_steps_between_powers_keep_the_sample_size_asked_for() -> None:
    loglik = 50 * np.random.default_rng(1).standard_normal(400)
    step = largest_step(loglik, 1.0, 200)
    assert 0 < step < 1
    assert effective(weigh(step * loglik)[0]) == pytest.approx(200, abs=0.1)
    assert largest_step(0.001 * loglik, 0.7, 200) == 0.7


def test_systematic_resampling_takes_each_as_often_as_its_weight_says() -> None:
    weights = np.array([0.1, 0.25, 0.65, 0.0])
    chosen = systematic(np.repeat(weights, 25) / 25, np.random.default_rng(1)) // 25
    assert np.abs(np.bincount(chosen, minlength=4) - 100 * weights).max() <= 1


def test_a_chain_is_done_when_it_has_settled_and_not_while_it_climbs() -> None:
    def after(*means: float) -> Particles:
        levels = tuple(Level(1.0, 50.0, (0.2,), (0.3, 0.5), 50, mean, 2.0) for mean in means)
        return Particles(
            np.zeros((50, 2)),
            np.zeros(50),
            (Level(0.4, 50, (0.2,), (0.3, 0.5), 50, -40, 9), *levels),
        )

    assert not after(*[-24.0] * (WINDOW - 1)).settled  # too few to say
    assert after(*[-24.0] * WINDOW).settled
    assert not after(*np.arange(-26.0, -24.0, 0.1)).settled  # a slow climb
    assert after(-26.0, -25.2, *[-25.0, -24.9, -25.1, -25.0] * (WINDOW // 4)).settled
    sampler = Sampler(exact, 2, 50, most_closing=8)
    assert not sampler.is_done(after(*np.linspace(-26, -24, 7)))
    assert sampler.is_done(after(*np.linspace(-26, -24, 8)))  # given up


@pytest.mark.statistical
def test_a_settled_chain_is_as_likely_as_its_posterior() -> None:
    """Of 12 values, each seen with an error, the mean log likelihood of draws is known; small steps
    must reach it.
    """
    error, values = 0.15, 12
    seen = np.random.default_rng(4).standard_normal(values)

    def likelihood(scores: np.ndarray, noise_seed: int) -> np.ndarray:
        return -0.5 * (((scores - seen) / error) ** 2).sum(axis=1)

    done = Sampler(likelihood, values, 300).run()
    variance = error**2 / (1 + error**2)
    pulled = (
        seen / (1 + error**2) - seen
    ) / error  # the prior keeps the middle of the draws from what was seen
    expected = -0.5 * (values * variance / error**2 + (pulled**2).sum())
    assert done.settled
    assert done.loglik.mean() == pytest.approx(expected, abs=0.5)


def test_a_sampler_that_goes_on_goes_on_as_it_would_have() -> None:
    states: list[Particles] = []
    done = Sampler(estimated, 4, 100).run(keep=states.append)
    again = Sampler(estimated, 4, 100).run(states[2])
    np.testing.assert_array_equal(done.scores, again.scores)
    assert done.levels == again.levels
    other = Sampler(estimated, 4, 100, chain=1).run()
    assert not np.array_equal(done.scores, other.scores)


# The space


OPEN = crisis(
    ALONE,
    parameters(
        pace={"range": [0.01, 0.04], "scale": "log"}, lethality={"range": [50, 200], "scale": "log"}
    ),
    mechanisms(credibility={"any_of": list(CREDIBILITY[:4])}, contest={"range": [-1, 1]}),
    {"horizon_days": 12},
)


def test_what_has_the_same_path_and_range_is_one_value() -> None:
    other = crisis(
        ALONE,
        parameters(pace={"range": [0.01, 0.04], "scale": "log"}, lethality={"range": [50, 90]}),
    )
    space = Space.of([OPEN, other])
    names = [name for name in space.names if name.startswith("parameters")]
    assert names == [
        "parameters.lethality: 50.0 to 200.0, log",
        "parameters.lethality: 50.0 to 90.0",
        "parameters.pace: 0.01 to 0.04, log",
    ]


@pytest.mark.statistical
def test_standard_normal_scores_are_draws_of_the_prior() -> None:
    space = Space.of([OPEN])
    posterior = space.posterior(np.random.default_rng(2).standard_normal((4000, len(space.values))))
    for value in space.values:
        column = posterior.column(value)
        assert column is not None
        if isinstance(value, Choice):
            shares = [np.mean(column == option) for option in value.options]
            np.testing.assert_allclose(shares, 1 / len(value.options), atol=0.04)
        else:
            assert isinstance(value, Quantity)
            uniform = (
                np.log(column / value.low) / math.log(value.high / value.low)
                if value.scale == "log"
                else None
            )
            uniform = (
                (column - value.low) / (value.high - value.low) if uniform is None else uniform
            )
            assert distance_from_uniform(uniform) < 0.04


# Fits of a crisis whose deaths are proportional to one value


def of_deaths(observed: float, error: float = 0.15) -> Crisis:
    columns = ("deaths_challenger", "deaths_defender")
    target = Target(
        "invented", "deaths", "f", "-", "deaths", columns, None, observed, Relative(1.0, error)
    )
    halts = Target("invented", "halts", "g", "-", "halts", ("failed_stops",), None, 0.0, Step(0.5))
    return Crisis(OPEN, (target, halts))


SMALL = Settings(particles=120, replicates=10, moves=3)


def test_each_draw_gets_the_runs_that_were_played_with_it() -> None:
    space = Space.of([OPEN])
    lethality = space.names.index("parameters.lethality: 50.0 to 200.0, log")
    scores = np.zeros((64, len(space.values)))
    scores[:, lethality] = np.linspace(-3, 3, 64)
    (values,) = DrawSimulator((of_deaths(100),), space, 40, here).play(scores, 1)
    assert values.shape == (2, 40, 64)
    assert np.corrcoef(np.arange(64), values[0].mean(axis=0))[0, 1] > 0.7


def test_crises_share_no_luck() -> None:
    """The likelihood of several is a product, as if their random numbers were independent: so it
    must be.
    """
    twin = Crisis(OPEN.model_copy(update={"scenario": "twin"}), of_deaths(100).targets)
    scores = np.zeros((1, len(Space.of([OPEN]).values)))
    one, other = DrawSimulator((of_deaths(100), twin), Space.of([OPEN]), 2000, here).play(scores, 1)
    assert abs(np.corrcoef(one[0, :, 0], other[0, :, 0])[0, 1]) < 0.08
    (again,) = DrawSimulator((twin,), Space.of([OPEN]), 2000, here).play(scores, 1)
    np.testing.assert_array_equal(other, again)


def test_silence_is_what_draws_of_the_prior_may_show() -> None:
    reading, span = (
        Choice(options=("a", "b", "c", "d"), path="x"),
        Quantity(low=0, high=1, path="y"),
    )
    shares = (np.arange(2000) + 0.5) / 2000
    assert distance_from_prior(reading, shares) == 0 and distance_from_prior(span, shares) < 0.001
    assert distance_from_prior(reading, 0.75 * shares) == 0.25
    assert is_silent(span, 0.05, 0.04, 2000) and not is_silent(span, 0.05, 0.06, 2000)
    assert is_silent(span, 0.05, 0.06, 300) and not is_silent(span, 0.15, 0.04, 2000)
    assert is_silent(
        reading, 0.15, 0.04, 2000
    )  # the variance of a score means nothing where options count


@pytest.mark.slow
@pytest.mark.statistical
def test_a_fit_moves_what_the_record_speaks_of_and_nothing_else(tmp_path: Path) -> None:
    few, many = (fit([of_deaths(deaths)], SMALL, here) for deaths in (60, 1500))
    value = "parameters.lethality: 50.0 to 200.0, log"
    low, high = (next(m for m in marginals(made) if m.name == value) for made in (few, many))
    assert low.median < high.median
    unheard = next(
        m for m in marginals(many) if m.path == "mechanisms.contest"
    )  # nobody could lean
    assert 0.3 < unheard.median < 0.7 and unheard.distance < 0.25
    matched = match_rates(many, here)
    (rates,) = matched["crises"]
    assert matched["at_once"] == pytest.approx(rates["all"])  # of one crisis
    assert rates["targets"]["deaths"]["posterior"] > rates["targets"]["deaths"]["prior"]
    said = account(many, here)
    folder = write(many, said, tmp_path)
    assert json.loads((folder / "fit.json").read_text())["silent"] == said["silent"]
    assert read_posterior(folder / "posterior.parquet") == many.posterior
    assert many.posterior.rows == SMALL.particles


@pytest.mark.slow
def test_records_elsewhere_inform_what_is_shared() -> None:
    """What other crises say of a value that this record does not speak of moves it, as they say."""
    space = Space.of([OPEN])
    path = "mechanisms.contest"
    contest = Space(tuple(value for value in space.values if value.path == path))
    others = Elsewhere(
        contest, lambda scores: -0.5 * ((scores[:, 0] - 1.5) / 0.2) ** 2, ("x",), "k"
    )
    made = fit([of_deaths(200)], SMALL, here, elsewhere=others)
    moved = next(m for m in marginals(made) if m.path == path)
    assert moved.median > 0.85 and not moved.silent and made.others == ("x",)
    assert key([of_deaths(200)], SMALL, others) != key([of_deaths(200)], SMALL)
    with pytest.raises(UsageError, match="do not leave these values open"):
        others.over(Space.of([crisis(ALONE)]))


@pytest.mark.slow
def test_a_fit_goes_on_from_the_levels_it_kept(tmp_path: Path) -> None:
    crises, settings = [of_deaths(200)], Settings(particles=40, replicates=4, moves=2, chains=1)
    whole = fit(crises, settings, here, tmp_path)
    told: list[str] = []
    again = fit(crises, settings, here, tmp_path, told.append)
    np.testing.assert_array_equal(whole.scores, again.scores)
    assert told == []  # nothing was played
    (file,) = (tmp_path / FOLDER).glob("*/*.npz")
    assert file.parent.name == key(crises, settings)
    file.write_bytes(file.read_bytes()[:-100])  # torn: played anew
    assert SavedLevels(file).get() is None
    np.testing.assert_array_equal(fit(crises, settings, here, tmp_path).scores, whole.scores)


def test_another_record_or_setting_is_another_fit() -> None:
    keys = {
        key([of_deaths(200)], SMALL),
        key([of_deaths(201)], SMALL),
        key([of_deaths(200, 0.2)], SMALL),
    }
    assert len(keys | {key([of_deaths(200)], Settings())}) == 4


def test_a_crisis_without_open_values_has_nothing_to_fit() -> None:
    closed = Crisis(crisis(ALONE), of_deaths(1).targets)
    assert not Space.of([closed.scenario]).values
    with pytest.raises(UsageError, match="nothing to fit"):
        fit([closed], SMALL, here)


@pytest.mark.slow
def test_runs_that_fail_stop_a_fit() -> None:
    wrong = Target("invented", "x", "f", "-", "-", ("no_such_column",), None, 0.0, Step(0.5))
    with pytest.raises(RunsFailed, match="no_such_column"):
        fit([Crisis(OPEN, (wrong,))], SMALL, here)


# Convergence


@pytest.mark.slow
def test_chains_that_disagree_are_seen() -> None:
    random = np.random.default_rng(1)
    chains = [random.standard_normal((300, 2)) for _ in range(2)]
    rhat, ess = convergence(chains)
    assert rhat is not None and ess is not None and rhat.max() < 1.02 and ess.min() > 300
    chains[1][:, 0] += 1.5
    rhat, ess = convergence(chains)
    assert rhat is not None and ess is not None and rhat[0] > 1.2 > 1.05 > rhat[1] and ess[0] < 30
    assert convergence(chains[:1]) == (None, None)
