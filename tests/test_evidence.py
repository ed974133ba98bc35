"""Evidence files: all that is shipped holds together, and what is broken is caught where it stands."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from sim import evidence
from sim.errors import InputError
from sim.evidence import Article, Evidence, Record, paragraph_digest, text_faults
from sim.scenario import Loaded, load, stated
from sim.scenario.document import read_document

ROOT = Path(__file__).parent.parent
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
    """Replace the first occurrence of a text in a file and return the line it stands on."""
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
    assert set(held.documents) == {path.name for path in SEEDS.glob("*.yaml")}
    assert len(held.articles()) == 5
    assert len(held.codings) == 2
    assert Counter(source.kind for source in held.sources.values()).keys() == {"article", "record", "literature"}


def test_articles_come_by_date_and_can_be_looked_up(held: Evidence) -> None:
    dates = [article.date for article in held.articles()]
    assert dates == sorted(dates)
    for article in held.articles():
        for claim in article.claims:
            source = held.sources[claim.id]
            assert (source.speaker, source.says) == (claim.speaker, claim.says)
            assert (
                source.origin == f"{article.author}, {article.outlet} {article.date.year}, paragraph {claim.paragraph}"
            )


def test_ids_are_unique_over_all_files(held: Evidence) -> None:
    ids = [claim.id for article in held.articles() for claim in article.claims]
    ids += [fact.id for document in held.documents.values() if isinstance(document, Record) for fact in document.facts]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(held.sources)


@pytest.mark.parametrize("path", [*SCENARIOS, *BASES], ids=lambda path: path.stem)
def test_every_citation_of_a_shipped_file_resolves(path: Path, held: Evidence) -> None:
    provenance, places = stated(path)
    assert any(source.cites for source in provenance.values())
    assert evidence.citation_faults(provenance, places, held) == []


def test_unused_claims_are_the_claims_that_nobody_cites(held: Evidence) -> None:
    loaded = [load(path) for path in SCENARIOS]
    unused = evidence.unused_claims([one.provenance for one in loaded], held)
    cited = {cite for scenario in loaded for said in scenario.provenance.values() for cite in said.cites}
    claims = {claim.id for article in held.articles() for claim in article.claims}
    assert unused == sorted(claims - cited)
    assert cited & claims, "some claims are used"


def test_without_scenarios_no_claim_is_used(held: Evidence) -> None:
    nothing = evidence.unused_claims([], held)
    assert len(nothing) == sum(len(article.claims) for article in held.articles())


# What is broken


def test_an_unknown_citation_is_named_with_the_nearest(tmp_path: Path, held: Evidence) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    path = tmp_path / "scenarios" / "autumn_2020.yaml"
    line = change(path, "cites: [sp2020-30]", "cites: [sp2020-030]")
    loaded: Loaded = load(path)
    (fault,) = evidence.citation_faults(loaded.provenance, loaded.sources, held)
    assert (fault.file, fault.line, fault.path) == (str(path), line, "actors.RUS.engagement")
    assert "'sp2020-030', which no evidence file holds (did you mean sp2020-30?)" in fault.message


def test_a_paragraph_without_digest(copy: Path) -> None:
    path = copy / "mk2020.yaml"
    line = change(path, "    paragraph: 2\n", "    paragraph: 999\n")
    (fault,) = faults_of(path)
    assert fault.startswith(f"{line}: claims.0.paragraph: paragraph 999 has no digest; there are: 2, 6")


def test_an_unknown_level(copy: Path) -> None:
    path = copy / "coding_a.yaml"
    line = change(path, "level: very_low", "level: very_lov")
    (fault,) = faults_of(path)
    assert fault.startswith(f"{line}: items.0.level: unknown level 'very_lov' (did you mean very_low?)")


def test_an_unknown_second_level(copy: Path) -> None:
    path = copy / "coding_b.yaml"
    change(path, "    also: low\n", "    also: lou\n")
    (fault,) = faults_of(path)
    assert "also: unknown level 'lou' (did you mean low?)" in fault


def test_an_unknown_type_of_claim(copy: Path) -> None:
    path = copy / "mk2020.yaml"
    line = change(path, "    type: ", "    type: x")
    (fault,) = faults_of(path)
    assert fault.startswith(f"{line}: claims.0.type: ")


def test_an_unknown_key(copy: Path) -> None:
    path = copy / "mk2020.yaml"
    line = change(path, "    speaker: ", "    speeker: ")
    faults = faults_of(path)
    assert any(
        fault.startswith(f"{line}: claims.0.speeker: unknown key 'speeker' (did you mean speaker?)") for fault in faults
    )
    assert any("claims.0.speaker: missing; who says it" in fault for fault in faults)


def test_an_unknown_kind(copy: Path) -> None:
    path = copy / "record.yaml"
    line = change(path, "kind: record", "kind: recrd")
    (fault,) = faults_of(path)
    assert fault.startswith(f"{line}: kind: unknown kind 'recrd' (did you mean record?); allowed: article, record")


def test_an_id_that_stands_twice_in_a_file(copy: Path) -> None:
    path = copy / "mk2020.yaml"
    line = change(path, "id: mk2020-02", "id: mk2020-01")
    (fault,) = faults_of(path)
    assert fault == f"{line}: claims.1.id: 'mk2020-01' stands here a second time"


def test_an_id_of_another_article(copy: Path) -> None:
    path = copy / "mk2020.yaml"
    line = change(path, "id: mk2020-02", "id: dw2016-02")
    (fault,) = faults_of(path)
    assert fault.startswith(f"{line}: claims.1.id: 'dw2016-02' is not an id of this article; allowed: mk2020-01")


@pytest.mark.parametrize(("name", "key"), [("record", "facts"), ("literature", "works")])
def test_an_id_that_stands_twice_in_a_list(copy: Path, name: str, key: str) -> None:
    path = copy / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    first, second = [part.split("\n", 1)[0] for part in text.split("  - id: ")[1:3]]
    path.write_text(text.replace(f"  - id: {second}\n", f"  - id: {first}\n"), encoding="utf-8")
    (fault,) = faults_of(path)
    assert f"{key}.1.id: '{first}' stands here a second time" in fault


def test_an_id_that_stands_in_two_files(copy: Path) -> None:
    shutil.copy(copy / "literature.yaml", copy / "more.yaml")
    with pytest.raises(InputError) as caught:
        evidence.load_folder(copy)
    assert any("'lit-kydd2003' stands in literature.yaml as well" in str(fault) for fault in caught.value.faults)


def test_a_value_that_is_coded_twice_by_one_coder(copy: Path) -> None:
    path = copy / "coding_a.yaml"
    text = path.read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.startswith("  - "))
    path.write_text(f"{text}{first}\n", encoding="utf-8")
    (fault,) = faults_of(path)
    assert fault.endswith("'actors.AZE.drones' of april_2016 is coded here a second time")


def test_faults_of_several_files_come_together(copy: Path) -> None:
    change(copy / "coding_a.yaml", "level: very_low", "level: verylow_")
    change(copy / "record.yaml", "confidence: high", "confidence: total")
    with pytest.raises(InputError) as caught:
        evidence.load_folder(copy)
    assert {Path(fault.file).name for fault in caught.value.faults} == {"coding_a.yaml", "record.yaml"}


ALL = sorted({*SEEDS.glob("*.yaml"), *SCENARIOS, *BASES, *Path(__file__).parent.glob("*valid/**/*.yaml")})


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_file_reads_the_same_with_and_without_libyaml(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_the_nearest_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    near = tmp_path / "project" / "scenarios"
    near.mkdir(parents=True)
    assert evidence.find_folder(near / "crisis.yaml") is None
    assert evidence.load_near(near / "crisis.yaml") is None
    (tmp_path / "seeds").mkdir()
    assert evidence.find_folder(near / "crisis.yaml") == tmp_path / "seeds"
    (tmp_path / "project" / "seeds").mkdir()
    assert evidence.find_folder(near / "crisis.yaml") == tmp_path / "project" / "seeds"


# Digests of articles

TEXT = "A headline\n\nThe first paragraph, on a ford.\n\n\nThe  second\tparagraph: no toll.\n"


def article(text: str = TEXT) -> Article:
    """Return an invented article that has this text, its second and third line cited."""
    lines = [line for line in text.splitlines() if line.strip()]
    claim = {"speaker": "author", "type": "event", "actors": ["NOR"], "informs": ["pace"], "says": "There is a ford."}
    return Article.model_validate(
        {
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
    )


def texts(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_the_right_text_passes_whatever_its_white_space(tmp_path: Path) -> None:
    spaced = TEXT.replace("The  second\tparagraph", "The second  paragraph").replace(" ford.", "\u00a0ford.")
    assert text_faults(article(), "inv2001.yaml", texts(tmp_path, other="Not this.", right=spaced)) == []


def test_a_missing_text_is_said(tmp_path: Path) -> None:
    (fault,) = text_faults(article(), "inv2001.yaml", texts(tmp_path, other="Not this."))
    assert str(fault) == f"inv2001.yaml: digest: no file in {tmp_path} is this article"


def test_a_paragraph_that_is_not_the_one_that_was_read(tmp_path: Path) -> None:
    read = article()
    other = read.model_copy(update={"paragraphs": {**read.paragraphs, 3: "0123456789abcdef"}})
    (fault,) = text_faults(other, "inv2001.yaml", texts(tmp_path, right=TEXT))
    assert str(fault) == "inv2001.yaml: paragraphs.3: paragraph 3 is not the one that was read"


def test_a_paragraph_beyond_the_end(tmp_path: Path) -> None:
    read = article()
    other = read.model_copy(update={"paragraphs": {9: "0123456789abcdef"}})
    (fault,) = text_faults(other, "inv2001.yaml", texts(tmp_path, right=TEXT))
    assert "paragraph 9 is not" in str(fault)


def test_paragraphs_joined_otherwise_are_noticed(tmp_path: Path) -> None:
    joined = TEXT.replace("\n\n\n", " ")
    (fault,) = text_faults(article(), "inv2001.yaml", texts(tmp_path, joined=joined))[1:]
    assert "paragraph 3 is not the one that was read" in str(fault)


def test_a_digest_takes_compatible_forms_for_the_same() -> None:
    assert paragraph_digest("\ufb01rst \u2026") == paragraph_digest("first  ...\n")
    assert paragraph_digest("first") != paragraph_digest("First")
    assert len(paragraph_digest("first", 64)) == 64
