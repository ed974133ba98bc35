"""Create a workspace (``sim init``), and copy shipped files into it (``sim copy``)."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from sim.catalogue import FOLDERS, Kind, shipped_entries, shipped_root
from sim.io.atomic import atomic_file
from sim.io.errors import Fault, InputError, nearest

SCHEMAS = "scenarios/schema"
DOTFILES = {"gitignore": ".gitignore"}
"""Files of the template that get their dot only in a workspace."""


def create(folder: Path) -> list[Path]:
    """Write a new workspace into a folder, without replacing any file.

    Args:
        folder: folder of the workspace; it may exist.

    Returns:
        The files that were written.

    Raises:
        InputError: a file of the workspace exists already; nothing is written.

    >>> [path.name for path in create(Path("island")) if path.parent.name == "scenarios"]
    ['island.yaml']
    """
    if folder.exists() and not folder.is_dir():
        message = "is a file; choose the name of a folder"
        raise InputError([Fault(str(folder), 0, "", message)])
    with as_file(files("sim.workspace") / "template") as template:
        files_to_write = {
            _place(file.relative_to(template)): file
            for file in sorted(template.rglob("*"))
            if file.is_file()
        }
        schemas = shipped_root() / SCHEMAS
        files_to_write |= {
            Path(SCHEMAS) / file.name: file for file in sorted(schemas.glob("*.json"))
        }
        if existing := [place for place in files_to_write if (folder / place).exists()]:
            message = f"{existing[0]} already exists; choose another folder, or remove the file"
            raise InputError([Fault(str(folder), 0, "", message)])
        for place, file in files_to_write.items():
            _copy(file, folder / place)
    (folder / "results").mkdir(exist_ok=True)
    return [folder / place for place in files_to_write]


def _place(file: Path) -> Path:
    return file.with_name(DOTFILES.get(file.name, file.name))


def copy(name: str, root: Path) -> Path:
    """Copy a shipped scenario, base or hypothesis into a workspace, for editing.

    Args:
        name: name of the file, such as ``april_2016``.
        root: folder of the workspace.

    Returns:
        Path of the copy.

    Raises:
        InputError: no shipped file has this name, or the workspace already has the file.

    >>> copy("april_2016", Path("workspace")).as_posix()
    'workspace/scenarios/april_2016.yaml'
    """
    kinds: tuple[Kind, ...] = ("scenario", "hypothesis", "base")
    known = {
        entry.name: (kind, entry.path) for kind in kinds[::-1] for entry in shipped_entries(kind)
    }
    if name not in known:
        message = f"no shipped file with this name{nearest(name, known)}; run sim list to see all"
        raise InputError([Fault(name, 0, "", message)])
    kind, source = known[name]
    target = root / FOLDERS[kind][0] / source.relative_to(shipped_root() / FOLDERS[kind][0])
    if target.exists():
        raise InputError([Fault(str(target), 0, "", "already exists; rename or remove it first")])
    _copy(source, target)
    return target


def _copy(source: Path, target: Path) -> None:
    with atomic_file(target) as temporary:
        shutil.copyfile(source, temporary)
