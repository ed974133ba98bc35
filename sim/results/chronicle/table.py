"""The tables of a trace: its acts, the days of the run, and what the actors weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import timedelta

import pandas as pd

from sim.results.chronicle.act import Act
from sim.results.chronicle.choices import Option
from sim.results.chronicle.days import DayEnd
from sim.results.chronicle.grammar import sentence
from sim.results.chronicle.words import Words
from sim.scenario import ESCALATIONS, Scenario

RENAMED = {"kind": "event"}
"""Attributes of acts that have another name as columns."""


def table_of_acts(words: Words, acts: Sequence[Act]) -> pd.DataFrame:
    """Return one row per act: its date, all that is known of it, and its sentence."""
    rows = []
    for act in acts:
        when = words.scenario.start + timedelta(days=act.day)
        clause = words.clause(act)
        prompt = words.prompt(act) if act.kind == "stance" else ""
        says = sentence(f"{clause}, {prompt}" if prompt else clause)
        rows.append({"date": when.isoformat(), **asdict(act), "says": says})
    columns = ["date", *(field.name for field in fields(Act)), "says"]
    return pd.DataFrame(rows, columns=columns).rename(columns=RENAMED)


def acts_of_table(table: pd.DataFrame) -> list[Act]:
    """Return the acts of a table, as it was written or read from a file.

    >>> import sim
    >>> words = Words(sim.load("april_2016").scenario)
    >>> acts_of_table(table_of_acts(words, [Act(3, "silence", until=3)]))[0].kind
    'silence'
    """
    table = table.rename(columns={column: name for name, column in RENAMED.items()})
    names = [field.name for field in fields(Act)]
    texts = [field.name for field in fields(Act) if field.type == "str"]
    filled = table[names].copy()
    filled[texts] = filled[texts].astype(object).fillna("").astype(str)
    return [Act(**row) for row in filled.to_dict("records")]


def table_of_options(options: Sequence[Option]) -> pd.DataFrame:
    """Return one row per option that an actor weighed: its utility, probability and choice."""
    columns = [field.name for field in fields(Option)]
    return pd.DataFrame([asdict(option) for option in options], columns=columns)


def table_of_days(scenario: Scenario, ends: Sequence[DayEnd]) -> pd.DataFrame:
    """Return one row per day: the fighting, the postures, all stances and the cessation in force.

    Units are those of ``daily.parquet``.
    """
    sides = (scenario.conflict.challenger, scenario.conflict.defender)
    rows = [
        {
            "day": end.day,
            "date": (scenario.start + timedelta(days=end.day)).isoformat(),
            "level": end.level,
            "stop": end.stop,
            **{
                f"escalation_{code}": ESCALATIONS[posture]
                for code, posture in zip(sides, end.postures, strict=True)
            },
            **{f"stance_{code}": stance for code, stance in end.stances.items()},
            "deaths": end.deaths,
            "territory_fought": end.fought,
            "territory_ceded": end.ceded,
        }
        for end in ends
    ]
    return pd.DataFrame(rows)
