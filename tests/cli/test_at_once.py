"""The same command started several times at once: all succeed, and the result is as if it had been started once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import ROOT, SMALL, scenario, shell

UNLIKE = ("wall_seconds", "written", "runs_played")
"""What a manifest says of the call and not of the result."""


def at_once(times: int, *args: object) -> list[tuple[int, str]]:
    """Start a command several times at once; return exit code and errors of each."""
    command = [sys.executable, "-m", "tests.at_once", *map(str, args)]
    started = [
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for _ in range(times)
    ]
    errors = [process.communicate(timeout=300)[1] for process in started]
    return [(process.returncode, error) for process, error in zip(started, errors, strict=True)]


def contents(folder: Path) -> dict[str, object]:
    """Return what every file of a folder holds, without what manifests say of the call."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or ".blocks" in path.parts:
            continue
        name = path.relative_to(folder).as_posix()
        found[name] = path.read_bytes()
        if path.name in ("manifest.json", "comparison.json"):
            said = json.loads(path.read_text(encoding="utf-8"))
            found[name] = {key: value for key, value in said.items() if key not in UNLIKE}
    return found


def unfinished(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob(".*")
        if path.name.startswith((".writing-", ".old-", ".drawing-"))
    ]


Commands = Callable[[Path], tuple[object, ...]]


def a_run(folder: Path) -> tuple[object, ...]:
    return "run", scenario(folder), *SMALL


def several(folder: Path) -> tuple[object, ...]:
    return "run", scenario(folder, "one"), scenario(folder, "two"), *SMALL


def a_sweep(folder: Path) -> tuple[object, ...]:
    return "run", scenario(folder), *SMALL, "--grid", "actors.OST.support=0,3"


def a_comparison(folder: Path) -> tuple[object, ...]:
    text = (ROOT / "scenarios" / "hypotheses" / "golts.yaml").read_text(encoding="utf-8")
    path = folder / "golts.yaml"
    path.write_text("\n  - id: ".join(text.split("\n  - id: ")[:2]), encoding="utf-8")
    return "compare", path, "--quick", "--workers", 1


@pytest.mark.parametrize(
    ("times", "command"), [(4, a_run), (2, several), (2, a_sweep), (2, a_comparison)]
)
def test_the_same_command_started_at_once_gives_the_result_of_one(
    tmp_path: Path, times: int, command: Commands
) -> None:
    args = command(tmp_path)
    assert at_once(times, *args, "--out", tmp_path / "many") == [(0, "")] * times
    assert at_once(1, *args, "--out", tmp_path / "single") == [(0, "")]
    assert contents(tmp_path / "many") == contents(tmp_path / "single")
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize("command", ["plot", "trace", "report"])
def test_a_result_can_be_drawn_and_told_by_two_at_once(tmp_path: Path, command: str) -> None:
    assert shell("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out").code == 0
    (folder,) = (tmp_path / "out").glob("crisis-*")
    before = contents(folder)
    assert at_once(2, command, folder) == [(0, "")] * 2
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == ({"traces/run_0.csv"} if command == "trace" else set())
    assert unfinished(tmp_path) == []
