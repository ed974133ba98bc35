"""Folders of results: made before any simulation, and the evidence for their reports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.catalogue import workspace_of
from sim.cli.printing import complain
from sim.io.atomic import clear
from sim.io.errors import Fault, InputError
from sim.io.text import clipped

if TYPE_CHECKING:
    from sim.evidence import Evidence
    from sim.results.reader import Result
    from sim.scenario import Loaded

LAST_LATIN = "\N{LATIN SMALL LETTER LONG S}"
"""Last letter of the block Latin Extended-A, up to which the font of the charts is complete."""


def make_folder(out: Path) -> None:
    """Create the folder for results before any simulation, so that a bad name costs no time.

    Remove the unfinished files of commands that were killed.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "is a file" if out.is_file() else (error.strerror or "").lower()
        raise _unusable(out, reason) from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise _unusable(out, "no permission to write")
    for folder in (out, *(path for path in out.iterdir() if path.is_dir())):
        clear(folder)


def warn_of_letters(loaded: Sequence[Loaded]) -> None:
    """Say before any simulation which letters of titles and names the charts cannot draw."""
    for each in loaded:
        scenario = each.scenario
        names = [actor.name for actor in scenario.actors.values()]
        if letters := _lacking(" ".join((scenario.title, *names))):
            remedy = "charts show a mark instead; tables and reports are complete"
            complain(
                f"{scenario.scenario}: the charts' font lacks {clipped(letters, 20)}: {remedy}"
            )


def _lacking(text: str) -> str:
    """Return the letters of a text that charts cannot draw; they can draw all Latin letters."""
    if max(text) <= LAST_LATIN:
        return ""
    from sim.charts.fonts import lacking  # slow to import

    return lacking(text)


def open_simulated(folder: Path) -> Result:
    """Open a result folder, and warn if its scenario is not the one that was simulated."""
    from sim.results import reader

    result = reader.open_result(folder)
    result.check()
    if not result.is_as_simulated:
        complain(f"{folder / reader.RESOLVED}: {reader.CHANGED}")
    return result


def _unusable(out: Path, reason: str) -> InputError:
    return InputError([Fault(str(out), 0, "", f"cannot be used for results: {reason}")])


def evidence_near(path: Path) -> Evidence | None:
    """Return the evidence for a report of a file. Warn once for each workspace with faults."""
    return _evidence(workspace_of(path))


@cache
def _evidence(workspace: Path) -> Evidence | None:
    from sim import report

    return report.evidence_near(workspace / "any", complain)
