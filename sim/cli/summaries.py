"""Print the summary of a result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.cli.printing import console, plain, print_paragraph, say
from sim.io.text import count

if TYPE_CHECKING:
    from rich.table import Table

    from sim.ensemble.ensemble import Ensemble
    from sim.record.history import History
    from sim.results.reader import Result
    from sim.scenario import Loaded

ROOM = 110
NARROW_COLUMN = 11
"""Width of lines below which numbers have narrow columns, so that names have room, and theirs."""
HISTORY = "History: the best value of the historical record, with its range in brackets."


def print_record(result: Result) -> None:
    """Print the folder, title and measures of a result as JSON."""
    from sim.outcomes.summary import as_record

    about = {
        "folder": str(result.folder),
        "title": result.scenario.title,
        "set": result.loaded.changes,
    }
    say(json.dumps({**about, **as_record(result.measures)}, allow_nan=False))


def print_summary(ensemble: Ensemble, result: Result, seconds: float) -> None:
    """Print the measures of a result beside what happened, how it was made, and its files."""
    from sim import charts, report
    from sim.outcomes.summary import sentence
    from sim.record.history import history_of_result
    from sim.record.words import beside

    history = history_of_result(result)
    lines = result.measures
    compared = beside(history, lines, result.scenario.horizon_days) if history else ""
    screen = console()
    screen.print(_table(result, history, screen.width))
    texts = (
        sentence(lines),
        *([compared] if compared else []),
        *_drivers(result),
        *_assumed(result.loaded),
        *_remarks(ensemble, result, seconds),
        *([HISTORY] if history else []),
    )
    for text in texts:
        print_paragraph(screen, text)
    screen.print(plain(f"results: {result.folder}"))
    for path in charts.files(result.folder, charts.CHARTS):
        screen.print(plain(f"chart: {path}"))
    screen.print(plain(f"report: {result.folder / report.NAME}"))


def _table(result: Result, history: History | None, width: int) -> Table:
    """Return the measures of a result, with what happened in the last column if it is known."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from sim.record.words import column

    scenario = result.scenario
    title = plain(f"{scenario.title}  ({scenario.scenario})")
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure")
    happened = column(history, result.measures) if history else None
    headings = ("value", "chance 80%", "parameters 80%", *(["history"] if happened else []))
    for heading in headings:
        most = NARROW_COLUMN if width < ROOM else None
        table.add_column(heading, justify="right", max_width=most)
    for line in result.measures:
        if line.occurred or (happened and happened[line.name] == "yes"):
            past = [happened[line.name]] if happened else []
            table.add_row(plain(line.says), *line.shown(), *past)
    return table


def _drivers(result: Result) -> Iterator[str]:
    """Yield one sentence about what goes with the outcomes, if it is clear beyond chance."""
    from sim.reasons.why import associated

    found = associated(result, with_course=False)
    if found.found:
        yield f"{found.sentence} (association; `sim why` tests it)"


def _assumed(loaded: Loaded) -> Iterator[str]:
    """Yield one sentence about the values that are only assumed, if there are any."""
    from sim.evidence import Evidence
    from sim.evidence.explain import assumed, rows

    if found := assumed(rows(loaded, Evidence(), {})):
        yield f"{found} (sim explain {loaded.scenario.scenario})."


def _remarks(ensemble: Ensemble, result: Result, seconds: float) -> Iterator[str]:
    """Yield sentences about the design of an ensemble and how to read its intervals."""
    from sim.outcomes.chance import ENOUGH
    from sim.scenario.drawn import drawn_from

    plan = ensemble.plan
    draws = ensemble.draws
    design = _design(ensemble.done, draws, drawn_from(plan.scenario))
    yield f"{design}, seed {plan.seed}, {seconds:.1f} s."
    if plan.runs < plan.draws:
        drawn = f"only {draws} of {count(plan.draws, 'draw')} were simulated"
        yield f"With {count(plan.runs, 'run')}, {drawn}."
    yield "Chance: middle 80% of the runs of a typical draw. Parameters: middle 80% of the draws."
    yield "Figures have the digits that their Monte Carlo errors leave (summary.csv)."
    yield "Each share is rounded by itself, so those of the endings need not add up to 100%."
    if ensemble.done < ENOUGH * draws:
        yield f"There are no intervals with fewer than {ENOUGH} replicates per draw."
    if any(line.driven_by_few for line in result.measures if line.occurred):
        yield "Where a few draws drive a value, its parameter interval is extended to the value."


def _design(runs: int, draws: int, drawn: str) -> str:
    """Return the design of an ensemble in words: runs, draws, source of the draws, replicates."""
    each, rest = divmod(runs, draws)
    replicates = f"{each} or {each + 1} replicates" if rest else count(each, "replicate")
    return f"{count(runs, 'run')} = {count(draws, 'draw')} {drawn} x {replicates}"
