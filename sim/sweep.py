"""Sweeps: the same scenario and the same luck over a grid of values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.blocks import Store
from sim.ensemble import Engine, Ensemble, Plan, play
from sim.errors import InputError, UsageError
from sim.scenario import Loaded, Scenario, digest, load
from sim.scenario.document import clipped
from sim.summary import Measure, summarise
from sim.whole import whole_folder

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
    if len({axis.path for axis in axes}) < len(axes):
        raise UsageError(f"--grid {axes[0].path}: stands twice; allowed: two different values")
    for axis in axes:
        if len(set(axis.values)) < len(axis.values):
            raise UsageError(f"--grid {axis.path}: names a value twice; allowed: each once")
    if np.prod([len(axis.values) for axis in axes]) > MAX_CELLS:
        raise UsageError(f"a grid has at most {MAX_CELLS:,} cells")
    found = []
    for values in product(*(axis.values for axis in axes)):
        stated = [f"{axis.path}={value}" for axis, value in zip(axes, values, strict=True)]
        found.append(Cell(values, _load(file, sets, stated)))
    return found


def _load(file: Path, sets: Sequence[str], stated: Sequence[str]) -> Loaded:
    """Load the scenario of a cell; a fault of a value that the grid states is named as the grid's."""
    try:
        return load(file, [*sets, *stated])
    except InputError as error:
        ours = {f"--set {clipped(text)}": f"--grid {clipped(text)}" for text in stated if text not in sets}
        raise InputError([replace(fault, file=ours.get(fault.file, fault.file)) for fault in error.faults]) from None


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
        rows += [stated | line.flat() for line in _measures(ensemble)]
    return pd.DataFrame(rows)


def _measures(ensemble: Ensemble) -> list[Measure]:
    """Return the summary of a cell, with a line for every broker: whose truces never lasted has a share of zero."""
    lines = summarise(ensemble.plan.scenario, ensemble.outcomes)
    names = {line.name for line in lines}
    return lines + [
        Measure(
            name, f"the lasting truce is brokered by {name.removeprefix('broker_')}", "probability", 0.0, None, None
        )
        for name in broker_measures(ensemble.plan.scenario)
        if name not in names
    ]


def broker_measures(scenario: Scenario) -> tuple[str, ...]:
    """Return the measures, beside those that every summary has, that count the lasting truces of each broker."""
    return tuple(f"broker_{code}" for code in scenario.third_parties if scenario.actors[code].broker_value is not None)


def read(folder: Path) -> pd.DataFrame:
    """Return the table of a sweep's folder: see :func:`table`."""
    return pd.read_parquet(folder / "sweep.parquet")


def told(rows: pd.DataFrame, axes: Sequence[Axis], measures: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return some measures of a sweep as texts: headings, and one line a cell."""
    paths = [axis.path for axis in axes]
    parts = [rows[rows["name"] == name] for name in measures]  # each in the order of the cells
    cells = product(*(axis.values for axis in axes))
    columns = [[_text(row) for row in part.itertuples()] for part in parts]
    headings = [str(part["says"].iloc[0]) for part in parts]
    return paths + headings, [[*cell, *shown] for cell, *shown in zip(cells, *columns, strict=True)]


def sentence(rows: pd.DataFrame, axes: Sequence[Axis], measure: str) -> str:
    """Return the plain sentence that sums a sweep up: how far each axis moves a measure, the farthest first.

    Of two axes each is told by means over the other.
    """
    part = rows[rows["name"] == measure]
    says = f"{part['says'].iloc[0][0].upper()}{part['says'].iloc[0][1:]}"
    if part["value"].nunique() == 1:
        return f"{says}: {_text(part.iloc[0])} in every cell."
    means = [part.groupby(axis.path, sort=False)["value"].mean() for axis in axes]
    ranked = sorted(zip(axes, means, strict=True), key=lambda one: one[1].min() - one[1].max())
    told = [
        f"{axis.path} moves it from {_told(part, mean, mean.idxmin())} to {_told(part, mean, mean.idxmax())}"
        for axis, mean in ranked
    ]
    by_means = " (means over the other value)" if len(axes) > 1 else ""
    return f"{says}: {'; '.join(told)}{by_means}."


def _told(part: pd.DataFrame, means: pd.Series, value: Any) -> str:
    """Return a mean of a measure and the value of the axis at which it stands."""
    row = Measure("", "", part["unit"].iloc[0], float(means[value]), None, None)
    return f"{row.shown()[0]} at {value}"


def _text(row: Any) -> str:
    return Measure("", "", row.unit, row.value, None, None).shown()[0]


def write(axes: Sequence[Axis], played: Sequence[tuple[Cell, Ensemble]], out: Path) -> Path:
    """Write the table of a sweep to a folder of its own below ``out`` and return that."""
    plan = played[0][1].plan
    key = " ".join(digest(cell.loaded.scenario) for cell, _ in played) + f" {plan.seed} {plan.runs} {plan.draws}"
    folder = out / f"{plan.scenario.scenario}-sweep-{sha256(key.encode()).hexdigest()[:8]}"
    with whole_folder(folder) as aside:
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
    return folder
