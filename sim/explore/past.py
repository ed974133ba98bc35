"""What happened, where the historical record knows: the marks of history on an explorer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sim.evidence import Fact, load_crises, load_for
from sim.io.errors import InputError

_DAY = re.compile(r"territory_day_(\d+)")


@dataclass(frozen=True)
class Past:
    """What happened in a crisis; a value is None where the record does not say.

    Attributes:
        days: duration of the fighting, days.
        deaths: lowest, best and highest number of battle deaths of both sides.
        territory: day, and share of the area won by fighting until then.
        mediator: code of the mediator of the lasting ceasefire.
        failed: number of mediated ceasefires that broke.
    """

    days: float | None
    deaths: tuple[float, float, float] | None
    territory: tuple[tuple[int, float], ...]
    mediator: str | None
    failed: float | None


def past_of(crisis: str, near: Path) -> Past | None:
    """Return what happened in a crisis; None without a record, or if its files have faults.

    Args:
        crisis: name of the scenario.
        near: the scenario's file; the evidence of its workspace counts too.

    >>> past_of("autumn_2020", Path("any")).days
    44.0
    """
    try:
        facts = [fact for fact in load_for(near).facts if fact.crisis == crisis]
        facts = facts or [fact for fact in load_crises(near).facts if fact.crisis == crisis]
    except InputError:
        return None
    found = {fact.measurement.target: fact for fact in facts if fact.measurement}
    if not found:
        return None
    broker = next((fact for name, fact in found.items() if name.startswith("broker_")), None)
    return Past(
        days=_number(found.get("duration")),
        deaths=_deaths(found.get("deaths")),
        territory=tuple(sorted(_course(facts))),
        mediator=str(broker.value) if broker else None,
        failed=_number(found.get("failed_halts")),
    )


def _number(fact: Fact | None) -> float | None:
    return None if fact is None else fact.number("size")


def _deaths(fact: Fact | None) -> tuple[float, float, float] | None:
    best = _number(fact)
    if fact is None or best is None:
        return None
    return (
        best if fact.low is None else float(fact.low),
        best,
        best if fact.high is None else float(fact.high),
    )


def _course(facts: list[Fact]) -> list[tuple[int, float]]:
    """Return day and share of the area of every fact about territory won by a day."""
    points = []
    for fact in facts:
        columns = fact.measurement.columns if fact.measurement else ()
        day = _DAY.fullmatch(columns[0]) if len(columns) == 1 else None
        share = _number(fact)
        if day and share is not None:
            points.append((int(day[1]), share))
    return points
