"""Draw the README's picture: the war of autumn 2020 as simulated, with history marked.

``python -m docs.picture`` simulates the scenario and writes ``results/reference/overview.png``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sim
from sim.charts.duration_deaths import panel_of_deaths, panel_of_duration
from sim.charts.endings import OUTSIDE, Row, rows_of
from sim.charts.page import FAINT, HISTORY, PALE, SOFT, house_style
from sim.charts.past import LOOK, handle
from sim.record.history import History

SCENARIO = "autumn_2020"
FILE = Path(__file__).parents[1] / "results" / "reference" / "overview.png"
SHOWN = 5
"""Maximum number of endings."""


def draw(result: sim.Result) -> Figure:
    """Return the picture of a result beside what happened."""
    history = result.history
    assert history is not None, f"no record of {SCENARIO}"
    days, deaths = (result.summary.loc[name, "shown"] for name in ("duration_days", "deaths"))
    runs = len(result.outcomes)
    with house_style():
        figure = Figure(figsize=(10, 3.9), facecolor="white")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.05))
        figure.subplots_adjust(left=0.06, right=0.98, top=0.8, bottom=0.22, wspace=0.3)
        panel_of_duration(result, left)
        panel_of_deaths(result, middle)
        for ax, outcome in ((left, "duration_days"), (middle, "deaths")):
            known = history.get(outcome)
            assert known is not None
            ax.set_ylabel("runs (%)")
            _title(ax, f"history: {known.says}")
        _draw_endings(right, rows_of(result.scenario, result.outcomes, history), history)
        title = f"{days} and {deaths} in the median of {runs:,} simulated runs"
        look = {"x": 0.015, "ha": "left", "fontweight": "bold", "size": 11.5}
        figure.suptitle(f"The war of autumn 2020: {title}", **look)
        figure.legend(
            handles=[handle(history)], loc="lower left", bbox_to_anchor=(0.005, 0.0), frameon=False
        )
        note = "Grey: simulated runs (hatched: longer ones). Pale red: range of the record."
        figure.text(0.1, 0.029, note, size=8.5, color=SOFT)
    return figure


def _draw_endings(ax: Axes, rows: list[Row], history: History) -> None:
    """Draw the most frequent endings, with the one of history marked."""
    endings = [row for row in rows if row.name != OUTSIDE]
    most = sorted(endings, key=lambda row: (not row.happened, -row.share.value))[:SHOWN]
    shown = sorted(most, key=lambda row: -row.share.value)
    for place, row in enumerate(shown):
        ax.barh(place, 100 * row.share.value, color=PALE, ec=FAINT, lw=0.6, height=0.4)
        text = f"{row.label}: {row.share.shown()[0]}"
        colour = HISTORY if row.happened else SOFT
        ax.text(0, place - 0.27, text, va="bottom", size=8.5, color=colour)
        if row.happened:
            ax.plot(min(100 * row.share.value + 5, 103), place, ls="none", clip_on=False, **LOOK)
    ax.set(xlim=(0, 100), ylim=(len(shown) - 0.6, -0.75), xlabel="share of runs (%)", yticks=[])
    _title(ax, f"history: {history.name(history.mediator or '')} mediated a ceasefire")


def _title(ax: Axes, text: str) -> None:
    ax.set_title(text, color=HISTORY, size=9.5, loc="left", pad=9)


def main() -> None:
    """Simulate, draw and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        result = sim.run(SCENARIO, runs=8000, draws=400, out=folder)
        draw(result).savefig(FILE, dpi=130)


if __name__ == "__main__":
    main()
