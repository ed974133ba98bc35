"""Damaged result folders are refused in one sentence that names the file, by every command."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from commands import Call
from worlds import SCENARIOS

from sim.io.errors import InputError
from sim.io.mapping import read_mapping
from sim.io.parquet import read_table
from sim.results import swept
from sim.results.reader import open_result

COMMANDS = (("plot",), ("report",), ("trace",), ("score",), ("export", "--to", "csv"))


@pytest.fixture
def damaged(folder: Path, tmp_path: Path) -> Path:
    """Return a copy of a result folder, to be damaged."""
    return Path(shutil.copytree(folder, tmp_path / folder.name))


def change_table(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    file = folder / f"{name}.parquet"
    change(pd.read_parquet(file)).to_parquet(file, index=False)


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / "manifest.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


TABLES = [
    ("outcomes", lambda t: t.drop(columns="ending"), "has no column 'ending'"),
    ("outcomes", lambda t: t.rename(columns={"broker": "b"}), "has no column 'broker'"),
    ("outcomes", lambda t: t.assign(ending="won"), "has an unknown text in the column 'ending'"),
    ("outcomes", lambda t: t.assign(broker="XXX"), "has an unknown text in the column 'broker'"),
    (
        "outcomes",
        lambda t: t.assign(deaths_defender="many"),
        "has no numbers in the column 'deaths_defender'",
    ),
    (
        "outcomes",
        lambda t: t.assign(deaths_defender=float("nan")),
        "has an empty cell in the column 'deaths_defender'",
    ),
    (
        "outcomes",
        lambda t: t.assign(deaths_defender=float("inf")),
        "has an infinite or too large number in the column 'deaths_defender'",
    ),
    ("outcomes", lambda t: t.assign(truces=-1), "has a number below 0 in the column 'truces'"),
    ("outcomes", lambda t: t.assign(peak_level=9), "has 9 in the column 'peak_level'"),
    (
        "outcomes",
        lambda t: t.assign(territory_fought=7.0),
        "has 7.0 in the column 'territory_fought'; allowed: -1 to 1",
    ),
    (
        "outcomes",
        lambda t: t.assign(frustrated_triads=-0.5),
        "has -0.5 in the column 'frustrated_triads'; allowed: 0 to 1",
    ),
    ("outcomes", lambda t: t.assign(draw=0), "has runs of other draws"),
    ("outcomes", lambda t: t.assign(run=0, draw=0), "has a run twice"),
    ("outcomes", lambda t: t.head(0), "has 0 rows instead of 12"),
    ("outcomes", lambda t: pd.concat([t, t]), "has 24 rows instead of 12"),
    ("daily", lambda t: t.drop(columns="q50"), "has no column 'q50'"),
    ("daily", lambda t: t.assign(measure="level"), "has not one row for each measure and day"),
    ("daily", lambda t: t.assign(day="first"), "has no whole numbers in the column 'day'"),
    ("daily_by_draw", lambda t: t.drop(columns="fighting"), "has no column 'fighting'"),
    ("daily_by_draw", lambda t: t.head(0), "has no rows"),
    ("daily_by_draw", lambda t: t.assign(draw=99), "more draws than manifest.json names"),
    ("parameters", lambda t: t.drop(columns="draw"), "has no column 'draw'"),
    ("parameters", lambda t: t.head(0), "has no rows"),
]
MANIFESTS = [
    (lambda m: m.pop("seed"), "seed: missing"),
    (lambda m: m.update(seed="one"), "seed: a whole number expected, not the text 'one'"),
    (lambda m: m.update(seed=-1), "seed: -1 is out of bounds; allowed: 0 or more"),
    (lambda m: m.update(draws=0), "draws: 0 is out of bounds"),
    (lambda m: m.update(runs=None), "runs: a section of 'key: value' lines expected"),
    (lambda m: m["runs"].pop("done"), "runs.done: missing"),
    (lambda m: m["runs"].update(asked=10**9), "runs.asked: 1,000,000,000 is out of bounds"),
    (lambda m: m["runs"].update(failed=3), "runs: the finished and the failed runs are not"),
    (lambda m: m.update(versions=None), "versions: a section of 'key: value' lines expected"),
    (lambda m: m.update(stated_in=[1]), "stated_in: a section of 'key: value' lines expected"),
    (lambda m: m.pop("digest"), "digest: missing"),
]


@pytest.mark.parametrize(("table", "change", "message"), TABLES)
def test_a_damaged_table_is_named_with_what_is_wrong(
    damaged: Path, table: str, change: Callable[[Any], Any], message: str
) -> None:
    change_table(damaged, table, change)
    with pytest.raises(InputError) as caught:
        open_result(damaged).check()
    (fault,) = caught.value.faults
    assert fault.file == str(damaged / f"{table}.parquet")
    assert message in fault.message
    assert fault.message.endswith("; simulate the scenario again")


@pytest.mark.parametrize(("change", "message"), MANIFESTS)
def test_a_damaged_manifest_is_named_with_the_wrong_value(
    damaged: Path, change: Callable[[Any], Any], message: str
) -> None:
    change_manifest(damaged, change)
    with pytest.raises(InputError) as caught:
        open_result(damaged).check()
    (fault,) = caught.value.faults
    assert str(fault).startswith(f"{damaged / 'manifest.json'}: {message}")


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", "{", "1", "[" * 100_000, '{"a": NaN}', '{"a": 1e999}', r'{"a": "\ud800"}'],
)
def test_a_manifest_that_is_no_mapping_is_refused(damaged: Path, content: str) -> None:
    (damaged / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest\.json: is "):
        open_result(damaged).check()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("way", ["cut", "empty", "text"])
def test_every_command_refuses_a_truncated_table_and_writes_nothing(
    damaged: Path, tmp_path: Path, call: Call, command: tuple[str, ...], way: str
) -> None:
    file = damaged / "outcomes.parquet"
    data = file.read_bytes()
    file.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "text": b"no table"}[way])
    before = sorted(tmp_path.rglob("*"))
    out = ("--out", tmp_path / "scores") if command[0] == "score" else ()
    done = call(command[0], damaged, *command[1:], *out)
    assert done.code == 1
    assert done.err.splitlines()[-1] == (
        f"{file}: is damaged or no Parquet file; simulate the scenario again"
    )
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", ["[" * 100_000, '{"seed": NaN}', r'{"title": "\ud800"}'])
def test_a_manifest_that_cannot_be_written_again_is_listed_and_not_sealed(
    damaged: Path, call: Call, content: str
) -> None:
    (damaged / "manifest.json").write_text(content, encoding="utf-8")
    assert "damaged" in call("results", damaged.parent).out
    sealed = call("seal", damaged)
    assert (sealed.code, sealed.err) == (1, f"{damaged / 'manifest.json'}: not a valid manifest\n")
    assert not (damaged / "seal.json").exists()


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00"])
def test_a_date_outside_the_calendar_is_replaced_by_that_of_the_file(
    damaged: Path, call: Call, date: str
) -> None:
    change_manifest(damaged, lambda content: content.update(written=date))
    (entry,) = json.loads(call("results", damaged.parent, "--format", "json").out)["results"]
    assert entry["kind"] == "run" and entry["written"][:4] not in date


def test_a_mapping_is_read_from_a_regular_file_of_limited_size_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="is not a regular file"):
        read_mapping(Path(os.devnull))
    monkeypatch.setattr("sim.io.mapping.MAX_BYTES", 10)
    file = tmp_path / "seal.json"
    file.write_text('{"a": 123}', encoding="utf-8")
    assert read_mapping(file) == {"a": 123}
    file.write_text('{"a": 1234}', encoding="utf-8")
    with pytest.raises(ValueError, match="too large; allowed: 10 bytes"):
        read_mapping(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_seal_that_is_a_pipe_is_refused(damaged: Path, call: Call) -> None:
    seal = damaged / "seal.json"
    os.mkfifo(seal)
    for args in (("seal", damaged), ("verify", damaged, "--seal", seal)):
        done = call(*args)
        assert (done.code, done.err) == (1, f"{seal}: not a valid seal of `sim seal`\n")


def test_swapped_tables_are_refused(damaged: Path) -> None:
    daily, parameters = damaged / "daily.parquet", damaged / "parameters.parquet"
    content = daily.read_bytes()
    daily.write_bytes(parameters.read_bytes())
    parameters.write_bytes(content)
    with pytest.raises(InputError, match="has no column"):
        open_result(damaged).check()


def test_a_whole_folder_passes(damaged: Path) -> None:
    open_result(damaged).check()


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table([pa.array([1]), pa.array([2])], names=["day", "day"])
    pq.write_table(table, tmp_path / "days.parquet")
    with pytest.raises(ValueError, match="has the column 'day' twice"):
        read_table(tmp_path / "days.parquet")


def test_a_small_file_of_a_huge_table_is_refused_before_it_is_read(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    zeros = pa.table({"day": pa.array([0] * 2_000_000)})
    pq.write_table(zeros, tmp_path / "days.parquet")
    with pytest.raises(ValueError, match="has 2,000,000 rows instead of 3"):
        read_table(tmp_path / "days.parquet", rows=3)


# Comparisons of arguments


@pytest.fixture
def compared(comparison: Any, tmp_path: Path) -> Path:
    """Return a copy of the folder of a comparison, to be damaged."""
    source = Path(comparison.folder)
    return Path(shutil.copytree(source, tmp_path / source.name))


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("verdicts", lambda t: t.drop(columns="word"), "has no column 'word'"),
        ("verdicts", lambda t: t.assign(word="x"), "has an unknown text in the column 'word'"),
        ("verdicts", lambda t: t.assign(margin=0.0), "has no positive number"),
        ("verdicts", lambda t: t.assign(share="x"), "has no numbers in the column 'share'"),
        ("effects", lambda t: t.assign(claim="x"), "has a claim that verdicts.parquet does not"),
        ("effects", lambda t: t.assign(effect=float("inf")), "has an empty cell or too large a"),
    ],
)
def test_a_damaged_comparison_is_refused(
    compared: Path, call: Call, table: str, change: Callable[[Any], Any], message: str
) -> None:
    change_table(compared, table, change)
    for command in ("plot", "report"):
        done = call(command, compared)
        assert done.code == 1
        assert done.err.startswith(f"{compared / table}.parquet: {message}")
        assert done.err.endswith("; run the comparison again\n")


@pytest.mark.parametrize("key", ["arguments", "size", "thresholds", "claims", "not_apart"])
def test_a_comparison_without_a_key_of_its_manifest_is_refused(
    compared: Path, call: Call, key: str
) -> None:
    file = compared / "comparison.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    del content[key]
    file.write_text(json.dumps(content), encoding="utf-8")
    done = call("report", compared)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert f"comparison.json: {key}: missing" in done.err


# Folders of sweeps and fits


def test_a_damaged_sweep_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    file, manifest = tmp_path / "sweep.parquet", tmp_path / "manifest.json"
    manifest.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest\.json: title: missing"):
        swept.manifest(tmp_path)
    axis = {"path": "a", "values": ["1", "2"], "says": "a"}
    said = {"title": "A sweep", "scenario": "x", "axes": [axis], "drawn": [], "moved_by": {}}
    manifest.write_text(json.dumps(said | {"runs": 4, "draws": 2, "seed": 1}), encoding="utf-8")
    rows = pd.DataFrame({"a": ["1", "2"], "name": "x", "says": "x", "unit": "x"})
    rows.to_parquet(file)
    with pytest.raises(InputError, match=r"sweep\.parquet: has no column 'value'"):
        swept.read(tmp_path)
    whole = rows.assign(value=0.5, parameters_low=0.1, parameters_high=0.9)
    whole.iloc[:1].to_parquet(file)
    with pytest.raises(InputError, match=r"sweep\.parquet: has other cells than its manifest"):
        swept.read(tmp_path)
    whole.to_parquet(file)
    assert len(swept.read(tmp_path)) == 2


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"crises": 1}'])
def test_a_damaged_account_of_a_fit_is_refused_before_anything_is_scored(
    tmp_path: Path, call: Call, content: str
) -> None:
    draws = Path(shutil.copy(SCENARIOS / "base" / "fitted.parquet", tmp_path / "draws.parquet"))
    (tmp_path / "fit.json").write_text(content, encoding="utf-8")
    size = ("--runs", 2, "--draws", 1, "--workers", 1, "--out", tmp_path / "out")
    done = call("score", "april_2016", "--posterior", draws, *size)
    assert done.code == 1
    assert done.err.startswith(f"{tmp_path / 'fit.json'}: ")
    assert done.err.endswith("; name the posterior.parquet of an intact fit\n")
    assert not (tmp_path / "out").exists()


EARLIER = Path(__file__).parents[1] / "earlier" / "april_2016-a688ac8f"
"""Manifest and scenario of a result that version 0.1.0 wrote. Nothing reads its tables."""


@pytest.mark.parametrize(
    "command",
    [*COMMANDS, ("why",), ("verify",), ("diff",)],
    ids=lambda command: command[0],
)
def test_a_result_of_an_earlier_version_is_refused_in_one_sentence(
    command: tuple[str, ...], tmp_path: Path, call: Call
) -> None:
    copy = Path(shutil.copytree(EARLIER, tmp_path / "results" / EARLIER.name))
    for name in ("outcomes", "daily", "daily_by_draw", "parameters"):
        (copy / f"{name}.parquet").touch()
    before = sorted(copy.iterdir())
    done = call(command[0], copy, *([copy] if command[0] == "diff" else command[1:]))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{copy}: a result of version 0.1.0, whose scenarios this version ")
    assert done.err.endswith("; open it with that version, or simulate the scenario again\n")
    assert done.err.count("\n") == 1
    assert sorted(copy.iterdir()) == before


def test_a_result_of_an_earlier_version_is_listed(tmp_path: Path, call: Call) -> None:
    copy = Path(shutil.copytree(EARLIER, tmp_path / "results" / EARLIER.name))
    done = call("results", copy.parent)
    assert (done.code, done.err) == (0, "")
    assert EARLIER.name in done.out
