"""Sweeps: the same scenario and the same luck over a grid of values."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from sim.blocks import Store
from sim.ensemble import Engine, Ensemble, Plan, play
from sim.errors import UsageError
from sim.results import put_in_place
from sim.scenario import Loaded, digest, load
from sim.summary import summarise

MAX_CELLS = 10_000


@dataclass(frozen=True)
class Axis:
    """One axis of a grid: a value of the scenario and what it takes in turn.

    Attributes:
        path: of the value, such as actors.OST.support.
        values: as texts, as they would stand in a file.
    """

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One cell of a grid: a scenario with one value for every axis."""

    values: tuple[str, ...]
    loaded: Loaded


def read_axis(text: str) -> Axis:
    """Read ``path=low:high:steps`` or ``path=one,two,three``; UsageError where it is neither."""
    path, _, stated = text.partition("=")
    if not path or not stated:
        raise UsageError(f"--grid {text}: allowed: path=low:high:steps or path=one,two,three")
    if ":" not in stated:
        return Axis(path, tuple(stated.split(",")))
    try:
        low, high, steps = stated.split(":")
        numbers = np.linspace(float(low), float(high), int(steps))
        if not len(numbers):
            raise ValueError
    except ValueError:
        raise UsageError(f"--grid {text}: allowed: path=low:high:steps, with two numbers and a whole number") from None
    return Axis(path, tuple(f"{number:.6g}" for number in numbers))


def cells(file: Path, sets: Sequence[str], axes: Sequence[Axis]) -> list[Cell]:
    """Return the cells of a grid, the last axis running fastest; InputError for values that a scenario refuses."""
    if len(axes) > 2:
        raise UsageError("a grid has one axis or two")
    if np.prod([len(axis.values) for axis in axes]) > MAX_CELLS:
        raise UsageError(f"a grid has at most {MAX_CELLS:,} cells")
    found = []
    for values in product(*(axis.values for axis in axes)):
        stated = [f"{axis.path}={value}" for axis, value in zip(axes, values, strict=True)]
        found.append(Cell(values, load(file, [*sets, *stated])))
    return found


def play_cells(
    grid: Sequence[Cell], plan: Plan, engine: Engine, store: Store, fresh: bool, progress: Callable[[int], None]
) -> Iterator[tuple[Cell, Ensemble]]:
    """Play the cells one after another, all with the draws and the luck of one plan."""
    for cell in grid:
        of_cell = replace(plan, scenario=cell.loaded.scenario)
        ensemble = play(of_cell, engine=engine, store=store, fresh=fresh, progress=progress)
        yield cell, ensemble
        if ensemble.interrupted:
            return


def table(axes: Sequence[Axis], played: Sequence[tuple[Cell, Ensemble]]) -> pd.DataFrame:
    """Return one row a cell and measure: the axes' values, and value, chance and coding of the measure."""
    rows = []
    for cell, ensemble in played:
        stated = {axis.path: value for axis, value in zip(axes, cell.values, strict=True)}
        rows += [stated | line.flat() for line in summarise(ensemble.plan.scenario, ensemble.outcomes)]
    return pd.DataFrame(rows)


def write(axes: Sequence[Axis], played: Sequence[tuple[Cell, Ensemble]], out: Path) -> Path:
    """Write the table of a sweep to a folder of its own below ``out`` and return that."""
    plan = played[0][1].plan
    key = " ".join(digest(cell.loaded.scenario) for cell, _ in played) + f" {plan.seed} {plan.runs} {plan.draws}"
    out.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=out))
    try:
        rows = table(axes, played)
        rows.to_parquet(aside / "sweep.parquet", index=False)
        rows.to_csv(aside / "sweep.csv", index=False, lineterminator="\n")
        manifest = {
            "scenario": plan.scenario.scenario,
            "title": plan.scenario.title,
            "axes": [asdict(axis) for axis in axes],
            "runs": plan.runs,
            "draws": plan.draws,
            "seed": plan.seed,
        }
        (aside / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        aside.chmod(0o755)
        name = f"{plan.scenario.scenario}-sweep-{sha256(key.encode()).hexdigest()[:8]}"
        return put_in_place(aside, out / name)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
