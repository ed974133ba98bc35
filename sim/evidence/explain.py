"""Explain where every value of a scenario comes from.

A value is based on an article, the historical record, the literature, or an assumption. A value
with several citations has the first of these kinds that it cites. An assumption counts only if
nothing is cited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.evidence import Disagreement, Evidence, Fixed, Source
from sim.evidence.agreement import Agreement
from sim.io.errors import Fault, InputError, nearest
from sim.io.text import count
from sim.scenario import Choice, Loaded, Posterior, Provenance, Quantity, Stated, load
from sim.scenario.document import read_document

KINDS = ("article", "record", "literature", "assumption", "nothing")
DESCRIPTIVE = ("scenario", "title", "notes", "expects", "start", "horizon_days", "course_days")
"""Keys that need no source: names, texts for readers, the days simulated and recorded."""
WHO_AND_WHERE = ("challenger", "defender", "theatres", "theatre")
"""Keys of a conflict that name it and are no estimates."""
OF_THE_MODEL = ("parameters", "mechanisms")
"""Sections whose values belong to the model rather than to one crisis."""


@dataclass(frozen=True)
class Row:
    """One value and its sources.

    Attributes:
        path: its path, such as actors.OST.ties.NOR.
        means: meaning of the value, from the schema.
        value: the value as the file states it.
        low: lower end, if it is a number.
        high: upper end, if it is a number.
        word: the word that was used, if any.
        cites: citations.
        assumption: the assumption, if any.
        kind: main kind of source: article, record, literature, assumption or nothing.
        sources: the cited sources, where the evidence has them.
        place: file and line that state it, or the option on the command line.
        coding: both coders' levels, if two coders read the value.
        disagreement: how articles read it differently, if they do.
        fixed: facts that fix it, if the record takes precedence over the coders.
        fitted: its posterior range or shares, if the scenario names a posterior that has it.
    """

    path: str
    means: str
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
    disagreement: Disagreement | None
    fixed: Fixed | None
    fitted: str | None = None

    @property
    def stated(self) -> str:
        """The value as a short text: a word with its range, a range, or a number."""
        if self.low is None or self.high is None:
            options = self.value.get("any_of") if isinstance(self.value, dict) else None
            return " or ".join(options) if options else _short(self.value)
        ends = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{self.word} ({ends})" if self.word else ends

    def record(self) -> dict[str, Any]:
        """Return the row as plain values for a file."""
        return {
            "path": self.path,
            "means": self.means,
            "value": self.value,
            "range": None if self.low is None else [self.low, self.high],
            "word": self.word,
            "cites": list(self.cites),
            "assumption": self.assumption,
            "kind": self.kind,
            "place": self.place,
            "sources": [source.__dict__ for source in self.sources],
            "coders": None if self.coding is None else self.coding.record(),
            "disagreement": (
                None if self.disagreement is None else self.disagreement.model_dump()["readings"]
            ),
            "fixed": (
                None if self.fixed is None else self.fixed.model_dump(include={"by", "because"})
            ),
            "fitted": self.fitted,
        }


class Leaf(NamedTuple):
    """A value, its path, and its field in the schema."""

    path: str
    value: Any
    info: FieldInfo | None


def rows(
    loaded: Loaded, evidence: Evidence, agreement: Mapping[tuple[str, str], Agreement]
) -> list[Row]:
    """Return one row for every value of a scenario that needs a source, in document order.

    >>> import sim
    >>> row = select(rows(sim.load("april_2016"), Evidence(), {}), "actors.AZE.drones")[0]
    >>> row.stated, row.cites
    ('0 to 0.4', ('dw2016-35',))
    """
    leaves = _leaves(loaded.scenario, "", None)
    return [
        _row(leaf, loaded, evidence, agreement) for leaf in leaves if _needs_source(leaf, loaded)
    ]


def rows_without_need(loaded: Loaded) -> list[Row]:
    """Return one row for every stated value that needs no source: texts, days and defaults.

    >>> import sim
    >>> select(rows_without_need(sim.load("april_2016")), "start")[0].stated
    '2016-04-02'
    """
    return [
        _row(leaf, loaded, Evidence(), {})
        for leaf in _leaves(loaded.scenario, "", None)
        if leaf.path in loaded.sources and not _needs_source(leaf, loaded)
    ]


def _needs_source(leaf: Leaf, loaded: Loaded) -> bool:
    """Whether a value is neither a text for readers nor a default."""
    if _is_text(leaf.path):
        return False
    return leaf.path in loaded.sources and not _is_default(leaf, loaded)


def _is_default(leaf: Leaf, loaded: Loaded) -> bool:
    is_of_schema = leaf.info is not None and leaf.value == leaf.info.default
    return is_of_schema and leaf.path not in loaded.provenance


def defaults(loaded: Loaded) -> frozenset[str]:
    """Return the paths of values that are those of a file that leaves them out."""
    leaves = _leaves(loaded.scenario, "", None)
    return frozenset(leaf.path for leaf in leaves if _is_default(leaf, loaded))


def select(all_rows: list[Row], path: str) -> list[Row]:
    """Return the rows at or below a path; InputError with the nearest path if there are none."""
    chosen = [row for row in all_rows if row.path == path or row.path.startswith(path + ".")]
    if not chosen:
        known = {".".join(row.path.split(".")[:depth]) for row in all_rows for depth in range(1, 6)}
        longer = sorted(name for name in known if name.endswith(f".{path}"))
        hint = f" (did you mean {' or '.join(longer[:3])}?)" if longer else nearest(path, known)
        raise InputError([Fault(path, 0, "", f"no value at this path{hint}")])
    return chosen


def counts(of_rows: list[Row]) -> Counter[str]:
    """Return the number of values by kind of source.

    >>> import sim
    >>> counts(rows(sim.load("april_2016"), Evidence(), {}))["nothing"] > 0  # without evidence
    True
    """
    return Counter(row.kind for row in of_rows)


def of_the_model(row: Row) -> bool:
    """Whether a value belongs to the model rather than to the crisis."""
    return row.path.split(".")[0] in OF_THE_MODEL


def assumed(of_rows: list[Row], listed: int = 6) -> str:
    """Return in words how many values of a crisis are only assumed, and which; or an empty text.

    Args:
        of_rows: rows of a scenario; those of the model, and those that say who fights where, are
            left out.
        listed: number of kinds of values that are named, the most frequent first.

    >>> import sim
    >>> assumed(rows(sim.load("april_2016"), Evidence(), {}))[:32]
    '13 of 80 values are assumptions:'
    """
    of_crisis = [
        row
        for row in of_rows
        if not of_the_model(row) and _kind_of_value(row.path) not in WHO_AND_WHERE
    ]
    alone = [row for row in of_crisis if row.assumption and not row.cites]
    kinds = [kind for kind, _ in Counter(_kind_of_value(row.path) for row in alone).most_common()]
    if not kinds:
        return ""
    rest = len(kinds) - listed
    named = ", ".join(kinds[:listed]) + (f" and {count(rest, 'more kind')}" if rest > 0 else "")
    return f"{len(alone)} of {len(of_crisis)} values are assumptions: {named}"


def _kind_of_value(path: str) -> str:
    """Return the key of a value without its actor.

    >>> _kind_of_value("actors.OST.ties.NOR"), _kind_of_value("conflict.aim")
    ('ties', 'aim')
    """
    parts = path.split(".")
    return parts[min(len(parts) - 1, 2 if parts[0] == "actors" else 1)]


def disputed(of_rows: list[Row]) -> list[Row]:
    """Return the values that articles read in different ways."""
    return [row for row in of_rows if row.disagreement is not None]


def unsourced(of_rows: list[Row]) -> list[Fault]:
    """Return a fault for every value that cites nothing and states no assumption."""
    return [
        _without_source(_file_and_line(row.place), row.path, row.cites)
        for row in of_rows
        if row.kind == "nothing"
    ]


def values_without_source(stated: Stated, exempt: Set[str] = frozenset()) -> list[Fault]:
    """Return a fault for every value of a file that has neither a citation nor an assumption.

    Args:
        stated: the values of the file.
        exempt: paths of values that need no source; see :func:`defaults`.
    """
    return [
        _without_source(place, path)
        for path, place in stated.places.items()
        if path not in stated.provenance
        and path not in exempt
        and not _is_text(path)
        and not _is_part_of_an_item(path, stated.places)
    ]


def _without_source(place: tuple[str, int], path: str, cites: tuple[str, ...] = ()) -> Fault:
    cited = "cites nothing that is in the evidence" if cites else "cites nothing"
    return Fault(*place, path, f"{cited} and states no assumption")


def _file_and_line(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return (file, int(line)) if line.isdigit() else (place, 0)


def _is_text(path: str) -> bool:
    """Whether a path leads to a text for readers, or to the days simulated."""
    return path.split(".")[0] in DESCRIPTIVE or path.rsplit(".", 1)[-1] in (
        "name",
        "under",
        "posterior",
    )


def _is_part_of_an_item(path: str, places: Mapping[str, tuple[str, int]]) -> bool:
    """Whether a value is inside an item of a list, which counts as one value."""
    above = path.split(".")[:-1]
    return any(
        above[depth].isdigit() and ".".join(above[: depth + 1]) in places
        for depth in range(len(above))
    )


@dataclass(frozen=True)
class Glance:
    """A short summary of a scenario file.

    Attributes:
        scenario: name of the scenario.
        title: title for readers.
        base: base that the file names.
        articles: ids of the articles that it cites.
    """

    scenario: str
    title: str
    base: str
    articles: tuple[str, ...]


def glance(path: Path) -> Glance:
    """Return a short summary of a scenario file; InputError if it cannot be read.

    >>> from sim.catalogue import shipped_root
    >>> glance(shipped_root() / "scenarios" / "april_2016.yaml").articles
    ('bl2016', 'dw2016')
    """
    loaded = load(path)
    base = read_document(path, str(path)).values.get("base", "")
    of_crisis = {
        key: stated
        for key, stated in loaded.provenance.items()
        if key.split(".")[0] not in OF_THE_MODEL
    }
    own_provenance = [
        stated for key, stated in of_crisis.items() if loaded.sources[key][0] == str(path)
    ]
    articles = _articles(own_provenance) or _articles(of_crisis.values())
    return Glance(loaded.scenario.scenario, loaded.scenario.title, str(base), articles)


def _articles(stated: Iterable[Provenance]) -> tuple[str, ...]:
    """Return the articles that values cite.

    Only claims of articles have ids that end in a number.
    """
    cited = {tuple(cite.rsplit("-", 1)) for provenance in stated for cite in provenance.cites}
    return tuple(sorted({article for article, number in cited if number.isdigit()}))


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(inner)}" for key, inner in value.items())
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _row(
    leaf: Leaf, loaded: Loaded, evidence: Evidence, agreement: Mapping[tuple[str, str], Agreement]
) -> Row:
    path, value, info = leaf
    stated = loaded.provenance.get(path, Provenance())
    sources = tuple(evidence.sources[cite] for cite in stated.cites if cite in evidence.sources)
    file, line = loaded.sources.get(path, ("", 0))
    where = (Path(file).stem, path)
    quantity = value if isinstance(value, Quantity) else None
    return Row(
        path=path,
        means=(info.description or "").removesuffix(" (descriptive)") if info else "",
        value=value.plain() if isinstance(value, Quantity | Choice) else value,
        low=quantity.low if quantity else None,
        high=quantity.high if quantity else None,
        word=quantity.word if quantity else None,
        cites=stated.cites,
        assumption=stated.assumption,
        kind=_kind(stated, sources),
        sources=sources,
        place=f"{file}:{line}" if line else file,
        coding=agreement.get(where),
        disagreement=evidence.disagreements.get(where),
        fixed=evidence.fixed.get(where),
        fitted=_fitted(value, loaded.scenario.parameters.posterior),
    )


def _fitted(value: Any, posterior: Posterior | None) -> str | None:
    """Return the middle 80% of a value's posterior draws, or the shares of its options."""
    column = (
        posterior.column(value)
        if posterior is not None and isinstance(value, Quantity | Choice)
        else None
    )
    if column is None:
        return None
    if isinstance(value, Choice):
        return ", ".join(f"{option} {np.mean(column == option):.0%}" for option in value.options)
    low, high = np.quantile(column, (0.1, 0.9))
    return f"{low:.3g} to {high:.3g}"


def _kind(stated: Provenance, sources: tuple[Source, ...]) -> str:
    cited = {source.kind for source in sources}
    for kind in KINDS[:3]:
        if kind in cited:
            return kind
    return "assumption" if stated.assumption else "nothing"


def _leaves(node: Any, path: str, info: FieldInfo | None) -> list[Leaf]:
    """Return every value of a document; an item of a list counts as one value."""
    if isinstance(node, Quantity | Choice) or not isinstance(node, BaseModel | dict | tuple):
        return [] if node is None else [Leaf(path, node, info)]
    if isinstance(node, BaseModel):
        fields = type(node).model_fields.items()
        children = [(field.alias or name, getattr(node, name), field) for name, field in fields]
    elif isinstance(node, dict):
        children = [(key, child, info) for key, child in node.items()]  # type: ignore[misc]
    else:
        return [Leaf(f"{path}.{number}", _plain(item), info) for number, item in enumerate(node)]
    return [
        leaf
        for key, child, field in children
        for leaf in _leaves(child, f"{path}.{key}" if path else key, field)
    ]


def _plain(item: Any) -> Any:
    return (
        item.model_dump(mode="json", by_alias=True, exclude_none=True)
        if isinstance(item, BaseModel)
        else item
    )
