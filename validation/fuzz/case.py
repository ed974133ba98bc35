"""One case of the fuzzer: a damaged input and the command that meets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from validation.fuzz.calling import Ended
from validation.fuzz.workplace import Workplace

SECONDS_TO_DRAW = 20.0
"""Longest duration of a command that simulates or draws, on a slow machine."""


@dataclass(frozen=True)
class Case:
    """A prepared case.

    Attributes:
        what: what was damaged.
        args: the command.
        seconds: longest duration of a command that succeeds.
        damaged: the damaged file or text, to keep if the case fails.
        call: how the command is called; by default in this process.
    """

    what: str
    args: tuple[str, ...]
    seconds: float = 2.0
    damaged: Path | str | None = None
    call: Callable[[], Ended] | None = field(default=None, repr=False)


Family = Callable[[Workplace, Random], Case]
"""A function that damages something in a workspace and returns the case."""
