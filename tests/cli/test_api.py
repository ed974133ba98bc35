"""The Python API: what its documentation promises, and that it gives what the commands give."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib.figure
import numpy as np
import pytest
from commands import SMALL, Call, single_chart

import sim
from sim import charts
from sim.io.errors import InputError, UsageError


def test_the_package_imports_nothing_heavy_until_it_is_used() -> None:
    code = "import sim, sys; print([name for name in ('numpy', 'pandas', 'mesa', 'matplotlib') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_help_and_completion_import_no_numerical_library() -> None:
    code = "import sim.cli, sys; print([name for name in ('numpy', 'pandas', 'pydantic', 'yaml') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_names_of_the_door_are_all_there() -> None:
    for name in dir(sim)[:-1]:
        assert getattr(sim, name).__doc__
    with pytest.raises(AttributeError):
        sim.nothing  # noqa: B018


@pytest.mark.usefixtures("few_charts")
def test_a_run_gives_what_the_command_gives(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    result = sim.run(
        "april_2016", runs=12, draws=4, set={"mechanisms.leverage": 0.2}, out=tmp_path / "api"
    )
    assert capsys.readouterr() == ("", "")
    said = call(
        "run",
        "april_2016",
        *SMALL,
        "--set",
        "mechanisms.leverage=0.2",
        "--out",
        tmp_path / "cli",
        "-q",
    )
    assert said.code == 0
    (folder,) = (path for path in (tmp_path / "cli").iterdir() if path.name.startswith("april"))
    assert folder.name == result.folder.name
    for name in ("outcomes.csv", "summary.json", "scenario.resolved.yaml"):
        assert (folder / name).read_bytes() == (result.folder / name).read_bytes()
    opened = sim.open_result(folder)
    assert opened.outcomes.equals(result.outcomes)
    assert opened.summary.equals(result.summary)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> sim.Result:
    """Return a small result."""
    with single_chart():
        return sim.run("april_2016", runs=60, draws=6, out=tmp_path_factory.mktemp("api"))


@pytest.mark.parametrize("name", charts.PANELS)
def test_each_panel_is_drawn_on_axes_of_ones_own(result: sim.Result, name: str) -> None:
    ax = matplotlib.figure.Figure().subplots()
    assert result.plot(name, ax=ax) is ax
    assert ax.has_data() or ax.get_children()
    ax.figure.draw_without_rendering()
    box = ax.figure.get_tightbbox()
    assert box.x0 >= 0 and box.x1 <= ax.figure.get_figwidth()


def test_a_result_draws_tells_and_reports(result: sim.Result) -> None:
    assert isinstance(result.plot("endings"), matplotlib.figure.Figure)
    assert {"day", "actor", "event"} <= set(result.trace(7).table().columns)
    assert result.report().name == "report.html"
    page = result._repr_html_()
    assert "<table" in page and "data:image/png" in page
    with pytest.raises(UsageError, match="did you mean endings"):
        result.plot("endigns")


def test_mistakes_are_errors_with_a_message(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean april_2016"):
        sim.load("april_2106")
    with pytest.raises(InputError, match=r"^set: mechanisms\.leverge"):
        sim.load("april_2016", set={"mechanisms.leverge": 1})
    with pytest.raises(InputError, match="not a result folder"):
        sim.open_result(tmp_path)


@pytest.mark.slow
def test_run_and_sweep_take_what_load_returns(tmp_path: Path) -> None:
    loaded = sim.load("april_2016", set={"mechanisms.leverage": {"range": [0.1, 0.2]}})
    few = {"runs": 4, "draws": 2, "out": tmp_path}
    made = sim.run(loaded, **few)
    assert made.loaded.changes == {"mechanisms.leverage": '{"range": [0.1, 0.2]}'}
    changed = sim.run(loaded, set={"policies.RUS": "aside"}, **few)
    assert set(changed.loaded.changes) == {"mechanisms.leverage", "policies.RUS"}
    swept = sim.sweep(loaded, {"policies.RUS": ["aside", "mediate"]}, **few)
    assert set(swept.table["policies.RUS"]) == {"aside", "mediate"}


def itself() -> list[object]:
    """Return a list that contains itself."""
    made: list[object] = []
    made.append(made)
    return made


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"runs": 0}, "runs: not 0; allowed: a whole number from 1 to 100,000,000"),
        ({"runs": "a"}, "runs: not 'a'"),
        ({"draws": 1.5}, "draws: not 1.5"),
        ({"seed": -1}, "seed: not -1; allowed: a whole number from 0 to"),
        ({"workers": 0}, "workers: not 0"),
        ({"runs": 10**30}, f"runs: not {10**30}; allowed: a whole number from 1 to"),
        ({"seed": 2**63}, "seed: not 9223372036854775808"),
        ({"set": {"x": itself()}}, "not a value: it contains itself"),
        ({"set": ["x=1"]}, "set: not a list; allowed: values by path"),
        ({"scenario": 7}, "scenario: not a int; allowed: a name, a path, or what load returns"),
    ],
)
def test_arguments_are_checked_as_options_are(
    tmp_path: Path, given: dict[str, object], says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        sim.run(**{"scenario": "april_2016", "runs": 4, "draws": 2, "out": tmp_path} | given)
    assert str(caught.value).startswith(says)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: sim.compare(seed=-1), "seed: not -1"),
        (lambda: sim.compare(workers=0), "workers: not 0"),
        (lambda: sim.fit(seed=2**63), "seed: not 9223372036854775808"),
        (lambda: sim.fit(workers=0), "workers: not 0"),
        (lambda: sim.score(runs=1, draws=1), "runs: not 1; allowed: a whole number from 2 to"),
        (lambda: sim.explorer("april_2016", runs=10**7), "runs: not 10000000"),
    ],
)
def test_every_function_has_the_limits_of_its_command(
    call: Callable[[], object], says: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        call()


@pytest.mark.usefixtures("few_charts")
def test_a_single_run_has_no_score(tmp_path: Path) -> None:
    result = sim.run("april_2016", runs=1, draws=1, out=tmp_path)
    with pytest.raises(UsageError, match="not 1; allowed: a whole number from 2 to"):
        sim.score(result)


@pytest.mark.usefixtures("few_charts")
def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    sizes = {"runs": np.int64(6), "draws": np.int32(3), "seed": np.uint8(2)}
    made = sim.run("april_2016", **sizes, out=tmp_path)
    assert (made.manifest["runs"]["asked"], made.manifest["seed"]) == (6, 2)


@pytest.mark.slow
def test_draws_that_are_not_used_are_a_warning(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="with 2 runs, only 2 of 4 draws are used"):
        sim.run("april_2016", runs=2, draws=4, out=tmp_path)


def test_what_is_shown_at_the_prompt_is_short(result: sim.Result) -> None:
    loaded = sim.load("april_2016")
    assert repr(loaded) == "<Loaded april_2016: The Four-Day War, April 2016>"
    assert repr(loaded.scenario) == "<Scenario april_2016: The Four-Day War, April 2016>"
    trace = result.trace(7)
    assert len(repr(trace)) < 300 and repr(trace).startswith("<Trace of run 7 of april_2016: ")
    assert str(trace).startswith("Day 0, 2 April 2016.") and "<p><b>Day 0" in trace._repr_html_()
    with pytest.raises(UsageError, match=r"^no run 60; allowed: 0 to 59"):
        result.trace(60)


def test_a_comparison_is_a_table(comparison: sim.Comparison) -> None:
    assert list(comparison.verdicts["claim"]) == ["GO1.1", "GO1.2"]
    assert comparison.report().is_file()
