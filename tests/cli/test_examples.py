"""The notebooks of ``examples/`` run from top to bottom, offline and quickly."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

import nbformat
import pytest
from commands import ROOT
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
SECONDS = 120
"""Most that a notebook may take on a busy machine; on a quiet one both take less than a minute."""


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["own_argument", "own_crisis"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_hold_no_outputs(path: Path) -> None:
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert cells
    assert not any(cell.outputs or cell.execution_count for cell in cells)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    book, begun = read(path), perf_counter()
    NotebookClient(book, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert perf_counter() - begun < SECONDS
    assert list(tmp_path.iterdir()) == []
    last = [cell for cell in book.cells if cell.cell_type == "code"][-1]
    assert last.outputs and "data" in last.outputs[-1]
