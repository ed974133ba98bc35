"""Exports: what is read back is what the result holds, and the codebook describes every column."""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import SMALL, Call, scenario

from sim.io.spreadsheets import defused
from sim.outcomes.columns import columns
from sim.results.codebook import codebook, stata_names
from sim.results.reader import Result, open_result

pytestmark = pytest.mark.usefixtures("few_charts")

TABLES = ("outcomes", "daily", "parameters", "summary")
Exports = Callable[[str], Path]


@pytest.fixture(scope="module")
def result(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return a copy of a result that tests export from."""
    return open_result(Path(shutil.copytree(folder, tmp_path_factory.mktemp("out") / folder.name)))


def table_of(result: Result, name: str) -> pd.DataFrame:
    return result.summary.reset_index() if name == "summary" else getattr(result, name)


def as_read(column: pd.Series) -> pd.Series:
    """Return a column as plain numbers or texts, missing days as NaN."""
    if column.dtype == "Int32" or column.dtype.kind in "bif":
        return pd.Series(column.to_numpy(np.float64, na_value=np.nan))
    return pd.Series(column.astype(object).to_numpy())


def assert_same(read: pd.DataFrame, held: pd.DataFrame) -> None:
    """Check that a table that was read back is the one that was exported, in the precision it has
    there.
    """
    assert list(read) == list(held)
    for name in held:
        if held[name].dtype.kind not in "bif" and held[name].dtype != "Int32":
            texts = ["" if pd.isna(cell) else cell for cell in read[name]]
            assert texts == list(held[name]), name
            continue
        one, other = as_read(read[name]), as_read(held[name])
        if held[name].dtype == "float32":
            one, other = one.astype(np.float32), other.astype(np.float32)
        pd.testing.assert_series_equal(
            one, other, check_exact=held[name].dtype != "float64", check_names=False
        )


def exported(call: Call, result: Result, out: Path, target: str) -> Path:
    said = call("export", result.folder, "--to", target, "--out", out)
    assert (said.code, said.err) == (0, "")
    assert sorted(said.out.split()) == sorted(map(str, out.iterdir()))
    return out


def codebook_in(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "codebook.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def exports(call: Call, result: Result, tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """Return a function that exports the result once to each format, and returns the folder."""
    return cache(lambda form: exported(call, result, tmp_path_factory.mktemp(form) / "new", form))


@pytest.mark.parametrize("name", TABLES)
def test_csv_is_read_back(result: Result, exports: Exports, name: str) -> None:
    read = pd.read_csv(exports("csv") / f"{name}.csv", keep_default_na=False, na_values=[""])
    assert_same(read, table_of(result, name))


@pytest.mark.parametrize("name", TABLES)
def test_stata_is_read_back_with_labels(result: Result, exports: Exports, name: str) -> None:
    out = exports("stata")
    held, book = table_of(result, name), codebook_in(out).query("table == @name")
    original = dict(zip(book["stata_name"], book["column"], strict=True))
    assert (out / f"{name}.dta").read_bytes()[:40].startswith(b"<stata_dta><header><release>118")
    with pd.io.stata.StataReader(out / f"{name}.dta") as reader:
        read, labels = reader.read(), reader.variable_labels()
    assert_same(read.rename(columns=original), held)
    for short, label in labels.items():
        assert len(short) <= 32 and len(label) <= 80
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", short)
        assert short == original[short] or label.startswith(original[short][:70])


@pytest.mark.parametrize("name", TABLES)
def test_a_workbook_is_read_back(result: Result, exports: Exports, name: str) -> None:
    pytest.importorskip("openpyxl")
    out = exports("xlsx")
    assert {path.name for path in out.iterdir()} == {"outcomes.xlsx", "codebook.csv"}
    sheets = pd.read_excel(
        out / "outcomes.xlsx", sheet_name=None, keep_default_na=False, na_values=[""]
    )
    assert list(sheets) == [*TABLES, "codebook"]
    assert_same(sheets[name], table_of(result, name))
    pd.testing.assert_frame_equal(sheets["codebook"].fillna(""), codebook_in(out))


def test_the_codebook_describes_every_column(result: Result, exports: Exports) -> None:
    book = codebook_in(exports("csv"))
    for name in TABLES:
        assert list(book.query("table == @name")["column"]) == list(table_of(result, name))
    assert (book["meaning"] != "").all() and (book["type"] != "").all()
    of_runs = book.query("table == 'outcomes'").set_index("column")["meaning"]
    assert all(of_runs[column.name] == column.measured for column in columns(result.scenario))
    by_name = {row.column: row for row in book.itertuples()}
    assert by_name["tie_NOR_OST"].unit == "from -1 to 1"
    assert by_name["broker"].values.startswith("none, NOR: ")


def test_parameters_have_units_and_ranges(april: Result) -> None:
    units = {
        "parameters.pace": "share of the contested area",
        "parameters.optimism": "log-odds",
        "mechanisms.learning": "log-odds per unit of surprise",
        "mechanisms.contest": "utility per level",
        "actors.RUS.engagement": "share, 0 to 1",
        "actors.TUR.ties.AZE": "from -1 to 1",
        "actors.TUR.support": "levels, 0 to 4",
    }
    found = {
        variable.column: variable for variable in codebook(april) if variable.table == "parameters"
    }
    assert {name: found[name].unit for name in units if name in found} == {
        n: u for n, u in units.items() if n in found
    }
    assert len(units.keys() & found.keys()) >= 6
    assert found["parameters.pace"].values == "0.008 to 0.04"
    assert found["mechanisms.contest"].values == "from -0.4 to 0.4"
    assert found["actors.RUS.engagement"].meaning.startswith("Russia (RUS): attention")


@pytest.mark.slow
def test_exports_go_into_the_result_where_no_folder_is_named_and_stay_on_a_rerun(
    call: Call, tmp_path: Path
) -> None:
    run = ("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out", "-q")
    assert call(*run).code == 0
    (folder,) = (tmp_path / "out").glob("crisis-*")
    assert call("export", folder, "--to", "csv", "-q").out == ""
    names = {path.name for path in (folder / "export").iterdir()}
    assert names == {"codebook.csv", *(f"{name}.csv" for name in TABLES)}
    assert call(*run).code == 0
    assert {path.name for path in (folder / "export").iterdir()} == names
    (folder / "export" / "mine.do").write_text("use outcomes", encoding="utf-8")
    assert call("results", tmp_path / "out", "--prune", "--older-than", 0, "--yes").code == 0
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["mine.do"]


def test_a_workbook_without_the_library_is_refused_in_a_sentence(
    call: Call, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    said = call("export", result.folder, "--to", "xlsx", "--out", tmp_path / "new")
    assert (said.code, said.out) == (2, "")
    assert said.err == "sim: Excel files need openpyxl; install it with: pip install openpyxl\n"
    assert not list((tmp_path / "new").iterdir())


def test_a_table_too_long_for_a_sheet_is_refused(
    call: Call, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openpyxl")
    monkeypatch.setattr("sim.results.exports.MAX_ROWS", 5)
    said = call("export", result.folder, "--to", "xlsx", "--out", tmp_path / "new")
    assert (said.code, said.out) == (2, "")
    assert (
        said.err
        == "sim: outcomes has 12 rows, but a worksheet has at most 5; use --to csv or --to stata\n"
    )


def test_an_export_does_not_overwrite_a_result(call: Call, result: Result) -> None:
    before = (result.folder / "outcomes.csv").read_bytes()
    said = call("export", result.folder, "--to", "csv", "--out", result.folder)
    assert said.code == 2 and "is a result folder" in said.err
    assert (result.folder / "outcomes.csv").read_bytes() == before


def test_an_export_does_not_overwrite_a_file_of_the_user(
    call: Call, result: Result, tmp_path: Path
) -> None:
    mine = tmp_path / "daily.csv"
    mine.write_text("mine", encoding="utf-8")
    export = ("export", result.folder, "--to", "csv", "--out", tmp_path, "-q")
    said = call(*export)
    assert (said.code, said.out) == (1, "")
    why = "exists, so nothing was exported; remove it, or choose another folder"
    assert said.err == f"{mine}: {why}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["daily.csv"]
    assert mine.read_text(encoding="utf-8") == "mine"
    mine.unlink()
    assert [call(*export).code for _ in range(2)] == [0, 0]  # the same files again


def test_what_holds_no_runs_is_not_exported(call: Call, tmp_path: Path) -> None:
    said = call("export", tmp_path, "--to", "csv")
    assert said.code == 1 and "not a result folder" in said.err


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    texts = ["=1+1", "+A1", "-A1", "@SUM(A1)", "\tx", "-0.5", "+3", "a=b", "", None]
    table = defused(pd.DataFrame({"text": texts, "number": [-1.0] * len(texts)}))
    assert list(table["text"])[:9] == [
        "'=1+1",
        "'+A1",
        "'-A1",
        "'@SUM(A1)",
        "'\tx",
        "-0.5",
        "+3",
        "a=b",
        "",
    ]
    assert set(table["number"]) == {-1.0}


@pytest.mark.slow
def test_a_name_of_a_user_is_no_formula(call: Call, tmp_path: Path) -> None:
    path = scenario(tmp_path, title="=HYPERLINK(1)", body="actors: {OST: {name: '=1+1'}}\n")
    assert call("run", path, *SMALL, "--out", tmp_path / "out", "-q").code == 0
    (folder,) = (tmp_path / "out").glob("crisis-*")
    out = exported(call, open_result(folder), tmp_path / "new", "csv")
    cells = pd.read_csv(out / "codebook.csv", keep_default_na=False).astype(str).to_numpy().ravel()
    assert any(cell.startswith("'=1+1 (OST)") for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)
    openpyxl = pytest.importorskip("openpyxl")
    exported(call, open_result(folder), tmp_path / "book", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "book" / "outcomes.xlsx")
    found = [
        cell
        for row in book["codebook"].iter_rows()
        for cell in row
        if str(cell.value).startswith("=1+1")
    ]
    assert found and {cell.data_type for cell in found} == {"s"}


@pytest.mark.usefixtures("few_charts")
def test_no_table_of_a_trace_has_a_formula(call: Call, tmp_path: Path) -> None:
    path = scenario(tmp_path, body="actors: {NOR: {name: '=1+1'}, SUD: {name: '@SUM(1)'}}\n")
    assert call("run", path, *SMALL, "--out", tmp_path / "out", "-q").code == 0
    (folder,) = (tmp_path / "out").glob("crisis-*")
    tables = [call("trace", folder, "--format", form).out for form in ("table", "cameo")]
    cells = {cell for table in tables for row in csv.reader(io.StringIO(table)) for cell in row}
    (layout,) = (folder / "traces").glob("*.export.CSV")
    cells |= set(layout.read_text(encoding="utf-8").replace("\n", "\t").split("\t"))
    assert {"'=1+1", "'@SUM(1)"} <= cells
    assert not any(cell.startswith(("=", "@")) for cell in cells)


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["actors.OST.ties.NOR", "parameters.pace"], ["OST_ties_NOR", "pace"]),
        (["parameters.pace", "mechanisms.pace"], ["pace", "pace__"]),
        (["in", "_n", "str5", "2nd"], ["v_in", "v__n", "v_str5", "v_2nd"]),
        (["Pace", "pace"], ["Pace", "pace__"]),
    ],
)
def test_names_for_stata(names: list[str], short: list[str]) -> None:
    found = stata_names(names)
    assert [name[: len(want)] for name, want in zip(found, short, strict=True)] == short
    assert len({name.lower() for name in found}) == len(names)


def test_long_names_for_stata_are_cut_and_stay_unique() -> None:
    names = [f"actors.ABCDEFGH.treaties.{'x' * 30}{number}" for number in range(50)]
    found = stata_names(names)
    assert len(set(found)) == 50 and max(map(len, found)) == 32
    assert stata_names(names[7:8]) == found[7:8]
