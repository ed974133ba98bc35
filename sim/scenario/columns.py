"""Columns of the outcomes that are named after actors: which there are, and that no two have one name.

Codes may hold an underscore, so two pairs of actors can give one name: AB and CD_EF as well as AB_CD and EF give
``tie_AB_CD_EF``.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.document import Route
from sim.scenario.schema import Scenario

Named = tuple[str, tuple[str, ...]]
"""What a column measures, such as ``tie``, and the codes of the actors in its name, in order."""


def column_name(what: str, *codes: str) -> str:
    """Return the name of a column, such as ``tie_NOR_OST``."""
    return "_".join((what, *codes))


def tracked_ties(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the ties that get a column: both sides' ties to every third party with any stated tie between them."""
    actors = scenario.actors
    return [
        (side, k)
        for side in scenario.sides
        for k in scenario.third_parties
        if k in actors[side].ties or side in actors[k].ties
    ]


def tracked_support(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the pairs (side, third party) in which the third party supplies the side or can act."""
    return [
        (side, k)
        for side in scenario.sides
        for k in scenario.third_parties
        if side in scenario.actors[k].supplies or scenario.actors[k].can_act
    ]


def named_columns(scenario: Scenario) -> Iterator[Named]:
    """Yield every column that is named after actors, in the order of the table."""
    powers = [k for k in scenario.third_parties if scenario.actors[k].can_act]
    for pair in tracked_ties(scenario):
        yield "tie", pair
    for pair in tracked_support(scenario):
        yield "dependence", pair
    for k in powers:
        for side in scenario.sides:
            yield "support", (k, side)
            yield "force", (k, side)
    for k in powers:
        if scenario.actors[k].broker_value is not None:
            yield "standing", (k,)
            yield "mediates", (k,)
    for k in powers:
        if scenario.actors[k].seat:
            yield "seat", (k,)


def shared_names(scenario: Scenario) -> Iterator[tuple[Route, str]]:
    """Yield where two columns would have one name, once for any two pairs of actors, and what to do about it."""
    seen: dict[str, tuple[str, ...]] = {}
    told: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for what, codes in named_columns(scenario):
        name = column_name(what, *codes)
        first = seen.setdefault(name, codes)
        if first != codes and (first, codes) not in told:
            told.add((first, codes))
            pairs = f"{' and '.join(first)} as well as {' and '.join(codes)}"
            third = next(code for code in codes if code not in scenario.sides)
            yield ("actors", third), f"{pairs} would give the column {name}; allowed: codes that keep them apart"
