"""Summarise an ensemble, with chance separated from parameter uncertainty.

A *probability* is a share of replicates and describes chance. Its variation between parameter draws
describes parameter uncertainty. A draw's estimate is noisy, because a draw has few replicates.
Therefore the spread of the draws is first shrunk to remove the noise:

    m'_d = m + (m_d - m) sqrt(max(0, 1 - noise / observed))

Here ``noise`` is the mean variance of a draw's estimate, and ``observed`` is the variance of the
estimates between draws. With fewer than :data:`ENOUGH` replicates per draw the two cannot be
separated reliably, and no spread is reported. Other quantities are summarised by medians: of all
runs, and of each draw's runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import floor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.io.text import count
from sim.outcomes.columns import DIRECT, ended
from sim.scenario import Rung, Scenario

Array = NDArray[np.float64]
Interval = tuple[float, float]

ENDING_WORDS = {
    "fighting": "fighting continues to the end",
    "lull": "ends in a lull",
    "truce": "ends in a mediated ceasefire",
    DIRECT: "ends in a ceasefire without a mediator",
    "capitulation": "ends in the defender's capitulation",
}
"""Wording of each ending."""
MEASURES = (
    "lasting_stop_14",
    "brokered_truce_14",
    *(f"ending_{ending}" for ending in ENDING_WORDS),
    "peak_2",
    "peak_3",
    "peak_4",
    "treaty_invoked",
    "duration_days",
    "deaths",
    "failed_truces",
    "failed_stops",
    "territory_fought",
    "territory_ceded",
)
"""Measures in every summary; there is also one per mediator."""
NEEDED = (
    "draw",
    "first_truce_day",
    "lasting_truce_day",
    "duration_days",
    "ending",
    "failed_truces",
    "failed_stops",
    "broker",
    "peak_level",
    "deaths_challenger",
    "deaths_defender",
    "territory_fought",
    "territory_ceded",
    "treaty_invoked",
)
"""Columns of the outcomes that a summary reads."""
OUTER = (0.1, 0.9)
"""Quantiles of the reported intervals: the middle 80%."""
ENOUGH = 5
"""Replicates that each draw needs before results of single draws are reported."""
EARLY_DAYS = 14
"""Days within which a ceasefire counts as early."""


@dataclass(frozen=True)
class Measure:
    """One line of the summary.

    Attributes:
        name: short name, stable across versions.
        says: what it measures, in plain words.
        unit: unit of the value; ``probability`` for a share of runs.
        value: share of all runs for a probability, median of all runs for anything else.
        chance: middle 80% of the runs of a typical draw; None for a probability.
        parameters: middle 80% of the draws' probabilities (with noise removed) or medians; None if
            there are too few replicates.
    """

    name: str
    says: str
    unit: str
    value: float
    chance: Interval | None
    parameters: Interval | None

    @property
    def occurred(self) -> bool:
        """Whether there is anything to report: a quantity, or an event that occurred in some run."""
        return self.unit != "probability" or self.value > 0

    def flat(self) -> dict[str, object]:
        """Return the measure as one row of a table, with the ends of both intervals in separate columns."""
        row = asdict(self)
        for kind in ("chance", "parameters"):
            row[f"{kind}_low"], row[f"{kind}_high"] = row.pop(kind) or (None, None)
        return row

    def shown(self) -> tuple[str, str, str]:
        """Return the value, the interval of chance and that of the draws as short texts."""
        return self._text(self.value), self._range(self.chance), self._range(self._covering())

    @property
    def carried_by_few(self) -> bool:
        """Whether a few parameter draws drive the value: it is visibly outside the draws' interval."""
        covering = self._covering()
        return covering is not None and not covering[0] <= self.value <= covering[1]

    @property
    def _half_digit(self) -> float:
        """Half of the last printed digit of the value."""
        if self.unit == "probability":
            return 0.005
        return 0.005 * abs(self.value) if self.unit.startswith("%") else 0.5

    def _covering(self) -> Interval | None:
        """Return the draws' interval, reaching to the value if only rounding puts it outside.

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
        if self.unit == "probability":
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
    """
    runs = np.bincount(draw).astype(float)
    used = runs > 0
    runs = runs[used]
    total = np.bincount(draw, values)[used]
    square = np.bincount(draw, values**2)[used]
    mean = total / runs
    within = np.maximum(square / runs - mean**2, 0.0) * runs / np.maximum(runs - 1, 1)
    return mean, within / runs, runs


def freed_of_chance(values: Array, draw: NDArray[np.int64]) -> Array | None:
    """Return the draws' means, shrunk to the spread due to parameter uncertainty.

    None with few replicates.
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
    """
    centre = means.mean(axis=-1, keepdims=True)
    observed = means.var(axis=-1, ddof=1, keepdims=True)
    chance = np.divide(noise, observed, out=np.ones_like(observed), where=observed > 0)
    freed: Array = centre + (means - centre) * np.sqrt(np.maximum(0.0, 1.0 - chance))
    return freed


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
    return (float(low), float(high)), _interval(
        by_draw[0.5].to_numpy() if len(by_draw) > 1 else None
    )


def _has_enough_replicates(draw: NDArray[np.int64]) -> bool:
    """Whether every draw has enough replicates for results of its own."""
    runs = np.bincount(draw)
    return bool(runs[runs > 0].min() >= ENOUGH)


def summarise(scenario: Scenario, outcomes: pd.DataFrame) -> list[Measure]:
    """Return the summary of an outcomes table: probabilities first, then quantities."""
    draw = outcomes["draw"].to_numpy(np.int64)
    lines = [
        Measure(
            name,
            says,
            "probability",
            float(hit.mean()),
            None,
            _interval(freed_of_chance(hit, draw)),
        )
        for name, says, hit in _events(scenario, outcomes)
    ]
    for name, says, unit, values in _quantities(outcomes):
        lines.append(
            Measure(name, says, unit, float(np.median(values)), *_typical_spread(values, draw))
        )
    return lines


def _events(scenario: Scenario, table: pd.DataFrame) -> Iterator[tuple[str, str, Array]]:
    """Yield the name, the wording and the indicator of every reported event."""

    def hit(series: pd.Series) -> NDArray[np.float64]:
        return np.asarray(series.fillna(False), dtype=float)

    days = min(EARLY_DAYS, scenario.horizon_days)
    within = f"within {count(days, 'day')}"
    stops = f"fighting stops for good {within}"
    if scenario.conflict.opening == Rung.hold_fire:
        stops = f"there is no fighting, or it stops for good {within}"
    yield "lasting_stop_14", stops, hit(table["lasting_truce_day"] <= EARLY_DAYS)
    yield (
        "brokered_truce_14",
        f"a mediated ceasefire is signed {within}",
        hit(table["first_truce_day"] <= EARLY_DAYS),
    )
    endings = ended(table)
    for ending, says in ENDING_WORDS.items():
        yield f"ending_{ending}", says, hit(endings == ending)
    for broker in sorted(set(table["broker"]) - {"none"}):
        yield f"broker_{broker}", mediated_by(scenario, broker), hit(table["broker"] == broker)
    peaks = {
        2: "reaches a limited offensive",
        3: "reaches a full offensive",
        4: "a third party fights",
    }
    for level, says in peaks.items():
        yield f"peak_{level}", says, hit(table["peak_level"] >= level)
    yield (
        "treaty_invoked",
        f"{scenario.actors[scenario.conflict.defender].name} invokes a treaty",
        hit(table["treaty_invoked"]),
    )


def mediated_by(scenario: Scenario, broker: str) -> str:
    """Return the wording of the event that an actor mediates the lasting ceasefire."""
    return f"the lasting ceasefire is mediated by {scenario.actors[broker].name}"


def _quantities(table: pd.DataFrame) -> Iterator[tuple[str, str, str, Array]]:
    """Yield the name, the wording, the unit and the values of every reported quantity."""
    deaths = table["deaths_challenger"] + table["deaths_defender"]
    named = (
        ("duration_days", "duration of the fighting", "days", table["duration_days"]),
        ("deaths", "battle deaths of both sides", "deaths", deaths),
        ("failed_truces", "mediated ceasefires that broke", "ceasefires", table["failed_truces"]),
        (
            "failed_stops",
            "failed cessations of fighting, of any kind",
            "times",
            table["failed_stops"],
        ),
        (
            "territory_fought",
            "territory won by fighting",
            "% of the area",
            100 * table["territory_fought"],
        ),
        (
            "territory_ceded",
            "territory ceded by agreement",
            "% of the area",
            100 * table["territory_ceded"],
        ),
    )
    for name, says, unit, values in named:
        yield name, says, unit, values.to_numpy(dtype=float)


def by_run(scenario: Scenario, outcomes: pd.DataFrame, name: str) -> Array:
    """Return a measure in each run, shape ``(runs,)``: 1 or 0 for an event, or the quantity.

    A mediator that is not in the outcomes has mediated nothing.
    """
    found = {known: hit for known, _, hit in _events(scenario, outcomes)}
    found |= {known: values for known, _, _, values in _quantities(outcomes)}
    return found.get(name, np.zeros(len(outcomes)))


def sentence(lines: list[Measure]) -> str:
    """Return one sentence that summarises an ensemble."""
    by_name = {line.name: line for line in lines}
    early = by_name["lasting_stop_14"]
    brokers = [line for line in lines if line.name.startswith("broker_")]
    text = f"In {percent(early.value)} of runs{_draws(early)} {early.says}"
    if brokers:
        first = max(brokers, key=lambda line: line.value)
        text += f"; {first.says}, the most frequent mediator, in {percent(first.value)} of runs"
    return text + "."


def _draws(line: Measure) -> str:
    if line.parameters is None:
        return ""
    few = ", driven by a few" if line.carried_by_few else ""
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
