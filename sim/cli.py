"""The command line. Everything that is printed is printed here; heavy modules are imported where they are needed."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from sim.errors import Fault, InputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from sim.ensemble import Ensemble, Plan
    from sim.scenario import Loaded
    from sim.summary import Measure

DONE, INVALID, WRONG_USAGE, SOME_FAILED, INTERRUPTED = 0, 1, 2, 3, 130
MAX_RUNS = 100_000_000

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Play diplomatic crises from scenario files, and see what came of them.",
)


class Format(StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
AsFormat = Annotated[Format, typer.Option("--format", help="Text for people, or JSON for machines, on stdout.")]
Sets = Annotated[list[str], typer.Option("--set", metavar="PATH=VALUE", help="Set a scenario value; repeatable.")]


@app.callback()
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.", is_eager=True)] = False,
) -> None:
    if version:
        from sim import __version__

        typer.echo(f"demarche {__version__}")
        raise typer.Exit


@app.command()
def run(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files (YAML).")],
    runs: Annotated[int, typer.Option(min=1, max=MAX_RUNS, help="Runs in all: draws x replicates.")] = 2000,
    draws: Annotated[int, typer.Option(min=1, max=1_000_000, help="Draws from the coded ranges.")] = 125,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random streams.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; all cores for large work.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for result folders.")] = Path("results"),
    sets: Sets = [],  # noqa: B006  (typer reads the default and never changes it)
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Play an ensemble of each scenario; write tables and charts, and say what came of it."""
    from sim.ensemble import Plan
    from sim.scenario import load

    loaded = _load_all(scenarios, lambda path: load(path, sets))
    codes = [
        _run_one(scenario, Plan(scenario.scenario, runs, draws, seed), workers, out, form, quiet) for scenario in loaded
    ]
    raise typer.Exit(max(codes))


def _load_all(paths: list[Path], load: Callable[[Path], Loaded]) -> list[Loaded]:
    """Load all scenarios before any is played, so that a fault in the last costs no time."""
    loaded, faults = [], list[Fault]()
    for path in paths:
        try:
            loaded.append(load(path))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return loaded


def _run_one(loaded: Loaded, plan: Plan, workers: int | None, out: Path, form: Format, quiet: bool) -> int:
    from sim import charts, results
    from sim.ensemble import play
    from sim.summary import as_record

    begun = time.perf_counter()
    show = not quiet and form is Format.text
    with _progress(loaded.scenario.title, plan.runs, show) as advance:
        ensemble = play(plan, workers=workers, progress=advance)
    for failure in ensemble.failures:
        reason = failure.reason.strip().splitlines()[-1]
        _complain(f"block {failure.number}: {failure.runs} runs failed: {reason}")
    if ensemble.done == 0:
        return INTERRUPTED if ensemble.interrupted else SOME_FAILED
    folder = results.write(ensemble, loaded, out, time.perf_counter() - begun)
    result = results.open_result(folder)
    drawn = charts.draw_all(result)
    if form is Format.json:
        typer.echo(json.dumps({"folder": str(folder), **as_record(result.summary)}, allow_nan=False))
    elif show:
        _print_summary(loaded, ensemble, result.summary, folder, drawn, time.perf_counter() - begun)
    if ensemble.interrupted:
        _complain(f"interrupted: {ensemble.done} of {plan.runs} runs were finished and are kept in {folder}")
        return INTERRUPTED
    return SOME_FAILED if ensemble.failures else DONE


@app.command()
def plot(
    folders: Annotated[list[Path], typer.Argument(metavar="RESULT...", help="Result folders.")],
    quiet: Quiet = False,
) -> None:
    """Redraw the charts of result folders, as PNG and SVG."""
    from sim import charts, results

    for result in [results.open_result(folder) for folder in folders]:
        for path in charts.draw_all(result):
            if not quiet:
                typer.echo(path)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Scenario files, or bases of such.")],
    quiet: Quiet = False,
) -> None:
    """Validate files; name the file, line and path of every fault."""
    from sim.scenario import check as check_scenario

    faults = [fault for path in files for fault in check_scenario(path)]
    if faults:
        raise InputError(faults)
    if not quiet:
        typer.echo(f"{len(files)} file{'s' if len(files) > 1 else ''} checked, no faults")


# Printing


def _print_summary(
    loaded: Loaded, ensemble: Ensemble, lines: list[Measure], folder: Path, drawn: list[Path], seconds: float
) -> None:
    from rich.table import Table

    from sim.summary import sentence

    plan = ensemble.plan
    table = Table(title=_plain(f"{loaded.scenario.title}  ({loaded.scenario.scenario})"), title_justify="left")
    for heading, justify in (("measure", "left"), ("value", "right"), ("chance 80%", "right"), ("coding 80%", "right")):
        table.add_column(heading, justify="right" if justify == "right" else "left")
    for line in lines:
        if line.unit != "probability" or line.value > 0:
            table.add_row(_plain(line.says), *line.shown())
    console = _console()
    console.print(table)
    console.print(_plain(sentence(lines)))
    used = min(plan.draws, plan.runs)
    console.print(
        f"{ensemble.done} runs = {used} draws of the coded ranges x {ensemble.done / used:.3g} replicates, "
        f"seed {plan.seed}, {seconds:.1f} s. chance: runs of a typical draw. coding: from draw to draw.",
        style="dim",
        highlight=False,
    )
    console.print(_plain(f"results: {folder}"))
    for path in drawn:
        console.print(_plain(f"chart: {path}"))


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, soft_wrap=True, highlight=False)


def _plain(text: str) -> str:
    """Return text that rich prints as it is, markup or not."""
    from rich.markup import escape

    return escape(text)


@contextmanager
def _progress(title: str, runs: int, show: bool) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal and nothing in a pipe; yields what to call with the runs that are done."""
    if not (show and sys.stderr.isatty()):
        yield lambda done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console(stderr=True), transient=True) as progress:
        task = progress.add_task(_plain(title), total=runs)
        yield lambda done: progress.advance(task, done)


def _complain(text: str) -> None:
    typer.echo(f"sim: {text}", err=True)


def _fail(text: str, code: int) -> NoReturn:
    _complain(text)
    sys.exit(code)


def main() -> None:
    """Run the command line; a user's mistake ends in a plain message, never in a traceback."""
    try:
        app()
    except InputError as error:
        for fault in error.faults:
            typer.echo(str(fault), err=True)
        sys.exit(INVALID)
    except UsageError as error:
        _fail(str(error), WRONG_USAGE)
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(DONE)
    except OSError as error:
        _fail(f"{error.filename or 'file'}: {error.strerror or error}", INVALID)
