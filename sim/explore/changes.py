"""Differences of a cell from the base case: rows of a table, and a sentence with the largest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.explore import words
from sim.explore.conduct import Act, BesideBase, acts, changed_acts, mean_of
from sim.explore.content import COMPARED, Difference, Numbers
from sim.explore.means import (
    adds_up,
    difference_text,
    directions,
    factor,
    interval_text,
    mean_text,
    size_text,
    unit_text,
)
from sim.explore.past import short
from sim.io.text import listed
from sim.outcomes.summary import Measure
from sim.outcomes.summary_measures import PROBABILITY
from sim.scenario import Scenario

MOST_NAMED = 4
"""Most differences that a sentence names."""
MOST_ACTS = 6
"""Most acts of third parties by which all settings can be sorted."""
SAID_ELSEWHERE = ("peak_4",)
"""Measures that the sentence on third parties covers."""


def rows(cell: BesideBase, measures: Sequence[Measure]) -> dict[str, dict[str, Any]]:
    """Return the rows of the table of differences by name: measures, then clear acts.

    Args:
        cell: the cell.
        measures: the measures of the page.
    """
    here, base = cell.here, cell.base
    found = {
        line.name: _row(here, base, line.name, line.unit, cell.differences[line.name])
        for line in compared(measures)
    }
    if here is not base:
        for act, difference in changed_acts(cell):
            found[act.column] = _row(here, base, act.column, act.unit, difference)
    return found


def compared(measures: Sequence[Measure]) -> list[Measure]:
    """Return the measures whose differences are shown, in the order of the table."""
    by_name = {line.name: line for line in measures}
    return [by_name[name] for name in COMPARED if name in by_name]


def _row(here: Numbers, base: Numbers, name: str, unit: str, found: Difference) -> dict[str, Any]:
    """Return a row: means of both, and their difference in the unit of the row."""
    times = factor(unit)
    text = difference_text(found, unit)
    before, after = mean_of(base, name), mean_of(here, name)
    row: dict[str, Any] = {
        "base": _without_unit(mean_text(before, unit)),
        "here": _without_unit(mean_text(after, unit)),
        "text": text if found.same else f"{text} {unit_text(unit, text)}",
        "rounded": not adds_up(before, after, found, unit),
        "ends": interval_text(found, unit),
        "mean": short(times * found.mean),
        "low": None if found.low is None else short(times * found.low),
        "high": None if found.high is None else short(times * found.high),
        "clear": found.is_clear,
        "same": found.same,
    }
    if found.agree is not None:
        row["agree"] = _draws_that_agree(found, found.agree, unit)
    return row


def _draws_that_agree(found: Difference, shares: tuple[float, float], unit: str) -> str:
    """Return in words in how many draws a measure moves which way: first that of the mean."""
    more, less = directions(unit)
    ways = (more, less) if found.mean > 0 else (less, more)
    texts = [
        f"{mean_text(share, PROBABILITY)} {way}" for share, way in zip(shares, ways, strict=True)
    ]
    return f"{texts[0]}, {texts[1]}"


def _without_unit(text: str) -> str:
    """Return a mean without its unit, which the name of its row says; days and percent keep it."""
    number, _, unit = text.partition(" ")
    return text if unit in ("day", "days") else number


def sorted_by(
    scenario: Scenario, made: Sequence[Numbers], measures: Sequence[Measure]
) -> list[Measure | Act]:
    """Return by what all settings can be sorted: measures, and what third parties do most unlike.

    Args:
        scenario: the scenario of the base case.
        made: the numbers of all cells.
        measures: the measures of the page.
    """

    def spread(act: Act) -> float:
        means = [mean_of(numbers, act.column) for numbers in made]
        return factor(act.unit) * (max(means) - min(means))

    moved = sorted((act for act in acts(scenario) if spread(act) > 0), key=lambda a: -spread(a))
    return [*compared(measures), *moved[:MOST_ACTS]]


def means(cell: BesideBase, of: Sequence[Measure | Act]) -> list[tuple[float, str, str]]:
    """Return each measure and act in a cell: its mean, also as a text, and its difference in words.

    Args:
        cell: the cell.
        of: the measures and acts.
    """
    found = []
    for line in of:
        name = line.column if isinstance(line, Act) else line.name
        value = mean_of(cell.here, name)
        # an act that occurs in neither cell does not differ
        apart = cell.differences.get(name, Difference(0.0, 0.0, 0.0, True))
        found.append((short(value), mean_text(value, line.unit), _change(apart, line.unit)))
    return found


def _change(found: Difference, unit: str) -> str:
    """Return a difference in words, and whether it is clear."""
    text = difference_text(found, unit)
    if found.same:
        return text
    return f"{text} {unit_text(unit, text)}, {'clear' if found.is_clear else 'not clear'}"


def sentence(cell: BesideBase, measures: Sequence[Measure]) -> str:
    """Return one sentence with the largest clear differences from the base case.

    The largest are those with most standard deviations between runs.
    """
    here, base = cell.here, cell.base
    if here is base:
        return "This is the base case."
    lines = [line for line in compared(measures) if line.name not in SAID_ELSEWHERE]
    found = [(line, cell.differences[line.name]) for line in lines]
    clear = [(line, made) for line, made in found if made.is_clear]
    clear.sort(key=lambda pair: -_weight(pair[1], here, base, pair[0].name))
    if not clear:
        return "No measure of the result differs clearly from the base case."
    texts = [_clause(cell.scenario, line, made, here, base) for line, made in clear[:MOST_NAMED]]
    return f"On average over runs, compared with the base case, {listed(texts)}."


def _weight(found: Difference, here: Numbers, base: Numbers, name: str) -> float:
    """Return a difference in standard deviations between the runs of both settings."""
    variances = [float(numbers.compared[name].var()) for numbers in (here, base)]
    spread = (sum(variances) / 2) ** 0.5
    return abs(found.mean) / spread if spread > 0 else 0.0


def _clause(
    scenario: Scenario, line: Measure, found: Difference, here: Numbers, base: Numbers
) -> str:
    """Return a difference as part of a sentence."""
    if line.unit == PROBABILITY:
        shares = [mean_text(mean_of(numbers, line.name), PROBABILITY) for numbers in (here, base)]
        says = ENDS[line.name](scenario)
        return f"{says} in {shares[0]} of runs instead of {shares[1]}"
    more = found.mean > 0
    size = size_text(found, line.unit)
    return QUANTITIES[line.name].format(
        size=size,
        number=size.partition(" ")[0],
        more="more" if more else "fewer",
        much="more" if more else "less",
        longer="longer" if more else "shorter",
        challenger=words.name(scenario, scenario.conflict.challenger),
    )


def _capitulates(scenario: Scenario) -> str:
    return f"{words.name(scenario, scenario.conflict.defender)} capitulates"


ENDS: Mapping[str, Callable[[Scenario], str]] = {
    "ending_truce": lambda _: "a mediated ceasefire ends the fighting",
    "ending_capitulation": _capitulates,
    "ending_fighting": lambda _: "the fighting goes on to the end",
}
QUANTITIES = {
    "duration_days": "the fighting is {size} {longer}",
    "deaths": "{number} {more} people die in battle",
    "territory_fought": "{challenger} wins {size} {much} territory by fighting",
    "territory_ceded": "{challenger} is ceded {size} {much} territory by agreement",
    "failed_truces": "{number} {more} mediated ceasefires break in each run",
}
