"""What the schema finds wrong, in plain sentences."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.errors import nearest
from sim.scenario.document import Route, clipped
from sim.scenario.provenance import is_leaf
from sim.scenario.schema import Scenario

MAX_FAULTS = 1000

_EXPECTED = {
    "string_type": "text expected",
    "int_type": "a whole number expected",
    "int_from_float": "a whole number expected",
    "bool_type": "true or false expected",
    "tuple_type": "a list expected, such as [a, b]",
    "dict_type": "a section of 'key: value' lines expected",
    "model_type": "a section of 'key: value' lines expected",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "or more"),
    "less_than_equal": ("le", "or less"),
}


@dataclass(frozen=True)
class SchemaFault:
    """One thing the schema finds wrong: where, what, and whether it is merely absent."""

    route: Route
    message: str
    missing: bool


def schema_faults(
    error: ValidationError, values: Mapping[str, Any], root: type[BaseModel] = Scenario
) -> list[SchemaFault]:
    """Return what is wrong with a document's plain values, read as ``root``, one sentence each."""
    return [_fault(detail, values, root) for detail in error.errors(include_url=False)[:MAX_FAULTS]]


def _fault(detail: ErrorDetails, values: Mapping[str, Any], root: type[BaseModel]) -> SchemaFault:
    route = tuple(part for part in detail["loc"] if part != "[key]")
    missing = detail["type"] == "missing"
    shown = route if missing else _within(route, values)
    return SchemaFault(shown, _message(detail, route, root) + _of_new_actor(route, values, missing), missing)


def _message(detail: ErrorDetails, route: Route, root: type[BaseModel]) -> str:
    """Return a plain sentence for one error of the schema."""
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(route, root)
    if kind == "missing":
        return _missing(route, root)
    if kind == "value_error":
        return str(context["error"])
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, not {_named(given)}"
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{given} is out of bounds; allowed: {context[bound]} {words}"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']+)'", context["expected"])
        return f"{_named(given)} is not allowed here{nearest(str(given), allowed)}; allowed: {context['expected']}"
    if kind == "string_too_long":
        return f"text of {len(given)} characters; allowed: {context['max_length']}"
    return f"{_named(given)} is not allowed here"


def _unknown_key(route: Route, root: type[BaseModel]) -> str:
    model = _model_at(route[:-1], root)
    allowed = [info.alias or name for name, info in model.model_fields.items()] if model else []
    if model is Scenario:
        allowed.append("base")  # a key of the file, which the scenario itself is rid of
    key = str(route[-1])
    return f"unknown key '{clipped(key)}'{nearest(key, allowed)}; allowed: {', '.join(allowed)}"


def _missing(route: Route, root: type[BaseModel]) -> str:
    model = _model_at(route[:-1], root)
    info = _field(model, route[-1]) if model else None
    return f"missing; {info.description}" if info and info.description else "missing"


def _of_new_actor(route: Route, values: Mapping[str, Any], missing: bool) -> str:
    """Return what is to be said where an actor has no name: it is new, or its code is misspelt."""
    if not missing or len(route) != 3 or (route[0], route[2]) != ("actors", "name"):
        return ""
    code, actors = str(route[1]), values.get("actors", {})
    return f"; '{clipped(code)}' is a new actor here{nearest(code, [other for other in actors if other != code])}"


def _named(given: Any) -> str:
    """Return what was given, in words."""
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
    """Return the part of a route that a reader can see in the document."""
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
    kind: Any = root
    for part in route:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            info = _field(kind, part)
            kind = _bare(info.annotation) if info else None
        elif get_origin(kind) in (dict, tuple):
            kind = _bare(get_args(kind)[1 if get_origin(kind) is dict else 0])
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _field(model: type[BaseModel], key: str | int) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((info for name, info in fields if (info.alias or name) == key), None)


def _bare(annotation: Any) -> Any:
    """Return a type without its annotations and without ``| None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation
