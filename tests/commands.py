"""What tests of commands and of scenario files share: how a command is called, and what it
leaves.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from sim import charts, cli
from sim.arguments.judging import Size
from sim.io.errors import InputError
from sim.scenario import load

HERE = Path(__file__).parent
ROOT = HERE.parent
APRIL = ROOT / "scenarios" / "april_2016.yaml"
TINY = HERE / "invalid" / "base" / "tiny.yaml"
Write = Callable[..., Path]
SMALL = ("--runs", "12", "--draws", "4")
QUICK = Size(
    draws=8,
    runs=32,
    most=32,
    control=32,
    known=32,
    pair=32,
    fit_draws=8,
    fit_runs=32,
    records=2,
    quick=True,
)
"""Size of a quick comparison of few runs."""


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Call = Callable[..., Done]


def here(*args: object) -> Done:
    """Run a command as the shell would, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.setattr(sys, "argv", ["sim", *map(str, args)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
    code = caught.value.code
    assert code is None or isinstance(code, int)
    assert "Traceback" not in out.getvalue() + err.getvalue()
    return Done(code or 0, out.getvalue(), err.getvalue())


def shell(*args: object) -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "sim", *map(str, args)],
        cwd=ROOT,
        env=dict(os.environ),  # without the COLUMNS that readline adds behind Python's back
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def single_chart() -> Iterator[None]:
    """Let every result have one chart. Drawing takes most of the time of a small run."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(charts, "CHARTS", charts.CHARTS[1:2])
        patched.setattr(charts, "OF_VERDICTS", charts.OF_VERDICTS[1:2])
        yield


def first_of(name: str, path: Path) -> Path:
    """Write a shipped argument with its first claim or pair only, and return its path."""
    text = (ROOT / "scenarios" / "hypotheses" / f"{name}.yaml").read_text(encoding="utf-8")
    item = "pair: " if name == "pairs" else "id: "
    path.write_text(f"\n  - {item}".join(text.split(f"\n  - {item}")[:2]), encoding="utf-8")
    return path


def scenario(folder: Path, name: str = "crisis", title: str = "A crisis", body: str = "") -> Path:
    """Write a scenario on the invented base and return its path."""
    (folder / "tiny.yaml").write_bytes(TINY.read_bytes())
    path = folder / f"{name}.yaml"
    path.write_text(
        f"scenario: {name}\ntitle: '{title}'\nbase: tiny.yaml\n{body}", encoding="utf-8"
    )
    return path


def faults_of(path: Path, *sets: str) -> list[str]:
    """Return each fault as ``line: path: message``."""
    with pytest.raises(InputError) as caught:
        load(path, sets)
    return [str(fault).removeprefix(f"{path}:") for fault in caught.value.faults]
