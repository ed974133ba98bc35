"""Turn validation errors of the schema into plain messages."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.io.errors import nearest
from sim.io.text import clipped
from sim.scenario.provenance import is_leaf
from sim.scenario.routes import Route
from sim.scenario.schema import Scenario

MAX_FAULTS = 1000

_EXPECTED = {
    "string_type": "text expected",
    "int_type": "a whole number expected",
    "int_from_float": "a whole number expected",
    "int_parsing": "a whole number expected",
    "float_type": "a number expected",
    "float_parsing": "a number expected",
    "finite_number": "a finite number expected",
    "bool_type": "true or false expected",
    "bool_parsing": "true or false expected",
    "tuple_type": "a list expected, such as [a, b]",
    "list_type": "a list expected, such as [a, b]",
    "dict_type": "a section of 'key: value' lines expected",
    "model_type": "a section of 'key: value' lines expected",
}
_LOWER = {"gt": "more than {}", "ge": "{} or more"}
_UPPER = {"lt": "less than {}", "le": "{} or less"}
_BEYOND = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


@dataclass(frozen=True)
class SchemaFault:
    """A fault found by the schema: route, message, and whether a required key is missing."""

    route: Route
    message: str
    missing: bool


def schema_faults(
    error: ValidationError, values: Mapping[str, Any], root: type[BaseModel] = Scenario
) -> list[SchemaFault]:
    """Return the faults of a document's plain values, validated as the model ``root``."""
    found: dict[tuple[Route, bool], list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False)[:MAX_FAULTS]:
        missing = detail["type"] == "missing"
        shown = _route(detail) if missing else _within(_route(detail), values)
        found.setdefault((shown, missing), []).append(detail)
    return [
        SchemaFault(shown, message + _new_actor_hint(shown, values, missing), missing)
        for (shown, missing), details in found.items()
        for message in _messages(details, shown, root)
    ]


def _route(detail: ErrorDetails) -> Route:
    return tuple(part for part in detail["loc"] if part != "[key]")


def _messages(details: list[ErrorDetails], shown: Route, root: type[BaseModel]) -> list[str]:
    """Return the messages for one value.

    Where several types are allowed, one message names them all.
    """
    if len(details) > 1 and all(len(_route(detail)) > len(shown) for detail in details):
        within = [detail for detail in details if len(_route(detail)) > len(shown) + 1]
        kinds = dict.fromkeys(
            _EXPECTED.get(detail["type"], "").partition(" expected")[0] for detail in details
        )
        if within:
            return [_message(within[0], _route(within[0]), root)]
        if all(kinds):
            return [f"{' or '.join(kinds)} expected, not {_named(details[0]['input'])}"]
    return list(dict.fromkeys(_message(detail, _route(detail), root) for detail in details))


def _message(detail: ErrorDetails, route: Route, root: type[BaseModel]) -> str:
    """Return a plain message for one error of the schema."""
    kind = detail["type"]
    given = detail["input"]
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(route, root)
    if kind == "missing":
        return _missing(route, root)
    if kind == "value_error":
        return str(context["error"])
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, not {_named(given)}"
    if kind in _BEYOND:
        violated = {key: float(bound) for key, bound in context.items()}
        allowed = _within_bounds(violated, _bounds(route, root))
        return f"{_number(given)} is out of bounds; allowed: {allowed}"
    if kind == "multiple_of":
        factor = _number(context["multiple_of"])
        return f"{given} is not allowed here; allowed: multiples of {factor}"
    if kind == "literal_error":
        return _not_a_literal(given, context["expected"])
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        return _wrong_length(given, context)
    if kind == "string_pattern_mismatch":
        return f"{_named(given)} has the wrong form; allowed: text of the form {context['pattern']}"
    described = _described(route, root)
    return f"{_named(given)} is not allowed here" + (f"; allowed: {described}" if described else "")


def _not_a_literal(given: Any, expected: str) -> str:
    hint = nearest(str(given), re.findall(r"'([^']+)'", expected))
    return f"{_named(given)} is not allowed here{hint}; allowed: {expected}"


def _within_bounds(violated: Mapping[str, float], bounds: Mapping[str, float]) -> str:
    """Return the bounds of a number in words, the violated bound first."""
    known = {**bounds, **violated}
    lower = [words.format(_number(known[key])) for key, words in _LOWER.items() if key in known]
    upper = [words.format(_number(known[key])) for key, words in _UPPER.items() if key in known]
    if lower and upper:
        most = f"up to {_number(known['le'])}" if "le" in known else upper[0]
        return (
            f"{lower[0]}, {most}"
            if violated.keys() & _LOWER.keys()
            else f"{upper[0]}, and {lower[0]}"
        )
    return (lower or upper)[0]


def _number(value: float) -> str:
    return f"{value:,.12g}"


def _wrong_length(given: Any, context: Mapping[str, Any]) -> str:
    """Return the message for a list or a text of the wrong length."""
    unit = " characters" if isinstance(given, str) else ""
    shown = (
        f"text of {len(given)} characters" if isinstance(given, str) else f"a list of {len(given)}"
    )
    if "min_length" in context:
        return f"{shown if given else 'empty'}; allowed: {context['min_length']:,}{unit} or more"
    return f"{shown}; allowed: {context['max_length']}" + ("" if unit else " at most")


def _unknown_key(route: Route, root: type[BaseModel]) -> str:
    model = _model_at(route[:-1], root)
    allowed = [info.alias or name for name, info in model.model_fields.items()] if model else []
    # These keys describe the file. They are read before validation.
    if model is Scenario:
        allowed.append("base")
    if len(route) == 1:
        allowed.append("format")
    key = str(route[-1])
    return f"unknown key '{clipped(key)}'{nearest(key, allowed)}; allowed: {', '.join(allowed)}"


def _missing(route: Route, root: type[BaseModel]) -> str:
    described = _described(route, root)
    if not described and isinstance(route[-1], int):
        described = f"a list of {len(get_args(_kind_at(route[:-1], root)[0]))} is required here"
    return f"missing; {described}" if described else "missing"


def _described(route: Route, root: type[BaseModel]) -> str:
    """Return the description of the field that a route leads to; empty if it is not a field."""
    model = _model_at(route[:-1], root)
    info = _field(model, route[-1]) if model else None
    return (info.description or "").removesuffix(" (descriptive)") if info else ""


def _new_actor_hint(route: Route, values: Mapping[str, Any], missing: bool) -> str:
    """Return a hint for an actor without a name: it may be new, or its code may be misspelt."""
    if not missing or len(route) != 3 or (route[0], route[2]) != ("actors", "name"):
        return ""
    code = str(route[1])
    actors = values.get("actors", {})
    known = [name for name in actors if name != code]
    return f"; '{clipped(code)}' is a new actor here{nearest(code, known)}"


def _named(given: Any) -> str:
    """Return the given value in words."""
    if given is None:
        return "nothing"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        return f"the text '{clipped(given, 40)}'"
    if isinstance(given, int | float):
        return f"the number {given}"
    return "a list" if isinstance(given, list | tuple) else "a section"


def _within(route: Route, values: Any) -> Route:
    """Return the part of a route that is visible in the document."""
    node: Any = values
    for depth, part in enumerate(route):
        if is_leaf(node):
            return route[:depth]
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return route[:depth]
    return route


def _model_at(route: Route, root: type[BaseModel]) -> type[BaseModel] | None:
    """Return the model of the section that a route leads to, or None."""
    kind, _ = _kind_at(route, root)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _bounds(route: Route, root: type[BaseModel]) -> dict[str, float]:
    """Return the bounds of the number that a route leads to, by their names in the schema."""
    found: dict[str, float] = {}
    for note in _kind_at(route, root)[1]:
        found |= {
            key: float(getattr(note, key))
            for key in (*_LOWER, *_UPPER)
            if getattr(note, key, None) is not None
        }
    return found


def _kind_at(route: Route, root: type[BaseModel]) -> tuple[Any, list[Any]]:
    """Return the type and the annotations of what a route leads to.

    The type is None for a wrong route.
    """
    kind: Any = root
    notes: list[Any] = []
    for part in route:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            info = _field(kind, part)
            kind, notes = _bare(info.annotation) if info else (None, [])
            notes = [*(info.metadata if info else ()), *notes]
        elif get_origin(kind) in (dict, tuple):
            kind, notes = _bare(get_args(kind)[1 if get_origin(kind) is dict else 0])
    return kind, notes


def _field(model: type[BaseModel], key: str | int) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((info for name, info in fields if (info.alias or name) == key), None)


def _bare(annotation: Any) -> tuple[Any, list[Any]]:
    """Return a type without its annotations and without ``| None``, and the annotations."""
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        spread = [
            part
            for note in notes
            for part in (note.metadata if isinstance(note, FieldInfo) else [note])
        ]
        kind, more = _bare(inner)
        return kind, [*spread, *more]
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation, []
