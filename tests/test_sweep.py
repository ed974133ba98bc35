"""Sweeps: axes and what is wrong with them, what is told of a grid, and panels in which nothing changes."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.charts import sweeps
from sim.charts.page import INK
from sim.cli.playing import OUTCOME_HELP
from sim.errors import UsageError
from sim.summary import MEASURES
from sim.sweep import Axis, read_axis, sentence, told

ONE = [Axis("actors.OST.support", ("0", "3"))]
TWO = [*ONE, Axis("horizon_days", ("30", "60", "90"))]


def rows(axes: list[Axis], **measures: list[float]) -> pd.DataFrame:
    """Return the table of a sweep with these values, the last axis running fastest."""
    cells = list(pd.MultiIndex.from_product([axis.values for axis in axes]))
    return pd.DataFrame(
        [
            {axis.path: value for axis, value in zip(axes, cell, strict=True)}
            | {"name": name, "says": f"{name} happens", "unit": "probability", "value": values[number]}
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


@pytest.mark.parametrize("text", ["a.b", "=1,2", "a.b=", "a.b=0:1", "a.b=0:1:0", "a.b=0:one:3"])
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"--grid {re.escape(text)}: allowed: path=low:high:steps"):
        read_axis(text)


def test_the_sentence_names_both_ends_with_their_cells() -> None:
    table = rows(TWO, truce=[0.3, 0.2, 0.5, 0.4, 0.9, 0.6])
    low, high = "actors.OST.support=0, horizon_days=60", "actors.OST.support=3, horizon_days=60"
    assert sentence(table, TWO, "truce") == f"Truce happens: from 20% at {low} to 90% at {high}."
    assert sentence(rows(ONE, truce=[0.25, 0.25]), ONE, "truce") == "Truce happens: 25% in every cell."


def test_cells_are_told_in_their_order() -> None:
    table = rows(TWO, truce=[0.3, 0.2, 0.5, 0.4, 0.9, 0.6], war=[0, 1, 0, 1, 0, 1])
    headings, lines = told(table, TWO, ["war", "truce"])
    assert headings == ["actors.OST.support", "horizon_days", "war happens", "truce happens"]
    assert lines[1] == ["0", "60", "100%", "20%"]
    assert lines[3] == ["3", "30", "100%", "40%"]


def test_help_and_readme_name_every_outcome() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    for text in (OUTCOME_HELP, readme):
        assert set(MEASURES) <= set(re.findall(r"[a-z0-9_]+", text))


def test_a_panel_in_which_nothing_changes_can_be_read() -> None:
    line = sweeps.line(rows(ONE, war=[1, 1]).assign(coding_low=None, coding_high=None), "war", "actors.OST.support")
    ax = Figure().add_subplot()
    sweeps.plot_line(line, "war", ax)
    assert ax.get_ylim() == (0, 101)
    _, *numbers = sweeps.plot_grid(
        sweeps.grid(rows(TWO, war=[1] * 6), "war", [axis.path for axis in TWO]), "war", Figure().add_subplot()
    )
    assert {text.get_color() for text in numbers} == {"white"}
    changing = sweeps.grid(rows(TWO, war=[0, 0, 0, 0, 0, 1]), "war", [axis.path for axis in TWO])
    _, *numbers = sweeps.plot_grid(changing, "war", Figure().add_subplot())
    assert {text.get_color() for text in numbers} == {"white", INK}
