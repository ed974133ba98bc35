"""Types of the values in a scenario file, each with its bounds and its unit."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo

from sim.io.errors import nearest
from sim.io.text import clipped
from sim.scenario.posterior import Posterior
from sim.scenario.quantity import WORDS, Choice, Quantity
from sim.scenario.stances import ALIASES, KNOWN_NAMES

ACTS = (*KNOWN_NAMES, "invoke", "embargo")
"""What a dated event can make an actor do."""

READ_AS_NOTHING = ("NA", "NAN", "NULL", "NONE", "INF", "TRUE", "FALSE")
"""Texts that spreadsheets, R, Stata or pandas do not read as texts."""
CODE = re.compile(r"[A-Z][A-Z0-9_]{1,7}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Unit(NamedTuple):
    """The unit of the values of a type."""

    name: str


class Section(BaseModel):
    """A section of a file: its keys are all declared, and its values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _code(value: str) -> str:
    if value in READ_AS_NOTHING:
        raise ValueError(
            f"'{value}' cannot be an actor code, because other programs read it as an empty cell "
            f"or as true or false; allowed: a code such as {value[:3]}1"
        )
    if not CODE.fullmatch(value):
        raise ValueError(
            f"'{value}' is not an actor code; allowed: 2 to 8 capital letters, digits or _, "
            "such as NOR"
        )
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(
            f"'{value}' is not a name; allowed: up to 40 lower-case letters, digits or _, "
            "starting with a letter"
        )
    return value


def _not_empty(value: str) -> str:
    if not value.strip():
        raise ValueError("empty; allowed: a text that readers see")
    return value


def _date(value: Any) -> Any:
    # Without this check a plain number would be read as seconds since 1970.
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.datetime.strptime(value, "%Y-%m-%d").date()
    except (TypeError, ValueError):
        raise ValueError(
            f"'{value}' is not a date; allowed: year-month-day, such as 2001-05-06"
        ) from None


def _between(low: float, high: float, words: str | None = None) -> AfterValidator:
    bounds = words or f"{low:g} to {high:g}"

    def check(value: Quantity) -> Quantity:
        if value.word is not None and high > 1:
            raise ValueError(
                f"the word {value.word} is not allowed on this scale; "
                f"allowed: a number or a range, {bounds}"
            )
        if value.low < low or value.high > high:
            shown = f"{value.low:g}" if value.known else f"{value.low:g} to {value.high:g}"
            raise ValueError(f"{shown} is out of bounds; allowed: {bounds}")
        return value

    return AfterValidator(check)


def _no_text(value: Any) -> Any:
    # The check of bounds handles words, because it can name the bounds.
    if isinstance(value, str) and value.removeprefix("-") not in WORDS:
        raise ValueError(
            f"the text '{clipped(value, 40)}' is not a number; "
            "allowed: a number or a range, not a word"
        )
    return value


def _refuse_unknown(name: str, allowed: tuple[str, ...]) -> None:
    if name not in allowed:
        raise ValueError(f"unknown '{name}'{nearest(name, allowed)}; allowed: {', '.join(allowed)}")


def _one_of(allowed: tuple[str, ...]) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str):
            _refuse_unknown(value, allowed)
        return value

    return BeforeValidator(check)


def options_of(allowed: tuple[str, ...]) -> AfterValidator:
    """Return a check that every option of a choice is one of the allowed names."""

    def check(choice: Choice) -> Choice:
        for option in choice.options:
            _refuse_unknown(option, allowed)
        return choice

    return AfterValidator(check)


def _full_name(name: str) -> str:
    """Return the name that the table has for a stance; an alias is replaced."""
    return ALIASES.get(name, name)


def full_names(choice: Choice) -> Choice:
    """Return a choice of stances by the names that the table has for them."""
    return choice.model_copy(update={"options": tuple(map(_full_name, choice.options))})


def names_of_levels(names: tuple[str, ...]) -> Callable[[Any], Any]:
    """Return a reader that takes the numbers of levels, 0 for the first, as their names.

    >>> names_of_levels(("low", "high"))({"any_of": [0, "high"]})
    {'any_of': ['low', 'high']}
    """

    def name(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return names[value] if 0 <= value < len(names) else str(value)
        return value

    def read(raw: Any) -> Any:
        if isinstance(raw, dict) and isinstance(raw.get("any_of"), list | tuple):
            return raw | {"any_of": [name(value) for value in raw["any_of"]]}
        return name(raw)

    return read


def as_tuple(value: Any) -> Any:
    """Return a text as a list with one item, and everything else as it is."""
    return (value,) if isinstance(value, str) else value


def in_rising_order(days: tuple[int, ...]) -> tuple[int, ...]:
    """Return days in rising order; ValueError if a day is repeated or out of order."""
    if list(days) != sorted(set(days)):
        raise ValueError("not in rising order; allowed: each day once, the earliest first")
    return days


Code = Annotated[str, AfterValidator(_code)]
Name = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, Field(max_length=2000)]
Shown = Annotated[Text, AfterValidator(_not_empty)]
"""A text that readers need to tell things apart."""
Date = Annotated[datetime.date, BeforeValidator(_date)]
Flag = Annotated[bool, Field(strict=True)]
Day = Annotated[int, Field(strict=True, ge=1, le=3650)]
Share = Annotated[Quantity, _between(0, 1), Unit("share, 0 to 1")]
Tie = Annotated[Quantity, _between(-1, 1), Unit("from -1 to 1")]
Amount = Annotated[Quantity, BeforeValidator(_no_text), WithJsonSchema({"format": "amount"})]
"""A quantity on a scale without words; :mod:`sim.workspace.schemas` fills in its JSON Schema."""
Level = Annotated[Amount, _between(0, 4), Unit("levels, 0 to 4")]
Positive = Annotated[Amount, _between(1e-9, 1e9, "0.000000001 to 1,000,000,000")]
NotNegative = Annotated[Amount, _between(0, 1e9, "0 to 1,000,000,000")]
Men = Annotated[Amount, _between(1e-3, 1e5, "0.001 to 100,000 thousand men")]
"""Thousands of men: from one man to more than any army."""
Garrison = Annotated[Amount, _between(0, 1e4, "0 to 10,000 thousand men")]
Factor = Annotated[Amount, _between(1e-3, 1e3, "0.001 to 1,000")]
Worth = Annotated[Amount, _between(0, 10)]
"""Worth of something, as a multiple of the contested area."""
Signed = Annotated[Amount, _between(-10, 10)]
Fitted = Annotated[InstanceOf[Posterior], WithJsonSchema({"type": "string"})]
StanceName = Annotated[str, _one_of(KNOWN_NAMES), AfterValidator(_full_name)]
Act = Annotated[str, _one_of(ACTS), AfterValidator(_full_name)]


def unit(field: FieldInfo) -> str:
    """Return the unit that the type of a field states; empty where it states none."""
    return next(
        (
            found.name
            for found in (*field.metadata, *_parts(field.annotation))
            if isinstance(found, Unit)
        ),
        "",
    )


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield what a type is made of, such as the type of values in a mapping."""
    for part in get_args(annotation):
        yield part
        yield from _parts(part)
