"""Check that the parts of a scenario agree with each other.

The checks work on plain values, so that one fault does not hide the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from sim.io.errors import nearest
from sim.io.text import clipped
from sim.scenario.quantity import Quantity
from sim.scenario.routes import Route, dotted
from sim.scenario.stances import KNOWN_NAMES, stance

Finding = tuple[Route, str]

TOLERANCE = 1e-9
LAST_DATE = date(9899, 12, 31)
"""Last date of a simulation: a century before the calendar of Python ends."""
MAX_PLACES = 3
"""Number of places that a message lists where a removed actor is still used."""


def cross_faults(
    values: Mapping[str, Any], fragment: bool, removed: Set[str] = frozenset()
) -> Iterator[Finding]:
    """Yield a finding wherever two parts of a document contradict each other.

    Args:
        values: plain values of the document.
        fragment: whether the document is only part of a scenario; missing parts are then no fault.
        removed: codes of actors that a base defines and a file over it removes.
    """
    parts = _Parts(values)
    yield from _calendar(parts)
    yield from _belligerents(parts, fragment)
    yield from _names(parts)
    yield from _theatres(parts)
    yield from _known_actors(parts, removed)
    yield from _treaties_and_supplies(parts)
    yield from _conduct(parts, fragment)
    yield from _amounts(parts)


@dataclass(frozen=True)
class _Parts:
    """The parts of the document that have the expected shape; the schema reports the others."""

    values: Mapping[str, Any]

    @cached_property
    def conflict(self) -> dict[str, Any]:
        return _section(self.values, "conflict")

    @cached_property
    def actors(self) -> dict[str, dict[str, Any]]:
        return {
            code: actor
            for code, actor in _section(self.values, "actors").items()
            if isinstance(actor, dict)
        }

    @cached_property
    def codes(self) -> list[str]:
        return sorted(_section(self.values, "actors"))

    @cached_property
    def belligerents(self) -> list[str]:
        sides = (self.conflict.get("challenger"), self.conflict.get("defender"))
        return list(dict.fromkeys(side for side in sides if isinstance(side, str)))

    @cached_property
    def theatres(self) -> list[str]:
        return sorted(_section(self.conflict, "theatres"))

    @cached_property
    def policies(self) -> dict[str, Any]:
        return _section(self.values, "policies")

    def treaties(self) -> Iterator[tuple[Route, dict[str, Any]]]:
        for code, actor in self.actors.items():
            yield from _items(actor, "treaties", ("actors", code))

    def supplies(self) -> Iterator[tuple[Route, str, Any]]:
        for code, actor in self.actors.items():
            for taker, share in _section(actor, "supplies").items():
                yield ("actors", code, "supplies", taker), taker, share

    def events(self) -> Iterator[tuple[Route, dict[str, Any]]]:
        yield from _items(self.values, "events", ())


def _section(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _items(
    values: Mapping[str, Any], key: str, above: Route
) -> Iterator[tuple[Route, dict[str, Any]]]:
    found = values.get(key)
    for position, item in enumerate(found if isinstance(found, list) else []):
        if isinstance(item, dict):
            yield (*above, key, position), item


def _unknown(kind: str, name: Any, known: Iterable[str]) -> str:
    known = list(known)
    return (
        f"unknown {kind} '{clipped(str(name))}'{nearest(str(name), known)}; allowed: "
        f"{', '.join(known)}"
    )


def _belligerents(parts: _Parts, fragment: bool) -> Iterator[Finding]:
    defender = parts.conflict.get("defender")
    if isinstance(defender, str) and defender == parts.conflict.get("challenger"):
        yield (
            ("conflict", "defender"),
            f"'{clipped(defender)}' is also the challenger; challenger and defender must differ",
        )
    for code in parts.belligerents:
        actor = parts.actors.get(code)
        if actor is not None and "strength" not in actor and not fragment:
            yield ("actors", code, "strength"), "missing; a belligerent needs a strength"


def _names(parts: _Parts) -> Iterator[Finding]:
    """Check that readers can tell actors apart in sentences and charts."""
    known: dict[str, str] = {}
    for code, actor in parts.actors.items():
        name = actor.get("name")
        if not isinstance(name, str):
            continue
        first = known.setdefault(" ".join(name.split()).casefold(), code)
        if first != code and name.strip():
            message = f"'{clipped(name)}' is also the name of {clipped(first)}"
            yield ("actors", code, "name"), f"{message}; allowed: a name for each actor"


def _calendar(parts: _Parts) -> Iterator[Finding]:
    """Check that the last day of a run has a date, with room for the axes of charts after it."""
    start, days = parts.values.get("start"), parts.values.get("horizon_days")
    try:
        first = date.fromisoformat(str(start))
    except ValueError:
        return
    if isinstance(days, int) and days > (LAST_DATE - first).days:
        yield ("start",), f"{days:,} days after {first} is too late; allowed: up to {LAST_DATE}"


def _theatres(parts: _Parts) -> Iterator[Finding]:
    if not parts.theatres:
        return
    theatre = parts.conflict.get("theatre")
    if isinstance(theatre, str) and theatre not in parts.theatres:
        yield ("conflict", "theatre"), _unknown("theatre", theatre, parts.theatres)
    for route, treaty in parts.treaties():
        covers = treaty.get("covers")
        for position, name in enumerate(covers if isinstance(covers, list) else [covers]):
            if isinstance(name, str) and name not in parts.theatres:
                yield (*route, "covers", position), _unknown("theatre", name, parts.theatres)


def _known_actors(parts: _Parts, removed: Set[str]) -> Iterator[Finding]:
    """Check that every code refers to an actor.

    A fragment without actors has nothing to compare.
    """
    if not parts.codes:
        return
    still_used: dict[str, list[str]] = {}
    for route, code in _used_codes(parts):
        if isinstance(code, str) and code not in parts.codes:
            if code in removed:
                still_used.setdefault(code, []).append(dotted(route))
            else:
                yield route, _unknown("actor", code, parts.codes)
    for code, places in still_used.items():
        yield ("actors", code), _still_used(places)
    for code, actor in parts.actors.items():
        if code in _section(actor, "ties"):
            yield (
                ("actors", code, "ties", code),
                "an actor cannot have a tie to itself; allowed: ties to other actors",
            )


def _still_used(places: list[str]) -> str:
    """Return the message for an actor that is removed although these places still use it."""
    more = f" and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
    used_by = f"{', '.join(places[:MAX_PLACES])}{more}"
    return f"removed here, but still used by {used_by}; set those to null too"


def _used_codes(parts: _Parts) -> Iterator[tuple[Route, Any]]:
    for side in ("challenger", "defender"):
        yield ("conflict", side), parts.conflict.get(side)
    for code, actor in parts.actors.items():
        for partner in _section(actor, "ties"):
            yield ("actors", code, "ties", partner), partner
    for route, taker, _ in parts.supplies():
        yield route, taker
    for route, treaty in parts.treaties():
        yield (*route, "with"), treaty.get("with")
    for code in parts.policies:
        yield ("policies", code), code
    for route, event in parts.events():
        yield (*route, "actor"), event.get("actor")


def _treaties_and_supplies(parts: _Parts) -> Iterator[Finding]:
    """Check that treaties and supplies go to belligerents."""
    if len(parts.belligerents) < 2:
        return
    sides = " or ".join(parts.belligerents)
    for route, taker, _ in parts.supplies():
        if taker in parts.codes and taker not in parts.belligerents:
            yield route, f"'{taker}' is not a belligerent; allowed: supplies to {sides}"
    for route, treaty in parts.treaties():
        partner = treaty.get("with")
        if partner in parts.codes and partner not in parts.belligerents:
            yield (
                (*route, "with"),
                f"'{partner}' is not a belligerent; allowed: treaties with {sides}",
            )


def _conduct(parts: _Parts, fragment: bool) -> Iterator[Finding]:
    """Check that policies, stances and events only ask actors for what they can do."""
    if len(parts.belligerents) < 2:
        return
    yield from _policies(parts)
    yield from _stances(parts, fragment)
    suppliers = [code for code in parts.codes if _can_embargo(parts, code)]
    for route, event in parts.events():
        yield from _event(parts, route, event, suppliers)
        yield from _day(parts, route, event)


def _policies(parts: _Parts) -> Iterator[Finding]:
    for code, name in parts.policies.items():
        if code in parts.belligerents:
            yield (
                ("policies", code),
                f"'{code}' is a belligerent; allowed: policies of third parties",
            )
        elif code in parts.codes and (missing_key := _missing_key(parts, code, name)):
            yield ("policies", code), f"'{code}' cannot {name}; it has no {missing_key}"


def _stances(parts: _Parts, fragment: bool) -> Iterator[Finding]:
    for code, name in _stances_at_the_onset(parts):
        if code in parts.belligerents:
            yield (
                ("actors", code, "stance"),
                f"'{code}' is a belligerent; allowed: stances of third parties",
            )
        elif not fragment and (missing_key := _missing_key(parts, code, name)):
            yield ("actors", code, "stance"), f"'{code}' cannot {name}; it has no {missing_key}"


def _day(parts: _Parts, route: Route, event: dict[str, Any]) -> Iterator[Finding]:
    day = event.get("day")
    horizon = parts.values.get("horizon_days")
    if isinstance(day, int) and isinstance(horizon, int) and day >= horizon:
        yield (
            (*route, "day"),
            f"day {day} is after the end of the run; allowed: below horizon_days, {horizon}",
        )


def _event(
    parts: _Parts, route: Route, event: dict[str, Any], suppliers: list[str]
) -> Iterator[Finding]:
    code = event.get("actor")
    act = event.get("do")
    if code not in parts.codes:
        return
    if act in KNOWN_NAMES and code in parts.belligerents:
        yield (
            (*route, "do"),
            f"only third parties take a stance such as {act}, and '{code}' is a belligerent",
        )
    elif act in KNOWN_NAMES and (missing_key := _missing_key(parts, code, act)):
        yield (*route, "do"), f"'{code}' cannot {act}; it has no {missing_key}"
    if act == "invoke" and code != parts.conflict["defender"]:
        yield (
            (*route, "actor"),
            f"'{code}' cannot invoke; allowed: the defender, {parts.conflict['defender']}",
        )
    if act == "embargo" and code not in suppliers:
        shown = ", ".join(suppliers) or "no such actor in this scenario"
        message = (
            f"'{code}' cannot embargo; allowed: third parties with supplies and broker_value "
            f"({shown})"
        )
        yield (*route, "actor"), message


def _missing_key(parts: _Parts, code: str, name: Any) -> str | None:
    """Return the key that an actor lacks and needs to take a stance, or None."""
    stated = parts.actors.get(code, {})
    taken = stance(name) if name in KNOWN_NAMES else None
    if taken is not None and taken.mediates and stated.get("broker_value") is None:
        return "broker_value"
    if taken is not None and taken.side is not None and stated.get("support") is None:
        return "support"
    return (
        "broker_value or support"
        if stated.get("broker_value") is None and stated.get("support") is None
        else None
    )


def _stances_at_the_onset(parts: _Parts) -> Iterator[tuple[str, Any]]:
    """Yield the code of an actor and each stance that it may have at the onset."""
    for code, actor in parts.actors.items():
        found = actor.get("stance")
        options = found.get("any_of") if isinstance(found, dict) else [found]
        for name in options if isinstance(options, list | tuple) else ():
            if isinstance(name, str):
                yield code, name


def _can_embargo(parts: _Parts, code: str) -> bool:
    """Whether an embargo by an actor has an effect; only a mediator's supplies give leverage."""
    stated = parts.actors.get(code, {})
    return (
        code not in parts.belligerents
        and bool(_section(stated, "supplies"))
        and "broker_value" in stated
    )


def _amounts(parts: _Parts) -> Iterator[Finding]:
    """Check that shares of one total do not sum to more than 1 at the low ends of their ranges."""
    shares = [_low(parts.conflict.get(key)) for key in ("challenger_holds", "aim")]
    if sum(shares) > 1 + TOLERANCE:
        shown = f"{shares[1]:g} and challenger_holds, {shares[0]:g}, sum to more than 1"
        yield ("conflict", "aim"), f"{shown}; allowed: a sum of 1 or less (low ends of ranges)"
    supplied: dict[str, list[tuple[Route, float]]] = {}
    for route, taker, share in parts.supplies():
        supplied.setdefault(taker, []).append((route, _low(share)))
    for taker, lows in supplied.items():
        total = sum(low for _, low in lows)
        if total > 1 + TOLERANCE:
            shown = ", ".join(f"{route[1]} {low:g}" for route, low in lows)
            message = (
                f"shares of the supplies to {clipped(taker)} sum to {total:g} or more ({shown})"
            )
            yield lows[-1][0], f"{message}; allowed: a sum of 1 or less (low ends of ranges)"


def _low(raw: Any) -> float:
    """Return the low end of a quantity, or 0 for anything else."""
    try:
        return Quantity.model_validate(raw).low
    except ValidationError:
        return 0.0
