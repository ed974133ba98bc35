"""Share pieces of work between this process and a copy of it, where that is safe.

A copy starts at once and has everything in memory, while a new process would first import the
libraries again, which takes as long as the work. But a process can only be copied safely if no
other thread of it is at work, and a copy of a large one may exceed memory. So only a process that
runs a command of this program is copied, on Linux, while it is small and has a single thread.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from signal import SIGKILL

from sim.io.process import is_of_command

LARGEST = 500_000
"""Most memory of a process that is copied, in kilobytes."""
Work = Callable[[], object]


def can_share() -> bool:
    """Return whether this process may be copied and has a second core for the copy."""
    if sys.platform != "linux" or not is_of_command():
        return False
    import resource

    is_small = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < LARGEST
    return is_small and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def do_all(works: Sequence[Work]) -> None:
    """Do all pieces of work, which write files and return nothing that is needed.

    This process and its copy each take the next piece when they are done with one. If the copy
    fails, this process does all pieces itself, so that an error arises here. Pieces must therefore
    be such that they can be done twice.

    Args:
        works: the pieces, at most 255.

    >>> done = []
    >>> do_all([lambda: done.append(1), lambda: done.append(2)])
    >>> done
    [1, 2]
    """
    if len(works) < 2 or not can_share() or not _done_with_copy(works):
        _do(works, range(len(works)))


def _do(works: Sequence[Work], numbers: Sequence[int]) -> None:
    for number in numbers:
        works[number]()


def _done_with_copy(works: Sequence[Work]) -> bool:
    """Do all pieces of work together with a copy of this process. Return whether it succeeded."""
    waiting, numbers = os.pipe()
    os.write(numbers, bytes(range(len(works))))
    os.close(numbers)
    copy = os.fork()
    if copy == 0:
        _serve(works, waiting)
    is_done = False
    try:
        while number := os.read(waiting, 1):
            works[number[0]]()
        is_done = True
    finally:
        os.close(waiting)
        if not is_done:  # an error, or the user interrupted
            os.kill(copy, SIGKILL)
        _, status = os.waitpid(copy, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _serve(works: Sequence[Work], waiting: int) -> None:
    """Do pieces of work in the copy, and end it without what else a process does at its end."""
    code = 1
    with suppress(BaseException):
        while number := os.read(waiting, 1):
            works[number[0]]()
        code = 0
    os._exit(code)
