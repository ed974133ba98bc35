"""Commands that simulate scenarios and draw charts of the results."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.catalogue import files_in, locate
from sim.cli import completing
from sim.cli.folders import evidence_near, make_folder, open_simulated, warn_of_letters
from sim.cli.printing import (
    DONE,
    INTERRUPTED,
    SOME_FAILED,
    AsFormat,
    Format,
    Quiet,
    complain,
    console,
    plain,
    progress_bar,
    say,
)
from sim.cli.summaries import print_record, print_summary
from sim.cli.sweeping import Request, sweep
from sim.io.errors import Fault, InputError, UsageError
from sim.io.limits import MAX_DRAWS, MAX_RUNS, MAX_SEED, MAX_WORKERS
from sim.io.text import count
from sim.outcomes.summary_measures import MEASURES

if TYPE_CHECKING:
    from sim.arguments.reader import Compared
    from sim.charts.timeline import Timeline
    from sim.ensemble.ensemble import Ensemble, Plan
    from sim.ensemble.executors import Executor
    from sim.results.reader import Result
    from sim.scenario import Loaded

UNCHANGED = (
    "The result is unchanged, because this is its resolved scenario. Use --fresh to rewrite it."
)
OUTCOME_HELP = (
    "Measure that a sweep draws. Repeatable. "
    f"One of: {', '.join(MEASURES)}, or broker_CODE for one mediator."
)

Sets = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Set a scenario value. Repeatable.")
]


def run(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO...",
            help="Names, files or folders of scenarios.",
            autocompletion=completing.scenarios,
        ),
    ],
    runs: Annotated[
        int, typer.Option(min=1, max=MAX_RUNS, help="Total number of runs: draws x replicates.")
    ] = 2000,
    draws: Annotated[
        int,
        typer.Option(
            min=1, max=MAX_DRAWS, help="Number of parameter draws: full sets of uncertain values."
        ),
    ] = 125,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of all random numbers.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_WORKERS, help="Number of processes. Default: all cores for large jobs."
        ),
    ] = None,
    on_cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="ADDRESS",
            help="Dask scheduler, such as tcp://host:8786, or `local`.",
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Simulate again instead of reusing finished runs.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for results.")] = Path("results"),
    sets: Sets = [],  # noqa: B006  (typer reads the default and never changes it)
    grids: Annotated[
        list[str],
        typer.Option(
            "--grid",
            metavar="PATH=VALUES",
            help="Sweep a value: low:high:steps or a,b,c. Repeat for a second value.",
        ),
    ] = [],  # noqa: B006
    outcomes: Annotated[
        list[str],
        typer.Option(
            "--outcome",
            metavar="MEASURE",
            help=OUTCOME_HELP,
            autocompletion=completing.measures,
        ),
    ] = [],  # noqa: B006
    no_charts: Annotated[
        bool, typer.Option("--no-charts", help="Write tables and the report, but no charts.")
    ] = False,
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Simulate an ensemble of each scenario and write tables, charts and a report."""
    from sim.ensemble.executors import cluster, processes

    show = not quiet and form is Format.text
    if outcomes and not grids:
        raise UsageError("--outcome needs --grid")
    if no_charts and grids:
        raise UsageError("--no-charts cannot be combined with --grid")
    size = (runs, draws, seed)
    loaded = [] if grids else _load_all(_files(scenarios), sets)
    if not grids:
        warn_of_letters(() if no_charts else loaded)
        make_folder(out)
    with cluster(on_cluster, _announce) if on_cluster else processes(workers) as executor:
        if grids:
            request = Request(scenarios, sets, grids, outcomes, size, out, fresh)
            raise typer.Exit(sweep(request, executor, form, show))
        target = Target(out, executor, fresh, not no_charts)
        raise typer.Exit(_run_all(loaded, size, target, form, show))


def plot(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULT...", help="Result folders.", autocompletion=completing.results
        ),
    ],
    wide: Annotated[
        bool,
        typer.Option("--wide", help="Draw slides instead: 1920 x 1080 pixels, in charts/wide/."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Redraw the charts of result folders as PNG and SVG.

    Slides are also made of `sim why`, and of the timelines that `sim trace` has drawn.
    """
    from sim import charts
    from sim.reasons.written import is_difference
    from sim.results.swept import TABLE

    differences = [path for path in folders if is_difference(path)]
    swept = [path for path in folders if (path / TABLE).is_file()]
    ensembles, compared = _opened([path for path in folders if path not in (*differences, *swept)])
    if wide:
        drawn = [
            *chain.from_iterable(charts.draw_wide(each, _timelines(each)) for each in ensembles),
            *chain.from_iterable(map(charts.draw_verdicts_wide, compared)),
            *chain.from_iterable(map(charts.draw_folder_wide, (*swept, *differences))),
        ]
    else:
        drawn = [
            *chain.from_iterable(map(charts.draw_all, ensembles)),
            *chain.from_iterable(map(charts.draw_verdicts, compared)),
            *map(charts.draw_sweep, swept),
            *map(charts.draw_difference, differences),
        ]
    _list(drawn, quiet)


def _timelines(result: Result) -> list[Timeline]:
    """Return the timelines of the runs that `sim trace` has drawn, in the order of the runs."""
    from sim.handles import timeline_of
    from sim.results.trace import trace_of_result

    drawn = (result.folder / "traces").glob("run_*.png")
    names = (path.stem.removeprefix("run_") for path in drawn)
    runs = sorted(int(name) for name in names if name.isdecimal())
    return [timeline_of(result, trace_of_result(result, run)) for run in runs]


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULT...", help="Result folders.", autocompletion=completing.results
        ),
    ],
    quiet: Quiet = False,
) -> None:
    """Rewrite the reports of result folders. Each report is one HTML file that opens offline."""
    from sim import report as reporting

    ensembles, compared = _opened(folders)
    for result in ensembles:
        evidence = reporting.evidence_of_result(result.folder)
        _list([reporting.write(result, evidence)], quiet)
    for comparison in compared:
        evidence = reporting.evidence_of_result(comparison.folder)
        _list([reporting.write_comparison(comparison, evidence)], quiet)


def _list(files: Sequence[Path], quiet: bool) -> None:
    """Print the names of files, unless the user wants only errors."""
    for file in () if quiet else files:
        say(file)


def _opened(folders: list[Path]) -> tuple[list[Result], list[Compared]]:
    """Open folders, and return ensembles and comparisons of arguments separately."""
    from sim.arguments import reader as comparisons

    compared = [path for path in folders if comparisons.is_comparison(path)]
    ensembles = [open_simulated(path) for path in folders if path not in compared]
    return ensembles, [comparisons.open_comparison(path) for path in compared]


def _files(named: list[str]) -> list[Path]:
    """Return scenario files without repetition. A folder means all scenarios directly in it."""
    by_place: dict[str, Path] = {}
    for text in named:
        folder = Path(text)
        files = _scenarios_in(folder) if folder.is_dir() else [locate("scenario", text)]
        for file in files:
            by_place.setdefault(os.path.realpath(file), file)
    return list(by_place.values())


def _scenarios_in(folder: Path) -> list[Path]:
    """Return the scenario files of a folder, and report all others on stderr."""
    files = files_in(folder)
    scenarios = [file for file in files if _is_scenario(file)]
    if not scenarios:
        message = "no scenario files (*.yaml, *.yml) in this folder"
        raise InputError([Fault(str(folder), 0, "", message)])
    if skipped := [file.name for file in files if file not in scenarios]:
        complain(f"skipped, because they are not scenarios: {', '.join(skipped)}")
    return scenarios


def _is_scenario(file: Path) -> bool:
    """Return whether a file is a scenario, or cannot be read; loading it reports its faults."""
    from sim.scenario.document import read_document

    try:
        return "scenario" in read_document(file, str(file)).values
    except InputError:
        return True


def _load_all(paths: list[Path], sets: list[str]) -> list[Loaded]:
    """Load all scenarios before any simulation, so that a fault in the last one costs no time."""
    from sim.scenario import load

    loaded: list[Loaded] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            loaded.append(load(path, sets))
        except InputError as error:
            faults += error.faults
    if faults:
        if loaded:
            faulty = f"{len(paths) - len(loaded)} of {len(paths)} files have faults"
            complain(f"nothing is simulated: {faulty}")
        raise InputError(faults)
    return loaded


@dataclass(frozen=True)
class Target:
    """Where to simulate and to write.

    Attributes:
        out: folder for results.
        executor: simulates blocks.
        fresh: simulate again instead of reusing finished runs.
        charts: draw charts.
    """

    out: Path
    executor: Executor
    fresh: bool
    charts: bool


def _run_all(
    scenarios: Sequence[Loaded],
    size: tuple[int, int, int],
    target: Target,
    form: Format,
    show: bool,
) -> int:
    """Simulate scenarios one after another, and compare them if there are several.

    Args:
        scenarios: the scenarios.
        size: number of runs, number of draws, and seed.
        target: where to simulate and to write.
        form: format of the output.
        show: whether to print tables.

    Returns:
        The exit code.
    """
    from sim.ensemble.ensemble import Plan

    results: list[Result] = []
    files: list[Path] = []
    codes = [DONE]
    for loaded in scenarios:
        result, code = _run_one(loaded, Plan(loaded.scenario, *size), target, form, show)
        codes.append(code)
        if result is not None:
            results.append(result)
            files.append(Path(loaded.sources["scenario"][0]))
        if code == INTERRUPTED:
            break
    if len(results) > 1:
        _compare(results, files, target, show)
    return max(codes)


def _run_one(
    loaded: Loaded, plan: Plan, target: Target, form: Format, show: bool
) -> tuple[Result | None, int]:
    """Simulate one scenario and report it.

    Returns:
        Its result (None if no run finished) and the exit code.
    """
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import play

    # 1. simulate
    started = time.perf_counter()
    store = Store.below(target.out)
    with progress_bar(plan.scenario.title, plan.runs, show) as advance:
        ensemble = play(
            plan, executor=target.executor, store=store, fresh=target.fresh, progress=advance
        )
    code = _reported_failure(ensemble)
    if code == INTERRUPTED or ensemble.done == 0:
        return None, code
    # 2. write
    unchanged = None if target.fresh else _unchanged(loaded, plan, target.out)
    seconds = time.perf_counter() - started
    result = unchanged or _write(ensemble, loaded, target, seconds)
    # 3. show
    if form is Format.json:
        print_record(result)
    elif show:
        print_summary(ensemble, result, time.perf_counter() - started)
        if unchanged:
            console().print(UNCHANGED)
    return result, code


def _reported_failure(ensemble: Ensemble) -> int:
    """Report an interruption or failed runs on stderr, and return the exit code."""
    if ensemble.interrupted:
        saved = f"{ensemble.done} of {count(ensemble.plan.runs, 'run')} are finished and saved"
        complain(f"interrupted: {saved}; repeat the command to continue")
        return INTERRUPTED
    for failure in ensemble.failures:
        reason = failure.reason.strip().splitlines()[-1]
        complain(f"block {failure.number}: {count(failure.runs, 'run')} failed: {reason}")
    return SOME_FAILED if ensemble.failures else DONE


def _write(ensemble: Ensemble, loaded: Loaded, target: Target, seconds: float) -> Result:
    """Write the folder of a result, with charts and a report."""
    from sim import report
    from sim.results import writer

    evidence = evidence_near(Path(loaded.sources["scenario"][0]))

    def complete(result: Result) -> None:
        if target.charts:
            report.complete(result, evidence)
        else:
            report.write(result, evidence)

    return writer.write(ensemble, loaded, target.out, seconds, complete)


def _unchanged(loaded: Loaded, plan: Plan, out: Path) -> Result | None:
    """Return the existing result if the scenario is the resolved scenario of that result.

    Such a result names the files and options that set its values. Rewriting it would lose them.
    """
    from sim.results import reader, writer

    file = Path(loaded.sources["scenario"][0])
    folder = out / file.resolve().parent.name
    resolved = folder / reader.RESOLVED
    digest = writer.folder_name(plan)[-8:]
    is_resolved = resolved.exists() and file.samefile(resolved)
    is_complete = (folder / "report.html").is_file() and folder.name.endswith(f"-{digest}")
    if not (is_resolved and is_complete):
        return None
    try:
        result = reader.open_result(folder)
        return None if result.manifest["runs"]["failed"] else result
    except InputError:
        return None


def _announce(address: str) -> None:
    complain(f"cluster dashboard: {address}")


def _compare(results: list[Result], files: list[Path], target: Target, show: bool) -> None:
    """Write a table and a chart that compare several results."""
    from sim import charts
    from sim.results.writer import distinct_labels, write_comparison

    labels = distinct_labels(results, files)
    by_label = dict(zip(labels, results, strict=True))
    made = ["comparison.csv"]

    def draw(aside: Path) -> None:
        if target.charts:
            made.append(charts.draw_comparison(by_label, aside).name)

    folder = write_comparison(results, labels, target.out, draw)
    if show:
        console().print(plain(f"comparison: {' '.join(str(folder / name) for name in made)}"))
