"""Charts: the numbers behind them by value, and that every result can be drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pictures import MANIFEST, result_of, table, words
from PIL import Image
from worlds import ALONE, crisis

from sim.arguments.reader import Compared
from sim.charts import (
    CHARTS,
    comparison,
    draw_all,
    draw_wide,
    findings,
    forest,
    lettering,
    score,
    spread,
)
from sim.charts.chart import Chart
from sim.charts.fonts import lacking
from sim.charts.page import house_style
from sim.cli.folders import LAST_LATIN
from sim.io.text import count
from sim.outcomes.summary import probability
from sim.results.reader import Result

NAMES = [chart.name for chart in CHARTS]


def figures(result: Result) -> dict[str, Figure]:
    with house_style():
        return {chart.name: chart.draw(result) for chart in CHARTS}


# Design and captions


def test_design_counts_runs_draws_and_replicates():
    plan = spread.design(table([0, 1, 2, 0, 1, 0]), {"seed": 0, "runs": {"failed": 2}})
    assert plan == spread.Design(runs=6, draws=3, fewest=1, most=3, seed=0, failed=2)
    assert (
        plan.words()
        == "6 runs: 3 draws with 1 to 3 replicates each, seed 0; 2 runs failed and left out."
    )


def test_design_of_one_run_is_worded_in_the_singular():
    assert spread.design(table([4]), MANIFEST).words() == "1 run: 1 draw with 1 replicate, seed 7."


@pytest.mark.parametrize(
    ("draws", "each", "chance", "coding"),
    [
        (1, 1, False, False),
        (1, 9, True, False),
        (9, 1, False, False),
        (9, 2, False, False),
        (9, 5, True, True),
    ],
)
def test_bands_are_left_out_if_they_cannot_be_estimated(draws, each, chance, coding):
    plan = spread.Design(draws * each, draws, each, each, 1)
    assert (plan.shows_chance, plan.shows_parameters) == (chance, coding)
    assert spread.missing_bands(plan)


# Chance and coding


def test_bands_of_shares_are_those_of_the_summary():
    rng = np.random.default_rng(3)
    draw = np.tile(np.arange(12), 8)
    hits = (rng.random((5, 96)) < np.linspace(0.1, 0.9, 12)[draw]).astype(float)
    shares = np.stack([[day[draw == d].mean() for d in range(12)] for day in hits])
    bands = spread.bands_of_shares(shares, np.full(12, 8.0))
    for day, low, high in zip(hits, bands[0], bands[-1], strict=True):
        assert (low, high) == pytest.approx(probability(day, draw).parameters)


def test_bands_of_draws_that_differ_by_chance_alone_are_points():
    shares = np.array([[0.4, 0.6, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    bands = spread.bands_of_shares(shares, np.full(4, 10.0))
    assert bands == pytest.approx(np.ones((4, 1)) * shares.mean(axis=1))


def test_by_day_drops_draws_without_runs():
    daily = pd.DataFrame({"day": [0, 0, 0, 1, 1, 1], "draw": [0, 1, 2] * 2, "runs": [2, 0, 1] * 2})
    values, runs = spread.by_day(daily.assign(fighting=[0.5, 0.0, 1.0, 0.0, 0.0, 1.0]), "fighting")
    assert values.tolist() == [[0.5, 1.0], [0.0, 1.0]]
    assert runs.tolist() == [2.0, 1.0]


# Several scenarios, scores and verdicts


MEANINGS = {"parameters": spread.PARAMETER_RANGE, "chance": spread.CHANCE_RANGE}
"""What a caption says of every kind of bar."""


def in_panels(figure: Figure, kind: str) -> bool:
    """Return whether a bar of parameters or chance is drawn in some panel."""
    colour, _ = comparison.KINDS[kind]
    return any(line.get_color() == colour for ax in figure.axes for line in ax.lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draws", "kinds"), [(2, ["parameters", "chance"]), (1, ["chance"]), (125, [])]
)
def test_a_comparison_names_the_bars_it_draws_and_the_draws_that_were_played(
    tmp_path, draws, kinds
):
    result = result_of(crisis(), tmp_path, runs=12, draws=draws)
    with house_style():
        figure = comparison.draw({"crisis": result})
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    for kind in comparison.KINDS:
        assert (comparison.KINDS[kind][1] in labels) == in_panels(figure, kind) == (kind in kinds)
        assert (MEANINGS[kind] in words(figure)) == (kind in kinds)
    assert "1 scenario, one row each" in words(figure)
    assert f"12 runs: {count(min(draws, 12), 'draw')} with " in words(figure)


def test_a_comparison_names_scenarios_by_title_and_marks_the_ending_that_happened(april):
    with house_style():
        figure = comparison.draw({"april_2016": april})
    ending = figure.axes[0]
    assert ending.get_yticklabels()[0].get_text().replace("\n", " ") == april.scenario.title
    (mark,) = [line for line in ending.lines if len(line.get_xdata())]
    share = comparison.table({"april_2016": april})["truce"].iloc[0]
    assert mark.get_xdata()[0] == pytest.approx(share / 2)  # Russia mediated
    twice = comparison.table({"first": april, "second": april})
    assert list(twice.index) == ["first", "second"]


@pytest.mark.slow
def test_tick_labels_of_a_comparison_stand_apart(tmp_path):
    short, long = (
        result_of(crisis({"scenario": name}), tmp_path, runs=3, draws=3)
        for name in ("short", "long")
    )
    for result, days, deaths in ((short, 2, 50.0), (long, 90, 8000.0)):
        result.outcomes["duration_days"] = days
        result.outcomes["deaths_challenger"] = result.outcomes["deaths_defender"] = deaths / 2
    with house_style():
        figure = comparison.draw({"short": short, "long": long})
    FigureCanvasAgg(figure).draw()
    texts = [
        text
        for ax in figure.axes
        for text in ax.get_xticklabels()
        if inside(text.get_position()[0], ax)
    ]
    boxes = [text.get_window_extent() for text in texts]
    assert len(boxes) > 10
    for left, right in pairwise(sorted(boxes, key=lambda box: box.x0)):
        assert right.x0 - left.x1 > 2


def inside(x: float, ax: Axes) -> bool:
    low, high = ax.get_xlim()
    return low <= x <= high


def scores_drawn(folder: Path, *crps: float) -> Figure:
    """Return the chart of scores with these CRPS, that of knowing nothing being 1."""
    folder.mkdir()
    row = {"crisis": "a", "forecast": "prior", "pit": 0.5}
    row |= {"sample": "out-of-sample", "baselines": {"know-nothing": [1.0, 0.0]}}
    said = {
        "scores": [
            {**row, "target": f"t{number}", "crps": value} for number, value in enumerate(crps)
        ]
    }
    (folder / "scores.json").write_text(json.dumps(said), encoding="utf-8")
    with house_style():
        return score.draw(folder)


def marks(artists: Sequence[Artist], marker: str) -> list[tuple[float, float]]:
    """Return the places of the marks of a kind."""
    lines = [line for line in artists if isinstance(line, Line2D) and line.get_marker() == marker]
    return [(float(x), float(y)) for line in lines for x, y in zip(*line.get_data(), strict=True)]


def test_scores_off_the_axis_are_arrow_heads(tmp_path):
    cut, whole = (
        scores_drawn(tmp_path / "cut", 0.5, 0.001),
        scores_drawn(tmp_path / "whole", 0.5, 0.02),
    )
    assert marks(cut.axes[1].lines, "<") == [(0.01, 1)]
    assert marks(cut.axes[1].lines, "o") == [(0.5, 0)]
    assert marks(cut.axes[0].lines, "o") == [(0.5, 0), (0.5, 1)]
    assert marks(whole.axes[1].lines, "<") == []
    assert ["Arrow heads mark 0.01 or less" in words(figure) for figure in (cut, whole)] == [
        True,
        False,
    ]
    assert "probability integral transform" in words(whole)
    assert "with ties split at random" in words(whole)


def verdicts_drawn(folder: Path, *effects: float) -> Figure:
    """Return the forest of one claim with these effects in margins."""
    folder.mkdir()
    verdict = {"claim": "A1", "claim_id": "A1", "says": "Who is asked for help helps."}
    verdict |= {"expects": "greater", "margin": 0.5, "effect": 0.5 * np.mean(effects)}
    verdict |= {
        "word": "holds",
        "verdict": "holds",
        "detail": "",
        "share": 1.0,
        "share_low": 0.9,
        "share_high": 1.0,
    }
    pd.DataFrame([verdict]).to_parquet(folder / "verdicts.parquet")
    table = pd.DataFrame({"world": "own", "claim": "A1", "effect": 0.5 * np.array(effects)})
    table.to_parquet(folder / "effects.parquet")
    said = {"kind": "comparison", "size": {"draws": 1, "runs": 40}, "seed": 1}
    said["thresholds"] = {"level": 0.999}
    (folder / "comparison.json").write_text(json.dumps(said), encoding="utf-8")
    with house_style():
        return forest.draw(Compared(folder))


def test_effects_off_the_axis_are_arrow_heads(tmp_path):
    cut, whole = (
        verdicts_drawn(tmp_path / "cut", 1.0, 2.0, 30.0, 50.0, 60.0),
        verdicts_drawn(tmp_path / "whole", -3.0, 1.0, 3.0),
    )
    assert set(marks(cut.axes[0].lines, ">")) == {(forest.REACH, 0)}
    assert len(marks(cut.axes[0].lines, ">")) == 4  # both bars, median and mean
    assert marks(cut.axes[0].lines, "o") == marks(cut.axes[0].lines, "<") == []
    assert marks(whole.axes[0].lines, ">") == []
    assert marks(whole.axes[0].lines, "o") == [(pytest.approx(1 / 3), 0)]
    assert ["Arrow heads mark 8 margins or more" in words(f) for f in (cut, whole)] == [True, False]
    assert words(cut).startswith("Of 1 reading of claims, 1 holds ")
    assert "1 draw, at least 40 runs per condition" in words(cut)
    assert "with its 99.9% interval" in words(cut)  # a quick comparison
    (label,) = (label.get_text() for label in cut.axes[0].get_yticklabels())
    assert label == "A1: Who is asked for help helps."


@pytest.mark.parametrize(
    ("value", "marker"), [(-9, "<"), (-8, "<"), (-7.9, "o"), (0, "o"), (8, ">"), (9, ">")]
)
def test_arrow_heads_point_beyond_the_edge(value, marker):
    assert forest.mark(value) == marker


# Text


def test_text_is_wrapped_to_a_width_and_cut_with_an_ellipsis():
    assert lettering.lines_of("one two three", 0.6, 10) == ["one two", "three"]
    assert lettering.lines_of("one two three four", 0.8, 10, most=1) == [
        "one two\N{HORIZONTAL ELLIPSIS}"
    ]
    assert lettering.lines_of("", 1.0, 10) == [""]


@pytest.mark.parametrize(
    "text", ["W" * 200, "iiiii " * 60, "\N{CYRILLIC CAPITAL LETTER SHCHA} " * 90]
)
def test_no_line_is_wider_than_its_page(text):
    lines = lettering.lines_of(text, 2.0, 9)
    assert max(lettering.width_of(line, 9) for line in lines) <= 2.0
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_measured_widths_are_those_of_matplotlib():
    figure = Figure()
    text = figure.text(0, 0, "The quick brown fox: 44 days", size=12, family="DejaVu Sans")
    drawn = text.get_window_extent(FigureCanvasAgg(figure).get_renderer()).width / figure.dpi
    assert lettering.width_of(text.get_text(), 12) == pytest.approx(drawn, rel=0.05)


def test_characters_the_font_has_not_are_replaced():
    assert (
        lettering.legible(
            "a\n\tb \N{CJK UNIFIED IDEOGRAPH-6F22} \N{LATIN SMALL LETTER E WITH ACUTE}"
        )
        == "a b \N{REPLACEMENT CHARACTER} \N{LATIN SMALL LETTER E WITH ACUTE}"
    )


@pytest.mark.parametrize(
    ("share", "says"),
    [
        (0.0, "no runs"),
        (0.001, "almost no runs"),
        (0.76, "three of four runs"),
        (0.5, "half of the runs"),
        (0.57, "57% of runs"),
        (0.999, "almost all runs"),
        (1.0, "all runs"),
    ],
)
def test_shares_are_told_in_words_where_they_have_a_plain_name(share, says):
    assert findings.part_of(share, "runs") == says


# Whole charts


@pytest.mark.slow
def test_every_chart_is_written_whole_as_png_and_svg(april):
    paths = draw_all(april)
    assert [path.name for path in paths] == [f"{name}.png" for name in NAMES]
    assert sorted(p.name for p in (april.folder / "charts").iterdir()) == sorted(
        f"{name}.{kind}" for name in NAMES for kind in ("png", "svg")
    )
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert ElementTree.parse(path.with_suffix(".svg")).getroot().tag.endswith("svg")
    assert not list(april.folder.glob(".*"))


@pytest.mark.slow
def test_svg_is_the_same_when_drawn_twice(april):
    first = [path.with_suffix(".svg").read_bytes() for path in draw_all(april)]
    assert [path.with_suffix(".svg").read_bytes() for path in draw_all(april)] == first


@pytest.mark.slow
def test_a_chart_that_fails_leaves_the_older_ones(april, monkeypatch):
    def fails(result: Result) -> Figure:
        raise RuntimeError

    monkeypatch.setattr("sim.charts.CHARTS", CHARTS[:1])
    before = {path: path.read_bytes() for path in draw_all(april)}
    failing = Chart("failing", "Failing", "It fails.", fails)
    monkeypatch.setattr("sim.charts.CHARTS", (*CHARTS[:1], failing))
    with pytest.raises(RuntimeError):
        draw_all(april)
    assert {path: path.read_bytes() for path in before} == before
    assert not list(april.folder.glob(".*"))


def test_captions_say_runs_draws_seed_and_which_is_which(april):
    for name, figure in figures(april).items():
        text = words(figure)
        assert april.scenario.title in text, name
        assert "40 runs: 4 draws with 10 replicates each, seed 1." in text, name


def test_a_title_is_the_finding_and_a_caption_has_two_sentences(april):
    for chart, figure in zip(CHARTS, figures(april).values(), strict=True):
        title, _, *below = [text.get_text().replace("\n", " ") for text in figure.texts]
        assert title == chart.finding(april) != chart.heading, chart.name
        assert below[0].count(". ") <= 1, chart.name


@pytest.mark.slow
def test_slides_are_drawn_beside_the_charts_in_full_size(april):
    paths = draw_wide(april)
    assert [path.parent.name for path in paths] == ["wide"] * len(NAMES)
    for path in paths:
        with Image.open(path) as picture:
            assert picture.size == (1920, 1080)
        assert path.with_suffix(".svg").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("runs", "draws", "says"),
    [
        (1, 4, "A single run shows neither chance nor parameter uncertainty."),
        (3, 2, "some draws have a single replicate"),
        (12, 1, "A single draw cannot show parameter uncertainty."),
        (9, 3, "some draws have fewer than 5 replicates"),
    ],
)
def test_a_caption_says_what_few_runs_cannot_show(tmp_path, runs, draws, says):
    drawn = figures(result_of(crisis(), tmp_path, runs, draws))
    assert says in words(drawn["duration_deaths"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        ALONE,
        {
            "actors": {
                code: {"broker_value": None, "stance": None} for code in ("OST", "WES", "MID")
            }
        },
        {"horizon_days": 1},
        {
            "actors": {"FAR": None, "MID": None},
            "conflict": {"contested_area_km2": {"range": [50, 150]}},
        },
    ],
    ids=["no third parties", "no mediators", "one day", "an area within a range"],
)
def test_odd_scenarios_can_be_drawn(tmp_path, changes):
    drawn = draw_all(result_of(crisis(changes), tmp_path, runs=12, draws=2))
    assert len(drawn) >= len(NAMES) - 2
    assert all(path.stat().st_size > 10_000 for path in drawn)


@pytest.mark.slow
def test_identical_runs_can_be_drawn(april, tmp_path):
    same = result_of(crisis({"horizon_days": 1}), tmp_path, runs=12, draws=2)
    same.outcomes["deaths_challenger"] = same.outcomes["deaths_defender"] = 0.0
    same.outcomes["territory_fought"] = same.outcomes["territory_ceded"] = 0.0
    assert len(draw_all(same)) == len(NAMES) - 1  # no territory changes hands


@pytest.mark.slow
def test_text_from_files_is_never_taken_for_formulas(tmp_path):
    title = "Costs $x_{1 and $\\frac{ a very long title " * 20
    wild = crisis(
        {
            "title": title,
            "actors": {"OST": {"name": "$Ost_{land$ & <sons> \N{CJK UNIFIED IDEOGRAPH-6F22}"}},
        }
    )
    svg = [
        path.with_suffix(".svg").read_text(encoding="utf-8")
        for path in draw_all(result_of(wild, tmp_path, runs=20))
    ]
    assert all("Costs $x_{1 and $\\frac{" in text for text in svg)
    assert all(path.is_file() for path in tmp_path.rglob("*.png"))


@pytest.mark.usefixtures("few_charts")
def test_drawing_leaves_the_settings_of_matplotlib_alone(april):
    before = dict(mpl.rcParams)
    draw_all(april)
    assert dict(mpl.rcParams) == before


def test_charts_can_draw_all_latin_letters() -> None:
    codes = range(0x20, ord(LAST_LATIN) + 1)
    printable = "".join(letter for letter in map(chr, codes) if letter.isprintable())
    assert lacking(printable) == ""
    assert lacking("\u5371\u6a5f") == "\u5371\u6a5f"
