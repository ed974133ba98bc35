"""Crises of the joint fit, and their kernels: how far a run may miss the record.

The discrepancy of the model is larger than in :mod:`sim.record.targets`, because one model with
shared parameters stands for wars that differ in much that is not coded.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from sim.catalogue import find, working_root
from sim.fitting.likelihood import Crisis
from sim.record.coded import every_target
from sim.record.targets import (
    DISCREPANCY,
    DISCREPANCY_YES,
    Kernel,
    Relative,
    Target,
    YesNo,
    known,
)
from sim.scenario import load

WIDER = 0.5
"""Discrepancy of sizes: two runs of three are within a factor of 1.65 of the truth."""
WIDER_YES = 0.1
"""Discrepancy of a yes or no."""


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
        return Relative(kernel.smallest, error)
    if isinstance(kernel, YesNo):
        return YesNo(kernel.slip + WIDER_YES - DISCREPANCY_YES)
    return kernel
