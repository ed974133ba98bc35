"""The same bytes out of any engine, in any order, after any number of kills."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 20_000


def digest_of_run(out: Path, *words: str) -> str:
    """Play autumn 2020 in a process of its own and return the digest of its outcomes."""
    subprocess.run(
        _program(out, *words),
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return digest_in(out)


def digest_in(out: Path) -> str:
    """Return the digest of the outcomes in the one finished result folder below ``out``."""
    (outcomes,) = (
        file for file in out.glob("*/outcomes.parquet") if not file.parent.name.startswith(".")
    )
    return sha256(outcomes.read_bytes()).hexdigest()


def after_kills(out: Path, kills: int) -> str:
    """Kill the command at random moments, then let it finish; returns the digest of its
    outcomes.
    """
    moments = random.Random(1)
    for _ in range(kills):
        process = subprocess.Popen(
            _program(out, "--workers", "2"),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moments.uniform(0.5, 4.0))
        with suppress(ProcessLookupError):  # it may have been quicker
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for torn in list((out / ".blocks").glob("*/*"))[:3]:
        torn.write_bytes(torn.read_bytes()[:-7])
    return digest_of_run(out, "--workers", "2")


def identity(kills: int = 20) -> dict[str, bool | str]:
    """Return, for every way to play the same plan, whether it gives the same bytes."""
    ways = {
        "workers 1": ("--workers", "1"),
        "workers 2": ("--workers", "2"),
        "workers 3": ("--workers", "3"),
    }
    found: dict[str, bool | str] = {}
    with tempfile.TemporaryDirectory() as folder:
        first = digest_of_run(Path(folder) / "first", "--workers", "1")
        for name, words in ways.items():
            found[name] = digest_of_run(Path(folder) / name, *words) == first
        if find_spec("distributed"):
            dask = digest_of_run(Path(folder) / "dask", "--cluster", "local")
            found["dask"] = dask == first
        found[f"{kills} kills and torn blocks"] = (
            after_kills(Path(folder) / "killed", kills) == first
        )
    return found


def _program(out: Path, *words: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "sim",
        "run",
        "scenarios/autumn_2020.yaml",
        "-q",
        "--runs",
        str(RUNS),
        "--out",
        str(out),
        *words,
    ]
