"""Simulate a result again from its resolved scenario, and compare the bytes of its tables."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.engine.compiled import NUMPY, engine
from sim.ensemble.code import code_digest
from sim.ensemble.ensemble import Ensemble, Plan
from sim.io.mapping import read_mapping
from sim.io.parquet import read_table
from sim.results.reader import CHANGED, RESOLVED, Result
from sim.results.writer import TABLES, digest_of_file, versions, write_tables


@dataclass(frozen=True)
class Table:
    """A table of a result beside the one that was simulated again.

    Attributes:
        name: name of the file.
        same: whether the bytes agree.
        reason: why they do not, as far as it can be told; empty if they agree.
    """

    name: str
    same: bool
    reason: str = ""


@dataclass(frozen=True)
class Verification:
    """What a second simulation of a result shows.

    Attributes:
        tables: the tables.
        scenario: what is wrong with the resolved scenario; empty if nothing is.
        differences: differences of code and versions from those that made the result.
    """

    tables: tuple[Table, ...]
    scenario: str
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the scenario is as simulated, and the bytes of all tables agree."""
        return not self.scenario and all(table.same for table in self.tables)


def plan_of(result: Result) -> Plan:
    """Return the plan of a result."""
    manifest = result.manifest
    return Plan(result.scenario, manifest["runs"]["asked"], manifest["draws"], manifest["seed"])


def verify(result: Result, simulate: Callable[[Plan], Ensemble]) -> Verification:
    """Compare a result with a second simulation of its resolved scenario.

    Args:
        result: the result.
        simulate: function that simulates a plan afresh.

    Raises:
        InputError: the manifest or the scenario is damaged.
    """
    ensemble = simulate(plan_of(result))
    found = tuple(differences(result.manifest))
    with tempfile.TemporaryDirectory(prefix="demarche-") as name:
        again = Path(name)
        write_tables(ensemble, again)
        tables = tuple(_compared(result, again, table, bool(found)) for table in TABLES)
    scenario = "" if result.is_as_simulated else f"{RESOLVED} {CHANGED}"
    return Verification(tables, scenario, found)


def differences(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield differences of this program from the one that made a result."""
    before = manifest.get("versions")
    stated = before if isinstance(before, dict) else {}
    for name, version in versions().items():
        if name in stated and stated[name] != version:
            yield f"{name} {version}, and the result was made with {stated[name]}"
    made_by = manifest.get("engine", NUMPY)  # results before there was another engine
    if made_by != engine():
        yield f"engine {engine()}, and the result was made with {made_by}"
    code = manifest.get("code")
    if code is None:
        yield "the result does not say which code made it"
    elif code != code_digest():
        yield f"the code of the model is {code_digest()[:8]}, and {str(code)[:8]} made the result"


def _compared(result: Result, again: Path, name: str, other_program: bool) -> Table:
    file = result.folder / name
    if not file.is_file():
        return Table(name, False, "missing")
    if file.read_bytes() == (again / name).read_bytes():
        return Table(name, True)
    stated = result.manifest.get("sha256")
    written = stated.get(name) if isinstance(stated, dict) else None
    values = "the values agree" if _same_values(file, again / name) else "values differ"
    if written is not None and written != digest_of_file(file):
        return Table(name, False, f"edited since it was written; {values}")
    if not result.is_as_simulated:
        return Table(name, False, f"the scenario was edited; {values}")
    cause = "other code or versions" if other_program else "no cause found"
    return Table(name, False, f"{cause}; {values}")


def _same_values(first: Path, second: Path) -> bool:
    """Return whether two tables have the same values, even if their bytes differ."""
    try:
        if first.suffix == ".json":
            return read_mapping(first) == read_mapping(second)
        if first.suffix == ".csv":
            return bool(pd.read_csv(first).equals(pd.read_csv(second)))
        return bool(read_table(first).equals(read_table(second)))
    except (ValueError, OSError):  # damaged
        return False
