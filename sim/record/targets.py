"""The historical record as targets: numbers that the outcomes of runs are compared with.

A target is a fact of the record that states which columns of the outcomes measure it. A *kernel*
defines how far the model may miss it: the density of the recorded value given the value in a run.
It combines two errors (Wilkinson 2013). One is the error of the record, from its stated range or
confidence. The other is the discrepancy of the model. All constants of both are in this module,
with reasons.

Facts without an outcome are not targets. Seats and peacekeepers are inputs. A consultation is
neither a call on a treaty nor its absence. Clashes that ended without a formal mediator do not show
whose ceasefire would have lasted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.evidence import Fact, Measurement
from sim.io.errors import Fault, InputError, nearest

Array = NDArray[np.float64]
Real = TypeVar("Real", bound=np.floating[Any])

RANGE_COVERS = {"high": 1.96, "medium": 1.28, "low": 0.67}
"""Standard errors from the middle to the end of a stated range.

The range contains the truth with probability 95%, 80% or 50%.
"""
RELATIVE_ERROR = {"high": 0.05, "medium": 0.15, "low": 0.3}
"""Relative error of a number without a range: rounded, disputed, or guessed."""
SLIP = {"high": 0.02, "medium": 0.08, "low": 0.2}
"""Probability that a yes or no, a count or a level would be coded differently by one step."""
DISCREPANCY = 0.3
"""Relative discrepancy of the model: two of three values are within a third of the truth."""
DISCREPANCY_SLIP = 0.2
"""Discrepancy for counts and levels: being off by one is a fifth as likely as a match."""
DISCREPANCY_YES = 0.05
"""Discrepancy for a yes or no."""
LEVELS = "level 0-4"
SMALLEST = {"days": 1.0, "deaths": 5.0, "share of the contested area": 0.01, LEVELS: 2.0}
"""Smallest relevant difference by unit.

These are the time step of the model (1 day), an hour of heavy fighting (5 deaths), a few positions
(1% of the area), and verbal support (2 levels).
"""
TOP_LEVEL = 4
"""Highest level of fighting: a third party fights."""


Density = Callable[[float], Array]
"""The log density of an observed value given each of some simulated values."""


class Kernel(Protocol):
    """Density of a recorded value, given simulated values."""

    def given(self, simulated: Array) -> Density:
        """Return the log density of an observed value as a function of that value.

        What depends on the simulated values alone is computed once.
        """

    def log_density(self, simulated: Array, observed: float) -> Array:
        """Return the log density of ``observed`` given each simulated value: same shape."""
        return self.given(simulated)(observed)

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return a random record of each simulated value: same shape."""

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether each simulated value is within the middle 80% of the error, or equal."""


@dataclass(frozen=True)
class Relative(Kernel):
    """Relative error of a number: normal in ``asinh(value / smallest)``.

    This scale is logarithmic for large values, and linear around zero.

    Attributes:
        smallest: size below which differences are absolute, in the unit of the value.
        error: standard deviation on the transformed scale; near a relative error for large values.
    """

    smallest: float
    error: float

    def scaled(self, values: Array) -> Array:
        """Return values on the transformed scale."""
        return np.arcsinh(values / self.smallest)

    def given(self, simulated: Array) -> Density:
        """Return the log density over the observed value, per its unit."""
        places = self.scaled(simulated)

        def log_density(observed: float) -> Array:
            value = np.asarray(observed, dtype=float)
            z = (self.scaled(value) - places) / self.error
            slope = 1.0 / np.hypot(value, self.smallest)
            return -0.5 * z**2 - math.log(self.error * math.sqrt(2 * math.pi)) + np.log(slope)

        return log_density

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return simulated values with error."""
        return self.smallest * np.sinh(
            self.scaled(simulated) + self.error * random.standard_normal(simulated.shape)
        )

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether values lie within the middle 80% of the error."""
        z = (self.scaled(np.asarray(observed)) - self.scaled(simulated)) / self.error
        return np.asarray(np.abs(z) <= RANGE_COVERS["medium"])


@dataclass(frozen=True)
class Step(Kernel):
    """Error of an integer, from 0 to ``top``.

    The probability of ``k`` given ``n`` is proportional to ``slip^|k - n|``.

    >>> np.exp(Step(0.5, top=1).log_density(np.array([0.0, 1.0]), 1.0)).round(3).tolist()
    [0.333, 0.667]

    Attributes:
        slip: probability of being off by one, relative to a match.
        top: largest possible value; None if there is none.
    """

    slip: float
    top: int | None = None

    def given(self, simulated: Array) -> Density:
        """Return the log probability of the observed value."""
        above = math.inf if self.top is None else self.top - simulated
        total = np.log(1.0 + self._beside(simulated) + self._beside(above))
        return lambda observed: np.abs(observed - simulated) * math.log(self.slip) - total

    def _beside(self, count: Array | float) -> Array | float:
        """Return the total weight of some values on one side, relative to that of the value."""
        return self.slip * (1.0 - self.slip**count) / (1.0 - self.slip)

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return simulated values with error, by inversion."""
        top = int(simulated.max()) + 40 if self.top is None else self.top
        values = np.arange(top + 1.0)
        counts, which = np.unique(simulated, return_inverse=True)
        weights = self.slip ** np.abs(values - counts[:, None])
        cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
        uniform = random.random(len(simulated))
        below = np.empty(len(simulated))
        for row, of_count in enumerate(cumulative):
            here = which == row
            below[here] = np.searchsorted(of_count, uniform[here])
        return np.minimum(below, top)

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether values are the observed one."""
        return np.asarray(simulated == observed)


@dataclass(frozen=True)
class YesNo(Kernel):
    """Error of a yes or no.

    Attributes:
        slip: probability of the opposite value.
    """

    slip: float

    def given(self, simulated: Array) -> Density:
        """Return the log probability of the observed value, 0 or 1."""
        same, other = math.log(1.0 - self.slip), math.log(self.slip)
        return lambda observed: np.where(simulated == observed, same, other)

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return simulated values, with some flipped at random."""
        return np.where(random.random(simulated.shape) < self.slip, 1.0 - simulated, simulated)

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether values are the observed one."""
        return np.asarray(simulated == observed)


@dataclass(frozen=True)
class Target:
    """A fact of the record and the outcomes that measure it.

    Attributes:
        crisis: name of the crisis.
        name: name of the target, the same in every crisis.
        fact: id of the fact.
        says: the fact in one sentence.
        unit: unit of the value; ``yes or no`` for 0 or 1.
        columns: columns of the outcomes whose sum measures it.
        code: if set, the target is whether the column has this code.
        observed: recorded value.
        kernel: density of the recorded value given a simulated one.
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
        """Return whether a table of outcomes has the required columns."""
        return set(self.columns) <= set(outcomes.columns)

    def measured(self, outcomes: pd.DataFrame) -> Array:
        """Return the value in each run: shape ``(runs,)``, in the unit of the observed value."""
        if self.code is not None:
            return np.asarray(outcomes[self.columns[0]] == self.code, dtype=float)
        return sum(
            (outcomes[name].to_numpy(dtype=float) for name in self.columns), np.zeros(len(outcomes))
        )

    def log_density(self, outcomes: pd.DataFrame) -> Array:
        """Return the log density of the record given each run: shape ``(runs,)``."""
        return self.kernel.log_density(self.measured(outcomes), self.observed)


def log_mean(logs: NDArray[Real], axis: int = 0) -> NDArray[Real]:
    """Return the log of the mean of exponentials along an axis: shape without that axis.

    >>> float(log_mean(np.log([1.0, 3.0])).round(6)) == round(math.log(2.0), 6)
    True
    """
    top = logs.max(axis=axis, keepdims=True)
    with np.errstate(under="ignore"):
        mean = np.exp(np.maximum(logs - top, -700.0)).mean(axis=axis)
    return cast("NDArray[Real]", np.log(mean) + np.squeeze(top, axis=axis))


def crises(facts: Sequence[Fact]) -> tuple[str, ...]:
    """Return the crises with targets, in the order of the record.

    >>> from sim.catalogue import shipped_root
    >>> from sim.evidence import load_folder
    >>> crises(load_folder(shipped_root() / "seeds").facts)
    ('april_2016', 'july_2020', 'autumn_2020')
    """
    return tuple(dict.fromkeys(fact.crisis for fact in facts if fact.measurement is not None))


def targets(facts: Sequence[Fact], crisis: str) -> tuple[Target, ...]:
    """Return the targets of a crisis. Raise InputError if there are none.

    >>> from sim.catalogue import shipped_root
    >>> from sim.evidence import load_folder
    >>> targets(load_folder(shipped_root() / "seeds").facts, "april_2016")[0].name
    'duration'
    """
    by_id = {fact.id: fact for fact in facts}
    found = tuple(
        _target(fact, fact.measurement, by_id)
        for fact in facts
        if fact.crisis == crisis and fact.measurement is not None
    )
    if not found:
        known = crises(facts)
        message = (
            f"no facts of '{crisis}' that a run could be compared with{nearest(crisis, known)}"
        )
        raise InputError(
            [Fault("record", 0, "", f"{message}; allowed: {', '.join(known) or 'none'}")]
        )
    return found


def all_targets(facts: Sequence[Fact]) -> dict[str, tuple[Target, ...]]:
    """Return the targets of every crisis of the record, by crisis."""
    return {crisis: targets(facts, crisis) for crisis in crises(facts)}


def known(
    names: Sequence[str],
    recorded: Mapping[str, object],
    coded: Collection[str] = (),
    place: str = "record",
) -> list[str]:
    """Return the named crises without repetition; InputError for one without targets.

    Args:
        names: names of crises.
        recorded: the historical record by crisis.
        coded: names of the coded crises, where they are allowed too.
        place: what the message names as the place of the mistake.

    >>> known(["april_2016", "april_2016"], {"april_2016": ()})
    ['april_2016']
    """
    every = [*recorded, *coded]
    for name in names:
        if name not in every:
            message = (
                f"'{name}' is not a crisis in the historical record{nearest(name, every)}; "
                f"allowed: {', '.join(recorded)}"
            )
            if coded:
                message += ", or a coded crisis (sim list --crises)"
            raise InputError([Fault(place, 0, "", message)])
    return list(dict.fromkeys(names))


def _target(fact: Fact, measurement: Measurement, facts: Mapping[str, Fact]) -> Target:
    parts = [fact] if measurement.add is None else [fact, facts[measurement.add]]
    observed = sum(part.number(measurement.kind) or 0.0 for part in parts)
    return Target(
        crisis=fact.crisis,
        name=measurement.target,
        fact=fact.id,
        says=fact.says,
        unit=_unit(fact, measurement.kind),
        columns=measurement.columns,
        code=str(fact.value) if measurement.kind == "code" else None,
        observed=observed,
        kernel=_kernel(fact, measurement.kind, observed),
    )


def _unit(fact: Fact, kind: str) -> str:
    if kind in ("flag", "code"):
        return "yes or no"
    return {"aid": LEVELS, "count": "halts"}.get(kind, fact.unit or "")


def _kernel(fact: Fact, kind: str, observed: float) -> Kernel:
    """Return the kernel of a fact: how far a run may miss it."""
    slip = SLIP[fact.confidence]
    if kind in ("flag", "code"):
        return YesNo(slip + DISCREPANCY_YES)
    if kind in ("count", "level"):
        return Step(slip + DISCREPANCY_SLIP, TOP_LEVEL if kind == "level" else None)
    smallest = SMALLEST.get(_unit(fact, kind), abs(observed) or 1.0)
    return Relative(smallest, math.hypot(_error(fact, observed, smallest), DISCREPANCY))


def _error(fact: Fact, observed: float, smallest: float) -> float:
    """Return the error of the record on the scale of :class:`Relative`."""
    if fact.low is None or fact.high is None:
        return RELATIVE_ERROR[fact.confidence] * abs(observed) / math.hypot(observed, smallest)
    width = math.asinh(fact.high / smallest) - math.asinh(fact.low / smallest)
    return width / 2 / RANGE_COVERS[fact.confidence]
