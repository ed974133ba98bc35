"""Controls: the same world with argued mechanisms switched off.

A control is a change of a scenario's mechanisms. It is *relevant* where the mechanism is at work in the scenario at
all; the other controls would play the same runs twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.scenario import Choice, Mechanisms, Quantity, Scenario

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
    values: tuple[tuple[str, float | str], ...]

    def applied(self, mechanisms: Mechanisms) -> Mechanisms:
        """Return mechanisms under this control."""
        return mechanisms.model_copy(update={name: _value(name, value) for name, value in self.values})

    def joined(self, other: Control) -> Control:
        """Return both controls at once."""
        return Control(f"{self.name} with {other.name}", (*self.values, *other.values))


def _value(name: str, value: float | str) -> Quantity | Choice:
    path = f"mechanisms.{name}"
    if isinstance(value, str):
        return Choice.model_validate({"options": (value,), "path": path})
    return Quantity(low=value, high=value, path=path)


def singles(scenario: Scenario) -> list[Control]:
    """Return the controls that switch one mechanism off, for the mechanisms at work in a scenario."""
    return [
        Control(name, ((name, OFF if name == "credibility" else 0.0),))
        for name in Mechanisms.model_fields
        if _can_be_off(name) and _at_work(scenario, name)
    ]


def together(alone: Sequence[Control]) -> Control:
    """Return the control that switches off all of these at once, but for those that no argument here disputes."""
    return Control(ALL_OFF, tuple(control.values[0] for control in alone if control.name not in KEPT_ON))


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
    yield ("credibility", "leverage", "authority_loss", "estrangement", "backing"), bool(brokers)
    yield ("restraint",), len(powers) > 1
    yield ("dilution",), len(brokers) > 1
    yield ("support_effect", "spoiler", "contest"), any(power.support is not None for power in powers)
    yield ("guarantee",), any(power.peacekeeping is not None for power in powers) and _may_happen(scenario, "package")
    yield ("displacement",), any(power.sphere is not None for power in powers)


def _may_happen(scenario: Scenario, name: str) -> bool:
    return bool(getattr(scenario.mechanisms, name).high > 0)
