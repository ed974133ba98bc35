"""What is kept of a run."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

from sim.outcomes.columns import DAILY

if TYPE_CHECKING:
    from .model import Crisis, Stop
    from .third_party import ThirdParty

NEVER = -1

DAYS_OF_SUPPLY = 90.0
"""Days of fighting times levels of support that weigh as much as all of a side's supply."""

CLEAR_TIE = 0.05
"""A tie nearer to zero counts for no triad."""


class Record:
    """Counts and days of one run, and its path."""

    def __init__(self, run: Crisis) -> None:
        self.run = run
        self.first_stop = self.first_truce = NEVER
        self.truces = self.failed_truces = self.failed_stops = 0
        self.offers, self.readiness = 0, [0, 0]
        self.peak, self.deaths = 0, [0.0, 0.0]
        self.entry = self.clash = False
        self.answer = 0
        self.days_of_fighting = 0
        self.support = {power.code: [0.0, 0.0] for power in run.powers}
        self.supplied = {power.code: [0.0, 0.0] for power in run.powers}
        self.force = {power.code: [False, False] for power in run.powers}
        self.brokered = {power.code: 0 for power in run.powers}
        self.daily: dict[str, list[float]] = {name: [] for name in DAILY}

    def broken(self, stop: Stop) -> None:
        if stop.kind != "quiet":
            self.failed_stops += 1
            self.failed_truces += stop.broker is not None

    def offered(self, signed: list[bool]) -> None:
        self.offers += 1
        for side in (0, 1):
            self.readiness[side] += signed[side]

    def signed(self, first_day: int) -> None:
        self.truces += 1
        if self.first_truce == NEVER:
            self.first_truce = first_day

    def day_is_over(self) -> None:
        run, forces = self.run, [False, False]
        if self.first_stop == NEVER and run.stop is not None and run.stop.kind != "quiet":
            self.first_stop = run.stop.first_day
        self.deaths = [total + day for total, day in zip(self.deaths, run.deaths, strict=True)]
        for power in run.powers:
            if run.fought > 0:
                if run.called and power.code in run.allies:
                    self.answer = max(self.answer, self._answer(power))
                for side in (0, 1):
                    self.support[power.code][side] += power.support[side]
                    self.supplied[power.code][side] += power.supply(run.sides[side])
                    if power.stance.level == "force" and power.support[side] > 0:
                        forces[side] = self.force[power.code][side] = True
                self.brokered[power.code] += power.stance.mediates
        self.days_of_fighting += run.fought > 0
        level = 4 if any(forces) else run.level
        self.peak = max(self.peak, level)
        self.entry |= any(forces)
        self.clash |= all(forces)
        kept = (level, run.x - run.conflict.challenger_holds, run.ceded, sum(self.deaths))
        for name, value in zip(DAILY, (*kept, *self._support_sums()), strict=True):
            self.daily[name].append(value)

    @staticmethod
    def _answer(power: ThirdParty) -> int:
        if power.support[1] > 0:
            return 3 if power.stance.level == "force" else 2
        spoke = power.stance.mediates or power.commitment[1] > 0
        return 1 if spoke and power.commitment[0] == 0 else 0

    def _support_sums(self) -> list[float]:
        return [sum(power.support[side] for power in self.run.powers) for side in (0, 1)]

    def outcomes(self) -> dict[str, Any]:
        """Return every outcome but the run's, the draw's and the replicate's number."""
        run, held = self.run, self.run.stop
        if held is not None and held.first_day >= run.day:  # it would begin after the end
            held = None
        found: dict[str, Any] = {
            "first_stop_day": self.first_stop if self.first_stop < run.day else NEVER,
            "first_truce_day": self.first_truce if self.first_truce < run.day else NEVER,
            "lasting_truce_day": held.first_day if held else NEVER,
            "duration_days": held.first_day if held else run.case.horizon_days,
            "ending": "lull"
            if held and held.kind == "quiet"
            else held.kind
            if held
            else "fighting",
            "truces": self.truces,
            "failed_truces": self.failed_truces,
            "failed_stops": self.failed_stops,
            "offers": self.offers,
            "signed_challenger": self.readiness[0],
            "signed_defender": self.readiness[1],
            "broker": held.broker if held and held.broker else "none",
            "peak_level": self.peak,
            "deaths_challenger": self.deaths[0],
            "deaths_defender": self.deaths[1],
            "territory_fought": run.x - run.conflict.challenger_holds,
            "territory_ceded": run.ceded,
            "great_power_entry": self.entry,
            "patron_clash": self.clash,
            "treaty_invoked": run.invoked,
            "treaty_answered": self.answer,
            "frustrated_triads": self._frustrated_triads(),
        }
        for side in run.sides:
            found |= {f"tie_{side.code}_{code}": side.ties[code] for code in run.third_parties}
        for power in run.powers:
            code = power.code
            for side in run.sides:
                days = max(self.days_of_fighting, 1)
                found[f"support_{code}_{side.code}"] = self.support[code][side.index] / days
                found[f"force_{code}_{side.code}"] = self.force[code][side.index]
            found[f"standing_{code}"] = min(side.ties[code] for side in run.sides)
            found[f"mediates_{code}"] = self.brokered[code] / max(self.days_of_fighting, 1)
        for code in run.third_parties:
            found[f"seat_{code}"] = bool(
                held and held.kind == "truce" and run.case.actors[code].seat
            )
            for side in run.sides:
                found[f"dependence_{side.code}_{code}"] = self._dependence(side.index, code)
        return found

    def _dependence(self, side: int, code: str) -> float:
        """Return a third party's share of a side's help: what it supplies, and what it gave on days
        of fighting.
        """
        run = self.run
        name = run.sides[side].code
        help_ = {k: run.case.actors[k].supplies.get(name, 0.0) for k in run.third_parties}
        for k, support in self.support.items():
            if self.days_of_fighting:
                help_[k] = self.supplied[k][side] / self.days_of_fighting
            help_[k] += support[side] / DAYS_OF_SUPPLY
        total = sum(help_.values())
        return help_[code] / total if total > 0 else 0.0

    def _frustrated_triads(self) -> float:
        run, ties = self.run, self.run.ties
        codes = [*(side.code for side in run.sides), *run.third_parties]
        mutual = {(a, b): (ties[a][b] + ties[b][a]) / 2.0 for a, b in permutations(codes, 2)}
        triads = [(mutual[a, b], mutual[b, c], mutual[a, c]) for a, b, c in combinations(codes, 3)]
        clear = [triad for triad in triads if min(map(abs, triad)) >= CLEAR_TIE]
        odd = sum(sum(tie < 0 for tie in triad) % 2 for triad in clear)
        return odd / len(clear) if clear else 0.0
