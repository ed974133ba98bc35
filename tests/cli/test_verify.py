"""The commands `sim verify` and `sim seal`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from commands import SMALL, Call, here, scenario, single_chart

from sim.results.seal import digest_of_seal
from sim.results.writer import TABLES

pytestmark = pytest.mark.usefixtures("few_charts")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a result of an invented scenario."""
    where = tmp_path_factory.mktemp("made")
    with single_chart():
        args = ("run", scenario(where), *SMALL, "--workers", "1", "--out", where / "out", "-q")
        assert here(*args).code == 0
    (found,) = (where / "out").glob("crisis-*")
    return found


@pytest.fixture
def result(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the result, which a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "out" / made.name))


def flip(file: Path, place: int = -5) -> None:
    """Change one bit of a file."""
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(bytes(content))


def manifest_of(result: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((result / "manifest.json").read_text("utf-8"))
    return content


def change(result: Path, **values: Any) -> None:
    content = {**manifest_of(result), **values}
    (result / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


# Verifying


def test_a_result_agrees_with_a_second_simulation(call: Call, result: Path) -> None:
    said = call("verify", result)
    assert (said.code, said.err) == (0, "")
    assert said.out.count("agrees ") == len(TABLES)
    assert "all tables agree byte by byte" in said.out
    assert call("verify", result, "-q").out == ""


@pytest.mark.parametrize("name", TABLES)
def test_one_changed_byte_is_found_and_named(call: Call, result: Path, name: str) -> None:
    flip(result / name, 60 if name.endswith("csv") else -5)
    told = json.loads(call("verify", result, "--format", "json").out)
    assert not told["agrees"]
    different = [table for table in told["tables"] if not table["same"]]
    assert [table["name"] for table in different] == [name]
    assert different[0]["reason"].startswith("edited since it was written")
    assert call("verify", result, "-q").code == 4


def test_a_json_table_in_another_layout_has_the_same_values(call: Call, result: Path) -> None:
    file = result / "summary.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")), indent=7), encoding="utf-8")
    assert (
        "summary.json: edited since it was written; the values agree" in call("verify", result).out
    )


def test_a_missing_table_is_found(call: Call, result: Path) -> None:
    (result / "summary.csv").unlink()
    said = call("verify", result)
    assert said.code == 4 and "DIFFERS  summary.csv: missing" in said.out


def test_an_edited_scenario_is_found(call: Call, result: Path) -> None:
    file = result / "scenario.resolved.yaml"
    text = file.read_text("utf-8")
    assert "horizon_days: {value: 20," in text
    file.write_text(text.replace("{value: 20,", "{value: 19,"), encoding="utf-8")
    said = call("verify", result)
    assert said.code == 4 and "scenario.resolved.yaml differs from what was simulated" in said.out


def test_a_result_of_other_code_is_explained(call: Call, result: Path) -> None:
    change(result, code="0" * 64, seed=2, versions={"numpy": "0.1"})
    said = call("verify", result)
    assert said.code == 4
    assert "outcomes.parquet: other code or versions; values differ" in said.out
    assert "00000000 made the result" in said.out and "was made with 0.1" in said.out


def test_other_code_with_the_same_bytes_still_agrees(call: Call, result: Path) -> None:
    change(result, code="0" * 64)
    assert call("verify", result).code == 0


@pytest.mark.parametrize(
    "values",
    [
        {"runs": {"asked": "many", "failed": 0}},
        {"runs": {"asked": 10**12, "failed": 0}},
        {"runs": {"failed": 0}},
        {"runs": []},
        {"draws": 0},
        {"draws": 1.5},
        {"seed": -1},
        {"seed": True},
        {"seed": None},
    ],
)
def test_a_manifest_without_a_plan_cannot_be_verified(
    call: Call, result: Path, values: dict[str, Any]
) -> None:
    change(result, **values)
    said = call("verify", result)
    assert said.code == 1 and "manifest.json" in said.err
    assert len(said.err.splitlines()) == 1


def test_what_is_no_result_cannot_be_verified(call: Call, result: Path, tmp_path: Path) -> None:
    assert call("verify", tmp_path / "nowhere").code == 1
    assert call("verify", tmp_path).code == 1
    (result / "scenario.resolved.yaml").write_text("scenario: [", encoding="utf-8")
    said = call("verify", result)
    assert said.code == 1 and "scenario.resolved.yaml" in said.err
    (result / "manifest.json").write_text("[1", encoding="utf-8")
    assert call("verify", result).code == 1


def test_several_results_have_the_worst_exit_code(
    call: Call, result: Path, made: Path, tmp_path: Path
) -> None:
    (result / "summary.csv").unlink()
    assert call("verify", made, result).code == 4
    assert call("verify", result, tmp_path / "nowhere", made).code == 4


# Sealing


def sealed(call: Call, result: Path) -> dict[str, Any]:
    assert call("seal", result, "-q").code == 0
    content: dict[str, Any] = json.loads((result / "seal.json").read_text("utf-8"))
    return content


def test_a_seal_holds_until_a_file_changes(call: Call, result: Path) -> None:
    content = sealed(call, result)
    assert content["digest"] == digest_of_seal(content)
    assert {*TABLES, "scenario.resolved.yaml"} <= set(content["results"][0]["files"])
    said = call("verify", result)
    assert said.code == 0 and f"holds: {content['digest']}" in said.out
    assert "It proves the date only if this digest was published then." in said.out
    flip(result / "outcomes.csv", 60)
    said = call("verify", result)
    assert said.code == 4
    assert "BROKEN   outcomes.csv: changed since it was sealed" in said.out


def test_every_sealed_file_counts(call: Call, result: Path) -> None:
    content = sealed(call, result)
    for name in content["results"][0]["files"]:
        before = (result / name).read_bytes()
        (result / name).write_bytes(before + b" ")
        told = json.loads(call("verify", result, "--format", "json").out or "{}")
        if told:
            assert name in " ".join((*told["seal"]["broken"], *told["seal"]["unchecked"]))
        (result / name).write_bytes(before)


@pytest.mark.parametrize("key", ["sealed", "program", "results"])
def test_an_edited_seal_does_not_hold(call: Call, result: Path, key: str) -> None:
    content = sealed(call, result)
    if key == "results":
        content["results"][0]["files"].pop("outcomes.csv")
    else:
        content[key] = "1999-01-01T00:00:00+00:00"
    (result / "seal.json").write_text(json.dumps(content), encoding="utf-8")
    said = call("verify", result)
    assert said.code == 4 and "it was edited" in said.out


def test_a_forged_seal_has_another_digest(call: Call, result: Path) -> None:
    """Whoever edits the date can compute the digest anew, but not the one that was published."""
    content = sealed(call, result)
    published = content["digest"]
    content["sealed"] = "1999-01-01T00:00:00+00:00"
    content["digest"] = digest_of_seal(content)
    (result / "seal.json").write_text(json.dumps(content), encoding="utf-8")
    said = call("verify", result)
    assert said.code == 0 and published not in said.out


def test_a_seal_survives_new_drawings_and_a_rerun(call: Call, result: Path, tmp_path: Path) -> None:
    digest = sealed(call, result)["digest"]
    (result / "report.html").write_text("drawn again", encoding="utf-8")
    said = call("verify", result)
    assert said.code == 0 and "not as sealed (not checked): report.html" in said.out
    path = scenario(tmp_path)
    assert call("run", path, *SMALL, "--fresh", "--out", tmp_path / "out", "-q").code == 0
    said = call("verify", result)
    assert said.code == 0 and digest in said.out


def test_an_explanation_counts_as_evidence(call: Call, result: Path) -> None:
    assert call("why", result, "--association", "-q").code == 0
    sealed(call, result)
    flip(result / "why.csv", 10)
    said = call("verify", result)
    assert said.code == 4 and "BROKEN   why.csv: changed since it was sealed" in said.out


def test_a_seal_is_never_replaced(call: Call, result: Path, tmp_path: Path) -> None:
    digest = sealed(call, result)["digest"]
    said = call("seal", result)
    assert said.code == 0 and "already sealed" in said.out and digest in said.out
    flip(result / "outcomes.csv", 60)
    said = call("seal", result)
    assert said.code == 1 and "does not hold: outcomes.csv" in said.err
    out = tmp_path / "second.json"
    assert call("seal", result, "--out", out).code == 0
    said = call("seal", result, "--out", out)
    assert said.code == 1 and "a seal is never replaced" in said.err


def test_one_seal_covers_several_results(
    call: Call, result: Path, made: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(made, tmp_path / "other-1a2b3c4d"))
    out = tmp_path / "seals" / "forecast.json"
    assert call("seal", result, other, "--out", out, "-q").code == 0
    assert call("verify", result, other, "--seal", out).code == 0
    renamed = result.rename(result.parent / "renamed")
    assert call("verify", renamed, "--seal", out).code == 0
    flip(renamed / "summary.csv", 60)
    assert call("verify", renamed, "--seal", out).code == 4


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"kind": "seal", "format": 1, "digest": "a", "sealed": "b", "results": []}',
        '{"kind": "seal", "format": 1, "digest": "a", "sealed": "b", "results": 3}',
        '{"kind": "seal", "format": 1, "digest": 1, "sealed": "b", "results": '
        '[{"folder": "x", "manifest": {}, "files": {}}]}',
        '{"kind": "seal", "format": 1, "digest": "a", "sealed": NaN, "results": '
        '[{"folder": "x", "manifest": {}, "files": []}]}',
        '{"kind": "seal", "format": 1, "digest": "a", "sealed": "b", "results": '
        '[{"folder": "x", "manifest": NaN, "files": {}}]}',
        '{"kind": "seal", "format": 2, "digest": "a", "sealed": "b", "results": '
        '[{"folder": "x", "manifest": {}, "files": {}}]}',
    ],
)
def test_what_is_no_seal_is_refused(call: Call, result: Path, content: str) -> None:
    (result / "seal.json").write_text(content, encoding="utf-8")
    said = call("verify", result)
    assert said.code == 1 and "seal.json: not a valid seal of `sim seal`" in said.err


def test_a_seal_of_another_result_is_refused(call: Call, result: Path, tmp_path: Path) -> None:
    content = sealed(call, result)
    content["results"][0] |= {"folder": "other", "manifest": {}}
    content["digest"] = digest_of_seal(content)
    (result / "seal.json").write_text(json.dumps(content), encoding="utf-8")
    said = call("verify", result)
    assert said.code == 1 and "a seal of other results" in said.err


def test_a_seal_reads_no_file_outside_the_result(call: Call, result: Path) -> None:
    content = sealed(call, result)
    outside = {"../../../../etc/passwd": "0", "/etc/passwd": "0", "a\0b": "0", "": "0"}
    content["results"][0]["files"] |= outside
    content["digest"] = digest_of_seal(content)
    (result / "seal.json").write_text(json.dumps(content), encoding="utf-8")
    told = json.loads(call("verify", result, "--format", "json").out)
    assert len(told["seal"]["broken"]) == len(outside)
    assert all("missing" in text for text in told["seal"]["broken"])


def test_sealed_forecasts_are_not_pruned(call: Call, result: Path, made: Path) -> None:
    out = result.parent
    shutil.copytree(made, out / "newer")
    change(out / "newer", written="2031-01-01T00:00:00+00:00")
    sealed(call, result)
    assert call("results", out, "--prune", "-y").code == 0
    assert (result / "seal.json").is_file() and (result / "outcomes.csv").is_file()
    (result / "seal.json").unlink()
    assert call("results", out, "--prune", "-y").code == 0
    assert not (result / "outcomes.csv").exists()


def test_only_results_are_sealed(call: Call, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert call("seal", folder).code == 1
    assert not list(tmp_path.iterdir())
