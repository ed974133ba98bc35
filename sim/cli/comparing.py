"""The command that judges arguments."""

from __future__ import annotations

import json
import os
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.playing import make_folder
from sim.cli.printing import (
    DONE,
    INTERRUPTED,
    SOME_FAILED,
    Quiet,
    complain,
    console,
    growing_bar,
    plain,
    say,
)
from sim.errors import Fault, InputError, UsageError, nearest

if TYPE_CHECKING:
    from sim.compare.comparison import Comparison, Task
    from sim.compare.judging import Size

SHIPPED = Path("scenarios/hypotheses")
PAIRS = "pairs"


class Shown(StrEnum):
    """How a comparison is printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


def compare(
    hypotheses: Annotated[
        list[str] | None,
        typer.Argument(metavar="[HYPOTHESIS...]", help="Hypothesis files, folders, or names; all shipped where none."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A first look: few runs, and pairs only where they are named.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random streams.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, max=1024, help="Processes; all cores for large work.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for result folders.")] = Path("results"),
    form: Annotated[
        Shown, typer.Option("--format", help="Text for people, Markdown for a page, or JSON for machines, on stdout.")
    ] = Shown.text,
    quiet: Quiet = False,
) -> None:
    """Judge the analysts' claims: which hold, in which share of what the coding leaves open, and on what they rest."""
    for library in ("OPENBLAS", "MKL", "OMP"):  # many small products: threads would only wait for one another
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from sim.compare.judging import DEFAULT, QUICK

    files = _files(hypotheses or [])
    task = _prepared([file for file in files if not quick or hypotheses or file.stem != PAIRS])
    make_folder(out)
    begun = time.perf_counter()
    compared = _played(task, QUICK if quick else DEFAULT, seed, workers, out, form is Shown.text and not quiet)
    if isinstance(compared, int):
        raise typer.Exit(compared)
    folder, drawn = _written(compared, out, time.perf_counter() - begun)
    if not quiet:
        _show(folder, drawn, form)
    raise typer.Exit(DONE)


def _files(named: list[str]) -> list[Path]:
    """Return hypothesis files: a folder stands for those in it, a name for a shipped one."""
    from sim.compare.comparison import shipped

    found: list[Path] = []
    for name in named or [str(SHIPPED)]:
        path = Path(name)
        if path.is_dir():
            found += shipped(path)
        elif path.suffix or path.exists():
            found.append(path)
        else:
            found.append(_shipped_file(name))
    if not found:
        raise InputError([Fault(named[0] if named else str(SHIPPED), 0, "", "no hypothesis files (*.yaml) here")])
    return list(dict.fromkeys(found))


def _shipped_file(name: str) -> Path:
    path = SHIPPED / f"{name}.yaml"
    if not path.is_file():
        known = [file.stem for file in SHIPPED.glob("*.yaml")]
        named = f"; allowed: a file, or {', '.join(sorted(known))}"
        if not known:
            named = f"; allowed: a file; names are those of files in {SHIPPED}, and there are none below this folder"
        raise InputError([Fault(name, 0, "", f"no hypothesis of this name{nearest(name, known)}{named}")])
    return path


def _prepared(files: list[Path]) -> Task:
    """Read all files and load all their conditions, so that a fault in the last costs no time."""
    from sim import hypotheses
    from sim.compare.comparison import prepare

    arguments: list[hypotheses.Argument] = []
    contradictions: list[hypotheses.Contradictions] = []
    faults: list[Fault] = []
    for path in files:
        try:
            stated = hypotheses.read(path)
            if isinstance(stated, hypotheses.Argument):
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


def _played(task: Task, size: Size, seed: int, workers: int | None, out: Path, show: bool) -> Comparison | int:
    """Play and judge; returns an exit code where that was cut short."""
    from sim.blocks import Store
    from sim.compare.comparison import compare as compare_all
    from sim.compare.playing import Laboratory, PlayFailed
    from sim.ensemble import processes

    try:
        with processes(workers) as engine, growing_bar(show) as bar:
            laboratory = Laboratory(engine, Store.below(out), seed, size.draws, task.columns, bar.advance, bar.expect)
            return compare_all(task, laboratory, size, bar.name)
    except KeyboardInterrupt:
        complain("interrupted: what was finished is kept; the same command goes on from there")
        return INTERRUPTED
    except PlayFailed as error:
        complain(f"runs failed, and nothing is judged: {str(error).strip().splitlines()[-1]}")
        return SOME_FAILED


def _written(compared: Comparison, out: Path, seconds: float) -> tuple[Path, list[Path]]:
    from sim import charts, report
    from sim.compare import folder
    from sim.evidence import load_near

    near = compared.arguments[0].file.path if compared.arguments else SHIPPED
    written = folder.write(compared, out, seconds)
    opened = folder.open_comparison(written)
    drawn = charts.draw_verdicts(opened)
    report.write_comparison(opened, load_near(near))
    return written, drawn


def _show(written: Path, drawn: list[Path], form: Shown) -> None:
    from sim.compare import folder, wording

    opened = folder.open_comparison(written)
    if form is Shown.json:
        say(json.dumps({"folder": str(written), **json.loads((written / "verdicts.json").read_text("utf-8"))}))
    elif form is Shown.markdown:
        say(wording.markdown(opened))
    else:
        _print(opened, drawn)


def _print(opened: object, drawn: list[Path]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from sim.compare import wording
    from sim.compare.folder import Compared

    assert isinstance(opened, Compared)
    screen = console()
    for part in wording.parts(opened):
        screen.print(plain(part.heading), style="bold")
        for line in part.lines:
            screen.print(plain(line))
        if part.rows:
            table = Table(box=SIMPLE_HEAD, pad_edge=False)
            for heading in part.headings:
                table.add_column(heading, overflow="fold")
            for row in part.rows:
                table.add_row(*(plain(cell) for cell in row))
            screen.print(table)
    screen.print(plain(f"results: {opened.folder}"))
    for path in drawn:
        screen.print(plain(f"chart: {path}"))
    screen.print(plain(f"report: {opened.folder / 'report.html'}"))
