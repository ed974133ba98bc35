"""The content of the report of a comparison of arguments, as plain values for its template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim import charts
from sim.arguments import sentences, texts, wording
from sim.arguments.part import Part
from sim.arguments.reader import Compared, rows_by
from sim.arguments.verdicts import BOUNDS
from sim.arguments.words import Expects, Word
from sim.evidence import Evidence
from sim.io.text import count
from sim.outcomes.numbers import readable
from sim.report import verdicts
from sim.report.contents import Entry
from sim.report.figures import Figure, figures
from sim.report.sources import Sources, sources
from sim.report.verdicts import Judged

SURPRISING = "The most surprising verdicts"
CLAIMS = "Claims"
RENAMED = {"Verdicts": "Verdicts on each reading"}
"""Headings of parts that have another name here, because the verdicts on claims come first."""


@dataclass(frozen=True)
class ClaimPage:
    """One claim in full.

    Attributes:
        row: row of the table of verdicts.
        verdict: verdict in words.
        facts: names and texts of its details.
        controls: rows of name, effect without and with the control, and its consequence.
        cited: each citation with the id of its entry on the page; no id if it is not listed.
    """

    row: dict[str, Any]
    verdict: str
    facts: tuple[tuple[str, str], ...]
    controls: tuple[tuple[str, str, str, str], ...]
    cited: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ArgumentPage:
    """An argument and its claims.

    Attributes:
        id: id of its section on the page.
        judged: its claims with their verdicts.
        claims: its readings in full.
    """

    id: str
    name: str
    analyst: str
    argument: str
    notes: str
    assumption: str
    judged: tuple[Judged, ...]
    claims: tuple[ClaimPage, ...]


@dataclass(frozen=True)
class Content:
    """The content of the report.

    Attributes:
        subject: what was compared, in one sentence.
        in_short: how many claims got each verdict.
        is_quick: whether it is a first look with few runs.
        arguments: the arguments with their claims.
        surprising: the most surprising verdicts; empty if there are none.
        figures: the charts.
        parts: further tables and the rule of verdicts, with their ids on the page.
        listed: the sources.
        made: the design of the comparison.
    """

    subject: str
    in_short: str
    is_quick: bool
    arguments: tuple[ArgumentPage, ...]
    surprising: tuple[str, ...]
    figures: tuple[Figure, ...]
    parts: tuple[tuple[str, Part], ...]
    listed: Sources
    made: tuple[tuple[str, str], ...]

    @property
    def contents(self) -> tuple[Entry, ...]:
        """The contents list: the sections of the main part, and the appendix."""
        return tuple(_contents(self))


def content(compared: Compared, evidence: Evidence | None) -> Content:
    """Return the content of the report of a comparison."""
    table = compared.table("verdicts")
    parts = {part.heading: part for part in wording.parts(compared)}
    surprising = parts.pop(SURPRISING, None)
    parts.pop(CLAIMS, None)  # the main table says it
    listed = sources((cite for cites in table["cites"] for cite in cites.split()), evidence)
    arguments = tuple(_arguments(compared, table, listed))
    drawn = figures(charts.OF_VERDICTS, compared, compared.folder)
    claims = [claim for argument in arguments for claim in argument.judged]
    return Content(
        subject=_subject(compared),
        in_short=verdicts.in_short(claims, table),
        is_quick=bool(compared.manifest["size"].get("quick")),
        arguments=arguments,
        surprising=surprising.lines if surprising else (),
        figures=tuple(figure for figure in drawn if figure.image),
        parts=tuple((f"part-{number}", part) for number, part in enumerate(parts.values(), 1)),
        listed=listed,
        made=tuple(_made(compared)),
    )


def _contents(page: Content) -> Iterator[Entry]:
    stated = tuple(Entry(argument.id, argument.analyst) for argument in page.arguments)
    yield Entry("verdicts", "Verdicts", stated)
    if page.surprising:
        yield Entry("surprising", SURPRISING)
    if page.figures:
        drawn = tuple(Entry(f"chart-{figure.name}", figure.heading) for figure in page.figures)
        yield Entry("charts", "Charts", drawn)
    yield Entry("appendix", "Appendix", tuple(_appendix(page)))


def _appendix(page: Content) -> Iterator[Entry]:
    for id, part in page.parts:
        yield Entry(id, RENAMED.get(part.heading, part.heading))
    yield Entry("claims", "Claim by claim")
    if page.listed.works:
        yield Entry("sources", "Sources")
    yield Entry("reproduction", "How it was made")


def _subject(compared: Compared) -> str:
    manifest = compared.manifest
    analysts = dict.fromkeys(str(stated["analyst"]) for stated in manifest["arguments"])
    return (
        f"{count(manifest['claims'], 'claim')} of {count(len(analysts), 'analyst')}: "
        f"{'; '.join(analysts)}."
    )


def _arguments(compared: Compared, table: pd.DataFrame, listed: Sources) -> Iterator[ArgumentPage]:
    controls = rows_by("claim", compared.table("controls"))
    curves = rows_by("claim", compared.table("curves"))
    for number, stated in enumerate(compared.manifest["arguments"], 1):
        chosen = table[table["hypothesis"] == stated["name"]]
        rows = chosen.to_dict("records")
        yield ArgumentPage(
            id=f"argument-{number}",
            name=stated["name"],
            analyst=stated["analyst"],
            argument=stated["argument"],
            notes=stated["notes"],
            assumption=stated.get("assumption", ""),
            judged=tuple(verdicts.judged(chosen)),
            claims=tuple(
                _claim(row, controls.get(row["claim"], []), curves.get(row["claim"], []), listed)
                for row in rows
            ),
        )


def _claim(
    row: dict[str, Any],
    controls: Sequence[dict[str, Any]],
    curves: Sequence[dict[str, Any]],
    listed: Sources,
) -> ClaimPage:
    return ClaimPage(
        row=row,
        verdict=wording.with_reason(row),
        facts=tuple(_facts(row, curves)),
        controls=tuple(_control(control, row) for control in controls),
        cited=listed.linked(row["cites"].split()),
    )


def _facts(row: dict[str, Any], curves: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    if row["reading"]:
        yield f"reading of {row['coder']}", row["reading"]
    yield "result", sentences.sentence_of(row)
    yield (
        "measure",
        f"{row['measure']} in {row['scenario']}; claimed {row['expects'].replace('_', ' ')}, "
        f"margin {row['margin_stated']:g}. {row['margin_why']}".strip(),
    )
    yield from _channel(row)
    if row.get("assumption"):
        yield "source", f"assumption: {row['assumption']}"
    if not sentences.never(row):
        error = readable(row["error"], 2)
        yield "effect", f"{texts.effect(row['effect'])}, standard error {error}"
    if pd.notna(row["share"]):
        yield "draws one by one", _draws(row)
    yield "p-value after adjustment", f"{p_value(row['p_value'])}, for the number of readings"
    yield (
        "without assumptions",
        f"{row['open_verdict']}: as claimed in {texts.percent(row['open_share'])} of draws",
    )
    yield "main driver", texts.driver_of(row)
    if curves:
        listed = "; ".join(f"{curve['curve']} {texts.effect(curve['effect'])}" for curve in curves)
        yield "by credibility curve", f"{listed} (effect without assumptions)"


def _draws(row: dict[str, Any]) -> str:
    """Return how many draws show an effect by themselves, and why that is not the share above."""
    return (
        f"{row['counting_for']} of {row['draws']} draws show the claimed direction by themselves, "
        f"and {row['counting_against']} the opposite, by more than two standard errors. The share "
        "of draws as claimed also counts draws in which chance hides the effect, and only effects "
        "beyond the margin."
    )


def _channel(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield how far the treatment reaches, and the settings in which the result is known."""
    if pd.notna(row["delivered"]):
        yield "treatment delivered", f"in {texts.percent(row['delivered'])} of runs"
    for setting in ("positive", "negative"):
        if row[f"{setting}_why"]:
            result = wording.known_result(row, setting)
            yield f"{setting} control", f"{result}. {row[f'{setting}_why']}"


def p_value(value: float) -> str:
    """Return a p-value as text.

    >>> p_value(0.0321), p_value(0.0)
    ('0.032', 'less than 0.001')
    """
    return "less than 0.001" if value < 0.001 else f"{value:.2g}"


def _control(control: dict[str, Any], row: dict[str, Any]) -> tuple[str, str, str, str]:
    # a claim that there is no effect, or none in one direction, has no effect to lose
    expects_none = row["word"] != Word.FAILS and row["expects"] in (Expects.EQUAL, *BOUNDS)
    removes = "ends what is claimed" if expects_none else "removes the effect"
    outcome = removes if control["takes_away"] else ""
    if control.get("unclear"):
        outcome = "may end what is claimed" if expects_none else "may remove the effect"
    return (
        control["name"],
        texts.effect(control["without"]),
        texts.effect(control["mean"]),
        outcome,
    )


def _made(compared: Compared) -> Iterator[tuple[str, str]]:
    manifest = compared.manifest
    size = manifest["size"]
    drawn = f"{size['draws']} {manifest.get('drawn', '')}".strip()
    yield "draws", f"{drawn}; {size['fit_draws']} of the coded ranges for the fit"
    yield "runs", f"{manifest['runs']:,}"
    yield "seed", str(manifest["seed"])
    yield (
        "thresholds",
        ", ".join(
            f"{name.replace('_', ' ')} {value:g}" for name, value in manifest["thresholds"].items()
        ),
    )
