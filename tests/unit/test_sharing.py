"""Work that a process shares with a copy of itself."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sim.io import sharing

linux = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2,
    reason="processes are copied on Linux, where there are two cores",
)
BEGIN = """
import os, time
from functools import partial
from pathlib import Path
from sim.io.process import run_command
from sim.io.sharing import can_share, do_all

run_command()
ORIGINAL = os.getpid()

def write(number, wait=0.02):
    time.sleep(wait)
    with Path(f"{number}.txt").open("a") as file:
        file.write("original" if os.getpid() == ORIGINAL else "copy")
"""


def _run(body: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that shares work, as a command does: in a process with a single thread."""
    program = BEGIN + textwrap.dedent(body)
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=where,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _written(where: Path) -> list[str]:
    return [path.read_text() for path in sorted(where.glob("*.txt"))]


@linux
def test_both_do_some_pieces_and_none_is_done_twice(tmp_path: Path) -> None:
    done = _run("do_all([partial(write, number) for number in range(9)])", tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(set(_written(tmp_path))) == ["copy", "original"]
    assert len(_written(tmp_path)) == 9


@linux
def test_an_error_of_the_original_ends_the_copy(tmp_path: Path) -> None:
    body = """
    def fail(number):
        if os.getpid() == ORIGINAL:
            raise RuntimeError("disk full")
        write(number, wait=30)

    try:
        do_all([partial(fail, number) for number in range(4)])
    except RuntimeError as error:
        print(error)
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("no copy is left")
    """
    done = _run(body, tmp_path)
    assert done.stdout.splitlines() == ["disk full", "no copy is left"]
    assert _written(tmp_path) == []


@linux
@pytest.mark.parametrize(
    ("condition", "shares"),
    [
        ("", "True"),
        (
            "import threading; threading.Thread(target=time.sleep, args=[1], daemon=True).start()",
            "False",
        ),
        ("import sim.io.sharing; sim.io.sharing.MOST_MEMORY = 1", "False"),
        ("import sim.io.process; sim.io.process._is_of_command = False", "False"),
        ("os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})", "False"),
    ],
)
def test_only_a_small_process_with_a_single_thread_is_copied(
    condition: str, shares: str, tmp_path: Path
) -> None:
    done = _run(f"{condition}\nprint(can_share())", tmp_path)
    assert done.stdout.strip() == shares, done.stderr


@linux
def test_a_copy_ends_with_an_original_that_is_stopped_while_it_waits(tmp_path: Path) -> None:
    body = """
    import signal, threading

    def interrupt(number, frame):
        raise KeyboardInterrupt

    def work(number):
        if os.getpid() == ORIGINAL:
            time.sleep(0.2)  # the copy has the other task
        else:
            write("begun", 0)
            write("ended", 30)

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        do_all([partial(work, number) for number in range(2)])
    except KeyboardInterrupt:
        print("interrupted")
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("no copy is left")
    """
    done = _run(body, tmp_path)
    assert done.stdout.splitlines() == ["interrupted", "no copy is left"], done.stderr
    assert _written(tmp_path) == ["copy"]


@linux
@pytest.mark.parametrize(
    "in_copy",
    [
        "def in_copy(): raise RuntimeError('no memory')",
        "import sim.io.sharing as s; s.PATIENCE = 0.3; in_copy = partial(time.sleep, 30)",
        "os.fork = refuse",
    ],
    ids=["fails", "hangs", "cannot be made"],
)
def test_without_a_copy_that_finishes_the_original_does_all(in_copy: str, tmp_path: Path) -> None:
    body = """
def refuse():
    raise BlockingIOError(11, "no more processes")

IN_COPY

def work(number):
    time.sleep(0.1)
    if os.getpid() != ORIGINAL:
        in_copy()
    write(number)

do_all([partial(work, number) for number in range(4)])
"""
    done = _run(body.replace("IN_COPY", in_copy), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(text.endswith("original") for text in _written(tmp_path))
    assert len(_written(tmp_path)) == 4


@linux
def test_more_tasks_than_bytes_are_done_alone(tmp_path: Path) -> None:
    done = _run("do_all([partial(write, number, 0) for number in range(300)])", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert _written(tmp_path) == ["original"] * 300


@linux
def test_the_memory_of_a_parent_does_not_count(tmp_path: Path) -> None:
    body = """
    import subprocess, sys, sim.io.sharing
    large = bytearray(sim.io.sharing.MOST_MEMORY + 50_000_000)
    program = "from sim.io.process import run_command; run_command();"
    program += "from sim.io.sharing import can_share; print(can_share())"
    print(can_share(), flush=True)
    subprocess.run([sys.executable, "-c", program], check=True)
    """
    assert _run(body, tmp_path).stdout.split() == ["False", "True"]


def test_an_error_ends_the_work() -> None:
    done: list[int] = []
    with pytest.raises(ZeroDivisionError):
        sharing.do_all([lambda: 1 / 0, lambda: done.append(2)])
    assert not done
