"""Deliveries of arms in the last ten years: the SIPRI trade register."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sim.data.actors import Actors
from sim.data.table import Table

YEARS = 10


@dataclass(frozen=True)
class Deliveries:
    """What a state received.

    Attributes:
        first: first year of the period.
        last: last year of the period.
        total: trend-indicator value of all deliveries, in millions.
        deals: number of all deals with deliveries.
        by: value and number of deals by supplier: by its code if it is an actor, or else by its
            name in the register.
    """

    first: int
    last: int
    total: float
    deals: int
    by: dict[str, tuple[float, int]]

    def share(self, supplier: str) -> float:
        """Return a supplier's share of the value, 0 if nothing was delivered."""
        return self.by.get(supplier, (0.0, 0))[0] / self.total if self.total else 0.0


def read(
    table: Table, actors: Actors, takers: tuple[str, str], year: int
) -> dict[str, Deliveries] | None:
    """Return what each of two states received in the ten years up to ``year``.

    A deal over several years is spread evenly over them. If the register ends before ``year``, the
    period is the last ten years of the register.

    Returns:
        The deliveries by receiving state; None if the register begins after ``year``.

    Raises:
        InputError: a row cannot be read.
    """
    deals: list[tuple[str, str, tuple[int, ...], float]] = []
    last, begins = 0, False
    for row in table.rows():
        years = row.years()  # none for an order that is not delivered yet
        if not years:
            continue
        last = max(last, min(year, max(years)))
        begins = begins or min(years) <= year
        taker = actors.named(row, "taker")
        if taker in takers and (value := row.number("value")) is not None:
            giver = actors.named(row, "giver") or row.text("giver")
            deals.append((taker, giver, years, value))
    if not begins:
        return None
    period = range(last - YEARS + 1, last + 1)
    return {taker: _sum(taker, deals, period) for taker in takers}


def _sum(
    taker: str, deals: list[tuple[str, str, tuple[int, ...], float]], period: range
) -> Deliveries:
    values: defaultdict[str, float] = defaultdict(float)
    numbers: defaultdict[str, int] = defaultdict(int)
    total, count = 0.0, 0
    for to, giver, years, value in deals:
        within = sum(year in period for year in years)
        if to != taker or not within:
            continue
        part = value * within / len(years)
        total += part
        count += 1
        values[giver] += part
        numbers[giver] += 1
    by = {giver: (value, numbers[giver]) for giver, value in values.items()}
    return Deliveries(period[0], period[-1], total, count, by)
