"""The crises with a setting and a record, each read apart from the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.evidence import Fact, load_crises, load_for
from sim.scenario import Scenario, load
from validation.forecasts.outcomes import HORIZON

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "scenarios" / "crises"
OF_THE_PROJECT = ("georgia_2008", "april_2016", "july_2020", "autumn_2020")
"""Crises whose settings were written with the record in view, before the others were coded."""
MEDIATED = "mediated ceasefire"
SURRENDER = "capitulation"
NOBODY = "none"


@dataclass(frozen=True)
class Crisis:
    """A crisis to forecast.

    Attributes:
        name: its name.
        path: the file of its setting.
        setting: the setting without fitted draws, with a horizon of a year.
        coded_apart: whether the setting was coded apart from the record.
    """

    name: str
    path: Path
    setting: Scenario
    coded_apart: bool


def crises(names: Sequence[str] = ()) -> list[Crisis]:
    """Return the crises in the order of their onsets.

    Args:
        names: names of crises; all if there are none.
    """
    files = [*SETTINGS.glob("*.yaml"), *(ROOT / "scenarios" / f"{n}.yaml" for n in OF_THE_PROJECT)]
    found = [
        Crisis(path.stem, path, setting(path), path.stem not in OF_THE_PROJECT)
        for path in files
        if not names or path.stem in names
    ]
    return sorted(found, key=lambda crisis: (str(crisis.setting.start), crisis.name))


def setting(path: Path) -> Scenario:
    """Return the setting in a file, on its coded ranges and with a horizon of a year."""
    return load(path, [f"horizon_days={HORIZON}"]).scenario.fitted(None)


def records() -> dict[str, dict[str, float]]:
    """Return what happened, by crisis and outcome. An outcome that is not recorded is left out.

    A range with a best estimate counts with that estimate, and one without with its middle.
    """
    facts: dict[str, list[Fact]] = {}
    for fact in (*load_for(ROOT / "seeds" / "any").facts, *load_crises(ROOT / "any").facts):
        facts.setdefault(fact.crisis, []).append(fact)
    return {crisis: _record(found) for crisis, found in facts.items()}


def _record(facts: Sequence[Fact]) -> dict[str, float]:
    found: dict[str, float | None] = {}
    by_target = {fact.measurement.target: fact for fact in facts if fact.measurement is not None}
    # 1. sizes and counts
    for name in ("duration", "deaths", "territory", "failed_halts"):
        if name in by_target:
            fact = by_target[name]
            assert fact.measurement is not None
            found[name] = fact.number(fact.measurement.kind)
    # 2. how it ended
    found["mediated_ending"] = _ended_by_mediation(facts)
    if "ending" in by_target:
        found["surrender"] = float(by_target["ending"].value == SURRENDER)
    elif found["mediated_ending"]:
        found["surrender"] = 0.0
    # 3. third parties
    if "great_power_entry" in by_target:
        found["entry"] = by_target["great_power_entry"].number("flag")
    mediated = _part(facts, "mediated")
    if mediated is not None:
        found["mediation"] = mediated.number("flag")
    return {name: value for name, value in found.items() if value is not None}


def _ended_by_mediation(facts: Sequence[Fact]) -> float | None:
    """Return whether a mediated ceasefire ended the crisis, by the kind of ending if it is coded.

    The crises of the main record have no kind of ending. The mediator of their last ceasefire is
    a fact, and ``none`` is one of its values.
    """
    kind = _part(facts, "ending-kind")
    if kind is not None:
        return float(kind.value == MEDIATED)
    mediator = _part(facts, "broker")
    return None if mediator is None else float(mediator.value != NOBODY)


def _part(facts: Sequence[Fact], end: str) -> Fact | None:
    """Return the fact whose id consists of the crisis and this part; None if there is none."""
    for fact in facts:
        stem = fact.id.removeprefix("record-").removesuffix(f"-{end}")
        if fact.id.endswith(f"-{end}") and stem.replace("-", "") == fact.crisis.replace("_", ""):
            return fact
    return None
