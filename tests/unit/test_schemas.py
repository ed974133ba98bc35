"""The JSON Schemas that editors use: committed as generated, true of every file, and described
throughout.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.scenario.document import read_document
from sim.workspace import schemas

HERE = Path(__file__).parents[1]
ROOT = HERE.parent
FOLDER = ROOT / "scenarios" / "schema"
SCENARIOS = [
    *sorted((ROOT / "scenarios").glob("*.yaml")),
    *sorted((ROOT / "scenarios" / "base").glob("*.yaml")),
]
EVIDENCE = sorted((ROOT / "seeds").glob("*.yaml"))
OTHERS = [*sorted((HERE / "valid").glob("*.yaml")), HERE / "invalid" / "base" / "tiny.yaml"]
ARGUMENTS = [
    *sorted((ROOT / "scenarios" / "hypotheses").glob("*.yaml")),
    *sorted((HERE / "valid").glob("*.yml")),
]
FILES = [("scenario", path) for path in (*SCENARIOS, *OTHERS)] + [
    ("evidence", path) for path in EVIDENCE
]
FILES += [("hypothesis", path) for path in ARGUMENTS]
CAUGHT = (  # what an editor should mark red while it is typed
    "unknown_key",
    "unknown_section",
    "unknown_word",
    "word_for_level",
    "word_for_ratio",
    "unknown_line",
    "unknown_act",
    "unknown_mechanism",
    "citation_malformed",
    "code_in_small_letters",
    "event_without_day",
    "range_of_one",
    "text_for_actor",
    "true_for_quantity",
)


def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schemas.schema(kind))


def errors(kind: str, path: Path) -> list[str]:
    values = read_document(path, path.name).values
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator(kind).iter_errors(values)
    ]


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_the_committed_schema_is_the_generated_one(kind: str) -> None:
    kept = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    assert kept == schemas.schema(kind), (
        f"out of date; regenerate with: sim schema {kind} > scenarios/schema/{kind}.json"
    )


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_a_schema_is_one(kind: str) -> None:
    Draft202012Validator.check_schema(schemas.schema(kind))
    assert json.loads(schemas.text(kind)) == schemas.schema(kind)


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_every_shipped_file_fits_its_schema(kind: str, path: Path) -> None:
    assert errors(kind, path) == []


@pytest.mark.parametrize("name", CAUGHT)
def test_a_schema_marks_what_is_wrong(name: str) -> None:
    assert errors("scenario", HERE / "invalid" / f"{name}.yaml")


@pytest.mark.parametrize("path", [*SCENARIOS, *EVIDENCE], ids=lambda path: path.stem)
def test_the_first_line_of_a_file_names_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    mark = "# yaml-language-server: $schema="
    assert first.startswith(mark)
    kind = "evidence" if path in EVIDENCE else "scenario"
    assert (path.parent / first.removeprefix(mark)).resolve() == FOLDER / f"{kind}.json"


def properties(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every property that a schema declares, with its place."""
    if isinstance(node, dict):
        declared = node.get("properties", {})
        for key, child in declared.items():
            if isinstance(child, dict):
                yield f"{place}/{key}", child
        for key, child in node.items():
            yield from properties(child, f"{place}/{key}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from properties(child, f"{place}/{number}")


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_every_property_is_described(kind: str) -> None:
    found = dict(properties(schemas.schema(kind), kind))
    assert len(found) > 10
    assert [
        place for place, child in found.items() if not child.get("description", "").strip()
    ] == []


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        schemas.schema("recipe")
