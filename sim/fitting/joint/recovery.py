"""Recovery: whether records of this many crises would tell the arguments apart.

Records are simulated in the world of each argument, from shared values drawn from its prior, and
are judged as the historical record is: by the evidence of each argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.ensemble.executors import Executor, Failure
from sim.fitting.calibration import truths
from sim.fitting.joint.calibration import simulated_records
from sim.fitting.joint.factors import log_factor_of
from sim.fitting.joint.posterior import Request, Sampling, fit_all
from sim.fitting.joint.regions import Region
from sim.fitting.joint.surrogate import Learned
from sim.fitting.likelihood import RunsFailed

Array = NDArray[np.float64]

APART = 0.5
"""Share of records judged correctly above which two arguments are separable, at 95% confidence."""


def recover(
    learned: Learned,
    prior: Region,
    arguments: Mapping[str, Region],
    records: int,
    sampling: Sampling,
    executor: Executor,
) -> dict[str, Any]:
    """Return how records that are simulated in the world of each argument are judged.

    Args:
        learned: surrogates of all crises.
        prior: prior of the model.
        arguments: prior of each argument, inside the ranges of the bank.
        records: number of simulated records in each world.
        sampling: how the posterior of each record is sampled.
        executor: simulates the records and runs the chains.

    Returns:
        ``confusion``, rows of a true and a judged argument with the share of the truth's records;
        and ``pairs``, with the share of records of both that are judged correctly between the two
        alone, and whether they are separable.
    """
    names = list(arguments)
    jobs = []
    for name, region in arguments.items():
        scores = truths(len(region.space.values), records, sampling.seed, f"worlds of {name}")
        seed = stable_hash(f"{sampling.seed} {name}") % 2**31
        for record in simulated_records(learned, region, scores, seed, executor):
            jobs.append(Request(prior, records=record))
    task = _Task(learned, sampling, tuple(arguments.values()), tuple(jobs))
    found = np.empty((len(jobs), len(names)))
    for item, result in executor(_factors, task, range(len(jobs))):
        if isinstance(result, Failure):
            raise RunsFailed(result.summary)
        found[item] = result
    return judged(names, found.reshape(len(names), records, len(names)))


@dataclass(frozen=True)
class _Task:
    """Records to judge by the evidence of some arguments."""

    learned: Learned
    sampling: Sampling
    arguments: tuple[Region, ...]
    requests: tuple[Request, ...]


def _factors(task: _Task, item: int) -> list[float]:
    """Return the log Bayes factor of each argument for one record. Called in a worker."""
    (made,) = fit_all(task.learned, [task.requests[item]], task.sampling)
    return [log_factor_of(made, region)[0] for region in task.arguments]


def judged(names: list[str], evidence: Array) -> dict[str, Any]:
    """Return the confusion of arguments from their evidence.

    Args:
        names: names of the arguments.
        evidence: log evidence, ``(true arguments, records, judged arguments)``.
    """
    best = evidence.argmax(axis=2)
    confusion = [
        {"truth": truth, "judged": name, "share": float((best[i] == j).mean())}
        for i, truth in enumerate(names)
        for j, name in enumerate(names)
    ]
    pairs = []
    for i, one in enumerate(names):
        for j in range(i + 1, len(names)):
            right = np.append(
                evidence[i, :, i] > evidence[i, :, j], evidence[j, :, j] > evidence[j, :, i]
            )
            share = float(right.mean())
            error = (max(share * (1 - share), 0.25 / len(right)) / len(right)) ** 0.5
            pairs.append(
                {
                    "first": one,
                    "second": names[j],
                    "correct": share,
                    "error": float(error),
                    "apart": bool(share - 1.96 * error > APART),
                }
            )
    return {"records": evidence.shape[1], "confusion": confusion, "pairs": pairs}
