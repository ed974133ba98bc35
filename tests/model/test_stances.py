"""Third parties hold their stances, answer news, and leave the patterns of the record standing, in
all crises alike.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from worlds import (
    KEPT,
    SCENARIOS,
    actor,
    crisis,
    everywhere,
    held,
    mechanisms,
    outcomes_of,
    parameters,
    power_of,
    shipped,
    world_of,
)

from sim.engine.options import MEDIATES
from sim.engine.rules.patrons import News
from sim.engine.state import Stop
from sim.engine.steps import stops, talks
from sim.scenario import STANCE_NAMES
from validation import conduct
from validation.stances import GIVES, PATTERNS, Course, watch

CRISES = PATTERNS
RUNS = 800
OTHERS = sorted(path.stem for path in SCENARIOS.glob("*.yaml") if path.stem not in CRISES)
"""Shipped scenarios that change a crisis of the record."""


@cache
def course(name: str) -> Course:
    return watch(name, RUNS if name in CRISES else RUNS // 2, draws=200)


@pytest.mark.statistical
@pytest.mark.parametrize("name", CRISES)
def test_a_stance_changes_once_or_twice_a_month(name: str) -> None:
    assert max(course(name).changes().values()) < 2


@pytest.mark.statistical
@pytest.mark.parametrize("name", CRISES)
def test_without_news_a_stance_lasts_a_month_and_more(name: str) -> None:
    assert course(name).quiet_life() >= 30


@pytest.mark.statistical
@pytest.mark.parametrize("name", CRISES)
def test_hardly_anybody_takes_both_sides(name: str) -> None:
    assert course(name).both_sides() < 0.02


@pytest.mark.statistical
@pytest.mark.parametrize("name", CRISES)
def test_support_lasts_for_weeks(name: str) -> None:
    found = course(name)
    median, dropped = found.spells(GIVES[found.stances])
    assert median >= 14 and dropped < 0.35


@pytest.mark.parametrize("name", CRISES)
def test_nobody_moves_after_the_end(name: str) -> None:
    found = course(name)
    assert found.settled.any()
    assert found.changes_after_the_end() == 0


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize("name", OTHERS)
def test_third_parties_are_as_steady_in_every_shipped_scenario(name: str) -> None:
    """All of the above, on one ensemble."""
    test_a_stance_changes_once_or_twice_a_month(name)
    test_without_news_a_stance_lasts_a_month_and_more(name)
    test_hardly_anybody_takes_both_sides(name)
    test_support_lasts_for_weeks(name)
    test_nobody_moves_after_the_end(name)


@pytest.mark.statistical
def test_the_pattern_of_autumn_2020_is_no_rarity() -> None:
    assert course("autumn_2020").as_in_autumn_2020() >= 1 / 3


@pytest.mark.statistical
def test_turkey_stands_by_baku_in_autumn_2020() -> None:
    """The two coders differ on whether it armed Baku at the onset. Nearly all fitted draws say so."""
    found = course("autumn_2020")
    assert found.supports("TUR", 0).mean() >= 0.9


@pytest.mark.statistical
def test_offers_are_refused() -> None:
    """In the first fortnight of autumn 2020 most are."""
    assert course("autumn_2020").signed_early() < 0.55


@pytest.mark.statistical
def test_words_count_in_the_pattern_too() -> None:
    assert course("autumn_2020").as_in_autumn_2020(words_count=True) >= 1 / 3


# How ceasefires are signed and kept


@pytest.mark.statistical
def test_hardly_anybody_cedes_what_it_has_not_lost() -> None:
    found = course("autumn_2020")
    assert conduct.with_package(found) > 0.3
    assert conduct.signed_unscathed(found) < 0.2
    assert conduct.packages_broken(found) < 0.2


@pytest.mark.statistical
def test_a_handover_brings_peace() -> None:
    assert conduct.war_after_handover(course("autumn_2020")) < 0.05


@pytest.mark.statistical
@pytest.mark.parametrize("name", CRISES)
def test_mediators_stand_by_their_ceasefires(name: str) -> None:
    assert conduct.deserted(course(name)) < 0.1


@pytest.mark.statistical
@pytest.mark.parametrize("name", CRISES)
def test_stances_rest_once_the_guns_are_silent(name: str) -> None:
    """Fewer than one of all third parties moves between the last shot and the closing."""
    assert conduct.changes_before_closing(course(name)) < 1


@pytest.mark.statistical
def test_ceasefires_are_no_daily_business() -> None:
    """In autumn 2020 there were four in 44 days."""
    signed = conduct.ceasefires(course("autumn_2020"))
    assert 1 <= signed.mean() <= 6 and np.quantile(signed, 0.9) <= 10


@pytest.mark.statistical
def test_a_recess_spaces_rounds_of_talks() -> None:
    """Midland mediates every day of a war that no signature ends."""
    rounds = []
    for recess in (0, 10):
        always = held({"MID": "mediate"}), parameters(contact_rate=20), mechanisms(recess=recess)
        world = world_of(crisis(KEPT, *always), 500)
        for _ in range(10):
            world.step()
            world.state.stop[:] = Stop.none
        rounds.append(world.recorder.offers.mean())
    assert rounds[1] < 0.7 * rounds[0]


def test_every_change_names_its_news() -> None:
    """And nobody but the onset's stances has none."""
    found = course("autumn_2020")
    prompts = found.prompts[1:][found.changed]
    assert prompts.size > RUNS / 2 and prompts.all()
    assert {News.onset, News.fighting, News.ground, News.signed} <= set(prompts.tolist())


# How stances matter: each channel is live


def share(column: str, *changes: dict[str, object]) -> float:
    return float(outcomes_of(crisis(*changes), 1000)[column].mean())


def test_a_stance_of_the_onset_stands_on_day_0() -> None:
    world = world_of(crisis(KEPT, actor("OST", stance="aid_defender")), 5)
    world.step()
    assert (power_of(world, "OST").stance == STANCE_NAMES.index("aid_defender")).all()
    k = world.state.powers.index("OST")
    assert (world.state.support[1, k] == 1).all()


@pytest.mark.statistical
def test_a_stance_of_the_onset_may_be_open() -> None:
    """Every draw takes one of several."""
    open_stance = actor("OST", stance={"any_of": ["aside", "mediate"]})
    outcomes = outcomes_of(crisis(open_stance, {"horizon_days": 1}), 100, draws=100)
    assert 0.3 < outcomes["mediates_OST"].mean() < 0.7


@pytest.mark.slow
@pytest.mark.statistical
def test_siding_with_one_costs_the_ear_of_the_other_at_once() -> None:
    """Words alone, which change nothing at the front."""
    met = []
    for estrangement in (0.0, 1.0):
        for stance in ("mediate", "words_defender_mediate"):
            held = {"policies": {"OST": stance, "WES": "aside", "MID": "aside"}}
            met.append(
                share("offers", mechanisms(estrangement=estrangement, credibility="off"), held)
            )
    assert met[0] == pytest.approx(met[1])
    assert met[3] < 0.95 * met[2]


@pytest.mark.statistical
def test_a_mediator_that_stands_by_its_truce_makes_it_last() -> None:
    broken = []
    for backing in (0.0, 1.0):
        held = {"policies": {"OST": "mediate", "WES": "aside", "MID": "aside"}}
        table = outcomes_of(crisis(mechanisms(backing=backing, terms_fit=0), held), 2000)
        broken.append(table["failed_truces"].sum() / table["truces"].sum())
    assert broken[1] < 0.8 * broken[0]


@pytest.mark.statistical
@pytest.mark.parametrize(("dilution", "sign"), [(0.0, 1), (1.5, -1)])
def test_a_second_mediator_helps_or_gets_in_the_way(dilution: float, sign: int) -> None:
    offers = []
    for other in ("aside", "mediate"):
        held = {"policies": {"OST": "mediate", "WES": "aside", "MID": other}}
        offers.append(share("offers", mechanisms(dilution=dilution), held))
    assert sign * (offers[1] - offers[0]) > 0.02 * offers[0]


@pytest.mark.statistical
def test_a_patron_that_wants_peace_holds_its_client_back() -> None:
    """Midland mediates; the nearer Westland stands to it, the less it helps Norland."""
    helped = []
    for tie in (0.0, 0.9):
        near = {
            "actors": {"WES": {"ties": {"MID": tie}}, "MID": {"ties": {"WES": tie}}},
            "policies": {"MID": "mediate"},
        }
        helped.append(share("support_WES_NOR", near, mechanisms(restraint=1)))
    assert helped[1] < 0.8 * helped[0]


@pytest.mark.statistical
@pytest.mark.parametrize(("tie", "takes_sides"), [(0.4, False), (0.9, True)])
def test_nobody_takes_a_side_that_it_hardly_prefers(tie: float, takes_sides: bool) -> None:
    """Westland's tie to Sudland is 0.3. It does not side with a Norland that it likes as much."""
    near = {"actors": {"WES": {"ties": {"NOR": tie, "SUD": 0.3}, "stance": "aside"}}}
    world = world_of(crisis(near, mechanisms(displacement=0)), 500)
    backed = np.zeros(500, dtype=bool)
    for _ in range(10):
        world.step()
        backed[world.recorder.number] |= power_of(world, "WES").stance > 1
    assert backed.any() == takes_sides


@pytest.mark.statistical
def test_a_mediator_keeps_its_interest_in_its_own_ceasefire() -> None:
    """Attention has faded to nothing. Who mediated the ceasefire returns to it, and others do not."""
    returns = []
    for guarantor in ("MID", "OST"):
        settings = (
            parameters(review_days=1, inertia=0, break_rate=0, patron_precision=30),
            actor("MID", stance="aside"),
        )
        world = world_of(crisis(*settings, {"horizon_days": 9}), 500)
        stops.begin(world, everywhere(world), Stop.truce, 0)
        world.state.mediator[:] = world.state.powers.index(guarantor)
        for _ in range(3):
            world.state.attention[:] = 0
            world.step()
        returns.append(MEDIATES[power_of(world, "MID").stance].mean())
    assert returns[0] > 0.5 and returns[1] == 0


@pytest.mark.statistical
def test_only_force_pays_a_duty_in_full() -> None:
    """So that a treaty can bring it."""
    fought = []
    for duty in (0.0, 5.0):
        called = {"events": [{"day": 0, "actor": "SUD", "do": "invoke"}]}
        ally = actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}])
        fought.append(share("force_OST_SUD", called, ally, mechanisms(treaty_duty=duty)))
    assert fought[1] > fought[0] + 0.3


@pytest.mark.statistical
def test_a_supplier_that_sides_with_one_loses_the_other_as_a_customer() -> None:
    """Ostland supplies both sides. Where it arms Sudland, Norland turns to its other supplier."""
    dependence = []
    for withholding in (0, 1):
        armed = {"policies": {"OST": "arms_defender", "WES": "aside", "MID": "aside"}}
        dependence.append(share("dependence_NOR_OST", armed, mechanisms(withholding=withholding)))
    assert dependence[1] < 0.9 * dependence[0]


@pytest.mark.statistical
def test_words_bind() -> None:
    """The dearer it is to go back on one's word, the longer a stance of words lasts."""
    kept = []
    for hands in (0.0, 2.0):
        arms = (
            actor("WES", stance="arms_challenger", ties={"SUD": 0.3, "NOR": 0.6}),
            parameters(protege_value=0, partner_cost=1),
        )
        world = world_of(crisis(KEPT, *arms, mechanisms(tied_hands=hands)), 500)
        for _ in range(10):
            world.step()
        given = world.state.commitment[0, world.state.powers.index("WES")]
        kept.append(float(np.mean(given >= 2.5)))
    assert kept[1] > kept[0] + 0.05


@pytest.mark.slow
@pytest.mark.statistical
def test_washington_reaches_ankara() -> None:
    """The tie on which Yerevan's hope rests changes how far Turkey goes, where Washington works for
    a truce.
    """
    sets = (
        "policies.USA=mediate",
        "mechanisms.restraint=1",
        "actors.TUR.stance=aside",
        "actors.USA.engagement=1",
    )
    helped = []
    for tie in ("0", "0.9"):
        near = (f"actors.TUR.ties.USA={tie}",)
        helped.append(
            float(
                outcomes_of(shipped("autumn_2020", *sets, *near), 400, 100)[
                    "support_TUR_AZE"
                ].mean()
            )
        )
    assert helped[1] < 0.8 * helped[0]


def test_the_best_peacekeepers_at_the_table_guard_a_package() -> None:
    """Whoever proposes it: a mediator without soldiers leaves the guard to one that has them."""
    world = world_of(
        crisis(
            actor("OST", peacekeeping=0.2),
            actor("MID", peacekeeping=0.7),
            held({"OST": "mediate", "MID": "mediate", "WES": "aside"}),
        ),
        2,
    )
    world.step()
    state = world.state
    met, ost, mid = np.arange(2), state.powers.index("OST"), state.powers.index("MID")
    guard, protects = talks._guard(world, met, np.array([ost, -1]))
    assert guard.tolist() == [mid, -1]
    assert protects == pytest.approx([0.7, 0.0])
    state.mediates[mid] = 0
    guard, protects = talks._guard(world, met, np.array([ost, ost]))
    assert guard.tolist() == [ost, ost]
    assert protects == pytest.approx([0.2, 0.2])


def test_a_mediator_that_is_no_longer_received_keeps_its_seat_without_a_voice() -> None:
    """It would not begin to mediate, but it does not walk out on account of that either."""
    unwelcome = (
        actor("SUD", ties={"OST": -0.5}),
        actor("OST", ties={"NOR": 0.5, "SUD": 0.5}, broker_value=1, support=None),
        parameters(broker_ambition=2.5, inertia=4),
    )
    shares = {
        onset: share("mediates_OST", *unwelcome, actor("OST", stance=onset))
        for onset in ("aside", "mediate")
    }
    assert shares["aside"] == 0.0
    assert shares["mediate"] > 0.8
    world = world_of(crisis(*unwelcome, actor("OST", stance="mediate")), 50)
    world.step()
    assert not world.state.voice[world.state.powers.index("OST")].any()


def test_force_in_the_sphere_of_another_power_costs_more() -> None:
    """A patron that would fight for its client fights less where a rival keeps others out."""
    eager = (
        actor("OST", support=3, stance="arms_defender"),
        parameters(force_cost=0.8, protege_value=1.0, partner_cost=0),
    )
    alone, intruding = (
        share(
            "great_power_entry",
            *eager,
            actor("MID", sphere=sphere, ties={"OST": -1}, stance="aside"),
        )
        for sphere in (0, 1)
    )
    assert alone > intruding + 0.05
