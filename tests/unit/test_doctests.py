"""Every example in a docstring is true."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from commands import ROOT


def with_examples() -> list[Any]:
    """Return the names of the modules whose docstrings have examples; the API's are slow."""
    found = []
    for path in sorted((ROOT / "sim").rglob("*.py")):
        if "    >>> " in path.read_text(encoding="utf-8"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            is_slow = name in ("sim.api", "sim.handles")
            found.append(pytest.param(name, marks=pytest.mark.slow) if is_slow else name)
    return found


@pytest.mark.parametrize("name", with_examples())
def test_every_example_is_true(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    places = iter(range(1000))
    a_new_folder = {"getfixture": lambda name: tmp_path / str(next(places))}
    found = doctest.testmod(import_module(name), extraglobs=a_new_folder)
    assert found.attempted > 0
    assert found.failed == 0
