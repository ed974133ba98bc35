"""Draw the pictures of the gallery, and write its page: every chart for every main crisis.

``python -m docs.gallery`` simulates the crises and writes small pictures to ``docs/images/``. It
takes a few minutes. Names, headings and descriptions come from :mod:`sim.charts`.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

import sim
from docs.parts.places import DOCS, REFERENCE
from sim import charts
from sim.charts.chart import Chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = DOCS / "images"
CRISES = {
    "april_2016": "April 2016",
    "july_2020": "July 2020",
    "autumn_2020": "autumn 2020",
    "georgia_2008": "South Ossetia 2008",
}
"""Crises whose charts are shown, with their titles."""
SINGLE: tuple[Chart[Any], ...] = (charts.OF_SCENARIOS, charts.OF_VERDICTS[1], *charts.OF_FOLDERS)
"""Charts that are shown once."""
WIDTH = 780
"""Pixels across a picture."""
COLOURS = 128
"""Number of colours of a picture."""


def sections() -> str:
    """Return the sections of the page: heading, description and pictures of every chart."""
    of_crises = [_section(chart, _pictures_of_crises(chart)) for chart in charts.CHARTS]
    return "\n".join([*of_crises, *(_section(chart, [chart.name]) for chart in SINGLE)])


def _section(chart: Chart[Any], pictures: list[str]) -> str:
    titles = {f"{chart.name}_{crisis}": f", {title}" for crisis, title in CRISES.items()}
    lines = [f"![{chart.heading}{titles.get(name, '')}](images/{name}.png)\n" for name in pictures]
    return f"## {chart.heading}\n\n{chart.alt}\n\n{''.join(lines)}"


def _pictures_of_crises(chart: Chart[Any]) -> list[str]:
    return [f"{chart.name}_{crisis}" for crisis in CRISES]


def names() -> list[str]:
    """Return the names of all pictures."""
    of_crises = [name for chart in charts.CHARTS for name in _pictures_of_crises(chart)]
    return of_crises + [chart.name for chart in SINGLE]


def pictures(results: Path) -> Iterator[tuple[str, Image.Image]]:
    """Yield the name and the picture of every chart of the gallery.

    Args:
        results: folder below which results are written.
    """
    made = {crisis: sim.run(crisis, out=results) for crisis in CRISES}
    for crisis, result in made.items():
        for chart in charts.CHARTS:
            yield f"{chart.name}_{crisis}", _drawn(charts.draw_one(result, chart.name))
    yield "comparison", Image.open(charts.draw_comparison(made, results))
    grid = {"policies.RUS": ["aside", "mediate"]}
    sweep = sim.sweep("april_2016", grid, runs=500, draws=50, out=results)
    yield "sweep", _drawn(sweep.plot("ending_truce", "duration_days"))
    # charts of long computations come from the reference results
    for chart in SINGLE:
        if chart.name not in ("comparison", "sweep"):
            yield chart.name, Image.open(REFERENCE / f"{chart.name}.png")


def _drawn(figure: Figure) -> Image.Image:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return Image.open(buffer)


def write(picture: Image.Image, path: Path) -> None:
    """Write a picture in a small size, with few colours."""
    height = round(picture.height * WIDTH / picture.width)
    small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
    few = small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main() -> int:
    """Draw all pictures and return an exit code."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as results:
        for name, picture in pictures(Path(results)):
            write(picture, IMAGES / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
