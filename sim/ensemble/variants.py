"""Variants: scenarios that differ only in values and policies, simulated in one block.

A block of few runs takes almost as long as a full one. So small ensembles share a block, with one
segment for each variant. A run uses the random numbers of its number within the segment. Its
outcomes are those of a simulation of its scenario alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.draws import RunValues, position
from sim.engine.streams import Streams
from sim.ensemble.ensemble import LANE, Plan, ends_of, outcomes_of
from sim.scenario import Choice, Quantity, Scenario

if TYPE_CHECKING:
    from sim.engine.recorder import Record


@dataclass(frozen=True)
class Variant:
    """How a scenario differs from another one with the same frame.

    Attributes:
        values: the values that differ, by path.
        policies: its policies, by code of the third party.
    """

    values: Mapping[str, Quantity | Choice]
    policies: Mapping[str, str]

    @classmethod
    def of(cls, scenario: Scenario, base: Mapping[str, Quantity | Choice]) -> Variant:
        """Return how a scenario differs from one with these values by path."""
        differing = {
            value.path: value
            for value in scenario.quantities()
            if (known := base[value.path]) is not value and known != value
        }
        return cls(differing, scenario.policies)


def variants_of(scenarios: Sequence[Scenario]) -> tuple[Variant, ...]:
    """Return how scenarios with one frame differ from the first one."""
    base = {value.path: value for value in scenarios[0].quantities()}
    return tuple(Variant.of(scenario, base) for scenario in scenarios)


@dataclass(frozen=True)
class SideBySide(RunValues):
    """The values of several variants, each in its own segment of the runs, of equal length.

    Attributes:
        variants: the variants.
    """

    variants: tuple[Variant, ...] = field(default=())

    def __call__(self, value: Quantity | None, absent: float = 0.0) -> NDArray[np.floating[Any]]:
        """Return a quantity's value in each run, in its unit: shape ``(runs,)``."""
        values = super().__call__(value, absent)
        for stated, parts in self._changed(value):
            drawn = self.draws.quantity(stated)
            for segment in parts:
                values[segment] = drawn[self.draw[segment]]
        return values

    def index(self, value: Choice, allowed: tuple[str, ...]) -> NDArray[np.int64]:
        """Return a choice in each run, as a position among ``allowed``: shape ``(runs,)``."""
        values = super().index(value, allowed)
        for stated, parts in self._changed(value):
            positions = np.array([allowed.index(option) for option in stated.options])
            drawn = positions[self.draws.choice(stated)]
            for segment in parts:
                values[segment] = drawn[self.draw[segment]]
        return values

    def policy(self, code: str) -> NDArray[np.int8]:
        """Return the stance that a policy fixes in each run, ``(runs,)``."""
        stances = [position(variant.policies.get(code)) for variant in self.variants]
        return np.repeat(np.array(stances, dtype=np.int8), self.runs // len(self.variants))

    def _changed(self, value: Quantity | Choice | None) -> Iterator[tuple[Any, list[slice]]]:
        """Yield other values than that of the base, each with the segments that state it."""
        if value is None:
            return
        of_value: dict[Quantity | Choice, list[slice]] = {}
        parts = segments(self.runs // len(self.variants), len(self.variants))
        for segment, variant in zip(parts, self.variants, strict=True):
            stated = variant.values.get(value.path)
            if stated is not None:
                of_value.setdefault(stated, []).append(segment)
        yield from of_value.items()


class NumberedStreams(Streams):
    """Streams that give each run of a block the random numbers of a run of the ensemble.

    Args:
        seed: seed of the ensemble.
        numbers: number of the run in the ensemble, for each run of the block, ``(runs,)``.
    """

    def __init__(self, seed: int, numbers: NDArray[np.int64]) -> None:
        lane = int(numbers.min()) // LANE
        self._numbers = numbers - lane * LANE
        super().__init__(seed, lane, LANE, int(self._numbers.max()) + 1)
        super().keep(self._numbers)

    def keep(self, runs: NDArray[np.integer[Any]]) -> None:
        """Draw for these runs only, from now on, by their numbers in the block."""
        super().keep(self._numbers[runs])


def play_side_by_side(plan: Plan, variants: Sequence[Variant]) -> pd.DataFrame:
    """Simulate variants of a plan, and return the outcomes of all, one variant after another.

    Args:
        plan: the plan of the scenario that they vary, with at most one block.
        variants: the variants.
    """
    return play_variants(plan, variants)[0]


def play_variants(
    plan: Plan,
    variants: Sequence[Variant],
    watch: Callable[[], object] | None = None,
    runs: range | None = None,
) -> tuple[pd.DataFrame, Record]:
    """Simulate variants of a plan, and return their outcomes and their daily record.

    Args:
        plan: the plan of the scenario that they vary.
        variants: the variants.
        watch: called at the end of every simulated day; an exception ends the simulation.
        runs: numbers of the plan's runs to simulate; None for all, which must fit into one block.
    """
    from sim.engine.world import World  # slow to import

    # draws and random numbers of the plan's runs, repeated for each variant
    numbers = np.tile(plan.runs_of(0) if runs is None else np.array(runs), len(variants))
    values = SideBySide(plan.drawn, numbers % plan.draws, variants=tuple(variants))
    world = World(plan.scenario, values, NumberedStreams(plan.seed, numbers))
    try:
        record = world.play(watch).record
    finally:
        world.close()
    return outcomes_of(plan, numbers, ends_of(plan, record)), record


def segments(runs: int, variants: int) -> list[slice]:
    """Return the rows of each variant in a table of all of them.

    >>> segments(2, 3)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    return [slice(number * runs, (number + 1) * runs) for number in range(variants)]
