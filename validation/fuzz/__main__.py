"""Fuzz the program: ``python -m validation.fuzz --cases 100000``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from validation.fuzz.fuzzing import FAMILIES, Tally, fuzz
from validation.fuzz.workplace import workplace

SHOWN = 20
"""Number of failed cases that are listed."""


def main() -> int:
    """Try cases, and print a table with one row for each family. Return 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m validation.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="number of cases")
    parser.add_argument("--seed", type=int, default=1, help="seed of the damages")
    parser.add_argument("--only", choices=tuple(FAMILIES), help="one family, with all cases")
    parser.add_argument("--keep", type=Path, help="folder for the files of failed cases")
    parser.add_argument("--results", type=Path, help="folder of intact results; made if missing")
    asked = parser.parse_args()
    print("| input | cases | per second | accepted | refused | slowest refusal | memory | failed |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    failed: list[str] = []
    with workplace(results=asked.results) as work:
        for name, tally in fuzz(work, asked.cases, asked.seed, asked.keep, asked.only):
            print(_row(name, tally), flush=True)
            failed += tally.failed
    for text in failed[:SHOWN]:
        print(text, file=sys.stderr)
    return int(bool(failed))


def _row(name: str, tally: Tally) -> str:
    tried = sum(tally.codes.values())
    done = tally.codes.get(0, 0)
    return (
        f"| {name} | {tried:,} | {tally.rate:.0f} | {done:,} | {tried - done:,} | "
        f"{tally.seconds:.1f} s | "
        f"{tally.bytes / 1e6:.0f} MB | {len(tally.failed)} |"
    )


if __name__ == "__main__":
    sys.exit(main())
