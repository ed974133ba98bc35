"""Fit: the likelihood of the historical record in each argument's world.

An argument's world is the three crises of the record under its assumptions. Values are drawn from
the coded ranges and not from a posterior, which has already used the record. The likelihood of a
draw is the product over crises of the mean over runs of the product over items of their kernels
(see :mod:`sim.record.targets`). The evidence of an argument is the mean over draws. A Bayes factor
compares it with the reference argument. Its Monte Carlo error comes from resampling the draws,
jointly for all arguments, because they share draws.

*Recovery* tests this method. Records are simulated in the world of each argument, from draws that
the likelihood does not use and with the errors of the kernels, and are judged in the same way. The
result is a confusion matrix. If two arguments are confused, no record of three linked crises can
separate them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.record.targets import Density, Target, log_mean

Array = NDArray[np.float64]
Tables = Mapping[str, pd.DataFrame]
"""Outcomes by crisis."""

ALL = "all"
"""Scope of the whole record."""
RESAMPLES = 400
CONVERGED = 0.5
"""Largest standard error of a log Bayes factor that is reported."""
APART = 0.5
"""Share of records judged correctly above which two arguments are separable, at 95% confidence."""


@dataclass(frozen=True)
class Matrix:
    """The matrix of arguments and items of the record.

    Attributes:
        items: log likelihood of each item, one row per argument and item.
        weights: log Bayes factor, posterior weight at equal priors, and their errors; one row per
            argument and scope (all crises or one).
    """

    items: pd.DataFrame
    weights: pd.DataFrame


def measured(targets: Sequence[Target], tables: Tables) -> dict[str, Array]:
    """Return the measured values by fact, ``(runs,)``.

    Items that the tables do not measure are left out.
    """
    found = [target for target in targets if target.is_measured(tables[target.crisis])]
    return {target.fact: target.measured(tables[target.crisis]) for target in found}


def densities_given(targets: Sequence[Target], values: Mapping[str, Array]) -> dict[str, Density]:
    """Return the log density of every item as a function of its recorded value, by fact.

    Args:
        targets: items of the record.
        values: simulated values by fact, ``(runs,)``.
    """
    known = (target for target in targets if target.fact in values)
    return {target.fact: target.kernel.given(values[target.fact]) for target in known}


def log_densities(
    targets: Sequence[Target], given: Mapping[str, Density], draws: int
) -> dict[str, Array]:
    """Return the log density of every item in every run, by fact: shape ``(replicates, draws)``."""
    return {
        target.fact: given[target.fact](target.observed).reshape(-1, draws)
        for target in targets
        if target.fact in given
    }


def draw_evidence(targets: Sequence[Target], densities: Mapping[str, Array]) -> Array:
    """Return each draw's log likelihood of the whole record: shape ``(draws,)``."""
    crises = dict.fromkeys(target.crisis for target in targets if target.fact in densities)
    total: Array | float = 0.0
    for crisis in crises:
        joint = sum(
            densities[target.fact]
            for target in targets
            if target.crisis == crisis and target.fact in densities
        )
        total = total + log_mean(np.asarray(joint), axis=0)
    return np.asarray(total)


def matrix(
    targets: Sequence[Target], worlds: Mapping[str, Tables], null: str, draws: int, seed: int
) -> Matrix:
    """Return the matrix of all arguments.

    Args:
        targets: items of the record.
        worlds: outcomes of every crisis in the world of each argument.
        null: reference argument; if it is missing, the first argument.
        draws: number of draws.
        seed: seed of the resampling.
    """
    items: list[dict[str, object]] = []
    evidence: dict[str, dict[str, Array]] = {}
    for name, tables in worlds.items():
        given = densities_given(targets, measured(targets, tables))
        densities = log_densities(targets, given, draws)
        evidence[name] = {
            scope: draw_evidence(chosen, densities) for scope, chosen in _scopes(targets).items()
        }
        for target in targets:
            if target.fact in densities:
                alone = float(log_mean(densities[target.fact].ravel(), axis=0))
                items.append(
                    {
                        "argument": name,
                        "crisis": target.crisis,
                        "item": target.name,
                        "fact": target.fact,
                        "says": target.says,
                        "log_likelihood": alone,
                    }
                )
    table = pd.DataFrame(items)
    spread = table.groupby("fact")["log_likelihood"].agg(lambda logs: logs.max() - logs.min())
    table["diagnosticity"] = table["fact"].map(spread)
    reference = null if null in evidence else next(iter(evidence))
    weights = [
        _weights({name: logs[scope] for name, logs in evidence.items()}, reference, seed).assign(
            scope=scope
        )
        for scope in _scopes(targets)
    ]
    return Matrix(table, pd.concat(weights, ignore_index=True))


def _scopes(targets: Sequence[Target]) -> dict[str, list[Target]]:
    """Return the items of all crises together, linked by common draws, and of each alone."""
    alone = {
        crisis: [target for target in targets if target.crisis == crisis]
        for crisis in dict.fromkeys(target.crisis for target in targets)
    }
    return {ALL: list(targets), **alone}


def _weights(evidence: Mapping[str, Array], null: str, seed: int) -> pd.DataFrame:
    logs = np.stack(list(evidence.values()))
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=logs.shape))
    picks = random.integers(0, logs.shape[1], (RESAMPLES, logs.shape[1]))
    resampled = np.stack([log_mean(logs[:, pick], axis=1) for pick in picks], axis=1)
    total = log_mean(logs, axis=1)
    reference = list(evidence).index(null)
    factors = resampled - resampled[reference]
    weights = _softmax(total)
    spread = _softmax(resampled)
    used = np.exp(logs - logs.max(axis=1, keepdims=True))
    return pd.DataFrame(
        {
            "argument": list(evidence),
            "null": null,
            "log_evidence": total,
            "log_bayes_factor": total - total[reference],
            "error": factors.std(axis=1, ddof=1),
            "weight": weights,
            "weight_low": np.quantile(spread, 0.025, axis=1),
            "weight_high": np.quantile(spread, 0.975, axis=1),
            "effective_draws": used.sum(axis=1) ** 2 / (used**2).sum(axis=1),
            "converged": factors.std(axis=1, ddof=1) <= CONVERGED,
        }
    )


def _softmax(logs: Array) -> Array:
    scaled = np.exp(logs - logs.max(axis=0))
    return np.asarray(scaled / scaled.sum(axis=0))


# Recovery


def confusion(
    targets: Sequence[Target], worlds: Mapping[str, Tables], draws: int, records: int, seed: int
) -> pd.DataFrame:
    """Return how records simulated in each world are judged, one row per true and judged argument.

    Args:
        targets: items of the record.
        worlds: outcomes of every crisis in the world of each argument.
        draws: number of draws; even ones form the likelihood, and odd ones simulate records.
        records: number of simulated records per world.
        seed: seed of the simulated records.

    Returns:
        Columns ``truth``, ``judged``, ``share`` of the truth's records, and ``apart``: the share
        of correct choices between only these two, with its lower bound ``apart_low``.
    """
    names = list(worlds)
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(draws, records)))
    values = {name: measured(targets, tables) for name, tables in worlds.items()}
    judge = {
        name: densities_given(targets, _half(of_world, draws, 0))
        for name, of_world in values.items()
    }
    hidden = {name: _half(of_world, draws, 1) for name, of_world in values.items()}
    evidence = np.empty((len(names), records, len(names)))
    for truth, name in enumerate(names):
        for number in range(records):
            seen = _simulated(targets, hidden[name], draws // 2, random)
            for judged, candidate in enumerate(names):
                densities = log_densities(seen, judge[candidate], draws - draws // 2)
                evidence[truth, number, judged] = log_mean(draw_evidence(seen, densities), axis=0)
    return pd.DataFrame(_confused(names, evidence, random))


def _half(by_fact: Mapping[str, Array], draws: int, rest: int) -> dict[str, Array]:
    """Return the runs of even draws (rest 0) or odd draws (rest 1), in order of runs."""
    return {
        fact: values[np.arange(len(values)) % draws % 2 == rest] for fact, values in by_fact.items()
    }


def _simulated(
    targets: Sequence[Target], values: Mapping[str, Array], draws: int, random: np.random.Generator
) -> list[Target]:
    """Return the items with a record simulated from one draw, with one run per crisis."""
    draw = int(random.integers(draws))
    run = {
        target.crisis: int(random.integers(len(values[target.fact]) // draws))
        for target in targets
        if target.fact in values
    }
    seen = []
    for target in targets:
        if target.fact in values:
            value = values[target.fact][[run[target.crisis] * draws + draw]]
            seen.append(replace(target, observed=float(target.kernel.sample(value, random)[0])))
    return seen


def _confused(
    names: list[str], evidence: Array, random: np.random.Generator
) -> list[dict[str, object]]:
    jitter = evidence + 1e-9 * random.standard_normal(
        evidence.shape
    )  # equal worlds share records at random
    best = jitter.argmax(axis=2)
    records = evidence.shape[1]
    rows: list[dict[str, object]] = []
    for truth, name in enumerate(names):
        for judged, candidate in enumerate(names):
            right = np.concatenate(
                [
                    jitter[truth, :, truth] > jitter[truth, :, judged],
                    jitter[judged, :, judged] > jitter[judged, :, truth],
                ]
            ).mean()
            low = right - 1.96 * np.sqrt(
                max(right * (1 - right), 0.25 / (2 * records)) / (2 * records)
            )
            rows.append(
                {
                    "truth": name,
                    "judged": candidate,
                    "share": float((best[truth] == judged).mean()),
                    "apart": float("nan") if truth == judged else float(right),
                    "apart_low": float("nan") if truth == judged else float(low),
                }
            )
    return rows


def not_apart(confused: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the pairs of arguments that a record like ours cannot separate."""
    pairs = confused[(confused["truth"] < confused["judged"]) & ~(confused["apart_low"] > APART)]
    return list(zip(pairs["truth"], pairs["judged"], strict=True))
