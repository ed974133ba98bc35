"""The report: one file that opens offline, says what the result says, and runs nothing that a text
may hold.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from worlds import SCENARIOS

from sim import report
from sim.arguments.reader import Compared
from sim.arguments.sentences import shares_of
from sim.arguments.wording import with_reason
from sim.arguments.words import Word
from sim.charts import CHARTS, draw_all
from sim.ensemble.ensemble import Plan, play
from sim.evidence import Article, Evidence, File, explain, load_folder
from sim.evidence.agreement import coded_twice
from sim.outcomes.summary import Measure, sentence
from sim.reasons.levers import Kind
from sim.reasons.lines import Line
from sim.reasons.outcomes import Outcome
from sim.reasons.why import EXPERIMENT, Why
from sim.reasons.why import write as write_why
from sim.record.history import history_of, history_of_result
from sim.record.words import beside, column, what_happened
from sim.report.links import web_address
from sim.report.outcomes import RARE, outcomes
from sim.report.verdicts import ONE_AND_MANY, Judged, in_short
from sim.results import writer
from sim.results.reader import Result, open_result
from sim.scenario import Loaded, load

HERE = Path(__file__).parents[1]
SEEDS = HERE.parent / "seeds"
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """A page as its tags, with attributes, and its text; every tag is closed by its own."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def having(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def result_of(loaded: Loaded, folder: Path, draw: bool = True) -> Result:
    result = writer.write(play(Plan(loaded.scenario, 40, 4)), loaded, folder, 0.1)
    if draw:
        draw_all(result)
    return result


@pytest.fixture(scope="module")
def held() -> Evidence:
    return load_folder(SEEDS)


@pytest.fixture(scope="module")
def autumn(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return result_of(load(SCENARIOS / "autumn_2020.yaml"), tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def source(autumn: Result, held: Evidence) -> str:
    return report.write(autumn, held).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


@pytest.fixture
def loud(tmp_path: Path) -> Callable[..., Page]:
    """Return a function that writes the report of an invented crisis with these texts, and reads
    it.
    """

    def loud(evidence: Evidence | None = None, **texts: str) -> Page:
        base = (HERE / "invalid" / "base" / "tiny.yaml").read_text(encoding="utf-8")
        if "assumption" in texts:
            base = base.replace("assumption: invented\n", "\n", 1)
        lines = {"scenario": "loud", "title": "A crisis", **texts}
        stated = "".join(f"{key}: '{text}'\n" for key, text in lines.items())
        path = tmp_path / "loud.yaml"
        path.write_text(stated + base, encoding="utf-8")
        result = result_of(load(path), tmp_path / "results", draw=False)
        return Page(report.write(result, evidence).read_text(encoding="utf-8"))

    return loud


# What it says


def test_title_dates_expectation_and_notes(page: Page, autumn: Result) -> None:
    scenario = autumn.scenario
    assert page.text.startswith(f"{scenario.title}: simulation report Skip to the report ")
    assert f"{scenario.title} Report of a simulation with Demarche." in page.text
    assert page.text.count("27 September 2020 to 26 December 2020 (90 days)") == 2
    assert scenario.expects is not None
    assert scenario.notes is not None
    for text in (scenario.expects, scenario.notes):
        assert " ".join(text.split()) in page.text


def test_the_sentence_and_every_measure_beside_what_happened(page: Page, autumn: Result) -> None:
    assert sentence(autumn.measures) in page.text
    history = history_of_result(autumn)
    assert history is not None
    says = beside(history, autumn.measures, autumn.scenario.horizon_days)
    assert f"Main result {says}" in page.text
    assert what_happened(history) in page.text
    happened = column(history, autumn.measures)
    for line in autumn.measures:
        texts = (line.says, happened[line.name], *line.shown())
        if " ".join(" ".join(texts).split()) not in page.text:
            assert happened[line.name] != "yes" and line.value < RARE
            few = "fewer than 1% of runs" if line.occurred else "no run"
            assert re.search(rf"In {few}: [^.]*{re.escape(line.says)}", page.text)
    assert "Chance" in page.text
    assert "Parameters" in page.text


def test_an_event_that_happened_is_in_the_table_however_rare() -> None:
    history = history_of("autumn_2020")
    never = Measure("ending_truce", "ends well", "probability", 0.0, None, None)
    other = Measure("ending_lull", "ends quietly", "probability", 0.004, None, (0.0, 0.005))
    assert [line.happened for line in outcomes([never, other], history).lines] == ["yes"]
    assert outcomes([never, other], history).rare == ("ends quietly",)
    assert outcomes([never, other], None).never == ("ends well",)
    common = replace(other, parameters=(0.0, 0.03))
    assert [line.says for line in outcomes([common], None).lines] == ["ends quietly"]


def test_a_crisis_without_a_record_has_no_history(loud: Callable[..., Page]) -> None:
    page = loud()
    assert "What happened" not in page.text
    assert "what happened" not in page.text


def test_the_five_charts_are_embedded_and_described(page: Page, autumn: Result) -> None:
    images = page.having("img")
    assert len(images) == len(CHARTS)
    for image in images:
        assert image["src"].startswith("data:image/svg+xml;base64,")
        assert len(image["alt"]) > 40
    assert len({image["src"] for image in images}) == len(CHARTS)
    ending = next(line for line in autumn.measures if line.name == "ending_truce")
    assert f"ends in a mediated ceasefire {ending.shown()[0]}" in images[1]["alt"]


def test_every_value_stands_with_what_it_rests_on(
    page: Page, autumn: Result, held: Evidence
) -> None:
    rows = explain.rows(autumn.loaded, held, coded_twice(held))
    assert len(rows) > 100
    for row in rows:
        assert " ".join(row.stated.split()) in page.text
        if row.assumption:
            assert f"assumption: {' '.join(row.assumption.split())}" in page.text
        if row.coding:
            assert f"coders: {' '.join(str(row.coding).split())}" in page.text
        for cited in row.sources:
            assert " ".join(cited.says.split()) in page.text
        if row.fixed:
            assert f"fixed by {row.fixed}" in page.text
        for reading in row.disagreement.readings if row.disagreement else ():
            assert f"{reading.short}: {reading.says}" in page.text
    disputed = explain.disputed(rows)
    assert len(disputed) > 5
    groups = {".".join(row.path.split(".")[: 2 if row.path[:6] == "actors" else 1]) for row in rows}
    assert len(page.having("details")) == len(groups) + len(disputed)


def test_each_citation_leads_to_its_source_and_each_source_to_the_web(
    page: Page, autumn: Result, held: Evidence
) -> None:
    rows = explain.rows(autumn.loaded, held, {})
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for attributes in page.having("a")]
    inner = [link for link in links if link.startswith("#")]
    assert set(inner) <= {f"#{id}" for id in ids}
    cites = {cite for row in rows for cite in row.cites}
    assert len([id for id in ids if id.startswith("source-")]) == len(cites)
    assert sum(link.startswith("#source-") for link in links) == sum(len(r.cites) for r in rows)
    stated = {source.address for id, source in held.sources.items() if id in cites} - {""}
    assert {link for link in links if not link.startswith("#")} == stated
    assert len(stated) > 8
    assert "author, paragraph 12: In law Karabakh belongs to Azerbaijan, he writes" in page.text
    assert "James D. Fearon (1995): Rationalist Explanations for War." in page.text


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt://x/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "ftp://example.org",
        "//example.org",
        "/etc/passwd",
        'https://example.org/"onclick="alert(1)',
        "https://example.org/<script>",
        "https://exam ple.org",
        "https://",
        "",
        None,
    ],
)
def test_only_addresses_of_the_web_are_linked(address: str | None) -> None:
    assert web_address(address) == ""


def test_addresses_of_the_web_are_linked() -> None:
    for address in ("https://doi.org/10.1017/S0020818300033324", "http://example.org/a?b=c&d=1#e"):
        assert web_address(f" {address}\n") == address


def test_values_are_grouped_and_counted(page: Page, autumn: Result, held: Evidence) -> None:
    rows = explain.rows(autumn.loaded, held, {})
    crisis = [row for row in rows if not explain.of_the_model(row)]
    counted = explain.counts(crisis)
    account = f"{len(crisis)} values by main source: {counted['article']} from articles"
    assert account in page.text
    assert (
        page.text.index(f"Values of the crisis {len(crisis)}")
        < page.text.index("Russia (RUS)")
        < page.text.index(f"Values of the model, shared by all crises {len(rows) - len(crisis)}")
    )
    for actor, code in ((actor.name, code) for code, actor in autumn.scenario.actors.items()):
        assert f"{actor} ({code})" in page.text


def test_each_value_names_the_file_and_line_that_states_it(page: Page) -> None:
    lines = (SCENARIOS / "autumn_2020.yaml").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "sp2020-48" in text)
    assert re.search(
        rf"low \(0.2 to 0.4\); fitted [-0-9.]+ to [-0-9.]+ autumn_2020.yaml:{line} ", page.text
    )
    assert "base/caucasus_2020.yaml:" in page.text
    assert "scenario.resolved.yaml:" not in page.text


def test_what_was_set_on_the_command_line_is_named_so(tmp_path: Path) -> None:
    change = "actors.RUS.engagement={value: low, assumption: what if}"
    loaded = load(SCENARIOS / "april_2016.yaml", [change])
    text = Page(
        report.write(result_of(loaded, tmp_path, draw=False), None).read_text(encoding="utf-8")
    ).text
    assert f"low (0.2 to 0.4) --set {change} assumption: what if" in text
    words = "Russia's engagement low"
    assert text.startswith(f"The Four-Day War, April 2016, with {words}: simulation report")
    assert f"Changed for this simulation: {words}." in text
    assert f"set on the command line {change.replace('=', ' = ', 1)}" in text


def test_how_it_was_made(page: Page, autumn: Result) -> None:
    assert "runs 40 requested, 40 done, 0 failed" in page.text
    assert f"digest of the scenario {autumn.manifest['digest']}" in page.text
    assert f"numpy {autumn.manifest['versions']['numpy']}" in page.text
    assert "seed 1" in page.text
    assert "sim run scenario.resolved.yaml --runs 40 --draws 4 --seed 1" in page.text


def test_without_evidence_citations_are_listed_by_id_and_it_says_so(
    autumn: Result, tmp_path: Path
) -> None:
    kept = Path(shutil.copytree(autumn.folder, tmp_path / "copy"))
    page = Page(report.write(open_result(kept), None).read_text(encoding="utf-8"))
    assert "citations are listed by their ids only" in page.text
    assert "sp2020-48, sp2020-18" in page.text
    assert not any(link["href"].startswith(("#source", "http")) for link in page.having("a"))
    assert "DER SPIEGEL, 22 October 2020" not in page.text
    assert "cite sources" in page.text


def test_a_citation_that_no_file_holds_is_said(loud: Callable[..., Page], held: Evidence) -> None:
    assert "lit-ford2001 No evidence file has this id." in loud(held).text


WAR = Outcome("duration_days", "duration of the fighting", "days")


def explained(result: Result, folder: Path, p: float = 0.001, **changed: object) -> Result:
    """Return a copy of a result with the file of an experiment in which one stance moves one
    outcome.
    """
    copy = open_result(Path(shutil.copytree(result.folder, folder / "explained")))
    line = Line(
        WAR, Kind.stance, EXPERIMENT, "policies.RUS", "Russia standing aside", "as drawn",
        "throughout", 20.0, 18.0, 23.0, 1.0, None, None, p,
    )  # fmt: skip
    line = replace(line, **changed)
    why = Why("A war", EXPERIMENT, 40, 4, (WAR,), (43.4,), (line,), tested=1)
    write_why(copy.folder, why, copy.manifest["digest"])
    return copy


def test_why_it_came_out_so_is_told_where_an_experiment_says(
    autumn: Result, tmp_path: Path
) -> None:
    result = explained(autumn, tmp_path)
    page = Page(report.write(result, None).read_text(encoding="utf-8"))
    assert "With Russia standing aside throughout, the fighting lasts 20 days longer" in page.text
    assert "Duration of the fighting, 43 days on average" in page.text
    assert "what moves it at effect on the mean 95% interval" in page.text
    assert "Russia standing aside throughout 20 days longer 18 to 23" in page.text
    assert "#why" in {link["href"] for link in page.having("a")}
    assert report.write(result, None).read_text("utf-8").count("<img") == len(CHARTS)
    (result.folder / "why.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert report.write(result, None).read_text("utf-8").count("<img") == len(CHARTS) + 1


def test_no_reason_is_told_where_chance_explains_it(autumn: Result, tmp_path: Path) -> None:
    page = Page(report.write(explained(autumn, tmp_path, p=0.5), None).read_text(encoding="utf-8"))
    assert "What goes with the outcomes" not in page.text
    assert "Why it came out so" not in page.text


def test_reasons_of_a_file_are_shown_and_not_run(autumn: Result, tmp_path: Path) -> None:
    mischief = "<script>alert(1)</script>"
    result = explained(autumn, tmp_path, says=mischief, outcome=replace(WAR, says=mischief))
    text = report.write(result, None).read_text(encoding="utf-8")
    assert "<script" not in text
    assert html.escape(mischief) in text


def test_a_chart_that_is_not_drawn_is_said(loud: Callable[..., Page]) -> None:
    page = loud()
    assert page.having("img") == []
    assert page.text.count("This chart has not been drawn") == len(CHARTS)


def test_sections_without_text_are_left_out(loud: Callable[..., Page]) -> None:
    page = loud()
    assert "What the sources expect" not in page.text
    assert "Notes" not in page.text


# One file, offline, and harmless


def test_nothing_is_requested_and_nothing_runs(page: Page, source: str) -> None:
    loaded = [attributes["src"] for _, attributes in page.tags if "src" in attributes]
    assert all(address.startswith("data:image/svg+xml;base64,") for address in loaded)
    assert {tag for tag, attributes in page.tags if "href" in attributes} == {"a"}
    assert {tag for tag, _ in page.tags}.isdisjoint(
        {"script", "link", "iframe", "object", "embed", "base", "form"}
    )
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    style = source[source.index("<style>") : source.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = [
        meta["content"]
        for meta in page.having("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'"
    )


def test_the_page_is_well_formed_and_accessible(page: Page, source: str) -> None:
    assert source.startswith("<!DOCTYPE html>")
    assert page.having("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(cell.get("scope") in ("col", "row") for cell in page.having("th"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_texts_from_files_are_shown_and_not_run(loud: Callable[..., Page]) -> None:
    mischief = (
        '</title><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7 * 7 }}{% raw %}&amp;'
    )
    page = loud(
        title=mischief, notes=mischief, expects=f"</p></style>{mischief}", assumption=mischief
    )
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img"})
    assert page.text.count(mischief) >= 4
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_evidence_is_shown_and_not_run(autumn: Result, held: Evidence, tmp_path: Path) -> None:
    mischief = "<script>alert(1)</script>"
    claim = {"speaker": mischief, "says": mischief}
    spoilt = {
        "author": mischief,
        "title": mischief,
        "outlet": mischief,
        "address": f"javascript:{mischief}",
    }

    def spoil(file: File) -> File:
        if not isinstance(file.model, Article):
            return file
        claims = tuple(item.model_copy(update=claim) for item in file.model.claims)
        return replace(file, model=file.model.model_copy(update={**spoilt, "claims": claims}))

    evidence = Evidence(tuple(map(spoil, held.files)))
    kept = Path(shutil.copytree(autumn.folder, tmp_path / "copy"))
    source = report.write(open_result(kept), evidence).read_text(encoding="utf-8")
    assert "<script" not in source and "javascript:" not in source
    assert source.count(html.escape(mischief)) > 200


# How it is written


def test_it_is_written_whole_and_the_same_each_time(
    autumn: Result, held: Evidence, source: str
) -> None:
    before = {path.name for path in autumn.folder.iterdir()}
    assert report.write(autumn, held).read_text(encoding="utf-8") == source
    assert report.write(open_result(autumn.folder), held).read_text(encoding="utf-8") == source
    assert {path.name for path in autumn.folder.iterdir()} == before


def test_a_report_that_fails_leaves_the_old_one(
    autumn: Result, held: Evidence, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(result: Result, evidence: Evidence | None) -> None:
        raise RuntimeError("no content")

    monkeypatch.setattr(report, "content", fail)
    before = {path.name for path in autumn.folder.iterdir()}
    with pytest.raises(RuntimeError, match="no content"):
        report.write(autumn, held)
    assert {path.name for path in autumn.folder.iterdir()} == before
    assert (autumn.folder / report.NAME).read_text(encoding="utf-8") == source


def test_it_tells_nothing_of_the_machine(source: str, autumn: Result, tmp_path: Path) -> None:
    text = re.sub(r"base64,[^\"]+", "", source)
    assert str(autumn.folder.parent) not in text
    assert str(HERE.parent) not in text
    assert str(Path.home()) not in text or str(Path.home()) == "/"


# A comparison of arguments


def claims(*words: Word) -> pd.DataFrame:
    ids = [f"A{number}" for number in range(len(words))]
    return pd.DataFrame({"claim_id": ids, "claim_word": [str(word) for word in words]})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((Word.HOLDS,), "Of 1 claim, 1 holds."),
        ((Word.FAILS, Word.HOLDS, Word.FAILS), "Of 3 claims, 1 holds and 2 fail."),
        (
            (Word.UNTESTED, Word.SPLIT, Word.HOLDS, Word.HOLDS),
            "Of 4 claims, 2 hold, 1 is untested and 1 depends on its reading.",
        ),
        ((), "No claim was judged."),
    ],
)
def test_verdicts_are_counted_in_a_sentence(words: tuple[Word, ...], says: str) -> None:
    table = claims(*words)
    assert in_short([Judged(id, "", "", "", ()) for id in table["claim_id"]], table) == says


def test_every_verdict_has_words_for_one_and_for_many() -> None:
    assert set(ONE_AND_MANY) == set(Word)


def test_each_claim_has_a_row_with_all_its_readings(comparison: Compared) -> None:
    page = Page((comparison.folder / report.NAME).read_text(encoding="utf-8"))
    table = comparison.table("verdicts")
    assert page.text.count(f"{table['says'][0]} GO1 {table['claim_verdict'][0]} Coder 1: ") == 1
    for row in table.to_dict("records"):
        assert f"{row['coder'].capitalize()}: {with_reason(row)}." in page.text
        assert shares_of(row) in page.text
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {link["href"][1:] for link in page.having("a")} <= ids | {""}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
