"""Which run of an ensemble to describe: a typical one, or a surprising one.

Every outcome counts, whatever its unit, because runs are compared by rank. Numbers rank by value;
a day that never came ranks last. Texts and yes or no rank by how rare they are.

The outcomes of actors are many and say much the same, such as the ties of all third parties. All
columns of one kind therefore weigh as much together as one outcome of the conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.io.errors import UsageError, nearest
from sim.io.text import count
from sim.outcomes.columns import ACTOR_COLUMNS, ENDINGS, RUN, columns
from sim.outcomes.numbers import number, percent
from sim.results.chronicle.grammar import named
from sim.scenario import Scenario
from sim.scenario.columns import column_name, named_columns

Array = NDArray[np.float64]
ENDING_WORDS = {
    "capitulation": "capitulation",
    "ceasefire": "truce",
    "lull": "lull",
    "fighting": "fighting",
}
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

    >>> typical(pd.DataFrame({"run": [0, 1, 2], "duration_days": [9, 40, 44]})).run
    1
    """
    among = outcomes if ending is None else with_ending(outcomes, ending)
    distance = np.zeros(len(among))
    for name, weight in _weights(among).items():
        distance += weight * _distance(among[name])
    run = int(among["run"].to_numpy()[distance.argmin()])
    those = "runs" if ending is None else f"runs that end in {ending}"
    return Selection(
        run,
        f"the most typical of {len(among):,} {those}: the nearest to the median "
        "or the most frequent value of all outcomes together",
    )


def surprising(outcomes: pd.DataFrame, words: Mapping[str, str] | None = None) -> Selection:
    """Return the run whose outcomes, taken together, lie furthest from those of all runs.

    Ranks become normal scores ``z``, and the distance is that of Mahalanobis,
    ``z' (R + 0.1 I)^-1 z``, with the correlations R between outcomes. A long war with many deaths
    is therefore not surprising twice, and a short one with many deaths is.

    Args:
        outcomes: the outcomes of all runs.
        words: what the outcomes measure, for those that may explain the choice; all by default.

    >>> days = np.arange(20)
    >>> deaths = np.where(days == 3, 195, 10 * days)
    >>> surprising(pd.DataFrame({"run": days, "duration_days": days, "deaths": deaths})).run
    3
    """
    weights = _weights(outcomes)
    names = list(weights)
    unweighted = np.stack([_scores(outcomes[name]) for name in names])
    scores = unweighted * np.sqrt(np.array([weights[name] for name in names]))[:, None]
    related = scores @ scores.T / scores.shape[1]
    related += RIDGE * np.diag(related.diagonal().clip(1e-12, None))
    solved = np.linalg.solve(related, scores)
    chosen = int((scores * solved).sum(axis=0).argmax())
    run = int(outcomes["run"].to_numpy()[chosen])
    told = {name: name for name in names} if words is None else words
    extreme = {name: abs(row[chosen]) for name, row in zip(names, unweighted, strict=True)}
    rare = sorted((name for name in names if name in told), key=lambda name: -extreme[name])
    reasons = " and ".join(_reason(outcomes[n], told[n], chosen) for n in rare[:REASONS])
    return Selection(
        run,
        f"the least expected of {len(outcomes):,} runs, taking all outcomes "
        f"together; most unusual are {reasons}",
    )


def outcomes_in_words(scenario: Scenario) -> dict[str, str]:
    """Return what the outcomes measure that may explain a choice, by column, with actors' names.

    Ties and dependence are left out: they only follow from the rest.

    >>> import sim
    >>> outcomes_in_words(sim.load("april_2016").scenario)["support_TUR_AZE"]
    'mean support of Turkey for Azerbaijan on days of fighting'
    """
    derived = ("tie", "dependence", "standing", "frustrated", "first", "territory_day", "lasting")
    words = {
        column.name: column.measured
        for column in columns(scenario)
        if not column.name.startswith(derived)
    }
    for what, codes in named_columns(scenario):
        name = column_name(what, *codes)
        if name in words:
            measured = ACTOR_COLUMNS[what][2]
            words[name] = measured.format(*(named(scenario.actors[code].name) for code in codes))
    return words


def with_ending(outcomes: pd.DataFrame, ending: str) -> pd.DataFrame:
    """Return the runs with an ending; UsageError if it is unknown or there is none."""
    if ending not in ENDING_WORDS:
        allowed = ", ".join(ENDING_WORDS)
        raise UsageError(
            f"unknown ending '{ending}'{nearest(ending, ENDING_WORDS)}; allowed: {allowed}"
        )
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
        name: 1.0 / sizes[family] / len(sizes) for name, family in zip(names, families, strict=True)
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


def _reason(values: pd.Series, name: str, chosen: int) -> str:
    """Return an outcome of a run, with the share of runs in which it is as extreme."""
    value = values.iloc[chosen]
    if not _is_number(values):
        share = float((values == value).mean())
        shown = {True: "yes", False: "no"}.get(value, value)
        return f"{name}: {shown} (in {percent(share)} of runs)"
    numbers = values.astype(float).fillna(np.inf)
    at = float(numbers.iloc[chosen])
    share = min(float((numbers <= at).mean()), float((numbers >= at).mean()))
    shown = "never" if np.isinf(at) else number(at)
    return f"{name}: {shown} (as extreme in {percent(share)} of runs)"
