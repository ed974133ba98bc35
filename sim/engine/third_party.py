"""Third parties: each holds a stance, and reviews it when there is news."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.draws import NO_POLICY
from sim.engine.mesa_core import Agent, Model
from sim.engine.options import (
    ARMED,
    CLOSED,
    LEANING,
    LEVEL_OF_OPTION,
    LEVEL_OF_OPTIONS,
    LEVEL_TOWARDS,
    LEVELS,
    LEVELS_OF_MEDIATING,
    MEDIATES,
    MEDIATING,
    NEITHER,
    OPTION_AT,
    OPTION_OF,
    OPTIONS,
    PLAIN,
    POSITIONS,
    SIDES,
    WITHOUT_MEDIATION,
)
from sim.engine.per_run import PerRun
from sim.engine.rules import (
    TRACE,
    Array,
    Index,
    Mask,
    choice,
    mediators,
    patrons,
    pick,
    positions,
    positive,
)
from sim.engine.rules.patrons import News
from sim.engine.state import Rows, State, StateSubset, Stop
from sim.engine.streams import Streams
from sim.scenario import STANCE_NAMES
from sim.scenario.stances import ASIDE, CHALLENGER, DEFENDER, Level

Side = Index | int
"""A side in each run, ``(runs,)``, or one for all runs."""


@dataclass(frozen=True)
class Review:
    """What a third party weighed in its last review, for the description of a run.

    Attributes:
        day: day of the review.
        where: positions of the runs.
        side: the side that it is closer to in each of them, or in all.
        utility: utility of each option, ``(options, runs)``.
        weight: weight with which each option is drawn, ``(options, runs)``.
    """

    day: int
    where: Index
    side: Side
    utility: Array
    weight: Array


class ThirdParty(PerRun, Agent):  # type: ignore[misc]
    """An active third party, in all runs at once.

    Summary of rule: a third party keeps its stance until there is news. Then it chooses a stance by
    logit response, with a preference for the stance in force. It weighs the ambition to mediate,
    the danger to its protege, its other partner and rivals' commitments. It also weighs what its
    friends do, an invoked treaty, and the cost of going back on its word. It changes nothing for
    the worse, and starts nothing that does not pay. It supports only the side that it was closer to
    at the onset.

    The state stores arrays over all third parties, and works out together what all of them need.

    Attributes (arrays of shape ``(runs,)`` unless a line says otherwise):
        stance: position of its stance among all stances.
        closer_side: the side that it is closer to, 0 or 1; 2 where it is equally close to both.
        given: support at each level of commitment, in levels, ``(levels, runs)``.
        seen: commitment at each level, in levels, ``(levels, runs)``.
        leaning: the side that its options with a side favour, 0 or 1.
        leaning_everywhere: the same, if it is one side in all runs; else None.
        is_torn: whether it is equally close to both sides in any run.
        presence: how far its troops are in the theatre, 0 to 1.
        trespass: how much its force would intrude on the sphere of another, 0 to 1.
        excluded: for each option, whether it can never take it.
        policy_stance: stance that a policy fixes, ``NO_POLICY`` without one.
        seated: positions of the third parties with a formal seat in a settlement.
        event_stance: stance that an event of today fixes; None without such an event.
        news: what prompted the last change, see :class:`~sim.engine.rules.patrons.News`.
        review: what it weighed in its last review; None before the first.
    """

    def __init__(
        self,
        model: Model,
        state: State,
        streams: Streams,
        index: int,
        seated: tuple[int, ...],
    ) -> None:
        super().__init__(model)
        self.state = state
        self.streams = streams
        self.seated = seated
        self.event_stance: int | None = None
        self.index = index
        self.code = self.state.powers[index]
        self._read_stances()
        self._read_treaties()
        self.excluded = self._excluded()
        self.foreseen = self._foresee()
        self.next_stance = self.stance
        self.news = np.full(self.state.runs, News.none, dtype=np.int8)
        self.review: Review | None = None
        self.had_event = False
        self._take_up(np.arange(self.state.runs))

    def _read_stances(self) -> None:
        """Read what it can do, its stance at the onset, and the stance that a policy fixes."""
        state = self.state
        stated = state.scenario.actors[self.code]
        values = state.values
        # 1. what it can do
        self.cap = values(stated.support)
        self.given = patrons.support(self.cap)
        self.seen = patrons.commitment(self.given)
        forces = values(state.scenario.conflict.forces)
        others = [k for k in range(len(state.powers)) if k != self.index]
        ties_of_others = state.ties[[2 + k for k in others], 2 + self.index]
        self.presence = patrons.presence(values(stated.troops), forces)
        self.trespass = patrons.trespass(state.sphere[others], ties_of_others)
        self.brokers = stated.broker_value is not None
        self.supports = stated.support is not None
        # 2. the side that it is closer to
        ties = state.ties[2 + self.index, :2]
        not_challenger = np.where(ties[1] > ties[0], DEFENDER, NEITHER)
        self.closer_side: Index = np.where(ties[0] > ties[1], CHALLENGER, not_challenger)
        # a review needs a side everywhere; where there is none, options with a side are excluded
        self.leaning: Index = (self.closer_side == DEFENDER).view(np.int8)
        self.is_torn = bool((self.closer_side == NEITHER).any())
        is_same = (self.leaning == self.leaning[:1]).all()
        self.leaning_everywhere = int(self.leaning[0]) if is_same else None
        # 3. its stance at the onset, and the one that a policy fixes
        self.stance: Index = np.full(state.runs, ASIDE, dtype=np.int8)
        if stated.stance is not None:
            self.stance[:] = values.index(stated.stance, STANCE_NAMES)
        self.policy_stance = values.policy(self.code)

    def _read_treaties(self) -> None:
        """Read how far its treaty with the defender covers this theatre.

        The scope is 1 if the treaty names the theatre, and ``treaty_stretch`` otherwise.
        """
        state = self.state
        defender = state.codes[1]
        theatre = state.scenario.conflict.theatre
        stated = state.scenario.actors[self.code].treaties
        treaties = [treaty for treaty in stated if treaty.partner == defender]
        self.allied = bool(treaties)
        covered = any(theatre in treaty.covers for treaty in treaties)
        self.scope = np.ones_like(self.cap) if covered else state.m.treaty_stretch

    def _excluded(self) -> tuple[bool, ...]:
        """Return which options it can never take.

        An actor without a stated ``support`` takes no side. One without a ``broker_value`` does not
        mediate.
        """
        return tuple(
            (option.mediates and not self.brokers)
            or (option.side is not None and not self.supports)
            for option in OPTIONS
        )

    def perceive(self) -> None:
        """Do nothing: the state works out once what all third parties see and what is news."""

    def decide(self) -> None:
        """Follow an event or a policy, or else review the stance where there is news.

        No stance changes once the crisis is closed.
        """
        state = self.state
        uniforms = self.streams.uniform(f"{self.code}.stance")  # drawn whether it is needed or not
        fixed = self.policy_stance
        if self.event_stance is not None:
            fixed = np.full_like(fixed, self.event_stance)
        free = fixed == NO_POLICY
        self.next_stance = self.stance
        # 1. reviews where nothing fixes the stance
        if free.any():
            if self.had_event:
                released = np.flatnonzero(free & ~state.settled)
                self._review(StateSubset(state, released), uniforms, News.released)
            else:
                self._review_on_news(free, uniforms)
        # 2. the fixed stance elsewhere
        if not free.all():
            self.next_stance = np.where(free | state.settled, self.next_stance, fixed)
            taken_up = ~free & (self.next_stance != self.stance)
            self.news = np.where(taken_up, np.int8(News.held), self.news)
        self.had_event = self.event_stance is not None

    def _review_on_news(self, free: Mask, uniforms: Array) -> None:
        """Review the stance where there is news, and nothing fixes it."""
        seen = self.state.at_review
        if not free.all():
            seen = StateSubset(self.state, seen.where[free[seen.where]])
        if seen.where.size:
            self._review(seen, uniforms)

    def act(self) -> None:
        """Apply the chosen stance where it is new."""
        self.state.moved[self.index] = False
        if self.next_stance is self.stance:
            return
        changed = np.flatnonzero(self.next_stance != self.stance)
        if changed.size:
            self.stance = self.next_stance
            self._take_up(changed)

    def _take_up(self, where: Index) -> None:
        """Turn the stance into mediation, support, commitment and force in some runs."""
        state = self.state
        k = self.index
        stance = self.stance[where]
        level = LEVELS[stance]
        sides = SIDES[stance]
        given = self.given[level, where]
        seen = self.seen[level, where]
        state.mediates[k, where] = MEDIATES[stance]
        for side in (CHALLENGER, DEFENDER):
            favoured = sides == side
            state.moved[k, where] |= state.commitment[side, k, where] != seen * favoured
            state.force[side, k, where] = favoured & (level == Level.force)
            state.support[side, k, where] = given * favoured
            state.commitment[side, k, where] = seen * favoured
        if self.brokers:
            state.update_credibility(k, where)

    def _review(self, seen: StateSubset, uniforms: Array, prompt: int | None = None) -> None:
        """Review the stance in some runs and choose the next one.

        Args:
            seen: the state in these runs.
            uniforms: random numbers in [0, 1) of all runs, ``(runs,)``.
            prompt: what prompts the review; None for the news of the day.
        """
        where = seen.where
        now = self.stance.take(where)
        side = self._side(where)
        levels = patrons.commitment(patrons.support(self.cap.take(where)))
        # 1. score of each option in nats; the last row is for a stance that is no option
        utility = self._worth(seen, side, now, levels)
        nats = np.zeros((CLOSED + 1, where.size), dtype=utility.dtype)
        np.multiply(utility, seen.patron_precision, out=nats[:-1])
        in_force = positions(_entry(OPTION_OF, side, now))
        nats.reshape(-1)[in_force] += seen.inertia
        nats = nats[:-1]
        # 2. options beyond the stance in force, and those that are closed today
        rises = np.maximum(LEVEL_OF_OPTION - _level_towards(side, now), np.int8(0))
        closed = self._closed(seen, side, now, rises, utility, levels)
        rises[MEDIATING] += (~MEDIATES.take(now)).view(np.int8)
        halvings = rises.astype(nats.dtype)  # of the weight: one a level, and one for a start
        halvings *= -math.log(2)
        nats += halvings
        choice.rule_out(nats, closed)
        # 3. the choice
        option = choice.choose(nats, uniforms.take(where))
        chosen = _entry(POSITIONS, side, option)
        self.review = Review(self.state.day, where, side, utility, nats)
        if prompt is None:
            np.copyto(chosen, now, where=self._is_indifferent(seen))
        changed = np.flatnonzero(chosen != now)
        if changed.size:
            self.next_stance = self.stance.copy()
            self.next_stance[where[changed]] = chosen[changed]
            self.news[where[changed]] = seen.prompt[changed] if prompt is None else prompt

    def _is_indifferent(self, seen: StateSubset) -> Mask:
        """Return where the only news is a change of commitment by others than its rivals."""
        rival_moved = np.zeros(seen.where.size, dtype=bool)
        for rival in self.state.rivals[self.index]:
            is_hostile = seen.ties[2 + self.index, 2 + rival] < 0
            rival_moved |= seen.moved[rival].view(bool) & is_hostile
        return (seen.prompt == News.another) & ~rival_moved

    def _side(self, where: Index) -> Side:
        """Return the side that its options favour: one number if it is the same in all runs."""
        if self.leaning_everywhere is not None:
            return self.leaning_everywhere
        return self.leaning.take(where)

    def _closed(
        self,
        seen: StateSubset,
        side: Side,
        now: Index,
        rises: Index,
        utility: Array,
        levels: Array,
    ) -> Mask:
        """Return which options are closed today: shape ``(options, runs)``.

        A power changes nothing that does not pay: an option is open only if it is worth more, by a
        trace, than the stance in force. One of a higher commitment, or of mediation, must also be
        worth more than the same without it. A power that a side would not receive does not start
        to mediate. One that is equally close to both sides takes none. One that can give no more
        than aid gives no arms and uses no force.

        Args:
            seen: the state in the runs of the review.
            side: the side that it is closer to in each of them.
            now: its stance in each of them, ``(runs,)``.
            rises: levels by which each option exceeds the present one, ``(options, runs)``.
            utility: utility of each option, ``(options, runs)``.
            levels: its commitment at each level, ``(levels, runs)``.
        """
        present = _level_towards(side, now)
        # 1. a rise is worth no more than the present level
        closed = np.empty(utility.shape, dtype=bool)
        for options, at_present in zip((PLAIN, MEDIATING), OPTION_AT, strict=True):
            before = pick(utility, at_present.take(present)) + TRACE
            np.less_equal(utility[options], before, out=closed[options])
        closed &= rises > 0
        # 2. a start of mediation is worth no more than the same level without it, or is unwelcome
        if self.brokers:
            useless = utility[MEDIATING] <= utility[WITHOUT_MEDIATION] + TRACE
            useless |= ~self._welcome(seen, side, levels[LEVELS_OF_MEDIATING])
            closed[MEDIATING] |= useless & ~MEDIATES.take(now)
        # 3. options that are never open
        never = self.never(seen.where)
        # 4. an option is worth no more than the stance in force, if this can go on
        option = _entry(OPTION_OF, side, now)
        in_force = np.where(option < CLOSED, option, 0)
        place = positions(in_force)
        goes_on: Mask = (option < CLOSED) & ~never.reshape(-1).take(place)
        closed |= (utility <= utility.reshape(-1).take(place) + TRACE) & goes_on
        closed.reshape(-1)[place[goes_on]] = False
        return closed | never

    def never(self, where: Index) -> Mask:
        """Return which options are never open to it in some runs: shape ``(options, runs)``."""
        never = np.repeat(np.array(self.excluded)[:, None], where.size, axis=1)
        if self.supports:
            never[ARMED] |= self.cap.take(where) <= patrons.AID_AT_MOST
            if self.is_torn:
                never[LEANING] |= self.closer_side.take(where) == NEITHER
        return never

    def _welcome(self, seen: StateSubset, side: Side, committed: Array) -> Mask:
        """Return where both sides would receive it as a mediator, at some commitments to one.

        Args:
            seen: the state in the runs of the review.
            side: the side that it is closer to in each of them.
            committed: commitments to this side, in levels, ``(options, runs)``.
        """
        k = self.index
        ties = [seen.ties[i, 2 + k] for i in (0, 1)]
        received = mediators.reception(_of(ties, 1 - side), seen.estrangement, committed)
        welcome: Mask = (received > 0) & (_of(ties, side) > 0)
        return welcome

    def _worth(self, seen: StateSubset, side: Side, now: Index, levels: Array) -> Array:
        """Return the utility of each option: shape ``(options, runs)``.

        Args:
            seen: the state in the runs of the review.
            side: the side that it is closer to in each of them, ``(runs,)``.
            now: its stance in each of them, ``(runs,)``.
            levels: its commitment at each level, ``(levels, runs)``.
        """
        regard = [self._regard(seen, which) for which in (0, 1)]
        # 1. commitment to a side: gain, price of rising, cost of going back
        if not self.supports:
            of_levels = np.zeros_like(levels)
        else:
            climbed = _level_towards(side, now)
            of_levels = levels * self._leaning(seen, side, regard)
            trespass = self.trespass.take(seen.where)
            prices = patrons.prices(self.presence.take(seen.where), trespass)
            paid = pick(prices, climbed)
            of_levels -= patrons.price_of_climbing(seen.force_cost, prices, paid)
            committed = _commitment(seen, self.index, side)
            of_levels -= patrons.cost_of_turning(seen.tied_hands, committed, levels)
        utility = of_levels[LEVEL_OF_OPTIONS]
        # 2. mediation
        if self.brokers:
            utility[MEDIATING] += self._brokering(seen, regard)
        # 3. an invoked treaty
        if self.allied and seen.invoked.any():
            utility -= self._owed(seen, side)
        return utility

    def _owed(self, seen: StateSubset, side: Side) -> Array:
        """Return the cost of the duty to the defender that each option leaves unpaid.

        Utility, ``(options, runs)``. It is 0 before the defender invokes the treaty. An option that
        supports the challenger pays nothing.
        """
        paid = np.array(
            [
                [patrons.duty_paid(0, option.mediates and not option.level) for option in OPTIONS],
                [patrons.duty_paid(option.level, option.mediates) for option in OPTIONS],
            ],
            dtype=seen.treaty_duty.dtype,
        )
        scope = self.scope.take(seen.where)
        paid_here = paid[side][:, None] if isinstance(side, int) else paid[side].T
        owed = patrons.duty_owed(seen.treaty_duty, seen.threat[1], scope, paid_here)
        return seen.invoked * owed

    def _regard(self, seen: StateSubset, side: int) -> Array:
        """Return the regard for a side, which falls with the side's closeness to rivals."""
        k = self.index
        tie = seen.ties[2 + k, side]
        if k not in self.state.claimants:  # closeness to rivals matters only in a sphere
            return positive(tie)
        courts = np.zeros_like(tie)
        for rival in self.state.rivals[k]:
            courts += positive(-seen.ties[2 + k, 2 + rival]) * positive(seen.ties[side, 2 + rival])
        return patrons.regard(tie, seen.displacement, seen.sphere[k], courts.clip(0.0, 1.0))

    def _leaning(self, seen: StateSubset, side: Side, regard: list[Array]) -> Array:
        """Return the utility of one level of commitment to the closer side: ``(runs,)``."""
        k = self.index
        rivals, held_back = np.zeros((2, seen.where.size), dtype=self.cap.dtype)
        # 1. rivals that support the enemy
        for rival in self.state.rivals[k]:
            hostility = positive(-seen.ties[2 + k, 2 + rival])
            rivals += hostility * _commitment(seen, rival, 1 - side)
        # 2. friends that work against the side
        for friend in self.state.friends[k]:
            for_side = _commitment(seen, friend, side)
            for_other = _commitment(seen, friend, 1 - side)
            against = patrons.holds_back(seen.mediates[friend], for_side, for_other)
            influence = seen.engagement[friend] * positive(seen.ties[2 + k, 2 + friend])
            held_back += influence * against
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

    def _brokering(self, seen: StateSubset, regard: list[Array]) -> Array:
        """Return the utility of mediating for each such option: ``(mediating options, runs)``."""
        k = self.index
        if self.state.m.structural_balance.any():  # otherwise its ties never change
            self.foreseen = self._foresee()
        urgency = patrons.urgency(seen.attention, seen.stop == Stop.truce, seen.mediator == k)
        seated = np.zeros(seen.where.size, dtype=self.cap.dtype)
        for seat in self.seated:
            seated += positive(-seen.ties[2 + k, 2 + seat])
        return patrons.utility_of_mediation(
            seen.broker_ambition,
            seen.broker_value[k],
            seen.engagement[k],
            urgency,
            positive(np.minimum(*regard)),
            seen.authority[k],
            self.foreseen.take(seen.where, axis=1),
            seated.clip(0.0, 1.0),
        )

    def _foresee(self) -> Array:
        """Return its mean credibility with both sides at the bias of each mediating option.

        Shape ``(mediating options, runs)``, 0 to 1.
        """
        state = self.state
        side = self.closer_side
        ties = [state.ties[2 + self.index, i] for i in (0, 1)]
        tie_to_side = np.where(side == DEFENDER, ties[1], ties[0])
        tie_to_enemy = np.where(side == DEFENDER, ties[0], ties[1])
        towards = mediators.bias(tie_to_side, tie_to_enemy, self.seen[LEVELS_OF_MEDIATING], 0.0)
        curve = state.credibility
        return (
            mediators.credibility(curve, towards) + mediators.credibility(curve, -towards)
        ) / 2.0


def _of(sides: Sequence[Array] | Rows, which: Side) -> Array:
    """Return the value that belongs to one side in each run, given those of both sides.

    A masked copy is twice as fast as ``np.where``.

    Args:
        sides: values of the challenger and of the defender, ``(runs,)`` each.
        which: 0 challenger, 1 defender.
    """
    if isinstance(which, int):
        return sides[which]
    values = sides[0].copy()
    np.copyto(values, sides[1], where=which.astype(bool))
    return values


def _commitment(seen: StateSubset, k: int, side: Side) -> Array:
    """Return the commitment of a power to one side in each run, in levels: ``(runs,)``."""
    if isinstance(side, int):
        return seen.commitment[side, k]
    return _of([seen.commitment[i, k] for i in (0, 1)], side)


def _level_towards(side: Side, stance: Index) -> Index:
    """Return the level of a stance if it favours one side in each run, else 0: ``(runs,)``."""
    return _entry(LEVEL_TOWARDS, side, stance)


def _entry(table: Index, side: Side, which: Index) -> Index:
    """Return an entry of a table with a row for each side, in each run: ``(runs,)``."""
    return table.reshape(-1).take(side * table.shape[1] + which)
