"""What is known of a crisis at its onset, as numbers for analogues and regressions.

They come from the setting, and never from a record. A range counts with its middle, on a log scale
with the geometric mean of its ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.scenario import Choice, Quantity, Scenario
from sim.scenario.schema import ESCALATIONS
from validation.forecasts.crises import Crisis

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
INTERESTED = 0.3
"""Smallest interest in mediating that counts, on the scale of ``broker_value``."""


def covariates(crises: Sequence[Crisis]) -> Array:
    """Return the covariates of crises: ``(crises, covariates)``."""
    return np.array([_of_setting(crisis.setting) for crisis in crises])


def _of_setting(scenario: Scenario) -> list[float]:
    conflict, actors = scenario.conflict, scenario.actors
    strengths = [middle(actors[side].strength) for side in scenario.sides]
    parties = [actors[code] for code in scenario.third_parties]
    interests = [middle(party.broker_value) for party in parties if party.broker_value is not None]
    treaties = [treaty for party in parties for treaty in party.treaties]
    troops = [middle(party.troops) for party in parties if party.troops is not None]
    return [
        np.log(middle(conflict.forces)),
        abs(np.log(strengths[0] / strengths[1])),
        opening(conflict.opening),
        sum(value >= INTERESTED for value in interests),
        np.log(middle(conflict.contested_area_km2)),
        float(any(treaty.partner == conflict.defender for treaty in treaties)),
        float(any(number > 0 for number in troops)),
        int(str(scenario.start)[:4]) / 10,
    ]


def opening(value: Choice) -> float:
    """Return the level at which the challenger opens, 0 to 3; the mean of several readings."""
    return float(np.mean([ESCALATIONS.index(option) for option in value.options]))


def middle(value: Quantity | None) -> float:
    """Return the middle of a stated value; not a number where there is none.

    >>> middle(Quantity(low=1, high=100, scale="log"))
    10.0
    """
    if value is None:
        return float("nan")
    if value.scale == "log":
        return float(np.sqrt(value.low * value.high))
    return (value.low + value.high) / 2


def standardised(train: Array, target: Array) -> tuple[Array, Array]:
    """Return covariates in standard deviations of the training crises, from their mean.

    Args:
        train: covariates of the training crises, ``(crises, covariates)``.
        target: those of the crisis to forecast, ``(covariates,)``.
    """
    mean = train.mean(axis=0)
    spread = train.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return (train - mean) / spread, (target - mean) / spread
