"""Who says so: where every value of a scenario comes from.

A value rests on what an article claims, on the record, on the literature, or on an assumption that says why. Where it
cites several, the first of these kinds that it cites is its kind; an assumption counts where nothing is cited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.coding import Agreement, pair
from sim.errors import Fault, InputError, nearest
from sim.evidence import Evidence, Source
from sim.scenario import Choice, Loaded, Provenance, Quantity, load
from sim.scenario.document import read_document

KINDS = ("article", "record", "literature", "assumption", "nothing")
DESCRIPTIVE = ("scenario", "title", "notes", "expects", "start", "horizon_days")
"""What needs no source: names, texts for readers, and how long is played."""
OF_THE_MODEL = ("parameters", "mechanisms")
"""Sections whose values belong to the model and not to one crisis."""


@dataclass(frozen=True)
class Row:
    """One value and what it rests on.

    Attributes:
        path: where it stands, such as actors.RUS.ties.ARM.
        value: as the file states it.
        low: lower end, where it is a number.
        high: upper end.
        word: the word that was used, if any.
        cites: citations.
        assumption: the assumption, if any.
        kind: what it rests on first: article, record, literature, assumption or nothing.
        sources: what the citations stand for, as far as the evidence holds them.
        place: file and line that state it.
        coding: both coders' levels, where the articles were coded twice.
    """

    path: str
    value: Any
    low: float | None
    high: float | None
    word: str | None
    cites: tuple[str, ...]
    assumption: str | None
    kind: str
    sources: tuple[Source, ...]
    place: str
    coding: Agreement | None

    @property
    def stated(self) -> str:
        """The value as a short text: word and range, or number."""
        if self.low is None or self.high is None:
            options = self.value.get("any_of") if isinstance(self.value, dict) else None
            return " or ".join(options) if options else _short(self.value)
        ends = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{self.word} ({ends})" if self.word else ends

    def record(self) -> dict[str, Any]:
        """Return the row as plain values for a file."""
        return {
            "path": self.path,
            "value": self.value,
            "range": None if self.low is None else [self.low, self.high],
            "word": self.word,
            "cites": list(self.cites),
            "assumption": self.assumption,
            "kind": self.kind,
            "place": self.place,
            "sources": [source.__dict__ for source in self.sources],
            "coders": None if self.coding is None else self.coding.record(),
        }


def rows(loaded: Loaded, evidence: Evidence, agreement: Mapping[tuple[str, str], Agreement]) -> list[Row]:
    """Return one row for every value of a scenario that needs a source, in the order of the document."""
    found = []
    for path, value in _leaves(loaded.scenario, ""):
        if path.split(".")[0] in DESCRIPTIVE or path.rsplit(".", 1)[-1] == "name" or path not in loaded.sources:
            continue  # texts for readers, and what nobody stated
        found.append(_row(path, value, loaded, evidence, agreement))
    return found


def select(all_rows: list[Row], path: str) -> list[Row]:
    """Return the rows at a path or below it; InputError with the nearest path where there is none."""
    chosen = [row for row in all_rows if row.path == path or row.path.startswith(path + ".")]
    if not chosen:
        known = {".".join(row.path.split(".")[:depth]) for row in all_rows for depth in range(1, 6)}
        raise InputError([Fault(path, 0, "", f"no value there{nearest(path, known)}")])
    return chosen


def counts(of_rows: list[Row]) -> Counter[str]:
    """Return how many values rest on each kind of source."""
    return Counter(row.kind for row in of_rows)


def of_the_model(row: Row) -> bool:
    """Whether a value belongs to the model rather than to the crisis."""
    return row.path.split(".")[0] in OF_THE_MODEL


def unsourced(of_rows: list[Row]) -> list[Fault]:
    """Return a fault for every value that cites nothing and states no assumption."""
    faults = []
    for row in of_rows:
        if row.kind == "nothing":
            file, _, line = row.place.rpartition(":")
            faults.append(Fault(file, int(line or 0), row.path, "cites nothing and states no assumption"))
    return faults


@dataclass(frozen=True)
class Entry:
    """A scenario file at a glance."""

    scenario: str
    title: str
    base: str
    articles: tuple[str, ...]
    file: str


def entry(path: Path) -> Entry:
    """Return what a list says of a scenario file; InputError where it cannot be read."""
    loaded = load(path)
    base = read_document(path, str(path)).values.get("base", "")
    own = [stated for key, stated in loaded.provenance.items() if loaded.sources[key][0] == str(path)]
    prefixes = {cite.rsplit("-", 1)[0] for stated in own for cite in stated.cites}
    articles = tuple(sorted(prefix for prefix in prefixes if prefix[-1].isdigit() and "-" not in prefix))
    return Entry(loaded.scenario.scenario, loaded.scenario.title, str(base), articles, str(path))


def coded_twice(evidence: Evidence) -> dict[tuple[str, str], Agreement]:
    """Return what the first two coders made of each value, by file and path; empty with fewer than two."""
    return pair(*evidence.codings[:2]) if len(evidence.codings) > 1 else {}


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(inner)}" for key, inner in value.items())
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _row(
    path: str, value: Any, loaded: Loaded, evidence: Evidence, agreement: Mapping[tuple[str, str], Agreement]
) -> Row:
    stated = loaded.provenance.get(path, Provenance())
    sources = tuple(evidence.sources[cite] for cite in stated.cites if cite in evidence.sources)
    file, line = loaded.sources.get(path, ("", 0))
    quantity = value if isinstance(value, Quantity) else None
    stem = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    return Row(
        path=path,
        value=value.plain() if isinstance(value, Quantity | Choice) else value,
        low=quantity.low if quantity else None,
        high=quantity.high if quantity else None,
        word=quantity.word if quantity else None,
        cites=stated.cites,
        assumption=stated.assumption,
        kind=_kind(stated, sources),
        sources=sources,
        place=f"{file}:{line}",
        coding=agreement.get((stem, path)),
    )


def _kind(stated: Provenance, sources: tuple[Source, ...]) -> str:
    cited = {source.kind for source in sources}
    for kind in KINDS[:3]:
        if kind in cited:
            return kind
    return "assumption" if stated.assumption else "nothing"


def _leaves(node: Any, path: str) -> list[tuple[str, Any]]:
    """Return every value of a document with its path; an item of a list is one value, as in its provenance."""
    if isinstance(node, Quantity | Choice) or not isinstance(node, BaseModel | dict | tuple):
        return [] if node is None else [(path, node)]
    if isinstance(node, BaseModel):
        fields = type(node).model_fields.items()
        children = [(info.alias or name, getattr(node, name)) for name, info in fields]
    elif isinstance(node, dict):
        children = list(node.items())
    else:
        return [(f"{path}.{number}", _plain(item)) for number, item in enumerate(node)]
    return [leaf for key, child in children for leaf in _leaves(child, f"{path}.{key}" if path else str(key))]


def _plain(item: Any) -> Any:
    return item.model_dump(mode="json", by_alias=True, exclude_none=True) if isinstance(item, BaseModel) else item
