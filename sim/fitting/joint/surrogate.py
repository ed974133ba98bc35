"""Surrogate likelihood of a crisis: canonical correlations of its records with the shared values.

Each run of the bank gives one pair: a record x (what the targets measure, with the errors of their
kernels) and shared values v. All that is integrated out varies from run to run. With features f(x)
and h(v), both uncorrelated with variance 1, the canonical correlations are the singular values
``r_k`` of the matrix ``mean(f h')``, and the canonical variables are ``s_k(x)`` and ``t_k(v)``.
The surrogate is the ratio of densities

    log p(x | v) / p(x) = s(x) L t(v) + a(x) + g(v).

The matrix L is such that the correlations are those of the bank (maximum likelihood). a and g are
such that the density of records given any values is 1 in all, and that of values given any record
too. So the curvature of the likelihood agrees with the slopes that records can have, and adding up
many crises does not add up noise in the curvature.

*Noise.* With n runs, each entry of the matrix has an error of ``1 / sqrt(n)``. Singular values that
this explains are set to 0, and larger ones are shrunk (Gavish & Donoho 2017, eq. 7). A crisis that
teaches nothing then has the likelihood 1.

*Information.* The mean log ratio over held-out runs is the information that a record of the crisis
has about the shared values on average, in nats, as far as the surrogate finds it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.ensemble.executors import Executor, Failure, here
from sim.fitting.joint.bank import Bank, Banked, Size
from sim.fitting.joint.features import Features
from sim.fitting.joint.records import RecordFeatures, with_errors
from sim.fitting.likelihood import Crisis, RunsFailed, seed_of
from sim.fitting.space import Space
from sim.io.errors import UsageError
from sim.record.targets import log_mean

Array = NDArray[np.float64]

REFERENCE = 2048
"""Points of the prior at which a likelihood is normalised."""
RECORDS = 1024
"""Records of the bank over which it is normalised."""
STEPS = 6
"""Steps of the search for the matrix L."""
ROUNDS = 2
"""Rounds in each step in which a and g are computed in turn."""
SMALLEST_SPREAD = 1e-3
"""Smallest variance of a combination of features that is used."""
LARGEST = 0.98
"""Largest canonical correlation that is used."""
SINGLE = np.float32
"""Precision of ratios: enough for sums of a thousand terms near 1, at several times the speed."""
AT_ONCE = 512
"""Held-out runs that are compared with the reference at once, so that they stay in the cache."""
HELD_OUT = 5
"""One run in so many is held out to measure the information."""


@dataclass(frozen=True)
class Model:
    """The surrogate of all records of one crisis.

    Attributes:
        crisis: the crisis.
        size: size of the bank that it was learned from.
        records: features of its records.
        centre: mean of these features over the bank.
        canonical: matrix from centred features of records to canonical variables s,
            ``(record features, rank)``.
        slopes: matrix from s to the coefficients of the features of values,
            ``(rank, features)``.
        sample: s of some records of the bank, over which g is computed, ``(records, rank)``.
        weights: a of these records, ``(records,)``.
        correlations: canonical correlations after shrinkage, descending, ``(rank,)``.
        information: mean log ratio on held-out runs, in nats; None if it was not computed.
    """

    crisis: Crisis
    size: Size
    records: RecordFeatures
    centre: Array
    canonical: Array
    slopes: Array
    sample: Array
    weights: Array
    correlations: Array
    information: float | None = None

    @property
    def name(self) -> str:
        """Name of the crisis."""
        return self.crisis.name

    @property
    def recorded(self) -> Array:
        """Recorded value of each target, ``(targets,)``."""
        return np.array([target.observed for target in self.crisis.targets])

    def variables(self, values: Sequence[Array]) -> Array:
        """Return the canonical variables s of records: ``(n, rank)``.

        Args:
            values: recorded value of each target, each ``(n,)``.
        """
        return (self.records.of(values) - self.centre) @ self.canonical

    def linear(self, recorded: Array) -> Array:
        """Return the coefficients of the features of values, ``(features,)``.

        Args:
            recorded: recorded value of each target, ``(targets,)``.
        """
        return np.asarray(self.variables(list(recorded[:, None]))[0] @ self.slopes)

    def normaliser(self, features: Array) -> Array:
        """Return g, which does not depend on the record: ``(n,)``.

        Args:
            features: features of the values, ``(n, features)``.
        """
        logs = (features @ self.slopes.T).astype(SINGLE) @ self.sample.T.astype(SINGLE)
        logs += self.weights.astype(SINGLE)
        top = logs.max(axis=1, keepdims=True)
        logs -= top
        np.exp(logs, out=logs)
        return -np.asarray(np.log(logs.mean(axis=1)) + top[:, 0], dtype=np.float64)


@dataclass(frozen=True)
class Learned:
    """The surrogates of some crises.

    Attributes:
        features: features of the shared values.
        models: surrogate of each crisis.
    """

    features: Features
    models: tuple[Model, ...]

    @property
    def space(self) -> Space:
        """The shared values."""
        return self.features.space

    @property
    def crises(self) -> tuple[str, ...]:
        """Names of the crises."""
        return tuple(model.name for model in self.models)

    def likelihood(
        self, records: Mapping[str, Array] | None = None, without: Collection[str] = ()
    ) -> JointLikelihood:
        """Return the likelihood of all records, except those of some crises.

        Args:
            records: recorded value of each target by crisis; None for the historical record.
            without: names of crises to leave out.

        Raises:
            UsageError: a crisis to leave out is unknown.
        """
        for name in without:
            if name not in self.crises:
                allowed = ", ".join(self.crises)
                raise UsageError(f"'{name}' is not a crisis of the bank; allowed: {allowed}")
        # in the order of names, so that the sum does not depend on the order of crises
        chosen = sorted(
            (model for model in self.models if model.name not in without),
            key=lambda model: model.name,
        )
        slopes = (
            model.linear(model.recorded if records is None else records[model.name])
            for model in chosen
        )
        return JointLikelihood(
            self.features, sum(slopes, np.zeros(self.features.count)), tuple(chosen)
        )


@dataclass(frozen=True)
class JointLikelihood:
    """The likelihood of the records of some crises, relative to that under the prior.

    Attributes:
        features: features of the shared values.
        linear: sum of the coefficients of all crises, ``(features,)``.
        models: surrogates of the crises.
    """

    features: Features
    linear: Array
    models: tuple[Model, ...]

    def __call__(self, scores: Array, seed: int = 0) -> Array:
        """Return the log likelihood of normal scores, ``(n,)``; it has no error, so no seed."""
        return self.of_shares(self.features.space.shares(scores))

    def of_shares(self, shares: Array) -> Array:
        """Return the log likelihood at some quantiles of the values, ``(n,)``.

        Args:
            shares: quantiles, ``(n, values)``.
        """
        features = self.features.of(shares)
        fixed = (model.normaliser(features) for model in self.models)
        return sum(fixed, features @ self.linear)


def learn(bank: Bank, validate: bool = True, executor: Executor = here) -> Learned:
    """Learn the surrogate of each crisis of a bank.

    Args:
        bank: the bank.
        validate: whether to compute the information on held-out runs.
        executor: learns one crisis at a time; a process needs some hundred megabytes for that.

    Raises:
        RunsFailed: a surrogate could not be learned.
    """
    learner = Learner(Features(bank.space))
    task = Learner.validated if validate else Learner.learn
    models: dict[str, Model] = {}
    for banked, model in executor(task, learner, bank.crises):
        if isinstance(model, Failure):
            raise RunsFailed(model.summary)
        models[banked.name] = model
    return Learned(learner.features, tuple(models[banked.name] for banked in bank.crises))


class Learner:
    """Learns surrogates over the same features of values.

    Attributes:
        features: the features.
        reference: features at points of the prior, ``(points, features)``.
    """

    def __init__(self, features: Features) -> None:
        self.features = features
        key = np.random.SeedSequence(1, spawn_key=(stable_hash("reference points"),))
        random = np.random.default_rng(key)
        strata = [random.permutation(REFERENCE) for _ in features.space.values]
        self.reference = features.of((np.array(strata, dtype=float).T + 0.5) / REFERENCE)

    def learn(self, banked: Banked) -> Model:
        """Return the surrogate of a crisis from its runs."""
        return self._model(banked, *self._features(banked))

    def validated(self, banked: Banked) -> Model:
        """Return the surrogate of a crisis, with its information from held-out runs."""
        records, raw, features = self._features(banked)
        test = np.arange(len(raw)) % HELD_OUT == 0
        part = self._model(banked, records, raw[~test], features[~test])
        information = _information(part, raw[test], features[test], self.reference)
        return replace(self._model(banked, records, raw, features), information=information)

    def _features(self, banked: Banked) -> tuple[RecordFeatures, Array, Array]:
        """Return the features of records; their values, and those of shared values, in each run."""
        targets = banked.crisis.targets
        seed = seed_of(banked.name, banked.size.seed)
        values = with_errors(targets, banked.measured(), seed)
        records = RecordFeatures.of_runs(targets, values)
        return records, records.of(values), self.features.of(banked.shares)

    def _model(self, banked: Banked, records: RecordFeatures, raw: Array, features: Array) -> Model:
        runs = len(raw)
        # 1. combinations of the records' features that are uncorrelated with variance 1
        centre = raw.mean(axis=0)
        spread, axes = np.linalg.eigh(np.atleast_2d(np.cov(raw, rowvar=False, bias=True)))
        used = spread > SMALLEST_SPREAD
        white = axes[:, used] / spread[used] ** 0.5
        # 2. canonical correlations
        crossed = white.T @ ((raw - centre).T @ features) / runs
        left, correlations, right = np.linalg.svd(crossed, full_matrices=False)
        shrunk = np.minimum(shrink(correlations, crossed.shape, runs), LARGEST)
        rank = int((shrunk > 0).sum())
        shrunk = shrunk[:rank]
        canonical = white @ left[:, :rank]
        # 3. the ratio with these correlations
        chosen = np.linspace(0, runs - 1, min(RECORDS, runs)).round().astype(int)
        sample = _standardised((raw[chosen] - centre) @ canonical)
        joined, weights = matched(sample, self.reference @ right[:rank].T, shrunk)
        slopes = joined @ right[:rank]
        return Model(
            banked.crisis, banked.size, records, centre, canonical, slopes, sample, weights, shrunk
        )


def matched(records: Array, values: Array, correlations: Array) -> tuple[Array, Array]:
    """Return the density ratio whose canonical variables have given correlations.

    Args:
        records: canonical variables s of records, ``(records, rank)``.
        values: canonical variables t of values from the prior, ``(values, rank)``.
        correlations: their correlations, ``(rank,)``.

    Returns:
        The matrix L of ``s L t``, ``(rank, rank)``, and a of each record, ``(records,)``.
    """
    target = np.diag(correlations)
    room = 1 - correlations**2
    joined = np.diag(correlations / room)  # exact if all variables are normal, and there is one
    rows, columns = records.astype(SINGLE), values.astype(SINGLE)
    g = np.zeros(len(values), dtype=SINGLE)
    a = np.zeros(len(records), dtype=SINGLE)
    for _ in range(STEPS):
        logs = rows @ joined.astype(SINGLE) @ columns.T
        for _ in range(ROUNDS):
            a = -log_mean(logs + g, axis=1)
            g = -log_mean(logs + a[:, None], axis=0)
        found = rows.T @ np.exp(logs + a[:, None] + g) @ columns / logs.size
        joined = joined + (target - found) / np.outer(room, room)
    return joined, a.astype(float)


def shrink(correlations: Array, shape: tuple[int, int], runs: int) -> Array:
    """Return singular values without noise (Gavish & Donoho 2017, optimal for the Frobenius norm).

    Args:
        correlations: singular values of a matrix whose entries have errors of 1 / sqrt(runs).
        shape: shape of the matrix.
        runs: number of runs.

    >>> shrink(np.array([0.5, 0.01]), (20, 60), 10_000).round(2).tolist()
    [0.48, 0.0]
    """
    small, large = min(shape), max(shape)
    if small == 0:
        return correlations
    ratio = small / large
    unit = (large / runs) ** 0.5
    y = np.maximum(correlations / unit, 1e-12)
    inside = np.maximum((y**2 - ratio - 1) ** 2 - 4 * ratio, 0.0)
    return np.where(y > 1 + ratio**0.5, unit * inside**0.5 / y, 0.0)


def _standardised(variables: Array) -> Array:
    """Return variables with mean 0, variance 1 and no correlation, as they have in all runs."""
    if variables.shape[1] == 0:
        return variables
    centred = variables - variables.mean(axis=0)
    spread, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    return centred @ (axes / spread**0.5) @ axes.T


def _information(model: Model, raw: Array, features: Array, reference: Array) -> float:
    """Return the mean log ratio over runs, in nats."""
    slopes = (raw - model.centre) @ model.canonical @ model.slopes
    across, fixed = reference.T.astype(SINGLE), model.normaliser(reference).astype(SINGLE)
    total = float(np.einsum("nf,nf->", slopes, features))
    for start in range(0, len(slopes), AT_ONCE):
        piece = slice(start, start + AT_ONCE)
        logs = slopes[piece].astype(SINGLE) @ across + fixed
        total += float((model.normaliser(features[piece]) - log_mean(logs, axis=1)).sum())
    return total / len(slopes)
