"""The charts of a result as a report shows them: embedded, each with a description in words."""

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
        name: name of its files.
        heading: what it shows.
        says: a description for whoever does not see it.
        image: address of the image, its data within; empty where the chart is not drawn.
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
    """Return the address of a result's chart, its data within; empty where it is not drawn."""
    path = folder / "charts" / f"{name}.svg"
    return f"data:image/svg+xml;base64,{b64encode(path.read_bytes()).decode()}" if path.is_file() else ""


def _peaks(lines: Lines) -> str:
    return _listed([lines["peak_2"], lines["peak_3"], lines["peak_4"]])


def _endings(lines: Lines) -> str:
    return _listed([line for line in lines.values() if line.name.startswith("ending_")])


def _duration(lines: Lines) -> str:
    return _medians([lines["duration_days"], lines["deaths"]])


def _ground(lines: Lines) -> str:
    return _medians([lines["territory_fought"], lines["territory_ceded"]])


def _listed(lines: list[Measure]) -> str:
    return "Of all runs: " + "; ".join(f"{line.says} {line.shown()[0]}" for line in lines) + "."


def _medians(lines: list[Measure]) -> str:
    return "Medians of all runs: " + "; ".join(f"{line.says} {line.shown()[0]}" for line in lines) + "."


DESCRIBED: dict[str, tuple[str, str, Callable[[Lines], str]]] = {
    "escalation": (
        "Level of fighting, day by day",
        "Two panels over the days after the onset: above, the share of runs on each level of fighting; below, the "
        "probability that there is fighting; with replicates enough, bands for what the coding leaves open.",
        _peaks,
    ),
    "endings": (
        "How the fighting ended",
        "A bar of all runs by how they ended, and below it each draw's own shares.",
        _endings,
    ),
    "duration_deaths": (
        "Duration of the fighting and battle deaths",
        "Two histograms over all runs, each with the draws' medians.",
        _duration,
    ),
    "territory": (
        "Ground that changed hands",
        "Left, single runs and the draws' means day by day; right, how much ground had changed hands at the end, "
        "by fighting and by agreement.",
        _ground,
    ),
    "ties": (
        "Ties at the onset and at the end",
        "Two tables of ties between actors, from -1, hostile, to 1, close: at the onset, and at the end of the play.",
        lambda lines: "",
    ),
}
"""Heading, description and numbers in words of every chart, by the name of its files."""
