"""False verdicts without an effect, predicted runs, and quick against full comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sim.arguments.chance import exchange_test, holm
from sim.arguments.effects import Effect
from sim.arguments.judging import Size
from sim.arguments.shares import shares
from sim.arguments.verdicts import ERROR_RATE, Verdict, judge, with_runs
from sim.arguments.words import Expects, Reason, Word
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
    """Yield how often the predicted number of runs decides, and how quick and full words agree."""
    right = []
    contradicted = []
    for seed in seeds:
        first, pairs = _planted(size, seed)
        verdict = _verdict(first)
        predicted = with_runs(verdict, Expects.GREATER, first, MARGIN, size.runs, 1)
        if predicted.runs is not None:
            right.append(_verdict(pairs(predicted.runs // size.draws)).word != Word.UNDECIDED)
        larger = _verdict(pairs(4 * size.runs // size.draws)).word
        contradicted.append(Word.UNDECIDED not in (verdict.word, larger) and verdict.word != larger)
    if right:  # a quick comparison has too few replicates to predict
        yield Figure("predicted runs that decide", float(np.mean(right)), len(right), 0.8)
    what = "decided claims that four times the runs contradict"
    yield Figure(what, float(np.mean(contradicted)), len(contradicted), 0.02, False)


def _planted(size: Size, seed: int) -> tuple[Effect, Callable[[int], Effect]]:
    """Return a random world at its first runs, and with any number of replicates.

    The draws stay the same, and the first runs too.
    """
    random = np.random.default_rng([seed, 2])
    share = random.random()
    spread = random.choice([0.0, 0.05, 0.1])
    up = np.where(random.random(size.draws) < share, random.uniform(0.1, 0.4), 0.0)
    true = np.clip(up + spread * random.normal(size=size.draws), -0.45, 0.45)

    def play(replicates: int) -> Effect:
        runs = np.random.default_rng([seed, 3])
        first, fresh, coin = np.moveaxis(runs.random((replicates, 3, size.draws)), 1, 0)
        second = np.where(coin < 0.7, first, fresh)
        return of_pairs((first < 0.5 + true).astype(float) - (second < 0.5))

    return play(size.runs // size.draws), play


def _verdict(found: Effect) -> Verdict:
    return judge(Expects.GREATER, shares(found, MARGIN), exchange_test(found, 1))
