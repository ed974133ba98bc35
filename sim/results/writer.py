"""Write the result folder of an ensemble atomically."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from sim.engine.compiled import engine
from sim.ensemble.code import code_digest
from sim.ensemble.ensemble import Ensemble, Plan, empty_tally
from sim.io.atomic import atomic_file, folder_below
from sim.io.spreadsheets import defused
from sim.io.version import __version__
from sim.outcomes.runs import Columns
from sim.outcomes.summary import Measure, as_frame, as_record, summarise
from sim.results.layout import POSTERIORS, result_folder
from sim.results.reader import RESOLVED, Result, just_written, moved
from sim.results.tables import Expected
from sim.scenario import Loaded, Posterior, digest, resolved
from sim.scenario.changes import short_name
from sim.scenario.posterior import read_posterior

CSV = csv.WriteOptions(quoting_style="needed")
WRITTEN_TOGETHER = 8
"""Blocks that are written together: a table of many small parts is slow to read."""
PACKAGES = ("mesa", "numpy", "pandas", "pyarrow", "pydantic")


def folder_name(plan: Plan, changes: Mapping[str, str] | None = None) -> str:
    """Return the name of a result folder, such as ``island-OST.support=3-1a2b3c4d``.

    Args:
        plan: the simulated plan. The digest covers the scenario's values, the seed, the runs and
            the draws.
        changes: values that the command line set, by path.

    >>> import sim
    >>> folder_name(Plan(sim.load("april_2016").scenario), {"mechanisms.leverage": "0.2"})[:-8]
    'april_2016-leverage=0.2-'
    """
    key = f"{digest(plan.scenario)} {plan.seed} {plan.runs} {plan.draws}"
    parts = (plan.scenario.scenario, short_name(changes or {}), short_digest(key))
    return "-".join(filter(None, parts))


def short_digest(key: str) -> str:
    """Return the digest of a folder's content at the end of its name.

    >>> short_digest("a scenario, a seed, runs and draws")
    'b95e29a9'
    """
    return sha256(key.encode()).hexdigest()[:8]


def write(
    ensemble: Ensemble,
    loaded: Loaded,
    out: Path,
    seconds: float,
    complete: Callable[[Result], object] = lambda result: None,
) -> Result:
    """Write the result folder of an ensemble below ``out``, and return the result in it.

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
        measures, runs = write_tables(ensemble, aside)
        (aside / RESOLVED).write_text(resolved(loaded), encoding="utf-8")
        if (posterior := loaded.scenario.parameters.posterior) is not None:
            _add_posterior(posterior, aside / posterior.plain(), folder_below(out, POSTERIORS))
        manifest = {
            "title": loaded.scenario.title,
            "set": loaded.changes,
            "changed": loaded.changed,
            "stated_in": _stated_in(loaded),
            "sha256": {name: digest_of_file(aside / name) for name in (*TABLES, RESOLVED)},
        }
        _write_json(
            aside / "manifest.json", {"kind": "run", **_manifest(ensemble, seconds), **manifest}
        )
        result = just_written(aside, measures, runs)
        complete(result)
    return moved(result, folder)


def _add_posterior(posterior: Posterior, file: Path, store: Path) -> None:
    """Add posterior draws to a result folder, as a hard link to a copy that all results share.

    The result can still be moved or copied. If the file system has no hard links, the file is a
    copy.
    """
    shared = store / f"{posterior.digest[:16]}.parquet"
    if not _contains(shared, posterior):
        with atomic_file(shared) as aside:
            posterior.write(aside)
            aside.chmod(0o444)  # a change would affect all results
    with suppress(OSError):
        os.link(shared, file)
        return
    shutil.copyfile(shared, file)


def _contains(file: Path, posterior: Posterior) -> bool:
    try:
        return read_posterior(file) == posterior
    except ValueError:
        return False


TABLES = (
    "outcomes.parquet",
    "outcomes.csv",
    "daily.parquet",
    "daily_by_draw.parquet",
    "parameters.parquet",
    "summary.json",
    "summary.csv",
)
"""Tables of a result: what is simulated, in files that are the same whenever it is."""


def write_tables(ensemble: Ensemble, folder: Path) -> tuple[list[Measure], Columns]:
    """Write the :data:`TABLES` of an ensemble into a folder. Return the summary and the runs."""
    _write_runs(ensemble, folder)
    plan = ensemble.plan
    expected = Expected(plan.scenario, ensemble.done, plan.runs, plan.draws)
    runs = expected.outcomes(folder / "outcomes.parquet")
    summary = summarise(plan.scenario, runs)
    _write_json(folder / "summary.json", as_record(summary))
    defused(as_frame(summary).reset_index()).to_csv(
        folder / "summary.csv", index=False, lineterminator="\n", float_format="%.6g"
    )
    return summary, runs


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _write_runs(ensemble: Ensemble, folder: Path) -> None:
    """Write the outcomes, daily quantities and parameters of an ensemble."""
    daily = empty_tally(ensemble.plan)
    # 1. outcomes, a few blocks at a time, because an ensemble may exceed memory
    with ExitStack() as stack:
        writers: list[Any] = []
        blocks = ensemble.blocks()
        while batch := list(islice(blocks, WRITTEN_TOGETHER)):
            outcomes = pd.concat([block.outcomes for block in batch], ignore_index=True)
            rows = pa.Table.from_pandas(outcomes, preserve_index=False)
            writers = writers or _outcome_writers(folder, rows.schema, stack)
            for writer in writers:
                writer.write_table(rows)
            daily.merge(block.daily for block in batch)
    # 2. tables that fit into memory
    drawn = ensemble.plan.drawn.table()
    drawn = drawn[daily.runs > 0]  # a failed block may leave some draws without runs
    tables = {"daily": daily.table(), "daily_by_draw": daily.by_draw(), "parameters": drawn}
    for name, table in tables.items():
        (folder / f"{name}.parquet").write_bytes(table.to_parquet(index=False))


def _outcome_writers(folder: Path, schema: pa.Schema, stack: ExitStack) -> list[Any]:
    """Return writers of the outcomes as Parquet and CSV, which the stack closes.

    They get open files, because pyarrow takes a path like "a:b/c" for a URL.
    """
    parquet = stack.enter_context((folder / "outcomes.parquet").open("wb"))
    text = stack.enter_context((folder / "outcomes.csv").open("wb"))
    return [
        stack.enter_context(pq.ParquetWriter(parquet, schema)),
        stack.enter_context(csv.CSVWriter(text, schema, write_options=CSV)),
    ]


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
            "failed": sum(failure.runs for failure in ensemble.failures),
        },
        "failures": [
            {"block": failure.number, "runs": failure.runs, "reason": failure.reason}
            for failure in ensemble.failures
        ],
        "wall_seconds": round(seconds, 3),
        "written": now(),
        "versions": versions(),
        "engine": engine(),
        "code": code_digest(),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, of this program and of libraries that results depend on."""
    libraries = {name: version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "demarche": __version__, **libraries}


def now() -> str:
    """Return the date and time in UTC (ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stated_in(loaded: Loaded) -> dict[str, dict[str, int]]:
    """Return the path and line of every value by file, which the resolved scenario leaves out.

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
    """Write the summaries of several results as one table to a new folder below ``out``.

    Args:
        results: the results.
        labels: one label per result.
        out: folder for results.
        complete: adds a chart to the folder before it is put in place.

    Returns:
        The folder.
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
            "written": now(),
        }
        _write_json(aside / "manifest.json", manifest)
        complete(aside)
    return folder


def distinct_labels(results: Sequence[Result], files: Sequence[Path]) -> list[str]:
    """Return a distinct label for each of several results.

    This is the name of its scenario. If two scenarios have the same name, it is the path of the
    file, with as many folders as the distinction takes.
    """
    names = [result.scenario.scenario for result in results]
    by_name: dict[str, list[Path]] = {}
    for name, file in zip(names, files, strict=True):
        by_name.setdefault(name, []).append(file)
    return [
        name if len(by_name[name]) == 1 else _distinct_path(file, by_name[name])
        for name, file in zip(names, files, strict=True)
    ]


def _distinct_path(file: Path, files: Sequence[Path]) -> str:
    """Return the shortest end of a file's path that no further file in a list has."""
    paths = [Path(os.path.realpath(path)).with_suffix("").parts for path in files]
    parts = Path(os.path.realpath(file)).with_suffix("").parts
    for depth in range(2, len(parts)):
        if sum(path[-depth:] == parts[-depth:] for path in paths) == 1:
            return "/".join(parts[-depth:])
    return "/".join(parts)
