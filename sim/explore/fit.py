"""Where history lies among the runs of the base case."""

from __future__ import annotations

import numpy as np

from sim.explore import words
from sim.explore.content import Numbers
from sim.explore.means import mean_text
from sim.explore.past import PER_CENT
from sim.io.text import listed
from sim.outcomes.summary_measures import OF_A_MEDIATOR, PROBABILITY
from sim.record.history import History
from sim.scenario import Scenario

ENDS = (0.1, 0.9)
"""Ends of the middle 80% of all runs."""
MEASURED = {"duration_days": "days", "deaths": "deaths", "territory_fought": "% of the area"}
NAMES = {
    "duration_days": "the duration of {}",
    "deaths": "the figure of {}",
    "territory_fought": "the {} of territory won",
}


def fit(scenario: Scenario, history: History | None, base: Numbers, drawn: str) -> str:
    """Return where history lies in or outside the runs of the base case; empty without history.

    Args:
        scenario: the scenario of the base case.
        history: what happened.
        base: the numbers of the base case.
        drawn: where the draws come from, see :func:`sim.scenario.drawn.drawn_from`.
    """
    if history is None:
        return ""
    inside, outside = _places(history, base)
    texts = []
    if inside:
        verb = "lies" if len(inside) == 1 else "lie"
        texts.append(f"{listed(inside)} {verb} within the middle 80% of all its runs")
    texts += outside
    ending = _ending(scenario, history, base)
    texts += [ending] if ending else []
    if not texts:
        return ""
    says = f"History beside the base case: {'; '.join(texts)}."
    is_fitted = drawn.startswith("fitted")
    return f"{says} The draws are {drawn}, so this is no prediction." if is_fitted else says


def _places(history: History, base: Numbers) -> tuple[list[str], list[str]]:
    """Return what lies within the middle of the runs, and what lies outside with its place."""
    inside, outside = [], []
    for name, unit in MEASURED.items():
        known = history.get(name)
        if known is None or known.number is None:
            continue
        values = base.compared[name]
        factor = PER_CENT if name == "territory_fought" else 1.0
        value = factor * known.number
        low, high = (float(end) for end in np.quantile(values, ENDS))
        # in the words of the record, which does not round 3.5 days
        recorded = f"{value:g}%" if unit.startswith("%") else known.says.partition(" [")[0]
        says = NAMES[name].format(recorded)
        if low <= value <= high:
            inside.append(says)
        else:
            place = "below" if value < low else "above"
            ends = f"{mean_text(low, unit).split(' ')[0]} to {mean_text(high, unit)}"
            outside.append(f"{says} lies {place} it ({ends})")
    return inside, outside


def _ending(scenario: Scenario, history: History, base: Numbers) -> str:
    key = history.mediator or history.ending or ""
    name = f"{OF_A_MEDIATOR}{key}" if key in scenario.actors else f"ending_{key}"
    if key in base.endings or name in base.measures:
        line = base.measures.get(name)
        share = line.shown()[0] if line else mean_text(base.endings[key], PROBABILITY)
        return f"its ending ({words.ending(scenario, key)}) comes in {share} of runs"
    return ""
