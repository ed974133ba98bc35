"""Commands that inspect files and results."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.catalogue import files_below, find, locate, locate_any
from sim.cli import completing
from sim.cli.printing import AsFormat, Format, Quiet, complain, console, empty_table, plain, say
from sim.io.errors import Fault, InputError, UsageError
from sim.io.text import count

if TYPE_CHECKING:
    from sim.evidence import Evidence, File
    from sim.evidence.explain import Row
    from sim.scenario import Loaded

MOST_STRAY = 10
"""Number of files that are not read as evidence of which each is named."""


def check(
    named: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Names, files or folders: scenarios, bases, arguments, evidence.",
            autocompletion=completing.all_files,
        ),
    ],
    texts: Annotated[
        Path | None,
        typer.Option(help="Folder with the texts of the articles, to check paragraph digests."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Validate files and report the file, line and path of every fault."""
    from sim.evidence import Evidence, repeated

    files = [file for text in named for file in _files(text)]
    evidence_files: list[File] = []
    faults = [
        fault for path in files for fault in _check_one(path, texts, evidence_files)
    ] + repeated(evidence_files)
    if faults := faults or _check_folders(evidence_files):
        raise InputError(_as_named(faults, files))
    if not quiet:
        say(f"{count(len(files), 'file')} checked, no faults")
        names = {file.document.name for file in evidence_files}
        _print_unused(
            [path for path in files if str(path) not in names], Evidence(tuple(evidence_files))
        )


def _as_named(faults: list[Fault], files: list[Path]) -> list[Fault]:
    """Return faults with the files' names as the user gave them, so that none is listed twice."""
    named = {os.path.realpath(file): str(file) for file in files}
    return [
        replace(fault, file=named.get(os.path.realpath(fault.file), fault.file)) for fault in faults
    ]


def _files(text: str) -> list[Path]:
    """Return the file with this name, or all YAML files of the project below a folder."""
    folder = Path(text)
    if not folder.is_dir():
        return [locate_any(text)]
    found = files_below(folder)
    stray = dict.fromkeys(file for file in found if _is_stray(file))
    for file in list(stray)[:MOST_STRAY]:
        complain(f"{file}: not read as evidence, because it has no 'kind' key")
    if len(stray) > MOST_STRAY:
        complain(f"{count(len(stray) - MOST_STRAY, 'more file')} not read as evidence")
    files = [file for file in found if file not in stray]
    if not files:
        raise InputError([Fault(text, 0, "", "no files to check (*.yaml, *.yml) in this folder")])
    return files


def _is_stray(file: Path) -> bool:
    """Return whether a file lies in a folder of evidence but is not evidence."""
    from sim.evidence import states_a_kind

    return file.parent.name == "seeds" and not states_a_kind(file)


def _print_unused(scenarios: list[Path], evidence: Evidence) -> None:
    """Print the claims that none of the checked scenarios cites."""
    from sim.evidence import unused_claims
    from sim.scenario import stated

    if not (scenarios and evidence.files):
        return
    unused = unused_claims([stated(path).provenance for path in scenarios], evidence)
    if unused:
        claims = count(len(unused), "claim")
        say(f"{claims} not cited by any of these scenarios: {' '.join(unused)}")


def _check_one(path: Path, texts: Path | None, evidence_files: list[File]) -> list[Fault]:
    """Return the faults of one file. A readable evidence file is added to ``evidence_files``."""
    from sim import evidence
    from sim.scenario.document import read_document

    try:
        document = read_document(path, str(path))
        if "kind" in document.values:
            file = evidence.from_document(document)
            evidence_files.append(file)
            of_texts = evidence.text_faults(file, texts) if texts else []
            return of_texts + evidence.unknown_crises(file)
        if {"hypothesis", "pairs"} & document.values.keys():
            from sim.arguments import files  # slow to import

            read = files.of_document(path, document)
            return files.faults(read) + files.taken(read)
        return _check_scenario(path)
    except InputError as error:
        return list(error.faults)


def _check_folders(files: list[File]) -> list[Fault]:
    """Return conflicts of evidence files with the files beside them and the shipped files."""
    from sim.evidence import load_for

    faults: list[Fault] = []
    for folder in {Path(file.document.name).parent for file in files}:
        try:
            load_for(folder / "any")
        except InputError as error:
            faults += error.faults
    return faults


def _check_scenario(path: Path) -> list[Fault]:
    """Return the faults of a scenario or a base, including conflicts with its evidence."""
    from sim import evidence, scenario
    from sim.evidence import agreement as coding
    from sim.evidence.explain import defaults, values_without_source

    if faults := scenario.check(path):
        return faults
    stated = scenario.stated(path)
    known = evidence.load_for(path)
    is_complete = "scenario" in stated.values
    exempt = defaults(scenario.load(path)) if is_complete else frozenset()
    beside = known.beside(path)  # readings of shipped files do not apply to a changed copy
    return [
        *values_without_source(stated, exempt),
        *evidence.citation_faults(stated, known),
        *evidence.reading_faults(stated, path.stem, beside),
        *coding.coverage_faults(stated, beside),
    ]


def explain(
    named: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="Name or file of a scenario, or a result folder.",
            autocompletion=completing.scenarios,
        ),
    ],
    path: Annotated[
        str,
        typer.Argument(
            metavar="[PATH]", help="Path of a value or section, such as actors.OST.ties."
        ),
    ] = "",
    form: AsFormat = Format.text,
) -> None:
    """Show the source of each number: claim, article, speaker, range, coders, disagreement."""
    from sim.evidence import agreement as coding
    from sim.evidence import explain as explaining
    from sim.evidence import load_for

    file = _scenario_file(named)
    evidence = load_for(file)
    loaded = _with_sources(file)
    rows = explaining.rows(loaded, evidence, coding.coded_twice(evidence))
    others = explaining.rows_without_need(loaded) if path else []
    chosen = explaining.select([*rows, *others], path) if path else rows
    if form is Format.json:
        say(json.dumps([row.record() for row in chosen], indent=1, default=str))
    elif path:
        _print_sources([row for row in chosen if row not in others])
        for row in chosen:
            if row in others:
                say(f"{row.path} = {row.stated}   [{row.place}]\n  needs no source")
    else:
        _print_account(rows, evidence)
    if faults := explaining.unsourced(rows):
        raise InputError(faults)


def _scenario_file(named: str) -> Path:
    """Return the scenario file that a user named; for a result folder, its resolved scenario."""
    from sim.results.reader import RESOLVED

    resolved = Path(named) / RESOLVED
    if resolved.is_file():
        return resolved
    if find("scenario", named) is None and find("hypothesis", named) is not None:
        reason = "an argument; it states claims, and the numbers are those of its scenarios"
        raise UsageError(f"{named}: {reason}; see its claims with sim compare {named} --detail")
    return locate("scenario", named)


def _with_sources(file: Path) -> Loaded:
    """Load a scenario. That of a result has its values' sources in the files that stated them."""
    from sim.results.reader import RESOLVED, Result
    from sim.scenario import load

    if file.name == RESOLVED and (file.parent / "manifest.json").is_file():
        result = Result(file.parent)
        if result.is_as_simulated:
            return result.loaded
    return load(file)


def schema(
    kind: Annotated[
        str,
        typer.Argument(help="scenario, hypothesis or evidence", autocompletion=completing.schemas),
    ],
) -> None:
    """Print the JSON Schema of a kind of file, for use in editors."""
    from sim.workspace import schemas

    if kind not in schemas.KINDS:
        raise UsageError(f"unknown kind '{kind}'; allowed: {', '.join(schemas.KINDS)}")
    say(schemas.text(kind), end="")


def _print_account(rows: list[Row], evidence: Evidence) -> None:
    """Print every value with its source, and the number of values by kind of source."""
    from sim.evidence import agreement as coding
    from sim.evidence import explain as explaining

    screen = console()
    fitted = any(row.fitted for row in rows)
    table = empty_table(
        "value", "stated as", *(["fitted, 80%"] if fitted else []), "sources", "reason"
    )
    for row in rows:
        after = [plain(row.fitted or "")] if fitted else []
        sources = plain(" ".join(row.cites)), plain("; ".join(_because(row)))
        table.add_row(plain(row.path), plain(row.stated), *after, *sources)
    screen.print(table)
    for name, part in (("crisis", False), ("model", True)):
        of_part = [row for row in rows if explaining.of_the_model(row) is part]
        counted = explaining.counts(of_part)
        screen.print(
            f"values of the {name}: {len(of_part)} = "
            + ", ".join(f"{n} {kind}" for kind, n in counted.items())
        )
    actors = [row for row in rows if row.path.startswith("actors.")]
    alone = explaining.counts(actors)["assumption"]
    share = f"{alone} by assumption alone ({alone / len(actors):.0%})"
    screen.print(f"values under actors: {len(actors)}, of which {share}")
    screen.print(f"values on which articles disagree: {len(explaining.disputed(rows))}")
    of_any = any(row.coding for row in rows)  # otherwise the coders coded none of these values
    for agreed in coding.reliability(coding.coded_twice(evidence)) if of_any else ():
        screen.print(f"agreement of two coders (Krippendorff's alpha, ordinal): {agreed}")


def _because(row: Row) -> Iterator[str]:
    """Yield the notes on a value apart from its citations."""
    if row.assumption:
        yield row.assumption
    if row.disagreement:
        yield f"articles disagree: {row.disagreement}"
    if row.fixed:
        yield f"fixed by {row.fixed}"


def _print_sources(rows: list[Row]) -> None:
    """Print values one by one, each with its claims."""
    screen = console()
    for row in rows:
        screen.print(plain(f"{row.path} = {row.stated}   [{row.place}]"), style="bold")
        if row.fitted:
            screen.print(
                plain(f"  fitted to the historical record, middle 80% of draws: {row.fitted}")
            )
        for source in row.sources:
            screen.print(plain(f"  {source.id}  {source.speaker}; {source.origin}"))
            screen.print(plain(f"      {source.says}"))
        if row.assumption:
            screen.print(plain(f"  assumption: {row.assumption}"))
        for reading in row.disagreement.readings if row.disagreement else ():
            screen.print(plain(f"  articles disagree: {reading}"))
        if row.coding:
            screen.print(plain(f"  coders: {row.coding}"))
        if row.fixed:
            screen.print(plain(f"  fixed by {row.fixed}"))
