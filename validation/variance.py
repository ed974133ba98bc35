"""How much of what is left open is chance and how much is coding: variance within and between
draws.

``python -m validation.variance`` prints a table and writes ``results/reference/variance.csv``: for
three crises and the outcomes of the record, on the coded ranges and on the draws that were fitted.
Lengths and deaths are compared on the scale of log(1 + x).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.ensemble.ensemble import Plan, play
from sim.ensemble.executors import Executor, processes
from sim.scenario import Scenario, load

ROOT = Path(__file__).parents[1]
OUT = ROOT / "results" / "reference" / "variance.csv"
CRISES = ("april_2016", "july_2020", "autumn_2020")
DRAWS, REPLICATES = 1000, 16
LOGARITHMIC = {"duration_days", "deaths"}
OUTCOMES = {
    "duration_days": ("duration_days",),
    "deaths": ("deaths_challenger", "deaths_defender"),
    "failed_truces": ("failed_truces",),
    "ground": ("territory_fought", "territory_ceded"),
}


def within_and_between(values: pd.Series, draws: pd.Series) -> tuple[float, float]:
    """Return the mean variance of a draw's runs, and the variance of the draws' means freed of that
    chance.
    """
    groups = values.groupby(draws)
    within = float(groups.var(ddof=1).mean())
    return within, max(float(groups.mean().var(ddof=1)) - within / float(groups.size().mean()), 0.0)


def rows(executor: Executor) -> pd.DataFrame:
    """Return one row a crisis, outcome and source of draws."""
    found = []
    for name in CRISES:
        fitted: Scenario = load(ROOT / "scenarios" / f"{name}.yaml").scenario
        for draws, scenario in (("coded ranges", fitted.fitted(None)), ("fitted", fitted)):
            table = play(Plan(scenario, DRAWS * REPLICATES, DRAWS), executor=executor).outcomes
            for outcome, columns in OUTCOMES.items():
                values = table[list(columns)].sum(axis=1)
                scaled = np.log1p(values) if outcome in LOGARITHMIC else values
                within, between = within_and_between(scaled, table["draw"])
                found.append((name, outcome, draws, within, between, between / (within + between)))
    return pd.DataFrame(
        found, columns=["crisis", "outcome", "draws", "within", "between", "share_between"]
    )


def main() -> None:
    with processes(None) as executor:
        table = rows(executor)
    OUT.write_text(table.to_csv(index=False, float_format="%.3g"), encoding="utf-8")
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3g}"))


if __name__ == "__main__":
    main()
