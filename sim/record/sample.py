"""Whether a forecast was fitted to the crisis that it is compared with."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

from sim.catalogue import shipped_root
from sim.evidence import load_folder
from sim.record.targets import crises
from sim.results.manifest import Part, read_manifest
from sim.scenario import Posterior, Scenario
from sim.scenario.posterior import read_posterior


class Account(Part):
    """What the account of a fit must contain."""

    crises: list[str]


class Sample(StrEnum):
    """Whether a forecast was fitted to the crisis that it is scored on."""

    IN = "in-sample"
    OUT = "out-of-sample"


def sample_of(scenario: Scenario, file: Path | None = None) -> Sample:
    """Return whether a scenario's draws were fitted to its crisis.

    Draws from a file without the account of its fit count as in-sample, because they may be.

    Args:
        scenario: the scenario of the crisis.
        file: file of its posterior, which may lie beside the account of a fit.

    >>> import sim
    >>> str(sample_of(sim.load("april_2016").scenario))
    'in-sample'
    >>> str(sample_of(sim.load("april_2016").scenario.fitted(None)))
    'out-of-sample'
    """
    posterior = scenario.parameters.posterior
    if posterior is None:
        return Sample.OUT
    fitted = _fitted_crises(posterior, file)
    return Sample.IN if fitted is None or scenario.scenario in fitted else Sample.OUT


def _fitted_crises(posterior: Posterior, file: Path | None) -> Collection[str] | None:
    """Return the crises that draws were fitted to, or None if they are unknown."""
    account = None if file is None else file.with_name("fit.json")
    if account is not None and account.is_file():
        remedy = "name the posterior.parquet of an intact fit"
        return list(read_manifest(account, Account, remedy)["crises"])
    shipped = shipped_root() / "scenarios" / "base" / "fitted.parquet"
    if shipped.is_file() and read_posterior(shipped) == posterior:
        return crises(load_folder(shipped_root() / "seeds").facts)
    return None
