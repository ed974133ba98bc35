"""Tables of the page on the coded crises, from their settings and records."""

from __future__ import annotations

from datetime import date
from functools import cache

from docs.parts.markdown import code, table
from docs.parts.places import ROOT
from sim.record.history import History, history_of
from sim.scenario import Scenario, load

SETTINGS = ROOT / "scenarios" / "crises"
LENGTHS = ((10, "under 10 days"), (60, "10 to 60"), (300, "60 to 300"), (10_000, "longer"))
"""Upper limits of the lengths of crises, in days, with their headings."""


@cache
def crises() -> dict[str, tuple[Scenario, History]]:
    """Return the setting and the history of every coded crisis, in the order of their onsets."""
    found = {}
    for path in SETTINGS.glob("*.yaml"):
        past = history_of(path.stem, path)
        if past is None or past.onset is None:
            raise ValueError(f"{path.stem}: no record in seeds/crises")
        found[path.stem] = load(path).scenario, past
    return dict(sorted(found.items(), key=lambda item: item[1][1].onset or date.max))


def coded() -> str:
    """Return a table of the coded crises: sides, onset, duration, deaths and ending."""
    heads = ("crisis", "challenger, defender", "onset", "days", "deaths", "ending", "mediator")
    rows = (
        (
            code(f"crises/{name}"),
            ", ".join(scenario.actors[side].name for side in scenario.sides),
            past.onset,
            _range(past, "duration_days"),
            _range(past, "deaths"),
            _kind(past),
            _mediator(scenario, past),
        )
        for name, (scenario, past) in crises().items()
    )
    return table(heads, rows)


def _range(past: History, outcome: str) -> str:
    """Return the best value of the record and its range, in whole numbers."""
    known = past.get(outcome)
    if known is None or known.number is None or known.ends is None:
        return ""
    low, high = (f"{end:,.0f}" for end in known.ends)
    value = f"{round(known.number):,}"
    return value if low == high else f"{value} [{low} to {high}]"


def _kind(past: History) -> str:
    """Return the kind of ending, in the word of the record."""
    known = past.get("ending")
    return "" if known is None else str(known.facts[0].value)


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
        if (past.mediator is not None) is is_mediated and _length(past.duration or 0.0) == length
    ]
    return f"{len(names)}: {', '.join(names)}" if names else "0"


def _length(days: float) -> int:
    return next(number for number, (limit, _) in enumerate(LENGTHS) if days < limit)
