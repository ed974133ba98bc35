"""Crises of the joint fit, and their kernels: how far a run may miss the record.

The discrepancy of the model is larger than in :mod:`sim.record.targets`, because one model with
shared parameters describes wars that differ in much that is not coded.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from sim.catalogue import find, working_root
from sim.fitting.joint.bank import ROOTS
from sim.fitting.joint.ranges import Value
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
from sim.scenario import Scenario, load

WIDER = 0.5
"""Discrepancy of sizes: two runs of three are within a factor of 1.65 of the truth."""
WIDER_YES = 0.1
"""Discrepancy of a yes or no."""


def read_crises(
    names: Collection[str] = (),
    near: Path | None = None,
    wider: Mapping[str, Value] | None = None,
) -> tuple[Crisis, ...]:
    """Return crises with their prior ranges, and their targets with the kernels of the joint fit.

    Args:
        names: names of crises; none for all that have a scenario and a record.
        near: a file of the workspace whose records count too; None for the working folder.
        wider: ranges by path that replace those of the model, so that a bank covers more than the
            prior. A crisis that states a value of its own keeps it.

    Raises:
        InputError: a name has no record, or a scenario has faults.

    >>> [crisis.name for crisis in read_crises(["goa_1961"])]
    ['goa_1961']
    """
    targets = every_target(near or working_root() / "seeds" / "any")
    files = {
        name: file
        for name in known(tuple(names), targets) or targets
        if (file := find("scenario", name)) is not None
    }
    scenarios = {name: load(file).scenario for name, file in files.items()}
    if wider:
        usual = usual_values(scenarios.values())
        for name, scenario in scenarios.items():
            sets = [
                f"{value.path}={json.dumps(wider[value.path].plain())}"
                for value in scenario.quantities()
                if value.path in wider and value == usual[value.path]
            ]
            scenarios[name] = load(files[name], sets).scenario
    return tuple(
        Crisis(scenario.fitted(None), loosened(targets[name]))
        for name, scenario in scenarios.items()
    )


def usual_values(scenarios: Iterable[Scenario]) -> dict[str, Value]:
    """Return the most common value of each parameter and mechanism, by path."""
    found: dict[str, list[Value]] = {}
    for scenario in scenarios:
        for value in scenario.quantities():
            if value.path.split(".")[0] in ROOTS:
                found.setdefault(value.path, []).append(value)
    return {path: max(values, key=values.count) for path, values in found.items()}


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
