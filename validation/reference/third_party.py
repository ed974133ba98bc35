"""Outside powers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mesa

from .arithmetic import choose, clip, credibility, logit_weights, sigma

if TYPE_CHECKING:
    from .belligerent import Belligerent
    from .model import Crisis

LEVELS = ("aside", "words", "aid", "arms", "force")
SIDES = ("challenger", "defender")
PRICES = {"aside": 0.0, "words": 1.0 / 27.0, "aid": 1.0 / 9.0, "arms": 1.0 / 3.0, "force": 1.0}
LEAST_GAIN = 1e-6
NAMES = {"lean": "arms"}
"""Another word for a level."""


@dataclass(frozen=True)
class Stance:
    """A level of commitment to a side, 0 or 1, and whether the party mediates; to no side the level
    is aside.
    """

    level: str
    side: int | None
    mediates: bool

    @classmethod
    def named(cls, name: str) -> Stance:
        """Read a stance from its name in a scenario."""
        if name in ("aside", "mediate"):
            return cls("aside", None, name == "mediate")
        level, side, *rest = name.split("_")
        return cls(NAMES.get(level, level), SIDES.index(side), rest == ["mediate"])


def options(side: int) -> list[Stance]:
    """Return the stances that are open to who stands nearer to a side, in the order in which they
    are drawn.
    """
    found = []
    for level in LEVELS:
        found.append(Stance(level, None if level == "aside" else side, False))
        if level != "force":
            found.append(Stance(level, None if level == "aside" else side, True))
    return found


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
        self.peacekeeping = given.peacekeeping or 0.0
        self.stance = self.choice = Stance.named(given.stance or "aside")
        self.withholds = self.was_held = self.moved = False
        self.support, self.commitment = [0.0, 0.0], [0.0, 0.0]
        self.voice = self.heard = self.speaks = 0.0
        self.received = [0.0, 0.0]
        self.authority = 1.0

    def settle_in(self) -> None:
        """Find the side that it stands nearer to, and take up the stance of the onset."""
        near = [self.tie_to(side) for side in self.model.sides]
        self.likes = None if near[0] == near[1] else near.index(max(near))
        self.trespass = max(
            (
                other.sphere * (1.0 - self.model.ties[other.code].get(self.code, 0.0)) / 2.0
                for _, other in self.rivals
            ),
            default=0.0,
        )
        self._take_up(self.stance)
        self.moved = False

    # Ties and treaties

    def tie_to(self, side: Belligerent) -> float:
        """Return how it stands to a side, which need not be how the side stands to it."""
        return self.model.ties[self.code][side.code]

    def hostility_to(self, code: str) -> float:
        return max(-self.model.ties[self.code].get(code, 0.0), 0.0)

    def supply(self, side: Belligerent) -> float:
        """Return the share of the side's supply that it delivers today."""
        stated = self.given.supplies.get(side.code, 0.0)
        to_enemy = self.support[side.enemy.index]
        withheld = self.model.mechanisms.withholding * min(to_enemy / 3.0, 1.0)
        return 0.0 if self.withholds else stated * (1.0 - withheld)

    @property
    def rivals(self) -> list[tuple[float, ThirdParty]]:
        """All others that can act, each with this one's hostility to it."""
        return [
            (self.hostility_to(other.code), other)
            for other in self.model.powers
            if other is not self
        ]

    def bias(self, towards: Belligerent, commitment: list[float]) -> float:
        """Return the bias towards a side, were its commitment what it shows."""
        i, j = towards.index, 1 - towards.index
        leaning = (self.tie_to(towards) - self.tie_to(towards.enemy)) / 2.0
        return clip(leaning + (commitment[i] - commitment[j]) / 6.0, -1.0, 1.0)

    def believed_by(self, side: Belligerent, commitment: list[float]) -> float:
        return credibility(self.model.mechanisms.credibility, self.bias(side, commitment))

    def reception(self, side: Belligerent, commitment: list[float]) -> float:
        """Return how far a side receives it, were its commitment what it shows."""
        estranged = self.model.mechanisms.estrangement * commitment[1 - side.index] / 3.0
        return max(side.ties[self.code] - estranged, 0.0)

    # 7.2

    def perceive(self) -> None:
        """See the state of yesterday."""
        model = self.model
        others = sum(sum(other.commitment) for _, other in self.rivals)
        self.authority = 1.0 - model.mechanisms.authority_loss * self.sphere * min(
            others / 3.0, 1.0
        )
        self.regard = [self._regard(side) for side in model.sides]
        self.threat = [self._threat(side) for side in model.sides]
        self.rival_commitment = [
            sum(hostility * other.commitment[side.enemy.index] for hostility, other in self.rivals)
            for side in model.sides
        ]
        self.held_back = [
            sum(self._works_against(other, i) for _, other in self.rivals) for i in (0, 1)
        ]

    def _regard(self, side: Belligerent) -> float:
        turned = sum(
            hostility * max(side.ties[other.code], 0.0) for hostility, other in self.rivals
        )
        return max(self.tie_to(side), 0.0) - self.model.mechanisms.displacement * self.sphere * min(
            1.0, turned
        )

    def _threat(self, side: Belligerent) -> float:
        model = self.model
        attack = sigma(
            model.log_odds(side.enemy, model.balance + model.support_advantage, line=False)
        )
        return model.alarm * (0.4 + max(2.0 * attack - 1.0, 0.0))

    def _works_against(self, other: ThirdParty, i: int) -> float:
        """Return how far another party, as far as it is a friend, works against help for side i."""
        neutral = other.stance.mediates and other.commitment[i] == 0.0
        if not (neutral or other.commitment[1 - i] > 0.0):
            return 0.0
        return max(self.model.ties[self.code].get(other.code, 0.0), 0.0) * other.engagement

    # 7.4

    def decide(self) -> None:
        """Choose a stance, or keep it."""
        model = self.model
        u = model.luck.uniform(f"{self.code}.stance")
        self.choice = self.stance
        held = model.held_to(self.code)
        if model.settled:
            pass
        elif held is not None:
            self.choice = Stance.named(held)
        elif self.was_held or self._has_news():
            self.choice = self._review(u)
        self.was_held = held is not None

    def _has_news(self) -> bool:
        """Whether anything calls for a review; of others' moves, only a rival's does."""
        model = self.model
        if model.prompt == "another":
            return any(other.moved for hostility, other in self.rivals if hostility > 0.0)
        return model.prompt is not None

    def _review(self, u: float) -> Stance:
        found = options(self.likes or 0)
        weights = [self._weight(stance) for stance in found]
        numbers = self.model.parameters
        nats = [
            numbers.patron_precision * self._worth(stance)
            + (numbers.inertia if stance == self.stance else 0.0)
            for stance in found
        ]
        return found[choose(logit_weights(weights, nats), u)]

    def _is_able(self, stance: Stance) -> bool:
        """Whether it can take a stance, or go on with it, at all."""
        if stance not in options(self.likes or 0):
            return False
        if stance.side is not None and (self.given.support is None or self.likes is None):
            return False
        if stance.level in ("arms", "force") and self.capacity <= 1.0:
            return False
        return not stance.mediates or self.given.broker_value is not None

    def _weight(self, stance: Stance) -> float:
        if not self._is_able(stance):
            return 0.0
        if stance.mediates and not self.stance.mediates:
            shown = self._shown(stance)
            if not all(self.reception(side, shown) for side in self.model.sides):
                return 0.0
        is_change = stance != self.stance and self._is_able(self.stance)
        if is_change and self._worth(stance) <= self._worth(self.stance) + LEAST_GAIN:
            return 0.0  # no change that does not pay
        return self._weight_of_starting(stance)

    def _weight_of_starting(self, stance: Stance) -> float:
        """Halve the weight for each level above the present one and for a start of mediation;
        nothing that does not pay is started.
        """
        present = self.stance.level if self.stance.side == (self.likes or 0) else "aside"
        higher = max(LEVELS.index(stance.level) - LEVELS.index(present), 0)
        if higher:
            side = None if present == "aside" else stance.side
            same = Stance(present, side, stance.mediates)
            if self._worth(stance) <= self._worth(same) + LEAST_GAIN:
                return 0.0
        if stance.mediates and not self.stance.mediates:
            alone = Stance(stance.level, stance.side, False)
            if self._worth(stance) <= self._worth(alone) + LEAST_GAIN:
                return 0.0
        return 0.5 ** (higher + (stance.mediates and not self.stance.mediates))

    def _given(self, stance: Stance) -> float:
        cap = self.capacity
        return {"aid": min(cap, 1.0), "arms": min(cap, 3.0), "force": cap + 1.5}.get(
            stance.level, 0.0
        )

    def _support_of(self, stance: Stance) -> list[float]:
        return [self._given(stance) if side == stance.side else 0.0 for side in (0, 1)]

    def _shown(self, stance: Stance) -> list[float]:
        """Return the commitment to both sides: half a level for taking a side, and all support."""
        return [self._given(stance) + 0.5 if side == stance.side else 0.0 for side in (0, 1)]

    def _worth(self, stance: Stance) -> float:
        worth = self._worth_of_siding(stance)
        if stance.mediates:
            worth += self._worth_of_brokering(stance)
        if self.likes is not None and self.given.support is not None:
            dropped = self.commitment[self.likes] - self._shown(stance)[self.likes]
            worth -= self.model.mechanisms.tied_hands * max(dropped, 0.0)
        return worth - self._failed_duty(stance)

    def _worth_of_siding(self, stance: Stance) -> float:
        i, numbers, mechanisms = stance.side, self.model.parameters, self.model.mechanisms
        if i is None:
            return 0.0
        preference = max(self.regard[i] - self.regard[1 - i], 0.0)
        help_ = numbers.protege_value * preference * self.threat[i]
        harm = numbers.partner_cost * self.regard[1 - i]
        rivalry = mechanisms.contest * self.rival_commitment[i]
        a_level = (
            self.engagement * (help_ - harm + rivalry) - mechanisms.restraint * self.held_back[i]
        )
        paid = self._price(self.stance.level) if self.stance.side == i else 0.0
        return self._shown(stance)[i] * a_level - numbers.force_cost * max(
            self._price(stance.level) - paid, 0.0
        )

    def _price(self, level: str) -> float:
        """Return the price of a level; troops at hand have paid for a part of force, and force in
        another power's sphere costs more.
        """
        troops = self.given.troops or 0.0
        at_hand = troops / (troops + self.model.conflict.forces / 20.0)
        spared = (PRICES["force"] - PRICES["arms"]) * at_hand if level == "force" else 0.0
        if level != "force":
            return PRICES[level]
        return (PRICES[level] - spared) * (1.0 + self.trespass)

    def _worth_of_brokering(self, stance: Stance) -> float:
        model = self.model
        believed = [self.believed_by(side, self._shown(stance)) for side in model.sides]
        seats = sum(hostility for hostility, other in self.rivals if other.given.seat)
        keen = (
            2.0
            * model.parameters.broker_ambition
            * self.broker_value
            * self.engagement
            * model.urgency(self.code)
        )
        stakes = max(min(self.regard), 0.0) * self.authority
        return keen * stakes * sum(believed) / 2.0 * (1.0 - min(1.0, seats))

    def _failed_duty(self, stance: Stance) -> float:
        model = self.model
        if not (model.invoked and self.code in model.allies):
            return 0.0
        paid = 0.0
        if stance.side != 0:
            paid = max(LEVELS.index(stance.level), int(stance.mediates)) / 4.0
        return (
            2.0
            * model.mechanisms.treaty_duty
            * self.threat[1]
            * model.allies[self.code]
            * (1.0 - paid)
        )

    def act(self) -> None:
        """Take the stance."""
        self._take_up(self.choice)

    def _take_up(self, stance: Stance) -> None:
        before = self.commitment
        self.stance, self.support, self.commitment = (
            stance,
            self._support_of(stance),
            self._shown(stance),
        )
        self.moved = self.commitment != before

    def speak(self) -> None:
        """Be heard and received as what it does today makes it."""
        sides = self.model.sides
        self.received = [self.reception(side, self.commitment) for side in sides]
        self.heard = self.engagement * self.authority if self.stance.mediates else 0.0
        self.trusted = self.heard * min(self.believed_by(side, self.commitment) for side in sides)
        self.voice = 2.0 * self.trusted * self.broker_value * min(self.received)
