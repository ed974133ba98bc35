"""What differs by chance and what by coding: the numbers behind every band.

*Chance* is what differs between the replicates of one draw, *coding* what differs from draw to draw because the
ranges in the files leave it open. No band holds both. Where an ensemble cannot tell them apart, there is no band.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.io.text import count
from sim.outcomes.summary import ENOUGH, Interval, Measure, shrunk
from sim.results.reader import Result

Array = NDArray[np.float64]

BANDS = (0.1, 0.25, 0.75, 0.9)
"""Ends of the middle 80% and of the middle 50%."""


@dataclass(frozen=True)
class Design:
    """How an ensemble is laid out.

    Attributes:
        runs: runs that were played to the end.
        draws: draws that have runs.
        fewest: replicates of the draw that has fewest.
        most: replicates of the draw that has most.
        seed: seed of the ensemble.
        failed: runs that failed and are not among ``runs``.
    """

    runs: int
    draws: int
    fewest: int
    most: int
    seed: int
    failed: int = 0

    @property
    def tells_chance(self) -> bool:
        """Whether a draw has replicates enough for quantiles of its own."""
        return self.fewest >= ENOUGH

    @property
    def tells_coding(self) -> bool:
        """Whether draws can be compared by their medians, means or shares."""
        return self.draws > 1 and self.fewest >= ENOUGH

    @property
    def each(self) -> str:
        """How many runs a draw has, in words."""
        return f"{count(self.fewest, 'run')}{'' if self.fewest == self.most else ' or more'}"

    def words(self) -> str:
        """Return runs, draws, replicates and seed as a sentence."""
        some = f"{self.fewest:,} to " if self.fewest < self.most else ""
        each = f"{some}{count(self.most, 'replicate')}{' each' if self.draws > 1 else ''}"
        text = f"{count(self.runs, 'run')}: {count(self.draws, 'draw')} with {each}, seed {self.seed}"
        return text + (f"; {count(self.failed, 'run')} failed and left out." if self.failed else ".")


def design(outcomes: pd.DataFrame, manifest: Mapping[str, Any]) -> Design:
    """Return how the ensemble of an outcomes table is laid out."""
    replicates = outcomes["draw"].value_counts()
    fewest, most = int(replicates.min()), int(replicates.max())
    failed = int(manifest["runs"]["failed"])
    return Design(len(outcomes), len(replicates), fewest, most, int(manifest["seed"]), failed)


MEANING = (
    "Chance: what differs between replicates of one draw. "
    "Coding: what differs between draws, since the ranges in the files, or a fit of them, leave it open."
)


def caption(plan: Design, *sentences: str) -> str:
    """Return a caption: what is shown, what cannot be told, how many runs, and what chance and coding mean."""
    return " ".join(sentence for sentence in (*sentences, plan.words(), MEANING) if sentence)


def untold(plan: Design) -> str:
    """Return why bands are left out."""
    if plan.runs == 1:
        return "One run alone tells neither chance nor coding."
    if plan.draws == 1:
        few = "" if plan.tells_chance else f", and with fewer than {ENOUGH} replicates chance has none either"
        return f"With one draw only, coding has no band{few}."
    if plan.fewest == 1:
        return "With a single replicate in some draw, chance and coding cannot be told apart, and no band is drawn."
    return f"With fewer than {ENOUGH} replicates in some draw, what its runs say is too coarse, and no band is drawn."


def freed(shares: Array, runs: Array) -> Array:
    """Return draws' shares on each day, freed of chance.

    Args:
        shares: share of each draw's runs, ``(days, draws)``.
        runs: runs of each draw, ``(draws,)``, at least 2.
    """
    return shrunk(shares, (shares * (1 - shares) / (runs - 1)).mean(axis=1, keepdims=True))


def by_day(daily_by_draw: pd.DataFrame, column: str) -> tuple[Array, Array]:
    """Return a column as ``(days, draws)`` and the runs of each draw ``(draws,)``, for the draws that have runs."""
    present = daily_by_draw[daily_by_draw["runs"] > 0]
    wide = present.pivot(index="day", columns="draw", values=column)
    runs = present.drop_duplicates("draw").set_index("draw")["runs"].loc[wide.columns]
    return wide.to_numpy(dtype=float), runs.to_numpy(dtype=float)


def bands(values: Array) -> Array:
    """Return the ends of the middle 80% and 50% of draws on every day: ``(4, days)`` from ``(days, draws)``."""
    ends: Array = np.quantile(values, BANDS, axis=1)
    return ends


def measure(result: Result, name: str) -> Measure | None:
    """Return a line of the summary by its name, if the summary has it."""
    return next((line for line in result.measures if line.name == name), None)


def intervals(result: Result, name: str) -> tuple[Interval | None, Interval | None]:
    """Return the intervals of chance and of coding of a quantity; none where it cannot be told."""
    plan, line = design(result.outcomes, result.manifest), measure(result, name)
    if line is None:
        return None, None
    return line.chance if plan.tells_chance else None, line.coding if plan.tells_coding else None


def draw_medians(values: pd.Series[float], draw: pd.Series[int]) -> Array:
    """Return the median of each draw's runs: ``(draws,)``."""
    medians: Array = values.groupby(draw.to_numpy()).median().to_numpy(dtype=float)
    return medians
