"""A workspace of one's own: made, filled and used as a user would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import ROOT, Call

pytestmark = pytest.mark.usefixtures("few_charts")

SMALL = ("--runs", 400, "--draws", 20, "--workers", 1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call) -> Path:
    """Make a workspace, work in it, and return it."""
    assert call("init", tmp_path / "w").code == 0
    monkeypatch.chdir(tmp_path / "w")
    return tmp_path / "w"


def share(call: Call, name: str, *sets: str) -> dict[str, float]:
    """Return the value of each measure of a run of the example."""
    options = [word for text in sets for word in ("--set", text)]
    said = call("run", "island", *options, *SMALL, "--format", "json")
    assert said.code == 0, said.err
    return {line["name"]: line["value"] for line in json.loads(said.out)["measures"]}


def test_all_files_of_a_new_workspace_pass(home: Path, call: Call) -> None:
    said = call("check", ".")
    assert said.code == 0, said.err
    assert "3 files checked, no faults" in said.out


def test_editors_find_every_schema(home: Path) -> None:
    settings = json.loads((home / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    for schema in settings["yaml.schemas"]:
        shipped = ROOT / "scenarios" / "schema" / Path(schema).name
        assert (home / schema).read_bytes() == shipped.read_bytes()


@pytest.mark.slow
@pytest.mark.statistical
def test_strength_mediator_and_policy_of_the_example_change_something(
    home: Path, call: Call
) -> None:
    base = share(call, "island")
    stronger = share(call, "island", "actors.NOR.strength=6")
    alone = share(call, "island", "policies.OST=aside")
    sided = share(call, "island", "policies.OST=lean_defender")
    assert stronger["territory_fought"] > base["territory_fought"]
    assert alone["ending_truce"] < base["ending_truce"] - 0.2
    assert sided["ending_truce"] < base["ending_truce"] - 0.2


def test_names_that_nothing_has_or_another_argument_has_are_faults(
    home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    for name, old, new in (
        ("seeds/island.yaml", "crisis: island", "crisis: iland"),
        ("scenarios/hypotheses/mediation.yaml", "id: ", "id: BL1 # "),
    ):
        text = (home / name).read_text(encoding="utf-8")
        (home / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    said = call("check", ".")
    assert said.code == 1
    assert "facts.0.crisis: no scenario 'iland' (did you mean island?)" in said.err
    assert "claims.0.id: 'BL1' is also stated in " in said.err and "blagov.yaml" in said.err
    (home / "seeds" / "mine.yaml").write_text("kind: recipe\n", encoding="utf-8")
    lines = call("check", ".").err.splitlines()
    assert sum("unknown kind 'recipe'" in line for line in lines) == 1


def test_nothing_is_replaced(home: Path, call: Call) -> None:
    (home / "scenarios" / "island.yaml").write_text("mine", encoding="utf-8")
    said = call("init", home)
    assert said.code == 1
    assert "already exists" in said.err
    assert (home / "scenarios" / "island.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_a_shipped_file_is_copied_by_name_and_then_goes_before_it(home: Path, call: Call) -> None:
    for name, place in (
        ("april_2016", "scenarios/april_2016.yaml"),
        ("model", "scenarios/base/model.yaml"),
        ("golts", "scenarios/hypotheses/golts.yaml"),
    ):
        assert call("copy", name).code == 0
        assert (home / place).read_bytes() == (ROOT / place).read_bytes()
    said = call("copy", "april_2016")
    assert (said.code, said.out) == (1, "")
    assert "already exists" in said.err
    assert "did you mean golts?" in call("copy", "goltz").err
    rows = {
        (row["kind"], row["name"]): row["from"]
        for row in json.loads(call("list", "--format", "json").out)
    }
    assert (
        rows["scenario", "april_2016"]
        == rows["base", "model"]
        == rows["hypothesis", "golts"]
        == "workspace"
    )
    assert rows["scenario", "autumn_2020"] == "shipped"
    assert call("check", ".").code == 0


def test_a_copy_may_be_changed_without_the_shipped_codings(home: Path, call: Call) -> None:
    call("copy", "autumn_2020")
    path = home / "scenarios" / "autumn_2020.yaml"
    text = path.read_text(encoding="utf-8")
    assert "range: [2.5, 3.5]" in text
    path.write_text(text.replace("range: [2.5, 3.5]", "range: [0, 0.5]"), encoding="utf-8")
    said = call("check", path)
    assert said.code == 0, said.err


@pytest.mark.slow
def test_a_record_of_ones_own_is_scored_beside_the_shipped_ones(home: Path, call: Call) -> None:
    fact = (
        "kind: record\nfacts:\n  - {id: island-days, crisis: island, says: It lasted nine days., confidence: high, "
        "source: a survey, value: 9, unit: days, "
        "measurement: {target: duration, columns: [duration_days], kind: size}}\n"
    )
    (home / "seeds" / "zz_record.yaml").write_text(fact, encoding="utf-8")
    assert call("run", "island", "--runs", 20, "--draws", 10, "-q").code == 0
    (result,) = (home / "results").glob("island-*")
    said = call("score", result, "--format", "json")
    assert said.code == 0, said.err
    (score,) = json.loads(said.out)["scores"]
    assert (score["crisis"], score["target"], score["observed"]) == ("island", "duration", 9)
    assert "climatology" in score["baselines"]


@pytest.mark.slow
def test_a_stray_file_among_the_evidence_is_named_and_does_no_harm(home: Path, call: Call) -> None:
    (home / "seeds" / "list.yaml").write_text("tomato: 12\n", encoding="utf-8")
    said = call("check", ".")
    assert said.code == 0
    assert "list.yaml: not read as evidence, because it has no 'kind' key" in said.err
    assert call("run", "april_2016", "--runs", 4, "--draws", 2, "-q").code == 0
