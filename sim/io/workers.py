"""How a worker process begins: it ends when its parent has ended.

The module is light to import, so that this holds from the start.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def heed_the_parent() -> None:
    """Leave interrupts to the parent of this worker, and end when it has ended, however that came."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    """End this worker, which holds both ends of the pipe that brings it work and would wait at it for good."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
