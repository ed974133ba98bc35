"""Invented data sets in the form of the official downloads.

The states are Norway (385), Sweden (380), Denmark (390), Russia (365) and the United States (2). All
numbers are made up.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

NMC = """\
stateabb,ccode,year,milex,milper,irst,pec,tpop,upop,cinc,version
NOR,385,1948,-9,30,1,1,1,1,.002,2025
NOR,385,1949,4000,40,1,1,1,1,.004,2025
SWE,380,1949,2000,80,1,1,1,1,.002,2025
NOR,385,1950,90000,50,1,1,1,1,.9,2025
SWE,380,1950,1,1,1,1,1,1,.001,2025
"""
ATOP = """\
ddyad,year,atopally,stateA,stateB,defense,offense,neutral,nonagg,consul,shareob,version
2380,1949,1,2,380,1,0,0,0,1,1,5.1
3902380,1949,1,390,380,1,0,0,0,0,1,5.1
3902385,1949,1,390,385,1,0,0,0,0,1,5.1
365385,1948,1,365,385,0,0,0,1,0,1,5.1
365385,1949,1,365,385,0,0,0,1,0,1,5.1
"""
ALLIANCES = """\
version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_day,dyad_st_month,dyad_st_year,\
left_censor,right_censor,defense,neutrality,nonaggression,entente,asymmetric,year,version
1,2,United States,380,Sweden,1,1,1949,0,0,1,0,0,0,0,1949,4.1
1,380,Sweden,2,United States,1,1,1949,0,0,1,0,0,0,0,1949,4.1
"""
CONTIGUITY = """\
dyad,state1no,state1ab,state2no,state2ab,year,conttype,version
365385,365,RUS,385,NOR,1949,1,3.2
385365,385,NOR,365,RUS,1949,1,3.2
380390,380,SWD,390,DEN,1949,4,3.2
"""
MID = """\
dispnum,stabb,ccode,stday,stmon,styear,endday,endmon,endyear,sidea,revstate,revtype1,fatality,hiact,\
hostlev,orig,version
11,"NOR",385,1,1,1938,1,1,1939,1,1,1,0,15,5,1,5
11,"SWD",380,1,1,1938,1,1,1939,0,0,1,0,0,1,1,5
12,"NOR",385,1,1,1941,1,1,1941,1,1,1,0,15,4,1,5
12,"SWD",380,1,1,1941,1,1,1941,0,0,1,0,0,-9,1,5
13,"NOR",385,1,1,1942,1,1,1942,1,1,1,0,15,4,1,5
13,"DEN",390,1,1,1942,1,1,1942,1,0,1,0,0,4,1,5
14,"NOR",385,1,1,1950,1,1,1950,1,1,1,0,15,5,1,5
14,"SWD",380,1,1,1950,1,1,1950,0,0,1,0,0,5,1,5
"""
RIVALRIES = """\
tssr_id,rivalry,ccode1,ccode2,start,end,principal
7,Russia-Norway,365,385,1947,2020,1
8,Norway-Sweden,380,385,1900,1930,1
"""
VOTES = """\
ccode\tiso3c\tyear\tIdealPointAll
385\tNOR\t1949\t0.5
380\tSWE\t1949\t-0.75
"""
SIPRI = """\
Transfers of major conventional arms from All countries to All countries.
A '?' in a column indicates uncertain data, in any column, of any deal.

Data generated: 13 Mar 2025 10:02:49 AM
Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,Number \
delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,SIPRI TIV for total order,SIPRI TIV \
of delivered weapons
Norway,Soviet Union,1945,,1,,A,gun,1,,1946; 1947,New,,1,60,60
Norway,United States,1938,,1,,B,gun,1,,1939; 1940,New,Sk\u00f6ld,1,40,40
Norway,Narnia,1945,,1,,C,gun,1,,1949,New,"a, b",1,20,20
Norway,Russia,1949,,1,,D,gun,1,,1950,New,,1,900,900
Norway,United States,1949,,1,,E,gun,0,,,New,not delivered
yet,1,5,5
"""
UCDP_DEATHS = """\
"conflict_id","dyad_id","side_a","side_b","year","bd_best","bd_low","bd_high","gwno_a","gwno_b","version"
"1","2","Norway","Sweden","1946","20","10","30","385","380","24.1"
"1","2","Norway","Sweden","1950","7777","7777","7777","385","380","24.1"
"""
UCDP_DYADIC = """\
dyad_id,conflict_id,side_a,side_b,year,intensity_level,gwno_a,gwno_b,version
2,1,Norway,Sweden,1946,1,385,"380, 390",24.1
2,1,Norway,Sweden,1947,1,385,380,24.1
2,1,Norway,Sweden,1950,2,385,380,24.1
"""
UCDP_EVENTS = """\
id,year,conflict_new_id,dyad_new_id,side_a,side_b,source_article,best,high,low,gwnoa,gwnob
1,1947,1,2,Norway,Sweden,"said ""five"", at last",5,6,4,385,380
2,1950,1,2,Norway,Sweden,x,7777,7777,7777,380,385
"""
MIE = """\
micnum,eventnum,ccode1,ccode2,stmon,stday,styear,endmon,endday,endyear,sidea1,action,hostlev,\
fatalmin1,fatalmax1,fatalmin2,fatalmax2,version
31,1,385,380,5,-9,1946,5,-9,1946,1,7,4,1,2,3,4,mie-1.0
31,2,380,385,6,1,1946,6,1,1946,0,7,4,0,0,1,1,mie-1.0
32,1,385,380,3,9,1950,3,9,1950,1,7,5,7777,7777,0,0,mie-1.0
33,1,385,380,3,9,1960,3,9,1960,1,7,5,8888,8888,0,0,mie-1.0
"""
ICB = """\
icb2,crisno,cracno,cracid,actor,crisname,yrtrig,motrig,datrig,outcom
ICB2,41,1,385,NOR,FJORD WAR II,1947,8,,1
ICB2,41,2,380,SWE,FJORD WAR II,1947,8,5,2
ICB2,42,3,385,NOR,LONELY,1948,8,5,2
"""
FILES = {
    "NMCv7/NMC-70-abridged.csv": NMC,
    "ATOP 5.1 (.csv)/atop5_1ddyr.csv": ATOP,
    "version4.1_csv/alliance_v4.1_by_directed_yearly.csv": ALLIANCES,
    "DirectContiguity320/contdird.csv": CONTIGUITY,
    "MID-5-Data/MIDB 5.0.csv": MID,
    "tss_rivalries.csv": RIVALRIES,
    "Idealpointestimates1946-2025.tab": VOTES,
    "trade-register.csv": SIPRI,
    "ucdp/BattleDeaths_v24_1.csv": UCDP_DEATHS,
    "ucdp/Dyadic_v24_1.csv": UCDP_DYADIC,
    "ucdp/GEDEvent_v24_1.csv": UCDP_EVENTS,
    "mie-1.0.csv": MIE,
    "icb2v15.csv": ICB,
}
"""The text of every data set, by its place in a folder of downloads."""
NOTES_ONLY = tuple(name for name in FILES if name.startswith(("ucdp", "mie", "icb", "Ideal")))
"""Files that fill notes and no values."""


def write(folder: Path, *leave_out: str, encoding: str = "utf-8") -> Path:
    """Write a folder of downloads and return it."""
    for name, text in FILES.items():
        if name not in leave_out:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode(encoding))
    return folder


def zipped(members: dict[str, bytes | str]) -> bytes:
    """Return an archive with these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()
