"""What is wrong with evidence: within a file, between files, and against the articles' texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sim.evidence.held import Evidence, File, Where
from sim.evidence.models import Article, Coding, Kind, Literature, Reading, Readings, Record
from sim.io.errors import Fault, nearest
from sim.scenario.document import Route
from sim.scenario.quantity import WORDS, word_range

NOT_ON_SCALE = ("none", "silent")
"""What a coder can say beside the words of the scale."""

Finding = tuple[Route, str]


# Within a file


def faults_within(file: File) -> list[Fault]:
    """Return what the schema cannot see: ids, paragraphs, levels and readings of a file that do not fit together."""
    return [file.fault(route, message) for route, message in _findings(file)]


def _findings(file: File) -> Iterator[Finding]:
    model = file.model
    if isinstance(model, Article):
        yield from _of_claims(model)
    elif isinstance(model, Record):
        yield from _twice("facts", [fact.id for fact in model.facts])
        yield from _of_gauges(model)
    elif isinstance(model, Literature):
        yield from _twice("works", [work.id for work in model.works])
    elif isinstance(model, Coding):
        yield from _of_coding(model)
    elif isinstance(model, Readings):
        yield from _of_readings(model)


def _twice(section: str, ids: Sequence[str]) -> Iterator[Finding]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield (section, number, "id"), f"'{name}' stands here a second time"


def _of_claims(article: Article) -> Iterator[Finding]:
    yield from _twice("claims", [claim.id for claim in article.claims])
    for number, claim in enumerate(article.claims):
        route: Route = ("claims", number)
        if not re.fullmatch(rf"{re.escape(article.id)}-\d{{2,3}}", claim.id):
            yield (*route, "id"), f"'{claim.id}' is not an id of this article; allowed: {article.id}-01 and so on"
        if claim.paragraph not in article.paragraphs:
            known = ", ".join(str(paragraph) for paragraph in article.paragraphs)
            yield (*route, "paragraph"), f"paragraph {claim.paragraph} has no digest; there are: {known}"


def _of_gauges(record: Record) -> Iterator[Finding]:
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


def _of_coding(coding: Coding) -> Iterator[Finding]:
    yield from _stated_again("items", [(item.where, item.path) for item in coding.items], "coded")
    for number, item in enumerate(coding.items):
        for key in ("level", "also"):
            level = getattr(item, key)
            if isinstance(level, str) and level not in NOT_ON_SCALE:
                yield from _of_level(("items", number, key), level)


def _stated_again(section: str, values: Sequence[tuple[str, str]], what: str) -> Iterator[Finding]:
    for number, (where, path) in enumerate(values):
        if (where, path) in values[:number]:
            yield (section, number, "path"), f"'{path}' of {where} is {what} here a second time"


def _of_level(route: Route, level: str) -> Iterator[Finding]:
    try:
        word_range(level)
    except ValueError:
        allowed = (*WORDS, *NOT_ON_SCALE)
        yield route, f"unknown level '{level}'{nearest(level, allowed)}; allowed: a number, {', '.join(allowed)}"


def _of_readings(readings: Readings) -> Iterator[Finding]:
    yield from _stated_again("disagreements", [(one.where, one.path) for one in readings.disagreements], "read")
    yield from _stated_again("fixed", [(one.where, one.path) for one in readings.fixed], "fixed")
    for number, one in enumerate(readings.disagreements):
        yield from _of_disagreement(("disagreements", number, "readings"), one.readings)


def _of_disagreement(route: Route, readings: Sequence[Reading]) -> Iterator[Finding]:
    last, seen = len(readings) - 1, set()
    for place, reading in enumerate(readings):
        for position, cite in enumerate(reading.cites):
            if cite in seen:
                yield (*route, place, "cites", position), f"'{cite}' stands here twice; a claim reads a value one way"
            seen.add(cite)
    if len({cite.rsplit("-", 1)[0] for cite in seen}) < 2:
        yield (*route, last, "cites"), "all readings are of one article; a disagreement is between two articles or more"
    if len({reading.reads for reading in readings}) < 2:
        yield (*route, last, "reads"), f"all readings are {readings[0].reads}; a disagreement has two ways or more"


# Between files


def repeated(files: Iterable[File]) -> list[Fault]:
    """Return a fault for every id that two of these files state; each names both places."""
    seen: dict[str, tuple[File, Route]] = {}
    faults = []
    for file in files:
        for route, source in file.sources():
            first, there = seen.setdefault(source.id, (file, route))
            if first is not file:
                faults.append(file.fault(route, f"'{source.id}' is stated in {first.place(there)} as well; rename one"))
    return faults


def unresolved(evidence: Evidence) -> list[Fault]:
    """Return a fault for every actor, claim or fact that a file names and no file holds."""
    faults = []
    for file in evidence.files:
        for route, label in _actors_named(file.model):
            if label not in evidence.actors:
                hint = f"{nearest(label, evidence.actors)}; allowed: {', '.join(evidence.actors) or 'none'}"
                faults.append(file.fault(route, f"unknown actor '{label}'{hint} (by the files of kind actors)"))
        for one in named(file.model):
            known = [source.id for source in evidence.sources.values() if source.kind == one.kind]
            if one.id not in known:
                what = "claim of an article" if one.kind == "article" else "fact of the record"
                faults.append(file.fault(one.route, f"'{one.id}' is no {what} here{nearest(one.id, known)}"))
    return faults


def _actors_named(model: Kind) -> Iterator[Finding]:
    for number, claim in enumerate(model.claims if isinstance(model, Article) else ()):
        for position, label in enumerate(claim.actors):
            yield ("claims", number, "actors", position), label


class Named(NamedTuple):
    """A claim or fact that readings name for a value: the route to it, the value, its id and its kind of source."""

    route: Route
    value: Where
    id: str
    kind: str


def named(model: Kind) -> Iterator[Named]:
    """Yield the claims and facts that a file of readings names; nothing of any other."""
    if isinstance(model, Readings):
        for number, one in enumerate(model.disagreements):
            for place, reading in enumerate(one.readings):
                for position, cite in enumerate(reading.cites):
                    route = ("disagreements", number, "readings", place, "cites", position)
                    yield Named(route, (one.where, one.path), cite, "article")
        for number, fixed in enumerate(model.fixed):
            for position, fact in enumerate(fixed.by):
                yield Named(("fixed", number, "by", position), (fixed.where, fixed.path), fact, "record")


# Against the articles' texts


def paragraph_digest(text: str, digits: int = 16) -> str:
    """Return the first hexadecimal digits of the SHA-256 of a text, compatibility forms and white space normalised."""
    normal = " ".join(unicodedata.normalize("NFKC", text).split())
    return sha256(normal.encode()).hexdigest()[:digits]


def text_faults(file: File, texts: Path) -> list[Fault]:
    """Compare an article's digests with the texts a reader holds: any file of a folder whose digest fits.

    Returns:
        Faults for paragraphs that differ, or one where no file of the folder is this article; none for other files.
    """
    article = file.model
    if not isinstance(article, Article):
        return []
    for path in sorted(texts.glob("*")):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if paragraph_digest(text, 64) == article.digest:
            lines = [line for line in text.splitlines() if line.strip()]
            return [
                file.fault(("paragraphs", str(number)), f"paragraph {number} is not the one that was read")
                for number, digest in article.paragraphs.items()
                if number > len(lines) or paragraph_digest(lines[number - 1], len(digest)) != digest
            ]
    return [file.fault(("digest",), f"no file in {texts} is this article")]
