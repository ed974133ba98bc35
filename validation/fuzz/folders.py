"""Damaged result folders: of runs, of a sweep and of a comparison of arguments."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pyarrow.parquet as pq

from validation.fuzz.case import SECONDS_TO_DRAW, Case, Family
from validation.fuzz.mutations import of_bytes, of_table, of_tree
from validation.fuzz.workplace import Workplace

COMMANDS = {
    "run": (
        ("plot", "{}", "-q"),
        ("report", "{}", "-q"),
        ("trace", "{}", "--run", "3"),
        ("score", "{}", "--out", "scores"),
        ("export", "{}", "--to", "csv"),
        ("explain", "{}"),
        ("results", "results"),
        ("results", "results", "--prune", "--yes"),
    ),
    "sweep": (("plot", "{}"), ("report", "{}"), ("results", "results")),
    "comparison": (("plot", "{}", "-q"), ("report", "{}", "-q"), ("results", "results")),
}


def family(kind: str) -> Family:
    """Return the family of damaged result folders of one kind."""

    def make(work: Workplace, random: Random) -> Case:
        source = next(path for path in _results(work) if _kind(path) == kind)
        target = work.folder / "results" / source.name
        shutil.copytree(source, target)
        file = random.choice(
            sorted(
                path for path in target.iterdir() if path.suffix in (".parquet", ".json", ".yaml")
            )
        )
        what = _damage(file, random)
        args = tuple(part.format(target) for part in random.choice(COMMANDS[kind]))
        return Case(f"{what} of {file.name} ({args[0]})", args, SECONDS_TO_DRAW, damaged=target)

    return make


def _results(work: Workplace) -> list[Path]:
    return sorted(path for path in (work.intact / "results").iterdir() if path.name[0] != ".")


def _kind(folder: Path) -> str:
    if (folder / "comparison.json").is_file():
        return "comparison"
    return "sweep" if (folder / "sweep.parquet").is_file() else "run"


def _damage(file: Path, random: Random) -> str:
    """Damage a file of a result, and return how."""
    kind = random.choice(
        ("content", "content", "content", "content", "bytes", "gone", "swapped", "cut")
    )
    data = file.read_bytes()
    if kind == "gone":
        file.unlink()
    elif kind == "swapped":
        other = random.choice(sorted(path for path in file.parent.iterdir() if path.is_file()))
        file.write_bytes(other.read_bytes())
    elif kind == "cut":
        file.write_bytes(data[: random.randrange(len(data) + 1)])
    elif kind == "content" and file.suffix == ".parquet":
        _write_table(file, random)
    elif kind == "content" and file.suffix == ".json":
        tree = of_tree(json.loads(data), random)
        file.write_text(json.dumps(tree), encoding="utf-8")
    else:
        file.unlink()  # a posterior is a hard link to a file that others share
        file.write_bytes(of_bytes(data, random))
    return kind


def _write_table(file: Path, random: Random) -> None:
    table = of_table(pq.read_table(file), random)
    file.unlink()
    pq.write_table(table, file)
