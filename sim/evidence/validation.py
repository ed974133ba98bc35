"""Check evidence files: each by itself, against each other, and against the articles' texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sim.catalogue import entries
from sim.evidence.index import Evidence, File, Where
from sim.evidence.models import Article, Coding, Kind, Literature, Reading, Readings, Record
from sim.io.errors import Fault, nearest
from sim.scenario.quantity import WORDS, word_range
from sim.scenario.routes import Route

GENERAL = "general"
"""Crisis of facts that belong to no single one."""
NOT_ON_SCALE = ("none", "silent")
"""Levels that a coder can give besides the words of the scale."""

VALUES_OF_KINDS = {"code": "a text", "flag": "true, false, or none"}
"""Values that a fact must have for a kind of measurement that is no number."""

Finding = tuple[Route, str]


def faults_within(file: File) -> list[Fault]:
    """Return the faults within a file that its schema cannot find."""
    return [file.fault(route, message) for route, message in _findings(file)]


def _findings(file: File) -> Iterator[Finding]:
    model = file.model
    if isinstance(model, Article):
        yield from _claim_findings(model)
    elif isinstance(model, Record):
        yield from _repeated_ids("facts", [fact.id for fact in model.facts])
        yield from _measurement_findings(model)
    elif isinstance(model, Literature):
        yield from _repeated_ids("works", [work.id for work in model.works])
    elif isinstance(model, Coding):
        yield from _coding_findings(model)
    elif isinstance(model, Readings):
        yield from _readings_findings(model)


def _repeated_ids(section: str, ids: Sequence[str]) -> Iterator[Finding]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield (section, number, "id"), f"'{name}' is stated twice"


def _claim_findings(article: Article) -> Iterator[Finding]:
    yield from _repeated_ids("claims", [claim.id for claim in article.claims])
    for number, claim in enumerate(article.claims):
        route: Route = ("claims", number)
        if not re.fullmatch(rf"{re.escape(article.id)}-\d{{2,3}}", claim.id):
            yield (
                (*route, "id"),
                f"'{claim.id}' is not an id of this article; allowed: {article.id}-01, "
                f"{article.id}-02 and so on",
            )
        if claim.paragraph not in article.paragraphs:
            known = ", ".join(str(paragraph) for paragraph in article.paragraphs)
            yield (
                (*route, "paragraph"),
                f"paragraph {claim.paragraph} has no digest; allowed: {known}",
            )


def _measurement_findings(record: Record) -> Iterator[Finding]:
    """Yield the facts whose value does not fit the kind of their measurement."""
    facts = {fact.id: fact for fact in record.facts}
    for number, fact in enumerate(record.facts):
        if fact.measurement is None:
            continue
        route: Route = ("facts", number, "measurement")
        kind = fact.measurement.kind
        if fact.number(kind) is None:
            allowed = VALUES_OF_KINDS.get(kind, "a number: value, best, or low and high")
            yield (
                route,
                f"the fact has no value for a measurement of kind {kind}; allowed: {allowed}",
            )
        if not fact.measurement.columns:
            yield (
                (*route, "columns"),
                "empty; allowed: one or more columns of the outcomes table, such as "
                "[duration_days]",
            )
        added = fact.measurement.add
        if added is not None and (added not in facts or facts[added].number(kind) is None):
            yield (
                (*route, "add"),
                f"no fact '{added}' with a value of this kind{nearest(added, facts)}",
            )


def _coding_findings(coding: Coding) -> Iterator[Finding]:
    yield from _repeated_values(
        "items", [(item.where, item.path) for item in coding.items], "coded"
    )
    for number, item in enumerate(coding.items):
        for key in ("level", "also"):
            level = getattr(item, key)
            if isinstance(level, str) and level not in NOT_ON_SCALE:
                yield from _level_findings(("items", number, key), level)


def _repeated_values(
    section: str, values: Sequence[tuple[str, str]], what: str
) -> Iterator[Finding]:
    for number, (where, path) in enumerate(values):
        if (where, path) in values[:number]:
            yield (section, number, "path"), f"'{path}' of {where} is {what} twice"


def _level_findings(route: Route, level: str) -> Iterator[Finding]:
    try:
        word_range(level)
    except ValueError:
        allowed = (*WORDS, *NOT_ON_SCALE)
        yield (
            route,
            f"unknown level '{level}'{nearest(level, allowed)}; allowed: a number, "
            f"{', '.join(allowed)}",
        )


def _readings_findings(readings: Readings) -> Iterator[Finding]:
    yield from _repeated_values(
        "disagreements", [(item.where, item.path) for item in readings.disagreements], "read"
    )
    yield from _repeated_values(
        "fixed", [(item.where, item.path) for item in readings.fixed], "fixed"
    )
    for number, item in enumerate(readings.disagreements):
        yield from _disagreement_findings(("disagreements", number, "readings"), item.readings)


def _disagreement_findings(route: Route, readings: Sequence[Reading]) -> Iterator[Finding]:
    last = len(readings) - 1
    seen = set()
    for place, reading in enumerate(readings):
        for position, cite in enumerate(reading.cites):
            if cite in seen:
                yield (
                    (*route, place, "cites", position),
                    f"'{cite}' is cited twice; a claim reads a value in only one way",
                )
            seen.add(cite)
    if len({cite.rsplit("-", 1)[0] for cite in seen}) < 2:
        yield (
            (*route, last, "cites"),
            "all readings are from one article; a disagreement needs at least two articles",
        )
    if len({reading.reads for reading in readings}) < 2:
        yield (
            (*route, last, "reads"),
            f"all readings are {readings[0].reads}; a disagreement needs at least two different "
            "readings",
        )


def repeated(files: Iterable[File]) -> list[Fault]:
    """Return a fault for every id that two of these files state."""
    seen: dict[str, tuple[File, Route]] = {}
    faults = []
    for file in files:
        for route, source in file.sources():
            first, first_route = seen.setdefault(source.id, (file, route))
            if first is not file:
                faults.append(
                    file.fault(
                        route,
                        f"'{source.id}' is also stated in {first.place(first_route)}; rename one "
                        "of them",
                    )
                )
    return faults


def unresolved(evidence: Evidence) -> list[Fault]:
    """Return a fault for every actor, claim or fact that a file names and no file defines."""
    faults = []
    for file in evidence.files:
        for route, label in _actors_named(file.model):
            if label not in evidence.actors:
                hint = (
                    f"{nearest(label, evidence.actors)}; allowed: "
                    f"{', '.join(evidence.actors) or 'none'}"
                )
                faults.append(
                    file.fault(
                        route,
                        f"unknown actor '{label}'{hint} (defined in evidence files of kind actors)",
                    )
                )
        for item in named(file.model):
            known = [source.id for source in evidence.sources.values() if source.kind == item.kind]
            if item.id not in known:
                what = "claim of an article" if item.kind == "article" else "fact of the record"
                faults.append(
                    file.fault(item.route, f"no {what} '{item.id}'{nearest(item.id, known)}")
                )
    return faults


def _actors_named(model: Kind) -> Iterator[Finding]:
    for number, claim in enumerate(model.claims if isinstance(model, Article) else ()):
        for position, label in enumerate(claim.actors):
            yield ("claims", number, "actors", position), label


class Named(NamedTuple):
    """A claim or fact that a reading cites.

    Attributes:
        route: route to the citation.
        value: the value that it is cited for.
        id: the citation.
        kind: kind of the source, article or record.
    """

    route: Route
    value: Where
    id: str
    kind: str


def named(model: Kind) -> Iterator[Named]:
    """Yield the claims and facts that a file of readings cites; nothing for other files."""
    if isinstance(model, Readings):
        for number, item in enumerate(model.disagreements):
            for place, reading in enumerate(item.readings):
                for position, cite in enumerate(reading.cites):
                    route = ("disagreements", number, "readings", place, "cites", position)
                    yield Named(route, (item.where, item.path), cite, "article")
        for number, fixed in enumerate(model.fixed):
            for position, fact in enumerate(fixed.by):
                yield Named(
                    ("fixed", number, "by", position), (fixed.where, fixed.path), fact, "record"
                )


def unknown_crises(file: File) -> list[Fault]:
    """Return a fault for every fact of a crisis that no scenario has the name of."""
    if not isinstance(file.model, Record):
        return []
    near = Path(file.document.name)
    known = [GENERAL, *(entry.name.rsplit("/", 1)[-1] for entry in entries("scenario", near))]
    return [
        file.fault(
            ("facts", number, "crisis"),
            f"no scenario '{fact.crisis}'{nearest(fact.crisis, known)}; allowed: the name of a "
            f"scenario, or {GENERAL}",
        )
        for number, fact in enumerate(file.model.facts)
        if fact.crisis not in known
    ]


def paragraph_digest(text: str, digits: int = 16) -> str:
    """Return the first hexadecimal digits of the SHA-256 of a text.

    The text is converted to Unicode NFKC, and white space is normalised.

    >>> paragraph_digest("two  words") == paragraph_digest("two words")
    True
    """
    normal = " ".join(unicodedata.normalize("NFKC", text).split())
    return sha256(normal.encode()).hexdigest()[:digits]


def text_faults(file: File, texts: Path) -> list[Fault]:
    """Compare an article's digests with the text in a folder whose digest matches.

    Returns:
        Faults for paragraphs that differ, or one fault if no file in the folder is this article;
        nothing for other kinds of evidence.
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
                file.fault(
                    ("paragraphs", str(number)), f"paragraph {number} is not the one that was read"
                )
                for number, digest in article.paragraphs.items()
                if number > len(lines) or paragraph_digest(lines[number - 1], len(digest)) != digest
            ]
    return [file.fault(("digest",), f"no file in {texts} is this article")]
