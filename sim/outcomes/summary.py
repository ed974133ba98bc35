"""Summarise an ensemble, with chance separated from parameter uncertainty.

A *probability* is a share of replicates and describes chance. Its variation between parameter draws
describes parameter uncertainty. Other quantities are summarised by medians: of all runs, and of
each draw's runs. :mod:`sim.outcomes.chance` removes the noise of few replicates from both.

Every figure has a Monte Carlo error, which decides its digits: see :mod:`sim.outcomes.precision`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.outcomes.chance import (
    OUTER,
    Array,
    Interval,
    Scale,
    draw_means,
    draw_scores,
    has_enough_replicates,
    quantiles,
    quantiles_of_shares,
    shrunk,
)
from sim.outcomes.evaluation import run_values
from sim.outcomes.numbers import percent
from sim.outcomes.precision import (
    bootstrap_error,
    mean_error,
    median_error,
    quantile_error,
    resolution,
    rounded,
)
from sim.outcomes.runs import Runs
from sim.outcomes.summary_measures import OF_A_MEDIATOR, PROBABILITY, SummaryMeasure, declared
from sim.outcomes.syntax import parse
from sim.scenario import Scenario

Ends = tuple[Interval | None, Interval | None]
"""The ends of an interval, and their Monte Carlo errors."""
FINEST = 0.01
"""Smallest step of a printed percentage of the area."""
_RUNS = "middle 80% of the runs of a typical draw"
FEWEST_RUNS = 10
"""Smallest number of runs of which a middle 80% is given."""
_DRAWS = "middle 80% of the draws' shares or medians, without chance"
COLUMNS = {
    "name": "short name of the measure",
    "measure": "the measure in words",
    "unit": "unit of the measure",
    "value": "share of all runs, or median of all runs",
    "error": "Monte Carlo error of the value, with draws as the unit",
    "chance_low": f"lower end of chance: {_RUNS}",
    "chance_high": f"upper end of chance: {_RUNS}",
    "chance_low_error": "Monte Carlo error of the lower end of chance",
    "chance_high_error": "Monte Carlo error of the upper end of chance",
    "parameters_low": f"lower end of parameter uncertainty: {_DRAWS}",
    "parameters_high": f"upper end of parameter uncertainty: {_DRAWS}",
    "parameters_low_error": "Monte Carlo error of the lower end of parameter uncertainty",
    "parameters_high_error": "Monte Carlo error of the upper end of parameter uncertainty",
    "all_runs_low": "lower end of the middle 80% of all runs, chance and parameters together",
    "all_runs_high": "upper end of the middle 80% of all runs",
    "all_runs_low_error": "Monte Carlo error of the lower end of all runs",
    "all_runs_high_error": "Monte Carlo error of the upper end of all runs",
    "shown": "the value, rounded to the digits that its error leaves",
    "chance": "chance, rounded likewise",
    "parameters": "parameter uncertainty, rounded likewise",
    "all_runs": "middle 80% of all runs, rounded likewise",
}
"""Columns of a summary as a table, and what they mean."""


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
        parameters: parameter uncertainty: middle 80% of the draws' probabilities or medians, with
            noise removed; None if there are too few replicates.
        error: Monte Carlo error of the value, in its unit; None if it is unknown.
        chance_error: Monte Carlo errors of the ends of ``chance``.
        parameters_error: Monte Carlo errors of the ends of ``parameters``.
        all_runs: middle 80% of all runs, chance and parameters together; None for a probability,
            and with fewer than :data:`FEWEST_RUNS` runs.
        all_runs_error: Monte Carlo errors of the ends of ``all_runs``.
    """

    name: str
    says: str
    unit: str
    value: float
    chance: Interval | None
    parameters: Interval | None
    error: float | None = None
    chance_error: Interval | None = None
    parameters_error: Interval | None = None
    all_runs: Interval | None = None
    all_runs_error: Interval | None = None

    @property
    def occurred(self) -> bool:
        """Whether to report it: it is a quantity, or an event that occurred in some run."""
        return self.unit != PROBABILITY or self.value > 0

    def flat(self) -> dict[str, object]:
        """Return the measure as one row of a table, with a column for each end of an interval."""
        row = asdict(self)
        for kind in ("chance", "parameters", "all_runs"):
            row[f"{kind}_low"], row[f"{kind}_high"] = row.pop(kind) or (None, None)
            errors = row.pop(f"{kind}_error") or (None, None)
            row[f"{kind}_low_error"], row[f"{kind}_high_error"] = errors
        return row

    def shown(self) -> tuple[str, str, str]:
        """Return the value, the interval of chance and that of the draws as short texts.

        >>> Measure("x", "it rains", "probability", 0.304, None, (0.2, 0.4)).shown()
        ('30%', '', '20% to 40%')
        >>> Measure("x", "deaths", "deaths", 7612.0, None, None, error=300.0).shown()[0]
        '7,600 deaths'
        """
        value = self._text(self.value, self.error)
        chance = self._range(self.chance, self.chance_error)
        return value, chance, self._range(self.covering, self.parameters_error)

    @property
    def shown_all_runs(self) -> str:
        """The middle 80% of all runs as a short text; empty without it."""
        return self._range(self.all_runs, self.all_runs_error)

    @property
    def driven_by_few(self) -> bool:
        """Whether a few draws drive the value, so that it is visibly outside their middle 80%.

        The mean over draws can be just outside the middle 80% of the draws. A distance that only
        rounding makes visible does not count.
        """
        if self.parameters is None:
            return False
        low, high = self.parameters
        nearest_end = min(max(self.value, low), high)
        is_rounding = abs(self.value - nearest_end) <= self._half_digit
        return not (is_rounding or self._text(self.value) == self._text(nearest_end))

    @property
    def covering(self) -> Interval | None:
        """The draws' interval, extended to the value where a few draws drive it.

        An interval that excludes its own value would be misread. This one holds at least the middle
        80% of the draws.

        >>> Measure("x", "", "probability", 0.985, None, (0.99, 1.0)).covering
        (0.985, 1.0)
        """
        if self.parameters is None:
            return None
        low, high = self.parameters
        return min(low, self.value), max(high, self.value)

    @property
    def _half_digit(self) -> float:
        """Half of the last printed digit of the value."""
        if self.unit == PROBABILITY:
            return resolution(100 * self.value, 100 * (self.error or 0.0)) / 200
        if self.unit.startswith("%"):
            return max(0.005 * abs(self.value), resolution(self.value, self.error, FINEST) / 2)
        return resolution(self.value, self.error) / 2

    def _text(self, value: float, error: float | None = None) -> str:
        if self.unit == PROBABILITY:
            return percent(value, error)
        if self.unit.startswith("%"):
            return f"{rounded(value, error, FINEST):.3g}{self.unit}"
        number = f"{rounded(value, error):,.0f}"  # counts are whole; a median may lie between two
        return f"{number} {self.unit.removesuffix('s') if number == '1' else self.unit}"

    def _range(self, ends: Interval | None, errors: Interval | None) -> str:
        if ends is None:
            return ""
        pairs = zip(ends, errors or (None, None), strict=True)
        texts = [self._text(end, error).split(" ")[0] for end, error in pairs]
        return f"{texts[0]} to {texts[1]}"


def summarise(scenario: Scenario, outcomes: Runs) -> list[Measure]:
    """Return the summary of an outcomes table: probabilities first, then quantities."""
    draw = outcomes["draw"].to_numpy(np.int64)
    lines = []
    for measure in declared(mediators(outcomes)):
        values = _by_run(measure, outcomes)
        lines.append(_line(measure, measure.says(scenario), values, draw))
    return lines


def mediators(outcomes: Runs) -> list[str]:
    """Return the codes of the mediators of lasting ceasefires, sorted; a surrender is none."""
    signed = outcomes["broker"][outcomes["ending"] == "truce"]
    return sorted({*signed.unique()} - {"none"})


def _line(measure: SummaryMeasure, says: str, values: Array, draw: NDArray[np.int64]) -> Measure:
    if measure.unit == PROBABILITY:
        return probability(values, draw, measure.name, says)
    chance, parameters = _spread(values, draw)
    return Measure(
        measure.name,
        says,
        measure.unit,
        float(np.median(values)),
        chance[0],
        parameters[0],
        _known(median_error(values, draw)),
        chance[1],
        parameters[1],
        *_of_all_runs(values, draw),
    )


def probability(hits: Array, draw: NDArray[np.int64], name: str = "", says: str = "") -> Measure:
    """Return the line of an event: its share of runs, and the spread between draws.

    Args:
        hits: 1 or 0 in each run, shape ``(runs,)``.
        draw: number of each run's parameter draw, shape ``(runs,)``.
        name: name of the measure.
        says: what it measures, in plain words.

    >>> probability(np.array([1.0, 0.0, 1.0, 1.0]), np.array([0, 0, 1, 1])).value
    0.75
    """
    ends, errors = _spread_of_shares(hits, draw)
    error = _known(mean_error(hits, draw))
    return Measure(name, says, PROBABILITY, float(hits.mean()), None, ends, error, None, errors)


def _known(error: float) -> float | None:
    return None if np.isnan(error) else error


def _spread_of_shares(hits: Array, draw: NDArray[np.int64]) -> Ends:
    """Return the middle 80% of the draws' shares; None with few replicates or a single draw."""
    shares, noise, _ = draw_means(hits, draw)
    if len(shares) < 2 or not has_enough_replicates(draw):
        return None, None

    def ends(rows: NDArray[np.int64]) -> Array:
        return quantiles_of_shares(shares[rows], noise[rows])

    return _with_errors(ends, len(shares))


def _spread(values: Array, draw: NDArray[np.int64]) -> tuple[Ends, Ends]:
    """Return the middle 80% of a typical draw's runs, and of the draws' medians.

    None with few replicates; the second also with a single draw.
    """
    if not has_enough_replicates(draw):
        return (None, None), (None, None)
    scale = Scale.of(values)
    found = draw_scores(scale.scores(values), draw)

    def of_typical_draw(rows: NDArray[np.int64]) -> Array:
        ends = [np.median(scores[rows], axis=-1) for scores in (found.low, found.high)]
        return scale.values(np.stack(ends))

    def of_medians(rows: NDArray[np.int64]) -> Array:
        noise = found.noise[rows].mean(axis=-1, keepdims=True)
        return scale.values(quantiles(shrunk(found.median[rows], noise)))

    draws = len(found.median)
    if draws == 1:
        return (_pair(of_typical_draw(np.zeros(1, dtype=np.int64))), None), (None, None)
    return _with_errors(of_typical_draw, draws), _with_errors(of_medians, draws)


def _of_all_runs(values: Array, draw: NDArray[np.int64]) -> Ends:
    """Return the middle 80% of all runs, and the errors of its ends; None with few runs."""
    if len(values) < FEWEST_RUNS:
        return None, None
    ends = quantiles(values)
    errors = [
        quantile_error(values, draw, float(end), part)
        for end, part in zip(ends, OUTER, strict=True)
    ]
    return _pair(ends), _pair(np.array(errors))


def _with_errors(ends: Callable[[NDArray[np.int64]], Array], draws: int) -> Ends:
    return _pair(ends(np.arange(draws))), _pair(bootstrap_error(draws, ends))


def _pair(ends: Array) -> Interval:
    return float(ends[0]), float(ends[1])


def _by_run(measure: SummaryMeasure, outcomes: Runs) -> Array:
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


def by_run(outcomes: Runs, name: str) -> Array:
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
    text = f"In {early.shown()[0]} of runs{_draws(early)} {early.says}"
    if brokers:
        first = max(brokers, key=lambda line: line.value)
        text += f"; {first.says}, the most frequent mediator, in {first.shown()[0]} of runs"
    return text + "."


def _draws(line: Measure) -> str:
    if line.parameters is None:
        return ""
    few = ", driven by a few" if line.driven_by_few else ""
    return f" [draws {line.shown()[2]}{few}]"


def as_frame(lines: Sequence[Measure]) -> pd.DataFrame:
    """Return a summary as a table with one row per measure, by name.

    See :attr:`sim.results.reader.Result.summary`.
    """
    rows = []
    for line in lines:
        shown = dict(zip(("shown", "chance", "parameters"), line.shown(), strict=True))
        rows.append({**line.flat(), **shown, "all_runs": line.shown_all_runs})
    table = pd.DataFrame(rows).rename(columns={"says": "measure"})
    numbers = [name for name in table if name.endswith(("_low", "_high", "error"))]
    table[numbers] = table[numbers].astype(float)
    return table[list(COLUMNS)].set_index("name")


def as_record(lines: list[Measure]) -> dict[str, object]:
    """Return the sentence and the measures as plain values for a file."""
    return {"sentence": sentence(lines), "measures": [asdict(line) for line in lines]}
