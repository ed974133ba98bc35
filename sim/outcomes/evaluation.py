"""Evaluate a checked measure on a table of outcomes.

Estimates are made separately for each parameter draw. Their noise comes from the *influence* of
each run on its draw's estimate (the delta method; Efron & Tibshirani 1993, ch. 21). For an average,
the influence is a run's deviation from the mean. For an expression of averages, it follows from the
chain rule.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.outcomes.arrays import Outcomes
from sim.outcomes.runs import Columns

Array = NDArray[Any]
Table: TypeAlias = pd.DataFrame | Columns | Outcomes


@dataclass(frozen=True)
class Estimate:
    """Estimates of a measure, one per parameter draw.

    Attributes:
        value: estimate of each draw, shape ``(draws,)``; NaN after a division by zero.
        influence: influence of each run on its draw's value, shape ``(replicates, draws)``; it sums
            to 0 in each draw.
    """

    value: NDArray[np.float64]
    influence: NDArray[np.float64]

    def __sub__(self, second: Estimate) -> Estimate:
        """Return the difference of two measures of the same runs.

        Noise from common random numbers cancels out.
        """
        return Estimate(self.value - second.value, self.influence - second.influence)


def run_values(node: ast.expr, table: Table) -> Array:
    """Return the value of a checked expression in each run.

    Returns:
        Numbers, texts or truth values of shape ``(runs,)``; for a constant, a scalar.

    >>> table = pd.DataFrame({"truces": [0, 2, 1]})
    >>> run_values(ast.parse("truces > 0", mode="eval").body, table).tolist()
    [False, True, True]
    """
    if isinstance(node, ast.Name):
        return _column_values(table[node.id])
    if isinstance(node, ast.Constant):
        return np.asarray(node.value)
    if isinstance(node, ast.BoolOp):
        parts = [run_values(part, table) for part in node.values]
        combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return np.asarray(combine.reduce(np.broadcast_arrays(*parts)))
    if isinstance(node, ast.UnaryOp):
        value = run_values(node.operand, table)
        return ~value if isinstance(node.op, ast.Not) else -value
    if isinstance(node, ast.BinOp):
        return _computed(node.op, run_values(node.left, table), run_values(node.right, table))
    if isinstance(node, ast.Compare):
        return _compared(node, table)
    assert isinstance(node, ast.Call)
    return np.abs(run_values(node.args[0], table))


def _column_values(column: pd.Series[Any] | Array) -> Array:
    if isinstance(column, np.ndarray):
        return column if column.dtype.kind in "bU" else column.astype(np.float64)
    if column.dtype == "Int32":
        return column.to_numpy(np.float64, na_value=math.nan)
    return column.to_numpy() if column.dtype.kind in "bO" else column.to_numpy(np.float64)


def _compared(node: ast.Compare, table: Table) -> Array:
    parts = [run_values(part, table) for part in (node.left, *node.comparators)]
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
    # A day that never came satisfies no comparison, not even !=.
    missing = _is_nan(left) | _is_nan(right)
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


def estimate(node: ast.expr, table: Table, draws: int) -> Estimate:
    """Return the estimates of all draws for a checked expression of averages.

    Args:
        node: the expression.
        table: rows in order of runs; run ``k`` is replicate ``k // draws`` of draw ``k % draws``.
        draws: number of draws; an incomplete last replicate is left out.

    >>> table = pd.DataFrame({"truces": [0, 2, 1, 4]})  # two replicates of two draws
    >>> estimate(ast.parse("mean(truces)", mode="eval").body, table, draws=2).value.tolist()
    [0.5, 3.0]
    """
    replicates = len(table) // draws
    if isinstance(node, ast.Constant):
        return Estimate(np.full(draws, float(node.value)), np.zeros((replicates, draws)))  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        inner = estimate(node.operand, table, draws)
        return Estimate(-inner.value, -inner.influence)
    if isinstance(node, ast.Call):
        values = np.asarray(run_values(node.args[0], table), dtype=np.float64)
        runs = np.broadcast_to(values, (len(table),))[: replicates * draws]
        table_of_draws = runs.reshape(replicates, draws)
        mean = table_of_draws.mean(axis=0) if replicates else np.full(draws, math.nan)
        return Estimate(mean, table_of_draws - mean)
    assert isinstance(node, ast.BinOp)
    return _combined(node.op, estimate(node.left, table, draws), estimate(node.right, table, draws))


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
