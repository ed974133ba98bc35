"""What is kept of each day, and what a run came to in the end."""

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
"""Days of full support that equal all supply before the crisis."""
CLEAR_TIE = 0.05
"""A tie nearer to 0 has no sign."""


class Record:
    """What is kept for good of all runs of a block: daily quantities ``(days, runs)`` and outcomes ``(runs,)``."""

    def __init__(self, days: int, runs: int) -> None:
        self.daily = {name: np.zeros((days, runs), dtype=np.float32) for name in DAILY}
        self.outcomes: dict[str, NDArray[Any]] = {}
        self.runs = runs

    def store(self, runs: Index, outcomes: dict[str, NDArray[Any]]) -> None:
        """Store the outcomes of some runs."""
        for name, values in outcomes.items():
            if name not in self.outcomes:
                self.outcomes[name] = np.zeros(self.runs, dtype=values.dtype)
            self.outcomes[name][runs] = values


class Recorder(PerRun):
    """Running tallies of the runs that are still played; arrays ``(runs,)`` unless said otherwise. Day 0 is the onset.

    Attributes:
        number: number of each run in the block.
        record: what is kept for good.
    """

    def __init__(self, state: State) -> None:
        runs, scenario = state.runs, state.scenario
        self.record = Record(scenario.horizon_days, runs)
        self.number = np.arange(runs)
        self.stop_day, self.first_stop, self.first_truce = (np.full(runs, NEVER, dtype=np.int32) for _ in range(3))
        self.truces, self.failed_stops, self.offers = (np.zeros(runs, dtype=np.int32) for _ in range(3))
        self.signed = np.zeros((2, runs), dtype=np.int32)
        self.peak, self.days_fought = np.zeros(runs, dtype=np.int8), np.zeros(runs, dtype=np.int32)
        self.deaths = np.zeros((2, runs), dtype=state.values.dtype)
        self.entry, self.clash = np.zeros(runs, dtype=bool), np.zeros(runs, dtype=bool)
        self.answer = np.zeros(runs, dtype=np.int8)
        self.level = np.zeros_like(state.level)
        self.rungs: Index = np.zeros(
            (2, runs), dtype=np.int8
        )  # postures of the day's fighting, even if it ended in a stop
        self.support = np.zeros_like(state.support)  # side, power: summed over days of fighting, levels
        self.force = np.zeros_like(state.force)  # side, power: whether it ever fought
        self.mediated = np.zeros_like(state.mediates)  # days of fighting on which a power brokered
        self.supplied = state.supplies.copy()  # before the crisis
        self.allied = tuple(k for k, code in enumerate(state.powers) if _is_ally(state, code))

    def record_fighting(self, state: State, rungs: Index, dead: Array, defender_share: Array) -> None:
        """Add the day's postures and deaths, and what outside powers did while the sides fought."""
        self.rungs = rungs
        fights = state.fought > 0
        self.deaths[0] += dead * (1.0 - defender_share)
        self.deaths[1] += dead * defender_share
        counts = fights.astype(dead.dtype)
        self.days_fought += fights
        self.support += state.support * counts
        self.mediated += state.mediates * counts
        force = state.force & fights
        for_one, for_other = (np.any(force[side], axis=0) for side in (0, 1))
        self.force |= force
        self.entry |= for_one | for_other
        self.clash |= for_one & for_other
        self.level = state.level.copy()
        self.level[for_one | for_other] = GREAT_POWER_WAR
        self.peak = np.maximum(self.peak, self.level)
        for k in self.allied:
            helped, fought_for = state.support[1, k] > 0, state.force[1, k]
            spoke = (state.mediates[k] > 0) | (state.commitment[1, k] > 0)
            words = spoke & ~helped & (state.commitment[0, k] == 0)
            given = 2 * helped.view(np.int8) + (helped & fought_for) + words
            self.answer = np.maximum(self.answer, given * (state.invoked & fights))

    def record_stop(self, where: Index, day: int) -> None:
        """Note in which runs a stop begins, and on which day."""
        self.stop_day[where] = day
        self.first_stop[where[self.first_stop[where] == NEVER]] = day

    def record_truce(self, where: Index, day: int) -> None:
        """Note in which runs a broker's offer was signed, and on which day its truce begins."""
        self.truces[where] += 1
        self.first_truce[where[self.first_truce[where] == NEVER]] = day

    def record_break(self, where: Index, begun: Mask) -> None:
        """Note in which runs a stop of any kind broke; the end of the quiet before a crisis is none."""
        self.failed_stops[where] += begun

    def record_offer(self, met: Index, signed: Mask) -> None:
        """Note in which runs an offer was made, and who would sign it: ``signed`` is ``(2, met)``."""
        self.offers[met] += 1
        self.signed[:, met] += signed

    def record_day(self, state: State) -> None:
        """Keep the day's quantities."""
        today = {
            "level": self.level,
            "territory_fought": state.won,
            "territory_ceded": state.ceded,
            "deaths": self.deaths[0] + self.deaths[1],
            "support_challenger": state.total_support[0],
            "support_defender": state.total_support[1],
        }
        for name, value in today.items():
            kept = self.record.daily[name]
            if len(value) == self.record.runs:
                kept[state.day] = value
            else:
                kept[state.day] = kept[state.day - 1]  # what was dropped stays as it was
                kept[state.day][self.number] = value

    def close(self, state: State, runs: Index) -> None:
        """Store what some of the runs came to."""
        ends = {name: values[runs] for name, values in self._outcomes(state).items()}
        self.record.store(self.number[runs], ends | {"frustrated_triads": _frustrated(state.ties.take(runs, axis=2))})

    def _outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the outcomes of the runs still played, by column name (see :mod:`sim.outcomes.columns`)."""
        horizon = state.scenario.horizon_days
        stopped = ~state.fighting & (self.stop_day < horizon)
        since = np.maximum(self.stop_day, 0)  # a quiet that never broke lasts from the onset
        ending = np.where(stopped, state.stop, Stop.none)
        truce = ending == Stop.truce
        return {
            "first_stop_day": np.where(self.first_stop < horizon, self.first_stop, NEVER),
            "first_truce_day": np.where(self.first_truce < horizon, self.first_truce, NEVER),
            "lasting_truce_day": np.where(stopped, since, NEVER),
            "duration_days": np.where(stopped, since, horizon),
            "ending": np.array(ENDINGS)[ending],
            "truces": self.truces,
            "failed_truces": state.failed.astype(np.int64),
            "failed_stops": self.failed_stops,
            "offers": self.offers,
            "signed_challenger": self.signed[0],
            "signed_defender": self.signed[1],
            "broker": np.array([*state.powers, "none"])[np.where(truce, state.broker, -1)],
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
            **{column_name("seat", code): truce for code in state.powers if state.scenario.actors[code].seat},
        }

    def _relations(self, state: State) -> dict[str, NDArray[Any]]:
        """Return end ties, dependence, standing and what each power did on days of fighting."""
        codes, sides = state.codes, state.codes[:2]
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
        """Return each supporter's or supplier's share of all help a side had, before and in the crisis."""
        columns: dict[str, Array] = {}
        for i, side in enumerate(state.codes[:2]):
            helped = {k: self._help(state, i, k) for s, k in tracked_support(state.scenario) if s == side}
            total = np.maximum(sum(helped.values()), 1e-9) if helped else 1.0
            columns |= {column_name("dependence", side, k): help_of / total for k, help_of in helped.items()}
        return columns

    def _help(self, state: State, side: int, code: str) -> Array:
        """Return supply before the crisis plus support in it, a month of full support counting as all supply."""
        if code in state.powers:
            k = state.powers.index(code)
            return self.supplied[side, k] + self.support[side, k] / (FULL_SUPPORT * MONTH)
        stated = state.values(state.scenario.actors[code].supplies.get(state.codes[side]))
        return stated[self.number]


def _is_ally(state: State, code: str) -> bool:
    return any(treaty.partner == state.codes[1] for treaty in state.scenario.actors[code].treaties)


def _frustrated(ties: Array) -> Array:
    """Return the share of triads with a negative product of signs among all triads of ties that are not near 0.

    The tie of a pair is the mean of its two directions.
    """
    size, runs = len(ties), ties.shape[-1]
    mutual = {(i, j): (ties[i, j] + ties[j, i]) / 2.0 for i, j in combinations(range(size), 2)}
    clear = {pair: np.abs(tie) >= CLEAR_TIE for pair, tie in mutual.items()}
    hostile = {pair: tie < 0 for pair, tie in mutual.items()}
    frustrated, triads = np.zeros(runs, dtype=np.int32), np.zeros(runs, dtype=np.int32)
    for i, j, k in combinations(range(size), 3):
        counts = clear[i, j] & clear[j, k] & clear[i, k]
        triads += counts
        frustrated += counts & (hostile[i, j] ^ hostile[j, k] ^ hostile[i, k])
    return frustrated / np.maximum(triads, 1)
