"""Channels: whether a treatment reaches the outcomes, and whether a claim can hold at all.

A claim whose treatment changes almost no run says nothing about the argument, and neither does a
claim that the model could never produce. Two checks find them.

- *Delivery* is the share of runs that the treatment changes, with common random numbers.
- A *positive control* is a documented setting in which the claim should certainly hold. A
  *negative control* is one in which it should certainly not.

Both use the same first runs in a quick and in a full comparison, so they cannot contradict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments.cases import EVENTS, Case, Known
from sim.arguments.playing import Condition, ExperimentRunner


def delivered(
    case: Case, runner: ExperimentRunner, arms: Sequence[Condition], runs: int, available: int
) -> float | None:
    """Return the share of runs in which a treatment changes an outcome.

    Args:
        case: the reading.
        runner: simulates conditions.
        arms: its conditions.
        runs: number of runs that are compared.
        available: number of simulated runs of each condition.

    Returns:
        The share; None for a single condition.
    """
    return _share(case, runner, arms, runs, available, case.columns)


def reached(
    case: Case, runner: ExperimentRunner, arms: Sequence[Condition], runs: int, available: int
) -> float | None:
    """Return the share of runs in which a treatment changes a measured column."""
    return _share(case, runner, arms, runs, available, case.measure.names)


def _share(
    case: Case,
    runner: ExperimentRunner,
    arms: Sequence[Condition],
    runs: int,
    available: int,
    columns: Iterable[str],
) -> float | None:
    if len(arms) == 1:
        return None
    tables = [runner.table(arm, available).iloc[:runs] for arm in arms]
    changed = differs(tables[0], tables[1], columns)
    if len(tables) == 4:  # a difference in differences is delivered by either of its effects
        changed |= differs(tables[2], tables[3], columns)
    return float(changed.mean())


def differs(first: pd.DataFrame, second: pd.DataFrame, columns: Iterable[str]) -> NDArray[np.bool_]:
    """Return in which runs any of some columns differs between two conditions.

    >>> day, none = pd.DataFrame({"day": [3, None]}), pd.DataFrame({"day": [4, None]})
    >>> differs(day, none, ["day", "absent"]).tolist()
    [True, False]
    """
    changed = np.zeros(len(first), dtype=bool)
    for name in sorted(set(columns) & set(first.columns) & set(second.columns)):
        left, right = first[name].reset_index(drop=True), second[name].reset_index(drop=True)
        both_missing = (left.isna() & right.isna()).to_numpy()
        same = (left == right).fillna(False).to_numpy(dtype=bool)
        changed |= ~(same | both_missing)
    return changed


def columns_of(cases: Iterable[Case]) -> frozenset[str]:
    """Return the columns of the outcomes that judging some readings needs."""
    return EVENTS.union(*(case.columns for case in cases))


NOT_DEFINED = Known(holds=False, values=(), effect=float("nan"))
"""Result in a setting in which the measure is not defined in any draw."""
