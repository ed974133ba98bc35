"""Write the values of a scenario file, each with its source beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from sim.io.text import clipped

WIDTH = 100
LONGEST = 480
"""Longest assumption that is written; a scenario allows 500 characters."""
LONGEST_TEXT = 1900
"""Longest text for readers that is written; a scenario allows 2,000 characters."""


@dataclass(frozen=True)
class Value:
    """A value of a scenario and where it comes from.

    Attributes:
        parts: the value as YAML, by key: ``value``, ``range``, ``scale`` or ``any_of``.
        why: the assumption.
        cites: ids of works.
    """

    parts: dict[str, str]
    why: str
    cites: tuple[str, ...] = ()


def known(value: object, why: str, cites: Iterable[str] = ()) -> Value:
    """Return a single value.

    >>> known(1, "the unit").parts
    {'value': '1'}
    """
    return Value({"value": str(value)}, why, tuple(cites))


def ranged(
    low: float, high: float, why: str, cites: Iterable[str] = (), log: bool = False
) -> Value:
    """Return a range, with three significant digits.

    >>> ranged(0.12345, 2, "a guess", log=True).parts
    {'range': '[0.123, 2]', 'scale': 'log'}
    """
    parts = {"range": f"[{number(low)}, {number(high)}]"}
    return Value(parts | ({"scale": "log"} if log else {}), why, tuple(cites))


def options(names: Iterable[str], why: str) -> Value:
    """Return a choice between names."""
    return Value({"any_of": f"[{', '.join(names)}]"}, why)


def number(value: float) -> str:
    """Return a number with three significant digits and without an exponent.

    >>> number(12345.6), number(0.5), number(0.00001234)
    ('12300', '0.5', '0.0000123')
    """
    text = f"{value:.3g}"
    if "e" in text:
        text = f"{float(text):.12f}".rstrip("0").rstrip(".")
    return text


def quoted(text: str) -> str:
    """Return a text in double quotes, which YAML reads as JSON does."""
    return json.dumps(_clean(text), ensure_ascii=False)


def lines_of(key: str, value: Value, indent: int) -> Iterator[str]:
    """Yield the lines of a value: on one line where it fits."""
    margin = " " * indent
    cites = {"cites": f"[{', '.join(value.cites)}]"} if value.cites else {}
    why = clipped(value.why, LONGEST)
    flow = {**value.parts, **cites, "assumption": quoted(why)}
    short = f"{margin}{key}: {{{', '.join(f'{name}: {part}' for name, part in flow.items())}}}"
    if len(short) <= WIDTH:
        yield short
        return
    yield f"{margin}{key}:"
    for name, part in {**value.parts, **cites}.items():
        yield f"{margin}  {name}: {part}"
    line = f"{margin}  assumption: {quoted(why)}"
    yield from [line] if len(line) <= WIDTH else folded("assumption", why, indent + 2)


def folded(key: str, text: str, indent: int) -> Iterator[str]:
    """Yield the lines of a text for readers, which is cut where a scenario allows no more."""
    margin = " " * indent
    yield f"{margin}{key}: >-"
    yield from wrapped(clipped(text, LONGEST_TEXT), f"{margin}  ")


def comment(text: str, indent: int = 0) -> Iterator[str]:
    """Yield the lines of a comment."""
    yield from wrapped(text, f"{' ' * indent}# ")


def wrapped(text: str, margin: str) -> list[str]:
    """Return the lines of a text, each with a margin before it."""
    return wrap(
        _clean(text),
        WIDTH,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _clean(text: str) -> str:
    """Return a text on one line, without the control characters that a damaged file may hold."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())
