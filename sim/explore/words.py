"""Put levers, options and results into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from sim.explore.content import Difference, Numbers
from sim.explore.levers import Cell, Lever
from sim.io.text import clipped, count, with_article
from sim.outcomes.numbers import percent
from sim.outcomes.precision import rounded
from sim.scenario import Choice, Quantity, Scenario
from sim.scenario.stances import KNOWN_NAMES, stance

MINUS = "\N{MINUS SIGN}"
ENDINGS = {
    "direct": "ceasefire without a mediator",
    "lull": "lull",
    "capitulation": "capitulation",
    "fighting": "fighting continues",
}
NOTHING_SAID = "not stated"
KEYS = {
    "broker_value": "value of mediating",
    "cession_worth": "worth of ceded territory",
    "with": "partner",
}
"""Keys that do not read as plain words."""
LEVELS = {0.0: "none", 4.0: "troops"}
"""Words for the ends of the scale of support."""


def at(scenario: Scenario, path: str) -> Any:
    """Return the value at a path of a scenario, or None.

    >>> import sim
    >>> at(sim.load("april_2016").scenario, "horizon_days")
    90
    """
    node: Any = scenario
    for key in path.split("."):
        if isinstance(node, BaseModel):
            node = getattr(node, _field(node, key), None)
        elif isinstance(node, dict):
            node = node.get(key)
        else:
            return None
    return node


def _field(node: BaseModel, key: str) -> str:
    """Return the name of the field that a file calls ``key``."""
    fields = type(node).model_fields.items()
    return next((name for name, info in fields if (info.alias or name) == key), key)


def name(scenario: Scenario, code: str) -> str:
    """Return the name of an actor as it stands in a sentence; its code if it is unknown."""
    actor = scenario.actors.get(code)
    return with_article(actor.name) if actor else code


def lever_label(scenario: Scenario, path: str) -> str:
    """Return a short label of a lever.

    >>> import sim
    >>> lever_label(sim.load("april_2016").scenario, "actors.RUS.stance")
    'Russia: stance at the onset'
    """
    parts = path.split(".")
    rest = KEYS.get(parts[-1], parts[-1].replace("_", " "))
    if parts[0] == "policies" and len(parts) == 2:
        return f"{_plain_name(scenario, parts[1])}: stance for the whole run"
    if parts[0] == "actors" and len(parts) > 2:
        owner = _plain_name(scenario, parts[1])
        if parts[2] == "stance":
            return f"{owner}: stance at the onset"
        if parts[2] == "support":
            return f"{owner}: most support it can give"
        if parts[2] in ("ties", "supplies") and len(parts) == 4:
            return f"{owner}: {parts[2]} to {name(scenario, parts[3])}"
        return f"{owner}: {rest}"
    heading = {"mechanisms": "Mechanism", "parameters": "Parameter"}.get(parts[0])
    return f"{heading}: {rest}" if heading else f"{rest[:1].upper()}{rest[1:]}"


def _plain_name(scenario: Scenario, code: str) -> str:
    actor = scenario.actors.get(code)
    return actor.name if actor else code


def meaning(scenario: Scenario, path: str) -> str:
    """Return what the schema says about the value at a path; empty if it says nothing."""
    node: Any = scenario
    described = ""
    for key in path.split("."):
        if isinstance(node, BaseModel):
            field = _field(node, key)
            info = type(node).model_fields.get(field)
            described = (info.description or "") if info else ""
            node = getattr(node, field, None)
        elif isinstance(node, dict):
            node = node.get(key)
    return described.removesuffix(" (descriptive)")


def hint(scenario: Scenario, path: str) -> str:
    """Return what a reader needs to know about a lever; empty if the schema says nothing."""
    if path.endswith(".stance"):
        return "How it starts; it may change its stance later"
    if path.startswith("policies."):
        return "Held from the first day to the last"
    if path.endswith(".support"):
        return "Levels from 0 (none) to 4 (troops)"
    text = meaning(scenario, path)
    return text[:1].upper() + text[1:]


def value_words(scenario: Scenario, path: str) -> str:
    """Return the value at a path in words, such as ``arms Armenia`` or ``0.2 to 0.4``."""
    value = at(scenario, path)
    if path.endswith(".stance") and value is None:
        return "stands aside"
    if isinstance(value, Choice):
        return " or ".join(option(scenario, name) for name in value.options)
    if isinstance(value, Quantity):
        return _quantity(path, value)
    if isinstance(value, str):
        return option(scenario, value)
    if value is None:
        return NOTHING_SAID
    return clipped(str(value), 60)


def option(scenario: Scenario, chosen: str) -> str:
    """Return an option of a choice in words."""
    if chosen not in KNOWN_NAMES:
        return chosen.replace("_", " ")
    found = stance(chosen)
    side = "" if found.side is None else name(scenario, scenario.sides[found.side])
    return found.says.format(side=side)


def _quantity(path: str, value: Quantity) -> str:
    ends = f"{value.low:g}" if value.known else f"{value.low:g} to {value.high:g}"
    if path.endswith(".support"):
        word = LEVELS.get(value.low) if value.known else None
        return f"level {ends} of 4" + (f" ({word})" if word else "")
    return f"{value.word.replace('_', ' ')} ({ends})" if value.word else ends


def clause(scenario: Scenario, path: str) -> str:
    """Return what a setting says as part of a sentence, such as ``Turkey stands aside``."""
    parts = path.split(".")
    value = value_words(scenario, path)
    if parts[0] in ("actors", "policies") and len(parts) > 1:
        owner = name(scenario, parts[1])
        if parts[0] == "policies":
            is_free = value == NOTHING_SAID
            return f"{owner} is free to choose" if is_free else f"{owner} {value} all the time"
        if parts[2] == "stance":
            return f"{owner} {value}"
        if parts[2] == "support":
            return f"{owner} can give support up to {value}"
    return f"{lever_label(scenario, path)} is {value}"


def setting(cell: Cell, levers: Sequence[Lever]) -> str:
    """Return what a cell sets as the first part of a sentence."""
    assert cell.loaded is not None
    scenario = cell.loaded.scenario
    paths = [lever.path for lever, option in zip(levers, cell.options, strict=True) if option]
    at_onset = [clause(scenario, path) for path in paths if path.endswith(".stance")]
    others = [clause(scenario, path) for path in paths if not path.endswith(".stance")]
    chosen = [*([f"{listed(at_onset)} at the onset"] if at_onset else []), *others]
    return f"If {listed(chosen)}" if chosen else "As the scenario states it"


def ending(scenario: Scenario, key: str) -> str:
    """Return an ending in words, by its name or by the code of its mediator."""
    if key == "capitulation":
        return f"capitulation of {name(scenario, scenario.conflict.defender)}"
    return ENDINGS[key] if key in ENDINGS else f"ceasefire mediated by {name(scenario, key)}"


def listed(texts: Sequence[str]) -> str:
    """Return texts as a list in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1] if texts else "")))


def result_sentence(start: str, here: Numbers, scenario: Scenario) -> str:
    """Return one sentence about the results of a cell.

    Args:
        start: what the cell sets, see :func:`setting`.
        here: its numbers.
        scenario: its scenario.
    """
    measures = here.measures
    days = measures["duration_days"].shown()[0]
    deaths = measures["deaths"].shown()[0].removesuffix(" deaths").removesuffix(" death")
    return (
        f"{start}, the fighting lasts {days} and {deaths} people die in battle (medians), "
        f"and {_ending(here, scenario)}."
    )


def _ending(here: Numbers, scenario: Scenario) -> str:
    """Return the most frequent ending as a clause."""
    mediated = {code: share for code, share in here.endings.items() if code not in ENDINGS}
    total = sum(mediated.values())
    rest = max(ENDINGS, key=lambda key: here.endings[key])
    if total >= here.endings[rest]:
        first = max(mediated, key=lambda code: mediated[code], default="")
        if not first:
            return "no run ends"
        by = f"most often by {name(scenario, first)} ({percent(mediated[first])})"
        return f"a ceasefire is mediated in {percent(total)} of runs, {by}"
    defender = name(scenario, scenario.conflict.defender)
    says = {
        "direct": "the sides agree on a ceasefire without a mediator in {}",
        "lull": "the fighting fades into a lull in {}",
        "capitulation": f"the war ends with the capitulation of {defender} in {{}}",
        "fighting": "the fighting goes on to the end in {}",
    }[rest]
    return f"{says.format(percent(here.endings[rest]))} of runs"


def difference_sentence(days: Difference, deaths: Difference) -> str:
    """Return one sentence about how a cell differs from the base case."""
    texts = [
        _moved(days, "days", "longer", "shorter", "is"),
        _moved(deaths, "deaths", "more", "fewer", "costs"),
    ]
    texts = [text for text in texts if text]
    if not texts:
        return "Neither duration nor deaths differ clearly from the base case."
    average = "on average over runs (95% intervals in brackets)"
    return f"Compared with the base case it {listed(texts)}, {average}."


def _moved(found: Difference, unit: str, more: str, less: str, verb: str) -> str:
    if not found.is_clear:
        return ""
    size, ends = sizes(found)
    direction = more if found.mean > 0 else less
    of = f"{unit} {direction}" if unit == "days" else f"{direction} {unit}"
    return f"{verb} {size} {of} [{ends}]"


def sizes(found: Difference) -> tuple[str, str]:
    """Return the size of a difference without its sign, and the ends of its interval."""
    low, high = sorted((abs(found.low or 0.0), abs(found.high or 0.0)))
    error = half_width(found)
    return figure(abs(found.mean), error), f"{figure(low, error)} to {figure(high, error)}"


def half_width(found: Difference) -> float | None:
    """Return about one standard error of a difference; None if it is unknown."""
    if found.low is None or found.high is None or found.low == found.high:
        return None
    return (found.high - found.low) / 4


def figure(value: float, error: float | None, finest: float = 0.01) -> str:
    """Return a number with the digits that its error leaves.

    >>> figure(1234.0, 60.0), figure(-2.345, 0.2)
    ('1,230', '\u22122.3')
    """
    shown = rounded(value, error, finest) if error else value
    text = f"{shown:,.0f}" if abs(shown) >= 100 else f"{shown:,.3g}"
    return "0" if float(shown) == 0 else text.replace("-", MINUS)


def design(runs: int, draws: int, seed: int, drawn: str) -> str:
    """Return how many runs each cell has, in words."""
    drawn = f"{count(draws, 'parameter draw')} {drawn}"
    return f"{count(runs, 'run')} for each combination: {drawn}, seed {seed}"
