"""Write the result folder of a fit: posterior draws and diagnostics."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.ensemble.executors import Executor
from sim.fitting.fitting import (
    SILENT_CONTRACTION,
    SILENT_DISTANCE,
    Fit,
    key,
    marginals,
    match_rates,
)
from sim.record.targets import Target
from sim.results.layout import result_folder
from sim.scenario import Posterior
from sim.scenario.posterior import FILE

ACCOUNT = "fit.json"


def account(made: Fit, executor: Executor) -> dict[str, Any]:
    """Return targets, match rates, convergence and marginals of a fit, as plain values."""
    values = marginals(made)
    rhats = [marginal.rhat for marginal in values if marginal.rhat is not None]
    sizes = [marginal.ess for marginal in values if marginal.ess is not None]
    matched = match_rates(made, executor)
    return {
        "crises": [crisis.name for crisis in made.crises],
        "others": list(made.others),
        "targets": [target_account(target) for crisis in made.crises for target in crisis.targets],
        "settings": asdict(made.settings),
        "draws": len(made.scores),
        "log_evidence": [round(chain.evidence, 3) for chain in made.chains],
        "settled": [chain.settled for chain in made.chains],
        "worst_rhat": max(rhats) if rhats else None,
        "least_ess": min(sizes) if sizes else None,
        "matched": matched["crises"],
        "matched_at_once": matched["at_once"],
        "chains": [[asdict(level) for level in chain.levels] for chain in made.chains],
        "silent_below": {"contraction": SILENT_CONTRACTION, "distance": SILENT_DISTANCE},
        "silent": [marginal.name for marginal in values if marginal.silent],
        "marginals": [asdict(marginal) for marginal in values],
    }


def target_account(target: Target) -> dict[str, Any]:
    """Return a target and its kernel as plain values."""
    kernel = {"kind": type(target.kernel).__name__, **asdict(target.kernel)}  # type: ignore[call-overload]
    return {
        "crisis": target.crisis,
        "target": target.name,
        "fact": target.fact,
        "observed": target.observed,
        "unit": target.unit,
        "kernel": kernel,
    }


def write(
    made: Fit,
    account: dict[str, Any],
    out: Path,
    complete: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write the folder of a fit below ``out`` and return it.

    Args:
        made: the fit.
        account: results of :func:`account`.
        out: folder for results.
        complete: function that adds a chart before the folder is moved into place.
    """
    informed = "-others" if made.others else ""
    folder = out / f"fit-{key(made.crises, made.settings)[:8]}{informed}"
    return write_folder(folder, made.posterior, account, complete)


def write_folder(
    folder: Path,
    posterior: Posterior,
    account: dict[str, Any],
    complete: Callable[[Path], object],
) -> Path:
    """Write draws and their account to a folder and return it.

    Args:
        folder: the folder of the result.
        posterior: the draws.
        account: the account, as plain values.
        complete: function that adds a chart before the folder is moved into place.
    """
    with result_folder(folder, ACCOUNT) as aside:
        posterior.write(aside / FILE)
        (aside / ACCOUNT).write_text(
            json.dumps(account, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        complete(aside)
    return folder
