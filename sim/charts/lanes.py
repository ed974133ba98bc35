"""Lanes of one run: what each actor does over the days, as bars with words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from sim.charts.lettering import legible, lines_of, width_of
from sim.charts.page import INK
from sim.results.chronicle.grammar import named
from sim.scenario import ESCALATIONS, STANCE_NAMES, Scenario
from sim.scenario.stances import Level
from sim.scenario.stances import stance as stance_named

LEFT, PANEL = 2.15, 6.6
"""Left edge and width of the panels, in inches."""
LANE = 0.25
"""Height of a lane in inches."""
SIZE = 7.5
"""Size of the words in bars, in points."""
ESCALATION = {
    "skirmish": ("skirmishes", "#f7cf73"),
    "limited_offensive": ("limited offensive", "#ef9a3c"),
    "full_offensive": ("full offensive", "#b3441f"),
}
"""Escalation levels in words, with colours; higher ones are darker, also in grey print."""
SIDES = ("#762a83", "#1b7837")
"""Colours of support for the challenger and for the defender."""
DEPTH = {Level.none: 0.0, Level.words: 0.16, Level.aid: 0.34, Level.arms: 0.58, Level.force: 0.95}
"""How dark a level of commitment is: light for words, dark for force."""
MEDIATION = "#e3e3df"
IDLE = (STANCE_NAMES[0], ESCALATIONS[0])
"""What is no span: standing aside, and holding fire."""
Colour = str | tuple[float, float, float]
Look = tuple[str, Colour]
"""Words and colour of a span."""


@dataclass(frozen=True)
class Span:
    """What an actor does for some days: from ``first`` to before ``end``, by its name."""

    first: int
    end: int
    what: str


def spans(states: Sequence[str], days: int) -> list[Span]:
    """Return what an actor does as spans, without standing aside or holding fire.

    Args:
        states: its stance or escalation level at the end of each day; the last one lasts.
        days: number of days on the axis.

    >>> spans(["aside", "mediate", "mediate", "aside"], 6)
    [Span(first=1, end=3, what='mediate')]
    """
    held = [*states[:days], *([states[-1]] * (days - len(states)))]
    edges = [0, *(i for i in range(1, days) if held[i] != held[i - 1]), days]
    found = [Span(a, b, held[a]) for a, b in pairwise(edges)]
    return [span for span in found if span.what not in IDLE]


def lanes(daily: pd.DataFrame, scenario: Scenario, days: int) -> dict[str, list[Span]]:
    """Return the spans of each third party that ever takes a stance, by name.

    Mere words or mediation on day 0 that end at the first review are left out, as in the text.
    """
    found = {}
    for column in daily.columns[daily.columns.str.startswith("stance_")]:
        name = scenario.actors[column.removeprefix("stance_")].name
        of_actor = [span for span in spans(list(daily[column]), days) if not _is_brief(span)]
        if of_actor:
            found[name] = of_actor
    return found


def _is_brief(span: Span) -> bool:
    level = stance_named(span.what).level
    return span.end == 1 and level <= Level.words


def plot_escalation(
    daily: pd.DataFrame, names: Mapping[str, str], days: int, ax: Axes
) -> list[Artist]:
    """Plot the escalation level of each side as bars with words, a lane for each.

    Args:
        daily: one row per day.
        names: names of the sides by code.
        days: number of days on the axis.
        ax: the axes.
    """
    held = {name: spans(list(daily[f"escalation_{code}"]), days) for code, name in names.items()}
    return _plot_lanes(held, days, lambda what: ESCALATION[what], ax)


def plot_stances(
    held: dict[str, list[Span]], sides: tuple[str, str], days: int, ax: Axes
) -> list[Artist]:
    """Plot each third party's stances as bars with words, a lane for each.

    Args:
        held: spans of each third party, by name.
        sides: names of the challenger and of the defender.
        days: number of days on the axis.
        ax: the axes.
    """
    return _plot_lanes(
        held, days, lambda what: (stance_words(what, sides), stance_colour(what)), ax
    )


def _plot_lanes(
    held: Mapping[str, list[Span]], days: int, look: Callable[[str], Look], ax: Axes
) -> list[Artist]:
    """Plot spans as bars with words.

    Args:
        held: spans by the name of their lane.
        days: number of days on the axis.
        look: function that gives the words and the colour of a span.
        ax: the axes.
    """
    artists: list[Artist] = []
    for lane, of_lane in enumerate(held.values()):
        ends = [0, *(span.end for span in of_lane)]
        firsts = [*(span.first for span in of_lane[1:]), days]
        for span, before, after in zip(of_lane, ends[:-1], firsts, strict=True):
            says, colour = look(span.what)
            width = span.end - span.first
            bar = ax.barh(
                lane,
                width,
                left=span.first,
                height=0.72,
                color=colour,
                edgecolor="white",
                linewidth=0.8,
            )
            artists += [bar[0], *_label(ax, lane, span, (before, after), says, colour, days)]
    ax.set(xlim=(0, days), ylim=(len(held) - 0.4, -0.6))
    names = ["\n".join(lines_of(name, LEFT - 0.35, 8, most=2)) for name in held]
    ax.set_yticks(range(len(held)), names, linespacing=0.9)
    return artists


def _label(
    ax: Axes, lane: int, span: Span, free: tuple[int, int], says: str, colour: Colour, days: int
) -> Iterator[Artist]:
    """Write words into a bar, else beside it where its lane is free, else nowhere."""
    inch = PANEL / days
    needed = width_of(says, SIZE) + 0.12
    gap = 0.06 / inch
    before, after = free
    if (span.end - span.first) * inch >= needed:
        ink = "white" if is_dark(colour) else INK
        yield ax.text(span.first + gap, lane, says, size=SIZE, va="center", color=ink)
    elif (after - span.end) * inch >= needed:
        yield ax.text(span.end + gap, lane, says, size=SIZE, va="center", color=INK)
    elif (span.first - before) * inch >= needed:
        yield ax.text(span.first - gap, lane, says, size=SIZE, va="center", ha="right", color=INK)


def stance_words(name: str, sides: tuple[str, str]) -> str:
    """Return a stance in a few words.

    >>> stance_words("arms_defender_mediate", ("Norland", "Sudland"))
    'arms Sudland, mediates'
    """
    stance = stance_named(name)
    if stance.side is None:
        return stance.says
    side = legible(named(sides[stance.side]))
    level = {Level.words: "words for", Level.aid: "aids", Level.arms: "arms"}.get(
        stance.level, "fights for"
    )
    return f"{level} {side}{', mediates' if stance.mediates else ''}"


def stance_colour(name: str) -> Colour:
    """Return the colour of a stance: that of its side, darker for a higher commitment."""
    stance = stance_named(name)
    if stance.side is None:
        return MEDIATION
    depth = DEPTH[stance.level]
    red, green, blue = (1 - depth * (1 - part) for part in to_rgb(SIDES[stance.side]))
    return red, green, blue


def is_dark(colour: Colour) -> bool:
    """Return whether white letters are better readable on a colour than dark ones.

    >>> is_dark("#0072B2"), is_dark("#ffffff")
    (True, False)
    """
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
