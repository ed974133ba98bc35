"""What the parts of a scenario owe one another, checked on plain values so that one fault does not hide the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from sim.io.errors import nearest
from sim.scenario.document import Route, clipped, dotted
from sim.scenario.quantity import Quantity
from sim.scenario.schema import LINES

Finding = tuple[Route, str]

TOLERANCE = 1e-9
NAMED = 3
"""Places that are named where something is removed that more of them need."""


def cross_faults(values: Mapping[str, Any], fragment: bool, removed: Set[str] = frozenset()) -> Iterator[Finding]:
    """Yield where the parts contradict one another; in a fragment, what is absent is no fault.

    Args:
        values: the document.
        fragment: whether it is one.
        removed: codes of actors that a base states and a file over it removes.
    """
    parts = _Parts(values)
    yield from _belligerents(parts, fragment)
    yield from _theatres(parts)
    yield from _known_actors(parts, removed)
    yield from _promises(parts)
    yield from _conduct(parts)
    yield from _amounts(parts)


@dataclass(frozen=True)
class _Parts:
    """The document as far as it has the expected shape; what has not is the schema's to report."""

    values: Mapping[str, Any]

    @property
    def conflict(self) -> dict[str, Any]:
        return _section(self.values, "conflict")

    @property
    def actors(self) -> dict[str, dict[str, Any]]:
        return {code: actor for code, actor in _section(self.values, "actors").items() if isinstance(actor, dict)}

    @property
    def codes(self) -> list[str]:
        return sorted(_section(self.values, "actors"))

    @property
    def belligerents(self) -> list[str]:
        sides = (self.conflict.get("challenger"), self.conflict.get("defender"))
        return list(dict.fromkeys(side for side in sides if isinstance(side, str)))

    @property
    def theatres(self) -> list[str]:
        return sorted(_section(self.conflict, "theatres"))

    @property
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


def _items(values: Mapping[str, Any], key: str, above: Route) -> Iterator[tuple[Route, dict[str, Any]]]:
    found = values.get(key)
    for position, item in enumerate(found if isinstance(found, list) else []):
        if isinstance(item, dict):
            yield (*above, key, position), item


def _unknown(kind: str, name: Any, known: Iterable[str]) -> str:
    known = list(known)
    return f"unknown {kind} '{clipped(str(name))}'{nearest(str(name), known)}; allowed: {', '.join(known)}"


def _belligerents(parts: _Parts, fragment: bool) -> Iterator[Finding]:
    defender = parts.conflict.get("defender")
    if isinstance(defender, str) and defender == parts.conflict.get("challenger"):
        yield ("conflict", "defender"), f"'{clipped(defender)}' is the challenger too; the two sides must differ"
    for code in parts.belligerents:
        actor = parts.actors.get(code)
        if actor is not None and "strength" not in actor and not fragment:
            yield ("actors", code, "strength"), "missing; a belligerent needs the force it can commit"


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
    """Every code that is used is an actor; nothing to compare with in a fragment without actors."""
    if not parts.codes:
        return
    missed: dict[str, list[str]] = {}
    for route, code in _used_codes(parts):
        if isinstance(code, str) and code not in parts.codes:
            if code in removed:
                missed.setdefault(code, []).append(dotted(route))
            else:
                yield route, _unknown("actor", code, parts.codes)
    for code, places in missed.items():
        yield ("actors", code), _missed(places)
    for code, actor in parts.actors.items():
        if code in _section(actor, "ties"):
            yield ("actors", code, "ties", code), "a tie to itself; allowed: ties to other actors"


def _missed(places: list[str]) -> str:
    """Return what is wrong with the removal of an actor that is still named in these places."""
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return (
        f"removed here, and still named by {', '.join(places[:NAMED])}{more}; allowed: to remove those too, with null"
    )


def _used_codes(parts: _Parts) -> Iterator[tuple[Route, Any]]:
    for side in ("challenger", "defender"):
        yield ("conflict", side), parts.conflict.get(side)
    for code, actor in parts.actors.items():
        for other in _section(actor, "ties"):
            yield ("actors", code, "ties", other), other
    for route, taker, _ in parts.supplies():
        yield route, taker
    for route, treaty in parts.treaties():
        yield (*route, "with"), treaty.get("with")
    for code in parts.policies:
        yield ("policies", code), code
    for route, event in parts.events():
        yield (*route, "actor"), event.get("actor")


def _promises(parts: _Parts) -> Iterator[Finding]:
    """Treaties and supplies go to belligerents."""
    if len(parts.belligerents) < 2:
        return
    sides = " or ".join(parts.belligerents)
    for route, taker, _ in parts.supplies():
        if taker in parts.codes and taker not in parts.belligerents:
            yield route, f"'{taker}' is no belligerent; allowed: supplies to {sides}"
    for route, treaty in parts.treaties():
        partner = treaty.get("with")
        if partner in parts.codes and partner not in parts.belligerents:
            yield (*route, "with"), f"'{partner}' is no belligerent; allowed: treaties with {sides}"


def _conduct(parts: _Parts) -> Iterator[Finding]:
    """Policies and events ask of each actor what it can do."""
    if len(parts.belligerents) < 2:
        return
    for code, line in parts.policies.items():
        if code in parts.belligerents:
            yield ("policies", code), f"'{code}' is a belligerent; allowed: policies of third parties"
        elif code in parts.codes and (lacking := _lacking(parts, code, line)):
            yield ("policies", code), f"'{code}' cannot {line}; it states no {lacking}"
    horizon = parts.values.get("horizon_days")
    for route, event in parts.events():
        yield from _event(parts, route, event)
        day = event.get("day")
        if isinstance(day, int) and isinstance(horizon, int) and day >= horizon:
            yield (*route, "day"), f"day {day} is never played; allowed: below horizon_days, {horizon}"


def _event(parts: _Parts, route: Route, event: dict[str, Any]) -> Iterator[Finding]:
    code, act = event.get("actor"), event.get("do")
    if code not in parts.codes:
        return
    if act in LINES and code in parts.belligerents:
        yield (*route, "do"), f"'{act}' is a line of conduct and '{code}' a belligerent; allowed: third parties"
    elif act in LINES and (lacking := _lacking(parts, code, act)):
        yield (*route, "do"), f"'{code}' cannot {act}; it states no {lacking}"
    if act == "invoke" and code != parts.conflict["defender"]:
        yield (*route, "actor"), f"'{code}' cannot invoke; allowed: the defender, {parts.conflict['defender']}"
    suppliers = [other for other in parts.codes if _gives(parts, other)]
    if act == "embargo" and code not in suppliers:
        shown = ", ".join(suppliers) or "none here"
        message = f"'{code}' has no supplies to hold back as a broker; allowed: brokers with supplies ({shown})"
        yield (*route, "actor"), message


def _lacking(parts: _Parts, code: str, line: Any) -> str | None:
    """Return the value an actor must state to take a line and does not, if any."""
    stated, line = parts.actors.get(code, {}), str(line)
    if "mediate" in line and stated.get("broker_value") is None:
        return "broker_value"
    if ("lean" in line or "force" in line) and stated.get("support") is None:
        return "support"
    return "broker_value or support" if stated.get("broker_value") is None and stated.get("support") is None else None


def _gives(parts: _Parts, code: str) -> bool:
    """Whether an actor has supplies that matter when it holds them back: those of a broker are its leverage."""
    stated = parts.actors.get(code, {})
    return code not in parts.belligerents and bool(_section(stated, "supplies")) and "broker_value" in stated


def _amounts(parts: _Parts) -> Iterator[Finding]:
    """Shares of one whole do not sum above it, even at the low ends of their ranges."""
    shares = [_low(parts.conflict.get(key)) for key in ("challenger_holds", "aim")]
    if sum(shares) > 1 + TOLERANCE:
        shown = f"{shares[1]:g} comes on top of challenger_holds, {shares[0]:g}"
        yield ("conflict", "aim"), f"{shown}; allowed: low ends that sum to 1 or less"
    given: dict[str, list[tuple[Route, float]]] = {}
    for route, taker, share in parts.supplies():
        given.setdefault(taker, []).append((route, _low(share)))
    for taker, lows in given.items():
        total = sum(low for _, low in lows)
        if total > 1 + TOLERANCE:
            shown = ", ".join(f"{route[1]} {low:g}" for route, low in lows)
            message = f"shares of what {clipped(taker)} is supplied sum to {total:g} or more ({shown})"
            yield lows[-1][0], f"{message}; allowed: low ends that sum to 1 or less"


def _low(raw: Any) -> float:
    """Return the low end of a quantity, 0 where it is none."""
    try:
        return Quantity.model_validate(raw).low
    except ValidationError:
        return 0.0
