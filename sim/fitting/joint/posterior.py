"""Posterior of the shared values, from the surrogates of all crises or of all but some."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.ensemble.executors import Executor, Failure, here
from sim.fitting.fitting import convergence
from sim.fitting.joint.regions import Region, RegionLikelihood
from sim.fitting.joint.surrogate import JointLikelihood, Learned
from sim.fitting.likelihood import RunsFailed
from sim.fitting.sampler import Particles, Sampler
from sim.fitting.space import Space
from sim.io.errors import UsageError
from sim.scenario import Posterior

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sampling:
    """How the posterior is sampled.

    Attributes:
        particles: draws of each chain.
        moves: proposals per draw at each level.
        chains: independent chains, from which convergence is judged.
        seed: seed of all random numbers.
    """

    particles: int = 1000
    moves: int = 12
    chains: int = 4
    seed: int = 1

    def __post_init__(self) -> None:
        if min(self.particles // 10, self.moves, self.chains) < 1 or self.seed < 0:
            raise UsageError(
                f"{self.particles} particles, {self.moves} moves, {self.chains} chains, "
                f"seed {self.seed}; allowed: at least 10 particles, 1 move, 1 chain, seed 0"
            )


@dataclass(frozen=True)
class JointFit:
    """The posterior of the shared values.

    Attributes:
        learned: surrogates of all crises.
        without: crises that were left out.
        prior: prior of the values; it may be narrower than the bank.
        sampling: how it was sampled.
        chains: final particles of each chain.
        records: recorded value of each target by crisis; None for the historical record.
    """

    learned: Learned
    without: tuple[str, ...]
    prior: Region
    sampling: Sampling
    chains: tuple[Particles, ...]
    records: Mapping[str, Array] | None = None

    @property
    def likelihood(self) -> JointLikelihood:
        """The likelihood of the fitted records."""
        return self.learned.likelihood(self.records, self.without)

    @property
    def space(self) -> Space:
        """The uncertain shared values."""
        return self.prior.space

    @property
    def crises(self) -> tuple[str, ...]:
        """Names of the fitted crises."""
        return tuple(name for name in self.learned.crises if name not in self.without)

    @property
    def scores(self) -> Array:
        """Normal scores of the draws of all chains: ``(draws, dimensions)``."""
        return np.concatenate([chain.scores for chain in self.chains])

    @property
    def posterior(self) -> Posterior:
        """The draws in the form that scenarios use; it has the shared values only.

        ``scenario.fitted(made.posterior)`` takes shared values from it. All other values of the
        scenario stay on their prior ranges.
        """
        return self.space.posterior(self.scores)

    @property
    def log_evidence(self) -> tuple[float, float | None]:
        """Log mean likelihood under the prior, relative to crises that share nothing; its error.

        The error comes from differences between chains; it is None for one chain.
        """
        found = np.array([chain.evidence for chain in self.chains])
        error = float(found.std(ddof=1) / len(found) ** 0.5) if len(found) > 1 else None
        return float(found.mean()), error

    @property
    def convergence(self) -> tuple[Array | None, Array | None]:
        """R-hat and effective size of each shared value."""
        return convergence([chain.scores for chain in self.chains])


@dataclass(frozen=True)
class Request:
    """A posterior to sample.

    Attributes:
        prior: prior of the values; None for the ranges of the bank.
        without: names of crises to leave out.
        records: recorded value of each target by crisis; None for the historical record.
    """

    prior: Region | None = None
    without: tuple[str, ...] = ()
    records: Mapping[str, Array] | None = None


def fit(
    learned: Learned,
    sampling: Sampling | None = None,
    without: str | Collection[str] = (),
    prior: Region | None = None,
    executor: Executor = here,
) -> JointFit:
    """Sample the posterior of the shared values.

    Args:
        learned: surrogates of all crises.
        sampling: how to sample; None for the default.
        without: names of crises to leave out.
        prior: prior of the values; None for the ranges of the bank.
        executor: runs the chains.

    Raises:
        UsageError: a crisis to leave out is unknown.
    """
    names = (without,) if isinstance(without, str) else tuple(without)
    return fit_all(learned, [Request(prior, names)], sampling or Sampling(), executor)[0]


def fit_all(
    learned: Learned, requests: Sequence[Request], sampling: Sampling, executor: Executor = here
) -> list[JointFit]:
    """Sample several posteriors, whose chains share the workers.

    Args:
        learned: surrogates of all crises.
        requests: the posteriors.
        sampling: how to sample each of them.
        executor: runs the chains.
    """
    whole = Region.of(learned.space, {})
    jobs = [
        _Job(
            (request.prior or whole).likelihood(
                learned.likelihood(request.records, request.without)
            ),
            sampling,
            chain,
        )
        for request in requests
        for chain in range(sampling.chains)
    ]
    chains: dict[int, Particles] = {}
    for item, result in executor(_run, jobs, range(len(jobs))):
        if isinstance(result, Failure):
            raise RunsFailed(result.summary)
        chains[item] = result
    ordered = [chains[item] for item in range(len(jobs))]
    return [
        JointFit(
            learned,
            request.without,
            request.prior or whole,
            sampling,
            tuple(ordered[place * sampling.chains : (place + 1) * sampling.chains]),
            request.records,
        )
        for place, request in enumerate(requests)
    ]


@dataclass(frozen=True)
class _Job:
    """One chain."""

    likelihood: RegionLikelihood
    sampling: Sampling
    chain: int


def _run(jobs: Sequence[_Job], item: int) -> Particles:
    """Run one chain. Called in a worker."""
    job = jobs[item]
    return Sampler(
        job.likelihood,
        len(job.likelihood.region.space.values),
        job.sampling.particles,
        job.sampling.moves,
        seed=job.sampling.seed,
        chain=job.chain,
    ).run()
