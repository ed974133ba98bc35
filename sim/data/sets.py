"""What each data set looks like: its columns, its version, its address, and what it is good for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DataSet:
    """A data set that ``sim new`` can use.

    Attributes:
        key: short name in the program.
        title: name for readers.
        address: page with the official download.
        fills: part of a scenario that it fills, in words.
        columns: for each column that is read, the names that it has in the official files, in lower
            case.
        named: pattern of the names of its files, in lower case.
        cites: id of the work to cite, if its numbers go into values.
        in_name: pattern of the version in the name of a file; its groups are joined by dots.
        ragged: whether rows may be too short; they are then skipped.
        without: columns of related files that are not this data set.
        years: columns with the years that a row covers.
    """

    key: str
    title: str
    address: str
    fills: str
    columns: Mapping[str, tuple[str, ...]]
    named: str
    cites: str = ""
    in_name: str = ""
    ragged: bool = False
    without: tuple[str, ...] = ()
    years: tuple[str, ...] = field(default=("year",))

    def places(self, header: Sequence[str]) -> dict[str, int] | None:
        """Return the position of each column in a header, or None if one is missing.

        Args:
            header: names of columns, in lower case.
        """
        if not set(self.without).isdisjoint(header):
            return None
        found = {name: _place(header, spellings) for name, spellings in self.columns.items()}
        places = {name: place for name, place in found.items() if place is not None}
        return places if len(places) == len(found) else None

    def missing(self, header: Sequence[str]) -> list[str]:
        """Return the columns that a header lacks."""
        return [
            " or ".join(spellings)
            for spellings in self.columns.values()
            if _place(header, spellings) is None
        ]

    def version_of(self, name: str) -> str:
        """Return the version that the name of a file states, or an empty text.

        >>> BY_KEY["nmc"].version_of("NMC-60-abridged.csv")
        '6.0'
        """
        found = re.search(self.in_name, name.lower()) if self.in_name else None
        return ".".join(group for group in found.groups() if group) if found else ""


def _place(header: Sequence[str], spellings: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in spellings if name in header), None)


def _columns(**others: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(spellings.split()) for name, spellings in others.items()}


_COW = "https://correlatesofwar.org/data-sets"
_UCDP = "https://ucdp.uu.se/downloads/"

DATA_SETS: tuple[DataSet, ...] = (
    DataSet(
        key="nmc",
        title="National Material Capabilities (NMC, with CINC)",
        address=f"{_COW}/national-material-capabilities/",
        fills="strength, forces",
        columns=_columns(state="ccode", year="year", spending="milex", men="milper", share="cinc"),
        named=r"\bnmc",
        cites="lit-nmc",
        in_name=r"nmc[-_ ]?v?(\d)[-_.]?(\d)",
    ),
    DataSet(
        key="atop",
        title="Alliance Treaty Obligations and Provisions (ATOP), directed dyad-years",
        address="https://www.atopdata.org/data.html",
        fills="ties, treaties",
        columns=_columns(
            state="statea ccode1",
            partner="stateb ccode2",
            year="year",
            defence="defense",
            offence="offense",
            neutrality="neutral",
            non_aggression="nonagg",
            consultation="consul",
        ),
        named=r"atop.*ddyr",
        cites="lit-atop",
        in_name=r"atop(\d)[-_.]?(\d)",
    ),
    DataSet(
        key="alliances",
        title="COW Formal Alliances, yearly",
        address=f"{_COW}/formal-alliances/",
        fills="ties",
        columns=_columns(
            state="ccode1",
            partner="ccode2",
            year="year",
            defence="defense",
            neutrality="neutrality",
            non_aggression="nonaggression",
            consultation="entente",
        ),
        named=r"alliance.*(directed|dyad)_yearly",
        cites="lit-cowalliances",
        in_name=r"v(\d)[-_.](\d)",
    ),
    DataSet(
        key="contiguity",
        title="COW Direct Contiguity, dyad-years",
        address=f"{_COW}/direct-contiguity/",
        fills="engagement of neighbours",
        columns=_columns(state="state1no", partner="state2no", year="year", kind="conttype"),
        named=r"contdird",
    ),
    DataSet(
        key="mid",
        title="Militarized Interstate Disputes (MID), participants",
        address=f"{_COW}/mids/",
        fills="ties",
        columns=_columns(
            dispute="dispnum dispnum3",
            state="ccode",
            start="styear",
            end="endyear",
            side="sidea",
            level="hostlev",
        ),
        named=r"^midb",
        cites="lit-mid",
        in_name=r"midb[-_ ](\d)[-_.](\d+)",
        years=("start", "end"),
        without=("incidnum",),
    ),
    DataSet(
        key="rivalries",
        title="Strategic rivalries (Thompson, Sakuwa and Suhas)",
        address="https://svmiller.com/peacesciencer/reference/tss_rivalries.html",
        fills="ties",
        columns=_columns(
            number="tssr_id rivalryno",
            name="rivalry rivalryname",
            state="ccode1",
            partner="ccode2",
            start="start styear",
            end="end endyear",
        ),
        named=r"rivalr",
        cites="lit-rivalries",
        years=("start", "end"),
    ),
    DataSet(
        key="votes",
        title="Ideal points of UN votes (Bailey, Strezhnev and Voeten)",
        address="https://doi.org/10.7910/DVN/LEJUQZ",
        fills="a note beside ties",
        columns=_columns(
            state="ccode cowcode", year="year session", point="idealpointall idealpoint"
        ),
        named=r"ideal ?point",
    ),
    DataSet(
        key="sipri",
        title="SIPRI Arms Transfers Database, trade register",
        address="https://armstransfers.sipri.org/ArmsTransfer/TransferRegister",
        fills="supplies",
        columns={
            "taker": ("recipient",),
            "giver": ("supplier",),
            "years": ("year(s) of delivery", "year(s) of deliveries"),
            "value": ("sipri tiv of delivered weapons", "tiv delivery values"),
        },
        named=r"trade-?register|sipri.*register",
        cites="lit-sipri",
        ragged=True,
        years=("years",),
    ),
    DataSet(
        key="ucdp_dyadic",
        title="UCDP Dyadic",
        address=_UCDP,
        fills="a note on earlier fighting",
        columns=_columns(
            dyad="dyad_id",
            state="gwno_a gwnoa",
            partner="gwno_b gwnob",
            year="year",
            intensity="intensity_level intensity",
        ),
        named=r"^(ucdp[-_]?)?dyadic[-_]?v?\d",
    ),
    DataSet(
        key="ucdp_deaths",
        title="UCDP Battle-Related Deaths",
        address=_UCDP,
        fills="a note on earlier fighting",
        columns=_columns(
            dyad="dyad_id",
            state="gwno_a gwnoa",
            partner="gwno_b gwnob",
            year="year",
            low="bd_low",
            best="bd_best",
            high="bd_high",
        ),
        named=r"battle.?deaths|brd",
    ),
    DataSet(
        key="ucdp_events",
        title="UCDP Georeferenced Events (GED), also the candidate events",
        address=_UCDP,
        fills="a note on earlier fighting",
        columns=_columns(
            dyad="dyad_new_id",
            state="gwnoa gwno_a",
            partner="gwnob gwno_b",
            year="year",
            low="low",
            best="best",
            high="high",
        ),
        named=r"^ged",
        in_name=r"v(\d+)[-_.](\d+)(?:[-_.](\d+))?",
    ),
    DataSet(
        key="mie",
        title="Militarized Interstate Events (MIE)",
        address="https://internationalconflict.ua.edu/data-download/",
        fills="a note on earlier confrontations and on the onset",
        columns=_columns(
            number="micnum",
            state="ccode1",
            partner="ccode2",
            year="styear",
            month="stmon",
            day="stday",
            level="hostlev",
            low_state="fatalmin1",
            high_state="fatalmax1",
            low_partner="fatalmin2",
            high_partner="fatalmax2",
        ),
        named=r"^mie",
        in_name=r"mie[-_ ](\d)[-_.](\d)",
    ),
    DataSet(
        key="icb",
        title="International Crisis Behavior (ICB), crisis actors",
        address="https://sites.duke.edu/icbdata/data-collections/",
        fills="a note on earlier crises and on the onset",
        columns=_columns(
            crisis="crisno",
            name="crisname",
            state="cracid",
            year="yrtrig",
            month="motrig",
            day="datrig",
        ),
        named=r"^icb2",
        in_name=r"v(\d+)",
    ),
)
"""All data sets, in the order in which they are listed."""
BY_KEY = {data_set.key: data_set for data_set in DATA_SETS}
