"""Put levers, options and results into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from sim.explore.content import Numbers
from sim.explore.levers import Cell, Lever
from sim.io.text import clipped, count, listed, sentence_case, with_article
from sim.outcomes.numbers import percent
from sim.outcomes.summary import Measure
from sim.outcomes.summary_measures import OF_A_MEDIATOR
from sim.scenario import Choice, Quantity, Scenario
from sim.scenario.stances import KNOWN_NAMES, stance

ENDINGS = {
    "direct": "ceasefire without a mediator",
    "lull": "lull (no agreement)",
    "capitulation": "capitulation",
    "fighting": "fighting continues",
}
NOTHING_SAID = "not stated"
KEYS = {
    "broker_value": "value of mediating",
    "cession_worth": "value of ceded territory",
    "with": "partner",
}
"""Keys that do not read as plain words."""
LEVELS = {0.0: "none", 1.0: "aid", 2.0: "some arms", 3.0: "arms", 4.0: "troops"}
"""Words for the levels of support: what is the most that a third party gives."""


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
        return "How it starts. It reviews its stance on day 1 and later, and may soon change it"
    if path.startswith("policies."):
        return "Held from the first day to the last"
    if path.endswith(".support"):
        return "Levels: " + ", ".join(f"{level:g} {word}" for level, word in LEVELS.items())
    return sentence_case(meaning(scenario, path))


def at_first(path: str, text: str) -> str:
    """Return an option as a list of options shows it; a stance at the onset need not last.

    >>> at_first("actors.RUS.stance", "stands aside"), at_first("horizon_days", "90")
    ('At first: stands aside', '90')
    """
    is_of_the_onset = path.startswith("actors.") and path.endswith(".stance")
    return f"At first: {text}" if is_of_the_onset else sentence_case(text)


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
            if value == NOTHING_SAID:
                return f"{owner} can give no support"
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


def setting_alone(cell: Cell, levers: Sequence[Lever]) -> str:
    """Return what a cell sets, by itself."""
    text = setting(cell, levers).removeprefix("If ")
    return sentence_case(text) if any(cell.options) else "Base case"


def ending(scenario: Scenario, key: str) -> str:
    """Return an ending in words, by its name or by the code of its mediator."""
    if key == "capitulation":
        return f"capitulation of {name(scenario, scenario.conflict.defender)}"
    return ENDINGS[key] if key in ENDINGS else f"ceasefire mediated by {name(scenario, key)}"


def result_sentence(start: str, here: Numbers, scenario: Scenario) -> str:
    """Return one sentence about the results of a cell.

    Args:
        start: what the cell sets, see :func:`setting`.
        here: its numbers.
        scenario: its scenario.
    """
    days, deaths = here.measures["duration_days"], here.measures["deaths"]
    people = deaths.shown()[0].removesuffix(" deaths").removesuffix(" death")
    brackets = "; in brackets the middle 80% of draws" if days.parameters else ""
    return (
        f"{start}, the fighting lasts {days.shown()[0]}{_draws(days)} and {people} people"
        f"{_draws(deaths)} die in battle (medians{brackets}), and {_ending(here, scenario)}."
    )


def base_sentence(base: Numbers, scenario: Scenario) -> str:
    """Return one sentence about the results of the base case, shown below those of a cell."""
    days, deaths = (base.measures[name].shown()[0] for name in ("duration_days", "deaths"))
    return f"Base case: {days} and {deaths} (medians), and {_ending(base, scenario)}."


def _draws(line: Measure) -> str:
    """Return the middle 80% of draws of a measure in brackets, if it is known."""
    ends = line.shown()[2]
    return f" [{ends}]" if ends else ""


def measure_of_ending(key: str) -> str:
    """Return the name of the measure that is the share of an ending, or of a mediator's.

    >>> measure_of_ending("lull"), measure_of_ending("RUS")
    ('ending_lull', 'broker_RUS')
    """
    return f"ending_{key}" if key in ENDINGS else f"{OF_A_MEDIATOR}{key}"


def share_of(here: Numbers, key: str) -> str:
    """Return the share of an ending as ``sim run`` prints it."""
    line = here.measures.get(measure_of_ending(key))
    return line.shown()[0] if line else percent(here.endings.get(key, 0.0))


def _ending(here: Numbers, scenario: Scenario) -> str:
    """Return the most frequent ending as a clause."""
    mediated = {code: share for code, share in here.endings.items() if code not in ENDINGS}
    total = sum(mediated.values())
    rest = max(ENDINGS, key=lambda key: here.endings[key])
    if total >= here.endings[rest]:
        first = max(mediated, key=lambda code: mediated[code], default="")
        if not first:
            return "no run ends"
        all_of_them = here.measures["ending_truce"]
        share = f"{all_of_them.shown()[0]} of runs{_draws(all_of_them)}"
        by = f"most often by {name(scenario, first)} ({share_of(here, first)})"
        return f"a ceasefire is mediated in {share}, {by}"
    defender = name(scenario, scenario.conflict.defender)
    says = {
        "direct": "the sides agree on a ceasefire without a mediator in {}",
        "lull": "the fighting fades without an agreement in {}",
        "capitulation": f"the war ends with the capitulation of {defender} in {{}}",
        "fighting": "the fighting goes on to the end in {}",
    }[rest]
    line = here.measures.get(measure_of_ending(rest))
    ends = _draws(line) if line else ""
    return f"{says.format(share_of(here, rest))} of runs{ends}"


def design(runs: int, draws: int, seed: int, drawn: str) -> str:
    """Return how many runs each cell has, in words."""
    drawn = f"{count(draws, 'parameter draw')} {drawn}"
    return f"{count(runs, 'run')} for each setting: {drawn}, seed {seed}"
