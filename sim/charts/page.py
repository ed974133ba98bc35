"""The page of a chart: the finding above, a caption below, and panels between them.

Panels are placed in inches, which is fast and gives the same layout on every machine. Texts are
wrapped by their measured width, so that they never leave the page.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from sim.charts.lettering import balanced, lines_of

WIDTH = 9.0
"""Width of a page in inches."""
DPI = 150

INK = "#222222"
SOFT = "#4a4a4a"
NOTE = "#6f6f6f"
FAINT = "#9a9a9a"
PALE = "#d4d4d4"
PARAMETERS = "#0072B2"
PARAMETERS_PALE = "#7fb3d6"
PARAMETERS_PALER = "#c6deee"
CHANCE = "#E69F00"
"""Blue shows parameter uncertainty and orange shows chance, in every chart."""
HISTORY = "#b2182b"
"""Dark red shows what happened, in every chart."""

STYLE: dict[Any, Any] = {
    "text.parse_math": False,  # titles come from files, so a dollar sign is not a formula
    "svg.fonttype": "none",
    "svg.hashsalt": "demarche",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],  # fallbacks for viewers of the SVG
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#666666",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # avoids a slow search for a free position
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.6,
}

_SIDE = 0.25
"""Margin at the left and right of texts in inches."""
TEXT_WIDTH = WIDTH - 2 * _SIDE
"""Width of a line of text in inches."""
_TITLE = 12.0
SUBJECT = 9.5
_CAPTION = 8.0
"""Sizes of the texts in points."""
_LINE = 1.35
"""Distance of two lines relative to the size of the letters."""
_TITLE_LINES = 2
SUBJECT_LINES = 2
"""Maximum number of lines of a title, and of the text below it."""
WIDE = (16.0, 9.0)
"""Width and height of a slide, in proportion."""
WIDE_PIXELS = 1920
"""Pixels across a slide."""


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the style of this project, whatever the user's Matplotlib settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


class Sheet(Figure):
    """A figure that notebooks display as an image, with or without pyplot.

    Attributes:
        head: height of the texts above the body, in inches.
        foot: height of the texts below the body, in inches.
    """

    head: float = 0.0
    foot: float = 0.0

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=DPI // 2)
        return buffer.getvalue()


@dataclass(frozen=True)
class Page:
    """A figure and the height in inches at which its body begins."""

    figure: Sheet
    floor: float

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Return a new panel. All lengths are in inches, from the lower left corner of the body."""
        page_width, page_height = self.figure.get_size_inches()
        return self.figure.add_axes(
            (
                left / page_width,
                (self.floor + bottom) / page_height,
                width / page_width,
                height / page_height,
            )
        )


def page(body: float, finding: str, subject: str, caption: str, note: str = "") -> Page:
    """Return an empty page.

    Args:
        body: height of the space for panels, in inches.
        finding: what the chart shows, in words: the title.
        subject: title of the scenario or comparison, and what is drawn.
        caption: at most two short sentences: how to read the chart.
        note: design of the ensemble, on a line of its own below the caption.
    """
    titles = balanced(finding, TEXT_WIDTH, _TITLE, most=_TITLE_LINES, bold=True)
    subjects = lines_of(subject, TEXT_WIDTH, SUBJECT, most=SUBJECT_LINES)
    captions = lines_of(caption, TEXT_WIDTH, _CAPTION) if caption else []
    notes = lines_of(note, TEXT_WIDTH, _CAPTION) if note else []
    title = len(titles) * _height(_TITLE)
    figure = Sheet(facecolor="white")
    figure.head = 0.12 + title + len(subjects) * _height(SUBJECT) + 0.08
    figure.foot = 0.14 + (len(captions) + len(notes)) * _height(_CAPTION)
    figure.set_size_inches(WIDTH, figure.head + body + figure.foot)
    for lines, size, top, look in (
        (titles, _TITLE, 0.1, {"weight": "bold"}),
        (subjects, SUBJECT, 0.13 + title, {"color": SOFT}),
    ):
        _write(figure, lines, size, figure.get_figheight() - top, **look)
    _write(figure, captions, _CAPTION, figure.foot - 0.08, color=SOFT)
    below = figure.foot - 0.08 - len(captions) * _height(_CAPTION)
    _write(figure, notes, _CAPTION, below, color=NOTE)
    return Page(figure, figure.foot)


def _height(size: float) -> float:
    """Return the height of a line of text in inches."""
    return size * _LINE / 72


def _write(figure: Sheet, lines: Sequence[str], size: float, top: float, **look: Any) -> None:
    """Write lines of text at the left margin, from a height in inches downwards."""
    width, height = figure.get_size_inches()
    place = _SIDE / width, top / height
    figure.text(*place, "\n".join(lines), size=size, va="top", linespacing=_LINE / 1.2, **look)


def widened(sheet: Figure) -> Figure:
    """Return a figure with its body stretched to the proportions of a slide, 16 to 9.

    A low page is stretched upwards, and a tall one sideways. Letters keep their size, so that a
    slide of a low page has large letters.
    """
    if not isinstance(sheet, Sheet):
        return sheet
    width, height = sheet.get_size_inches()
    across, down = WIDE
    wide = max(width, height * across / down)
    tall = wide * down / across
    stretch = (tall - sheet.head - sheet.foot) / (height - sheet.head - sheet.foot)

    def moved(y: float) -> float:
        """Return the new place of a point of the body, both as shares of the page."""
        return (sheet.foot + (y * height - sheet.foot) * stretch) / tall

    for ax in sheet.axes:
        box = ax.get_position(original=True)
        low, high = moved(box.y0), moved(box.y1)
        ax.set_position((box.x0, low, box.width, high - low))
    for text in sheet.texts:
        x, y = text.get_position()
        is_head = y * height > height - sheet.head
        inches = tall - height + y * height if is_head else y * height
        text.set_position((x * width / wide, inches / tall))
    for legend in sheet.legends:
        box = legend.get_bbox_to_anchor().transformed(sheet.transFigure.inverted())
        legend.set_bbox_to_anchor((box.x0, moved(box.y0)), sheet.transFigure)
    sheet.set_size_inches(wide, tall)
    return sheet


def beside(ax: Axes, last: Sequence[Artist] = ()) -> Legend:
    """Put the legend to the right of a panel, with the last label on top, as in a stack.

    Args:
        ax: the panel.
        last: entries at the bottom of the legend.
    """
    handles, _ = ax.get_legend_handles_labels()
    return ax.legend(
        handles=[*handles[::-1], *last],
        loc="upper left",
        bbox_to_anchor=(1.005, 1.03),
        handlelength=1.5,
        labelspacing=0.6,
    )


def key(sheet: Page, handles: Sequence[Artist], left: float, bottom: float, columns: int) -> Legend:
    """Put a legend on the page, at inches from the lower left corner of the body."""
    width, height = sheet.figure.get_size_inches()
    place = left / width, (sheet.floor + bottom) / height
    return sheet.figure.legend(
        handles=handles,
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=place,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.5,
        columnspacing=1.6,
        fontsize=8,
    )


def save(figure: Figure, stem: Path) -> None:
    """Write a figure as PNG and SVG. Repeated calls give identical bytes."""
    figure.savefig(stem.with_suffix(".png"), dpi=DPI, pil_kwargs={"compress_level": 3})
    figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})


def save_wide(figure: Figure, stem: Path) -> None:
    """Write a figure as a slide: a PNG file of 1920 by 1080 pixels, and an SVG file."""
    slide = widened(figure)
    dpi = WIDE_PIXELS / slide.get_figwidth()
    slide.savefig(stem.with_suffix(".png"), dpi=dpi, pil_kwargs={"compress_level": 3})
    slide.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
