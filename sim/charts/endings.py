"""How runs ended, with parameter uncertainty."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.charts.chart import Chart, shares
from sim.charts.page import INK, PARAMETERS, key, page, short
from sim.charts.spread import caption, design, note
from sim.outcomes.columns import ended
from sim.outcomes.numbers import percent
from sim.outcomes.summary import Measure, probability
from sim.results.reader import Result
from sim.scenario import Scenario

COLOURS = ("#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#F0E442", "#D55E00", "#882255", "#999933")
"""Colours of mediators: Okabe and Ito's without the blue of parameters, and two of Tol's.

Further mediators reuse them, hatched.
"""
UNMEDIATED = {
    "direct": ("ceasefire without a mediator", "#ffffff", "////"),
    "lull": ("lull", "#d2d2d2", ""),
    "capitulation": ("capitulation", "#979797", "\\\\\\\\"),
    "fighting": ("fighting continues", "#3a3a3a", ""),
}
"""Label, colour and hatch of every ending without a mediator."""
ROWS = {
    "stopped": "fighting stopped\nfor good",
    "truce": "by a mediated\nceasefire",
    "direct": "by a ceasefire\nwithout mediator",
    "lull": "by a lull",
    "capitulation": "by capitulation",
    "fighting": "fighting continues",
    "outside": "a third party\nfought",
}
PLACES = (0.0, 1.3, 2.5, 3.5, 4.4, 5.3, 6.6)
"""Positions of the rows. The third party is set apart, because it overlaps with the endings."""
COLUMNS = ("share", "share_error", "low", "high", "low_error", "high_error")
"""Columns of the table of shares."""
LABELLED_FROM = 3.0
"""Percent from which a part of the bar shows its number."""


def parts(outcomes: pd.DataFrame) -> pd.Series[float]:
    """Return the percent of runs by ending: ceasefires by the mediator's code, then the rest.

    >>> endings = ["truce", "lull", "truce", "fighting"]
    >>> table = pd.DataFrame({"ending": endings, "broker": ["RUS", "none", "none", "none"]})
    >>> parts(table)[["RUS", "direct", "lull"]].tolist()
    [25.0, 25.0, 25.0]
    """
    ending_by_run = ended(outcomes)
    signed = outcomes.loc[ending_by_run == "truce", "broker"].value_counts()
    mediators = sorted(signed.index, key=lambda code: (-signed[code], code))
    endings = ending_by_run.value_counts()
    counts = {code: signed[code] for code in mediators}
    counts |= {name: endings.get(name, 0) for name in UNMEDIATED}
    return 100 * pd.Series(counts, dtype=float) / len(outcomes)


def shares_of_draws(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the percent of runs with each ending, and with a third party that fights.

    One row per ending. Column ``share`` is over all runs. ``low`` and ``high`` are the ends of the
    middle 80% of the draws' shares with the noise due to chance removed, or NaN if they cannot be
    estimated. ``share_error``, ``low_error`` and ``high_error`` are their Monte Carlo errors.
    """
    ending = ended(outcomes)
    hits = {"stopped": ending != "fighting"}
    hits |= {name: ending == name for name in ("truce", *UNMEDIATED)}
    hits["outside"] = outcomes["great_power_entry"]
    draw = outcomes["draw"].to_numpy(np.int64)
    rows = {name: _share(hit.to_numpy(dtype=float), draw) for name, hit in hits.items()}
    return 100 * pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS)


def _share(hit: NDArray[np.float64], draw: NDArray[np.int64]) -> list[float]:
    line = probability(hit, draw)
    unknown = (np.nan, np.nan)
    ends = (*(line.parameters or unknown), *(line.parameters_error or unknown))
    return [line.value, np.nan if line.error is None else line.error, *ends]


def looks(scenario: Scenario, names: list[str]) -> pd.DataFrame:
    """Return ``label``, ``colour`` and ``hatch`` of every part of the bar, one row per part.

    A mediator has the same colour in all scenarios with the same mediators.
    """
    actors = scenario.actors
    able = [code for code in scenario.third_parties if actors[code].broker_value is not None]
    mediators = dict.fromkeys([*able, *(name for name in names if name not in UNMEDIATED)])
    rows = dict(UNMEDIATED)
    for place, code in enumerate(mediators):
        label = f"ceasefire by {short(actors[code].name, 24)} ({code})"
        hatch = "" if place < len(COLOURS) else "xxxx"
        rows[code] = (label, COLOURS[place % len(COLOURS)], hatch)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["label", "colour", "hatch"]).loc[
        names
    ]


def plot_parts(percents: pd.Series[float], look: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot one bar of all runs, with numbers in the parts that are wide enough."""
    artists: list[Artist] = []
    left = 0.0
    for name, share in percents.items():
        part = look.loc[str(name)]
        edge = "#777777" if name == "direct" else "white"
        bar = ax.barh(
            0,
            share,
            left=left,
            height=1,
            color=part["colour"],
            hatch=part["hatch"],
            ec=edge,
            lw=0.8,
        )
        artists.extend(bar.patches)
        if share > LABELLED_FROM:
            artists.append(_number(str(name), left + share / 2, share, ax))
        left += share
    ax.set(xlim=(0, 100), ylim=(-0.5, 0.5), yticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(bottom=False, labelbottom=False)
    return artists


def _number(name: str, x: float, share: float, ax: Axes) -> Artist:
    text = f"{share:.0f}%" if name in UNMEDIATED else f"{name}\n{share:.0f}%"
    colour = "white" if name == "fighting" else INK
    hatched = name in ("direct", "capitulation")
    backing = {"facecolor": "white", "edgecolor": "none", "pad": 1.0} if hatched else None
    return ax.text(x, 0, text, ha="center", va="center", color=colour, size=8.5, bbox=backing)


def key_of(percents: pd.Series[float], look: pd.DataFrame) -> list[Artist]:
    """Return the legend of the bar, with the numbers of all parts, however narrow."""
    shown = (percent(share / 100) for share in percents)
    words = [f"{label}: {share}" for label, share in zip(look["label"], shown, strict=True)]
    return [
        Patch(fc=colour, hatch=hatch, ec="#777777", lw=0.5, label=label)
        for colour, hatch, label in zip(look["colour"], look["hatch"], words, strict=True)
    ]


def plot_shares(rows: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the share of every ending as a dot and the range of the draws as a line."""
    places = dict(zip(ROWS, PLACES, strict=True))
    artists: list[Artist] = [
        ax.axhline((PLACES[-2] + PLACES[-1]) / 2, color="#999999", lw=0.7, ls=(0, (4, 3)))
    ]
    for name, row in rows.iterrows():
        y = places[str(name)]
        if not np.isnan(row["low"]):
            artists += ax.plot(
                [row["low"], row["high"]], [y, y], color=PARAMETERS, lw=5, solid_capstyle="butt"
            )
            artists += ax.plot(
                [row["low"], row["high"]], [y, y], ls="none", marker="|", ms=10, color=PARAMETERS
            )
        marker, face, edge = ("D", "white", INK) if name == "outside" else ("o", INK, "white")
        artists += ax.plot(
            row["share"], y, marker=marker, mfc=face, mec=edge, ms=7, clip_on=False, zorder=3
        )
        artists.append(ax.text(102, y, _words(row), va="center", size=8.5))
    ax.set(xlim=(0, 100), ylim=(PLACES[-1] + 0.7, -0.7), xlabel="runs (%)")
    ax.set_yticks(PLACES, list(ROWS.values()))
    ax.grid(axis="x", color="#dddddd", lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0, pad=9)
    return artists


def _line(row: pd.Series[float]) -> Measure:
    """Return a share and its range as a line of the summary, so that both print alike."""
    share, error, low, high, *errors = (float(row[name]) / 100 for name in COLUMNS)
    if np.isnan(low):
        return Measure("", "", "probability", share, None, None, error)
    ends_error = (errors[0], errors[1])
    return Measure("", "", "probability", share, None, (low, high), error, None, ends_error)


def _words(row: pd.Series[float]) -> str:
    value, _, ends = _line(row).shown()
    return f"{value}  [{ends}]" if ends else value


def panel(result: Result, ax: Axes) -> list[Artist]:
    """Draw the share of every ending on axes."""
    return plot_shares(shares_of_draws(result.outcomes), ax)


def draw(result: Result) -> Figure:
    """Draw the chart of a result."""
    plan = design(result.outcomes, result.manifest)
    scenario = result.scenario
    percents = parts(result.outcomes)
    look = looks(scenario, [str(name) for name in percents.index])
    text = caption(
        "Shares of all runs by ending (bar and dots), and the share of runs in which a third party "
        "fought. Each share is rounded by itself.",
        "Blue lines and brackets show parameter uncertainty: the middle 80% of the draws' shares."
        if plan.shows_parameters
        else "",
    )
    rows = -(-len(percents) // 3)
    shares_by_ending = shares_of_draws(result.outcomes)
    few = any(_line(row).driven_by_few for _, row in shares_by_ending.iterrows())
    remarks = "A dot beyond its blue line is driven by a few draws." if few else ""
    sheet = page(
        3.95 + 0.19 * rows,
        scenario.title,
        f"How the fighting ended by day {scenario.horizon_days}",
        text,
        note(plan, remarks),
    )
    plot_parts(percents, look, sheet.axes(1.45, 3.35 + 0.19 * rows, 5.9, 0.55))
    key(sheet, key_of(percents, look), 0.35, 3.25, columns=3)
    plot_shares(shares_by_ending, sheet.axes(1.45, 0.45, 5.9, 2.6))
    return sheet.figure


CHART = Chart(
    name="endings",
    heading="How the fighting ended",
    alt="A bar with the shares of all runs by ending (top), and each share with its range over "
    "draws (bottom).",
    draw=draw,
    panels={"endings": panel},
    numbers=shares(
        "ending_truce", "ending_direct", "ending_lull", "ending_capitulation", "ending_fighting"
    ),
)
