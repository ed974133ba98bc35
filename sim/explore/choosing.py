"""Choose levers where the user names none.

They are the stances at the onset of the two third parties that matter most, and the most support
that the first of them with any can give. A small trial decides who matters. It sets each third
party's stance at the onset to each stance of :data:`TRIED`, one at a time, and compares it with the
base case. A third party matters as much as its most influential stance. The influence of a stance
is the largest of these:

- the mean change of duration, deaths or territory, in standard deviations of the base case;
- the share of runs that end in another way, counted twice, because a share varies by at most half.

An influence below :data:`NOISE` may be chance and counts as none. Among third parties with the same
influence, the one that can give more support comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sim.ensemble.ensemble import Plan
from sim.ensemble.executors import here
from sim.explore.cells import simulate
from sim.explore.content import Numbers
from sim.explore.levers import AS_STATED, Lever
from sim.scenario import Choice, Scenario
from sim.scenario.models import with_paths

TRIED = ("aside", "mediate", "arms_challenger", "arms_defender")
"""Stances that are tried, and offered as options."""
LEVELS = ("0", "2", "4")
"""Levels of support that are offered."""
TRIAL_RUNS = 500
NOISE = 0.2
"""Three standard errors of a difference between two means of 500 runs, in standard deviations."""
QUANTITIES = ("duration_days", "deaths", "territory_fought")
PARTIES = 2
WITHOUT_PARTIES = Lever(
    "conflict.opening", (AS_STATED, "skirmish", "limited_offensive", "full_offensive")
)
"""The lever of a crisis in which no third party can act."""


def default_levers(scenario: Scenario, plan: Plan) -> list[Lever]:
    """Return the levers of a scenario for which the user names none.

    Args:
        scenario: the scenario.
        plan: number of draws and seed of the trial.

    >>> import sim
    >>> crisis = sim.load("april_2016").scenario
    >>> [lever.path for lever in default_levers(crisis, Plan(crisis))][:1]
    ['actors.RUS.stance']
    """
    found = influence(scenario, replace(plan, runs=TRIAL_RUNS))
    ranked = sorted(found, key=lambda code: (-found[code], -_most_support(scenario, code), code))
    ranked = ranked[:PARTIES]
    if not ranked:
        return [WITHOUT_PARTIES]
    levers = [
        Lever(f"actors.{code}.stance", (AS_STATED, *_possible(scenario, code))) for code in ranked
    ]
    gives = [code for code in ranked if scenario.actors[code].support is not None]
    return levers + [Lever(f"actors.{code}.support", (AS_STATED, *LEVELS)) for code in gives[:1]]


def influence(scenario: Scenario, plan: Plan) -> Mapping[str, float]:
    """Return how much each third party's stance at the onset matters, by code."""
    stances = {
        code: _possible(scenario, code)
        for code in scenario.third_parties
        if scenario.actors[code].can_act
    }
    tried = [(code, stance) for code, found in stances.items() for stance in found]
    if not tried:
        return {}
    variants = [_with_stance(scenario, code, stance) for code, stance in tried]
    base, *made = simulate([scenario, *variants], plan, here)
    weights: dict[str, float] = dict.fromkeys(stances, 0.0)
    for (code, _), of_variant in zip(tried, made, strict=True):
        weights[code] = max(weights[code], _moved(of_variant, base))
    return weights


def _most_support(scenario: Scenario, code: str) -> float:
    support = scenario.actors[code].support
    return 0.0 if support is None else (support.low + support.high) / 2


def _moved(made: Numbers, base: Numbers) -> float:
    """Return how far a stance moves the outcomes."""
    moves = []
    for name in QUANTITIES:
        spread = float(base.compared[name].std())
        change = abs(float(made.compared[name].mean() - base.compared[name].mean()))
        moves.append(change / spread if spread > 0 else 0.0)
    names = {*made.endings, *base.endings}
    apart = sum(abs(made.endings.get(name, 0.0) - base.endings.get(name, 0.0)) for name in names)
    largest = max(*moves, apart)  # half of `apart` is the share of runs that end in another way
    return largest if largest >= NOISE else 0.0


def _possible(scenario: Scenario, code: str) -> tuple[str, ...]:
    """Return the stances of :data:`TRIED` that a third party can take."""
    actor = scenario.actors[code]
    needs = {"aside": True, "mediate": actor.broker_value is not None}
    return tuple(name for name in TRIED if needs.get(name, actor.support is not None))


def _with_stance(scenario: Scenario, code: str, stance: str) -> Scenario:
    changed = scenario.actors[code].model_copy(update={"stance": Choice(options=(stance,))})
    return with_paths(scenario.model_copy(update={"actors": {**scenario.actors, code: changed}}))
