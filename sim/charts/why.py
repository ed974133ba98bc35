"""What moves the outcomes: a tornado, with one row for each lever and one column an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.charts.chart import Chart
from sim.charts.lettering import fitted, lines_of
from sim.charts.page import INK, PALE, PARAMETERS_PALE, house_style, key, page, save
from sim.io.text import count
from sim.reasons.levers import Kind
from sim.reasons.outcomes import Outcome
from sim.reasons.sizes import signed_number
from sim.reasons.why import ASSOCIATION, EXPERIMENT, Why

ROW = 0.235
"""Height of a row in inches."""
LEFT = 3.55
PANEL = 1.62
GAP = 0.16
"""Left edge of the first panel, width of a panel and gap between panels, in inches."""
MOST_OUTCOMES = 3
COURSE = "Course of events in the runs (association)"
GROUPS = (
    (
        "Third parties: stance, or most support",
        (Kind.stance, Kind.support),
        8,
    ),
    ("Open values: high or other reading instead of low", (Kind.value,), 8),
    (COURSE, (Kind.course,), 4),
)
"""Heading of each group of rows, its kinds of lines, and the most rows."""
HEADINGS = {
    "duration_days": "duration (days)",
    "deaths": "battle deaths",
}


def shown_outcomes(why: Why) -> tuple[Outcome, ...]:
    """Return the outcomes that have a panel: the first ones."""
    return why.outcomes[:MOST_OUTCOMES]


def table(why: Why) -> pd.DataFrame:
    """Return one row for each thing that clearly moves an outcome that is shown.

    Columns are the group, the name of the row, and for each outcome the effect, both ends of its
    interval, and whether it is clear beyond chance. Within a group the strongest are first.
    """
    rows = []
    for heading, kinds, most in GROUPS:
        found = _of_kinds(why, kinds)
        rows += [{"group": heading, **row} for row in found[:most]]
    return pd.DataFrame(rows)


def _of_kinds(why: Why, kinds: Sequence[Kind]) -> list[dict[str, object]]:
    names = [outcome.name for outcome in shown_outcomes(why)]
    lines = [line for line in why.lines if line.kind in kinds and line.outcome.name in names]
    largest = {
        name: max((abs(line.effect) for line in lines if line.outcome.name == name), default=0.0)
        for name in names
    }
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    weights: dict[tuple[str, str, str], float] = {}
    for line in lines:
        place = (line.path, line.says, line.high)
        row = rows.setdefault(place, {"name": _name(line.kind, line.says, line.low, line.high)})
        scale = 100.0 if line.outcome.is_event else 1.0
        for column, value in (
            ("effect", line.effect),
            ("low", line.effect_low),
            ("high", line.effect_high),
        ):
            row[f"{line.outcome.name}_{column}"] = scale * value
        row[f"{line.outcome.name}_clear"] = line.clear
        share = abs(line.effect) / (largest[line.outcome.name] or 1.0)
        weights[place] = weights.get(place, 0.0) + share * line.clear
    chosen = sorted((place for place in rows if weights[place] > 0), key=lambda at: -weights[at])
    return [rows[place] for place in chosen]


def _name(kind: Kind, says: str, low: str, high: str) -> str:
    if kind is Kind.stance:
        return says
    return f"{says}: {low} \N{RIGHTWARDS ARROW} {high}"


def plot(rows: pd.DataFrame, outcome: Outcome, ax: Axes) -> list[Artist]:
    """Plot the effects on one outcome: a bar and its 95% interval for each row.

    Args:
        rows: rows of :func:`table`, with their place on the vertical axis in ``place``.
        outcome: the outcome.
        ax: the panel.
    """
    artists: list[Artist] = [ax.axvline(0, color="#666666", lw=0.7)]
    name = outcome.name
    if f"{name}_effect" not in rows:
        return artists
    for row in rows[rows[f"{name}_effect"].notna()].to_dict("records"):
        place, effect = row["place"], row[f"{name}_effect"]
        colour = PARAMETERS_PALE if row[f"{name}_clear"] else "white"
        bars = ax.barh(place, effect, height=0.62, fc=colour, ec="#6f8ca0", lw=0.6)
        artists.extend(bars.patches)
        ends = [row[f"{name}_low"], row[f"{name}_high"]]
        artists += ax.plot(ends, [place, place], color=INK, lw=1.1, solid_capstyle="butt")
    return artists


def _panel(ax: Axes, outcome: Outcome, places: int) -> None:
    """Set the axes of a panel."""
    ax.set_ylim(places - 0.5, -0.5)
    ax.set_yticks([])
    ax.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    ax.xaxis.set_major_formatter(lambda value, _: signed_number(value))
    ax.tick_params(axis="x", labelsize=7.5)
    ax.grid(axis="x", color=PALE, lw=0.5)
    ax.set_axisbelow(True)
    low, high = ax.get_xlim()
    reach = max(abs(low), abs(high))
    if -low < 0.12 * reach:  # room on the side without bars
        ax.set_xlim(left=-0.12 * reach)
    if high < 0.12 * reach:
        ax.set_xlim(right=0.12 * reach)
    heading = HEADINGS.get(outcome.name) or f"{outcome.says} (points)"
    ax.set_title("\n".join(lines_of(heading, PANEL, 8, most=2)), fontsize=8, pad=4)


def finding(why: Why) -> str:
    """Return what the chart shows as its title."""
    for outcome in why.outcomes:
        lines = why.strongest(outcome.name, Kind.stance, Kind.support, Kind.value, most=1)
        for line in lines:
            verb = "moves" if why.method == EXPERIMENT else "goes with"
            what = line.says[0].upper() + line.says[1:]
            moved = "duration" if outcome.name == "duration_days" else "outcome"
            return f"{what} {verb} the {moved} most: {line.size}"
    return "Nothing that was tested moves the outcomes by more than chance"


def draw(why: Why) -> Figure:
    """Draw what moves the outcomes."""
    rows = table(why)
    places = _with_places(rows)
    height = ROW * max(places, 2)
    text = (
        f"Difference of each outcome's mean, {_how(why, rows)}. Bars: effects; black lines: their "
        "95% intervals over draws."
    )
    note = f"{count(why.draws, 'draw')}, {count(why.runs, 'run')}{_each(why)}."
    sheet = page(height + 0.86, finding(why), _subject(why), text, note)
    for number, outcome in enumerate(shown_outcomes(why)):
        ax = sheet.axes(LEFT + number * (PANEL + GAP), 0.46, PANEL, height)
        plot(rows, outcome, ax)
        _panel(ax, outcome, max(places, 2))
        if number == 0:
            _write_names(rows, ax)
    key(sheet, _key(), 0.25, 0.0, columns=3)
    return sheet.figure


def _subject(why: Why) -> str:
    return f"{why.title}: what {'moves it' if why.method == EXPERIMENT else 'goes with it'}"


def _how(why: Why, rows: pd.DataFrame) -> str:
    """Return how the differences were found; the course of events is never an experiment."""
    if why.method != EXPERIMENT:
        return "associated in the runs"
    has_course = not rows.empty and bool((rows["group"] == COURSE).any())
    last = "; in the last group, associated in the runs"
    return f"moved alone in an experiment{last * has_course}"


def _each(why: Why) -> str:
    return "" if why.method == ASSOCIATION else " at each end, common random numbers"


def _with_places(rows: pd.DataFrame) -> int:
    """Add the place of each row to a table, with room for headings; return the number of places."""
    place = 0
    places = []
    group = ""
    for row in rows.to_dict("records"):
        if row["group"] != group:
            group = row["group"]
            place += 1
        places.append(place)
        place += 1
    rows["place"] = places
    return place


def _write_names(rows: pd.DataFrame, ax: Axes) -> None:
    """Write the names of rows and groups to the left of the first panel."""
    left = ax.get_yaxis_transform()
    edge = -(LEFT - 0.25) / PANEL
    group = ""
    for row in rows.to_dict("records"):
        if row["group"] != group:
            group = row["group"]
            heading = row["place"] - 1
            ax.text(edge, heading, group, transform=left, va="center", size=8, weight="bold")
        name = fitted(row["name"], LEFT - 0.4, 7.6)
        ax.text(-0.04, row["place"], name, transform=left, va="center", ha="right", size=7.6)


def _key() -> list[Artist]:
    return [
        Patch(fc=PARAMETERS_PALE, ec="#6f8ca0", lw=0.6, label="effect"),
        Line2D([], [], color=INK, lw=1.1, label="95% interval"),
        Patch(fc="white", ec="#6f8ca0", lw=0.6, label="may be chance"),
    ]


def draw_why(why: Why, folder: Path) -> None:
    """Draw an explanation into a folder, as PNG and SVG."""
    with house_style():
        save(draw(why), folder / CHART.name)


CHART: Chart[Why] = Chart(
    name="why",
    heading="What moves the outcomes, or goes with them",
    alt="One row for each stance, level of support and open value that moves an outcome, or only "
    "goes with it. Bars show the differences in duration, deaths and the ending, with intervals.",
    draw=draw,
    finding=finding,
)
