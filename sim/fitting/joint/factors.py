"""Bayes factors of single values and of arguments, from the surrogate likelihood.

*Single values.* The Bayes factor of a value of one parameter against its prior is the ratio of
posterior to prior density there (Savage-Dickey; Dickey 1971). The density is averaged over draws of
all other values (Gelfand & Smith 1990). Given these, it is the likelihood of the value over its
mean under the prior. So it has no smoothing, and the value may lie outside the prior.

*Arguments.* The evidence of an argument is the mean likelihood over the prior that it assumes. It
comes from the sampler that moves draws from this prior to the posterior.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.ensemble.executors import Executor, here
from sim.fitting.calibration import off_share
from sim.fitting.joint.posterior import JointFit, Request, Sampling, fit_all
from sim.fitting.joint.ranges import Value, share_in
from sim.fitting.joint.regions import Region
from sim.record.targets import log_mean
from sim.scenario import Choice, Quantity

Array = NDArray[np.float64]

GRID = 21
"""Points of the prior over which the likelihood of a parameter is averaged."""
DRAWS = 64
"""Posterior draws of each chain over which a density is averaged."""
OFF = "off"


@dataclass(frozen=True)
class Factor:
    """The Bayes factor of a single value against the prior of its parameter.

    Attributes:
        path: path of the parameter.
        value: the value: a number or the name of an option.
        prior: prior probability of an option; None for a number, or outside the prior.
        posterior: posterior probability of an option; None for a number, or outside the prior.
        log_factor: log Bayes factor; positive if the records favour the value.
        error: its Monte Carlo error, from differences between chains; None for one chain.
    """

    path: str
    value: float | str
    prior: float | None
    posterior: float | None
    log_factor: float
    error: float | None


def factors(made: JointFit) -> list[Factor]:
    """Return the Bayes factor of "off" for each mechanism, and of each option of each choice."""
    return [
        _factor(made, place, value, single)
        for place, value in enumerate(made.prior.values)
        for single in _singles(made.prior.bank.values[place], value)
    ]


def _singles(wide: Value, value: Value) -> Iterator[Value]:
    """Yield the single values of a parameter to test: off, or each option that the bank covers."""
    if value.known:
        return
    if isinstance(wide, Choice):
        for option in wide.options:
            yield wide.model_copy(update={"options": (option,)})
    elif off_share(value) is not None:
        yield Quantity(low=0.0, high=0.0, path=value.path)


def _factor(made: JointFit, place: int, value: Value, single: Value) -> Factor:
    by_chain = np.array(
        [
            float(log_mean(_density(made, place, value, single, chain.scores)))
            for chain in made.chains
        ]
    )
    log_factor = float(log_mean(by_chain))
    error = float(by_chain.std(ddof=1) / len(by_chain) ** 0.5) if len(by_chain) > 1 else None
    if isinstance(single, Quantity) or isinstance(value, Quantity):
        low = single.low if isinstance(single, Quantity) else 0.0
        return Factor(value.path, low, None, None, log_factor, error)
    option = single.options[0]
    inside = option in value.options
    prior = 1 / len(value.options) if inside else None
    posterior = None if prior is None else prior * float(np.exp(log_factor))
    return Factor(value.path, option, prior, posterior, log_factor, error)


def _density(made: JointFit, place: int, value: Value, single: Value, scores: Array) -> Array:
    """Return the log of posterior over prior density at a value, given each of some draws.

    Args:
        made: the posterior.
        place: position of the parameter among the values of the bank.
        value: its prior.
        single: the value.
        scores: normal scores of draws, ``(draws, open values)``.
    """
    likelihood = made.learned.likelihood(without=made.without)
    chosen = scores[np.linspace(0, len(scores) - 1, DRAWS).round().astype(int)]
    shares = made.prior.shares(chosen)
    wide = made.prior.bank.values[place]

    def at(share: Array) -> Array:
        moved = np.repeat(shares, len(share), axis=0)
        moved[:, place] = np.tile(share, len(shares))
        return likelihood.of_shares(moved).reshape(len(shares), -1)

    points = len(value.options) if isinstance(value, Choice) else GRID
    under_prior = at(share_in(wide, value, (np.arange(points) + 0.5) / points))
    return np.asarray(
        at(share_in(wide, single, np.array([0.5])))[:, 0] - log_mean(under_prior, axis=1)
    )


@dataclass(frozen=True)
class Evidence:
    """The evidence of an argument.

    Attributes:
        argument: its name.
        log_evidence: log mean likelihood of all records over its prior, relative to crises that
            share nothing.
        log_factor: log Bayes factor against the prior of the model.
        error: Monte Carlo error of the log Bayes factor; None if a fit has one chain.
        weight: posterior probability, if all arguments are equally likely before.
        not_covered: paths of assumptions that no crisis of the bank can show.
    """

    argument: str
    log_evidence: float
    log_factor: float
    error: float | None
    weight: float
    not_covered: tuple[str, ...]


def evidences(
    made: JointFit,
    arguments: Mapping[str, Region],
    sampling: Sampling,
    not_covered: Mapping[str, Sequence[str]] | None = None,
    executor: Executor = here,
) -> list[Evidence]:
    """Return the evidence of each argument.

    Args:
        made: the posterior of the model's own prior.
        arguments: the prior of each argument, inside the ranges of the bank.
        sampling: how to sample.
        not_covered: by argument, paths of assumptions that the bank does not cover.
        executor: runs the chains.
    """
    reference, reference_error = made.log_evidence
    requests = [Request(region, made.without) for region in arguments.values()]
    fits = fit_all(made.learned, requests, sampling, executor)
    found = {name: one.log_evidence for name, one in zip(arguments, fits, strict=True)}
    logs = np.array([evidence for evidence, _ in found.values()])
    weights = np.exp(logs - logs.max()) if len(logs) else logs
    weights = weights / weights.sum() if len(logs) else logs
    return [
        Evidence(
            argument=name,
            log_evidence=evidence,
            log_factor=evidence - reference,
            error=_both(error, reference_error),
            weight=float(weight),
            not_covered=tuple((not_covered or {}).get(name, ())),
        )
        for (name, (evidence, error)), weight in zip(found.items(), weights, strict=True)
    ]


def _both(first: float | None, second: float | None) -> float | None:
    """Return the error of a difference, from the errors of its parts."""
    return None if first is None or second is None else float(np.hypot(first, second))
