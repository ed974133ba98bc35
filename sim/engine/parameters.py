"""The drawn parameters and mechanisms of every run, declared by name.

A misspelt name fails in a type checker, because every value is declared here.
"""

from __future__ import annotations

from sim.engine.draws import RunValues
from sim.engine.per_run import PerRun
from sim.engine.rules import Array
from sim.scenario import Mechanisms, Parameters, Quantity


class Drawn(PerRun):
    """The drawn values of a section of a scenario, each an array of shape ``(runs,)``."""

    def __init__(self, section: Parameters | Mechanisms, values: RunValues) -> None:
        for name in type(section).model_fields:
            stated = getattr(section, name)
            if isinstance(stated, Quantity):
                setattr(self, name, values(stated))


class DrawnParameters(Drawn):
    """The drawn values of ``parameters``; :class:`~sim.scenario.Parameters` gives their units."""

    attack_penalty: Array
    prepared_line_effect: Array
    drone_effect: Array
    pace: Array
    lethality: Array
    war_cost: Array
    planning_days: Array
    optimism: Array
    precision: Array
    resolve_cost: Array
    grievance_decay: Array
    patron_precision: Array
    protege_value: Array
    partner_cost: Array
    force_cost: Array
    inertia: Array
    broker_ambition: Array
    contact_rate: Array
    direct_channel: Array
    break_rate: Array
    invocation_threshold: Array
    alarm_memory: Array


class DrawnMechanisms(Drawn):
    """The drawn values of ``mechanisms``; :class:`~sim.scenario.Mechanisms` gives their units."""

    grievance_value: Array
    learning: Array
    support_effect: Array
    contest: Array
    restraint: Array
    tied_hands: Array
    displacement: Array
    treaty_duty: Array
    treaty_stretch: Array
    leverage: Array
    authority_loss: Array
    estrangement: Array
    backing: Array
    spoiler: Array
    dilution: Array
    commitment_problem: Array
    terms_fit: Array
    foresight: Array
    guarantee: Array
    withholding: Array
    recess: Array
    package: Array
    counter_offensive: Array
    tie_drift: Array
    structural_balance: Array
