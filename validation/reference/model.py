"""The crisis: one run, day by day."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mesa

from .arithmetic import binomial_share, choose, clip, sigma
from .belligerent import Belligerent, answer_to
from .luck import Luck
from .record import Record
from .third_party import ThirdParty

TRACE = 1e-6
"""Ground below this share is none, and so is what one offer promises more than another."""


@dataclass
class Stop:
    """A pause in the fighting; ``kind`` is quiet (before the crisis), lull, truce or capitulation.

    Its terms are carried out at the age ``due``.
    """

    kind: str
    first_day: int
    age: int = 0
    phi: float = 0.0
    owed: float = 0.0
    guard: float = 0.0
    broker: str | None = None
    due: int = 0


class Crisis(mesa.Model):
    """A run of the model.

    Attributes:
        x: share of the area in the challenger's hands by fighting.
        ceded: share handed over by agreement.
        stop: the stop in force, or the one that begins tomorrow, or None.
    """

    def __init__(self, case: Any, luck: Luck) -> None:
        super().__init__(rng=0)
        self.case, self.luck = case, luck
        self.conflict, self.parameters, self.mechanisms = (
            case.conflict,
            case.parameters,
            case.mechanisms,
        )
        rungs = self.parameters.intensity
        self.intensity = (0.0, rungs.skirmish, rungs.limited_offensive, rungs.full_offensive)
        men = self.conflict.forces / 100.0
        self.pace = self.parameters.pace * self.conflict.tempo / math.sqrt(men)
        self.lethality = self.parameters.lethality * self.conflict.severity * men**0.75
        self.day = 0
        codes = (self.conflict.challenger, self.conflict.defender)
        self.sides = [Belligerent(self, i, code, case.actors[code]) for i, code in enumerate(codes)]
        self.third_parties = sorted(set(case.actors) - set(codes))
        self.powers = [
            ThirdParty(self, code, case.actors[code])
            for code in self.third_parties
            if self._can_act(code)
        ]
        self.allies = dict(self._allies())
        self.ties = {
            a: {b: self._stated_tie(a, b) for b in case.actors if b != a} for a in case.actors
        }
        for power in self.powers:
            power.settle_in()
        self._onset()
        self.record = Record(self)

    def _can_act(self, code: str) -> bool:
        return (
            self.case.actors[code].broker_value is not None
            or self.case.actors[code].support is not None
        )

    def _allies(self) -> Iterator[tuple[str, float]]:
        """Yield the defender's allies, each with how far its treaty is felt to reach here."""
        for power in self.powers:
            treaties = [
                treaty
                for treaty in power.given.treaties
                if treaty.partner == self.conflict.defender
            ]
            if treaties:
                covered = any(self.conflict.theatre in treaty.covers for treaty in treaties)
                yield power.code, 1.0 if covered else self.mechanisms.treaty_stretch

    # 7.1

    def _onset(self) -> None:
        challenger, defender = self.sides
        self.x, self.ceded = self.conflict.challenger_holds, 0.0
        self.alarm = self.fought = 0.0
        self.invoked = self.is_over = self.settled = False
        self.alarm_then = self.ground_then = 0.0
        self.talked: int | None = None
        self.recess_since: int | None = None
        self.convenor: ThirdParty | None = None
        self.prompt: str | None = None
        self.news: str | None = None
        self.balance = math.log(challenger.strength / defender.strength)
        self.balance += self.parameters.drone_effect * (challenger.drones - defender.drones)
        challenger.belief = self.balance + self.parameters.optimism
        defender.belief = self.balance - self.parameters.optimism
        full = self.intensity[3]
        self.stake = max(
            0.001,
            sum(
                (
                    side.demand
                    + sum(self.prospect(attacker, full, side.belief) for attacker in self.sides)
                )
                / 2.0
                for side in self.sides
            ),
        )
        opening = ("hold_fire", "skirmish", "limited_offensive", "full_offensive")
        self.level = challenger.rung = challenger.war_rung = opening.index(self.conflict.opening)
        defender.rung = defender.war_rung = answer_to(self.level, out_of_quiet=True)
        self.stop: Stop | None = None
        if self.level == 0:
            self.stop = Stop(
                "quiet", 0, age=self.conflict.quiet_days, due=self.parameters.cession_day
            )
        self.package_open = self.luck.uniform("package") < self.mechanisms.package

    # What all can see

    @property
    def stopped(self) -> bool:
        """Whether a stop is in force today."""
        return self.stop is not None and self.stop.first_day <= self.day

    @property
    def won(self) -> float:
        return self.x - self.conflict.challenger_holds

    @property
    def room(self) -> float:
        aim = min(self.conflict.aim, 1.0 - self.conflict.challenger_holds)
        return max(aim - self.won - self.ceded, 0.0)

    @property
    def support_advantage(self) -> float:
        sums = [sum(power.support[i] for power in self.powers) for i in (0, 1)]
        return self.mechanisms.support_effect * (sums[0] - sums[1])

    def pull(self, power: ThirdParty) -> float:
        """Return how much a broker's word counts among all brokers; nothing without a voice."""
        voices = max(sum(other.voice for other in self.powers), 1e-12)
        share = min(max(power.voice / voices, 1e-12), 1.0)
        return share**self.mechanisms.dilution if power.voice > 0.0 else 0.0

    @property
    def breach(self) -> float:
        """What it costs a side to break a truce it has signed."""
        return self.mechanisms.tied_hands * self.stake

    def _stated_tie(self, a: str, b: str) -> float:
        one, other = self.case.actors[a].ties, self.case.actors[b].ties
        return one[b] if b in one else other.get(a, 0.0)

    def log_odds(self, attacker: Belligerent, advantage: float, line: bool) -> float:
        """Return the log-odds that an attack wins an engagement, given the challenger's
        advantage.
        """
        if attacker.index == 1:
            return -advantage - self.parameters.attack_penalty
        behind = self.parameters.prepared_line_effect if line else 0.0
        return advantage - self.parameters.attack_penalty - behind

    def prospect(self, attacker: Belligerent, e: float, advantage: float) -> float:
        """Return the ground that an attacker takes within the horizon, at an intensity."""
        pace = self.pace * e**2
        left, room = max(self.conflict.prepared_line - max(self.won, 0.0), 0.0), self.room
        if attacker.index == 1:
            pace *= self.mechanisms.counter_offensive
            left, room = 0.0, self.x
        slow = pace * sigma(self.log_odds(attacker, advantage, line=True))
        fast = pace * sigma(self.log_odds(attacker, advantage, line=False))
        horizon = self.parameters.planning_days
        in_time = max(horizon - left / max(slow, 1e-12), 0.0)
        return min(min(left, slow * horizon) + fast * in_time, room)

    # Input

    def _acts(self, code: str) -> Iterator[str]:
        """Yield what an actor's events make it do today."""
        for event in self.case.events:
            lasts = event.days is None or self.day < event.day + event.days
            if event.actor == code and event.day <= self.day and lasts:
                yield event.do

    def held_to(self, code: str) -> str | None:
        """Return the stance that an event or a policy holds a third party to today."""
        names = [act for act in self._acts(code) if act not in ("invoke", "embargo")]
        return names[-1] if names else self.case.policies.get(code)

    # 3

    @property
    def over(self) -> bool:
        """Whether nothing changes any more."""
        stop = self.stop
        if stop is None or not self.stopped or self.mechanisms.structural_balance != 0.0:
            return False
        if any(event.do == "invoke" and event.day > self.day for event in self.case.events):
            return False
        return self._closed and stop.age > stop.due

    @property
    def _closed(self) -> bool:
        """Whether the stop in force has closed the crisis."""
        stop = self.stop
        if stop is None or not (self.stopped or stop.kind in ("capitulation", "truce")):
            return False
        return stop.kind == "capitulation" or (
            stop.kind != "quiet" and stop.age >= self.parameters.closure_days
        )

    def urgency(self, code: str) -> float:
        """Return how urgent mediation is to a party: nothing while another's truce is in force."""
        stop = self.stop
        if stop is None or stop.kind != "truce":
            return self.alarm
        return 1.0 if stop.broker == code else 0.0

    def _read_the_news(self) -> None:
        """Find what prompts third parties to review their stances today, if anything does."""
        u = self.luck.uniform("review")
        self.settled = self._closed
        ground = self.x + self.ceded
        self.prompt = "another" if any(power.moved for power in self.powers) else None
        if u * self.parameters.review_days < 1.0:
            self.prompt = "routine"
        louder = abs(self.alarm - self.alarm_then) > 0.32
        moved = abs(ground - self.ground_then) > 0.048
        if self.news or (not self.stopped and (louder or moved)):
            self.prompt = self.news if self.news == "invoked" else "news"
        if self.day <= 1:
            self.prompt = "onset" if self.day == 1 else None
        if self.prompt is not None and not self.settled:
            self.alarm_then, self.ground_then = self.alarm, ground
        self.news = None

    def step(self) -> None:
        """Play a day."""
        if self.is_over:
            self.record.day_is_over()
            self.day += 1
            return
        self._read_the_news()
        self.agents.do("perceive")
        self.agents.do("decide")
        self.agents.do("act")
        for power in self.powers:
            power.speak()
        for side in self.sides:
            if not self.stopped:
                side.war_rung = side.rung
        self._events()
        self._breaking()
        self._fighting()
        self._falling_silent()
        self._invocation()
        self._talks()
        self._capitulation()
        self._ageing()
        self._drift()
        self.record.day_is_over()
        self.is_over = self.over
        self.day += 1

    def play(self) -> dict[str, Any]:
        """Play all days and return the outcomes."""
        for _ in range(self.case.horizon_days):
            self.step()
        return self.record.outcomes()

    def close(self) -> None:
        """Free the memory: mesa's counter of agents refers to every model."""
        for part in (*self.sides, *self.powers, self):
            vars(part).clear()

    def level_of_the_day(self) -> int:
        return max(side.rung for side in self.sides)

    # 7.5

    def _events(self) -> None:
        if any(event.do == "invoke" and event.day == self.day for event in self.case.events):
            self._call()
        self.called = self.invoked
        for power in self.powers:
            power.withholds = "embargo" in self._acts(power.code)

    def _call(self) -> None:
        if not self.invoked:
            self.invoked, self.news = True, "invoked"

    def hazard(self, phi: float, due: float, guard: float, backed: float, signed: bool) -> float:
        """Return the hazard that a stop on these terms, part of them due today, breaks on its first
        day.
        """
        gain = max(side.gain_from_breaking(phi, due) for side in self.sides)
        gain = max(gain - (self.breach if signed else 0.0), 0.0)
        misfit = (
            self.mechanisms.terms_fit
            * self.parameters.precision
            * gain
            * (1.0 - guard)
            / self.stake
        )
        return (
            self.parameters.break_rate
            * math.exp(min(misfit, 30.0))
            * (1.0 - guard)
            * (1.0 - backed)
        )

    def backed(self, broker: ThirdParty | None) -> float:
        """Return how far a broker keeps its truce from accidents."""
        return 0.0 if broker is None else self.mechanisms.backing * min(2.0 * broker.trusted, 1.0)

    def _breaking(self) -> None:
        u, stop = self.luck.uniform("break"), self.stop
        if stop is None or not self.stopped or stop.kind == "capitulation":
            return
        if stop.age >= self.parameters.closure_days and stop.kind != "quiet":
            return
        signed = stop.kind == "truce"
        broker = next((power for power in self.powers if power.code == stop.broker), None)
        due = stop.owed if stop.age >= stop.due else 0.0
        hazard = self.hazard(stop.phi, due, stop.guard, self.backed(broker), signed)
        if u < 1.0 - math.exp(-hazard / (1.0 + stop.age) ** 2):
            self.news = "broken" if signed else self.news
            gains = [side.gain_from_breaking(stop.phi, due) for side in self.sides]
            resumes = self.sides[0] if gains[0] >= gains[1] else self.sides[1]
            most = max(resumes.war_rung, 2)
            resumes.rung = resumes.war_rung = max(min(resumes.best_rung, most), 1)
            answer = max(resumes.enemy.war_rung, 1)
            if not (resumes.index == 1 and stop.owed > TRACE):
                answer = min(answer, resumes.rung)
            if signed:
                self.recess_since = self.day
            resumes.enemy.rung = resumes.enemy.war_rung = answer
            self.record.broken(stop)
            self.stop = None

    # 7.6

    def _fighting(self) -> None:
        challenger, defender = self.sides
        luck = [self.luck.uniform(f"{side.code}.battle") for side in self.sides]
        u_deaths = self.luck.uniform("deaths")
        self.level, self.fought, self.ground = 0, 0.0, 0.0
        self.deaths = [0.0, 0.0]
        if not self.stopped:
            self.level = self.level_of_the_day()
            e_c, e_d = (self.intensity[side.rung] for side in self.sides)
            self.fought = max(e_c, e_d)
            line = -TRACE < self.won < self.conflict.prepared_line - TRACE
            true = self.balance + self.support_advantage
            w_c, w_d = (
                binomial_share(sigma(self.log_odds(side, true, line)), u)
                for side, u in zip(self.sides, luck, strict=True)
            )
            for side in self.sides:
                believed = side.belief + self.support_advantage
                success = w_c - sigma(self.log_odds(challenger, believed, line))
                defeat = w_d - sigma(self.log_odds(defender, believed, line))
                side.learn(e_c * success - e_d * defeat)
            pace, before = self.pace, self.x
            back = self.mechanisms.counter_offensive * pace * e_d**2 * w_d
            self.x = clip(before + pace * e_c**2 * w_c - back, 0.0, before + self.room)
            self.ground = self.x - before
            losses = self.lethality * self.fought * (0.4 + 1.2 * u_deaths)
            q = (e_c * w_c + e_d * (1.0 - w_d)) / (e_c + e_d) if e_c + e_d > 0 else 0.5
            share = (1.0 + q) / 3.0
            self.deaths = [losses * (1.0 - share), losses * share]
        memory = self.parameters.alarm_memory
        self.alarm = max(self.level / 3.0, memory * self.alarm)

    # 7.7

    def _begin(self, stop: Stop) -> None:
        self.stop = stop
        stop.due = stop.age + self.parameters.cession_day
        for side in self.sides:
            side.rung = 0

    def _falling_silent(self) -> None:
        if self.stop is None and self.level == 0:
            self._begin(Stop("lull", self.day))

    def _invocation(self) -> None:
        u, defender = self.luck.uniform(f"{self.sides[1].code}.invoke"), self.sides[1]
        scope = max(self.allies.values(), default=0.0)
        if self.stop is None and scope > 0 and self.prompt == "news":
            loss = defender.danger * scope - self.parameters.invocation_threshold * self.stake
            odds = self.parameters.precision / self.stake * loss - self.parameters.inertia
            if u < sigma(odds):
                self._call()

    def _talks(self) -> None:
        u_contact, u_broker = self.luck.uniform("contact"), self.luck.uniform("broker")
        u_sign = [self.luck.uniform(f"{side.code}.sign") for side in self.sides]
        stop, numbers = self.stop, self.parameters
        talking = stop is None or (stop.kind == "lull" and stop.age < numbers.closure_days)
        weights = [power.voice * self.pull(power) for power in self.powers]
        one, other = (side.code for side in self.sides)
        willing = [1.0 + self.ties[one][other], 1.0 + self.ties[other][one]]
        direct = numbers.direct_channel * math.prod(willing)
        contact = numbers.contact_rate * self.alarm * (direct + sum(weights))
        if self.recess_since is not None and self.mechanisms.recess > 0.001:
            waited = (self.day - self.recess_since) / self.mechanisms.recess
            contact *= 1.0 - math.exp(-(waited**2))
        if not (talking and u_contact < 1.0 - math.exp(-contact)):
            return
        self.talked = self.recess_since = self.day
        chosen = choose([*weights, direct], u_broker)
        broker = self.convenor = self.powers[chosen] if chosen < len(self.powers) else None
        backed = self.backed(broker), broker is not None
        phi, guard, signed = 0.0, 0.0, self._signs(u_sign, 0.0, 0.0, *backed)
        cession = self.conflict.package_share * self.room
        grant = cession + self.conflict.concession
        if self.package_open and grant > TRACE:
            able = [power.peacekeeping for power in self.powers if power.stance.mediates]
            guarded = self.mechanisms.guarantee * max(able, default=0.0) if broker else 0.0
            both = self._signs(u_sign, grant, guarded, *backed)
            first = (
                self._promise(grant, guarded, *backed) > self._promise(0.0, 0.0, *backed) + TRACE
            )
            if all(both) if first else not all(signed):
                phi, guard, signed = grant, guarded, both
        self.record.offered(signed)
        if all(signed):
            first_day = self.day + 1 if stop is None else stop.first_day
            age = 0 if stop is None else stop.age
            self.news = "signed"
            code = broker.code if broker else None
            self._begin(Stop("truce", first_day, age, phi, phi, guard, code))
            if broker is not None:
                self.record.signed(self.day + 1)

    def _signs(
        self, u_sign: list[float], phi: float, guard: float, backed: float, pressed: bool
    ) -> list[bool]:
        chances = self._chances(phi, guard, backed, pressed)
        return [u < chance for u, chance in zip(u_sign, chances, strict=True)]

    def _promise(self, phi: float, guard: float, backed: float, pressed: bool) -> float:
        """Return how likely terms are to be signed by both and then to last."""
        signed = math.prod(self._chances(phi, guard, backed, pressed))
        return signed * self._hold(phi, guard, backed)

    def _chances(self, phi: float, guard: float, backed: float, pressed: bool) -> list[float]:
        hold = self._hold(phi, guard, backed)
        return [side.likely_to_sign(hold, phi, guard, pressed) for side in self.sides]

    def _hold(self, phi: float, guard: float, backed: float) -> float:
        hazard = self.hazard(phi, 0.0, guard, backed, signed=True)
        return math.exp(-self.mechanisms.foresight * hazard * math.pi**2 / 6.0)

    def _capitulation(self) -> None:
        u, room = self.luck.uniform("capitulate"), self.room
        if self.stop is None and self.level >= 2 and room > TRACE:
            rest = max(1.0 - self.x - self.ceded - room, 0.0)
            worth = -room - self.mechanisms.commitment_problem * rest - self.sides[1].resistance
            if u < sigma(self.parameters.precision / self.stake * worth):
                self.ceded += room
                broker = self.convenor if self.talked == self.day else None
                code = broker.code if broker else None
                self._begin(Stop("capitulation", self.day + 1, broker=code))

    # 7.8

    def _ageing(self) -> None:
        stop = self.stop
        if stop is None or not self.stopped:
            return
        if stop.age == stop.due:
            self.ceded += min(max(stop.owed - self.conflict.concession, 0.0), self.room)
            if stop.owed > TRACE:
                self.package_open, stop.owed = False, 0.0
            if stop.broker is not None:
                for side in self.sides:
                    side.move_tie(
                        stop.broker, self.parameters.cession_day * self.mechanisms.tie_drift / 2.0
                    )
        stop.age += 1

    # 7.9

    def _drift(self) -> None:
        speed = self.mechanisms.tie_drift * self.fought
        changes = {(side.index, power.code): 0.0 for side in self.sides for power in self.powers}
        unmet = {}
        for side in self.sides:
            gained = (self.ground if side.index == 0 else -self.ground) > TRACE
            for power in self.powers:
                given = power.support[side.index] / 3.0 * (2.0 if gained else 1.0)
                expected = self._expected(power.code) if side.index == 1 else 0.0
                to_enemy = power.support[1 - side.index] / 3.0
                changes[side.index, power.code] += speed * (given - expected - to_enemy) / 2.0
                if side.index == 1:
                    unmet[power.code] = max(expected - given, 0.0)
        for power in self.powers:
            hostility = sum(lack * power.hostility_to(ally) for ally, lack in unmet.items())
            changes[1, power.code] += speed * hostility / 4.0
        for (side, code), change in changes.items():
            self.sides[side].move_tie(code, change)
        self._balance_triads()

    def _expected(self, code: str) -> float:
        if code not in self.allies:
            return 0.0
        form = self.mechanisms.expectation
        if form == "effort":
            return 1.0
        return self.allies[code] if form == "scope" else clip(self.won / self.stake, 0.0, 1.0)

    def _balance_triads(self) -> None:
        """Move all ties, those among third parties too, towards balanced triads, all at once."""
        speed, ties = self.mechanisms.structural_balance, self.ties
        if speed == 0.0:
            return
        self.ties = {
            a: {
                b: clip(
                    ties[a][b]
                    + speed * sum(ties[a][k] * ties[k][b] for k in ties if k not in (a, b)),
                    -1.0,
                    1.0,
                )
                for b in ties[a]
            }
            for a in ties
        }
