"""Describe the charts of a cell: the finding as a title, and the whole chart in words."""

from __future__ import annotations

import numpy as np

from sim.explore import words
from sim.explore.conduct import mean_of
from sim.explore.content import Numbers
from sim.explore.means import mean_text
from sim.outcomes.numbers import percent
from sim.outcomes.summary import Measure
from sim.scenario import Scenario

TOLD_DAYS = (7, 14, 30, 60, 90, 180, 365)
"""Days at which a description tells the share of runs with fighting."""


def findings(here: Numbers, base: Numbers, scenario: Scenario) -> dict[str, str]:
    """Return what each chart of a cell shows, in one short sentence, by the name of the chart."""
    challenger = words.name(scenario, scenario.conflict.challenger)
    measures = here.measures
    won = mean_text(mean_of(here, "territory_fought"), measures["territory_fought"].unit)
    return {
        "fighting": _half(here),
        "endings": _most_frequent(here, base, scenario),
        "territory": f"{challenger[:1].upper()}{challenger[1:]} wins {won} by fighting, on "
        "average over runs.",
        "duration": _ranges(measures["duration_days"]),
        "deaths": _ranges(measures["deaths"]),
    }


def _most_frequent(here: Numbers, base: Numbers, scenario: Scenario) -> str:
    """Return the most frequent ending, with its share in the base case where that differs."""
    key = max(here.endings, key=lambda name: here.endings[name])
    share, before = words.share_of(here, key), words.share_of(base, key)
    shares = f"{share} of runs" if share == before else f"{before} in the base case, {share} here"
    return f"Most frequent: {words.ending(scenario, key)}, {shares}."


def _ranges(line: Measure) -> str:
    """Return a median with its ranges."""
    value, chance, parameters = line.shown()
    ranges = [f"{chance} by chance"] if chance else []
    ranges += [f"{parameters} by parameters"] if parameters else []
    return f"{value} in the median run{': ' if ranges else ''}{', '.join(ranges)}."


def _half(here: Numbers) -> str:
    """Return on which day half of the runs have stopped."""
    stopped = np.flatnonzero(here.fighting.all < 0.5)
    days = len(here.fighting.all)
    if not len(stopped):
        return f"More than half of all runs still fight on day {days}, the last one simulated."
    if stopped[0] == 0:
        return "In more than half of all runs there is no fighting at the onset."
    return f"On day {stopped[0]}, for the first time, fewer than half of all runs still fight."


def described(here: Numbers, scenario: Scenario) -> dict[str, str]:
    """Return each chart of a cell in words, for readers who cannot see it."""
    fought = here.fighting.all
    by_day = ", ".join(
        f"{percent(float(fought[day]))} on day {day}" for day in TOLD_DAYS if day < len(fought)
    )
    ends = sorted(here.endings.items(), key=lambda pair: -pair[1])
    shares = ", ".join(
        f"{words.ending(scenario, key)} {words.share_of(here, key)}" for key, share in ends if share
    )
    measures = here.measures
    return {
        "fighting": f"Share of runs with fighting: {by_day or percent(float(fought[0]))}.",
        "endings": f"Shares of runs: {shares}.",
        "territory": f"Territory won at the end: {_spread(measures['territory_fought'].shown())}.",
        "duration": f"Duration: {_spread(measures['duration_days'].shown())}.",
        "deaths": f"Battle deaths: {_spread(measures['deaths'].shown())}.",
    }


def _spread(shown: tuple[str, str, str]) -> str:
    value, chance, parameters = shown
    parts = [f"chance {chance}"] if chance else []
    parts += [f"parameters {parameters}"] if parameters else []
    return f"median {value}" + (f" ({'; '.join(parts)})" if parts else "")
