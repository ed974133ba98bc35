"""Variants: one scenario under several changes of its mechanisms, played side by side in one block.

A block of few runs takes almost as long as a full one, so small ensembles that differ in nothing but the strength of
mechanisms share a block: each has a segment of it. A run of any segment meets the luck of the run with its number, and
comes out as it would if its variant were played alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.blocks import Block
from sim.daily import DailyTally
from sim.draws import RunValues
from sim.ensemble import BLOCK, Plan
from sim.outcomes import table
from sim.rng import Streams
from sim.scenario import Choice, Mechanisms, Quantity, Scenario

Change = tuple[tuple[str, float | str], ...]
"""Mechanisms and what each is set to: a strength, or a reading."""


def changed(scenario: Scenario, change: Change) -> Scenario:
    """Return a scenario with mechanisms set; all else is as it was."""
    values = {name: _stated(name, value) for name, value in change}
    return scenario.model_copy(update={"mechanisms": scenario.mechanisms.model_copy(update=values)})


def _stated(name: str, value: float | str) -> Quantity | Choice:
    path = f"mechanisms.{name}"
    if isinstance(value, str):
        return Choice.model_validate({"options": (value,), "path": path})
    return Quantity(low=value, high=value, path=path)


@dataclass(frozen=True)
class SideBySide(RunValues):
    """The values of several variants, each in its segment of equally many runs."""

    changes: tuple[Change, ...] = field(default=())

    def __call__(self, value: Quantity | None, absent: float = 0.0) -> NDArray[np.floating[Any]]:
        """Return a quantity's value in each run, shape ``(runs,)``."""
        values = super().__call__(value, absent)
        for segment, new in self._set(value):
            values[segment] = new
        return values

    def index(self, value: Choice, allowed: tuple[str, ...]) -> NDArray[np.int64]:
        """Return a choice in each run as an index into ``allowed``, shape ``(runs,)``."""
        values = super().index(value, allowed)
        for segment, new in self._set(value):
            values[segment] = allowed.index(str(new))
        return values

    def _set(self, value: Quantity | Choice | None) -> list[tuple[slice, float | str]]:
        """Return the segments that set a value, and to what."""
        path = "" if value is None else value.path
        length = self.runs // len(self.changes)
        return [
            (slice(number * length, (number + 1) * length), new)
            for number, change in enumerate(self.changes)
            for name, new in change
            if path == f"mechanisms.{name}"
        ]


class Repeated(Streams):
    """The luck of a block's first runs, the same again for every segment."""

    def __init__(self, seed: int, runs: int, times: int) -> None:
        super().__init__(seed, 0, BLOCK, runs)
        self._of = np.tile(np.arange(runs), times)
        super().keep(self._of)

    def keep(self, runs: NDArray[np.int64]) -> None:
        """Give the luck of these runs only, by their numbers over all segments."""
        super().keep(self._of[runs])


def play_side_by_side(plan: Plan, changes: Sequence[Change]) -> list[Block]:
    """Play the variants of a plan of one block, and return a block for each, without its daily quantities.

    Args:
        plan: scenario, runs, draws and seed; with its runs times the number of changes at most a full block.
        changes: one for each variant; mechanisms that are stated in the scenario.
    """
    from sim.world import World  # Mesa is slow to import, and nothing else here needs it

    assert {name for change in changes for name, _ in change} <= set(Mechanisms.model_fields)
    runs = plan.runs_of(0)
    drawn = plan.drawn.of_runs(np.tile(runs % plan.draws, len(changes)))
    values = SideBySide(drawn.draws, drawn.draw, drawn.dtype, tuple(changes))
    record = World(plan.scenario, values, Repeated(plan.seed, len(runs), len(changes))).play().record
    blocks = []
    for number in range(len(changes)):
        segment = slice(number * len(runs), (number + 1) * len(runs))
        parts = {"run": runs, "draw": runs % plan.draws, "replicate": runs // plan.draws}
        parts |= {name: column[segment] for name, column in record.outcomes.items()}
        blocks.append(Block(0, table(plan.scenario, parts), DailyTally(1, 1)))
    return blocks
