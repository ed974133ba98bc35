"""Share tasks between this process and a copy of it, where that is safe.

A copy starts at once and has everything in memory, while a new process would first import the
libraries again, which takes as long as the tasks. But a process can only be copied safely if no
other thread is at work in it. So only a process that runs a command of this program is copied, on
Linux, while it has no other thread of Python. Threads of NumPy and of Arrow are idle then, and both
make new ones in a copy. A large process is not copied, because its copy may exceed memory.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path

from sim.io.process import is_of_command
from sim.io.workers import end_with_parent, undisturbed

Task = Callable[[], object]
MOST_MEMORY = 500_000_000
"""Most bytes in memory of a process that is copied."""
MOST_TASKS = 256
"""Most tasks that are shared: the number of each is one byte."""
PATIENCE = 60.0
"""Seconds after which a copy that does not finish its last task is given up."""


def can_share() -> bool:
    """Return whether this process may be copied and has a second core for the copy."""
    if sys.platform != "linux" or not is_of_command() or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1 and _bytes_in_memory() < MOST_MEMORY


def _bytes_in_memory() -> int:
    """Return the memory of this process now; the most so far counts that of its parent, too."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def do_all(tasks: Sequence[Task]) -> None:
    """Do all tasks, which write files and return nothing that is needed.

    This process and its copy each take the next task when they are done with one. If the copy
    fails, this process does all tasks itself, so that an error arises here. So each task must be
    safe to do twice.

    >>> done = []
    >>> do_all([lambda: done.append(1), lambda: done.append(2)])
    >>> done
    [1, 2]
    """
    if 1 < len(tasks) <= MOST_TASKS and can_share() and _is_done_with_copy(tasks):
        return
    for task in tasks:
        task()


def _is_done_with_copy(tasks: Sequence[Task]) -> bool:
    """Do all tasks together with a copy of this process. Return whether both succeeded."""
    queue, numbers = os.pipe()  # each reader gets the next byte
    os.write(numbers, bytes(range(len(tasks))))
    os.close(numbers)
    copy = get_context("fork").Process(target=_serve, args=(tasks, queue))
    try:
        with undisturbed(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python counts idle threads, too
            copy.start()
        _do_next(tasks, queue)
        copy.join(PATIENCE)
        return copy.exitcode == 0
    except OSError:  # no further process is allowed, or a task failed, which will show again
        return False
    finally:
        os.close(queue)
        if copy.is_alive():  # because of an error, an interrupt or a copy that hangs
            copy.kill()
            copy.join()


def _do_next(tasks: Sequence[Task], queue: int) -> None:
    """Do the next task until none is left."""
    while number := os.read(queue, 1):
        tasks[number[0]]()


def _serve(tasks: Sequence[Task], queue: int) -> None:
    """Do tasks in the copy, which then ends without what else a process does at its end."""
    code = 1
    try:
        end_with_parent()
        _do_next(tasks, queue)
        code = 0
    finally:
        os._exit(code)
