"""The codebook of a result: name, unit, type and meaning of every column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

import pandas as pd
from pydantic import BaseModel

from sim.evidence import Evidence, explain
from sim.outcomes.columns import ENDINGS, QUANTILES, Column, columns
from sim.outcomes.summary import COLUMNS
from sim.results.reader import Result
from sim.scenario import Choice, Scenario
from sim.scenario.parameters import Intensity, Mechanisms, Parameters
from sim.scenario.schema import Actor, Conflict
from sim.scenario.values import unit

TABLES = ("outcomes", "daily", "parameters", "summary")
"""Exported tables of a result."""
LONGEST = 32
"""Maximum length of a variable name in Stata."""
DAILY_UNITS = {
    "level": "level of fighting, 0 to 4",
    "territory_fought": "share of the contested area",
    "territory_ceded": "share of the contested area",
    "deaths": "battle deaths so far",
    "support_challenger": "levels of outside support",
    "support_defender": "levels of outside support",
}
_TYPES = {
    "count": "integer",
    "day": "integer, empty if it never happens",
    "real": "number",
    "flag": "true or false",
    "code": "text",
    "level": "integer",
}
_INNER: dict[str, type[BaseModel]] = {"intensity": Intensity}
_MODELS: dict[str, type[BaseModel]] = {
    "actors": Actor,
    "conflict": Conflict,
    "parameters": Parameters,
    "mechanisms": Mechanisms,
    **_INNER,
}
_LEADING = re.compile(r"(days|battle deaths|proposals per day|probability)\b")
_TRAILING = re.compile(
    r", (?:in |as a )?((?:log-odds|utility|share of|per )[^,:;(]*?)(?= of winning|\s*(?:$|[,:;(]))"
)
_RESERVED = re.compile(
    r"_all|_b|byte|_coef|_cons|double|float|if|in|int|long|_n|_pi|_pred|_rc|_skip|strl|str\d+|"
    r"using|with",
    re.IGNORECASE,
)
"""Names that Stata reserves."""


@dataclass(frozen=True)
class Variable:
    """One column of an exported table.

    Attributes:
        table: one of :data:`TABLES`.
        column: name of the column.
        stata_name: short name for a Stata file.
        meaning: meaning in words.
        unit: unit of the values; empty if there is none.
        type: integer, number, text, or true or false.
        values: possible values, or the range of a parameter.
    """

    table: str
    column: str
    stata_name: str
    meaning: str
    unit: str
    type: str
    values: str


def codebook(result: Result) -> list[Variable]:
    """Return every column of a result's exported tables."""
    return [variable for table in TABLES for variable in _variables(table, result)]


def exported(result: Result) -> dict[str, pd.DataFrame]:
    """Return the exported tables of a result by name: those of :data:`TABLES`."""
    return {
        "outcomes": result.outcomes,
        "daily": result.daily,
        "parameters": result.parameters,
        "summary": result.summary.reset_index(),
    }


def frame(variables: Sequence[Variable]) -> pd.DataFrame:
    """Return a codebook as a table."""
    return pd.DataFrame([asdict(variable) for variable in variables])


def _variables(table: str, result: Result) -> Iterator[Variable]:
    """Yield the columns of one table in order. Columns unknown to this version have no meaning."""
    described = {
        "outcomes": _of_outcomes,
        "daily": _of_daily,
        "parameters": _of_parameters,
        "summary": _of_summary,
    }
    content = exported(result)[table]
    details = {name: rest for name, *rest in described[table](result)}
    names = [str(name) for name in content]
    for name, short in zip(names, stata_names(names), strict=True):
        meaning, unit_name, kind, values = details.get(name, ("", "", _type_of(content[name]), ""))
        yield Variable(table, name, short, meaning, unit_name, kind, values)


Details = tuple[str, str, str, str, str]
"""Name, meaning, unit, type and values of a column."""


def _of_outcomes(result: Result) -> Iterator[Details]:
    for column in columns(result.scenario):
        yield (
            column.name,
            column.measured,
            _unit_of(column),
            _TYPES[column.kind],
            _values_of(column, result.scenario),
        )


def _unit_of(column: Column) -> str:
    return {"-": "", "-1 to 1": "from -1 to 1"}.get(column.unit, column.unit)


def _values_of(column: Column, scenario: Scenario) -> str:
    if column.name == "ending":
        return ", ".join(ENDINGS)
    if column.kind == "code":
        return ", ".join(
            ["none", *(f"{code}: {actor.name}" for code, actor in scenario.actors.items())]
        )
    return ""


def _of_daily(result: Result) -> Iterator[Details]:
    units = "unit of the measure"
    listed = "; ".join(f"{name}: {unit_name}" for name, unit_name in DAILY_UNITS.items())
    yield "measure", "daily quantity of the row", "", "text", listed
    yield "day", "day after the onset", "days", "integer", ""
    yield "mean", "mean over all runs", units, "number", ""
    for share in QUANTILES:
        name = f"q{round(100 * share):02d}"
        yield name, f"{100 * share:g}% quantile over all runs", units, "number", ""
    for level in range(5):
        meaning = (
            f"share of runs at level {level} of fighting; filled in rows whose measure is level"
        )
        yield f"share_level_{level}", meaning, "share of runs", "number", ""
    for name in result.daily:
        if number := re.fullmatch(r"run_(\d+)", str(name)):
            yield str(name), f"value of run {number[1]}", units, "number", ""


def _of_summary(result: Result) -> Iterator[Details]:
    for name, meaning in COLUMNS.items():
        is_number = name == "value" or name.endswith(("_low", "_high", "error"))
        yield name, meaning, "unit of the row" if is_number else "", _kind(is_number), ""


def _kind(is_number: bool) -> str:
    return "number" if is_number else "text"


def _of_parameters(result: Result) -> Iterator[Details]:
    yield "draw", "number of the parameter draw", "", "integer", ""
    rows = {row.path: row for row in explain.rows(result.loaded, Evidence(), {})}
    for value in result.scenario.quantities():
        row = rows.get(value.path)
        means = row.means if row else ""
        stated = row.stated if row else ""
        kind = "text" if isinstance(value, Choice) else "number"
        values = f"from {stated}" if stated.startswith("-") else stated
        meaning = _of_whom(value.path, result.scenario) + means
        yield value.path, meaning, _unit(value.path, means), kind, values


def _of_whom(path: str, scenario: Scenario) -> str:
    """Return the actor of a path, as the beginning of a sentence."""
    section, code, *rest = path.split(".")
    if section != "actors":
        return ""
    towards = f" towards {rest[1]}" if len(rest) > 1 else ""
    return f"{scenario.actors[code].name} ({code}){towards}: "


def _unit(path: str, description: str) -> str:
    """Return the unit of a parameter from its description, or else from its type."""
    matches = (_LEADING.match(description), _TRAILING.search(description))
    stated = " ".join(match[1] for match in matches if match)
    return stated or _unit_of_type(path)


def _unit_of_type(path: str) -> str:
    section, *rest = path.split(".")
    name = rest[1] if section == "actors" and len(rest) > 1 else rest[0]
    if name in _INNER:
        section = name
        name = rest[-1]
    field = _MODELS[section].model_fields.get(name) if section in _MODELS else None
    return unit(field) if field else ""


def _type_of(column: pd.Series) -> str:
    return {"b": "true or false", "i": "integer", "u": "integer", "f": "number"}.get(
        column.dtype.kind, "text"
    )


def stata_names(names: Sequence[str]) -> list[str]:
    """Return valid Stata names in the same order: unique, of 32 letters, digits and underscores.

    A shortened name ends in a digest of the original, so that it is the same in every result.

    >>> stata_names(["mechanisms.leverage", "2_runs", "if"])
    ['leverage', 'v_2_runs', 'v_if']
    """
    used: set[str] = set()
    short_names = []
    for name in names:
        short = _stata_name(name)
        while short.lower() in used:  # a longer text has another digest
            short = _cut(f"{short}_", f"{name} {short}")
        used.add(short.lower())
        short_names.append(short)
    return short_names


def _stata_name(name: str) -> str:
    inner = re.sub(r"^(actors|parameters|mechanisms)\.", "", name)
    plain = re.sub(r"[^A-Za-z0-9_]", "_", inner) or "_"
    if plain[0].isdigit() or _RESERVED.fullmatch(plain):
        plain = f"v_{plain}"
    return plain if len(plain) <= LONGEST else _cut(plain, name)


def _cut(plain: str, name: str) -> str:
    ending = sha256(name.encode()).hexdigest()[:6]
    return f"{plain[: LONGEST - len(ending) - 1]}_{ending}"
