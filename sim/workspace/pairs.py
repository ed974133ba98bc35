"""The range of a tie between two states, by a rule over the indicators of their relation.

The rule is that of the coded crises (``scenarios/crises/README.md``). It is in
:attr:`Indicators.range`. A third party's tie to a side gets a margin: indicators miss clients,
quarrels and friendships without a treaty. The tie of the two sides is lowered, since it comes to
fighting. Votes in the United Nations are cited and not used: they mislead about ties.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sim.data.countries import Country, share_a_region
from sim.data.facts import Facts
from sim.data.pacts import PROMISES
from sim.workspace.writing import Value, ranged

RECURRENT = 3
"""Disputes with use of force in ten years that make a rivalry where no data set has rivalries."""
SOURCES = {
    "atop": "lit-atop",
    "alliances": "lit-cowalliances",
    "rivalries": "lit-rivalries",
    "mid": "lit-mid",
}
UNKNOWN = (-0.6, 0.7)
UNKNOWN_SIDES = (-0.9, -0.2)
LOWEST_OF_SIDES, BELOW, ABOVE = -0.9, -0.6, 0.2
"""Two sides of a crisis have a tie that reaches down to the first, and up to between the others."""
MARGIN = 0.2


class Pair(Enum):
    """Who the two states of a tie are in the crisis."""

    sides = "the two sides"
    to_a_side = "a third party and a side"
    third_parties = "two third parties"


@dataclass(frozen=True)
class Indicators:
    """What the data sets say about a pair.

    Attributes:
        defence: whether a defence pact binds them.
        pact: whether any other pact does.
        rivalry: whether they are rivals.
        force: whether one used force against the other within ten years.
        regional: whether they share a region where nearly all states share a pact.
    """

    defence: bool
    pact: bool
    rivalry: bool
    force: bool
    regional: bool

    @property
    def any(self) -> bool:
        """Whether there is any indicator."""
        return self.defence or self.pact or self.rivalry or self.force

    @property
    def range(self) -> tuple[float, float]:
        """The range of the tie by the rule."""
        if self.rivalry:
            return (-0.6, 0.2) if self.defence else (-0.9, -0.4)
        if self.defence:  # means little in a region where nearly all states share one
            return (-0.4, 0.5) if self.force else (0.0, 0.5) if self.regional else (0.4, 0.8)
        if self.pact:
            return (-0.4, 0.3) if self.force else (0.05, 0.4)
        return (-0.6, 0.0) if self.force else (-0.5, 0.7)


def has_indicators(facts: Facts, a: Country, b: Country) -> bool:
    """Whether any data set has an indicator of the relation of two states."""
    return _indicators(facts, a, b).any


def tie(facts: Facts, a: Country, b: Country, pair: Pair) -> Value:
    """Return the tie of two states as a range with its sources.

    Without any indicator the range is only assumed, and cites nothing.

    Args:
        facts: what the data sets say.
        a: a state.
        b: another.
        pair: who they are in the crisis.
    """
    of_key = {
        "atop": facts.atop,
        "alliances": facts.alliances,
        "rivalries": facts.rivalries,
        "mid": facts.disputes,
    }
    found = [key for key, read in of_key.items() if read is not None]
    if not found:
        return unknown_tie(pair)
    indicators = _indicators(facts, a, b)
    low, high = indicators.range
    note = "" if indicators.any else "; so it is not known"
    if pair is Pair.sides:
        low, high = LOWEST_OF_SIDES, min(max(high, BELOW), ABOVE)
        note += "; lowered, since it comes to fighting"
    elif pair is Pair.to_a_side:
        low, high = max(low - MARGIN, -1.0), min(high + MARGIN, 1.0)
        note += f"; a margin of {MARGIN} for what these miss"
    described = "; ".join((*_described(facts, a, b), *_votes(facts, a, b)))
    sources = [SOURCES[key] for key in found] if indicators.any else []
    return ranged(low, high, f"{a.number}-{b.number}: {described}{note}", sources)


def unknown_tie(pair: Pair) -> Value:
    """Return a tie that nothing is known of."""
    if pair is Pair.sides:
        return ranged(*UNKNOWN_SIDES, "not known; hostile, since it comes to fighting")
    return ranged(*UNKNOWN, "not known: from hostile to friendly")


def _indicators(facts: Facts, a: Country, b: Country) -> Indicators:
    promises = {
        promise
        for pacts in (facts.atop, facts.alliances)
        if pacts is not None
        for promise in pacts.between(a.code, b.code)
    }
    fought = [
        dispute
        for dispute in (facts.disputes.between(a.code, b.code) if facts.disputes else ())
        if dispute.is_force
    ]
    if facts.rivalries is None:
        rivalry = len(fought) >= RECURRENT
    else:
        rivalry = (a.code, b.code) in facts.rivalries
    return Indicators(
        defence="defence" in promises,
        pact=bool(promises - {"defence", "offence"}),
        rivalry=rivalry,
        force=bool(fought),
        regional=share_a_region(a, b),
    )


def _described(facts: Facts, a: Country, b: Country) -> Iterator[str]:
    """Yield what each data set says about a pair, in words."""
    nothing: list[str] = []
    for key, pacts in (("atop", facts.atop), ("alliances", facts.alliances)):
        if pacts is None:
            continue
        if promises := pacts.between(a.code, b.code):
            listed = "+".join(name for key_, name in PROMISES.items() if key_ in promises)
            yield f"{facts.names[key]} {pacts.year}: {listed}"
        else:
            nothing.append(f"no alliance in {facts.names[key]} {pacts.year}")
    if facts.rivalries is not None:
        if number := facts.rivalries.get((a.code, b.code)):
            yield f"{facts.names['rivalries']} {number}"
        else:
            nothing.append("no strategic rivalry")
    if facts.disputes is not None:
        period = f"{facts.names['mid']} {facts.disputes.first}-{facts.disputes.last}"
        if found := facts.disputes.between(a.code, b.code):
            level = max(dispute.level for dispute in found)
            worst = sorted(found, key=lambda dispute: -dispute.level)[:3]
            listed = ", ".join(str(dispute.number) for dispute in worst)
            disputes = "1 dispute" if len(found) == 1 else f"{len(found)} disputes"
            yield f"{period}: {disputes}, highest level {level} (no. {listed})"
            if facts.rivalries is None and sum(dispute.is_force for dispute in found) >= RECURRENT:
                yield "counted as a rivalry, since force was used three times or more"
        else:
            nothing.append(f"no dispute in {period}")
    if nothing:
        yield ", ".join(nothing)


def _votes(facts: Facts, a: Country, b: Country) -> Iterator[str]:
    if a.code in facts.votes and b.code in facts.votes:
        apart = abs(facts.votes[a.code] - facts.votes[b.code])
        yield f"{facts.names['votes']} {facts.votes_year}: {apart:.1f} apart, not used"
