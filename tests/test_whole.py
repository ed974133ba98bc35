"""What is written appears whole or not at all, and what killed processes left behind goes away."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sim.io.atomic import STALE_AFTER, TEMPORARY_PREFIX, whole_file, whole_folder


def test_a_file_or_folder_that_fails_leaves_the_older_one_and_nothing_aside(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a") as aside:
        aside.write_text("old")
    with whole_folder(tmp_path / "b") as aside:
        (aside / "part").write_text("old")
    with pytest.raises(RuntimeError), whole_file(tmp_path / "a") as aside:
        aside.write_text("new")
        raise RuntimeError
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "b") as aside:
        (aside / "part").write_text("new")
        raise RuntimeError
    assert (tmp_path / "a").read_text() == (tmp_path / "b" / "part").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_only_what_was_left_long_ago_is_cleared(tmp_path: Path) -> None:
    left, at_work = tmp_path / f"{TEMPORARY_PREFIX}left", tmp_path / f"{TEMPORARY_PREFIX}at-work"
    for folder in (left, at_work):
        folder.mkdir()
        (folder / "part").write_text("half")
    then = time.time() - STALE_AFTER - 60
    os.utime(left, (then, then))
    with whole_folder(tmp_path / "b") as aside:
        (aside / "part").write_text("new")
    assert not left.exists() and (at_work / "part").exists()
