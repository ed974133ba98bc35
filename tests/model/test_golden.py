"""The golden runs have not moved, and would be seen to."""

from __future__ import annotations

import pandas as pd
import pytest
from golden import DIGITS, differences, play_again, read, report, scenario

from sim.outcomes.columns import columns


def test_golden_runs_have_not_moved() -> None:
    moved = differences(read(), play_again())
    if moved:
        pytest.fail(report(moved), pytrace=False)


def test_golden_table_holds_every_column() -> None:
    assert list(read()) == [column.name for column in columns(scenario())]


def changed(column: str, run: int, value: str) -> list[str]:
    """Return what is seen when one cell of the golden table has another value."""
    table = read()
    table.loc[run, column] = value
    return differences(read(), table)


def test_a_cell_that_moves_is_named_with_its_run_and_both_values() -> None:
    was = read().loc[3, "ending"]
    (line,) = changed("ending", 3, "unheard of")
    assert line.split() == ["run", "3", "ending", was, "->", "unheard", "of"]
    assert "1 differences in 1 of 12 runs" in report([line])


def test_reals_may_move_by_rounding_and_no_more() -> None:
    was = float(read().loc[0, "deaths_challenger"])
    assert was > 0
    assert not changed("deaths_challenger", 0, f"{was * (1 + 1e-6):.{DIGITS + 3}g}")
    assert changed("deaths_challenger", 0, f"{was * (1 + 1e-4):.{DIGITS + 3}g}")


def test_a_column_or_a_run_that_comes_or_goes_is_seen() -> None:
    table = read()
    assert differences(table, table.drop(columns="offers")) == ["column offers is gone"]
    assert differences(table.drop(columns="offers"), table) == ["column offers is new"]
    assert differences(table, pd.concat([table, table])) == ["12 runs -> 24 runs"]
