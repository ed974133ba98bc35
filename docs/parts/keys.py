"""Keys of scenarios, arguments and evidence files, from the models that check them."""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.parts.markdown import Row, code, table
from docs.parts.model import shown
from docs.parts.places import ROOT, WORKSPACE
from sim.arguments.hypotheses import Hypothesis, Pairs
from sim.evidence.models import KINDS
from sim.scenario import Choice, Mechanisms, Quantity, Scenario
from sim.scenario.document import Document, read_document
from sim.scenario.quantity import WORDS

LONGEST = 110
"""Characters of a line that is shown as an example."""
ANY = "*"
"""In a route: any actor's code, or any place in a list."""

Route = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Section:
    """A mapping in a file: its route, and the model that checks it."""

    route: Route
    model: type[BaseModel]

    @property
    def title(self) -> str:
        """Path of the section, such as ``actors.CODE.treaties[]``."""
        named = ["CODE" if part == ANY else part for part in self.route]
        return ".".join(named).replace(".[]", "[]") or "Top level"


def keys_of_scenarios() -> str:
    """Return the keys of a scenario, section by section."""
    return _keys(Section((), Scenario), _scenario_files(), level=2)


def keys_of_hypotheses() -> str:
    """Return the keys of an argument, and of a file of pairs."""
    files = [
        WORKSPACE / "scenarios/hypotheses/mediation.yaml",
        *sorted((ROOT / "scenarios/hypotheses").glob("*.yaml")),
    ]
    argument, pairs = (_keys(Section((), model), files, level=3) for model in (Hypothesis, Pairs))
    return f"### An argument\n\n{argument}\n### Rival arguments\n\n{pairs}"


def keys_of_evidence() -> str:
    """Return the keys of every kind of evidence file."""
    parts = []
    for kind, model in KINDS.items():
        files = [file for file in _evidence_files() if _document(file).values.get("kind") == kind]
        parts.append(f"### `kind: {kind}`\n\n{_keys(Section((), model), files, level=3)}")
    return "\n".join(parts)


def words_of_the_scale() -> str:
    """Return the words of the scale, with their ranges."""
    rows = ((code(word), f"{low:g} to {high:g}") for word, (low, high) in WORDS.items())
    return table(("word", "range"), rows)


def _scenario_files() -> list[Path]:
    first = [WORKSPACE / "scenarios/island.yaml", ROOT / "scenarios/base/model.yaml"]
    rest = [
        *sorted((ROOT / "scenarios").glob("*.yaml")),
        *sorted((ROOT / "scenarios/base").glob("*.yaml")),
    ]
    return list(dict.fromkeys([*first, *rest]))


def _evidence_files() -> list[Path]:
    return [WORKSPACE / "seeds/island.yaml", *sorted((ROOT / "seeds").glob("*.yaml"))]


def _keys(root: Section, files: Sequence[Path], level: int) -> str:
    headings = ("key", "meaning", "allowed", "default", "example")
    parts = []
    for section in _sections(root):
        about = inspect.cleandoc(section.model.__doc__ or "")
        fields = section.model.model_fields.items()
        rows = (_key(section, name, field, files) for name, field in fields)
        heading = "" if section is root else f"{'#' * (level + 1)} `{section.title}`\n\n"
        parts.append(f"{heading}{about}\n\n{table(headings, rows)}")
    return "\n".join(parts)


def _sections(section: Section) -> Iterator[Section]:
    yield section
    for name, field in section.model.model_fields.items():
        for suffix, model in _models(field.annotation):
            yield from _sections(Section((*section.route, field.alias or name, *suffix), model))


def _models(hint: Any) -> Iterator[tuple[Route, type[BaseModel]]]:
    """Yield the models below an annotation, each with the route that leads to it."""
    origin = typing.get_origin(hint)
    inner = typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, BaseModel) and hint not in (Quantity, Choice):
        yield (), hint
    elif origin is dict:
        yield from (((ANY, *route), model) for route, model in _models(inner[1]))
    elif origin is tuple:
        yield from ((("[]", *route), model) for route, model in _models(inner[0]))
    elif origin in (typing.Annotated, typing.Union, types.UnionType):
        for part in inner[: 1 if origin is typing.Annotated else None]:
            yield from _models(part)


def _key(section: Section, name: str, field: FieldInfo, files: Sequence[Path]) -> Row:
    key = field.alias or name
    example = "" if list(_models(field.annotation)) else _example((*section.route, key), files)
    return (
        code(key),
        field.description,
        _allowed(field.annotation, field.metadata),
        _default(field),
        example,
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, Mechanisms):
        return "all off"
    if isinstance(value, Quantity | Choice):
        return code(shown(value))
    return "none" if value is None or value in ({}, ()) else code(value)


def _allowed(hint: Any, checks: Sequence[Any] = ()) -> str:
    """Return in words what may be written for an annotation, with its checks."""
    origin = typing.get_origin(hint)
    inner = typing.get_args(hint)
    if origin is typing.Annotated:
        return _allowed(inner[0], [*checks, *_flat(inner[1:])])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(
            dict.fromkeys(_allowed(part, checks) for part in inner if part is not type(None))
        )
    if origin is Literal:
        return ", ".join(map(code, inner))
    if origin is dict:
        if inner[1] is Any:
            return "an overlay: keys of a scenario"
        return f"by {_noun(inner[0])}: {_allowed(inner[1])}"
    if origin is tuple:
        return f"a list{'' if inner[-1] is ... else f' of {len(inner)}'}, each {_allowed(inner[0])}"
    if list(_models(hint)):
        return "a section, below"
    return _of_a_value(hint, checks)


def _noun(hint: Any) -> str:
    return _allowed(hint).removeprefix("a ").removeprefix("an ")


def _of_a_value(hint: Any, checks: Sequence[Any]) -> str:
    """Return in words what one value may be."""
    closures = [inspect.getclosurevars(check.func) for check in checks if hasattr(check, "func")]
    found = {name: value for closure in closures for name, value in closure.nonlocals.items()}
    called = {getattr(check.func, "__name__", "") for check in checks if hasattr(check, "func")}
    if "allowed" in found:
        names = ", ".join(map(code, found["allowed"]))
        return f"{names}; or `any_of` a list of them" if hint is Choice else names
    if hint is Quantity:
        word = "" if "_no_text" in called or found.get("high", 0) > 1 else ", a word"
        return f"a number{word} or a range, {found['bounds']}"
    special = {"_code": "an actor's code", "_name": "a name", "_date": "a date", "_day": "a date"}
    for name in called & special.keys():
        return special[name]
    plain = {bool: "`true` or `false`", int: "a whole number", float: "a number", str: "text"}
    return plain.get(hint, "a file") + _limits(checks)


def _limits(checks: Sequence[Any]) -> str:
    def bound(name: str) -> float | None:
        return next((getattr(check, name) for check in checks if hasattr(check, name)), None)

    low = bound("ge")
    high = bound("le")
    above = bound("gt")
    if above is not None:
        return f" above {above:g}"
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    return "" if low is None else f" from {low:g}"


def _flat(checks: Iterable[Any]) -> Iterator[Any]:
    for check in checks:
        yield from check.metadata if isinstance(check, FieldInfo) else (check,)


def _example(route: Route, files: Sequence[Path]) -> str:
    """Return how a shipped file states a key: its line, or its value if it takes several lines."""
    for file in files:
        document = _document(file)
        text = file.read_text(encoding="utf-8").splitlines()
        places = [found for found in document.lines if _matches(found, route)]
        lines = [_without_comment(text[document.lines[place] - 1]) for place in places]
        complete = [line for line in lines if not line.endswith((":", ">-"))]
        if short := [line for line in complete if len(line) <= LONGEST]:
            return code(min(short, key=len))
        if places:
            value = f"{places[0][-1]}: {_flow(_value(document, places[0]))}"
            return code(textwrap.shorten(value, LONGEST, placeholder=" ..."))
    return ""


def _value(document: Document, route: tuple[Any, ...]) -> Any:
    value: Any = document.values
    for part in route:
        value = value[part]
    return value


def _flow(value: Any) -> str:
    """Return a value as YAML on one line, long texts cut."""
    if isinstance(value, dict):
        reasons = ("assumption",) if "cites" in value else ()
        parts = (f"{key}: {_flow(part)}" for key, part in value.items() if key not in reasons)
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return textwrap.shorten(str(value), 70, placeholder=" ...")


def _matches(found: tuple[Any, ...], route: Route) -> bool:
    return len(found) == len(route) and all(
        wanted in (ANY, part) or (wanted == "[]" and isinstance(part, int))
        for part, wanted in zip(found, route, strict=True)
    )


def _without_comment(line: str) -> str:
    return re.sub(r"\s+#.*", "", line).strip()


@cache
def _document(file: Path) -> Document:
    return read_document(file, file.name)
