"""Start of a worker process: it ends when its parent ends.

The module imports little, so that this takes effect early.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def end_with_parent() -> None:
    """Ignore interrupts, which the parent handles, and end when the parent ends for any reason."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    """End this worker when its parent ends.

    The worker has both ends of the pipe that brings it work, so it would otherwise wait forever.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
