"""Daily quantities of an ensemble, in memory that does not grow with the number of runs.

A tally holds, for every measure and day, a histogram on a fixed grid over all runs and the sum over the runs of each
draw. Tallies of blocks add up, so quantiles come from any number of runs; their error is at most half a grid step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.outcomes.columns import DAILY, QUANTILES

Array = NDArray[np.float64]

PATHS = 200
"""How many runs' full paths are kept: the first ones."""


@dataclass(frozen=True)
class Grid:
    """The values a measure is sorted into.

    Attributes:
        low: the first value.
        step: distance between values; of ``log(1 + value)`` where ``log`` is set.
        size: number of values.
        log: whether steps are relative, for values from 0 over many magnitudes.
    """

    low: float
    step: float
    size: int
    log: bool = False

    def index(self, values: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the nearest grid point of each value; values outside fall on the ends."""
        place = np.log1p(values) if self.log else values.copy()
        place -= self.low
        place /= self.step
        return np.rint(place, out=place).clip(0, self.size - 1, out=place).astype(np.int64)

    @property
    def points(self) -> NDArray[Any]:
        """The values themselves, rising."""
        points = self.low + self.step * np.arange(self.size)
        return np.expm1(points) if self.log else points


GRIDS = {
    "level": Grid(0.0, 1.0, 5),
    "territory_fought": Grid(-1.0, 0.002, 1001),
    "territory_ceded": Grid(-1.0, 0.002, 1001),
    "deaths": Grid(0.0, 0.02, 700, log=True),
    "support_challenger": Grid(0.0, 0.1, 201),
    "support_defender": Grid(0.0, 0.1, 201),
}
"""Quantiles err by half a step at most: 0.001 of the area, 1% of the deaths, 0.05 levels of support."""


class DailyTally:
    """Histograms, sums by draw and first paths of the daily quantities.

    Attributes:
        start: number of the first draw here; that of a block with fewer runs than draws holds the draws of its runs.
        counts: by measure, ``(days, grid)``, runs on each grid point.
        sums: by measure, ``(days, draws)``, summed over the runs of each draw.
        fighting: ``(days, draws)``, runs of each draw in which there was fighting.
        paths: by measure, ``(days, first runs)``.
        runs: ``(draws,)``, runs of each draw.
    """

    def __init__(self, days: int, draws: int, start: int = 0) -> None:
        self.start = start
        self.counts = {name: np.zeros((days, GRIDS[name].size), dtype=np.int64) for name in DAILY}
        self.sums = {name: np.zeros((days, draws)) for name in DAILY}
        self.fighting = np.zeros((days, draws))
        self.paths: dict[str, list[NDArray[np.float32]]] = {name: [] for name in DAILY}
        self.runs = np.zeros(draws, dtype=np.int64)

    @classmethod
    def of_runs(cls, daily: dict[str, NDArray[np.float32]], first: int, draws: int) -> DailyTally:
        """Return the tally of consecutive runs.

        Args:
            daily: ``(days, runs)`` by measure.
            first: number of the first run.
            draws: of the ensemble; fewer runs than that leave a tally of their own draws alone.
        """
        days, runs = daily["level"].shape
        tally = cls(days, draws) if runs >= draws else cls(days, runs, first % draws)
        for name, values in daily.items():
            grid = GRIDS[name]
            for counts, today in zip(tally.counts[name], values, strict=True):
                counts += np.bincount(grid.index(today), minlength=grid.size)
            tally.sums[name] += _summed_by_draw(values, first, draws)
            if first < PATHS:
                tally.paths[name].append(values[:, : PATHS - first])
        tally.fighting += _summed_by_draw(daily["level"] > 0, first, draws)
        tally.runs += _summed_by_draw(np.ones_like(daily["level"][:1]), first, draws)[0].astype(np.int64)
        return tally

    def merge(self, others: Iterable[DailyTally]) -> None:
        """Add other tallies of the same ensemble, in the order given."""
        for other in others:
            draws = (other.start + np.arange(len(other.runs))) % len(self.runs)
            for name in DAILY:
                self.counts[name] += other.counts[name]
                self.sums[name][:, draws] += other.sums[name]
                self.paths[name] += other.paths[name]
            self.fighting[:, draws] += other.fighting
            self.runs[draws] += other.runs

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the tally as arrays, to be kept."""
        kept: dict[str, NDArray[Any]] = {"fighting": self.fighting, "runs": self.runs}
        if self.start:
            kept["start"] = np.array(self.start)
        for name in DAILY:
            kept[f"counts {name}"] = self.counts[name].astype(np.int32)
            kept[f"sums {name}"] = self.sums[name]
            kept[f"paths {name}"] = np.concatenate(self.paths[name], axis=1) if self.paths[name] else np.zeros((0, 0))
        return kept

    @classmethod
    def of_arrays(cls, kept: dict[str, NDArray[Any]]) -> DailyTally:
        """Return the tally that arrays were made of."""
        days, draws = kept["fighting"].shape
        tally = cls(days, draws, int(kept["start"]) if "start" in kept else 0)
        tally.fighting, tally.runs = kept["fighting"], kept["runs"]
        for name in DAILY:
            tally.counts[name] = kept[f"counts {name}"].astype(np.int64)
            tally.sums[name] = kept[f"sums {name}"]
            tally.paths[name] = [kept[f"paths {name}"]] if kept[f"paths {name}"].size else []
        return tally

    def table(self) -> pd.DataFrame:
        """Return one row a measure and day: mean and quantiles over all runs, and the paths of the first runs."""
        return pd.concat([self._rows(name) for name in DAILY], ignore_index=True)

    def _rows(self, name: str) -> pd.DataFrame:
        counts, points = self.counts[name], GRIDS[name].points
        cumulative = counts.cumsum(axis=1)
        total = cumulative[:, -1:]
        frame: dict[str, object] = {"measure": name, "day": np.arange(len(counts), dtype=np.int32)}
        frame["mean"] = self.sums[name].sum(axis=1) / np.maximum(self.runs.sum(), 1)
        for q in QUANTILES:
            frame[f"q{round(100 * q):02d}"] = points[(cumulative >= q * total).argmax(axis=1)]
        if name == "level":
            for level in range(5):
                frame[f"share_level_{level}"] = counts[:, level] / np.maximum(total[:, 0], 1)
        paths = np.concatenate(self.paths[name], axis=1)[:, :PATHS] if self.paths[name] else np.zeros((len(counts), 0))
        frame |= {f"run_{k}": paths[:, k] for k in range(paths.shape[1])}
        return pd.DataFrame(frame)

    def by_draw(self) -> pd.DataFrame:
        """Return one row a day and draw that has runs: mean of every measure over them, and the share that fought."""
        played = np.flatnonzero(self.runs)
        days, runs = len(self.fighting), self.runs[played]
        frame: dict[str, object] = {
            "day": np.repeat(np.arange(days), len(played)),
            "draw": np.tile(played, days),
        }
        frame["runs"] = np.tile(runs, days)
        frame["fighting"] = (self.fighting[:, played] / runs).ravel()
        frame |= {name: (self.sums[name][:, played] / runs).ravel() for name in DAILY}
        return pd.DataFrame(frame)


def _summed_by_draw(values: NDArray[Any], first: int, draws: int) -> Array:
    """Return sums over the runs of each draw, ``(days, draws)``, of values ``(days, runs)`` from run ``first`` on.

    Run k belongs to draw k modulo draws, so a row of ``draws`` runs after another adds up. Runs that are fewer than the
    draws stay as they are: each has a draw to itself.
    """
    days, runs = values.shape
    if runs < draws:
        return values.astype(float)
    whole = runs - runs % draws
    sums = values[:, :whole].reshape(days, runs // draws, draws).sum(axis=1, dtype=float)
    sums[:, : runs - whole] += values[:, whole:]
    return np.roll(sums, first % draws, axis=1)
