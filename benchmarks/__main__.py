"""Measure speed, growth, memory and start-up; ``python -m benchmarks`` prints a table and writes
benchmark.json.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.identity import identity
from benchmarks.waiting import waiting
from sim.ensemble.ensemble import BLOCK, Plan, play, play_block
from sim.ensemble.executors import processes
from sim.scenario import Loaded, load
from validation.reference.compare import Setting, reference

ROOT = Path(__file__).parents[1]
OUT = ROOT / "results" / "reference" / "benchmark.json"
CRISES = ("april_2016", "autumn_2020")


def best_of(times: int, work: Callable[[], object]) -> float:
    """Return the shortest wall time of some tries, in seconds."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return min(spent)


def crisis(name: str, *sets: str) -> Loaded:
    return load(ROOT / "scenarios" / f"{name}.yaml", sets)


def one_core(plan: Plan) -> float:
    """Return runs a second of whole blocks on one core."""
    play_block(plan, 0)
    return BLOCK / best_of(3, lambda: play_block(plan, 0))


def floor(plan: Plan) -> float:
    """Return runs a second of drawing the same random numbers and taking the same exponentials, and
    nothing else.

    Random numbers are those of section 6 of the model's description, for all lanes on all days.
    Exponentials, logistic curves and powers are those that the equations of section 7 ask for in
    the runs that are not over: the rungs of both sides 8; a review, one an open line; the odds of
    attacks as both sides perceive them 6, as they are 2, as both learn from them 4, and as a threat
    in open country 2; the fading reward 1; the share of each supplier to the power of the dilution;
    a stop that may break 2, contact 1, the call on allies 1, capitulation 1; an offer 9.
    """
    scenario, days = plan.scenario, plan.scenario.horizon_days
    conflict, review_days = scenario.conflict, scenario.parameters.review_days
    powers = [
        scenario.actors[code] for code in scenario.third_parties if scenario.actors[code].can_act
    ]
    lines = sum(
        _open_lines(power.broker_value is not None, power.support is not None) for power in powers
    )
    suppliers = sum(
        side in power.supplies
        for power in powers
        for side in (conflict.challenger, conflict.defender)
    )
    sample = play(Plan(scenario, 2000, plan.draws)).outcomes
    ends = sample["lasting_truce_day"].astype(float) + scenario.parameters.closure_days
    lived = (
        ends.clip(upper=days).fillna(days).mean() / days
    )  # share of the days before a run is over
    offers = sample["offers"].mean() / days
    uniforms = 12 + len(powers) / review_days
    exponentials = (
        lived * (8 + lines / review_days + 6 + 2 + 4 + 2 + 1 + suppliers + 2 + 1 + 1 + 1)
        + 9 * offers
    )
    stream = np.random.Generator(np.random.SFC64(1))
    drawn, argument = np.empty(BLOCK, dtype=np.float32), np.linspace(-3, 3, BLOCK, dtype=np.float32)

    def work() -> None:
        for _ in range(round(days * uniforms)):
            stream.random(out=drawn, dtype=np.float32)
        for _ in range(round(days * exponentials)):
            np.exp(argument, out=drawn)

    return BLOCK / best_of(5, work)


def _open_lines(brokers: bool, supports: bool) -> int:
    return 1 + brokers + 4 * supports + 2 * (brokers and supports)


def plain_reference(plan: Plan, runs: int = 100) -> float:
    """Return runs a second of the second writing of the model: one run at a time, one object per
    actor.
    """
    setting = Setting(plan.scenario, runs=runs, draws=25, width=runs)
    return runs / best_of(1, lambda: list(reference(setting)))


def with_workers(plan: Plan, workers: int) -> float:
    """Return runs a second with worker processes, their start left out."""
    with processes(workers) as executor:
        play(Plan(plan.scenario, BLOCK * workers, plan.draws, plan.seed + 1), executor=executor)
        return plan.runs / best_of(1, lambda: play(plan, executor=executor))


def command(*words: str) -> dict[str, float]:
    """Return wall seconds and peak memory in MB of a command of our own."""
    program = [sys.executable, "-m", "sim", *words]
    begun = time.perf_counter()
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    return {
        "seconds": round(time.perf_counter() - begun, 3),
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def growth(out: str) -> dict[str, dict[str, float]]:
    """Return time and memory of ``sim run`` from a hundred runs to a million, and what each further
    run costs.
    """
    found: dict[str, dict[str, float]] = {}
    before: tuple[int, float] | None = None
    for runs in (100, 1_000, 10_000, 100_000, 1_000_000):
        words = (
            "run",
            "scenarios/april_2016.yaml",
            "-q",
            "--fresh",
            "--out",
            out,
            "--runs",
            str(runs),
        )
        used = command(*words)
        if before is not None:
            used["microseconds_a_further_run"] = round(
                1e6 * (used["seconds"] - before[1]) / (runs - before[0]), 1
            )
        found[f"{runs:,}"], before = used, (runs, used["seconds"])
    return found


def speeds(name: str) -> dict[str, float]:
    """Return how fast a crisis is played, beside the plain reference and the floor."""
    plan = Plan(crisis(name).scenario, runs=BLOCK)
    core, low, plain = one_core(plan), floor(plan), plain_reference(plan)
    many = Plan(plan.scenario, runs=16 * BLOCK)
    one, two = with_workers(many, 1), with_workers(many, 2)
    return {
        "runs_per_second_one_core": round(core),
        "runs_per_second_plain_reference": round(plain, 1),
        "times_the_plain_reference": round(core / plain),
        "runs_per_second_floor": round(low),
        "floor_over_ours": round(low / core, 1),
        "one_worker": round(one),
        "two_workers": round(two),
        "two_workers_over_one": round(two / one, 2),
    }


def measured() -> dict[str, Any]:
    """Return all measurements, part by part."""
    found: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()}
    }
    found |= {name: speeds(name) for name in CRISES}
    found["runs_per_second_by_days"] = {
        str(days): round(
            one_core(Plan(crisis("autumn_2020", f"horizon_days={days}").scenario, runs=BLOCK))
        )
        for days in (45, 90, 180)
    }
    found["runs_per_second_by_powers"] = {
        str(left): round(one_core(Plan(_with_powers(left).scenario, runs=BLOCK)))
        for left in (0, 3, 6)
    }
    with tempfile.TemporaryDirectory() as out:
        found["growth"] = growth(out)
        found["default_run_seconds"] = min(
            command("run", "scenarios/april_2016.yaml", "-q", "--fresh", "--out", out)["seconds"]
            for _ in range(3)
        )
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
    found = measured()
    show(found)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n")


def _with_powers(count: int) -> Loaded:
    """Return autumn 2020 with only so many third parties that can act."""
    loaded = crisis("autumn_2020")
    powers = [
        code for code in loaded.scenario.third_parties if loaded.scenario.actors[code].can_act
    ]
    mute = [
        f"actors.{code}.{key}=null"
        for code in powers[count:]
        for key in ("broker_value", "support")
    ]
    return crisis("autumn_2020", *mute)


if __name__ == "__main__":
    main()
