"""Golden outcomes: a few runs of a shipped crisis, kept so that no number moves unseen.

``python -m tests.golden``, from the top folder, plays them again and says what moved.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from sim.ensemble.ensemble import Plan, play
from sim.outcomes.columns import columns
from sim.scenario import Scenario, load

HERE = Path(__file__).parent
CRISIS = "april_2016"
GOLDEN = HERE / f"{CRISIS}.csv"

RUNS, DRAWS, SEED = 12, 4, 7
DIGITS = 7
RELATIVE, ABSOLUTE = 1e-5, 1e-6
"""The engine plays in 32 bits: the last of seven digits may differ from machine to machine."""
SHOWN = 60
"""Cells that a difference shows before it is cut."""


def scenario() -> Scenario:
    """Return the crisis that is played."""
    return load(HERE.parent.parent / "scenarios" / f"{CRISIS}.yaml").scenario


def play_again() -> pd.DataFrame:
    """Play the golden runs and return their outcomes as texts."""
    ensemble = play(Plan(scenario(), RUNS, DRAWS, SEED))
    if ensemble.failures:
        raise RuntimeError(ensemble.failures[0].reason)
    return as_text(ensemble.outcomes)


def as_text(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return outcomes as they stand in the file: reals with 7 significant digits, a day that never
    came empty.
    """

    def text(value: object) -> str:
        if pd.isna(value):  # type: ignore[call-overload]
            return ""
        return f"{value:.{DIGITS}g}" if isinstance(value, float | np.floating) else str(value)

    return outcomes.map(text)


def read() -> pd.DataFrame:
    """Return the golden table as texts."""
    return pd.read_csv(GOLDEN, dtype=str, keep_default_na=False)


def write(table: pd.DataFrame) -> None:
    """Make a table the golden one."""
    table.to_csv(GOLDEN, index=False, lineterminator="\n")


def differences(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Return one line a column that came or went and a cell that moved: reals by more than
    rounding.
    """
    lines = [f"column {name} is gone" for name in old if name not in new]
    lines += [f"column {name} is new" for name in new if name not in old]
    if len(old) != len(new):
        return [*lines, f"{len(old)} runs -> {len(new)} runs"]
    reals = {column.name for column in columns(scenario()) if column.kind == "real"}
    for name in old.columns.intersection(new.columns):
        for run, (was, now) in enumerate(zip(old[name], new[name], strict=True)):
            if was != now and not (name in reals and _close(was, now)):
                lines.append(
                    f"run {run:>3}  {name:<24} {was or '(never)':>18} -> {now or '(never)'}"
                )
    return lines


def report(lines: list[str]) -> str:
    """Return differences as a text that a person can read."""
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    runs = {line.split()[1] for line in lines if line.startswith("run")}
    head = f"{len(lines)} differences in {len(runs)} of {RUNS} runs; where meant, run: python -m tests.golden"
    return "\n".join([head, *lines[:SHOWN], *more])


def _close(was: str, now: str) -> bool:
    return math.isclose(float(was), float(now), rel_tol=RELATIVE, abs_tol=ABSOLUTE)
