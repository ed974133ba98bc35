"""Index the evidence of a folder: its files, and the sources that can be cited from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sim.catalogue import workspace_of
from sim.evidence.models import (
    Actors,
    Article,
    Coding,
    Disagreement,
    Fact,
    Fixed,
    Kind,
    Literature,
    Readings,
    Record,
)
from sim.io.errors import Fault
from sim.scenario.document import Document
from sim.scenario.routes import Route, dotted

Where = tuple[str, str]
"""A value: the file that states it, without its suffix, and its path."""


@dataclass(frozen=True)
class Source:
    """A source that a citation refers to.

    Attributes:
        id: the citation.
        kind: article, record or literature.
        origin: where to look it up: article and paragraph, or source.
        speaker: who makes the claim.
        says: the claim, in our paraphrase.
        address: web address of the article, work or report; empty if the file states none.
    """

    id: str
    kind: str
    origin: str
    speaker: str
    says: str
    address: str = ""


@dataclass(frozen=True)
class File:
    """One evidence file: its content, and the document that it was read from."""

    document: Document
    model: Kind

    def sources(self) -> Iterator[tuple[Route, Source]]:
        """Yield every source that can be cited, with the route to its id."""
        model = self.model
        if isinstance(model, Article):
            for number, claim in enumerate(model.claims):
                origin = (
                    f"{model.author}, {model.outlet} {model.date.year}, paragraph {claim.paragraph}"
                )
                yield (
                    ("claims", number, "id"),
                    Source(
                        claim.id,
                        "article",
                        origin,
                        claim.speaker,
                        claim.says,
                        model.address or "",
                    ),
                )
        elif isinstance(model, Record):
            for number, fact in enumerate(model.facts):
                origin = f"{fact.source} (confidence {fact.confidence})"
                yield (
                    ("facts", number, "id"),
                    Source(fact.id, "record", origin, "record", fact.says, fact.address or ""),
                )
        elif isinstance(model, Literature):
            for number, work in enumerate(model.works):
                names = " & ".join(author.split()[-1] for author in work.authors)
                origin = f"{names} {work.year}, {work.outlet}"
                yield (
                    ("works", number, "id"),
                    Source(work.id, "literature", origin, names, work.says, work.address or ""),
                )

    @property
    def names_others(self) -> bool:
        """Whether it names actors, claims or facts of other files."""
        return isinstance(self.model, Article | Readings)

    def place(self, route: Route) -> str:
        """Return the file and the line of a route, such as ``seeds/record.yaml:12``."""
        fault = self.fault(route, "")
        return f"{fault.file}:{fault.line}"

    def fault(self, route: Route, message: str) -> Fault:
        """Return a fault at the line of a route, or of the nearest section around it."""
        return fault_in(self.document, route, message)


@dataclass(frozen=True)
class Evidence:
    """All evidence files of a folder."""

    files: tuple[File, ...] = ()

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Sources that can be cited, by id."""
        return {source.id: source for file in self.files for _, source in file.sources()}

    def articles(self) -> list[Article]:
        """Return the articles, by date."""
        found = [file.model for file in self.files if isinstance(file.model, Article)]
        return sorted(found, key=lambda article: article.date)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Facts of the historical record, from all files."""
        return tuple(
            fact
            for file in self.files
            if isinstance(file.model, Record)
            for fact in file.model.facts
        )

    def beside(self, path: Path) -> Evidence:
        """Return the evidence in a file's workspace, or the shipped evidence for a shipped file."""
        home = workspace_of(path).resolve()
        return Evidence(
            tuple(
                file
                for file in self.files
                if workspace_of(Path(file.document.name)).resolve() == home
            )
        )

    @property
    def codings(self) -> list[Coding]:
        """Codings of all coders, in order of file names."""
        return [file.model for file in self.files if isinstance(file.model, Coding)]

    @cached_property
    def actors(self) -> dict[str, str]:
        """Names of the actors that claims can be about, by label."""
        found = [file.model.actors for file in self.files if isinstance(file.model, Actors)]
        return {label: name for actors in found for label, name in actors.items()}

    @cached_property
    def disagreements(self) -> dict[Where, Disagreement]:
        """Values that articles read differently."""
        return {
            (item.where, item.path): item
            for readings in self._readings
            for item in readings.disagreements
        }

    @cached_property
    def fixed(self) -> dict[Where, Fixed]:
        """Values that the historical record fixes."""
        return {
            (item.where, item.path): item for readings in self._readings for item in readings.fixed
        }

    @property
    def _readings(self) -> list[Readings]:
        return [file.model for file in self.files if isinstance(file.model, Readings)]


def fault_in(document: Document, route: Route, message: str) -> Fault:
    """Return a fault at the line of a route, or of the nearest section around it."""
    place = route
    while place not in document.lines and place:
        place = place[:-1]
    return Fault(document.name, document.lines.get(place, 1), dotted(route), message)
