"""False verdicts without an effect, predicted runs, and quick against full comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np

from sim.arguments.chance import exchange_test, holm
from sim.arguments.effects import Effect
from sim.arguments.judging import Size
from sim.arguments.shares import shares
from sim.arguments.verdicts import ERROR_RATE, MORE, Verdict, judge, with_runs
from sim.arguments.words import Bound, Expects, Reason, Word
from validation.verdicts.table import Figure
from validation.verdicts.worlds import MARGIN, RARE, Array, Random, World, of_pairs

CLAIMS = 54
"""Claims in a planted comparison, as many as are shipped."""
SKEW = 1.2
"""Standard deviation of the logarithm of a skewed difference."""


def _symmetric(random: Random, shape: tuple[int, int]) -> Array:
    return (random.random(shape) < 0.3).astype(float) - (random.random(shape) < 0.3)


def _skewed(random: Random, shape: tuple[int, int]) -> Array:
    return np.exp(SKEW * random.normal(size=shape)) - np.exp(SKEW**2 / 2)


def _rare(random: Random, shape: tuple[int, int]) -> Array:
    return (random.random(shape) < RARE).astype(float) - (random.random(shape) < RARE)


NULLS: dict[str, Callable[[Random, tuple[int, int]], Array]] = {
    "events": _symmetric,
    "skewed differences": _skewed,
    "rare events": _rare,
}
"""Differences of mean zero, by name."""


def nulls(size: Size, seeds: Sequence[int]) -> Iterator[Figure]:
    """Yield how many comparisons without any effect report one."""
    shape = size.runs // size.draws, size.draws
    for name, differences in NULLS.items():
        wrong = 0
        for seed in seeds:
            random = np.random.default_rng([seed, 1])
            found = [of_pairs(differences(random, shape)) for _ in range(CLAIMS)]
            adjusted = holm(np.array([exchange_test(effect, seed) for effect in found]))
            wrong += any(
                _reports(effect, chance)
                for effect, chance in zip(found, adjusted, strict=True)
                if chance < ERROR_RATE
            )
        what = f"comparisons of {CLAIMS} claims on {name} without an effect that report one"
        yield Figure(what, wrong / len(seeds), len(seeds), ERROR_RATE, False)


def _reports(found: Effect, chance: float) -> bool:
    """Return whether a claim of either direction reports an effect."""
    spread = shares(found, MARGIN)
    verdicts = [judge(Expects.GREATER, part, chance) for part in (spread, spread.turned())]
    return any(
        verdict.word in (Word.HOLDS, Word.DEPENDS) or verdict.reason == Reason.OPPOSITE
        for verdict in verdicts
    )


def equality(size: Size, seeds: Sequence[int]) -> Figure:
    """Return how often a claim of equality holds on a rare event whose risk is doubled."""
    world = World("rare event doubled", "binary", 0.0)
    wrong = 0
    for seed in seeds:
        found = world.play(size.draws, size.runs // size.draws, seed)
        wrong += judge(Expects.EQUAL, shares(found, RARE / 2), 1.0).word == Word.HOLDS
    what = "a rare event doubled: equality holds"
    return Figure(what, wrong / len(seeds), len(seeds), ERROR_RATE, False)


def predictions(size: Size, seeds: Sequence[int]) -> Iterator[Figure]:
    """Yield how often predictions about more runs are right, and how often words contradict."""
    decided = []
    undecided = []
    contradicted = []
    for seed, world in product(seeds, range(WORLDS_A_SEED)):
        first, pairs = _planted(size, seed, world)
        verdict = _verdict(first)
        predicted = with_runs(verdict, Expects.GREATER, first, MARGIN, size.runs, 1)
        if predicted.runs is not None:
            decided.append(_verdict(pairs(predicted.runs // size.draws)).word != Word.UNDECIDED)
        if predicted.bound == Bound.RUNS:
            most = _verdict(pairs(MORE[-1] * size.runs // size.draws))
            undecided.append(most.word == Word.UNDECIDED)
        larger = _verdict(pairs(4 * size.runs // size.draws)).word
        contradicted.append(Word.UNDECIDED not in (verdict.word, larger) and verdict.word != larger)
    if decided:  # a quick comparison has too few replicates to predict
        what = "claims that a predicted number of runs decides"
        yield Figure(what, float(np.mean(decided)), len(decided), 0.8)
    if undecided:
        what = f"claims said not to be decided by {MORE[-1]} times the runs that are not"
        yield Figure(what, float(np.mean(undecided)), len(undecided), 0.8)
    what = "decided claims that four times the runs contradict"
    yield Figure(what, float(np.mean(contradicted)), len(contradicted), 0.02, False)


def _planted(size: Size, seed: int, world: int) -> tuple[Effect, Callable[[int], Effect]]:
    """Return a random world at its first runs, and with any number of replicates.

    The draws stay the same, and the first runs too.
    """
    random = np.random.default_rng([seed, world, 2])
    shared = random.choice([0.7, 0.9, 0.97])
    shape = SHAPES[world % len(SHAPES)]
    true = np.clip(shape(random, size.draws), -0.45, 0.45)

    def play(replicates: int) -> Effect:
        runs = np.random.default_rng([seed, world, 3])
        first, fresh, coin = np.moveaxis(runs.random((replicates, 3, size.draws)), 1, 0)
        second = np.where(coin < shared, first, fresh)
        return of_pairs((first < 0.5 + true).astype(float) - (second < 0.5))

    return play(size.runs // size.draws), play


def _some(random: Random, draws: int) -> Array:
    """Return effects that some draws have, with some spread."""
    has = random.random(draws) < random.random()
    spread = random.choice([0.0, 0.05, 0.1])
    return has * random.uniform(0.1, 0.4) + spread * random.normal(size=draws)


def _normal(random: Random, draws: int) -> Array:
    return random.uniform(-0.05, 0.3) + random.uniform(0.02, 0.2) * random.normal(size=draws)


def _exponential(random: Random, draws: int) -> Array:
    return random.exponential(random.uniform(0.05, 0.3), draws)


def _uniform(random: Random, draws: int) -> Array:
    return random.uniform(-0.1, 0.1) + random.uniform(0.1, 0.5) * random.random(draws)


def _two_kinds(random: Random, draws: int) -> Array:
    """Return effects of two kinds of draws, one of them possibly the opposite."""
    kind = random.random(draws) < random.random()
    places = random.uniform(-0.3, 0.3, 2)
    return np.where(kind, *places) + 0.03 * random.normal(size=draws)


SHAPES = (_some, _normal, _exponential, _uniform, _two_kinds)
WORLDS_A_SEED = 10
"""Planted worlds of each seed, so that predictions are frequent enough to be counted."""


def _verdict(found: Effect) -> Verdict:
    return judge(Expects.GREATER, shares(found, MARGIN), exchange_test(found, 1))
