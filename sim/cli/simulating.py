"""Simulate a scenario for a command that needs its result or its runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.catalogue import locate
from sim.cli.folders import evidence_near
from sim.cli.printing import INTERRUPTED, SOME_FAILED, complain, progress_bar
from sim.io.text import count

if TYPE_CHECKING:
    from sim.ensemble.ensemble import Ensemble, Plan
    from sim.ensemble.executors import Executor
    from sim.results.reader import Result
    from sim.scenario import Loaded


@dataclass(frozen=True)
class Size:
    """Number of runs, number of draws and seed."""

    runs: int
    draws: int
    seed: int


@dataclass(frozen=True)
class Place:
    """Where to simulate and to write.

    Attributes:
        out: folder for results, with the store of finished runs; None for nothing stored.
        executor: simulates blocks.
        fresh: simulate again instead of reusing finished runs.
        show: whether to show progress.
    """

    out: Path | None
    executor: Executor
    fresh: bool
    show: bool


def is_folder(text: str) -> bool:
    """Return whether a text is the path of a folder, such as that of a result."""
    return Path(text).is_dir()


def loaded_scenario(text: str, sets: Sequence[str] = ()) -> Loaded:
    """Return a scenario by name or path, with some values set."""
    from sim.scenario import load

    return load(locate("scenario", text), sets)


def simulated(plan: Plan, place: Place) -> Ensemble:
    """Simulate a plan. End the command if it is interrupted or if runs fail."""
    from sim.ensemble.blocks import Store
    from sim.ensemble.ensemble import play

    with progress_bar(plan.scenario.title, plan.runs, place.show) as advance:
        ensemble = play(
            plan,
            executor=place.executor,
            store=Store.below(place.out),
            fresh=place.fresh,
            progress=advance,
        )
    if ensemble.interrupted:
        complain("interrupted: finished runs are saved; repeat the command to continue")
        raise typer.Exit(INTERRUPTED)
    for failure in ensemble.failures:
        reason = failure.reason.strip().splitlines()[-1]
        complain(f"block {failure.number}: {count(failure.runs, 'run')} failed: {reason}")
    if ensemble.failures:
        raise typer.Exit(SOME_FAILED)
    return ensemble


def result_of(loaded: Loaded, size: Size, place: Place) -> Result:
    """Simulate a scenario and write its result folder below `place.out`, as `sim run` does."""
    from sim import report
    from sim.ensemble.ensemble import Plan
    from sim.results import writer

    started = time.perf_counter()
    ensemble = simulated(Plan(loaded.scenario, size.runs, size.draws, size.seed), place)
    evidence = evidence_near(Path(loaded.sources["scenario"][0]))

    def complete(result: Result) -> None:
        report.complete(result, evidence)

    assert place.out is not None
    seconds = time.perf_counter() - started
    return writer.write(ensemble, loaded, place.out, seconds, complete)
