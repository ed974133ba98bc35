"""Generate JSON Schemas for editors from the models that validate the files."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import TypeAdapter

from sim.arguments.hypotheses import Hypothesis, Pairs
from sim.evidence import Kind
from sim.scenario.document import FORMAT
from sim.scenario.parameters import CREDIBILITY, EXPECTATION
from sim.scenario.provenance import CITATION, MAX_ASSUMPTION
from sim.scenario.quantity import WORDS
from sim.scenario.schema import ESCALATIONS, Scenario
from sim.scenario.stances import KNOWN_NAMES
from sim.scenario.values import ACTS, CODE, NAME

KINDS = ("scenario", "hypothesis", "evidence")
ITEMS = ("Event", "Treaty")
"""Models of items of lists, which an overlay replaces as a whole."""

_CITES = {
    "type": "array",
    "items": {"type": "string", "pattern": f"^(?:{CITATION.pattern})$"},
    "minItems": 1,
}
_ASSUMPTION = {"type": "string", "minLength": 1, "maxLength": MAX_ASSUMPTION}
_STATED = {
    "cites": {
        "description": (
            "list of citations, such as [mk2020-24]; in a section, also citations by key"
        ),
        "anyOf": [_CITES, {"type": "object", "additionalProperties": _CITES}],
    },
    "assumption": {
        "description": (
            "reason for the value, where no source gives it; in a section, also reasons by key"
        ),
        "anyOf": [_ASSUMPTION, {"type": "object", "additionalProperties": _ASSUMPTION}],
    },
}
_FORMAT = {
    "const": FORMAT,
    "description": "format of the file; the present one where absent",
}


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file; KeyError for a kind that is not in :data:`KINDS`.

    >>> schema("scenario")["title"]
    'Demarche scenario'
    """
    document = {"scenario": _scenario, "hypothesis": _hypothesis, "evidence": _evidence}[kind]()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **document,
        "title": f"Demarche {kind}",
    }


def text(kind: str) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(kind), indent=1) + "\n"


def _hypothesis() -> dict[str, Any]:
    return _with_format(TypeAdapter[Any](Hypothesis | Pairs).json_schema())


def _evidence() -> dict[str, Any]:
    document = _with_format(TypeAdapter[Any](Kind).json_schema())
    document["$defs"]["Article"]["properties"]["paragraphs"]["propertyNames"] = {
        "pattern": "^[0-9]+$"
    }
    return document


def _with_format(document: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of several kinds of files in which each kind may state its format."""
    for kind in document["anyOf"]:
        name = kind["$ref"].removeprefix("#/$defs/")
        document["$defs"][name]["properties"]["format"] = _FORMAT
    return document


def _scenario() -> dict[str, Any]:
    document: dict[str, Any] = _with_amounts(Scenario.model_json_schema(by_alias=True))
    definitions = document["$defs"]
    _add_allowed_names(document)
    definitions["Quantity"] = _quantity()
    definitions["Choice"] = _choice()
    definitions["Amount"] = _amount()
    for name, section in {"": document, **definitions}.items():
        if "properties" in section and section.get("additionalProperties") is False:
            section["properties"] = {
                key: _with_sources(child) for key, child in section["properties"].items()
            } | _STATED
            if name not in ITEMS:
                section.pop("required", None)  # an overlay states only what it changes
    document["properties"]["parameters"]["anyOf"].append(
        _described({"type": "string"}, "file of posterior draws; short for {posterior: file}")
    )
    document["properties"]["format"] = _FORMAT
    document["properties"]["base"] = {
        "type": "string",
        "description": (
            "base that this file builds on: a path relative to this file, or a name such as model"
        ),
    }
    return document


def _with_amounts(node: Any) -> Any:
    """Return a schema in which values marked as amounts refer to the definition of an amount."""
    if isinstance(node, list):
        return [_with_amounts(child) for child in node]
    if not isinstance(node, dict):
        return node
    unmarked = {
        key: _with_amounts(child)
        for key, child in node.items()
        if (key, child) != ("format", "amount")
    }
    return unmarked if len(unmarked) == len(node) else {"$ref": "#/$defs/Amount", **unmarked}


def _add_allowed_names(document: dict[str, Any]) -> None:
    """Add to a schema what only our validators know: codes, names and stances."""
    sections = {
        "": document["properties"],
        **{name: part.get("properties", {}) for name, part in document["$defs"].items()},
    }
    sections[""]["scenario"]["pattern"] = _full_match(NAME)
    sections[""]["policies"]["additionalProperties"] = {"type": "string", "enum": list(KNOWN_NAMES)}
    sections["Event"]["do"]["enum"] = list(ACTS)
    covers = sections["Treaty"]["covers"]
    sections["Treaty"]["covers"] = {
        "description": covers.pop("description"),
        "anyOf": [covers, {"type": "string"}],
    }
    for section, key in (
        ("", "actors"),
        ("", "policies"),
        ("Actor", "ties"),
        ("Actor", "supplies"),
    ):
        sections[section][key]["propertyNames"] = {
            "anyOf": [{"pattern": _full_match(CODE)}, {"enum": list(_STATED)}]
        }


def _full_match(pattern: re.Pattern[str]) -> str:
    return f"^(?:{pattern.pattern})$"


def _with_sources(child: dict[str, Any]) -> dict[str, Any]:
    """Return the forms of a value: plain, ``{value: .., cites: ..}``, or null to remove it.

    A key that an overlay leaves out has the base's value, so no form has a default.
    """
    child = {key: part for key, part in child.items() if key != "default"}
    text: dict[str, Any] = {key: child[key] for key in ("description", "title") if key in child}
    if child.get("type") == "object" and isinstance(
        inner := child.get("additionalProperties"), dict
    ):
        return {
            **child,
            "type": ["object", "null"],
            "properties": _STATED,
            "additionalProperties": _with_sources(inner),
        }
    if child.get("type") not in ("string", "integer", "boolean"):
        return {**text, "anyOf": [child, {"type": "null"}]}
    return {
        **text,
        "anyOf": [
            child,
            _mapping({"value": _described(child, "the value")}, "value"),
            {"type": "null"},
        ],
    }


def _quantity() -> dict[str, Any]:
    word = {"type": "string", "enum": [*WORDS, *(f"-{word}" for word in WORDS)]}
    return _number(
        [{"type": "number"}, word],
        "a number, a word such as high, or {range: [low, high]}",
        "a number or a word",
    )


def _amount() -> dict[str, Any]:
    return _number([{"type": "number"}], "a number, or {range: [low, high]}", "a number")


def _number(plain: list[dict[str, Any]], what: str, value: str) -> dict[str, Any]:
    ends = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    of_a_range = {
        "range": _described(ends, "lower and upper end of the range"),
        "scale": _described(
            {"enum": ["linear", "log"]},
            "linear: uniform in the value; log: uniform in its logarithm",
        ),
        "mode": _described(
            {"type": "number"},
            "most likely value; the distribution is then triangular instead of uniform",
        ),
    }
    return {
        "description": what,
        "anyOf": [
            *plain,
            _mapping({"value": _described({"anyOf": plain}, value)}, "value"),
            _mapping(of_a_range, "range"),
        ],
    }


def _choice() -> dict[str, Any]:
    name = {"type": "string", "enum": [*CREDIBILITY, *EXPECTATION, *KNOWN_NAMES, *ESCALATIONS]}
    several = {"type": "array", "items": name, "minItems": 1, "uniqueItems": True}
    return {
        "description": "a name, or {any_of: [name, name]}, of which every parameter draw takes one",
        "anyOf": [
            name,
            _mapping({"value": _described(name, "the name")}, "value"),
            _mapping(
                {"any_of": _described(several, "list of names, each equally likely")}, "any_of"
            ),
        ],
    }


def _described(child: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, **child}


def _mapping(properties: dict[str, Any], needed: str) -> dict[str, Any]:
    keys = properties | _STATED
    return {
        "type": "object",
        "properties": keys,
        "required": [needed],
        "additionalProperties": False,
    }
