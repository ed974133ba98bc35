"""One comparison: all that was judged, and the steps that lead there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.compare import fit, pairs
from sim.compare.judging import Bench, Case, Judged, Size, cases
from sim.compare.playing import Condition, Laboratory, Order
from sim.errors import InputError
from sim.evidence import find_folder
from sim.hypotheses import Argument, Contradictions, Pair
from sim.measures import Measure, read
from sim.record import Target, crises, read_record, targets

NULL = "moscow_times"
"""The argument that the fit of others is held against, where it is among them."""


@dataclass(frozen=True)
class Fit:
    """How the record looks from each argument's world.

    Attributes:
        matrix: computed.
        confused: recovery.
        items: of the record.
    """

    matrix: fit.Matrix
    confused: pd.DataFrame
    items: tuple[Target, ...]


@dataclass(frozen=True)
class Contradiction:
    """A pair of rivals, judged.

    Attributes:
        pair: as stated.
        means: of the observable, one row a rival and condition: mean over draws and its 80% interval.
        power: how well crises tell the rivals apart.
    """

    pair: Pair
    means: pd.DataFrame
    power: pairs.Power


@dataclass(frozen=True)
class Comparison:
    """All that a comparison says."""

    arguments: tuple[Argument, ...]
    judged: tuple[Judged, ...]
    contradictions: tuple[Contradiction, ...]
    fit: Fit | None
    size: Size
    seed: int
    played: int


@dataclass(frozen=True)
class Task:
    """What is to be compared, loaded and checked.

    Attributes:
        arguments: the arguments.
        cases: their claims with conditions.
        rivals: pairs with their measure, and conditions in the world of each rival.
        worlds: by argument that assumes anything, the crises of the record as it sees them.
        items: of the record; empty where there is none.
    """

    arguments: tuple[Argument, ...]
    cases: tuple[Case, ...]
    rivals: tuple[tuple[Pair, Measure, tuple[Condition, ...], tuple[Condition, ...]], ...]
    worlds: Mapping[str, Mapping[str, Condition]]
    items: tuple[Target, ...]

    @property
    def columns(self) -> frozenset[str]:
        """Columns of the outcomes that are read."""
        measured = {name for case in self.cases for name in case.measure.names}
        measured |= {name for _, measure, _, _ in self.rivals for name in measure.names}
        return frozenset(measured | {name for item in self.items for name in item.columns})


def prepare(arguments: Sequence[Argument], contradictions: Sequence[Contradictions]) -> Task:
    """Load every condition of every experiment; InputError with what is wrong with any."""
    items, worlds = _worlds(arguments)
    return Task(tuple(arguments), tuple(cases(arguments)), tuple(_rivals(contradictions)), worlds, items)


def _worlds(arguments: Sequence[Argument]) -> tuple[tuple[Target, ...], dict[str, dict[str, Condition]]]:
    """Return the items of the record, and the crises in the world of each argument that assumes anything.

    Their values are drawn from the coded ranges, whatever posterior the scenarios name: draws that were fitted to this
    record would count it twice.
    """
    assuming = [argument for argument in arguments if argument.stated.assumes]
    folder = find_folder(assuming[0].file.path) if assuming else None
    if folder is None:
        return (), {}
    try:
        record = read_record(folder)
    except InputError:
        return (), {}
    worlds: dict[str, dict[str, Condition]] = {}
    for argument in assuming:
        paths = {crisis: argument.file.scenario(crisis, ()) for crisis in crises(record)}
        worlds[argument.name] = {
            crisis: Condition(argument.world(path).scenario.fitted(None)) for crisis, path in paths.items()
        }
    return tuple(target for crisis in crises(record) for target in targets(record, crisis)), worlds


def _rivals(
    contradictions: Sequence[Contradictions],
) -> list[tuple[Pair, Measure, tuple[Condition, ...], tuple[Condition, ...]]]:
    found = []
    for stated in contradictions:
        for number, pair in enumerate(stated.stated.pairs):
            one, other = (tuple(Condition(arm.scenario) for arm in world.arms) for world in stated.conditions(number))
            found.append((pair, read(pair.measure, one[0].scenario), one, other))
    return found


def compare(task: Task, laboratory: Laboratory, size: Size, stage: Callable[[str], None]) -> Comparison:
    """Play and judge everything.

    Args:
        task: what to compare.
        laboratory: plays conditions.
        size: how much to play.
        stage: told what is under way.
    """
    stage("claims and controls")
    bench = Bench(laboratory, size)
    laboratory.play([*bench.first(task.cases), *_first_of_pairs(task, size)])  # together, to share blocks
    judged = bench.judge(task.cases)
    contradictions = _contradictions(task, laboratory, size)
    stage("fit and recovery")
    fitted = _fitted(task, laboratory, size)
    return Comparison(task.arguments, tuple(judged), contradictions, fitted, size, laboratory.seed, laboratory.played)


def _contradictions(task: Task, laboratory: Laboratory, size: Size) -> tuple[Contradiction, ...]:
    return tuple(_contradiction(rival, laboratory, size.pair) for rival in task.rivals)


def _first_of_pairs(task: Task, size: Size) -> list[Order]:
    return [Order(arm, size.pair) for _, _, one, other in task.rivals for arm in (*one, *other)]


def _contradiction(
    rival: tuple[Pair, Measure, tuple[Condition, ...], tuple[Condition, ...]], laboratory: Laboratory, runs: int
) -> Contradiction:
    pair, measure, *worlds = rival
    values = [[measure.values(laboratory.table(arm, runs)) for arm in world] for world in worlds]
    inner = pairs.edges([under for world in values for under in world])
    one, other = (pairs.chances(world, inner, laboratory.draws) for world in values)
    rows = []
    for stated, world in zip(pair.rivals, worlds, strict=True):
        for number, arm in enumerate(world):
            by_draw = measure.estimate(laboratory.table(arm, runs), laboratory.draws).value
            low, high = np.quantile(by_draw, (0.1, 0.9))
            rows.append({"rival": stated.name, "condition": number, "mean": by_draw.mean(), "low": low, "high": high})
    return Contradiction(pair, pd.DataFrame(rows), pairs.power(one, other, laboratory.seed))


def _fitted(task: Task, laboratory: Laboratory, size: Size) -> Fit | None:
    if len(task.worlds) < 2:
        return None
    wide = Laboratory(
        laboratory.engine,
        laboratory.store,
        laboratory.seed,
        size.fit_draws,
        laboratory.columns,
        laboratory.progress,
        laboratory.expect,
    )
    wide.play(Order(condition, size.fit_runs) for world in task.worlds.values() for condition in world.values())
    laboratory.played += wide.played
    tables = {
        name: {crisis: wide.table(condition, size.fit_runs) for crisis, condition in world.items()}
        for name, world in task.worlds.items()
    }
    matrix = fit.matrix(task.items, tables, NULL, size.fit_draws, laboratory.seed)
    confused = fit.confusion(task.items, tables, size.fit_draws, size.records, laboratory.seed)
    return Fit(matrix, confused, task.items)


def shipped(folder: Path) -> list[Path]:
    """Return the hypothesis files of a folder, sorted."""
    return sorted(folder.glob("*.yaml"))
