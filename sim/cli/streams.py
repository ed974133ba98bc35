"""Standard streams that take any text and outlive their reader: printing never fails a command."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO

STDOUT, STDERR = 1, 2


class Pipe(io.FileIO):
    """A stream of bytes whose reader may leave: what is written after that is dropped."""

    def write(self, data: Any, /) -> int:
        """Write bytes and return how many were taken; OSError, once, where the device is full."""
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

    Characters that the terminal's encoding lacks are replaced on stdout and escaped on stderr. A command whose reader
    leaves, such as ``head``, finishes its work in silence. Streams that somebody else put in place are left alone.
    """
    if sys.stdout is sys.__stdout__:
        sys.stdout = _tolerant(sys.stdout, STDOUT, "replace")
    if sys.stderr is sys.__stderr__:
        sys.stderr = _tolerant(sys.stderr, STDERR, "backslashreplace")


def _tolerant(stream: TextIO | None, number: int, errors: str) -> TextIO:
    """Return a stream that writes to the same place; where there is none, because it was closed, to nowhere."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  (no path, and open to the end)
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if stream.isatty():
        stream.reconfigure(errors=errors)
        return stream
    stream.flush()
    pipe = io.BufferedWriter(Pipe(number, "w", closefd=False))
    return io.TextIOWrapper(pipe, encoding=stream.encoding, errors=errors, line_buffering=stream.line_buffering)
