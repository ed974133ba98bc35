"""Draw the pictures of the gallery: every chart for every main crisis.

``python -m docs.gallery`` simulates the crises and writes small pictures to ``docs/images/``. It takes a few minutes.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

import sim
from sim import charts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = Path(__file__).resolve().parent / "images"
REFERENCE = Path(__file__).resolve().parents[1] / "results" / "reference"
CRISES = ("april_2016", "july_2020", "autumn_2020", "georgia_2008")
PUBLISHED = ("verdicts", "marginals", "scores", "ranks")
"""Charts of long computations, taken from the reference results."""
WIDTH, COLOURS = 780, 128
"""Pixels across, and colours, of a picture."""


def pictures(results: Path) -> Iterator[tuple[str, Image.Image]]:
    """Yield the name and the picture of every chart of the gallery.

    Args:
        results: folder below which results are written.
    """
    made = {crisis: sim.run(crisis, out=results) for crisis in CRISES}
    for crisis, result in made.items():
        for name, _ in charts.CHARTS:
            yield f"{name}_{crisis}", _drawn(charts.draw_one(result, name))
    comparison = charts.draw_comparison(list(made.values()), results)
    yield "comparison", Image.open(comparison)
    sweep = sim.sweep(
        "april_2016", {"policies.RUS": ["aside", "mediate"]}, runs=500, draws=50, out=results
    )
    yield "sweep", _drawn(sweep.plot("ending_truce", "duration_days"))
    for name in PUBLISHED:
        yield name, Image.open(REFERENCE / f"{name}.png")


def _drawn(figure: Figure) -> Image.Image:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return Image.open(buffer)


def write(picture: Image.Image, path: Path) -> None:
    """Write a picture, made small."""
    height = round(picture.height * WIDTH / picture.width)
    small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
    small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def main() -> int:
    """Draw all pictures; returns an exit code."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as results:
        for name, picture in pictures(Path(results)):
            write(picture, IMAGES / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
