"""The report of one result: a single file that opens offline and asks nothing of a network.

Whatever stands in a scenario or an evidence file is a user's text: the template escapes all of it, and the page forbids
scripts and requests besides.
"""

from __future__ import annotations

import os
from pathlib import Path

from sim.evidence import Evidence
from sim.report.content import content
from sim.results import Result

__all__ = ["NAME", "write"]

NAME = "report.html"


def write(result: Result, evidence: Evidence | None) -> Path:
    """Write the report of a result into its folder, whole or not at all, and return its path.

    Args:
        result: the result, with charts as far as they are drawn.
        evidence: what its citations stand for; None where no evidence files are at hand, and the report then lists
            citations by their ids only.
    """
    target = result.folder / NAME
    aside = target.with_name(f".{NAME}-{os.getpid()}")
    try:
        aside.write_text(_page(result, evidence), encoding="utf-8")
        return aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _page(result: Result, evidence: Evidence | None) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # needed for this one file

    templates = Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template(NAME).render(page=content(result, evidence))
