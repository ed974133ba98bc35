"""The three crises differ in the direction of the record, by nothing but what their files say, and
meet it.
"""

from __future__ import annotations

import pandas as pd
import pytest
from worlds import SCENARIOS

from sim.ensemble.ensemble import Plan, play
from sim.evidence import load_folder
from sim.record.sample import Sample
from sim.record.scores import Score, covered, scores
from sim.record.targets import crises as crises_of
from sim.record.targets import targets
from sim.scenario import load

pytestmark = pytest.mark.statistical


@pytest.fixture(scope="module")
def crises() -> dict[str, pd.DataFrame]:
    names = ("july_2020", "april_2016", "autumn_2020")
    return {name: play(Plan(load(SCENARIOS / f"{name}.yaml").scenario)).outcomes for name in names}


@pytest.fixture(scope="module")
def scored(crises: dict[str, pd.DataFrame]) -> list[Score]:
    record = load_folder(SCENARIOS.parent / "seeds").facts
    held = {name: targets(record, name) for name in crises_of(record)}
    return [
        score for name in held for score in scores(crises[name], name, "posterior", held, Sample.IN)
    ]


def medians(crises: dict[str, pd.DataFrame], column: str) -> list[float]:
    return [float(outcomes.eval(column).median()) for outcomes in crises.values()]


def test_small_wars_are_over_in_days_and_the_large_one_is_not(
    crises: dict[str, pd.DataFrame],
) -> None:
    """The record has 4 to 5 days in July 2020 and 3.5 in April 2016: neither is the longer by
    much.
    """
    july, april, autumn = medians(crises, "duration_days")
    assert 2 <= july <= 9 and 2 <= april <= 8
    assert 30 <= autumn <= 60


@pytest.mark.parametrize("column", ["deaths_challenger + deaths_defender", "peak_level"])
def test_a_border_clash_is_smaller_than_a_limited_war_and_that_than_a_full_one(
    crises: dict[str, pd.DataFrame], column: str
) -> None:
    july, april, autumn = medians(crises, column)
    assert july < april <= autumn
    assert july < autumn


def test_ceasefires_fail_in_the_large_war_and_seldom_in_the_others(
    crises: dict[str, pd.DataFrame],
) -> None:
    """In the record three failed in autumn, and none of a mediator in July and April, where one halt
    of another kind failed. One fails in the median of April: so far ceasefires are too brittle there.
    """
    july, april, autumn = medians(crises, "failed_truces")
    assert july == 0 and april <= 1
    assert autumn >= 2


def test_halts_of_any_kind_fail_about_once_in_the_small_crises(
    crises: dict[str, pd.DataFrame],
) -> None:
    """In the record a lull failed in July, and a halt that one side declared in April. No halt
    fails in most runs of July: so far the model is too calm there.
    """
    for name in ("july_2020", "april_2016"):
        failed = crises[name]["failed_stops"]
        assert (failed > 0).mean() > 0.25 and failed.median() <= 1


def test_ground_moves_in_autumn_alone(crises: dict[str, pd.DataFrame]) -> None:
    july, april, autumn = medians(crises, "territory_fought")
    assert max(abs(july), abs(april)) < 0.01
    assert autumn > 0.1


def test_truces_of_the_large_war_fail_as_often_as_they_did(crises: dict[str, pd.DataFrame]) -> None:
    assert crises["autumn_2020"]["failed_truces"].median() >= 2


@pytest.mark.parametrize("crisis", ["april_2016", "autumn_2020"])
def test_the_wars_end_in_a_brokers_truce_and_mostly_in_russias(
    crisis: str, crises: dict[str, pd.DataFrame]
) -> None:
    broker = crises[crisis]["broker"]
    brokered = broker != "none"
    assert brokered.mean() >= 0.5
    assert (broker[brokered] == "RUS").mean() >= 0.5


def test_the_record_lies_inside_the_forecasts(scored: list[Score]) -> None:
    """Of fitted draws, in-sample: ground after cession is among the targets that must not fall
    out.
    """
    assert covered(scored)[80] >= 0.8
    (ceded,) = (score for score in scored if score.target == "territory_after_cession")
    assert ceded.low < ceded.observed < ceded.high


@pytest.mark.parametrize("target", ["duration", "deaths", "territory"])
def test_forecasts_beat_the_other_crises(target: str, scored: list[Score]) -> None:
    found = [score for score in scored if score.target == target]
    assert len(found) == 3
    assert all("climatology" not in score.unbeaten for score in found)
