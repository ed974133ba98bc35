"""Comparisons of forecasts over crises, with intervals from resampling the crises.

Scores are compared crisis by crisis. For a score where smaller is better, the skill of a forecast
against a reference is ``1 - mean score / mean score of the reference``: 1 is perfect, 0 is no
better, and below 0 is worse. For the log score it is the mean difference, in nats per crisis.

The interval holds the middle 90% of resampled sets of crises (bootstrap, Efron 1979). It treats
crises as independent and leaves out that all forecasts learn from overlapping crises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

Array = NDArray[np.float64]

RESAMPLES = 4000
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Skill:
    """How a forecast compares with a reference over crises.

    Attributes:
        value: the skill, or the mean difference of log scores; not a number against a perfect
            reference.
        low: lower end of its 90% interval.
        high: upper end of its 90% interval.
        better: crises on which the forecast scores better.
        worse: crises on which it scores worse; ties are in neither.
        p: two-sided p-value of the sign test, 1 if all are ties.
    """

    value: float
    low: float
    high: float
    better: int
    worse: int
    p: float

    @property
    def is_better(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.low > 0

    @property
    def is_worse(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.high < 0


def skill(scores: Array, reference: Array, logs: bool, seed: int = 1) -> Skill:
    """Return the skill of a forecast against a reference.

    Args:
        scores: score of the forecast in each crisis, ``(crises,)``.
        reference: score of the reference in each crisis, ``(crises,)``.
        logs: whether they are log scores, of which larger is better.
        seed: seed of the resampling.
    """
    random = np.random.default_rng(seed)
    picks = random.integers(0, len(scores), (RESAMPLES, len(scores)))
    resampled = _skill(scores[picks], reference[picks], logs)
    gains = (scores - reference) if logs else (reference - scores)
    better, worse = int((gains > 1e-12).sum()), int((gains < -1e-12).sum())
    finite = resampled[np.isfinite(resampled)]
    low, high = np.quantile(finite, INTERVAL) if len(finite) else (np.nan, np.nan)
    return Skill(
        float(_skill(scores, reference, logs)),
        float(low),
        float(high),
        better,
        worse,
        1.0 if better + worse == 0 else float(binomtest(better, better + worse).pvalue),
    )


def _skill(scores: Array, reference: Array, logs: bool) -> Array:
    if logs:
        return np.asarray((scores - reference).mean(axis=-1))
    base = reference.mean(axis=-1)
    # against a perfect reference, there is no skill
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(base > 0, 1 - scores.mean(axis=-1) / base, np.nan))
