"""What goes with the outcomes, from the tables of a result alone.

**Open values.** The draws' mean outcomes are regressed on the values of the draws, by forward
selection on ranks (:func:`sim.arguments.drivers.chosen_values`), corrected for all candidates and
all outcomes. Then the outcome is regressed on the ranks of the chosen values. The effect is the
difference between the middle of the top fifth and of the bottom fifth. Its interval has
standard errors that allow for unequal variances (HC3, MacKinnon & White 1985).

**Course of events.** What third parties do differs between the replicates of a draw by chance
alone. So an outcome is regressed on what a third party did, both as deviations from the means of
their draw. Intervals have draws as clusters. Permutations of the outcomes within draws give the
largest correlation of all tests that chance would show (Westfall & Young 1993).

Neither says what causes what: values are drawn together, and a longer war leaves more time to act.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments.drivers import chosen_values, open_values, rank_shares
from sim.arguments.intervals import LEVEL, student, two_sided
from sim.io.text import with_article
from sim.outcomes.chance import ENOUGH, draw_means
from sim.outcomes.runs import Runs, of_runs
from sim.reasons.levers import FIFTHS, Kind, number_in_words, option_in_words
from sim.reasons.lines import Line
from sim.reasons.outcomes import RARE, Outcome
from sim.reasons.testing import CHANCE
from sim.scenario import Scenario
from sim.scenario.columns import column_name, named_columns
from sim.scenario.wording import actor_in_words, value_name

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

METHOD = "association"
MOST_DRAWS = 5000
MOST_RUNS = 20_000
"""Most draws for the open values, and most runs for the course of events; more add little."""
PERMUTATIONS = 999
FEWEST = 8
"""Smallest number of draws in which a course of events must differ between replicates."""
WORDS = {
    "mediates": "{k} mediating",
    "support": "{k}'s support for {side}",
    "force": "{k} fighting for {side}",
}
"""Columns that show what a third party did, in words."""


@dataclass(frozen=True)
class Tables:
    """The tables of a result.

    Attributes:
        outcomes: one row per run.
        parameters: one row per draw.
    """

    outcomes: Runs
    parameters: pd.DataFrame


def open_value_lines(
    scenario: Scenario, tables: Tables, explained: Sequence[Outcome]
) -> Iterator[Line]:
    """Yield a line for each open value that goes with an outcome, the strongest first."""
    of_first = tables.outcomes["draw"].to_numpy(np.int64) < MOST_DRAWS
    outcomes = tables.outcomes
    if not of_first.all():
        outcomes = of_runs(outcomes, np.flatnonzero(of_first))
    draw = outcomes["draw"].to_numpy(np.int64)
    used = np.unique(draw)
    numbers = tables.parameters["draw"].to_numpy(np.int64)
    rows = np.flatnonzero(np.isin(numbers, used))
    values = open_values(tables.parameters, rows)
    for outcome in explained:
        mean, noise, _ = draw_means(outcome.values(outcomes), draw)
        if len(mean) != len(rows):
            continue
        level = CHANCE / len(explained)
        chosen, _ = chosen_values(mean, values, level)
        if chosen:
            columns = values.iloc[:, chosen]
            tests = values.shape[1] * len(explained)
            yield from _regressed(scenario, outcome, columns, mean, noise, tests)


def _regressed(
    scenario: Scenario,
    outcome: Outcome,
    columns: pd.DataFrame,
    mean: Array,
    noise: Array,
    tests: int,
) -> Iterator[Line]:
    """Yield a line for each of some values, from one regression on their ranks.

    Their p-values are multiplied by the number of tests from which they were chosen.
    """
    ranked = [_place(columns[name].to_numpy()) for name in columns]
    design = np.column_stack([np.ones(len(mean)), *ranked])
    inverse = np.linalg.pinv(design.T @ design)
    weights = inverse @ design.T @ mean
    hat = np.einsum("di,ij,dj->d", design, inverse, design)
    residual = (mean - design @ weights) / np.maximum(1.0 - hat, 1e-6)
    degrees = len(mean) - design.shape[1]
    total, chance = (
        np.sqrt(np.diag(inverse @ (design.T * part) @ design @ inverse))
        for part in (residual**2, noise)
    )
    t = student(LEVEL, degrees)
    for place, name in enumerate(columns, start=1):
        step = _step(columns[name].to_numpy())
        size, error = float(step * weights[place]), float(step * total[place])
        yield Line(
            outcome,
            Kind.value,
            METHOD,
            str(name).partition(" = ")[0],
            *_moved(str(name), columns[name].to_numpy(), scenario),
            size,
            size - t * error,
            size + t * error,
            float(step * chance[place]) or None,
            None,
            None,
            min(1.0, tests * two_sided(size / error, degrees)) if error > 0 else 0.0,
        )


def _is_option(values: Array) -> bool:
    return set(np.unique(values)) == {0.0, 1.0}


def _place(values: Array) -> Array:
    """Return what an outcome is regressed on: ranks from 0 to 1, or 0 and 1 for an option."""
    return values if _is_option(values) else rank_shares(values)


def _step(values: Array) -> float:
    return 1.0 if _is_option(values) else FIFTHS[1] - FIFTHS[0]


def _moved(name: str, values: Array, scenario: Scenario) -> tuple[str, str, str]:
    """Return a value in words, and from where to where it is moved."""
    path, _, option = name.partition(" = ")
    says = value_name(path, scenario)
    if option:
        return says, "other readings", option_in_words(option, scenario)
    low, high = np.quantile(values, FIFTHS)
    return says, number_in_words(float(low)), number_in_words(float(high))


# Course of events


@dataclass(frozen=True)
class _Course:
    """What a third party did in each run.

    Attributes:
        column: column of the outcomes.
        says: what it did, in words.
        low, high: from where to where it is moved, in words.
        values: what it did, ``(runs,)``.
        step: distance between both ends.
    """

    column: str
    says: str
    low: str
    high: str
    values: NDArray[np.floating[Any]]
    step: float


def course_lines(
    scenario: Scenario, tables: Tables, explained: Sequence[Outcome], seed: int = 1
) -> list[Line]:
    """Return a line for each course of events and outcome.

    Args:
        scenario: the scenario.
        tables: the tables of its result.
        explained: the outcomes.
        seed: seed of the permutations.
    """
    ordered = _of_first_draws(tables.outcomes)
    _, first, runs = np.unique(ordered["draw"].to_numpy(), return_index=True, return_counts=True)
    if runs.min() < ENOUGH:
        return []
    found = list(_courses(scenario, ordered, first))
    if not found:
        return []
    x = _within(np.column_stack([course.values for course in found]), first, runs)
    y = _within(np.column_stack([each.values(ordered) for each in explained]), first, runs)
    slopes, errors = _slopes(x, y, first)
    statistics = _correlations(x, y)
    largest = _largest_by_chance(x, y, runs, seed)
    t = student(LEVEL, max(len(runs) - 1, 1))
    lines = []
    for place, course in enumerate(found):
        for number, outcome in enumerate(explained):
            size = float(slopes[place, number] * course.step)
            error = float(errors[place, number] * course.step)
            p = (1 + int((largest >= statistics[place, number]).sum())) / (1 + len(largest))
            lines.append(
                Line(
                    outcome,
                    Kind.course,
                    METHOD,
                    course.column,
                    course.says,
                    course.low,
                    course.high,
                    size,
                    size - t * error,
                    size + t * error,
                    None,
                    None,
                    None,
                    p if statistics[place, number] > 0 else 1.0,
                )
            )
    return lines


def _of_first_draws(outcomes: Runs) -> Runs:
    """Return the runs of the first draws in order of draws, at most :data:`MOST_RUNS`."""
    draw = outcomes["draw"].to_numpy()
    places = np.argsort(draw, kind="stable")
    if len(places) > MOST_RUNS:
        complete = int(np.searchsorted(draw[places], draw[places[MOST_RUNS]]))
        places = places[: complete or MOST_RUNS]
    return of_runs(outcomes, places)


def _courses(scenario: Scenario, outcomes: Runs, first: Integers) -> Iterator[_Course]:
    """Yield what each third party did, where runs differ in it.

    Args:
        scenario: the scenario.
        outcomes: the runs, in order of draws.
        first: position of each draw's first run, ``(draws,)``.
    """
    for what, codes in named_columns(scenario):
        column = column_name(what, *codes)
        if what not in WORDS or column not in outcomes:
            continue
        values = outcomes[column].to_numpy(np.float64)
        k, *side = (with_article(actor_in_words(code, scenario)) for code in codes)
        says = WORDS[what].format(k=k, side=side[0] if side else "")
        found = _ends_of(column, what, says, values)
        if not _is_rare(found.values, first):
            yield found


def _is_rare(values: NDArray[np.floating[Any]], first: Integers) -> bool:
    """Return whether too few draws have replicates that differ, so that a few runs would decide."""
    largest, smallest = (extreme.reduceat(values, first) for extreme in (np.maximum, np.minimum))
    off = values != np.median(values)
    return int((largest > smallest).sum()) < FEWEST or float(off.mean()) < RARE


def _ends_of(column: str, what: str, says: str, values: Array) -> _Course:
    low, high = (float(end) for end in np.quantile(values, FIFTHS))
    if what == "force" or low == high:  # an event: any of it, or none
        return _Course(column, says, "never", "at some time", (values > 0) * 1.0, 1.0)
    if what == "mediates":
        ends = tuple(f"{100 * end:.0f}%" for end in (low, high))
        says = f"share of days with {says}"
    else:
        ends = tuple(number_in_words(end) for end in (low, high))
    return _Course(column, says, ends[0], ends[1], values, high - low)


def _within(values: Array, first: Integers, runs: Integers) -> Array:
    """Return values as deviations from the means of their draw: ``(runs, columns)``.

    Args:
        values: values in each run, in order of draws, ``(runs, columns)``.
        first: position of each draw's first run, ``(draws,)``.
        runs: number of each draw's runs, ``(draws,)``.
    """
    means = np.add.reduceat(values, first, axis=0) / runs[:, None]
    return np.asarray(values - np.repeat(means, runs, axis=0))


def _slopes(x: Array, y: Array, first: Integers) -> tuple[Array, Array]:
    """Return slopes of each outcome on each course, and their errors with draws as clusters."""
    square = (x**2).sum(axis=0)[:, None]
    square = np.where(square > 0, square, np.inf)
    slopes = (x.T @ y) / square
    draws = len(first)
    errors = np.empty_like(slopes)
    for number in range(y.shape[1]):
        scores = x * (y[:, number][:, None] - x * slopes[:, number])
        sums = np.add.reduceat(scores, first, axis=0)
        errors[:, number] = np.sqrt((sums**2).sum(axis=0) * draws / max(draws - 1, 1))
    return slopes, errors / square


def _correlations(x: Array, y: Array) -> Array:
    """Return the size of the correlation of each course with each outcome, within draws."""
    size = np.sqrt((x**2).sum(axis=0))[:, None] * np.sqrt((y**2).sum(axis=0))
    return np.abs(x.T @ y) / np.where(size > 0, size, np.inf)


def _largest_by_chance(x: Array, y: Array, runs: Integers, seed: int) -> Array:
    """Return the largest correlation of all tests in permutations within draws."""
    random = np.random.default_rng(seed)
    draw = np.repeat(np.arange(len(runs)), runs)
    largest = np.empty(PERMUTATIONS)
    for number in range(PERMUTATIONS):
        shuffled = np.lexsort((random.random(len(draw)), draw))
        largest[number] = _correlations(x, y[shuffled]).max()
    return largest
