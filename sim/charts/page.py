"""The page of a chart: a title above, a caption below, and panels between them.

Panels are placed in inches, which is fast and gives the same layout on every machine.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.legend import Legend
from matplotlib.ticker import MaxNLocator

WIDTH = 9.0
"""Width of a page in inches."""
DPI = 150

INK = "#222222"
FAINT = "#9a9a9a"
PALE = "#d4d4d4"
PARAMETERS = "#0072B2"
PARAMETERS_PALE = "#7fb3d6"
PARAMETERS_PALER = "#c6deee"
CHANCE = "#E69F00"
"""Blue shows parameter uncertainty and orange shows chance, in every chart."""

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
_LINE_TITLE = 0.22
_LINE_CAPTION = 0.165
"""Left margin, and heights of a line of the title and of the caption, in inches."""
_TITLE_CHARACTERS = 80
_TITLE_LINES = 2
_CAPTION_CHARACTERS = 146


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the style of this project, whatever the user's Matplotlib settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


class Sheet(Figure):
    """A figure that notebooks display as an image, with or without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=DPI // 2)
        return buffer.getvalue()


@dataclass(frozen=True)
class Page:
    """A figure and the height in inches at which its body begins."""

    figure: Figure
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


def page(body: float, title: str, subject: str, caption: str, note: str = "") -> Page:
    """Return an empty page.

    Args:
        body: height of the space for panels, in inches.
        title: title of the scenario or comparison.
        subject: what is shown, in a few words.
        caption: at most two sentences: what is shown, and how to read it.
        note: design of the ensemble and technical remarks, on separate lines below the caption.
    """
    titles = wrap(title, _TITLE_CHARACTERS, _TITLE_LINES)
    lines = wrap(caption, _CAPTION_CHARACTERS)
    lines += wrap(note, _CAPTION_CHARACTERS) if note else []
    head = _LINE_TITLE * (len(titles) + 1) + 0.15
    foot = _LINE_CAPTION * len(lines) + 0.2
    height = head + body + foot
    figure = Sheet(figsize=(WIDTH, height), facecolor="white")
    x = _SIDE / WIDTH
    figure.text(
        x, 1 - 0.1 / height, "\n".join(titles), size=12, weight="bold", va="top", linespacing=1.25
    )
    figure.text(x, 1 - (0.13 + _LINE_TITLE * len(titles)) / height, subject, size=10, va="top")
    figure.text(
        x,
        (foot - 0.08) / height,
        "\n".join(lines),
        size=8,
        va="top",
        color="#444444",
        linespacing=1.35,
    )
    return Page(figure, foot)


def wrap(text: str, characters: int, lines: int | None = None) -> list[str]:
    """Return the wrapped lines of a text.

    Args:
        text: the text.
        characters: maximum length of a line.
        lines: maximum number of lines; an ellipsis replaces text that does not fit.

    >>> wrap("one two three", 8)
    ['one two', 'three']
    """
    wrapped = textwrap.wrap(
        legible(text), characters, max_lines=lines, placeholder=" \N{HORIZONTAL ELLIPSIS}"
    )
    return wrapped or [""]


def short(text: str, characters: int) -> str:
    """Return a text shortened to one line with a maximum number of characters.

    >>> short("Duration of the fighting", 17)
    'Duration of the \N{HORIZONTAL ELLIPSIS}'
    """
    return wrap(text, characters, lines=1)[0]


def legible(text: str) -> str:
    """Return a text on one line, with a replacement mark for characters that the font lacks.

    >>> legible("two  spaces")
    'two spaces'
    """
    plain = " ".join(text.split())
    return "".join(
        letter if ord(letter) in _glyphs() else "\N{REPLACEMENT CHARACTER}" for letter in plain
    )


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def beside(ax: Axes) -> Legend:
    """Put the legend to the right of a panel, with the last label on top, as in a stack."""
    handles, labels = ax.get_legend_handles_labels()
    return ax.legend(
        handles[::-1],
        labels[::-1],
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


def in_days(ax: Axes) -> None:
    """Put ticks at whole days on the horizontal axis."""
    ax.xaxis.set_major_locator(MaxNLocator(9, integer=True))


def save(figure: Figure, stem: Path) -> None:
    """Write a figure as PNG and SVG. Repeated calls give identical bytes."""
    figure.savefig(stem.with_suffix(".png"), dpi=DPI, pil_kwargs={"compress_level": 3})
    figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
