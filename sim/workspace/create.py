"""A workspace of one's own: written once by ``sim init``, and filled with copies of shipped files by name."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from sim.catalogue import FOLDERS, Kind, shipped_entries, shipped_root
from sim.io.atomic import whole_file
from sim.io.errors import Fault, InputError, nearest

SCHEMAS = "scenarios/schema"
RENAMED = {"gitignore": ".gitignore"}
"""Files of the template whose names would mean something to other programs here."""


def create(folder: Path) -> list[Path]:
    """Write a new workspace into a folder, which may exist; nothing in it is replaced.

    Args:
        folder: where to write it.

    Returns:
        The files that were written.

    Raises:
        InputError: a file of the workspace is there already; nothing is written then.
    """
    with as_file(files("sim.workspace") / "template") as template:
        wanted = {_place(file.relative_to(template)): file for file in sorted(template.rglob("*")) if file.is_file()}
        schemas = shipped_root() / SCHEMAS
        wanted |= {Path(SCHEMAS) / file.name: file for file in sorted(schemas.glob("*.json"))}
        if taken := [place for place in wanted if (folder / place).exists()]:
            message = f"{taken[0]} is there already; choose another folder, or remove it"
            raise InputError([Fault(str(folder), 0, "", message)])
        for place, file in wanted.items():
            _copy(file, folder / place)
    (folder / "results").mkdir(exist_ok=True)
    return [folder / place for place in wanted]


def _place(file: Path) -> Path:
    return file.with_name(RENAMED.get(file.name, file.name))


def copy(name: str, root: Path) -> Path:
    """Copy a shipped scenario, base or hypothesis into a workspace, to be edited there.

    Args:
        name: its name, such as ``april_2016``.
        root: the workspace.

    Returns:
        The copy.

    Raises:
        InputError: there is no shipped file of this name, or a file of its name is there already.
    """
    kinds: tuple[Kind, ...] = ("scenario", "hypothesis", "base")
    known = {entry.name: (kind, entry.path) for kind in kinds[::-1] for entry in shipped_entries(kind)}
    if name not in known:
        message = f"no shipped file of this name{nearest(name, known)}; sim list shows all"
        raise InputError([Fault(name, 0, "", message)])
    kind, source = known[name]
    target = root / FOLDERS[kind][0] / source.relative_to(shipped_root() / FOLDERS[kind][0])
    if target.exists():
        raise InputError([Fault(str(target), 0, "", "is there already; rename or remove it first")])
    _copy(source, target)
    return target


def _copy(source: Path, target: Path) -> None:
    with whole_file(target) as aside:
        shutil.copyfile(source, aside)
