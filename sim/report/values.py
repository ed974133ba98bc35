"""The values of a scenario, grouped by actor or section, each with its citations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.evidence import explain
from sim.evidence.explain import Row
from sim.report.sources import Sources
from sim.scenario import Scenario

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
        means: what it means; empty where the value above it means the same.
        row: what the scenario and the evidence say about it.
        cited: each citation with the id of its entry on the page; no id if it is not listed.
    """

    name: str
    means: str
    row: Row
    cited: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Group:
    """The values of one section or actor."""

    heading: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Part:
    """The values of the crisis or of the model.

    Attributes:
        id: id of the part on the page.
        heading: title of the part.
        groups: values by section.
        account: number of values by kind of source, in words.
    """

    id: str
    heading: str
    groups: tuple[Group, ...]
    account: str


def parts(
    rows: Sequence[Row], scenario: Scenario, listed: Sources, has_evidence: bool
) -> tuple[Part, ...]:
    """Return the values of the crisis, and those of the model.

    Args:
        rows: one row for every value.
        scenario: the scenario.
        listed: the sources that the page lists.
        has_evidence: whether the evidence files could be read.
    """
    of_crisis = [row for row in rows if not explain.of_the_model(row)]
    of_model = [row for row in rows if explain.of_the_model(row)]
    return tuple(
        Part(id, heading, _groups(chosen, scenario, listed), _account(chosen, has_evidence))
        for id, heading, chosen in (
            ("values-crisis", "Values of the crisis", of_crisis),
            ("values-model", "Values of the model, shared by all crises", of_model),
        )
    )


def _groups(rows: Sequence[Row], scenario: Scenario, listed: Sources) -> tuple[Group, ...]:
    grouped: dict[str, list[Value]] = {}
    for row in rows:
        section, name = _section(row.path)
        values = grouped.setdefault(section, [])
        repeated = bool(values) and values[-1].row.means == row.means
        means = "" if repeated else row.means
        values.append(Value(name, means, row, listed.linked(row.cites)))
    return tuple(
        Group(_heading(section, scenario), tuple(values)) for section, values in grouped.items()
    )


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


def _account(rows: Sequence[Row], has_evidence: bool) -> str:
    """Return the number of values by kind of source, in words."""
    if not has_evidence:
        cited = sum(bool(row.cites) for row in rows)
        return f"{len(rows)} values: {cited} cite sources, {len(rows) - cited} do not."
    counted = explain.counts(list(rows))
    texts = [f"{counted[kind]} {WORDS[kind]}" for kind in explain.KINDS if counted[kind]]
    return f"{len(rows)} values by main source: {', '.join(texts)}."
