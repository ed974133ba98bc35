"""Scores of forecasts against the historical record and against baselines.

A forecast is a sample: the runs of an ensemble. There are four scores:

- whether the record is inside the central intervals;

- the position of the record in the sample (PIT, randomised for ties: Czado, Gneiting & Held 2009);

- the continuous ranked probability score (CRPS), in its fair form for samples (Ferro 2014). For a
  yes or no it is the Brier score. Smaller is better;

- the log density of the record, including the error in the kernel of the target. Larger is better.

Baselines are in :mod:`sim.record.baselines`. A score is *in-sample* if the forecast was fitted to
the crisis. It then shows how well the model fits, and not how well it forecasts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.record.baselines import BASELINES, baselines, perfect_forecast
from sim.record.sample import Sample
from sim.record.targets import Target
from sim.results.layout import result_folder

Array = NDArray[np.float64]

INTERVALS = (50, 80, 95)
"""Central intervals, in percent."""


@dataclass(frozen=True)
class Score:
    """The scores of one forecast of one fact.

    Attributes:
        crisis: name of the crisis.
        target: name of the fact.
        unit: unit of the values and of the CRPS.
        forecast: name of the forecast, such as prior or posterior.
        sample: whether the forecast was fitted to the crisis.
        observed: value in the record.
        low: lower end of the middle 80% of the runs.
        median: median of the runs.
        high: upper end of the middle 80% of the runs.
        inside: whether the record is in the central 50%, 80% and 95%, ends included.
        pit: position of the record among the runs, 0 to 1.
        centred: probability that a random position among tied runs is in the middle 50%, 80% and
            95%. Unlike ``inside``, it is fair for ties.
        crps: continuous ranked probability score.
        log_score: log density of the record.
        baselines: CRPS and log score of each available baseline.
        unbeatable: baselines that a perfect forecast does not beat by CRPS.
        unbeatable_by_log: baselines that a perfect forecast does not beat by log score.
    """

    crisis: str
    target: str
    unit: str
    forecast: str
    sample: Sample
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
    unbeatable: tuple[str, ...]
    unbeatable_by_log: tuple[str, ...]

    @property
    def unbeaten(self) -> list[str]:
        """Baselines that can be beaten, with an equal or smaller CRPS."""
        return [
            name
            for name, (crps, _) in self.baselines.items()
            if self.crps >= crps and name not in self.unbeatable
        ]

    @property
    def unbeaten_by_log(self) -> list[str]:
        """Baselines that can be beaten, with an equal or larger log score."""
        return [
            name
            for name, (_, log) in self.baselines.items()
            if self.log_score <= log and name not in self.unbeatable_by_log
        ]

    def of_baseline(self, name: str, number: Callable[[float], str]) -> str:
        """Return the CRPS of a baseline as text, in brackets if it cannot be beaten.

        Args:
            name: name of the baseline; the text is empty if it is not available.
            number: function that returns a number as text.
        """
        if name not in self.baselines:
            return ""
        text = number(self.baselines[name][0])
        return f"({text})" if name in self.unbeatable else text

    @property
    def verdict(self) -> str:
        """The comparison with baselines in words: by CRPS, then by log score if that adds one."""
        if not self.baselines:
            return "no baseline"
        if set(self.baselines) == set(self.unbeatable):
            return "no baseline that can be beaten"
        more = [name for name in self.unbeaten_by_log if name not in self.unbeaten]
        by_crps = f"no better than {' or '.join(self.unbeaten)}" if self.unbeaten else "better"
        return f"{by_crps}; by log score no better than {' or '.join(more)}" if more else by_crps

    def flat(self) -> dict[str, object]:
        """Return the score as one row of a table."""
        apart = ("inside", "centred", "baselines", "unbeatable", "unbeatable_by_log")
        row = {key: value for key, value in asdict(self).items() if key not in apart}
        row["sample"] = str(self.sample)
        row |= {f"inside_{share}": hit for share, hit in zip(INTERVALS, self.inside, strict=True)}
        for name in BASELINES:
            end = name.replace("-", "_")
            row[f"crps_{end}"], row[f"log_score_{end}"] = self.baselines.get(name, (None, None))
        return row | {"unbeatable": " ".join(self.unbeatable), "verdict": self.verdict}


def crps(sample: Array, observed: float) -> float:
    """Return the fair CRPS of a sample of at least two values, in the unit of the values.

    >>> round(crps(np.array([1.0, 2.0, 3.0]), 3.0), 3)
    0.333
    """
    size = len(sample)
    return _error(sample, observed) - _spread(sample) * size / (size - 1)


def crps_of_all(values: Array, observed: float) -> float:
    """Return the CRPS of the distribution with equal weight on each of these values.

    >>> crps_of_all(np.array([0.0, 1.0]), 1.0)
    0.25
    """
    return _error(values, observed) - _spread(values)


def _error(values: Array, observed: float) -> float:
    return float(np.abs(values - observed).mean())


def _spread(values: Array) -> float:
    """Return half the mean absolute difference of two values, drawn with replacement."""
    size = len(values)
    ranks = 2 * np.arange(1, size + 1) - size - 1
    return float((ranks * np.sort(values)).sum()) / size**2


def pit(sample: Array, observed: float, random: np.random.Generator) -> float:
    """Return the probability integral transform, randomised over ties with the record.

    >>> pit(np.array([1.0, 2.0, 3.0, 4.0]), 2.5, np.random.default_rng(1))
    0.5
    """
    return float((sample < observed).mean() + random.random() * (sample == observed).mean())


def centred_places(sample: Array, observed: float) -> tuple[float, float, float]:
    """Return the shares of possible positions of the record in the middle 50%, 80% and 95%.

    >>> centred_places(np.array([0.0, 1.0]), 1.0)
    (0.5, 0.8, 0.95)
    """
    low = float((sample < observed).mean())
    high = float((sample <= observed).mean())
    middles = [(0.5 - share / 200, 0.5 + share / 200) for share in INTERVALS]
    if low == high:
        fifty, eighty, most = (float(begin <= low <= end) for begin, end in middles)
    else:
        overlaps = [
            max(min(high, end) - max(low, begin), 0.0) / (high - low) for begin, end in middles
        ]
        fifty, eighty, most = overlaps
    return fifty, eighty, most


def log_score(target: Target, sample: Array) -> float:
    """Return the log density of the record in a sample, including the error of the record."""
    logs = target.kernel.log_density(sample, target.observed)
    return float(logs.max() + math.log(np.exp(logs - logs.max()).mean()))


def scores(
    outcomes: pd.DataFrame,
    crisis: str,
    forecast: str,
    targets: Mapping[str, Sequence[Target]],
    sample: Sample,
    prior: pd.DataFrame | None = None,
    seed: int = 1,
) -> list[Score]:
    """Return the scores of one forecast of one crisis.

    Args:
        outcomes: table of runs; targets without columns in it are left out.
        crisis: name of the crisis, a key of ``targets``.
        forecast: name of the forecast.
        targets: targets of all crises in the record, in chronological order.
        sample: whether the forecast was fitted to the crisis.
        prior: table of runs of the unfitted model, a baseline; None without one.
        seed: seed of the random positions of ties.
    """
    found = []
    for target in targets[crisis]:
        if target.is_measured(outcomes):
            unfitted = None if prior is None else target.measured(prior)
            samples = dict(baselines(target, targets, unfitted))
            found.append(
                _score(target, target.measured(outcomes), (forecast, sample), samples, seed)
            )
    return found


def _score(
    target: Target,
    runs: Array,
    forecast: tuple[str, Sample],
    samples: Mapping[str, Array],
    seed: int,
) -> Score:
    key = np.random.SeedSequence(seed, spawn_key=(stable_hash(f"pit {target.fact}"),))
    ends = [np.quantile(runs, (0.5 - share / 200, 0.5 + share / 200)) for share in INTERVALS]
    inside = [bool(low <= target.observed <= high) for low, high in ends]
    of_baselines = {
        name: (crps_of_all(values, target.observed), log_score(target, values))
        for name, values in samples.items()
    }
    # what no forecast can beat: a perfect one by CRPS, and runs that all equal the record by log
    least = crps_of_all(perfect_forecast(target), target.observed)
    most = log_score(target, np.array([target.observed]))
    return Score(
        crisis=target.crisis,
        target=target.name,
        unit=target.unit,
        forecast=forecast[0],
        sample=forecast[1],
        observed=target.observed,
        low=float(ends[1][0]),
        median=float(np.median(runs)),
        high=float(ends[1][1]),
        inside=(inside[0], inside[1], inside[2]),
        pit=pit(runs, target.observed, np.random.default_rng(key)),
        centred=centred_places(runs, target.observed),
        crps=crps(runs, target.observed),
        log_score=log_score(target, runs),
        baselines=of_baselines,
        unbeatable=tuple(name for name, (base, _) in of_baselines.items() if base <= least),
        unbeatable_by_log=tuple(
            name for name, (_, base) in of_baselines.items() if base >= most - 1e-9
        ),
    )


def beaten(found: Sequence[Score]) -> dict[str, tuple[int, int]]:
    """Return on how many targets forecasts beat each baseline by CRPS, and how many count.

    Targets on which a baseline cannot be beaten do not count.
    """
    tallies: dict[str, tuple[int, int]] = {}
    for name in BASELINES:
        counted = [s for s in found if name in s.baselines and name not in s.unbeatable]
        if counted:
            tallies[name] = sum(name not in s.unbeaten for s in counted), len(counted)
    return tallies


def covered(found: Sequence[Score]) -> dict[int, float]:
    """Return the share of targets inside each central interval, ends included."""
    return _shares([score.inside for score in found])


def centred(found: Sequence[Score]) -> dict[int, float]:
    """Return the share of targets whose position is in each central part.

    For a good forecast, the share is the width of the part. Intervals of a yes or no, or of a
    count, contain more than their nominal width, because their ends are integers.
    """
    return _shares([score.centred for score in found])


def _shares(hits: Sequence[tuple[float, float, float]]) -> dict[int, float]:
    means = np.array(hits, dtype=float).mean(axis=0)
    return {share: float(mean) for share, mean in zip(INTERVALS, means, strict=True)}


def by_forecast(found: Sequence[Score]) -> dict[str, list[Score]]:
    """Return scores by forecast, in order of first appearance."""
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
    """Write scores below ``out`` as a table and as JSON. Return their folder.

    Args:
        found: the scores.
        how: settings of the forecasts, which are saved and determine the folder name.
        out: folder for results.
        name: first part of the folder name.
        complete: function that adds a chart before the folder is moved into place.
    """
    rows = pd.DataFrame([score.flat() for score in found])
    account = {
        "how": dict(how),
        "covered": {forecast: covered(group) for forecast, group in by_forecast(found).items()},
        "centred": {forecast: centred(group) for forecast, group in by_forecast(found).items()},
        "scores": [{**asdict(score), "verdict": score.verdict} for score in found],
    }
    content = json.dumps(account["how"], sort_keys=True) + rows.to_csv()
    folder = out / f"{name}-{sha256(content.encode()).hexdigest()[:8]}"
    with result_folder(folder, "scores.json") as aside:
        rows.to_csv(aside / "scores.csv", index=False, lineterminator="\n", float_format="%.6g")
        (aside / "scores.json").write_text(
            json.dumps(account, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        complete(aside)
    return folder


def markdown(found: Sequence[Score]) -> str:
    """Return scores as a Markdown table with one row per target.

    It shows the last forecast in detail, and the CRPS of all forecasts and baselines.
    """
    forecasts = list(by_forecast(found))
    last = forecasts[-1]
    samples = sorted({str(score.sample) for score in found if score.forecast == last})
    of_last = f"{last} ({' and '.join(samples)})"
    heads = ["crisis", "target", "record", f"{of_last}: median [80%]"]
    shown = [name for name in BASELINES if name != "prior"]  # a forecast of its own in this table
    heads += [f"CRPS {name}" for name in (*reversed(forecasts), *shown)]
    heads.append(f"{last} against baselines")
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for (crisis, target), rows in _by_target(found).items():
        score = rows[last]
        marks = [short(rows[name].crps) for name in reversed(forecasts)]
        marks += [score.of_baseline(name, short) for name in shown]
        span = f"{short(score.median)} [{short(score.low)}, {short(score.high)}]"
        lines.append(
            "| "
            + " | ".join((crisis, target, short(score.observed), span, *marks, score.verdict))
            + " |"
        )
    return "\n".join(lines) + "\n"


def _by_target(found: Sequence[Score]) -> dict[tuple[str, str], dict[str, Score]]:
    groups: dict[tuple[str, str], dict[str, Score]] = {}
    for score in found:
        groups.setdefault((score.crisis, score.target), {})[score.forecast] = score
    return groups


def short(value: float) -> str:
    """Return a number for a table, with two digits or as an integer.

    >>> short(7600), short(0.1234)
    ('7,600', '0.12')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"
