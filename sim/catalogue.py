"""Find files by name: first in the user's workspace, then among the shipped files.

A *workspace* is a folder with ``scenarios/`` (which contains ``base/`` and ``hypotheses/``),
``seeds/`` for evidence, and ``results/``. A file below ``scenarios``, ``seeds`` or ``results``
belongs to the folder that contains this folder. Any other file belongs to the working folder if it
is below it, and otherwise to the folder that it is in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from sim.io.errors import Fault, InputError, nearest

Kind = Literal["scenario", "base", "hypothesis"]

SUFFIXES = (".yaml", ".yml")
WORKSPACE_FOLDERS = ("scenarios", "seeds", "results")
"""Folders that mark the folder around them as a workspace."""
FOLDERS: dict[str, tuple[str, ...]] = {
    "scenario": ("scenarios", "scenarios/crises"),
    "base": ("scenarios/base", "scenarios"),
    "hypothesis": ("scenarios/hypotheses",),
}
"""Folders of a workspace for each kind of file, in search order."""
APART = ("base", "hypotheses", "schema")
"""Folders below ``scenarios`` whose files are not scenarios."""
MOST_FILES = 20_000
"""Files of any kind below a folder that is checked as a whole."""
CRISES = "crises"
"""Folder of the coded crises below ``scenarios``, and of their records below ``seeds``."""


@cache
def shipped_root() -> Path:
    """Return the folder with the ``scenarios`` and ``seeds`` that ship with the package.

    In an installed package they are inside it; in a source tree, beside it.
    """
    package = Path(__file__).resolve().parent
    inside = package / "shipped"
    return inside if inside.is_dir() else package.parent


def workspace_of(path: Path) -> Path:
    """Return the workspace of a file, as an absolute path.

    >>> workspace_of(Path("/home/ada/crises/scenarios/island.yaml")).as_posix()
    '/home/ada/crises'
    >>> workspace_of(Path("/home/ada/island.yaml")).as_posix()
    '/home/ada'
    """
    absolute = path.parent.resolve() / path.name
    for folder in absolute.parents:
        if folder.name in WORKSPACE_FOLDERS:
            return folder.parent
    working = Path.cwd()
    is_within = working in absolute.parents and working != working.parent
    return working if is_within else absolute.parent


def working_root() -> Path:
    """Return the workspace of the working folder."""
    return workspace_of(Path.cwd() / "any")


def near_result(folder: Path) -> Path:
    """Return a path whose evidence counts for a result.

    It is in the workspace around the folder of results, or else in that of the working folder.

    Args:
        folder: the folder of the result.
    """
    around = folder.resolve().parent.parent
    root = around if (around / "seeds").is_dir() else working_root()
    return root / "seeds" / "any"


def roots(near: Path | None = None) -> tuple[Path, ...]:
    """Return the folders where names are looked up: the workspace, then the shipped files.

    Args:
        near: the file that contains the name; None for a name on the command line.
    """
    workspace = working_root() if near is None else workspace_of(near)
    shipped = shipped_root()
    return (shipped,) if workspace.resolve() == shipped else (workspace, shipped)


@dataclass(frozen=True)
class Entry:
    """A file that can be found by name.

    Attributes:
        name: its name, such as ``april_2016``, or with its subfolder, such as ``crises/goa_1961``.
        path: where it is.
        shipped: whether it ships with the package.
    """

    name: str
    path: Path
    shipped: bool

    @property
    def is_crisis(self) -> bool:
        """Whether it is one of the coded crises, which are listed apart."""
        return self.name.startswith(f"{CRISES}/")


def entries(kind: Kind, near: Path | None = None) -> list[Entry]:
    """Return all named files of a kind, workspace first.

    The first file with a name hides later ones.

    >>> "april_2016" in [entry.name for entry in entries("scenario")]
    True
    """
    found: dict[str, Entry] = {}
    for root in roots(near):
        for entry in _entries_in(root, kind):
            found.setdefault(entry.name, entry)
    return list(found.values())


def shipped_entries(kind: Kind) -> list[Entry]:
    """Return all shipped files of a kind, even if a workspace has files with the same names."""
    return list(_entries_in(shipped_root(), kind))


def _entries_in(root: Path, kind: Kind) -> Iterator[Entry]:
    folder = root / FOLDERS[kind][0]
    for path in _files_below(folder, kind):
        yield Entry(
            path.relative_to(folder).with_suffix("").as_posix(), path, root == shipped_root()
        )


def _files_below(folder: Path, kind: Kind) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        apart = kind == "scenario" and path.relative_to(folder).parts[0] in APART
        if path.suffix in SUFFIXES and path.is_file() and not apart:
            yield path


def files_in(folder: Path) -> list[Path]:
    """Return the YAML files directly in a folder, sorted."""
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())


def files_below(folder: Path) -> list[Path]:
    """Return the YAML files in and below a folder, sorted, without hidden folders and results.

    Raises:
        InputError: there are too many files of any kind.
    """
    found: list[Path] = []
    seen = 0
    for where, folders, names in os.walk(folder):
        seen += len(names)
        if seen > MOST_FILES:
            message = f"more than {MOST_FILES:,} files; name a folder of your project"
            raise InputError([Fault(str(folder), 0, "", message)])
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "results"
        )
        found += [Path(where) / name for name in sorted(names) if Path(name).suffix in SUFFIXES]
    return found


def find(kind: Kind, name: str, near: Path | None = None) -> Path | None:
    """Return the file with a name, or None.

    Args:
        kind: kind of file.
        name: the name, with or without its suffix; folders are separated by ``/``.
        near: the file that contains the name, whose folder is searched first; None for a name on
            the command line.

    >>> find("base", "model").name
    'model.yaml'
    """
    return next((path for path in _places(kind, name, near) if _is_file(path)), None)


def _places(kind: Kind, name: str, near: Path | None) -> Iterator[Path]:
    """Yield the paths where a name may be, all in the workspace or among the shipped files."""
    searched = roots(near)
    folders = [Path.cwd() if near is None else near.parent]
    folders += [root / folder for root in searched for folder in FOLDERS[kind]]
    for folder in folders:
        yield from (
            path
            for path in _spellings(folder / name)
            if any(is_below(path, root) for root in searched)
        )


def _spellings(path: Path) -> tuple[Path, ...]:
    return (
        (path,) if path.suffix else tuple(path.with_name(path.name + suffix) for suffix in SUFFIXES)
    )


def locate(kind: Kind, text: str) -> Path:
    """Return the file that a user named on the command line, by its path or by its name.

    Raises:
        InputError: there is no such file; the message gives the nearest name.

    >>> locate("scenario", "april_2016").name
    'april_2016.yaml'
    """
    return _located((kind,), text)


def locate_any(text: str) -> Path:
    """Return the scenario, base or hypothesis that a user named; see :func:`locate`."""
    return _located(("scenario", "base", "hypothesis"), text)


def _located(kinds: Sequence[Kind], text: str) -> Path:
    path = Path(text)
    if _exists(path):
        return path
    for kind in kinds:
        if found := find(kind, text):
            return found
    known = [entry.name for kind in kinds for entry in entries(kind)]
    is_path = path.suffix in SUFFIXES or len(path.parts) > 1
    hint = nearest(path.stem if is_path else text, known)
    message = "no such file" if is_path else f"no {' or '.join(kinds)} with this name"
    raise InputError(
        [Fault(text, 0, "", message + (hint or ("" if is_path else "; run sim list to see all")))]
    )


def named_from(near: Path, name: str, kind: Kind = "base") -> Path:
    """Return the file that another file refers to, by a relative path or by a name.

    Args:
        near: the file that contains the name.
        name: the path or the name.
        kind: kind of file.

    Returns:
        The first path where a file exists, or the path relative to ``near`` if none does.

    Raises:
        ValueError: the path leads outside the workspace; it is not opened.
    """
    beside = near.parent / name
    if not any(is_below(beside, root) for root in roots(near)):
        raise ValueError(
            "leads outside the workspace; allowed: a file in the workspace, or the name of a "
            "shipped file"
        )
    return find(kind, name, near) or beside


def is_below(path: Path, root: Path) -> bool:
    """Whether a path is below a folder, after ``..`` and links are resolved.

    >>> is_below(Path("seeds/record.yaml"), Path("seeds")), is_below(Path("a/../b"), Path("a"))
    (True, False)
    """
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # too long, a null character, or circular links
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
