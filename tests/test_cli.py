"""The command line: what it prints, where, and with which exit code; a user's mistake never ends in a traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from commands import Call, Said
from worlds import copy_of_shipped

from sim import results, schemas
from sim.charts import CHARTS
from sim.summary import MEASURES

HERE = Path(__file__).parent
ROOT = HERE.parent
APRIL = ROOT / "scenarios" / "april_2016.yaml"
TINY = HERE / "invalid" / "base" / "tiny.yaml"
SEVERAL = HERE / "invalid" / "several_faults.yaml"
SMALL = ("--runs", "12", "--draws", "4")


def shell(*args: object) -> Said:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "sim", *map(str, args)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def scenario(folder: Path, name: str = "crisis", title: str = "A crisis", body: str = "") -> Path:
    """Write a scenario on the invented base and return its path."""
    (folder / "tiny.yaml").write_bytes(TINY.read_bytes())
    path = folder / f"{name}.yaml"
    path.write_text(f"scenario: {name}\ntitle: '{title}'\nbase: tiny.yaml\n{body}", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the result folder of a scenario with a title that is markup to others."""
    where = tmp_path_factory.mktemp("crisis")
    said = shell("run", scenario(where, title="[bold]Loud[/bold] $x$ <b>"), *SMALL, "--out", where / "out")
    assert (said.code, said.err) == (0, "")
    (found,) = (path for path in (where / "out").iterdir() if path.name.startswith("crisis-"))
    (where / "said.txt").write_text(said.out, encoding="utf-8")
    return found


# Exit codes, from a real shell


def test_exit_codes_of_a_process(tmp_path: Path) -> None:
    broken = shell("check", SEVERAL)
    assert (broken.code, broken.out) == (1, "")
    assert len(broken.err.splitlines()) == 6
    wrong = shell("run", "--no-such-option")
    assert wrong.code == 2
    assert "No such option" in wrong.err
    for said in (broken, wrong):
        assert "Traceback" not in said.err


def test_a_missing_file(call: Call, tmp_path: Path) -> None:
    for command in ("run", "check", "explain"):
        said = call(command, tmp_path / "none.yaml")
        assert (said.code, said.out) == (1, "")
        assert said.err == f"{tmp_path / 'none.yaml'}: no such file\n"


def test_broken_yaml(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("scenario: broken\nactors: {RUS: [\n", encoding="utf-8")
    for command in ("run", "check", "explain"):
        said = call(command, path)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith(f"{path}:")
        assert "not valid YAML" in said.err


@pytest.mark.parametrize(
    "args",
    [
        ("run",),
        ("run", APRIL, "--no-such-option"),
        ("run", APRIL, "--runs", "0"),
        ("run", APRIL, "--runs", "many"),
        ("run", APRIL, "--format", "xml"),
        ("plot",),
        ("report",),
        ("no-such-command",),
    ],
    ids=lambda args: " ".join(getattr(arg, "name", arg) for arg in args),
)
def test_wrong_usage(call: Call, args: tuple[object, ...]) -> None:
    said = call(*args)
    assert (said.code, said.out) == (2, "")
    assert said.err


def test_an_unknown_kind_of_schema(call: Call) -> None:
    said = call("schema", "recipe")
    assert said == Said(2, "", "sim: unknown kind 'recipe'; allowed: scenario, hypothesis, evidence\n")


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_a_schema_is_printed_as_it_is_kept(call: Call, kind: str) -> None:
    assert call("schema", kind) == Said(0, schemas.text(kind), "")


def test_help_and_version(call: Call) -> None:
    assert call("--version").out.startswith("demarche 0.")
    said = call("--help")
    assert said.code == 0
    for command in ("run", "plot", "report", "check", "explain", "list", "schema"):
        assert command in said.out


# Faults


def test_an_unknown_path_set_on_the_command_line(call: Call) -> None:
    said = call("run", APRIL, "--set", "actors.RUS.engagment=low", "--set", "horizon_days=soon")
    assert (said.code, said.out) == (1, "")
    first, second = said.err.splitlines()
    assert first.startswith(
        "--set actors.RUS.engagment=low: actors.RUS.engagment: unknown key 'engagment' (did you mean"
    )
    assert second.startswith("--set horizon_days=soon: horizon_days: a whole number expected")


def test_faults_of_several_files_are_shown_at_once(call: Call, tmp_path: Path) -> None:
    others = [scenario(tmp_path, name, body="policies: {SUD: mediate}\n") for name in ("one", "two")]
    for command in ("run", "check"):
        said = call(command, *others, SEVERAL)
        assert (said.code, said.out) == (1, "")
        assert "nothing is played" not in said.err
        lines = said.err.splitlines()
        assert {line.split(".yaml:")[0].rsplit("/", 1)[-1] for line in lines} == {"one", "two", "several_faults"}
        assert len(lines) == 8


def test_a_folder_with_a_bad_file_is_not_played_and_its_good_files_are_not_to_blame(call: Call, tmp_path: Path) -> None:
    scenario(tmp_path, "good")
    bad = [scenario(tmp_path, name, body="policies: {SUD: mediate}\n") for name in ("one", "two")]
    (tmp_path / "tiny.yaml").rename(tmp_path / "tiny.yml")
    for file in (tmp_path / "good.yaml", *bad):
        file.write_text(file.read_text(encoding="utf-8").replace("tiny.yaml", "tiny.yml"), encoding="utf-8")
    said = call("run", tmp_path, *SMALL, "--out", tmp_path / "out")
    assert (said.code, said.out) == (1, "")
    first, *lines = said.err.splitlines()
    assert first == "sim: nothing is played: 2 of 3 files cannot be"
    assert [line.split(":")[0] for line in lines] == list(map(str, bad))
    assert not (tmp_path / "out").exists()


def test_check_names_faults_of_evidence_by_line(call: Call, tmp_path: Path) -> None:
    seeds = Path(shutil.copytree(ROOT / "seeds", tmp_path / "seeds"))
    for name, old, new in (
        ("mk2020", "    paragraph: 2\n", "    paragraph: 999\n"),
        ("dw2016", "    type: ", "    typ: "),
        ("coding_a", "level: very_low", "level: verry_low"),
    ):
        text = (seeds / f"{name}.yaml").read_text(encoding="utf-8")
        (seeds / f"{name}.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    said = call("check", *sorted(seeds.glob("*.yaml")))
    assert (said.code, said.out) == (1, "")
    for part in (
        "claims.0.paragraph: paragraph 999 has no digest",
        "claims.0.typ: unknown key 'typ' (did you mean type?)",
        "items.0.level: unknown level 'verry_low' (did you mean very_low?)",
    ):
        (line,) = (line for line in said.err.splitlines() if part in line)
        assert line.removeprefix(f"{seeds}/").split(":")[1].isdigit()


def test_check_sees_an_id_in_two_evidence_files(call: Call, tmp_path: Path) -> None:
    seeds = Path(shutil.copytree(ROOT / "seeds", tmp_path / "seeds"))
    shutil.copy(seeds / "literature.yaml", seeds / "more.yaml")
    said = call("check", seeds / "literature.yaml", seeds / "more.yaml")
    assert said.code == 1
    assert f"{seeds / 'more.yaml'}:4: works.0.id: 'lit-kydd2003' stands in literature.yaml as well" in said.err


def test_check_looks_up_what_readings_name_in_the_other_files(call: Call, tmp_path: Path) -> None:
    seeds = Path(shutil.copytree(ROOT / "seeds", tmp_path / "seeds"))
    path = seeds / "readings.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[bl2016-03]", "[bl2016-333]", 1), encoding="utf-8")
    line = text[: text.index("[bl2016-03]")].count("\n") + 1
    said = call("check", path)
    assert said.code == 1
    assert said.err.startswith(
        f"{path}:{line}: disagreements.0.readings.0.cites.0: 'bl2016-333' is no claim of an article"
    )


def test_check_names_what_a_scenario_leaves_out_of_its_coding(call: Call, tmp_path: Path) -> None:
    seeds = Path(shutil.copytree(ROOT / "seeds", tmp_path / "seeds"))
    copy_of_shipped(tmp_path)
    path = tmp_path / "scenarios" / "autumn_2020.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("range: [2.5, 3.5]", "range: [2.6, 3.5]"), encoding="utf-8")
    coding = seeds / "coding_a.yaml"
    coding.write_text(
        coding.read_text(encoding="utf-8").replace(
            "actors.RUS.engagement, level: [0.6", "actors.RUS.engagment, level: [0.6"
        )
    )
    said = call("check", path)
    assert said.code == 1
    first, second = said.err.splitlines()
    assert f"{path}:23: actors.TUR.support: 2.6 to 3.5 leaves out what coders read, 2.5 to 3.5" in first
    assert "items.4.path: autumn_2020.yaml states no value at actors.RUS.engagment (did you mean" in second
    assert second.startswith(f"{coding}:")


def test_check_names_an_unknown_citation(call: Call, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    copy_of_shipped(tmp_path)
    path = tmp_path / "scenarios" / "autumn_2020.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[sp2020-48, sp2020-18]", "[sp2020-048, sp2020-18]"), encoding="utf-8")
    line = text[: text.index("[sp2020-48, sp2020-18]")].count("\n") + 1
    said = call("check", path)
    message = "cites 'sp2020-048', which no evidence file holds (did you mean sp2020-48?)"
    assert said == Said(1, "", f"{path}:{line}: actors.USA.engagement: {message}\n")


def test_check_passes_all_that_is_shipped(call: Call) -> None:
    files = [*(ROOT / "scenarios").glob("*.yaml"), *(ROOT / "scenarios" / "base").glob("*.yaml")]
    files += (ROOT / "seeds").glob("*.yaml")
    said = call("check", *files)
    assert (said.code, said.err) == (0, "")
    first, second = said.out.splitlines()
    assert first == f"{len(files)} files checked, no faults"
    assert "claims that none of these scenarios cites: " in second and "dw2016-36" in second
    assert call("check", "-q", APRIL) == Said(0, "", "")


def test_check_compares_the_articles_texts(call: Call, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Not this.\n", encoding="utf-8")
    path = ROOT / "seeds" / "mk2020.yaml"
    said = call("check", path, "--texts", tmp_path)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if text.startswith("digest:"))
    assert said == Said(1, "", f"{path}:{line}: digest: no file in {tmp_path} is this article\n")


@pytest.mark.parametrize("command", ["plot", "report"])
def test_what_is_no_result_folder(call: Call, tmp_path: Path, folder: Path, command: str) -> None:
    (tmp_path / "empty").mkdir()
    said = call(command, tmp_path / "empty")
    assert said == Said(1, "", f"{tmp_path / 'empty'}: not a result folder: scenario.resolved.yaml is missing\n")
    assert call(command, tmp_path / "none") == Said(1, "", f"{tmp_path / 'none'}: no such folder\n")
    assert call(command, APRIL) == Said(1, "", f"{APRIL}: is a file, not a result folder\n")


@pytest.mark.parametrize("command", ["plot", "report"])
@pytest.mark.parametrize("name", ["outcomes.parquet", "manifest.json"])
def test_a_spoilt_result_folder(call: Call, tmp_path: Path, folder: Path, command: str, name: str) -> None:
    spoilt = Path(shutil.copytree(folder, tmp_path / folder.name))
    (spoilt / name).write_bytes(b"PAR1 and no more")
    said = call(command, spoilt)
    assert (said.code, said.out) == (1, "")
    assert said.err == f"{spoilt / name}: is not what `sim run` writes; play the scenario again\n"


@pytest.mark.parametrize("below", [False, True])
def test_an_out_folder_that_is_a_file(call: Call, tmp_path: Path, below: bool) -> None:
    out = tmp_path / "taken"
    out.write_text("", encoding="utf-8")
    said = call("run", scenario(tmp_path), *SMALL, "--out", out / "below" if below else out)
    assert (said.code, said.out) == (1, "")
    assert "no folder for results: " in said.err
    assert len(said.err.splitlines()) == 1


def test_an_out_folder_that_cannot_be_written(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: not mode & os.W_OK)  # a superuser may write anywhere
    said = call("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out")
    assert said == Said(1, "", f"{tmp_path / 'out'}: no folder for results: nothing can be written into it\n")


def test_a_folder_without_scenarios(call: Call, tmp_path: Path) -> None:
    for command in ("run", "list"):
        said = call(command, tmp_path)
        assert said == Said(1, "", f"{tmp_path}: no scenario files (*.yaml) in this folder\n")


def test_explaining_without_evidence(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("explain", scenario(tmp_path))
    assert said.code == 1
    assert "no folder 'seeds' with evidence files" in said.err


def test_explaining_an_unknown_path(call: Call) -> None:
    said = call("explain", APRIL, "actors.RUS.tie")
    assert said == Said(1, "", "actors.RUS.tie: no value there (did you mean actors.RUS.ties?)\n")


# A run


def test_titles_print_as_they_are(folder: Path) -> None:
    said = (folder.parents[1] / "said.txt").read_text(encoding="utf-8")
    assert "[bold]Loud[/bold] $x$ <b>  (crisis)" in said


def test_a_run_names_what_it_wrote(folder: Path) -> None:
    said = (folder.parents[1] / "said.txt").read_text(encoding="utf-8")
    assert f"results: {folder}\n" in said
    assert f"report: {folder / 'report.html'}\n" in said
    for name, _ in CHARTS:
        assert f"chart: {folder / 'charts' / name}.png\n" in said
    assert "&lt;b&gt;" in (folder / "report.html").read_text(encoding="utf-8")
    assert "12 runs = 4 draws of the coded ranges x 3 replicates, seed 1" in said


def test_json_holds_what_the_table_shows(call: Call, folder: Path, tmp_path: Path) -> None:
    said = call("run", folder.parents[1] / "crisis.yaml", *SMALL, "--out", tmp_path, "--format", "json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    shown = (folder.parents[1] / "said.txt").read_text(encoding="utf-8")
    assert told["sentence"] in shown
    assert Path(told["folder"]).is_dir()
    for measure, line in zip(told["measures"], results.open_result(folder).summary, strict=True):
        assert (measure["name"], measure["value"], measure["unit"]) == (line.name, line.value, line.unit)
        assert (line.says in shown) is (line.unit != "probability" or line.value > 0)
    assert (
        told["measures"] == json.loads((Path(told["folder"]) / "summary.json").read_text(encoding="utf-8"))["measures"]
    )


def test_quiet_prints_nothing(call: Call, folder: Path) -> None:
    crisis = folder.parents[1] / "crisis.yaml"
    assert call("run", crisis, *SMALL, "--out", folder.parent, "-q") == Said(0, "", "")
    assert call("plot", "-q", folder) == Said(0, "", "")
    assert call("report", "--quiet", folder) == Said(0, "", "")


def test_a_folder_of_scenarios_is_compared(call: Call, tmp_path: Path) -> None:
    crises = tmp_path / "crises"
    crises.mkdir()
    (tmp_path / "tiny.yaml").write_bytes(TINY.read_bytes())
    for name in ("one", "two"):
        (crises / f"{name}.yaml").write_text(f"scenario: {name}\ntitle: {name}\nbase: ../tiny.yaml\n", encoding="utf-8")
    said = call("run", crises, *SMALL, "--out", tmp_path / "out")
    assert said.code == 0
    last = said.out.splitlines()[-1]
    assert last.startswith("comparison: ")
    assert str(tmp_path / "out" / "comparison.png") in last
    drawn = {path.suffix for path in (tmp_path / "out").glob("comparison.*")}
    assert drawn == {".csv", ".png", ".svg"}
    assert len(list((tmp_path / "out").glob("*/report.html"))) == 2


def test_a_resolved_scenario_gives_the_same_table(call: Call, folder: Path, tmp_path: Path) -> None:
    said = call("run", folder / results.RESOLVED, *SMALL, "--out", tmp_path / "again", "-q")
    assert said == Said(0, "", "")
    again = tmp_path / "again" / folder.name
    for name in ("outcomes.csv", "outcomes.parquet", "parameters.parquet", results.RESOLVED):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_a_result_is_not_written_anew_from_its_own_scenario(call: Call, folder: Path, tmp_path: Path) -> None:
    kept = Path(shutil.copytree(folder, tmp_path / folder.name))
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    said = call("run", kept / results.RESOLVED, *SMALL, "--out", tmp_path)
    assert said.code == 0
    assert f"report: {kept / 'report.html'}\nThe result is kept as it was" in said.out
    assert said.out.count("chart: ") == len(CHARTS)
    assert {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()} == before
    (kept / "daily.parquet").unlink()
    assert call("run", kept / results.RESOLVED, *SMALL, "--out", tmp_path, "-q") == Said(0, "", "")
    assert (kept / "daily.parquet").is_file()


def test_a_report_is_written_anew(call: Call, folder: Path, tmp_path: Path) -> None:
    kept = Path(shutil.copytree(folder, tmp_path / folder.name))
    before = (kept / "report.html").read_text(encoding="utf-8")
    (kept / "report.html").unlink()
    assert call("report", kept) == Said(0, f"{kept / 'report.html'}\n", "")
    assert (kept / "report.html").read_text(encoding="utf-8") == before


def test_faults_in_the_evidence_stop_no_run(call: Call, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "bad.yaml").write_text("kind: recipe\n", encoding="utf-8")
    said = call("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out")
    assert said.code == 0
    assert "faults in the evidence files, so that reports name no sources; the first: " in said.err
    (page,) = (tmp_path / "out").glob("*/report.html")
    assert "citations are listed by\ntheir ids only" in page.read_text(encoding="utf-8")
    assert call("report", page.parent).code == 1


# A sweep


def test_a_sweep_says_what_came_of_it(call: Call, tmp_path: Path) -> None:
    grid = ("--grid", "actors.OST.support=0,3", "--outcome", "broker_OST", "--outcome", "deaths")
    said = call("run", scenario(tmp_path), *SMALL, *grid, "--out", tmp_path / "out")
    assert (said.code, said.err) == (0, "")
    assert "the lasting truce is brokered by OST" in said.out
    assert re.search(r"^The lasting truce is brokered by OST: .*\.$", said.out, re.MULTILINE)
    (folder,) = (tmp_path / "out").glob("crisis-sweep-*")
    assert f"results: {folder} (2 cells, all measures in sweep.csv)" in said.out
    measured = pd.read_parquet(folder / "sweep.parquet").groupby("name").size()
    assert set(MEASURES) | {"broker_OST"} <= set(measured.index)
    assert set(measured) == {2}, "every measure has a value in every cell"
    again = call("run", scenario(tmp_path), *SMALL, *grid, "--out", tmp_path / "out", "-q")
    assert again == Said(0, "", "")
    alone = call("run", scenario(tmp_path), *SMALL, "--grid", "actors.OST.support=3", "--out", tmp_path / "out")
    assert "(1 cell, all measures in sweep.csv)" in alone.out


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("--grid", "actors.OST.suport=0,3"), 1, "--grid actors.OST.suport=0: actors.OST.suport: unknown key 'suport'"),
        (("--set", "actors.OST.suport=0", "--grid", "actors.OST.support=0,3"), 1, "--set actors.OST.suport=0: actors."),
        (("--grid", "actors.OST.support=0,0"), 2, "sim: --grid actors.OST.support: names a value twice"),
        (("--grid", "horizon_days=30,60", "--grid", "horizon_days=90"), 2, "sim: --grid horizon_days: stands twice"),
        (("--grid", "actors.OST.support=0,3", "--outcome", "broker_OTS"), 2, "sim: unknown outcome 'broker_OTS' (did"),
        (("--outcome", "deaths"), 2, "sim: --outcome goes with --grid"),
    ],
)
def test_faults_of_a_grid_are_named_as_such(
    call: Call,
    tmp_path: Path,
    args: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    said = call("run", scenario(tmp_path), *SMALL, *args, "--out", tmp_path / "out")
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith(says)


# Looking at files


def test_explain_accounts_for_every_value_and_for_the_coders(call: Call) -> None:
    said = call("explain", APRIL)
    assert (said.code, said.err) == (0, "")
    assert "values of the crisis: " in said.out
    assert "values of the model: " in said.out
    assert "by assumption alone (" in said.out
    assert "left out as silent" in said.out
    assert said.out.count("agreement of two coders, Krippendorff's alpha (ordinal): ") == 3


def test_explain_speaks_of_coders_only_where_they_read_something(call: Call, tmp_path: Path) -> None:
    said = call("explain", scenario(tmp_path))
    assert "values of the crisis: " in said.out
    assert "agreement of two coders" not in said.out


def test_explain_names_claims_speakers_and_coders(call: Call) -> None:
    said = call("explain", APRIL, "actors.RUS.engagement")
    assert said.code == 0
    assert "actors.RUS.engagement = " in said.out
    assert "dw2016-01  author; Chase Winter, Deutsche Welle 2016, paragraph 6" in said.out
    assert "coders: first very_high, second very_high (" in said.out


def test_explain_marks_where_articles_disagree_and_what_a_record_fixes(call: Call) -> None:
    said = call("explain", APRIL, "actors.RUS")
    assert "  articles disagree: dw2016-23, dw2016-24 read higher: Winter finds" in said.out
    assert "  articles disagree: bl2016-15 reads lower: Medvedev" in said.out
    assert "  fixed by record-general-arms-imports-arm: " in said.out
    table = call("explain", APRIL).out
    assert "values that articles read in different ways: 5" in table
    assert "articles disagree: " in table and "fixed by " in table


def test_explain_in_json(call: Call) -> None:
    (row,) = json.loads(call("explain", APRIL, "actors.RUS.engagement", "--format", "json").out)
    assert {
        "path",
        "value",
        "range",
        "word",
        "cites",
        "assumption",
        "sources",
        "coders",
        "disagreement",
        "fixed",
    } <= row.keys()
    assert len(json.loads(call("explain", APRIL, "--format", "json").out)) > 100


def test_list_shows_all_scenarios(call: Call) -> None:
    names = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}
    text = call("list", ROOT / "scenarios").out
    assert all(name in text for name in names)
    entries = json.loads(call("list", ROOT / "scenarios", "--format", "json").out)
    assert {entry["scenario"] for entry in entries} == names


def test_list_shows_the_good_files_of_a_folder_and_names_the_faults_of_the_others(call: Call, tmp_path: Path) -> None:
    folder = copy_of_shipped(tmp_path)
    for name in ("july_2020", "april_2016"):
        file = folder / f"{name}.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace("horizon_days:", "horizn_days:"), encoding="utf-8")
    said = call("list", folder)
    assert said.code == 1
    assert "autumn_2020" in said.out
    assert "july_2020.yaml" in said.err and "april_2016.yaml" in said.err and "horizon_days" in said.err


@pytest.mark.parametrize(
    ("runs", "draws", "said"),
    [
        (1, 125, "1 run = 1 draw of the coded ranges x 1 replicate, seed 1"),
        (7, 4, "7 runs = 4 draws of the coded ranges x 1 or 2 replicates, seed 1"),
    ],
)
def test_runs_are_counted_as_they_are(call: Call, tmp_path: Path, runs: int, draws: int, said: str) -> None:
    shown = call("run", scenario(tmp_path), "--runs", runs, "--draws", draws, "--out", tmp_path / "out").out
    assert f"\n{said}" in shown
    assert "\nWith fewer than 5 replicates a draw there are no intervals.\n" in shown


def test_intervals_that_are_there_are_not_said_to_be_missing(call: Call, tmp_path: Path) -> None:
    said = call("run", scenario(tmp_path), "--runs", 20, "--draws", 4, "--out", tmp_path / "out")
    assert said.code == 0 and "there are no intervals" not in said.out


def test_a_scenario_named_twice_is_played_once(call: Call, tmp_path: Path) -> None:
    file = ROOT / "scenarios" / "july_2020.yaml"
    said = call("run", file, file, "--runs", 20, "--draws", 10, "--out", tmp_path)
    assert said.code == 0 and said.out.count("results:") == 1
    assert "20 runs = 10 draws of the coded ranges x 2 replicates" in said.out
    assert not list(tmp_path.glob("comparison*"))


def test_check_reads_hypothesis_files(call: Call, tmp_path: Path) -> None:
    good = ROOT / "tests" / "valid" / "argument.yml"
    assert call("check", "-q", good) == Said(0, "", "")
    bad = tmp_path / "bad.yml"
    bad.write_text(good.read_text().replace("expects: greater", "expects: more").replace("margin", "margn"))
    said = call("check", bad)
    assert said.code == 1
    assert (
        f"{bad}:13: claims.0.expects: the text 'more' is not allowed here; allowed: 'greater', 'less', "
        "'equal', 'at_least' or 'at_most'" in said.err
    )
    assert "unknown key 'margn' (did you mean margin?)" in said.err
