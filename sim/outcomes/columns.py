"""The outcomes table: one row per run, with every column declared here.

The table is the only link between the engine and the analysis. Analysis and charts read outcomes
and never the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.outcomes.runs import Runs
from sim.scenario import Scenario
from sim.scenario.columns import column_name, named_columns

ENDINGS = ("fighting", "lull", "truce", "capitulation")
"""Values of the column ``ending``."""
DIRECT = "direct"
"""A ceasefire without a mediator, where endings are counted; its ``ending`` is ``truce``."""


@dataclass(frozen=True)
class Column:
    """One column of the outcomes table.

    Attributes:
        name: name of the column, the same in every file.
        kind: ``count``, ``day`` (empty if it never came), ``real``, ``flag``, ``code`` or
            ``level``.
        unit: unit of its values.
        measured: what the values measure.
    """

    name: str
    kind: str
    unit: str
    measured: str


RUN = (
    Column(
        "run",
        "count",
        "-",
        "number of the run; its parameter draw is the run number modulo the number of draws",
    ),
    Column(
        "draw", "count", "-", "number of the parameter draw: one full set of the uncertain values"
    ),
    Column("replicate", "count", "-", "number of the replicate: one run of that draw"),
)
CORE = (
    Column(
        "first_stop_day", "day", "days", "first day of the first cessation of fighting of any kind"
    ),
    Column("first_truce_day", "day", "days", "first day of the first mediated ceasefire"),
    Column(
        "lasting_truce_day",
        "day",
        "days",
        "first day of the cessation of fighting in force at the end (a ceasefire, a lull or a "
        "capitulation); empty if there is none",
    ),
    Column(
        "duration_days",
        "count",
        "days",
        "days from the onset to the lasting cessation of fighting, or the horizon if there is none",
    ),
    Column(
        "ending",
        "code",
        "-",
        "state at the end: truce (a ceasefire; `broker` names its mediator, or none), lull, "
        "capitulation or fighting",
    ),
    Column("truces", "count", "ceasefires", "mediated ceasefires signed"),
    Column("failed_truces", "count", "ceasefires", "mediated ceasefires that broke"),
    Column("failed_stops", "count", "cessations", "cessations of fighting of any kind that broke"),
    Column("offers", "count", "proposals", "proposals made"),
    Column(
        "signed_challenger", "count", "proposals", "proposals that the challenger was ready to sign"
    ),
    Column(
        "signed_defender", "count", "proposals", "proposals that the defender was ready to sign"
    ),
    Column(
        "broker",
        "code",
        "-",
        "mediator of the ceasefire in force at the end, or of the surrender; or none",
    ),
    Column("peak_level", "level", "0-4", "highest escalation level; 4 if a third party fights"),
    Column("deaths_challenger", "real", "battle deaths", "battle deaths of the challenger"),
    Column("deaths_defender", "real", "battle deaths", "battle deaths of the defender"),
    Column(
        "territory_fought",
        "real",
        "share of the area",
        "net territory won by fighting, positive for the challenger",
    ),
    Column(
        "territory_ceded",
        "real",
        "share of the area",
        "territory ceded by agreement, positive for the challenger",
    ),
    Column("great_power_entry", "flag", "-", "a third party used force on a day of fighting"),
    Column("patron_clash", "flag", "-", "third parties used force for both sides on the same day"),
    Column("treaty_invoked", "flag", "-", "the defender invoked a treaty"),
    Column(
        "treaty_answered",
        "level",
        "0-3",
        "strongest answer of an ally to an invoked treaty: 0 silence, 1 words, 2 aid, 3 force",
    ),
    Column(
        "frustrated_triads",
        "real",
        "share of triads",
        "triads with an odd number of hostile ties at the end",
    ),
)

DAILY_COLUMNS = (
    Column("level", "level", "0-4", "escalation level; 4 if a third party fights"),
    Column(
        "territory_fought",
        "real",
        "share of the area",
        "net territory won by fighting, positive for the challenger",
    ),
    Column(
        "territory_ceded",
        "real",
        "share of the area",
        "territory ceded by agreement, positive for the challenger",
    ),
    Column("deaths", "real", "battle deaths", "battle deaths of both sides since the onset"),
    Column(
        "support_challenger", "real", "levels", "support of all third parties for the challenger"
    ),
    Column("support_defender", "real", "levels", "support of all third parties for the defender"),
)
DAILY = tuple(column.name for column in DAILY_COLUMNS)
"""Quantities kept for every day."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles over runs that are kept for every day."""


ACTOR_COLUMNS = {
    "tie": ("real", "-1 to 1", "tie of {} to {} at the end"),
    "dependence": ("real", "0 to 1", "share of {}'s outside help that comes from {}"),
    "support": ("real", "levels", "mean support of {} for {} on days of fighting"),
    "force": ("flag", "-", "{} used force for {} on a day of fighting"),
    "standing": ("real", "-1 to 1", "weaker of the two sides' ties to {} at the end"),
    "mediates": ("real", "share of days", "share of the days of fighting on which {} mediated"),
    "seat": ("flag", "-", "a ceasefire holds at the end and {} has a seat in the settlement"),
}
"""Kind, unit and meaning of the columns that are named after actors."""


def columns(scenario: Scenario) -> tuple[Column, ...]:
    """Return every column of a scenario's outcomes, in order.

    >>> import sim
    >>> [column.name for column in columns(sim.load("april_2016").scenario)][:4]
    ['run', 'draw', 'replicate', 'first_stop_day']
    """
    course = [
        Column(
            f"territory_day_{day}",
            "real",
            "share of the area",
            f"net territory won by fighting by the start of day {day}",
        )
        for day in scenario.course
    ]
    return (*RUN, *CORE, *(_actor_column(*named) for named in named_columns(scenario)), *course)


def _actor_column(what: str, codes: tuple[str, ...]) -> Column:
    kind, unit, measured = ACTOR_COLUMNS[what]
    return Column(column_name(what, *codes), kind, unit, measured.format(*codes))


def table(scenario: Scenario, parts: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """Return the outcomes table of some runs, with columns in their declared order and type.

    Args:
        scenario: the scenario that was simulated.
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


def ended(outcomes: Runs) -> pd.Series[str]:
    """Return how each run ended: its ``ending``, or ``direct`` for a ceasefire without a mediator.

    >>> table = pd.DataFrame({"ending": ["truce", "truce"], "broker": ["OST", "none"]})
    >>> ended(table).tolist()
    ['truce', 'direct']
    """
    is_direct = (outcomes["ending"] == "truce") & (outcomes["broker"] == "none")
    return outcomes["ending"].mask(is_direct, DIRECT)


DTYPES = {"count": "int32", "real": "float32", "flag": "bool", "code": "object", "level": "int8"}
