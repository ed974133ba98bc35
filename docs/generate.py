"""Fill the generated parts of the documentation from the code, the shipped files and the reference results.

A page marks each generated part with two comments::

    <!-- generated: commands -->
    <!-- end -->

``python -m docs.generate`` writes every part anew. ``python -m docs.generate --check`` names the pages that are out of
date, and fails if there are any. The pages are committed: they can be read without a build, a build of the site needs
no scientific library, and a change of the interface shows in review.
"""

from __future__ import annotations

import csv
import dataclasses
import enum
import inspect
import json
import re
import sys
import textwrap
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.models import ArgumentInfo, OptionInfo

import sim
from sim.arguments.hypotheses import Hypothesis, Pairs
from sim.cli import app
from sim.ensemble.daily import DailyTally
from sim.ensemble.ensemble import Plan, play
from sim.evidence.models import KINDS
from sim.outcomes.columns import CORE, DAILY_COLUMNS, RUN, Column, columns
from sim.outcomes.summary import as_frame, summarise
from sim.scenario import Choice, Mechanisms, Parameters, Quantity, Scenario
from sim.scenario.document import Document, read_document
from sim.scenario.quantity import WORDS

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
REFERENCE = ROOT / "results" / "reference"
WORKSPACE = next((ROOT / "sim").rglob("scenarios/island.yaml")).parents[1]
"""Template of a workspace, with commented examples."""
IN_TESTS = ', out=getfixture("tmp_path")'
"""What the tests add to an example, so that it writes nowhere else."""
LONGEST = 110
"""Characters of a line that is shown as an example."""
PART = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Route = tuple[str, ...]
Row = Sequence[object]
ANY = "*"
"""In a route: any actor's code, or any place in a list."""


# Markdown


def table(headings: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a text as code."""
    return f"`{text}`"


# Keys of the files


@dataclasses.dataclass(frozen=True)
class Section:
    """A mapping in a file: where it stands, and the model that checks it."""

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
    """Return the words that stand for ranges."""
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
    parts = []
    for section in _sections(root):
        about = inspect.cleandoc(section.model.__doc__ or "")
        rows = (
            _key(section, name, field, files) for name, field in section.model.model_fields.items()
        )
        heading = "" if section is root else f"{'#' * (level + 1)} `{section.title}`\n\n"
        parts.append(
            f"{heading}{about}\n\n{table(('key', 'meaning', 'allowed', 'default', 'example'), rows)}"
        )
    return "\n".join(parts)


def _sections(section: Section) -> Iterator[Section]:
    yield section
    for name, field in section.model.model_fields.items():
        for suffix, model in _models(field.annotation):
            yield from _sections(Section((*section.route, field.alias or name, *suffix), model))


def _models(hint: Any) -> Iterator[tuple[Route, type[BaseModel]]]:
    """Yield the models below an annotation, each with the route that leads to it."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
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
        return code(_shown(value))
    return "none" if value is None or value in ({}, ()) else code(value)


def _allowed(hint: Any, checks: Sequence[Any] = ()) -> str:
    """Return in words what may be written for an annotation, with the checks that stand beside it."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _allowed(inner[0], [*checks, *_flat(inner[1:])])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(
            dict.fromkeys(_allowed(part, checks) for part in inner if part is not type(None))
        )
    if origin is Literal:
        return ", ".join(map(code, inner))
    if origin is dict:
        return (
            "an overlay: keys of a scenario"
            if inner[1] is Any
            else f"by {_noun(inner[0])}: {_allowed(inner[1])}"
        )
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
    low, high = (
        next((getattr(c, end) for c in checks if hasattr(c, end)), None) for end in ("ge", "le")
    )
    above = next((c.gt for c in checks if hasattr(c, "gt")), None)
    if above is not None:
        return f" above {above:g}"
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    return "" if low is None else f" from {low:g}"


def _flat(checks: Iterable[Any]) -> Iterator[Any]:
    for check in checks:
        yield from check.metadata if isinstance(check, FieldInfo) else (check,)


def _example(route: Route, files: Sequence[Path]) -> str:
    """Return how a shipped file states a key: its line, or its value where that takes several lines."""
    for file in files:
        document, text = _document(file), file.read_text(encoding="utf-8").splitlines()
        places = [found for found in document.lines if _matches(found, route)]
        lines = [_without_comment(text[document.lines[place] - 1]) for place in places]
        if short := [
            line for line in lines if len(line) <= LONGEST and not line.endswith((":", ">-"))
        ]:
            return code(min(short, key=len))
        for place in places[:1]:
            return code(
                textwrap.shorten(
                    f"{place[-1]}: {_flow(_value(document, place))}", LONGEST, placeholder=" ..."
                )
            )
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
        return (
            "{"
            + ", ".join(
                f"{key}: {_flow(part)}" for key, part in value.items() if key not in reasons
            )
            + "}"
        )
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


# Columns and measures


def columns_of_runs() -> str:
    """Return the columns that every outcomes table has."""
    return _columns((*RUN, *CORE))


def columns_of_actors() -> str:
    """Return the columns that depend on the actors of a scenario, with SIDE and ACTOR for their codes."""
    found: dict[str, Column] = {}
    for column in columns(_crisis()):
        plain = dataclasses.replace(
            column, name=_generic(column.name), measured=_generic(column.measured)
        )
        found.setdefault(plain.name, plain)
    known = {column.name for column in (*RUN, *CORE)}
    return _columns([column for name, column in found.items() if name not in known])


def columns_of_days() -> str:
    """Return the quantities that are kept for every day."""
    return _columns(DAILY_COLUMNS)


def columns_of_daily_files() -> str:
    """Return the names of the columns of both daily tables."""
    tally = DailyTally(1, 1)
    names = [str(name) for name in tally.table().columns]
    rows = (
        (
            "`daily.parquet`",
            ", ".join(map(code, names)) + ", and `run_0` to `run_199`: the first runs",
        ),
        ("`daily_by_draw.parquet`", ", ".join(map(code, tally.by_draw().columns))),
    )
    return table(("file", "columns"), rows)


def measures() -> str:
    """Return the measures of the summary, from a small run."""
    result = _small_run()
    frame = as_frame(summarise(result.scenario, result.outcomes))
    rows = {
        _generic(str(name)): (_generic(row["measure"]), row["unit"])
        for name, row in frame.iterrows()
    }
    return table(("name", "measure", "unit"), ((code(name), *row) for name, row in rows.items()))


def _columns(chosen: Sequence[Column]) -> str:
    headings = [field.name for field in dataclasses.fields(Column)]
    rows = ([code(first), *rest] for first, *rest in map(dataclasses.astuple, chosen))
    return table(headings, rows)


@cache
def _crisis() -> Scenario:
    """Return the example crisis with every kind of column: a seat, and days at which territory is kept."""
    seat = {"actors.OST.seat": True, "course_days": [13]}
    return sim.load(WORKSPACE / "scenarios" / "island.yaml", set=seat).scenario


@cache
def _small_run() -> Any:
    scenario = sim.load(
        WORKSPACE / "scenarios" / "island.yaml", set={"policies.OST": "mediate"}
    ).scenario
    return types.SimpleNamespace(
        scenario=scenario, outcomes=play(Plan(scenario, 100, 10, 1)).outcomes
    )


def _generic(text: str) -> str:
    generic = re.sub(r"(?<![A-Z])(NOR|SUD)(?![A-Z])", "SIDE", text)
    return (
        re.sub(r"day_13\b", "day_DAY", generic)
        .replace("day 13", "that day")
        .replace("OST", "ACTOR")
    )


# Commands


@dataclasses.dataclass(frozen=True)
class Parameter:
    """An argument or an option of a command, as its function declares it."""

    name: str
    hint: Any
    declared: ArgumentInfo | OptionInfo
    default: Any

    @property
    def is_option(self) -> bool:
        """Whether it has a name on the command line."""
        return isinstance(self.declared, OptionInfo)

    @property
    def value(self) -> str:
        """What stands for its value in a line of usage."""
        if self.declared.metavar:
            return self.declared.metavar
        kinds = [
            part for part in typing.get_args(self.hint) or (self.hint,) if part is not type(None)
        ]
        if issubclass(kinds[0], enum.Enum):
            return "[" + "|".join(str(member.value) for member in kinds[0]) + "]"
        if self.is_option:
            return {int: "N", float: "X", Path: "PATH"}.get(kinds[0], "TEXT")
        return (
            self.name.upper()
            if self.default is inspect.Parameter.empty
            else f"[{self.name.upper()}]"
        )

    @property
    def shown(self) -> str:
        """How it is written."""
        if not self.is_option:
            return self.value
        given = (self.declared.default, *(self.declared.param_decls or ()))
        names = [name for name in given if isinstance(name, str) and name.startswith("-")]
        text = ", ".join(names or [f"--{self.name.replace('_', '-')}"])
        return text if self.hint is bool else f"{text} {self.value}"

    @property
    def default_shown(self) -> str:
        """Its default, where there is one to speak of."""
        value = getattr(self.default, "value", self.default)
        return (
            ""
            if value in (inspect.Parameter.empty, None, False, [], ()) or value == ""
            else code(value)
        )

    @property
    def row(self) -> Row:
        """The parameter in a table."""
        return code(self.shown), _plain(self.declared.help or ""), self.default_shown


def commands() -> str:
    """Return every command with its arguments and options."""
    return "\n".join(
        _command(str(info.name), info.callback) for info in app.registered_commands if info.callback
    )


def _command(name: str, function: Callable[..., Any]) -> str:
    found = sorted(_parameters(function), key=lambda parameter: parameter.is_option)
    usage = ["sim", name, *(p.shown for p in found if not p.is_option)]
    usage += ["[OPTIONS]"] if any(p.is_option for p in found) else []
    rows = table(
        ("argument or option", "meaning", "default"), (parameter.row for parameter in found)
    )
    about = _plain(inspect.cleandoc(function.__doc__ or ""))
    return f"## `sim {name}`\n\n{about}\n\n```\n{' '.join(usage)}\n```\n\n{rows}"


def _parameters(function: Callable[..., Any]) -> Iterator[Parameter]:
    hints = typing.get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        hint, declared = typing.get_args(hints[name])
        yield Parameter(name, hint, declared, parameter.default)


# Python


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
    return f"{heading} `{name}`\n\n```python\n{_signature(name, thing)}\n```\n\n{_prose(thing.__doc__)}\n"


def _members(thing: type, level: int) -> Iterator[str]:
    """Yield the documented properties and methods of a class, those that it inherits from our own classes included."""
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
    lines, inside = [], False
    for line in inspect.cleandoc(docstring or "").splitlines():
        is_code = line.startswith(">>>") or (inside and bool(line.strip()))
        if is_code != inside:
            lines.append("```python" if is_code else "```")
        inside = is_code
        lines.append(line.replace(IN_TESTS, "") if is_code else _prose_line(line))
    return _plain("\n".join([*lines, *(["```"] if inside else [])]))


def _prose_line(line: str) -> str:
    if re.fullmatch(r"(Args|Returns|Raises|Attributes|Yields):", line):
        return f"**{line}**\n"
    if item := re.match(r"    (\w+): (.*)", line):
        return f"- `{item[1]}`: {item[2]}"
    if re.match(r"    (?! )", line):
        return line.strip() if not line.startswith("     ") else f"  {line.strip()}"
    return f"  {line.strip()}" if line.startswith("     ") else line


def _plain(text: str) -> str:
    """Return a docstring's text with Markdown's code marks in place of reStructuredText's."""
    return re.sub(r"(?<!`)``(?!`)", "`", re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text))


# The model


def parameters_of_the_model() -> str:
    """Return the shared parameters with their meaning and shipped range."""
    shown = sim.load("april_2016").scenario
    rows = [
        (code(name), field.description, _shown(getattr(getattr(shown, section), name)))
        for section, model in (("parameters", Parameters), ("mechanisms", Mechanisms))
        for name, field in model.model_fields.items()
        if name != "posterior"
    ]
    return table(("name", "meaning and unit", "value or range"), rows)


def _shown(stated: object) -> str:
    if isinstance(stated, Quantity):
        ends = f"{stated.low:g}" if stated.known else f"{stated.low:g} to {stated.high:g}"
        return ends + (", log" if stated.scale == "log" and not stated.known else "")
    if isinstance(stated, Choice):
        return " or ".join(stated.options)
    if isinstance(stated, BaseModel):
        return ", ".join(
            f"{name} {_shown(getattr(stated, name))}" for name in type(stated).model_fields
        )
    return str(stated)


# Reference results


def _rows_of(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _account_of(name: str) -> dict[str, Any]:
    account: dict[str, Any] = json.loads((REFERENCE / name).read_text(encoding="utf-8"))
    return account


def _number(text: str) -> str:
    if not text:
        return ""
    value = float(text)
    if 0 < abs(value) < 0.0001:
        return "under 0.0001"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def verdicts() -> str:
    """Return the verdict on every claim."""
    rows = (
        (
            f"{row['claim']}: {row['says']}",
            row["verdict"]
            + (
                f": {row['detail']}"
                if row["detail"] and row["detail"] not in row["verdict"]
                else ""
            ),
            f"{float(row['share']):.0%} [{float(row['share_low']):.0%} to {float(row['share_high']):.0%}]",
            f"{float(row['effect']):+.2g} ± {float(row['error']):.1g}",
            row["open_verdict"] or "-",
        )
        for row in _rows_of("verdicts.csv")
    )
    return table(
        ("claim", "verdict", "draws as expected", "effect", "verdict with nothing assumed"), rows
    )


SHOWN_OF_CRISES = (
    "ending_truce", "ending_lull", "ending_capitulation", "ending_fighting", "broker_RUS", "peak_4",
    "duration_days", "deaths", "failed_truces", "territory_fought", "territory_ceded",
)  # fmt: skip


def crises() -> str:
    """Return the main measures of the crises that the model is fitted to."""
    fitted = [str(crisis) for crisis in _account_of("fit.json")["crises"]]
    found = {(row["scenario"], row["name"]): row for row in _rows_of("comparison.csv")}
    rows = (
        (
            _measured(found[fitted[0], name]),
            *(_with_range(found.get((crisis, name))) for crisis in fitted),
        )
        for name in SHOWN_OF_CRISES
    )
    return table(("measure", *fitted), rows)


def _measured(row: dict[str, str]) -> str:
    return row["says"] if row["unit"] == "probability" else f"{row['says']} ({row['unit']})"


def _with_range(row: dict[str, str] | None) -> str:
    if row is None:
        return "-"
    low, value, high = (
        _in_unit(row[key], row["unit"]) for key in ("parameters_low", "value", "parameters_high")
    )
    return f"{value} [{low} to {high}]" if low else value


def _in_unit(text: str, unit: str) -> str:
    if not text:
        return ""
    value = float(text)
    if unit == "probability":
        return "under 1%" if 0 < value < 0.01 else f"{value:.0%}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def forecasts() -> str:
    """Return the fitted model's forecast of every target beside the historical record."""
    rows = (
        (*_target(row), _number(row["crps"]), row["verdict"])
        for row in _forecasts("scores.csv", "posterior")
    )
    return table(("crisis", "target", "record", "median [80%]", "CRPS", "against baselines"), rows)


def forecasts_left_out() -> str:
    """Return the forecast of every crisis from a fit to the others, beside the unfitted model and the baselines."""
    priors = _forecasts("left_out.csv", "prior")
    rows = (
        (
            *_target(row),
            *map(
                _number,
                (row["crps"], prior["crps"], row["crps_climatology"], row["crps_persistence"]),
            ),
            row["verdict"],
        )
        for row, prior in zip(_forecasts("left_out.csv", "left out"), priors, strict=True)
    )
    headings = (
        "CRPS",
        "CRPS unfitted",
        "CRPS climatology",
        "CRPS persistence",
        "against baselines",
    )
    return table(("crisis", "target", "record", "median [80%]", *headings), rows)


def totals_left_out() -> str:
    """Return how forecasts from fits to the other crises do in all, beside the unfitted model."""
    fitted, prior = _forecasts("left_out.csv", "left out"), _forecasts("left_out.csv", "prior")
    worse = sum(float(a["crps"]) > float(b["crps"]) for a, b in zip(fitted, prior, strict=True))
    logs = [sum(float(row["log_score"]) for row in rows) for rows in (fitted, prior)]
    beaten = sum(row["verdict"].startswith("no better") for row in fitted)
    rows = (
        ("targets", len(fitted)),
        ("worse by CRPS than the unfitted model", worse),
        ("no better by CRPS than some baseline", beaten),
        ("sum of log scores, left out", f"{logs[0]:.1f}"),
        ("sum of log scores, unfitted", f"{logs[1]:.1f}"),
    )
    return table(("forecasts of a crisis that was left out", ""), rows)


def _forecasts(file: str, forecast: str) -> list[dict[str, str]]:
    return [row for row in _rows_of(file) if row["forecast"] == forecast]


def _target(row: dict[str, str]) -> Row:
    span = f"{_number(row['median'])} [{_number(row['low'])} to {_number(row['high'])}]"
    return row["crisis"], code(row["target"]), _number(row["observed"]), span


def coverage() -> str:
    """Return how often the record lies within the intervals of the forecasts."""
    rows = []
    for file, forecast in (
        ("scores.csv", "prior"),
        ("scores.csv", "posterior"),
        ("left_out.csv", "left out"),
    ):
        found = _forecasts(file, forecast)
        within = (sum(row[f"inside_{width}"] == "True" for row in found) for width in (50, 80, 95))
        rows.append((forecast, len(found), *within))
    return table(
        ("forecast", "targets", "in the middle 50%", "in the middle 80%", "in the middle 95%"), rows
    )


def the_fit() -> str:
    """Return how the fit went."""
    fit = _account_of("fit.json")
    rows = (
        ("crises", ", ".join(map(str, fit["crises"]))),
        ("targets", len(fit["targets"])),
        ("draws", f"{fit['draws']:,}"),
        ("open values", len(fit["marginals"])),
        ("open values on which the record is silent", len(fit["silent"])),
        ("chains", len(fit["chains"])),
        (
            "largest R-hat",
            "none: it takes two chains"
            if fit["worst_rhat"] is None
            else f"{fit['worst_rhat']:.3f}",
        ),
        ("near all targets at once, fitted draws", f"{fit['matched_at_once']['posterior']:.1g}"),
        ("near all targets at once, coded ranges", f"{fit['matched_at_once']['prior']:.1g}"),
    )
    return table(("the shipped fit", ""), rows)


def calibration() -> str:
    """Return the values that the fits of simulated worlds recover best."""
    values = [
        q for q in _account_of("calibration.json")["quantities"] if q["recovered"] is not None
    ]
    best = sorted(values, key=lambda quantity: -quantity["recovered"])[:8]
    rows = ((_value_name(q["name"]), f"{q['recovered']:.2f}", f"{q['p']:.2g}") for q in best)
    return table(("open value", "correlation of truth and estimate", "p of uniform ranks"), rows)


def _value_name(text: str) -> str:
    return code(text.split(":")[0])


def mechanisms_found() -> str:
    """Return how often a fit finds a mechanism in simulated worlds without it and with it."""
    rows = (
        (
            _value_name(row["name"]),
            f"{row['found']} of {row['worlds']}",
            f"{row['found_with_it']} of {row['with_it']}",
        )
        for row in _account_of("calibration.json")["off"]
    )
    return table(("mechanism", "found in worlds without it", "found in worlds with it"), rows)


def variance() -> str:
    """Return the variance within and between draws."""
    rows = (
        (
            row["crisis"],
            code(row["outcome"]),
            row["draws"],
            row["within"],
            row["between"],
            _share(row),
        )
        for row in _rows_of("variance.csv")
    )
    return table(
        ("crisis", "outcome", "draws", "within draws", "between draws", "share between"), rows
    )


def _share(row: dict[str, str]) -> str:
    return f"{float(row['share_between']):.0%}"


def ablation() -> str:
    """Return what changes most without each mechanism."""
    rows = (
        (
            code(row["mechanism"]),
            row["without"],
            f"{code(row['most_changed'])} in {row['in']}",
            f"{row['changed_clearly']} of {row['of']}",
        )
        for row in _rows_of("ablation.csv")
    )
    return table(("mechanism", "set to", "changes most", "outcomes that change clearly"), rows)


def stances() -> str:
    """Return what third parties do in the crises of the record, as ``python -m validation.stances`` printed it."""
    return (REFERENCE / "stances.md").read_text(encoding="utf-8")


# Pages

PARTS: dict[str, Callable[[], str]] = {
    "ablation": ablation,
    "api": api,
    "calibration": calibration,
    "columns-of-actors": columns_of_actors,
    "columns-of-daily-files": columns_of_daily_files,
    "columns-of-days": columns_of_days,
    "columns-of-runs": columns_of_runs,
    "commands": commands,
    "coverage": coverage,
    "crises": crises,
    "forecasts": forecasts,
    "forecasts-left-out": forecasts_left_out,
    "keys-of-evidence": keys_of_evidence,
    "keys-of-hypotheses": keys_of_hypotheses,
    "keys-of-scenarios": keys_of_scenarios,
    "measures": measures,
    "mechanisms-found": mechanisms_found,
    "parameters": parameters_of_the_model,
    "stances": stances,
    "the-fit": the_fit,
    "totals-left-out": totals_left_out,
    "variance": variance,
    "verdicts": verdicts,
    "words": words_of_the_scale,
}


def filled(text: str) -> str:
    """Return the text of a page with its generated parts written anew."""
    return PART.sub(lambda part: f"{part[1]}{PARTS[part['name']]()}{part[3]}", text)


def pages() -> list[Path]:
    """Return all pages of the documentation."""
    return sorted(DOCS.rglob("*.md"))


def stale() -> list[Path]:
    """Return the pages whose generated parts are out of date."""
    return [page for page in pages() if filled(text := page.read_text(encoding="utf-8")) != text]


def main(check: bool) -> int:
    """Write the generated parts, or name the pages where they are out of date; returns an exit code."""
    for page in (out_of_date := stale()):
        print(page.relative_to(ROOT))
        if not check:
            page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
    return 1 if check and out_of_date else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
