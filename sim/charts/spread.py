"""Bands of charts: chance and parameter uncertainty.

*Chance* (stochastic variability) is the difference between replicates of one parameter draw.
*Parameter uncertainty* is the difference between draws. No band mixes both. If an ensemble cannot
separate them, no band is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.charts.dates import in_full
from sim.charts.lettering import fitted, width_of
from sim.charts.page import SUBJECT, SUBJECT_LINES, TEXT_WIDTH
from sim.io.text import count
from sim.outcomes.chance import ENOUGH, Interval, quantiles_of_shares
from sim.outcomes.runs import Runs
from sim.outcomes.summary import Measure
from sim.results.reader import Result
from sim.scenario import Scenario

Array = NDArray[np.float64]

BANDS = (0.1, 0.25, 0.75, 0.9)
"""Ends of the middle 80% and of the middle 50%."""


@dataclass(frozen=True)
class Design:
    """The design of an ensemble.

    Attributes:
        runs: finished runs.
        draws: draws that have runs.
        fewest: smallest number of replicates of a draw.
        most: largest number of replicates of a draw.
        seed: seed of the ensemble.
        failed: failed runs, which ``runs`` does not include.

    >>> Design(runs=1000, draws=50, fewest=20, most=20, seed=1).words()
    '1,000 runs: 50 draws with 20 replicates each, seed 1.'
    """

    runs: int
    draws: int
    fewest: int
    most: int
    seed: int
    failed: int = 0

    @property
    def shows_chance(self) -> bool:
        """Whether every draw has enough replicates for its own quantiles."""
        return self.fewest >= ENOUGH

    @property
    def shows_parameters(self) -> bool:
        """Whether medians, means or shares of draws can be compared."""
        return self.draws > 1 and self.fewest >= ENOUGH

    @property
    def each(self) -> str:
        """Number of runs per draw, in words."""
        return f"{count(self.fewest, 'run')}{'' if self.fewest == self.most else ' or more'}"

    def words(self) -> str:
        """Return runs, draws, replicates and seed in words."""
        some = f"{self.fewest:,} to " if self.fewest < self.most else ""
        each = f"{some}{count(self.most, 'replicate')}{' each' if self.draws > 1 else ''}"
        text = (
            f"{count(self.runs, 'run')}: {count(self.draws, 'draw')} with {each}, seed {self.seed}"
        )
        return text + (
            f"; {count(self.failed, 'run')} failed and left out." if self.failed else "."
        )


def design(outcomes: Runs, manifest: Mapping[str, Any]) -> Design:
    """Return the design of the ensemble in an outcomes table."""
    replicates = outcomes["draw"].value_counts()
    return Design(
        runs=len(outcomes),
        draws=len(replicates),
        fewest=int(replicates.min()),
        most=int(replicates.max()),
        seed=int(manifest["seed"]),
        failed=int(manifest["runs"]["failed"]),
    )


PARAMETER_RANGE = "parameter uncertainty (middle 80% of draws)"
CHANCE_RANGE = "chance (middle 80% of a draw's runs)"
BROKEN = 0.3
"""Share of a line that may stay empty where the text below a title is broken."""


def subject(scenario: Scenario, what: str) -> str:
    """Return the text below a title: the scenario, its dates, and what is drawn.

    A title that is too long, as of a scenario with many changes, is shortened. The rest never is.

    >>> import sim
    >>> subject(sim.load("april_2016").scenario, "how runs ended")
    'The Four-Day War, April 2016: how runs ended (90 days from 2 Apr 2016)'
    """
    days = count(scenario.horizon_days, "day")
    rest = f": {what} ({days} from {in_full(scenario.start)})"
    room = (SUBJECT_LINES - BROKEN) * TEXT_WIDTH - width_of(rest, SUBJECT)
    return fitted(scenario.title, room, SUBJECT) + rest


def caption(*sentences: str) -> str:
    """Return a caption of at most two sentences; empty sentences are left out.

    >>> caption("Deaths by day.", "")
    'Deaths by day.'
    """
    return " ".join(sentence for sentence in sentences if sentence)


def note(plan: Design, *remarks: str) -> str:
    """Return the line below a caption: the design of the ensemble, missing bands, and remarks."""
    missing = "" if plan.shows_parameters else missing_bands(plan)
    return " ".join(text for text in (plan.words(), missing, *remarks) if text)


def bars_sentence(plan: Design) -> str:
    """Return the sentence that explains blue and orange bars; empty if there are none."""
    parts = []
    if plan.shows_parameters:
        parts.append(f"blue shows {PARAMETER_RANGE}")
    if plan.shows_chance:
        parts.append(f"orange shows {CHANCE_RANGE}")
    text = " and ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def missing_bands(plan: Design) -> str:
    """Return the reason why a chart has no bands.

    >>> missing_bands(Design(runs=1, draws=1, fewest=1, most=1, seed=1))
    'A single run shows neither chance nor parameter uncertainty.'
    """
    if plan.runs == 1:
        return "A single run shows neither chance nor parameter uncertainty."
    if plan.draws == 1:
        few = (
            ""
            if plan.shows_chance
            else f", and with fewer than {ENOUGH} replicates it cannot show chance"
        )
        return f"A single draw cannot show parameter uncertainty{few}."
    if plan.fewest == 1:
        return "There are no bands, because some draws have a single replicate."
    return f"There are no bands, because some draws have fewer than {ENOUGH} replicates."


def bands_of_shares(shares: Array, runs: Array) -> Array:
    """Return the ends of the middle 80% and 50% of draws' shares on every day, without chance.

    Args:
        shares: share of each draw's runs, ``(days, draws)``.
        runs: number of runs of each draw, ``(draws,)``, at least 2.

    Returns:
        The ends at :data:`BANDS`, ``(4, days)``.
    """
    return quantiles_of_shares(shares, shares * (1 - shares) / (runs - 1), BANDS)


def by_day(daily_by_draw: pd.DataFrame, column: str) -> tuple[Array, Array]:
    """Return a column as ``(days, draws)`` and the runs per draw, ``(draws,)``.

    Draws without runs are left out.
    """
    present = daily_by_draw[daily_by_draw["runs"] > 0]
    wide = present.pivot(index="day", columns="draw", values=column)
    runs = present.drop_duplicates("draw").set_index("draw")["runs"].loc[wide.columns]
    return wide.to_numpy(dtype=float), runs.to_numpy(dtype=float)


def bands(values: Array) -> Array:
    """Return the ends of the middle 80% and 50% of draws on every day.

    Args:
        values: values of the draws, ``(days, draws)``.

    Returns:
        The ends at :data:`BANDS`, ``(4, days)``.

    >>> bands(np.arange(11.0)[None]).ravel().tolist()
    [1.0, 2.5, 7.5, 9.0]
    """
    ends: Array = np.quantile(values, BANDS, axis=1)
    return ends


def measure(result: Result, name: str) -> Measure | None:
    """Return a measure of the summary by its name, or None."""
    return next((line for line in result.measures if line.name == name), None)


def intervals(result: Result, name: str) -> tuple[Interval | None, Interval | None]:
    """Return the chance interval and the parameter interval of a quantity.

    An interval is None if it cannot be estimated. That of the parameters covers the value itself.
    """
    plan = design(result.runs, result.manifest)
    line = measure(result, name)
    if line is None:
        return None, None
    return (
        line.chance if plan.shows_chance else None,
        line.covering if plan.shows_parameters else None,
    )
