"""The state that actors read and the world writes: arrays over the runs of a block."""

from __future__ import annotations

import numpy as np

from sim.engine.draws import RunValues
from sim.engine.per_run import PerRun
from sim.engine.rules import TRACE, Array, Index, Mask, brokers, patrons, positive, total
from sim.engine.rules.choice import logistic
from sim.engine.rules.patrons import News
from sim.scenario import EXPECTATION, Mechanisms, Parameters, Quantity, Rung, Scenario

ABOVE_THE_FIRST = np.arange(1, Rung.full_offensive + 1, dtype=np.int8)[:, None]
"""Rungs on which there is fire."""


class Stop:
    """Why nobody shoots: plain integers, as :class:`~sim.scenario.Rung`."""

    none = 0
    lull = 1
    truce = 2
    capitulation = 3


class Drawn(PerRun):
    """The drawn values of a section of the scenario, each an array of shape ``(runs,)``."""

    def __init__(self, section: Parameters | Mechanisms, values: RunValues) -> None:
        for name in type(section).model_fields:
            stated = getattr(section, name)
            if isinstance(stated, Quantity):
                setattr(self, name, values(stated))


class DrawnParameters(Drawn):
    """The drawn values of ``parameters``; see :class:`~sim.scenario.Parameters` for meanings and units."""

    attack_penalty: Array
    prepared_line_effect: Array
    drone_effect: Array
    pace: Array
    lethality: Array
    war_cost: Array
    planning_days: Array
    optimism: Array
    precision: Array
    resolve_cost: Array
    grievance_decay: Array
    patron_precision: Array
    protege_value: Array
    partner_cost: Array
    force_cost: Array
    inertia: Array
    broker_ambition: Array
    contact_rate: Array
    direct_channel: Array
    break_rate: Array
    invocation_threshold: Array
    alarm_memory: Array


class DrawnMechanisms(Drawn):
    """The drawn values of ``mechanisms``; see :class:`~sim.scenario.Mechanisms` for meanings and units."""

    grievance_value: Array
    learning: Array
    support_effect: Array
    contest: Array
    restraint: Array
    tied_hands: Array
    displacement: Array
    treaty_duty: Array
    treaty_stretch: Array
    leverage: Array
    authority_loss: Array
    estrangement: Array
    backing: Array
    spoiler: Array
    dilution: Array
    commitment_problem: Array
    terms_fit: Array
    foresight: Array
    guarantee: Array
    package: Array
    counter_offensive: Array
    tie_drift: Array
    structural_balance: Array


class Glance:
    """What reviews read of the state, in some of its runs: each quantity is taken when it is first asked for.

    Third parties review in the same runs on a day, so that what one has taken serves all. Shapes are those of the
    state, but for the number of runs.

    Attributes:
        where: positions of the runs.
    """

    def __init__(self, state: State, where: Index) -> None:
        self.state, self.where = state, where
        self._taken: dict[object, Array] = {}

    def __getattr__(self, name: str) -> Array:
        """Return a quantity of the state, of its parameters or of its mechanisms in these runs."""
        state = self.state
        for owner in (state, state.p, state.m):
            if name in vars(owner):
                taken: Array = vars(owner)[name].take(self.where, axis=-1)
                setattr(self, name, taken)
                return taken
        raise AttributeError(name)

    def tie(self, one: int, other: int) -> Array:
        """Return how one actor stands to another, by their positions among the codes."""
        if (one, other) not in self._taken:
            self._taken[one, other] = self.state.ties[one, other].take(self.where)
        return self._taken[one, other]


class State(PerRun):
    """All runs of a block on one day, at the onset when new: nobody has acted yet.

    Shapes are ``(runs,)`` unless said otherwise; sides are 0 challenger and 1 defender; the K powers, third parties
    that can act, stand in the order of ``powers`` and all N actors in that of ``codes``. Shares are of the contested
    area.
    """

    def __init__(self, scenario: Scenario, values: RunValues) -> None:
        conflict, runs = scenario.conflict, values.runs
        self.scenario, self.values = scenario, values
        self.day = 0
        self.powers = tuple(code for code in scenario.third_parties if scenario.actors[code].can_act)
        sides = (conflict.challenger, conflict.defender)
        self.codes = (*sides, *self.powers, *sorted(set(scenario.third_parties) - set(self.powers)))

        self.p = DrawnParameters(scenario.parameters, values)
        self.m = DrawnMechanisms(scenario.mechanisms, values)
        curve = values.index(scenario.mechanisms.credibility, tuple(brokers.CURVES))
        self.credibility = brokers.curves(curve).astype(values.dtype)
        self.expectation = values.index(scenario.mechanisms.expectation, EXPECTATION)
        steps = scenario.parameters.intensity
        rungs = (steps.skirmish, steps.limited_offensive, steps.full_offensive)
        self.intensity = np.stack([self._zeros(), *(values(step) for step in rungs)])  # (rungs, runs)

        self.line_depth = values(conflict.prepared_line)
        self.package_share = values(conflict.package_share)
        self.held_at_onset = values(conflict.challenger_holds)
        self.held = self.held_at_onset.copy()  # by the challenger, share
        self.aim = np.minimum(values(conflict.aim), 1.0 - self.held_at_onset)
        self.ceded = self._zeros()  # by agreement, share
        self.balance = self._zeros()  # log-odds of the challenger, support apart
        self.stake = self._zeros()  # what the crisis is about, share
        self.level = np.full(runs, Rung.hold_fire, dtype=np.int8)
        self.fought = self._zeros()  # intensity of today's fighting, 0 to 1
        self.ground = self._zeros()  # that changed hands by fighting today, share
        self.alarm = self._zeros()

        self.stop = np.full(runs, Stop.none, dtype=np.int8)
        self.age = np.zeros(runs, dtype=np.int32)  # of the stop, days
        self.due_age = np.zeros(runs, dtype=np.int32)  # at which a stop's terms are carried out, days
        self.broker = np.full(runs, -1, dtype=np.int16)  # of the stop: index of a power, -1 none
        self.terms = self._zeros()  # ground a stop still owes the challenger, share
        self.guarded = self._zeros()  # by peacekeepers, 0 to 1
        self.failed = np.zeros(runs, dtype=np.int32)  # brokered truces that broke
        self.invoked = np.zeros(runs, dtype=bool)
        self.package_open = np.zeros(runs, dtype=bool)
        self.begun = np.ones(runs, dtype=bool)  # whether there has been any fighting

        parties, stated = len(self.powers), [scenario.actors[code] for code in self.powers]
        self.broker_value = self._of_powers([values(actor.broker_value) for actor in stated])
        self.engagement = self._of_powers([values(actor.engagement, absent=1.0) for actor in stated])
        self.sphere = self._of_powers([values(actor.sphere) for actor in stated])
        self.peacekeeping = self._of_powers([*(values(actor.peacekeeping) for actor in stated), self._zeros()])
        self.support = self._zeros(2, parties)  # side, power: levels that the front feels
        self.commitment = self._zeros(2, parties)  # side, power: levels that everybody sees, words among them
        self.moved = np.zeros((parties, runs), dtype=bool)  # powers whose commitment changed today
        self.news = np.full(runs, News.none, dtype=np.int8)  # of a truce or a treaty, today
        self.prompt = np.full(runs, News.none, dtype=np.int8)  # why third parties review their stances today
        self.alarm_then, self.ground_then = self._zeros(), self._zeros()  # at the last reviews
        self.force = np.zeros((2, parties, runs), dtype=bool)  # side, power: whether it fights
        self.mediates = self._zeros(parties)  # 1 for a power that brokers, else 0
        self.voice = self._zeros(parties)  # weight in the mediation, alone
        self.speaks = self._zeros(parties)  # weight among all who mediate
        self.heard = self._zeros(parties)  # engagement and authority of those who mediate
        self.ties = self._ties()  # (N, N, runs): how the first stands to the second, -1 to 1
        self.scope: Array | None = None  # how far the defender's best treaty covers the theatre; None without an ally
        self.stated_supplies = self._supplies()  # side, power: share of the side's outside supply
        self.supplies = self.stated_supplies  # the same, less what is held back
        self.over = np.zeros(runs, dtype=bool)  # where nothing can change any more
        self.total_support = self._zeros(2)  # outside support of each side, levels
        self.all_commitment, self.advantage, self.all_voices = self._zeros(), self._zeros(), self._zeros()
        self.backed = self._zeros(parties + 1)  # truces of each power, and last of none, by who stands by them, 0 to 1
        self.believed = self._zeros(2, parties)  # side, power: how far the side believes it as a broker, 0 to 1
        self.pull = self._zeros(parties)  # share of all voices, diluted
        self.least_believed = self._zeros(parties)  # the same with the side that believes it less
        self.note_hostility()
        self.note_standing()
        self._note_reception()

    def _of_powers(self, rows: list[Array]) -> Array:
        """Return what each power has as one array, ``(K, runs)``; peacekeeping has a last row for no broker."""
        return np.stack(rows) if rows else self._zeros(0)

    def _zeros(self, *axes: int) -> Array:
        return np.zeros((*axes, self.values.runs), dtype=self.values.dtype)

    def _ties(self) -> Array:
        """Return the ties at the onset; one that is stated in one direction only counts for both."""
        actors, size = self.scenario.actors, len(self.codes)
        ties = self._zeros(size, size)
        for i, owner in enumerate(self.codes):
            for j, other in enumerate(self.codes):
                ties[i, j] = self.values(actors[owner].ties.get(other, actors[other].ties.get(owner)))
        return ties

    def _supplies(self) -> Array:
        supplies = self._zeros(2, len(self.powers))
        for k, code in enumerate(self.powers):
            for side in (0, 1):
                supplies[side, k] = self.values(self.scenario.actors[code].supplies.get(self.codes[side]))
        return supplies

    @property
    def runs(self) -> int:
        """Number of runs."""
        return self.stake.shape[-1]

    def at_rung(self, rung: Index) -> Array:
        """Return the intensity of each run's rung, ``(runs,)``: a sum over rungs is faster than indexing by run."""
        return total(self.intensity[1:] * (rung == ABOVE_THE_FIRST))

    def note_standing(self) -> None:
        """Work out what every actor sees alike in the morning.

        closeness: positive part of both sides' ties to the powers, ``(2, K, runs)``.
        authority: of each power as a broker, 0 to 1, ``(K, runs)``.
        threat: to each side from the enemy's attack in open country, ``(2, runs)``.
        settled: where a stop has closed the crisis, ``(runs,)``.
        """
        self.closeness = positive(self.ties_to_powers)
        others = self.all_commitment - self.commitment[0] - self.commitment[1]
        self.authority = brokers.authority(self.m.authority_loss, self.sphere, others)
        advantage = self.balance + self.advantage
        attacks = [logistic(self.log_odds_of_attack(enemy, advantage)) for enemy in (1, 0)]
        self.threat = patrons.threat(self.alarm, np.stack(attacks))
        self.settled = ~self.fighting & self.closed

    def note_news(self, luck: Array) -> None:
        """Work out where third parties review their stances today, and on what news; nobody does once all is settled.

        prompt: the news of yesterday; that of the highest code where there is more.
        at_review: the runs in which there is some.
        """
        ground = self.held + self.ceded
        fighting, moved = patrons.has_news(self.alarm, self.alarm_then, ground, self.ground_then)
        prompt = np.full(self.runs, News.none, dtype=np.int8)
        for code, happened in (
            (News.another, np.any(self.moved, axis=0)),
            (News.routine, luck * self.scenario.parameters.review_days < 1.0),
            (News.fighting, fighting),
            (News.ground, moved),
        ):
            prompt[happened] = code
        prompt = np.maximum(prompt, self.news)
        if self.day <= 1:
            prompt[:] = News.onset if self.day == 1 else News.none
        prompt[self.settled] = News.none
        self.prompt = prompt
        where = np.flatnonzero(prompt)
        self.alarm_then[where], self.ground_then[where] = self.alarm[where], ground[where]
        self.at_review = Glance(self, where)

    def note_conduct(self) -> None:
        """Sum up outside support and the brokers' voices after the powers have acted."""
        if self.powers:
            self._note_reception()
            self.heard = self.mediates * self.engagement * self.authority
            trusted = self.heard * self.least_believed
            self.voice = brokers.voice(trusted, self.broker_value, np.minimum(*self.received))
            self.total_support = np.stack([total(given) for given in self.support])
            self.all_commitment = total(self.commitment[0]) + total(self.commitment[1])
            self.advantage = self.m.support_effect * (self.total_support[0] - self.total_support[1])  # log-odds, net
            self.pull = brokers.pull(self.voice / total(self.voice).clip(1e-12, np.inf), self.m.dilution)
            self.speaks = self.voice * self.pull
            self.all_voices = total(self.speaks)
            np.multiply(self.m.backing, trusted, out=self.backed[:-1])

    def _note_reception(self) -> None:
        """Work out how far both sides receive the powers, given what these do: ``(2, K, runs)``."""
        self.received = brokers.reception(self.ties_to_powers, self.m.estrangement, self.commitment[::-1])

    def note_hostility(self) -> None:
        """Work out hostility among powers, ``(K, K, runs)``, 0 to 1, and the belief in them, from their ties."""
        powers = slice(2, 2 + len(self.powers))
        self.hostility = np.maximum(-self.ties[powers, powers], 0.0)
        hostile: Mask = np.any(self.hostility, axis=2)
        self.rivals = [where_true(towards) for towards in hostile]  # of each power: those it is hostile to
        self.foes = [where_true(towards) for towards in hostile.T]  # of each power: those hostile to it
        close: Mask = np.any(self.ties[powers, powers] > 0.0, axis=2)
        self.friends = [where_true(towards) for towards in close]  # of each power: those it stands near to

        everywhere = np.arange(self.runs)
        for k in range(len(self.powers)):
            self.note_belief(k, everywhere)

    def note_belief(self, k: int, where: Index) -> None:
        """Work out how far both sides believe power ``k`` in some runs, at the bias of its present commitments."""
        ties = [self.ties[2 + k, side].take(where) for side in (0, 1)]
        commitments = [self.commitment[side, k].take(where) for side in (0, 1)]
        towards = brokers.bias(*ties, *commitments)
        curve = self.credibility.take(where, axis=1)
        for side, sign in enumerate((1.0, -1.0)):
            self.believed[side, k, where] = brokers.credibility(curve, sign * towards)
        self.least_believed[k, where] = np.minimum(*self.believed[:, k, where])

    @property
    def ties_to_powers(self) -> Array:
        """Both sides' ties to the powers: a view of shape ``(2, K, runs)``."""
        return self.ties[:2, 2 : 2 + len(self.powers)]

    @property
    def fighting(self) -> Mask:
        """Where no stop is in force."""
        return self.stop == Stop.none

    @property
    def closed(self) -> Mask:
        """Where a stop has closed the crisis: a capitulation, or one that has held long enough.

        The quiet before a crisis has begun is no stop, and never closes it.
        """
        held: Mask = self.begun & (self.age >= self.scenario.parameters.closure_days)
        return held | (self.stop == Stop.capitulation)

    @property
    def won(self) -> Array:
        """Net ground the challenger has won by fighting, share."""
        return self.held - self.held_at_onset

    @property
    def before_line(self) -> Mask:
        """Where the challenger stands before the defender's prepared line, which begins where it stood at the onset."""
        return (self.won > -TRACE) & (self.won < self.line_depth - TRACE)

    @property
    def room(self) -> Array:
        """Ground left between the challenger and its aim, share."""
        return positive(self.aim - self.won - self.ceded)

    def log_odds_of_attack(self, side: int, advantage: Array, before_line: Mask | bool = False) -> Array:
        """Return the log-odds that an attack by ``side`` wins an engagement, the challenger having ``advantage``.

        Only the challenger meets a prepared line; ``before_line`` says where it stands before one.
        """
        if side == 1:
            return -advantage - self.p.attack_penalty
        in_open_country = advantage - self.p.attack_penalty
        return in_open_country if before_line is False else in_open_country - self.p.prepared_line_effect * before_line

    def keep(self, runs: Index) -> None:
        """Keep these runs only, in all parts."""
        super().keep(runs)
        self.p.keep(runs)
        self.m.keep(runs)


def where_true(flags: Mask) -> list[int]:
    """Return the positions at which a short row of flags is set."""
    return [int(position) for position in np.flatnonzero(flags)]
