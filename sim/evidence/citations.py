"""Check evidence against the scenarios that cite it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path

from pydantic import ValidationError

from sim.evidence.index import Evidence
from sim.evidence.models import Kind, Readings
from sim.evidence.validation import Finding, named
from sim.io.errors import Fault, nearest
from sim.scenario import Choice, Provenance, Quantity, Stated

DIRECTIONS = ("higher", "lower")
"""Directions in which a number can be read."""


def citation_faults(stated: Stated, evidence: Evidence) -> list[Fault]:
    """Return a fault for every citation of a scenario or a base that is in no evidence file."""
    faults = []
    for path, provenance in stated.provenance.items():
        for cite in provenance.cites:
            if cite not in evidence.sources:
                message = (
                    f"cites '{cite}', which is in no evidence file{nearest(cite, evidence.sources)}"
                )
                faults.append(Fault(*stated.places.get(path, ("", 0)), path, message))
    return faults


def unused_claims(scenarios: Iterable[Mapping[str, Provenance]], evidence: Evidence) -> list[str]:
    """Return the ids of article claims that no scenario cites.

    >>> from sim.catalogue import shipped_root
    >>> from sim.evidence import load_folder
    >>> "mk2020-24" in unused_claims([], load_folder(shipped_root() / "seeds"))
    True
    """
    cited = {
        cite for provenance in scenarios for stated in provenance.values() for cite in stated.cites
    }
    return sorted(
        source.id
        for source in evidence.sources.values()
        if source.kind == "article" and source.id not in cited
    )


def reading_faults(stated: Stated, crisis: str, evidence: Evidence) -> list[Fault]:
    """Return the faults of codings and readings that do not fit a scenario's values.

    Args:
        stated: the values of the file and of its bases.
        crisis: name of the file without its suffix; codings and readings of other files are left
            out.
        evidence: the codings and readings.
    """
    own_paths = {path for path, (file, _) in stated.places.items() if Path(file).stem == crisis}
    faults = []
    for file in evidence.files:
        faults += [file.fault(*found) for found in _unknown_paths(file.model, crisis, own_paths)]
        faults += [file.fault(*found) for found in _uncited(file.model, crisis, own_paths, stated)]
        faults += [file.fault(*found) for found in _misread(file.model, crisis, own_paths, stated)]
    return faults


def _unknown_paths(model: Kind, crisis: str, own_paths: Set[str]) -> Iterator[Finding]:
    for section in ("items", "disagreements", "fixed"):
        for number, item in enumerate(getattr(model, section, ())):
            if item.where == crisis and item.path not in own_paths:
                message = (
                    f"{crisis}.yaml has no value at {item.path}{nearest(item.path, own_paths)}"
                )
                yield (section, number, "path"), message


def _uncited(model: Kind, crisis: str, own_paths: Set[str], stated: Stated) -> Iterator[Finding]:
    for item in named(model):
        where, path = item.value
        cites = stated.provenance.get(path, Provenance()).cites
        if where == crisis and path in own_paths and item.id not in cites:
            yield (
                item.route,
                f"the value at {path} does not cite '{item.id}'; allowed: {', '.join(cites)}",
            )


def _misread(model: Kind, crisis: str, own_paths: Set[str], stated: Stated) -> Iterator[Finding]:
    for number, item in enumerate(model.disagreements if isinstance(model, Readings) else ()):
        if item.where == crisis and item.path in own_paths:
            allowed = _directions(stated.values[item.path])
            for place, reading in enumerate(item.readings):
                if reading.reads not in allowed:
                    yield (
                        ("disagreements", number, "readings", place, "reads"),
                        _wrong_direction(reading.reads, allowed),
                    )


def _wrong_direction(reads: str, allowed: Sequence[str]) -> str:
    if not allowed:
        return "the value is a single number, so it cannot be read in two ways; give it a range"
    return (
        f"'{reads}' is not a reading of this value{nearest(reads, allowed)}; allowed: "
        f"{', '.join(allowed)}"
    )


def _directions(raw: object) -> tuple[str, ...]:
    """Return the ways in which a value can be read; empty for a single number."""
    try:
        return () if Quantity.model_validate(raw).known else DIRECTIONS
    except ValidationError:
        pass
    try:
        return Choice.model_validate(raw).options
    except ValidationError:
        return ()
