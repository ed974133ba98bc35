"""The state that actors read and the world writes: arrays over the runs of a block."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sim.draws import RunValues
from sim.rules import Array, Mask
from sim.scenario import CREDIBILITY, EXPECTATION, Mechanisms, Parameters, Quantity, Rung, Scenario


class Stop(IntEnum):
    """Why nobody shoots."""

    none = 0
    lull = 1
    truce = 2
    capitulation = 3


class Values:
    """The drawn values of a section of the scenario as attributes, each an array of shape ``(runs,)``."""

    def __init__(self, section: Parameters | Mechanisms, values: RunValues) -> None:
        for name in type(section).model_fields:
            stated = getattr(section, name)
            if isinstance(stated, Quantity):
                setattr(self, name, values(stated))

    def __getattr__(self, name: str) -> Array:
        """Fail: a value that exists is found before this is asked."""
        raise AttributeError(name)


class State:
    """All runs of a block on one day, at the onset when new: nobody has acted yet.

    Shapes are ``(runs,)`` unless said otherwise; sides are 0 challenger and 1 defender; the K third parties stand in
    the order of ``third`` and all N actors in that of ``codes``. Shares are of the contested area.
    """

    def __init__(self, scenario: Scenario, values: RunValues) -> None:
        conflict, runs = scenario.conflict, values.runs
        self.scenario, self.values, self.runs = scenario, values, runs
        self.day = 0
        self.third = scenario.third_parties
        self.codes = (conflict.challenger, conflict.defender, *self.third)

        self.p, self.m = Values(scenario.parameters, values), Values(scenario.mechanisms, values)
        self.credibility = values.index(scenario.mechanisms.credibility, CREDIBILITY)
        self.expectation = values.index(scenario.mechanisms.expectation, EXPECTATION)
        steps = scenario.parameters.intensity
        self.intensity = np.stack(  # (rungs, runs)
            [np.zeros(runs), values(steps.skirmish), values(steps.limited_offensive), values(steps.full_offensive)]
        )

        self.aim, self.line_depth = values(conflict.aim), values(conflict.prepared_line)
        self.held_at_onset = values(conflict.challenger_holds)
        self.held = self.held_at_onset.copy()  # by the challenger, share
        self.ceded = np.zeros(runs)  # by agreement, share
        self.balance = np.zeros(runs)  # log-odds of the challenger, support apart
        self.stake = np.zeros(runs)  # what the crisis is about, share
        self.level = np.full(runs, Rung.hold_fire.value)
        self.fought = np.zeros(runs)  # intensity of today's fighting, 0 to 1
        self.ground = np.zeros(runs)  # that changed hands by fighting today, share
        self.alarm = np.zeros(runs)

        self.stop = np.full(runs, Stop.none.value)
        self.age = np.zeros(runs, dtype=np.int64)  # of the stop, days
        self.broker = np.full(runs, -1)  # of the stop: index of a third party, -1 none
        self.terms = np.zeros(runs)  # ground a stop still owes the challenger, share
        self.guarded = np.zeros(runs)  # by peacekeepers, 0 to 1
        self.failed = np.zeros(runs)  # brokered truces that broke
        self.invoked = np.zeros(runs, dtype=bool)

        parties = (len(self.third), runs)
        self.line = np.zeros(parties, dtype=np.int64)
        self.support = np.zeros((2, *parties))  # side, third party: levels
        self.voice = np.zeros(parties)  # weight in the mediation
        self.heard = np.zeros(parties)  # engagement and authority of those who mediate
        self.ties = self._ties()  # (N, N, runs): how the first stands to the second, -1 to 1
        self.supplies = self._supplies()  # side, third party: share of the side's outside supply

    def _ties(self) -> Array:
        """Return the ties at the onset; one that is stated in one direction only counts for both."""
        actors, size = self.scenario.actors, len(self.codes)
        ties = np.zeros((size, size, self.runs))
        for i, owner in enumerate(self.codes):
            for j, other in enumerate(self.codes):
                ties[i, j] = self.values(actors[owner].ties.get(other, actors[other].ties.get(owner)))
        return ties

    def _supplies(self) -> Array:
        supplies = np.zeros((2, len(self.third), self.runs))
        for k, code in enumerate(self.third):
            for side in (0, 1):
                supplies[side, k] = self.values(self.scenario.actors[code].supplies.get(self.codes[side]))
        return supplies

    @property
    def fighting(self) -> Mask:
        """Where no stop is in force."""
        at_war: Mask = self.stop == Stop.none
        return at_war

    @property
    def won(self) -> Array:
        """Net ground the challenger has won by fighting, share."""
        return self.held - self.held_at_onset

    @property
    def room(self) -> Array:
        """Ground left between the challenger and its aim, share."""
        return np.maximum(self.aim - self.won - self.ceded, 0.0)

    @property
    def advantage_by_support(self) -> Array:
        """Log-odds the challenger gains by outside support, net."""
        challenger, defender = self.support.sum(axis=1)
        gained: Array = self.m.support_effect * (challenger - defender)
        return gained

    def log_odds_of_attack(self, side: int, advantage: Array, before_line: Array | float) -> Array:
        """Return the log-odds that an attack by ``side`` wins an engagement, the challenger having ``advantage``.

        Only the challenger meets a prepared line; ``before_line`` is 1 where it stands before one, else 0.
        """
        own = advantage if side == 0 else -advantage
        line = self.p.prepared_line_effect * before_line if side == 0 else 0.0
        return own - self.p.attack_penalty - line
