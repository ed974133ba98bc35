"""The report of a result: a single HTML file that opens offline and sends no requests.

Texts of scenarios and evidence files come from users. The template escapes them, and the page
forbids scripts and requests.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim import charts
from sim.arguments.reader import Compared
from sim.catalogue import near_result
from sim.evidence import Evidence, load_for
from sim.io.atomic import atomic_file
from sim.io.errors import InputError
from sim.report.arguments import content as content_of_arguments
from sim.report.content import content
from sim.results.reader import Result

__all__ = [
    "NAME",
    "complete",
    "complete_comparison",
    "evidence_near",
    "evidence_of_result",
    "write",
    "write_comparison",
]

NAME = "report.html"

Warn = Callable[[str], object]
"""Function that passes a warning on to the user."""


def complete(result: Result, evidence: Evidence | None) -> None:
    """Draw the charts of a result and write its report."""
    charts.draw_all(result)
    write(result, evidence)


def complete_comparison(compared: Compared, evidence: Evidence | None) -> None:
    """Draw the charts of a comparison of arguments and write its report."""
    charts.draw_verdicts(compared)
    write_comparison(compared, evidence)


def write(result: Result, evidence: Evidence | None) -> Path:
    """Write the report of a result into its folder and return its path.

    Args:
        result: the result; charts that are not drawn are left out.
        evidence: the sources that it cites; if None, the report lists citations by their ids only.
    """
    return _put(result.folder / NAME, NAME, content(result, evidence))


def write_comparison(compared: Compared, evidence: Evidence | None) -> Path:
    """Write the report of a comparison of arguments into its folder and return its path.

    Args:
        compared: the comparison; charts that are not drawn are left out.
        evidence: the sources that it cites; None if there are no evidence files.
    """
    return _put(compared.folder / NAME, "arguments.html", content_of_arguments(compared, evidence))


def evidence_near(path: Path, warn: Warn) -> Evidence | None:
    """Return the evidence that a file may cite, for the report of its new result.

    If the evidence files have faults, warn and return None, because a result needs no sources.
    """
    try:
        return load_for(path)
    except InputError as error:
        first = error.faults[0]
        warn(
            f"the evidence files have faults, so reports name no sources; the first fault: {first}"
        )
        return None


def evidence_of_result(folder: Path) -> Evidence:
    """Return the evidence for a report that is written again.

    It belongs to the workspace around the folder of results, or else to the working folder.

    Raises:
        InputError: the evidence files have faults.
    """
    return load_for(near_result(folder))


def _put(target: Path, template: str, page: object) -> Path:
    with atomic_file(target) as aside:
        aside.write_text(_templates().get_template(template).render(page=page), encoding="utf-8")
    return target


def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # slow to import

    return Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
