"""Evidence files: all shipped files are consistent, and every fault is reported at its line."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from worlds import copy_of_shipped

from sim import evidence
from sim.evidence import Article, Evidence, File, Record, paragraph_digest, text_faults
from sim.evidence.models import Coding, Topic
from sim.io.errors import InputError
from sim.scenario import load, stated
from sim.scenario.document import Document, read_document

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
BASES = sorted((ROOT / "scenarios" / "base").glob("*.yaml"))


@pytest.fixture(scope="module")
def held() -> Evidence:
    return evidence.load_folder(SEEDS)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of the evidence."""
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def change(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence of a text in a file and return the line it is on."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults_of(path: Path) -> list[str]:
    """Return the faults of an evidence file, from the line on."""
    with pytest.raises(InputError) as caught:
        evidence.read(path)
    return [str(fault).removeprefix(f"{path}:") for fault in caught.value.faults]


# What is shipped


def test_every_evidence_file_loads(held: Evidence) -> None:
    assert [file.document.name for file in held.files] == sorted(
        str(path) for path in SEEDS.glob("*.yaml")
    )
    assert len(held.articles()) == 5
    assert len(held.codings) == 2
    assert Counter(source.kind for source in held.sources.values()).keys() == {
        "article",
        "record",
        "literature",
    }


def test_articles_come_by_date_and_can_be_looked_up(held: Evidence) -> None:
    dates = [article.date for article in held.articles()]
    assert dates == sorted(dates)
    for article in held.articles():
        for claim in article.claims:
            source = held.sources[claim.id]
            assert (source.speaker, source.says) == (claim.speaker, claim.says)
            assert (
                source.origin
                == f"{article.author}, {article.outlet} {article.date.year}, paragraph {claim.paragraph}"
            )


def test_ids_are_unique_over_all_files(held: Evidence) -> None:
    ids = [claim.id for article in held.articles() for claim in article.claims]
    ids += [
        fact.id
        for file in held.files
        if isinstance(file.model, Record)
        for fact in file.model.facts
    ]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(held.sources)


@pytest.mark.parametrize("path", [*SCENARIOS, *BASES], ids=lambda path: path.stem)
def test_every_citation_of_a_shipped_file_resolves(path: Path, held: Evidence) -> None:
    found = stated(path)
    assert any(source.cites for source in found.provenance.values())
    assert evidence.citation_faults(found, held) == []


def test_unused_claims_are_the_claims_that_nobody_cites(held: Evidence) -> None:
    loaded = [load(path) for path in SCENARIOS]
    unused = evidence.unused_claims([one.provenance for one in loaded], held)
    cited = {
        cite for scenario in loaded for said in scenario.provenance.values() for cite in said.cites
    }
    claims = {claim.id for article in held.articles() for claim in article.claims}
    assert unused == sorted(claims - cited)
    assert cited & claims, "some claims are used"


def test_without_scenarios_no_claim_is_used(held: Evidence) -> None:
    nothing = evidence.unused_claims([], held)
    assert len(nothing) == sum(len(article.claims) for article in held.articles())


# What is broken


def test_an_unknown_citation_is_named_with_the_nearest(tmp_path: Path, held: Evidence) -> None:
    copy_of_shipped(tmp_path)
    path = tmp_path / "scenarios" / "autumn_2020.yaml"
    line = change(path, "cites: [sp2020-30]", "cites: [sp2020-030]")
    (fault,) = evidence.citation_faults(stated(path), held)
    assert (fault.file, fault.line, fault.path) == (str(path), line, "actors.RUS.engagement")
    assert "'sp2020-030', which is in no evidence file (did you mean sp2020-30?)" in fault.message


BROKEN = {
    "a paragraph without digest": (
        "mk2020", "    paragraph: 2\n", "    paragraph: 999\n",
        "claims.0.paragraph: paragraph 999 has no digest; allowed: 2, 6",
    ),
    "a level": (
        "coding_a", "level: very_low", "level: very_lov",
        "items.0.level: unknown level 'very_lov' (did you mean very_low?)",
    ),
    "a second level": (
        "coding_b", "    also: high\n", "    also: hihg\n",
        "items.3.also: unknown level 'hihg' (did you mean high?)",
    ),
    "a type of claim": (
        "mk2020", "    type: interest", "    type: intrest",
        "claims.0.type: the text 'intrest' is not allowed here (did you mean interest?); allowed: 'event', ",
    ),
    "what a claim informs": (
        "mk2020", "    informs: [ties, broker_value]", "    informs: [ties, broker_valu]",
        "claims.0.informs.1: the text 'broker_valu' is not allowed here (did you mean broker_value?); allowed: ",
    ),
    "what a work informs": (
        "literature", "    informs: [credibility]", "    informs: [trust]",
        "works.0.informs.0: the text 'trust' is not allowed here; allowed: ",
    ),
    "a kind of file": (
        "record", "kind: record", "kind: recrd",
        "kind: unknown kind 'recrd' (did you mean record?); allowed: article, record",
    ),
    "an id that is stated twice": (
        "mk2020", "id: mk2020-02", "id: mk2020-01", "claims.1.id: 'mk2020-01' is stated twice",
    ),
    "an id of another article": (
        "mk2020", "id: mk2020-02", "id: dw2016-02",
        "claims.1.id: 'dw2016-02' is not an id of this article; allowed: mk2020-01",
    ),
    "readings of one article": (
        "readings", "[bl2016-08, dw2016-25]", "[bl2016-08]",
        "disagreements.0.readings.1.cites: all readings are from one article; a disagreement needs",
    ),
    "readings that agree": (
        "readings", "reads: lower", "reads: higher",
        "disagreements.0.readings.1.reads: all readings are higher; a disagreement needs at least two",
    ),
    "a claim that reads a value two ways": (
        "readings", "[bl2016-08, dw2016-25]", "[bl2016-03, dw2016-25]",
        "disagreements.0.readings.1.cites.0: 'bl2016-03' is cited twice; a claim reads a value in only one way",
    ),
    "a value that is read twice": (
        "readings", "path: actors.RUS.ties.AZE", "path: actors.RUS.ties.ARM",
        "disagreements.3.path: 'actors.RUS.ties.ARM' of caucasus_2016 is read twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_is_named_where_it_stands(
    copy: Path, name: str, old: str, new: str, says: str
) -> None:
    path = copy / f"{name}.yaml"
    line = change(path, old, new)
    (fault,) = faults_of(path)
    assert fault.startswith(f"{line}: {says}")


def test_an_unknown_key(copy: Path) -> None:
    path = copy / "mk2020.yaml"
    line = change(path, "    speaker: ", "    speeker: ")
    faults = faults_of(path)
    assert any(
        fault.startswith(f"{line}: claims.0.speeker: unknown key 'speeker' (did you mean speaker?)")
        for fault in faults
    )
    assert any("claims.0.speaker: missing; who makes the claim" in fault for fault in faults)


BETWEEN = {
    "an actor that nobody knows": (
        "mk2020", "    actors: [ARM, AZE, RUS]", "    actors: [ARM, AZR, RUS]",
        "claims.0.actors.1: unknown actor 'AZR' (did you mean AZE?); allowed: ABK, ARM, AZE, ",
    ),
    "a claim that no article makes": (
        "readings", "[bl2016-08, dw2016-25]", "[bl2016-08, dw2016-255]",
        "disagreements.0.readings.1.cites.1: no claim of an article 'dw2016-255' (did you mean dw2016-25?)",
    ),
    "a fact where a claim belongs": (
        "readings", "[bl2016-08, dw2016-25]", "[bl2016-08, record-april2016-onset]",
        "disagreements.0.readings.1.cites.1: no claim of an article 'record-april2016-onset'",
    ),
    "a fact that no record holds": (
        "readings", "by: [record-general-cinc-ratio,", "by: [record-general-cinc,",
        "fixed.0.by.0: no fact of the record 'record-general-cinc' (did you mean record-general-cinc-ratio?)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "says"), BETWEEN.values(), ids=BETWEEN.keys())
def test_what_a_file_names_has_to_stand_in_another(
    copy: Path, name: str, old: str, new: str, says: str
) -> None:
    line = change(copy / f"{name}.yaml", old, new)
    with pytest.raises(InputError) as caught:
        evidence.load_folder(copy)
    (fault,) = caught.value.faults
    assert str(fault).startswith(f"{copy / name}.yaml:{line}: {says}")


STRAY = {
    "a coded value that is not stated": (
        "coding_a", "path: actors.AZE.drones", "path: actors.AZE.drone",
        "items.0.path: april_2016.yaml has no value at actors.AZE.drone (did you mean actors.AZE.drones?)",
    ),
    "a value read in a file that does not state it": (
        "readings", "path: actors.TUR.support", "path: actors.RUS.support",
        "disagreements.0.path: april_2016.yaml has no value at actors.RUS.support (did you mean actors.TUR.sup",
    ),
    "a claim that the value does not cite": (
        "readings", "cites: [bl2016-03]", "cites: [bl2016-06]",
        "disagreements.0.readings.0.cites.0: the value at actors.TUR.support does not cite 'bl2016-06'; allowed",
    ),
    "a way in which a number cannot be read": (
        "readings", "reads: lower", "reads: lowr",
        "disagreements.0.readings.1.reads: 'lowr' is not a reading of this value (did you mean lower?); allowed: high",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "says"), STRAY.values(), ids=STRAY.keys())
def test_what_is_said_of_a_value_has_to_fit_it(
    copy: Path, name: str, old: str, new: str, says: str
) -> None:
    line = change(copy / f"{name}.yaml", old, new)
    found = stated(ROOT / "scenarios" / "april_2016.yaml")
    (fault,) = evidence.reading_faults(found, "april_2016", evidence.load_folder(copy))
    assert str(fault).startswith(f"{copy / name}.yaml:{line}: {says}")


def test_a_choice_is_read_as_one_of_its_names(copy: Path) -> None:
    line = change(copy / "readings.yaml", "reads: scope", "reads: scop")
    found = stated(ROOT / "scenarios" / "base" / "model.yaml")
    (fault,) = evidence.reading_faults(found, "model", evidence.load_folder(copy))
    assert fault.line == line
    assert (
        "'scop' is not a reading of this value (did you mean scope?); allowed: effort, scope, outcome"
        in str(fault)
    )


def test_one_number_leaves_no_room_for_two_readings(tmp_path: Path, held: Evidence) -> None:
    copy_of_shipped(tmp_path)
    path = tmp_path / "scenarios" / "april_2016.yaml"
    change(path, "range: [0, 1.5]", "value: 1")
    faults = evidence.reading_faults(stated(path), "april_2016", held)
    assert [fault.path for fault in faults] == [
        f"disagreements.0.readings.{number}.reads" for number in (0, 1)
    ]
    assert all(
        "a single number, so it cannot be read in two ways" in fault.message for fault in faults
    )


@pytest.mark.parametrize("path", [*SCENARIOS, *BASES], ids=lambda path: path.stem)
def test_what_is_said_of_shipped_values_fits_them(path: Path, held: Evidence) -> None:
    assert evidence.reading_faults(stated(path), path.stem, held) == []


def test_what_codings_and_readings_speak_of_is_shipped(held: Evidence) -> None:
    files = {path.stem for path in (*SCENARIOS, *BASES)}
    coded = {
        item.where
        for file in held.files
        if isinstance(file.model, Coding)
        for item in file.model.items
    }
    read = {where for where, _ in (*held.disagreements, *held.fixed)}
    assert coded | read <= files
    assert len(held.disagreements) >= 10


def test_actors_and_topics_are_those_in_use(held: Evidence) -> None:
    claims = [claim for article in held.articles() for claim in article.claims]
    works = [work for file in held.files for work in getattr(file.model, "works", ())]
    assert {topic for one in (*claims, *works) for topic in one.informs} == set(get_args(Topic))
    played = {
        code: actor.name for path in SCENARIOS for code, actor in load(path).scenario.actors.items()
    }
    assert played.items() <= held.actors.items()
    assert {
        label for claim in claims for label in claim.actors
    } | played.keys() == held.actors.keys()


@pytest.mark.parametrize(("name", "key"), [("record", "facts"), ("literature", "works")])
def test_an_id_that_stands_twice_in_a_list(copy: Path, name: str, key: str) -> None:
    path = copy / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    first, second = [part.split("\n", 1)[0] for part in text.split("  - id: ")[1:3]]
    path.write_text(text.replace(f"  - id: {second}\n", f"  - id: {first}\n"), encoding="utf-8")
    (fault,) = faults_of(path)
    assert f"{key}.1.id: '{first}' is stated twice" in fault


def test_an_id_that_stands_in_two_files(copy: Path) -> None:
    shutil.copy(copy / "literature.yaml", copy / "more.yaml")
    with pytest.raises(InputError) as caught:
        evidence.load_folder(copy)
    line = change(copy / "more.yaml", "lit-kydd2003", "lit-kydd2003")
    message = f"works.0.id: 'lit-kydd2003' is also stated in {copy / 'literature.yaml'}:{line}; rename one of them"
    assert f"{copy / 'more.yaml'}:{line}: {message}" in map(str, caught.value.faults)


def test_a_value_that_is_coded_twice_by_one_coder(copy: Path) -> None:
    path = copy / "coding_a.yaml"
    text = path.read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.startswith("  - "))
    path.write_text(f"{text}{first}\n", encoding="utf-8")
    (fault,) = faults_of(path)
    assert fault.endswith("'actors.AZE.drones' of april_2016 is coded twice")


def test_faults_of_several_files_come_together(copy: Path) -> None:
    change(copy / "coding_a.yaml", "level: very_low", "level: verylow_")
    change(copy / "record.yaml", "confidence: high", "confidence: total")
    with pytest.raises(InputError) as caught:
        evidence.load_folder(copy)
    assert {Path(fault.file).name for fault in caught.value.faults} == {
        "coding_a.yaml",
        "record.yaml",
    }


ALL = sorted(
    {*SEEDS.glob("*.yaml"), *SCENARIOS, *BASES, *(ROOT / "tests").glob("*valid/**/*.yaml")}
)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_file_reads_the_same_with_and_without_libyaml(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reading() -> object:
        try:
            document = read_document(path, path.name)
        except InputError as error:
            return error.faults
        return document, list(document.lines)

    usual = reading()
    monkeypatch.setattr("yaml.__with_libyaml__", False)
    assert reading() == usual


# Where evidence is found


FACT = """kind: record
facts:
  - {id: %s, crisis: ford, says: A ford was crossed., confidence: high, source: a survey, value: 1, unit: days}
"""


def test_evidence_of_a_workspace_is_merged_with_what_is_shipped(
    tmp_path: Path, held: Evidence
) -> None:
    path = tmp_path / "project" / "scenarios" / "crisis.yaml"
    (tmp_path / "project" / "seeds").mkdir(parents=True)
    assert evidence.load_for(path).sources.keys() == held.sources.keys()
    (tmp_path / "project" / "seeds" / "mine.yaml").write_text(FACT % "ford-1", encoding="utf-8")
    merged = evidence.load_for(path)
    assert merged.sources.keys() - held.sources.keys() == {"ford-1"}
    assert [fact.id for fact in merged.facts][-1] == "ford-1"
    assert [fact.id for fact in merged.beside(path).facts] == ["ford-1"]


def test_only_the_workspace_of_a_file_counts(tmp_path: Path, held: Evidence) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "list.yaml").write_text("tomato: 12", encoding="utf-8")
    (tmp_path / "seeds" / "above.yaml").write_text(FACT % "ford-1", encoding="utf-8")
    assert (
        "ford-1"
        not in evidence.load_for(tmp_path / "project" / "scenarios" / "crisis.yaml").sources
    )
    assert "ford-1" in evidence.load_for(tmp_path / "scenarios" / "crisis.yaml").sources


def test_a_file_without_a_kind_is_no_evidence(tmp_path: Path, held: Evidence) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "list.yaml").write_text("tomato: 12", encoding="utf-8")
    assert evidence.load_for(tmp_path / "crisis.yaml").sources.keys() == held.sources.keys()
    (tmp_path / "seeds" / "torn.yaml").write_text("kind: record\nfacts: [", encoding="utf-8")
    with pytest.raises(InputError, match=r"torn\.yaml"):
        evidence.load_for(tmp_path / "crisis.yaml")


def test_two_facts_of_one_name_are_named_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    own = tmp_path / "seeds" / "mine.yaml"
    own.write_text(FACT % "record-april2016-duration", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        evidence.load_for(tmp_path / "crisis.yaml")
    (fault,) = caught.value.faults
    line = next(
        number
        for number, text in enumerate(
            (SEEDS / "record.yaml").read_text(encoding="utf-8").splitlines(), 1
        )
        if "id: record-april2016-duration" in text
    )
    assert (fault.file, fault.line) == (str(own), 3)
    assert fault.message.endswith(f"record.yaml:{line}; rename one of them")


# Digests of articles

TEXT = "A headline\n\nThe first paragraph, on a ford.\n\n\nThe  second\tparagraph: no toll.\n"


def article(text: str = TEXT) -> File:
    """Return an invented article that has this text, its second and third line cited, each key on a
    line of its own.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    claim = {
        "speaker": "author",
        "type": "event",
        "actors": ["ARM"],
        "informs": ["theatre"],
        "says": "There is a ford.",
    }
    values = {
        "kind": "article",
        "id": "inv2001",
        "author": "N. N.",
        "title": "A headline",
        "outlet": "The Ford",
        "date": "2001-05-06",
        "language": "en",
        "translation": "none",
        "digest": paragraph_digest(text, 64),
        "paragraphs": {number: paragraph_digest(lines[number - 1]) for number in (2, 3)},
        "claims": [{"id": f"inv2001-0{number}", "paragraph": number, **claim} for number in (2, 3)],
    }
    lines_of = {(): 1, ("digest",): 9, ("paragraphs", "3"): 12, ("paragraphs",): 10}
    return File(Document("inv2001.yaml", values, lines_of), Article.model_validate(values))


def with_paragraphs(file: File, **digests: str) -> File:
    """Return the article with other digests, by paragraph."""
    assert isinstance(file.model, Article)
    changed = {int(name.removeprefix("p")): digest for name, digest in digests.items()}
    return replace(file, model=file.model.model_copy(update={"paragraphs": changed}))


def texts(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_the_right_text_passes_whatever_its_white_space(tmp_path: Path) -> None:
    spaced = TEXT.replace("The  second\tparagraph", "The second  paragraph").replace(
        " ford.", "\u00a0ford."
    )
    assert text_faults(article(), texts(tmp_path, other="Not this.", right=spaced)) == []


def test_a_missing_text_is_said(tmp_path: Path) -> None:
    (fault,) = text_faults(article(), texts(tmp_path, other="Not this."))
    assert str(fault) == f"inv2001.yaml:9: digest: no file in {tmp_path} is this article"


def test_a_paragraph_that_is_not_the_one_that_was_read(tmp_path: Path) -> None:
    other = with_paragraphs(article(), p3="0123456789abcdef")
    (fault,) = text_faults(other, texts(tmp_path, right=TEXT))
    assert str(fault) == "inv2001.yaml:12: paragraphs.3: paragraph 3 is not the one that was read"


def test_a_paragraph_beyond_the_end(tmp_path: Path) -> None:
    other = with_paragraphs(article(), p9="0123456789abcdef")
    (fault,) = text_faults(other, texts(tmp_path, right=TEXT))
    assert "paragraph 9 is not" in str(fault)


def test_paragraphs_joined_otherwise_are_noticed(tmp_path: Path) -> None:
    joined = TEXT.replace("\n\n\n", " ")
    (fault,) = text_faults(article(), texts(tmp_path, joined=joined))[1:]
    assert "paragraph 3 is not the one that was read" in str(fault)


def test_a_digest_takes_compatible_forms_for_the_same() -> None:
    assert paragraph_digest("\ufb01rst \u2026") == paragraph_digest("first  ...\n")
    assert paragraph_digest("first") != paragraph_digest("First")
    assert len(paragraph_digest("first", 64)) == 64
