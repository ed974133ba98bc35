"""JSON Schemas of our files, for editors: made from the models that check the files."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import TypeAdapter

from sim.arguments.hypotheses import Hypothesis, Pairs
from sim.evidence import Kind
from sim.scenario.provenance import CITATION, MAX_ASSUMPTION
from sim.scenario.quantity import WORDS
from sim.scenario.schema import ACTS, CODE, CREDIBILITY, EXPECTATION, LINES, NAME, Scenario

KINDS = ("scenario", "hypothesis", "evidence")
ITEMS = ("Event", "Treaty")
"""What stands in lists, which an overlay replaces as a whole."""

_CITES = {"type": "array", "items": {"type": "string", "pattern": f"^(?:{CITATION.pattern})$"}, "minItems": 1}
_ASSUMPTION = {"type": "string", "minLength": 1, "maxLength": MAX_ASSUMPTION}
_STATED = {
    "cites": {
        "description": "citations, such as mk2020-24; or, for the parts of a section, citations by part",
        "anyOf": [_CITES, {"type": "object", "additionalProperties": _CITES}],
    },
    "assumption": {
        "description": "why this value, where no source gives it; or, for the parts of a section, by part",
        "anyOf": [_ASSUMPTION, {"type": "object", "additionalProperties": _ASSUMPTION}],
    },
}


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one kind of file; KeyError for a kind that is not in :data:`KINDS`."""
    made = {"scenario": _scenario, "hypothesis": _hypothesis, "evidence": _evidence}[kind]()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"Demarche {kind}", **made}


def text(kind: str) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(kind), indent=1) + "\n"


def _hypothesis() -> dict[str, Any]:
    return TypeAdapter[Any](Hypothesis | Pairs).json_schema()


def _evidence() -> dict[str, Any]:
    made = TypeAdapter[Any](Kind).json_schema()
    made["$defs"]["Article"]["properties"]["paragraphs"]["propertyNames"] = {"pattern": "^[0-9]+$"}
    return made


def _scenario() -> dict[str, Any]:
    made: dict[str, Any] = _with_amounts(Scenario.model_json_schema(by_alias=True))
    definitions = made["$defs"]
    _name_what_is_allowed(made)
    definitions["Quantity"], definitions["Choice"] = _quantity(), _choice()
    definitions["Amount"] = _amount()
    for name, section in {"": made, **definitions}.items():
        if "properties" in section and section.get("additionalProperties") is False:
            section["properties"] = {key: _or_stated(child) for key, child in section["properties"].items()} | _STATED
            if name not in ITEMS:
                section.pop("required", None)  # an overlay states only what differs
    made["properties"]["parameters"]["anyOf"].append(
        _said({"type": "string"}, "file of fitted draws alone, short for {posterior: file}")
    )
    made["properties"]["base"] = {"type": "string", "description": "file this one is laid over, relative to itself"}
    return made


def _with_amounts(node: Any) -> Any:
    """Return a schema in which what is marked as an amount refers to the definition of one."""
    if isinstance(node, list):
        return [_with_amounts(child) for child in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _with_amounts(child) for key, child in node.items() if (key, child) != ("format", "amount")}
    return kept if len(kept) == len(node) else {"$ref": "#/$defs/Amount", **kept}


def _name_what_is_allowed(made: dict[str, Any]) -> None:
    """Write into a schema what our own validators know: codes, names, lines of conduct."""
    sections = {"": made["properties"], **{name: part.get("properties", {}) for name, part in made["$defs"].items()}}
    sections[""]["scenario"]["pattern"] = _whole(NAME)
    sections[""]["policies"]["additionalProperties"] = {"type": "string", "enum": list(LINES)}
    sections["Event"]["do"]["enum"] = list(ACTS)
    covers = sections["Treaty"]["covers"]
    sections["Treaty"]["covers"] = {
        "description": covers.pop("description"),
        "anyOf": [covers, {"type": "string"}],
    }
    for section, key in (("", "actors"), ("", "policies"), ("Actor", "ties"), ("Actor", "supplies")):
        sections[section][key]["propertyNames"] = {"anyOf": [{"pattern": _whole(CODE)}, {"enum": list(_STATED)}]}


def _whole(pattern: re.Pattern[str]) -> str:
    return f"^(?:{pattern.pattern})$"


def _or_stated(child: dict[str, Any]) -> dict[str, Any]:
    """Return how a value may stand in a file: plain, as ``{value: .., cites: ..}``, or null to remove it."""
    text: dict[str, Any] = {key: child[key] for key in ("description", "title") if key in child}
    if child.get("type") == "object" and isinstance(inner := child.get("additionalProperties"), dict):
        return {**child, "type": ["object", "null"], "properties": _STATED, "additionalProperties": _or_stated(inner)}
    if child.get("type") not in ("string", "integer", "boolean"):
        return {**text, "anyOf": [child, {"type": "null"}]}
    return {**text, "anyOf": [child, _mapping({"value": _said(child, "the value")}, "value"), {"type": "null"}]}


def _quantity() -> dict[str, Any]:
    word = {"type": "string", "enum": [*WORDS, *(f"-{word}" for word in WORDS)]}
    return _number([{"type": "number"}, word], "a number, a word, or a range", "a number or a word")


def _amount() -> dict[str, Any]:
    return _number([{"type": "number"}], "a number or a range", "a number")


def _number(plain: list[dict[str, Any]], what: str, value: str) -> dict[str, Any]:
    ends = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    of_a_range = {
        "range": _said(ends, "lower and upper end"),
        "scale": _said({"enum": ["linear", "log"]}, "uniform in the value or in its logarithm"),
        "mode": _said({"type": "number"}, "most likely value: triangular instead of uniform"),
    }
    return {
        "description": what,
        "anyOf": [
            *plain,
            _mapping({"value": _said({"anyOf": plain}, value)}, "value"),
            _mapping(of_a_range, "range"),
        ],
    }


def _choice() -> dict[str, Any]:
    name = {"type": "string", "enum": [*CREDIBILITY, *EXPECTATION]}
    several = {"type": "array", "items": name, "minItems": 1, "uniqueItems": True}
    return {
        "description": "a name, or several of which every draw takes one",
        "anyOf": [
            name,
            _mapping({"value": _said(name, "the name")}, "value"),
            _mapping({"any_of": _said(several, "the names, each equally likely")}, "any_of"),
        ],
    }


def _said(child: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, **child}


def _mapping(properties: dict[str, Any], needed: str) -> dict[str, Any]:
    keys = properties | _STATED
    return {"type": "object", "properties": keys, "required": [needed], "additionalProperties": False}
