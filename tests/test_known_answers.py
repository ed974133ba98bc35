"""Special cases with a known answer, played through the real engine.

Statistical tests use a fixed seed and 20,000 runs; each has a negative control that shows it can fail.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import (
    ALONE,
    BASE,
    INTENSITY,
    KEPT,
    LINE_WEIGHTS,
    actor,
    conflict,
    crisis,
    differing,
    mechanisms,
    outcomes_of,
    parameters,
    power_of,
    world_of,
    z_score,
)

from sim.actors import Stop
from sim.scenario import LINES, Scenario
from sim.world import World, affinity, fighting, stops, talks
from sim.world.diary import _frustrated

RUNS = 20_000
DAYS = 20
OPEN_COUNTRY = conflict(prepared_line=0, challenger_holds=0.5, aim=0.5)
NO_LINE_AT_ALL = parameters(prepared_line_effect=0)
SLOW = parameters(pace=0.001)  # so that no run meets the end of the area
DISMISSED = 5.0
"""Standard errors beyond which a hypothesis is dismissed."""


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def fight(world: World, days: int, *rungs: int) -> None:
    """Let both sides fight on fixed rungs, whatever they would choose."""
    for _ in range(days):
        for side, rung in zip(world.sides, rungs, strict=True):
            side.open_fire(everywhere(world), rung)
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


def everywhere(world: World) -> np.ndarray:
    return np.arange(world.state.runs)


# Battle: a random walk with a known pace


def chance_of_attack() -> float:
    """Return the challenger's chance in open country: strengths 2 to 1, drones .5 to .1, penalty 1."""
    return logistic(math.log(2) + 1 * (0.5 - 0.1) - 1)


def test_share_won_is_a_random_walk_of_known_mean_and_variance() -> None:
    world = world_of(crisis(ALONE, OPEN_COUNTRY, SLOW), RUNS)
    fight(world, DAYS, 3, 0)
    p, won = chance_of_attack(), world.state.won / 0.001
    variance = DAYS * p * (1 - p) / 4
    assert abs(z_score(won, DAYS * p, variance)) < DISMISSED
    assert won.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / RUNS))


def test_a_wrong_chance_of_battle_is_dismissed() -> None:
    world = world_of(crisis(ALONE, OPEN_COUNTRY, SLOW), RUNS)
    fight(world, DAYS, 3, 0)
    p = chance_of_attack() + 0.01
    assert abs(z_score(world.state.won / 0.001, DAYS * p, DAYS * p * (1 - p) / 4)) > DISMISSED


def test_ground_goes_with_the_square_of_intensity_and_deaths_with_intensity() -> None:
    world = world_of(crisis(ALONE, OPEN_COUNTRY, SLOW), RUNS)
    fight(world, DAYS, 2, 0)
    p, e = chance_of_attack(), INTENSITY["limited_offensive"]
    assert abs(z_score(world.state.won / 0.001 / e**2, DAYS * p, DAYS * p * (1 - p) / 4)) < DISMISSED
    dead = world.diary.deaths.sum(axis=0)
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


def equal_sides() -> dict[str, Any]:
    """Return a change that makes both sides alike."""
    same = {"strength": 1, "drones": 0.2, "grievance": 0.5, "cession_worth": 1}
    return {"actors": {"NOR": same, "SUD": same}}


def test_equal_sides_at_full_war_move_the_line_nowhere_on_average() -> None:
    scenario = crisis(ALONE, OPEN_COUNTRY, SLOW, equal_sides(), mechanisms(counter_offensive=1), NO_LINE_AT_ALL)
    world = world_of(scenario, RUNS)
    fight(world, DAYS, 3, 3)
    p, won = logistic(-1.0), world.state.won / 0.001
    assert abs(z_score(won, 0, 2 * DAYS * p * (1 - p) / 4)) < DISMISSED
    dead = world.diary.deaths
    assert abs(z_score(dead[0] - dead[1], 0, (dead[0] - dead[1]).var())) < DISMISSED


def test_half_a_counter_offensive_takes_back_half_as_much() -> None:
    world = world_of(crisis(ALONE, OPEN_COUNTRY, SLOW, equal_sides(), mechanisms(counter_offensive=0.5)), RUNS)
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
    np.testing.assert_allclose(world.state.alarm, 2 / 3)
    fight(world, 1, 1, 1)
    np.testing.assert_allclose(world.state.alarm, 0.7 * 2 / 3, rtol=1e-6)
    fight(world, 1, 1, 1)
    np.testing.assert_allclose(world.state.alarm, 1 / 3, rtol=1e-6)


def test_beliefs_settle_on_the_truth() -> None:
    """Both sides start from opposite optimism, and the front teaches them the same true odds."""
    world = world_of(crisis(ALONE, OPEN_COUNTRY, SLOW, mechanisms(learning=0.1), parameters(optimism=1)), 2000)
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


def test_fair_truces_survive_as_their_hazard_says() -> None:
    for age, share in enumerate(shares_of_fair_truces(10)):
        expected = survival(0.3, range(age + 1))
        assert abs(share - expected) < DISMISSED * math.sqrt(expected * (1 - expected) / RUNS)


def test_a_wrong_hazard_of_truces_is_dismissed() -> None:
    share, expected = shares_of_fair_truces(10)[-1], survival(0.33, range(10))
    assert abs(share - expected) > DISMISSED * math.sqrt(expected * (1 - expected) / RUNS)


@pytest.mark.parametrize("quiet_days", [0, 2])
def test_a_quiet_onset_stays_quiet_as_the_hazard_says(quiet_days: int) -> None:
    """Played in full: where nobody opens, the quiet before breaks blindly, as a stop of its age would."""
    quiet = conflict(opening=0, quiet_days=quiet_days)
    table = outcomes_of(crisis(ALONE, quiet, mechanisms(terms_fit=0), {"horizon_days": 9}), RUNS, draws=1)
    expected = survival(0.3, range(quiet_days, quiet_days + 9))
    unbroken = table["peak_level"] == 0
    assert abs(unbroken.mean() - expected) < DISMISSED * math.sqrt(expected * (1 - expected) / RUNS)
    assert (table["ending"][unbroken] == "lull").all() and (table["duration_days"][unbroken] == 0).all()
    assert not table[["failed_stops", "offers", "truces"]][unbroken].any(axis=None)
    assert (table["territory_fought"][unbroken] == 0).all()


def test_a_long_quiet_is_no_closed_crisis_and_its_end_no_broken_stop() -> None:
    """Older than any stop that closes a crisis, it breaks all the same, and what breaks is no stop of this crisis."""
    old = (conflict(opening=0, quiet_days=20), parameters(break_rate=500, closure_days=12), mechanisms(terms_fit=0))
    table = outcomes_of(crisis(ALONE, *old, {"horizon_days": 1}), RUNS, draws=1)
    expected = 1 - survival(500, range(20, 21))
    assert abs(z_score(table["peak_level"] > 0, expected, expected * (1 - expected))) < DISMISSED
    assert not table["failed_stops"].any()


def test_terms_that_miss_what_war_would_bring_break_sooner() -> None:
    shares = []
    for gap in (0.0, 0.05, 0.2):
        world = world_of(crisis(parameters(closure_days=365)), 2000)
        stops.begin(world, everywhere(world), Stop.truce, 0)
        world.sides[0].value = np.full(2000, gap)
        shares.append(hold(world, 5)[-1])
    assert shares[0] > shares[1] > shares[2]


def test_terms_that_fit_are_as_good_as_no_gain() -> None:
    """A challenger that is offered all it could win by fighting breaks no sooner than one that could win nothing."""
    world = world_of(crisis(parameters(closure_days=365, cession_day=300)), RUNS)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    world.sides[0].value, world.sides[1].value = np.full(RUNS, 0.2), np.full(RUNS, -0.2)
    world.state.terms = np.full(RUNS, 0.2)
    expected = survival(0.3, range(6))
    assert abs(hold(world, 6)[-1] - expected) < DISMISSED * math.sqrt(expected * (1 - expected) / RUNS)


def test_a_perfectly_guarded_truce_does_not_break() -> None:
    world = world_of(crisis(parameters(closure_days=365)), 2000)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    world.state.guarded = np.ones(2000)
    world.sides[0].value = np.full(2000, 0.5)
    assert hold(world, 10)[-1] == 1.0


@pytest.mark.parametrize("peacekeeping", [1, 0])
def test_a_settlement_under_a_perfect_guarantee_never_breaks(peacekeeping: int) -> None:
    """Played from the first day: a broker whose troops guard all they are to keep, and one that has none."""
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
        state = world.state
        evenings.append((state.stop == Stop.truce, (state.terms > 0) & (state.broker == its)))

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


def test_who_gains_more_by_breaking_strikes_first() -> None:
    world = world_of(crisis(parameters(break_rate=50)), 400)
    stops.begin(world, everywhere(world), Stop.truce, 0)
    stronger = np.arange(400) % 2
    for side in world.sides:
        side.value = np.where(stronger == side.side, 0.2, 0.1)
        side.worth = np.array([0, 0.1, 0.2, 0.3])[:, None] * np.ones(400)
    stops.break_stops(world)
    broken = world.state.fighting
    assert broken.mean() > 0.9
    for side in world.sides:
        np.testing.assert_array_equal(side.rung[broken] > 0, stronger[broken] == side.side)


# Terms: carried out once, when due


def ceded_after(days: int, lull: int, scenario: Scenario) -> np.ndarray:
    """Return what is ceded some days after both signed a package of 0.2: amid fighting, or in a lull of some days."""
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
    world.state.broker[:] = broker
    before = world.state.ties.copy()
    hold(world, 20)
    change = world.state.ties - before
    np.testing.assert_allclose(change[:2, 2 + broker], 4 * 0.01 / 2, rtol=1e-5)
    change[:2, 2 + broker] = 0.0
    assert not change.any()


# Third parties


def first_lines(code: str) -> np.ndarray:
    """Return the lines that a party without precision has taken after its first review."""
    world = world_of(crisis(parameters(patron_precision=0, review_days=1)), RUNS)
    world.step()
    return power_of(world, code).line


def statistic(lines: np.ndarray, weights: np.ndarray) -> float:
    """Return the chi-square statistic of lines against weights."""
    expected = len(lines) * weights / weights.sum()
    counts = np.bincount(lines, minlength=len(LINES))
    assert (counts[expected == 0] == 0).all()
    possible = expected > 0
    return float(((counts - expected)[possible] ** 2 / expected[possible]).sum())


def line_weights(closed: str | None = None) -> np.ndarray:
    """Return the default weight of each line; lines whose name holds ``closed`` have none."""
    w = LINE_WEIGHTS
    stated = [w["aside"], w["mediate"], *[w["lean"]] * 2, *[w["lean_mediate"]] * 2, *[w["force"]] * 2]
    return np.array([0.0 if closed and closed in line else x for x, line in zip(stated, LINES, strict=True)])


def test_a_party_without_precision_keeps_to_its_default_weights() -> None:
    """The chi-square with 7 degrees of freedom exceeds 40 once in a million."""
    lines = first_lines("OST")
    assert statistic(lines, line_weights()) < 40
    assert statistic(lines, line_weights() + 0.02) > 40  # negative control


def test_a_party_that_supports_nobody_has_two_lines() -> None:
    weights = line_weights()
    weights[2:] = 0.0
    assert statistic(first_lines("MID"), weights) < 30


def test_a_party_that_does_not_broker_never_mediates() -> None:
    scenario = crisis(actor("WES", broker_value=None), parameters(patron_precision=0, review_days=1))
    world = world_of(scenario, RUNS)
    world.step()
    assert statistic(power_of(world, "WES").line, line_weights("mediate")) < 35


def test_who_is_received_by_one_side_only_does_not_broker() -> None:
    shut_out = crisis(actor("SUD", ties={"OST": -0.1}), parameters(patron_precision=0, review_days=1))
    world = world_of(shut_out, RUNS)
    world.step()
    assert statistic(power_of(world, "OST").line, line_weights("mediate")) < 35


# Common random numbers

BATTLE = ("deaths_challenger", "deaths_defender", "territory_fought", "territory_ceded", "duration_days", "ending")
WITHOUT_OUTSIDERS = (
    mechanisms(support_effect=0, leverage=0),
    parameters(contact_rate=0, line_weights={"force": 0}),
)
"""Nothing that a third party does reaches the battlefield."""


def test_two_scenarios_that_differ_in_a_policy_share_their_battle_luck() -> None:
    plain = outcomes_of(crisis(*WITHOUT_OUTSIDERS), 200)
    assert plain["territory_fought"].nunique() > 50
    for line in ("aside", "mediate", "lean_defender", "lean_challenger_mediate"):
        held = outcomes_of(crisis(*WITHOUT_OUTSIDERS, {"policies": {"OST": line}}), 200)
        assert not differing(plain, held) & set(BATTLE)
        assert differing(plain, held)  # its ties and its support do differ


def test_support_that_counts_is_felt_on_the_battlefield() -> None:
    """Negative control: with an effect of support the same comparison differs."""
    reaching = (*WITHOUT_OUTSIDERS, mechanisms(support_effect=0.5))
    plain = outcomes_of(crisis(*reaching), 200)
    held = outcomes_of(crisis(*reaching, {"policies": {"OST": "lean_defender"}}), 200)
    assert {"territory_fought", "deaths_challenger"} <= differing(plain, held)


def test_third_parties_that_reach_nothing_might_as_well_be_absent() -> None:
    quiet = crisis(*WITHOUT_OUTSIDERS)
    alone = crisis(*WITHOUT_OUTSIDERS, ALONE)
    assert not differing(outcomes_of(quiet, 200), outcomes_of(alone, 200)) & set(BATTLE)


def held(lines: dict[str, str]) -> dict[str, Any]:
    """Return a change that holds the named parties to their lines and all others aside."""
    return {"policies": {"OST": "aside", "WES": "aside", "MID": "aside", **lines}}


def mean_gain(*changes: dict[str, Any]) -> float:
    """Return the challenger's mean gain by fighting and agreement; a defender that gives up is beaten too."""
    table = outcomes_of(crisis(*changes), 1000)
    return float((table["territory_fought"] + table["territory_ceded"]).mean())


def test_leaning_helps_the_side_leant_to() -> None:
    lines = ("lean_defender", "aside", "lean_challenger")
    gains = [mean_gain(mechanisms(support_effect=0.6), held({"OST": line})) for line in lines]
    assert gains[0] < gains[1] < gains[2]


# Symmetry

MIRRORED = (
    {"actors": {"OST": None, "WES": None, "FAR": None}},
    {"actors": {"NOR": {"ties": {"MID": 0.3}}, "SUD": {"ties": {"MID": 0.4}}, "MID": {"supplies": {"NOR": 0.4}}}},
    conflict(challenger_holds=0.5, aim=0.5, prepared_line=0, opening=0),
    parameters(attack_penalty=3, pace=0.1, war_cost=0, resolve_cost=0, break_rate=3, precision=4),
    mechanisms(counter_offensive=1, package=0, spoiler=0, commitment_problem=1000, tie_drift=0, learning=0.02),
)
"""What one side has, the other can have too: nobody opens, no line is prepared and nobody cedes or gives up."""


def mirror_pair() -> tuple[pd.DataFrame, pd.DataFrame]:
    one = crisis(*MIRRORED, {"horizon_days": 40})
    other = crisis(*MIRRORED, conflict(challenger="SUD", defender="NOR"), {"horizon_days": 40})
    return outcomes_of(one, 400), outcomes_of(other, 400)


def test_the_two_sides_live_by_one_set_of_rules() -> None:
    """With the roles exchanged, every run is the mirror of itself: same days, same deaths, the line reversed."""
    one, other = mirror_pair()
    assert one["territory_fought"].abs().max() > 0.05
    assert (one["peak_level"] == 3).any() and one["truces"].any()
    np.testing.assert_allclose(one["territory_fought"], -other["territory_fought"], atol=1e-5)
    for side, opposite in (("challenger", "defender"), ("defender", "challenger")):
        np.testing.assert_allclose(one[f"deaths_{side}"], other[f"deaths_{opposite}"], rtol=1e-6)
        np.testing.assert_array_equal(one[f"signed_{side}"], other[f"signed_{opposite}"])
    for name in ("duration_days", "ending", "failed_stops", "truces", "failed_truces", "offers", "broker"):
        assert one[name].equals(other[name]), name


def test_a_symmetric_crisis_moves_the_line_nowhere_on_average() -> None:
    ties = {"actors": {"NOR": {"ties": {"MID": 0.3}}, "SUD": {"ties": {"MID": 0.3}}, "MID": {"supplies": None}}}
    won = outcomes_of(crisis(*MIRRORED, equal_sides(), ties), 4000)["territory_fought"].to_numpy()
    assert won.std() > 0.02
    assert abs(z_score(won, 0, won.var())) < DISMISSED


# Limits


def test_no_intensity_no_deaths_and_no_ground() -> None:
    table = outcomes_of(crisis(parameters(intensity=dict.fromkeys(INTENSITY, 0))), 200)
    assert not table["deaths_challenger"].any() and not table["deaths_defender"].any()
    assert not table["territory_fought"].any()


def test_twice_the_lethality_is_twice_the_deaths_and_nothing_else() -> None:
    one, two = outcomes_of(crisis(), 200), outcomes_of(crisis(parameters(lethality=200)), 200)
    assert differing(one, two) == {"deaths_challenger", "deaths_defender"}
    for name in ("deaths_challenger", "deaths_defender"):
        np.testing.assert_allclose(two[name], 2 * one[name], rtol=1e-12)


def test_a_crisis_about_nothing_dies_out() -> None:
    """No ground to win and no public to please: what is left is the cost of fighting on."""
    nothing = (conflict(aim=0, challenger_holds=0, opening=1), mechanisms(grievance_value=0), parameters(precision=20))
    table = outcomes_of(crisis(ALONE, *nothing), 1000)
    assert (table["duration_days"] <= 4).mean() > 0.9
    wanted = outcomes_of(crisis(ALONE, parameters(precision=20)), 1000)
    assert (wanted["duration_days"] <= 4).mean() < 0.7  # negative control


def test_a_treaty_that_covers_nothing_changes_nothing() -> None:
    literal = (mechanisms(treaty_stretch=0, expectation="scope"),)
    empty = actor("OST", treaties=[{"with": "SUD", "covers": []}])
    elsewhere = actor("OST", treaties=[{"with": "SUD", "covers": ["home"]}])
    none = outcomes_of(crisis(*literal, actor("OST", treaties=[])), 200)
    assert not differing(none, outcomes_of(crisis(*literal, empty), 200))
    assert not differing(none, outcomes_of(crisis(*literal, elsewhere), 200))
    bound = actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}])
    assert "treaty_invoked" in differing(none, outcomes_of(crisis(*literal, bound), 200))  # negative control


def test_a_treaty_with_the_challenger_binds_nobody() -> None:
    """Only a defender can call on its allies."""
    plain = outcomes_of(crisis(), 200)
    allied = outcomes_of(crisis(actor("WES", treaties=[{"with": "NOR", "covers": ["ford"]}])), 200)
    assert not differing(plain, allied)


def test_an_ally_that_is_called_and_dutiful_comes() -> None:
    """Called on by an event, an ally under heavy duty helps where the same ally without duty may not."""
    called = {"events": [{"day": 0, "actor": "SUD", "do": "invoke"}]}
    shares = []
    for duty in (0, 20):
        ally = actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}], restraint=0.5)
        table = outcomes_of(crisis(called, ally, mechanisms(treaty_duty=duty)), 300)
        assert table["treaty_invoked"].all()
        shares.append((table["treaty_answered"] >= 2).mean())
    assert shares[1] > 0.95 and shares[0] < 0.7


def test_a_stronger_challenger_wins_more_ground() -> None:
    gains = [mean_gain(actor("NOR", strength=strength)) for strength in (1, 2, 4)]
    assert gains[0] < gains[1] < gains[2]


def test_pressure_buys_signatures() -> None:
    """Leverage over both sides makes them sign more of what they are offered."""
    shares = []
    for leverage in (0, 1, 5):
        table = outcomes_of(crisis(mechanisms(leverage=leverage), {"policies": {"OST": "mediate"}}), 500)
        shares.append(table["signed_defender"].sum() / table["offers"].sum())
    assert shares[0] < shares[1] < shares[2]


def test_a_hopeless_defender_gives_up_and_an_unafraid_one_does_not() -> None:
    hopeless = (actor("NOR", strength=1000), parameters(horizon=200, pace=0.02, precision=50))
    table = outcomes_of(crisis(ALONE, *hopeless, mechanisms(commitment_problem=0)), 300)
    assert (table["ending"] == "capitulation").mean() > 0.5
    yielded = table[table["ending"] == "capitulation"]
    np.testing.assert_allclose(yielded["territory_fought"] + yielded["territory_ceded"], 0.6)
    defiant = outcomes_of(crisis(ALONE, *hopeless, mechanisms(commitment_problem=100)), 300)
    assert not (defiant["ending"] == "capitulation").any()


# One day by hand: what each actor computes, one number at a time

A = {side: BASE["actors"][side] for side in ("NOR", "SUD", "OST", "WES", "MID")}
P, M, C = BASE["parameters"], BASE["mechanisms"], BASE["conflict"]
E = [0.0, INTENSITY["skirmish"], INTENSITY["limited_offensive"], INTENSITY["full_offensive"]]
BALANCE = math.log(2) + P["drone_effect"] * (0.5 - 0.1)
ALARM = 0.4


def midway() -> World:
    """Return a world of one run amid the crisis: alarm, help from both patrons, ground lost, a treaty invoked."""
    world = world_of(crisis(), 1, dtype=np.float64)
    state = world.state
    state.day, state.alarm, state.invoked = 2, np.full(1, ALARM), np.ones(1, dtype=bool)
    state.held = state.held + 0.1  # beyond the prepared line
    for power in world.powers:
        power.perceive()
        line = {"OST": "lean_defender_mediate", "WES": "lean_challenger", "MID": "mediate"}.get(power.code, "aside")
        power.next_line = np.full(1, LINES.index(line))
        power.act()
    state.note_conduct()
    return world


def next_morning() -> World:
    """Return that world when its powers have read the state."""
    world = midway()
    world.state.note_standing()
    for power in world.powers:
        power.perceive()
    return world


def attack(side: int, advantage: float, line: float = 0.0) -> float:
    """Return the log-odds of an attack."""
    return (advantage if side == 0 else -advantage) - P["attack_penalty"] - (P["prepared_line_effect"] * line)


def ground(side: int, belief: float, e: float, won: float, supported: float = 0.0) -> float:
    """Return the ground that an attack is believed to take within the horizon."""
    speed = P["pace"] * e**2 * (M["counter_offensive"] if side == 1 else 1.0)
    odds = belief + supported
    left = max(C["prepared_line"] - won, 0.0) if side == 0 else 0.0
    room = C["aim"] - won if side == 0 else C["challenger_holds"] + won
    slow, fast = speed * logistic(attack(side, odds, 1.0)), speed * logistic(attack(side, odds))
    if slow == 0:
        return 0.0
    days = P["horizon"] - left / slow
    return min(left + fast * days, room) if days > 0 else 0.0


def test_the_onset_by_hand() -> None:
    """Each side overrates itself; the stake is what both want and fear at full war, averaged over the sides."""
    world = world_of(crisis(), 1, dtype=np.float64)
    beliefs = [BALANCE + P["optimism"], BALANCE - P["optimism"]]
    demands = [A[code]["grievance"] * M["grievance_value"] for code in ("NOR", "SUD")]
    stake = sum(d + ground(0, b, 1, 0) + ground(1, b, 1, 0) for d, b in zip(demands, beliefs, strict=True)) / 2
    assert world.state.balance[0] == pytest.approx(BALANCE)
    assert [side.belief[0] for side in world.sides] == pytest.approx(beliefs)
    assert world.state.stake[0] == pytest.approx(stake)
    assert [int(side.rung[0]) for side in world.sides] == [C["opening"], 0]


def test_what_the_sides_weigh_by_hand() -> None:
    world = midway()
    supported = M["support_effect"] * (A["WES"]["support"] - A["OST"]["support"])
    stake = world.state.stake[0]
    for i, code in enumerate(("NOR", "SUD")):
        side = world.sides[i]
        world.sides[1 - i].war_intensity = np.full(1, E[2])
        side.perceive()
        belief, demand = side.belief[0], A[code]["grievance"] * M["grievance_value"]
        worth = [
            ground(i, belief, e, 0.1, supported)
            - e * P["war_cost"] * P["horizon"]
            + demand * math.exp(-2 / P["grievance_decay"]) * math.sqrt(rung / 3)
            - P["resolve_cost"] * stake
            for rung, e in enumerate(E)
        ]
        worth[0] = 0.0
        danger = ground(1 - i, belief, E[2], 0.1, supported)
        assert side.worth[:, 0] == pytest.approx(worth)
        assert side.danger[0] == pytest.approx(danger)
        assert side.value[0] == pytest.approx(max(worth) - danger - E[2] * P["war_cost"] * P["horizon"])


def authority(sphere: float, others: float) -> float:
    return 1 - M["authority_loss"] * sphere * min(others / 3, 1)


def test_what_a_line_gives_by_hand() -> None:
    world = world_of(crisis(), 1)
    k = world.state.powers.index("OST")
    power, cap = world.powers[k], A["OST"]["support"]
    given = {
        "lean_challenger": (cap, 0),
        "lean_defender": (0, cap),
        "lean_challenger_mediate": (cap, 0),
        "lean_defender_mediate": (0, cap),
        "force_challenger": (cap + 1.5, 0),
        "force_defender": (0, cap + 1.5),
    }
    for line in LINES:
        power.next_line = np.full(1, LINES.index(line))
        power.act()
        world.state.note_conduct()
        assert tuple(world.state.support[:, k, 0]) == given.get(line, (0, 0))
        assert bool(world.state.voice[k, 0] > 0) is bool(world.state.heard[k, 0] > 0) is ("mediate" in line)


def test_the_authority_of_a_broker_by_hand() -> None:
    """Others' support counts, for whichever side; a broker's own does not."""
    world = next_morning()
    found = {power.code: power.authority[0] for power in world.powers}
    wes, ost = A["WES"]["support"], A["OST"]["support"]
    assert found["OST"] == pytest.approx(authority(A["OST"]["sphere"], wes))
    assert found["MID"] == pytest.approx(authority(A["MID"]["sphere"], wes + ost))
    assert found["WES"] == 1.0  # no sphere is stated


def test_what_a_patron_weighs_by_hand() -> None:
    """Ostland, ally and broker, amid the crisis: all eight lines."""
    world = next_morning()
    power = world.powers[world.state.powers.index("OST")]
    me, wes, supported = A["OST"], A["WES"], M["support_effect"] * (A["WES"]["support"] - A["OST"]["support"])
    hostility = -me["ties"]["WES"]
    courts = [hostility * A["NOR"]["ties"]["WES"], 0.0]  # Sudland is no friend of Westland
    hurt = M["displacement"] * me["sphere"]
    regard = [me["ties"][c] - hurt * x for c, x in zip(("NOR", "SUD"), courts, strict=True)]
    chances = [logistic(attack(1 - side, BALANCE + supported)) for side in (0, 1)]
    danger = [ALARM * (0.4 + max(2 * p - 1, 0)) for p in chances]
    rivals = [0.0, hostility * wes["support"]]  # Westland's support for the other side
    lean = [
        me["engagement"]
        * (P["protege_value"] * regard[i] * danger[i] - P["partner_cost"] * regard[1 - i] + M["contest"] * rivals[i])
        - me["restraint"]
        for i in (0, 1)
    ]

    def broker(towards: int | None) -> float:
        tilt = 0.0 if towards is None else (me["support"] if towards == 0 else -me["support"]) / 6
        bias = (me["ties"]["NOR"] - me["ties"]["SUD"]) / 2 + tilt
        scale = 2 * P["broker_ambition"] * me["broker_value"] * me["engagement"]
        return scale * ALARM * min(regard) * authority(me["sphere"], wes["support"]) * (1 - abs(bias))

    owed = 2 * M["treaty_duty"] * danger[1] * M["treaty_stretch"]
    cap, forced = me["support"], me["support"] + 1.5
    expected = {
        "aside": -owed,
        "mediate": broker(None) - owed / 2,
        "lean_challenger": cap * lean[0] - owed,
        "lean_defender": cap * lean[1],
        "lean_challenger_mediate": cap * lean[0] + broker(0) - owed,
        "lean_defender_mediate": cap * lean[1] + broker(1),
        "force_challenger": forced * lean[0] - P["force_cost"] - owed,
        "force_defender": forced * lean[1] - P["force_cost"],
    }
    found = dict(zip(LINES, power._utility()[:, 0], strict=True))
    assert found == pytest.approx(expected)


def test_the_pressure_on_a_supplied_side_by_hand() -> None:
    """Of the two who mediate, only Ostland supplies; its share of all voices dilutes its word."""
    world = midway()
    state = world.state
    share = state.voice[:, 0] / state.voice[:, 0].sum()
    k = state.powers.index("OST")
    me = A["OST"]
    for side, code in enumerate(("NOR", "SUD")):
        other = ("SUD", "NOR")[side]
        given = (0.0, me["support"])
        bias = (me["ties"][code] - me["ties"][other]) / 2 + (given[side] - given[1 - side]) / 6
        heard = me["engagement"] * 1.0  # nobody had helped yet when it took its line
        believed = 1 - abs(bias)
        weight = me["supplies"][code] * heard * A[code]["ties"]["OST"] * believed * share[k] ** M["dilution"]
        world.sides[side].perceive()
        assert world.sides[side].pressure[0] == pytest.approx(2 * M["leverage"] * ALARM * weight)


def test_an_offer_by_hand() -> None:
    """A package of Ostland's, with each side's chance to sign it."""
    world = midway()
    state = world.state
    for side in world.sides:
        side.war_intensity = np.full(1, E[2])
    for side in world.sides:
        side.perceive()
    north, south = world.sides
    met, k = np.zeros(1, dtype=np.int64), state.powers.index("OST")
    state.package_open[:] = True
    offers = talks._offers(world, met, np.full(1, k))
    stake, room = state.stake[0], C["aim"] - 0.1
    terms, guarded = C["package_share"] * room, M["guarantee"] * A["OST"]["peacekeeping"]
    worth = A["SUD"]["cession_worth"]
    gap = max(north.value[0] - terms, south.value[0] + worth * terms, 0)
    hazard = P["break_rate"] * math.exp(M["terms_fit"] * P["precision"] * gap * (1 - guarded) / stake) * (1 - guarded)
    holds = math.exp(-M["foresight"] * hazard * math.pi**2 / 6)
    supported = M["support_effect"] * (A["WES"]["support"] - A["OST"]["support"])
    p = logistic(attack(0, south.belief[0] + supported))
    fear = M["commitment_problem"] * max(2 * p - 1, 0) * (1 - guarded)
    refusal = M["spoiler"] * stake * A["WES"]["support"] / 3 * A["NOR"]["ties"]["WES"]
    gains = [
        holds * (terms - north.value[0]) + north.pressure[0] - refusal,
        holds * (-worth * terms - fear - south.value[0]) + south.pressure[0],
    ]
    assert offers.terms[:, 0] == pytest.approx([0, terms]) and offers.guarded[:, 0] == pytest.approx([0, guarded])
    signs = [logistic(P["precision"] / stake * gain) for gain in gains]
    assert offers.chance[:, talks.PACKAGE, 0] == pytest.approx(signs)
    assert offers.holds[talks.PACKAGE, 0] == pytest.approx(holds)
    gap = max(north.value[0], south.value[0], 0)
    holds = math.exp(
        -M["foresight"] * P["break_rate"] * math.exp(M["terms_fit"] * P["precision"] * gap / stake) * 1.645
    )
    signs = P["precision"] / stake * (south.pressure[0] - holds * south.value[0])  # nothing ceded, no next demand
    assert offers.chance[1, talks.FREEZE, 0] == pytest.approx(logistic(signs), rel=1e-3)


@pytest.mark.parametrize("better", [talks.FREEZE, talks.PACKAGE])
def test_the_offer_of_more_promise_is_laid_first_and_the_other_where_it_is_refused(better: int) -> None:
    """Promise is the chance that both sign, and that it lasts."""
    chance, holds = np.full((2, 2, 1), 0.5), np.full((2, 1), 0.8)
    holds[better] = 0.9
    offers = talks.Offers(np.zeros((2, 1)), np.zeros((2, 1)), chance, holds)
    ready, south_refuses = np.full((2, 1), 0.4), np.array([[0.4], [0.6]])
    assert bool(offers.last(ready)[0]) is (better == talks.PACKAGE)
    assert bool(offers.last(south_refuses)[0]) is (better == talks.FREEZE)


def test_a_package_that_promises_next_to_nothing_more_is_not_laid_first() -> None:
    """So the order does not rest on how small a number there can be."""
    chance, ready = np.full((2, 2, 1), 0.5), np.full((2, 1), 0.4)
    for more, first in ((5e-7, talks.FREEZE), (5e-6, talks.PACKAGE)):
        holds = np.array([[0.5], [0.5 + 4 * more]])
        offers = talks.Offers(np.zeros((2, 1)), np.zeros((2, 1)), chance, holds)
        assert bool(offers.last(ready)[0]) is (first == talks.PACKAGE)


def test_triads_of_many_actors_are_counted() -> None:
    everyone_hostile = -np.ones((60, 60, 2), dtype=np.float32)
    np.testing.assert_array_equal(_frustrated(everyone_hostile), [1.0, 1.0])


def test_the_drift_of_ties_by_hand() -> None:
    """Ostland gave 2 of 3 levels to Sudland, and full effort was expected of an ally; Westland helped Norland win."""
    world = world_of(crisis(mechanisms(structural_balance=0)), 1, dtype=np.float64)
    state = world.state
    state.support[:, state.powers.index("WES"), 0] = (2, 0)
    state.support[:, state.powers.index("OST"), 0] = (0, 2)
    state.fought, state.ground = np.full(1, 0.5), np.full(1, 0.01)
    before = state.ties.copy()
    affinity.drift_ties(world)
    change, scale = (state.ties - before)[:2, 2:, 0], M["tie_drift"] * 0.5 / 2
    failed = 1 - 2 / 3  # what Ostland left undone: half of it goes to its rival, as far as that is hostile to Ostland
    expected = {
        "OST": (-2 / 3 * scale, (2 / 3 - 1) * scale),
        "WES": (2 * 2 / 3 * scale, (-2 / 3 + 0.4 * failed / 2) * scale),
        "MID": (0, 0),
    }
    assert world.state.powers == ("MID", "OST", "WES")
    for code, (north, south) in expected.items():
        assert change[:, state.powers.index(code)] == pytest.approx([north, south]), code


ANSWERS_BY_LINE = {
    "aside": 0,
    "mediate": 1,
    "lean_challenger": 0,
    "lean_challenger_mediate": 0,
    "force_challenger": 0,
    "lean_defender": 2,
    "lean_defender_mediate": 2,
    "force_defender": 3,
}


@pytest.mark.parametrize(("line", "answer"), list(ANSWERS_BY_LINE.items()))
def test_how_an_ally_answers_by_its_line(line: str, answer: int) -> None:
    called = {"events": [{"day": 0, "actor": "SUD", "do": "invoke"}], "horizon_days": 4}
    assert (outcomes_of(crisis(called, held({"OST": line})), 8)["treaty_answered"] == answer).all()


def test_force_on_both_sides_is_a_clash_of_patrons() -> None:
    both = outcomes_of(crisis(held({"OST": "force_defender", "WES": "force_challenger"})), 8)
    one = outcomes_of(crisis(held({"OST": "force_defender", "WES": "lean_challenger"})), 8)
    assert both["patron_clash"].all() and one["great_power_entry"].all() and not one["patron_clash"].any()


EAGER = (
    parameters(contact_rate=1000, direct_channel=0.0, break_rate=0, precision=0, line_weights={"force": 0}),
    mechanisms(package=0),
)
"""Whoever has a broker meets every day and signs by the toss of a coin, a stop never breaks."""


def test_a_truce_begins_on_the_day_after_both_signed() -> None:
    """On day 0 both meet for certain, and each signs with chance 1/2: a quarter of the runs is at peace on day 1."""
    table = outcomes_of(crisis(*EAGER, held({"MID": "mediate"}), conflict(opening=3)), 4000, draws=1)
    day = table["first_truce_day"].fillna(999).to_numpy()
    assert abs(z_score(day == 1, 0.25, 0.25 * 0.75)) < DISMISSED
    assert day.min() == 1
    assert set(table["broker"]) <= {"MID", "none"}
    alone = outcomes_of(crisis(*EAGER, held({})), 200)
    assert not alone["offers"].any()  # no broker and no direct channel


def test_a_truce_of_the_last_day_does_not_hold_yet() -> None:
    """It begins on a day that is not played: the run ends fighting."""
    table = outcomes_of(crisis(*EAGER, held({"MID": "mediate"}), conflict(opening=3), {"horizon_days": 1}), 400)
    assert table["truces"].any()
    assert (table["ending"] == "fighting").all() and table["first_truce_day"].isna().all()
    assert (table["duration_days"] == 1).all() and (table["broker"] == "none").all()


def test_the_sides_meet_by_a_poisson_law_whatever_failed_before() -> None:
    world = world_of(crisis(parameters(contact_rate=0.1, direct_channel=1)), RUNS)
    world.state.alarm, world.state.failed = np.full(RUNS, 0.5), np.arange(RUNS) % 3.0
    talks.negotiate(world)
    expected = 1 - math.exp(-0.1 * 0.5)
    assert abs(z_score(world.diary.offers, expected, expected * (1 - expected))) < DISMISSED


def test_a_side_sees_the_enemy_fire_on_the_day_after_the_onset_and_after_a_break() -> None:
    """Danger follows the rung that the enemy opened with, not that of the stop before."""
    world = world_of(crisis(parameters(pace=10, attack_penalty=0, optimism=0, break_rate=1e6)), 2, dtype=np.float64)
    world.sides[1].perceive()
    opened = world.sides[1].danger.copy()
    assert (opened > 0).all()
    stops.begin(world, everywhere(world), Stop.lull, 0)
    stops.break_stops(world)
    struck = world.sides[0].rung > 0
    world.sides[1].perceive()
    np.testing.assert_array_equal(world.sides[1].danger > 0, struck)
    assert struck.any()


def test_dependence_counts_supply_before_the_crisis_and_help_in_it() -> None:
    """A month of full support, three levels, counts as much as all supply before."""
    table = outcomes_of(crisis(held({"WES": "lean_challenger"}), parameters(break_rate=0)), 40)
    helped = table["support_WES_NOR"] > 0
    assert helped.all()
    aid = A["WES"]["supplies"]["NOR"] + table["duration_days"] * A["WES"]["support"] / 90
    np.testing.assert_allclose(table["dependence_NOR_WES"], aid / (aid + A["OST"]["supplies"]["NOR"]))


def test_nobody_expects_more_ground_than_there_is_to_take() -> None:
    """The challenger's is what its aim leaves, the defender's what the challenger holds."""
    world = world_of(crisis(parameters(pace=10)), 1, dtype=np.float64)
    world.state.held, world.state.ceded = np.full(1, 0.42), np.full(1, 0.05)
    for side in world.sides:
        full = [side.speed_of(attacker, np.ones(1)) for attacker in (0, 1)]
        assert side.expected_ground(0, full[0])[0] == pytest.approx(C["aim"] - 0.12 - 0.05)
        assert side.expected_ground(1, full[1])[0] == pytest.approx(0.42)


def rung_taken(pressure: float, day: int = 1) -> int:
    """Return the rung that an unerring side on rung 2 takes, each rung being worth a tenth more than the last."""
    world = world_of(crisis(ALONE, parameters(precision=1e6)), 1)
    world.state.day = day
    side = world.sides[0]
    side.worth, side.pressure = np.array([[0.0], [0.1], [0.2], [0.3]]), np.full(1, pressure)
    side.decide()
    side.act()
    return int(side.rung[0])


def test_pressure_weighs_more_the_higher_the_rung() -> None:
    assert rung_taken(0.0) == 3
    assert rung_taken(0.29) == 3
    assert rung_taken(0.31) == 1  # the best is to hold fire, but nobody climbs down two rungs a day
    assert rung_taken(0.0, day=0) == 2  # the opening is given


def test_the_voice_of_a_broker_by_hand() -> None:
    """Who is received by one side only has no voice."""
    state = midway().state
    voice = dict(zip(state.powers, state.voice[:, 0], strict=True))
    for code in ("OST", "MID"):
        access = min(A["NOR"]["ties"][code], A["SUD"]["ties"][code])
        assert voice[code] == pytest.approx(A[code]["broker_value"] * A[code]["engagement"] * access)
    assert voice["WES"] == 0.0

    shut_out = world_of(crisis(actor("SUD", ties={"OST": -0.1}), held({"OST": "mediate"})), 1)
    shut_out.step()
    assert not shut_out.state.voice.any()


def test_a_treaty_is_invoked_in_war_by_a_defender_that_fears_enough() -> None:
    """Half of those who fear just the threshold call, everyone who fears much more, and nobody in a truce."""
    shares = {}
    for fear, at_peace in ((0.0, False), (1.0, False), (3.0, False), (3.0, True)):
        world = world_of(crisis(parameters(precision=50)), 4000)
        threshold = P["invocation_threshold"] * world.state.stake / M["treaty_stretch"]
        world.sides[1].danger = fear * threshold
        if at_peace:
            stops.begin(world, everywhere(world), Stop.truce, 0)
        talks.invoke_treaties(world)
        shares[fear, at_peace] = world.state.invoked.mean()
    assert shares[0.0, False] < 0.01 and shares[3.0, True] == 0.0
    assert shares[1.0, False] == pytest.approx(0.5, abs=DISMISSED * 0.5 / math.sqrt(4000))
    assert shares[3.0, False] > 0.99


def test_the_first_truce_is_the_first() -> None:
    """Later truces leave its day as it was: followed day by day in runs that sign and break many."""
    often = (parameters(contact_rate=1000, break_rate=1, precision=0.1), {"horizon_days": 12})
    world = world_of(crisis(KEPT, *often, held({"MID": "mediate"})), 300)
    first = np.full(300, -1)
    for day in range(12):
        world.step()
        first = np.where((first < 0) & (world.diary.truces > 0), day + 1, first)
    assert (world.diary.truces > 1).any()
    np.testing.assert_array_equal(world.diary.first_truce, first)


def test_single_precision_tells_the_same_story() -> None:
    """Played in 32 and in 64 bits with the same luck, hardly a run comes out otherwise."""
    odd = crisis(conflict(prepared_line=0.03141, aim=0.5772))  # borders that no sum of days meets exactly
    one, other = (world_of(odd, 2000, dtype=dtype).play().record.outcomes for dtype in (np.float32, np.float64))
    for name in ("duration_days", "ending", "truces", "failed_stops", "peak_level"):
        assert (one[name] == other[name]).mean() > 0.998, name
    same = one["duration_days"] == other["duration_days"]
    assert np.median(np.abs(one["territory_fought"] - other["territory_fought"])[same]) < 1e-6


def test_the_public_rewards_boldness_by_the_square_root_of_the_rung() -> None:
    side = world_of(crisis(actor("NOR", grievance=0.5), mechanisms(grievance_value=0.1)), 3).sides[0]
    rewards = [0.05 * math.sqrt(rung / 3) for rung in (1, 2, 3)]
    np.testing.assert_allclose(side.reward_of_rungs[:, 0], rewards, rtol=1e-6)


def test_a_broker_held_to_mediating_brokers_on_all_days_of_fighting() -> None:
    table = outcomes_of(crisis(held({"MID": "mediate", "OST": "lean_defender_mediate"})), 40)
    assert (table["mediates_MID"] == 1).all() and (table["mediates_OST"] == 1).all()
    assert not table["mediates_WES"].any()
    assert (table["support_OST_SUD"] == A["OST"]["support"]).all()


def test_hostility_among_powers_follows_their_ties() -> None:
    """Where triads pull ties about, rivals of day 0 need not be rivals later."""
    world = world_of(crisis(mechanisms(structural_balance=0.05)), 20)
    before = world.state.hostility.copy()
    for _ in range(5):
        world.step()
    assert not np.allclose(world.state.hostility, before)
    np.testing.assert_array_equal(world.state.hostility, np.maximum(-world.state.ties[2:5, 2:5], 0))
