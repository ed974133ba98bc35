"""The records of the coded crises: each can be loaded, scored, and added up from its dates."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.evidence import Evidence, Fact, Record, load_folder
from sim.record.targets import all_targets

SEEDS = Path(__file__).parents[2] / "seeds"
FILES = sorted((SEEDS / "crises").glob("*.yaml"))
SCORED = {"duration", "failed_halts", "deaths", "peak_level", "ending", "great_power_entry"}
LAST_CODED = date(2020, 11, 30)
"""Later crises are kept as a blind test."""


@pytest.fixture(scope="module")
def held() -> Evidence:
    return load_folder(SEEDS / "crises")


def facts_of(held: Evidence, crisis: str) -> dict[str, Fact]:
    """Return the facts of a crisis by the last part of their ids."""
    start = f"record-{crisis.replace('_', '-')}-"
    return {
        fact.id.removeprefix(start): fact
        for fact in held.facts
        if fact.crisis == crisis and fact.id.startswith(start)
    }


def test_each_file_holds_one_crisis_under_its_own_name(held: Evidence) -> None:
    assert len(held.files) == len(FILES) >= 24
    for file in held.files:
        name = Path(file.document.name).stem
        assert isinstance(file.model, Record)
        assert {fact.crisis for fact in file.model.facts} == {name}
        assert len(facts_of(held, name)) == len(file.model.facts)


def test_no_id_is_also_in_the_shipped_record(held: Evidence) -> None:
    assert not held.sources.keys() & load_folder(SEEDS).sources.keys()


@pytest.mark.parametrize("crisis", [path.stem for path in FILES])
def test_each_crisis_can_be_scored(held: Evidence, crisis: str) -> None:
    found = all_targets(held.facts)[crisis]
    assert {target.name for target in found} >= SCORED
    assert len({target.name for target in found}) == len(found)
    for target in found:
        assert math.isfinite(target.kernel.log_density(np.array([0.0]), target.observed)[0])


@pytest.mark.parametrize("crisis", [path.stem for path in FILES])
def test_the_duration_agrees_with_the_dates(held: Evidence, crisis: str) -> None:
    facts = facts_of(held, crisis)
    onset, last, duration = facts["onset"].date, facts["last-shot"].date, facts["duration"]
    assert onset is not None and last is not None and onset <= last <= LAST_CODED
    assert duration.low is not None and duration.high is not None
    assert duration.low - 1 <= (last - onset).days <= duration.high + 1


@pytest.mark.parametrize("crisis", [path.stem for path in FILES])
def test_a_ceasefire_names_its_mediator_and_a_surrender_scores_none(
    held: Evidence, crisis: str
) -> None:
    facts = facts_of(held, crisis)
    ending, mediator = facts["ending"].value, facts["mediator"]
    assert ending in ("truce", "lull", "capitulation")
    assert (mediator.measurement is not None) == (ending == "truce")
    direct = facts["ending-kind"].value == "ceasefire without a mediator"
    assert not direct or mediator.value == "none"


@pytest.mark.parametrize("crisis", [path.stem for path in FILES])
def test_a_third_party_fights_at_level_four_only(held: Evidence, crisis: str) -> None:
    facts = facts_of(held, crisis)
    assert (facts["peak"].value == 4) == (facts["entry"].value is True)
