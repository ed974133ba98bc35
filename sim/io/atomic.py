"""Files and folders that appear whole or not at all: written aside, and renamed when they are finished."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ASIDE, REPLACED = ".writing-", ".old-"
"""How the names of folders begin that are being laid out, and that have just been replaced."""
LEFT_AFTER = 24 * 3600.0
"""Seconds after which a folder that is still aside has been left by a process that was killed."""


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Offer a path to write to; it becomes ``target`` when the block ends well, and is gone when it does not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Offer a folder to lay out; it takes the place of ``target`` when the block ends well, and is gone otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_what_was_left(target.parent)
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=target.parent))
    try:
        yield aside
        aside.chmod(0o755)
        _put_in_place(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _clear_what_was_left(parent: Path) -> None:
    """Remove folders that killed processes left half laid out or moved aside, when nobody can be at work on them."""
    for left in (*parent.glob(f"{ASIDE}*"), *parent.glob(f"{REPLACED}*")):
        with suppress(OSError):  # another process may be clearing too
            if time.time() - left.stat().st_mtime > LEFT_AFTER:
                shutil.rmtree(left, ignore_errors=True)


def _put_in_place(aside: Path, target: Path) -> None:
    """Rename a finished folder to its place; an older one is moved out of the way first and then removed."""
    old = target.with_name(f"{REPLACED}{target.name}-{os.getpid()}")
    while True:
        if target.exists():
            target.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        try:
            aside.rename(target)
            return
        except OSError:
            if not target.exists():  # otherwise another process was quicker with the same result
                raise
