"""Official data sets are found in a folder, and read as their codebooks say."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import downloads
import pandas as pd
import pytest

from sim.data import DATA_SETS, Inventory, lookup, search
from sim.data.actors import Actors
from sim.data.countries import countries
from sim.data.facts import Facts, gather
from sim.data.files import LARGEST, DataFile
from sim.data.found import coverage
from sim.io.errors import InputError

SIDES = ("NOR", "SWE")
ACTORS = Actors(countries()[code] for code in ("NOR", "SWE", "DNK", "RUS", "USA"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return downloads.write(tmp_path / "downloads")


def gathered(folder: Path, onset: int = 1950) -> Facts:
    return gather(search(folder), ACTORS, SIDES, onset)


def faults(folder: Path) -> list[str]:
    """Return the faults of the files and of their rows, with short names of files."""
    inventory = search(folder)
    found = list(inventory.faults)
    for table in inventory.tables.values():
        try:
            coverage(table)
            gather(Inventory({table.of.key: table}, (), (), ()), ACTORS, SIDES, 1950)
        except InputError as error:
            found += error.faults
    return [str(fault).replace(f"{folder}/", "") for fault in dict.fromkeys(found)]


# Finding them


def test_each_data_set_is_found_with_its_version_and_years(folder: Path) -> None:
    inventory = search(folder)
    assert {key: table.version for key, table in inventory.tables.items()} == {
        "nmc": "7.0",
        "atop": "5.1",
        "alliances": "4.1",
        "contiguity": "3.2",
        "mid": "5.0",
        "rivalries": "",
        "votes": "",
        "sipri": "of 13 Mar 2025",
        "ucdp_dyadic": "24.1",
        "ucdp_deaths": "24.1",
        "ucdp_events": "24.1",
        "mie": "1.0",
        "icb": "15",
    }
    assert len(inventory.tables) == len(DATA_SETS) and not inventory.lacking
    covered = {key: coverage(table) for key, table in inventory.tables.items()}
    assert (covered["nmc"].rows, covered["nmc"].first, covered["nmc"].last) == (5, 1948, 1950)
    assert (covered["rivalries"].first, covered["rivalries"].last) == (1900, 2020)
    assert (covered["sipri"].rows, covered["sipri"].first, covered["sipri"].last) == (4, 1939, 1950)


def test_files_are_found_in_archives_and_in_archives_inside_them(tmp_path: Path) -> None:
    inner = downloads.zipped({"NMC-70-abridged.csv": downloads.NMC})
    outer = downloads.zipped({"NMCv7/NMC-v7-abridged.zip": inner, "__MACOSX/._NMC.csv": "x"})
    (tmp_path / "NMCv7.zip").write_bytes(outer)
    member = {"a b/atop5_1ddyr.csv": downloads.ATOP}
    (tmp_path / "ATOP.zip").write_bytes(downloads.zipped(member))
    inventory = search(tmp_path)
    assert set(inventory.tables) == {"nmc", "atop"} and not inventory.faults
    assert str(inventory.tables["nmc"].file).endswith(
        "NMCv7.zip!NMCv7/NMC-v7-abridged.zip!NMC-70-abridged.csv"
    )
    assert coverage(inventory.tables["nmc"]).rows == 5


def test_the_newest_version_is_used_and_the_rest_is_listed(folder: Path) -> None:
    (folder / "icb2v14.csv").write_text(downloads.ICB, encoding="utf-8")
    (folder / "NMC_5_0.csv").write_text(downloads.NMC, encoding="utf-8")
    (folder / "notes.csv").write_text("a,b,c,d\n1,2,3,4\n", encoding="utf-8")
    (folder / "MIDIP 5.0.csv").write_text(
        downloads.MID.replace("dispnum,stabb", "dispnum,incidnum,stabb", 1), encoding="utf-8"
    )
    inventory = search(folder)
    assert inventory.tables["icb"].version == "15" and inventory.tables["nmc"].version == "7.0"
    assert sorted(table.file.name for table in inventory.spare) == ["NMC_5_0.csv", "icb2v14.csv"]
    assert sorted(file.name for file in inventory.others) == ["MIDIP 5.0.csv", "notes.csv"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_encodings_make_no_difference(tmp_path: Path, encoding: str) -> None:
    plain = gathered(downloads.write(tmp_path / "plain"))
    assert gathered(downloads.write(tmp_path / "other", encoding=encoding)) == plain


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiters_make_no_difference(folder: Path, delimiter: str) -> None:
    plain = gathered(folder)
    for name in ("NMCv7/NMC-70-abridged.csv", "MID-5-Data/MIDB 5.0.csv"):
        path = folder / name
        text = path.read_text(encoding="utf-8").replace(",", delimiter)
        path.write_text(text, encoding="utf-8")
    assert gathered(folder) == plain


def test_columns_may_stand_in_any_order_and_case(folder: Path) -> None:
    plain = gathered(folder)
    path = folder / "NMCv7" / "NMC-70-abridged.csv"
    table = pd.read_csv(path)
    table = table[table.columns[::-1]].rename(columns=str.upper)
    table.to_csv(path, index=False)
    assert gathered(folder) == plain


def test_stata_files_are_read(folder: Path) -> None:
    plain = gathered(folder)
    text = folder / "Idealpointestimates1946-2025.tab"
    table = pd.read_csv(text, sep="\t")
    text.unlink()
    table.to_stata(folder / "IdealpointsJuly2025.dta", write_index=False)
    assert gathered(folder) == plain
    path = folder / "IdealpointsJuly2025.dta"
    path.write_bytes(path.read_bytes()[:200])
    assert "IdealpointsJuly2025.dta: cannot be read as a Stata file" in faults(folder)[0]


# Reading them


def test_capabilities_are_those_of_the_latest_year_that_both_have(folder: Path) -> None:
    found = gathered(folder).capabilities
    assert found is not None
    assert (found.year, found.ratios) == (1949, {"share": 2.0, "men": 0.5, "spending": 2.0})
    later = gathered(folder, 1990).capabilities
    assert later is not None and later.year == 1950
    assert gathered(folder, 1949).capabilities is None  # Sweden has no row before 1949


def test_missing_values_are_no_values(folder: Path) -> None:
    path = folder / "NMCv7" / "NMC-70-abridged.csv"
    text = downloads.NMC.replace("4000,40", "-9,0").replace("2000,80", "2000,")
    path.write_text(text, encoding="utf-8")
    found = gathered(folder).capabilities
    assert found is not None and found.ratios == {"share": 2.0}


def test_promises_are_directed(folder: Path) -> None:
    facts = gathered(folder)
    assert facts.atop is not None and facts.alliances is not None
    assert facts.atop.year == 1949
    assert facts.atop.promised("USA", "SWE") == {"defence", "consultation"}
    assert facts.atop.promised("SWE", "USA") == frozenset()
    assert facts.atop.between("SWE", "USA") == {"defence", "consultation"}
    assert facts.atop.between("NOR", "RUS") == {"non_aggression"}
    assert facts.alliances.between("SWE", "USA") == {"defence"}
    assert gathered(folder, 1900).atop is None


def test_disputes_are_those_of_opposite_sides_in_ten_years(folder: Path) -> None:
    found = gathered(folder).disputes
    assert found is not None
    assert (found.first, found.last) == (1940, 1949)
    assert [(each.number, each.level) for each in found.between("SWE", "NOR")] == [(12, 4)]
    assert found.between("NOR", "DNK") == ()  # on the same side
    before = gathered(folder, 1948).disputes  # the window reaches back to 1938
    assert before is not None
    assert [each.number for each in before.between("SWE", "NOR")] == [11, 12]


def test_borders_rivalries_and_votes(folder: Path) -> None:
    facts = gathered(folder)
    assert facts.neighbours == {("RUS", "NOR"), ("NOR", "RUS")}  # and none over the sea
    assert facts.rivalries == {("RUS", "NOR"): "7", ("NOR", "RUS"): "7"}
    assert facts.votes == {"NOR": 0.5, "SWE": -0.75}


def test_deliveries_are_spread_over_their_years(folder: Path) -> None:
    found = gathered(folder).deliveries
    assert found is not None
    norway = found["NOR"]
    assert (norway.first, norway.last, norway.deals) == (1940, 1949, 3)
    assert norway.total == 60 + 20 + 20  # half of the American deal is before 1940
    assert norway.share("RUS") == pytest.approx(0.6)  # as Soviet Union
    assert norway.share("USA") == pytest.approx(0.2)
    assert norway.by["Narnia"] == (20, 1)
    assert (found["SWE"].total, found["SWE"].share("USA")) == (0, 0)


def test_earlier_fighting_ends_before_the_year_of_the_onset(folder: Path) -> None:
    facts = gathered(folder)
    deaths = {key: (found.years, found.deaths) for key, found in facts.fighting.items()}
    assert deaths == {
        "ucdp_dyadic": ((1946, 1947), None),
        "ucdp_deaths": ((1946,), (10, 20, 30)),
        "ucdp_events": ((1947,), (4, 5, 6)),
    }
    first, onset = facts.confrontations
    assert (first.number, first.begins, first.level, first.deaths) == (31, "1946-05", 4, (5, 7))
    assert (onset.number, onset.begins, onset.level, onset.deaths) == (32, "1950-03-09", 0, None)
    (crisis,) = facts.crises  # of the other crisis, only one side was an actor
    assert (crisis.number, crisis.name, crisis.begins) == (41, "Fjord War II", "1947-08-05")


def test_states_without_rows_have_no_facts(folder: Path) -> None:
    actors = Actors(countries()[code] for code in ("FJI", "TON"))
    facts = gather(search(folder), actors, ("FJI", "TON"), 1950)
    assert facts.capabilities is None and facts.confrontations == () and facts.fighting == {}
    assert facts.deliveries is not None and facts.deliveries["FJI"].total == 0


# What is wrong with them


def test_a_missing_column_is_named(folder: Path) -> None:
    path = folder / "NMCv7" / "NMC-70-abridged.csv"
    path.write_text(downloads.NMC.replace("milper", "milperson"), encoding="utf-8")
    (found,) = faults(folder)
    assert found.startswith(
        "NMCv7/NMC-70-abridged.csv:1: looks like National Material Capabilities"
    )
    assert "lacks these columns: milper;" in found and "https://correlatesofwar.org" in found


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("NMCv7/NMC-70-abridged.csv", "4000,40", "many,40", "3: milex: 'many' is no number"),
        ("NMCv7/NMC-70-abridged.csv", "SWE,380,1950", "SWE,380,-5", "6: year: '-5' is not a year"),
        ("NMCv7/NMC-70-abridged.csv", "SWE,380,1950", "SWE,380,1950.5", "6: year: '1950.5' is not"),
        ("NMCv7/NMC-70-abridged.csv", ",1,1,1,1,.9,2025", "", "5: 5 columns; allowed: 11, as in"),
        ("MID-5-Data/MIDB 5.0.csv", '12,"NOR"', '12.5,"NOR"', "4: dispnum: 12.5 is not a whole"),
        ("mie-1.0.csv", "1,2,3,4", "1,2,x,4", "2: fatalmin2: 'x' is no number; allowed: a number"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(
    folder: Path, name: str, old: str, new: str, says: str
) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (found,) = faults(folder)
    assert found.startswith(f"{name}:{says}")


def test_files_that_are_no_tables_are_said_or_left_alone(folder: Path) -> None:
    whole = downloads.zipped({"contdird.csv": downloads.CONTIGUITY})
    (folder / "cut.zip").write_bytes(whole[:-30])
    (folder / "picture.csv").write_bytes(bytes(range(256)) * 50)
    (folder / "empty.csv").write_bytes(b"")
    (folder / "midb empty.csv").write_bytes(b"")
    found = faults(folder)
    assert found[0].startswith("cut.zip: cannot be unpacked (")
    assert found[1].startswith("midb empty.csv:1: looks like Militarized Interstate Disputes")
    assert len(found) == 2
    others = {file.name for file in search(folder).others}
    assert others == {"picture.csv", "empty.csv"}


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "none", "no such folder"), (Path(__file__), "is a file")):
        with pytest.raises(InputError, match=says):
            search(path)


def test_an_open_quote_and_an_endless_line_are_refused(tmp_path: Path) -> None:
    row = "dyad,state1no,state1ab,state2no,state2ab,year,conttype,version\n"
    path = tmp_path / "contdird.csv"
    path.write_text(f'{row}1,2,"open,20,CAN,1950,1,3.2\n' + "x" * 200_000 + "\n", encoding="utf-8")
    assert "not a row of the table (field larger than field limit" in faults(tmp_path)[0]
    path.write_text(row + "1" * 1_100_000, encoding="utf-8")
    assert faults(tmp_path) == [
        "contdird.csv:2: longer than 1,000,000 bytes; allowed: rows of a table"
    ]


def test_a_small_archive_of_a_huge_table_is_refused(tmp_path: Path) -> None:
    bomb = downloads.zipped({"contdird.csv": "dyad,year\n" + "9,1949\n" * 2_000_000})
    (tmp_path / "bomb.zip").write_bytes(bomb)
    with pytest.raises(
        InputError, match=r"unpacks to [0-9,]+ times its size; allowed: 200 times; unpack"
    ):
        DataFile(tmp_path / "bomb.zip", ("contdird.csv",)).open().__enter__()
    (fault,) = faults(tmp_path)
    assert "unpacks to" in fault


@pytest.mark.slow
def test_a_huge_file_is_read_row_by_row(tmp_path: Path) -> None:
    rows = 100_000
    path = tmp_path / "contdird.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("dyad,state1no,state1ab,state2no,state2ab,year,conttype,version\n")
        file.writelines("999999,900,AUL,920,NEW,1949,5,3.2\n" for _ in range(rows))
    table = search(tmp_path).tables["contiguity"]
    started = time.perf_counter()
    tracemalloc.start()
    assert coverage(table).rows == rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 5
    assert time.perf_counter() - started < 30


# Countries


def test_codes_and_numbers_lead_to_the_same_state() -> None:
    for code, country in countries().items():
        assert lookup(code) is country
        assert country.number in lookup(str(country.number)).numbers  # type: ignore[union-attr]
    assert len({country.name for country in countries().values()}) == len(countries())
    assert lookup("NOWHERE") is None and lookup("") is None and lookup("99999") is None


def test_a_file_larger_than_any_data_set_is_refused(tmp_path: Path) -> None:
    """It takes no room on the disk."""
    file = tmp_path / "huge.csv"
    with file.open("wb") as stream:
        stream.truncate(LARGEST + 1)
    with pytest.raises(InputError, match="too large"), DataFile(file).open():
        pass
