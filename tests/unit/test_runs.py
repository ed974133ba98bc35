"""Outcomes that are read from their file column by column."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim import report
from sim.io.errors import InputError
from sim.io.parquet import FLAG, REAL, TEXT, read_table
from sim.outcomes import runs
from sim.outcomes.runs import Columns, of_runs
from sim.reasons import association, why
from sim.results import tables
from sim.results.reader import Result, open_result


def _counted(table: pd.DataFrame) -> tuple[Columns, list[str]]:
    """Return a table by column, and the names of the columns that were read, in order."""
    read: list[str] = []

    def column(name: str) -> pd.Series:
        read.append(name)
        return table[name].copy()

    return Columns(list(table), len(table), column), read


def test_columns_are_read_once_while_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({name: np.arange(4.0) for name in "abc"})
    found, read = _counted(table)
    assert found["a"] is found["a"]
    assert read == ["a"]
    monkeypatch.setattr(runs, "CACHED", 2 * found["a"].nbytes)
    _ = found["b"], found["a"], found["c"]  # "b" was used longest ago
    _ = found["a"], found["b"]
    assert read == ["a", "b", "c", "b"]


def test_a_column_that_alone_exceeds_the_limit_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "CACHED", 1)
    found, read = _counted(pd.DataFrame({"a": [1, 2]}))
    assert found["a"].tolist() == found["a"].tolist() == [1, 2]
    assert read == ["a", "a"]


def test_some_runs_are_the_same_in_memory_and_in_the_file() -> None:
    table = pd.DataFrame({"run": np.arange(5), "ending": list("vwxyz")})
    places = np.array([4, 0, 2])
    found = of_runs(Columns(list(table), 5, lambda name: table[name]), places)
    assert len(found) == 3
    for name in table:
        assert found[name].tolist() == of_runs(table, places)[name].tolist()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[list[str] | None]:
    """Return which columns of tables are read, in order; None for all of a table."""
    found: list[list[str] | None] = []
    whole = tables.read_table

    def counted(*args: Any, only: list[str] | None = None) -> pd.DataFrame:
        found.append(only)
        return whole(*args, only=only)

    monkeypatch.setattr(tables, "read_table", counted)
    return found


@pytest.fixture
def pair(
    april: Result, read: list[list[str] | None], monkeypatch: pytest.MonkeyPatch
) -> tuple[Result, Result]:
    """Return a result whose outcomes are read together, and the same one by column."""
    together, by_column = (open_result(april.folder) for _ in range(2))
    assert len(together.runs["truces"]) == len(together.runs)
    monkeypatch.setattr(tables, "READ_TOGETHER", 0)
    assert len(by_column.runs["truces"]) == len(by_column.runs)
    assert read == [None, ["truces"]]
    return together, by_column


def test_a_result_is_the_same_by_column(pair: tuple[Result, Result]) -> None:
    together, by_column = pair
    assert list(together.runs.names) == list(by_column.runs.names)
    for name in together.runs.names:
        whole, alone = together.runs[name], by_column.runs[name]
        assert whole.isna().equals(alone.isna())
        assert whole.dropna().tolist() == alone.dropna().tolist()
    assert together.measures == by_column.measures


def test_charts_and_report_are_the_same_by_column(
    pair: tuple[Result, Result], tmp_path: Path
) -> None:
    written = []
    for number, result in enumerate(pair):
        folder = shutil.copytree(result.folder, tmp_path / str(number) / result.folder.name)
        copy = Result(folder)
        vars(copy)["runs"] = result.runs
        report.complete(copy, None)
        files = sorted(path for path in folder.rglob("*") if path.suffix in (".svg", ".html"))
        written.append([path.read_bytes() for path in files])
    assert len(written[0]) > 1
    assert written[0] == written[1]


def test_what_goes_with_the_outcomes_is_the_same_by_column(
    pair: tuple[Result, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    together, by_column = map(why.associated, pair)
    assert together == by_column
    monkeypatch.setattr(association, "MOST_RUNS", 25)
    for outcomes in (pair[0].outcomes, pair[1].runs):
        first = association._of_first_draws(outcomes)["run"].tolist()
        assert first == [*range(0, 40, 4), *range(1, 40, 4)]


@pytest.fixture
def by_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let outcomes be read column by column, however few they are."""
    monkeypatch.setattr(tables, "READ_TOGETHER", 0)


@pytest.mark.usefixtures("by_column")
def test_a_column_is_checked_when_it_is_read(april: Result, tmp_path: Path) -> None:
    folder = shutil.copytree(april.folder, tmp_path / "damaged")
    table = april.outcomes.assign(territory_fought=2.0)
    table.to_parquet(folder / "outcomes.parquet", index=False)
    result = open_result(folder)
    assert len(result.runs["deaths_defender"]) == len(table)
    with pytest.raises(InputError, match="territory_fought"):
        _ = result.runs["territory_fought"]


def test_equal_texts_of_a_column_are_one_object(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"a": ["x" * 50, None, "x" * 50], "b": [1.0, 2.0, 3.0]}).to_parquet(path)
    found = read_table(path, {"a": TEXT, "b": REAL}, only=["a"])
    assert list(found) == ["a"]
    assert found["a"].iloc[0] is found["a"].iloc[2]
    assert found["a"].isna().tolist() == [False, True, False]
    with pytest.raises(ValueError, match="has no true or false in the column 'b'"):
        read_table(path, {"b": FLAG}, only=["b"])


@pytest.mark.parametrize("only", [None, ["b"]])
def test_a_file_cannot_hide_a_column_as_its_index(only: list[str] | None, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"a": [1.0], "b": [2.0]}).set_index("b").to_parquet(path)
    with pytest.raises(ValueError, match="has the column 'b' as its index"):
        read_table(path, {"a": REAL, "b": REAL}, only=only)


def test_a_column_without_values_is_one_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"a": [None, None]}).to_parquet(path)
    for only in (None, ["a"]):
        assert read_table(path, {"a": REAL}, only=only)["a"].dtype == float
