"""Parse YAML text into plain values, each with its line number.

The parser is strict. Plain scalars follow YAML 1.2 (``NO`` and ``12:30`` are text). Tags and merge
keys are not allowed. Depth and number of values are limited. Every problem becomes a
:class:`~sim.io.errors.Fault`, so no exception of the YAML library leaves this module.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

import yaml

from sim.io.errors import Fault, InputError
from sim.io.text import clipped
from sim.scenario.routes import Route, dotted

MAX_NODES = 20_000
MAX_DEPTH = 30
MAX_NUMERAL = 40

_INVISIBLE = (
    "\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
"""Invisible characters, some of which change the direction in which a text is shown.

The two joiners U+200C and U+200D are not among them, because Persian and Indic names need them.
"""
_NOT_TEXT = re.compile(
    f"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[{_INVISIBLE}]"
)
_READ_DIFFERENTLY = re.compile("[\t?!&*\ufeff]|[|>]-?#")
"""Tabs, tags, anchors and keys marked by '?', which libyaml and PyYAML may read differently."""
_PLAIN_MESSAGES = {
    "'\\t' that cannot start any token": "a tab; use spaces for indentation and before a value",
    "found '<block mapping start>'": "this line is indented differently from its neighbours",
    "found '<block sequence start>'": "this line is indented differently from its neighbours",
    "found '<scalar>'": "text after the end of a value; put the whole value in quotes",
    "mapping values are not allowed here": (
        "unexpected colon: this line is indented differently from its neighbours, or needs quotes"
    ),
    "could not find expected ':'": "a key without a colon; allowed: lines of the form 'key: value'",
}
"""Plain messages for the most common mistakes, by PyYAML's wording."""
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Return the value of an unquoted scalar, by the core schema of YAML 1.2 (section 10.3).

    >>> plain_scalar("0x10"), plain_scalar("NO")
    (16, 'NO')

    Raises:
        ValueError: the number is infinite, not a number, too long, or too large.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"'{text}' is not a finite number; allowed: finite numbers")
    if _INTEGER.fullmatch(text) or _BASED.fullmatch(text):
        return int(_bounded(text), 0 if text.startswith("0") and _BASED.fullmatch(text) else 10)
    if _FLOAT.fullmatch(text):
        return _finite(_bounded(text))
    return text


def _bounded(text: str) -> str:
    if len(text) > MAX_NUMERAL:
        raise ValueError(
            f"'{clipped(text, 20)}' is too long for a number; allowed: {MAX_NUMERAL} characters"
        )
    return text


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"'{text}' is too large for a number; allowed: up to 1.7e308")
    return value


def refuse(name: str, line: int, message: str, path: str = "") -> NoReturn:
    """Raise InputError with one fault of a file."""
    raise InputError([Fault(name, line, path, message)])


def refuse_control(text: str, name: str) -> None:
    """Raise InputError if a text has a control character."""
    found = _NOT_TEXT.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        refuse(name, line, f"{_described(found.group())}; allowed: printable text")


def _described(character: str) -> str:
    r"""Return how a message names an invisible character.

    >>> _described("\N{RIGHT-TO-LEFT OVERRIDE}")
    'invisible character U+202E (right-to-left override)'
    """
    code, name = f"U+{ord(character):04X}", unicodedata.name(character, "").lower()
    return f"invisible character {code} ({name})" if name else f"control character {code}"


class _Refused(Exception):
    """A fault so serious that reading cannot continue."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class _Composer(yaml.SafeLoader):
    """Composes nodes with PyYAML's own parser: slower, with better error messages.

    Nodes are counted while they are composed, so that a deep or huge document is refused early.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.nodes = 0
        self.tagged: list[tuple[int, str]] = []

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1 if event.start_mark else 1
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.tagged.append((line, str(tag)))
        self.depth += 1
        self.nodes += 1
        _refuse_excess(line, self.depth, self.nodes)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


if yaml.__with_libyaml__:

    class _QuickComposer(yaml.CSafeLoader):
        """Composes nodes from the events of libyaml, many times faster.

        It knows no tags, anchors and aliases, and raises what libyaml raises.
        """

        nodes = 0

        def compose(self) -> yaml.Node | None:
            """Return the node at the top; None if there is none."""
            self.get_event()  # the start of the stream
            if self.check_event(yaml.StreamEndEvent):
                return None
            self.get_event()  # the start of the document
            node = self._node(1)
            self.get_event()  # its end
            if not self.check_event(yaml.StreamEndEvent):
                raise yaml.YAMLError("several documents")
            return node

        def _node(self, depth: int) -> yaml.Node:
            event: Any = self.get_event()
            kind, start = type(event), event.start_mark
            self.nodes += 1
            _refuse_excess(start.line + 1, depth, self.nodes)
            if kind is yaml.ScalarEvent:
                return yaml.ScalarNode("", event.value, start, event.end_mark, style=event.style)
            if kind is yaml.SequenceStartEvent:
                items = []
                while not self.check_event(yaml.SequenceEndEvent):
                    items.append(self._node(depth + 1))
                return yaml.SequenceNode("", items, start, self._end(), flow_style=event.flow_style)
            pairs = []
            while not self.check_event(yaml.MappingEndEvent):
                key = self._node(depth + 1)
                pairs.append((key, self._node(depth + 1)))
            return yaml.MappingNode("", pairs, start, self._end(), flow_style=event.flow_style)

        def _end(self) -> Any:
            """Return where a collection ends, whose last event follows."""
            event: Any = self.get_event()
            return event.end_mark


def _refuse_excess(line: int, depth: int, nodes: int) -> None:
    if depth > MAX_DEPTH:
        raise _Refused(line, f"nested too deeply; allowed: {MAX_DEPTH} levels")
    if nodes > MAX_NODES:
        raise _Refused(
            line,
            f"too many values; allowed: {MAX_NODES}, with each alias counted as its full content",
        )


@lru_cache(maxsize=32)
def parse(text: str, name: str, flow: bool = False) -> tuple[Any, dict[Route, int]]:
    """Return the value of a text and the lines of its parts.

    Results are cached, since a base is read often: callers must not change them.
    """
    try:
        root, tagged = _compose(text)
        if root is None:
            raise _Refused(
                1,
                "the file is empty; write lines of the form 'key: value'" if not flow else "empty",
            )
        if flow and isinstance(root, yaml.CollectionNode) and not root.flow_style:
            raise _Refused(1, "not on one line; allowed: a value, [a, b] or {key: value}")
        reading = _Reading(name)
        reading.refuse_tags(tagged)
        value = reading.value(root, ())
    except _Refused as refused:
        refuse(name, refused.line, refused.message)
    if reading.faults:
        raise InputError(reading.faults)
    return value, reading.lines


def _compose(text: str) -> tuple[yaml.Node | None, list[tuple[int, str]]]:
    """Return the node at the top and the explicit tags; _Refused if the text is not YAML.

    The slower composer reads what the quick one refuses or might read differently, so that results
    do not depend on how PyYAML is installed.
    """
    if yaml.__with_libyaml__ and not _READ_DIFFERENTLY.search(text):
        with suppress(yaml.YAMLError, ValueError, OverflowError, _Refused):
            return _QuickComposer(text).compose(), []
    try:
        composer = _Composer(text)
        return composer.get_single_node(), composer.tagged
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _Refused(mark.line + 1 if mark else 1, _syntax_message(error)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # An escape such as "\U00110000" makes the library raise a ValueError without a position.
        raise _Refused(1, f"not valid YAML: {clipped(str(error))}") from None


def _syntax_message(error: yaml.MarkedYAMLError) -> str:
    problem = clipped(error.problem or "cannot be read", 200)
    if "expected a single document" in (error.context or ""):
        return "several documents in one file; allowed: one (no '---' between documents)"
    for wording, message in _PLAIN_MESSAGES.items():
        if wording in problem:
            return f"not valid YAML: {message}"
    start = error.context_mark
    context = (
        f" ({clipped(error.context or '')} that starts on line {start.line + 1})"
        if error.context and start
        else ""
    )
    return f"not valid YAML: {problem}{context}"


@dataclass
class _Reading:
    """Turns nodes into values and collects lines and faults.

    ``above`` holds the enclosing nodes.
    """

    name: str
    lines: dict[Route, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    above: list[int] = field(default_factory=list)
    nodes: int = 0

    def value(self, node: yaml.Node, route: Route) -> Any:
        """Return the value of a node, aliases expanded."""
        self.nodes += 1
        _refuse_excess(_line(node), len(self.above) + 1, self.nodes)
        if id(node) in self.above:
            raise _Refused(_line(node), "an alias cannot be used inside its own anchor")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, route)
        self.above.append(id(node))
        value = (
            self._mapping(node, route)
            if isinstance(node, yaml.MappingNode)
            else self._list(node, route)
        )
        self.above.pop()
        return value

    def refuse_tags(self, tagged: Iterable[tuple[int, str]]) -> None:
        """Record a fault for each explicit tag."""
        for line, tag in tagged:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self._fault(line, (), f"tag '{clipped(shown)}' is not allowed; write the plain value")

    def _fault(self, line: int, route: Route, message: str) -> None:
        self.faults.append(Fault(self.name, line, dotted(route), message))

    def _scalar(self, node: yaml.ScalarNode, route: Route) -> Any:
        text: str = node.value
        found = _NOT_TEXT.search(text)
        if found:
            self._fault(
                _line(node),
                route,
                f"{_described(found.group())} in text; allowed: printable text",
            )
        if node.style:
            return text
        try:
            return plain_scalar(text)
        except ValueError as error:
            self._fault(_line(node), route, str(error))
            return 0

    def _list(self, node: yaml.Node, route: Route) -> list[Any]:
        items = []
        for position, item in enumerate(node.value):
            here = (*route, position)
            self.lines[here] = _line(item)
            items.append(self.value(item, here))
        return items

    def _mapping(self, node: yaml.Node, route: Route) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, route)
            if key is None:
                continue
            here = (*route, key)
            if key in values:
                self._fault(
                    _line(key_node), here, f"stated twice; first on line {self.lines[here]}"
                )
                continue
            self.lines[here] = _line(key_node)
            values[key] = self.value(value_node, here)
        return values

    def _key(self, node: yaml.Node, route: Route) -> str | None:
        """Return a key, or record a fault and return None."""
        if not isinstance(node, yaml.ScalarNode):
            self._fault(_line(node), route, "a key cannot be a list or a mapping; allowed: text")
            return None
        key = self._scalar(node, route)
        if isinstance(key, str) and not (key == "<<" and not node.style):
            return key
        merge = "merge key '<<' is not allowed; name a base file instead (base: path.yaml)"
        not_text = f"key '{clipped(node.value)}' is not text; put it in quotes to use it as text"
        self._fault(_line(node), route, merge if key == "<<" else not_text)
        return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
