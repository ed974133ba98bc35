"""Sweeps: simulate a scenario over a grid of values with common random numbers."""

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
from sim.ensemble.ensemble import Ensemble, Plan, play
from sim.ensemble.executors import Executor
from sim.io.errors import InputError, UsageError
from sim.io.spreadsheets import defused
from sim.io.text import clipped
from sim.outcomes import summary
from sim.outcomes.summary import Measure, summarise
from sim.outcomes.summary_measures import OF_A_MEDIATOR, PROBABILITY, of_mediator
from sim.results.layout import result_folder
from sim.results.swept import TABLE
from sim.scenario import Loaded, Scenario, digest, load
from sim.scenario.changes import retitled, short_name, with_changes
from sim.scenario.wording import changes_in_words, path_in_words

Array = NDArray[np.float64]

MAX_CELLS = 10_000
TOO_MANY = f"a grid has at most {MAX_CELLS:,} cells"
CLEAR = 2.0
"""Standard errors by which two values of an axis must differ to be reported as different."""


@dataclass(frozen=True)
class Axis:
    """One axis of a grid: a scenario value and the values that it takes.

    Attributes:
        path: path of the scenario value, such as actors.OST.support.
        values: values as texts, as in a scenario file.
    """

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One cell of a grid: a scenario with one value per axis."""

    values: tuple[str, ...]
    loaded: Loaded


def read_axis(text: str) -> Axis:
    """Return the axis that a text states: ``path=low:high:steps`` or ``path=a,b,c``.

    Raises:
        UsageError: the text has another form.

    >>> read_axis("actors.OST.support=0:2:3").values
    ('0', '1', '2')
    """
    path, _, stated = text.partition("=")
    if not path or not stated:
        raise UsageError(f"--grid {text}: allowed: path=low:high:steps or path=a,b,c")
    if ":" not in stated:
        return Axis(path, tuple(stated.split(",")))
    try:
        low, high, steps = stated.split(":")
        ends = float(low), float(high)
        if not (np.isfinite(ends).all() and int(steps) >= 1):
            raise ValueError
    except ValueError:
        allowed = "path=low:high:steps, with two numbers and a whole number of steps"
        raise UsageError(f"--grid {text}: allowed: {allowed}") from None
    if int(steps) > MAX_CELLS:
        raise UsageError(f"--grid {text}: {TOO_MANY}")
    return Axis(path, tuple(f"{number:.6g}" for number in np.linspace(*ends, int(steps))))


def cells(file: Path, sets: Sequence[str], axes: Sequence[Axis]) -> list[Cell]:
    """Return the cells of a grid; the last axis changes from cell to cell.

    Raises:
        UsageError: the grid has too many axes or cells, or repeats a path or a value.
        InputError: a value is invalid.

    >>> from sim.catalogue import locate
    >>> grid = cells(locate("scenario", "april_2016"), [], [Axis("horizon_days", ("30", "60"))])
    >>> [cell.loaded.scenario.horizon_days for cell in grid]
    [30, 60]
    """
    if len(axes) > 2:
        raise UsageError("a grid has one or two axes")
    if len({axis.path for axis in axes}) < len(axes):
        raise UsageError(f"--grid {axes[0].path}: is given twice; allowed: two different paths")
    for axis in axes:
        if len(set(axis.values)) < len(axis.values):
            raise UsageError(f"--grid {axis.path}: has a value twice; allowed: each value once")
    if np.prod([len(axis.values) for axis in axes]) > MAX_CELLS:
        raise UsageError(TOO_MANY)
    grid = []
    for values in product(*(axis.values for axis in axes)):
        stated = [f"{axis.path}={value}" for axis, value in zip(axes, values, strict=True)]
        grid.append(Cell(values, _load(file, sets, stated)))
    return grid


def _load(file: Path, sets: Sequence[str], stated: Sequence[str]) -> Loaded:
    """Load the scenario of a cell. Faults of values from the grid are reported under ``--grid``."""
    try:
        return load(file, [*sets, *stated])
    except InputError as error:
        of_grid = [clipped(text) for text in stated if text not in sets]
        places = {f"--set {text}": f"--grid {text}" for text in of_grid}
        faults = [replace(fault, file=places.get(fault.file, fault.file)) for fault in error.faults]
        raise InputError(faults) from None


def play_cells(
    grid: Sequence[Cell],
    plan: Plan,
    executor: Executor,
    store: Store,
    fresh: bool,
    progress: Callable[[int], None],
) -> Iterator[tuple[Cell, Ensemble]]:
    """Simulate the cells one after another, all with the draws and random numbers of one plan."""
    for cell in grid:
        of_cell = replace(plan, scenario=cell.loaded.scenario)
        ensemble = play(of_cell, executor=executor, store=store, fresh=fresh, progress=progress)
        yield cell, ensemble
        if ensemble.interrupted:
            return


def table(axes: Sequence[Axis], simulated: Sequence[tuple[Cell, Ensemble]]) -> pd.DataFrame:
    """Return one row per cell and measure: the values of the axes, a value and its intervals."""
    mediators = mediator_measures(cell.loaded.scenario for cell, _ in simulated)
    rows = []
    for cell, ensemble in simulated:
        stated = {axis.path: value for axis, value in zip(axes, cell.values, strict=True)}
        rows += [stated | line.flat() for line in _measures(ensemble, mediators)]
    return pd.DataFrame(rows)


def _measures(ensemble: Ensemble, mediators: Sequence[str]) -> list[Measure]:
    """Return the summary of a cell, with a line for every mediator of any cell.

    The line of a mediator that never succeeded is 0.
    """
    scenario = ensemble.plan.scenario
    lines = summarise(scenario, ensemble.outcomes)
    missing = set(mediators) - {line.name for line in lines}
    never = [
        Measure(
            name,
            of_mediator(name.removeprefix(OF_A_MEDIATOR)).says(scenario),
            PROBABILITY,
            0.0,
            None,
            None,
        )
        for name in mediators
        if name in missing
    ]
    return lines + never


def mediator_measures(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return the measures of lasting ceasefires by mediator, for all mediators of scenarios.

    >>> import sim
    >>> "broker_RUS" in mediator_measures([sim.load("april_2016").scenario])
    True
    """
    mediators = (
        code
        for scenario in scenarios
        for code in scenario.third_parties
        if scenario.actors[code].broker_value is not None
    )
    return tuple(of_mediator(code).name for code in dict.fromkeys(mediators))


def as_texts(
    rows: pd.DataFrame, axes: Sequence[Axis], measures: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """Return measures of a sweep as texts: headings, and one line per cell."""
    paths = [axis.path for axis in axes]
    parts = [rows[rows["name"] == name] for name in measures]  # each in the order of the cells
    cells = product(*(axis.values for axis in axes))
    columns = [[_text(row.value, row.unit) for row in part.itertuples()] for part in parts]
    headings = [_says(part) for part in parts]
    return paths + headings, [[*cell, *shown] for cell, *shown in zip(cells, *columns, strict=True)]


def _says(part: pd.DataFrame) -> str:
    """Return the name of a measure in words.

    It may differ between cells of a sweep over the horizon.
    """
    return " / ".join(part["says"].unique())


def by_run(simulated: Sequence[tuple[Cell, Ensemble]], measure: str) -> Array:
    """Return a measure in each run of each cell: shape ``(cells, runs)``."""
    ensembles = [ensemble for _, ensemble in simulated]
    return np.stack([summary.by_run(each.outcomes, measure) for each in ensembles])


def sentence(rows: pd.DataFrame, axes: Sequence[Axis], measure: str, runs: Array) -> str:
    """Return a sentence about how far each axis moves a measure, the most influential axis first.

    With two axes, each is described by means over the other. An axis whose influence may be due to
    chance is reported to make no difference. A median differs if more runs are above the median of
    all cells (Mood 1950). A measure is not compared if its meaning depends on the cell: it may
    count other days, or include an onset without fighting.

    Args:
        rows: table of the sweep.
        axes: axes of the grid.
        measure: name of the measure.
        runs: value of the measure in each run of each cell, shape ``(cells, runs)``.
    """
    part = rows[rows["name"] == measure]
    says = f"{_says(part)[0].upper()}{_says(part)[1:]}"
    unit = part["unit"].iloc[0]
    if part["says"].nunique() > 1:
        return f"{says}: not compared, because it means different things in different cells."
    if part["value"].nunique() == 1:
        return f"{says}: {_text(part['value'].iloc[0], unit)} in every cell."
    moves = [_moved(axis, *found, unit) for axis, found in _by_axis(part, axes, runs)]
    texts = [text for _, text in sorted(moves, key=lambda move: -move[0])]
    by_means = " (means over the other value)" if len(axes) > 1 else ""
    return f"{says}: {'; '.join(texts)}{by_means}."


def moved_by(rows: pd.DataFrame, axes: Sequence[Axis], measure: str, runs: Array) -> list[str]:
    """Return the paths of the axes that move a measure beyond chance.

    The arguments and the test are those of :func:`sentence`.
    """
    part = rows[rows["name"] == measure]
    if part["says"].nunique() > 1 or part["value"].nunique() == 1:
        return []
    return [axis.path for axis, found in _by_axis(part, axes, runs) if _is_clear(*found)]


def _by_axis(
    part: pd.DataFrame, axes: Sequence[Axis], runs: Array
) -> Iterator[tuple[Axis, tuple[Array, Array]]]:
    """Yield each axis with the means and the scores of a measure over the remaining axis.

    The means are those of the cells, shape ``(values,)``. A score is a hit, or the sign of the
    distance of a run from the median of all runs, shape ``(values, runs)``.
    """
    shape = tuple(len(axis.values) for axis in axes)
    values = part["value"].to_numpy().reshape(shape)
    is_share = part["unit"].iloc[0] == PROBABILITY
    scores = (runs if is_share else np.sign(runs - np.median(runs))).reshape(*shape, -1)
    for place, axis in enumerate(axes):
        rest = tuple(number for number in range(len(axes)) if number != place)
        yield axis, (values.mean(axis=rest), scores.mean(axis=rest))


def _is_clear(means: Array, scores: Array) -> bool:
    """Return whether the values with the smallest and the largest mean differ beyond chance.

    Runs share random numbers, so their differences are more precise than the means.
    """
    differences = scores[int(means.argmax())] - scores[int(means.argmin())]
    error = differences.std() / np.sqrt(len(differences))
    return bool(differences.mean() > _clear(len(means)) * error)


def _moved(axis: Axis, means: Array, scores: Array, unit: str) -> tuple[float, str]:
    """Return how far an axis moves a measure, as a number (0 if it may be chance) and in words.

    Args:
        axis: the axis.
        means: mean of the measure at each of its values.
        scores: score of each run at each of its values, shape ``(values, runs)``; random numbers
            are common.
        unit: unit of the measure.
    """
    low = int(means.argmin())
    high = int(means.argmax())
    if not _is_clear(means, scores):
        return 0.0, f"{axis.path} makes no difference beyond chance"
    texts = [_mean(float(mean), unit) for mean in means]
    ends = f"{texts[low]} at {axis.values[low]} to {texts[high]} at {axis.values[high]}"
    turns = [
        f"{texts[place]} at {axis.values[place]}"
        for place in _outer(axis)
        if texts[place] not in (texts[low], texts[high])
    ]
    but = f", but it is {' and '.join(turns)}" if turns else ""
    return float(means[high] - means[low]), f"{axis.path} moves it from {ends}{but}"


def _outer(axis: Axis) -> tuple[int, ...]:
    """Return the positions of the smallest and the largest value of an axis of numbers."""
    try:
        numbers = [float(value) for value in axis.values]
    except ValueError:
        return ()
    return numbers.index(min(numbers)), numbers.index(max(numbers))


def _clear(values: int) -> float:
    """Return the required number of standard errors for the two most distant of some values.

    The choice of two values calls for Bonferroni's correction.

    >>> round(_clear(2), 2), round(_clear(10), 2)
    (2.0, 3.29)
    """
    pairs = max(values * (values - 1) // 2, 1)
    return -NormalDist().inv_cdf(NormalDist().cdf(-CLEAR) / pairs)


def _mean(value: float, unit: str) -> str:
    """Return a mean over cells as a short text; one of few things keeps its decimals."""
    is_count = unit != "probability" and not unit.startswith("%")
    return f"{value:.3g} {unit}" if is_count and abs(value) < 10 else _text(value, unit)


def _text(value: Any, unit: Any) -> str:
    return Measure("", "", unit, value, None, None).shown()[0]


def write(
    axes: Sequence[Axis],
    simulated: Sequence[tuple[Cell, Ensemble]],
    out: Path,
    complete: Callable[[Path], object] = lambda folder: None,
    drawn: Sequence[str] = (),
) -> Path:
    """Write the table of a sweep to a new folder below ``out`` and return the folder.

    Args:
        axes: axes of the grid.
        simulated: the cells with their ensembles.
        out: folder for results.
        complete: function that adds a chart before the folder is moved into place.
        drawn: measures that its chart shows; the usual ones where empty.
    """
    plan = simulated[0][1].plan
    title, fixed = _fixed(axes, simulated[0][0].loaded)
    digests = " ".join(digest(cell.loaded.scenario) for cell, _ in simulated)
    key = f"{digests} {plan.seed} {plan.runs} {plan.draws}"
    name = "-".join(filter(None, (plan.scenario.scenario, short_name(fixed), "sweep")))
    folder = out / f"{name}-{sha256(key.encode()).hexdigest()[:8]}"
    with result_folder(folder, "manifest.json") as aside:
        rows = table(axes, simulated)
        (aside / TABLE).write_bytes(rows.to_parquet(index=False))
        defused(rows).to_csv(aside / "sweep.csv", index=False, lineterminator="\n")
        manifest = {
            "kind": "sweep",
            "scenario": plan.scenario.scenario,
            "title": title,
            "set": fixed,
            "changed": changes_in_words(simulated[0][0].loaded.scenario, fixed),
            "axes": [
                {**asdict(axis), "says": path_in_words(tuple(axis.path.split(".")), plan.scenario)}
                for axis in axes
            ],
            "drawn": list(drawn),
            "runs": plan.runs,
            "draws": plan.draws_used,
            "seed": plan.seed,
            "moved_by": {
                name: moved_by(rows, axes, name, by_run(simulated, name))
                for name in map(str, rows["name"].unique())
            },
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        (aside / "manifest.json").write_text(
            json.dumps(manifest, indent=2) + "\n", encoding="utf-8"
        )
        complete(aside)
    return folder


def _fixed(axes: Sequence[Axis], loaded: Loaded) -> tuple[str, dict[str, str]]:
    """Return the title of a sweep, and the values that the command line set apart from the axes."""
    swept = {axis.path for axis in axes}
    fixed = {path: value for path, value in loaded.changes.items() if path not in swept}
    title = loaded.scenario.title.removesuffix(with_changes(loaded.changed))
    return retitled(title, changes_in_words(loaded.scenario, fixed)), fixed
