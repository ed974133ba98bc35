"""The command that fits the model to the historical record."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sim.cli.folders import make_folder
from sim.cli.printing import (
    DONE,
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
from sim.cli.scoring import (
    Crises,
    Design,
    Workers,
    known_crises,
    read_targets,
    scenario_of,
    scored,
    write_and_print,
)
from sim.io.errors import UsageError
from sim.io.limits import MAX_SEED
from sim.io.text import count
from sim.io.workers import multiply_in_one_thread

if TYPE_CHECKING:
    from sim.ensemble.executors import Executor
    from sim.fitting.fitting import Fit, Settings
    from sim.fitting.joint import Size
    from sim.fitting.likelihood import Crisis
    from sim.record.scores import Score

    Work = Callable[[list[Crisis], Settings, Executor, Path, Format, bool], None]

SHOWN = 15
RUNS_A_DRAW = 4


def fit(
    crises: Crises = [],  # noqa: B006  (typer reads the default and never changes it)
    particles: Annotated[
        int, typer.Option(min=10, max=100_000, help="Parameter draws per chain.")
    ] = 1000,
    replicates: Annotated[
        int,
        typer.Option(
            min=1,
            max=10_000,
            help="Runs per draw for one estimate of its likelihood; not for --joint.",
        ),
    ] = 60,
    moves: Annotated[
        int, typer.Option(min=1, max=100, help="Proposed moves per draw at each level.")
    ] = 12,
    chains: Annotated[int, typer.Option(min=1, max=20, help="Number of independent chains.")] = 2,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of all random numbers.")] = 1,
    workers: Workers = None,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Leave out each crisis in turn and predict it.")
    ] = False,
    worlds: Annotated[
        int | None,
        typer.Option(
            "--calibrate", min=1, metavar="N", help="Check the fit on N simulated worlds."
        ),
    ] = None,
    joint: Annotated[
        bool,
        typer.Option(
            "--joint", help="Fit what all coded crises share, with everything else integrated out."
        ),
    ] = False,
    others: Annotated[
        bool,
        typer.Option(
            "--others",
            help="Let the records of all other crises inform what they share, by a joint fit.",
        ),
    ] = False,
    draws: Annotated[
        int,
        typer.Option(
            min=500, max=10_000_000, help="Runs of each crisis, with --joint or --others."
        ),
    ] = 131_072,
    records: Annotated[
        int | None,
        typer.Option(
            "--recover",
            min=1,
            metavar="N",
            help="Joint fit: also judge N simulated records of each argument.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for results.")] = Path("results"),
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Fit uncertain parameters to the historical record and write posterior draws.

    A scenario can use these draws.
    """
    multiply_in_one_thread()
    from sim.cli.joint import Task, fit_jointly
    from sim.fitting import Settings
    from sim.fitting.joint import Sampling, Size

    if leave_one_out and worlds is not None:
        raise UsageError("--leave-one-out and --calibrate cannot be combined")
    if records is not None and not joint:
        raise UsageError("--recover needs --joint")
    if records is not None and worlds is not None:
        raise UsageError("--recover and --calibrate cannot be combined")
    if others and (joint or leave_one_out or worlds is not None):
        raise UsageError("--others cannot be combined with --joint, --leave-one-out or --calibrate")
    if joint and leave_one_out and len(set(crises)) == 1:
        raise UsageError("--leave-one-out needs at least two crises")
    if joint:
        size, sampling = Size(draws, seed), Sampling(particles, moves, chains, seed)
        task = Task(tuple(crises), size, sampling, worlds, leave_one_out, records)
        _in_workers(workers, lambda executor: fit_jointly(task, executor, out, form, quiet))
    chosen = _read_crises(crises)
    if leave_one_out and len(chosen) < 2:
        raise UsageError("--leave-one-out needs at least two crises")
    settings = Settings(particles, replicates, moves, chains, seed)
    make_folder(out)
    show = not quiet and form is Format.text
    work: Work = _leave_one_out if leave_one_out else _fit_one
    if others:
        work = partial(_fit_one, others=Size(draws, seed))
    if worlds is not None:
        work = partial(_calibrate, worlds)
    _in_workers(workers, lambda executor: work(chosen, settings, executor, out, form, show))


def _in_workers(workers: int | None, work: Callable[[Executor], None]) -> NoReturn:
    """Do some work with worker processes, and end the command."""
    from sim.ensemble.executors import processes
    from sim.fitting.likelihood import RunsFailed

    try:
        with processes(workers or os.cpu_count()) as executor:
            work(executor)
    except KeyboardInterrupt:
        complain("interrupted: what is finished is saved; repeat the command to continue")
        raise typer.Exit(INTERRUPTED) from None
    except RunsFailed as error:
        complain(f"runs failed, and a fit needs all of them: {error}")
        raise typer.Exit(SOME_FAILED) from None
    raise typer.Exit(DONE)


def _read_crises(names: list[str]) -> list[Crisis]:
    """Return crises with their targets and prior ranges.

    Without names, return all crises in the historical record.
    """
    from sim.fitting.likelihood import Crisis

    targets = read_targets()
    return [
        Crisis(scenario_of(name).fitted(None), targets[name])
        for name in known_crises(names, targets)
    ]


def _leave_one_out(
    chosen: list[Crisis],
    settings: Settings,
    executor: Executor,
    out: Path,
    form: Format,
    show: bool,
) -> None:
    """Leave out each crisis in turn, predict it, and print a Markdown table."""
    from sim.fitting import fit as fit_crises
    from sim.record.sample import Sample
    from sim.record.scores import markdown

    targets = {crisis.name: crisis.targets for crisis in chosen}
    design = Design(RUNS_A_DRAW * settings.particles, settings.particles, settings.seed)
    scores: list[Score] = []
    fits: dict[str, Any] = {}
    for left_out in chosen:
        rest = [crisis for crisis in chosen if crisis is not left_out]
        narrator(show)(f"{left_out.name} left out")
        made = _settled(fit_crises(rest, settings, executor, out, narrator(show)))
        fits[left_out.name] = {
            "settled": [chain.settled for chain in made.chains],
            "log_evidence": [round(chain.evidence, 3) for chain in made.chains],
        }
        forecast = {"left out": (left_out.scenario.fitted(made.posterior), Sample.OUT)}
        scores += scored(left_out.scenario, forecast, targets, design, executor)
    how = {**asdict(settings), "fitted": "without the crisis", "fits": fits}
    write_and_print(scores, how, out, form, show, "leave-one-out")
    if show:
        say(markdown(scores))


def _calibrate(
    worlds: int,
    chosen: list[Crisis],
    settings: Settings,
    executor: Executor,
    out: Path,
    form: Format,
    show: bool,
) -> None:
    """Fit simulated worlds and report whether the fits recover their true values."""
    from sim import charts
    from sim.fitting import calibration

    account = calibration.calibrate(chosen, settings, worlds, executor, out, narrator(show))
    folder = calibration.write(account, chosen, settings, out, charts.draw_calibration)
    chart = folder / "ranks.png"
    if form is Format.json:
        say(json.dumps({"folder": str(folder), **account}, allow_nan=False))
    elif show:
        print_calibration(account)
        console().print(plain(f"chart: {chart}"))


def print_calibration(account: dict[str, Any]) -> None:
    """Print the tests of a calibration and its verdict."""
    from sim.charts.calibration import DETECTED, VERDICTS

    screen = console()
    *values, likelihood = account["quantities"]
    rows = empty_table("quantity", "p (uniform ranks)", "correlation of truth and median")
    for quantity in (likelihood, *sorted(values, key=lambda quantity: quantity["p"])[:SHOWN]):
        recovered = "" if quantity["recovered"] is None else f"{quantity['recovered']:.2f}"
        rows.add_row(plain(quantity["name"]), f"{quantity['p']:.3g}", recovered)
    screen.print(rows)
    rows = empty_table("mechanism", "detected when off", "detected when drawn")
    for row in account["off"]:
        off = f"{row['found']} of {row['worlds']}"
        drawn = f"{row['found_with_it']} of {row['with_it']}"
        rows.add_row(plain(row["name"]), off, drawn)
    screen.print(rows)
    if account["not_settled"]:
        complain(f"{count(account['not_settled'], 'fit')} did not converge")
    screen.print(f"detected: {DETECTED}")
    worlds = count(account["worlds"], "world")
    verdict = VERDICTS[account["calibrated"]]
    screen.print(f"{verdict}: {worlds}, {count(len(values), 'value')}.")


def _fit_one(
    chosen: list[Crisis],
    settings: Settings,
    executor: Executor,
    out: Path,
    form: Format,
    show: bool,
    others: Size | None = None,
) -> None:
    """Fit the crises, write the folder and print it.

    Args:
        chosen: the crises.
        settings: size of the fit.
        executor: simulates blocks.
        out: folder for results.
        form: form of the results on the screen.
        show: whether to print results.
        others: size of the bank from which the records of all other crises inform shared values;
            None to leave them out.
    """
    from sim import charts
    from sim.cli.joint import learn_elsewhere
    from sim.fitting import fit as fit_crises
    from sim.fitting import writing
    from sim.scenario.posterior import FILE

    tell = narrator(show)
    elsewhere = None
    if others is not None:
        elsewhere = learn_elsewhere([c.name for c in chosen], others, executor, out, tell)
    made = _settled(fit_crises(chosen, settings, executor, out, tell, elsewhere))
    account = writing.account(made, executor)
    folder = writing.write(made, account, out, charts.draw_fit)
    chart = folder / "marginals.png"
    if form is Format.json:
        say(json.dumps({"folder": str(folder), **account}, allow_nan=False))
    elif show:
        _print_fit(made, account)
        console().print(plain(f"draws: {folder / FILE}"))
        console().print(
            plain(f"to use them: sim run SCENARIO --set parameters.posterior={folder / FILE}")
        )
        console().print(plain(f"chart: {chart}"))


def _settled(made: Fit) -> Fit:
    """Return a fit, and warn if a chain did not converge."""
    warn_unless(made.settled)
    return made


def warn_unless(settled: bool) -> None:
    """Warn unless all chains of a fit have settled."""
    if not settled:
        complain("some chains did not converge: their draws are wider than the posterior")


def narrator(show: bool) -> Callable[[str], None]:
    """Return a function that reports each level on a terminal and is silent in a pipe."""
    return complain if show and sys.stderr.isatty() else lambda text: None


def _print_fit(made: Fit, account: dict[str, Any]) -> None:
    screen = console()
    rows = empty_table("value", "80% of draws (percentiles of the prior)", "contraction", "R-hat")
    for marginal in account["marginals"][:SHOWN]:
        span = f"{100 * marginal['low']:.0f} to {100 * marginal['high']:.0f}"
        rhat = "" if marginal["rhat"] is None else f"{marginal['rhat']:.2f}"
        rows.add_row(plain(marginal["name"]), span, f"{marginal['contraction']:.2f}", rhat)
    screen.print(rows)
    rows = empty_table("crisis", "target", "runs near it: prior", "posterior", names=2)
    for crisis in account["matched"]:
        for name, rates in {**crisis["targets"], "all at once": crisis["all"]}.items():
            rows.add_row(
                plain(crisis["crisis"]),
                plain(name),
                f"{rates['prior']:.1%}",
                f"{rates['posterior']:.1%}",
            )
    at_once = account["matched_at_once"]
    rows.add_row("all crises", "all at once", *map(_share, at_once.values()))
    screen.print(rows)
    rhat = account["worst_rhat"]
    ess = account["least_ess"]
    worst = "" if rhat is None else f"; largest R-hat {rhat:.3f}"
    least = "" if ess is None else f", smallest effective sample size {ess:.0f}"
    silent = len(account["silent"])
    screen.print(
        f"{account['draws']:,} draws of {len(made.space.values)} values. The record does not "
        f"inform {silent} of them: their draws differ from the prior by no more than chance"
        f"{worst}{least}."
    )


def _share(share: float) -> str:
    """Return a small share of runs in words."""
    if share == 0:
        return "none"
    return f"1 in {1 / share:,.0f}" if share < 0.001 else f"{share:.1%}"
