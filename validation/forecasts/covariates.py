"""What is known of a crisis at its onset, as numbers for analogues and regressions.

They come from the setting and from ``scenarios/crises/forces.csv``, and never from a record. A
range counts with its middle, on a log scale with the geometric mean of its ends.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario import Choice, Quantity, Scenario
from validation.forecasts.crises import SETTINGS, Crisis

Array = NDArray[np.float64]

NAMES = (
    "log of the men engaged",
    "size of the log strength ratio",
    "opening level",
    "third parties with an interest in mediating",
    "log of the contested area",
    "treaty of the defender",
    "outside troops in the theatre",
    "decade of the onset",
)
OF_REGRESSIONS = 4
"""Regressions use the first four. They were chosen before any result was seen."""
LEVELS = ("hold_fire", "skirmish", "limited_offensive", "full_offensive")
INTERESTED = 0.3
"""Smallest interest in mediating that counts, on the scale of ``broker_value``."""


def covariates(crises: Sequence[Crisis]) -> Array:
    """Return the covariates of crises: ``(crises, covariates)``, not a number where unknown."""
    return np.array([_of_setting(crisis.setting) for crisis in crises])


def _of_setting(scenario: Scenario) -> list[float]:
    conflict, actors = scenario.conflict, scenario.actors
    strengths = [middle(actors[side].strength) for side in scenario.sides]
    parties = [actors[code] for code in scenario.third_parties]
    interests = [middle(party.broker_value) for party in parties if party.broker_value is not None]
    treaties = [treaty for party in parties for treaty in party.treaties]
    return [
        np.log(men(scenario)),
        abs(np.log(strengths[0] / strengths[1])),
        opening(conflict.opening),
        sum(value >= INTERESTED for value in interests),
        np.log(middle(conflict.contested_area_km2)),
        float(any(treaty.partner == conflict.defender for treaty in treaties)),
        float(has_outside_troops(scenario)),
        int(str(scenario.start)[:4]) / 10,
    ]


def opening(value: Any) -> float:
    """Return the level at which the challenger opens, 0 to 3; the mean of several readings."""
    if isinstance(value, Choice):
        return float(np.mean([LEVELS.index(option) for option in value.options]))
    return middle(value)


def has_outside_troops(scenario: Scenario) -> bool:
    """Return whether a third party has troops in the theatre at the onset."""
    stated = [getattr(scenario.actors[code], "troops", None) for code in scenario.third_parties]
    return any(value is not None and middle(value) > 0 for value in stated) or (
        "outside" in forces().get(scenario.scenario, {})
    )


def middle(value: Any) -> float:
    """Return the middle of a stated value; not a number where there is none.

    >>> middle(Quantity(low=1, high=100, scale="log"))
    10.0
    """
    if isinstance(value, Quantity):
        if value.scale == "log":
            return float(np.sqrt(value.low * value.high))
        return (value.low + value.high) / 2
    return float("nan") if value is None else float(value)


def men(scenario: Scenario) -> float:
    """Return the men engaged on both sides at the onset; not a number where nobody coded them.

    The setting has them in thousands, as ``conflict.forces``, or ``forces.csv`` has them.
    """
    stated = getattr(scenario.conflict, "forces", None)
    if isinstance(stated, Quantity):
        return 1000 * middle(stated)
    of_sides = forces().get(scenario.scenario, {})
    if "challenger" not in of_sides or "defender" not in of_sides:
        return float("nan")
    return of_sides["challenger"] + of_sides["defender"]


@cache
def forces() -> dict[str, dict[str, float]]:
    """Return the men at hand in ``forces.csv``, by crisis and side."""
    found: dict[str, dict[str, float]] = {}
    with (SETTINGS / "forces.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            of_crisis = found.setdefault(row["crisis"], {})
            number = float(np.sqrt(float(row["men_low"]) * float(row["men_high"])))
            of_crisis[row["side"]] = of_crisis.get(row["side"], 0.0) + number
    return found


def standardised(train: Array, target: Array) -> tuple[Array, Array]:
    """Return covariates in standard deviations of the training crises, unknown ones at the mean.

    Args:
        train: covariates of the training crises, ``(crises, covariates)``.
        target: those of the crisis to forecast, ``(covariates,)``.
    """
    mean = np.nanmean(train, axis=0)
    spread = np.nanstd(train, axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return tuple(np.nan_to_num((part - mean) / spread) for part in (train, target))  # type: ignore[return-value]
