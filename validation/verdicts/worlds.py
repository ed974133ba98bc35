"""Planted worlds: distributions of true effects over draws, and paired runs that show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arguments.effects import Effect, effect
from sim.outcomes.evaluation import Estimate

Array = NDArray[np.float64]
Random = np.random.Generator
MARGIN = 0.05
MANY = 400_000
"""Draws from which the truth of a world is computed."""
BASE = 0.45
"""Probability of the event in the second condition, on average over draws."""
RARE = 0.002
"""Probability of a rare event."""

EFFECTS: dict[str, Callable[[Random, int], Array]] = {
    "none": lambda random, draws: np.zeros(draws),
    "constant": lambda random, draws: np.full(draws, 0.1),
    "normal": lambda random, draws: random.normal(0.08, 0.08, draws),
    "uniform": lambda random, draws: random.uniform(-0.4, 0.4, draws),
    "two points": lambda random, draws: np.where(random.random(draws) < 0.8, 0.25, 0.0),
    "at the margin": lambda random, draws: np.where(random.random(draws) < 0.7, 0.3, 0.0499),
    "sparse": lambda random, draws: np.where(random.random(draws) < 0.05, 0.3, 0.0),
    "sparse opposite": lambda random, draws: np.where(random.random(draws) < 0.05, -0.3, 0.1),
    "exponential": lambda random, draws: random.exponential(0.1, draws),
    "rare event": lambda random, draws: np.zeros(draws),
    "rare event doubled": lambda random, draws: np.full(draws, RARE),
}
"""True effects of draws, by the name of the world."""


@dataclass(frozen=True)
class World:
    """A planted world.

    Attributes:
        name: name of the distribution of effects.
        measure: ``binary`` events, or ``normal`` or ``skewed`` quantities.
        shared: share of runs in which both conditions have the same random numbers.
    """

    name: str
    measure: str
    shared: float

    def play(self, draws: int, replicates: int, seed: int) -> Effect:
        """Return the effect that new draws and new runs show."""
        random = np.random.default_rng([seed, draws])
        true = EFFECTS[self.name](random, draws)
        if self.measure == "binary":
            return self._events(true, replicates, random)
        return self._quantities(true, replicates, random)

    def truth(self) -> tuple[float, float, float, float]:
        """Return the shares above, inside and below the margin, and the mean effect."""
        random = np.random.default_rng(0)
        true = EFFECTS[self.name](random, MANY)
        if self.measure == "binary":
            base = self._base(random, MANY)
            true = np.clip(base + true, 0, 1) - base
        inside = float((np.abs(true) <= MARGIN).mean())
        return float((true > MARGIN).mean()), inside, float((true < -MARGIN).mean()), true.mean()

    def _base(self, random: Random, draws: int) -> Array:
        if self.name.startswith("rare"):
            return np.full(draws, RARE)
        return BASE + 0.1 * (random.random(draws) - 0.5)

    def _events(self, true: Array, replicates: int, random: Random) -> Effect:
        base = self._base(random, len(true))
        first, fresh = random.random((2, replicates, len(true)))
        second = np.where(random.random(first.shape) < self.shared, first, fresh)
        return of_pairs((first < base + true).astype(float) - (second < base))

    def _quantities(self, true: Array, replicates: int, random: Random) -> Effect:
        first, fresh = random.normal(size=(2, replicates, len(true)))
        second = np.where(random.random(first.shape) < self.shared, first, fresh)
        if self.measure == "skewed":
            first = np.exp(0.8 * first)
            second = np.exp(0.8 * second)
        return of_pairs(true + 0.4 * (first - second))


def of_pairs(pairs: Array) -> Effect:
    """Return the effect of differences between pairs of runs, ``(replicates, draws)``."""
    mean = pairs.mean(axis=0)
    return effect(Estimate(mean, pairs - mean))


def worlds() -> list[World]:
    """Return all planted worlds."""
    rare = [World(name, "binary", 0.6) for name in EFFECTS if name.startswith("rare")]
    usual = [name for name in EFFECTS if not name.startswith("rare")]
    kinds = (("binary", 0.6), ("binary", 0.95), ("normal", 0.6), ("normal", 0.95), ("skewed", 0.6))
    return [*(World(name, *kind) for name in usual for kind in kinds), *rare]
