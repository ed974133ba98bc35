"""Commands that answer what-if questions in a browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.catalogue import locate
from sim.cli import completing
from sim.cli.printing import SOME_FAILED, Quiet, complain, progress_bar, say
from sim.io.limits import MAX_DRAWS, MAX_RUNS_OF_CELL, MAX_SEED, MAX_WORKERS
from sim.io.text import count

if TYPE_CHECKING:
    from sim.explore.explorer import Explorer, Request

Named = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="Name or file of a scenario.",
        autocompletion=completing.scenarios,
    ),
]
Runs = Annotated[int, typer.Option(min=1, max=MAX_RUNS_OF_CELL, help="Runs of each combination.")]
DrawsOf = Annotated[
    int, typer.Option(min=1, max=MAX_DRAWS, help="Parameter draws of each combination.")
]
Seed = Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of all random numbers.")]
Sets = Annotated[
    list[str],
    typer.Option("--set", metavar="PATH=VALUE", help="Set a value in every combination."),
]


def explore(
    scenario: Named,
    levers: Annotated[
        list[str],
        typer.Option(
            "--lever",
            metavar="PATH=V1,V2",
            help=(
                "A value that readers may change, and its options. Up to three. Default: the "
                "stances at the onset of the two third parties that matter most, and one level of "
                "support."
            ),
        ),
    ] = [],  # noqa: B006  (typer reads the default and never changes it)
    runs: Runs = 2000,
    draws: DrawsOf = 125,
    seed: Seed = 1,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_WORKERS, help="Number of processes. Default: all cores."),
    ] = None,
    sets: Sets = [],  # noqa: B006
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The page. Default: explore_SCENARIO.html."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write one HTML file that answers what-if questions offline, in any browser."""
    from sim.ensemble.executors import processes
    from sim.explore.cells import CellFailed
    from sim.explore.explorer import Request, make_page, plan_explorer
    from sim.explore.levers import read_lever
    from sim.io.atomic import atomic_file

    file = locate("scenario", scenario)
    read = tuple(read_lever(text) for text in levers)
    request = Request(file, scenario, tuple(sets), read, runs, draws, seed)
    target = _target(out, file)
    explorer = plan_explorer(request)
    total = explorer.possible
    try:
        with (
            processes(workers or os.cpu_count()) as executor,
            progress_bar(count(total, "combination"), total, not quiet) as advance,
        ):
            html = make_page(explorer, executor, advance)
    except CellFailed as error:
        complain(f"a combination could not be simulated, so nothing is written: {error}")
        raise typer.Exit(SOME_FAILED) from None
    with atomic_file(target) as aside:
        aside.write_text(html, encoding="utf-8")
    if not quiet:
        _report(explorer, request, target)


def _target(out: Path | None, file: Path) -> Path:
    """Return the file to write; UsageError if it would replace anything but a page."""
    from sim.explore.page import refuse_to_replace

    target = Path(f"explore_{file.stem}.html") if out is None else out
    refuse_to_replace(target)
    return target


def _report(explorer: Explorer, request: Request, target: Path) -> None:
    """Print the levers, the combinations that are not allowed, and the file."""
    from sim.explore.account import faults

    if not request.levers:
        say("levers, chosen by a trial of the third parties' influence:")
    for lever in explorer.levers:
        options = [value or "as stated" for value in lever.values]
        say(f"  {lever.path}: {', '.join(options)}")
    say(f"{count(explorer.possible, 'combination')} with {count(request.runs, 'run')} each")
    refused = faults(explorer.cells)
    if refused:
        say(f"not allowed, and named on the page: {count(len(refused), 'combination')}")
        for text in refused[:5]:
            say(f"  {text}")
    say(f"page: {target}")


def serve(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO]",
            help="Name or file of a scenario. Default: a list of all scenarios.",
            autocompletion=completing.scenarios,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Default: this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 for any free one.")] = 8000,
    runs: Annotated[
        int, typer.Option(min=1, max=20_000, help="Runs of each answer; readers may change it.")
    ] = 2000,
    draws: DrawsOf = 125,
    seed: Seed = 1,
    sets: Sets = [],  # noqa: B006
    quiet: Quiet = False,
) -> None:
    """Serve a page on this machine that answers what-if questions about any value, live."""
    from sim.explore.serving import is_local, prepared, run_server

    app = prepared(scenario, tuple(sets), (runs, draws, seed), host)
    if not is_local(host):
        complain(f"--host {host}: everyone who can reach this machine can use the page")
    run_server(app, host, port, (lambda address: None) if quiet else _announce)


def _announce(address: str) -> None:
    say(f"open {address} in a browser; press Ctrl-C to stop")
