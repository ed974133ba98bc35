"""Start and end of worker processes: they end with their parent, and without a traceback.

The module imports little, so that this takes effect early in a worker.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOPPING = (signal.SIGINT, signal.SIGTERM)
"""Signals by which a user or a batch system stops a command."""
_CAN_WAIT = hasattr(signal, "pthread_sigmask")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let signals that stop a command wait until the block has ended.

    Start worker processes in such a block. Signals also wait in a process that starts here, until
    it calls :func:`end_with_parent`: it could not handle them while Python starts.
    """
    if not _CAN_WAIT:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def multiply_in_one_thread() -> None:
    """Let NumPy multiply matrices in one thread, here and in workers, if it is not imported yet.

    The matrices are small, and the workers share the cores, so threads would only wait.
    """
    for library in ("OPENBLAS", "MKL", "OMP"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def end_with_parent() -> None:
    """Ignore interrupts, which the parent handles, and end when the parent ends for any reason."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    if _CAN_WAIT:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def _end_with_the_parent() -> None:
    """End this worker when its parent ends.

    The worker has both ends of the pipe that brings it work, so it would otherwise wait forever.
    """
    from multiprocessing import parent_process  # a worker has it, and other processes start faster

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
