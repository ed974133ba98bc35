"""The sources that a report cites: each once, with the place where it is listed on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.evidence import Article, Evidence, File, Literature, Record
from sim.report.links import web_address
from sim.report.simulated import in_words

RECORD = "Historical record"
LITERATURE = "Research literature"
UNKNOWN = "Not in the evidence files"


@dataclass(frozen=True)
class Cited:
    """One citation.

    Attributes:
        id: the citation.
        anchor: id of its entry on the page.
        origin: who says it and where, or the work.
        says: what it says, in our words.
        address: web address to link to; empty if there is none.
    """

    id: str
    anchor: str
    origin: str
    says: str
    address: str = ""


@dataclass(frozen=True)
class Work:
    """An article with its claims, the historical record, or the research literature.

    Attributes:
        heading: author, title, outlet and date of an article, or the kind of source.
        address: web address to link to; empty if there is none.
        cited: the citations that it holds, in its order.
    """

    heading: str
    address: str
    cited: tuple[Cited, ...]


@dataclass(frozen=True)
class Sources:
    """All sources of a report."""

    works: tuple[Work, ...] = ()

    @property
    def anchors(self) -> dict[str, str]:
        """Id on the page of each citation."""
        return {cited.id: cited.anchor for work in self.works for cited in work.cited}

    def linked(self, cites: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Return citations with their ids on the page; an empty id if they are not listed."""
        anchors = self.anchors
        return tuple((cite, anchors.get(cite, "")) for cite in cites)


def sources(cites: Iterable[str], evidence: Evidence | None) -> Sources:
    """Return the sources of some citations, in the order of the evidence files.

    Args:
        cites: citations, in any order, with repetitions.
        evidence: the evidence files; without them nothing is listed.
    """
    if evidence is None:
        return Sources()
    wanted = dict.fromkeys(cites)
    anchors = {cite: f"source-{number}" for number, cite in enumerate(wanted, 1)}
    works = [work for file in evidence.files for work in _works(file, anchors)]
    missing = [cite for cite in wanted if cite not in evidence.sources]
    if missing:
        says = "No evidence file has this id."
        unknown = tuple(Cited(cite, anchors[cite], "", says) for cite in missing)
        works.append(Work(UNKNOWN, "", unknown))
    return Sources(tuple(_joined(works)))


def ended(title: str) -> str:
    """Return a title with a full stop, unless it ends with a mark of its own.

    >>> ended("When Can Mediators Build Trust?"), ended("War as a Commitment Problem")
    ('When Can Mediators Build Trust?', 'War as a Commitment Problem.')
    """
    return title if title.rstrip()[-1:] in (".", "?", "!") else f"{title}."


def _joined(works: Iterable[Work]) -> Iterator[Work]:
    """Yield works with those of the same heading as one: the record may be in several files."""
    by_heading: dict[str, Work] = {}
    for work in works:
        first = by_heading.get(work.heading)
        cited = (*(first.cited if first else ()), *work.cited)
        by_heading[work.heading] = Work(work.heading, work.address, cited)
    yield from by_heading.values()


def _works(file: File, anchors: dict[str, str]) -> Iterator[Work]:
    """Yield what a file holds of the wanted citations; nothing if it holds none."""
    model = file.model
    if isinstance(model, Article):
        heading = f"{model.author}: {ended(model.title)} {model.outlet}, {in_words(model.date)}"
        cited = tuple(_claims(model, anchors))
        address = web_address(model.address)
    elif isinstance(model, Record):
        heading, address, cited = RECORD, "", tuple(_facts(model, anchors))
    elif isinstance(model, Literature):
        heading, address, cited = LITERATURE, "", tuple(_literature(model, anchors))
    else:
        return
    if cited:
        yield Work(heading, address, cited)


def _claims(article: Article, anchors: dict[str, str]) -> Iterator[Cited]:
    for claim in article.claims:
        if claim.id in anchors:
            origin = f"{claim.speaker}, paragraph {claim.paragraph}"
            yield Cited(claim.id, anchors[claim.id], origin, claim.says)


def _facts(record: Record, anchors: dict[str, str]) -> Iterator[Cited]:
    for fact in record.facts:
        if fact.id in anchors:
            origin = f"{fact.source} (confidence {fact.confidence})"
            yield Cited(fact.id, anchors[fact.id], origin, fact.says, web_address(fact.address))


def _literature(literature: Literature, anchors: dict[str, str]) -> Iterator[Cited]:
    for work in literature.works:
        if work.id in anchors:
            origin = f"{', '.join(work.authors)} ({work.year}): {ended(work.title)} {work.outlet}"
            yield Cited(work.id, anchors[work.id], origin, work.says, web_address(work.address))
