"""The difference between two simulations: quantities, each on its scale, above events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.charts.chart import Chart
from sim.charts.lettering import fitted
from sim.charts.page import INK, PALE, PARAMETERS_PALE, house_style, key, page, save
from sim.reasons.difference import Differences, Row
from sim.reasons.outcomes import is_of_mediator
from sim.reasons.sizes import signed_number, value_in_words

LEFT = 4.75
PANEL = 3.85
"""Left edge and width of the panels, in inches."""
ROW = 0.25
SCALE = 0.47
"""Height of a row of the events, and of a quantity with its scale, in inches."""
NAME = 3.2
"""Width of the name of a row, in inches."""
QUANTITIES = ("duration_days", "deaths", "failed_truces", "territory_fought", "territory_ceded")
LITTLE = 0.005
"""Smallest share of runs, on either side, of an event that has a row."""


def quantities(found: Differences) -> list[Row]:
    """Return the rows of quantities that are shown."""
    by_name = {row.outcome.name: row for row in found.rows}
    return [by_name[name] for name in QUANTITIES if name in by_name]


def events(found: Differences) -> list[Row]:
    """Return the rows of events that occur and do not occur in some runs."""
    return [
        row
        for row in found.rows
        if row.outcome.is_event
        and max(row.first, row.second) >= LITTLE
        and min(row.first, row.second) <= 1.0 - LITTLE
        and not (is_of_mediator(row.outcome.name) and not row.clear)
    ]


def plot(rows: Sequence[Row], ax: Axes) -> list[Artist]:
    """Plot differences: a dot, its 95% interval, and the middle 80% of the draws."""
    artists: list[Artist] = [ax.axvline(0, color="#666666", lw=0.8)]
    for place, row in enumerate(rows):
        scale = 100.0 if row.outcome.is_event else 1.0
        found = row.found
        if found.spread is not None:
            ends = [scale * end for end in found.spread]
            artists += ax.plot(
                ends, [place, place], color=PARAMETERS_PALE, lw=6, solid_capstyle="butt"
            )
        ends = [scale * found.low, scale * found.high]
        artists += ax.plot(ends, [place, place], color=INK, lw=1.2, solid_capstyle="butt")
        artists += ax.plot(
            scale * found.mean,
            place,
            "o",
            color=INK if row.clear else "white",
            mec=INK,
            ms=4.5,
            zorder=3,
        )
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks([])
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.xaxis.set_major_formatter(lambda value, _: signed_number(value))
    ax.tick_params(axis="x", labelsize=7.5, length=2, pad=2)
    ax.grid(axis="x", color=PALE, lw=0.5)
    ax.set_axisbelow(True)
    return artists


def _write_names(rows: Sequence[Row], ax: Axes) -> None:
    """Write the name of each row, and its value on both sides, to the left of a panel."""
    at = ax.get_yaxis_transform()
    for place, row in enumerate(rows):
        says = fitted(row.outcome.says, NAME, 8)
        ax.text(-(LEFT - 0.25) / PANEL, place, says, transform=at, va="center", size=8)
        values = [value_in_words(row.outcome, value) for value in (row.first, row.second)]
        unit = values[1].partition(" ")[2]
        first = values[0].removesuffix(f" {unit}") if unit else values[0]
        text = f"{first} \N{RIGHTWARDS ARROW} {values[1]}"
        ax.text(-0.03, place, text, transform=at, va="center", ha="right", size=7.6)


def draw(found: Differences) -> Figure:
    """Draw the differences between two simulations."""
    upper, lower = quantities(found), events(found)
    height = SCALE * len(upper) + ROW * max(len(lower), 1) + 0.35
    has_spread = any(row.found.spread is not None for row in (*upper, *lower))
    text = (
        "Dots: differences of means, hollow if they may be chance; lines: 95% intervals"
        f"{'; blue: middle 80% of draws' * has_spread}."
    )
    pairs = "Two unpaired simulations" if found.pairs is None else f"{found.pairs:,} pairs of runs"
    sheet = page(
        height + 0.62,
        finding(found),
        f"{found.title}{': ' * bool(found.title)}{found.labels[1]}, against {found.labels[0]}",
        text,
        " ".join((f"{pairs}.", *found.remarks)),
    )
    top = height + 0.36
    for number, row in enumerate(upper):
        ax = sheet.axes(LEFT, top - SCALE * number - 0.22, PANEL, 0.24)
        plot([row], ax)
        _write_names([row], ax)
    if lower:
        ax = sheet.axes(LEFT, 0.62, PANEL, ROW * len(lower))
        plot(lower, ax)
        _write_names(lower, ax)
        ax.set_xlabel("percentage points", fontsize=7.5, labelpad=2)
    key(sheet, _key()[: 2 + has_spread], 0.25, 0.0, columns=3)
    return sheet.figure


def finding(found: Differences) -> str:
    """Return what the chart shows as its title: the first clear difference."""
    return found.headline


def _key() -> list[Artist]:
    return [
        Line2D([], [], color=INK, marker="o", ms=4.5, ls="none", label="difference"),
        Line2D([], [], color=INK, lw=1.2, label="95% interval"),
        Line2D([], [], color=PARAMETERS_PALE, lw=6, label="middle 80% of draws"),
    ]


def draw_difference(found: Differences, folder: Path) -> None:
    """Draw a difference into a folder, as PNG and SVG."""
    with house_style():
        save(draw(found), folder / CHART.name)


CHART: Chart[Differences] = Chart(
    name="difference",
    heading="The difference between two simulations",
    alt="One row for each outcome: the difference between two simulations with its interval. "
    "Quantities have scales of their own, and events share one.",
    draw=draw,
    finding=finding,
)
