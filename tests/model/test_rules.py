"""Each rule against its equation, recomputed one number at a time, and at its limits."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from worlds import grid, halton

from sim.engine.rules import battle, ceasefires, choice, mediators, patrons, prospect, ties, total
from sim.scenario import CREDIBILITY

SHARE = (0.0, 1.0)
SIGNED = (-1.0, 1.0)
LEVELS = (0.0, 4.0)
RATE = (0.0, 3.0)
DAYS = (1.0, 60.0)
POSITIVE = (0.1, 5.0)

Equation = tuple[Callable[..., object], Callable[..., float], tuple[tuple[float, float], ...]]


def plus(x: float) -> float:
    return max(x, 0.0)


EQUATIONS: list[Equation] = [
    (
        battle.balance,
        lambda c, d, e, x: math.log(c / d) + e * x,
        (POSITIVE, POSITIVE, RATE, SIGNED),
    ),
    (battle.pace, lambda p, t, f: p * t / math.sqrt(f / 100), (SHARE, RATE, POSITIVE)),
    (battle.lethality, lambda k, s, f: k * s * (f / 100) ** 0.75, (RATE, RATE, POSITIVE)),
    (battle.ground, lambda pace, e, w: pace * e * e * w, (SHARE, SHARE, SHARE)),
    (battle.deaths, lambda k, e, u: k * e * (0.4 + 1.2 * u), (RATE, SHARE, SHARE)),
    (battle.defender_share, lambda w: (1 + w) / 3, (SHARE,)),
    (battle.lesson, lambda r, e, w, x: r * e * (w - x), (RATE, SHARE, SHARE, SHARE)),
    (
        mediators.bias,
        lambda s, t, u, v: max(-1.0, min(1.0, (s - t) / 2 + (u - v) / 6)),
        (SIGNED, SIGNED, LEVELS, LEVELS),
    ),
    (mediators.authority, lambda a, s, u: 1 - a * s * min(u / 3, 1), (SHARE, SHARE, (0.0, 9.0))),
    (mediators.voice, lambda t, b, a: 2 * t * b * a, (SHARE, SHARE, SHARE)),
    (mediators.delivered, lambda w, u: 1 - w * min(u / 3, 1), (SHARE, (0.0, 9.0))),
    (mediators.reception, lambda t, e, c: plus(t - e * c / 3), (SIGNED, SHARE, LEVELS)),
    (patrons.presence, lambda t, f: t / (t + f / 20), (RATE, POSITIVE)),
    (ceasefires.utility_of_surrender, lambda c, f, r: -c - f - r, (SHARE, SHARE, SIGNED)),
    (patrons.cost_of_turning, lambda h, c, d: h * plus(c - d), (SHARE, LEVELS, LEVELS)),
    (
        mediators.contact,
        lambda r, h, v, d, x: 1 - math.exp(-r * h * (d + v) * x),
        (RATE, SHARE, RATE, SHARE, SHARE),
    ),
    (mediators.direct_contact, lambda c, t, b: c * (1 + t) * (1 + b), (SHARE, SIGNED, SIGNED)),
    (mediators.guaranteed, lambda b, t: b * min(2 * t, 1), (SHARE, SHARE)),
    (
        mediators.readiness,
        lambda r, d: 1 - math.exp(-((d / r) ** 2)) if r > 0.001 else 1.0,
        ((0.0, 20.0), DAYS),
    ),
    (choice.logistic, lambda x: 1 / (1 + math.exp(-x)), ((-30.0, 30.0),)),
    (
        choice.accepts,
        lambda u, k, v: float(v < 1 / (1 + math.exp(-k * u))),
        (SIGNED, (0.0, 20.0), SHARE),
    ),
    (patrons.regard, lambda s, d, x, c: plus(s) - d * x * c, (SIGNED, SHARE, SHARE, SHARE)),
    (patrons.threat, lambda h, p: h * (0.4 + plus(2 * p - 1)), (SHARE, SHARE)),
    (
        patrons.worth_of_leaning,
        lambda v, g, d, b, o, c, r, e, x, f: e * (v * plus(g - o) * d - b * o + c * r) - x * f,
        (RATE, SIGNED, SHARE, RATE, SIGNED, SIGNED, LEVELS, SHARE, RATE, SHARE),
    ),
    (
        patrons.utility_of_mediation,
        lambda a, v, e, h, s, w, b, r: 2 * a * v * e * h * s * w * b * (1 - r),
        (RATE, *[SHARE] * 7),
    ),
    (patrons.duty_owed, lambda d, t, s, g: 2 * d * t * s * (1 - g), (RATE, SHARE, SHARE, SHARE)),
    (prospect.cost_of_war, lambda e, c, t: e * c * t, (SHARE, RATE, DAYS)),
    (
        prospect.ground_in_open_country,
        lambda v, p, x, t: min(v * p * t, x),
        (SHARE, SHARE, SHARE, DAYS),
    ),
    (ties.drift, lambda r, e, g, y: r * e * (g - y) / 2, (RATE, SHARE, SHARE, SHARE)),
    (
        ceasefires.first_hazard,
        lambda b, g, s, k, f, m, w: (
            b * math.exp(min(f * k * g * (1 - m) / s, 30)) * (1 - m) * (1 - w)
        ),
        (RATE, SHARE, POSITIVE, (0.0, 40.0), SHARE, SHARE, SHARE),
    ),
    (ceasefires.chance_of_break, lambda h, a: 1 - math.exp(-h / (1 + a) ** 2), (RATE, (0.0, 60.0))),
    (ceasefires.chance_to_hold, lambda h, f: math.exp(-f * h * math.pi**2 / 6), (RATE, SHARE)),
    (
        ceasefires.utility_of_signing,
        lambda t, c, v, q, p, w: q * (t - v) - c + p - (1 - q) * w,
        (SIGNED, SHARE, SIGNED, SHARE, SHARE, SHARE),
    ),
    (ceasefires.chance_of_signature, lambda x: math.exp(min(x, 0) - min(x, 0) ** 2), (SIGNED,)),
    (
        ceasefires.fear_of_next_demand,
        lambda c, p, g: c * plus(2 * p - 1) * (1 - g),
        (SHARE, SHARE, SHARE),
    ),
]

BY_THEMSELVES = {
    battle.engagements_won,
    battle.least_level,
    battle.most_level,
    battle.reachable,
    battle.returned_fire,
    patrons.trespass,
    mediators.credibility,
    mediators.curves,
    mediators.pressure,
    mediators.pull,
    choice.choose,
    choice.draw,
    choice.rule_out,
    patrons.commitment,
    patrons.prices,
    patrons.duty_paid,
    patrons.has_news,
    patrons.holds_back,
    patrons.price_of_climbing,
    patrons.support,
    patrons.urgency,
    prospect.ground_behind_line,
    prospect.reward_of_action,
    prospect.utility_of_levels,
    prospect.value_of_fighting,
    ties.expected_help,
    ties.towards_balance,
}
"""Rules with tests of their own below: they are no plain function of single numbers."""


@pytest.mark.parametrize(
    ("rule", "equation", "ranges"), EQUATIONS, ids=[rule.__name__ for rule, _, _ in EQUATIONS]
)
def test_rule_follows_its_equation(
    rule: Callable[..., np.ndarray],
    equation: Callable[..., float],
    ranges: tuple[tuple[float, float], ...],
) -> None:
    low, high = np.array(ranges).T[:, :, None]
    points = low + (high - low) * halton(len(ranges), 200)
    expected = [equation(*point) for point in points.T]
    np.testing.assert_allclose(rule(*points), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("rule", "equation", "ranges"), EQUATIONS, ids=[rule.__name__ for rule, _, _ in EQUATIONS]
)
def test_rule_keeps_to_single_precision(
    rule: Callable[..., np.ndarray],
    equation: Callable[..., float],
    ranges: tuple[tuple[float, float], ...],
) -> None:
    """The engine plays in 32 bits: a rule neither widens them nor loses its equation in them."""
    low, high = np.array(ranges).T[:, :, None]
    points = (low + (high - low) * halton(len(ranges), 200)).astype(np.float32)
    found = rule(*points)
    assert found.dtype in (np.float32, bool)
    expected = [equation(*point) for point in points.astype(float).T]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_no_rule_is_left_out() -> None:
    public = {
        rule
        for module in (battle, mediators, choice, patrons, prospect, ties, ceasefires)
        for name, rule in inspect.getmembers(module, inspect.isfunction)
        if rule.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == {rule for rule, _, _ in EQUATIONS} | BY_THEMSELVES


# Battle


@pytest.mark.parametrize("chance", [0.0, 1e-9, 0.03, 0.25, 0.5, 0.81, 0.999, 1.0])
def test_engagements_won_are_binomial(chance: float) -> None:
    """On an even grid of uniforms, inversion gives each count its exact share, to within one point
    of the grid.
    """
    size = 20_000
    won = battle.engagements_won(np.full(size, chance), grid(size)) * 4
    for count in range(5):
        exact = math.comb(4, count) * chance**count * (1 - chance) ** (4 - count)
        assert abs((won == count).mean() - exact) <= 1.0 / size
    assert set(won) <= {0.0, 1.0, 2.0, 3.0, 4.0}


def test_engagements_won_rise_with_luck_and_with_the_chance() -> None:
    """Common random numbers rest on this: the same luck never wins less with a better chance."""
    uniforms = grid(500)
    shares = np.array(
        [battle.engagements_won(np.full(500, p), uniforms) for p in np.linspace(0, 1, 41)]
    )
    assert (np.diff(shares, axis=0) >= 0).all()
    assert (np.diff(shares, axis=1) >= 0).all()


def test_equal_sides_without_drones_are_in_balance() -> None:
    one = np.ones(1)
    assert battle.balance(3 * one, 3 * one, 2 * one, 0 * one) == 0.0


def test_deaths_average_the_lethality_of_the_day() -> None:
    uniforms = grid(1000)
    dead = battle.deaths(np.full(1000, 150.0), np.full(1000, 0.3), uniforms)
    assert dead.mean() == pytest.approx(150 * 0.3)
    assert dead.min() >= 0.4 * 45 and dead.max() <= 1.6 * 45


def test_who_loses_every_engagement_loses_two_for_one() -> None:
    np.testing.assert_allclose(
        battle.defender_share(np.array([0.0, 0.5, 1.0])), [1 / 3, 1 / 2, 2 / 3]
    )


def test_a_day_that_went_as_expected_teaches_nothing() -> None:
    half = np.array([0.5])
    assert battle.lesson(half, half, half, half) == 0.0
    assert (
        battle.lesson(half, half, 2 * half, half) > 0.0 > battle.lesson(half, half, 0 * half, half)
    )


def test_reachable_rungs() -> None:
    """A side steps down by one at most, and up to one above the higher escalation of the two. It
    returns fire under an offensive.
    """
    for escalation, enemy in product(range(4), range(4)):
        mask = battle.reachable(np.array([escalation]), np.array([enemy]), 4)[:, 0]
        least = max(escalation - 1, 1 if enemy >= 2 else 0)
        expected = [float(least <= option <= max(escalation, enemy) + 1) for option in range(4)]
        assert mask.tolist() == expected
        ends = battle.least_level, battle.most_level
        low, high = (end(np.array([escalation]), np.array([enemy]))[0] for end in ends)
        assert (low, high) == (least, max(escalation, enemy) + 1)
        answer = battle.returned_fire(np.array([enemy]))[0]
        assert answer == (enemy >= 2) and mask[max(escalation, answer)] == 1.0


# Brokers


def believe(curve: str, towards: np.ndarray) -> np.ndarray:
    """Return how far a broker is believed by one curve."""
    index = list(mediators.CURVES).index(curve)
    return mediators.credibility(mediators.curves(np.full(len(towards), index)), towards)


@pytest.mark.parametrize("curve", mediators.CURVES)
def test_credibility_curves_have_mean_one_half(curve: str) -> None:
    size = 100_000
    believed = believe(curve, 2 * grid(size) - 1)
    assert believed.mean() == pytest.approx(0.5, abs=1e-6)
    assert believed.min() >= 0.0 and believed.max() <= 1.0


@pytest.mark.parametrize(
    ("curve", "points"),
    [
        ("neutral", {-1: 0, -0.4: 0.6, 0: 1, 0.4: 0.6, 1: 0}),
        ("kydd03", {-1: 0, -0.4: 0.3, 0: 0.5, 0.4: 0.7, 1: 1}),
        ("favretto", {-1: 1, -0.5: 0, 0: 1, 0.5: 0, 0.75: 0.5, 1: 1}),
        ("off", {-1: 0.5, 0: 0.5, 0.3: 0.5, 1: 0.5}),
        # mean of 1 - |s - .35| / .65 over s in [0, 1] is 1 - (.35^2 + .65^2) / 1.3, and the curve
        # is scaled to 1/2
        (
            "kydd06",
            {
                b: (1 - abs(abs(b) - 0.35) / 0.65) / 2 / (1 - 0.545 / 1.3)
                for b in (-1, -0.35, 0, 0.1, 0.35, 1)
            },
        ),
    ],
)
def test_credibility_at_known_points(curve: str, points: dict[float, float]) -> None:
    towards = np.array(list(points), dtype=float)
    np.testing.assert_allclose(believe(curve, towards), list(points.values()), atol=1e-12)


def test_each_run_keeps_to_its_own_credibility_curve() -> None:
    towards = np.full(5, 0.2)
    mixed = mediators.credibility(mediators.curves(np.arange(5)), towards)
    alone = [believe(curve, towards[:1])[0] for curve in CREDIBILITY]
    np.testing.assert_array_equal(mixed, alone)


def test_bias_towards_one_side_is_bias_against_the_other() -> None:
    points = 2 * halton(4, 100) - 1
    forward = mediators.bias(points[0], points[1], 2 + 2 * points[2], 2 + 2 * points[3])
    backward = mediators.bias(points[1], points[0], 2 + 2 * points[3], 2 + 2 * points[2])
    np.testing.assert_array_equal(forward, -backward)


def test_nobody_meets_without_alarm_or_channel_and_voices_add_up() -> None:
    one, none = np.ones(1), np.zeros(1)
    assert mediators.contact(one, none, one, one, one) == 0.0
    assert mediators.contact(one, one, none, none, one) == 0.0
    assert mediators.contact(one, one, one, one, none) == 0.0
    rates = -np.log1p(
        -mediators.contact(np.full(4, 2.0), np.full(4, 0.5), np.arange(4.0), np.full(4, 0.25), 1.0)
    )
    np.testing.assert_allclose(rates, [0.25, 1.25, 2.25, 3.25])


def pressure(dilution: float, **changes: list[float]) -> float:
    """Return the pressure of two brokers in one run."""
    stated = {
        "dependence": [0.6, 0.3],
        "heard": [0.9, 0.5],
        "received": [0.5, 0.8],
        "believed": [0.7, 0.4],
        "share": [0.75, 0.25],
        **changes,
    }
    columns = {name: np.array(values)[:, None] for name, values in stated.items()}
    columns["among"] = mediators.pull(columns.pop("share"), np.array([dilution]))
    return float(mediators.pressure(np.array([0.2]), np.array([0.5]), **columns)[0])


def test_pressure_adds_brokers_undiluted_and_averages_them_diluted() -> None:
    first, second = 0.6 * 0.9 * 0.5 * 0.7, 0.3 * 0.5 * 0.8 * 0.4
    scale = 2 * 0.2 * 0.5
    assert pressure(0.0) == pytest.approx(scale * (first + second))
    assert pressure(1.0) == pytest.approx(scale * (0.75 * first + 0.25 * second))
    assert pressure(1.5) == pytest.approx(scale * (0.75**1.5 * first + 0.25**1.5 * second))


def test_a_broker_not_received_or_voiceless_has_no_pressure() -> None:
    alone = pressure(0.0, dependence=[0.0, 0.3])
    assert pressure(0.0, received=[0.0, 0.8]) == pytest.approx(alone)
    assert pressure(0.0, share=[0.0, 1.0]) == pytest.approx(alone)
    assert pressure(1.5, share=[0.0, 0.0]) == 0.0


# Choice


def test_logit_response_against_a_scalar_computation() -> None:
    """Drawn on an even grid of uniforms, three options come as often as their odds say."""
    size = 20_000
    for run, point in enumerate(halton(4, 20).T):
        score = np.log([0.5, 0.3, 0.2]) + 6 * point[3] * (4 * point[:3] - 2)
        taken = choice.choose(np.repeat(score[:, None], size, axis=1), grid(size))
        odds = [math.exp(nats) for nats in score]
        shares = np.bincount(taken, minlength=3) / size
        np.testing.assert_allclose(shares, np.array(odds) / sum(odds), atol=2 / size, err_msg=run)


def test_two_options_give_the_logistic_curve() -> None:
    """The second option is taken as often as 1 / (1 + exp(-precision gain))."""
    size, precision = 10_000, 3.0
    for gain in np.linspace(-2.5, 2.5, 21):
        score = np.array([np.zeros(size), np.full(size, precision * gain)])
        taken = choice.choose(score, grid(size))
        assert taken.mean() == pytest.approx(1 / (1 + math.exp(-precision * gain)), abs=1.0 / size)


LAST = math.nextafter(1.0, 0.0)


@pytest.mark.parametrize("uniform", [0.0, 1e-300, 0.5, LAST])
@pytest.mark.parametrize("closed", [(0,), (3,), (0, 1), (2, 3), (0, 2), (0, 1, 3)])
def test_an_option_that_is_ruled_out_is_never_chosen(
    closed: tuple[int, ...], uniform: float
) -> None:
    """However much it is worth, and at both ends of the luck."""
    for precision in (0.0, 1.0, 1e9):
        worth = [1e6 if option in closed else 0.1 * option for option in range(4)]
        score = precision * np.array(worth)[:, None]
        score[list(closed)] -= choice.RULED_OUT
        assert choice.choose(score, np.full(1, uniform))[0] not in closed


def test_draw_gives_each_option_its_share() -> None:
    size = 10_000
    shares = np.array([0.0, 0.35, 0.0, 0.6, 0.05, 0.0])
    drawn = choice.draw(np.repeat(shares[:, None], size, axis=1), grid(size))
    np.testing.assert_allclose(np.bincount(drawn, minlength=6) / size, shares, atol=1.0 / size)


def test_draw_needs_no_normalised_weights() -> None:
    shares = np.array([0.2, 0.3, 0.5])[:, None] * np.ones((3, 1000))
    np.testing.assert_array_equal(
        choice.draw(shares, grid(1000)), choice.draw(7.0 * shares, grid(1000))
    )


def test_draw_knows_more_options_than_small_integers_hold() -> None:
    weights = np.zeros((300, 4))
    weights[[5, 130, 200, 299], range(4)] = 1.0
    assert choice.draw(weights, np.full(4, 0.5)).tolist() == [5, 130, 200, 299]


def test_a_sum_of_rows_is_the_same_for_one_run_and_for_many() -> None:
    rows = halton(12, 1000).astype(np.float32)
    many = total(rows)
    np.testing.assert_array_equal(many, [total(rows[:, run : run + 1])[0] for run in range(1000)])
    assert total(np.zeros((0, 3))).tolist() == [0, 0, 0]


# Patrons


def test_a_duty_is_paid_in_part_by_aid_and_in_full_by_force() -> None:
    """A quarter by each level; mediating counts as much as words."""
    one = np.ones(1)
    paid = [
        patrons.duty_paid(level, mediates)
        for level, mediates in ((0, False), (0, True), (1, True), (2, False))
    ]
    assert paid == [0.0, 0.25, 0.25, 0.5]
    owed = [
        float(patrons.duty_owed(one, one, one, patrons.duty_paid(level, False))[0])
        for level in range(5)
    ]
    assert owed == [2.0, 1.5, 1.0, 0.5, 0.0]


def test_each_level_of_commitment_gives_more_and_is_seen_from_words_on() -> None:
    cap = np.array([0.0, 0.4, 2.0, 4.0])
    given = patrons.support(cap)
    np.testing.assert_allclose(
        given, [[0] * 4, [0] * 4, [0, 0.4, 1, 1], [0, 0.4, 2, 3], [1.5, 1.9, 3.5, 5.5]]
    )
    np.testing.assert_allclose(patrons.commitment(given) - given, [[0] * 4, *[[0.5] * 4] * 4])


def test_the_price_of_a_level_is_paid_once() -> None:
    """From nothing, from aid, and from force."""
    prices = patrons.prices(np.zeros(3), np.zeros(3))
    paid = prices[[0, 2, 4], [0, 1, 2]]
    found = patrons.price_of_climbing(np.full(3, 2.7), prices, paid)
    np.testing.assert_allclose(found[:, 0], [0, 0.1, 0.3, 0.9, 2.7])
    np.testing.assert_allclose(found[:, 1], [0, 0, 0, 0.6, 2.4])
    assert not found[:, 2].any()


def test_who_mediates_or_sides_with_the_other_works_against_help() -> None:
    """Of a friend: aside; mediates; mediates and speaks for the side; speaks for the other."""
    found = patrons.holds_back(
        np.array([0, 1, 1, 0]), np.array([0, 0, 0.5, 0]), np.array([0, 0, 0, 0.5])
    )
    assert found.tolist() == [False, True, False, True]


def test_news_is_a_change_since_the_last_review() -> None:
    seen = (
        np.array([1.0, 0.9]),
        np.array([0.66, 1.0]),
        np.array([0.2, 0.2]),
        np.array([0.24, 0.26]),
    )
    fighting, ground = patrons.has_news(np.ones(2, dtype=bool), *seen)
    assert fighting.tolist() == [True, False] and ground.tolist() == [False, True]
    assert not np.any(patrons.has_news(np.zeros(2, dtype=bool), *seen))


def test_mediation_is_urgent_in_war_and_for_the_mediator_of_a_ceasefire() -> None:
    in_ceasefire = np.array([False, True, True])
    own = np.array([False, False, True])
    assert patrons.urgency(np.full(3, 0.4), in_ceasefire, own).tolist() == [0.4, 0.0, 1.0]


def test_scores_count_weights_and_what_is_ruled_out() -> None:
    score = np.log(np.array([0.2, 0.3, 0.5]))[:, None] + np.zeros(1000)
    score[1] -= choice.RULED_OUT
    found = choice.choose(score, grid(1000))
    np.testing.assert_allclose(np.bincount(found) / 1000, [2 / 7, 0, 5 / 7], atol=1e-3)


def test_a_contest_draws_in_and_a_fear_of_entrapment_keeps_out() -> None:
    one, none = np.ones(1), np.zeros(1)
    utility = [
        patrons.worth_of_leaning(*[one] * 3, none, none, c * one, 2 * one, one, one, none)
        for c in (-0.3, 0, 0.3)
    ]
    np.testing.assert_allclose(np.concatenate(utility), [0.4, 1.0, 1.6])


# Prospect


def beyond_the_line(
    speed: float, before: float, beyond: float, line: float, room: float, days: float
) -> float:
    """Return the ground of an attack day by day, in steps of a thousandth."""
    taken = 0.0
    for _ in range(int(days * 1000)):
        taken += speed * (before if taken < line else beyond) / 1000
    return min(taken, room)


@pytest.mark.parametrize(
    "case",
    [
        (0.04, 0.3, 0.6, 0.05, 0.9, 20.0),  # breaks the line, then open country
        (0.04, 0.05, 0.6, 0.05, 0.9, 10.0),  # stuck in the line
        (0.04, 0.5, 0.9, 0.0, 0.9, 12.0),  # no line at all
        (0.2, 0.5, 0.9, 0.05, 0.3, 30.0),  # more speed than room
        (0.0, 0.5, 0.9, 0.05, 0.3, 30.0),  # nobody attacks
    ],
)
def test_expected_ground_is_what_an_advance_takes_step_by_step(case: tuple[float, ...]) -> None:
    speed, before, beyond, line, room, days = (np.full((1, 1), value) for value in case)
    found = prospect.ground_behind_line(speed, before[0], beyond[0], line[0], room[0], days[0])
    assert found.item() == pytest.approx(beyond_the_line(*case), abs=2e-4)


def test_a_line_a_little_deeper_makes_a_prospect_a_little_poorer() -> None:
    """There is no depth at which it drops at once."""
    one, lines = np.ones(2000), np.linspace(0, 0.3, 2000)
    ground = prospect.ground_behind_line(0.04 * one, 0.3 * one, 0.6 * one, lines, one, 20 * one)
    assert ground[0] > 0.4 and ground[-1] == pytest.approx(0.04 * 0.3 * 20)
    assert (np.diff(ground) <= 0).all() and np.diff(ground).min() > -0.002


def test_expected_ground_in_closed_form() -> None:
    """Of 10 days 2 go for a line of 0.1 at speed 0.1 and even odds."""
    half, one = np.full(1, 0.5), np.ones(1)
    found = prospect.ground_behind_line(
        np.array([[0.0], [0.1]]), half, half, 0.1 * one, one, 10 * one
    )
    np.testing.assert_allclose(found[:, 0], [0.0, 0.1 + 0.05 * 8])


def test_ground_in_the_open_is_ground_behind_a_line_of_no_depth() -> None:
    speed, success, room, days = halton(4, 100)
    open_country = prospect.ground_in_open_country(speed, success, room, 30 * days)
    no_line = prospect.ground_behind_line(
        speed, success / 2, success, np.zeros(100), room, 30 * days
    )
    np.testing.assert_allclose(open_country, no_line, rtol=1e-12)


def test_the_public_forgets() -> None:
    """By the exponential of the days."""
    at_onset = np.array([[0.0, 0.0], [0.1, 0.2]])
    found = prospect.reward_of_action(at_onset, 6, np.array([3.0, 6.0]))
    np.testing.assert_allclose(found, [[0, 0], [0.1 * math.exp(-2), 0.2 * math.exp(-1)]])


def test_every_rung_is_worth_its_balance() -> None:
    ground = np.array([[0.1], [0.2], [0.4]])
    cost = np.array([[0.01], [0.03], [0.3]])
    reward = np.array([[0.02], [0.05], [0.08]])
    utility = prospect.utility_of_levels(ground, cost, reward, np.array([0.04]))
    np.testing.assert_allclose(utility[:, 0], [0.07, 0.18, 0.14])
    np.testing.assert_allclose(prospect.value_of_fighting(utility, np.array([0.1])), [0.08])


def test_fighting_on_is_worth_at_least_what_is_feared() -> None:
    """A side that gains by no escalation can hold fire, and still has its losses to fear."""
    utility = np.array([[0.0], [-0.2], [-0.3]])
    assert prospect.value_of_fighting(utility, np.array([0.25]))[0] == -0.25


# Ties


def test_expected_help_by_each_reading() -> None:
    scope, lost = np.full(3, 0.2), np.full(3, 0.7)
    np.testing.assert_allclose(ties.expected_help(np.arange(3), scope, lost), [1.0, 0.2, 0.7])


def test_drift_towards_balance_against_a_scalar_computation() -> None:
    size = 4
    stance = (2 * halton(size * size, 6) - 1).reshape(size, size, 6)
    stance[np.arange(size), np.arange(size)] = 0.0
    rate = np.linspace(0.0, 0.1, 6)
    change = ties.towards_balance(stance, rate)
    for i, j, run in product(range(size), range(size), range(6)):
        triads = sum(stance[i, k, run] * stance[k, j, run] for k in range(size))
        assert change[i, j, run] == pytest.approx(0.0 if i == j else rate[run] * triads, abs=1e-15)


def test_the_enemy_of_a_friend_becomes_an_enemy() -> None:
    """0 and 1 are friends, 1 and 2 enemies: the tie of 0 to 2, so far indifferent, falls."""
    stance = np.zeros((3, 3, 1))
    stance[0, 1] = stance[1, 0] = 0.8
    stance[1, 2] = stance[2, 1] = -0.8
    change = ties.towards_balance(stance, np.full(1, 0.1))
    assert change[0, 2, 0] < 0.0 and change[2, 0, 0] < 0.0
    assert change[0, 1, 0] == 0.0


# Truces


def test_survival_of_all_days_is_what_signers_foresee() -> None:
    """The product of a stop's daily chances to hold tends to the chance that its signers expect."""
    hazard = np.array([0.05, 0.4, 1.3])
    survival = np.ones(3)
    for age in range(20_000):
        survival = survival * (1.0 - ceasefires.chance_of_break(hazard, np.full(3, age)))
    np.testing.assert_allclose(survival, ceasefires.chance_to_hold(hazard, np.ones(3)), rtol=1e-4)
    np.testing.assert_array_equal(ceasefires.chance_to_hold(hazard, np.zeros(3)), np.ones(3))


def test_hazard_at_its_limits() -> None:
    one, none = np.ones(1), np.zeros(1)
    assert (
        ceasefires.first_hazard(0.2 * one, none, one, 40 * one, one, none, none) == 0.2
    )  # nobody gains
    assert (
        ceasefires.first_hazard(0.2 * one, one, one, 40 * one, none, none, none) == 0.2
    )  # terms do not matter
    assert (
        ceasefires.first_hazard(0.2 * one, one, one, 40 * one, one, one, none) == 0.0
    )  # perfectly guarded
    endless = ceasefires.first_hazard(0.2 * one, 1e6 * one, 1e-3 * one, 1e6 * one, one, none, none)
    assert endless == pytest.approx(0.2 * math.exp(30))  # and no overflow


def test_a_truce_is_most_fragile_at_first() -> None:
    chance = ceasefires.chance_of_break(np.full(40, 0.5), np.arange(40))
    assert (np.diff(chance) < 0).all()


def test_nobody_fears_a_weaker_enemy() -> None:
    chance = np.array([0.0, 0.3, 0.5, 0.75, 1.0])
    fear = ceasefires.fear_of_next_demand(np.full(5, 0.2), chance, np.zeros(5))
    np.testing.assert_allclose(fear, [0, 0, 0, 0.1, 0.2])
