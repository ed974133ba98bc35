"""What is wrong between evidence and the scenarios that cite it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path

from pydantic import ValidationError

from sim.evidence.checking import Finding, named
from sim.evidence.held import Evidence
from sim.evidence.models import Kind, Readings
from sim.io.errors import Fault, nearest
from sim.scenario import Choice, Provenance, Quantity, Stated

DIRECTIONS = ("higher", "lower")
"""Ways to read a number."""


def citation_faults(stated: Stated, evidence: Evidence) -> list[Fault]:
    """Return the citations of a scenario, or of a base of such, that no evidence file holds."""
    faults = []
    for path, provenance in stated.provenance.items():
        for cite in provenance.cites:
            if cite not in evidence.sources:
                message = f"cites '{cite}', which no evidence file holds{nearest(cite, evidence.sources)}"
                faults.append(Fault(*stated.places.get(path, ("", 0)), path, message))
    return faults


def unused_claims(scenarios: Iterable[Mapping[str, Provenance]], evidence: Evidence) -> list[str]:
    """Return the ids of article claims that no scenario cites, given what the values of each rest on."""
    cited = {cite for provenance in scenarios for stated in provenance.values() for cite in stated.cites}
    return sorted(
        source.id for source in evidence.sources.values() if source.kind == "article" and source.id not in cited
    )


def reading_faults(stated: Stated, crisis: str, evidence: Evidence) -> list[Fault]:
    """Return what codings and readings say of a file's values that the values do not bear out.

    Args:
        stated: the values of the file and of its bases.
        crisis: name of the file without its suffix; what the evidence says of others is left to their own check.
        evidence: the codings and readings.
    """
    own = {path for path, (file, _) in stated.places.items() if Path(file).stem == crisis}
    faults = []
    for file in evidence.files:
        faults += [file.fault(*found) for found in _strays(file.model, crisis, own)]
        faults += [file.fault(*found) for found in _uncited(file.model, crisis, own, stated)]
        faults += [file.fault(*found) for found in _misread(file.model, crisis, own, stated)]
    return faults


def _strays(model: Kind, crisis: str, own: Set[str]) -> Iterator[Finding]:
    for section in ("items", "disagreements", "fixed"):
        for number, one in enumerate(getattr(model, section, ())):
            if one.where == crisis and one.path not in own:
                message = f"{crisis}.yaml states no value at {one.path}{nearest(one.path, own)}"
                yield (section, number, "path"), message


def _uncited(model: Kind, crisis: str, own: Set[str], stated: Stated) -> Iterator[Finding]:
    for one in named(model):
        where, path = one.value
        cites = stated.provenance.get(path, Provenance()).cites
        if where == crisis and path in own and one.id not in cites:
            yield one.route, f"the value at {path} does not cite '{one.id}'; allowed: {', '.join(cites)}"


def _misread(model: Kind, crisis: str, own: Set[str], stated: Stated) -> Iterator[Finding]:
    for number, one in enumerate(model.disagreements if isinstance(model, Readings) else ()):
        if one.where == crisis and one.path in own:
            allowed = _ways(stated.values[one.path])
            for place, reading in enumerate(one.readings):
                if reading.reads not in allowed:
                    yield ("disagreements", number, "readings", place, "reads"), _no_way(reading.reads, allowed)


def _no_way(reads: str, allowed: Sequence[str]) -> str:
    if not allowed:
        return "the value is one number and leaves no room for two readings; give it a range"
    return f"'{reads}' is no way to read this value{nearest(reads, allowed)}; allowed: {', '.join(allowed)}"


def _ways(raw: object) -> tuple[str, ...]:
    """Return the ways in which a value can be read: none where it is one number."""
    try:
        return () if Quantity.model_validate(raw).known else DIRECTIONS
    except ValidationError:
        pass
    try:
        return Choice.model_validate(raw).options
    except ValidationError:
        return ()
