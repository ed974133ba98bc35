"""Where numbers come from: nothing without a source, counts that add up, coders and their
agreement.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from commands import Call, Done
from worlds import copy_of_shipped

from sim.ensemble.ensemble import Plan, play
from sim.evidence import CodedItem, Coding, Evidence, Level, explain, load_folder
from sim.evidence.agreement import (
    Agreement,
    Reliability,
    alpha,
    coded_twice,
    coverage_faults,
    interval,
    pair,
    reliability,
    shown,
    span,
)
from sim.evidence.explain import Row, counts, disputed, of_the_model, select, unsourced
from sim.io.errors import InputError
from sim.results import reader, writer
from sim.results.reader import Result
from sim.scenario import load, stated

HERE = Path(__file__).parents[1]
ROOT = HERE.parent
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
BASES = sorted((ROOT / "scenarios" / "base").glob("*.yaml"))


@pytest.fixture(scope="module")
def held() -> Evidence:
    return load_folder(ROOT / "seeds")


def rows_of(path: Path, evidence: Evidence, *sets: str) -> list[Row]:
    return explain.rows(load(path, sets), evidence, coded_twice(evidence))


@pytest.fixture(scope="module")
def autumn(held: Evidence) -> list[Row]:
    return rows_of(ROOT / "scenarios" / "autumn_2020.yaml", held)


def at(rows: list[Row], path: str) -> Row:
    return next(row for row in rows if row.path == path)


# Every value has a source


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_value_of_a_shipped_scenario_has_a_source(path: Path, held: Evidence) -> None:
    rows = rows_of(path, held)
    assert len(rows) > 100
    assert unsourced(rows) == []
    assert all(len(row.sources) == len(row.cites) for row in rows)


def test_a_value_without_source_is_a_fault_where_it_stands(tmp_path: Path, held: Evidence) -> None:
    base = HERE / "invalid" / "base" / "tiny.yaml"
    text = base.read_text(encoding="utf-8").replace("assumption: invented\n", "\n", 1)
    path = tmp_path / "bare.yaml"
    path.write_text(f"scenario: bare\ntitle: Bare\n{text}", encoding="utf-8")
    faults = unsourced(rows_of(path, held))
    line = path.read_text(encoding="utf-8").splitlines().index("  prepared_line: 0.1") + 1
    assert f"{path}:{line}: conflict.prepared_line: cites nothing and states no assumption" in map(
        str, faults
    )
    treaty = next(fault for fault in faults if fault.path == "actors.OST.treaties.0")
    assert treaty.message == "cites nothing that is in the evidence and states no assumption"


def test_texts_for_readers_and_what_nobody_stated_need_no_source(autumn: list[Row]) -> None:
    paths = {row.path for row in autumn}
    assert not paths & {
        "scenario",
        "title",
        "notes",
        "expects",
        "start",
        "horizon_days",
        "actors.RUS.name",
    }
    assert "conflict.quiet_days" not in paths
    assert "actors.RUS.seat" not in paths


def test_a_stated_default_is_a_value_like_any_other(held: Evidence) -> None:
    stated = "conflict.quiet_days={value: 0, assumption: nobody waited}"
    rows = rows_of(ROOT / "scenarios" / "autumn_2020.yaml", held, stated)
    assert at(rows, "conflict.quiet_days").assumption == "nobody waited"


def test_the_resolved_scenario_tells_the_same(tmp_path: Path, held: Evidence) -> None:
    loaded = load(ROOT / "scenarios" / "autumn_2020.yaml")
    folder = writer.write(play(Plan(loaded.scenario, 4, 2)), loaded, tmp_path, 0.1).folder
    first, again = (
        rows_of(path, held)
        for path in (ROOT / "scenarios" / "autumn_2020.yaml", folder / reader.RESOLVED)
    )
    assert {(row.path, row.stated, row.cites, row.assumption) for row in first} == {
        (row.path, row.stated, row.cites, row.assumption) for row in again
    }


# Counts


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_counts_add_up(path: Path, held: Evidence) -> None:
    rows = rows_of(path, held)
    assert sum(counts(rows).values()) == len(rows)
    assert counts(rows) == Counter(row.kind for row in rows)
    assert set(counts(rows)) <= set(explain.KINDS)
    model = [row for row in rows if of_the_model(row)]
    crisis = [row for row in rows if not of_the_model(row)]
    assert counts(model) + counts(crisis) == counts(rows)


def test_constants_of_the_model_stand_apart(autumn: list[Row]) -> None:
    model = {row.path.split(".")[0] for row in autumn if of_the_model(row)}
    crisis = {row.path.split(".")[0] for row in autumn if not of_the_model(row)}
    assert model == {"parameters", "mechanisms"}
    assert crisis == {"conflict", "actors"}


def test_at_most_a_third_of_the_actors_values_are_assumptions_alone(autumn: list[Row]) -> None:
    actors = [row for row in autumn if row.path.startswith("actors.")]
    assert counts(actors)["assumption"] <= len(actors) / 3


@pytest.mark.parametrize(
    ("cites", "kind"),
    [
        ("[lit-kydd2003, record-april2016-onset, mk2020-01]", "article"),
        ("[lit-kydd2003, record-april2016-onset]", "record"),
        ("[lit-kydd2003]", "literature"),
        ("[lit-unknown]", "assumption"),
    ],
)
def test_the_first_kind_that_is_cited_counts(cites: str, kind: str, held: Evidence) -> None:
    value = f"parameters.pace={{value: 0.02, cites: {cites}, assumption: a guess}}"
    row = at(rows_of(ROOT / "scenarios" / "april_2016.yaml", held, value), "parameters.pace")
    assert row.kind == kind


# One row


def test_a_section_is_selected_with_all_below_it(autumn: list[Row]) -> None:
    ties = select(autumn, "actors.RUS.ties")
    assert len(ties) > 3
    assert all(row.path.startswith("actors.RUS.ties.") for row in ties)
    assert [row.path for row in select(autumn, "parameters.pace")] == ["parameters.pace"]


def test_an_unknown_path_is_named_with_the_nearest(autumn: list[Row]) -> None:
    with pytest.raises(
        InputError,
        match=r"^actors.RUS.tie: no value at this path \(did you mean actors.RUS.ties\?\)$",
    ):
        select(autumn, "actors.RUS.tie")


def test_a_row_holds_what_a_reader_asks_for(autumn: list[Row]) -> None:
    row = at(autumn, "actors.USA.engagement")
    record = json.loads(json.dumps(row.record()))
    assert (record["path"], record["value"], record["word"]) == (
        "actors.USA.engagement",
        "low",
        "low",
    )
    assert record["range"] == [0.2, 0.4]
    assert record["cites"] == ["sp2020-48", "sp2020-18"]
    assert record["assumption"] is None
    assert record["kind"] == "article"
    assert [source["id"] for source in record["sources"]] == record["cites"]
    assert all({"speaker", "says", "origin"} <= source.keys() for source in record["sources"])
    assert (
        record["means"]
        == "attention that the third party can give to this crisis, 0 none to 1 full; 1 where absent"
    )
    assert row.stated == "low (0.2 to 0.4)"
    assert "autumn_2020.yaml:" in row.place


def test_a_result_is_explained_as_its_scenario_is(call: Call, april: Result) -> None:
    path, resolved = "actors.RUS.ties.ARM", april.folder / "scenario.resolved.yaml"
    of_file = call("explain", "april_2016", path)
    of_result = [call("explain", file, path) for file in (april.folder, resolved)]
    assert "articles disagree" in of_file.out and "coders: " in of_file.out
    for said in of_result:
        assert said.code == 0 and said.out.splitlines()[1:] == of_file.out.splitlines()[1:]
    assert call("check", resolved) == Done(0, "1 file checked, no faults\n", "")


def test_a_row_that_is_no_number_has_no_range(autumn: list[Row]) -> None:
    row = at(autumn, "mechanisms.credibility")
    assert row.record()["range"] is None
    assert row.stated == "neutral or kydd03 or kydd06 or favretto"
    treaty = at(autumn, "actors.RUS.treaties.0")
    assert treaty.stated.startswith("with ARM, covers own_soil")


def test_a_replaced_value_does_not_show_what_the_base_cites(held: Evidence) -> None:
    chain = rows_of(HERE / "valid" / "small_chain.yaml", held)
    middle = rows_of(HERE / "valid" / "small_overlay.yaml", held)
    assert at(middle, "actors.OST.support").cites == ("dw2016-12",)
    assert at(middle, "mechanisms.leverage").assumption == "a hunch"
    for path in ("actors.OST.support", "mechanisms.leverage"):
        row = at(chain, path)
        assert (row.cites, row.assumption) == ((), None)
        assert "small_chain.yaml" in row.place
    assert at(chain, "actors.OST.ties.SUD").cites == ("bl2016-01",)


# Coders


def test_coders_are_shown_with_the_value_they_coded(autumn: list[Row]) -> None:
    row = at(autumn, "actors.USA.engagement")
    assert row.coding is not None
    assert row.coding.first == "low"
    coders = row.record()["coders"]
    assert coders == {
        "first": "low", "first_also": None, "second": "low", "second_also": None, "reason": row.coding.reason
    }  # fmt: skip
    assert at(autumn, "parameters.pace").coding is None


def test_coders_of_a_replaced_value_are_not_shown(held: Evidence) -> None:
    replaced = "actors.USA.engagement={value: high, assumption: what if}"
    row = at(
        rows_of(ROOT / "scenarios" / "autumn_2020.yaml", held, replaced), "actors.USA.engagement"
    )
    assert (row.coding, row.cites, row.assumption) == (None, (), "what if")


def test_a_second_level_that_fits_is_shown_and_counts() -> None:
    both = Agreement(
        "crisis", "actors.OST.engagement", "very_high", "medium", "so", second_also="high"
    )
    assert str(both) == "first very_high, second medium or high (so)"
    assert span(both) == (0.4, 1.0)
    assert not both.differ
    assert Agreement("crisis", "actors.OST.engagement", "very_high", "medium", "so").differ


# Ranges cover both coders


@pytest.mark.parametrize("path", [*SCENARIOS, *BASES], ids=lambda path: path.stem)
def test_the_ranges_of_a_shipped_file_cover_both_coders(path: Path, held: Evidence) -> None:
    assert coverage_faults(stated(path), held) == []


def in_copy(folder: Path, name: str, old: str, new: str) -> tuple[Path, int]:
    """Return a scenario in a copy of all, where one text is replaced by another, and the line of
    that.
    """
    copy_of_shipped(folder)
    path = folder / "scenarios" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path, text[: text.index(old)].count("\n") + 1


def test_a_range_that_leaves_a_coder_out_is_a_fault(tmp_path: Path, held: Evidence) -> None:
    path, line = in_copy(
        tmp_path,
        "autumn_2020.yaml",
        "engagement: {range: [0.4, 0.8]",
        "engagement: {range: [0.5, 0.8]",
    )
    (fault,) = coverage_faults(stated(path), held)
    assert (fault.file, fault.line, fault.path) == (str(path), line, "actors.RUS.engagement")
    assert fault.message.startswith(
        "0.5 to 0.8 does not cover the coders' readings, 0.4 to 0.8; widen the range, or state under 'fixed'"
    )


def test_a_value_is_excepted_only_where_a_record_fixes_it(tmp_path: Path, held: Evidence) -> None:
    path = ROOT / "scenarios" / "base" / "caucasus_2020.yaml"
    where = ("caucasus_2020", "actors.AZE.strength")
    assert where in held.fixed
    files = tuple(file for file in held.files if not file.names_others)
    faults = coverage_faults(stated(path), Evidence(files))
    assert {fault.path for fault in faults} == {
        path for name, path in held.fixed if name == "caucasus_2020"
    }
    wider, line = in_copy(
        tmp_path, "base/caucasus_2020.yaml", "range: [2.4, 3.4]", "range: [1.9, 3.4]"
    )
    (needless,) = coverage_faults(stated(wider), held)
    assert (needless.line, needless.path) == (line - 1, "actors.AZE.strength")
    assert (
        "listed under 'fixed' in the evidence, but its range covers both coders" in needless.message
    )


# Where articles disagree


def test_a_row_shows_both_readings(autumn: list[Row]) -> None:
    row = at(autumn, "actors.EU.ties.RUS")
    first, second = row.record()["disagreement"]
    assert (first["cites"], first["reads"]) == (("mk2020-28",), "higher")
    assert (second["cites"], second["reads"]) == (("sp2020-30",), "lower")
    assert str(row.disagreement) == "mk2020-28 reads higher; sp2020-30 reads lower"
    assert {cite for reading in (first, second) for cite in reading["cites"]} <= set(row.cites)
    assert at(autumn, "actors.USA.engagement").record()["disagreement"] is None
    assert row in disputed(autumn)


def test_a_row_shows_what_a_record_fixes(autumn: list[Row]) -> None:
    fixed = at(autumn, "actors.RUS.supplies.ARM").record()["fixed"]
    assert fixed["by"] == ("record-general-arms-imports-arm",)
    assert at(autumn, "actors.USA.engagement").record()["fixed"] is None


def test_readings_of_a_replaced_value_are_not_shown(held: Evidence) -> None:
    replaced = "actors.EU.ties.RUS={value: low, assumption: what if}"
    row = at(rows_of(ROOT / "scenarios" / "autumn_2020.yaml", held, replaced), "actors.EU.ties.RUS")
    assert (row.disagreement, row.fixed) == (None, None)


def test_without_two_coders_there_is_no_agreement() -> None:
    assert coded_twice(Evidence()) == {}
    assert reliability({}) == []


def coded(*levels: Level, path: str = "actors.OST.engagement") -> Coding:
    """Return a coding of one value in several crises."""
    items = (
        CodedItem(where=f"crisis_{n}", path=path, level=level, reason="so")
        for n, level in enumerate(levels)
    )
    return Coding(kind="coding", coder="A", items=tuple(items))


def alpha_of(first: list[Level], second: list[Level]) -> float | None:
    return alpha(pair(coded(*first), coded(*second)))


def test_alpha_of_a_case_worked_by_hand() -> None:
    # Units (1,1), (2,3), (3,3): n = (2, 1, 3), ordinal distances 2.25, 4 and 12.25 for 1-2, 2-3 and
    # 1-3.
    # Observed 2*4/6 = 4/3; expected 2*(2*1*2.25 + 1*3*4 + 2*3*12.25)/30 = 6; alpha = 1 - (4/3)/6 =
    # 7/9.
    assert alpha_of(
        ["very_low", "low", "medium"], ["very_low", "medium", "medium"]
    ) == pytest.approx(7 / 9)


def test_alpha_of_full_agreement_and_of_worse_than_chance() -> None:
    assert alpha_of(["low", "high", "medium"], ["low", "high", "medium"]) == pytest.approx(1)
    # Units (1,2), (2,1): n = (2, 2); observed D, expected 2*2*2*D/12 = 2D/3; alpha = 1 - 3/2.
    assert alpha_of(["low", "high"], ["high", "low"]) == pytest.approx(-0.5)


def test_alpha_goes_by_the_order_of_levels_and_not_by_their_distance() -> None:
    near = alpha_of(["very_low", "low", "medium"], ["very_low", "medium", "medium"])
    assert alpha_of(
        ["-high", "none", "very_high"], ["-high", "very_high", "very_high"]
    ) == pytest.approx(near)


@pytest.mark.parametrize(
    ("first", "second"), [([], []), (["low"], ["low"]), (["low", "low"], ["low", "low"])]
)
def test_alpha_cannot_be_told_where_nothing_differs(
    first: list[Level], second: list[Level]
) -> None:
    assert alpha_of(first, second) is None


def test_silent_values_are_left_out_of_alpha_and_counted() -> None:
    first, second = (
        ["very_low", "low", "medium", "silent", "high"],
        ["very_low", "medium", "medium", "low", "silent"],
    )
    assert alpha_of(first, second) == pytest.approx(7 / 9)
    (everything, other) = reliability(pair(coded(*first), coded(*second)))
    assert everything == Reliability("all", pytest.approx(7 / 9), compared=3, silent=2, off_scale=0)
    assert other.part == "other"
    assert str(everything) == "all 0.78 (3 values, 2 left out as silent)"


def test_ratios_of_strength_are_no_steps_of_the_scale() -> None:
    both = coded("low", (2.0, 3.0), path="actors.OST.strength")
    (everything, _) = reliability(pair(both, both))
    assert str(everything) == "all not defined (0 values, 2 left out as not on the scale)"


def test_ties_are_told_apart_from_the_rest() -> None:
    pairs = pair(
        coded("low", "high", path="actors.OST.ties.SUD"),
        coded("low", "high", path="actors.OST.ties.SUD"),
    )
    assert [part.part for part in reliability(pairs)] == ["all", "ties"]


def test_the_shipped_codings_agree_and_every_value_is_accounted_for(held: Evidence) -> None:
    pairs = coded_twice(held)
    everything, ties, other = reliability(pairs)
    for part in (everything, ties, other):
        assert part.alpha is not None
        assert part.alpha > 0.667, "below this Krippendorff draws no conclusions"
    assert everything.compared + everything.silent + everything.off_scale == len(pairs)
    assert everything.compared == ties.compared + other.compared
    assert (
        everything.silent == sum("silent" in (one.first, one.second) for one in pairs.values()) > 0
    )


@pytest.mark.parametrize(
    ("first", "second", "path", "differ"),
    [
        ("low", "medium", "engagement", False),  # 0.2-0.4 and 0.4-0.6 touch
        ("low", "high", "engagement", True),
        ("-low", "low", "ties.SUD", True),
        ("none", "very_low", "engagement", False),
        ("none", "low", "engagement", True),
        ((0.1, 0.5), "medium", "engagement", False),
        (0.5, "medium", "engagement", False),
        (-0.5, "-medium", "ties.SUD", False),
        (1.0, 2.0, "support", False),  # a level of support stands for half a level either way
        (0.0, 2.0, "support", True),
        ("silent", "high", "engagement", False),
    ],
)
def test_coders_differ_where_their_ranges_do_not_overlap(
    first: Level, second: Level, path: str, differ: bool
) -> None:
    path = f"actors.OST.{path}"
    assert Agreement("crisis", path, first, second, "so").differ is differ
    assert Agreement("crisis", path, second, first, "so").differ is differ


def test_a_level_is_a_range_and_a_short_text() -> None:
    assert interval("silent", "engagement") is None
    assert interval(0.0, "actors.OST.support") == (0.0, 0.5)
    assert [shown(level) for level in ("high", 0.5, 2.0, (0.25, 0.5))] == [
        "high",
        "0.5",
        "2",
        "0.25 to 0.5",
    ]
    apart = Agreement("crisis", "actors.OST.engagement", "low", (0.8, 1.0), "a reason")
    assert str(apart) == "first low, second 0.8 to 1 (a reason); the ranges do not overlap"


# A list of scenarios


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_an_entry_names_title_base_and_articles(path: Path) -> None:
    entry = explain.glance(path)
    assert entry.scenario == path.stem
    assert entry.title == load(path).scenario.title
    assert (path.parent / entry.base).is_file()
    assert set(entry.articles) <= {"bl2016", "dw2016", "mk2020", "mt2020", "sp2020"}


def test_an_argument_is_no_scenario_and_says_where_its_claims_are(call: Call) -> None:
    done = call("explain", "golts")
    assert done.code == 2
    assert "golts: an argument" in done.err
    assert "sim compare golts --detail" in done.err
