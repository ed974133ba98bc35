"""The form of the live page: a field for every value that can be set, in groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.evidence import Evidence
from sim.evidence.explain import Row, rows
from sim.explore import words
from sim.explore.account import Frame, sources_of
from sim.scenario import ESCALATIONS, STANCE_NAMES, Scenario

GROUPS = {
    "horizon_days": "Days to simulate",
    "policies": "Stances for the whole run",
    "conflict": "The conflict",
    "mechanisms": "Mechanisms",
    "parameters": "Parameters of the model",
}
OF_A_PARTY = (
    "stance",
    "support",
    "broker_value",
    "engagement",
    "sphere",
    "peacekeeping",
    "troops",
)
"""Keys that every third party may have, stated or not."""
KINDS = {
    "article": "articles",
    "record": "the historical record",
    "literature": "the literature",
    "assumption": "an assumption",
    "nothing": "none",
}


def groups(frame: Frame) -> list[dict[str, Any]]:
    """Return the fields of the form, in groups."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for made in _fields(frame):
        grouped.setdefault(_group(made["path"], frame.scenario), []).append(made)
    return [{"heading": name, "fields": fields} for name, fields in grouped.items()]


def paths(frame: Frame) -> frozenset[str]:
    """Paths of the values that can be set."""
    return frozenset(made["path"] for made in _fields(frame))


def _fields(frame: Frame) -> Iterator[dict[str, Any]]:
    scenario = frame.scenario
    stated = rows(frame.base, frame.evidence or Evidence(), {})
    by_path = {row.path: row for row in stated if _can_be_set(row.path)}
    parties = scenario.third_parties
    always = [
        "horizon_days",
        *(f"policies.{code}" for code in parties),
        *(f"actors.{code}.{key}" for code in parties for key in OF_A_PARTY),
        *(value.path for value in scenario.quantities()),
    ]
    paths = dict.fromkeys([*always, *by_path])
    for path in sorted(paths, key=lambda path: _order(path, scenario)):
        yield _field(frame, path, by_path.get(path))


def _field(frame: Frame, path: str, row: Row | None) -> dict[str, Any]:
    scenario = frame.scenario
    return {
        "path": path,
        "label": words.lever_label(scenario, path),
        "means": words.hint(scenario, path),
        "stated": words.value_words(scenario, path),
        "kind": KINDS[row.kind] if row else "none",
        "sources": sources_of(frame, path),
        "options": _options(scenario, path),
    }


def _can_be_set(path: str) -> bool:
    """Whether a path leads to a single value, and not to an item of a list or a text."""
    parts = path.split(".")
    is_item = any(part.isdigit() for part in parts)
    return not is_item and "theatres" not in parts and parts[-1] != "posterior"


def _group(path: str, scenario: Scenario) -> str:
    parts = path.split(".")
    if parts[0] == "actors":
        return scenario.actors[parts[1]].name
    return GROUPS.get(parts[0], "Other values")


def _order(path: str, scenario: Scenario) -> tuple[int, int, int]:
    """Return the place of a field: actors first, third parties before belligerents."""
    parts = path.split(".")
    codes = [*scenario.third_parties, *scenario.sides]
    if parts[0] == "actors":
        return 1, codes.index(parts[1]), 0 if parts[2] in ("stance", "support") else 1
    order = list(GROUPS)
    place = order.index(parts[0]) if parts[0] in order else len(order)
    return (0 if place < 2 else 2), place, 0


def _options(scenario: Scenario, path: str) -> list[tuple[str, str]]:
    """Return the options of a choice with their words; empty for a number or a text."""
    if path.endswith(".stance") or path.startswith("policies."):
        names: tuple[str, ...] = STANCE_NAMES
    elif path == "conflict.opening":
        names = ESCALATIONS
    else:
        return []
    return [(name, words.at_first(path, words.option(scenario, name))) for name in names]
