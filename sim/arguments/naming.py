"""Name the conditions of a claim in words, from its file or from its overlays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.arguments.hypotheses import Claim, Overlay, Reading
from sim.scenario import Scenario
from sim.scenario.provenance import STATEMENTS, is_leaf
from sim.scenario.stances import KNOWN_NAMES, stance

UNCHANGED = "the scenario as it is"
"""Name of a condition that changes nothing."""
_GERUNDS = {
    "stands": "standing",
    "mediates": "mediating",
    "speaks": "speaking",
    "aids": "aiding",
    "arms": "arming",
    "fights": "fighting",
}
_VERB = re.compile(rf"(?:^|(?<=\band ))({'|'.join(_GERUNDS)})\b")
Path = tuple[str, ...]


def condition_names(test: Claim | Reading, scenario: Scenario) -> tuple[str, ...]:
    """Return the conditions of a reading in words that follow *with*, one for each overlay.

    With ``between``, these are its two overlays, because the effects under them are compared.
    """
    if test.between is not None:
        return _distinct(test.between, scenario)
    return test.conditions or _distinct(test.compare, scenario)


def treatment_name(test: Claim | Reading, scenario: Scenario) -> str:
    """Return the inner contrast of a difference in differences; empty for any other claim."""
    if test.between is None:
        return ""
    first, second = test.conditions or _distinct(test.compare, scenario)
    return f"{first} rather than {second}"


def holding_name(test: Claim | Reading, scenario: Scenario) -> str:
    """Return the changes that hold in every condition, in words; empty if there are none."""
    changes = dict(leaves(test.holding)) | _shared(test.compare)
    return _named(changes, scenario) if changes else ""


def _shared(overlays: Sequence[Overlay]) -> dict[Path, Any]:
    """Return the changes that two overlays have in common; none for a single overlay."""
    first, *others = (dict(leaves(overlay)) for overlay in overlays)
    return {
        path: value
        for path, value in first.items()
        if others and all(path in stated and stated[path] == value for stated in others)
    }


def _distinct(overlays: Sequence[Overlay], scenario: Scenario) -> tuple[str, ...]:
    """Return the names of overlays, without the changes that they share."""
    shared = _shared(overlays)
    return tuple(
        _named({path: value for path, value in leaves(overlay) if path not in shared}, scenario)
        for overlay in overlays
    )


def overlay_name(overlay: Overlay, scenario: Scenario) -> str:
    """Return the changes of an overlay in words.

    >>> import sim
    >>> april = sim.load("april_2016").scenario
    >>> overlay_name({"policies": {"TUR": "arms_challenger"}}, april)
    'Turkey arming Azerbaijan'
    >>> overlay_name({"actors": {"RUS": {"ties": {"TUR": -1}}}}, april)
    "Russia's ties to Turkey at -1"
    """
    return _named(dict(leaves(overlay)), scenario)


def leaves(overlay: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the path and the value of every change of an overlay, without sources.

    >>> list(leaves({"policies": {"TUR": "aside"}, "cites": ["mk2020-01"]}))
    [(('policies', 'TUR'), 'aside')]
    """
    for key, value in overlay.items():
        if key in STATEMENTS:
            continue
        if isinstance(value, Mapping) and not is_leaf(value):
            yield from leaves(value, (*path, str(key)))
        else:
            yield (*path, str(key)), value


def overridden(outer: Overlay, inner: Overlay) -> list[Path]:
    """Return the paths of changes in an inner overlay that replace others of an outer one.

    >>> overridden({"policies": {"TUR": "aside"}}, {"policies": {"TUR": "mediate", "USA": "aside"}})
    [('policies', 'TUR')]
    """
    stated = dict(leaves(outer))
    return [
        path
        for path, value in leaves(inner)
        for known, earlier in stated.items()
        if (path == known and value != earlier) or _is_inside(path, known)
    ]


def _is_inside(path: Path, known: Path) -> bool:
    """Return whether one of two different paths is inside the other."""
    depth = min(len(path), len(known))
    return path != known and path[:depth] == known[:depth]


def _named(changes: Mapping[Path, Any], scenario: Scenario) -> str:
    names = [_change(path, value, scenario) for path, value in changes.items()]
    if not names:
        return UNCHANGED
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _change(path: Path, value: Any, scenario: Scenario) -> str:
    """Return one change in words, such as ``Turkey arming Azerbaijan`` or ``package at 0``."""
    section, *rest = path
    if section == "policies" and len(rest) == 1 and value in KNOWN_NAMES:
        return f"{_actor(rest[0], scenario)} {_doing(str(value), scenario)}"
    if section == "actors" and len(rest) > 1:
        return f"{_of_actor(rest, scenario)} {_value(value)}"
    return f"{' '.join(rest or [section]).replace('_', ' ')} {_value(value)}"


def _doing(name: str, scenario: Scenario) -> str:
    """Return a stance as a participle: ``arming Azerbaijan``."""
    taken = stance(name)
    sides = (scenario.conflict.challenger, scenario.conflict.defender)
    side = "" if taken.side is None else _actor(sides[taken.side], scenario)
    return _VERB.sub(lambda verb: _GERUNDS[verb[1]], taken.says).format(side=side)


def _of_actor(rest: Sequence[str], scenario: Scenario) -> str:
    code, key, *inner = rest
    towards = f" to {' '.join(_actor(part, scenario) for part in inner)}" if inner else ""
    return f"{_actor(code, scenario)}'s {key.replace('_', ' ')}{towards}"


def _actor(code: str, scenario: Scenario) -> str:
    return scenario.actors[code].name if code in scenario.actors else code


def _value(value: Any) -> str:
    """Return a value in words.

    >>> _value({"range": [0, 0.4]}), _value(None), _value("neutral")
    ('between 0 and 0.4', 'removed', 'neutral')
    """
    if isinstance(value, Mapping):
        if "range" in value:
            low, high = value["range"][:2]
            return f"between {low} and {high}"
        return _value(value.get("value", " or ".join(map(str, value.get("any_of", ())))))
    if value is None:
        return "removed"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "changed"
    return f"at {value}" if isinstance(value, int | float) else str(value)
