"""Worlds that a record may come from, and a bank of runs of every crisis in each of them.

An argument's world is the model under the argument's assumptions. A mechanism's world is the model
without it; it is compared with the *neutral* world, the model on its coded ranges. All worlds share
parameter draws and random numbers, so a mechanism that changes nothing gives equal runs.

A draw has one value of each shared parameter in all crises, because the draws of a range depend on
nothing but its path, its ends and the seed. What a setting leaves uncertain is drawn from the range
that its coders stated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments import files
from sim.arguments.files import Argument
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.engine.draws import Draws
from sim.engine.streams import stable_hash
from sim.ensemble.blocks import Store
from sim.ensemble.executors import Executor
from sim.outcomes.columns import columns
from sim.scenario import Choice, Mechanisms, Posterior, Quantity, Scenario
from sim.scenario.models import with_paths
from sim.scenario.posterior import column_name
from validation.forecasts.crises import ROOT, Crisis

ARGUMENTS = ROOT / "scenarios" / "hypotheses"
NEUTRAL = "neutral"
"""The world of the coded ranges."""
WITHOUT = "without "
"""Start of the name of a world without a mechanism."""
OFF = "off"
SHARED = ("parameters.", "mechanisms.")
"""Start of the paths of the values that all crises of a record share."""
SEED = 1

Tables = Mapping[str, pd.DataFrame]
"""Outcomes of one crisis, by world."""
Pair = tuple[str, str]


def arguments(folder: Path = ARGUMENTS) -> list[Argument]:
    """Return the arguments that assume something about the model."""
    stated = [files.read(path) for path in sorted(folder.glob("*.yaml"))]
    return [found for found in stated if isinstance(found, Argument) and found.stated.assumes]


def switches(mechanisms: Mechanisms) -> Iterator[tuple[str, Mechanisms]]:
    """Yield each mechanism that is on, with the mechanisms without it."""
    for name in Mechanisms.model_fields:
        value = getattr(mechanisms, name)
        if isinstance(value, Quantity) and (value.low, value.high) != (0, 0):
            off: Quantity | Choice = Quantity(low=0, high=0, path=value.path)
        elif isinstance(value, Choice) and name == "credibility" and value.options != (OFF,):
            off = Choice(options=(OFF,), path=value.path)
        else:
            continue  # off, or a choice that has no option without it
        yield name, mechanisms.model_copy(update={name: off})


def worlds(scenario: Scenario, path: Path, stated: Sequence[Argument]) -> dict[str, Mechanisms]:
    """Return the mechanisms of a crisis in every world.

    Args:
        scenario: its setting.
        path: the file of its setting.
        stated: the arguments.

    Raises:
        ValueError: an argument assumes more than mechanisms.
    """
    found = {NEUTRAL: scenario.mechanisms}
    for argument in stated:
        if argument.stated.assumes.keys() != {"mechanisms"}:
            raise ValueError(f"{argument.name} assumes more than mechanisms")
        found[argument.name] = argument.world(path).scenario.mechanisms
    for name, mechanisms in switches(scenario.mechanisms):
        found[f"{WITHOUT}{name}"] = mechanisms
    return found


def pairs(names: Sequence[str], stated: Sequence[Argument]) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of arguments, and the pairs of a mechanism on and off."""
    of_arguments = list(combinations([argument.name for argument in stated], 2))
    without = [name for name in names if name.startswith(WITHOUT)]
    return of_arguments, [(NEUTRAL, name) for name in without]


def bank(
    crises: Sequence[Crisis],
    draws: int,
    replicates: int,
    executor: Executor,
    store: Store | None = None,
    seed: int = SEED,
    sets: int | None = None,
) -> Iterator[tuple[str, Tables]]:
    """Yield each crisis with its outcomes in each world, by world.

    Args:
        crises: the crises.
        draws: parameter draws.
        replicates: runs of each draw.
        executor: simulates blocks.
        store: finished blocks, which are not simulated again.
        seed: seed of draws and random numbers.
        sets: number of sets of shared parameters that the draws take in turn; None for a set of
            its own for each draw.
    """
    stated = arguments()
    runs = draws * replicates
    for crisis in crises:
        every = frozenset(column.name for column in columns(crisis.setting))
        runner = ExperimentRunner(executor, store or Store.below(None), seed, draws, every)
        of_crisis = worlds(crisis.setting, crisis.path, stated)
        posterior = None if sets is None else in_sets(crisis.setting, of_crisis, draws, sets)
        plain = Condition(crisis.setting.fitted(posterior))
        conditions = {name: plain.variant(mechanisms) for name, mechanisms in of_crisis.items()}
        runner.play([Order(condition, runs) for condition in conditions.values()])
        yield (
            crisis.name,
            {name: runner.table(condition, runs) for name, condition in conditions.items()},
        )


def in_sets(
    scenario: Scenario, of_crisis: Mapping[str, Mechanisms], draws: int, sets: int
) -> Posterior:
    """Return draws in which the shared parameters take some sets of values in turn.

    A shared parameter has the same quantile of its range in all worlds and crises. All other values
    of the scenario are drawn from their ranges.

    Args:
        scenario: the setting of a crisis.
        of_crisis: its mechanisms in every world.
        draws: number of draws.
        sets: number of sets.
    """
    stated = [
        value
        for mechanisms in of_crisis.values()
        for value in with_paths(scenario.model_copy(update={"mechanisms": mechanisms})).quantities()
        if value.path.startswith(SHARED) and not value.known
    ]
    in_turn = np.arange(draws) % sets
    columns_ = {}
    for value in stated:
        stream = np.random.default_rng(stable_hash(f"sets of {value.path}"))
        # one value from each stratum, as in other draws
        points = (stream.permutation(sets) + stream.random(sets)) / sets
        if isinstance(value, Choice):
            of_sets = np.array(value.options)[value.pick(points)]
        else:
            of_sets = value.quantile(points)
        columns_[column_name(value)] = of_sets[in_turn]
    return Posterior.of(columns_)


def sets_of_runs(crisis: Crisis, draws: int, replicates: int, sets: int) -> NDArray[np.int64]:
    """Return the set of shared parameters of each run, ``(runs,)``."""
    fitted = crisis.setting.fitted(Posterior.of({"parameters.any: 0.0 to 1.0": np.zeros(draws)}))
    row = Draws(fitted, draws, SEED).rows
    return np.asarray(np.tile(row % sets, replicates))
