"""Crises of the joint fit, and their kernels: how far a run may miss the record.

They differ from those of :mod:`sim.record.targets` in two ways. The discrepancy of the model is
larger, because one model with shared parameters stands for wars that differ in much that is not
coded. And sizes have heavy tails: a record that the model misses by far teaches little, instead of
pulling every parameter to the end of its range.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.catalogue import find, working_root
from sim.fitting.likelihood import Crisis
from sim.record.coded import every_target
from sim.record.targets import (
    DISCREPANCY,
    DISCREPANCY_YES,
    RANGE_COVERS,
    Kernel,
    Relative,
    Target,
    YesNo,
    known,
)
from sim.scenario import load

Array = NDArray[np.float64]

WIDER = 0.5
"""Discrepancy of sizes: two runs of three are within a factor of 1.65 of the truth."""
WIDER_YES = 0.1
"""Discrepancy of a yes or no."""
FREEDOM = 4.0
"""Degrees of freedom of the error of sizes: tails of a Student distribution."""
_CONSTANT = math.lgamma((FREEDOM + 1) / 2) - math.lgamma(FREEDOM / 2)
_CONSTANT -= 0.5 * math.log(FREEDOM * math.pi)


@dataclass(frozen=True)
class HeavyTailed:
    """Relative error of a number: Student-distributed in ``asinh(value / smallest)``.

    Attributes:
        smallest: size below which differences are absolute, in the unit of the value.
        error: scale of the error on the transformed scale.

    >>> kernel = HeavyTailed(1.0, 0.5)
    >>> near, far = kernel.log_density(np.array([10.0, 1000.0]), 10.0)
    >>> bool(near - far < 15)
    True
    """

    smallest: float
    error: float

    def scaled(self, values: Array) -> Array:
        """Return values on the transformed scale."""
        return np.arcsinh(values / self.smallest)

    def log_density(self, simulated: Array, observed: float) -> Array:
        """Return the log density over the observed value, per its unit."""
        value = np.asarray(observed, dtype=float)
        z = (self.scaled(value) - self.scaled(simulated)) / self.error
        slope = math.log(self.error) + np.log(np.hypot(value, self.smallest))
        return _CONSTANT - (FREEDOM + 1) / 2 * np.log1p(z**2 / FREEDOM) - slope

    def sample(self, simulated: Array, random: np.random.Generator) -> Array:
        """Return simulated values with error."""
        error = self.error * random.standard_t(FREEDOM, simulated.shape)
        return self.smallest * np.sinh(self.scaled(simulated) + error)

    def near(self, simulated: Array, observed: float) -> NDArray[np.bool_]:
        """Return whether values lie within 1.28 scales of the error."""
        z = (self.scaled(np.asarray(observed)) - self.scaled(simulated)) / self.error
        return np.asarray(np.abs(z) <= RANGE_COVERS["medium"])


def read_crises(names: Collection[str] = (), near: Path | None = None) -> tuple[Crisis, ...]:
    """Return crises with their prior ranges, and their targets with the kernels of the joint fit.

    Args:
        names: names of crises; none for all that have a scenario and a record.
        near: a file of the workspace whose records count too; None for the working folder.

    Raises:
        InputError: a name has no record, or a scenario has faults.

    >>> [crisis.name for crisis in read_crises(["goa_1961"])]
    ['goa_1961']
    """
    targets = every_target(near or working_root() / "seeds" / "any")
    files = {name: find("scenario", name) for name in known(tuple(names), targets) or targets}
    return tuple(
        Crisis(load(file).scenario.fitted(None), loosened(targets[name]))
        for name, file in files.items()
        if file is not None
    )


def loosened(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Return targets with the kernels of the joint fit.

    >>> kernel = Relative(1.0, 0.5)
    >>> round(_loosened(kernel).error, 2)
    0.64
    """
    return tuple(replace(target, kernel=_loosened(target.kernel)) for target in targets)


def _loosened(kernel: Kernel) -> Kernel:
    if isinstance(kernel, Relative):
        error = math.sqrt(max(kernel.error**2 - DISCREPANCY**2, 0.0) + WIDER**2)
        return HeavyTailed(kernel.smallest, error)
    if isinstance(kernel, YesNo):
        return YesNo(kernel.slip + WIDER_YES - DISCREPANCY_YES)
    return kernel
