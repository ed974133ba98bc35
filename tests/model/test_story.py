"""One run, told: it comes out as it did in its ensemble, and what the table says is what
happened.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from commands import TINY, Call
from worlds import conflict, crisis, ensemble_of, shipped

from sim.ensemble.ensemble import BLOCK, LANE, Plan, play_runs
from sim.results.narration import DayEnd, events_between
from sim.results.trace import Trace, differs, ending, trace
from sim.scenario import Scenario

RUNS, DRAWS = 24, 8
INVENTED = crisis({"horizon_days": 90})
QUIET = crisis({"horizon_days": 90}, conflict(opening=0, quiet_days=5))


def told_of(scenario: Scenario, run: int) -> Trace:
    return trace(Plan(scenario, RUNS, DRAWS), run)


def kinds(told: Trace) -> list[str]:
    return [event.kind for event in told.events]


@pytest.mark.slow
@pytest.mark.parametrize(
    "scenario",
    [shipped("autumn_2020"), shipped("july_2020"), INVENTED, QUIET],
    ids=["autumn", "july", "invented", "quiet"],
)
def test_a_run_alone_comes_out_as_in_its_ensemble(scenario: Scenario) -> None:
    outcomes = ensemble_of(scenario, RUNS, DRAWS).outcomes
    for run in range(RUNS):
        told, row = told_of(scenario, run), outcomes.loc[run]
        assert not differs(told, outcomes), run
        events, sealed = (
            kinds(told),
            [event for event in told.events if event.kind == "truce" and event.actor],
        )
        ends_of_quiet = sum("quiet ends" in event.says for event in told.events)
        assert len(sealed) == row["truces"]
        assert events.count("break") == row["failed_stops"] + ends_of_quiet
        assert ends_of_quiet <= (scenario.conflict.opening.options == ("hold_fire",))
        assert ("treaty" in events) is bool(row["treaty_invoked"])
        assert ("capitulation" in events) is (row["ending"] == "capitulation")
        assert ("cession" in events) is bool(row["territory_ceded"] > 0)
        assert events.count("offer") == row["offers"] - events.count("truce")
        says, fought = ending(told), row["peak_level"] > 0
        day = (
            f"After {row['duration_days']} days"
            if row["ending"] == "fighting"
            else f"on day {row['duration_days'] - 1},"
        )
        assert (day if fought else "The quiet lasted") in says
        if row["ending"] == "truce" and row["broker"] != "none":
            assert scenario.actors[row["broker"]].name in says
        assert max(evening.level for evening in told.day_ends) == row["peak_level"]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [shipped("april_2016"), QUIET], ids=["april", "quiet"])
def test_whoever_breaks_a_stop_is_named(scenario: Scenario) -> None:
    """Also where the fighting ended the same evening in another signature."""
    for run in range(RUNS):
        told = told_of(scenario, run)
        broken = {event.day for event in told.events if event.kind == "break"}
        struck = {
            event.day
            for event in told.events
            if event.kind == "posture"
            and "returns fire" not in event.says
            and "holds fire" not in event.says
        }
        assert broken <= struck


@pytest.mark.slow
@pytest.mark.parametrize("run", [LANE + 2, BLOCK + LANE + 2])
def test_a_run_of_a_later_lane_or_block_meets_its_own_luck(run: int) -> None:
    plan = Plan(shipped("july_2020", "horizon_days=15"), BLOCK + LANE + 3, 4)
    outcomes, _ = play_runs(plan, run // BLOCK)
    assert not differs(trace(plan, run), outcomes)
    earlier = run - LANE
    assert differs(
        trace(plan, earlier),
        outcomes.assign(run=outcomes["run"].replace({earlier: -1, run: earlier})),
    )


# What is said, from evenings made by hand: Norland (NOR) attacks Sudland (SUD); Ostland (OST) may
# broker


OSTLAND = "Ostland, patron of Sudland and broker"
TERRITORY = "as territory changes hands"
PACKAGE = " that cedes 40% of the area, guarded by peacekeepers (protection 100%)"
EVE = DayEnd(
    day=3,
    level=2,
    postures=(2, 1),
    stances={"OST": "aside", "WES": "aside"},
    prompts={"OST": "", "WES": "as territory changes hands"},
    support={"OST": (0.0, 0.0), "WES": (0.0, 0.0)},
    stop="fighting",
    stop_day=-1,
    mediator="",
    terms=0.0,
    protection=0.0,
    invoked=False,
    fought=0.01,
    ceded=0.0,
    deaths=40.0,
    broken=0,
    breaker=0,
    offers=1,
    proposer="OST",
    package=0.0,
    concession=0.0,
    ready=((False, False), (False, False)),
)
IN_TRUCE = replace(EVE, stop="truce", stop_day=3, mediator="OST", offers=2)


@pytest.mark.parametrize(
    ("before", "change", "said"),
    [
        (EVE, {}, []),
        (EVE, {"postures": (3, 1), "level": 3}, ["Norland fights a full offensive"]),
        (EVE, {"postures": (2, 0)}, ["Sudland holds fire"]),
        (
            EVE,
            {"stances": {"OST": "mediate", "WES": "aside"}},
            ["Ostland, patron of Sudland and broker mediates"],
        ),
        (
            EVE,
            {
                "stances": {**EVE.stances, "WES": "arms_challenger_mediate"},
                "support": {**EVE.support, "WES": (1.5, 0.0)},
            },
            ["Westland, patron of Norland arms Norland (support 1.5) and mediates, " + TERRITORY],
        ),
        (
            EVE,
            {
                "stances": {**EVE.stances, "WES": "force_defender"},
                "support": {**EVE.support, "WES": (0.0, 3.5)},
            },
            [
                "Westland, patron of Norland fights for Sudland (support 3.5), as territory changes hands"
            ],
        ),
        (
            replace(EVE, stances={**EVE.stances, "WES": "arms_challenger_mediate"}),
            {"stances": {**EVE.stances, "WES": "words_challenger"}},
            [f"Westland, patron of Norland cuts its backing of Norland to words, {TERRITORY}"],
        ),
        (
            replace(EVE, stances={**EVE.stances, "WES": "aid_challenger"}),
            {"stances": {**EVE.stances, "WES": "mediate"}},
            [f"Westland, patron of Norland stops aiding Norland and mediates, {TERRITORY}"],
        ),
        (
            replace(EVE, stances={**EVE.stances, "WES": "words_challenger_mediate"}),
            {"stances": {**EVE.stances, "WES": "words_challenger"}},
            [f"Westland, patron of Norland stops mediating, {TERRITORY}"],
        ),
        (
            replace(EVE, stances={**EVE.stances, "WES": "mediate"}),
            {"stances": EVE.stances},
            [f"Westland, patron of Norland stops mediating, {TERRITORY}"],
        ),
        (
            EVE,
            {"stances": {**EVE.stances, "WES": "words_defender"}},
            ["Westland, patron of Norland speaks up for Sudland, as territory changes hands"],
        ),
        (
            EVE,
            {"invoked": True},
            ["Sudland invokes its treaty with Ostland, patron of Sudland and broker"],
        ),
        (EVE, {"fought": 0.3}, ["Norland has won 30% of the area by fighting"]),
        (EVE, {"fought": -0.06}, ["Norland has lost 6% of the area by fighting"]),
        (EVE, {"offers": 2}, [f"{OSTLAND} proposes a freeze, which Norland and Sudland refuse"]),
        (
            EVE,
            {"offers": 2, "package": 0.4, "ready": ((False, True), (True, False))},
            [
                f"{OSTLAND} proposes a package that cedes 40% of the area, which Sudland refuses, "
                "and a freeze, which Norland refuses"
            ],
        ),
        (
            EVE,
            {"offers": 2, "proposer": ""},
            ["The sides discuss a freeze, which Norland and Sudland refuse"],
        ),
        (EVE, {"level": 0, "postures": (0, 0), "stop": "lull", "stop_day": 4}, ["Fighting stops"]),
        (
            EVE,
            {"stop": "truce", "stop_day": 5, "mediator": "OST", "offers": 2},
            [
                "Ostland, patron of Sudland and broker mediates a ceasefire that leaves the lines where they are"
            ],
        ),
        (
            EVE,
            {"stop": "truce", "offers": 2, "terms": 0.4, "protection": 1.0},
            ["The two sides agree on a ceasefire without a mediator" + PACKAGE],
        ),
        (
            EVE,
            {"stop": "capitulation", "ceded": 0.25},
            ["Sudland capitulates", "25% of the area is handed over by agreement"],
        ),
        (
            replace(IN_TRUCE, level=0, postures=(0, 0)),
            {"level": 1, "postures": (1, 0), "stop": "fighting", "broken": 1},
            ["Norland breaks the ceasefire", "Norland skirmishes"],
        ),
        (
            replace(IN_TRUCE, level=0, postures=(0, 0)),
            {"level": 1, "postures": (1, 1), "stop": "fighting", "broken": 1, "breaker": 1},
            ["Sudland breaks the ceasefire", "Norland skirmishes", "Sudland skirmishes"],
        ),
        (
            replace(IN_TRUCE, stop="lull", mediator="", level=0, postures=(0, 0)),
            {"level": 2, "postures": (0, 2), "stop": "fighting"},
            ["The quiet ends", "Sudland fights a limited offensive"],
        ),
    ],
)
def test_what_happened_between_two_evenings_is_put_into_words(
    before: DayEnd, change: dict[str, Any], said: list[str]
) -> None:
    after = replace(before, day=4, **change)
    assert [event.says for event in events_between(INVENTED, [before, after])] == said


def test_stances_are_told_when_they_change_and_not_before() -> None:
    """Held to a stance by the scenario from day 4 for three days, a power is told to take it up
    then.
    """
    line = {"day": 4, "actor": "OST", "do": "force_defender", "days": 3}
    told = told_of(crisis({"horizon_days": 8}, {"events": [line]}), 1)
    injects = [event for event in told.events if event.kind == "inject"]
    assert [(event.day, event.actor) for event in injects] == [(4, "OST")]
    lines = [
        event
        for event in told.events
        if event.kind == "stance" and event.actor == "OST" and event.day in (4, 5, 6)
    ]
    assert [event.day for event in lines] == [4]
    assert (
        "fights for" in lines[0].says
        and "support 3.5" in lines[0].says
        and "by the scenario" in lines[0].says
    )
    assert "for 3 days" in injects[0].says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"horizon_days": 1}, "After 1 day the sides still fought; "),
        (
            {"horizon_days": 1, **conflict(opening=0, quiet_days=1000)},
            "There was no fighting in 1 day.",
        ),
        (
            {"horizon_days": 2, **conflict(opening=0, quiet_days=1000)},
            "There was no fighting in 2 days.",
        ),
    ],
)
def test_an_ending_counts_days_as_they_are(change: dict[str, Any], says: str) -> None:
    told = [ending(told_of(crisis(change), run)) for run in range(20)]
    assert any(text.startswith(says) for text in told)


@pytest.mark.parametrize(
    ("terms", "concession", "says"),
    [
        (0.4, 0.0, "40% was still to be ceded"),
        (0.4, 0.3, "10% was still to be ceded"),
        (0.3, 0.3, ""),
        (0.0, 0.3, ""),
    ],
)
def test_only_territory_is_still_to_be_ceded(terms: float, concession: float, says: str) -> None:
    told = told_of(INVENTED, 3)
    last = replace(told.day_ends[-1], terms=terms, concession=concession)
    text = ending(replace(told, day_ends=(*told.day_ends[:-1], last)))
    assert says in text and ("still to be ceded" in text) == bool(says)


def test_one_death_is_of_one_person() -> None:
    told = told_of(INVENTED, 3)
    for deaths, says in ((0.6, "1 person died"), (1.6, "2 people died")):
        last = replace(told.day_ends[-1], deaths=deaths)
        assert says in ending(replace(told, day_ends=(*told.day_ends[:-1], last)))


def test_the_table_has_a_row_an_event_with_the_evening_s_numbers() -> None:
    told = told_of(INVENTED, 3)
    table = told.table()
    assert list(table["says"]) == [event.says for event in told.events]
    assert table["day"].is_monotonic_increasing
    assert table["deaths"].is_monotonic_increasing
    assert set(table["actor"]) <= {"", *INVENTED.actors}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a result folder of a crisis with a name that is markup to others."""
    from sim.ensemble.ensemble import play
    from sim.results import writer
    from sim.scenario import load

    where = tmp_path_factory.mktemp("told")
    (where / "tiny.yaml").write_bytes(TINY.read_bytes())
    path = where / "crisis.yaml"
    path.write_text(
        "scenario: crisis\ntitle: '[bold]Loud[/bold] <b>'\nbase: tiny.yaml\n", encoding="utf-8"
    )
    loaded = load(path)
    return writer.write(play(Plan(loaded.scenario, 12, 4)), loaded, where / "out", 0.0)


def test_the_command_tells_a_run_and_keeps_its_events(folder: Path, call: Call) -> None:
    said = call("trace", folder, "--run", 5)
    assert (said.code, said.err) == (0, "")
    assert "[bold]Loud[/bold] <b>: run 5, replicate 1 of draw 1" in said.out
    kept = pd.read_csv(folder / "traces" / "run_5.csv", keep_default_na=False)
    told = json.loads(call("trace", folder, "--run", 5, "--format", "json").out)
    assert [event["says"] for event in told["events"]] == list(kept["says"])
    assert told["ending"] in said.out


def test_a_run_that_is_not_there_is_named_with_what_is_allowed(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    said = call("trace", folder, "--run", 12)
    assert said.code == 2 and "no run 12; allowed: 0 to 11" in said.err
    said = call("trace", folder.parent, "--run", 0)
    assert said.code == 1 and "not a result folder" in said.err
    (tmp_path / "sweep.parquet").touch()
    said = call("trace", tmp_path, "--run", 0)
    assert said.code == 1 and "the folder of a sweep, which has no single runs" in said.err


def test_a_quiet_trace_only_writes_its_table(folder: Path, tmp_path: Path, call: Call) -> None:
    kept = Path(shutil.copytree(folder, tmp_path / folder.name))
    assert call("trace", kept, "--run", 5, "-q").out == ""
    assert (kept / "traces" / "run_5.csv").is_file()


def test_a_result_whose_scenario_was_edited_is_no_result_of_it(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    kept = Path(shutil.copytree(folder, tmp_path / folder.name))
    resolved = kept / "scenario.resolved.yaml"
    text = resolved.read_text(encoding="utf-8")
    edited = re.sub(r"horizon_days: (\{value: )?", r"\g<0>1", text)
    resolved.write_text(edited, encoding="utf-8")
    said = call("trace", kept, "--run", 5)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"{resolved}: differs from what was simulated")
    said = call("report", kept)
    assert said.code == 0 and said.err.startswith(
        f"sim: {resolved}: differs from what was simulated"
    )


def test_a_result_of_other_rules_is_told_with_a_warning(folder: Path, call: Call) -> None:
    file = folder / "outcomes.parquet"
    content = file.read_bytes()
    outcomes = pd.read_parquet(file)
    outcomes.assign(deaths_defender=outcomes["deaths_defender"] + 50).to_parquet(file)
    said = call("trace", folder, "--run", 5)
    file.write_bytes(content)
    assert said.code == 0 and "another version of the model" in said.err
