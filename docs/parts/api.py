"""The Python API, from its signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

import sim
from docs.parts.markdown import plain

IN_TESTS = ', out=getfixture("tmp_path")'
"""What the tests add to an example, so that it writes nowhere else."""


def api() -> str:
    """Return every name of the Python API with its signature and docstring."""
    names = sorted(
        sim.__all__, key=lambda name: (not inspect.isfunction(getattr(sim, name)), name.lower())
    )
    return "\n".join(_described(f"sim.{name}", getattr(sim, name), 2) for name in names)


def _described(name: str, thing: Any, level: int) -> str:
    heading = "#" * level
    if isinstance(thing, type):
        return f"{heading} `{name}`\n\n{_prose(thing.__doc__)}\n" + "".join(
            _members(thing, level + 1)
        )
    signature = f"```python\n{_signature(name, thing)}\n```"
    return f"{heading} `{name}`\n\n{signature}\n\n{_prose(thing.__doc__)}\n"


def _members(thing: type, level: int) -> Iterator[str]:
    """Yield the documented properties and methods of a class, including inherited ones."""
    if issubclass(thing, BaseModel | Exception):
        return
    seen: dict[str, Any] = {}
    for base in reversed([base for base in thing.__mro__ if base.__module__.startswith("sim")]):
        seen |= {name: member for name, member in vars(base).items() if not name.startswith("_")}
    for name, member in seen.items():
        if inspect.isfunction(member):
            yield "\n" + _described(name, member, level)
        elif inspect.getdoc(member) and not isinstance(member, str | int):
            yield f"\n{'#' * level} `{name}`\n\n{_prose(member.__doc__)}\n"


def _signature(name: str, function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    shown = [_declared(p) for p in signature.parameters.values() if p.name != "self"]
    kinds = [p.kind for p in signature.parameters.values() if p.name != "self"]
    only = inspect.Parameter.KEYWORD_ONLY
    if only in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        shown.insert(kinds.index(only), "*")
    returns = (
        ""
        if signature.return_annotation is inspect.Signature.empty
        else f" -> {signature.return_annotation}"
    )
    line = f"{name}({', '.join(shown)}){returns}"
    return line if len(line) <= 88 else f"{name}(\n    " + ",\n    ".join(shown) + f",\n){returns}"


def _declared(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else ""
    default = "" if parameter.default is inspect.Parameter.empty else f" = {parameter.default!r}"
    return f"{star}{parameter.name}: {parameter.annotation}{default}"


def _prose(docstring: str | None) -> str:
    """Return a docstring as Markdown: lists for arguments, code for examples."""
    lines = []
    inside = False
    for line in inspect.cleandoc(docstring or "").splitlines():
        is_code = line.startswith(">>>") or (inside and bool(line.strip()))
        if is_code != inside:
            lines.append("```python" if is_code else "```")
        inside = is_code
        lines.append(_example(line) if is_code else _prose_line(line))
    return plain("\n".join([*lines, *(["```"] if inside else [])]))


def _example(line: str) -> str:
    """Return a line of an example, without what only the tests need."""
    return line.replace(IN_TESTS, "").removesuffix("  # doctest: +SKIP")


def _prose_line(line: str) -> str:
    if re.fullmatch(r"(Args|Returns|Raises|Attributes|Yields):", line):
        return f"**{line}**\n"
    if item := re.match(r"    (\w+): (.*)", line):
        return f"- `{item[1]}`: {item[2]}"
    if re.match(r"    (?! )", line):
        return line.strip() if not line.startswith("     ") else f"  {line.strip()}"
    return f"  {line.strip()}" if line.startswith("     ") else line
