"""Invented scenarios and small ensembles that the tests share."""

from __future__ import annotations

import math
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.engine.draws import Draws, RunValues
from sim.engine.streams import Streams
from sim.engine.third_party import ThirdParty
from sim.engine.world import World
from sim.ensemble.ensemble import Ensemble, Plan, play
from sim.scenario import Mechanisms, Parameters, Scenario, load
from sim.scenario.models import with_paths

SCENARIOS = Path(__file__).parent.parent / "scenarios"
CRISES = ("april_2016", "july_2020", "autumn_2020")

POWERS = ("MID", "OST", "WES")
DISMISSED = 5.0
"""Standard errors beyond which a hypothesis is rejected."""
INTENSITY = {"skirmish": 0.1, "limited_offensive": 0.5, "full_offensive": 1}

BASE: dict[str, Any] = {
    "scenario": "invented",
    "title": "An invented crisis",
    "start": "2001-05-06",
    "horizon_days": 30,
    "conflict": {
        "challenger": "NOR",
        "defender": "SUD",
        "theatres": {"ford": "The ford.", "home": "The defender's own land."},
        "theatre": "ford",
        "contested_area_km2": 100,
        "forces": 100,
        "aim": 0.6,
        "challenger_holds": 0.3,
        "prepared_line": 0.03,
        "package_share": 0.5,
        "opening": 2,
    },
    "actors": {
        "NOR": {
            "name": "Norland",
            "ties": {"SUD": -0.8, "OST": 0.4, "WES": 0.7, "MID": 0.3},
            "strength": 2,
            "drones": 0.5,
            "grievance": 0.8,
            "cession_worth": 1,
        },
        "SUD": {
            "name": "Sudland",
            "ties": {"NOR": -0.8, "OST": 0.7, "WES": -0.3, "MID": 0.4},
            "strength": 1,
            "drones": 0.1,
            "grievance": 0.4,
            "cession_worth": 0.5,
        },
        "OST": {
            "name": "Ostland, patron of Sudland and broker",
            "ties": {"NOR": 0.5, "SUD": 0.7, "WES": -0.5},
            "broker_value": 0.9,
            "engagement": 0.9,
            "support": 2,
            "sphere": 0.8,
            "stance": "mediate",
            "peacekeeping": 0.6,
            "supplies": {"NOR": 0.5, "SUD": 0.8},
            "treaties": [{"with": "SUD", "covers": ["home"]}],
        },
        "WES": {
            "name": "Westland, patron of Norland",
            "stance": "words_challenger",
            "ties": {"NOR": 0.8, "SUD": -0.4, "OST": -0.4},
            "broker_value": 0.2,
            "support": 2,
            "supplies": {"NOR": 0.3},
            "seat": False,
        },
        "MID": {
            "name": "Midland, broker",
            "ties": {"NOR": 0.3, "SUD": 0.4},
            "broker_value": 0.6,
            "engagement": 0.7,
            "sphere": 0.4,
            "peacekeeping": 0.3,
        },
        "FAR": {
            "name": "Farland, named for its ties",
            "ties": {"NOR": 0.2, "SUD": 0.1, "WES": 0.3},
        },
    },
    "parameters": {
        "intensity": INTENSITY,
        "attack_penalty": 1,
        "prepared_line_effect": 0.5,
        "drone_effect": 1,
        "pace": 0.03,
        "lethality": 100,
        "war_cost": 0.003,
        "planning_days": 20,
        "optimism": 0.4,
        "precision": 8,
        "resolve_cost": 0.05,
        "grievance_decay": 8,
        "patron_precision": 6,
        "protege_value": 0.8,
        "partner_cost": 0.4,
        "force_cost": 0.6,
        "inertia": 1,
        "broker_ambition": 0.9,
        "contact_rate": 1.5,
        "direct_channel": 0.1,
        "break_rate": 0.3,
        "invocation_threshold": 0.1,
        "alarm_memory": 0.7,
        "review_days": 5,
        "closure_days": 12,
        "cession_day": 4,
    },
    "mechanisms": dict.fromkeys(Mechanisms.model_fields, 0)
    | {
        "credibility": "neutral",
        "expectation": "effort",
        "grievance_value": 0.1,
        "learning": 0.3,
        "support_effect": 0.3,
        "contest": 0.2,
        "restraint": 0.3,
        "tied_hands": 0.1,
        "displacement": 0.4,
        "treaty_duty": 0.6,
        "treaty_stretch": 0.4,
        "leverage": 0.3,
        "authority_loss": 0.6,
        "estrangement": 0.5,
        "backing": 0.5,
        "spoiler": 0.1,
        "dilution": 0.5,
        "commitment_problem": 0.05,
        "terms_fit": 0.6,
        "foresight": 0.5,
        "guarantee": 0.7,
        "withholding": 0.6,
        "recess": 3,
        "package": 0.8,
        "counter_offensive": 0.8,
        "tie_drift": 0.05,
        "structural_balance": 0,
    },
}
"""A crisis in which every field matters: two patrons, two mediators, a treaty and a bystander."""

ALL_GONE: dict[str, Any] = {"actors": dict.fromkeys(BASE["actors"])}
ALONE: dict[str, Any] = {"actors": {"OST": None, "WES": None, "MID": None, "FAR": None}}
"""Change that takes all third parties away."""


KEPT: dict[str, Any] = {"mechanisms": {"structural_balance": 1e-9}}
"""Keeps arrays at full length: runs that are over are dropped unless ties may still drift."""


def _laid_over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``changes`` laid over it; None takes a key away."""
    merged = dict(base)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict) and "range" not in value:
            merged[key] = _laid_over(merged[key], value)
        else:
            merged[key] = value
    return merged


@cache
def _shipped() -> Scenario:
    return shipped(CRISES[0])


def shipped(name: str, *sets: str) -> Scenario:
    """Return a shipped crisis with values set as on the command line."""
    return load(SCENARIOS / f"{name}.yaml", sets).scenario


def copy_of_shipped(folder: Path) -> Path:
    """Copy the shipped scenarios and their posterior below a folder; return the scenarios'
    folder.
    """
    return Path(shutil.copytree(SCENARIOS, folder / "scenarios"))


def form(*changes: dict[str, Any]) -> dict[str, Any]:
    """Return the plain form of the invented crisis with changes laid over it in turn."""
    merged = BASE
    for change in changes:
        merged = _laid_over(merged, change)
    if "actors" in merged:
        gone = set(BASE["actors"]) - set(merged["actors"])
        merged["actors"] = {
            code: {
                **actor,
                "ties": {k: v for k, v in actor.get("ties", {}).items() if k not in gone},
            }
            for code, actor in merged["actors"].items()
        }
    return merged


def crisis(*changes: dict[str, Any]) -> Scenario:
    """Return the invented crisis with changes laid over it; missing numbers are the shipped
    ones.
    """
    plain = form(*changes)
    for section, model in (("parameters", Parameters), ("mechanisms", Mechanisms)):
        if set(model.model_fields) - {"posterior"} - set(plain[section]):
            plain[section] = {**dict(getattr(_shipped(), section)), **plain[section]}
    return with_paths(Scenario.model_validate(plain))


def mechanisms(**values: Any) -> dict[str, Any]:
    """Return a change of mechanisms, such as ``mechanisms(learning=0)``."""
    return {"mechanisms": values}


def parameters(**values: Any) -> dict[str, Any]:
    """Return a change of parameters."""
    return {"parameters": values}


def conflict(**values: Any) -> dict[str, Any]:
    """Return a change of the conflict."""
    return {"conflict": values}


def actor(code: str, **values: Any) -> dict[str, Any]:
    """Return a change of one actor."""
    return {"actors": {code: values}}


def ensemble_of(
    scenario: Scenario, runs: int = 32, draws: int = 4, seed: int = 1, **how: Any
) -> Ensemble:
    """Simulate an ensemble; a block that fails fails the test, with its reason."""
    ensemble = play(Plan(scenario, runs, draws, seed), **how)
    assert not ensemble.failures, ensemble.failures[0].reason
    return ensemble


def outcomes_of(scenario: Scenario, runs: int = 32, draws: int = 4, seed: int = 1) -> pd.DataFrame:
    """Simulate an ensemble and return its outcomes."""
    return ensemble_of(scenario, runs, draws, seed).outcomes


def world_of(
    scenario: Scenario, runs: int, seed: int = 1, dtype: type[np.floating[Any]] = np.float32
) -> World:
    """Return a block of any number of runs, all of one draw, at the start of day 0."""
    values = RunValues(Draws(scenario, 1, seed), np.zeros(runs, dtype=np.int64), dtype)
    return World(scenario, values, Streams(seed, 0, runs, runs))


def power_of(world: World, code: str) -> ThirdParty:
    """Return a third party by its code."""
    return world.powers[world.state.powers.index(code)]


def grid(size: int) -> np.ndarray:
    """Return the midpoints of ``size`` equal parts of [0, 1]: uniforms without chance."""
    return (np.arange(size) + 0.5) / size


def halton(size: int, count: int) -> np.ndarray:
    """Return ``count`` evenly spread points of the unit cube, of shape ``(size, count)``."""
    primes = [p for p in range(2, 100) if all(p % q for q in range(2, p))][:size]
    points = np.zeros((size, count))
    for row, prime in zip(points, primes, strict=True):
        left = np.arange(1, count + 1)
        weight = 1.0 / prime
        while left.any():
            row += weight * (left % prime)
            left = left // prime
            weight = weight / prime
    return points


def z_score(sample: np.ndarray, mean: float, variance: float) -> float:
    """Return the distance of a sample's mean from ``mean`` in standard errors, given the
    variance.
    """
    return float((sample.mean() - mean) / np.sqrt(variance / len(sample)))


def differing(left: pd.DataFrame, right: pd.DataFrame) -> set[str]:
    """Return the columns in which two outcomes tables differ in anything at all."""
    shared = [name for name in left if name in right]
    differ = {name for name in shared if not left[name].equals(right[name])}
    return differ | set(left.columns) ^ set(right.columns)


def logistic(x: float) -> float:
    """Return the probability whose log odds are ``x``."""
    return 1 / (1 + math.exp(-x))


def everywhere(world: World) -> np.ndarray:
    """Return the positions of all runs of a block."""
    return np.arange(world.state.runs)


def equal_sides() -> dict[str, Any]:
    """Return a change that makes both sides alike."""
    same = {"strength": 1, "drones": 0.2, "grievance": 0.5, "cession_worth": 1}
    return {"actors": {"NOR": same, "SUD": same}}


def held(stances: dict[str, str]) -> dict[str, Any]:
    """Return a change that holds the named parties to their stances and all others aside."""
    return {"policies": {"OST": "aside", "WES": "aside", "MID": "aside", **stances}}
