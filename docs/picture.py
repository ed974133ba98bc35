"""Draw the README's picture: the war of autumn 2020 as simulated, with the record marked.

``python -m docs.picture`` simulates the scenario and writes ``results/reference/overview.png``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

import sim
from sim.charts.page import house_style
from sim.evidence import load_for
from sim.outcomes.columns import ended
from sim.record.targets import Target, targets

SCENARIO = "autumn_2020"
FILE = Path(__file__).parents[1] / "results" / "reference" / "overview.png"
BLUE = "#4477aa"
RED = "#bb3322"
GREY = "#555555"
ENDINGS = {
    "truce": "a mediated ceasefire",
    "direct": "a ceasefire without a mediator",
    "lull": "a lull without a signature",
    "capitulation": "surrender",
    "fighting": "fighting goes on after day 90",
}


def draw(outcomes: pd.DataFrame, record: dict[str, Target]) -> Figure:
    """Return the picture of an outcomes table beside the record of its crisis."""
    with house_style():
        figure = Figure(figsize=(10, 3.9), facecolor="white")
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.05))
        deaths = outcomes["deaths_challenger"] + outcomes["deaths_defender"]
        _draw_duration(left, outcomes["duration_days"], record["duration"].observed)
        _draw_deaths(middle, deaths, record["deaths"].observed)
        _draw_endings(right, ended(outcomes))
        days = f"{outcomes['duration_days'].median():.0f} days"
        medians = f"{days} and {_rounded(deaths.median())} deaths"
        title = f"{medians} in the median of {len(outcomes):,} simulated runs"
        look = {"x": 0.015, "ha": "left", "fontweight": "bold", "size": 11.5}
        figure.suptitle(f"The war of autumn 2020: {title}", **look)
        legend = "Red: the historical record. Blue: simulated runs."
        figure.text(0.015, 0.02, legend, size=9, color=GREY)
        figure.subplots_adjust(left=0.06, right=0.985, top=0.82, bottom=0.25, wspace=0.28)
    return figure


def _draw_duration(ax: Axes, days: pd.Series, observed: float) -> None:
    _draw_histogram(ax, days, np.arange(0, 96, 6), observed, "{:.0f} days")
    ax.set(xlabel="days until the fighting stopped for good", ylabel="runs (%)", xlim=(0, 90))


def _draw_deaths(ax: Axes, deaths: pd.Series, observed: float) -> None:
    _draw_histogram(ax, deaths, np.geomspace(10, 40_000, 16), observed, "{:,.0f} deaths")
    ax.set(xscale="log", xlabel="battle deaths of both sides", xlim=(10, 40_000))
    ax.set_xticks([10, 100, 1000, 10_000])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())


def _rounded(value: float) -> str:
    return f"{round(value, -2):,.0f}"


def _draw_histogram(
    ax: Axes, values: pd.Series, edges: np.ndarray, observed: float, label: str
) -> None:
    ax.hist(
        values,
        bins=edges,
        weights=np.full(len(values), 100 / len(values)),
        color=BLUE,
        alpha=0.75,
        ec="white",
    )
    ax.axvline(observed, color=RED, lw=2)
    ax.set_title(f"history: {label.format(observed)}", color=RED, size=10, loc="left")


def _draw_endings(ax: Axes, endings: pd.Series) -> None:
    shares = [100 * (endings == name).mean() for name in ENDINGS]
    places = range(len(ENDINGS))
    ax.barh(places, shares, color=BLUE, alpha=0.75, height=0.45)
    for place, (text, share) in enumerate(zip(ENDINGS.values(), shares, strict=True)):
        ax.text(0, place - 0.3, f"{text}: {share:.0f}%", va="bottom", size=9)
    ax.plot(shares[0] + 4, 0, marker="D", color=RED, ms=7)
    ax.set_title("history: Russia mediated a ceasefire", color=RED, size=10, loc="left")
    ax.set(
        xlim=(0, 100), ylim=(len(ENDINGS) - 0.5, -0.75), xlabel="how it ends (% of runs)", yticks=[]
    )


def main() -> None:
    """Simulate, draw and write the picture."""
    facts = load_for(Path("scenarios") / "any").facts
    record = {target.name: target for target in targets(facts, SCENARIO)}
    with tempfile.TemporaryDirectory() as folder:
        outcomes = sim.run(SCENARIO, runs=8000, draws=400, out=folder).outcomes
    draw(outcomes, record).savefig(FILE, dpi=130)


if __name__ == "__main__":
    main()
