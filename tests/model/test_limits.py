"""Common luck, symmetry and limits: what must be so whatever the numbers are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import (
    ALONE,
    DISMISSED,
    INTENSITY,
    actor,
    conflict,
    crisis,
    differing,
    equal_sides,
    held,
    mechanisms,
    outcomes_of,
    parameters,
    z_score,
)

# Common random numbers

BATTLE = (
    "deaths_challenger",
    "deaths_defender",
    "territory_fought",
    "territory_ceded",
    "duration_days",
    "ending",
)
WITHOUT_OUTSIDERS = (
    mechanisms(support_effect=0, leverage=0),
    parameters(contact_rate=0),
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


def mean_gain(*changes: dict[str, Any]) -> float:
    """Return the challenger's mean gain by fighting and agreement; a defender that gives up is
    beaten too.
    """
    table = outcomes_of(crisis(*changes), 1000)
    return float((table["territory_fought"] + table["territory_ceded"]).mean())


@pytest.mark.statistical
def test_leaning_helps_the_side_leant_to() -> None:
    lines = ("lean_defender", "aside", "lean_challenger")
    gains = [mean_gain(mechanisms(support_effect=0.6), held({"OST": line})) for line in lines]
    assert gains[0] < gains[1] < gains[2]


# Symmetry

MIRRORED = (
    {"actors": {"OST": None, "WES": None, "FAR": None}},
    {
        "actors": {
            "NOR": {"ties": {"MID": 0.3}},
            "SUD": {"ties": {"MID": 0.4}},
            "MID": {"supplies": {"NOR": 0.4}},
        }
    },
    conflict(challenger_holds=0.5, aim=0.499999, prepared_line=0, opening=0),
    parameters(attack_penalty=3, pace=0.1, war_cost=0, resolve_cost=0, break_rate=3, precision=4),
    mechanisms(
        counter_offensive=1,
        package=0,
        spoiler=0,
        commitment_problem=1e9,  # and a millionth of the area is left to fear for
        tie_drift=0,
        learning=0.02,
    ),
)
"""What one side has, the other can have too: nobody opens, no line is prepared and nobody cedes or
gives up.
"""


def mirror_pair() -> tuple[pd.DataFrame, pd.DataFrame]:
    one = crisis(*MIRRORED, {"horizon_days": 40})
    other = crisis(*MIRRORED, conflict(challenger="SUD", defender="NOR"), {"horizon_days": 40})
    return outcomes_of(one, 400), outcomes_of(other, 400)


@pytest.mark.statistical
def test_the_two_sides_live_by_one_set_of_rules() -> None:
    """With the roles exchanged, every run is the mirror of itself: same days, same deaths, the line
    reversed.
    """
    one, other = mirror_pair()
    assert one["territory_fought"].abs().max() > 0.05
    assert (one["peak_level"] == 3).any() and one["truces"].any()
    np.testing.assert_allclose(one["territory_fought"], -other["territory_fought"], atol=1e-5)
    for side, opposite in (("challenger", "defender"), ("defender", "challenger")):
        np.testing.assert_allclose(one[f"deaths_{side}"], other[f"deaths_{opposite}"], rtol=1e-6)
        np.testing.assert_array_equal(one[f"signed_{side}"], other[f"signed_{opposite}"])
    for name in (
        "duration_days",
        "ending",
        "failed_stops",
        "truces",
        "failed_truces",
        "offers",
        "broker",
    ):
        assert one[name].equals(other[name]), name


@pytest.mark.statistical
def test_a_symmetric_crisis_moves_the_line_nowhere_on_average() -> None:
    ties = {
        "actors": {
            "NOR": {"ties": {"MID": 0.3}},
            "SUD": {"ties": {"MID": 0.3}},
            "MID": {"supplies": None},
        }
    }
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
    nothing = (
        conflict(aim=0, challenger_holds=0, opening=1),
        mechanisms(grievance_value=0),
        parameters(precision=20),
    )
    table = outcomes_of(crisis(ALONE, *nothing), 1000)
    assert (table["duration_days"] <= 4).mean() > 0.9
    wanted = outcomes_of(crisis(ALONE, parameters(precision=20)), 1000)
    assert (wanted["duration_days"] <= 4).mean() < 0.7  # negative control


@pytest.mark.slow
def test_a_treaty_that_covers_nothing_changes_nothing() -> None:
    literal = (mechanisms(treaty_stretch=0, expectation="scope"),)
    empty = actor("OST", treaties=[{"with": "SUD", "covers": []}])
    elsewhere = actor("OST", treaties=[{"with": "SUD", "covers": ["home"]}])
    none = outcomes_of(crisis(*literal, actor("OST", treaties=[])), 200)
    assert not differing(none, outcomes_of(crisis(*literal, empty), 200))
    assert not differing(none, outcomes_of(crisis(*literal, elsewhere), 200))
    bound = actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}])
    assert "treaty_invoked" in differing(
        none, outcomes_of(crisis(*literal, bound), 200)
    )  # negative control


def test_a_treaty_with_the_challenger_binds_nobody() -> None:
    """Only a defender can call on its allies."""
    plain = outcomes_of(crisis(), 200)
    allied = outcomes_of(crisis(actor("WES", treaties=[{"with": "NOR", "covers": ["ford"]}])), 200)
    assert not differing(plain, allied)


@pytest.mark.statistical
def test_an_ally_that_is_called_and_dutiful_comes() -> None:
    """Called on by an event, an ally under heavy duty helps where the same ally without duty may
    not.
    """
    called = {"events": [{"day": 0, "actor": "SUD", "do": "invoke"}]}
    shares = []
    for duty in (0, 20):
        ally = actor("OST", treaties=[{"with": "SUD", "covers": ["ford"]}], stance="aside")
        table = outcomes_of(
            crisis(called, ally, parameters(protege_value=0), mechanisms(treaty_duty=duty)), 300
        )
        assert table["treaty_invoked"].all()
        shares.append((table["treaty_answered"] >= 2).mean())
    assert shares[1] > 0.95 and shares[0] < 0.7


@pytest.mark.slow
@pytest.mark.statistical
def test_a_stronger_challenger_wins_more_ground() -> None:
    gains = [mean_gain(actor("NOR", strength=strength)) for strength in (1, 2, 4)]
    assert gains[0] < gains[1] < gains[2]


@pytest.mark.statistical
def test_pressure_buys_signatures() -> None:
    """Leverage makes the challenger, which has reasons to refuse, sign more of what is proposed."""
    shares = []
    for leverage in (0, 1, 5):
        table = outcomes_of(
            crisis(mechanisms(leverage=leverage), {"policies": {"OST": "mediate"}}), 500
        )
        shares.append(table["signed_challenger"].sum() / table["offers"].sum())
    assert shares[0] < shares[1] < shares[2]


@pytest.mark.statistical
def test_a_hopeless_defender_gives_up_and_an_unafraid_one_does_not() -> None:
    hopeless = (actor("NOR", strength=1000), parameters(planning_days=200, pace=0.02, precision=50))
    table = outcomes_of(crisis(ALONE, *hopeless, mechanisms(commitment_problem=0)), 300)
    assert (table["ending"] == "capitulation").mean() > 0.5
    yielded = table[table["ending"] == "capitulation"]
    np.testing.assert_allclose(yielded["territory_fought"] + yielded["territory_ceded"], 0.6)
    defiant = outcomes_of(crisis(ALONE, *hopeless, mechanisms(commitment_problem=100)), 300)
    assert not (defiant["ending"] == "capitulation").any()
