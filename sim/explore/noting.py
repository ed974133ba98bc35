"""Notes on a setting: what a reader of it may take for granted and should not."""

from __future__ import annotations

from collections.abc import Sequence

from sim.explore import words
from sim.explore.conduct import mean_of
from sim.explore.content import Numbers
from sim.explore.levers import Cell, Lever
from sim.scenario import Scenario
from sim.scenario.columns import column_name
from sim.scenario.stances import Level, stance

LEAST = 0.05
"""Smallest share of days on which a party mediates that is worth a note."""


def notes(cell: Cell, levers: Sequence[Lever], here: Numbers) -> list[str]:
    """Return notes on a setting.

    They name a party that begins with arms but has nothing to give, and one that soon mediates
    although it begins otherwise.

    Args:
        cell: the cell.
        levers: the levers.
        here: the numbers of the cell.
    """
    if cell.loaded is None:
        return []
    scenario = cell.loaded.scenario
    found = []
    for lever, option in zip(levers, cell.options, strict=True):
        parts = lever.path.split(".")
        if parts[0] == "actors" and parts[2:] in (["stance"], ["support"]):
            found += _without_means(scenario, parts[1])
            if option and parts[2] == "stance":
                found += _mediates_later(scenario, parts[1], here)
    return list(dict.fromkeys(found))


def _stances(scenario: Scenario, code: str) -> tuple[str, ...]:
    stated = scenario.actors[code].stance
    return () if stated is None else stated.options


def _without_means(scenario: Scenario, code: str) -> list[str]:
    support = scenario.actors[code].support
    levels = [stance(name).level for name in _stances(scenario, code)]
    gives = [level for level in levels if level >= Level.aid]
    if not gives or support is None or support.high > 0:
        return []
    name = words.name(scenario, code)
    return [f"{name[:1].upper()}{name[1:]} has a support of level 0, so it has nothing to give."]


def _mediates_later(scenario: Scenario, code: str, here: Numbers) -> list[str]:
    share = mean_of(here, column_name("mediates", code))
    if share < LEAST or any(stance(name).mediates for name in _stances(scenario, code)):
        return []
    name = words.name(scenario, code)
    return [
        f"The stance is that of the onset only: {name} reviews it on day 1, and mediates later."
    ]
