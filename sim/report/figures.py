"""Charts embedded in a report, each with a description in words."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.charts.chart import Chart, Source


@dataclass(frozen=True)
class Figure:
    """One chart.

    Attributes:
        name: name of its files, without suffix.
        heading: what it is about.
        finding: what it shows, in one sentence: the title of the chart.
        says: a description for readers who cannot see the chart.
        image: data URL of the image; empty if the chart is not drawn.
    """

    name: str
    heading: str
    finding: str
    says: str
    image: str


def figures(charts: Sequence[Chart[Source]], source: Source, folder: Path) -> tuple[Figure, ...]:
    """Return charts of a result, in their order.

    Args:
        charts: the charts.
        source: the result.
        folder: its folder, in which the charts are drawn.
    """
    return tuple(
        Figure(
            chart.name,
            chart.heading,
            chart.finding(source) or chart.heading,
            chart.description(source),
            image(folder, chart.name),
        )
        for chart in charts
    )


def image(folder: Path, name: str) -> str:
    """Return a chart of a result as a data URL; empty if it is not drawn.

    Charts are in the folder ``charts`` of a result. Those of a later command are beside its tables.
    """
    places = (folder / "charts" / f"{name}.svg", folder / f"{name}.svg")
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return ""
    return f"data:image/svg+xml;base64,{b64encode(path.read_bytes()).decode()}"
