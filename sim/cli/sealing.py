"""The commands that verify a result and seal a forecast."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import completing
from sim.cli.printing import DONE, INVALID, AsFormat, Format, Quiet, complain, complain_of, say
from sim.cli.reasons import Workers
from sim.cli.simulating import Place, simulated
from sim.io.errors import Fault, InputError

if TYPE_CHECKING:
    from sim.ensemble.ensemble import Ensemble, Plan
    from sim.results.seal import Checked
    from sim.results.verification import Verification

DIFFERS = 4
"""Exit code of `sim verify` if a second simulation differs, or a seal does not hold."""
Results = Annotated[
    list[Path],
    typer.Argument(metavar="RESULT...", help="Result folders.", autocompletion=completing.results),
]


def verify(
    folders: Results,
    seal_file: Annotated[
        Path | None,
        typer.Option("--seal", metavar="FILE", help="Seal to check, if it is not in the folder."),
    ] = None,
    workers: Workers = None,
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Simulate results again and compare the tables byte by byte; check their seals.

    Exit code 0: all agree. 1: a result cannot be verified. 4: something differs.
    """
    codes = [_verify(folder, seal_file, workers, form, quiet) for folder in folders]
    raise typer.Exit(max(codes))


def _verify(
    folder: Path, seal_file: Path | None, workers: int | None, form: Format, quiet: bool
) -> int:
    """Verify one result and print what was found. Return an exit code."""
    from sim.ensemble.executors import processes
    from sim.results import verification
    from sim.results.reader import open_result
    from sim.results.seal import SEAL, check_seal

    show = form is Format.text and not quiet
    try:
        result = open_result(folder)
        path = seal_file or folder / SEAL
        seal = check_seal(path, folder) if seal_file or path.is_file() else None
        with processes(workers) as executor:

            def simulate(plan: Plan) -> Ensemble:
                # without a store, so that nothing is taken from an earlier simulation
                return simulated(plan, Place(None, executor, True, show))

            found = verification.verify(result, simulate)
    except InputError as error:
        complain_of(error.faults)
        return INVALID
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        complain(f"{folder / 'manifest.json'}: {error}")
        return INVALID
    agrees = found.agrees and not (seal and seal.broken)
    if form is Format.json:
        say(json.dumps(_record(folder, found, seal, agrees)))
    elif show:
        _print(folder, found, seal)
    return DONE if agrees else DIFFERS


def _record(
    folder: Path, found: Verification, seal: Checked | None, agrees: bool
) -> dict[str, object]:
    return {
        "folder": str(folder),
        "agrees": agrees,
        "scenario": found.scenario,
        "tables": [
            {"name": table.name, "same": table.same, "reason": table.reason}
            for table in found.tables
        ],
        "differences": list(found.differences),
        "seal": None
        if seal is None
        else {
            "file": str(seal.path),
            "digest": seal.digest,
            "sealed": seal.sealed,
            "broken": list(seal.broken),
            "unchecked": list(seal.unchecked),
        },
    }


def _print(folder: Path, found: Verification, seal: Checked | None) -> None:
    for table in found.tables:
        say(f"{'agrees ' if table.same else 'DIFFERS'}  {table.name}{_reason(table.reason)}")
    if found.scenario:
        say(f"DIFFERS  {found.scenario}")
    if found.agrees:
        say(f"{folder}: simulated again, and all tables agree byte by byte")
    else:
        say(f"{folder}: a second simulation differs")
        for difference in found.differences:
            say(f"note: {difference}")
    if seal is not None:
        _print_seal(seal)


def _reason(text: str) -> str:
    return f": {text}" if text else ""


def _print_seal(seal: Checked) -> None:
    for contradiction in seal.broken:
        say(f"BROKEN   {contradiction}")
    state = "does not hold" if seal.broken else "holds"
    say(f"seal of {seal.sealed} {state}: {seal.digest}")
    if seal.unchecked:
        say(f"note: not as sealed (not checked): {', '.join(seal.unchecked)}")
    say("It proves the date only if this digest was published then.")


def seal(
    folders: Results,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="File of one seal for all results, instead of seal.json in each.",
        ),
    ] = None,
    form: AsFormat = Format.text,
    quiet: Quiet = False,
) -> None:
    """Seal forecasts: write the digests of their files and the date, to be checked later."""
    from sim.results.seal import SEAL, seal_of, write_seal

    if out is not None:
        content = seal_of(folders)
        write_seal(content, out)
        _report([(out, content["digest"], content["sealed"], True)], form, quiet)
        return
    contents = {folder: seal_of([folder]) for folder in dict.fromkeys(folders)}
    known = {folder: _earlier(folder / SEAL, folder) for folder in contents}
    made = []
    for folder, content in contents.items():
        path = folder / SEAL
        earlier = known[folder]
        if earlier is None:
            write_seal(content, path)
            made.append((path, content["digest"], content["sealed"], True))
        else:
            made.append((path, earlier.digest, earlier.sealed, False))
    _report(made, form, quiet)


def _earlier(path: Path, folder: Path) -> Checked | None:
    """Return the seal that a folder has; InputError if it no longer holds."""
    from sim.results.seal import check_seal

    if not path.exists():
        return None
    found = check_seal(path, folder)
    if found.broken:
        message = f"sealed on {found.sealed}, and does not hold: {found.broken[0]}; see sim verify"
        raise InputError([Fault(str(path), 0, "", message)])
    return found


def _report(made: Sequence[tuple[Path, str, str, bool]], form: Format, quiet: bool) -> None:
    """Print seals: file, digest, date, and whether it is new."""
    if form is Format.json:
        keys = ("file", "digest", "sealed", "new")
        seals = [dict(zip(keys, (str(path), *rest), strict=True)) for path, *rest in made]
        say(json.dumps({"seals": seals}))
        return
    for path, digest, sealed, new in () if quiet else made:
        say(f"{path}: {'sealed' if new else 'already sealed'} {sealed}")
        say(f"digest: {digest}")
    if not quiet:
        say("Publish the digest now, where you cannot change it later. Only that proves the date.")
