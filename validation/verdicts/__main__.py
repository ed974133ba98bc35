"""Print how often intervals and verdicts are right: ``python -m validation.verdicts``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from sim.arguments.judging import DEFAULT, QUICK, Size
from validation.verdicts import coverage, echoes, engine, errors, stability
from validation.verdicts.table import Figure, table
from validation.verdicts.worlds import worlds

FEW = 4
"""Seeds of the slow figures among the few."""
SMALL_WORLDS = ("constant", "two points", "sparse", "exponential", "rare event")


def small(size: Size, seeds: range) -> Iterator[Figure]:
    """Yield a few figures that take seconds."""
    chosen = [
        world
        for world in worlds()
        if world.name in SMALL_WORLDS and (world.measure, world.shared) == ("binary", 0.6)
    ]
    yield from coverage.figures(chosen, size, seeds)
    yield errors.equality(size, seeds)
    yield from errors.nulls(size, seeds[:FEW])
    yield from errors.predictions(size, seeds[:FEW])
    yield from echoes.figures(size, seeds[:1], every=8)


def everything(size: Size, seeds: range) -> Iterator[Figure]:
    """Yield all figures of planted worlds."""
    yield from coverage.figures(worlds(), size, seeds)
    yield from coverage.thresholds(size, seeds)
    yield from errors.nulls(size, seeds)
    yield errors.equality(size, seeds)
    yield from errors.predictions(size, seeds)
    yield from echoes.figures(size, seeds[: max(1, len(seeds) // 40)])
    yield from engine.figures(seeds)


def main() -> None:
    """Measure, print a table, and write it to a file."""
    parser = argparse.ArgumentParser(prog="python -m validation.verdicts", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="number of seeds")
    parser.add_argument("--quick", action="store_true", help="size of a quick comparison")
    parser.add_argument("--small", action="store_true", help="a few figures, in seconds")
    parser.add_argument("--stability", action="store_true", help="shipped arguments; takes hours")
    parser.add_argument("--out", type=Path, help="file for the table; results for --stability")
    given = parser.parse_args()
    seeds = range(1, given.seeds + 1)
    size = QUICK if given.quick else DEFAULT
    if given.stability:
        found = stability.figures(seeds, given.out.parent if given.out else Path("results"))
    else:
        found = small(size, seeds) if given.small else everything(size, seeds)
    text = table(found)
    print(text)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
