"""The record as targets: what happened, as numbers that an outcomes table can be held against.

A target is a fact of the record that states which columns of the outcomes measure it. How far the model may miss a fact
is a *kernel*: the density of what the record says, given what a run came to. It joins two errors (Wilkinson 2013): that
of the record, from its stated range or its confidence, and that of the model, which is not the world. Every constant of
both stands here, with its reason.

Facts without an outcome are no targets: seats and peacekeepers are input, a consultation is neither a call on a treaty
nor its absence, and clashes that ended without a formal broker do not tell whose truce would have lasted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.evidence import Fact, Gauge
from sim.io.errors import Fault, InputError, nearest

Array = NDArray[np.float64]

RANGE_COVERS = {"high": 1.96, "medium": 1.28, "low": 0.67}
"""Standard errors from the middle of a stated range to its end: it holds the truth in 95, 80 or 50 of 100 cases."""
RELATIVE_ERROR = {"high": 0.05, "medium": 0.15, "low": 0.3}
"""Error of a number that is stated without a range, as a share of it: rounding, disputed, or a guess."""
SLIP = {"high": 0.02, "medium": 0.08, "low": 0.2}
"""How often a yes or no, a count or a level of the record would be coded otherwise, by one step."""
DISCREPANCY = 0.3
"""Error of the model, on the relative scale: the right world would be met within a third, two times in three."""
DISCREPANCY_SLIP = 0.2
"""The same for counts and levels: a fifth as likely to be one off as to be met."""
DISCREPANCY_YES = 0.05
"""The same for a yes or no."""
LEVELS = "level 0-4"
SMALLEST = {"days": 1.0, "deaths": 5.0, "share of the contested area": 0.01, LEVELS: 2.0}
"""By unit, the difference below which size does not matter: a day is the step of the model, five deaths are one bad
hour, a hundredth of the area is a few positions, and below two levels outside support is words."""
TOP_LEVEL = 4
"""Highest level of fighting: an outside power fights."""


class Kernel(Protocol):
    """Density of a recorded value, given what runs came to."""

    def log_density(self, simulated: Array, observed: float) -> Array:
        """Return the log density of ``observed`` given each simulated value: same shape."""

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return what a record of each simulated value might say: same shape."""

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether each simulated value is as near as the error makes likely: within its middle 80%, or equal."""


@dataclass(frozen=True)
class Relative:
    """Error relative to the size of a number: normal in ``asinh(value / smallest)``.

    This is the logarithm for large values, and linear around zero, where ratios mean nothing.

    Attributes:
        smallest: size below which differences are absolute, in the unit of the value.
        error: standard deviation on the transformed scale; near a relative error for large values.
    """

    smallest: float
    error: float

    def scaled(self, values: Array) -> Array:
        """Return values on the transformed scale."""
        return np.arcsinh(values / self.smallest)

    def log_density(self, simulated: Array, observed: float) -> Array:
        """Return the log density over the observed value, per its unit."""
        there = np.asarray(observed, dtype=float)
        z = (self.scaled(there) - self.scaled(simulated)) / self.error
        slope = 1.0 / np.hypot(there, self.smallest)
        return -0.5 * z**2 - math.log(self.error * math.sqrt(2 * math.pi)) + np.log(slope)

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return simulated values with error."""
        return self.smallest * np.sinh(self.scaled(simulated) + self.error * random.standard_normal(simulated.shape))

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether values lie within the middle 80% of the error."""
        z = (self.scaled(np.asarray(observed)) - self.scaled(simulated)) / self.error
        return np.asarray(np.abs(z) <= RANGE_COVERS["medium"])


@dataclass(frozen=True)
class Step:
    """Error of a whole number: the chance of ``k`` given ``n`` falls as ``slip^|k - n|``, over 0 to ``top``.

    Attributes:
        slip: how likely it is to be one off, against being met.
        top: the largest value there is; None where there is none.
    """

    slip: float
    top: int | None = None

    def log_density(self, simulated: Array, observed: float) -> Array:
        """Return the log probability of the observed value."""
        far = np.abs(observed - simulated) * math.log(self.slip)
        above = math.inf if self.top is None else self.top - simulated
        total = 1.0 + self._beside(simulated) + self._beside(above)
        return far - np.log(total)

    def _beside(self, count: Array | float) -> Array | float:
        """Return the weight of so many values on one side, against that of the value itself."""
        return self.slip * (1.0 - self.slip**count) / (1.0 - self.slip)

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return simulated values with error, by inversion."""
        top = int(simulated.max()) + 40 if self.top is None else self.top
        values = np.arange(top + 1.0)
        weights = self.slip ** np.abs(values - simulated[:, None])
        chances = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
        return np.minimum((random.random(len(simulated))[:, None] > chances).sum(axis=1), top).astype(float)

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether values are the observed one."""
        return np.asarray(simulated == observed)


@dataclass(frozen=True)
class YesNo:
    """Error of a yes or no.

    Attributes:
        slip: how often it is the other.
    """

    slip: float

    def log_density(self, simulated: Array, observed: float) -> Array:
        """Return the log probability of the observed value, 0 or 1."""
        return np.where(simulated == observed, math.log(1.0 - self.slip), math.log(self.slip))

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return simulated values, some turned over."""
        return np.where(random.random(simulated.shape) < self.slip, 1.0 - simulated, simulated)

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether values are the observed one."""
        return np.asarray(simulated == observed)


@dataclass(frozen=True)
class Target:
    """A fact of the record, beside what measures it.

    Attributes:
        crisis: the scenario.
        name: what it is, the same name in every crisis.
        fact: id of the fact.
        says: the fact, in one sentence.
        unit: unit of the value; ``yes or no`` where it is 0 or 1.
        columns: columns of the outcomes whose sum measures it.
        code: where set, it is measured by whether the column holds this code.
        observed: what the record says.
        kernel: density of what the record says, given what a run came to.
    """

    crisis: str
    name: str
    fact: str
    says: str
    unit: str
    columns: tuple[str, ...]
    code: str | None
    observed: float
    kernel: Kernel

    def is_measured(self, outcomes: pd.DataFrame) -> bool:
        """Whether an outcomes table has the columns."""
        return set(self.columns) <= set(outcomes.columns)

    def measured(self, outcomes: pd.DataFrame) -> Array:
        """Return what each run came to: shape ``(runs,)``, in the unit of the observed value."""
        if self.code is not None:
            return np.asarray(outcomes[self.columns[0]] == self.code, dtype=float)
        return sum((outcomes[name].to_numpy(dtype=float) for name in self.columns), np.zeros(len(outcomes)))

    def log_density(self, outcomes: pd.DataFrame) -> Array:
        """Return the log density of the record given each run: shape ``(runs,)``."""
        return self.kernel.log_density(self.measured(outcomes), self.observed)


def log_mean(logs: Array, axis: int = 0) -> Array:
    """Return the log of the mean of exponentials along an axis: shape without that axis."""
    top = logs.max(axis=axis, keepdims=True)
    with np.errstate(under="ignore"):
        mean = np.exp(np.maximum(logs - top, -700.0)).mean(axis=axis)
    return np.asarray(np.log(mean) + np.squeeze(top, axis=axis))


def crises(facts: Sequence[Fact]) -> tuple[str, ...]:
    """Return the crises that have targets, in the order of the record."""
    return tuple(dict.fromkeys(fact.crisis for fact in facts if fact.gauge is not None))


def targets(facts: Sequence[Fact], crisis: str) -> tuple[Target, ...]:
    """Return the targets of a crisis; InputError where the record has none."""
    by_id = {fact.id: fact for fact in facts}
    found = tuple(
        _target(fact, fact.gauge, by_id) for fact in facts if fact.crisis == crisis and fact.gauge is not None
    )
    if not found:
        known = crises(facts)
        message = f"no facts of '{crisis}' that a run could be compared with{nearest(crisis, known)}"
        raise InputError([Fault("record", 0, "", f"{message}; allowed: {', '.join(known) or 'none'}")])
    return found


def all_targets(facts: Sequence[Fact]) -> dict[str, tuple[Target, ...]]:
    """Return the targets of every crisis of the record, by crisis."""
    return {crisis: targets(facts, crisis) for crisis in crises(facts)}


def known(names: Sequence[str], held: Mapping[str, object]) -> list[str]:
    """Return crises by their names, each once; InputError for one that has no targets."""
    for name in names:
        if name not in held:
            message = f"'{name}' is no crisis of the record{nearest(name, held)}; allowed: {', '.join(held)}"
            raise InputError([Fault("record", 0, "", message)])
    return list(dict.fromkeys(names))


def _target(fact: Fact, gauge: Gauge, facts: Mapping[str, Fact]) -> Target:
    parts = [fact] if gauge.add is None else [fact, facts[gauge.add]]
    observed = sum(part.number(gauge.kind) or 0.0 for part in parts)
    return Target(
        crisis=fact.crisis,
        name=gauge.target,
        fact=fact.id,
        says=fact.says,
        unit=_unit(fact, gauge.kind),
        columns=gauge.columns,
        code=str(fact.value) if gauge.kind == "code" else None,
        observed=observed,
        kernel=_kernel(fact, gauge.kind, observed),
    )


def _unit(fact: Fact, kind: str) -> str:
    if kind in ("flag", "code"):
        return "yes or no"
    return {"aid": LEVELS, "count": "halts"}.get(kind, fact.unit or "")


def _kernel(fact: Fact, kind: str, observed: float) -> Kernel:
    """Return how far a run may miss a fact."""
    slip = SLIP[fact.confidence]
    if kind in ("flag", "code"):
        return YesNo(slip + DISCREPANCY_YES)
    if kind in ("count", "level"):
        return Step(slip + DISCREPANCY_SLIP, TOP_LEVEL if kind == "level" else None)
    smallest = SMALLEST.get(_unit(fact, kind), abs(observed) or 1.0)
    return Relative(smallest, math.hypot(_error(fact, observed, smallest), DISCREPANCY))


def _error(fact: Fact, observed: float, smallest: float) -> float:
    """Return the record's own error of a size, on the scale of :class:`Relative`."""
    if fact.low is None or fact.high is None:
        return RELATIVE_ERROR[fact.confidence] * abs(observed) / math.hypot(observed, smallest)
    width = math.asinh(fact.high / smallest) - math.asinh(fact.low / smallest)
    return width / 2 / RANGE_COVERS[fact.confidence]
