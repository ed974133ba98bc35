"""Whether third parties hold their stances, and what the crises then come to.

``python -m validation.stances`` plays every shipped scenario and prints Markdown tables: how often third parties change
their stance, on what news, for how long they keep it, and what the crises come to beside the record.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.rules.patrons import News
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.ensemble.ensemble import LANE, Plan, ends_of, outcomes_of
from sim.scenario import STANCES, load

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"
MEASURED = ("autumn_2020", "april_2016", "july_2020", "georgia_2008")
"""Scenarios that stand for crises of the record; all others vary one of them."""
MONTH = 30
FORTNIGHT = 14
SHORT = 3
"""Days within which a stance that is dropped again was hardly taken."""
OFTEN = 0.9
SIDES = np.array([-1 if stance.side is None else stance.side for stance in STANCES], dtype=np.int8)
GIVES = np.array([stance.side is not None and stance.level > 1 for stance in STANCES])
MEDIATES = np.array([stance.mediates for stance in STANCES])
RECORD = {
    "autumn_2020": "44 days, 7,600 deaths, .325 won, .72 after cession, 3 failed truces, Russia's truce",
    "april_2016": "3.5 days, 200 deaths, .001 won, 1 failed halt, Russia's truce",
    "july_2020": "4.5 days, 18 deaths, 0 won, 1 lull, Russian calls",
    "georgia_2008": "5 days, under 1,000 deaths, Russia fought, France's truce",
}

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Course:
    """The days of an ensemble; arrays have shape ``(days, powers, runs)`` or ``(days, runs)``.

    Attributes:
        powers: codes of the third parties that can act.
        sides: codes of challenger and defender.
        stances: positions in the table of stances, at the end of each day.
        prompts: what prompted the stance in force.
        given: support to each side, ``(days, 2, powers, runs)``.
        fought: where there was fighting.
        settled: where the crisis was closed by the morning.
        fresh: where a truce was signed or broke, or the treaty was invoked, on the day.
        offers, signed: offers made, and signed by both, on the day.
        outcomes: one row a run.
    """

    powers: tuple[str, ...]
    sides: tuple[str, str]
    stances: NDArray[np.int8]
    prompts: NDArray[np.int8]
    given: NDArray[np.float32]
    fought: Flags
    settled: Flags
    offers: NDArray[np.int32]
    signed: Flags
    outcomes: pd.DataFrame

    def of(self, code: str) -> NDArray[np.int8]:
        """Return the stances of a power: ``(days, runs)``."""
        return self.stances[:, self.powers.index(code)]

    @cached_property
    def changed(self) -> Flags:
        """Where a stance is not that of the day before: ``(days - 1, powers, runs)``."""
        return np.asarray(self.stances[1:] != self.stances[:-1])

    def changes(self) -> dict[str, float]:
        """Return the changes of stance in the first month, by power: mean over runs."""
        found = self.changed[:MONTH].sum(axis=0).mean(axis=1)
        return dict(zip(self.powers, map(float, found), strict=True))

    def changes_after_the_end(self) -> int:
        """Return how many stances changed once a crisis was closed."""
        return int((self.changed & self.settled[1:, None]).sum())

    def both_sides(self) -> float:
        """Return the share of runs in which some power commits itself to both sides, in words at least."""
        sides = SIDES[self.stances]
        both = (sides == 0).any(axis=0) & (sides == 1).any(axis=0)
        return float(both.any(axis=0).mean())

    def quiet_life(self) -> float:
        """Return how many days a stance lasts in the median where there is no news, by the rate at which it changes."""
        routine = self.changed & (self.prompts[1:] == News.routine) & ~self.settled[1:, None]
        days = (~self.settled[1:]).sum() * len(self.powers)
        return float(np.log(2) * days / max(int(routine.sum()), 1))

    def spells(self, holds: Flags) -> tuple[float, float]:
        """Return the median length of spells, and the share that is over within a few days, of those begun after day 0.

        A spell that lasts to the end of the crisis counts with its days so far.

        Args:
            holds: where a power does something, ``(days, powers, runs)``.
        """
        lengths, dropped = [], []
        going = holds & ~self.settled[:, None]
        for k in range(len(self.powers)):
            padded = np.zeros((len(going) + 2, going.shape[-1]), dtype=bool)
            padded[1:-1] = going[:, k]
            edges = np.diff(padded.astype(np.int8), axis=0)
            begun, ended = np.argwhere(edges.T == 1)[:, 1], np.argwhere(edges.T == -1)
            over = np.append(self.settled, np.ones((1, self.settled.shape[1]), dtype=bool), axis=0)
            length = ended[:, 1] - begun
            lengths.append(length)
            done = ~over[ended[:, 1], ended[:, 0]]
            dropped.append((length[begun > 0] <= SHORT) & done[begun > 0])
        every, short = np.concatenate(lengths), np.concatenate(dropped)
        median = float(np.median(every)) if every.size else float("nan")
        return median, float(short.mean()) if short.size else float("nan")

    def supports(self, code: str, side: int) -> NDArray[np.float64]:
        """Return the share of days of fighting on which a power supports a side, in each run."""
        helps = (self.given[:, side, self.powers.index(code)] > 0) & self.fought
        return np.asarray(helps.sum(axis=0) / np.maximum(self.fought.sum(axis=0), 1))

    def mediates(self, code: str) -> NDArray[np.float64]:
        """Return the share of days of fighting on which a power mediates, in each run."""
        talks = MEDIATES[self.of(code)] & self.fought
        return np.asarray(talks.sum(axis=0) / np.maximum(self.fought.sum(axis=0), 1))

    def signed_early(self) -> float:
        """Return the share of the offers of the first fortnight that both sides signed."""
        return float(self.signed[:FORTNIGHT].sum() / max(int(self.offers[:FORTNIGHT].sum()), 1))

    def as_in_autumn_2020(self) -> float:
        """Return the share of runs with the pattern of the record of autumn 2020."""
        fits = self.supports("TUR", 0) >= OFTEN
        for code in ("RUS", "USA", "EU"):
            fits &= (self.supports(code, 0) == 0) & (self.supports(code, 1) == 0)
        fits &= self.supports("FRA", 0) == 0
        fits &= ~((self.supports("IRN", 0) > 0) & (self.supports("IRN", 1) > 0))
        return float(fits.mean())


def watch(name: str, runs: int = 4000, draws: int = 1000, seed: int = 1, sets: Sequence[str] = ()) -> Course:
    """Play a shipped scenario and keep every day of it."""
    scenario = load(SCENARIOS / f"{name}.yaml", sets).scenario
    plan = Plan(scenario, runs, draws, seed)
    numbers = np.arange(runs)
    world = World(scenario, plan.drawn.of_runs(numbers % draws), Streams(seed, 0, LANE, runs))
    state, days, powers = world.state, scenario.horizon_days, len(world.powers)
    kept: dict[str, Any] = {
        "stances": np.zeros((days, powers, runs), dtype=np.int8),
        "prompts": np.zeros((days, powers, runs), dtype=np.int8),
        "given": np.zeros((days, 2, powers, runs), dtype=np.float32),
        "fought": np.zeros((days, runs), dtype=bool),
        "settled": np.ones((days, runs), dtype=bool),
        "offers": np.zeros((days, runs), dtype=np.int32),
        "signed": np.zeros((days, runs), dtype=bool),
    }
    made = np.zeros(runs, dtype=np.int32)

    def note() -> None:
        day, going = state.day, world.recorder.number
        for what in ("stances", "prompts", "given"):
            kept[what][day] = kept[what][max(day - 1, 0)]
        for k, power in enumerate(world.powers):
            kept["stances"][day, k, going], kept["prompts"][day, k, going] = power.stance, power.news
        kept["given"][day][..., going] = state.support
        kept["fought"][day, going], kept["settled"][day, going] = state.fought > 0, state.settled
        kept["offers"][day, going] = world.recorder.offers - made[going]
        made[going] = world.recorder.offers
        kept["signed"][day, going] = state.news == News.signed

    record = world.play(note).record
    for day in range(state.day, days):
        for what in ("stances", "prompts", "given"):
            kept[what][day] = kept[what][state.day - 1]
    codes, sides = tuple(state.powers), (state.codes[0], state.codes[1])
    world.close()
    outcomes = outcomes_of(plan, numbers, ends_of(plan, record))
    return Course(codes, sides, **kept, outcomes=outcomes)


def heads(*names: str) -> Iterator[str]:
    """Yield the first two lines of a table."""
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"


def rows_of_stances(course: Course) -> Iterator[str]:
    """Yield a row for each third party: changes in a month, and what it does on days of fighting."""
    changes = course.changes()
    for code in course.powers:
        helps = [course.supports(code, side) for side in (0, 1)]
        yield (
            f"| {code} | {changes[code]:.1f} | {course.mediates(code).mean():.0%} | "
            f"{helps[0].mean():.0%} | {helps[1].mean():.0%} |"
        )


def sums(course: Course) -> tuple[str, ...]:
    """Return what is measured over all third parties of a scenario."""
    support, mediation = course.spells(GIVES[course.stances]), course.spells(MEDIATES[course.stances])
    return (
        f"{max(course.changes().values(), default=0):.1f}",
        f"{course.both_sides():.1%}",
        f"{course.quiet_life():.0f}",
        f"{support[0]:.0f}, {support[1]:.0%}",
        f"{mediation[0]:.0f}, {mediation[1]:.0%}",
        str(course.changes_after_the_end()),
        f"{course.signed_early():.0%}",
    )


def ends(course: Course) -> tuple[str, ...]:
    """Return what a scenario comes to."""
    table = course.outcomes
    deaths = table["deaths_challenger"] + table["deaths_defender"]
    after = table["territory_fought"] + table["territory_ceded"]
    brokered = table["broker"] != "none"
    first = table["broker"][brokered].value_counts(normalize=True)
    who = f"{first.iloc[0]:.0%} {first.index[0]}" if len(first) else "-"
    entered = table["great_power_entry"].mean()
    return (
        spread(table["duration_days"], ".0f"),
        spread(deaths, ",.0f"),
        spread(table["territory_fought"], ".2f"),
        spread(after, ".2f"),
        f"{table['failed_truces'].median():.0f}",
        f"{brokered.mean():.0%} ({who})",
        f"{entered:.1%}",
    )


def spread(values: pd.Series, form: str) -> str:
    """Return median and middle 80%."""
    low, middle, high = (format(float(values.quantile(q)), form) for q in (0.1, 0.5, 0.9))
    return f"{middle} ({low} to {high})"


def reports(names: Sequence[str], runs: int, draws: int, sets: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the tables."""
    courses = {name: watch(name, runs, draws, sets=sets) for name in names}
    yield from heads(
        "scenario",
        "most changes of one party, 30 days",
        "some party for both sides",
        "days a stance lasts without news",
        "support: median days, dropped within 3",
        "mediating: median days, dropped within 3",
        "changes after the end",
        "offers of the first fortnight signed",
    )
    for name, course in courses.items():
        yield f"| {name} | {' | '.join(sums(course))} |"
    yield ""
    ends_in = "ends in a mediated truce"
    yield from heads(
        "scenario", "days", "deaths", "ground won", "and ceded", "failed truces", ends_in, "outside entry", "record"
    )
    for name, course in courses.items():
        yield f"| {name} | {' | '.join(ends(course))} | {RECORD.get(name, '')} |"
    for name, course in courses.items():
        yield f"\n**{name}**, challenger {course.sides[0]}, defender {course.sides[1]}\n"
        yield from heads(
            "third party", "changes, 30 days", "mediates, days of fighting", "supports challenger", "supports defender"
        )
        yield from rows_of_stances(course)
        if name == "autumn_2020":
            yield f"\nThe pattern of the record: {course.as_in_autumn_2020():.0%} of runs."


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m validation.stances", description=__doc__)
    shipped = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
    parser.add_argument("names", nargs="*", default=shipped, help="scenarios; all shipped ones where none is named")
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--set", dest="sets", action="append", default=[], help="a value, as path=value")
    given = parser.parse_args()
    for line in reports(given.names, given.runs, given.draws, given.sets):
        print(line)


if __name__ == "__main__":
    main()
