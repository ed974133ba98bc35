"""Exit codes, options, consoles and progress bars that commands share."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sim.io.errors import Fault

WIDE = 160
"""Width of lines that no terminal limits."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tabs and line ends, and those that reverse the order of letters."""
MOST_FAULTS = 50
"""Number of faults that are listed."""
DONE = 0
INVALID = 1
WRONG_USAGE = 2
SOME_FAILED = 3
INTERRUPTED = 130
"""Exit codes."""


class Format(StrEnum):
    """Formats of printed results."""

    text = "text"
    json = "json"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")]
AsFormat = Annotated[Format, typer.Option("--format", help="Output on stdout: text or JSON.")]


def console(stderr: bool = False) -> Console:
    """Return a console that prints text verbatim.

    Lines are as wide as COLUMNS says, else as the terminal, and else wide.
    """
    from rich.console import Console

    def on(width: int | None = None) -> Console:
        return Console(
            stderr=stderr, soft_wrap=True, markup=False, emoji=False, highlight=False, width=width
        )

    screen = on()
    is_known = screen.is_terminal or os.environ.get("COLUMNS", "").isdigit()
    return screen if is_known else on(width=WIDE)


def empty_table(*headings: str, names: int = 1) -> Table:
    """Return a table with these headings and no rows.

    Where the words of its rows do not fit side by side, each row is printed as a paragraph.

    Args:
        headings: the headings.
        names: number of the first columns that name a row.
    """
    from rich.box import SIMPLE_HEAD

    from sim.cli.tables import FittingTable

    table = FittingTable(box=SIMPLE_HEAD, pad_edge=False)
    table.names = names
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def print_paragraph(screen: Console, text: str, indent: int = 0) -> None:
    """Print a paragraph, wrapped between words if the width of lines is known.

    Args:
        screen: the console.
        text: the paragraph.
        indent: number of spaces before each line.
    """
    from textwrap import fill

    margin = " " * indent
    wrapped = fill(
        text,
        screen.width,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )
    screen.print(plain(margin + text if screen.width >= WIDE else wrapped))


def plain(text: object) -> str:
    r"""Return an object as plain text, in which nothing is a command to the terminal.

    Names and titles may come from strangers. Each control character becomes a mark.

    >>> plain("a title\x1b[31m")
    'a title\ufffd[31m'
    """
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text))


@contextmanager
def progress_bar(title: str, total: int, show: bool) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal and nothing in a pipe.

    Yields:
        A function that takes an amount of finished work.
    """
    if not (show and sys.stderr.isatty()):
        yield lambda done: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.advance(task, done)


@dataclass(frozen=True)
class Bar:
    """A progress bar whose total grows as new work is found.

    Attributes:
        advance: function that takes an amount of finished work.
        expect: function that takes an amount of additional work.
        name: function that takes the name of the current stage.
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

    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("runs", total=None)
        yield Bar(
            lambda done: progress.advance(task, done),
            lambda wanted: progress.update(task, total=(progress.tasks[0].total or 0) + wanted),
            lambda name: progress.update(task, description=name),
        )


def say(text: object, end: str = "\n") -> None:
    """Print a text verbatim on stdout."""
    print(plain(text), end=end, flush=True)


def complain(text: str) -> None:
    """Print a message on stderr."""
    print(f"sim: {plain(text)}", file=sys.stderr, flush=True)


def complain_of(faults: Sequence[Fault]) -> None:
    """Print the first faults of files on stderr, one per line, and the number of further ones."""
    for fault in faults[:MOST_FAULTS]:
        print(plain(fault), file=sys.stderr, flush=True)
    if len(faults) > MOST_FAULTS:
        complain(f"and {len(faults) - MOST_FAULTS:,} more faults, which are not listed")
