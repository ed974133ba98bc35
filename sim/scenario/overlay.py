"""Merge a file, its bases and the values set on the command line into one tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NoReturn

from sim.catalogue import entries, named_from
from sim.io.errors import Fault, InputError, nearest
from sim.io.text import clipped
from sim.scenario.document import Document, read_document, read_value, reason_unreadable
from sim.scenario.provenance import STATEMENTS, split
from sim.scenario.routes import dotted
from sim.scenario.tree import Items, Leaf, Models, Section, Source, merge, present

MAX_CHAIN = 10
ABOUT_THE_FILE = ("format", "base")
"""Keys that describe a file and not the crisis."""
ON_COMMAND_LINE = "set on the command line"


@dataclass(frozen=True)
class Merged:
    """A file, its bases and layers over them as one tree. More layers can be put over it.

    Attributes:
        tree: the merged tree.
        faults: the faults found.
        models: models that the schema made of nodes below the layers, so that it need not check
            again what no layer changes.
    """

    tree: Section
    faults: tuple[Fault, ...]
    models: Models = field(default_factory=dict, repr=False)

    def under(self, layers: Sequence[Document], sets: Sequence[str] = ()) -> Merged:
        """Return the tree with layers and values of the command line over it."""
        tree, faults = self.tree, list(self.faults)
        for document in layers:
            layer, found = split(_expand_parameters(document))
            faults += found
            tree = merge(tree, layer, faults)
        for text in sets:
            tree = _set(tree, text, faults)
        return Merged(tree, tuple(faults), self.models)


def merged(path: Path, layers: Sequence[Document] = ()) -> Merged:
    """Read a file and its bases, and merge them with layers over them.

    Raises:
        InputError: the file or one of its bases cannot be read at all.
    """
    empty = Merged(Section({}, Source(str(path), 1)), ())
    return empty.under([*_chain(path), *layers])


def _expand_parameters(document: Document) -> Document:
    """Return a document with ``parameters: file`` written as ``parameters: {posterior: file}``."""
    name = document.values.get("parameters")
    if not isinstance(name, str):
        return document
    line = document.lines.get(("parameters",), 0)
    values = {**document.values, "parameters": {"posterior": name}}
    return replace(
        document, values=values, lines={**document.lines, ("parameters", "posterior"): line}
    )


def _chain(path: Path) -> list[Document]:
    """Return the documents of a file and its bases, lowest base first, without ``base`` keys."""
    documents: list[Document] = []
    seen: set[tuple[int, int]] = set()
    here: Path | None = path
    while here is not None:
        document = read_document(here, str(here))
        state = here.stat()
        seen.add((state.st_dev, state.st_ino))
        documents.append(
            replace(
                document, values={key: v for key, v in document.values.items() if key != "base"}
            )
        )
        here = _base(document, here, seen)
        if here is not None and len(documents) >= MAX_CHAIN:
            _refuse_base(
                document, f"more than {MAX_CHAIN} files in a chain of bases; allowed: {MAX_CHAIN}"
            )
    return documents[::-1]


def _base(document: Document, path: Path, seen: set[tuple[int, int]]) -> Path | None:
    """Return the base of a document, or None."""
    if "base" not in document.values:
        return None
    name = document.values["base"]
    if not isinstance(name, str) or not name:
        _refuse_base(
            document,
            "not a file name; allowed: a path relative to this file, or a name such as model",
        )
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor:
        _refuse_base(
            document,
            f"'{clipped(name)}' is an absolute path; allowed: a path relative to this file, or a "
            "name",
        )
    try:
        target = named_from(path, name)
    except ValueError as error:
        _refuse_base(document, f"'{clipped(name)}' {error}")
    reason = reason_unreadable(target)
    if reason is not None:
        known = [entry.name for entry in (*entries("base", path), *entries("scenario", path))]
        _refuse_base(document, f"'{clipped(name)}': {reason}{nearest(Path(name).stem, known)}")
    state = target.stat()
    if (state.st_dev, state.st_ino) in seen:
        _refuse_base(
            document,
            f"'{clipped(name)}' is already in the chain of bases; a file cannot be its own base",
        )
    return target


def _refuse_base(document: Document, message: str) -> NoReturn:
    raise InputError([Fault(document.name, document.lines[("base",)], "base", message)])


def _set(tree: Section, text: str, faults: list[Fault]) -> Section:
    """Return the tree with one ``path=value`` of the command line applied."""
    name = f"--set {clipped(text)}"
    path, _, value = text.partition("=")
    parts = path.strip().split(".")
    problem = _misaddressed(tree, parts) if "=" in text and all(parts) else _malformed(text)
    if problem is None and not value.strip():
        problem = "no value; write null to remove the value"
    if problem is not None:
        faults.append(Fault(name, 0, dotted(tuple(parts)) if "=" in text else "", problem))
        return tree
    try:
        layer, found = split(
            _expand_parameters(_set_document(name, parts, read_value(value, name)))
        )
    except InputError as error:
        faults += [
            replace(fault, line=0, path=".".join(filter(None, (*parts, fault.path))))
            for fault in error.faults
        ]
        return tree
    faults += found
    return merge(tree, layer, faults)


def _malformed(text: str) -> str:
    return (
        f"'{clipped(text)}' is not path=value; allowed: keys joined by dots, such as "
        "mechanisms.leverage=0.2"
    )


def _misaddressed(tree: Section, parts: list[str]) -> str | None:
    """Return why a path cannot be set on the command line, or None.

    The schema reports unknown keys.
    """
    if parts[0] in ABOUT_THE_FILE or any(part in STATEMENTS for part in parts):
        refused = ", ".join((*ABOUT_THE_FILE, *STATEMENTS))
        return f"{refused} cannot be set on the command line; only values can"
    node: Any = tree
    for part in parts:
        if (
            isinstance(node, Items)
            or (isinstance(node, Leaf) and isinstance(node.value, list))
            or part.isdigit()
        ):
            return "an item of a list cannot be set; set the whole list, such as [a, b]"
        node = present(node).get(part) if isinstance(node, Section) else None
    actors = tree.children.get("actors")
    if (
        parts[0] == "actors"
        and len(parts) > 2
        and isinstance(actors, Section)
        and parts[1] not in present(actors)
    ):
        known = present(actors)
        return (
            f"unknown actor '{clipped(parts[1])}'{nearest(parts[1], known)}; allowed: "
            f"{', '.join(sorted(known))}"
        )
    return None


def _set_document(name: str, parts: list[str], value: Any) -> Document:
    values: Any = value
    for part in reversed(parts):
        values = {part: values}
    return Document(name, {"assumption": ON_COMMAND_LINE, **values}, {})
