"""Atomic writes: files and folders are written aside and put in place when they are finished.

The name of an unfinished file contains the machine and the process that write it. A later command
can therefore remove what a killed process left behind, and leave alone what another process is
still writing.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EPERM
from functools import cache
from hashlib import sha256
from pathlib import Path

ASIDE = ".writing-"
"""How the names of files and folders begin that are being written."""
EARLIER = re.compile(r"\.drawing-[a-z0-9_]{8}|\.old-(charts|.+-[0-9a-f]{8})-\d+")
"""Names of unfinished files and folders in earlier versions."""
LEFT_AFTER = 24 * 3600.0
"""Age in seconds of an unfinished file that counts as left behind, if its process is unknown."""
_OWNED = re.compile(
    rf"{re.escape(ASIDE)}(?P<machine>[0-9a-f]{{8}})-(?P<process>\d{{1,10}})-[0-9a-f]+"
)


@contextmanager
def atomic_file(target: Path, aside_in: Path | None = None) -> Iterator[Path]:
    """Offer a path to write to, which becomes ``target`` if the block ends without an exception.

    Otherwise the unfinished file is removed.

    Args:
        target: the file.
        aside_in: folder of the unfinished file, on the same file system; the folder of ``target``
            by default. ``target`` must then lie in it, also after links are resolved.

    Raises:
        OSError: the file cannot be written, or a link leads outside ``aside_in``.

    >>> with atomic_file(Path("note.txt")) as path:
    ...     _ = path.write_text("finished")
    >>> Path("note.txt").read_text()
    'finished'
    """
    if aside_in is not None:
        _refuse_outside(target.parent, aside_in)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(aside_in or target.parent)
    try:
        yield aside
        aside.replace(target)
    except OSError as error:
        _name(error, target)
        raise
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path, last: str = "", aside_in: Path | None = None) -> Iterator[Path]:
    """Offer a folder to fill, which becomes ``target`` if the block ends without an exception.

    Otherwise the unfinished folder is removed. If ``target`` exists, the new files replace files of
    the same name one by one, and all other files in it stay.

    Args:
        target: the folder.
        last: name of the file that is put in place after all others.
        aside_in: folder of the unfinished folder; by default ``target`` if it exists, and otherwise
            the folder that contains it. ``target`` must then lie in it, also after links are
            resolved.

    Raises:
        OSError: the folder cannot be written, or a link leads outside ``aside_in`` or ``target``.

    >>> with atomic_folder(Path("result")) as folder:
    ...     _ = (folder / "note.txt").write_text("finished")
    >>> [path.name for path in files_in(Path("result"))]
    ['note.txt']
    """
    if aside_in is not None:
        _refuse_outside(target, aside_in)
    aside = _aside(aside_in or (target if target.is_dir() else target.parent))
    aside.mkdir()
    try:
        yield aside
        _put_in_place(aside, target, last)
    except OSError as error:
        _name(error, target)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _name(error: OSError, target: Path) -> None:
    """Let an error name what could not be written; that of a full disk names no file."""
    if error.filename is None:
        error.filename = str(target)


def files_in(folder: Path) -> list[Path]:
    """Return all files in a folder and below it, sorted by name, without unfinished ones."""
    inside = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if not path.is_dir())
    return [
        folder / path for path in inside if not any(part.startswith(ASIDE) for part in path.parts)
    ]


def clear(folder: Path) -> None:
    """Remove from a folder the unfinished files and folders of processes that have ended."""
    with suppress(OSError), os.scandir(folder) as found:
        left = [
            Path(entry) for entry in found if entry.name.startswith(".") and _is_left(Path(entry))
        ]
        for path in left:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _aside(folder: Path) -> Path:
    """Return a new name in a folder for what this process is about to write."""
    folder.mkdir(parents=True, exist_ok=True)
    clear(folder)
    return folder / f"{ASIDE}{_machine()}-{os.getpid()}-{os.urandom(6).hex()}"


def _put_in_place(aside: Path, target: Path, last: str) -> None:
    """Rename a finished folder to its place, or move its files into a folder that exists."""
    with suppress(OSError):
        aside.rename(target)
        return
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(20, "is a file, and a folder is to be written here", str(target))
    for file in sorted(files_in(aside), key=lambda file: file.name == last):
        place = target / file.relative_to(aside)
        _refuse_outside(place.parent, target)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)


def folder_below(folder: Path, name: str) -> Path:
    """Return the path of a store in a folder of results.

    Args:
        folder: the folder of results.
        name: name of the store, which need not exist.

    Raises:
        OSError: the store is a link that leads out of the folder.
    """
    place = folder / name
    _refuse_outside(place, folder)
    return place


def _refuse_outside(place: Path, folder: Path) -> None:
    """Raise OSError if a folder is not inside another one; a link may lead elsewhere."""
    if not place.resolve().is_relative_to(folder.resolve()):
        raise OSError(EPERM, "is a link that leads outside; nothing is written there", str(place))


def _is_left(path: Path) -> bool:
    """Return whether something was left behind by a process that has ended."""
    owned = _OWNED.fullmatch(path.name)
    if owned and owned["machine"] == _machine() and os.name == "posix":
        return not _is_alive(int(owned["process"]))
    if not (path.name.startswith(ASIDE) or EARLIER.fullmatch(path.name)):
        return False
    return time.time() - path.lstat().st_mtime > LEFT_AFTER


def _is_alive(process: int) -> bool:
    """Return whether a process of this machine is running; a zombie process is not."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # a process of another user
        return True
    with suppress(OSError, IndexError):  # only Linux has these files
        state = (
            Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        )
        return state not in ("Z", "X")
    return True


@cache
def _machine() -> str:
    """Return a short digest of the machine and the container, where a process number is valid."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]
