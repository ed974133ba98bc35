"""Controls: the same world with argued mechanisms switched off.

A control is a change of a scenario's mechanisms. It is *relevant* where the mechanism is at work in the scenario at
all; the other controls would play the same runs twice. Of the credibility
curves each in turn is a control.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.scenario import CREDIBILITY, Choice, Mechanisms, Quantity, Scenario
from sim.variants import Change

ALL_OFF = "all argued mechanisms"
KEPT_ON = ("grievance_value", "learning", "support_effect", "counter_offensive", "tie_drift")
"""Mechanisms of capability, learning and drift, which no argument here disputes: all others can be off together."""
OFF = "off"


@dataclass(frozen=True)
class Control:
    """A change of mechanisms.

    Attributes:
        name: as printed, such as ``contest`` or ``credibility: kydd03``.
        values: by mechanism, 0 or a reading.
    """

    name: str
    values: Change

    def joined(self, other: Control) -> Control:
        """Return both controls at once."""
        return Control(f"{self.name} with {other.name}", (*self.values, *other.values))


def singles(scenario: Scenario) -> list[Control]:
    """Return the controls that switch one mechanism off, for the mechanisms at work in a scenario."""
    return [
        Control(name, ((name, OFF if name == "credibility" else 0.0),))
        for name in Mechanisms.model_fields
        if _can_be_off(name) and _at_work(scenario, name)
    ]


def together(scenario: Scenario) -> Control:
    """Return the control that switches off all mechanisms at work that an argument here disputes."""
    values = [control.values[0] for control in singles(scenario) if control.name not in KEPT_ON]
    return Control(ALL_OFF, tuple(values))


def readings(scenario: Scenario) -> list[Control]:
    """Return the controls that settle on one credibility curve, for every curve."""
    if not _at_work(scenario, "credibility"):
        return []
    return [Control(f"credibility: {curve}", (("credibility", curve),)) for curve in CREDIBILITY if curve != OFF]


def _can_be_off(name: str) -> bool:
    return name == "credibility" or Mechanisms.model_fields[name].annotation is Quantity


def _at_work(scenario: Scenario, name: str) -> bool:
    """Whether switching a mechanism off could change anything in a scenario."""
    value = getattr(scenario.mechanisms, name)
    if isinstance(value, Quantity) and value.low == value.high == 0:
        return False
    if isinstance(value, Choice) and value.options == (OFF,):
        return False
    return all(there for mechanisms, there in _needs(scenario) if name in mechanisms)


def _needs(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield what mechanisms need to act, and whether it is there."""
    actors = scenario.actors
    powers = [actors[code] for code in scenario.third_parties if actors[code].can_act]
    defender, theatre = scenario.conflict.defender, scenario.conflict.theatre
    treaties = [treaty for power in powers for treaty in power.treaties if treaty.partner == defender]
    brokers = [power for power in powers if power.broker_value is not None]
    yield ("treaty_duty", "expectation"), bool(treaties)
    yield ("treaty_stretch",), any(theatre not in treaty.covers for treaty in treaties)
    yield ("credibility", "leverage", "authority_loss"), bool(brokers)
    yield ("dilution",), len(brokers) > 1
    yield ("support_effect", "spoiler", "contest"), any(power.support is not None for power in powers)
    yield ("guarantee",), any(power.peacekeeping is not None for power in powers) and _may_happen(scenario, "package")
    yield ("displacement",), any(power.sphere is not None for power in powers)


def _may_happen(scenario: Scenario, name: str) -> bool:
    return bool(getattr(scenario.mechanisms, name).high > 0)
