"""Rival arguments: what tells them apart, and how many crises one would have to see.

In the world of each rival the observable is played under the same conditions. A crisis that is watched gives one value
of it, under one condition. Values fall into bins, and a world gives every bin a chance, draw by draw: the crises of one
world share the draw, which nobody knows. So what is seen of ``n`` crises has, in a world, the likelihood

    mean over draws of the product over crises of p_draw(bin)

and the rival whose likelihood is larger is believed. Crises are simulated in both worlds, from draws that the
likelihood does not use, and the share of right answers is counted for 1, 2, 4, ... crises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.record.targets import log_mean

Array = NDArray[np.float64]

CERTAIN = 0.9
"""Share of right answers that is asked for."""
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Numbers of crises that are tried."""
BINS = 6
"""Bins of an observable that is a number; a yes or no has two."""
TRIES = 400
"""Simulated observers in each world, for every number of crises."""
PRIOR_RUNS = 1.0
"""Runs spread over the bins of a draw on top of its own, so that no bin is impossible."""


@dataclass(frozen=True)
class Power:
    """How well two worlds can be told apart.

    Attributes:
        crises: numbers of crises that were tried.
        right: share of right answers for each.
        needed: smallest number that gives the asked-for certainty; None where the largest does not.
    """

    crises: tuple[int, ...]
    right: tuple[float, ...]
    needed: int | None


def edges(values: Sequence[Array]) -> Array:
    """Return the inner edges of the bins that part the values of all conditions evenly."""
    everything = np.concatenate(values)
    distinct = np.unique(everything)
    if len(distinct) <= BINS:
        return np.asarray((distinct[1:] + distinct[:-1]) / 2)
    return np.unique(np.quantile(everything, np.arange(1, BINS) / BINS))


def chances(worlds: Sequence[Array], inner: Array, draws: int) -> Array:
    """Return the chance of every condition and bin in each draw: shape ``(draws, conditions x bins)``.

    Args:
        worlds: values of the observable under each condition, in the order of runs.
        inner: inner edges of the bins.
        draws: number of draws.
    """
    bins = len(inner) + 1
    parts = []
    for values in worlds:
        place = np.searchsorted(inner, values, side="right")
        draw = np.arange(len(values)) % draws
        counts = np.bincount(draw * bins + place, minlength=draws * bins).reshape(draws, bins)
        pooled = counts.sum(axis=0) / counts.sum()
        smooth = counts + PRIOR_RUNS * (pooled + 1e-4)
        parts.append(smooth / smooth.sum(axis=1, keepdims=True) / len(worlds))
    return np.concatenate(parts, axis=1)


def power(one: Array, other: Array, seed: int) -> Power:
    """Return how well two worlds are told apart by the number of crises that are seen.

    Args:
        one: chances in one world, as of :func:`chances`.
        other: chances in the other.
        seed: of the simulated observers.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=one.shape))
    right = tuple(_right(one, other, count, random) for count in COUNTS)
    enough = [count for place, count in enumerate(COUNTS) if min(right[place:]) >= CERTAIN]
    return Power(COUNTS, right, enough[0] if enough else None)


def _right(one: Array, other: Array, count: int, random: np.random.Generator) -> float:
    """Return the share of observers who name the world they are in, ties counting half."""
    seen_by = slice(0, None, 2), slice(1, None, 2)
    known = [np.log(world[seen_by[0]]) for world in (one, other)]
    total = 0.0
    for truth, world in enumerate((one, other)):
        hidden = world[seen_by[1]]
        seen = random.multinomial(count, hidden[random.integers(0, len(hidden), TRIES)])
        evidence = [log_mean(seen.astype(float) @ logs.T, axis=-1) for logs in known]
        gain = evidence[truth] - evidence[1 - truth]
        total += float((gain > 1e-9).mean() + 0.5 * (np.abs(gain) <= 1e-9).mean())
    return total / 2
