"""Comparing arguments: planted effects, planted mechanisms and planted dead channels are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import SCENARIOS, crisis, shipped

from sim.arguments import (
    channels,
    controlling,
    controls,
    drivers,
    hypotheses,
    texts,
)
from sim.arguments.cases import Case, Judged
from sim.arguments.chance import exchange_test, holm
from sim.arguments.effects import Effect, effect
from sim.arguments.judging import ClaimJudge, Size
from sim.arguments.playing import Condition, ExperimentRunner
from sim.arguments.ratios import risk_ratio
from sim.arguments.shares import Share, Shares, shares
from sim.arguments.verdicts import (
    ERROR_RATE,
    Verdict,
    as_tested,
    judge,
    judge_ratio,
    of_claim,
    with_runs,
)
from sim.arguments.words import Bound, Expects, Kind, Reason, Setting, Word
from sim.ensemble.blocks import Store
from sim.ensemble.executors import here
from sim.outcomes.arrays import Outcomes
from sim.outcomes.evaluation import Estimate
from sim.outcomes.measures import read
from sim.scenario import Scenario

MARGIN = 0.05
DRAWS, REPLICATES = 64, 32
NOTHING = Share(0.0, 0.0, 0.0)


def played(
    chance_x: np.ndarray,
    chance_y: np.ndarray,
    seed: int,
    shared: float = 0.6,
    replicates: int = REPLICATES,
) -> Effect:
    """Return the effect of two conditions, given the chance of an event in each draw; luck is
    partly shared.
    """
    random = np.random.default_rng(seed)
    uniforms, own = random.random((2, replicates, len(chance_x)))
    other = np.where(random.random(uniforms.shape) < shared, uniforms, own)
    x, y = (uniforms < chance_x).astype(float), (other < chance_y).astype(float)
    return effect(
        Estimate(x.mean(axis=0) - y.mean(axis=0), (x - x.mean(axis=0)) - (y - y.mean(axis=0)))
    )


def verdict_on(found: Effect, expects: Expects = Expects.GREATER, claims: int = 1) -> Verdict:
    chance = float(holm(np.array([exchange_test(found, 1), *[1.0] * (claims - 1)]))[0])
    return judge(expects, shares(found, MARGIN), chance)


def calls_an_effect(verdict: Verdict) -> bool:
    called = (Word.HOLDS, Word.DEPENDS, Word.ASSUMPTION_DRIVEN)
    return verdict.word in called or verdict.reason in (Reason.OPPOSITE, Reason.DIFFERENCE)


# Effects


@pytest.mark.slow
@pytest.mark.statistical
def test_nothing_is_called_an_effect_no_more_often_than_stated() -> None:
    chances, called = [], 0
    for seed in range(200):
        chance = np.random.default_rng(seed).beta(0.7, 0.7, DRAWS)
        found = played(chance, chance, seed)
        chances.append(exchange_test(found, seed))
        if (
            seed < 20 or chances[-1] < ERROR_RATE
        ):  # else nothing is called, as the first twenty show
            called += calls_an_effect(verdict_on(found))
            assert chances[-1] < ERROR_RATE or not called
    assert called / 200 <= ERROR_RATE
    assert np.mean(np.array(chances) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert (
        np.mean(np.array(chances) < 0.5) > 0.2
    )  # a test that never calls anything would pass the rest


@pytest.mark.statistical
def test_rare_events_are_no_effect_either() -> None:
    chances = []
    for seed in range(200):
        chance = np.full(DRAWS, 0.002)
        chances.append(exchange_test(played(chance, chance, seed, shared=0.0), seed))
    assert np.mean(np.array(chances) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize(
    ("expects", "size", "word"),
    [
        ("greater", 0.3, "holds"),
        ("less", -0.3, "holds"),
        ("greater", -0.3, "fails"),
        ("equal", 0.0, "holds"),
        ("equal", 0.3, "fails"),
        ("at_least", 0.3, "holds"),
        ("at_least", 0.0, "holds"),
        ("at_least", -0.3, "fails"),
    ],
)
def test_a_planted_effect_is_found(expects: str, size: float, word: str) -> None:
    base = np.linspace(0.35, 0.65, DRAWS)
    found = played(base + size, base, 3, shared=1.0)
    spread = shares(found, MARGIN)
    sign = -1 if expects in ("less", "at_most") else 1
    turned = spread if sign > 0 else spread.turned()
    verdict = judge(Expects(expects), turned, exchange_test(found, 1))
    assert verdict.word == word


@pytest.mark.slow
@pytest.mark.statistical
def test_a_sign_that_differs_between_draws_depends_on_the_value_that_parts_them() -> None:
    draws = 256
    value = np.random.default_rng(5).permutation(np.linspace(-0.4, 0.4, draws))
    other = {f"other_{k}": np.random.default_rng(k).random(draws) for k in range(60)}
    found = played(0.5 + value, np.full(draws, 0.5), 5, replicates=64)
    assert verdict_on(found).word == "depends"
    values = drivers.open_values(
        pd.DataFrame({"draw": np.arange(draws), "contest": value, **other}), found.draw
    )
    first = drivers.drivers_of(found, values)[0]
    assert first.path == "contest"
    assert first.threshold == pytest.approx(0, abs=0.08)
    assert first.threshold_low < 0 < first.threshold_high
    assert 0.9 < first.weight_low < first.weight < first.weight_high < 1.1
    assert first.odds == pytest.approx(0.5, abs=0.12)
    cells = drivers.flip_map(found, values, ("contest", "other_1"))
    assert (np.sign(cells["effect"]) == np.sign(cells["x"]))[cells["x"].abs() > 0.1].mean() > 0.95


@pytest.mark.statistical
def test_an_effect_that_begins_at_a_value_flips_nowhere() -> None:
    """A hinge: nothing below the middle of the range, and more and more above it."""
    for seed in range(20):
        value = np.random.default_rng(seed).permutation(np.linspace(0, 1, 128))
        hinge = 0.5 + 0.8 * np.maximum(0, value - 0.5)
        found = played(hinge, np.full(128, 0.5), seed)
        first = drivers.drivers_of(found, pd.DataFrame({"value": value}))[0]
        assert (first.path, first.threshold) == ("value", None)


@pytest.mark.slow
@pytest.mark.statistical
def test_no_value_is_named_where_none_decides() -> None:
    named = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        found = played(np.full(DRAWS, 0.6), np.full(DRAWS, 0.5), seed)
        values = pd.DataFrame({f"value_{k}": random.random(DRAWS) for k in range(80)})
        named += bool(drivers.drivers_of(found, values))
    assert named / 60 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


def test_more_runs_narrow_what_is_left_open() -> None:
    up = np.arange(DRAWS) < 40
    found = played(np.where(up, 0.62, 0.5), np.full(DRAWS, 0.5), 2)
    sharp = found.later(found.likely, 16)
    wide, narrow = (shares(given, MARGIN).above for given in (found, sharp))
    assert narrow.high - narrow.low < wide.high - wide.low


def test_one_replicate_leaves_everything_open() -> None:
    found = effect(Estimate(np.linspace(0, 1, 8), np.zeros((1, 8))))
    assert shares(found, MARGIN).above.low == 0.0
    assert shares(found, MARGIN).above.high == 1.0


def test_chances_are_adjusted_by_the_method_of_holm() -> None:
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


def test_an_undecided_claim_says_how_many_runs_would_decide() -> None:
    base = np.full(256, 0.4)
    true = np.linspace(0.05, 0.3, 256)
    found = played(base + true, base, 2)
    verdict = with_runs(verdict_on(found), Expects.GREATER, found, MARGIN, 2048, 1)
    assert verdict.word == Word.UNDECIDED
    assert verdict.runs == 16 * 2048
    assert verdict.bound == Bound.NONE
    assert verdict_on(played(base + true, base, 2, replicates=16 * REPLICATES)).word == Word.HOLDS


def test_more_runs_do_not_decide_where_the_share_is_near_a_threshold() -> None:
    true = np.linspace(-0.15, 0.45, DRAWS)  # two thirds of draws
    found = played(0.4 + true, np.full(DRAWS, 0.4), 2)
    verdict = with_runs(verdict_on(found), Expects.GREATER, found, MARGIN, 2048, 1)
    assert (verdict.word, verdict.runs, verdict.bound) == (Word.UNDECIDED, None, Bound.RUNS)
    assert texts.detail_of(verdict).endswith("even 16 times as many runs would probably not decide")


def test_nothing_is_predicted_where_two_accounts_of_the_true_effects_disagree() -> None:
    """A quarter of draws without an effect looks normal to one of them."""
    near = np.where(np.arange(DRAWS) < 48, 0.3, 0.0)
    found = played(0.4 + near, np.full(DRAWS, 0.4), 2)
    verdict = with_runs(verdict_on(found), Expects.GREATER, found, MARGIN, 2048, 1)
    assert (verdict.word, verdict.runs, verdict.bound) == (Word.UNDECIDED, None, Bound.NONE)


@pytest.mark.parametrize(
    ("below", "chance", "word"),
    [(0.09, 0.001, "holds"), (0.11, 0.001, "undecided"), (0.09, 0.2, "undecided")],
)
def test_a_claim_holds_only_if_the_opposite_is_rare_for_certain(
    below: float, chance: float, word: str
) -> None:
    spread = Shares(Share(0.9, 0.8, 1.0), NOTHING, Share(0.01, 0.0, below))
    assert judge(Expects.GREATER, spread, chance).word == word


def test_that_nothing_moves_needs_no_effect_to_be_called() -> None:
    spread = Shares(NOTHING, Share(0.9, 0.6, 1.0), NOTHING)
    verdict = judge(Expects.EQUAL, spread, 0.9)
    assert (verdict.reason, verdict.crossed) == (Reason.THRESHOLD, (0.75,))
    assert texts.detail_of(verdict) == "the interval includes 75%"


def test_a_failure_names_its_way_only_where_it_is_clear() -> None:
    most, all_of_it = Share(0.8, 0.7, 0.9), Share(0.9, 0.8, 1.0)
    for below, reason in ((most, Reason.RARELY), (all_of_it, Reason.OPPOSITE)):
        spread = Shares(NOTHING, Share(1 - below.value, 1 - below.high, 1 - below.low), below)
        assert judge(Expects.GREATER, spread, 0.001).reason == reason


# Echoes: a runner in which the world is known


@dataclass
class Planted(ExperimentRunner):
    """A runner that plays nothing: the chance of an event is a formula of the scenario's
    mechanisms.
    """

    chance: Callable[[Scenario, np.ndarray], np.ndarray] = lambda scenario, draw: np.zeros(
        len(draw)
    )

    def play(self, orders: Any) -> None:
        for order in orders:
            if order.runs <= self._available(order.condition):
                continue
            run = np.arange(order.runs)
            uniforms = np.random.default_rng(7).random(100_000)[run]
            hit = uniforms < self.chance(order.condition.scenario, run % self.draws)
            table = pd.DataFrame({"great_power_entry": hit})
            self._outcomes[order.condition.digest] = Outcomes.of(table)


def conditions(**overlay: Any) -> tuple[Condition, ...]:
    """Return two conditions of an invented crisis: Ostland arms Sudland, and Ostland mediates."""
    return tuple(
        Condition(crisis({"policies": {"OST": line}, **overlay}))
        for line in ("lean_defender", "mediate")
    )


ASKED = {"mechanisms": {"structural_balance": 0.01}}
"""Change that marks the setting in which the result is known."""


def case(known: tuple[Setting, ...] = (), **claim: Any) -> Case:
    """Return a claim about an invented crisis, with settings in which its result is known."""
    stated = {
        "id": "T1",
        "says": "A claim.",
        "scenario": "invented",
        "cites": ["x-1"],
        "expects": "greater",
    }
    stated |= {
        "measure": "probability(great_power_entry)",
        "margin": MARGIN,
        "compare": [{}, {}],
        **claim,
    }
    arms = conditions()
    measure = read(stated["measure"], arms[0].scenario)
    claim_of = hypotheses.Claim.model_validate(stated)
    settings = dict.fromkeys(known, conditions(**ASKED))
    argument: Any = None
    return Case(argument, claim_of, 0, measure, arms, arms, (1, -1), settings)


def judged(
    chance: Callable[[Scenario, np.ndarray], np.ndarray],
    size: Size,
    known: tuple[Setting, ...] = (),
    **claim: Any,
) -> Judged:
    runner = Planted(here, Store.below(None), 1, size.draws, frozenset(), chance=chance)
    return ClaimJudge(runner, size).judge([case(known, **claim)])[0]


def asked(scenario: Scenario) -> bool:
    """Return whether this is the setting in which the result is known."""
    return scenario.mechanisms.structural_balance.high > 0


def leans(scenario: Scenario) -> bool:
    return scenario.policies["OST"] == "arms_defender"


def on(scenario: Scenario, *names: str) -> list[bool]:
    return [getattr(scenario.mechanisms, name).high > 0 for name in names]


PLANTED = Size(
    draws=128,
    runs=8192,
    most=8192,
    control=512,
    known=4096,
    pair=512,
    fit_draws=8,
    fit_runs=32,
    records=2,
)
LOOK = replace(PLANTED, runs=4096, most=4096, quick=True)
PART = replace(LOOK, control=32)
"""A size whose first look at a control is at a quarter of the draws."""


@pytest.mark.parametrize("size", [PLANTED, LOOK, PART])
@pytest.mark.parametrize("mechanism", ["contest", "tie_drift"])
@pytest.mark.parametrize(
    ("expects", "with_it", "without"),
    [
        ("greater", 0.3, 0.0),
        ("less", -0.3, 0.0),
        ("equal", 0.0, 0.5),
        ("at_least", 0.0, -0.5),
        ("at_most", 0.0, 0.5),
    ],
)
def test_a_planted_echo_is_called_an_echo(
    expects: str, with_it: float, without: float, mechanism: str, size: Size
) -> None:
    """Whatever a claim expects, it must not rest on one mechanism, disputed or not."""

    def chance(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        bearing = all(on(scenario, mechanism))
        # an effect of 0 is still delivered, in both directions
        delivered = 0.0 if with_it else np.where(draw % 2 == 0, 0.1, -0.1)
        size_of = (with_it if bearing else without) + delivered
        return (0.65 if without < 0 else 0.35) + size_of * leans(scenario) + 0.0002 * draw

    found = judged(chance, size, expects=expects, margin=0.3 if with_it == 0 else 0.1)
    assert found.finding.verdict.word == Word.ASSUMPTION_DRIVEN
    assert found.finding.verdict.mechanisms == (mechanism,)
    assert (found.needs.kind, found.needs.mechanisms) == (Kind.SINGLE, (mechanism,))


def test_a_part_of_the_draws_settles_the_mechanisms_that_bear_nothing() -> None:
    def chance(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        return 0.2 + 0.6 * leans(scenario) * all(on(scenario, "contest")) + 0.001 * draw

    found = judged(chance, PART)
    runs = {control.mechanisms: control.runs for control in found.controls}
    assert runs.pop(("contest",)) >= PART.draws
    assert set(runs.values()) == {PART.control}
    assert found.finding.verdict.mechanisms == ("contest",)


def test_a_claim_on_the_edge_of_an_echo_is_left_open() -> None:
    """A quarter of the effect is left without the mechanism."""

    def chance(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        return 0.2 + leans(scenario) * (0.15 + 0.45 * all(on(scenario, "contest"))) + 0.001 * draw

    verdict = judged(chance, LOOK).finding.verdict
    assert (verdict.word, verdict.reason) == (Word.UNDECIDED, Reason.MAY_NEED)
    assert verdict.mechanisms == ("contest",)


def test_an_effect_that_survives_every_control_is_no_echo() -> None:
    found = judged(lambda scenario, draw: 0.3 + 0.3 * leans(scenario) + 0.001 * draw, PLANTED)
    assert found.finding.verdict.word == Word.HOLDS
    assert found.needs.kind is None
    assert len(found.controls) > 10


def test_an_effect_that_two_mechanisms_bear_in_each_others_stead_rests_on_both() -> None:
    def chance(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        return 0.3 + 0.3 * leans(scenario) * any(on(scenario, "contest", "leverage")) + 0.001 * draw

    found = judged(chance, PLANTED)
    assert found.finding.verdict.word == "holds"
    assert found.needs.kind == Kind.JOINT
    assert set(found.needs.mechanisms) == {"contest", "leverage"}


def test_an_effect_that_two_mechanisms_bear_half_each_rests_on_the_pair() -> None:
    def chance(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        size = 0.15 * sum(on(scenario, "contest", "tie_drift"))
        return 0.3 + leans(scenario) * size + 0.001 * draw

    found = judged(chance, PLANTED)
    assert found.finding.verdict.word == "holds"
    assert found.needs.kind == Kind.JOINT
    assert set(found.needs.mechanisms) == {"contest", "tie_drift"}


def test_a_control_that_halves_an_effect_does_not_take_it_away() -> None:
    def chance(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        return 0.3 + leans(scenario) * (0.2 + 0.2 * all(on(scenario, "contest"))) + 0.001 * draw

    assert judged(chance, PLANTED).finding.verdict.word == "holds"


def test_the_opposite_of_a_claim_can_rest_on_a_mechanism() -> None:
    def chance(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        size = 0.3 if asked(scenario) else -0.3
        return 0.5 + size * leans(scenario) * all(on(scenario, "contest")) + 0.001 * draw

    found = judged(chance, LOOK, (Setting.POSITIVE,))
    assert found.finding.verdict.reason == Reason.OPPOSITE
    assert (found.needs.kind, found.needs.mechanisms) == (Kind.SINGLE, ("contest",))


def test_a_claim_that_fails_everywhere_gets_no_controls() -> None:
    found = judged(lambda scenario, draw: 0.7 - 0.3 * leans(scenario) + 0.001 * draw, PLANTED)
    assert found.finding.verdict.word == Word.UNTESTABLE
    assert found.controls == ()


# Channels


def test_a_treatment_that_changes_nothing_leaves_a_claim_untested() -> None:
    found = judged(lambda scenario, draw: np.full(len(draw), 0.3), PLANTED, (Setting.POSITIVE,))
    assert found.channel.delivered is not None and found.channel.delivered.value == 0
    assert found.finding.verdict.word == found.open.verdict.word == Word.UNTESTED
    assert found.finding.verdict.reason == Reason.NOT_DELIVERED


def small(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
    """Return chances with a delivered effect below the margin, which is large where asked."""
    upward = 0.3 if asked(scenario) else np.where(draw % 2 == 0, 0.06, -0.06)
    return 0.4 + upward * leans(scenario)


def test_a_claim_fails_only_if_it_holds_in_its_positive_control() -> None:
    size = replace(PLANTED, runs=16384, most=16384)
    alive = judged(small, size, (Setting.POSITIVE,), margin=0.1)
    assert alive.finding.verdict.word == Word.FAILS
    assert alive.channel.known[Setting.POSITIVE].holds
    assert judged(small, size, margin=0.1).finding.verdict.reason == Reason.NO_CONTROL

    def dead(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        return 0.4 + np.where(draw % 2 == 0, 0.06, -0.06) * leans(scenario)

    found = judged(dead, size, (Setting.POSITIVE,), margin=0.1)
    assert found.finding.verdict.word == Word.UNTESTABLE
    assert found.finding.verdict.reason == Reason.CONTROL_FAILS


def test_a_claim_that_holds_where_it_should_not_is_untestable() -> None:
    found = judged(
        lambda scenario, draw: 0.3 + 0.4 * leans(scenario) + 0.0 * draw,
        PLANTED,
        (Setting.NEGATIVE,),
    )
    assert found.finding.verdict.word == Word.UNTESTABLE
    assert found.finding.verdict.reason == Reason.CANNOT_FAIL


@pytest.mark.parametrize(
    ("delivered", "positive", "word", "wanted"),
    [
        (0.04, True, Word.HOLDS, Word.UNTESTED),
        (0.04, None, Word.FAILS, Word.UNTESTED),
        (0.06, None, Word.FAILS, Word.UNTESTABLE),
        (0.06, False, Word.FAILS, Word.UNTESTABLE),
        (0.06, True, Word.FAILS, Word.FAILS),
        (0.06, False, Word.HOLDS, Word.HOLDS),
        (0.06, False, Word.DEPENDS, Word.DEPENDS),
        (None, True, Word.FAILS, Word.FAILS),
    ],
)
def test_untested_goes_before_untestable_and_that_before_fails(
    delivered: float | None, positive: bool | None, word: Word, wanted: Word
) -> None:
    verdict = Verdict(word, Reason.NONE, NOTHING)
    share = near(delivered)
    stated = positive is not None, False
    assert as_tested(verdict, share, share, positive, None, stated).word == wanted


def near(value: float | None) -> Share | None:
    """Return a share with a narrow interval."""
    return None if value is None else Share(value, value - 0.005, value + 0.005)


@pytest.mark.parametrize(
    ("positive", "word", "reason"),
    [
        (True, Word.FAILS, Reason.NONE),
        (False, Word.UNTESTABLE, Reason.CONTROL_FAILS),
        (None, Word.UNDECIDED, Reason.CONTROL_OPEN),
    ],
)
def test_a_failing_claim_is_open_if_its_positive_control_is(
    positive: bool | None, word: Word, reason: Reason
) -> None:
    verdict = as_tested(Verdict(Word.FAILS, Reason.NONE, NOTHING), None, None, positive, None)
    assert (verdict.word, verdict.reason) == (word, reason)


def test_a_delivery_close_to_the_threshold_leaves_a_claim_open() -> None:
    close = Share(0.05, 0.04, 0.06)
    verdict = as_tested(Verdict(Word.HOLDS, Reason.NONE, NOTHING), close, None, None, False)
    assert (verdict.word, verdict.reason) == (Word.UNDECIDED, Reason.DELIVERY_OPEN)


@pytest.mark.parametrize(
    ("word", "reached", "wanted"),
    [
        (Word.FAILS, 0.04, Word.UNTESTED),
        (Word.FAILS, 0.06, Word.FAILS),
        (Word.FAILS, None, Word.FAILS),
        (Word.HOLDS, 0.04, Word.HOLDS),
        (Word.DEPENDS, 0.04, Word.DEPENDS),
    ],
)
def test_a_measure_that_hardly_changes_is_no_failure(
    word: Word, reached: float | None, wanted: Word
) -> None:
    verdict = Verdict(word, Reason.NONE, NOTHING)
    assert as_tested(verdict, near(0.5), near(reached), True, False).word == wanted


@pytest.mark.parametrize(
    ("measure", "shift", "material"),
    [
        ("mean(deaths_defender)", 9.0, 0.0),  # the margin is 100
        ("mean(deaths_defender)", 11.0, 0.5),
        ("mean(deaths_defender) / mean(offers)", 9.0, 0.0),
        ("mean(deaths_defender) / mean(offers)", 22.0, 0.5),
    ],
)
def test_a_measure_changes_where_it_changes_by_a_tenth_of_the_margin(
    measure: str, shift: float, material: float
) -> None:
    """Half of the runs have the shift, and the others a trace of it."""
    one = case(measure=measure, margin=100)
    first = pd.DataFrame({"deaths_defender": np.full(256, 500.0), "offers": np.full(256, 2.0)})
    moved = first["deaths_defender"] + np.where(np.arange(256) < 128, shift, 1e-4)
    arms = [first.assign(deaths_defender=moved), first]
    share = channels.reached(one, [Outcomes.of(arm) for arm in arms], 16)
    assert share is not None
    assert share.value == material


def test_runs_differ_where_any_value_does() -> None:
    first = Outcomes.of(pd.DataFrame({"a": [1.0, np.nan, 2.0], "b": ["x", "x", "y"]}))
    second = Outcomes.of(pd.DataFrame({"a": [1.0, np.nan, 2.0], "b": ["x", "y", "y"]}))
    assert channels.differs(first, second, ["a", "b"]).tolist() == [False, True, False]
    assert channels.differs(first, second, ["a"]).tolist() == [False, False, False]


# Readings


@pytest.mark.parametrize(
    ("readings", "wanted"),
    [
        ((Word.HOLDS, Word.HOLDS), Word.HOLDS),
        ((Word.HOLDS, Word.FAILS), Word.SPLIT),
        ((Word.HOLDS, Word.UNTESTED), Word.HOLDS),
        ((Word.UNTESTABLE, Word.UNDECIDED), Word.UNDECIDED),
        ((Word.UNTESTABLE, Word.UNTESTABLE), Word.UNTESTABLE),
        ((Word.UNTESTED, Word.UNTESTABLE), Word.SPLIT),
        ((Word.HOLDS, Word.UNDECIDED), Word.UNDECIDED),
        ((Word.HOLDS, Word.UNDECIDED, Word.FAILS), Word.SPLIT),
        ((Word.UNDECIDED,), Word.UNDECIDED),
    ],
)
def test_a_claim_depends_on_its_reading_if_decided_readings_differ(
    readings: tuple[Word, ...], wanted: Word
) -> None:
    assert of_claim(readings) == wanted


def test_a_reading_takes_what_it_leaves_out_from_its_claim() -> None:
    second = {"coder": "second", "reading": "another", "margin": 0.2, "expects": "less"}
    claim = case(readings=[second], coder="first", reading="a reading").claim
    assert [claim.name(k) for k in (0, 1)] == ["T1.1", "T1.2"]
    assert (claim.tests[1].margin, claim.tests[1].expectation) == (0.2, Expects.LESS)
    assert claim.tests[1].measure == claim.measure


# Measures that are seldom defined

RATIO = "probability(great_power_entry) / probability(great_power_entry)"


@pytest.mark.parametrize(("risk", "delivered"), [(0.0, 0.0), (0.002, 0.1)])
def test_a_ratio_that_is_defined_in_few_draws_leaves_its_claim_undecided(
    risk: float, delivered: float
) -> None:
    """It is not defined in any draw, or in few of the second condition."""

    def chance(scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        return np.full(len(draw), risk + delivered * leans(scenario))

    found = judged(chance, LOOK, measure=RATIO)
    assert len(found.finding.effect.value) < LOOK.draws / 2
    if not delivered:
        assert found.finding.verdict.word == Word.UNTESTED
        return
    assert found.finding.verdict.reason == Reason.UNDEFINED
    assert texts.detail_of(found.finding.verdict).endswith(f"of {LOOK.draws} draws")


# Rare events


def test_no_events_are_no_certainty() -> None:
    nothing = np.zeros(DRAWS)
    ratio = risk_ratio(nothing, nothing, REPLICATES)
    assert ratio.value == 1
    assert ratio.low < 0.05
    assert ratio.high > 20
    assert judge_ratio(ratio, 1.5, 0.9).word == Word.UNDECIDED
    assert ratio.difference_low < 0 < ratio.difference_high


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.002, 0.02])
def test_intervals_of_risk_ratios_cover(rate: float) -> None:
    """Events cluster in draws, with a mean of the rate, and the first risk is three times as
    high.
    """
    covered = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        chance = np.clip(rate * random.gamma(1.0, 1.0, 128), 0, 0.3)
        hits = [random.binomial(32, np.clip(k * chance, 0, 1)) / 32 for k in (3, 1)]
        ratio = risk_ratio(hits[0], hits[1], 32)
        covered += ratio.low <= 3 <= ratio.high
    assert covered / 200 >= 0.92


def test_risk_ratios_are_judged_by_their_interval() -> None:
    risks = np.full(DRAWS, 0.12), np.full(DRAWS, 0.02)
    ratio = risk_ratio(*risks, REPLICATES)
    assert judge_ratio(ratio, 1.5, 0.001).word == Word.HOLDS
    assert judge_ratio(ratio, 1.5, 0.5).reason == Reason.CHANCE
    assert judge_ratio(ratio, 50.0, 0.001).reason == Reason.RATIO_INSIDE
    assert judge_ratio(ratio.turned(), 0.5, 0.001).word == Word.HOLDS
    assert judge_ratio(ratio.turned(), 1.5, 0.001).reason == Reason.OPPOSITE
    few = risk_ratio(risks[0] / 20, risks[1] / 20, REPLICATES)
    assert judge_ratio(few, 1.5, 0.001).reason == Reason.FEW_EVENTS


# Words


def test_every_code_has_a_wording() -> None:
    assert texts.WORDS.keys() == set(Word)
    assert texts.REASONS.keys() | {
        Reason.NONE,
        Reason.MECHANISM,
        Reason.MAY_NEED,
        Reason.THRESHOLD,
        Reason.UNDEFINED,
    } == set(Reason)


def test_the_named_surprises_are_those_of_the_published_table() -> None:
    """The text below the generated list speaks of the same claims."""
    page = (SCENARIOS.parent / "docs" / "results.md").read_text(encoding="utf-8")
    generated, text = page.split("<!-- generated: surprises -->\n")[1].split("<!-- end -->")[:2]
    named = [line.split("*")[1].split(".")[0] for line in generated.splitlines()]
    assert named
    for claim in named:
        assert f"*{claim}*" in text.split("###")[0], claim


def test_a_mechanism_that_the_conditions_set_is_no_control() -> None:
    one = case()
    off = one.arms[1].variant(
        controls.Control(Kind.SINGLE, ("contest",), (("contest", 0.0),)).applied(
            crisis().mechanisms
        )
    )
    found = controlling.single_controls(replace(one, arms=(one.arms[0], off)))
    names = [control.mechanisms[0] for control in found]
    assert "contest" not in names
    assert "leverage" in names


def test_only_mechanisms_at_work_are_controls() -> None:
    names = {control.mechanisms[0] for control in controls.singles(shipped("april_2016"))}
    assert {"credibility", "contest", "leverage", "treaty_stretch"} <= names
    assert "structural_balance" not in names  # 0 in the shipped model
    alone = crisis({"actors": {"OST": {"treaties": None}}})
    assert not {"treaty_duty", "treaty_stretch"} & {
        control.mechanisms[0] for control in controls.singles(alone)
    }
