"""The command line. All printing happens here. Heavy modules are imported where they are needed."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import wraps
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from sim.cli import (
    beginning,
    comparing,
    differences,
    exploring,
    exporting,
    fitting,
    inspecting,
    keeping,
    playing,
    reasons,
    scoring,
    sealing,
    tracing,
    workspace,
)
from sim.cli.helping import group
from sim.cli.printing import INTERRUPTED, INVALID, WRONG_USAGE, complain, complain_of, say
from sim.cli.streams import prepare
from sim.io.atomic import ASIDE
from sim.io.errors import InputError, UsageError, few_hints
from sim.io.workers import STOPPING

_EMPTY_OPTION = re.compile(r"--[a-z-]+=\s*")

COMMANDS: dict[str, tuple[Callable[..., None], ...]] = {
    "Simulate": (
        playing.run,
        reasons.why,
        tracing.trace,
        differences.diff,
        exploring.explore,
        exploring.serve,
    ),
    "Compare with claims and with history": (comparing.compare, scoring.score, fitting.fit),
    "Results": (
        keeping.results,
        playing.plot,
        playing.report,
        exporting.export,
        sealing.verify,
        sealing.seal,
    ),
    "Files": (
        workspace.init,
        workspace.list_all,
        workspace.copy,
        inspecting.check,
        inspecting.explain,
        inspecting.schema,
        beginning.new,
        beginning.data,
    ),
}
"""Commands by what they are for, in the order of the help."""


def _name(command: Callable[..., None]) -> str:
    return command.__name__.removesuffix("_all")


app = typer.Typer(
    cls=group({heading: [*map(_name, given)] for heading, given in COMMANDS.items()}),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Simulate diplomatic crises from scenario files and report the range of outcomes.",
)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Raise KeyboardInterrupt once if a signal stops the command; the next one ends the process."""
    before = {number: signal.getsignal(number) for number in STOPPING}

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for stopping in STOPPING:
            signal.signal(stopping, signal.SIG_DFL)
        raise KeyboardInterrupt

    try:
        for number in STOPPING:
            signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interruptible(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that says how to go on when it is interrupted."""

    @wraps(command)
    def call(*args: Any, **options: Any) -> None:
        try:
            with _stoppable():
                command(*args, **options)
        except KeyboardInterrupt:
            complain("interrupted: finished work is saved; repeat the command to continue")
            raise typer.Exit(INTERRUPTED) from None

    return call


for command in chain.from_iterable(COMMANDS.values()):
    app.command(_name(command))(_interruptible(command))


def _show_version(asked: bool) -> None:
    if asked:
        from sim import __version__

        say(f"demarche {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    _refuse_empty(sys.argv[1:])
    if context.invoked_subcommand is None:
        say(context.get_help())


def _refuse_empty(arguments: Sequence[str]) -> None:
    """Raise UsageError for an empty argument, which would name the working folder."""
    empty = [text for text in arguments if not text.strip() or _EMPTY_OPTION.fullmatch(text)]
    if empty:
        name = empty[0].strip("= ")
        what = f"{name}: is empty" if name else "an argument is empty"
        raise UsageError(f"{what}; is a variable of the shell not set?")


def _place_of(error: OSError) -> str:
    """Return the file of an error; for an unfinished one, the folder that it is written in."""
    path = Path(str(error.filename or "output"))
    unfinished = [part for part in path.parts if part.startswith(ASIDE)]
    return str(path).partition(unfinished[0])[0].rstrip(os.sep) if unfinished else str(path)


def _words() -> list[str]:
    """Return the words of the command line; if Bash asks what may follow, those that are complete.

    Other shells ask in other ways, and get no words.
    """
    if "_SIM_COMPLETE" not in os.environ:
        return sys.argv[1:]
    complete = os.environ.get("COMP_CWORD", "")
    words = os.environ.get("COMP_WORDS", "").split()
    return words[1 : int(complete)] if complete.isdecimal() else []


def _app_for(words: Sequence[str]) -> typer.Typer:
    """Return the app with only the command that the first word names, or with all commands.

    Typer prepares the options of every command that it has, which takes as long as a short command.
    """
    named = [info for info in app.registered_commands if words and info.name == words[0]]
    small = copy(app)
    small.registered_commands = named or app.registered_commands
    return small


def main() -> None:
    """Run the command line. A user's mistake ends in a plain message, never in a traceback."""
    prepare()
    try:
        with few_hints():
            _app_for(_words())()
    except InputError as error:
        complain_of(error.faults)
        sys.exit(INVALID)
    except UsageError as error:
        complain(str(error))
        sys.exit(WRONG_USAGE)
    except OSError as error:
        complain(f"{_place_of(error)}: {error.strerror or error}")
        sys.exit(INVALID)
