"""Damaged result folders of every kind, read by the commands that take them."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from random import Random

import pyarrow.parquet as pq

from sim.results.layout import entries
from sim.results.seal import SEAL, seal_of, write_seal
from validation.fuzz.case import SECONDS_TO_DRAW, Case, Family
from validation.fuzz.mutations import of_bytes, of_table, of_tree
from validation.fuzz.workplace import SMALL, Workplace

LISTED = (
    ("results", "results"),
    ("results", "results", "--format", "json"),
    ("results", "results", "--prune", "--yes"),
    ("seal", "{}"),
)
"""Commands that take a result of any kind."""
COMMANDS = {
    "run": (
        ("plot", "{}", "-q"),
        ("report", "{}", "-q"),
        ("trace", "{}", "--run", "3"),
        ("score", "{}", "--out", "scores"),
        ("export", "{}", "--to", "csv"),
        ("explain", "{}"),
        ("verify", "{}", "--workers", "1"),
        *LISTED,
    ),
    "sweep": (("plot", "{}"), ("report", "{}"), ("verify", "{}"), *LISTED),
    "difference": (("plot", "{}"), ("report", "{}"), ("export", "{}", "--to", "csv"), *LISTED),
    "comparison": (
        ("plot", "{}", "-q"),
        ("report", "{}", "-q"),
        ("verify", "{}"),
        ("export", "{}", "--to", "csv"),
        *LISTED,
    ),
    "scores": (("plot", "{}"), ("report", "{}"), ("verify", "{}"), ("score", "{}"), *LISTED),
    "fit": (
        ("plot", "{}"),
        ("report", "{}"),
        ("verify", "{}"),
        (
            *("score", "april_2016", "--posterior", "{}/posterior.parquet", "--runs", "12"),
            *("--draws", "4", "--workers", "1", "--out", "scores"),
        ),
        *LISTED,
    ),
    "calibration": (("plot", "{}"), ("report", "{}"), ("verify", "{}"), *LISTED),
}
REASONS = (
    ("why", "{}", "--association", "-q"),
    ("why", "{}", "--workers", "1", "-q"),
    ("diff", "{}", "{}", "-q", "--out", "differences"),
    ("diff", "{}", "april_2016", *SMALL, "--out", "differences"),
    ("diff", "{}", "--set", "horizon_days=20", "--workers", "1", "-q", "--out", "differences"),
)
DAMAGES = ("content", "content", "content", "content", "bytes", "gone", "swapped", "cut")


def family(kind: str) -> Family:
    """Return the family of damaged result folders of one kind."""

    def make(work: Workplace, random: Random) -> Case:
        target = _copied(work, kind)
        return _damaged(target, _choose(target, random), random.choice(COMMANDS[kind]), random)

    return make


def reasons(work: Workplace, random: Random) -> Case:
    """Damage a result of runs, and explain it or compare it."""
    target = _copied(work, "run")
    return _damaged(target, _choose(target, random), random.choice(REASONS), random)


def seals(work: Workplace, random: Random) -> Case:
    """Seal a result, damage its seal or another file, and check the seal."""
    target = _copied(work, random.choice(("run", "comparison", "scores", "fit")))
    seal = target / SEAL
    write_seal(seal_of([target]), seal)
    commands: tuple[tuple[str, ...], ...] = (("seal", "{}"), ("results", "results"))
    if (target / "outcomes.parquet").is_file():
        commands += (("verify", "{}", "--workers", "1"), ("verify", "{}", "--format", "json"))
    file = _choose(target, random) if random.random() < 0.3 else seal
    return _damaged(target, file, random.choice(commands), random)


def _copied(work: Workplace, kind: str) -> Path:
    """Copy a result of a kind into the workspace, and return its folder."""
    source = _of_kind(work.intact / "results", kind)
    target = work.folder / "results" / source.name
    shutil.copytree(source, target)
    return target


@cache
def _of_kind(folder: Path, kind: str) -> Path:
    return next(entry.folder for entry in entries(folder) if entry.kind == kind)


def _choose(folder: Path, random: Random) -> Path:
    """Return a file of a result that a command reads."""
    read = (".parquet", ".json", ".yaml", ".csv")
    files = sorted(path for path in folder.iterdir() if path.suffix in read)
    if random.random() < 0.3:  # a manifest is one file of many
        return next(path for path in files if path.suffix == ".json")
    return random.choice(files)


def _damaged(target: Path, file: Path, command: tuple[str, ...], random: Random) -> Case:
    """Damage a file of a result, and return the case of a command that takes the folder."""
    kind = _damage(file, random)
    args = tuple(part.format(target) for part in command)
    return Case(f"{kind} of {file.name} ({args[0]})", args, SECONDS_TO_DRAW, damaged=target)


def _damage(file: Path, random: Random) -> str:
    """Damage a file of a result, and return how."""
    kind = random.choice(DAMAGES)
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
        file.write_text(_odd_numbers(json.dumps(tree), random), encoding="utf-8")
    else:
        file.unlink()  # a posterior is a hard link to a file that others share
        file.write_bytes(of_bytes(data, random))
    return kind


def _odd_numbers(text: str, random: Random) -> str:
    """Return JSON in which now and then a value is one that Python reads and JSON has not."""
    places = [place for place, letter in enumerate(text) if letter == ":"]
    if random.random() > 0.2 or not places:
        return text
    place = random.choice(places) + 1
    odd = random.choice(("NaN", "-Infinity", "1e999", '"\\ud800"', "[" * 2000, "9" * 5000))
    end = min((text.find(mark, place) for mark in ",}" if mark in text[place:]), default=place)
    return f"{text[:place]} {odd}{text[end:]}"


def _write_table(file: Path, random: Random) -> None:
    table = of_table(pq.read_table(file), random)
    file.unlink()
    pq.write_table(table, file)
