"""The days of all runs, compiled to machine code: the same rules, run by run (extra ``compiled``).

NumPy simulates all runs of a block at once, rule by rule. It is always there, and it is the
default. Numba compiles the same rules for one run after the other. That takes less time, because a
run fits into the innermost cache, because a rule is only applied where it matters, and because
nothing is prepared for each operation. Both take the same random numbers. They agree run by run,
except where rounding decides a draw: NumPy has single precision here, and the compiled days have
double precision.

The environment variable ``DEMARCHE_ENGINE=compiled`` chooses it, for all commands and workers. The
first process compiles for about half a minute. Later ones read the result from a folder for caches.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.io.errors import UsageError
from sim.outcomes.columns import DAILY

if TYPE_CHECKING:
    from sim.engine.world import World

VARIABLE = "DEMARCHE_ENGINE"
NUMPY = "numpy"
COMPILED = "compiled"
RUNS_AT_ONCE = 2048
"""Runs whose records are in memory at once: about 12 MB."""


def is_chosen() -> bool:
    """Return whether the environment chooses compiled days.

    Raises:
        UsageError: the environment names no engine, or Numba is not installed.
    """
    name = os.environ.get(VARIABLE) or NUMPY
    if name not in (NUMPY, COMPILED):
        raise UsageError(f"{VARIABLE} is {name!r}; allowed: {NUMPY}, {COMPILED}")
    return name == COMPILED and bool(_version_of_numba())


def engine() -> str:
    """Return the engine that the environment chooses, and all that its numbers depend on."""
    return f"{COMPILED} by numba {_version_of_numba()}" if is_chosen() else NUMPY


def _version_of_numba() -> str:
    try:
        return version("numba")
    except PackageNotFoundError as error:
        message = f"{VARIABLE} is {COMPILED}, which needs Numba; install it with: pip install numba"
        raise UsageError(message) from error


def play(world: World) -> None:
    """Simulate all days of a world, from its onset, and write the daily record.

    Raises:
        FloatingPointError: a number is undefined in double precision.
    """
    play_days, draw_days = _functions()
    from sim.engine.compiled import copying
    from sim.engine.compiled.numbers import state_of

    names = _names(world)
    calendar = copying.calendar_of(world)
    events = copying.days_of(world)
    streams = world.streams
    daily = np.zeros((len(DAILY), len(events), world.state.runs), dtype=np.float32)
    numbers = np.empty((len(events), streams.width, len(names)), dtype=np.float32)
    change = np.empty((len(world.state.codes),) * 2)
    columns = streams.columns % streams.width
    for lane, parts in _parts(streams.columns // streams.width).items():
        draw_days(np.array([state_of(streams.generators(name)[lane]) for name in names]), numbers)
        for where in parts:
            runs = copying.runs_of(world, where)
            play_days(runs, calendar, events, numbers, columns[where], daily, where.start, change)
            if not copying.is_finite(runs):
                raise FloatingPointError("a number is undefined")
            copying.write_back(world, runs, where)
    world.recorder.record.daily = dict(zip(DAILY, daily, strict=True))
    world.state.day = len(events)


def _parts(lanes: NDArray[np.integer[Any]]) -> dict[int, list[slice]]:
    """Return successive runs of one lane that are simulated at once, by lane.

    Args:
        lanes: lane of each run, in any order, ``(runs,)``.
    """
    edges = [0, *(np.flatnonzero(np.diff(lanes)) + 1).tolist(), len(lanes)]
    found: dict[int, list[slice]] = {}
    for first, last in pairwise(edges):
        for start in range(first, last, RUNS_AT_ONCE):
            part = slice(start, min(start + RUNS_AT_ONCE, last))
            found.setdefault(int(lanes[start]), []).append(part)
    return found


def _names(world: World) -> list[str]:
    """Return the names of a day's random numbers, in the order of the constants."""
    sides = [side.code for side in world.sides]
    return [
        "review",
        "break",
        "deaths",
        f"{sides[1]}.invoke",
        "contact",
        "broker",
        "capitulate",
        *(f"{code}.{purpose}" for purpose in ("rung", "battle", "sign") for code in sides),
        *(f"{power.code}.stance" for power in world.powers),
    ]


@cache
def _functions() -> tuple[Callable[..., None], Callable[..., None]]:
    """Return the compiled functions that play days, and that draw random numbers.

    Numba looks at the file of a function, but not at the files of the rules that it uses. So the
    compiled code of each version of the engine is kept in a folder of its own.
    """
    config: Any = import_module("numba.core.config")
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_folder(version("numba")))
    try:
        from sim.engine.compiled.day import play_days
        from sim.engine.compiled.numbers import draw_days
    finally:
        config.CACHE_DIR = before
    return play_days, draw_days


def _folder(of_numba: str) -> Path:
    """Return a folder that can be written, for the compiled code of this version of the engine."""
    seal = sha256(of_numba.encode())
    package = Path(__file__).parents[2]
    for part in (package / "engine", package / "scenario"):  # codes come from the scenario
        for file in sorted(part.rglob("*.py")):
            seal.update(file.read_bytes())
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = caches / "demarche" / f"compiled-{seal.hexdigest()[:16]}"
    with suppress(OSError):
        kept.mkdir(parents=True, exist_ok=True)
    return kept if os.access(kept, os.W_OK) else Path(mkdtemp(prefix="demarche-"))
