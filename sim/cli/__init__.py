"""The command line. All printing happens here. Heavy modules are imported where they are needed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sim.cli import comparing, exporting, fitting, inspecting, keeping, playing, scoring, workspace
from sim.cli.printing import INTERRUPTED, INVALID, WRONG_USAGE, complain, complain_of, say
from sim.cli.streams import prepare
from sim.io.errors import InputError, UsageError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Simulate diplomatic crises from scenario files and report the range of outcomes.",
)
for command in (
    playing.run,
    playing.plot,
    playing.report,
    comparing.compare,
    fitting.fit,
    scoring.score,
    inspecting.trace,
    exporting.export,
    keeping.results,
    inspecting.check,
    inspecting.explain,
    inspecting.schema,
    workspace.init,
    workspace.copy,
    workspace.list_all,
):
    app.command(command.__name__.removesuffix("_all"))(command)


def _show_version(asked: bool) -> None:
    if asked:
        from sim import __version__

        say(f"demarche {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line. A user's mistake ends in a plain message, never in a traceback."""
    prepare()
    try:
        app()
    except InputError as error:
        complain_of(error.faults)
        sys.exit(INVALID)
    except UsageError as error:
        complain(str(error))
        sys.exit(WRONG_USAGE)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(INTERRUPTED)
    except OSError as error:
        complain(f"{error.filename or 'file'}: {error.strerror or error}")
        sys.exit(INVALID)
