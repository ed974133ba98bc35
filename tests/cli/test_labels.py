"""What the command line set, and which file a row is of, can be seen in titles, names of folders
and tables.
"""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from commands import SMALL, Call, scenario
from markupsafe import escape

from sim.results.reader import open_result
from sim.scenario import load
from sim.scenario.changes import changes, retitled, short_name

pytestmark = pytest.mark.usefixtures("few_charts")

SET = ("--set", "actors.OST.support=2", "--set", "policies.OST=mediate")


ASIDE = ("--set", "actors.OST.stance=null")
"""A party that stands aside at the onset may lose what makes it a mediator."""


def only(out: Path, pattern: str) -> Path:
    (folder,) = out.glob(pattern)
    return folder


# What was set


def test_what_was_set_is_in_title_folder_manifest_charts_and_report(
    call: Call, tmp_path: Path
) -> None:
    said = call(
        "run",
        scenario(tmp_path),
        *SMALL,
        "--set",
        "actors.OST.support=3",
        "--out",
        tmp_path / "out",
    )
    title = "A crisis, with Ostland's support at 3"
    assert said.code == 0 and f"{title}  (crisis)" in said.out
    folder = only(tmp_path / "out", "crisis-OST.support=3-????????")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["title"], manifest["set"]) == (title, {"actors.OST.support": "3"})
    assert f"<h1>{escape(title)}</h1>" in (folder / "report.html").read_text(encoding="utf-8")
    for chart in (folder / "charts").glob("*.svg"):
        assert title in unescape(chart.read_text(encoding="utf-8")), chart.name
    assert call("trace", folder).out.startswith(title)
    assert open_result(folder).loaded.changes == {"actors.OST.support": "3"}


@pytest.mark.slow
def test_what_was_removed_is_seen_too(call: Call, tmp_path: Path) -> None:
    sets = ("--set", "actors.OST.peacekeeping=null", "--set", "title=Another")
    assert call("run", scenario(tmp_path), *SMALL, *sets, "--out", tmp_path / "out", "-q").code == 0
    folder = only(tmp_path / "out", "crisis-OST.peacekeeping=null-????????")
    result = open_result(folder)
    assert result.scenario.title == "Another, with Ostland's peacekeeping removed"
    assert result.loaded.changes == {"actors.OST.peacekeeping": "null"}
    said = call(
        "run", scenario(tmp_path), *SMALL, *sets, "--out", tmp_path / "out", "--format", "json"
    )
    told = json.loads(said.out)
    assert (told["title"], told["set"]) == (result.scenario.title, result.loaded.changes)


@pytest.mark.slow
def test_the_digest_is_of_the_content_and_not_of_how_it_was_stated(
    call: Call, tmp_path: Path
) -> None:
    stated = scenario(tmp_path, body="actors: {OST: {support: 3}}\n")
    assert call("run", stated, *SMALL, "--out", tmp_path / "stated", "-q").code == 0
    sets = ("--set", "actors.OST.support=3")
    assert call("run", scenario(tmp_path), *SMALL, *sets, "--out", tmp_path / "set", "-q").code == 0
    assert (
        only(tmp_path / "stated", "crisis-*").name[-8:]
        == only(tmp_path / "set", "crisis-*").name[-8:]
    )


@pytest.mark.slow
def test_a_result_with_something_set_is_kept_where_its_own_scenario_is_run(
    call: Call, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert (
        call(
            "run", scenario(tmp_path), *SMALL, "--set", "actors.OST.support=3", "--out", out, "-q"
        ).code
        == 0
    )
    folder = only(out, "crisis-*")
    said = call("run", folder / "scenario.resolved.yaml", *SMALL, "--out", out)
    assert "The result is unchanged" in said.out
    assert only(out, "crisis-*") == folder
    assert (
        call("run", folder / "scenario.resolved.yaml", *SMALL, "--out", tmp_path / "new", "-q").code
        == 0
    )
    again = open_result(only(tmp_path / "new", "crisis-*"))
    assert again.scenario.title == "A crisis, with Ostland's support at 3"
    assert again.outcomes.equals(open_result(folder).outcomes)


@pytest.mark.slow
def test_a_sweep_names_what_was_set_beside_its_axes(call: Call, tmp_path: Path) -> None:
    args = ("--set", "horizon_days=20", "--grid", "actors.OST.support=0,3")
    said = call("run", scenario(tmp_path), *SMALL, *args, "--out", tmp_path / "out")
    assert said.code == 0 and "A crisis, with horizon days at 20\n" in said.out
    folder = only(tmp_path / "out", "crisis-horizon_days=20-sweep-????????")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["title"], manifest["set"]) == (
        "A crisis, with horizon days at 20",
        {"horizon_days": "20"},
    )
    assert "A crisis, with horizon days at 20" in (folder / "sweep.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("sets", "name"),
    [
        ((), ""),
        (("actors.OST.support=3",), "OST.support=3"),
        (("policies.OST=aside",), "OST=aside"),
        (
            ("actors.OST.support={range: [1, 2]}", "mechanisms.leverage=0.2"),
            "OST.support=_range_1_2_+leverage=0.2",
        ),
        (("notes=a word for readers",), ""),
        (("a.b=" + "x" * 200,), "a.b=" + "x" * 56),
        (("a.b=../../etc:*?",), "a.b=.._.._etc"),
    ],
)
def test_folder_names_of_what_was_set(sets: tuple[str, ...], name: str) -> None:
    found = changes({str(number): (f"--set {text}", 0) for number, text in enumerate(sets)})
    assert short_name(found) == name


@pytest.mark.parametrize(
    ("sets", "changed"),
    [
        ((), ""),
        (("policies.OST=lean_defender",), "Ostland arming Sudland"),
        (("actors.OST.support={range: [1, 2]}",), "Ostland's support between 1 and 2"),
        (
            ("mechanisms.leverage=0.2", "horizon_days=20"),
            "horizon days at 20 and leverage at 0.2",
        ),
        (("notes=a word for readers",), ""),
        (("events=[{day: 2, actor: OST, do: mediate}]",), "events changed"),
        (
            (f"events=[{{day: 2, actor: OST, do: mediate, assumption: {'long ' * 30}}}]",),
            "events changed",
        ),
    ],
)
def test_titles_say_in_words_what_was_set(
    tmp_path: Path, sets: tuple[str, ...], changed: str
) -> None:
    loaded = load(scenario(tmp_path), sets)
    assert loaded.changed == changed
    assert loaded.scenario.title == retitled("A crisis", changed)


def test_a_long_title_still_loads_from_the_resolved_scenario(tmp_path: Path) -> None:
    path = scenario(tmp_path, title="x" * 2000)
    title = load(path, ["actors.OST.support=3"]).scenario.title
    assert len(title) == 2000 and title.endswith("..., with Ostland's support at 3")


# Several scenarios


def twins(folder: Path) -> list[Path]:
    """Write two scenarios of one name in two folders, and a third of another name."""
    bodies = {"a": "", "b": "actors: {OST: {support: 3}}\n"}
    for name in bodies:
        (folder / name).mkdir()
    files = [scenario(folder / name, "island", body=body) for name, body in bodies.items()]
    return [*files, scenario(folder / "a", "other")]


@pytest.mark.slow
def test_scenarios_of_one_name_are_told_apart_by_their_files(call: Call, tmp_path: Path) -> None:
    said = call("run", *twins(tmp_path), *SMALL, "--out", tmp_path / "out")
    assert said.code == 0
    folder = only(tmp_path / "out", "scenarios-????????")
    rows = pd.read_csv(folder / "comparison.csv")
    assert list(rows["label"].unique()) == ["a/island", "b/island", "other"]
    assert set(rows["scenario"]) == {"island", "other"}
    assert {(tmp_path / "out" / name).is_dir() for name in rows["result"]} == {True}
    chart = (folder / "comparison.svg").read_text(encoding="utf-8")
    for label in ("a/island", "b/island", "other", "3 scenarios, one row each"):
        assert f">{label}<" in chart


@pytest.mark.slow
def test_comparisons_of_other_scenarios_do_not_overwrite_one_another(
    call: Call, tmp_path: Path
) -> None:
    first, second, third = twins(tmp_path)
    tiny = ("--runs", 1, "--draws", 1, "--out", tmp_path / "out", "-q")
    for files in ((first, second), (first, third), (second, first)):
        assert call("run", *files, *tiny).code == 0
    found = list((tmp_path / "out").glob("scenarios-*"))
    assert len(found) == 3
    assert not list((tmp_path / "out").glob("comparison.*"))
    assert call("run", first, second, *tiny, *SET).code == 0
    (new,) = set((tmp_path / "out").glob("scenarios-*")) - set(found)
    text = "one row each, with Ostland's support at 2 and Ostland mediating"
    assert text in unescape((new / "comparison.svg").read_text(encoding="utf-8"))


# Grids in which a measure is there in some cells only


@pytest.mark.slow
def test_a_broker_of_some_cells_only_has_a_share_of_zero_in_the_others(
    call: Call, tmp_path: Path
) -> None:
    grid = (*ASIDE, "--grid", "actors.OST.broker_value=0.9,null", "--outcome", "broker_OST")
    said = call("run", scenario(tmp_path), *SMALL, *grid, "--out", tmp_path / "out")
    assert (said.code, said.err) == (0, "")
    rows = pd.read_parquet(only(tmp_path / "out", "crisis-*sweep-*") / "sweep.parquet")
    shares = rows[rows["name"] == "broker_OST"].set_index("actors.OST.broker_value")["value"]
    assert shares["null"] == 0 and list(shares.index) == ["0.9", "null"]
    other = (*ASIDE, "--grid", "actors.OST.broker_value=null,0.9", "--outcome", "broker_OST")
    assert call("run", scenario(tmp_path), *SMALL, *other, "--out", tmp_path / "out").code == 0


def test_an_outcome_of_no_cell_is_refused_before_anything_is_simulated(
    call: Call, tmp_path: Path
) -> None:
    grid = (
        *ASIDE,
        "--grid",
        "actors.OST.broker_value=null",
        "--outcome",
        "deaths",
        "--outcome",
        "broker_OST",
    )
    said = call("run", scenario(tmp_path), *SMALL, *grid, "--out", tmp_path / "out")
    assert said.code == 2 and said.err.startswith("sim: unknown outcome 'broker_OST'")
    assert not (tmp_path / "out").exists()
