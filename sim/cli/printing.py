"""What commands share: exit codes, options, consoles, progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.errors import Fault, InputError

if TYPE_CHECKING:
    from rich.console import Console

DONE, INVALID, WRONG_USAGE, SOME_FAILED, INTERRUPTED = 0, 1, 2, 3, 130


class Format(StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
AsFormat = Annotated[Format, typer.Option("--format", help="Text for people, or JSON for machines, on stdout.")]


def console(stderr: bool = False) -> Console:
    """Return a console that colours nothing by itself, and is wide where nobody looks at a terminal."""
    from rich.console import Console

    screen = Console(stderr=stderr, soft_wrap=True, highlight=False)
    return screen if screen.is_terminal else Console(stderr=stderr, soft_wrap=True, highlight=False, width=160)


def plain(text: object) -> str:
    """Return text that rich prints as it is, whatever markup it holds."""
    from rich.markup import escape

    return escape(str(text))


@contextmanager
def progress_bar(title: str, total: int, show: bool) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal and nothing in a pipe; yields what to call with the amount done."""
    if not (show and sys.stderr.isatty()):
        yield lambda done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(plain(title), total=total)
        yield lambda done: progress.advance(task, done)


@dataclass(frozen=True)
class Bar:
    """A progress bar whose end moves: work is found while other work is done.

    Attributes:
        advance: called with the amount done.
        expect: called with an amount that has come to be wanted.
        name: called with what is under way.
    """

    advance: Callable[[int], None]
    expect: Callable[[int], None]
    name: Callable[[str], None]


@contextmanager
def growing_bar(show: bool) -> Iterator[Bar]:
    """Show a progress bar of runs on a terminal and nothing in a pipe."""
    if not (show and sys.stderr.isatty()):
        yield Bar(lambda done: None, lambda wanted: None, lambda name: None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("runs", total=0)
        yield Bar(
            lambda done: progress.advance(task, done),
            lambda wanted: progress.update(task, total=(progress.tasks[0].total or 0) + wanted),
            lambda name: progress.update(task, description=name),
        )


def make_folder(out: Path) -> None:
    """Make the folder for results before anything is played, so that a bad name costs no time."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "is a file" if out.is_file() else (error.strerror or "").lower()
        raise InputError([Fault(str(out), 0, "", f"no folder for results: {reason}")]) from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise InputError([Fault(str(out), 0, "", "no folder for results: nothing can be written into it")])


def complain(text: str) -> None:
    """Print a plain message about what went wrong, on stderr."""
    typer.echo(f"sim: {text}", err=True)
