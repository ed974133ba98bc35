"""The facts that a coder would record of a run, in classes, with the errors of a record.

A size is recorded with an error of about a third, a count may be off by one, and a yes or no may be
coded wrongly. The errors are those of facts of medium confidence in :mod:`sim.record.targets`. Then
sizes and counts fall into classes of about equal frequency in the neutral world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.outcomes.columns import ended
from sim.record.targets import (
    DISCREPANCY,
    DISCREPANCY_SLIP,
    DISCREPANCY_YES,
    RELATIVE_ERROR,
    SLIP,
    SMALLEST,
    TOP_LEVEL,
    Kernel,
    Relative,
    Step,
    YesNo,
)

Array = NDArray[np.float64]
Classes = NDArray[np.integer[Any]]

ERROR = hypot(RELATIVE_ERROR["medium"], DISCREPANCY)
SLIP_OF_COUNTS = SLIP["medium"] + DISCREPANCY_SLIP
SLIP_OF_YES = SLIP["medium"] + DISCREPANCY_YES
CLASSES = 8
"""Largest number of classes of a size or count."""
LEVELS = np.array([0.5, 1.5, 2.5, 3.5])
"""Borders between levels of support, 0 to 4."""
SHARE = "share of the contested area"


@dataclass(frozen=True)
class Fact:
    """A fact of a run.

    Attributes:
        name: name of the kind of fact, such as ``duration``, or ``support`` for each third party.
        value: function that returns its value in each run, ``(runs,)``.
        kernel: error of the record; None for a name.
        borders: borders between classes; None for classes of equal frequency.
    """

    name: str
    value: Callable[[pd.DataFrame], NDArray[np.generic]]
    kernel: Kernel | None
    borders: Array | None = None


def _sum(*names: str) -> Callable[[pd.DataFrame], Array]:
    return lambda table: np.asarray(table[list(names)].to_numpy(dtype=float).sum(axis=1))


def _size(name: str, unit: str, *columns: str) -> Fact:
    return Fact(name, _sum(*columns), Relative(SMALLEST[unit], ERROR))


def _yes(name: str, column: str) -> Fact:
    return Fact(
        name,
        lambda table: (table[column].to_numpy(dtype=float) > 0).astype(float),
        YesNo(SLIP_OF_YES),
        np.array([0.5]),
    )


COMMON = (
    _size("duration", "days", "duration_days"),
    _size("deaths", "deaths", "deaths_challenger", "deaths_defender"),
    _size("territory", SHARE, "territory_fought"),
    _size("territory after cession", SHARE, "territory_fought", "territory_ceded"),
    Fact("failed halts", _sum("failed_stops"), Step(SLIP_OF_COUNTS)),
    Fact("peak level", _sum("peak_level"), Step(SLIP_OF_COUNTS, TOP_LEVEL)),
    Fact("ending", lambda table: ended(table).to_numpy(), None),
    Fact("mediator", lambda table: table["broker"].to_numpy(), None),
    _yes("entry", "great_power_entry"),
    _yes("treaty invoked", "treaty_invoked"),
)
"""Facts of every crisis."""
NAMES = (*(fact.name for fact in COMMON), "support", "mediation")
"""Kinds of facts. Support and mediation are facts of each third party."""


def facts(columns: pd.Index) -> list[Fact]:
    """Return the facts of a crisis, from the columns of its outcomes."""
    found = list(COMMON)
    for column in columns:
        if column.startswith("support_"):
            found.append(
                Fact("support", _sum(column), Relative(SMALLEST["level 0-4"], ERROR), LEVELS)
            )
        elif column.startswith("mediates_"):
            found.append(_yes("mediation", column))
    return found


def classified(
    tables: Mapping[str, pd.DataFrame], neutral: str
) -> dict[str, list[tuple[str, Classes]]]:
    """Return the class of each fact in each run, by world.

    Args:
        tables: outcomes of one crisis, by world.
        neutral: the world that decides the borders of the classes.
    """
    found: dict[str, list[tuple[str, Classes]]] = {name: [] for name in tables}
    for number, fact in enumerate(facts(tables[neutral].columns)):
        values = {name: fact.value(table) for name, table in tables.items()}
        recorded = {name: _recorded(fact, number, part) for name, part in values.items()}
        if fact.kernel is None:
            labels = sorted({str(label) for part in recorded.values() for label in part})
            place = {label: position for position, label in enumerate(labels)}
            classes = {
                name: np.array([place[str(label)] for label in part])
                for name, part in recorded.items()
            }
        else:
            borders = _borders(recorded[neutral]) if fact.borders is None else fact.borders
            classes = {name: np.searchsorted(borders, part) for name, part in recorded.items()}
        for name, part in classes.items():
            found[name].append((fact.name, part.astype(np.int16)))
    return found


def _recorded(fact: Fact, number: int, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return values with the errors of a record, the same random ones in every world."""
    key = np.random.SeedSequence(1, spawn_key=(stable_hash(f"record {fact.name} {number}"),))
    random = np.random.default_rng(key)
    if fact.kernel is not None:
        return fact.kernel.sample(values.astype(float), random)
    wrong = random.random(len(values)) < SLIP_OF_YES
    return np.where(wrong, values[random.permutation(len(values))], values)


def _borders(values: NDArray[np.generic]) -> Array:
    inner = np.quantile(values.astype(float), np.arange(1, CLASSES) / CLASSES)
    return np.unique(inner)
