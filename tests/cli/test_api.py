"""The Python API: what its documentation promises, and that it gives what the commands give."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib.figure
import pytest
from commands import Call

import sim
from sim import api, catalogue, charts
from sim.io.errors import InputError, UsageError

SMALL = ("--runs", 60, "--draws", 6)


@pytest.mark.parametrize("module", [api, catalogue])
def test_every_example_is_true(
    module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = iter(range(1000))
    found = doctest.testmod(
        module, extraglobs={"getfixture": lambda name: tmp_path / str(next(places))}
    )
    assert found.attempted > 0
    assert found.failed == 0


def test_the_package_imports_nothing_heavy_until_it_is_used() -> None:
    code = "import sim, sys; print([name for name in ('numpy', 'pandas', 'mesa', 'matplotlib') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_names_of_the_door_are_all_there() -> None:
    for name in sim.__all__:
        assert getattr(sim, name).__doc__
    with pytest.raises(AttributeError):
        sim.nothing  # noqa: B018


def test_a_run_gives_what_the_command_gives(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    result = sim.run(
        "april_2016", runs=60, draws=6, set={"mechanisms.leverage": 0.2}, out=tmp_path / "api"
    )
    assert capsys.readouterr() == ("", "")
    said = call(
        "run",
        "april_2016",
        "--runs",
        60,
        "--draws",
        6,
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
    return sim.run("april_2016", runs=60, draws=6, out=tmp_path_factory.mktemp("api"))


@pytest.mark.parametrize("name", charts.PANELS)
def test_each_panel_is_drawn_on_axes_of_ones_own(result: sim.Result, name: str) -> None:
    ax = matplotlib.figure.Figure().subplots()
    assert result.plot(name, ax=ax) is ax
    assert ax.has_data() or ax.get_children()


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
    with pytest.raises(InputError, match=r"--set mechanisms\.leverge"):
        sim.load("april_2016", set={"mechanisms.leverge": 1})
    with pytest.raises(InputError, match="not a result folder"):
        sim.open_result(tmp_path)


def test_a_comparison_is_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from test_compare_command import SMALL, first_of

    from sim.arguments import judging

    monkeypatch.setattr(judging, "QUICK", SMALL)
    compared = sim.compare(
        first_of("golts", tmp_path / "golts.yaml"), quick=True, workers=1, out=tmp_path
    )
    assert list(compared.verdicts["claim"]) == ["GO1.1", "GO1.2"]
    assert compared.report().is_file()
