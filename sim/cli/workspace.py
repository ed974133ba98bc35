"""Commands that create a workspace, copy files into it, and list available files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.catalogue import Kind, entries, files_in, working_root
from sim.cli import completing
from sim.cli.printing import AsFormat, Format, console, empty_table, plain, say
from sim.io.errors import Fault, InputError, UsageError

KINDS: tuple[Kind, ...] = ("scenario", "base", "hypothesis")


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new workspace.")],
) -> None:
    """Create a workspace with an example crisis, an example argument and editor settings."""
    from sim.workspace import create as workspace

    for file in workspace.create(folder):
        say(file)
    say(f"next: cd {folder} && sim run island")


def copy(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Name of a shipped scenario, base or argument.",
            autocompletion=completing.shipped_files,
        ),
    ],
) -> None:
    """Copy a shipped file into this workspace for editing. `sim list` shows the available files."""
    from sim.workspace import create as workspace

    say(workspace.copy(name, working_root()))


def list_all(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of scenario files. Default: all known files.")
    ] = None,
    crises: Annotated[
        bool, typer.Option("--crises", help="List the coded crises instead, with their records.")
    ] = False,
    form: AsFormat = Format.text,
) -> None:
    """List scenarios, bases and arguments with their titles, sources and origin."""
    if crises and folder is not None:
        raise UsageError("--crises lists the known crises; a folder cannot be given with it")
    faults: list[Fault] = []
    rows = _crises(faults) if crises else _rows(folder, faults)
    if not rows and not faults:
        raise InputError(
            [Fault(str(folder), 0, "", "no scenario files (*.yaml, *.yml) in this folder")]
        )
    if form is Format.json:
        say(json.dumps(rows, indent=1))
    elif crises:
        shown = [{**row, "sides": "/".join(row["sides"])} for row in rows]
        _print(shown, "crisis", ["title", "year", "days", "ending", "sides"])
    else:
        origin = ["from"] if len({row["from"] for row in rows}) > 1 else []
        for kind, *columns in (
            ("scenario", "title", "articles"),
            ("base", "title"),
            ("hypothesis", "analyst", "articles"),
        ):
            _print([row for row in rows if row["kind"] == kind], kind, [*columns, *origin])
        coded = [entry for entry in entries("scenario") if entry.is_crisis]
        if coded and folder is None:
            say(f"{len(coded)} coded crises are listed by: sim list --crises")
    if faults:
        raise InputError(faults)


def _rows(folder: Path | None, faults: list[Fault]) -> list[dict[str, Any]]:
    """Return one row per file. Faults of unreadable files are added to ``faults``."""
    if folder is not None:
        files = [("scenario", path.stem, path, "") for path in files_in(_known(folder))]
    else:
        files = [
            (kind, entry.name, entry.path, "shipped" if entry.shipped else "workspace")
            for kind in KINDS
            for entry in entries(kind)
            if not (kind == "scenario" and entry.is_crisis)
        ]
    rows = []
    for kind, name, path, origin in files:
        try:
            about = _about(kind, path)
        except InputError as error:
            faults += error.faults
        else:
            if about is not None:
                rows.append(
                    {
                        "kind": kind,
                        "name": name,
                        **about,
                        "from": origin or str(folder),
                        "file": str(path),
                    }
                )
    return rows


def _crises(faults: list[Fault]) -> list[dict[str, Any]]:
    """Return one row per coded crisis. Faults of unreadable files are added to ``faults``."""
    from sim.record.history import history_of
    from sim.record.words import ENDINGS
    from sim.scenario import load

    rows = []
    for entry in entries("scenario"):
        if not entry.is_crisis:
            continue
        try:
            scenario = load(entry.path).scenario
            found = history_of(scenario, entry.path)
        except InputError as error:
            faults += error.faults
            continue
        rows.append(
            {
                "kind": "scenario",
                "name": entry.name,
                "title": scenario.title,
                "year": str(scenario.start.year),
                "days": round(found.duration) if found and found.duration else "",
                "ending": ENDINGS.get(found.ending or "", "no record") if found else "no record",
                "sides": list(scenario.sides),
                "from": "shipped" if entry.shipped else "workspace",
                "file": str(entry.path),
            }
        )
    return rows


def _known(folder: Path) -> Path:
    if not folder.is_dir():
        raise InputError([Fault(str(folder), 0, "", "no such folder")])
    return folder


def _about(kind: str, path: Path) -> dict[str, Any] | None:
    """Return the listed details of a file, or None if it is of another kind."""
    from sim.evidence import explain
    from sim.scenario.document import read_document

    values = read_document(path, str(path)).values
    if kind == "base":
        return {"title": _first_comment(path)}
    if kind == "hypothesis":
        sources = values.get("sources")
        articles = [str(source) for source in sources] if isinstance(sources, list) else []
        if "pairs" in values:
            return {"analyst": "none: pairs, for use beside arguments", "articles": articles}
        return {"analyst": str(values.get("analyst", "")), "articles": articles}
    if "scenario" not in values:
        return None
    seen = explain.glance(path)
    return {"title": seen.title, "base": seen.base, "articles": list(seen.articles)}


def _first_comment(path: Path) -> str:
    """Return the first comment of a file that is not an editor directive."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        text = line.lstrip("#").strip()
        if not line.startswith("#"):
            break
        if text and "yaml-language-server" not in text:
            return text
    return ""


def _print(rows: list[dict[str, Any]], kind: str, columns: list[str]) -> None:
    """Print one line per file, with the name in one piece on a narrow screen too."""
    if not rows:
        return
    table = empty_table(kind, *columns)
    table.columns[0].no_wrap = True
    for row in rows:
        texts = (
            " ".join(row[key]) if isinstance(row[key], list) else row[key]
            for key in ("name", *columns)
        )
        table.add_row(*(plain(text) for text in texts))
    console().print(table)
