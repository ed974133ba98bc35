"""A notebook of ten lines, as a user would write it."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from commands import ROOT
from nbclient import NotebookClient

CELLS = (
    "import sim\nresult = sim.run('april_2016', runs=200, draws=20)\nresult",
    "result.summary.head()",
    "result.plot('endings')",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nresult.plot('duration', ax=ax);",
    "low = sim.run('april_2016', runs=200, draws=20, set={'actors.RUS.engagement': 'low'})\n"
    "low.summary.loc['ending_truce', 'value']",
)


@pytest.mark.slow
def test_a_notebook_runs_and_shows_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown, table, chart, panel, value = [cell.outputs for cell in book.cells]
    (page,) = [
        output.data["text/html"]
        for output in shown
        if "data" in output and "<table" in str(output.data)
    ]
    assert "data:image/png" in page
    assert "<table" in table[0].data["text/html"]
    assert "image/png" in chart[0].data and "image/png" in panel[0].data
    assert (
        0 <= float(str(value[-1].data["text/plain"]).removeprefix("np.float64(").rstrip(")")) <= 1
    )
