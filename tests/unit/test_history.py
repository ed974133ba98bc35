"""What happened: the record of a scenario, in words, beside the measures of a simulation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from commands import SMALL, Call, scenario
from pictures import result_of
from worlds import crisis

import sim
from sim.catalogue import entries
from sim.io.errors import InputError
from sim.outcomes.summary import Measure
from sim.record.history import History, history_of, history_of_result
from sim.record.words import beside, column, what_happened
from sim.scenario import Scenario

AUTUMN = sim.load("autumn_2020").scenario
OWN = """kind: record
facts:
  - {id: own-onset, crisis: island, says: It began., date: 2015-03-01, confidence: high, source: us}
  - id: own-length
    crisis: island
    says: It took two days.
    low: 1
    best: 2
    high: 4
    unit: days
    measurement: {target: length, columns: [duration_days], kind: size}
    confidence: low
    source: a diary
  - id: own-ending
    crisis: island
    says: A ceasefire ended it.
    value: truce
    measurement: {target: ending, columns: [ending], kind: code}
    confidence: low
    source: a diary
"""


def past(name: str) -> History:
    found = history_of(name)
    assert found is not None
    return found


def measure(name: str, value: float, unit: str = "probability") -> Measure:
    return Measure(name, name, unit, value, None, None)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a file of a workspace with a record of its own."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "island.yaml").write_text(OWN, encoding="utf-8")
    return tmp_path / "seeds" / "any"


def test_outcomes_have_the_value_and_the_range_of_the_record() -> None:
    deaths = past("autumn_2020").get("deaths")
    assert deaths is not None
    assert (deaths.value, deaths.low, deaths.high) == (7600.0, 6800.0, 9100.0)
    assert deaths.says == "7,600 deaths [6,800 to 9,100]"
    assert deaths.facts[0].id == "record-autumn2020-deaths" and deaths.sources


def test_territory_won_and_ceded_are_told_apart() -> None:
    war = past("autumn_2020")
    won, ceded, early = (
        war.get(name) for name in ("territory_fought", "territory_ceded", "territory_day_13")
    )
    assert won and ceded and early
    assert (won.value, ceded.value, early.value) == (0.325, 0.399, 0.04)


@pytest.mark.parametrize(
    ("crisis", "ending", "mediator"),
    [
        ("autumn_2020", "truce", "RUS"),
        ("july_2020", "lull", None),
        ("georgia_2008", "truce", "EU"),
        ("storm_1995", "capitulation", None),
        ("thai_lao_1987", "direct", None),
    ],
)
def test_an_ending_says_whether_somebody_mediated(
    crisis: str, ending: str, mediator: str | None
) -> None:
    assert (past(crisis).ending, past(crisis).mediator) == (ending, mediator)


@pytest.mark.parametrize(
    ("name", "of", "is_variant"),
    [("autumn_2020", "autumn_2020", False), ("autumn_2020_seat", "autumn_2020", True)],
)
def test_a_variant_has_the_history_of_its_crisis(name: str, of: str, is_variant: bool) -> None:
    found = history_of(sim.load(name).scenario)
    assert found is not None and (found.crisis, found.is_variant) == (of, is_variant)


def test_a_variant_that_begins_on_another_day_has_no_history() -> None:
    moved = AUTUMN.model_copy(update={"scenario": "autumn_2020_late", "start": date(2020, 10, 5)})
    assert history_of(moved) is None
    assert history_of(sim.load("september_2020").scenario) is None


def test_no_record_is_no_history() -> None:
    assert history_of("invented") is None and history_of("general_2") is None


def test_a_record_of_ones_own_is_read_and_never_replaces_a_shipped_one(own: Path) -> None:
    found = history_of("island", own)
    assert found is not None and found.get("duration_days") is not None
    assert found.get("duration_days").says == "2 days [1 to 4]"  # type: ignore[union-attr]
    assert (found.ending, found.mediator, found.onset) == ("truce", None, date(2015, 3, 1))
    assert history_of("autumn_2020", own) is not None


def test_two_records_of_one_outcome_give_the_first_value_and_the_widest_range(own: Path) -> None:
    more = OWN.replace("crisis: island", "crisis: autumn_2020").replace("own-", "mine-")
    (own.parent / "more.yaml").write_text(more, encoding="utf-8")
    lasted = history_of("autumn_2020", own)
    known = lasted.get("duration_days") if lasted else None
    assert known is not None and (known.value, known.low, known.high) == (44.0, 1.0, 44.0)
    assert len(known.facts) == 2 and "a diary" in known.sources


def test_a_result_reads_the_records_of_its_workspace(own: Path) -> None:
    island = crisis().model_copy(update={"scenario": "island"})
    result = result_of(island, own.parents[1] / "results")
    found = history_of_result(result)
    assert found is not None and found.duration == 2.0
    (own.parent / "broken.yaml").write_text("kind: record\nfacts: 3\n", encoding="utf-8")
    assert history_of_result(result) is None
    with pytest.raises(InputError):
        history_of(island, own)


def test_the_sentence_compares_duration_and_mediator() -> None:
    ends = (20.0, 90.0)
    days = Measure("duration_days", "", "days", 52.0, (32.0, 86.0), ends, all_runs=(19.0, 95.0))
    war = history_of(AUTUMN)
    assert war is not None
    assert beside(war, [days, measure("broker_RUS", 0.75)], 90) == (
        "The fighting lasted 44 days and ended in a ceasefire mediated by Russia; the model gives "
        "52 days [middle 80% of all runs: 19 to 95] and Russia in 75% of runs."
    )
    assert beside(war, [days], 90).endswith(
        "52 days [middle 80% of all runs: 19 to 95] and Russia in no run."
    )


def test_the_sentence_says_where_a_war_outlasts_the_simulation() -> None:
    days = measure("duration_days", 14.0, "days")
    badme = past("badme_1998")
    assert beside(badme, [days], 365).startswith(
        "The fighting lasted 774 days [record: 750 to 951], more than the 365 days simulated, and "
        "ended in "
    )
    assert "simulated" not in beside(badme, [days], 774)


def test_the_sentence_names_other_endings_and_says_that_a_variant_differs() -> None:
    days = measure("duration_days", 9.0, "days")
    clash = beside(past("july_2020"), [days, measure("ending_lull", 0.3)], 90)
    assert clash.startswith("The fighting lasted 4.5 days [record: 4 to 5] and ended in a lull;")
    assert clash.endswith("the model gives 9 days and a lull in 30% of runs.")
    varied = replace(past("july_2020"), scenario="july_2020_treaty")
    assert beside(varied, [days], 90).startswith("In the crisis that this scenario varies, the")


def test_the_sentence_says_no_more_than_the_record() -> None:
    nothing = History("x", "x", ())
    assert beside(nothing, [measure("duration_days", 9.0, "days")], 90) == ""
    assert what_happened(nothing) == ""


def test_the_column_is_yes_or_no_for_events_and_empty_for_what_is_unknown() -> None:
    names = ("ending_truce", "ending_lull", "broker_RUS", "broker_FRA", "peak_3", "peak_4")
    lines = [measure(name, 0.5) for name in (*names, "brokered_truce_14", "lasting_stop_14")]
    lines += [measure("deaths", 5.0, "deaths"), measure("territory_ceded", 5.0, "% of the area")]
    assert column(past("autumn_2020"), lines) == {
        "ending_truce": "yes",
        "ending_lull": "no",
        "broker_RUS": "yes",
        "broker_FRA": "no",
        "peak_3": "yes",
        "peak_4": "no",
        "brokered_truce_14": "",
        "lasting_stop_14": "no",
        "deaths": "7,600 [6,800 to 9,100]",
        "territory_ceded": "39.9%",
    }


def test_territory_of_which_only_the_sum_is_known_has_the_sum() -> None:
    lines = [measure(f"territory_{name}", 5.0, "% of the area") for name in ("fought", "ceded")]
    assert column(past("goa_1961"), lines) == {
        "territory_fought": "100% (won or ceded)",
        "territory_ceded": "100% (won or ceded)",
    }
    handed_back = column(past("leticia_1932"), lines)
    assert handed_back["territory_ceded"] == "0% (won or ceded)"
    assert not handed_back["territory_fought"].endswith("(won or ceded)")


@pytest.mark.parametrize("entry", [e for e in entries("scenario") if e.is_crisis][::6])
def test_every_record_is_told_in_sentences(entry: object) -> None:
    scenario: Scenario = sim.load(entry.path).scenario  # type: ignore[attr-defined]
    found = history_of(scenario)
    assert found is not None
    paragraph = what_happened(found)
    assert paragraph.endswith(".") and str(scenario.start.year) in paragraph
    assert all(event.day >= 0 for event in found.events)


def test_the_four_day_war_ends_among_its_dated_facts() -> None:
    found = past("april_2016")
    assert [(event.day, event.date) for event in found.events] == [
        (0, date(2016, 4, 2)),
        (1, date(2016, 4, 3)),
        (3, date(2016, 4, 5)),
    ]
    assert "ceasefire" in found.events[-1].says


def test_areas_have_the_sign_of_square_kilometres() -> None:
    assert "8 to 20 km² of the contested area" in what_happened(past("april_2016"))
    sources = " ".join(name for known in past("sino_indian_1962").known for name in known.sources)
    assert "km2" not in sources and "125,000 km²" in sources


HOSTILE = """kind: record
facts:
  - id: own-deaths
    crisis: crisis
    says: "[bold]Many[/bold] <b>died</b> $x$."
    value: 1e300
    unit: deaths
    measurement: {target: deaths, columns: [deaths_challenger, deaths_defender], kind: size}
    confidence: low
    source: "<script>alert(1)</script>"
  - id: own-length
    crisis: crisis
    says: Nobody knows.
    low: -3
    high: 1e9
    unit: days
    measurement: {target: duration, columns: [duration_days], kind: size}
    confidence: low
    source: us
  - id: own-broker
    crisis: crisis
    says: A stranger mediated.
    value: NOBODY_KNOWN
    measurement: {target: broker, columns: [broker], kind: code}
    confidence: low
    source: us
"""


@pytest.mark.usefixtures("few_charts")
def test_a_run_shows_a_record_of_ones_own(call: Call, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "seeds").mkdir()
    record = OWN.replace("crisis: island", "crisis: crisis").replace(
        "It began.", "'[bold]It[/bold]'"
    )
    (tmp_path / "seeds" / "own.yaml").write_text(record, encoding="utf-8")
    file = scenario(tmp_path / "scenarios")
    told = call("run", file, *SMALL, "--out", tmp_path / "results")
    assert (told.code, told.err) == (0, "")
    assert "history" in told.out and "2 [1 to 4]" in told.out
    assert (
        "The fighting lasted 2 days [record: 1 to 4] and ended in a mediated ceasefire" in told.out
    )


@pytest.mark.slow
def test_charts_survive_any_record(call: Call, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "own.yaml").write_text(HOSTILE, encoding="utf-8")
    file = scenario(tmp_path / "scenarios")
    told = call("run", file, *SMALL, "--out", tmp_path / "results")
    assert (told.code, told.err) == (0, "")
    (folder,) = (tmp_path / "results").glob("crisis-*")
    assert call("plot", folder, "--wide").code == 0
    assert sorted(path.name for path in (folder / "charts" / "wide").glob("*.png"))


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
def test_a_record_without_a_number_is_refused_or_left_out(tmp_path: Path, number: str) -> None:
    (tmp_path / "seeds").mkdir()
    text = OWN.replace("best: 2", f"best: {number}")
    (tmp_path / "seeds" / "own.yaml").write_text(text, encoding="utf-8")
    try:
        found = history_of("island", tmp_path / "seeds" / "any")
    except InputError:
        return
    assert found is not None and found.get("duration_days") is None
