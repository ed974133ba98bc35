"""One run, told: it comes out as it did in its ensemble, and what the tables say is what happened."""

from __future__ import annotations

import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import TINY, Call
from worlds import conflict, crisis, ensemble_of, shipped

from sim.ensemble.ensemble import BLOCK, LANE, Plan, play_runs
from sim.results.chronicle.act import Act
from sim.results.chronicle.acts import Reader
from sim.results.chronicle.choices import Option
from sim.results.chronicle.days import DayEnd
from sim.results.chronicle.merging import merged
from sim.results.chronicle.paragraphs import paragraphs
from sim.results.chronicle.table import acts_of_table
from sim.results.chronicle.words import Words
from sim.results.trace import Trace, differs, ending, trace
from sim.scenario import Scenario

RUNS, DRAWS = 24, 8
INVENTED = crisis({"horizon_days": 90})
QUIET = crisis({"horizon_days": 90}, conflict(opening=0, quiet_days=5))


def told_of(scenario: Scenario, run: int) -> Trace:
    return trace(Plan(scenario, RUNS, DRAWS), run)


def kinds(told: Trace) -> list[str]:
    return [act.kind for act in told.every_act]


@pytest.mark.slow
@pytest.mark.parametrize(
    "scenario",
    [shipped("autumn_2020"), shipped("july_2020"), shipped("georgia_2008"), INVENTED, QUIET],
    ids=["autumn", "july", "georgia", "invented", "quiet"],
)
def test_a_run_alone_comes_out_as_in_its_ensemble(scenario: Scenario) -> None:
    outcomes = ensemble_of(scenario, RUNS, DRAWS).outcomes
    for run in range(RUNS):
        told, row = told_of(scenario, run), outcomes.loc[run]
        assert not differs(told, outcomes), run
        acts = kinds(told)
        signed = [act for act in told.every_act if act.kind == "ceasefire" and act.actor]
        assert len(signed) == row["truces"]
        assert acts.count("break") == row["failed_stops"]
        assert acts.count("opening") <= 1
        assert ("treaty" in acts) is bool(row["treaty_invoked"])
        last = scenario.horizon_days - 1  # a surrender of the last day ends nothing any more
        fell = any(act.kind == "capitulation" and act.day < last for act in told.every_act)
        assert fell is (row["ending"] == "capitulation")
        handed = {"cession", "capitulation"} & set(acts)
        assert bool(handed) is bool(row["territory_ceded"] > 0) or row["ending"] == "capitulation"
        assert acts.count("offer") + acts.count("ceasefire") == row["offers"]
        says, fought = ending(told), row["peak_level"] > 0
        day = (
            f"After {row['duration_days']} days"
            if row["ending"] == "fighting"
            else f"on day {row['duration_days'] - 1} "
        )
        assert (day if fought else "no fighting") in says
        if row["ending"] == "truce" and row["broker"] != "none":
            assert scenario.actors[row["broker"]].name in says
        assert max(end.level for end in told.day_ends) == row["peak_level"]


@pytest.mark.parametrize("scenario", [INVENTED, QUIET], ids=["invented", "quiet"])
def test_whoever_opens_or_breaks_fires_first_and_the_other_returns_fire(scenario: Scenario) -> None:
    for run in range(RUNS):
        told = told_of(scenario, run)
        for act in told.every_act:
            if act.kind in ("opening", "break"):
                assert act.after != "hold_fire"
                said = next(part for part in told.paragraphs if part.day == act.day).text
                name = Words(scenario).name(act.actor)
                assert f"{name} returns fire" not in said


def test_the_same_run_is_told_the_same_twice() -> None:
    once, again = told_of(INVENTED, 3), told_of(INVENTED, 3)
    assert str(once) == str(again)
    for table in ("table", "choices", "daily", "events"):
        pd.testing.assert_frame_equal(getattr(once, table)(), getattr(again, table)())


@pytest.mark.parametrize("run", range(6))
def test_the_text_follows_from_the_table(run: int) -> None:
    """Every sentence, and so every number in it, is made again from the table as it is written."""
    told = told_of(INVENTED, run)
    written = io.StringIO(told.table().to_csv(index=False))
    acts = acts_of_table(pd.read_csv(written, keep_default_na=True))
    again = [part.text for part in paragraphs(Words(INVENTED), acts)]
    assert again == [part.text for part in told.paragraphs]
    assert again


def test_probabilities_of_a_decision_sum_to_one_and_one_option_is_chosen() -> None:
    for run in range(RUNS):
        choices = told_of(INVENTED, run).choices()
        decisions = choices.groupby(["day", "actor", "about"])
        np.testing.assert_allclose(decisions["probability"].sum(), 1.0, atol=1e-5)
        assert (decisions["chosen"].sum() == 1).all()
        assert (choices.loc[choices["chosen"], "probability"] > 0).all()


def test_every_act_of_choice_has_its_probability() -> None:
    """Changes of stance and of escalation, breaks, calls and surrenders: what was drawn is told."""
    seen = set()
    for run in range(RUNS):
        for act in told_of(INVENTED, run).every_act:
            decided = act.kind in ("break", "treaty", "capitulation") or (
                act.kind in ("stance", "posture") and act.day > 0
            )
            if decided and not (act.kind == "posture" and act.before == "hold_fire"):
                assert 0 < act.probability <= 1, act
                seen.add(act.kind)
    assert {"stance", "posture", "break"} <= seen


def test_a_likely_option_is_chosen_more_often_than_an_unlikely_one() -> None:
    """The frequencies of choices agree with the probabilities that are told."""
    tables = [told_of(INVENTED, run).choices() for run in range(RUNS)]
    choices = pd.concat(tables)
    choices = choices[choices["about"].isin(["stance", "escalation"])]
    n = choices["probability"].sum()
    expected = (choices["probability"] ** 2).sum() / n
    found = choices.loc[choices["chosen"], "probability"].sum() / choices["chosen"].sum()
    assert found == pytest.approx(expected, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("run", [LANE + 2, BLOCK + LANE + 2])
def test_a_run_of_a_later_lane_or_block_meets_its_own_luck(run: int) -> None:
    plan = Plan(shipped("july_2020", "horizon_days=15"), BLOCK + LANE + 3, 4)
    outcomes, _ = play_runs(plan, run // BLOCK)
    assert not differs(trace(plan, run), outcomes)
    earlier = run - LANE
    assert differs(
        trace(plan, earlier),
        outcomes.assign(run=outcomes["run"].replace({earlier: -1, run: earlier})),
    )


# What is said, from evenings made by hand: Norland (NOR) attacks Sudland (SUD); Ostland (OST) may
# mediate

OSTLAND = "Ostland, patron of Sudland and broker"
WESTLAND = "Westland, patron of Norland"
EVE = DayEnd(
    day=3,
    level=2,
    postures=(2, 1),
    stances={"OST": "aside", "WES": "aside"},
    prompts={"OST": "routine", "WES": "ground"},
    support={"OST": (0.0, 0.0), "WES": (0.0, 0.0)},
    rivals={"OST": ("WES",), "WES": ("OST",)},
    stop="fighting",
    stop_day=-1,
    mediator="",
    guard="",
    terms=0.0,
    owed=0.0,
    protection=0.0,
    invoked=False,
    attention=0.5,
    fought=0.01,
    ceded=0.0,
    deaths=40.0,
    broken=0,
    breaker=0,
    offers=1,
    proposer="OST",
    package=0.0,
    concession=0.0,
    ready=((False, False), (False, False)),
    value=(0.2, -0.1),
)
BREACH = {"stop": "fighting", "broken": 1, "breaker": 1, "tempted": True}
"""The defender breaks a ceasefire because it gains by it."""
IN_CEASEFIRE = replace(EVE, stop="truce", stop_day=3, mediator="OST", offers=2)
GROUND = "After gains by Norland, "


def said_between(*ends: DayEnd, scenario: Scenario = INVENTED) -> list[str]:
    """Return the paragraphs about some days, of which the first is only the state before."""
    first = [replace(ends[0], day=day, fought=0.0) for day in range(-1, ends[0].day)]
    acts = [act for act in Reader(scenario, [*first, *ends]).acts() if act.day > ends[0].day]
    return [part.text for part in paragraphs(Words(scenario), merged(acts))]


@pytest.mark.parametrize(
    ("before", "change", "said"),
    [
        (EVE, {}, ""),
        (EVE, {"postures": (3, 1), "level": 3}, "Norland goes over to a full offensive."),
        (EVE, {"postures": (1, 1), "level": 1}, "Norland scales down to skirmishes."),
        (
            EVE,
            {"postures": (1, 3), "level": 3},
            "Norland falls back on the defensive; Sudland goes over to a full offensive.",
        ),
        (EVE, {"postures": (2, 0)}, "Sudland ceases fire."),
        (EVE, {"postures": (2, 2)}, "Sudland goes over to a limited offensive."),
        (
            replace(EVE, postures=(2, 2)),
            {"postures": (3, 3), "level": 3},
            "Both sides go over to a full offensive.",
        ),
        (
            replace(EVE, postures=(2, 0)),
            {"postures": (2, 1)},
            "Sudland returns fire.",
        ),
        (
            replace(EVE, postures=(2, 0)),
            {"postures": (2, 2)},
            "Sudland attacks with a limited offensive.",
        ),
        (
            EVE,
            {"stances": {"OST": "mediate", "WES": "aside"}},
            f"{OSTLAND} offers to mediate.",
        ),
        (
            EVE,
            {
                "stances": {**EVE.stances, "WES": "arms_challenger_mediate"},
                "support": {**EVE.support, "WES": (2.6, 0.0)},
            },
            f"{GROUND}{WESTLAND} arms Norland heavily and offers to mediate.",
        ),
        (
            EVE,
            {
                "stances": {**EVE.stances, "WES": "force_defender"},
                "support": {**EVE.support, "WES": (0.0, 3.5)},
            },
            f"{GROUND}{WESTLAND} enters the war on the side of Sudland.",
        ),
        (
            replace(IN_CEASEFIRE, level=0, postures=(0, 0)),
            {"stances": {**EVE.stances, "WES": "force_defender"}},
            f"{GROUND}{WESTLAND} sends troops to Sudland.",
        ),
        (
            replace(EVE, stances={**EVE.stances, "WES": "arms_challenger_mediate"}),
            {"stances": {**EVE.stances, "WES": "words_challenger"}},
            f"{GROUND}{WESTLAND} cuts its backing of Norland to words and gives up mediating.",
        ),
        (
            replace(EVE, stances={**EVE.stances, "WES": "aid_challenger"}),
            {"stances": {**EVE.stances, "WES": "mediate"}},
            f"{GROUND}{WESTLAND} no longer sends aid to Norland and offers to mediate.",
        ),
        (
            replace(EVE, stances={**EVE.stances, "WES": "mediate"}),
            {"stances": EVE.stances},
            f"{GROUND}{WESTLAND} gives up mediating.",
        ),
        (
            replace(EVE, stances={**EVE.stances, "WES": "force_challenger"}),
            {"stances": EVE.stances},
            f"{GROUND}{WESTLAND} withdraws from the war on the side of Norland.",
        ),
        (
            EVE,
            {
                "stances": {"OST": "mediate", "WES": "mediate"},
                "prompts": {"OST": "signed", "WES": "signed"},
            },
            f"After the signature, {OSTLAND} and {WESTLAND} offer to mediate.",
        ),
        (EVE, {"invoked": True}, f"Sudland calls on {OSTLAND} under their treaty."),
        (EVE, {"fought": 0.3}, "Norland has now taken 30% of the area."),
        (EVE, {"fought": -0.06}, "Norland has now lost 6% of the area."),
        (
            EVE,
            {"offers": 2, "value": (0.2, 0.1)},
            f"{OSTLAND} proposes a ceasefire along the present lines. Both sides refuse, expecting "
            "to gain by fighting on.",
        ),
        (
            EVE,
            {"offers": 2, "package": 0.4, "ready": ((False, True), (True, False))},
            f"{OSTLAND} proposes that Sudland hand over 40% of the area. Sudland "
            "refuses, unwilling to pay that price. Norland refuses a ceasefire along the present "
            "lines, expecting to gain by fighting on. Norland would accept the handover, and Sudland "
            "the ceasefire.",
        ),
        (
            EVE,
            {
                "offers": 2,
                "package": 0.4,
                "ready": ((False, False), (True, False)),
                "kept_out": ("WES",),
            },
            f"{OSTLAND} proposes that Sudland hand over 40% of the area. Norland "
            f"refuses, wanting {WESTLAND} at the table; Sudland refuses too, unwilling to pay that "
            "price. Norland refuses a ceasefire along the present lines, expecting to gain by "
            "fighting on; Sudland would accept.",
        ),
        (
            EVE,
            {"offers": 2, "package": 0.4, "ready": ((True, True), (True, False))},
            f"{OSTLAND} proposes that Sudland hand over 40% of the area. Sudland "
            "refuses, unwilling to pay that price; Norland would accept.",
        ),
        (
            EVE,
            {"offers": 2, "proposer": "", "ready": ((False, False), (True, False))},
            "The two sides discuss, without a mediator, a ceasefire along the present lines. Norland "
            "refuses, expecting to gain by fighting on; Sudland would accept.",
        ),
        (
            EVE,
            {
                "offers": 2,
                "proposer": "",
                "package": 0.4,
                "value": (0.5, 0.1),
                "ready": ((False, False), (False, False)),
            },
            "The two sides discuss, without a mediator, a handover of 40% of the area. Both sides refuse "
            "this and a ceasefire along the present lines, expecting to gain by fighting on.",
        ),
        (
            EVE,
            {"level": 0, "postures": (0, 0), "stop": "lull", "stop_day": 4},
            "The fighting dies down without an agreement.",
        ),
        (
            EVE,
            {
                "stop": "truce",
                "mediator": "OST",
                "offers": 2,
                "ready": ((True, True), (True, True)),
            },
            f"{OSTLAND} mediates a ceasefire along the present lines.",
        ),
        (
            EVE,
            {
                "stop": "truce",
                "mediator": "OST",
                "offers": 2,
                "package": 0.4,
                "ready": ((True, True), (True, False)),
            },
            f"{OSTLAND} mediates a ceasefire along the present lines; Sudland would not agree to "
            "a handover of 40% of the area.",
        ),
        (
            replace(EVE, fought=0.1),
            {
                "stop": "truce",
                "offers": 2,
                "terms": 0.4,
                "owed": 0.4,
                "package": 0.4,
                "protection": 0.8,
            },
            "The two sides agree on a ceasefire without a mediator: Sudland agrees to hand over a "
            "further 40% of the area; a strong peacekeeping force is to guard the rest.",
        ),
        (
            EVE,
            {
                "stop": "truce",
                "mediator": "OST",
                "offers": 2,
                "terms": 0.4,
                "package": 0.4,
                "protection": 0.8,
                "guard": "WES",
                "left": 0.4,
            },
            f"{OSTLAND} mediates a ceasefire: Sudland agrees to hand over 40% of the "
            f"area; a strong peacekeeping force of {WESTLAND} is to guard the ceasefire.",
        ),
        (
            EVE,
            {"stop": "capitulation", "ceded": 0.25},
            "Sudland capitulates and gives up 25% of the area.",
        ),
        (
            EVE,
            {"stop": "capitulation", "ceded": 0.25, "left": 0.0},
            "Sudland capitulates and gives up all that is left, 25% of the area.",
        ),
        (
            EVE,
            {"stop": "capitulation", "ceded": 0.25, "mediator": "OST"},
            f"Sudland capitulates and gives up 25% of the area; {OSTLAND} arranges the surrender.",
        ),
        (
            replace(IN_CEASEFIRE, level=0, postures=(0, 0), owed=0.4, terms=0.4),
            {"level": 1, "postures": (1, 0), "stop": "fighting", "broken": 1, "tempted": True},
            "Norland breaks the ceasefire with skirmishes, expecting to gain by it; the handover of "
            "40% of the area is off.",
        ),
        (
            replace(IN_CEASEFIRE, level=0, postures=(0, 0), owed=0.4, terms=0.4),
            {**BREACH, "level": 3, "postures": (3, 1), "was_due": True},
            "Sudland breaks the ceasefire with skirmishes rather than hand over 40% of the area; "
            "Norland counter-attacks with a full offensive.",
        ),
        (
            replace(IN_CEASEFIRE, level=0, postures=(0, 0), owed=0.4, terms=0.4),
            {**BREACH, "level": 1, "postures": (1, 1)},
            "Sudland breaks the ceasefire with skirmishes, expecting to gain by it; the handover of "
            "40% of the area is off; Norland returns fire.",
        ),
        (
            replace(IN_CEASEFIRE, level=0, postures=(0, 0)),
            {"level": 2, "postures": (1, 2), "stop": "fighting", "broken": 1, "breaker": 1},
            "The ceasefire breaks down in a limited offensive after an incident on the side of "
            "Sudland; Norland returns fire.",
        ),
        (
            replace(IN_CEASEFIRE, level=0, postures=(0, 0)),
            {"level": 2, "postures": (1, 2), "stop": "fighting", "broken": 1},
            "The ceasefire breaks down in skirmishes after an incident on the side of Norland; "
            "Sudland counter-attacks with a limited offensive.",
        ),
        (
            replace(IN_CEASEFIRE, stop="lull", mediator="", level=0, postures=(0, 0)),
            {"level": 2, "postures": (2, 1), "stop": "fighting"},
            "Norland ends the quiet and opens a limited offensive against Sudland, which returns fire.",
        ),
        (
            replace(IN_CEASEFIRE, level=0, postures=(0, 0), owed=0.4, terms=0.4),
            {"ceded": 0.4, "owed": 0.0},
            "Sudland hands over 40% of the area as agreed.",
        ),
    ],
)
def test_what_happened_between_two_evenings_is_put_into_words(
    before: DayEnd, change: dict[str, Any], said: str
) -> None:
    after = replace(before, day=4, **change)
    assert said_between(before, after) == ([said] if said else [])


def test_a_call_that_no_ally_answers_is_told_as_such() -> None:
    called = replace(EVE, day=4, invoked=True)
    silent, helping = (
        replace(called, day=5, stances={**EVE.stances, "OST": stance}, prompts={"OST": "invoked"})
        for stance in ("aside", "aid_defender")
    )
    assert said_between(EVE, called, silent) == [
        f"Sudland calls on {OSTLAND} under their treaty, but {OSTLAND} keeps to its course."
    ]
    assert said_between(EVE, called, helping) == [
        f"Sudland calls on {OSTLAND} under their treaty.",
        f"Called on by Sudland, {OSTLAND} sends aid to Sudland.",
    ]


def test_an_ally_that_fights_already_does_not_fail_to_answer() -> None:
    fighting = replace(EVE, stances={**EVE.stances, "OST": "force_defender"})
    called = replace(fighting, day=4, invoked=True)
    assert said_between(fighting, called, replace(called, day=5)) == [
        f"Sudland calls on {OSTLAND} under their treaty."
    ]


def test_an_answer_to_a_rival_names_it() -> None:
    moved = replace(EVE, day=4, stances={"OST": "words_defender", "WES": "aside"})
    answer = replace(
        moved,
        day=5,
        stances={"OST": "words_defender", "WES": "words_challenger"},
        prompts={"OST": "routine", "WES": "another"},
    )
    assert said_between(EVE, moved, answer)[-1] == (
        f"In answer to {OSTLAND}, {WESTLAND} speaks up for Norland."
    )


ARMING = replace(
    EVE,
    stances={"OST": "arms_defender_mediate", "WES": "aside"},
    welcome={"OST": (0.4, 0.9), "WES": (0.0, 0.0)},
)


def received(by_norland: float, **change: Any) -> DayEnd:
    return replace(ARMING, received={"OST": (by_norland, 0.9), "WES": (0.0, 0.0)}, **change)


def test_a_side_no_longer_receives_a_mediator_that_arms_the_other() -> None:
    """It hardly receives it, then not at all, and receives it again when it is welcome again."""
    since = "since it arms Sudland"
    days = [received(share, day=3 + i) for i, share in enumerate((0.4, 0.05, 0.0, 0.05, 0.3))]
    mediator = f"{OSTLAND} as a mediator"
    assert said_between(*days) == [
        f"Norland hardly receives {mediator} any more, {since}.",
        f"Norland no longer receives {mediator}, {since}.",
        f"Norland receives {mediator} again.",
    ]


def test_a_mediator_that_is_refused_for_its_ties_is_not_said_to_be_refused_for_its_arms() -> None:
    hostile = {"OST": (-0.2, 0.9), "WES": (0.0, 0.0)}
    said = said_between(received(0.4), received(0.0, day=4, welcome=hostile))
    assert said == [f"Norland no longer receives {OSTLAND} as a mediator."]


def test_who_does_not_mediate_is_not_said_to_be_received_or_not() -> None:
    helping = {"stances": {"OST": "arms_defender", "WES": "aside"}}
    assert said_between(received(0.4, **helping), received(0.0, day=4, **helping)) == []


def test_receptions_in_real_runs_follow_from_the_state() -> None:
    """Whatever the run: who is told not to receive a mediator meets none that is welcome."""
    for run in range(RUNS):
        told = told_of(INVENTED, run)
        for act in told.every_act:
            if act.kind == "reception":
                side = (INVENTED.conflict.challenger, INVENTED.conflict.defender).index(act.actor)
                share = told.day_ends[act.day].received[act.target][side]
                assert act.day > 0 and (share > 0) is (act.after != "refused")


BOTH_READY = ((True, True), (True, True))


def refused_then_signed(**change: Any) -> list[str]:
    """Return what is said when Norland refuses a ceasefire and signs one the next day."""
    refused = replace(EVE, day=4, offers=2, ready=((False, False), (True, True)))
    signed = {
        "stop": "truce",
        "mediator": "OST",
        "offers": 3,
        "ready": ((True, True), (True, True)),
    }
    return said_between(EVE, refused, replace(refused, day=5, **{**signed, **change}))[1:]


def signature(utility: float, probability: float) -> tuple[Option, ...]:
    return (Option(5, "NOR", "freeze", "sign", utility, probability, True),)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"value": (-0.1, -0.1)}, "no longer expecting to gain by fighting on"),
        (
            {"options": signature(float("nan"), 1.0), "pressure": (0.3, 0.0)},
            "under the pressure of mediation",
        ),
        (
            {"options": signature(-0.02, 0.7), "pressure": (0.0, 0.0)},
            "because a ceasefire that may not last costs little",
        ),
    ],
)
def test_who_signs_what_it_refused_has_a_reason(change: dict[str, Any], why: str) -> None:
    assert refused_then_signed(**change) == [
        f"{OSTLAND} mediates a ceasefire along the present lines. Norland now signs what it "
        f"refused before, {why}."
    ]


def test_who_signs_though_it_gains_by_fighting_on_has_a_reason() -> None:
    signed = replace(
        EVE,
        day=5,
        stop="truce",
        mediator="OST",
        offers=1,
        options=signature(-0.02, 0.7),
        value=(0.1, -0.1),
        pressure=(0.0, 0.0),
        ready=BOTH_READY,
    )
    assert said_between(replace(EVE, offers=0), signed) == [
        f"{OSTLAND} mediates a ceasefire along the present lines. Norland signs, because a ceasefire "
        "that may not last costs little."
    ]


@pytest.mark.parametrize(
    ("refused_by", "says"),
    [
        ((0,), "Norland now signs what it refused before, "),
        ((0, 1), "Both sides now sign what they refused before, "),
    ],
)
def test_who_signs_a_settlement_that_it_refused_prefers_it(
    refused_by: tuple[int, ...], says: str
) -> None:
    ready = tuple((False, side not in refused_by) for side in (0, 1))
    refused = replace(EVE, day=4, offers=2, package=0.4, ready=ready)
    sure = tuple(Option(5, code, "package", "sign", 0.1, 1.0, True) for code in ("NOR", "SUD"))
    signed = replace(
        refused,
        day=5,
        stop="truce",
        mediator="OST",
        offers=3,
        terms=0.4,
        ready=BOTH_READY,
        options=sure,
    )
    assert said_between(EVE, refused, signed)[-1] == (
        f"{OSTLAND} mediates a ceasefire: Sudland agrees to hand over 40% of the area. "
        f"{says}preferring these terms to fighting on."
    )


def test_who_last_signed_other_terms_has_refused_nothing() -> None:
    package = replace(EVE, day=4, offers=2, stop="truce", ready=((False, True), (False, True)))
    broken = replace(package, day=5, stop="fighting", offers=2)
    signed = replace(
        broken, day=6, stop="truce", mediator="OST", offers=3, value=(-0.1, -0.1), ready=BOTH_READY
    )
    assert said_between(EVE, package, broken, signed)[-1] == (
        f"{OSTLAND} mediates a second ceasefire along the present lines."
    )


def test_a_signature_by_a_slip_has_no_reason() -> None:
    slip = {"options": signature(-0.2, 0.1), "pressure": (0.0, 0.0)}
    assert refused_then_signed(**slip) == [
        f"{OSTLAND} mediates a ceasefire along the present lines."
    ]


def onset(*stances: str) -> list[str]:
    """Return what is said of a third party with these stances on the first days."""
    eve = replace(EVE, day=-1, level=0, postures=(0, 0), fought=0.0, prompts={"OST": "", "WES": ""})
    ends = [
        replace(
            EVE, day=day, fought=0.0, prompts=eve.prompts, stances={"OST": stance, "WES": "aside"}
        )
        for day, stance in enumerate(stances)
    ]
    acts = Reader(INVENTED, [eve, *ends]).acts()
    return [part.text for part in paragraphs(Words(INVENTED), merged([*acts]))]


def test_a_stance_of_the_onset_that_ends_at_the_first_review_is_not_told() -> None:
    assert "mediat" not in " ".join(onset("mediate", "aside", "aside"))
    assert "From the start, Ostland" in onset("mediate", "mediate")[0]
    assert onset("words_defender", "arms_defender", "arms_defender")[1:] == [
        f"{OSTLAND} arms Sudland lightly."
    ]


def test_help_of_the_onset_that_is_cut_at_once_is_told() -> None:
    said = onset("arms_defender", "aid_defender")
    assert "From the start, Ostland" in said[0]
    assert said[1] == f"{OSTLAND} cuts its backing of Sudland to aid."


def test_the_attack_is_told_before_what_others_do() -> None:
    said = onset("mediate", "mediate")[0]
    assert said.index("opens a limited offensive") < said.index("offers to mediate")


def offer(day: int, **change: Any) -> Act:
    act = Act(day, "offer", "OST", refuse_freeze="NOR:fights", until=day)
    return replace(act, **change)


def test_a_repeated_proposal_is_told_once() -> None:
    daily = merged([offer(3), offer(4), offer(5)])
    assert [(act.day, act.until, act.times) for act in daily] == [(3, 5, 3)]
    words = Words(INVENTED)
    assert words.clause(daily[0]).endswith(
        "The proposal is made every day until day 5 (11 May), with the same answers"
    )
    some = merged([offer(3), offer(6), offer(10)])
    assert "made 2 more times until day 10 (16 May), with the same" in words.clause(some[0])


def test_a_repeated_proposal_gives_its_last_price() -> None:
    words = Words(INVENTED)
    package = {"refuse_package": "SUD:cession", "territory_fought": 0.1}
    first, second, third = (
        offer(day, share=share, **package) for day, share in ((3, 0.4), (6, 0.3), (8, 0.2))
    )
    (twice,), (thrice,) = merged([first, second]), merged([first, second, third])
    assert "made again on day 6 (12 May), now for a further 30%, with" in words.clause(twice)
    assert "until day 8 (14 May), in the end for a further 20%, with" in words.clause(thrice)


@pytest.mark.parametrize(
    "between",
    [
        [offer(5, actor="WES")],
        [offer(5, refuse_freeze="NOR:fights SUD:fights")],
        [Act(5, "ceasefire", "OST")],
        [Act(5, "break", "NOR", before="truce", after="skirmish")],
        [Act(5, "capitulation", "SUD")],
    ],
)
def test_a_proposal_after_a_change_is_a_new_one(between: list[Act]) -> None:
    acts = merged([offer(4), *between, offer(6)])
    assert [act.times for act in acts] == [1, 1, 1]


def test_a_proposal_long_after_the_last_is_a_new_one() -> None:
    assert [act.times for act in merged([offer(4), offer(12)])] == [1, 1]
    assert [act.times for act in merged([offer(4), offer(11)])] == [2]
    assert [act.times for act in merged([offer(4), offer(8), offer(12)])] == [2, 1]


def test_other_acts_do_not_part_a_repeated_proposal() -> None:
    acts = merged([offer(4), Act(5, "territory", "NOR", share=0.1), offer(6)])
    assert [(act.kind, act.times) for act in acts] == [("offer", 2), ("territory", 1)]


def test_another_mediator_s_proposal_may_be_answered_as_before() -> None:
    acts = merged([offer(4), offer(5, actor="WES")])
    assert [act.as_before for act in acts] == [False, True]
    assert Words(INVENTED).clause(acts[1]) == (
        f"{WESTLAND} proposes a ceasefire along the present lines, and the answers are as before"
    )


@pytest.mark.parametrize(
    ("refusers", "says"),
    [
        ("NOR:fights SUD:fights", "and both refuse as before"),
        ("SUD:fights", "and the answers are as before"),
    ],
)
def test_direct_talks_may_be_answered_as_before(refusers: str, says: str) -> None:
    refused = {"refuse_package": refusers, "refuse_freeze": refusers, "share": 0.3}
    acts = merged([offer(4, **refused), offer(5, actor="", **refused)])
    assert Words(INVENTED).clause(acts[1]) == (
        f"the two sides discuss, without a mediator, a handover of 30% of the area, {says}"
    )


def test_reasons_for_a_refusal_are_given_once() -> None:
    refused = {"refuse_package": "SUD:cession", "share": 0.4}
    acts = merged([offer(4, **refused), Act(5, "ceasefire", "OST"), offer(9, **refused)])
    said = [Words(INVENTED).clause(act) for act in acts if act.kind == "offer"]
    assert said[0].endswith(
        "Sudland refuses, unwilling to pay that price. Norland refuses a ceasefire along the "
        "present lines, expecting to gain by fighting on. Norland would accept the handover, and "
        "Sudland the ceasefire"
    )
    assert said[1].endswith(
        "Sudland refuses, and Norland refuses a ceasefire along the present lines"
    )
    both = replace(acts[-1], refuse_freeze="SUD:fights")
    assert (
        Words(INVENTED)
        .clause(both)
        .endswith("Sudland refuses both this and a ceasefire along the present lines")
    )


def test_ceasefires_are_numbered() -> None:
    acts = merged([Act(5, "ceasefire", "OST"), Act(9, "ceasefire", "OST")])
    said = [Words(INVENTED).clause(act) for act in acts]
    assert "a ceasefire" in said[0] and "a second ceasefire" in said[1]
    assert "an eighth ceasefire" in Words(INVENTED).clause(replace(acts[0], number=8))


def test_territory_is_told_at_a_twentieth_and_then_at_each_tenth() -> None:
    ends = [replace(EVE, day=day, fought=won) for day, won in enumerate((0.04, 0.06, 0.12, 0.17))]
    acts = Reader(INVENTED, [replace(EVE, day=-1, fought=0.0), *ends]).acts()
    told = [act for act in acts if act.kind == "territory"]
    assert [(act.day, act.share) for act in told] == [(1, 0.06), (3, 0.17)]


def test_a_plural_name_has_plural_verbs() -> None:
    scenario = crisis(
        {"horizon_days": 9}, {"actors": {"SUD": {"name": "De facto authorities of Sud"}}}
    )
    words = Words(scenario)
    assert words.clause(Act(3, "capitulation", "SUD", share=0.2)) == (
        "the de facto authorities of Sud capitulate and give up 20% of the area"
    )


def test_stances_that_the_scenario_fixes_are_told_once() -> None:
    """Held to a stance from day 4 for three days, a third party takes it up then."""
    line = {"day": 4, "actor": "OST", "do": "force_defender", "days": 3}
    told = told_of(crisis({"horizon_days": 8}, {"events": [line]}), 1)
    acts = [act for act in told.every_act if act.actor == "OST" and act.day in (4, 5, 6)]
    assert [(act.day, act.kind, act.until) for act in acts if act.kind == "stance"] == [
        (4, "stance", 6)
    ]
    said = next(part.text for part in told.paragraphs if part.day == 4)
    assert f"As the scenario lays down, {OSTLAND}" in said
    assert "until day 6 (12 May)" in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"horizon_days": 1}, "After 1 day the sides still fought. "),
        (
            {"horizon_days": 1, **conflict(opening=0, quiet_days=1000)},
            "There was no fighting in 1 day.",
        ),
        (
            {"horizon_days": 2, **conflict(opening=0, quiet_days=1000)},
            "There was no fighting in 2 days.",
        ),
    ],
)
def test_an_ending_counts_days_as_they_are(change: dict[str, Any], says: str) -> None:
    told = [ending(told_of(crisis(change), run)) for run in range(20)]
    assert any(text.startswith(says) for text in told)


@pytest.mark.parametrize(
    ("terms", "concession", "says"),
    [
        (0.4, 0.0, "40% was still to be handed over"),
        (0.4, 0.3, "10% was still to be handed over"),
        (0.3, 0.3, ""),
        (0.0, 0.3, ""),
    ],
)
def test_only_territory_is_still_to_be_ceded(terms: float, concession: float, says: str) -> None:
    told = told_of(INVENTED, 3)
    last = replace(told.day_ends[-1], owed=terms, concession=concession)
    text = ending(replace(told, day_ends=(*told.day_ends[:-1], last)))
    assert says in text and ("still to be handed over" in text) == bool(says)


def test_one_death_is_of_one_person() -> None:
    told = told_of(INVENTED, 3)
    for deaths, says in ((0.6, "1 person had died"), (1.6, "2 people had died")):
        last = replace(told.day_ends[-1], deaths=deaths)
        assert says in ending(replace(told, day_ends=(*told.day_ends[:-1], last)))


def test_the_table_has_a_row_an_event_with_the_evening_s_numbers() -> None:
    told = told_of(INVENTED, 3)
    table = told.table()
    assert list(table["event"]) == [act.kind for act in told.acts]
    assert table["day"].is_monotonic_increasing
    assert table["deaths"].is_monotonic_increasing
    assert set(table["actor"]) <= {"", *INVENTED.actors}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a result folder of a crisis with a name that is markup to others."""
    from sim.ensemble.ensemble import play
    from sim.results import writer
    from sim.scenario import load

    where = tmp_path_factory.mktemp("told")
    (where / "tiny.yaml").write_bytes(TINY.read_bytes())
    path = where / "crisis.yaml"
    path.write_text(
        "scenario: crisis\ntitle: '[bold]Loud[/bold] <b>'\nbase: tiny.yaml\n", encoding="utf-8"
    )
    loaded = load(path)
    return writer.write(play(Plan(loaded.scenario, 12, 4)), loaded, where / "out", 0.0).folder


def test_the_command_tells_a_run_and_keeps_its_tables(folder: Path, call: Call) -> None:
    said = call("trace", folder, "--run", 5)
    assert (said.code, said.err) == (0, "")
    assert "[bold]Loud[/bold] <b>: run 5, replicate 1 of draw 1" in said.out
    kept = pd.read_csv(folder / "traces" / "run_5.csv", keep_default_na=False)
    told = json.loads(call("trace", folder, "--run", 5, "--format", "json").out)
    assert [event["says"] for event in told["events"]] == list(kept["says"])
    assert told["ending"] in said.out
    printed = call("trace", folder, "--run", 5, "--format", "table").out
    assert printed == (folder / "traces" / "run_5.csv").read_text(encoding="utf-8")
    for part in ("choices", "days"):
        assert len(pd.read_csv(folder / "traces" / f"run_5_{part}.csv"))


def test_why_shows_probabilities_and_marks_the_choice(folder: Path, call: Call) -> None:
    plain, why = (call("trace", folder, "--run", 5, *more).out for more in ((), ("--why",)))
    assert "(chosen)" not in plain
    assert "(chosen)" in why and "utility" in why


def test_a_run_is_chosen_by_measure_and_the_reason_is_told(folder: Path, call: Call) -> None:
    for option, says in (
        (("--typical",), "the most typical of 12 runs"),
        (("--surprising",), "the least expected of 12 runs"),
        (("--ending", "capitulation"), "12 runs that end in capitulation"),
    ):
        said = call("trace", folder, *option)
        assert says in " ".join(said.out.split()), said
    assert call("trace", folder, "--typical", "--ending", "capitulation").code == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--run", 3, "--typical"), "run and typical: give only one of them"),
        (("--ending", "capitulaton"), "unknown ending 'capitulaton' (did you mean capitulation?)"),
        (("--nearest-record",), "there is no historical record of 'crisis'"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(
    folder: Path, call: Call, options: tuple[object, ...], says: str
) -> None:
    said = call("trace", folder, *options)
    assert (said.code, said.out) == (2, "")
    assert says in said.err and said.err.count("\n") == 1


def test_an_ending_that_no_run_has_is_refused_with_those_there_are(
    folder: Path, call: Call
) -> None:
    endings = set(pd.read_csv(folder / "outcomes.csv")["ending"])
    names = {"truce": "ceasefire"}
    absent = ({"fighting", "lull", "truce", "capitulation"} - endings).pop()
    said = call("trace", folder, "--ending", names.get(absent, absent))
    assert said.code == 2 and "none of 12 runs ends in" in said.err
    assert all(names.get(end, end) in said.err for end in endings)


def test_a_scenario_is_simulated_once_and_then_found(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    scenario = folder.parent.parent / "crisis.yaml"
    out = tmp_path / "out"
    first = call("trace", scenario, "--typical", "--out", out)
    assert first.code == 0 and "it is simulated first" in first.err
    again = call("trace", scenario, "--typical", "--out", out)
    assert (again.code, again.err) == (0, "")
    assert again.out == first.out
    assert len(list(out.glob("*/manifest.json"))) == 1


def test_files_of_traces_are_removed_with_their_result(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    from sim.results import layout

    kept = Path(shutil.copytree(folder, tmp_path / folder.name))
    for form in ("text", "cameo", "chart"):
        assert call("trace", kept, "--run", 5, "--format", form).code == 0
    assert len(list((kept / "traces").iterdir())) >= 7
    assert layout.remove(kept) == []


def test_a_trace_draws_its_timeline(folder: Path, call: Call) -> None:
    said = call("trace", folder, "--run", 5, "--format", "chart")
    assert said.code == 0
    svg = (folder / "traces" / "run_5.svg").read_text(encoding="utf-8")
    assert "Run 5: " in svg and "one simulated run, day by day" in svg
    assert "[bold]Loud[/bold] &lt;b&gt;" in svg
    assert (folder / "traces" / "run_5.png").stat().st_size > 10_000


def test_a_run_that_is_not_there_is_named_with_what_is_allowed(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    said = call("trace", folder, "--run", 12)
    assert said.code == 2 and "no run 12; allowed: 0 to 11" in said.err
    said = call("trace", folder.parent, "--run", 0)
    assert said.code == 1 and "not a result folder" in said.err
    (tmp_path / "sweep.parquet").touch()
    said = call("trace", tmp_path, "--run", 0)
    assert said.code == 1 and "the folder of a sweep, which has no single runs" in said.err


def test_a_quiet_trace_only_writes_its_table(folder: Path, tmp_path: Path, call: Call) -> None:
    kept = Path(shutil.copytree(folder, tmp_path / folder.name))
    assert call("trace", kept, "--run", 5, "-q").out == ""
    assert (kept / "traces" / "run_5.csv").is_file()


def test_a_result_whose_scenario_was_edited_is_no_result_of_it(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    kept = Path(shutil.copytree(folder, tmp_path / folder.name))
    resolved = kept / "scenario.resolved.yaml"
    text = resolved.read_text(encoding="utf-8")
    edited = re.sub(r"review_days: (\{value: )?", r"\g<0>1", text)
    resolved.write_text(edited, encoding="utf-8")
    said = call("trace", kept, "--run", 5)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"{resolved}: differs from what was simulated")
    said = call("report", kept)
    assert said.code == 0 and said.err.startswith(
        f"sim: {resolved}: differs from what was simulated"
    )


def test_a_result_of_other_rules_is_told_with_a_warning(folder: Path, call: Call) -> None:
    file = folder / "outcomes.parquet"
    content = file.read_bytes()
    outcomes = pd.read_parquet(file)
    outcomes.assign(deaths_defender=outcomes["deaths_defender"] + 50).to_parquet(file)
    said = call("trace", folder, "--run", 5)
    file.write_bytes(content)
    assert said.code == 0 and "another version of the model" in said.err
