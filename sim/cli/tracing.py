"""The command that describes single runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.catalogue import find, locate
from sim.cli import completing
from sim.cli.printing import (
    Quiet,
    complain,
    console,
    empty_table,
    plain,
    print_paragraph,
    say,
)
from sim.io.errors import InputError, UsageError
from sim.io.text import count

if TYPE_CHECKING:
    from sim.record.choosing import Wanted
    from sim.results.chronicle.paragraphs import Paragraph
    from sim.results.reader import Result
    from sim.results.trace import Trace


SUFFIXES = (".yaml", ".yml")
"""Suffixes of files of scenarios."""


class TraceFormat(StrEnum):
    """Forms of a trace."""

    text = "text"
    json = "json"
    table = "table"
    cameo = "cameo"
    chart = "chart"


def trace(
    named: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT|SCENARIO",
            help="A result folder of `sim run`; or a scenario, which is simulated first if needed.",
            autocompletion=completing.results_and_scenarios,
        ),
    ],
    run: Annotated[
        int | None,
        typer.Option(min=0, help="Number of the run, as in the first column of outcomes.csv."),
    ] = None,
    typical: Annotated[
        bool, typer.Option("--typical", help="The run nearest to the medians of all outcomes.")
    ] = False,
    nearest_record: Annotated[
        bool, typer.Option("--nearest-record", help="The run nearest to what happened.")
    ] = False,
    ending: Annotated[
        str | None,
        typer.Option(
            help="A typical run that ends so: capitulation, ceasefire, lull or fighting.",
            autocompletion=completing.endings,
        ),
    ] = None,
    surprising: Annotated[
        bool, typer.Option("--surprising", help="The run with the least expected outcomes.")
    ] = False,
    why: Annotated[
        bool,
        typer.Option("--why", help="Also show what the actors weighed: utilities, probabilities."),
    ] = False,
    form: Annotated[
        TraceFormat,
        typer.Option(
            "--format",
            help="text, json, table (CSV), cameo (event data) or chart (a timeline, PNG and SVG).",
        ),
    ] = TraceFormat.text,
    out: Annotated[Path, typer.Option(help="Folder of the results of scenarios.")] = Path(
        "results"
    ),
    quiet: Quiet = False,
) -> None:
    """Describe one run as a chronicle, and save its tables in the result folder."""
    from sim.io.spreadsheets import defused
    from sim.record.choosing import Wanted
    from sim.results import trace as traces

    wanted = Wanted(run, typical, nearest_record, ending, surprising)
    result, told = _told(_only(named), wanted, out)
    show = not quiet
    if form is TraceFormat.text and show:
        _print(result, told, why)
    elif form is TraceFormat.json:
        say(_as_json(told))
    elif form is TraceFormat.table and show:
        say(defused(told.table()).to_csv(index=False, lineterminator="\n"), end="")
    elif form is TraceFormat.cameo and show:
        say(defused(told.events()).to_csv(index=False, lineterminator="\n"), end="")
    if traces.differs(told, result.runs):
        current = f"this is run {told.run} in the current version"
        complain(f"{result.folder}: simulated by another version of the model; {current}")
        return
    files = _written(result, told, form)
    if form in (TraceFormat.text, TraceFormat.chart) and show:
        console().print(plain(f"saved: {' '.join(map(str, files))}"))


def _only(named: list[str]) -> str:
    """Return the result or scenario if there is only one; a pattern may match several."""
    if len(named) > 1:
        raise UsageError(
            f"{count(len(named), 'folder')} instead of one; name one of {' '.join(named)}"
        )
    return named[0]


def _told(named: str, wanted: Wanted, out: Path) -> tuple[Result, Trace]:
    """Return a result and the description of the wanted run.

    A scenario means its newest result, or a new one if there is none of this model.
    """
    from sim.results import trace as traces
    from sim.results.reader import open_result

    folder = Path(named)
    is_missing_folder = os.sep in named and folder.suffix not in SUFFIXES
    if folder.is_dir() or (is_missing_folder and find("scenario", named) is None):
        result = open_result(folder)
        return result, traces.trace_of_result(result, *_chosen(result, wanted))
    file = locate("scenario", named)
    newest = _newest(file, out)
    if newest is not None:
        told = traces.trace_of_result(newest, *_chosen(newest, wanted))
        if not traces.differs(told, newest.runs):
            return newest, told
    result = _simulated(file, out)
    return result, traces.trace_of_result(result, *_chosen(result, wanted))


def _chosen(result: Result, wanted: Wanted) -> tuple[int, str]:
    selection = wanted.select(result)
    return selection.run, selection.because


def _newest(file: Path, out: Path) -> Result | None:
    """Return the newest result of a scenario with the same values, or None."""
    from sim.results.layout import entries
    from sim.results.reader import open_result
    from sim.scenario import digest, load

    if not out.is_dir():
        return None
    same = digest(load(file).scenario)
    for entry in entries(out):
        if entry.kind == "run":
            try:
                result = open_result(entry.folder)
            except InputError:
                continue
            if result.manifest.get("digest") == same and result.is_as_simulated:
                return result
    return None


def _simulated(file: Path, out: Path) -> Result:
    """Simulate a scenario with the usual number of runs, and say so."""
    from sim import api

    complain(f"no result of {file.stem} in {out}; it is simulated first")
    return api.run(file, out=out)


def _print(result: Result, told: Trace, why: bool) -> None:
    """Print the chronicle: a paragraph for each day on which something happened."""
    from sim.io.text import day_month
    from sim.results import trace as traces

    screen = console()
    replicate, draw = divmod(told.run, told.plan.draws)
    place = f"run {told.run}, replicate {replicate} of draw {draw}"
    screen.print(plain(f"{result.scenario.title}: {place}"))
    if told.chosen:
        print_paragraph(screen, f"This run is {told.chosen}.")
    rows = empty_table("day", "what happened", "deaths so far", "area won")
    year = None
    for part in told.paragraphs:
        end = told.day_ends[part.day]
        date = day_month(part.date) + (f" {part.date.year}" if part.date.year != year else "")
        year = part.date.year
        lines = "\n".join(_lines(told, part, date, why))
        rows.add_row(str(part.day), plain(lines), f"{end.deaths:,.0f}", _whole(end.fought))
    screen.print(rows)
    print_paragraph(screen, traces.ending(told))
    print_paragraph(screen, "Day 0 is the day of the onset.")


def _lines(told: Trace, part: Paragraph, date: str, why: bool) -> Iterator[str]:
    """Yield the paragraph of a day and, if wanted, what the actors weighed."""
    yield f"{date}. {part.text}"
    if why:
        yield from (f"- {line}" for line in told.reasons(part))


def _whole(share: float) -> str:
    """Return a share in whole percents, without a sign for zero."""
    return f"{round(100 * share) + 0:d}%"


def _as_json(told: Trace) -> str:
    """Return the run as JSON: the paragraphs, the acts and what the actors weighed."""
    from sim.results import trace as traces

    replicate, draw = divmod(told.run, told.plan.draws)
    record = {
        "run": told.run,
        "draw": draw,
        "replicate": replicate,
        "chosen": told.chosen,
        "ending": traces.ending(told),
        "days": [
            {"day": part.day, "date": part.date.isoformat(), "text": part.text}
            for part in told.paragraphs
        ],
        "events": json.loads(told.table().to_json(orient="records")),
        "choices": json.loads(told.choices().to_json(orient="records")),
    }
    return json.dumps(record)


def _written(result: Result, told: Trace, form: TraceFormat) -> tuple[Path, ...]:
    """Write the files of a trace, and return them."""
    from sim.results import trace as traces

    if form is TraceFormat.cameo:
        return traces.write_events(told, result.folder)
    if form is TraceFormat.chart:
        from sim.charts import timeline
        from sim.handles import timeline_of

        return timeline.write(timeline_of(result, told), result.folder)
    return traces.write(told, result.folder)
