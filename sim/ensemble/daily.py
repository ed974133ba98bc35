"""Daily quantities of an ensemble, in memory that does not grow with the number of runs.

For every measure and day, a tally contains a histogram over all runs on a fixed grid, and the sum
over the runs of each draw. Tallies of blocks add up, so quantiles are available for any number of
runs. Their error is at most half a grid step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.outcomes.columns import DAILY, QUANTILES
from sim.scenario import Scenario

Array = NDArray[np.float64]

PATHS = 200
"""Number of runs whose full paths are stored: the first ones."""


@dataclass(frozen=True)
class Grid:
    """The grid points of a measure's histogram.

    Attributes:
        low: the first point.
        step: distance between points; of ``log(1 + value)`` if ``log`` is set.
        size: number of points.
        log: whether steps are relative, for values that span many magnitudes from 0.

    >>> Grid(0.0, 0.5, 3).points
    array([0. , 0.5, 1. ])
    """

    low: float
    step: float
    size: int
    log: bool = False

    def index(self, values: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the position of the grid point nearest to each value.

        Values less than a step outside get an end.

        Args:
            values: values of the measure, any shape.

        Raises:
            OverflowError: a value is further outside, so that quantiles would hide it.
        """
        place = np.log1p(values) if self.log else values.copy()
        # distance from the first point in steps, in place, because the arrays are large
        place -= self.low
        place /= self.step
        np.rint(place, out=place)
        if place.size and not (place.min() >= -1 and place.max() <= self.size):
            ends = f"{self.low:g} to {self.points[-1]:.3g}"
            raise OverflowError(f"a value is outside the range of daily quantities, {ends}")
        return place.clip(0, self.size - 1, out=place).astype(np.int64)

    @property
    def points(self) -> NDArray[Any]:
        """Return the grid points, ascending: shape ``(size,)``."""
        points = self.low + self.step * np.arange(self.size)
        return np.expm1(points) if self.log else points


GRIDS = {
    "level": Grid(0.0, 1.0, 5),
    "territory_fought": Grid(-1.0, 0.002, 1001),
    "territory_ceded": Grid(-1.0, 0.002, 1001),
    "deaths": Grid(0.0, 0.02, 1300, log=True),
    "support_challenger": Grid(0.0, 0.1, 201),
    "support_defender": Grid(0.0, 0.1, 201),
}
"""Errors of quantiles are at most 0.1% of the area, 1% of the deaths and 0.05 levels of support.

Deaths end at 190 billion. Support ends where five third parties give all they can;
:func:`grids_of` makes room for more of them.
"""
SUPPORT = ("support_challenger", "support_defender")
MOST_POINTS = 801
"""Points of the widest grid of support; with more than 20 third parties its steps grow instead."""


def grids_of(scenario: Scenario) -> dict[str, Grid]:
    """Return the grids of a scenario, with room for the support of all its third parties.

    >>> import sim
    >>> grids_of(sim.load("april_2016").scenario)["support_defender"].step
    0.1
    """
    levels = 4.0 * len(scenario.third_parties)
    usual = GRIDS[SUPPORT[0]]
    points = min(max(round(levels / usual.step) + 1, usual.size), MOST_POINTS)
    step = max(usual.step, levels / (points - 1))
    return {**GRIDS, **dict.fromkeys(SUPPORT, replace(usual, step=step, size=points))}


class DailyTally:
    """Histograms, sums for each draw, and first paths of the daily quantities.

    Attributes:
        start: number of the first draw here. A block with fewer runs than draws has only its own
            draws.
        counts: runs on each grid point, by measure, ``(days, grid)``.
        sums: sums over the runs of each draw, by measure, ``(days, draws)``.
        fighting: number of each draw's runs with fighting, ``(days, draws)``.
        paths: paths of the first runs, by measure, ``(days, first runs)``.
        runs: number of each draw's runs, ``(draws,)``.
        grids: grid of each measure.

    >>> DailyTally(days=3, draws=10).counts["level"].shape
    (3, 5)
    """

    def __init__(
        self, days: int, draws: int, start: int = 0, grids: Mapping[str, Grid] = GRIDS
    ) -> None:
        self.start = start
        self.grids = grids
        self.counts = {name: np.zeros((days, grids[name].size), dtype=np.int64) for name in DAILY}
        self.sums = {name: np.zeros((days, draws)) for name in DAILY}
        self.fighting = np.zeros((days, draws))
        self.paths: dict[str, list[NDArray[np.float32]]] = {name: [] for name in DAILY}
        self.runs = np.zeros(draws, dtype=np.int64)

    @classmethod
    def of_runs(
        cls,
        daily: dict[str, NDArray[np.float32]],
        first: int,
        draws: int,
        grids: Mapping[str, Grid] = GRIDS,
    ) -> DailyTally:
        """Return the tally of consecutive runs.

        Args:
            daily: values by measure, ``(days, runs)``.
            first: number of the first run.
            draws: number of draws of the ensemble. With fewer runs, the tally has only their draws.
            grids: grid of each measure.

        Raises:
            OverflowError: a value is outside its grid.
        """
        days, runs = daily["level"].shape
        few = runs < draws
        tally = cls(days, runs if few else draws, first % draws if few else 0, grids)
        for name, values in daily.items():
            # 1. histograms
            tally._count(name, values)
            # 2. sums for each draw, and paths
            tally.sums[name] += _summed_by_draw(values, first, draws)
            if first < PATHS:
                tally.paths[name].append(values[:, : PATHS - first])
        tally.fighting += _summed_by_draw(daily["level"] > 0, first, draws)
        of_one_day = np.ones_like(daily["level"][:1])
        tally.runs += _summed_by_draw(of_one_day, first, draws)[0].astype(np.int64)
        return tally

    def _count(self, name: str, values: NDArray[np.float32]) -> None:
        """Add the values of a measure, ``(days, runs)``, to its histograms.

        Most values are those of the day before, so each day only moves the runs that changed.
        """
        grid = self.grids[name]
        try:
            places = grid.index(values[0])
            counts = np.bincount(places, minlength=grid.size)
            self.counts[name][0] += counts
            for day in range(1, len(values)):
                changed = np.flatnonzero(values[day] != values[day - 1])
                if changed.size:
                    moved = grid.index(values[day].take(changed))
                    counts -= np.bincount(places.take(changed), minlength=grid.size)
                    counts += np.bincount(moved, minlength=grid.size)
                    places[changed] = moved
                self.counts[name][day] += counts
        except OverflowError as error:
            raise OverflowError(f"{name}: {error}") from None

    def merge(self, tallies: Iterable[DailyTally]) -> None:
        """Add tallies of the same ensemble, in the given order."""
        for tally in tallies:
            # numbers of the tally's draws; a short block may continue at draw 0
            draws = (tally.start + np.arange(len(tally.runs))) % len(self.runs)
            for name in DAILY:
                self.counts[name] += tally.counts[name]
                self.sums[name][:, draws] += tally.sums[name]
                self.paths[name] += tally.paths[name]
            self.fighting[:, draws] += tally.fighting
            self.runs[draws] += tally.runs

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the tally as arrays by name, for storage; see :meth:`of_arrays`."""
        arrays: dict[str, NDArray[Any]] = {"fighting": self.fighting, "runs": self.runs}
        if self.start:
            arrays["start"] = np.array(self.start)
        for name in DAILY:
            if self.grids[name] != GRIDS[name]:
                arrays[f"step {name}"] = np.array(self.grids[name].step)
            paths = self.paths[name]
            arrays[f"counts {name}"] = self.counts[name].astype(np.int32)
            arrays[f"sums {name}"] = self.sums[name]
            arrays[f"paths {name}"] = np.concatenate(paths, axis=1) if paths else np.zeros((0, 0))
        return arrays

    @classmethod
    def of_arrays(cls, arrays: dict[str, NDArray[Any]]) -> DailyTally:
        """Return the tally that :meth:`arrays` was called on."""
        days, draws = arrays["fighting"].shape
        grids = {name: _stored_grid(name, arrays) for name in DAILY}
        tally = cls(days, draws, int(arrays["start"]) if "start" in arrays else 0, grids)
        tally.fighting = arrays["fighting"]
        tally.runs = arrays["runs"]
        for name in DAILY:
            paths = arrays[f"paths {name}"]
            tally.counts[name] = arrays[f"counts {name}"].astype(np.int64)
            tally.sums[name] = arrays[f"sums {name}"]
            tally.paths[name] = [paths] if paths.size else []
        return tally

    def table(self) -> pd.DataFrame:
        """Return a table with one row for each measure and day.

        Its columns are mean and quantiles over all runs, and the paths of the first runs.
        """
        return pd.concat([self._rows(name) for name in DAILY], ignore_index=True)

    def _rows(self, name: str) -> pd.DataFrame:
        """Return the rows of one measure."""
        counts = self.counts[name]
        points = self.grids[name].points
        # 1. mean and quantiles: the first grid point at which the cumulative count is reached
        cumulative = counts.cumsum(axis=1)
        total = cumulative[:, -1:]
        frame: dict[str, object] = {"measure": name, "day": np.arange(len(counts), dtype=np.int32)}
        frame["mean"] = self.sums[name].sum(axis=1) / np.maximum(self.runs.sum(), 1)
        for q in QUANTILES:
            frame[f"q{round(100 * q):02d}"] = points[(cumulative >= q * total).argmax(axis=1)]
        # 2. share of runs at each level of fighting
        if name == "level":
            for level in range(5):
                frame[f"share_level_{level}"] = counts[:, level] / np.maximum(total[:, 0], 1)
        # 3. paths of the first runs
        if self.paths[name]:
            paths = np.concatenate(self.paths[name], axis=1)[:, :PATHS]
            frame |= {f"run_{k}": paths[:, k] for k in range(paths.shape[1])}
        return pd.DataFrame(frame)

    def by_draw(self) -> pd.DataFrame:
        """Return a table with one row for each day and draw with runs.

        Its columns are the number of runs, the share of runs with fighting, and the mean of each
        measure.
        """
        draws = np.flatnonzero(self.runs)  # a failed block may leave draws without runs
        days = len(self.fighting)
        runs = self.runs[draws]
        frame: dict[str, object] = {
            "day": np.repeat(np.arange(days), len(draws)),
            "draw": np.tile(draws, days),
        }
        frame["runs"] = np.tile(runs, days)
        frame["fighting"] = (self.fighting[:, draws] / runs).ravel()
        frame |= {name: (self.sums[name][:, draws] / runs).ravel() for name in DAILY}
        return pd.DataFrame(frame)


def _stored_grid(name: str, arrays: Mapping[str, NDArray[Any]]) -> Grid:
    """Return the grid of a measure in a stored tally."""
    step = arrays.get(f"step {name}")
    size = arrays[f"counts {name}"].shape[1]
    return replace(GRIDS[name], size=size, step=GRIDS[name].step if step is None else float(step))


def _summed_by_draw(values: NDArray[Any], first: int, draws: int) -> Array:
    """Return sums over the runs of each draw, ``(days, draws)``.

    Run k belongs to draw ``k % draws``, so consecutive groups of ``draws`` runs add up. With fewer
    runs than draws, each run is the only one of its draw, and the values are returned unchanged.

    Args:
        values: values of consecutive runs, ``(days, runs)``.
        first: number of the first run.
        draws: number of draws.
    """
    days, runs = values.shape
    if runs < draws:
        return values.astype(float)
    # 1. complete groups, then the rest
    complete = runs - runs % draws
    groups = values[:, :complete].reshape(days, runs // draws, draws)
    sums = groups.sum(axis=1, dtype=float)
    sums[:, : runs - complete] += values[:, complete:]
    # 2. the first column becomes that of draw 0
    return np.roll(sums, first % draws, axis=1)
