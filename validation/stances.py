"""Check how steady third parties' stances are, and compare outcomes with the historical record.

``python -m validation.stances`` simulates every shipped scenario and prints tables. They show how
often third parties change their stance, how long they keep it, and the outcomes beside the record.
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

from sim.engine.options import MEDIATES
from sim.engine.rules.patrons import News
from sim.engine.state import Stop
from sim.engine.streams import Streams
from sim.engine.world import World
from sim.ensemble.ensemble import LANE, Plan, ends_of, outcomes_of
from sim.scenario import STANCES, load
from validation import conduct

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"
MONTH = 30
FORTNIGHT = 14
SHORT = 3
"""Days: support or mediation that ends within them is a short spell."""
OFTEN = 0.9
"""Share of days of fighting that counts as constant support."""
SIDES = np.array([-1 if stance.side is None else stance.side for stance in STANCES], dtype=np.int8)
GIVES = np.array([stance.side is not None and stance.level > 1 for stance in STANCES])
RECORD = {
    "autumn_2020": "44 days; 7,600 deaths; 0.33 won, 0.72 with cession; "
    "3 ceasefires failed; mediated by Russia",
    "april_2016": "3.5 days; 200 deaths; 0.001 won; 1 halt failed; mediated by Russia",
    "july_2020": "4.5 days; 18 deaths; nothing won; 1 lull failed; "
    "Russian calls, no signed ceasefire",
    "georgia_2008": "5 days; under 1,000 deaths; Russia fought; mediated by France",
}
"""The historical record, as shown beside the outcomes."""
PATTERNS = ("april_2016", "july_2020", "autumn_2020", "georgia_2008")
"""Historical crises: their third parties are shown one by one."""
LASTING = ("stances", "prompts", "given", "mediator", "terms", "ceded", "lost", "invoked")
"""Quantities that stay as they are once a run is over."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Course:
    """Every day of an ensemble.

    Attributes:
        powers: codes of the active third parties.
        sides: codes of challenger and defender.
        stances: position of each stance at the end of the day, ``(days, powers, runs)``.
        prompts: what prompted each stance, ``(days, powers, runs)``.
        given: support for each side, in levels, ``(days, 2, powers, runs)``.
        fought: where there was fighting, ``(days, runs)``.
        settled: where the crisis was closed in the morning, ``(days, runs)``.
        offers: proposals of the day, ``(days, runs)``.
        signed: where both sides signed on the day, ``(days, runs)``.
        mediator: position of the mediator of the ceasefire in force, -1 without a mediator and -2
            without a ceasefire, ``(days, runs)``.
        terms: territory that its terms cede, share of the area, ``(days, runs)``.
        ceded: territory handed over so far, share of the area, ``(days, runs)``.
        lost: territory that the defender has lost by fighting, share, ``(days, runs)``.
        invoked: where the defender has invoked a treaty, ``(days, runs)``.
        outcomes: one row for each run.
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
    mediator: NDArray[np.int8]
    terms: NDArray[np.float32]
    ceded: NDArray[np.float32]
    lost: NDArray[np.float32]
    invoked: Flags
    outcomes: pd.DataFrame

    def of(self, code: str) -> NDArray[np.int8]:
        """Return the stances of a third party: ``(days, runs)``."""
        return self.stances[:, self.powers.index(code)]

    @cached_property
    def changed(self) -> Flags:
        """Return where a stance differs from the day before: ``(days - 1, powers, runs)``."""
        return np.asarray(self.stances[1:] != self.stances[:-1])

    def changes(self) -> dict[str, float]:
        """Return the mean number of changes of stance in the first month, for each third party."""
        found = self.changed[:MONTH].sum(axis=0).mean(axis=1)
        return dict(zip(self.powers, map(float, found), strict=True))

    def changes_after_the_end(self) -> int:
        """Return the number of changes of stance after a crisis was closed."""
        return int((self.changed & self.settled[1:, None]).sum())

    def both_sides(self) -> float:
        """Return the share of runs in which a third party commits itself to both sides."""
        sides = SIDES[self.stances]
        both = (sides == 0).any(axis=0) & (sides == 1).any(axis=0)
        return float(both.any(axis=0).mean())

    def quiet_life(self) -> float:
        """Return the median days of a stance without news, from the rate of routine changes."""
        routine = self.changed & (self.prompts[1:] == News.routine) & ~self.settled[1:, None]
        days = (~self.settled[1:]).sum() * len(self.powers)
        return float(np.log(2) * days / max(int(routine.sum()), 1))

    def spells(self, holds: Flags) -> tuple[float, float]:
        """Return the median length of spells in days, and the share of short ones.

        A spell that lasts to the end of the crisis counts with its days so far. The share is that
        of the spells that begin after day 0.

        Args:
            holds: where a third party does something, ``(days, powers, runs)``.
        """
        lengths, dropped = [], []
        going = holds & ~self.settled[:, None]
        for k in range(len(self.powers)):
            # 1. first day of each spell, and first day after it
            padded = np.zeros((len(going) + 2, going.shape[-1]), dtype=bool)
            padded[1:-1] = going[:, k]
            edges = np.diff(padded.astype(np.int8), axis=0)
            begun = np.argwhere(edges.T == 1)[:, 1]
            ended = np.argwhere(edges.T == -1)
            # 2. spells that end before the crisis does
            horizon = np.ones((1, self.settled.shape[1]), dtype=bool)
            over = np.append(self.settled, horizon, axis=0)
            length = ended[:, 1] - begun
            lengths.append(length)
            done = ~over[ended[:, 1], ended[:, 0]]
            dropped.append((length[begun > 0] <= SHORT) & done[begun > 0])
        length = np.concatenate(lengths)
        short = np.concatenate(dropped)
        median = float(np.median(length)) if length.size else float("nan")
        return median, float(short.mean()) if short.size else float("nan")

    def supports(self, code: str, side: int) -> NDArray[np.float64]:
        """Return the share of days of fighting with support for a side: ``(runs,)``."""
        helps = (self.given[:, side, self.powers.index(code)] > 0) & self.fought
        return np.asarray(helps.sum(axis=0) / np.maximum(self.fought.sum(axis=0), 1))

    def mediates(self, code: str) -> NDArray[np.float64]:
        """Return the share of days of fighting on which a third party mediates: ``(runs,)``."""
        talks = MEDIATES[self.of(code)] & self.fought
        return np.asarray(talks.sum(axis=0) / np.maximum(self.fought.sum(axis=0), 1))

    def signed_early(self) -> float:
        """Return the share of the first fortnight's proposals that both sides signed."""
        return float(self.signed[:FORTNIGHT].sum() / max(int(self.offers[:FORTNIGHT].sum()), 1))

    def as_in_autumn_2020(self, words_count: bool = False) -> float:
        """Return the share of runs in which third parties behave as in autumn 2020.

        Turkey supports the challenger constantly. Russia, the United States and the EU support no
        side, France does not support the challenger, and Iran supports at most one side.

        Args:
            words_count: whether words alone count as support.
        """
        fits = self.supports("TUR", 0) >= OFTEN
        for code in ("RUS", "USA", "EU"):
            fits &= ~self.backs(code, 0, words_count) & ~self.backs(code, 1, words_count)
        fits &= ~self.backs("FRA", 0, words_count)
        fits &= ~(self.backs("IRN", 0, words_count) & self.backs("IRN", 1, words_count))
        return float(fits.mean())

    def backs(self, code: str, side: int, words_count: bool) -> Flags:
        """Return in which runs a third party supports a side on a day of fighting: ``(runs,)``."""
        backs = SIDES[self.of(code)] == side
        if not words_count:
            backs &= GIVES[self.of(code)]
        return np.asarray((backs & self.fought).any(axis=0))


def watch(
    name: str,
    runs: int = 4000,
    draws: int = 1000,
    seed: int = 1,
    sets: Sequence[str] = (),
) -> Course:
    """Simulate a shipped scenario and record every day.

    Args:
        name: name of the scenario.
        runs: number of runs.
        draws: number of parameter draws.
        seed: seed of the ensemble.
        sets: values to change, as ``path=value``.
    """
    scenario = load(SCENARIOS / f"{name}.yaml", sets).scenario
    plan = Plan(scenario, runs, draws, seed)
    numbers = np.arange(runs)
    world = World(scenario, plan.drawn.of_runs(numbers % draws), Streams(seed, 0, LANE, runs))
    state, days, powers = world.state, scenario.horizon_days, len(world.powers)
    days_of: dict[str, Any] = {
        "stances": np.zeros((days, powers, runs), dtype=np.int8),
        "prompts": np.zeros((days, powers, runs), dtype=np.int8),
        "given": np.zeros((days, 2, powers, runs), dtype=np.float32),
        "fought": np.zeros((days, runs), dtype=bool),
        "settled": np.ones((days, runs), dtype=bool),
        "offers": np.zeros((days, runs), dtype=np.int32),
        "signed": np.zeros((days, runs), dtype=bool),
        "mediator": np.full((days, runs), -2, dtype=np.int8),
        "terms": np.zeros((days, runs), dtype=np.float32),
        "ceded": np.zeros((days, runs), dtype=np.float32),
        "lost": np.zeros((days, runs), dtype=np.float32),
        "invoked": np.zeros((days, runs), dtype=bool),
    }
    made = np.zeros(runs, dtype=np.int32)

    def note() -> None:
        day = state.day
        going = world.recorder.number
        # 1. dropped runs stay as they were
        for name in LASTING:
            days_of[name][day] = days_of[name][max(day - 1, 0)]
        # 2. third parties
        for k, power in enumerate(world.powers):
            days_of["stances"][day, k, going] = power.stance
            days_of["prompts"][day, k, going] = power.news
        days_of["given"][day][..., going] = state.support
        # 3. fighting and talks
        days_of["fought"][day, going] = state.fought > 0
        days_of["settled"][day, going] = state.settled
        days_of["offers"][day, going] = world.recorder.offers - made[going]
        made[going] = world.recorder.offers
        days_of["signed"][day, going] = state.news == News.signed
        days_of["mediator"][day, going] = np.where(state.stop == Stop.truce, state.mediator, -2)
        days_of["terms"][day, going] = state.terms
        days_of["invoked"][day, going] = state.invoked
        # 4. territory
        days_of["ceded"][day, going] = state.ceded
        days_of["lost"][day, going] = state.won

    record = world.play(note).record
    for day in range(state.day, days):
        for quantity in LASTING:
            days_of[quantity][day] = days_of[quantity][state.day - 1]
    codes, sides = tuple(state.powers), (state.codes[0], state.codes[1])
    world.close()
    outcomes = outcomes_of(plan, numbers, ends_of(plan, record))
    return Course(codes, sides, **days_of, outcomes=outcomes)


def heads(*names: str) -> Iterator[str]:
    """Yield the first two lines of a Markdown table."""
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"


def rows_of_stances(course: Course) -> Iterator[str]:
    """Yield a row for each third party: changes in a month, and its stances on days of fighting."""
    changes = course.changes()
    for code in course.powers:
        helps = [course.supports(code, side) for side in (0, 1)]
        yield (
            f"| {code} | {changes[code]:.1f} | {course.mediates(code).mean():.0%} | "
            f"{helps[0].mean():.0%} | {helps[1].mean():.0%} | "
            f"{course.backs(code, 0, True).mean():.0%} | {course.backs(code, 1, True).mean():.0%} |"
        )


def sums(course: Course) -> tuple[str, ...]:
    """Return the measures over all third parties of a scenario, as text."""
    support = course.spells(GIVES[course.stances])
    mediation = course.spells(MEDIATES[course.stances])
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
    """Return the outcomes of a scenario, as text."""
    table = course.outcomes
    deaths = table["deaths_challenger"] + table["deaths_defender"]
    after = table["territory_fought"] + table["territory_ceded"]
    mediated = table["broker"] != "none"
    shares = table["broker"][mediated].value_counts(normalize=True)
    mediator = f"{shares.iloc[0]:.0%} {shares.index[0]}" if len(shares) else "-"
    entered = table["great_power_entry"].mean()
    return (
        spread(table["duration_days"], ".0f"),
        spread(deaths, ",.0f"),
        spread(table["territory_fought"], ".2f"),
        spread(after, ".2f"),
        f"{table['failed_truces'].median():.0f}",
        f"{mediated.mean():.0%} ({mediator})",
        f"{entered:.1%}",
    )


def spread(values: pd.Series, form: str) -> str:
    """Return the median and the middle 80%, as text."""
    low, middle, high = (format(float(values.quantile(q)), form) for q in (0.1, 0.5, 0.9))
    return f"{middle} ({low} to {high})"


def reports(names: Sequence[str], runs: int, draws: int, sets: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the tables."""
    courses = {name: watch(name, runs, draws, sets=sets) for name in names}
    yield from heads(
        "scenario",
        "most changes of one party, 30 days",
        "some party takes both sides",
        "median days of a stance without news",
        "support: median days, dropped within 3",
        "mediation: median days, dropped within 3",
        "changes once the crisis is closed",
        "proposals of the first 14 days signed",
    )
    for name, course in courses.items():
        yield f"| {name} | {' | '.join(sums(course))} |"
    yield ""
    ends_in = "ends in a mediated ceasefire"
    yield from heads(
        "scenario",
        "days",
        "deaths",
        "territory won",
        "and ceded",
        "failed ceasefires",
        ends_in,
        "third party fights",
        "record",
    )
    for name, course in courses.items():
        yield f"| {name} | {' | '.join(ends(course))} | {RECORD.get(name, '')} |"
    yield ""
    yield from conduct.table(courses)
    for name in PATTERNS if not set(PATTERNS) - set(names) else names:
        course = courses[name]
        yield f"\n**{name}**, challenger {course.sides[0]}, defender {course.sides[1]}\n"
        yield from heads(
            "third party",
            "changes, 30 days",
            "mediates, days of fighting",
            "supports challenger",
            "supports defender",
            "ever speaks up for challenger",
            "ever for defender",
        )
        yield from rows_of_stances(course)
        if name == "autumn_2020":
            share = course.as_in_autumn_2020()
            strict = course.as_in_autumn_2020(words_count=True)
            yield (
                f"\nAll of the recorded pattern at once: {share:.0%} of runs; "
                f"{strict:.0%} if words count as support."
            )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m validation.stances", description=__doc__)
    shipped = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
    parser.add_argument("names", nargs="*", default=shipped, help="scenarios; default: all shipped")
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--draws", type=int, default=1000)
    help_of_set = "change a value: path=value"
    parser.add_argument("--set", dest="sets", action="append", default=[], help=help_of_set)
    given = parser.parse_args()
    for line in reports(given.names, given.runs, given.draws, given.sets):
        print(line)


if __name__ == "__main__":
    main()
