"""One run, told: it comes out as it did in its ensemble, and what the table says is what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from commands import Call
from worlds import conflict, crisis, ensemble_of, shipped

from sim.ensemble import LANE, Plan, play_runs
from sim.scenario import Scenario
from sim.story import Trace, differs, ending, trace

RUNS, DRAWS = 40, 8
TINY = Path(__file__).parent / "invalid" / "base" / "tiny.yaml"
INVENTED = crisis({"horizon_days": 90})
QUIET = crisis({"horizon_days": 90}, conflict(opening=0, quiet_days=5))


def told_of(scenario: Scenario, run: int) -> Trace:
    return trace(Plan(scenario, RUNS, DRAWS), run)


def kinds(told: Trace) -> list[str]:
    return [event.kind for event in told.events]


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
        events, sealed = kinds(told), [event for event in told.events if event.kind == "truce" and event.actor]
        ends_of_quiet = sum("quiet ends" in event.says for event in told.events)
        assert len(sealed) == row["truces"]
        assert events.count("break") == row["failed_stops"] + ends_of_quiet
        assert ends_of_quiet <= (scenario.conflict.opening == 0)
        assert ("treaty" in events) is bool(row["treaty_invoked"])
        assert ("capitulation" in events) is (row["ending"] == "capitulation")
        assert ("cession" in events) is bool(row["territory_ceded"] > 0)
        assert str(row["duration_days"]) in ending(told)
        if row["ending"] == "truce" and row["broker"] != "none":
            assert scenario.actors[row["broker"]].name in ending(told)
        assert max(evening.level for evening in told.evenings) == row["peak_level"]


def test_a_run_of_a_later_lane_meets_its_own_luck() -> None:
    plan = Plan(shipped("july_2020", "horizon_days=15"), LANE + 3, 4)
    outcomes, _ = play_runs(plan, 0)
    assert not differs(trace(plan, LANE + 2), outcomes)
    assert differs(trace(plan, 2), outcomes.assign(run=outcomes["run"].replace({2: -1, LANE + 2: 2})))


def test_lines_are_told_when_they_change_and_not_before() -> None:
    """Held to a line by the scenario from day 4 for three days, a power is told to take it up then."""
    line = {"day": 4, "actor": "OST", "do": "force_defender", "days": 3}
    told = told_of(crisis({"horizon_days": 8}, {"events": [line]}), 1)
    injects = [event for event in told.events if event.kind == "inject"]
    assert [(event.day, event.actor) for event in injects] == [(4, "OST")]
    lines = [event for event in told.events if event.kind == "line" and event.actor == "OST" and event.day in (4, 5, 6)]
    assert [event.day for event in lines] == [4]
    assert "fights for it" in lines[0].says and "3.5 levels" in lines[0].says
    assert "for 3 days" in injects[0].says


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
    from sim import results
    from sim.ensemble import play
    from sim.scenario import load

    where = tmp_path_factory.mktemp("told")
    (where / "tiny.yaml").write_bytes(TINY.read_bytes())
    path = where / "crisis.yaml"
    path.write_text("scenario: crisis\ntitle: '[bold]Loud[/bold] <b>'\nbase: tiny.yaml\n", encoding="utf-8")
    loaded = load(path)
    return results.write(play(Plan(loaded.scenario, 12, 4)), loaded, where / "out", 0.0)


def test_the_command_tells_a_run_and_keeps_its_events(folder: Path, call: Call) -> None:
    said = call("trace", folder, "--run", 5)
    assert (said.code, said.err) == (0, "")
    assert "[bold]Loud[/bold] <b>: run 5, replicate 1 of draw 1" in said.out
    kept = pd.read_csv(folder / "traces" / "run_5.csv", keep_default_na=False)
    told = json.loads(call("trace", folder, "--run", 5, "--format", "json").out)
    assert [event["says"] for event in told["events"]] == list(kept["says"])
    assert told["ending"] in said.out


def test_a_run_that_is_not_there_is_named_with_what_is_allowed(folder: Path, call: Call) -> None:
    said = call("trace", folder, "--run", 12)
    assert said.code == 2 and "--run 12: no such run; allowed: 0 to 11" in said.err
    said = call("trace", folder.parent, "--run", 0)
    assert said.code == 1 and "not a result folder" in said.err


def test_a_result_of_other_rules_is_told_with_a_warning(folder: Path, call: Call) -> None:
    file = folder / "outcomes.parquet"
    content = file.read_bytes()
    outcomes = pd.read_parquet(file)
    outcomes.assign(deaths_defender=outcomes["deaths_defender"] + 50).to_parquet(file)
    said = call("trace", folder, "--run", 5)
    file.write_bytes(content)
    assert said.code == 0 and "another version of the model" in said.err
