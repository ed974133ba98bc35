"""What an ensemble says, with chance and coding kept apart.

A *probability* is over replicates: chance. How it differs from draw to draw is what the coding leaves open. A draw's
own estimate is noisy, since it rests on few replicates, so the spread of draws is shrunk to its true width first:

    m'_d = m + (m_d - m) sqrt(max(0, 1 - noise / observed))

with ``noise`` the mean variance of a draw's estimate and ``observed`` the variance of the estimates between draws. With
one replicate a draw the two cannot be told apart, and with fewer than :data:`ENOUGH` hardly; no spread is given then. A
quantity is summed up by medians: of all runs, and of each draw's runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.io.text import count
from sim.outcomes.columns import ENDINGS
from sim.scenario import Rung, Scenario

Array = NDArray[np.float64]
Interval = tuple[float, float]

MEASURES = (
    "lasting_stop_14",
    "brokered_truce_14",
    *(f"ending_{ending}" for ending in ENDINGS),
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
"""Measures that every summary has; beside them stands one for each broker."""
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
"""Ends of the intervals that are reported: the middle 80%."""
ENOUGH = 5
"""Replicates a draw needs before anything of its own is reported."""
SOON = 14
"""Days within which a truce counts as early."""


@dataclass(frozen=True)
class Measure:
    """One line of the summary.

    Attributes:
        name: short name, stable across versions.
        says: what it is, in plain words.
        unit: unit of the value; ``probability`` for a share of runs.
        value: mean over all runs of a probability, median of anything else.
        chance: middle 80% of the runs of a typical draw; none for a probability.
        coding: middle 80% of the draws' own probabilities, freed of chance, or medians; none where it cannot be told.
    """

    name: str
    says: str
    unit: str
    value: float
    chance: Interval | None
    coding: Interval | None

    @property
    def occurred(self) -> bool:
        """Whether there is anything to say: a quantity, or an event that came about in some run."""
        return self.unit != "probability" or self.value > 0

    def flat(self) -> dict[str, object]:
        """Return the line as one row of a table, the ends of both intervals in columns of their own."""
        row = asdict(self)
        for kind in ("chance", "coding"):
            row[f"{kind}_low"], row[f"{kind}_high"] = row.pop(kind) or (None, None)
        return row

    def shown(self) -> tuple[str, str, str]:
        """Return value, chance and coding as short texts."""
        return self._text(self.value), self._range(self.chance), self._range(self.coding)

    @property
    def carried_by_few(self) -> bool:
        """Whether the value lies outside the middle of the draws by more than can be seen: a few draws make it up."""
        if self.coding is None:
            return False
        seen = 0.005 if self.unit == "probability" else 0.005 * abs(self.value)
        return not self.coding[0] - seen <= self.value <= self.coding[1] + seen

    def _text(self, value: float) -> str:
        if self.unit == "probability":
            return "<1%" if 0 < value < 0.01 else f"{100 * value:.0f}%"
        number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        return f"{number} {self.unit.removesuffix('s') if number == '1' else self.unit}"

    def _range(self, ends: Interval | None) -> str:
        if ends is None:
            return ""
        texts = [self._text(end).split(" ")[0] for end in ends]
        return f"{texts[0]} to {texts[1]}"


def draw_means(values: Array, draw: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Return each draw's mean, the variance of that mean, and its number of runs; for draws that have runs."""
    runs = np.bincount(draw).astype(float)
    total, square = np.bincount(draw, values), np.bincount(draw, values**2)
    has = runs > 0
    runs, total, square = runs[has], total[has], square[has]
    mean = total / runs
    within = np.maximum(square / runs - mean**2, 0.0) * runs / np.maximum(runs - 1, 1)
    return mean, within / runs, runs


def freed_of_chance(values: Array, draw: NDArray[np.int64]) -> Array | None:
    """Return the draws' means shrunk to the spread that the coding alone explains; None with few replicates."""
    mean, noise, _ = draw_means(values, draw)
    if len(mean) < 2 or not _tells_draws(draw):
        return None
    return shrunk(mean, noise.mean(keepdims=True))


def shrunk(means: Array, noise: Array) -> Array:
    """Return draws' means shrunk to the spread that chance does not explain: same shape.

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


def _typical_spread(values: Array, draw: NDArray[np.int64]) -> tuple[Interval | None, Interval | None]:
    """Return the middle 80% of a typical draw's runs, and of the draws' medians; none with few replicates."""
    if not _tells_draws(draw):
        return None, None
    by_draw = pd.Series(values).groupby(draw).quantile([OUTER[0], 0.5, OUTER[1]]).unstack()
    low, _, high = by_draw.median()
    return (float(low), float(high)), _interval(by_draw[0.5].to_numpy() if len(by_draw) > 1 else None)


def _tells_draws(draw: NDArray[np.int64]) -> bool:
    """Whether every draw has replicates enough to speak for itself."""
    runs = np.bincount(draw)
    return bool(runs[runs > 0].min() >= ENOUGH)


def summarise(scenario: Scenario, outcomes: pd.DataFrame) -> list[Measure]:
    """Return the summary of an outcomes table: probabilities first, then quantities."""
    draw = outcomes["draw"].to_numpy(np.int64)
    lines = [
        Measure(name, says, "probability", float(hit.mean()), None, _interval(freed_of_chance(hit, draw)))
        for name, says, hit in _events(scenario, outcomes)
    ]
    for name, says, unit, values in _quantities(outcomes):
        lines.append(Measure(name, says, unit, float(np.median(values)), *_typical_spread(values, draw)))
    return lines


def _events(scenario: Scenario, table: pd.DataFrame) -> Iterator[tuple[str, str, Array]]:
    """Yield name, wording and indicator of every event that is reported."""

    def hit(series: pd.Series) -> NDArray[np.float64]:
        return np.asarray(series.fillna(False), dtype=float)

    days = min(SOON, scenario.horizon_days)
    within = f"within {count(days, 'day')}"
    stops = f"fighting stops for good {within}"
    if scenario.conflict.opening == Rung.hold_fire:
        stops = f"there is no fighting, or it stops for good {within}"
    yield "lasting_stop_14", stops, hit(table["lasting_truce_day"] <= SOON)
    yield "brokered_truce_14", f"a brokered truce is signed {within}", hit(table["first_truce_day"] <= SOON)
    for ending in ENDINGS:
        yield f"ending_{ending}", f"ends in {ending}", hit(table["ending"] == ending)
    for broker in sorted(set(table["broker"]) - {"none"}):
        yield f"broker_{broker}", f"the lasting truce is brokered by {broker}", hit(table["broker"] == broker)
    peaks = {2: "reaches a limited offensive", 3: "reaches a full offensive", 4: "an outside power fights"}
    for level, says in peaks.items():
        yield f"peak_{level}", says, hit(table["peak_level"] >= level)
    yield "treaty_invoked", f"{scenario.conflict.defender} calls on a treaty", hit(table["treaty_invoked"])


def _quantities(table: pd.DataFrame) -> Iterator[tuple[str, str, str, Array]]:
    """Yield name, wording, unit and values of every quantity that is reported."""
    deaths = table["deaths_challenger"] + table["deaths_defender"]
    named = (
        ("duration_days", "duration of the fighting", "days", table["duration_days"]),
        ("deaths", "battle deaths of both sides", "deaths", deaths),
        ("failed_truces", "brokered truces that broke", "truces", table["failed_truces"]),
        ("failed_stops", "stops of any kind that broke", "stops", table["failed_stops"]),
        ("territory_fought", "ground won by fighting", "% of the area", 100 * table["territory_fought"]),
        ("territory_ceded", "ground handed over by agreement", "% of the area", 100 * table["territory_ceded"]),
    )
    for name, says, unit, values in named:
        yield name, says, unit, values.to_numpy(dtype=float)


def by_run(scenario: Scenario, outcomes: pd.DataFrame, name: str) -> Array:
    """Return a measure in each run, shape ``(runs,)``: 1 where an event came about, else 0; or the quantity.

    A broker who is not named in the outcomes brokered nothing.
    """
    found = {known: hit for known, _, hit in _events(scenario, outcomes)}
    found |= {known: values for known, _, _, values in _quantities(outcomes)}
    return found.get(name, np.zeros(len(outcomes)))


def sentence(lines: list[Measure]) -> str:
    """Return the plain sentence that sums an ensemble up."""
    by_name = {line.name: line for line in lines}
    early = by_name["lasting_stop_14"]
    brokers = [line for line in lines if line.name.startswith("broker_")]
    text = f"In {_percent(early.value)} of runs{_draws(early)} {early.says}"
    if brokers:
        first = max(brokers, key=lambda line: line.value)
        text += f"; where a broker's truce lasts, it is most often {first.name.removeprefix('broker_')}'s"
        text += f" ({_percent(first.value)} of all runs)"
    return text + "."


def _draws(line: Measure) -> str:
    if line.coding is None:
        return ""
    low, high = line.coding
    few = ", but for a few" if line.carried_by_few else ""
    return f" [draws {100 * low:.0f}-{100 * high:.0f}%{few}]"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def as_frame(lines: Sequence[Measure]) -> pd.DataFrame:
    """Return a summary as a table: one row a measure, by name; see :attr:`sim.results.folder.Result.summary`."""
    rows = []
    for line in lines:
        shown = dict(zip(("shown", "chance", "parameters"), line.shown(), strict=True))
        rows.append({**line.flat(), **shown})
    return pd.DataFrame(rows).rename(columns={"says": "measure"}).set_index("name")


def as_record(lines: list[Measure]) -> dict[str, object]:
    """Return the sentence and the measures as one plain record for a file."""
    return {"sentence": sentence(lines), "measures": [asdict(line) for line in lines]}
