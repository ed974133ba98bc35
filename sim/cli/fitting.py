"""Commands that hold the model against the record."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.playing import make_folder
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
    tell,
)
from sim.io.errors import UsageError
from sim.io.text import count

if TYPE_CHECKING:
    from sim.ensemble.ensemble import Engine
    from sim.fitting.fitting import Fit, Settings
    from sim.fitting.likelihood import Crisis
    from sim.record.scores import Score

    Work = Callable[[list[Crisis], Settings, Engine, Path, Format, bool], None]

SHOWN = 15
RUNS_A_DRAW = 4


def fit(
    crises: Crises = [],  # noqa: B006  (typer reads the default and never changes it)
    particles: Annotated[int, typer.Option(min=10, max=100_000, help="Draws of a chain.")] = 1000,
    replicates: Annotated[int, typer.Option(min=1, max=10_000, help="Plays of a draw for one estimate.")] = 60,
    moves: Annotated[int, typer.Option(min=1, max=100, help="Proposals to a draw at each level.")] = 12,
    chains: Annotated[int, typer.Option(min=1, max=20, help="Independent chains.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random streams.")] = 1,
    workers: Workers = None,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Fit without each crisis in turn, and predict it.")
    ] = False,
    worlds: Annotated[
        int | None, typer.Option("--calibrate", min=1, metavar="N", help="Fit N simulated worlds and rank the truth.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the folder of the fit.")] = Path("results"),
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Fit what the coding leaves open to the record; write posterior draws that a scenario can take."""
    from sim.ensemble.ensemble import processes
    from sim.fitting import Settings
    from sim.fitting.likelihood import RunsFailed

    chosen = _read_crises(crises)
    if leave_one_out and worlds is not None:
        raise UsageError("--leave-one-out and --calibrate are two things; ask for one")
    if leave_one_out and len(chosen) < 2:
        raise UsageError("--leave-one-out needs two crises or more")
    settings = Settings(particles, replicates, moves, chains, seed)
    make_folder(out)
    show = not quiet and form is Format.text
    work: Work = _leave_one_out if leave_one_out else _fit_one
    if worlds is not None:
        work = partial(_calibrate, worlds)
    try:
        with processes(workers or os.cpu_count()) as engine:
            work(chosen, settings, engine, out, form, show)
    except KeyboardInterrupt:
        complain("interrupted: finished levels are kept; the same command goes on from there")
        raise typer.Exit(INTERRUPTED) from None
    except RunsFailed as error:
        complain(f"runs failed, and a fit needs all: {error}")
        raise typer.Exit(SOME_FAILED) from None
    raise typer.Exit(DONE)


def _read_crises(names: list[str]) -> list[Crisis]:
    """Return crises with their targets, on their priors; all that the record has where none is named."""
    from sim.fitting.likelihood import Crisis

    held = read_targets()
    return [Crisis(scenario_of(name).fitted(None), held[name]) for name in known_crises(names, held)]


def _leave_one_out(
    chosen: list[Crisis], settings: Settings, engine: Engine, out: Path, form: Format, show: bool
) -> None:
    """Fit without each crisis in turn, predict it, and print a table for a page."""
    from sim.fitting import fit as fit_crises
    from sim.record.scores import markdown

    held = {crisis.name: crisis.targets for crisis in chosen}
    design = Design(RUNS_A_DRAW * settings.particles, settings.particles, settings.seed)
    found: list[Score] = []
    fits: dict[str, Any] = {}
    for left_out in chosen:
        rest = [crisis for crisis in chosen if crisis is not left_out]
        _narrator(show)(f"{left_out.name} left out")
        made = _settled(fit_crises(rest, settings, engine, out, _narrator(show)))
        fits[left_out.name] = {
            "settled": [chain.settled for chain in made.chains],
            "log_evidence": [round(chain.evidence, 3) for chain in made.chains],
        }
        found += scored(left_out.scenario, "prior", held, design, engine)
        found += scored(left_out.scenario.fitted(made.posterior), "left out", held, design, engine)
    how = {**asdict(settings), "fitted": "without the crisis", "fits": fits}
    tell(found, how, out, form, show, "leave-one-out")
    if show:
        say(markdown(found))


def _calibrate(
    worlds: int, chosen: list[Crisis], settings: Settings, engine: Engine, out: Path, form: Format, show: bool
) -> None:
    """Fit simulated worlds and say whether their truth is found again."""
    from sim import charts
    from sim.fitting import calibration

    said = calibration.calibrate(chosen, settings, worlds, engine, out, _narrator(show))
    folder = calibration.write(said, chosen, settings, out, charts.draw_calibration)
    chart = folder / "ranks.png"
    if form is Format.json:
        say(json.dumps({"folder": str(folder), **said}, allow_nan=False))
    elif show:
        _print_calibration(said)
        console().print(plain(f"chart: {chart}"))


def _print_calibration(said: dict[str, Any]) -> None:
    from sim.charts.calibration import FOUND, VERDICTS

    screen = console()
    *values, likelihood = said["quantities"]
    rows = empty_table("quantity", "p of uniform ranks", "truth and median correlate")
    for quantity in (likelihood, *sorted(values, key=lambda quantity: quantity["p"])[:SHOWN]):
        recovered = "" if quantity["recovered"] is None else f"{quantity['recovered']:.2f}"
        rows.add_row(plain(quantity["name"]), f"{quantity['p']:.3g}", recovered)
    screen.print(rows)
    rows = empty_table("mechanism", "found where it was off", "found where it was drawn")
    for row in said["off"]:
        off, drawn = f"{row['found']} of {row['worlds']}", f"{row['found_with_it']} of {row['with_it']}"
        rows.add_row(plain(row["name"]), off, drawn)
    screen.print(rows)
    if said["not_settled"]:
        complain(f"{count(said['not_settled'], 'fit')} had not settled when given up")
    screen.print(f"found: {FOUND}")
    screen.print(f"{VERDICTS[said['calibrated']]}: {count(said['worlds'], 'world')}, {count(len(values), 'value')}.")


def _fit_one(chosen: list[Crisis], settings: Settings, engine: Engine, out: Path, form: Format, show: bool) -> None:
    from sim import charts
    from sim.fitting import fit as fit_crises
    from sim.fitting import writing
    from sim.scenario.posterior import FILE

    made = _settled(fit_crises(chosen, settings, engine, out, _narrator(show)))
    said = writing.account(made, engine)
    folder = writing.write(made, said, out, charts.draw_fit)
    chart = folder / "marginals.png"
    if form is Format.json:
        say(json.dumps({"folder": str(folder), **said}, allow_nan=False))
    elif show:
        _print_fit(made, said)
        console().print(plain(f"draws: {folder / FILE}"))
        console().print(plain(f"to use them: sim run SCENARIO --set parameters.posterior={folder / FILE}"))
        console().print(plain(f"chart: {chart}"))


def _settled(made: Fit) -> Fit:
    """Return a fit, and say so where it is not what was asked for."""
    if not made.settled:
        complain("some chains had not settled when they were given up: their draws are wider than the record asks for")
    return made


def _narrator(show: bool) -> Any:
    """Return what tells of each level on a terminal, and is silent in a pipe."""
    return complain if show and sys.stderr.isatty() else lambda text: None


def _print_fit(made: Fit, said: dict[str, Any]) -> None:
    screen = console()
    rows = empty_table("value", "80% of draws, as % of the prior", "contraction", "R-hat")
    for marginal in said["marginals"][:SHOWN]:
        span = f"{100 * marginal['low']:.0f} to {100 * marginal['high']:.0f}"
        rhat = "" if marginal["rhat"] is None else f"{marginal['rhat']:.2f}"
        rows.add_row(plain(marginal["name"]), span, f"{marginal['contraction']:.2f}", rhat)
    screen.print(rows)
    rows = empty_table("crisis", "target", "near it: prior", "posterior")
    for crisis in said["matched"]:
        for name, rates in {**crisis["targets"], "all at once": crisis["all"]}.items():
            rows.add_row(plain(crisis["crisis"]), plain(name), f"{rates['prior']:.1%}", f"{rates['posterior']:.1%}")
    at_once = said["matched_at_once"]
    rows.add_row("all crises", "all at once", *(f"{share:.1g}" if share else "none" for share in at_once.values()))
    screen.print(rows)
    worst = "" if said["worst_rhat"] is None else f"; worst R-hat {said['worst_rhat']:.3f}"
    least = "" if said["least_ess"] is None else f", least effective sample between chains {said['least_ess']:.0f}"
    screen.print(
        f"{said['draws']:,} draws, {len(made.space.values)} values, of which the record is silent on "
        f"{len(said['silent'])}{worst}{least}"
    )
    screen.print("silent: the draws of the value are no farther from its prior than chance may take them")
