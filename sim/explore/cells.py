"""Simulate the cells of an explorer, all with the draws and random numbers of one plan.

Small ensembles with one frame are simulated side by side, which is several times faster. Each cell
has exactly the numbers of ``sim run`` with the same settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sim.ensemble.daily import DailyTally
from sim.ensemble.ensemble import BLOCK, Plan, play
from sim.ensemble.executors import Executor, Failure
from sim.ensemble.variants import play_variants, segments, variants_of
from sim.explore.content import Numbers, numbers
from sim.scenario import Scenario, frame

Watch = Callable[[], object]


class CellFailed(Exception):
    """A cell could not be simulated. The message says why."""


@dataclass(frozen=True)
class Job:
    """The work of one worker: some cells with one frame.

    Attributes:
        positions: positions of the cells.
        scenarios: their scenarios.
    """

    positions: tuple[int, ...]
    scenarios: tuple[Scenario, ...]


def simulate(
    scenarios: Sequence[Scenario],
    plan: Plan,
    executor: Executor,
    progress: Callable[[int], None] = lambda cells: None,
) -> list[Numbers]:
    """Return the numbers of scenarios, in their order.

    Args:
        scenarios: the scenarios.
        plan: number of runs, number of draws, and seed.
        executor: simulates jobs.
        progress: called with the number of cells of each finished job.

    Raises:
        CellFailed: a cell could not be simulated.
    """
    found: dict[int, Numbers] = {}
    for job, made in executor(_played, plan, list(_jobs(scenarios, plan.runs))):
        if isinstance(made, Failure):
            raise CellFailed(made.summary)
        found |= dict(zip(job.positions, made, strict=True))
        progress(len(job.positions))
    return [found[position] for position in range(len(scenarios))]


def _jobs(scenarios: Sequence[Scenario], runs: int) -> Iterator[Job]:
    """Yield jobs of about equal size: at most a block of runs, with one frame each."""
    by_frame: dict[str, list[int]] = {}
    for position, scenario in enumerate(scenarios):
        by_frame.setdefault(frame(scenario), []).append(position)
    for positions in by_frame.values():
        jobs = -(-len(positions) // max(BLOCK // runs, 1))  # rounded up
        size = -(-len(positions) // jobs)
        for first in range(0, len(positions), size):
            chosen = tuple(positions[first : first + size])
            yield Job(chosen, tuple(scenarios[position] for position in chosen))


def _played(plan: Plan, job: Job) -> list[Numbers]:
    """Simulate a job. Called in a worker."""
    return [
        numbers(scenario, outcomes, tally)
        for scenario, (outcomes, tally) in zip(
            job.scenarios, play_together(job.scenarios, plan), strict=True
        )
    ]


def play_together(
    scenarios: Sequence[Scenario], plan: Plan, watch: Watch | None = None
) -> list[tuple[pd.DataFrame, DailyTally]]:
    """Simulate scenarios with one frame; return the outcomes and the daily tally of each.

    Args:
        scenarios: the scenarios.
        plan: number of runs, number of draws, and seed.
        watch: called at the end of every simulated day, if the runs fit into one block.
    """
    plan = replace(plan, scenario=scenarios[0])
    if plan.runs > BLOCK:
        return [_in_blocks(replace(plan, scenario=scenario)) for scenario in scenarios]
    with np.errstate(all="raise", under="ignore"):
        outcomes, record = play_variants(plan, variants_of(scenarios), watch)
    parts = []
    for rows in segments(plan.runs, len(scenarios)):
        # contiguous, so that sums add up in the same order as in a simulation alone
        daily = {name: np.ascontiguousarray(days[:, rows]) for name, days in record.daily.items()}
        tally = DailyTally(plan.scenario.horizon_days, plan.draws_used)
        tally.merge([DailyTally.of_runs(daily, 0, plan.draws)])
        parts.append((outcomes.iloc[rows].reset_index(drop=True), tally))
    return parts


def _in_blocks(plan: Plan) -> tuple[pd.DataFrame, DailyTally]:
    """Simulate a scenario whose runs fill several blocks."""
    ensemble = play(plan)
    if ensemble.failures:
        raise CellFailed(ensemble.failures[0].reason.strip().splitlines()[-1])
    return ensemble.outcomes, ensemble.daily
