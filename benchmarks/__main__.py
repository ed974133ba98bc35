"""Measure speed, growth, memory and start-up, mostly as ratios of times of one call.

``python -m benchmarks`` prints a table and writes benchmark.json. ``--full`` also simulates ten
million runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.floor import floor, third_parties
from benchmarks.identity import identity
from benchmarks.timing import in_turns
from benchmarks.waiting import waiting
from sim.engine import compiled
from sim.ensemble.ensemble import BLOCK, Plan, encoded, play_block
from sim.ensemble.executors import Executor, cluster, processes
from sim.scenario import Loaded, load
from validation.reference.compare import Setting, reference

ROOT = Path(__file__).parents[1]
OUT = ROOT / "results" / "reference" / "benchmark.json"
CRISES = ("april_2016", "autumn_2020")
PLAIN_RUNS = 100
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
FULL_SIZE = 10_000_000


def crisis(name: str, *sets: str) -> Loaded:
    return load(ROOT / "scenarios" / f"{name}.yaml", sets)


def speeds(name: str) -> dict[str, float]:
    """Return how fast a crisis is simulated, beside the plain reference and the floor."""
    plan = Plan(crisis(name).scenario, runs=BLOCK)
    plain = Setting(plan.scenario, runs=PLAIN_RUNS, draws=25, width=PLAIN_RUNS)
    play_block(plan, 0)  # imports and caches
    works = {
        "engine": lambda: play_block(plan, 0),
        "floor": floor(plan),
        "plain": lambda: list(reference(plain)),
    }
    seconds = in_turns(works)
    core = BLOCK / seconds["engine"]
    return {
        "runs_per_second_one_core": round(core),
        "times_the_plain_reference": round(core * seconds["plain"] / PLAIN_RUNS),
        "times_the_floor": round(seconds["engine"] / seconds["floor"], 1),
    }


def compiled_speeds(name: str) -> dict[str, float]:
    """Return how fast compiled days are, beside those of NumPy and the floor."""
    plan = Plan(crisis(name).scenario, runs=BLOCK)
    few = Plan(plan.scenario)  # the runs of a command without ``--runs``
    works = {
        "numpy": partial(_play_with, compiled.NUMPY, plan),
        "compiled": partial(_play_with, compiled.COMPILED, plan),
        "few_numpy": partial(_play_with, compiled.NUMPY, few),
        "few_compiled": partial(_play_with, compiled.COMPILED, few),
        "floor": floor(plan),
    }
    for work in works.values():
        work()  # imports and compiles
    seconds = in_turns(works)
    return {
        "runs_per_second_one_core": round(BLOCK / seconds["compiled"]),
        "times_the_floor": round(seconds["compiled"] / seconds["floor"], 1),
        "times_numpy": round(seconds["numpy"] / seconds["compiled"], 1),
        "times_numpy_for_few_runs": round(seconds["few_numpy"] / seconds["few_compiled"], 1),
    }


def _play_with(engine: str, plan: Plan) -> None:
    with patch.dict(os.environ, {compiled.VARIABLE: engine}):
        play_block(plan, 0)


def workers() -> dict[str, float]:
    """Return the speed of two worker processes over one, and of Dask over two processes."""
    blocks = Plan(crisis("autumn_2020").scenario, runs=8 * BLOCK)
    with processes(1) as one, processes(2) as two:
        works = {"one": partial(_play_on, one, blocks), "two": partial(_play_on, two, blocks)}
        for work in works.values():
            work()  # the start of the workers does not count
        seconds = in_turns(works, clock=time.perf_counter)
        found = {"two_over_one": round(seconds["one"] / seconds["two"], 2)}
        if find_spec("distributed"):
            with cluster("local") as dask:
                works = {"dask": partial(_play_on, dask, blocks), "two": works["two"]}
                works["dask"]()
                seconds = in_turns(works, clock=time.perf_counter)
                found["dask_over_two"] = round(seconds["two"] / seconds["dask"], 2)
    return found


def _play_on(executor: Executor, plan: Plan) -> None:
    list(executor(encoded, plan, plan.blocks))


def by_days() -> dict[str, float]:
    """Return the time of a block by the days of the crisis, over that of 45 days."""
    days = (45, 90, 180)
    plans = {str(n): _plan(crisis("autumn_2020", f"horizon_days={n}")) for n in days}
    return _times_the_first(plans)


def by_third_parties() -> dict[str, float]:
    """Return the time of a block by the active third parties, over that without any."""
    return _times_the_first({str(count): _plan(_with_powers(count)) for count in (0, 3, 6)})


def _times_the_first(plans: dict[str, Plan]) -> dict[str, float]:
    seconds = in_turns({name: partial(play_block, plan, 0) for name, plan in plans.items()})
    first = next(iter(seconds.values()))
    return {name: round(spent / first, 2) for name, spent in seconds.items()}


def _plan(loaded: Loaded) -> Plan:
    return Plan(loaded.scenario, runs=BLOCK)


START = """
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process that starts a command: the peak memory of a process counts that of its parent."""


def command(*words: str) -> dict[str, float]:
    """Return wall seconds and peak memory in MB of a command of our own."""
    program = [sys.executable, "-c", START, sys.executable, "-m", "sim", *words]
    told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds, kilobytes = map(float, told.split())
    return {"seconds": round(seconds, 3), "peak_mb": round(kilobytes / 1024)}


def growth(out: str, sizes: tuple[int, ...]) -> dict[str, dict[str, float]]:
    """Return time and memory of ``sim run`` by the number of runs, and what each further run costs.

    A cost per run that does not rise is linear growth.
    """
    found: dict[str, dict[str, float]] = {}
    before: tuple[int, float] | None = None
    for runs in sizes:
        words = ("scenarios/april_2016.yaml", "-q", "--fresh", "--out", out, "--runs", str(runs))
        used = command("run", *words)
        if before is not None:
            further = (used["seconds"] - before[1]) / (runs - before[0])
            used["microseconds_a_further_run"] = round(1e6 * further, 1)
        found[f"{runs:,}"], before = used, (runs, used["seconds"])
    return found


def measured(full: bool) -> dict[str, Any]:
    """Return all measurements, part by part."""
    found: dict[str, Any] = {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        }
    }
    found |= {name: speeds(name) for name in CRISES}
    if find_spec("numba"):
        found["compiled"] = {name: compiled_speeds(name) for name in CRISES}
    found["workers"] = workers()
    found["time_by_days"] = by_days()
    found["time_by_third_parties"] = by_third_parties()
    with tempfile.TemporaryDirectory() as out:
        found["growth"] = growth(out, (*SIZES, FULL_SIZE) if full else SIZES)
    found["start_up_seconds"] = {
        words: min(command(*words.split())["seconds"] for _ in range(3))
        for words in (
            "--help",
            "list",
            "check scenarios/april_2016.yaml",
            "explain scenarios/april_2016.yaml",
        )
    }
    found["waiting"] = waiting()
    found["identity"] = identity()
    found["peak_mb_of_this_process"] = round(
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    )
    return found


def show(found: dict[str, Any]) -> None:
    """Print measurements as one table."""
    table = Table("part", "measure", "value")
    for part, values in found.items():
        for name, value in values.items() if isinstance(values, dict) else [("", values)]:
            text = (
                ", ".join(f"{k} {v}" for k, v in value.items())
                if isinstance(value, dict)
                else str(value)
            )
            table.add_row(part, name, text)
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help=f"also simulate {FULL_SIZE:,} runs")
    found = measured(parser.parse_args().full)
    show(found)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n")


def _with_powers(count: int) -> Loaded:
    """Return autumn 2020 with only so many third parties that can act."""
    mute = [
        f"actors.{code}.{key}=null"
        for code in third_parties(_plan(crisis("autumn_2020")))[count:]
        for key in ("broker_value", "support", "stance")
    ]
    return crisis("autumn_2020", *mute)


if __name__ == "__main__":
    main()
