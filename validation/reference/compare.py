"""The engine and the second writing, on the same values and the same uniforms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.draws import Draws
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.outcomes.columns import DAILY, RUN, columns
from sim.scenario import Scenario

from .luck import BlockLuck, Luck
from .model import Crisis
from .values import cases, exact

TOLERANCE = 1e-5


@dataclass(frozen=True)
class Setting:
    """What is played: the first ``runs`` runs of a block of ``width``, over ``draws`` draws."""

    scenario: Scenario
    runs: int = 6
    draws: int = 3
    seed: int = 1
    block: int = 0
    width: int = 8

    @property
    def draw(self) -> np.ndarray:
        return np.arange(self.runs) % self.draws

    @property
    def values(self) -> Any:
        return exact(Draws(self.scenario, self.draws, self.seed), self.draw)

    @property
    def streams(self) -> Streams:
        return Streams(self.seed, self.block, self.width, self.runs)


@dataclass(frozen=True)
class Difference:
    """Where the two part in one run: the first day and all quantities of that day, and the
    outcomes.
    """

    run: int
    daily: tuple[str, ...]
    outcomes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(
            [f"run {self.run}", *(f"  {line}" for line in (*self.daily, *self.outcomes))]
        )


def engine(setting: Setting) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the outcomes and the paths of all runs, as the engine has them."""
    with np.errstate(all="raise", under="ignore"):
        world = World(setting.scenario, setting.values, setting.streams)
        record = world.play().record
        world.close()
        return record.outcomes, record.daily


def reference(setting: Setting) -> Iterator[tuple[Crisis, dict[str, Any]]]:
    """Yield each run as the second writing plays it, and its outcomes."""
    luck = BlockLuck(setting.streams)
    for run, case in enumerate(cases(setting.scenario, setting.values)):
        crisis = Crisis(case, Luck(luck, run))
        yield crisis, crisis.play()
        crisis.close()


def differences(setting: Setting) -> list[Difference]:
    """Return the runs in which the two disagree."""
    played, daily = engine(setting)
    found = []
    for run, (crisis, outcomes) in enumerate(reference(setting)):
        apart = parted(setting.scenario, played, daily, outcomes, crisis.record.daily, run)
        if apart is not None:
            found.append(apart)
    return found


def parted(
    scenario: Scenario,
    played: dict[str, Any],
    daily: dict[str, Any],
    outcomes: dict[str, Any],
    path: dict[str, list[float]],
    run: int,
) -> Difference | None:
    """Return where the engine's run with this number and one of the second writing part, None if
    nowhere.
    """
    lines = tuple(_outcomes_that_differ(scenario, played, outcomes, run))
    days = tuple(_first_day_that_differs(daily, path, run))
    return Difference(run, days, lines) if lines or days else None


def _outcomes_that_differ(
    scenario: Scenario, played: dict[str, Any], expected: dict[str, Any], run: int
) -> Iterator[str]:
    course = {
        f"territory_day_{day}" for day in scenario.course
    }  # read off the path, which is compared by itself
    for column in columns(scenario)[len(RUN) :]:
        if column.name in course:
            continue
        one, other = played[column.name][run], expected[column.name]
        same = _close(one, other) if column.kind == "real" else one == other
        if not same:
            yield f"{column.name}: engine {one}, reference {other}"


def _first_day_that_differs(
    played: dict[str, Any], expected: dict[str, list[float]], run: int
) -> Iterator[str]:
    for day in range(len(expected[DAILY[0]])):
        lines = [
            f"day {day} {name}: engine {played[name][day, run]}, reference {expected[name][day]}"
            for name in DAILY
            if not _close(played[name][day, run], expected[name][day])
        ]
        if lines:
            before = (
                ", ".join(f"{name} {expected[name][day - 1]:.6g}" for name in DAILY)
                if day
                else "the onset"
            )
            yield f"day {day - 1}: {before}"
            yield from lines
            return


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
