"""Tables of the page on the coded crises, from their settings and records."""

from __future__ import annotations

from functools import cache

from docs.parts.markdown import code, table
from docs.parts.places import ROOT
from sim.record.coded import History, history, with_range
from sim.scenario import Scenario, load

SETTINGS = ROOT / "scenarios" / "crises"
LENGTHS = ((10, "under 10 days"), (60, "10 to 60"), (300, "60 to 300"), (10_000, "longer"))
"""Upper limits of the lengths of crises, in days, with their headings."""


@cache
def crises() -> dict[str, tuple[Scenario, History]]:
    """Return the setting and the history of every coded crisis, in the order of their onsets."""
    found = {}
    for path in SETTINGS.glob("*.yaml"):
        past = history(path.stem, path)
        if past is None:
            raise ValueError(f"{path.stem}: no record in seeds/crises")
        found[path.stem] = load(path).scenario, past
    return dict(sorted(found.items(), key=lambda item: item[1][1].onset))


def coded() -> str:
    """Return a table of the coded crises: sides, onset, duration, deaths and ending."""
    heads = ("crisis", "challenger, defender", "onset", "days", "deaths", "ending", "mediator")
    rows = (
        (
            code(f"crises/{name}"),
            ", ".join(scenario.actors[side].name for side in scenario.sides),
            past.onset,
            with_range(past.days),
            with_range(past.deaths),
            past.ending,
            _mediator(scenario, past),
        )
        for name, (scenario, past) in crises().items()
    )
    return table(heads, rows)


def _mediator(scenario: Scenario, past: History) -> str:
    if past.mediator is None:
        return "-"
    actor = scenario.actors.get(past.mediator)
    return past.mediator if actor is None else actor.name


def strata() -> str:
    """Return a table of the coded crises by length and by whether a mediated ceasefire ended it."""
    heads = ("ended by", *(says for _, says in LENGTHS))
    rows = (
        (says, *(_names_of(is_mediated, number) for number in range(len(LENGTHS))))
        for says, is_mediated in (("a mediated ceasefire", True), ("anything else", False))
    )
    return table(heads, rows)


def _names_of(is_mediated: bool, length: int) -> str:
    names = [
        name
        for name, (_, past) in crises().items()
        if (past.mediator is not None) is is_mediated and _length(past.duration) == length
    ]
    return f"{len(names)}: {', '.join(names)}" if names else "0"


def _length(days: int) -> int:
    return next(number for number, (limit, _) in enumerate(LENGTHS) if days < limit)
