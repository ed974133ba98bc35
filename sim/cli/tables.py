"""Tables for terminals of any width: no word is broken, so that names can be read and copied."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text


class FittingTable(Table):
    """A table that prints each row as a paragraph where its words do not fit side by side.

    Attributes:
        names: number of the first columns that name a row.
    """

    names: int = 1

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, or its rows as paragraphs."""
        needs = [_needs(column, console, options) for column in self.columns]
        spare = options.max_width - sum(least for least, _ in needs) - 3 * len(needs) - 1
        if spare < 0:
            yield from self._paragraphs(options.max_width)
            return
        wanted = sum(most - least for least, most in needs)
        if wanted > spare:  # share out what is left over, because Rich may break words
            for column, (least, most) in zip(self.columns, needs, strict=True):
                column.width = least + (most - least) * spare // wanted
        yield from super().__rich_console__(console, options)

    def _paragraphs(self, width: int) -> Iterator[Text]:
        if self.title:
            yield Text(str(self.title))
        headings = [str(column.header) for column in self.columns[self.names :]]
        for row in zip(*(column.cells for column in self.columns), strict=True):
            cells = [str(cell) for cell in row]
            names = ", ".join(filter(None, cells[: self.names]))
            for line in _wrapped(names, width, indent=""):
                yield Text(line, style="bold")
            stated = zip(headings, cells[self.names :], strict=True)
            text = "; ".join(f"{heading}: {cell}" for heading, cell in stated if cell)
            yield from map(Text, _wrapped(text, width))


def _needs(column: Column, console: Console, options: ConsoleOptions) -> tuple[int, int]:
    """Return the width of a column's longest word, and of its longest line."""
    unlimited = options.update(width=10_000)
    texts = (column.header, *column.cells)
    widths = [Measurement.get(console, unlimited, text) for text in texts]
    most = max(width.maximum for width in widths)
    return most if column.no_wrap else max(width.minimum for width in widths), most


def _wrapped(text: str, width: int, indent: str = "    ") -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
