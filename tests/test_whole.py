"""Writes of files and folders are atomic, and stale temporary folders are deleted."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sim.io.atomic import STALE_AFTER, TEMPORARY_PREFIX, whole_file, whole_folder


def test_a_failed_write_keeps_the_older_file_or_folder_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a") as temporary:
        temporary.write_text("old")
    with whole_folder(tmp_path / "b") as temporary:
        (temporary / "part").write_text("old")
    with pytest.raises(RuntimeError), whole_file(tmp_path / "a") as temporary:
        temporary.write_text("new")
        raise RuntimeError
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "b") as temporary:
        (temporary / "part").write_text("new")
        raise RuntimeError
    assert (tmp_path / "a").read_text() == (tmp_path / "b" / "part").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_only_stale_temporary_folders_are_deleted(tmp_path: Path) -> None:
    stale = tmp_path / f"{TEMPORARY_PREFIX}stale"
    in_use = tmp_path / f"{TEMPORARY_PREFIX}in-use"
    for folder in (stale, in_use):
        folder.mkdir()
        (folder / "part").write_text("half")
    then = time.time() - STALE_AFTER - 60
    os.utime(stale, (then, then))
    with whole_folder(tmp_path / "b") as temporary:
        (temporary / "part").write_text("new")
    assert not stale.exists() and (in_use / "part").exists()
