"""The state of a block: arrays over runs that actors read and the world writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.draws import RunValues
from sim.engine.parameters import DrawnMechanisms, DrawnParameters
from sim.engine.per_run import PerRun
from sim.engine.rules import (
    TRACE,
    Array,
    Index,
    Mask,
    battle,
    mediators,
    patrons,
    positive,
    total,
)
from sim.engine.rules.choice import logistic
from sim.engine.rules.patrons import News
from sim.scenario import EXPECTATION, Escalation, Scenario

BEFORE_ANY_TALKS = -1_000_000
"""Day of the last round of talks before there was any."""


class Stop:
    """Kinds of cessation of fighting, as plain integers like :class:`~sim.scenario.Escalation`.

    ``truce`` is a ceasefire.
    """

    none = 0
    lull = 1
    truce = 2
    capitulation = 3


class Rows:
    """Rows of one quantity in some runs, each taken when it is first read.

    Args:
        values: the quantity, with the runs as its last axis.
        where: positions of the runs.
    """

    def __init__(self, values: Array, where: Index) -> None:
        self._values = values
        self._where = where
        self._taken: dict[int | tuple[int, int], Array] = {}

    def __getitem__(self, row: int | tuple[int, int]) -> Array:
        """Return a row, ``(runs,)``, by its position on the other axes."""
        if row not in self._taken:
            self._taken[row] = self._values[row].take(self._where)
        return self._taken[row]


class StateSubset:
    """The state in some of its runs, as the reviews of a day read it.

    Each declared quantity is taken from the state, its parameters or its mechanisms when it is
    first read. All third parties review in the same runs on a day, so they share what was taken.
    Shapes are those of the state, except for the number of runs.

    Attributes:
        where: positions of the runs.
    """

    attention: Array
    broker_ambition: Array
    contest: Array
    displacement: Array
    estrangement: Array
    force_cost: Array
    inertia: Array
    partner_cost: Array
    patron_precision: Array
    protege_value: Array
    restraint: Array
    tied_hands: Array
    treaty_duty: Array
    invoked: Mask
    mediator: Index
    prompt: Index
    stop: Index
    authority: Rows
    broker_value: Rows
    commitment: Rows
    engagement: Rows
    mediates: Rows
    moved: Rows
    sphere: Rows
    threat: Rows
    ties: Rows

    def __init__(self, state: State, where: Index) -> None:
        self.state = state
        self.where = where

    if not TYPE_CHECKING:  # type checkers know the declared quantities only

        def __getattr__(self, name):
            """Return a declared quantity in these runs, and keep it."""
            state = self.state
            for owner in (state, state.p, state.m):
                if name in vars(owner):
                    values = vars(owner)[name]
                    has_rows = values.ndim > 1
                    taken = Rows(values, self.where) if has_rows else values.take(self.where)
                    setattr(self, name, taken)
                    return taken
            raise AttributeError(name)


class State(PerRun):
    """All runs of a block on one day. A new state is that of the onset, before anyone has acted.

    Arrays have shape ``(runs,)`` unless a comment says otherwise. Sides are 0 challenger and 1
    defender. The K active third parties (powers) have the order of ``powers``, and all N actors
    have that of ``codes``. Shares are shares of the contested area.

    Args:
        scenario: the crisis.
        values: the drawn values of each run.
    """

    def __init__(self, scenario: Scenario, values: RunValues) -> None:
        conflict = scenario.conflict
        runs = values.runs
        self.scenario = scenario
        self.values = values
        self.day = 0

        # 1. actors
        third_parties = scenario.third_parties
        self.powers = tuple(code for code in third_parties if scenario.actors[code].can_act)
        sides = (conflict.challenger, conflict.defender)
        self.codes = (*sides, *self.powers, *sorted(set(scenario.third_parties) - set(self.powers)))

        # 2. parameters and mechanisms
        self.p = DrawnParameters(scenario.parameters, values)
        self.m = DrawnMechanisms(scenario.mechanisms, values)
        curve = values.index(scenario.mechanisms.credibility, tuple(mediators.CURVES))
        self.credibility = mediators.curves(curve).astype(values.dtype)
        self.expectation = values.index(scenario.mechanisms.expectation, EXPECTATION)
        steps = scenario.parameters.intensity
        escalations = (steps.skirmish, steps.limited_offensive, steps.full_offensive)
        # shape (levels, runs)
        self.intensity = np.stack([self._zeros(), *(values(step) for step in escalations)])

        # 3. pace and lethality in this crisis
        forces = values(conflict.forces)
        self.pace = battle.pace(self.p.pace, values(conflict.tempo), forces)
        self.lethality = battle.lethality(self.p.lethality, values(conflict.severity), forces)

        # 4. territory, balance and fighting
        self.line_depth = values(conflict.prepared_line)
        self.package_share = values(conflict.package_share)
        self.concession = values(conflict.concession)
        self.held_at_onset = values(conflict.challenger_holds)
        self.held = self.held_at_onset.copy()  # by the challenger through fighting, share
        self.aim = np.minimum(values(conflict.aim), 1.0 - self.held_at_onset)
        self.ceded = self._zeros()  # territory ceded by agreement, share
        self.balance = self._zeros()  # the challenger's log-odds, without outside support
        self.stake = self._zeros()  # what the sides could win or lose, share
        self.level = np.full(runs, Escalation.hold_fire, dtype=np.int8)
        self.fought = self._zeros()  # intensity of today's fighting, 0 to 1
        self.ground = self._zeros()  # territory that the challenger won by fighting today, share
        self.attention = self._zeros()  # international attention, 0 to 1

        # 5. cessations and ceasefires
        self.stop = np.full(runs, Stop.none, dtype=np.int8)
        self.age = np.zeros(runs, dtype=np.int32)  # of the cessation, days
        self.due_age = np.zeros(runs, dtype=np.int32)  # age at which its terms are due, days
        self.mediator = np.full(runs, -1, dtype=np.int16)  # its mediator: index of a power, -1 none
        self.terms = self._zeros()  # territory that it gives the challenger, share
        self.owed = self._zeros()  # the part of it that is not handed over yet, share
        self.protection = self._zeros()  # its peacekeeping protection, 0 to 1
        self.guard = np.full(runs, -1, dtype=np.int16)  # who sends the peacekeepers, -1 none
        self.failed = np.zeros(runs, dtype=np.int32)  # mediated ceasefires that broke
        self.invoked = np.zeros(runs, dtype=bool)  # whether the defender has invoked its treaties
        self.package_open = np.zeros(runs, dtype=bool)  # whether a package can be agreed
        # day of the last round of talks, and of that or of the last breach of a ceasefire
        self.talked, self.recess_since = np.full((2, runs), BEFORE_ANY_TALKS, dtype=np.int32)
        self.proposer = np.full(runs, -1, dtype=np.int16)  # its mediator, -1 for the sides alone
        self.begun = np.ones(runs, dtype=bool)  # whether there has been any fighting
        # what each side gained this morning by breaking the cessation, share of the area
        self.gains = self._zeros(2)
        # today's probability that the cessation breaks, and that the defender calls its allies
        self.chance_of_break = self._zeros()
        self.chance_to_call = self._zeros()
        self.utility_of_surrender = self._zeros()  # of the defender today, share

        # 6. third parties
        parties = len(self.powers)
        stated = [scenario.actors[code] for code in self.powers]
        self.broker_value = self._of_powers([values(actor.broker_value) for actor in stated])
        engagement = [values(actor.engagement, absent=1.0) for actor in stated]
        self.engagement = self._of_powers(engagement)
        self.sphere = self._of_powers([values(actor.sphere) for actor in stated])
        # powers that claim a sphere
        self.claimants = where_true(np.any(self.sphere > 0, axis=1))
        peacekeeping = [values(actor.peacekeeping) for actor in stated]
        self.peacekeeping = self._of_powers([*peacekeeping, self._zeros()])  # last row: no mediator
        self.support = self._zeros(2, parties)  # side, power: levels that affect the fighting
        self.commitment = self._zeros(2, parties)  # side, power: levels that all actors see
        self.moved = np.zeros((parties, runs), dtype=bool)  # powers whose commitment changed today
        self.news = np.full(runs, News.none, dtype=np.int8)  # of ceasefires and treaties
        self.prompt = np.full(runs, News.none, dtype=np.int8)  # of today's reviews
        self.attention_then = self._zeros()  # international attention at the last reviews
        self.ground_then = self._zeros()  # the challenger's territory at the last reviews, share
        self.force = np.zeros((2, parties, runs), dtype=bool)  # side, power: whether it fights
        self.mediates = self._zeros(parties)  # 1 for a power that mediates, else 0
        self.voice = self._zeros(parties)  # weight of each mediator on its own
        self.speaks = self._zeros(parties)  # weight of each mediator among all
        self.heard = self._zeros(parties)  # engagement times authority of each mediator
        # the same times credibility with the less convinced side; last row: no mediator
        self.trusted = self._zeros(parties + 1)
        self.authority = np.ones_like(self.voice)  # of each power as a mediator, 0 to 1
        self.received = self._zeros(2, parties)  # side, power: reception by the side, 0 to 1
        self.ties = self._ties()  # (N, N, runs): tie of the first to the second, -1 to 1
        self.scope: Array | None = None  # of the defender's best treaty, 0 to 1; None without one
        self.stated_supplies = self._supplies()  # side, power: share of the side's outside supply
        self.supplies = self.stated_supplies.copy()  # the same, as far as it delivers today
        self.suppliers = covering(where_true(np.any(self.stated_supplies > 0, axis=(0, 2))))
        self.over = np.zeros(runs, dtype=bool)  # where no outcome can change any more
        self.total_support = self._zeros(2)  # outside support of each side, levels
        self.all_commitment = self._zeros()  # of all powers to both sides, levels
        self.advantage = self._zeros()  # the challenger's log-odds from outside support
        self.all_voices = self._zeros()  # sum of the mediators' weights
        self.believed = self._zeros(2, parties)  # side, power: credibility as a mediator, 0 to 1
        self.pull = self._zeros(parties)  # share of all voices, diluted
        self.least_believed = self._zeros(parties)  # with the less convinced side, 0 to 1
        self.update_hostility()
        self.update_public_view()

    def _of_powers(self, rows: list[Array]) -> Array:
        """Return rows as one array, ``(rows, runs)``, also if there are none."""
        return np.stack(rows) if rows else self._zeros(0)

    def _zeros(self, *axes: int) -> Array:
        return np.zeros((*axes, self.values.runs), dtype=self.values.dtype)

    def _ties(self) -> Array:
        """Return the ties at the onset; a tie stated in one direction only counts for both."""
        actors = self.scenario.actors
        size = len(self.codes)
        ties = self._zeros(size, size)
        for i, owner in enumerate(self.codes):
            for j, partner in enumerate(self.codes):
                stated = actors[owner].ties.get(partner, actors[partner].ties.get(owner))
                ties[i, j] = self.values(stated)
        return ties

    def _supplies(self) -> Array:
        supplies = self._zeros(2, len(self.powers))
        for k, code in enumerate(self.powers):
            for side in (0, 1):
                stated = self.scenario.actors[code].supplies.get(self.codes[side])
                supplies[side, k] = self.values(stated)
        return supplies

    @property
    def runs(self) -> int:
        """Return the number of runs."""
        return self.stake.shape[-1]

    def update_public_view(self) -> None:
        """Work out what all actors see in the morning.

        Sets:
            authority: of each power as a mediator, 0 to 1, ``(K, runs)``.
            threat: to each side from an attack in open country, ``(2, runs)``.
            settled: where the crisis is closed, ``(runs,)``.
        """
        # only a power that claims a sphere loses authority by the commitment of others
        for k in self.claimants:
            others = self.all_commitment - self.commitment[0, k] - self.commitment[1, k]
            self.authority[k] = mediators.authority(self.m.authority_loss, self.sphere[k], others)
        advantage = self.balance + self.advantage
        attacks = [logistic(self.log_odds_of_attack(enemy, advantage)) for enemy in (1, 0)]
        self.threat = patrons.threat(self.attention, np.stack(attacks))
        self.settled = ~self.fighting & self.closed

    def update_news(self, uniforms: Array) -> None:
        """Work out where third parties review their stances today, and on what news.

        It sets ``prompt``, yesterday's news with the highest code, and ``at_review``, the state in
        the runs with news. There is no news once the crisis is closed.

        Args:
            uniforms: random numbers in [0, 1) for routine reviews, ``(runs,)``.
        """
        # 1. news of each kind; the highest code counts
        ground = self.held + self.ceded
        fighting, moved = patrons.has_news(
            self.fighting, self.attention, self.attention_then, ground, self.ground_then
        )
        prompt = self.news
        for code, happened in (
            (News.another, np.any(self.moved, axis=0)),
            (News.routine, uniforms * self.scenario.parameters.review_days < 1.0),
            (News.fighting, fighting),
            (News.ground, moved),
        ):
            prompt = np.maximum(prompt, happened.view(np.int8) * np.int8(code))
        # 2. the first reviews are on day 1, and the last before the crisis is closed
        if self.day <= 1:
            prompt[:] = News.onset if self.day == 1 else News.none
        prompt[self.settled] = News.none
        self.prompt = prompt
        # 3. what a later review compares with
        where = np.flatnonzero(prompt)
        self.attention_then[where] = self.attention[where]
        self.ground_then[where] = ground[where]
        self.at_review = StateSubset(self, where)

    def update_support(self) -> None:
        """Sum up outside support and the mediators' voices after the third parties have acted."""
        # 1. support and commitment, where a commitment has changed
        where = np.flatnonzero(np.any(self.moved, axis=0))
        support = self.support.take(where, axis=2)
        commitment = self.commitment.take(where, axis=2)
        self.total_support[:, where] = np.stack([total(given) for given in support])
        self.all_commitment[where] = total(commitment[0]) + total(commitment[1])
        self.advantage = self.m.support_effect * (self.total_support[0] - self.total_support[1])
        # 2. voice of each mediator
        for k in range(len(self.powers)):
            to_enemy = self.commitment[::-1, k]
            ties = self.ties_to_powers[:, k]
            self.received[:, k] = mediators.reception(ties, self.m.estrangement, to_enemy)
            self.heard[k] = self.mediates[k] * self.engagement[k] * self.authority[k]
            self.trusted[k] = self.heard[k] * self.least_believed[k]
            access = np.minimum(*self.received[:, k])
            self.voice[k] = mediators.voice(self.trusted[k], self.broker_value[k], access)
        # 3. voice of each mediator among all
        voices = total(self.voice).clip(1e-12, np.inf)
        for k in range(len(self.powers)):
            self.pull[k] = mediators.pull(self.voice[k] / voices, self.m.dilution)
            self.speaks[k] = self.voice[k] * self.pull[k]
        self.all_voices = total(self.speaks)

    def backed(self, mediator: Index, where: Index) -> Array:
        """Return how strongly a mediator would back a ceasefire in some runs, 0 to 1.

        Args:
            mediator: index of a power in each of them, -1 for none, shape of ``where``.
            where: positions of the runs.
        """
        return mediators.guaranteed(self.m.backing[where], self.trusted[mediator, where])

    def update_supplies(self, withheld: list[int]) -> None:
        """Work out what each power supplies to each side today.

        Args:
            withheld: positions of the powers that supply nobody today.
        """
        powers = self.suppliers
        support_of_enemy = self.support[::-1, powers]
        part = mediators.delivered(self.m.withholding, support_of_enemy)
        self.supplies[:, powers] = self.stated_supplies[:, powers] * part
        self.supplies[:, withheld] = 0.0

    def update_hostility(self) -> None:
        """Work out the powers' hostility, friendship and credibility from their ties.

        ``hostility`` of the first power to the second has shape ``(K, K, runs)``, 0 to 1.
        """
        # 1. rivals, foes and friends of each power, in any run
        powers = slice(2, 2 + len(self.powers))
        self.hostility = np.maximum(-self.ties[powers, powers], 0.0)
        hostile: Mask = np.any(self.hostility, axis=2)
        self.rivals = [where_true(towards) for towards in hostile]  # those that it is hostile to
        self.foes = [where_true(towards) for towards in hostile.T]  # those that are hostile to it
        close: Mask = np.any(self.ties[powers, powers] > 0.0, axis=2)
        self.friends = [where_true(towards) for towards in close]  # those that it is close to
        # 2. credibility
        everywhere = np.arange(self.runs)
        for k in range(len(self.powers)):
            self.update_credibility(k, everywhere)

    def update_credibility(self, k: int, where: Index) -> None:
        """Work out a power's credibility with both sides, at the bias of its present commitments.

        Args:
            k: position of the power.
            where: positions of the runs.
        """
        # 1. bias towards the challenger
        ties = [self.ties[2 + k, side].take(where) for side in (0, 1)]
        commitments = [self.commitment[side, k].take(where) for side in (0, 1)]
        towards = mediators.bias(*ties, *commitments)
        # 2. credibility; the bias towards the defender is the opposite
        curve = self.credibility.take(where, axis=1)
        for side, sign in enumerate((1.0, -1.0)):
            self.believed[side, k, where] = mediators.credibility(curve, sign * towards)
        self.least_believed[k, where] = np.minimum(*self.believed[:, k, where])

    @property
    def ties_to_powers(self) -> Array:
        """Return both sides' ties to the powers, -1 to 1: a view of shape ``(2, K, runs)``."""
        return self.ties[:2, 2 : 2 + len(self.powers)]

    @property
    def closeness(self) -> Array:
        """Return the positive part of both sides' ties to the powers, ``(2, K, runs)``."""
        return positive(self.ties_to_powers)

    @property
    def fighting(self) -> Mask:
        """Return where no cessation is in force."""
        return self.stop == Stop.none

    @property
    def closed(self) -> Mask:
        """Return where a capitulation or a long cessation has closed the crisis.

        The quiet before the first fighting never closes a crisis.
        """
        held: Mask = self.begun & (self.age >= self.scenario.parameters.closure_days)
        return held | (self.stop == Stop.capitulation)

    @property
    def won(self) -> Array:
        """Return the territory that the challenger has won by fighting, net, share."""
        return self.held - self.held_at_onset

    @property
    def before_line(self) -> Mask:
        """Return where the challenger is at the prepared line, which begins at the first front."""
        return (self.won > -TRACE) & (self.won < self.line_depth - TRACE)

    @property
    def room(self) -> Array:
        """Return the territory left between the challenger and its aim, share."""
        return positive(self.aim - self.won - self.ceded)

    def log_odds_of_attack(
        self,
        side: int,
        advantage: Array,
        before_line: Mask | bool = False,
    ) -> Array:
        """Return the log-odds that an attack wins an engagement: ``(runs,)``.

        Only the challenger meets a prepared line.

        Args:
            side: the attacker, 0 challenger or 1 defender.
            advantage: the challenger's advantage, log-odds, ``(runs,)``.
            before_line: where the challenger is at a prepared line.
        """
        if side == 1:
            return -advantage - self.p.attack_penalty
        in_open_country = advantage - self.p.attack_penalty
        if before_line is False:
            return in_open_country
        return in_open_country - self.p.prepared_line_effect * before_line

    def keep(self, runs: Index) -> None:
        """Keep only some runs, in all parts, given their positions."""
        super().keep(runs)
        self.p.keep(runs)
        self.m.keep(runs)


def covering(positions: list[int]) -> slice:
    """Return the smallest slice with some positions, because a slice of an array is a view.

    >>> covering([2, 4]), covering([])
    (slice(2, 5, None), slice(0, 0, None))
    """
    return slice(min(positions), max(positions) + 1) if positions else slice(0, 0)


def where_true(flags: Mask) -> list[int]:
    """Return the positions at which flags are set.

    >>> where_true(np.array([True, False, True]))
    [0, 2]
    """
    return [int(position) for position in np.flatnonzero(flags)]
