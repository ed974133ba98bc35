"""What tests of charts share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.ensemble.ensemble import Plan, play
from sim.results import writer
from sim.results.reader import Result
from sim.scenario import Loaded, Scenario

MANIFEST = {"seed": 7, "runs": {"asked": 4, "done": 4, "failed": 0}}


def result_of(scenario: Loaded | Scenario, folder: Path, runs: int = 40, draws: int = 4) -> Result:
    loaded = scenario if isinstance(scenario, Loaded) else Loaded(scenario, {}, {})
    ensemble = play(Plan(loaded.scenario, runs, draws))
    assert not ensemble.failures, ensemble.failures[0].reason
    return writer.write(ensemble, loaded, folder, seconds=0.1)


def table(draw: list[int], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"draw": draw, **columns})


def words(figure: Figure) -> str:
    """Return all text above and below the panels, with wrapped lines joined."""
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def texts_of(figure: Figure) -> list[Text]:
    """Return the texts of a figure that a reader sees, the tick labels among them."""
    hidden = {
        label
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
        if not ax.axison or not within(tick.get_loc(), axis.get_view_interval())
    }
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden
    ]


def within(place: float, ends: Sequence[float]) -> bool:
    """Return whether a tick is on its axis, whatever its direction."""
    low, high = sorted(ends)
    return bool(low - 1e-9 <= place <= high + 1e-9)


def collisions(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts that overlap by more than a hair.

    Slanted texts are parallel, so that the boxes around them say nothing about each other.
    """
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    texts = [text for text in texts_of(figure) if text.get_rotation() % 90 == 0]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    inside = [(text, box) for text, box in boxes if box.width > 0]
    hair = 0.02 * figure.dpi
    return [
        (one, other)
        for (one, first), (other, second) in combinations(inside, 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > hair
        and min(first.y1, second.y1) - max(first.y0, second.y0) > hair
    ]


def is_whole(figure: Figure) -> bool:
    """Return whether nothing leaves the page."""
    box = figure.get_tightbbox()
    within = box.x0 >= 0 and box.y0 >= 0
    return within and box.x1 <= figure.get_figwidth() and box.y1 <= figure.get_figheight()
