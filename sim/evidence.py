"""Evidence: what articles claim, what the record says, what the literature gives, and how values were coded.

Every citation in a scenario names an entry of the evidence files, which stand in a folder ``seeds`` beside the
scenarios. Articles are held as our paraphrases with paragraph numbers and digests of paragraphs, never as their text;
who holds the articles can check that the paragraphs are the ones that were read.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sim.errors import Fault, InputError, nearest
from sim.scenario import Provenance
from sim.scenario.document import Document, Route, dotted, read_document
from sim.scenario.faults import schema_faults
from sim.scenario.quantity import WORDS, word_range

Text = Annotated[str, Field(min_length=1, max_length=2000)]


def _day(raw: Any) -> Any:
    return datetime.date.fromisoformat(raw) if isinstance(raw, str) else raw


Date = Annotated[datetime.date, BeforeValidator(_day)]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]+$")]

Model = TypeVar("Model", bound=BaseModel)

CLAIM_TYPES = Literal[
    "event", "interest", "mechanism", "capability", "alignment", "obligation", "constraint", "option", "prediction"
]


GAUGES = Literal["size", "count", "level", "flag", "code", "aid"]


ANSWER_IN_WORDS = 1.0
"""Answer of an ally that gives words and no support; better ones are as many levels above it."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(_Document):
    """What somebody says in an article, in our words."""

    id: Text = Field(description="article and running number, such as mk2020-24")
    paragraph: int = Field(ge=1, description="number of the article's non-empty line, from 1")
    speaker: Text = Field(description="who says it: author, caption, or a person quoted")
    type: CLAIM_TYPES = Field(description="kind of claim")
    actors: tuple[Text, ...] = Field(description="codes of the actors it is about")
    says: Text = Field(description="our paraphrase")
    informs: tuple[Text, ...] = Field(description="model quantities it speaks to")
    corrected: Text | None = Field(default=None, description="what a second reading changed, and why")


class Article(_Document):
    """An article: bibliography, digests, claims."""

    kind: Literal["article"] = Field(description="an article, paraphrased claim by claim")
    id: Text = Field(description="short name, such as mk2020; its claims' ids begin with it")
    author: Text = Field(description="who wrote it")
    title: Text = Field(description="title, shortened")
    outlet: Text = Field(description="where it appeared")
    date: Date = Field(description="day it appeared")
    address: Text | None = Field(default=None, description="address of the outlet")
    language: Text = Field(description="language it was read in")
    translation: Text = Field(description="who translated it, or none")
    digest: Hex = Field(description="SHA-256 of the whole text, white space normalised")
    paragraphs: dict[int, Hex] = Field(description="first 16 digits of the SHA-256 of each cited paragraph")
    notes: Text | None = Field(default=None, description="what a reader should know")
    claims: tuple[Claim, ...] = Field(description="what it claims, in our words")


class Gauge(_Document):
    """How the outcomes of a run measure a fact, so that a model can be held against it."""

    target: Text = Field(description="name of the target, the same in every crisis")
    columns: tuple[Text, ...] = Field(description="columns of the outcomes whose sum measures it")
    kind: GAUGES = Field(
        description="a size, a count, a level, a flag, a code that the column should hold, or an ally's answer, "
        "of which only what is better than words is aid"
    )
    add: Text | None = Field(default=None, description="id of a fact whose value is added to this one's")


class Fact(_Document):
    """A fact of the record."""

    id: Text = Field(description="name to cite it by, such as record-april2016-duration")
    crisis: Text = Field(description="scenario it belongs to, or general")
    says: Text = Field(description="the fact, in one sentence")
    confidence: Literal["high", "medium", "low"] = Field(description="how sure the record is")
    source: Text = Field(description="who reports it")
    value: float | bool | str | None = Field(default=None, description="the fact as one value")
    low: float | None = Field(default=None, description="lower end, where sources differ")
    best: float | None = Field(default=None, description="best estimate between the ends")
    high: float | None = Field(default=None, description="upper end, where sources differ")
    unit: Text | None = Field(default=None, description="unit of the value")
    date: Date | None = Field(default=None, description="day it happened")
    gauge: Gauge | None = Field(default=None, description="how outcomes measure it; absent where none does")

    def number(self, kind: str) -> float | None:
        """Return what the fact says as a number, read as a gauge of this kind; None where it cannot be."""
        if kind == "code":
            return 1.0 if isinstance(self.value, str) else None
        if kind == "flag":
            return float(self.value is True) if isinstance(self.value, bool) or self.value == "none" else None
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return max(self.value - ANSWER_IN_WORDS, 0.0) if kind == "aid" else float(self.value)
        if self.best is not None:
            return self.best
        return None if self.low is None or self.high is None else (self.low + self.high) / 2


class Record(_Document):
    """What happened."""

    kind: Literal["record"] = Field(description="what happened, fact by fact")
    notes: Text | None = Field(default=None, description="what a reader should know")
    facts: tuple[Fact, ...] = Field(description="the facts")


class Work(_Document):
    """A work of the literature."""

    id: Text = Field(description="name to cite it by, such as lit-fearon1995")
    authors: tuple[Text, ...] = Field(description="given name and surname of each")
    year: int = Field(description="year it appeared")
    title: Text = Field(description="title")
    outlet: Text = Field(description="journal and volume, or publisher")
    informs: tuple[Text, ...] = Field(description="model quantities it speaks to")
    says: Text = Field(description="what it finds, in our words")


class Literature(_Document):
    """Works that the mechanisms come from."""

    kind: Literal["literature"] = Field(description="works that the mechanisms come from")
    notes: Text | None = Field(default=None, description="what a reader should know")
    works: tuple[Work, ...] = Field(description="the works")


class CodedItem(_Document):
    """One value as a coder read it from the articles."""

    where: Text = Field(description="file of the value: a crisis, or a base")
    path: Text = Field(description="path of the value, such as actors.OST.ties.NOR")
    level: str | float | tuple[float, float] = Field(description="word of the scale, none, silent, a number or a range")
    also: str | float | tuple[float, float] | None = Field(default=None, description="a second level that fits")
    reason: Text = Field(description="why this level, or the claims it rests on")


class Coding(_Document):
    """One coder's reading of the articles, made without sight of any other."""

    kind: Literal["coding"] = Field(description="one coder's reading of the articles")
    coder: Text = Field(description="name of the coder")
    items: tuple[CodedItem, ...] = Field(description="the values that were coded")


KINDS: dict[str, type[_Document]] = {"article": Article, "record": Record, "literature": Literature, "coding": Coding}


@dataclass(frozen=True)
class Source:
    """What a citation stands for.

    Attributes:
        id: the citation.
        kind: article, record or literature.
        origin: where it can be looked up: article and paragraph, or source.
        speaker: who says it.
        says: our paraphrase.
    """

    id: str
    kind: str
    origin: str
    speaker: str
    says: str


@dataclass(frozen=True)
class Evidence:
    """All evidence files of a folder."""

    documents: Mapping[str, _Document]
    codings: tuple[Coding, ...] = field(default=())

    @cached_property
    def sources(self) -> dict[str, Source]:
        """What can be cited, by id."""
        found = [source for document in self.documents.values() for source in _sources(document)]
        return {source.id: source for source in found}

    def articles(self) -> list[Article]:
        """Return the articles, by date."""
        return sorted((d for d in self.documents.values() if isinstance(d, Article)), key=lambda article: article.date)


def _sources(document: _Document) -> Iterator[Source]:
    if isinstance(document, Article):
        for claim in document.claims:
            origin = f"{document.author}, {document.outlet} {document.date.year}, paragraph {claim.paragraph}"
            yield Source(claim.id, "article", origin, claim.speaker, claim.says)
    elif isinstance(document, Record):
        for fact in document.facts:
            yield Source(fact.id, "record", f"{fact.source} (confidence {fact.confidence})", "record", fact.says)
    elif isinstance(document, Literature):
        for work in document.works:
            names = " & ".join(author.split()[-1] for author in work.authors)
            yield Source(work.id, "literature", f"{names} {work.year}, {work.outlet}", names, work.says)


def find_folder(near: Path) -> Path | None:
    """Return the nearest folder ``seeds`` beside or above a file, else the working folder's, else None."""
    for folder in (*near.resolve().parents, Path.cwd()):
        if (folder / "seeds").is_dir():
            return folder / "seeds"
    return None


def load_folder(folder: Path) -> Evidence:
    """Read all evidence files of a folder; InputError with every fault of every file."""
    documents: dict[str, _Document] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            documents[path.name] = read(path)
        except InputError as error:
            faults += error.faults
    faults += repeated({str(folder / name): document for name, document in documents.items()})
    if faults:
        raise InputError(faults)
    return Evidence(documents, tuple(d for d in documents.values() if isinstance(d, Coding)))


def read(path: Path) -> _Document:
    """Read one evidence file; InputError with all its faults."""
    document = read_document(path, str(path))
    kind = document.values.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        hint = nearest(str(kind), KINDS)
        raise InputError([_fault(document, ("kind",), f"unknown kind '{kind}'{hint}; allowed: {', '.join(KINDS)}")])
    model = read_as(KINDS[kind], path)
    faults = [_fault(document, route, message) for route, message in _inner_faults(model)]
    if faults:
        raise InputError(faults)
    return model


def read_as(kind: type[Model], path: Path) -> Model:
    """Read a file as a model; InputError with everything its schema finds wrong."""
    document = read_document(path, str(path))
    try:
        return kind.model_validate(document.values)
    except ValidationError as error:
        found = schema_faults(error, document.values, kind)
        raise InputError([_fault(document, fault.route, fault.message) for fault in found]) from None


def _fault(document: Document, route: Route, message: str) -> Fault:
    """Return a fault at the line of a route, or of the nearest section around it."""
    place = route
    while place not in document.lines and place:
        place = place[:-1]
    return Fault(document.name, document.lines.get(place, 1), dotted(route), message)


def _inner_faults(model: _Document) -> Iterator[tuple[Route, str]]:
    """Yield what the schema cannot see: ids, paragraphs and levels that do not fit together."""
    if isinstance(model, Article):
        yield from _claim_faults(model)
    if isinstance(model, Record):
        yield from _twice("facts", [fact.id for fact in model.facts])
        yield from _gauge_faults(model)
    if isinstance(model, Literature):
        yield from _twice("works", [work.id for work in model.works])
    if isinstance(model, Coding):
        yield from _coding_faults(model)


def _twice(section: str, ids: Sequence[str]) -> Iterator[tuple[Route, str]]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield (section, number, "id"), f"'{name}' stands here a second time"


def _gauge_faults(record: Record) -> Iterator[tuple[Route, str]]:
    """Yield the gauged facts that say nothing a gauge of their kind could read."""
    facts = {fact.id: fact for fact in record.facts}
    for number, fact in enumerate(record.facts):
        if fact.gauge is None:
            continue
        route: Route = ("facts", number, "gauge")
        if fact.number(fact.gauge.kind) is None:
            allowed = "text" if fact.gauge.kind == "code" else "a number: value, best, or low and high"
            allowed = "true, false, or none" if fact.gauge.kind == "flag" else allowed
            yield route, f"a {fact.gauge.kind} cannot be read from this fact; allowed: {allowed}"
        if not fact.gauge.columns:
            yield (*route, "columns"), "empty; allowed: one column of the outcomes or more, such as [duration_days]"
        other = fact.gauge.add
        if other is not None and (other not in facts or facts[other].number(fact.gauge.kind) is None):
            yield (*route, "add"), f"no fact '{other}' with a value of this kind{nearest(other, facts)}"


def _coding_faults(coding: Coding) -> Iterator[tuple[Route, str]]:
    seen: set[tuple[str, str]] = set()
    for number, item in enumerate(coding.items):
        if (item.where, item.path) in seen:
            yield ("items", number), f"'{item.path}' of {item.where} is coded here a second time"
        seen.add((item.where, item.path))
        for key in ("level", "also"):
            level = getattr(item, key)
            if isinstance(level, str) and level not in ("none", "silent"):
                yield from _level_faults(("items", number, key), level)


def _level_faults(route: Route, level: str) -> Iterator[tuple[Route, str]]:
    try:
        word_range(level)
    except ValueError:
        allowed = (*WORDS, "none", "silent")
        yield route, f"unknown level '{level}'{nearest(level, allowed)}; allowed: a number, {', '.join(allowed)}"


def _claim_faults(article: Article) -> Iterator[tuple[Route, str]]:
    yield from _twice("claims", [claim.id for claim in article.claims])
    for number, claim in enumerate(article.claims):
        route: Route = ("claims", number)
        if not re.fullmatch(rf"{re.escape(article.id)}-\d{{2,3}}", claim.id):
            yield (*route, "id"), f"'{claim.id}' is not an id of this article; allowed: {article.id}-01 and so on"
        if claim.paragraph not in article.paragraphs:
            known = ", ".join(str(paragraph) for paragraph in article.paragraphs)
            yield (*route, "paragraph"), f"paragraph {claim.paragraph} has no digest; there are: {known}"


def repeated(documents: Mapping[str, _Document]) -> list[Fault]:
    """Return a fault for every id that stands in two of these files."""
    seen: dict[str, str] = {}
    faults = []
    for name, document in documents.items():
        for source in _sources(document):
            if seen.setdefault(source.id, name) != name:
                faults.append(Fault(name, 0, "", f"'{source.id}' stands in {Path(seen[source.id]).name} as well"))
    return faults


def citation_faults(
    provenance: Mapping[str, Provenance], places: Mapping[str, tuple[str, int]], evidence: Evidence
) -> list[Fault]:
    """Return the citations of a scenario, or of a base of such, that no evidence file holds."""
    faults = []
    for path, stated in provenance.items():
        for cite in stated.cites:
            if cite not in evidence.sources:
                file, line = places.get(path, ("", 0))
                message = f"cites '{cite}', which no evidence file holds{nearest(cite, evidence.sources)}"
                faults.append(Fault(file, line, path, message))
    return faults


def unused_claims(scenarios: Iterable[Mapping[str, Provenance]], evidence: Evidence) -> list[str]:
    """Return the ids of article claims that no scenario cites, given what the values of each rest on."""
    cited = {cite for provenance in scenarios for stated in provenance.values() for cite in stated.cites}
    return sorted(
        source.id for source in evidence.sources.values() if source.kind == "article" and source.id not in cited
    )


def paragraph_digest(text: str, digits: int = 16) -> str:
    """Return the first hexadecimal digits of the SHA-256 of a text, compatibility forms and white space normalised."""
    normal = " ".join(unicodedata.normalize("NFKC", text).split())
    return sha256(normal.encode()).hexdigest()[:digits]


def text_faults(article: Article, name: str, texts: Path) -> list[Fault]:
    """Compare an article's digests with the texts a reader holds: any file of a folder whose digest fits.

    Returns:
        Faults for paragraphs that differ, or one where no file of the folder is this article.
    """
    for path in sorted(texts.glob("*")):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if paragraph_digest(text, 64) == article.digest:
            lines = [line for line in text.splitlines() if line.strip()]
            return [
                Fault(name, 0, f"paragraphs.{number}", f"paragraph {number} is not the one that was read")
                for number, digest in article.paragraphs.items()
                if number > len(lines) or paragraph_digest(lines[number - 1], len(digest)) != digest
            ]
    return [Fault(name, 0, "digest", f"no file in {texts} is this article")]


def load_near(path: Path) -> Evidence | None:
    """Return the evidence that belongs to a scenario file, or None where there is no folder ``seeds``."""
    folder = find_folder(path)
    return load_folder(folder) if folder else None
