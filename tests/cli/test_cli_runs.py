"""Runs, sweeps and looks at files, as a user calls them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from commands import APRIL, ROOT, SMALL, TINY, Call, Done, scenario
from worlds import copy_of_shipped

from sim import charts
from sim.charts import CHARTS
from sim.outcomes.summary_measures import MEASURES
from sim.results import reader

pytestmark = pytest.mark.usefixtures("few_charts")

# A run


def test_a_run_names_what_it_wrote_and_prints_titles_as_they_are(folder: Path) -> None:
    printed = (folder.parents[1] / "printed.txt").read_text(encoding="utf-8")
    assert "[bold]Loud[/bold] $x$ <b>  (crisis)" in printed
    assert f"results: {folder}\n" in printed
    assert f"report: {folder / 'report.html'}\n" in printed
    for name in (chart.name for chart in CHARTS):
        assert f"chart: {folder / 'charts' / name}.png\n" in printed
    assert "&lt;b&gt;" in (folder / "report.html").read_text(encoding="utf-8")
    assert "12 runs = 4 draws of the coded ranges x 3 replicates, seed 1" in printed


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """Return a copy of a result, in the folder of the test."""
    return Path(shutil.copytree(folder, tmp_path / folder.name))


@pytest.mark.slow
def test_json_holds_what_the_table_shows(call: Call, folder: Path, tmp_path: Path) -> None:
    said = call(
        "run", folder.parents[1] / "crisis.yaml", *SMALL, "--out", tmp_path, "--format", "json"
    )
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    shown = (folder.parents[1] / "printed.txt").read_text(encoding="utf-8")
    assert told["sentence"] in shown
    assert Path(told["folder"]).is_dir()
    for measure, line in zip(told["measures"], reader.open_result(folder).measures, strict=True):
        assert (measure["name"], measure["value"], measure["unit"]) == (
            line.name,
            line.value,
            line.unit,
        )
        assert (line.says in shown) is (line.unit != "probability" or line.value > 0)
    assert (
        told["measures"]
        == json.loads((Path(told["folder"]) / "summary.json").read_text(encoding="utf-8"))[
            "measures"
        ]
    )


@pytest.mark.slow
def test_a_folder_of_scenarios_is_compared(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    crises = tmp_path / "crises"
    crises.mkdir()
    (tmp_path / "tiny.yaml").write_bytes(TINY.read_bytes())
    for name in ("one", "two"):
        (crises / f"{name}.yaml").write_text(
            f"scenario: {name}\ntitle: {name}\nbase: ../tiny.yaml\n", encoding="utf-8"
        )
    said = call("run", crises, *SMALL, "--out", tmp_path / "out")
    assert said.code == 0
    last = said.out.splitlines()[-1]
    assert last.startswith("comparison: ")
    (compared,) = (tmp_path / "out").glob("scenarios-*")
    assert str(compared / "comparison.png") in last
    assert {path.name for path in compared.iterdir()} == {
        *(f"comparison.{form}" for form in ("csv", "png", "svg")),
        "manifest.json",
    }
    assert len(list((tmp_path / "out").glob("*/report.html"))) == 2


def test_a_resolved_scenario_gives_the_same_table(call: Call, folder: Path, tmp_path: Path) -> None:
    said = call("run", folder / reader.RESOLVED, *SMALL, "--out", tmp_path / "again", "-q")
    assert said == Done(0, "", "")
    again = tmp_path / "again" / folder.name
    for name in ("outcomes.csv", "outcomes.parquet", "parameters.parquet", reader.RESOLVED):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_a_result_is_not_written_anew_from_its_own_scenario(call: Call, copy: Path) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    run = ("run", copy / reader.RESOLVED, *SMALL, "--out", copy.parent)
    done = call(*run)
    assert done.code == 0
    assert f"report: {copy / 'report.html'}\nThe result is unchanged" in done.out
    assert done.out.count("chart: ") == len(charts.CHARTS)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    (copy / "daily.parquet").unlink()
    assert call(*run, "-q") == Done(0, "", "")
    assert (copy / "daily.parquet").is_file()


def test_charts_are_drawn_and_a_report_is_written_anew_and_quietly(
    call: Call, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "CHARTS", CHARTS)  # all of them, as when the result was made
    before = (copy / "report.html").read_text(encoding="utf-8")
    (copy / "report.html").unlink()
    assert call("report", copy) == Done(0, f"{copy / 'report.html'}\n", "")
    assert (copy / "report.html").read_text(encoding="utf-8") == before
    for command in ("report", "plot"):
        assert call(command, "-q", copy) == Done(0, "", "")


@pytest.mark.slow
def test_a_run_without_charts_has_tables_and_a_report_and_drops_old_charts(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(folder, out / folder.name)
    said = call("run", folder.parents[1] / "crisis.yaml", *SMALL, "--out", out, "--no-charts")
    assert (said.code, said.err) == (0, "")
    assert "chart:" not in said.out and f"report: {out / folder.name / 'report.html'}" in said.out
    assert not (out / folder.name / "charts").exists()
    page = (out / folder.name / "report.html").read_text("utf-8")
    assert "data:image" not in page
    for name in ("outcomes.csv", "summary.csv", "daily.parquet"):
        assert (out / folder.name / name).read_bytes() == (folder / name).read_bytes()


def test_several_scenarios_without_charts_have_a_table_alone(call: Call, tmp_path: Path) -> None:
    files = (scenario(tmp_path), tmp_path / "again.yaml")
    files[1].write_text(files[0].read_text("utf-8").replace("crisis", "again"), "utf-8")
    said = call("run", *files, *SMALL, "--out", tmp_path / "out", "--no-charts")
    assert said.code == 0 and "comparison.png" not in said.out
    (table,) = (tmp_path / "out").glob("scenarios-*/comparison.csv")
    assert not table.with_suffix(".png").exists()


def test_a_sweep_is_its_chart(call: Call) -> None:
    said = call("run", APRIL, "--no-charts", "--grid", "mechanisms.leverage=0,1")
    assert said.code == 2 and "--grid" in said.err


def test_faults_in_the_evidence_stop_no_run(call: Call, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "bad.yaml").write_text("kind: recipe\n", encoding="utf-8")
    said = call("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out")
    assert said.code == 0
    assert (
        "the evidence files have faults, so reports name no sources; the first fault: " in said.err
    )
    (page,) = (tmp_path / "out").glob("*/report.html")
    assert "listed by their ids only" in page.read_text(encoding="utf-8")
    assert call("report", page.parent).code == 1


# A sweep


@pytest.mark.slow
def test_a_sweep_says_what_came_of_it(call: Call, tmp_path: Path) -> None:
    grid = ("--grid", "actors.OST.support=0,3", "--outcome", "broker_OST", "--outcome", "deaths")
    said = call("run", scenario(tmp_path), *SMALL, *grid, "--out", tmp_path / "out")
    assert (said.code, said.err) == (0, "")
    assert "the lasting ceasefire is mediated by Ostland" in said.out
    assert re.search(
        r"^The lasting ceasefire is mediated by Ostland: .*\.$", said.out, re.MULTILINE
    )
    (folder,) = (tmp_path / "out").glob("crisis-sweep-*")
    assert f"results: {folder} (2 cells, all measures in sweep.csv)" in said.out
    measured = pd.read_parquet(folder / "sweep.parquet").groupby("name").size()
    assert set(MEASURES) | {"broker_OST"} <= set(measured.index)
    assert set(measured) == {2}, "every measure has a value in every cell"
    again = call("run", scenario(tmp_path), *SMALL, *grid, "--out", tmp_path / "out", "-q")
    assert again == Done(0, "", "")
    alone = call(
        "run",
        scenario(tmp_path),
        *SMALL,
        "--grid",
        "actors.OST.support=3",
        "--out",
        tmp_path / "out",
    )
    assert "(1 cell, all measures in sweep.csv)" in alone.out


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (
            ("--grid", "actors.OST.suport=0,3"),
            1,
            "--grid actors.OST.suport=0: actors.OST.suport: unknown key 'suport'",
        ),
        (
            ("--set", "actors.OST.suport=0", "--grid", "actors.OST.support=0,3"),
            1,
            "--set actors.OST.suport=0: actors.",
        ),
        (
            ("--grid", "actors.OST.support=0,0"),
            2,
            "sim: --grid actors.OST.support: has a value twice",
        ),
        (
            ("--grid", "horizon_days=30,60", "--grid", "horizon_days=90"),
            2,
            "sim: --grid horizon_days: is given twice",
        ),
        (
            ("--grid", "actors.OST.support=0,3", "--outcome", "broker_OTS"),
            2,
            "sim: unknown outcome 'broker_OTS' (did",
        ),
        (("--outcome", "deaths"), 2, "sim: --outcome needs --grid"),
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
    assert said.out.count("agreement of two coders (Krippendorff's alpha, ordinal): ") == 3


def test_explain_speaks_of_coders_only_where_they_read_something(
    call: Call, tmp_path: Path
) -> None:
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
    assert "values on which articles disagree: 5" in table
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


@pytest.mark.parametrize("terminal", [True, False])
def test_list_shows_all_scenarios_with_their_names_in_one_piece(
    call: Call, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "80")
    names = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}
    lines = re.sub(r"\x1b\[[0-9;]*m", "", call("list", ROOT / "scenarios").out).splitlines()
    assert {line.split()[0] for line in lines if re.match(r" \w", line)} == {"scenario", *names}
    assert max(map(len, lines)) <= 80 if terminal else max(map(len, lines)) > 80
    entries = json.loads(call("list", ROOT / "scenarios", "--format", "json").out)
    assert {entry["name"] for entry in entries} == names


def test_list_shows_the_good_files_of_a_folder_and_names_the_faults_of_the_others(
    call: Call, tmp_path: Path
) -> None:
    folder = copy_of_shipped(tmp_path)
    for name in ("july_2020", "april_2016"):
        file = folder / f"{name}.yaml"
        file.write_text(
            file.read_text(encoding="utf-8").replace("horizon_days:", "horizn_days:"),
            encoding="utf-8",
        )
    said = call("list", folder)
    assert said.code == 1
    assert "autumn_2020" in said.out
    assert (
        "july_2020.yaml" in said.err
        and "april_2016.yaml" in said.err
        and "horizon_days" in said.err
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("runs", "draws", "said"),
    [
        (1, 125, "1 run = 1 draw of the coded ranges x 1 replicate, seed 1"),
        (7, 4, "7 runs = 4 draws of the coded ranges x 1 or 2 replicates, seed 1"),
        (20, 4, "20 runs = 4 draws of the coded ranges x 5 replicates, seed 1"),
    ],
)
def test_runs_are_counted_as_they_are(
    call: Call, tmp_path: Path, runs: int, draws: int, said: str
) -> None:
    shown = call(
        "run", scenario(tmp_path), "--runs", runs, "--draws", draws, "--out", tmp_path / "out"
    ).out
    assert f"\n{said}" in shown
    few = "\nThere are no intervals with fewer than 5 replicates per draw.\n"
    assert (few in shown) is (runs < 5 * draws)


@pytest.mark.slow
@pytest.mark.parametrize(("runs", "draws", "there"), [(3, 5, True), (6, 5, False)])
def test_fewer_runs_than_draws_say_how_many_draws_they_leave(
    call: Call, tmp_path: Path, runs: int, draws: int, there: bool
) -> None:
    shown = call(
        "run", scenario(tmp_path), "--runs", runs, "--draws", draws, "--out", tmp_path / "out"
    ).out
    assert ("With 3 runs, only 3 of 5 draws were simulated." in shown) is there
    (made,) = (path for path in (tmp_path / "out").iterdir() if path.name.startswith("crisis-"))
    for table in ("parameters", "daily_by_draw"):
        assert set(pd.read_parquet(made / f"{table}.parquet")["draw"]) == set(
            range(min(runs, draws))
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sets", "drawn"),
    [
        ([], "fitted to the historical record"),
        (["parameters.posterior=null"], "of the coded ranges"),
        (
            ["actors.TUR.support={range: [0, 3.5]}"],
            r"fitted to the historical record \(1 of \d+ uncertain values keep their coded ranges\)",
        ),
    ],
)
def test_screen_and_report_say_what_the_draws_are(
    call: Call, tmp_path: Path, sets: list[str], drawn: str
) -> None:
    options = [part for text in sets for part in ("--set", text)]
    said = call("run", APRIL, *options, *SMALL, "--out", tmp_path)
    assert re.search(rf"^12 runs = 4 draws {drawn} x 3 replicates", said.out, flags=re.MULTILINE)
    (page,) = tmp_path.glob("april_2016-*/report.html")
    text = page.read_text(encoding="utf-8")
    assert re.search(rf"which are\s+{drawn}\.", text)
    assert re.search(rf"<td[^>]*>4, {drawn}</td>", text)


@pytest.mark.slow
def test_a_scenario_named_twice_is_played_once(call: Call, tmp_path: Path) -> None:
    file = ROOT / "scenarios" / "july_2020.yaml"
    said = call("run", file, file, "--runs", 20, "--draws", 10, "--out", tmp_path)
    assert said.code == 0 and said.out.count("results:") == 1
    assert "20 runs = 10 draws fitted to the historical record x 2 replicates" in said.out
    assert not list(tmp_path.glob("scenarios-*"))


def test_check_reads_hypothesis_files(call: Call, tmp_path: Path) -> None:
    good = ROOT / "tests" / "valid" / "argument.yml"
    assert call("check", "-q", good) == Done(0, "", "")
    bad = tmp_path / "bad.yml"
    bad.write_text(
        good.read_text().replace("expects: greater", "expects: more").replace("margin", "margn")
    )
    said = call("check", bad)
    assert said.code == 1
    assert (
        f"{bad}:13: claims.0.expects: the text 'more' is not allowed here; allowed: 'greater', 'less', "
        "'equal', 'at_least' or 'at_most'" in said.err
    )
    assert "unknown key 'margn' (did you mean margin?)" in said.err


@pytest.mark.slow
@pytest.mark.parametrize(("runs", "draws"), [(1, 2), (2, 1), (2, 2)])
def test_every_command_takes_results_of_very_few_runs(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: int, draws: int
) -> None:
    monkeypatch.chdir(ROOT)
    few = ("--runs", runs, "--draws", draws, "--out", tmp_path)
    assert call("run", ROOT / "scenarios" / "july_2020.yaml", *few).code == 0
    (folder,) = tmp_path.glob("july_2020-*")
    with pytest.MonkeyPatch.context() as every:
        every.setattr(charts, "CHARTS", CHARTS)
        assert call("plot", folder).code == 0
    for command in ("report", "trace"):
        assert call(command, folder).code == 0
    assert call("export", folder, "--to", "csv").code == 0
    scored = call("score", folder, "--out", tmp_path)
    if runs == 1:
        assert scored == Done(1, "", f"{folder}: holds 1 run; a score needs at least 2\n")
    else:
        assert (scored.code, scored.err) == (0, "")
        assert "CRPS: mean distance" in scored.out and "In-sample scores" in scored.out
    grid = (
        "--grid",
        "actors.OST.support=0,3",
        "--grid",
        "actors.OST.broker_value=0.5,null",
        "--set",
        "actors.OST.stance=null",
    )
    assert (
        call(
            "run", scenario(tmp_path), *few, *grid, "--outcome", "broker_OST", "--outcome", "deaths"
        ).code
        == 0
    )
    assert call("run", scenario(tmp_path, "one"), scenario(tmp_path, "two"), *few).code == 0


def test_a_pattern_that_matches_two_results_is_refused_by_name(call: Call) -> None:
    done = call("trace", "results/a-1", "results/a-2")
    assert done.code == 2
    assert "2 folders instead of one; name one of results/a-1 results/a-2" in done.err
