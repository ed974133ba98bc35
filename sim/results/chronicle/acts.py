"""Read the acts of a run: what changed between the ends of two days, who did it, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sim.engine.rules import TRACE
from sim.results.chronicle.act import ANSWER, HELD, Act
from sim.results.chronicle.choices import CAPITULATION, FIGHTING, TRUCE
from sim.results.chronicle.days import DayEnd
from sim.results.chronicle.receptions import receptions
from sim.results.chronicle.signing import why_it_settles, why_it_signs
from sim.scenario import ESCALATIONS, STANCES, Escalation, Scenario
from sim.scenario.stances import ASIDE, Level
from sim.scenario.stances import stance as stance_named

FIRST_REPORTED = 0.05
REPORTED_AGAIN = 0.1
"""Shares of the area that must change hands before it is reported, and reported again."""
UNCHANGED = "unchanged"
"""What a call on allies leads to if none of them changes its stance."""


@dataclass(frozen=True)
class Reader:
    """Reads acts from the states of a run.

    Attributes:
        scenario: the scenario.
        ends: state at the end of each day; the first is the eve of the crisis.
    """

    scenario: Scenario
    ends: Sequence[DayEnd]

    def acts(self) -> Iterator[Act]:
        """Yield the acts in the order of days and of the stages of a day."""
        reported = 0.0
        for before, after in pairwise(self.ends):
            acts = [*self._stances(before, after), *receptions(self.sides, self.ends, after)]
            acts += self._fighting(before, after)
            won = after.fought
            if abs(won - reported) >= (REPORTED_AGAIN if reported else FIRST_REPORTED):
                side = self.sides[0 if won > reported else 1]
                acts.append(Act(after.day, "territory", side, share=won, last_share=reported))
                reported = won
            acts += self._talks(before, after)
            if after.day == 0:  # the attack comes before the stances of others
                acts.sort(key=lambda act: act.kind not in ("opening", "posture"))
            for act in acts:
                yield _completed(act, after)

    @property
    def sides(self) -> tuple[str, str]:
        """Codes of the challenger and of the defender."""
        return self.scenario.conflict.challenger, self.scenario.conflict.defender

    # Third parties

    def _stances(self, before: DayEnd, after: DayEnd) -> Iterator[Act]:
        for code, name in after.stances.items():
            was = self._stance_before(before, after, code)
            if name != was and not (after.day == 0 and self._is_brief(code)):
                yield self._stance(before, after, code, was)
        for event in self.scenario.events:
            if event.day == after.day and event.do == "embargo":
                until = self.scenario.horizon_days if event.days is None else event.days
                targets = " ".join(self.scenario.actors[event.actor].supplies)
                last = event.day + until - 1
                yield Act(after.day, "embargo", event.actor, targets, until=last, prompt=HELD)

    def _stance_before(self, before: DayEnd, after: DayEnd, code: str) -> str:
        """Return the stance that a reader knows of; a brief one of the onset was not reported."""
        if after.day == 1 and self._is_brief(code):
            return STANCES[ASIDE].name
        return before.stances[code]

    def _is_brief(self, code: str) -> bool:
        """Return whether mere words or mediation at the onset end at the first review."""
        if len(self.ends) < 3:
            return False
        onset, review = (self.ends[day].stances[code] for day in (1, 2))
        return onset != review and stance_named(onset).level <= Level.words

    def _stance(self, before: DayEnd, after: DayEnd, code: str, was: str) -> Act:
        stance = stance_named(after.stances[code])
        side = stance.side if stance.side is not None else stance_named(was).side
        prompt = after.prompts[code]
        prompted_by = ""
        if prompt == "another":
            prompted_by = " ".join(self._movers(before, after.rivals[code]))
        elif prompt in ("fighting", "ground"):
            prompt = self._trend(prompt, before.day)
        elif prompt == "broken":
            prompted_by = self.sides[before.breaker]
        fixed = [e for e in self.scenario.events if e.actor == code and e.day == after.day]
        days = fixed[-1].days if fixed else None
        return Act(
            day=after.day,
            kind="stance",
            actor=code,
            target="" if side is None else self.sides[side],
            before=was,
            after=after.stances[code],
            prompt=prompt,
            prompted_by=prompted_by,
            support=0.0 if stance.side is None else after.support[code][stance.side],
            until=-1 if days is None else after.day + days - 1,
            level=after.level,
        )

    def _movers(self, yesterday: DayEnd, rivals: tuple[str, ...]) -> Iterator[str]:
        """Yield the rivals whose commitment changed on a day."""
        earlier = self._end(yesterday.day - 1).stances
        for code in rivals:
            was, now = (stance_named(names[code]) for names in (earlier, yesterday.stances))
            if (was.side, was.level) != (now.side, now.level):
                yield code

    def _trend(self, prompt: str, yesterday: int) -> str:
        """Return news with its direction, compared with what the last review knew."""
        reviews = [end.day for end in self.ends[1:] if end.reviewed and end.day <= yesterday]
        then = self._end(reviews[-1] - 1 if reviews else -1)
        now = self._end(yesterday)
        if prompt == "ground":
            gained = now.fought + now.ceded > then.fought + then.ceded
            return f"ground_{'challenger' if gained else 'defender'}"
        return f"fighting_{'up' if now.attention > then.attention else 'down'}"

    def _end(self, day: int) -> DayEnd:
        """Return the end of a day; the eve of the crisis for days before it."""
        return self.ends[max(day + 1, 0)]

    # The sides

    def _fighting(self, before: DayEnd, after: DayEnd) -> Iterator[Act]:
        if max(after.postures) == Escalation.hold_fire:
            return
        postures = before.postures
        aggressor, answers = None, ""
        if after.day == 0 or before.stop != FIGHTING:
            aggressor = 0 if after.day == 0 else after.breaker
            yield self._opening(before, after, aggressor)
            answers = ANSWER
            # the aggressor has opened fire, and the other side returns it at its own level
            postures = (Escalation.hold_fire, Escalation.hold_fire)
        for side in (0, 1):
            if after.postures[side] != postures[side] and side != aggressor:
                yield Act(
                    after.day,
                    "posture",
                    self.sides[side],
                    self.sides[1 - side],
                    ESCALATIONS[postures[side]],
                    ESCALATIONS[after.postures[side]],
                    prompt=answers,
                )

    def _opening(self, before: DayEnd, after: DayEnd, side: int) -> Act:
        """Return how a side opened the fighting: at the onset, or after a cessation."""
        begun = after.day == 0 or after.broken == before.broken
        return Act(
            after.day,
            "opening" if begun else "break",
            self.sides[side],
            self.sides[1 - side],
            "" if after.day == 0 else before.stop,
            ESCALATIONS[after.postures[side]],
            prompt="" if begun else _cause(after, side),
            share=max(before.owed - before.concession, 0.0) if before.owed > TRACE else 0.0,
        )

    # Talks

    def _talks(self, before: DayEnd, after: DayEnd) -> Iterator[Act]:
        challenger, defender = self.sides
        fought = after.level > Escalation.hold_fire
        if after.invoked and not before.invoked:
            is_fixed = any(e.do == "invoke" and e.day == after.day for e in self.scenario.events)
            allies = self._allies()
            answer = UNCHANGED if self._keep_their_stances(allies, after) else ""
            prompt = HELD if is_fixed else ""
            yield Act(after.day, "treaty", defender, " ".join(allies), after=answer, prompt=prompt)
        if before.stop == FIGHTING and not fought:
            yield Act(after.day, "silence")
        if after.offers > before.offers:
            yield self._proposal(before, after)
        if after.stop == CAPITULATION != before.stop:
            ceded = after.ceded - before.ceded
            yield Act(
                after.day,
                "capitulation",
                defender,
                challenger,
                share=ceded,
                prompted_by=after.mediator,
            )
        elif after.ceded > before.ceded:
            ceded = after.ceded - before.ceded
            yield Act(after.day, "cession", defender, challenger, share=ceded)

    def _allies(self) -> list[str]:
        actors = self.scenario.actors
        return [
            code
            for code in self.scenario.third_parties
            if any(treaty.partner == self.sides[1] for treaty in actors[code].treaties)
        ]

    def _keep_their_stances(self, allies: Sequence[str], called: DayEnd) -> bool:
        """Return whether no ally changes its stance on the day after a call.

        An ally that fights already can do no more, so its silence is no refusal.
        """
        held = [called.stances[code] for code in allies if code in called.stances]
        fights = any(stance_named(name).level == Level.force for name in held)
        if called.day == self.ends[-1].day or fights:
            return False
        answer = self._end(called.day + 1)
        return all(answer.stances.get(code) == called.stances.get(code) for code in allies)

    def _proposal(self, before: DayEnd, after: DayEnd) -> Act:
        """Return a round of talks: a ceasefire that is signed, or proposals that are refused."""
        fought = after.level > Escalation.hold_fire
        signed = after.stop == TRUCE and (before.stop != TRUCE or fought)
        terms = after.terms if signed else after.package
        concession = min(after.concession, terms)
        freeze, package = zip(*after.ready, strict=True)
        return Act(
            after.day,
            "ceasefire" if signed else "offer",
            after.mediator if signed else after.proposer,
            " ".join(self.sides),
            before.stop if signed and not fought else "",
            share=terms - concession if terms - concession > TRACE else 0.0,
            last_share=after.package - min(after.concession, after.package),
            concession=bool(terms > TRACE and concession > 0),
            protection=after.protection if signed else 0.0,
            prompted_by=after.guard if signed else "",
            refuse_package=self._refusals(after, 1, package) if after.package else "",
            refuse_freeze=self._refusals(after, 0, freeze),
            signs=" ".join(self._turns(before, after, terms > TRACE)) if signed else "",
        )

    def _turns(self, before: DayEnd, after: DayEnd, settles: bool) -> Iterator[str]:
        """Yield who signs against expectation, and why.

        A side is expected to refuse if it refused the last time. It is also expected to refuse a
        ceasefire along the present lines if it gains by fighting on.
        """
        then = self._end(self._last_talks(before))
        # after another agreement, the sides may never have discussed these terms
        comparable = before.offers > 0 and then.stop != TRUCE
        for side in (0, 1):
            code = self.sides[side]
            refused = comparable and not then.ready[side][settles]
            if settles:
                reason = why_it_settles(code, after) if refused and then.package else ""
            else:
                reason = why_it_signs(code, side, then, after)
            if reason and (refused or after.value[side] > 0.0):
                yield f"{code}:{reason}" + ":first" * (not refused)

    def _last_talks(self, end: DayEnd) -> int:
        """Return the day of the last proposal until the end of a day."""
        days = range(end.day, 0, -1)
        return next((day for day in days if self._end(day - 1).offers < end.offers), 0)

    def _refusals(self, end: DayEnd, proposal: int, ready: tuple[bool, ...]) -> str:
        """Return who refuses a proposal, and why."""
        refusing = [side for side in (0, 1) if not ready[side]]
        return " ".join(f"{self.sides[i]}:{self._reason(end, i, proposal)}" for i in refusing)

    def _reason(self, end: DayEnd, side: int, proposal: int) -> str:
        """Return why a side refuses a proposal.

        ``fights`` if it expects to gain by fighting on; ``cession`` if it would rather stop, but
        not at this price; and ``patron`` for a challenger that its patrons keep from a settlement.
        """
        gets = end.package if side == 0 and proposal else 0.0
        if end.value[side] > gets:
            return "fights"
        if side == 1 and proposal:
            return "cession"
        return ":".join(("patron", *end.kept_out))


def _completed(act: Act, end: DayEnd) -> Act:
    """Return an act with the state at the end of its day, and its numbers to six digits."""
    return replace(
        act,
        until=act.day if act.until < 0 else act.until,
        support=_six(act.support),
        share=_six(act.share),
        last_share=_six(act.last_share),
        protection=_six(act.protection),
        level=end.level,
        deaths=_six(end.deaths),
        territory_fought=_six(end.fought),
        territory_ceded=_six(end.ceded),
        left=_six(end.left),
    )


def _six(value: float) -> float:
    return float(f"{value:.6g}")


def _cause(after: DayEnd, side: int) -> str:
    """Return why a side broke a cessation: accident, gain, or refusal of what was due."""
    if not after.tempted:
        return "accident"
    return "refusal" if side == 1 and after.was_due else "gain"
