"""Commands that play scenarios and draw what came of them."""

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

if TYPE_CHECKING:
    from sim.arguments.reader import Compared
    from sim.ensemble.ensemble import Engine, Ensemble, Plan
    from sim.evidence import Evidence
    from sim.results.reader import Result
    from sim.results.sweep import Axis, Cell
    from sim.scenario import Loaded

MAX_RUNS = 100_000_000
SHOWN_OF_SWEEPS = 4
"""Measures of a sweep that the table on the screen has columns for."""
MAX_SHOWN = 30
"""Cells of a sweep that are printed; a larger one is left to its file."""
OUTCOME_HELP = (  # in words of its own: a help text waits for no table to be imported
    "Measure that a sweep draws; repeatable. One of: lasting_stop_14, brokered_truce_14, ending_truce, ending_lull, "
    "ending_capitulation, ending_fighting, peak_2, peak_3, peak_4, treaty_invoked, duration_days, deaths, "
    "failed_truces, failed_stops, territory_fought, territory_ceded, or broker_CODE for one broker."
)

Sets = Annotated[list[str], typer.Option("--set", metavar="PATH=VALUE", help="Set a scenario value; repeatable.")]


def run(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="Names of scenarios, files, or folders of such.")
    ],
    runs: Annotated[int, typer.Option(min=1, max=MAX_RUNS, help="Runs in all: draws x replicates.")] = 2000,
    draws: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Draws: sets of the values that are left open.")
    ] = 125,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random streams.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; all cores for large work.")] = None,
    on_cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS", help="Dask scheduler, such as tcp://host:8786, or local."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Play again what was finished before.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for result folders.")] = Path("results"),
    sets: Sets = [],  # noqa: B006  (typer reads the default and never changes it)
    grids: Annotated[
        list[str],
        typer.Option("--grid", metavar="PATH=VALUES", help="Sweep a value: low:high:steps, or one,two,three."),
    ] = [],  # noqa: B006
    outcomes: Annotated[list[str], typer.Option("--outcome", metavar="MEASURE", help=OUTCOME_HELP)] = [],  # noqa: B006
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Play an ensemble of each scenario; write tables, charts and a report, and say what came of it."""
    from sim.ensemble.ensemble import Plan, cluster, processes

    show = not quiet and form is Format.text
    if outcomes and not grids:
        raise UsageError("--outcome goes with --grid")
    if grids:
        with cluster(on_cluster, _announce) if on_cluster else processes(workers) as engine:
            raise typer.Exit(
                _sweep(scenarios, sets, grids, outcomes, (runs, draws, seed), out, engine, fresh, form, show)
            )
    loaded = _load_all(_files(scenarios), sets)
    make_folder(out)
    results: list[Result] = []
    files: list[Path] = []
    codes = [DONE]
    with cluster(on_cluster, _announce) if on_cluster else processes(workers) as engine:
        for scenario in loaded:
            job = Job(scenario, Plan(scenario.scenario, runs, draws, seed), out, engine, fresh)
            result, code = _play_one(job, form, show)
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
    """Redraw the charts of result folders, as PNG and SVG."""
    from sim import charts

    played, compared = _opened(folders)
    for path in [
        *(path for result in played for path in charts.draw_all(result)),
        *(path for result in compared for path in charts.draw_verdicts(result)),
    ]:
        if not quiet:
            say(path)


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RESULT...", help="Result folders.")],
    quiet: Quiet = False,
) -> None:
    """Write the reports of result folders anew: one file each, which opens offline."""
    from sim import report as reporting

    played, compared = _opened(folders)
    for path in [
        *(reporting.write(result, evidence_of_folder(result.folder)) for result in played),
        *(reporting.write_comparison(result, evidence_of_folder(result.folder)) for result in compared),
    ]:
        if not quiet:
            say(path)


def _opened(folders: list[Path]) -> tuple[list[Result], list[Compared]]:
    """Open folders of results, and of comparisons of arguments."""
    from sim.arguments import reader as comparisons
    from sim.results import reader

    compared = [path for path in folders if comparisons.is_comparison(path)]
    played = [reader.open_result(path) for path in folders if path not in compared]
    return played, [comparisons.open_comparison(path) for path in compared]


def _files(named: list[str]) -> list[Path]:
    """Return scenario files, each once: a name or a path is one file, a folder is all scenarios directly in it."""
    found: dict[str, Path] = {}
    for text in named:
        for file in _scenarios_in(Path(text)) if Path(text).is_dir() else [locate("scenario", text)]:
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _scenarios_in(folder: Path) -> list[Path]:
    """Return the scenario files of a folder; what is something else is named on stderr."""
    from sim.scenario.document import read_document

    found: list[Path] = []
    others: list[Path] = []
    for file in files_in(folder):
        try:
            is_scenario = "scenario" in read_document(file, str(file)).values
        except InputError:
            is_scenario = True  # its faults are named when it is loaded
        (found if is_scenario else others).append(file)
    if not found:
        raise InputError([Fault(str(folder), 0, "", "no scenario files (*.yaml, *.yml) in this folder")])
    if others:
        complain(f"not scenarios, and left out: {', '.join(file.name for file in others)}")
    return found


def make_folder(out: Path) -> None:
    """Make the folder for results before anything is played, so that a bad name costs no time.

    What killed commands left unfinished in it is removed.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "is a file" if out.is_file() else (error.strerror or "").lower()
        raise InputError([Fault(str(out), 0, "", f"no folder for results: {reason}")]) from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise InputError([Fault(str(out), 0, "", "no folder for results: nothing can be written into it")])
    for folder in (out, *(path for path in out.iterdir() if path.is_dir())):
        clear(folder)


def _load_all(paths: list[Path], sets: list[str]) -> list[Loaded]:
    """Load all scenarios before any is played, so that a fault in the last costs no time."""
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
            complain(f"nothing is played: {len(paths) - len(loaded)} of {len(paths)} files cannot be")
        raise InputError(faults)
    return loaded


@dataclass(frozen=True)
class Job:
    """One scenario to play: what, into which folder, and where its blocks are played."""

    loaded: Loaded
    plan: Plan
    out: Path
    engine: Engine
    fresh: bool


def _play_one(job: Job, form: Format, show: bool) -> tuple[Result | None, int]:
    """Play one scenario and report it; returns its result, if any run was finished, and an exit code."""
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import play
    from sim.outcomes.summary import as_record

    begun, plan = time.perf_counter(), job.plan
    with progress_bar(plan.scenario.title, plan.runs, show) as advance:
        store = Store.below(job.out)
        ensemble = play(plan, engine=job.engine, store=store, fresh=job.fresh, progress=advance)
    if ensemble.interrupted:
        kept = f"finished and kept are {ensemble.done} of {count(plan.runs, 'run')}"
        complain(f"interrupted: {kept}; the same command goes on from there")
        return None, INTERRUPTED
    for failure in ensemble.failures:
        reason = failure.reason.strip().splitlines()[-1]
        complain(f"block {failure.number}: {count(failure.runs, 'run')} failed: {reason}")
    code = SOME_FAILED if ensemble.failures else DONE
    if ensemble.done == 0:
        return None, code
    own = _kept(job)
    result, drawn, page = own or _written(ensemble, job, time.perf_counter() - begun)
    if form is Format.json:
        about = {"folder": str(result.folder), "title": result.scenario.title, "set": result.loaded.changes}
        say(json.dumps({**about, **as_record(result.measures)}, allow_nan=False))
    elif show:
        _print_summary(ensemble, result, drawn, time.perf_counter() - begun)
        console().print(plain(f"report: {page}"))
        if own:
            console().print(
                "The result is kept as it was: what was played is its own scenario. --fresh writes it anew."
            )
    return result, code


def _written(ensemble: Ensemble, job: Job, seconds: float) -> tuple[Result, list[Path], Path]:
    """Write the folder of a result; returns it with its charts and its report."""
    from sim import charts, report
    from sim.results import reader, writer

    evidence = evidence_near(Path(job.loaded.sources["scenario"][0]))

    def complete(result: Result) -> None:
        charts.draw_all(result)
        report.write(result, evidence)

    folder = writer.write(ensemble, job.loaded, job.out, seconds, complete)
    drawn = [folder / "charts" / f"{name}.png" for name, _ in charts.CHARTS]
    return reader.open_result(folder), drawn, folder / report.NAME


def _kept(job: Job) -> tuple[Result, list[Path], Path] | None:
    """Return the whole result of which the scenario played is the resolved one; it names the files that state values.

    Written anew it would name itself alone, and not what the command line set.
    """
    from sim.results import reader, writer

    file = Path(job.loaded.sources["scenario"][0])
    folder, digest = job.out / file.resolve().parent.name, writer.folder_name(job.plan)[-8:]
    page, is_own = folder / "report.html", (folder / reader.RESOLVED).exists() and folder.name.endswith(f"-{digest}")
    if job.fresh or not page.is_file() or not is_own or not file.samefile(folder / reader.RESOLVED):
        return None
    try:
        result = reader.open_result(folder)
        return None if result.manifest["runs"]["failed"] else (result, sorted(folder.glob("charts/*.png")), page)
    except InputError:
        return None


def evidence_of_folder(folder: Path) -> Evidence:
    """Return the evidence for a result folder: that of the workspace around it, or else of the working folder."""
    from sim.evidence import load_for

    around = folder.resolve().parents[1] if len(folder.resolve().parents) > 1 else folder
    return load_for((around if (around / "seeds").is_dir() else working_root()) / "seeds" / "any")


def evidence_near(path: Path) -> Evidence | None:
    """Return the evidence that a file may cite; None, and a message on stderr, where its files have faults."""
    return _evidence(workspace_of(path))


@cache
def _evidence(workspace: Path) -> Evidence | None:
    from sim.evidence import load_for

    try:
        return load_for(workspace / "any")
    except InputError as error:
        complain(f"faults in the evidence files, so that reports name no sources; the first: {error.faults[0]}")
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
    """Play a scenario over a grid and draw the outcomes that were asked for."""
    from sim import charts
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import Plan
    from sim.results import sweep as sweeps

    if len(named) != 1 or Path(named[0]).is_dir():
        raise UsageError("a sweep takes one scenario")
    file = locate("scenario", named[0])
    axes = [sweeps.read_axis(text) for text in grids]
    grid = sweeps.cells(file, sets, axes)
    plan = Plan(grid[0].loaded.scenario, *design)
    _refuse_unknown(outcomes, sweeps.broker_measures(cell.loaded.scenario for cell in grid))
    make_folder(out)
    with progress_bar(count(len(grid), "cell"), len(grid) * plan.runs, show) as advance:
        played = list(sweeps.play_cells(grid, plan, engine, Store.below(out), fresh, advance))
    if any(ensemble.interrupted for _, ensemble in played):
        complain("interrupted: what was finished is kept; the same command goes on from there")
        return INTERRUPTED
    failed = sum(failure.runs for _, ensemble in played for failure in ensemble.failures)
    if failed:
        complain(f"{count(failed, 'run')} failed, and no sweep is drawn")
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
    from sim.outcomes.summary import MEASURES

    allowed = (*MEASURES, *of_brokers)
    unknown = next((name for name in outcomes if name not in allowed), None)
    if unknown is not None:
        raise UsageError(f"unknown outcome '{unknown}'{nearest(unknown, allowed)}; allowed: {', '.join(allowed)}")


def _print_sweep(
    folder: Path, axes: Sequence[Axis], outcomes: Sequence[str], played: Sequence[tuple[Cell, Ensemble]]
) -> None:
    """Print the first measures of a sweep cell by cell, where they are few, and the first in a sentence."""
    from rich.table import Table

    from sim.results import sweep as sweeps

    rows, title = sweeps.read(folder), sweeps.title(folder)
    headings, lines = sweeps.told(rows, axes, outcomes[:SHOWN_OF_SWEEPS])
    screen = console()
    if len(lines) <= MAX_SHOWN:
        table = Table(*(plain(heading) for heading in headings), title=plain(title), title_justify="left")
        for line in lines:
            table.add_row(*(plain(text) for text in line))
        screen.print(table)
    screen.print(plain(sweeps.sentence(rows, axes, outcomes[0], sweeps.by_run(played, outcomes[0]))))
    screen.print(plain(f"results: {folder} ({count(len(lines), 'cell')}, all measures in sweep.csv)"))


def _announce(address: str) -> None:
    complain(f"cluster dashboard: {address}")


def _compare(results: list[Result], files: list[Path], out: Path, show: bool) -> None:
    """Write the table and the chart of several results side by side."""
    from sim import charts
    from sim.results.writer import distinct_labels, write_comparison

    labels = distinct_labels(results, files)
    folder = write_comparison(results, labels, out, lambda aside: charts.draw_comparison(results, labels, aside))
    if show:
        console().print(plain(f"comparison: {folder / 'comparison.csv'} {folder / 'comparison.png'}"))


def _print_summary(ensemble: Ensemble, result: Result, drawn: list[Path], seconds: float) -> None:
    from rich.table import Table

    from sim.outcomes.summary import ENOUGH, sentence
    from sim.scenario.drawn import drawn_from

    plan, lines = ensemble.plan, result.measures
    table = Table(title=plain(f"{plan.scenario.title}  ({plan.scenario.scenario})"), title_justify="left")
    table.add_column("measure")
    for heading in ("value", "chance 80%", "coding 80%"):
        table.add_column(heading, justify="right")
    for line in lines:
        if line.occurred:
            table.add_row(plain(line.says), *line.shown())
    screen, draws = console(), ensemble.draws
    screen.print(table)
    screen.print(plain(sentence(lines)))
    left = f"{count(plan.draws, 'draw')} asked for, and the first {draws} simulated: there are no more runs. "
    screen.print(
        f"{_design(ensemble.done, draws, drawn_from(plan.scenario))}, seed {plan.seed}, {seconds:.1f} s. "
        f"{left if plan.runs < plan.draws else ''}chance: runs of a typical draw, and no interval of a probability. "
        "coding: from draw to draw."
    )
    if ensemble.done < ENOUGH * draws:
        screen.print(f"With fewer than {ENOUGH} replicates a draw there are no intervals.")
    if any(line.carried_by_few for line in lines if line.occurred):
        screen.print("Where a value lies outside its coding interval, a few draws make it up.")
    screen.print(plain(f"results: {result.folder}"))
    for path in drawn:
        screen.print(plain(f"chart: {path}"))


def _design(runs: int, draws: int, drawn: str) -> str:
    """Return how many runs are of how many draws, and what these are, in words."""
    each, rest = divmod(runs, draws)
    replicates = f"{each} or {each + 1} replicates" if rest else count(each, "replicate")
    return f"{count(runs, 'run')} = {count(draws, 'draw')} {drawn} x {replicates}"
