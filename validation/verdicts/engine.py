"""Claims through the engine itself, where the engine's rules say what must come out.

- *Untouched*: the conditions differ in a value that no rule reads, so all runs are equal.
- *Null*: both conditions are one scenario with the same draws and other random numbers, so every
  difference is chance. Many measures are compared at once, rare events among them.
- *Echo*: a rule lets the treatment act through one mechanism only. Without it, the treatment
  changes nothing that is measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.arguments.cases import Case, Judged
from sim.arguments.hypotheses import Claim
from sim.arguments.judging import ClaimJudge, Size
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.arguments.words import Kind, Reason, Word
from sim.ensemble.blocks import Store
from sim.ensemble.executors import here
from sim.outcomes.measures import read
from sim.scenario import load
from validation.verdicts.table import Figure

SCENARIO = Path(__file__).parents[2] / "scenarios" / "autumn_2020.yaml"
SMALL = Size(
    draws=64,
    runs=1024,
    most=1024,
    control=256,
    known=256,
    pair=256,
    fit_draws=8,
    fit_runs=32,
    records=2,
)
"""Size of a comparison through the engine."""
MEASURES = {
    "probability(lasting_truce_day <= 30)": 0.05,
    "probability(ending == 'truce')": 0.05,
    "probability(failed_truces > 0)": 0.05,
    "probability(great_power_entry)": 0.05,
    "mean(duration_days)": 2.0,
    "mean(deaths_challenger + deaths_defender)": 300.0,
    "mean(territory_fought)": 0.02,
    "mean(failed_truces)": 0.2,
    "mean(support_TUR_AZE)": 0.05,
    "mean(tie_ARM_RUS)": 0.02,
    "probability(failed_truces > 0) / probability(truces > 0)": 0.05,
}
"""Measures of a null, each with the margin of its claim."""
RARE = "probability(great_power_entry)"


@dataclass(frozen=True)
class Echo:
    """A treatment that acts through one mechanism.

    Attributes:
        mechanism: the mechanism.
        shared: values of both conditions.
        first, second: values of each condition.
        measure, margin: what is compared.
        why: the rule that says so.
    """

    mechanism: str
    shared: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]
    measure: str
    margin: float
    why: str


ECHOES = (
    Echo(
        "grievance_value",
        (
            "mechanisms.grievance_value=0.3",
            "conflict.opening=0",
            "actors.AZE.strength=0.5",
            "actors.ARM.grievance=0",
        ),
        ("actors.AZE.grievance=1",),
        ("actors.AZE.grievance=0",),
        "probability(peak_level >= 1)",
        0.05,
        "a side's demand for action is its grievance times this mechanism",
    ),
    Echo(
        "tie_drift",
        ("mechanisms.tie_drift=0.01",),
        ("policies.RUS=arms_defender",),
        ("policies.RUS=aside",),
        "mean(tie_ARM_RUS)",
        0.02,
        "ties move by this mechanism alone, as long as structural balance is off",
    ),
    Echo(
        "counter_offensive",
        ("mechanisms.counter_offensive=1", "conflict.challenger_holds=0.3", "conflict.aim=0.3"),
        ("actors.ARM.strength=6", "actors.AZE.strength=1"),
        ("actors.ARM.strength=1", "actors.AZE.strength=6"),
        "probability(territory_fought < 0)",
        0.05,
        "the speed of the defender's attacks is multiplied by this mechanism",
    ),
    Echo(
        "package",
        ("mechanisms.package=1",),
        ("conflict.package_share=0.9",),
        ("conflict.package_share=0.1",),
        "mean(territory_ceded)",
        0.02,
        "nothing is ceded where no package can be agreed",
    ),
)


UNREAD = "actors.GEO.engagement"
"""A value that no rule reads, because its actor can neither mediate nor support."""
WITHOUT_FIT = "parameters.posterior=null"


@dataclass
class Halves(ExperimentRunner):
    """A runner whose two conditions are the halves of the replicates of one condition.

    Attributes:
        base: the condition that is simulated, with twice the runs.
    """

    base: Condition | None = None

    def play(self, orders: Iterable[Order]) -> None:
        """Give the base the earlier half of the replicates, and other conditions the later."""
        assert self.base is not None
        super().play([Order(self.base, 2 * SMALL.most)])
        later = self._outcomes[self.base.digest].rows(slice(SMALL.most, None))
        for order in orders:
            self._outcomes.setdefault(order.condition.digest, later)


def _condition(*values: str) -> Condition:
    return Condition(load(SCENARIO, values).scenario)


def _case(measure: str, margin: float, arms: Sequence[Condition], **stated: Any) -> Case:
    claim = Claim.model_validate(
        {
            "id": "P1",
            "says": "A planted claim.",
            "scenario": SCENARIO.stem,
            "assumption": "Planted.",
            "measure": measure,
            "margin": margin,
            "expects": "greater",
            "compare": [{}, {}],
            **stated,
        }
    )
    argument: Any = None
    conditions = tuple(arms)
    parsed = read(measure, conditions[0].scenario)
    return Case(argument, claim, 0, parsed, conditions, conditions, (1, -1), {})


def _unread(measure: str, margin: float, *values: str, **stated: Any) -> Case:
    """Return a claim whose two conditions differ in a value that no rule reads."""
    arms = [_condition(f"{UNREAD}={value}", *values) for value in (0, 1)]
    return _case(measure, margin, arms, **stated)


def _judged(cases: Sequence[Case], seed: int, halves: bool = False) -> list[Judged]:
    """Return the verdicts on claims that share their conditions.

    Args:
        cases: the claims.
        seed: seed of draws and random numbers.
        halves: whether the conditions are halves of the first one.
    """
    columns = frozenset().union(*(case.columns for case in cases))
    runner = ExperimentRunner(here, Store.below(None), seed, SMALL.draws, columns)
    if halves:
        runner = Halves(**vars(runner), base=cases[0].arms[0])
    return ClaimJudge(runner, SMALL).judge(cases)


def untouched(seeds: Sequence[int]) -> Figure:
    """Return how often a treatment that no rule reads leaves its claim untested."""
    cases = [_unread(measure, margin) for measure, margin in MEASURES.items()]
    found = [judged.finding.verdict for seed in seeds for judged in _judged(cases, seed)]
    share = float(np.mean([verdict.reason == Reason.NOT_DELIVERED for verdict in found]))
    what = "engine: treatments that no rule reads, and whose claims are untested"
    return Figure(what, share, len(found), 1.0)


def nulls(seeds: Sequence[int]) -> Iterator[Figure]:
    """Yield how many comparisons of one scenario with itself report an effect."""
    cases = [_unread(measure, margin) for measure, margin in MEASURES.items()]
    wrong = [any(map(_reports, _judged(cases, seed, halves=True))) for seed in seeds]
    what = f"engine: comparisons of {len(cases)} measures without an effect that report one"
    yield Figure(what, float(np.mean(wrong)), len(wrong), 0.05, False)
    rare = _unread(RARE, 1.5, WITHOUT_FIT, contrast="risk_ratio", draws="unfitted")
    found = [_judged([rare], seed, halves=True)[0].finding.verdict for seed in seeds]
    held = float(np.mean([verdict.word == Word.HOLDS for verdict in found]))
    what = "engine: rare events without an effect that are said to be more likely"
    yield Figure(what, held, len(found), 0.05, False)


def _reports(judged: Judged) -> bool:
    verdict = judged.finding.verdict
    told = (Word.HOLDS, Word.DEPENDS, Word.ASSUMPTION_DRIVEN)
    return verdict.word in told or verdict.reason == Reason.OPPOSITE


def echoes(seeds: Sequence[int]) -> Figure:
    """Return how many echoes of a mechanism are named."""
    named = [_named(echo, seed) for echo in ECHOES for seed in seeds]
    what = "engine: effects that one mechanism carries, and that are said to need it alone"
    return Figure(what, float(np.mean(named)), len(named), 0.9)


def _named(echo: Echo, seed: int) -> bool:
    arms = [_condition(*echo.shared, *values) for values in (echo.first, echo.second)]
    case = _case(echo.measure, echo.margin, arms)
    needs = _judged([case], seed)[0].needs
    return needs.kind == Kind.SINGLE and echo.mechanism in needs.mechanisms


def figures(seeds: Sequence[int]) -> Iterator[Figure]:
    """Yield all figures of claims through the engine.

    Args:
        seeds: seeds of nulls; echoes and untouched runs use the first of them.
    """
    first = seeds[: max(1, len(seeds) // 40)]
    yield untouched(first)
    yield from nulls(seeds)
    yield echoes(first)
