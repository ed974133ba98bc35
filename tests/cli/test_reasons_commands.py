"""The commands `sim why` and `sim diff`: what they print and write, and what they refuse."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from commands import SMALL, Call, here, scenario, single_chart
from PIL import Image

import sim
from sim.reasons import lines
from sim.reasons.difference import COLUMNS
from sim.reasons.why import read
from sim.results.reader import open_result

pytestmark = pytest.mark.usefixtures("few_charts")

OPEN = "actors: {OST: {support: {range: [0, 4]}}}\nparameters: {lethality: {range: [50, 500]}}\n"
"""Values that the invented scenario leaves open, so that something moves deaths."""
SIZE = ("--runs", "60", "--draws", "12", "--workers", "1")


def only(out: Path, pattern: str) -> Path:
    (found,) = out.glob(pattern)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a scenario and its result."""
    where = tmp_path_factory.mktemp("made")
    with single_chart():
        args = ("run", scenario(where, body=OPEN), *SIZE, "--out", where / "out", "-q")
        assert here(*args).code == 0
    return where


@pytest.fixture
def result(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the result, beside a copy of its scenario."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return only(tmp_path / "out", "crisis-*")


# sim why


def test_why_adds_an_experiment_to_a_result(call: Call, result: Path) -> None:
    said = call("why", result, "--workers", "1")
    assert (said.code, said.err) == (0, "")
    assert "Battle deaths of both sides (mean" in said.out
    assert "Experiment in the model" in said.out
    table = pd.read_csv(result / "why.csv")
    assert list(table.columns) == list(lines.COLUMNS)
    assert {"open value", "stance", "level of support"} <= set(table["kind"])
    manifest = json.loads((result / "manifest.json").read_text("utf-8"))
    assert {"why.csv", "why.json", "why.png", "why.svg"} <= set(manifest["files"])
    found = read(open_result(result))
    assert found is not None
    assert found.method == "experiment" and found.sentence in said.out
    assert found.table()["effect"].to_numpy() == pytest.approx(table["effect"], rel=1e-5)


@pytest.mark.slow
def test_why_of_a_scenario_simulates_it_first_and_repeats_byte_for_byte(
    call: Call, tmp_path: Path
) -> None:
    args = ("why", scenario(tmp_path, body=OPEN), *SIZE)
    said = json.loads(call(*args, "--out", tmp_path / "a", "--format", "json").out)
    folder = Path(said["folder"])
    assert said["method"] == "experiment" and (folder / "outcomes.parquet").is_file()
    assert call(*args, "--out", tmp_path / "b", "-q").out == ""
    again = only(tmp_path / "b", "crisis-*")
    for name in ("why.csv", "why.json", "why.svg"):
        assert (folder / name).read_bytes() == (again / name).read_bytes(), name


def test_an_association_is_called_one(call: Call, result: Path) -> None:
    said = call("why", result, "--association")
    assert said.code == 0 and "Association in the runs, not an experiment" in said.out
    assert set(pd.read_csv(result / "why.csv").get("method", [])) <= {"association"}


def test_other_outcomes_can_be_explained(call: Call, result: Path) -> None:
    said = call("why", result, "--outcome", "territory_fought", "--workers", "1")
    assert said.code == 0 and "Territory won by fighting (mean" in said.out
    assert set(pd.read_csv(result / "why.csv")["outcome"]) == {"territory_fought"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--outcome", "death"), "unknown measure 'death' (did you mean deaths?)"),
        (("--set", "horizon_days=3"), "is a result, which has its own"),
        (("--runs", "10"), "is a result, which has its own"),
    ],
)
def test_why_refuses_what_a_result_cannot_do(
    call: Call, result: Path, args: tuple[str, ...], message: str
) -> None:
    said = call("why", result, *args)
    assert said.code == 2 and message in said.err and len(said.err.splitlines()) == 1
    assert not (result / "why.csv").exists()


def test_why_refuses_a_folder_without_runs(call: Call, tmp_path: Path) -> None:
    said = call("why", tmp_path)
    assert said.code == 1 and "not a result folder" in said.err
    assert call("why", "april_2106").code == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"digest": 3}', "null", '{"digest": ' * 9000, '{"lines": NaN}']
)
def test_a_damaged_explanation_is_named(result: Path, content: str) -> None:
    (result / "why.json").write_text(content, encoding="utf-8")
    if content == '{"digest": 3}':  # of another scenario, so it is left alone
        assert read(open_result(result)) is None
        return
    with pytest.raises(sim.InputError, match=r"why\.json: not a valid file of `sim why`"):
        read(open_result(result))


def test_an_explanation_with_other_types_is_named(call: Call, result: Path) -> None:
    assert call("why", result, "--association", "-q").code == 0
    content = json.loads((result / "why.json").read_text("utf-8"))
    for change in (
        {"lines": [1]},
        {"outcomes": [{"name": "x"}]},
        {"method": "guess"},
        {"runs": None},
    ):
        (result / "why.json").write_text(json.dumps({**content, **change}), encoding="utf-8")
        with pytest.raises(sim.InputError):
            read(open_result(result))


# sim diff


def test_a_change_is_compared_with_the_scenario_as_it_is(call: Call, tmp_path: Path) -> None:
    args = ("diff", scenario(tmp_path, body=OPEN), "--set", "policies.OST=aside", *SIZE)
    said = call(*args, "--out", tmp_path / "out")
    assert (said.code, said.err) == (0, "")
    assert "A: the scenario as it is\nB: Ostland standing aside" in said.out
    folder = only(tmp_path / "out", "crisis-OST=aside-diff-????????")
    table = pd.read_csv(folder / "difference.csv")
    assert list(table.columns) == list(COLUMNS)
    assert (folder / "difference.png").is_file() and (folder / "difference.svg").is_file()
    assert table["difference"].to_numpy() == pytest.approx(
        (table["second"] - table["first"]).to_numpy(), abs=1e-4, rel=1e-3
    )
    listed = json.loads(call("results", tmp_path / "out", "--format", "json").out)["results"]
    assert [(entry["kind"], entry["set"]) for entry in listed] == [
        ("difference", {"policies.OST": "aside"})
    ]


@pytest.mark.slow
def test_results_and_scenarios_give_the_same_difference(
    call: Call, result: Path, tmp_path: Path
) -> None:
    path = tmp_path / "crisis.yaml"
    set_aside = ("--set", "policies.OST=aside")
    assert call("run", path, *SIZE, *set_aside, "--out", tmp_path / "out", "-q").code == 0
    aside = only(tmp_path / "out", "crisis-OST=aside-????????")
    ways = (
        ("diff", path, *set_aside, *SIZE),
        ("diff", result, aside),
        ("diff", path, aside),
        ("diff", result, *set_aside),
    )
    found = []
    for number, way in enumerate(ways):
        said = call(*way, "--out", tmp_path / str(number), "--format", "json")
        assert said.code == 0, said.err
        found.append(json.loads(said.out))
    for other in found[1:]:
        assert other["measures"] == found[0]["measures"] and other["paired"]
    assert found[1]["labels"] == ["the scenario as it is", "Ostland standing aside"]


def test_two_changes_are_compared_with_each_other(call: Call, tmp_path: Path) -> None:
    args = ("--set", "actors.OST.support=4", "--against", "actors.OST.support=0")
    said = call(
        "diff", scenario(tmp_path, body=OPEN), *args, *SIZE, "--out", tmp_path, "--format", "json"
    )
    told = json.loads(said.out)
    assert told["labels"] == ["Ostland's support at 0", "Ostland's support at 4"]
    assert told["sentence"].startswith(
        "With Ostland's support at 4 instead of Ostland's support at 0, "
    )


def test_identical_simulations_do_not_differ(call: Call, result: Path, tmp_path: Path) -> None:
    said = call("diff", result, result, "--out", tmp_path / "d", "--format", "json")
    told = json.loads(said.out)
    assert {row["difference"] for row in told["measures"]} == {0.0}
    assert told["sentence"].endswith("nothing differs: all 60 runs match.")


def test_other_crises_are_compared_without_pairs(call: Call, tmp_path: Path) -> None:
    first = scenario(tmp_path)
    second = scenario(tmp_path, name="later", title="Later", body="start: 2002-05-06\n")
    said = call("diff", first, second, *SIZE, "--out", tmp_path / "out")
    assert said.code == 0
    assert "not paired, because they are different crises" in said.out
    assert "“Later”" in said.out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "nothing to compare with; give B, or --set PATH=VALUE"),
        (("--against", "horizon_days=3"), "nothing to compare with"),
        (("april_2016", "--set", "horizon_days=3"), "change a single scenario"),
    ],
)
def test_diff_needs_two_sides(call: Call, args: tuple[str, ...], message: str) -> None:
    said = call("diff", "april_2016", *args)
    assert said.code == 2 and message in said.err and len(said.err.splitlines()) == 1


def test_diff_refuses_sizes_for_results_and_folders_without_runs(
    call: Call, result: Path, tmp_path: Path
) -> None:
    said = call("diff", result, result, "--runs", "9", "--out", tmp_path / "d")
    assert said.code == 2 and "results have their own" in said.err
    assert not (tmp_path / "d").exists()
    (tmp_path / "empty").mkdir()
    said = call("diff", result, tmp_path / "empty")
    assert said.code == 1 and "not a result folder" in said.err
    said = call("diff", result, "--set", "actors.XXX.support=3")
    assert said.code == 1 and "unknown actor 'XXX'" in said.err


@pytest.mark.slow
def test_a_hostile_name_harms_no_folder(call: Call, tmp_path: Path) -> None:
    body = 'actors: {OST: {name: "=cmd|x <b>$y$</b>"}}\n'
    path = scenario(tmp_path, title="../../etc $x$ <i>", body=body)
    sets = ("--set", "actors.OST.support={range: [1, 2]}")
    assert call("diff", path, *sets, *SMALL, "--out", tmp_path / "out", "-q").code == 0
    folder = only(tmp_path / "out", "crisis-*-diff-????????")
    assert "=cmd" not in folder.name
    assert call("why", path, *SMALL, "--out", tmp_path / "out", "-q").code == 0
    for table in (folder / "difference.csv", only(tmp_path / "out", "crisis-????????") / "why.csv"):
        cells = pd.read_csv(table, dtype=str).to_numpy().ravel()
        assert not any(str(cell).startswith(("=", "@")) for cell in cells)


# Python


@pytest.mark.slow
def test_the_python_api_gives_the_numbers_of_the_command(
    call: Call, result: Path, tmp_path: Path
) -> None:
    opened = sim.open_result(result)
    found = sim.why(opened, workers=1)
    assert call("why", result, "--workers", "1", "-q").code == 0
    assert sim.why(opened, workers=1).table().equals(found.table())
    assert found.plot().get_axes() and found.sentence[:20] in found._repr_html_()
    change = {"policies.OST": "aside"}
    differences = sim.diff(opened, set=change, workers=1, out=tmp_path / "py")
    said = call(
        "diff", result, "--set", "policies.OST=aside", "--out", tmp_path / "cli", "--format", "json"
    )
    assert differences.table()["difference"].tolist() == [
        row["difference"] for row in json.loads(said.out)["measures"]
    ]
    assert differences.plot().get_axes() and "difference" in differences._repr_html_()
    with pytest.raises(sim.UsageError, match="needs a second simulation"):
        sim.diff(opened)


@pytest.mark.slow
def test_a_copied_result_can_be_explained(call: Call, result: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(result, tmp_path / "elsewhere" / "copy")
    assert call("why", copy, "--workers", "1", "-q").code == 0
    assert call("why", result, "--workers", "1", "-q").code == 0
    assert (copy / "why.csv").read_bytes() == (result / "why.csv").read_bytes()


# Slides


def size_of(file: Path) -> tuple[int, int]:
    """Return the width and height of an image in pixels."""
    with Image.open(file) as image:
        return image.size


def letters(chart: Path) -> list[str]:
    """Return all texts of a drawing."""
    found = re.findall(r"<text[^>]*>([^<]+)</text>", chart.read_text("utf-8"))
    assert len(found) > 10
    return found


def test_an_explanation_and_a_timeline_have_slides(call: Call, result: Path) -> None:
    for command in ("why", "trace"):
        form = ("--workers", "1") if command == "why" else ("--run", "3", "--format", "chart")
        assert call(command, result, *form).code == 0
    (result / "traces" / "run_3_copy.png").touch()  # is no run
    done = call("plot", result, "--wide")
    assert (done.code, done.err) == (0, "")
    slides = {path.name: size_of(path) for path in (result / "charts" / "wide").glob("*.png")}
    assert {"why.png", "run_3.png"} < set(slides)
    assert "run_3_copy.png" not in slides
    assert set(slides.values()) == {(1920, 1080)}


def test_a_sweep_and_a_difference_are_drawn_again_and_as_slides(
    call: Call, result: Path, tmp_path: Path
) -> None:
    file, out = tmp_path / "crisis.yaml", tmp_path / "other"
    grid = ("run", file, "--grid", "policies.OST=aside,mediate", "--outcome", "deaths")
    assert call(*grid, *SIZE, "--out", out).code == 0
    assert call("diff", file, "--set", "policies.OST=aside", *SIZE, "--out", out).code == 0
    for pattern, name in (("*-sweep-*", "sweep"), ("*-diff-*", "difference")):
        folder = only(out, pattern)
        chart = folder / f"{name}.svg"
        first = letters(chart)
        chart.unlink()
        assert call("plot", folder).out == f"{folder / name}.png\n"
        assert letters(chart) == first  # the same from the files as from the simulation
        slide = folder / "charts" / "wide" / f"{name}.png"
        assert call("plot", folder, "--wide").out == f"{slide}\n"
        assert size_of(slide) == (1920, 1080)
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert f"charts/wide/{name}.png" in manifest["files"]


@pytest.mark.parametrize("content", ["", "name,measure\nx,y\n", "\0"])
def test_a_damaged_difference_is_named(
    call: Call, result: Path, tmp_path: Path, content: str
) -> None:
    out = tmp_path / "other"
    args = ("diff", tmp_path / "crisis.yaml", "--set", "policies.OST=aside", *SIZE, "--out", out)
    assert call(*args).code == 0
    file = only(out, "*-diff-*") / "difference.csv"
    file.write_text(content, encoding="utf-8")
    done = call("plot", file.parent)
    assert done.code == 1
    assert f"{file}: is damaged" in done.err


def test_a_difference_of_no_draws_is_damaged(call: Call, result: Path, tmp_path: Path) -> None:
    out = tmp_path / "other"
    args = ("diff", tmp_path / "crisis.yaml", "--set", "policies.OST=aside", *SIZE, "--out", out)
    assert call(*args).code == 0
    file = only(out, "*-diff-*") / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    manifest["sides"][0]["draws"] = 0
    file.write_text(json.dumps(manifest), encoding="utf-8")
    done = call("plot", file.parent)
    assert done.code == 1
    assert "is damaged, or manifest.json beside it is" in done.err


def test_a_sweep_is_told_in_the_words_of_changes(call: Call, result: Path, tmp_path: Path) -> None:
    out = tmp_path / "other"
    grid = ("--grid", "policies.OST=aside,arms_defender", "--grid", "actors.OST.support=0,4")
    assert call("run", tmp_path / "crisis.yaml", *grid, *SIZE, "--out", out).code == 0
    drawn = (only(out, "*-sweep-*") / "sweep.svg").read_text("utf-8")
    assert "over Ostland's policy and Ostland's support" in drawn
    assert "arms defender" in drawn
    assert (
        "policies.OST" not in drawn and "actors.OST" not in drawn and "arms_defender" not in drawn
    )
