"""Atomic writes of files and folders: they are written under a temporary name and then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY_PREFIX = ".writing-"
"""Prefix of the name of a folder that is being written."""
REPLACED_PREFIX = ".old-"
"""Prefix of the name of a folder that has just been replaced."""
STALE_AFTER = 24 * 3600.0
"""Age in seconds after which a temporary folder must come from a process that was killed."""


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Write a file atomically: yield a temporary path to write to.

    If the block succeeds, the file is renamed to ``target``. If it fails, the temporary
    file is deleted and ``target`` is unchanged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Write a folder atomically: yield a temporary folder to fill.

    If the block succeeds, the folder replaces ``target``. If it fails, the temporary folder
    is deleted and ``target`` is unchanged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _delete_stale_folders(target.parent)
    temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=target.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        _put_in_place(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _delete_stale_folders(parent: Path) -> None:
    """Delete temporary and replaced folders that killed processes have left behind."""
    for folder in (*parent.glob(f"{TEMPORARY_PREFIX}*"), *parent.glob(f"{REPLACED_PREFIX}*")):
        with suppress(OSError):  # another process may be deleting it too
            if time.time() - folder.stat().st_mtime > STALE_AFTER:
                shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(temporary: Path, target: Path) -> None:
    """Rename a finished folder to ``target``; an older folder is first renamed and then deleted."""
    old = target.with_name(f"{REPLACED_PREFIX}{target.name}-{os.getpid()}")
    while True:
        if target.exists():
            target.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        try:
            temporary.rename(target)
            return
        except OSError:
            if not target.exists():  # otherwise another process has just written the same result
                raise
