"""JSON Schemas of our files, for editors: made from the models that check the files."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from sim.evidence import Article, Coding, Literature, Record
from sim.scenario.quantity import WORDS
from sim.scenario.schema import CREDIBILITY, EXPECTATION, Scenario

KINDS = ("scenario", "evidence")

_STATED = {
    "cites": {
        "description": "citations, such as mk2020-24; or, for the parts of a section, citations by part",
        "anyOf": [
            {"type": "array", "items": {"type": "string"}},
            {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        ],
    },
    "assumption": {
        "description": "why this value, where no source gives it; or, for the parts of a section, by part",
        "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
    },
}


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file; KeyError for a kind that is not in :data:`KINDS`."""
    made = {"scenario": _scenario, "evidence": _evidence}[kind]()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"Demarche {kind}", **made}


def text(kind: str) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(kind), indent=1) + "\n"


def _evidence() -> dict[str, Any]:
    return TypeAdapter[Any](Article | Record | Literature | Coding).json_schema()


def _scenario() -> dict[str, Any]:
    made = Scenario.model_json_schema(by_alias=True)
    definitions = made["$defs"]
    definitions["Quantity"], definitions["Choice"] = _quantity(), _choice()
    for section in (made, *definitions.values()):
        if "properties" in section and section.get("additionalProperties") is False:
            section["properties"] = {key: _or_stated(child) for key, child in section["properties"].items()} | _STATED
            section.pop("required", None)  # an overlay states only what differs
    made["properties"]["base"] = {"type": "string", "description": "file this one is laid over, relative to itself"}
    return made


def _or_stated(child: dict[str, Any]) -> dict[str, Any]:
    """Return how a value may stand in a file: plain, as ``{value: .., cites: ..}``, or null to remove it."""
    text: dict[str, Any] = {key: child[key] for key in ("description", "title") if key in child}
    if child.get("type") == "object" and isinstance(inner := child.get("additionalProperties"), dict):
        return {**child, "type": ["object", "null"], "properties": _STATED, "additionalProperties": _or_stated(inner)}
    if child.get("type") not in ("string", "integer", "boolean"):
        return {**text, "anyOf": [child, {"type": "null"}]}
    return {**text, "anyOf": [child, _mapping({"value": child}, "value"), {"type": "null"}]}


def _quantity() -> dict[str, Any]:
    word = {"type": "string", "enum": [*WORDS, *(f"-{word}" for word in WORDS)]}
    plain = [{"type": "number"}, word]
    ends = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    return {
        "description": "a number, a word, or a range",
        "anyOf": [
            *plain,
            _mapping({"value": {"anyOf": plain}}, "value"),
            _mapping({"range": ends, "scale": {"enum": ["linear", "log"]}, "mode": {"type": "number"}}, "range"),
        ],
    }


def _choice() -> dict[str, Any]:
    name = {"type": "string", "enum": [*CREDIBILITY, *EXPECTATION]}
    several = {"type": "array", "items": name, "minItems": 1}
    return {
        "description": "a name, or several of which every draw takes one",
        "anyOf": [name, _mapping({"value": name}, "value"), _mapping({"any_of": several}, "any_of")],
    }


def _mapping(properties: dict[str, Any], needed: str) -> dict[str, Any]:
    keys = properties | _STATED
    return {"type": "object", "properties": keys, "required": [needed], "additionalProperties": False}
