"""The folder in which cases run: a workspace with shipped files, and results to damage."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from sim import charts
from sim.arguments import judging
from validation.fuzz.calling import ROOT, Ended, here

SMALL = ("--runs", "12", "--draws", "4", "--workers", "1", "-q")
FEW = judging.Size(
    draws=8, runs=32, most=32, control=32, known=32, pair=32, fit_draws=8, fit_runs=32, records=2,
    quick=True,
)  # fmt: skip
"""Size of a comparison of few runs."""


@dataclass(frozen=True)
class Workplace:
    """A temporary workspace.

    Attributes:
        folder: the workspace, in which commands run.
        intact: copies of files and results, from which each case starts.
    """

    folder: Path
    intact: Path

    def state(self) -> dict[str, tuple[int, int]]:
        """Return the size and the time of change of every file and folder, by path."""
        found = {}
        for path in self.folder.rglob("*"):
            stat = path.lstat()
            found[str(path)] = (0 if path.is_dir() else stat.st_size, stat.st_mtime_ns)
        return found


def _done(args: tuple[str, ...], folder: Path) -> None:
    ended: Ended = here(args, folder)
    if ended.code or ended.error:
        raise RuntimeError(f"sim {' '.join(args)}: {ended.err}{ended.error}")


@contextmanager
def workplace(with_results: bool = True) -> Iterator[Workplace]:
    """Make a workspace in a temporary folder, with a copy of the shipped files.

    Args:
        with_results: also make a few results to damage. They have one chart each, because drawing
            takes most of the time.
    """
    with TemporaryDirectory(prefix="fuzz-") as made:
        intact = Path(made) / "intact"
        folder = Path(made) / "work"
        folder.mkdir()
        for name in ("scenarios", "seeds"):
            shutil.copytree(ROOT / name, intact / name)
        if with_results:
            _make_results(intact / "results", folder)
        yield Workplace(folder, intact)


def _make_results(out: Path, folder: Path) -> None:
    with (
        patch.object(charts, "CHARTS", charts.CHARTS[1:2]),
        patch.object(charts, "OF_VERDICTS", charts.OF_VERDICTS[1:2]),
        patch.object(judging, "QUICK", FEW),
    ):
        for args in _RESULTS:
            _done((*args, "--out", str(out)), folder)
    shutil.rmtree(out / ".blocks")


_RESULTS = (
    ("run", "april_2016", *SMALL),
    ("run", "april_2016", *SMALL, "--grid", "horizon_days=30,60"),
    ("compare", "golts", "markedonov", "pairs", "--quick", "--workers", "1", "-q"),
)
