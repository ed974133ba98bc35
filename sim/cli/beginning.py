"""Commands that begin a crisis of one's own: a scaffold, and the data that fill it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.catalogue import working_root
from sim.cli.printing import (
    AsFormat,
    Format,
    complain,
    console,
    empty_table,
    plain,
    print_paragraph,
    say,
)
from sim.io.errors import Fault, InputError, UsageError

if TYPE_CHECKING:
    from sim.data import Inventory


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new scenario.")],
    sides: Annotated[
        str | None,
        typer.Option(
            metavar="CODE,CODE",
            help="The two sides, the challenger first: ISO codes such as IND, or COW numbers.",
        ),
    ] = None,
    year: Annotated[int | None, typer.Option(help="Year in which the crisis begins.")] = None,
    third: Annotated[
        str | None,
        typer.Option(
            metavar="CODE,...",
            help="Third parties: states, or codes of your own for organisations, such as UN.",
        ),
    ] = None,
    area: Annotated[
        float | None, typer.Option(metavar="KM2", help="Contested area in square kilometres.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Folder of downloaded data sets that fill values; see `sim data`.",
        ),
    ] = None,
) -> None:
    """Write a commented scenario of a new crisis, with wide ranges and their sources."""
    from sim.workspace import new as scaffolding
    from sim.workspace.scaffold import Request

    # 1. what was not given as an option
    sides = sides or _asked("--sides", "Codes of the two sides, the challenger first (A,B)")
    year = year if year is not None else _whole(_asked("--year", "Year of the onset"))
    if third is None and _is_interactive():
        third = typer.prompt("Codes of third parties (A,B,... or empty)", default="", err=True)
    both = scaffolding.codes(_list(sides))
    if len(both) != 2:
        message = f"{len(both)} given; allowed: two, the challenger first, such as IND,PAK"
        raise InputError([Fault("--sides", 0, "", message)])
    # 2. the scenario
    request = Request(name, (both[0], both[1]), scaffolding.codes(_list(third or "")), year, area)
    file = scaffolding.new(request, working_root(), data)
    for code, hint in scaffolding.not_states(request).items():
        complain(f"{code}: no ISO or COW code of a state{hint}; its values are assumptions")
    # 3. what is in it, and what to do next
    say(file)
    _report(file)
    if data is None:
        say("with data: sim data DIR says which data sets fill a scenario, and where to get them")
    say(f"next: edit the file, then: sim check {name} && sim run {name}")


def _report(file: Path) -> None:
    """Print how many values of a new scenario are only assumed."""
    from sim.evidence import Evidence
    from sim.evidence.explain import assumed, rows
    from sim.scenario import load

    if found := assumed(rows(load(file), Evidence(), {})):
        print_paragraph(console(), f"{found}.")


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asked(option: str, question: str) -> str:
    """Ask for the value of an option on a terminal.

    Raises:
        UsageError: there is no terminal.
    """
    if not _is_interactive():
        raise UsageError(f"sim new needs {option}")
    return str(typer.prompt(question, err=True))


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError([Fault("--year", 0, "", f"'{text}' is not a year")]) from None


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def data(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of downloaded data sets, zipped or not.")
    ],
    form: AsFormat = Format.text,
) -> None:
    """Show which data sets a folder holds, what they cover and fill, and where the rest is."""
    from sim.data import search

    inventory = search(folder)
    rows, faults = _covered(inventory)
    lacking = [
        {"key": lacks.key, "title": lacks.title, "fills": lacks.fills, "address": lacks.address}
        for lacks in inventory.lacking
    ]
    if form is Format.json:
        spare = [str(table.file) for table in inventory.spare]
        others = [str(file) for file in inventory.others]
        record = {"found": rows, "lacking": lacking, "other_versions": spare, "other_files": others}
        say(json.dumps(record, indent=1))
    else:
        _print(rows, lacking, inventory, folder)
    if faults:
        raise InputError(faults)


def _covered(inventory: Inventory) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Return a row for each data set that was found, and the faults of all files."""
    from sim.data.found import coverage

    rows: list[dict[str, Any]] = []
    faults = list(inventory.faults)
    for table in sorted(inventory.tables.values(), key=lambda table: table.rank):
        try:
            covers = coverage(table)
        except InputError as error:
            faults += error.faults
            continue
        rows.append(
            {
                "key": table.of.key,
                "name": table.name,
                "title": table.of.title,
                "version": table.version,
                "first_year": covers.first,
                "last_year": covers.last,
                "rows": covers.rows,
                "fills": table.of.fills,
                "file": str(table.file),
            }
        )
    return rows, faults


def _print(
    rows: list[dict[str, Any]], lacking: list[dict[str, str]], inventory: Inventory, folder: Path
) -> None:
    screen = console()
    if rows:
        table = empty_table("data set", "years", "rows", "fills", "file")
        for row in rows:
            has_years = row["first_year"] is not None
            years = f"{row['first_year']}-{row['last_year']}" if has_years else ""
            file = row["file"].removeprefix(f"{folder}{os.sep}")
            table.add_row(row["name"], years, f"{row['rows']:,}", row["fills"], plain(file))
        screen.print(table)
    else:
        say("no data set was found")
    if lacking:
        table = empty_table("not found", "would fill", "download")
        for lacks in lacking:
            table.add_row(lacks["title"], lacks["fills"], lacks["address"])
        screen.print(table)
    for name, files in (
        ("not used, since another version is newer", [table.file for table in inventory.spare]),
        ("not used, since they have the columns of no data set", list(inventory.others)),
    ):
        if files:
            more = len(files) - MOST_LISTED
            listed = ", ".join(file.name for file in files[:MOST_LISTED])
            print_paragraph(screen, f"{name}: {listed}" + (f" and {more} more" if more > 0 else ""))


MOST_LISTED = 12
"""Number of files without use that are named."""
