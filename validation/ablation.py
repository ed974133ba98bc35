"""What each mechanism is there for: every one switched off alone, and what that changes.

``python -m validation.ablation`` prints a table and writes ``results/reference/ablation.csv``: one
row a mechanism, with the crisis and the outcome that change most without it, in standard errors of
the difference under the same luck, and how many of all outcomes change clearly. A mechanism without
which nothing changes anywhere should go.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from sim.ensemble.ensemble import Plan, play
from sim.ensemble.executors import Executor, processes
from sim.scenario import Mechanisms, Scenario, load
from validation.timestep import numbers

ROOT = Path(__file__).parents[1]
OUT = ROOT / "results" / "reference" / "ablation.csv"
CRISES = ("april_2016", "july_2020", "autumn_2020", "autumn_2020_side")
WITHOUT = {name: "0" for name in Mechanisms.model_fields if name != "structural_balance"}
WITHOUT |= {"credibility": "off", "expectation": "scope"}
"""Each mechanism, and the value that takes it away; structural_balance is off in all shipped
scenarios.
"""
RUNS, DRAWS = 8192, 1024
CLEAR = 5.0
"""Standard errors from which a change counts as clear."""


def outcomes(scenario: Scenario, executor: Executor) -> pd.DataFrame:
    """Return each draw's means of the numbers of an outcomes table."""
    table = play(Plan(scenario, RUNS, DRAWS), executor=executor).outcomes
    return numbers(table, scenario.horizon_days).groupby("draw").mean()


def changes(whole: pd.DataFrame, without: pd.DataFrame) -> pd.Series:
    """Return the mean change of each column over its standard error, draw by draw; 0 where nothing
    changes.
    """
    difference = without.reindex(columns=whole.columns, fill_value=0.0) - whole
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return (difference.mean() / error.where(error > 0)).fillna(0.0)


def rows(executor: Executor) -> Iterator[dict[str, object]]:
    """Yield one row a mechanism."""
    whole = {crisis: outcomes(load(path_of(crisis)).scenario, executor) for crisis in CRISES}
    for mechanism, value in WITHOUT.items():
        found = pd.concat(
            {
                crisis: changes(
                    whole[crisis],
                    outcomes(
                        load(path_of(crisis), [f"mechanisms.{mechanism}={value}"]).scenario,
                        executor,
                    ),
                )
                for crisis in CRISES
            }
        )
        crisis, outcome = found.abs().idxmax()
        yield {
            "mechanism": mechanism,
            "without": value,
            "most_changed": outcome,
            "in": crisis,
            "standard_errors": round(float(found[(crisis, outcome)]), 1),
            "changed_clearly": int((found.abs() > CLEAR).sum()),
            "of": len(found),
        }


def path_of(crisis: str) -> Path:
    return ROOT / "scenarios" / f"{crisis}.yaml"


def main() -> None:
    with processes(None) as executor:
        table = pd.DataFrame(rows(executor))
    OUT.write_text(table.to_csv(index=False), encoding="utf-8")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
