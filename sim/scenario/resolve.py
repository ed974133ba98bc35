"""Write a loaded scenario as one self-contained file, and compute its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml
from pydantic import BaseModel

from sim.scenario.document import FORMAT
from sim.scenario.load import Loaded
from sim.scenario.parsing import plain_scalar
from sim.scenario.posterior import Posterior
from sim.scenario.quantity import Choice, Quantity
from sim.scenario.schema import Scenario
from sim.scenario.tree import Provenance

LONG_TEXT = 100
HEADER = (
    "# Every value that was used, with its sources. This file is self-contained and can be run "
    "again.\n"
)


def resolved(loaded: Loaded) -> str:
    """Return a scenario as a YAML text without a base, each value with its citations.

    The text loads to an equal scenario, with the same digest and the same provenance. The draws of
    a posterior must be in a file ``posterior.parquet`` beside it.

    >>> import sim
    >>> resolved(sim.load("april_2016")).splitlines()[1:3]
    ['format: 2', 'scenario: april_2016']
    """
    form = {"format": FORMAT, **_form(loaded.scenario, "", loaded.provenance)}
    return HEADER + yaml.dump(form, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def digest(scenario: Scenario) -> str:
    """Return the SHA-256, in hexadecimal, of the values that affect outcomes.

    Titles, notes and sources do not count. The digest does not depend on the order of keys, on
    words for ranges (``high``), on absent values, or on mechanisms that are off. It is therefore
    the same before and after a mechanism is added to the model.

    >>> import sim
    >>> crisis = sim.load("april_2016").scenario
    >>> digest(crisis) == digest(crisis.model_copy(update={"title": "Another title"}))
    True
    """
    return digest_of(scenario)


def digest_of(section: BaseModel) -> str:
    """Return the digest of a section's values, see :func:`digest`."""
    return _hashed(_essence(section))


def _hashed(values: Any) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def frame(scenario: Scenario) -> str:
    """Return the digest of all that affects outcomes, except for values and policies.

    It covers which values are stated, but not what they are. Scenarios with the same frame differ
    in numbers, options and policies only.

    >>> import sim
    >>> crisis = sim.load("april_2016").scenario
    >>> frame(crisis) == frame(sim.load("april_2016", set={"mechanisms.contest": 0}).scenario)
    True
    """
    return _hashed(_frame(scenario))


def _frame(node: Any) -> Any:
    """Return the values that affect outcomes, with an empty text for each value."""
    if isinstance(node, Quantity | Choice):
        return ""
    if isinstance(node, Posterior):
        return node.digest
    if isinstance(node, BaseModel):
        return {
            name: _frame(getattr(node, name))
            for name in _counting(type(node))
            if name != "policies" and not _is_absent(getattr(node, name))
        }
    if isinstance(node, dict):
        return {key: _frame(child) for key, child in node.items()}
    return [_frame(item) for item in node] if isinstance(node, tuple) else node


def _essence(node: Any) -> Any:
    """Return the values that affect outcomes, as JSON values."""
    if isinstance(node, Quantity):
        # Adding zero turns -0.0 into 0.0, which is equal but prints differently.
        ends = [node.low + 0.0, node.high + 0.0]
        return ends if node.known else [*ends, node.scale, node.mode]
    if isinstance(node, Choice):
        return list(node.options)
    if isinstance(node, Posterior):
        return node.digest
    if isinstance(node, BaseModel):
        return _essence_of_fields(node)
    if isinstance(node, dict):
        return {key: _essence(child) for key, child in node.items()}
    return [_essence(item) for item in node] if isinstance(node, tuple) else node


def _essence_of_fields(node: BaseModel) -> dict[str, Any]:
    """Return the values of a section, without texts for readers and without those left out."""
    fields = type(node).model_fields
    used = {name: (getattr(node, name), fields[name].default) for name in _counting(type(node))}
    return {
        name: _essence(value)
        for name, (value, default) in used.items()
        if not _is_absent(value) and not _is_off(value, default)
    }


@cache
def _counting(section: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a section that affect outcomes."""
    fields = section.model_fields.items()
    return tuple(name for name, info in fields if "(descriptive)" not in (info.description or ""))


def _is_off(value: Any, default: Any) -> bool:
    """Whether a mechanism has the value of one that is left out."""
    is_mechanism = isinstance(default, Quantity | Choice) and isinstance(value, type(default))
    return is_mechanism and _essence(value) == _essence(default)


def _is_absent(value: Any) -> bool:
    """Whether a field has the value of a field that is left out."""
    return value is None or value is False or (isinstance(value, dict | tuple) and not value)


class _Flow(dict[str, Any]):
    """A mapping that is written on one line."""


class _Row(list[Any]):
    """A list that is written on one line."""


def _form(node: Any, path: str, provenance: Mapping[str, Provenance]) -> Any:
    """Return a part of a scenario as a file states it.

    Absent values are left out, and so are mechanisms that are off and that no file states.
    """
    if isinstance(node, BaseModel) and not isinstance(node, Quantity | Choice):
        stated = {
            info.alias or name: getattr(node, name)
            for name, info in type(node).model_fields.items()
            if not _is_off(getattr(node, name), info.default) or _join(path, name) in provenance
        }
        return _section(stated, path, provenance)
    if isinstance(node, dict):
        return _section(node, path, provenance)
    if isinstance(node, tuple) and any(isinstance(item, BaseModel) for item in node):
        return [_item(item, f"{path}.{position}", provenance) for position, item in enumerate(node)]
    return _leaf(node, provenance.get(path))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _section(
    children: Mapping[str, Any], path: str, provenance: Mapping[str, Provenance]
) -> dict[str, Any]:
    form = {}
    for key, child in children.items():
        here = _join(path, key)
        if not _is_absent(child) or here in provenance:
            form[key] = _form(child, here, provenance)
    return form


def _item(node: Any, path: str, provenance: Mapping[str, Provenance]) -> _Flow:
    return _Flow({**_form(node, path, provenance), **_statements(provenance.get(path))})


def _leaf(value: Any, provenance: Provenance | None) -> Any:
    """Return one value, as a mapping if it has sources."""
    plain = value.plain() if isinstance(value, Quantity | Choice | Posterior) else value
    plain = _written(plain)
    if provenance is None:
        return plain
    return _Flow(
        {**(plain if isinstance(plain, dict) else {"value": plain}), **_statements(provenance)}
    )


def _written(plain: Any) -> Any:
    if isinstance(plain, dict):
        return _Flow({key: _written(value) for key, value in plain.items()})
    if isinstance(plain, list | tuple):
        return _Row([_written(value) for value in plain])
    if isinstance(plain, float) and plain.is_integer() and abs(plain) < 1e15:
        return int(plain)
    return plain if isinstance(plain, bool | int | float | str) else str(plain)


def _statements(provenance: Provenance | None) -> dict[str, Any]:
    if provenance is None:
        return {}
    cites = {"cites": _Row(provenance.cites)} if provenance.cites else {}
    return {
        **cites,
        **({"assumption": provenance.assumption} if provenance.assumption is not None else {}),
    }


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes leaves on one line, long texts as blocks, and no aliases.

    PyYAML's dumper in C is faster than the one in Python, and breaks long lines elsewhere.
    """

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # PyYAML quotes what YAML 1.1 would misread; by YAML 1.2, which we use, 1e-3 is a number too.
    style = None if _reads_as_text(text) else "'"
    if len(text) > LONG_TEXT:
        style = "|" if "\n" in text else ">"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _reads_as_text(text: str) -> bool:
    try:
        return isinstance(plain_scalar(text), str)
    except ValueError:
        return False


def _write_flow(dumper: yaml.SafeDumper, form: _Flow) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", form.items(), flow_style=True)


def _write_row(dumper: yaml.SafeDumper, row: _Row) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", row, flow_style=True)


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(_Flow, _write_flow)
_Dumper.add_representer(_Row, _write_row)
