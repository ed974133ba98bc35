"""Outside powers: each holds a stance, and reviews it when there is news."""

from __future__ import annotations

import math
from collections.abc import Sequence

import mesa
import numpy as np

from sim.engine.per_run import PerRun
from sim.engine.rules import Array, Index, Mask, brokers, choice, patrons, positive
from sim.engine.rules.patrons import News
from sim.engine.state import Glance, State
from sim.engine.streams import Streams
from sim.scenario import STANCE_NAMES, STANCES
from sim.scenario.stances import ASIDE, CHALLENGER, DEFENDER, Level

NEITHER = 2
"""Stands for no side where sides are counted, so that it can index an array of three."""
SIDES = np.array([NEITHER if stance.side is None else stance.side for stance in STANCES], dtype=np.int8)
LEVELS = np.array([stance.level for stance in STANCES], dtype=np.int8)
MEDIATES = np.array([stance.mediates for stance in STANCES])
TOWARDS = {
    side: [i for i, stance in enumerate(STANCES) if stance.side is None or stance.side == side]
    for side in (CHALLENGER, DEFENDER)
}
"""Positions of the stances that are open to who stands nearer to a side."""
OPTIONS = tuple(STANCES[i] for i in TOWARDS[CHALLENGER])
"""What a review weighs: the same stances whichever side they favour."""
POSITIONS = np.array([TOWARDS[CHALLENGER], TOWARDS[DEFENDER]], dtype=np.int8)
"""Position in the table of each option towards each side: ``(2, options)``."""
CLOSED = len(OPTIONS)
OPTION_OF = np.full((2, len(STANCES)), CLOSED)
"""The option that each stance in the table is to who stands nearer to a side; the last is none of them."""
for _side in (CHALLENGER, DEFENDER):
    OPTION_OF[_side, TOWARDS[_side]] = range(len(OPTIONS))
LEVEL_OF_OPTIONS = [option.level for option in OPTIONS]
MEDIATING = [i for i, option in enumerate(OPTIONS) if option.mediates]
LEVELS_OF_MEDIATING = [OPTIONS[i].level for i in MEDIATING]
LEANING = [i for i, option in enumerate(OPTIONS) if option.side is not None]
ARMED = [i for i, option in enumerate(OPTIONS) if option.level >= Level.arms]


class ThirdParty(PerRun, mesa.Agent):  # type: ignore[misc]
    """An outside power, in all runs at once.

    Summary of rule: it keeps its stance until there is news. Then it weighs the ambition to mediate, a protege's
    danger, the other partner, a rival's commitment, what its own friends work for, a treaty that was invoked and the
    price of going back on its word, and takes a stance by logit response, drawn to the one in force. Of the two sides
    it commits itself to none but the one it stood nearer to at the onset.

    What all powers have alike the state holds stacked, and works out for all at once; a power reads its own rows.

    Attributes (arrays of shape ``(runs,)`` unless said otherwise):
        stance: position of its stance in the table.
        likes: the side it stands nearer to, 0 or 1; 2 where it stands alike to both.
        given, seen: support and commitment at each level, ``(levels, runs)``.
        seated: positions of the third parties with a formal seat in a settlement.
        held_by_event: stance that an event of today holds it to; None without such an event.
        news: what prompted the last review or other change, see :class:`~sim.engine.rules.patrons.News`.
    """

    def __init__(self, model: mesa.Model, state: State, streams: Streams, index: int, seated: tuple[int, ...]) -> None:
        super().__init__(model)
        self.state = state
        self.streams = streams
        self.seated = seated
        self.held_by_event: int | None = None
        self.index = index
        self.code = self.state.powers[index]
        self._read_stances()
        self._read_treaties()
        self.weights = self._weights()
        self.foreseen = self._foresee()
        self.next_stance = self.stance
        self.news = np.full(self.state.runs, News.none, dtype=np.int8)
        self.was_held = False
        self._take_up(np.arange(self.state.runs))

    def _read_stances(self) -> None:
        """Read what it can do, what it does at the onset, and what a policy holds it to."""
        state = self.state
        stated, values = state.scenario.actors[self.code], state.values
        self.cap = values(stated.support)
        self.given = patrons.support(self.cap)
        self.seen = patrons.commitment(self.given)
        self.brokers = stated.broker_value is not None
        self.supports = stated.support is not None
        ties = state.ties[2 + self.index, :2]
        self.likes: Index = np.where(ties[0] > ties[1], CHALLENGER, np.where(ties[1] > ties[0], DEFENDER, NEITHER))
        self.stance: Index = np.full(state.runs, ASIDE, dtype=np.int8)
        if stated.stance is not None:
            self.stance[:] = values.index(stated.stance, STANCE_NAMES)
        policy = state.scenario.policies.get(self.code)
        self.held_to = None if policy is None else STANCE_NAMES.index(policy)

    def _read_treaties(self) -> None:
        """Note how far a treaty with the defender covers this theatre: 1 by its letter, less by stretching it."""
        state = self.state
        defender, theatre = state.codes[1], state.scenario.conflict.theatre
        own = [treaty for treaty in state.scenario.actors[self.code].treaties if treaty.partner == defender]
        self.allied = bool(own)
        covered = any(theatre in treaty.covers for treaty in own)
        self.scope = np.ones_like(self.cap) if covered else state.m.treaty_stretch

    def _weights(self) -> tuple[float, ...]:
        """Return the logs of the default weights of the options; those that it could never take are ruled out.

        Who states no support takes no side, and who states no worth of brokering does not mediate.
        """
        return tuple(
            math.log(option.weight)
            if (self.brokers or not option.mediates) and (self.supports or option.side is None)
            else -choice.RULED_OUT
            for option in OPTIONS
        )

    def perceive(self) -> None:
        """Read what prompts a review today: the state works that out for all alike."""

    def decide(self) -> None:
        """Follow a policy or an event, or review the stance where there is news; nobody moves once all is settled."""
        state = self.state
        luck = self.streams.uniform(f"{self.code}.stance")  # spent whether it is needed or not
        held = self.held_to if self.held_by_event is None else self.held_by_event
        self.next_stance = self.stance
        if held is not None:
            self.next_stance = np.where(state.settled, self.stance, np.int8(held))
            self.news = np.where(self.next_stance != self.stance, np.int8(News.held), self.news)
        elif self.was_held:
            self._review(Glance(state, np.flatnonzero(~state.settled)), luck, News.released)
        elif state.at_review.where.size:
            self._review(state.at_review, luck)
        self.was_held = held is not None

    def act(self) -> None:
        """Take up what was decided."""
        self.state.moved[self.index] = False
        if self.next_stance is not self.stance:
            changed = np.flatnonzero(self.next_stance != self.stance)
            self.stance = self.next_stance
            self._take_up(changed)

    def _take_up(self, where: Index) -> None:
        """Turn the stance into support, commitment, force and mediation in these runs."""
        state, k, stance = self.state, self.index, self.stance[where]
        level, sides = LEVELS[stance], SIDES[stance]
        given, seen = self.given[level, where], self.seen[level, where]
        state.mediates[k, where] = MEDIATES[stance]
        for side in (CHALLENGER, DEFENDER):
            favoured = sides == side
            state.moved[k, where] |= state.commitment[side, k, where] != seen * favoured
            state.force[side, k, where] = favoured & (level == Level.force)
            state.support[side, k, where] = given * favoured
            state.commitment[side, k, where] = seen * favoured
        if self.brokers:
            state.note_belief(k, where)

    def _review(self, seen: Glance, luck: Array, prompt: int | None = None) -> None:
        """Review the stance in the runs that are glanced at: weigh the options, and pick one."""
        where, now = seen.where, self.stance.take(seen.where)
        side = (self.likes.take(where) == DEFENDER).view(np.int8)  # of no account where it likes neither
        levels = patrons.commitment(patrons.support(self.cap.take(where)))
        nats = np.zeros((CLOSED + 1, where.size), dtype=levels.dtype)  # the last row is for a stance that is not open
        nats[:-1] = self._worth(seen, side, now, levels)
        nats *= seen.patron_precision
        nats[OPTION_OF[side, now], np.arange(where.size)] += seen.inertia
        self._weigh(nats[:-1], seen, side, levels)
        taken = POSITIONS[side, choice.choose_by_score(nats[:-1], luck.take(where))]
        if prompt is None:
            taken = np.where(self._moved_alone(seen), now, taken)
        changed = np.flatnonzero(taken != now)
        if changed.size:
            self.next_stance = self.stance.copy()
            self.next_stance[where[changed]] = taken[changed]
            self.news[where[changed]] = seen.prompt[changed] if prompt is None else prompt

    def _moved_alone(self, seen: Glance) -> Mask:
        """Return where its own move is all the news there is: that is none to itself."""
        others = seen.moved.sum(axis=0) - seen.moved[self.index]
        return (seen.prompt == News.another) & (others == 0)

    def _weigh(self, nats: Array, seen: Glance, side: Index, levels: Array) -> None:
        """Add the log weights of the options, and rule out what is closed today.

        Who stands alike to both sides takes none, to arms and force it takes more than aid, and nobody mediates whom a
        side would not receive.
        """
        k = self.index
        nats += np.array(self.weights, dtype=nats.dtype)[:, None]
        if self.supports:
            nats[LEANING] -= ruled_out(self.likes.take(seen.where) == NEITHER, nats)
            nats[ARMED] -= ruled_out(self.cap.take(seen.where) <= patrons.AID_AT_MOST, nats)
        if self.brokers:
            ties = [seen.tie(i, 2 + k) for i in (0, 1)]
            received = brokers.reception(_of(ties, 1 - side), seen.estrangement, levels[LEVELS_OF_MEDIATING]) > 0
            nats[MEDIATING] -= ruled_out(~(received & (_of(ties, side) > 0)), nats)

    def _worth(self, seen: Glance, side: Index, now: Index, levels: Array) -> Array:
        """Return the worth of each option for the side it likes: shape ``(options, runs)``.

        Args:
            seen: the state in the runs that are reviewed.
            side: the side it likes in each of them.
            now: its stance in each of them.
            levels: its commitment at each level in each of them, ``(levels, runs)``.
        """
        regard = [self._regard(seen, which) for which in (0, 1)]
        of_levels = np.zeros_like(levels)
        if self.supports:
            climbed = LEVELS[now] * (SIDES[now] == side)
            of_levels = levels * self._leaning(seen, side, regard)
            of_levels -= patrons.price_of_climbing(seen.force_cost, climbed)
            committed = _of(seen.commitment[:, self.index], side)
            of_levels -= patrons.cost_of_turning(seen.tied_hands, committed, levels)
        worth = of_levels[LEVEL_OF_OPTIONS]
        if self.brokers:
            worth[MEDIATING] += self._brokering(seen, regard)
        if self.allied and seen.invoked.any():
            worth -= self._owed(seen, side)
        return worth

    def _owed(self, seen: Glance, side: Index) -> Array:
        """Return what each option leaves unpaid of its duty to the defender, once that has called on it."""
        paid = np.array(
            [
                [patrons.duty_paid(0, option.mediates and option.level == Level.none) for option in OPTIONS],
                [patrons.duty_paid(option.level, option.mediates) for option in OPTIONS],
            ],
            dtype=seen.treaty_duty.dtype,
        )
        owed = patrons.duty_owed(seen.treaty_duty, seen.threat[1], self.scope.take(seen.where), paid[side].T)
        return seen.invoked * owed

    def _regard(self, seen: Glance, side: int) -> Array:
        """Return the regard for a side, less where the side stands near this actor's rivals."""
        k = self.index
        courts = np.zeros(seen.where.size, dtype=self.cap.dtype)
        for rival in self.state.rivals[k]:
            courts += positive(-seen.tie(2 + k, 2 + rival)) * seen.closeness[side, rival]
        return patrons.regard(seen.tie(2 + k, side), seen.displacement, seen.sphere[k], courts.clip(0.0, 1.0))

    def _leaning(self, seen: Glance, side: Index, regard: list[Array]) -> Array:
        """Return the worth of a level of commitment to the side it likes."""
        k = self.index
        rivals, held_back = np.zeros((2, seen.where.size), dtype=self.cap.dtype)
        for rival in self.state.rivals[k]:
            rivals += positive(-seen.tie(2 + k, 2 + rival)) * _of(seen.commitment[:, rival], 1 - side)
        for friend in self.state.friends[k]:
            for_side, for_other = (_of(seen.commitment[:, friend], of) for of in (side, 1 - side))
            against = patrons.holds_back(seen.mediates[friend], for_side, for_other)
            heeded: Array = seen.engagement[friend] * positive(seen.tie(2 + k, 2 + friend))
            held_back += heeded * against
        return patrons.worth_of_leaning(
            seen.protege_value,
            _of(regard, side),
            _of(seen.threat, side),
            seen.partner_cost,
            _of(regard, 1 - side),
            seen.contest,
            rivals,
            engagement=seen.engagement[k],
            restraint=seen.restraint,
            held_back=held_back,
        )

    def _brokering(self, seen: Glance, regard: list[Array]) -> Array:
        """Return the worth of mediating in each stance that does: shape ``(mediating options, runs)``."""
        k = self.index
        if self.state.m.structural_balance.any():  # otherwise its own ties stay as they are
            self.foreseen = self._foresee()
        seated = np.zeros(seen.where.size, dtype=self.cap.dtype)
        for other in self.seated:
            seated += positive(-seen.tie(2 + k, 2 + other))
        return patrons.worth_of_brokering(
            seen.broker_ambition,
            seen.broker_value[k],
            seen.engagement[k],
            seen.alarm,
            positive(np.minimum(*regard)),
            seen.authority[k],
            self.foreseen.take(seen.where, axis=1),
            seated.clip(0.0, 1.0),
        )

    def _foresee(self) -> Array:
        """Return its mean credibility with both sides at the bias each mediating stance would give it."""
        state, side = self.state, self.likes
        ties = [state.ties[2 + self.index, i] for i in (0, 1)]
        own, other = np.where(side == DEFENDER, ties[1], ties[0]), np.where(side == DEFENDER, ties[0], ties[1])
        towards = brokers.bias(own, other, self.seen[LEVELS_OF_MEDIATING], 0.0)
        curve = state.credibility
        return (brokers.credibility(curve, towards) + brokers.credibility(curve, -towards)) / 2.0


def ruled_out(where: Mask, like: Array) -> Array:
    """Return what to take off the scores of options that are closed in some runs."""
    return np.multiply(where, choice.RULED_OUT, dtype=like.dtype)


def _of(sides: Sequence[Array] | Array, which: Index) -> Array:
    """Return what belongs to one of two sides in each run, given both."""
    return np.where(which == CHALLENGER, sides[0], sides[1])
