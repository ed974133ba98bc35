"""What is uncertain, in groups; and the outcomes whose uncertainty is shared out among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.scenario import Scenario

STANCES = {
    "ties": "actors.*.ties.*",
    "stance at the onset": "actors.*.stance",
    "support": "actors.*.support",
    "engagement": "actors.*.engagement",
    "value of mediating": "actors.*.broker_value",
    "sphere": "actors.*.sphere",
    "troops": "actors.*.troops",
    "supplies": "actors.*.supplies.*",
    "peacekeeping": "actors.*.peacekeeping",
}
"""The kinds of coded stances, with their paths."""
AT_ONSET = "stance at the onset"

GROUPS: dict[str, tuple[str, ...]] = {
    "military": (
        "actors.*.strength",
        "actors.*.drones",
        "conflict.contested_area_km2",
        "conflict.forces",
        "conflict.tempo",
        "conflict.severity",
        "conflict.opening",
        "conflict.aim",
        "conflict.challenger_holds",
        "conflict.prepared_line",
        "parameters.intensity.*",
        "parameters.attack_penalty",
        "parameters.prepared_line_effect",
        "parameters.drone_effect",
        "parameters.pace",
        "parameters.lethality",
        "mechanisms.counter_offensive",
    ),
    "will": (
        "actors.*.grievance",
        "parameters.war_cost",
        "parameters.planning_days",
        "parameters.optimism",
        "parameters.precision",
        "parameters.resolve_cost",
        "parameters.grievance_decay",
        "mechanisms.grievance_value",
        "mechanisms.learning",
    ),
    "settlement": (
        "actors.*.cession_worth",
        "conflict.package_share",
        "conflict.concession",
        "parameters.contact_rate",
        "parameters.direct_channel",
        "parameters.break_rate",
        "parameters.alarm_memory",
        "mechanisms.commitment_problem",
        "mechanisms.terms_fit",
        "mechanisms.foresight",
        "mechanisms.guarantee",
        "mechanisms.package",
    ),
    "weights of third parties": (
        "parameters.patron_precision",
        "parameters.protege_value",
        "parameters.partner_cost",
        "parameters.force_cost",
        "parameters.inertia",
        "parameters.broker_ambition",
        "parameters.invocation_threshold",
    ),
    "stances": tuple(STANCES.values()),
}
"""The groups, with their paths. Every uncertain value belongs to exactly one of them."""
ELSE = "weights of third parties"
"""Group of the mechanisms that no group names."""


def groups_of(path: str) -> list[str]:
    """Return the groups of a path, which should be a single one.

    >>> groups_of("actors.RUS.ties.ARM")
    ['stances']
    """
    found = [group for group, patterns in GROUPS.items() if matches(path, patterns)]
    return found or [ELSE] * path.startswith("mechanisms.")


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path matches one of some patterns, part by part."""
    return any(
        path.count(".") == pattern.count(".") and fnmatchcase(path, pattern) for pattern in patterns
    )


def parted(scenario: Scenario) -> Iterator[tuple[str, list[str]]]:
    """Yield each group, and each kind of stances, with its uncertain paths in a scenario.

    The last kind is all stances but those at the onset, which the former model did not have.

    Raises:
        ValueError: a path belongs to no group.
    """
    paths = [value.path for value in scenario.quantities() if not value.known]
    for path in paths:
        if not groups_of(path):
            raise ValueError(f"{path} belongs to no group; add it to GROUPS in {__name__}")
    for group in GROUPS:
        yield group, [path for path in paths if group in groups_of(path)]
    for kind, pattern in STANCES.items():
        yield f"stances: {kind}", [path for path in paths if matches(path, (pattern,))]
    rest = [pattern for kind, pattern in STANCES.items() if kind != AT_ONSET]
    yield f"stances: all but {AT_ONSET}", [path for path in paths if matches(path, rest)]


@dataclass(frozen=True)
class Outcome:
    """An outcome that a user would name.

    Attributes:
        name: short name.
        says: what it measures, in plain words.
        unit: its unit.
        form: format of a change in this unit.
        components: returns its components in each run, ``(components, runs)``; mostly a single one.
    """

    name: str
    says: str
    unit: str
    form: str
    components: Callable[[pd.DataFrame, Scenario], NDArray[np.float64]]


def _sum(*columns: str) -> Callable[[pd.DataFrame, Scenario], NDArray[np.float64]]:
    def components(table: pd.DataFrame, scenario: Scenario) -> NDArray[np.float64]:
        return table[list(columns)].sum(axis=1).to_numpy(dtype=float)[None]

    return components


def _mediated(table: pd.DataFrame, scenario: Scenario) -> NDArray[np.float64]:
    return (table["ending"] == "truce").to_numpy(dtype=float)[None]


def _mediators(table: pd.DataFrame, scenario: Scenario) -> NDArray[np.float64]:
    broker = table["broker"].to_numpy()
    return np.array([broker == code for code in scenario.third_parties], dtype=float)


OUTCOMES = (
    Outcome("duration", "days of the war", "days", "+.1f", _sum("duration_days")),
    Outcome(
        "deaths", "battle deaths", "deaths", "+,.0f", _sum("deaths_challenger", "deaths_defender")
    ),
    Outcome("territory", "territory won", "share of the area", "+.3f", _sum("territory_fought")),
    Outcome("cession", "territory ceded", "share of the area", "+.3f", _sum("territory_ceded")),
    Outcome("mediated", "mediated ending", "share of runs", "+.3f", _mediated),
    Outcome("mediator", "mediator of the ending", "share of runs", "+.3f", _mediators),
    Outcome("failed", "failed ceasefires", "ceasefires", "+.2f", _sum("failed_truces")),
)
"""The outcomes of the tables.

The mediator has a component for each third party: whether it mediates the ceasefire at the end.
"""


def outcome(name: str) -> Outcome:
    """Return an outcome by its name."""
    return next(known for known in OUTCOMES if known.name == name)
