"""Outcomes as plain arrays: the same values as the table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from worlds import crisis

from sim.outcomes.arrays import Outcomes
from sim.outcomes.evaluation import Estimate
from sim.outcomes.measures import read

TABLE = pd.DataFrame(
    {
        "first_truce_day": pd.array([3, None, 0, 7, None, 12], dtype="Int32"),
        "truces": np.array([1, 0, 2, 1, 0, 1], dtype=np.int32),
        "deaths_defender": np.array([5.5, 0.0, 2.0, 8.0, 1.0, 3.0], dtype=np.float32),
        "great_power_entry": [True, False, False, True, False, False],
        "broker": ["OST", "", "OST", "WES", "", "OST"],
    }
)


def test_outcomes_are_the_table_again() -> None:
    pd.testing.assert_frame_equal(Outcomes.of(TABLE).table(), TABLE)


def test_parts_of_outcomes_join_to_all_of_them() -> None:
    outcomes = Outcomes.of(TABLE)
    parts = [outcomes.first(2), outcomes.rows(slice(2, 3)), outcomes.rows(slice(3, None))]
    assert [len(part) for part in parts] == [2, 1, 3]
    pd.testing.assert_frame_equal(Outcomes.joined(parts).table(), TABLE)


@pytest.mark.parametrize(
    "text",
    [
        "probability(first_truce_day <= 3)",
        "share(first_truce_day != 3)",
        "share(broker == 'OST')",
        "mean(deaths_defender) / mean(truces)",
        "probability(great_power_entry and not truces > 1)",
    ],
)
def test_a_measure_reads_both_alike(text: str) -> None:
    measure = read(text, crisis())
    for runs in (6, 5):  # an incomplete replicate is left out
        from_table = measure.estimate(TABLE.iloc[:runs], 2)
        from_arrays = measure.estimate(Outcomes.of(TABLE).first(runs), 2)
        assert _plain(from_table) == _plain(from_arrays)
        assert from_table.influence.shape == (runs // 2, 2)


def _plain(estimate: Estimate) -> tuple[list[float], list[list[float]]]:
    return estimate.value.tolist(), estimate.influence.tolist()
