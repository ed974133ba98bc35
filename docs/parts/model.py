"""The shared parameters of the model."""

from __future__ import annotations

from pydantic import BaseModel

import sim
from docs.parts.markdown import code, table
from sim.scenario import Choice, Mechanisms, Parameters, Quantity


def parameters_of_the_model() -> str:
    """Return the shared parameters with their meaning and shipped range."""
    loaded = sim.load("april_2016").scenario
    rows = [
        (code(name), field.description, shown(getattr(getattr(loaded, section), name)))
        for section, model in (("parameters", Parameters), ("mechanisms", Mechanisms))
        for name, field in model.model_fields.items()
        if name != "posterior"
    ]
    return table(("name", "meaning and unit", "value or range"), rows)


def shown(stated: object) -> str:
    """Return a stated value or range as text."""
    if isinstance(stated, Quantity):
        ends = f"{stated.low:g}" if stated.known else f"{stated.low:g} to {stated.high:g}"
        return ends + (", log" if stated.scale == "log" and not stated.known else "")
    if isinstance(stated, Choice):
        return " or ".join(stated.options)
    if isinstance(stated, BaseModel):
        return ", ".join(
            f"{name} {shown(getattr(stated, name))}" for name in type(stated).model_fields
        )
    return str(stated)
