"""Controls: the same scenario with argued mechanisms switched off.

A control changes the mechanisms of a scenario. It is used only if the mechanism can act in the
scenario. Other controls would repeat the same runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.arguments.words import Kind
from sim.scenario import Choice, Mechanisms, Quantity, Scenario

UNDISPUTED = ("grievance_value", "learning", "support_effect", "counter_offensive", "tie_drift")
"""Mechanisms of capability, learning and drift, which no argument disputes.

The others can be off together.
"""
OFF = "off"


@dataclass(frozen=True)
class Control:
    """A change of mechanisms.

    Attributes:
        kind: what it switches off.
        mechanisms: mechanisms that it is named after: those that are off, or the one that stays on.
        values: pairs of a mechanism and its value, 0 or a word.
    """

    kind: Kind
    mechanisms: tuple[str, ...]
    values: tuple[tuple[str, float | str], ...]

    def applied(self, mechanisms: Mechanisms) -> Mechanisms:
        """Return mechanisms under this control."""
        return mechanisms.model_copy(
            update={name: _value(name, value) for name, value in self.values}
        )


def joint(controls: Sequence[Control]) -> Control:
    """Return the control that combines several.

    >>> contest = Control(Kind.SINGLE, ("contest",), (("contest", 0.0),))
    >>> leverage = Control(Kind.SINGLE, ("leverage",), (("leverage", 0.0),))
    >>> joint([contest, leverage]).mechanisms
    ('contest', 'leverage')
    """
    return Control(
        Kind.JOINT,
        tuple(name for control in controls for name in control.mechanisms),
        tuple(value for control in controls for value in control.values),
    )


def disputed(alone: Sequence[Control]) -> list[Control]:
    """Return the single controls of mechanisms that some argument disputes."""
    return [control for control in alone if control.mechanisms[0] not in UNDISPUTED]


def together(alone: Sequence[Control]) -> Control:
    """Return the control that switches off all disputed mechanisms at once."""
    return Control(Kind.ALL, (), joint(disputed(alone)).values)


def all_but_one(alone: Sequence[Control]) -> list[Control]:
    """Return the controls that leave one disputed mechanism on and switch off all others."""
    argued = disputed(alone)
    return [
        Control(
            Kind.ALL_BUT,
            left.mechanisms,
            joint([control for control in argued if control is not left]).values,
        )
        for left in argued
    ]


def _value(name: str, value: float | str) -> Quantity | Choice:
    path = f"mechanisms.{name}"
    if isinstance(value, str):
        return Choice.model_validate({"options": (value,), "path": path})
    return Quantity(low=value, high=value, path=path)


def singles(scenario: Scenario) -> list[Control]:
    """Return the controls that switch off a single mechanism that can act in a scenario."""
    return [
        Control(Kind.SINGLE, (name,), ((name, OFF if name == "credibility" else 0.0),))
        for name in Mechanisms.model_fields
        if _can_be_off(name) and _at_work(scenario, name)
    ]


def _can_be_off(name: str) -> bool:
    return name == "credibility" or Mechanisms.model_fields[name].annotation is Quantity


def _at_work(scenario: Scenario, name: str) -> bool:
    """Return whether switching off a mechanism can change a scenario."""
    value = getattr(scenario.mechanisms, name)
    if isinstance(value, Quantity) and value.low == value.high == 0:
        return False
    if isinstance(value, Choice) and value.options == (OFF,):
        return False
    return all(present for mechanisms, present in _needs(scenario) if name in mechanisms)


def _needs(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield mechanisms, and whether the scenario has the conditions that they need."""
    actors = scenario.actors
    parties = [actors[code] for code in scenario.third_parties if actors[code].can_act]
    defender = scenario.conflict.defender
    theatre = scenario.conflict.theatre
    treaties = [
        treaty for party in parties for treaty in party.treaties if treaty.partner == defender
    ]
    mediators = [party for party in parties if party.broker_value is not None]
    yield ("treaty_duty", "expectation"), bool(treaties)
    yield ("treaty_stretch",), any(theatre not in treaty.covers for treaty in treaties)
    yield (
        ("credibility", "leverage", "authority_loss", "estrangement", "backing", "recess"),
        bool(mediators),
    )
    yield ("restraint",), len(parties) > 1
    yield ("dilution",), len(mediators) > 1
    yield (
        ("support_effect", "spoiler", "contest"),
        any(party.support is not None for party in parties),
    )
    yield (
        ("guarantee",),
        any(party.peacekeeping is not None for party in parties)
        and _may_happen(scenario, "package"),
    )
    yield (
        ("withholding",),
        any(party.support is not None and party.supplies for party in parties),
    )
    yield ("displacement",), any(party.sphere is not None for party in parties)


def _may_happen(scenario: Scenario, name: str) -> bool:
    return bool(getattr(scenario.mechanisms, name).high > 0)
