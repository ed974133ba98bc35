"""The report of one result: a single file that opens offline and asks nothing of a network.

Whatever stands in a scenario or an evidence file is a user's text: the template escapes all of it, and the page forbids
scripts and requests besides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.arguments.reader import Compared
from sim.evidence import Evidence
from sim.io.atomic import whole_file
from sim.report.arguments import content as content_of_arguments
from sim.report.content import content
from sim.results.reader import Result

__all__ = ["NAME", "write", "write_comparison"]

NAME = "report.html"


def write(result: Result, evidence: Evidence | None) -> Path:
    """Write the report of a result into its folder and return its path.

    Args:
        result: the result, with charts as far as they are drawn.
        evidence: what its citations stand for; None where no evidence files are at hand, and the report then lists
            citations by their ids only.
    """
    return _put(result.folder / NAME, NAME, content(result, evidence))


def write_comparison(compared: Compared, evidence: Evidence | None) -> Path:
    """Write the report of a comparison of arguments into its folder and return its path.

    Args:
        compared: the comparison, with charts as far as they are drawn.
        evidence: what its citations stand for; None where no evidence files are at hand.
    """
    return _put(compared.folder / NAME, "arguments.html", content_of_arguments(compared, evidence))


def _put(target: Path, template: str, page: object) -> Path:
    with whole_file(target) as aside:
        aside.write_text(_templates().get_template(template).render(page=page), encoding="utf-8")
    return target


def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # needed for this one file

    return Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
