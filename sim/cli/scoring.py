"""The command that compares forecasts with the historical record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
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
    print_paragraph,
    say,
)
from sim.io.errors import Fault, InputError, UsageError
from sim.io.limits import (
    MAX_DRAWS,
    MAX_RUNS_TO_SCORE,
    MAX_SEED,
    MAX_WORKERS,
    MIN_RUNS_TO_SCORE,
)
from sim.io.text import count

if TYPE_CHECKING:
    import pandas as pd

    from sim.ensemble.executors import Executor
    from sim.record.sample import Sample
    from sim.record.scores import Score
    from sim.record.targets import Target
    from sim.scenario import Posterior, Scenario

    Targets = Mapping[str, tuple[Target, ...]]
    Forecast = tuple[Scenario, Sample, Targets]

NOTES = (
    "PIT: share of runs below the record, ties split at random; 0 or 1 is outside all runs.",
    "CRPS: mean distance of the runs from the record, less half that between two runs; lower is "
    "better.",
    "Baselines: know-nothing takes any value in a wide span for equally likely, prior is the "
    "unfitted model, climatology the other crises, and persistence the crisis before.",
    "A baseline in brackets is so close to the record that even a perfect forecast would not beat "
    "it. It is not counted.",
)
IN_SAMPLE = (
    "In-sample scores show how well a posterior fits the crises that it was fitted to, not how "
    "well it forecasts. For forecasts: sim fit --leave-one-out"
)

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
    int | None,
    typer.Option(min=1, max=MAX_WORKERS, help="Number of processes. Default: all cores."),
]


@dataclass(frozen=True)
class Design:
    """The size of a forecast."""

    runs: int
    draws: int
    seed: int


def score(
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RESULT|CRISIS]...",
            help="Result folders, or crises to simulate. Default: all crises that fits use.",
            autocompletion=completing.scored,
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
        int, typer.Option(min=MIN_RUNS_TO_SCORE, max=MAX_RUNS_TO_SCORE, help="Runs per forecast.")
    ] = 4000,
    draws: Annotated[
        int, typer.Option(min=1, max=MAX_DRAWS, help="Parameter draws per forecast.")
    ] = 500,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of all random numbers.")] = 1,
    workers: Workers = None,
    out: Annotated[Path, typer.Option(help="Folder for results.")] = Path("results"),
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Score forecasts against the historical record and against simple baselines."""
    from sim.ensemble.executors import processes

    folders = [Path(text) for text in named or () if Path(text).is_dir()]
    to_simulate = [*crises, *(text for text in named or () if Path(text) not in folders)]
    if folders and to_simulate:
        raise UsageError(f"{to_simulate[0]}: no such folder; results and crises are scored apart")
    given = None if posterior is None else _read(posterior)
    forecasts = [] if folders else _fitted(_forecasts(to_simulate), given, posterior)
    if folders:
        forecast_scores, how = _of_results(folders)
        make_folder(out)
    else:
        make_folder(out)
        with processes(workers) as executor:
            design = Design(runs, draws, seed)
            forecast_scores, how = _of_forecasts(forecasts, design, executor)
    show = not quiet and form is Format.text
    write_and_print(forecast_scores, how, out, form, show)
    for text in _beside_history(folders) if show else ():
        print_paragraph(console(), text)


def _beside_history(folders: list[Path]) -> Iterator[str]:
    """Yield a sentence for each result that compares it with what happened."""
    from sim.record.history import history_of_result
    from sim.record.words import beside

    for result in map(open_simulated, folders):
        history = history_of_result(result)
        horizon = result.scenario.horizon_days
        if history is not None and (text := beside(history, result.measures, horizon)):
            yield f"{result.scenario.title}: {text}"


def _read(file: Path) -> Posterior:
    from sim.scenario.posterior import read_posterior

    try:
        return read_posterior(file)
    except ValueError as error:
        raise InputError([Fault(str(file), 0, "", str(error))]) from None


def _of_results(folders: list[Path]) -> tuple[list[Score], dict[str, Any]]:
    """Score the ensembles in result folders."""
    from sim.record.coded import targets_to_score
    from sim.record.sample import Sample, sample_of
    from sim.record.scores import scores

    near = working_root() / "seeds" / "any"
    results = [open_simulated(folder) for folder in folders]
    forecast_scores: list[Score] = []
    for result in results:
        crisis = result.scenario.scenario
        targets = targets_to_score(crisis, near, str(result.folder))
        if len(result.runs) < MIN_RUNS_TO_SCORE:
            holds = f"holds {count(len(result.runs), 'run')}"
            message = f"{holds}; a score needs at least {MIN_RUNS_TO_SCORE}"
            raise InputError([Fault(str(result.folder), 0, "", message)])
        sample = sample_of(result.scenario)
        forecast_scores += scores(result.outcomes, crisis, result.folder.name, targets, sample)
    names = [result.folder.name for result in results]
    fitted = any(score.sample is Sample.IN for score in forecast_scores)
    return forecast_scores, {"results": names, "in_sample": fitted}


def _forecasts(names: list[str]) -> list[tuple[Scenario, Targets]]:
    """Return the crises to simulate, each with the targets of its scores.

    Args:
        names: names or files of scenarios; none for all crises that fits use.
    """
    from sim.record.coded import targets_to_score

    if not names:
        targets = read_targets()
        return [(scenario_of(crisis), targets) for crisis in known_crises([], targets)]
    near = working_root() / "seeds" / "any"
    # a crisis without a record is reported before its scenario is looked up
    records = {name: targets_to_score(Path(name).stem, near, name) for name in dict.fromkeys(names)}
    return [(scenario_of(name), targets) for name, targets in records.items()]


def _fitted(
    scenarios: list[tuple[Scenario, Targets]], given: Posterior | None, file: Path | None
) -> list[Forecast]:
    """Return the crises with their posterior draws: the given ones, read from ``file``, or theirs.

    Raises:
        InputError: the account of the fit beside the file is damaged.
    """
    from sim.record.sample import Sample, sample_of

    forecasts: list[Forecast] = []
    for scenario, targets in scenarios:
        fitted = scenario.fitted(given or scenario.parameters.posterior)
        sample = sample_of(fitted, file) if fitted.parameters.posterior else Sample.OUT
        forecasts.append((fitted, sample, targets))
    return forecasts


def _of_forecasts(
    forecasts: list[Forecast], design: Design, executor: Executor
) -> tuple[list[Score], dict[str, Any]]:
    """Score the prior, and the posterior if there is one."""
    from sim.record.sample import Sample

    forecast_scores: list[Score] = []
    digests = set()
    for fitted, sample, targets in forecasts:
        posterior = fitted.parameters.posterior
        beside = {} if posterior is None else {"posterior": (fitted, sample)}
        if posterior is None:
            lacking = f"{fitted.scenario}: no posterior is named, so only the prior is scored"
            complain(f"{lacking}; use --posterior to name one")
        else:
            digests.add(posterior.digest[:16])
        forecast_scores += scored(fitted.fitted(None), beside, targets, design, executor)
    simulated = min(design.draws, design.runs)
    in_sample = any(score.sample is Sample.IN for score in forecast_scores)
    account = {"posterior": sorted(digests), "in_sample": in_sample}
    return forecast_scores, {**asdict(design), "draws": simulated, **account}


def scored(
    unfitted: Scenario,
    fitted: Mapping[str, tuple[Scenario, Sample]],
    targets: Targets,
    design: Design,
    executor: Executor,
) -> list[Score]:
    """Simulate and score the unfitted model of a crisis, and then fitted ones beside it.

    Args:
        unfitted: the crisis with its coded ranges.
        fitted: the crisis with fitted draws, and whether they were fitted to it, by forecast.
        targets: targets of all crises in the record.
        design: size of each forecast.
        executor: simulates blocks.
    """
    from sim.record.sample import Sample
    from sim.record.scores import scores

    crisis = unfitted.scenario
    prior = _simulated(unfitted, design, executor)
    found = scores(prior, crisis, "prior", targets, Sample.OUT)
    for name, (scenario, sample) in fitted.items():
        outcomes = _simulated(scenario, design, executor)
        found += scores(outcomes, crisis, name, targets, sample, prior)
    return found


def _simulated(scenario: Scenario, design: Design, executor: Executor) -> pd.DataFrame:
    """Simulate a forecast. End the command if runs fail or the user interrupts it."""
    from sim.ensemble.ensemble import Plan, play

    ensemble = play(Plan(scenario, design.runs, design.draws, design.seed), executor=executor)
    if ensemble.interrupted:
        complain("interrupted: nothing was written")
        raise typer.Exit(INTERRUPTED)
    if ensemble.failures:
        complain(f"runs failed: {ensemble.failures[0].reason.strip().splitlines()[-1]}")
        raise typer.Exit(SOME_FAILED)
    return ensemble.outcomes


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
    from sim.record.baselines import BASELINES
    from sim.record.scores import by_forecast

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
        print_paragraph(screen, f"{forecast} ({_samples(group)}): {_in_words(group)}")
    for line in (*NOTES, IN_SAMPLE) if in_sample else NOTES:
        print_paragraph(screen, line)


def _samples(group: Sequence[Score]) -> str:
    return " and ".join(sorted({str(score.sample) for score in group}))


def _row(score: Score) -> tuple[str, ...]:
    """Return a score as the cells of a table."""
    from sim.outcomes.numbers import number
    from sim.record.baselines import BASELINES

    baselines = [score.of_baseline(name, number) for name in BASELINES]
    span = f"{number(score.median)} [{number(score.low)}, {number(score.high)}]"
    numbers = (number(score.observed), span, f"{score.pit:.2f}", number(score.crps))
    names = (score.crisis, score.target, f"{score.forecast} ({score.sample})")
    return (*names, *numbers, *baselines, score.verdict)


def _in_words(group: Sequence[Score]) -> str:
    """Return how often a forecast covers the record, and how often it beats each baseline."""
    from sim.record.scores import beaten, centred, covered

    without_ties = centred(group)
    shares = ", ".join(
        f"{share:.0%} in the central {width}% ({without_ties[width]:.0%} with ties split)"
        for width, share in covered(group).items()
    )
    better = ", ".join(
        f"{name} on {wins} of {counted}" for name, (wins, counted) in beaten(group).items()
    )
    return f"of {len(group)} targets {shares}; better by CRPS than {better or 'no baseline'}"
