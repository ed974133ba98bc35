"""Levers: what an experiment moves, and from where to where.

There are three kinds. An *open value* moves from the middle of the bottom fifth of its draws to the
middle of the top fifth. A *level of support* of a third party moves across its whole scale. A
*stance* keeps a third party in one stance for the whole run, where it otherwise chooses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pandas as pd

from sim.io.text import with_article
from sim.scenario import Choice, Quantity, Scenario
from sim.scenario.stances import KNOWN_NAMES
from sim.scenario.wording import actor_in_words, stance_in_words, value_name

FIFTHS = (0.1, 0.9)
"""The middle of the bottom fifth and of the top fifth, as shares of the draws."""
SUPPORT = (0.0, 4.0)
"""The scale of a third party's support."""
AS_DRAWN = "as drawn"
"""Name of an end at which nothing is changed."""


class Kind(StrEnum):
    """What can move outcomes."""

    stance = "stance"
    support = "level of support"
    value = "open value"
    course = "course of events"


@dataclass(frozen=True)
class End:
    """One end of a lever: a scenario with something changed.

    Attributes:
        says: the end in words, such as ``0.6``.
        values: changed values, by path.
        policies: changed policies, by code of the third party.
    """

    says: str
    values: dict[str, Quantity | Choice] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lever:
    """Something that an experiment moves from one end to the other.

    Attributes:
        kind: what it is.
        path: its path in the scenario.
        says: its name in words.
        low, high: both ends.
    """

    kind: Kind
    path: str
    says: str
    low: End
    high: End


def levers(scenario: Scenario, drawn: pd.DataFrame) -> list[Lever]:
    """Return every lever of a scenario.

    Args:
        scenario: the scenario.
        drawn: its draws, one row per draw and one column per open value.

    >>> import sim
    >>> april = sim.load("april_2016").scenario
    >>> [lever.says for lever in levers(april, pd.DataFrame())][:2]
    ['the European Union standing aside', 'the European Union mediating']
    """
    by_path = {value.path: value for value in scenario.quantities()}
    return [
        *_stances(scenario),
        *_levels_of_support(scenario),
        *(
            lever
            for path in drawn.columns
            if path in by_path
            for lever in _open_value(by_path[path], drawn[path], scenario)
        ),
    ]


def _stances(scenario: Scenario) -> Iterator[Lever]:
    """Yield the stances to which each third party can be held."""
    for code in scenario.third_parties:
        actor = scenario.actors[code]
        mediating = ["mediate"] if actor.broker_value is not None else []
        arming = ["arms_challenger", "arms_defender"] if actor.support is not None else []
        names = ["aside", *mediating, *arming] if actor.can_act else []
        held = scenario.policies.get(code)
        before = "its own choice" if held is None else stance_in_words(held, scenario)
        for name in names:
            if name != held:
                says = stance_in_words(name, scenario)
                owner = with_article(actor_in_words(code, scenario))
                yield Lever(
                    Kind.stance,
                    f"policies.{code}",
                    f"{owner} {says}",
                    End(before),
                    End(name, policies={code: name}),
                )


def _levels_of_support(scenario: Scenario) -> Iterator[Lever]:
    for code in scenario.third_parties:
        support = scenario.actors[code].support
        if support is not None:
            ends = (_at(support, level) for level in SUPPORT)
            name = value_name(support.path, scenario)
            yield Lever(Kind.support, support.path, name, *ends)


def _open_value(value: Quantity | Choice, column: pd.Series, scenario: Scenario) -> Iterator[Lever]:
    says = value_name(value.path, scenario)
    if isinstance(value, Quantity):
        low, high = (float(end) for end in np.quantile(column.to_numpy(dtype=float), FIFTHS))
        if low < high:
            yield Lever(Kind.value, value.path, says, _at(value, low), _at(value, high))
        return
    options = [option for option in value.options if (column == option).any()]
    if len(options) == 2:
        first, second = (_held(value, option, scenario) for option in options)
        yield Lever(Kind.value, value.path, says, first, second)
    elif len(options) > 2:
        for option in options:
            yield Lever(Kind.value, value.path, says, End(AS_DRAWN), _held(value, option, scenario))


def _at(value: Quantity, number: float) -> End:
    exact = value.model_copy(
        update={"low": number, "high": number, "mode": None, "word": None, "scale": "linear"}
    )
    return End(number_in_words(number), {value.path: exact})


def _held(value: Choice, option: str, scenario: Scenario) -> End:
    held = value.model_copy(update={"options": (option,)})
    return End(option_in_words(option, scenario), {value.path: held})


def number_in_words(number: float) -> str:
    """Return a value of a scenario with two significant digits.

    >>> number_in_words(0.8341), number_in_words(215.3)
    ('0.83', '220')
    """
    return f"{float(f'{number:.2g}'):,.4g}"


def option_in_words(option: str, scenario: Scenario) -> str:
    """Return an option of a choice in words: a stance as a participle, or else its name."""
    if option in KNOWN_NAMES:
        return stance_in_words(option, scenario)
    return option.replace("_", " ")
