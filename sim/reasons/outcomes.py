"""The outcomes that are explained or compared: measures of the summary, by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.io.errors import UsageError, nearest
from sim.outcomes.runs import Runs
from sim.outcomes.summary import by_run
from sim.outcomes.summary_measures import OF_A_MEDIATOR, PROBABILITY, declared
from sim.scenario import Scenario

Array = NDArray[np.float64]

ALWAYS = ("duration_days", "deaths")
"""Outcomes that are always explained."""
ENDINGS = (
    "ending_truce",
    "ending_direct",
    "ending_lull",
    "ending_capitulation",
    "ending_fighting",
)
RARE = 0.02
"""An ending in a smaller share of runs, or in all other runs, is not explained."""


@dataclass(frozen=True)
class Outcome:
    """An outcome of a run.

    Attributes:
        name: name of its measure, such as ``duration_days``.
        says: what it measures, in words.
        unit: unit of its values; ``probability`` for an event.
    """

    name: str
    says: str
    unit: str

    @property
    def is_event(self) -> bool:
        """Whether it is an event: its value in a run is 1 or 0."""
        return self.unit == PROBABILITY

    def values(self, table: Runs) -> Array:
        """Return the outcome in each run: shape ``(runs,)``."""
        return by_run(table, self.name)


def named(scenario: Scenario, names: Sequence[str], defender: str = "") -> tuple[Outcome, ...]:
    """Return outcomes by the names of their measures.

    Args:
        scenario: the scenario.
        names: names of the measures.
        defender: words for the defender, instead of its name.

    Raises:
        UsageError: there is no measure of such a name.
    """
    known = {measure.name: measure for measure in declared(scenario.third_parties)}
    unknown = [name for name in names if name not in known]
    if unknown:
        hint = f"{nearest(unknown[0], known)}; allowed: {', '.join(known)}"
        raise UsageError(f"unknown measure '{unknown[0]}'{hint}")
    return tuple(
        Outcome(name, known[name].says(scenario, defender), known[name].unit) for name in names
    )


def every(
    scenario: Scenario, mediators: Sequence[str], with_early: bool = True, defender: str = ""
) -> tuple[Outcome, ...]:
    """Return the outcomes of a summary, with one for each of some mediators.

    Args:
        scenario: the scenario.
        mediators: codes of the mediators.
        with_early: whether to include what happens within the first days.
        defender: words for the defender, instead of its name.
    """
    measures = declared(mediators)
    names = [each.name for each in measures if with_early or not each.is_early]
    return named(scenario, names, defender)


def usual(scenario: Scenario, table: Runs) -> tuple[Outcome, ...]:
    """Return duration, deaths and the endings that are neither rare nor certain.

    Args:
        scenario: the scenario.
        table: outcomes of its runs.
    """
    shares = {name: float(by_run(table, name).mean()) for name in ENDINGS}
    common = [name for name in ENDINGS if RARE <= shares[name] <= 1.0 - RARE]
    return named(scenario, [*ALWAYS, *sorted(common, key=lambda name: -shares[name])])


def is_of_mediator(name: str) -> bool:
    """Return whether a measure is about a single mediator."""
    return name.startswith(OF_A_MEDIATOR)
