"""The command line: what it prints, where, and with which exit code; a user's mistake never ends in
a traceback.
"""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import APRIL, HERE, ROOT, SMALL, Call, Done, scenario, shell
from worlds import copy_of_shipped

from sim import cli
from sim.cli import COMMANDS, app, completing
from sim.workspace import schemas

SEVERAL = HERE / "invalid" / "several_faults.yaml"


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
    assert said == Done(
        2, "", "sim: unknown kind 'recipe'; allowed: scenario, hypothesis, evidence\n"
    )


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_a_schema_is_printed_as_it_is_kept(call: Call, kind: str) -> None:
    assert call("schema", kind) == Done(0, schemas.text(kind), "")


def test_help_and_version(call: Call) -> None:
    assert call("--version").out.startswith("demarche 0.")
    said = call("--help")
    assert said.code == 0
    words = " ".join(said.out.split())
    for command in app.registered_commands:
        says = inspect.getdoc(command.callback).split("\n\n")[0]
        assert f"{command.name} {' '.join(says.split())}" in words
    assert all(f"{heading}:" in said.out for heading in COMMANDS)


@pytest.mark.parametrize(
    ("asked", "words", "offered"),
    [
        (1, "sim ru", ["run"]),
        (1, "sim run", ["run"]),
        (2, "sim run --dr", ["--draws"]),
        (2, "sim run april_2016_i", ["april_2016_iran"]),
        (2, "sim list --cri", ["--crises"]),
        (2, "sim nothing --cri", []),
    ],
)
def test_bash_is_offered_what_may_follow(
    call: Call, monkeypatch: pytest.MonkeyPatch, asked: int, words: str, offered: list[str]
) -> None:
    monkeypatch.setenv("_SIM_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(asked))
    monkeypatch.setattr("sys.argv", ["sim"])
    assert call().out.split() == offered


def test_a_command_alone_is_prepared_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def names(*words: str) -> list[str | None]:
        return [info.name for info in cli._app_for(words).registered_commands]

    every = names()
    assert names("run", "plot") == ["run"]
    assert every == names("rnu") == names("--help") == names("--version", "run")
    assert len(every) == sum(map(len, COMMANDS.values()))
    assert [info.name for info in app.registered_commands] == every
    monkeypatch.setenv("COMP_WORDS", "sim plot")  # left over in an environment: nobody asks
    monkeypatch.setenv("COMP_CWORD", "two")
    monkeypatch.setattr("sys.argv", ["sim", "run"])
    assert cli._words() == ["run"]
    monkeypatch.setenv("_SIM_COMPLETE", "complete_bash")
    assert cli._words() == []


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
    others = [
        scenario(tmp_path, name, body="policies: {SUD: mediate}\n") for name in ("one", "two")
    ]
    for command in ("run", "check"):
        said = call(command, *others, SEVERAL)
        assert (said.code, said.out) == (1, "")
        assert "nothing is simulated" not in said.err
        lines = said.err.splitlines()
        assert {line.split(".yaml:")[0].rsplit("/", 1)[-1] for line in lines} == {
            "one",
            "two",
            "several_faults",
        }
        assert len(lines) == 8


def test_a_folder_with_a_bad_file_is_not_played_and_its_good_files_are_not_to_blame(
    call: Call, tmp_path: Path
) -> None:
    scenario(tmp_path, "good")
    bad = [scenario(tmp_path, name, body="policies: {SUD: mediate}\n") for name in ("one", "two")]
    said = call("run", tmp_path, *SMALL, "--out", tmp_path / "out")
    assert (said.code, said.out) == (1, "")
    left_out, first, *lines = said.err.splitlines()
    assert left_out == "sim: skipped, because they are not scenarios: tiny.yaml"
    assert first == "sim: nothing is simulated: 2 of 3 files have faults"
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
    assert f"{seeds / 'more.yaml'}:5: works.0.id: 'lit-kydd2003' is also stated in " in said.err


def test_check_looks_up_what_readings_name_in_the_other_files(call: Call, tmp_path: Path) -> None:
    seeds = Path(shutil.copytree(ROOT / "seeds", tmp_path / "seeds"))
    path = seeds / "readings.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[bl2016-03]", "[bl2016-333]", 1), encoding="utf-8")
    line = text[: text.index("[bl2016-03]")].count("\n") + 1
    said = call("check", path)
    assert said.code == 1
    assert said.err.startswith(
        f"{path}:{line}: disagreements.0.readings.0.cites.0: no claim of an article 'bl2016-333'"
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
    assert (
        f"{path}:30: actors.TUR.support: 2.6 to 3.5 does not cover the coders' readings, 2.5 to 3.5"
        in first
    )
    assert (
        "items.4.path: autumn_2020.yaml has no value at actors.RUS.engagment (did you mean"
        in second
    )
    assert second.startswith(f"{coding}:")


def test_check_names_an_unknown_citation(call: Call, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    copy_of_shipped(tmp_path)
    path = tmp_path / "scenarios" / "autumn_2020.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("[sp2020-48, sp2020-18]", "[sp2020-048, sp2020-18]"), encoding="utf-8"
    )
    line = text[: text.index("[sp2020-48, sp2020-18]")].count("\n") + 1
    said = call("check", path)
    message = "cites 'sp2020-048', which is in no evidence file (did you mean sp2020-48?)"
    assert said == Done(1, "", f"{path}:{line}: actors.USA.engagement: {message}\n")


def test_check_passes_all_that_is_shipped(call: Call) -> None:
    files = [*(ROOT / "scenarios").glob("*.yaml"), *(ROOT / "scenarios" / "base").glob("*.yaml")]
    files += (ROOT / "seeds").glob("*.yaml")
    said = call("check", *files)
    assert (said.code, said.err) == (0, "")
    first, second = said.out.splitlines()
    assert first == f"{len(files)} files checked, no faults"
    assert "claims not cited by any of these scenarios: " in second and "dw2016-36" in second
    assert call("check", "-q", APRIL) == Done(0, "", "")


def test_check_says_nothing_of_unused_claims_if_there_are_none(call: Call) -> None:
    done = call("check", APRIL, ROOT / "seeds" / "record.yaml")
    assert done == Done(0, "2 files checked, no faults\n", "")


def test_check_compares_the_articles_texts(call: Call, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Not this.\n", encoding="utf-8")
    path = ROOT / "seeds" / "mk2020.yaml"
    said = call("check", path, "--texts", tmp_path)
    line = next(
        n for n, text in enumerate(path.read_text().splitlines(), 1) if text.startswith("digest:")
    )
    assert said == Done(1, "", f"{path}:{line}: digest: no file in {tmp_path} is this article\n")


@pytest.mark.parametrize(
    ("complete", "begun", "completed"),
    [
        (
            completing.scenarios,
            "april_2016_",
            ["april_2016_iran", "april_2016_syria", "april_2016_tilt"],
        ),
        (completing.arguments, "gol", ["golts"]),
        (completing.shipped_files, "mod", ["model"]),
        (completing.all_files, "pai", ["pairs"]),
        (completing.measures, "failed_", ["failed_truces", "failed_stops"]),
        (completing.crises, "jul", ["july_2020"]),
        (completing.schemas, "ev", ["evidence"]),
        (completing.results, "nowhere", []),
    ],
)
def test_the_shell_completes_names(
    complete: Callable[[str], list[str]], begun: str, completed: list[str]
) -> None:
    assert complete(begun) == completed


def test_help_is_asked_for_in_every_way(call: Call) -> None:
    bare, short, full = call(), call("-h"), call("--help")
    assert bare.code == short.code == full.code == 0
    assert short == full and bare.out.split() == full.out.split()


def test_mistakes_with_files_name_the_remedy(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = call("run", APRIL, "--set", "parameters.posterior=none", "--out", tmp_path / "out")
    assert (
        said.code == 1
        and "'none' is no such file; for draws of the coded ranges, write null" in said.err
    )
    (tmp_path / "a.txt").touch()
    said = call("init", tmp_path / "a.txt")
    assert said == Done(1, "", f"{tmp_path / 'a.txt'}: is a file; choose the name of a folder\n")
    said = call("explain", APRIL, "contest")
    assert said.err == "contest: no value at this path (did you mean mechanisms.contest?)\n"
    said = call("compare", "pairs", "--quick")
    assert said.code == 2 and "sim compare ARGUMENT pairs" in said.err

    def refuse(*args: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / ".writing-1-2-3" / "x.csv"))

    monkeypatch.setattr("sim.catalogue.entries", refuse)
    monkeypatch.setattr("sim.cli.workspace.entries", refuse)
    assert call("list").err == f"sim: {tmp_path}: Permission denied\n"


@pytest.mark.parametrize("command", ["plot", "report"])
def test_what_is_no_result_folder(call: Call, tmp_path: Path, folder: Path, command: str) -> None:
    (tmp_path / "empty").mkdir()
    said = call(command, tmp_path / "empty")
    assert said == Done(
        1, "", f"{tmp_path / 'empty'}: not a result folder: scenario.resolved.yaml is missing\n"
    )
    missing = f"{tmp_path / 'none'}: no such folder; sim results lists all result folders\n"
    assert call(command, tmp_path / "none") == Done(1, "", missing)
    similar = folder.parent / "crisis"  # as a user may shorten the name
    hint = f"{similar}: no such folder (did you mean {folder}"
    assert call(command, similar).err.startswith(hint)
    assert call(command, APRIL) == Done(1, "", f"{APRIL}: is a file, not a result folder\n")


@pytest.mark.parametrize("command", ["plot", "report"])
@pytest.mark.parametrize("name", ["outcomes.parquet", "manifest.json"])
def test_a_spoilt_result_folder(
    call: Call, tmp_path: Path, folder: Path, command: str, name: str
) -> None:
    spoilt = Path(shutil.copytree(folder, tmp_path / folder.name))
    (spoilt / name).write_bytes(b"PAR1 and no more")
    said = call(command, spoilt)
    assert (said.code, said.out) == (1, "")
    kind = "JSON" if name.endswith("json") else "Parquet"
    what = f"is damaged or no {kind} file; simulate the scenario again"
    assert said.err == f"{spoilt / name}: {what}\n"


@pytest.mark.parametrize("below", [False, True])
def test_an_out_folder_that_is_a_file(call: Call, tmp_path: Path, below: bool) -> None:
    out = tmp_path / "taken"
    out.write_text("", encoding="utf-8")
    said = call("run", scenario(tmp_path), *SMALL, "--out", out / "below" if below else out)
    assert (said.code, said.out) == (1, "")
    assert "cannot be used for results: " in said.err
    assert len(said.err.splitlines()) == 1


def test_an_out_folder_that_cannot_be_written(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "os.access", lambda path, mode: not mode & os.W_OK
    )  # a superuser may write anywhere
    said = call("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out")
    assert said == Done(
        1, "", f"{tmp_path / 'out'}: cannot be used for results: no permission to write\n"
    )


def test_a_folder_without_scenarios(call: Call, tmp_path: Path) -> None:
    for command in ("run", "list"):
        said = call(command, tmp_path)
        assert said == Done(
            1, "", f"{tmp_path}: no scenario files (*.yaml, *.yml) in this folder\n"
        )


def test_explaining_without_evidence(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("explain", scenario(tmp_path))
    assert said.code == 1
    assert "cites nothing that is in the evidence" in said.err


def test_explaining_an_unknown_path(call: Call) -> None:
    said = call("explain", APRIL, "actors.RUS.tie")
    assert said == Done(
        1, "", "actors.RUS.tie: no value at this path (did you mean actors.RUS.ties?)\n"
    )


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("check", ""), "an argument is empty"),
        (("init", " "), "an argument is empty"),
        (("run", "april_2016", "--out", ""), "an argument is empty"),
        (("run", "april_2016", "--out="), "--out: is empty"),
    ],
)
def test_an_empty_argument_is_not_the_working_folder(
    call: Call, args: tuple[str, ...], says: str
) -> None:
    said = call(*args)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"sim: {says}; is a variable of the shell not set?\n"


def test_stray_files_among_the_evidence_are_named_up_to_a_limit(call: Call, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    for number in range(13):
        (tmp_path / "seeds" / f"{number:02}.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "seeds" / "record.yaml").write_text("kind: record\nfacts: []\n", encoding="utf-8")
    told = call("check", tmp_path).err.splitlines()
    assert len(told) == 11 and "09.yaml: not read as evidence" in told[9]
    assert told[10] == "sim: 3 more files not read as evidence"


def test_a_value_that_needs_no_source_is_shown_with_its_place(call: Call, tmp_path: Path) -> None:
    path = scenario(tmp_path, body="horizon_days: 30\n")
    said = call("explain", path, "horizon_days")
    assert said.out == f"horizon_days = 30   [{path}:4]\n  needs no source\n"
    (row,) = json.loads(call("explain", path, "start", "--format", "json").out)
    assert (row["value"], row["kind"]) == ("2001-05-06", "assumption")
