"""The outcomes table: one row a run, every column declared.

This is the narrow waist between playing and judging: analysis and charts see outcomes and never the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.scenario import Scenario
from sim.scenario.columns import column_name, named_columns

ENDINGS = ("fighting", "lull", "truce", "capitulation")


@dataclass(frozen=True)
class Column:
    """One column of the outcomes table.

    Attributes:
        name: its name in every file.
        kind: ``count``, ``day`` (empty where it never came), ``real``, ``flag``, ``code`` or ``level``.
        unit: unit of its values.
        measured: how it is measured.
    """

    name: str
    kind: str
    unit: str
    measured: str


RUN = (
    Column("run", "count", "-", "number of the run; its draw is run modulo draws"),
    Column("draw", "count", "-", "number of the draw: one full set of the values that are left open"),
    Column("replicate", "count", "-", "number of the play of that draw"),
)
CORE = (
    Column("first_stop_day", "day", "days", "first day of the first stop of any kind"),
    Column("first_truce_day", "day", "days", "first day of the first brokered truce"),
    Column("lasting_truce_day", "day", "days", "first day of the stop in force at the end"),
    Column("duration_days", "count", "days", "the lasting stop's first day, or the horizon where there is none"),
    Column("ending", "code", "-", "what holds at the end: truce, lull, capitulation or fighting"),
    Column("truces", "count", "truces", "brokered truces signed"),
    Column("failed_truces", "count", "truces", "brokered truces that broke"),
    Column("failed_stops", "count", "stops", "stops of any kind that broke"),
    Column("offers", "count", "offers", "offers made"),
    Column("signed_challenger", "count", "offers", "offers the challenger was ready to sign"),
    Column("signed_defender", "count", "offers", "offers the defender was ready to sign"),
    Column("broker", "code", "-", "broker of the truce in force at the end, or none"),
    Column("peak_level", "level", "0-4", "highest level of fighting; 4 where an outside power fights"),
    Column("deaths_challenger", "real", "battle deaths", "the challenger's battle deaths"),
    Column("deaths_defender", "real", "battle deaths", "the defender's battle deaths"),
    Column("territory_fought", "real", "share of the area", "net ground won by fighting, + to the challenger"),
    Column("territory_ceded", "real", "share of the area", "ground handed over by agreement, + to the challenger"),
    Column("great_power_entry", "flag", "-", "an outside power used force on a day of fighting"),
    Column("patron_clash", "flag", "-", "outside powers used force on both sides on one day"),
    Column("treaty_invoked", "flag", "-", "the defender called on a treaty"),
    Column("treaty_answered", "level", "0-3", "best answer of an ally once called: silence, words, aid, force"),
    Column("frustrated_triads", "real", "share of triads", "triads with an odd number of hostile ties at the end"),
)

DAILY = ("level", "territory_fought", "territory_ceded", "deaths", "support_challenger", "support_defender")
"""Quantities kept for every day; deaths are cumulative."""


AFTER_ACTORS = {
    "tie": ("real", "-1 to 1", "tie of {} to {} at the end"),
    "dependence": ("real", "0 to 1", "share of {}'s outside help that is {}'s"),
    "support": ("real", "levels", "mean support of {} for {} on days of fighting"),
    "force": ("flag", "-", "{} used force for {} on a day of fighting"),
    "standing": ("real", "-1 to 1", "the weaker of the two sides' ties to {} at the end"),
    "mediates": ("real", "share of days", "days of fighting on which {} brokered"),
    "seat": ("flag", "-", "a truce holds at the end and {} has a seat in it"),
}
"""Kind, unit and measure of the columns that are named after actors."""


def columns(scenario: Scenario) -> tuple[Column, ...]:
    """Return every column of a scenario's outcomes, in order."""
    course = [
        Column(f"territory_day_{day}", "real", "share of the area", f"net ground won by fighting when day {day} dawned")
        for day in scenario.course
    ]
    return (*RUN, *CORE, *(_after_actors(*named) for named in named_columns(scenario)), *course)


def _after_actors(what: str, codes: tuple[str, ...]) -> Column:
    kind, unit, measured = AFTER_ACTORS[what]
    return Column(column_name(what, *codes), kind, unit, measured.format(*codes))


def table(scenario: Scenario, parts: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """Return the outcomes table of some runs, columns in their declared order and type.

    Args:
        scenario: what was played.
        parts: arrays of shape ``(runs,)`` by column name; a day that never came is -1.
    """
    frame: dict[str, Any] = {}
    for column in columns(scenario):
        values = parts[column.name]
        if column.kind == "day":
            frame[column.name] = pd.arrays.IntegerArray(values.astype(np.int32), mask=values < 0)
        else:
            frame[column.name] = values.astype(DTYPES[column.kind])
    return pd.DataFrame(frame)


DTYPES = {"count": "int32", "real": "float32", "flag": "bool", "code": "object", "level": "int8"}
