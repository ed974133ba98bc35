"""Sequential Monte Carlo from a standard normal prior to a posterior, with an estimated likelihood.

The sampler is independent of the model. Random streams are named by seed, chain and level, so that
a sampler that resumes from a saved state gives the same results.
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
"""Function of normal scores ``(n, dimensions)`` and a seed: estimated log likelihoods, ``(n,)``."""

WANTED_ACCEPTANCE = 0.25
"""Target acceptance rate, near the optimum in many dimensions (Roberts & Rosenthal 2001)."""
FIRST_STEP = 0.4
SMALLEST_STEP = 0.02
SMALLEST_VARIANCE = 1e-6
SMALLEST_INCREASE = 1e-9
"""Smallest step of the power, so that a chain always advances."""
HALVINGS = 60
"""Halvings of an interval in the search for a power: enough for the precision of the machine."""
FLOOR = -1e10
"""Log likelihood that replaces minus infinity, so that differences stay finite."""
WINDOW = 16
"""Number of levels at full power over which convergence is judged."""
SETTLED = 0.05
"""Largest rise of the mean log likelihood of a chain that has converged, in units of its spread.

The rise is that from the first to the second half of the window. Particles that still improve are
wider than the posterior. R-hat does not detect this, because such chains agree with each other.
"""


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
        rise = means[WINDOW // 2 :].mean() - means[: WINDOW // 2].mean()
        return bool(rise <= SETTLED * self.closing[-1].spread)


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

    >>> sampler = Sampler(lambda scores, seed: -scores[:, 0] ** 2, dimensions=1, particles=200)
    >>> bool(abs(sampler.run().scores.mean()) < 0.2)
    True
    """

    likelihood: Likelihood
    dimensions: int
    particles: int
    moves: int = 12
    most_closing: int = 48
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
        """Move particles from the prior, or from a saved state, to the posterior.

        Args:
            state: the saved state; None to start from the prior.
            keep: function that saves the state, called after every level.
        """
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
        """Complete one level: raise the power, weight, resample, move."""
        random = self._random(f"level {len(state.levels)}")
        # 1. raise the power as far as the effective sample size allows
        left = 1.0 - state.power
        step = largest_step(state.loglik, left, self.keep_ess * self.particles)
        power = 1.0 if step == left else state.power + step
        # 2. weight by the likelihood to the power of the step; the mean weight adds to the evidence
        weights, total = weigh(step * state.loglik)
        evidence = float(state.evidence + total - np.log(self.particles))
        # 3. resample to equal weights; at full power the weights are equal already
        chosen = systematic(weights, random) if step > 0 else np.arange(self.particles)
        resampled = Particles(state.scores[chosen], state.loglik[chosen], state.levels, evidence)
        # 4. move, so that copies of a particle become distinct again
        return self._move(resampled, power, effective(weights), random)

    def _move(
        self, state: Particles, power: float, ess: float, random: np.random.Generator
    ) -> Particles:
        """Move every particle with both proposals in turn, and tune their steps.

        Args:
            state: the particles.
            power: power of the likelihood.
            ess: effective sample size before resampling, which is recorded.
            random: random numbers of the level.
        """
        scores = state.scores
        loglik = state.loglik
        steps = list(state.levels[-1].step if state.levels else (FIRST_STEP, FIRST_STEP))
        kinds: tuple[Proposal, Proposal] = (Redraw(), Crossed.of(scores))
        accepted = []
        for move in range(self.moves):
            # 1. propose, and estimate the likelihood of the proposals anew
            kind = move % 2
            proposed, odds = kinds[kind].propose(scores, steps[kind], random)
            estimate = self._estimate(proposed, f"level {len(state.levels)} move {move}")
            # 2. accept or reject (Metropolis-Hastings); accepted particles keep their estimate
            log_odds = power * (estimate - loglik) + odds
            is_accepted = np.log(random.random(self.particles)) < log_odds
            scores = np.where(is_accepted[:, None], proposed, scores)
            loglik = np.where(is_accepted, estimate, loglik)
            # 3. lengthen the step after many acceptances, shorten it after few
            accepted.append(float(is_accepted.mean()))
            tuned = steps[kind] * np.exp(2 * (accepted[-1] - WANTED_ACCEPTANCE))
            steps[kind] = float(np.clip(tuned, SMALLEST_STEP, 1))
        level = Level(
            power=power,
            ess=ess,
            accepted=tuple(accepted),
            step=(steps[0], steps[1]),
            distinct=len(np.unique(scores, axis=0)),
            mean=float(loglik.mean()),
            spread=float(loglik.std()),
        )
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
    """Draws each score from the prior again, with a probability equal to the step.

    Values that the record does not inform therefore mix within a few moves.

    >>> random = np.random.default_rng(1)
    >>> Redraw().propose(np.zeros((2, 3)), 0.5, random)[0].shape
    (2, 3)
    """

    def propose(
        self, scores: Array, step: float, random: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return proposals, which need no correction."""
        is_redrawn = random.random(scores.shape) < step
        fresh = random.standard_normal(scores.shape)
        return np.where(is_redrawn, fresh, scores), np.zeros(len(scores))


@dataclass(frozen=True)
class Crossed:
    """Moves each half of the particles with a guide from the opposite half.

    A guide from the particles that it moves would depend on them, and in many dimensions the
    particles would contract. Resampling leaves copies of a particle next to each other, and so in
    the same half.

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
    """Moves particles towards the mean of the guide, and adds noise with the guide's covariance.

    The proposal is ``m + sqrt(1 - s^2) (z - m) + s L x``, with step s and ``L L' = C``. It is a
    preconditioned Crank-Nicolson proposal (Cotter et al. 2013), with the mean and covariance of
    particles as in Rudolf & Sprungk (2018).

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
        # the weight of the correlations falls with the number of dimensions for each particle
        trust = particles / (particles + 2 * dimensions)
        root = np.linalg.cholesky(trust * covariance + (1 - trust) * variances)
        return cls(scores.mean(axis=0), root)

    def propose(
        self, scores: Array, step: float, random: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return proposals, and the log odds of the prior over the guide."""
        noise = random.standard_normal(scores.shape) @ self.root.T
        proposed = self.mean + np.sqrt(1 - step**2) * (scores - self.mean) + step * noise
        return proposed, self._excess(proposed) - self._excess(scores)

    def _excess(self, scores: Array) -> Array:
        """Return the log density of the prior over that of the guide, up to a constant."""
        # L^-1 (z - m), whose squared length is the squared Mahalanobis distance
        white = np.linalg.solve(self.root, (scores - self.mean).T)
        return np.asarray(0.5 * (white**2).sum(axis=0) - 0.5 * (scores**2).sum(axis=1))


def weigh(logs: Array) -> tuple[Array, float]:
    """Return normalised weights, and the log of the sum of the raw weights.

    Args:
        logs: logs of the raw weights, ``(n,)``.

    >>> weights, total = weigh(np.log(np.array([1.0, 3.0])))
    >>> weights.round(2).tolist(), round(total, 3)
    ([0.25, 0.75], 1.386)
    """
    top = logs.max()  # so that no exponential overflows
    raw = np.exp(logs - top)
    return raw / raw.sum(), float(top + np.log(raw.sum()))


def effective(weights: Array) -> float:
    """Return the effective sample size of normalised weights.

    >>> effective(np.array([0.25, 0.25, 0.25, 0.25]))
    4.0
    """
    return float(1.0 / (weights**2).sum())


def largest_step(loglik: Array, most: float, ess: float) -> float:
    """Return the largest step of the power with a sufficient effective sample size.

    Args:
        loglik: log likelihoods of the particles, ``(n,)``.
        most: largest allowed step.
        ess: smallest allowed effective sample size.

    >>> largest_step(np.zeros(10), 0.5, 5.0)
    0.5
    """
    if effective(weigh(most * loglik)[0]) >= ess:
        return most
    # bisection, because the effective sample size falls as the step grows
    low = 0.0
    high = most
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if effective(weigh(middle * loglik)[0]) >= ess:
            low = middle
        else:
            high = middle
    return max(low, SMALLEST_INCREASE)


def systematic(weights: Array, random: np.random.Generator) -> NDArray[np.int64]:
    """Return indices from systematic resampling: shape of the weights.

    >>> systematic(np.array([0.5, 0.5, 0.0, 0.0]), np.random.default_rng(1)).tolist()
    [0, 0, 1, 1]
    """
    # one random offset for equally spaced places on the cumulative weights
    places = (np.arange(len(weights)) + random.random()) / len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)
