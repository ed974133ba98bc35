"""Columns of the tables, and measures of the summary."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from functools import cache

import sim
from docs.parts.markdown import code, table
from docs.parts.places import WORKSPACE
from sim.ensemble.daily import DailyTally
from sim.outcomes.columns import CORE, DAILY_COLUMNS, RUN, Column, columns
from sim.outcomes.summary import COLUMNS
from sim.outcomes.summary_measures import declared
from sim.scenario import Scenario


def columns_of_runs() -> str:
    """Return the columns that every outcomes table has."""
    return _columns((*RUN, *CORE))


def columns_of_actors() -> str:
    """Return the columns that depend on the actors, with SIDE and ACTOR for their codes."""
    found: dict[str, Column] = {}
    for column in columns(_crisis()):
        plain = dataclasses.replace(
            column, name=_generic(column.name), measured=_generic(column.measured)
        )
        found.setdefault(plain.name, plain)
    known = {column.name for column in (*RUN, *CORE)}
    return _columns([column for name, column in found.items() if name not in known])


def columns_of_days() -> str:
    """Return the quantities that are recorded for every day."""
    return _columns(DAILY_COLUMNS)


def columns_of_daily_files() -> str:
    """Return the names of the columns of both daily tables."""
    tally = DailyTally(1, 1)
    names = [str(name) for name in tally.table().columns]
    of_days = ", ".join(map(code, names))
    of_draws = ", ".join(map(code, tally.by_draw().columns))
    rows = (
        ("`daily.parquet`", f"{of_days}, and `run_0` to `run_199`: the first runs"),
        ("`daily_by_draw.parquet`", of_draws),
    )
    return table(("file", "columns"), rows)


def measures() -> str:
    """Return the measures of the summary, with their values in each run."""
    scenario = _crisis()
    rows = (
        (code(_generic(m.name)), m.says(scenario), m.unit, code(_generic(m.formula)))
        for m in declared(["OST"])
    )
    return table(("name", "measure", "unit", "in each run"), rows)


def columns_of_the_summary() -> str:
    """Return the columns of a summary."""
    return table(("column", "meaning"), ((code(name), says) for name, says in COLUMNS.items()))


def _columns(chosen: Sequence[Column]) -> str:
    headings = [field.name for field in dataclasses.fields(Column)]
    rows = ([code(first), *rest] for first, *rest in map(dataclasses.astuple, chosen))
    return table(headings, rows)


@cache
def _crisis() -> Scenario:
    """Return the example crisis with every kind of column: a seat, and days of a course."""
    seat = {"actors.OST.seat": True, "course_days": [13]}
    return sim.load(WORKSPACE / "scenarios" / "island.yaml", set=seat).scenario


def _generic(text: str) -> str:
    generic = re.sub(r"(?<![A-Z])(NOR|SUD)(?![A-Z])", "SIDE", text)
    return (
        re.sub(r"day_13\b", "day_DAY", generic)
        .replace("day 13", "that day")
        .replace("OST", "ACTOR")
    )
