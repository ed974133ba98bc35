"""Special cases with a known answer, played through the real engine.

Statistical tests use a fixed seed and 20,000 runs; each has a negative control that shows it can
fail.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from worlds import (
    ALONE,
    DISMISSED,
    INTENSITY,
    actor,
    conflict,
    crisis,
    equal_sides,
    everywhere,
    logistic,
    mechanisms,
    outcomes_of,
    parameters,
    power_of,
    world_of,
    z_score,
)

from sim.engine.state import Stop
from sim.engine.steps import fighting, stops, talks
from sim.engine.world import World
from sim.scenario import STANCE_NAMES, STANCES, Scenario

RUNS = 20_000
DAYS = 20
OPEN_COUNTRY = conflict(prepared_line=0, challenger_holds=0.5, aim=0.5)
NO_LINE_AT_ALL = parameters(prepared_line_effect=0)
SLOW = parameters(pace=0.001)  # so that no run meets the end of the area


def fight(world: World, days: int, *escalations: int) -> None:
    """Let both sides fight on fixed escalations, whatever they would choose."""
    for _ in range(days):
        for side, escalation in zip(world.sides, escalations, strict=True):
            side.open_fire(everywhere(world), escalation)
        fighting.fight(world)
        world.state.day += 1


def hold(world: World, days: int) -> list[float]:
    """Return, day by day, the share of runs whose stop still holds while nobody does anything."""
    shares = []
    for _ in range(days):
        stops.break_stops(world)
        stops.age_stops(world)
        world.state.day += 1
        shares.append(float((~world.state.fighting).mean()))
    return shares


# Battle: a random walk with a known pace


def chance_of_attack() -> float:
    """Return the challenger's chance in open country: strengths 2 to 1, drones .5 to .1, penalty
    1.
    """
    return logistic(math.log(2) + 1 * (0.5 - 0.1) - 1)


@pytest.mark.statistical
def test_share_won_is_a_random_walk_of_known_mean_and_variance() -> None:
    world = world_of(crisis(ALONE, OPEN_COUNTRY, SLOW), RUNS)
    fight(world, DAYS, 3, 0)
    p, won = chance_of_attack(), world.state.won / 0.001
    variance = DAYS * p * (1 - p) / 4
    assert abs(z_score(won, DAYS * p, variance)) < DISMISSED
    assert won.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / RUNS))


@pytest.mark.statistical
def test_a_wrong_chance_of_battle_is_dismissed() -> None:
    world = world_of(crisis(ALONE, OPEN_COUNTRY, SLOW), RUNS)
    fight(world, DAYS, 3, 0)
    p = chance_of_attack() + 0.01
    assert abs(z_score(world.state.won / 0.001, DAYS * p, DAYS * p * (1 - p) / 4)) > DISMISSED


def test_ground_goes_with_the_square_of_intensity_and_deaths_with_intensity() -> None:
    world = world_of(crisis(ALONE, OPEN_COUNTRY, SLOW), RUNS)
    fight(world, DAYS, 2, 0)
    p, e = chance_of_attack(), INTENSITY["limited_offensive"]
    assert (
        abs(z_score(world.state.won / 0.001 / e**2, DAYS * p, DAYS * p * (1 - p) / 4)) < DISMISSED
    )
    dead = world.recorder.deaths.sum(axis=0)
    assert abs(z_score(dead, DAYS * 100 * e, DAYS * (100 * e * 1.2) ** 2 / 12)) < DISMISSED


def test_a_prepared_line_costs_the_challenger_alone() -> None:
    deep = conflict(prepared_line=0.5, challenger_holds=0.5, aim=0.5)
    world = world_of(crisis(ALONE, deep, SLOW), RUNS)
    fight(world, DAYS, 3, 0)
    p = logistic(math.log(2) + 0.4 - 1 - 0.5)
    assert abs(z_score(world.state.won / 0.001, DAYS * p, DAYS * p * (1 - p) / 4)) < DISMISSED

    world = world_of(crisis(ALONE, deep, SLOW, mechanisms(counter_offensive=1)), RUNS)
    fight(world, DAYS, 0, 3)
    q = logistic(-math.log(2) - 0.4 - 1)
    assert abs(z_score(world.state.won / 0.001, -DAYS * q, DAYS * q * (1 - q) / 4)) < DISMISSED


def test_no_prepared_line_costs_nothing_wherever_the_front_stands() -> None:
    means = []
    for effect in (0, 3):
        world = world_of(crisis(ALONE, OPEN_COUNTRY, parameters(prepared_line_effect=effect)), 500)
        fight(world, 5, 0, 3)  # the challenger is driven back
        fight(world, 5, 3, 0)
        means.append(world.state.won.mean())
    assert means[0] == means[1]


@pytest.mark.statistical
def test_equal_sides_at_full_war_move_the_line_nowhere_on_average() -> None:
    scenario = crisis(
        ALONE, OPEN_COUNTRY, SLOW, equal_sides(), mechanisms(counter_offensive=1), NO_LINE_AT_ALL
    )
    world = world_of(scenario, RUNS)
    fight(world, DAYS, 3, 3)
    p, won = logistic(-1.0), world.state.won / 0.001
    assert abs(z_score(won, 0, 2 * DAYS * p * (1 - p) / 4)) < DISMISSED
    dead = world.recorder.deaths
    assert abs(z_score(dead[0] - dead[1], 0, (dead[0] - dead[1]).var())) < DISMISSED


def test_half_a_counter_offensive_takes_back_half_as_much() -> None:
    world = world_of(
        crisis(ALONE, OPEN_COUNTRY, SLOW, equal_sides(), mechanisms(counter_offensive=0.5)), RUNS
    )
    fight(world, DAYS, 0, 3)
    p = logistic(-1.0)
    assert abs(z_score(world.state.won / 0.0005, -DAYS * p, DAYS * p * (1 - p) / 4)) < DISMISSED


def test_a_better_chance_never_wins_less_ground_with_the_same_luck() -> None:
    held = []
    for strength in (0.5, 1, 2, 4):
        world = world_of(crisis(ALONE, OPEN_COUNTRY, actor("NOR", strength=strength)), 500)
        fight(world, DAYS, 3, 2)
        held.append(world.state.held)
    assert (np.diff(held, axis=0) >= 0).all()
    assert (held[-1] > held[0]).any()


def test_alarm_rises_at_once_and_fades_slowly() -> None:
    world = world_of(crisis(ALONE), 4)
    fight(world, 1, 2, 1)
    np.testing.assert_allclose(world.state.attention, 2 / 3)
    fight(world, 1, 1, 1)
    np.testing.assert_allclose(world.state.attention, 0.7 * 2 / 3, rtol=1e-6)
    fight(world, 1, 1, 1)
    np.testing.assert_allclose(world.state.attention, 1 / 3, rtol=1e-6)


@pytest.mark.statistical
def test_beliefs_settle_on_the_truth() -> None:
    """Both sides start from opposite optimism, and the front teaches them the same true odds."""
    world = world_of(
        crisis(ALONE, OPEN_COUNTRY, SLOW, mechanisms(learning=0.1), parameters(optimism=1)), 2000
    )
    for side in world.sides:
        assert abs((side.belief - world.state.balance).mean()) == pytest.approx(1.0)
    fight(world, 400, 3, 3)
    for side in world.sides:
        assert (side.belief - world.state.balance).mean() == pytest.approx(0.0, abs=0.05)


# Truces: survival with a known hazard


def survival(first_hazard: float, ages: range) -> float:
    """Return the chance that a stop lives through these ages."""
    return math.prod(math.exp(-first_hazard / (1 + age) ** 2) for age in ages)


def shares_of_fair_truces(days: int) -> list[float]:
    world = world_of(crisis(parameters(break_rate=0.3, closure_days=365)), RUNS)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    return hold(world, days)


@pytest.mark.statistical
def test_fair_truces_survive_as_their_hazard_says() -> None:
    for age, share in enumerate(shares_of_fair_truces(10)):
        expected = survival(0.3, range(age + 1))
        assert abs(share - expected) < DISMISSED * math.sqrt(expected * (1 - expected) / RUNS)


@pytest.mark.statistical
def test_a_wrong_hazard_of_truces_is_dismissed() -> None:
    share, expected = shares_of_fair_truces(10)[-1], survival(0.33, range(10))
    assert abs(share - expected) > DISMISSED * math.sqrt(expected * (1 - expected) / RUNS)


@pytest.mark.statistical
@pytest.mark.parametrize("quiet_days", [0, 2])
def test_a_quiet_onset_stays_quiet_as_the_hazard_says(quiet_days: int) -> None:
    """Played in full: where nobody opens, the quiet before breaks blindly, as a stop of its age
    would.
    """
    quiet = conflict(opening=0, quiet_days=quiet_days)
    table = outcomes_of(
        crisis(ALONE, quiet, mechanisms(terms_fit=0), {"horizon_days": 9}), RUNS, draws=1
    )
    expected = survival(0.3, range(quiet_days, quiet_days + 9))
    unbroken = table["peak_level"] == 0
    assert abs(unbroken.mean() - expected) < DISMISSED * math.sqrt(expected * (1 - expected) / RUNS)
    assert (table["ending"][unbroken] == "lull").all() and (
        table["duration_days"][unbroken] == 0
    ).all()
    assert not table[["failed_stops", "offers", "truces"]][unbroken].any(axis=None)
    assert (table["territory_fought"][unbroken] == 0).all()


def test_a_long_quiet_is_no_closed_crisis_and_its_end_no_broken_stop() -> None:
    """Older than any stop that closes a crisis, it breaks all the same, and what breaks is no stop
    of this crisis.
    """
    old = (
        conflict(opening=0, quiet_days=20),
        parameters(break_rate=500, closure_days=12),
        mechanisms(terms_fit=0),
    )
    table = outcomes_of(crisis(ALONE, *old, {"horizon_days": 1}), RUNS, draws=1)
    expected = 1 - survival(500, range(20, 21))
    assert abs(z_score(table["peak_level"] > 0, expected, expected * (1 - expected))) < DISMISSED
    assert not table["failed_stops"].any()


@pytest.mark.statistical
def test_terms_that_miss_what_war_would_bring_break_sooner() -> None:
    shares = []
    for gap in (0.0, 0.05, 0.2):
        world = world_of(crisis(parameters(closure_days=365)), 2000)
        stops.begin(world, everywhere(world), Stop.truce, 0)
        world.sides[0].value = np.full(2000, gap)
        shares.append(hold(world, 5)[-1])
    assert shares[0] > shares[1] > shares[2]


def test_terms_that_fit_are_as_good_as_no_gain() -> None:
    """A challenger that is offered all it could win by fighting breaks no sooner than one that
    could win nothing.
    """
    world = world_of(crisis(parameters(closure_days=365, cession_day=300)), RUNS)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    world.sides[0].value, world.sides[1].value = np.full(RUNS, 0.2), np.full(RUNS, -0.2)
    world.state.terms = np.full(RUNS, 0.2)
    expected = survival(0.3, range(6))
    assert abs(hold(world, 6)[-1] - expected) < DISMISSED * math.sqrt(
        expected * (1 - expected) / RUNS
    )


def test_a_perfectly_guarded_truce_does_not_break() -> None:
    world = world_of(crisis(parameters(closure_days=365)), 2000)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    world.state.protection = np.ones(2000)
    world.sides[0].value = np.full(2000, 0.5)
    assert hold(world, 10)[-1] == 1.0


@pytest.mark.parametrize("peacekeeping", [1, 0])
def test_a_settlement_under_a_perfect_guarantee_never_breaks(peacekeeping: int) -> None:
    """Played from the first day: a broker whose troops guard all they are to keep, and one that has
    none.
    """
    scenario = crisis(
        conflict(opening=2, package_share=0.9),
        parameters(closure_days=365, break_rate=0.5, contact_rate=2),
        mechanisms(guarantee=1, package=1, commitment_problem=0),
        actor("OST", peacekeeping=peacekeeping),
        {"policies": {"OST": "mediate"}, "horizon_days": 40},
    )
    world = world_of(scenario, 1000)
    evenings: list[tuple[np.ndarray, np.ndarray]] = []
    its = world.state.powers.index("OST")

    def watch() -> None:
        state, going = world.state, world.recorder.number
        seen = np.zeros((2, 1000), dtype=bool)  # a run that is over has no ceasefire to break
        seen[0, going] = state.stop == Stop.truce
        seen[1, going] = (state.terms > 0) & (state.mediator == its)
        evenings.append((seen[0], seen[1]))

    world.play(watch)
    truce, ceding = (np.array(kept) for kept in zip(*evenings, strict=True))
    assert (truce & ceding).any(axis=0).sum() > 50
    assert (truce[:-1] & ceding[:-1] & ~truce[1:]).any() == (peacekeeping == 0)


def test_a_stop_that_closed_the_crisis_does_not_break() -> None:
    world = world_of(crisis(parameters(closure_days=3, break_rate=5)), 2000)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    shares = hold(world, 12)
    assert 0 < shares[2] < 1
    assert shares[3:] == [shares[2]] * 9


def test_nothing_breaks_without_a_hazard() -> None:
    table = outcomes_of(crisis(parameters(break_rate=0)), 300)
    assert (table["failed_stops"] == 0).all()
    assert table["first_stop_day"].notna().any()


@pytest.mark.parametrize("war_level", [1, 3])
def test_who_gains_more_by_breaking_strikes_first(war_level: int) -> None:
    """Who is attacked answers at its level of the war, but not above that of the attack."""
    world = world_of(crisis(parameters(break_rate=50)), 400)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    stronger = np.arange(400) % 2
    for side in world.sides:
        side.war_escalation[:] = war_level
        side.value = np.where(stronger == side.side, 0.2, 0.1)
        side.utility = np.array([0, 0.1, 0.2, 0.3])[:, None] * np.ones(400)
    stops.break_stops(world)
    broken = world.state.fighting
    assert broken.mean() > 0.9
    attack = max(war_level, 2)  # its best level is 3, but a resumed war is limited at first
    for side in world.sides:
        strikes = stronger[broken] == side.side
        answer = min(war_level, attack)
        np.testing.assert_array_equal(side.escalation[broken], np.where(strikes, attack, answer))


def test_who_keeps_what_it_owes_meets_the_enemy_at_its_level_of_the_war() -> None:
    world = world_of(crisis(parameters(break_rate=1e6)), 10)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    north, south = world.sides
    world.state.owed[:5] = 0.5
    north.war_escalation[:] = 3
    north.value[:] = -9  # the defender gains more by breaking
    south.utility[1] = 0.1  # by skirmishes
    stops.break_stops(world)
    assert world.state.fighting.all() and (south.escalation == 1).all()
    assert north.escalation.tolist() == [3] * 5 + [1] * 5


def test_who_keeps_what_is_due_expects_a_full_attack() -> None:
    world = world_of(crisis(), 2)
    south = world.sides[1]
    south.value[:] = 0.3
    due = np.array([0.0, 0.2])
    gains = stops.gains(world, np.full(2, 0.2), due, np.arange(2))[1]
    resists = south.prospect_of_resistance()[1]
    assert resists < 0.3
    np.testing.assert_allclose(gains, [0.3, resists + south.cession_worth[1] * 0.2], rtol=1e-5)


def test_what_falls_due_later_tempts_nobody_to_break_a_ceasefire_now() -> None:
    world = world_of(crisis(parameters(cession_day=4)), 10)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    world.state.owed[:] = 0.5
    world.sides[1].value[:] = -0.1
    for day in range(5):
        world.state.age[:] = day
        stops.break_stops(world)
        is_due = day == 4
        assert ((world.state.gains[1] > -0.1) == is_due).all()
        world.state.stop[:] = Stop.truce


# Terms: carried out once, when due


def ceded_after(days: int, lull: int, scenario: Scenario) -> np.ndarray:
    """Return what is ceded some days after both signed a package of 0.2: amid fighting, or in a
    lull of some days.
    """
    runs = 10
    world = world_of(scenario, runs)
    if lull:
        stops.begin(world, everywhere(world), Stop.lull, 0)
        hold(world, lull)
    terms = np.full(runs, 0.2, dtype=np.float32)
    talks.seal(world, everywhere(world), np.full(runs, -1), terms, np.zeros(runs))
    world.state.day += 1
    hold(world, days)
    return world.state.ceded


@pytest.mark.parametrize("lull", [0, 2, 6])
def test_terms_are_carried_out_when_due_and_only_once(lull: int) -> None:
    """Four days after the truce began, however long the guns were silent before."""
    scenario = crisis(parameters(break_rate=0, cession_day=4))
    assert (ceded_after(3, lull, scenario) == 0.0).all()
    np.testing.assert_allclose(ceded_after(5, lull, scenario), 0.2)
    np.testing.assert_allclose(ceded_after(50, lull, scenario), 0.2)


def test_a_broker_whose_truce_lives_is_thanked() -> None:
    scenario = crisis(parameters(break_rate=0, cession_day=4), mechanisms(tie_drift=0.01))
    world = world_of(scenario, 10)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    broker = world.state.powers.index("MID")
    world.state.mediator[:] = broker
    before = world.state.ties.copy()
    hold(world, 20)
    change = world.state.ties - before
    np.testing.assert_allclose(change[:2, 2 + broker], 4 * 0.01 / 2, rtol=1e-5)
    change[:2, 2 + broker] = 0.0
    assert not change.any()


# Third parties


BLIND = (
    parameters(
        patron_precision=0, inertia=0, protege_value=9, partner_cost=0, force_cost=0, contact_rate=0
    ),
    mechanisms(
        estrangement=0, tied_hands=0, contest=0, restraint=0, displacement=0, credibility="off"
    ),
    {"horizon_days": 3},
)
"""Every stance pays, and nobody weighs by how much: stances are taken by their weights alone, at
the review of the onset on day 1.
"""


def first_stances(code: str, *changes: dict[str, Any]) -> np.ndarray:
    """Return the stances that a party has taken at its first review, as positions in the table.

    It starts aside, unless the changes say otherwise.
    """
    world = world_of(crisis(*BLIND, actor(code, stance="aside"), *changes), RUNS)
    world.step()
    world.step()
    return power_of(world, code).stance


def statistic(stances: np.ndarray, weights: np.ndarray) -> float:
    """Return the chi-square statistic of stances against weights."""
    expected = len(stances) * weights / weights.sum()
    counts = np.bincount(stances, minlength=len(STANCES))
    assert (counts[expected == 0] == 0).all()
    possible = expected > 0
    return float(((counts - expected)[possible] ** 2 / expected[possible]).sum())


def weights_of(side: int, brokers: bool = True, most: int = 4) -> np.ndarray:
    """Return the default weight of each stance for who likes a side, and does no more than some
    level.
    """
    return np.array(
        [
            0.5 ** (stance.level + stance.mediates)
            * (stance.side in (None, side))
            * (stance.level <= most)
            * (brokers or not stance.mediates)
            for stance in STANCES
        ]
    )


def test_a_party_without_precision_keeps_to_the_weights_of_the_side_it_likes() -> None:
    """The chi-square with 8 degrees of freedom exceeds 45 once in a million."""
    stances = first_stances("OST")
    assert statistic(stances, weights_of(1)) < 45
    assert (
        statistic(stances, np.where(weights_of(1) > 0, weights_of(1) + 0.03, 0)) > 45
    )  # negative control


def test_a_party_that_supports_nobody_has_two_stances() -> None:
    assert statistic(first_stances("MID"), weights_of(1, most=0)) < 30


def test_a_party_that_stands_alike_to_both_takes_no_side() -> None:
    alike = actor("OST", ties={"NOR": 0.5, "SUD": 0.5})
    assert statistic(first_stances("OST", alike), weights_of(1, most=0)) < 30


def test_a_party_with_aid_alone_neither_arms_nor_fights() -> None:
    assert statistic(first_stances("OST", actor("OST", support=0.8)), weights_of(1, most=2)) < 35


def test_a_party_that_does_not_broker_never_mediates() -> None:
    assert (
        statistic(
            first_stances("WES", actor("WES", broker_value=None, stance="aside")),
            weights_of(0, brokers=False),
        )
        < 35
    )


def test_who_is_received_by_one_side_only_does_not_broker() -> None:
    shut_out = actor("SUD", ties={"OST": -0.1})
    assert statistic(first_stances("OST", shut_out), weights_of(1, brokers=False)) < 35


def test_who_would_lose_the_ear_of_a_side_does_not_mediate_while_it_arms_the_other() -> None:
    """Armed with two levels, Ostland counts for 2.5: five sixths of a tie, and Norland's is .4."""
    stances = first_stances("OST", mechanisms(estrangement=1))
    weights = weights_of(1)
    for name in ("aid_defender_mediate", "arms_defender_mediate"):
        weights[STANCE_NAMES.index(name)] = 0.0
    assert statistic(stances, weights) < 40


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("change", "most", "brokers"),
    [
        (parameters(protege_value=0), 0, True),  # help does not pay
        (parameters(broker_ambition=0), 4, False),  # mediation does not pay
        (parameters(force_cost=30), 0, True),  # a rise costs more than it brings
    ],
)
def test_nobody_starts_what_does_not_pay(change: dict[str, Any], most: int, brokers: bool) -> None:
    """However imprecise its choice."""
    stances = first_stances("OST", actor("OST", stance="aside"), change)
    assert statistic(stances, weights_of(1, brokers=brokers, most=most)) < 45


AIDS = actor("WES", broker_value=None, stance="aid_challenger")


def test_a_stance_of_the_onset_beyond_its_means_ends_with_the_first_review() -> None:
    """With no more than aid to give, arms cannot go on, and nobody fights instead."""
    armed = actor("WES", broker_value=None, support=0.8, stance="arms_challenger")
    world = world_of(crisis(*BLIND, armed), RUNS)
    world.step()
    world.step()
    party = power_of(world, "WES")
    levels = np.array([stance.level for stance in STANCES])
    assert levels[party.stance[party.review.where]].max() == 2


@pytest.mark.statistical
def test_each_rise_halves_the_weight() -> None:
    """With aid in force, arms have half its weight, and less than aid would be a loss."""
    rises = np.array([stance.level - 2 for stance in STANCES])
    weights = np.where((weights_of(0, brokers=False) > 0) & (rises >= 0), 0.5**rises, 0)
    assert statistic(first_stances("WES", AIDS), weights) < 35


@pytest.mark.statistical
def test_a_fall_that_pays_has_the_weight_of_the_stance_in_force() -> None:
    """Ostland fights for Norland, so that Westland, its rival, would rather keep out of it."""
    weights = np.where(weights_of(0, brokers=False, most=2) > 0, 1.0, 0.0)
    dear = actor("WES", ties={"SUD": 0.3, "NOR": 0.6}), parameters(protege_value=0, partner_cost=1)
    assert statistic(first_stances("WES", AIDS, *dear), weights) < 35


def test_nobody_makes_a_change_that_does_not_pay() -> None:
    """However imprecise its choice: a mediator keeps on, and who supports does not do less."""
    mediating = first_stances("MID", actor("MID", stance="mediate"))
    assert (mediating == STANCE_NAMES.index("mediate")).all()
    for hands in (0, 1):  # a fall that costs nothing brings nothing either
        aiding = first_stances(
            "WES", AIDS, parameters(protege_value=0), mechanisms(tied_hands=hands)
        )
        assert (aiding == STANCE_NAMES.index("aid_challenger")).all()


@pytest.mark.statistical
def test_a_stance_in_force_is_kept_by_the_odds_of_its_inertia() -> None:
    """Mediation would start with weight 1/2, and to stand aside is in force with 2 nats."""
    stances = first_stances("MID", parameters(inertia=2), actor("MID", stance="aside"))
    chance = math.exp(2) / (0.5 + math.exp(2))
    kept = stances == STANCE_NAMES.index("aside")
    assert abs(z_score(kept, chance, chance * (1 - chance))) < DISMISSED
