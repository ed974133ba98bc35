"""Variants: scenarios that differ in nothing but their mechanisms, played side by side in one block.

A block of few runs takes almost as long as a full one, so small ensembles share a block: each has a segment of it. A
run of any segment meets the luck of the run with its number, and comes out as it would if its scenario were played
alone.
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
    """The values of several variants, each in its segment of equally many runs."""

    variants: tuple[Mechanisms, ...] = field(default=())

    def __call__(self, value: Quantity | None, absent: float = 0.0) -> NDArray[np.floating[Any]]:
        """Return a quantity's value in each run, shape ``(runs,)``."""
        values = super().__call__(value, absent)
        for segment, own in self._own(value):
            values[segment] = self.draws.quantity(own)[self.draw[segment]]
        return values

    def index(self, value: Choice, allowed: tuple[str, ...]) -> NDArray[np.int64]:
        """Return a choice in each run as an index into ``allowed``, shape ``(runs,)``."""
        values = super().index(value, allowed)
        for segment, own in self._own(value):
            options = np.array([allowed.index(option) for option in own.options])
            values[segment] = options[self.draws.choice(own)[self.draw[segment]]]
        return values

    def _own(self, value: Quantity | Choice | None) -> list[tuple[slice, Any]]:
        """Return the segments whose variant states a value otherwise, and what it states."""
        section, _, name = ("" if value is None else value.path).rpartition(".")
        if section != "mechanisms":
            return []
        length = self.runs // len(self.variants)
        stated = [getattr(variant, name) for variant in self.variants]
        return [
            (slice(number * length, (number + 1) * length), own)
            for number, own in enumerate(stated)
            if own is not value
        ]


class Repeated(Streams):
    """The luck of a block's first runs, the same again for every segment."""

    def __init__(self, seed: int, runs: int, times: int) -> None:
        super().__init__(seed, 0, LANE, runs)
        self._of = np.tile(np.arange(runs), times)
        super().keep(self._of)

    def keep(self, runs: NDArray[np.integer[Any]]) -> None:
        """Give the luck of these runs only, by their numbers over all segments."""
        super().keep(self._of[runs])


def play_side_by_side(plan: Plan, variants: Sequence[Mechanisms]) -> list[Block]:
    """Play the variants of a plan of one block, and return a block for each, without its daily quantities.

    Args:
        plan: scenario, runs, draws and seed; its runs times the number of variants are at most a full block.
        variants: the mechanisms that each has instead of the scenario's own.
    """
    from sim.engine.world import World  # Mesa is slow to import

    runs = plan.runs_of(0)
    drawn = plan.drawn.of_runs(np.tile(runs % plan.draws, len(variants)))
    values = SideBySide(drawn.draws, drawn.draw, drawn.dtype, tuple(variants))
    world = World(plan.scenario, values, Repeated(plan.seed, len(runs), len(variants)))
    record = world.play().record
    world.close()
    ends = ends_of(plan, record)
    blocks = []
    for number in range(len(variants)):
        segment = slice(number * len(runs), (number + 1) * len(runs))
        own = {name: column[segment] for name, column in ends.items()}
        blocks.append(Block(0, outcomes_of(plan, runs, own), DailyTally(1, 1)))
    return blocks
