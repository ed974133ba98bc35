"""What is recorded of each day, and the outcomes of each run."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.per_run import PerRun
from sim.engine.rules import FULL_SUPPORT, Array, Index, Mask
from sim.engine.state import State, Stop
from sim.outcomes.columns import DAILY, ENDINGS
from sim.scenario.columns import column_name, tracked_support, tracked_ties

NEVER = -1
GREAT_POWER_WAR = 4
MONTH = 30.0
"""Days of full support that equal the whole supply before the crisis."""
CLEAR_TIE = 0.05
"""Ties closer to 0 than this count as having no sign."""


class Record:
    """The finished record of a block.

    Attributes:
        daily: daily quantities by name, ``(days, runs)``.
        outcomes: outcomes by column name, ``(runs,)``.
        runs: number of runs.
    """

    def __init__(self, days: int, runs: int) -> None:
        self.daily = {name: np.zeros((days, runs), dtype=np.float32) for name in DAILY}
        self.outcomes: dict[str, NDArray[Any]] = {}
        self.runs = runs

    def store(self, runs: Index, outcomes: dict[str, NDArray[Any]]) -> None:
        """Store the outcomes of some runs.

        Args:
            runs: their numbers in the block.
            outcomes: their values by column name.
        """
        for name, values in outcomes.items():
            if name not in self.outcomes:
                self.outcomes[name] = np.zeros(self.runs, dtype=values.dtype)
            self.outcomes[name][runs] = values


class Recorder(PerRun):
    """Running counts of the runs that are still simulated; day 0 is the onset.

    Attributes (arrays of shape ``(runs,)`` unless a line says otherwise):
        number: number of each run in the block.
        record: the finished record.
        stop_day, first_stop, first_ceasefire: first day of the last cessation, of the first one,
            and of the first mediated ceasefire; -1 for none.
        ceasefires, failed_stops, offers: numbers of mediated ceasefires, broken cessations and
            proposals.
        signed: signatures of each side, ``(2, runs)``.
        breaker: side that broke the last cessation, 0 or 1.
        ready: whether each side would sign the last freeze and the last package, ``(sides,
            proposals, runs)``.
        package: territory that the last package ceded, share; 0 without one.
        chance: probability that each side signs each proposal of the last round, ``(sides,
            proposals, runs)``.
        peak: highest level of fighting so far.
        days_fought: days with fighting.
        deaths: battle deaths of each side, persons, ``(2, runs)``.
        entry, clash: whether a third party fought, and whether third parties fought on both sides.
        answer: how allies answered an invoked treaty, 0 to 3.
        level: the day's level of fighting, 0 to 4.
        escalations: each side's escalation level in the day's fighting, ``(2, runs)``.
        support: support by side and power, summed over days of fighting, in levels, ``(2, K,
            runs)``.
        force: whether a power ever fought for a side, ``(2, K, runs)``.
        mediated: days of fighting on which a power mediated, ``(K, runs)``.
        supplied: share of each side's supply delivered by each power, summed over days of
            fighting, ``(2, K, runs)``.
        allied: positions of the defender's allies.
    """

    def __init__(self, state: State) -> None:
        runs = state.runs
        scenario = state.scenario
        self.record = Record(scenario.horizon_days, runs)
        self.number = np.arange(runs)
        # 1. cessations and proposals
        self.stop_day = np.full(runs, NEVER, dtype=np.int32)
        self.first_stop = np.full(runs, NEVER, dtype=np.int32)
        self.first_ceasefire = np.full(runs, NEVER, dtype=np.int32)
        self.ceasefires = np.zeros(runs, dtype=np.int32)
        self.failed_stops = np.zeros(runs, dtype=np.int32)
        self.offers = np.zeros(runs, dtype=np.int32)
        self.signed = np.zeros((2, runs), dtype=np.int32)
        self.breaker = np.zeros(runs, dtype=np.int8)
        self.ready = np.zeros((2, 2, runs), dtype=bool)
        self.package = np.zeros(runs, dtype=state.values.dtype)
        self.chance = np.zeros((2, 2, runs), dtype=state.values.dtype)
        # 2. fighting
        self.peak = np.zeros(runs, dtype=np.int8)
        self.days_fought = np.zeros(runs, dtype=np.int32)
        self.deaths = np.zeros((2, runs), dtype=state.values.dtype)
        self.level = np.zeros_like(state.level)
        self.escalations: Index = np.zeros((2, runs), dtype=np.int8)
        # 3. third parties
        self.entry = np.zeros(runs, dtype=bool)
        self.clash = np.zeros(runs, dtype=bool)
        self.answer = np.zeros(runs, dtype=np.int8)
        self.support = np.zeros_like(state.support)
        self.force = np.zeros_like(state.force)
        self.mediated = np.zeros_like(state.mediates)
        self.supplied = np.zeros_like(state.supplies)
        self.allied = tuple(k for k, code in enumerate(state.powers) if _is_ally(state, code))

    def record_fighting(
        self,
        state: State,
        escalations: Index,
        dead: Array,
        defender_share: Array,
    ) -> None:
        """Add a day of fighting.

        Args:
            state: the state after the fighting.
            escalations: each side's escalation level, ``(2, runs)``.
            dead: battle deaths of both sides, persons, ``(runs,)``.
            defender_share: the defender's share of them, 0 to 1, ``(runs,)``.
        """
        # 1. the sides
        self.escalations = escalations
        fights = state.fought > 0
        self.deaths[0] += dead * (1.0 - defender_share)
        self.deaths[1] += dead * defender_share
        counts = fights.astype(dead.dtype)
        self.days_fought += fights
        # 2. support, mediation and force of third parties
        for k in range(len(state.powers)):
            self.support[:, k] += state.support[:, k] * counts
            self.mediated[k] += state.mediates[k] * counts
        suppliers = state.suppliers
        self.supplied[:, suppliers] += state.supplies[:, suppliers] * counts
        force = state.force & fights
        for_challenger = np.any(force[0], axis=0)
        for_defender = np.any(force[1], axis=0)
        self.force |= force
        self.entry |= for_challenger | for_defender
        self.clash |= for_challenger & for_defender
        # 3. the level of fighting
        self.level = state.level.copy()
        self.level[for_challenger | for_defender] = GREAT_POWER_WAR
        self.peak = np.maximum(self.peak, self.level)
        # 4. allies' answers: 1 words, 2 support, 3 force
        for k in self.allied:
            helped = state.support[1, k] > 0
            fought_for = state.force[1, k]
            spoke = (state.mediates[k] > 0) | (state.commitment[1, k] > 0)
            words = spoke & ~helped & (state.commitment[0, k] == 0)
            given = 2 * helped.view(np.int8) + (helped & fought_for) + words
            self.answer = np.maximum(self.answer, given * (state.invoked & fights))

    def record_stop(self, where: Index, day: int) -> None:
        """Record that a cessation begins on a day in some runs, given their positions."""
        self.stop_day[where] = day
        self.first_stop[where[self.first_stop[where] == NEVER]] = day

    def record_ceasefire(self, where: Index, day: int) -> None:
        """Record that a mediated ceasefire begins on a day in some runs, given their positions."""
        self.ceasefires[where] += 1
        self.first_ceasefire[where[self.first_ceasefire[where] == NEVER]] = day

    def record_break(self, where: Index, begun: Mask, by_challenger: Mask) -> None:
        """Record that a cessation broke in some runs.

        Args:
            where: positions of the runs.
            begun: whether fighting had begun before in each of them; the end of the quiet does not
                count.
            by_challenger: whether the challenger broke it.
        """
        self.failed_stops[where] += begun
        self.breaker[where] = ~by_challenger

    def record_offer(
        self,
        met: Index,
        signed: Mask,
        ready: Mask,
        package: Array,
        chance: Array,
    ) -> None:
        """Record a proposal in some runs.

        Args:
            met: positions of the runs.
            signed: whether each side would sign it, ``(2, met)``.
            ready: whether each side would sign the freeze and the package, ``(2, 2, met)``.
            package: territory that the package cedes, share; 0 without one, ``(met,)``.
            chance: probability of each signature, ``(2, 2, met)``.
        """
        self.offers[met] += 1
        self.signed[:, met] += signed
        self.ready[..., met] = ready
        self.package[met] = package
        self.chance[..., met] = chance

    def record_day(self, state: State) -> None:
        """Record the day's quantities."""
        today = {
            "level": self.level,
            "territory_fought": state.won,
            "territory_ceded": state.ceded,
            "deaths": self.deaths[0] + self.deaths[1],
            "support_challenger": state.total_support[0],
            "support_defender": state.total_support[1],
        }
        for name, value in today.items():
            days = self.record.daily[name]
            if len(value) == self.record.runs:
                days[state.day] = value
            else:
                days[state.day] = days[state.day - 1]  # dropped runs stay as they were
                days[state.day][self.number] = value

    def close(self, state: State, runs: Index) -> None:
        """Store the outcomes of some runs, given their positions."""
        outcomes = {name: values[runs] for name, values in self._outcomes(state).items()}
        frustrated = _frustrated(state.ties.take(runs, axis=2))
        self.record.store(self.number[runs], outcomes | {"frustrated_triads": frustrated})

    def _outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the outcomes of the remaining runs by column, see :mod:`sim.outcomes.columns`."""
        horizon = state.scenario.horizon_days
        stopped = ~state.fighting & (self.stop_day < horizon)
        since = np.maximum(self.stop_day, 0)  # a quiet that never broke began at the onset
        ending = np.where(stopped, state.stop, Stop.none)
        truce = ending == Stop.truce
        agreed = truce | (ending == Stop.capitulation)
        seated = [code for code in state.powers if state.scenario.actors[code].seat]
        return {
            "first_stop_day": np.where(self.first_stop < horizon, self.first_stop, NEVER),
            "first_truce_day": np.where(
                self.first_ceasefire < horizon, self.first_ceasefire, NEVER
            ),
            "lasting_truce_day": np.where(stopped, since, NEVER),
            "duration_days": np.where(stopped, since, horizon),
            "ending": np.array(ENDINGS)[ending],
            "truces": self.ceasefires,
            "failed_truces": state.failed.astype(np.int64),
            "failed_stops": self.failed_stops,
            "offers": self.offers,
            "signed_challenger": self.signed[0],
            "signed_defender": self.signed[1],
            "broker": np.array([*state.powers, "none"])[np.where(agreed, state.mediator, -1)],
            "peak_level": self.peak,
            "deaths_challenger": self.deaths[0],
            "deaths_defender": self.deaths[1],
            "territory_fought": state.won,
            "territory_ceded": state.ceded,
            "great_power_entry": self.entry,
            "patron_clash": self.clash,
            "treaty_invoked": state.invoked,
            "treaty_answered": self.answer,
            **self._relations(state),
            **{column_name("seat", code): truce for code in seated},
        }

    def _relations(self, state: State) -> dict[str, NDArray[Any]]:
        """Return final ties, dependence, standing, and what each power did on days of fighting."""
        codes = state.codes
        sides = state.codes[:2]
        columns: dict[str, NDArray[Any]] = {
            column_name("tie", a, b): state.ties[codes.index(a), codes.index(b)]
            for a, b in tracked_ties(state.scenario)
        }
        fought = np.maximum(self.days_fought, 1)
        for k, code in enumerate(state.powers):
            if state.scenario.actors[code].broker_value is not None:
                columns[column_name("standing", code)] = state.ties_to_powers[:, k].min(axis=0)
                columns[column_name("mediates", code)] = self.mediated[k] / fought
            for i, side in enumerate(sides):
                columns[column_name("support", code, side)] = self.support[i, k] / fought
                columns[column_name("force", code, side)] = self.force[i, k]
        return columns | self._dependence(state)

    def _dependence(self, state: State) -> dict[str, Array]:
        """Return each power's share of all help that a side had: supplies and support."""
        columns: dict[str, Array] = {}
        for i, side in enumerate(state.codes[:2]):
            helpers = [code for helped, code in tracked_support(state.scenario) if helped == side]
            amounts = {code: self._help(state, i, code) for code in helpers}
            total = np.maximum(sum(amounts.values()), 1e-9) if amounts else 1.0
            for code, amount in amounts.items():
                columns[column_name("dependence", side, code)] = amount / total
        return columns

    def _help(self, state: State, side: int, code: str) -> Array:
        """Return what a power supplied on a mean day of fighting, plus its support in the crisis.

        The unit is the side's whole supply, which equals a month of full support. Without any
        fighting, the stated supply counts.
        """
        if code in state.powers:
            k = state.powers.index(code)
            mean = self.supplied[side, k] / np.maximum(self.days_fought, 1)
            supplied = np.where(self.days_fought > 0, mean, state.stated_supplies[side, k])
            return supplied + self.support[side, k] / (FULL_SUPPORT * MONTH)
        stated = state.values(state.scenario.actors[code].supplies.get(state.codes[side]))
        return stated[self.number]


def _is_ally(state: State, code: str) -> bool:
    return any(treaty.partner == state.codes[1] for treaty in state.scenario.actors[code].treaties)


def _frustrated(ties: Array) -> Array:
    """Return the share of frustrated triads, whose signs multiply to minus: ``(runs,)``.

    Only triads whose three ties are clearly positive or negative count. The tie of a pair is the
    mean of its two directions. Source: structural balance (Marvel et al. 2011).

    Args:
        ties: tie of each actor to each other, -1 to 1, ``(actors, actors, runs)``.
    """
    size = len(ties)
    runs = ties.shape[-1]
    mutual = {(i, j): (ties[i, j] + ties[j, i]) / 2.0 for i, j in combinations(range(size), 2)}
    clear = {pair: np.abs(tie) >= CLEAR_TIE for pair, tie in mutual.items()}
    hostile = {pair: tie < 0 for pair, tie in mutual.items()}
    frustrated = np.zeros(runs, dtype=np.int32)
    triads = np.zeros(runs, dtype=np.int32)
    for i, j, k in combinations(range(size), 3):
        counts = clear[i, j] & clear[j, k] & clear[i, k]
        triads += counts
        frustrated += counts & (hostile[i, j] ^ hostile[j, k] ^ hostile[i, k])
    return frustrated / np.maximum(triads, 1)
