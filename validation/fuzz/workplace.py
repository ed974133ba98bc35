"""The folder in which cases run: a workspace with shipped files, and results to damage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from sim import charts
from sim.arguments import judging
from sim.results.layout import entries
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
def workplace(with_results: bool = True, results: Path | None = None) -> Iterator[Workplace]:
    """Make a workspace in a temporary folder, with a copy of the shipped files.

    Args:
        with_results: also make a few results to damage. They have one chart each, because drawing
            takes most of the time.
        results: folder of results that an earlier call made; they are made there if it is missing.
    """
    with TemporaryDirectory(prefix="fuzz-") as made:
        intact = Path(made) / "intact"
        folder = Path(made) / "work"
        folder.mkdir()
        for name in ("scenarios", "seeds"):
            shutil.copytree(ROOT / name, intact / name)
        if with_results:
            if results is not None and results.is_dir():
                shutil.copytree(results, intact / "results")
            else:
                _make_results(intact / "results", folder)
                if results is not None:
                    shutil.copytree(intact / "results", results)
        yield Workplace(folder, intact)


def _make_results(out: Path, folder: Path) -> None:
    """Make a result of every kind."""
    with (
        patch.object(charts, "CHARTS", charts.CHARTS[1:2]),
        patch.object(charts, "OF_VERDICTS", charts.OF_VERDICTS[1:2]),
        patch.object(judging, "QUICK", FEW),
    ):
        for args in _RESULTS:
            _done((*args, "--out", str(out)), folder)
        (run,) = (entry.folder for entry in entries(out) if entry.kind == "run")
        _done(("diff", str(run), "--set", "horizon_days=30", "-q", "--out", str(out)), folder)
        _done(("score", str(run), "-q", "--out", str(out)), folder)
        _done(("why", str(run), "--association", "-q"), folder)
    shutil.rmtree(out / ".blocks")
    _copy_fit(out)


def _copy_fit(out: Path) -> None:
    """Write the folders of a fit and of a calibration, which would take minutes to make."""
    shipped = ROOT / "results" / "reference"
    for name in ("fit", "calibration"):
        (out / f"{name}-0").mkdir()
    shutil.copyfile(shipped / "fit.json", out / "fit-0" / "fit.json")
    shutil.copyfile(ROOT / "scenarios/base/fitted.parquet", out / "fit-0" / "posterior.parquet")
    content = {"crises": ["april_2016"], "worlds": 8, "ranks": [[1, 2]], "files": []}
    text = json.dumps(content)
    (out / "calibration-0" / "calibration.json").write_text(text, encoding="utf-8")


_RESULTS = (
    ("run", "april_2016", *SMALL),
    ("run", "april_2016", *SMALL, "--grid", "horizon_days=30,60"),
    ("compare", "golts", "markedonov", "pairs", "--quick", "--workers", "1", "-q"),
)
