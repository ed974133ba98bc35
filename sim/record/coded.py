"""The records of the coded crises, each in a file of ``seeds/crises``.

Fits use the crises of the main record only. A coded crisis can be scored when it is named. Its
baselines come from all crises, in the order of their onsets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.evidence import Fact, crisis_files, load_crises, load_crisis, load_for
from sim.io.text import count, with_article
from sim.record.targets import Target, all_targets, crises, known, targets

Targets = Mapping[str, tuple[Target, ...]]

MEDIATED = "mediated ceasefire"
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


@dataclass(frozen=True)
class History:
    """What happened in a coded crisis, in brief.

    Attributes:
        onset: first day of fighting.
        days: duration of the fighting.
        deaths: battle deaths of both sides.
        ending: kind of ending, such as ``mediated ceasefire`` or ``lull``.
        mediator: code of the mediator of the last ceasefire; None if nobody mediated it.
    """

    onset: date
    days: Fact
    deaths: Fact
    ending: str
    mediator: str | None

    @property
    def duration(self) -> int:
        """Days of fighting, the best estimate."""
        return round(self.days.number("size") or 0.0)

    def sentence(self, names: Mapping[str, str]) -> str:
        """Return what happened in one sentence.

        Args:
            names: names of actors by code; a code without a name is shown as it is.

        >>> found = history("rann_of_kutch_1965", Path("any"))
        >>> found.sentence({"GBR": "United Kingdom"}).partition(" and ")[2]
        'ended in a ceasefire mediated by the United Kingdom, with 80 deaths [20 to 500].'
        """
        ending = self.ending
        if self.mediator is not None:
            ending = (
                f"ceasefire mediated by {with_article(names.get(self.mediator, self.mediator))}"
            )
        lasted, died = with_range(self.days, "day"), with_range(self.deaths, "death")
        return f"What happened: fighting lasted {lasted} and ended in a {ending}, with {died}."


def with_range(fact: Fact, thing: str = "") -> str:
    """Return a fact as a number with its range, and with a noun if there is one."""
    value = round(fact.number("size") or 0.0)
    number = count(value, thing) if thing else f"{value:,}"
    if fact.low is None or fact.high is None:
        return number
    low, high = f"{fact.low:,.0f}", f"{fact.high:,.0f}"
    return number if low == high else f"{number} [{low} to {high}]"


def history(crisis: str, near: Path) -> History | None:
    """Return what happened in a coded crisis, or None if its record lacks a part of it.

    >>> history("rann_of_kutch_1965", Path("any")).mediator
    'GBR'
    >>> history("invented", Path("any")) is None
    True
    """
    facts = [fact for fact in load_crisis(crisis, near).facts if fact.crisis == crisis]
    parts = {fact.id.partition(f"{crisis.replace('_', '-')}-")[2]: fact for fact in facts}
    if not parts.keys() >= {"onset", "duration", "deaths", "ending-kind", "mediator"}:
        return None
    onset, ending, mediator = parts["onset"].date, parts["ending-kind"], parts["mediator"]
    if onset is None:
        return None
    is_mediated = ending.value == MEDIATED
    return History(
        onset,
        parts["duration"],
        parts["deaths"],
        str(ending.value),
        str(mediator.value) if is_mediated else None,
    )
