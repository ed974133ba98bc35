"""States: their ISO codes, their numbers in the data sets, and their names.

Correlates of War (COW) and Gleditsch and Ward number most states alike. Where they differ, or where
a state had several numbers, all are listed: Germany is 255 and 260, Yemen 679 and 678, Serbia 345
and 340. Codes of former states are those of ISO 3166-3 where they have one, and otherwise our own:
SUN Soviet Union, YAR North Yemen, YMD South Yemen, RVN South Vietnam, AUH Austria-Hungary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sim.io.errors import nearest

LAST_OF_THE_AMERICAS = 199
"""Largest number of a state in the Americas."""
ARAB_LEAGUE = frozenset(
    {
        *("ARE", "BHR", "COM", "DJI", "DZA", "EGY", "IRQ", "JOR", "KWT", "LBN", "LBY", "MAR"),
        *("MRT", "OMN", "QAT", "SAU", "SDN", "SOM", "SYR", "TUN", "YAR", "YEM", "YMD"),
    }
)
"""Members of the Arab League."""


@dataclass(frozen=True)
class Country:
    """A state.

    Attributes:
        code: its ISO 3166 alpha-3 code, or one of ours.
        numbers: its numbers in the data sets, the usual one first.
        name: its name for readers.
        names: its names in the SIPRI register, lower-case.
    """

    code: str
    numbers: tuple[int, ...]
    name: str
    names: frozenset[str]

    @property
    def number(self) -> int:
        """Its usual number in the data sets of Correlates of War."""
        return self.numbers[0]


_STATES = """\
USA 2 United States
CAN 20 Canada
BHS 31 Bahamas
CUB 40 Cuba
HTI 41 Haiti
DOM 42 Dominican Republic
JAM 51 Jamaica
TTO 52 Trinidad and Tobago
BRB 53 Barbados
DMA 54 Dominica
GRD 55 Grenada
LCA 56 Saint Lucia
VCT 57 Saint Vincent and the Grenadines = Saint Vincent
ATG 58 Antigua and Barbuda
KNA 60 Saint Kitts and Nevis
MEX 70 Mexico
BLZ 80 Belize
GTM 90 Guatemala
HND 91 Honduras
SLV 92 El Salvador
NIC 93 Nicaragua
CRI 94 Costa Rica
PAN 95 Panama
COL 100 Colombia
VEN 101 Venezuela
GUY 110 Guyana
SUR 115 Suriname
ECU 130 Ecuador
PER 135 Peru
BRA 140 Brazil
BOL 145 Bolivia
PRY 150 Paraguay
CHL 155 Chile
ARG 160 Argentina
URY 165 Uruguay
GBR 200 United Kingdom
IRL 205 Ireland
NLD 210 Netherlands
BEL 211 Belgium
LUX 212 Luxembourg
FRA 220 France
MCO 221 Monaco
LIE 223 Liechtenstein
CHE 225 Switzerland
ESP 230 Spain
AND 232 Andorra
PRT 235 Portugal
DEU 255,260 Germany
DDR 265 East Germany = East Germany (GDR)
POL 290 Poland
AUH 300 Austria-Hungary
AUT 305 Austria
HUN 310 Hungary
CSK 315 Czechoslovakia
CZE 316 Czechia
SVK 317 Slovakia
ITA 325 Italy
SMR 331 San Marino
MLT 338 Malta
ALB 339 Albania
MNE 341 Montenegro
MKD 343 North Macedonia
HRV 344 Croatia
SRB 345,340 Serbia = Serbia; Yugoslavia
YUG 345 Yugoslavia
BIH 346 Bosnia and Herzegovina = Bosnia-Herzegovina
XKX 347 Kosovo
SVN 349 Slovenia
GRC 350 Greece
CYP 352 Cyprus
BGR 355 Bulgaria
MDA 359 Moldova
ROU 360 Romania
RUS 365 Russia = Russia; Soviet Union
SUN 365 Soviet Union = Soviet Union; Russia
EST 366 Estonia
LVA 367 Latvia
LTU 368 Lithuania
UKR 369 Ukraine
BLR 370 Belarus
ARM 371 Armenia
GEO 372 Georgia
AZE 373 Azerbaijan
FIN 375 Finland
SWE 380 Sweden
NOR 385 Norway
DNK 390 Denmark
ISL 395 Iceland
CPV 402 Cape Verde = Cabo Verde
STP 403 Sao Tome and Principe
GNB 404 Guinea-Bissau
GNQ 411 Equatorial Guinea
GMB 420 Gambia
MLI 432 Mali
SEN 433 Senegal
BEN 434 Benin
MRT 435 Mauritania
NER 436 Niger
CIV 437 Ivory Coast = Cote d'Ivoire
GIN 438 Guinea
BFA 439 Burkina Faso
LBR 450 Liberia
SLE 451 Sierra Leone
GHA 452 Ghana
TGO 461 Togo
CMR 471 Cameroon
NGA 475 Nigeria
GAB 481 Gabon
CAF 482 Central African Republic
TCD 483 Chad
COG 484 Republic of the Congo = Congo
COD 490 Democratic Republic of the Congo = DR Congo
UGA 500 Uganda
KEN 501 Kenya
TZA 510 Tanzania
BDI 516 Burundi
RWA 517 Rwanda
SOM 520 Somalia
DJI 522 Djibouti
ETH 530 Ethiopia
ERI 531 Eritrea
AGO 540 Angola
MOZ 541 Mozambique
ZMB 551 Zambia
ZWE 552 Zimbabwe
MWI 553 Malawi
ZAF 560 South Africa
NAM 565 Namibia
LSO 570 Lesotho
BWA 571 Botswana
SWZ 572 Eswatini
MDG 580 Madagascar
COM 581 Comoros
MUS 590 Mauritius
SYC 591 Seychelles
MAR 600 Morocco
DZA 615 Algeria
TUN 616 Tunisia
LBY 620 Libya
SDN 625 Sudan
SSD 626 South Sudan
IRN 630 Iran
TUR 640 Turkey = Turkiye; Turkey
IRQ 645 Iraq
EGY 651 Egypt
SYR 652 Syria
LBN 660 Lebanon
JOR 663 Jordan
ISR 666 Israel
SAU 670 Saudi Arabia
YEM 679,678 Yemen = Yemen; North Yemen; Yemen Arab Republic (North Yemen)
YAR 678 North Yemen = North Yemen; Yemen Arab Republic (North Yemen)
YMD 680 South Yemen
KWT 690 Kuwait
BHR 692 Bahrain
QAT 694 Qatar
ARE 696 United Arab Emirates = UAE
OMN 698 Oman
AFG 700 Afghanistan
TKM 701 Turkmenistan
TJK 702 Tajikistan
KGZ 703 Kyrgyzstan
UZB 704 Uzbekistan
KAZ 705 Kazakhstan
CHN 710 China
MNG 712 Mongolia
TWN 713 Taiwan
PRK 731 North Korea
KOR 732 South Korea
JPN 740 Japan
IND 750 India
BTN 760 Bhutan
PAK 770 Pakistan
BGD 771 Bangladesh
MMR 775 Myanmar
LKA 780 Sri Lanka
MDV 781 Maldives
NPL 790 Nepal
THA 800 Thailand
KHM 811 Cambodia
LAO 812 Laos
VNM 816 Vietnam = Viet Nam
RVN 817 South Vietnam
MYS 820 Malaysia
SGP 830 Singapore
BRN 835 Brunei
PHL 840 Philippines
IDN 850 Indonesia
TLS 860 East Timor = Timor-Leste
AUS 900 Australia
PNG 910 Papua New Guinea
NZL 920 New Zealand
VUT 935 Vanuatu
SLB 940 Solomon Islands
KIR 946 Kiribati
TUV 947 Tuvalu
FJI 950 Fiji
TON 955 Tonga
NRU 970 Nauru
MHL 983 Marshall Islands
PLW 986 Palau
FSM 987 Micronesia
WSM 990 Samoa
"""
"""One line per state: code, numbers, name, and after ``=`` the names in the SIPRI register."""


@cache
def countries() -> dict[str, Country]:
    """Return all states by code."""
    return {country.code: country for country in map(_read, _STATES.splitlines())}


def _read(line: str) -> Country:
    code, numbers, names = line.split(" ", 2)
    name, _, registered = names.partition(" = ")
    in_register = registered or name
    return Country(
        code,
        tuple(map(int, numbers.split(","))),
        name,
        frozenset(text.strip().lower() for text in in_register.split(";")),
    )


def lookup(text: str) -> Country | None:
    """Return the state with a code or a number, or None.

    Args:
        text: ISO alpha-3 code in any case, or COW number.

    >>> lookup("ind").name, lookup("770").code, lookup("UN")
    ('India', 'PAK', None)
    """
    if text.strip().isdecimal():
        number = int(text)
        return next((state for state in countries().values() if number in state.numbers), None)
    return countries().get(text.strip().upper())


def hint(text: str) -> str:
    """Return a hint with the code most similar to a text, or an empty text.

    >>> hint("PAKI")
    ' (did you mean PAK?)'
    """
    return nearest(text.upper(), countries())


def share_a_region(a: Country, b: Country) -> bool:
    """Whether two states share a region whose defence pacts bind nearly all of its members.

    These are the Americas (Rio pact of 1947) and the Arab League (pact of 1950).

    >>> share_a_region(lookup("SLV"), lookup("HND")), share_a_region(lookup("GRC"), lookup("TUR"))
    (True, False)
    """
    american = max(a.number, b.number) <= LAST_OF_THE_AMERICAS
    return american or {a.code, b.code} <= ARAB_LEAGUE
