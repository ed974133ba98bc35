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
    Column("draw", "count", "-", "number of the draw: one full set of values from the coded ranges"),
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

DAILY_COLUMNS = (
    Column("level", "level", "0-4", "level of fighting; 4 where an outside power fights"),
    Column("territory_fought", "real", "share of the area", "net territory won by fighting, + to the challenger"),
    Column("territory_ceded", "real", "share of the area", "territory ceded by agreement, + to the challenger"),
    Column("deaths", "real", "battle deaths", "battle deaths of both sides since the onset"),
    Column("support_challenger", "real", "levels", "support of all third parties for the challenger"),
    Column("support_defender", "real", "levels", "support of all third parties for the defender"),
)
DAILY = tuple(column.name for column in DAILY_COLUMNS)
"""Quantities kept for every day."""


def tracked_ties(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the ties that get a column: both sides' ties to every third party with any stated tie between them."""
    actors, sides = scenario.actors, (scenario.conflict.challenger, scenario.conflict.defender)
    return [
        (side, k) for side in sides for k in scenario.third_parties if k in actors[side].ties or side in actors[k].ties
    ]


def tracked_support(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the pairs (side, third party) in which the third party supplies the side or can act."""
    sides = (scenario.conflict.challenger, scenario.conflict.defender)
    return [
        (side, k)
        for side in sides
        for k in scenario.third_parties
        if side in scenario.actors[k].supplies or scenario.actors[k].can_act
    ]


def columns(scenario: Scenario) -> tuple[Column, ...]:
    """Return every column of a scenario's outcomes, in order."""
    actors, sides = scenario.actors, (scenario.conflict.challenger, scenario.conflict.defender)
    powers = [k for k in scenario.third_parties if actors[k].can_act]
    ties = [
        Column(f"tie_{a}_{b}", "real", "-1 to 1", f"tie of {a} to {b} at the end") for a, b in tracked_ties(scenario)
    ]
    dependence = [
        Column(f"dependence_{side}_{k}", "real", "0 to 1", f"share of {side}'s outside help that is {k}'s")
        for side, k in tracked_support(scenario)
    ]
    helped = [
        column
        for k in powers
        for side in sides
        for column in (
            Column(f"support_{k}_{side}", "real", "levels", f"mean support of {k} for {side} on days of fighting"),
            Column(f"force_{k}_{side}", "flag", "-", f"{k} used force for {side} on a day of fighting"),
        )
    ]
    brokered = [
        column
        for k in powers
        if actors[k].broker_value is not None
        for column in (
            Column(f"standing_{k}", "real", "-1 to 1", f"the weaker of the two sides' ties to {k} at the end"),
            Column(f"mediates_{k}", "real", "share of days", f"days of fighting on which {k} brokered"),
        )
    ]
    seats = [
        Column(f"seat_{k}", "flag", "-", f"a truce holds at the end and {k} has a seat in it")
        for k in powers
        if actors[k].seat
    ]
    course = [
        Column(f"territory_day_{day}", "real", "share of the area", f"net ground won by fighting when day {day} dawned")
        for day in scenario.course
    ]
    return (*RUN, *CORE, *ties, *dependence, *helped, *brokered, *seats, *course)


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
