"""What is kept of each day, and what a run came to in the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.actors.state import State, Stop
from sim.actors.third_party import FORCE, LEANS, MEDIATES
from sim.outcomes import ANSWERS, DAILY, ENDINGS, tracked_support, tracked_ties
from sim.rules import Array, Index, Mask

NEVER = -1
GREAT_POWER_WAR = 4


class Diary:
    """Running tallies of a block; arrays of shape ``(runs,)`` unless said otherwise. Days count from the onset, 0."""

    def __init__(self, state: State) -> None:
        runs, parties = state.runs, len(state.third)
        self.state = state
        self.days: dict[str, list[NDArray[np.float32]]] = {name: [] for name in DAILY}
        self.stop_day, self.first_stop, self.first_truce = (np.full(runs, NEVER) for _ in range(3))
        self.truces, self.failed_stops, self.offers = (np.zeros(runs, dtype=np.int64) for _ in range(3))
        self.signed = np.zeros((2, runs), dtype=np.int64)
        self.peak = np.zeros(runs, dtype=np.int64)
        self.deaths = np.zeros((2, runs))
        self.entry, self.clash = np.zeros(runs, dtype=bool), np.zeros(runs, dtype=bool)
        self.answer = np.zeros(runs, dtype=np.int64)
        self.days_fought = np.zeros(runs)
        self.aid = state.supplies.copy()  # side, third party: supply before the crisis and help in it
        self.support = np.zeros((2, parties, runs))  # summed over days of fighting, levels
        self.allied = [k for k, code in enumerate(state.third) if self._is_ally(code)]

    def _is_ally(self, code: str) -> bool:
        treaties = self.state.scenario.actors[code].treaties
        return any(treaty.partner == self.state.codes[1] for treaty in treaties)

    def record_fighting(self, state: State, dead: Array, defender_share: Array) -> None:
        """Add the day's deaths, and what outside powers did while the sides fought."""
        self.deaths += np.stack([dead * (1.0 - defender_share), dead * defender_share])
        fights = state.fought > 0
        force = FORCE[state.line] & fights
        entry = force.any(axis=0)
        sides = [(force & (LEANS[state.line] == side)).any(axis=0) for side in (0, 1)]
        self.entry |= entry
        self.clash |= sides[0] & sides[1]
        self.peak = np.maximum(self.peak, np.where(entry, GREAT_POWER_WAR, state.level))
        self.days_fought += fights
        self.support += np.where(fights, state.support, 0.0)
        self.aid += np.where(fights, state.support, 0.0) / 90.0  # a month of full support equals all supply before
        self._record_answer(state)

    def _record_answer(self, state: State) -> None:
        for k in self.allied:
            line = state.line[k]
            aid = (LEANS[line] == 1) * np.where(FORCE[line], 3, 2)
            words = MEDIATES[line] & (LEANS[line] < 0)
            self.answer = np.maximum(self.answer, np.where(state.invoked, np.maximum(aid, words), 0))

    def record_stop(self, where: Mask, kind: Stop, day: int) -> None:
        """Note where a stop begins, and on which day."""
        self.stop_day = np.where(where, day, self.stop_day)
        self.first_stop = np.where(where & (self.first_stop == NEVER), day, self.first_stop)

    def record_truce(self, where: Mask, state: State) -> None:
        """Note where a broker's offer was signed."""
        brokered = where & (state.broker >= 0)
        self.truces += brokered
        self.first_truce = np.where(brokered & (self.first_truce == NEVER), state.day + 1, self.first_truce)

    def record_break(self, where: Mask) -> None:
        """Note where a stop of any kind broke."""
        self.failed_stops += where

    def record_offer(self, met: Index, signed: Mask) -> None:
        """Note in which runs an offer was made, and who would sign it: ``signed`` is ``(2, met)``."""
        self.offers[met] += 1
        self.signed[:, met] += signed

    def record_day(self, state: State) -> None:
        """Keep the day's quantities."""
        level = np.where(state.fought > 0, np.where(FORCE[state.line].any(axis=0), GREAT_POWER_WAR, state.level), 0)
        today = {
            "level": level,
            "territory_fought": state.won,
            "territory_ceded": state.ceded,
            "deaths": self.deaths.sum(axis=0),
            "support_challenger": state.support[0].sum(axis=0),
            "support_defender": state.support[1].sum(axis=0),
        }
        for name, value in today.items():
            self.days[name].append(value.astype(np.float32))

    def daily(self) -> dict[str, NDArray[np.float32]]:
        """Return the daily quantities: ``(days, runs)`` each."""
        return {name: np.stack(kept) for name, kept in self.days.items()}

    def outcomes(self) -> dict[str, NDArray[np.generic]]:
        """Return the outcomes of all runs, by column name (see :mod:`sim.outcomes`)."""
        state, horizon = self.state, self.state.scenario.horizon_days
        stopped = ~state.fighting & (self.stop_day < horizon)
        held = np.where(stopped, self.stop_day, NEVER)
        ending = np.where(stopped, state.stop, Stop.none)
        truce = ending == Stop.truce
        seats = {k: state.scenario.actors[k].seat for k in state.third if state.scenario.actors[k].seat}
        return {
            "first_stop_day": self._within(self.first_stop, horizon),
            "first_truce_day": self._within(self.first_truce, horizon),
            "lasting_truce_day": held,
            "duration_days": np.where(stopped, self.stop_day, horizon),
            "ending": np.array(ENDINGS)[ending],
            "truces": self.truces,
            "failed_truces": state.failed.astype(np.int64),
            "failed_stops": self.failed_stops,
            "offers": self.offers,
            "signed_challenger": self.signed[0],
            "signed_defender": self.signed[1],
            "broker": np.array([*state.third, "none"])[np.where(truce, state.broker, -1)],
            "peak_level": self.peak,
            "deaths_challenger": self.deaths[0],
            "deaths_defender": self.deaths[1],
            "territory_fought": state.won,
            "territory_ceded": state.ceded,
            "great_power_entry": self.entry,
            "patron_clash": self.clash,
            "treaty_invoked": state.invoked,
            "treaty_answered": np.array(ANSWERS)[self.answer],
            "frustrated_triads": self._frustrated(),
            **self._relations(),
            **{f"seat_{code}": truce for code in seats},
        }

    @staticmethod
    def _within(day: Array | Index, horizon: int) -> Index:
        return np.where(day < horizon, day, NEVER).astype(np.int64)

    def _relations(self) -> dict[str, Array]:
        """Return end ties, dependence, standing and mean support."""
        state, codes = self.state, self.state.codes
        columns = {f"tie_{a}_{b}": state.ties[codes.index(a), codes.index(b)] for a, b in tracked_ties(state.scenario)}
        total = np.maximum(self.aid.sum(axis=1), 1e-12)
        fought = np.maximum(self.days_fought, 1.0)
        for side, k in tracked_support(state.scenario):
            i, j = codes.index(side), state.third.index(k)
            columns[f"dependence_{side}_{k}"] = self.aid[i, j] / total[i]
            columns[f"support_{k}_{side}"] = self.support[i, j] / fought
        for j, k in enumerate(state.third):
            if state.scenario.actors[k].broker_value is not None:
                columns[f"standing_{k}"] = state.ties[:2, 2 + j].min(axis=0)
        return columns

    def _frustrated(self) -> Array:
        """Return the share of triads with a negative product of signs among all triads of stated ties."""
        ties = self.state.ties
        signs = np.sign(np.where(np.abs(ties) < 0.05, 0.0, ties))
        size = len(self.state.codes)
        frustrated, triads = np.zeros(self.state.runs), np.zeros(self.state.runs)
        for i in range(size):
            for j in range(i + 1, size):
                for k in range(j + 1, size):
                    product = signs[i, j] * signs[j, k] * signs[i, k]
                    frustrated += product < 0
                    triads += product != 0
        return frustrated / np.maximum(triads, 1.0)
