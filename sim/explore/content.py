"""The numbers of one cell, and of its difference from the base case, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments.chance import holm
from sim.arguments.intervals import error_of, limits, two_sided
from sim.ensemble.daily import DailyTally
from sim.outcomes.chance import ENOUGH, quantiles_of_shares
from sim.outcomes.columns import ended
from sim.outcomes.summary import Measure, by_run, summarise
from sim.reasons.testing import CHANCE
from sim.scenario import Scenario

Array = NDArray[np.float64]

BANDS = (0.1, 0.25, 0.75, 0.9)
"""Ends of the middle 80% and of the middle 50% of draws."""
COMPARED = (
    "duration_days",
    "deaths",
    "territory_fought",
    "territory_ceded",
    "ending_truce",
    "ending_capitulation",
    "ending_fighting",
    "failed_truces",
    "peak_4",
)
"""Measures whose difference from the base case is shown."""
OF_CONDUCT = ("force_", "mediates_", "support_")
"""First parts of the columns that say what third parties do."""
UNMEDIATED = ("direct", "lull", "capitulation", "fighting")
"""Endings without a mediator, as in :func:`sim.outcomes.columns.ended`, or ``capitulation``."""


@dataclass(frozen=True)
class Fan:
    """A daily quantity of the runs.

    Attributes:
        all: mean over all runs, ``(days,)``, as a share.
        ends: middle 80% and 50% of the draws at :data:`BANDS`, ``(4, days)``; None with too few
            draws or replicates.
    """

    all: Array
    ends: Array | None


@dataclass(frozen=True)
class Numbers:
    """The numbers of one cell.

    Attributes:
        measures: the summary of ``sim run``, by name.
        fighting: share of runs with fighting, by day.
        territory: territory won by fighting at the end of each day, as a share of the area.
        endings: share of runs by ending: ceasefires by the mediator's code, then the rest.
        compared: each measure of :data:`COMPARED` in each run, ``(runs,)``, and each column of
            what third parties do that is not zero in all runs.
        draw: number of each run's draw, ``(runs,)``.
    """

    measures: Mapping[str, Measure]
    fighting: Fan
    territory: Fan
    endings: Mapping[str, float]
    compared: Mapping[str, Array]
    draw: NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """A paired difference from the base case.

    Attributes:
        mean: mean difference over all pairs of runs, in the unit of the measure.
        low: lower end of its 95% interval; None with a single draw.
        high: upper end.
        same: whether no pair of runs differs.
        agree: shares of the draws whose own mean has the sign of ``mean``, and the opposite one;
            None with a single draw.
        p: p-value of the mean, adjusted for all differences that it is compared with.
    """

    mean: float
    low: float | None
    high: float | None
    same: bool
    agree: tuple[float, float] | None = None
    p: float = 1.0

    @property
    def is_clear(self) -> bool:
        """Whether the difference is clear beyond chance, by the rule of ``sim diff``."""
        if self.low is None or self.high is None:
            return False
        return self.p < CHANCE and (self.low > 0 or self.high < 0)


def numbers(scenario: Scenario, outcomes: pd.DataFrame, tally: DailyTally) -> Numbers:
    """Return the numbers of a cell from the tables that ``sim run`` writes.

    Args:
        scenario: the scenario of the cell.
        outcomes: one row for each run.
        tally: the daily quantities.
    """
    return Numbers(
        {line.name: line for line in summarise(scenario, outcomes)},
        _fighting(tally),
        _territory(tally),
        endings(outcomes),
        {**{name: by_run(outcomes, name) for name in COMPARED}, **_acts(outcomes)},
        outcomes["draw"].to_numpy(np.int64),
    )


def _acts(outcomes: pd.DataFrame) -> dict[str, Array]:
    """Return what third parties do in each run, by column, without what nobody does."""
    names = [name for name in outcomes if str(name).startswith(OF_CONDUCT)]
    made = {str(name): outcomes[name].to_numpy(np.float64) for name in names}
    return {name: values for name, values in made.items() if values.any()}


def _fighting(tally: DailyTally) -> Fan:
    """Return the probability of fighting, with the draws' probabilities without chance."""
    drawn = tally.runs > 0
    runs = tally.runs[drawn].astype(float)
    shares = tally.fighting[:, drawn] / runs
    mean = shares @ runs / runs.sum()
    if not _has_bands(runs):
        return Fan(mean, None)
    noise = shares * (1 - shares) / (runs - 1)
    return Fan(mean, quantiles_of_shares(shares, noise, BANDS))


def _territory(tally: DailyTally) -> Fan:
    drawn = tally.runs > 0
    runs = tally.runs[drawn].astype(float)
    means = tally.sums["territory_fought"][:, drawn] / runs
    mean = means @ runs / runs.sum()
    return Fan(mean, np.quantile(means, BANDS, axis=1) if _has_bands(runs) else None)


def _has_bands(runs: Array) -> bool:
    return len(runs) > 1 and bool(runs.min() >= ENOUGH)


def endings(outcomes: pd.DataFrame) -> dict[str, float]:
    """Return the share of runs by ending: ceasefires by the mediator's code, then the rest.

    >>> table = pd.DataFrame({"ending": ["truce", "lull"], "broker": ["OST", "none"]})
    >>> endings(table)["OST"], endings(table)["lull"]
    (0.5, 0.5)
    """
    ending_by_run = ended(outcomes)
    signed = outcomes.loc[ending_by_run == "truce", "broker"].value_counts()
    counts = {str(code): int(signed[code]) for code in sorted(signed.index)}
    others = ending_by_run.value_counts()
    counts |= {name: int(others.get(name, 0)) for name in UNMEDIATED}
    return {name: count / len(outcomes) for name, count in counts.items()}


def difference(here: Numbers, base: Numbers, name: str) -> Difference:
    """Return the paired difference of a measure; run by run, both share their random numbers.

    The unit of the interval is the draw.

    Args:
        here: numbers of the cell.
        base: numbers of the base case, with as many runs, draws and the same seed.
        name: name of the measure, a key of ``compared``; what only one of both has is zero in the
            other.
    """
    nothing = np.zeros(len(here.draw))
    pairs = here.compared.get(name, nothing) - base.compared.get(name, nothing)
    runs = np.bincount(here.draw)
    used = runs > 0
    by_draw = np.bincount(here.draw, pairs)[used] / runs[used]
    squares = float((pairs**2).sum())
    if squares == 0:
        return Difference(0.0, 0.0, 0.0, True)
    if len(by_draw) < 2:
        return Difference(float(pairs.mean()), None, None, False)
    # a draw in which one typical pair differs
    single = float(np.sqrt((pairs**4).sum() / squares)) / float(runs[used].mean())
    low, high = limits(by_draw, single)
    mean = float(pairs.mean())
    signs = by_draw * np.sign(mean)
    agree = float((signs > 0).mean()), float((signs < 0).mean())
    p = two_sided(mean / error_of(by_draw, single), len(by_draw) - 1)
    return Difference(mean, low, high, False, agree, p)


def differences(here: Numbers, base: Numbers, names: Sequence[str]) -> dict[str, Difference]:
    """Return the paired differences of some measures, corrected for how many they are (Holm 1979).

    Args:
        here: numbers of the cell.
        base: numbers of the base case.
        names: names of the measures.
    """
    found = {name: difference(here, base, name) for name in names}
    adjusted = holm(np.array([made.p for made in found.values()]))
    return {
        name: replace(made, p=float(p))
        for (name, made), p in zip(found.items(), adjusted, strict=True)
    }
