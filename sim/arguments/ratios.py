"""Risk ratios of rare events, over all draws together.

A rare event is absent from most draws, so draws cannot be judged one by one. All runs of a
condition are counted together, and the ratio of the two risks is reported. Half an event is added
to each count (Haldane 1956), so that no events never mean certainty.

The interval of the ratio is normal on the scale of logarithms. Its standard error is the larger of
two. The first takes draws as the unit, because events cluster in draws. The second is that of two
independent counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, hypot, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sim.arguments.intervals import LEVEL

Array = NDArray[np.float64]

HALF = 0.5
"""Events added to each count."""
FARTHEST = 100.0
"""Largest standard error of a logarithm, so that intervals stay finite."""


@dataclass(frozen=True)
class RiskRatio:
    """The ratio of the risks of an event in two conditions.

    Attributes:
        value, low, high: the ratio and its interval.
        risks: risk in each condition.
        difference, difference_low, difference_high: difference of the risks and its interval.
        events: number of events in both conditions.
        error: standard error of the logarithm of the ratio.
        chance: p-value of equal risks.
    """

    value: float
    low: float
    high: float
    risks: tuple[float, float]
    difference: float
    difference_low: float
    difference_high: float
    events: float
    error: float
    chance: float

    def turned(self) -> RiskRatio:
        """Return the ratio with the two conditions exchanged."""
        return RiskRatio(
            1 / self.value,
            1 / self.high,
            1 / self.low,
            self.risks[::-1],
            -self.difference,
            -self.difference_high,
            -self.difference_low,
            self.events,
            self.error,
            self.chance,
        )


def risk_ratio(first: Array, second: Array, replicates: int) -> RiskRatio:
    """Return the ratio of the risks in two conditions, with an interval.

    Args:
        first: risk in each draw in the first condition, ``(draws,)``.
        second: risk in each draw in the second condition, ``(draws,)``.
        replicates: number of runs of each draw.

    >>> nothing = risk_ratio(np.zeros(4), np.zeros(4), 8)
    >>> nothing.value, nothing.low < 0.1, nothing.high > 10
    (1.0, True, True)
    """
    draws = len(first)
    runs = draws * replicates
    counts = first * replicates, second * replicates
    # 1. the ratio, with half an event in each condition
    events = counts[0].sum() + HALF, counts[1].sum() + HALF
    logged = log(events[0] / events[1])
    # 2. its standard error: draws as the unit, or independent counts
    influence = counts[0] / events[0] - counts[1] / events[1]
    between = sqrt(draws * influence.var(ddof=1)) if draws > 1 else float("inf")
    error = max(between, sqrt(1 / events[0] + 1 / events[1]))
    error = min(error, FARTHEST)
    # 3. the interval of the ratio
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2)
    # 4. the interval of the difference, from those of both risks (Zou & Donner 2008)
    risks = float(first.mean()), float(second.mean())
    below, above = zip(*(_reaches(of_arm, runs, reach) for of_arm in counts), strict=True)
    difference = risks[0] - risks[1]
    return RiskRatio(
        exp(logged),
        exp(logged - reach * error),
        exp(logged + reach * error),
        risks,
        difference,
        difference - hypot(below[0], above[1]),
        difference + hypot(above[0], below[1]),
        float(counts[0].sum() + counts[1].sum()),
        error,
        erfc(abs(logged) / error / sqrt(2)),
    )


def _reaches(counts: Array, runs: int, reach: float) -> tuple[float, float]:
    """Return how far the interval of a risk reaches below and above it.

    It is normal on the scale of logarithms, with draws as the unit or as a count.
    """
    events = counts.sum() + HALF
    draws = len(counts)
    between = sqrt(draws * (counts / events).var(ddof=1)) if draws > 1 else FARTHEST
    error = min(max(between, 1 / sqrt(events)), FARTHEST)
    risk = counts.sum() / runs
    low, high = (events / runs * exp(sign * reach * error) for sign in (-1, 1))
    return max(risk - low, 0.0), max(high - risk, 0.0)
