"""A crisis stated in half days is the same crisis."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import ALONE, conflict, crisis, mechanisms, outcomes_of, parameters

from sim.scenario import Posterior, Quantity
from sim.scenario.posterior import column_name
from validation.timestep import in_half_days

ATTRITION = (
    ALONE,
    conflict(opening=3),
    mechanisms(learning=0),
    parameters(precision=0, break_rate=0, contact_rate=0),
)


@pytest.mark.statistical
def test_half_days_of_war_without_choice_kill_and_conquer_as_days_do() -> None:
    """Without precision every level is as likely on every step, so days of war are as bloody."""
    scenario = crisis(*ATTRITION, {"horizon_days": 20})
    days, halves = (outcomes_of(stated, 4000) for stated in (scenario, in_half_days(scenario)))
    for table, steps in ((days, 20), (halves, 40)):
        assert table["duration_days"].max() <= steps
    fought = [
        (table["deaths_challenger"] + table["deaths_defender"]).sum() / table["duration_days"].sum()
        for table in (days, halves)
    ]
    assert fought[1] == pytest.approx(fought[0] / 2, rel=0.08)


def test_what_is_stated_per_day_is_halved_and_what_lasts_is_doubled() -> None:
    scenario = crisis({"policies": {"WES": "mediate"}}, {"horizon_days": 11})
    halved = in_half_days(scenario)
    assert halved.horizon_days == 22
    assert halved.parameters.pace.high == scenario.parameters.pace.high / 2
    assert halved.parameters.review_days == 2 * scenario.parameters.review_days
    assert halved.parameters.alarm_memory.high**2 == pytest.approx(
        scenario.parameters.alarm_memory.high
    )
    assert halved.policies == scenario.policies


def test_fitted_draws_are_restated_as_well() -> None:
    pace = Quantity.model_validate({"low": 0.01, "high": 0.03, "path": "parameters.pace"})
    scenario = crisis({"parameters": {"pace": {"range": [0.01, 0.03]}}})
    fitted = scenario.fitted(Posterior.of({column_name(pace): np.array([0.01, 0.02])}))
    halved = in_half_days(fitted).parameters
    assert halved.posterior is not None
    column = halved.posterior.column(halved.pace)
    assert column is not None
    np.testing.assert_allclose(column, [0.005, 0.01])
