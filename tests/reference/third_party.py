"""Outside powers."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import mesa

from .arithmetic import choose, clip, credibility, logit_weights, sigma

if TYPE_CHECKING:
    from .belligerent import Belligerent
    from .model import Crisis

LINES = (
    "aside",
    "mediate",
    "lean_challenger",
    "lean_defender",
    "lean_challenger_mediate",
    "lean_defender_mediate",
    "force_challenger",
    "force_defender",
)


def favours(line: str) -> int | None:
    """Return the side that a line supports, 0 or 1, or None."""
    return 0 if "challenger" in line else 1 if "defender" in line else None


class ThirdParty(mesa.Agent):
    """A third party that can act."""

    model: Crisis

    def __init__(self, model: Crisis, code: str, given: Any) -> None:
        super().__init__(model)
        self.code, self.given = code, given
        self.capacity = given.support or 0.0
        self.broker_value = given.broker_value or 0.0
        self.engagement = 1.0 if given.engagement is None else given.engagement
        self.sphere = given.sphere or 0.0
        self.restraint = given.restraint or 0.0
        self.peacekeeping = given.peacekeeping or 0.0
        self.turn = int.from_bytes(blake2b(code.encode(), digest_size=8).digest(), "big")
        self.line = self.choice = "aside"
        self.support, self.withholds = [0.0, 0.0], False
        self.voice = self.heard = 0.0
        self.authority = self.access = 0.0

    # Ties and treaties

    def tie_to(self, side: Belligerent) -> float:
        """Return how it stands to a side, which need not be how the side stands to it."""
        return self.model.ties[self.code][side.code]

    def hostility_to(self, code: str) -> float:
        return max(-self.model.ties[self.code].get(code, 0.0), 0.0)

    def supply(self, side: Belligerent) -> float:
        """Return the share of the side's supply that it gives at present."""
        return 0.0 if self.withholds else self.given.supplies.get(side.code, 0.0)

    @property
    def rivals(self) -> list[tuple[float, ThirdParty]]:
        """All others that can act, each with this one's hostility to it."""
        return [(self.hostility_to(other.code), other) for other in self.model.powers if other is not self]

    def bias(self, towards: Belligerent, support: list[float]) -> float:
        """Return the bias towards a side, were its support what is given."""
        i, j = towards.index, 1 - towards.index
        leaning = (self.tie_to(towards) - self.tie_to(towards.enemy)) / 2.0
        return clip(leaning + (support[i] - support[j]) / 6.0, -1.0, 1.0)

    # 7.2

    def perceive(self) -> None:
        """See the state of yesterday."""
        model = self.model
        others = sum(sum(other.support) for _, other in self.rivals)
        self.authority = 1.0 - model.mechanisms.authority_loss * self.sphere * min(others / 3.0, 1.0)
        self.access = max(min(side.ties[self.code] for side in model.sides), 0.0)
        self.regard = [self._regard(side) for side in model.sides]
        self.threat = [self._threat(side) for side in model.sides]
        self.rival_support = [
            sum(hostility * other.support[side.enemy.index] for hostility, other in self.rivals) for side in model.sides
        ]

    def _regard(self, side: Belligerent) -> float:
        turned = sum(hostility * max(side.ties[other.code], 0.0) for hostility, other in self.rivals)
        return max(self.tie_to(side), 0.0) - self.model.mechanisms.displacement * self.sphere * min(1.0, turned)

    def _threat(self, side: Belligerent) -> float:
        model = self.model
        attack = sigma(model.log_odds(side.enemy, model.balance + model.support_advantage, line=False))
        return model.alarm * (0.4 + max(2.0 * attack - 1.0, 0.0))

    # 7.4

    def decide(self) -> None:
        """Choose a line of conduct, or keep it."""
        model = self.model
        self.choice = self.line
        if (model.day + self.turn) % model.parameters.review_days == 0:
            u = model.luck.uniform(f"{self.code}.line")
            precision = model.parameters.patron_precision
            weights = logit_weights([self._prior(line) for line in LINES], [precision * self._worth(x) for x in LINES])
            self.choice = LINES[choose(weights, u)]
        held = model.held_to(self.code)
        if held is not None:
            self.choice = held

    def _prior(self, line: str) -> float:
        weights = self.model.parameters.line_weights
        if favours(line) is not None and self.given.support is None:
            return 0.0
        if "mediate" in line and (self.given.broker_value is None or self.access == 0.0):
            return 0.0
        if line.startswith("force"):
            return weights.force
        if line.startswith("lean"):
            return weights.lean_mediate if line.endswith("mediate") else weights.lean
        return getattr(weights, line)

    def _strength(self, line: str) -> float:
        return self.capacity + (1.5 if line.startswith("force") else 0.0)

    def _support_of(self, line: str) -> list[float]:
        favoured = favours(line)
        return [self._strength(line) if side == favoured else 0.0 for side in (0, 1)]

    def _worth(self, line: str) -> float:
        worth = self._worth_of_siding(line)
        if "mediate" in line:
            worth += self._worth_of_brokering(line)
        return worth - self._failed_duty(line)

    def _worth_of_siding(self, line: str) -> float:
        i, numbers = favours(line), self.model.parameters
        if i is None:
            return 0.0
        help_ = numbers.protege_value * self.regard[i] * self.threat[i]
        harm = numbers.partner_cost * self.regard[1 - i]
        rivalry = self.model.mechanisms.contest * self.rival_support[i]
        worth = self._strength(line) * (self.engagement * (help_ - harm + rivalry) - self.restraint)
        return worth - (numbers.force_cost if line.startswith("force") else 0.0)

    def _worth_of_brokering(self, line: str) -> float:
        model = self.model
        believed = [
            credibility(model.mechanisms.credibility, self.bias(side, self._support_of(line))) for side in model.sides
        ]
        seats = sum(hostility for hostility, other in self.rivals if other.given.seat)
        keen = 2.0 * model.parameters.broker_ambition * self.broker_value * self.engagement * model.alarm
        stakes = max(min(self.regard), 0.0) * self.authority
        return keen * stakes * sum(believed) / 2.0 * (1.0 - min(1.0, seats))

    def _failed_duty(self, line: str) -> float:
        model = self.model
        if not (model.invoked and self.code in model.allies):
            return 0.0
        given = 1.0 if favours(line) == 1 else 0.5 if line == "mediate" else 0.0
        return 2.0 * model.mechanisms.treaty_duty * self.threat[1] * model.allies[self.code] * (1.0 - given)

    def act(self) -> None:
        """Take the line."""
        self.line = self.choice
        self.support = self._support_of(self.line)
        brokers = "mediate" in self.line
        self.heard = self.engagement * self.authority if brokers else 0.0
        self.voice = self.heard * self.broker_value * self.access
