"""One comparison: all that was judged, and the steps that lead there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.arguments import fit, hypotheses, pairs
from sim.arguments.hypotheses import Argument, Contradictions, Pair
from sim.arguments.judging import Bench, Case, Judged, Size, cases
from sim.arguments.playing import Condition, Laboratory, Order
from sim.catalogue import entries, files_in, locate
from sim.evidence import load_for
from sim.io.errors import Fault, InputError, UsageError
from sim.outcomes.measures import Measure, read
from sim.record.targets import Target, crises, targets

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


PAIRS = "pairs"
"""Name of the shipped file of pairs, which a quick comparison leaves out unless it is named."""


def hypothesis_files(named: Sequence[str], quick: bool = False) -> list[Path]:
    """Return hypothesis files: a name or a path is one file, a folder is all those in it.

    Args:
        named: names, paths and folders; all known files where there are none.
        quick: whether pairs are left out where nothing is named.
    """
    if not named:
        return [entry.path for entry in entries("hypothesis") if not (quick and entry.name == PAIRS)]
    found: list[Path] = []
    for text in named:
        inside = files_in(Path(text)) if Path(text).is_dir() else [locate("hypothesis", text)]
        if not inside:
            raise InputError([Fault(text, 0, "", "no hypothesis files (*.yaml, *.yml) in this folder")])
        found += inside
    return list(dict.fromkeys(found))


def read_task(files: Sequence[Path]) -> Task:
    """Read hypothesis files and load all their conditions.

    Raises:
        InputError: every fault of every file.
        UsageError: there is no argument among the files.
    """
    arguments: list[Argument] = []
    contradictions: list[Contradictions] = []
    faults: list[Fault] = []
    for path in files:
        try:
            stated = hypotheses.read(path)
            if isinstance(stated, Argument):
                arguments.append(stated)
            else:
                contradictions.append(stated)
            faults += hypotheses.faults(stated)
        except InputError as error:
            faults += error.faults
    faults += hypotheses.repeated(arguments)
    if faults:
        raise InputError(faults)
    if not arguments:
        raise UsageError("no argument among these files; pairs are judged beside arguments")
    return prepare(arguments, contradictions)


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
    if not assuming:
        return (), {}
    facts = load_for(assuming[0].file.path).facts
    known = [crisis for crisis in crises(facts) if assuming[0].file.find_scenario(crisis) is not None]
    worlds: dict[str, dict[str, Condition]] = {}
    for argument in assuming:
        paths = {crisis: argument.file.scenario(crisis, ()) for crisis in known}
        worlds[argument.name] = {
            crisis: Condition(argument.world(path).scenario.fitted(None)) for crisis, path in paths.items()
        }
    return tuple(target for crisis in known for target in targets(facts, crisis)), worlds


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
