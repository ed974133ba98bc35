"""The command that lists result folders and removes old ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.printing import DONE, AsFormat, Format, Quiet, console, empty_table, plain
from sim.io.errors import Fault, InputError, UsageError
from sim.io.text import count

if TYPE_CHECKING:
    from sim.results.layout import Entry


def results(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Folder with results.")] = Path(
        "results"
    ),
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Remove stored runs and posterior draws, and all but the newest result of each "
            "experiment: scenario, --set, kind and grid. Fits stay.",
        ),
    ] = False,
    older_than: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100_000,
            metavar="DAYS",
            help="With --prune: remove results older than DAYS instead.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="With --prune: remove without asking.")
    ] = False,
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """List result folders, newest first. With --prune, remove old ones, but never your files."""
    from sim.results.layout import entries

    if (older_than is not None or yes) and not prune:
        raise UsageError("--older-than and --yes need --prune")
    if not folder.is_dir():
        message = "is a file, not a folder" if folder.exists() else "no such folder"
        raise InputError([Fault(str(folder), 0, "", message)])
    listed = entries(folder)
    if prune:
        raise typer.Exit(_prune(folder, listed, older_than, yes, form, quiet))
    if form is Format.json:
        stores = {name: _size(folder / name) for name in _stores()}
        typer.echo(
            json.dumps(
                {"results": [entry.record() for entry in listed], "stores": stores},
                ensure_ascii=False,
            )
        )
    elif not quiet:
        _print(folder, listed)


def _stores() -> tuple[str, ...]:
    from sim.results.layout import BLOCKS, FITS, POSTERIORS

    return BLOCKS, FITS, POSTERIORS


def _size(folder: Path) -> int:
    from sim.results.layout import size

    return size(folder, shared=True) if folder.is_dir() else 0


def _print(folder: Path, listed: Sequence[Entry]) -> None:
    """Print one line per result, and the size of the stores next to them."""
    screen = console()
    if listed:
        table = empty_table(
            "folder", "kind", "scenario", "title", "set", "runs", "seed", "date", "size"
        )
        table.columns[0].no_wrap = True  # so that names can be copied
        for entry in listed:
            table.add_row(*map(plain, _line(entry)))
        screen.print(table)
    else:
        screen.print(plain(f"no result folders in {folder}"))
    total = sum(entry.bytes for entry in listed)
    sizes = {name: _size(folder / name) for name in _stores()}
    screen.print(plain(f"{count(len(listed), 'result')}, {readable(total)}"))
    for name, what in zip(
        sizes,
        ("finished blocks of runs", "finished levels of fits", "posterior draws"),
        strict=True,
    ):
        if sizes[name]:
            screen.print(plain(f"{folder / name}: {readable(sizes[name])} of {what}"))


def _line(entry: Entry) -> tuple[str, ...]:
    from sim.results.layout import SEAL
    from sim.scenario.changes import with_changes

    return (
        entry.folder.name,
        f"{entry.kind}, sealed" if (entry.folder / SEAL).is_file() else entry.kind,
        entry.scenario,
        entry.title.removesuffix(with_changes(entry.changed)),
        " ".join(f"{path}={value}" for path, value in entry.set.items()),
        "" if entry.runs is None else f"{entry.runs:,}",
        "" if entry.seed is None else str(entry.seed),
        entry.written[:16].replace("T", " "),
        readable(entry.bytes),
    )


def readable(size: int) -> str:
    """Return a number of bytes with a suitable unit, such as ``1.5 MB``.

    >>> readable(1_500_000)
    '1.5 MB'
    """
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= least:
            return (
                f"{size / least:.3g} {unit}"
                if size < 1000 * least
                else f"{size / least:,.0f} {unit}"
            )
    return f"{size} B"


def _prune(
    folder: Path,
    listed: Sequence[Entry],
    older_than: int | None,
    yes: bool,
    form: Format,
    quiet: bool,
) -> int:
    """Remove old results and the stores after asking. Return an exit code."""
    from sim.results import layout as folders

    chosen = folders.superseded(listed) if older_than is None else folders.older(listed, older_than)
    places = [folder / name for name in (folders.BLOCKS, folders.POSTERIORS)]
    stores = [place for place in places if place.is_dir() and not place.is_symlink()]
    doomed = (*(entry.folder for entry in chosen), *stores)
    _refuse_unremovable(doomed)
    freed = sum(entry.bytes for entry in chosen) + sum(map(folders.size, stores))
    show = form is Format.text and not quiet
    if show or not yes:
        for path in doomed:
            typer.echo(plain(path), err=not show)
    for entry in listed if show else ():
        if entry.folder.is_symlink():
            typer.echo(plain(f"{entry.folder}: stays, because it is a link"))
    parts = [count(len(chosen), "result")] * bool(chosen) + ["the stores for reruns"] * bool(stores)
    question = f"Remove {' and '.join(parts)}, {readable(freed)}?"
    if (chosen or stores) and not yes and not _is_agreed(question):
        typer.echo("nothing was removed", err=True)
        return DONE
    remaining = {entry.folder: folders.remove(entry.folder) for entry in chosen}
    for store in stores:
        folders.remove_store(store)
    _report_removed(
        chosen, {path: files for path, files in remaining.items() if files}, freed, form, show
    )
    return DONE


def _is_agreed(question: str) -> bool:
    """Ask the user; UsageError where nobody can be asked."""
    try:
        return typer.confirm(question, err=True)
    except RuntimeError:  # standard input is closed
        raise UsageError("standard input is closed, so nobody can be asked; give --yes") from None


def _refuse_unremovable(doomed: Sequence[Path]) -> None:
    """Raise InputError before anything is removed if some of it may not be."""
    from sim.results.layout import unremovable

    refused = {path for folder in doomed if (path := unremovable(folder)) is not None}
    message = "no permission to remove what is in it, so nothing was removed"
    if refused:
        raise InputError([Fault(str(path), 0, "", message) for path in refused])


def _report_removed(
    chosen: Sequence[Entry], remaining: dict[Path, list[Path]], freed: int, form: Format, show: bool
) -> None:
    if form is Format.json:
        record: dict[str, Any] = {
            "removed": [str(entry.folder) for entry in chosen],
            "bytes": freed,
        }
        record["kept"] = [str(file) for files in remaining.values() for file in files]
        typer.echo(json.dumps(record, ensure_ascii=False))
    elif show:
        for path, files in remaining.items():
            names = ", ".join(file.relative_to(path).as_posix() for file in files[:5])
            more = f" and {len(files) - 5} more" if len(files) > 5 else ""
            typer.echo(plain(f"{path}: the result was removed, and your files stay: {names}{more}"))
        typer.echo(f"removed: {count(len(chosen), 'result')}, {readable(freed)}")
