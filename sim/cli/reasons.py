"""The command that explains a result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import completing
from sim.cli.folders import make_folder, open_simulated
from sim.cli.printing import (
    INTERRUPTED,
    SOME_FAILED,
    AsFormat,
    Format,
    Quiet,
    complain,
    console,
    empty_table,
    growing_bar,
    plain,
    print_paragraph,
    say,
)
from sim.cli.simulating import Place, Size, is_folder, loaded_scenario, result_of
from sim.io.errors import UsageError
from sim.io.limits import MAX_DRAWS, MAX_RUNS, MAX_SEED, MAX_WORKERS
from sim.io.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from sim.reasons.lines import Line
    from sim.reasons.outcomes import Outcome
    from sim.reasons.why import Why
    from sim.results.reader import Result

SHOWN = 4
"""Most lines of a kind that are printed for each outcome."""
SHOWN_OUTCOMES = 3
"""Most outcomes that are printed."""

Sets = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Set a scenario value. Repeatable.")
]
Runs = Annotated[
    int | None,
    typer.Option(min=1, max=MAX_RUNS, help="Total number of runs of a scenario. Default: 2000."),
]
Draws = Annotated[
    int | None,
    typer.Option(min=1, max=MAX_DRAWS, help="Parameter draws of a scenario. Default: 125."),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, max=MAX_SEED, help="Seed of all random numbers of a scenario. Default: 1."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, max=MAX_WORKERS, help="Number of processes. Default: all cores for large jobs."
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Simulate again instead of reusing finished runs.")
]
Out = Annotated[Path, typer.Option(help="Folder for results.")]
Outcomes = Annotated[
    list[str],
    typer.Option(
        "--outcome",
        metavar="MEASURE",
        help="Measure to explain, instead of duration, deaths and endings. Repeatable.",
        autocompletion=completing.measures,
    ),
]


def why(
    named: Annotated[
        str,
        typer.Argument(
            metavar="RESULT|SCENARIO",
            help="Result folder, or name or file of a scenario.",
            autocompletion=completing.scored,
        ),
    ],
    association: Annotated[
        bool,
        typer.Option(
            "--association",
            help="Read the tables of the result only, and move nothing: faster, but no experiment.",
        ),
    ] = False,
    outcomes: Outcomes = [],  # noqa: B006  (typer reads the default and never changes it)
    sets: Sets = [],  # noqa: B006
    runs: Runs = None,
    draws: Draws = None,
    seed: Seed = None,
    workers: Workers = None,
    fresh: Fresh = False,
    out: Out = Path("results"),
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Show which stances and open values move duration, deaths and the ending most."""
    from sim.ensemble.executors import processes
    from sim.reasons import why as reasons

    show = not quiet and form is Format.text
    with processes(workers) as executor:
        if is_folder(named):
            _refuse_size(named, sets, runs, draws, seed)
            place = Place(Path(named).resolve().parent, executor, fresh, show)
            result = open_simulated(Path(named))
        else:
            loaded = loaded_scenario(named, sets)
            _check_outcomes(loaded.scenario, outcomes)
            make_folder(out)
            place = Place(out, executor, fresh, show)
            size = Size(runs or 2000, draws or 125, 1 if seed is None else seed)
            result = result_of(loaded, size, place)
        _check_outcomes(result.scenario, outcomes)
        found = (
            reasons.associated(result, outcomes)
            if association
            else _experiment(result, outcomes, place)
        )
    _add(result, found)
    if form is Format.json:
        say(json.dumps({"folder": str(result.folder), **found.record()}, allow_nan=False))
    elif show:
        _print(found, result)


def _refuse_size(named: str, sets: list[str], *sizes: int | None) -> None:
    if sets or any(size is not None for size in sizes):
        options = "--set, --runs, --draws and --seed"
        raise UsageError(f"{options} are for a scenario; {named} is a result, which has its own")


def _check_outcomes(scenario: object, outcomes: list[str]) -> None:
    """Raise UsageError for an unknown measure, before any simulation."""
    from sim.reasons.outcomes import named as known
    from sim.scenario import Scenario

    assert isinstance(scenario, Scenario)
    known(scenario, outcomes)


def _experiment(result: Result, outcomes: list[str], place: Place) -> Why:
    from sim.ensemble.blocks import Store
    from sim.reasons.experiment import Failed
    from sim.reasons.explaining import explain

    store = Store.below(None if place.fresh else place.out)
    try:
        with growing_bar(place.show) as bar:
            return explain(result, outcomes, place.executor, store, bar.expect, bar.advance)
    except KeyboardInterrupt:
        complain("interrupted: finished runs are saved; repeat the command to continue")
        raise typer.Exit(INTERRUPTED) from None
    except Failed as error:
        complain(f"runs failed, so nothing is explained: {error}")
        raise typer.Exit(SOME_FAILED) from None


def _add(result: Result, found: Why) -> None:
    """Add an explanation with its chart to the folder of a result, and renew the report."""
    from sim import report
    from sim.charts.why import draw_why
    from sim.reasons.explaining import add

    add(result, found, draw_why)
    report.write(result, report.evidence_of_result(result.folder))


def _print(found: Why, result: Result) -> None:
    """Print what moves each outcome, the strongest first."""
    from sim.reasons.levers import Kind
    from sim.reasons.sizes import value_in_words
    from sim.reasons.why import COURSE_NOTE, TABLE

    screen = console()
    screen.print(plain(found.title), style="bold")
    means = dict(zip(found.outcomes, found.base, strict=True))
    for outcome, mean in list(means.items())[:SHOWN_OUTCOMES]:
        lines = [
            *found.strongest(outcome.name, Kind.stance, Kind.support, most=SHOWN),
            *found.strongest(outcome.name, Kind.value, most=SHOWN),
            *found.strongest(outcome.name, Kind.course, most=SHOWN),
        ]
        _print_outcome(screen, outcome, value_in_words(outcome, mean), lines)
    texts = [found.sentence, found.note]
    if len(means) > SHOWN_OUTCOMES:
        texts.insert(0, f"{TABLE} has {count(len(means) - SHOWN_OUTCOMES, 'more outcome')}.")
    if any(line.clear and line.kind is Kind.course for line in found.lines):
        texts.append(COURSE_NOTE)
    for text in texts:
        print_paragraph(screen, text)
    for name in ("why.csv", "why.png", "report.html"):
        screen.print(plain(f"{result.folder / name}"))


def _print_outcome(screen: Console, outcome: Outcome, mean: str, lines: list[Line]) -> None:
    screen.print(plain(f"\n{outcome.says[0].upper()}{outcome.says[1:]} (mean {mean})"))
    if not lines:
        screen.print(plain("  no effect is clear beyond chance"))
        return
    table = empty_table("kind", "what", "moved", "effect", "95% interval", "draws 80%", names=2)
    for line in lines:
        cells = (line.says, line.contrast, line.size, line.interval, line.spread)
        table.add_row(line.kind.value, *map(plain, cells))
    screen.print(table)
