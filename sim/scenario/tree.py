"""A document as a tree in which every value knows the file, the line and the sources that state it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from sim.io.errors import Fault, nearest
from sim.scenario.document import Route, clipped, dotted


@dataclass(frozen=True)
class Provenance:
    """Where a value comes from: claims that are cited, an assumption that is owned up to, or both."""

    cites: tuple[str, ...] = ()
    assumption: str | None = None


class Source(NamedTuple):
    """The file and the 1-based line that state a value."""

    file: str
    line: int


@dataclass(frozen=True)
class Leaf:
    """A value that an overlay replaces as a whole: a scalar, a plain list, a range. None removes."""

    value: Any
    source: Source
    provenance: Provenance | None = None


@dataclass(frozen=True)
class Section:
    """A mapping that an overlay merges key by key; only an item of a list has a provenance of its own."""

    children: dict[str, Node]
    source: Source
    provenance: Provenance | None = None


@dataclass(frozen=True)
class Items:
    """A list with mappings in it, which an overlay replaces as a whole."""

    items: tuple[Node, ...]
    source: Source


Node: TypeAlias = Leaf | Section | Items


def present(section: Section) -> dict[str, Node]:
    """Return the children that were not removed."""
    return {key: child for key, child in section.children.items() if not _is_null(child)}


def merge(under: Section, over: Section, faults: list[Fault], route: Route = ()) -> Section:
    """Return ``under`` with all that ``over`` states; a null that removes nothing adds a fault."""
    children = dict(under.children)
    known = present(under)
    for key, node in over.children.items():
        here = (*route, key)
        if _is_null(node) and key not in known:
            faults.append(_nothing_to_remove(key, here, node.source, known))
        if isinstance(node, Section):
            old = known.get(key)
            base = old if isinstance(old, Section) else Section({}, node.source)
            children[key] = merge(base, node, faults, here)
        else:
            children[key] = node
    # The command line has no lines: what is absent from a section is then better shown in the file.
    return Section(children, over.source if over.source.line else under.source)


def walk(node: Node, route: Route = ()) -> Iterator[tuple[Route, Node]]:
    """Yield a node and all below it, each with its route; removed ones too, for they have a line."""
    yield route, node
    if isinstance(node, Section):
        for key, child in node.children.items():
            yield from walk(child, (*route, key))
    elif isinstance(node, Items):
        for position, item in enumerate(node.items):
            yield from walk(item, (*route, position))


def plain(node: Node) -> Any:
    """Return the plain values of a tree, without what was removed."""
    if isinstance(node, Section):
        return {key: plain(child) for key, child in present(node).items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return node.value


def _is_null(node: Node) -> bool:
    return isinstance(node, Leaf) and node.value is None


def _nothing_to_remove(key: str, route: Route, source: Source, known: dict[str, Node]) -> Fault:
    hint = nearest(key, known)
    message = f"'{clipped(key)}' has no value, and no base gives it one to remove{hint}; give a value or drop the key"
    return Fault(source.file, source.line, dotted(route), message)
