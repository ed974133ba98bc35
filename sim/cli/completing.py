"""What the shell completes: names of files, of measures, of crises and of schemas.

Each function takes the beginning of a word and returns the words that continue it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.catalogue import Kind, entries, shipped_entries, working_root
from sim.io.errors import InputError


def scenarios(incomplete: str) -> list[str]:
    """Return names of scenarios."""
    return _beginning(incomplete, _names("scenario"))


def arguments(incomplete: str) -> list[str]:
    """Return names of arguments."""
    return _beginning(incomplete, _names("hypothesis"))


def all_files(incomplete: str) -> list[str]:
    """Return names of scenarios, bases and arguments."""
    return _beginning(incomplete, _names("scenario", "base", "hypothesis"))


def shipped_files(incomplete: str) -> list[str]:
    """Return names of shipped scenarios, bases and arguments."""
    kinds: tuple[Kind, ...] = ("scenario", "base", "hypothesis")
    return _beginning(incomplete, [entry.name for kind in kinds for entry in shipped_entries(kind)])


def results(incomplete: str) -> list[str]:
    """Return folders of results."""
    found = Path("results").glob("*/manifest.json")
    return _beginning(incomplete, sorted(str(path.parent) for path in found))


def results_and_scenarios(incomplete: str) -> list[str]:
    """Return folders of results and names of scenarios."""
    return [*results(incomplete), *scenarios(incomplete)]


def endings(incomplete: str) -> list[str]:
    """Return the endings that a run may have."""
    from sim.results.chronicle.select import ENDING_WORDS

    return _beginning(incomplete, ENDING_WORDS)


def scored(incomplete: str) -> list[str]:
    """Return folders of results and names of crises."""
    coded = [entry.name for entry in entries("scenario") if entry.is_crisis]
    return [*results(incomplete), *crises(incomplete), *_beginning(incomplete, coded)]


def measures(incomplete: str) -> list[str]:
    """Return names of measures."""
    from sim.outcomes.summary_measures import MEASURES

    return _beginning(incomplete, MEASURES)


def crises(incomplete: str) -> list[str]:
    """Return names of crises of the historical record."""
    from sim.evidence import load_for
    from sim.record.targets import all_targets

    try:
        facts = load_for(working_root() / "seeds" / "any").facts
    except InputError:  # faulty files complete nothing
        return []
    return _beginning(incomplete, all_targets(facts))


def schemas(incomplete: str) -> list[str]:
    """Return kinds of schemas."""
    from sim.workspace.schemas import KINDS

    return _beginning(incomplete, KINDS)


def _names(*kinds: Kind) -> list[str]:
    return [entry.name for kind in kinds for entry in entries(kind)]


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name.startswith(incomplete)))
