"""How much the time step matters: the same crises played in days and in half days.

``python -m validation.timestep`` prints a table and writes ``results/reference/timestep.csv``: one
row a crisis and outcome. In half days every rate a day is halved, every number of days doubled, and
yesterday's attention fades by its square root; the hazard of a stop keeps its sum over all ages.
What is left is what a step decides once: a level, four engagements, a signature.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.ensemble.ensemble import Plan, play
from sim.ensemble.executors import Executor, processes
from sim.scenario import Posterior, Quantity, Scenario, load
from sim.scenario.posterior import column_name

ROOT = Path(__file__).parents[1]
OUT = ROOT / "results" / "reference" / "timestep.csv"
CRISES = ("april_2016", "july_2020", "autumn_2020")
IN_STEPS = ("first_stop_day", "first_truce_day", "lasting_truce_day", "duration_days")
"""Outcomes that are numbers of steps; where a day never came, the horizon stands for it."""
RUNS, DRAWS = 16_000, 1000
CLEAR = 5.0
"""Standard errors from which a difference counts as clear."""
SHOWN = 30

Change = Callable[[Any], Any]
RATES: dict[str, tuple[str, ...]] = {
    "parameters": ("pace", "lethality", "war_cost", "contact_rate"),
    "mechanisms": ("learning", "tie_drift", "structural_balance"),
}
SPANS = ("planning_days", "grievance_decay", "review_days", "closure_days", "cession_day")


def half(value: Any) -> Any:
    return value / 2


def double(value: Any) -> Any:
    return value * 2


def changes() -> dict[str, dict[str, Change]]:
    """Return how each value of the model is stated in half days, by section and name."""
    found: dict[str, dict[str, Change]] = {
        section: dict.fromkeys(names, half) for section, names in RATES.items()
    }
    found["parameters"] |= dict.fromkeys(SPANS, double)
    found["parameters"]["alarm_memory"] = np.sqrt
    return found


def changed(value: Any, change: Change) -> Any:
    """Return a number, or the range of a quantity, changed."""
    if not isinstance(value, Quantity):
        return change(value)
    mode = None if value.mode is None else float(change(value.mode))
    return value.model_copy(
        update={"low": float(change(value.low)), "high": float(change(value.high)), "mode": mode}
    )


def in_half_days(scenario: Scenario) -> Scenario:
    """Return the scenario stated in half days."""
    update: dict[str, Any] = {
        "horizon_days": 2 * scenario.horizon_days,
        "course_days": tuple(2 * day for day in scenario.course_days),
        "conflict": scenario.conflict.model_copy(
            update={"quiet_days": 2 * scenario.conflict.quiet_days}
        ),
        "events": tuple(
            event.model_copy(
                update={
                    "day": 2 * event.day,
                    "days": None if event.days is None else 2 * event.days,
                }
            )
            for event in scenario.events
        ),
    }
    posterior = scenario.parameters.posterior
    columns = {} if posterior is None else dict(posterior.columns)
    for section, by_name in changes().items():
        stated = getattr(scenario, section)
        fresh = {name: changed(getattr(stated, name), change) for name, change in by_name.items()}
        update[section] = stated.model_copy(update=fresh)
        for name, change in by_name.items():
            value = getattr(stated, name)
            if isinstance(value, Quantity) and column_name(value) in columns:
                columns[column_name(fresh[name])] = change(columns.pop(column_name(value)))
    made = scenario.model_copy(update=update)
    return made if posterior is None else made.fitted(Posterior.of(columns))


def outcomes(scenario: Scenario, executor: Executor, steps: int) -> pd.DataFrame:
    """Return the numbers of an outcomes table, in days, given how many steps a day has.

    Shares of outside help are left out: they set a month of support, told in steps, against supply
    before the crisis.
    """
    table = numbers(
        play(Plan(scenario, RUNS, DRAWS), executor=executor).outcomes, scenario.horizon_days
    )
    table = table.drop(columns=[name for name in table if name.startswith("dependence_")])
    table[list(IN_STEPS)] /= steps
    return table.rename(
        columns={
            f"territory_day_{day}": f"territory_day_{day // steps}" for day in scenario.course_days
        }
    )


def numbers(table: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return an outcomes table as numbers: codes as a column each, and the horizon for days that
    never came.
    """
    days = table[list(IN_STEPS)].astype("Float64").fillna(horizon)
    codes = pd.get_dummies(table[["ending", "broker"]])
    table = table.drop(columns=["run", "replicate", "ending", "broker"]).assign(**days)
    return pd.concat([table, codes], axis=1).astype(float)


def compared(scenario: Scenario, executor: Executor) -> pd.DataFrame:
    """Return one row an outcome: its mean in days and in half days, draw against draw."""
    days = outcomes(scenario, executor, 1)
    halves = outcomes(in_half_days(scenario), executor, 2).reindex(
        columns=days.columns, fill_value=0.0
    )
    one, other = (table.groupby("draw").mean() for table in (days, halves))
    table = pd.DataFrame({"days": one.mean(), "half_days": other.mean()})
    table["standard_error"] = (other - one).std(ddof=1) / np.sqrt(DRAWS)
    table["in_spreads"] = ((other - one).mean() / days.std(ddof=1)[one.columns]).fillna(0.0)
    return table.reset_index(names="outcome")


def rows(executor: Executor) -> pd.DataFrame:
    """Return one row a crisis and outcome; ``in_spreads`` is the difference in standard deviations
    of the runs.
    """
    tables = {
        name: compared(load(ROOT / "scenarios" / f"{name}.yaml").scenario, executor)
        for name in CRISES
    }
    return pd.concat(tables, names=["crisis", "row"]).reset_index("crisis").reset_index(drop=True)


def main() -> None:
    with processes(None) as executor:
        table = rows(executor)
    OUT.write_text(table.to_csv(index=False, float_format="%.4g"), encoding="utf-8")
    most = table.loc[table["in_spreads"].abs().sort_values(ascending=False).index[:SHOWN]]
    print(most.to_string(index=False, float_format=lambda x: f"{x:.3g}"))
    clear = (table["half_days"] - table["days"]).abs() > CLEAR * table["standard_error"]
    print(f"{int(clear.sum())} of {len(table)} outcomes differ by over {CLEAR:g} standard errors")


if __name__ == "__main__":
    main()
