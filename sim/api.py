"""The Python API: load, run, sweep, compare, fit, score and open results, from a script or a notebook.

Nothing here prints, and nothing is kept between calls. Folders of results are written below ``out``, as by the commands
of the same names; finished blocks of runs are kept there and found again.
"""

from __future__ import annotations

import base64
import io
import json
import os
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.arguments.reader import Compared
from sim.catalogue import find, locate, working_root
from sim.evidence import Evidence, load_for
from sim.io.errors import InputError, UsageError
from sim.io.progress import notebook_bar
from sim.results import reader
from sim.scenario import Loaded, Scenario
from sim.scenario import load as load_scenario

__all__ = [
    "Comparison",
    "Fit",
    "InputError",
    "Loaded",
    "Result",
    "RunsFailed",
    "Scenario",
    "Sweep",
    "compare",
    "fit",
    "load",
    "open_result",
    "run",
    "score",
    "sweep",
]

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results.trace import Trace

Values = Mapping[str, Any]
"""Values to set, by their path in the scenario: ``{"mechanisms.support_effect": 0.2}``."""
Folder = str | Path


class RunsFailed(Exception):
    """Runs that were asked for could not be simulated."""


class Result(reader.Result):
    """The result of one scenario: tables, summary, charts and a report.

    In a notebook a result shows its summary table and its main chart.

    >>> result = run("april_2016", runs=200, draws=20, out=getfixture("tmp_path"))
    >>> result.outcomes.shape[0]
    200
    >>> result.summary.loc["ending_truce", "unit"]
    'probability'
    """

    def plot(self, chart: str, ax: Axes | None = None) -> Figure | Axes:
        """Draw one chart.

        Args:
            chart: its name, such as ``endings``; see :data:`sim.charts.PANELS`.
            ax: axes to draw its main panel on; where None, a figure with the whole chart is made.

        Returns:
            The figure, or the axes that were given.

        Raises:
            UsageError: there is no chart of this name.
        """
        from sim import charts

        return charts.draw_one(self, chart) if ax is None else charts.draw_panel(self, chart, ax)

    def trace(self, run: int) -> Trace:
        """Simulate one run again and return what happened in it, day by day.

        Args:
            run: its number, the first column of ``outcomes``.

        Returns:
            The trace; ``trace.table()`` gives its events as a DataFrame.
        """
        from sim.results import trace as story

        return story.trace_of_result(self, run)

    def report(self) -> Path:
        """Write the report into the folder of the result, and return its path: one HTML file that opens offline."""
        from sim import report

        return report.write(self, _evidence(self.folder / "any"))

    def _repr_html_(self) -> str:
        """Return the summary table and the main chart, for a notebook."""
        title = escape(self.scenario.title)
        return f"<h4>{title}</h4>{_shown(self.summary).to_html(index=False)}{_picture(self.plot('endings'))}"


@dataclass(frozen=True)
class Sweep:
    """The result of a sweep over a grid of values.

    Attributes:
        folder: its folder, with ``sweep.csv``, ``sweep.parquet`` and a chart.
    """

    folder: Path

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per cell and measure: the values of the axes, and the measure's value and intervals."""
        from sim.results import sweep as sweeps

        return sweeps.read(self.folder)

    def plot(self, *measures: str) -> Figure:
        """Draw measures over the grid: a line over one axis, a map over two."""
        from sim import charts

        return charts.draw_sweep_figure(self.folder, measures or charts.DRAWN_OF_SWEEPS)

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, max_rows=40)


class Comparison(Compared):
    """The result of a comparison of arguments."""

    @property
    def verdicts(self) -> pd.DataFrame:
        """One row per claim: what it says, its verdict, the effect and its interval."""
        return self.table("verdicts")

    def report(self) -> Path:
        """Write the report into the folder of the comparison, and return its path."""
        from sim import report

        return report.write_comparison(self, _evidence(self.folder / "any"))

    def _repr_html_(self) -> str:
        return self.verdicts.to_html(index=False)


@dataclass(frozen=True)
class Fit:
    """The result of a fit.

    Attributes:
        folder: its folder, with ``posterior.parquet`` and ``fit.json``.
    """

    folder: Path

    @cached_property
    def posterior(self) -> pd.DataFrame:
        """One row per draw and one column per fitted value."""
        return pd.read_parquet(self.folder / "posterior.parquet")

    @cached_property
    def account(self) -> dict[str, Any]:
        """Targets, match rates, convergence, and the values that the record does not inform."""
        account: dict[str, Any] = json.loads((self.folder / "fit.json").read_text(encoding="utf-8"))
        return account


def load(scenario: str | Path, *, set: Values | None = None) -> Loaded:
    """Load a scenario by its name or its path.

    Args:
        scenario: a path, or a name such as ``april_2016``: the workspace comes first, then the shipped files.
        set: values to set, by their path. A text is read as on the command line: ``"low"``, ``"[0, 1]"``.

    Returns:
        The scenario, with the source of each value and the file and line that state it.

    Raises:
        InputError: the scenario has faults; all of them are listed, each with its file and line.

    >>> load("april_2016", set={"horizon_days": 30}).scenario.horizon_days
    30
    """
    return load_scenario(locate("scenario", str(scenario)), _sets(set))


def run(
    scenario: str | Path,
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
        scenario: its name or its path; see :func:`load`.
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
        RunsFailed: no run could be simulated. Where only some fail, a warning says so.

    >>> len(run("april_2016", runs=100, draws=10, out=getfixture("tmp_path")).outcomes)
    100
    """
    from sim import charts, report
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import Plan, play
    from sim.ensemble.executors import processes
    from sim.results import writer

    started, loaded = time.perf_counter(), load(scenario, set=set)
    plan = Plan(loaded.scenario, runs, draws, seed)
    with processes(workers) as executor, notebook_bar(plan.scenario.title, runs) as advance:
        ensemble = play(
            plan, executor=executor, store=Store.below(Path(out)), fresh=fresh, progress=advance
        )
    if ensemble.interrupted:
        raise KeyboardInterrupt
    _refuse_failures(ensemble.failures, ensemble.done)
    evidence = _evidence(locate("scenario", str(scenario)))

    def complete(made: reader.Result) -> None:
        charts.draw_all(made)
        report.write(made, evidence)

    return Result(
        writer.write(ensemble, loaded, Path(out), time.perf_counter() - started, complete)
    )


def sweep(
    scenario: str | Path,
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
        scenario: its name or its path.
        grid: by path, the values to try; or a text ``low:high:steps``.
        runs: number of runs of each cell.
        draws: number of parameter draws of each cell.
        seed: of all random numbers.
        set: values to set in every cell.
        workers: number of processes; by default, all cores for large jobs.
        out: folder below which the result is written.

    >>> made = sweep("april_2016", {"mechanisms.support_effect": [0, 2]}, runs=50, draws=10, out=getfixture("tmp_path"))
    >>> sorted(made.table["mechanisms.support_effect"].unique())
    ['0', '2']
    """
    from sim import charts
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import Plan
    from sim.ensemble.executors import processes
    from sim.results import sweep as sweeps

    axes = [sweeps.read_axis(f"{path}={_axis(values)}") for path, values in grid.items()]
    if not axes:
        raise UsageError("a sweep needs a grid of one or two values")
    cells = sweeps.cells(locate("scenario", str(scenario)), _sets(set), axes)
    plan = Plan(cells[0].loaded.scenario, runs, draws, seed)
    with (
        processes(workers) as executor,
        notebook_bar(plan.scenario.title, runs * len(cells)) as advance,
    ):
        played = list(
            sweeps.play_cells(cells, plan, executor, Store.below(Path(out)), False, advance)
        )
    for _, ensemble in played:
        if ensemble.interrupted:
            raise KeyboardInterrupt
        _refuse_failures(ensemble.failures, 0)
    folder = sweeps.write(axes, played, Path(out))
    charts.draw_sweep(folder, charts.DRAWN_OF_SWEEPS)
    return Sweep(folder)


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
    """
    from sim import charts, report
    from sim.arguments import writer as writing_of_arguments
    from sim.arguments.comparison import compare as compare_all
    from sim.arguments.comparison import hypothesis_files, read_task
    from sim.arguments.judging import DEFAULT, QUICK
    from sim.arguments.playing import BlockFailed, ExperimentRunner
    from sim.ensemble.blocks import Store
    from sim.ensemble.executors import processes

    started, size = time.perf_counter(), QUICK if quick else DEFAULT
    task = read_task(hypothesis_files([str(argument) for argument in arguments], quick))
    try:
        with processes(workers) as executor, notebook_bar("comparison", 0) as advance:
            runner = ExperimentRunner(
                executor, Store.below(Path(out)), seed, size.draws, task.columns, advance
            )
            compared = compare_all(task, runner, size, lambda stage: None)
    except BlockFailed as error:
        raise RunsFailed(str(error)) from None
    comparison = Comparison(
        writing_of_arguments.write(compared, Path(out), time.perf_counter() - started)
    )
    charts.draw_verdicts(comparison)
    report.write_comparison(comparison, _evidence(task.arguments[0].file.path))
    return comparison


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
    """
    from sim import charts
    from sim.ensemble.executors import processes
    from sim.fitting import Settings, writing
    from sim.fitting import fit as fit_crises
    from sim.fitting.likelihood import Crisis

    held = _targets()
    chosen = [
        Crisis(load(name).scenario.fitted(None), held[name]) for name in _crises(crises, held)
    ]
    with processes(workers or os.cpu_count()) as executor:
        made = fit_crises(
            chosen, Settings(particles, replicates, moves, chains, seed), executor, Path(out)
        )
        folder = writing.write(made, writing.account(made, executor), Path(out))
    charts.draw_fit(folder)
    return Fit(folder)


def score(
    *results: reader.Result, runs: int = 4000, draws: int = 500, seed: int = 1
) -> pd.DataFrame:
    """Score forecasts against the historical record, beside baselines.

    Args:
        results: results of crises of the record; by default, every crisis is simulated from the coded ranges (prior)
            and from the fitted draws (posterior).
        runs: runs of each forecast that is simulated.
        draws: parameter draws of each forecast that is simulated.
        seed: of all random numbers.

    Returns:
        One row per forecast and target: the record, the forecast's median and 80% interval, CRPS, log score, and the
        same scores of each baseline.

    >>> result = run("april_2016", runs=100, draws=10, out=getfixture("tmp_path"))
    >>> set(score(result)["crisis"])
    {'april_2016'}
    """
    from sim.ensemble.ensemble import Plan, play
    from sim.record.scores import scores

    held = _targets()
    found = []
    for result in results:
        (crisis,) = _crises((result.scenario.scenario,), held)
        found += scores(result.outcomes, crisis, result.folder.name, held)
    for crisis in () if results else _crises((), held):
        scenario = load(crisis).scenario
        forecasts = {"prior": scenario.fitted(None), "posterior": scenario}
        for name, forecast in forecasts.items():
            ensemble = play(Plan(forecast, runs, draws, seed))
            _refuse_failures(ensemble.failures, 0)
            found += scores(ensemble.outcomes, crisis, name, held)
    return pd.DataFrame([target_score.flat() for target_score in found])


def open_result(folder: Folder) -> Result:
    """Open a result folder, written by :func:`run` or by ``sim run``.

    Raises:
        InputError: it is not a result folder.
    """
    return Result(reader.open_result(Path(folder)).folder)


def _sets(values: Values | None) -> list[str]:
    return [f"{path}={_text(value)}" for path, value in (values or {}).items()]


def _text(value: Any) -> str:
    """Return a value in the form of the command line: texts verbatim, other values as JSON, which is also YAML."""
    return value if isinstance(value, str) else json.dumps(value)


def _axis(values: Sequence[Any] | str) -> str:
    return values if isinstance(values, str) else ",".join(_text(value) for value in values)


def _refuse_failures(failures: Sequence[Any], done: int) -> None:
    """Raise an error if all runs failed, and warn if some did."""
    if not failures:
        return
    failed, reason = (
        sum(failure.runs for failure in failures),
        failures[0].reason.strip().splitlines()[-1],
    )
    if not done:
        raise RunsFailed(f"{failed:,} runs failed: {reason}")
    warnings.warn(f"{failed:,} runs failed and are left out: {reason}", stacklevel=3)


def _targets() -> dict[str, Any]:
    from sim.record.targets import all_targets

    return all_targets(load_for(working_root() / "any").facts)


def _crises(names: Sequence[str], held: Mapping[str, Any]) -> list[str]:
    from sim.record.targets import known

    return (
        known(names, held)
        if names
        else [name for name in held if find("scenario", name) is not None]
    )


def _evidence(path: Path) -> Evidence | None:
    """Return the evidence for a report. If its files have faults, warn and return None."""
    try:
        return load_for(path)
    except InputError as error:
        warnings.warn(f"the evidence files have faults; the first: {error.faults[0]}", stacklevel=3)
        return None


def _shown(summary: pd.DataFrame) -> pd.DataFrame:
    return summary[["measure", "shown", "chance", "parameters"]]


def _picture(figure: Any) -> str:
    """Return a figure as an HTML image with embedded data."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=75)
    return f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
