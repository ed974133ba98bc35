"""The floor of the engine: the random numbers and the exponentials of a block, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from sim.engine.rules.patrons import News
from sim.engine.state import Stop
from sim.engine.streams import Streams
from sim.engine.third_party import ThirdParty
from sim.engine.world import World
from sim.ensemble.ensemble import BLOCK, LANE, Plan

SAMPLE = 2000
"""Runs from which the mean number of exponentials is taken."""
DAILY_STREAMS = 13
"""Random numbers of a day without those of third parties, by section 6 of the model."""
OF_DAY = 6 + 2 + 1
"""Odds of attacks as both sides perceive them, threats to both, and the fading reward."""
OF_FIGHTING = 8 + 2 + 4 + 3
"""Scores of escalation levels, odds of attacks, lessons, and capitulation."""
OF_CESSATION = 2
"""The hazard of a cessation, and the probability that it breaks."""
OF_CONTACT = 2
"""The probability of talks, and the readiness for them."""
OF_ROUND = 9
"""Of a round of talks: the next demand, and of both proposals the hazard, survival and signatures.
"""


def floor(plan: Plan) -> Callable[[], None]:
    """Return work that draws the random numbers and takes the exponentials of one block.

    Random numbers are those of section 6 of the model's description, for all lanes on all days.
    Exponentials, logistic curves and powers are those of section 7, in the runs and on the days
    that need them.
    """
    uniforms = DAILY_STREAMS + len(third_parties(plan))
    stream = np.random.Generator(np.random.SFC64(1))
    drawn = np.empty(LANE, dtype=np.float32)
    argument = np.linspace(-3, 3, LANE, dtype=np.float32)
    lanes = BLOCK // LANE
    days = plan.scenario.horizon_days
    exponentials = round(lanes * exponentials_of_a_run(plan))

    def work() -> None:
        for _ in range(lanes * days * uniforms):
            stream.random(out=drawn, dtype=np.float32)
        for _ in range(exponentials):
            np.exp(argument, out=drawn)

    return work


def exponentials_of_a_run(plan: Plan) -> float:
    """Return the mean number of exponentials of a run, by what a sample of runs does."""
    runs = np.arange(SAMPLE)
    drawn = plan.drawn.of_runs(runs % plan.draws)
    world = World(plan.scenario, drawn, Streams(plan.seed, 0, LANE, SAMPLE))
    found: Counter[str] = Counter()

    def count() -> None:
        state = world.state
        going = int((~state.over).sum())
        cessation = ~state.fighting & ~state.closed
        found["days"] += going * OF_DAY + int((state.mediates > 0).sum())
        found["fighting"] += int(state.fighting.sum()) * OF_FIGHTING
        found["cessation"] += int(cessation.sum()) * OF_CESSATION
        found["contact"] += int((state.fighting | (state.stop == Stop.lull)).sum()) * OF_CONTACT
        found["rounds"] += int((state.talked == state.day).sum()) * OF_ROUND
        reviews = int((state.prompt > News.none).sum())
        found["reviews"] += reviews * (1 + sum(map(count_options, world.powers)))

    world.play(count)
    world.close()
    return sum(found.values()) / SAMPLE


def count_options(power: ThirdParty) -> int:
    """Return the number of options that a third party can weigh in a review."""
    return len(power.excluded) - sum(power.excluded)


def third_parties(plan: Plan) -> list[str]:
    """Return the codes of the active third parties."""
    scenario = plan.scenario
    return [code for code in scenario.third_parties if scenario.actors[code].can_act]
