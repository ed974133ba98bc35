"""Read a file or a text as plain values, each with its line number.

Files come from users, so reading is strict: a file is one YAML mapping within limits, and states a
format that this version reads. Anything else becomes a :class:`~sim.io.errors.Fault`. No exception
of the operating system leaves this module.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.io.text import clipped
from sim.scenario.parsing import parse, refuse, refuse_control
from sim.scenario.routes import Route

MAX_BYTES = 1_000_000

FORMAT = 2
"""Format of the files that this version reads and writes."""
CHANGES_SINCE = {
    1: (
        "`parameters.horizon` is called `planning_days`, `line_weights` and an actor's `restraint` "
        "are gone, the `lean_` stances mean arms, and a fact's `gauge` is called `measurement`"
    )
}
"""What a file of an earlier format has to change, by format."""


@dataclass(frozen=True)
class Document:
    """A file as plain values.

    Attributes:
        name: name of the file, as shown in faults.
        values: its content, made of dict, list, str, int, float, bool and None, without the key
            ``format``.
        lines: 1-based line of each key and each list item; ``()`` is the whole document.
    """

    name: str
    values: dict[str, Any]
    lines: dict[Route, int]


def part(document: Document, route: Route, statements: dict[str, Any]) -> Document:
    """Return a mapping inside a document as a separate document, with the same line numbers.

    Args:
        document: the document that contains the mapping.
        route: route to the mapping.
        statements: ``cites`` or ``assumption`` for values that state neither themselves.

    Raises:
        LookupError: the route leads nowhere.
    """
    inner: Any = document.values
    for step in route:
        inner = inner[step]
    depth = len(route)
    lines = {
        place[depth:]: line for place, line in document.lines.items() if place[:depth] == route
    }
    return Document(document.name, {**statements, **inner}, {(): document.lines[()], **lines})


def read_document(path: Path, shown_name: str) -> Document:
    """Read one YAML file.

    The file may state its format; without the key, it is read as the present one.

    Args:
        path: the file.
        shown_name: name of the file in faults.

    Raises:
        InputError: the file cannot be read, or is not one mapping within the limits, or has another
            format; lists every fault found.

    >>> _ = Path("note.yaml").write_text("{format: 2, notes: short}")
    >>> read_document(Path("note.yaml"), "note.yaml").values
    {'notes': 'short'}
    """
    values, lines = parse(_text(path, shown_name), shown_name)
    if not isinstance(values, dict):
        refuse(shown_name, 1, "the file is not a mapping; write lines of the form 'key: value'")
    if (message := _other_format(values.get("format", FORMAT))) is not None:
        refuse(shown_name, lines[("format",)], message, "format")
    content = {key: value for key, value in values.items() if key != "format"}
    return Document(shown_name, content, {(): 1, **lines})


def _other_format(stated: Any) -> str | None:
    """Return what is wrong with the format that a file states, or None."""
    if type(stated) is not int:
        return f"a whole number expected, not '{clipped(str(stated))}'; allowed: {FORMAT}"
    if stated == FORMAT:
        return None
    changed = CHANGES_SINCE.get(stated)
    hint = "" if changed is None else f"; since format {stated}, {changed}"
    return f"format {stated} is not the format that this version reads; allowed: {FORMAT}{hint}"


def read_value(text: str, shown_name: str) -> Any:
    """Return the value of a YAML text on one line (flow style).

    >>> read_value("{range: [0, 1]}", "--set")
    {'range': [0, 1]}

    Raises:
        InputError: as for :func:`read_document`, or the text is a block collection.
    """
    if len(text) > MAX_BYTES:
        refuse(shown_name, 1, f"too long; allowed: {MAX_BYTES} characters")
    refuse_control(text, shown_name)
    value, _ = parse(text, shown_name, flow=True)
    return value


def reason_unreadable(path: Path) -> str | None:
    """Return why a path cannot be opened as a file, or None if it can."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "no such file"
    except (OSError, ValueError) as error:
        return f"cannot be read: {_reason(error)}"
    if stat.S_ISDIR(mode):
        return "is a directory, not a file"
    return None if stat.S_ISREG(mode) else "is not a regular file"


def _reason(error: OSError | ValueError) -> str:
    named = isinstance(error, OSError) and error.strerror
    return str(named or "not a valid file name").lower()


def _text(path: Path, name: str) -> str:
    """Return the decoded text of a file, up to the size limit."""
    reason = reason_unreadable(path)
    if reason is not None:
        refuse(name, 0, reason)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        refuse(name, 0, f"cannot be read: {_reason(error)}")
    if len(data) > MAX_BYTES:
        refuse(name, 0, f"too large; allowed: {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(name, data[: error.start].count(b"\n") + 1, "not UTF-8 text; save the file as UTF-8")
    refuse_control(text, name)
    return text
