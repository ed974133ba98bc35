"""Move each lever of a scenario and simulate both ends, with common random numbers.

This is an experiment inside the model: everything else keeps its drawn value. So the effect of a
lever is what the model makes of it, even where the draws of several values go together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pandas as pd

from sim.arguments.chance import holm
from sim.ensemble.blocks import Store, decode_outcomes, encode_outcomes
from sim.ensemble.ensemble import BLOCK, Plan
from sim.ensemble.executors import Executor, Failure, here
from sim.ensemble.variants import Variant, play_side_by_side, segments
from sim.io.errors import UsageError
from sim.outcomes.summary import columns_needed
from sim.reasons.estimates import Difference, paired
from sim.reasons.levers import End, Lever, levers
from sim.reasons.lines import Line
from sim.reasons.outcomes import Outcome, named, usual

METHOD = "experiment"
MOST_DRAWS = 125
"""Largest number of draws of an experiment."""
REPLICATES = 5
"""Runs of each draw at each end: enough to tell the draws' spread from chance."""


class Failed(Exception):
    """Runs of an experiment failed. The message is the reason."""


@dataclass(frozen=True)
class Experiment:
    """The outcome of an experiment.

    Attributes:
        plan: the plan of each end.
        outcomes: the outcomes that are explained.
        base: mean of each outcome in the scenario as it is.
        lines: one line for each lever and outcome.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    base: tuple[float, ...]
    lines: tuple[Line, ...]


def size_of(runs: int, draws: int) -> tuple[int, int]:
    """Return the runs and draws of each end, from those of the result that is explained.

    >>> size_of(2000, 125), size_of(60, 12), size_of(10, 20)
    ((625, 125), (60, 12), (10, 10))
    """
    used = min(draws, runs, MOST_DRAWS)
    return min(runs // used, REPLICATES) * used, used


def experiment(
    plan: Plan,
    names: Sequence[str] = (),
    executor: Executor = here,
    store: Store | None = None,
    expect: Callable[[int], None] = lambda runs: None,
    progress: Callable[[int], None] = lambda runs: None,
) -> Experiment:
    """Move every lever of a scenario.

    Args:
        plan: the scenario, with runs and draws of each end.
        names: names of the outcomes to explain; duration, deaths and the endings where empty.
        executor: where to simulate.
        store: finished simulations, which are not repeated.
        expect: called with the number of runs to simulate.
        progress: called with the number of runs of each finished job.

    Raises:
        Failed: runs failed.
        UsageError: there is no measure of such a name, or only a single run.
    """
    if plan.runs < 2:
        raise UsageError("an experiment needs at least two runs; run the scenario with more")
    found = levers(plan.scenario, plan.drawn.table().drop(columns="draw"))
    ends = [End("as it is"), *(end for lever in found for end in (lever.low, lever.high))]
    variants = list(dict.fromkeys(_key(end) for end in ends))
    by_key = {_key(end): end for end in ends}
    tables = _simulated(plan, [by_key[key] for key in variants], executor, store, expect, progress)
    by_end = dict(zip(variants, tables, strict=True))
    base = by_end[_key(ends[0])]
    explained = named(plan.scenario, names) if names else usual(plan.scenario, base)
    values = {
        key: [outcome.values(table) for outcome in explained] for key, table in by_end.items()
    }
    lines = _lines(found, explained, values, plan.draws_used)
    means = tuple(float(value.mean()) for value in values[_key(ends[0])])
    return Experiment(plan, explained, means, tuple(lines))


def _key(end: End) -> str:
    changed = sorted((path, repr(value)) for path, value in end.values.items())
    return repr((changed, sorted(end.policies.items())))


def _lines(
    found: Sequence[Lever],
    explained: Sequence[Outcome],
    values: dict[str, list[np.ndarray]],
    draws: int,
) -> Iterator[Line]:
    """Yield a line for each lever and outcome, with p-values adjusted for all of them."""
    tests = [
        (lever, outcome, paired(low, high, draws))
        for lever in found
        for outcome, low, high in zip(
            explained, values[_key(lever.low)], values[_key(lever.high)], strict=True
        )
    ]
    adjusted = holm(np.array([difference.p for _, _, difference in tests]))
    for (lever, outcome, difference), p in zip(tests, adjusted, strict=True):
        yield _line(lever, outcome, difference, float(p))


def _line(lever: Lever, outcome: Outcome, found: Difference, p: float) -> Line:
    low, high = found.spread or (None, None)
    return Line(
        outcome=outcome,
        kind=lever.kind,
        method=METHOD,
        path=lever.path,
        says=lever.says,
        low=lever.low.says,
        high=lever.high.says,
        effect=found.mean,
        effect_low=found.low,
        effect_high=found.high,
        error=found.error,
        draws_low=low,
        draws_high=high,
        p=p,
    )


# Simulating the ends


@dataclass(frozen=True)
class Job:
    """Some ends that are simulated side by side.

    Attributes:
        variants: the ends.
        names: names of their stored outcomes.
    """

    variants: tuple[Variant, ...]
    names: tuple[str, ...]


def _simulated(
    plan: Plan,
    ends: Sequence[End],
    executor: Executor,
    store: Store | None,
    expect: Callable[[int], None],
    progress: Callable[[int], None],
) -> list[pd.DataFrame]:
    """Return the outcomes of each end, in order of runs."""
    store = Store.below(None) if store is None else store
    names = [sha256(f"moved {plan.key(0)} {_key(end)}".encode()).hexdigest() for end in ends]
    missing = {
        name: Variant(end.values, {**plan.scenario.policies, **end.policies})
        for name, end in zip(names, ends, strict=True)
        if store.get(name) is None
    }
    jobs = list(_packed(missing, max(BLOCK // plan.runs, 1)))
    expect(plan.runs * len(missing))
    for job, result in executor(_play, plan, jobs):
        if isinstance(result, Failure):
            raise Failed(result.summary)
        for name, sealed in zip(job.names, result, strict=True):
            store.put(name, sealed)
        progress(plan.runs * len(job.names))
    return [_table(store, name) for name in names]


def _packed(missing: dict[str, Variant], most: int) -> Iterator[Job]:
    """Yield jobs with as many ends as a block has room for, of about equal size."""
    names = list(missing)
    jobs = -(-len(names) // most)  # rounded up
    for number in range(jobs):
        chosen = names[number::jobs]
        yield Job(tuple(missing[name] for name in chosen), tuple(chosen))


def _play(plan: Plan, job: Job) -> list[bytes]:
    """Simulate the ends of one job. Called in a worker."""
    with np.errstate(all="raise", under="ignore"):
        outcomes = play_side_by_side(plan, job.variants)
    return encode_outcomes(outcomes, segments(plan.runs, len(job.names)))


def _table(store: Store, name: str) -> pd.DataFrame:
    sealed = store.get(name)
    assert sealed is not None
    return decode_outcomes(sealed, frozenset(columns_needed())).table()
