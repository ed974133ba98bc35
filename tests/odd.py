"""The parameter table of the model's description, made from the code and the shipped ranges.

``python -m tests.odd`` writes it into ``sim/ODD.md``.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario import Choice, Mechanisms, Parameters, Quantity, load

ROOT = Path(__file__).parents[1]
ODD = ROOT / "sim" / "ODD.md"
BEGIN, END = "<!-- parameters -->\n", "<!-- end of parameters -->\n"


def table() -> str:
    """Return the table: one row a parameter, with meaning, range and source."""
    loaded = load(ROOT / "scenarios" / "april_2016.yaml")
    rows = ["| name | meaning and unit | value or range | rests on |", "|---|---|---|---|"]
    for section, model in (("parameters", Parameters), ("mechanisms", Mechanisms)):
        for name, field in numbers(model).items():
            stated = getattr(getattr(loaded.scenario, section), name)
            provenance = loaded.provenance.get(f"{section}.{name}")
            if provenance is None:  # a section of several values, each with the same source
                provenance = next(
                    found for path, found in loaded.provenance.items() if path.startswith(f"{section}.{name}.")
                )
            source = "; ".join([*provenance.cites, *([provenance.assumption] if provenance.assumption else [])])
            rows.append(f"| `{name}` | {field.description or model.__doc__} | {shown(stated)} | {source} |")
    return "\n".join(rows) + "\n"


def numbers(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of the model itself: a file of draws is none of its numbers."""
    return {name: field for name, field in model.model_fields.items() if name != "posterior"}


def shown(stated: object) -> str:
    """Return a value as the table shows it."""
    if isinstance(stated, Quantity):
        if stated.known:
            return f"{stated.low:g}"
        return f"{stated.low:g} to {stated.high:g}" + (", log" if stated.scale == "log" else "")
    if isinstance(stated, Choice):
        return " or ".join(stated.options)
    if isinstance(stated, BaseModel):
        return ", ".join(f"{name} {shown(getattr(stated, name))}" for name in type(stated).model_fields)
    return str(stated)


def written() -> str:
    """Return the table that stands in the description."""
    return ODD.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]


if __name__ == "__main__":
    text = ODD.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    ODD.write_text(before + BEGIN + table() + END + after, encoding="utf-8")
