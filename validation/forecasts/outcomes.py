"""What is forecast of a crisis, and how a run measures it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

HORIZON = 365
"""Days that every crisis is simulated. A crisis that lasted longer counts as censored here."""
MEDIATES = "mediates_"
"""Start of the columns with the share of days of fighting on which a third party mediated."""

SIZE = "size"
COUNT = "count"
YES = "yes or no"


@dataclass(frozen=True)
class Outcome:
    """Something that is forecast of every crisis.

    Attributes:
        name: name in tables.
        says: the same in words.
        kind: ``size``, ``count`` or ``yes or no``.
        measure: function that returns the value in each run of a table, ``(runs,)``.
        unit: unit of its values.
        smallest: size below which differences are absolute, and above which they are relative.
        low: smallest possible value.
        high: largest value of the know-nothing forecast.
        limit: value at which it is censored; None if it is not.
        bounded: whether the density of the smoothed forecast is reflected at ``low``.
    """

    name: str
    says: str
    kind: str
    measure: Callable[[pd.DataFrame], Array]
    unit: str = "-"
    smallest: float = 1.0
    low: float = 0.0
    high: float = 1.0
    limit: float | None = None
    bounded: bool = True

    def scaled(self, values: Array) -> Array:
        """Return values on the scale of the scores, ``asinh(value / smallest)``.

        It is logarithmic for large values and linear around zero. Values beyond the limit are cut.

        >>> DURATION.scaled(np.array([0.0, 365.0, 774.0])).round(2).tolist()
        [0.0, 6.59, 6.59]
        """
        values = np.asarray(values, dtype=float)
        cut = values if self.limit is None else np.minimum(values, self.limit)
        return cut if self.kind == YES else np.arcsinh(cut / self.smallest)

    def is_censored(self, values: Array) -> NDArray[np.bool_]:
        """Return which values lie at the limit or beyond it."""
        values = np.asarray(values, dtype=float)
        return values >= (np.inf if self.limit is None else self.limit)


def _of(*columns: str) -> Callable[[pd.DataFrame], Array]:
    def measure(table: pd.DataFrame) -> Array:
        return np.asarray(table[list(columns)].to_numpy(dtype=float).sum(axis=1))

    return measure


def _is_mediated_ceasefire(table: pd.DataFrame) -> Array:
    return np.asarray((table["ending"] == "truce") & (table["broker"] != "none"), dtype=float)


def _is_mediated(table: pd.DataFrame) -> Array:
    columns = [name for name in table.columns if name.startswith(MEDIATES)]
    return np.asarray((table[columns].to_numpy(dtype=float) > 0).any(axis=1), dtype=float)


def _surrenders(table: pd.DataFrame) -> Array:
    return np.asarray(table["ending"] == "capitulation", dtype=float)


DURATION = Outcome(
    "duration",
    "days of fighting",
    SIZE,
    _of("duration_days"),
    unit="days",
    high=3650.0,
    limit=float(HORIZON),
)
DEATHS = Outcome(
    "deaths",
    "battle deaths of both sides",
    SIZE,
    _of("deaths_challenger", "deaths_defender"),
    unit="deaths",
    smallest=5.0,
    high=200_000.0,
)
TERRITORY = Outcome(
    "territory",
    "territory won by fighting",
    SIZE,
    _of("territory_fought"),
    unit="share of the area",
    smallest=0.01,
    low=-1.0,
    bounded=False,
)
FAILED_HALTS = Outcome(
    "failed_halts",
    "cessations of fighting that broke",
    COUNT,
    _of("failed_stops"),
    unit="halts",
    high=30.0,
)
MEDIATED_ENDING = Outcome(
    "mediated_ending", "ends in a mediated ceasefire", YES, _is_mediated_ceasefire, unit=YES
)
MEDIATION = Outcome("mediation", "anybody mediates", YES, _is_mediated, unit=YES)
ENTRY = Outcome("entry", "a third party fights", YES, _of("great_power_entry"), unit=YES)
SURRENDER = Outcome("surrender", "ends in a surrender", YES, _surrenders, unit=YES)

OUTCOMES = (
    DURATION,
    DEATHS,
    TERRITORY,
    FAILED_HALTS,
    MEDIATED_ENDING,
    MEDIATION,
    ENTRY,
    SURRENDER,
)
