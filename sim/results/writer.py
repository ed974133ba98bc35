"""Write the result folder of an ensemble atomically."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from sim.ensemble.daily import DailyTally
from sim.ensemble.ensemble import Ensemble, Plan
from sim.io.atomic import atomic_file
from sim.io.spreadsheets import defused
from sim.io.version import __version__
from sim.outcomes.summary import as_record, columns_needed, summarise
from sim.results.layout import POSTERIORS, result_folder
from sim.results.reader import RESOLVED, Result
from sim.scenario import Loaded, Posterior, digest, resolved
from sim.scenario.changes import short_name
from sim.scenario.posterior import read_posterior

CSV = csv.WriteOptions(quoting_style="needed")
PACKAGES = ("mesa", "numpy", "pandas", "pyarrow", "pydantic")


def folder_name(plan: Plan, changes: Mapping[str, str] | None = None) -> str:
    """Return the name of a result folder, such as ``island-OST.support=3-1a2b3c4d``.

    Args:
        plan: the simulated plan. The digest covers the scenario's values, the seed, the runs and the draws.
        changes: values that the command line set, by path.
    """
    key = f"{digest(plan.scenario)} {plan.seed} {plan.runs} {plan.draws}"
    return "-".join(
        filter(None, (plan.scenario.scenario, short_name(changes or {}), short_digest(key)))
    )


def short_digest(key: str) -> str:
    """Return the last eight characters of a folder name: a digest of everything that its content depends on."""
    return sha256(key.encode()).hexdigest()[:8]


def write(
    ensemble: Ensemble,
    loaded: Loaded,
    out: Path,
    seconds: float,
    complete: Callable[[Result], object] = lambda result: None,
) -> Path:
    """Write the result folder of an ensemble below ``out`` and return it.

    Args:
        ensemble: the ensemble.
        loaded: its scenario.
        out: folder for results.
        seconds: wall-clock time.
        complete: function that adds charts and a report before the folder is moved into place.
    """
    plan = ensemble.plan
    folder = out / folder_name(plan, loaded.changes)
    with result_folder(folder, "manifest.json") as aside:
        _write_tables(ensemble, aside)
        (aside / RESOLVED).write_text(resolved(loaded), encoding="utf-8")
        if (posterior := loaded.scenario.parameters.posterior) is not None:
            _add_posterior(posterior, aside / posterior.plain(), out / POSTERIORS)
        with (aside / "outcomes.parquet").open("rb") as file:
            summary = summarise(plan.scenario, pd.read_parquet(file, columns=columns_needed()))
        _write_json(aside / "summary.json", as_record(summary))
        manifest = {
            "title": loaded.scenario.title,
            "set": loaded.changes,
            "stated_in": _stated_in(loaded),
        }
        _write_json(
            aside / "manifest.json", {"kind": "run", **_manifest(ensemble, seconds), **manifest}
        )
        complete(Result(aside))
    return folder


def _add_posterior(posterior: Posterior, file: Path, store: Path) -> None:
    """Add posterior draws to a result folder, as a hard link to a copy that all results share.

    The result can still be moved or copied. If the file system has no hard links, the file is a copy.
    """
    shared = store / f"{posterior.digest[:16]}.parquet"
    if not _holds(shared, posterior):
        with atomic_file(shared) as aside:
            posterior.write(aside)
            aside.chmod(0o444)  # a change would affect all results
    with suppress(OSError):
        os.link(shared, file)
        return
    shutil.copyfile(shared, file)


def _holds(file: Path, posterior: Posterior) -> bool:
    try:
        return read_posterior(file) == posterior
    except ValueError:
        return False


def _write_tables(ensemble: Ensemble, folder: Path) -> None:
    daily = DailyTally(ensemble.plan.scenario.horizon_days, ensemble.plan.draws_played)
    with ExitStack() as stack:
        writers: list[Any] = []
        for block in ensemble.blocks():  # one at a time, because an ensemble may exceed memory
            rows = pa.Table.from_pandas(block.outcomes, preserve_index=False)
            if not writers:
                # open files, because pyarrow takes a path like "a:b/c" for a URL
                parquet, text = (
                    stack.enter_context((folder / f"outcomes.{kind}").open("wb"))
                    for kind in ("parquet", "csv")
                )
                writers = [
                    stack.enter_context(pq.ParquetWriter(parquet, rows.schema)),
                    stack.enter_context(csv.CSVWriter(text, rows.schema, write_options=CSV)),
                ]
            for writer in writers:
                writer.write_table(rows)
            daily.merge([block.daily])
    drawn = ensemble.plan.drawn.table()
    drawn = drawn[daily.runs > 0]  # a failed block may leave some draws without runs
    tables = {"daily": daily.table(), "daily_by_draw": daily.by_draw(), "parameters": drawn}
    for name, table in tables.items():
        (folder / f"{name}.parquet").write_bytes(table.to_parquet(index=False))


def _manifest(ensemble: Ensemble, seconds: float) -> dict[str, Any]:
    plan = ensemble.plan
    return {
        "scenario": plan.scenario.scenario,
        "digest": digest(plan.scenario),
        "seed": plan.seed,
        "draws": plan.draws,
        "runs": {
            "asked": plan.runs,
            "done": ensemble.done,
            "failed": sum(f.runs for f in ensemble.failures),
        },
        "failures": [
            {"block": f.number, "runs": f.runs, "reason": f.reason} for f in ensemble.failures
        ],
        "wall_seconds": round(seconds, 3),
        "written": _now(),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    """Return the versions of Python, of this program and of the libraries that results depend on."""
    libraries = {name: version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "demarche": __version__, **libraries}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stated_in(loaded: Loaded) -> dict[str, dict[str, int]]:
    """Return the path and line of every value by file, which the resolved scenario does not contain.

    File names are relative to the folder of the scenario, so that results reveal no private paths.
    """
    main, _ = loaded.sources.get("scenario", ("", 0))
    files: dict[str, dict[str, int]] = {}
    for path, (file, line) in loaded.sources.items():
        name = file if file.startswith("--set ") else os.path.relpath(file, Path(main).parent)
        files.setdefault(name, {})[path] = line
    return files


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_comparison(
    results: Sequence[Result],
    labels: Sequence[str],
    out: Path,
    complete: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write the summaries of several results as one table to a new folder below ``out``. Return the folder.

    Args:
        results: the results.
        labels: one label per result.
        out: folder for results.
        complete: adds a chart to the folder before it is put in place.
    """
    rows = [
        {"label": label, "scenario": result.scenario.scenario, "result": result.folder.name}
        | line.flat()
        for label, result in zip(labels, results, strict=True)
        for line in result.measures
    ]
    names = [result.folder.name for result in results]
    folder = out / f"scenarios-{short_digest(json.dumps([*labels, *names]))}"
    with result_folder(folder, "manifest.json") as aside:
        table = defused(pd.DataFrame(rows))
        table.to_csv(
            aside / "comparison.csv", index=False, lineterminator="\n", float_format="%.6g"
        )
        manifest = {
            "kind": "scenarios",
            "scenarios": list(labels),
            "results": names,
            "set": results[0].loaded.changes,
            "seed": results[0].manifest["seed"],
            "written": _now(),
        }
        _write_json(aside / "manifest.json", manifest)
        complete(aside)
    return folder


def distinct_labels(results: Sequence[Result], files: Sequence[Path]) -> list[str]:
    """Return what to call each of several results: its scenario's name, or its file where two have the same name.

    A file is named by as many of its folders as it takes to tell it from the others.
    """
    names = [result.scenario.scenario for result in results]
    return [
        name
        if names.count(name) == 1
        else _apart(file, [f for f, n in zip(files, names, strict=True) if n == name])
        for name, file in zip(names, files, strict=True)
    ]


def _apart(file: Path, files: Sequence[Path]) -> str:
    paths = [Path(os.path.realpath(path)).with_suffix("").parts for path in files]
    own = Path(os.path.realpath(file)).with_suffix("").parts
    depth = next(
        (n for n in range(2, len(own)) if sum(path[-n:] == own[-n:] for path in paths) == 1),
        len(own),
    )
    return "/".join(own[-depth:])
