"""Effects that one mechanism carries, found by the search of the program.

The runs are planted: the probability of an event is a formula of the mechanisms of a scenario. All
else is the program itself, from orders of runs to verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.arguments.cases import Case, Judged
from sim.arguments.controlling import single_controls
from sim.arguments.hypotheses import Claim
from sim.arguments.judging import ClaimJudge, Size
from sim.arguments.playing import Condition, ExperimentRunner
from sim.arguments.words import Expects, Kind
from sim.ensemble.blocks import Store
from sim.ensemble.executors import here
from sim.outcomes.arrays import Outcomes
from sim.outcomes.measures import read
from sim.scenario import Scenario, load
from validation.verdicts.table import Figure

SCENARIO = Path(__file__).parents[2] / "scenarios" / "april_2016.yaml"
LINES = ("lean_defender", "mediate")
"""Stances of the first mediator that the planted claim compares."""
EVENT = "great_power_entry"
FOUND = 0.9
"""Share of planted echoes that must be found."""
SIZES = {
    Expects.GREATER: (0.1, 0.0, 0.05),
    Expects.LESS: (-0.1, 0.0, 0.05),
    Expects.EQUAL: (0.0, 0.4, 0.25),
    Expects.AT_LEAST: (0.0, -0.4, 0.25),
    Expects.AT_MOST: (0.0, 0.4, 0.25),
}
"""Effect with the mechanism, effect without it, and margin, by what the claim expects."""


@dataclass
class Planted(ExperimentRunner):
    """A runner whose runs are planted, not simulated.

    Attributes:
        mechanisms: names of the mechanisms that carry the effect, any one of which is enough.
        with_it, without: effect with any of them on, and with all of them off.
    """

    mechanisms: tuple[str, ...] = ()
    with_it: float = 0.0
    without: float = 0.0
    numbers: np.ndarray = field(default_factory=lambda: np.empty(0))

    def play(self, orders: Any) -> None:
        """Make the outcomes of orders."""
        for order in orders:
            if order.runs <= self._available(order.condition):
                continue
            run = np.arange(order.runs)
            hit = self.numbers[run] < self._chance(order.condition.scenario, run % self.draws)
            table = pd.DataFrame({EVENT: hit})
            self._outcomes[order.condition.digest] = Outcomes.of(table)

    def _chance(self, scenario: Scenario, draw: np.ndarray) -> np.ndarray:
        carried = any(_is_on(scenario, name) for name in self.mechanisms)
        # an effect of zero is still delivered, in both directions
        delivered = 0.0 if self.with_it else np.where(draw % 2, 0.1, -0.1)
        effect = (self.with_it if carried else self.without) + delivered
        leaning = scenario.policies[_mediator()] == arms()[0].scenario.policies[_mediator()]
        return 0.5 + effect * leaning + 0.05 * (draw / self.draws - 0.5)


def _is_on(scenario: Scenario, name: str) -> bool:
    value = getattr(scenario.mechanisms, name)
    return value.options != ("off",) if hasattr(value, "options") else value.high > 0


@cache
def _mediator() -> str:
    scenario = load(SCENARIO).scenario
    return next(c for c in scenario.third_parties if scenario.actors[c].broker_value is not None)


@cache
def arms() -> tuple[Condition, ...]:
    """Return the two conditions of the planted claim."""
    return tuple(
        Condition(load(SCENARIO, [f"policies.{_mediator()}={line}"]).scenario) for line in LINES
    )


def case(expects: Expects, margin: float) -> Case:
    """Return the planted claim."""
    claim = Claim.model_validate(
        {
            "id": "P1",
            "says": "A planted claim.",
            "scenario": "april_2016",
            "assumption": "Planted.",
            "measure": f"probability({EVENT})",
            "margin": margin,
            "expects": str(expects),
            "compare": [{}, {}],
        }
    )
    measure = read(claim.measure, arms()[0].scenario)
    argument: Any = None
    return Case(argument, claim, 0, measure, arms(), arms(), (1, -1), {})


def judged(expects: Expects, mechanisms: tuple[str, ...], size: Size, seed: int) -> Judged:
    """Return the verdict on a claim that some mechanisms carry."""
    with_it, without, margin = SIZES[expects]
    numbers = np.random.default_rng(seed).random(max(size.runs, size.most))
    runner = Planted(
        here,
        Store.below(None),
        seed,
        size.draws,
        frozenset(),
        mechanisms=mechanisms,
        with_it=with_it,
        without=without,
        numbers=numbers,
    )
    return ClaimJudge(runner, size).judge([case(expects, margin)])[0]


def figures(size: Size, seeds: Sequence[int], every: int = 1) -> Iterator[Figure]:
    """Yield how many planted echoes are found, by expectation, and how many pairs.

    Args:
        size: size of a comparison.
        seeds: seeds of the runs.
        every: plant an echo of every such mechanism only.
    """
    known = single_controls(case(Expects.GREATER, 0.05))
    names = [control.mechanisms[0] for control in known][::every]
    for expects in SIZES:
        found = [
            judged(expects, (name,), size, seed).needs.mechanisms == (name,)
            for seed in seeds
            for name in names
        ]
        what = f"echoes of one mechanism found, where a claim expects {expects}"
        yield Figure(what, float(np.mean(found)), len(found), FOUND)
    pairs = [(names[k], names[-1 - k]) for k in range(len(names) // 2)]
    hits = []
    for seed in seeds:
        for pair in pairs:
            needs = judged(Expects.GREATER, pair, size, seed).needs
            hits.append(needs.kind in (Kind.JOINT, Kind.ALL))
    yield Figure("effects of either of two mechanisms found", float(np.mean(hits)), len(hits), 0.5)
