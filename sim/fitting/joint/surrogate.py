"""Surrogate likelihood of a crisis: a smooth density ratio learned from its bank.

A run of the bank has the weight K, the product of its targets' kernels at the record. The
likelihood of the shared values is the mean of K over runs with these values, over chance and over
all that the crisis leaves uncertain. Divided by its mean under the prior, it is the ratio of
posterior to prior for this crisis alone. The surrogate is

    log ratio = b f + c g - A(b, c),

with features f of the values (:mod:`sim.fitting.joint.features`), products g of two of
them, and A so that the ratio has mean 1 under the prior. It is fitted by maximum likelihood to the
weighted draws: a log-linear (Poisson) regression of the weights whose normalisation is computed
under the prior. At the maximum, the moments of the features agree with the weighted moments.

*Shrinkage.* With weights of an effective size n, a moment has the error ``1 / sqrt(n)``. The
coefficients of each kind have a normal prior whose variance is estimated from the moments of the
crisis, beyond this error (empirical Bayes). A crisis that teaches nothing then has a ratio
near 1. Products are used if their moment is far from what the other features imply.

The score of the surrogate on held-out draws is the mean log ratio under their weights, in nats. It
estimates, from below, how much the crisis teaches about the shared values.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.fitting.joint.bank import Bank, Banked
from sim.fitting.joint.features import LINEAR, OPTION, QUADRATIC, Features
from sim.fitting.space import MISSING, Space
from sim.io.errors import UsageError
from sim.record.targets import Target, log_mean

Array = NDArray[np.float64]

REFERENCE = 4096
"""Points of the prior over which a ratio is normalised."""
SMALLEST_VARIANCE = 1e-5
"""Smallest variance of the coefficients of a kind."""
NOTABLE = 4.0
"""Errors by which the moment of a product must differ from what the other features imply.

With 400 products, chance exceeds it in 1 of 40 crises.
"""
FOLDS = 5


@dataclass(frozen=True)
class Surrogate:
    """The surrogate of one crisis.

    Attributes:
        name: name of the crisis.
        linear: coefficients b, ``(features,)``.
        products: coefficients c of products of features, symmetric, ``(features, features)``.
        constant: -A.
        evidence: log of the mean weight: log likelihood of the record under the prior.
        matches: effective size of the weights.
        information: mean log ratio on held-out draws, in nats; None if it was not computed.
    """

    name: str
    linear: Array
    products: Array
    constant: float
    evidence: float
    matches: float
    information: float | None = None

    def log_ratio(self, features: Array) -> Array:
        """Return the log of posterior over prior: ``(n,)``.

        Args:
            features: features of the values, ``(n, features)``.
        """
        return log_ratio(features, self.linear, self.products, self.constant)


def log_ratio(features: Array, linear: Array, products: Array, constant: float) -> Array:
    """Return ``constant + b f + f C f / 2``, ``(n,)``."""
    crossed = 0.5 * np.einsum("nf,nf->n", features @ products, features)
    return np.asarray(constant + features @ linear + crossed)


@dataclass(frozen=True)
class Learned:
    """The surrogates of some crises.

    Attributes:
        features: features of the shared values.
        surrogates: surrogate of each crisis.
    """

    features: Features
    surrogates: tuple[Surrogate, ...]

    @property
    def space(self) -> Space:
        """The shared values."""
        return self.features.space

    @property
    def crises(self) -> tuple[str, ...]:
        """Names of the crises."""
        return tuple(surrogate.name for surrogate in self.surrogates)

    def total(self, without: Collection[str] = ()) -> Surrogate:
        """Return the sum of the surrogates, except those of some crises.

        Raises:
            UsageError: a crisis to leave out is unknown.
        """
        for name in without:
            if name not in self.crises:
                allowed = ", ".join(self.crises)
                raise UsageError(f"'{name}' is not a crisis of the bank; allowed: {allowed}")
        # in the order of names, so that the sum does not depend on the order of crises
        chosen = sorted(
            (part for part in self.surrogates if part.name not in without),
            key=lambda part: part.name,
        )
        size = self.features.count
        return Surrogate(
            name="total",
            linear=sum((part.linear for part in chosen), np.zeros(size)),
            products=sum((part.products for part in chosen), np.zeros((size, size))),
            constant=float(sum(part.constant for part in chosen)),
            evidence=float(sum(part.evidence for part in chosen)),
            matches=float(sum(part.matches for part in chosen)),
        )


def learn(bank: Bank, validate: bool = True) -> Learned:
    """Learn the surrogate of each crisis of a bank.

    Args:
        bank: the bank.
        validate: whether to compute the information on held-out draws.
    """
    learner = Learner(Features(bank.space))
    found = []
    for banked in bank.crises:
        logs = log_weights(banked.crisis.targets, banked.measured(), banked.size.draws)
        found.append(learner.learn(banked, logs, validate))
    return Learned(learner.features, tuple(found))


def log_weights(targets: Collection[Target], measured: list[Array], draws: int) -> Array:
    """Return the log weight of each draw: the mean over its replicates of the kernels' product.

    Args:
        targets: the targets.
        measured: measured value of each target in each run, each ``(runs,)``.
        draws: number of draws.
    """
    logs = sum(
        (
            target.kernel.log_density(values, target.observed)
            for target, values in zip(targets, measured, strict=True)
        ),
        np.zeros(len(measured[0]) if measured else draws),
    )
    return log_mean(logs.reshape(-1, draws))


class Learner:
    """Learns surrogates over the same features.

    Attributes:
        features: the features.
        reference: features at points of the prior, ``(points, features)``.
    """

    def __init__(self, features: Features) -> None:
        self.features = features
        key = np.random.SeedSequence(1, spawn_key=(stable_hash("reference points"),))
        random = np.random.default_rng(key)
        strata = np.array(
            [random.permutation(REFERENCE) for _ in features.space.values], dtype=float
        ).T
        self.reference = features.of((strata + 0.5) / REFERENCE)

    def learn(self, banked: Banked, logs: Array, validate: bool = False) -> Surrogate:
        """Return the surrogate of a crisis.

        Args:
            banked: its runs.
            logs: log weight of each draw, ``(draws,)``.
            validate: whether to compute the information on held-out draws.
        """
        features = self.features.of(banked.shares)
        weights = np.exp(logs - logs.max())
        linear, products, constant = self._fit(features, weights)
        information = self._held_out(features, weights) if validate else None
        return Surrogate(
            name=banked.name,
            linear=linear,
            products=products,
            constant=constant,
            evidence=float(log_mean(logs)),
            matches=effective(weights),
            information=information,
        )

    def _held_out(self, features: Array, weights: Array) -> float:
        """Return the mean log ratio on held-out draws under their weights."""
        fold = np.arange(len(weights)) % FOLDS
        total = 0.0
        for number in range(FOLDS):
            test = fold == number
            fitted = self._fit(features[~test], weights[~test])
            total += float((weights[test] * log_ratio(features[test], *fitted)).sum())
        return total / float(weights.sum())

    def _fit(self, features: Array, weights: Array) -> tuple[Array, Array, float]:
        """Return coefficients of features and of products, and the constant."""
        size = self.features.count
        matches = effective(weights)
        weights = weights / weights.sum()
        # 1. features of the values that this crisis leaves uncertain
        used = np.flatnonzero(features.any(axis=0))
        moments = weights @ features[:, used]
        groups = np.array([_GROUPS[self.features.kinds[column][1]] for column in used])
        penalty = _penalties(moments, groups, matches)
        design = self.reference[:, used]
        start = _maximum(design, moments, penalty)
        # 2. products whose moments differ from what these features imply
        allowed = np.isin(self.features.pairs, used).all(axis=1)
        pairs = self.features.pairs[allowed]
        crossed = self.reference[:, pairs[:, 0]] * self.reference[:, pairs[:, 1]]
        implied = _normalised(design @ start) @ crossed
        found = _moments_of_pairs(features, weights, pairs)
        notable = np.abs(found - implied) > NOTABLE / matches**0.5
        linear = np.zeros(size)
        products = np.zeros((size, size))
        if notable.any():
            # 3. all of them together
            excess = (found - implied)[notable]
            variance = max(float((excess**2).mean() - 1 / matches), SMALLEST_VARIANCE)
            wide = np.column_stack([design, crossed[:, notable]])
            penalty = np.append(penalty, np.full(notable.sum(), 1 / (matches * variance)))
            moments = np.append(moments, found[notable])
            start = _maximum(wide, moments, penalty, np.append(start, np.zeros(notable.sum())))
            for (i, j), coefficient in zip(pairs[notable], start[len(used) :], strict=True):
                products[i, j] = products[j, i] = coefficient
        linear[used] = start[: len(used)]
        at_reference = log_ratio(self.reference, linear, products, 0.0)
        return linear, products, -float(log_mean(at_reference))


_GROUPS = {LINEAR: 0, OPTION: 0, QUADRATIC: 1}


def effective(weights: Array) -> float:
    """Return the effective size of weights.

    >>> effective(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def _penalties(moments: Array, groups: NDArray[np.int64], matches: float) -> Array:
    """Return the penalty of each coefficient: 1 / (n variance), by empirical Bayes."""
    penalty = np.zeros(len(moments))
    for group in np.unique(groups):
        inside = groups == group
        variance = float((moments[inside] ** 2).mean() - 1 / matches)
        penalty[inside] = 1 / (matches * max(variance, SMALLEST_VARIANCE))
    return penalty


def _moments_of_pairs(features: Array, weights: Array, pairs: NDArray[np.int64]) -> Array:
    """Return the weighted mean of the product of each pair of features."""
    every = (features * weights[:, None]).T @ features
    return np.asarray(every[pairs[:, 0], pairs[:, 1]])


def _normalised(logs: Array) -> Array:
    raw = np.exp(logs - logs.max())
    return np.asarray(raw / raw.sum())


def _maximum(design: Array, moments: Array, penalty: Array, start: Array | None = None) -> Array:
    """Return the coefficients b that maximise ``b m - log mean exp(b f) - penalty b^2 / 2``.

    Args:
        design: features at the reference points, ``(points, features)``.
        moments: weighted moments m, ``(features,)``.
        penalty: penalty of each coefficient, ``(features,)``.
        start: coefficients to start from.
    """

    def loss(b: Array) -> tuple[float, Array]:
        logs = design @ b
        value = float(log_mean(logs)) - float(b @ moments) + 0.5 * float(penalty @ b**2)
        return value, _normalised(logs) @ design - moments + penalty * b

    begin = np.zeros(len(moments)) if start is None else start
    found = _optimize().minimize(loss, begin, jac=True, method="L-BFGS-B", options=_PRECISION)
    return np.asarray(found.x)


_PRECISION = {"maxiter": 500, "gtol": 1e-6, "ftol": 1e-12}


def _optimize() -> Any:
    """Return SciPy's optimisers. Raise UsageError if SciPy is not installed."""
    try:
        from scipy import optimize
    except ImportError:
        raise UsageError(MISSING) from None
    return optimize
