"""What tests of commands and of scenario files share: how a command is called, and what it leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from sim.io.errors import InputError
from sim.scenario import load

HERE = Path(__file__).parent
ROOT = HERE.parent
APRIL = ROOT / "scenarios" / "april_2016.yaml"
TINY = HERE / "invalid" / "base" / "tiny.yaml"
Write = Callable[..., Path]
SMALL = ("--runs", "12", "--draws", "4")


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


def shell(*args: object) -> Said:
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
    return Said(done.returncode, done.stdout, done.stderr)


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
