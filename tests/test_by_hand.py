"""What each actor computes in a day, one number at a time, reckoned by hand."""

from __future__ import annotations

import math

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

from sim.engine.recorder import _frustrated
from sim.engine.state import Stop
from sim.engine.steps import stops, talks
from sim.engine.steps import ties as affinity
from sim.engine.world import World
from sim.scenario import LINES

RUNS = 20_000
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
