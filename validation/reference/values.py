"""One number for every quantity of a scenario."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from pydantic import BaseModel

from sim.engine.draws import Draws, RunValues
from sim.scenario import Choice, Quantity, Scenario

Case = Any
"""A scenario in which every quantity is a float and every choice a word; otherwise it reads like a
`Scenario`.
"""


def cases(scenario: Scenario, values: RunValues) -> list[Case]:
    """Return what each run of a block is played with."""
    every = _with_leaves(scenario, lambda leaf: _drawn(leaf, values))
    return [
        _with_leaves(every, lambda drawn, run=run: drawn.of_runs[run]) for run in range(values.runs)
    ]


def exact(draws: Draws, draw: Any) -> RunValues:
    """Return the values of some runs, not rounded to the engine's usual precision."""
    return RunValues(draws, np.asarray(draw), np.float64)


class _Drawn:
    def __init__(self, of_runs: list[float] | list[str]) -> None:
        self.of_runs = of_runs


def _drawn(leaf: Quantity | Choice, values: RunValues) -> _Drawn:
    if isinstance(leaf, Choice):
        return _Drawn([leaf.options[k] for k in values.index(leaf, leaf.options)])
    return _Drawn([float(value) for value in values(leaf)])


def _with_leaves(node: Any, leaf: Callable[[Any], Any]) -> Any:
    """Return a copy of the tree with another leaf for each quantity and choice."""
    if isinstance(node, Quantity | Choice | _Drawn):
        return leaf(node)
    if isinstance(node, BaseModel):
        return SimpleNamespace(
            **{name: _with_leaves(getattr(node, name), leaf) for name in type(node).model_fields}
        )
    if isinstance(node, SimpleNamespace):
        return SimpleNamespace(
            **{name: _with_leaves(child, leaf) for name, child in vars(node).items()}
        )
    if isinstance(node, dict):
        return {key: _with_leaves(child, leaf) for key, child in node.items()}
    if isinstance(node, tuple):
        return tuple(_with_leaves(child, leaf) for child in node)
    return node
