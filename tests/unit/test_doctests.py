"""Every example in a docstring is true. The examples of the Python API are run with its own tests."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest
from commands import ROOT

WITH_TESTS_OF_THEIR_OWN = ("sim/api.py", "sim/catalogue.py")


def with_examples() -> list[str]:
    """Return the names of the modules whose docstrings have examples."""
    found = []
    for path in sorted((ROOT / "sim").rglob("*.py")):
        place = path.relative_to(ROOT)
        is_tested = place.as_posix() in WITH_TESTS_OF_THEIR_OWN
        if ">>> " in path.read_text(encoding="utf-8") and not is_tested:
            found.append(".".join(place.with_suffix("").parts))
    return found


@pytest.mark.parametrize("name", with_examples())
def test_every_example_is_true(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(import_module(name))
    assert found.attempted > 0
    assert found.failed == 0
