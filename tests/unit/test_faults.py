"""The schemas report every fault in plain sentences, whatever a file contains."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.arguments import hypotheses
from sim.evidence import models
from sim.scenario import parameters, schema
from sim.scenario.faults import schema_faults

WRONG: tuple[Any, ...] = (
    None,
    True,
    -2,
    0,
    0.5,
    7,
    1e12,
    "",
    "a text",
    "x" * 3000,
    [],
    [1],
    ["a", "b", "c"],
    [{}],
    [{}, {}, {}],
    {},
    {"a": 1},
    {"X": {"Y": [1, 2]}},
)
JARGON = (
    "Input should",
    "should have",
    "Value error",
    "validation",
    "pydantic",
    "type=",
    "pattern '",
    "NoneType",
)


def every_model() -> Iterator[type[BaseModel]]:
    for module in (hypotheses, parameters, schema, models):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if (
                issubclass(kind, BaseModel)
                and kind.__module__ == module.__name__
                and not kind.__name__.startswith("_")
            ):
                yield kind


@pytest.mark.parametrize(
    "kind", dict.fromkeys(every_model()), ids=lambda kind: f"{kind.__module__}.{kind.__name__}"
)
def test_whatever_stands_in_a_field_is_refused_in_plain_words(kind: type[BaseModel]) -> None:
    for name, info in kind.model_fields.items():
        for wrong in WRONG:
            values = {info.alias or name: wrong}
            try:
                kind.model_validate(values, context={"document": True})
            except ValidationError as error:
                for fault in schema_faults(error, values, kind):
                    assert not any(jargon in fault.message for jargon in JARGON), fault
                    assert not fault.message.endswith("is not allowed here"), fault
                    assert fault.missing or len(fault.message) > len("missing"), fault


class Bounded(BaseModel):
    """Every kind of bound."""

    model_config = ConfigDict(extra="forbid")

    above: float = Field(default=1, gt=0, le=1e9)
    within: int = Field(default=1, ge=1, le=3650)
    below: float = Field(default=0, lt=1)
    least: int | None = Field(default=None, ge=2)
    even: int = Field(default=2, multiple_of=2)
    each: tuple[Annotated[int, Field(ge=0, lt=5)], ...] = Field(default=())
    pair: tuple[float, float] = Field(default=(0, 0))
    several: tuple[str, ...] = Field(default=("a", "b"), min_length=2)
    form: str = Field(default="ab", pattern="^[a-f]+$")
    any: float | bool | tuple[float, float] | None = Field(default=None)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"above": -2}, "-2 is out of bounds; allowed: more than 0, up to 1,000,000,000"),
        (
            {"above": 2e9},
            "2,000,000,000 is out of bounds; allowed: 1,000,000,000 or less, and more than 0",
        ),
        ({"within": 0}, "0 is out of bounds; allowed: 1 or more, up to 3,650"),
        ({"below": 1}, "1 is out of bounds; allowed: less than 1"),
        ({"least": 1}, "1 is out of bounds; allowed: 2 or more"),
        ({"even": 3}, "3 is not allowed here; allowed: multiples of 2"),
        ({"each": [1, 9]}, "9 is out of bounds; allowed: less than 5, and 0 or more"),
        ({"each": [1, "two"]}, "a whole number expected, not the text 'two'"),
        ({"pair": [1, 2, 3]}, "a list of 3; allowed: 2 at most"),
        ({"pair": [1]}, "missing; a list of 2 is required here"),
        ({"several": []}, "empty; allowed: 2 or more"),
        ({"several": ["a"]}, "a list of 1; allowed: 2 or more"),
        ({"form": "xyz"}, "the text 'xyz' has the wrong form; allowed: text of the form ^[a-f]+$"),
        (
            {"any": "neither"},
            "a number or true or false or a list expected, not the text 'neither'",
        ),
        ({"any": [1, "x"]}, "a number expected, not the text 'x'"),
    ],
)
def test_a_bound_is_told_whatever_its_kind(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Bounded.model_validate(values)
    assert [fault.message for fault in schema_faults(caught.value, values, Bounded)] == [says]
