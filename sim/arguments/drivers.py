"""Sensitivity: the uncertain parameters that drive an effect, and where its sign flips.

The draws' effects are regressed on their parameters by standardised rank regression (Saltelli et
al. 2008, ch. 1), with forward selection. There may be more than a hundred parameters and not many
more draws, so each step is tested with a correction for all candidates. Categorical parameters
enter as one indicator per option.

The effect is smoothed over a driver by a local linear fit. The sign flips where the fit crosses
zero. The share of draws above this threshold is the parameter's *odds* before any simulation: by
its coded range or, if the scenario names a posterior, by the fitted draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments.effects import Effect

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


@dataclass(frozen=True)
class Driver:
    """A parameter that drives an effect.

    Attributes:
        path: path of the parameter, with ``= option`` for a categorical one.
        weight: standardised rank regression coefficient.
        explained: additional share of the variance of the ranks.
        threshold: value at which the sign flips, in the parameter's unit; None if it does not.
        odds: share of draws above the threshold, or with the option; None without a threshold.
    """

    path: str
    weight: float
    explained: float
    threshold: float | None
    odds: float | None


def open_values(parameters: pd.DataFrame, draws: NDArray[np.int64]) -> pd.DataFrame:
    """Return the varying parameters of some draws, with one column per parameter or option.

    Args:
        parameters: table of draws, one row per draw.
        draws: numbers of the draws.
    """
    chosen = parameters.drop(columns="draw").iloc[draws].reset_index(drop=True)
    columns: dict[str, Array] = {}
    for name, column in chosen.items():
        if column.dtype.kind in "OUT" or str(column.dtype) in ("str", "string"):
            for reading in sorted(column.unique()):
                columns[f"{name} = {reading}"] = (column == reading).to_numpy(dtype=float)
        else:
            columns[str(name)] = column.to_numpy(dtype=float)
    return pd.DataFrame(
        {name: values for name, values in columns.items() if len(values) and np.ptp(values) > 0}
    )


def drivers_of(found: Effect, values: pd.DataFrame) -> list[Driver]:
    """Return the drivers of an effect, the strongest first; empty if there are none.

    Args:
        found: the effect.
        values: parameters of the draws, with rows in the order of the effect's draws.
    """
    if len(found.value) < MIN_DRAWS or np.ptp(found.value) == 0 or values.empty:
        return []
    names = list(values.columns)
    ranked = np.column_stack([_standard(_ranks(values[name].to_numpy())) for name in names])
    target = _standard(_ranks(found.value))
    chosen: list[int] = []
    explained: list[float] = []
    for _ in range(MOST_VALUES):
        step = _next(ranked, target, chosen)
        if step is None:
            break
        chosen.append(step[0])
        explained.append(step[1])
    if not chosen:
        return []
    weights = np.linalg.lstsq(ranked[:, chosen], target, rcond=None)[0]
    return [
        Driver(names[k], float(weight), gain, *_flip(found, values[names[k]].to_numpy()))
        for k, weight, gain in zip(chosen, weights, explained, strict=True)
    ]


def _next(ranked: Array, target: Array, chosen: list[int]) -> tuple[int, float] | None:
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
    reach = _normal_quantile(1.0 - CHANCE / (2 * ranked.shape[1])) / np.sqrt(
        len(target) - len(chosen) - 2
    )
    if abs(correlation[best]) <= reach:
        return None
    return best, float(correlation[best] ** 2 * (left**2).mean())


def _left_over(values: Array, on: Array) -> Array:
    """Return the residuals of a regression on some columns."""
    return values if not on.shape[1] else values - on @ np.linalg.lstsq(on, values, rcond=None)[0]


def _ranks(values: Array) -> Array:
    """Return ranks from 0 to 1, with average ranks for ties."""
    return np.asarray(pd.Series(values).rank(pct=True))


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / (values.std() or 1.0))


def _normal_quantile(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)


def _flip(found: Effect, value: Array) -> tuple[float | None, float | None]:
    """Return the threshold at which the effect's sign flips, and the share of draws above."""
    if set(np.unique(value)) == {0.0, 1.0}:
        means = [float(found.value[value == k].mean()) for k in (0, 1)]
        return (0.5, float(value.mean())) if means[0] * means[1] < 0 else (None, None)
    at = np.linspace(0.02, 0.98, 49)
    line = _smoothed(found, _ranks(value)[:, None], at[:, None])
    signs = np.sign(line)
    crossings = np.flatnonzero(signs[1:] * signs[:-1] < 0)
    if not len(crossings):
        return None, None
    middle = crossings[np.abs(at[crossings] - 0.5).argmin()]
    share = at[middle] + (at[1] - at[0]) * line[middle] / (line[middle] - line[middle + 1])
    return float(np.quantile(value, share)), float(1.0 - share)


def _smoothed(found: Effect, places: Array, at: Array) -> Array:
    """Return the effect smoothed by local linear fits, at given ranks: shape ``(len(at),)``."""
    between = max(float(found.value.var() - found.noise.mean()), 0.0)
    trust = 1.0 / (found.noise + between + 1e-12)
    offset = places[None, :, :] - at[:, None, :]  # (points, draws, values)
    near = trust * np.exp(-0.5 * ((offset / WIDTH) ** 2).sum(axis=2))
    design = np.concatenate([np.ones((*offset.shape[:2], 1)), offset], axis=2)
    weighted = design * near[:, :, None]
    ridge = np.zeros((design.shape[2], design.shape[2]))
    ridge[1:, 1:] = 1e-3 * np.eye(design.shape[2] - 1)
    moments = np.einsum("pdi,pdj->pij", weighted, design) + ridge * near.sum(axis=1)[:, None, None]
    return np.asarray(
        np.linalg.solve(moments, np.einsum("pdi,d->pi", weighted, found.value)[:, :, None])[:, 0, 0]
    )


def axes(found: Effect, values: pd.DataFrame, decide: list[Driver]) -> tuple[str, str] | None:
    """Return the paths of the two parameters of a map.

    Drivers come first, then the most correlated parameters.
    """
    numbers = [driver.path for driver in decide if " = " not in driver.path]
    candidates = [name for name in values if " = " not in name and name not in numbers]
    effects = _ranks(found.value)
    strength = {
        name: abs(float(np.corrcoef(_ranks(values[name].to_numpy()), effects)[0, 1]))
        for name in candidates
    }
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
    places = np.column_stack([_ranks(column) for column in columns])
    rows = list(_cells(columns))
    smooth = _smoothed(found, places, np.array([[x, y] for x, y, _, _ in rows]))
    return pd.DataFrame(
        {"x": [row[2] for row in rows], "y": [row[3] for row in rows], "effect": smooth}
    )


def _cells(columns: list[Array]) -> Iterator[tuple[float, float, float, float]]:
    """Yield every cell of a map: its place in ranks and its values."""
    shares = (np.arange(CELLS) + 0.5) / CELLS
    for y in shares:
        for x in shares:
            yield (
                float(x),
                float(y),
                float(np.quantile(columns[0], x)),
                float(np.quantile(columns[1], y)),
            )
