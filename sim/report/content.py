"""The content of a report, as plain values for its template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sim import charts
from sim.evidence import Evidence, Source, explain
from sim.evidence import agreement as coding
from sim.evidence.explain import Row
from sim.io.text import count
from sim.outcomes.summary import Measure, sentence
from sim.report.figures import Figure, figures
from sim.results.reader import Result
from sim.scenario import Scenario
from sim.scenario.drawn import drawn_from

WITHOUT = Evidence()
WORDS = {
    "article": "from articles",
    "record": "from the historical record",
    "literature": "from the literature",
    "assumption": "by assumption alone",
    "nothing": "without a source",
}


@dataclass(frozen=True)
class Value:
    """One value of the scenario and its sources.

    Attributes:
        name: path of the value within its group.
        row: what the scenario and the evidence say about it.
        cited: each citation with its source; None if no evidence file has it.
    """

    name: str
    row: Row
    cited: tuple[tuple[str, Source | None], ...]


@dataclass(frozen=True)
class Group:
    """The values of one section or actor."""

    heading: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Part:
    """The values of the crisis or of the model.

    Attributes:
        heading: title of the part.
        groups: values by section.
        account: number of values by kind of source, in words.
    """

    heading: str
    groups: tuple[Group, ...]
    account: str


@dataclass(frozen=True)
class Content:
    """The content of a report."""

    scenario: Scenario
    dates: str
    sentence: str
    shown: tuple[tuple[Measure, tuple[str, str, str]], ...]
    never: tuple[str, ...]
    figures: tuple[Figure, ...]
    parts: tuple[Part, ...]
    has_evidence: bool
    drawn: str
    made: tuple[tuple[str, str], ...]


def content(result: Result, evidence: Evidence | None) -> Content:
    """Return the content of the report of a result."""
    scenario = result.scenario
    lines = result.measures
    occurred = [line for line in lines if line.occurred]
    return Content(
        scenario=scenario,
        dates=_dates(scenario),
        sentence=sentence(lines),
        shown=tuple((line, line.shown()) for line in occurred),
        never=tuple(line.says for line in lines if line not in occurred),
        figures=figures(charts.CHARTS, result, result.folder),
        parts=_parts(result, evidence),
        has_evidence=evidence is not None,
        drawn=drawn_from(scenario),
        made=tuple(_made(result)),
    )


def _dates(scenario: Scenario) -> str:
    days = scenario.horizon_days
    last = scenario.start + timedelta(days=days)
    span = f"simulated for {count(days, 'day')}, until {last.isoformat()}"
    return f"{scenario.start.isoformat()}, {span}"


def _parts(result: Result, evidence: Evidence | None) -> tuple[Part, ...]:
    agreement = coding.coded_twice(evidence) if evidence else {}
    rows = explain.rows(result.loaded, evidence or WITHOUT, agreement)
    of_the_crisis = [row for row in rows if not explain.of_the_model(row)]
    of_the_model = [row for row in rows if explain.of_the_model(row)]
    return (
        _part("The crisis", of_the_crisis, result.scenario, evidence),
        _part("The model (shared by all crises)", of_the_model, result.scenario, evidence),
    )


def _part(heading: str, rows: list[Row], scenario: Scenario, evidence: Evidence | None) -> Part:
    sources = (evidence or WITHOUT).sources
    grouped: dict[str, list[Value]] = {}
    for row in rows:
        section, name = _section(row.path)
        cited = tuple((cite, sources.get(cite)) for cite in row.cites)
        grouped.setdefault(section, []).append(Value(name, row, cited))
    groups = tuple(
        Group(_heading(section, scenario), tuple(values)) for section, values in grouped.items()
    )
    return Part(heading, groups, _account(rows, evidence is not None))


def _section(path: str) -> tuple[str, str]:
    """Return the section of a path (each actor is a section), and the path within it."""
    parts = path.split(".")
    depth = 2 if parts[0] == "actors" else 1
    return ".".join(parts[:depth]), ".".join(parts[depth:])


def _heading(section: str, scenario: Scenario) -> str:
    if section.startswith("actors."):
        code = section.removeprefix("actors.")
        return f"{scenario.actors[code].name} ({code})"
    described = type(scenario).model_fields[section].description or section
    return described[0].upper() + described[1:]


def _account(rows: list[Row], has_evidence: bool) -> str:
    """Return the number of values by kind of source, in words."""
    if not has_evidence:
        cited = sum(bool(row.cites) for row in rows)
        return f"{len(rows)} values: {cited} cite sources, {len(rows) - cited} do not."
    counted = explain.counts(rows)
    texts = [f"{counted[kind]} {WORDS[kind]}" for kind in explain.KINDS if counted[kind]]
    return f"{len(rows)} values by main source: {', '.join(texts)}."


def _made(result: Result) -> Iterator[tuple[str, str]]:
    """Yield the design and the versions behind a result, in words."""
    manifest = result.manifest
    runs = manifest["runs"]
    yield "runs", f"{runs['asked']:,} requested, {runs['done']:,} done, {runs['failed']:,} failed"
    yield "draws", f"{result.outcomes['draw'].nunique():,}, {drawn_from(result.scenario)}"
    yield "seed", str(manifest["seed"])
    yield "digest of the scenario", str(manifest["digest"])
    yield (
        "versions",
        ", ".join(f"{name} {version}" for name, version in manifest["versions"].items()),
    )
