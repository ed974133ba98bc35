"""Baselines: simple forecasts that a model should beat.

- *know-nothing*: every value in a wide span is equally likely, on a log scale for days and deaths.
  For an event it is an even chance;

- *prior*: the model with its coded ranges, unfitted;

- *climatology*: the other crises of the record;

- *persistence*: the previous crisis of the record.

A baseline that is exactly right cannot be beaten. A baseline counts only if a perfect forecast
beats it: one whose runs differ from the record by no more than the error in the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.record.targets import LEVELS, Target

Array = NDArray[np.float64]

BASELINES = ("know-nothing", "prior", "climatology", "persistence")
YES_OR_NO = "yes or no"
POINTS = 401
"""Number of values that represent a continuous span."""
LOG_SPANS = {"days": (1.0, 365.0), "deaths": (1.0, 100_000.0)}
"""Spans of the know-nothing forecast on a log scale: up to a year, and up to a large war."""
COUNTS = {"halts": 10, LEVELS: 4}
"""Largest value of the know-nothing forecast of a count or level."""
SHARE = "share of the contested area"


def know_nothing(unit: str) -> Array | None:
    """Return equally likely values that span what is possible; None for an unknown unit.

    >>> know_nothing("yes or no").tolist(), know_nothing("level 0-4").tolist()
    ([0.0, 1.0], [0.0, 1.0, 2.0, 3.0, 4.0])
    """
    if unit == YES_OR_NO:
        return np.array([0.0, 1.0])
    if unit in COUNTS:
        return np.arange(COUNTS[unit] + 1.0)
    if unit == SHARE:
        return np.linspace(0.0, 1.0, POINTS)
    return np.geomspace(*LOG_SPANS[unit], POINTS) if unit in LOG_SPANS else None


def baselines(
    target: Target, targets: Mapping[str, Sequence[Target]], prior: Array | None = None
) -> Iterator[tuple[str, Array]]:
    """Yield the name and the sample of each available baseline of a target.

    Args:
        target: the target.
        targets: targets of all crises in the record, in chronological order.
        prior: the target in runs of the unfitted model, ``(runs,)``; None without such runs.
    """
    known = {
        crisis: value
        for crisis in targets
        if (value := _value_in(targets[crisis], target)) is not None
    }
    elsewhere = [value for crisis, value in known.items() if crisis != target.crisis]
    order = list(targets)
    before = [crisis for crisis in order[: order.index(target.crisis)] if crisis in known]
    anything = know_nothing(target.unit)
    if anything is not None:
        yield "know-nothing", anything
    if prior is not None:
        yield "prior", prior
    if elsewhere:
        yield "climatology", np.array(elsewhere)
    if before:
        yield "persistence", np.array([known[before[-1]]])


def _value_in(crisis: Sequence[Target], target: Target) -> float | None:
    """Return the value of a target in a crisis, or None.

    If the territory on a day is unknown, the territory at the end is used. Those wars were over by
    that day.
    """
    by_name = {known.name: known for known in crisis}
    at_the_end = target.name.split("_", 1)[0] if "_" in target.name else ""
    found = by_name.get(target.name) or by_name.get(at_the_end)
    if found is None or found.unit != target.unit:
        return None
    # a code that differs, such as another ending, is a no
    return found.observed if found.code == target.code else 0.0


def perfect_forecast(target: Target) -> Array:
    """Return runs that differ from the record by nothing but the error in the kernel.

    >>> from sim.record.targets import YesNo
    >>> sure = Target("a", "b", "f", "-", "yes or no", ("b",), None, 1.0, YesNo(0.1))
    >>> bool(0.85 < perfect_forecast(sure).mean() < 0.95)
    True
    """
    return target.kernel.sample(np.full(4000, target.observed), np.random.default_rng(1))
