"""The three crises differ in the direction of the record, by nothing but what their files say."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.ensemble import Plan, play
from sim.scenario import load

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.fixture(scope="module")
def crises() -> dict[str, pd.DataFrame]:
    names = ("july_2020", "april_2016", "autumn_2020")
    return {name: play(Plan(load(SCENARIOS / f"{name}.yaml").scenario)).outcomes for name in names}


def medians(crises: dict[str, pd.DataFrame], column: str) -> list[float]:
    return [float(outcomes.eval(column).median()) for outcomes in crises.values()]


def test_small_wars_are_over_in_days_and_the_large_one_is_not(crises: dict[str, pd.DataFrame]) -> None:
    """The record has 4 to 5 days in July 2020 and 3.5 in April 2016: neither is the longer by much."""
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


def test_truces_fail_in_the_wars_and_not_in_the_clash(crises: dict[str, pd.DataFrame]) -> None:
    july, april, autumn = (outcomes["failed_truces"].mean() for outcomes in crises.values())
    assert july < 0.2
    assert min(april, autumn) > 0.5


def test_ground_moves_in_autumn_alone(crises: dict[str, pd.DataFrame]) -> None:
    july, april, autumn = medians(crises, "territory_fought")
    assert max(abs(july), abs(april)) < 0.01
    assert autumn > 0.1
