"""Write the result folder of a joint fit: posterior draws and diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from sim.fitting.fitting import SILENT_CONTRACTION, SILENT_DISTANCE, marginals
from sim.fitting.joint.factors import Evidence, Factor
from sim.fitting.joint.posterior import JointFit
from sim.fitting.joint.surrogate import Learned
from sim.fitting.writing import target_account, write_folder
from sim.record.targets import log_mean

DRAWN = 4096
"""Draws of the prior over which the effect of one record is computed."""


def account(
    made: JointFit, factors: Sequence[Factor] = (), evidences: Sequence[Evidence] = ()
) -> dict[str, Any]:
    """Return the posterior, its diagnostics and Bayes factors as plain values.

    Args:
        made: the posterior.
        factors: Bayes factors of single values.
        evidences: evidence of arguments.
    """
    values = marginals(made)
    rhats = [marginal.rhat for marginal in values if marginal.rhat is not None]
    sizes = [marginal.ess for marginal in values if marginal.ess is not None]
    evidence, error = made.log_evidence
    models = [model for model in made.learned.models if model.name in made.crises]
    size = models[0].size if models else None
    targets = [target for model in models for target in model.crisis.targets]
    return {
        "joint": True,
        "crises": list(made.crises),
        "without": list(made.without),
        "targets": [target_account(target) for target in targets],
        "settings": asdict(made.sampling),
        "bank": None if size is None else asdict(size),
        "draws": len(made.scores),
        "log_evidence": evidence,
        "log_evidence_error": error,
        "settled": [chain.settled for chain in made.chains],
        "worst_rhat": max(rhats) if rhats else None,
        "least_ess": min(sizes) if sizes else None,
        "silent_below": {"contraction": SILENT_CONTRACTION, "distance": SILENT_DISTANCE},
        "silent": [marginal.name for marginal in values if marginal.silent],
        "marginals": [asdict(marginal) for marginal in values],
        "information": lessons(made.learned, made.crises),
        "factors": [asdict(factor) for factor in factors],
        "arguments": [asdict(evidence) for evidence in evidences],
    }


def lessons(learned: Learned, crises: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the record of each crisis teaches by itself.

    Returns:
        ``average`` is the information of a record of this crisis on average, measured on held-out
        runs, and ``learned`` that of the actual record, both in nats. ``unusual`` is the mean
        square of its canonical variables: 1 on average over the runs of the bank, and large if the
        record is far from what the model gives. ``rank`` is the number of these variables.
    """
    random = np.random.default_rng(0)
    shares = random.random((DRAWN, len(learned.space.values)))
    found = []
    for model in learned.models:
        if model.name not in crises:
            continue
        without = [name for name in learned.crises if name != model.name]
        logs = learned.likelihood(without=without).of_shares(shares)
        logs = logs - log_mean(logs)
        variables = model.variables(list(model.recorded[:, None]))[0]
        found.append(
            {
                "crisis": model.name,
                "average": model.information,
                "learned": float((np.exp(logs) * logs).mean()),
                "unusual": float((variables**2).mean()) if len(variables) else None,
                "rank": len(variables),
                "targets": len(model.recorded),
            }
        )
    return found


def key(made: JointFit) -> str:
    """Return the digest of the posterior draws."""
    return sha256(made.posterior.digest.encode()).hexdigest()


def write(
    made: JointFit,
    results: dict[str, Any],
    out: Path,
    complete: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write the folder of a joint fit below ``out`` and return it.

    Args:
        made: the posterior.
        results: results of :func:`account`.
        out: folder for results.
        complete: function that adds a chart before the folder is moved into place.
    """
    folder = out / f"joint-{key(made)[:8]}"
    return write_folder(folder, made.posterior, results, complete)
