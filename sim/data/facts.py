"""All that the data sets of a folder say about one crisis on the eve of its onset."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.data import capabilities, disputes, earlier, pacts, relations, transfers
from sim.data.actors import Actors
from sim.data.capabilities import Capabilities
from sim.data.disputes import Disputes
from sim.data.earlier import Confrontation, Fighting
from sim.data.found import Inventory
from sim.data.pacts import Pacts
from sim.data.relations import Pair
from sim.data.sets import BY_KEY
from sim.data.table import Table
from sim.data.transfers import Deliveries


@dataclass(frozen=True)
class Facts:
    """What data sets say about the states of a crisis. None where a data set was not found.

    Attributes:
        year: year before the onset.
        names: short name of each data set with its version, by key.
        capabilities: what the two sides have.
        atop: promises by ATOP.
        alliances: promises by COW.
        disputes: disputes of ten years.
        rivalries: number of the rivalry of each pair of rivals.
        neighbours: pairs with a land border.
        borders_year: year of ``neighbours``.
        votes: ideal points of votes in the United Nations, by code.
        votes_year: year of ``votes``.
        deliveries: arms that each side received in ten years.
        fighting: earlier fighting of the sides, by key of the data set.
        confrontations: confrontations of the sides by MIE.
        crises: crises of the sides by ICB.
    """

    year: int
    names: dict[str, str] = field(default_factory=dict)
    capabilities: Capabilities | None = None
    atop: Pacts | None = None
    alliances: Pacts | None = None
    disputes: Disputes | None = None
    rivalries: dict[Pair, str] | None = None
    neighbours: frozenset[Pair] = frozenset()
    borders_year: int | None = None
    votes: dict[str, float] = field(default_factory=dict)
    votes_year: int | None = None
    deliveries: dict[str, Deliveries] | None = None
    fighting: dict[str, Fighting] = field(default_factory=dict)
    confrontations: tuple[Confrontation, ...] = ()
    crises: tuple[Confrontation, ...] = ()


UCDP = ("ucdp_dyadic", "ucdp_deaths", "ucdp_events")


def gather(inventory: Inventory, actors: Actors, sides: tuple[str, str], onset: int) -> Facts:
    """Return what the data sets say about a crisis that begins in a year.

    Args:
        inventory: the data sets.
        actors: its states.
        sides: codes of the challenger and the defender. A side that is not among the states has no
            data.
        onset: year of its first day. Values are of the year before, and of earlier years if the
            data end earlier. Of the year itself only the beginnings of crises are read.

    Raises:
        InputError: a row cannot be read.
    """
    tables = inventory.tables
    year = onset - 1
    both = all(side in actors.by_code for side in sides)

    def table(key: str, needs_both: bool = False) -> Table | None:
        return tables.get(key) if both or not needs_both else None

    nmc, mie, icb = (table(key, needs_both=True) for key in ("nmc", "mie", "icb"))
    atop, alliances, mid = table("atop"), table("alliances"), table("mid")
    rivals, borders, votes, sipri = map(table, ("rivalries", "contiguity", "votes", "sipri"))
    borders_year, neighbours = (
        relations.neighbours(borders, actors, year) if borders else (None, frozenset())
    )
    votes_year, points = relations.votes(votes, actors, year) if votes else (None, {})
    fought = {
        key: earlier.fighting(of_key, actors, sides, onset)
        for key in UCDP
        if (of_key := table(key, needs_both=True))
    }
    return Facts(
        year=year,
        names={key: tables[key].name for key in BY_KEY if key in tables},
        capabilities=capabilities.read(nmc, actors, sides, year) if nmc else None,
        atop=pacts.read(atop, actors, year) if atop else None,
        alliances=pacts.read(alliances, actors, year) if alliances else None,
        disputes=disputes.read(mid, actors, year) if mid else None,
        rivalries=relations.rivalries(rivals, actors, year) if rivals else None,
        neighbours=neighbours,
        borders_year=borders_year,
        votes=points,
        votes_year=votes_year,
        deliveries=transfers.read(sipri, actors, sides, year) if sipri else None,
        fighting={key: found for key, found in fought.items() if found},
        confrontations=earlier.confrontations(mie, actors, sides, onset) if mie else (),
        crises=earlier.crises(icb, actors, sides, onset) if icb else (),
    )
