"""Scenarios: the user's files, and the validated, frozen form that the engine simulates."""

from sim.scenario.load import Loaded, Stated, check, load, stated
from sim.scenario.parameters import CREDIBILITY, EXPECTATION, Mechanisms, Parameters
from sim.scenario.posterior import Posterior
from sim.scenario.quantity import Choice, Quantity
from sim.scenario.resolve import digest, digest_of, frame, resolved
from sim.scenario.schema import (
    ESCALATIONS,
    Actor,
    Conflict,
    Escalation,
    Event,
    Scenario,
    Treaty,
)
from sim.scenario.stances import STANCE_NAMES, STANCES, Stance
from sim.scenario.tree import Provenance

__all__ = [
    "CREDIBILITY",
    "ESCALATIONS",
    "EXPECTATION",
    "STANCES",
    "STANCE_NAMES",
    "Actor",
    "Choice",
    "Conflict",
    "Escalation",
    "Event",
    "Loaded",
    "Mechanisms",
    "Parameters",
    "Posterior",
    "Provenance",
    "Quantity",
    "Scenario",
    "Stance",
    "Stated",
    "Treaty",
    "check",
    "digest",
    "digest_of",
    "frame",
    "load",
    "resolved",
    "stated",
]
