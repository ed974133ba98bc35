"""Which run of an ensemble to describe: a typical one, or a surprising one.

Every outcome counts, whatever its unit, because runs are compared by rank. Numbers rank by value;
a day that never came ranks last. Texts and yes or no rank by how rare they are.

The outcomes of actors are many and say much the same, such as the ties of all third parties. All
columns of one kind therefore weigh as much together as one outcome of the conflict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.io.errors import UsageError, nearest
from sim.io.text import count
from sim.outcomes.columns import ACTOR_COLUMNS, ENDINGS, RUN
from sim.outcomes.numbers import percent

Array = NDArray[np.float64]
ENDING_WORDS = {"capitulation": "capitulation", "ceasefire": "truce", "lull": "lull",
                "fighting": "fighting"}
"""Endings that a user may name, and their names in the outcomes."""
RIDGE = 0.1
"""Added to the correlations of outcomes, so that near copies of an outcome count only once."""
REASONS = 2
"""Number of outcomes that explain why a run is surprising."""


@dataclass(frozen=True)
class Selection:
    """A chosen run.

    Attributes:
        run: number of the run.
        because: why it was chosen, in one sentence without a full stop.
    """

    run: int
    because: str


def typical(outcomes: pd.DataFrame, ending: str | None = None) -> Selection:
    """Return the run nearest to the medians and modes of all outcomes.

    The distance of a run from a median is ``|2 F - 1|``, with the share of runs F that rank below
    it: 0 at the median, 1 at an extreme. Its distance from the most frequent value of a text is
    ``1 - p / p_mode``. The run with the least mean distance is chosen, the first of equals.

    Args:
        outcomes: the outcomes of all runs.
        ending: consider only runs that end like this: ``capitulation``, ``ceasefire``, ``lull`` or
            ``fighting``.

    Raises:
        UsageError: no run ends like this.

    >>> table = pd.DataFrame({"run": [0, 1, 2], "duration_days": [9, 40, 44], "ending": ["truce"] * 3})
    >>> typical(table).run
    1
    """
    among = outcomes if ending is None else with_ending(outcomes, ending)
    distance = np.zeros(len(among))
    for name, weight in _weights(among).items():
        distance += weight * _distance(among[name])
    run = int(among["run"].to_numpy()[distance.argmin()])
    those = "runs" if ending is None else f"runs that end in {ending}"
    return Selection(run, f"the most typical of {len(among):,} {those}: the nearest to the median "
                     "or the most frequent value of all outcomes together")


def surprising(outcomes: pd.DataFrame) -> Selection:
    """Return the run whose outcomes, taken together, lie furthest from those of all runs.

    Ranks become normal scores ``z``, and the distance is that of Mahalanobis,
    ``z' (R + 0.1 I)^-1 z``, with the correlations R between outcomes. A long war with many deaths
    is therefore not surprising twice, and a short one with many deaths is.

    >>> rows = {"run": range(5), "duration_days": [1, 2, 3, 4, 5], "deaths": [10, 20, 50, 40, 30]}
    >>> surprising(pd.DataFrame(rows)).run
    4
    """
    weights = _weights(outcomes)
    names = list(weights)
    scores = np.stack([_scores(outcomes[name]) for name in names])
    scores *= np.sqrt(np.array([weights[name] for name in names]))[:, None]
    related = scores @ scores.T / scores.shape[1]
    related += RIDGE * np.diag(related.diagonal().clip(1e-12, None))
    solved = np.linalg.solve(related, scores)
    chosen = int((scores * solved).sum(axis=0).argmax())
    run = int(outcomes["run"].to_numpy()[chosen])
    rare = sorted(names, key=lambda name: -abs(_scores(outcomes[name])[chosen]))[:REASONS]
    reasons = " and ".join(_reason(outcomes[name], chosen) for name in rare)
    return Selection(run, f"the least expected of {len(outcomes):,} runs, taking all outcomes "
                     f"together; most unusual are {reasons}")


def with_ending(outcomes: pd.DataFrame, ending: str) -> pd.DataFrame:
    """Return the runs with an ending; UsageError if it is unknown or there is none."""
    if ending not in ENDING_WORDS:
        allowed = ", ".join(ENDING_WORDS)
        raise UsageError(f"unknown ending '{ending}'{nearest(ending, ENDING_WORDS)}; "
                         f"allowed: {allowed}")
    chosen = outcomes[outcomes["ending"] == ENDING_WORDS[ending]]
    if chosen.empty:
        counts = outcomes["ending"].value_counts()
        names = {value: key for key, value in ENDING_WORDS.items()}
        found = ", ".join(f"{names[end]} ({counts[end]:,})" for end in ENDINGS if end in counts)
        runs = count(len(outcomes), "run")
        raise UsageError(f"none of {runs} ends in {ending}; endings of its runs: {found}")
    return chosen


def _weights(outcomes: pd.DataFrame) -> dict[str, float]:
    """Return the weight of each outcome that differs between runs; all weights sum to 1."""
    numbering = {column.name for column in RUN}
    names = [name for name in outcomes if name not in numbering and _varies(outcomes[name])]
    families = [name.partition("_")[0] for name in names]
    families = [
        family if family in ACTOR_COLUMNS and name.count("_") else name
        for family, name in zip(families, names, strict=True)
    ]
    sizes = {family: families.count(family) for family in families}
    return {
        name: 1.0 / sizes[family] / len(sizes)
        for name, family in zip(names, families, strict=True)
    }


def _varies(values: pd.Series) -> bool:
    return bool(values.nunique(dropna=False) > 1)


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _distance(values: pd.Series) -> Array:
    if _is_number(values):
        return np.abs(2.0 * _ranks(values) - 1.0)
    share = values.map(values.value_counts(normalize=True)).to_numpy(dtype=float)
    return 1.0 - share / share.max()


def _ranks(values: pd.Series) -> Array:
    """Return the share of runs below each run, with half of its equals: 0 to 1, ``(runs,)``."""
    numbers = values
    if not _is_number(values):
        shares = values.value_counts(normalize=True)
        numbers = -values.map(shares).astype(float)
    filled = numbers.astype(float).fillna(np.inf)
    return (filled.rank(method="average").to_numpy() - 0.5) / len(filled)


def _scores(values: pd.Series) -> Array:
    """Return the normal scores of the ranks, with mean 0: ``(runs,)``."""
    ranks, where = np.unique(_ranks(values), return_inverse=True)
    normal = NormalDist()
    scores = np.array([normal.inv_cdf(rank) for rank in ranks])[where]
    return scores - scores.mean()


def _reason(values: pd.Series, chosen: int) -> str:
    """Return an outcome of a run, with the share of runs in which it is as extreme."""
    value = values.iloc[chosen]
    if not _is_number(values):
        share = float((values == value).mean())
        return f"{values.name} {value} (in {percent(share)} of runs)"
    numbers = values.astype(float).fillna(np.inf)
    at = float(numbers.iloc[chosen])
    share = min(float((numbers <= at).mean()), float((numbers >= at).mean()))
    shown = "never" if np.isinf(at) else f"{at:,.4g}"
    return f"{values.name} {shown} (as extreme in {percent(share)} of runs)"


