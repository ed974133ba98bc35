"""Commands that look at files without playing them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.printing import AsFormat, Format, Quiet, console, plain
from sim.errors import Fault, InputError, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from sim.evidence import Evidence
    from sim.explain import Row


def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Scenarios, bases of such, hypotheses, or evidence files.")
    ],
    texts: Annotated[
        Path | None, typer.Option(help="Folder with the articles' texts, to compare paragraph digests.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Validate files; name the file, line and path of every fault."""
    from sim.evidence import repeated

    documents: dict[str, Any] = {}
    faults = [fault for path in files for fault in _check_one(path, texts, documents)] + repeated(documents)
    if faults:
        raise InputError(faults)
    if not quiet:
        typer.echo(f"{len(files)} file{'s' if len(files) > 1 else ''} checked, no faults")
        _print_unused([path for path in files if str(path) not in documents], documents)


def _print_unused(scenarios: list[Path], documents: dict[str, Any]) -> None:
    """Name the claims of the evidence files that none of the scenarios checked with them cites."""
    from sim.evidence import Evidence, unused_claims
    from sim.scenario import stated

    if scenarios and documents:
        unused = unused_claims([stated(path)[0] for path in scenarios], Evidence(documents))
        typer.echo(f"{len(unused)} claims that none of these scenarios cites: {' '.join(unused)}")


def _check_one(path: Path, texts: Path | None, documents: dict[str, Any]) -> list[Fault]:
    """Return the faults of one file; an evidence file that can be read is added to ``documents``."""
    from sim import evidence, hypotheses, scenario
    from sim.explain import unsaid
    from sim.scenario.document import read_document

    try:
        values = read_document(path, str(path)).values
        if "kind" in values:
            document = documents[str(path)] = evidence.read(path)
            if texts is not None and isinstance(document, evidence.Article):
                return evidence.text_faults(document, str(path), texts)
            return []
        if "hypothesis" in values or "pairs" in values:
            return hypotheses.faults(hypotheses.read(path) if "hypothesis" in values else hypotheses.read_pairs(path))
        if faults := scenario.check(path):
            return faults
        provenance, places = scenario.stated(path)
        held = evidence.load_near(path)
        faults = evidence.citation_faults(provenance, places, held) if held else []
        return faults + unsaid(provenance, places)
    except InputError as error:
        return list(error.faults)


def explain(
    file: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file, or a resolved one.")],
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="A value or a section, such as actors.OST.ties.")] = "",
    form: AsFormat = Format.text,
) -> None:
    """Say where each number comes from: claim, article, paragraph, speaker, range, coders."""
    from sim import explain as explaining
    from sim.scenario import load

    evidence = _evidence(file)
    rows = explaining.rows(load(file), evidence, explaining.coded_twice(evidence))
    chosen = explaining.select(rows, path) if path else rows
    if form is Format.json:
        typer.echo(json.dumps([row.record() for row in chosen], indent=1, ensure_ascii=False))
    elif path:
        _print_sources(chosen)
    else:
        _print_account(rows, evidence)
    if faults := explaining.unsourced(rows):
        raise InputError(faults)


def list_scenarios(
    folder: Annotated[Path, typer.Argument(help="Folder of scenario files.")] = Path("scenarios"),
    form: AsFormat = Format.text,
) -> None:
    """List scenarios with title, base and the articles they rest on."""
    from sim import explain as explaining

    entries = [explaining.entry(path) for path in sorted(folder.glob("*.yaml"))]
    if not entries:
        raise InputError([Fault(str(folder), 0, "", "no scenario files (*.yaml) in this folder")])
    if form is Format.json:
        typer.echo(json.dumps([entry.__dict__ for entry in entries], indent=1, ensure_ascii=False))
        return
    table = _table("scenario", "title", "base", "articles")
    for entry in entries:
        table.add_row(*(plain(text) for text in (entry.scenario, entry.title, entry.base, " ".join(entry.articles))))
    console().print(table)


def schema(kind: Annotated[str, typer.Argument(help="scenario, hypothesis or evidence")]) -> None:
    """Print the JSON Schema of a kind of file, for editors."""
    from sim import schemas

    if kind not in schemas.KINDS:
        raise UsageError(f"unknown kind '{kind}'; allowed: {', '.join(schemas.KINDS)}")
    typer.echo(schemas.text(kind), nl=False)


def _evidence(file: Path) -> Evidence:
    from sim.evidence import load_near

    held = load_near(file)
    if held is None:
        raise InputError([Fault(str(file), 0, "", "no folder 'seeds' with evidence files beside or above this file")])
    return held


def _table(*headings: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _print_account(rows: list[Row], evidence: Evidence) -> None:
    """Print every value with what it rests on, and the account of kinds."""
    from sim import coding
    from sim import explain as explaining

    screen = console()
    fitted = any(row.fitted for row in rows)
    table = _table("value", "stated as", *(["fitted, 80%"] if fitted else []), "rests on", "because")
    for row in rows:
        after = [plain(row.fitted or "")] if fitted else []
        rests_on = plain(" ".join(row.cites)), plain(row.assumption or "")
        table.add_row(plain(row.path), plain(row.stated), *after, *rests_on)
    screen.print(table)
    for name, part in (("crisis", False), ("model", True)):
        of_part = [row for row in rows if explaining.of_the_model(row) is part]
        counted = explaining.counts(of_part)
        screen.print(
            f"values of the {name}: {len(of_part)} = " + ", ".join(f"{n} {kind}" for kind, n in counted.items())
        )
    actors = [row for row in rows if row.path.startswith("actors.")]
    alone = explaining.counts(actors)["assumption"]
    screen.print(
        f"values under actors: {len(actors)}, of these {alone} by assumption alone ({alone / len(actors):.0%})"
    )
    for agreed in coding.reliability(explaining.coded_twice(evidence)):
        screen.print(f"agreement of two coders, Krippendorff's alpha (ordinal): {agreed}")


def _print_sources(rows: list[Row]) -> None:
    """Print values one by one, with the claims behind each."""
    screen = console()
    for row in rows:
        screen.print(plain(f"{row.path} = {row.stated}   [{row.place}]"), style="bold")
        if row.fitted:
            screen.print(plain(f"  fitted to the record, middle 80% of the draws: {row.fitted}"))
        for source in row.sources:
            screen.print(plain(f"  {source.id}  {source.speaker}; {source.origin}"))
            screen.print(plain(f"      {source.says}"))
        if row.assumption:
            screen.print(plain(f"  assumption: {row.assumption}"))
        if row.coding:
            screen.print(plain(f"  coders: {row.coding}"))
