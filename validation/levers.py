"""Each stance moved across its whole scale, with everything else drawn from the coded ranges.

A *lever* is one coded field of an actor, such as a tie. Both ends of its scale meet the
same draws and the same random numbers. The change of an outcome is the mean difference between the
two ends. Its standard error comes from the differences of the draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.scenario import STANCES, Actor, Loaded, Scenario, load
from validation.groups import OUTCOMES, Outcome
from validation.matrices import Sample, of_coded_ranges, simulate

Array = NDArray[np.float64]

SCALES = {
    "drones": (0, 1),
    "grievance": (0, 1),
    "cession_worth": (0, 2),
    "broker_value": (0, 1),
    "engagement": (0, 1),
    "peacekeeping": (0, 1),
    "sphere": (0, 1),
    "support": (0, 4),
}
"""The scale of each number of an actor, but for strength, which moves from half to double."""
NAMED = (
    "duration_days",
    "deaths_challenger",
    "deaths_defender",
    "territory_fought",
    "territory_ceded",
    "ending",
    "broker",
    "failed_truces",
    "great_power_entry",
    "treaty_invoked",
)
"""Columns that a user would name."""


@dataclass(frozen=True)
class Lever:
    """A coded field and both ends of its scale.

    Attributes:
        path: path of the field.
        party: the third party whose share as a mediator is reported: the owner, or the partner of a
            side's tie; None for a tie between the sides.
        low: value at one end.
        high: value at the other end.
        options: all stances that the party can take at the onset; empty for another field.
        by_set: settings of both ends, for a field that is no number and no stance.
    """

    path: str
    party: str | None
    low: str | float
    high: str | float
    options: tuple[str, ...] = ()
    by_set: tuple[str, str] | None = None

    @property
    def scale(self) -> str:
        """Return the whole scale as the value of a scenario."""
        if self.options:
            return f"{{any_of: [{', '.join(self.options)}]}}"
        return f"{{range: [{self.low}, {self.high}]}}"


def levers(loaded: Loaded) -> Iterator[Lever]:
    """Yield every coded field of every actor of a scenario."""
    scenario = loaded.scenario
    for code, actor in scenario.actors.items():
        at = f"actors.{code}"
        for partner in actor.ties:
            outside = [party for party in (code, partner) if party not in scenario.sides]
            yield Lever(f"{at}.ties.{partner}", outside[0] if outside else None, -1, 1)
        party = None if code in scenario.sides else code
        for field, (low, high) in SCALES.items():
            if getattr(actor, field) is not None:
                yield Lever(f"{at}.{field}", party, low, high)
        if actor.strength is not None:
            yield Lever(f"{at}.strength", party, actor.strength.low / 2, actor.strength.high * 2)
        if actor.troops is not None:
            yield Lever(f"{at}.troops", party, 0, scenario.conflict.forces.high / 2)
        for side in actor.supplies:
            yield Lever(f"{at}.supplies.{side}", party, 0, 1)
        yield from _of_stance(code, actor)
        if f"{at}.seat" in loaded.sources:
            settings = (f"{at}.seat=false", f"{at}.seat=true")
            yield Lever(f"{at}.seat", party, "false", "true", by_set=settings)
        for treaty in actor.treaties:
            here = scenario.conflict.theatre
            covered = f"{at}.treaties=[{{with: {treaty.partner}, covers: [{here}]}}]"
            yield Lever(
                f"{at}.treaties", party, "none", here, by_set=(f"{at}.treaties=[]", covered)
            )


def _of_stance(code: str, actor: Actor) -> Iterator[Lever]:
    """Yield both scales of a stance at the onset: mediation, and the side."""
    options = tuple(
        stance.name
        for stance in STANCES
        if (actor.support is not None or stance.side is None)
        and (actor.broker_value is not None or not stance.mediates)
    )
    for low, high in (("aside", "mediate"), ("arms_challenger", "arms_defender")):
        if actor.stance is not None and {low, high} <= set(options):
            yield Lever(f"actors.{code}.stance", code, low, high, options)


def ends(
    path: Path,
    draws: int,
    replicates: int,
    seed: int = 1,
    chosen: Sequence[Lever] | None = None,
) -> Iterator[tuple[Lever, pd.DataFrame, pd.DataFrame]]:
    """Yield levers of a scenario with the outcomes at both ends of their scales.

    Args:
        path: file of the scenario.
        draws: parameter draws of all else.
        replicates: runs of each draw.
        seed: seed of draws and random numbers.
        chosen: some levers of the scenario; None for all.
    """
    loaded = load(path)
    base = of_coded_ranges(loaded.scenario, draws, seed)
    found = list(levers(loaded)) if chosen is None else chosen
    # 1. numbers and stances: one scenario that states every whole scale
    plain = [lever for lever in found if lever.by_set is None]
    whole = load(path, [f"{lever.path}={lever.scale}" for lever in plain]).scenario
    samples = [_moved(base, lever, end) for lever in plain for end in (lever.low, lever.high)]
    tables = simulate(whole, samples, replicates, seed)
    yield from ((lever, next(tables), next(tables)) for lever in plain)
    # 2. what only another scenario can say
    for lever in found:
        if lever.by_set is not None:
            scenarios = [load(path, [text]).scenario for text in lever.by_set]
            low, high = (next(simulate(end, [base], replicates, seed)) for end in scenarios)
            yield lever, low, high


def _moved(base: Sample, lever: Lever, end: str | float) -> Sample:
    return {**base, lever.path: np.full_like(base[lever.path], end, dtype=np.asarray(end).dtype)}


def rows(
    path: Path,
    draws: int,
    replicates: int,
    seed: int = 1,
    chosen: Sequence[Lever] | None = None,
) -> Iterator[dict[str, object]]:
    """Yield a row for each lever: the share of runs changed, and the change of each outcome."""
    scenario = load(path).scenario
    for lever, low, high in ends(path, draws, replicates, seed, chosen):
        row: dict[str, object] = {
            "scenario": path.stem,
            "stance": lever.path,
            "from": lever.low,
            "to": lever.high,
            "changed": float(differing(low, high).mean()),
        }
        for known in OUTCOMES:
            values = [_in_runs(known, table, scenario, lever.party) for table in (low, high)]
            row[known.name], row[f"{known.name}_error"] = change(*values, draws)
        yield row


def differing(low: pd.DataFrame, high: pd.DataFrame) -> pd.Series:
    """Return where two tables differ in a column that a user would name: ``(runs,)``."""
    return (low[list(NAMED)] != high[list(NAMED)]).any(axis=1)


def change(low: Array, high: Array, draws: int) -> tuple[float, float]:
    """Return the mean difference between both ends, and its standard error over draws.

    Args:
        low: an outcome at one end, ``(runs,)``.
        high: the same outcome at the other end, ``(runs,)``.
        draws: number of draws.
    """
    of_draws = (high - low).reshape(-1, draws).mean(axis=0)
    return float(of_draws.mean()), float(of_draws.std(ddof=1) / np.sqrt(draws))


def _in_runs(known: Outcome, table: pd.DataFrame, scenario: Scenario, party: str | None) -> Array:
    """Return an outcome in each run; of the mediator, whether it is the party of the lever."""
    if known.name == "mediator":
        return (table["broker"] == party).to_numpy(dtype=float)
    return known.components(table, scenario)[0]
