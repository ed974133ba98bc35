"""One comparison of arguments, and the steps that lead to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.arguments import files as hypothesis_documents
from sim.arguments import fit, pairs
from sim.arguments.cases import Case, Judged, cases
from sim.arguments.channels import columns_of
from sim.arguments.files import Argument, Contradictions
from sim.arguments.hypotheses import Pair
from sim.arguments.judging import ClaimJudge, Size
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.catalogue import entries, files_in, locate
from sim.evidence import load_for
from sim.io.errors import Fault, InputError, UsageError
from sim.outcomes.measures import Measure, read
from sim.record.targets import Target, crises, targets

NULL = "moscow_times"
"""The reference argument for Bayes factors, if it is among the arguments."""


@dataclass(frozen=True)
class Fit:
    """The fit of the historical record in each argument's world.

    Attributes:
        matrix: log likelihoods and Bayes factors.
        confused: confusion matrix of simulated records.
        items: items of the record.
    """

    matrix: fit.Matrix
    confused: pd.DataFrame
    items: tuple[Target, ...]


@dataclass(frozen=True)
class Contradiction:
    """A judged pair of rival arguments.

    Attributes:
        pair: the pair as stated in its file.
        means: mean and 80% interval of the measure over draws, one row per rival and condition.
        power: how well crises separate the rivals.
    """

    pair: Pair
    means: pd.DataFrame
    power: pairs.Power


@dataclass(frozen=True)
class Comparison:
    """The results of a comparison.

    Attributes:
        arguments: the compared arguments.
        judged: the claims with their verdicts.
        contradictions: the pairs of claims that contradict each other.
        fit: how well each argument fits the record; None for a single argument.
        size: numbers of draws and runs.
        seed: seed of all random numbers.
        runs: number of runs of all conditions, simulated now or before.
    """

    arguments: tuple[Argument, ...]
    judged: tuple[Judged, ...]
    contradictions: tuple[Contradiction, ...]
    fit: Fit | None
    size: Size
    seed: int
    runs: int


@dataclass(frozen=True)
class Task:
    """The arguments to compare, loaded and checked.

    Attributes:
        arguments: the arguments.
        cases: claims with their conditions.
        rivals: pairs with their measure, and the conditions in the world of each rival.
        worlds: crises of the record in the world of each argument with assumptions, by argument.
        items: items of the record; empty if there is none.
    """

    arguments: tuple[Argument, ...]
    cases: tuple[Case, ...]
    rivals: tuple[tuple[Pair, Measure, tuple[Condition, ...], tuple[Condition, ...]], ...]
    worlds: Mapping[str, Mapping[str, Condition]]
    items: tuple[Target, ...]

    @property
    def columns(self) -> frozenset[str]:
        """Columns of the outcomes that the task needs."""
        measured = {name for _, measure, _, _ in self.rivals for name in measure.names}
        measured |= {name for item in self.items for name in item.columns}
        return columns_of(self.cases) | measured


def hypothesis_files(named: Sequence[str]) -> list[Path]:
    """Return hypothesis files. A folder means all files in it.

    Args:
        named: names, paths and folders; if empty, all known files.
    """
    if not named:
        return [entry.path for entry in entries("hypothesis")]
    found: list[Path] = []
    for text in named:
        inside = files_in(Path(text)) if Path(text).is_dir() else [locate("hypothesis", text)]
        if not inside:
            raise InputError(
                [Fault(text, 0, "", "no hypothesis files (*.yaml, *.yml) in this folder")]
            )
        found += inside
    return list(dict.fromkeys(found))


def read_task(files: Sequence[Path]) -> Task:
    """Read hypothesis files and load all their conditions.

    Raises:
        InputError: the files have faults; all are listed.
        UsageError: there is no argument among the files.
    """
    arguments: list[Argument] = []
    contradictions: list[Contradictions] = []
    faults: list[Fault] = []
    for path in files:
        try:
            stated = hypothesis_documents.read(path)
            if isinstance(stated, Argument):
                arguments.append(stated)
            else:
                contradictions.append(stated)
            faults += hypothesis_documents.faults(stated)
        except InputError as error:
            faults += error.faults
    faults += hypothesis_documents.repeated(arguments)
    if faults:
        raise InputError(faults)
    if not arguments:
        names = " ".join(path.stem for path in files)
        message = "pairs are judged beside arguments; name one too, such as"
        raise UsageError(f"{names}: no argument; {message} sim compare ARGUMENT {names}")
    return prepare(arguments, contradictions)


def prepare(arguments: Sequence[Argument], contradictions: Sequence[Contradictions]) -> Task:
    """Load every condition of every experiment. Raise InputError for faulty ones."""
    items, worlds = _worlds(arguments)
    return Task(
        tuple(arguments), tuple(cases(arguments)), tuple(_rivals(contradictions)), worlds, items
    )


def _worlds(
    arguments: Sequence[Argument],
) -> tuple[tuple[Target, ...], dict[str, dict[str, Condition]]]:
    """Return the items of the record, and the crises in each argument's world.

    Only arguments with assumptions have a world. Values are drawn from the coded ranges, even if
    scenarios name a posterior. Draws that were fitted to this record would count it twice.
    """
    assuming = [argument for argument in arguments if argument.stated.assumes]
    if not assuming:
        return (), {}
    facts = load_for(assuming[0].file.path).facts
    known = [
        crisis for crisis in crises(facts) if assuming[0].file.find_scenario(crisis) is not None
    ]
    worlds: dict[str, dict[str, Condition]] = {}
    for argument in assuming:
        paths = {crisis: argument.file.scenario(crisis) for crisis in known}
        worlds[argument.name] = {
            crisis: Condition(argument.world(path).scenario.fitted(None))
            for crisis, path in paths.items()
        }
    return tuple(target for crisis in known for target in targets(facts, crisis)), worlds


def _rivals(
    contradictions: Sequence[Contradictions],
) -> list[tuple[Pair, Measure, tuple[Condition, ...], tuple[Condition, ...]]]:
    found = []
    for stated in contradictions:
        for number, pair in enumerate(stated.stated.pairs):
            first, second = (
                tuple(Condition(arm.scenario) for arm in world.arms)
                for world in stated.conditions(number)
            )
            found.append((pair, read(pair.measure, first[0].scenario), first, second))
    return found


def compare(
    task: Task, runner: ExperimentRunner, size: Size, stage: Callable[[str], None]
) -> Comparison:
    """Run all simulations and judge all claims.

    Args:
        task: the arguments to compare.
        runner: simulates conditions.
        size: number of draws and runs.
        stage: function that takes the name of the current stage.
    """
    stage("claims and controls")
    claim_judge = ClaimJudge(runner, size)
    runner.play(
        [*claim_judge.first(task.cases), *_first_of_pairs(task, size)]
    )  # together, so that they share blocks
    judged = claim_judge.judge(task.cases)
    contradictions = _contradictions(task, runner, size)
    stage("fit and recovery")
    wide = runner.with_draws(size.fit_draws)
    fitted = _fitted(task, wide, size)
    runs = runner.runs + wide.runs
    return Comparison(
        task.arguments, tuple(judged), contradictions, fitted, size, runner.seed, runs
    )


def _contradictions(task: Task, runner: ExperimentRunner, size: Size) -> tuple[Contradiction, ...]:
    return tuple(_contradiction(rival, runner, size.pair) for rival in task.rivals)


def _first_of_pairs(task: Task, size: Size) -> list[Order]:
    return [
        Order(arm, size.pair) for _, _, first, second in task.rivals for arm in (*first, *second)
    ]


def _contradiction(
    rival: tuple[Pair, Measure, tuple[Condition, ...], tuple[Condition, ...]],
    runner: ExperimentRunner,
    runs: int,
) -> Contradiction:
    pair, measure, *worlds = rival
    values = [[measure.values(runner.outcomes(arm, runs)) for arm in world] for world in worlds]
    inner = pairs.edges([sample for world in values for sample in world])
    first, second = (pairs.chances(world, inner, runner.draws) for world in values)
    rows = []
    for stated, world in zip(pair.rivals, worlds, strict=True):
        for number, arm in enumerate(world):
            by_draw = measure.estimate(runner.outcomes(arm, runs), runner.draws).value
            low, high = np.quantile(by_draw, (0.1, 0.9))
            rows.append(
                {
                    "rival": stated.name,
                    "condition": number,
                    "mean": by_draw.mean(),
                    "low": low,
                    "high": high,
                }
            )
    return Contradiction(pair, pd.DataFrame(rows), pairs.power(first, second, runner.seed))


def _fitted(task: Task, wide: ExperimentRunner, size: Size) -> Fit | None:
    if len(task.worlds) < 2:
        return None
    wide.play(
        Order(condition, size.fit_runs)
        for world in task.worlds.values()
        for condition in world.values()
    )
    tables = {
        name: {crisis: wide.table(condition, size.fit_runs) for crisis, condition in world.items()}
        for name, world in task.worlds.items()
    }
    matrix = fit.matrix(task.items, tables, NULL, size.fit_draws, wide.seed)
    confused = fit.confusion(task.items, tables, size.fit_draws, size.records, wide.seed)
    return Fit(matrix, confused, task.items)
