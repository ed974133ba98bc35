"""What each actor computes in a day, one number at a time, reckoned by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from worlds import (
    ALONE,
    BASE,
    DISMISSED,
    INTENSITY,
    KEPT,
    actor,
    conflict,
    crisis,
    everywhere,
    held,
    logistic,
    mechanisms,
    outcomes_of,
    parameters,
    world_of,
    z_score,
)

from sim.engine.options import OPTIONS, TOWARDS
from sim.engine.recorder import _frustrated
from sim.engine.rules import patrons
from sim.engine.rules.patrons import News
from sim.engine.state import StateSubset, Stop
from sim.engine.steps import stops, talks
from sim.engine.steps import ties as affinity
from sim.engine.third_party import ThirdParty
from sim.engine.world import World
from sim.scenario import STANCE_NAMES, STANCES, Escalation, Stance
from sim.scenario.stances import position

RUNS = 20_000
A = {side: BASE["actors"][side] for side in ("NOR", "SUD", "OST", "WES", "MID")}
P, M, C = BASE["parameters"], BASE["mechanisms"], BASE["conflict"]
E = [0.0, INTENSITY["skirmish"], INTENSITY["limited_offensive"], INTENSITY["full_offensive"]]
BALANCE = math.log(2) + P["drone_effect"] * (0.5 - 0.1)
ALARM = 0.4


def midway() -> World:
    """Return a world of one run amid the crisis: attention, help from both patrons, ground lost, a
    treaty invoked.
    """
    world = world_of(crisis(), 1, dtype=np.float64)
    state = world.state
    state.day, state.attention, state.invoked = 2, np.full(1, ALARM), np.ones(1, dtype=bool)
    state.held = state.held + 0.1  # beyond the prepared line
    for power in world.powers:
        take(
            power,
            {"OST": "arms_defender_mediate", "WES": "arms_challenger", "MID": "mediate"}[
                power.code
            ],
        )
    state.update_support()
    return world


def take(power: ThirdParty, name: str) -> None:
    """Let a power take a stance in all runs."""
    power.next_stance = np.full(power.state.runs, position(name), dtype=np.int8)
    power.act()


def next_morning() -> World:
    """Return that world when its powers have read the state."""
    world = midway()
    world.state.update_public_view()
    return world


def attack(side: int, advantage: float, line: float = 0.0) -> float:
    """Return the log-odds of an attack."""
    return (
        (advantage if side == 0 else -advantage)
        - P["attack_penalty"]
        - (P["prepared_line_effect"] * line)
    )


def ground(side: int, belief: float, e: float, won: float, supported: float = 0.0) -> float:
    """Return the ground that an attack is believed to take within the horizon."""
    speed = P["pace"] * e**2 * (M["counter_offensive"] if side == 1 else 1.0)
    odds = belief + supported
    left = max(C["prepared_line"] - won, 0.0) if side == 0 else 0.0
    room = C["aim"] - won if side == 0 else C["challenger_holds"] + won
    slow, fast = speed * logistic(attack(side, odds, 1.0)), speed * logistic(attack(side, odds))
    if slow == 0:
        return 0.0
    days = P["planning_days"]
    return min(min(left, slow * days) + fast * max(days - left / slow, 0.0), room)


def test_the_onset_by_hand() -> None:
    """Each side overrates itself; the stake is what both want and fear at full war, averaged over
    the sides.
    """
    world = world_of(crisis(), 1, dtype=np.float64)
    beliefs = [BALANCE + P["optimism"], BALANCE - P["optimism"]]
    demands = [A[code]["grievance"] * M["grievance_value"] for code in ("NOR", "SUD")]
    stake = (
        sum(
            d + ground(0, b, 1, 0) + ground(1, b, 1, 0)
            for d, b in zip(demands, beliefs, strict=True)
        )
        / 2
    )
    assert world.state.balance[0] == pytest.approx(BALANCE)
    assert [side.belief[0] for side in world.sides] == pytest.approx(beliefs)
    assert world.state.stake[0] == pytest.approx(stake)
    assert [int(side.escalation[0]) for side in world.sides] == [Escalation.limited_offensive, 1]


def test_what_the_sides_weigh_by_hand() -> None:
    world = midway()
    supported = M["support_effect"] * (A["WES"]["support"] - A["OST"]["support"])
    stake = world.state.stake[0]
    for i, code in enumerate(("NOR", "SUD")):
        side = world.sides[i]
        world.sides[1 - i].war_intensity = np.full(1, E[2])
        side.perceive()
        belief, demand = side.belief[0], A[code]["grievance"] * M["grievance_value"]
        utility = [
            ground(i, belief, e, 0.1, supported)
            - e * P["war_cost"] * P["planning_days"]
            + demand * math.exp(-2 / P["grievance_decay"]) * math.sqrt(escalation / 3)
            - P["resolve_cost"] * stake
            for escalation, e in enumerate(E)
        ]
        utility[0] = 0.0
        danger = ground(1 - i, belief, E[2], 0.1, supported)
        assert side.utility[:, 0] == pytest.approx(utility)
        assert side.danger[0] == pytest.approx(danger)
        assert side.value[0] == pytest.approx(
            max(utility) - danger - E[2] * P["war_cost"] * P["planning_days"]
        )


def authority(sphere: float, others: float) -> float:
    return 1 - M["authority_loss"] * sphere * min(others / 3, 1)


def test_what_a_stance_gives_by_hand() -> None:
    """Support for the front, and half a level more for all to see."""
    world = world_of(crisis(), 1)
    k = world.state.powers.index("OST")
    cap = A["OST"]["support"]
    given = {0: 0.0, 1: 0.0, 2: 1.0, 3: cap, 4: cap + 1.5}
    for stance in STANCES:
        take(world.powers[k], stance.name)
        world.state.update_support()
        support = [given[stance.level] if side == stance.side else 0.0 for side in (0, 1)]
        seen = [amount + 0.5 if side == stance.side else 0.0 for side, amount in enumerate(support)]
        assert world.state.support[:, k, 0].tolist() == support
        assert world.state.commitment[:, k, 0].tolist() == seen
        assert world.state.force[:, k, 0].any() == (stance.level == 4)
        assert bool(world.state.heard[k, 0] > 0) is stance.mediates


def test_to_lean_is_to_arm() -> None:
    assert position("lean_defender_mediate") == STANCE_NAMES.index("arms_defender_mediate")
    one, other = (
        outcomes_of(crisis(held({"OST": name})), 40) for name in ("lean_defender", "arms_defender")
    )
    assert one.equals(other)


def test_the_authority_of_a_broker_by_hand() -> None:
    """Others' commitment counts, to whichever side; a broker's own does not."""
    world = next_morning()
    found = dict(zip(world.state.powers, world.state.authority[:, 0], strict=True))
    wes, ost = A["WES"]["support"] + 0.5, A["OST"]["support"] + 0.5
    assert found["OST"] == pytest.approx(authority(A["OST"]["sphere"], wes))
    assert found["MID"] == pytest.approx(authority(A["MID"]["sphere"], wes + ost))
    assert found["WES"] == 1.0  # no sphere is stated


def test_what_a_patron_weighs_by_hand() -> None:
    """Ostland, ally and broker, arms Sudland and mediates: all stances towards the side that it
    likes.
    """
    world = next_morning()
    power = world.powers[world.state.powers.index("OST")]
    me, wes, supported = (
        A["OST"],
        A["WES"],
        M["support_effect"] * (A["WES"]["support"] - A["OST"]["support"]),
    )
    hostility = -me["ties"]["WES"]
    courts = [hostility * A["NOR"]["ties"]["WES"], 0.0]  # Sudland is no friend of Westland
    hurt = M["displacement"] * me["sphere"]
    regard = [me["ties"][c] - hurt * x for c, x in zip(("NOR", "SUD"), courts, strict=True)]
    danger = ALARM * (0.4 + max(2 * logistic(attack(0, BALANCE + supported)) - 1, 0))
    rivals = hostility * (wes["support"] + 0.5)  # what Westland shows for the other side
    lean = me["engagement"] * (
        P["protege_value"] * max(regard[1] - regard[0], 0) * danger
        - P["partner_cost"] * regard[0]
        + M["contest"] * rivals
    )  # Midland mediates, but it is no friend that could hold Ostland back

    def broker(shown: float) -> float:
        bias = (me["ties"]["SUD"] - me["ties"]["NOR"]) / 2 + shown / 6
        scale = 2 * P["broker_ambition"] * me["broker_value"] * me["engagement"]
        return (
            scale
            * ALARM
            * min(regard)
            * authority(me["sphere"], wes["support"] + 0.5)
            * (1 - abs(bias))
        )

    shown = {0: 0.0, 1: 0.5, 2: 1.5, 3: me["support"] + 0.5, 4: me["support"] + 2.0}
    owed = 2 * M["treaty_duty"] * danger * M["treaty_stretch"]
    trespass = max(
        A[code].get("sphere", 0) * (1 - A[code]["ties"].get("OST", me["ties"].get(code, 0))) / 2
        for code in ("MID", "WES")
    )
    expected = [
        shown[option.level] * lean
        - (P["force_cost"] * (1 + trespass - 1 / 3) if option.level == 4 else 0.0)  # arms are paid
        + (broker(shown[option.level]) if option.mediates else 0.0)
        - M["tied_hands"] * max(shown[3] - shown[option.level], 0)
        - owed * (1 - max(option.level, option.mediates) / 4)
        for option in OPTIONS
    ]
    everything = StateSubset(world.state, np.arange(1))
    levels = patrons.commitment(patrons.support(power.cap))
    found = power._worth(everything, np.ones(1, dtype=np.int8), power.stance, levels)[:, 0]
    assert [STANCE_NAMES[i] for i in TOWARDS[1]][-1] == "force_defender"
    assert found == pytest.approx(expected)


def test_a_friend_that_works_against_a_side_holds_its_client_back() -> None:
    """Westland is close to Midland, which mediates for all to see: each level costs it that much
    more.
    """
    near = {"actors": {"WES": {"ties": {"MID": 0.5}}, "MID": {"ties": {"WES": 0.5}}}}
    utility = []
    for restraint in (0.0, 0.3):
        world = world_of(crisis(near, mechanisms(restraint=restraint)), 1, dtype=np.float64)
        power = world.powers[world.state.powers.index("WES")]
        levels = patrons.commitment(patrons.support(power.cap))
        take(world.powers[world.state.powers.index("MID")], "mediate")
        seen = StateSubset(world.state, np.arange(1))
        utility.append(power._worth(seen, np.zeros(1, dtype=np.int8), power.stance, levels))
    less = (utility[0] - utility[1])[:, 0]
    shown = [0.0, 0.0, 0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 4.0]
    heeded = (
        0.5 * A["MID"]["engagement"] + 0.0
    )  # Ostland, which mediates too, is a rival of Westland
    assert less == pytest.approx([0.3 * heeded * x for x in shown])


def test_what_is_news_by_hand() -> None:
    """Yesterday, by run: nothing, attention, territory, another's move, a ceasefire, its end, a
    call.
    """
    world = world_of(crisis(parameters(review_days=30)), 7)
    state = world.state
    state.day = 5
    state.attention_then[:], state.attention = 0.4, np.array([0.4, 0.8, 0.4, 0.4, 0.4, 0.4, 0.4])
    state.ground_then[:] = state.held
    state.held = state.held + np.array([0, 0, 0.06, 0, 0, 0, 0])
    state.moved[:], state.moved[0, 3] = False, True
    state.news[4:] = News.signed, News.broken, News.invoked
    state.update_news(np.full(7, 0.5))
    expected = [0, News.fighting, News.ground, News.another, News.signed, News.broken, News.invoked]
    assert state.prompt.tolist() == expected
    state.update_news(np.full(7, 0.01))  # in a month one day is for routine
    assert state.prompt[:3].tolist() == [News.routine] * 3  # and what was reviewed is news no more


def test_nothing_is_news_once_a_stop_has_closed_the_crisis() -> None:
    world = world_of(crisis(), 2)
    state = world.state
    state.day, state.attention = 20, np.ones(2)
    stops.begin(world, np.array([1]), Stop.truce, 0)
    state.age[1] = P["closure_days"]
    state.update_public_view()
    state.update_news(np.zeros(2))
    assert state.at_review.where.tolist() == [0]


def test_the_pressure_on_a_supplied_side_by_hand() -> None:
    """Of the two who mediate, only Ostland supplies; its share of all voices dilutes its word."""
    world = midway()
    state = world.state
    share = state.voice[:, 0] / state.voice[:, 0].sum()
    shown = A["OST"]["support"] + 0.5
    k = state.powers.index("OST")
    me = A["OST"]
    for side, code in enumerate(("NOR", "SUD")):
        other = ("SUD", "NOR")[side]
        given = (0.0, shown)
        bias = (me["ties"][code] - me["ties"][other]) / 2 + (given[side] - given[1 - side]) / 6
        heard = me["engagement"] * 1.0  # nobody had taken a side yet when it began to mediate
        believed = 1 - abs(bias)
        received = max(A[code]["ties"]["OST"] - M["estrangement"] * given[1 - side] / 3, 0)
        weight = me["supplies"][code] * heard * received * believed * share[k] ** M["dilution"]
        world.sides[side].perceive()
        assert world.sides[side].pressure[0] == pytest.approx(2 * M["leverage"] * ALARM * weight)


def sign_chance(nats: float) -> float:
    less = min(nats, 0)
    return math.exp(less - less**2)


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
    terms, protection = C["package_share"] * room, M["guarantee"] * A["OST"]["peacekeeping"]
    utility = A["SUD"]["cession_worth"]
    breach = M["tied_hands"] * stake
    gap = max(north.value[0] - terms - breach, south.value[0] - breach, 0)  # nothing is due yet
    bias = (A["OST"]["ties"]["SUD"] - A["OST"]["ties"]["NOR"]) / 2 + (A["OST"]["support"] + 0.5) / 6
    trusted = A["OST"]["engagement"] * (1 - bias)  # nobody had taken its authority yet
    backed = M["backing"] * min(2 * trusted, 1)
    hazard = (
        P["break_rate"]
        * math.exp(M["terms_fit"] * P["precision"] * gap * (1 - protection) / stake)
        * (1 - protection)
    )
    hazard *= 1 - backed
    holds = math.exp(-M["foresight"] * hazard * math.pi**2 / 6)
    supported = M["support_effect"] * (A["WES"]["support"] - A["OST"]["support"])
    p = logistic(attack(0, south.belief[0] + supported))
    fear = M["commitment_problem"] * max(2 * p - 1, 0) * (1 - protection)
    refusal = M["spoiler"] * stake * A["WES"]["support"] / 3 * A["NOR"]["ties"]["WES"]
    gains = [
        holds * (terms - north.value[0]) + north.pressure[0] - refusal,
        holds * (-fear - south.value[0]) - utility * terms + south.pressure[0],
    ]
    would_gain = (north.value[0] - terms > 0, south.value[0] > 0)
    gains = [
        gain - (1 - holds) * breach * breaks for gain, breaks in zip(gains, would_gain, strict=True)
    ]
    assert offers.terms[:, 0] == pytest.approx([0, terms]) and offers.protection[
        :, 0
    ] == pytest.approx([0, protection])
    signs = [sign_chance(P["precision"] / stake * gain) for gain in gains]
    assert offers.chance[:, talks.PACKAGE, 0] == pytest.approx(signs)
    assert offers.holds[talks.PACKAGE, 0] == pytest.approx(holds)
    gap = max(north.value[0] - breach, south.value[0] - breach, 0)
    accidents = P["break_rate"] * (1 - backed) * math.pi**2 / 6
    holds = math.exp(
        -M["foresight"] * accidents * math.exp(M["terms_fit"] * P["precision"] * gap / stake)
    )
    word = (1 - holds) * breach * (south.value[0] > 0)
    signs = (
        P["precision"] / stake * (south.pressure[0] - holds * south.value[0] - word)
    )  # no next demand is feared
    assert offers.chance[1, talks.FREEZE, 0] == pytest.approx(sign_chance(signs), rel=1e-3)


@pytest.mark.parametrize("better", [talks.FREEZE, talks.PACKAGE])
def test_the_offer_of_more_promise_is_laid_first_and_the_other_where_it_is_refused(
    better: int,
) -> None:
    """Promise is the chance that both sign, and that it lasts."""
    chance, holds = np.full((2, 2, 1), 0.5), np.full((2, 1), 0.8)
    holds[better] = 0.9
    offers = talks.Offers(np.zeros((2, 1)), np.zeros((2, 1)), chance, holds, np.zeros(1))
    ready, south_refuses = np.full((2, 1), 0.4), np.array([[0.4], [0.6]])
    assert bool(offers.last(ready)[0]) is (better == talks.PACKAGE)
    assert bool(offers.last(south_refuses)[0]) is (better == talks.FREEZE)


def test_a_package_that_promises_next_to_nothing_more_is_not_laid_first() -> None:
    """So the order does not rest on how small a number there can be."""
    chance, ready = np.full((2, 2, 1), 0.5), np.full((2, 1), 0.4)
    for more, first in ((5e-7, talks.FREEZE), (5e-6, talks.PACKAGE)):
        holds = np.array([[0.5], [0.5 + 4 * more]])
        offers = talks.Offers(np.zeros((2, 1)), np.zeros((2, 1)), chance, holds, np.zeros(1))
        assert bool(offers.last(ready)[0]) is (first == talks.PACKAGE)


def test_triads_of_many_actors_are_counted() -> None:
    everyone_hostile = -np.ones((60, 60, 2), dtype=np.float32)
    np.testing.assert_array_equal(_frustrated(everyone_hostile), [1.0, 1.0])


def test_the_drift_of_ties_by_hand() -> None:
    """Ostland gave 2 of 3 levels to Sudland, and full effort was expected of an ally; Westland
    helped Norland win.
    """
    world = world_of(crisis(mechanisms(structural_balance=0)), 1, dtype=np.float64)
    state = world.state
    state.support[:, state.powers.index("WES"), 0] = (2, 0)
    state.support[:, state.powers.index("OST"), 0] = (0, 2)
    state.fought, state.ground = np.full(1, 0.5), np.full(1, 0.01)
    before = state.ties.copy()
    affinity.drift_ties(world)
    change, scale = (state.ties - before)[:2, 2:, 0], M["tie_drift"] * 0.5 / 2
    failed = (
        1 - 2 / 3
    )  # what Ostland left undone: half of it goes to its rival, as far as that is hostile to Ostland
    expected = {
        "OST": (-2 / 3 * scale, (2 / 3 - 1) * scale),
        "WES": (2 * 2 / 3 * scale, (-2 / 3 + 0.4 * failed / 2) * scale),
        "MID": (0, 0),
    }
    assert world.state.powers == ("MID", "OST", "WES")
    for code, (north, south) in expected.items():
        assert change[:, state.powers.index(code)] == pytest.approx([north, south]), code


@pytest.mark.parametrize("stance", STANCES, ids=STANCE_NAMES)
def test_how_an_ally_answers_by_its_stance(stance: Stance) -> None:
    """3 for force, 2 for aid or arms, 1 for words or mediating alone, and nothing from who sides
    with the enemy.
    """
    called = {"events": [{"day": 0, "actor": "SUD", "do": "invoke"}], "horizon_days": 4}
    answers = {0: int(stance.mediates), 1: 1, 2: 2, 3: 2, 4: 3}
    answer = 0 if stance.side == 0 else answers[stance.level]
    assert (
        outcomes_of(crisis(called, held({"OST": stance.name})), 8)["treaty_answered"] == answer
    ).all()


def test_force_on_both_sides_is_a_clash_of_patrons() -> None:
    both = outcomes_of(crisis(held({"OST": "force_defender", "WES": "force_challenger"})), 8)
    one = outcomes_of(crisis(held({"OST": "force_defender", "WES": "lean_challenger"})), 8)
    assert (
        both["patron_clash"].all()
        and one["great_power_entry"].all()
        and not one["patron_clash"].any()
    )


EAGER = (
    parameters(contact_rate=1000, direct_channel=0.0, break_rate=0, precision=0, force_cost=1e6),
    mechanisms(package=0),
)
"""Whoever has a broker meets every day and signs whatever is proposed, a stop never breaks."""


def test_a_truce_begins_on_the_day_after_both_signed() -> None:
    """On day 0 both meet for certain, and nobody sees a reason to refuse."""
    table = outcomes_of(crisis(*EAGER, held({"MID": "mediate"}), conflict(opening=3)), 200, draws=1)
    assert (table["first_truce_day"] == 1).all()
    assert set(table["broker"]) == {"MID"}
    alone = outcomes_of(crisis(*EAGER, held({})), 200)
    assert not alone["offers"].any()  # no broker and no direct channel


def test_a_truce_of_the_last_day_does_not_hold_yet() -> None:
    """It begins on a day that is not played: the run ends fighting."""
    table = outcomes_of(
        crisis(*EAGER, held({"MID": "mediate"}), conflict(opening=3), {"horizon_days": 1}), 400
    )
    assert table["truces"].any()
    assert (table["ending"] == "fighting").all() and table["first_truce_day"].isna().all()
    assert (table["duration_days"] == 1).all() and (table["broker"] == "none").all()


def test_the_sides_meet_by_a_poisson_law_whatever_failed_before() -> None:
    world = world_of(crisis(ALONE, parameters(contact_rate=0.1, direct_channel=1)), RUNS)
    world.state.attention, world.state.failed = np.full(RUNS, 0.5), np.arange(RUNS) % 3.0
    talks.negotiate(world)
    expected = 1 - math.exp(-0.1 * 0.5 * (1 - 0.8) ** 2)  # the sides' ties are -0.8
    assert abs(z_score(world.recorder.offers, expected, expected * (1 - expected))) < DISMISSED


def test_a_side_sees_the_enemy_fire_on_the_day_after_the_onset_and_after_a_break() -> None:
    """Danger follows the escalation that the enemy opened with, not that of the stop before."""
    world = world_of(
        crisis(parameters(pace=10, attack_penalty=0, optimism=0, break_rate=1e6)),
        2,
        dtype=np.float64,
    )
    world.sides[1].perceive()
    opened = world.sides[1].danger.copy()
    assert (opened > 0).all()
    stops.begin(world, everywhere(world), Stop.lull, 0)
    stops.break_stops(world)
    struck = world.sides[0].escalation > 0
    world.sides[1].perceive()
    np.testing.assert_array_equal(world.sides[1].danger > 0, struck)
    assert struck.any()


def test_dependence_counts_supply_before_the_crisis_and_help_in_it() -> None:
    """A month of full support, three levels, counts as much as all supply before."""
    table = outcomes_of(crisis(held({"WES": "lean_challenger"}), parameters(break_rate=0)), 40)
    helped = table["support_WES_NOR"] > 0
    assert helped.all()
    aid = A["WES"]["supplies"]["NOR"] + table["duration_days"] * A["WES"]["support"] / 90
    np.testing.assert_allclose(
        table["dependence_NOR_WES"], aid / (aid + A["OST"]["supplies"]["NOR"])
    )


def test_nobody_expects_more_ground_than_there_is_to_take() -> None:
    """The challenger's is what its aim leaves, the defender's what the challenger holds."""
    world = world_of(crisis(parameters(pace=10)), 1, dtype=np.float64)
    world.state.held, world.state.ceded = np.full(1, 0.42), np.full(1, 0.05)
    for side in world.sides:
        full = [side.speed_of(attacker, np.ones(1)) for attacker in (0, 1)]
        assert side.expected_ground(0, full[0])[0] == pytest.approx(C["aim"] - 0.12 - 0.05)
        assert side.expected_ground(1, full[1])[0] == pytest.approx(0.42)


def rung_taken(pressure: float, day: int = 1) -> int:
    """Return the level that an unerring side on level 2 takes; each is worth a tenth more."""
    world = world_of(crisis(ALONE, parameters(precision=1e6)), 1)
    world.state.day = day
    side = world.sides[0]
    side.utility, side.pressure = np.array([[0.0], [0.1], [0.2], [0.3]]), np.full(1, pressure)
    side.decide()
    side.act()
    return int(side.escalation[0])


def test_pressure_weighs_more_the_higher_the_rung() -> None:
    assert rung_taken(0.0) == 3
    assert rung_taken(0.29) == 3
    assert rung_taken(0.31) == 1  # the best is to hold fire, but nobody climbs down two rungs a day
    assert rung_taken(0.0, day=0) == 2  # the opening is given


def test_the_voice_of_a_broker_by_hand() -> None:
    """Who is received by one side only has no voice, and who arms one side is received less by the
    other.
    """
    state = midway().state
    voice = dict(zip(state.powers, state.voice[:, 0], strict=True))
    for code in ("OST", "MID"):
        me, shown = A[code], A[code]["support"] + 0.5 if code == "OST" else 0.0
        access = min(A["NOR"]["ties"][code] - M["estrangement"] * shown / 3, A["SUD"]["ties"][code])
        believed = 1 - abs((me["ties"]["SUD"] - me["ties"]["NOR"]) / 2 + shown / 6)
        expected = 2 * me["broker_value"] * me["engagement"] * max(access, 0) * believed
        assert voice[code] == pytest.approx(expected)
    assert voice["WES"] == 0.0

    shut_out = world_of(crisis(actor("SUD", ties={"OST": -0.1}), held({"OST": "mediate"})), 1)
    shut_out.step()
    assert not shut_out.state.voice.any()


def test_a_treaty_is_invoked_in_war_by_a_defender_that_fears_enough() -> None:
    """Half of those who fear just the threshold call if nothing weighs against it, everyone who
    fears much more, and nobody in a truce or without news.
    """
    shares = {}
    for fear, news in product((0.0, 1.0, 3.0), (News.none, News.ground, News.routine)):
        world = world_of(crisis(parameters(precision=50, inertia=0)), 4000)
        world.state.prompt[:] = news
        threshold = P["invocation_threshold"] * world.state.stake / M["treaty_stretch"]
        world.sides[1].danger = fear * threshold
        talks.invoke_treaties(world)
        shares[fear, news] = world.state.invoked.mean()
    assert all(share == 0.0 for (_, news), share in shares.items() if news != News.ground)
    assert shares[0.0, News.ground] < 0.01 and shares[3.0, News.ground] > 0.99
    assert shares[1.0, News.ground] == pytest.approx(0.5, abs=DISMISSED * 0.5 / math.sqrt(4000))


@pytest.mark.parametrize(("at_peace", "inertia", "expected"), [(True, 0, 0.0), (False, 2, 0.119)])
def test_a_call_takes_a_war_and_overcomes_inertia(
    at_peace: bool, inertia: float, expected: float
) -> None:
    """Of those who fear just the threshold, a share of 1 / (1 + e^2) calls against inertia of 2."""
    world = world_of(crisis(parameters(precision=50, inertia=inertia)), 4000)
    world.state.prompt[:] = News.ground
    world.sides[1].danger = P["invocation_threshold"] * world.state.stake / M["treaty_stretch"]
    if at_peace:
        stops.begin(world, everywhere(world), Stop.truce, 0)
    talks.invoke_treaties(world)
    share = world.state.invoked.mean()
    assert share == pytest.approx(expected, abs=DISMISSED * 0.33 / math.sqrt(4000))


def test_the_first_truce_is_the_first() -> None:
    """Later truces leave its day as it was: followed day by day in runs that sign and break
    many.
    """
    often = (parameters(contact_rate=1000, break_rate=1, precision=0.1), {"horizon_days": 12})
    world = world_of(crisis(KEPT, *often, held({"MID": "mediate"})), 300)
    first = np.full(300, -1)
    for day in range(12):
        world.step()
        first = np.where((first < 0) & (world.recorder.ceasefires > 0), day + 1, first)
    assert (world.recorder.ceasefires > 1).any()
    np.testing.assert_array_equal(world.recorder.first_ceasefire, first)


def test_single_precision_tells_the_same_story() -> None:
    """Played in 32 and in 64 bits with the same luck, hardly a run comes out otherwise."""
    odd = crisis(
        conflict(prepared_line=0.03141, aim=0.5772)
    )  # borders that no sum of days meets exactly
    one, other = (
        world_of(odd, 2000, dtype=dtype).play().record.outcomes
        for dtype in (np.float32, np.float64)
    )
    for name in ("duration_days", "ending", "truces", "failed_stops", "peak_level"):
        assert (one[name] == other[name]).mean() > 0.995, name
    same = one["duration_days"] == other["duration_days"]
    assert np.median(np.abs(one["territory_fought"] - other["territory_fought"])[same]) < 1e-6


def test_the_public_rewards_boldness_by_the_square_root_of_the_rung() -> None:
    side = world_of(crisis(actor("NOR", grievance=0.5), mechanisms(grievance_value=0.1)), 3).sides[
        0
    ]
    rewards = [0.05 * math.sqrt(escalation / 3) for escalation in (1, 2, 3)]
    np.testing.assert_allclose(side.reward_of_levels[:, 0], rewards, rtol=1e-6)


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
