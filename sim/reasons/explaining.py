"""Explain a result by an experiment, and add the explanation to its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.ensemble.blocks import Store
from sim.ensemble.ensemble import Plan
from sim.ensemble.executors import Executor, here
from sim.reasons.association import Tables, course_lines
from sim.reasons.experiment import METHOD, experiment, size_of
from sim.reasons.why import Why, write
from sim.results.layout import addition
from sim.results.reader import Result


def plan_of(result: Result) -> Plan:
    """Return the plan of each end of an experiment that explains a result."""
    runs, draws = size_of(int(result.manifest["runs"]["asked"]), int(result.manifest["draws"]))
    return Plan(result.scenario, runs, draws, int(result.manifest["seed"]))


def explain(
    result: Result,
    names: Sequence[str] = (),
    executor: Executor = here,
    store: Store | None = None,
    expect: Callable[[int], None] = lambda runs: None,
    progress: Callable[[int], None] = lambda runs: None,
) -> Why:
    """Explain a result by an experiment, and its course of events by its tables.

    Args:
        result: the result.
        names: names of the outcomes to explain; duration, deaths and the endings where empty.
        executor: where to simulate.
        store: finished simulations, which are not repeated.
        expect: called with the number of runs to simulate.
        progress: called with the number of runs of each finished job.

    Raises:
        sim.reasons.experiment.Failed: runs failed.
        UsageError: there is no measure of such a name.
    """
    found = experiment(plan_of(result), names, executor, store, expect, progress)
    tables = Tables(result.runs, result.parameters)
    course = course_lines(result.scenario, tables, found.outcomes)
    return Why(
        result.scenario.title,
        METHOD,
        found.plan.runs,
        found.plan.draws_used,
        found.outcomes,
        found.base,
        (*found.lines, *course),
        len(found.lines) + len(course),
    )


def add(result: Result, why: Why, draw: Callable[[Why, Path], object]) -> None:
    """Add an explanation and its chart to the folder of a result.

    Args:
        result: the result.
        why: the explanation.
        draw: function that draws the chart into a folder.
    """
    with addition(result.folder) as aside:
        write(aside, why, str(result.manifest["digest"]))
        draw(why, aside)
