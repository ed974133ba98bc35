"""Check the syntax tree of a measure, and the kind of every value in it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from sim.io.errors import nearest
from sim.outcomes.columns import ENDINGS
from sim.outcomes.syntax import ALLOWED, MeasureError

AVERAGES = ("probability", "share", "mean")
MAX_NUMBER = 1e9
NUMBERS = ("count", "real", "level")
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


@dataclass(frozen=True)
class Checker:
    """Checks the syntax tree of a measure and the kind of every value in it."""

    text: str
    kinds: Mapping[str, str]
    actors: list[str]

    def refuse(self, node: ast.AST, message: str) -> MeasureError:
        """Return the error for a part of the text."""
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
        if isinstance(node, ast.BinOp) and isinstance(node.op, OPERATORS):
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
        if isinstance(node, ast.BinOp) and isinstance(node.op, OPERATORS):
            kinds = {
                self._need(node.left, "number", "day"),
                self._need(node.right, "number", "day"),
            }
            return "day" if "day" in kinds else "number"
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._absolute(node)
        raise self.refuse(node, f"not allowed here; allowed: {ALLOWED}")

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
            if not isinstance(operator, COMPARISONS):
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
        """Refuse an unknown name compared with a column of texts, as its quotes are missing."""
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
