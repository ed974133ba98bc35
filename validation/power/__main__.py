"""The command: what records of 3 to 32 crises can separate.

``python -m validation.power`` writes ``results/reference/power.csv`` and ``docs/power.png``.
The table has one row per pair of worlds, judge, number of crises and kind of fact.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

import sim.io.headless  # noqa: F401  (first: the chart imports Matplotlib)
from sim.ensemble.blocks import Store
from sim.ensemble.executors import processes
from validation.forecasts.crises import ROOT, crises
from validation.power import chart, judging, tables, worlds
from validation.power.facts import classified
from validation.power.judging import Layout

REFERENCE = ROOT / "results" / "reference"
CHART = ROOT / "docs" / "power.png"
DRAWS, REPLICATES = 320, 4
SETS, RUNS_OF_A_SET = 12, 160


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m validation.power",
        description="Simulate records of many crises, and report what they can separate.",
    )
    parser.add_argument("names", nargs="*", metavar="crisis", help="default: all crises")
    parser.add_argument("--draws", type=int, default=DRAWS, help="parameter draws (default 320)")
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="runs of each draw")
    parser.add_argument("--sets", type=int, default=SETS, help="sets of known shared parameters")
    parser.add_argument("--runs-of-a-set", type=int, default=RUNS_OF_A_SET, metavar="RUNS")
    parser.add_argument("--workers", type=int, help="number of processes (default: all cores)")
    parser.add_argument("--store", type=Path, help="folder of finished blocks, to be used again")
    parser.add_argument("--out", type=Path, default=REFERENCE, help="folder of the table")
    parser.add_argument("--chart", type=Path, default=CHART, help="file of the chart")
    return parser


def judged(bank: Iterable[tuple[str, worlds.Tables]], layout: Layout) -> pd.DataFrame:
    """Return what records from a bank of runs separate.

    Args:
        bank: crises, each with its outcomes by world.
        layout: how the runs are ordered.
    """
    # only classes are kept: the runs of all crises and worlds would fill the memory
    facts = {crisis: classified(tables_, worlds.NEUTRAL) for crisis, tables_ in bank}
    names = list(next(iter(facts.values())))
    of_arguments, of_mechanisms = worlds.pairs(names, worlds.arguments())
    pairs = {"arguments": of_arguments, "mechanisms": of_mechanisms}
    return pd.DataFrame(judging.rows(facts, pairs, layout))


def main(words: Sequence[str] | None = None) -> None:
    """Simulate the bank, judge records from it, and write and print the results."""
    given = arguments().parse_args(words)
    chosen = crises(given.names)
    draws, replicates, sets = given.draws, given.replicates, given.sets
    runs = sets * given.runs_of_a_set
    store = Store.below(given.store)
    with processes(given.workers) as executor:
        # 1. every draw has its own shared parameters, which the judge does not know
        unknown = judged(
            worlds.bank(chosen, draws, replicates, executor, store),
            Layout.unknown(draws, replicates),
        )
        # 2. some sets of shared parameters, which the judge knows
        known = judged(
            worlds.bank(chosen, runs, 1, executor, store, sets=sets),
            Layout.of_sets(worlds.sets_of_runs(chosen[0], runs, 1, sets)),
        )
    table = pd.concat([unknown, known], ignore_index=True)
    given.out.mkdir(parents=True, exist_ok=True)
    tables.write(table, given.out / tables.FILE)
    chart.draw(table, given.chart)
    print(tables.printed(table))


if __name__ == "__main__":
    main()
