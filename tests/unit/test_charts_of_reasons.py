"""Charts of what moves the outcomes, and of how two simulations differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from sim.charts import difference as chart_of_difference
from sim.charts import why as chart_of_why
from sim.charts.lettering import width_of
from sim.charts.page import house_style
from sim.reasons.difference import Differences, Row
from sim.reasons.estimates import paired
from sim.reasons.levers import Kind
from sim.reasons.lines import Line
from sim.reasons.outcomes import Outcome
from sim.reasons.why import Why

DURATION = Outcome("duration_days", "duration of the fighting", "days")
TRUCE = Outcome("ending_truce", "ends in a mediated ceasefire", "probability")
HOSTILE = "$x_{1}$ <b> \N{SNOWMAN}\N{CJK UNIFIED IDEOGRAPH-4E00} " + "long " * 40


def line(number: int, effect: float, kind: Kind = Kind.stance, p: float = 0.001) -> Line:
    return Line(
        outcome=DURATION,
        kind=kind,
        method="experiment",
        path=f"policies.P{number}",
        says=f"party {number} standing aside",
        low="its own choice",
        high="aside",
        effect=effect,
        effect_low=effect - 1,
        effect_high=effect + 1,
        error=0.4,
        draws_low=effect - 3,
        draws_high=effect + 3,
        p=p,
    )


def why_with(lines: list[Line]) -> Why:
    return Why("A crisis", "experiment", 625, 125, (DURATION, TRUCE), (20.0, 0.5), tuple(lines), 60)


def texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.texts]
    for ax in figure.axes:
        found += [text.get_text() for text in ax.texts]
    return "\n".join(found)


def test_the_strongest_are_shown_first_and_the_unclear_not_at_all() -> None:
    lines = [line(number, float(number)) for number in range(2, 32)]
    rows = chart_of_why.table(why_with([*lines, line(99, 80.0, p=0.9)]))
    assert len(rows) == 8
    assert rows["name"].iloc[0] == "party 31 standing aside"
    assert rows["duration_days_effect"].is_monotonic_decreasing


def test_what_may_be_chance_is_white() -> None:
    unclear = replace(line(2, 3.0, p=0.8), outcome=TRUCE)
    rows = chart_of_why.table(why_with([line(2, 9.0), unclear]))
    rows["place"] = 1
    ax = Figure().add_subplot()
    for outcome, colour in ((DURATION, chart_of_why.PARAMETERS_PALE), (TRUCE, "white")):
        artists = chart_of_why.plot(rows, outcome, ax)
        (bar,) = (artist for artist in artists if hasattr(artist, "get_facecolor"))
        assert bar.get_facecolor() == to_rgba(colour)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_and_hostile_names_can_be_drawn(kind: Kind) -> None:
    lines = [replace(line(1, 12.0, kind), says=HOSTILE, low="=1", high="<i>")]
    with house_style():
        figure = chart_of_why.draw(why_with(lines))
        figure.canvas.draw()
    assert "long long" in texts(figure)


def test_headings_of_groups_stay_beside_the_panels() -> None:
    for heading, _, _ in chart_of_why.GROUPS:
        assert width_of(heading, 8, bold=True) <= chart_of_why.LEFT - 0.25


def test_only_what_was_moved_alone_is_called_an_experiment() -> None:
    course = replace(line(7, 12.0, Kind.course), method="association")
    for lines, is_split in (([line(1, 9.0)], False), ([line(1, 9.0), course], True)):
        with house_style():
            told = texts(chart_of_why.draw(why_with(lines)))
        assert "moved alone in an experiment" in told
        assert ("in the last group, associated in the runs" in told) == is_split


def test_a_chart_of_nothing_says_so() -> None:
    with house_style():
        assert "Nothing that was tested" in texts(chart_of_why.draw(why_with([])))


def rows_of(pairs: bool) -> tuple[Row, ...]:
    random = np.random.default_rng(1)
    first = random.random(200) * 10
    found = paired(first, first + 5 + random.random(200), 20)
    found = found if pairs else replace(found, spread=None, differing=None)
    event = replace(found, mean=0.2, low=0.1, high=0.3, spread=None)
    return (
        Row(DURATION, 5.0, 10.5, (5.0, 10.5), found, 0.001),
        Row(TRUCE, 0.5, 0.7, None, event, 0.001),
    )


@pytest.mark.parametrize("pairs", [200, None])
def test_a_difference_names_its_sides_and_values(pairs: int | None) -> None:
    labels = ("the scenario as it is", HOSTILE)
    found = Differences(labels, rows_of(pairs is not None), pairs, "", ("A remark.",), "A crisis")
    with house_style():
        figure = chart_of_difference.draw(found)
        figure.canvas.draw()
    shown = texts(figure)
    assert "5 \N{RIGHTWARDS ARROW} 10 days" in shown and "50% \N{RIGHTWARDS ARROW} 70%" in shown
    assert ("200 pairs of runs." if pairs else "Two unpaired simulations.") in shown
    labels_shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert ("middle 80% of draws" in labels_shown) == (pairs is not None)
