"""What is stated of versions in one place holds in the others, and Mesa's own names are left to
Mesa.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import mesa
import pytest
from commands import ROOT, Call
from packaging.requirements import Requirement
from packaging.version import Version
from worlds import crisis, world_of

import sim

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def requirements() -> list[Requirement]:
    """Return what an installation with tests needs on Python 3.11, the project's own name apart."""
    extras = PROJECT["optional-dependencies"]
    stated = [*PROJECT["dependencies"], *extras["cluster"], *extras["fit"], *extras["test"]]
    found = [Requirement(text) for text in stated]
    return [
        requirement
        for requirement in found
        if requirement.name != PROJECT["name"]
        and (requirement.marker is None or requirement.marker.evaluate({"python_version": "3.11"}))
    ]


def lowest() -> dict[str, Version]:
    lines = (ROOT / ".ci" / "lowest.txt").read_text("utf-8").splitlines()
    pinned = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {name: Version(version) for name, version in pinned}


def test_the_lowest_set_holds_the_lower_bounds() -> None:
    pinned = lowest()
    for requirement in requirements():
        (bound,) = (
            Version(part.version) for part in requirement.specifier if part.operator == ">="
        )
        assert pinned[requirement.name] == bound, requirement


def test_the_version_is_said_once(call: Call) -> None:
    assert call("--version").out == f"demarche {sim.__version__}\n"
    assert PROJECT["dynamic"] == ["version"] and "version" not in PROJECT
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    assert cited and cited[1] == sim.__version__


def test_extras_name_the_project_itself() -> None:
    """Another project holds the name ``demarche`` on the package index."""
    named = [
        text
        for extra in PROJECT["optional-dependencies"].values()
        for text in extra
        if "demarche" in text
    ]
    assert named and all(
        Requirement(text).name == PROJECT["name"] == "demarche-sim" for text in named
    )
    for file in (ROOT / "README.md", *(ROOT / "sim").rglob("*.py")):
        assert "demarche[" not in file.read_text("utf-8"), file


def test_the_readme_gives_two_commands() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    commands = [line for line in lines if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert commands[0].endswith(".venv/bin/sim run april_2016")
    assert commands[1].endswith(".venv/bin/python -m pytest")


def test_a_day_is_a_step_of_mesa() -> None:
    world = world_of(crisis(), runs=4)
    world.step()
    world.step()
    assert (world.steps, world.state.day) == (2, 2)


def test_the_engine_leaves_mesa_whole_for_others() -> None:
    code = """
from sim.engine import mesa_core
import mesa
assert (mesa.Model, mesa.Agent) == (mesa_core.Model, mesa_core.Agent)
assert mesa.model.Model is mesa.Model and mesa.space and mesa.__version__
from mesa import DataCollector
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_names_of_mesa_are_left_to_it() -> None:
    """Mesa 3.5 took the name ``scenario``: what is set here and is Mesa's too would break with a
    version of Mesa.
    """
    world = world_of(crisis(), runs=4)
    ours = vars(world).keys() - vars(mesa.Model(rng=0)).keys()
    assert "state" in ours
    assert not ours & {*dir(mesa.Model), "scenario", "time"}


@pytest.mark.parametrize(("first", "is_documented"), [("", True), ("run_command()", False)])
def test_only_a_command_leaves_out_help_texts_of_matplotlib(
    first: str, is_documented: bool
) -> None:
    code = f"""
from sim.io.process import run_command
{first}
import sim.charts
from matplotlib.artist import kwdoc
from matplotlib.lines import Line2D
assert "markersize" in kwdoc(Line2D)
assert ("markersize" in Line2D.set.__doc__) is {is_documented}
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
