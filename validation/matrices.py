"""Simulate chosen values of a scenario, many samples side by side under common random numbers.

A *sample* gives every draw its value of every uncertain path. Run ``k`` of a sample is replicate
``k // draws`` of draw ``k % draws``, and meets the same random numbers in all samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.draws import Draws
from sim.engine.world import World
from sim.ensemble.ensemble import BLOCK, Plan, ends_of, outcomes_of
from sim.ensemble.variants import NumberedStreams
from sim.scenario import Choice, Posterior, Scenario
from sim.scenario.posterior import column_name

Sample = Mapping[str, NDArray[Any]]
"""Values of each draw by path, ``(draws,)``: numbers, or options of a choice."""


def of_coded_ranges(scenario: Scenario, draws: int, seed: int) -> dict[str, NDArray[Any]]:
    """Return a sample of all stated values from their coded ranges, without any fit."""
    drawn = Draws(scenario.fitted(None), draws, seed)
    return {
        value.path: np.array(value.options)[drawn.choice(value)]
        if isinstance(value, Choice)
        else drawn.quantity(value)
        for value in scenario.quantities()
    }


def simulate(
    scenario: Scenario, samples: Sequence[Sample], replicates: int, seed: int = 1
) -> Iterator[pd.DataFrame]:
    """Yield the outcomes of each sample, one row a run.

    Args:
        scenario: states which values are uncertain; a sample may contain others too.
        samples: samples with the same number of draws.
        replicates: runs of each draw.
        seed: seed of the random numbers.
    """
    draws = len(next(iter(samples[0].values())))
    at_once = max(BLOCK // (draws * replicates), 1)
    for first in range(0, len(samples), at_once):
        yield from _block(scenario, samples[first : first + at_once], draws, replicates, seed)


def _block(
    scenario: Scenario, samples: Sequence[Sample], draws: int, replicates: int, seed: int
) -> Iterator[pd.DataFrame]:
    """Simulate some samples in one block, and yield the outcomes of each."""
    runs = draws * replicates
    # 1. all samples, one below another, as the rows of a posterior
    paths = [value for value in scenario.quantities() if not value.known]
    rows = {
        column_name(value): np.concatenate([sample[value.path] for sample in samples])
        for value in paths
    }
    stacked = scenario.fitted(Posterior.of(rows))
    drawn = Draws(stacked, draws * len(samples), seed)
    # 2. each run takes the row of its draw in its sample
    row = np.arange(len(samples))[:, None] * draws + np.arange(runs) % draws
    draw_of_row = np.argsort(drawn.rows)
    values = drawn.of_runs(draw_of_row[row.ravel()])
    # 3. simulate, and cut the outcomes into samples
    streams = NumberedStreams(seed, np.tile(np.arange(runs), len(samples)))
    world = World(stacked, values, streams)
    record = world.play().record
    world.close()
    plan = Plan(scenario, runs, draws, seed)
    ends = ends_of(plan, record)
    for number in range(len(samples)):
        segment = slice(number * runs, (number + 1) * runs)
        of_sample = {name: column[segment] for name, column in ends.items()}
        yield outcomes_of(plan, np.arange(runs), of_sample)
