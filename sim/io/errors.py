"""Faults in a user's input: where they are, what is wrong, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches

MOST_HINTS = 20
"""Number of faults of one file that are searched for the nearest name, because that is slow."""
LONGEST_NAME = 80
"""Longest name that is compared with the allowed names; a longer text is not a misspelt name."""
MOST_LETTERS = 10_000
"""Number of letters of allowed names that a name is compared with."""


@dataclass(frozen=True, order=True)
class Fault:
    """One fault in an input.

    >>> print(Fault("crisis.yaml", 4, "horizon_days", "0 is out of bounds; allowed: 1 or more"))
    crisis.yaml:4: horizon_days: 0 is out of bounds; allowed: 1 or more

    Attributes:
        file: name of the file, as the user gave it; ``--set`` for the command line.
        line: 1-based line, 0 where there is none.
        path: dotted path in the document, such as ``actors.NOR.ties.SUD``; empty for the whole
            document.
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
    """The input has faults; the message lists all that were found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UsageError(Exception):
    """The command was called with options that do not fit together."""


_hints_left: ContextVar[list[int] | None] = ContextVar("hints_left", default=None)


@contextmanager
def few_hints(most: int = MOST_HINTS) -> Iterator[None]:
    """Let :func:`nearest` give a hint only for the first names, while a file is checked.

    >>> with few_hints(1):
    ...     [nearest("april_2061", ["april_2016"]) for _ in range(2)]
    [' (did you mean april_2016?)', '']
    """
    token = _hints_left.set([most])
    try:
        yield
    finally:
        _hints_left.reset(token)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return a hint with the allowed name most similar to ``name``, or an empty text.

    >>> nearest("april_2061", ["april_2016", "autumn_2020"])
    ' (did you mean april_2016?)'
    """
    left = _hints_left.get()
    if len(name) > LONGEST_NAME or (left is not None and not left[0]):
        return ""
    if left is not None:
        left[0] -= 1
    found = get_close_matches(name, list(_first(allowed)), n=1, cutoff=0.6)
    return f" (did you mean {found[0]}?)" if found else ""


def _first(names: Iterable[str]) -> Iterator[str]:
    """Yield the first names, up to :data:`MOST_LETTERS` letters."""
    left = MOST_LETTERS
    for name in names:
        left -= len(name)
        if left < 0:
            return
        yield name
