"""Sensitivity: the uncertain parameters that drive an effect, and where its sign flips.

The draws' effects are regressed on their parameters by standardised rank regression (Saltelli et
al. 2008, ch. 1), with forward selection. There may be more than a hundred parameters and not many
more draws, so each step is tested with a correction for all candidates. Categorical parameters
enter as one indicator per option.

The effect is smoothed over a driver by a local linear fit. Its sign flips where the fit crosses
zero, but only if the mean effect is clearly positive on one side and clearly negative on the other.
So an effect that merely begins at some value flips nowhere. The interval of this threshold holds
the values around it at which the sign is not clear. The share of draws above it is the parameter's
*odds* before any simulation: by its coded range or, if the scenario names a posterior, by the
fitted draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments.effects import Effect
from sim.arguments.intervals import LEVEL, limits, student

Array = NDArray[np.float64]

MOST_VALUES = 3
"""Maximum number of drivers."""
CHANCE = 0.05
"""Probability that a step names a parameter if there is no driver."""
WIDTH = 0.12
"""Bandwidth of the smoothing, as a share of the draws."""
CELLS = 21
"""Cells of a map along each axis."""
MIN_DRAWS = 24
SIDES = 0.99
"""Confidence with which the effect must have opposite signs on both sides of a threshold."""
FEWEST = 8
"""Smallest number of draws on each side of a threshold."""
RESAMPLES = 200
"""Resamples of draws for the error of a smoothed effect."""
PLACES = np.linspace(0.02, 0.98, 49)
"""Ranks at which an effect is smoothed."""


@dataclass(frozen=True)
class Driver:
    """A parameter that drives an effect.

    Attributes:
        path: path of the parameter, with ``= option`` for a categorical one.
        weight: standardised rank regression coefficient.
        weight_low, weight_high: its 95% interval.
        explained: additional share of the variance of the ranks.
        threshold: value at which the sign flips, in the parameter's unit; None if it does not.
        threshold_low, threshold_high: its 95% interval; None for an option.
        odds: share of draws above the threshold, or with the option; None without a threshold.
    """

    path: str
    weight: float
    weight_low: float
    weight_high: float
    explained: float
    threshold: float | None = None
    threshold_low: float | None = None
    threshold_high: float | None = None
    odds: float | None = None


def open_values(
    parameters: pd.DataFrame | Mapping[str, NDArray[Any]], draws: NDArray[np.int64]
) -> pd.DataFrame:
    """Return the varying parameters of some draws, with one column per parameter or option.

    Args:
        parameters: columns of the draws, one value per draw.
        draws: numbers of the draws.
    """
    columns: dict[str, NDArray[np.generic]] = {}
    for name, column in parameters.items():
        chosen = np.asarray(column)[draws]
        if chosen.dtype.kind in "OUT":
            columns |= {f"{name} = {option}": chosen == option for option in sorted(set(chosen))}
        elif name != "draw":
            columns[str(name)] = chosen
    table = np.array(list(columns.values()), dtype=float).reshape(len(columns), len(draws)).T
    varies = table.max(axis=0, initial=-np.inf) > table.min(axis=0, initial=np.inf)
    return pd.DataFrame(table[:, varies], columns=np.array(list(columns), dtype=object)[varies])


def drivers_of(found: Effect, values: pd.DataFrame) -> list[Driver]:
    """Return the drivers of an effect, the strongest first; empty if there are none.

    Args:
        found: the effect.
        values: parameters of the draws, with rows in the order of the effect's draws.
    """
    chosen, explained = chosen_values(found.value, values)
    if not chosen:
        return []
    names = list(values.columns)
    ranked = np.column_stack([_standard(rank_shares(values[names[k]].to_numpy())) for k in chosen])
    weights, reach = _regression(ranked, _standard(rank_shares(found.value)))
    return [
        Driver(
            names[k],
            float(weight),
            float(weight - error),
            float(weight + error),
            gain,
            *flip(found, values[names[k]].to_numpy()),
        )
        for k, weight, error, gain in zip(chosen, weights, reach, explained, strict=True)
    ]


def chosen_values(
    target: Array, values: pd.DataFrame, level: float = CHANCE
) -> tuple[list[int], list[float]]:
    """Return the values that drive a quantity by forward selection; empty if there are none.

    Args:
        target: the quantity in each draw, ``(draws,)``.
        values: parameters of the draws, see :func:`open_values`.
        level: probability that a step names a value if there is no driver.

    Returns:
        Positions of their columns, the strongest first, and the additional share of the variance
        of the ranks that each explains.
    """
    chosen: list[int] = []
    explained: list[float] = []
    if len(target) < MIN_DRAWS or np.ptp(target) == 0 or values.empty:
        return chosen, explained
    ranked = _standard(values.rank(pct=True).to_numpy())
    of_target = _standard(rank_shares(target))
    while len(chosen) < MOST_VALUES:
        step = _next(ranked, of_target, chosen, level)
        if step is None:
            break
        chosen.append(step[0])
        explained.append(step[1])
    return chosen, explained


def _regression(design: Array, target: Array) -> tuple[Array, Array]:
    """Return the coefficients of a linear regression, and the half widths of their intervals."""
    weights = np.linalg.lstsq(design, target, rcond=None)[0]
    degrees = len(target) - design.shape[1] - 1
    residual = target - design @ weights
    covariance = np.linalg.pinv(design.T @ design) * (residual @ residual) / degrees
    return np.asarray(weights), student(LEVEL, degrees) * np.sqrt(np.diag(covariance))


def _next(
    ranked: Array, target: Array, chosen: list[int], level: float
) -> tuple[int, float] | None:
    """Return the parameter that explains most and its share.

    Returns None if chance can explain as much.
    """
    left = _left_over(target, ranked[:, chosen])
    others = _left_over(ranked, ranked[:, chosen])
    size = np.sqrt((others**2).mean(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = (others * left[:, None]).mean(axis=0) / (size * left.std())
    correlation = np.where((size > 0.05) & np.isfinite(correlation), correlation, 0.0)
    best = int(np.abs(correlation).argmax())
    reach = NormalDist().inv_cdf(1.0 - level / (2 * ranked.shape[1])) / np.sqrt(
        len(target) - len(chosen) - 2
    )
    if abs(correlation[best]) <= reach:
        return None
    return best, float(correlation[best] ** 2 * (left**2).mean())


def _left_over(values: Array, on: Array) -> Array:
    """Return the residuals of a regression on some columns."""
    return values if not on.shape[1] else values - on @ np.linalg.lstsq(on, values, rcond=None)[0]


def rank_shares(values: Array) -> Array:
    """Return ranks from 0 to 1, with average ranks for ties.

    >>> rank_shares(np.array([3.0, 1.0, 3.0, 2.0])).tolist()
    [0.875, 0.25, 0.875, 0.5]
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(count) - (count - 1) / 2
    return np.asarray((ranks / len(values))[place])


def _standard(values: Array) -> Array:
    """Return values, or columns of values, with mean 0 and variance 1; constant ones are 0."""
    size = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(size > 0, size, 1.0))


Flip = tuple[float | None, float | None, float | None, float | None]
"""A threshold, its interval, and the share of draws above it."""
NO_FLIP: Flip = (None, None, None, None)


def flip(found: Effect, value: Array) -> Flip:
    """Return the threshold at which the effect's sign flips; nothing if it does not."""
    if set(np.unique(value)) == {0.0, 1.0}:
        differs = _opposite(found.value[value == 0], found.value[value == 1])
        return (0.5, None, None, float(value.mean())) if differs else NO_FLIP
    ranks = rank_shares(value)
    line = _smoothed(found, ranks[:, None], PLACES[:, None])
    rank = _crossing(line)
    if rank is None or not _opposite(found.value[ranks <= rank], found.value[ranks > rank]):
        return NO_FLIP
    low, high = _unclear(line, _error(found, ranks), rank)
    at, lowest, highest = (float(np.quantile(value, share)) for share in (rank, low, high))
    return at, lowest, highest, float(1.0 - rank)


def _opposite(first: Array, second: Array) -> bool:
    """Return whether the mean effects of two groups of draws clearly have opposite signs."""
    if min(len(first), len(second)) < FEWEST:
        return False
    low, high = zip(limits(first, level=SIDES), limits(second, level=SIDES), strict=True)
    return (high[0] < 0 < low[1]) or (high[1] < 0 < low[0])


def _crossing(line: Array) -> float | None:
    """Return the rank nearest to the middle at which a smoothed effect crosses zero."""
    signs = np.sign(line)
    crossings = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    if not len(crossings):
        return None
    step = PLACES[1] - PLACES[0]
    ranks = PLACES[crossings] + step * line[crossings] / (line[crossings] - line[crossings + 1])
    return float(ranks[np.abs(ranks - 0.5).argmin()])


def _unclear(line: Array, error: Array, rank: float) -> tuple[float, float]:
    """Return the ranks around a crossing between which the sign of the effect is not clear."""
    clear = np.abs(line) > NormalDist().inv_cdf((1 + LEVEL) / 2) * error
    places = PLACES[clear]
    below = places[places < rank]
    above = places[places > rank]
    return float(below.max(initial=0.0)), float(above.min(initial=1.0))


def _error(found: Effect, ranks: Array) -> Array:
    """Return the standard error of the smoothed effect at each place, by resampling draws."""
    draws = len(ranks)
    random = np.random.default_rng(draws)
    weights = random.multinomial(draws, np.full(draws, 1.0 / draws), size=RESAMPLES)
    offset = ranks - PLACES[:, None]
    kernel = np.exp(-0.5 * (offset / WIDTH) ** 2)
    # moments of the local linear fits of all resamples
    s0, s1, s2, t0, t1 = (
        weights @ (kernel * factor).T
        for factor in (1.0, offset, offset**2, found.value, offset * found.value)
    )
    lines = (s2 * t0 - s1 * t1) / np.maximum(s0 * s2 - s1**2, 1e-300)
    return np.asarray(lines.std(axis=0))


def _smoothed(found: Effect, places: Array, at: Array) -> Array:
    """Return the effect smoothed by local linear fits, at given ranks: shape ``(len(at),)``."""
    # one array (draws, points) per value, because a large one takes longer to allocate
    offsets = [place[:, None] - point for place, point in zip(places.T, at.T, strict=True)]
    near = np.exp(-0.5 * sum((offset / WIDTH) ** 2 for offset in offsets))
    design = [np.ones_like(near), *offsets]
    weighted = [part * near for part in design]
    moments = np.array([[(first * part).sum(axis=0) for part in design] for first in weighted])
    ridge = np.diag([0.0] + [1e-3] * len(offsets))
    moments += ridge[:, :, None] * np.ascontiguousarray(near.T).sum(axis=1)
    targets = np.array([(part * found.value[:, None]).sum(axis=0) for part in weighted])
    fits = np.linalg.solve(moments.transpose(2, 0, 1), targets.T[:, :, None])
    return np.asarray(fits[:, 0, 0])


def axes(found: Effect, values: pd.DataFrame, decide: list[Driver]) -> tuple[str, str] | None:
    """Return the paths of the two parameters of a map.

    Drivers come first, then the most correlated parameters.
    """
    numbers = [driver.path for driver in decide if " = " not in driver.path]
    candidates = [name for name in values if " = " not in name and name not in numbers]
    ranked = _standard(values[candidates].rank(pct=True).to_numpy())
    correlation = np.abs(_standard(rank_shares(found.value)) @ ranked)
    strength = dict(zip(candidates, correlation.tolist(), strict=True))
    chosen = [*numbers, *sorted(candidates, key=lambda name: -strength[name])][:2]
    return (chosen[0], chosen[1]) if len(chosen) == 2 else None


def flip_map(found: Effect, values: pd.DataFrame, paths: tuple[str, str]) -> pd.DataFrame:
    """Return an effect over two parameters: one row per cell, with the smoothed effect.

    Args:
        found: the effect.
        values: parameters of the draws, with rows in the order of the effect's draws.
        paths: paths of the two parameters.
    """
    columns = [values[path].to_numpy() for path in paths]
    places = np.column_stack([rank_shares(column) for column in columns])
    shares = (np.arange(CELLS) + 0.5) / CELLS
    of_x, of_y = (np.quantile(column, shares) for column in columns)
    smooth = _smoothed(found, places, np.column_stack(_cells(shares, shares)))
    x, y = _cells(of_x, of_y)
    return pd.DataFrame({"x": x, "y": y, "effect": smooth})


def _cells(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the places of all cells of a map along both axes, row by row."""
    return np.tile(x, len(y)), np.repeat(y, len(x))
