"""Faults in what a user gave us: where, what is wrong, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

LONGEST_NAME = 80
"""What is longer is no misspelt name, and costly to compare."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with an input.

    Attributes:
        file: name of the file, as the user gave it; ``--set`` for the command line.
        line: 1-based line, 0 where there is none.
        path: dotted path in the document, such as ``actors.NOR.ties.SUD``; empty for the whole.
        message: what is wrong and what is allowed, in one sentence.
    """

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        """Return ``file:line: path: message``."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class InputError(Exception):
    """The input has faults; all that were found are listed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UsageError(Exception):
    """The command was called in a way that makes no sense."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return ``' (did you mean X?)'`` for the allowed name most like ``name``, or nothing."""
    if len(name) > LONGEST_NAME:
        return ""
    found = get_close_matches(name, list(islice(allowed, 500)), n=1, cutoff=0.6)
    return f" (did you mean {found[0]}?)" if found else ""
