"""Where history lies among the runs of the base case."""

from __future__ import annotations

from sim.explore import words
from sim.explore.content import Numbers
from sim.explore.means import mean_text
from sim.explore.past import PER_CENT
from sim.io.text import listed
from sim.outcomes.summary_measures import OF_A_MEDIATOR, PROBABILITY
from sim.record.history import History
from sim.record.words import beyond
from sim.scenario import Scenario

MEASURED = {"duration_days": "days", "deaths": "deaths", "territory_fought": "% of the area"}
MIDDLE = "the middle 80% of all its runs"
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
    inside, outside = _places(scenario, history, base)
    texts = []
    if inside:
        verb = "lies" if len(inside) == 1 else "lie"
        ends = "; ".join(end for _, end in inside)
        texts.append(f"{listed([says for says, _ in inside])} {verb} within {MIDDLE} ({ends})")
    for text in outside:
        is_named = any(MIDDLE in said for said in texts)
        texts.append(text.format(middle="it" if is_named else MIDDLE))
    ending = _ending(scenario, history, base)
    texts += [ending] if ending else []
    if not texts:
        return ""
    says = f"History beside the base case: {'; '.join(texts)}."
    is_fitted = drawn.startswith("fitted")
    return f"{says} The draws are {drawn}, so this is no prediction." if is_fitted else says


def _places(
    scenario: Scenario, history: History, base: Numbers
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return what lies within the middle of the runs, and what lies outside with its place.

    What lies within comes with the ends of the middle. What lies outside has ``{middle}`` where the
    caller names the middle.
    """
    inside: list[tuple[str, str]] = []
    outside: list[str] = []
    for name, unit in MEASURED.items():
        known = history.get(name)
        if known is None or known.number is None:
            continue
        line = base.measures[name]
        if line.all_runs is None:
            continue
        factor = PER_CENT if name == "territory_fought" else 1.0
        value = factor * known.number
        low, high = line.all_runs
        end = " of" if unit.startswith("%") else " ["
        ends = line.shown_all_runs + (" of the area" if unit.startswith("%") else f" {unit}")
        says = NAMES[name].format(known.says.partition(end)[0])
        if name == "duration_days" and (longer := beyond(history, scenario.horizon_days)):
            outside.append(f"{says} is {longer}")
        elif low <= value <= high:
            inside.append((says, ends))
        else:
            place = "below" if value < low else "above"
            outside.append(f"{says} lies {place} {{middle}} ({ends})")
    return inside, outside


def _ending(scenario: Scenario, history: History, base: Numbers) -> str:
    key = history.mediator or history.ending or ""
    name = f"{OF_A_MEDIATOR}{key}" if key in scenario.actors else f"ending_{key}"
    if key in base.endings or name in base.measures:
        line = base.measures.get(name)
        share = line.shown()[0] if line else mean_text(base.endings[key], PROBABILITY)
        return f"its ending ({words.ending(scenario, key)}) comes in {share} of runs"
    return ""
