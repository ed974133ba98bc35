"""Commands that simulate scenarios and draw charts of the results."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.catalogue import files_in, locate, working_root, workspace_of
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
from sim.io.atomic import clear
from sim.io.errors import Fault, InputError, UsageError, nearest
from sim.io.text import count
from sim.outcomes.summary_measures import MEASURES

if TYPE_CHECKING:
    from sim.arguments.reader import Compared
    from sim.ensemble.ensemble import Engine, Ensemble, Plan
    from sim.evidence import Evidence
    from sim.results.reader import Result
    from sim.results.sweep import Axis, Cell
    from sim.scenario import Loaded

MAX_RUNS = 100_000_000
SHOWN_OF_SWEEPS = 4
"""Maximum number of measures in the printed table of a sweep."""
MAX_SHOWN = 30
"""Maximum number of sweep cells that are printed."""
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
        typer.Argument(metavar="SCENARIO...", help="Names, files or folders of scenarios."),
    ],
    runs: Annotated[
        int, typer.Option(min=1, max=MAX_RUNS, help="Total number of runs: draws x replicates.")
    ] = 2000,
    draws: Annotated[
        int,
        typer.Option(
            min=1, max=1_000_000, help="Number of parameter draws: full sets of uncertain values."
        ),
    ] = 125,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=1024, help="Number of processes. Default: all cores for large jobs."
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
        list[str], typer.Option("--outcome", metavar="MEASURE", help=OUTCOME_HELP)
    ] = [],  # noqa: B006
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Simulate an ensemble of each scenario and write tables, charts and a report."""
    from sim.ensemble.ensemble import Plan, cluster, processes

    show = not quiet and form is Format.text
    if outcomes and not grids:
        raise UsageError("--outcome needs --grid")
    if grids:
        with cluster(on_cluster, _announce) if on_cluster else processes(workers) as engine:
            raise typer.Exit(
                _sweep(
                    scenarios,
                    sets,
                    grids,
                    outcomes,
                    (runs, draws, seed),
                    out,
                    engine,
                    fresh,
                    form,
                    show,
                )
            )
    loaded = _load_all(_files(scenarios), sets)
    make_folder(out)
    results: list[Result] = []
    files: list[Path] = []
    codes = [DONE]
    with cluster(on_cluster, _announce) if on_cluster else processes(workers) as engine:
        for scenario in loaded:
            job = Job(scenario, Plan(scenario.scenario, runs, draws, seed), out, engine, fresh)
            result, code = _run_one(job, form, show)
            codes.append(code)
            if result:
                results.append(result)
                files.append(Path(scenario.sources["scenario"][0]))
            if code == INTERRUPTED:
                break
    if len(results) > 1:
        _compare(results, files, out, show)
    raise typer.Exit(max(codes))


def plot(
    folders: Annotated[list[Path], typer.Argument(metavar="RESULT...", help="Result folders.")],
    quiet: Quiet = False,
) -> None:
    """Redraw the charts of result folders as PNG and SVG."""
    from sim import charts

    ensembles, compared = _opened(folders)
    for path in [
        *(path for result in ensembles for path in charts.draw_all(result)),
        *(path for result in compared for path in charts.draw_verdicts(result)),
    ]:
        if not quiet:
            say(path)


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RESULT...", help="Result folders.")],
    quiet: Quiet = False,
) -> None:
    """Rewrite the reports of result folders. Each report is one HTML file that opens offline."""
    from sim import report as reporting

    ensembles, compared = _opened(folders)
    for path in [
        *(reporting.write(result, evidence_of_folder(result.folder)) for result in ensembles),
        *(
            reporting.write_comparison(result, evidence_of_folder(result.folder))
            for result in compared
        ),
    ]:
        if not quiet:
            say(path)


def _opened(folders: list[Path]) -> tuple[list[Result], list[Compared]]:
    """Open folders, and return ensembles and comparisons of arguments separately."""
    from sim.arguments import reader as comparisons
    from sim.results import reader

    compared = [path for path in folders if comparisons.is_comparison(path)]
    ensembles = [reader.open_result(path) for path in folders if path not in compared]
    return ensembles, [comparisons.open_comparison(path) for path in compared]


def _files(named: list[str]) -> list[Path]:
    """Return scenario files without repetition. A folder means all scenarios directly in it."""
    found: dict[str, Path] = {}
    for text in named:
        for file in (
            _scenarios_in(Path(text)) if Path(text).is_dir() else [locate("scenario", text)]
        ):
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _scenarios_in(folder: Path) -> list[Path]:
    """Return the scenario files of a folder, and report other files on stderr."""
    from sim.scenario.document import read_document

    found: list[Path] = []
    others: list[Path] = []
    for file in files_in(folder):
        try:
            is_scenario = "scenario" in read_document(file, str(file)).values
        except InputError:
            is_scenario = True  # its faults are reported when it is loaded
        (found if is_scenario else others).append(file)
    if not found:
        raise InputError(
            [Fault(str(folder), 0, "", "no scenario files (*.yaml, *.yml) in this folder")]
        )
    if others:
        complain(
            f"skipped, because they are not scenarios: {', '.join(file.name for file in others)}"
        )
    return found


def make_folder(out: Path) -> None:
    """Create the folder for results before any simulation, so that a bad name costs no time.

    Remove the unfinished files of commands that were killed.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "is a file" if out.is_file() else (error.strerror or "").lower()
        raise InputError(
            [Fault(str(out), 0, "", f"cannot be used for results: {reason}")]
        ) from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise InputError(
            [Fault(str(out), 0, "", "cannot be used for results: no permission to write")]
        )
    for folder in (out, *(path for path in out.iterdir() if path.is_dir())):
        clear(folder)


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
            complain(
                f"nothing is simulated: {len(paths) - len(loaded)} of {len(paths)} files have faults"
            )
        raise InputError(faults)
    return loaded


@dataclass(frozen=True)
class Job:
    """One scenario to simulate, the folder for its result, and the engine that simulates its blocks."""

    loaded: Loaded
    plan: Plan
    out: Path
    engine: Engine
    fresh: bool


def _run_one(job: Job, form: Format, show: bool) -> tuple[Result | None, int]:
    """Simulate one scenario and report it. Return its result (None if no run finished) and an exit code."""
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import play
    from sim.outcomes.summary import as_record

    started, plan = time.perf_counter(), job.plan
    with progress_bar(plan.scenario.title, plan.runs, show) as advance:
        store = Store.below(job.out)
        ensemble = play(plan, engine=job.engine, store=store, fresh=job.fresh, progress=advance)
    if ensemble.interrupted:
        saved = f"{ensemble.done} of {count(plan.runs, 'run')} are finished and saved"
        complain(f"interrupted: {saved}; repeat the command to continue")
        return None, INTERRUPTED
    for failure in ensemble.failures:
        reason = failure.reason.strip().splitlines()[-1]
        complain(f"block {failure.number}: {count(failure.runs, 'run')} failed: {reason}")
    code = SOME_FAILED if ensemble.failures else DONE
    if ensemble.done == 0:
        return None, code
    unchanged = _unchanged(job)
    result, drawn, page = unchanged or _write(ensemble, job, time.perf_counter() - started)
    if form is Format.json:
        about = {
            "folder": str(result.folder),
            "title": result.scenario.title,
            "set": result.loaded.changes,
        }
        say(json.dumps({**about, **as_record(result.measures)}, allow_nan=False))
    elif show:
        _print_summary(ensemble, result, drawn, time.perf_counter() - started)
        console().print(plain(f"report: {page}"))
        if unchanged:
            console().print(
                "The result is unchanged, because this is its own resolved scenario. Use --fresh to rewrite it."
            )
    return result, code


def _write(ensemble: Ensemble, job: Job, seconds: float) -> tuple[Result, list[Path], Path]:
    """Write the folder of a result. Return the result, its charts and its report."""
    from sim import charts, report
    from sim.results import reader, writer

    evidence = evidence_near(Path(job.loaded.sources["scenario"][0]))

    def complete(result: Result) -> None:
        charts.draw_all(result)
        report.write(result, evidence)

    folder = writer.write(ensemble, job.loaded, job.out, seconds, complete)
    drawn = [folder / "charts" / f"{name}.png" for name, _ in charts.CHARTS]
    return reader.open_result(folder), drawn, folder / report.NAME


def _unchanged(job: Job) -> tuple[Result, list[Path], Path] | None:
    """Return the existing result if the scenario is the resolved scenario of that result.

    Such a result names the files and options that set its values. Rewriting it would lose them.
    """
    from sim.results import reader, writer

    file = Path(job.loaded.sources["scenario"][0])
    folder, digest = job.out / file.resolve().parent.name, writer.folder_name(job.plan)[-8:]
    page, is_own = (
        folder / "report.html",
        (folder / reader.RESOLVED).exists() and folder.name.endswith(f"-{digest}"),
    )
    if job.fresh or not page.is_file() or not is_own or not file.samefile(folder / reader.RESOLVED):
        return None
    try:
        result = reader.open_result(folder)
        return (
            None
            if result.manifest["runs"]["failed"]
            else (result, sorted(folder.glob("charts/*.png")), page)
        )
    except InputError:
        return None


def evidence_of_folder(folder: Path) -> Evidence:
    """Return the evidence of the workspace around a result folder, or else of the working folder."""
    from sim.evidence import load_for

    around = folder.resolve().parents[1] if len(folder.resolve().parents) > 1 else folder
    return load_for((around if (around / "seeds").is_dir() else working_root()) / "seeds" / "any")


def evidence_near(path: Path) -> Evidence | None:
    """Return the evidence that a file may cite. If it has faults, report them on stderr and return None."""
    return _evidence(workspace_of(path))


@cache
def _evidence(workspace: Path) -> Evidence | None:
    from sim.evidence import load_for

    try:
        return load_for(workspace / "any")
    except InputError as error:
        complain(
            f"the evidence files have faults, so reports name no sources; the first fault: {error.faults[0]}"
        )
        return None


def _sweep(
    named: list[str],
    sets: list[str],
    grids: list[str],
    outcomes: list[str],
    design: tuple[int, int, int],
    out: Path,
    engine: Engine,
    fresh: bool,
    form: Format,
    show: bool,
) -> int:
    """Simulate a scenario over a grid and draw the chosen outcomes."""
    from sim import charts
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import Plan
    from sim.results import sweep as sweeps

    if len(named) != 1 or Path(named[0]).is_dir():
        raise UsageError("a sweep takes exactly one scenario")
    file = locate("scenario", named[0])
    axes = [sweeps.read_axis(text) for text in grids]
    grid = sweeps.cells(file, sets, axes)
    plan = Plan(grid[0].loaded.scenario, *design)
    _refuse_unknown(outcomes, sweeps.broker_measures(cell.loaded.scenario for cell in grid))
    make_folder(out)
    with progress_bar(count(len(grid), "cell"), len(grid) * plan.runs, show) as advance:
        played = list(sweeps.play_cells(grid, plan, engine, Store.below(out), fresh, advance))
    if any(ensemble.interrupted for _, ensemble in played):
        complain("interrupted: finished runs are saved; repeat the command to continue")
        return INTERRUPTED
    failed = sum(failure.runs for _, ensemble in played for failure in ensemble.failures)
    if failed:
        complain(f"{count(failed, 'run')} failed, so the sweep is not written")
        return SOME_FAILED
    shown = outcomes or charts.DRAWN_OF_SWEEPS
    folder = sweeps.write(axes, played, out, lambda aside: charts.draw_sweep(aside, shown))
    drawn = folder / "sweep.png"
    if form is Format.json:
        say(json.dumps({"folder": str(folder), "chart": str(drawn)}))
    elif show:
        _print_sweep(folder, axes, shown, played)
        console().print(plain(f"chart: {drawn}"))
    return DONE


def _refuse_unknown(outcomes: list[str], of_brokers: Sequence[str]) -> None:
    allowed = (*MEASURES, *of_brokers)
    unknown = next((name for name in outcomes if name not in allowed), None)
    if unknown is not None:
        raise UsageError(
            f"unknown outcome '{unknown}'{nearest(unknown, allowed)}; allowed: {', '.join(allowed)}"
        )


def _print_sweep(
    folder: Path,
    axes: Sequence[Axis],
    outcomes: Sequence[str],
    played: Sequence[tuple[Cell, Ensemble]],
) -> None:
    """Print the first measures of a small sweep as a table, and the first measure in a sentence."""
    from rich.table import Table

    from sim.results import sweep as sweeps

    rows, title = sweeps.read(folder), sweeps.title(folder)
    headings, lines = sweeps.as_texts(rows, axes, outcomes[:SHOWN_OF_SWEEPS])
    screen = console()
    if len(lines) <= MAX_SHOWN:
        table = Table(
            *(plain(heading) for heading in headings), title=plain(title), title_justify="left"
        )
        for line in lines:
            table.add_row(*(plain(text) for text in line))
        screen.print(table)
    screen.print(
        plain(sweeps.sentence(rows, axes, outcomes[0], sweeps.by_run(played, outcomes[0])))
    )
    screen.print(
        plain(f"results: {folder} ({count(len(lines), 'cell')}, all measures in sweep.csv)")
    )


def _announce(address: str) -> None:
    complain(f"cluster dashboard: {address}")


def _compare(results: list[Result], files: list[Path], out: Path, show: bool) -> None:
    """Write a table and a chart that compare several results."""
    from sim import charts
    from sim.results.writer import distinct_labels, write_comparison

    labels = distinct_labels(results, files)
    folder = write_comparison(
        results, labels, out, lambda aside: charts.draw_comparison(results, labels, aside)
    )
    if show:
        console().print(
            plain(f"comparison: {folder / 'comparison.csv'} {folder / 'comparison.png'}")
        )


def _print_summary(ensemble: Ensemble, result: Result, drawn: list[Path], seconds: float) -> None:
    from rich.table import Table

    from sim.outcomes.summary import ENOUGH, sentence
    from sim.scenario.drawn import drawn_from

    plan, lines = ensemble.plan, result.measures
    table = Table(
        title=plain(f"{plan.scenario.title}  ({plan.scenario.scenario})"), title_justify="left"
    )
    table.add_column("measure")
    for heading in ("value", "chance 80%", "parameters 80%"):
        table.add_column(heading, justify="right")
    for line in lines:
        if line.occurred:
            table.add_row(plain(line.says), *line.shown())
    screen, draws = console(), ensemble.draws
    screen.print(table)
    screen.print(plain(sentence(lines)))
    design = _design(ensemble.done, draws, drawn_from(plan.scenario))
    screen.print(f"{design}, seed {plan.seed}, {seconds:.1f} s.")
    if plan.runs < plan.draws:
        screen.print(
            f"With {count(plan.runs, 'run')}, only {draws} of {count(plan.draws, 'draw')} were simulated."
        )
    screen.print(
        "Chance: middle 80% of the runs of a typical draw. Parameters: middle 80% of the draws."
    )
    if ensemble.done < ENOUGH * draws:
        screen.print(f"There are no intervals with fewer than {ENOUGH} replicates per draw.")
    if any(line.driven_by_few for line in lines if line.occurred):
        screen.print("Values outside their parameter interval are driven by a few draws.")
    screen.print(plain(f"results: {result.folder}"))
    for path in drawn:
        screen.print(plain(f"chart: {path}"))


def _design(runs: int, draws: int, drawn: str) -> str:
    """Return the design of an ensemble in words: runs, draws, source of the draws, replicates."""
    each, rest = divmod(runs, draws)
    replicates = f"{each} or {each + 1} replicates" if rest else count(each, "replicate")
    return f"{count(runs, 'run')} = {count(draws, 'draw')} {drawn} x {replicates}"
