"""The command that compares analysts' arguments."""

from __future__ import annotations

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import completing
from sim.cli.folders import evidence_near, make_folder
from sim.cli.printing import (
    DONE,
    INTERRUPTED,
    SOME_FAILED,
    Quiet,
    complain,
    console,
    empty_table,
    growing_bar,
    plain,
    print_paragraph,
    say,
)
from sim.io.limits import MAX_SEED, MAX_WORKERS
from sim.io.workers import multiply_in_one_thread

if TYPE_CHECKING:
    from sim.arguments.comparison import Comparison, Task
    from sim.arguments.judging import Size
    from sim.arguments.reader import Compared


ROOM = 110
"""Width of lines from which verdicts are printed as a table."""


class Shown(StrEnum):
    """How a comparison is printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


def compare(
    hypotheses: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HYPOTHESIS...]",
            help="Names, files or folders of arguments. Default: all known.",
            autocompletion=completing.arguments,
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Use few runs. Intervals are wider, so fewer claims are decided.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of all random numbers.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_WORKERS, help="Number of processes. Default: all cores for large jobs."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for results.")] = Path("results"),
    form: Annotated[
        Shown, typer.Option("--format", help="Output on stdout: text, Markdown or JSON.")
    ] = Shown.text,
    detail: Annotated[
        bool,
        typer.Option(
            "--detail", help="Print verdicts in sentences, with the values in both conditions."
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Test analysts' claims: which of them hold, in which share of draws, and what drives them."""
    multiply_in_one_thread()
    from sim.arguments.comparison import hypothesis_files, read_task
    from sim.arguments.judging import DEFAULT, QUICK

    task = read_task(hypothesis_files(hypotheses or []))
    make_folder(out)
    started = time.perf_counter()
    compared = _run_and_judge(
        task, QUICK if quick else DEFAULT, seed, workers, out, form is Shown.text and not quiet
    )
    if isinstance(compared, int):
        raise typer.Exit(compared)
    folder = _write(compared, out, time.perf_counter() - started)
    if not quiet:
        _show(folder, form, detail)
    raise typer.Exit(DONE)


def _run_and_judge(
    task: Task, size: Size, seed: int, workers: int | None, out: Path, show: bool
) -> Comparison | int:
    """Simulate and judge. Return an exit code if the work is cut short."""
    from sim.arguments.comparison import compare as compare_all
    from sim.arguments.playing import BlockFailed, ExperimentRunner
    from sim.ensemble.blocks import Store
    from sim.ensemble.executors import processes

    try:
        with processes(workers) as executor, growing_bar(show) as bar:
            runner = ExperimentRunner(
                executor, Store.below(out), seed, size.draws, task.columns, bar.advance, bar.expect
            )
            return compare_all(task, runner, size, bar.name)
    except KeyboardInterrupt:
        complain("interrupted: finished runs are saved; repeat the command to continue")
        return INTERRUPTED
    except BlockFailed as error:
        complain(f"runs failed, so no claim is judged: {str(error).strip().splitlines()[-1]}")
        return SOME_FAILED


def _write(compared: Comparison, out: Path, seconds: float) -> Path:
    """Write the folder of a comparison, with charts and a report, and return it."""
    from sim import report
    from sim.arguments import writer

    evidence = evidence_near(compared.arguments[0].file.path)

    def complete(opened: Compared) -> None:
        report.complete_comparison(opened, evidence)

    return writer.write(compared, out, seconds, complete)


def _show(folder: Path, form: Shown, detail: bool) -> None:
    from sim.arguments import reader, wording

    opened = reader.open_comparison(folder)
    if form is Shown.json:
        verdicts = json.loads((folder / "verdicts.json").read_text("utf-8"))
        say(json.dumps({"folder": str(folder), **verdicts}))
    elif form is Shown.markdown:
        say(wording.markdown(opened))
    else:
        _print(opened, detail)


def _print(opened: Compared, detail: bool) -> None:
    from sim import charts
    from sim.arguments import wording

    screen = console()
    for part in wording.parts(opened, detail or screen.width < ROOM):
        screen.print(plain(part.heading), style="bold")
        for line in part.lines:
            print_paragraph(screen, line)
        for title, text in part.entries:
            print_paragraph(screen, title)
            print_paragraph(screen, text, indent=4)
        if part.rows:
            table = empty_table(*part.headings)
            for row in part.rows:
                table.add_row(*(plain(cell) for cell in row))
            screen.print(table)
        else:
            screen.print()
    screen.print(plain(f"results: {opened.folder}"))
    for path in charts.files(opened.folder, charts.OF_VERDICTS):
        screen.print(plain(f"chart: {path}"))
    screen.print(plain(f"report: {opened.folder / 'report.html'}"))
