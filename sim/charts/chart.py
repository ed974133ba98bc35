"""The declaration of a chart, which the report, the Python API and the gallery read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from sim.outcomes.summary import Measure
from sim.results.reader import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Source = TypeVar("Source")
"""What a chart shows: a result, a comparison of arguments, or the folder of a fit."""


@dataclass(frozen=True)
class Chart(Generic[Source]):
    """One chart.

    Attributes:
        name: name of its files, without suffix.
        heading: heading above it.
        alt: what it shows, for readers who cannot see it: at most two sentences.
        draw: function that returns its figure.
        finding: function that returns what the chart of a source shows, in one sentence without a
            full stop: the title of the figure. By default, the heading.
        panels: functions that draw a single panel on given axes, by the name of the panel.
        numbers: function that returns its main numbers in words; empty without numbers.
        has_data: function that returns whether there is anything to draw.
    """

    name: str
    heading: str
    alt: str
    draw: Callable[[Source], Figure]
    finding: Callable[[Source], str] = lambda source: ""
    panels: Mapping[str, Callable[[Source, Axes], object]] = field(default_factory=dict)
    numbers: Callable[[Source], str] = lambda source: ""
    has_data: Callable[[Source], bool] = lambda source: True

    def description(self, source: Source) -> str:
        """Return what the chart of a source shows, with its main numbers."""
        return f"{self.alt} {self.numbers(source)}".strip()


def shares(*names: str) -> Callable[[Result], str]:
    """Return a function that gives the probabilities with these names in words."""
    return lambda result: f"Of all runs: {_listed(result.measures, names)}."


def medians(*names: str) -> Callable[[Result], str]:
    """Return a function that gives the medians with these names in words."""
    return lambda result: f"Medians of all runs: {_listed(result.measures, names)}."


def _listed(lines: Sequence[Measure], names: Sequence[str]) -> str:
    by_name = {line.name: line for line in lines}
    return "; ".join(f"{by_name[name].says} {by_name[name].shown()[0]}" for name in names)
