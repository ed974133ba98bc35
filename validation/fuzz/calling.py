"""Call a command in this process or in a process of its own, and judge how it ends."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer

from sim import cli

MOST_SECONDS = 2.0
MOST_BYTES = 300_000_000
MOST_LINES = 60
"""Fifty faults, each on a line of its own or with the text that it points at, and a last line."""
CODES = (0, 1, 2)
DIFFERS = 4
"""Exit code of ``sim verify`` for a result that a second simulation contradicts."""
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: its exit code.
        out: what it printed.
        err: what it complained of.
        seconds: its duration, without the time in which other processes ran.
        bytes: by how much it raised the most memory that this process ever took.
        error: the traceback of an exception that left the command; empty if there is none.
    """

    code: int
    out: str
    err: str
    seconds: float
    bytes: int = 0
    error: str = ""


def here(args: Sequence[str], folder: Path) -> Ended:
    """Run a command as the shell would, in this process and in a folder."""
    out, err = io.StringIO(), io.StringIO()
    code, error = 0, ""
    before = _peak()
    started = time.process_time()
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "argv", ["sim", *args]),
        patch.object(cli, "_app_for", lambda words: _app()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            error = traceback.format_exc()
    seconds = time.process_time() - started
    return Ended(code, out.getvalue(), err.getvalue(), seconds, _peak() - before, error)


@cache
def _app() -> Any:
    """Return all commands, built once: to build them takes longer than most cases."""
    return typer.main.get_command(cli.app)


def shell(args: Sequence[str], folder: Path) -> Ended:
    """Run a command in a process of its own, in a folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "sim", *args],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=600,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ended(done.returncode, done.stdout, done.stderr, seconds)


def faults(ended: Ended, most_seconds: float = MOST_SECONDS, verifies: bool = False) -> list[str]:
    """Return what is wrong with how a command ended.

    Args:
        ended: how it ended.
        most_seconds: its longest duration.
        verifies: whether it is ``sim verify``, which has an exit code and no message of its own
            for a result that is not as it was simulated.
    """
    found = []
    differs = verifies and ended.code == DIFFERS
    if ended.error or "Traceback" in ended.out + ended.err:
        found.append("a traceback")
    if ended.code not in CODES and not differs:
        found.append(f"exit code {ended.code}")
    if ended.code and not differs and not ended.err.strip():
        found.append("no message")
    if ended.seconds > most_seconds:
        found.append("too slow")
    if ended.bytes > MOST_BYTES:
        found.append(f"{ended.bytes / 1e6:.0f} MB")
    if ended.code == 1 and ended.err.count("\n") > MOST_LINES:
        found.append("too many lines")
    return found


def _peak() -> int:
    """Return the most memory that this process ever took, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
