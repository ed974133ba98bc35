"""Sweeps: axes and what is wrong with them, what is told of a grid, and panels in which nothing
changes.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import ROOT
from matplotlib.figure import Figure
from pictures import collisions, is_whole
from worlds import crisis, outcomes_of

from sim.charts import sweeps
from sim.charts.page import INK, house_style
from sim.charts.past import LINES
from sim.cli.playing import OUTCOME_HELP
from sim.io.errors import UsageError
from sim.outcomes.summary import by_run
from sim.outcomes.summary_measures import MEASURES
from sim.results.sweep import Axis, as_texts, moved_by, read_axis, sentence

ONE = [Axis("actors.OST.support", ("0", "3"))]
TWO = [*ONE, Axis("horizon_days", ("30", "60", "90"))]


def rows(axes: list[Axis], **measures: list[float]) -> pd.DataFrame:
    """Return the table of a sweep with these values, the last axis running fastest."""
    cells = list(pd.MultiIndex.from_product([axis.values for axis in axes]))
    return pd.DataFrame(
        [
            {axis.path: value for axis, value in zip(axes, cell, strict=True)}
            | {
                "name": name,
                "says": f"{name} happens",
                "unit": "probability",
                "value": values[number],
            }
            for number, cell in enumerate(cells)
            for name, values in measures.items()
        ]
    )


@pytest.mark.parametrize(
    ("text", "values"),
    [("a.b=0:1:3", ("0", "0.5", "1")), ("a.b=low,high", ("low", "high")), ("a.b=2:2:1", ("2",))],
)
def test_an_axis_is_read(text: str, values: tuple[str, ...]) -> None:
    assert read_axis(text) == Axis("a.b", values)


@pytest.mark.parametrize(
    "text", ["a.b", "=1,2", "a.b=", "a.b=0:1", "a.b=0:1:0", "a.b=0:one:3", "a.b=0:inf:3"]
)
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"--grid {re.escape(text)}: allowed: path=low:high:steps"):
        read_axis(text)


def plays(shares: list[float], shared: bool = True, runs: int = 400) -> np.ndarray:
    """Return whether an event came about in each run of cells with these shares, by luck that cells
    share or not.
    """
    uniforms = np.random.default_rng(1).random((1 if shared else len(shares), runs))
    return (uniforms < np.array(shares)[:, None]).astype(float)


def test_an_axis_of_too_many_steps_is_refused_before_it_is_made() -> None:
    with pytest.raises(UsageError, match="a grid has at most 10,000 cells"):
        read_axis("horizon_days=1:3650:100000000000000")


def test_the_sentence_names_what_moves_a_measure_first() -> None:
    shares = [0.3, 0.2, 0.5, 0.4, 0.9, 0.6]
    assert sentence(rows(TWO, truce=shares), TWO, "truce", plays(shares)) == (
        "Truce happens: actors.OST.support moves it from 33% at 0 to 63% at 3; "
        "horizon_days moves it from 35% at 30 to 55% at 60 (means over the other value)."
    )
    one = sentence(rows(ONE, truce=[0.25, 0.5]), ONE, "truce", plays([0.25, 0.5]))
    assert one == "Truce happens: actors.OST.support moves it from 25% at 0 to 50% at 3."
    same = sentence(rows(ONE, truce=[0.25, 0.25]), ONE, "truce", plays([0.25, 0.25]))
    assert same == "Truce happens: 25% in every cell."


def test_the_sentence_makes_nothing_of_what_chance_may_bring() -> None:
    shares = [0.30, 0.32, 0.31, 0.60, 0.62, 0.63]
    assert sentence(rows(TWO, truce=shares), TWO, "truce", plays(shares, shared=False)) == (
        "Truce happens: actors.OST.support moves it from 31% at 0 to 62% at 3; "
        "horizon_days makes no difference beyond chance (means over the other value)."
    )
    near = rows(ONE, truce=[0.25, 0.28])
    assert "no difference beyond chance" in sentence(
        near, ONE, "truce", plays([0.25, 0.28], shared=False)
    )
    assert "moves it" in sentence(near, ONE, "truce", plays([0.25, 0.28])), (
        "common random numbers cancel"
    )


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize(("values", "size"), [(2, 400), (7, 400), (2, 40)])
@pytest.mark.parametrize("measure", ["lasting_stop_14", "deaths", "failed_truces"])
def test_chance_alone_seldom_moves_a_measure(values: int, size: int, measure: str) -> None:
    """Made-up cells that differ by luck alone: shares, medians of numbers and medians of counts."""
    axis = [Axis("actors.OST.support", tuple(map(str, range(values))))]
    unit = "probability" if measure in MEASURES[:10] else "things"
    pool = by_run(outcomes_of(crisis(), 2000, 20), measure)
    called = 0
    for seed in range(200):
        runs = np.random.default_rng(seed).choice(pool, (values, size))
        shown = runs.mean(axis=1) if unit == "probability" else np.median(runs, axis=1)
        table = rows(axis, **{measure: shown.tolist()}).assign(unit=unit)
        called += "moves it" in sentence(table, axis, measure, runs)
    assert called <= 18  # 200 times 1 in 22, and three standard errors


def test_a_median_that_is_moved_is_told() -> None:
    runs = np.random.default_rng(1).poisson([[3], [6]], (2, 400)).astype(float)
    table = rows(ONE, stops=np.median(runs, axis=1).tolist()).assign(unit="stops")
    said = sentence(table, ONE, "stops", runs)
    assert said == "Stops happens: actors.OST.support moves it from 3 stops at 0 to 6 stops at 3."


def test_a_measure_that_depends_on_the_horizon_is_told_as_what_it_is() -> None:
    axis = [Axis("horizon_days", ("5", "30"))]
    table = rows(axis, truce=[0.2, 0.4]).assign(
        says=["stops within 5 days", "stops within 14 days"]
    )
    assert as_texts(table, axis, ["truce"])[0][1] == "stops within 5 days / stops within 14 days"
    said = sentence(table, axis, "truce", np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert said.endswith(": not compared, because it means different things in different cells.")


def test_cells_are_told_in_their_order() -> None:
    table = rows(TWO, truce=[0.3, 0.2, 0.5, 0.4, 0.9, 0.6], war=[0, 1, 0, 1, 0, 1])
    headings, lines = as_texts(table, TWO, ["war", "truce"])
    assert headings == ["actors.OST.support", "horizon_days", "war happens", "truce happens"]
    assert lines[1] == ["0", "60", "100%", "20%"]
    assert lines[3] == ["3", "30", "100%", "40%"]


def test_an_axis_of_numbers_is_to_scale_and_logarithmic_over_decades() -> None:
    values = pd.DataFrame({"value": [7.0, 5, 3, 1], "low": None, "high": None})
    ax, short = Figure().subplots(1, 2)
    sweeps.plot_line(values.set_axis(["3", "0.1", "10", "1"]), "war", ax)
    assert ax.get_xscale() == "log"
    assert ax.lines[0].get_xydata().tolist() == [[0.1, 5], [1, 1], [3, 7], [10, 3]]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0.1", "1", "3", "10"]
    sweeps.plot_line(values.set_axis(["0", "1", "2", "8"]), "war", short)
    assert short.get_xscale() == "linear"
    assert short.lines[0].get_xdata().tolist() == [0, 1, 2, 8]


def test_the_sentence_names_a_fall_after_the_rise() -> None:
    axis = (Axis("a.b", ("1", "2", "3")),)
    table = rows(axis, war=[0.1, 0.9, 0.5])
    runs = np.repeat([[0.1], [0.9], [0.5]], 400, axis=1) > np.linspace(0, 1, 400)
    text = sentence(table, axis, "war", runs.astype(float))
    assert text.endswith("a.b moves it from 10% at 1 to 90% at 2, but it is 50% at 3.")


def test_help_and_codebook_name_every_outcome() -> None:
    codebook = (ROOT / "docs" / "reference" / "columns.md").read_text(encoding="utf-8")
    for text in (OUTCOME_HELP, codebook):
        assert set(MEASURES) <= set(re.findall(r"[a-z0-9_]+", text))


def test_a_panel_in_which_nothing_changes_can_be_read() -> None:
    line = sweeps.line(
        rows(ONE, war=[1, 1]).assign(parameters_low=None, parameters_high=None),
        "war",
        "actors.OST.support",
    )
    ax = Figure().add_subplot()
    sweeps.plot_line(line, "war", ax)
    assert ax.get_ylim() == (0, 101)
    same = sweeps.grid(rows(TWO, war=[1] * 6), "war", [axis.path for axis in TWO])
    _, *numbers = sweeps.plot_grid(
        same, sweeps.colours(same, share=True), "war", Figure().add_subplot()
    )
    assert {text.get_color() for text in numbers} == {"white"}
    changing = sweeps.grid(rows(TWO, war=[0, 0, 0, 0, 0, 1]), "war", [axis.path for axis in TWO])
    _, *numbers = sweeps.plot_grid(
        changing, sweeps.colours(changing, share=True), "war", Figure().add_subplot()
    )
    assert {text.get_color() for text in numbers} == {"white", INK}


@pytest.mark.parametrize(
    ("values", "share", "ends"),
    [
        ([97.4, 97.8], True, (95.1, 100.1)),
        ([20.0, 80.0], True, (20, 80)),
        ([1000.0, 1010.0], False, (979.75, 1030.25)),
        ([0.001, 0.002], False, (0.001, 0.002)),
        ([0.0, 0.0], False, (0, 0)),
    ],
)
def test_colours_do_not_make_much_of_little(
    values: list[float], share: bool, ends: tuple[float, float]
) -> None:
    assert sweeps.colours(pd.DataFrame([values]), share) == pytest.approx(ends)


@pytest.mark.parametrize(
    ("values", "joined"), [(("0", "0.5"), True), (("mediate", "aside"), False)]
)
def test_words_are_not_joined(values: tuple[str, str], joined: bool) -> None:
    table = rows([Axis("policies.OST", values)], war=[0.2, 0.4]).assign(
        parameters_low=0.1, parameters_high=0.5
    )
    ax = Figure().add_subplot()
    sweeps.plot_line(sweeps.line(table, "war", "policies.OST"), "war", ax)
    assert (ax.lines[0].get_linestyle() == "-") == joined
    assert (len(ax.collections), len(ax.patches)) == (
        (1, 0) if joined else (0, 2)
    )  # a band, or two bars


def drawn(folder: Path, axes: list[Axis], table: pd.DataFrame, outcomes: list[str]) -> Figure:
    """Return the chart of a sweep of 4 runs a cell that was asked for with 125 draws."""
    bands = {name: np.nan for name in ("parameters_low", "parameters_high") if name not in table}
    table.assign(**bands).to_parquet(folder / "sweep.parquet")
    said = {
        "title": "A sweep",
        "scenario": "island",
        "axes": [{**asdict(axis), "says": axis.path} for axis in axes],
        "drawn": [],
        "moved_by": {},
        "runs": 4,
        "draws": 125,
        "seed": 1,
    }
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    with house_style():
        return sweeps.draw(folder, outcomes)


def caption(figure: Figure) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts[2:])


@pytest.mark.parametrize(
    ("values", "told", "says"),
    [
        (
            ("0", "3"),
            ["truce", "war"],
            "Bands show parameter uncertainty: the middle 80% of the draws.",
        ),
        (("0", "3"), ["truce"], "if every value has one"),
        (("0", "3"), [], "There is no band"),
        (("low", "high"), ["truce", "war"], "Bars show parameter uncertainty"),
    ],
)
def test_a_caption_speaks_of_bands_that_are_drawn(
    tmp_path: Path, values: tuple[str, str], told: list[str], says: str
) -> None:
    axes = [Axis("actors.OST.support", values)]
    table = rows(axes, truce=[0.3, 0.4], war=[0.1, 0.2])
    table["parameters_low"], table["parameters_high"] = (
        [end if name in told else None for name in table["name"]] for end in (0.1, 0.5)
    )
    assert says in caption(drawn(tmp_path, axes, table, ["truce", "war"]))


def test_a_title_keeps_its_unit_and_a_caption_counts_the_draws_that_were_played(
    tmp_path: Path,
) -> None:
    long = "fighting stops for good within 14 days, or so it seems"
    table = rows(TWO, a=[0.1] * 6, b=[0.2] * 6, c=[0.3] * 6).assign(says=long)
    figure = drawn(tmp_path, TWO, table, ["a", "b", "c"])
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert len(titles) == 3
    assert all(title.endswith("\n(% of runs)") for title in titles)
    assert "4 runs per cell, 4 draws, seed 1" in caption(figure)


WORDS_OF_AN_AXIS = [f"a_word_that_is_rather_long_{number}" for number in range(7)]


@pytest.mark.parametrize(
    "axes",
    [
        [Axis("policies.OST", tuple(WORDS_OF_AN_AXIS))],
        [Axis("actors.OST.support", tuple(f"{value:.6g}" for value in np.linspace(0, 4, 40)))],
        [Axis("mechanisms.leverage", ("5", "1", "3", "40"))],
        [
            Axis("actors.OST.support", tuple(map(str, range(20)))),
            Axis("policies.OST", tuple(WORDS_OF_AN_AXIS)),
        ],
    ],
    ids=["long words", "forty numbers", "unsorted numbers", "a large grid"],
)
def test_labels_of_an_axis_do_not_overlap(tmp_path: Path, axes: list[Axis]) -> None:
    cells = int(np.prod([len(axis.values) for axis in axes]))
    table = rows(axes, a=list(np.linspace(0, 1, cells)), b=[0.2] * cells, c=[0.3] * cells)
    table["parameters_low"] = table["parameters_high"] = None
    figure = drawn(tmp_path, axes, table, ["a", "b", "c"])
    assert is_whole(figure) and collisions(figure) == []


def test_numbers_of_an_axis_are_sorted_and_words_keep_their_order() -> None:
    for values, told in ((("5", "1", "40"), ["1", "5", "40"]), (("z", "a"), ["z", "a"])):
        table = rows([Axis("a.b", values)], war=[0.5, 0.1, 0.9])
        table["parameters_low"] = table["parameters_high"] = None
        assert list(sweeps.line(table, "war", "a.b").index) == told


def test_the_title_of_a_sweep_names_its_lowest_and_its_highest_cell() -> None:
    table = rows(TWO, war=[0.1, 0.9, 0.5, 0.5, 0.5, 0.5])
    text = sweeps.finding(table, "war", [axis.path for axis in TWO])
    assert "from 10% of runs at " in text and " to 90% of runs at " in text
    table = rows(TWO, war=[0.1, 0.9, 0.5, 0.6, 0.6, 0.6])
    means = sweeps.finding(table, "war", [TWO[0].path])
    (path,) = [axis.path for axis in ONE]
    assert means == f"War happens: from 50% of runs at {path} 0 to 60% of runs at {path} 3"


def test_the_title_of_a_sweep_makes_nothing_of_what_chance_may_bring() -> None:
    shares = [0.25, 0.28]
    table = rows(ONE, truce=shares)
    for shared, end in ((True, "at actors.OST.support 3"), (False, "no difference beyond chance")):
        runs = plays(shares, shared=shared)
        title = sweeps.finding(table, "truce", moved_by(table, ONE, "truce", runs))
        assert title.endswith(end)
        assert ("no difference" in title) == (
            "no difference" in sentence(table, ONE, "truce", runs)
        )
    assert sweeps.finding(rows(ONE, truce=[0.2, 0.2]), "truce", []).endswith(
        "20% of runs everywhere"
    )


def test_every_map_has_numbers_where_small_letters_fit() -> None:
    values = pd.DataFrame([[10_879.0] * 5] * 4, index=list("0123"), columns=list("01234"))
    ax = Figure().add_subplot()
    sweeps.plot_grid(values, (0.0, 12_000.0), "", ax, (1.57, 1.57))
    assert [text.get_text() for text in ax.texts] == ["10,879"] * 20


def test_medians_are_in_front_of_history() -> None:
    values = pd.DataFrame(
        {"value": [1.0, 2.0], "low": [0.0, 1.0], "high": [2.0, 3.0]}, index=["0", "1"]
    )
    ax = Figure().add_subplot()
    median = sweeps.plot_line(values, "", ax)[0]
    assert median.get_zorder() > max(line["zorder"] for line in LINES)


def test_an_unknown_measure_of_a_sweep_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown measure 'truces' \(did you mean truce\?\)"):
        drawn(tmp_path, ONE, rows(ONE, truce=[0.1, 0.2]), ["truces"])
