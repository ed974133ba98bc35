"""The model as a forecaster: runs of each crisis, unfitted, fitted to the others, and held fixed.

- *model*: the coded ranges, without any fit.
- *fitted model*: a posterior fitted to all crises but this one, from a folder with a file for
  each crisis that was left out.
- *model with third parties fixed*: the coded ranges, with a policy that keeps each third party at
  its stance at the onset. Where coders read it in several ways, the first reading counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.ensemble.blocks import Store
from sim.ensemble.executors import Executor
from sim.outcomes.columns import columns
from sim.scenario import Posterior, Scenario
from sim.scenario.posterior import column_name
from validation.forecasts.crises import Crisis

UNFITTED = "model"
FITTED = "fitted model"
FIXED = "model with third parties fixed"
MODELS = (UNFITTED, FITTED, FIXED)

ASIDE = "aside"

Tables = Mapping[str, pd.DataFrame]
"""Outcomes by crisis."""


def forecasts(
    crises: Sequence[Crisis],
    draws: int,
    replicates: int,
    executor: Executor,
    posteriors: Path | None = None,
    store: Store | None = None,
    seed: int = 1,
) -> dict[str, Tables]:
    """Return the outcomes of each version of the model in each crisis.

    Args:
        crises: the crises.
        draws: parameter draws.
        replicates: runs of each draw.
        executor: simulates blocks.
        posteriors: folder with ``NAME.parquet``, draws fitted without that crisis; None without.
        store: finished blocks, which are not simulated again.
        seed: seed of draws and random numbers.
    """
    wanted = dict(_scenarios(crises, posteriors))
    every = frozenset(column.name for scenario in wanted.values() for column in columns(scenario))
    runner = ExperimentRunner(executor, store or Store.below(None), seed, draws, every)
    conditions = {key: Condition(scenario) for key, scenario in wanted.items()}
    runs = draws * replicates
    runner.play([Order(condition, runs) for condition in conditions.values()])
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for (model, name), condition in conditions.items():
        found.setdefault(model, {})[name] = runner.table(condition, runs)
    return dict(found)


def _scenarios(
    crises: Sequence[Crisis], posteriors: Path | None
) -> Iterator[tuple[tuple[str, str], Scenario]]:
    for crisis in crises:
        yield (UNFITTED, crisis.name), crisis.setting
        if posteriors is not None and (file := posteriors / f"{crisis.name}.parquet").is_file():
            yield (FITTED, crisis.name), fitted(crisis.setting, file)
        yield (FIXED, crisis.name), fixed(crisis.setting)


def fixed(scenario: Scenario) -> Scenario:
    """Return a scenario in which each third party keeps its stance at the onset."""
    policies = {}
    for code in scenario.third_parties:
        actor = scenario.actors[code]
        if actor.can_act:
            policies[code] = ASIDE if actor.stance is None else actor.stance.options[0]
    return scenario.model_copy(update={"policies": {**policies, **scenario.policies}})


def fitted(scenario: Scenario, file: Path) -> Scenario:
    """Return a scenario with fitted draws of the values that all crises share.

    A column is named after a path and a range, as fits write it, or after a path alone, such as
    ``parameters.war_cost``. Columns of no uncertain value of the scenario are left out. Values
    without a column are drawn from their ranges.

    Args:
        scenario: the scenario.
        file: a Parquet file with one row per draw.

    Raises:
        ValueError: no column belongs to an uncertain value of the scenario.
    """
    table = pd.read_parquet(file)
    found = {}
    for value in scenario.quantities():
        name = column_name(value)
        column = next((stated for stated in (name, value.path) if stated in table), None)
        if column is not None and not value.known:
            found[name] = table[column].to_numpy()
    if not found:
        raise ValueError(f"{file}: no column belongs to an uncertain value of {scenario.scenario}")
    return scenario.fitted(Posterior.of(found))
