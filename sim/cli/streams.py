"""Standard streams that accept any text and survive a closed pipe.

Printing therefore never makes a command fail.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

STDOUT = 1
STDERR = 2


class Pipe(io.FileIO):
    """A byte stream that drops its output once the reader has closed the pipe."""

    def write(self, data: Any, /) -> int:
        """Write bytes and return their number. Raise OSError, once, if the device is full."""
        try:
            return super().write(data)
        except OSError as error:
            self._drop_the_rest()
            if not isinstance(error, BrokenPipeError):
                raise
        return super().write(data)

    def _drop_the_rest(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def prepare() -> None:
    """Make the standard streams of this process tolerant.

    Characters outside the terminal's encoding are replaced on stdout and escaped on stderr. If the
    reader (such as ``head``) closes the pipe, the command finishes silently. Streams that were
    already replaced are not changed.
    """
    if sys.stdout is sys.__stdout__:
        sys.stdout = _tolerant(sys.stdout, STDOUT, "replace")
    if sys.stderr is sys.__stderr__:
        sys.stderr = _tolerant(sys.stderr, STDERR, "backslashreplace")


def _tolerant(stream: TextIO | None, number: int, errors: str) -> TextIO:
    """Return a tolerant stream to the same destination, or to the null device if it is closed."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  (open to the end)
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if stream.isatty():
        stream.reconfigure(errors=errors)
        return stream
    stream.flush()
    pipe = io.BufferedWriter(Pipe(number, "w", closefd=False))
    return io.TextIOWrapper(
        pipe, encoding=stream.encoding, errors=errors, line_buffering=stream.line_buffering
    )
