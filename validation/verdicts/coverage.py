"""How often 95% intervals contain the truth of a planted world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sim.arguments import drivers
from sim.arguments.judging import Size
from sim.arguments.shares import Shares, shares
from validation.verdicts.table import Figure
from validation.verdicts.worlds import BASE, MARGIN, Array, World, of_pairs

COVERED = 0.92
"""Share of seeds in which an interval must contain the truth."""
QUANTITIES = ("share above", "share inside", "share below", "mean effect")
FLIPS_AT = 0.4


def covered(world: World, size: Size, seeds: Sequence[int]) -> list[float]:
    """Return how often each interval contains the truth, over seeds."""
    true = world.truth()
    hits = np.zeros(len(QUANTITIES))
    for seed in seeds:
        found = world.play(size.draws, size.runs // size.draws, seed)
        ends = [*limits_of(shares(found, MARGIN)), found.limits()]
        hits += [low <= value <= high for (low, high), value in zip(ends, true, strict=True)]
    return list(hits / len(seeds))


def limits_of(spread: Shares) -> list[tuple[float, float]]:
    """Return the intervals of the shares above, inside and below the margin."""
    return [(part.low, part.high) for part in (spread.above, spread.inside, spread.below)]


def figures(worlds: Sequence[World], size: Size, seeds: Sequence[int]) -> Iterator[Figure]:
    """Yield the coverage of the worst quantity in each world, and that of thresholds."""
    for world in worlds:
        rates = covered(world, size, seeds)
        worst = int(np.argmin(rates))
        what = (
            f"{world.name}, {world.measure}, {world.shared:g} shared: "
            f"coverage of the {QUANTITIES[worst]}"
        )
        yield Figure(what, rates[worst], len(seeds), COVERED)


def thresholds(size: Size, seeds: Sequence[int]) -> Iterator[Figure]:
    """Yield how often a threshold is covered, and how often a hinge invents one."""
    found = [_threshold(size, seed, lambda x: 0.6 * (x - FLIPS_AT)) for seed in seeds]
    named = [flip for flip in found if flip is not None]
    inside = sum(flip[0] <= FLIPS_AT <= flip[1] for flip in named)
    yield Figure("a sign flips: threshold named", len(named) / len(seeds), len(seeds), 0.9)
    yield Figure("a sign flips: threshold covered", inside / max(len(named), 1), len(named), 0.9)
    hinge = [_threshold(size, seed, lambda x: 1.2 * np.maximum(0, x - 0.6)) for seed in seeds]
    invented = sum(flip is not None for flip in hinge)
    yield Figure("a hinge: threshold invented", invented / len(seeds), len(seeds), 0.05, False)


def _threshold(
    size: Size, seed: int, shape: Callable[[Array], Array]
) -> tuple[float, float] | None:
    """Return the interval of the threshold of an effect that one parameter drives."""
    random = np.random.default_rng(seed)
    value = random.random(size.draws)
    uniforms = random.random((size.runs // size.draws, size.draws))
    pairs = (uniforms < BASE + shape(value)).astype(float) - (uniforms < BASE)
    _, low, high, _ = drivers.flip(of_pairs(pairs), value)
    return None if low is None or high is None else (low, high)
