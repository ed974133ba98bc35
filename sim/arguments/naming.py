"""Name the conditions of a claim in words, from its file or from its overlays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.arguments.hypotheses import Claim, Overlay, Reading
from sim.io.text import listed
from sim.scenario import Scenario
from sim.scenario.provenance import STATEMENTS, is_leaf
from sim.scenario.wording import Path, change_in_words

UNCHANGED = "the scenario as it is"
"""Name of a condition that changes nothing."""


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
    names = [change_in_words(path, value, scenario) for path, value in changes.items()]
    return listed(names) if names else UNCHANGED
