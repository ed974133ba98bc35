"""Describe one run day by day: who did what, and with what result.

The run is simulated again alone, with the random numbers of its block. It gives the same outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from sim.engine.rules import TRACE
from sim.ensemble.ensemble import Plan, world_of_run
from sim.io.atomic import atomic_file
from sim.io.errors import Fault, InputError, UsageError
from sim.io.spreadsheets import defused
from sim.io.text import count, with_article
from sim.outcomes.numbers import fine_percent
from sim.results.narration import FIGHTING, STOP_WORDS, DayEnd, Event, events_between
from sim.results.reader import CHANGED, RESOLVED, Result
from sim.scenario import STANCES, Escalation
from sim.scenario.stances import ASIDE


@dataclass(frozen=True)
class Trace:
    """The description of one run.

    Attributes:
        plan: plan of its ensemble.
        run: number of the run.
        events: events in order.
        day_ends: state at the end of each day, until nothing can change any more.
    """

    plan: Plan
    run: int
    events: tuple[Event, ...]
    day_ends: tuple[DayEnd, ...]

    def __repr__(self) -> str:
        """Return a short description."""
        return f"<Trace of run {self.run} of {self.plan.scenario.scenario}: {ending(self)}>"

    def __str__(self) -> str:
        """Return the events, one line for each day that has any, and how the run ended."""
        by_day = groupby(self.events, key=lambda event: event.day)
        days = [
            f"day {day}: {' '.join(f'{event.says}.' for event in events)}" for day, events in by_day
        ]
        return "\n".join([*days, ending(self)])

    def _repr_html_(self) -> str:
        return f"{self.table().to_html(index=False)}<p>{escape(ending(self))}</p>"

    def table(self) -> pd.DataFrame:
        """Return one row per event, with the state at the end of its day.

        Units are those of ``daily.parquet``.
        """
        rows = [(event, self.day_ends[event.day]) for event in self.events]
        return pd.DataFrame(
            {
                "day": [event.day for event, _ in rows],
                "actor": [event.actor for event, _ in rows],
                "event": [event.kind for event, _ in rows],
                "says": [event.says for event, _ in rows],
                "level": [end.level for _, end in rows],
                "deaths": [end.deaths for _, end in rows],
                "territory_fought": [end.fought for _, end in rows],
                "territory_ceded": [end.ceded for _, end in rows],
            }
        )

    @property
    def days(self) -> int:
        """Duration of the fighting in days, as in the outcomes."""
        last = self.day_ends[-1]
        horizon = self.plan.scenario.horizon_days
        return horizon if last.stop == FIGHTING else min(max(last.stop_day, 0), horizon)


def trace(plan: Plan, run: int) -> Trace:
    """Simulate one run of an ensemble again and describe it.

    Args:
        plan: scenario, draws and seed. Its number of runs does not matter.
        run: number of the run.

    >>> import sim
    >>> trace(Plan(sim.load("april_2016").scenario, runs=100, draws=10), 7).day_ends[0].day
    0
    """
    world = world_of_run(plan, run)
    eve = DayEnd.of(world)
    # the eve of the crisis: no one fights or takes a stance, so that the onset is reported
    aside = dict.fromkeys(eve.stances, STANCES[ASIDE].name)
    day_ends = [replace(eve, postures=(Escalation.hold_fire, Escalation.hold_fire), stances=aside)]
    world.play(watch=lambda: day_ends.append(DayEnd.of(world)))
    world.close()
    return Trace(plan, run, tuple(events_between(plan.scenario, day_ends)), tuple(day_ends[1:]))


def ending(trace_of_run: Trace) -> str:
    """Return a sentence about how a run ended."""
    last = trace_of_run.day_ends[-1]
    scenario = trace_of_run.plan.scenario
    if all(end.level == Escalation.hold_fire for end in trace_of_run.day_ends):
        return f"There was no fighting in {count(scenario.horizon_days, 'day')}."
    people = "person" if round(last.deaths) == 1 else "people"
    won = f"{fine_percent(last.fought)} of the area was won by fighting"
    losses = f"{last.deaths:,.0f} {people} died, {won}"
    losses += f" and {fine_percent(last.ceded)} was ceded" if last.ceded else ""
    owed = last.terms - last.concession
    losses += f"; {fine_percent(owed)} was still to be ceded" if owed > TRACE else ""
    if trace_of_run.days == scenario.horizon_days:
        return f"After {count(trace_of_run.days, 'day')} the sides still fought; {losses}."
    stop = STOP_WORDS.get(last.stop, last.stop)
    mediator = scenario.actors[last.mediator].name if last.mediator else ""
    by = f" mediated by {with_article(mediator)}" if mediator else ""
    return f"The last shots fell on day {trace_of_run.days - 1}, before a {stop}{by}; {losses}."


def trace_of_result(result: Result, run: int) -> Trace:
    """Describe a run of a result folder.

    Raises:
        UsageError: the folder has no such run.
        InputError: its resolved scenario is not the one that was simulated.
    """
    if not result.is_as_simulated:
        raise InputError([Fault(str(result.folder / RESOLVED), 0, "", CHANGED)])
    runs = result.outcomes["run"].to_numpy()
    if run not in runs:
        what = f"allowed: {runs.min()} to {runs.max()}, as in the first column of outcomes.csv"
        raise UsageError(f"no run {run}; {what}")
    manifest = result.manifest
    return trace(Plan(result.scenario, len(runs), manifest["draws"], manifest["seed"]), run)


def differs(trace_of_run: Trace, outcomes: pd.DataFrame) -> bool:
    """Return whether the run has another outcome in a table.

    The table was then simulated by another version of the rules.
    """
    (row,) = outcomes[outcomes["run"] == trace_of_run.run].itertuples()
    last = trace_of_run.day_ends[-1]
    recorded = (
        row.duration_days,
        row.failed_stops,
        row.deaths_challenger + row.deaths_defender,
        row.territory_fought,
    )
    again = (trace_of_run.days, last.broken, last.deaths, last.fought)
    return not np.allclose(recorded, again, rtol=1e-3, atol=1e-4)


def write(trace_of_run: Trace, folder: Path) -> Path:
    """Write the table of events into a result folder. Return the file."""
    file = folder / "traces" / f"run_{trace_of_run.run}.csv"
    with atomic_file(file, aside_in=folder) as aside:
        defused(trace_of_run.table()).to_csv(
            aside, index=False, lineterminator="\n", float_format="%.6g"
        )
    return file
