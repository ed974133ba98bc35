"""The report of a result: a single HTML file that opens offline and sends no requests.

Texts of scenarios and evidence files come from users. The template escapes them, and the page forbids scripts and
requests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.arguments.reader import Compared
from sim.evidence import Evidence
from sim.io.atomic import atomic_file
from sim.report.arguments import content as content_of_arguments
from sim.report.content import content
from sim.results.reader import Result

__all__ = ["NAME", "write", "write_comparison"]

NAME = "report.html"


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
