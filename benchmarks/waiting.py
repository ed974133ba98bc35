"""What a user waits for, as ratios to what no command can avoid: the start of Python, and imports.

Both sides of a ratio are measured in turn, so that a busy machine slows both. The shortest time of
some tries counts, so all modules are compiled, as those of an installed package are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
TRIES = 5
START = ("-c", "pass")
IMPORTS = ("-c", "import numpy, pandas, pyarrow, matplotlib")
COMPLETE = ("-c", "import sys; sys.argv = ['sim']; from sim.__main__ import main; main()")
ASKED = {"_SIM_COMPLETE": "complete_bash", "COMP_WORDS": "sim run april", "COMP_CWORD": "2"}
"""How Bash asks the installed command ``sim`` for completions, and what it asks."""


class Spent(NamedTuple):
    """Seconds of a process: on the clock, and of the processors."""

    wall: float
    cpu: float


def waiting() -> dict[str, dict[str, float]]:
    """Return how long commands take, beside the start of Python or beside bare imports."""
    with tempfile.TemporaryDirectory() as out:
        run = ("-m", "sim", "run", "april_2016", "-q", "--fresh", "--out", out)
        return {
            "sim --help over python -c pass": beside(("-m", "sim", "--help"), START),
            "completion over python -c pass": beside(COMPLETE, START, ASKED),
            "sim check over bare imports": beside(("-m", "sim", "check", "april_2016"), IMPORTS),
            "sim run over bare imports": beside(run, IMPORTS),
            "sim run --no-charts over bare imports": beside((*run, "--no-charts"), IMPORTS),
        }


def beside(
    words: tuple[str, ...], floor: tuple[str, ...], given: dict[str, str] | None = None
) -> dict[str, float]:
    """Return the times of a command and of what it is compared with, and their ratios."""
    pairs = [(spent(words, given), spent(floor)) for _ in range(TRIES)]
    ours, least = ([pair[side] for pair in pairs] for side in (0, 1))
    wall, wall_least = (min(each.wall for each in side) for side in (ours, least))
    cpu, cpu_least = (min(each.cpu for each in side) for side in (ours, least))
    return {
        "seconds": round(wall, 3),
        "floor_seconds": round(wall_least, 3),
        "ratio": round(wall / wall_least, 2),
        "cpu_ratio": round(cpu / cpu_least, 2),
    }


def spent(words: tuple[str, ...], given: dict[str, str] | None = None) -> Spent:
    """Run Python with some arguments and return the time that it took."""
    around = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**around, **(given or {})},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"failed: {' '.join(words)}")
    return Spent(time.perf_counter() - begun, used.ru_utime + used.ru_stime)


if __name__ == "__main__":
    for name, values in waiting().items():
        print(name, values)
