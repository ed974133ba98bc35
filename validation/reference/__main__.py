"""Compare the second writing with the engine on generated scenarios, or time it.

``python -m validation.reference 5000`` from the top folder plays 5,000 generated scenarios;
``python -m validation.reference --speed`` prints runs a second on a shipped crisis.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from random import Random

from sim.scenario import load

from .compare import Setting, differences, reference
from .generate import Generator

CRISIS = Path(__file__).parents[2] / "scenarios" / "autumn_2020.yaml"


def setting_of(number: int) -> Setting:
    """Return the generated setting with this number."""
    return Setting(Generator(Random(number)).scenario(), seed=number)


def compare(first: int, count: int, shown: int) -> None:
    """Compare generated scenarios and print where the two part."""
    runs = apart = failed = 0
    for number in range(first, first + count):
        setting = setting_of(number)
        try:
            found = differences(setting)
        except Exception as error:  # a fault in one scenario must not hide the others
            failed += 1
            print(f"scenario {number} failed: {type(error).__name__}: {error}")
            continue
        runs += setting.runs
        apart += len(found)
        for difference in found:
            if shown > 0:
                print(f"scenario {number}, {difference}")
                shown -= 1
    print(f"{count} scenarios, {failed} failed; {runs - apart} of {runs} runs agree")


def speed(runs: int = 200) -> None:
    """Print how many runs a second the second writing plays."""
    setting = Setting(load(CRISIS).scenario, runs=runs, draws=25, width=runs)
    start = time.perf_counter()
    days = [crisis.day for crisis, _ in reference(setting)]
    seconds = time.perf_counter() - start
    print(
        f"{CRISIS.stem}: {runs / seconds:.1f} runs/s, {sum(days) / seconds:.0f} days/s, one process"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m validation.reference", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=300, help="generated scenarios")
    parser.add_argument("--first", type=int, default=0, help="number of the first of them")
    parser.add_argument("--shown", type=int, default=10, help="runs apart that are printed")
    parser.add_argument("--speed", action="store_true", help="time it instead")
    given = parser.parse_args()
    if given.speed:
        speed()
    else:
        compare(given.first, given.count, given.shown)


if __name__ == "__main__":
    main()
