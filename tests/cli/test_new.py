"""A crisis of one's own: `sim data` lists data sets, and `sim new` writes a scenario from them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import downloads
import pytest
from commands import Call

from sim.cli import beginning
from sim.scenario import Loaded, Quantity, load

NEW = ("new", "fjord", "--sides", "NOR,SWE", "--year", 1950)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty workspace beside a folder of downloads, and return the workspace."""
    downloads.write(tmp_path / "downloads")
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


def written(home: Path, call: Call, *options: object) -> Loaded:
    """Write a scenario, and return it."""
    said = call(*NEW, *options)
    assert said.code == 0, said.err
    return load(home / "scenarios" / "fjord.yaml")


def text_of(home: Path) -> str:
    """Return the text of the scenario, with each run of spaces and line breaks as one space."""
    text = (home / "scenarios" / "fjord.yaml").read_text(encoding="utf-8")
    return " ".join(text.replace("\n# ", " ").split())


def ends(value: object) -> tuple[float, float]:
    assert isinstance(value, Quantity)
    return value.low, value.high


# Without data


@pytest.mark.parametrize("third", [None, "USA", "USA,UN,365"])
@pytest.mark.parametrize("area", [(), ("--area", 1200.5)])
def test_what_is_written_passes_and_is_all_assumed(
    home: Path, call: Call, third: str | None, area: tuple[object, ...]
) -> None:
    parties = () if third is None else ("--third", third)
    loaded = written(home, call, *parties, *area)
    assert call("check", "fjord").out.startswith("1 file checked, no faults")
    scenario = loaded.scenario
    assert scenario.sides == ("NOR", "SWE")
    assert scenario.third_parties == tuple(
        sorted(third.replace("365", "RUS").split(",") if third else ())
    )
    assert scenario.actors["NOR"].name == "Norway"
    assert ends(scenario.conflict.contested_area_km2) == (
        (1200.5, 1200.5) if area else (100, 50_000)
    )
    crisis = [
        stated
        for path, stated in loaded.provenance.items()
        if path.split(".")[0] in ("conflict", "actors")
    ]
    assert crisis and all(stated.assumption and not stated.cites for stated in crisis)
    assert loaded.scenario.parameters.posterior is None


def test_the_command_says_what_is_assumed_and_what_to_do_next(home: Path, call: Call) -> None:
    said = call(*NEW, "--third", "USA,UN")
    assert str(home / "scenarios" / "fjord.yaml") in said.out
    assert "values are assumptions: ties, strength," in said.out
    assert "next: edit the file, then: sim check fjord && sim run fjord" in said.out
    assert said.err == "sim: UN: no ISO or COW code of a state; its values are assumptions\n"


def test_drones_depend_on_the_year(home: Path, call: Call) -> None:
    assert ends(written(home, call).scenario.actors["NOR"].drones) == (0, 0)
    call("new", "later", "--sides", "NOR,SWE", "--year", 2015)
    later = load(home / "scenarios" / "later.yaml").scenario
    assert ends(later.actors["NOR"].drones) == (0, 0.5)


def test_no_file_is_replaced(home: Path, call: Call) -> None:
    (home / "scenarios").mkdir()
    (home / "scenarios" / "fjord.yml").write_text("mine", encoding="utf-8")
    said = call(*NEW)
    assert (said.code, said.out) == (1, "")
    assert "fjord.yaml: already exists; choose another name, or remove it" in said.err
    assert "is a shipped scenario; choose" in call("new", "april_2016", *NEW[2:]).err
    assert [path.name for path in (home / "scenarios").iterdir()] == ["fjord.yml"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("new", "../x", *NEW[2:]), "NAME: '../x' is not a name; allowed: up to 40 lower-case"),
        ((*NEW[:3], "NOR", *NEW[4:]), "--sides: 1 given; allowed: two, the challenger first"),
        ((*NEW[:3], "NOR,385", *NEW[4:]), "--sides: NOR and NOR are the same state; name each"),
        ((*NEW, "--third", "RUS,SUN"), "--third: SUN and RUS are the same state; name each"),
        ((*NEW[:3], "NOR,n!", *NEW[4:]), "--sides: 'N!' is not a code"),
        ((*NEW, "--third", "12345"), "--third: no state has the COW number 12345"),
        ((*NEW[:5], 1500), "--year: 1500 is out of bounds; allowed: 1816 to 2100"),
        (("new", "null", *NEW[2:]), "NAME: YAML does not read 'null' as text; choose another"),
        (("new", "crisis", *NEW[2:]), "NAME: 'crisis' is a shipped base; choose another name"),
        (("new", "goa_1961", *NEW[2:]), "NAME: 'goa_1961' is a shipped scenario; choose"),
        ((*NEW, "--third", ".inf"), "--third: '.INF' is not a code"),
        ((*NEW, "--third", "TRUE"), "--third: YAML does not read 'TRUE' as text; choose"),
        ((*NEW, "--area", -3), "--area: -3 is out of bounds; allowed: 0.000001 to 1,000,000,000"),
        ((*NEW, "--area", 1e-300), "--area: 1e-300 is out of bounds"),
        ((*NEW, "--area", "nan"), "--area: nan is out of bounds"),
        ((*NEW, "--data", "nowhere"), "nowhere: no such folder"),
        ((*NEW, "--data", "."), ".: no data set in this folder; run sim data ."),
    ],
)
def test_faults_are_named_and_nothing_is_written(
    home: Path, call: Call, arguments: tuple[object, ...], says: str
) -> None:
    said = call(*arguments)
    assert (said.code, said.out) == (1, "")
    assert says in said.err
    assert list(home.iterdir()) == []


def test_a_misspelt_side_is_written_with_a_warning(home: Path, call: Call) -> None:
    said = call("new", "fjord", "--sides", "NORW,SWE", "--year", 1950)
    assert said.code == 0
    assert "NORW: no ISO or COW code of a state (did you mean NOR?)" in said.err


# Asking


def test_without_a_terminal_a_missing_option_is_named(home: Path, call: Call) -> None:
    for options, missing in ((NEW[4:], "--sides"), (NEW[2:4], "--year")):
        said = call("new", "fjord", *options)
        assert (said.code, said.err) == (2, f"sim: sim new needs {missing}\n")


def test_on_a_terminal_missing_options_are_asked_for(
    home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beginning, "_is_interactive", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("nor, 380\n1950\nUSA\n"))
    assert call("new", "fjord").code == 0
    scenario = load(home / "scenarios" / "fjord.yaml").scenario
    assert (scenario.sides, scenario.third_parties) == (("NOR", "SWE"), ("USA",))
    assert scenario.start.year == 1950


# With data


def test_data_become_ranges_with_their_sources(home: Path, call: Call) -> None:
    loaded = written(home, call, "--third", "USA,DNK,RUS", "--data", "../downloads")
    assert call("check", "fjord").code == 0
    actors = loaded.scenario.actors
    # ratios .5 to 2 of 1949, half as much again
    low, high = ends(actors["NOR"].strength)
    assert (low, high) == (pytest.approx(0.333), pytest.approx(3))
    assert ends(loaded.scenario.conflict.forces) == (pytest.approx(0.8), pytest.approx(120))
    # use of force in 1941, a year without an alliance; lowered for two sides
    assert ends(actors["NOR"].ties["SWE"]) == (-0.9, 0)
    assert ends(actors["USA"].ties["SWE"]) == (pytest.approx(0.2), 1)  # a defence pact
    assert ends(actors["USA"].ties["NOR"]) == (-0.7, pytest.approx(0.9))  # nothing is known
    assert ends(actors["RUS"].ties["NOR"]) == (-1, pytest.approx(-0.2))  # a rivalry
    assert ends(actors["RUS"].engagement) == (0.3, 1)  # a neighbour
    # 60% of 3 deals and 20%, each with .2 on either side
    assert ends(actors["RUS"].supplies["NOR"]) == (pytest.approx(0.4), pytest.approx(0.8))
    assert ends(actors["USA"].supplies["NOR"]) == (0, pytest.approx(0.4))
    # the defender's only ally that is not bound to the challenger as well
    assert [treaty.partner for treaty in actors["USA"].treaties] == ["SWE"]
    assert actors["DNK"].treaties == ()
    assert all(str(actors[code].stance) for code in ("USA", "DNK", "RUS"))
    cites = {path: stated.cites for path, stated in loaded.provenance.items()}
    assert cites["actors.NOR.strength"] == ("lit-nmc",)
    assert cites["actors.USA.supplies.NOR"] == ("lit-sipri",)
    assert cites["actors.USA.ties.SWE"] == (
        "lit-atop",
        "lit-cowalliances",
        "lit-rivalries",
        "lit-mid",
    )
    assert cites["actors.USA.ties.NOR"] == ()
    text = text_of(home)
    for words in (
        "NMC 7.0 (385 and 380, 1949): CINC NOR 0.004, SWE 0.002, ratio 2; men under arms, thousands "
        "NOR 40, SWE 80, ratio 0.5; spending, thousand NOR 4000, SWE 2000, ratio 2;",
        "MID 5.0 1940-1949: 1 dispute, highest level 4 (no. 12)",
        "UN votes 1949: 1.2 apart, not used",
        "SIPRI register of 13 Mar 2025, deliveries to NOR 1940-1949: 60% of trend-indicator value",
        "Thompson-Sakuwa-Suhas rivalry 7",
        "by ATOP 5.1 1949 it must defend both sides",
        "Other large suppliers of NOR, 1940-1949: Narnia 20%",
        "MIE 1.0 31: from 1946-05, highest level 4, 5 to 7 deaths.",
        "MIE 1.0 32: from 1950-03-09, in the year of the onset.",
        "ICB 15 41: Fjord War II, from 1947-08-05.",
        "UCDP Battle Deaths 24.1: fighting in 1946, 10 to 30 deaths, best estimate 20.",
    ):
        assert words in text, words


def test_nothing_of_the_crisis_itself_is_written(home: Path, call: Call) -> None:
    written(home, call, "--third", "USA", "--data", "../downloads")
    text = text_of(home)
    assert "7,777" not in text and "7777" not in text and "8888" not in text


def test_notes_never_become_settings(home: Path, call: Call) -> None:
    with_notes = written(home, call, "--third", "USA,RUS", "--data", "../downloads").scenario
    for name in downloads.NOTES_ONLY:
        (home.parent / "downloads" / name).unlink()
    (home / "scenarios" / "fjord.yaml").unlink()
    without = written(home, call, "--third", "USA,RUS", "--data", "../downloads").scenario
    assert without == with_notes.model_copy(update={"notes": without.notes})


def test_an_earlier_year_is_said(home: Path, call: Call) -> None:
    said = call("new", "late", "--sides", "NOR,SWE", "--year", 1999, "--data", "../downloads")
    assert said.code == 0
    text = (home / "scenarios" / "late.yaml").read_text(encoding="utf-8")
    assert "NMC 7.0 (385 and 380, 1950)" in text
    assert "left out: over four times off the" in text
    assert "MID 5.0 1941-1950" in text
    early = call("new", "early", "--sides", "NOR,SWE", "--year", 1900, "--data", "../downloads")
    assert early.code == 0 and call("check", "early").code == 0
    scenario = load(home / "scenarios" / "early.yaml").scenario
    assert ends(scenario.actors["NOR"].strength) == (0.25, 4)


def test_without_rivalries_recurrent_force_counts_as_one(home: Path, call: Call) -> None:
    folder = home.parent / "downloads"
    (folder / "tss_rivalries.csv").unlink()
    path = folder / "MID-5-Data" / "MIDB 5.0.csv"
    rows = [line for line in downloads.MID.splitlines() if line.startswith("12,")]
    more = "".join(f"{n},{row.partition(',')[2]}\n" for n in (21, 22) for row in rows)
    path.write_text(downloads.MID + more, encoding="utf-8")
    loaded = written(home, call, "--data", folder)
    assert ends(loaded.scenario.actors["NOR"].ties["SWE"]) == (-0.9, -0.4)
    assert "counted as a rivalry" in text_of(home)


def test_an_unknown_side_has_no_data(home: Path, call: Call) -> None:
    said = call("new", "fjord", "--sides", "NOR,ATLAN", "--year", 1950, "--data", "../downloads")
    assert said.code == 0 and "ATLAN: no ISO or COW code of a state" in said.err
    loaded = load(home / "scenarios" / "fjord.yaml")
    assert ends(loaded.scenario.actors["NOR"].strength) == (0.25, 4)
    assert call("check", "fjord").code == 0


def test_a_faulty_data_set_is_named_and_nothing_is_written(home: Path, call: Call) -> None:
    path = home.parent / "downloads" / "mie-1.0.csv"
    path.write_text(downloads.MIE.replace("micnum", "mic"), encoding="utf-8")
    said = call(*NEW, "--data", "../downloads")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(
        "../downloads/mie-1.0.csv:1: looks like Militarized Interstate Events"
    )
    assert list(home.iterdir()) == []


# Listing data sets


def test_data_sets_are_listed(home: Path, call: Call) -> None:
    (home.parent / "downloads" / "icb2v15.csv").unlink()
    (home.parent / "downloads" / "recipes.csv").write_text("a,b,c\n", encoding="utf-8")
    said = call("data", "../downloads")
    assert (said.code, said.err) == (0, "")
    lines = {" ".join(line.split()) for line in said.out.splitlines()}
    assert "NMC 7.0 1948-1950 5 strength, forces NMCv7/NMC-70-abridged.csv" in lines
    assert any(
        "International Crisis Behavior" in line and "sites.duke.edu" in line for line in lines
    )
    assert any("recipes.csv" in line for line in lines)
    record = json.loads(call("data", "../downloads", "--format", "json").out)
    assert [row["key"] for row in record["lacking"]] == ["icb"]
    assert record["found"][0]["rows"] == 5 and record["found"][0]["last_year"] == 1950


def test_faults_of_data_sets_are_listed_after_the_rest(home: Path, call: Call) -> None:
    path = home.parent / "downloads" / "NMCv7" / "NMC-70-abridged.csv"
    path.write_text(downloads.NMC.replace("NOR,385,1949", "NOR,385,soon"), encoding="utf-8")
    said = call("data", "../downloads")
    assert said.code == 1
    assert "ATOP 5.1" in said.out and "NMC 7.0" not in said.out
    assert said.err == "../downloads/NMCv7/NMC-70-abridged.csv:3: year: 'soon' is not a year\n"


def test_an_empty_folder_lacks_every_data_set(home: Path, call: Call) -> None:
    said = call("data", ".")
    assert said.code == 0 and said.out.startswith("no data set was found")
    assert said.out.count("https://") == 13


# Around them


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
def test_a_run_says_what_is_assumed(home: Path, call: Call) -> None:
    written(home, call, "--third", "USA", "--data", "../downloads")
    said = call("run", "fjord", "--runs", 12, "--draws", 4, "--workers", 1)
    assert said.code == 0
    assert "21 of 27 values are assumptions: " in said.out and "(sim explain fjord)." in said.out


def test_help_does_not_load_the_data_room() -> None:
    code = (
        "import sys; from sim import cli; "
        "print([name for name in sys.modules if name.startswith(('sim.data', 'pandas'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
