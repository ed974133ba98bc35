"""What a process leaves out if it only runs a command, to start and end sooner."""

from __future__ import annotations

import atexit
import gc

GARBAGE = 500_000
"""New objects after which Python looks for unused ones: a command makes many that stay in use."""
_is_of_command = False


def run_command() -> None:
    """Let this process start and end sooner. It must run nothing but a command of this program."""
    global _is_of_command
    _is_of_command = True
    gc.set_threshold(GARBAGE)
    atexit.register(gc.freeze)  # or Python would free objects one by one before the process ends


def is_of_command() -> bool:
    """Return whether this process only runs a command.

    Then nobody asks it for help texts, and no code of other programs runs in it.
    """
    return _is_of_command
