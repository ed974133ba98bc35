"""Name values and changes of a scenario in words, such as ``Turkey arming Azerbaijan``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sim.io.errors import InputError
from sim.io.text import clipped, listed, with_article
from sim.scenario.document import read_value
from sim.scenario.labels import label
from sim.scenario.schema import Scenario
from sim.scenario.stances import KNOWN_NAMES, stance

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


def changes_in_words(scenario: Scenario, stated: Mapping[str, str]) -> str:
    """Return what the command line set, in words; empty if it set nothing.

    Args:
        scenario: the scenario with the changes.
        stated: values as they were given, by path.

    >>> import sim
    >>> sim.load("april_2016", set={"policies.RUS": "aside", "horizon_days": 30}).changed
    'horizon days at 30 and Russia standing aside'
    """
    values = {tuple(path.split(".")): _value(text) for path, text in stated.items()}
    return listed([change_in_words(path, value, scenario) for path, value in values.items()])


def _value(text: str) -> Any:
    """Return a value that was set, or an empty list for a text that was shortened."""
    try:
        return read_value(text, "--set")
    except InputError:
        return []


def change_in_words(path: Path, value: Any, scenario: Scenario) -> str:
    """Return one change in words, such as ``Turkey arming Azerbaijan`` or ``package at 0``."""
    section, *rest = path
    if section == "policies" and len(rest) == 1 and value in KNOWN_NAMES:
        return f"{actor_in_words(rest[0], scenario)} {stance_in_words(str(value), scenario)}"
    return f"{path_in_words(path, scenario)} {value_in_words(value)}"


def path_in_words(path: Path, scenario: Scenario) -> str:
    """Return what a path leads to, as changes name it.

    >>> import sim
    >>> april = sim.load("april_2016").scenario
    >>> path_in_words(("actors", "RUS", "support"), april)
    "Russia's support"
    >>> path_in_words(("policies", "RUS"), april), path_in_words(("horizon_days",), april)
    ("Russia's policy", 'horizon days')
    """
    section, *rest = path
    if section == "policies" and len(rest) == 1:
        return f"{actor_in_words(rest[0], scenario)}'s policy"
    if section == "actors" and len(rest) > 1:
        return _of_actor(rest, scenario)
    return " ".join(rest or [section]).replace("_", " ")


def stance_in_words(name: str, scenario: Scenario) -> str:
    """Return a stance as a participle: ``arming Azerbaijan``."""
    taken = stance(name)
    side = "" if taken.side is None else actor_in_words(scenario.sides[taken.side], scenario)
    return _VERB.sub(lambda verb: _GERUNDS[verb[1]], taken.says).format(side=side)


def _of_actor(rest: Sequence[str], scenario: Scenario) -> str:
    code, key, *inner = rest
    towards = f" to {' '.join(actor_in_words(part, scenario) for part in inner)}" if inner else ""
    return f"{actor_in_words(code, scenario)}'s {key.replace('_', ' ')}{towards}"


def actor_in_words(code: str, scenario: Scenario) -> str:
    """Return the name of an actor, or the code of one that the scenario does not have."""
    return scenario.actors[code].name if code in scenario.actors else code


def value_in_words(value: Any) -> str:
    """Return a value in words.

    >>> value_in_words({"range": [0, 0.4]}), value_in_words(None), value_in_words("neutral")
    ('between 0 and 0.4', 'removed', 'neutral')
    """
    if isinstance(value, Mapping):
        if isinstance(value.get("range"), Sequence) and len(value["range"]) > 1:
            low, high = value["range"][:2]
            return f"between {low} and {high}"
        return value_in_words(value.get("value", " or ".join(map(str, value.get("any_of", ())))))
    if value is None:
        return "removed"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "changed"
    return f"at {value}" if isinstance(value, int | float) else clipped(str(value))


def value_name(path: str, scenario: Scenario) -> str:
    """Return the name of a value in words, from its path.

    >>> import sim
    >>> april = sim.load("april_2016").scenario
    >>> value_name("actors.RUS.supplies.ARM", april), value_name("parameters.break_rate", april)
    ("Russia's share of supplies to Armenia", 'brittleness of ceasefires')
    """
    section, *rest = path.split(".")
    if section != "actors" or len(rest) < 2:
        return " ".join(map(label, rest or [section]))
    code, key, *inner = rest
    owner = with_article(actor_in_words(code, scenario))
    towards = "".join(f" to {with_article(actor_in_words(part, scenario))}" for part in inner)
    return f"{owner}'s {label(key)}{towards}"
