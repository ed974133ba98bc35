"""A file from before a mechanism existed runs, and gives what it gave then."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from worlds import SCENARIOS, outcomes_of

from sim.scenario import Mechanisms, digest, load, resolved
from sim.scenario.document import FORMAT, read_document

OLD = Path(__file__).parents[1] / "valid" / "small_old.yaml"
"""A resolved scenario without the mechanism `tied_hands`."""
SHIPPED = [
    *SCENARIOS.rglob("*.yaml"),
    *(SCENARIOS.parent / "seeds").glob("*.yaml"),
    *(SCENARIOS.parent / "sim" / "workspace" / "template").rglob("*.yaml"),
]


def test_a_mechanism_that_no_file_names_is_off() -> None:
    old = load(OLD).scenario
    explicit = load(OLD, ["mechanisms.tied_hands=0"]).scenario
    assert "mechanisms.tied_hands" not in load(OLD).sources
    assert "tied_hands" not in resolved(load(OLD)).split("\n", 1)[1]
    assert digest(old) == digest(explicit)
    pd.testing.assert_frame_equal(outcomes_of(old, 200), outcomes_of(explicit, 200))


def test_the_mechanism_that_the_old_file_lacks_matters() -> None:
    """Unless a policy fixes the stance of the only third party."""
    old = load(OLD, ["policies=null"]).scenario
    strong = load(OLD, ["policies=null", "mechanisms.tied_hands=1"]).scenario
    assert digest(old) != digest(strong)
    assert not outcomes_of(old, 2000).equals(outcomes_of(strong, 2000))


def test_a_scenario_without_mechanisms_runs_with_all_of_them_off() -> None:
    bare = load(OLD, ["mechanisms=null"]).scenario
    values = dict.fromkeys(Mechanisms.model_fields, "0")
    values |= {"credibility": "off", "expectation": "effort"}
    explicit = load(OLD, [f"mechanisms.{name}={text}" for name, text in values.items()]).scenario
    assert bare.mechanisms == explicit.mechanisms
    pd.testing.assert_frame_equal(outcomes_of(bare), outcomes_of(explicit))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_file_states_its_format(path: Path) -> None:
    assert f"\nformat: {FORMAT}" in path.read_text(encoding="utf-8")
    assert ("format",) in read_document(path, path.name).lines


def test_the_base_of_all_crises_names_every_mechanism() -> None:
    """No outcome of a shipped crisis depends on a default."""
    model = read_document(SCENARIOS / "base" / "model.yaml", "model.yaml")
    assert model.values["mechanisms"].keys() == Mechanisms.model_fields.keys()
