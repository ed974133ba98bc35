"""The command that exports a result for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sim.cli import completing
from sim.cli.folders import make_folder, open_simulated
from sim.cli.printing import Quiet, plain
from sim.io.errors import Fault, InputError


class Target(StrEnum):
    """The formats of an export."""

    xlsx = "xlsx"
    stata = "stata"
    csv = "csv"


def export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT",
            help="A result folder of `sim run`.",
            autocompletion=completing.results,
        ),
    ],
    target: Annotated[Target, typer.Option("--to", help="Format of the export.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder to write to. Default: `export` in the result folder."
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Export outcomes, daily quantities, parameters and summary, with a codebook of all columns."""
    from sim.results import exports

    result = open_simulated(folder)
    if out is not None:
        make_folder(out)
    inside = folder / exports.FOLDER
    if out is None and inside.is_symlink():
        what = "is a link; name the folder that it leads to with --out"
        raise InputError([Fault(str(inside), 0, "", what)])
    for path in exports.export(result, target.value, out or inside):
        if not quiet:
            typer.echo(plain(path))
