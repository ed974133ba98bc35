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
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments.cases import EVENTS, Case, Known
from sim.arguments.intervals import limits
from sim.arguments.shares import Share
from sim.arguments.verdicts import DELIVERED, MATERIAL


def delivered(case: Case, tables: Sequence[pd.DataFrame], draws: int) -> Share | None:
    """Return the share of runs in which a treatment changes an outcome.

    Args:
        case: the reading.
        tables: outcomes of the same runs in each of its conditions.
        draws: number of parameter draws.

    Returns:
        The share; None for a single condition.
    """
    return _share(tables, lambda first, second: differs(first, second, case.columns), draws)


def reached(case: Case, tables: Sequence[pd.DataFrame], draws: int) -> Share | None:
    """Return the share of runs in which a treatment changes the measure materially.

    A change is material from a tenth of the margin on. Smaller ones, such as those of a tie that
    drifts by a trace, cannot add up to a relevant difference.
    """
    averages = list(case.measure.averages())
    least = MATERIAL * case.margin

    def measured(first: pd.DataFrame, second: pd.DataFrame) -> NDArray[np.bool_]:
        changed = [part.values(first) != part.values(second) for part in averages]
        change = np.abs(case.contributions(first, draws) - case.contributions(second, draws))
        # where the measure is not defined, any change counts
        return np.logical_or.reduce(changed) & ~(change < least)

    return _share(tables, measured, draws)


def is_close(share: Share, runs: int) -> bool:
    """Return whether chance may well carry an end of a share's interval across the threshold.

    Args:
        share: share of runs that a treatment changes.
        runs: runs per condition.

    >>> is_close(Share(0.04, 0.03, 0.049), 4800), is_close(Share(0.02, 0.01, 0.03), 4800)
    (True, False)
    """
    reach = 2.0 * sqrt(share.value * (1.0 - share.value) / runs)
    return min(abs(share.low - DELIVERED), abs(share.high - DELIVERED)) < reach


Changes = Callable[[pd.DataFrame, pd.DataFrame], NDArray[np.bool_]]


def _share(tables: Sequence[pd.DataFrame], changes: Changes, draws: int) -> Share | None:
    """Return the share of runs with a change, with an interval over draws.

    Either effect of a difference in differences counts.
    """
    if len(tables) == 1:
        return None
    complete = len(tables[0]) // draws * draws
    tables = [table.iloc[:complete] for table in tables]
    changed = changes(tables[0], tables[1])
    if len(tables) == 4:
        changed = changed | changes(tables[2], tables[3])
    by_draw = changed.reshape(-1, draws).mean(axis=0)
    replicates = len(changed) // draws
    low, high = limits(by_draw, 1.0 / replicates)
    return Share(float(by_draw.mean()), max(low, 0.0), min(high, 1.0))


def differs(first: pd.DataFrame, second: pd.DataFrame, columns: Iterable[str]) -> NDArray[np.bool_]:
    """Return in which runs any of some columns differs between two conditions.

    >>> day, none = pd.DataFrame({"day": [3, None]}), pd.DataFrame({"day": [4, None]})
    >>> differs(day, none, ["day", "absent"]).tolist()
    [True, False]
    """
    changed = np.zeros(len(first), dtype=bool)
    for name in sorted(set(columns) & set(first.columns) & set(second.columns)):
        left, right = (_plain(table[name]) for table in (first, second))
        changed |= left != right
    return changed


def _plain(column: pd.Series[Any]) -> NDArray[Any]:
    """Return the values of a column, with a value of their own for missing ones."""
    if column.dtype.kind in "bif":
        return column.to_numpy(np.float64, na_value=-np.inf)
    return column.to_numpy(object)


def columns_of(cases: Iterable[Case]) -> frozenset[str]:
    """Return the columns of the outcomes that judging some readings needs."""
    return EVENTS.union(*(case.columns for case in cases))


NOT_DEFINED = Known(holds=None, values=(), effect=float("nan"))
"""Result in a setting in which the measure is not defined in most draws."""
