"""The choice of a run, its event data and its timeline, from tables made by hand."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import crisis, shipped

from sim.charts import timeline
from sim.charts.lanes import is_dark, spans, stance_colour
from sim.charts.page import house_style
from sim.ensemble.ensemble import Plan, play
from sim.io.errors import UsageError
from sim.record.choosing import Wanted, nearest_record
from sim.record.history import history_of
from sim.results.chronicle import cameo, gdelt
from sim.results.chronicle.act import Act
from sim.results.chronicle.select import outcomes_in_words, surprising, typical, with_ending
from sim.results.reader import Result
from sim.results.trace import Trace, ending, trace, write_events
from sim.scenario import STANCE_NAMES, Scenario

INVENTED = crisis({"horizon_days": 60})
HOSTILE = '<b>"Sud"</b>\t$x$\n=1+1 {side} [bold]'


def runs(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"run": range(len(next(iter(columns.values())))), **columns})


# Which run


def test_a_typical_run_is_nearest_to_the_medians() -> None:
    days = [1, 2, 30, 44, 90]
    assert typical(runs(duration_days=days)).run == 2
    # of two runs near the median of one outcome, the other outcome decides
    deaths = [10, 40, 90, 30, 20]
    assert typical(runs(duration_days=[1, 2, 30, 31, 90], deaths=deaths)).run == 3


def test_a_typical_run_does_not_depend_on_units_or_on_the_order_of_runs() -> None:
    random = np.random.default_rng(4)
    table = runs(a=random.normal(size=40), b=random.normal(size=40), ending=["truce", "lull"] * 20)
    chosen = typical(table).run
    assert typical(table.assign(a=1000 * table["a"] + 7)).run == chosen
    assert typical(table.sample(frac=1.0, random_state=1)).run == chosen


def test_a_typical_run_ends_as_most_do() -> None:
    endings = ["truce"] * 6 + ["lull"]
    assert typical(runs(duration_days=[9, 9, 9, 9, 9, 9, 9], ending=endings)).run == 0
    assert typical(runs(duration_days=[1, 2, 3, 4, 5, 6, 3.5], ending=endings)).run in (2, 3)


def test_days_that_never_came_are_no_missing_runs() -> None:
    first = pd.array([3, None, 5, None, 4], dtype="Int32")
    assert typical(runs(first_truce_day=first)).run == 2


def test_many_columns_of_actors_weigh_as_one_outcome() -> None:
    ties = {f"tie_A_B{k}": [0.0, 0.1, 0.2, 0.3, 0.4] for k in range(30)}
    table = runs(duration_days=[5, 3, 9, 1, 2], deaths=[50, 30, 90, 10, 20], **ties)
    assert typical(table).run == 1
    assert typical(table.drop(columns=["deaths", "duration_days"])).run == 2


def test_an_ending_limits_the_choice_to_runs_that_have_it() -> None:
    table = runs(duration_days=[1, 2, 3, 40, 50, 60], ending=["truce"] * 3 + ["capitulation"] * 3)
    assert typical(table, "capitulation").run == 4
    assert typical(table, "ceasefire").run == 1
    with pytest.raises(UsageError, match=r"none of 6 runs ends in lull; .*ceasefire \(3\)"):
        typical(table, "lull")
    with pytest.raises(UsageError, match=r"did you mean ceasefire"):
        with_ending(table, "ceasfire")


def test_a_surprising_run_is_not_simply_the_longest() -> None:
    """Deaths follow days, except in one short run with many deaths."""
    days = np.arange(1, 41)
    deaths = np.where(days == 5, 390, 10 * days)
    assert days[surprising(runs(duration_days=days, deaths=deaths)).run] == 5


def test_a_surprising_run_counts_copies_of_an_outcome_once() -> None:
    random = np.random.default_rng(2)
    days = random.permutation(200)
    value = random.permutation(200)
    copies = {f"copy{k}": days for k in range(20)}
    table = runs(days=days, value=value, **copies)
    many, once = surprising(table), surprising(table[["run", "days", "value"]])
    assert many.run == once.run


def test_a_surprising_run_says_what_is_unusual() -> None:
    days = np.arange(1, 41)
    deaths = np.where(days == 5, 390, 10 * days)
    chosen = surprising(runs(duration_days=days, deaths=deaths), {"deaths": "battle deaths"})
    assert "battle deaths: 390 (as extreme in 8% of runs)" in chosen.because
    assert "duration" not in chosen.because


def test_a_table_without_differences_gives_the_first_run() -> None:
    table = runs(duration_days=[3, 3, 3], ending=["truce"] * 3)
    assert typical(table).run == 0


def test_outcomes_are_named_with_actors() -> None:
    words = outcomes_in_words(INVENTED)
    assert "Westland" in words["support_WES_NOR"] and "NOR" not in words["support_WES_NOR"]
    assert not any(name.startswith(("tie_", "dependence_")) for name in words)


def test_only_one_way_to_choose_is_allowed() -> None:
    Wanted(typical=True, ending="ceasefire")
    for twice in ({"run": 0, "typical": True}, {"surprising": True, "nearest_record": True}):
        with pytest.raises(UsageError, match="give only one of them"):
            Wanted(**twice)  # type: ignore[arg-type]


class Told(Result):
    """A result with a table made by hand."""

    def __init__(self, scenario: Scenario, outcomes: pd.DataFrame, folder: Path) -> None:
        super().__init__(folder)
        self.__dict__["outcomes"] = outcomes
        self.told = scenario

    @property
    def scenario(self) -> Scenario:
        return self.told


def test_the_run_nearest_to_the_record_is_that_which_repeats_it(tmp_path: Path) -> None:
    """Autumn 2020: 44 days, three failed ceasefires, about 7,600 deaths, Russia's ceasefire."""
    table = runs(
        duration_days=[44, 44, 90, 10],
        failed_truces=[3, 0, 3, 3],
        deaths_challenger=[3800.0, 3800.0, 9000.0, 300.0],
        deaths_defender=[3800.0, 3800.0, 9000.0, 300.0],
        broker=["RUS", "RUS", "RUS", "none"],
    )
    scenario = shipped("autumn_2020")
    assert nearest_record(Told(scenario, table, tmp_path / "r" / "one")).run == 0
    other_way = table.iloc[::-1].reset_index(drop=True)
    assert nearest_record(Told(scenario, other_way, tmp_path / "r" / "one")).run == 0
    with pytest.raises(UsageError, match="there is no historical record of 'invented'"):
        nearest_record(Told(INVENTED, table, tmp_path / "r" / "one"))


# Event data


@pytest.fixture(scope="module")
def told() -> Trace:
    return trace(Plan(INVENTED, 24, 8), 3)


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    """Return the events of several runs."""
    return pd.concat([trace(Plan(INVENTED, 24, 8), run).events() for run in range(24)])


def test_the_text_the_days_and_the_outcomes_agree_on_when_the_fighting_ended() -> None:
    plan = Plan(INVENTED, 24, 8)
    outcomes = play(plan).outcomes.set_index("run")
    found = 0
    for run in range(12):
        described = trace(plan, run)
        said = re.match(r"The fighting .* on day (\d+) .*, after (\d+) days?,", ending(described))
        if said is None:
            continue
        day, days = map(int, said.groups())
        daily = described.daily()
        assert days == outcomes.loc[run, "duration_days"] == described.days
        assert day == daily.loc[daily["level"] > 0, "day"].max() == days - 1
        found += 1
    assert found > 3


def test_codes_have_the_quad_class_and_the_sign_of_their_root() -> None:
    for code in cameo.CODES.values():
        assert code.code.startswith(code.root) and 3 <= len(code.code) <= 4
        is_conflict = code.quad_class >= 3
        assert (code.goldstein < 0) is is_conflict, code
        assert -10 <= code.goldstein <= 10


def test_codes_are_those_of_the_codebook() -> None:
    """All codes are in the list that the library gdelt-py ships, in the same class."""
    lookups = pytest.importorskip("py_gdelt.lookups", reason="gdelt-py is not installed")
    known = lookups.CAMEOCodes()
    for code in cameo.CODES.values():
        entry = known.get(code.code)
        assert entry is not None and entry.quad_class == code.quad_class


def test_every_act_of_actors_is_an_event(told: Trace) -> None:
    events = told.events()
    for act in told.every_act:
        if act.kind not in ("opening", "posture"):
            of_day = events[events["day"] == act.day]
            assert len(of_day), act
    fought = {end.day for end in told.day_ends if end.level > 0}
    assert set(events.loc[events["code"] == "190", "day"]) == fought


def test_events_name_two_actors_of_the_scenario(many: pd.DataFrame) -> None:
    codes = set(INVENTED.actors)
    assert set(many["source"]) <= codes and set(many["target"]) <= codes
    assert (many["source"] != many["target"]).all()
    assert many["date"].str.fullmatch(r"2001-\d\d-\d\d").all()


@pytest.mark.parametrize(
    ("act", "coded"),
    [
        (
            Act(4, "stance", "WES", "NOR", "aside", "arms_challenger"),
            [("WES", "NOR", "072")],
        ),
        (Act(4, "stance", "WES", "NOR", "words_challenger", "aside"), [("WES", "NOR", "160")]),
        (
            Act(4, "stance", "OST", "", "aside", "mediate"),
            [("OST", "NOR", "039"), ("OST", "SUD", "039")],
        ),
        (
            Act(4, "stance", "OST", "SUD", "force_defender", "aid_defender"),
            [("OST", "NOR", "087")],
        ),
        (Act(4, "stance", "OST", "SUD", "aside", "force_defender"), [("OST", "SUD", "074")]),
        (Act(4, "stance", "OST", "SUD", "aside", "force_defender", level=4), []),
        (Act(4, "reception", "NOR", "OST", "received", "refused"), [("NOR", "OST", "126")]),
        (Act(4, "reception", "NOR", "OST", "received", "received"), [("NOR", "OST", "038")]),
        (Act(4, "break", "NOR", "SUD", "truce", "skirmish"), [("NOR", "SUD", "196")]),
        (Act(4, "break", "NOR", "SUD", "lull", "skirmish"), []),
        (Act(4, "treaty", "SUD", "OST"), [("SUD", "OST", "0232")]),
        (
            Act(4, "offer", "OST", "NOR SUD", refuse_freeze="NOR:fights"),
            [("OST", "NOR", "045"), ("OST", "SUD", "045"), ("NOR", "OST", "127")],
        ),
        (
            Act(4, "ceasefire", "", "NOR SUD"),
            [
                ("NOR", "SUD", "0871"),
                ("SUD", "NOR", "0871"),
                ("NOR", "SUD", "046"),
                ("SUD", "NOR", "046"),
            ],
        ),
        (
            Act(4, "ceasefire", "OST", "NOR SUD", share=0.3, protection=0.5, prompted_by="MID"),
            [
                ("NOR", "SUD", "057"),
                ("SUD", "NOR", "057"),
                ("MID", "NOR", "074"),
                ("MID", "SUD", "074"),
                ("OST", "NOR", "045"),
                ("OST", "SUD", "045"),
            ],
        ),
        (Act(4, "capitulation", "SUD", "NOR", share=0.3), [("SUD", "NOR", "0874")]),
        (Act(4, "territory", "NOR", share=0.3), [("NOR", "SUD", "192")]),
        (Act(4, "territory", "SUD", share=0.1, last_share=0.2), [("SUD", "NOR", "192")]),
    ],
)
def test_acts_are_coded(act: Act, coded: list[tuple[str, str, str]]) -> None:
    table = cameo.event_table(INVENTED, [act], [])
    assert list(table[["source", "target", "code"]].itertuples(index=False, name=None)) == coded


def test_the_layout_is_that_of_gdelt(told: Trace) -> None:
    events = told.events()
    rows = list(
        csv.reader(io.StringIO(gdelt.as_text(gdelt.as_gdelt(events, "x", 3))), delimiter="\t")
    )
    assert {len(row) for row in rows} == {61} and len(rows) == len(events)
    table = pd.DataFrame(rows, columns=list(gdelt.COLUMNS))
    assert list(table["EventCode"]) == list(events["code"])
    np.testing.assert_allclose(table["GoldsteinScale"].astype(float), events["goldstein"])
    assert list(table["SQLDATE"]) == [day.replace("-", "") for day in events["date"]]
    assert table["GLOBALEVENTID"].is_unique


def test_a_library_for_event_data_reads_the_file(told: Trace, tmp_path: Path) -> None:
    parsers = pytest.importorskip("py_gdelt.parsers.events", reason="gdelt-py is not installed")
    models = pytest.importorskip("py_gdelt.models.events", reason="gdelt-py is not installed")
    (tmp_path / "traces").mkdir()
    table, export = write_events(told, tmp_path)
    raw = list(parsers.EventsParser().parse(export.read_bytes()))
    read = [models.Event.from_raw(event) for event in raw]
    events = pd.read_csv(table, dtype={"code": str, "root": str})
    assert [event.event_code for event in read] == list(events["code"])
    assert [event.event_root_code for event in read] == list(events["root"])
    assert [event.quad_class for event in read] == list(events["quad_class"])
    assert [event.goldstein_scale for event in read] == list(events["goldstein"])
    assert [event.actor1.code for event in read] == list(events["source"])
    assert [event.actor2.code for event in read] == list(events["target"])
    assert [event.date.isoformat() for event in read] == list(events["date"])


# Hostile names


def hostile() -> Trace:
    scenario = crisis({"horizon_days": 40}, {"actors": {"SUD": {"name": "placeholder"}}})
    actors = dict(scenario.actors)
    for code in ("SUD", "OST"):
        actors[code] = actors[code].model_copy(update={"name": HOSTILE})
    return trace(Plan(scenario.model_copy(update={"actors": actors}), 8, 4), 2)


def test_hostile_names_stay_in_their_cells(tmp_path: Path) -> None:
    told = hostile()
    assert HOSTILE in str(told)
    assert "<b>" not in told._repr_html_().replace("<b>Day", "")
    events = told.events()
    rows = list(
        csv.reader(io.StringIO(gdelt.as_text(gdelt.as_gdelt(events, "x", 2))), delimiter="\t")
    )
    assert {len(row) for row in rows} == {61} and len(rows) == len(events)
    (tmp_path / "traces").mkdir()
    table, _ = write_events(told, tmp_path)
    assert len(pd.read_csv(table)) == len(events)


def test_a_timeline_of_hostile_names_is_drawn() -> None:
    told = hostile()
    shown = timeline.Timeline(
        told.plan.scenario, told.run, told.daily(), told.table(), ending(told), None
    )
    with house_style():
        figure = timeline.draw(shown)
        figure.canvas.draw()
    assert any("$x$" in text.get_text() for ax in figure.axes for text in ax.get_yticklabels())


# The timeline


def test_spans_leave_out_idleness_and_last_to_the_end() -> None:
    found = spans(["aside", "mediate", "mediate", "aside", "arms_defender"], 8)
    assert [(span.first, span.end, span.what) for span in found] == [
        (1, 3, "mediate"),
        (4, 8, "arms_defender"),
    ]
    assert spans(["hold_fire", "hold_fire"], 5) == []


def test_stances_of_more_commitment_are_darker_also_in_grey() -> None:
    for side in ("challenger", "defender"):
        names = [f"{level}_{side}" for level in ("words", "aid", "arms", "force")]
        grey = [np.dot((0.299, 0.587, 0.114), stance_colour(name)) for name in names]  # type: ignore[arg-type]
        assert np.all(np.diff(grey) < -0.08)
    assert is_dark(stance_colour("force_defender")) and not is_dark(stance_colour("mediate"))
    assert all(stance_colour(name) for name in STANCE_NAMES)


def labels(figure: Any) -> list[str]:
    return [text.get_text() for ax in figure.axes for text in (*ax.texts, *ax.get_yticklabels())]


def test_the_timeline_names_actors_stances_and_history(told: Trace) -> None:
    history = history_of("autumn_2020")
    tables = (told.daily(), told.table())
    shown = timeline.Timeline(INVENTED, told.run, *tables, ending(told), history)
    with house_style():
        figure = timeline.draw(shown)
    said = labels(figure)
    assert "Norland" in said and "what happened" in said
    assert any(text.startswith("44 days, a ceasefire mediated by Russia") for text in said)
    title = figure.texts[0].get_text().replace("\n", " ")
    assert title.startswith(f"Run {told.run}: ")
    without = timeline.Timeline(INVENTED, told.run, *tables, ending(told), None)
    with house_style():
        assert "what happened" not in labels(timeline.draw(without))


def test_marks_of_the_timeline_stand_on_the_days_of_the_acts(told: Trace) -> None:
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    acts = told.table()
    timeline.plot_talks(acts, 60, ax)
    marked = sorted(
        x - 0.5 for line in ax.lines if line.get_linestyle() == "None" for x in line.get_xdata()
    )
    kinds = acts[acts["event"].isin(timeline.MARKS)]
    assert marked == sorted(kinds["day"])


def test_words_in_bars_do_not_overlap() -> None:
    """Whatever the run: no two labels of a lane share a place."""
    with house_style():
        for run in range(8):
            told = trace(Plan(INVENTED, 24, 8), run)
            shown = timeline.Timeline(INVENTED, run, told.daily(), told.table(), ending(told), None)
            figure = timeline.draw(shown)
            figure.canvas.draw()
            for ax in figure.axes[1:]:
                boxes = [text.get_window_extent() for text in ax.texts]
                for i, box in enumerate(boxes):
                    assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_marks_of_one_day_do_not_cover_each_other() -> None:
    days = [4] * len(timeline.MARKS)
    acts = pd.DataFrame({"day": days, "until": days, "event": list(timeline.MARKS)})
    heights = sorted(timeline.heights_of(acts))
    assert min(np.diff(heights)) * 0.42 / 2.2 > 0.04  # inches: lanes are 0.42 high
    apart = pd.DataFrame({"day": [1, 2], "until": [1, 2], "event": ["offer", "break"]})
    assert timeline.heights_of(apart).tolist() == [0.6, -0.6]


def test_the_key_of_a_timeline_names_the_levels_that_occur(told: Trace) -> None:
    shown = timeline.Timeline(INVENTED, told.run, told.daily(), told.table(), ending(told), None)
    with house_style():
        figure = timeline.draw(shown)
    named = {text.get_text() for text in figure.legends[0].get_texts()}
    sides = [INVENTED.conflict.challenger, INVENTED.conflict.defender]
    daily = shown.daily[shown.daily["day"] < shown.days]
    occurring = {level for side in sides for level in daily[f"escalation_{side}"]}
    for level, (label, _) in timeline.ESCALATION.items():
        assert (label in named) == (level in occurring)
    assert occurring & set(timeline.ESCALATION)
