"""The command that compares forecasts with the historical record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.catalogue import find, locate, working_root
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
    plain,
    say,
)
from sim.io.errors import Fault, InputError, nearest
from sim.io.text import count

if TYPE_CHECKING:
    from sim.ensemble.executors import Executor
    from sim.record.scores import Score
    from sim.record.targets import Target
    from sim.scenario import Posterior, Scenario

    Targets = Mapping[str, tuple[Target, ...]]

NOTES = (
    "PIT: share of runs below the record, ties split at random; 0 or 1 is outside all runs.",
    "CRPS: mean distance of the runs from the record, less half that between two runs; lower is "
    "better.",
    "Baselines: climatology is the other crises, persistence the crisis before, and coin an even "
    "chance of yes and no.",
)
IN_SAMPLE = (
    "In-sample: scores of a posterior show how well it fits the crises it was fitted to, not how "
    "well it forecasts. For forecasts: sim fit --leave-one-out"
)
FEWEST_RUNS = 2
"""Minimum number of runs for a score, because one run has no spread."""

Crises = Annotated[
    list[str],
    typer.Option(
        "--crisis",
        metavar="NAME",
        help="Crisis in the historical record. Repeatable.",
        autocompletion=completing.crises,
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Number of processes. Default: all cores.")
]


@dataclass(frozen=True)
class Design:
    """The size of a forecast."""

    runs: int
    draws: int
    seed: int


def score(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RESULT]...",
            help="Result folders. Default: simulate prior and posterior forecasts.",
            autocompletion=completing.results,
        ),
    ] = None,
    crises: Crises = [],  # noqa: B006  (typer reads the default and never changes it)
    posterior: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Posterior draws to score instead of those that the scenarios name.",
        ),
    ] = None,
    runs: Annotated[
        int, typer.Option(min=FEWEST_RUNS, max=10_000_000, help="Runs per forecast.")
    ] = 4000,
    draws: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Parameter draws per forecast.")
    ] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 1,
    workers: Workers = None,
    out: Annotated[Path, typer.Option(help="Folder for results.")] = Path("results"),
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Score forecasts against the historical record and against simple baselines."""
    from sim.ensemble.executors import processes

    make_folder(out)
    if folders:
        forecast_scores, how = _of_results(folders)
    else:
        given = None if posterior is None else _read(posterior)
        with processes(workers) as executor:
            forecast_scores, how = _of_forecasts(crises, given, Design(runs, draws, seed), executor)
    write_and_print(forecast_scores, how, out, form, not quiet and form is Format.text)


def _read(file: Path) -> Posterior:
    from sim.scenario.posterior import read_posterior

    try:
        return read_posterior(file)
    except ValueError as error:
        raise InputError([Fault(str(file), 0, "", str(error))]) from None


def _of_results(folders: list[Path]) -> tuple[list[Score], dict[str, Any]]:
    """Score the ensembles in result folders."""
    from sim.record.scores import scores

    targets = read_targets()
    results = [open_simulated(folder) for folder in folders]
    forecast_scores: list[Score] = []
    for result in results:
        crisis = result.scenario.scenario
        if crisis not in targets:
            known = f"{nearest(crisis, targets)}; allowed: {', '.join(targets)}"
            message = f"'{crisis}' is not a crisis in the historical record{known}"
            raise InputError([Fault(str(result.folder), 0, "", message)])
        if len(result.outcomes) < FEWEST_RUNS:
            message = (
                f"holds {count(len(result.outcomes), 'run')}; a score needs at least {FEWEST_RUNS}"
            )
            raise InputError([Fault(str(result.folder), 0, "", message)])
        forecast_scores += scores(result.outcomes, crisis, result.folder.name, targets)
    fitted = any(result.scenario.parameters.posterior is not None for result in results)
    names = [result.folder.name for result in results]
    return forecast_scores, {"results": names, "in_sample": fitted}


def _of_forecasts(
    names: list[str], given: Posterior | None, design: Design, executor: Executor
) -> tuple[list[Score], dict[str, Any]]:
    """Score the prior, and the posterior if there is one."""
    targets = read_targets()
    chosen = known_crises(names, targets)
    forecast_scores: list[Score] = []
    digests = set()
    for crisis in chosen:
        scenario = scenario_of(crisis)
        posterior = given or scenario.parameters.posterior
        forecast_scores += scored(scenario.fitted(None), "prior", targets, design, executor)
        if posterior is None:
            remedy = "use --posterior to name one"
            complain(f"{crisis}: no posterior is named, so only the prior is scored; {remedy}")
        else:
            digests.add(posterior.digest[:16])
            forecast_scores += scored(
                scenario.fitted(posterior), "posterior", targets, design, executor
            )
    simulated = min(design.draws, design.runs)
    account = {"posterior": sorted(digests), "in_sample": bool(digests)}
    return forecast_scores, {**asdict(design), "draws": simulated, **account}


def scored(
    scenario: Scenario, forecast: str, targets: Targets, design: Design, executor: Executor
) -> list[Score]:
    """Simulate a forecast and score it. End the command if runs fail or the user interrupts it."""
    from sim.ensemble.ensemble import Plan, play
    from sim.record.scores import scores

    ensemble = play(Plan(scenario, design.runs, design.draws, design.seed), executor=executor)
    if ensemble.interrupted:
        complain("interrupted: nothing was written")
        raise typer.Exit(INTERRUPTED)
    if ensemble.failures:
        complain(f"runs failed: {ensemble.failures[0].reason.strip().splitlines()[-1]}")
        raise typer.Exit(SOME_FAILED)
    return scores(ensemble.outcomes, scenario.scenario, forecast, targets)


def read_targets() -> Targets:
    """Return the targets of all crises in the shipped record and in that of the workspace."""
    from sim.evidence import load_for
    from sim.record.targets import all_targets

    return all_targets(load_for(working_root() / "seeds" / "any").facts)


def scenario_of(crisis: str) -> Scenario:
    """Return the scenario of a crisis in the record. Raise InputError if there is none."""
    from sim.scenario import load

    return load(locate("scenario", crisis)).scenario


def known_crises(names: list[str], targets: Targets) -> list[str]:
    """Return the named crises without repetition, or all with a scenario.

    Raises:
        InputError: a name is unknown.
    """
    from sim.record.targets import known

    if names:
        return known(names, targets)
    simulated = [crisis for crisis in targets if find("scenario", crisis) is not None]
    if left_out := [crisis for crisis in targets if crisis not in simulated]:
        complain(f"left out, because no scenario has their name: {', '.join(left_out)}")
    return simulated


def write_and_print(
    forecast_scores: list[Score],
    how: dict[str, Any],
    out: Path,
    form: Format,
    show: bool,
    name: str = "score",
) -> None:
    """Write scores to a folder, draw them, and print them."""
    from sim import charts
    from sim.record import scores as scoring

    folder = scoring.write(forecast_scores, how, out, name, charts.draw_scores)
    chart = folder / "scores.png"
    if form is Format.json:
        account = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
        say(json.dumps({"folder": str(folder), **account}, allow_nan=False))
    elif show:
        _print_scores(forecast_scores, bool(how.get("in_sample")))
        console().print(plain(f"scores: {folder}"))
        console().print(plain(f"chart: {chart}"))


def _print_scores(forecast_scores: list[Score], in_sample: bool) -> None:
    """Print a table of all scores, a sentence about each forecast, and notes."""
    from sim.record.scores import BASELINES, by_forecast

    headings = ("crisis", "target", "forecast", "record", "median [80%]", "PIT", "CRPS")
    of_baselines = [f"CRPS of {name}" for name in BASELINES]
    rows = empty_table(*headings, *of_baselines, "verdict", names=3)
    order = list(dict.fromkeys((score.crisis, score.target) for score in forecast_scores))
    for place in order:
        for score in forecast_scores:
            if (score.crisis, score.target) == place:
                rows.add_row(*map(plain, _row(score)))
    screen = console()
    screen.print(rows)
    for forecast, group in by_forecast(forecast_scores).items():
        screen.print(plain(f"{forecast}: {_in_words(group)}"))
    for line in NOTES:
        screen.print(line)
    if in_sample:
        screen.print(IN_SAMPLE)


def _row(score: Score) -> tuple[str, ...]:
    """Return a score as the cells of a table."""
    from sim.record.scores import BASELINES

    by_baseline = {name: _number(base[0]) for name, base in score.baselines.items()}
    baselines = [by_baseline.get(name, "") for name in BASELINES]
    span = f"{_number(score.median)} [{_number(score.low)}, {_number(score.high)}]"
    numbers = (_number(score.observed), span, f"{score.pit:.2f}", _number(score.crps))
    names = (score.crisis, score.target, score.forecast)
    return (*names, *numbers, *baselines, score.verdict)


def _number(value: float) -> str:
    """Return a number for a table.

    >>> _number(7600), _number(0.123), _number(0.0000053)
    ('7,600', '0.123', '<0.0001')
    """
    if 0 < value < 0.0001:
        return "<0.0001"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _in_words(group: Sequence[Score]) -> str:
    """Return how often a forecast covers the record, and how often it is beaten."""
    from sim.record.scores import centred, covered

    without_ties = centred(group)
    shares = ", ".join(
        f"{share:.0%} in the central {width}% ({without_ties[width]:.0%} with ties split)"
        for width, share in covered(group).items()
    )
    worse = sum(bool(score.unbeaten) for score in group)
    by_log = sum(bool(score.unbeaten_by_log) for score in group)
    beaten = f"no better than a baseline: {worse} by CRPS, {by_log} by log score"
    return f"of {len(group)} targets {shares}; {beaten}"
