"""Notes of a scaffold: what data sets list beside the values, as comments and never as settings."""

from __future__ import annotations

from collections.abc import Iterator

from sim.data.earlier import Confrontation
from sim.data.facts import Facts

LARGE_SHARE = 0.1
"""A supplier with this share is named even if it is no third party."""
MOST_LISTED = 8


def suppliers(facts: Facts, actors: set[str]) -> Iterator[str]:
    """Yield a note for each side on its large suppliers that are no actors of the scenario."""
    for side, found in (facts.deliveries or {}).items():
        shares = sorted(((found.share(name), name) for name in found.by), reverse=True)
        large = [
            f"{name} {share:.0%}"
            for share, name in shares
            if share >= LARGE_SHARE and name not in actors
        ]
        if large:
            period = f"{found.first}-{found.last}"
            yield (
                f"Other large suppliers of {side}, {period}: {', '.join(large)} "
                f"({facts.names['sipri']}). Add them under `actors` if they matter."
            )


def earlier(facts: Facts, onset: int) -> Iterator[str]:
    """Yield notes on earlier fighting, confrontations and crises of the two sides.

    Args:
        facts: what data sets say.
        onset: year of the onset, of which only beginnings are listed.
    """
    yield from _fighting(facts)
    yield from _confrontations(facts, onset)
    for each in facts.crises[-MOST_LISTED:]:
        yield f"- {facts.names['icb']} {each.number}: {each.name}, from {each.begins}."


def _fighting(facts: Facts) -> Iterator[str]:
    for key, found in facts.fighting.items():
        course = f"fighting in {_spans(found.years)}"
        if found.deaths is not None:
            low, best, high = found.deaths
            course += f", {low:,} to {high:,} deaths, best estimate {best:,}"
        yield f"- {facts.names[key]}: {course}."


def _confrontations(facts: Facts, onset: int) -> Iterator[str]:
    found = facts.confrontations
    name = facts.names.get("mie", "")
    if len(found) > MOST_LISTED:
        yield f"- {name}: {len(found)} confrontations since {found[0].year}; the last:"
    for each in found[-MOST_LISTED:]:
        yield f"- {name} {each.number}: from {each.begins}, {_course(each, onset)}."


def _course(each: Confrontation, onset: int) -> str:
    if each.deaths is None:
        return "in the year of the onset" if each.year == onset else "not over before that year"
    low, high = each.deaths
    deaths = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"highest level {each.level}, {deaths} deaths"


def _spans(years: tuple[int, ...]) -> str:
    """Return years as spans.

    >>> _spans((1965, 1971, 1984, 1985, 1986))
    '1965, 1971, 1984-1986'
    """
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)
