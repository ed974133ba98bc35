"""Summarise an ensemble, with chance separated from parameter uncertainty.

A *probability* is a share of replicates and describes chance. Its variation between parameter draws
describes parameter uncertainty. A draw's estimate is noisy, because a draw has few replicates. The
estimates are therefore shrunk towards their mean, to remove the noise from their spread:

    m'_d = m + (m_d - m) sqrt(max(0, 1 - noise / observed))

Here ``noise`` is the mean variance of a draw's estimate, and ``observed`` is the variance of the
estimates between draws. With fewer than :data:`ENOUGH` replicates per draw the two cannot be
separated reliably, and no spread is reported. Other quantities are summarised by medians: of all
runs, and of each draw's runs.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain
from math import floor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.outcomes.evaluation import run_values
from sim.outcomes.summary_measures import OF_A_MEDIATOR, PROBABILITY, SummaryMeasure, declared
from sim.outcomes.syntax import parse
from sim.scenario import Scenario

Array = NDArray[np.float64]
Interval = tuple[float, float]

OUTER = (0.1, 0.9)
"""Quantiles of the reported intervals: the middle 80%."""
ENOUGH = 5
"""Replicates that each draw needs before results of single draws are reported."""


@dataclass(frozen=True)
class Measure:
    """One line of the summary.

    Attributes:
        name: short name, stable across versions.
        says: what it measures, in plain words.
        unit: unit of the value; ``probability`` for a share of runs.
        value: share of all runs for a probability, median of all runs for anything else.
        chance: stochastic variability: middle 80% of the runs of a typical draw; None for a
            probability.
        parameters: parameter uncertainty: middle 80% of the draws' probabilities (with noise
            removed) or medians; None if there are too few replicates.
    """

    name: str
    says: str
    unit: str
    value: float
    chance: Interval | None
    parameters: Interval | None

    @property
    def occurred(self) -> bool:
        """Whether to report it: it is a quantity, or an event that occurred in some run."""
        return self.unit != PROBABILITY or self.value > 0

    def flat(self) -> dict[str, object]:
        """Return the measure as one row of a table, with a column for each end of an interval."""
        row = asdict(self)
        for kind in ("chance", "parameters"):
            row[f"{kind}_low"], row[f"{kind}_high"] = row.pop(kind) or (None, None)
        return row

    def shown(self) -> tuple[str, str, str]:
        """Return the value, the interval of chance and that of the draws as short texts.

        >>> Measure("x", "it rains", "probability", 0.304, None, (0.2, 0.4)).shown()
        ('30%', '', '20% to 40%')
        """
        return self._text(self.value), self._range(self.chance), self._range(self._covering())

    @property
    def driven_by_few(self) -> bool:
        """Whether a few draws drive the value, so that it is visibly outside their interval."""
        covering = self._covering()
        return covering is not None and not covering[0] <= self.value <= covering[1]

    @property
    def _half_digit(self) -> float:
        """Half of the last printed digit of the value."""
        if self.unit == PROBABILITY:
            return 0.005
        return 0.005 * abs(self.value) if self.unit.startswith("%") else 0.5

    def _covering(self) -> Interval | None:
        """Return the draws' interval, extended to the value if only rounding puts it outside.

        The mean over draws can be just outside the middle 80% of the draws. Without this, 99.5%
        would print as 100% beside an interval that prints as 99% to 99%.
        """
        if self.parameters is None:
            return None
        low, high = self.parameters
        nearest_end = min(max(self.value, low), high)
        is_rounding = abs(self.value - nearest_end) <= self._half_digit
        if is_rounding or self._text(self.value) == self._text(nearest_end):
            return min(low, self.value), max(high, self.value)
        return low, high

    def _text(self, value: float) -> str:
        if self.unit == PROBABILITY:
            return percent(value)
        if self.unit.startswith("%"):
            # Adding zero turns a rounded -0.0 into 0.0.
            return f"{round(value, 2) + 0.0:.3g}{self.unit}"
        number = f"{floor(value + 0.5):,}"  # counts are whole; a median may lie between two
        return f"{number} {self.unit.removesuffix('s') if number == '1' else self.unit}"

    def _range(self, ends: Interval | None) -> str:
        if ends is None:
            return ""
        texts = [self._text(end).split(" ")[0] for end in ends]
        return f"{texts[0]} to {texts[1]}"


def draw_means(values: Array, draw: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Return each draw's mean, the variance of that mean, and its number of runs.

    Draws without runs are left out.

    >>> mean, variance, runs = draw_means(np.array([0.0, 1.0, 2.0, 5.0]), np.array([0, 1, 0, 1]))
    >>> mean.tolist(), variance.tolist(), runs.tolist()
    ([1.0, 3.0], [1.0, 4.0], [2.0, 2.0])
    """
    runs = np.bincount(draw).astype(float)
    used = runs > 0
    runs = runs[used]
    total = np.bincount(draw, values)[used]
    square = np.bincount(draw, values**2)[used]
    mean = total / runs
    within = np.maximum(square / runs - mean**2, 0.0) * runs / np.maximum(runs - 1, 1)
    return mean, within / runs, runs


def shrunk_means(values: Array, draw: NDArray[np.int64]) -> Array | None:
    """Return the draws' means, shrunk to the spread due to parameter uncertainty.

    Args:
        values: value in each run, shape ``(runs,)``.
        draw: number of each run's parameter draw, shape ``(runs,)``.

    Returns:
        One mean per draw that has runs, or None with fewer than :data:`ENOUGH` replicates.

    >>> shrunk_means(np.ones(20), np.arange(20) % 2).tolist()
    [1.0, 1.0]
    """
    mean, noise, _ = draw_means(values, draw)
    if len(mean) < 2 or not _has_enough_replicates(draw):
        return None
    return shrunk(mean, noise.mean(keepdims=True))


def shrunk(means: Array, noise: Array) -> Array:
    """Return draws' means, shrunk to the spread that chance does not explain; same shape.

    Args:
        means: each draw's estimate, draws along the last axis.
        noise: mean variance of these estimates, with a last axis of length 1.

    >>> shrunk(np.array([0.0, 4.0]), np.array([8.0])).tolist()
    [2.0, 2.0]
    """
    centre = means.mean(axis=-1, keepdims=True)
    observed = means.var(axis=-1, ddof=1, keepdims=True)
    explained = np.divide(noise, observed, out=np.ones_like(observed), where=observed > 0)
    factor = np.sqrt(np.maximum(0.0, 1.0 - explained))
    return np.asarray(centre + (means - centre) * factor)


def _interval(values: Array | None) -> Interval | None:
    if values is None:
        return None
    low, high = np.quantile(values, OUTER)
    return float(low), float(high)


def _typical_spread(
    values: Array, draw: NDArray[np.int64]
) -> tuple[Interval | None, Interval | None]:
    """Return the middle 80% of a typical draw's runs, and of the draws' medians.

    None with few replicates.
    """
    if not _has_enough_replicates(draw):
        return None, None
    by_draw = pd.Series(values).groupby(draw).quantile([OUTER[0], 0.5, OUTER[1]]).unstack()
    low, _, high = by_draw.median()
    medians = by_draw[0.5].to_numpy() if len(by_draw) > 1 else None
    return (float(low), float(high)), _interval(medians)


def _has_enough_replicates(draw: NDArray[np.int64]) -> bool:
    """Whether every draw has enough replicates to report its results."""
    runs = np.bincount(draw)
    return bool(runs[runs > 0].min() >= ENOUGH)


def summarise(scenario: Scenario, outcomes: pd.DataFrame) -> list[Measure]:
    """Return the summary of an outcomes table: probabilities first, then quantities."""
    draw = outcomes["draw"].to_numpy(np.int64)
    mediators = sorted(set(outcomes["broker"]) - {"none"})
    lines = []
    for measure in declared(mediators):
        values = _by_run(measure, outcomes)
        lines.append(_line(measure, measure.says(scenario), values, draw))
    return lines


def _line(measure: SummaryMeasure, says: str, values: Array, draw: NDArray[np.int64]) -> Measure:
    if measure.unit == PROBABILITY:
        of_draws = _interval(shrunk_means(values, draw))
        return Measure(measure.name, says, measure.unit, float(values.mean()), None, of_draws)
    spread = _typical_spread(values, draw)
    return Measure(measure.name, says, measure.unit, float(np.median(values)), *spread)


def _by_run(measure: SummaryMeasure, outcomes: pd.DataFrame) -> Array:
    """Return a measure in each run, shape ``(runs,)``: 1 or 0 for an event, or the quantity."""
    return np.asarray(run_values(_tree(measure.formula), outcomes), dtype=float)


@cache
def _tree(formula: str) -> ast.expr:
    return parse(formula)


def columns_needed() -> list[str]:
    """Return the columns of the outcomes that a summary reads.

    >>> "peak_level" in columns_needed()
    True
    """
    formulas = [measure.formula for measure in declared()]
    nodes = chain.from_iterable(ast.walk(_tree(formula)) for formula in formulas)
    names = (node.id for node in nodes if isinstance(node, ast.Name))
    return list(dict.fromkeys(("draw", "broker", *names)))


def by_run(outcomes: pd.DataFrame, name: str) -> Array:
    """Return a measure in each run, shape ``(runs,)``: 1 or 0 for an event, or the quantity.

    Args:
        outcomes: the outcomes table.
        name: name of the measure, also of a mediator that never succeeded.
    """
    code = name.removeprefix(OF_A_MEDIATOR)
    known = {measure.name: measure for measure in declared([code])}
    return _by_run(known[name], outcomes)


def sentence(lines: list[Measure]) -> str:
    """Return one sentence that summarises an ensemble.

    >>> sentence([Measure("lasting_stop_14", "fighting stops", "probability", 0.4, None, None)])
    'In 40% of runs fighting stops.'
    """
    by_name = {line.name: line for line in lines}
    early = by_name["lasting_stop_14"]
    brokers = [line for line in lines if line.name.startswith(OF_A_MEDIATOR)]
    text = f"In {percent(early.value)} of runs{_draws(early)} {early.says}"
    if brokers:
        first = max(brokers, key=lambda line: line.value)
        text += f"; {first.says}, the most frequent mediator, in {percent(first.value)} of runs"
    return text + "."


def _draws(line: Measure) -> str:
    if line.parameters is None:
        return ""
    few = ", driven by a few" if line.driven_by_few else ""
    return f" [draws {line.shown()[2]}{few}]"


def percent(share: float) -> str:
    """Return a probability as a whole percentage, in which small shares are never 0% or 100%.

    >>> percent(0.004), percent(0.32), percent(0.997)
    ('<1%', '32%', '>99%')
    """
    share = round(share, 9) + 0.0  # without rounding errors and -0.0
    if 0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{100 * share:.0f}%"


def as_frame(lines: Sequence[Measure]) -> pd.DataFrame:
    """Return a summary as a table with one row per measure, by name.

    See :attr:`sim.results.reader.Result.summary`.
    """
    rows = []
    for line in lines:
        shown = dict(zip(("shown", "chance", "parameters"), line.shown(), strict=True))
        rows.append({**line.flat(), **shown})
    return pd.DataFrame(rows).rename(columns={"says": "measure"}).set_index("name")


def as_record(lines: list[Measure]) -> dict[str, object]:
    """Return the sentence and the measures as plain values for a file."""
    return {"sentence": sentence(lines), "measures": [asdict(line) for line in lines]}
