"""Sweeps: the same scenario and the same luck over a grid of values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.ensemble.blocks import Store
from sim.ensemble.ensemble import Engine, Ensemble, Plan, play
from sim.io.errors import InputError, UsageError
from sim.io.spreadsheets import defused
from sim.outcomes import summary
from sim.outcomes.summary import Measure, mediated_by, summarise
from sim.results.layout import result_folder
from sim.scenario import Loaded, Scenario, digest, load
from sim.scenario.changes import retitled, short_name, with_changes
from sim.scenario.document import clipped

Array = NDArray[np.float64]

MAX_CELLS = 10_000
CLEAR = 2.0
"""Standard errors by which two values of an axis must differ, for that not to be chance."""


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
    brokers = broker_measures(cell.loaded.scenario for cell, _ in played)
    rows = []
    for cell, ensemble in played:
        stated = {axis.path: value for axis, value in zip(axes, cell.values, strict=True)}
        rows += [stated | line.flat() for line in _measures(ensemble, brokers)]
    return pd.DataFrame(rows)


def _measures(ensemble: Ensemble, brokers: Sequence[str]) -> list[Measure]:
    """Return the summary of a cell, with a line for every mediator of any cell: 0 where its ceasefires never lasted."""
    scenario = ensemble.plan.scenario
    lines = summarise(scenario, ensemble.outcomes)
    names = {line.name for line in lines}
    return lines + [
        Measure(name, mediated_by(scenario, name.removeprefix("broker_")), "probability", 0.0, None, None)
        for name in brokers
        if name not in names
    ]


def broker_measures(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return the measures that count the lasting truces of each broker, of any of the scenarios of a grid."""
    brokers = (code for one in scenarios for code in one.third_parties if one.actors[code].broker_value is not None)
    return tuple(f"broker_{code}" for code in dict.fromkeys(brokers))


def read(folder: Path) -> pd.DataFrame:
    """Return the table of a sweep's folder: see :func:`table`."""
    with (folder / "sweep.parquet").open("rb") as file:
        return pd.read_parquet(file)


def title(folder: Path) -> str:
    """Return the title of a sweep's folder."""
    return str(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["title"])


def told(rows: pd.DataFrame, axes: Sequence[Axis], measures: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return some measures of a sweep as texts: headings, and one line a cell."""
    paths = [axis.path for axis in axes]
    parts = [rows[rows["name"] == name] for name in measures]  # each in the order of the cells
    cells = product(*(axis.values for axis in axes))
    columns = [[_text(row.value, row.unit) for row in part.itertuples()] for part in parts]
    headings = [_says(part) for part in parts]
    return paths + headings, [[*cell, *shown] for cell, *shown in zip(cells, *columns, strict=True)]


def _says(part: pd.DataFrame) -> str:
    """Return what a measure is; in a sweep of the horizon it may be one thing in some cells and another in others."""
    return " / ".join(part["says"].unique())


def by_run(played: Sequence[tuple[Cell, Ensemble]], measure: str) -> Array:
    """Return a measure in each run of each cell: shape ``(cells, runs)``."""
    return np.stack([summary.by_run(one.plan.scenario, one.outcomes, measure) for _, one in played])


def sentence(rows: pd.DataFrame, axes: Sequence[Axis], measure: str, runs: Array) -> str:
    """Return the plain sentence that sums a sweep up: how far each axis moves a measure, the farthest first.

    Of two axes each is told by means over the other. An axis that moves the measure no more than chance might is told
    to make no difference; a median is moved where more runs lie above the median of all cells (Mood 1950).

    Args:
        rows: the table of the sweep.
        axes: of the grid.
        measure: its name.
        runs: the measure in each run of each cell, shape ``(cells, runs)``.
    """
    part = rows[rows["name"] == measure]
    says, unit = f"{_says(part)[0].upper()}{_says(part)[1:]}", part["unit"].iloc[0]
    if part["value"].nunique() == 1:
        return f"{says}: {_text(part['value'].iloc[0], unit)} in every cell."
    shape = tuple(len(axis.values) for axis in axes)
    values = part["value"].to_numpy().reshape(shape)
    scores = (runs if unit == "probability" else np.sign(runs - np.median(runs))).reshape(*shape, -1)
    moves = []
    for place, axis in enumerate(axes):
        others = tuple(other for other in range(len(axes)) if other != place)
        moves.append(_moved(axis, values.mean(axis=others), scores.mean(axis=others), unit))
    told = [text for _, text in sorted(moves, key=lambda move: -move[0])]
    by_means = " (means over the other value)" if len(axes) > 1 else ""
    return f"{says}: {'; '.join(told)}{by_means}."


def _moved(axis: Axis, means: Array, scores: Array, unit: str) -> tuple[float, str]:
    """Return how far an axis moves a measure, 0 where that may be chance, and in words.

    Args:
        axis: the axis.
        means: of the measure at each of its values.
        scores: of each run at each of its values, shape ``(values, runs)``; a run has the same luck at all of them.
        unit: of the measure.
    """
    low, high = int(means.argmin()), int(means.argmax())
    differences = scores[high] - scores[low]
    if differences.mean() <= _clear(len(means)) * differences.std() / np.sqrt(len(differences)):
        return 0.0, f"{axis.path} makes no difference beyond chance"
    ends = [f"{_text(float(means[end]), unit)} at {axis.values[end]}" for end in (low, high)]
    return float(means[high] - means[low]), f"{axis.path} moves it from {ends[0]} to {ends[1]}"


def _clear(values: int) -> float:
    """Return the standard errors that count where the two farthest of so many values are picked (Bonferroni)."""
    pairs = max(values * (values - 1) // 2, 1)
    return -NormalDist().inv_cdf(NormalDist().cdf(-CLEAR) / pairs)


def _text(value: Any, unit: Any) -> str:
    return Measure("", "", unit, value, None, None).shown()[0]


def write(
    axes: Sequence[Axis],
    played: Sequence[tuple[Cell, Ensemble]],
    out: Path,
    complete: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write the table of a sweep to a folder of its own below ``out`` and return that.

    Args:
        axes: of the grid.
        played: the cells, with what came of each.
        out: folder of the result folders.
        complete: adds a chart to the folder before it is put in place.
    """
    plan, (title, held) = played[0][1].plan, _besides(axes, played[0][0].loaded)
    key = " ".join(digest(cell.loaded.scenario) for cell, _ in played) + f" {plan.seed} {plan.runs} {plan.draws}"
    name = "-".join(filter(None, (plan.scenario.scenario, short_name(held), "sweep")))
    folder = out / f"{name}-{sha256(key.encode()).hexdigest()[:8]}"
    with result_folder(folder, "manifest.json") as aside:
        rows = table(axes, played)
        (aside / "sweep.parquet").write_bytes(rows.to_parquet(index=False))
        defused(rows).to_csv(aside / "sweep.csv", index=False, lineterminator="\n")
        manifest = {
            "kind": "sweep",
            "scenario": plan.scenario.scenario,
            "title": title,
            "set": held,
            "axes": [asdict(axis) for axis in axes],
            "runs": plan.runs,
            "draws": plan.draws_played,
            "seed": plan.seed,
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        (aside / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        complete(aside)
    return folder


def _besides(axes: Sequence[Axis], loaded: Loaded) -> tuple[str, dict[str, str]]:
    """Return the title of a sweep, and what the command line set besides the values of the axes."""
    swept = {axis.path for axis in axes}
    held = {path: value for path, value in loaded.changes.items() if path not in swept}
    title = loaded.scenario.title.removesuffix(with_changes(loaded.changes))
    return retitled(title, held), held
