"""The two sides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mesa

from .arithmetic import choose, clip, logit_weights, sigma

if TYPE_CHECKING:
    from .model import Crisis
    from .third_party import ThirdParty

RUNGS = (0, 1, 2, 3)
TRACE = 1e-6
"""Ground below this share is none."""


def answer_to(rung: int, out_of_quiet: bool = False) -> int:
    """Return the lowest rung of a side whose enemy stands on a rung: fire answers an offensive, and
    any attack out of quiet.
    """
    return 1 if rung >= (1 if out_of_quiet else 2) else 0


class Belligerent(mesa.Agent):
    """A side: 0 the challenger, 1 the defender.

    Attributes:
        belief: log-odds of the challenger's advantage as this side believes them, without outside
        support. rung: posture of the day.
        war_rung: the rung, or in a stop the last one before it.
    """

    model: Crisis

    def __init__(self, model: Crisis, index: int, code: str, given: Any) -> None:
        super().__init__(model)
        self.index, self.code, self.given = index, code, given
        self.strength = 1.0 if given.strength is None else given.strength
        self.drones = given.drones or 0.0
        self.cession_worth = 1.0 if given.cession_worth is None else given.cession_worth
        self.demand = (given.grievance or 0.0) * model.mechanisms.grievance_value
        self.belief = 0.0
        self.rung = self.war_rung = 0
        self.utilities = [0.0, 0.0, 0.0, 0.0]
        self.advantage = self.danger = self.value = self.pressure = 0.0

    @property
    def enemy(self) -> Belligerent:
        return self.model.sides[1 - self.index]

    @property
    def ties(self) -> dict[str, float]:
        """How it stands to each other actor, by code."""
        return self.model.ties[self.code]

    @property
    def best_rung(self) -> int:
        """The rung of most worth, the lowest of equals."""
        return max(RUNGS, key=lambda rung: (self.utilities[rung], -rung))

    # 7.2

    def perceive(self) -> None:
        """See the state of yesterday."""
        war, model = self.model.parameters, self.model
        advantage = self.advantage = self.belief + model.support_advantage
        fervour = self.demand * math.exp(-model.day / war.grievance_decay)
        self.utilities = [0.0]
        for rung in RUNGS[1:]:
            e = model.intensity[rung]
            gain = model.prospect(self, e, advantage)
            cost = war.war_cost * e * war.planning_days + war.resolve_cost * model.stake
            self.utilities.append(gain - cost + fervour * math.sqrt(rung / 3.0))
        threat = model.intensity[self.enemy.war_rung]
        self.danger = model.prospect(self.enemy, threat, advantage)
        self.value = max(self.utilities) - self.danger - war.war_cost * threat * war.planning_days
        self.pressure = (
            2.0 * model.mechanisms.leverage * model.alarm * sum(map(self._pressed_by, model.powers))
        )

    def _pressed_by(self, power: ThirdParty) -> float:
        if power.voice <= 0.0:
            return 0.0
        believed = power.believed_by(self, power.commitment)
        grip = power.supply(self) * power.heard * power.received[self.index]
        return grip * believed * self.model.pull(power)

    @property
    def resistance(self) -> float:
        """What fighting on is worth if the enemy came with full force."""
        model, war = self.model, self.model.parameters
        full = model.intensity[3]
        believed = self.belief + model.support_advantage
        lost = model.prospect(self.enemy, full, believed)
        return max(self.utilities) - lost - war.war_cost * full * war.planning_days

    # 7.3

    def decide(self) -> None:
        """Choose the day's rung."""
        u, model = self.model.luck.uniform(f"{self.code}.rung"), self.model
        self.choice = self.rung
        if model.stopped:
            self.choice = 0
        elif model.day > 0:
            lowest = max(self.rung - 1, answer_to(self.enemy.rung))
            rungs = range(lowest, min(max(self.rung, self.enemy.rung) + 1, 3) + 1)
            scale = model.parameters.precision / model.stake
            worth = [
                scale * (self.utilities[rung] - self.pressure * rung / 3.0)
                + (model.parameters.inertia if rung == self.rung else 0.0)
                for rung in rungs
            ]
            self.choice = rungs[choose(logit_weights([1.0] * len(rungs), worth), u)]

    def act(self) -> None:
        """Take the rung."""
        self.rung = self.choice

    # 7.6

    def learn(self, surprise: float) -> None:
        """Move the belief by what battle taught."""
        self.belief += self.model.mechanisms.learning * surprise

    # 7.7

    def likely_to_sign(self, hold: float, phi: float, guard: float, pressed: bool) -> float:
        """Return the chance that this side signs terms that it thinks will hold so far."""
        model = self.model
        pressure = self.pressure if pressed else 0.0
        if self.index == 0:
            spoiled = sum(
                power.support[0]
                / 3.0
                * max(self.ties[power.code], 0.0)
                * (0.0 if power.given.seat else 1.0)
                for power in model.powers
            )
            worth = (
                hold * (phi - self.value)
                + pressure
                - model.mechanisms.spoiler * model.stake * spoiled
            )
        else:
            strong = sigma(
                model.log_odds(self.enemy, self.belief + model.support_advantage, line=False)
            )
            fear = (
                model.mechanisms.commitment_problem * max(2.0 * strong - 1.0, 0.0) * (1.0 - guard)
            )
            cedes = model.conflict.package_share * model.room > TRACE
            fear = fear if phi > 0.0 and cedes else 0.0
            worth = hold * (-fear - self.value) - self.cession_worth * phi + pressure
        if self.gain_from_breaking(phi, 0.0) > 0.0:
            worth -= (1.0 - hold) * model.breach
        loss = max(-model.parameters.precision / model.stake * worth, 0.0)
        return math.exp(-loss * (1.0 + loss))

    def gain_from_breaking(self, phi: float, due: float) -> float:
        """Return what this side expects to gain by fighting on rather than keeping terms ``phi``,
        of which a part is ``due`` today, below 0 a loss.
        """
        if self.index == 0:
            return self.value - phi
        # who keeps what is due must expect the enemy's full force
        return self.resistance + self.cession_worth * due if due > TRACE else self.value

    # 7.9

    def move_tie(self, code: str, by: float) -> None:
        self.ties[code] = clip(self.ties[code] + by, -1.0, 1.0)
