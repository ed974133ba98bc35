"""Write a difference between two simulations into a result folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sim.ensemble.code import code_digest
from sim.ensemble.ensemble import Ensemble
from sim.io.spreadsheets import defused
from sim.io.text import clipped
from sim.reasons.difference import Differences, Side, key_of
from sim.reasons.written import TABLE
from sim.record.history import history_of_result, history_or_none
from sim.results.layout import result_folder
from sim.results.reader import Result
from sim.results.writer import now, short_digest, versions
from sim.scenario import Loaded, digest
from sim.scenario.changes import short_name, with_changes

KIND = "difference"
LONGEST_NAME = 100


def side_of(result: Result) -> Side:
    """Return a result as one side of a comparison."""
    runs = result.manifest["runs"]
    return Side(
        result.scenario,
        result.runs,
        int(result.manifest["seed"]),
        int(result.manifest["draws"]),
        result.changed,
        result.plain_title,
        str(result.manifest.get("code", "")),
        int(runs["failed"]),
        history_of_result(result),
    )


def side_of_simulation(loaded: Loaded, ensemble: Ensemble) -> Side:
    """Return a simulated scenario as one side of a comparison."""
    changed = loaded.changed
    title = loaded.scenario.title.removesuffix(with_changes(changed))
    plan = ensemble.plan
    return Side(
        loaded.scenario,
        ensemble.outcomes,
        plan.seed,
        plan.draws,
        changed,
        title,
        code_digest(),
        plan.runs - ensemble.done,
        history_or_none(loaded.scenario),
    )


def write(
    found: Differences,
    sides: tuple[Side, Side],
    changes: tuple[Mapping[str, str], Mapping[str, str]],
    out: Path,
    complete: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write a difference to a new folder below ``out``, and return the folder.

    Args:
        found: the difference.
        sides: both simulations.
        changes: what the command line set in each, by path.
        out: folder for results.
        complete: function that adds a chart before the folder is moved into place.
    """
    folder = out / _folder_name(sides, changes)
    with result_folder(folder, "manifest.json") as aside:
        defused(found.table()).to_csv(
            aside / TABLE, index=False, lineterminator="\n", float_format="%.6g"
        )
        manifest = _manifest(found, sides, changes)
        text = json.dumps(manifest, indent=2, allow_nan=False, ensure_ascii=False)
        (aside / "manifest.json").write_text(text + "\n", encoding="utf-8")
        complete(aside)
    return folder


def _folder_name(
    sides: tuple[Side, Side], changes: tuple[Mapping[str, str], Mapping[str, str]]
) -> str:
    names = dict.fromkeys(side.scenario.scenario for side in sides)
    parts = ("-".join(names), short_name(changes[1]))
    name = "-".join(filter(None, parts))[:LONGEST_NAME]
    return f"{name}-diff-{short_digest(key_of(*sides))}"


def _manifest(
    found: Differences,
    sides: tuple[Side, Side],
    changes: tuple[Mapping[str, str], Mapping[str, str]],
) -> dict[str, Any]:
    return {
        "kind": KIND,
        "scenarios": [side.scenario.scenario for side in sides],
        "title": clipped(found.sentence, 300),
        "sentence": found.sentence,
        "sides": [
            {
                "label": label,
                "title": side.title,
                "digest": digest(side.scenario),
                "set": dict(stated),
                "runs": len(side.outcomes),
                "draws": side.draws,
                "seed": side.seed,
                "code": side.code,
            }
            for label, side, stated in zip(found.labels, sides, changes, strict=True)
        ],
        "set": dict(changes[1]),
        "paired": found.pairs is not None,
        "unpaired_because": found.unpaired_because,
        "remarks": list(found.remarks),
        "seed": sides[1].seed,
        "runs": len(sides[0].outcomes) + len(sides[1].outcomes),
        "written": now(),
        "versions": versions(),
    }
