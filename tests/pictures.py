"""What tests of charts share."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from sim.ensemble.ensemble import Plan, play
from sim.results import writer
from sim.results.reader import Result, open_result
from sim.scenario import Loaded, Scenario

MANIFEST = {"seed": 7, "runs": {"asked": 4, "done": 4, "failed": 0}}


def result_of(scenario: Loaded | Scenario, folder: Path, runs: int = 40, draws: int = 4) -> Result:
    loaded = scenario if isinstance(scenario, Loaded) else Loaded(scenario, {}, {})
    ensemble = play(Plan(loaded.scenario, runs, draws))
    assert not ensemble.failures, ensemble.failures[0].reason
    return open_result(writer.write(ensemble, loaded, folder, seconds=0.1))


def table(draw: list[int], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"draw": draw, **columns})


def words(figure: Figure) -> str:
    """Return all text above and below the panels, with wrapped lines joined."""
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
