"""The command that compares two simulations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import completing
from sim.cli.folders import make_folder, open_simulated
from sim.cli.printing import (
    AsFormat,
    Format,
    Quiet,
    console,
    empty_table,
    plain,
    print_paragraph,
    say,
)
from sim.cli.reasons import Draws, Fresh, Out, Runs, Seed, Workers
from sim.cli.simulating import Place, Size, is_folder, loaded_scenario, simulated
from sim.io.errors import UsageError

if TYPE_CHECKING:
    from sim.reasons.difference import Differences, Row, Side
    from sim.results.reader import Result
    from sim.scenario import Loaded


def diff(
    first: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="Result folder, or name or file of a scenario.",
            autocompletion=completing.scored,
        ),
    ],
    second: Annotated[
        str | None,
        typer.Argument(
            metavar="[B]",
            help="The result or scenario to compare with A. Without it, --set says what to change.",
            autocompletion=completing.scored,
        ),
    ] = None,
    sets: Annotated[
        list[str],
        typer.Option(
            "--set", metavar="PATH=VALUE", help="Compare A with this value and A. Repeatable."
        ),
    ] = [],  # noqa: B006  (typer reads the default and never changes it)
    against: Annotated[
        list[str],
        typer.Option(
            "--against",
            metavar="PATH=VALUE",
            help="Compare with A with this value, not with A as it is. Needs --set. Repeatable.",
        ),
    ] = [],  # noqa: B006
    runs: Runs = None,
    draws: Draws = None,
    seed: Seed = None,
    workers: Workers = None,
    fresh: Fresh = False,
    out: Out = Path("results"),
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Compare two results, two scenarios, or a scenario with and without a change."""
    from sim.charts.difference import draw_difference
    from sim.ensemble.executors import processes
    from sim.reasons.difference import compared
    from sim.reasons.differing import write

    show = not quiet and form is Format.text
    # 1. read both sides before any simulation
    sources = _sources(first, second, sets, against)
    size = _size(sources, (runs, draws, seed))
    make_folder(out)
    # 2. simulate what is not a result yet
    with processes(workers) as executor:
        place = Place(out, executor, fresh, show)
        sides = (_side(sources[0], size, place), _side(sources[1], size, place))
    # 3. compare and write
    found = compared(*sides)
    changes = (sources[0].changes, sources[1].changes)
    folder = write(found, sides, changes, out, lambda aside: draw_difference(found, aside))
    if form is Format.json:
        say(json.dumps({"folder": str(folder), **_record(found)}, allow_nan=False))
    elif show:
        _print(found, folder)


@dataclass(frozen=True)
class Source:
    """Where one side comes from: a result, or a scenario to simulate.

    Attributes:
        result: the result; also one whose scenario is changed and simulated again.
        loaded: the scenario to simulate; None for the result itself.
        changes: what the command line set, by path.
    """

    result: Result | None
    loaded: Loaded | None
    changes: Mapping[str, str]


def _sources(
    first: str, second: str | None, sets: Sequence[str], against: Sequence[str]
) -> tuple[Source, Source]:
    """Return where both sides come from, or raise an error."""
    if second is not None and (sets or against):
        raise UsageError("--set and --against change a single scenario; give A only, or A and B")
    if second is None and not sets:
        raise UsageError("nothing to compare with; give B, or --set PATH=VALUE")
    if second is not None:
        return _source(first), _source(second)
    return _source(first, against), _source(first, sets)


def _source(text: str, sets: Sequence[str] = ()) -> Source:
    from sim.results.reader import RESOLVED
    from sim.scenario import load

    if not is_folder(text):
        loaded = loaded_scenario(text, sets)
        return Source(None, loaded, loaded.changes)
    result = open_simulated(Path(text))
    if not sets:
        return Source(result, None, result.loaded.changes)
    loaded = load(result.folder / RESOLVED, sets)
    return Source(result, loaded, loaded.changes)


def _size(sources: Sequence[Source], asked: tuple[int | None, int | None, int | None]) -> Size:
    """Return the size of what is simulated: as asked, or that of the result beside it."""
    manifests = [source.result.manifest for source in sources if source.result is not None]
    if all(source.loaded is None for source in sources) and any(
        number is not None for number in asked
    ):
        raise UsageError("--runs, --draws and --seed are for scenarios; results have their own")
    usual = (2000, 125, 1)
    if manifests:
        found = manifests[0]
        usual = (int(found["runs"]["asked"]), int(found["draws"]), int(found["seed"]))
    runs, draws, seed = (
        number if given is None else given for given, number in zip(asked, usual, strict=True)
    )
    return Size(runs, draws, seed)


def _side(source: Source, size: Size, place: Place) -> Side:
    """Return one side, simulated if it is not a result."""
    from sim.ensemble.ensemble import Plan
    from sim.reasons.differing import side_of, side_of_simulation

    if source.loaded is None:
        assert source.result is not None
        return side_of(source.result)
    plan = Plan(source.loaded.scenario, size.runs, size.draws, size.seed)
    return side_of_simulation(source.loaded, simulated(plan, place))


def _record(found: Differences) -> dict[str, object]:
    """Return a difference as plain values."""
    return {
        "sentence": found.sentence,
        "history": found.happened,
        "labels": list(found.labels),
        "paired": found.pairs is not None,
        "unpaired_because": found.unpaired_because,
        "remarks": list(found.remarks),
        "measures": [row.flat() for row in found.rows],
    }


def _print(found: Differences, folder: Path) -> None:
    screen = console()
    headings = ["measure", "A", "B", "difference", "95% interval", "draws 80%"]
    if found.has_history:
        headings.append("history")
    table = empty_table(*headings)
    for row in found.rows:
        if not row.outcome.is_event or max(row.first, row.second) > 0:
            table.add_row(*map(plain, _cells(row)[: len(headings)]))
    screen.print(plain(f"A: {found.labels[0]}\nB: {found.labels[1]}"))
    screen.print(table)
    texts = [found.sentence, *filter(None, [found.happened]), *found.remarks]
    if found.unpaired_because:
        texts.append(f"The runs are not paired, because {found.unpaired_because}.")
    texts.append(
        "A and B are means, or shares of runs. * The difference is clear beyond chance, which "
        "takes into account how many measures are compared."
    )
    for text in texts:
        print_paragraph(screen, text)
    screen.print(plain(f"results: {folder}"))
    screen.print(plain(f"chart: {folder / 'difference.png'}"))


def _cells(row: Row) -> tuple[str, ...]:
    from sim.reasons.sizes import value_in_words

    values = (value_in_words(row.outcome, value) for value in (row.first, row.second))
    return (
        row.outcome.says,
        *values,
        row.size + " *" * row.clear,
        row.interval,
        row.spread,
        row.history,
    )
