"""Measures: a small language for statistics of the outcomes table.

    probability(first_truce_day <= 14)
    mean(deaths_challenger + deaths_defender)
    share(broker == 'OST')
    probability(failed_stops > 0) / mean(offers)

Names are columns of the outcomes table. An average contains an expression with one value per run:
numbers, texts, comparisons, ``and``, ``or``, ``not``, sums, products, ``abs``. The averages are
``mean`` (of a number) and ``probability`` or ``share`` (of a condition). They can be combined with
numbers by ``+``, ``-``, ``*`` and ``/``. A day that never came satisfies no comparison, and days
that may never come cannot be averaged.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.columns import columns
from sim.outcomes.evaluation import Estimate, Table, estimate, run_values
from sim.outcomes.kinds import AVERAGES, Checker
from sim.outcomes.syntax import one_line, parse
from sim.scenario import Scenario


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

    def estimate(self, table: Table, draws: int) -> Estimate:
        """Return the estimates of all draws from a table of outcomes.

        Args:
            table: rows in order of runs; run ``k`` is replicate ``k // draws`` of draw
                ``k % draws``.
            draws: number of draws; an incomplete last replicate is left out.
        """
        return estimate(self.tree, table, draws)

    def averages(self) -> Iterator[Measure]:
        """Yield each average of an expression of averages as a measure of its own."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in AVERAGES:
                yield Measure(ast.unparse(node), node, self.names)

    def values(self, table: Table) -> NDArray[np.float64]:
        """Return the value of a plain average in each run; ValueError for any other measure."""
        if not isinstance(self.tree, ast.Call):
            raise ValueError("not a plain average")
        return np.asarray(run_values(self.tree.args[0], table), dtype=np.float64)


def read(text: str, scenario: Scenario) -> Measure:
    """Parse a measure; MeasureError if the text is not a measure of this scenario.

    >>> import sim
    >>> read("mean(deaths_defender)", sim.load("april_2016").scenario).names
    ('deaths_defender',)
    """
    tree = parse(text)
    kinds = {column.name: column.kind for column in columns(scenario)}
    reader = Checker(one_line(text), kinds, sorted(scenario.actors))
    reader.outer(tree)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & kinds.keys()
    return Measure(one_line(text), tree, tuple(sorted(names)))
