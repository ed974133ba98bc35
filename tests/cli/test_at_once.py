"""The same command started several times at once: all succeed, and the result is as if it had been
started once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from commands import QUICK, ROOT, SMALL, Call, scenario

from sim.arguments import judging

UNLIKE = ("wall_seconds", "written")
"""What a manifest says of the call and not of the result."""


def at_once(*commands: Sequence[object]) -> list[tuple[int, str]]:
    """Start commands at once; return the exit code and errors of each."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.at_once", *map(str, command)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    errors = [process.communicate(timeout=300)[1] for process in processes]
    return [(process.returncode, error) for process, error in zip(processes, errors, strict=True)]


def contents(folder: Path) -> dict[str, object]:
    """Return what every file of a folder holds, without what manifests say of the call."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or ".blocks" in path.parts:
            continue
        name = path.relative_to(folder).as_posix()
        found[name] = path.read_bytes()
        if path.name in ("manifest.json", "comparison.json"):
            written = json.loads(path.read_text(encoding="utf-8"))
            found[name] = {key: value for key, value in written.items() if key not in UNLIKE}
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


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
@pytest.mark.parametrize(
    ("times", "command"), [(4, a_run), (2, several), (2, a_sweep), (2, a_comparison)]
)
def test_the_same_command_started_at_once_gives_the_result_of_one(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, times: int, command: Commands
) -> None:
    monkeypatch.setattr(judging, "QUICK", QUICK)
    args = command(tmp_path)
    assert at_once(*[(*args, "--out", tmp_path / "many")] * times) == [(0, "")] * times
    assert call(*args, "--out", tmp_path / "single")[::2] == (0, "")
    assert contents(tmp_path / "many") == contents(tmp_path / "single")
    assert unfinished(tmp_path) == []


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
def test_a_result_can_be_drawn_traced_and_reported_by_two_at_once(
    call: Call, tmp_path: Path
) -> None:
    assert call("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out").code == 0
    (folder,) = (tmp_path / "out").glob("crisis-*")
    before = contents(folder)
    commands = [(command, folder) for command in ("plot", "trace", "report")] * 2
    assert at_once(*commands) == [(0, "")] * len(commands)
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    new = {"traces/run_0.csv", "traces/run_0_choices.csv", "traces/run_0_days.csv"}
    assert set(after) - set(before) == new
    assert unfinished(tmp_path) == []


FORKED = """
import os, sys
from sim.__main__ import main
fork = os.fork
os.fork = lambda: (print("copied", file=sys.stderr), fork())[1]
main()
"""
"""A command that says when it copies its process."""


@pytest.mark.slow
def test_a_process_that_shares_its_charts_writes_what_a_single_one_writes(
    call: Call, tmp_path: Path
) -> None:
    args = [*map(str, ("run", scenario(tmp_path), *SMALL))]
    command = [sys.executable, "-c", FORKED, *args, "--out", str(tmp_path / "shared")]
    said = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    shares = sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1
    assert said.stderr == ("copied\n" if shares else "")
    assert call(*args, "--out", tmp_path / "single").code == 0
    assert contents(tmp_path / "shared") == contents(tmp_path / "single")
    assert unfinished(tmp_path) == []
