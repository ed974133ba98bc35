"""Result folders: a rerun keeps what the user put there, `sim results` lists them, and --prune
removes old ones.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from commands import SMALL, Call, here, scenario, single_chart
from worlds import SCENARIOS

from sim.io.atomic import ASIDE
from sim.results.layout import entries, remove, superseded
from sim.results.reader import open_result

pytestmark = pytest.mark.usefixtures("few_charts")

OWN = ("notes.md", "charts/mine.png", "traces/run_1.csv", "mine/deep/data.csv")


def own_files(folder: Path) -> None:
    """Put files of a user into a result folder, and a trace."""
    for name in OWN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine", encoding="utf-8")


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def listed(folder: Path, *more: str, without: bool = False) -> None:
    """Add names to those that the manifest lists, or take the list away."""
    file = folder / "manifest.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    files = said.pop("files")
    file.write_text(
        json.dumps(said if without else said | {"files": [*files, *more]}), encoding="utf-8"
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a scenario and two results of it, the newer of seed 2; and one result of another."""
    home = tmp_path_factory.mktemp("folders")
    with single_chart():
        for name, seed in (("crisis", 1), ("crisis", 2), ("other", 1)):
            args = (scenario(home, name), *SMALL, "--seed", seed, "--out", home / "out", "-q")
            assert here("run", *args).code == 0
    return home


@pytest.fixture
def out(source: Path, tmp_path: Path) -> Path:
    """Return a folder with a copy of these results."""
    return Path(shutil.copytree(source / "out", tmp_path / "out"))


@pytest.fixture
def rerun(source: Path, out: Path) -> tuple[object, ...]:
    """Return the command that made the first of these results."""
    for folder in out.glob("*-*"):
        if (folder.name.split("-")[0], seed_of(folder)) != ("crisis", 1):
            shutil.rmtree(folder)
    return ("run", source / "crisis.yaml", *SMALL, "--out", out, "-q")


def seed_of(folder: Path) -> int:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["seed"]


def only(out: Path, pattern: str = "crisis-*") -> Path:
    (folder,) = out.glob(pattern)
    return folder


# Reruns


@pytest.mark.parametrize("args", [(), ("--fresh",)])
def test_a_rerun_keeps_what_the_user_put_there_and_removes_what_it_wrote_before(
    call: Call, out: Path, rerun: tuple[object, ...], args: tuple[str, ...]
) -> None:
    folder = only(out)
    written = names(folder)
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"] == sorted(
        written
    )
    own_files(folder)
    (folder / "charts" / "of_another_version.png").write_text("old", encoding="utf-8")
    listed(folder, "charts/of_another_version.png")
    assert call(*rerun, *args).code == 0
    assert names(folder) == written | set(OWN)


def test_a_rerun_over_an_older_folder_knows_by_name_what_was_written(
    call: Call, out: Path, rerun: tuple[object, ...]
) -> None:
    folder = only(out)
    written = names(folder)
    own_files(folder)
    (folder / "posterior.parquet").write_text("of an older run", encoding="utf-8")
    listed(folder, without=True)
    assert call(*rerun).code == 0
    assert names(folder) == written | set(OWN)


def test_a_manifest_cannot_name_files_outside_its_folder(
    call: Call, out: Path, rerun: tuple[object, ...], tmp_path: Path
) -> None:
    folder = only(out)
    outside = tmp_path / "precious.txt"
    outside.write_text("mine", encoding="utf-8")
    (folder / "link").symlink_to(tmp_path)
    listed(folder, "../../precious.txt", str(outside), "link/precious.txt")
    assert call(*rerun).code == 0
    remove(folder)
    assert outside.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", ["plot", "report"])
def test_charts_and_report_are_made_anew_beside_files_of_the_user(
    call: Call, out: Path, rerun: object, command: str
) -> None:
    folder = only(out)
    written = names(folder)
    own_files(folder)
    assert call(command, folder, "-q").code == 0
    assert names(folder) == written | set(OWN)


def test_charts_that_are_no_longer_drawn_go_away(call: Call, out: Path, rerun: object) -> None:
    folder = only(out)
    written = names(folder)
    (folder / "charts" / "of_another_version.png").write_text("old", encoding="utf-8")
    listed(folder, "charts/of_another_version.png")
    assert call("plot", folder, "-q").code == 0
    assert names(folder) == written


@pytest.mark.slow
def test_a_sweep_and_a_comparison_of_scenarios_keep_files_of_the_user(
    call: Call, tmp_path: Path
) -> None:
    files = scenario(tmp_path, "one"), scenario(tmp_path, "two")
    for args in ((*files,), (files[0], "--grid", "actors.OST.support=0,3")):
        for _ in range(2):
            assert call("run", *args, *SMALL, "--out", tmp_path / "out", "-q").code == 0
            for folder in (tmp_path / "out").glob("*-*"):
                (folder / "notes.md").write_text("mine", encoding="utf-8")
        assert {(folder / "notes.md").is_file() for folder in (tmp_path / "out").glob("*-*")} == {
            True
        }
    assert only(tmp_path / "out", "one-sweep-*") and only(tmp_path / "out", "scenarios-*")


@pytest.mark.slow
def test_a_result_shares_its_posterior_with_others_and_runs_without_them(
    call: Call, tmp_path: Path
) -> None:
    shipped = SCENARIOS / "july_2020.yaml"
    small = ("--runs", 8, "--draws", 4, "-q")
    for seed in (1, 2):
        assert call("run", shipped, *small, "--seed", seed, "--out", tmp_path / "out").code == 0
    one, two = sorted((tmp_path / "out").glob("july_2020-*"))
    assert (one / "posterior.parquet").samefile(two / "posterior.parquet")
    moved = Path(shutil.copytree(one, tmp_path / "elsewhere" / one.name))
    shutil.rmtree(tmp_path / "out")
    seed = open_result(moved).manifest["seed"]
    assert (
        call(
            "run",
            moved / "scenario.resolved.yaml",
            *small,
            "--seed",
            seed,
            "--out",
            tmp_path / "new",
        ).code
        == 0
    )
    again = tmp_path / "new" / one.name
    assert (again / "outcomes.parquet").read_bytes() == (moved / "outcomes.parquet").read_bytes()


# Listing


def made(out: Path, name: str, manifest: str, **said: object) -> Path:
    """Write a folder that holds a manifest only, as earlier versions did."""
    (out / name).mkdir(parents=True)
    (out / name / manifest).write_text(json.dumps(said), encoding="utf-8")
    return out / name


def some_results(out: Path) -> None:
    """Write manifests of every kind but runs."""
    score = {"crisis": "april_2016", "forecast": "prior"}
    made(out, "fit-1", "fit.json", crises=["april_2016"], draws=10, settings={"seed": 3})
    made(
        out,
        "compare-1",
        "comparison.json",
        kind="comparison",
        arguments=[{"name": "golts"}],
        seed=1,
        claims=3,
        runs=9,
    )
    made(out, "calibration-1", "calibration.json", worlds=4)
    made(out, "score-1", "scores.json", how={"seed": 4}, scores=[score])
    axes = [{"path": "actors.OST.support", "values": ["0", "3"]}]
    made(
        out,
        "x-sweep-1",
        "manifest.json",
        scenario="x",
        title="X",
        axes=axes,
        runs=60,
        draws=6,
        seed=1,
    )


@pytest.mark.slow
def test_results_of_every_kind_are_listed(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = scenario(tmp_path, "one"), scenario(tmp_path, "two")
    assert (
        call("run", *files, *SMALL, "--set", "actors.OST.support=1", "--out", out, "-q").code == 0
    )
    some_results(out)
    (out / "of_my_own").mkdir()
    (out / "notes.md").write_text("mine", encoding="utf-8")
    told = json.loads(call("results", out, "--format", "json").out)
    by_kind = {entry["kind"]: entry for entry in told["results"]}
    assert sorted(entry["kind"] for entry in told["results"]) == sorted([*by_kind, "run"])
    assert set(by_kind) == {
        "run",
        "sweep",
        "scenarios",
        "comparison",
        "fit",
        "calibration",
        "scores",
    }
    run = by_kind["run"]
    assert run["title"] == "A crisis, with Ostland's support at 1"
    assert (run["set"], run["runs"], run["seed"]) == ({"actors.OST.support": "1"}, 12, 1)
    assert run["bytes"] > 10_000 and told["stores"][".blocks"] > 1000
    assert by_kind["sweep"]["runs"] == 120
    assert (by_kind["fit"]["seed"], by_kind["scores"]["seed"]) == (3, 4)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", by_kind["fit"]["written"])
    text = call("results", out).out
    for entry in told["results"]:
        assert Path(entry["folder"]).name in text
    assert "actors.OST.support=1" in text and "of_my_own" not in text
    assert re.search(r"\.blocks: \d+(\.\d+)? kB of finished blocks", text)


def test_an_older_result_and_a_damaged_one_are_listed(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    older = Path(shutil.copytree(folder, tmp_path / "older"))
    said = json.loads((older / "manifest.json").read_text(encoding="utf-8"))
    for name in ("kind", "title", "set", "files"):
        del said[name]
    (older / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    for name, text in (
        ("torn", '{"scen'),
        ("a_list", "[]"),
        ("bare", "{}"),
        ("odd", '{"scenario": [], "runs": 3}'),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(text, encoding="utf-8")
    told = {
        Path(entry["folder"]).name: entry
        for entry in json.loads(call("results", tmp_path, "--format", "json").out)["results"]
    }
    assert told["older"]["title"] == "[bold]Loud[/bold] $x$ <b>"
    assert (told["older"]["kind"], told["older"]["runs"]) == ("run", 12)
    assert {told[name]["kind"] for name in ("torn", "a_list", "bare", "odd")} == {"damaged"}


def test_where_there_are_no_results(call: Call, tmp_path: Path) -> None:
    said = call("results", tmp_path)
    assert (said.code, said.err) == (0, "")
    assert f"no result folders in {tmp_path}" in said.out
    assert call("results", tmp_path / "none").err == f"{tmp_path / 'none'}: no such folder\n"
    assert call("results", tmp_path, "--yes").code == 2


# Pruning


@pytest.fixture
def three(out: Path) -> Path:
    """Return a folder with two results of one scenario, one of another, and two fits."""
    made(out, "fit-1", "fit.json", crises=["crisis"], draws=10)
    made(out, "fit-2", "fit.json", crises=["crisis"], draws=10)
    return out


def kept_in(out: Path) -> set[tuple[str, int | None]]:
    return {(entry.folder.name.split("-")[0], entry.seed) for entry in entries(out)}


def test_all_but_the_newest_of_each_scenario_are_removed(call: Call, three: Path) -> None:
    said = call("results", three, "--prune", "--yes")
    assert (said.code, said.err) == (0, "")
    assert kept_in(three) == {("crisis", 2), ("other", 1), ("fit", None)}
    assert len(list(three.glob("fit-*"))) == 2
    assert not (three / ".blocks").exists()
    assert call("results", three, "--prune", "--yes", "-q").code == 0
    assert kept_in(three) == {("crisis", 2), ("other", 1), ("fit", None)}


def test_results_of_different_experiments_are_no_copies(tmp_path: Path) -> None:
    sweep = {"title": "X", "seed": 1, "draws": 6}
    axes = [[{"path": "a", "values": ["0", end]}] for end in "33"] + [
        [{"path": "b", "values": ["0"]}]
    ]
    runs = [({}, 2000), ({"x": "1"}, 2000), ({"x": "2"}, 100), ({"x": "2"}, 2000)]
    for number, (given, size) in enumerate(runs):
        about = {"title": "X", "set": given, "runs": {"done": size}}
        made(
            tmp_path,
            f"run-{number}",
            "manifest.json",
            scenario="x",
            written=f"2026-01-0{number + 1}",
            **about,
        )
    for number, over in enumerate(axes):
        about = {"written": f"2026-01-0{number + 1}", "runs": 60, "axes": over, **sweep}
        made(tmp_path, f"sweep-{number}", "manifest.json", scenario="x", **about)
    for name in ("prior", "left out"):
        scores = [{"crisis": "x", "forecast": name}]
        made(tmp_path, f"score-{name}", "scores.json", how={}, scores=scores)
    gone = {entry.folder.name for entry in superseded(entries(tmp_path))}
    assert gone == {"run-2", "sweep-0"}


def test_nothing_is_removed_where_something_may_not_be(
    call: Call, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (gone,) = superseded(entries(three))
    before = names(three)
    monkeypatch.setattr("os.access", lambda path, mode: not mode & os.W_OK or Path(path) != three)
    said = call("results", three, "--prune", "--yes")
    assert (said.code, said.out) == (1, "")
    assert said.err == f"{three}: no permission to remove what is in it, so nothing was removed\n"
    assert names(three) == before and gone.folder.is_dir()


def test_a_folder_with_a_file_of_the_user_stays_with_that_file(call: Call, three: Path) -> None:
    (gone,) = superseded(entries(three))
    (gone.folder / "notes.md").write_text("mine", encoding="utf-8")
    (gone.folder / "traces").mkdir()
    (gone.folder / "traces" / "run_1.csv").write_text("a trace", encoding="utf-8")
    (three / ".blocks" / "mine.txt").write_text("mine", encoding="utf-8")
    said = call("results", three, "--prune", "--yes")
    stays = f"{gone.folder}: the result was removed, and your files stay: notes.md"
    assert stays in said.out
    assert names(gone.folder) == {"notes.md"}
    assert names(three / ".blocks") == {"mine.txt"}


@pytest.mark.parametrize("older", [(), ("--older-than", 0)])
def test_nothing_behind_a_link_is_removed(
    call: Call, three: Path, tmp_path: Path, older: tuple[object, ...]
) -> None:
    (gone,) = superseded(entries(three))
    archive = gone.folder.rename(tmp_path / gone.folder.name)
    gone.folder.symlink_to(archive)
    store = (three / ".blocks").rename(tmp_path / "blocks")
    (three / ".blocks").symlink_to(store)
    before = names(archive), names(store)
    said = call("results", three, "--prune", *older, "--yes")
    assert said.code == 0
    assert f"{gone.folder}: stays, because it is a link" in said.out
    assert (names(archive), names(store)) == before
    assert gone.folder.is_symlink()


def test_a_link_to_the_newest_result_does_not_supersede_it(call: Call, three: Path) -> None:
    (gone,) = superseded(entries(three))
    newest = next(entry.folder for entry in entries(three) if entry.seed == 2)
    (three / "zz-latest").symlink_to(newest)
    assert call("results", three, "--prune", "--yes").code == 0
    assert newest.is_dir() and not gone.folder.exists()


def test_no_store_is_written_through_a_link(call: Call, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / ".blocks").symlink_to(elsewhere)
    said = call("run", scenario(tmp_path), *SMALL, "--out", out, "-q")
    why = "is a link that leads outside; nothing is written there"
    assert (said.code, said.err) == (1, f"sim: {out / '.blocks'}: {why}\n")
    assert not any(elsewhere.iterdir())


def test_removing_needs_somebody_who_can_be_asked(
    call: Call, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = names(three)
    monkeypatch.setattr("sys.stdin", None)
    said = call("results", three, "--prune", "-q")
    assert said.code == 2 and "standard input is closed" in said.err and "--yes" in said.err
    assert names(three) == before


def test_links_in_a_removed_result_stay_and_are_named(
    call: Call, three: Path, tmp_path: Path
) -> None:
    (gone,) = superseded(entries(three))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    left = elsewhere / f"{ASIDE}{'0' * 8}-1-0"
    left.write_text("mine", encoding="utf-8")
    os.utime(left, (0, 0))
    (gone.folder / "archive").symlink_to(elsewhere)
    said = call("results", three, "--prune", "--yes")
    assert f"{gone.folder}: the result was removed, and your files stay: archive" in said.out
    assert left.is_file()
    assert [path.name for path in gone.folder.iterdir()] == ["archive"]


def test_a_rerun_does_not_write_through_a_link(call: Call, tmp_path: Path) -> None:
    asked = ("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out", "-q")
    assert call(*asked).code == 0
    (result,) = (tmp_path / "out").glob("*-*")
    archive = result.rename(tmp_path / result.name)
    result.symlink_to(archive)
    before = (archive / "manifest.json").read_bytes()
    said = call(*asked)
    assert (said.code, said.err) == (
        1,
        f"sim: {result}: is a link; nothing is written through it\n",
    )
    assert (archive / "manifest.json").read_bytes() == before


def test_results_older_than_some_days_are_removed(call: Call, three: Path) -> None:
    old = next(entry.folder for entry in entries(three) if entry.scenario == "other")
    said = json.loads((old / "manifest.json").read_text(encoding="utf-8"))
    (old / "manifest.json").write_text(
        json.dumps(said | {"written": "2020-01-01T00:00:00+00:00"}), encoding="utf-8"
    )
    for fit in three.glob("fit-*/fit.json"):
        os.utime(fit, (0, time.time() - 9 * 86400))
    told = json.loads(
        call("results", three, "--prune", "--older-than", 7, "--yes", "--format", "json").out
    )
    assert told["removed"] == [str(old)] and told["bytes"] > 10_000
    assert kept_in(three) == {("crisis", 1), ("crisis", 2), ("fit", None)}


@pytest.mark.parametrize(("answer", "left"), [("n\n", 3), ("\n", 3), ("y\n", 2)])
def test_removing_waits_for_a_yes(
    call: Call, three: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    (gone,) = superseded(entries(three))
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    said = call("results", three, "--prune")
    assert str(gone.folder) in said.out
    assert "Remove 1 result" in said.err
    assert len([entry for entry in entries(three) if entry.kind == "run"]) == left
