"""Sequential Monte Carlo from a standard normal prior to a posterior, with a likelihood that may be an estimate.

The sampler is independent of the model. Random streams are named by seed, chain and level, so that a sampler that
resumes from a saved state gives the same results.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash

Array = NDArray[np.float64]

Likelihood = Callable[[Array, int], Array]
"""Function of normal scores ``(n, dimensions)`` and a seed that returns estimated log likelihoods, ``(n,)``."""

WANTED_ACCEPTANCE = 0.25
"""Target acceptance rate, near the optimum in many dimensions (Roberts & Rosenthal 2001)."""
FIRST_STEP = 0.4
SMALLEST_STEP = 0.02
SMALLEST_VARIANCE = 1e-6
HALVINGS = 60
FLOOR = -1e10
"""Log likelihood that replaces minus infinity, so that differences stay finite."""
SETTLED, WINDOW = 0.05, 6
"""Convergence criterion. Over the last six levels at full power, the mean log likelihood rises from the first to the
second half by at most a twentieth of its spread. Particles that still improve are wider than the posterior. R-hat does
not detect this, because such chains agree with each other."""


@dataclass(frozen=True)
class Level:
    """One power of the likelihood.

    Attributes:
        power: power of the likelihood, from 0 (prior) to 1 (posterior).
        ess: effective sample size after weighting.
        accepted: share of accepted proposals, by move.
        step: step sizes of the two proposals (redraw, guided), 0 to 1.
        distinct: number of distinct particles after the moves.
        mean: mean log likelihood of the particles after the moves.
        spread: standard deviation of the log likelihood.
    """

    power: float
    ess: float
    accepted: tuple[float, ...]
    step: tuple[float, float]
    distinct: int
    mean: float
    spread: float


@dataclass(frozen=True)
class Particles:
    """The state of a sampler: equally weighted particles.

    Attributes:
        scores: normal scores, ``(n, dimensions)``.
        loglik: estimated log likelihood of each, ``(n,)``.
        levels: completed levels.
        evidence: log marginal likelihood so far.
    """

    scores: Array
    loglik: Array
    levels: tuple[Level, ...] = field(default=())
    evidence: float = 0.0

    @property
    def power(self) -> float:
        """Current power of the likelihood."""
        return self.levels[-1].power if self.levels else 0.0

    @property
    def closing(self) -> tuple[Level, ...]:
        """Levels at full power."""
        return tuple(level for level in self.levels if level.power >= 1.0)

    @property
    def settled(self) -> bool:
        """Whether the mean log likelihood has stopped rising at full power."""
        means = np.array([level.mean for level in self.closing[-WINDOW:]])
        if len(means) < WINDOW:
            return False
        return bool(
            means[WINDOW // 2 :].mean() - means[: WINDOW // 2].mean()
            <= SETTLED * self.closing[-1].spread
        )


@dataclass(frozen=True)
class Sampler:
    """The sampler of one chain.

    Attributes:
        likelihood: function that estimates log likelihoods.
        dimensions: dimensions of the space.
        particles: number of particles.
        moves: proposals per particle at each level.
        most_closing: maximum number of levels at full power.
        keep_ess: effective sample size after a step between powers, as a share of the particles.
        seed: seed of all random numbers.
        chain: number of the chain.
    """

    likelihood: Likelihood
    dimensions: int
    particles: int
    moves: int = 12
    most_closing: int = 24
    keep_ess: float = 0.5
    seed: int = 1
    chain: int = 0

    def start(self) -> Particles:
        """Return particles of the prior."""
        scores = self._random("prior").standard_normal((self.particles, self.dimensions))
        return Particles(scores, self._estimate(scores, "prior"))

    def run(
        self, state: Particles | None = None, keep: Callable[[Particles], None] = lambda state: None
    ) -> Particles:
        """Move particles from the prior, or from a saved state, to the posterior. Call ``keep`` after every level."""
        if state is None:
            state = self.start()
            keep(state)
        while not self.is_done(state):
            state = self._next(state)
            keep(state)
        return state

    def is_done(self, state: Particles) -> bool:
        """Return whether the chain has converged or reached the maximum number of levels."""
        return state.settled or len(state.closing) >= self.most_closing

    def _next(self, state: Particles) -> Particles:
        """Complete one level: weight, resample, move."""
        random = self._random(f"level {len(state.levels)}")
        left = 1.0 - state.power
        step = largest_step(state.loglik, left, self.keep_ess * self.particles)
        power = 1.0 if step == left else state.power + step
        weights, total = weigh(step * state.loglik)
        chosen = systematic(weights, random) if step > 0 else np.arange(self.particles)
        evidence = float(state.evidence + total - np.log(self.particles))
        taken = Particles(state.scores[chosen], state.loglik[chosen], state.levels, evidence)
        return self._move(taken, power, effective(weights), random)

    def _move(
        self, state: Particles, power: float, ess: float, random: np.random.Generator
    ) -> Particles:
        """Move every particle with both proposals in turn, and tune their steps to the target acceptance."""
        scores, loglik = state.scores, state.loglik
        steps = list(state.levels[-1].step if state.levels else (FIRST_STEP, FIRST_STEP))
        kinds: tuple[Proposal, Proposal] = (Redraw(), Crossed.of(scores))
        accepted = []
        for move in range(self.moves):
            kind = move % 2
            proposed, odds = kinds[kind].propose(scores, steps[kind], random)
            estimate = self._estimate(proposed, f"level {len(state.levels)} move {move}")
            taken = np.log(random.random(self.particles)) < power * (estimate - loglik) + odds
            scores, loglik = (
                np.where(taken[:, None], proposed, scores),
                np.where(taken, estimate, loglik),
            )
            accepted.append(float(taken.mean()))
            steps[kind] = float(
                np.clip(
                    steps[kind] * np.exp(2 * (accepted[-1] - WANTED_ACCEPTANCE)), SMALLEST_STEP, 1
                )
            )
        distinct, mean, spread = (
            len(np.unique(scores, axis=0)),
            float(loglik.mean()),
            float(loglik.std()),
        )
        level = Level(power, ess, tuple(accepted), (steps[0], steps[1]), distinct, mean, spread)
        return Particles(scores, loglik, (*state.levels, level), state.evidence)

    def _random(self, name: str) -> np.random.Generator:
        return np.random.default_rng(self._key(name))

    def _estimate(self, scores: Array, name: str) -> Array:
        seed = int(self._key(f"luck of {name}").generate_state(1)[0])
        return np.maximum(self.likelihood(scores, seed), FLOOR)

    def _key(self, name: str) -> np.random.SeedSequence:
        return np.random.SeedSequence(self.seed, spawn_key=(self.chain, stable_hash(f"fit {name}")))


class Proposal(Protocol):
    """A proposal distribution for normal scores."""

    def propose(
        self, scores: Array, step: float, random: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return proposals ``(n, dimensions)`` and log odds that correct for the prior ``(n,)``."""


@dataclass(frozen=True)
class Redraw:
    """Redraws each score from the prior with a probability equal to the step.

    Values that the record does not inform therefore mix within a few moves.
    """

    def propose(
        self, scores: Array, step: float, random: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return proposals, which need no correction."""
        anew = random.random(scores.shape) < step
        return np.where(anew, random.standard_normal(scores.shape), scores), np.zeros(len(scores))


@dataclass(frozen=True)
class Crossed:
    """Moves each half of the particles with a guide from the other half.

    A guide from the particles that it moves would depend on them, and in many dimensions the particles would contract.
    Resampling keeps copies of a particle next to each other, and so in the same half.

    Attributes:
        first: guide of the first half, which follows the second.
        second: guide of the second half, which follows the first.
    """

    first: Guided
    second: Guided

    @classmethod
    def of(cls, scores: Array) -> Crossed:
        """Return the guides from particles."""
        half = len(scores) // 2
        return cls(Guided.of(scores[half:]), Guided.of(scores[:half]))

    def propose(
        self, scores: Array, step: float, random: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return the proposals of both guides."""
        half = len(scores) // 2
        first, first_odds = self.first.propose(scores[:half], step, random)
        second, second_odds = self.second.propose(scores[half:], step, random)
        return np.concatenate([first, second]), np.concatenate([first_odds, second_odds])


@dataclass(frozen=True)
class Guided:
    """Moves particles towards the mean of other particles, and adds noise with their covariance.

    ``m + sqrt(1 - s^2) (z - m) + s L x``, with step s and ``L L' = C`` (preconditioned Crank-Nicolson, Cotter et al.
    2013, with the mean and covariance of particles as in Rudolf & Sprungk 2018).

    Attributes:
        mean: m, ``(dimensions,)``.
        root: L, lower triangular.
    """

    mean: Array
    root: Array

    @classmethod
    def of(cls, scores: Array) -> Guided:
        """Return the guide from particles. Correlations are shrunk if there are few particles."""
        particles, dimensions = scores.shape
        covariance = np.atleast_2d(np.cov(scores, rowvar=False))
        variances = np.diag(np.maximum(np.diag(covariance), SMALLEST_VARIANCE))
        trust = particles / (particles + 2 * dimensions)
        return cls(
            scores.mean(axis=0), np.linalg.cholesky(trust * covariance + (1 - trust) * variances)
        )

    def propose(
        self, scores: Array, step: float, random: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return proposals, and the log odds of the prior over the guide."""
        noise = random.standard_normal(scores.shape) @ self.root.T
        proposed = self.mean + np.sqrt(1 - step**2) * (scores - self.mean) + step * noise
        return proposed, self._excess(proposed) - self._excess(scores)

    def _excess(self, scores: Array) -> Array:
        """Return the log density of the prior over that of the guide, up to a constant."""
        white = np.linalg.solve(self.root, (scores - self.mean).T)
        return np.asarray(0.5 * (white**2).sum(axis=0) - 0.5 * (scores**2).sum(axis=1))


def weigh(logs: Array) -> tuple[Array, float]:
    """Return normalised weights, and the log of the sum of the raw weights."""
    top = logs.max()
    raw = np.exp(logs - top)
    return raw / raw.sum(), float(top + np.log(raw.sum()))


def effective(weights: Array) -> float:
    """Return the effective sample size of normalised weights.

    >>> effective(np.array([0.25, 0.25, 0.25, 0.25]))
    4.0
    """
    return float(1.0 / (weights**2).sum())


def largest_step(loglik: Array, most: float, ess: float) -> float:
    """Return the largest step of the power, up to ``most``, with an effective sample size of ``ess``."""
    if effective(weigh(most * loglik)[0]) >= ess:
        return most
    low, high = 0.0, most
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(weigh(middle * loglik)[0]) >= ess else (low, middle)
    return max(low, 1e-9)


def systematic(weights: Array, random: np.random.Generator) -> NDArray[np.int64]:
    """Return indices from systematic resampling: shape of the weights."""
    places = (np.arange(len(weights)) + random.random()) / len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)
