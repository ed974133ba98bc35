"""The bank: runs of each crisis for draws of all its values from their prior ranges.

The runs come from ensembles with a Latin hypercube over all uncertain values, shared and own. Each
draw has one run: for a given number of runs, more draws are better than more runs of each, because
each draw also brings new values of all that is integrated out. Each crisis has a file, named
after the digest of all that its runs depend on, so that only missing crises are simulated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.draws import Draws
from sim.ensemble.ensemble import Plan, play_runs
from sim.ensemble.executors import Executor, Failure, here
from sim.fitting.joint.ranges import cumulative
from sim.fitting.likelihood import Batch, Crisis, RunsFailed, seed_of
from sim.fitting.space import Space
from sim.io.atomic import atomic_file
from sim.io.errors import UsageError
from sim.scenario import Choice, Quantity, Scenario
from sim.scenario.posterior import column_name

Array = NDArray[np.float64]

FOLDER = ".bank"
FEWEST = 500
"""Fewest draws of a crisis: the surrogate has some hundred features."""
ROOTS = ("parameters", "mechanisms")
"""Sections of a scenario whose values can be shared."""


@dataclass(frozen=True)
class Size:
    """The size of a bank.

    Attributes:
        draws: parameter draws of each crisis, each with one run.
        seed: seed of all random numbers.
    """

    draws: int = 131_072
    seed: int = 1

    def __post_init__(self) -> None:
        if self.draws < FEWEST or self.seed < 0:
            allowed = f"at least {FEWEST} draws, seed 0 or more"
            raise UsageError(f"{self.draws} draws, seed {self.seed}; allowed: {allowed}")


@dataclass(frozen=True)
class Banked:
    """The runs of one crisis.

    Attributes:
        crisis: the crisis, with the targets that its runs measure.
        size: the size of the bank.
        outcomes: columns of the outcomes that the targets need, one row a run.
        shares: quantile of each shared value in each draw, ``(draws, shared values)``, in single
            precision; not a number where the crisis does not leave the value uncertain.
    """

    crisis: Crisis
    size: Size
    outcomes: pd.DataFrame
    shares: NDArray[np.floating[Any]]

    @property
    def name(self) -> str:
        """Name of the crisis."""
        return self.crisis.name

    def measured(self) -> list[Array]:
        """Return the measured value of each target in each run."""
        return [target.measured(self.outcomes) for target in self.crisis.targets]


@dataclass(frozen=True)
class Bank:
    """The runs of some crises.

    Attributes:
        space: the shared values.
        crises: the runs of each crisis.
    """

    space: Space
    crises: tuple[Banked, ...]


def shared_space(scenarios: Iterable[Scenario]) -> Space:
    """Return the space of the shared values.

    These are the uncertain parameters and mechanisms that at least two scenarios state with the
    same range; with a single scenario, all of them.
    """
    scenarios = list(scenarios)
    values: dict[str, Quantity | Choice] = {}
    count: Counter[str] = Counter()
    for scenario in scenarios:
        for value in scenario.quantities():
            if not value.known and value.path.split(".")[0] in ROOTS:
                values[column_name(value)] = value
                count[column_name(value)] += 1
    least = min(2, len(scenarios))
    return Space(tuple(values[name] for name in sorted(values) if count[name] >= least))


def shares_of(space: Space, scenario: Scenario, drawn: Draws) -> NDArray[np.float32]:
    """Return the quantile of each shared value in each draw: ``(draws, shared values)``.

    The quantile of an option is the middle of its share. Values that the scenario does not leave
    uncertain are not numbers.
    """
    stated = {column_name(value): value for value in scenario.quantities() if not value.known}
    shares = np.full((drawn.used, len(space.values)), np.nan, dtype=np.float32)
    for column, name in enumerate(space.names):
        value = stated.get(name)
        if isinstance(value, Choice):
            shares[:, column] = (drawn.choice(value) + 0.5) / len(value.options)
        elif value is not None:
            shares[:, column] = cumulative(value, drawn.quantity(value))
    return shares


@dataclass(frozen=True)
class Recording:
    """The task of a worker: simulate a block and return some columns of its outcomes."""

    columns: tuple[frozenset[str], ...]

    def __call__(self, batch: Batch, item: int) -> pd.DataFrame:
        """Return the wanted columns that the outcomes have."""
        which, block = batch.places[item]
        with np.errstate(all="raise", under="ignore"):
            outcomes, _ = play_runs(batch.plans[which], block)
        return outcomes[[name for name in outcomes.columns if name in self.columns[which]]]


def make_bank(
    crises: Sequence[Crisis],
    size: Size,
    executor: Executor = here,
    folder: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Bank:
    """Simulate the bank of some crises, or read it from a folder.

    Args:
        crises: crises with their targets and prior ranges.
        size: size of the bank.
        executor: simulates blocks.
        folder: folder of finished crises; None to save nothing.
        say: function that takes a message about each crisis.

    Raises:
        UsageError: the crises share no uncertain value.
        RunsFailed: some runs could not be simulated.
    """
    space = shared_space(crisis.scenario for crisis in crises)
    if not space.values:
        raise UsageError("nothing to fit: these crises share no uncertain parameter")
    plans = [plan_of(crisis, size) for crisis in crises]
    tables = _tables(crises, plans, executor, folder, say)
    made = zip(crises, plans, tables, strict=True)
    return Bank(space, tuple(_banked(*part, size, space) for part in made))


def plan_of(crisis: Crisis, size: Size) -> Plan:
    """Return the ensemble of a crisis; crises have independent random numbers."""
    seed = seed_of(crisis.name, size.seed)
    return Plan(crisis.scenario.fitted(None), size.draws, size.draws, seed)


def _banked(crisis: Crisis, plan: Plan, table: pd.DataFrame, size: Size, space: Space) -> Banked:
    measured = tuple(target for target in crisis.targets if target.is_measured(table))
    shares = shares_of(space, plan.scenario, plan.drawn)
    return Banked(Crisis(crisis.scenario, measured), size, table, shares)


def _columns(crisis: Crisis) -> frozenset[str]:
    return frozenset(name for target in crisis.targets for name in target.columns)


def _tables(
    crises: Sequence[Crisis],
    plans: Sequence[Plan],
    executor: Executor,
    folder: Path | None,
    say: Callable[[str], None],
) -> list[pd.DataFrame]:
    """Return the outcomes of each crisis, from its file or from new runs."""
    # 1. read finished crises
    files = [
        None if folder is None else folder / FOLDER / f"{plan.scenario.scenario}-{key}.parquet"
        for plan, key in zip(plans, map(_key, plans, map(_columns, crises)), strict=True)
    ]
    tables = {
        which: table for which, file in enumerate(files) if (table := _read(file)) is not None
    }
    # 2. simulate the others; all blocks share the workers
    missing = [which for which in range(len(plans)) if which not in tables]
    batch = Batch(tuple(plans[which] for which in missing))
    recording = Recording(tuple(_columns(crises[which]) for which in missing))
    blocks: dict[int, dict[int, pd.DataFrame]] = {which: {} for which in missing}
    for item, result in executor(recording, batch, range(len(batch.places))):
        if isinstance(result, Failure):
            raise RunsFailed(result.summary)
        place, block = batch.places[item]
        which = missing[place]
        blocks[which][block] = result
        if len(blocks[which]) == len(plans[which].blocks):
            ordered = [blocks[which][number] for number in plans[which].blocks]
            tables[which] = pd.concat(ordered, ignore_index=True)
            _write(tables[which], files[which])
            say(f"{crises[which].name} simulated, {len(tables)} of {len(plans)}")
    return [tables[which] for which in range(len(plans))]


def _key(plan: Plan, columns: Collection[str]) -> str:
    """Return the digest of all that the runs of a crisis depend on."""
    parts = [plan.key(plan.blocks[-1]), str(plan.runs), *sorted(columns)]
    return sha256(" ".join(parts).encode()).hexdigest()[:16]


def _read(file: Path | None) -> pd.DataFrame | None:
    """Return the table in a file, or None if it is missing or damaged."""
    if file is None or not file.is_file():
        return None
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError):
        return None


def _write(table: pd.DataFrame, file: Path | None) -> None:
    if file is None:
        return
    with atomic_file(file) as aside:
        aside.write_bytes(table.to_parquet(index=False, compression="zstd"))
