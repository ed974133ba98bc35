"""Channels: whether a treatment reaches the outcomes, and whether a claim can hold at all.

A claim whose treatment changes almost no run says nothing about the argument, and neither does a
claim that the model could never produce. Two checks find them.

- *Delivery* is the share of runs that the treatment changes, with common random numbers. Another
  share is that of runs in which it changes the measure materially.
- A *positive control* is a documented setting in which the claim should certainly hold. A
  *negative control* is one in which it should certainly not.

Both have intervals with parameter draws as the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sim.arguments.cases import EVENTS, Case, Known
from sim.arguments.intervals import limits
from sim.arguments.shares import Share
from sim.arguments.verdicts import DELIVERED, MATERIAL
from sim.outcomes.arrays import Outcomes


def delivered(case: Case, outcomes: Sequence[Outcomes], draws: int) -> Share | None:
    """Return the share of runs in which a treatment changes an outcome.

    Args:
        case: the reading.
        outcomes: outcomes of the same runs in each of its conditions.
        draws: number of parameter draws.

    Returns:
        The share; None for a single condition.
    """
    return _share(outcomes, lambda first, second: differs(first, second, case.columns), draws)


def reached(case: Case, outcomes: Sequence[Outcomes], draws: int) -> Share | None:
    """Return the share of runs in which a treatment changes the measure materially.

    A change is material from a tenth of the margin on. Smaller ones, such as those of a tie that
    drifts by a trace, cannot add up to a relevant difference.
    """
    averages = list(case.measure.averages())
    least = MATERIAL * case.margin

    def measured(first: Outcomes, second: Outcomes) -> NDArray[np.bool_]:
        changed = [part.values(first) != part.values(second) for part in averages]
        change = np.abs(case.contributions(first, draws) - case.contributions(second, draws))
        # where the measure is not defined, any change counts
        return np.logical_or.reduce(changed) & ~(change < least)

    return _share(outcomes, measured, draws)


def is_near_threshold(share: Share, runs: int) -> bool:
    """Return whether an end of a share's interval is within two standard errors of the threshold.

    Args:
        share: share of runs that a treatment changes.
        runs: runs per condition.

    >>> near, far = Share(0.04, 0.03, 0.049), Share(0.02, 0.01, 0.03)
    >>> is_near_threshold(near, 4800), is_near_threshold(far, 4800)
    (True, False)
    """
    near = 2.0 * sqrt(share.value * (1.0 - share.value) / runs)
    return min(abs(share.low - DELIVERED), abs(share.high - DELIVERED)) < near


Changes = Callable[[Outcomes, Outcomes], NDArray[np.bool_]]


def _share(outcomes: Sequence[Outcomes], changes: Changes, draws: int) -> Share | None:
    """Return the share of runs with a change, with an interval over draws.

    Either effect of a difference in differences counts.
    """
    if len(outcomes) == 1:
        return None
    complete = len(outcomes[0]) // draws * draws
    outcomes = [of_arm.first(complete) for of_arm in outcomes]
    changed = changes(outcomes[0], outcomes[1])
    if len(outcomes) == 4:
        changed = changed | changes(outcomes[2], outcomes[3])
    by_draw = changed.reshape(-1, draws).mean(axis=0)
    replicates = len(changed) // draws
    low, high = limits(by_draw, 1.0 / replicates)
    return Share(float(by_draw.mean()), max(low, 0.0), min(high, 1.0))


def differs(first: Outcomes, second: Outcomes, columns: Iterable[str]) -> NDArray[np.bool_]:
    """Return in which runs any of some columns differs between two conditions.

    Two missing values are equal.

    >>> days = (np.array([day, np.nan]) for day in (3.0, 4.0))
    >>> first, second = (Outcomes({"day": column}) for column in days)
    >>> differs(first, second, ["day", "absent"]).tolist()
    [True, False]
    """
    changed = np.zeros(len(first), dtype=bool)
    for name in sorted(set(columns) & first.columns.keys() & second.columns.keys()):
        left, right = first[name], second[name]
        changed |= (left != right) & ((left == left) | (right == right))
    return changed


def columns_of(cases: Iterable[Case]) -> frozenset[str]:
    """Return the columns of the outcomes that judging some readings needs."""
    return EVENTS.union(*(case.columns for case in cases))


NOT_DEFINED = Known(holds=None, values=(), effect=float("nan"))
"""Result in a setting in which the measure is not defined in most draws."""
