"""The Python API: load, run, explain, sweep, compare, fit, score and open results.

It is made for scripts and notebooks. Nothing here prints, and nothing is stored between calls.
Folders of results are written below ``out``, as by the commands with the same names. Finished
blocks of runs are stored there, and a later call reuses them.
"""

from __future__ import annotations

import json
import os
import re
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from sim.catalogue import find, locate, working_root
from sim.evidence import load_for
from sim.handles import Comparison as Comparison
from sim.handles import Differences as Differences
from sim.handles import Fit as Fit
from sim.handles import Result as Result
from sim.handles import Sweep as Sweep
from sim.handles import Why as Why
from sim.io.errors import InputError as InputError
from sim.io.errors import UsageError as UsageError
from sim.io.limits import (
    MAX_DRAWS,
    MAX_RUNS,
    MAX_RUNS_OF_CELL,
    MAX_RUNS_TO_SCORE,
    MAX_SEED,
    MAX_WORKERS,
    MIN_RUNS_TO_SCORE,
)
from sim.io.progress import notebook_bar
from sim.results import reader
from sim.scenario import Loaded as Loaded
from sim.scenario import Scenario as Scenario
from sim.scenario import load as load_scenario

if TYPE_CHECKING:
    from sim.ensemble.ensemble import FailedBlock
    from sim.reasons.difference import Side
    from sim.record.targets import Target

Values = Mapping[str, Any]
"""Values to set, by their path in the scenario: ``{"mechanisms.support_effect": 0.2}``."""
Folder = str | Path
Given = ParamSpec("Given")
Returned = TypeVar("Returned")


class RunsFailed(Exception):
    """Requested runs could not be simulated."""


def _for_python(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Let the errors of a function name its arguments rather than options of the command line."""

    def reworded(text: str) -> str:
        return re.sub(r"--(set|grid|lever|out)\b", r"\1:", text)

    @wraps(function)
    def called(*args: Given.args, **kwargs: Given.kwargs) -> Returned:
        try:
            return function(*args, **kwargs)
        except InputError as error:
            found = [replace(fault, file=reworded(fault.file)) for fault in error.faults]
            raise InputError(found) from None
        except UsageError as error:
            raise UsageError(reworded(str(error))) from None

    return called


@_for_python
def load(scenario: str | Path, *, set: Values | None = None) -> Loaded:
    """Load a scenario by its name or its path.

    Args:
        scenario: a path, or a name such as ``april_2016``: the workspace comes first, then the
            shipped files.
        set: values to set, by their path: a number, a word such as ``"low"``, a range such as
            ``{"range": [0.1, 0.3]}``, or None to remove a value.

    Returns:
        The scenario, with the source of each value and the file and line that state it.

    Raises:
        InputError: the scenario has faults; all of them are listed, each with its file and line.

    >>> load("april_2016", set={"horizon_days": 30}).scenario.horizon_days
    30
    """
    return load_scenario(*_stated(scenario, set))


@_for_python
def run(
    scenario: str | Path | Loaded,
    *,
    runs: int = 2000,
    draws: int = 125,
    seed: int = 1,
    set: Values | None = None,
    workers: int | None = None,
    out: Folder = "results",
    fresh: bool = False,
) -> Result:
    """Simulate a scenario.

    Args:
        scenario: its name, its path, or what :func:`load` returned.
        runs: number of runs in all: draws times replicates.
        draws: number of parameter draws.
        seed: of all random numbers; runs of two scenarios with one seed share them.
        set: values to set, by their path.
        workers: number of processes; by default, all cores for large jobs.
        out: folder below which the result is written.
        fresh: simulate again instead of reusing finished runs.

    Returns:
        The result.

    Raises:
        InputError: the scenario has faults.
        UsageError: an argument is not allowed.
        RunsFailed: no run could be simulated. Where only some fail, a warning says so.

    >>> len(run("april_2016", runs=100, draws=10, out=getfixture("tmp_path")).outcomes)
    100
    """
    from sim import report
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import Plan, play
    from sim.ensemble.executors import processes
    from sim.results import writer

    # 1. simulate
    started = time.perf_counter()
    runs, draws, seed = _size(runs, draws, seed, workers)
    file, sets = _stated(scenario, set)
    loaded = scenario if isinstance(scenario, Loaded) and not set else load_scenario(file, sets)
    plan = Plan(loaded.scenario, runs, draws, seed)
    store = Store.below(Path(out))
    with processes(workers) as executor, notebook_bar(plan.scenario.title, runs) as advance:
        ensemble = play(plan, executor=executor, store=store, fresh=fresh, progress=advance)
    if ensemble.interrupted:
        raise KeyboardInterrupt
    _refuse_failures(ensemble.failures, ensemble.done)
    # 2. write the folder with charts and report
    evidence = report.evidence_near(file, _warn)

    def complete(made: reader.Result) -> None:
        report.complete(made, evidence)

    seconds = time.perf_counter() - started
    return Result(writer.write(ensemble, loaded, Path(out), seconds, complete).folder)


@_for_python
def why(
    result: reader.Result,
    *,
    outcomes: Sequence[str] = (),
    association: bool = False,
    workers: int | None = None,
) -> Why:
    """Show what moves the outcomes of a result, and add it to the folder of the result.

    Each stance and level of support of a third party and each open value is moved alone, and both
    ends are simulated with common random numbers.

    Args:
        result: what :func:`run` or :func:`open_result` returned.
        outcomes: names of measures, such as ``territory_fought``; by default, duration, deaths and
            the endings.
        association: read the tables of the result only, and move nothing. This is faster, and it
            shows what goes together rather than what moves what.
        workers: number of processes; by default, all cores for large jobs.

    Returns:
        The effects; ``why(result).table()`` has a row for each of them.

    Raises:
        UsageError: there is no measure of such a name.
        RunsFailed: runs of the experiment failed.

    >>> made = run("april_2016", runs=60, draws=30, out=getfixture("tmp_path"))
    >>> why(made, association=True).method
    'association'
    """
    from sim.charts.why import draw_why
    from sim.ensemble.blocks import Store
    from sim.ensemble.executors import processes
    from sim.reasons import explaining
    from sim.reasons.experiment import Failed
    from sim.reasons.why import associated

    if association:
        found = associated(result, outcomes)
    else:
        store = Store.below(result.folder.resolve().parent)
        try:
            with processes(workers) as executor, notebook_bar(result.scenario.title, 0) as advance:
                found = explaining.explain(result, outcomes, executor, store, progress=advance)
        except Failed as error:
            raise RunsFailed(str(error)) from None
    explaining.add(result, found, draw_why)
    return Why(**vars(found))


@_for_python
def diff(
    first: str | Path | Loaded | reader.Result,
    second: str | Path | Loaded | reader.Result | None = None,
    *,
    set: Values | None = None,
    against: Values | None = None,
    runs: int = 2000,
    draws: int = 125,
    seed: int = 1,
    workers: int | None = None,
    out: Folder = "results",
) -> Differences:
    """Compare two simulations, run by run where they share random numbers.

    Args:
        first: a scenario, or a result to compare with.
        second: a scenario or a result; without it, ``set`` says what to change in the first.
        set: values to set in the first, by their path.
        against: values to set in what it is compared with.
        runs: runs of each scenario that is simulated.
        draws: parameter draws of each scenario that is simulated.
        seed: of all random numbers.
        workers: number of processes; by default, all cores for large jobs.
        out: folder below which the comparison is written.

    Returns:
        The differences, second minus first, or with ``set`` minus without.

    Raises:
        UsageError: there is nothing to compare with.
        RunsFailed: no run could be simulated.

    >>> found = diff("april_2016", "april_2016", runs=40, draws=20, out=getfixture("tmp_path"))
    >>> found.same
    True
    """
    from sim.charts.difference import draw_difference
    from sim.reasons.difference import compared
    from sim.reasons.differing import write

    if (second is None) == (not set) or (against and not set):
        raise UsageError("diff needs a second simulation, or `set`; `against` needs `set`")
    size = _size(runs, draws, seed, workers)
    before = _compared_side(first, against, size, workers, Path(out))
    after = _compared_side(first if second is None else second, set, size, workers, Path(out))
    found = compared(before[0], after[0])
    write(
        found,
        (before[0], after[0]),
        (before[1], after[1]),
        Path(out),
        lambda aside: draw_difference(found, aside),
    )
    return Differences(**vars(found))


def _compared_side(
    given: str | Path | Loaded | reader.Result,
    values: Values | None,
    size: tuple[int, int, int],
    workers: int | None,
    out: Path,
) -> tuple[Side, Mapping[str, str]]:
    """Return one side of a comparison, simulated if it is no result, and what was set in it."""
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import Plan, play
    from sim.ensemble.executors import processes
    from sim.reasons.differing import side_of, side_of_simulation

    if isinstance(given, reader.Result):
        if not values:
            return side_of(given), given.loaded.changes
        numbers = (given.manifest["runs"]["asked"], given.manifest["draws"], given.manifest["seed"])
        size = (int(numbers[0]), int(numbers[1]), int(numbers[2]))
        given = given.folder / reader.RESOLVED
    loaded = load_scenario(*_stated(given, values))
    plan = Plan(loaded.scenario, *size)
    with processes(workers) as executor, notebook_bar(plan.scenario.title, plan.runs) as advance:
        ensemble = play(plan, executor=executor, store=Store.below(out), progress=advance)
    if ensemble.interrupted:
        raise KeyboardInterrupt
    _refuse_failures(ensemble.failures, 0)
    return side_of_simulation(loaded, ensemble), loaded.changes


@_for_python
def sweep(
    scenario: str | Path | Loaded,
    grid: Mapping[str, Sequence[Any] | str],
    *,
    runs: int = 2000,
    draws: int = 125,
    seed: int = 1,
    set: Values | None = None,
    workers: int | None = None,
    out: Folder = "results",
) -> Sweep:
    """Simulate a scenario over a grid of one or two values, with common random numbers.

    Args:
        scenario: its name, its path, or what :func:`load` returned.
        grid: by path, the values to try; or a text ``low:high:steps``.
        runs: number of runs of each cell.
        draws: number of parameter draws of each cell.
        seed: of all random numbers.
        set: values to set in every cell.
        workers: number of processes; by default, all cores for large jobs.
        out: folder below which the result is written.

    >>> grid = {"mechanisms.support_effect": [0, 2]}
    >>> made = sweep("april_2016", grid, runs=50, draws=10, out=getfixture("tmp_path"))
    >>> sorted(made.table["mechanisms.support_effect"].unique())
    ['0', '2']
    """
    from sim import charts
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import Plan
    from sim.ensemble.executors import processes
    from sim.results import sweep as sweeps

    # 1. read the grid
    runs, draws, seed = _size(runs, draws, seed, workers)
    axes = [sweeps.read_axis(f"{path}={_axis(values)}") for path, values in grid.items()]
    if not axes:
        raise UsageError("a sweep needs a grid of one or two values")
    cells = sweeps.cells(*_stated(scenario, set), axes)
    # 2. simulate its cells
    plan = Plan(cells[0].loaded.scenario, runs, draws, seed)
    store = Store.below(Path(out))
    total = runs * len(cells)
    with processes(workers) as executor, notebook_bar(plan.scenario.title, total) as advance:
        simulated = list(sweeps.play_cells(cells, plan, executor, store, False, advance))
    for _, ensemble in simulated:
        if ensemble.interrupted:
            raise KeyboardInterrupt
        _refuse_failures(ensemble.failures, 0)
    # 3. write the folder with its chart
    return Sweep(sweeps.write(axes, simulated, Path(out), charts.draw_sweep))


@_for_python
def explorer(
    scenario: str | Path | Loaded,
    levers: Mapping[str, Sequence[Any]] | None = None,
    *,
    runs: int = 2000,
    draws: int = 125,
    seed: int = 1,
    set: Values | None = None,
    workers: int | None = None,
    out: str | Path = "explore.html",
) -> Path:
    """Write a page that answers what-if questions offline: one HTML file for any browser.

    Args:
        scenario: its name, its path, or what :func:`load` returned.
        levers: by path, the options of up to three values that readers may change; by default, the
            stances at the onset of the two third parties that matter most, and one level of
            support.
        runs: number of runs of each combination.
        draws: number of parameter draws of each combination.
        seed: of all random numbers.
        set: values to set in every combination.
        workers: number of processes; by default, all cores.
        out: the file to write.

    Returns:
        The file.

    Raises:
        InputError: the scenario has faults, or no combination allows a value of a lever.
        UsageError: there are too many levers or combinations, or ``out`` is no explorer page.
        RunsFailed: a combination could not be simulated.

    >>> file = getfixture("tmp_path") / "page.html"
    >>> levers = {"actors.RUS.stance": ["aside"]}
    >>> explorer("april_2016", levers, runs=50, draws=10, workers=1, out=file).name
    'page.html'
    """
    from sim.ensemble.executors import processes
    from sim.explore.cells import CellFailed
    from sim.explore.explorer import Request, make_page, plan_explorer
    from sim.explore.levers import of_values
    from sim.explore.page import refuse_to_replace
    from sim.io.atomic import atomic_file

    runs, draws, seed = _size(runs, draws, seed, workers, (1, MAX_RUNS_OF_CELL))
    file, sets = _stated(scenario, set)
    chosen = tuple(of_values(path, map(_text, values)) for path, values in (levers or {}).items())
    refuse_to_replace(Path(out))
    name = str(scenario) if isinstance(scenario, str | Path) else str(file)
    planned = plan_explorer(Request(file, name, tuple(sets), chosen, runs, draws, seed))
    title = planned.frame.scenario.title
    try:
        with (
            processes(workers or os.cpu_count()) as executor,
            notebook_bar(title, planned.possible) as advance,
        ):
            html = make_page(planned, executor, advance)
    except CellFailed as error:
        raise RunsFailed(str(error)) from None
    with atomic_file(Path(out)) as aside:
        aside.write_text(html, encoding="utf-8")
    return Path(out)


@_for_python
def compare(
    *arguments: str | Path,
    quick: bool = False,
    seed: int = 1,
    workers: int | None = None,
    out: Folder = "results",
) -> Comparison:
    """Judge the claims of arguments.

    Args:
        arguments: names or paths of hypothesis files; by default, all known files.
        quick: a smaller comparison, which leaves more claims undecided.
        seed: of all random numbers.
        workers: number of processes; by default, all cores for large jobs.
        out: folder below which the comparison is written.

    Returns:
        The comparison; ``comparison.verdicts`` is a DataFrame with a row for each claim.

    >>> compare("golts", quick=True).verdicts[["claim", "verdict"]]  # doctest: +SKIP
    """
    from sim import report
    from sim.arguments import writer
    from sim.arguments.comparison import compare as compare_all
    from sim.arguments.comparison import hypothesis_files, read_task
    from sim.arguments.judging import DEFAULT, QUICK
    from sim.arguments.playing import BlockFailed, ExperimentRunner
    from sim.arguments.reader import Compared
    from sim.ensemble.blocks import Store
    from sim.ensemble.executors import processes

    # 1. simulate and judge
    started = time.perf_counter()
    seed = _seed(seed, workers)
    size = QUICK if quick else DEFAULT
    task = read_task(hypothesis_files([str(argument) for argument in arguments]))
    store = Store.below(Path(out))
    try:
        with processes(workers) as executor, notebook_bar("comparison", 0) as advance:
            runner = ExperimentRunner(executor, store, seed, size.draws, task.columns, advance)
            compared = compare_all(task, runner, size, lambda stage: None)
    except BlockFailed as error:
        raise RunsFailed(str(error)) from None
    # 2. write the folder with charts and report
    evidence = report.evidence_near(task.arguments[0].file.path, _warn)

    def complete(made: Compared) -> None:
        report.complete_comparison(made, evidence)

    seconds = time.perf_counter() - started
    return Comparison(writer.write(compared, Path(out), seconds, complete))


@_for_python
def fit(
    *crises: str,
    particles: int = 1000,
    replicates: int = 60,
    moves: int = 12,
    chains: int = 2,
    seed: int = 1,
    workers: int | None = None,
    out: Folder = "results",
) -> Fit:
    """Fit the uncertain values of crises to the historical record.

    Args:
        crises: names of crises of the record; by default, all with a scenario.
        particles: draws of each chain.
        replicates: runs of a draw for one estimate of its likelihood.
        moves: proposals to a draw at each level.
        chains: independent chains, from which convergence is judged.
        seed: of all random numbers.
        workers: number of processes; by default, all cores.
        out: folder below which the fit is written.

    Raises:
        InputError: a crisis is not in the historical record.

    >>> fit("april_2016", "july_2020", particles=200).posterior  # doctest: +SKIP
    """
    from sim import charts
    from sim.ensemble.executors import processes
    from sim.fitting import Settings, writing
    from sim.fitting import fit as fit_crises
    from sim.fitting.likelihood import Crisis

    seed = _seed(seed, workers)
    targets = _targets()
    names = _crises(crises, targets)
    chosen = [Crisis(load(name).scenario.fitted(None), targets[name]) for name in names]
    settings = Settings(particles, replicates, moves, chains, seed)
    with processes(workers or os.cpu_count()) as executor:
        made = fit_crises(chosen, settings, executor, Path(out))
        account = writing.account(made, executor)
    return Fit(writing.write(made, account, Path(out), charts.draw_fit))


@_for_python
def score(
    *results: reader.Result, runs: int = 4000, draws: int = 500, seed: int = 1
) -> pd.DataFrame:
    """Score forecasts against the historical record, beside baselines.

    Args:
        results: results of crises of the record; by default, every crisis is simulated from the
            coded ranges (prior) and from the fitted draws (posterior).
        runs: runs of each forecast that is simulated.
        draws: parameter draws of each forecast that is simulated.
        seed: of all random numbers.

    Returns:
        One row per forecast and target: the record, the forecast's median and 80% interval, CRPS,
        log score, and the same scores of each baseline. Column ``sample`` says whether the forecast
        was fitted to the crisis.

    >>> result = run("april_2016", runs=100, draws=10, out=getfixture("tmp_path"))
    >>> set(score(result)["crisis"])
    {'april_2016'}
    """
    from sim.ensemble.ensemble import Plan, play
    from sim.record.coded import targets_to_score
    from sim.record.sample import sample_of
    from sim.record.scores import scores

    runs, draws, seed = _size(
        runs, draws, seed, allowed_runs=(MIN_RUNS_TO_SCORE, MAX_RUNS_TO_SCORE)
    )
    near = working_root() / "any"
    rows = []
    for result in results:
        _whole(f"runs of {result.folder}", len(result.outcomes), MIN_RUNS_TO_SCORE, MAX_RUNS)
        crisis = result.scenario.scenario
        targets = targets_to_score(crisis, near)
        sample = sample_of(result.scenario)
        rows += scores(result.outcomes, crisis, result.folder.name, targets, sample)
    recorded = {} if results else _targets()
    for crisis in _crises((), recorded):
        scenario = load(crisis).scenario
        prior = None
        for name, forecast in {"prior": scenario.fitted(None), "posterior": scenario}.items():
            ensemble = play(Plan(forecast, runs, draws, seed))
            _refuse_failures(ensemble.failures, 0)
            sample = sample_of(forecast)
            rows += scores(ensemble.outcomes, crisis, name, recorded, sample, prior)
            prior = ensemble.outcomes
    return pd.DataFrame([target_score.flat() for target_score in rows])


def open_result(folder: Folder) -> Result:
    """Open a result folder, written by :func:`run` or by ``sim run``.

    Raises:
        InputError: it is not a result folder.

    >>> made = run("april_2016", runs=50, draws=10, out=getfixture("tmp_path"))
    >>> open_result(made.folder).scenario.scenario
    'april_2016'
    """
    result = Result(reader.open_result(Path(folder)).folder)
    if not result.is_as_simulated:
        warnings.warn(f"{result.folder / reader.RESOLVED}: {reader.CHANGED}", stacklevel=2)
    return result


def _stated(scenario: str | Path | Loaded, values: Values | None) -> tuple[Path, list[str]]:
    """Return the file of a scenario, and all values that are set in it."""
    if isinstance(scenario, Loaded):
        file, _ = scenario.sources["scenario"]
        before = [f"{path}={value}" for path, value in scenario.changes.items()]
        return Path(file), [*before, *_sets(values)]
    if not isinstance(scenario, str | Path):
        kind = type(scenario).__name__
        raise UsageError(f"scenario: not a {kind}; allowed: a name, a path, or what load returns")
    return locate("scenario", str(scenario)), _sets(values)


def _sets(values: Values | None) -> list[str]:
    if values is not None and not isinstance(values, Mapping):
        example = 'such as {"actors.OST.support": 3}'
        raise UsageError(f"set: not a {type(values).__name__}; allowed: values by path, {example}")
    return [f"{path}={_text(value)}" for path, value in (values or {}).items()]


def _size(
    runs: int,
    draws: int,
    seed: int,
    workers: int | None = None,
    allowed_runs: tuple[int, int] = (1, MAX_RUNS),
) -> tuple[int, int, int]:
    """Return runs, draws and seed as numbers of Python, and warn of draws that are not used.

    Raises:
        UsageError: no ensemble has such a number.
    """
    runs = _whole("runs", runs, *allowed_runs)
    draws = _whole("draws", draws, 1, MAX_DRAWS)
    seed = _seed(seed, workers)
    if runs < draws:
        warnings.warn(
            f"with {runs:,} runs, only {runs:,} of {draws:,} draws are used", stacklevel=4
        )
    return runs, draws, seed


def _seed(seed: int, workers: int | None) -> int:
    """Return the seed as a number of Python; UsageError if it or the workers are not allowed."""
    if workers is not None:
        _whole("workers", workers, 1, MAX_WORKERS)
    return _whole("seed", seed, 0, MAX_SEED)


def _whole(name: str, value: int, low: int, high: int) -> int:
    """Return a whole number as one of Python; UsageError if it is something else or too large."""
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or not low <= value <= high:
        allowed = f"a whole number from {low} to {high:,}"
        raise UsageError(f"{name}: not {value!r}; allowed: {allowed}")
    return int(value)


def _text(value: Any) -> str:
    """Return a value in the form of the command line.

    Texts stay as they are. All else becomes JSON, which is also YAML.
    """
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, default=_number)
    except (ValueError, RecursionError):  # ValueError: it contains itself
        raise UsageError("not a value: it contains itself, or is nested too deeply") from None


def _number(value: Any) -> Any:
    """Return a number of NumPy as one of Python."""
    if isinstance(value, np.generic):
        return value.item()
    raise UsageError(f"not a value: {type(value).__name__}; allowed: a number, a text, a range")


def _axis(values: Sequence[Any] | str) -> str:
    return values if isinstance(values, str) else ",".join(_text(value) for value in values)


def _warn(message: str) -> None:
    """Pass a warning on to the caller of the API."""
    warnings.warn(message, stacklevel=5)


def _refuse_failures(failures: Sequence[FailedBlock], done: int) -> None:
    """Raise an error if all runs failed, and warn if some did."""
    if not failures:
        return
    failed = sum(failure.runs for failure in failures)
    reason = failures[0].reason.strip().splitlines()[-1]
    if not done:
        raise RunsFailed(f"{failed:,} runs failed: {reason}")
    warnings.warn(f"{failed:,} runs failed and are left out: {reason}", stacklevel=4)


def _targets() -> dict[str, tuple[Target, ...]]:
    """Return the targets of every crisis in the historical record."""
    from sim.record.targets import all_targets

    return all_targets(load_for(working_root() / "any").facts)


def _crises(names: Sequence[str], targets: Mapping[str, Any]) -> list[str]:
    """Return the named crises, or all crises of the record that have a scenario."""
    from sim.record.targets import known

    if names:
        return known(names, targets)
    return [name for name in targets if find("scenario", name) is not None]
