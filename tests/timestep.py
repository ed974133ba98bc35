"""How much the time step matters: the same crises played in days and in half days.

``python -m tests.timestep`` prints a table and writes it to ``results/reference/timestep.csv``. In half days every rate
a day is halved, every number of days doubled, and yesterday's alarm fades by its square root; the hazard of a stop
keeps its sum over all ages. What is left is what a step decides once: a rung, four engagements, a signature.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.ensemble import Plan, play, processes
from sim.scenario import Posterior, Quantity, Scenario, load
from sim.scenario.posterior import column_name
from sim.summary import summarise

ROOT = Path(__file__).parents[1]
OUT = ROOT / "results" / "reference" / "timestep.csv"
CRISES = ("april_2016", "july_2020", "autumn_2020")
IN_STEPS = ("first_truce_day", "lasting_truce_day", "duration_days")
"""Outcomes that are numbers of steps."""

Change = Callable[[Any], Any]
RATES: dict[str, tuple[str, ...]] = {
    "parameters": ("pace", "lethality", "war_cost", "contact_rate"),
    "mechanisms": ("learning", "tie_drift", "structural_balance"),
}
SPANS = ("horizon", "grievance_decay", "review_days", "closure_days", "cession_day")


def half(value: Any) -> Any:
    return value / 2


def double(value: Any) -> Any:
    return value * 2


def changes() -> dict[str, dict[str, Change]]:
    """Return how each value of the model is stated in half days, by section and name."""
    found: dict[str, dict[str, Change]] = {section: dict.fromkeys(names, half) for section, names in RATES.items()}
    found["parameters"] |= dict.fromkeys(SPANS, double)
    found["parameters"]["alarm_memory"] = np.sqrt
    return found


def changed(value: Any, change: Change) -> Any:
    """Return a number, or the range of a quantity, changed."""
    if not isinstance(value, Quantity):
        return change(value)
    mode = None if value.mode is None else float(change(value.mode))
    return value.model_copy(update={"low": float(change(value.low)), "high": float(change(value.high)), "mode": mode})


def in_half_days(scenario: Scenario) -> Scenario:
    """Return the scenario stated in half days."""
    update: dict[str, Any] = {
        "horizon_days": 2 * scenario.horizon_days,
        "course_days": tuple(2 * day for day in scenario.course_days),
        "conflict": scenario.conflict.model_copy(update={"quiet_days": 2 * scenario.conflict.quiet_days}),
        "events": tuple(
            event.model_copy(update={"day": 2 * event.day, "days": None if event.days is None else 2 * event.days})
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


def rows(runs: int = 16_000, draws: int = 1000) -> pd.DataFrame:
    """Return one row a crisis and measure: its value in days, in half days, and the standard error of a probability."""
    found = []
    with processes(None) as engine:
        for name in CRISES:
            scenario = load(ROOT / "scenarios" / f"{name}.yaml").scenario
            whole, halved = (
                play(Plan(stated, runs, draws), engine=engine).outcomes for stated in (scenario, in_half_days(scenario))
            )
            for step in IN_STEPS:
                halved[step] = halved[step].astype("Float64") / 2
            days, halves = ({line.name: line for line in summarise(scenario, table)} for table in (whole, halved))
            found += [(name, m, line.unit, line.value, halves[m].value) for m, line in days.items() if m in halves]
    table = pd.DataFrame(found, columns=["crisis", "measure", "unit", "days", "half_days"])
    share = table["days"].where(table["unit"] == "probability")
    table["standard_error"] = (share * (1 - share) / runs).pow(0.5).round(4)
    return table


def main() -> None:
    table = rows()
    OUT.write_text(table.to_csv(index=False, float_format="%.4g"), encoding="utf-8")
    print(table.to_string(index=False, float_format=lambda x: "" if math.isnan(x) else f"{x:.3g}"))


if __name__ == "__main__":
    main()
