"""Variants: scenarios that differ only in their mechanisms, simulated side by side in one block.

A block of few runs takes almost as long as a full one. So small ensembles share a block, with one
segment for each variant. A run uses the random numbers of its number within the segment. Its
outcomes are those of a simulation of its scenario alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.draws import RunValues
from sim.engine.streams import Streams
from sim.ensemble.blocks import Block
from sim.ensemble.daily import DailyTally
from sim.ensemble.ensemble import LANE, Plan, ends_of, outcomes_of
from sim.scenario import Choice, Mechanisms, Quantity


@dataclass(frozen=True)
class SideBySide(RunValues):
    """The values of several variants, each in its own segment of the runs, of equal length.

    Attributes:
        variants: the mechanisms of each variant.
    """

    variants: tuple[Mechanisms, ...] = field(default=())

    def __call__(self, value: Quantity | None, absent: float = 0.0) -> NDArray[np.floating[Any]]:
        """Return a quantity's value in each run, in its unit: shape ``(runs,)``."""
        values = super().__call__(value, absent)
        # overwrite the segments of the variants that state another value
        for segment, stated in self._changed(value):
            values[segment] = self.draws.quantity(stated)[self.draw[segment]]
        return values

    def index(self, value: Choice, allowed: tuple[str, ...]) -> NDArray[np.int64]:
        """Return a choice in each run, as a position among ``allowed``: shape ``(runs,)``."""
        values = super().index(value, allowed)
        for segment, stated in self._changed(value):
            positions = np.array([allowed.index(option) for option in stated.options])
            values[segment] = positions[self.draws.choice(stated)[self.draw[segment]]]
        return values

    def _changed(self, value: Quantity | Choice | None) -> list[tuple[slice, Any]]:
        """Return the segments whose variant states another value, with that value."""
        section, _, name = ("" if value is None else value.path).rpartition(".")
        if section != "mechanisms":  # the only section in which variants differ
            return []
        length = self.runs // len(self.variants)
        return [
            (slice(number * length, (number + 1) * length), stated)
            for number, variant in enumerate(self.variants)
            if (stated := getattr(variant, name)) is not value
        ]


class Repeated(Streams):
    """Streams that give every segment the random numbers of the block's first runs.

    Args:
        seed: seed of the ensemble.
        runs: runs in a segment.
        times: number of segments.
    """

    def __init__(self, seed: int, runs: int, times: int) -> None:
        super().__init__(seed, 0, LANE, runs)
        # run k of the block uses the random numbers of run ``k % runs``
        self._numbers = np.tile(np.arange(runs), times)
        super().keep(self._numbers)

    def keep(self, runs: NDArray[np.integer[Any]]) -> None:
        """Return the random numbers of some runs only, by their numbers over all segments."""
        super().keep(self._numbers[runs])


def play_side_by_side(plan: Plan, variants: Sequence[Mechanisms]) -> list[Block]:
    """Simulate variants of a plan, and return a block for each, without daily quantities.

    Args:
        plan: the plan of each variant. All variants together must fit into one block.
        variants: the mechanisms of each variant, which replace those of the scenario.
    """
    from sim.engine.world import World  # Mesa is slow to import

    # 1. draws and random numbers of the plan's runs, repeated for each variant
    runs = plan.runs_of(0)
    drawn = plan.drawn.of_runs(np.tile(runs % plan.draws, len(variants)))
    values = SideBySide(drawn.draws, drawn.draw, drawn.dtype, tuple(variants))
    streams = Repeated(plan.seed, len(runs), len(variants))
    # 2. simulate all segments in one world
    world = World(plan.scenario, values, streams)
    record = world.play().record
    world.close()
    # 3. cut the outcomes into segments
    ends = ends_of(plan, record)
    blocks = []
    for number in range(len(variants)):
        segment = slice(number * len(runs), (number + 1) * len(runs))
        of_variant = {name: column[segment] for name, column in ends.items()}
        blocks.append(Block(0, outcomes_of(plan, runs, of_variant), DailyTally(1, 1)))
    return blocks
