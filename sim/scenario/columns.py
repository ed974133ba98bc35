"""List the outcome columns that are named after actors, and find pairs of actors whose names clash.

Codes may contain an underscore, so two pairs of actors can produce the same column name. For
example, AB and CD_EF, and AB_CD and EF, both give ``tie_AB_CD_EF``.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.routes import Route
from sim.scenario.schema import Scenario

Named = tuple[str, tuple[str, ...]]
"""What a column measures, such as ``tie``, and the actors' codes in its name, in order."""


def column_name(what: str, *codes: str) -> str:
    """Return the name of a column.

    >>> column_name("tie", "NOR", "OST")
    'tie_NOR_OST'
    """
    return "_".join((what, *codes))


def tracked_ties(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the pairs (side, third party) whose tie gets a column.

    These are the pairs in which either actor states a tie to the other.

    >>> import sim
    >>> ("ARM", "RUS") in tracked_ties(sim.load("april_2016").scenario)
    True
    """
    actors = scenario.actors
    return [
        (side, k)
        for side in scenario.sides
        for k in scenario.third_parties
        if k in actors[side].ties or side in actors[k].ties
    ]


def tracked_support(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the pairs (side, third party) whose dependence gets a column.

    In these pairs the third party supplies the side, or can act.

    >>> import sim
    >>> ("AZE", "TUR") in tracked_support(sim.load("april_2016").scenario)
    True
    """
    return [
        (side, k)
        for side in scenario.sides
        for k in scenario.third_parties
        if side in scenario.actors[k].supplies or scenario.actors[k].can_act
    ]


def named_columns(scenario: Scenario) -> Iterator[Named]:
    """Yield every column that is named after actors, in table order."""
    active = [k for k in scenario.third_parties if scenario.actors[k].can_act]
    for pair in tracked_ties(scenario):
        yield "tie", pair
    for pair in tracked_support(scenario):
        yield "dependence", pair
    for k in active:
        for side in scenario.sides:
            yield "support", (k, side)
            yield "force", (k, side)
    for k in active:
        if scenario.actors[k].broker_value is not None:
            yield "standing", (k,)
            yield "mediates", (k,)
    for k in active:
        if scenario.actors[k].seat:
            yield "seat", (k,)


def shared_names(scenario: Scenario) -> Iterator[tuple[Route, str]]:
    """Yield the place and the remedy where two columns would share a name, once per clash."""
    seen: dict[str, tuple[str, ...]] = {}
    reported: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for what, codes in named_columns(scenario):
        name = column_name(what, *codes)
        first = seen.setdefault(name, codes)
        if first != codes and (first, codes) not in reported:
            reported.add((first, codes))
            pairs = f"{' and '.join(first)}, and {' and '.join(codes)},"
            third_party = next(code for code in codes if code not in scenario.sides)
            yield (
                ("actors", third_party),
                f"{pairs} would both give the column {name}; rename an actor's code",
            )
