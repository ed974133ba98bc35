"""Take ``cites`` and ``assumption`` out of a document and attach them to its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sim.io.errors import Fault, nearest
from sim.io.text import clipped
from sim.scenario.document import Document
from sim.scenario.routes import Route, dotted
from sim.scenario.tree import Items, Leaf, Node, Provenance, Section, Source

STATEMENTS = ("cites", "assumption")
LEAF_KEYS = ("value", "range", "any_of")
TEXT_KEYS = frozenset({"scenario", "title", "notes", "expects", "name", "under"})
"""Texts for readers; a citation of the section around them does not apply to them."""

CITATION = re.compile(r"[a-z]+[0-9]*-[a-z0-9-]+")
MAX_ASSUMPTION = 500
NOTHING_NAMED = "empty; name at least one source, or state `assumption:`"


def split(document: Document) -> tuple[Section, list[Fault]]:
    """Return the values of a document with lines and provenance, and the faults of its citations.

    A value has the provenance that it states itself, or else that of the nearest section around it
    in the same file. An item of a list counts as one value.
    """
    splitter = _Splitter(document)
    return splitter.section(document.values, (), 0), splitter.faults


def is_leaf(raw: Any) -> bool:
    """Return whether a mapping is a single value.

    >>> is_leaf({"range": [0, 1], "cites": ["mk2020-24"]}), is_leaf({"strength": 1})
    (True, False)
    """
    return isinstance(raw, dict) and any(key in raw for key in LEAF_KEYS)


@dataclass
class _Splitter:
    document: Document
    faults: list[Fault] = field(default_factory=list)
    stated: dict[Route, Provenance] = field(default_factory=dict)

    def section(self, raw: dict[str, Any], route: Route, floor: int) -> Section:
        """Return a mapping as a section.

        ``floor`` is the length of the shortest route whose statement applies.
        """
        self._record_statements(raw, route)
        children = {
            key: self._node(child, (*route, key), floor)
            for key, child in raw.items()
            if key not in STATEMENTS
        }
        return Section(children, self._source(route))

    def _node(self, raw: Any, route: Route, floor: int) -> Node:
        if is_leaf(raw):
            return self._leaf_mapping(raw, route, floor)
        if isinstance(raw, dict):
            return self.section(raw, route, floor)
        if isinstance(raw, list) and any(isinstance(item, dict) for item in raw):
            items = (
                self._item(item, (*route, position), floor) for position, item in enumerate(raw)
            )
            return Items(tuple(items), self._source(route))
        return Leaf(raw, self._source(route), self._provenance(raw, route, floor))

    def _item(self, raw: Any, route: Route, floor: int) -> Node:
        if is_leaf(raw) or not isinstance(raw, dict):
            return self._node(raw, route, floor)
        section = self.section(raw, route, len(route) + 1)
        return replace(section, provenance=self._provenance(raw, route, floor))

    def _leaf_mapping(self, raw: dict[str, Any], route: Route, floor: int) -> Leaf:
        self._record_statements(raw, route)
        kinds = [key for key in LEAF_KEYS if key in raw]
        if len(kinds) > 1:
            self._fault(
                route,
                f"has {' and '.join(kinds)} together; allowed: only one of {', '.join(LEAF_KEYS)}",
            )
        value = self._value(raw, route) if "value" in raw else _without_statements(raw)
        return Leaf(value, self._source(route), self._provenance(value, route, floor))

    def _value(self, raw: dict[str, Any], route: Route) -> Any:
        """Return the value of ``{value: X}``."""
        allowed = ("value", *STATEMENTS)
        for key in raw.keys() - {*allowed, *LEAF_KEYS}:
            hint = f"{nearest(key, allowed)}; allowed: {', '.join(allowed)}"
            self._fault((*route, key), f"unknown key '{clipped(key)}' next to value{hint}")
        value = raw["value"]
        parts = value if isinstance(value, list) else [value]
        if any(part is None or isinstance(part, dict | list) for part in parts):
            self._fault(
                (*route, "value"),
                "not a single value; allowed: a number, a word, text, true or false",
            )
        return value

    def _provenance(self, value: Any, route: Route, floor: int) -> Provenance | None:
        if value is None or value == []:
            return None
        shortest = len(route) if route[-1] in TEXT_KEYS else floor
        prefixes = (route[:length] for length in range(len(route), shortest - 1, -1))
        return next((self.stated[prefix] for prefix in prefixes if prefix in self.stated), None)

    def _record_statements(self, raw: dict[str, Any], route: Route) -> None:
        """Record what a mapping states about itself or its parts.

        Inner mappings override it later.
        """
        found: dict[Route, Provenance] = {}
        for target, given, where in self._statements(raw, route, "cites"):
            cites = self._cites(given, where)
            if cites:
                found[target] = Provenance(cites=cites)
        for target, given, where in self._statements(raw, route, "assumption"):
            assumption = self._assumption(given, where)
            if assumption:
                found[target] = replace(found.get(target, Provenance()), assumption=assumption)
        self.stated.update(found)

    def _statements(
        self, raw: dict[str, Any], route: Route, kind: str
    ) -> Iterator[tuple[Route, Any, Route]]:
        """Yield the route that a statement applies to, the statement, and its own route."""
        given = raw.get(kind)
        where = (*route, kind)
        if isinstance(given, dict) and not is_leaf(raw):
            for child, inner in given.items():
                target = self._target(raw, route, child, (*where, child))
                if target is not None:
                    yield target, inner, (*where, child)
        elif kind in raw:
            yield route, given, where

    def _target(self, raw: Any, route: Route, child: str, where: Route) -> Route | None:
        """Return the route of a dotted child of a section, or record a fault and return None."""
        for part in child.split("."):
            if isinstance(raw, list):
                self._fault(
                    where,
                    "an item of a list cannot be named here; state its source inside the item",
                )
                return None
            known = (
                [key for key in raw if key not in STATEMENTS]
                if isinstance(raw, dict) and not is_leaf(raw)
                else []
            )
            if part not in known:
                self._fault(
                    where,
                    f"applies to '{clipped(child)}', which is not in this "
                    f"section{nearest(part, known)}",
                )
                return None
            raw = raw[part]
            route = (*route, part)
        return route

    def _cites(self, given: Any, where: Route) -> tuple[str, ...]:
        if given == []:
            self._fault(where, NOTHING_NAMED)
            return ()
        if not isinstance(given, list):
            self._fault(
                where,
                "not a list of citations; allowed: source-number or source-name, such as "
                "[dw2016-12]",
            )
            return ()
        for position, citation in enumerate(given):
            if not (isinstance(citation, str) and CITATION.fullmatch(citation)):
                message = (
                    f"'{clipped(str(citation))}' is not a citation; allowed: source-number, such "
                    "as dw2016-12"
                )
                self._fault((*where, position), message)
        return tuple(dict.fromkeys(str(citation) for citation in given))

    def _assumption(self, given: Any, where: Route) -> str | None:
        if isinstance(given, str) and given.strip() and len(given) <= MAX_ASSUMPTION:
            return given
        self._fault(
            where,
            f"not an assumption; allowed: a text of 1 to {MAX_ASSUMPTION} characters that gives "
            "the reason",
        )
        return None

    def _source(self, route: Route) -> Source:
        return Source(self.document.name, self.document.lines.get(route, 0))

    def _fault(self, route: Route, message: str) -> None:
        line = self.document.lines.get(route, 0)
        self.faults.append(Fault(self.document.name, line, dotted(route), message))


def _without_statements(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in STATEMENTS}
