"""What is written appears completely or not at all, and what killed processes left behind goes
away.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import ROOT

from sim.io.atomic import ASIDE, LEFT_AFTER, atomic_file, atomic_folder, clear, files_in

WRITER = """
import sys, time
from pathlib import Path
from sim.io.atomic import atomic_file, atomic_folder
target = Path(sys.argv[1])
with atomic_folder(target / "folder") as folder, atomic_file(target / "file") as file:
    (folder / "part").write_text("half")
    file.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(ASIDE)]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return another process that is writing a folder and a file."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


def test_a_file_or_folder_that_fails_leaves_the_older_one_and_nothing_aside(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a") as aside:
        aside.write_text("old")
    with atomic_folder(tmp_path / "b") as aside:
        (aside / "part").write_text("old")
    with pytest.raises(RuntimeError), atomic_file(tmp_path / "a") as aside:
        aside.write_text("new")
        raise RuntimeError
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "b") as aside:
        (aside / "part").write_text("new")
        raise RuntimeError
    assert (tmp_path / "a").read_text() == (tmp_path / "b" / "part").read_text() == "old"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "part"]


def test_files_of_a_folder_that_exists_are_replaced_and_all_others_stay(tmp_path: Path) -> None:
    (tmp_path / "b" / "inner").mkdir(parents=True)
    for name in ("part", "mine", "inner/part", "inner/mine"):
        (tmp_path / "b" / name).write_text("old")
    with atomic_folder(tmp_path / "b") as aside:
        (aside / "inner").mkdir()
        for name in ("part", "inner/part", "inner/more"):
            (aside / name).write_text("new")
    said = {
        file.relative_to(tmp_path / "b").as_posix(): file.read_text()
        for file in files_in(tmp_path / "b")
    }
    new = dict.fromkeys(("part", "inner/part", "inner/more"), "new")
    assert said == {"mine": "old", "inner/mine": "old", **new}


def test_a_file_where_a_folder_is_to_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("old")
    with pytest.raises(OSError, match="is a file"), atomic_folder(tmp_path / "b") as aside:
        (aside / "part").write_text("new")
    assert (tmp_path / "b").read_text() == "old"
    assert left_in(tmp_path) == []


def test_what_a_killed_process_left_is_removed_by_the_next_that_writes(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    assert len(left_in(tmp_path)) == 2
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    with atomic_file(tmp_path / "a") as aside:
        aside.write_text("new")
    assert left_in(tmp_path) == []


def test_what_another_process_is_writing_stays_however_old(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    then = time.time() - LEFT_AFTER - 60
    for name in left_in(tmp_path):
        os.utime(tmp_path / name, (then, then))
    clear(tmp_path)
    assert len(left_in(tmp_path)) == 2
    assert writer.poll() is None


@pytest.mark.parametrize(
    "name", [f"{ASIDE}0a1b2c3d-1-aa", f"{ASIDE}x7", ".drawing-abcd_123", ".old-crisis-01234567-9"]
)
def test_what_somebody_unknown_left_is_removed_after_a_day(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "part").write_text("half")
    clear(tmp_path)
    assert (tmp_path / name / "part").exists()
    then = time.time() - LEFT_AFTER - 60
    os.utime(tmp_path / name, (then, then))
    clear(tmp_path)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", [".old-notes", ".drawing-board", ".blocks", "writing-x"])
def test_folders_of_a_user_are_never_cleared(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    os.utime(tmp_path / name, (0, 0))
    clear(tmp_path)
    assert (tmp_path / name).exists()


def test_a_worker_is_light_to_import_and_so_ends_with_its_parent_from_the_start() -> None:
    loaded = "import sim.io.workers, sys; print(sorted({'numpy', 'pandas', 'mesa', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
