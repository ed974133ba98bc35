"""Which run of a result to describe: one that a user names, or one that a measure chooses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.catalogue import near_result
from sim.io.errors import UsageError
from sim.record.coded import targets_to_score
from sim.record.history import history_of_result
from sim.results.chronicle.select import Selection, outcomes_in_words, surprising, typical
from sim.results.reader import Result


@dataclass(frozen=True)
class Wanted:
    """The run that a user wants; with nothing given, it is run 0.

    Attributes:
        run: its number.
        typical: the run nearest to the medians and modes of all outcomes.
        nearest_record: the run nearest to what happened.
        ending: a typical run among those with this ending.
        surprising: the run with the least expected outcomes.
    """

    run: int | None = None
    typical: bool = False
    nearest_record: bool = False
    ending: str | None = None
    surprising: bool = False

    def __post_init__(self) -> None:
        """Refuse several ways to choose a run; only a typical run may have an ending."""
        given = {
            "run": self.run is not None,
            "typical": self.typical and self.ending is None,
            "nearest-record": self.nearest_record,
            "ending": self.ending is not None,
            "surprising": self.surprising,
        }
        named = [name for name, is_given in given.items() if is_given]
        if len(named) > 1:
            raise UsageError(f"{' and '.join(named)}: give only one of them")

    def select(self, result: Result) -> Selection:
        """Return the run of a result.

        Raises:
            UsageError: no run ends as wanted, or there is no record of the crisis.
        """
        if self.nearest_record:
            return nearest_record(result)
        if self.surprising:
            return surprising(result.outcomes, outcomes_in_words(result.scenario))
        if self.typical or self.ending is not None:
            return typical(result.outcomes, self.ending)
        return Selection(self.run or 0, "")


def nearest_record(result: Result) -> Selection:
    """Return the run that is nearest to what happened.

    It is the run under which the historical record is most probable: the largest sum of the log
    densities of all recorded facts, each with its kernel of :mod:`sim.record.targets`.

    Raises:
        UsageError: there is no record of the crisis, or none of an outcome of the runs.
    """
    scenario = result.scenario.scenario
    history = history_of_result(result)
    if history is None:
        raise UsageError(
            f"there is no historical record of '{scenario}'; "
            "sim list --crises names the crises with one"
        )
    crisis = history.crisis
    targets = targets_to_score(crisis, near_result(result.folder))[crisis]
    outcomes = result.outcomes
    measured = [target for target in targets if target.is_measured(outcomes)]
    if not measured:
        raise UsageError(f"the historical record of '{crisis}' has no outcome of the runs")
    density = np.sum([target.log_density(outcomes) for target in measured], axis=0)
    run = int(outcomes["run"].to_numpy()[density.argmax()])
    facts = f"{len(measured)} facts of the record are"
    if len(measured) == 1:
        facts = "the fact of the record is"
    return Selection(run, f"the one of {len(outcomes):,} under which {facts} most probable")
