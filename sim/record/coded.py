"""The records of the coded crises, each in a file of ``seeds/crises``.

Fits use the crises of the main record only. A coded crisis can be scored when it is named. Its
baselines come from all crises, in the order of their onsets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sim.evidence import Fact, crisis_files, load_crises, load_for
from sim.record.targets import Target, all_targets, crises, known, targets

Targets = Mapping[str, tuple[Target, ...]]

LAST_DATE = date.max
"""Order of a crisis without a date: after all others."""


def targets_to_score(crisis: str, near: Path, place: str = "record") -> Targets:
    """Return the targets that the scores of a crisis need: its own, and those of its baselines.

    A crisis of the main record is compared with the main record, and a coded one with all crises.

    Args:
        crisis: name of a crisis.
        near: a file of the workspace whose records count too.
        place: what an error names as its place.

    Raises:
        InputError: there is no record of the crisis.

    >>> list(targets_to_score("april_2016", Path("any")))
    ['april_2016', 'july_2020', 'autumn_2020']
    >>> len(targets_to_score("rann_of_kutch_1965", Path("any"))) > 34
    True
    """
    recorded = all_targets(load_for(near).facts)
    known([crisis], recorded, crisis_files(near).keys(), place)
    return recorded if crisis in recorded else every_target(near)


def every_target(near: Path) -> Targets:
    """Return the targets of all crises with a record, by crisis, in the order of their onsets.

    Args:
        near: a file of the workspace whose records count too.

    >>> next(iter(every_target(Path("any"))))
    'leticia_1932'
    """
    facts = (*load_for(near).facts, *load_crises(near).facts)
    names = sorted(crises(facts), key=lambda name: _onset(facts, name))
    return {name: targets(facts, name) for name in names}


def _onset(facts: Sequence[Fact], crisis: str) -> date:
    dates = [fact.date for fact in facts if fact.crisis == crisis and fact.date is not None]
    return min(dates, default=LAST_DATE)
