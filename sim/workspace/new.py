"""Write a scaffold of a new crisis into a workspace (``sim new``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.catalogue import FOLDERS, SUFFIXES, Kind, shipped_entries
from sim.data.actors import Actors
from sim.data.countries import Country, hint, lookup
from sim.data.facts import Facts, gather
from sim.data.found import search
from sim.io.atomic import atomic_file
from sim.io.errors import Fault, InputError
from sim.io.text import clipped
from sim.scenario.parsing import plain_scalar
from sim.scenario.values import CODE, NAME
from sim.workspace import scaffold
from sim.workspace.scaffold import Request

FIRST_YEAR, LAST_YEAR = 1816, 2100
"""Years of an onset: data sets on states begin in the first."""
SMALLEST_AREA, LARGEST_AREA = 1e-6, 1e9
"""Contested area in square kilometres."""
MOST_THIRD_PARTIES = 30
OTHER_NAME = "choose another name"


def new(request: Request, root: Path, data: Path | None = None) -> Path:
    """Write the scenario of a new crisis, without replacing any file.

    Args:
        request: what the user asks for.
        root: folder of the workspace.
        data: folder of downloads, or None to write assumptions alone.

    Returns:
        The file that was written.

    Raises:
        InputError: the request or a data set has faults, or the file exists; nothing is written.

    >>> request = Request("kashmir", ("PAK", "IND"), ("USA",), 1965)
    >>> new(request, Path("workspace")).as_posix()
    'workspace/scenarios/kashmir.yaml'
    """
    target = root / FOLDERS["scenario"][0] / f"{request.name}.yaml"
    known = {
        code: country
        for code in (*request.sides, *request.third)
        if (country := lookup(code)) is not None
    }
    if faults := [*_faults(request, target), *_faults_of_actors(request, known)]:
        raise InputError(faults)
    facts = Facts(request.year - 1) if data is None else read(data, known, request)
    written = scaffold.text(request, known, facts)
    with atomic_file(target) as temporary:
        temporary.write_text(written, encoding="utf-8")
    return target


def read(data: Path, known: dict[str, Country], request: Request) -> Facts:
    """Return what the data sets of a folder say.

    Raises:
        InputError: the folder has no data set, or a data set has faults.
    """
    inventory = search(data)
    if inventory.faults:
        raise InputError(inventory.faults)
    if not inventory.tables:
        message = f"no data set in this folder; run sim data {data} to see what is looked for"
        raise InputError([Fault(str(data), 0, "", message)])
    return gather(inventory, Actors(known.values()), request.sides, request.year)


def codes(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the codes of actors that a user named: ISO codes, COW numbers, or codes of their own.

    >>> codes(["ind", "770", "UN"])
    ('IND', 'PAK', 'UN')
    """
    return tuple(
        country.code if (country := lookup(text)) else text.strip().upper() for text in texts
    )


def not_states(request: Request) -> dict[str, str]:
    """Return the codes of actors that are no states of the data sets.

    Each has a hint with the most similar code of a state if it is a side, or else an empty text:
    most third parties that are no states are organisations.
    """
    sides = {code: hint(code) for code in request.sides if lookup(code) is None}
    return sides | {code: "" for code in request.third if lookup(code) is None}


def _faults(request: Request, target: Path) -> list[Fault]:
    """Return what is wrong with the name, the year and the area."""
    faults = []
    shown = clipped(request.name, 40)
    if not NAME.fullmatch(request.name):
        message = (
            f"'{shown}' is not a name; allowed: up to 40 lower-case letters, digits or _, starting "
            "with a letter"
        )
        faults.append(Fault("NAME", 0, "", message))
    elif not _is_text(request.name):
        faults.append(Fault("NAME", 0, "", f"YAML does not read '{shown}' as text; {OTHER_NAME}"))
    elif any(target.with_suffix(suffix).exists() for suffix in SUFFIXES):
        faults.append(Fault(str(target), 0, "", f"already exists; {OTHER_NAME}, or remove it"))
    elif kind := _shipped_as(request.name):
        faults.append(Fault("NAME", 0, "", f"'{shown}' is a shipped {kind}; {OTHER_NAME}"))
    if not FIRST_YEAR <= request.year <= LAST_YEAR:
        message = f"{request.year} is out of bounds; allowed: {FIRST_YEAR} to {LAST_YEAR}"
        faults.append(Fault("--year", 0, "", message))
    if request.area is not None and not SMALLEST_AREA <= request.area <= LARGEST_AREA:
        allowed = f"{SMALLEST_AREA:f} to {LARGEST_AREA:,.0f}"
        message = f"{request.area:g} is out of bounds; allowed: {allowed}"
        faults.append(Fault("--area", 0, "", message))
    return faults


def _is_text(word: str) -> bool:
    """Whether YAML reads an unquoted word as text, and not as a missing value or a truth value."""
    return isinstance(plain_scalar(word), str)


def _shipped_as(name: str) -> Kind | None:
    """Return the kind of shipped file that a scenario with a name would hide, or None.

    A scenario of the workspace can be a base. So the scenario ``crisis`` would become the base of
    every scaffold.
    """
    kinds: tuple[Kind, ...] = ("scenario", "base")
    for kind in kinds:
        if name in {entry.name.rpartition("/")[2] for entry in shipped_entries(kind)}:
            return kind
    return None


def _faults_of_actors(request: Request, known: dict[str, Country]) -> list[Fault]:
    """Return what is wrong with the sides and the third parties."""
    faults = []
    named = (("--sides", request.sides), ("--third", request.third))
    seen: dict[object, str] = {}
    for option, chosen in named:
        for code in chosen:
            if code.isdecimal():
                faults.append(Fault(option, 0, "", f"no state has the COW number {code}"))
            elif not CODE.fullmatch(code):
                message = (
                    f"'{clipped(code, 20)}' is not a code{hint(code)}; allowed: an ISO code such "
                    "as IND, a COW number such as 750, or 2 to 8 capital letters, digits or _"
                )
                faults.append(Fault(option, 0, "", message))
            elif not _is_text(code):
                message = f"YAML does not read '{code}' as text; choose another code"
                faults.append(Fault(option, 0, "", message))
            state = known[code].number if code in known else code
            if state in seen:
                message = f"{code} and {seen[state]} are the same state; name each actor once"
                faults.append(Fault(option, 0, "", message))
            seen.setdefault(state, code)
    if len(request.third) > MOST_THIRD_PARTIES:
        message = f"{len(request.third)} third parties; allowed: up to {MOST_THIRD_PARTIES}"
        faults.append(Fault("--third", 0, "", message))
    return faults
