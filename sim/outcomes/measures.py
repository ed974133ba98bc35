"""Measures: a small language for statistics of the outcomes table.

    probability(first_truce_day <= 14)
    mean(deaths_challenger + deaths_defender)
    share(broker == 'OST')
    probability(failed_truces > 0) / probability(truces > 0)

Names are columns of the outcomes table. An average contains an expression with one value per run:
numbers, texts, comparisons, ``and``, ``or``, ``not``, sums, products, ``abs``. The averages are
``mean`` (of a number) and ``probability`` or ``share`` (of a condition). They can be combined with
numbers by ``+``, ``-``, ``*`` and ``/``. A day that never came satisfies no comparison, and days
that may never come cannot be averaged.

Python's parser parses the text, and every node is checked against a short list of what is allowed.
Nothing is ever evaluated as Python.

Estimates are made separately for each parameter draw. Their noise comes from the *influence* of each
run on its draw's estimate (the delta method; Efron & Tibshirani 1993, ch. 21). For an average, the
influence is a run's deviation from the mean. For an expression of averages, it follows from the
chain rule.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.io.errors import nearest
from sim.outcomes.columns import ENDINGS, columns
from sim.scenario import Scenario

Array = NDArray[Any]

AVERAGES = ("probability", "share", "mean")
MAX_TEXT = 400
MAX_DEPTH = 25
MAX_NUMBER = 1e9
NUMBERS = ("count", "real", "level")
_ALLOWED = (
    "columns of the outcomes table, numbers, texts, comparisons, and, or, not, + - * /, "
    "abs, probability, share, mean"
)


_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|[\w.]+|===?|!==?|[<>:]=|=[<>]|<>|&&?|\|\|?|\S""")
_OTHER_OPERATORS = {
    "=": "==",
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "=<": "<=",
    "=>": ">=",
    "&": "and",
    "&&": "and",
    "|": "or",
    "||": "or",
    "!": "not",
}
"""Operators of other languages, and what to write here."""
_PLAIN_MESSAGES = {
    "was never closed": "this bracket is never closed",
    "unmatched": "this bracket was never opened",
    "does not match": "this bracket does not match the opening bracket",
    "unterminated string": "this quote is never closed",
}
"""Plain messages for faults of brackets and quotes, by the wording of Python's parser."""


class MeasureError(ValueError):
    """A text that is not a measure: what is wrong, and at which character (from 0)."""

    def __init__(self, text: str, place: int, message: str) -> None:
        self.text = text
        self.place = place
        self.message = message
        super().__init__(f"{message}\n    {text}\n    {' ' * place}^")


@dataclass(frozen=True)
class Estimate:
    """Estimates of a measure, one per parameter draw.

    Attributes:
        value: estimate of each draw, shape ``(draws,)``; NaN where it is not defined (division by zero).
        influence: influence of each run on its draw's value, shape ``(replicates, draws)``; it sums to
            0 in each draw.
    """

    value: NDArray[np.float64]
    influence: NDArray[np.float64]

    def __sub__(self, other: Estimate) -> Estimate:
        """Return the difference of two measures of the same runs.

        Common random numbers cancel out.
        """
        return Estimate(self.value - other.value, self.influence - other.influence)


@dataclass(frozen=True)
class Measure:
    """A checked measure.

    Attributes:
        text: the measure as written, on one line.
        tree: its checked syntax tree.
        names: columns that it reads.
    """

    text: str
    tree: ast.expr = field(repr=False, compare=False)
    names: tuple[str, ...]

    def estimate(self, table: pd.DataFrame, draws: int) -> Estimate:
        """Return the estimates of all draws from a table of outcomes.

        Args:
            table: rows in order of runs; run ``k`` is replicate ``k // draws`` of draw ``k % draws``.
            draws: number of draws; an incomplete last replicate is left out.
        """
        complete = len(table) // draws * draws
        return _outer(self.tree, table.iloc[:complete], draws)

    def averages(self) -> Iterator[Measure]:
        """Yield each average of an expression of averages as a measure of its own."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in AVERAGES:
                yield Measure(ast.unparse(node), node, self.names)

    def values(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Return the value of a plain average in each run; ValueError for any other measure."""
        if not isinstance(self.tree, ast.Call):
            raise ValueError("not a plain average")
        return np.asarray(_inner(self.tree.args[0], table), dtype=np.float64)


def read(text: str, scenario: Scenario) -> Measure:
    """Parse a measure; MeasureError if the text is not a measure of this scenario."""
    tree = _parse(text)
    kinds = {column.name: column.kind for column in columns(scenario)}
    reader = _Reader(_one_line(text), kinds, sorted(scenario.actors))
    reader.outer(tree)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & kinds.keys()
    return Measure(_one_line(text), tree, tuple(sorted(names)))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _parse(text: str) -> ast.expr:
    line = _one_line(text)
    if len(line) > MAX_TEXT:
        raise MeasureError(line[:60], 0, f"too long, {len(line)} characters; allowed: {MAX_TEXT}")
    if not line.isascii() or "\\" in line:
        place = next(i for i, letter in enumerate(line) if not letter.isascii() or letter == "\\")
        raise MeasureError(
            line, place, f"character {line[place]!r} is not allowed; allowed: {_ALLOWED}"
        )
    _refuse_other_operators(line)
    try:
        tree = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _unreadable(line, error) from None
    _refuse_depth(tree, line)
    return tree


def _refuse_other_operators(line: str) -> None:
    """Refuse operators of other languages, at the place where they are."""
    for token in _TOKEN.finditer(line):
        if token.group() in _OTHER_OPERATORS:
            raise MeasureError(
                line,
                token.start(),
                f"'{token.group()}' is not allowed; use {_OTHER_OPERATORS[token.group()]}",
            )


def _unreadable(line: str, error: Exception) -> MeasureError:
    """Return where and why a text cannot be parsed.

    Python's parser points at the expression before a missing operator; the place after it is clearer.
    """
    before = ""
    for token in _TOKEN.finditer(line):
        text = token.group()
        if (before == ")" or _is_operand(before)) and _is_operand(text):
            return MeasureError(
                line,
                token.start(),
                "an operator is missing before this; allowed: such as == <= + - and or",
            )
        before = text
    place = min(max((getattr(error, "offset", None) or 1) - 1, 0), len(line))
    message = next(
        (plain for wording, plain in _PLAIN_MESSAGES.items() if wording in str(error)),
        "not a valid expression",
    )
    return MeasureError(
        line, place, f"{message}; allowed: such as probability(first_truce_day <= 14)"
    )


def _is_operand(token: str) -> bool:
    """Whether a token is a name, a number or a text, which needs an operator before the next one."""
    quoted = len(token) > 1 and token[0] in "'\""
    return quoted or (token[:1].isalnum() and not keyword.iskeyword(token))


def _refuse_depth(tree: ast.expr, line: str) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(2 * MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise MeasureError(line, 0, f"nested too deeply; allowed: {MAX_DEPTH} levels")


@dataclass(frozen=True)
class _Reader:
    """Checks the syntax tree of a measure and the kind of every value in it."""

    text: str
    kinds: Mapping[str, str]
    actors: list[str]

    def refuse(self, node: ast.AST, message: str) -> MeasureError:
        return MeasureError(self.text, getattr(node, "col_offset", 0), message)

    def outer(self, node: ast.expr) -> None:
        """Check an expression of averages; it must contain at least one."""
        if not any(isinstance(part, ast.Call) for part in ast.walk(node)):
            raise self.refuse(
                node,
                f"no average; allowed: {', '.join(AVERAGES)} of an expression with one value per "
                "run",
            )
        self._arithmetic(node)

    def _arithmetic(self, node: ast.expr) -> None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
            self._arithmetic(node.left)
            self._arithmetic(node.right)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            self._arithmetic(node.operand)
        elif isinstance(node, ast.Constant):
            self._number(node)
        elif isinstance(node, ast.Call):
            self._average(node)
        elif isinstance(node, ast.Name):
            raise self.refuse(
                node, f"'{node.id}' is outside an average; allowed: such as mean({node.id})"
            )
        else:
            raise self.refuse(
                node, f"not allowed here; allowed: {', '.join(AVERAGES)}, numbers, + - * /"
            )

    def _average(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else "?"
        if name not in AVERAGES:
            raise self.refuse(
                node,
                f"unknown average '{name}'{nearest(name, AVERAGES)}; allowed: "
                f"{', '.join(AVERAGES)}",
            )
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            raise self.refuse(
                node, f"{name} takes one argument, such as {name}(first_truce_day <= 14)"
            )
        kind = self._kind(node.args[0])
        if name == "mean" and kind == "day":
            message = (
                "a day that may never come has no mean; allowed: duration_days, or a probability"
            )
            raise self.refuse(node.args[0], message)
        wanted = ("number", "condition") if name == "mean" else ("condition",)
        if kind not in wanted:
            raise self.refuse(node.args[0], f"{name} needs a {' or '.join(wanted)}, not a {kind}")

    def _number(self, node: ast.Constant) -> None:
        value = node.value
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not abs(value) <= MAX_NUMBER
        ):
            raise self.refuse(node, f"not a number here; allowed: numbers up to {MAX_NUMBER:g}")

    def _kind(self, node: ast.expr) -> str:
        """Return the kind of an expression: number, day, condition or text."""
        if isinstance(node, ast.Name):
            return self._column(node)
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return "text"
            self._number(node)
            return "number"
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                self._need(part, "condition")
            return "condition"
        if isinstance(node, ast.UnaryOp):
            return self._signed(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
            kinds = {
                self._need(node.left, "number", "day"),
                self._need(node.right, "number", "day"),
            }
            return "day" if "day" in kinds else "number"
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._absolute(node)
        raise self.refuse(node, f"not allowed here; allowed: {_ALLOWED}")

    def _column(self, node: ast.Name) -> str:
        kind = self.kinds.get(node.id)
        if kind is None:
            hint = nearest(node.id, self.kinds)
            raise self.refuse(
                node, f"unknown column '{node.id}'{hint}; allowed: {', '.join(self.kinds)}"
            )
        return (
            "number"
            if kind in NUMBERS
            else {"flag": "condition", "code": "text", "day": "day"}[kind]
        )

    def _need(self, node: ast.expr, *wanted: str) -> str:
        kind = self._kind(node)
        if kind not in wanted:
            raise self.refuse(
                node, f"a {' or '.join(wanted)} is required here, and this is a {kind}"
            )
        return kind

    def _signed(self, node: ast.UnaryOp) -> str:
        if isinstance(node.op, ast.Not):
            return self._need(node.operand, "condition")
        if isinstance(node.op, ast.USub):
            return self._need(node.operand, "number", "day")
        raise self.refuse(node, "this operator is not allowed; allowed: - and not")

    def _absolute(self, node: ast.Call) -> str:
        name = node.func.id if isinstance(node.func, ast.Name) else "?"
        if name != "abs" or len(node.args) != 1 or node.keywords:
            hint = (
                "an average cannot be inside another"
                if name in AVERAGES
                else f"unknown function '{name}'"
            )
            raise self.refuse(node, f"{hint}; allowed here: abs of one number")
        return self._need(node.args[0], "number", "day")

    def _comparison(self, node: ast.Compare) -> str:
        parts = [node.left, *node.comparators]
        for number, operator in enumerate(node.ops):
            if not isinstance(operator, _COMPARISONS):
                raise self.refuse(
                    parts[number + 1], "this comparison is not allowed; allowed: < <= > >= == !="
                )
            self._refuse_unquoted(parts[number : number + 2])
            kinds = [self._kind(part) for part in parts[number : number + 2]]
            if ("text" in kinds) and (
                kinds != ["text", "text"] or not isinstance(operator, ast.Eq | ast.NotEq)
            ):
                raise self.refuse(
                    parts[number], "a text can be compared only with a text, by == or !="
                )
            if "condition" in kinds:
                raise self.refuse(
                    parts[number], "conditions cannot be compared; allowed: and, or, not"
                )
            self._known_texts(parts[number : number + 2])
        return "condition"

    def _texts(self, column: str) -> list[str]:
        """Return the values that a column of texts can have."""
        return list(ENDINGS) if column == "ending" else [*self.actors, "none"]

    def _refuse_unquoted(self, parts: list[ast.expr]) -> None:
        """Refuse an unknown name that is compared with a column of texts: its quotes are missing."""
        names = [part for part in parts if isinstance(part, ast.Name)]
        columns = [name.id for name in names if self.kinds.get(name.id) == "code"]
        for name in names:
            if columns and name.id not in self.kinds:
                allowed = self._texts(columns[0])
                if name.id in allowed:
                    raise self.refuse(name, f"a text needs quotes: '{name.id}'")
                raise self.refuse(
                    name,
                    f"a text needs quotes, and {columns[0]} is never "
                    f"{_not_allowed(name.id, allowed)}",
                )

    def _known_texts(self, parts: list[ast.expr]) -> None:
        """Refuse a text that the column it is compared with never has."""
        names = [part.id for part in parts if isinstance(part, ast.Name)]
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and names:
                allowed = self._texts(names[0])
                if part.value not in allowed:
                    raise self.refuse(
                        part, f"{names[0]} is never {_not_allowed(part.value, allowed)}"
                    )


def _not_allowed(value: str, allowed: list[str]) -> str:
    """Return the value, the nearest name, and all allowed values."""
    return f"'{value[:40]}'{nearest(value, allowed)}; allowed: {', '.join(allowed)}"


_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


# Expressions with one value per run


def _inner(node: ast.expr, table: pd.DataFrame) -> Array:
    """Return the value of a checked expression in each run, shape ``(runs,)``.

    A scalar for a constant.
    """
    if isinstance(node, ast.Name):
        return _column_values(table[node.id])
    if isinstance(node, ast.Constant):
        return np.asarray(node.value)
    if isinstance(node, ast.BoolOp):
        parts = [_inner(part, table) for part in node.values]
        combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return np.asarray(combine.reduce(np.broadcast_arrays(*parts)))
    if isinstance(node, ast.UnaryOp):
        value = _inner(node.operand, table)
        return ~value if isinstance(node.op, ast.Not) else -value
    if isinstance(node, ast.BinOp):
        return _computed(node.op, _inner(node.left, table), _inner(node.right, table))
    if isinstance(node, ast.Compare):
        return _compared(node, table)
    assert isinstance(node, ast.Call)
    return np.abs(_inner(node.args[0], table))


def _column_values(column: pd.Series) -> Array:
    if column.dtype == "Int32":
        return column.to_numpy(np.float64, na_value=math.nan)
    return column.to_numpy() if column.dtype.kind in "bO" else column.to_numpy(np.float64)


def _compared(node: ast.Compare, table: pd.DataFrame) -> Array:
    parts = [_inner(part, table) for part in (node.left, *node.comparators)]
    relations = [
        _relation(operator, left, right)
        for operator, left, right in zip(node.ops, parts[:-1], parts[1:], strict=True)
    ]
    return np.asarray(np.logical_and.reduce(np.broadcast_arrays(*relations)))


def _relation(operator: ast.cmpop, left: Array, right: Array) -> Array:
    if isinstance(operator, ast.Lt):
        return np.asarray(left < right)
    if isinstance(operator, ast.LtE):
        return np.asarray(left <= right)
    if isinstance(operator, ast.Gt):
        return np.asarray(left > right)
    if isinstance(operator, ast.GtE):
        return np.asarray(left >= right)
    if isinstance(operator, ast.Eq):
        return np.asarray(left == right)
    missing = _is_nan(left) | _is_nan(
        right
    )  # a day that never came satisfies no comparison, not even !=
    return np.asarray((left != right) & ~missing)


def _is_nan(values: Array) -> Array:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)


def _computed(operator: ast.operator, left: Array, right: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if isinstance(operator, ast.Add):
            return np.asarray(left + right)
        if isinstance(operator, ast.Sub):
            return np.asarray(left - right)
        if isinstance(operator, ast.Mult):
            return np.asarray(left * right)
        quotient = np.asarray(left / right, dtype=np.float64)
        return np.where(np.isfinite(quotient), quotient, math.nan)


# Averages and expressions of averages


def _outer(node: ast.expr, table: pd.DataFrame, draws: int) -> Estimate:
    replicates = len(table) // draws
    if isinstance(node, ast.Constant):
        return Estimate(np.full(draws, float(node.value)), np.zeros((replicates, draws)))  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        inner = _outer(node.operand, table, draws)
        return Estimate(-inner.value, -inner.influence)
    if isinstance(node, ast.Call):
        runs = np.broadcast_to(
            np.asarray(_inner(node.args[0], table), dtype=np.float64), (len(table),)
        )
        by_draw = runs.reshape(replicates, draws)
        mean = by_draw.mean(axis=0) if replicates else np.full(draws, math.nan)
        return Estimate(mean, by_draw - mean)
    assert isinstance(node, ast.BinOp)
    return _combined(node.op, _outer(node.left, table, draws), _outer(node.right, table, draws))


def _combined(operator: ast.operator, left: Estimate, right: Estimate) -> Estimate:
    if isinstance(operator, ast.Add):
        return Estimate(left.value + right.value, left.influence + right.influence)
    if isinstance(operator, ast.Sub):
        return left - right
    if isinstance(operator, ast.Mult):
        product = left.value * right.value
        return Estimate(product, left.value * right.influence + right.value * left.influence)
    divisor = np.where(right.value == 0, math.nan, right.value)
    quotient = left.value / divisor
    return Estimate(quotient, (left.influence - quotient * right.influence) / divisor)
