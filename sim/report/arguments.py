"""What the report of a comparison of arguments says, as plain values for its template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.arguments import wording
from sim.arguments.reader import Compared
from sim.arguments.wording import Part
from sim.evidence import Evidence, Source
from sim.report.figures import Figure, image

DESCRIBED = {
    "confusion": (
        "Can it tell at all?",
        "A matrix of percentages: in each row, how records simulated in the world of one argument were judged.",
    ),
    "verdicts": (
        "What holds",
        "One row a claim: how its effect is spread over draws against the margin, the share of draws that go as "
        "expected with its interval, and the verdict. The table above says the same in numbers.",
    ),
    "flips": (
        "Where the sign flips",
        "Maps of effects over the two open values that decide most about each, with the line on which the sign flips.",
    ),
    "record": (
        "Arguments and the record",
        "A matrix of log likelihoods of each item of the record in each argument's world, with the readings by hand.",
    ),
}
"""Heading and description of every chart, by the name of its files."""


@dataclass(frozen=True)
class ClaimPage:
    """One claim in full.

    Attributes:
        row: as in the table of verdicts.
        verdict: in words.
        facts: name and text of all that is known of it.
        controls: rows of name, effect without and with the control, and what came of it.
        cited: each citation with what it stands for; None where no evidence file at hand holds it.
    """

    row: dict[str, Any]
    verdict: str
    facts: tuple[tuple[str, str], ...]
    controls: tuple[tuple[str, str, str, str], ...]
    cited: tuple[tuple[str, Source | None], ...]


@dataclass(frozen=True)
class ArgumentPage:
    """An argument and its claims."""

    name: str
    analyst: str
    argument: str
    notes: str
    assumption: str
    claims: tuple[ClaimPage, ...]


@dataclass(frozen=True)
class Content:
    """All that the report says."""

    parts: tuple[Part, ...]
    figures: tuple[Figure, ...]
    arguments: tuple[ArgumentPage, ...]
    made: tuple[tuple[str, str], ...]


def content(compared: Compared, evidence: Evidence | None) -> Content:
    """Return what the report of a comparison says."""
    return Content(
        parts=tuple(wording.parts(compared)),
        figures=tuple(
            Figure(name, heading, says, image(compared.folder, name)) for name, (heading, says) in DESCRIBED.items()
        ),
        arguments=tuple(_arguments(compared, evidence)),
        made=tuple(_made(compared)),
    )


def _arguments(compared: Compared, evidence: Evidence | None) -> Iterator[ArgumentPage]:
    verdicts = compared.table("verdicts")
    controls, curves = compared.table("controls"), compared.table("curves")
    for stated in compared.manifest["arguments"]:
        own = verdicts[verdicts["hypothesis"] == stated["name"]]
        claims = tuple(_claim(row, controls, curves, evidence) for row in own.to_dict("records"))
        said = (stated["name"], stated["analyst"], stated["argument"], stated["notes"], stated.get("assumption", ""))
        yield ArgumentPage(*said, claims)


def _claim(row: dict[str, Any], controls: pd.DataFrame, curves: pd.DataFrame, evidence: Evidence | None) -> ClaimPage:
    held = evidence.sources if evidence else {}
    chosen = controls[controls["claim"] == row["claim"]].to_dict("records") if not controls.empty else []
    return ClaimPage(
        row=row,
        verdict=str(row["verdict"]) + (f": {row['detail']}" if row["detail"] and row["word"] != "echo" else ""),
        facts=tuple(_facts(row, curves)),
        controls=tuple(_control(one) for one in chosen),
        cited=tuple((cite, held.get(cite)) for cite in row["cites"].split()),
    )


def _facts(row: dict[str, Any], curves: pd.DataFrame) -> Iterator[tuple[str, str]]:
    yield (
        "measure",
        f"{row['measure']} in {row['scenario']}; expected {row['expects'].replace('_', ' ')}, margin {row['margin']:g}",
    )
    if row.get("assumption"):
        yield "rests on", f"assumption: {row['assumption']}"
    yield "effect", f"{wording.effect(row['effect'])}, standard error {wording.readable(row['error'], 2)}"
    yield (
        "draws",
        f"as expected beyond the margin {row['above']:.0%}, inside {row['inside']:.0%}, beyond it the other way "
        f"{row['below']:.0%}; of {row['draws']} draws {row['counting_for']} count for the expected direction and "
        f"{row['counting_against']} against it, by more than two standard errors",
    )
    yield "chance", f"{row['chance']:.3g}, adjusted for the number of claims"
    yield "without what is assumed", f"{row['open_verdict']}: as expected in {row['open_share']:.0%} of draws"
    yield "decided by", wording.governed(row)
    own = curves[curves["claim"] == row["claim"]] if not curves.empty else curves
    if len(own):
        listed = "; ".join(f"{one['curve']} {wording.effect(one['effect'])}" for one in own.to_dict("records"))
        yield "by credibility curve", f"{listed} (effect without what is assumed)"


def _control(one: dict[str, Any]) -> tuple[str, str, str, str]:
    outcome = "takes the effect away" if one["takes_away"] else ""
    outcome = "may take the effect away" if one.get("unclear") else outcome
    return one["name"], wording.effect(one["without"]), wording.effect(one["mean"]), outcome


def _made(compared: Compared) -> Iterator[tuple[str, str]]:
    manifest = compared.manifest
    size = manifest["size"]
    drawn = f"{size['draws']} {manifest.get('drawn', '')}".strip()
    yield "draws", f"{drawn}; for the fit {size['fit_draws']} of the coded ranges"
    yield "seed", str(manifest["seed"])
    yield (
        "thresholds",
        ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in manifest["thresholds"].items()),
    )
