"""Read a result folder without the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from glob import escape
from pathlib import Path
from typing import Any

import pandas as pd

from sim.catalogue import is_below
from sim.io.errors import Fault, InputError
from sim.io.version import __version__
from sim.outcomes.runs import Columns
from sim.outcomes.summary import Measure, as_frame, summarise
from sim.results.manifest import damaged, read_manifest
from sim.results.tables import Expected
from sim.scenario import Loaded, Scenario, digest, load
from sim.scenario.changes import with_changes

RESOLVED = "scenario.resolved.yaml"
CHANGED = (
    "differs from what was simulated (the digest in manifest.json); "
    "restore it, or simulate it again"
)
"""What is wrong with a resolved scenario that was edited."""
WITHOUT_RUNS = {
    "sweep.parquet": "a sweep",
    "comparison.json": "a comparison of arguments",
    "fit.json": "a fit",
    "calibration.json": "a calibration",
    "scores.json": "scores",
    "difference.csv": "a difference",
}
"""Kinds of folders without single runs, by a file that only they have."""
_TABLES = {"outcomes", "daily", "daily_by_draw", "parameters", "measures"}
"""Cached tables of a result that do not depend on where its folder is."""


@dataclass(frozen=True)
class Result:
    """A result folder. Tables are read on demand."""

    folder: Path

    @cached_property
    def loaded(self) -> Loaded:
        """The simulated scenario, with the sources of its values and the files that state them."""
        loaded = self._simulated()
        files = self.manifest.get("stated_in", {})
        stated = {
            path: (file, line) for file, lines in files.items() for path, line in lines.items()
        }
        return replace(loaded, sources={**loaded.sources, **stated})

    def _simulated(self) -> Loaded:
        """Load the resolved scenario; InputError names the version that can read it."""
        try:
            return load(self.folder / RESOLVED)
        except InputError as error:
            version = self.manifest["versions"].get("demarche", __version__)
            if version == __version__:
                raise
            what = (
                f"a result of version {version}, whose scenarios this version ({__version__}) "
                "cannot read; open it with that version, or simulate the scenario again"
            )
            raise InputError([Fault(str(self.folder), 0, "", what)]) from error

    @property
    def scenario(self) -> Scenario:
        """The simulated scenario."""
        return self.loaded.scenario

    @property
    def changed(self) -> str:
        """What the command line set, in words such as ``Russia standing aside``; may be empty."""
        return self.loaded.changed

    @property
    def plain_title(self) -> str:
        """The title of the scenario without what the command line set."""
        return self.scenario.title.removesuffix(with_changes(self.changed))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Versions, seed, digest, number of runs and time."""
        return read_manifest(self.folder / "manifest.json")

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row per run."""
        return self._table("outcomes")

    @cached_property
    def runs(self) -> Columns:
        """The columns of :attr:`outcomes` by name; those of many runs are read when needed."""
        path = self.folder / "outcomes.parquet"
        with _undamaged(path):
            columns = Expected.of(self.scenario, self.manifest).outcomes(path)

        def read(name: str) -> pd.Series[Any]:
            with _undamaged(path):
                return columns.read(name)

        return replace(columns, read=read)

    @cached_property
    def daily(self) -> pd.DataFrame:
        """One row per measure and day."""
        return self._table("daily")

    @cached_property
    def daily_by_draw(self) -> pd.DataFrame:
        """One row per day and draw."""
        return self._table("daily_by_draw")

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """One row per parameter draw."""
        return self._table("parameters")

    def _table(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.parquet"
        with _undamaged(path):
            return Expected.of(self.scenario, self.manifest).read(path)

    def check(self) -> None:
        """Read every file. Raise InputError if one is damaged or contradicts the others."""
        for name in ("daily", "daily_by_draw", "parameters"):
            getattr(self, name)
        for name in self.runs.names:
            self.runs[name]

    @property
    def is_as_simulated(self) -> bool:
        """Whether the resolved scenario still is the one of the manifest."""
        return digest(self.scenario) == self.manifest.get("digest")

    @cached_property
    def measures(self) -> list[Measure]:
        """The lines of the summary, computed from the outcomes."""
        return summarise(self.scenario, self.runs)

    @property
    def summary(self) -> pd.DataFrame:
        """The summary, with one row per measure, by name.

        :data:`sim.outcomes.summary.COLUMNS` describes the columns.
        """
        return as_frame(self.measures)


@contextmanager
def _undamaged(path: Path) -> Iterator[None]:
    """Name the file of a table that is not what is expected."""
    try:
        yield
    except ValueError as error:
        raise damaged(path, str(error)) from None


def open_result(folder: Path) -> Result:
    """Open a result folder. Raise InputError if it is not one."""
    if not folder.is_dir():
        what = f"no such folder{_similar(folder)}"
        what = "is a file, not a result folder" if folder.exists() else what
        raise InputError([Fault(str(folder), 0, "", what)])
    tables = [f"{name}.parquet" for name in ("outcomes", "daily", "daily_by_draw", "parameters")]
    needed = (RESOLVED, "manifest.json", *tables)
    missing = next((name for name in needed if not (folder / name).is_file()), None)
    if missing is None:
        _refuse_links(folder, needed)
        return Result(folder)
    kind = next((kind for name, kind in WITHOUT_RUNS.items() if (folder / name).is_file()), "")
    what = f"not a result folder: {missing} is missing"
    if kind:
        what = f"the folder of {kind}, which has no single runs"
    raise InputError([Fault(str(folder), 0, "", what)])


def just_written(folder: Path, measures: list[Measure], runs: Columns) -> Result:
    """Return a result in the folder where it was written, with its summary and what was read."""
    result = Result(folder)
    vars(result).update(measures=measures, runs=runs)
    return result


def moved(result: Result, folder: Path) -> Result:
    """Return a result after its folder was moved, with the tables that were already read."""
    copy = Result(folder)
    vars(copy).update({name: vars(result)[name] for name in _TABLES & vars(result).keys()})
    return copy


def _refuse_links(folder: Path, names: Iterable[str]) -> None:
    """Refuse files of a shared folder that are links to files elsewhere."""
    for name in names:
        if not is_below(folder / name, folder.resolve().parent):
            what = "is a link that leads outside the folder of results"
            raise InputError([Fault(str(folder / name), 0, "", what)])


def _similar(folder: Path) -> str:
    """Return a hint with the newest result whose name begins like that of a missing folder."""
    pattern = f"{escape(folder.name)}-*/manifest.json"
    manifests = [path for place in (folder.parent, Path("results")) for path in place.glob(pattern)]
    if not manifests:
        return "; sim results lists all result folders"
    newest = max(manifests, key=lambda path: path.stat().st_mtime)
    return f" (did you mean {newest.parent}?)"
