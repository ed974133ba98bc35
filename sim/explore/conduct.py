"""What third parties do in a cell: who fights for whom, who mediates, and who supports whom.

The columns of the outcomes table say it for each run: ``force_*``, ``mediates_*`` and
``support_*``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sim.explore import words
from sim.explore.content import COMPARED, Difference, Numbers, differences
from sim.explore.means import DAYS, LEVELS, mean_text
from sim.io.text import listed, sentence_case
from sim.outcomes.summary_measures import PROBABILITY
from sim.scenario import Scenario
from sim.scenario.columns import column_name

MOST_ROWS = 6
"""Most acts of a cell that its table of differences shows."""
MOST_NAMED = 3
"""Most acts that a sentence names."""
LEAST_SHARE = 0.05
"""Smallest share of runs or days that the sentence on the base case names."""
LEAST_LEVEL = 0.5
"""Smallest level of support that it names."""
LEAST_DIFFERENCE = 0.03
"""Smallest weighted difference that is shown."""
WEIGHTS = {PROBABILITY: 1.0, DAYS: 0.6, LEVELS: 0.25}
"""How much a difference of one weighs where acts are ranked: to fight weighs more than to help."""


@dataclass(frozen=True)
class Act:
    """Something that a third party may do.

    Attributes:
        column: its column of the outcomes.
        label: what it does, as the name of a row.
        clause: the same as part of a sentence, with ``{}`` for how much.
        unit: share of runs, share of days or levels.
    """

    column: str
    label: str
    clause: str
    unit: str


@dataclass(frozen=True)
class BesideBase:
    """A cell beside the base case.

    Attributes:
        scenario: the scenario of the cell.
        here: its numbers.
        base: the numbers of the base case.
    """

    scenario: Scenario
    here: Numbers
    base: Numbers

    @cached_property
    def differences(self) -> dict[str, Difference]:
        """All differences of measures and of what is done, corrected for how many they are."""
        both = self.here.compared.keys() | self.base.compared.keys()
        done = [act.column for act in acts(self.scenario) if act.column in both]
        return differences(self.here, self.base, [*COMPARED, *done])


def acts(scenario: Scenario) -> list[Act]:
    """Return what third parties may do: fights first, then mediation, then support.

    >>> import sim
    >>> acts(sim.load("april_2016").scenario)[0].column.startswith("force_")
    True
    """
    parties = [code for code in scenario.third_parties if scenario.actors[code].can_act]
    pairs = [(code, side) for code in parties for side in scenario.sides]
    return [
        *(_fights(scenario, code, side) for code, side in pairs),
        *(_mediates(scenario, code) for code in parties),
        *(_supports(scenario, code, side) for code, side in pairs),
    ]


def _fights(scenario: Scenario, code: str, side: str) -> Act:
    says = f"{words.name(scenario, code)} fights for {words.name(scenario, side)}"
    column = column_name("force", code, side)
    return Act(column, sentence_case(says), f"{says} in {{}} of runs", PROBABILITY)


def _mediates(scenario: Scenario, code: str) -> Act:
    says = f"{words.name(scenario, code)} mediates"
    column = column_name("mediates", code)
    return Act(
        column,
        f"{sentence_case(says)} (share of days of fighting)",
        f"{says} on {{}} of days",
        DAYS,
    )


def _supports(scenario: Scenario, code: str, side: str) -> Act:
    names = words.name(scenario, code), words.name(scenario, side)
    column = column_name("support", code, side)
    label = f"{sentence_case(names[0])} supports {names[1]} (mean level)"
    clause = f"the support of {names[0]} for {names[1]} averages level {{}}"
    return Act(column, label, clause, LEVELS)


def changed_acts(cell: BesideBase) -> list[tuple[Act, Difference]]:
    """Return the acts that differ clearly and not little from the base case, the largest first."""
    made = cell.differences
    found = [(act, made[act.column]) for act in acts(cell.scenario) if act.column in made]
    weighed = [(WEIGHTS[act.unit] * abs(made.mean), act, made) for act, made in found]
    large = [line for line in weighed if line[2].is_clear and line[0] >= LEAST_DIFFERENCE]
    return [(act, made) for _, act, made in sorted(large, key=lambda line: -line[0])[:MOST_ROWS]]


def mean_of(numbers: Numbers, name: str) -> float:
    """Return the mean of a measure over the runs of a cell; 0 for an act that no run has."""
    values = numbers.compared.get(name)
    return 0.0 if values is None else float(values.mean())


def sentence(cell: BesideBase) -> str:
    """Return what third parties do in a cell, beside the base case; of the base case by itself.

    It is one sentence, empty if there is no third party that can act.
    """
    here, base = cell.here, cell.base
    if here is base:
        return _of_the_base_case(cell.scenario, base)
    changed = [act for act, _ in changed_acts(cell)]
    if not changed:
        is_any = bool(acts(cell.scenario))
        return "What third parties do hardly differs from the base case." if is_any else ""
    texts = [
        f"{_done(act, here)} instead of {mean_text(mean_of(base, act.column), act.unit)}"
        for act in changed[:MOST_NAMED]
    ]
    return f"In this setting, {listed(texts)}."


def _of_the_base_case(scenario: Scenario, base: Numbers) -> str:
    done = [act for act in acts(scenario) if mean_of(base, act.column) >= _least(act)]
    ranked = sorted(done, key=lambda act: -WEIGHTS[act.unit] * mean_of(base, act.column))
    # whoever fights is named in any case
    fights = [act for act in ranked if act.unit == PROBABILITY]
    named: Sequence[Act] = [*fights, *(act for act in ranked if act not in fights)][:MOST_NAMED]
    texts = [_done(act, base) for act in named]
    return f"In the base case, {listed(texts)}." if texts else ""


def _least(act: Act) -> float:
    return LEAST_LEVEL if act.unit == LEVELS else LEAST_SHARE


def _done(act: Act, numbers: Numbers) -> str:
    return act.clause.format(mean_text(mean_of(numbers, act.column), act.unit))
