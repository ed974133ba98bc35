"""Damaged scenarios, bases, arguments, evidence files and posterior draws."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import yaml

from validation.fuzz.calling import MOST_SECONDS
from validation.fuzz.case import SECONDS_TO_DRAW, Case, Family
from validation.fuzz.mutations import of_bytes, of_table, of_tree
from validation.fuzz.workplace import SMALL, Workplace

FOLDERS = {
    "scenario": ("scenarios", "scenarios/crises"),
    "base": ("scenarios/base",),
    "hypothesis": ("scenarios/hypotheses",),
    "evidence": ("seeds", "seeds/crises"),
}
ONE_IN = 12
"""How often a damaged scenario is simulated or explained instead of checked."""


def family(kind: str) -> Family:
    """Return the family of the damaged YAML files of one kind."""

    def make(work: Workplace, random: Random) -> Case:
        folder = random.choice(FOLDERS[kind])
        source = random.choice(sorted((work.intact / folder).glob("*.yaml")))
        target = work.folder / folder / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        way = random.choice(("bytes", "tree", "tree"))
        data = source.read_bytes()
        if way == "bytes":
            target.write_bytes(of_bytes(data, random))
        else:
            target.write_text(_dumped(of_tree(_loaded(data), random)), encoding="utf-8")
        return _command(kind, f"{way} of {folder}/{source.name}", target, random)

    return make


def _loaded(data: bytes) -> Any:
    return yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _dumped(tree: Any) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(tree, Dumper=dumper, allow_unicode=True, sort_keys=False))


def _command(kind: str, what: str, target: Path, random: Random) -> Case:
    """Return the case of a damaged file; most are only checked, since that is fast."""
    file = str(target)
    if kind == "scenario" and not random.randrange(ONE_IN):
        if random.randrange(2):
            return Case(what, ("explain", file), damaged=target)
        args = ("run", file, *SMALL, "--out", "results")
        return Case(what, args, SECONDS_TO_DRAW, damaged=target)
    return Case(what, ("check", file), MOST_SECONDS, damaged=target)


def posterior(work: Workplace, random: Random) -> Case:
    """Damage posterior draws, and check the scenario that names them."""
    source = work.intact / "scenarios" / "base" / "fitted.parquet"
    folder = work.folder / "scenarios"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "fitted.parquet"
    way = random.choice(("bytes", "table"))
    if way == "bytes":
        target.write_bytes(of_bytes(source.read_bytes(), random))
    else:
        pq.write_table(of_table(pq.read_table(source), random), target)
    scenario = folder / "april_2016.yaml"
    text = (work.intact / "scenarios" / "april_2016.yaml").read_text(encoding="utf-8")
    scenario.write_text(f"{text}\nparameters: {{posterior: fitted.parquet}}\n", encoding="utf-8")
    return Case(f"{way} of posterior draws", ("check", str(scenario)), damaged=target)
