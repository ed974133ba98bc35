"""Result folders: how they are written, listed and removed.

Every result folder has a manifest that lists the files of the program under ``files``. All other
files belong to the user, and no command touches them. Traces and exports are recognised by name,
and a rerun leaves them in place.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from errno import EPERM
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

from sim.io.atomic import atomic_file, atomic_folder, clear, files_in
from sim.io.errors import InputError
from sim.io.mapping import read_mapping
from sim.io.text import count
from sim.scenario.document import read_document

BLOCKS = ".blocks"
"""Folder beside the result folders with finished blocks."""
FITS = ".fits"
"""Folder beside the result folders with finished levels of fits."""
POSTERIORS = ".posteriors"
"""Folder beside the result folders with posterior draws."""
MANIFESTS = {
    "comparison.json": "comparison",
    "fit.json": "fit",
    "calibration.json": "calibration",
    "scores.json": "scores",
    "manifest.json": "run",
}
"""Manifest of each kind of result. A ``manifest.json`` may state another kind than a run."""
KINDS = ("run", "sweep", "scenarios", "difference", *MANIFESTS.values())
DAMAGED = "damaged"
SEAL = "seal.json"
"""Seal of a result, which a rerun leaves in place."""
PERMANENT = ("fit", "calibration", DAMAGED)
"""Kinds that are never removed.

Scenarios may use fits, and a person should look at damaged folders.
"""

_OF_RUN = """scenario.resolved.yaml outcomes.parquet outcomes.csv daily.parquet
    daily_by_draw.parquet parameters.parquet posterior.parquet summary.json summary.csv report.html
    sweep.parquet sweep.csv sweep.png sweep.svg"""
_OF_COMPARISON = """verdicts.json verdicts.csv verdicts.parquet effects.parquet controls.parquet
    curves.parquet drivers.parquet maps.parquet pairs.parquet power.parquet matrix.parquet
    by_hand.parquet weights.parquet confusion.parquet report.html"""


def _names(files: str, charts: str = "") -> frozenset[str]:
    drawn = {f"charts/{name}.{form}" for name in charts.split() for form in ("png", "svg")}
    return frozenset({*files.split(), *drawn})


_BY_NAME = {
    "manifest.json": _names(
        f"manifest.json {_OF_RUN}", "escalation endings duration_deaths territory ties"
    ),
    "comparison.json": _names(
        f"comparison.json {_OF_COMPARISON}", "confusion verdicts driver_maps record"
    ),
    "fit.json": _names("fit.json posterior.parquet marginals.png marginals.svg"),
    "calibration.json": _names("calibration.json ranks.png ranks.svg"),
    "scores.json": _names("scores.json scores.csv scores.png scores.svg"),
}
"""Files of the program in folders whose manifest has no list of files."""
_UNLISTED = re.compile(
    r"seal\.json|traces/run_\d+(_(choices|days|cameo))?\.csv|traces/run_\d+\.(export\.CSV|png|svg)|"
    r"export/(outcomes|daily|parameters|summary|codebook)\.(csv|dta|xlsx)"
)
_BLOCK = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}|[0-9a-f]{16}\.parquet")


# Writing


@contextmanager
def result_folder(target: Path, manifest: str) -> Iterator[Path]:
    """Yield a temporary folder for a complete result, and then move it into place.

    If ``target`` exists, its files are replaced one by one. Old files of the program are removed.
    All other files stay.

    Args:
        target: the result folder.
        manifest: name of the manifest, which the caller writes; the list of files is added to it.

    Raises:
        OSError: the folder cannot be written, or is a link.
    """
    if target.is_symlink():
        raise OSError(EPERM, "is a link; nothing is written through it", str(target))
    with atomic_folder(target, last=manifest) as aside:
        yield aside
        names = {file.relative_to(aside).as_posix() for file in files_in(aside)}
        _write(aside / manifest, {**_read(aside / manifest), "files": sorted(names)})
        stale = written(target) - names
    _remove(target, stale)


@contextmanager
def addition(folder: Path, below: str = "") -> Iterator[Path]:
    """Yield a temporary folder, and then move its files into a result folder.

    They replace files of the same name.

    Args:
        folder: the result folder.
        below: folder inside it; old files of the program in it are removed.
    """
    with atomic_folder(folder / below, aside_in=folder) as aside:
        yield aside
        inside = PurePosixPath(below)
        names = {(inside / file.relative_to(aside)).as_posix() for file in files_in(aside)}
    stale = {name for name in written(folder) if below and name.startswith(f"{below}/")} - names
    _remove(folder, stale)
    manifest = manifest_of(folder)
    if manifest is not None and not names <= _listed(folder):
        files = sorted((written(folder) - stale) | names)
        _write(manifest, {**_read(manifest), "files": files})


def manifest_of(folder: Path) -> Path | None:
    """Return the manifest of a result folder, or None if there is none."""
    return next((folder / name for name in MANIFESTS if (folder / name).is_file()), None)


def _read(manifest: Path) -> dict[str, Any]:
    """Return the content of a manifest; empty if it cannot be read."""
    try:
        return read_mapping(manifest)
    except (ValueError, OSError):
        return {}


def _write(manifest: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False)
    with atomic_file(manifest) as aside:
        aside.write_text(text + "\n", encoding="utf-8")


def _listed(folder: Path) -> frozenset[str]:
    """Return the names of the files that the program wrote into a folder, existing or not."""
    manifest = manifest_of(folder)
    if manifest is None:
        return frozenset()
    files = _read(manifest).get("files")
    return frozenset(map(str, files)) if isinstance(files, list) else _BY_NAME[manifest.name]


def written(folder: Path) -> set[str]:
    """Return the names of existing files that the program wrote with the result."""
    return {name for name in _listed(folder) if _is_inside(folder, name)}


def _is_inside(folder: Path, name: str) -> bool:
    """Return whether a name refers to a file inside the folder.

    The manifest may come from a stranger, so names that lead outside are refused.
    """
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
        return False
    file = folder / name
    try:
        return file.is_file() and file.parent.resolve().is_relative_to(folder.resolve())
    except OSError:  # too long for a name
        return False


def _remove(folder: Path, names: Collection[str]) -> None:
    """Remove files from a folder, and inner folders that are then empty."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for inner in {(folder / name).parent for name in names} - {folder}:
        with suppress(OSError):  # not empty, or gone
            inner.rmdir()


# Listing


@dataclass(frozen=True)
class Entry:
    """A summary of a result folder.

    Attributes:
        folder: the folder.
        kind: run, sweep, scenarios, difference, comparison, fit, scores, calibration or damaged.
        scenario: name of the scenario, or several names.
        title: title of the result.
        design: what else tells it from other experiments: the axes of a sweep with their values, or
            the forecasts that scores are of.
        set: values that the command line set, by path.
        changed: the same in words, as the title ends with them.
        runs: total number of runs; None if there are none.
        seed: seed of the random numbers.
        written: date and time of writing (ISO 8601, UTC).
        bytes: disk space that its removal would free.
    """

    folder: Path
    kind: str
    scenario: str
    title: str
    design: str = ""
    set: dict[str, str] = field(default_factory=dict)
    changed: str = ""
    runs: int | None = None
    seed: int | None = None
    written: str = ""
    bytes: int = 0

    def record(self) -> dict[str, Any]:
        """Return the entry as plain values."""
        return {**asdict(self), "folder": str(self.folder)}


def entries(out: Path) -> list[Entry]:
    """Return the result folders directly below a folder, newest first."""
    results = [entry for folder in out.iterdir() if (entry := _entry(folder)) is not None]
    return sorted(
        results,
        key=lambda entry: (entry.written, _changed(entry.folder), entry.folder.name),
        reverse=True,
    )


def _entry(folder: Path) -> Entry | None:
    manifest = manifest_of(folder) if folder.is_dir() and not folder.name.startswith(".") else None
    if manifest is None:
        return None
    content = _read(manifest)
    kind = _kind(manifest.name, content)
    try:
        details = _DETAILS.get(kind, _of_run)(folder, content) if content else {}
    except (KeyError, TypeError, ValueError, AttributeError, InputError):
        details = {}
    if not details:
        kind = DAMAGED
        details = {"scenario": "", "title": f"{manifest.name} cannot be read"}
    return Entry(
        folder=folder,
        kind=kind,
        set={str(path): str(value) for path, value in _mapping(content.get("set")).items()},
        changed=str(content.get("changed", "")),
        seed=_seed(content),
        written=_date(content.get("written"), manifest),
        bytes=size(folder),
        **details,
    )


def _kind(manifest: str, content: Mapping[str, Any]) -> str:
    stated = content.get("kind")
    if manifest == "manifest.json":
        return stated if stated in KINDS else "sweep" if "axes" in content else "run"
    return MANIFESTS[manifest]


def _of_run(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    title = content.get("title")
    if title is None:  # early manifests have no title
        file = folder / "scenario.resolved.yaml"
        title = read_document(file, str(file)).values.get("title", "")
    return {
        "scenario": str(content["scenario"]),
        "title": str(title),
        "runs": int(content["runs"]["done"]),
    }


def _of_sweep(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    cells = prod(len(axis["values"]) for axis in content["axes"])
    axes = " and ".join(str(axis["path"]) for axis in content["axes"])
    title = f"{content['title']}, over {axes}"
    return {
        "scenario": str(content["scenario"]),
        "title": title,
        "design": " ".join(
            f"{a['path']}={','.join(map(str, a['values']))}" for a in content["axes"]
        ),
        "runs": cells * int(content["runs"]),
    }


def _of_scenarios(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    names = ", ".join(map(str, content["scenarios"]))
    return {"scenario": names, "title": f"{len(content['scenarios'])} scenarios compared"}


def _of_difference(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    labels = [str(side["label"]) for side in content["sides"]]
    return {
        "scenario": ", ".join(dict.fromkeys(map(str, content["scenarios"]))),
        "title": str(content["title"]),
        "design": " and ".join(labels),
        "runs": int(content["runs"]),
    }


def _of_comparison(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    names = ", ".join(str(argument["name"]) for argument in content["arguments"])
    return {
        "scenario": names,
        "title": f"{count(int(content['claims']), 'claim')} judged",
        "runs": int(content["runs"]),
    }


def _of_fit(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "scenario": ", ".join(map(str, content["crises"])),
        "title": f"{content['draws']} fitted draws",
    }


def _of_calibration(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    crises = ", ".join(map(str, content.get("crises", ())))
    return {"scenario": crises, "title": f"calibration over {content['worlds']} simulated worlds"}


def _of_scores(folder: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    crises = dict.fromkeys(str(score["crisis"]) for score in content["scores"])
    forecasts = dict.fromkeys(str(score["forecast"]) for score in content["scores"])
    names = ", ".join(forecasts)
    return {"scenario": ", ".join(crises), "title": f"scores of {names}", "design": names}


_DETAILS = {
    "run": _of_run,
    "sweep": _of_sweep,
    "scenarios": _of_scenarios,
    "difference": _of_difference,
    "comparison": _of_comparison,
    "fit": _of_fit,
    "calibration": _of_calibration,
    "scores": _of_scores,
}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _seed(content: Mapping[str, Any]) -> int | None:
    places = (content, _mapping(content.get("settings")), _mapping(content.get("how")))
    return next((place["seed"] for place in places if isinstance(place.get("seed"), int)), None)


def _date(stated: Any, manifest: Path) -> str:
    """Return the date of a result: as stated, or else that of the last change of its manifest."""
    try:
        when = datetime.fromisoformat(stated)
        when = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):  # OverflowError: in UTC outside the calendar
        when = datetime.fromtimestamp(manifest.stat().st_mtime, UTC)
    return when.isoformat(timespec="seconds")


def _changed(folder: Path) -> int:
    manifest = manifest_of(folder)
    return 0 if manifest is None else manifest.stat().st_mtime_ns


def size(folder: Path, shared: bool = False) -> int:
    """Return the bytes that the removal of a folder would free.

    Args:
        folder: the folder.
        shared: include hard-linked files, whose space their copies still take.
    """
    stats = (file.lstat() for file in folder.rglob("*") if not file.is_dir())
    return sum(stat.st_size for stat in stats if shared or stat.st_nlink == 1)


# Removing


def superseded(results: Sequence[Entry]) -> list[Entry]:
    """Return all entries except the newest of each experiment.

    An experiment is a kind of result with its scenario, the values that were set, and its design.
    Links are ignored, because they may lead to one of the results.

    Args:
        results: the entries, newest first.
    """
    here = [entry for entry in results if not entry.folder.is_symlink()]
    newest = {_experiment(entry): entry for entry in reversed(here)}
    return [
        entry
        for entry in here
        if newest[_experiment(entry)] is not entry and not is_permanent(entry)
    ]


def is_permanent(entry: Entry) -> bool:
    """Return whether a result is never removed.

    It is a fit, a damaged folder or a sealed forecast, or it lies elsewhere, behind a link.
    """
    folder = entry.folder
    return entry.kind in PERMANENT or folder.is_symlink() or (folder / SEAL).is_file()


def _experiment(entry: Entry) -> tuple[object, ...]:
    return entry.kind, entry.scenario, frozenset(entry.set.items()), entry.design


def older(results: Sequence[Entry], days: int) -> list[Entry]:
    """Return the entries older than a number of days."""
    limit = datetime.now(UTC) - timedelta(days=days)
    return [
        entry
        for entry in results
        if datetime.fromisoformat(entry.written) < limit and not is_permanent(entry)
    ]


def unremovable(folder: Path) -> Path | None:
    """Return a folder that must be changed to remove this one but may not be, or None."""
    needed = (folder.parent, folder, *_folders_in(folder))
    return next((path for path in needed if not os.access(path, os.W_OK | os.X_OK)), None)


def remove(folder: Path) -> list[Path]:
    """Remove the program's files from a result folder, and the folder if it is empty.

    A link inside it stays, with what it leads to.

    Returns:
        What remains: files, links and empty folders.
    """
    # 1. unfinished files of commands that were killed
    for inner in (folder, *_folders_in(folder)):
        clear(inner)
    # 2. files that the manifest lists, and traces and exports
    manifest = manifest_of(folder)
    present = {file.relative_to(folder).as_posix() for file in files_in(folder)}
    unlisted = {name for name in present if _UNLISTED.fullmatch(name) and _is_inside(folder, name)}
    names = written(folder) | unlisted
    if manifest is not None:
        _remove(folder, names - {manifest.name})
        _remove(folder, {manifest.name})  # last, so that an interrupted removal can be repeated
    with suppress(OSError):  # not empty
        folder.rmdir()
    empty = {path for path in _folders_in(folder) if not any(path.iterdir())}
    links = {path for path in folder.rglob("*") if path.is_symlink()}
    return sorted({*files_in(folder), *empty, *links})


def _folders_in(folder: Path) -> list[Path]:
    """Return the folders below a folder; none behind a link."""
    return [path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()]


def remove_store(folder: Path) -> None:
    """Remove a store of blocks or posterior draws, except files that a result links to."""
    unlinked = (file for file in files_in(folder) if file.lstat().st_nlink == 1)
    names = {file.relative_to(folder).as_posix() for file in unlinked}
    _remove(folder, {name for name in names if _BLOCK.fullmatch(name)})
    with suppress(OSError):
        folder.rmdir()
