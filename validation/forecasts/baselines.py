"""Competitors of the model: climatology, nearest analogues and regressions.

Each one forecasts an outcome of a crisis from the records of other crises. It gets the covariates
of the crisis at its onset, and nothing of its record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, gammaln
from scipy.stats import t as student

from validation.forecasts.covariates import OF_REGRESSIONS, standardised
from validation.forecasts.outcomes import COUNT, DURATION, YES, Outcome
from validation.forecasts.scores import Sample, crps

Array = NDArray[np.float64]

NEIGHBOURS = (3, 5, 8, 12, 20)
"""Numbers of analogues to choose from."""
POINTS = 400
"""Values in the sample of a regression."""
SLOPE = 1.0
"""Standard deviation of the normal prior of a slope, for a covariate in standard deviations."""
WIDE = 10.0
"""Standard deviation of the prior of an intercept."""
SHAPE = 1.0
"""Standard deviation of the prior of the logarithm of a shape or dispersion."""
STEP = 1e-4
"""Step of second derivatives."""
LARGEST = 12.0
"""Largest logarithm of an expected count or of a duration."""


@dataclass(frozen=True)
class Training:
    """The other crises, as far as their record has the outcome.

    Attributes:
        covariates: ``(crises, covariates)``.
        observed: the outcome, ``(crises,)``.
    """

    covariates: Array
    observed: Array

    def without(self, number: int) -> Training:
        """Return the training crises without one of them."""
        rest = np.arange(len(self.observed)) != number
        return Training(self.covariates[rest], self.observed[rest])


class Competitor(Protocol):
    """Forecasts an outcome of a crisis."""

    def __call__(self, outcome: Outcome, train: Training, covariates: Array, /) -> Sample:
        """Return the forecast.

        Args:
            outcome: the outcome.
            train: the other crises.
            covariates: covariates of the crisis to forecast, ``(covariates,)``.
        """


def climatology(outcome: Outcome, train: Training, covariates: Array) -> Sample:
    """Forecast that any other crisis is equally likely to be repeated."""
    return Sample.of(train.observed)


# Nearest analogues


def analogues(outcome: Outcome, train: Training, covariates: Array) -> Sample:
    """Forecast that any of the nearest crises is equally likely to be repeated.

    Crises are compared by Euclidean distance in standard deviations of the covariates. The number
    of analogues is the one with the smallest mean CRPS when each training crisis is left out.
    """
    return _nearest(train, covariates, neighbours(outcome, train))


def neighbours(outcome: Outcome, train: Training) -> int:
    """Return the number of analogues that forecasts the training crises best."""
    numbers = [number for number in NEIGHBOURS if number < len(train.observed)]
    if len(numbers) < 2:
        return min(NEIGHBOURS[0], len(train.observed))
    losses = {
        number: np.mean(
            [
                crps(
                    outcome,
                    _nearest(train.without(place), train.covariates[place], number),
                    train.observed[place],
                )
                for place in range(len(train.observed))
            ]
        )
        for number in numbers
    }
    return min(losses, key=lambda number: losses[number])


def _nearest(train: Training, covariates: Array, number: int) -> Sample:
    points, target = standardised(train.covariates, covariates)
    distance = np.sqrt(((points - target) ** 2).sum(axis=1))
    return Sample.of(train.observed[np.argsort(distance, kind="stable")[:number]])


# Regressions


def regression(outcome: Outcome, train: Training, covariates: Array) -> Sample:
    """Forecast by a regression on four covariates, with the uncertainty of its coefficients.

    It is a Weibull model for the duration, normal on the log-like scale for deaths and territory,
    negative binomial for counts, and logistic for a yes or no. Slopes have a weak prior.
    """
    points, target = standardised(train.covariates[:, :OF_REGRESSIONS], covariates[:OF_REGRESSIONS])
    design = np.column_stack([np.ones(len(points)), points])
    row = np.append(1.0, target)
    if outcome is DURATION:
        return _weibull(design, row, train.observed, outcome)
    models = {YES: _logistic, COUNT: _negative_binomial}
    return models.get(outcome.kind, _normal)(design, row, train.observed, outcome)


def _normal(design: Array, row: Array, observed: Array, outcome: Outcome) -> Sample:
    """Return the predictive distribution of a linear regression on the scale of the outcome."""
    values = outcome.scaled(observed)
    precision = np.diag([0.0, *[1 / SLOPE**2] * (design.shape[1] - 1)])
    # the prior of slopes is in units of the residuals' standard deviation, times two
    inverse = np.linalg.inv(design.T @ design + precision / 4)
    fitted = inverse @ design.T @ values
    freedom = max(len(values) - design.shape[1], 1)
    residual = values - design @ fitted
    spread = np.sqrt(residual @ residual / freedom * (1 + row @ inverse @ row))
    places = (np.arange(POINTS) + 0.5) / POINTS
    drawn = row @ fitted + spread * student.ppf(places, freedom)
    low, high = np.arcsinh(np.array([outcome.low, outcome.high]) / outcome.smallest)
    return Sample.of(outcome.smallest * np.sinh(np.clip(drawn, low, high)))


def _weibull(design: Array, row: Array, observed: Array, outcome: Outcome) -> Sample:
    """Return the predictive distribution of a Weibull regression with censored durations."""
    censored = outcome.is_censored(observed)
    limit = np.inf if outcome.limit is None else outcome.limit
    logs = np.log(np.clip(observed, 0.5, limit))

    def loss(values: Array) -> float:
        scale = np.exp(values[-1])
        z = (logs - design @ values[:-1]) / scale
        hazard = np.exp(np.minimum(z, 50.0))
        return float(hazard.sum() - (z - values[-1])[~censored].sum() + _prior(values))

    start = np.append(np.append(logs.mean(), np.zeros(design.shape[1] - 1)), 0.0)
    random, drawn = _drawn(loss, start)
    gumbel = np.log(-np.log(random.random(POINTS)))
    times = drawn[:, :-1] @ row + np.exp(np.clip(drawn[:, -1], -LARGEST, LARGEST)) * gumbel
    return Sample.of(np.exp(np.minimum(times, LARGEST)))


def _negative_binomial(design: Array, row: Array, observed: Array, outcome: Outcome) -> Sample:
    """Return the predictive distribution of a negative binomial regression of counts."""
    counts = np.round(observed)

    def loss(values: Array) -> float:
        mean = np.exp(np.minimum(design @ values[:-1], LARGEST))
        size = np.exp(-values[-1])
        found = (
            gammaln(counts + size)
            - gammaln(size)
            + size * np.log(size / (size + mean))
            + counts * np.log(mean / (size + mean))
        )
        return float(-found.sum() + _prior(values))

    start = np.append(np.append(np.log(counts.mean() + 0.1), np.zeros(design.shape[1] - 1)), 0.0)
    random, drawn = _drawn(loss, start)
    mean = np.exp(np.minimum(drawn[:, :-1] @ row, np.log(outcome.high)))
    size = np.exp(np.clip(-drawn[:, -1], -LARGEST, LARGEST))
    return Sample.of(random.poisson(random.gamma(size, mean / size)).astype(float))


def _logistic(design: Array, row: Array, observed: Array, outcome: Outcome) -> Sample:
    """Return the predictive distribution of a logistic regression."""

    def loss(values: Array) -> float:
        z = design @ values
        return float(np.logaddexp(0, z).sum() - observed @ z + _prior(values, last=False))

    _, drawn = _drawn(loss, np.zeros(design.shape[1]))
    share = float(expit(drawn @ row).mean())
    return Sample(np.array([0.0, 1.0]), np.array([1 - share, share]))


def _prior(values: Array, last: bool = True) -> float:
    """Return the negative log prior: weak for slopes and shape, wide for the intercept.

    Args:
        values: the intercept, the slopes, and the shape if there is one.
        last: whether the last value is a shape.
    """
    slopes = values[1:-1] if last else values[1:]
    shape = (values[-1] / SHAPE) ** 2 if last else 0.0
    return float(0.5 * ((slopes**2).sum() / SLOPE**2 + (values[0] / WIDE) ** 2 + shape))


def _drawn(loss: Callable[[Array], float], start: Array) -> tuple[np.random.Generator, Array]:
    """Return a random stream, and coefficients drawn from the normal approximation at the mode.

    Args:
        loss: negative log posterior.
        start: coefficients to start from.
    """
    mode = minimize(loss, start, method="BFGS").x
    size = len(mode)
    steps = STEP * np.eye(size)
    curvature = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            curvature[i, j] = (
                loss(mode + steps[i] + steps[j])
                - loss(mode + steps[i] - steps[j])
                - loss(mode - steps[i] + steps[j])
                + loss(mode - steps[i] - steps[j])
            ) / (4 * STEP**2)
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    random = np.random.default_rng(1)
    normal = random.standard_normal((POINTS, size)) / np.sqrt(np.maximum(values, 1e-6))
    return random, mode + normal @ vectors.T


COMPETITORS: Mapping[str, Competitor] = {
    "climatology": climatology,
    "analogues": analogues,
    "regression": regression,
}
