"""Charts embedded in a report, each with a description in words."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.outcomes.summary import Measure
from sim.results.reader import Result

Lines = dict[str, Measure]


@dataclass(frozen=True)
class Figure:
    """One chart.

    Attributes:
        name: name of its files, without suffix.
        heading: what it shows.
        says: a description for readers who cannot see the chart.
        image: data URL of the image; empty if the chart is not drawn.
    """

    name: str
    heading: str
    says: str
    image: str


def figures(result: Result) -> list[Figure]:
    """Return the charts of a result, in the order of the report."""
    lines = {line.name: line for line in result.measures}
    return [
        Figure(name, heading, f"{shows} {read(lines)}".strip(), image(result.folder, name))
        for name, (heading, shows, read) in DESCRIBED.items()
    ]


def image(folder: Path, name: str) -> str:
    """Return a chart of a result as a data URL; empty if it is not drawn."""
    path = folder / "charts" / f"{name}.svg"
    return (
        f"data:image/svg+xml;base64,{b64encode(path.read_bytes()).decode()}"
        if path.is_file()
        else ""
    )


def _peaks(lines: Lines) -> str:
    return _listed([lines["peak_2"], lines["peak_3"], lines["peak_4"]])


def _endings(lines: Lines) -> str:
    return _listed([line for line in lines.values() if line.name.startswith("ending_")])


def _duration(lines: Lines) -> str:
    return _medians([lines["duration_days"], lines["deaths"]])


def _territory(lines: Lines) -> str:
    return _medians([lines["territory_fought"], lines["territory_ceded"]])


def _listed(lines: list[Measure]) -> str:
    return "Of all runs: " + "; ".join(f"{line.says} {line.shown()[0]}" for line in lines) + "."


def _medians(lines: list[Measure]) -> str:
    return (
        "Medians of all runs: "
        + "; ".join(f"{line.says} {line.shown()[0]}" for line in lines)
        + "."
    )


DESCRIBED: dict[str, tuple[str, str, Callable[[Lines], str]]] = {
    "escalation": (
        "Level of fighting, by day",
        "Two panels by day: the share of runs at each level of fighting (top), and the probability of fighting with "
        "bands for parameter uncertainty (bottom).",
        _peaks,
    ),
    "endings": (
        "How the fighting ended",
        "A bar with the shares of all runs by ending (top), and each share with its range over draws (bottom).",
        _endings,
    ),
    "duration_deaths": (
        "Duration of the fighting and battle deaths",
        "Two histograms of all runs, each with the medians of the draws.",
        _duration,
    ),
    "territory": (
        "Territory that changed hands",
        "Territory won by fighting, by day (left), and territory that changed hands by the end, by fighting and by "
        "agreement (right).",
        _territory,
    ),
    "ties": (
        "Ties at the onset and at the end",
        "Two tables of ties between actors, from -1 (hostile) to 1 (close): at the onset and at the end of the run.",
        lambda lines: "",
    ),
}
"""Heading, description and summary function of every chart, by the name of its files."""
