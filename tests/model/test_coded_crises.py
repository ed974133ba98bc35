"""The coded crises can be checked, simulated and scored by name, apart from what fits use."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Call
from worlds import SCENARIOS, ensemble_of

from sim.catalogue import locate
from sim.cli.playing import _scenarios_in
from sim.outcomes.summary import Measure
from sim.record.baselines import baselines
from sim.record.coded import targets_to_score
from sim.record.history import history_of
from sim.record.sample import Sample, sample_of
from sim.record.scores import scores
from sim.record.words import beside
from sim.scenario import load

NAMES = sorted(path.stem for path in (SCENARIOS / "crises").glob("*.yaml"))
SAMPLE = ("rann_of_kutch_1965", "thai_lao_1987", "storm_1995")
"""Crises of the fast tests: with a mediator, without one, and with a side that is no state."""
SLOW = [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]
NEAR = Path("any")

RESERVED: dict[frozenset[str], tuple[int, int]] = {
    frozenset(("ECU", "PER")): (1995, 1995),
    frozenset(("BFA", "MLI")): (1985, 1985),
    frozenset(("IND", "PAK")): (1999, 1999),
    frozenset(("YAR", "YMD")): (1979, 1979),
    frozenset(("KHM", "THA")): (2008, 2011),
    frozenset(("ARG", "GBR")): (1982, 1982),
    frozenset(("ARM", "AZE")): (1991, 1994),
    frozenset(("SDN", "SSD")): (2012, 2012),
}
"""Sides and years of the crises that are kept for a blind test."""
LAST = date(2020, 11, 30)


def test_there_are_two_dozen_and_none_is_reserved() -> None:
    assert len(NAMES) >= 24
    for name in NAMES:
        scenario = load(locate("scenario", f"crises/{name}")).scenario
        years = RESERVED.get(frozenset(scenario.sides))
        assert years is None or not years[0] <= scenario.start.year <= years[1], name
        assert scenario.start <= LAST


@pytest.mark.parametrize("name", NAMES)
def test_each_setting_has_a_record_that_begins_on_its_first_day(name: str) -> None:
    scenario = load(locate("scenario", name)).scenario
    past = history_of(scenario, NEAR)
    assert past is not None and past.onset == scenario.start and not past.is_variant
    days = Measure("duration_days", "", "days", 5.0, (1.0, 9.0), None)
    assert beside(past, [days], scenario.horizon_days).startswith("The fighting lasted ")


@pytest.mark.parametrize("name", SLOW)
def test_a_crisis_passes_the_check_by_its_name(call: Call, name: str) -> None:
    said = call("check", f"crises/{name}")
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("name", SLOW)
def test_a_crisis_is_simulated_and_scored(name: str) -> None:
    scenario = load(locate("scenario", f"crises/{name}")).scenario
    outcomes = ensemble_of(scenario, runs=16, draws=8).outcomes
    targets = targets_to_score(name, NEAR)
    found = scores(outcomes, name, "prior", targets, sample_of(scenario))
    unscored = {target.name for target in targets[name]} - {score.target for score in found}
    # the support of a third party that the setting does not list is not simulated
    assert all(target.split("_")[1] not in scenario.actors for target in unscored)
    assert len(found) >= 8
    assert all(np.isfinite(score.crps) and score.sample is Sample.OUT for score in found)


def test_a_crisis_is_explained_by_its_name(call: Call) -> None:
    said = call("explain", f"crises/{SAMPLE[0]}", "conflict.aim")
    assert said.code == 0 and "second coder: 0.05 to 0.4" in " ".join(said.out.split())


def test_coded_crises_are_listed_apart(call: Call) -> None:
    rows = {
        row["name"]: row for row in json.loads(call("list", "--crises", "--format", "json").out)
    }
    assert set(rows) == {f"crises/{name}" for name in NAMES}
    row: dict[str, Any] = rows[f"crises/{SAMPLE[0]}"]
    assert (row["year"], row["days"], row["ending"]) == ("1965", 82, "mediated ceasefire")
    assert row["sides"] == ["PAK", "IND"]
    said = call("list").out
    assert f"{len(NAMES)} coded crises are listed by: sim list --crises" in said
    assert "crises/" not in said
    assert call("list", "--crises", "scenarios").code == 2


def test_a_folder_of_scenarios_does_not_include_its_crises() -> None:
    found = _scenarios_in(SCENARIOS)
    assert SCENARIOS / "april_2016.yaml" in found
    assert all(file.parent == SCENARIOS for file in found)


@pytest.mark.usefixtures("few_charts")
def test_a_run_says_what_happened_and_is_scored(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("run", f"crises/{SAMPLE[0]}", "--runs", 16, "--draws", 8)
    assert "The fighting lasted 82 days [record: 21 to 83]" in " ".join(said.out.split())
    (result,) = (tmp_path / "results").glob(f"{SAMPLE[0]}-*")
    scored = json.loads(call("score", result, "--format", "json").out)["scores"]
    named = json.loads(
        call("score", f"crises/{SAMPLE[0]}", "--runs", 16, "--draws", 8, "--format", "json").out
    )["scores"]
    assert {score["crisis"] for score in (*scored, *named)} == {SAMPLE[0]}
    assert len(scored) == len(named) > 8


def test_another_ending_is_no_perfect_forecast() -> None:
    """An ending has one target, of which the code differs from crisis to crisis."""
    targets = targets_to_score("goa_1961", NEAR)
    (ending,) = (target for target in targets["goa_1961"] if target.name == "ending")
    climatology = dict(baselines(ending, targets))["climatology"]
    endings = [t for known in targets.values() for t in known if t.name == "ending"]
    same = sum(target.code == "capitulation" for target in endings) - 1
    assert same > 0 and climatology.sum() == same and len(climatology) == len(endings) - 1


def test_fits_and_their_scores_do_not_use_coded_crises(call: Call) -> None:
    assert list(targets_to_score("april_2016", NEAR)) == ["april_2016", "july_2020", "autumn_2020"]
    said = call("fit", "--crisis", SAMPLE[0])
    assert said.code == 1 and "allowed: april_2016, july_2020, autumn_2020\n" in said.err
