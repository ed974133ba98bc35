"""Scores: what runs came to, held against what happened, beside forecasts that know no model.

A forecast is a sample: the runs of an ensemble. It is scored by whether the record lies inside its central intervals,
by the place of the record in it (PIT, randomised where values tie: Czado, Gneiting & Held 2009), by the continuous
ranked probability score in its fair form for samples (Ferro 2014; the Brier score of a yes or no), and by the logarithm
of the density it gives the record, with the error that the record's kernels state. Smaller CRPS and larger log scores
are better. Baselines are distributions over a few values: the other crises (climatology), the crisis before
(persistence), and a coin for a yes or no.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.record.targets import Target
from sim.results.layout import result_folder

Array = NDArray[np.float64]

INTERVALS = (50, 80, 95)
"""Central intervals, in percent."""
BASELINES = ("climatology", "persistence", "coin")


@dataclass(frozen=True)
class Score:
    """How one forecast of one fact fared.

    Attributes:
        crisis: the crisis.
        target: the fact.
        unit: unit of the values; CRPS has the same.
        forecast: what was scored, such as prior or posterior.
        observed: what the record says.
        low: lower end of the middle 80% of the runs.
        median: their median.
        high: upper end.
        inside: whether the record lies in the central 50, 80 and 95%, ends included.
        pit: place of the record among the runs, 0 to 1.
        centred: chance that a place drawn among the runs that tie with the record is in the middle 50, 80 and 95%:
            unlike ends, it is fair where values tie.
        crps: continuous ranked probability score.
        log_score: log density of the record.
        baselines: CRPS and log score of each baseline that there is.
    """

    crisis: str
    target: str
    unit: str
    forecast: str
    observed: float
    low: float
    median: float
    high: float
    inside: tuple[bool, bool, bool]
    pit: float
    centred: tuple[float, float, float]
    crps: float
    log_score: float
    baselines: dict[str, tuple[float, float]]

    @property
    def unbeaten(self) -> list[str]:
        """Baselines with a CRPS as small or smaller."""
        return [name for name, (crps, _) in self.baselines.items() if self.crps >= crps]

    @property
    def unbeaten_by_log(self) -> list[str]:
        """Baselines with a log score as large or larger."""
        return [name for name, (_, log) in self.baselines.items() if self.log_score <= log]

    @property
    def verdict(self) -> str:
        """What the comparison comes to, in words: by CRPS, and by the log score where that adds a baseline."""
        if not self.baselines:
            return "no baseline"
        more = [name for name in self.unbeaten_by_log if name not in self.unbeaten]
        by_crps = f"no better than {' or '.join(self.unbeaten)}" if self.unbeaten else "better"
        return f"{by_crps}; by log score no better than {' or '.join(more)}" if more else by_crps

    def flat(self) -> dict[str, object]:
        """Return the score as one row of a table."""
        row = asdict(self)
        del row["inside"], row["centred"], row["baselines"]
        row |= {f"inside_{share}": hit for share, hit in zip(INTERVALS, self.inside, strict=True)}
        for name in BASELINES:
            row[f"crps_{name}"], row[f"log_score_{name}"] = self.baselines.get(name, (None, None))
        return row | {"verdict": self.verdict}


def crps(sample: Array, observed: float) -> float:
    """Return the CRPS of the distribution that a sample of two values or more comes from, in its unit."""
    size = len(sample)
    return _error(sample, observed) - _spread(sample) * size / (size - 1)


def crps_of_all(values: Array, observed: float) -> float:
    """Return the CRPS of the distribution that takes each of these values equally often, and no other."""
    return _error(values, observed) - _spread(values)


def _error(values: Array, observed: float) -> float:
    return float(np.abs(values - observed).mean())


def _spread(values: Array) -> float:
    """Return half the mean absolute difference of two values drawn with replacement, from order statistics."""
    size = len(values)
    ranks = 2 * np.arange(1, size + 1) - size - 1
    return float((ranks * np.sort(values)).sum()) / size**2


def pit(sample: Array, observed: float, random: np.random.Generator) -> float:
    """Return the probability integral transform, randomised over what ties with the record."""
    return float((sample < observed).mean() + random.random() * (sample == observed).mean())


def centred_places(sample: Array, observed: float) -> tuple[float, float, float]:
    """Return how much of the places that the record may have is in the middle 50, 80 and 95%: shares of 1."""
    low, high = float((sample < observed).mean()), float((sample <= observed).mean())
    middles = [(0.5 - share / 200, 0.5 + share / 200) for share in INTERVALS]
    if low == high:
        fifty, eighty, most = (float(begin <= low <= end) for begin, end in middles)
    else:
        overlaps = [max(min(high, end) - max(low, begin), 0.0) / (high - low) for begin, end in middles]
        fifty, eighty, most = overlaps
    return fifty, eighty, most


def log_score(target: Target, sample: Array) -> float:
    """Return the log of the density that a sample gives the record, its error included."""
    logs = target.kernel.log_density(sample, target.observed)
    return float(logs.max() + math.log(np.exp(logs - logs.max()).mean()))


def scores(
    outcomes: pd.DataFrame, crisis: str, forecast: str, targets: Mapping[str, Sequence[Target]], seed: int = 1
) -> list[Score]:
    """Return the scores of one forecast of one crisis.

    Args:
        outcomes: the runs; targets that it has no columns for are left out.
        crisis: the crisis, one of those in ``targets``.
        forecast: what to call it.
        targets: targets of all crises of the record, in their order in time.
        seed: of the places drawn where values tie.
    """
    return [
        _score(target, target.measured(outcomes), forecast, dict(baselines(target, targets)), seed)
        for target in targets[crisis]
        if target.is_measured(outcomes)
    ]


def _score(target: Target, sample: Array, forecast: str, beside: Mapping[str, Array], seed: int) -> Score:
    key = np.random.SeedSequence(seed, spawn_key=(stable_hash(f"pit {target.fact}"),))
    ends = [np.quantile(sample, (0.5 - share / 200, 0.5 + share / 200)) for share in INTERVALS]
    inside = [bool(low <= target.observed <= high) for low, high in ends]
    return Score(
        crisis=target.crisis,
        target=target.name,
        unit=target.unit,
        forecast=forecast,
        observed=target.observed,
        low=float(ends[1][0]),
        median=float(np.median(sample)),
        high=float(ends[1][1]),
        inside=(inside[0], inside[1], inside[2]),
        pit=pit(sample, target.observed, np.random.default_rng(key)),
        centred=centred_places(sample, target.observed),
        crps=crps(sample, target.observed),
        log_score=log_score(target, sample),
        baselines={
            name: (crps_of_all(values, target.observed), log_score(target, values)) for name, values in beside.items()
        },
    )


def baselines(target: Target, targets: Mapping[str, Sequence[Target]]) -> Iterator[tuple[str, Array]]:
    """Yield name and sample of each baseline that a target has."""
    known = {crisis: value for crisis in targets if (value := _elsewhere(target, targets[crisis])) is not None}
    others = [value for crisis, value in known.items() if crisis != target.crisis]
    order = list(targets)
    before = [crisis for crisis in order[: order.index(target.crisis)] if crisis in known]
    if others:
        yield "climatology", np.array(others)
    if before:
        yield "persistence", np.array([known[before[-1]]])
    if target.unit == "yes or no":
        yield "coin", np.array([0.0, 1.0])


def _elsewhere(target: Target, others: Sequence[Target]) -> float | None:
    """Return what the record says of the same thing in another crisis, if anything.

    Where only the outcome of a war is on record, it stands for the ground on a day too: those wars were over by then.
    """
    by_name = {other.name: other for other in others}
    found = by_name.get(target.name) or by_name.get(target.name.split("_", 1)[0] if "_" in target.name else "")
    return None if found is None or found.unit != target.unit else found.observed


def covered(found: Sequence[Score]) -> dict[int, float]:
    """Return the share of targets inside each central interval, ends included."""
    return _shares([score.inside for score in found])


def centred(found: Sequence[Score]) -> dict[int, float]:
    """Return the share of targets whose place is in each central part: of a good forecast, that part's width.

    Intervals of a yes or no, or of a count, hold more than their width says, for their ends are whole values.
    """
    return _shares([score.centred for score in found])


def _shares(hits: Sequence[tuple[float, float, float]]) -> dict[int, float]:
    means = np.array(hits, dtype=float).mean(axis=0)
    return {share: float(mean) for share, mean in zip(INTERVALS, means, strict=True)}


def by_forecast(found: Sequence[Score]) -> dict[str, list[Score]]:
    """Return scores by forecast, in the order of their first."""
    groups: dict[str, list[Score]] = {}
    for score in found:
        groups.setdefault(score.forecast, []).append(score)
    return groups


def write(
    found: Sequence[Score],
    how: Mapping[str, object],
    out: Path,
    name: str = "score",
    complete: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write scores below ``out`` as a table and as an account; returns their folder.

    Args:
        found: the scores.
        how: how the forecasts were made; it is written down, and names the folder.
        out: folder of results.
        name: what the folder's name begins with.
        complete: adds a chart to the folder before it is put in place.
    """
    rows = pd.DataFrame([score.flat() for score in found])
    account = {
        "how": dict(how),
        "covered": {forecast: covered(group) for forecast, group in by_forecast(found).items()},
        "centred": {forecast: centred(group) for forecast, group in by_forecast(found).items()},
        "scores": [{**asdict(score), "verdict": score.verdict} for score in found],
    }
    key = sha256((json.dumps(account["how"], sort_keys=True) + rows.to_csv()).encode()).hexdigest()[:8]
    folder = out / f"{name}-{key}"
    with result_folder(folder, "scores.json") as aside:
        rows.to_csv(aside / "scores.csv", index=False, lineterminator="\n", float_format="%.6g")
        (aside / "scores.json").write_text(json.dumps(account, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        complete(aside)
    return folder


def markdown(found: Sequence[Score]) -> str:
    """Return scores as a table for a page: one row a target; of the last forecast its runs, of all the CRPS."""
    forecasts = list(by_forecast(found))
    last = forecasts[-1]
    heads = ["crisis", "target", "record", f"{last}: median [80%]"]
    heads += [f"CRPS {name}" for name in (*reversed(forecasts), *BASELINES[:2])] + [f"{last} against baselines"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for (crisis, target), rows in _by_target(found).items():
        one = rows[last]
        marks = [short(rows[name].crps) for name in reversed(forecasts)]
        marks += [short(one.baselines[name][0]) if name in one.baselines else "" for name in BASELINES[:2]]
        span = f"{short(one.median)} [{short(one.low)}, {short(one.high)}]"
        lines.append("| " + " | ".join((crisis, target, short(one.observed), span, *marks, one.verdict)) + " |")
    return "\n".join(lines) + "\n"


def _by_target(found: Sequence[Score]) -> dict[tuple[str, str], dict[str, Score]]:
    groups: dict[tuple[str, str], dict[str, Score]] = {}
    for score in found:
        groups.setdefault((score.crisis, score.target), {})[score.forecast] = score
    return groups


def short(value: float) -> str:
    """Return a number of a table, in two digits or without a fraction."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"
