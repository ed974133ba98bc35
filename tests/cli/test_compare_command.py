"""Pairs, fit and files of a comparison, and the command that makes it."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import QUICK, Call, Done, first_of
from worlds import SCENARIOS

from sim import charts
from sim.arguments import (
    files,
    fit,
    judging,
    naming,
    pairs,
    reader,
    sentences,
    texts,
    wording,
    writer,
)
from sim.arguments.shares import Share, Shares
from sim.arguments.verdicts import Verdict
from sim.arguments.words import Expects, Kind, Reason, Word
from sim.charts import OF_VERDICTS
from sim.io.errors import InputError
from sim.record.targets import Target, YesNo
from sim.scenario import Provenance

SHIPPED = sorted((SCENARIOS / "hypotheses").glob("*.yaml"))
MARGIN = 0.05
DRAWS, REPLICATES = 64, 32

pytestmark = pytest.mark.usefixtures("few_charts")


# Pairs and fit


@pytest.mark.statistical
def test_worlds_that_differ_are_told_apart_and_equal_ones_never() -> None:
    random = np.random.default_rng(1)
    worlds = [(random.random(64 * 32) < share).astype(float) for share in (0.2, 0.8)]
    inner = pairs.edges(worlds)
    often, seldom = (pairs.chances([world], inner, 64) for world in worlds)
    found = pairs.power(often, seldom, 1)
    assert found.needed is not None
    assert found.needed <= 8
    assert pairs.power(often, often, 1).needed is None
    assert abs(pairs.power(often, often, 1).right[0] - 0.5) < 0.05


def item(name: str, observed: float) -> Target:
    return Target(
        "one", name, f"record-{name}", "An item.", "yes or no", (name,), None, observed, YesNo(0.1)
    )


def world(chance: float, seed: int, draws: int = 40, runs: int = 800) -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(seed)
    return {
        "one": pd.DataFrame(
            {name: (random.random(runs) < chance).astype(float) for name in "abcdef"}
        )
    }


@pytest.mark.statistical
def test_the_world_that_meets_the_record_weighs_more_and_is_recovered() -> None:
    items = [item(name, 1.0) for name in "abcdef"]
    worlds = {"null": world(0.2, 1), "right": world(0.9, 2)}
    weights = fit.matrix(items, worlds, "null", 40, 1).weights
    linked = weights[weights["scope"] == fit.ALL].set_index("argument")
    assert linked.loc["right", "log_bayes_factor"] > 3
    assert linked.loc["null", "log_bayes_factor"] == 0
    assert linked["weight"].sum() == pytest.approx(1)
    assert set(weights["scope"]) == {fit.ALL, "one"}
    confused = fit.confusion(items, worlds, 40, 40, 1)
    assert confused.loc[confused["truth"] == confused["judged"], "share"].min() > 0.85
    assert fit.not_apart(confused) == []


@pytest.mark.statistical
def test_worlds_that_are_the_same_are_not_told_apart() -> None:
    items = [item(name, 1.0) for name in "abcdef"]
    worlds = {"one": world(0.5, 1), "other": world(0.5, 1)}
    weights = fit.matrix(items, worlds, "one", 40, 1).weights
    np.testing.assert_allclose(weights["log_bayes_factor"], 0)
    assert fit.not_apart(fit.confusion(items, worlds, 40, 40, 1)) == [("one", "other")]


# Files


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_has_no_faults(path: Path) -> None:
    stated = files.read(path)
    assert files.faults(stated) == []


def test_every_claim_of_the_seven_arguments_is_there() -> None:
    stated = map(files.read, SHIPPED)
    arguments = [read for read in stated if isinstance(read, files.Argument)]
    ids = {claim.id for argument in arguments for claim in argument.stated.claims}
    for claim in (claim for argument in arguments for claim in argument.stated.claims):
        if claim.id[:2] != "AE":  # an example of ours
            assert [test.coder for test in claim.tests] == ["coder 1", "coder 2"], claim.id
            assert all(test.reading and test.margin_why for test in claim.tests), claim.id
    wanted = {"DW": 3, "BL": 3, "MT": 3, "GO": 3, "DU": 3}
    assert {f"{name}{k}" for name, count in wanted.items() for k in range(1, count + 1)} <= ids
    assert {
        "MK1",
        "MK2a",
        "MK2b",
        "MK3",
        "MK4",
        "SP1",
        "SP2",
        "SP3a",
        "SP3b",
        "SP4",
        "SP5",
    } <= ids


AND = "margin: 0.02\n    "
"""A line of the claim, and the start of a new one."""
ARGUMENT = (SCENARIOS.parent / "tests" / "valid" / "argument.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("scenario: april_2016", "scenario: april_2061", 10, "did you mean april_2016?"),
        ("first_truce_day", "first_truce_dy", 11, "did you mean first_truce_day?"),
        ("credibility: neutral", "credibility: neutrl", 6, "did you mean neutral?"),
        ("{RUS: mediate}", "{RUS: meditate}", 12, "did you mean mediate?"),
        ("{policies: {RUS: mediate}}", "{base: x.yaml}", 12, "an overlay cannot change this key"),
        (", {policies: {RUS: aside}}]", "]", 8, "against"),
        ("expects: greater", "expects: more", 13, "greater"),
        ("dw2016-01", "dw2016-999", 15, "which is in no evidence file"),
        (
            "margin: 0.02",
            "margin: 0",
            14,
            "0 is out of bounds; allowed: more than 0, up to 1,000,000,000",
        ),
        (
            "margin: 0.02",
            "margin: -2",
            14,
            "-2 is out of bounds; allowed: more than 0, up to 1,000,000,000",
        ),
        ("margin: 0.02", "margin: 2e9", 14, "allowed: 1,000,000,000 or less, and more than 0"),
        ("margin: 0.02", "margin: wide", 14, "a number expected, not the text 'wide'"),
        ("margin: 0.02", "margin: true", 14, "a number expected, not true"),
        ("<= 14)", "<= 14 and ending = truce)", 11, "use =="),
        ("hypothesis: argument", "hypothesis: other", 2, "allowed: argument"),
        ("margin: 0.02", "margin: 0.5\n    contrast: ratio", 8, "above 1 if greater is expected"),
        ("expects: greater", "expects: equal\n    contrast: ratio", 8, "greater or less"),
        ("margin: 0.02", "margin: 0.02\n    contrast: odds", 15, "risk_ratio"),
        ("margin: 0.02", "margin: 0.02\n    draws: fitted", 15, "did you mean unfitted?"),
        ("margin: 0.02", "margin: 0.02\n    conditions: [mediation]", 8, "one for each overlay"),
        ("margin: 0.02", "margin: 0.02\n    positive_control: {holding: {}}", 15, "why"),
        (
            "margin: 0.02",
            "margin: 0.02\n    positive_control:      {why: x, holding: {mechanisms: {contst: 0}}}",
            15,
            "did you mean contest?",
        ),
        ("margin: 0.02", "margin: 0.02\n    readings: [{coder: b}]", 15, "reading"),
        (
            "margin: 0.02",
            "margin: 0.02\n    readings:\n      - {coder: b, reading: x, measure: mean(truce)}",
            16,
            "did you mean truces?",
        ),
        (
            "margin: 0.02",
            "margin: 0.02\n    readings:\n      - {coder: b, reading: x, scenario: april_2061}",
            16,
            "did you mean april_2016?",
        ),
    ],
)
def test_a_fault_names_the_line_of_the_hypothesis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, line: int, says: str
) -> None:
    monkeypatch.chdir(SCENARIOS.parent)
    path = tmp_path / "argument.yaml"
    assert old in ARGUMENT
    path.write_text(ARGUMENT.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        found = files.faults(files.read(path))
        if found:
            raise InputError(found)
    fault = caught.value.faults[0]
    assert (fault.file, fault.line) == (str(path), line)
    assert says in fault.message


OWN = (SCENARIOS.parent / "tests" / "valid" / "own_argument.yml").read_text(encoding="utf-8")
NOTHING = "empty; name at least one source, or state `assumption:`"


def own(tmp_path: Path, old: str = "", new: str = "") -> Path:
    """Return an argument that cites nobody, with a change."""
    assert old in OWN
    path = tmp_path / "own_argument.yaml"
    path.write_text(OWN.replace(old, new), encoding="utf-8")
    return path


def test_an_argument_of_one_s_own_rests_on_its_assumptions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its overlays carry the assumption of their claim, but for values that say themselves what
    they rest on.
    """
    monkeypatch.chdir(SCENARIOS.parent)
    stated = files.read(own(tmp_path))
    assert isinstance(stated, files.Argument)
    assert files.faults(stated) == []
    asked, aside = stated.conditions(0).arms
    of_claim = Provenance(assumption="who is asked for help helps")
    assert asked.provenance["policies.RUS"] == asked.provenance["actors.RUS.engagement"] == of_claim
    assert aside.provenance["policies.RUS"] == Provenance(cites=("mk2020-01",))
    own_idea = Provenance(assumption="an idea of our own, to be tried")
    assert asked.provenance["mechanisms.credibility"] == own_idea


def test_a_file_with_too_many_conditions_is_refused(tmp_path: Path, call: Call) -> None:
    """Each condition is loaded, so that a file of hundreds would take long to check."""
    readings = "    readings:\n" + "      - {coder: C, reading: the same}\n" * 37
    path = tmp_path / "own_argument.yaml"
    path.write_text(OWN.replace("matrix:\n", f"{readings}matrix:\n"), encoding="utf-8")
    done = call("check", path)
    assert done.code == 1
    assert ":7: claims: 152 conditions of all claims; allowed: up to 150" in done.err


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "says"),
    [
        ("assumption: an idea of our own, to be tried", "sources: []", 4, "sources", NOTHING),
        ("assumption: who is asked for help helps", "cites: []", 18, "claims.0.cites", NOTHING),
        ("assumption: it was heard by both", "cites: []", 20, "matrix.0.cites", NOTHING),
        ("cites: [mk2020-01]", "cites: []", 15, "policies.RUS.cites", NOTHING),
        (
            "    assumption: who is asked for help helps\n",
            "",
            8,
            "claims.0.cites",
            "may be left out where `assumption:` is stated",
        ),
        (
            "assumption: an idea of our own, to be tried",
            "notes: x",
            1,
            "sources",
            "may be left out where `assumption:` is stated",
        ),
        (
            "who is asked for help helps",
            "' '",
            18,
            "claims.0.assumption",
            "a text of 1 to 500 characters",
        ),
        (
            "who is asked for help helps",
            "[a]",
            18,
            "claims.0.assumption",
            "text expected, not a list",
        ),
    ],
)
def test_what_rests_on_nothing_is_told_what_it_may_rest_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    old: str,
    new: str,
    line: int,
    path: str,
    says: str,
) -> None:
    monkeypatch.chdir(SCENARIOS.parent)
    file = own(tmp_path, old, new)
    with pytest.raises(InputError) as caught:
        found = files.faults(files.read(file))
        raise InputError(found)
    (fault,) = caught.value.faults
    assert (fault.line, fault.path) == (line, path)
    assert says in fault.message


def test_pairs_may_rest_on_an_assumption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SCENARIOS.parent)
    path = first_of("pairs", tmp_path / "pairs.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"(?m)^    cites: .*$", "    assumption: a hunch", text), encoding="utf-8"
    )
    stated = files.read(path)
    assert isinstance(stated, files.Contradictions)
    assert files.faults(stated) == []
    assert stated.stated.pairs[0].assumption == "a hunch"


@pytest.mark.slow
def test_a_report_shows_the_assumption_where_there_is_no_citation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.setattr(judging, "QUICK", QUICK)
    monkeypatch.chdir(SCENARIOS.parent)
    said = call("compare", own(tmp_path), "--quick", "--out", tmp_path, "--workers", 1)
    assert said.code == 0, said.err
    assert "A1 cites no source; assumption: who is asked for help helps" in said.out
    (made,) = tmp_path.glob("compare-*")
    page = (made / "report.html").read_text(encoding="utf-8")
    assert "assumption: who is asked for help helps" in page
    assert "assumption: an idea of our own, to be tried" in page
    assert "0 citations" not in page
    table = reader.open_comparison(made).table("verdicts")
    assert table[["cites", "assumption"]].to_numpy().tolist() == [
        ["", "who is asked for help helps"]
    ]


# The command


@pytest.mark.slow
def test_a_measure_without_a_value_in_any_draw_leaves_its_claim_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.setattr(judging, "QUICK", QUICK)
    monkeypatch.chdir(SCENARIOS.parent)
    path = first_of("golts", tmp_path / "golts.yaml")
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines) if "measure:" in text)
    lines[line] = "    measure: mean(deaths_challenger) / 0"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    form = ("--format", "json")
    said = call("compare", path, "--quick", "--out", tmp_path, "--workers", 1, *form)
    assert said.code == 0
    first = json.loads(said.out)["verdicts"][0]
    assert first["word"] == "undecided"
    assert first["detail"] == "the measure is defined in only 0 of 8 draws"
    assert first["comparison"] == "undefined"


@pytest.mark.slow
def test_the_command_judges_draws_and_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.setattr(judging, "QUICK", QUICK)
    monkeypatch.chdir(SCENARIOS.parent)
    files = [first_of(name, tmp_path / f"{name}.yaml") for name in ("golts", "dubnov", "pairs")]
    said = call("compare", *files, "--quick", "--out", tmp_path, "--workers", 1)
    assert said.code == 0, said.err
    assert said.out.startswith("Can the record separate the arguments?")
    assert "GO1" in said.out
    made = next(tmp_path.glob("compare-*"))
    page = (made / "report.html").read_text(encoding="utf-8")
    assert "Claim by claim" in page
    assert "<script" not in page
    table = reader.open_comparison(made).table("verdicts")
    assert list(table["claim"]) == ["GO1.1", "GO1.2", "DU1.1", "DU1.2"]
    markdown = call(
        "compare", *files, "--quick", "--out", tmp_path, "--workers", 1, "--format", "markdown"
    ).out
    assert markdown.startswith("### Can the record separate the arguments?")
    assert "| GO1.1: " in markdown and "- **GO1.1, " in markdown
    assert "How to read the verdicts" in said.out and "opposite in at most 10%" in said.out
    assert "How to read the verdicts" in page and "opposite in at most 10%" in page
    assert "GO1.1: " in said.out  # the claim in words
    assert table["sentence"].str.contains(": with |. With ").all()
    narrow = call("compare", *files, "--quick", "--out", tmp_path, "--workers", 1, "--detail").out
    assert "Verdicts in sentences" in narrow and table["sentence"][0] in narrow
    assert wording.markdown(reader.open_comparison(made)).strip() == markdown.strip()
    every = {"confusion", "verdicts", "record"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(charts, "OF_VERDICTS", OF_VERDICTS)
        printed = call("plot", made).out
    assert {path.stem for path in (made / "charts").glob("*.png")} >= every
    assert printed.count(".png") == len(list((made / "charts").glob("*.png")))
    assert call("report", made).code == 0
    (made / "weights.parquet").write_bytes(b"torn")
    assert call("report", made).code == 1


def rewritten(compared: reader.Compared, **values: Any) -> reader.Compared:
    """Return a comparison with another verdict, whose effect vanishes with all mechanisms off."""
    file = compared.folder / "verdicts.parquet"
    pd.read_parquet(file).assign(**values).to_parquet(file, index=False)
    controlled = {
        "claim": ["GO1.1"],
        "kind": [str(Kind.ALL)],
        "name": [texts.ALL_OFF],
        "mean": [0.0],
        "without": [0.5],
        "takes_away": [True],
    }
    pd.DataFrame(controlled).to_parquet(compared.folder / "controls.parquet", index=False)
    return compared


def test_a_surprising_verdict_is_told_with_its_result(
    tmp_path: Path, comparison: reader.Compared
) -> None:
    copy = shutil.copytree(comparison.folder, tmp_path / comparison.folder.name)
    compared = reader.open_comparison(Path(copy))
    opposite = {
        "verdict": "fails",
        "word": str(Word.FAILS),
        "claim_word": str(Word.FAILS),
        "reason": str(Reason.OPPOSITE),
        "detail": "opposite effect",
        "surprise": 1.9,
        "rests_on": "",
    }
    values = {"value_1": 52.0, "value_2": 41.0, "effect": 11.0, "effect_low": 9.0}
    shown = wording.markdown(
        rewritten(compared, **opposite, **values, effect_high=13.0, unit="days")
    )
    result = (
        "with Turkey arming Azerbaijan 52 days, with Turkey standing aside 41 days: 11 days "
        "longer [9 to 13]"
    )
    assert f"W{result[1:]}. As claimed in " in shown
    assert "It fails (opposite effect): with Turkey arming Azerbaijan 52 days, " in shown
    shown = wording.markdown(
        rewritten(compared, word=str(Word.UNDECIDED), verdict="undecided", surprise=0.0)
    )
    assert "The most surprising verdicts" not in shown


def test_both_readings_and_their_channel_are_shown(comparison: reader.Compared) -> None:
    compared = comparison
    table = compared.table("verdicts")
    assert list(table["claim"]) == ["GO1.1", "GO1.2"]
    assert list(table["coder"]) == ["coder 1", "coder 2"]
    assert table["claim_word"].nunique() == 1
    assert table["delivered"].between(0, 1).all()
    shown = wording.markdown(compared)
    assert "| claim | it says | reading 1 | reading 2 | verdict |" in shown
    assert "| claim | treatment delivered | measure changed | positive control |" in shown
    page = (compared.folder / "report.html").read_text(encoding="utf-8")
    assert "reading of coder 2" in page
    assert "positive control" in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.01152, "+0.0115"),
        (-7.98, "-7.98"),
        (999.7, "+1,000"),
        (1923.4, "+1,920"),
        (-1.92e6, "-1,920,000"),
        (0, "+0"),
    ],
)
def test_effects_can_be_read(value: float, shown: str) -> None:
    assert texts.effect(value) == shown


RATIO = {
    "condition_1": "a war",
    "condition_2": "peace",
    "value_1": 0.067,
    "value_2": 0.0013,
    "unit": "% of runs",
    "contrast": "risk_ratio",
    "effect": math.log(51.3),
    "effect_low": math.log(12),
    "effect_high": math.log(220),
    "difference": 0.0657,
    "difference_low": 0.041,
    "difference_high": 0.09,
}


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        (
            {},
            "with a war 6.7% of runs, with peace 0.13% of runs: 51 times as likely [12 to 220]; "
            "7 points more [4 to 9]",
        ),
        (
            {"contrast": "ratio", "unit": "deaths", "value_1": 7600.0, "value_2": 148.0},
            "with a war 7,600 deaths, with peace 148 deaths: 51 times as high [12 to 220]",
        ),
        (
            {"contrast": "difference", "effect": -0.01, "effect_low": -0.03, "effect_high": 0.01},
            "with a war 7% of runs, with peace 0.1% of runs: 1 point less [-1 to 3]",
        ),
        (
            {
                "contrast": "difference",
                "condition_2": "",
                "unit": "a tie of",
                "effect": 0.0,
                "effect_low": -0.1,
                "effect_high": 0.1,
            },
            "with a war a tie of 0.07, against a tie of 0.001: no difference [-0.1 to 0.1]",
        ),
        (
            {
                "value_2": 0.0,
                "runs": 1024,
                "contrast": "difference",
                "effect": 0.067,
                "effect_low": 0.05,
                "effect_high": 0.08,
            },
            "with a war 6.7% of runs, with peace fewer than 1 in 300 runs: 6.7 points more [5 to 8]",
        ),
        (
            {"value_1": 0.0, "value_2": 0.0, "runs": 320},
            "it never occurs with a war or with peace (fewer than 1 in 100 runs)",
        ),
        (
            {
                "contrast": "difference",
                "treatment": "arms rather than words",
                "unit": "days",
                "value_1": 9.0,
                "value_2": 5.0,
                "effect": 4.0,
                "effect_low": 3.0,
                "effect_high": 5.0,
            },
            "the effect of arms rather than words is with a war 9 days, with peace 5 days: "
            "4 days longer [3 to 5]",
        ),
    ],
)
def test_a_contrast_is_told_in_words(changes: dict[str, Any], shown: str) -> None:
    assert sentences.comparison_of(RATIO | changes) == shown


DRAWN = {
    "share": 0.08,
    "share_low": 0.03,
    "share_high": 0.14,
    "above": 0.08,
    "inside": 0.45,
    "below": 0.47,
    "runs": 4096,
    "rests_on": "",
}


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        (
            {"expects": "greater"},
            "As claimed in 8% of draws [3 to 14], opposite in 47%, no difference in 45%",
        ),
        (
            {"expects": "equal", "share": 0.45, "share_low": 0.4, "share_high": 0.5},
            "As claimed in 45% of draws [40 to 50], higher in 8%, lower in 47%",
        ),
        ({"expects": "at_least"}, "As claimed in 8% of draws [3 to 14], opposite in 47%"),
        ({"expects": "less", "share": float("nan")}, ""),
        ({"expects": "less", "value_1": 0.0, "value_2": 0.0}, ""),
    ],
)
def test_draws_the_other_way_are_never_hidden(changes: dict[str, Any], shown: str) -> None:
    assert sentences.shares_of(RATIO | DRAWN | changes) == shown


def test_a_sentence_begins_with_what_holds_throughout_and_ends_with_what_it_rests_on() -> None:
    row = RATIO | DRAWN | {"expects": "greater", "holding": "Russia mediating"}
    text = sentences.sentence_of(row | {"rests_on": "contest, leverage"})
    assert text.startswith("Throughout, Russia mediating. With a war 6.7% of runs, ")
    assert text.endswith("no difference in 45%. Rests on contest, leverage.")


def judged(word: Word, reason: Reason, values: tuple[float, float], **test: Any) -> Any:
    """Return as much of a judged reading as its reason needs."""
    nearly, rarely, often = Share(0.08, 0.0, 0.1), Share(0.45, 0.4, 0.5), Share(0.47, 0.4, 0.5)
    finding = SimpleNamespace(
        verdict=Verdict(word, reason, nearly),
        spread=Shares(nearly, rarely, often),
        values=values,
        runs=1024,
    )
    stated = {"unit": "% of runs", "against": None, "expectation": Expects.GREATER} | test
    return SimpleNamespace(finding=finding, case=SimpleNamespace(test=SimpleNamespace(**stated)))


@pytest.mark.parametrize(
    ("reason", "values", "test", "detail"),
    [
        (Reason.NO_DIFFERENCE, (0.0, 0.0), {}, "the event never occurs (fewer than 1 in 300 runs)"),
        (Reason.NO_DIFFERENCE, (0.0, 0.1), {}, "no relevant difference"),
        (Reason.NO_DIFFERENCE, (0.0, 0.0), {"unit": "days"}, "no relevant difference"),
        (
            Reason.RARELY,
            (0.1, 0.2),
            {},
            "as claimed in 8%, opposite in 47%, no difference in 45% of draws",
        ),
        (
            Reason.RARELY,
            (0.1, 0.2),
            {"expectation": Expects.EQUAL},
            "as claimed in 45%, higher in 8%, lower in 47% of draws",
        ),
    ],
)
def test_a_failing_claim_says_what_is_seen_instead(
    reason: Reason, values: tuple[float, float], test: dict[str, Any], detail: str
) -> None:
    assert writer._detail(judged(Word.FAILS, reason, values, **test)) == detail


def test_no_p_value_is_called_chance() -> None:
    assert not [text for text in texts.REASONS.values() if "chance" in text]
    assert "p-value after adjustment" in texts.REASONS[Reason.CHANCE]


def test_conditions_without_names_are_named_by_what_differs(tmp_path: Path) -> None:
    """A name in the file comes first; a difference in differences names its outer overlays."""
    stated = files.read(SCENARIOS / "hypotheses" / "golts.yaml")
    assert isinstance(stated, files.Argument)
    scenario = stated.conditions(0).arms[0].scenario
    claim = stated.stated.claims[0]
    shared = {"actors": {"TUR": {"support": 3}}}
    compare = (
        {"policies": {"TUR": "arms_challenger"}, **shared},
        {"policies": {"TUR": "aside"}, **shared},
    )
    within = ({"policies": {"RUS": "mediate"}}, {"policies": {"RUS": "force_defender"}})
    changes = {"compare": compare, "conditions": (), "holding": {"mechanisms": {"package": 0}}}
    unnamed = claim.model_copy(update=changes)
    of_compare = ("Turkey arming Azerbaijan", "Turkey standing aside")
    assert naming.condition_names(unnamed, scenario) == of_compare
    assert naming.holding_name(unnamed, scenario) == "package at 0 and Turkey's support at 3"
    named = unnamed.model_copy(update={"conditions": ("arms", "none")})
    assert naming.condition_names(named, scenario) == ("arms", "none")
    twice = unnamed.model_copy(update={"between": within})
    assert naming.condition_names(twice, scenario) == (
        "Russia mediating",
        "Russia fighting for Armenia",
    )
    assert naming.treatment_name(twice, scenario) == " rather than ".join(of_compare)


@pytest.mark.parametrize(
    ("overlay", "name"),
    [
        ({}, "the scenario as it is"),
        ({"mechanisms": {"contest": {"range": [0, 0.4]}}}, "contest between 0 and 0.4"),
        ({"actors": {"TUR": {"seat": False}}}, "Turkey's seat off"),
        ({"actors": {"RUS": {"ties": {"TUR": -1}}}}, "Russia's ties to Turkey at -1"),
        ({"actors": {"ARM": {"treaties": None}}}, "Armenia's treaties removed"),
        (
            {"policies": {"RUS": "words_defender_mediate", "TUR": "aside"}},
            "Russia speaking up for Armenia and mediating and Turkey standing aside",
        ),
        ({"horizon_days": 365, "cites": ["mk2020-01"]}, "horizon days at 365"),
    ],
)
def test_an_overlay_is_named_in_words(overlay: dict[str, Any], name: str) -> None:
    stated = files.read(SCENARIOS / "hypotheses" / "golts.yaml")
    assert isinstance(stated, files.Argument)
    assert naming.overlay_name(overlay, stated.conditions(0).arms[0].scenario) == name


@pytest.mark.parametrize(
    ("key", "overlay", "clashes"),
    [
        ("holding", "{policies: {TUR: mediate}}", True),
        ("holding", "{policies: {TUR: arms_challenger}}", True),  # the other condition differs
        ("holding", "{policies: {RUS: mediate}}", False),
        ("holding", "{actors: {TUR: {support: 2}}}", True),
    ],
)
def test_a_condition_may_not_replace_what_holds_throughout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, overlay: str, clashes: bool
) -> None:
    monkeypatch.chdir(SCENARIOS.parent)
    path = first_of("golts", tmp_path / "golts.yaml")
    lines = path.read_text(encoding="utf-8").splitlines()
    place = next(number for number, text in enumerate(lines) if text == "    compare:")
    lines[place:place] = [f"    {key}: {overlay}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    stated = files.read(path)
    found = [fault for fault in files.faults(stated) if "'holding' states" in fault.message]
    assert bool(found) is clashes
    if clashes:
        assert found[0].line in (place + 3, place + 4)
        assert ".compare." in found[0].path


def test_a_name_that_is_no_hypothesis_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.chdir(SCENARIOS.parent)
    said = call("compare", "markedonof")
    assert said.code == 1
    assert "did you mean markedonov?" in said.err


def test_a_name_far_from_all_others_is_refused_with_the_command_that_lists_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("compare", "xyzzy")
    assert said == Done(1, "", "xyzzy: no hypothesis with this name; run sim list to see all\n")


def test_pairs_alone_and_names_that_stand_twice_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.chdir(SCENARIOS.parent)
    assert call("compare", "pairs").code == 2
    twin = tmp_path / "twin.yaml"
    text = (SCENARIOS / "hypotheses" / "golts.yaml").read_text(encoding="utf-8")
    twin.write_text(text.replace("hypothesis: golts", "hypothesis: twin"), encoding="utf-8")
    said = call("compare", "golts", twin)
    assert said.code == 1
    assert f"{twin}:" in said.err
    assert "'GO1' is also stated in" in said.err
