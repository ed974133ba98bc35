"""Bayes factors of single values and of arguments, from the surrogate likelihood.

The Bayes factor compares one prior with that of a fit, from which it differs in a few values. Given
all other values, the likelihood is averaged over these few, under each of the two priors. The
factor is the mean ratio of the two averages over the draws of the fit. For a single value, this is
the Savage-Dickey ratio (Dickey 1971). Its density is a mean over draws (Gelfand & Smith 1990), and
so needs no smoothing. An argument is a prior of the values that it has assumptions about. Both
may lie outside the prior of the model, as far as the bank goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.fitting.calibration import off_share
from sim.fitting.joint.posterior import JointFit
from sim.fitting.joint.ranges import Value, share_in
from sim.fitting.joint.regions import Region
from sim.record.targets import log_mean
from sim.scenario import Choice, Quantity

Array = NDArray[np.float64]

POINTS = 48
"""Points of a prior over which a likelihood is averaged."""
DRAWS = 64
"""Posterior draws of each chain over which a ratio is averaged."""


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
        _factor(made, value, single)
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


def _factor(made: JointFit, value: Value, single: Value) -> Factor:
    log_factor, error = log_factor_of(made, made.prior.holding(value.path, single))
    if isinstance(single, Quantity) or isinstance(value, Quantity):
        return Factor(value.path, 0.0, None, None, log_factor, error)
    option = single.options[0]
    prior = 1 / len(value.options) if option in value.options else None
    posterior = None if prior is None else prior * float(np.exp(log_factor))
    return Factor(value.path, option, prior, posterior, log_factor, error)


def log_factor_of(made: JointFit, region: Region) -> tuple[float, float | None]:
    """Return the log Bayes factor of a prior against that of a fit, and its Monte Carlo error.

    Args:
        made: the fit.
        region: a prior that differs from that of the fit in a few values.
    """
    by_chain = np.array(
        [float(log_mean(_log_ratios(made, region, chain.scores))) for chain in made.chains]
    )
    error = float(by_chain.std(ddof=1) / len(by_chain) ** 0.5) if len(by_chain) > 1 else None
    return float(log_mean(by_chain)), error


def _log_ratios(made: JointFit, region: Region, scores: Array) -> Array:
    """Return the log ratio of mean likelihoods given each of some draws, ``(DRAWS,)``.

    Args:
        made: the fit.
        region: the other prior.
        scores: normal scores of draws of the fit, ``(draws, open values)``.
    """
    pairs = zip(made.prior.values, region.values, strict=True)
    places = [place for place, (before, after) in enumerate(pairs) if before != after]
    chosen = scores[np.linspace(0, len(scores) - 1, DRAWS).round().astype(int)]
    shares = made.prior.shares(chosen)
    likelihood = made.likelihood

    def mean_under(prior: Region) -> Array:
        points = _points(prior, places)
        moved = np.repeat(shares, len(points), axis=0)
        moved[:, places] = np.tile(points, (len(shares), 1))
        return log_mean(likelihood.of_shares(moved).reshape(len(shares), -1), axis=1)

    return mean_under(region) - mean_under(made.prior)


def _points(prior: Region, places: Sequence[int]) -> Array:
    """Return evenly spread points of some values under a prior, ``(points, places)``.

    They are a Latin hypercube, as quantiles in the ranges of the bank.
    """
    values = [prior.values[place] for place in places]
    if all(value.known for value in values):
        count = 1
    elif len(values) == 1 and isinstance(values[0], Choice):
        count = len(values[0].options)
    else:
        count = POINTS
    random = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(len(places),)))
    return np.column_stack(
        [
            share_in(prior.bank.values[place], value, (random.permutation(count) + 0.5) / count)
            for place, value in zip(places, values, strict=True)
        ]
    )


@dataclass(frozen=True)
class Evidence:
    """The evidence of an argument.

    Attributes:
        argument: its name.
        log_factor: log Bayes factor of its prior against that of the model.
        error: Monte Carlo error of the log Bayes factor; None if the fit has one chain.
        weight: posterior probability, if all arguments are equally likely before.
        not_covered: paths of assumptions that no shared value expresses.
    """

    argument: str
    log_factor: float
    error: float | None
    weight: float
    not_covered: tuple[str, ...]


def evidences(
    made: JointFit,
    arguments: Mapping[str, Region],
    not_covered: Mapping[str, Sequence[str]] | None = None,
) -> list[Evidence]:
    """Return the evidence of each argument.

    Args:
        made: the posterior of the model's own prior.
        arguments: the prior of each argument, inside the ranges of the bank.
        not_covered: by argument, paths of assumptions that no shared value expresses.
    """
    found = {name: log_factor_of(made, region) for name, region in arguments.items()}
    total = sum(np.exp(log_factor) for log_factor, _ in found.values())
    return [
        Evidence(
            argument=name,
            log_factor=log_factor,
            error=error,
            weight=float(np.exp(log_factor) / total),
            not_covered=tuple((not_covered or {}).get(name, ())),
        )
        for name, (log_factor, error) in found.items()
    ]
