"""What happened, as plain values that a page marks."""

from __future__ import annotations

from typing import Any

from sim.record.history import History, Known
from sim.record.words import ending_in_words, what_happened

PER_CENT = 100.0
OF_A_DAY = "territory_day_"
"""First part of the outcomes that are territory at the start of a day."""


def short(value: float, decimals: int | None = None) -> float:
    """Return a number with few digits, whole if it is whole."""
    rounded = float(f"{value:.4g}") if decimals is None else round(value, decimals)
    return int(rounded) if rounded == int(rounded) else rounded


def history_of(history: History) -> dict[str, Any]:
    """Return what happened: one paragraph, and the numbers that charts mark."""
    deaths = history.get("deaths")
    days = history.get("duration_days")
    course = [
        [int(known.outcome.removeprefix(OF_A_DAY)), short(PER_CENT * known.number)]
        for known in history.known
        if known.outcome.startswith(OF_A_DAY) and known.number is not None
    ]
    final = history.get("territory_fought")
    if history.duration is not None and final is not None and final.number is not None:
        course.append([short(history.duration), short(PER_CENT * final.number)])
    return {
        "says": what_happened(history),
        "ending": ending_in_words(history),
        "key": history.mediator or history.ending or "",
        "variant": history.is_variant,
        "days": None if history.duration is None else short(history.duration),
        "days_says": "" if days is None else days.says,
        "deaths": None if deaths is None else _ends_and_best(deaths),
        "deaths_says": "" if deaths is None else deaths.says,
        "territory": sorted(course),
        "sources": _sources(history),
    }


def _ends_and_best(known: Known) -> list[float] | None:
    """Return the lowest, the best and the highest value of the record; None without a number."""
    if known.ends is None or known.number is None:
        return None
    return [short(known.ends[0]), short(known.number), short(known.ends[1])]


def _sources(history: History) -> list[str]:
    """Return who reports what charts mark, each once."""
    marked = ("duration_days", "deaths", "ending", "mediator", "territory_fought")
    found = [known.sources for known in history.known if known.outcome in marked]
    return list(dict.fromkeys(source for sources in found for source in sources))
