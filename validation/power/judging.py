"""How records of many crises are judged between two worlds, and when the two are separated.

The shared parameters of the model are the same in all crises of a record. Two judges bracket what a
fit can do with them:

- one who does not know them, and does not learn them from the record either (*unknown*);
- one who knows them, except for what the two worlds differ in (*known*).

A joint fit learns some of them, and lies between the two.

Runs are split into three parts, and no run has two uses:

1. Half of them give the probability of each class of each fact, in each world and crisis. For the
   judge who knows the shared parameters, they do so for each set of parameters apart. The *log
   ratio* of a fact is the log of the ratio of its probabilities in the two worlds.
2. A quarter calibrates the odds. Facts of a crisis depend on each other, and crises of a record
   share their parameters, so log ratios do not simply add up. The log odds of a record are a
   weighted sum of the log ratios of each kind of fact, summed over crises. The weights, 0 to 1, are
   fitted to records simulated in both worlds (logistic regression), for each number of crises.
3. The last quarter tests. Records are simulated from it in both worlds, each with one set of shared
   parameters and random crises.

**The rule.** Two worlds are *separated* by n crises if the odds exceed 20 to 1 for the true world
in at least 80% of test records, and for the wrong world in at most 5%.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from validation.power.facts import NAMES, Classes
from validation.power.worlds import Pair

Array = NDArray[np.float64]
Classified = Mapping[str, Mapping[str, Sequence[tuple[str, Classes]]]]
"""Kind and classes of each fact, by crisis and world."""

SIZES = (3, 8, 16, 24, 32)
"""Numbers of crises in a record."""
ODDS = 20.0
DECIDED = 0.8
"""Smallest share of records with such odds for the true world."""
MISLED = 0.05
"""Largest share of records with such odds for the wrong world."""
RECORDS = 400
"""Records simulated in each world, for each part."""
SMOOTHING = 4.0
"""Runs that are added to the classes in either world, spread as in both worlds together."""
PENALTY = 1.0
"""Standard deviation of the prior of a weight, around 0."""
ALL = "all"
KNOWN, UNKNOWN = "known", "unknown"
"""Whether the judge knows the shared parameters."""
PARTS = {"judge": (0, 1), "calibrate": (2,), "test": (3,)}
"""Remainders of a number divided by four, in each part."""


@dataclass(frozen=True)
class Layout:
    """How the runs of a bank are ordered.

    Attributes:
        runs: number of each run, ``(runs, sets)``: a column has the runs of one set of shared
            parameters.
        known: whether the judge knows the set. Then the runs of each set are split into parts, and
            otherwise the sets are.
    """

    runs: NDArray[np.int64]
    known: bool

    @classmethod
    def unknown(cls, draws: int, replicates: int) -> Layout:
        """Return the layout of an ensemble in which every draw has its own shared parameters."""
        return cls(np.arange(draws * replicates).reshape(replicates, draws), known=False)

    @classmethod
    def of_sets(cls, sets: NDArray[np.int64]) -> Layout:
        """Return the layout of runs with these sets of shared parameters, equally many of each."""
        number = len(np.unique(sets))
        return cls(np.argsort(sets, kind="stable").reshape(number, -1).T, known=True)

    def part(self, name: str) -> NDArray[np.int64]:
        """Return the numbers of the runs in a part, ``(runs, sets)``."""
        axis = 0 if self.known else 1
        chosen = np.isin(np.arange(self.runs.shape[axis]) % 4, PARTS[name])
        return np.compress(chosen, self.runs, axis=axis)


@dataclass(frozen=True)
class Ratios:
    """Log ratios of two worlds, in the runs of a part.

    Attributes:
        first: in runs of the first world, ``(crises, runs, sets, kinds)``.
        second: in runs of the second world, the same shape.
    """

    first: Array
    second: Array


@dataclass(frozen=True)
class Power:
    """How often records tell two worlds apart.

    Attributes:
        right: share of records with odds above 20 for the true world.
        wrong: share of records with odds above 20 for the wrong world.
    """

    right: float
    wrong: float

    @property
    def apart(self) -> bool:
        """Whether the worlds are separated."""
        return self.right >= DECIDED and self.wrong <= MISLED


def log_ratios(classified: Classified, pair: Pair, layout: Layout, part: str) -> Ratios:
    """Return the log ratios of two worlds in the runs of a part.

    Args:
        classified: classes of the facts in every run, by crisis and world.
        pair: the two worlds.
        layout: how the runs are ordered.
        part: the part whose runs are judged.
    """
    judged = layout.part(part)
    found = np.zeros((2, len(classified), *judged.shape, len(NAMES)))
    for crisis, worlds in enumerate(classified.values()):
        for (kind, first), (_, second) in zip(*(worlds[name] for name in pair), strict=True):
            ratio = _log_ratio(first, second, layout)
            for place, classes in enumerate((first, second)):
                column = np.arange(judged.shape[1]) if layout.known else np.zeros(1, dtype=int)
                found[place, crisis, :, :, NAMES.index(kind)] += ratio[column, classes[judged]]
    return Ratios(found[0], found[1])


def _log_ratio(first: Classes, second: Classes, layout: Layout) -> Array:
    """Return the log ratio of each class, from the judging runs: ``(sets or 1, classes)``."""
    judging = layout.part("judge")
    size = int(max(first.max(), second.max())) + 1
    counts = np.stack([_counts(part[judging], size, layout.known) for part in (first, second)])
    pooled = counts.sum(axis=0) / counts.sum(axis=(0, 2))[:, None]
    # a class that neither world has says nothing
    smoothed = counts + SMOOTHING * np.maximum(pooled, 1e-9)
    logs = np.log(smoothed / smoothed.sum(axis=2, keepdims=True))
    return np.asarray(logs[0] - logs[1])


def _counts(classes: Classes, size: int, by_set: bool) -> Array:
    """Return how many runs are in each class: ``(sets or 1, classes)``."""
    if not by_set:
        return np.bincount(classes.ravel(), minlength=size)[None].astype(float)
    sets = classes.shape[1]
    flat = (classes.astype(np.int64) + size * np.arange(sets)).ravel()
    return np.bincount(flat, minlength=size * sets).reshape(sets, size).astype(float)


def records(ratios: Array, crises: int, random: np.random.Generator, number: int) -> Array:
    """Return the sums of log ratios over the crises of simulated records: ``(records, kinds)``.

    Each record has one set of shared parameters, different crises as long as there are enough, and
    one run of each.

    Args:
        ratios: ``(crises, runs, sets, kinds)``.
        crises: number of crises in a record.
        random: stream of random numbers.
        number: number of records.
    """
    known, runs, sets, _ = ratios.shape
    if crises <= known:
        chosen = np.argsort(random.random((number, known)), axis=1)[:, :crises]
    else:
        chosen = random.integers(known, size=(number, crises))
    shared = random.integers(sets, size=(number, 1))
    run = random.integers(runs, size=(number, crises))
    return np.asarray(ratios[chosen, run, shared].sum(axis=1))


def weights(first: Array, second: Array) -> Array:
    """Return the weight of each kind of fact, 0 to 1, that makes the odds fit.

    Args:
        first: sums of log ratios of records of the first world, ``(records, kinds)``.
        second: the same for records of the second world.
    """
    signed = np.concatenate([first, -second])

    def loss(values: Array) -> tuple[float, Array]:
        logits = signed @ values
        slope = -signed.T @ expit(-logits) + values / PENALTY**2
        return float(np.logaddexp(0, -logits).sum() + (values**2).sum() / 2 / PENALTY**2), slope

    start = np.full(first.shape[1], 0.1)
    bounds = [(0.0, 1.0)] * len(start)
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


def power(
    calibrate: Ratios, test: Ratios, crises: int, kinds: Sequence[int], seed: int = 1
) -> Power:
    """Return how often records of some crises tell two worlds apart.

    Args:
        calibrate: log ratios in the runs that calibrate the odds.
        test: log ratios in the runs that are judged.
        crises: number of crises in a record.
        kinds: positions of the kinds of facts that are used.
        seed: seed of the records.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(crises,)))
    sums = [
        records(ratios[..., kinds], crises, random, RECORDS)
        for part in (calibrate, test)
        for ratios in (part.first, part.second)
    ]
    weight = weights(sums[0], sums[1])
    odds = np.concatenate([sums[2] @ weight, -(sums[3] @ weight)])
    return Power(float((odds > np.log(ODDS)).mean()), float((odds < -np.log(ODDS)).mean()))


def information(test: Ratios) -> Array:
    """Return what each kind of fact tells in a mean crisis, in nats: ``(kinds,)``.

    It is the mean log ratio in favour of the true world, over runs that did not estimate it. It is
    at most half the sum of the two Kullback-Leibler divergences, up to its error, and below 0
    where the estimates are worse than none.
    """
    axes = (0, 1, 2)
    return np.asarray((test.first.mean(axis=axes) - test.second.mean(axis=axes)) / 2)


def changed(classified: Classified, pair: Pair) -> float:
    """Return the share of runs in which any recorded fact differs between two worlds.

    Both worlds have the same parameter draws and random numbers, run by run.
    """
    shares = []
    for worlds in classified.values():
        facts = zip(*(worlds[name] for name in pair), strict=True)
        differs = np.array([first != second for (_, first), (_, second) in facts])
        shares.append(differs.any(axis=0).mean())
    return float(np.mean(shares))


def rows(
    classified: Classified, pairs: Mapping[str, Sequence[Pair]], layout: Layout
) -> Iterator[dict[str, object]]:
    """Yield a row for each pair, number of crises and kind of fact.

    All facts together are used at each number of crises, and each kind alone at the largest.

    Args:
        classified: classes of the facts in every run, by crisis and world.
        pairs: pairs of worlds, by what they compare.
        layout: how the runs are ordered.
    """
    everything = list(range(len(NAMES)))
    for compares, of_kind in pairs.items():
        for pair in of_kind:
            calibrate, test = (
                log_ratios(classified, pair, layout, part) for part in ("calibrate", "test")
            )
            nats = information(test)
            differs = changed(classified, pair)
            for facts, kinds, sizes in (
                (ALL, everything, SIZES),
                *((NAMES[kind], [kind], SIZES[-1:]) for kind in everything),
            ):
                for size in sizes:
                    found = power(calibrate, test, size, kinds)
                    yield {
                        "shared": KNOWN if layout.known else UNKNOWN,
                        "compares": compares,
                        "first": pair[0],
                        "second": pair[1],
                        "facts": facts,
                        "crises": size,
                        "right": found.right,
                        "wrong": found.wrong,
                        "apart": found.apart,
                        "nats_per_crisis": float(nats[kinds].sum()),
                        "changed": differs,
                    }
