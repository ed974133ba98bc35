"""The command: forecast every crisis without its record, and compare the forecasts.

``python -m validation.forecasts`` writes two tables to ``results/reference``:

- ``forecasts.csv``: one row per crisis, outcome and forecast, with the record and the scores;
- ``forecast_skill.csv``: one row per outcome, score, forecast and reference, with the skill, its
  interval and the count of crises.

With ``--posteriors FOLDER``, the model fitted to the other crises takes part. The folder has a file
``NAME.parquet`` for each crisis that was left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from sim.ensemble.blocks import Store
from sim.ensemble.executors import processes
from validation.forecasts import simulated, tables
from validation.forecasts.crises import ROOT, crises, records

REFERENCE = ROOT / "results" / "reference"
DRAWS, REPLICATES = 400, 4


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m validation.forecasts",
        description="Forecast every crisis without its record, and compare the forecasts.",
    )
    parser.add_argument("names", nargs="*", metavar="crisis", help="default: all crises")
    parser.add_argument("--draws", type=int, default=DRAWS, help="parameter draws per crisis")
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="runs of each draw")
    parser.add_argument("--posteriors", type=Path, help="folder of draws fitted without a crisis")
    parser.add_argument("--workers", type=int, help="number of processes (default: all cores)")
    parser.add_argument("--store", type=Path, help="folder of finished blocks, to be used again")
    parser.add_argument("--out", type=Path, default=REFERENCE, help="folder of the tables")
    return parser


def main(words: Sequence[str] | None = None) -> None:
    """Make and score the forecasts, write the tables and print the comparison."""
    given = arguments().parse_args(words)
    chosen = crises(given.names)
    # 1. the model
    with processes(given.workers) as executor:
        models = simulated.forecasts(
            chosen,
            given.draws,
            given.replicates,
            executor,
            given.posteriors,
            Store.below(given.store),
        )
    # 2. its competitors, and the scores of all
    scored = tables.scores(chosen, records(), models)
    compared = tables.comparisons(scored)
    # 3. results
    given.out.mkdir(parents=True, exist_ok=True)
    tables.write(scored, given.out / tables.SCORES_FILE)
    tables.write(compared, given.out / tables.SKILL_FILE)
    print(tables.printed(scored, compared))


if __name__ == "__main__":
    main()
