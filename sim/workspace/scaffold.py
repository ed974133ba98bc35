"""Write a commented scenario of a new crisis (``sim new``): wide ranges, each with its source.

What data sets say is a range with the works that it comes from. Everything else is a wide range
with an assumption. The rules are those of the coded crises (``scenarios/crises/README.md``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sim.data.countries import Country
from sim.data.facts import Facts
from sim.io.text import clipped
from sim.scenario import ESCALATIONS
from sim.workspace import estimates, notes
from sim.workspace.pairs import Pair, has_indicators, tie, unknown_tie
from sim.workspace.writing import (
    LONGEST,
    Value,
    comment,
    folded,
    known,
    lines_of,
    options,
    quoted,
    ranged,
)

OPENINGS = ESCALATIONS[1:]
"""Escalation levels at which a crisis may open."""
ARMED_DRONES = 2001
"""First year in which armed drones were used."""


@dataclass(frozen=True)
class Request:
    """What a user asks for.

    Attributes:
        name: name of the scenario.
        sides: codes of the challenger and the defender.
        third: codes of the third parties.
        year: year of the onset.
        area: size of the contested area in square kilometres, or None if it is not known.
    """

    name: str
    sides: tuple[str, str]
    third: tuple[str, ...]
    year: int
    area: float | None = None


def text(request: Request, countries: Mapping[str, Country], facts: Facts) -> str:
    """Return the text of a scenario file.

    Args:
        request: what the user asks for.
        countries: those of its actors that are states, by code.
        facts: what data sets say; without any, all values are assumptions.
    """
    return "\n".join(_Scaffold(request, countries, facts).lines()) + "\n"


@dataclass(frozen=True)
class _Scaffold:
    request: Request
    countries: Mapping[str, Country]
    facts: Facts

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file, section by section."""
        yield from self._head()
        yield from self._notes()
        yield from ("", *self._conflict(), "")
        yield from ("actors:", "", "  # The two sides", "")
        yield from (*self._challenger(), "", *self._defender())
        if self.request.third:
            yield from ("", "  # Third parties")
        for code in self.request.third:
            yield from ("", *self._third_party(code))

    def _name(self, code: str) -> str:
        return self.countries[code].name if code in self.countries else code

    def _head(self) -> Iterator[str]:
        request = self.request
        title = f"{' and '.join(self._name(code) for code in request.sides)}, {request.year}"
        yield "# yaml-language-server: $schema=schema/scenario.json"
        yield from comment(
            f"{title}: a scaffold written by sim new. Values are wide ranges, each with a source "
            "or an assumption beside it. Replace what you know better, and say where you know it "
            f"from. Then: sim check {request.name}, sim run {request.name}."
        )
        yield "format: 2"
        yield f"scenario: {request.name}"
        yield f"title: {quoted(title)}"
        yield "base: crisis             # numbers of the model, not fitted to other crises"
        yield f"start: {request.year}-01-01        # replace: the first day of organised fighting"
        yield "horizon_days: 365"

    def _notes(self) -> Iterator[str]:
        yield ""
        names = ", ".join(self.facts.names.values())
        about = (
            f"Data are of {self.facts.year}, the year before the onset, or the latest before it: "
        )
        without = "No data set was read; every value is an assumption."
        yield from folded("notes", f"A scaffold. {about}{names}." if names else without, 0)
        for note in notes.suppliers(self.facts, {*self.request.sides, *self.request.third}):
            yield from ("", *comment(note))
        if earlier := list(notes.earlier(self.facts, self.request.year)):
            yield ""
            yield from comment(
                "What data sets list about the two sides, for you to read: fighting, "
                "confrontations, and crises that both took part in. Nothing of it is a setting. "
                "Of the year of the onset, only beginnings are listed."
            )
        for note in earlier:
            yield from comment(note)

    def _conflict(self) -> Iterator[str]:
        a, b = self.request.sides
        judge = "not known; judge it from maps and the literature"
        interior = quoted(f"The rest of the territory of {self._name(b)}.")
        values = {
            "theatre": known("contested", "the fighting starts in the contested area"),
            "contested_area_km2": estimates.area(self.request.area),
            "forces": estimates.forces(self.facts, self.request.sides),
            "tempo": ranged(0.3, 3, "not known: how fast fronts move for such forces", log=True),
            "severity": ranged(0.25, 4, "not known: how deadly it is for such forces", log=True),
            "challenger_holds": ranged(0, 0.2, f"share of the area; {judge}"),
            "aim": ranged(0.2, 0.8, f"share of the area that it fights for; {judge}"),
            "prepared_line": ranged(0, 0.15, f"depth, as a share of the area; {judge}"),
            "package_share": ranged(0, 0.5, "not known: from nothing to half of the rest"),
            "concession": ranged(0, 0.3, "not known: worth of what a package grants beside land"),
            "opening": options(OPENINGS, "not known; the form of the first day"),
        }
        yield "conflict:"
        yield from lines_of("challenger", known(a, "named first: it wants to move the line"), 2)
        yield from lines_of("defender", known(b, "named second: it holds most of the area"), 2)
        yield "  theatres:                # name them; treaties say which they cover"
        yield "    contested: The contested area."
        yield f"    interior: {interior}"
        yield f"    assumption: {quoted('two theatres, since treaties may cover only the second')}"
        for key, value in values.items():
            yield from lines_of(key, value, 2)

    def _challenger(self) -> Iterator[str]:
        a, b = self.request.sides
        strength = estimates.strength(self.facts, self.request.sides, self.countries)
        yield f"  {a}:"
        yield f"    name: {quoted(self._name(a))}"
        yield from lines_of("strength", strength, 4)
        yield from self._of_a_side()
        yield "    ties:"
        yield from lines_of(b, self._tie(a, b, Pair.sides), 6)

    def _defender(self) -> Iterator[str]:
        b = self.request.sides[1]
        worth = ranged(0.5, 1, "not known: territory that it cedes, relative to other territory")
        yield f"  {b}:"
        yield f"    name: {quoted(self._name(b))}"
        yield from lines_of("strength", known(1, "the unit of the challenger's strength"), 4)
        yield from self._of_a_side()
        yield from lines_of("cession_worth", worth, 4)

    def _of_a_side(self) -> Iterator[str]:
        drones = (
            known(0, "before the age of armed drones")
            if self.request.year < ARMED_DRONES
            else ranged(0, 0.5, "not known: from none to half of what armed drones can do")
        )
        yield from lines_of("drones", drones, 4)
        yield from lines_of("grievance", ranged(0.2, 0.9, "public demand for action: not known"), 4)

    def _third_party(self, code: str) -> Iterator[str]:
        request = self.request
        later = request.third[request.third.index(code) + 1 :]
        yield f"  {code}:"
        yield f"    name: {quoted(self._name(code))}"
        yield from lines_of("stance", known("aside", "not known; what it did on the first day"), 4)
        yield "    ties:"
        for side in request.sides:
            yield from lines_of(side, self._tie(code, side, Pair.to_a_side), 6)
        for partner in later:
            if self._has_tie(code, partner):
                yield from lines_of(partner, self._tie(code, partner, Pair.third_parties), 6)
        values = {
            "broker_value": ranged(0, 0.8, "interest in mediating: not known; 0 none, 1 full"),
            "engagement": estimates.engagement(self.facts, code, request.sides),
            "support": ranged(0, 3, "the most it could give: not known; 0 none, 4 troops"),
            "peacekeeping": ranged(0, 0.6, "as peacekeeper: not known; 0 none, 1 full"),
        }
        for key, value in values.items():
            yield from lines_of(key, value, 4)
        yield "    # troops: men that it has in the theatre at the onset, in thousands, if any"
        yield from self._supplies(code)
        yield from self._treaty(code)

    def _tie(self, a: str, b: str, pair: Pair) -> Value:
        if a in self.countries and b in self.countries:
            return tie(self.facts, self.countries[a], self.countries[b], pair)
        return unknown_tie(pair)

    def _has_tie(self, a: str, b: str) -> bool:
        """Whether any data set knows of relations of two third parties."""
        if not (a in self.countries and b in self.countries):
            return False
        return has_indicators(self.facts, self.countries[a], self.countries[b])

    def _supplies(self, code: str) -> Iterator[str]:
        deliveries = self.facts.deliveries
        if deliveries is None or code not in self.countries:
            yield "    # supplies: its share of the outside supplies of a side, such as"
            yield f"    #   {self.request.sides[0]}: {{range: [0.1, 0.3], assumption: the source}}"
            return
        found = {
            side: value
            for side, of_side in deliveries.items()
            if (value := estimates.share(self.facts, code, side, of_side))
        }
        if found:
            yield "    supplies:"
        else:
            period = next(iter(deliveries.values()))
            source = f"{self.facts.names['sipri']}, {period.first}-{period.last}"
            yield from comment(f"no supplies: under 2% for either side in the {source}", 4)
        for side, value in found.items():
            yield from lines_of(side, value, 6)

    def _treaty(self, code: str) -> Iterator[str]:
        """Yield a treaty that binds a third party to the defender and not to the challenger."""
        atop = self.facts.atop
        a, b = self.request.sides
        if atop is None or "defence" not in atop.promised(code, b):
            return
        where = f"{self.facts.names['atop']} {atop.year}"
        if "defence" in atop.promised(code, a):
            why = f"no treaties: by {where} it must defend both sides, so neither against the other"
            yield from comment(why, 4)
            return
        numbers = f"{self.countries[code].number}-{self.countries[b].number}"
        why = f"{where}, {numbers}: defence; its use on contested land is open"
        yield "    treaties:"
        yield f"      - with: {b}"
        yield "        covers: [contested, interior]     # leave out what it does not cover"
        yield "        cites: [lit-atop]"
        yield f"        assumption: {quoted(clipped(why, LONGEST))}"
