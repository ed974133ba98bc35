"""Describe one run day by day: who did what, why, and with what result.

The run is simulated again alone, with the random numbers of its block. It gives the same outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from sim.engine.rules import TRACE
from sim.ensemble.ensemble import Plan, world_of_run
from sim.io.atomic import atomic_file
from sim.io.errors import Fault, InputError, UsageError
from sim.io.spreadsheets import defused
from sim.io.text import count
from sim.outcomes.numbers import fine_percent
from sim.outcomes.runs import Runs
from sim.results.chronicle import table
from sim.results.chronicle.act import Act, with_choices
from sim.results.chronicle.acts import Reader
from sim.results.chronicle.cameo import event_table
from sim.results.chronicle.choices import CAPITULATION, FIGHTING, LULL, TRUCE, Option
from sim.results.chronicle.days import DayEnd, day_end
from sim.results.chronicle.gdelt import as_gdelt, as_text
from sim.results.chronicle.grammar import joined
from sim.results.chronicle.merging import merged
from sim.results.chronicle.paragraphs import Paragraph, paragraphs
from sim.results.chronicle.talks import HARDLY
from sim.results.chronicle.why import reasons
from sim.results.chronicle.words import Words
from sim.results.reader import CHANGED, RESOLVED, Result
from sim.scenario import STANCES, Escalation
from sim.scenario.stances import ASIDE


@dataclass(frozen=True)
class Trace:
    """The description of one run.

    Attributes:
        plan: plan of its ensemble.
        run: number of the run.
        every_act: what happened, in order.
        day_ends: state at the end of each day, until nothing can change any more.
        chosen: why this run is described, in words; empty if a user named it.
    """

    plan: Plan
    run: int
    every_act: tuple[Act, ...]
    day_ends: tuple[DayEnd, ...]
    chosen: str = ""

    def __repr__(self) -> str:
        """Return a short description."""
        return f"<Trace of run {self.run} of {self.plan.scenario.scenario}: {ending(self)}>"

    def __str__(self) -> str:
        """Return a paragraph for each day on which something happened, and how the run ended."""
        days = [f"{part.heading}. {part.text}" for part in self.paragraphs]
        return "\n".join([*days, ending(self)])

    def _repr_html_(self) -> str:
        days = (f"<p><b>{part.heading}.</b> {escape(part.text)}</p>" for part in self.paragraphs)
        return f"{''.join(days)}<p>{escape(ending(self))}</p>"

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """What happened, with repeated proposals merged into the first."""
        return tuple(merged(self.every_act))

    @cached_property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """One paragraph for each day on which something happened."""
        return tuple(paragraphs(Words(self.plan.scenario), self.acts))

    def reasons(self, part: Paragraph) -> list[str]:
        """Return what the actors weighed behind the acts of a day, a line for each decision."""
        options = self.day_ends[part.day].options
        return list(reasons(Words(self.plan.scenario), part.acts, options))

    @property
    def options(self) -> tuple[Option, ...]:
        """What the actors weighed on all days."""
        return tuple(option for end in self.day_ends for option in end.options)

    def table(self) -> pd.DataFrame:
        """Return one row per act, with the state at the end of its day.

        Every number of the text is in it. Units are those of ``daily.parquet``.
        """
        return table.table_of_acts(Words(self.plan.scenario), self.acts)

    def choices(self) -> pd.DataFrame:
        """Return one row per option that an actor weighed, with its utility and probability."""
        return table.table_of_options(self.options)

    def events(self) -> pd.DataFrame:
        """Return one row per event: who did what to whom, as CAMEO codes it."""
        return event_table(self.plan.scenario, self.every_act, self.day_ends)

    def daily(self) -> pd.DataFrame:
        """Return one row per day: the fighting, the sides' escalation levels, and all stances."""
        return table.table_of_days(self.plan.scenario, self.day_ends)

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
    ends = [_eve(DayEnd.of(world))]
    world.play(watch=lambda: ends.append(day_end(world, ends[-1])))
    world.close()
    acts = Reader(plan.scenario, ends).acts()
    options = [option for end in ends for option in end.options]
    return Trace(plan, run, tuple(with_choices([*acts], options)), tuple(ends[1:]))


def _eve(onset: DayEnd) -> DayEnd:
    """Return the eve of the crisis: no one fights or takes a stance, so the onset is reported."""
    aside = dict.fromkeys(onset.stances, STANCES[ASIDE].name)
    return replace(
        onset, day=-1, postures=(Escalation.hold_fire, Escalation.hold_fire), stances=aside
    )


def ending(trace_of_run: Trace) -> str:
    """Return how a run ended, in one or two sentences."""
    last = trace_of_run.day_ends[-1]
    scenario = trace_of_run.plan.scenario
    words = Words(scenario)
    if all(end.level == Escalation.hold_fire for end in trace_of_run.day_ends):
        return f"There was no fighting in {count(scenario.horizon_days, 'day')}."
    if trace_of_run.days == scenario.horizon_days:
        how = f"After {count(trace_of_run.days, 'day')} the sides still fought."
    else:
        how = _stop(trace_of_run, words)
    people = "person" if round(last.deaths) == 1 else "people"
    return f"{how} {last.deaths:,.0f} {people} had died. {_changed(words, last)}."


def _stop(trace_of_run: Trace, words: Words) -> str:
    """Return when and how the fighting stopped; a ceasefire may follow a lull.

    The day is the last one of fighting. Days count from 0, so the duration is one more.
    """
    last = trace_of_run.day_ends[-1]
    day = trace_of_run.days - 1
    stopped = next(end.day for end in trace_of_run.day_ends if _holds_from(end, last))
    by = f" mediated by {words.name(last.mediator)}" if last.mediator else ""
    how = f"a ceasefire{by}"
    if last.stop == CAPITULATION:
        how = f"the capitulation of {words.name(words.scenario.conflict.defender)}"
    when = f"on {words.when(day)}, after {count(trace_of_run.days, 'day')}"
    if last.stop == LULL:
        return f"The fighting ended {when}, without an agreement."
    if stopped > day + 1:
        died = f"The fighting died down {when}"
        return f"{died}, and {how} followed on {words.when(stopped)}."
    return f"The fighting ended {when}, with {how}."


def _holds_from(end: DayEnd, last: DayEnd) -> bool:
    return end.day >= last.stop_day - 1 and end.stop == last.stop


def _changed(words: Words, last: DayEnd) -> str:
    """Return what territory had changed hands by the end, and what is settled of the rest."""
    conflict = words.scenario.conflict
    taken = "taken" if last.fought >= 0 else "lost"
    area = f"{fine_percent(abs(last.fought))} of the area by fighting"
    parts = [f"{words.name(conflict.challenger)} had {taken} {area}"]
    if abs(last.fought) < HARDLY:
        parts = ["hardly any territory had changed hands"]
    owed = last.owed - last.concession
    if last.ceded:
        parts.append(f"{fine_percent(last.ceded)} had been handed over")
    if owed > TRACE:
        parts.append(f"{fine_percent(owed)} was still to be handed over")
    elif last.ceded and last.left > HARDLY and last.stop in (TRUCE, CAPITULATION):
        parts.append(f"{fine_percent(last.left)} stays with {words.name(conflict.defender)}")
    text = joined(parts)
    return f"{text[:1].upper()}{text[1:]}"


def trace_of_result(result: Result, run: int, chosen: str = "") -> Trace:
    """Describe a run of a result folder.

    Args:
        result: the result.
        run: number of the run.
        chosen: why this run is described, in words.

    Raises:
        UsageError: the folder has no such run.
        InputError: its resolved scenario is not the one that was simulated.
    """
    if not result.is_as_simulated:
        raise InputError([Fault(str(result.folder / RESOLVED), 0, "", CHANGED)])
    runs = result.runs["run"].to_numpy()
    if run not in runs:
        what = f"allowed: {runs.min()} to {runs.max()}, as in the first column of outcomes.csv"
        raise UsageError(f"no run {run}; {what}")
    manifest = result.manifest
    plan = Plan(result.scenario, len(runs), manifest["draws"], manifest["seed"])
    return replace(trace(plan, run), chosen=chosen)


RETOLD = (
    "duration_days",
    "failed_stops",
    "deaths_challenger",
    "deaths_defender",
    "territory_fought",
)
"""Outcomes of a run that its trace must repeat."""


def differs(trace_of_run: Trace, outcomes: Runs) -> bool:
    """Return whether the run has another outcome in a table.

    The table was then simulated by another version of the rules.
    """
    (place,) = np.flatnonzero(outcomes["run"] == trace_of_run.run)
    days, broken, *deaths, fought = (float(outcomes[name].iloc[place]) for name in RETOLD)
    recorded = (days, broken, sum(deaths), fought)
    last = trace_of_run.day_ends[-1]
    again = (trace_of_run.days, last.broken, last.deaths, last.fought)
    return not np.allclose(recorded, again, rtol=1e-3, atol=1e-4)


def write(trace_of_run: Trace, folder: Path) -> tuple[Path, ...]:
    """Write the tables of acts, options and days into a result folder. Return the files."""
    tables = {
        "": trace_of_run.table(),
        "_choices": trace_of_run.choices(),
        "_days": trace_of_run.daily(),
    }
    stem = f"run_{trace_of_run.run}"
    return tuple(write_table(rows, folder, f"{stem}{part}.csv") for part, rows in tables.items())


def write_table(rows: pd.DataFrame, folder: Path, name: str) -> Path:
    """Write a table into the folder ``traces`` of a result, and return the file."""
    file = folder / "traces" / name
    with atomic_file(file, aside_in=folder) as aside:
        defused(rows).to_csv(aside, index=False, lineterminator="\n")
    return file


def write_events(trace_of_run: Trace, folder: Path) -> tuple[Path, Path]:
    """Write the events of a run as a table with a header, and in the layout of GDELT 2.0."""
    events = trace_of_run.events()
    stem = f"run_{trace_of_run.run}"
    file = write_table(events, folder, f"{stem}_cameo.csv")
    text = as_text(as_gdelt(events, trace_of_run.plan.scenario.scenario, trace_of_run.run))
    export = folder / "traces" / f"{stem}.export.CSV"
    with atomic_file(export, aside_in=folder) as aside:
        aside.write_text(text, encoding="utf-8")
    return file, export
