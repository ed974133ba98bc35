"""A document as a tree in which every value knows its file, its line and its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from sim.io.errors import Fault, nearest
from sim.io.text import clipped
from sim.scenario.routes import Route, dotted


@dataclass(frozen=True)
class Provenance:
    """Where a value comes from: cited claims, an assumption, or both."""

    cites: tuple[str, ...] = ()
    assumption: str | None = None


class Source(NamedTuple):
    """The file and the 1-based line of a value."""

    file: str
    line: int


@dataclass(frozen=True)
class Leaf:
    """A value that an overlay replaces as a whole: a scalar, a plain list or a range.

    None removes it.
    """

    value: Any
    source: Source
    provenance: Provenance | None = None


@dataclass(frozen=True)
class Section:
    """A mapping that an overlay merges key by key; only items of lists have a provenance."""

    children: dict[str, Node]
    source: Source
    provenance: Provenance | None = None


@dataclass(frozen=True)
class Items:
    """A list of mappings, which an overlay replaces as a whole."""

    items: tuple[Node, ...]
    source: Source


Node: TypeAlias = Leaf | Section | Items
Models: TypeAlias = Mapping[int, tuple[Node, Any]]
"""Nodes with the models that the schema made of them, by the identity of the node."""
NO_MODELS: Models = {}


def present(section: Section) -> dict[str, Node]:
    """Return the children that are not removed."""
    return {key: child for key, child in section.children.items() if not _is_null(child)}


def merge(under: Section, over: Section, faults: list[Fault], route: Route = ()) -> Section:
    """Return ``under`` with everything that ``over`` states.

    A null that removes nothing is a fault.
    """
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
    # The command line has no line numbers, so faults of the section are shown in the file.
    return Section(children, over.source if over.source.line else under.source)


def walk(node: Node, route: Route = ()) -> Iterator[tuple[Route, Node]]:
    """Yield a node and all nodes below it with their routes, including removed ones."""
    pending: list[tuple[Route, Node]] = [(route, node)]
    while pending:
        here, found = pending.pop()
        yield here, found
        if isinstance(found, Section):
            pending += [((*here, key), child) for key, child in reversed(found.children.items())]
        elif isinstance(found, Items):
            places = range(len(found.items) - 1, -1, -1)
            pending += [((*here, place), found.items[place]) for place in places]


def stated_values(tree: Section) -> Iterator[tuple[str, Leaf | Section]]:
    """Yield all stated values by path, and each item of a list as one value more."""
    pending: list[tuple[str, Node, bool]] = [("", tree, False)]
    while pending:
        path, node, is_item = pending.pop()
        if isinstance(node, Leaf):
            if node.value is not None:
                yield path[1:], node
        elif isinstance(node, Section):
            if is_item:
                yield path[1:], node
            pending += [
                (f"{path}.{clipped(key)}", child, False)
                for key, child in reversed(node.children.items())
            ]
        else:
            items = list(enumerate(node.items))
            pending += [(f"{path}.{place}", item, True) for place, item in reversed(items)]


def plain(node: Node, models: Models = NO_MODELS) -> Any:
    """Return the plain values of a tree, without removed ones.

    Args:
        node: the top of the tree.
        models: models to return for some nodes instead of their plain values.
    """
    if id(node) in models:
        return models[id(node)][1]
    if isinstance(node, Section):
        return {key: plain(child, models) for key, child in present(node).items()}
    if isinstance(node, Items):
        return [plain(item, models) for item in node.items]
    return node.value


def _is_null(node: Node) -> bool:
    return isinstance(node, Leaf) and node.value is None


def _nothing_to_remove(key: str, route: Route, source: Source, known: dict[str, Node]) -> Fault:
    hint = nearest(key, known)
    message = (
        f"'{clipped(key)}' is null, but no base has a value to remove{hint}; state a value or "
        "delete the key"
    )
    return Fault(source.file, source.line, dotted(route), message)
